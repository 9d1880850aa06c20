"""brief.html: one page of A4 that a manager signs, from the brief that the notebook hands over."""

from __future__ import annotations

from pathlib import Path

from .page import read, render
from .story import story

BRIEF = "brief.html"


def brief(notebook: Path) -> str | None:
    """The brief of an executed notebook; None where the notebook has none.

    Raises:
        InputError: no notebook.
        ReportError: a cell that failed or did not run.
    """
    told = story(notebook)
    if told.brief is None:
        return None
    reasons = [(ask, [line for line in say.split("\n") if line]) for ask, say in told.brief.answers]
    aside = told.lead.plain if told.lead and len(told.lead.plain) <= 120 else ""
    style = read("base.css") + read("brief.css")
    return render(
        "brief.html.j2", style, brief=told.brief, reasons=reasons, title=told.title, aside=aside, day=told.day
    )
