"""Draws of a scenario that hold together: what contradicts itself is left out, counted and explained."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from .anchoring import Problem, anchor_draws
from .batch import Start, start
from .checks import Inputs
from .errors import InputError
from .parameters import QUANTITIES
from .quantity import central
from .scenario import Scenario
from .schedule import Schedule, Values
from .uncertainty import Uncertain, mixed, scores, uncertain
from .units import Array
from .words import percent, several, whole

MOST_LEFT_OUT = 0.5
"""Share of draws that may be left out, whoever gave the ranges.

Leaving out a draw is what an observation teaches: these values cannot have led to it. That holds for a published
range as for one found in data, whose figures vary together more than their ranges tell. Beyond a half, what is
left is the exception in what was given, and no result of it speaks for the figures as they stand in the file.
"""

_PILOT = 1024
"""Draws on which the share is judged, however many are asked for."""

_TILT = 0.3
"""Normal scores; a parameter that differs less between the draws kept and left out is no reason."""

_BY_CHANCE = 3.0
"""Standard errors; of some forty parameters hardly one differs so much by chance alone."""

_MOST_NAMED = 3
"""Parameters that a message names."""

_RARE = 0.05
"""Share of the draws left out; a reason of fewer is not said."""

_ROUNDING = 1e-9

GOOD, BAD = "experience.good_share", "experience.bad_share"


@dataclass(frozen=True)
class _Bounded(Schedule):
    """A plan that stops at the bounds: a share that it takes over 1 in a draw is 1.

    Where good and bad share are over 1 together, the good share gives way.
    """

    def parameters(self, today: Values, month: int) -> dict[str, Array]:
        """As in a Schedule, each changed value within its bounds."""
        values = super().parameters(today, month)
        for key in _changed(self):
            quantity = QUANTITIES[key]
            values[key] = np.clip(
                values[key],
                -np.inf if quantity.at_least is None else quantity.at_least,
                np.inf if quantity.at_most is None else quantity.at_most,
            )
        if {GOOD, BAD} & set(_changed(self)):
            values[GOOD] = np.minimum(values[GOOD], 1.0 - values[BAD])
        return values


def _changed(plan: Schedule) -> list[str]:
    return list({step.key: None for phase in plan.phases for step in phase.steps})


@dataclass(frozen=True)
class Refused:
    """Draws that were left out because their figures contradict each other.

    Example:
        >>> left_out = Refused(5, 100, {"a and b do not go together": 5}, {"c": 1.2}, ("a", "b"))
        >>> left_out.share
        0.05
        >>> left_out.why
        'a and b do not go together. Typical of them are high values of c.'
        >>> left_out.advice()
        'check a and b, and give values or narrower ranges of your own for c'
    """

    count: int
    tried: int
    """Draws in all, kept or left out."""
    reasons: Mapping[str, int]
    """How many for each contradiction; one draw may have several."""
    leaning: Mapping[str, float]
    """By parameter, how many standard deviations higher it is in these draws than in those kept."""
    check: tuple[str, ...] = ()
    """The two figures that are most often at odds."""

    @property
    def share(self) -> float:
        """Of all draws."""
        return self.count / self.tried

    @property
    def text(self) -> str:
        """What happened and what to do about it, in sentences; empty where no draw was left out."""
        if not self.count:
            return ""
        return (
            f"{whole(self.count)} of {whole(self.tried)} draws ({percent(self.share)}) are left out, as their "
            f"figures cannot all be true of one business: {self.why} Results rest on the others. "
            f"To leave out fewer, {self.advice()}."
        )

    @property
    def why(self) -> str:
        """Which figures are at odds, the rare reasons left aside, and how they are in these draws."""
        usual = [reason for reason, count in self.reasons.items() if count >= _RARE * self.count]
        high, low = ([key for key, tilt in self.leaning.items() if (tilt > 0) is up] for up in (True, False))
        sides = [f"{way} values of {several(keys)}" for way, keys in (("high", high), ("low", low)) if keys]
        return f"{'; '.join(usual)}." + (f" Typical of them are {' and '.join(sides)}." if sides else "")

    def advice(self, name: Callable[[str], str] = str) -> str:
        """What to do about it, with keys as this says them."""
        check = several([name(key) for key in self.check])
        own = several([name(key) for key in self.leaning if key not in self.check])
        return f"check {check}{f', and give values or narrower ranges of your own for {own}' if own else ''}"


@dataclass(frozen=True)
class Sample:
    """A scenario in draws that hold together.

    Example:
        >>> import wom
        >>> found = sample(wom.load("retailer/today"), 10)
        >>> found.scores.shape == (len(found.parameters), 10), found.start.draws
        (True, 10)
    """

    scenario: Scenario
    seed: int
    parameters: tuple[Uncertain, ...]
    scores: Array
    """Normal scores, shape (parameters, draws)."""
    ids: NDArray[np.intp]
    """Of the draws kept: equal ids of two scenarios share the draws of all ranges that they share."""
    start: Start
    refused: Refused
    held: Mapping[str, float]
    """By parameter, share of the draws in which the plan took it over a bound and it was held there."""


def sample(scenario: Scenario, draws: int, seed: int = 0, ranges: bool = True) -> Sample:
    """Draws of all ranges of a scenario, anchored, without those that contradict themselves.

    A draw whose figures contradict what was observed today tells that these values do not go together, and is
    replaced by the next one: leaving out is what the observation teaches. More than half is an error.

    Args:
        scenario: from `wom.load`.
        draws: how many to keep, 1 or more.
        seed: 0 or more.
        ranges: False takes every range at its central value.

    Raises:
        InputError: too many contradictions, with the parameters responsible; or no whole number of draws.

    Example:
        >>> import wom
        >>> found = sample(wom.load("supplier/call-back"), 100)
        >>> found.scores.shape[1], found.refused.count < 10
        (100, True)
    """
    draws, seed = whole_number("draws", draws, 1), whole_number("seed", seed, 0)
    start(scenario)  # what contradicts itself at the central values is an error, as without draws
    parameters = uncertain(scenario) if ranges else ()
    if parameters:
        _judge(scenario, parameters, seed)
    tried = max(_PILOT, 1 << (draws - 1).bit_length()) if parameters else draws
    while True:
        found = mixed(scenario, parameters, scores(parameters, tried, seed))
        problems = begin(scenario, parameters, found)[1]
        kept = np.flatnonzero(~refused_by(problems))[:draws]
        if len(kept) == draws:
            break
        tried *= 2
    seen = int(kept[-1]) + 1
    begun, _ = begin(scenario, parameters, found[:, kept])
    return Sample(
        scenario,
        seed,
        parameters,
        found[:, kept],
        kept,
        begun,
        _refused(parameters, found[:, :seen], [item._replace(where=item.where[..., :seen]) for item in problems]),
        _held(begun.inputs),
    )


def begin(scenario: Scenario, parameters: Sequence[Uncertain], scores: Array) -> tuple[Start, list[Problem]]:
    """A scenario anchored with these values for its ranges.

    Args:
        scenario: from `wom.load`.
        parameters: its ranges.
        scores: normal scores, shape (parameters, draws); 0 is the central value.

    Returns:
        The start, with nan in draws that contradict themselves, and what contradicts itself where.

    Example:
        >>> import wom
        >>> case = wom.load("retailer/today")
        >>> ranges = uncertain(case)
        >>> central, problems = begin(case, ranges, np.zeros((len(ranges), 1)))
        >>> round(central.state.customers.sum()), any(item.where.any() for item in problems)
        (5000, False)
    """
    drawn = {item.path: item.at(row) for item, row in zip(parameters, scores, strict=True)}
    made = scenario.inputs(lambda path, value: drawn.get(path, np.asarray(central(value))))
    size = made.parameters["market.size"]
    wide = {"market.size": np.broadcast_to(size, (len(size), scores.shape[1]))}
    plan = _Bounded(made.schedule.phases, made.schedule.shocks)
    inputs = replace(made, parameters={**made.parameters, **wide}, schedule=plan)
    hidden, state, problems = anchor_draws(inputs.parameters, inputs.defaults)
    return Start(inputs, hidden, state), [*problems, *_out_of_bounds(inputs)]


def _out_of_bounds(inputs: Inputs) -> list[Problem]:
    """Good and bad share over 1 together today, and planned values beyond a bound that they may not even touch."""
    today, plan = inputs.parameters, inputs.schedule
    shape = today["market.size"].shape
    over = np.broadcast_to(today[GOOD] + today[BAD] > 1.0 + _ROUNDING, shape)
    found = [Problem(over, "good_share and bad_share are over 1 together", (GOOD, BAD))]
    for key in _changed(plan):
        quantity = QUANTITIES[key]
        beyond = np.zeros(shape, np.bool_)
        for month in plan.turns(inputs.horizon_months):
            value = plan.parameters(today, month)[key]
            beyond |= (value <= quantity.above) if quantity.above is not None else False
            beyond |= (value >= quantity.below) if quantity.below is not None else False
        found.append(Problem(beyond, f"the plan takes {key} out of bounds", (key, "the plan")))
    return found


def refused_by(problems: Sequence[Problem]) -> NDArray[np.bool_]:
    """Draws in which anything contradicts itself.

    Example:
        >>> one, two = np.array([[True, False, False]]), np.array([[False, False, False], [False, True, False]])
        >>> refused_by([Problem(one, "", ()), Problem(two, "", ())]).tolist()
        [True, True, False]
    """
    return np.asarray(np.logical_or.reduce([item.where.any(axis=0) for item in problems]))


def _refused(parameters: Sequence[Uncertain], scores: Array, problems: Sequence[Problem]) -> Refused:
    bad = refused_by(problems)
    reasons = {
        f"{several(list(item.keys))} do not go together": int(item.where.any(axis=0).sum())
        for item in problems
        if item.where.any()
    }
    tilts: dict[str, float] = {}
    if bad.any() and not bad.all():
        apart = scores[:, bad].mean(axis=1) - scores[:, ~bad].mean(axis=1)
        least = max(_TILT, _BY_CHANCE * np.sqrt(1.0 / bad.sum() + 1.0 / (~bad).sum()))
        for place in np.argsort(-np.abs(apart)):
            if abs(apart[place]) > least and len(tilts) < _MOST_NAMED:
                tilts[parameters[place].key] = float(apart[place])
    usual = max(problems, key=lambda item: int(item.where.any(axis=0).sum())).keys[:2] if bad.any() else ()
    return Refused(int(bad.sum()), len(bad), MappingProxyType(reasons), MappingProxyType(tilts), usual)


def _judge(scenario: Scenario, parameters: Sequence[Uncertain], seed: int) -> None:
    """Refuses a scenario whose ranges contradict each other too often."""
    every = mixed(scenario, parameters, scores(parameters, _PILOT, seed))
    found = _refused(parameters, every, begin(scenario, parameters, every)[1])
    if found.share > MOST_LEFT_OUT:
        raise InputError(
            f"in {percent(found.share)} of draws the ranges contradict what was observed or each other, so that "
            f"what is left does not speak for them (at most {percent(MOST_LEFT_OUT)} may): {found.why} Please "
            f"{found.advice(_meant)}",
            file=scenario.file,
        )


def _meant(key: str) -> str:
    """A key and what it is."""
    quantity = QUANTITIES.get(".".join(key.split(".")[-2:]))
    return f"{key} ({quantity.meaning})" if quantity else key


def _held(inputs: Inputs) -> Mapping[str, float]:
    """How often a plan is stopped at a bound."""
    plan = inputs.schedule
    free = Schedule(plan.phases, plan.shocks)
    keys = dict.fromkeys([*_changed(plan), *([GOOD] if BAD in _changed(plan) else [])])
    share = dict.fromkeys(keys, 0.0)
    for month in plan.turns(inputs.horizon_months):
        loose, bounded = (each.parameters(inputs.parameters, month) for each in (free, plan))
        for key in keys:
            stopped = np.abs(loose[key] - bounded[key]) > _ROUNDING
            share[key] = max(share[key], float(np.mean(stopped.any(axis=0))))
    return MappingProxyType({key: part for key, part in share.items() if part > 0})


def whole_number(name: str, value: object, least: int) -> int:
    """The value as an int; raises an InputError unless it is a whole number of at least so much.

    Example:
        >>> whole_number("draws", 100, 1)
        100
        >>> whole_number("draws", 0.5, 1)
        Traceback (most recent call last):
            ...
        wom.errors.InputError: draws: must be a whole number, 1 or more, is 0.5
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise InputError(f"must be a whole number, {least} or more, is {value!r}", name)
    return int(value)
