"use strict";
const find = document.querySelector(".find"), box = find.querySelector("input"), said = find.querySelector("output");
const rows = [...document.querySelectorAll("[data-row]")];
const plain = text => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const texts = rows.map(row => plain(row.dataset.row));
find.hidden = false;
box.addEventListener("input", () => {
  const words = plain(box.value).split(/\s+/).filter(Boolean);
  let shown = 0;
  rows.forEach((row, i) => { row.hidden = !words.every(word => texts[i].includes(word)); shown += !row.hidden; });
  said.textContent = words.length ? `${shown} of ${rows.length}` : "";
});
for (const button of document.querySelectorAll("th button")) button.addEventListener("click", () => {
  const head = button.closest("th"), table = head.closest("table"), column = head.cellIndex;
  const up = head.getAttribute("aria-sort") === "descending";
  table.querySelectorAll("th").forEach(other => other.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
  const value = row => { const text = row.cells[column]?.dataset.value; return text ? Number(text) : null; };
  const name = row => row.cells[1].textContent;
  const bad = row => row.querySelector(".wrong") !== null;  // what has no report stays at the end
  [...table.tBodies[0].rows].sort((a, b) => {
    const x = value(a), y = value(b);
    if (bad(a) || bad(b)) return bad(a) - bad(b);
    if (x === null && y === null) return (up ? -1 : 1) * name(a).localeCompare(name(b));
    return x === null ? 1 : y === null ? -1 : (up ? x - y : y - x);
  }).forEach(row => table.tBodies[0].append(row));
});
