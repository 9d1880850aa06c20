"""What a deck and a slide show add to a report."""

import sys
import tempfile
import time
from pathlib import Path

import nbformat

from wom import report
from wom.report import deck, parts, slides

from .start import seconds


def timed(make, *arguments, repeats=5):
    """Median seconds of a call after one that warms up, and what it gave."""
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        given = make(*arguments)
        times.append(time.perf_counter() - start)
    return sorted(times[1:])[repeats // 2], given


def main():
    """Print the ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        empty = nbformat.v4.new_notebook(metadata={"kernelspec": kernel})
        nbformat.write(empty, folder / "empty.ipynb")
        command = [sys.executable, "-m", "papermill", str(folder / "empty.ipynb"), str(folder / "out.ipynb")]
        bare = seconds(*command)
        for notebook, given in (("scenario_report", {}), ("workshop", {})):
            run = report.run_report(report.find(notebook), given, folder / notebook)
            shows, told = timed(slides.slides, run.notebook)
            (folder / "slides.html").write_text(told, encoding="utf-8")
            decked, _ = timed(deck.deck, run.notebook, folder / "deck.pptx")
            print(f"{notebook}: slides {shows:.2f} s, {shows / bare:.2f} times a bare papermill run of an empty "
                  f"notebook ({bare:.1f} s); deck {decked:.2f} s, {decked / bare:.2f} times")  # fmt: skip
        if parts.browser():
            printed, _ = timed(parts.pdf, folder / "slides.html", folder / "slides.pdf", repeats=2)
            print(f"PDF of the slides: {printed:.2f} s, {printed / bare:.2f} times; only where asked for")
        wom = [
            sys.executable,
            "-m",
            "wom",
            "run",
            "retailer/front-line-training",
            "--output",
            str(folder / "runs"),
        ]
        pairs = [(seconds(*wom, "--no-deck", repeats=1), seconds(*wom, repeats=1)) for _ in range(3)]
        without, with_deck = (min(times) for times in zip(*pairs, strict=True))  # other work only adds
        print(
            f"wom run: {with_deck / without:.2f} times itself without deck and slides ({without:.1f} s); "
            f"{with_deck / bare:.2f} times a bare papermill run of an empty notebook"
        )


if __name__ == "__main__":
    main()
