"""Results held against what others found: each with its value, what is ordinary, and a verdict in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from .._run import Run
from ..anchoring import Start, start
from ..evidence import figure
from ..scenario import Scenario
from ..units import MONTHS_PER_YEAR
from ..words import number, percent
from ..worth import chain
from .published import recommended, sales_by_talk, spending_lost, through_others

_ROUNDING = 1e-9
"""Relative; a value that equals a bound is inside."""


def review(result: Scenario | Run) -> pd.DataFrame:
    """A business as it is today held against published figures, and against what arithmetic demands.

    Nine lines, section F of the evidence. A value outside is a question to the figures, never a refusal.

    Index line; columns value, low, high, unit, base (what the published figure is of), source, and verdict, which
    begins with inside, outside or cannot say.

    Raises:
        InputError: today's figures contradict each other.
    """
    scenario = result.scenario if isinstance(result, Run) else result
    return pd.DataFrame(_lines(scenario, start(scenario))).set_index("line")


def _lines(scenario: Scenario, begin: Start) -> Iterator[dict[str, Any]]:
    """What is told and what it does; how customers are served, what they cost to win, whether they become more."""
    today, values = begin.today, begin.inputs.parameters
    womma, forrester = (figure(name) for name in ("womma_share_of_sales", "forrester_recommendations"))
    yield _line(
        "sales that good talk makes in the long run",
        sales_by_talk(begin, 240).item(),  # months until good talk has done all that it does
        (np.nan, figure("fay_share_of_purchases").central),
        base=f"purchases, market-mix models, an upper line; {percent(womma.central or 0)} of sales in another",
        source=f"{figure('fay_share_of_purchases').source}; {womma.source}",
        above="Good talk would make more of the sales than all conversation does elsewhere.",
        missing="nobody buys",
    )
    yield _line(
        "what a good experience does to other customers",
        through_others(begin).item(),
        (np.nan, (figure("ascarza_social_multiplier").central or np.nan) - 1.0),
        base="effect on those treated, randomised, callers of one network, an upper line; a survey's under "
        f"{percent(forrester.high or 0)} of the benefit contradicts it and flags nothing",
        source=f"{figure('ascarza_social_multiplier').source}; {forrester.source}",
        above="Customers would keep each other more than callers of one network do.",
        missing="a good experience moves nobody's spending",
    )
    ride = figure("late_ride_spending")
    yield _line(
        "spending lost in three months after one bad",
        spending_lost(begin).item(),
        (0.02, 0.12),
        base=f"spending of riders after a late ride, {percent(ride.low or 0)} to {percent(ride.high or 0)}",
        source=f"{ride.source}; width assumed",
        below="A bad experience would hardly be felt: it is forgotten, or wiped by the next good contact.",
        above="One bad experience would cost more spending than was measured anywhere.",
        missing="nobody buys",
    )
    talk = figure("good_for_one_bad")
    around, people = today.around, values["market.size"]
    good, bad = (float(np.sum(people * heard)) for heard in (around.heard_good, around.heard_bad))
    yield _line(
        "good heard for one bad",
        good / bad if bad else np.nan,
        (1.0, 10.0),
        "ratio",
        base=f"conversations about brands, {number(talk.low or 0)} to {number(talk.high or 0)}; advice, 3",
        source=f"{talk.source}; East; width assumed",
        below="More bad than good would be heard: look at the good share and at reach.",
        above="Hardly any bad would be heard: look at the bad share.",
        missing="nothing bad is heard",
    )
    won = figure("recommenders_who_win_customers")
    yield _line(
        "recommended new customers a year for one customer with something good to tell",
        recommended(begin).item(),
        (np.nan, 0.30),
        base=f"{percent(won.central or 0)} of customers brought in a new one",
        source=f"{won.source}; width assumed",
        above="Each satisfied customer would win more new ones than recommenders do elsewhere.",
        missing="nobody has anything good to tell",
    )
    yield _line(
        "months that a recommendation must be remembered",
        float(np.max(values["word_of_mouth.memory_months"])),
        (np.nan, 6.0),
        "months",
        base="sales follow talk within weeks",
        source=f"{womma.source}; our range",
        above="So many come on a recommendation that what is heard must be remembered for long.",
    )
    customers, everyone = begin.state.customers[..., 0], float(begin.state.customers.sum())
    n = customers.sum(axis=0)
    contacts, recalled = n * values["experience.contacts_per_month"][:, 0], figure("very_bad_experiences")
    bad_contacts = contacts * values["experience.bad_share"][:, 0]
    yield _line(
        "bad share",
        float(bad_contacts.sum() / contacts.sum()) if contacts.any() else np.nan,
        (0.02, recalled.high),
        base=f"experiences called very bad, {percent(recalled.low or 0)} to {percent(recalled.high or 0)}",
        source=f"{recalled.source}; low end assumed",
        below="Hardly any business serves so well: were only complaints counted?",
        above="More would go badly than customers say of all firms together.",
        missing="nobody is in contact",
    )
    cost = np.broadcast_to(values["economics.acquisition_cost"][:, 0], n.shape)
    # Discounted margin of the average customer of each segment until first leaving, without horizon:
    # Σ_t β^t·m·T^t·C/n = m·(I − β·T)^(−1)·C/n with T a month of one who has not left, m what a month leaves.
    transitions, money = (part[..., :3] for part in chain(today.rules, around, len(n)))
    discount = (1.0 + values["economics.discount_rate"]) ** (-1.0 / MONTHS_PER_YEAR)
    ever_after = np.linalg.inv(np.eye(3) - discount[:, :, np.newaxis] * transitions[:, :3])
    of_all = np.einsum("sj,sjk,ks->s", money, ever_after, customers)
    earned = np.divide(of_all, n, out=np.zeros(len(n)), where=n > 0)
    ratio = np.divide(cost, earned, out=np.where(cost > 0, np.inf, 0.0), where=earned > 0)
    where = f", in {scenario.segments[ratio.argmax()]}" if scenario.today.segments else ""
    yield _line(
        "cost of winning a customer over what one earns until leaving",
        float(ratio.max()),
        (np.nan, 1.0),
        "ratio",
        base="discounted margin until first leaving, no horizon",
        source="arithmetic",
        above=f"Winning a customer costs more than one ever earns{where}: more customers would be a loss.",
    )
    more = float(np.sum(today.month.new_customers) - np.sum(today.month.lost_customers))
    yield _line(
        "growth a year without a plan",
        (1.0 + more / everyone) ** MONTHS_PER_YEAR - 1.0 if everyone else np.nan,
        (-0.25, 0.25),
        base="customers today, those who leave and those who come",
        source="arithmetic; width assumed",
        below="The business would shrink fast without a plan: do retention and new customers belong together?",
        above="The business would grow fast without a plan: do retention and new customers belong together?",
        missing="there are no customers",
    )


def _line(
    line: str,
    value: float,
    bounds: tuple[float, float | None],
    unit: str = "share",
    *,
    base: str,
    source: str,
    below: str = "",
    above: str = "",
    missing: str = "",
) -> dict[str, Any]:
    """A line with its verdict, nan where there is no value or no bound.

    `below` and `above` say what a value outside means, `missing` why there is none.
    """
    low, high = bounds[0], np.nan if bounds[1] is None else bounds[1]

    def shown(value: float) -> str:
        if np.isinf(value):
            return "without limit"
        return percent(value) if unit == "share" else number(value, 3 if abs(value) >= 1 else 2)

    size = shown(value)
    if np.isnan(value):
        verdict = f"cannot say: {missing}"
    elif value < low - _ROUNDING * abs(low):
        verdict = f"outside: {size} is below {shown(low)}. {below}"
    elif value > high + _ROUNDING * abs(high):
        verdict = f"outside: {size} is above {shown(high)}. {above}"
    elif np.isnan(low):
        verdict = f"inside: {size} is at most {shown(high)}"
    else:
        verdict = f"inside: {size} lies between {shown(low)} and {shown(high)}"
    numbers = {"line": line, "value": value, "low": low, "high": high}
    return numbers | {"unit": unit, "base": base, "source": source, "verdict": verdict}
