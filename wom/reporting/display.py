"""What a notebook shows and hands over: charts, tables, headline figures, results.

Each is one output with a plain-text form beside it, so that the executed notebook is the only source of the
report. Outside a notebook the plain text is printed.
"""

from __future__ import annotations

import base64
import html
import io
import re
import struct
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..errors import InputError, shorten
from ..exhibits.charts import Chart, guess, kept
from .tables import Format, as_html, as_text, grid
from .values import plain, split

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CHART = "application/vnd.wom.chart+json"
HEADLINE = "application/vnd.wom.headline+json"
SPOKEN = "application/vnd.wom.spoken+json"
RESULT = "application/vnd.wom.result+json"
DOTS_PER_INCH = 192  # two dots per CSS pixel of 1/96 inch: crisp on a dense screen and on paper
RESERVED = ("results", "manifest", "report", "notebook", "con", "nul", "aux", "prn")  # files of a run; Windows

# The weight of these rules is zero, so that the report's own style wins; they serve JupyterLab.
HEADLINE_STYLE = (
    "<style>:where(.wom-headline){display:flex;flex-wrap:wrap;gap:2.5rem;margin:1rem 0}"
    ":where(.wom-headline dt,.wom-headline dd){margin:0;font-size:.85rem;font-weight:400}"
    ":where(.wom-headline .value){font-size:2rem;font-weight:700;line-height:1.2}</style>"
)


def show(
    figure: Figure | Axes,
    *,
    alt: str,
    data: pd.DataFrame | None = None,
    source: str = "",
    takeaway: str = "",
    chart: Chart | None = None,
    notes: str = "",
) -> None:
    """Show a chart as one output: picture with alternative text, its message in words, and its data.

    Slides draw the chart anew from what the figure function kept with it, see `wom.charts`; a figure without
    such a description is drawn from `data`.

    Args:
        figure: a matplotlib figure, or axes of one. It is closed afterwards.
        alt: what the picture shows, for who cannot see it.
        data: the numbers drawn; the report offers them below the chart. By default those of the description.
        source: where the numbers come from.
        takeaway: the message, one sentence.
        chart: the description for slides, instead of the one kept with the figure.
        notes: what a speaker should know more, for the notes of the slide.

    Errors:
        InputError: the alternative text is empty, or `figure` is no figure.

    Example:
        >>> from matplotlib.figure import Figure
        >>> figure = Figure()
        >>> _ = figure.add_subplot().plot([1, 2])
        >>> show(figure, alt="A line rises from 1 to 2.", takeaway="It doubles.")
        It doubles.
    """
    if not alt.strip():
        raise InputError("a chart needs a text for who cannot see it: alt='…'", "alt")
    drawn: Any = figure
    while not hasattr(drawn, "savefig"):  # axes, or a figure inside a figure
        drawn = getattr(drawn, "figure", None)
        if drawn is None:
            raise InputError(f"must be a matplotlib figure or axes, is {shorten(figure)}", "figure")
    picture = io.BytesIO()
    drawn.savefig(picture, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
    (width,) = struct.unpack(">I", picture.getvalue()[16:20])  # the PNG header's first number
    bundle: dict[str, Any] = {
        "image/png": base64.b64encode(picture.getvalue()).decode("ascii"),
        "text/plain": takeaway or alt,
    }
    described = chart or kept(drawn)
    numbers = described.frame() if data is None and described else data
    if numbers is not None:
        described = described or guess(numbers)
        bundle[CHART] = {
            "title": (described and described.title) or _title(drawn),
            "data": split(numbers),
            "source": source,
            "takeaway": takeaway,
            "alt": alt,
            "notes": notes,
            "chart": described and described.plain(),
        }
    _emit(bundle, {"image/png": {"alt": alt, "width": round(width * 96 / DOTS_PER_INCH)}})
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close(drawn)  # else the notebook would show it a second time


def publish(name: str, value: Mapping[str, Any] | pd.DataFrame | float | str | None) -> None:
    """Hand a result over to the run: it goes to `results.json`, a table also to `<name>.csv`.

    Args:
        name: lower-case letters, digits and _; the key in `results.json` and the name of the CSV file.
        value: a number, a text, a mapping of them, or a table. NaN and infinity become null.

    Errors:
        InputError: a name that cannot be a file name, or a value that JSON cannot hold.

    Example:
        >>> publish("headline", {"npv": 1200.5, "payback_months": float("nan")})
        headline: {'npv': 1200.5, 'payback_months': None}
    """
    check_name(name)
    stored = plain(value)
    text = as_text(grid(value), name) if isinstance(value, pd.DataFrame) else f"{name}: {stored}"
    kind = "table" if isinstance(value, pd.DataFrame) else "value"
    entry = {"name": name, "kind": kind, "value": stored}
    if kind == "value" and isinstance(stored, dict):
        entry["order"] = list(stored)  # a notebook file sorts its keys
    _emit({RESULT: entry, "text/plain": text})


def check_name(name: str) -> None:
    """Refuse a result's name that could not be a file name.

    Errors:
        InputError: other characters than lower-case letters, digits and _, or a name that a run uses itself.

    Example:
        >>> check_name("../secret")
        Traceback (most recent call last):
        wom.errors.InputError: a result's name has lower-case letters, digits and _ only, is '../secret'
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,99}", name):
        raise InputError(f"a result's name has lower-case letters, digits and _ only, is {shorten(name)}")
    if name in RESERVED:
        raise InputError(f"a result cannot be named {name}: a file of every run has that name")


def table(
    frame: pd.DataFrame,
    caption: str = "",
    formats: Mapping[str, Format] | None = None,
    *,
    source: str = "",
    notes: str = "",
) -> None:
    """Show a table with a caption, right-aligned numbers and headers that screen readers understand.

    Args:
        frame: the numbers; an index that only counts rows is left out.
        caption: what the table says, above it.
        formats: by column name, such as {"npv": "${:,.0f}", "share": "{:.1%}"}.
        source: where the numbers come from, for the slide.
        notes: what a speaker should know more.

    Errors:
        InputError: a format for an unknown column, or one that does not fit.

    Example:
        >>> table(pd.DataFrame({"plan": ["Train"], "npv": [-1234.5]}), formats={"npv": "${:,.0f}"})
        plan      npv
        Train  −$1,234
    """
    laid = grid(frame, formats)
    bundle: dict[str, Any] = {"text/html": as_html(laid, caption), "text/plain": as_text(laid, caption)}
    _emit(bundle | _spoken(source, notes))


def headline(
    figures: Sequence[tuple[str, str] | tuple[str, str, str]],
    message: str = "",
    *,
    source: str = "",
    notes: str = "",
) -> None:
    """Show a row of big numbers: what a report opens with.

    Args:
        figures: label, value as it is to be read, and a short note (may be left out), for each number.
        message: what they say together, one sentence: the title of their slide.
        source: where the numbers come from, for the slide.
        notes: what a speaker should know more.

    Errors:
        InputError: no figures, or one that is not label, value, note.

    Example:
        >>> headline([("Revenue", "+$1.2m", "over 36 months"), ("Payback", "14 months")])
        Revenue: +$1.2m (over 36 months)
        Payback: 14 months
    """
    rows = [(*map(str, entry), "")[:3] for entry in figures if len(entry) in (2, 3)]
    if not rows or len(rows) != len(figures):
        raise InputError("must be (label, value, note) for each figure", "headline")
    cells = [
        f'<div><dt>{html.escape(label)}</dt><dd class="value">{html.escape(value)}</dd>'
        + (f'<dd class="note">{html.escape(note)}</dd>' if note else "")
        + "</div>"
        for label, value, note in rows
    ]
    lines = [f"{label}: {value}" + (f" ({note})" if note else "") for label, value, note in rows]
    _emit(
        {
            "text/html": f'{HEADLINE_STYLE}<dl class="wom-headline">{"".join(cells)}</dl>',
            "text/plain": "\n".join(lines),
            HEADLINE: {"figures": [list(row) for row in rows], "message": message},
        }
        | _spoken(source, notes)
    )


def _spoken(source: str, notes: str) -> dict[str, Any]:
    """What belongs to a slide alone."""
    return {SPOKEN: {"source": source, "notes": notes}} if source or notes else {}


def _title(figure: Figure) -> str:
    titles = [figure.get_suptitle(), *(axes.get_title(loc) for axes in figure.axes for loc in _SIDES)]
    return " ".join(next((title for title in titles if title), "").split())


_SIDES: tuple[Any, ...] = ("left", "center", "right")


def _emit(bundle: dict[str, Any], metadata: dict[str, Any] | None = None) -> None:
    shell = sys.modules.get("IPython")  # not imported for this: outside a notebook it would only cost time
    if shell is None or shell.get_ipython() is None:
        print(bundle["text/plain"])
    else:
        shell.display.display(bundle, raw=True, metadata=metadata or {})
