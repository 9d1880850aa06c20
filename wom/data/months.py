"""Which whole months the tables cover; monthly totals, each month once, with customers at its start."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import pandas as pd

from ..units import MONTHS_PER_YEAR
from .cleaning import Clean
from .customers import Members
from .description import Description, Totals
from .reading import located
from .store import fetched

_EPOCH = date(1970, 1, 1)
_EVENTS = ("payments", "experiences", "talk", "reviews")

_STRAY, _GAP = 0.01, 365
"""Share of rows, before so many days without any, that are taken for slips such as 1900-01-01 for no date."""


@dataclass(frozen=True)
class Window:
    """Months observed, as 12·year + month − 1."""

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
    """A month's number as a Period."""
    return pd.Period(year=month // MONTHS_PER_YEAR, month=month % MONTHS_PER_YEAR + 1, freq="M")


def periods(months: Iterable[Any]) -> pd.PeriodIndex:
    """The same for many."""
    return pd.PeriodIndex([period(int(month)) for month in months], freq="M")


def window(description: Description, tables: Mapping[str, Clean], members: Members | None, today: date) -> Window:
    """The whole months of the description, or else of the data.

    A month at either end is taken for whole unless it lacks more days at that end than ever pass without an event.
    Next to no rows long before all others do not make decades of months: they lie outside, unless `from` is set.

    Raises:
        InputError: not one whole month.
    """
    whole = description.first is not None and description.last is not None
    counts: Counter[int] = Counter() if whole else _days(tables, members, _number(today))
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


def _days(tables: Mapping[str, Clean], members: Members | None, today: int) -> Counter[int]:
    """Days with an event, and how many; of customers' comings and goings where there are no events."""
    found: Counter[int] = Counter()
    for name in (*_EVENTS, "reasons"):
        if name in tables and (name in _EVENTS or not found):
            good = tables[name].good
            days = fetched(good.group_by("day").agg(rows=good.count())).dropna().astype(int)
            found.update(dict(zip(days["day"].tolist(), days["rows"].tolist(), strict=True)))
    if not found and "monthly" in tables:
        months = fetched(tables["monthly"].good.select("month"))["month"]
        for month in months.astype(int):
            found.update((_number(_start(month)), _number(_start(month + 1)) - 1))
    if not found and "accounts" in tables:
        for year in years(tables["accounts"].good):
            if _number(date(year, 12, 31)) < today:
                found.update((_number(date(year, 1, 1)), _number(date(year, 12, 31))))
    if not found and members is not None:
        left = fetched(members.table.select("left_day").distinct())["left_day"].dropna().astype(int)
        joined = fetched(members.table.select("joined_day").distinct())["joined_day"].dropna().astype(int)
        everything = [day for day in (*left, *joined) if day <= today]  # who will leave is still there
        begin = min(left) if len(left) else min(joined, default=0)
        found = Counter(int(day) for day in everything if day >= begin)
    return found


def years(accounts: Any) -> list[int]:
    """The years of a table of accounts."""
    if "revenue" not in accounts.columns:
        return [int(name[-4:]) for name in accounts.columns if name.startswith("revenue_")]
    return sorted(fetched(accounts.select("year").distinct())["year"].dropna().astype(int))


def _start(month: int) -> date:
    return date(month // MONTHS_PER_YEAR, month % MONTHS_PER_YEAR + 1, 1)


def _month(day: date) -> int:
    return day.year * MONTHS_PER_YEAR + day.month - 1


def _number(day: date) -> int:
    return (day - _EPOCH).days


_FLOWS = ("new_customers", "lost_customers")

_EXACT = 0.5
"""Customers; what is nearer adds up."""


class Stock(NamedTuple):
    """When in the month customers were counted."""

    at: str
    """start or end."""
    said: str
    """How that is known, in a sentence; empty where nobody needs to know."""


def once(clean: Clean) -> Clean:
    """Monthly totals with each month once: equal rows of a month are one.

    Raises:
        InputError: a month stands there twice, with different figures; names the lines.
    """
    rows = fetched(clean.good.order_by("month", "line"))
    if not rows["month"].duplicated().any():
        return clean
    figures = [name for name in rows.columns if name not in ("line", "day")]
    first = rows.drop_duplicates(figures)
    if (again := first[first["month"].duplicated(keep=False)]).size:
        month = again["month"].iloc[0]
        found = again[again["month"] == month]
        where = located(clean.raw, found["line"])
        raise clean.raw.error(
            f"{period(int(month))} stands there {len(found)} times with different figures"
            f"{f' ({where})' if where else ''}; "
            "keep the row that is right"
        )
    good = clean.good
    keys = [name for name in good.columns if name not in ("line", "day")]
    good = good.group_by(keys).agg(line=good.line.min(), day=good.day.min())
    return replace(clean, good=good, copies=len(rows) - len(first))


def stock(clean: Clean) -> Stock:
    """When in the month customers were counted: as data.yaml says, or as `told` by the flows of customers."""
    source = clean.raw.source
    assert isinstance(source, Totals)
    if "customers" not in clean.raw.columns:
        return Stock("start", "")
    if source.customers_at is not None:
        return Stock(source.customers_at, f"monthly: customers are those at the {source.customers_at} of a month")
    return told(by_month(clean)) or Stock(
        "start",
        "monthly: customers are taken for those at the start of a month, for nothing in the table tells whether "
        "they are; if they were counted at its end, set monthly.customers_at: end",
    )


def told(rows: pd.DataFrame) -> Stock | None:
    """When in the month customers were counted, as their flows tell; None where they do not.

    Customers of two months, one after the other, differ by who came and left in the first of them if they are
    those at the start of a month, and by who came and left in the second if they are those at the end. What is
    nearer to all months counts.

    `rows`: index every month, from `by_month`.
    """
    if not {"customers", *_FLOWS} <= set(rows):
        return None
    change = rows["new_customers"] - rows["lost_customers"]
    grew = rows["customers"].diff()
    off = pd.DataFrame({"start": grew - change.shift(1), "end": grew - change}).dropna().abs()
    sums = off.sum()
    if sums["start"] == sums["end"]:
        return None
    at, other = ("end", "start") if sums["end"] < sums["start"] else ("start", "end")
    fits = {name: int((off[name] < _EXACT).sum()) for name in (at, other)}
    said = (
        f"monthly: customers are taken for those at the {at} of a month, as new and lost customers tell: they add "
        f"up in {fits[at]} of {len(off)} months, and in {fits[other]} if customers were those at the {other}"
    )
    if fits[at] < len(off):
        said += f" (on average they are off by {off[at].mean():.3g} against {off[other].mean():.3g})"
    return Stock(at, f"{said}; monthly.customers_at decides otherwise")


def at_start(rows: pd.DataFrame, at: str) -> pd.DataFrame:
    """Customers at the start of each month, nan where that is not known.

    start = end − new + lost, or the end of the month before
    """
    if at == "start" or "customers" not in rows:
        return rows
    before = rows["customers"].shift(1)
    if set(_FLOWS) <= set(rows):
        before = (rows["customers"] - rows["new_customers"] + rows["lost_customers"]).fillna(before)
    return rows.assign(customers=before)


def by_month(clean: Clean) -> pd.DataFrame:
    """All totals as they were given, index every month from the first to the last, nan where there is none."""
    found: pd.DataFrame = fetched(clean.good.drop("day", "line").order_by("month")).set_index("month")
    if len(found):
        found = found.reindex(range(int(found.index[0]), int(found.index[-1]) + 1))
    found.index = periods(found.index).rename("month")
    return found


def started(clean: Clean, months: pd.PeriodIndex) -> pd.DataFrame:
    """The totals of these months, with customers at the start of each."""
    found = at_start(by_month(clean), stock(clean).at)
    return found[(found.index >= months[0]) & (found.index <= months[-1])]
