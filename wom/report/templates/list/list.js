"use strict";
const find = document.querySelector(".find"), box = find.querySelector("input"), said = find.querySelector("output");
const pages = document.querySelector(".pages"), body = document.querySelector("tbody");
const all = JSON.parse(document.getElementById("rows").textContent);  // of each: HTML, values by column, without a report
const size = Number(pages.dataset.size), plain = text => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const read = document.createElement("textarea");
let texts = null, chosen = all.map((_, i) => i), first = 0;
function text(i) {  // what can be found, without the HTML around it
  read.innerHTML = all[i][0].replace(/<[^>]*>/g, " ").replace(/</g, "&lt;");
  return plain(read.value);
}
function show() {
  body.innerHTML = chosen.slice(first, first + size).map(i => all[i][0]).join("");
  pages.hidden = chosen.length <= size;
  pages.querySelector("output").textContent = `${first + 1} to ${Math.min(first + size, chosen.length)} of ${chosen.length}`;
  const [back, on] = pages.querySelectorAll("button");
  back.disabled = first === 0; on.disabled = first + size >= chosen.length;
}
find.hidden = all.length < 2; pages.hidden = all.length <= size;
box.addEventListener("input", () => {
  texts ??= all.map((_, i) => text(i));
  const words = plain(box.value).split(/\s+/).filter(Boolean);
  order(); chosen = chosen.filter(i => words.every(word => texts[i].includes(word)));
  said.textContent = words.length ? `${chosen.length} of ${all.length}` : "";
  first = 0; show();
});
pages.querySelectorAll("button").forEach((button, on) => button.addEventListener("click", () => {
  first = Math.max(0, first + (on ? size : -size)); show();
}));
function order() {
  const head = document.querySelector("th[aria-sort]"), sign = head?.ariaSort === "ascending" ? 1 : -1;
  chosen = all.map((_, i) => i);
  if (head) chosen.sort((a, b) => {
    const [[, left, leftBad], [, right, rightBad]] = [all[a], all[b]], x = left[head.cellIndex], y = right[head.cellIndex];
    if (leftBad !== rightBad) return leftBad - rightBad;  // what has no report stays at the end
    if (x === null || y === null) return (x === null) - (y === null) || a - b;
    return sign * (typeof x === "string" ? x.localeCompare(y) : x - y) || a - b;
  });
}
for (const button of document.querySelectorAll("th button")) button.addEventListener("click", () => {
  const head = button.closest("th"), up = head.ariaSort === "descending" || (!head.ariaSort && head.dataset.up);
  document.querySelectorAll("th[aria-sort]").forEach(other => other.removeAttribute("aria-sort"));
  head.ariaSort = up ? "ascending" : "descending";
  box.dispatchEvent(new Event("input"));
});
