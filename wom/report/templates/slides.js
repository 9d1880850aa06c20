// One slide at a time. Arrows, Page Up and Down, Space, Home and End move, N shows the notes; so does a swipe.
const slides = [...document.querySelectorAll(".slide")];
const said = document.querySelector(".said");
let now = 0;

function show(wanted, spoken) {
  now = Math.min(Math.max(wanted, 0), slides.length - 1);
  slides.forEach((slide, place) => slide.classList.toggle("now", place === now));
  history.replaceState(null, "", "#" + (now + 1));
  document.querySelector("#back").disabled = now === 0;
  document.querySelector("#on").disabled = now === slides.length - 1;
  if (spoken) {
    const title = slides[now].querySelector("h1, h2");
    said.textContent = `Slide ${now + 1} of ${slides.length}: ${title.textContent}`;
  }
}

const keys = {
  ArrowRight: () => now + 1, ArrowDown: () => now + 1, PageDown: () => now + 1, " ": () => now + 1,
  ArrowLeft: () => now - 1, ArrowUp: () => now - 1, PageUp: () => now - 1,
  Home: () => 0, End: () => slides.length - 1,
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest(".notes") && event.key.startsWith("Arrow")) return;
  if (event.key === " " && event.target.closest("button")) return;
  if (event.key.toLowerCase() === "n") notes();
  if (event.key in keys) {
    event.preventDefault();
    const back = event.key === " " && event.shiftKey;
    show(back ? now - 1 : keys[event.key](), true);
  }
});

function notes() {
  const shown = document.body.classList.toggle("noted");
  document.querySelector("#notes").setAttribute("aria-pressed", String(shown));
}

let resting = 0;
document.addEventListener("pointermove", () => {
  document.body.classList.add("pointing");
  clearTimeout(resting);
  resting = setTimeout(() => document.body.classList.remove("pointing"), 2500);
});

let from = null;
document.addEventListener("touchstart", (event) => { from = event.changedTouches[0]; }, { passive: true });
document.addEventListener("touchend", (event) => {
  const to = event.changedTouches[0];
  const across = to.clientX - from.clientX;
  if (Math.abs(across) > 50 && Math.abs(across) > 2 * Math.abs(to.clientY - from.clientY)) show(now - Math.sign(across), true);
}, { passive: true });

document.querySelector("#back").addEventListener("click", () => show(now - 1, true));
document.querySelector("#on").addEventListener("click", () => show(now + 1, true));
document.querySelector("#notes").addEventListener("click", notes);
window.addEventListener("hashchange", () => show(Number(location.hash.slice(1)) - 1 || 0, true));
document.body.classList.add("one");
show(Number(location.hash.slice(1)) - 1 || 0, false);
