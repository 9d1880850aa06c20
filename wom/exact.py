"""Figures that the business gives without a range: they count as exact, though nobody knows them exactly."""

from __future__ import annotations

import numpy as np

from .assumptions import YOURS
from .outcomes import evaluate
from .parameters import QUANTITIES
from .quantity import Quantity, Range, central
from .scenario import Scenario
from .uncertainty import END, Uncertain
from .units import Array, logit

_PART = 0.1
"""By which each is moved to see what it does: a tenth of its value, of a share a tenth of its odds."""


def exact(scenario: Scenario) -> tuple[str, ...]:
    """The business's own figures of today that have no range and were not counted in data.

    Args:
        scenario: from `wom.load`.

    Returns:
        Dotted keys, with the segment where a segment gives its own.

    Example:
        >>> import wom
        >>> found = exact(wom.load("retailer/today"))
        >>> len(found), found[:2]
        (14, ('market.size', 'market.customers'))
    """
    return tuple(item.key for item in _exact(scenario))


def influential(scenario: Scenario, most: int = 3) -> tuple[str, ...]:
    """Which of `exact` move the result most, the first most.

    Each is moved up and down by a tenth, of a share by a tenth of its odds, with the other figures in the middle;
    what counts is the change of the plan's net return, or of the net present value where there is no plan.

    Args:
        scenario: from `wom.load`.
        most: how many at most.

    Example:
        >>> import wom
        >>> influential(wom.load("retailer/today"), 2)
        ('economics.spend_per_customer', 'market.customers')
    """
    items = _exact(scenario)
    ends = END * np.concatenate([np.zeros((len(items), 1)), -np.eye(len(items)), np.eye(len(items))], axis=1)
    result = evaluate(scenario, items, ends, "net" if scenario.plan else "npv")
    change = np.nan_to_num(np.abs(result[1:] - result[0])).reshape(2, -1).max(axis=0)
    return tuple(items[place].key for place in np.argsort(-change, kind="stable")[:most] if change[place] > 0)


def _exact(scenario: Scenario) -> tuple[Uncertain, ...]:
    """The figures as ranges a tenth wide to each side."""
    found: dict[str, Uncertain] = {}
    for key, places in scenario.entries().items():
        for path, value in places:
            name, quantity = path.removeprefix("today."), QUANTITIES[key]
            known = isinstance(value, Range) and value.low < value.high
            if path.startswith("today.") and not (known or quantity.plan_only or name in scenario.basis.sources):
                span = _span(central(value), quantity)
                found[path] = Uncertain(name, path, span, quantity, YOURS, "", len(found))
    return tuple(found.values())


def _span(value: float, quantity: Quantity) -> Range:
    least = quantity.above if quantity.at_least is None else quantity.at_least
    most = quantity.below if quantity.at_most is None else quantity.at_most
    if least is None or value <= least:
        return Range(value, value, value)
    if most is None:
        return Range(value - _PART * (value - least), value, value + _PART * (value - least))
    if value >= most:
        return Range(value, value, value)
    low, high = (_moved(value, least, most, way) for way in (-_PART, _PART))
    return Range(low, value, high)


def _moved(value: float, least: float, most: float, by: float) -> float:
    odds: Array = np.exp(logit((value - least) / (most - least)) + by)
    return float(least + (most - least) * odds / (1.0 + odds))
