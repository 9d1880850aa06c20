"""How prospects choose: by what they last heard and by the star rating."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .experience import FAVOURABLE, NEUTRAL, WARY
from .units import Array, Number, probability


class Arrivals(NamedTuple):
    """New customers of a month, and what word of mouth did to their number.

    Example:
        >>> came = arrivals(np.array([900.0, 100.0, 0.0]), np.array([0.01, 0.03, 0.005]))
        >>> came.new.round(6).tolist(), round(float(came.incremental), 6)
        ([9.0, 3.0, 0.0], 2.0)
    """

    new: Array
    """All, by the impression they held, shape (3, …)."""
    recommended: Array
    """Held a favourable impression: came on a recommendation, many of whom would have come anyway."""
    incremental: Array
    """Came because of it: P+·(p+ − p0)."""
    deterred: Array
    """Stayed away because of what they heard: P−·(p0 − p−)."""


def purchase_probability(
    odds_against: Array, rate: Number, reader_share: Number = 0.0, star_log_odds: Number = 0.0
) -> Array:
    """Chance that a prospect becomes a customer within the month.

    η = ι·[(1 − ψ)·expit(ℓ) + ψ·expit(ℓ + d)],   p = 1 − e^(−η)

    Args:
        odds_against: e^(−ℓ), the odds against choosing this business, by impression, shape (3, …).
        rate: ι, hazard per month at which a prospect chooses any supplier.
        reader_share: ψ, of prospects who are swayed by the rating.
        star_log_odds: d, change of a reader's log-odds by the rating.

    Example:
        >>> purchase_probability(np.array([9.0, 4.0, 19.0]), 0.05).round(5).tolist()
        [0.00499, 0.00995, 0.0025]
    """
    unread = 1.0 / (1.0 + odds_against)
    read = 1.0 / (1.0 + odds_against * np.exp(-np.asarray(star_log_odds)))
    psi = np.asarray(reader_share)
    return probability(rate * ((1.0 - psi) * unread + psi * read))


def arrivals(prospects: Array, chance: Array) -> Arrivals:
    """New customers by impression, and those whom word of mouth brought or kept away.

    Args:
        prospects: people by impression, shape (3, …).
        chance: `purchase_probability`, same shape.

    Example:
        >>> a = arrivals(np.array([900.0, 100.0, 50.0]), np.array([0.005, 0.01, 0.002]))
        >>> [round(float(x), 3) for x in (a.new.sum(), a.recommended, a.incremental, a.deterred)]
        [5.6, 1.0, 0.5, 0.15]
    """
    new = prospects * chance
    baseline = chance[NEUTRAL]
    return Arrivals(
        new,
        new[FAVOURABLE],
        np.asarray(new[FAVOURABLE] - prospects[FAVOURABLE] * baseline),
        np.asarray(prospects[WARY] * baseline - new[WARY]),
    )
