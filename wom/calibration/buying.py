"""Customers who just stop buying: how many orders and how much money those who bought will still bring.

Each customer buys at a rate of their own and leaves at a time of their own that nobody sees; a share never comes
back after the first purchase. Leaving is read in one of two ways: at any time (Pareto/NBD), or only after a
purchase (BG/NBD). What a customer pays on a day of purchase is read by the gamma-gamma model.

Time is in months, money in the currency of the data; figures of many rows are arrays of shape (rows,).

Schmittlein, Morrison and Colombo 1987, Management Science 33; Fader, Hardie and Lee 2005, Marketing Science 24;
Fader and Hardie 2013, "The gamma-gamma model of monetary value"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, digamma, expit, gammaln

from ..errors import InputError
from ..units import Array, Number
from .estimate import least

_NODES, _WEIGHTS = 0.5 * (np.polynomial.legendre.leggauss(16) + np.array([[1.0], [0.0]]))
"""Gauss–Legendre on 0 to 1."""

_COARSE, _CHUNK = 120, 4_096
"""Different times in a fit: rounding to fewer changes orders by a hundredth, to more by nothing that matters; rows
at a time, which stay near the processor."""

_SAMPLES = (2_500, 20_000)
"""Rows on which starts are tried, and the best of them is refined, before all rows are used."""

_BOUND = 9.2
"""Of the logarithms of the parameters, both ways."""


@dataclass(frozen=True)
class Buyers:
    """Customers by what they bought when; arrays of shape (rows,)."""

    repeats: Array
    """Days with a purchase after the first, x."""
    last: Array
    """Months from the first purchase to the last, t."""
    followed: Array
    """Months from the first purchase to the end, T."""
    count: Array
    """Customers in the row."""

    def __getitem__(self, rows: NDArray[Any] | slice) -> Buyers:
        """Some of the rows."""
        return Buyers(self.repeats[rows], self.last[rows], self.followed[rows], self.count[rows])

    @property
    def repeaters(self) -> float:
        """Customers who bought again."""
        return float(self.count[self.repeats > 0].sum())

    def coarse(self, *sums: Array) -> tuple[Buyers, Array]:
        """Fewer rows: times rounded to a 120th of the longest, who never bought again by time followed alone.

        Sums of the customers of each row are added up as they are; shape (sums, rows).
        """
        unit = max(float(self.followed.max(initial=0.0)), 1e-9) / _COARSE
        age = np.maximum(np.round(self.followed / unit), 0.5)
        last = np.minimum(np.round(self.last / unit), age)
        _, rows, places = np.unique(
            (self.repeats * 2 * _COARSE + last) * 4 * _COARSE + 2 * age, return_index=True, return_inverse=True
        )
        added = np.array([np.bincount(places, part, len(rows)) for part in (self.count, *sums)], dtype=np.float64)
        return Buyers(self.repeats[rows], last[rows] * unit, age[rows] * unit, added[0]), added[1:]


@dataclass(frozen=True)
class Reading:
    """One way to read who has left; parameters are logarithms, shape (4,)."""

    name: str
    terms: Callable[[Array, Buyers], tuple[Array, Array]]
    """Log-likelihood of each row, and its slopes by the parameters, shape (4, rows)."""
    alive: Callable[[Array, Buyers], Array]
    """Chance of each row to be a customer still."""
    orders: Callable[[Array, Buyers, Number], Array]
    """Expected within so many months of who is."""
    none: Callable[[Array, Buyers, Number], Array]
    """Chance that who is orders nothing within so many months."""
    centre: Array
    """Of the prior, in the places of `_parameters`."""
    spread: Array
    """Its standard deviations."""


_ONCE = (-2.0, 1.5)
"""Prior of the log-odds never to return: centre and standard deviation."""

_ALIKE = np.array([3.0, 1.0, 3.0, 1.0, 1.0])
"""The prior's width above its centre over that below it. Forecasts run away where customers differ much (r and s
near 0); where they are alike nothing runs away, and a prior as narrow there tells 150 people who all leave at a
tenth a month that they stay (purchases of a year 25 % too many, at 3 times the width 13 %; elsewhere no worse)."""


# --- leaving at any time: Pareto/NBD -----------------------------------------------------------------------


class Leaving(NamedTuple):
    """Times of leaving y between two times, as nodes of an integral; shapes (rows, 16)."""

    time: Array
    bought: Array
    """ln(α + y)."""
    left: Array
    """ln(β + y)."""
    logs: Array
    """Logarithm of what each node weighs."""


def _leaving(n: Array, s: float, alpha: Array, beta: Array, begin: Array, end: Array) -> Leaving:
    """∫ s·β^s·(β+y)^−(s+1)·(α+y)^−n dy from begin to end.

    By Gauss–Legendre after a substitution that integrates the faster falling of the two factors exactly; one
    substitution for both leaves noise of dozens in the logarithm, and false optima.
    """
    fast = n / (alpha + begin) > (s + 1.0) / (beta + begin)
    shift, power = np.where(fast, alpha, beta), np.where(fast, n - 1.0, s)
    power = np.where(np.abs(power) < 1e-9, 1e-9, power)
    start = shift + begin
    fall = np.expm1(-power * np.log1p((end - begin) / start))  # of the integral of the faster factor, below 0
    grown = np.log1p(_NODES * fall[:, np.newaxis]) / -power[:, np.newaxis]
    y = np.minimum(begin[:, np.newaxis] + start[:, np.newaxis] * np.expm1(grown), end[:, np.newaxis])
    same, other = grown + np.log(start)[:, np.newaxis], np.log(np.where(fast, beta, alpha)[:, np.newaxis] + y)
    exact = np.log(np.maximum(-fall / power, 1e-300)) - power * np.log(start) + np.log(s) + s * np.log(beta)
    logs = exact[:, np.newaxis] + np.log(_WEIGHTS) - np.where(fast, s + 1.0, n)[:, np.newaxis] * other
    column = fast[:, np.newaxis]
    return Leaving(y, np.where(column, same, other), np.where(column, other, same), logs)


def _pareto(place: Array, data: Buyers) -> tuple[Array, Array]:
    """L = Γ(n)/Γ(r)·α^r·[(α+T)^−n·(β/(β+T))^s + ∫_t^T s·β^s·(β+y)^−(s+1)·(α+y)^−n dy], n = r + x.

    Slopes from the time as a customer as inferred, Y (T of who stays): ∂r = ψ(n) − ψ(r) + ln α − E ln(α+Y);
    ∂α = r/α − n·E 1/(α+Y); ∂s = P(gone)/s + ln β − E ln(β+Y); ∂β = s/β − E[(s + 1{gone})/(β+Y)].
    """
    if len(data.count) > _CHUNK:
        chunks = [slice(first, first + _CHUNK) for first in range(0, len(data.count), _CHUNK)]
        parts = [_pareto(place, data[rows]) for rows in chunks]
        return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts], axis=1)
    r, alpha, s, beta = np.exp(place)
    n, age = r + data.repeats, data.followed
    gone, stays = _course(place, data, n)
    most = np.maximum(gone.logs.max(axis=1), stays)
    weights, alive = np.exp(gone.logs - most[:, np.newaxis]), np.exp(stays - most)
    total = weights.sum(axis=1) + alive
    weights, alive = weights / total[:, np.newaxis], alive / total

    def mean(inner: Array, at_end: Array) -> Array:
        return np.asarray(np.einsum("ij,ij->i", weights, inner) + alive * at_end)

    slope_r = digamma(n) - digamma(r) + np.log(alpha) - mean(gone.bought, np.log(alpha + age))
    slope_alpha = r / alpha - n * mean(1.0 / (alpha + gone.time), 1.0 / (alpha + age))
    slope_s = (1.0 - alive) / s + np.log(beta) - mean(gone.left, np.log(beta + age))
    slope_beta = s / beta - mean((s + 1.0) / (beta + gone.time), s / (beta + age))
    slopes = np.stack([slope_r * r, slope_alpha * alpha, slope_s * s, slope_beta * beta])
    return gammaln(n) - gammaln(r) + r * np.log(alpha) + most + np.log(total), slopes


def _course(place: Array, data: Buyers, n: Array) -> tuple[Leaving, Array]:
    """When who left did so since the last purchase, and the logarithm of what staying weighs."""
    _, alpha, s, beta = np.exp(place)
    gone = _leaving(n, s, np.full_like(n, alpha), np.full_like(n, beta), data.last, data.followed)
    return gone, -n * np.log(alpha + data.followed) - s * np.log1p(data.followed / beta)


def _pareto_alive(place: Array, data: Buyers) -> Array:
    gone, stays = _course(place, data, np.exp(place[0]) + data.repeats)
    return np.asarray(expit(stays - np.logaddexp.reduce(gone.logs, axis=1)))


def _pareto_orders(place: Array, data: Buyers, months: Number) -> Array:
    """n/a·b^s·[(b+h)^(1−s) − b^(1−s)]/(1−s), a = α+T, b = β+T."""
    r, alpha, s, beta = np.exp(place)
    b, power = beta + data.followed, 1.0 - s if abs(1.0 - s) > 1e-9 else 1e-9
    return np.asarray(
        (r + data.repeats) / (alpha + data.followed) * b * np.expm1(power * np.log1p(months / b)) / power
    )


def _pareto_none(place: Array, data: Buyers, months: Number) -> Array:
    """(a/(a+h))^n·(b/(b+h))^s + ∫_0^h s·b^s·(b+y)^−(s+1)·(a/(a+y))^n dy."""
    r, alpha, s, beta = np.exp(place)
    n, a, b = r + data.repeats, alpha + data.followed, beta + data.followed
    gone = _leaving(n, s, a, b, np.zeros_like(a), months + np.zeros_like(a)).logs
    none = np.exp(-n * np.log1p(months / a) - s * np.log1p(months / b))
    return np.asarray(np.minimum(none + np.exp(gone + (n * np.log(a))[:, np.newaxis]).sum(axis=1), 1.0))


# --- leaving only after a purchase: BG/NBD -----------------------------------------------------------------


def _geometric(place: Array, data: Buyers) -> tuple[Array, Array]:
    """L = Γ(n)/Γ(r)·α^r·B(a, b+x)/B(a, b)·[(α+T)^−n + (x > 0)·a/(b+x−1)·(α+t)^−n], n = r + x.

    Fader, Hardie and Lee 2005, equation 6.
    """
    r, alpha, a, b = np.exp(place)
    x, n = data.repeats, r + data.repeats
    end, then = np.log(alpha + data.followed), np.log(alpha + data.last)
    before = b + np.maximum(x, 1.0) - 1.0
    gap = np.where(x > 0, np.log(a) - np.log(before) + n * (end - then), -np.inf)
    gone = expit(gap)
    value = gammaln(n) - gammaln(r) + r * np.log(alpha) + betaln(a, b + x) - betaln(a, b)
    value += np.logaddexp(0.0, gap) - n * end
    both = digamma(a + b) - digamma(a + b + x)
    slope_r = digamma(n) - digamma(r) + np.log(alpha) - end + gone * (end - then)
    slope_alpha = r / alpha - n * ((1.0 - gone) / (alpha + data.followed) + gone / (alpha + data.last))
    slope_a = both + gone / a
    slope_b = both + digamma(b + x) - digamma(b) - gone / before
    return value, np.stack([slope_r * r, slope_alpha * alpha, slope_a * a, slope_b * b])


def _geometric_alive(place: Array, data: Buyers) -> Array:
    r, alpha, a, b = np.exp(place)
    gap = (r + data.repeats) * np.log((alpha + data.followed) / (alpha + data.last))
    gap += np.log(a) - np.log(b + np.maximum(data.repeats, 1.0) - 1.0)
    return np.where(data.repeats > 0, expit(-gap), 1.0)


def _geometric_orders(place: Array, data: Buyers, months: Number) -> Array:
    """E_p[(1 − (1 + p·h/(α+T))^−n)/p], p ~ Beta(a, b+x), which is equation 10 there."""
    r, alpha, a, b = np.exp(place)
    ahead = months / (alpha + data.followed)
    orders = np.empty(len(ahead))
    for repeats in np.unique(data.repeats):
        mine = data.repeats == repeats
        far, places = np.unique(ahead[mine], return_inverse=True)
        p, weights = beta_rule(a, b + repeats)
        orders[mine] = (-np.expm1(-(r + repeats) * np.log1p(np.outer(far, p))) / p @ weights)[places]
    return orders


def _geometric_none(place: Array, data: Buyers, months: Number) -> Array:
    r, alpha = np.exp(place[:2])
    return np.asarray(np.exp(-(r + data.repeats) * np.log1p(months / (alpha + data.followed))))


def beta_rule(a: float, b: float) -> tuple[Array, Array]:
    """Places and weights for the mean of a smooth function of a beta distributed share, shape (200,) each.

    The trapezoidal rule in the log-odds of the share, where the density falls exponentially or faster on both
    sides, so that it converges faster than any power of the step (Trefethen and Weideman 2014, SIAM Review 56): to
    eight digits for a > 0.4, three for a = 0.05.
    """
    spread = 7.0 * np.sqrt(1.0 / a + 1.0 / b)
    z = np.log(a / b) + np.linspace(-spread - 23.0 / a, spread + 23.0 / b, 200)  # e^-23 is 1e-10
    log_density = a * z - (a + b) * np.logaddexp(0.0, z)
    weights = np.exp(log_density - log_density.max())
    return np.asarray(expit(z)), np.asarray(weights / weights.sum())


PARETO = Reading(
    "Leaving at any time (Pareto/NBD)", _pareto, _pareto_alive, _pareto_orders, _pareto_none,
    np.log([0.7, 0.3, 0.6, 0.15]), np.array([0.7, 1.5, 0.6, 1.2]),
)  # fmt: skip
"""Prior: r, orders a month r/α, s, leaving a month s/β."""

GEOMETRIC = Reading(
    "Leaving only after a purchase (BG/NBD)", _geometric, _geometric_alive, _geometric_orders, _geometric_none,
    np.log([0.7, 0.3, 0.8, 0.3]), np.array([0.7, 1.5, 0.8, 1.2]),
)  # fmt: skip
"""Prior: r, orders a month r/α, a, odds to stop a/b."""


# --- fit and forecast --------------------------------------------------------------------------------------


def _parameters(place: Array) -> Array:
    """From what the prior knows, ln r, ln r/α, ln s, ln s/β, to the logarithms of r, α, s, β."""
    return np.array([place[0], place[0] - place[1], place[2], place[2] - place[3]])


def log_likelihood(reading: Reading, place: Array, data: Buyers) -> tuple[Array, Array, Array]:
    """Of each row, with the share π that never returns: L = (1 − π)·L₁ + π·1{x = 0}.

    Place is ln r, ln r/α, ln s, ln s/β (a and a/b of BG/NBD) and, if it is there, logit π. Gives logarithms,
    slopes by place, shape (4 or 5, rows), and q, chance of each row to be one who may return.
    """
    value, inner = reading.terms(_parameters(place[:4]), data)
    slopes = np.stack([inner[0] + inner[1], -inner[1], inner[2] + inner[3], -inner[3]])
    if len(place) == 4:
        return value, slopes, np.ones_like(value)
    odds = place[4]
    returning = value - np.logaddexp(0.0, odds)
    once = np.where(data.repeats == 0, odds - np.logaddexp(0.0, odds), -np.inf)
    total = np.logaddexp(returning, once)
    q = np.exp(returning - total)
    return total, np.vstack([slopes * q, (1.0 - q) - expit(odds)]), q


@dataclass(frozen=True)
class Fit:
    """A reading with its parameters."""

    reading: Reading
    place: Array
    """See `log_likelihood`."""
    gradient: float
    """Largest slope per customer that is left: 0 where the fit has settled."""

    @property
    def once(self) -> float:
        """Share of customers who never return, π."""
        return float(expit(self.place[4])) if len(self.place) > 4 else 0.0

    @property
    def settled(self) -> bool:
        """Whether the figures may be used."""
        return self.gradient < 1e-3

    def returning(self, data: Buyers) -> Array:
        """Chance of each row to be somebody who returns and has not left."""
        q = log_likelihood(self.reading, self.place, data)[2]
        return q * self.reading.alive(_parameters(self.place[:4]), data)

    def orders(self, data: Buyers, months: Number) -> Array:
        """Expected within so many months of who is `returning`."""
        return self.reading.orders(_parameters(self.place[:4]), data, months)

    def again(self, data: Buyers, months: Number) -> Array:
        """Chance to order within so many months of who is `returning`."""
        return 1.0 - self.reading.none(_parameters(self.place[:4]), data, months)

    def new(self, months: Array) -> tuple[Array, Array]:
        """Orders within so many months of who has just bought for the first time, and the chance of any."""
        none = np.zeros(len(months))
        nothing = Buyers(none, none, none, np.ones(len(months)))
        share = 1.0 - self.once
        return share * self.orders(nothing, months), share * self.again(nothing, months)


def fit(data: Buyers, reading: Reading = PARETO, *, once: bool = True, prior: bool = True) -> Fit:
    """The most likely parameters given a weak prior, from several starts.

    The prior is that of shops in general (of `reading`; logit π of −2, 1.5), wider above its centre by `_ALIKE`.
    Large firms do not notice it; without it some fits to 20 or 80 repeaters forecast infinitely many orders.

    Raises:
        InputError: nobody was followed after a first purchase.
    """
    data = data[(data.followed > 0) & (data.count > 0)]
    if not len(data.count):
        raise InputError("nobody was followed after a first purchase", "purchases")
    customers = float(data.count.sum())
    centre = np.append(reading.centre, _ONCE[0]) if once else reading.centre
    narrow = np.append(reading.spread, _ONCE[1]) if once else reading.spread

    def losing(rows: Buyers, place: Array) -> tuple[float, Array]:
        value, slopes, _ = log_likelihood(reading, place, rows)
        spread = narrow * np.where(place > centre, _ALIKE[: len(centre)], 1.0)
        share, away = rows.count / rows.count.sum(), (place - centre) / spread
        weight = 1.0 / customers if prior else 0.0
        loss = float(0.5 * weight * (away @ away) - share @ value)
        return loss, weight * away / spread - slopes @ share

    bounds = [(float(low), float(high)) for low, high in zip(centre - _BOUND, centre + _BOUND, strict=True)]
    random = np.random.default_rng(0)
    sizes = [size for size in _SAMPLES if size < len(data.count)]
    trials = [partial(losing, data[random.choice(len(data.count), size, replace=False)]) for size in sizes]
    starts = [centre, centre + np.array([0.8, 0.5, -0.7, -1.0, 1.5])[: len(centre)]]
    starts.append(centre + np.array([-0.8, -1.0, 0.5, 0.7, -1.5])[: len(centre)])
    whole = partial(losing, data)
    first, *later = [*trials, whole]
    found = least(first, starts, bounds)
    for trial in later:
        found = least(trial, [found.place], bounds, found.inverse)
    return Fit(reading, found.place, float(np.abs(whole(found.place)[1]).max()))


def chosen(data: Buyers, before: Buyers, later: Buyers) -> Fit:
    """Pareto/NBD, or BG/NBD where it foretells the last quarter better by more than 3 in the log-likelihood.

    Σ ln L(until the end) − Σ ln L(until the cut), of who had bought by the cut, with the parameters fitted then.
    """
    told = {}
    for reading in (PARETO, GEOMETRIC):
        early = fit(before, reading)
        after, then = (rows.count @ log_likelihood(reading, early.place, rows)[0] for rows in (later, before))
        told[reading.name] = float(after - then)
    better = GEOMETRIC if told[GEOMETRIC.name] > told[PARETO.name] + 3.0 else PARETO
    return fit(data, better)


# --- what a day of purchase brings -------------------------------------------------------------------------


@dataclass(frozen=True)
class Amounts:
    """The gamma-gamma model: what customers pay on a day of purchase, each around a mean of their own."""

    p: float
    q: float
    gamma: float

    def expected(self, days: Array, paid: Array) -> Array:
        """Mean amount of a day: p·(γ + paid)/(p·days + q − 1)."""
        return np.asarray(self.p * (self.gamma + paid) / (self.p * days + self.q - 1.0))


def fit_amounts(days: Array, mean: Array, count: Array) -> Amounts:
    """Most likely gamma-gamma model (Fader and Hardie 2013, equation 1a).

    ln f = lnΓ(px+q) − lnΓ(px) − lnΓ(q) + q·ln γ + (px−1)·ln z + px·ln x − (px+q)·ln(γ + x·z)
    """
    unit = float(count @ (days * mean) / (count @ days))
    z, share = mean / unit, count / count.sum()
    total = days * z

    def losing(place: Array) -> tuple[float, Array]:
        p, more, gamma = np.exp(place)
        q = 1.0 + more
        px, sums = p * days, np.log(gamma + total)
        value = gammaln(px + q) - gammaln(px) - gammaln(q) + q * np.log(gamma)
        value += px * np.log(total) - (px + q) * sums
        both = digamma(px + q)
        slopes = np.stack([
            px * (both - digamma(px) + np.log(total) - sums),
            more * (both - digamma(q) + np.log(gamma) - sums),
            q - gamma * (px + q) / (gamma + total),
        ])  # fmt: skip
        return -float(share @ value), -(slopes @ share)

    starts = (np.log([2.0, 2.0, 1.0]), np.log([10.0, 3.0, 0.4]))
    bounds = [(-5.0, 8.0), (-3.0, 8.0), (-9.0, 9.0)]
    p, more, gamma = np.exp(least(losing, starts, bounds).place)
    return Amounts(float(p), float(1.0 + more), float(gamma * unit))
