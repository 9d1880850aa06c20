"use strict";
/* What every page needs: numbers as people read them, work in slices, and the tools of charts. Names are set as text,
   never as markup. */
const page = (() => {
  const { max, abs, floor, log10, round } = Math, NB = "\u00a0", MINUS = "\u2212";
  const $ = (id) => document.getElementById(id), say = (id, text) => { $(id).textContent = text; };
  const held = $("wom-state"), state = held && JSON.parse(held.textContent);

  /* Between thousands, before decimals, before money and behind it. */
  const [thousands, decimal, before, behind] = state ? state.format : [",", ".", "", ""];
  const plain = (x) => (x < 0 ? MINUS : "") + abs(+x.toPrecision(6)).toLocaleString("en-US", { maximumFractionDigits: 9 })
    .split(",").map((part) => part.replace(".", decimal)).join(thousands);
  const typed = (text) => text.replaceAll(thousands, "").replace(decimal, ".").replaceAll(MINUS, "-");
  /* A sum as it stands in a sentence, or short at an axis. */
  const amount = (x, large = [NB + "million", NB + "billion"]) => {
    const k = abs(x) >= 1e9 ? 1 : abs(x) >= 1e6 ? 0 : -1;
    return k < 0 ? plain(x) : plain(x / [1e6, 1e9][k]) + large[k];
  };
  const money = (x) => (x < 0 ? MINUS : "") + before + amount(abs(x)) + behind;
  const signed = (x) => (x > 0 ? "+" : "") + amount(x, ["m", "bn"]), percent = (x) => plain(100 * x) + NB + "%";
  /* The place to which a value is shown whose range is so wide to each side: two digits of that. */
  const place = (wide) => wide > 0 ? 10 ** max(floor(log10(wide)) - 1, -2) : .01;
  const to = (x, unit) => +(round(x / unit) * unit).toPrecision(12);
  const quantiles = (values) => [.05, .5, .95].map((q) => {
    const sorted = values.sort((a, b) => a - b), at = (sorted.length - 1) * q, k = floor(at);
    return sorted[k] + (at > k ? (at - k) * (sorted[k + 1] - sorted[k]) : 0);
  });

  /* Work in slices, so that a hand that moves on never waits; `todo` is called until it gives false. */
  let work;
  function later(todo, wait = 0) {
    clearTimeout(work);
    work = setTimeout(() => {
      for (const until = performance.now() + 20; performance.now() < until;) if (!todo()) return;
      later(todo);
    }, wait);
  }

  /* --- tools of every chart: its picture, its drawing, its numbers --- */

  async function copy(button, text, type, name) {
    const shown = button.textContent, blob = new Blob([await text], { type: type || "text/plain" });
    try {
      await navigator.clipboard.write([new ClipboardItem({ [type === "image/png" ? type : "text/plain"]: type === "image/png"
        ? blob : new Blob([blob], { type: "text/plain" }) })]);
      say(button.id, "Copied");
    } catch (error) {
      const a = document.createElement("a");
      [a.href, a.download] = [URL.createObjectURL(blob), name || "link.txt"];
      a.click();
      say(button.id, "Saved");
    }
    setTimeout(() => say(button.id, shown), 2000);
  }

  /* A drawing that stands alone, in the colours and letters shown here, under its title. */
  function alone(figure) {
    const shown = [...figure.querySelectorAll("svg")].find((s) => s.clientWidth), made = shown.cloneNode(true), plain = new XMLSerializer();
    const parts = [...made.querySelectorAll("*")], { clientWidth: w, clientHeight: h } = shown, head = figure.querySelector("h2, h3, h4");
    [...shown.querySelectorAll("*")].forEach((part, i) => {
      for (const name of ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "stop-color", "font-family", "font-size",
        "font-weight", "text-anchor"]) parts[i].setAttribute(name, getComputedStyle(part)[name]);
    });
    const page = getComputedStyle(document.body), title = plain.serializeToString(new Text(head ? head.textContent : ""));
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h + 40}"><rect width="100%" height="100%" fill="${
      page.backgroundColor}"/><text y="22" font-family="sans-serif" font-weight="bold" font-size="${w < 520 ? 12 : 17}" fill="${
      page.color}">${title}</text><g transform="translate(0 40)">${plain.serializeToString(made)}</g></svg>`;
  }

  async function png(svg) {
    const image = new Image(), canvas = document.createElement("canvas");
    image.src = "data:image/svg+xml," + encodeURIComponent(svg);
    await image.decode();
    [canvas.width, canvas.height] = [2 * image.width, 2 * image.height];
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return new Promise((done) => { canvas.toBlob(done); });
  }

  /* Numbers stay numbers; a text that a spreadsheet would take for a formula gets a mark that it is text. */
  const csv = (table) => table && [...table.rows].map((row) => [...row.cells].map(({ dataset, textContent }) => {
    const text = textContent.trim(), number = dataset.value || typed(text);
    return text && isFinite(number) ? +number : `"${"=+-@".includes(text[0] || ".") ? "'" : ""}${text.replaceAll('"', '""')}"`;
  }).join(",")).join("\r\n");

  function tools(figure, numbers = csv(figure.querySelector("table"))) {
    const bar = document.createElement("p"), count = document.querySelectorAll(".tools").length;
    bar.className = "tools";
    bar.append("Copy ");
    for (const [name, type, text] of [["PNG", "image/png", () => png(alone(figure))], ["SVG", "image/svg+xml", () => alone(figure)],
      ["CSV", "text/csv", () => numbers.call ? numbers() : numbers]]) if (name !== "CSV" || numbers) {
      const button = document.createElement("button");
      [button.type, button.id, button.textContent] = ["button", name + count, name];
      button.addEventListener("click", () => copy(button, text(), type, `chart-${count + 1}.${name.toLowerCase()}`));
      bar.append(button);
    }
    figure.append(bar);
  }
  for (const figure of document.querySelectorAll("figure.exhibit")) if (figure.querySelector("svg")) tools(figure);

  return { $, state, alone, amount, copy, csv, later, money, percent, place, plain, quantiles, say, signed, to, tools, NB };
})();
