"""What one bad day or one bad apple costs, on the day and afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from ..errors import InputError
from ..run import Run, simulate
from ..scenario import Scenario
from ..units import discount_factors
from ..words import money, percent
from .published import published

_ROUNDING = 1e-12
"""Of the NPV; what a difference of two equal runs may come to."""


@dataclass(frozen=True)
class Aftermath:
    """A run with an event against the run without it; the plan happens in both.

    Example:
        >>> import wom
        >>> case = wom.load("retailer/today")
        >>> day = wom.views.day_without_customers(case, month=2)
        >>> day.monthly.revenue[:3].round().tolist(), bool(abs(day.at_once + day.afterwards - day.npv) < 1e-6)
        ([0.0, 0.0, -8305.0], True)
    """

    name: str
    month: int
    run: Run
    without: Run

    @cached_property
    def monthly(self) -> pd.DataFrame:
        """With the event less without, month by month; columns and units as in `Run.monthly`."""
        return self.run.monthly - self.without.monthly

    @property
    def revenue(self) -> float:
        """Change of revenue, currency over the horizon."""
        return self.run.revenue - self.without.revenue

    @property
    def npv(self) -> float:
        """Change of NPV, currency today."""
        return self.run.npv - self.without.npv

    @cached_property
    def at_once(self) -> float:
        """Part of the change of NPV that falls into the event's own month, currency today."""
        rate = self.run.inputs.parameters["economics.discount_rate"]
        change = (self.run.flows["contribution"] - self.without.flows["contribution"])[self.month]
        return float((change * discount_factors(rate, self.month + 1)[-1]).sum())

    @property
    def afterwards(self) -> float:
        """The rest of the change of NPV: customers who left, stories and stars, currency today."""
        return self.npv - self.at_once

    def __str__(self) -> str:
        """What the event costs, in words."""
        currency, span = self.run.scenario.currency, f"{self.run.scenario.horizon_months} months"
        nothing = _ROUNDING * abs(self.without.npv)
        if abs(self.npv) <= nothing:
            return f"{self.name} in month {self.month} costs nothing."
        share = percent(self.afterwards / self.npv) if abs(self.afterwards) > nothing else "none"
        verb = "costs" if self.npv <= 0 else "brings"
        return (
            f"{self.name} in month {self.month} {verb} {money(abs(self.npv), currency)} in {span}, in today's "
            f"money, {share} of it after the month itself."
        )


def day_without_customers(scenario: Scenario, month: int = 0, days: float = 1.0) -> Aftermath:
    """What it costs if customers spend nothing for a day: that day's share of a month's spending, and no mood.

    Args:
        scenario: from `wom.load`.
        month: in which it happens, from 0.
        days: how many, at 30.4 to a month.

    Raises:
        InputError: a month after the horizon, or more days than a month has.

    Example:
        >>> import wom
        >>> day = day_without_customers(wom.load("retailer/today"))
        >>> round(day.revenue), round(day.afterwards)
        (-8224, 0)

    Source:
        `wom.evidence`: day_without_customers.
    """
    one_day = published("day_without_customers")
    name = "A day without customers" if days == 1 else f"{days:g} days without customers"
    return _aftermath(scenario, {"event": name, "month": month, "spend_lost_share": days * one_day})


def bad_apple(
    scenario: Scenario, month: int, bad_experience_share: float = 0.0, reach_multiplier: float = 1.0
) -> Aftermath:
    """What one bad apple costs: a burst of bad experiences, or bad stories that travel further, in one month.

    Args:
        scenario: from `wom.load`.
        month: in which it happens, from 0.
        bad_experience_share: of customers, one bad experience more each; such as the share of customers whom
            one employee meets in a month.
        reach_multiplier: on the people told of every bad experience of the month.

    Raises:
        InputError: a month after the horizon, or values that are not allowed.

    Example:
        >>> import wom
        >>> apple = bad_apple(wom.load("retailer/today"), month=2, bad_experience_share=0.05)
        >>> apple.npv < 0 and abs(apple.afterwards) > abs(apple.at_once)
        True
    """
    return _aftermath(
        scenario,
        {
            "event": "One bad apple",
            "month": month,
            "bad_experience_share": bad_experience_share,
            "reach_multiplier": reach_multiplier,
        },
    )


def _aftermath(scenario: Scenario, event: dict[str, Any]) -> Aftermath:
    after = scenario.replace({"plan": [*scenario.data.get("plan", []), event]})
    if event["month"] >= scenario.horizon_months:
        text = f"is {event['month']}; the horizon's last is {scenario.horizon_months - 1}"
        raise InputError(text, "month", scenario.file)
    return Aftermath(event["event"], event["month"], simulate(after), simulate(scenario))
