"""What a result rests on: every parameter with its value, where it comes from and how good that is."""

from __future__ import annotations

import pandas as pd

from . import evidence
from .parameters import QUANTITIES, Key, Range, central, plain
from .scenario import WIDTHS, Scenario
from .words import NARROW, percent

YOURS = "yours"
"""Grade of a value that the scenario gives; all others are grades of `wom.evidence`."""

YOUR_SOURCE = "the scenario"

GRADES = (YOURS, *evidence.GRADES)

LIMITS = (
    "How many customers word of mouth brings beyond those who would have come anyway follows from two published "
    "figures, the shift in choice after hearing and its causal share, not from your data.",
    "A referral share says how much word of mouth does today; where none is given, market size times audience "
    "share does, which nobody has observed.",
    "An experience matters as long as a mood lasts: where contacts are rarer, the model makes little of them.",
    "Retention is the same for all customers of a segment who are in one mood; split a segment where it is not.",
    "Recommended customers are worth as much as others here. A bank's were worth 16 % more and stayed longer; at "
    "another firm they only stayed longer, and at the bank only while those who recommended them stayed.",
    "Talk and reviews have one cause here, the experience; observed over time they hardly move together.",
    "No competitor reacts, and audiences do not overlap.",
    "The horizon cuts off what comes later.",
)
"""What the model does not know, said in every report."""

STARS = "reviews.effect_per_star"
UNMEASURED = (
    "What a star does to demand was measured at restaurants and hotels only; for another trade the default is a "
    "guess from restaurants."
)
"""Said where the default of another trade is used."""


def limits(scenario: Scenario) -> tuple[str, ...]:
    """What the model does not know about a business: `LIMITS`, and whether stars were measured in its trade.

    Example:
        >>> import wom
        >>> "restaurants and hotels only" in limits(wom.load("retailer/today"))[-1]
        True
    """
    default = any(entry.path.startswith("evidence.") for entry in scenario.entries()[STARS])
    return (*LIMITS, UNMEASURED) if default and scenario.trade == "other" else LIMITS


def table(scenario: Scenario) -> pd.DataFrame:
    """Every parameter that a result of this scenario rests on.

    One row per parameter (and segment, where a segment gives its own), index the dotted key; columns value, low,
    high, unit, meaning, grade (`yours` for what the scenario gives), source (of yours how the figure was found in
    data, where it was), verified, caution. Values that are 1 until a plan changes them are left out. Sorted by
    grade, the assumed ones last.

    Example:
        >>> import wom
        >>> found = table(wom.load("retailer/today"))
        >>> found.loc["market.referral_share", "grade"], found.loc["word_of_mouth.reach_good", "grade"]
        ('yours', 'weak')
    """
    rows = {}
    for key, places in scenario.entries().items():
        quantity = QUANTITIES[key]
        for entry in dict.fromkeys(places):
            if entry.path.startswith("default."):  # a multiplier of 1, or a cost that nobody gave
                continue
            name, record = plain(entry.path), None
            span = entry.value if isinstance(entry.value, Range) else None
            source = scenario.basis.sources.get(name, YOUR_SOURCE)
            if entry.sure:
                source += f"; ±{percent(WIDTHS[entry.sure])} is the default for a {entry.sure} figure"
            if entry.path.startswith("evidence."):
                record = evidence.record_for(key, scenario.customer_type, scenario.trade)
                source = record.source or record.reason
            rows[name] = {
                "value": central(entry.value),
                "low": span.low if span else None,
                "high": span.high if span else None,
                "unit": quantity.unit,
                "meaning": quantity.meaning,
                "grade": record.grade if record else YOURS,
                "source": source,
                "verified": record.verified if record else None,
                "caution": record.caution if record else "",
            }
    found = pd.DataFrame.from_dict(rows, orient="index").rename_axis("parameter")
    return found.sort_values("grade", kind="stable", key=lambda grades: grades.map(GRADES.index))


def by_grade(scenario: Scenario) -> pd.DataFrame:
    """How many parameters of a scenario have each grade, and which.

    Example:
        >>> import wom
        >>> int(by_grade(wom.load("retailer/today")).loc["yours", "parameters"])
        15
    """
    found = table(scenario)
    groups = [found.index[found["grade"] == grade] for grade in GRADES]
    columns = {"parameters": [len(names) for names in groups], "which": [", ".join(names) for names in groups]}
    return pd.DataFrame(columns, pd.Index(GRADES, name="grade"))


def readable(scenario: Scenario, *grades: str) -> pd.DataFrame:
    """The assumptions of some grades as a table to read.

    Index what the figure means; columns Value, Range, Unit and Basis, all text.

    Example:
        >>> import wom
        >>> found = readable(wom.load("retailer/today"), "fair")
        >>> found["Value"].tolist(), found["Range"].tolist()
        (['0.07'], ['0.03\xa0to\xa00.12'])
    """
    found = table(scenario)
    found = found[found["grade"].isin(grades or GRADES)]
    rows = {}
    for key, row in found.iterrows():
        segment, unit = Key.parse(str(key)).segment, str(row["unit"])
        meaning = row["meaning"][:1].upper() + row["meaning"][1:] + (f" ({segment})" if segment else "")
        ends = [_short(row[end]) for end in ("low", "high") if pd.notna(row[end])]
        unit = unit.replace("currency", scenario.currency or "currency")
        rows[meaning] = (_short(row["value"]), f"{NARROW}to{NARROW}".join(ends), unit, row["source"])
    columns = ["Value", "Range", "Unit", "Basis"]
    read = pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("Figure")
    return read[[name for name in columns if set(read[name]) - {"", YOUR_SOURCE}]]


def _short(value: float) -> str:
    return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"
