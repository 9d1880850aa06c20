"""Roots of many functions of one number at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .units import Array

_CLOSE = 1e-9
"""Size of the last Newton step; what is left after it is of the order of its square."""

_MOST_STEPS = 100
"""Halving alone comes to a relative 1e-13 in 44."""

WIDER = 1e-6
"""Widen a bracket by this much where rounding at its ends can hide the change of sign."""


def rising_root(
    function: Callable[[Array], tuple[Array, Array]], low: Array, high: Array, start: Array, scale: float = 0.0
) -> Array:
    """Where rising functions of one number each are nought: Newton's steps, halving where one leaves the bracket.

    Args:
        function: its value and slope.
        low, high: around the root.
        start: between them; nan stays nan.
        scale: what a step is small against, besides the root itself; give one where the root may be nought.

    Returns:
        The roots, to a relative 1e-13 or the rounding of the function.

    Example:
        >>> two = np.array([2.0, 9.0])
        >>> rising_root(lambda x: (x**2 - two, 2.0 * x), np.zeros(2), two, two).round(12).tolist()
        [1.414213562373, 3.0]
    """
    place = start
    for _ in range(_MOST_STEPS):
        value, slope = function(place)
        low, high = np.where(value < 0, place, low), np.where(value > 0, place, high)
        newton = place - value / slope
        halfway = np.where(np.isfinite(high), (low + high) / 2.0, 2.0 * place)
        following = np.where((newton >= low) & (newton <= high), newton, halfway)
        far = np.abs(following - place) > _CLOSE * (np.abs(following) + scale)
        place = following
        if not far.any():
            break
    return place
