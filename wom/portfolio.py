"""Several plans of one business: loading them, their mechanisms side by side, their initiatives as options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from . import planning
from .allocation import Option
from .economics import present_value
from .errors import InputError
from .mechanisms import interactions as pairwise
from .mechanisms import mechanisms
from .plan import Initiative
from .quantity import central
from .run import simulate
from .scenario import Scenario, load
from .spread import spread


def compare(
    *scenarios: Scenario, against: Scenario | None = None, draws: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """Several plans on one business side by side, with how sure each net is.

    Args:
        scenarios: plans for one business, over one horizon.
        against: what to compare with; the same business without a plan by default.
        draws: of all ranges, shared by all plans; 0 leaves the last three columns out.
        seed: 0 or more.

    Returns:
        As `wom.planning.compare`, and net_low, net_high (90 % interval of joint draws) and chance_of_loss.

    Raises:
        InputError: plans of different businesses, horizons or currencies; names both files and what differs.

    Example:
        >>> table = compare(*load_all("retailer/make-it-right", "retailer/front-line-training"), draws=200)
        >>> (table["chance_of_loss"] > 0.5).tolist()
        [False, True]
    """
    table = planning.compare(*scenarios, against=against)
    if draws:
        base = simulate(scenarios[0].without_plan() if against is None else against, draws, seed)
        nets = [simulate(scenario, draws, seed).less(base) for scenario in scenarios]
        table["net_low"] = [float(np.quantile(net, 0.05)) for net in nets]
        table["net_high"] = [float(np.quantile(net, 0.95)) for net in nets]
        table["chance_of_loss"] = [float(np.mean(net < 0)) for net in nets]
    return table


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
        planning.same_business(plans[0], plan)
    return plans


def splits(*plans: Scenario) -> pd.DataFrame:
    """`wom.mechanisms` of several plans, one column each, by title; a column adds up to the plan's net.

    Example:
        >>> list(splits(*load_all("retailer/make-it-right")).columns)
        ['Make it right on the spot']
    """
    return pd.DataFrame({plan.title: mechanisms(plan) for plan in plans})


def interactions(*plans: Scenario) -> pd.DataFrame:
    """`wom.interactions` of everything that several plans do; no rows where there is only one initiative.

    Example:
        >>> len(interactions(*load_all("retailer/make-it-right", "retailer/front-line-training")))
        1
    """
    both = planning.together(*plans)
    pairs = sum(isinstance(item, Initiative) for item in both.plan)
    if pairs < 2:
        return pd.DataFrame(columns=["first_alone", "second_alone", "together", "interaction"])
    return pairwise(both)


def options(*plans: Scenario) -> list[Option]:
    """The initiatives of several plans as options for a budget.

    The scale of each is its own cost in today's money over the horizon: a spending of that size has 63 % of the
    full effect. An initiative without a cost is left out, because no money buys more of it.

    Returns:
        One for each initiative that costs something.

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
    return found


def regret(*plans: Scenario, draws: int = 1000, seed: int = 0) -> pd.DataFrame:
    """What choosing each plan would cost against the best choice, draw by draw; doing nothing is a choice.

    regret of a choice in a draw = largest net of all choices in that draw − its own net

    Args:
        plans: of one business.
        draws: of all ranges, shared by all plans.
        seed: 0 or more.

    Returns:
        Index the choice; columns mean_regret, worst_regret (95th percentile), best_share (of draws in which it
        is the best choice), mean_net, low_net and high_net (90 % interval) and chance_of_loss.

    Example:
        >>> table = regret(*load_all("retailer/make-it-right", "retailer/front-line-training"), draws=200)
        >>> table["mean_regret"].idxmin()
        'Make it right on the spot'
    """
    nets = {plan.title: spread(plan, draws, seed).outcomes["net"] for plan in plans}
    table = pd.DataFrame(nets).dropna()
    table.insert(0, "Do nothing", 0.0)
    lost = table.rsub(table.max(axis=1), axis=0)
    return pd.DataFrame(
        {
            "mean_regret": lost.mean(),
            "worst_regret": lost.quantile(0.95),
            "best_share": (lost == 0).mean(),
            "mean_net": table.mean(),
            "low_net": table.quantile(0.05),
            "high_net": table.quantile(0.95),
            "chance_of_loss": (table < 0).mean(),
        }
    ).rename_axis("choice")
