"""A result as a small table for notebooks: no script, no style sheet, no picture, readable on light and on dark.

The small charts are rows of coloured spans, which notebook viewers leave in place where they take drawings out.
"""

from __future__ import annotations

import html as markup
from itertools import pairwise

import numpy as np

from ..messages.shown import Card, Row

BETTER, WORSE, NEUTRAL, LINE = "#1b7fad", "#c8501a", "#7f8c99", "#8492a0"
"""To be seen on white (4.4 to 1 and more) and on the dark of JupyterLab alike."""

_WIDE, _HIGH, _MOST_BARS = 144, 28, 48
"""Pixels of a small chart, and its bars."""
_CELL = "padding:5px 20px 5px 0;vertical-align:middle;border:0;background:none"


def html(card: Card) -> str:
    """Title, sentence, table and hint, each text escaped."""
    scale = [end for row in card.rows for end in (row.bar or ()) if np.isfinite(end)]
    ends = min([*scale, card.reference]), max([*scale, card.reference])
    drawn = any(row.bar or len(row.course) for row in card.rows)
    heads = [*card.heads, *([card.drawn] if drawn else [])]
    ranged = bool(card.heads[2])
    rows = [
        [_text(row.label), _value(row, card.currency), *([_text(row.written("")[1])] if ranged else []),
         *([_chart(row, ends, card.reference)] if drawn else [])]
        for row in card.rows
    ]  # fmt: skip
    shown = [head for place, head in enumerate(heads) if place != 2 or ranged]
    top = "".join(
        _cell("th", _text(head), place, ";opacity:.75;font-weight:normal") for place, head in enumerate(shown)
    )
    body = "".join(
        f'<tr style="background:none">{"".join(_cell("td", cell, place) for place, cell in enumerate(cells))}</tr>'
        for cells in rows
    )
    said = f'<div style="margin-bottom:8px;opacity:.8">{_text(card.said)}</div>' if card.said else ""
    return (
        f'<div style="max-width:720px"><div style="font-size:16px;font-weight:bold;margin-bottom:2px">'
        f"{_text(card.title)}</div>{said}"
        f'<table style="border-collapse:collapse;border:0;margin:0;font-size:14px;color:inherit"><thead>'
        f'<tr style="background:none;border-bottom:1px solid {LINE}">{top}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
        f'<div style="margin-top:6px;font-size:12px;opacity:.75">{_text(card.more)}</div></div>'
    )


def _text(text: str) -> str:
    """A text in which nothing is markup, and no dollar sign begins a formula."""
    return markup.escape(text).replace("$", "<span>$</span>")


def _cell(kind: str, inside: str, place: int, more: str = "") -> str:
    side = "right" if place == 1 else "left"
    return f'<{kind} style="text-align:{side};{_CELL};white-space:nowrap{more}">{inside}</{kind}>'


def _value(row: Row, currency: str) -> str:
    colour = f";color:{BETTER if row.value > 0 else WORSE}" if row.change and row.value else ""
    return f'<span style="font-weight:bold{colour}">{_text(row.written(currency)[0])}</span>'


def _chart(row: Row, ends: tuple[float, float], reference: float) -> str:
    if row.bar:
        return _range(row.bar, ends, reference)
    return _course(row) if len(row.course) else ""


def _course(row: Row) -> str:
    """Bars up from nought, and down from it for what is below."""
    values = np.nan_to_num(np.asarray(row.course, dtype=float))
    signs = np.asarray(row.signs, dtype=float) if len(row.signs) else values
    count = min(len(values), _MOST_BARS)
    kept = np.linspace(0, len(values) - 1, count).round().astype(int)
    values, signs = values[kept], signs[kept]
    most, least = max(float(values.max()), 0.0), min(float(values.min()), 0.0)
    unit = _HIGH / (most - least) if most > least else 0.0
    step = max(_WIDE // count, 2)
    coloured = row.change or len(row.signs)
    parts = []
    for side, end in ((1.0, most), (-1.0, -least)):
        high = round(end * unit)
        if high:
            align = "bottom" if side > 0 else "top"
            bars = "".join(
                _span(step - 1, max(round(side * value * unit), 0),
                      (BETTER if sign >= 0 else WORSE) if coloured else NEUTRAL, align, "margin-right:1px")
                for value, sign in zip(values, signs, strict=True)
            )  # fmt: skip
            parts.append(f'<div style="height:{high}px">{_span(0, high, "", align)}{bars}</div>')
        if side > 0:
            parts.append(f'<div style="height:1px;background-color:{LINE}"></div>')
    return (
        f'<div style="line-height:0;font-size:0;white-space:nowrap;width:{step * count}px">{"".join(parts)}</div>'
    )


def _range(bar: tuple[float, float], ends: tuple[float, float], reference: float) -> str:
    """A bar from end to end, worse below the reference and better above it, which is a line."""
    low, high = ends
    unit = _WIDE / (high - low) if high > low else 0.0

    def at(value: float) -> int:
        return round((min(max(value, low), high) - low) * unit)

    first, last, line = at(bar[0]), at(bar[1]), at(reference)
    stops = sorted({0, first, last, line, _WIDE})
    pieces = []
    for left, right in pairwise(stops):
        inside = first <= left and right <= last
        colour = "" if not inside else WORSE if right <= line else BETTER
        if left == line:
            pieces.append(_span(1, 18, LINE, "middle"))
        pieces.append(_span(right - left, 10, colour, "middle"))
    if line == _WIDE:
        pieces.append(_span(1, 18, LINE, "middle"))
    return f'<div style="line-height:0;font-size:0;white-space:nowrap">{"".join(pieces)}</div>'


def _span(wide: int, high: int, colour: str, align: str, more: str = "") -> str:
    paint = f";background-color:{colour}" if colour else ""
    rest = f";{more}" if more else ""
    return (
        f'<span style="display:inline-block;vertical-align:{align};width:{wide}px;height:{high}px{paint}{rest}">'
        "</span>"
    )
