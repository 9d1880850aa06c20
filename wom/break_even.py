"""What would have to be true for a plan to pay: how large a change, and how much of it caused by the service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from .anchoring import anchor_draws
from .batch import Batch, Start, run
from .schedule import Schedule, Step
from .units import Array

GOOD, BAD = "experience.good_share", "experience.bad_share"
CAUSAL_SHARES = ("experience.causal_share", "word_of_mouth.causal_share")
"""How much of what is observed is caused: by the mood, and by hearing."""

_STEPS = 16
"""In which the first change of sign is looked for; between two of them it is found exactly."""


@dataclass(frozen=True)
class Choice:
    """A plan, what it is compared with, and the business of both.

    Example:
        >>> import wom
        >>> from wom.batch import start
        >>> begun = start(wom.load("retailer/make-it-right"))
        >>> choice = Choice(begun, begun.inputs.schedule, Schedule())
        >>> bool(choice.change().npv.item() > 0), 0 < choice.causal_scale() < 1, choice.points("bad", 0.0)
        (True, True, 0.0)
    """

    start: Start
    plan: Schedule
    against: Schedule

    def change(self) -> Batch:
        """Run with the plan less run without, month by month."""
        return run(self.start, self.plan).less(run(self.start, self.against))

    def net_at_causal(self, scales: Array) -> Array:
        """Change of NPV if both causal shares were these multiples of what is given, shape of `scales`.

        Today's observed figures stay: hidden values are found anew for each scale. nan where they cannot be.
        """
        values = dict(self.start.inputs.parameters)
        for key in CAUSAL_SHARES:
            values[key] = values[key] * scales
        hidden, state, _ = anchor_draws(values, self.start.inputs.defaults)
        scaled = Start(replace(self.start.inputs, parameters=values), hidden, state).repeated(len(scales))
        plan, against = (_scaled_causes(part, scales) for part in (self.plan, self.against))
        return run(scaled, plan).less(run(scaled, against)).npv

    def causal_scale(self) -> float:
        """The multiple of both causal shares from which on, up to 1, the plan does not lose.

        0 if it never loses; nan if it loses with the shares as given, or if that is not known.
        """
        lost_below = _first_above(lambda scales: -self.net_at_causal(scales), np.linspace(1.0, 0.0, _STEPS + 1))
        if lost_below == 1.0:
            return float("nan")
        return 0.0 if np.isinf(lost_below) else lost_below

    def points(self, share: Literal["good", "bad"], cost: float) -> float:
        """Points of good share more, or of bad share less, that alone bring what the plan costs.

        The same points in every segment, or all it has to give, with start, ramp and end of the plan's first
        initiative, on the run without the plan.

        Args:
            share: which.
            cost: present value of the plan's costs.

        Returns:
            Points, 100 times the change of the share; 0 if there is no cost, nan if no number of them is enough.
        """
        if cost <= 0.0:
            return 0.0
        room, sign = self._room(share)
        first = min(self.plan.phases, key=lambda phase: phase.start)
        base = run(self.start, self.against)

        def surplus(change: Array) -> Array:
            step = Step(
                GOOD if share == "good" else BAD, np.ones_like(room), "add", sign * np.minimum(change, room)
            )
            phase = replace(first, once=np.zeros(1), per_month=np.zeros(1), steps=(step,))
            better = replace(self.against, phases=(*self.against.phases, phase))
            return run(self.start.repeated(len(change)), better).less(base).worth - cost

        needed = _first_above(surplus, np.linspace(0.0, float(room.max()), _STEPS + 1))
        return 100.0 * needed if np.isfinite(needed) else float("nan")

    def _room(self, share: Literal["good", "bad"]) -> tuple[Array, float]:
        """How far the share can move in every segment, shape (segments, 1), and which way."""
        inputs = self.start.inputs
        months = sorted(self.against.turns(inputs.horizon_months))
        values = [self.against.parameters(inputs.parameters, month) for month in months]
        if share == "good":
            return np.min([1.0 - month[GOOD] - month[BAD] for month in values], axis=0), 1.0
        return np.min([month[BAD] for month in values], axis=0), -1.0


def _scaled_causes(plan: Schedule, scales: Array) -> Schedule:
    """The plan with what it makes of the causal shares scaled too."""

    def scaled(step: Step) -> Step:
        if step.key not in CAUSAL_SHARES or step.way == "multiply":
            return step
        return replace(step, amount=step.amount * scales)

    phases = (replace(phase, steps=tuple(scaled(step) for step in phase.steps)) for phase in plan.phases)
    return replace(plan, phases=tuple(phases))


def _first_above(function: Callable[[Array], Array], grid: Array) -> float:
    """Where a function first rises above 0.

    Args:
        function: of an array of points, in one pass; nan where it is not known.
        grid: points in the order in which to look.

    Returns:
        The place; the first point if it begins above, inf if it never is, nan if it cannot be known.
    """
    from scipy.optimize import brentq  # late, because it takes long to import

    values = function(grid)
    places = np.flatnonzero(values > 0.0)
    place = int(places[0]) if len(places) else len(grid)
    if np.isnan(values[:place]).any():
        return float("nan")
    if place == len(grid):
        return float("inf")
    if place == 0:
        return float(grid[0])
    return float(
        brentq(lambda point: function(np.array([point])).item(), grid[place - 1], grid[place], xtol=1e-13)
    )
