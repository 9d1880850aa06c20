"""Which whole months the tables cover."""

from __future__ import annotations

from collections import Counter
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

_STRAY, _GAP = 0.01, 365
"""Share of rows, before so many days without any, that are taken for slips such as 1900-01-01 for no date."""


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
    Next to no rows long before all others do not make decades of months: they lie outside, unless `from` is set.

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
    whole = description.first is not None and description.last is not None
    counts: Counter[int] = Counter() if whole else _days(tables, members)
    said: list[str] = []
    if description.first is None:
        counts, stray = _without_strays(counts)
        said += [stray] if stray else []
    days = sorted(counts)
    if not whole and not days:
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


def _without_strays(counts: Counter[int]) -> tuple[Counter[int], str]:
    """Days from which on there are events, and what is said of those that were left out."""
    before, few, start = 0, _STRAY * counts.total(), None
    for earlier, later in pairwise(sorted(counts)):
        before += counts[earlier]
        if before >= few:
            break
        if later - earlier > _GAP:
            start, left = later, before
    if start is None:
        return counts, ""
    first = _EPOCH + timedelta(days=min(counts))
    are = "lies" if left == 1 else "lie"
    said = (
        f"{left:,} of {counts.total():,} rows {are} more than a year before all others, from {first} on, and "
        f"{'is' if left == 1 else 'are'} left outside, as a slip would be (set from to have the months since then)"
    )
    return Counter({day: count for day, count in counts.items() if day >= start}), said


def _days(tables: Mapping[str, Clean], members: Members | None) -> Counter[int]:
    """Days with an event, and how many; of customers' comings and goings where there are no events."""
    found: Counter[int] = Counter()
    for name in _EVENTS:
        if name in tables:
            good = tables[name].good
            days = fetched(good.group_by("day").agg(rows=good.count())).dropna().astype(int)
            found.update(dict(zip(days["day"].tolist(), days["rows"].tolist(), strict=True)))
    if not found and "monthly" in tables:
        months = fetched(tables["monthly"].good.select("month"))["month"]
        for month in months.astype(int):
            found.update((_number(_start(month)), _number(_start(month + 1)) - 1))
    if not found and members is not None:
        left = fetched(members.table.select("left_day").distinct())["left_day"].dropna().astype(int)
        joined = fetched(members.table.select("joined_day").distinct())["joined_day"].dropna().astype(int)
        everything = [*left, *joined]
        begin = min(left) if len(left) else min(joined, default=0)
        found = Counter(int(day) for day in everything if day >= begin)
    return found


def _start(month: int) -> date:
    return date(month // MONTHS_PER_YEAR, month % MONTHS_PER_YEAR + 1, 1)


def _month(day: date) -> int:
    return day.year * MONTHS_PER_YEAR + day.month - 1


def _number(day: date) -> int:
    return (day - _EPOCH).days
