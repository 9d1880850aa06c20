"""How likely monthly totals are, given the course of a scenario: the errors, with a scale that is estimated.

Totals of a business that is served by chance do not scatter around the expected course: a customer more stays for
years. So what customers do in a month is held against the customers who were really there, where the totals
count them; where they do not, revenue and customers may wander away from the expected course as far as whole
people who come and leave by chance would take them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.special import gammaln

from ..draws import END
from ..errors import InputError, nearest
from ..units import Array

LEVELS = ("revenue", "stars")
COUNTS = ("new_customers", "lost_customers", "recommended_customers")
COLUMNS = ("customers", *LEVELS[:1], *COUNTS, *LEVELS[1:])
"""Totals that a fit can use: columns of `wom.Run.monthly`."""

_OF_CUSTOMERS = ("revenue", "lost_customers")
"""In proportion to the customers who are there."""

_NOISE = {"revenue": 0.02, "stars": 0.03}
"""Middle of the prior of a total's relative error; it may be ten times as large or as small."""
_EXTRA = 0.2
"""Middle of the prior of how much more than Poisson a count varies, as a share; ten times as large or as small."""
_TEN = np.log(10.0) / END
_ODD = 5.0
"""Normal scores; beyond them a scale is no longer a number that can be told from 0."""


@dataclass(frozen=True)
class Misfit:
    """Totals and how a course is held against them.

    Args:
        totals: index months, columns of COLUMNS; nan where a month was not counted.
        wander: relative variance that a month's comings and goings add to the number of customers.

    Raises:
        InputError: no column, an unknown one, or fewer than three months.
    """

    totals: pd.DataFrame
    wander: float

    def __post_init__(self) -> None:
        for name in self.totals.columns:
            if name not in COLUMNS:
                raise InputError(f"unknown column {name}; {nearest(str(name), COLUMNS)}", "monthly")
        if not len(self.totals.columns):
            raise InputError(f"holds none of {', '.join(COLUMNS)}", "monthly")
        if len(self.totals) < 3:
            raise InputError(f"needs three months or more, has {len(self.totals)}", "monthly")

    @property
    def columns(self) -> tuple[str, ...]:
        """Those with an error of their own, in the order of `scales`."""
        return tuple(map(str, self.totals.columns))

    @cached_property
    def _walk(self) -> tuple[Array, Array]:
        """Eigenvalues and eigenvectors of min(s, t), the covariance of a random walk of one step a month."""
        steps = np.arange(1.0, len(self.totals) + 1.0)
        values, vectors = np.linalg.eigh(np.minimum.outer(steps, steps))
        return values, vectors

    def __call__(self, course: Mapping[str, Array], scales: Array) -> Array:
        """Log-likelihood of each draw.

        Args:
            course: by column, shape (months, draws).
            scales: normal scores of the errors' scales, shape (columns, draws).

        Returns:
            Shape (draws,), without constants.
        """
        with np.errstate(all="ignore"):  # what overflows is not likely, and its likelihood is not a number
            return self._likelihood(course, scales)

    def _likelihood(self, course: Mapping[str, Array], scales: Array) -> Array:
        found, scales = np.zeros(scales.shape[1]), np.clip(scales, -_ODD, _ODD)
        for name, score in zip(self.columns, scales, strict=True):
            seen = self.totals[name].to_numpy(dtype=np.float64)[:, np.newaxis]
            expected = course[name]
            if name in _OF_CUSTOMERS and "customers" in self.columns:
                there = self.totals["customers"].to_numpy(dtype=np.float64)[:, np.newaxis]
                expected = expected * np.where(np.isnan(there), 1.0, there / course["customers"])
            if name in COUNTS:
                found = found + counted(seen, expected, 1.0 + _EXTRA * np.exp(_TEN * score))
            elif name == "customers":
                found = found + self._stock(seen, course, 1.0 + _EXTRA * np.exp(_TEN * score))
            else:
                noise = (_NOISE[name] * np.exp(_TEN * score)) ** 2
                walks = name == "revenue" and "customers" not in self.columns
                level = self._level if walks else normal
                found = found + level(seen / expected - 1.0, noise)
        return found

    def _stock(self, seen: Array, course: Mapping[str, Array], factor: Array) -> Array:
        """Customers by how their number changes; nothing new where arrivals and departures are counted both."""
        if {"new_customers", "lost_customers"} <= set(self.columns):
            return np.zeros(factor.shape)
        new, lost = course["new_customers"][:-1], course["lost_customers"][:-1]
        lost = lost * seen[:-1] / course["customers"][:-1]
        return normal(np.diff(seen, axis=0) - (new - lost), np.maximum(new + lost, 0.5) * factor)

    def _level(self, gap: Array, noise: Array) -> Array:
        """A level whose error is that of the month and of the people who came and left by chance before it."""
        if np.isnan(gap).all(axis=1).any():
            return normal(gap, noise + self.wander * np.arange(1, len(gap) + 1)[:, np.newaxis])
        values, vectors = self._walk
        return normal(vectors.T @ gap, noise + self.wander * values[:, np.newaxis])


def normal(gap: Array, variance: Array) -> Array:
    """Log-density of a normal number, added up over months; a month that was not counted adds nothing."""
    return np.asarray(np.where(np.isnan(gap), 0.0, -0.5 * (gap**2 / variance + np.log(variance))).sum(axis=0))


def counted(seen: Array, mean: Array, factor: Array) -> Array:
    """Log-probability of counts that vary `factor` times as much as Poisson numbers: negative binomial.

    Var = factor·mean, shape mean/(factor − 1)
    """
    mean = np.maximum(mean, 1e-9)
    shape = mean / (factor - 1.0)
    told = np.where(np.isnan(seen), 0.0, seen)
    each = gammaln(told + shape) - gammaln(shape) + told * np.log((factor - 1.0) / factor) - shape * np.log(factor)
    return np.asarray(np.where(np.isnan(seen), 0.0, each).sum(axis=0))
