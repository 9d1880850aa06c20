"""What a workshop is told: a sentence for each slide, and what to say with it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from ..analysis.sensitivity import how
from ..analysis.workshop import half_market
from ..assumptions import by_grade, table
from ..evidence import figure
from ..parameters import Key, central
from ..scenario import Scenario
from ..words import amounts, money, number, percent, whole
from ..worth import experience_worth
from .plain import plain


def numbers(case: Scenario) -> pd.DataFrame:
    """The room's numbers, what each means, and the one that is assumed, as a table to read.

    Args:
        case: from `wom.workshop.scenario`.

    Example:
        >>> from wom.analysis import workshop
        >>> case = workshop.scenario(5000, 150, 50, 0.4, 0.975, 0.25, 0.06, 0.19, currency="USD")
        >>> numbers(case).loc["New customers a month"].tolist()
        ['150', 'while 125 leave']
    """
    value = {key: central(places[0].value) for key, places in case.entries().items()}
    customers, new = value["market.customers"], value["market.new_customers_per_month"]
    spend, margin = value["economics.spend_per_customer"], value["economics.margin_share"]
    stay, bad = value["retention.retention_rate"], value["experience.bad_share"]
    contacts = customers * value["experience.contacts_per_month"]
    referred = value["market.referral_share"]
    on_average = f"{number(1 / (1 - stay), 2)} months on average" if stay < 1 else "nobody ever leaves"
    rows = {
        "Customers": (whole(customers), f"who spend {money(12 * customers * spend, case.currency)} a year"),
        "New customers a month": (whole(new), f"while {whole(customers * (1 - stay))} leave"),
        "Spending of each a month": (
            money(spend, case.currency),
            f"of which {money(spend * margin, case.currency)} is left",
        ),
        "Margin": (percent(margin, 3), "after the cost of what was sold"),
        "Stay to the next month": (percent(stay, 3), f"{on_average}, {percent(stay**12)} for a year"),
        "Contacts a month": (
            number(value["experience.contacts_per_month"]),
            f"{whole(contacts)} of all customers",
        ),
        "Good contacts": (percent(value["experience.good_share"], 3), "as customers say"),
        "Bad contacts": (percent(bad, 3), f"{whole(contacts * bad)} a month"),
        "Recommended": (percent(referred, 3), f"{number(new * referred, 2)} of the new customers in a month"),
        "Market (assumed)": (
            whole(value["market.size"]),
            f"{number(value['market.size'] / customers)} times your customers",
        ),
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["Yours", "That is"]).rename_axis("Figure")


def numbers_title(case: Scenario) -> str:
    """What the table of numbers says.

    Example:
        >>> from wom.analysis import workshop
        >>> case = workshop.scenario(5000, 150, 50, 0.4, 0.975, 0.25, 0.06, 0.19, currency="USD")
        >>> numbers_title(case)
        'Nine numbers are yours, one is assumed: 100,000 people'
    """
    size = central(case.entries()["market.size"][0].value)
    return f"Nine numbers are yours, one is assumed: {whole(size)} people"


def counted(case: Scenario) -> tuple[int, int, int]:
    """How many figures are the room's, published, and assumed; the size of the market is assumed.

    Example:
        >>> from wom.analysis import workshop
        >>> case = workshop.scenario(5000, 150, 50, 0.4, 0.975, 0.25, 0.06, 0.19, currency="USD")
        >>> counted(case)[0]
        9
    """
    grades = by_grade(case)["parameters"]
    published = int(grades[["strong", "fair", "weak"]].sum())
    return int(grades["yours"]) - 1, published, int(grades["assumed"]) + 1


def opening(case: Scenario) -> str:
    """What the story is made from.

    Example:
        >>> from wom.analysis import workshop
        >>> case = workshop.scenario(5000, 150, 50, 0.4, 0.975, 0.25, 0.06, 0.19, currency="USD")
        >>> opening(case).startswith('From 9 numbers of yours')
        True
    """
    yours, published, assumed = counted(case)
    return f"From {yours} numbers of yours, {published} published figures and {assumed} assumptions, each named."


def belief() -> str:
    """What firms believe and what customers say.

    Example:
        >>> belief()
        '80 in 100 firms believe that they excel; customers say so of 8'
    """
    firms, customers = (figure(f"perception_gap_{name}").central or 0.0 for name in ("firms", "customers"))
    return f"{100 * firms:.0f} in 100 firms believe that they excel; customers say so of {100 * customers:.0f}"


def belief_cautions() -> str:
    """What those two figures leave out.

    Example:
        >>> belief_cautions().endswith(".")
        True
    """
    cautions = (figure(f"perception_gap_{name}").caution for name in ("firms", "customers"))
    return " ".join(f"{caution.rstrip('.')}." for caution in cautions)


def bad(experiences: pd.DataFrame, case: Scenario) -> str:
    """What one bad experience costs, and what is left of it when it is put right.

    Args:
        experiences: from `wom.experience_worth`, of one segment.
        case: whose they are.

    Example:
        >>> import wom
        >>> worth = pd.DataFrame({"worth": [6.5, -30.0, -12.0]}, ["good", "bad", "recovered"])
        >>> print(bad(worth, wom.load("retailer/today")).replace("\\xa0", " "))
        One bad experience costs USD 30; put right, USD 12
    """
    worth = experiences["worth"]
    cost = money(max(-worth["bad"], 0.0), case.currency, 2)
    left = -worth["recovered"]
    rest = "next to nothing" if left <= 0.05 * -worth["bad"] else money(left, case.currency, 2)
    return f"One bad experience costs {cost}; put right, {rest}"


def needed(balance: pd.DataFrame) -> str:
    """How many good experiences make up for a bad one, and how many there are.

    Args:
        balance: from `wom.workshop.balance`.

    Example:
        >>> needed(pd.DataFrame({"good_for_one_bad": [4.54, 5.95]}, index=["needed", "given"]))
        '4.5 good experiences make up for one bad; you give 6'
    """
    wanted, given = balance["good_for_one_bad"]
    takes = f"{number(wanted, 2)} good experiences make up for one bad"
    if not math.isfinite(wanted):
        takes = "No number of good experiences makes up for one bad"
    if not math.isfinite(given):
        return f"{takes}; you have none to make up for"
    return f"{takes}; {'you give' if given >= wanted else 'you give only'} {number(given, 2)}"


def plans(gains: pd.DataFrame, case: Scenario) -> str:
    """Which plan brings most, with its interval.

    Args:
        gains: from `wom.workshop.gains`.
        case: whose they are.

    Example:
        >>> from wom.analysis import workshop
        >>> case = workshop.scenario(5000, 150, 50, 0.4, 0.975, 0.25, 0.06, 0.19, currency="USD")
        >>> "nine times in ten" in plans(workshop.gains(case, draws=50), case)
        True
    """
    best = gains.iloc[0]
    low, high, _ = amounts([best["low"], best["high"], largest := gains["high"].max()], digits=3)
    median, _ = amounts([best["median"], largest], case.currency, 3)  # rounded as all bars beside it are
    return f"{gains.index[0]}: worth {median} in {case.horizon_months} months, nine times in ten {low} to {high}"


def monthly(gains: pd.DataFrame, case: Scenario) -> str:
    """What each plan may cost in every month.

    Args:
        gains: from `wom.workshop.gains`.
        case: whose they are.

    Example:
        >>> from wom.analysis import workshop
        >>> case = workshop.scenario(5000, 150, 50, 0.4, 0.975, 0.25, 0.06, 0.19, currency="USD")
        >>> monthly(workshop.gains(case, draws=50), case).count("USD")
        3
    """
    parts = [
        f"{name}: {money(max(float(cost), 0.0), case.currency)}"
        for name, cost in zip(gains.index, gains["per_month"], strict=True)
    ]
    return f"A cost in every month that would be as much, in today's money. {'; '.join(parts)}."


def doubts(tornado: pd.DataFrame, plan: Scenario) -> str:
    """Which figure could make it wrong.

    Args:
        tornado: from `wom.workshop.doubts`.
        plan: whose net it is.

    Example:
        >>> from wom.analysis import workshop
        >>> case = workshop.scenario(5000, 150, 50, 0.4, 0.975, 0.25, 0.06, 0.19, currency="USD")
        >>> plan, *_ = workshop.plans(case)
        >>> doubts(workshop.doubts(plan), plan).startswith("Most hangs on departures of the disappointed")
        True
    """
    top = tornado.iloc[0]
    low, high = amounts(sorted((float(top["outcome_low"]), float(top["outcome_high"]))), plan.currency, 3)
    first = plain(str(tornado.index[0]))
    return f"Most hangs on {first[:1].lower()}{first[1:]}: from {low} to {high}"


def measure(tornado: pd.DataFrame, plan: Scenario, most: int = 5) -> pd.DataFrame:
    """What to measure first, and how, as a table to read.

    Args:
        tornado: from `wom.workshop.doubts`.
        plan: whose net it is.
        most: rows.

    Example:
        >>> from wom.analysis import workshop
        >>> case = workshop.scenario(5000, 150, 50, 0.4, 0.975, 0.25, 0.06, 0.19, currency="USD")
        >>> plan, *_ = workshop.plans(case)
        >>> list(measure(workshop.doubts(plan), plan).columns)
        ['How to find out', 'Moves the result by']
    """
    rows = tornado.head(most)
    asked = [how(str(key)) for key in rows.index]
    return pd.DataFrame(
        {
            "How to find out": [text[:1].upper() + text[1:] for text in asked],
            "Moves the result by": [money(value, plan.currency, 2) for value in rows["swing"]],
        },
        index=pd.Index([plain(str(key)) for key in rows.index], name="Figure"),
    )


def measure_title(tornado: pd.DataFrame) -> str:
    """What to measure first, in a title.

    Example:
        >>> swings = pd.DataFrame({"swing": [6000.0, 2000.0]}, ["experience.bad_share", "market.size"])
        >>> print(measure_title(swings).replace("\\xa0", " "))
        Measure this first: contacts that go wrong, 75 % of all that moves the result
    """
    first, total = float(tornado["swing"].iloc[0]), float(tornado["swing"].sum())
    name = plain(str(tornado.index[0]))
    return (
        f"Measure this first: {name[:1].lower()}{name[1:]}, {percent(first / total)} of all that moves the result"
    )


def monday(experiences: pd.DataFrame, gains: pd.DataFrame, case: Scenario) -> str:
    """What to do on Monday, as a heading and a list in Markdown, each line with its number.

    Args:
        experiences: from `wom.experience_worth`, of one segment.
        gains: from `wom.workshop.gains`.
        case: whose they are.

    Example:
        >>> import wom
        >>> worth = pd.DataFrame({"worth": [6.5, -30.0, -12.0]}, ["good", "bad", "recovered"])
        >>> gains = pd.DataFrame({"per_month": [160.0]}, ["Fewer bad experiences"])
        >>> print(monday(worth, gains, wom.load("retailer/today")).split("\\n")[0].replace("\\xa0", " "))
        ### On Monday: up to USD 18 at once for each bad experience
    """
    worth = experiences["worth"]
    right = money(max(worth["recovered"] - worth["bad"], 0.0), case.currency, 2)
    share = central(case.entries()["experience.bad_share"][0].value)
    error = [100 * 1.96 * math.sqrt(max(share, 0.01) * (1 - share) / count) for count in (100, 400)]
    best = gains.iloc[0]
    limit = money(max(best["per_month"], 0.0), case.currency, 2)
    return "\n".join(
        [
            f"### On Monday: up to {right} at once for each bad experience",
            "",
            f"1. **Give the front line leave** to spend up to {right} at once, without asking. That is what "
            "putting one bad experience right is worth here.",
            "2. **Ask every new customer** how they heard of you, and write it down. That one figure fixes how "
            "much word of mouth can do.",
            "3. **Ask customers drawn at random** after a contact: good, ordinary or bad? 100 answers tell the "
            f"share of bad ones to {number(error[0], 1)} points, 400 to {number(error[1], 1)}.",
            f"4. **Begin in one place**: {str(gains.index[0]).lower()}. It pays as long as it costs less than "
            f"{limit} a month for the whole business.",
            "5. **Look again in three months**, with your own figures instead of the published ones.",
        ]
    )


def rests(case: Scenario) -> str:
    """What the result rests on, as a heading and a list in Markdown.

    Args:
        case: from `wom.workshop.scenario`.

    Example:
        >>> from wom.analysis import workshop
        >>> case = workshop.scenario(5000, 150, 50, 0.4, 0.975, 0.25, 0.06, 0.19, currency="USD")
        >>> rests(case).startswith('### It rests on 9 figures of yours')
        True
    """
    yours, published, assumed = counted(case)
    market = whole(central(case.entries()["market.size"][0].value))
    assumption = f"- The market is **assumed**, {market} people."
    if other := half_market(case):
        here, there = (-float(experience_worth(one)["worth"]["bad"]) for one in (case, other))
        assumption += (
            f" With half as many, a bad experience would cost {money(there, case.currency, 2)} instead of "
            f"{money(here, case.currency, 2)}."
        )
    return "\n".join(
        [
            f"### It rests on {yours} figures of yours, {published} published and {assumed} assumed",
            "",
            "- It is a **scenario**: nothing was fitted to data of yours, and nothing is a forecast.",
            "- The published figures are surveys, mostly; people say more than they do, and the share of it that "
            "service causes is an estimate.",
            assumption,
            "- No competitor reacts, and all customers of one mood stay and spend alike.",
            f"- What comes after {case.horizon_months} months does not count.",
        ]
    )


def provenance(case: Scenario, keys: Sequence[str] = (), market_size: str = "market.size") -> str:
    """Where figures come from, for the notes of a slide.

    Args:
        case: whose they are.
        keys: dotted, or sections; all if none is named.
        market_size: the key that the scenario gives and the room does not know.

    Example:
        >>> import wom
        >>> print(provenance(wom.load("retailer/today"), ["word_of_mouth.reach_bad", "economics.margin_share"]))
        Share of revenue left after the cost of what was sold: 0.4 (yours). People told of a bad experience, R−: 16
        (American Express 2011, Global Customer Service Barometer; weak).
    """
    found = table(case)
    if keys:
        wanted = [key in keys or Key.parse(key).section in keys for key in map(str, found.index)]
        found = found[wanted]
    lines = []
    for key, row in found.iterrows():
        grade, source, meaning = str(row["grade"]), str(row["source"]).rstrip("."), str(row["meaning"])
        basis = grade if grade == "yours" else f"{source}; {grade}"
        basis = "a multiple of the customers; assumed" if key == market_size else basis
        lines.append(f"{meaning[:1].upper()}{meaning[1:]}: {row['value']:,.6g} ({basis}).")
    return " ".join(lines)
