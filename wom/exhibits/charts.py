"""What a chart says and draws, in words and numbers: enough to draw it again elsewhere, native and editable.

A figure function keeps the description of what it draws with its figure; whatever shows the figure can take it
from there. Nothing here needs matplotlib.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, get_args
from weakref import WeakKeyDictionary

import pandas as pd

from ..errors import InputError, nearest

Kind = Literal["line", "columns", "stacked_columns", "bars", "stacked_bars", "floating_bars"]
Form = Literal["amount", "change", "plain"]
Role = Literal["accent", "accent_light", "warm", "warm_light", "ink", "muted", "faint"]
Number = float | None

MANY = 12
"""Rows; a table with more of them, counted by numbers, is drawn as lines."""


@dataclass(frozen=True)
class Series:
    """One line, or the bars of one colour.

    Args:
        name: as a label says it.
        data: one number per category, None where nothing is drawn.
        role: its colour by what it stands for, a key of `wom.style.PALETTE`.
        roles: colours by category, where they differ.
        starts: where floating bars begin, one per category; `data` is where they end.
        form: how its values are written, where it is not the chart's way.
    """

    name: str
    data: tuple[Number, ...]
    role: Role = "accent"
    roles: tuple[Role, ...] = ()
    starts: tuple[Number, ...] = ()
    form: Form | None = None


@dataclass(frozen=True)
class Chart:
    """What is drawn, in one unit, along one row of categories.

    Args:
        kind: line, columns upright, bars lying; floating bars have a start and an end.
        categories: months, or names.
        series: of as many values as there are categories.
        axis: what the categories count, such as "Months from today".
        form: how values are written at bars: an amount, a change with its sign, or as it is.
        zero: whether the value axis must show nought.
        limits: of the value axis, where it has its own.
        labels: texts at the ends of bars, where the values alone do not say enough.
        title, subtitle, source: message, what is drawn and its unit, where it comes from.

    Errors:
        InputError: an unknown kind, or a series of another length.
    """

    kind: Kind
    categories: tuple[str | float, ...]
    series: tuple[Series, ...]
    axis: str = ""
    form: Form = "amount"
    zero: bool = True
    limits: tuple[float, float] | None = None
    labels: tuple[str, ...] = ()
    title: str = ""
    subtitle: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise InputError(f"is {self.kind!r}; {nearest(str(self.kind), get_args(Kind))}", "chart.kind")
        for series in self.series:
            for part in (series.data, *filter(None, (series.roles, series.starts))):
                if len(part) != len(self.categories):
                    raise InputError(
                        f"has {len(part)} values for {len(self.categories)} categories", f"chart.{series.name}"
                    )
        if self.labels and len(self.labels) != len(self.categories):
            raise InputError(f"are {len(self.labels)} for {len(self.categories)} categories", "chart.labels")

    def said(self, title: str, subtitle: str, source: str) -> Chart:
        """The same chart with its words."""
        return replace(self, title=title, subtitle=subtitle, source=source)

    def frame(self) -> pd.DataFrame:
        """The numbers drawn: a row per category, a column per series; of floating bars start and end."""
        columns: dict[str, tuple[Number, ...]] = {}
        for series in self.series:
            if series.starts:
                columns[f"{series.name}, from"] = series.starts
            columns[f"{series.name}, to" if series.starts else series.name] = series.data
        return pd.DataFrame(columns, index=pd.Index(self.categories, name=self.axis or None), dtype=float)

    def plain(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return asdict(self)

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Chart:
        """From what `plain` gave, when it has been through JSON.

        Errors:
            InputError: it was not a chart.
        """
        try:
            return cls(**_tuples(stored) | {"series": tuple(Series(**_tuples(one)) for one in stored["series"])})
        except (TypeError, KeyError, AttributeError) as error:
            raise InputError(f"is no description of a chart: {error}", "chart") from error


def series(
    name: str,
    values: Iterable[Any],
    role: Role = "accent",
    *,
    roles: Sequence[Role] = (),
    starts: Iterable[Any] = (),
) -> Series:
    """A series from any numbers; what is missing or infinite is not drawn."""
    return Series(name, numbers(values), role, tuple(roles), numbers(starts))


def numbers(values: Iterable[Any]) -> tuple[Number, ...]:
    """Numbers as floats, None for what is missing or infinite."""
    return tuple(None if pd.isna(value) or math.isinf(value) else float(value) for value in values)


MONTHS = "Months from today"
"""What an axis counts where no calendar month is named."""


def lines(index: Iterable[float | str], *parts: Series, axis: str = MONTHS, zero: bool = False) -> Chart:
    """Lines over months, counted or of the calendar, or over another number."""
    places = tuple(
        place if isinstance(place, str) else int(place) if float(place).is_integer() else float(place)
        for place in index
    )
    counted = not any(isinstance(place, str) for place in places)
    return Chart("line", places, parts, axis=axis if counted or axis != MONTHS else "", zero=zero)


def steps(labels: Iterable[str], values: Sequence[float], totals: Sequence[int], *, zero: bool = True) -> Chart:
    """A waterfall: changes that float where the one before ended, and totals from nought.

    Args:
        labels: from top to bottom.
        values: changes, and totals where they stand.
        totals: places of the totals; a first one is faint, the others are the accent.
        zero: whether the axis begins at nought; if not, a little below everything.
    """
    known = [float(value) for value in values]
    ends = []
    reached = 0.0
    for place, value in enumerate(known):
        reached = value if place in totals else reached + value
        ends.append(reached)
    starts = [0.0 if place in totals else ends[place] - value for place, value in enumerate(known)]

    def part(name: str, role: Role, wanted: list[bool], roles: Sequence[Role] = ()) -> Series:
        here = [end if want else math.nan for end, want in zip(ends, wanted, strict=True)]
        there = [start if want else math.nan for start, want in zip(starts, wanted, strict=True)]
        return series(name, here, role, roles=roles, starts=there)

    total = [place in totals for place in range(len(known))]
    faint: list[Role] = [
        "faint" if place == 0 else "accent" if end >= 0 else "warm" for place, end in enumerate(ends)
    ]
    parts = [
        replace(part("Total", "accent", total, faint), form="amount"),
        part("Rise", "accent_light", [not one and value >= 0 for one, value in zip(total, known, strict=True)]),
        part("Fall", "warm_light", [not one and value < 0 for one, value in zip(total, known, strict=True)]),
    ]
    spread = max(ends) - min(ends)
    limits = None if zero or not spread else (min(ends) - 0.6 * spread, max(ends))
    return Chart("floating_bars", tuple(map(str, labels)), tuple(parts), form="change", zero=zero, limits=limits)


Tone = Literal["accent", "warm", "muted"]
_TONES: Mapping[Tone, tuple[Role, Role]] = {
    "accent": ("accent_light", "accent"),
    "warm": ("warm_light", "warm"),
    "muted": ("faint", "muted"),
}
"""The light and the dark role of a bar that changes colour."""


def spans(
    labels: Iterable[str],
    low: Sequence[float],
    middle: Sequence[float],
    high: Sequence[float],
    texts: Iterable[str],
    tones: Sequence[Tone] = (),
) -> Chart:
    """Intervals as floating bars that change colour in the middle.

    Args:
        labels: from top to bottom.
        low, middle, high: of each.
        texts: what stands at each bar's end.
        tones: of each; accent if none is given.
    """
    light, dark = ([_TONES[tone][half] for tone in tones] for half in (0, 1))
    lower = series("Low to middle", middle, "accent_light", roles=light, starts=low)
    upper = series("Middle to high", high, "accent", roles=dark, starts=middle)
    return Chart("floating_bars", tuple(map(str, labels)), (lower, upper), labels=tuple(texts))


def guess(table: pd.DataFrame) -> Chart | None:
    """A chart of any table of numbers: lines along many counted rows, bars along names; None without numbers."""
    known = table.select_dtypes("number")
    if known.empty:
        return None
    largest = known.abs().max().to_numpy()
    alike = (largest <= _ALIKE * largest[0]) & (largest[0] <= _ALIKE * largest)
    known = known.loc[:, alike].iloc[:, :_MOST_GUESSED] if alike.any() else known.iloc[:, :1]
    counted = isinstance(table.index, pd.RangeIndex) or pd.api.types.is_numeric_dtype(table.index)
    roles: tuple[Role, ...] = ("accent", "muted", "warm", "accent_light", "warm_light", "ink", "faint")
    parts = [series(str(name), known[name], roles[place % len(roles)]) for place, name in enumerate(known)]
    if counted and len(table) > MANY:
        return lines(table.index, *parts, axis="" if table.index.name is None else str(table.index.name))
    names = tuple(" · ".join(map(str, name)) if isinstance(name, tuple) else str(name) for name in table.index)
    return Chart("bars" if len(parts) == 1 else "columns", names, tuple(parts))


def _tuples(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(part) if isinstance(part, list) else part for key, part in stored.items()}


_ALIKE, _MOST_GUESSED = 20.0, 3
"""Columns of one chart: how much larger the largest may be, and how many there may be."""
_KEPT: WeakKeyDictionary[Any, Chart] = WeakKeyDictionary()


def keep(figure: Any, chart: Chart) -> None:
    """Keep a chart's description with its figure, as long as there is the figure."""
    _KEPT[figure] = chart


def kept(figure: Any) -> Chart | None:
    """The description that was kept with a figure, if any."""
    return _KEPT.get(figure)
