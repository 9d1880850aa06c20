// Each chart can be taken along: its numbers as CSV, its picture as SVG and PNG. Made here, nothing leaves the page.
(() => {
  const give = (name, blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  const cell = (text) => {
    const number = /^[-+]?[\d,.]+%?$/.test(text.replace("\u2212", "-"));
    text = number ? text.replace("\u2212", "-").replace(/,(?=\d{3})/g, "") : /^[=+\-@\t]/.test(text) ? "'" + text : text;
    return /[",\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  };
  const csv = (table) => [...table.rows].map((row) => [...row.cells].map((one) => cell(one.textContent)).join(",")).join("\n") + "\n";
  const picture = (drawn) => {
    const copy = drawn.cloneNode(true), style = getComputedStyle(document.documentElement);
    const [, , wide, high] = copy.getAttribute("viewBox").split(/[ ,]+/).map(Number);
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("width", wide);
    copy.setAttribute("height", high);
    copy.setAttribute("style", `font-family:${getComputedStyle(drawn).fontFamily.replaceAll('"', "'")};background:${style.getPropertyValue("--bg")}`);
    const text = new XMLSerializer().serializeToString(copy);
    return { text: text.replace(/var\((--[\w-]+)\)/g, (_, name) => style.getPropertyValue(name).trim()), wide, high };
  };
  const png = (name, { text, wide, high }) => {
    const image = new Image();
    image.onload = () => {
      const canvas = document.createElement("canvas");
      canvas.width = 2 * wide;
      canvas.height = 2 * high;
      const pen = canvas.getContext("2d");
      pen.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--bg");
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.toBlob((blob) => give(name, blob));
    };
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(text);
  };
  for (const figure of document.querySelectorAll("figure:has(> .chart)")) {
    const details = figure.querySelector("details"), drawn = figure.querySelector(".wide svg");
    if (!details || !drawn) continue;
    const title = figure.querySelector("h3, h4").textContent;
    const name = title.toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 50).replace(/^-|-$/g, "") || "chart";
    const bar = document.createElement("div");
    bar.className = "save";
    const kinds = {
      CSV: () => give(name + ".csv", new Blob([csv(details.querySelector("table"))], { type: "text/csv" })),
      SVG: () => give(name + ".svg", new Blob([picture(drawn).text], { type: "image/svg+xml" })),
      PNG: () => png(name + ".png", picture(drawn)),
    };
    for (const [kind, take] of Object.entries(kinds)) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = kind;
      button.setAttribute("aria-label", `Save as ${kind}: ${title}`);
      button.addEventListener("click", take);
      bar.append(button);
    }
    details.querySelector("summary").after(bar);
  }
})();
