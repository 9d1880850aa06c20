"""A slide show from an executed notebook: one HTML file that needs no network and no other file."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Iterator, Sequence
from pathlib import Path

from .. import __version__
from ..errors import WomError
from ..exhibits.style import ACCENT, GRID, INK, QUIET, TYPE, WARM
from ..report.record import replace_text
from ..words import NARROW
from . import maths
from .deck_tables import Laid, lay_out, left_out
from .fitting import LADDERS, Place, pages_of
from .make_template import LAYOUTS
from .measure import size_that_fits, together, width
from .reading import Block, Run
from .slide import Slide, executed_notebook, speech
from .story import story
from .svg_chart import svg

SLIDES = "slides.html"
_TEMPLATES = Path(__file__).with_name("templates") / "slides"
_COLUMNS = 3


def slides(report: Path, output: Path | None = None) -> Path:
    """Make a slide show from the executed notebook of a report, with the same slides as the deck.

    Arrow keys, Page Up and Down, Space, Home and End move, N shows what to say; it prints one slide per page.

    Args:
        report: the directory of a run, or an executed notebook.
        output: the file to write; slides.html beside the notebook if None.

    Errors:
        InputError: no report, or nothing in it for a slide.
        ReportError: a cell that failed or did not run, or that no slide can be made of.
        WomError: the file cannot be written.

    Example:
        >>> slides(Path("nowhere"))
        Traceback (most recent call last):
        wom.errors.InputError: nowhere: no such report; give the directory of a run, or its notebook
    """
    notebook = executed_notebook(report)
    return make(story(notebook), output or notebook.with_name(SLIDES))


def make(told: Sequence[Slide], file: Path) -> Path:
    """Write a slide show of slides that are told already.

    Args:
        told: from `wom.reporting.story.story`.
        file: to write.

    Returns:
        The file.

    Errors:
        WomError: it cannot be written.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     make([Slide("cover", "Plan")], Path(folder) / "show.html").name
        'show.html'
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_text(file, page(told))
    except OSError as error:
        raise WomError(f"{file}: cannot be written: {error.strerror or error}") from error
    return file


def page(told: Sequence[Slide]) -> str:
    """The whole slide show.

    Args:
        told: from `wom.reporting.story.story`.

    Example:
        >>> shown = page([Slide("cover", "Plan"), Slide("figures", "It pays", figures=(("Net", "+3", ""),))])
        >>> shown.count("<section"), "src=" in shown
        (2, False)
    """
    bodies = [one for slide in told for one in _bodies(slide)]
    script = (_TEMPLATES / "script.js").read_text(encoding="utf-8")
    style = (_TEMPLATES / "style.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    family = ", ".join(f'"{name}"' for name in TYPE)
    colours = {
        "ink": INK,
        "quiet": QUIET,
        "accent": ACCENT,
        "warm": WARM,
        "grid": GRID,
        "type": f"{family}, sans-serif",
    }
    values = " ".join(f"--{name}: {value};" for name, value in colours.items())
    sections = "\n".join(
        f'<section class="slide {kind}" id="slide-{number}" aria-label="Slide {number} of {len(bodies)}">\n'
        f"{body.replace(_NUMBER, str(number))}\n</section>"
        for number, (kind, body) in enumerate(bodies, start=1)
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; \
script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'">
<meta name="generator" content="wom {__version__}">
<title>{html.escape(told[0].title)}</title>
<style>
:root {{ {values} }}
{style}</style>
</head>
<body>
<main>
{sections}
</main>
<nav aria-label="Slides">
<button id="back" aria-label="Slide before">‹</button>
<button id="notes" aria-pressed="false">Notes</button>
<button id="on" aria-label="Next slide">›</button>
</nav>
<p class="said" aria-live="polite"></p>
<script>{script}</script>
</body>
</html>
"""


_NUMBER = "\ue002"
"""Stands for the slide's number until all slides are there."""


def _bodies(slide: Slide) -> Iterator[tuple[str, str]]:
    """Class and content of each slide that one of the story needs."""
    if slide.kind in ("cover", "part"):
        level = "h1" if slide.kind == "cover" else "h2"
        lead = f"<p>{_plain(slide.subtitle)}</p>" if slide.subtitle else ""
        foot = '<div class="foot"><p class="number">\ue002</p></div>' if slide.kind == "part" else ""
        title = f'<{level} tabindex="-1">{_plain(slide.title)}</{level}>'
        yield "divider" if slide.kind == "part" else "cover", f"{title}{lead}{foot}{_notes(slide)}"
        return
    shown = list(_shown(slide))
    for number, (inner, rest) in enumerate(shown, start=1):
        more = f" ({number}{NARROW}of{NARROW}{len(shown)})" if len(shown) > 1 else ""
        yield slide.kind, _framed(slide, inner, more, rest)


def _framed(slide: Slide, inner: str, more: str, rest: str) -> str:
    """A slide's head and foot around what it shows."""
    title = together(slide.title + more)
    small = size_that_fits(title, [LADDERS["Title"][0]], 852, 72, bold=True) is None
    part = f'<p class="part">{_plain(slide.part)}</p>'
    head = f'<h2 tabindex="-1"{" class=small" if small else ""}><span>{_plain(title)}</span></h2>'
    subtitle = f'<p class="subtitle">{_plain(slide.subtitle)}</p>' if slide.subtitle else ""
    said = " ".join(text for text in (f"Source: {slide.source}" if slide.source else "", rest) if text)
    source = f"<p>{_plain(said)}</p>" if said else ""
    foot = f'<div class="foot">{source}<p class="number">{_NUMBER}</p></div>'
    return f'{part}{head}{subtitle}<div class="show">{inner}</div>{foot}{_notes(slide)}'


def _shown(slide: Slide) -> Iterator[tuple[str, str]]:
    """What a slide shows, on as many slides as it takes, and what its foot says besides."""
    if slide.chart:
        yield svg(slide.chart, slide.alt or slide.title), ""
    elif slide.table:
        laid = lay_out(slide.table, _room("Message and table", "Table"))
        for rows in laid.slides:
            yield _table(laid, [row for row, _ in rows]), left_out(laid)
    elif slide.figures:
        for start in range(0, len(slide.figures), _COLUMNS):
            yield _figures(slide.figures[start : start + _COLUMNS]), ""
    elif slide.kind == "picture":
        data = base64.b64encode(slide.picture).decode("ascii")
        yield f'<img src="data:image/png;base64,{data}" alt="{html.escape(slide.alt or slide.title)}">', ""
    elif slide.kind == "formula":
        drawn = maths.mathml(slide.latex, block=True).replace(' role="region" tabindex="0"', ' role="img"')
        yield f'<div class="equation">{drawn}</div>{_prose(slide.body)}', ""
    else:
        size, parts = pages_of(slide.body, LADDERS["Text"], _room("Message and text", "Text"))
        for part in parts:
            yield f'<div style="font-size:calc({size:g} * var(--u))" class="body">{_prose(part)}</div>', ""


def _room(layout: str, name: str) -> Place:
    """The room that the house's layout gives."""
    box = next(box for box in LAYOUTS[layout] if box.name == name)
    return Place(*(72.0 * part for part in box.place))


def _table(laid: Laid, rows: Sequence[Sequence[str]]) -> str:
    stubs = len(laid.table.stubs)
    right = (*(False for _ in laid.table.stubs), *laid.table.numeric)

    def cell(place: int, text: str, head: bool) -> str:
        tag = "th" if head or place < max(stubs, 1) else "td"
        side = ' class="right"' if right[place] else ""
        if head and not text:
            return "<td></td>"
        scope = f' scope="{"col" if head else "row"}"' if tag == "th" else ""
        return f"<{tag}{scope}{side}>{_plain(text)}</{tag}>"

    def row(texts: Sequence[str], head: bool = False) -> str:
        return f"<tr>{''.join(cell(place, text, head) for place, text in enumerate(texts))}</tr>"

    columns = "".join(f'<col style="width:calc({wide:.1f} * var(--u))">' for wide in laid.widths)
    body = "".join(row(texts) for texts in rows)
    head = row((*laid.table.stubs, *laid.table.columns), head=True)
    return (
        f'<table style="font-size:calc({laid.size:g} * var(--u))"><colgroup>{columns}</colgroup>'
        f"<thead>{head}</thead><tbody>{body}</tbody></table>"
    )


def _figures(figures: Sequence[tuple[str, str, str]]) -> str:
    room = _room("Big numbers", "Value 1").width
    fits = (
        one for one in LADDERS["Value"] if all(width(value, one, bold=True) <= room for _, value, _ in figures)
    )
    size = next(fits, LADDERS["Value"][-1])
    cells = "".join(
        f'<div><dt>{_plain(label)}</dt><dd class="value" style="font-size:calc({size:g} * var(--u))">'
        f"{_plain(value)}</dd>"
        f'<dd class="note">{_plain(note)}</dd></div>'
        for label, value, note in figures
    )
    return f"<dl>{cells}</dl>"


def _prose(blocks: Sequence[Block]) -> str:
    """Paragraphs, and items in their lists."""
    found: list[str] = []
    opened = ""
    for block in blocks:
        wanted = ("ol" if block.number else "ul") if block.kind == "item" else ""
        if opened != wanted:
            found.append((f"</{opened}>" if opened else "") + (_opening(wanted, block) if wanted else ""))
            opened = wanted
        tag = "li" if wanted else "p"
        deep = f' style="margin-left:{1.2 * (block.level - 1):g}em"' if block.level > 1 else ""
        found.append(f"<{tag}{deep}>{''.join(map(_run, block.runs))}</{tag}>")
    return "".join(found) + (f"</{opened}>" if opened else "")


def _opening(tag: str, block: Block) -> str:
    return f'<ol start="{block.number}">' if tag == "ol" else f"<{tag}>"


def _run(run: Run) -> str:
    text = _plain(run.text)
    for tag, wanted in (("strong", run.bold), ("em", run.italic), ("sup", run.shift > 0), ("sub", run.shift < 0)):
        text = f"<{tag}>{text}</{tag}>" if wanted else text
    return text


def _notes(slide: Slide) -> str:
    said = "".join(f"<p>{_plain(part)}</p>" for part in speech(slide).split("\n\n"))
    return f'<aside class="notes" tabindex="0" aria-label="Notes">{said}</aside>'


def _plain(text: str) -> str:
    return html.escape(together(text))
