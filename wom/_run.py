"""Runs of a scenario and their results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, overload

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .anchoring import Start, start
from .draws import Refused, Sample, sample, whole_number
from .engine import Hidden, Month, State, Switches, months
from .errors import InputError
from .plan import Phase, Schedule
from .processes import present_value
from .scenario import Inputs, Scenario
from .units import Array, discount_factors, frozen

# --- Many runs of one business side by side on the draw axis: what worth, mechanisms and plans are comput ---


@dataclass(frozen=True)
class Batch:
    """Money of several runs; currency, shape (months, segments, draws), `cost` (months, draws)."""

    revenue: Array
    contribution: Array
    """Before the plan's costs."""
    cost: Array
    discount: Array
    """Worth today of one unit of money, shape (months, segments, 1)."""
    cost_discount: Array
    """The same for the plan's costs, shape (months, 1)."""

    @property
    def worth(self) -> Array:
        """Present value of contribution before the plan's costs, shape (draws,)."""
        return np.asarray((self.contribution * self.discount).sum(axis=(0, 1)))

    @property
    def cost_worth(self) -> Array:
        """Present value of the plan's costs, shape (draws,)."""
        return np.asarray((self.cost * self.cost_discount).sum(axis=0))

    @property
    def npv(self) -> Array:
        """Present value of contribution after the plan's costs, shape (draws,)."""
        return self.worth - self.cost_worth

    def part(self, draws: slice) -> Batch:
        """Some of the runs."""
        return replace(
            self,
            revenue=self.revenue[..., draws],
            contribution=self.contribution[..., draws],
            cost=self.cost[..., draws],
        )

    def less(self, other: Batch) -> Batch:
        """Month by month the difference to other runs, so that rounding stays that of a month's money."""
        return replace(
            self,
            revenue=self.revenue - other.revenue,
            contribution=self.contribution - other.contribution,
            cost=self.cost - other.cost,
        )


def run(start: Start, plan: Schedule | None = None, on: Switches = Switches()) -> Batch:  # noqa: B008  (frozen)
    """All runs of a start, in one pass over the months.

    Args:
        start: as many runs as its state has draws.
        plan: what changes and happens; by default no plan, whatever the inputs hold.
        on: mechanisms that work, by draw.
    """
    inputs, horizon = start.inputs, start.inputs.horizon_months
    plan = inputs.schedule.without_plan() if plan is None else plan
    course = months(inputs.parameters, start.hidden, start.state, horizon, plan, on)
    money = [(month.revenue, month.contribution) for month in course]
    revenue, contribution = (np.stack(flow) for flow in zip(*money, strict=True))
    cost = np.stack([np.broadcast_to(plan.cost(month), (start.draws,)) for month in range(horizon)])
    return Batch(revenue, contribution, cost, *discounts(inputs))


def discounts(inputs: Inputs) -> tuple[Array, Array]:
    """Discount factors of contribution, shape (months, segments, 1), and of the plan's costs, (months, 1).

    Segments with rates of their own and no rate of the business leave the second undefined; a plan with
    initiatives is refused then, so that no cost meets it. See `wom.units.discount_factors`.
    """
    months = inputs.horizon_months
    own = discount_factors(inputs.parameters["economics.discount_rate"], months)
    return own, discount_factors(np.nan_to_num(inputs.plan_discount_rate), months)


def in_part(phase: Phase, share: Array, once: Array | None = None) -> Phase:
    """An initiative in part: this share of its changes and of its costs, by draw.

    Args:
        phase: the whole.
        share: of the effect, shape (draws,).
        once: currency spent in its first month, instead of its own costs.
    """
    steps = tuple(replace(step, segments=step.segments * share) for step in phase.steps)
    if once is not None:
        return replace(phase, steps=steps, once=once, per_month=np.zeros(1))
    return replace(phase, steps=steps, once=phase.once * share, per_month=phase.per_month * share)


# --- What a run is: flows and stocks month by month, for one draw or many ---

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
    """
    if not 0 < level < 1:
        raise InputError(f"must be between 0 and 1, is {level}", "level")
    return np.asarray(np.quantile(values, [(1.0 - level) / 2.0, 0.5, (1.0 + level) / 2.0], axis=-1))


# --- Runs of a scenario and their results ---

__all__ = ["STOCKS", "Draws", "Interval", "Run", "follow", "simulate"]


@dataclass(frozen=True)
class Run(Course):
    """One course of a scenario: the expected one, or one by chance.

    Example:
        >>> import wom
        >>> run = simulate(wom.load("retailer/today"))
        >>> len(run.monthly), run.total("new_customers") > 36 * 140
        (36, True)
    """

    @cached_property
    def npv(self) -> float:
        """Worth today of contribution after the plan's costs, over the horizon, without any terminal value."""
        return float(self._npv.item())

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
        return float(self._total(column).item())


@dataclass(frozen=True)
class Draws(Course):
    """Many courses of a scenario, one for each draw of its ranges, or of chance.

    Example:
        >>> import wom
        >>> many = wom.simulate(wom.load("retailer/today"), draws=50)
        >>> many.npv.shape, bool(many.interval("revenue").low < many.interval("revenue").high)
        ((50,), True)
    """

    sample: Sample

    @property
    def ids(self) -> NDArray[np.intp]:
        """Of the draws: runs of one seed pair draws of equal id. Gaps are draws that were left out."""
        return self.sample.ids

    @property
    def refused(self) -> Refused:
        """Draws that were left out because their figures contradict each other, with the reasons."""
        return self.sample.refused

    @cached_property
    def npv(self) -> Array:
        """Worth today of contribution after the plan's costs, over the horizon, by draw."""
        return self._npv

    @cached_property
    def revenue(self) -> Array:
        """All revenue within the horizon, not discounted, by draw."""
        return self.total("revenue")

    @cached_property
    def contribution(self) -> Array:
        """All contribution within the horizon after the plan's costs, not discounted, by draw."""
        return self.total("contribution")

    def total(self, column: str) -> Array:
        """A flow added up over the months of each draw, shape (draws,).

        Raises:
            InputError: a stock, or no such column.
        """
        return self._total(column)

    def interval(self, name: str, level: float = 0.9) -> Interval:
        """Where a result lies with this probability: its quantiles over the joint draws.

        Args:
            name: npv, or a flow of `monthly`, which is added up over the months of each draw first.
            level: probability inside, between 0 and 1; as much is left out below as above.

        Raises:
            InputError: a stock, no such column, or a level out of bounds.

        Example:
            >>> import wom
            >>> many = simulate(wom.load("retailer/today"), draws=200)
            >>> low, median, high = many.interval("revenue")
            >>> bool(low < median < high)
            True
        """
        return Interval(*map(float, quantiles(self._result(name), level)))

    def less(self, other: Draws, name: str = "npv") -> Array:
        """A result less that of another run, draw by draw: what a plan changes.

        Args:
            other: draws of the same seed.
            name: npv, or a flow of `monthly`.

        Returns:
            One number for each id that both have.

        Raises:
            InputError: draws of another seed, which are no pairs.
        """
        if self.sample.seed != other.sample.seed:
            raise InputError(f"is {other.sample.seed}, but {self.sample.seed} here; pairs share a seed", "seed")
        _, here, there = np.intersect1d(self.ids, other.ids, assume_unique=True, return_indices=True)
        return self._result(name)[here] - other._result(name)[there]

    def _result(self, name: str) -> Array:
        return self.npv if name == "npv" else self.total(name)

    def band(self, column: str, level: float = 0.9) -> pd.DataFrame:
        """Where a column lies in each month with this probability, for a fan chart.

        Args:
            column: of `monthly`, stocks included; the business's total of each draw.
            level: probability inside, month by month, not for a whole course.

        Returns:
            Index month; columns low, median, high.

        Raises:
            InputError: no such column, or a level out of bounds.
        """
        if column not in self.totals:
            raise InputError(f"{column} is no column of monthly")
        table = pd.DataFrame(quantiles(self.totals[column], level).T, columns=list(Interval._fields))
        return table.rename_axis("month")


@overload
def simulate(scenario: Scenario, draws: None = None, seed: int = 0, chance: bool = False) -> Run: ...
@overload
def simulate(
    scenario: Scenario, draws: int, seed: int = 0, chance: bool = False, *, ranges: bool = True
) -> Draws: ...


def simulate(
    scenario: Scenario, draws: int | None = None, seed: int = 0, chance: bool = False, *, ranges: bool = True
) -> Run | Draws:
    """The course of a scenario, month by month: expected, or in draws of what is uncertain.

    Anchors the hidden values to what is observed today, then takes the months of the horizon one by one. Runs
    with one seed share their draws: a plan and no plan are equal until the plan starts, a range more leaves the
    other ranges' draws as they are, and 200 draws begin with the first 100.

    Args:
        scenario: from `wom.load`.
        draws: how many sets of values to draw from the ranges, the evidence's included (see `wom.sampling` for
            those that contradict themselves); None takes the central values once.
        seed: 0 or more.
        chance: whole people who move by chance, instead of expected numbers (see `wom.chance`).
        ranges: False takes every range at its central value: then draws differ by chance alone.

    Returns:
        A Run with numbers, or Draws with arrays, intervals and bands.

    Raises:
        InputError: today's figures contradict each other, or in too many draws.

    Example:
        >>> import wom
        >>> run = simulate(wom.load("retailer/today"))
        >>> round(run.monthly.revenue[0])
        250000
        >>> simulate(wom.load("retailer/today"), draws=100).npv.shape
        (100,)
    """
    seed = whole_number("seed", seed, 0)
    if draws is None:
        return Run(*_course(scenario, start(scenario), seed if chance else None))
    drawn = sample(scenario, draws, seed, ranges)
    return Draws(*_course(scenario, drawn.start, seed if chance else None, drawn.ids), drawn)


def follow(
    scenario: Scenario,
    inputs: Inputs,
    hidden: Hidden,
    state: State,
    on: Switches = Switches(),  # noqa: B008  (frozen)
) -> Run:
    """A run from hidden values and a state that are known."""
    course = months(inputs.parameters, hidden, state, inputs.horizon_months, inputs.schedule, on)
    return Run(scenario, inputs, hidden, *_kept(inputs, course))


def _course(
    scenario: Scenario, begun: Start, seed: int | None, ids: NDArray[np.intp] | None = None
) -> tuple[Scenario, Inputs, Hidden, Mapping[str, Array], Array]:
    inputs, horizon, plan = begun.inputs, begun.inputs.horizon_months, begun.inputs.schedule
    if seed is None:
        course = months(inputs.parameters, begun.hidden, begun.state, horizon, plan)
    else:
        from .analysis import chance as chances  # late: the only part of the core's work that moves whole people

        course = chances.months(inputs.parameters, begun.hidden, begun.state, horizon, plan, seed, ids)
    return scenario, inputs, begun.hidden, *_kept(inputs, course)


def _kept(inputs: Inputs, course: Iterable[Month]) -> tuple[Mapping[str, Array], Array]:
    """Flows and the plan's costs of a course."""
    found = list(course)
    flows = {name: frozen(np.stack([getattr(month, name) for month in found])) for name in Month._fields}
    draws = flows["revenue"].shape[-1]
    cost = [np.broadcast_to(inputs.schedule.cost(month), (draws,)) for month in range(inputs.horizon_months)]
    return flows, frozen(np.stack(cost))
