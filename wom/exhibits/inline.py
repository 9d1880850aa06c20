"""HTML by inline styles alone, with charts of coloured spans: viewers that trust nothing leave it whole.

No script, no style sheet, no picture; readable on white and on the dark of JupyterLab alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from .tables import escape

BETTER, WORSE, NEUTRAL, LINE = "#1b7fad", "#c8501a", "#7f8c99", "#8492a0"
"""Contrast with both backgrounds is 4.2 to 1 and more for what is read."""
WIDE = 132
_HIGH, _MOST = 28, 44
"""Pixels of a small chart, and its bars."""


def block(text: str, style: str) -> str:
    """A text as a block of its own; nothing if there is none."""
    return f'<div style="{style}">{escape(text)}</div>' if text else ""


def panel(
    title: str, said: Sequence[str], heads: Sequence[str], rows: Iterable[Sequence[str]], foot: str = "",
) -> str:  # fmt: skip
    """A title, sentences, and rows of a label, a value and what stands behind them, all as HTML.

    `heads` are texts; `rows` and `foot` are HTML.
    """

    def cell(kind: str, inside: str, place: int, more: str) -> str:
        side = "right" if place == 1 else "left"
        look = f"text-align:{side};padding:5px 16px 5px 0;vertical-align:middle;border:0;background:none{more}"
        return f'<{kind} style="{look}">{inside}</{kind}>'

    def row(kind: str, cells: Iterable[str], line: str, more: str) -> str:
        inside = (cell(kind, one, place, more if place else more.replace("nowrap", "normal"))
                  for place, one in enumerate(cells))  # fmt: skip
        return f'<tr style="background:none{line}">{"".join(inside)}</tr>'

    top = row("th", map(escape, heads), f";border-bottom:1px solid {LINE}", ";opacity:.75;font-weight:normal")
    body = "".join(row("td", cells, "", ";white-space:nowrap") for cells in rows)
    look = "border-collapse:collapse;border:0;margin:0;font-size:14px;color:inherit"
    table = f'<table style="{look}"><thead>{top if any(heads) else ""}</thead><tbody>{body}</tbody></table>'
    head = block(title, "font-size:16px;font-weight:bold;margin-bottom:2px")
    lines = "".join(block(one, "margin-bottom:6px;opacity:.8") for one in said)
    return f'<div style="max-width:720px">{head}{lines}{table if body else ""}{foot}</div>'


def valued(text: str, sign: float) -> str:
    """A value in bold, and in the colour of a gain or a loss."""
    colour = f";color:{BETTER if sign > 0 else WORSE}" if sign else ""
    return f'<span style="font-weight:bold{colour}">{escape(text)}</span>'


def bars(values: Sequence[float], *, signed: bool) -> str:
    """A course as bars up from nought, and down from it for what is below."""
    course = np.nan_to_num(np.asarray(values, dtype=float))
    kept = course[np.linspace(0, len(course) - 1, min(len(course), _MOST)).round().astype(int)]
    most, least = max(float(kept.max()), 0.0), min(float(kept.min()), 0.0)
    unit, step = _HIGH / ((most - least) or 1.0), max(WIDE // len(kept), 2)
    line, parts = f'<div style="height:1px;background-color:{LINE}"></div>', []
    for side, end, colour, align in ((1, most, BETTER, "bottom"), (-1, -least, WORSE, "top")):
        high = round(end * unit)
        row = "".join(
            _span(step - 1, max(round(side * value * unit), 0), colour if signed else NEUTRAL, align,
                  ";margin-right:1px") for value in kept
        )  # fmt: skip
        parts.append(f'<div style="height:{high}px">{_span(0, high, "", align)}{row}</div>' if high else "")
    return _small(line.join(parts), step * len(kept))


def span(bar: tuple[float, float], ends: tuple[float, float], reference: float) -> str:
    """A bar from end to end, worse below the reference and better above it, which is a line."""
    low, unit = ends[0], WIDE / ((ends[1] - ends[0]) or 1.0)
    first, last, line = (round((value - low) * unit) for value in (*bar, reference))
    pieces = []
    for left, right in pairwise(sorted({0, first, last, line, WIDE})):
        if left == line:
            pieces.append(_span(1, 18, LINE, "middle"))
        colour = "" if left < first or right > last else WORSE if right <= line else BETTER
        pieces.append(_span(right - left, 10, colour, "middle"))
    return _small("".join(pieces) + (_span(1, 18, LINE, "middle") if line == WIDE else ""), WIDE + 1)


def _small(inside: str, wide: int) -> str:
    return f'<div style="line-height:0;font-size:0;white-space:nowrap;width:{wide}px">{inside}</div>'


def _span(wide: int, high: int, colour: str, align: str, more: str = "") -> str:
    paint = f";background-color:{colour}" if colour else ""
    look = f"display:inline-block;vertical-align:{align};width:{wide}px;height:{high}px{paint}{more}"
    return f'<span style="{look}"></span>'
