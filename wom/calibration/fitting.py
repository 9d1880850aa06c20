"""A market too large for the recommendations that were seen in it, and how large it may be."""

from __future__ import annotations

import math

from ..draws import sample
from ..errors import InputError
from ..parameters import central, plain
from ..scenario import Scenario

_STEP = 1.25
"""Of sizes tried from above; too small a market contradicts itself as well, for those who come must be in it."""

_HALVINGS = 6
"""Of the last step: it ends within half a percent."""


def fitting(scenario: Scenario, draws: int) -> dict[str, float] | None:
    """The largest market in which a scenario's figures go together, by trying smaller and smaller ones.

    Returns:
        By dotted key (of segments in proportion), rounded down to three digits; None if no size above the number
        of customers will do.
    """
    entries = scenario.entries()
    sizes = {plain(entry.path): float(central(entry.value)) for entry in entries["market.size"]}
    customers = [float(central(entry.value)) for entry in entries["market.customers"]]
    least = max(few / size for few, size in zip(customers, sizes.values(), strict=True))
    high = 1.0
    while not _holds(scenario, _scaled(sizes, low := high / _STEP), draws):
        high = low
        if high <= least:
            return None
    for _ in range(_HALVINGS):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if _holds(scenario, _scaled(sizes, middle), draws) else (low, middle)
    return _scaled(sizes, low)


def _scaled(sizes: dict[str, float], factor: float) -> dict[str, float]:
    """All sizes times a factor, down to three digits."""
    found = {}
    for key, size in sizes.items():
        place = 10.0 ** (math.floor(math.log10(size * factor)) - 2)
        found[key] = math.floor(size * factor / place) * place
    return found


def _holds(scenario: Scenario, sizes: dict[str, float], draws: int) -> bool:
    try:
        sample(scenario.replace(sizes), draws)
    except InputError:
        return False
    return True
