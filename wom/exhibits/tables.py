"""Tables and values: as plain JSON and CSV with every digit, and as people read them.

Missing and infinite numbers become null, never invalid JSON. Tables for people are aligned, formatted, captioned,
with a scope on every header; what shows itself in a notebook has inline styles and charts of coloured spans alone,
no script, style sheet or picture, so that viewers that trust nothing leave it whole, on white and on dark.
"""

from __future__ import annotations

import csv
import datetime
import html
import io
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..errors import InputError, nearest, shorten

Format = str | Callable[[Any], str]
MISSING = "–"
BETTER, WORSE, NEUTRAL, LINE = "#1b7fad", "#c8501a", "#7f8c99", "#8492a0"
"""Contrast with white and with the dark of JupyterLab is 4.2 to 1 and more for what is read."""
_WIDE, _HIGH, _MOST = 132, 28, 44
"""Pixels of a small chart, and its bars."""


@dataclass(frozen=True)
class Grid:
    """A table as text: what stands where, before it is HTML or plain.

    `stubs` are the row headers' names, `numeric` says of each column whether it is right-aligned.
    """

    stubs: tuple[str, ...]
    columns: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]


def grid(frame: pd.DataFrame, formats: Mapping[str, Format] | None = None) -> Grid:
    """Lay a table out as text, without an index that only counts rows.

    `formats` are by column name, such as "{:,.0f}" or a function; others get a sensible number of digits.
    """
    names, given, texts, numeric = [joined(column) for column in frame.columns], formats or {}, [], []
    for name in given:
        if name not in names:
            raise InputError(f"the table has no such column, {nearest(name, names)}", f"formats.{name}")
    for place, name in enumerate(names):
        values = frame.iloc[:, place].tolist()
        known = [value for value in values if not _missing(value)]
        numbers = bool(known) and all(isinstance(value, Real) and not isinstance(value, bool) for value in known)
        numeric.append(name in given or numbers)
        form = given.get(name) or _usual(known)
        try:
            texts.append([number(value, form) for value in values])
        except (ValueError, TypeError, KeyError, IndexError) as error:
            raise InputError(f"does not fit the column's values: {error}", f"formats.{name}") from error
    stubs = index_names(frame)
    labels = [label if isinstance(label, tuple) else (label,) for label in frame.index.tolist()]
    heads = [tuple(number(part, "{}") for part in label) if stubs else () for label in labels]
    cells = zip(*texts, strict=True) if texts else [()] * len(frame)
    return Grid(tuple(stubs), tuple(names), tuple(numeric), tuple(zip(heads, cells, strict=True)))


def _missing(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT


def number(value: Any, form: Format) -> str:
    """A cell as text: a number with a true minus in front of everything and none on a zero, – if it is missing."""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if _missing(value):
        return MISSING
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ")
    if callable(form):
        return form(value)
    if not isinstance(value, Real):
        return form.format(value)
    if not math.isfinite(value):
        return MISSING
    text = form.format(abs(value))
    return f"−{text.removeprefix('+')}" if value < 0 and any(digit in text for digit in "123456789") else text


def _usual(values: Sequence[Any]) -> str:
    """Whole numbers whole; others with about three digits that say something."""
    sizes = [abs(float(value)) for value in values if isinstance(value, Real) and math.isfinite(value)]
    if not sizes:
        return "{}"
    if all(size.is_integer() for size in sizes):
        return "{:,.0f}"
    digits = 2 - math.floor(math.log10(max(sizes)))
    return f"{{:,.{min(max(digits, 0), 6)}f}}"  # what is smaller is rounding


def as_html(table: Grid, caption: str = "") -> str:
    """The table as accessible HTML in a box that scrolls sideways by keyboard on a narrow screen."""
    sides = [""] * len(table.stubs) + [' class="number"' if numeric else "" for numeric in table.numeric]

    def row(cells: Sequence[str], heads: int, scope: str) -> str:
        shown = ""
        for place, (text, side) in enumerate(zip(cells, sides, strict=True)):
            tag, about = ("th", f' scope="{scope}"') if place < heads else ("td", "")
            corner = scope == "col" and not text  # nothing to be the head of
            shown += '<td class="corner"></td>' if corner else f"<{tag}{about}{side}>{escape(text)}</{tag}>"
        return f"<tr>{shown}</tr>"

    names = [*table.stubs, *table.columns]
    heads = len(table.stubs) or int(bool(table.numeric) and not table.numeric[0])
    top = row(names, len(names), "col")
    body = "".join(row([*labels, *cells], heads, "row") for labels, cells in table.rows)
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return (
        f'<div class="wom-table" role="region" tabindex="0" aria-label="{html.escape(caption or "Table")}">'
        f"<table>{title}<thead>{top}</thead><tbody>{body}</tbody></table></div>"
    )


def escape(text: str) -> str:
    """A text in which nothing is markup, and no dollar sign begins a formula."""
    return html.escape(text).replace("$", "<span>$</span>")


def as_text(table: Grid, caption: str = "") -> str:
    """The table in plain characters, for consoles and for readers without HTML."""
    lines = [[*table.stubs, *table.columns], *([*labels, *cells] for labels, cells in table.rows)]
    numeric = [False] * len(table.stubs) + list(table.numeric)
    widths = [max(len(text) for text in column) for column in zip(*lines, strict=True)]
    body = [
        "  ".join(
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(line, widths, numeric, strict=True)
        ).rstrip()
        for line in lines
    ]
    return "\n".join([caption, *body] if caption else body)


# --- by inline style alone ---


def panel(
    title: str, said: Sequence[str], heads: Sequence[str], rows: Iterable[Sequence[str]], foot: str = ""
) -> str:
    """A title, sentences, and rows of a label, a value and what stands behind them, all as HTML.

    `heads` are texts; `rows` and `foot` are HTML.
    """

    def row(kind: str, cells: Iterable[str], line: str, more: str) -> str:
        inside = ""
        for place, cell in enumerate(cells):
            look = f"text-align:{'right' if place == 1 else 'left'};padding:5px 16px 5px 0;vertical-align:middle"
            look += f";border:0;background:none{more if place else more.replace('nowrap', 'normal')}"
            inside += f'<{kind} style="{look}">{cell}</{kind}>'
        return f'<tr style="background:none{line}">{inside}</tr>'

    top = row("th", map(escape, heads), f";border-bottom:1px solid {LINE}", ";opacity:.75;font-weight:normal")
    body = "".join(row("td", cells, "", ";white-space:nowrap") for cells in rows)
    look = "border-collapse:collapse;border:0;margin:0;font-size:14px;color:inherit"
    table = f'<table style="{look}"><thead>{top if any(heads) else ""}</thead><tbody>{body}</tbody></table>'
    head = block(title, "font-size:16px;font-weight:bold;margin-bottom:2px")
    lines = "".join(block(one, "margin-bottom:6px;opacity:.8") for one in said)
    return f'<div style="max-width:720px">{head}{lines}{table if body else ""}{foot}</div>'


def block(text: str, style: str) -> str:
    """A text as a block of its own; nothing if there is none."""
    return f'<div style="{style}">{escape(text)}</div>' if text else ""


def valued(text: str, sign: float) -> str:
    """A value in bold, and in the colour of a gain or a loss."""
    colour = f";color:{BETTER if sign > 0 else WORSE}" if sign else ""
    return f'<span style="font-weight:bold{colour}">{escape(text)}</span>'


def bars(values: Sequence[float], *, signed: bool) -> str:
    """A course as bars up from nought, and down from it for what is below."""
    course = np.nan_to_num(np.asarray(values, dtype=float))
    kept = course[np.linspace(0, len(course) - 1, min(len(course), _MOST)).round().astype(int)]
    most, least = max(float(kept.max()), 0.0), min(float(kept.min()), 0.0)
    unit, step = _HIGH / ((most - least) or 1.0), max(_WIDE // len(kept), 2)
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
    low, unit = ends[0], _WIDE / ((ends[1] - ends[0]) or 1.0)
    first, last, line = (round((value - low) * unit) for value in (*bar, reference))
    pieces = []
    for left, right in pairwise(sorted({0, first, last, line, _WIDE})):
        if left == line:
            pieces.append(_span(1, 18, LINE, "middle"))
        colour = "" if left < first or right > last else WORSE if right <= line else BETTER
        pieces.append(_span(right - left, 10, colour, "middle"))
    return _small("".join(pieces) + (_span(1, 18, LINE, "middle") if line == _WIDE else ""), _WIDE + 1)


def _small(inside: str, wide: int) -> str:
    return f'<div style="line-height:0;font-size:0;white-space:nowrap;width:{wide}px">{inside}</div>'


def _span(wide: int, high: int, colour: str, align: str, more: str = "") -> str:
    paint = f";background-color:{colour}" if colour else ""
    look = f"display:inline-block;vertical-align:{align};width:{wide}px;height:{high}px{paint}{more}"
    return f'<span style="{look}"></span>'


# --- as JSON and CSV ---


def plain(value: Any) -> Any:
    """A value in the types of JSON: what is missing, not a number or infinite becomes None."""
    if isinstance(value, pd.DataFrame):
        return split(value)
    if isinstance(value, pd.Series):
        value = value.to_dict()
    elif isinstance(value, np.generic | np.ndarray | pd.Index):
        moments = not isinstance(value, pd.Index) and value.dtype.kind == "M"  # else a count of nanoseconds
        value = (value.astype("datetime64[us]") if moments else value).tolist()
    if _missing(value) or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, Path | pd.Period | pd.Interval):
        return str(value)
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    raise InputError(f"a {type(value).__name__} cannot be stored as JSON: {shorten(value)}")


def split(frame: pd.DataFrame) -> dict[str, Any]:
    """A table as `columns`, `index`, `data` with every digit, and `index_names`, none where it counts the rows."""
    return {
        "columns": plain(frame.columns),
        "index": plain(frame.index),
        "index_names": index_names(frame),
        "data": [plain(row) for row in frame.itertuples(index=False, name=None)],
    }


def unsplit(table: Mapping[str, Any]) -> pd.DataFrame:
    """The table that `split` took apart."""
    names = table["index_names"]
    columns = [tuple(name) if isinstance(name, list) else name for name in table["columns"]]
    frame = pd.DataFrame(table["data"], columns=columns)
    if not names:
        return frame
    if len(names) > 1:
        frame.index = pd.MultiIndex.from_tuples(map(tuple, table["index"]), names=names)
    else:
        frame.index = pd.Index(table["index"], name=names[0] or None)
    return frame


def index_names(frame: pd.DataFrame) -> list[str]:
    """Names of the index levels; none when the index only counts the rows."""
    if isinstance(frame.index, pd.RangeIndex) and frame.index.name is None:
        return []
    return ["" if name is None else str(name) for name in frame.index.names]


def csv_text(table: Mapping[str, Any]) -> str:
    """A table made by `split` as CSV: index columns first, missing cells empty.

    A text that a spreadsheet would take for a formula gets an apostrophe in front; numbers stay numbers.
    """
    names, lines = table["index_names"], [[*table["index_names"], *map(joined, table["columns"])]]
    for label, row in zip(table["index"], table["data"], strict=True):
        labels = label if isinstance(label, list) else [label]
        lines.append([*(labels if names else []), *row])
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(
        [f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell for cell in line] for line in lines
    )
    return out.getvalue()


_FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d.]+$)")
"""What makes a spreadsheet compute a text; a number with its sign is none."""


def joined(name: Any) -> str:
    """A column's name as text; the levels of a nested one are joined."""
    return " ".join(str(part) for part in name if part != "") if isinstance(name, list | tuple) else str(name)


def json_text(value: Any) -> str:
    """Strict, readable JSON with a final newline; `plain` takes out what is none, such as infinity."""
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
