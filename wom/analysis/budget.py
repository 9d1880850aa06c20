"""The best mix of initiatives under a budget, where each brings less the more is spent on it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from .._run import discounts, in_part, run
from ..anchoring import start
from ..errors import InputError
from ..scenario import Scenario
from ..units import Array

_KEPT = 1e-6
"""Of the budget; less than this unspent is the optimiser's rounding."""


def effect_share(spend: Array | float, cost: Array | float) -> Array:
    """Share of its effect that an initiative has for a part of its cost: all of it at its own cost.

    share = (1 − e^(−spend/cost)) / (1 − e^(−1)),   so that half of the money has 62 % of the effect

    Currency. More than the cost buys nothing more, since nobody said what it would buy.
    """
    part = np.asarray(spend) / np.asarray(cost)
    return np.asarray(np.expm1(-part) / np.expm1(-1.0))


@dataclass(frozen=True)
class Allocation:
    """How a budget is spent best. Money in currency; what it brings in currency today, over the horizon."""

    budget: float
    table: pd.DataFrame
    """By option: spend, effect_share (of its effect at its own cost), marginal_return (change of NPV by the next
    unit spent on it, that unit paid; missing where its whole cost is spent)."""
    net: float
    """Change of NPV, what is spent deducted."""
    marginal_return: float
    """Change of NPV by the next unit of budget, that unit paid; 0 where more would not pay and money is left."""

    @property
    def unspent(self) -> float:
        """What is better kept."""
        return max(0.0, self.budget - float(self.table["spend"].sum()))


def allocate(budget: float, options: Sequence[Mapping[str, Any]], scenario: Scenario) -> Allocation:
    """The mix of options with the largest change of NPV, at no more than the budget.

    max NPV(s_1, …, s_n) with 0 ≤ s_i ≤ cost_i and Σs_i ≤ budget,   effect_i = own effect_i·share(s_i, cost_i)

    At its own cost an option is the initiative as it stands: same effect, same payments, same net. The effects are
    not added up: each mix is a run, so that options which cure the same ill count once. SciPy's SLSQP starts from
    the best of a lattice of mixes, since there may be several peaks.

    Args:
        budget: currency today; nobody has to spend it all.
        options: initiatives as a plan has them, each with its cost.
        scenario: the business; its own plan happens whatever is spent.

    Raises:
        InputError: no option, no budget, one without cost, two of one name, or changes that leave the bounds
            together.
    """
    names = [option.get("initiative") for option in options]
    if not options:
        raise InputError("give one option or more", "options")
    if twice := [name for name in names if names.count(name) > 1]:
        raise InputError(f"two options are called {twice[0]}; give each its own name", "options")
    full = scenario.replace({"plan": [*scenario.data.get("plan", []), *map(dict, options)]})
    begin, phases = start(scenario), full.inputs().schedule.phases[-len(options) :]
    if not (math.isfinite(budget) and budget > 0):
        raise InputError(f"must be above 0 (currency), is {budget}", "budget")
    factors = discounts(begin.inputs)[1][:, 0]
    paid = [[np.asarray(phase.cost(month)).item() for month in range(len(factors))] for phase in phases]
    cost = np.array(paid) @ factors
    if (cost <= 0.0).any():
        name = phases[int((cost <= 0.0).argmax())].name
        raise InputError("costs nothing within the horizon, so no money buys more of it", f"{name}.cost")
    own = begin.inputs.schedule
    nothing = run(begin, own)

    def gain(spend: Array) -> Array:
        """Change of NPV against nothing spent, shape (mixes,); `spend` by (mix, option)."""
        shares = effect_share(spend, cost).T, (spend / cost).T
        parts = tuple(in_part(phase, *part) for phase, *part in zip(phases, *shares, strict=True))
        plan = replace(own, phases=(*own.phases, *parts))
        return run(begin.repeated(len(spend)), plan).less(nothing).npv_by_draw

    def slope(spend: Array) -> Array:
        """Change of NPV per unit of money spent more on each option, at one mix, by differences.

        Central ones, but where the whole cost is spent: from below. With a step of 1e-4 of an option's cost
        truncation and rounding are both near 1e-8 of it.
        """
        step = np.diag(1e-4 * cost)
        above = np.minimum(spend + step, np.maximum(cost, spend))
        more, less = np.split(gain(np.concatenate([above, spend - step])), 2)
        return np.asarray((more - less) / np.diag(above - spend + step))

    most = np.minimum(cost, budget)
    lattice = np.minimum(budget * _lattice(len(options)), most)
    lattice = np.vstack([lattice, most * min(1.0, budget / most.sum())])
    brings = gain(lattice)
    unit = max(float(np.abs(brings).max()), 1.0)
    best, net = lattice[int(brings.argmax())], float(brings.max())

    from scipy.optimize import LinearConstraint, minimize  # late, because it takes long to import

    def loss(shares: Array) -> float:
        return -float(gain(budget * shares[np.newaxis]).item()) / unit

    def rise(shares: Array) -> Array:
        return -slope(budget * shares) * budget / unit

    for place in np.argsort(-brings, kind="stable")[:3]:
        found = minimize(
            loss,
            lattice[place] / budget,
            jac=rise,
            method="SLSQP",
            bounds=[(0.0, end) for end in most / budget],
            constraints=LinearConstraint(np.ones(len(options)), ub=1.0),
            tol=1e-14,
        )
        spend = np.clip(budget * found.x, 0.0, most)
        spend *= min(1.0, budget / max(float(spend.sum()), budget))
        if (reached := float(gain(spend[np.newaxis]).item())) > net:
            best, net = spend, reached
    marginal = np.where(best < cost * (1.0 - _KEPT), slope(best), np.nan)
    table = pd.DataFrame(
        {"spend": best, "effect_share": effect_share(best, cost), "marginal_return": marginal},
        index=pd.Index([phase.name for phase in phases], name="option"),
    )
    kept = float(best.sum()) < budget * (1.0 - _KEPT)
    following = 0.0 if kept or np.isnan(marginal).all() else max(0.0, float(np.nanmax(marginal)))
    return Allocation(budget, table, net, following)


def _lattice(options: int) -> Array:
    """Evenly spread shares of a budget, what is kept included: shape (mixes, options), rows sum to 1 at most."""
    parts = 1
    while parts < 20 and math.comb(parts + 1 + options, options) <= 300:
        parts += 1
    bars = np.array(list(combinations(range(parts + options), options)))
    ends = np.concatenate([np.full((len(bars), 1), -1), bars], axis=1)
    return np.asarray((np.diff(ends, axis=1) - 1) / parts)
