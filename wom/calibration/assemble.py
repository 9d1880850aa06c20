"""Every estimator that the tables at hand allow, in one list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..parameters import Value
from . import contacts, payments, rates, reviews, sbg, talk
from .estimate import Estimate, Found, Missing
from .histories import compared
from .leaving import Leaving

if TYPE_CHECKING:
    from ..data import Tables

FEWEST_COHORT = 50
"""Customers who left, below which no curve over their months is fitted."""


@dataclass(frozen=True)
class Evaluated:
    """What the estimators gave, with the frames that figures of a report draw."""

    found: Found
    monthly: pd.DataFrame
    moods: Leaving | None = None
    curve: sbg.Fit | None = None
    cohorts: pd.DataFrame | None = None
    talk: pd.DataFrame | None = None
    memory_moved: bool = False
    buying: payments.Reading | None = None


def evaluate(
    tables: Tables, given: Mapping[str, Value], customer_type: str, seed: int = 0, *, split: bool = True
) -> Evaluated:
    """Call the estimators for whatever tables there are.

    Returns:
        All figures, and what they were estimated from.
    """
    names, described = tables.names, tables.description
    monthly = tables.monthly() if names - {"talk", "reviews", "monthly"} else pd.DataFrame()
    found: list[Estimate | Missing] = []
    parts: dict[str, Any] = {}
    covers = described.experiences.covers if described.experiences else "all"
    corrections = contacts.Corrections(
        **{name: getattr(described.corrections, name) for name in contacts.Corrections.__dataclass_fields__}
    )
    if "payments" in names and not tables.contractual:
        parts["buying"] = payments.read(tables, monthly, given, split=split)
        found += parts["buying"].found
    if "experiences" in names:
        asked = given.get("experience.contacts_per_month")
        named = tuple((described.experiences and described.experiences.spans) or contacts.KINDS)
        found += contacts.experiences(monthly, covers, corrections, asked, seed, named)
    if "customers" in names:
        found += rates.market(monthly, tables.contractual)
    moods = None
    if {"experiences", "payments"} & names and (tables.contractual or {"experiences", "payments"} <= names):
        moods = compared(tables, corrections, given, customer_type, seed)
        found += moods.found
    if "customers" in names and tables.contractual:
        found += rates.retention(monthly)
        parts["cohorts"], parts["curve"] = _cohorts(tables)
        if moods is not None and moods.leaving is not None:
            parts["moods"], parts["memory_moved"] = moods.leaving, moods.leaving.moved
    if "payments" in names and tables.contractual:
        found += rates.spend(monthly, None if moods is None else moods.people)
    if "talk" in names:
        parts["talk"] = tables.talk()
        found += talk.reach(parts["talk"])
    if "reviews" in names:
        found += reviews.posting(tables.reviews(), monthly if len(monthly.columns) else None, covers)
    return Evaluated(tuple(_once(found)), monthly, **parts)


def _cohorts(tables: Tables) -> tuple[pd.DataFrame | None, sbg.Fit | None]:
    """Customers by the month they joined in, and the curve that projects how many stay."""
    frame = tables.cohorts()
    if not len(frame) or int(frame.loc[frame["left"].astype(bool), "count"].sum()) < FEWEST_COHORT:
        return (frame if len(frame) else None), None
    return frame, sbg.fit(sbg.from_frame(frame))


def _once(found: list[Estimate | Missing]) -> Iterator[Estimate | Missing]:
    """Each key once: a figure rather than the reason why another estimator has none."""
    kept: dict[str, Estimate | Missing] = {}
    for one in found:
        if one.key not in kept or (isinstance(kept[one.key], Missing) and isinstance(one, Estimate)):
            kept[one.key] = one
    yield from kept.values()
