"""What a report comes as: its page, slides, deck, brief and PDFs. All that draws is called from here alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..errors import WomError
from . import lists, store
from .notebook import INSTALL as NOTEBOOKS
from .notebook import replace_text

PAGE, RANKING, SLIDES, DECK, BRIEF = "report.html", "ranking.html", "slides.html", "deck.pptx", "brief.html"
LEFT_OUT = (
    "PDF left out: there is no Chromium or Chrome here; install one, or open the page in any browser and print it"
)
SECONDS = 120.0
"""That printing may take."""
_FLAGS = (
    "--headless", "--disable-gpu", "--disable-extensions", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-pdf-header-footer",
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """What a report comes as: with deck and slide show, in a firm's template, as PDF, with the brief as PDF;
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
        """For a manifest; the template by its content."""
        plain = asdict(self)
        template = plain.pop("template")
        return plain | {"template_sha256": store.sha256(template) if template else None}

    def within(self, made: Mapping[str, Any]) -> bool:
        """Whether a run that was described so comes as this one should; more than that does no harm."""
        asked = self.described()
        alike = {"live", "template_sha256"} if self.deck else {"live"}
        more = {name for name in ("deck", "pdf", "brief", "notebook") if asked[name]}
        return all(made.get(name) == asked[name] for name in alike | more)


def page(executed: Path, run_id: str, results: Mapping[str, Any], wanted: Wanted) -> None:
    """Write the page beside an executed notebook, the brief where it has one, and the page of variants where it
    compares some."""
    from . import page

    made = {PAGE: page.page(executed, run_id=run_id, live=wanted.live), BRIEF: page.brief(executed)}
    for name, content in (made | {RANKING: lists.variants(results)}).items():
        if content:
            executed.with_name(name).write_text(content, encoding="utf-8")


def extras(report: Path, wanted: Wanted, deadline: float | None = None) -> tuple[list[Path], list[str]]:
    """Make slide show, deck and PDFs beside the notebook of a report.

    Nothing here stops a report: what goes wrong becomes a line.
    """
    from . import deck, slides
    from .story import executed_notebook, story

    notebook = executed_notebook(report)
    folder = notebook.parent
    files: list[Path] = []
    left_out: list[str] = []

    def left() -> float:
        return SECONDS if deadline is None else min(deadline - time.monotonic(), SECONDS)

    def attempt(what: str, make: Callable[[], Any], *made: Path) -> bool:
        reason = "there was no time left for it"
        try:
            if left() > 0:
                make()
                files.extend(made)
                return True
        except WomError as error:
            reason = str(error).replace(f"{folder}/", "")
        except Exception as error:  # a fault of ours or of a package below must not cost the report
            reason = f"a fault, please report it: {type(error).__name__}: {error}"
        left_out.append(f"{what} left out: {reason}")
        return False

    if wanted.deck and attempt("Slides and deck", lambda: slides.plan(story(notebook), notebook)):
        show, shown = folder / DECK, folder / SLIDES
        attempt("Slides", lambda: replace_text(shown, slides.slides(notebook)), shown)
        if deck.installed():
            attempt("Deck", lambda: deck.deck(notebook, show, wanted.template), show)
        else:
            left_out.append(deck.LEFT_OUT)
    if wanted.brief and not (folder / BRIEF).is_file():
        left_out.append("Brief left out: the notebook hands over none")
    printed = [PAGE, SLIDES] * wanted.pdf + [BRIEF] * (wanted.pdf or wanted.brief)
    if printed and browser() is None:
        left_out.append(LEFT_OUT)
        printed = []
    for page_ in (folder / name for name in printed):
        if page_.is_file():
            file = page_.with_suffix(".pdf")
            attempt(f"PDF of {page_.name}", partial(pdf, page_, file, left()), file)
    return files, left_out


def browser() -> str | None:
    """The program that prints; None where none is installed."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
    return next(filter(None, map(shutil.which, names)), None)


def pdf(html: Path, out: Path, seconds: float = SECONDS) -> None:
    """Print an HTML file that needs nothing else; the PDF is put under its name when it is complete."""
    program = browser()
    if program is None:
        raise WomError(LEFT_OUT)
    try:
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=".pdf-") as aside:
            new = Path(aside) / "page.pdf"
            sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
            call = [program, *_FLAGS, *sandbox, f"--user-data-dir={aside}/profile", f"--print-to-pdf={new}",
                    html.resolve().as_uri()]  # fmt: skip
            done = subprocess.run(call, capture_output=True, text=True, timeout=seconds, check=False)
            if not new.is_file():
                reason = (done.stderr.strip() or "no reason").splitlines()[-1]
                raise WomError(f"{out}: {Path(program).name} printed nothing: {reason}")
            new.replace(out)
    except subprocess.TimeoutExpired as error:
        raise WomError(f"{out}: {Path(program).name} did not print within {seconds:.0f} seconds") from error
    except OSError as error:
        raise WomError(f"{out}: cannot be written: {error.strerror or error}") from error


def check(wanted: Wanted) -> None:
    """Refuse, before anything runs, what cannot come of it."""
    if missing := [name for name in ("papermill", "mistune", "jinja2", "ipykernel") if find_spec(name) is None]:
        raise WomError(f"reports need {', '.join(missing)}, not installed here: {NOTEBOOKS}")
    if wanted.template is not None:
        from .deck import opened

        opened(wanted.template)


def present(report: Path, output: Path | None = None, template: Path | None = None) -> list[str]:
    """Everything to present a finished report with: deck, slide show, and PDFs where Chromium is installed.

    With an output of one's own, the deck and its slide show there, and nothing else.
    """
    from . import deck, slides
    from .story import executed_notebook

    notebook = executed_notebook(report)
    file = output or notebook.with_name(DECK)
    show = file.with_name(SLIDES) if output is None else file.with_suffix(".html")
    deck.deck(notebook, file, template)
    replace_text(show, slides.slides(notebook))
    if output is not None:
        return [f"Open {made}" for made in (file, show)]
    printed, left_out = extras(notebook, Wanted(pdf=True))
    run, files = notebook.parent, [file, show, *printed]
    if about := store.read(run):
        outputs = {**about.get("outputs", {}), **store.hashes(files, run)}
        store.write(run, about | {"outputs": dict(sorted(outputs.items()))})
    return [f"Open {made}" for made in files] + left_out
