"""Do plans pay: several plans on one business side by side, and what would have to be true for each to pay."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from .allocation import Allocation, Option, allocate
from .batch import Batch, run, start
from .break_even import Choice
from .errors import InputError
from .quantity import Range, Value
from .scenario import Scenario
from .words import several

__all__ = ["COLUMNS", "Allocation", "Option", "allocate", "compare", "same_business", "together"]

COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "extra_revenue": "currency over the horizon, not discounted",
        "extra_revenue_percent": "per cent of the revenue it is compared with",
        "extra_contribution": "currency today, before the plan's costs",
        "cost": "currency today",
        "net": "currency today, extra contribution less cost: the change of NPV",
        "payback_month": "month, from 0, from whose end on the cost is earned back for good; missing if never",
        "break_even_cost": "currency today, the most that the plan may cost to pay within the horizon",
        "break_even_good_points": "points of good share more, in every segment, that alone bring the cost",
        "break_even_bad_points": "points of bad share less, in every segment, that alone bring the cost",
        "break_even_causal_share": "multiple of both causal shares from which on the plan pays, 0 to 1",
        "net_without_cause": "currency today, net if both causal shares were 0",
        "net_at_half_cause": "currency today, net if both causal shares were half of what is given",
    }
)
"""Columns of `compare` with their units."""

_ROUNDING = 1e-12
"""Of the NPV; what a difference of two equal runs may come to."""


def compare(*scenarios: Scenario, against: Scenario | None = None) -> pd.DataFrame:
    """What each plan brings and costs, against doing nothing or against another plan.

    net = extra_contribution − cost = NPV(plan) − NPV(against)

    Break-even points are a change of the good or bad share that alone would bring the plan's cost: the same
    points in every segment or all it has to give, with start, ramp and end of the plan's first initiative. They
    are points, such as from 6 % to 5 %, where extra_revenue_percent is per cent. For the three columns on
    causal shares both `experience.causal_share` and `word_of_mouth.causal_share` are scaled together, today's
    observed figures stay, and the hidden values are found anew.

    Args:
        scenarios: plans for one business, over one horizon.
        against: what to compare with; the same business without a plan by default. A plan against itself gives
            zeros.

    Returns:
        One row per scenario, by title; columns and units as in COLUMNS. nan or missing: never within the
        horizon; for break-even points, not with any number; for the causal share, not as given.

    Raises:
        InputError: plans of different businesses, horizons or currencies; names both files and what differs.

    Example:
        >>> import wom
        >>> table = compare(wom.load("retailer/front-line-training"), wom.load("retailer/make-it-right"))
        >>> table["net"].round(-3).to_dict()
        {'Train the front line': -65000.0, 'Make it right on the spot': 34000.0}
    """
    if not scenarios:
        raise InputError("needs one scenario or more")
    base = scenarios[0].without_plan() if against is None else against
    for scenario in scenarios:
        same_business(base, scenario)
    begin = start(base)
    reference = run(begin, begin.inputs.schedule)
    choices = (Choice(begin, plan.inputs().schedule, begin.inputs.schedule) for plan in scenarios)
    rows = [_row(choice, reference) for choice in choices]
    table = pd.DataFrame(rows, index=pd.Index(_titles(scenarios), name="plan"), columns=list(COLUMNS))
    return table.astype({"payback_month": "Int64"})


def together(*scenarios: Scenario) -> Scenario:
    """One scenario that does everything that several plans of one business do.

    Args:
        scenarios: plans for one business, over one horizon; their plans are joined in this order.

    Raises:
        InputError: plans of different businesses, horizons or currencies; or together they leave the bounds.

    Example:
        >>> import wom
        >>> both = together(wom.load("retailer/make-it-right"), wom.load("retailer/front-line-training"))
        >>> both.title, len(both.plan)
        ('Make it right on the spot and Train the front line', 2)
    """
    if not scenarios:
        raise InputError("needs one scenario or more")
    for scenario in scenarios[1:]:
        same_business(scenarios[0], scenario)
    plan = [item for scenario in scenarios for item in scenario.data.get("plan", [])]
    return scenarios[0].replace({"plan": plan, "title": several(_titles(scenarios))})


def same_business(first: Scenario, other: Scenario) -> None:
    """Two scenarios differ in nothing but their plan and title.

    Raises:
        InputError: they do not; names both files and the first things that differ.

    Example:
        >>> import wom
        >>> same_business(wom.load("retailer/today"), wom.load("retailer/make-it-right"))
    """
    one, two = _place(first, "the first scenario"), _place(other, "another scenario")
    if first.currency != other.currency:
        here, there = (scenario.currency or "not given" for scenario in (other, first))
        raise InputError(f"is {here}, but {there} in {one}; plans are compared in one currency", "currency", two)
    if first.horizon_months != other.horizon_months:
        text = (
            f"is {other.horizon_months}, but {first.horizon_months} in {one}; plans are compared over one horizon"
        )
        raise InputError(text, "horizon_months", two)
    if first.segments != other.segments:
        here, there = (", ".join(scenario.segments) for scenario in (other, first))
        raise InputError(f"are {here}, but {there} in {one}; {_ONE_BUSINESS}", "today.segments", two)
    differences = _differences(first, other)
    if differences:
        (key, here, there), more = differences[0], len(differences) - 1
        rest = (
            f" (and {several([key for key, _, _ in differences[1:4]])}{', …' if more > 3 else ''})" if more else ""
        )
        raise InputError(f"is {here}, but {there} in {one}{rest}; {_ONE_BUSINESS}", f"today.{key}", two)


_ONE_BUSINESS = "plans are compared on one business"


def _differences(first: Scenario, other: Scenario) -> list[tuple[str, str, str]]:
    """Key, value in the other and value in the first, of what differs between two businesses."""
    one, two = first.entries(), other.entries()
    rate = "economics.discount_rate"
    pairs = {key: [[entry.value for entry in side.get(key, ())] for side in (two, one)] for key in {**one, **two}}
    if pairs[rate][0] == pairs[rate][1]:  # the business's own counts for the plan's costs, segments or not
        given = ([value for key, value in side.today.given().items() if key == rate] for side in (other, first))
        pairs[rate] = list(given)
    return [(key, _shown(here), _shown(there)) for key, (here, there) in pairs.items() if here != there]


def _shown(values: list[Value]) -> str:
    numbers = (
        "–".join(f"{part:g}" for part in value) if isinstance(value, Range) else f"{value:g}" for value in values
    )
    return ", ".join(numbers) or "not given"


def _row(choice: Choice, reference: Batch) -> dict[str, Any]:
    with_plan = run(choice.start, choice.plan)
    change = with_plan.less(reference)
    revenue, brings, cost = (
        float(part.item()) for part in (change.revenue.sum(), change.worth, change.cost_worth)
    )
    base_revenue = float(reference.revenue.sum())
    without, half = choice.net_at_causal(np.array([0.0, 0.5]))
    return {
        "extra_revenue": revenue,
        "extra_revenue_percent": 100.0 * revenue / base_revenue if base_revenue else float("nan"),
        "extra_contribution": brings,
        "cost": cost,
        "net": brings - cost,
        "payback_month": _payback(change, float(reference.npv.item())),
        "break_even_cost": brings,
        "break_even_good_points": choice.points("good", cost),
        "break_even_bad_points": choice.points("bad", cost),
        "break_even_causal_share": choice.causal_scale(),
        "net_without_cause": without,
        "net_at_half_cause": half,
    }


def _payback(change: Batch, npv: float) -> int | None:
    """The month from whose end on the plan has earned its cost for good, in present value."""
    earned = (change.contribution * change.discount).sum(axis=(1, 2))
    so_far = np.cumsum(earned - (change.cost * change.cost_discount).sum(axis=1))
    below = np.flatnonzero(so_far < -_ROUNDING * abs(npv))
    return int(below[-1]) + 1 if len(below) and below[-1] < len(so_far) - 1 else None


def _titles(scenarios: tuple[Scenario, ...]) -> list[str]:
    """One name per scenario; those that share a title get a number."""
    names = [scenario.title or Path(scenario.file).stem or "plan" for scenario in scenarios]
    return [
        name if names.count(name) == 1 else f"{name} ({names[: place + 1].count(name)})"
        for place, name in enumerate(names)
    ]


def _place(scenario: Scenario, otherwise: str) -> str:
    return scenario.file or scenario.title or otherwise
