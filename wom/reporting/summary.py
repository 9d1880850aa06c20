"""What lists of runs show of each: its title, a few figures, and one line over time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from ..files import SCENARIO
from ..scenario import Basis
from ..words import money, signed, whole

_MOST_POINTS = 40

WITH_PLAN = ("extra_revenue", "net", "extra_customers_at_end")
WITHOUT = ("revenue", "npv", "customers_at_end")
LABELS = {
    "extra_revenue": "Extra revenue",
    "net": "Net, in today's money",
    "extra_customers_at_end": "Extra customers at the end",
    "revenue": "Revenue",
    "npv": "Worth, in today's money",
    "customers_at_end": "Customers at the end",
    "plan_cost": "Cost of the plan",
}
_COUNTS = ("customers", "people")


def summarise(results: Mapping[str, Any]) -> dict[str, Any]:
    """What to remember of a run's results in its manifest.

    Args:
        results: as the notebook published them. Reports of scenarios publish `numbers`, `scenario` and tables by
            month; of other notebooks the first three of `numbers` count.

    Returns:
        title, currency; `basis`: scenario, calibrated, back-tested or "back-tested, failed"; `figures` by name;
        `texts`: those of them that the report opens with, as it writes them;
        `trend`, at most 40 numbers: the plan's net so far, or the revenue of each month where there is no plan.

    Example:
        >>> summarise({"title": "Shop", "numbers": {"npv": 12.5, "months": None}})["figures"]
        {'npv': 12.5}
    """
    numbers = results.get("numbers")
    numbers = numbers if isinstance(numbers, Mapping) else {}
    scenario = results.get("scenario")
    scenario = scenario if isinstance(scenario, Mapping) else {}
    chosen = WITH_PLAN if scenario.get("plan") else WITHOUT
    if not set(chosen) <= set(numbers):
        chosen = tuple(name for name, value in numbers.items() if _is_number(value))[:3]
    line = _column(results.get("difference"), "present_so_far") if chosen == WITH_PLAN else None
    return {
        "title": str(results.get("title") or scenario.get("title") or ""),
        "currency": str(scenario.get("currency") or ""),
        "basis": _basis(scenario),
        "figures": {name: numbers[name] for name in chosen if _is_number(numbers[name])},
        "texts": dict(zip(chosen, _column(results.get("headline"), "value", str) or (), strict=False))
        if chosen in (WITH_PLAN, WITHOUT)
        else {},
        "trend": thinned(line or _column(results.get("monthly"), "revenue") or []),
    }


def label(name: str) -> str:
    """A figure's name in words.

    Example:
        >>> label("npv"), label("people_told_bad")
        ("Worth, in today's money", 'People told bad')
    """
    rank, _, rest = name.partition("_")
    if rank in ("best", "median", "worst") and rest in LABELS:
        return f"{rank.capitalize()}: {LABELS[rest].lower()}"
    return LABELS.get(name, name.replace("_", " ").capitalize())


def shown(name: str, value: float, currency: str = "", *, sign: bool = False) -> str:
    """A figure as people read it.

    Example:
        >>> shown("extra_customers_at_end", 154.6), shown("npv", -1234.5, "USD", sign=True)
        ('155', '−USD\\xa01,230')
    """
    text = whole(value) if any(word in name for word in _COUNTS) else money(value, currency)
    return signed(text) if sign else text


def thinned(values: list[float]) -> list[float]:
    """At most forty of the values, evenly spaced, the first and the last among them, with six digits.

    Example:
        >>> thinned([float(place) for place in range(79)])[:3]
        [0.0, 2.0, 4.0]
    """
    if len(values) > _MOST_POINTS:
        last = len(values) - 1
        values = [values[round(place * last / (_MOST_POINTS - 1))] for place in range(_MOST_POINTS)]
    return [float(f"{value:.6g}") for value in values]


def _basis(scenario: Mapping[str, Any]) -> str:
    basis = scenario.get("basis")
    if not isinstance(basis, Mapping):
        return SCENARIO if scenario else ""
    try:
        return Basis.model_validate(basis).label
    except ValidationError:
        return str(basis.get("label") or SCENARIO)


def _column(table: Any, name: str, kind: type = float) -> list[Any] | None:
    if not isinstance(table, Mapping) or name not in table.get("columns", ()):
        return None
    place = table["columns"].index(name)
    values = [row[place] for row in table["data"]]
    good = (isinstance(value, str) if kind is str else _is_number(value) for value in values)
    return values if all(good) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
