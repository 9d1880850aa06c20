"""What a chart draws, in words and numbers: one description, from which every medium draws its own.

matplotlib draws it for notebooks, pages and slides (`wom.exhibits.drawing`), the deck draws it natively. Nothing
here needs a library that draws.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import pandas as pd

from ..errors import InputError, nearest

Kind = Literal[
    "line", "columns", "stacked_columns", "bars", "stacked_bars", "waterfall", "ranges", "dots", "people"
]
"""Lines over months or over a number; columns stand and bars lie; a waterfall adds up from row to row; ranges are
a low, a middle and a high per row; dots are a hundred equally likely cases; people are little figures by group."""
Role = Literal["better", "worse", "better_light", "worse_light", "ink", "muted", "neutral", "faint"]
"""What a colour stands for. Only two mean something: better off and worse off."""
Form = Literal["amount", "change", "share", "plain"]
"""How values are written: an amount, a change with its sign, a share as percent, or as it is."""
Number = float | None


@dataclass(frozen=True)
class Series:
    """One line, or the marks of one kind: a value per category, None where nothing is drawn.

    `roles` are colours by category where they differ; `end` is the label where a line ends, the name by default.
    """

    name: str
    data: tuple[Number, ...]
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

    Raises:
        InputError: an unknown kind, or a series of another length.
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

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise InputError(f"is {self.kind!r}; {nearest(str(self.kind), get_args(Kind))}", "chart.kind")
        parts = [
            (one.name, part) for one in self.series for part in (one.data, one.roles) if part or part is one.data
        ]
        for name, part in [*parts, *([("labels", self.labels)] if self.labels else [])]:
            if len(part) != len(self.categories):
                raise InputError(f"has {len(part)} for {len(self.categories)} categories", f"chart.{name}")

    def frame(self) -> pd.DataFrame:
        """The numbers drawn: a row per category, a column per series."""
        columns = {series.name: series.data for series in self.series}
        return pd.DataFrame(columns, index=pd.Index(self.categories, name=self.axis or None), dtype=float)

    def plain(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return asdict(self)

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Chart:
        """From what `plain` gave, when it has been through JSON.

        Raises:
            InputError: it was not a chart.
        """
        try:
            parts = {"series": tuple(Series(**_tuples(one)) for one in stored["series"])}
            return cls(**_tuples(stored) | parts)
        except (TypeError, KeyError, AttributeError) as error:
            raise InputError(f"is no description of a chart: {error}", "chart") from error


def series(
    name: str, values: Iterable[Any], role: Role = "ink", *, roles: Sequence[Role] = (), end: str = ""
) -> Series:
    """A series from any numbers; what is missing or infinite is not drawn."""
    data = tuple(None if pd.isna(value) or math.isinf(value) else float(value) for value in values)
    return Series(name, data, role, tuple(roles), end)


def _tuples(stored: Any) -> Any:
    """Lists as tuples, at any depth of a mapping's values."""
    if isinstance(stored, Mapping):
        return {key: _tuples(part) for key, part in stored.items()}
    return tuple(map(_tuples, stored)) if isinstance(stored, list | tuple) else stored
