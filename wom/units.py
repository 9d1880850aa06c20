"""Rates, probabilities and hazards; months and years. The only place that converts.

A `_rate` is a share of a stock per month, a `_hazard` an intensity per month, a `_probability` belongs to one
event, a `_share` is a fraction now, a `_ratio` multiplies, `_months` is a duration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Number = float | Array

MONTHS_PER_YEAR = 12
DAYS_PER_MONTH = 30.4
LARGEST_EXPONENT = 700.0
"""e^700 is near the largest number that a computer holds."""


def probability(hazard: Number) -> Array:
    """Chance that an event of this hazard happens within one month: 1 − e^(−hazard)."""
    chance = np.asarray(np.negative(hazard, dtype=np.float64))
    np.expm1(chance, out=chance)
    np.negative(chance, out=chance)
    return chance


def hazard(probability: Number) -> Array:
    """Hazard per month of an event with this chance within one month: −ln(1 − probability)."""
    return np.asarray(-np.log1p(-np.asarray(probability)))


def discount_factors(annual_rate: Number, months: int) -> Array:
    """Worth today of one unit of money in each month: (1 + annual_rate)^(−t/12), t = 0 … months − 1.

    `annual_rate`: effective rate per YEAR, any shape. Returns shape (months, *shape of annual_rate).
    """
    t = np.arange(months).reshape(-1, *(1,) * np.ndim(annual_rate))
    return np.asarray((1.0 + np.asarray(annual_rate)) ** (-t / MONTHS_PER_YEAR))


def logit(share: Number) -> Array:
    """Log-odds, ln(share / (1 − share))."""
    share = np.asarray(share)
    return np.asarray(np.log(share) - np.log1p(-share))


def locked(values: Array) -> Array:
    """The array itself, read-only from now on, so that a result cannot be changed by accident."""
    values.flags.writeable = False
    return values


Tree = TypeVar("Tree")


def mapped(tree: Tree, function: Callable[..., Array], *others: Any) -> Tree:
    """The same dataclasses, tuples and mappings with a function of the arrays of all trees, place by place."""
    found: Any = tree
    if isinstance(tree, np.ndarray):
        found = function(tree, *others) if tree.ndim else tree
    elif isinstance(tree, Mapping):
        found = {key: mapped(part, function, *(other[key] for other in others)) for key, part in tree.items()}
    elif isinstance(tree, tuple):
        parts = [mapped(part, function, *more) for part, *more in zip(tree, *others, strict=True)]
        found = type(tree)(*parts) if hasattr(tree, "_fields") else tuple(parts)
    elif is_dataclass(tree):
        given, *more = ({item.name: getattr(one, item.name) for item in fields(tree)} for one in (tree, *others))
        found = replace(tree, **mapped(given, function, *more))  # type: ignore[type-var]
    return found  # type: ignore[no-any-return]


# --- Roots of many functions of one number at once ---

WIDER = 1e-6
"""Widen a bracket by this much where rounding at its ends can hide the change of sign."""


def rising_root(
    function: Callable[[Array], tuple[Array, Array]], low: Array, high: Array, start: Array, scale: float = 0.0
) -> Array:
    """Where rising functions of one number each are nought: Newton's steps, halving where one leaves the bracket.

    `start`: between them; nan stays nan. `scale`: what a step is small against, besides the root itself; give one
    where the root may be nought. Returns the roots, to a relative 1e-13 or the rounding of the function.
    """
    place = start
    for _ in range(100):  # halving alone comes to a relative 1e-13 in 44
        value, slope = function(place)
        low, high = np.where(value < 0, place, low), np.where(value > 0, place, high)
        newton = place - value / slope
        halfway = np.where(np.isfinite(high), (low + high) / 2.0, 2.0 * place)
        following = np.where((newton >= low) & (newton <= high), newton, halfway)
        far = np.abs(following - place) > 1e-9 * (np.abs(following) + scale)  # the rest is of its square
        place = following
        if not far.any():
            break
    return place
