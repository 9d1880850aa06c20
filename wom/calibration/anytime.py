"""Customers who may stop at any time and not only after a purchase: the other reading of purchases.

Each customer buys at a rate of their own, gamma distributed, until they stop, at one hazard for all. This is the
Pareto/NBD model of Schmittlein, Morrison and Colombo 1987, Management Science 33, with equal hazards of stopping.
Beside BG/NBD it shows how much a figure hangs on when customers are thought to stop.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.special import gammaln

from ..units import Array
from .bgnbd import Purchases
from .optimum import least

_NODES = np.polynomial.legendre.leggauss(16)
"""Of the sum over when a customer stopped; twice as many change no figure by a millionth."""

_STEP = 1e-4


@dataclass(frozen=True)
class Fit:
    """A fitted model: logarithms of r, α and the hazard per unit of time, and their covariance."""

    place: Array = field(repr=False)
    covariance: Array = field(repr=False)
    log_likelihood: float
    ok: bool

    @property
    def hazard(self) -> float:
        """Of stopping, per unit of time of the data."""
        return float(np.exp(self.place[2]))


def terms(place: Array, data: Purchases) -> tuple[Array, Array, Array]:
    """ln L of each row, the chance to be a customer still, and the time as one.

    L = Γ(r+x)/Γ(r)·α^r·[(α+T)^−(r+x)·e^(−μT) + μ·∫ (α+y)^−(r+x)·e^(−μy) dy from t_x to T]

    Args:
        place: ln r, ln α, ln μ, shape (3,).
        data: from `bgnbd.grouped`.

    Returns:
        Shape (rows,) each: log-likelihood, P(alive), and expected time as a customer within the window.

    Example:
        >>> from .bgnbd import grouped
        >>> data = grouped(np.array([2.0]), np.array([10.0]), np.array([40.0]))
        >>> never = np.log([2.0, 30.0, 1e-12])
        >>> [part.round(6).tolist() for part in terms(never, data)][1:]
        [[1.0], [40.0]]
    """
    r, alpha, hazard = np.exp(place)
    x, age, last = data.counts[data.frequency], data.times[data.age], data.times[data.recency]
    n = r + x
    slope = np.where(np.abs(n - 1.0) < 1e-6, 1e-6, n - 1.0)
    # y runs from t_x to T as u from 0 to its end, where (α + y)^−(r+x)·dy is du but for a constant
    end = -np.expm1(-slope * np.log((alpha + age) / (alpha + last)))
    nodes, weights = (_NODES[0] + 1.0) / 2.0, _NODES[1] / 2.0
    u = end[:, np.newaxis] * nodes
    y = (alpha + last)[:, np.newaxis] * np.exp(-np.log1p(-u) / slope[:, np.newaxis]) - alpha
    density = weights * np.exp(-hazard * (y - last[:, np.newaxis]))
    stopped = hazard * (alpha + last) * end / slope * density.sum(axis=1)
    stays = np.exp(-n * np.log((alpha + age) / (alpha + last)) - hazard * (age - last))
    whole = stays + stopped
    log = gammaln(n) - gammaln(r) + r * np.log(alpha) - n * np.log(alpha + last) - hazard * last + np.log(whole)
    when = (density * y).sum(axis=1) / density.sum(axis=1)
    return np.asarray(log), np.asarray(stays / whole), np.asarray((stays * age + stopped * when) / whole)


def fit(data: Purchases) -> Fit:
    """The most likely parameters.

    Args:
        data: from `bgnbd.grouped`, few rows (`purchases.coarse`).

    Example:
        >>> from .bgnbd import grouped
        >>> random = np.random.default_rng(0)
        >>> found = fit(grouped(*simulated(800, 2.0, 40.0, 0.002, 500.0, random)))
        >>> bool(0.0015 < found.hazard < 0.0025)
        True
    """
    unit, customers = float(data.times[data.age].max()), float(data.count.sum())
    moves = np.eye(3) * _STEP

    def value(place: Array) -> float:
        return float(data.count @ terms(place, data)[0]) / customers

    def slopes(place: Array) -> tuple[float, Array]:
        rise = [(value(place + move) - value(place - move)) / (2.0 * _STEP) for move in moves]
        return -value(place), -np.array(rise)

    start = np.log([1.0, unit / 10.0, 1.0 / unit])
    bounds = [(-7.0, 9.0), (np.log(unit) - 9.0, np.log(unit) + 9.0), (-np.log(unit) - 9.0, -np.log(unit) + 5.0)]
    loss, best = least(slopes, start, bounds)
    rows = [(slopes(best + 10.0 * move)[1] - slopes(best - 10.0 * move)[1]) / (20.0 * _STEP) for move in moves]
    values, vectors = np.linalg.eigh((np.array(rows) + np.array(rows).T) / 2.0)
    covariance = (vectors / np.maximum(values, 1e-9)) @ vectors.T / customers
    inside = all(low + 1e-6 < one < high - 1e-6 for one, (low, high) in zip(best, bounds, strict=True))
    return Fit(best, np.asarray(covariance), -loss * customers, inside)


def simulated(
    customers: int, r: float, alpha: float, hazard: float, age: float, random: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Customers as the model has them: frequency, recency and age.

    Args:
        customers: how many.
        r, alpha, hazard: of the model.
        age: time followed since the first purchase.
        random: chance.

    Example:
        >>> x, last, age = simulated(5, 2.0, 40.0, 0.002, 500.0, np.random.default_rng(0))
        >>> bool(((last > 0) == (x > 0)).all())
        True
    """
    rate = random.gamma(r, 1.0 / alpha, customers)
    until = np.minimum(random.exponential(1.0 / hazard, customers), age)
    frequency = random.poisson(rate * until).astype(np.float64)
    bought = frequency > 0  # the last of x even times within (0, until)
    recency = np.zeros(customers)
    recency[bought] = until[bought] * random.random(int(bought.sum())) ** (1.0 / frequency[bought])
    return frequency, recency, np.full(customers, float(age))
