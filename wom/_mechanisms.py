"""Where the money of a plan comes from: a split over the paths from experience to revenue that adds up exactly."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd

from ._run import Run, in_part, run
from .anchoring import Start, start
from .engine import Switches
from .errors import InputError
from .plan import Initiative
from .scenario import Scenario, opens
from .units import Array

MECHANISMS = tuple(field.name for field in fields(Switches))
"""retention, spend, good_word_of_mouth, bad_word_of_mouth, reviews, avoidance."""
LINES = ("direct", *MECHANISMS)
"""The lines of a split, in the order in which they are shown."""

_SUBSETS = 2 ** len(MECHANISMS)
_WORKS = ((np.arange(_SUBSETS)[:, np.newaxis] >> np.arange(len(MECHANISMS))) & 1).astype(np.float64)
"""1 where a mechanism (column) works in a subset (row)."""


@opens
def mechanisms(scenario: Scenario, *, level: bool = False) -> pd.Series:
    """A plan's change of NPV, split over retention, spending, talk, reviews and avoidance.

    v(S) = NPV(plan, only S works) − NPV(no plan, only S works)

    direct = v(∅): the plan's costs, and what it changes by itself, such as lost spending or a multiplier.
    Every other line is a mechanism's Shapley value: what it adds to v, averaged over all orders in which the
    mechanisms can be switched on, φ_i = Σ_{S without i} ``|S|``!·(5 − ``|S|``)!/6!·[v(S with i) − v(S)].

    A mechanism that is off has no effect from month 0 on in either run: mood changes nobody's staying
    (retention) or spending (spend), nobody is told anything good or bad, the rating sways nobody, who leaves
    disappointed does not avoid the business. Hidden values stay as they are with everything on.

    With `level=True` the split is of today's business instead, and the plan plays no part:

    v(S) = NPV(no plan, only S works) − NPV(no plan, nothing works)

    The lines are then what service, good and bad taken together, earns (above 0) or loses (below 0) along each
    path within the horizon, against the same customers, prospects and content customers' habits with none of
    these effects. direct is 0. Of avoidance only the new avoiders count; those of today are there in both.

    One value per line of LINES, currency today over the horizon. They add up to NPV(plan) − NPV(no plan); with
    `level`, to NPV(no plan) − NPV(no plan, nothing works).

    Raises:
        InputError: no plan to split, or today's figures contradict each other.

    Example:
        >>> import wom
        >>> plan = wom.load("retailer/front-line-training")
        >>> split = mechanisms(plan)
        >>> change = wom.simulate(plan).npv - wom.simulate(plan.without_plan()).npv_by_draw
        >>> bool(abs(split.sum() - change) < 1e-6)
        True

    Source:
        Shapley 1953, A value for n-person games.
    """
    if not (level or scenario.plan):
        text = "there is no plan to split; level=True splits today's business"
        raise InputError(text, "plan", scenario.file)
    with_plan, without = scenario.once("mechanisms", lambda: _subsets(start(scenario)))
    runs = without.less(without.at(slice(0, 1))) if level else with_plan.less(without)
    gain = runs.npv_by_draw
    values = np.concatenate([gain[:1], shapley(gain)])
    return pd.Series(values, index=pd.Index(LINES, name="mechanism"), name="npv_change")


def _subsets(begin: Start) -> tuple[Run, Run]:
    """The plan and no plan with each subset of the mechanisms, from one pass over the months."""
    plan = replace(begin.inputs.schedule, active=np.repeat([1.0, 0.0], _SUBSETS))
    runs = run(begin.repeated(2 * _SUBSETS), plan, Switches(*np.tile(_WORKS, (2, 1)).T))
    return runs.at(slice(0, _SUBSETS)), runs.at(slice(_SUBSETS, None))


def shapley(value: Array) -> Array:
    """What each player adds to a game, averaged over all orders of joining.

    φ_i = Σ_{S without i} ``|S|``!·(n − 1 − ``|S|``)!/n!·[v(S with i) − v(S)]

    `value`: v(S), shape (2ⁿ, …); player i belongs to S if bit i of its place is set. Shape (n, …); adds up to the
    value of all less that of none.
    """
    players = len(value).bit_length() - 1
    members = (np.arange(len(value))[:, np.newaxis] >> np.arange(players)) & 1
    size = members.sum(axis=1)
    orders = [factorial(s) * factorial(players - 1 - s) / factorial(players) for s in range(players)]
    joins = np.array([0.0, *orders])[size]  # weight with which a set counts for its members
    lacks = np.array([*orders, 0.0])[size]  # and against those who are not in it
    return np.tensordot(np.where(members == 1, joins[:, np.newaxis], -lacks[:, np.newaxis]).T, value, axes=1)


@opens
def interactions(scenario: Scenario) -> pd.DataFrame:
    """What each two initiatives of a plan bring alone and together: neither their sum nor the larger, in general.

    interaction = together − (first alone + second alone)

    Below 0 they get in each other's way (the same bad experience cannot be prevented twice), above 0 they help
    each other. The plan's events happen in every run; its other initiatives in none.

    One row per pair of initiatives, by name (first, second); columns first_alone, second_alone, together,
    interaction: change of NPV after costs against none of the initiatives, currency today.

    Raises:
        InputError: fewer than two initiatives.

    Example:
        >>> import wom
        >>> plans = [wom.load(f"retailer/{name}") for name in ("make-it-right", "front-line-training")]
        >>> both = plans[0].replace({"plan": [item for plan in plans for item in plan.data["plan"]]})
        >>> table = interactions(both)
        >>> bool(table.interaction.iloc[0] < 0)
        True
    """
    names = [item.initiative for item in scenario.plan if isinstance(item, Initiative)]
    if len(names) < 2:
        text = f"has {len(names)} initiatives; an interaction needs two or more"
        raise InputError(text, "plan", scenario.file)
    begin = start(scenario)
    pairs = list(combinations(range(len(names)), 2))
    sets = [(), *((place,) for place in range(len(names))), *pairs]
    share = np.array([[float(place in chosen) for chosen in sets] for place in range(len(names))])
    plan = begin.inputs.schedule
    phases = tuple(in_part(phase, part) for phase, part in zip(plan.phases, share, strict=True))
    runs = run(begin.repeated(len(sets)), replace(plan, phases=phases))
    gain = runs.less(runs.at(slice(0, 1))).npv_by_draw
    alone, both = gain[1 : 1 + len(names)], gain[1 + len(names) :]
    first, second = (alone[[pair[side] for pair in pairs]] for side in (0, 1))
    return pd.DataFrame(
        {"first_alone": first, "second_alone": second, "together": both, "interaction": both - first - second},
        index=pd.MultiIndex.from_tuples([(names[a], names[b]) for a, b in pairs], names=["first", "second"]),
    )
