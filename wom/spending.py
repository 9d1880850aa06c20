"""What customers spend, by mood."""

from __future__ import annotations

import numpy as np

from .units import Array, Number


def factors(uplift_share: Number, uplift_size: Number, disappointed_cut: Number, causal_share: Number) -> Array:
    """Spending by mood, against content: (1, 1 + κd·uplift_share·uplift_size, 1 − κd·disappointed_cut).

    Args:
        uplift_share: of delighted customers, who buy more.
        uplift_size: how much more they buy, share of spending.
        disappointed_cut: how much less a disappointed customer buys, share of spending.
        causal_share: κd, how much of these differences is caused by the mood.

    Returns:
        Shape (3, *broadcast shape): content, delighted, disappointed.

    Example:
        >>> factors(0.42, 0.13, 0.10, 1.0).round(4).tolist()
        [1.0, 1.0546, 0.9]
    """
    more = 1.0 + np.asarray(causal_share) * uplift_share * uplift_size
    less = 1.0 - np.asarray(causal_share) * disappointed_cut
    return np.stack(np.broadcast_arrays(1.0, more, less)).astype(np.float64, copy=False)
