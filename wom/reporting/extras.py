"""What else a report comes as: slide show, deck, PDF; what cannot be made here is said in a line each."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..errors import WomError
from . import deck, manifest, pdf, slides
from .deck_layouts import Template
from .packages import INSTALL, installed, office
from .slide import executed_notebook
from .story import story
from .work import Wanted

PAGE = "report.html"
DECK_LEFT_OUT = f"Deck left out: python-pptx is not installed; install it with: {INSTALL}"


def extras(report: Path, wanted: Wanted, deadline: float | None = None) -> tuple[list[Path], list[str]]:
    """Make slide show and deck beside the notebook of a report, and PDFs.

    Nothing here stops a report: what goes wrong becomes a line.

    Args:
        report: the directory of a run, finished or being made, or its notebook, which has run.
        wanted: what to make.
        deadline: time on the clock `time.monotonic` after which nothing more is begun, or None.

    Returns:
        The files made, and a line for each thing that was left out.
    """
    notebook = executed_notebook(report)
    folder = notebook.parent
    files: list[Path] = []
    left_out: list[str] = []

    def left() -> float:
        return pdf.SECONDS if deadline is None else min(deadline - time.monotonic(), pdf.SECONDS)

    def attempt(what: str, make: Callable[[], Any]) -> Any:
        if left() <= 0:
            left_out.append(f"{what} left out: there was no time left for it")
            return None
        try:
            made = make()
        except WomError as error:
            left_out.append(f"{what} left out: {str(error).replace(f'{folder}/', '')}")
        except Exception as error:  # a fault of ours or of a package below must not cost the report
            left_out.append(f"{what} left out: a fault, please report it: {type(error).__name__}: {error}")
        else:
            files.extend([made] if isinstance(made, Path) else [])
            return made
        return None

    if wanted.deck and (told := attempt("Slides and deck", lambda: story(notebook))):
        attempt("Slides", lambda: slides.make(told, folder / slides.SLIDES))
        if installed():
            attempt("Deck", lambda: deck.make(told, folder / deck.DECK, wanted.template))
        else:
            left_out.append(DECK_LEFT_OUT)
    if wanted.pdf and pdf.browser() is None:
        left_out.append(pdf.LEFT_OUT)
    elif wanted.pdf:
        for name in (PAGE, slides.SLIDES):
            page = folder / name
            if page.is_file():
                attempt(f"PDF of {name}", lambda page=page: pdf.pdf(page, seconds=left()))  # type: ignore[misc]
    return files, left_out


def check(wanted: Wanted) -> None:
    """Refuse, before anything runs, a template that cannot be used.

    Errors:
        InputError: no template there, or no usable one.
        WomError: python-pptx is not installed.

    Example:
        >>> check(Wanted(deck=True, template=Path("nowhere.pptx")))
        Traceback (most recent call last):
        wom.errors.InputError: nowhere.pptx: ...
    """
    if wanted.template is not None:
        office()
        Template(wanted.template)


def present(report: Path, output: Path | None = None, template: Path | None = None) -> list[str]:
    """Everything to present a finished report with: deck, slide show, and PDFs where Chromium is installed.

    With an output of one's own, the deck and its slide show there, and nothing else.

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
    notebook = executed_notebook(report)
    told = story(notebook)
    file = deck.make(told, output or notebook.with_name(deck.DECK), template)
    show = slides.make(told, file.with_name(slides.SLIDES) if output is None else file.with_suffix(".html"))
    if output is not None:
        return [f"Open {made}" for made in (file, show)]
    printed, left_out = extras(notebook, Wanted(pdf=True))
    enter(notebook.parent, [file, show, *printed])
    return [f"Open {made}" for made in (file, show, *printed)] + left_out


def enter(run: Path, files: list[Path]) -> None:
    """Enter files into the manifest of a finished run, where there is one.

    Args:
        run: its directory.
        files: in it.
    """
    if record := manifest.read(run):
        outputs: Mapping[str, str] = {**record.get("outputs", {}), **manifest.hashes(files, run)}
        manifest.write(run, record | {"outputs": dict(sorted(outputs.items()))})
