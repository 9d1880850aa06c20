"""What a plan does: the run with it against the run without it.

Both runs start from the same business and the same hidden values; only the plan differs. Word of mouth is never
added to revenue: revenue is what customers pay, and the effect is a difference of two runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from .run import Run, simulate
from .scenario import Scenario
from .units import discount_factors


@dataclass(frozen=True)
class Effect:
    """A plan against no plan.

    Example:
        >>> import wom
        >>> effect = wom.effect(wom.load("retailer/make-it-right"))
        >>> effect.headlines["extra_revenue"] > 0
        True
    """

    run: Run
    baseline: Run

    @property
    def scenario(self) -> Scenario:
        """With its plan."""
        return self.run.scenario

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

    @cached_property
    def by_segment(self) -> pd.DataFrame:
        """Plan against no plan by segment, over the horizon; customers at the start of the last month.

        Contribution is before the plan's costs, which the business bears as a whole.
        """
        last = self.scenario.horizon_months - 1
        run, base = self.run.by_segment, self.baseline.by_segment
        flows = [
            table.groupby(level="segment", sort=False)[["revenue", "contribution"]].sum() for table in (run, base)
        ]
        heads = [table.xs(last, level="month")["customers"] for table in (run, base)]
        return pd.DataFrame(
            {
                "revenue": flows[0]["revenue"],
                "extra_revenue": flows[0]["revenue"] - flows[1]["revenue"],
                "extra_contribution": flows[0]["contribution"] - flows[1]["contribution"],
                "customers": heads[0],
                "extra_customers": heads[0] - heads[1],
            }
        )

    @cached_property
    def present(self) -> pd.DataFrame:
        """The same difference in today's money: earned, cost and net by month, and `so_far`, net added up."""
        factors = discount_factors(self.run.inputs.parameters["economics.discount_rate"], len(self.monthly))
        earned = ((self.run.flows["contribution"] - self.baseline.flows["contribution"]) * factors).sum(axis=1)
        cost = self.run.plan_cost * discount_factors(self.run.inputs.plan_discount_rate, len(self.monthly))
        table = pd.DataFrame({"earned": earned[:, 0], "cost": cost[:, 0]}).rename_axis("month")
        table["net"] = table["earned"] - table["cost"]
        table["so_far"] = table["net"].cumsum()
        return table

    @cached_property
    def headlines(self) -> Mapping[str, float | int | None]:
        """The numbers that a reader takes away; money in the scenario's currency, over the horizon.

        Names that begin with `present_` are in today's money. `payback_month` is the month from whose end on
        the plan has earned its cost in today's money for good, None if that never comes.
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
            "net_present_value": run.npv - base.npv,
            "payback_month": self._payback,
            "customers_at_end": self.customer_steps["With it"],
            "extra_customers_at_end": self.customer_steps["With it"] - self.customer_steps["Without it"],
            "new_customers": run.total("new_customers"),
            "recommended_share": _share(run.total("recommended_customers"), run.total("new_customers")),
            "incremental_share": _share(run.total("incremental_customers"), run.total("new_customers")),
            "deterred_customers": run.total("deterred_customers"),
            "people_told_good": run.total("people_told_good"),
            "people_told_bad": run.total("people_told_bad"),
            "stars_at_end": float(run.monthly["stars"].iloc[-1]),
            "stars_without_plan": float(self.baseline.monthly["stars"].iloc[-1]),
        }

    @property
    def _payback(self) -> int | None:
        so_far = self.present["so_far"]
        below = so_far.index[so_far < -1e-12 * abs(self.baseline.npv)]  # rounding of the difference of two runs
        return int(below[-1]) + 1 if len(below) and below[-1] < so_far.index[-1] else None

    @cached_property
    def customer_steps(self) -> pd.Series:
        """From the customers without the plan at the horizon's end to those with it, in steps that add up.

        Fewer or more who leave, who come because of good word of mouth, who are kept away by bad, and all other
        arrivals: another star rating, and another number of prospects.
        """
        change = self.monthly.sum()
        by_talk = change["incremental_customers"]
        not_deterred = -change["deterred_customers"]
        steps = {
            "Without it": _customers_after(self.baseline),
            "Leaving": -change["lost_customers"],
            "Good word of mouth": by_talk,
            "Bad word of mouth": not_deterred,
            "Star rating and other": change["new_customers"] - by_talk - not_deterred,
            "With it": _customers_after(self.run),
        }
        return pd.Series(steps, name="customers")


def effect(scenario: Scenario) -> Effect:
    """A scenario's plan against the same business without it.

    Args:
        scenario: from `wom.load`.

    Raises:
        InputError: today's figures contradict each other.

    Example:
        >>> import wom
        >>> round(wom.effect(wom.load("retailer/front-line-training")).headlines["plan_cost"])
        122500
    """
    return Effect(simulate(scenario), simulate(scenario.without_plan()))


def _customers_after(run: Run) -> float:
    last = run.monthly.iloc[-1]
    return float(last["customers"] + last["new_customers"] - last["lost_customers"])


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
