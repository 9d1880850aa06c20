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
from ..words import NARROW, number, signed
from ..worth import experience_worth
from .basis import _lower, _upper, alike, borrowed, exhibit, gives_way, name, span, three, today, words
from .chart import Chart, Role, series
from .exhibit import Exhibit
from .sureness import swings
from .worth import behind, of, over_segments, service_worth, surveyed, visit


def room_answer(
    service: pd.DataFrame, experiences: pd.DataFrame, sure: pd.DataFrame, gains: pd.DataFrame,
    doubts: pd.DataFrame, case: Scenario,
) -> Exhibit:  # fmt: skip
    """The answer of nine numbers on one screen.

    Args:
        service, experiences, sure: as for `exhibits.service_worth`.
        gains, doubts: from `wom.workshop.gains` and `wom.workshop.doubts`.
        case: from `wom.workshop.scenario`.
    """
    given, published, assumed = _counted(case)
    best, key = gains.iloc[0], str(doubts.index[0])
    first = "None of the three things tried here brings anything."
    if best["middle"] > 0:
        low, high = alike([best["low"], best["high"]], case, currency=False)
        worth = alike([best["middle"]], case)[0]
        first = f"{gains.index[0]}: worth {worth} before its cost (90{NARROW}% range {low} to {high})."
    return replace(
        service_worth(service, experiences, sure, case),
        answers=(
            ("How sure", f"{given} numbers were put in, {published} are published and {assumed} assumed; nothing "
             "was fitted to data."),
            ("What to do first", first),
            ("What would change it", f"Most hangs on {name(key)}: worth {_swing(doubts, case)}."),
            ("What to find out next", f"{words(key)}: {how(key)}."),
        ),
    )  # fmt: skip


def _counted(case: Scenario) -> tuple[int, int, int]:
    """How many figures were put in, are published, and are assumed; the size of the market is assumed."""
    grades = by_grade(case)["parameters"]
    return int(grades["yours"]) - 1, int(grades[["strong", "fair", "weak"]].sum()), int(grades["assumed"]) + 1


def _swing(tornado: pd.DataFrame, plan: Scenario) -> str:
    """Between which ends the widest range takes the result."""
    low, high = sorted(tornado.iloc[0][["outcome_low", "outcome_high"]].astype(float))
    return span(low, high, plan, 3)


def nine_numbers(case: Scenario) -> Exhibit:
    """The numbers put in, what each means, and the one that is assumed."""
    value = {key.partition(".")[2]: central(places[0].value) for key, places in case.entries().items()}
    write, customers, new, stay = case.write, *(
        value[key] for key in ("customers", "new_customers_per_month", "retention_rate")
    )  # fmt: skip
    spend, contacts = value["spend_per_customer"], customers * value["contacts_per_month"]

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
        (f"{_upper(visit(case))}s a month", write.number(value["contacts_per_month"], 3),
         f"{write.number(contacts, 3)} of all customers"),
        ("Good ones", write.percent(value["good_share"], 3), "as customers say"),
        ("Bad ones", write.percent(value["bad_share"], 3),
         f"{write.number(contacts * value['bad_share'])} a month"),
        ("Recommended", write.percent(value["referral_share"], 3),
         f"{write.number(new * value['referral_share'])} new customers a month"),
        ("Market (assumed)", write.count(value["size"]),
         f"{write.number(value['size'] / customers)} times the customers"),
    ]  # fmt: skip
    table = pd.DataFrame(said, columns=["Figure", "Number", "That is"]).set_index("Figure")
    text, one = [*cautions(case), *gives_way(case)], visit(case)
    if other := half_market(case):
        costs = (-of(experience_worth(business), "bad") for business in (case, other))
        here, there = (over_segments(cost, case, 2) for cost in costs)
        instead = (
            f"would cost {there} instead of {here}" if here != there else "would cost as much: it hardly matters"
        )
        text.append(f"If the market were half as large as is assumed, one bad {one} {instead}.")
    return exhibit(
        "As they stand in the notebook's parameters.",
        f"Nine numbers were put in, one is assumed: {write.count(value['size'])} people", data=table,
        text=text, notes=behind(case, "market", "economics", "experience", "retention.retention_rate"),
    )  # fmt: skip


def belief() -> Exhibit:
    """What firms believe and what customers say, in a published survey."""
    record = figure("perception_gap_firms")
    shares = [100 * (figure(f"perception_gap_{who}").central or 0.0) for who in ("firms", "customers")]
    said = (
        f"{shares[0]:.0f} in 100 firms surveyed believed that they excel; customers agreed about {shares[1]:.0f}"
    )
    chart = Chart(
        "squares", ("believed that they give superior service", "had customers who agreed"),
        (series("of 100 firms", shares, roles=("neutral", "better")),), "Each square is one of 100 firms surveyed",
        form="plain", labels=tuple(f"{one:.0f}" for one in shares),
    )  # fmt: skip
    return exhibit(f"{record.source}.", said, chart, notes=surveyed())


def balance(table: pd.DataFrame, case: Scenario) -> Exhibit:
    """Good visits that one bad takes to make up for, beside those that there are, from `wom.workshop.balance`."""
    one, write, (wanted, given) = f"good {visit(case)}s", case.write, map(float, table["good_for_one_bad"])
    makes = write.number(wanted) if math.isfinite(wanted) else "No number of"
    there = f"{'' if given >= wanted else 'only '}{write.number(given)}" if math.isfinite(given) else "no bad ones"
    roles: tuple[Role, Role] = ("neutral", "better" if given >= wanted else "worse")
    chart = Chart(
        "bars", ("Needed for one bad", "Given for one bad"), (series(one, (wanted, given), roles=roles),),
        f"{_upper(one)} for each bad one that is not put right", form="plain",
        labels=tuple(write.number(end) for end in (wanted, given)),
    )  # fmt: skip
    said, others = (
        f"{makes} {one} make up for one bad; there are {there}",
        borrowed(case, "experience.recovered_share"),
    )
    return exhibit(case, said, chart, text=[others], notes=behind(case, "experience"))


def to_do(gains: pd.DataFrame, case: Scenario) -> Exhibit:
    """Three things that every business can do, with what each is worth and may cost, from `wom.workshop.gains`."""
    best, ends = gains.iloc[0], gains[["low", "middle", "high"]]
    said = "None of these three things brings anything here"
    if best["middle"] > 0:
        said = f"{gains.index[0]}: worth up to {case.write.money(best['per_month'])} a month"
    written = alike(ends.to_numpy().ravel(), case, currency=False)
    texts = [f"{signed(middle)} ({low} to {high})" for low, middle, high in zip(*[iter(written)] * 3, strict=True)]
    chart = Chart("ranges", tuple(map(str, gains.index)), three(ends), f"Worth before any cost, {today(case)}",
                  form="change", reference=0.0, labels=tuple(texts))  # fmt: skip
    costs = [f"{each}: {case.write.money(max(cost, 0.0))}" for each, cost in gains["per_month"].items()]
    notes = f"A cost in every month that would be as much, in today's money. {'; '.join(costs)}."
    return exhibit(case, said, chart, data=ends, notes=notes)


def doubts(tornado: pd.DataFrame, plan: Scenario, most: int = 6) -> Exhibit:
    """What a plan brings with each figure at the ends of its range, and how to find out those that matter most.

    Args:
        tornado: from `wom.workshop.doubts`.
        plan: whose it is.
        most: rows that are shown.
    """
    top = tornado.head(most)
    first = f"{words(str(top.index[0]))}: {how(str(top.index[0]))}."
    also = "; ".join(f"{name(str(key))}: {how(str(key))}" for key in top.index[1:3])
    return replace(
        swings(tornado, plan, "net", top["middle"], most),
        sentence=f"Most hangs on {name(str(top.index[0]))}: worth {_swing(tornado, plan)}",
        text=("To find out first:", first, *([f"Then {also}."] if also else [])),
        notes=behind(plan, *map(str, top.index)),
    )


def monday(experiences: pd.DataFrame, gains: pd.DataFrame, case: Scenario) -> Exhibit:
    """What to do on Monday, each line with its number."""
    saved, write = float(of(experiences, "recovered").iloc[0] - of(experiences, "bad").iloc[0]), case.write
    at_once, one, best = write.money(saved), visit(case), gains.iloc[0]
    share = central(case.entries()["experience.bad_share"][0].value)
    error = [
        write.number(100 * 1.96 * math.sqrt(max(share, 0.01) * (1 - share) / count), 1) for count in (100, 400)
    ]
    steps = [
        "Ask every new customer how they heard of you, and write it down: it fixes what word of mouth can do.",
        f"Ask customers drawn at random after a {one}: good, ordinary or bad? 100 answers tell the share of bad "
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
        said = f"On Monday: up to {at_once} at once for each bad {one}"
        leave = (
            f"Give the front line leave to spend up to {at_once} at once, without asking: that is what putting "
        )
        steps.insert(0, f"{leave}one bad {one} right is worth here.")
    return exhibit("", said, text=[f"{place}. {step}" for place, step in enumerate(steps, 1)])
