"""Intervals of counts that stay honest with few events and uneven months, and the optimiser behind fitted ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.special import betaincinv, chdtri, gammaincinv, stdtrit

from ..draws import END
from ..units import Array

LEVELS = np.array([0.05, 0.5, 0.95])
"""Low, central, high."""

HALF_YEAR = 6
"""Months; see `later`."""

_ALIKE = 1.0
"""Scale of how much segments are thought to differ, in log-odds or logarithms: two of three by less than that."""

_WIDEST = 30.0
"""Logarithm; an end that is ten trillion times off says that nothing is known."""

_DROP = 0.5 * float(chdtri(1, 0.1))
"""Fall of the log-likelihood at the ends of a 90 % interval, by Wilks: 1.353."""


def rate(events: float, exposure: float, factor: float = 1.0) -> Array:
    """5 %, 50 % and 95 % of a rate, from events counted over an exposure (Jeffreys' prior).

    rate ~ Gamma(events/φ + ½) / (exposure/φ)

    No event in n gives an upper end of about 1.9/n, not 0.

    Args:
        events: how many, 0 or more.
        exposure: customer-months, or what they were counted over, above 0.
        factor: φ, variance over that of a Poisson number, 1 or more.

    Returns:
        Shape (3,), per unit of exposure.

    Source:
        Brown, Cai and DasGupta 2003, Statistica Sinica 13.
    """
    return np.asarray(gammaincinv(events / factor + 0.5, LEVELS) / (exposure / factor))


def share(events: float, trials: float, factor: float = 1.0) -> Array:
    """5 %, 50 % and 95 % of a share (Jeffreys' prior).

    share ~ Beta(events/φ + ½, (trials − events)/φ + ½)

    Args:
        events: of the trials, from 0 to trials.
        trials: above 0.
        factor: φ, variance over that of a binomial number, 1 or more.

    Returns:
        Shape (3,), within 0 and 1.

    Source:
        Brown, Cai and DasGupta 2001, Statistical Science 16.
    """
    return np.asarray(betaincinv(events / factor + 0.5, (trials - events) / factor + 0.5, LEVELS))


def unevenness(events: Array, expected: Array, trials: Array | None = None) -> float:
    """How much more months differ than chance alone makes them, φ, 1 or more.

    φ = Σ (events − expected)²/variance / (months − 1), variance = expected, times (1 − share) if trials are given

    Pearson's statistic, never taken for less than 1; above 1 it is widened as Student's t is for few months.

    Args:
        events, expected: of each month, same shape; months in which none is expected do not count.
        trials: of each month, for shares.
    """
    chance = np.ones_like(expected) if trials is None else 1.0 - expected / np.maximum(trials, 1e-300)
    counted = (expected > 0) & (chance > 0)
    free = int(counted.sum()) - 1
    if free < 1:
        return 1.0
    gap = events[counted] - expected[counted]
    factor = float((gap**2 / (expected[counted] * chance[counted])).sum()) / free
    return max(1.0, factor * wider(free) ** 2) if factor > 1.0 else 1.0


def unevenness_of_share(events: Array, trials: Array) -> float:
    """`unevenness` of shares around the pooled one.

    Args:
        events, trials: of each month, same shape.
    """
    return unevenness(events, trials * (events.sum() / trials.sum()), trials)


def clustered(events: Array, trials: Array, *, shares: bool = True) -> float:
    """How much more the sum of events varies than if customers were alike, φ, 1 or more.

    φ = n/(n − 1)·Σ (events − rate·trials)²/variance, variance = Σ rate·trials, of shares times (1 − rate)

    Args:
        events, trials: of each customer, shape (n,); of rates, trials are what they were counted over.
        shares: of trials; else counts over an exposure.

    Source:
        Liang and Zeger 1986, Biometrika 73 (robust variance).
    """
    rate, many = float(events.sum() / max(trials.sum(), 1e-300)), len(events)
    variance = float(trials.sum()) * rate * ((1.0 - rate) if shares else 1.0)
    if many < 2 or not variance > 0.0:
        return 1.0
    return max(1.0, many / (many - 1) * float(((events - rate * trials) ** 2).sum()) / variance)


def uneven(factor: float) -> str:
    """A caution where months differ a lot; '' where they do not."""
    return f"Months differ more than chance makes them ({factor:.1f} times the variance)." if factor > 2.0 else ""


def later(events: Array, trials: Array, *, shares: bool = True) -> tuple[float, float] | None:
    """The rate of the last half year and of all before, where they differ by more than chance; None if not.

    |r₂ − r₁| > 3·√(φ·(v₁/n₁ + v₂/n₂)), v = r·(1 − r) of shares and r of rates, φ the unevenness within each part.
    Where the same half year a year before is known, it must differ from that as well, or it is a season.

    Args:
        events, trials: of each month, in order, same shape.
        shares: of trials; else counts over an exposure.
    """
    count = len(events)
    if count < 2 * HALF_YEAR:
        return None
    now, before, then = slice(-HALF_YEAR, None), slice(None, -HALF_YEAR), slice(-3 * HALF_YEAR, -2 * HALF_YEAR)
    others = [before] + ([then] if count >= 3 * HALF_YEAR else [])
    if any(trials[part].sum() <= 0 for part in (now, *others)):
        return None
    rates = {part.start: float(events[part].sum() / trials[part].sum()) for part in (now, *others)}
    factor = max(
        unevenness(events[part], trials[part] * rates[part.start], trials[part] if shares else None)
        for part in (now, before)
    )

    def variance(part: slice) -> float:
        share = (events[part].sum() + 0.5) / (trials[part].sum() + 1.0)
        return float(factor * share * ((1.0 - share) if shares else 1.0) / trials[part].sum())

    for part in others:
        apart = abs(rates[now.start] - rates[part.start])
        if apart <= 3.0 * np.sqrt(variance(now) + variance(part)):
            return None
    return rates[now.start], rates[before.start]


def changed(found: tuple[float, float] | None) -> str:
    """A caution where the last half year differs; '' where it does not."""
    if found is None:
        return ""
    return f"In the last 6 months it was {found[0]:.3g}, before {found[1]:.3g}; the interval spans both."


def shrunk(ends: Array) -> Array:
    """Intervals of several groups drawn towards each other, as far as these are alike.

    θ_k ~ N(μ, τ²), μ flat, τ half-normal (1); of each group the data are a two-piece normal through its three
    numbers, as those of a scenario are (`wom.draws.quantile`). p(μ, τ | all) ∝ p(τ)·Π ∫ data_k(θ)·N(θ; μ, τ²) dθ,
    and p(θ_k | all) is the mean of data_k·N over it, on grids.

    Args:
        ends: logarithms or log-odds of 5 %, 50 % and 95 %, rising, shape (groups, 3).

    Returns:
        The same of what is known from all of them together, shape (groups, 3).

    Source:
        Gelman et al. 2013, Bayesian data analysis, section 5.4.
    """
    score = np.linspace(-4.0, 4.0, 201)
    side = np.where(score < 0, ends[:, 1:2] - ends[:, :1], ends[:, 2:] - ends[:, 1:2]) / END
    place, data = ends[:, 1:2] + score * side, np.exp(-0.5 * score**2)
    middle, spread = np.meshgrid(
        np.arange(ends[:, 1].min() - 0.5, ends[:, 1].max() + 0.5, 0.05), np.geomspace(0.1, 3.0, 12)
    )
    middle, spread = middle.reshape(-1, 1), spread.reshape(-1, 1)
    joint = [np.exp(-0.5 * ((own - middle) / spread) ** 2) / spread * data for own in place]
    seen = np.array([part.sum(axis=1) for part in joint])
    with np.errstate(divide="ignore"):
        logs = np.log(seen).sum(axis=0) + np.log(spread[:, 0]) - 0.5 * (spread[:, 0] / _ALIKE) ** 2
    weight = np.exp(logs - logs.max())
    found = []
    for own, part, whole in zip(place, joint, seen, strict=True):
        chance = (weight / np.maximum(whole, 1e-300)) @ part
        below = (np.cumsum(chance) - 0.5 * chance) / chance.sum()
        found.append(np.interp(LEVELS, below, own))
    return np.array(found)


def spanning(ends: Array, others: Array) -> Array:
    """The widest ends of two intervals, with the middle of the first."""
    return np.array([min(ends[0], others[0]), ends[1], max(ends[2], others[2])])


def wider(free: float) -> float:
    """How much wider an interval is whose spread was itself estimated: Student's t over the normal."""
    return float(stdtrit(free, 0.95)) / END


def log_scale(central: float, relative: float) -> Array:
    """An interval of a positive figure from its relative standard error: central·e^(±1.645·relative)."""
    return np.asarray(central * np.exp(min(relative * END, _WIDEST) * np.array([-1.0, 0.0, 1.0])))


def profile(loss: Callable[[float], float], best: float, spread: float, least: float, most: float) -> Array:
    """A 90 % interval by profile likelihood: where the loss is 1.353 above its least.

    Returns:
        Low, best and high, shape (3,).

    Source:
        Wilks 1938, Annals of Mathematical Statistics 9.
    """
    from scipy.optimize import brentq  # late, because it takes long to import

    seen: dict[float, float] = {}

    def gap(place: float) -> float:
        """Above what is wanted; a place has one value, however an inner search would end the second time."""
        if place not in seen:
            seen[place] = loss(place) - wanted
        return seen[place]

    wanted = loss(best) + _DROP
    seen[best] = -_DROP
    ends = []
    for way, bound in ((-1.0, least), (1.0, most)):
        step, inner = max(END * spread, 1e-6), best
        while True:
            outer = best + way * step if abs(way * step) < abs(bound - best) else bound
            if gap(outer) >= 0:
                fine = max(1e-3 * spread, 1e-9)
                ends.append(float(brentq(gap, inner, outer, xtol=fine)))
                break
            if outer == bound:
                ends.append(bound)
                break
            inner, step = outer, 1.5 * step
    return np.array([ends[0], best, ends[1]])


# --- the least of a function ----------------------------------------------------------------------------------


Slopes = Callable[[Array], tuple[float, Array]]
"""A place to the value and its slopes there."""

_WALL = 1e4
"""Steepness of what keeps a search near its bounds."""


class Least(NamedTuple):
    """The least of a function."""

    value: float
    place: Array
    """Shape (n,)."""
    inverse: Array | None
    """Of the curvature, roughly; None where that is not known."""


def least(
    slopes: Slopes, starts: Iterable[Array], bounds: Sequence[tuple[float, float]], inverse: Array | None = None
) -> Least:
    """The least from several starts.

    BFGS first, which is fastest for a few values; L-BFGS-B where that ends at a bound or does not settle.

    Args:
        slopes: the value and its slopes, shape (n,).
        starts: each of shape (n,).
        bounds: of each value; two equal ones hold it.
        inverse: of the curvature, as it was found for a sample.

    Source:
        Nocedal and Wright 2006, Numerical optimization, chapter 6; Byrd, Lu, Nocedal and Zhu 1995, SIAM Journal on
        Scientific Computing 16.
    """
    return min((_least(slopes, start, bounds, inverse) for start in starts), key=lambda one: one.value)


def _least(slopes: Slopes, start: Array, bounds: Sequence[tuple[float, float]], inverse: Array | None) -> Least:
    from scipy.optimize import minimize  # late, because it takes long to import

    solve: Any = minimize
    low, high = np.array(bounds, dtype=np.float64).T
    free = np.flatnonzero(low < high)
    whole = np.clip(start, low, high)
    if not len(free):
        return Least(slopes(whole)[0], whole, None)

    def inner(place: Array) -> tuple[float, Array]:
        near = whole.copy()
        near[free] = np.clip(place, low[free], high[free])
        value, slope = slopes(near)
        beyond = place - near[free]
        return value + 0.5 * _WALL * float(beyond @ beyond), slope[free] + _WALL * beyond

    options = {"gtol": 1e-6, "maxiter": 200, "hess_inv0": inverse}
    done = solve(inner, whole[free], method="BFGS", jac=True, options=options)
    place = whole.copy()
    place[free] = done.x
    settled = np.abs(done.jac).max() <= 1e-5 * max(1.0, abs(float(done.fun)))
    if settled and (place >= low).all() and (place <= high).all():
        return Least(float(done.fun), place, (done.hess_inv + done.hess_inv.T) / 2.0)
    options = {"ftol": 1e-13, "gtol": 1e-7, "maxiter": 500}
    place = np.clip(place, low, high)
    done = solve(slopes, place, method="L-BFGS-B", jac=True, bounds=list(bounds), options=options)
    return Least(float(done.fun), np.asarray(done.x, dtype=np.float64), None)
