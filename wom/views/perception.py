"""The perception gap: what management believes of its service, what customers say, and the money between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..batch import Start, run, start
from ..break_even import BAD, GOOD
from ..scenario import Scenario
from ..units import Array
from ..words import MINUS, amounts, difference, percent
from .published import published

_ROUNDING = 1e-12
"""Of the NPV; what a difference of two equal runs may come to."""


@dataclass(frozen=True)
class PerceptionGap:
    """A business as its customers say and as its management believes.

    Example:
        >>> import wom
        >>> gap = wom.views.perception_gap(wom.load("retailer/today"), 0.5, 0.02)
        >>> gap.table.loc["gap", ["good_share", "bad_share"]].round(9).tolist()
        [0.25, -0.04]
    """

    scenario: Scenario
    table: pd.DataFrame
    """Rows customers_say, believed, gap (believed less customers_say); columns good_share, bad_share (of
    contacts, all segments together), revenue (currency over the horizon), npv and plan_net (currency today)."""

    @property
    def firms_that_believe(self) -> float:
        """Share of firms that believe they deliver a superior experience, as published."""
        return published("perception_gap_firms")

    @property
    def firms_whose_customers_agree(self) -> float:
        """Share of firms of which their customers say so, as published: of firms, not of contacts."""
        return published("perception_gap_customers")

    def __str__(self) -> str:
        """The gap in words."""
        good, bad, npv, plan_net = (self.table[name] for name in ("good_share", "bad_share", "npv", "plan_net"))
        span, currency = f"{self.scenario.horizon_months} months", self.scenario.currency
        missing = difference(npv["believed"], npv["customers_say"], currency)[2].removeprefix(MINUS)
        size = f"{missing} {'more' if npv['gap'] >= 0 else 'less'}, in today's money"
        if abs(npv["gap"]) <= _ROUNDING * abs(npv["customers_say"]):
            size = "the same"
        text = (
            f"Management believes that {percent(good['believed'])} of contacts are good and "
            f"{percent(bad['believed'])} bad; customers say {percent(good['customers_say'])} and "
            f"{percent(bad['customers_say'])}. If management were right from now on, {span} would bring {size}."
        )
        if not self.scenario.plan:
            return text
        plans = amounts([float(plan_net[row]) for row in ("believed", "customers_say")], currency)
        return "{} The plan would seem to bring {} and brings {}.".format(text, *plans)


def perception_gap(scenario: Scenario, believed_good_share: float, believed_bad_share: float) -> PerceptionGap:
    """The forecast with management's own belief about its service beside the one from what customers say.

    gap = NPV(believed shares from month 0 on) − NPV(shares as customers say)

    Both runs have the same customers, moods and hidden values, found from what customers say, and the same plan:
    the gap is what the missing good service costs, or what closing the gap would bring at no cost.

    `plan_net` is what the scenario's plan seems to bring: NPV(plan) − NPV(no plan), in the believed row with
    today's totals explained by the believed shares (hidden values found anew). Who believes that little goes
    wrong sees little to gain from putting it right.

    Args:
        scenario: its good and bad shares are what customers say.
        believed_good_share, believed_bad_share: of contacts, in every segment, as management believes.

    Raises:
        InputError: shares that are not allowed.

    Example:
        >>> import wom
        >>> gap = perception_gap(wom.load("retailer/make-it-right"), 0.40, 0.02)
        >>> bool(gap.table.loc["gap", "npv"] > 0 > gap.table.loc["gap", "plan_net"])
        True
    """
    believes = scenario.replace({GOOD: believed_good_share, BAD: believed_bad_share})
    begin, other = start(scenario), start(believes)
    values = begin.inputs.parameters
    shares = {key: np.concatenate([values[key], other.inputs.parameters[key]], axis=1) for key in (GOOD, BAD)}
    both = run(begin.repeated(2).with_values(shares), begin.inputs.schedule)
    table = pd.DataFrame(
        {
            "good_share": [_overall(side, GOOD) for side in (begin, other)],
            "bad_share": [_overall(side, BAD) for side in (begin, other)],
            "revenue": both.revenue.sum(axis=(0, 1)),
            "npv": both.npv,
            "plan_net": [_plan_net(side) for side in (begin, other)],
        },
        index=pd.Index(["customers_say", "believed"], name="shares"),
    )
    table.loc["gap"] = table.loc["believed"] - table.loc["customers_say"]
    return PerceptionGap(scenario, table)


def _overall(side: Start, key: str) -> float:
    """A share over all contacts of today's customers, or over segments where there are none."""
    values: Array = side.inputs.parameters[key]
    contacts = side.inputs.parameters["market.customers"] * side.inputs.parameters["experience.contacts_per_month"]
    return float(np.average(values, weights=contacts if contacts.any() else None))


def _plan_net(side: Start) -> float:
    return float(run(side, side.inputs.schedule).less(run(side)).npv.item())
