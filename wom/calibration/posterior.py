"""Samples of many uncertain values at once: a prior of normal scores, a likelihood of many draws at a time.

The values are normal scores, so the prior is the standard normal. `importance` finds the middle of the posterior
by Newton's way, with all finite differences in one call, and weighs draws around it; directions of which the data
say nothing keep their prior exactly. `walk` is emcee's ensemble, from there on, for a posterior of another shape.
Both say how much may be trusted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from ..errors import WomError
from ..units import Array

Likelihood = Callable[[Array], Array]
"""From scores, shape (values, draws), to log-likelihoods, shape (draws,); nan where figures contradict."""

ENOUGH = 200.0
"""Effective draws; with fewer, the ends of a 90 % interval are off by more than a tenth of its width."""
MOST_TAIL = 0.7
"""Shape of the tail of weights, k̂; beyond it, a few draws decide (Vehtari et al. 2024)."""
WALKS = 50.0
"""Autocorrelation times that a chain must last, as emcee advises."""

TRIED = 2000
"""Draws that are weighed."""
_STEP, _ROUNDS, _FAILURES, _NEWTON, _WIDER, _FREE = 0.3, 30, 3, 2, 1.1, 5.0
_LEAST_SEEN = 0.1
"""Information about a direction, in units of the prior's, below which it keeps its prior."""


@dataclass(frozen=True)
class Sampled:
    """Draws of equal weight, and how they were found.

    `effective` counts the draws that they are worth; `tail` is the shape of the weights' tail (importance),
    `time` the longest autocorrelation time in steps and `acceptance` the share of steps taken (walk); nan where
    there is none.
    """

    scores: Array
    """Shape (values, draws)."""
    method: str
    effective: float
    tail: float = float("nan")
    time: float = float("nan")
    steps: int = 0
    acceptance: float = float("nan")

    @property
    def trusted(self) -> bool:
        """Whether the draws are enough to build on."""
        if self.method == "importance":
            return self.effective >= ENOUGH and self.tail < MOST_TAIL
        return self.effective >= ENOUGH and self.steps >= WALKS * self.time and self.acceptance > 0.1

    @property
    def verdict(self) -> str:
        """The same in a sentence."""
        worth = f"the draws are worth {self.effective:,.0f} independent ones"
        if self.trusted:
            return f"To be trusted: {worth}."
        if self.effective < ENOUGH:
            return f"Not to be trusted: {worth}, and {ENOUGH:,.0f} are needed."
        if self.method == "importance":
            return "Not to be trusted: a few draws decide."
        return f"Not to be trusted: {self.steps:,} steps are less than {WALKS:g} times the chain's memory."


def importance(likelihood: Likelihood, size: int, draws: int, seed: int = 0) -> Sampled:
    """Draws around the middle of the posterior, weighed and drawn again.

    The axes are those of the data's information at the middle. Along axes of which they say nothing a draw is one
    of the prior; along the others it is normal around the middle that belongs to that draw (Laplace, two of
    Newton's steps), 1.2 times as wide as the information says. w ∝ likelihood · N(0, 1)/proposal

    Raises:
        WomError: nothing holds together around the middle of the prior.

    Source:
        Rue, Martino and Chopin 2009, JRSS B 71, for a Laplace step within; Cui et al. 2014, Inverse Problems 30,
        for the directions that data inform.
    """
    random = np.random.default_rng(seed)
    middle, information = _middle(likelihood, size)
    seen, axes = np.linalg.eigh(information)
    told = seen > _LEAST_SEEN
    place = np.where(told[:, np.newaxis], (axes.T @ middle)[:, np.newaxis], random.standard_normal((size, TRIED)))
    precision = 1.0 + seen[told][:, np.newaxis]

    def height(place: Array) -> Array:
        scores = axes @ place
        return np.asarray(_safe(likelihood(scores)) - 0.5 * (scores**2).sum(axis=0))

    for _ in range(_NEWTON):
        place[told] = _climb(height, place, told, precision)
    standard = random.standard_t(_FREE, (int(told.sum()), TRIED))
    rest = 0.5 * (place[~told] ** 2).sum(axis=0)
    place[told] += _WIDER * standard / np.sqrt(precision)
    weight = height(place) + rest + 0.5 * (_FREE + 1.0) * np.log1p(standard**2 / _FREE).sum(axis=0)
    weight = np.exp(weight - logsumexp(weight))
    chosen = random.choice(TRIED, draws, p=weight)
    return Sampled(axes @ place[:, chosen], "importance", worth(weight), tail=tail(weight))


def _climb(height: Likelihood, place: Array, told: NDArray[np.bool_], precision: Array) -> Array:
    """One of Newton's steps along the axes of which the data tell, from each draw; a part or none if it falls."""
    here = height(place)
    step = np.zeros((int(told.sum()), place.shape[1]))
    for row, axis in enumerate(np.flatnonzero(told)):
        away = np.zeros((len(place), 1))
        away[axis] = _STEP / np.sqrt(precision[row])
        with np.errstate(invalid="ignore"):
            step[row] = (height(place + away) - height(place - away)) / (2.0 * away[axis])
    step = np.where(np.isfinite(step), step, 0.0) / precision
    best = place[told]
    for share in (1.0, 0.5, 0.25):
        tried = place.copy()
        tried[told] = place[told] + share * step
        there = height(tried)
        better = there > here
        best = np.where(better, tried[told], best)
        here = np.where(better, there, here)
    return best


def worth(weight: Array) -> float:
    """Effective number of weighed draws, 1/Σw²."""
    return 1.0 / float((weight**2).sum())


def _middle(likelihood: Likelihood, size: int) -> tuple[Array, Array]:
    """Where the posterior is highest, and the curvature of the log-likelihood there, shape (size, size)."""
    middle = np.zeros(size)
    best = float(_safe(likelihood(middle[:, np.newaxis]))[0])
    if not np.isfinite(best):
        raise WomError("the scenario contradicts itself at its central values, so no totals can be fitted")
    information, failed = np.zeros((size, size)), 0
    for _ in range(_ROUNDS):
        apart = _STEP / np.sqrt(1.0 + np.diag(information))
        slope, information = _slopes(likelihood, middle, apart)
        step = np.linalg.solve(information + np.eye(size), slope - middle)
        shares = 0.5 ** np.arange(8.0)
        tried = middle[:, np.newaxis] + step[:, np.newaxis] * shares
        heights = _safe(likelihood(tried)) - 0.5 * (tried**2).sum(axis=0)
        now = best - 0.5 * float(middle @ middle)
        top = int(heights.argmax())
        if heights[top] > now + 1e-3:
            middle, failed = tried[:, top], 0
            best = float(heights[top] + 0.5 * middle @ middle)
        elif (failed := failed + 1) == _FAILURES:
            break
    return middle, information


def _slopes(likelihood: Likelihood, place: Array, apart: Array) -> tuple[Array, Array]:
    """Slope and curvature of the log-likelihood by differences so far apart, all of them in one call."""
    size = len(place)
    unit = np.diag(apart)
    one, two = np.triu_indices(size, 1)
    around = np.concatenate([np.zeros((1, size)), unit, -unit, unit[one] + unit[two], -unit[one] - unit[two]])
    found = likelihood(place[:, np.newaxis] + around.T)
    found = np.where(np.isfinite(found), found, np.nan)
    here, up, down = found[0], found[1 : size + 1], found[size + 1 : 2 * size + 1]
    both, neither = np.split(found[2 * size + 1 :], 2)
    slope = (up - down) / 2.0
    curve = np.zeros((size, size))
    curve[one, two] = (both - up[one] - up[two] + 2 * here - down[one] - down[two] + neither) / 2.0
    curve = curve + curve.T + np.diag(up - 2.0 * here + down)
    known = np.isfinite(slope) & np.isfinite(np.diag(curve))
    curve = np.where(np.isfinite(curve) & known[:, np.newaxis] & known, curve, 0.0)
    values, axes = np.linalg.eigh(-curve / np.outer(apart, apart))
    return np.where(known, slope / apart, 0.0), np.asarray((axes * np.maximum(values, 0.0)) @ axes.T)


def walk(
    likelihood: Likelihood, start: Array, draws: int, seed: int = 0, most: int = 4000, walkers: int = 0
) -> Sampled:
    """Draws by emcee's ensemble of walkers.

    Values of which the likelihood does not change are left out of the walk and drawn from their prior.

    Args:
        likelihood: of many draws at once.
        start: where the walkers may begin, shape (values, many).
        draws: to return.
        seed: 0 or more.
        most: steps; it ends earlier once it has lasted 50 autocorrelation times.
        walkers: how many; four for each value by default.

    Raises:
        WomError: emcee is not installed.

    Source:
        Goodman and Weare 2010; Foreman-Mackey et al. 2013; ter Braak and Vrugt 2008 for its moves.
    """
    try:
        import emcee
    except ImportError as error:
        raise WomError("a walk needs emcee: pip install 'wom[data]'") from error
    random = np.random.default_rng(seed)
    moving = _moving(likelihood, start[:, :1])
    size = int(moving.sum())
    count = walkers or max(4 * size, 16)
    hold = np.zeros((len(start), 1))

    def height(places: Array) -> Array:
        scores = np.repeat(hold, len(places), axis=1)
        scores[moving] = places.T
        return np.asarray(_safe(likelihood(scores)) - 0.5 * (places**2).sum(axis=1))

    moves = [(emcee.moves.DEMove(), 0.7), (emcee.moves.DESnookerMove(), 0.1), (emcee.moves.StretchMove(), 0.2)]
    sampler = emcee.EnsembleSampler(count, size, height, vectorize=True, moves=moves)
    sampler.random_state = np.random.RandomState(int(random.integers(2**31))).get_state()
    chosen = random.choice(start.shape[1], count, replace=start.shape[1] < count)
    begin = start[moving][:, chosen].T + 1e-3 * random.standard_normal((count, size))
    longest = float("nan")
    for _ in sampler.sample(begin, iterations=most, skip_initial_state_check=True):
        if sampler.iteration % 250 == 0:
            longest = float(np.max(sampler.get_autocorr_time(tol=0)))
            if sampler.iteration > (WALKS + 5) * longest:
                break
    steps = int(sampler.iteration)
    burnt = min(int(5 * longest), steps // 2) if np.isfinite(longest) else steps // 2
    flat = sampler.get_chain(discard=burnt, flat=True)
    effective = count * (steps - burnt) / longest if longest > 0 else 0.0
    scores = random.standard_normal((len(start), draws))
    scores[moving] = flat[random.choice(len(flat), draws, replace=len(flat) < draws)].T
    acceptance = float(np.mean(sampler.acceptance_fraction))
    return Sampled(scores, "walk", effective, time=longest, steps=steps, acceptance=acceptance)


def _moving(likelihood: Likelihood, place: Array) -> Array:
    """Which values the likelihood depends on at all."""
    size = len(place)
    around = place + np.concatenate([np.zeros((size, 1)), np.eye(size), -np.eye(size)], axis=1)
    found = _safe(likelihood(around))
    same = np.isclose(found[1:], found[0], rtol=1e-12, atol=1e-9)
    return np.asarray(~(same[:size] & same[size:]))


def tail(weight: Array) -> float:
    """Shape k̂ of the tail of weights: the largest fifth, or 3·√n of them, as a generalised Pareto distribution.

    Args:
        weight: not negative, shape (n,).

    Source:
        Vehtari, Simpson, Gelman, Yao and Gabry 2024, JMLR 25, by Zhang and Stephens 2009, Technometrics 51.
    """
    ordered = np.sort(weight)
    count = int(min(0.2 * len(weight), 3.0 * np.sqrt(len(weight))))
    excess = ordered[-count:] - ordered[-count - 1]
    excess = excess[excess > 1e-12 * max(float(ordered[-1]), 1e-300)]
    if len(excess) < 5:
        return 0.0
    n = len(excess)
    several = 30 + int(np.sqrt(n))
    grid = 1.0 / excess[-1] + (1.0 - np.sqrt(several / (np.arange(1, several + 1) - 0.5))) / (
        3.0 * excess[int(n / 4 + 0.5) - 1]
    )
    shapes = np.log1p(-grid[:, np.newaxis] * excess).mean(axis=1)
    heights = n * (np.log(-grid / shapes) - shapes - 1.0)
    parts = np.exp(heights - logsumexp(heights))
    best = float((grid * parts).sum())
    return float(np.log1p(-best * excess).mean())


def _safe(heights: Array) -> Array:
    return np.asarray(np.where(np.isfinite(heights), heights, -np.inf))
