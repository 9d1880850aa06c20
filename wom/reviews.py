"""The public star rating: who posts, what the rating is, what a star is worth."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .units import Array, Number


class Posted(NamedTuple):
    """Reviews per customer and month, and the stars in them.

    Example:
        >>> month = posted(np.array([0.5, 0.0, 0.5]), np.full(3, 0.1), np.array([5.0, 3.0, 1.0]))
        >>> round(float(month.stars / month.reviews), 6)
        3.0
    """

    reviews: Array
    stars: Array


def posted(contacts: Array, posting: Array, stars: Array) -> Posted:
    """Reviews posted per customer and month, and the sum of their stars.

    reviews = Σ contacts·posting, stars: each term times its stars; over good, neutral and bad contacts.

    Args:
        contacts: per customer and month, shape (3, …): good, neutral (recovered ones included), bad.
        posting: reviews per contact, same order.
        stars: of one review, same order.

    Example:
        >>> contacts, posting = np.array([0.25, 0.71, 0.04]), np.array([0.02, 0.005, 0.05])
        >>> [round(float(x), 5) for x in posted(contacts, posting, np.array([5.0, 4.0, 1.5]))]
        [0.01055, 0.0422]
    """
    reviews = contacts * posting
    return Posted(reviews.sum(axis=0), (reviews * stars).sum(axis=0))


def log_odds_per_star(effect_per_star: Number, reader_share: Number) -> Array:
    """Log-odds of choosing per star among readers, β = ln(1 + effect_per_star/ψ).

    The published effect is over all buyers; only readers can cause it.

    Example:
        >>> round(float(log_odds_per_star(0.05, 0.73)), 5)
        0.06625
    """
    return np.asarray(np.log1p(np.divide(effect_per_star, reader_share)))
