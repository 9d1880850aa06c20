"""A workshop: nine numbers, the story that they tell, and what to do on Monday."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd

from ..analysis.sensitivity import how
from ..analysis.workshop import cautions, half_market
from ..assumptions import by_grade
from ..evidence import figure
from ..parameters import central
from ..scenario import Scenario
from ..words import number, signed
from ..worth import experience_worth
from .basis import RANGE, _lower, alike, exhibit, gives_way, name, ranges, span, today, words
from .chart import Chart, series
from .exhibit import Exhibit
from .sureness import swings
from .worth import behind, of, over_segments, service_worth, surveyed


def room_answer(
    service: pd.DataFrame, experiences: pd.DataFrame, sure: pd.DataFrame, gains: pd.DataFrame,
    doubts: pd.DataFrame, case: Scenario,
) -> Exhibit:  # fmt: skip
    """The answer of nine numbers on one screen.

    `service`, `experiences` and `sure` are as for `exhibits.service_worth`; `gains` and `doubts` from
    `wom.workshop.gains` and `wom.workshop.doubts`, the case from `wom.workshop.scenario`.
    """
    grades, best, key = by_grade(case)["parameters"], gains.iloc[0], str(doubts.index[0])
    published = int(grades[["strong", "fair", "weak"]].sum())
    counted = (
        f"{grades['yours'] - 1} numbers were put in, {published} are published and {grades['assumed'] + 1} assumed"
    )
    first = "None of the three things tried here brings anything."
    if best["middle"] > 0:
        low, high = alike([best["low"], best["high"]], case, currency=False)
        worth = alike([best["middle"]], case)[0]
        first = f"{gains.index[0]}: worth {worth} before its cost ({RANGE} {low} to {high})."
    return replace(
        service_worth(service, experiences, sure, case),
        answers=(
            ("How sure", f"{counted}; nothing was fitted to data."),  # the size of the market is assumed
            ("What to do first", first),
            ("What would change it", f"Most hangs on {name(key)}: worth {_swing(doubts, case)}."),
            ("What to find out next", f"{words(key)}: {how(key)}."),
        ),
    )


def _swing(tornado: pd.DataFrame, plan: Scenario) -> str:
    """Between which ends the widest range takes the result."""
    low, high = sorted(tornado.iloc[0][["outcome_low", "outcome_high"]].astype(float))
    return span(low, high, plan, 3)


def nine_numbers(case: Scenario) -> Exhibit:
    """The numbers put in, what each means, and the one that is assumed."""
    value = {key.partition(".")[2]: central(places[0].value) for key, places in case.entries().items()}
    customers, new, stay = (value[key] for key in ("customers", "new_customers_per_month", "retention_rate"))
    write, spend, contacts = case.write, value["spend_per_customer"], customers * value["contacts_per_month"]

    def money(size: float) -> str:
        return write.text(number(size, 4), currency=True)

    lasts = f"{write.number(1 / (1 - stay))} months on average" if stay < 1 else "nobody ever leaves"
    said = [
        ("Customers", write.count(customers), f"who spend {money(12 * customers * spend)} a year"),
        ("New customers a month", write.number(new, 3), f"while {write.number(customers * (1 - stay), 3)} leave"),
        ("Spending of each a month", money(spend),
         f"of which {money(spend * value['margin_share'])} is left"),
        ("Margin", write.percent(value["margin_share"], 3), "after the cost of what was sold"),
        ("Stay to the next month", write.percent(stay, 3), f"{lasts}, {write.percent(stay**12)} for a year"),
        ("Contacts a month", write.number(value["contacts_per_month"], 3),
         f"{write.number(contacts, 3)} of all customers"),
        ("Good ones", write.percent(value["good_share"], 3), "as customers say"),
        ("Bad ones", write.percent(value["bad_share"], 3),
         f"{write.number(contacts * value['bad_share'])} a month"),
        ("Recommended", write.percent(value["referral_share"], 3),
         f"{write.number(new * value['referral_share'])} new customers a month"),
        ("Market (assumed)", write.count(value["size"]),
         f"{write.number(value['size'] / customers)} times the customers"),
    ]  # fmt: skip
    text = [*cautions(case), *gives_way(case)]
    if other := half_market(case):
        costs = (-of(experience_worth(business), "bad") for business in (case, other))
        here, there = (over_segments(cost, case, 2) for cost in costs)
        instead = f"cost {there} instead of {here}" if here != there else "cost as much: it hardly matters"
        text.append(f"If the market were half as large as is assumed, one bad contact would {instead}.")
    return exhibit(
        "As they stand in the notebook's parameters.",
        f"Nine numbers were put in, one is assumed: {write.count(value['size'])} people",
        data=pd.DataFrame(said, columns=["Figure", "Number", "That is"]).set_index("Figure"),
        text=text, notes=behind(case, "market", "economics", "experience", "retention.retention_rate"),
    )  # fmt: skip


def belief() -> Exhibit:
    """What firms believe and what customers say, in a published survey."""
    shares = [100 * (figure(f"perception_gap_{who}").central or 0.0) for who in ("firms", "customers")]
    firms, customers = (f"{share:.0f}" for share in shares)
    chart = Chart(
        "squares", ("believed that they give superior service", "had customers who agreed"),
        (series("of 100 firms", shares, roles=("neutral", "better")),), "Each square is one of 100 firms surveyed",
        form="plain", labels=(firms, customers),
    )  # fmt: skip
    said = f"{firms} in 100 firms surveyed believed that they excel; customers agreed about {customers}"
    return exhibit(f"{figure('perception_gap_firms').source}.", said, chart, notes=surveyed())


def to_do(gains: pd.DataFrame, case: Scenario) -> Exhibit:
    """Three things that every business can do, with what each is worth and may cost, from `wom.workshop.gains`."""
    best, ends = gains.iloc[0], gains[["low", "middle", "high"]]
    said = "None of these three things brings anything here"
    if best["middle"] > 0:
        said = f"{gains.index[0]}: worth up to {case.write.money(best['per_month'])} a month"
    written = iter(alike(ends.to_numpy().ravel(), case, currency=False))
    texts = [
        f"{signed(middle)} ({low} to {high})" for low, middle, high in zip(written, written, written, strict=True)
    ]
    chart = ranges(ends, f"Worth before any cost, {today(case)}", texts, form="change", reference=0.0)
    costs = [f"{each}: {case.write.money(max(cost, 0.0))}" for each, cost in gains["per_month"].items()]
    notes = f"A cost in every month that would be as much, in today's money. {'; '.join(costs)}."
    return exhibit(case, said, chart, data=ends, notes=notes)


def doubts(tornado: pd.DataFrame, plan: Scenario, most: int = 6) -> Exhibit:
    """What a plan brings with each figure of `wom.workshop.doubts` at its ends, and how to find out the first."""
    top = tornado.head(most)
    first, *others = [f"{name(key)}: {how(key)}" for key in map(str, top.index[:3])]
    said = f"Most hangs on {name(str(top.index[0]))}: worth {_swing(tornado, plan)}"
    also = f"Then {'; '.join(others)}." if others else ""
    notes = behind(plan, *map(str, top.index))
    return swings(
        tornado, plan, "net", top["middle"], most, said, text=[f"To find out first: {first}.", also], notes=notes
    )


def monday(experiences: pd.DataFrame, gains: pd.DataFrame, case: Scenario) -> Exhibit:
    """What to do on Monday, each line with its number."""
    saved, write = float(of(experiences, "recovered").iloc[0] - of(experiences, "bad").iloc[0]), case.write
    at_once, best = write.money(saved), gains.iloc[0]
    share = central(case.entries()["experience.bad_share"][0].value)
    error = [write.number(196 * math.sqrt(max(share, 0.01) * (1 - share) / count), 1) for count in (100, 400)]
    steps = [
        "Ask every new customer how they heard of you, and write it down: it fixes what word of mouth can do.",
        f"Ask customers drawn at random after a contact: good, ordinary or bad? 100 answers tell the share of bad "
        f"ones to {error[0]} points, 400 to {error[1]}.",
        "Look again in three months, with figures of your own instead of the published ones.",
    ]
    if best["middle"] > 0:
        steps.insert(
            2, f"Begin in one place: {_lower(str(gains.index[0]))}. It pays as long as it costs less than "
            f"{write.money(best['per_month'])} a month for the whole business.",
        )  # fmt: skip
    said = f"On Monday: {'four' if len(steps) == 4 else 'three'} things to begin with"
    if saved > 0 and share > 0:
        said = f"On Monday: up to {at_once} at once for each bad contact"
        leave = f"Give the front line leave to spend up to {at_once} at once, without asking"
        steps.insert(0, f"{leave}: that is what putting one bad contact right is worth here.")
    return exhibit("", said, text=[f"{place}. {step}" for place, step in enumerate(steps, 1)])
