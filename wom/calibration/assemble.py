"""Every estimator that the tables at hand allow, in one list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from .. import evidence
from ..parameters import Range, Value
from . import contacts, purchases, rates, retention, reviews, sbg, talk, uplift
from .estimate import Estimate, Found, Missing, cautioned

if TYPE_CHECKING:
    from ..data import Tables

FEWEST_COHORT = 50
"""Customers who left, below which no curve over their months is fitted."""

PARTIAL = {
    "all": "",
    "survey": "Too near to no difference: who did not answer counts as content.",
    "complaints": "Too near to no difference: who was served badly and did not complain counts as content.",
}
"""What experiences that are not all recorded do to the comparison of moods."""

ANSWERED = {
    "all": "",
    "survey": "And who answers may be more attached than others: then both moods look as if they kept customers.",
    "complaints": "And who complains may be more attached than others: then they look as if they stayed longer.",
}
"""What it does to the comparison of who leaves that experiences are told by some only."""

BY_DAY = "What happened in the month of leaving is not compared: up to a quarter too near to no difference."
"""Where customers leave on any day of a month; see `Tables.spells`."""

LEFT_OUT = "Seasons are taken out, and months of an experience are left out, for they hold more visits."
"""How spending by mood is compared."""

MEMORY = "experience.memory_months"


@dataclass(frozen=True)
class Evaluated:
    """What the estimators gave, with the frames that figures of a report draw.

    Example:
        >>> Evaluated((), pd.DataFrame()).moods is None
        True
    """

    found: Found
    monthly: pd.DataFrame
    moods: retention.Moods | None = None
    curve: sbg.Fit | None = None
    cohorts: pd.DataFrame | None = None
    talk: pd.DataFrame | None = None
    memory_moved: bool = False


def evaluate(tables: Tables, given: Mapping[str, Value], customer_type: str, seed: int = 0) -> Evaluated:
    """Call the estimators for whatever tables there are.

    Args:
        tables: from `wom.data.load`.
        given: the business's own figures by dotted key; contacts_per_month is needed for complaints.
        customer_type: consumer or business.
        seed: of the draws of corrections.

    Returns:
        All figures, and what they were estimated from.

    Example:
        >>> import wom.data
        >>> tables = wom.data.load({"reviews": {"file": "data/sample/retailer/tables/reviews.csv"}})
        >>> [one.key for one in evaluate(tables, {}, "consumer").found if isinstance(one, Estimate)]
        ['reviews.stars_bad', 'reviews.stars_neutral']
    """
    names, described = tables.names, tables.description
    monthly = tables.monthly() if names - {"talk", "reviews", "monthly"} else pd.DataFrame()
    found: list[Estimate | Missing] = []
    parts: dict[str, Any] = {}
    covers = described.experiences.covers if described.experiences else "all"
    if "experiences" in names:
        asked = given.get("experience.contacts_per_month")
        corrections = contacts.Corrections(
            **{name: getattr(described.corrections, name) for name in contacts.Corrections.__dataclass_fields__}
        )
        named = tuple((described.experiences and described.experiences.spans) or contacts.KINDS)
        found += contacts.experiences(monthly, covers, corrections, asked, seed, named)
    if "customers" in names:
        found += rates.market(monthly, tables.contractual)
    if "customers" in names and tables.contractual:
        found += retention.rate(monthly)
        parts["cohorts"], parts["curve"] = _cohorts(tables)
        if "experiences" in names:
            prior = given.get(MEMORY, evidence.defaults(customer_type)[MEMORY])
            moods = retention.moods(tables.spells(), prior if isinstance(prior, Range) else None)
            parts["moods"] = retention.unless_customers_differ(moods, _of_segments(parts["cohorts"]))
            parted = (PARTIAL[covers], ANSWERED[covers], BY_DAY if tables.leave_by_day else "")
            caution = " ".join(filter(None, parted))
            found += cautioned(parts["moods"].found, caution, retention.RATIOS)
            parts["memory_moved"] = parts["moods"].memory_moved
    if "payments" in names:
        paid = list(_payments(tables, monthly, given, customer_type))
        found += cautioned(paid, f"{LEFT_OUT} {PARTIAL[covers]}".strip(), uplift.NAMES)
    if "talk" in names:
        parts["talk"] = tables.talk()
        found += talk.reach(parts["talk"])
    if "reviews" in names:
        found += reviews.posting(tables.reviews(), monthly if len(monthly.columns) else None, covers)
    return Evaluated(tuple(_once(found)), monthly, **parts)


def _payments(
    tables: Tables, monthly: pd.DataFrame, given: Mapping[str, Value], customer_type: str
) -> Iterator[Estimate | Missing]:
    prior = given.get(MEMORY, evidence.defaults(customer_type)[MEMORY])
    low, central, high = (prior.low, prior.central, prior.high) if isinstance(prior, Range) else (prior,) * 3
    if not tables.contractual and "experiences" not in tables.names:
        yield from purchases.found(tables.purchases(), monthly)  # nobody is followed from a day that is known
        return
    level = uplift.level(monthly)
    by_memory = tables.spending_by_memory((low, central, high), level, own_month=False)
    spending = by_memory[central]
    few = len(spending) < FEWEST_COHORT  # hardly a month without an experience
    people = tables.spending(central, level) if few else spending
    if tables.contractual:
        yield from rates.spend(monthly, people)
    else:
        yield from purchases.found(tables.purchases(), monthly, people)
    if "experiences" in tables.names and len(spending):
        yield from uplift.within(spending, by_memory[low], by_memory[high], customer_type, given)
        yield from uplift.naive(spending)


def _cohorts(tables: Tables) -> tuple[pd.DataFrame | None, sbg.Fit | None]:
    """Customers by the month they joined in, and the curve that projects how many stay."""
    frame = tables.cohorts()
    if not len(frame) or int(frame.loc[frame["left"].astype(bool), "count"].sum()) < FEWEST_COHORT:
        return (frame if len(frame) else None), None
    return frame, sbg.fit(sbg.from_frame(frame))


def _of_segments(cohorts: pd.DataFrame | None) -> list[sbg.Fit]:
    """Curves of the segments in which enough customers left."""
    if cohorts is None:
        return []
    frames = [frame for _, frame in cohorts.groupby("segment")]
    left = [int(frame.loc[frame["left"].astype(bool), "count"].sum()) for frame in frames]
    return [
        sbg.fit(sbg.from_frame(frame))
        for frame, gone in zip(frames, left, strict=True)
        if gone >= FEWEST_COHORT and gone < int(frame["count"].sum())
    ]


def _once(found: list[Estimate | Missing]) -> Iterator[Estimate | Missing]:
    """Each key once: a figure rather than the reason why another estimator has none."""
    kept: dict[str, Estimate | Missing] = {}
    for one in found:
        if one.key not in kept or (isinstance(kept[one.key], Missing) and isinstance(one, Estimate)):
            kept[one.key] = one
    yield from kept.values()
