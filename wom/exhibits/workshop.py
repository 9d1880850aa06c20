"""A workshop: nine numbers, the story that they tell, and what to do on Monday."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd

from .. import reach as told
from ..analysis.sensitivity import how
from ..analysis.workshop import cautions, half_market
from ..assumptions import by_grade
from ..assumptions import table as figures_of
from ..evidence import figure
from ..messages.plain import plain
from ..parameters import Key, central
from ..scenario import Scenario
from ..words import amounts, money, number, percent, signed, whole
from ..worth import experience_worth
from . import worth
from .basis import source_line
from .chart import Chart, series
from .exhibit import Exhibit
from .worth import visit

ROOM = "As they stand in the notebook's parameters; the size of the market is assumed."


def workshop(
    service: pd.DataFrame,
    experiences: pd.DataFrame,
    sure: pd.DataFrame,
    gains: pd.DataFrame,
    doubts: pd.DataFrame,
    case: Scenario,
) -> Exhibit:
    """The answer of nine numbers on one screen.

    Args:
        service, experiences, sure: as for `exhibits.worth`.
        gains, doubts: from `wom.workshop.gains` and `wom.workshop.doubts`.
        case: from `wom.workshop.scenario`.
    """
    given, published, assumed = _counted(case)
    best, title = gains.iloc[0], str(gains.index[0])
    low, high = amounts([best["low"], best["high"]], digits=3)
    first = f"{title}: worth {money(best['median'], case.currency)} in {case.horizon_months} months, 90 % range {low} to {high}."
    key = str(doubts.index[0])
    return replace(
        worth.worth(service, experiences, sure, case),
        answers=(
            ("How sure", f"{given} numbers were put in; {published} are published and {assumed} assumed. Nothing "
             "was fitted to data."),
            ("What to do first", first if best["median"] > 0 else "None of the three things tried here brings anything."),
            ("What would change it", f"{_hangs(doubts, case)}."),
            ("What to find out next", f"{plain(key)}: {how(key)}."),
        ),
    )  # fmt: skip


def numbers(case: Scenario) -> Exhibit:
    """The numbers put in, what each means, and the one that is assumed."""
    value = {key: central(places[0].value) for key, places in case.entries().items()}
    customers, new = value["market.customers"], value["market.new_customers_per_month"]
    spend, margin = value["economics.spend_per_customer"], value["economics.margin_share"]
    stay, bad = value["retention.retention_rate"], value["experience.bad_share"]
    contacts = customers * value["experience.contacts_per_month"]
    referred = value["market.referral_share"]
    months = f"{number(1 / (1 - stay), 2)} months on average" if stay < 1 else "nobody ever leaves"
    rows = {
        "Customers": (whole(customers), f"who spend {money(12 * customers * spend, case.currency)} a year"),
        "New customers a month": (whole(new), f"while {whole(customers * (1 - stay))} leave"),
        "Spending of each a month": (money(spend, case.currency), f"of which {money(spend * margin, case.currency)} is left"),
        "Margin": (percent(margin, 3), "after the cost of what was sold"),
        "Stay to the next month": (percent(stay, 3), f"{months}, {percent(stay**12)} for a year"),
        f"{visit(case).capitalize()}s a month": (number(contacts / customers), f"{whole(contacts)} of all customers"),
        "Good ones": (percent(value["experience.good_share"], 3), "as customers say"),
        "Bad ones": (percent(bad, 3), f"{whole(contacts * bad)} a month"),
        "Recommended": (percent(referred, 3), f"{number(new * referred, 2)} of the new customers in a month"),
        "Market (assumed)": (whole(value["market.size"]), f"{number(value['market.size'] / customers)} times the customers"),
    }  # fmt: skip
    shown = pd.DataFrame.from_dict(rows, orient="index", columns=["Number", "That is"]).rename_axis("Figure")
    said = f"Nine numbers were put in, one is assumed: {whole(value['market.size'])} people"
    behind = _behind(case, "market", "economics", "experience", "retention.retention_rate")
    return Exhibit(said, data=shown, source=ROOM, notes=behind, text=cautions(case))


def _counted(case: Scenario) -> tuple[int, int, int]:
    """How many figures were put in, are published, and are assumed; the size of the market is assumed."""
    grades = by_grade(case)["parameters"]
    return int(grades["yours"]) - 1, int(grades[["strong", "fair", "weak"]].sum()), int(grades["assumed"]) + 1


def belief() -> Exhibit:
    """What firms believe and what customers say, in a published survey."""
    firms, customers = (figure(f"perception_gap_{name}") for name in ("firms", "customers"))
    shares = [100 * (one.central or 0.0) for one in (firms, customers)]
    said = f"{shares[0]:.0f} in 100 firms surveyed believed that they excel; customers agreed of {shares[1]:.0f}"
    names = ("Firms that believed it", "Firms whose customers said it")
    drawn = series("of 100 firms", shares, roles=("neutral", "better"))
    chart = Chart("bars", names, (drawn,), "Of 100 firms: superior service", form="plain", limits=(0.0, 100.0))
    return Exhibit(said, chart, alt=f"Two bars. {said}.", source=f"{firms.source}.", notes=worth.belief_notes())


def hearing(case: Scenario) -> Exhibit:
    """How many people hear of one experience, by the published means and shares."""
    tones = [
        told.from_mean_and_share(*(figure(f"{name}_{tone}").central or 0.0 for name in ("reach", "told_more_than_five")))
        for tone in ("good", "bad")
    ]
    source = "Fitted to a published mean (American Express 2011) and share above five (Dimensional Research 2013)."
    notes = _behind(case, "word_of_mouth.reach_good", "word_of_mouth.reach_bad")
    return worth.reach(*tones, source).with_notes(notes)


def balance(table: pd.DataFrame, case: Scenario) -> Exhibit:
    """Good visits that one bad takes to make up for, beside those that there are.

    Args:
        table: from `wom.workshop.balance`.
        case: whose they are.
    """
    one = visit(case)
    wanted, given = (float(value) for value in table["good_for_one_bad"])
    said = f"{number(wanted, 2)} good {one}s make up for one bad"
    if not math.isfinite(wanted):
        said = f"No number of good {one}s makes up for one bad"
    said += f"; there are {'' if given >= wanted else 'only '}{number(given, 2)}" if math.isfinite(given) else "; there are no bad ones"
    roles = ("neutral", "better" if given >= wanted else "worse")
    drawn = series(f"good {one}s", (wanted, given), roles=roles)  # type: ignore[arg-type]
    chart = Chart("bars", ("Needed for one bad", "Given for one bad"), (drawn,),
                  f"Good {one}s for each bad one that is not put right", form="plain",
                  labels=tuple(number(value, 2) for value in (wanted, given)))  # fmt: skip
    right = figures_of(case).loc["experience.recovered_share"]
    text = f"That {percent(right['value'])} of bad ones are put right was not put in: it is {right['grade']}." if right["grade"] != "yours" else ""
    return Exhibit(said, chart, alt=f"Two bars. {said}.", source=source_line(case), notes=_behind(case, "experience"),
                   text=tuple(filter(None, [text])))  # fmt: skip


def plans(gains: pd.DataFrame, case: Scenario) -> Exhibit:
    """Three things that every business can do, with what each is worth and may cost.

    Args:
        gains: from `wom.workshop.gains`.
        case: whose they are.
    """
    best = gains.iloc[0]
    said = f"{gains.index[0]}: worth up to {money(best['per_month'], case.currency, 2)} a month"
    if best["median"] <= 0:
        said = "None of these three things brings anything here"
    written = amounts(gains[["low", "median", "high"]].to_numpy().ravel().tolist(), digits=3)
    texts = [f"{signed(middle)} ({low} to {high})" for low, middle, high in zip(*[iter(written)] * 3, strict=True)]
    costs = "; ".join(f"{name}: {money(max(float(cost), 0.0), case.currency)}" for name, cost in gains["per_month"].items())
    return _ranges(gains[["low", "median", "high"]], [str(name) for name in gains.index], texts, said,
                   f"Worth before any cost, {worth.over(case)}; line: 90 % range", case,
                   f"A cost in every month that would be as much, in today's money. {costs}.")  # fmt: skip


def doubts(tornado: pd.DataFrame, plan: Scenario, most: int = 6) -> Exhibit:
    """What a plan brings with one figure after the other at the ends of its range.

    Args:
        tornado: from `wom.workshop.doubts`.
        plan: whose it is.
        most: rows.
    """
    rows = tornado.head(most)
    low, high = rows[["outcome_low", "outcome_high"]].min(axis=1), rows[["outcome_low", "outcome_high"]].max(axis=1)
    middle = rows["middle"].clip(low, high)
    written = amounts([*low, *high], digits=3)
    texts = [f"{first} to {last}" for first, last in zip(written[: len(rows)], written[len(rows) :], strict=True)]
    return _ranges(pd.DataFrame({"low": low, "middle": middle, "high": high}), [plain(str(key)) for key in rows.index], texts,
                   _hangs(tornado, plan), f"Worth of the plan, {worth.over(plan)}, each figure at both ends of its range",
                   plan, _behind(plan, *map(str, rows.index)))  # fmt: skip


def _hangs(tornado: pd.DataFrame, plan: Scenario) -> str:
    """Which figure could make it wrong."""
    top = tornado.iloc[0]
    low, high = amounts(sorted((float(top["outcome_low"]), float(top["outcome_high"]))), plan.currency, 3)
    name = plain(str(tornado.index[0]))
    return f"Most hangs on {name[:1].lower()}{name[1:]}: from {low} to {high}"


def _ranges(
    ends: pd.DataFrame, rows: list[str], texts: list[str], said: str, subtitle: str, case: Scenario, notes: str
) -> Exhibit:
    """A low, a middle and a high end per row."""
    parts = tuple(series(name, ends.iloc[:, place]) for place, name in enumerate(("low", "middle", "high")))
    chart = Chart("ranges", tuple(rows), parts, subtitle, form="change", labels=tuple(texts), reference=0.0)
    told = "; ".join(f"{row} {text}" for row, text in zip(rows, texts, strict=True))
    return Exhibit(said, chart, ends, f"Ranges. {told}.", source_line(case), notes)


def measure(tornado: pd.DataFrame, plan: Scenario, most: int = 5) -> Exhibit:
    """What to measure first, and how.

    Args:
        tornado: from `wom.workshop.doubts`.
        plan: whose net it is.
        most: rows.
    """
    rows = tornado.head(most)
    asked = [how(str(key)) for key in rows.index]
    shown = pd.DataFrame(
        {"How to find out": [text[:1].upper() + text[1:] for text in asked], "Moves the result by": amounts(rows["swing"].tolist(), plan.currency, 3)},
        index=pd.Index([plain(str(key)) for key in rows.index], name="Figure"),
    )
    share = percent(float(tornado["swing"].iloc[0]) / float(tornado["swing"].sum())) if tornado["swing"].sum() else "none"
    name = shown.index[0]
    said = f"Measure this first: {name[:1].lower()}{name[1:]}, {share} of all that moves the result"
    return Exhibit(said, data=shown, source=source_line(plan))


def monday(experiences: pd.DataFrame, gains: pd.DataFrame, case: Scenario) -> Exhibit:
    """What to do on Monday, each line with its number."""
    one, bad, right = visit(case), *(worth.of(experiences, kind, "worth").iloc[0] for kind in ("bad", "recovered"))
    at_once = money(max(right - bad, 0.0), case.currency, 2)
    share = central(case.entries()["experience.bad_share"][0].value)
    error = [number(100 * 1.96 * math.sqrt(max(share, 0.01) * (1 - share) / count), 1) for count in (100, 400)]
    most = money(max(gains.iloc[0]["per_month"], 0.0), case.currency, 2)
    steps = (
        f"Give the front line leave to spend up to {at_once} at once, without asking: that is what putting one bad {one} right is worth here.",
        "Ask every new customer how they heard of you, and write it down. That one figure fixes how much word of mouth can do.",
        f"Ask customers drawn at random after a {one}: good, ordinary or bad? 100 answers tell the share of bad ones to {error[0]} points, 400 to {error[1]}.",
        f"Begin in one place: {str(gains.index[0]).lower()}. It pays as long as it costs less than {most} a month for the whole business.",
        "Look again in three months, with figures of your own instead of the published ones.",
    )
    kept = steps[0 if right > bad else 1 :]
    said = f"On Monday: up to {at_once} at once for each bad {one}" if right > bad else f"On Monday: {len(kept)} things to begin with"
    return Exhibit(said, text=tuple(f"{place}. {step}" for place, step in enumerate(kept, 1)))


def rests(case: Scenario) -> Exhibit:
    """What the result rests on."""
    given, published, assumed = _counted(case)
    market = f"The market is assumed, {whole(central(case.entries()['market.size'][0].value))} people."
    if other := half_market(case):
        here, there = (money(-float(experience_worth(one)["worth"]["bad"]), case.currency, 2) for one in (case, other))
        market += (
            f" It hardly matters: in half of it, one bad {visit(case)} costs as much."
            if here == there
            else f" In half of it, one bad {visit(case)} would cost {there} instead of {here}."
        )
    text = (
        "It is a scenario: nothing was fitted to data, and nothing is a forecast.",
        "The published figures are surveys, mostly; people say more than they do, and the share of it that service causes is an estimate.",
        market,
        "No competitor reacts, and all customers of one mood stay and spend alike.",
        f"What comes after {case.horizon_months} months does not count.",
    )
    return Exhibit(f"It rests on {given} numbers put in, {published} published and {assumed} assumed", text=text)


def _behind(case: Scenario, *keys: str) -> str:
    """Where figures come from, for a speaker: by dotted key or section."""
    lines = []
    for key, row in figures_of(case).iterrows():
        if key not in keys and Key.parse(str(key)).section not in keys:
            continue
        grade, meaning = str(row["grade"]), str(row["meaning"])
        basis = grade if grade == "yours" else f"{str(row['source']).rstrip('.')}; {grade}"
        basis = "a multiple of the customers; assumed" if key == "market.size" else basis
        lines.append(f"{meaning[:1].upper()}{meaning[1:]}: {row['value']:,.6g} ({basis}).")
    return f"Behind it. {' '.join(lines)}" if lines else ""
