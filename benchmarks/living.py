"""The living page: from the key to the picture of the line, to the band of all draws, and equal to Python."""

import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from living import agreeing, browsing, compared

import wom
from wom.exhibits import live

LIMIT = 50
"""Milliseconds from key to picture."""
BUSINESSES = 200
CASES = ("retailer/make-it-right", "supplier/right-first-time")
PRESSES = 25
TIMED = """async (presses) => {
  const line = document.getElementById("line"), slider = document.querySelector("input[type=range]"), found = [];
  const drawn = () => new Promise((done) => {
    const seen = new MutationObserver(() => {
      seen.disconnect();
      requestAnimationFrame(() => setTimeout(done, 0));
    });
    seen.observe(line, { childList: true });
  });
  for (let k = 0; k < presses; k++) {
    const start = performance.now(), picture = drawn();
    slider.value = +slider.value + (k % 2 ? 1 : -1) * (k % 7 + 1);
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await picture;
    found.push(performance.now() - start);
  }
  const start = performance.now();
  await drawn();
  return [found.sort((a, b) => a - b)[Math.floor(presses / 2)], performance.now() - start];
}"""


def main():
    """Print milliseconds and sizes."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("needs Debian's package chromium")
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play, tempfile.TemporaryDirectory() as folder:
        browser = play.chromium.launch(
            executable_path=chromium, args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        for name in CASES:
            case = wom.load(name)
            section = live.markup(live.sliders(wom.effect(case), wom.spread(case)).content)
            file = Path(folder) / "page.html"
            head = f"<!doctype html><meta charset=utf-8><style>{live.style()}</style>"
            file.write_text(f"{head}{section}<script>{live.script()}</script>", encoding="utf-8")
            tab = browser.new_page(viewport={"width": 1280, "height": 900})
            tab.goto(file.as_uri())
            line, band = tab.evaluate(TIMED, PRESSES)
            kept = "ok" if line <= LIMIT else "NOT KEPT"
            print(f"{name:28s} key to picture {line:5.1f} ms   at most {LIMIT}   {kept}")
            print(f"{'':28s} band of {live.DRAWS} draws {band:5.0f} ms after the hand rests")
            print(f"{'':28s} section {len(section) / 1000:.0f} kB, script {len(live.script()) / 1000:.1f} kB")
        browser.close()
    with tempfile.TemporaryDirectory() as folder, browsing():
        same = agreeing(compared(Path(folder), examples=500))
    print(f"{same} businesses computed as in Python, to 1e-9   at least {BUSINESSES}   "
          f"{'ok' if same >= BUSINESSES else 'NOT KEPT'}")  # fmt: skip


if __name__ == "__main__":
    main()
