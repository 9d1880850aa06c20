"""What else a report comes as: slide show, deck, PDF; what cannot be made here is said in a line each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..errors import WomError
from . import manifest
from .packages import INSTALL, installed
from .pdf import LEFT_OUT, browser, pdf
from .slide import executed_notebook

DECK_LEFT_OUT = f"Deck left out: python-pptx is not installed; install it with: {INSTALL}"


def extras(report: Path, *, deck: bool = True, printed: bool = False) -> tuple[list[Path], list[str]]:
    """Make slide show and deck beside the notebook of a report, PDFs too if wanted.

    Nothing here stops a report: what goes wrong becomes a line.

    Args:
        report: the directory of a run, finished or being made; its notebook has run.
        deck: whether to make a deck.
        printed: whether to print report and slides to PDF.

    Returns:
        The files made, and a line for each thing that was left out.
    """
    from .slides import slides

    folder = executed_notebook(report).parent
    files: list[Path] = []
    left_out: list[str] = []

    def attempt(what: str, make: Callable[[], Path | None]) -> None:
        try:
            if made := make():
                files.append(made)
        except WomError as error:
            left_out.append(f"{what} left out: {error}")

    attempt("Slides", lambda: slides(report))
    if deck and installed():
        from .deck import deck as make_deck

        attempt("Deck", lambda: make_deck(report))
    elif deck:
        left_out.append(DECK_LEFT_OUT)
    if printed and browser() is None:
        left_out.append(LEFT_OUT)
    elif printed:
        for page in (folder / "report.html", folder / "slides.html"):
            if page.is_file():
                attempt("PDF", lambda page=page: pdf(page))  # type: ignore[misc]
    return files, left_out


def present(report: Path, output: Path | None = None, template: Path | None = None) -> list[str]:
    """Everything to present a finished report with: deck, slide show, and PDFs where Chromium is installed.

    With an output of one's own, the deck alone.

    Args:
        report: the directory of a run, or its executed notebook.
        output: of the deck; deck.pptx beside the notebook if None.
        template: of the deck.

    Returns:
        Lines to print: files to open, and what was left out.

    Errors:
        As `wom.reporting.deck.deck`: the deck is what was asked for.

    Example:
        >>> present(Path("nowhere"))
        Traceback (most recent call last):
        wom.errors.InputError: nowhere: no such report; give the directory of a run, or its notebook
    """
    from .deck import deck

    file = deck(report, output, template)
    files, left_out = extras(file.parent, deck=False, printed=True) if output is None else ([], [])
    if output is None:
        enter(file.parent, [file, *files])
    return [f"Open {made}" for made in (file, *files)] + left_out


def enter(run: Path, files: list[Path]) -> None:
    """Enter files into the manifest of a finished run, where there is one.

    Args:
        run: its directory.
        files: in it.
    """
    if record := manifest.read(run):
        outputs = {**record.get("outputs", {}), **manifest.hashes(files, run)}
        manifest.write(run, record | {"outputs": dict(sorted(outputs.items()))})
