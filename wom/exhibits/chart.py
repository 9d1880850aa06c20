"""What a chart draws, in words and numbers: one description, from which every medium draws its own.

matplotlib draws it for notebooks, pages and slides (`wom.exhibits.drawing`), the deck draws it natively. Nothing
here needs a library that draws.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import pandas as pd

from ..errors import InputError, nearest
from ..words import LARGE, MINUS, NARROW, Writer

Kind = Literal["line", "columns", "bars", "stacked_bars", "waterfall", "ranges", "dots", "people", "squares"]
"""Lines over months or over a number; columns stand and bars lie; a waterfall adds up from row to row; ranges are
a low, a middle and a high per row; dots are a hundred equally likely cases; people are little figures by group;
squares are a hundred per category, of which so many are meant."""
Role = Literal["better", "worse", "better_light", "worse_light", "ink", "muted", "neutral", "faint"]
"""What a colour stands for. Only two mean something: better off and worse off."""
Form = Literal["amount", "change", "share", "plain"]
"""How values are written: an amount, a change with its sign, a share as percent, or as it is."""
MONTHS = "Months from today"
"""What an axis counts where no calendar month is named; it is read as today, month 6, 12."""
UNIT = f"{NARROW}months"
"""What stands behind the last of them where the first has no room for it."""


@dataclass(frozen=True)
class Series:
    """One line, or the marks of one kind: a value per category, None where nothing is drawn.

    `roles` are colours by category where they differ; `end` is the label where a line ends, the name by default.
    """

    name: str
    data: tuple[float | None, ...]
    role: Role = "ink"
    roles: tuple[Role, ...] = ()
    end: str = ""


@dataclass(frozen=True)
class Chart:
    """What is drawn, in one unit, along one row of categories.

    `subtitle` says what is drawn and its unit; `axis` what the categories count. `labels` are texts at the ends
    of bars and ranges, one per category. `marks` are places along the categories with a text, such as the start
    of a plan. `between` fills the area between the first two lines, in the colour of a gain where the first is
    above, of a loss where it is below. `reference` is the line that parts better from worse in ranges and dots;
    `sides` its two texts, left and right. `totals` are the rows of a waterfall that stand on nought.
    `number_format` is the scenario's.
    """

    kind: Kind
    categories: tuple[str | float, ...]
    series: tuple[Series, ...]
    subtitle: str = ""
    axis: str = ""
    form: Form = "amount"
    zero: bool = True
    limits: tuple[float, float] | None = None
    labels: tuple[str, ...] = ()
    marks: tuple[tuple[str | float, str], ...] = ()
    between: bool = False
    reference: float | None = None
    sides: tuple[str, str] = ("", "")
    totals: tuple[int, ...] = ()
    number_format: str = ""

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise InputError(f"is {self.kind!r}; {nearest(str(self.kind), get_args(Kind))}", "chart.kind")
        lengths = [(one.name, len(part)) for one in self.series for part in (one.data, one.roles or one.data)]
        for name, length in [*lengths, ("labels", len(self.labels or self.categories))]:
            if length != len(self.categories):
                raise InputError(f"has {length} for {len(self.categories)} categories", f"chart.{name}")

    def frame(self) -> pd.DataFrame:
        """The numbers drawn: a row per category, a column per series."""
        index = pd.Index(self.categories, name=self.axis or None)
        return pd.DataFrame({one.name: one.data for one in self.series}, index=index, dtype=float)

    @property
    def counted(self) -> bool:
        """Whether the categories are numbers along an axis."""
        return not any(isinstance(place, str) for place in self.categories)

    @property
    def monthly(self) -> bool:
        """Whether the categories are months from today."""
        return self.axis == MONTHS and self.counted

    @property
    def caption(self) -> str:
        """The subtitle, and where the axis starts if that is not nought."""
        low, _, ticks = self.scale()
        if self.kind != "line" or self.zero or self.limits or low <= 0 or not ticks:
            return self.subtitle
        begin = f"{self.subtitle.rstrip('.')}. " if self.subtitle else ""
        return f"{begin}The axis starts at {self.text(low, ticks)}."

    def text(self, value: float, among: Sequence[float], digits: int = 0) -> str:
        """A value as it stands on an axis or at a bar: thousands apart, a word for millions, a sign on changes.

        Written like the values `among` which it stands: so many significant digits of the largest, or all it has.
        """
        percent = 100 if self.form == "share" else 1
        value, largest = percent * value, percent * max((abs(one) for one in among), default=abs(value))
        power, word = next(((power, word) for power, word in LARGE if largest >= 10**power), (0, ""))
        size, largest = abs(value) / 10**power, largest / 10**power
        place = digits - 1 - math.floor(math.log10(largest)) if digits and largest else 6
        text = f"{round(size, place):,.{max(place, 0)}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        unit = "%" if self.form == "share" else word if value else ""
        sign = "" if text == "0" else MINUS if value < 0 else "+" if self.form == "change" else ""
        return Writer("", self.number_format).text(sign + text + (unit and NARROW + unit))

    def extent(self) -> tuple[float, float]:
        """Least and largest of what is drawn, nought among them where bars stand on it."""
        if self.limits:
            return self.limits
        if self.kind in ("line", "ranges", "dots", "people"):
            ends = [value for one in self.series for value in one.data if value is not None]
        else:
            ends = [end for row in self.spans() for _, *both in row for end in both]
        if self.zero or self.kind != "line":
            ends.append(0.0)
        return (min(ends), max(ends)) if ends else (0.0, 1.0)

    def spans(self) -> list[list[tuple[int, float, float]]]:
        """By category, where the bars or columns of which series begin and end."""
        rows, level = [], 0.0
        for place in range(len(self.categories)):
            row, up, down = [], 0.0, 0.0
            for number, value in enumerate(one.data[place] for one in self.series):
                if value is None:
                    continue
                begin = 0.0
                if self.kind == "stacked_bars":
                    begin = up if value >= 0 else down
                elif self.kind == "waterfall" and place not in self.totals:
                    begin = level
                level = begin + value
                up, down = max(up, level), min(down, level)
                row.append((number, begin, level))
            rows.append(row)
        return rows

    def scale(
        self, extent: tuple[float, float] | None = None, most: int = 5
    ) -> tuple[float, float, tuple[float, ...]]:
        """Where the axis of values begins and ends, and at most so many round values along it."""
        low, high = extent or self.extent()
        if high <= low:
            low, high = (min(low, 0.0), max(low, 0.0)) if low else (0.0, 1.0)
        raw = (high - low) / max(most - 1, 1)
        power = 10.0 ** math.floor(math.log10(raw))
        for step in (times * power for times in (1, 2, 2.5, 5, 10, 20, 25)):
            first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
            if step >= raw * (1 - 1e-9) and last - first < most + 1:
                break
        ticks = tuple(round(place * step, 12) + 0.0 for place in range(first, last + 1))
        if extent or self.limits:
            return low, high, tuple(tick for tick in ticks if low <= tick <= high)
        return min(ticks[0], low), max(high, low), tuple(tick for tick in ticks if tick <= high)

    def along(self, most: int = 7, *, unit_last: bool = False) -> list[tuple[int, str]]:
        """Labels of the categories by their place: every one of a few, about so many of more.

        Months from today are named at the first of them, or at the last.
        """
        count, few = len(self.categories), len(self.categories) <= 12 and most >= 7
        if not self.counted:
            step = 1 if few else next((step for step in (1, 2, 3, 6, 12, 24, 60) if count / step <= most), count)
            return [(place, str(name)) for place, name in enumerate(self.categories) if place % step == 0]
        values = [float(value) for value in self.categories]
        if not self.monthly:
            ticks = values if few else self.scale((values[0], values[-1]), most)[2]
            near = {min(range(count), key=lambda place: abs(values[place] - tick)) for tick in ticks}
            return [(place, f"{values[place]:,.6g}") for place in sorted(near)]
        span = values[-1] - values[0]
        step = next((step for step in (1, 3, 6, 12, 24, 60, 120) if span / step <= most), 240)
        texts = {
            place: f"{value:g}" if value else "today" for place, value in enumerate(values) if value % step == 0
        }
        named = [place for place in texts if values[place] > 0]
        if named and unit_last:
            texts[named[-1]] += UNIT
        elif named:
            texts[named[0]] = f"month {texts[named[0]]}"
        return list(texts.items())


def series(
    name: str, values: Iterable[Any], role: Role = "ink", *, roles: Sequence[Role] = (), end: str = ""
) -> Series:
    """A series from any numbers; what is missing or infinite is not drawn."""
    data = tuple(None if pd.isna(value) or math.isinf(value) else float(value) for value in values)
    return Series(name, data, role, tuple(roles), end)
