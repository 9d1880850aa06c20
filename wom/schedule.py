"""A plan as the engine sees it: what the parameters, the costs and the shocks of each month are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from .units import Array

Values = Mapping[str, Array]
"""Parameters by dotted key; arrays broadcast to (segments, draws)."""

Way = Literal["to", "add", "multiply"]


@dataclass(frozen=True)
class Step:
    """One change of one parameter, ready for the engine.

    value = before + segments·progress·(target − before), target from `to`, `add` or `multiply`

    Example:
        Half of the way from 0.06 to a third less, in one of two segments:

        >>> fewer = Step("experience.bad_share", np.array([[1.0], [0.0]]), "multiply", np.array(2 / 3))
        >>> fewer(np.array([[0.06], [0.06]]), 0.5).round(3).ravel().tolist()
        [0.05, 0.06]
    """

    key: str
    segments: Array
    """1 for the segments that change, 0 for the others, shape (segments, 1)."""
    way: Way
    amount: Array

    def __call__(self, value: Array, progress: Array | float) -> Array:
        """The value when `progress` (0 to 1) of the way to the target is done."""
        if self.way == "to":
            change = self.amount - value
        elif self.way == "add":
            change = self.amount
        else:
            change = value * (self.amount - 1.0)
        return np.asarray(value + self.segments * progress * change)


@dataclass(frozen=True)
class Phase:
    """An initiative, ready for the engine.

    Example:
        >>> training = Phase("Training", 3, 4, None, np.array(40_000.0), np.array(2_500.0), ())
        >>> [training.progress(month) for month in (2, 3, 6, 9)]
        [0.0, 0.25, 1.0, 1.0]
        >>> [float(training.cost(month)) for month in (2, 3, 4)]
        [0.0, 42500.0, 2500.0]
    """

    name: str
    start: int
    ramp: int
    end: int | None
    once: Array
    per_month: Array
    steps: tuple[Step, ...]

    def progress(self, month: int) -> float:
        """Share of the way to the targets in a month."""
        if month < self.start or (self.end is not None and month > self.end):
            return 0.0
        return min(1.0, (month - self.start + 1) / self.ramp)

    def cost(self, month: int) -> Array | float:
        """Currency in a month."""
        once = self.once if month == self.start else 0.0
        running = month >= self.start and (self.end is None or month <= self.end)
        return once + self.per_month if running else once


@dataclass(frozen=True)
class Shock:
    """What one month brings on top; shapes broadcast to (segments, draws).

    Args:
        good, bad, recovered: experiences more per customer.
        bad_reach: multiplies the people told of bad experiences.
        spend_kept: share of the month's spending that stays.

    Example:
        >>> both = Shock(bad=0.03, spend_kept=0.5).joined(Shock(bad=0.02, spend_kept=0.5))
        >>> both.bad, both.spend_kept, both.bad_reach
        (0.05, 0.25, 1.0)
    """

    good: Array | float = 0.0
    bad: Array | float = 0.0
    recovered: Array | float = 0.0
    bad_reach: Array | float = 1.0
    spend_kept: Array | float = 1.0

    def joined(self, other: Shock) -> Shock:
        """Both in one month: extra experiences add, reach and kept spending multiply."""
        return Shock(
            self.good + other.good,
            self.bad + other.bad,
            self.recovered + other.recovered,
            self.bad_reach * other.bad_reach,
            self.spend_kept * other.spend_kept,
        )


@dataclass(frozen=True)
class Schedule:
    """A plan, ready for the engine.

    Args:
        phases: the initiatives, in the order written.
        shocks: by month.
        active: 1 for draws in which the plan happens, 0 for the others.

    Example:
        >>> halved = Step("experience.bad_share", np.ones((1, 1)), "multiply", np.array(0.5))
        >>> plan = Schedule((Phase("Training", 1, 2, None, np.array(100.0), np.array(10.0), (halved,)),))
        >>> today = {"experience.bad_share": np.array([[0.08]])}
        >>> [round(plan.parameters(today, month)["experience.bad_share"].item(), 3) for month in range(4)]
        [0.08, 0.06, 0.04, 0.04]
        >>> sorted(plan.turns(horizon=12)), [float(plan.cost(month)) for month in range(3)]
        ([0, 1, 2], [0.0, 110.0, 10.0])
    """

    phases: tuple[Phase, ...] = ()
    shocks: Mapping[int, Shock] = field(default_factory=dict)
    active: Array | float = 1.0

    def parameters(self, today: Values, month: int) -> dict[str, Array]:
        """All parameters in a month.

        value_t = before + (target − before)·min(1, (t − start + 1)/ramp), each initiative on what the earlier
        ones left.
        """
        values = dict(today)
        for phase in self.phases:
            if progress := phase.progress(month):
                for step in phase.steps:
                    values[step.key] = step(values[step.key], self.active * progress)
        return values

    def turns(self, horizon: int) -> set[int]:
        """Months whose parameters differ from those of the month before."""
        turns = {0}
        for phase in self.phases:
            if phase.steps:
                turns.update(range(phase.start, min(phase.start + phase.ramp, horizon)))
                turns.update([] if phase.end is None else [phase.end + 1])
        return {month for month in turns if month < horizon}

    def cost(self, month: int) -> Array:
        """Currency that the plan costs in a month."""
        return np.asarray(sum((phase.cost(month) for phase in self.phases), 0.0) * self.active)

    def shock(self, month: int) -> Shock | None:
        """What the month brings on top, None in a month without events."""
        shock = self.shocks.get(month)
        if shock is None or np.ndim(self.active) == 0:
            return shock
        return Shock(
            shock.good * self.active,
            shock.bad * self.active,
            shock.recovered * self.active,
            1.0 + (shock.bad_reach - 1.0) * self.active,
            1.0 + (shock.spend_kept - 1.0) * self.active,
        )

    def only(self, active: Array | float) -> Schedule:
        """The same plan in the given draws alone."""
        return replace(self, active=active)
