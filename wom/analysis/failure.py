"""When a plan fails: the chance that it loses money, and the few conditions under which it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..draws import Refused, Uncertain, sample
from ..errors import InputError
from ..scenario import Scenario, opens
from ..units import Array
from ..words import Shown
from .sensitivity import evaluate

# --- Boxes in the space of inputs, found by peeling (PRIM): the few conditions under which something happens ---

Mask = NDArray[np.bool_]

_PEEL = 0.05
"""Share of a box that one step takes off."""

_LEAST = 0.05
"""Share of all draws that a box holds at least."""

_TRIFLE = 0.1
"""A condition that adds less, relatively, to what is looked for is left out."""


@dataclass(frozen=True)
class Box:
    """Limits of some inputs."""

    limits: dict[int, tuple[float, float]]
    """By place of the input: from and to, infinite where there is no limit."""

    def holds(self, inputs: Array) -> Mask:
        """Which draws lie inside; inputs of shape (inputs, draws)."""
        inside = np.ones(inputs.shape[1], np.bool_)
        for place, (low, high) in self.limits.items():
            inside &= (inputs[place] >= low) & (inputs[place] <= high)
        return inside

    def narrowed(self, place: int, low: float = -np.inf, high: float = np.inf) -> Box:
        """The part of the box within another limit."""
        old = self.limits.get(place, (-np.inf, np.inf))
        return Box(self.limits | {place: (max(old[0], low), min(old[1], high))})

    def without(self, place: int) -> Box:
        """The box without the limits of one input."""
        return Box({key: limits for key, limits in self.limits.items() if key != place})


def coverage_and_density(box: Box, inputs: Array, cases: Mask) -> tuple[float, float]:
    """Share of the cases that lie inside the box, and share of what lies inside that is a case."""
    inside = box.holds(inputs)
    hits = float((inside & cases).sum())
    return hits / max(float(cases.sum()), 1.0), hits / max(float(inside.sum()), 1.0)


def find(inputs: Array, cases: Mask, conditions: int = 3) -> Box:
    """The box with the largest coverage·density² along a path of peeling, with few conditions.

    Density counts more: conditions under which it mostly happens say more than a wide net.

    `cases`: whether it happens, shape (draws,). `conditions`: how many inputs may be limited at most.
    """
    path = [Box({})]
    while (following := _peeled(path[-1], inputs, cases)) is not None:
        path.append(following)
    best = max(path, key=lambda box: _merit(box, inputs, cases))
    while best.limits:
        simpler = max((best.without(place) for place in best.limits), key=lambda box: _merit(box, inputs, cases))
        worse = _merit(simpler, inputs, cases) < (1.0 - _TRIFLE) * _merit(best, inputs, cases)
        if worse and len(best.limits) <= conditions:
            break
        best = simpler
    return best


def _merit(box: Box, inputs: Array, cases: Mask) -> float:
    coverage, density = coverage_and_density(box, inputs, cases)
    return coverage * density**2


def _peeled(box: Box, inputs: Array, cases: Mask) -> Box | None:
    """The box after the step that raises its density most for each draw taken off; None if there is none."""
    inside = box.holds(inputs)
    held, hit = inputs[:, inside], cases[inside]
    density, least = hit.mean(), _LEAST * inputs.shape[1]
    ends = np.quantile(held, [_PEEL, 1.0 - _PEEL], axis=1)
    best: tuple[float, Box | None] = (0.0, None)
    for place, (low, high) in enumerate(ends.T):
        above, below = held[place] > low, held[place] < high
        for kept, upper in ((above, False), (below, True)):
            if not least <= kept.sum() < len(kept):
                continue
            gain = (hit[kept].mean() - density) / (len(kept) - kept.sum())
            if gain > best[0]:
                edge = held[place][kept]
                limit = {"high": edge.max()} if upper else {"low": edge.min()}
                best = gain, box.narrowed(place, **limit)
    return best[1]


# --- The plan: its chance of a loss, and the boxes in which it loses ---

_FEWEST = 20
"""Cases from which conditions can be found."""

_LEAST_COVERAGE = 0.1
_LEAST_LIFT = 1.2
"""A rule covers at least so much of what it explains, and is at least so many times as often true as elsewhere."""

_SCORE = 1.645
"""Normal score of a 90 % interval."""


@dataclass(frozen=True)
class Condition:
    """One parameter within limits; infinite where there is none."""

    key: str
    meaning: str
    unit: str
    low: float
    high: float


@dataclass(frozen=True)
class Rule:
    """Conditions that hold together; both shares are of draws that the rule was not made from."""

    conditions: tuple[Condition, ...]
    coverage: float
    """Of the cases that the rules are about, the share in which these conditions hold."""
    density: float
    """Of the draws in which they hold and no earlier rule's, the share that is such a case."""


@dataclass(frozen=True, repr=False)
class Failure(Shown):
    """How often, how badly and when a plan loses money against no plan; money in the scenario's currency.

    Example:
        >>> import wom
        >>> wom.failure(wom.load("retailer/front-line-training"), draws=256).when
        'pays'
    """

    scenario: Scenario
    net: Array
    """NPV of the plan less NPV of no plan, by draw."""
    chance: float
    """Of a loss."""
    chance_low: float
    """90 % interval of it, for the number of draws."""
    chance_high: float
    rules: tuple[Rule, ...]
    """When it loses, or when it pays if it loses in more than half of the draws."""
    refused: Refused

    def to_frame(self) -> pd.DataFrame:
        """The rules, one row per condition: rule, parameter, low, high, coverage and density of the rule."""
        rows = [
            (place, part.key, part.low, part.high, rule.coverage, rule.density)
            for place, rule in enumerate(self.rules)
            for part in rule.conditions
        ]
        return pd.DataFrame(rows, columns=["rule", "parameter", "low", "high", "coverage", "density"])

    @property
    def when(self) -> str:
        """What the rules are about: loses or pays, whichever is rarer."""
        return "loses" if self.chance <= 0.5 else "pays"


@opens
def failure(scenario: Scenario, draws: int = 8192, seed: int = 0, rules: int = 2) -> Failure:
    """The chance that a plan loses money, and the few conditions under which it does.

    Rules are found on every other draw and judged on the rest. The second one is about what the first leaves.

    Raises:
        InputError: there is no plan, or too many draws contradict each other.

    Example:
        >>> import wom
        >>> found = failure(wom.load("retailer/make-it-right"), draws=512)
        >>> 0.2 < found.chance < 0.4, found.when
        (True, 'loses')
    """
    if not scenario.plan:
        raise InputError("there is no plan that could fail", "plan", scenario.file)
    drawn = sample(scenario, draws, seed)
    net = evaluate(scenario, drawn.parameters, drawn.scores, "net")
    inputs = np.stack([item.at(row) for item, row in zip(drawn.parameters, drawn.scores, strict=True)])
    lost = net < 0
    chance = float(lost.mean())
    return Failure(
        scenario,
        net,
        chance,
        *_wilson(chance, draws),
        _rules(inputs, lost if chance <= 0.5 else ~lost, drawn.parameters, rules),
        drawn.refused,
    )


def _wilson(share: float, number: int) -> tuple[float, float]:
    """Interval of a share (Wilson 1927); somewhat too wide for draws that fill the space evenly."""
    square = _SCORE**2 / number
    middle = (share + square / 2.0) / (1.0 + square)
    half = _SCORE / (1.0 + square) * np.sqrt(share * (1.0 - share) / number + square / (4.0 * number))
    return max(0.0, middle - float(half)), min(1.0, middle + float(half))


def _rules(inputs: Array, cases: Mask, parameters: Sequence[Uncertain], most: int) -> tuple[Rule, ...]:
    made_from = np.arange(len(cases)) % 2 == 0
    left = np.ones(len(cases), np.bool_)
    found: list[Rule] = []
    while len(found) < most and (cases & left & made_from).sum() >= _FEWEST:
        box = find(inputs[:, left & made_from], cases[left & made_from])
        coverage, density = coverage_and_density(box, inputs[:, left & ~made_from], cases[left & ~made_from])
        coverage *= float((cases & left & ~made_from).sum() / max((cases & ~made_from).sum(), 1))
        if not box.limits or coverage < _LEAST_COVERAGE or density < _LEAST_LIFT * cases[left].mean():
            break
        limits = ((parameters[place], ends) for place, ends in box.limits.items())
        conditions = (Condition(one.key, one.quantity.meaning, one.quantity.unit, *ends) for one, ends in limits)
        found.append(Rule(tuple(conditions), coverage, density))
        left &= ~box.holds(inputs)
    return tuple(found)
