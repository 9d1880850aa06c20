"""Which inputs make a result uncertain, and what it is worth to know one: estimators on arrays of draws.

They hold for inputs that depend on each other, too: because they are correlated, or because draws that contradict
what was observed were left out. For independent inputs S1 and ST are the indices of Sobol (1993) and Homma and
Saltelli (1996); for others those of Kucherenko, Tarantola and Annoni (2012).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import combinations
from math import factorial

import numpy as np
from scipy.special import ndtri

from .units import Array

_KNOTS = ndtri([0.1, 0.25, 0.5, 0.75, 0.9])
"""Normal scores at which a smooth curve may bend: nine curves with the ends, enough for two waves."""

_RIDGE = 1e-10
"""Of the curves' mean square: where an input has few values, some curves are not needed."""

FOLDS = 5
"""A decision on a fifth of the draws follows from the other four."""


def curves(values: Array) -> Array:
    """Cubic B-splines over the normal score of an input's rank: what any smooth effect of it is a sum of.

    Args:
        values: of one input, shape (draws,); equal values have one rank.

    Returns:
        Shape (draws, 9); each row sums to 1. One column of ones if the input has one value.

    Example:
        >>> curves(np.linspace(0.0, 1.0, 100)).sum(axis=1).round(12).tolist() == [1.0] * 100
        True
    """
    from scipy.interpolate import BSpline  # late, because it takes long to import
    from scipy.stats import rankdata

    score = ndtri((rankdata(values) - 0.5) / len(values))
    low, high = score.min(), score.max()
    if low == high:
        return np.ones((len(values), 1))
    inner = _KNOTS[(low < _KNOTS) & (high > _KNOTS)]
    knots = np.concatenate([np.full(4, low), inner, np.full(4, high)])
    return np.asarray(BSpline.design_matrix(score, knots, 3).toarray())


def resamples(draws: int, count: int, rng: np.random.Generator) -> Array:
    """How often each draw is in each bootstrap sample, shape (count + 1, draws); the first holds each once.

    Example:
        >>> weights = resamples(4, 2, np.random.default_rng(0))
        >>> weights[0].tolist(), weights.sum(axis=1).tolist()
        ([1.0, 1.0, 1.0, 1.0], [4.0, 4.0, 4.0])
    """
    return np.concatenate([np.ones((1, draws)), rng.multinomial(draws, np.full(draws, 1.0 / draws), count)])


def _variance(outcome: Array, weights: Array) -> Array:
    """Variance of an outcome in each bootstrap sample."""
    centred = outcome - outcome.mean()
    mean, square = (weights @ np.stack([centred, centred**2], axis=1)).T / weights.sum(axis=1)
    return np.asarray(square - mean**2)


def first_order(values: Array, outcome: Array, weights: Array) -> Array:
    """S1 = Var(E[Y | X])/Var(Y), the share of the variance that goes when the input is known.

    E[Y | X] is fitted by `curves`, and the share of the variance that it explains is corrected for the number of
    curves, as an adjusted R² is: an input without an effect has S1 near 0, above or below.

    Args:
        values: of the input, shape (draws,).
        outcome: shape (draws,).
        weights: from `resamples`.

    Returns:
        One for each bootstrap sample.

    Example:
        >>> x = np.linspace(-1.0, 1.0, 500)
        >>> first_order(x, 3.0 * x, np.ones((1, 500))).round(3).tolist()
        [1.0]
    """
    design, centred = curves(values), outcome - outcome.mean()
    width, number = design.shape[1], weights.sum(axis=1)
    pairs = (design[:, :, np.newaxis] * design[:, np.newaxis, :]).reshape(len(design), -1)
    with_outcome = weights @ (design * centred[:, np.newaxis])
    fitted = _solved((weights @ pairs).reshape(-1, width, width), with_outcome[..., np.newaxis])[..., 0]
    explained = (with_outcome * fitted).sum(axis=1) / number - (weights @ centred / number) ** 2
    share = explained / _variance(outcome, weights)
    return np.asarray(1.0 - (1.0 - share) * (number - 1.0) / (number - width))


def _solved(squares: Array, right: Array) -> Array:
    """Least squares from their normal equations."""
    width = squares.shape[-1]
    mean = np.trace(squares, axis1=-2, axis2=-1)[..., np.newaxis, np.newaxis] / width
    return np.asarray(np.linalg.solve(squares + _RIDGE * mean * np.eye(width), right))


def total_order(outcome: Array, redrawn: Array, weights: Array) -> Array:
    """ST = E[Var(Y | all but X)]/Var(Y), the share of the variance that stays when all but X are known.

    ½·mean (Y − Y')²/Var(Y), with Y' the outcome after X was drawn anew, given the others (Jansen 1999).

    Args:
        outcome: shape (draws,).
        redrawn: outcome with the input, or several, drawn anew; nan where that failed.
        weights: from `resamples`.

    Returns:
        One for each bootstrap sample.

    Example:
        >>> outcome = np.array([1.0, -1.0, 1.0, -1.0])
        >>> total_order(outcome, outcome, np.ones((1, 4))).tolist()
        [0.0]
        >>> total_order(outcome, np.array([1.0, -1.0, -1.0, 1.0]), np.ones((1, 4))).tolist()
        [1.0]
    """
    gap = outcome - redrawn
    known = ~np.isnan(gap)
    squares = np.stack([known, np.where(known, gap, 0.0) ** 2], axis=1)
    number, square = (weights @ squares).T
    return np.asarray(0.5 * square / number / _variance(outcome, weights))


def interval(index: Array, level: float) -> tuple[float, float, float]:
    """An index and its interval, from the bootstrap samples mirrored at it, which takes their bias away.

    Args:
        index: from `first_order` or `total_order`: the estimate, then one for each resample.
        level: probability inside.

    Example:
        >>> interval(np.array([0.2, 0.2, 0.25, 0.3]), 0.9)[1:] < (0.2, 0.2)
        True
    """
    low, high = np.quantile(index[1:], [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    return float(index[0]), float(2.0 * index[0] - high), float(2.0 * index[0] - low)


def shapley(players: Collection[str], worth: Callable[[frozenset[str]], Array]) -> dict[str, Array]:
    """What each player adds to a coalition, averaged over all orders of joining; they sum to the worth of all.

    With `worth` the total order of a set of inputs, these are the Shapley effects of Song, Nelson and Staum
    (2016): a split of the variance that counts interactions and correlations once.

    Example:
        >>> shapley("ab", lambda who: np.array({"": 0.0, "a": 1.0, "b": 2.0, "ab": 5.0}["".join(sorted(who))]))
        {'a': array(2.), 'b': array(3.)}
    """
    count = len(players)
    found = {}
    for player in players:
        others = [other for other in players if other != player]
        parts = [
            factorial(size) * factorial(count - size - 1) / factorial(count)
            * (worth(frozenset((*chosen, player))) - worth(frozenset(chosen)))
            for size in range(count)
            for chosen in combinations(others, size)
        ]  # fmt: skip
        found[player] = np.asarray(np.sum(parts, axis=0))
    return found


def gain_of_knowing(values: Array, payoffs: Array) -> tuple[float, float]:
    """What a decision gains on average if one input is known first, and the standard error of that.

    E_X[max_d E[payoff_d | X]] − max_d E[payoff_d]: the expected value of partial perfect information, with
    E[payoff_d | X] fitted by `curves` (Strong, Oakley and Brennan 2014). The curve by which a draw decides is
    fitted on other draws, so that noise brings no gain: on average the result is a little too low, never high.

    Args:
        values: of the input, shape (draws,).
        payoffs: of the decisions, shape (draws, decisions).

    Returns:
        Gain in units of the payoff, 0 or more, and its standard error.

    Example:
        >>> coin = np.tile([-1.0, 1.0], 500)
        >>> gain, _ = gain_of_knowing(coin, np.stack([coin, np.zeros(1000)], axis=1))
        >>> gain
        0.5
    """
    design = curves(values)
    fold = np.random.default_rng(0).permutation(len(values)) % FOLDS
    chosen = np.empty(len(values), np.intp)
    for part in range(FOLDS):
        here = fold == part
        others = design[~here]
        fitted = _solved(others.T @ others, others.T @ payoffs[~here])
        chosen[here] = (design[here] @ fitted).argmax(axis=1)
    best = payoffs[:, payoffs.mean(axis=0).argmax()]
    gains = payoffs[np.arange(len(values)), chosen] - best
    return max(0.0, float(gains.mean())), float(gains.std() / np.sqrt(len(gains)))
