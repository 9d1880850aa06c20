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
    "The horizon cuts off what comes later: 36 months hold about 70 % of a customer's worth.",
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
    found_in_data = scenario.basis.sources
    for key, places in scenario.entries().items():
        quantity = QUANTITIES[key]
        for entry in dict.fromkeys(places):
            if entry.path.startswith("default."):  # a multiplier of 1, or a cost that nobody gave
                continue
            name = plain(entry.path)
            default = entry.path.startswith("evidence.")
            record = evidence.record_for(key, scenario.customer_type, scenario.trade) if default else None
            span = entry.value if isinstance(entry.value, Range) else None
            rows[name] = {
                "value": central(entry.value),
                "low": span.low if span else None,
                "high": span.high if span else None,
                "unit": quantity.unit,
                "meaning": quantity.meaning,
                "grade": record.grade if record else YOURS,
                "source": (record.source or record.reason)
                if record
                else found_in_data.get(name, YOUR_SOURCE) + _width(entry.sure),
                "verified": record.verified if record else None,
                "caution": record.caution if record else "",
            }
    found = pd.DataFrame.from_dict(rows, orient="index").rename_axis("parameter")
    found["grade"] = pd.Categorical(found["grade"], GRADES, ordered=True)
    ordered = found.sort_values("grade", kind="stable")
    return ordered.astype({"grade": str})


def _width(sure: str) -> str:
    """Where the range of an own figure comes from that was given without one."""
    return f"; ±{percent(WIDTHS[sure])} is the default for a {sure} figure" if sure else ""


def by_grade(scenario: Scenario) -> pd.DataFrame:
    """How many parameters of a scenario have each grade, and which.

    Example:
        >>> import wom
        >>> int(by_grade(wom.load("retailer/today")).loc["yours", "parameters"])
        15
    """
    found = table(scenario)
    groups = {grade: found.index[found["grade"] == grade] for grade in GRADES}
    return pd.DataFrame(
        {
            "parameters": {grade: len(names) for grade, names in groups.items()},
            "which": {grade: ", ".join(names) for grade, names in groups.items()},
        }
    ).rename_axis("grade")


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
    spans = [
        f"{_short(low)}{NARROW}to{NARROW}{_short(high)}" if pd.notna(low) else ""
        for low, high in zip(found["low"], found["high"], strict=True)
    ]
    columns = {
        "Value": [_short(value) for value in found["value"]],
        "Range": spans,
        "Unit": [str(unit).replace("currency", scenario.currency or "currency") for unit in found["unit"]],
        "Basis": found["source"].tolist(),
    }
    kept = {name: column for name, column in columns.items() if set(column) - {"", YOUR_SOURCE}}
    return pd.DataFrame(kept, index=pd.Index(_figures(found), name="Figure"))


def _figures(found: pd.DataFrame) -> list[str]:
    """What each row is, with the segment that gives its own."""
    segments = [Key.parse(str(key)).segment for key in found.index]
    owners = [f" ({segment})" if segment else "" for segment in segments]
    meanings = [str(meaning) for meaning in found["meaning"]]
    return [meaning[:1].upper() + meaning[1:] + owner for meaning, owner in zip(meanings, owners, strict=True)]


def _short(value: float) -> str:
    return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"
