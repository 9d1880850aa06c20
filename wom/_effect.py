"""What a plan does: the run with it against the run without it, expected or in draws, and by which paths.

Both runs start from the same business and the same hidden values; only the plan differs. Word of mouth is never
added to revenue: revenue is what customers pay, and the effect is a difference of two runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import combinations
from math import factorial
from typing import Self

import numpy as np
import pandas as pd

from ._run import LEVEL, Interval, Run, both, in_part, quantiles, run
from .anchoring import start
from .engine import Switches
from .errors import InputError, nearest
from .plan import Initiative
from .scenario import Scenario, opens
from .units import Array
from .words import Shown
from .worth import left_at_horizon

DRAWS = 1000
"""Enough for the ends of a 90 % interval to a few percent of its width."""

MOST_MONTHS = 600
"""In which a plan may pay back; after that it is called never."""

MECHANISMS = tuple(field.name for field in fields(Switches))
"""retention, spend, good_word_of_mouth, bad_word_of_mouth, reviews, avoidance."""
LINES = ("direct", *MECHANISMS)
"""The lines of a split, in the order in which they are shown."""


@dataclass(frozen=True, repr=False)
class _Pair(Shown):
    """One business with its plan and without, from one anchoring."""

    run: Run
    baseline: Run
    either_way: bool = False  # whether events are in both runs

    @property
    def scenario(self) -> Scenario:
        """With its plan."""
        return self.run.scenario

    @cached_property
    def change(self) -> Run:
        """The run with the plan less the run without, draw by draw where there are draws."""
        return self.run.less(self.baseline)

    @cached_property
    def given_events(self) -> Self:
        """What the initiatives do where a plan has events too, which nobody chooses: those happen either way."""
        plan = self.run.inputs.schedule
        if self.either_way or not (plan.phases and plan.shocks):
            return self
        events = run(self.baseline.start, replace(plan, phases=()), keep=self.run.flows)
        return replace(self, baseline=replace(events, sample=self.run.sample), either_way=True)


@dataclass(frozen=True, repr=False)
class Effect(_Pair):
    """A plan against no plan.

    Example:
        >>> import wom
        >>> effect = wom.effect(wom.load("retailer/make-it-right"))
        >>> effect.headlines["extra_revenue"] > 0
        True
    """

    @cached_property
    def monthly(self) -> pd.DataFrame:
        """Plan less no plan, month by month, with the two parts of the extra revenue.

        `from_customers` is what more customers pay at the old spending per head; `from_spending` what all
        customers pay at the new one above the old. They add up to `revenue`.
        """
        run, base = self.run.monthly, self.baseline.monthly
        table = run - base
        per_head = base["revenue"] / base["customers"]
        table["from_customers"] = (table["customers"] * per_head.where(base["customers"] > 0, 0.0)).fillna(0.0)
        table["from_spending"] = table["revenue"] - table["from_customers"]
        return table

    def to_frame(self) -> pd.DataFrame:
        """`monthly`."""
        return self.monthly.copy()

    @cached_property
    def by_segment(self) -> pd.DataFrame:
        """Plan against no plan by segment, over the horizon; customers at the start of the last month.

        Contribution is before the plan's costs, which the business bears as a whole.
        """
        run, change = self.run.flows, self.change.flows
        return pd.DataFrame(
            {
                "revenue": run["revenue"].sum(axis=0)[:, 0],
                "extra_revenue": change["revenue"].sum(axis=0)[:, 0],
                "extra_contribution": change["contribution"].sum(axis=0)[:, 0],
                "customers": run["customers"][-1, :, 0],
                "extra_customers": change["customers"][-1, :, 0],
            },
            pd.Index(self.scenario.segments, name="segment"),
        )

    @cached_property
    def present(self) -> pd.DataFrame:
        """The same difference in today's money: earned, cost and net by month, and `so_far`, net added up."""
        earned, cost = self.change.earned[:, 0], self.change.spent[:, 0]
        table = pd.DataFrame({"earned": earned, "cost": cost, "net": earned - cost}, self.run.months)
        return table.assign(so_far=table["net"].cumsum())

    @cached_property
    def value_left(self) -> Array:
        """What the plan's additional customers earn after the horizon, month by month, in today's money.

        Not part of any other number; see `wom.worth.left_at_horizon`. The plan is taken to stop at the horizon.
        """
        return left_at_horizon(self.run, self.baseline, MOST_MONTHS - self.scenario.horizon_months)

    @cached_property
    def payback_month(self) -> int | None:
        """The month from whose end on the plan has earned its cost in today's money; None if that never comes.

        Within the horizon for good; beyond it the first month in which the net plus what the additional customers
        have earned by then is not below 0.
        """
        within: int | None = self.change.payback_month
        if within is not None or self.change.npv >= 0:
            return within
        later = np.flatnonzero(self.change.npv + np.cumsum(self.value_left[:-1]) >= 0)
        return self.scenario.horizon_months + int(later[0]) if len(later) else None

    @cached_property
    def headlines(self) -> Mapping[str, float | int | None]:
        """The numbers that a reader takes away; money in the scenario's currency, over the horizon.

        `net`, `npv` and names that begin with `present_` are in today's money. `value_left_at_horizon` is in
        today's money too, and in none of the others. `payback_month` may lie beyond the horizon, see there.
        """
        run, base = self.run, self.baseline
        extra, new = run.revenue - base.revenue, run.total("new_customers")
        return {
            "horizon_months": self.scenario.horizon_months,
            "revenue": run.revenue,
            "revenue_without_plan": base.revenue,
            "extra_revenue": extra,
            "extra_revenue_share": extra / base.revenue if base.revenue else 0.0,
            "extra_contribution_before_cost": run.contribution - base.contribution + run.total("plan_cost"),
            "plan_cost": run.total("plan_cost"),
            "extra_contribution": run.contribution - base.contribution,
            "npv": run.npv,
            "npv_without_plan": base.npv,
            "present_earned": float(self.present["earned"].sum()),
            "present_cost": float(self.present["cost"].sum()),
            "net": run.npv - base.npv,
            "value_left_at_horizon": float(self.value_left.sum()),
            "payback_month": self.payback_month,
            "customers_at_end": run.customers_at_end,
            "extra_customers_at_end": run.customers_at_end - base.customers_at_end,
            "new_customers": new,
            "recommended_share": run.total("recommended_customers") / new if new else 0.0,
            "incremental_share": run.total("incremental_customers") / new if new else 0.0,
            "deterred_customers": run.total("deterred_customers"),
            "people_told_good": run.total("people_told_good"),
            "people_told_bad": run.total("people_told_bad"),
            "stars_at_end": float(run.monthly["stars"].iloc[-1]),
            "stars_without_plan": float(base.monthly["stars"].iloc[-1]),
        }


@opens
def effect(scenario: Scenario) -> Effect:
    """A scenario's plan against the same business without it.

    Raises:
        InputError: today's figures contradict each other.

    Example:
        >>> import wom
        >>> round(wom.effect(wom.load("retailer/front-line-training")).headlines["plan_cost"])
        122500
    """
    return Effect(*both(scenario))


@dataclass(frozen=True, repr=False)
class Spread(_Pair):
    """A plan and no plan in the same draws; every interval is of joint draws, never of added quantiles.

    Example:
        >>> import wom
        >>> found = wom.spread(wom.load("retailer/make-it-right"), draws=100)
        >>> found.outcomes.shape
        (100, 6)
    """

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """One row per draw: extra_revenue, net (change of NPV) and extra_customers (at the end), for a plan;
        revenue, npv and customers, with it.

        The index is the draw's number; draws whose figures contradict each other are left out.
        """
        return pd.DataFrame(
            {
                "extra_revenue": self.change.revenue,
                "net": self.run.npv - self.baseline.npv,
                "extra_customers": self.change.customers_at_end,
                "revenue": self.run.revenue,
                "npv": self.run.npv,
                "customers": self.run.customers_at_end,
            },
            index=pd.Index(self.run.ids, name="draw"),
        )

    def to_frame(self) -> pd.DataFrame:
        """`outcomes`."""
        return self.outcomes.copy()

    def interval(self, outcome: str, level: float = LEVEL) -> Interval:
        """Where one of `outcomes` lies with this probability.

        Raises:
            InputError: no such outcome; the nearest is named.
        """
        if outcome not in self.outcomes:
            raise InputError(f"no such outcome; {nearest(str(outcome), map(str, self.outcomes))}", str(outcome))
        return Interval(*map(float, quantiles(self.outcomes[outcome].to_numpy(), level)))

    @property
    def intervals(self) -> pd.DataFrame:
        """`interval` of every outcome, one row each."""
        rows = {str(name): self.interval(str(name))._asdict() for name in self.outcomes}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("outcome")

    def band(self, column: str, level: float = LEVEL) -> pd.DataFrame:
        """Where the difference of a column lies in each month; the plan's less no plan's, draw by draw.

        Index month; columns low, median, high.
        """
        return self.change.band(column, level)

    @property
    def chance_of_loss(self) -> float:
        """Share of draws in which the plan earns less than it costs."""
        return float((self.outcomes["net"] < 0).mean())


@opens
def spread(scenario: Scenario, draws: int = DRAWS, seed: int = 0) -> Spread:
    """A plan against no plan in many draws of the ranges of the scenario and of the evidence.

    Raises:
        InputError: figures that contradict each other, or in too many draws.

    Example:
        >>> import wom
        >>> 0 <= spread(wom.load("retailer/front-line-training"), draws=200).chance_of_loss <= 1
        True
    """
    return Spread(*both(scenario, draws, seed))


# --- Where the money of a plan comes from: a split over the paths from experience to revenue that adds up ---


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

    def subsets() -> tuple[Run, Run]:  # the plan and no plan with each subset, in one pass over the months
        begin, count = start(scenario), 2 ** len(MECHANISMS)
        works = ((np.arange(count) >> np.arange(len(MECHANISMS))[:, np.newaxis]) & 1).astype(np.float64)
        plan = replace(begin.inputs.schedule, active=np.repeat([1.0, 0.0], count))
        runs = run(begin.repeated(2 * count), plan, Switches(*np.tile(works, 2)))
        return runs.at(slice(0, count)), runs.at(slice(count, None))

    with_plan, without = scenario.once("mechanisms", subsets)
    runs = without.less(without.at(slice(0, 1))) if level else with_plan.less(without)
    gain = runs.npv_by_draw
    values = np.concatenate([gain[:1], shapley(gain)])
    return pd.Series(values, index=pd.Index(LINES, name="mechanism"), name="npv_change")


def shapley(value: Array) -> Array:
    """What each player adds to a game, averaged over all orders of joining, shape (n, …).

    φ_i = Σ_{S without i} ``|S|``!·(n − 1 − ``|S|``)!/n!·[v(S with i) − v(S)]

    `value`: v(S), shape (2ⁿ, …); player i belongs to S if bit i of its place is set.
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
