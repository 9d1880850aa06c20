"""One thing shown of a result: what it says, draws and tabulates, whichever medium shows it.

The last expression of a notebook's cell shows itself; page, slides and deck take the same object from the executed
notebook, where it lies in the cell's output under `EXHIBIT`. Every text is text: names are never markup.
"""

from __future__ import annotations

import base64
import io
import re
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ..errors import InputError, shorten
from .chart import Chart, Series
from .tables import as_html, as_text, escape, grid, panel, plain, unsplit, valued

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawn

EXHIBIT = "application/vnd.wom.exhibit+json"
BRIEF = "application/vnd.wom.brief+json"
RESULT = "application/vnd.wom.result+json"
RESERVED = ("results", "manifest", "report", "notebook", "con", "nul", "aux", "prn")
"""Files of a run, and names that Windows keeps."""


@dataclass(frozen=True)
class Figure:
    """A big number: `value` as it is read, `note` with its range in words, and where `range` is known its bar.

    `sign` is 1 where it means better off, -1 where worse, 0 where neither; it gives the colour, never the only
    sign of it. `range` is low, middle, high.
    """

    label: str
    value: str
    note: str = ""
    sign: int = 0
    range: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class Exhibit:
    """What is said, drawn, tabulated and described of one result.

    `sentence` is the message with its number: the title of a chart, the caption of a table, the order of a
    decision. `data` are the numbers drawn, those of the chart if none are given, or the table itself. `alt` says
    what the picture shows to those who cannot see it. `text` are paragraphs to be read beside it, `notes` what a
    speaker should know more. `figures` are big numbers; `answers` pairs of a question and its answer. `appendix`
    is for readers who check: it is folded on pages and left out of slides. A chart needs alternative text.
    """

    sentence: str
    chart: Chart | None = None
    data: pd.DataFrame | None = None
    alt: str = ""
    source: str = ""
    notes: str = ""
    text: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()
    formats: Mapping[str, str] | None = None
    appendix: bool = False

    def __post_init__(self) -> None:
        if self.chart and not self.alt.strip():
            raise InputError("a chart needs alternative text: alt='…'", "alt")
        if self.formats and self.data is not None:
            grid(self.data, self.formats)  # refuses a format for an unknown column, or one that does not fit

    @property
    def kind(self) -> Literal["decision", "chart", "table", "text"]:
        """What it is in the first place."""
        if self.figures or self.answers:
            return "decision"
        return "chart" if self.chart else "text" if self.data is None else "table"

    def to_frame(self) -> pd.DataFrame:
        """Its numbers."""
        return self.data if self.data is not None else self.chart.frame() if self.chart else pd.DataFrame()

    def numbers(self) -> pd.DataFrame:
        """Its big numbers as a table: label, value and note."""
        names = ["label", "value", "note"]
        return pd.DataFrame([(one.label, one.value, one.note) for one in self.figures], columns=names)

    def plain(self) -> dict[str, Any]:
        """As JSON can hold it; nothing that is empty is stored."""
        stored = {name: plain(part) for name, part in asdict(self).items()}
        return {name: part for name, part in stored.items() if part not in (None, "", [])}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Exhibit:
        """From what `plain` gave, when it has been through JSON."""
        read = "exhibit"
        try:
            parts = {"sentence": "", **_tuples(stored)}
            if chart := parts.get("chart"):
                read = "chart"
                parts["chart"] = Chart(**chart | {"series": tuple(Series(**one) for one in chart["series"])})
                read = "exhibit"
            if parts.get("data"):
                parts["data"] = unsplit(stored["data"])
            parts["figures"] = tuple(Figure(**one) for one in parts.get("figures", ()))
            return cls(**parts)
        except (TypeError, KeyError, AttributeError, ValueError) as error:
            raise InputError(f"is no description of one: {error}", read) from error

    def __repr__(self) -> str:
        lines = [self.sentence, *self.text]
        lines += [f"{one.label}: {one.value}{one.note and f' ({one.note})'}" for one in self.figures]
        lines += [f"{ask}: {say}" for ask, say in self.answers]
        if self.kind == "table" and self.data is not None:
            lines.append(as_text(grid(self.data, self.formats)))
        return "\n".join(filter(None, lines))

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Picture, table or text for a notebook's viewer, and the exhibit itself for page, slides and deck."""
        bundle: dict[str, Any] = {EXHIBIT: self.plain(), "text/plain": repr(self)}
        metadata: dict[str, Any] = {}
        if self.kind == "chart" and self.chart:
            from matplotlib.backends.backend_agg import FigureCanvasAgg
            from PIL import Image  # matplotlib brings it

            from .drawing import draw

            drawn = draw(self.chart, title=self.sentence, source=self.source)
            drawn.set_dpi(144)
            canvas: Any = FigureCanvasAgg(drawn)
            canvas.draw()
            picture = io.BytesIO()  # in few colours, or a notebook would be some megabytes
            few = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB").quantize(64, method=2)
            few.save(picture, "png")
            bundle["image/png"] = base64.b64encode(picture.getvalue()).decode("ascii")
            metadata["image/png"] = {"alt": self.alt, "width": 696}
        elif self.kind == "table" and self.data is not None:
            bundle["text/html"] = as_html(grid(self.data, self.formats), self.sentence)
        else:
            bundle["text/html"] = self._html()
        return bundle, metadata

    def _html(self) -> str:
        """A decision or a text, by inline style alone: viewers that trust nothing leave it whole."""
        rows = [[escape(one.label), valued(one.value, one.sign), escape(one.note)] for one in self.figures]
        answers = "".join(
            f'<div style="margin-top:4px"><span style="font-weight:bold">{escape(ask)}.</span> {escape(say)}</div>'
            for ask, say in self.answers
        )
        return panel(self.sentence, self.text, (), rows, answers)


class Brief(Exhibit):
    """The page that a manager signs; what is under its questions is a line each."""

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return {BRIEF: self.plain(), "text/plain": repr(self), "text/html": self._html()}, {}


def _tuples(stored: Any) -> Any:
    """Lists as tuples, at any depth of a mapping's values."""
    if isinstance(stored, Mapping):
        return {key: _tuples(part) for key, part in stored.items()}
    return tuple(map(_tuples, stored)) if isinstance(stored, list | tuple) else stored


# --- notebooks of one's own: a picture made elsewhere, and a run's results ---


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
    if not hasattr(figure, "get_figure"):
        raise InputError(f"must be a matplotlib figure or axes, is {shorten(figure)}", "figure")
    drawn: Any = figure.get_figure(root=True)
    picture = io.BytesIO()  # two dots per CSS pixel of 1/96 inch
    drawn.savefig(picture, format="png", dpi=192, metadata={"Software": None})
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
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,99}", key):
            raise InputError(f"a result's name has lower-case letters, digits and _ only, is {shorten(key)}")
        if key in RESERVED:
            raise InputError(f"a result cannot be named {key}: a file of every run has that name")
        stored = plain(result)
        framed = isinstance(result, pd.DataFrame)
        entry = {"name": key, "kind": "table" if framed else "value", "value": stored}
        if isinstance(stored, dict) and not framed:
            entry["order"] = list(stored)  # a notebook file sorts its keys
        _emit({RESULT: entry, "text/plain": as_text(grid(result), key) if framed else f"{key}: {stored}"})


def _emit(shown: Exhibit | Mapping[str, Any], metadata: Mapping[str, Any] | None = None) -> None:
    bundle, about = shown._repr_mimebundle_() if isinstance(shown, Exhibit) else (dict(shown), metadata or {})
    shell = sys.modules.get("IPython")  # not imported for this: outside a notebook it would only cost time
    if shell is None or shell.get_ipython() is None:
        print(bundle["text/plain"])
    else:
        shell.display.display(bundle, raw=True, metadata=about)
