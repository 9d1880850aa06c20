"""Seasons in purchases: days counted by how much everybody buys in them, so that a quiet month is a short one.

Models of purchases take a customer to buy as often in one month as in another. Who did not buy in the quiet months
at the end of the tables would then pass for somebody who left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import fdtrc

from ..units import MONTHS_PER_YEAR, Array
from .frames import columns

_DEGREE = 2
"""Of the curve of a firm that grows or shrinks."""

_SHRINK = 8.0
"""Orders in every month of the year on both sides of a season."""

_BY_CHANCE = 0.01
"""Of seasons, that chance makes."""

_LEAST = 0.05
"""Of the mean, that a month counts for at least, so that no day vanishes."""


@dataclass(frozen=True)
class Clock:
    """Days since the window began beside those of a clock that runs faster in busy months; both end together."""

    calendar: Array
    busy: Array

    def age(self, days: Array) -> Array:
        """Days before the end, on the busy clock."""
        return np.asarray(self.busy[-1] - np.interp(self.calendar[-1] - days, self.calendar, self.busy))

    def whole_days(self, recency: Array, age: Array, left: float = 0.0) -> tuple[Array, Array]:
        """Recency and age on the busy clock so many days before its end, in whole days, which keeps equal ones."""
        end = self.age(np.array(left))
        old, last = self.age(age + left) - end, self.age(age - recency + left) - end
        followed = np.where(age > 0, np.maximum(np.round(old), 1.0), 0.0)
        return np.minimum(np.round(old - last), followed), followed


def clock(monthly: pd.DataFrame | None, longest: float) -> Clock | None:
    """A clock by how many payments each month of the year has; None without two years, or too few for `longest`.

    speed = 1 + (1 − 1/F)·(e^season − 1)

    ln payments per day = curve + season: a curve of the second degree, for firms grow and shrink without any
    season, and what each month of the year lies above it. F is how much seasons explain over what is left; where
    that is no more than chance, the clock is the calendar.

    Args:
        monthly: index months; payments.
        longest: days that it must hold.

    Source:
        Efron and Morris 1973, Journal of the American Statistical Association 68 (shrinkage).
    """
    paid = None if monthly is None else columns(monthly, ["payments"])
    if monthly is None or paid is None or paid.shape[1] < len(monthly) or len(monthly) < 2 * MONTHS_PER_YEAR:
        return None
    months = [pd.Period(month) for month in monthly.index]
    length = np.array([month.days_in_month for month in months], dtype=np.float64)
    if length.sum() < longest or not (paid[0] > 0).all():
        return None
    place = np.array([month.month - 1 for month in months])
    season, tested = _seasons(np.log(paid[0] / length), place)
    speed = np.maximum(1.0 + max(0.0, 1.0 - 1.0 / tested) * np.expm1(season[place]), _LEAST)
    calendar, busy = (np.concatenate([[0.0], np.cumsum(part)]) for part in (length, length * speed))
    return Clock(calendar, busy * calendar[-1] / busy[-1])


def _seasons(logs: Array, place: Array) -> tuple[Array, float]:
    """What each month of the year lies above a curve of the second degree, and F: explained over what is left."""
    curve = np.polynomial.polynomial.polyvander(np.linspace(-1.0, 1.0, len(logs)), _DEGREE)
    dummies = np.eye(MONTHS_PER_YEAR)[place][:, 1:] - np.eye(MONTHS_PER_YEAR)[place][:, :1]  # seasons sum to 0
    both = np.hstack([curve, dummies])
    alone = logs - curve @ np.linalg.lstsq(curve, logs, rcond=None)[0]
    found = np.linalg.lstsq(both, logs, rcond=None)[0]
    left, free = float(np.sum((logs - both @ found) ** 2)), len(logs) - both.shape[1]
    explained = max(float(alone @ alone) - left, 0.0) / dummies.shape[1]
    season = found[curve.shape[1] :]
    return np.append(-season.sum(), season), explained / max(left / free, 1e-12) + 1e-12


def factors(counted: Array, expected: Array, months: pd.PeriodIndex) -> list[float] | None:
    """What each month of the year lies above what was expected, from January to December, mean 1.

    1 + (1 − 1/F)·(e^season − 1) of ln (counted + 8)/(expected + 8), so that a few orders make no season; None
    where months of one name differ so much from year to year that chance makes such a season 1 time in 100.

    Args:
        counted, expected: of each month, shape (months,).
        months: 24 or more.
    """
    whole = len(months) // MONTHS_PER_YEAR * MONTHS_PER_YEAR
    came, thought = (
        counted[-whole:],
        expected[-whole:] * counted[-whole:].sum() / max(expected[-whole:].sum(), 1e-9),
    )
    place = np.array([month.month - 1 for month in months[-whole:]])
    season, tested = _seasons(np.log((came + _SHRINK) / (thought + _SHRINK)), place)
    if fdtrc(MONTHS_PER_YEAR - 1, whole - MONTHS_PER_YEAR - _DEGREE, tested) > _BY_CHANCE:
        return None
    found = 1.0 + (1.0 - 1.0 / tested) * np.expm1(season)
    exact = 1000.0 * found / found.mean()
    thousandths = np.floor(exact)  # that add up to 12 exactly, by largest remainders
    short = round(1000.0 * MONTHS_PER_YEAR - float(thousandths.sum()))
    thousandths[np.argsort(thousandths - exact, kind="stable")[:short]] += 1.0
    return [float(value) for value in thousandths / 1000.0]
