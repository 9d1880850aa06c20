"""Money: contribution and its worth today."""

from __future__ import annotations

import numpy as np

from .units import Array, Number, discount_factors


def contribution(revenue: Number, margin_share: Number, paid_arrivals: Number, acquisition_cost: Number) -> Array:
    """What a month leaves before the plan's costs: margin_share·revenue − acquisition_cost·(paid arrivals).

    Args:
        revenue: currency in the month.
        margin_share: of revenue.
        paid_arrivals: new customers less the incremental ones that word of mouth brought.
        acquisition_cost: currency per paid arrival.

    Example:
        >>> float(contribution(250_000.0, 0.4, 140.0, 30.0))
        95800.0
    """
    return np.asarray(np.multiply(margin_share, revenue) - np.multiply(acquisition_cost, paid_arrivals))


def present_value(flows: Array, annual_rate: Number) -> Array:
    """Worth today of monthly flows: Σ_t flow_t·(1 + annual_rate)^(−t/12).

    Args:
        flows: months on the first axis.
        annual_rate: effective rate per YEAR, shape of one month's flows or one that broadcasts.

    Example:
        >>> float(present_value(np.array([100.0, 100.0]), 0.0))
        200.0
    """
    return np.asarray((flows * discount_factors(annual_rate, len(flows))).sum(axis=0))
