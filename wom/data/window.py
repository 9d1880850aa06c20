"""Which whole months the tables cover."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pandas as pd

from ..units import MONTHS_PER_YEAR
from .clean import Clean
from .description import Description
from .extra import fetched
from .members import Members

_EPOCH = date(1970, 1, 1)
_EVENTS = ("payments", "experiences", "talk", "reviews")


@dataclass(frozen=True)
class Window:
    """Months observed, as 12·year + month − 1.

    Example:
        >>> found = Window(12 * 2024, 12 * 2024 + 1)
        >>> len(found.months), found.last_day - found.first_day + 1
        (2, 60)
    """

    first: int
    last: int
    said: tuple[str, ...] = ()
    """How they were found, in sentences."""

    @property
    def months(self) -> pd.PeriodIndex:
        """The months."""
        return pd.period_range(period(self.first), period(self.last), freq="M")

    @property
    def first_day(self) -> int:
        """Days since 1970."""
        return _number(_start(self.first))

    @property
    def last_day(self) -> int:
        """Days since 1970."""
        return _number(_start(self.last + 1)) - 1

    def until(self, month: pd.Period) -> Window:
        """The same, to an earlier end."""
        return replace(self, last=month.year * MONTHS_PER_YEAR + month.month - 1)


def period(month: int) -> pd.Period:
    """A month's number as a Period.

    Example:
        >>> str(period(12 * 2024 + 5))
        '2024-06'
    """
    return pd.Period(year=month // MONTHS_PER_YEAR, month=month % MONTHS_PER_YEAR + 1, freq="M")


def periods(months: Iterable[Any]) -> pd.PeriodIndex:
    """The same for many.

    Example:
        >>> periods([12 * 2024 + 5]).astype(str).tolist()
        ['2024-06']
    """
    return pd.PeriodIndex([period(int(month)) for month in months], freq="M")


def by_number(level: pd.Series[float] | None) -> dict[int, float]:
    """A series by month as a dictionary by the month's number; nothing without one.

    Example:
        >>> by_number(pd.Series([0.5], index=periods([24288])))
        {24288: 0.5}
    """
    if level is None:
        return {}
    months = pd.PeriodIndex(level.index)
    return dict(zip((MONTHS_PER_YEAR * months.year + months.month - 1).tolist(), level.tolist(), strict=True))


def window(description: Description, tables: Mapping[str, Clean], members: Members | None) -> Window:
    """The whole months of the description, or else of the data.

    A month at either end is taken for whole unless it lacks more days at that end than ever pass without an event.

    Raises:
        InputError: not one whole month.

    Example:
        >>> import tempfile, wom.data
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     place = Path(folder) / "c.csv"
        ...     _ = place.write_text("id,joined\\n7,2024-01-03\\n7,2024-01-03\\n8,2024-02-01\\n", encoding="utf-8")
        ...     tables = wom.data.load({"customers": {"file": str(place)}})
        >>> found = window(tables.description, tables.clean, tables.members)
        >>> [str(month) for month in found.months]
        ['2024-01', '2024-02']
    """
    days = _days(tables, members) if description.first is None or description.last is None else []
    said: list[str] = []
    if (description.first is None or description.last is None) and not days:
        raise description.error("the tables hold no dates, so no month is observed; set from and to")
    longest = max((later - earlier for earlier, later in pairwise(days)), default=1)
    if description.first is not None:
        first = _month(description.first)
        if description.first.day > 1:
            first += 1
            said.append(f"from {description.first} on the first whole month is {period(first)}")
    else:
        earliest = _EPOCH + timedelta(days=days[0])
        partial = earliest.day - 1 > longest
        first = _month(earliest) + partial
        cut = f", for the tables begin on {earliest}" if partial else ""
        said.append(f"the first month is {period(first)}{cut} (from is not set)")
    if description.last is not None:
        last = _month(description.last)
        if (description.last + timedelta(days=1)).day > 1:
            last -= 1
            said.append(f"to {description.last} the last whole month is {period(last)}")
    else:
        latest = _EPOCH + timedelta(days=days[-1])
        left = (_start(_month(latest) + 1) - latest).days - 1
        partial = left > longest
        last = _month(latest) - partial
        cut = f", for the tables end on {latest}" if partial else ""
        said.append(f"the last month is {period(last)}{cut} (to is not set)")
    if first > last:
        raise description.error("not one whole month lies in the tables; set from and to")
    return Window(first, last, tuple(said))


def _days(tables: Mapping[str, Clean], members: Members | None) -> list[int]:
    """Days with an event, in order; of customers' comings and goings where there are no events."""
    found: set[int] = set()
    for name in _EVENTS:
        if name in tables:
            days = fetched(tables[name].good.select("day").distinct())["day"].dropna()
            found |= set(days.astype(int))
    if not found and "monthly" in tables:
        months = fetched(tables["monthly"].good.select("month"))["month"]
        for month in months.astype(int):
            found |= {_number(_start(month)), _number(_start(month + 1)) - 1}
    if not found and members is not None:
        left = fetched(members.table.select("left_day").distinct())["left_day"].dropna().astype(int)
        joined = fetched(members.table.select("joined_day").distinct())["joined_day"].dropna().astype(int)
        everything = [*left, *joined]
        begin = min(left) if len(left) else min(joined, default=0)
        found = {day for day in everything if day >= begin}
    return sorted(found)


def _start(month: int) -> date:
    return date(month // MONTHS_PER_YEAR, month % MONTHS_PER_YEAR + 1, 1)


def _month(day: date) -> int:
    return day.year * MONTHS_PER_YEAR + day.month - 1


def _number(day: date) -> int:
    return (day - _EPOCH).days
