"""What a shop would have written down: customers, payments, experiences, stories and reviews, with dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import InputError
from ..units import MONTHS_PER_YEAR, Array
from .networks import Integers
from .people import Streams

KINDS = ("good", "bad", "recovered", "neutral")
"""Of experiences, as tables call them."""

Days = NDArray[np.datetime64]
_DAY = "datetime64[D]"

_COLUMNS = {
    "joined": ("month", "account", "segment", "recommended"),
    "left": ("month", "account"),
    "payments": ("month", "account", "when", "amount"),
    "experiences": ("month", "account", "kind", "when"),
    "stories": ("month", "kind", "when", "told"),
    "reviews": ("month", "when", "stars"),
}

_TYPES = {
    "month": np.int16, "account": np.int32, "segment": np.int16, "recommended": np.bool_, "when": np.float64,
    "amount": np.float64, "kind": np.int8, "told": np.int32, "stars": np.int8,
}  # fmt: skip

BRACKETS = ((1, 2, "1-2"), (3, 5, "3-5"), (6, None, ">5"))
"""Least and most people told, and what the survey's form says."""


class Records:
    """Lists of what happened, month after month; keeps nothing unless told to."""

    def __init__(self, kept: bool) -> None:
        self.kept = kept
        self._lists: dict[str, list[tuple[Any, ...]]] = {name: [] for name in _COLUMNS}

    def note(self, name: str, month: int | Integers, *columns: NDArray[Any]) -> None:
        """One entry each at the end of a list.

        `month`: of each entry; below 0 for what was before the first.
        """
        if self.kept:
            parts = zip(_COLUMNS[name], (np.broadcast_to(month, len(columns[0])), *columns), strict=True)
            self._lists[name].append(tuple(part.astype(_TYPES[column]) for column, part in parts))

    def table(self, name: str) -> dict[str, NDArray[Any]]:
        """One list by column."""
        empty: tuple[NDArray[Any], ...] = tuple(np.empty(0, dtype=_TYPES[column]) for column in _COLUMNS[name])
        parts = zip(*[empty, *self._lists[name]], strict=True)
        return {column: np.concatenate(part) for column, part in zip(_COLUMNS[name], parts, strict=True)}


def dated(month: Integers, when: Array, first: int) -> Days:
    """The day of a moment: `when` (from 0 to 1) of the month that lies `month` after the first.

    `first`: month 0, in months since January 1970.
    """
    start, end = (_first_day(first + month.astype(np.int64) + later) for later in (0, 1))
    return np.asarray(start + (when * (end - start).astype(np.float64)).astype("timedelta64[D]"), dtype=_DAY)


def first_month(start: str) -> int:
    """Months since January 1970 to a date, which must be the first of its month.

    Raises:
        InputError: no such date.
    """
    try:
        day = date.fromisoformat(start)
    except (ValueError, TypeError) as error:
        raise InputError(f"must be a date such as 2023-01-01, is {start!r}", "start") from error
    if day.day != 1:
        raise InputError(f"must be the first day of a month, is {start}", "start")
    return (day.year - 1970) * MONTHS_PER_YEAR + day.month - 1


def tables(
    records: Records,
    segments: Sequence[str],
    streams: Streams,
    first: int,
    survey_share: float,
    bracket_share: float,
) -> dict[str, pd.DataFrame]:
    """The records as tables; see `PopulationRun.tables`."""
    return {
        "customers": _customers(records, segments, first),
        "payments": _events(records.table("payments"), first, "amount"),
        "experiences": _events(records.table("experiences"), first, "kind"),
        "talk": _talk(records.table("stories"), streams.of("survey"), first, survey_share, bracket_share),
        "reviews": _events(records.table("reviews"), first, "stars"),
    }


def _customers(records: Records, segments: Sequence[str], first: int) -> pd.DataFrame:
    came, went = records.table("joined"), records.table("left")
    left = np.full(len(came["account"]), np.datetime64("NaT", "D"))
    left[went["account"]] = _month_end(went["month"], first)
    return pd.DataFrame(
        {
            "id": came["account"] + 1,
            "segment": np.asarray(segments, dtype=object)[came["segment"]],
            "joined": _seconds(_month_end(came["month"], first)),
            "left": _seconds(left),
            "came_by": np.where(came["recommended"], "recommendation", "other"),
        }
    )


def _events(table: dict[str, NDArray[Any]], first: int, what: str) -> pd.DataFrame:
    day = dated(table["month"], table["when"], first)
    columns: dict[str, Any] = {} if "account" not in table else {"id": table["account"] + 1}
    value = np.round(table[what], 2) if what == "amount" else table[what]
    columns |= {"date": _seconds(day), what: np.asarray(KINDS, dtype=object)[value] if what == "kind" else value}
    order = np.lexsort((table["when"], day))
    return pd.DataFrame(columns).iloc[order].reset_index(drop=True)


def _talk(
    table: dict[str, NDArray[Any]], random: np.random.Generator, first: int, share: float, brackets: float
) -> pd.DataFrame:
    asked = random.random(len(table["told"])) < share
    people = table["told"][asked]
    answer = people.astype(str).astype(object)
    ticked = random.random(len(people)) < brackets
    for least, most, label in BRACKETS:
        answer[ticked & (people >= least) & (people <= (most or np.iinfo(np.int32).max))] = label
    day = dated(table["month"][asked], table["when"][asked], first)
    tone = np.asarray(KINDS, dtype=object)[table["kind"][asked]]
    order = np.lexsort((table["when"][asked], day))
    found = pd.DataFrame({"date": _seconds(day), "tone": tone, "people_told": answer})
    return found.iloc[order].reset_index(drop=True)


def _first_day(month: Integers) -> Days:
    return month.astype("datetime64[M]").astype(_DAY)


def _month_end(month: Integers, first: int) -> Days:
    """The last day."""
    return _first_day(first + month.astype(np.int64) + 1) - np.timedelta64(1, "D")


def _seconds(day: Days) -> NDArray[np.datetime64]:
    """What pandas can hold."""
    return day.astype("datetime64[s]")
