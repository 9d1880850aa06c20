"""Tables of a deck: real ones, in the largest type that fits, split over slides where they are long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from .deck_page import Page
from .fitting import POINT, Place
from .measure import LINE, lines, together, width
from .packages import office
from .tables import Grid

SIZES = (18.0, 16.0, 14.0)
"""Of type, tried in this order."""
MOST_SLIDES = 2
"""For one table; what is more stays in the report."""
_PAD, _BETWEEN = 5.0, 16.0
_ROOM = _BETWEEN + 2.0  # a little more than measured: programs round
_NO_STYLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"


@dataclass(frozen=True)
class Laid:
    """A table that is laid out: what is shown of it, size of its type, widths of columns, height of the head, rows
    by slide; how many rows and columns there is no room for."""

    table: Grid
    size: float
    widths: tuple[float, ...]
    head: float
    slides: tuple[tuple[tuple[tuple[str, ...], float], ...], ...]
    left_out: int
    columns_left_out: int = 0


def lay_out(table: Grid, room: Place, scale: float = 1.0) -> Laid:
    """Columns as wide as their text where that fits, on as few slides as can be, in the largest size for that.

    Args:
        table: as text.
        room: on the slide.
        scale: of type.

    Example:
        >>> table = Grid(("plan",), ("net",), (True,), tuple((("a",), (str(place),)) for place in range(30)))
        >>> [len(rows) for rows in lay_out(table, Place(0, 0, 800, 300)).slides]
        [10, 10]
    """
    sizes = [scale * step for step in SIZES]
    shown = _narrowed(table, sizes[-1], room.width)
    rows = [tuple(map(together, (*labels, *cells))) for labels, cells in shown.rows]
    names = (*shown.stubs, *shown.columns)
    columns = list(zip(names, *rows, strict=True))
    found = []
    for size in sizes:
        if sum(_least(columns, size)) > room.width and size > sizes[-1]:
            continue  # a word would be broken
        widths = _widths(columns, size, room.width)
        head = _height(names, widths, size, bold=True)
        heights = [_height(row, widths, size) for row in rows]
        laid = Laid(shown, size, tuple(widths), head, (), 0, len(table.columns) - len(shown.columns))
        found.append(_split(rows, heights, laid, room.height))
        if len(found[-1].slides) <= 1:
            break
    return min(found, key=lambda laid: (laid.left_out, len(laid.slides), -laid.size))


def _narrowed(table: Grid, size: float, room: float) -> Grid:
    """The table, or as many of its first columns as there is room for without breaking a word."""
    rows = [tuple(map(together, (*labels, *cells))) for labels, cells in table.rows]
    least = _least(list(zip((*table.stubs, *table.columns), *rows, strict=True)), size)
    kept = len(table.columns)
    while kept > 1 and sum(least[: len(table.stubs) + kept]) > room:
        kept -= 1
    cut = tuple((labels, cells[:kept]) for labels, cells in table.rows)
    return Grid(table.stubs, table.columns[:kept], table.numeric[:kept], cut)


def _split(rows: Sequence[tuple[str, ...]], heights: Sequence[float], laid: Laid, most: float) -> Laid:
    """Rows dealt to slides, as many on each; those for which there are too few slides are left out."""
    room = most - laid.head
    slides = 1
    while len(dealt := _deal(rows, heights, room, slides)) > slides:
        slides += 1
    if slides > MOST_SLIDES:
        dealt = _deal(rows, heights, room, 0)
    kept = tuple(tuple(part) for part in dealt[:MOST_SLIDES])
    return replace(laid, slides=kept, left_out=len(rows) - sum(map(len, kept)))


def _deal(
    rows: Sequence[tuple[str, ...]], heights: Sequence[float], room: float, slides: int
) -> list[list[tuple[tuple[str, ...], float]]]:
    """Rows on slides: about as many on each of so many, or each full where none is given."""
    share = sum(heights) / slides if slides else room
    dealt: list[list[tuple[tuple[str, ...], float]]] = [[]]
    used = 0.0
    for row, high in zip(rows, heights, strict=True):
        if dealt[-1] and (used + high > room + 0.01 or (used + high / 2 > share and len(dealt) < slides)):
            dealt.append([])
            used = 0.0
        dealt[-1].append((row, high))
        used += high
    return dealt


def _least(columns: Sequence[Sequence[str]], size: float) -> list[float]:
    """Widths of columns at which no word is broken."""
    return [
        max(width(word, size, place == 0) for place, text in enumerate(one) for word in (text or " ").split(" "))
        + _ROOM
        for one in columns
    ]


def _widths(columns: Sequence[Sequence[str]], size: float, room: float) -> list[float]:
    """Natural widths, in which heads may take several lines, or the longest word and shares of the rest."""
    least = _least(columns, size)
    natural = [
        max(high, *(width(text, size) + _ROOM for text in one[1:])) if len(one) > 1 else high
        for high, one in zip(least, columns, strict=True)
    ]
    heads = [max(high, width(one[0], size, bold=True) + _ROOM) for high, one in zip(natural, columns, strict=True)]
    natural = heads if sum(heads) <= room else natural
    if sum(natural) <= room:
        free = room - sum(natural)
        return [one + free * one / sum(natural) * 0.6 for one in natural] if len(natural) > 2 else natural
    free, wanted = room - sum(least), [max(one - two, 0.0) for one, two in zip(natural, least, strict=True)]
    if free <= 0:
        return [one * room / sum(least) for one in least]
    found = list(least)
    order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    for done, place in enumerate(order):  # who wants little gets it, the long ones share the rest
        given = min(wanted[place], free / (len(order) - done))
        found[place] += given
        free -= given
    return found


def _height(row: Sequence[str], widths: Sequence[float], size: float, bold: bool = False) -> float:
    most = max(lines(text, size, wide - _BETWEEN - 1.0, bold) for text, wide in zip(row, widths, strict=True))
    return float(most * LINE * size + 2 * _PAD)


def left_out(laid: Laid) -> str:
    """What the foot of a slide says of rows and columns that it has no room for.

    Example:
        >>> table = Grid((), ("plan",), (False,), (((), ("a",)),))
        >>> left_out(Laid(table, 18.0, (), 0.0, (), 2)), left_out(Laid(table, 18.0, (), 0.0, (), 0, 1))
        ('2 more rows are in the report.', '1 more column is in the report.')
    """
    parts = [(laid.left_out, "row"), (laid.columns_left_out, "column")]
    said = [f"{count} more {what}{'' if count == 1 else 's'}" for count, what in parts if count]
    one = len(said) == 1 and said[0].startswith("1 ")
    return f"{' and '.join(said)} {'is' if one else 'are'} in the report." if said else ""


def fill(page: Page, place: Place, laid: Laid, part: int, name: str) -> None:
    """Put one part of a table on a slide.

    Args:
        page: to fill.
        place: of the table.
        laid: from `lay_out`.
        part: which of its slides.
        name: what the table is, for who cannot see it.
    """
    rows, table = laid.slides[part], laid.table
    made = page.table(place, len(rows) + 1, len(laid.widths))
    made.name = "Table"
    made._element.nvGraphicFramePr.cNvPr.set("descr", name)
    drawn = made.table
    drawn.horz_banding = False
    drawn._tbl.tblPr.find(office().oxml.ns.qn("a:tableStyleId")).text = _NO_STYLE
    for column, wide in zip(drawn.columns, laid.widths, strict=True):
        column.width = round(wide * POINT)
    numeric = (*(False for _ in table.stubs), *table.numeric)
    content = [((*table.stubs, *table.columns), laid.head), *rows]
    for place_of_row, (row, (texts, high)) in enumerate(zip(drawn.rows, content, strict=True)):
        row.height = round(high * POINT)
        for cell, text, right in zip(row.cells, texts, numeric, strict=True):
            _cell(cell, text, laid.size, right=right, head=place_of_row == 0)
    made.width, made.height = (
        round(sum(laid.widths) * POINT),
        round((laid.head + sum(high for _, high in rows)) * POINT),
    )


def _cell(cell: Any, text: str, size: float, *, right: bool, head: bool) -> None:
    pptx = office()
    cell.margin_left, cell.margin_right = 0, round(_BETWEEN * POINT)
    cell.margin_top = cell.margin_bottom = round(_PAD * POINT)
    cell.vertical_anchor = pptx.enum.text.MSO_ANCHOR.BOTTOM if head else pptx.enum.text.MSO_ANCHOR.TOP
    paragraph = cell.text_frame.paragraphs[0]
    paragraph.alignment = pptx.enum.text.PP_ALIGN.RIGHT if right else pptx.enum.text.PP_ALIGN.LEFT
    run = paragraph.add_run()
    run.text = text
    run.font.size, run.font.bold = pptx.util.Pt(size), head
    run.font.color.theme_color = pptx.enum.dml.MSO_THEME_COLOR.TEXT_1
    colour, thick = ("tx1", 12700) if head else ("bg2", 9525)
    line = (
        f'<a:lnB {pptx.oxml.ns.nsdecls("a")} w="{thick}"><a:solidFill><a:schemeClr val="{colour}"/></a:solidFill>'
        "</a:lnB>"
    )
    properties = cell._tc.get_or_add_tcPr()
    properties.append(pptx.oxml.parse_xml(line))
    properties.append(pptx.oxml.parse_xml(f"<a:noFill {pptx.oxml.ns.nsdecls('a')}/>"))
