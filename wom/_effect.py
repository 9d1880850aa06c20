"""What a plan does: the run with it against the run without it, expected or in draws.

Both runs start from the same business and the same hidden values; only the plan differs. Word of mouth is never
added to revenue: revenue is what customers pay, and the effect is a difference of two runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ._run import LEVEL, Interval, Run, both, quantiles
from .errors import InputError, nearest
from .scenario import Scenario, opens
from .units import Array
from .words import Shown
from .worth import left_at_horizon

DRAWS = 1000
"""Enough for the ends of a 90 % interval to a few percent of its width."""

MOST_MONTHS = 600
"""In which a plan may pay back; after that it is called never."""


@dataclass(frozen=True, repr=False)
class _Pair(Shown):
    """One business with its plan and without, from one anchoring."""

    run: Run
    baseline: Run

    @property
    def scenario(self) -> Scenario:
        """With its plan."""
        return self.run.scenario

    @cached_property
    def change(self) -> Run:
        """The run with the plan less the run without, draw by draw where there are draws."""
        return self.run.less(self.baseline)


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
        extra = run.revenue - base.revenue
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
            "new_customers": run.total("new_customers"),
            "recommended_share": _share(run.total("recommended_customers"), run.total("new_customers")),
            "incremental_share": _share(run.total("incremental_customers"), run.total("new_customers")),
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


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
