"""Runs of a scenario and their results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from .anchoring import anchor
from .checks import Inputs
from .economics import present_value
from .errors import InputError
from .model import Hidden, Month, State, Switches, months
from .scenario import Scenario
from .units import Array, frozen

STOCKS = (
    "customers", "content", "delighted", "disappointed", "prospects", "favourable", "wary", "avoiders", "stars",
)  # fmt: skip
"""Columns that stand at a month's start (`stars` at its end); all others are sums over the month."""


@dataclass(frozen=True)
class Run:
    """What happens to a scenario, month by month; arrays are (months, segments, draws) and read-only."""

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
        return sums | {"plan_cost": self.plan_cost}

    @cached_property
    def monthly(self) -> pd.DataFrame:
        """The business, one row per month: stocks at its start, flows during it, `stars` at its end.

        Money is in the scenario's currency; `contribution` is after the plan's costs; people told are counted
        before the audience share.
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
    def npv(self) -> float:
        """Worth today of contribution after the plan's costs, over the horizon, without any terminal value."""
        rate = self.inputs.parameters["economics.discount_rate"]
        earned = present_value(self.flows["contribution"], rate).sum(axis=0)
        return _plain(earned - present_value(self.plan_cost, self.inputs.plan_discount_rate))

    @cached_property
    def revenue(self) -> float:
        """All revenue within the horizon, not discounted."""
        return self.total("revenue")

    @cached_property
    def contribution(self) -> float:
        """All contribution within the horizon after the plan's costs, not discounted."""
        return self.total("contribution")

    def total(self, column: str) -> float:
        """A flow added up over the months.

        Args:
            column: of `monthly`, such as "new_customers"; not a stock.

        Raises:
            InputError: a stock, or no such column.
        """
        if column in STOCKS or column not in self.totals:
            what = "is a stock; it cannot be added up" if column in STOCKS else "is no column of monthly"
            raise InputError(f"{column} {what}")
        return _plain(self.totals[column].sum(axis=0))


def _plain(values: Array) -> float:
    return float(values.item())


def simulate(scenario: Scenario) -> Run:
    """The expected course of a scenario, month by month.

    Anchors the hidden values to what is observed today, then takes the months of the horizon one by one.

    Args:
        scenario: from `wom.load`; ranges count with their central value.

    Raises:
        InputError: today's figures contradict each other.

    Example:
        >>> import wom
        >>> run = simulate(wom.load("retailer/today"))
        >>> round(run.monthly.revenue[0])
        250000
    """
    inputs = scenario.inputs()
    try:
        hidden, state = anchor(inputs.segments, inputs.parameters)
    except InputError as error:
        raise error.within(scenario.file) from None
    return follow(scenario, inputs, hidden, state)


def follow(
    scenario: Scenario,
    inputs: Inputs,
    hidden: Hidden,
    state: State,
    on: Switches = Switches(),  # noqa: B008  (frozen)
) -> Run:
    """A run from hidden values and a state that are known."""
    horizon = inputs.horizon_months
    course = list(months(inputs.parameters, hidden, state, horizon, inputs.schedule, on))
    flows = {name: frozen(np.stack([getattr(month, name) for month in course])) for name in Month._fields}
    draws = flows["revenue"].shape[-1]
    cost = np.stack([np.broadcast_to(inputs.schedule.cost(month), (draws,)) for month in range(horizon)])
    return Run(scenario, inputs, hidden, flows, frozen(cost))
