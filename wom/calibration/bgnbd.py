"""Customers who just stop buying: the beta-geometric/NBD model of purchases (BG/NBD).

Each customer buys at a rate of their own, gamma distributed over customers, and after each purchase stops for good
with a chance of their own, beta distributed. Who is still a customer is therefore inferred and never seen.

Fader, Hardie and Lee 2005, Marketing Science 24, "Counting your customers the easy way".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy.special import betaln, digamma, expit, gammaln

from ..errors import InputError
from ..units import DAYS_PER_MONTH, Array
from .buyers import Purchases as Purchases
from .buyers import grouped as grouped
from .optimum import Slopes, curvature, least, polished

NAMES = ("r", "alpha", "a", "b")

_LEAST, _MOST = float(np.log(1e-4)), float(np.log(1e4))
"""Bounds of the logarithms of the parameters, time measured in the longest age."""

_LEVEL = 1e-4
"""Largest slope of a mean over customers at which a fit has settled."""

_FEW = 20_000
"""Rows on which starts are tried before all rows are."""

_NODES = 200
"""Of `beta_rule`: eight digits for a > 0.4, three for a = 0.05."""


def log_likelihood(log_parameters: Array, data: Purchases) -> tuple[float, Array]:
    """Of all customers, and its slopes, stable for any frequency.

    ln L = lnΓ(r+x) − lnΓ(r) + r·ln α + ln B(a, b+x) − ln B(a, b)
           + ln[(α+T)^−(r+x) + (x > 0)·a/(b+x−1)·(α+t_x)^−(r+x)]

    Args:
        log_parameters: ln r, ln α, ln a, ln b, shape (4,).
        data: from `grouped`.

    Returns:
        The log-likelihood and its slopes by the logarithms, shape (4,).

    Source:
        Fader, Hardie and Lee 2005, equation 6.

    Example:
        >>> data = grouped(np.array([2.0]), np.array([30.43]), np.array([38.86]))
        >>> round(log_likelihood(np.log([0.243, 4.414, 0.793, 2.426]), data)[0], 4)
        -9.4586
    """
    r, alpha, a, b = np.exp(log_parameters)
    x, times = data.counts, data.times
    logs, inverse = np.log(alpha + times), 1.0 / (alpha + times)
    repeat = np.maximum(x, 1.0)
    died = np.where(x > 0, np.log(a) - np.log(b + repeat - 1.0), -np.inf)
    known = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + betaln(a, b + x) - betaln(a, b)
    n, later = r + x[data.frequency], logs[data.age] - logs[data.recency]
    gap = died[data.frequency] + n * later
    small = np.exp(-np.abs(gap))
    weight, followed, bought = data.sums
    powers = r * followed + bought
    likelihood = weight @ known - powers @ logs + data.count @ (np.maximum(gap, 0.0) + np.log1p(small))
    gone = data.count * np.where(gap > 0, 1.0, small) / (1.0 + small)
    dead = np.bincount(data.frequency, gone, len(x))
    sooner = inverse[data.age] - inverse[data.recency]
    slope_r = weight @ (digamma(r + x) - digamma(r) + np.log(alpha)) - followed @ logs + gone @ later
    slope_alpha = weight.sum() * r / alpha - powers @ inverse + (gone * n) @ sooner
    both = digamma(a + b) - digamma(a + b + x)
    slope_a = weight @ both + dead.sum() / a
    slope_b = weight @ (both + digamma(b + x) - digamma(b)) - dead @ (1.0 / (b + repeat - 1.0))
    return float(likelihood), np.array([slope_r * r, slope_alpha * alpha, slope_a * a, slope_b * b])


@dataclass(frozen=True)
class Fit:
    """A fitted model, per unit of time of the data (days).

    Example:
        >>> x, last, age = simulated(500, 0.8, 30.0, 0.8, 2.5, 270.0, np.random.default_rng(0))
        >>> found = fit(grouped(x, last, age))
        >>> found.customers, found.ok
        (500, True)
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    customers: int
    repeaters: int
    """Customers who bought again."""
    converged: bool
    gradient: float
    """Largest slope by a logarithm, per customer."""
    at_bound: tuple[str, ...]
    """Parameters that the data push to the end of what is allowed."""
    covariance: Array = field(repr=False)
    """Of the logarithms, shape (4, 4)."""

    @property
    def log_parameters(self) -> Array:
        """ln r, ln α, ln a, ln b."""
        return np.log([self.r, self.alpha, self.a, self.b])

    @property
    def ok(self) -> bool:
        """Whether the figures may be used."""
        return self.converged and not self.at_bound

    @property
    def sentence(self) -> str:
        """How the fit went."""
        if self.at_bound:
            names = " and ".join(self.at_bound)
            return f"The purchases do not tell {names}; the fit ran to the end of what is allowed."
        if not self.converged:
            return f"The fit did not settle (slope {self.gradient:.1g} per customer)."
        return f"The fit settled (slope {self.gradient:.0e} per customer)."


def fit(data: Purchases) -> Fit:
    """The most likely parameters, from several starts.

    Starts are tried on 20,000 rows at most, the best then on all.

    Args:
        data: from `grouped`, of one customer or more.

    Raises:
        InputError: nobody was followed after a first purchase.

    Example:
        >>> random = np.random.default_rng(0)
        >>> data = grouped(*simulated(2000, 0.25, 30.0, 0.8, 2.5, 270.0, random))
        >>> fit(data).ok
        True
    """
    if len(data.count) == 0:
        raise InputError("nobody was followed after a first purchase", "purchases")
    unit = float(data.times[data.age].max())
    scaled = Purchases(
        data.frequency, data.recency, data.age, data.count / data.count.sum(), data.counts, data.times / unit
    )
    sample = scaled
    if len(data.count) > _FEW:
        sample = scaled.sample(_FEW)
        sample = replace(sample, count=sample.count / sample.count.sum())

    bounds = [(_LEAST, _MOST)] * 4
    starts = np.log([(0.5, 0.3, 0.8, 2.0), (2.0, 0.5, 0.3, 3.0), (0.2, 0.05, 1.5, 1.5)])
    _, best = min((least(_losing(sample), start, bounds) for start in starts), key=lambda one: one[0])
    slopes = _losing(scaled)
    if sample is not scaled:
        best = polished(slopes, best, curvature(_losing(sample), best), bounds)
    customers = float(data.count.sum())
    _, slope = slopes(best)
    free = (best > _LEAST + 1e-6) & (best < _MOST - 1e-6)
    covariance = curvature(slopes, best, slope) / customers
    shift = np.array([0.0, np.log(unit), 0.0, 0.0])
    value, _ = log_likelihood(best + shift, data)
    gradient = float(np.abs(slope[free]).max(initial=0.0))
    r, alpha, a, b = map(float, np.exp(best + shift))
    return Fit(
        r, alpha, a, b, value, int(customers), int(data.count[data.counts[data.frequency] > 0].sum()),
        gradient < _LEVEL, gradient, tuple(np.array(NAMES)[~free].tolist()), covariance,
    )  # fmt: skip


def _losing(data: Purchases) -> Slopes:
    def loss(place: Array) -> tuple[float, Array]:
        value, slope = log_likelihood(place, data)
        return -value, -slope

    return loss


def chance_alive(log_parameters: Array, data: Purchases) -> Array:
    """Chance that a customer has not stopped, for each row; 1 for who never bought again.

    P = 1/(1 + (x > 0)·a/(b+x−1)·((α+T)/(α+t_x))^(r+x))

    Args:
        log_parameters: `Fit.log_parameters`, shape (4,).
        data: from `grouped`.

    Source:
        Fader, Hardie and Lee 2008, "Computing P(alive) using the BG/NBD model".

    Example:
        >>> data = grouped(np.array([2.0]), np.array([30.43]), np.array([38.86]))
        >>> chance_alive(np.log([0.243, 4.414, 0.793, 2.426]), data).round(3).tolist()
        [0.727]
    """
    r, alpha, a, b = np.exp(log_parameters)
    x, logs = data.counts[data.frequency], np.log(alpha + data.times)
    died = np.log(a) - np.log(b + np.maximum(x, 1.0) - 1.0)
    return np.where(x > 0, expit(-(died + (r + x) * (logs[data.age] - logs[data.recency]))), 1.0)


def expected_purchases(log_parameters: Array, data: Purchases, days: float) -> Array:
    """Purchases expected of each row within so much more time.

    P(alive)·E_p[(1 − (1 + p·t/(α+T))^−(r+x))/p], p ~ Beta(a, b+x); summed by `beta_rule`.

    The same as the published form with ₂F₁, without its trouble at a = 1 and with many purchases.

    Args:
        log_parameters: `Fit.log_parameters`, shape (4,).
        data: from `grouped`.
        days: t, in the unit of time of the data.

    Source:
        Fader, Hardie and Lee 2005, equation 10.

    Example:
        >>> data = grouped(np.array([2.0]), np.array([30.43]), np.array([38.86]))
        >>> expected_purchases(np.log([0.243, 4.414, 0.793, 2.426]), data, 39.0).round(3).tolist()
        [1.226]
    """

    def bought(p: Array, power: float, ahead: Array) -> Array:
        return np.asarray(-np.expm1(-power * np.log1p(p * ahead)) / p)

    return chance_alive(log_parameters, data) * _over_stopping(log_parameters, data, days, bought)


def chance_to_stay(log_parameters: Array, data: Purchases, days: float = DAYS_PER_MONTH) -> Array:
    """Chance that a customer who is alive now still is after so much more time, for each row.

    E_p[(1 + p·t/(α+T))^−(r+x)], p ~ Beta(a, b+x)

    Args:
        log_parameters: `Fit.log_parameters`, shape (4,).
        data: from `grouped`.
        days: t, a month by default.

    Example:
        >>> data = grouped(np.array([2.0]), np.array([213.0]), np.array([272.0]))
        >>> chance_to_stay(np.log([0.243, 30.9, 0.793, 2.426]), data).round(3).tolist()
        [0.967]
    """

    def stayed(p: Array, power: float, ahead: Array) -> Array:
        return np.asarray(np.exp(-power * np.log1p(p * ahead)))

    return _over_stopping(log_parameters, data, days, stayed)


def beta_rule(a: float, b: float) -> tuple[Array, Array]:
    """Places and weights for the mean of a smooth function of a beta distributed share.

    The trapezoidal rule in the log-odds of the share, where the density falls exponentially or faster on both
    sides, so that it converges faster than any power of the step.

    Args:
        a, b: above 0, of any size.

    Returns:
        Shares and weights that sum to 1, shape (200,) each.

    Source:
        Trefethen and Weideman 2014, SIAM Review 56.

    Example:
        >>> share, weight = beta_rule(0.8, 40.0)
        >>> bool(np.isclose(share @ weight, 0.8 / 40.8, rtol=1e-8))
        True
    """
    spread = 7.0 * np.sqrt(1.0 / a + 1.0 / b)
    z = np.log(a / b) + np.linspace(-spread - 23.0 / a, spread + 23.0 / b, _NODES)  # e^-23 is 1e-10
    log_density = a * z - (a + b) * np.logaddexp(0.0, z)
    weights = np.exp(log_density - log_density.max())
    return np.asarray(expit(z)), np.asarray(weights / weights.sum())


def _over_stopping(log_parameters: Array, data: Purchases, days: float, what: Any) -> Array:
    """The mean over each customer's chance to stop, one rule for each different frequency."""
    r, alpha, a, b = np.exp(log_parameters)
    ahead = days / (alpha + data.times)
    rows, places = np.unique(data.frequency * len(data.times) + data.age, return_inverse=True)
    counts, ages = np.divmod(rows, len(data.times))
    found = np.empty(len(rows))
    for place in np.unique(counts):
        mine, x = counts == place, float(data.counts[place])
        p, weights = beta_rule(a, b + x)
        found[mine] = what(p, r + x, ahead[ages[mine], np.newaxis]) @ weights
    return found[places]


def simulated(
    customers: int, r: float, alpha: float, a: float, b: float, age: float | Sequence[float] | Array,
    random: np.random.Generator,
) -> tuple[Array, Array, Array]:  # fmt: skip
    """Customers as the model has them: frequency, recency and age.

    Args:
        customers: how many.
        r, alpha, a, b: of the model.
        age: time followed since the first purchase, of each or of all.
        random: chance.

    Example:
        >>> x, last, age = simulated(3, 0.25, 30.0, 0.8, 2.5, 270.0, np.random.default_rng(1))
        >>> bool((last <= age).all())
        True
    """
    rate, stop = random.gamma(r, 1.0 / alpha, customers), random.beta(a, b, customers)
    age = np.broadcast_to(np.asarray(age, dtype=np.float64), customers)
    frequency, recency, now = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    alive = np.arange(customers)
    while len(alive):
        now[alive] += random.exponential(1.0 / np.maximum(rate[alive], 1e-300))
        alive = alive[now[alive] <= age[alive]]
        frequency[alive] += 1
        recency[alive] = now[alive]
        alive = alive[random.random(len(alive)) >= stop[alive]]
    return frequency, recency, age.copy()
