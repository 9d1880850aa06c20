"""What a plan does: the run with it against the run without it.

Both runs start from the same business and the same hidden values; only the plan differs. Word of mouth is never
added to revenue: revenue is what customers pay, and the effect is a difference of two runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ._run import Draws, Interval, Run, quantiles, simulate
from .draws import begin, sample
from .errors import InputError, nearest
from .scenario import Scenario
from .units import Array, discount_factors
from .worth import customers_of, experiences_of

# --- What a plan does: the run with it against the run without it ---


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


# --- How sure an effect is: a plan against no plan in many draws of what is uncertain ---

DRAWS = 1000
"""Enough for the ends of a 90 % interval to a few percent of its width."""

LEVEL = 0.9


@dataclass(frozen=True)
class Spread:
    """A plan and no plan in the same draws; every interval is of joint draws, never of added quantiles.

    Example:
        >>> import wom
        >>> found = wom.spread(wom.load("retailer/make-it-right"), draws=100)
        >>> found.outcomes.shape
        (100, 6)
    """

    run: Draws
    baseline: Draws

    @property
    def scenario(self) -> Scenario:
        """With its plan."""
        return self.run.scenario

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """One row per draw: extra_revenue, net (change of NPV) and extra_customers (at the end), for a plan;
        revenue, npv and customers, with it.

        The index is the draw's number; draws whose figures contradict each other are left out.
        """
        ids = np.intersect1d(self.run.ids, self.baseline.ids)
        with_plan, without = (many.ids.searchsorted(ids) for many in (self.run, self.baseline))
        customers = _at_end(self.run)[with_plan]
        return pd.DataFrame(
            {
                "extra_revenue": self.run.less(self.baseline, "revenue"),
                "net": self.run.less(self.baseline, "npv"),
                "extra_customers": customers - _at_end(self.baseline)[without],
                "revenue": self.run.revenue[with_plan],
                "npv": self.run.npv[with_plan],
                "customers": customers,
            },
            index=pd.Index(ids, name="draw"),
        )

    def interval(self, outcome: str, level: float = LEVEL) -> Interval:
        """Where one of `outcomes` lies with this probability.

        Raises:
            InputError: no such outcome; the nearest is named.

        Example:
            >>> import wom
            >>> low, median, high = spread(wom.load("retailer/make-it-right"), draws=200).interval("net")
            >>> low < median < high
            True
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
        """Where the difference of a column lies in each month, added up from month 0 for a flow in money.

        Args:
            column: of `Run.monthly`; the plan's less no plan's, draw by draw.
            level: probability inside, month by month.

        Returns:
            Index month; columns low, median, high.
        """
        ids = np.intersect1d(self.run.ids, self.baseline.ids)
        with_plan, without = (
            many.totals[column][:, many.ids.searchsorted(ids)] for many in (self.run, self.baseline)
        )
        table = pd.DataFrame(quantiles(with_plan - without, level).T, columns=list(Interval._fields))
        return table.rename_axis("month")

    @property
    def chance_of_loss(self) -> float:
        """Share of draws in which the plan earns less than it costs."""
        return float((self.outcomes["net"] < 0).mean())


def _at_end(many: Draws) -> Array:
    totals = many.totals
    return np.asarray(totals["customers"][-1] + totals["new_customers"][-1] - totals["lost_customers"][-1])


def spread(scenario: Scenario, draws: int = DRAWS, seed: int = 0) -> Spread:
    """A plan against no plan in many draws of the ranges of the scenario and of the evidence.

    Args:
        scenario: from `wom.load`.
        draws: how many.
        seed: 0 or more.

    Raises:
        InputError: figures that contradict each other, or in too many draws.

    Example:
        >>> import wom
        >>> 0 <= spread(wom.load("retailer/front-line-training"), draws=200).chance_of_loss <= 1
        True
    """
    return Spread(simulate(scenario, draws, seed), simulate(scenario.without_plan(), draws, seed))


def worth_intervals(scenario: Scenario, draws: int = 200, seed: int = 0, level: float = LEVEL) -> pd.DataFrame:
    """How sure the worth of a customer and of an experience is.

    Args:
        scenario: from `wom.load`.
        draws: of all ranges; each is a business of its own, anchored and run.
        seed: 0 or more.
        level: probability inside.

    Returns:
        Rows happy_customer, bad_experience (worth in currency today) and good_to_make_up (good experiences for a
        bad one), by segment where there are segments; columns low, median, high.

    Raises:
        InputError: figures that contradict each other in too many draws.

    Example:
        >>> import wom
        >>> table = worth_intervals(wom.load("retailer/today"), draws=20)
        >>> bool(table.loc["bad_experience", "high"] < 0 < table.loc["happy_customer", "low"])
        True
    """
    drawn = sample(scenario, draws, seed)
    found: dict[str, list[Array]] = {"happy_customer": [], "bad_experience": [], "good_to_make_up": []}
    for scores in drawn.scores.T:
        one, _ = begin(scenario, drawn.parameters, scores[:, np.newaxis])
        people, events = customers_of(scenario, one), experiences_of(scenario, one)
        bad = events[events.index.get_level_values("experience") == "bad"]
        found["happy_customer"].append(
            people[people.index.get_level_values("state") == "delighted"]["total"].to_numpy()
        )
        found["bad_experience"].append(bad["worth"].to_numpy())
        found["good_to_make_up"].append(bad["good_to_make_up"].to_numpy())
    tables = {
        name: pd.DataFrame(quantiles(np.stack(values, axis=1), level).T, columns=list(Interval._fields))
        for name, values in found.items()
    }
    table = pd.concat({name: part.set_axis(list(scenario.segments)) for name, part in tables.items()})
    table.index.names = ["worth", "segment"]
    return table if scenario.today.segments else table.droplevel("segment")
