"""What customers tell, who hears it, and how it shifts the choice of those who hear.

How many people one story reaches, as a distribution and not only a mean, is in `wom.reach`.
"""

from __future__ import annotations

import numpy as np

from .units import Array, Number, logit

REFERENCE_PROBABILITY = 0.40
"""Probability of choosing the business at which the shifts were measured (East, Hammond & Lomax 2008)."""


def stories(experiences: Number, most: Number) -> Array:
    """Stories of one kind told per customer and month, T(x) = φ·(1 − e^(−x/φ)).

    Nobody tells ten stories a month about one shop: the number saturates at φ.

    Args:
        experiences: x, of that kind per customer and month.
        most: φ, stories per customer and month.

    Example:
        >>> round(float(stories(0.25, 1.0)), 4), round(float(stories(100.0, 1.0)), 4)
        (0.2212, 1.0)
    """
    return np.asarray(-np.multiply(most, np.expm1(-np.divide(experiences, most))))


def log_odds_shifts(shift_good: Number, shift_bad: Number, causal_share: Number) -> Array:
    """Change of the log-odds of choosing the business, by impression: e = (0, δ+, −δ−).

    δ+ = κ·[logit(.40 + shift_good) − logit(.40)],   δ− = κ·[logit(.40) − logit(.40 − shift_bad)]

    Args:
        shift_good, shift_bad: change of the probability at .40, as stated by people who heard.
        causal_share: κ, how much of it is caused by hearing.

    Returns:
        Shape (3, *broadcast shape): neutral, favourable, wary.

    Example:
        >>> log_odds_shifts(0.20, 0.11, 0.4).round(4).tolist()
        [0.0, 0.3244, -0.196]
    """
    base = logit(REFERENCE_PROBABILITY)
    kappa = np.asarray(causal_share)
    up = kappa * (logit(REFERENCE_PROBABILITY + np.asarray(shift_good)) - base)
    down = kappa * (base - logit(REFERENCE_PROBABILITY - np.asarray(shift_bad)))
    return np.stack(np.broadcast_arrays(0.0, up, -down)).astype(np.float64, copy=False)


def exposure(messages: Array, size: Array, homophily: Number) -> Array:
    """Messages that one person of each segment hears in the month.

    x_i = h·m_i/M_i + (1 − h)·Σm/ΣM

    Args:
        messages: m, heard within the market, told in each segment; segments on the first axis.
        size: M, people in each segment.
        homophily: h, share of talk that stays within the teller's segment.

    Example:
        >>> exposure(np.array([[100.0], [0.0]]), np.array([[1000.0], [1000.0]]), 0.7).round(4).tolist()
        [[0.085], [0.015]]
    """
    everywhere = messages.sum(axis=0, keepdims=True) / size.sum(axis=0, keepdims=True)
    h = np.asarray(homophily)
    return np.asarray(h * messages / size + (1.0 - h) * everywhere)
