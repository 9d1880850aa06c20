"""A workshop: nine numbers, the story that they tell, and what to do on Monday."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import pandas as pd

from ..analysis.sensitivity import how
from ..analysis.workshop import cautions, half_market
from ..assumptions import by_grade
from ..assumptions import table as figures_of
from ..evidence import figure
from ..parameters import Key, central
from ..reach import from_mean_and_share
from ..scenario import Scenario
from ..words import number, percent, signed, whole
from ..worth import experience_worth
from . import worth
from .basis import months, source_line, words
from .chart import Role, series
from .exhibit import Exhibit
from .worth import alike, borrowed, of, over, rows, span, three, visit

PUBLISHED = "Fitted to a published mean (American Express 2011) and share above five (Dimensional Research 2013)."


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
    low, high = alike([best["low"], best["high"]], case)
    first = "None of the three things tried here brings anything."
    if best["median"] > 0:
        first = f"{gains.index[0]}: worth {span([best['median']], case)} (90 % range {low} to {high})."
    return replace(
        worth.service_worth(service, experiences, sure, case),
        answers=(
            ("How sure", f"{given} numbers were put in, {published} are published and {assumed} assumed; nothing "
             "was fitted to data."),
            ("What to do first", first),
            ("What would change it", f"{_hangs(doubts, case)}."),
            ("What to find out next", f"{words(key)}: {how(key)}."),
        ),
    )  # fmt: skip


def _counted(case: Scenario) -> tuple[int, int, int]:
    """How many figures were put in, are published, and are assumed; the size of the market is assumed."""
    grades = by_grade(case)["parameters"]
    return int(grades["yours"]) - 1, int(grades[["strong", "fair", "weak"]].sum()), int(grades["assumed"]) + 1


def nine_numbers(case: Scenario) -> Exhibit:
    """The numbers put in, what each means, and the one that is assumed."""
    value = {key.partition(".")[2]: central(places[0].value) for key, places in case.entries().items()}
    customers, new, stay = value["customers"], value["new_customers_per_month"], value["retention_rate"]
    spend, contacts = value["spend_per_customer"], customers * value["contacts_per_month"]
    lasts = f"{number(1 / (1 - stay), 2)} months on average" if stay < 1 else "nobody ever leaves"
    left = span([spend * value["margin_share"]], case)
    said = {
        "Customers": (whole(customers), f"who spend {span([12 * customers * spend], case)} a year"),
        "New customers a month": (whole(new), f"while {whole(customers * (1 - stay))} leave"),
        "Spending of each a month": (span([spend], case), f"of which {left} is left"),
        "Margin": (percent(value["margin_share"], 3), "after the cost of what was sold"),
        "Stay to the next month": (percent(stay, 3), f"{lasts}, {percent(stay**12)} for a year"),
        f"{visit(case).capitalize()}s a month": (
            number(contacts / customers),
            f"{whole(contacts)} of all customers",
        ),
        "Good ones": (percent(value["good_share"], 3), "as customers say"),
        "Bad ones": (percent(value["bad_share"], 3), f"{whole(contacts * value['bad_share'])} a month"),
        "Recommended": (
            percent(value["referral_share"], 3),
            f"{number(new * value['referral_share'], 2)} a month",
        ),
        "Market (assumed)": (whole(value["size"]), f"{number(value['size'] / customers)} times the customers"),
    }
    table = pd.DataFrame.from_dict(said, orient="index", columns=["Number", "That is"]).rename_axis("Figure")
    return Exhibit(
        f"Nine numbers were put in, one is assumed: {whole(value['size'])} people",
        data=table, text=cautions(case), source="As they stand in the notebook's parameters.",
        notes=_behind(case, "market", "economics", "experience", "retention.retention_rate"),
    )  # fmt: skip


def belief() -> Exhibit:
    """What firms believe and what customers say, in a published survey."""
    record = figure("perception_gap_firms")
    shares = [100 * (figure(f"perception_gap_{name}").central or 0.0) for name in ("firms", "customers")]
    said = f"{shares[0]:.0f} in 100 firms surveyed believed that they excel; customers agreed of {shares[1]:.0f}"
    drawn = series("of 100 firms", shares, roles=("neutral", "better"))
    names = ("believed that they give superior service", "had customers who agreed")
    texts = [f"{one:.0f}" for one in shares]
    return rows("squares", names, [drawn], said, "Each square is one of 100 firms surveyed", texts,
                source=f"{record.source}.", notes=worth.surveyed(), form="plain")  # fmt: skip


def hearing(case: Scenario) -> Exhibit:
    """How many people hear of one experience, by the published means and shares."""
    good, bad = (
        from_mean_and_share(
            *(figure(f"{name}_{tone}").central or 0.0 for name in ("reach", "told_more_than_five"))
        )
        for tone in ("good", "bad")
    )
    notes = _behind(case, "word_of_mouth.reach_good", "word_of_mouth.reach_bad")
    return worth.reach(good, bad, PUBLISHED, notes)


def balance(table: pd.DataFrame, case: Scenario) -> Exhibit:
    """Good visits that one bad takes to make up for, beside those that there are, from `wom.workshop.balance`."""
    one, (wanted, given) = f"good {visit(case)}s", map(float, table["good_for_one_bad"])
    said = (
        f"{number(wanted, 2) if math.isfinite(wanted) else 'No number of'} {one} make up for one bad; there are "
    )
    said += f"{'' if given >= wanted else 'only '}{number(given, 2)}" if math.isfinite(given) else "no bad ones"
    roles: tuple[Role, Role] = ("neutral", "better" if given >= wanted else "worse")
    return rows(
        "bars", ("Needed for one bad", "Given for one bad"), [series(one, (wanted, given), roles=roles)], said,
        f"{one.capitalize()} for each bad one that is not put right", [number(end, 2) for end in (wanted, given)],
        case=case, text=(borrowed(case, "experience.recovered_share"),), form="plain",
        notes=_behind(case, "experience"),
    )  # fmt: skip


def to_do(gains: pd.DataFrame, case: Scenario) -> Exhibit:
    """Three things that every business can do, with what each is worth and may cost, from `wom.workshop.gains`."""
    best, ends = gains.iloc[0], gains[["low", "median", "high"]]
    said = f"{gains.index[0]}: worth up to {span([best['per_month']], case, 2)} a month"
    if best["median"] <= 0:
        said = "None of these three things brings anything here"
    written = alike(ends.to_numpy().ravel(), case)
    texts = [f"{signed(middle)} ({low} to {high})" for low, middle, high in zip(*[iter(written)] * 3, strict=True)]
    costs = [f"{name}: {span([max(cost, 0.0)], case)}" for name, cost in gains["per_month"].items()]
    notes = f"A cost in every month that would be as much, in today's money. {'; '.join(costs)}."
    return _ranges(ends, map(str, gains.index), texts, said, f"Worth before any cost{over(case)}", case, notes)


def doubts(tornado: pd.DataFrame, plan: Scenario, most: int = 6) -> Exhibit:
    """What a plan brings with one figure after the other at the ends of its range, from `wom.workshop.doubts`."""
    top = tornado.head(most)
    ends = top[["outcome_low", "outcome_high"]].agg(["min", "max"], axis=1).set_axis(["low", "high"], axis=1)
    ends.insert(1, "middle", top["middle"].clip(ends["low"], ends["high"]))
    written = alike(ends[["low", "high"]].to_numpy().ravel(), plan)
    texts = [f"{low} to {high}" for low, high in zip(*[iter(written)] * 2, strict=True)]
    subtitle = f"Worth of the plan with each figure at both ends of its range{over(plan)}"
    names = [words(str(key)) for key in top.index]
    return _ranges(ends, names, texts, _hangs(tornado, plan), subtitle, plan, _behind(plan, *map(str, top.index)))


def _hangs(tornado: pd.DataFrame, plan: Scenario) -> str:
    """Which figure could make it wrong."""
    low, high = alike(sorted(tornado.iloc[0][["outcome_low", "outcome_high"]].astype(float)), plan)
    name = words(str(tornado.index[0]))
    return f"Most hangs on {name[:1].lower()}{name[1:]}: worth {low} to {high}"


def _ranges(
    ends: pd.DataFrame, names: Iterable[str], texts: Sequence[str], said: str, subtitle: str, case: Scenario,
    notes: str,
) -> Exhibit:  # fmt: skip
    """A low, a middle and a high end per row, with nought between loss and gain."""
    return rows("ranges", names, three(ends), said, subtitle, texts, case=case, data=ends, notes=notes,
                form="change", reference=0.0)  # fmt: skip


def measure(tornado: pd.DataFrame, plan: Scenario, most: int = 5) -> Exhibit:
    """What to measure first, and how, from `wom.workshop.doubts`."""
    top, swings = tornado.head(most), tornado["swing"].astype(float)
    names = [words(str(key)) for key in top.index]
    asked = [how(str(key)) for key in top.index]
    shown = {
        "How to find out": [text[:1].upper() + text[1:] for text in asked],
        "Moves the result by": [span([swing], plan) for swing in swings.head(most)],
    }
    share = percent(swings.iloc[0] / swings.sum()) if swings.sum() else "none"
    said = f"Measure this first: {names[0][:1].lower()}{names[0][1:]}, {share} of all that moves the result"
    return Exhibit(said, data=pd.DataFrame(shown, pd.Index(names, name="Figure")), source=source_line(plan))


def monday(experiences: pd.DataFrame, gains: pd.DataFrame, case: Scenario) -> Exhibit:
    """What to do on Monday, each line with its number."""
    saved = float(of(experiences, "recovered").iloc[0] - of(experiences, "bad").iloc[0])
    at_once = span([saved], case, 2)
    share = central(case.entries()["experience.bad_share"][0].value)
    error = [number(100 * 1.96 * math.sqrt(max(share, 0.01) * (1 - share) / count), 1) for count in (100, 400)]
    most, title = span([max(gains.iloc[0]["per_month"], 0.0)], case, 2), str(gains.index[0])
    steps = [
        "Ask every new customer how they heard of you, and write it down: it fixes what word of mouth can do.",
        f"Ask customers drawn at random after a {visit(case)}: good, ordinary or bad? 100 answers tell the share "
        f"of bad ones to {error[0]} points, 400 to {error[1]}.",
        f"Begin in one place: {title[:1].lower()}{title[1:]}. It pays as long as it costs less than {most} a "
        "month for the whole business.",
        "Look again in three months, with figures of your own instead of the published ones.",
    ]
    said = "On Monday: four things to begin with"
    if saved > 0:
        said = f"On Monday: up to {at_once} at once for each bad {visit(case)}"
        leave = (
            f"Give the front line leave to spend up to {at_once} at once, without asking: that is what putting "
        )
        steps.insert(0, f"{leave}one bad {visit(case)} right is worth here.")
    return Exhibit(said, text=tuple(f"{place}. {step}" for place, step in enumerate(steps, 1)))


def rests(case: Scenario) -> Exhibit:
    """What the result rests on."""
    given, published, assumed = _counted(case)
    market = f"The market is assumed, {whole(central(case.entries()['market.size'][0].value))} people."
    if other := half_market(case):
        here, there = (span([-float(of(experience_worth(one), "bad").iloc[0])], case, 2) for one in (case, other))
        instead = (
            f"would cost {there} instead of {here}" if here != there else "costs as much, so it hardly matters"
        )
        market += f" In half of it, one bad {visit(case)} {instead}."
    return Exhibit(
        f"It rests on {given} numbers put in, {published} published and {assumed} assumed",
        text=(
            "It is a scenario: nothing was fitted to data, and nothing is a forecast.",
            "The published figures are surveys, mostly; people say more than they do, and the share of it that "
            "service causes is an estimate.",
            market,
            "No competitor reacts, and all customers of one mood stay and spend alike.",
            f"What comes after {months(case)} does not count.",
        ),
    )


def _behind(case: Scenario, *keys: str) -> str:
    """Where figures come from, for a speaker: by dotted key or section."""
    lines = []
    for key, row in figures_of(case).iterrows():
        if key not in keys and Key.parse(str(key)).section not in keys:
            continue
        meaning, grade = str(row["meaning"]), str(row["grade"])
        basis = "put in" if grade == "yours" else f"{str(row['source']).rstrip('.')}; {grade}"
        basis = "a multiple of the customers; assumed" if key == "market.size" else basis
        lines.append(f"{meaning[:1].upper()}{meaning[1:]}: {row['value']:,.6g} ({basis}).")
    return " ".join(["Behind it.", *lines])
