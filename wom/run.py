"""Runs of a scenario and their results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import overload

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from . import chance as chances
from .batch import Start, start
from .checks import Inputs
from .course import STOCKS, Course, Interval, quantiles
from .errors import InputError
from .model import months
from .sampling import Refused, Sample, sample, whole_number
from .scenario import Scenario
from .state import Hidden, Month, State, Switches
from .units import Array, frozen

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
    """A run from hidden values and a state that are known.

    Example:
        >>> import wom
        >>> begun = start(wom.load("retailer/today"))
        >>> silent = Switches(good_word_of_mouth=0.0, bad_word_of_mouth=0.0)
        >>> run = follow(wom.load("retailer/today"), begun.inputs, begun.hidden, begun.state, silent)
        >>> run.total("people_told_bad")
        0.0
    """
    course = months(inputs.parameters, hidden, state, inputs.horizon_months, inputs.schedule, on)
    return Run(scenario, inputs, hidden, *_kept(inputs, course))


def _course(
    scenario: Scenario, begun: Start, seed: int | None, ids: NDArray[np.intp] | None = None
) -> tuple[Scenario, Inputs, Hidden, Mapping[str, Array], Array]:
    inputs, horizon, plan = begun.inputs, begun.inputs.horizon_months, begun.inputs.schedule
    if seed is None:
        course = months(inputs.parameters, begun.hidden, begun.state, horizon, plan)
    else:
        course = chances.months(inputs.parameters, begun.hidden, begun.state, horizon, plan, seed, ids)
    return scenario, inputs, begun.hidden, *_kept(inputs, course)


def _kept(inputs: Inputs, course: Iterable[Month]) -> tuple[Mapping[str, Array], Array]:
    """Flows and the plan's costs of a course."""
    found = list(course)
    flows = {name: frozen(np.stack([getattr(month, name) for month in found])) for name in Month._fields}
    draws = flows["revenue"].shape[-1]
    cost = [np.broadcast_to(inputs.schedule.cost(month), (draws,)) for month in range(inputs.horizon_months)]
    return flows, frozen(np.stack(cost))
