"""How sure an effect is: a plan against no plan in many draws of what is uncertain."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from .course import Interval, quantiles
from .errors import InputError, nearest
from .run import Draws, simulate
from .sampling import begin, sample
from .scenario import Scenario
from .units import Array
from .worth import customers_of, experiences_of

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
