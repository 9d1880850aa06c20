"""What customers, experiences, mechanisms and segments are worth, in sentences and tables to read."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..analysis.questions import Aftermath
from ..evidence import records
from ..scenario import WHOLE, Scenario
from ..words import NARROW, amounts, money, number, percent, several, signed


def experience(table: pd.DataFrame, scenario: Scenario) -> str:
    """What one bad experience costs, and how many good ones make up for it.

    Args:
        table: from `wom.experience_worth`.
        scenario: whose it is.

    Example:
        >>> import wom
        >>> case = wom.load("retailer/today")
        >>> print(experience(wom.experience_worth(case), case).replace("\\xa0", " "))
        One bad experience costs USD 28, a good one brings USD 7.3: it takes 3.9 good ones to make up for it
    """
    kind = table.index.get_level_values("experience")
    good, bad = table[kind == "good"]["worth"], table[kind == "bad"]["worth"]
    if len(good) > 1:
        low, high = bad.max(), bad.min()
        first, last = (money(-value, scenario.currency, 2) for value in (low, high))
        return f"One bad experience costs {first} to {last}"
    made_up = float(table[kind == "bad"]["good_to_make_up"].iloc[0])
    return (
        f"One bad experience costs {money(-bad.iloc[0], scenario.currency, 2)}, a good one brings "
        f"{money(good.iloc[0], scenario.currency, 2)}: it takes {number(made_up, 2)} good ones to make up for it"
    )


SERVED = {"well": "Always served well", "as_now": "Served as now", "put_right": "Always put right",
          "badly": "Always served badly"}  # fmt: skip
"""Ways of being served, in words."""


def served(table: pd.DataFrame) -> pd.DataFrame:
    """`wom.service_worth` with its rows in words."""
    level = "served" if table.index.nlevels > 1 else None
    return table.rename(index=SERVED, level=level)


def service(table: pd.DataFrame, scenario: Scenario) -> str:
    """What a customer is worth by how they are served: the answer to what a happy customer is worth.

    Args:
        table: from `wom.service_worth`.
        scenario: whose it is.

    Example:
        >>> import wom
        >>> case = wom.load("retailer/today")
        >>> print(service(wom.service_worth(case), case).replace("\\xa0", " "))
        A customer always served well is worth USD 478, one always served badly USD 214
    """
    ends = {}
    for kind in ("well", "badly"):
        rows = table[table.index.get_level_values("served") == kind]["total"]
        texts = [money(rows.min(), scenario.currency), money(rows.max())]
        ends[kind] = texts[0] if len(rows) == 1 else " to ".join(texts)
    by = ", by segment" if table.index.nlevels > 1 else ""
    return f"A customer always served well is worth {ends['well']}, one always served badly {ends['badly']}{by}"


def service_table(table: pd.DataFrame, sure: pd.DataFrame, currency: str) -> pd.DataFrame:
    """`wom.service_worth` as a table to read, with the interval of the total.

    Args:
        table: from `wom.service_worth`.
        sure: from `wom.worth_intervals`, of the same scenario.
        currency: of the money in it.

    Example:
        >>> import wom
        >>> case = wom.load("retailer/today")
        >>> shown = service_table(wom.service_worth(case), wom.worth_intervals(case, draws=20), "USD")
        >>> list(shown), shown.index[0]
        (['Own purchases', 'Ripple', 'Total', '90 % interval'], 'Always served well')
    """
    shown = money_table(table, currency)
    rows = [sure.loc[(row[1], row[0]) if isinstance(row, tuple) else row] for row in table.index]
    shown["90 % interval"] = [" to ".join(amounts([row["low"], row["high"]], digits=3)) for row in rows]
    return shown.rename(index=SERVED)


def customer(table: pd.DataFrame, scenario: Scenario) -> str:
    """What one more customer is worth, and how much of it comes through others.

    Args:
        table: from `wom.customer_worth`.
        scenario: whose it is.

    Example:
        >>> import wom
        >>> case = wom.load("retailer/today")
        >>> print(customer(wom.customer_worth(case), case).replace("\\xa0", " "))
        A customer delighted today is worth USD 418 in 36 months, 1.9 % of it through others
    """
    happy = table[table.index.get_level_values("state") == "delighted"]
    span = f"in {scenario.horizon_months} months"
    if len(happy) > 1:
        totals = happy["total"]
        return (
            f"A customer delighted today is worth {money(totals.min(), scenario.currency)} to "
            f"{money(totals.max(), scenario.currency)} {span}, by segment"
        )
    row = happy.iloc[0]
    share = percent(row["ripple"] / row["total"]) if row["total"] else "none"
    return (
        f"A customer delighted today is worth {money(row['total'], scenario.currency)} {span}, {share} of it "
        "through others"
    )


def mechanisms(split: pd.Series, scenario: Scenario, names: dict[str, str]) -> str:
    """Which mechanism carries most of what a plan or today's service brings.

    Args:
        split: from `wom.mechanisms`.
        scenario: whose it is.
        names: of the mechanisms, in words.

    Example:
        >>> import wom
        >>> split = pd.Series({"direct": -100.0, "retention": 700.0, "spend": 200.0})
        >>> names = {"direct": "Cost", "retention": "Customers stay longer", "spend": "They spend more"}
        >>> print(mechanisms(split, wom.load("retailer/make-it-right"), names).replace("\\xa0", " "))
        The plan earns USD 800 in today's money; most of it: customers stay longer, +USD 700
        >>> dear = pd.Series({"direct": -900.0, "retention": 700.0, "spend": 200.0})
        >>> print(mechanisms(dear, wom.load("retailer/make-it-right"), names).replace("\\xa0", " ").split("; ")[1])
        cost −USD 900, customers stay longer +USD 700
    """
    total = float(split.sum())
    texts = amounts([abs(total), *split], scenario.currency)
    shown = dict(zip(split.index, map(signed, texts[1:]), strict=True))
    first, second = (str(name) for name in split.abs().sort_values(ascending=False).index[:2])
    most = f"most of it: {names[first].lower()}, {shown[first]}"
    if first == "direct" or split[first] * total < 0:  # what a plan costs says nothing about how it works
        most = ", ".join(f"{names[part].lower()} {shown[part]}" for part in (first, second))
    if scenario.plan:
        return f"The plan {'earns' if total >= 0 else 'loses'} {texts[0]} in today's money; {most}"
    more = "more" if total >= 0 else "less"
    return f"Service, good and bad, makes today's business worth {texts[0]} {more}; {most}"


def worth_headline(
    service: pd.DataFrame, experiences: pd.DataFrame, sure: pd.DataFrame, scenario: Scenario
) -> list[tuple[str, str, str]]:
    """The three figures of a report on worth, each with its 90 % interval, over all segments where there are some.

    Args:
        service: from `wom.service_worth`.
        experiences: from `wom.experience_worth`.
        sure: from `wom.worth_intervals`.
        scenario: whose they are.

    Example:
        >>> import wom
        >>> case = wom.load("retailer/today")
        >>> names = ["well", "bad_experience", "good_to_make_up"]
        >>> sure = pd.DataFrame({"low": [300.0, -52.3, 3.0], "high": [500.0, -21.4, 6.0]}, names)
        >>> rows = worth_headline(wom.service_worth(case), wom.experience_worth(case), sure, case)
        >>> [(label, note) for label, _, note in rows][1]
        ('One bad experience costs', '90 % interval 21 to 52')
    """
    currency = scenario.currency

    def span(values: pd.Series, digits: int = 3) -> str:
        low, high = float(values.min()), float(values.max())
        first = money(low, currency, digits)
        return first if len(values) == 1 else f"{first} to {number(high, digits)}"

    def interval(name: str, sign: float = 1.0, digits: int = 3) -> str:
        rows = sure.loc[[name]]
        values = sign * rows[["low", "high"]].to_numpy()
        low, high = amounts([float(values.min()), float(values.max())], digits=digits)
        return f"90 % interval {low} to {high}"

    well, badly = (
        service[service.index.get_level_values("served") == kind]["total"] for kind in ("well", "badly")
    )
    bad = experiences[experiences.index.get_level_values("experience") == "bad"]
    made_up = bad["good_to_make_up"]
    few, many = number(float(made_up.min()), 2), number(float(made_up.max()), 2)
    by = ", over all segments" if len(well) > 1 else ""
    return [
        (
            f"Always served well, in {scenario.horizon_months} months",
            span(well),
            f"{interval('well')}{by}; always served badly {span(badly)}",
        ),
        ("One bad experience costs", span(-bad["worth"], 2), interval("bad_experience", -1.0, 2) + by),
        (
            "Good ones to make up for it",
            few if few == many else f"{few} to {many}",
            interval("good_to_make_up", digits=2) + by,
        ),
    ]


def sureness(sure: pd.DataFrame, currency: str) -> pd.DataFrame:
    """`wom.worth_intervals` as a table to read.

    Example:
        >>> sure = pd.DataFrame({"low": [300.0], "median": [417.0], "high": [500.0]}, ["happy_customer"])
        >>> shown = sureness(sure.rename_axis("worth"), "USD")
        >>> shown.index[0], [text.replace("\\xa0", " ") for text in shown.iloc[0]]
        ('Happy customer', ['USD 300', 'USD 417', 'USD 500'])
    """
    shown = []
    for name, low, median, high in zip(
        sure.index.get_level_values("worth"), sure["low"], sure["median"], sure["high"], strict=True
    ):
        counted = name == "good_to_make_up"
        ends = (low, median, high)
        shown.append([number(x, 2) for x in ends] if counted else amounts(ends, currency, 3))
    columns = ["5th percentile", "Middle", "95th percentile"]
    index = sure.index.map(lambda name: _title(name) if isinstance(name, str) else (_title(name[0]), name[1]))
    return pd.DataFrame(shown, index=index.set_names([_title(name) for name in sure.index.names]), columns=columns)


def money_table(table: pd.DataFrame, currency: str) -> pd.DataFrame:
    """A table of money to read: rounded alike, with words for column names.

    Example:
        >>> shown = money_table(pd.DataFrame({"own_purchases": [412.3, None]}, ["content", "avoider"]), "USD")
        >>> list(shown), [text.replace("\\xa0", " ") for text in shown["Own purchases"]]
        (['Own purchases'], ['USD 412', '–'])
    """
    every = table.to_numpy(dtype=float)
    largest = float(np.nanmax(np.abs(every))) if np.isfinite(every).any() else 0.0
    digits = 4 if largest >= 1000 else 3
    rounded = {name: amounts([*table[name].fillna(0.0), largest], currency, digits)[:-1] for name in table}
    shown = pd.DataFrame(
        {
            name: [text if pd.notna(value) else "–" for value, text in zip(table[name], texts, strict=True)]
            for name, texts in rounded.items()
        },
        index=table.index,
    )
    return shown.rename_axis([_title(name) for name in table.index.names]).rename(columns=_title)


def _title(name: object) -> str:
    return str(name).replace("_", " ").capitalize()


def recovery(table: pd.DataFrame, currency: str) -> pd.DataFrame:
    """`wom.questions.service_recovery` as a table to read.

    Example:
        >>> import wom
        >>> shown = recovery(wom.questions.service_recovery(wom.load("retailer/today")), "USD")
        >>> shown.columns[-1]
        'Undone by putting right'
    """
    shown = money_table(table.drop(columns="undone"), currency).rename(index={WHOLE: "all customers"})
    shown["Undone by putting right"] = [percent(value) for value in table["undone"]]
    return shown


def aftermath(event: Aftermath) -> str:
    """What an event costs and when, in a title's length.

    Example:
        >>> import wom
        >>> apple = wom.questions.bad_apple(wom.load("retailer/today"), 1, 0.05)
        >>> print(aftermath(apple).replace("\\xa0", " "))
        One bad apple costs USD 6,770, 97 % of it after the month itself
    """
    currency = event.run.scenario.currency
    later = percent(event.afterwards / event.npv) if event.npv else "none"
    return f"{event.name} costs {money(-event.npv, currency)}, {later} of it after the month itself"


def whom_to_serve(table: pd.DataFrame, scenario: Scenario) -> str:
    """Which segments cost more than they bring, and whose word of mouth hurts.

    Args:
        table: from `wom.questions.whom_to_serve`.
        scenario: whose they are.

    Example:
        >>> import wom
        >>> case = wom.load("supplier/today")
        >>> whom_to_serve(wom.questions.whom_to_serve(case), case)
        'High-touch costs more than it brings; the talk of last-minute costs money'
    """
    if len(table) == 1:
        return (
            f"Serving today's customers is worth {money(table['with_word_of_mouth'].iloc[0], scenario.currency)}"
        )
    losers = [str(name) for name in table.index[table["costs_more_than_it_brings"]]]
    bad = [str(name) for name in table.index[table["word_of_mouth"] < 0]]
    cost = "cost more than they bring" if len(losers) > 1 else "costs more than it brings"
    talk = f"; the talk of {several(bad)} costs money" if bad else ""
    name = several(losers)
    return (f"{name[:1].upper()}{name[1:]} {cost}" if losers else "Every segment brings more than it costs") + talk


def serving(table: pd.DataFrame, currency: str) -> pd.DataFrame:
    """`wom.questions.whom_to_serve` as a table to read.

    Example:
        >>> import wom
        >>> shown = serving(wom.questions.whom_to_serve(wom.load("supplier/today")), "EUR")
        >>> shown["Customers"].to_dict()
        {'routine': '260', 'custom': '80', 'last-minute': '55', 'high-touch': '35'}
    """
    cash = ["with_word_of_mouth", "word_of_mouth", "fixing_misfit", "new_customer"]
    talk = {"With word of mouth": "Worth in all", "Word of mouth": "Of it by talk"}
    shown = money_table(table[cash], currency).rename(columns=talk)
    shown.insert(0, "Customers", [f"{value:,.0f}" for value in table["customers"]])
    shown.insert(1, "Bad contacts", [percent(value) for value in table["bad_share"]])
    return shown.rename_axis("Segment")


_PLAUSIBLE = {"Verdict": "verdict", "Held against": "base", "Source": "source"}


def plausible(review: pd.DataFrame) -> pd.DataFrame:
    """A plausibility review as a table to read.

    Args:
        review: from `wom.plausibility.review`.

    Example:
        >>> line = {"verdict": ["inside: 5 %"], "base": ["experiences, 12 %"], "source": ["Qualtrics"]}
        >>> plausible(pd.DataFrame(line, ["bad share"])).loc["Bad share"].tolist()
        ['inside: 5\xa0%', 'experiences, 12\xa0%', 'Qualtrics']
    """
    shown = review.astype(str).replace(" %", f"{NARROW}%", regex=True)
    shown["source"] = shown["source"].replace(
        r"([12]\d{3}(?:-\d\d)?), [^;]*", r"\1", regex=True
    )  # authors and year
    return pd.DataFrame(
        {name: shown[column].tolist() for name, column in _PLAUSIBLE.items()},
        index=pd.Index([str(line)[:1].upper() + str(line)[1:] for line in review.index], name="Result"),
    )


def others_found(*views: str) -> str:
    """Published figures that stand beside some views, in Markdown: each with source, grade and caution.

    Args:
        views: as the evidence calls them, such as service recovery.

    Example:
        >>> "Knox and van Oest 2014" in others_found("service recovery")
        True
    """
    uses = {f"view: {view}" for view in views}
    shown = [r for r in records() if r.parameter is None and uses & set(r.used_in.split("; "))]
    return "\n".join(
        f"- {record.figure.rstrip('.')} ({record.source or 'no source'}; {record.grade}). *{record.caution}*"
        for record in shown
    )
