"""Nine numbers from the room become a scenario; what cannot be true is answered in plain words.

The rest comes from the evidence, by the type of customer, and the size of the market from a stated multiple of
today's customers. Nothing here knows notebooks: a number that is wrong raises, and the error explains itself.
In JupyterLab the cell then shows the answers alone and the cells below do not run; a runner keeps the notebook
and ends with exit code 2, as for every bad input.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from .._effect import DRAWS
from .._run import LEVEL, quantiles, simulate
from ..errors import InputError, nearest, shorten
from ..evidence import CUSTOMER_TYPES, defaults
from ..parameters import central
from ..scenario import Scenario, load
from ..units import MONTHS_PER_YEAR, discount_factors
from ..words import number, percent, whole
from .sensitivity import tornado

MARKET_MULTIPLE = 20.0
"""Everybody who could be a customer, for each one who is: assumed, because rooms seldom know it. The observed
share of recommended customers fixes how much word of mouth does, so that little depends on it."""

SHARES = ("margin", "retention", "good_share", "bad_share", "referral_share")
_PROBES = 64
"""Draws that show whether the ranges of the evidence go with the numbers."""


class WrongNumbersError(InputError):
    """Numbers that cannot be true, each answered in a sentence; notebooks show the sentences and nothing else."""

    def __init__(self, answers: Sequence[str]) -> None:
        self.answers = tuple(answers)
        super().__init__("\n- ".join(["Please look at these numbers again:", *answers]))

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback: people in a room have no use for one."""
        return str(self).splitlines()


def scenario(
    customers: float,
    new_customers: float,
    spend: float,
    margin: float,
    retention: float,
    good_share: float,
    bad_share: float,
    referral_share: float,
    *,
    contacts: float = 1.0,
    name: str = "Our business",
    currency: str = "",
    customer_type: str = "consumer",
    market_multiple: float = MARKET_MULTIPLE,
) -> Scenario:
    """A business from what a room knows about it.

    Args:
        new_customers: who come in a month, from all sources.
        spend: of a customer in a month, in `currency`.
        margin: share of the price that is left after the cost of what was sold.
        retention: share of customers who stay from one MONTH to the next.
        good_share, bad_share: of contacts, as customers say.
        referral_share: of new customers, those who come on a recommendation.
        contacts: visits, calls and deliveries of a customer in a month.
        market_multiple: everybody who could be a customer, in customers of today.

    Raises:
        WrongNumbersError: with an answer for each number that cannot be, or that contradicts another.
    """
    given: dict[str, Any] = {
        "customers": customers, "new_customers": new_customers, "spend": spend, "margin": margin,
        "retention": retention, "good_share": good_share, "bad_share": bad_share, "referral_share": referral_share,
        "market_multiple": market_multiple, "contacts": contacts,
    }  # fmt: skip
    answers = [answer for key, value in given.items() if (answer := _alone(key, value))]
    if customer_type not in CUSTOMER_TYPES:
        answers.append(f"customer_type is {shorten(customer_type)}; {nearest(str(customer_type), CUSTOMER_TYPES)}")
    answers += [] if answers else _together(given, customer_type)
    if answers:
        raise WrongNumbersError(answers)
    value = {key: float(number) for key, number in given.items()}
    data = {
        "title": str(name).strip() or "Our business",
        "currency": str(currency).strip(),
        "customer_type": customer_type,
        "today": {
            "market": {"size": value["market_multiple"] * value["customers"], "customers": value["customers"],
                       "new_customers_per_month": value["new_customers"],
                       "referral_share": value["referral_share"]},
            "economics": {"spend_per_customer": value["spend"], "margin_share": value["margin"]},
            "experience": {"contacts_per_month": value["contacts"], "good_share": value["good_share"],
                           "bad_share": value["bad_share"]},
            "retention": {"retention_rate": value["retention"]},
        },
    }  # fmt: skip
    try:
        found = load(data)
        simulate(found)  # what the numbers say of each other shows when the hidden values are looked for
        simulate(found, _PROBES)
    except InputError as error:
        raise WrongNumbersError([_in_the_room(error, data)]) from None
    return found


def _alone(key: str, value: object) -> str:
    """What is wrong with a number whatever the others are; empty if nothing is."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not math.isfinite(value):
        return f"{key} is {shorten(value)}; write a number"
    if key == "market_multiple":
        larger = f"{key} is {value:g}; the market is larger than the customers, so above 1"
        return "" if value > 1 else larger
    if key not in SHARES:
        return "" if value > 0 else f"{key} is {value:g}; it must be above 0"
    if 1 < value <= 100:
        return f"{key} is {value:g}; a share is written from 0 to 1, so {value:g} % is {value / 100:g}"
    if not 0 <= value <= 1 or (value == 0 and key in ("retention", "referral_share", "margin")):
        return f"{key} is {value:g}; a share lies {'above 0 and up to' if value == 0 else 'from 0 to'} 1"
    return ""


def _together(given: dict[str, float], customer_type: str) -> Iterator[str]:
    """What is wrong between numbers that are each fine."""
    good, bad = 100 * given["good_share"], 100 * given["bad_share"]
    if good + bad > 100 * (1 + 1e-9):
        yield (
            f"of 100 contacts, {number(good)} good and {number(bad)} bad make {number(good + bad)}; lower "
            "good_share or bad_share"
        )
    rate = central(defaults(customer_type)["market.category_purchase_rate"])
    choosing = given["customers"] * (given["market_multiple"] - 1) * -math.expm1(-rate)
    if given["new_customers"] >= choosing:
        yield (
            f"{whole(given['new_customers'])} new customers a month are more than all who choose in a month, "
            f"about {whole(choosing)}, in a market of {number(given['market_multiple'])} times "
            f"{whole(given['customers'])} customers; check new_customers and customers, or raise market_multiple"
        )


def _in_the_room(error: InputError, data: dict[str, Any]) -> str:
    """A contradiction that the model found, in the room's words."""
    text = error.problem.partition("\n")[0]
    if "referral_share" not in text:
        return f"{error.key.rpartition('.')[2]} {text}".strip()
    market, good = data["today"]["market"], 100 * data["today"]["experience"]["good_share"]
    said = (
        f"referral_share says that {number(100 * market['referral_share'])} in 100 new customers come on a "
        f"recommendation; with {number(good)} good contacts in 100 there is not enough good talk for that"
    )
    for multiple in (15.0, 10.0, 7.0, 5.0, 3.0, 2.0):
        size = multiple * market["customers"]
        if size < market["size"]:
            other = {**data["today"], "market": {**market, "size": size}}
            try:
                simulate(load({**data, "today": other}), _PROBES)
            except InputError:
                continue
            more = f"set market_multiple to {multiple:g}, or check the share"
            return f"{said}; in a smaller market there would be: {more}"
    return f"{said}; check referral_share and good_share"


def cautions(case: Scenario) -> tuple[str, ...]:
    """What to ask in the room about numbers that can be but seldom are."""
    value = {key: central(one) for key, one in case.today.given().items()}
    customers, new = value["market.customers"], value["market.new_customers_per_month"]
    stay, good = value["retention.retention_rate"], value["experience.good_share"]
    lost, referred = customers * (1 - stay), value["market.referral_share"]
    found = []
    if lost > 3 * new and stay < 0.95:  # below which it may be of a year
        found.append(
            f"You would lose {whole(lost)} customers a month and win {whole(new)}. Do {percent(stay)} stay for a "
            f"year? For a month that is {stay ** (1 / MONTHS_PER_YEAR):.3f}."
        )
    if good >= 0.6:
        found.append(
            f"{percent(good)} of contacts good: is that what customers drawn at random say, or what is believed "
            "inside? Four in five firms believe that they excel."
        )
    if value["experience.bad_share"] == 0:
        found.append("Not one contact in a hundred is bad? Most bad experiences are never reported.")
    if not 0.06 <= referred <= 0.25:
        found.append(f"{percent(referred)} come on a recommendation; published shares lie between 6 % and 25 %.")
    return tuple(found)


def plans(case: Scenario) -> tuple[Scenario, ...]:
    """Three things to do that every business can, without a cost: what they bring is what they may cost.

    One bad contact in three prevented; twice as many put right, or all that are left; one ordinary contact in ten
    made good. Each begins next month and takes three months.
    """
    good, bad, recovered = _service(case)
    doubled = "Put right twice as many bad contacts" if recovered <= 0.5 else "Put right all bad contacts"
    against = {
        "Prevent one bad contact in three": {"experience.bad_share": {"multiply": 2 / 3}},
        doubled: {"experience.recovered_share": {"to": min(2 * recovered, 1.0)}},
    }
    better = {"experience.good_share": {"add": 0.1 * (1 - good - bad)}}
    wanted = (against if bad > 0 else {}) | {"Turn one ordinary contact in ten good": better}
    when = {"start_month": 1, "ramp_months": 3}
    return tuple(
        case.replace({"title": title, "plan": [{"initiative": title, **when, "changes": changes}]})
        for title, changes in wanted.items()
    )


def _service(case: Scenario) -> tuple[float, float, float]:
    """Good and bad share of contacts, and the share of the bad ones that is put right."""
    entries = case.entries()
    names = ("good_share", "bad_share", "recovered_share")
    good, bad, recovered = (central(entries[f"experience.{name}"][0].value) for name in names)
    return good, bad, recovered


def gains(case: Scenario, draws: int = DRAWS, seed: int = 0) -> pd.DataFrame:
    """What each plan brings, and what it may therefore cost at most, in joint draws of all that is uncertain.

    per_month = middle/Σ of discount factors: a cost of so much every month is worth the middle today.

    Index plan, best first; columns low, middle, high (what it adds to NPV with all figures in the middle, and the
    90 % interval of the draws) and per_month, in currency today, and chance_of_loss.
    """
    base, today = simulate(case, draws, seed), simulate(case)
    months = float(discount_factors(case.inputs().plan_discount_rate, case.horizon_months).sum())
    rows = {}
    for plan in plans(case):
        net = simulate(plan, draws, seed).less(base).npv
        middle, (low, _, high) = simulate(plan).npv - today.npv, quantiles(net, LEVEL)
        rows[plan.title] = (low, middle, high, middle / months, float((net < 0).mean()))
    columns = ["low", "middle", "high", "per_month", "chance_of_loss"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("plan")
    return table.sort_values("middle", ascending=False)


def doubts(plan: Scenario) -> pd.DataFrame:
    """What a plan brings with one figure after the other at the ends of its range.

    As `wom.sensitivity.tornado` of the net, with a column middle: the net with every figure in the middle.
    """
    net = simulate(plan).npv - simulate(plan.without_plan()).npv
    return tornado(plan, "net").assign(middle=net)


def half_market(case: Scenario) -> Scenario | None:
    """The same business in half the market, to see how much hangs on what is assumed; None if that cannot be."""
    try:
        half = case.replace({"market.size": central(case.entries()["market.size"][0].value) / 2})
        simulate(half)
        return half
    except InputError:
        return None


def balance(case: Scenario, made_up: float) -> pd.DataFrame:
    """Good experiences for each bad one that is not put right: as many as it takes, and as many as there are.

    Rows needed, given; column good_for_one_bad, inf where nothing bad happens.
    """
    good, bad, recovered = _service(case)
    left = bad * (1 - recovered)
    rows = pd.Index(["needed", "given"], name="balance")
    return pd.DataFrame({"good_for_one_bad": [made_up, good / left if left else math.inf]}, index=rows)
