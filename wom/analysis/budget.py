"""The best mix of initiatives under a budget, where each brings less the more is spent on it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from .._run import Run, in_part, run
from ..anchoring import Start, start
from ..errors import InputError
from ..plan import Phase
from ..scenario import Scenario
from ..units import Array

_LATTICE = 300
"""Mixes tried at most before the optimiser starts from the best ones."""
_STARTS = 3
_STEP = 1e-4
"""Step of a derivative, of an option's scale: truncation and rounding are then both near 1e-8 of it."""

_KEPT = 1e-6
"""Of the budget; less than this unspent is the optimiser's rounding."""


@dataclass(frozen=True, kw_only=True)
class Option:
    """Something that money can be spent on, with diminishing returns.

    share of the full effect = 1 − e^(−spend/scale)

    Args:
        changes: at full effect, as in a plan's initiative: {"experience.bad_share": {"multiply": 0.7}}.
        scale: currency; a spending of this size has 63 % of the full effect, of 2.3 times this size 90 %.
        start_month, ramp_months: as in a plan's initiative; the money is spent in the start month.
    """

    name: str
    changes: Mapping[str, Any]
    scale: float
    start_month: int = 0
    ramp_months: int = 1

    def __post_init__(self) -> None:
        if not (math.isfinite(self.scale) and self.scale > 0):
            raise InputError(f"must be above 0 (currency), is {self.scale}", f"{self.name}.scale")

    def effect_share(self, spend: Array | float) -> Array:
        """Share of the full effect that a spending has."""
        return np.asarray(-np.expm1(-np.asarray(spend) / self.scale))


@dataclass(frozen=True)
class Allocation:
    """How a budget is spent best. Money in currency; what it brings in currency today, over the horizon."""

    budget: float
    table: pd.DataFrame
    """By option: spend, effect_share (of its full effect), marginal_return (change of NPV by the next unit spent
    on it, that unit paid)."""
    net: float
    """Change of NPV, what is spent deducted."""
    marginal_return: float
    """Change of NPV by the next unit of budget, that unit paid; 0 where more would not pay and money is left."""

    @property
    def unspent(self) -> float:
        """What is better kept."""
        return max(0.0, self.budget - float(self.table["spend"].sum()))


def allocate(budget: float, options: Sequence[Option], scenario: Scenario) -> Allocation:
    """The mix of options with the largest change of NPV, at no more than the budget.

    max NPV(s_1, …, s_n) with s_i ≥ 0 and Σs_i ≤ budget,   effect_i = full effect_i·(1 − e^(−s_i/scale_i))

    The effects are not added up: each mix is a run, so that options which cure the same ill count once. SciPy's
    SLSQP starts from the best of a lattice of mixes, since there may be several peaks.

    `budget`: currency, not discounted; nobody has to spend it all.

    Raises:
        InputError: no option, no budget, two options of one name, or changes that leave the bounds together.
    """
    mixes = _Mixes(start(scenario), _phases(options, scenario), tuple(options))
    if not (math.isfinite(budget) and budget > 0):
        raise InputError(f"must be above 0 (currency), is {budget}", "budget")
    lattice = budget * _lattice(len(options))
    brings = mixes.net(lattice)
    unit = max(float(np.abs(brings).max()), 1.0)
    best, most = lattice[int(brings.argmax())], float(brings.max())

    from scipy.optimize import LinearConstraint, minimize  # late, because it takes long to import

    def loss(shares: Array) -> float:
        return -float(mixes.net(budget * shares[np.newaxis]).item()) / unit

    def rise(shares: Array) -> Array:
        return -mixes.slope(budget * shares) * budget / unit

    for place in np.argsort(-brings)[:_STARTS]:
        found = minimize(
            loss,
            lattice[place] / budget,
            jac=rise,
            method="SLSQP",
            bounds=[(0.0, 1.0)] * len(options),
            constraints=LinearConstraint(np.ones(len(options)), ub=1.0),
            tol=1e-14,
        )
        spend = budget * np.clip(found.x, 0.0, 1.0)
        spend *= min(1.0, budget / max(float(spend.sum()), budget))
        if (net := float(mixes.net(spend[np.newaxis]).item())) > most:
            best, most = spend, net
    slope = mixes.slope(best)
    table = pd.DataFrame(
        {
            "spend": best,
            "effect_share": [float(option.effect_share(part)) for option, part in zip(options, best, strict=True)],
            "marginal_return": slope,
        },
        index=pd.Index([option.name for option in options], name="option"),
    )
    kept = float(best.sum()) < budget * (1.0 - _KEPT)
    return Allocation(budget, table, most, 0.0 if kept else max(0.0, float(slope.max())))


@dataclass(frozen=True)
class _Mixes:
    """Runs of a business with several spendings on each option."""

    start: Start
    phases: tuple[Phase, ...]
    options: tuple[Option, ...]

    def net(self, spend: Array) -> Array:
        """Change of NPV against nothing spent, shape (mixes,); `spend` by (mix, option)."""
        own = self.start.inputs.schedule
        parts = tuple(
            in_part(phase, option.effect_share(money), money)
            for phase, option, money in zip(self.phases, self.options, spend.T, strict=True)
        )
        many = self.start.repeated(len(spend))
        return run(many, replace(own, phases=(*own.phases, *parts))).less(self._nothing()).npv_by_draw

    def slope(self, spend: Array) -> Array:
        """Change of NPV per unit of money spent more on each option, at one mix, by central differences."""
        step = _STEP * np.array([option.scale for option in self.options])
        around = np.concatenate([spend + np.diag(step), spend - np.diag(step)])
        more, less = np.split(self.net(around), 2)
        return np.asarray((more - less) / (2.0 * step))

    def _nothing(self) -> Run:
        return run(self.start, self.start.inputs.schedule)


def _phases(options: Sequence[Option], scenario: Scenario) -> tuple[Phase, ...]:
    """The options at full effect, ready for the engine; checked as a plan is."""
    names = [option.name for option in options]
    if not options:
        raise InputError("give one option or more", "options")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"two options are called {twice[0]}; give each its own name", "options")
    plan = [
        {
            "initiative": option.name,
            "start_month": option.start_month,
            "ramp_months": option.ramp_months,
            "changes": dict(option.changes),
        }
        for option in options
    ]
    full = scenario.replace({"plan": [*scenario.data.get("plan", []), *plan]})
    return full.inputs().schedule.phases[-len(options) :]


def _lattice(options: int) -> Array:
    """Evenly spread shares of a budget, what is kept included: shape (mixes, options), rows sum to 1 at most."""
    parts = 1
    while parts < 20 and math.comb(parts + 1 + options, options) <= _LATTICE:
        parts += 1
    bars = np.array(list(combinations(range(parts + options), options)))
    ends = np.concatenate([np.full((len(bars), 1), -1), bars], axis=1)
    return np.asarray((np.diff(ends, axis=1) - 1) / parts)
