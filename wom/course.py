"""What a run is: flows and stocks month by month, for one draw or many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from .checks import Inputs
from .economics import present_value
from .errors import InputError
from .scenario import Scenario
from .state import Hidden
from .units import Array, frozen

STOCKS = (
    "customers", "content", "delighted", "disappointed", "prospects", "favourable", "wary", "avoiders", "stars",
)  # fmt: skip
"""Columns that stand at a month's start (`stars` at its end); all others are sums over the month."""


class Interval(NamedTuple):
    """A result that is not known exactly: low end, median, high end.

    Example:
        >>> Interval(1.0, 2.0, 4.0).high
        4.0
    """

    low: float
    median: float
    high: float


@dataclass(frozen=True)
class Course:
    """What happens to a scenario, month by month; arrays are (months, segments, draws) and read-only.

    Example:
        >>> import wom
        >>> course = wom.simulate(wom.load("supplier/today"))
        >>> isinstance(course, Course), course.monthly.shape[0], list(course.by_segment.index.names)
        (True, 36, ['segment', 'month'])
    """

    scenario: Scenario
    inputs: Inputs
    hidden: Hidden
    flows: Mapping[str, Array]
    """By column; `contribution` before the plan's costs; `stars` has one segment, the business."""
    plan_cost: Array
    """Currency by (month, draw)."""

    @cached_property
    def totals(self) -> Mapping[str, Array]:
        """The business by column, shape (months, draws); `contribution` is after the plan's costs."""
        sums = {name: flow.sum(axis=1) for name, flow in self.flows.items()}
        sums["contribution"] = sums["contribution"] - self.plan_cost
        return {name: frozen(values) for name, values in (sums | {"plan_cost": self.plan_cost}).items()}

    @cached_property
    def monthly(self) -> pd.DataFrame:
        """The business, one row per month: stocks at its start, flows during it, `stars` at its end.

        Money is in the scenario's currency; `contribution` is after the plan's costs; people told are counted
        before the audience share. With draws, medians: they do not add up over columns, segments or months, so
        take sums from `total` and `interval`.
        """
        table = pd.DataFrame({name: np.median(total, axis=1) for name, total in self.totals.items()})
        return table.rename_axis("month")

    @cached_property
    def by_segment(self) -> pd.DataFrame:
        """The same by (segment, month); `contribution` before the plan's costs, which the business bears."""
        names = self.inputs.segments
        parts = {
            segment: pd.DataFrame(
                {
                    name: np.median(flow[:, min(place, flow.shape[1] - 1)], axis=1)
                    for name, flow in self.flows.items()
                }
            )
            for place, segment in enumerate(names)
        }
        return pd.concat(parts, names=["segment", "month"])

    @cached_property
    def _npv(self) -> Array:
        rate = self.inputs.parameters["economics.discount_rate"]
        earned = present_value(self.flows["contribution"], rate).sum(axis=0)
        if not self.plan_cost.any():  # the business may have no rate of its own where nothing is spent
            return frozen(earned)
        return frozen(earned - present_value(self.plan_cost, self.inputs.plan_discount_rate))

    def _total(self, column: str) -> Array:
        if column in STOCKS or column not in self.totals:
            what = "is a stock; it cannot be added up" if column in STOCKS else "is no column of monthly"
            raise InputError(f"{column} {what}")
        return frozen(self.totals[column].sum(axis=0))


def quantiles(values: Array, level: float) -> Array:
    """Low end, median and high end over the last axis, on the first axis.

    Raises:
        InputError: a level that is not between 0 and 1.

    Example:
        >>> quantiles(np.arange(101.0), 0.9).round(9).tolist()
        [5.0, 50.0, 95.0]
    """
    if not 0 < level < 1:
        raise InputError(f"must be between 0 and 1, is {level}", "level")
    return np.asarray(np.quantile(values, [(1.0 - level) / 2.0, 0.5, (1.0 + level) / 2.0], axis=-1))
