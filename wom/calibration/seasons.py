"""Seasons in purchases: days counted by how much everybody buys in them, so that a quiet month is a short one.

Models of purchases take a customer to buy as often in one month as in another. Who did not buy in the quiet months
at the end of the tables would then pass for somebody who left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..units import MONTHS_PER_YEAR, Array
from .frames import columns

_DEGREE = 2
"""Of the curve of a firm that grows or shrinks."""

_LEAST = 0.05
"""Of the mean, that a month counts for at least, so that no day vanishes."""

ONCE = (
    "Less than two years cannot tell a season from customers who come and stop: after busy months there seem to "
    "be too many, after quiet ones too few."
)
"""A caution where `clock` changes nothing for want of months."""


@dataclass(frozen=True)
class Clock:
    """Days since the window began beside those of a clock that runs faster in busy months; both end together.

    Example:
        >>> time = Clock(np.array([0.0, 30.0, 60.0]), np.array([0.0, 15.0, 60.0]))
        >>> time.age(np.array([30.0])).tolist(), time.days(np.array([45.0]), np.array([45.0])).tolist()
        ([45.0], [30.0])
    """

    calendar: Array
    busy: Array

    @property
    def distortion(self) -> float:
        """How far the two are apart at most, as a share of all days.

        Who stops does so on the calendar, and models on the busy clock: chances are off by about that at most.
        """
        return float(np.abs(self.busy - self.calendar).max() / self.calendar[-1])

    def age(self, days: Array) -> Array:
        """Days before the end, on the busy clock."""
        return np.asarray(self.busy[-1] - np.interp(self.calendar[-1] - days, self.calendar, self.busy))

    def whole_days(self, recency: Array, age: Array) -> tuple[Array, Array]:
        """Recency and age on the busy clock, in whole days as they came, which keeps equal ones equal."""
        old, last = self.age(age), self.age(age - recency)
        followed = np.where(age > 0, np.maximum(np.round(old), 1.0), 0.0)
        return np.minimum(np.round(old - last), followed), followed

    def days(self, age: Array, passed: Array) -> Array:
        """Days of the calendar in which so many pass on the busy clock, of who came so long before the end."""
        begin = self.busy[-1] - age
        after, before = (np.interp(place, self.busy, self.calendar) for place in (begin + passed, begin))
        return np.asarray(after - before)


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

    Example:
        >>> months = pd.period_range("2023-01", periods=24, freq="M")
        >>> time = clock(pd.DataFrame({"payments": [500.0, 1500.0] * 12}, index=months), 700.0)
        >>> bool(14 < time.busy[1] < 18), round(time.busy[-1])
        (True, 731)
    """
    paid = None if monthly is None else columns(monthly, ["payments"])
    if monthly is None or paid is None or paid.shape[1] < len(monthly) or len(monthly) < 2 * MONTHS_PER_YEAR:
        return None
    months = [pd.Period(month) for month in monthly.index]
    length = np.array([month.days_in_month for month in months], dtype=np.float64)
    if length.sum() < longest or not (paid[0] > 0).all():
        return None
    speed = np.maximum(_speed(np.log(paid[0] / length), np.array([month.month - 1 for month in months])), _LEAST)
    calendar, busy = (np.concatenate([[0.0], np.cumsum(part)]) for part in (length, length * speed))
    return Clock(calendar, busy * calendar[-1] / busy[-1])


def _speed(logs: Array, month: Array) -> Array:
    """How fast each month runs, from the logarithms of payments per day."""
    curve = np.polynomial.polynomial.polyvander(np.linspace(-1.0, 1.0, len(logs)), _DEGREE)
    dummies = np.eye(MONTHS_PER_YEAR)[month][:, 1:] - np.eye(MONTHS_PER_YEAR)[month][:, :1]  # seasons sum to 0
    both = np.hstack([curve, dummies])
    alone = logs - curve @ np.linalg.lstsq(curve, logs, rcond=None)[0]
    found = np.linalg.lstsq(both, logs, rcond=None)[0]
    left, free = float(np.sum((logs - both @ found) ** 2)), len(logs) - both.shape[1]
    explained = max(float(alone @ alone) - left, 0.0) / dummies.shape[1]
    beyond = max(0.0, 1.0 - left / free / explained) if explained > 0 else 0.0
    return np.asarray(1.0 + beyond * np.expm1(dummies @ found[curve.shape[1] :]))
