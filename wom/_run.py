"""Runs of a scenario: one result for the expected course, for draws, for chance and for variants.

A `Run` holds columns over (months, segments, draws). A plan's effect, a comparison, a sweep and a lever are runs,
or the difference of two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .anchoring import Start, start
from .draws import Refused, Sample, sample
from .engine import Hidden, Moment, Month, Switches
from .errors import InputError, nearest, whole_number
from .parameters import Value, central
from .plan import Phase, Schedule
from .scenario import Inputs, Scenario, opens
from .units import Array, discount_factors, locked, mapped
from .words import Shown, several

STOCKS = (
    "customers", "content", "delighted", "disappointed", "prospects", "favourable", "wary", "avoiders", "stars",
)  # fmt: skip
"""Columns that stand at a month's start (`stars` at its end); all others are sums over the month."""

MONEY = ("revenue", "contribution")
"""The columns that most questions need; a run that keeps no others is quicker."""

LEVEL = 0.9
"""Probability inside an interval."""


class Interval(NamedTuple):
    """A result that is not known exactly: low end, median, high end.

    Example:
        >>> Interval(1.0, 2.0, 4.0).high
        4.0
    """

    low: float
    median: float
    high: float


@dataclass(frozen=True, repr=False)
class Run(Shown):
    """What happens to a business, month by month; columns are (months, segments, draws) and read-only.

    Example:
        >>> import wom
        >>> run = simulate(wom.load("retailer/today"))
        >>> len(run.monthly), run.total("new_customers") > 36 * 140
        (36, True)
        >>> many = simulate(wom.load("retailer/today"), draws=50)
        >>> many.npv.shape, bool(many.interval("revenue").low < many.interval("revenue").high)
        ((50,), True)
    """

    start: Start
    flows: Mapping[str, Array]
    """By column; `contribution` before the plan's costs; `stars` has one segment, the business."""
    plan_cost: Array
    """Currency by (month, draw)."""
    discount: Array
    """Worth today of one unit of money by (month, segment, draw or 1)."""
    cost_discount: Array
    """The same for the plan's costs, by (month, draw or 1)."""
    last: Moment | None = None
    """The last month with what made it; None for chance and for a difference."""
    sample: Sample | None = None
    """The draws, where the run has any."""
    difference: bool = False
    """Whether these are the changes from one run to another."""

    @property
    def scenario(self) -> Scenario:
        """What was run."""
        return self.start.inputs.scenario

    @property
    def inputs(self) -> Inputs:
        """The scenario in numbers."""
        return self.start.inputs

    @property
    def hidden(self) -> Hidden:
        """What nobody observes, found by anchoring."""
        return self.start.hidden

    @property
    def ids(self) -> NDArray[np.intp]:
        """Of the draws: runs of one seed pair draws of equal id. Gaps are draws that were left out."""
        return np.arange(self.plan_cost.shape[-1]) if self.sample is None else self.sample.ids

    @property
    def refused(self) -> Refused:
        """Draws that were left out because their figures contradict each other, with the reasons."""
        return Refused(0, max(len(self.ids), 1), {}, {}) if self.sample is None else self.sample.refused

    # --- month by month ---

    @cached_property
    def months(self) -> pd.Index:
        """The months: 0, 1, 2 …, or calendar months where the scenario names its first one."""
        first, count = self.inputs.calendar.first, len(self.plan_cost)
        if first is None:
            return pd.RangeIndex(count, name="month")
        return pd.period_range(f"{first[0]}-{first[1]:02d}", periods=count, freq="M", name="month")

    @cached_property
    def totals(self) -> Mapping[str, Array]:
        """The business by column, shape (months, draws); `contribution` is after the plan's costs."""
        sums = {
            name: flow[:, 0] if flow.shape[1] == 1 else locked(flow.sum(axis=1))
            for name, flow in self.flows.items()
        }
        sums["contribution"] = locked(sums["contribution"] - self.plan_cost)
        return sums | {"plan_cost": self.plan_cost}

    @cached_property
    def monthly(self) -> pd.DataFrame:
        """The business, one row per month: stocks at its start, flows during it, `stars` at its end.

        Money is in the scenario's currency; `contribution` is after the plan's costs; people told are counted
        before the audience share. With draws, medians: they do not add up over columns, segments or months, so
        take sums from `total` and `interval`.
        """
        return pd.DataFrame({name: np.median(total, axis=1) for name, total in self.totals.items()}, self.months)

    @cached_property
    def by_segment(self) -> pd.DataFrame:
        """The same by (segment, month); `contribution` before the plan's costs, which the business bears."""
        parts = {}
        for place, segment in enumerate(self.inputs.segments):
            own = {name: flow[:, min(place, flow.shape[1] - 1)] for name, flow in self.flows.items()}
            parts[segment] = pd.DataFrame(
                {name: np.median(flow, axis=1) for name, flow in own.items()}, self.months
            )
        return pd.concat(parts, names=["segment", "month"])

    def band(self, column: str, level: float = LEVEL) -> pd.DataFrame:
        """Where a column lies in each month with this probability, for a fan chart.

        `column`: of `monthly`, stocks included; the business's total of each draw. Returns index month; columns
        low, median, high.

        Raises:
            InputError: no such column, or a level out of bounds.
        """
        self._known(column)
        return pd.DataFrame(quantiles(self.totals[column], level).T, self.months, list(Interval._fields))

    # --- over the horizon ---

    def total(self, column: str) -> Any:
        """A flow added up over the months: a number, or one by draw.

        Raises:
            InputError: a stock, or no such column.
        """
        return self._shown(self._total(column))

    @cached_property
    def revenue(self) -> Any:
        """All revenue within the horizon, not discounted: a number, or one by draw."""
        return self.total("revenue")

    @cached_property
    def contribution(self) -> Any:
        """All contribution within the horizon after the plan's costs, not discounted: a number, or one by draw."""
        return self.total("contribution")

    @cached_property
    def npv(self) -> Any:
        """Worth today of contribution after the plan's costs, over the horizon, without any terminal value."""
        return self._shown(self.npv_by_draw)

    @property
    def npv_by_draw(self) -> Array:
        """The same by draw, shape (draws,), of a run without draws too."""
        return self.worth - self.cost_worth

    @cached_property
    def earned(self) -> Array:
        """Contribution before the plan's costs in today's money, shape (months, draws)."""
        return np.asarray((self.flows["contribution"] * self.discount).sum(axis=1))

    @cached_property
    def spent(self) -> Array:
        """The plan's costs in today's money, shape (months, draws)."""
        return np.asarray(self.plan_cost * self.cost_discount)

    @property
    def worth(self) -> Array:
        """Present value of contribution before the plan's costs, shape (draws,)."""
        return np.asarray((self.flows["contribution"] * self.discount).sum(axis=(0, 1)))

    @property
    def cost_worth(self) -> Array:
        """Present value of the plan's costs, shape (draws,)."""
        return np.asarray(self.spent.sum(axis=0))

    @cached_property
    def customers_at_end(self) -> Any:
        """Customers after the last month: a number, or one by draw."""
        last = {name: self.totals[name][-1] for name in ("customers", "new_customers", "lost_customers")}
        return self._shown(last["customers"] + last["new_customers"] - last["lost_customers"])

    def interval(self, name: str, level: float = LEVEL) -> Interval:
        """Where a result lies with this probability: its quantiles over the joint draws.

        Args:
            name: npv, customers_at_end, or a flow of `monthly`, added up over the months of each draw first.
            level: probability inside, between 0 and 1; as much is left out below as above.

        Raises:
            InputError: a stock, no such column, or a level out of bounds.
        """
        own = ("npv", "customers_at_end")
        values = getattr(self, name) if name in own else self._total(name, *own)
        return Interval(*map(float, quantiles(np.atleast_1d(values), level)))

    # --- against another run ---

    def less(self, other: Run) -> Run:
        """The difference to another run, draw by draw and month by month: what a plan changes.

        Runs with draws are paired by id. Rounding stays that of a month's numbers.

        Raises:
            InputError: draws of another seed, which are no pairs.
        """
        one, two = self, other
        if self.sample is not None and other.sample is not None and self.sample is not other.sample:
            if self.sample.seed != other.sample.seed:
                raise InputError(
                    f"is {other.sample.seed}, but {self.sample.seed} here; pairs share a seed", "seed"
                )
            _, here, there = np.intersect1d(self.ids, other.ids, assume_unique=True, return_indices=True)
            one, two = self.at(here), other.at(there)
        flows = {name: locked(flow - two.flows[name]) for name, flow in one.flows.items() if name in two.flows}
        cost = locked(one.plan_cost - two.plan_cost)
        return replace(one, flows=flows, plan_cost=cost, last=None, difference=True)

    def to_frame(self) -> pd.DataFrame:
        """`monthly`."""
        return self.monthly.copy()

    def at(self, draws: NDArray[np.intp] | slice) -> Run:
        """Some of the draws."""
        columns = {name: vars(self)[name] for name in ("flows", "plan_cost", "discount", "cost_discount")}
        cut = mapped(columns, lambda values: values[..., draws] if values.shape[-1] > 1 else values)
        return replace(self, **cut, sample=self.sample and replace(self.sample, ids=self.ids[draws]))

    @cached_property
    def so_far(self) -> Array:
        """Net in today's money added up from month 0, shape (months, draws)."""
        return np.cumsum(self.earned - self.spent, axis=0)

    @cached_property
    def payback_month(self) -> Any:
        """Of a difference: the month from whose end on the cost is earned back for good, in today's money.

        None (with draws nan) where that never comes within the horizon, and where nothing is ever lost.
        """
        rounding = 1e-12 * (np.abs(self.earned).sum(axis=0) + np.abs(self.spent).sum(axis=0))
        below = self.so_far < -rounding
        last = len(below) - 1 - np.argmax(below[::-1], axis=0)
        found = np.where(below.any(axis=0) & (last < len(below) - 1), last + 1.0, np.nan)
        if self.sample is None and found.shape == (1,):
            return None if np.isnan(found[0]) else int(found[0])
        return found

    # --- inside ---

    def _shown(self, values: Array) -> Any:
        """One number of a run without draws, else the array."""
        return float(values.item()) if self.sample is None and values.shape == (1,) else locked(values)

    def _known(self, column: str, *others: str) -> None:
        if column not in self.totals:
            names = [*others, *(name for name in self.totals if not others or name not in STOCKS)]
            raise InputError(f"{column} is no column of monthly; {nearest(column, names)}")

    def _total(self, column: str, *others: str) -> Array:
        if column in STOCKS:
            raise InputError(f"{column} is a stock; it cannot be added up")
        self._known(column, *others)
        return np.asarray(self.totals[column].sum(axis=0))


@opens
def simulate(
    scenario: Scenario, draws: int | None = None, seed: int = 0, chance: bool = False, *, ranges: bool = True
) -> Run:
    """The course of a scenario, month by month: expected, or in draws of what is uncertain.

    Anchors the hidden values to what is observed today, then takes the months of the horizon one by one. Runs
    with one seed share their draws: a plan and no plan are equal until the plan starts, a range more leaves the
    other ranges' draws as they are, and 200 draws begin with the first 100.

    Args:
        draws: how many sets of values to draw from the ranges, the evidence's included (see `wom.draws` for those
            that contradict themselves); None takes the central values once.
        chance: whole people who move by chance, instead of expected numbers (see `wom.analysis.chance`).
        ranges: False takes every range at its central value: then draws differ by chance alone.

    Returns:
        A Run, of numbers or of draws with intervals and bands.

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
    drawn = None if draws is None else sample(scenario, draws, seed, ranges)
    begin = start(scenario) if drawn is None else drawn.start
    return _finished(begin, begin.inputs.schedule, drawn, seed if chance else None)


def run(
    begin: Start,
    plan: Schedule | None = None,
    on: Switches = Switches(),  # noqa: B008  (frozen)
    keep: Iterable[str] = MONEY,
) -> Run:
    """All runs of a start, in one pass over the months; no plan by default, whatever the inputs hold."""
    plan = begin.inputs.schedule.without_plan() if plan is None else plan
    latest: list[Moment] = []

    def months() -> Iterator[Month]:
        for moment in begin.moments(plan, on):
            latest[:] = [moment]
            yield moment.month

    kept = _kept(begin, plan, months(), keep)
    return replace(kept, last=latest[0])


def both(scenario: Scenario, draws: int | None = None, seed: int = 0) -> tuple[Run, Run]:
    """A scenario with its plan and without, from one anchoring and in the same draws."""
    drawn = None if draws is None else sample(scenario, draws, seed)
    begin = start(scenario) if drawn is None else drawn.start
    with_plan, without = (_finished(begin, plan, drawn) for plan in (begin.inputs.schedule, None))
    return with_plan, without


def _finished(begin: Start, plan: Schedule | None, drawn: Sample | None, luck: int | None = None) -> Run:
    """All columns of a run, by chance where there is a seed of `luck`; an InputError where they are beyond all
    numbers names the figures that are farthest from 1 in size."""
    with np.errstate(over="ignore", invalid="ignore"):
        if luck is None:
            found = run(begin, plan, keep=Month._fields)
        else:
            from .analysis import chance  # late: the core needs it for this alone

            given, ids = begin.inputs, None if drawn is None else drawn.ids
            fixed = given.parameters, begin.hidden, begin.state, given.horizon_months, given.schedule
            found = _kept(begin, given.schedule, chance.months(*fixed, luck, ids, given.calendar), Month._fields)
        known = [np.isfinite(flow).all() for name, flow in found.flows.items() if name != "stars"]
        if all(known) and np.isfinite(found.npv_by_draw).all():
            return replace(found, sample=drawn)
    sizes: dict[str, float] = {}

    def note(path: str, value: Value) -> Array:
        sizes[path] = central(value)
        return np.asarray(central(value))

    begin.inputs.scenario.inputs(note)
    far = sorted((path for path, size in sizes.items() if size), key=lambda path: -abs(np.log10(abs(sizes[path]))))
    text = several([f"{path} ({sizes[path]:g})" for path in far[:3]])
    raise InputError(
        f"the figures lead to results beyond all numbers; check {text}", file=begin.inputs.scenario.file
    )


def _kept(begin: Start, plan: Schedule, course: Iterable[Month], keep: Iterable[str]) -> Run:
    """Columns of a course, and the plan's costs."""
    names, horizon = tuple(keep), begin.inputs.horizon_months
    flows: dict[str, Array] = {}
    for place, month in enumerate(course):
        for name in names:
            value = getattr(month, name)
            flows.setdefault(name, np.empty((horizon, *value.shape)))[place] = value
    cost = np.stack([np.broadcast_to(plan.cost(month), (begin.draws,)) for month in range(horizon)])
    return Run(begin, {name: locked(flow) for name, flow in flows.items()}, locked(cost), *discounts(begin.inputs))


def discounts(inputs: Inputs) -> tuple[Array, Array]:
    """Discount factors of contribution, shape (months, segments, 1), and of the plan's costs, (months, 1).

    Segments with rates of their own and no rate of the business leave the second undefined; a plan with
    initiatives is refused then, so that no cost meets it.
    """
    months = inputs.horizon_months
    own = discount_factors(inputs.parameters["economics.discount_rate"], months)
    return own, discount_factors(np.nan_to_num(inputs.plan_discount_rate), months)


def in_part(phase: Phase, share: Array, paid: Array | None = None) -> Phase:
    """An initiative in part: a share of its changes, and the same or another share of its costs, by draw."""
    paid = share if paid is None else paid
    steps = tuple(replace(step, segments=step.segments * share) for step in phase.steps)
    return replace(phase, steps=steps, once=phase.once * paid, per_month=phase.per_month * paid)


def quantiles(values: Array, level: float) -> Array:
    """Low end, median and high end over the last axis, on the first axis."""
    if not 0 < level < 1:
        raise InputError(f"must be between 0 and 1, is {level}", "level")
    return np.asarray(np.quantile(values, [(1.0 - level) / 2.0, 0.5, (1.0 + level) / 2.0], axis=-1))
