"""Customers who may stop at any time and not only after a purchase: the other reading of purchases.

Each customer buys at a rate of their own, gamma distributed, until they stop, at one hazard for all. This is the
Pareto/NBD model of Schmittlein, Morrison and Colombo 1987, Management Science 33, with equal hazards of stopping.
Beside BG/NBD it shows how much a figure hangs on when customers are thought to stop.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.special import digamma, gammaln

from ..units import Array
from .bgnbd import Purchases
from .optimum import Slopes, curvature, least, polished

_NODES = np.polynomial.legendre.leggauss(12)
"""Of the sum over when a customer stopped; four times as many change no figure by a ten-thousandth."""

_FEW = 10_000
"""Rows on which the search starts before it goes on with all."""


@dataclass(frozen=True)
class Fit:
    """A fitted model: logarithms of r, α and the hazard per unit of time, and their covariance.

    Example:
        >>> round(Fit(np.log([2.0, 40.0, 0.002]), np.eye(3) * 0.01, -5000.0, True).hazard, 6)
        0.002
    """

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
    log, alive, days, _ = _all(place, data)
    return log, alive, days


def _all(place: Array, data: Purchases) -> tuple[Array, Array, Array, Array]:
    """`terms`, and the slopes of ln L of each row by ln r, ln α and ln μ, shape (3, rows).

    With Y, the time as a customer, as it is inferred:   ∂/∂r = ψ(r+x) − ψ(r) + ln α − E ln(α+Y),
    ∂/∂α = r/α − (r+x)·E 1/(α+Y),   ∂/∂ln μ = 1 − P(alive) − μ·E Y.
    """
    r, alpha, hazard = np.exp(place)
    x, age, last = data.counts[data.frequency], data.times[data.age], data.times[data.recency]
    n, begin = r + x, alpha + last
    slope = np.where(np.abs(n - 1.0) < 1e-6, 1e-6, n - 1.0)
    later = np.log((alpha + age) / begin)
    # y runs from t_x to T as u from 0 to its end, where (α + y)^−(r+x)·dy is du but for a constant
    end = -np.expm1(-slope * later)
    nodes, weights = (_NODES[0] + 1.0) / 2.0, _NODES[1] / 2.0
    total, sum_y, sum_log, sum_inverse = (np.zeros(len(n)) for _ in range(4))
    for node, weight in zip(nodes, weights, strict=True):  # one at a time: quicker than one large array
        further = np.log1p(-node * end) / -slope  # ln (α + y)/(α + t_x)
        inverse = np.exp(-further)
        gone = begin / inverse - begin  # y − t_x
        density = weight * np.exp(-hazard * gone)
        total += density
        sum_y += density * gone
        sum_log += density * further
        sum_inverse += density * inverse
    stays = np.exp(-n * later - hazard * (age - last))
    scale = hazard * begin * end / slope
    whole = stays + scale * total
    alive, scale = stays / whole, scale / whole
    log = gammaln(n) - gammaln(r) + r * np.log(alpha) - n * np.log(begin) - hazard * last + np.log(whole)
    days = last + alive * (age - last) + scale * sum_y
    log_days = np.log(begin) + alive * later + scale * sum_log
    inverse_days = alive / (alpha + age) + scale * sum_inverse / begin
    slopes = (
        r * (digamma(n) - digamma(r) + np.log(alpha) - log_days),
        r - alpha * n * inverse_days,
        1.0 - alive - hazard * days,
    )
    return log, alive, days, np.array(slopes)


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
    bounds = [(-7.0, 9.0), (np.log(unit) - 9.0, np.log(unit) + 9.0), (-np.log(unit) - 9.0, -np.log(unit) + 5.0)]
    best = np.log([1.0, unit / 10.0, 1.0 / unit])
    slopes = _losing(data)
    if len(data.count) > 2 * _FEW:
        sample = _losing(data.sample(_FEW))
        best = least(sample, best, bounds)[1]
        best = polished(slopes, best, curvature(sample, best), bounds)
    else:
        best = least(slopes, best, bounds)[1]
    loss, here = slopes(best)
    covariance = curvature(slopes, best, here) / customers
    inside = all(low + 1e-6 < one < high - 1e-6 for one, (low, high) in zip(best, bounds, strict=True))
    return Fit(best, covariance, -loss * customers, inside)


def _losing(data: Purchases) -> Slopes:
    shares = data.count / data.count.sum()

    def loss(place: Array) -> tuple[float, Array]:
        log, _, _, slopes = _all(place, data)
        return -float(shares @ log), -(slopes @ shares)

    return loss


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
