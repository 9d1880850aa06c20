"""One thing shown of a result: what it says, draws and tabulates, whichever medium shows it.

The last expression of a notebook's cell shows itself; page, slides and deck take the same object from the executed
notebook, where it lies in the cell's output under `EXHIBIT`. Every text is text: names are never markup.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from ..errors import InputError
from .chart import Chart, Series
from .tables import as_html, as_text, escape, grid, panel, plain, unsplit, valued

EXHIBIT = "application/vnd.wom.exhibit+json"
BRIEF = "application/vnd.wom.brief+json"


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
