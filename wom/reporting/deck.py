"""A deck from an executed notebook: native charts and tables that can be edited, with notes for the speaker."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PIL import Image

from ..errors import WomError
from ..words import NARROW
from . import deck_charts, deck_tables, formula, maths
from .deck_layouts import Template
from .deck_page import Page
from .fitting import LADDERS, Place, pages_of
from .measure import width
from .packages import tidy
from .reading import Block, inline
from .slide import Slide, executed_notebook, speech
from .story import story

DECK = "deck.pptx"
_STRIP, _FOOT = 30.0, 26.0
"""Points that subtitle and source take where a firm's layout has no place for them."""


def deck(report: Path, output: Path | None = None, template: Path | None = None) -> Path:
    """Make a PowerPoint deck from the executed notebook of a report, and from nothing else.

    Args:
        report: the directory of a run, or an executed notebook.
        output: the file to write; deck.pptx beside the notebook if None.
        template: a firm's own .pptx whose layouts to use; the house's if None.

    Returns:
        The file.

    Errors:
        InputError: no report, nothing in it for a slide, or no usable template.
        ReportError: a cell that failed or did not run, or that no slide can be made of.
        WomError: python-pptx is not installed, or the file cannot be written.

    Example:
        >>> deck(Path("nowhere"))
        Traceback (most recent call last):
        wom.errors.InputError: nowhere: no such report; give the directory of a run, or its notebook
    """
    notebook = executed_notebook(report)
    return make(story(notebook), output or notebook.with_name(DECK), template)


def make(told: Sequence[Slide], file: Path, template: Path | None = None) -> Path:
    """Write a deck of slides that are told already.

    Args:
        told: from `wom.reporting.story.story`.
        file: to write.
        template: as for `deck`.

    Returns:
        The file.

    Errors:
        As for `deck`.

    Example:
        >>> make([], Path("deck.pptx"), Path("nowhere.pptx"))
        Traceback (most recent call last):
        wom.errors.InputError: nowhere.pptx: ...
    """
    made = Template(template)
    for slide in told:
        _PUT[slide.kind](made, slide)
    core = made.deck.core_properties
    core.title = str(made.deck.slides[0].shapes.title.text_frame.text)
    core.author = core.last_modified_by = "wom"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".deck-") as aside:
            new = Path(aside) / DECK
            made.deck.save(str(new))
            tidy(new)
            new.replace(file)
    except OSError as error:
        raise WomError(f"{file}: cannot be written: {error.strerror or error}; is it open elsewhere?") from error
    return file


def _begin(made: Template, slide: Slide) -> Page:
    page = made.page(slide.kind)
    page.slide.notes_slide.notes_text_frame.text = speech(slide)
    return page


def _say(page: Page, slide: Slide, *, title: str = "", rest: str = "") -> Place:
    """Title, part, subtitle and source, and what the foot says besides; what is left for the rest."""
    page.say("Title", title or slide.title)
    page.say("Part", slide.part)
    source = " ".join(part for part in (f"Source: {slide.source}" if slide.source else "", rest) if part)
    if page.own:
        page.say("Subtitle", slide.subtitle)
        page.say("Source", source)
        return page.main
    strip, foot = _STRIP * page.scale * bool(slide.subtitle), _FOOT * page.scale * bool(source)
    whole = page.main
    page.say("Subtitle", slide.subtitle, replace(whole, height=strip))
    page.say("Source", source, Place(whole.left, whole.top + whole.height - foot + 6, whole.width, foot - 6))
    return whole.without(top=strip, bottom=foot)


def _cover(made: Template, slide: Slide) -> None:
    page = _begin(made, slide)
    page.say("Title", slide.title, sizes=LADDERS["Cover"])
    below = None if page.own else page.main
    page.say("Subtitle", slide.subtitle, below, LADDERS["Lead" if slide.kind == "cover" else "Text"])
    page.finish()


def _chart(made: Template, slide: Slide) -> None:
    page = _begin(made, slide)
    place = _say(page, slide)
    if slide.chart is None:
        raise ValueError("a slide of a chart needs one")
    colours = deck_charts.OWN if page.own else deck_charts.FIRM
    deck_charts.insert(page, place, slide.chart, slide.alt or slide.title, colours)
    page.finish()


def _table(made: Template, slide: Slide) -> None:
    if slide.table is None:
        raise ValueError("a slide of a table needs one")
    room = made.room("table").without(bottom=0.0 if made.own else _FOOT * made.scale)
    laid = deck_tables.lay_out(slide.table, room, made.scale)
    for part in range(len(laid.slides)):
        page = _begin(made, slide)
        more = f" ({part + 1}{NARROW}of{NARROW}{len(laid.slides)})" if len(laid.slides) > 1 else ""
        place = _say(page, slide, title=slide.title + more, rest=deck_tables.left_out(laid))
        deck_tables.fill(page, place, laid, part, f"Table: {slide.title}{more}")
        page.finish()


def _figures(made: Template, slide: Slide) -> None:
    for start in range(0, len(slide.figures), _COLUMNS):
        page = _begin(made, slide)
        place = _say(page, slide)
        shown = slide.figures[start : start + _COLUMNS]
        apart = 36.0 * page.scale
        wide = (place.width - (_COLUMNS - 1) * apart) / _COLUMNS
        room = page.room("Value 1").width if page.own else wide
        step = page.room("Value 2").left - page.room("Value 1").left if page.own else wide + apart
        size = next(
            (
                one
                for one in LADDERS["Value"]
                if all(width(text, one * page.scale, bold=True) <= room for _, text, _ in shown)
            ),
            LADDERS["Value"][-1],
        )
        for number, (label, value, note) in enumerate(shown, start=1):
            left, top = place.left + (number - 1) * step, place.top + 0.12 * place.height
            if page.own:
                above = page.room(f"Label {number}")
                page.rule(Place(above.left, above.top - 11, room, 1.5))
            page.say(f"Label {number}", label, Place(left, top, wide, 58 * page.scale))
            page.say(f"Value {number}", value, Place(left, top + 62 * page.scale, wide, 68 * page.scale), (size,))
            page.say(f"Note {number}", note, Place(left, top + 134 * page.scale, wide, 110 * page.scale))
        page.finish()


def _text(made: Template, slide: Slide) -> None:
    room = made.room("text")
    room = room if made.own else replace(room, width=room.width - 14.4, height=room.height - 7.2)
    size, parts = pages_of(slide.body, [one * made.scale for one in LADDERS["Text"]], room)
    for number, part in enumerate(parts, start=1):
        page = _begin(made, slide)
        more = f" ({number}{NARROW}of{NARROW}{len(parts)})" if len(parts) > 1 else ""
        _say(page, slide, title=slide.title + more)
        page.text("Text" if page.own else "Main", part, size, page.main)
        page.finish()


def _picture(made: Template, slide: Slide) -> None:
    page = _begin(made, slide)
    place = _say(page, slide)
    body = list(slide.body)
    if slide.kind == "formula":
        try:
            png, size = formula.picture(slide.latex, 34.0 * page.scale)
        except ValueError:  # what mathtext cannot draw stands there as text
            body.insert(0, Block("text", tuple(inline(maths.mathml(slide.latex)))))
            png, size = b"", (0.0, 0.0)
    else:
        png, size = slide.picture, (10_000.0, 10_000.0)
        with Image.open(io.BytesIO(png)) as picture:
            size = (10_000.0, 10_000.0 * picture.height / picture.width)
    below = page.room("Text") if page.own else place.without(top=0.5 * place.height)
    if png:
        above = place if page.own or not body else replace(place, height=0.45 * place.height)
        if slide.kind == "picture" and page.own:
            above = replace(place, height=below.top + below.height - place.top)
        shape = page.picture(above, png, size)
        shape.name = "Formula" if slide.kind == "formula" else "Picture"
        shape._element.nvPicPr.cNvPr.set("descr", slide.alt or slide.title)
    if body:
        size_of_text, parts = pages_of(body, [one * page.scale for one in LADDERS["Text"]], below)
        page.text("Text", parts[0], size_of_text, below)
    page.finish()


_COLUMNS = 3
"""Big numbers side by side."""
_PUT: dict[str, Callable[[Template, Slide], None]] = {
    "cover": _cover, "part": _cover, "chart": _chart, "table": _table, "figures": _figures, "text": _text,
    "formula": _picture, "picture": _picture,
}  # fmt: skip
