"""The few conditions under which something happens: boxes in the space of inputs, found by peeling (PRIM).

Friedman and Fisher (1999); the choice of a step follows Kwakkel and Jaxa-Rozen (2016): it counts what is gained
for each draw that is peeled off, so that inputs with few values are not favoured.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .units import Array

Mask = NDArray[np.bool_]

_PEEL = 0.05
"""Share of a box that one step takes off."""

_LEAST = 0.05
"""Share of all draws that a box holds at least."""

_TRIFLE = 0.1
"""A condition that adds less, relatively, to what is looked for is left out."""


@dataclass(frozen=True)
class Box:
    """Limits of some inputs.

    Example:
        >>> box = Box({0: (0.5, np.inf)}).narrowed(1, high=0.2)
        >>> box.holds(np.array([[0.6, 0.6, 0.4], [0.1, 0.3, 0.1]])).tolist()
        [True, False, False]
        >>> box.without(1).limits
        {0: (0.5, inf)}
    """

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
    """Share of the cases that lie inside the box, and share of what lies inside that is a case.

    Example:
        >>> inputs, cases = np.array([[0.1, 0.4, 0.6, 0.9]]), np.array([True, False, True, True])
        >>> coverage, density = coverage_and_density(Box({0: (0.5, 1.0)}), inputs, cases)
        >>> round(coverage, 3), density
        (0.667, 1.0)
    """
    inside = box.holds(inputs)
    hits = float((inside & cases).sum())
    return hits / max(float(cases.sum()), 1.0), hits / max(float(inside.sum()), 1.0)


def find(inputs: Array, cases: Mask, conditions: int = 3) -> Box:
    """The box with the largest coverage·density² along a path of peeling, with few conditions.

    Density counts more: conditions under which it mostly happens say more than a wide net.

    Args:
        inputs: shape (inputs, draws).
        cases: whether it happens, shape (draws,).
        conditions: how many inputs may be limited at most.

    Example:
        >>> x = np.random.default_rng(0).uniform(0.0, 1.0, (3, 2000))
        >>> box = find(x, (x[0] > 0.7) & (x[2] < 0.4))
        >>> sorted(box.limits), round(float(box.limits[0][0]), 1), round(float(box.limits[2][1]), 1)
        ([0, 2], 0.7, 0.4)
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
