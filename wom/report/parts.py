"""What a report comes as: its page, slides, deck, brief and PDFs. All that draws is called from here alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..errors import WomError
from . import lists, store
from .notebook import INSTALL as NOTEBOOKS

PAGE, RANKING, SLIDES, DECK, BRIEF = "report.html", "ranking.html", "slides.html", "deck.pptx", "brief.html"


@dataclass(frozen=True)
class Wanted:
    """What a report comes as: with deck and slide show, in a firm's template, as PDF, with a brief of one page;
    whether its page computes anew when a slider moves, and whether the executed notebook is kept."""

    deck: bool = False
    template: Path | None = None
    pdf: bool = False
    brief: bool = False
    live: bool = True
    notebook: bool = True

    @property
    def anything(self) -> bool:
        """Whether there is anything besides the page."""
        return self.deck or self.pdf or self.brief

    def described(self) -> dict[str, Any]:
        """For a manifest; the template by its content.

        Raises:
            OSError: the template cannot be read.
        """
        return {
            "deck": self.deck, "template_sha256": store.sha256(self.template) if self.template else None,
            "pdf": self.pdf, "brief": self.brief, "live": self.live, "notebook": self.notebook,
        }  # fmt: skip

    def within(self, made: Mapping[str, Any]) -> bool:
        """Whether a run that was described so comes as this one should; more than that does no harm."""
        alike = ["live", "template_sha256"] if self.deck else ["live"]
        asked = self.described()
        more = all(made.get(name) for name in ("deck", "pdf", "brief", "notebook") if asked[name])
        return more and all(made.get(name) == asked[name] for name in alike)


def page(executed: Path, run_id: str, results: Mapping[str, Any], wanted: Wanted) -> None:
    """Write the page beside an executed notebook, the brief where it has one, and the page of variants where it
    compares some.

    Raises:
        ReportError: something in the notebook that cannot be shown.
        OSError: a file cannot be written.
    """
    from . import page

    found = page.page(executed, run_id=run_id, live=wanted.live)
    executed.with_name(PAGE).write_text(found, encoding="utf-8")
    if sheet := page.brief(executed):
        executed.with_name(BRIEF).write_text(sheet, encoding="utf-8")
    if ranking := lists.variants(results):
        executed.with_name(RANKING).write_text(ranking, encoding="utf-8")


def extras(report: Path, wanted: Wanted, deadline: float | None = None) -> tuple[list[Path], list[str]]:
    """Make slide show, deck and PDFs beside the notebook of a report.

    Nothing here stops a report: what goes wrong becomes a line.
    """
    from . import deck, pdf, slides
    from .story import executed_notebook, story

    notebook = executed_notebook(report)
    folder = notebook.parent
    files: list[Path] = []
    left_out: list[str] = []

    def left() -> float:
        return pdf.SECONDS if deadline is None else min(deadline - time.monotonic(), pdf.SECONDS)

    def attempt(what: str, file: Path | None, make: Callable[[], Any]) -> bool:
        if left() <= 0:
            left_out.append(f"{what} left out: there was no time left for it")
            return False
        try:
            make()
        except WomError as error:
            left_out.append(f"{what} left out: {str(error).replace(f'{folder}/', '')}")
        except Exception as error:  # a fault of ours or of a package below must not cost the report
            left_out.append(f"{what} left out: a fault, please report it: {type(error).__name__}: {error}")
        else:
            files.extend([file] if file else [])
            return True
        return False

    if wanted.deck and attempt("Slides and deck", None, lambda: slides.plan(story(notebook), notebook)):
        show, shown = folder / DECK, folder / SLIDES
        attempt("Slides", shown, lambda: store.replace_text(shown, slides.slides(notebook)))
        if deck.installed():
            attempt("Deck", show, lambda: deck.deck(notebook, show, wanted.template))
        else:
            left_out.append(deck.LEFT_OUT)
    if wanted.brief and not (folder / BRIEF).is_file():
        left_out.append("Brief left out: the notebook hands over none")
    printed = [PAGE, SLIDES] if wanted.pdf else []
    printed += [BRIEF] if wanted.pdf or wanted.brief else []
    if printed and pdf.browser() is None:
        left_out.append(pdf.LEFT_OUT)
        printed = []
    for page_ in (folder / name for name in printed):
        if page_.is_file():
            file = page_.with_suffix(".pdf")
            attempt(f"PDF of {page_.name}", file, partial(pdf.pdf, page_, file, left()))
    return files, left_out


def check(wanted: Wanted) -> None:
    """Refuse, before anything runs, what cannot come of it.

    Raises:
        InputError: no template there, or no usable one.
        WomError: what runs notebooks, or python-pptx for a template, is not installed.
    """
    if missing := [name for name in ("papermill", "mistune", "jinja2", "ipykernel") if find_spec(name) is None]:
        raise WomError(f"reports need {', '.join(missing)}, not installed here: {NOTEBOOKS}")
    if wanted.template is not None:
        from .deck import Template

        Template(wanted.template)


def present(report: Path, output: Path | None = None, template: Path | None = None) -> list[str]:
    """Everything to present a finished report with: deck, slide show, and PDFs where Chromium is installed.

    With an output of one's own, the deck and its slide show there, and nothing else.

    Raises:
        InputError: no report there, or no usable template.
        WomError: python-pptx is not installed, or a file cannot be written.
    """
    from . import deck, slides
    from .story import executed_notebook

    notebook = executed_notebook(report)
    file = output or notebook.with_name(DECK)
    show = file.with_name(SLIDES) if output is None else file.with_suffix(".html")
    deck.deck(notebook, file, template)
    store.replace_text(show, slides.slides(notebook))
    if output is not None:
        return [f"Open {made}" for made in (file, show)]
    printed, left_out = extras(notebook, Wanted(pdf=True))
    run, files = notebook.parent, [file, show, *printed]
    if about := store.read(run):
        outputs = {**about.get("outputs", {}), **store.hashes(files, run)}
        store.write(run, about | {"outputs": dict(sorted(outputs.items()))})
    return [f"Open {made}" for made in files] + left_out
