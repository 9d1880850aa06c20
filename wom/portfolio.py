"""Several plans of one business: loading them, their mechanisms side by side, their initiatives as options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from .allocation import Option
from .economics import present_value
from .errors import InputError
from .mechanisms import mechanisms
from .plan import Initiative
from .planning import same_business
from .quantity import central
from .run import simulate
from .scenario import Scenario, load


def load_all(*sources: str, changes: Mapping[str, Any] | None = None) -> list[Scenario]:
    """Plans of one business, the same values changed in each.

    Args:
        sources: scenario files or samples' names.
        changes: by dotted key, as for `Scenario.replace`.

    Raises:
        InputError: none given, a file that is not fine, or plans of different businesses.

    Example:
        >>> [plan.title for plan in load_all("retailer/make-it-right", "retailer/viral-complaint")]
        ['Make it right on the spot', 'A complaint goes viral']
    """
    if not sources:
        raise InputError("needs one scenario or more")
    plans = [load(source).replace(changes or {}) for source in sources]
    for plan in plans[1:]:
        same_business(plans[0], plan)
    return plans


def splits(*plans: Scenario) -> pd.DataFrame:
    """`wom.mechanisms` of several plans, one column each, by title; a column adds up to the plan's net.

    Example:
        >>> list(splits(*load_all("retailer/make-it-right")).columns)
        ['Make it right on the spot']
    """
    return pd.DataFrame({plan.title: mechanisms(plan) for plan in plans})


def options(*plans: Scenario) -> list[Option]:
    """The initiatives of several plans as options for a budget.

    The scale of each is its own cost in today's money over the horizon: a spending of that size has 63 % of the
    full effect. An initiative without a cost is left out, because no money buys more of it.

    Raises:
        InputError: no initiative costs anything.

    Example:
        >>> [round(option.scale) for option in options(*load_all("retailer/make-it-right"))]
        [17664]
    """
    found: list[Option] = []
    for plan in plans:
        for item in plan.plan:
            if not isinstance(item, Initiative):
                continue
            alone = plan.replace({"plan": [item.model_dump(exclude_unset=True)]})
            run = simulate(alone)
            scale = float(present_value(run.plan_cost, run.inputs.plan_discount_rate).sum())
            if scale > 0:
                changes = {key: {change.way: central(change.amount)} for key, change in item.changes.items()}
                name = item.initiative if all(item.initiative != option.name for option in found) else (
                    f"{item.initiative} ({plan.title})"
                )  # fmt: skip
                found.append(
                    Option(name=name, changes=changes, scale=scale, start_month=item.start_month,
                           ramp_months=item.ramp_months)
                )  # fmt: skip
    if not found:
        raise InputError("no initiative of these plans costs anything, so there is no budget to divide")
    return found
