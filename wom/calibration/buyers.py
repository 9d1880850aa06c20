"""Customers by what they bought when, as the models of purchases read them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..units import Array


@dataclass(frozen=True)
class Purchases:
    """Customers grouped by what they bought when; repeated numbers are looked up and not computed again.

    Example:
        >>> found = grouped(np.array([2.0, 2.0]), np.array([10.0, 10.0]), np.array([40.0, 40.0]))
        >>> found.count.tolist(), found.times[found.age].tolist()
        ([1.0, 1.0], [40.0, 40.0])
    """

    frequency: NDArray[np.int64]
    """Repeat purchase days, x."""
    recency: NDArray[np.int64]
    """Place in `times` of the day of the last purchase, counted from the first, t_x."""
    age: NDArray[np.int64]
    """Place in `times` of the days followed since the first purchase, T."""
    count: Array
    counts: Array
    """Different frequencies."""
    times: Array
    """Different times."""

    def sample(self, rows: int) -> Purchases:
        """So many of the rows, by chance and always the same."""
        kept = np.random.default_rng(0).choice(len(self.count), rows, replace=False)
        return Purchases(
            self.frequency[kept], self.recency[kept], self.age[kept], self.count[kept], self.counts, self.times
        )

    @cached_property
    def sums(self) -> tuple[Array, Array, Array]:
        """Customers by frequency; customers, and their repeat purchases, by age."""
        repeats = self.count * self.counts[self.frequency]
        return (
            np.bincount(self.frequency, self.count, len(self.counts)).astype(np.float64),
            np.bincount(self.age, self.count, len(self.times)).astype(np.float64),
            np.bincount(self.age, repeats, len(self.times)).astype(np.float64),
        )


def grouped(frequency: Array, recency: Array, age: Array, count: Array | None = None) -> Purchases:
    """Arrays of customers, checked and grouped.

    Args:
        frequency, recency, age: x, t_x and T of each row, in one unit of time.
        count: customers in each row, 1 by default.

    Raises:
        InputError: a row that cannot be: recency above age, or without a repeat purchase, or negative numbers.

    Example:
        >>> grouped(np.array([2.0]), np.array([30.43]), np.array([38.86])).times.tolist()
        [30.43, 38.86]
    """
    rows = [np.asarray(part, dtype=np.float64) for part in (frequency, recency, age)]
    count = np.ones(len(rows[0])) if count is None else np.asarray(count, dtype=np.float64)
    x, last, followed = rows
    if not all(np.isfinite(part).all() and (part >= 0).all() for part in (*rows, count)):
        raise InputError("must be finite and 0 or more: frequency, recency, age and count", "purchases")
    if (last > followed).any() or ((x == 0) & (last > 0)).any() or (x != np.round(x)).any():
        raise InputError("recency is at most age, 0 without a repeat purchase; frequency is whole", "purchases")
    keep = (followed > 0) & (count > 0)
    counts, places = np.unique(x[keep], return_inverse=True)
    times, both = np.unique(np.concatenate([last[keep], followed[keep]]), return_inverse=True)
    recency_place, age_place = np.split(both, 2)
    return Purchases(places, recency_place, age_place, count[keep], counts, times)
