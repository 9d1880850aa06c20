"""How many people are told, from counts and brackets: a negative binomial by interval-censored likelihood."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.special import betainc, ndtr

from .. import evidence
from .. import reach as distribution
from ..units import Array
from ..words import percent
from . import intervals
from .estimate import Estimate, Found, Missing
from .optimum import least

TONES = ("good", "bad", "recovered")

_BOUNDS = [(-7.0, 8.0), (-5.0, 7.0)]
"""Logarithms of the mean and of the dispersion k; e^7 is a Poisson distribution."""

_STEP = 1e-5

_HOW = "A distribution of people told (negative binomial) fitted to numbers and brackets, open ones included."
_CAUTION = "What people say they told."


def log_likelihood(mean: Array, dispersion: Array, least_told: Array, most_told: Array, count: Array) -> Array:
    """Σ count·ln P(least ≤ people ≤ most), a negative binomial P with variance mean + mean²/k.

    P(people ≤ n) = I_p(k, n + 1), p = k/(k + mean)

    Args:
        mean, dispersion: above 0, shape (draws,).
        least_told, most_told: of each answer, both included, most inf where the bracket is open; shape (answers,).
        count: of equal answers.

    Returns:
        Shape (draws,).

    Source:
        Bliss and Fisher 1953, Biometrics 9; brackets as interval-censored.
    """
    mean, k = mean[:, np.newaxis], dispersion[:, np.newaxis]
    number = least_told == most_told
    found = np.empty((len(mean), len(count)))
    found[:, number] = _exact(mean, k, least_told[number])
    found[:, ~number] = _bracket(mean, k, least_told[~number], most_told[~number])
    return np.asarray(found @ count)


def lognormal_log_likelihood(
    mean: Array, spread: Array, least_told: Array, most_told: Array, count: Array
) -> Array:
    """The same of those who told anyone, with a rounded lognormal number: its tail is longer.

    P(people ≤ n) = Φ((ln(n + ½) − μ)/σ), μ = ln mean − σ²/2

    Args:
        mean: above 0, shape (draws,).
        spread: σ, above 0, shape (draws,).
        least_told, most_told, count: as of `log_likelihood`; least_told 1 or more.

    Returns:
        Shape (draws,).
    """
    mean, spread = mean[:, np.newaxis], spread[:, np.newaxis]
    middle = np.log(mean) - 0.5 * spread**2
    below = np.where(least_told > 1, (np.log(np.maximum(least_told - 0.5, 0.5)) - middle) / spread, -np.inf)
    up_to = np.where(np.isfinite(most_told), (np.log(most_told + 0.5) - middle) / spread, np.inf)
    chance = np.where(below > 0, ndtr(-below) - ndtr(-up_to), ndtr(up_to) - ndtr(below))
    return np.asarray(np.log(np.maximum(chance, 1e-300)) @ count)


def _bracket(mean: Array, k: Array, least_told: Array, most_told: Array) -> Array:
    """ln P(least ≤ people ≤ most), from the tail that loses no digits."""
    p, some, closed = k / (k + mean), least_told > 0, np.isfinite(most_told)
    first, last = np.maximum(least_told, 1.0), np.where(closed, most_told, 0.0) + 1.0
    below, above = np.where(some, betainc(k, first, p), 0.0), np.where(some, betainc(first, k, 1.0 - p), 1.0)
    up_to, beyond = np.where(closed, betainc(k, last, p), 1.0), np.where(closed, betainc(last, k, 1.0 - p), 0.0)
    chance = np.where(up_to < 0.5, up_to - below, above - beyond)
    return np.asarray(np.log(np.maximum(chance, 1e-300)))


def _exact(mean: Array, k: Array, people: Array) -> Array:
    """ln P(people), stable for a large dispersion."""
    from scipy.special import betaln, xlog1py

    many = np.maximum(people, 1.0)
    ways = np.where(people > 0, -betaln(k, many) - np.log(many), 0.0)
    return np.asarray(ways - xlog1py(k, mean / k) - people * np.log1p(k / mean))


def reach(talk: pd.DataFrame) -> Found:
    """People told of a good, a bad and a recovered experience.

    Intervals are of the profile likelihood, on the log scale. How many were told by who only says "more than five"
    hangs on the distribution; where there are such answers the interval spans a lognormal one as well, whose
    tail is longer. Where fewer than five told anyone, which does not
    tell how unequal tellers are, the dispersion is that of the published surveys (`wom.reach`).

    Returns:
        word_of_mouth.reach_good, …_bad and …_recovered, and dispersion_good, … which are no parameters: k, the
        smaller, the more unequal.
    """
    found: list[Estimate | Missing] = []
    for tone in TONES:
        rows = talk[(talk["tone"] == tone) & (talk["count"] > 0)]
        found += _of(rows, tone)
    return tuple(found)


def _of(rows: pd.DataFrame, tone: str) -> list[Estimate | Missing]:
    keys = f"word_of_mouth.reach_{tone}", f"dispersion_{tone}"
    if rows.empty:
        return [Missing(key, f"Nobody was asked how many they told of a {tone} experience.") for key in keys]
    low = rows["least"].to_numpy(dtype=np.float64, na_value=0.0)
    high = rows["most"].to_numpy(dtype=np.float64, na_value=np.inf)
    count = rows["count"].to_numpy(dtype=np.float64)
    answers = int(count.sum())
    told = float(count[high > 0].sum())
    if told < 5:
        note = f"Only {told:.0f} told anyone: how unequal tellers are is taken from published surveys. {_CAUTION}"
        k = _published(tone)
        ends = _Search(low, high, count, np.log(k)).ends(0) if told else _nobody(answers, k)
        why = f"Only {told:.0f} told anyone: too few for how unequal tellers are."
        return [Estimate.of(keys[0], ends, _HOW, answers, note), Missing(keys[1], why)]
    search, last = _Search(low, high, count), low[~np.isfinite(high)].min(initial=np.inf) - 1.0
    ends, spread = search.ends(0), search.ends(1)
    open_ended = float(count[~np.isfinite(high)].sum()) / answers
    note = _CAUTION
    if open_ended > 0:
        some = low > 0
        tellers = _Search(low[some], high[some], count[some], chances=lognormal_log_likelihood)
        ends = intervals.spanning(ends, tellers.ends(0) * (count[some].sum() / answers))
        note = (
            f'{percent(max(open_ended, 0.01))} of the answers are open upwards, such as "more than {last:.0f}", '
            f"and the mean hangs on how many these told: the interval spans two distributions. {note}"
        )
    edge = "One end is only a bound." if spread[0] <= 0.007 or spread[2] >= 1090 else ""
    how = "The same fit; the smaller, the more unequal are tellers."
    return [Estimate.of(keys[0], ends, _HOW, answers, note), Estimate.of(keys[1], spread, how, answers, edge)]


def _nobody(answers: int, k: float) -> Array:
    """Nobody of so many told anyone: P(0)^answers, with a flat prior on −ln P(0)."""
    return np.asarray(k * np.expm1(-np.log1p(-intervals.LEVELS) / (k * answers)))


def _published(tone: str) -> float:
    which = "bad" if tone == "bad" else "good"
    mean, share = (evidence.figure(f"{name}_{which}").central for name in ("reach", "told_more_than_five"))
    return distribution.from_mean_and_share(float(mean or np.nan), float(share or np.nan)).dispersion


class _Search:
    """The most likely mean and dispersion (or σ), as logarithms, and their profiles; the second may be held."""

    def __init__(
        self,
        low: Array,
        high: Array,
        count: Array,
        held: float | None = None,
        chances: Callable[[Array, Array, Array, Array, Array], Array] = log_likelihood,
    ) -> None:
        self.low, self.high, self.count, self.chances = low, high, count, chances
        self.bounds = [_BOUNDS[0], _BOUNDS[1] if held is None else (held, held)]
        middle = np.where(np.isfinite(high), (low + np.where(np.isfinite(high), high, 0.0)) / 2.0, low * 2.0)
        start = np.array([np.log(max(float(middle @ count / count.sum()), 0.01)), -0.5])
        starts = (start, start + np.array([0.5, -1.5]))
        _, self.best = min((least(self.slopes, one, self.bounds) for one in starts), key=lambda one: one[0])

    def slopes(self, place: Array) -> tuple[float, Array]:
        """Minus the log-likelihood and its slopes, by central differences."""
        moves = place[:, np.newaxis] + _STEP * np.array([[0.0, 1.0, 0.0, -1.0, 0.0], [0.0, 0.0, 1.0, 0.0, -1.0]])
        loss = -self.chances(np.exp(moves[0]), np.exp(moves[1]), self.low, self.high, self.count)
        return float(loss[0]), (loss[1:3] - loss[3:5]) / (2.0 * _STEP)

    def ends(self, which: int) -> Array:
        """5 %, best and 95 % of the mean (0) or of the dispersion (1)."""
        last = self.best

        def loss(value: float) -> float:
            nonlocal last
            bounds, start = list(self.bounds), last.copy()
            bounds[which], start[which] = (value, value), value
            fun, last = least(self.slopes, start, bounds)
            return fun

        spread = 1.5 / np.sqrt(float(self.count.sum()))
        return np.exp(intervals.profile(loss, float(self.best[which]), spread, *self.bounds[which]))
