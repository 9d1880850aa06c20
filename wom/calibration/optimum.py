"""The least of a function with known slopes, within bounds: SciPy's optimisers with a type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..units import Array

Slopes = Callable[[Array], tuple[float, Array]]
"""A place to the value and its slopes there."""

_STEP = 1e-4
"""Of logarithms of parameters, which is what places are here: slopes change with it by a ten-thousandth or so."""

_FLAT, _STEPS = 1e-6, 8
"""Slope at which a search ends, and how many steps it may take from one nearby."""

_WALL = 1e4
"""Steepness of what keeps a search near its bounds."""


def least(slopes: Slopes, start: Array, bounds: Sequence[tuple[float, float]]) -> tuple[float, Array]:
    """Value and place of the least.

    BFGS first, which is fastest for a few values; L-BFGS-B where that ends at a bound or does not settle.

    Args:
        slopes: the value and its slopes, shape (n,).
        start: shape (n,).
        bounds: of each; two equal ones hold it.

    Source:
        Nocedal and Wright 2006, Numerical optimization, chapter 6; Byrd, Lu, Nocedal and Zhu 1995, SIAM Journal on
        Scientific Computing 16.
    """
    from scipy.optimize import minimize  # late, because it takes long to import

    solve: Any = minimize
    low, high = np.array(bounds, dtype=np.float64).T
    free = np.flatnonzero(low < high)
    whole = np.clip(start, low, high)
    if not len(free):
        return slopes(whole)[0], whole

    def inner(place: Array) -> tuple[float, Array]:
        near = whole.copy()
        near[free] = np.clip(place, low[free], high[free])
        value, slope = slopes(near)
        beyond = place - near[free]
        return value + 0.5 * _WALL * float(beyond @ beyond), slope[free] + _WALL * beyond

    done = solve(inner, whole[free], method="BFGS", jac=True, options={"gtol": _FLAT, "maxiter": 200})
    place = whole.copy()
    place[free] = done.x
    settled = np.abs(done.jac).max() <= 1e-5 * max(1.0, abs(float(done.fun)))
    if settled and (place >= low).all() and (place <= high).all():
        return float(done.fun), place
    options = {"ftol": 1e-13, "gtol": 1e-7, "maxiter": 500}
    place = np.clip(place, low, high)
    done = solve(slopes, place, method="L-BFGS-B", jac=True, bounds=list(bounds), options=options)
    return float(done.fun), np.asarray(done.x, dtype=np.float64)


def polished(slopes: Slopes, near: Array, covariance: Array, bounds: Sequence[tuple[float, float]]) -> Array:
    """Place of the least from one nearby: Newton's steps with the curvature there, which hardly changes till then.

    Where these do not settle at once, `least`.

    Args:
        slopes: the value and its slopes, shape (n,).
        near: shape (n,), such as the least of a sample.
        covariance: inverse of the curvature there, shape (n, n).
        bounds: of each.
    """
    low, high = np.array(bounds, dtype=np.float64).T
    place, before = near, np.inf
    for _ in range(_STEPS):
        slope = slopes(place)[1]
        steep = float(np.abs(slope).max())
        if steep < _FLAT:
            return place
        if steep > before or ((place <= low) | (place >= high)).any():
            break
        place, before = np.clip(place - covariance @ slope, low, high), steep
    return least(slopes, place, bounds)[1]


def curvature(slopes: Slopes, place: Array, here: Array | None = None) -> Array:
    """Inverse of the curvature, by differences of the slopes; flat directions get a wide but finite spread.

    Args:
        slopes: the value and its slopes, shape (n,).
        place: shape (n,).
        here: the slopes there, if they are known.
    """
    here = slopes(place)[1] if here is None else here
    rows = np.array([(slopes(place + move)[1] - here) / _STEP for move in np.eye(len(place)) * _STEP])
    values, vectors = np.linalg.eigh((rows + rows.T) / 2.0)
    return np.asarray((vectors / np.maximum(values, 1e-9)) @ vectors.T)
