"""Rates, probabilities and hazards; months and years. The only place that converts.

A `_rate` is a share of a stock per month, a `_hazard` an intensity per month, a `_probability` belongs to one
event, a `_share` is a fraction now, a `_ratio` multiplies, `_months` is a duration.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Number = float | Array

MONTHS_PER_YEAR = 12
DAYS_PER_MONTH = 30.4
LARGEST_EXPONENT = 700.0
"""e^700 is near the largest number that a computer holds."""


def probability(hazard: Number) -> Array:
    """Chance that an event of this hazard happens within one month: 1 − e^(−hazard).

    Example:
        >>> float(probability(0.0)), round(float(probability(0.1)), 6)
        (0.0, 0.095163)
    """
    return np.asarray(-np.expm1(-np.asarray(hazard)))


def hazard(probability: Number) -> Array:
    """Hazard per month of an event with this chance within one month: −ln(1 − probability).

    Example:
        >>> round(float(hazard(0.025)), 6)
        0.025318
    """
    return np.asarray(-np.log1p(-np.asarray(probability)))


def monthly_loss(share_left: Number, months: float) -> Array:
    """Share lost each month when `share_left` remains after `months`: 1 − share_left^(1/months).

    Example:
        >>> round(float(monthly_loss(0.39, 24)), 6)
        0.038474
    """
    return np.asarray(1.0 - np.asarray(share_left) ** (1.0 / months))


def discount_factors(annual_rate: Number, months: int) -> Array:
    """Worth today of one unit of money in each month: (1 + annual_rate)^(−t/12), t = 0 … months − 1.

    Args:
        annual_rate: effective rate per YEAR, any shape.
        months: how many.

    Returns:
        Shape (months, *shape of annual_rate).

    Example:
        >>> discount_factors(0.10, 13)[[0, 12]].round(6).tolist()
        [1.0, 0.909091]
    """
    t = np.arange(months).reshape(-1, *(1,) * np.ndim(annual_rate))
    return np.asarray((1.0 + np.asarray(annual_rate)) ** (-t / MONTHS_PER_YEAR))


def logit(share: Number) -> Array:
    """Log-odds, ln(share / (1 − share)).

    Example:
        >>> round(float(logit(0.4)), 6)
        -0.405465
    """
    share = np.asarray(share)
    return np.asarray(np.log(share) - np.log1p(-share))


def frozen(values: Number) -> Array:
    """A read-only copy, so that a result cannot be changed by accident.

    Example:
        >>> values = frozen([1.0, 2.0])
        >>> values.flags.writeable
        False
    """
    values = np.array(values, dtype=np.float64)
    values.flags.writeable = False
    return values
