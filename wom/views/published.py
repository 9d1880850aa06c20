"""Published figures as numbers."""

from __future__ import annotations

from ..errors import InputError
from ..evidence import figure


def published(name: str) -> float:
    """The central value of a figure; raises InputError where it has none.

    Example:
        >>> published("perception_gap_customers")
        0.08
    """
    value = figure(name).central
    if value is None:
        raise InputError("has no central value", name, "evidence.yaml")
    return value
