"""Who leaves, how mood and what customers hear change it, and who then avoids the business."""

from __future__ import annotations

import numpy as np

from .units import Array, Number, monthly_loss, probability


def hazard_ratios(delighted: Number, disappointed: Number, causal_share: Number) -> Array:
    """Hazard of leaving by mood, against content: (1, delighted^κd, disappointed^κd).

    Args:
        delighted, disappointed: observed ratios.
        causal_share: κd, how much of the observed difference is caused by the mood.

    Returns:
        Shape (3, *broadcast shape): content, delighted, disappointed.

    Example:
        >>> hazard_ratios(0.8, 2.5, 0.0).tolist()
        [1.0, 1.0, 1.0]
    """
    better, worse = np.power(delighted, causal_share), np.power(disappointed, causal_share)
    return np.stack(np.broadcast_arrays(1.0, better, worse)).astype(np.float64, copy=False)


def departures(customers: Array, hazard: Array) -> Array:
    """Customers who leave within the month, by mood: C_k·(1 − e^(−hazard_k)).

    Args:
        customers: people by mood, shape (3, …).
        hazard: per month, same shape or one that broadcasts.

    Example:
        >>> departures(np.array([1000.0]), np.array([0.025])).round(2).tolist()
        [24.69]
    """
    return np.asarray(customers * probability(hazard))


def return_share(still_avoiding_after_24_months: Number) -> Array:
    """Share of avoiders who become prospects again each month, ra = 1 − still_avoiding^(1/24).

    Example:
        >>> round(float(return_share(0.39)), 4)
        0.0385
    """
    return monthly_loss(still_avoiding_after_24_months, 24)
