"""For notebooks of one's own: charts, tables, big numbers and results, each one output of its cell.

Outside a notebook the plain text is printed.
"""

from __future__ import annotations

import base64
import io
import re
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..errors import InputError, shorten
from .exhibit import EXHIBIT, Exhibit, Figure
from .tables import as_text, grid, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawn

RESULT = "application/vnd.wom.result+json"
RESERVED = ("results", "manifest", "report", "notebook", "con", "nul", "aux", "prn")
"""Files of a run, and names that Windows keeps."""


def show(
    figure: Drawn | Axes, *, alt: str, sentence: str = "", data: pd.DataFrame | None = None, source: str = "",
    notes: str = "",
) -> None:  # fmt: skip
    """Show a matplotlib figure as one output: picture with alternative text and its message in words.

    Args:
        figure: a matplotlib figure, or axes of one. It is closed afterwards.
        alt: what the picture shows, for those who cannot see it.
        sentence: the message.
        data: the numbers drawn; they follow in the appendix.
        source: where the numbers come from.
        notes: what a speaker should know more.

    Raises:
        InputError: the alternative text is empty, or `figure` is no figure.
    """
    if not alt.strip():
        raise InputError("a chart needs alternative text: alt='…'", "alt")
    drawn: Any = figure
    while not hasattr(drawn, "savefig"):  # axes, or a figure inside a figure
        drawn = getattr(drawn, "figure", None)
        if drawn is None:
            raise InputError(f"must be a matplotlib figure or axes, is {shorten(figure)}", "figure")
    picture = io.BytesIO()
    drawn.savefig(
        picture, format="png", dpi=192, metadata={"Software": None}
    )  # two dots per CSS pixel of 1/96 inch
    width = int.from_bytes(picture.getvalue()[16:20], "big")  # the PNG header's first number
    about = {"image/png": {"alt": alt, "width": round(width / 2)}}
    bundle = {
        "image/png": base64.b64encode(picture.getvalue()).decode("ascii"),
        EXHIBIT: Exhibit(sentence, alt=alt, source=source, notes=notes).plain(),
        "text/plain": sentence or alt,
    }
    _emit(bundle, about)
    if data is not None:
        _emit(Exhibit(f"The numbers: {sentence or alt}", data=data, source=source, appendix=True))
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close(drawn)  # else the notebook would show it a second time


def table(
    frame: pd.DataFrame, caption: str = "", formats: Mapping[str, str] | None = None, *, source: str = "",
    notes: str = "",
) -> None:  # fmt: skip
    """Show a table with a caption, right-aligned numbers and headers that screen readers understand.

    Args:
        frame: the numbers; an index that only counts rows is left out.
        caption: what the table says, above it.
        formats: by column name, such as {"npv": "${:,.0f}", "share": "{:.1%}"}.
        source: where the numbers come from.
        notes: what a speaker should know more.

    Raises:
        InputError: a format for an unknown column, or one that does not fit.
    """
    _emit(Exhibit(caption, data=frame, formats=formats, source=source, notes=notes))


def headline(
    figures: Sequence[tuple[str, str] | tuple[str, str, str]], message: str = "", *, source: str = "",
    notes: str = "",
) -> None:  # fmt: skip
    """Show a row of big numbers: what a report opens with.

    Args:
        figures: label, value as it is to be read, and a short note (may be left out), for each number.
        message: what they say together, one sentence.
        source: where the numbers come from.
        notes: what a speaker should know more.

    Raises:
        InputError: no figures, or one that is not label, value, note.
    """
    rows = tuple(
        Figure(str(label), str(value), " ".join(map(str, note)))
        for label, value, *note in (entry for entry in figures if len(entry) in (2, 3))
    )
    if not rows or len(rows) != len(figures):
        raise InputError("must be (label, value, note) for each figure", "headline")
    _emit(Exhibit(message, figures=rows, source=source, notes=notes))


def publish(name: str = "", value: Any = None, **results: Any) -> None:
    """Hand results over to the run: they go to `results.json`, a table also to `<name>.csv`.

    Args:
        name: lower-case letters, digits and _; the key in `results.json` and the name of the CSV file.
        value: a number, a text, a mapping of them, or a table. NaN and infinity become null.
        results: more of them, by name.

    Raises:
        InputError: a name that cannot be a file name, or a value that JSON cannot hold.
    """
    for key, result in (({name: value} if name else {}) | results).items():
        check_name(key)
        stored = plain(result)
        framed = isinstance(result, pd.DataFrame)
        entry = {"name": key, "kind": "table" if framed else "value", "value": stored}
        if isinstance(stored, dict) and not framed:
            entry["order"] = list(stored)  # a notebook file sorts its keys
        _emit({RESULT: entry, "text/plain": as_text(grid(result), key) if framed else f"{key}: {stored}"})


def check_name(name: str) -> None:
    """Refuse a result's name that could not be a file name, or that a run uses itself."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,99}", name):
        raise InputError(f"a result's name has lower-case letters, digits and _ only, is {shorten(name)}")
    if name in RESERVED:
        raise InputError(f"a result cannot be named {name}: a file of every run has that name")


def _emit(shown: Exhibit | Mapping[str, Any], metadata: Mapping[str, Any] | None = None) -> None:
    bundle, about = shown._repr_mimebundle_() if isinstance(shown, Exhibit) else (dict(shown), metadata or {})
    shell = sys.modules.get("IPython")  # not imported for this: outside a notebook it would only cost time
    if shell is None or shell.get_ipython() is None:
        print(bundle["text/plain"])
    else:
        shell.display.display(bundle, raw=True, metadata=about)
