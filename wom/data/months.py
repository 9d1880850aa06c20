"""Which whole months the tables cover; monthly totals, each month once, with customers at its start."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pandas as pd

from ..units import MONTHS_PER_YEAR
from .cleaning import EVENTS, Clean
from .description import Description, Totals
from .reading import located
from .store import fetched

_EPOCH = date(1970, 1, 1)
_STRAY, _GAP = 0.01, 365
"""Share of rows, before so many days without any, that are taken for slips such as 1900-01-01 for no date."""
_EXACT = 0.5
"""Customers; what is nearer adds up."""
_FLOWS = ("new_customers", "lost_customers")


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


def period(month: int) -> pd.Period:
    """A month's number as a Period."""
    return pd.Period(year=month // MONTHS_PER_YEAR, month=month % MONTHS_PER_YEAR + 1, freq="M")


def periods(months: Iterable[Any]) -> pd.PeriodIndex:
    """The same for many."""
    return pd.PeriodIndex([period(int(month)) for month in months], freq="M")


def _start(month: int) -> date:
    return date(month // MONTHS_PER_YEAR, month % MONTHS_PER_YEAR + 1, 1)


def _month(day: date) -> int:
    return day.year * MONTHS_PER_YEAR + day.month - 1


def _number(day: date) -> int:
    return (day - _EPOCH).days


def window(description: Description, tables: Mapping[str, Clean], people: Any, today: date) -> Window:
    """The whole months of the description, or else of the data.

    A month at either end is taken for whole unless it lacks more days at that end than ever pass without an event.
    Next to no rows long before all others do not make decades of months: they lie outside, unless `from` is set.
    """
    begin, end, said = description.first, description.last, list[str]()
    counts = _days(tables, people, _number(today)) if begin is None or end is None else Counter[int]()
    if begin is None:
        before, few, start = 0, _STRAY * counts.total(), None
        for earlier, later in pairwise(sorted(counts)):
            before += counts[earlier]
            if before >= few:
                break
            if later - earlier > _GAP:
                start, left = later, before
        if start is not None:
            first_day = _EPOCH + timedelta(days=min(counts))
            said.append(
                f"{left:,} of {counts.total():,} rows {'lies' if left == 1 else 'lie'} more than a year before "
                f"all others, from {first_day} on, and {'is' if left == 1 else 'are'} left outside, as a slip "
                "would be (set from to have the months since then)"
            )
            counts = Counter({day: count for day, count in counts.items() if day >= start})
    days = sorted(counts)
    if not days and (begin is None or end is None):
        raise description.error("the tables hold no dates, so no month is observed; set from and to")
    longest = max((later - earlier for earlier, later in pairwise(days)), default=1)
    if begin is not None:
        first = _month(begin) + (begin.day > 1)
        if begin.day > 1:
            said.append(f"from {begin} on the first whole month is {period(first)}")
    else:
        earliest = _EPOCH + timedelta(days=days[0])
        partial = earliest.day - 1 > longest
        first = _month(earliest) + partial
        cut = f", for the tables begin on {earliest}" if partial else ""
        said.append(f"the first month is {period(first)}{cut} (from is not set)")
    if end is not None:
        last = _month(end + timedelta(days=1)) - 1
        if last < _month(end):
            said.append(f"to {end} the last whole month is {period(last)}")
    else:
        latest = _EPOCH + timedelta(days=days[-1])
        partial = (_start(_month(latest) + 1) - latest).days - 1 > longest
        last = _month(latest) - partial
        cut = f", for the tables end on {latest}" if partial else ""
        said.append(f"the last month is {period(last)}{cut} (to is not set)")
    if first > last:
        raise description.error("not one whole month lies in the tables; set from and to")
    return Window(first, last, tuple(said))


def _days(tables: Mapping[str, Clean], people: Any, today: int) -> Counter[int]:
    """Days with an event, and how many; of customers' comings and goings where there are no events."""
    found: Counter[int] = Counter()
    for name in (*EVENTS, "reasons"):
        if name in tables and (name in EVENTS or not found):
            good = tables[name].good
            days = fetched(good.group_by("day").agg(rows=good.count())).dropna().astype(int)
            found.update(dict(zip(days["day"].tolist(), days["rows"].tolist(), strict=True)))
    if not found and "monthly" in tables:
        months = fetched(tables["monthly"].good.select("month"))["month"]
        for month in months.astype(int):
            found.update((_number(_start(month)), _number(_start(month + 1)) - 1))
    if not found and "accounts" in tables:
        accounts = tables["accounts"].good
        years = [int(name[-4:]) for name in accounts.columns if name.startswith("revenue_")]
        if "revenue" in accounts.columns:
            years = fetched(accounts.select("year").distinct())["year"].dropna().astype(int).tolist()
        ends = ((_number(date(year, 1, 1)), _number(date(year, 12, 31))) for year in years)
        found.update(day for pair in ends if pair[1] < today for day in pair)
    if not found and people is not None:
        left, joined = (
            fetched(people.select(name).distinct())[name].dropna().astype(int)
            for name in ("left_day", "joined_day")
        )
        begin = min(left) if len(left) else min(joined, default=0)
        found.update(
            int(day) for day in (*left, *joined) if begin <= day <= today
        )  # who will leave is still there
    return found


# --- monthly totals ---------------------------------------------------------------------------------------------


def once(clean: Clean) -> Clean:
    """Monthly totals with each month once: equal rows of a month are one, and different ones are refused."""
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
            f"{f' ({where})' if where else ''}; keep the row that is right"
        )
    good = clean.good.group_by(figures).agg(line=clean.good.line.min(), day=clean.good.day.min())
    return replace(clean, good=good, copies=len(rows) - len(first))


def stock(clean: Clean) -> tuple[str, str]:
    """When in the month customers were counted (start or end), and a sentence on how that is known, if needed.

    Customers of two months, one after the other, differ by who came and left in the first of them if they are
    those at the start of a month, and by who came and left in the second if they are those at the end. What is
    nearer to all months counts.
    """
    source = clean.raw.source
    assert isinstance(source, Totals)
    if "customers" not in clean.raw.columns:
        return "start", ""
    if source.customers_at is not None:
        return source.customers_at, f"monthly: customers are those at the {source.customers_at} of a month"
    if set(_FLOWS) <= set(clean.raw.columns):
        rows = _by_month(clean)
        change, grew = rows["new_customers"] - rows["lost_customers"], rows["customers"].diff()
        off = pd.DataFrame({"start": grew - change.shift(1), "end": grew - change}).dropna().abs()
        sums = off.sum()
        if sums["start"] != sums["end"]:
            at, other = ("end", "start") if sums["end"] < sums["start"] else ("start", "end")
            fits = {name: int((off[name] < _EXACT).sum()) for name in (at, other)}
            said = (
                f"monthly: customers are taken for those at the {at} of a month, as new and lost customers tell: "
                f"they add up in {fits[at]} of {len(off)} months, and in {fits[other]} if customers were those at "
                f"the {other}"
            )
            if fits[at] < len(off):
                said += f" (on average they are off by {off[at].mean():.3g} against {off[other].mean():.3g})"
            return at, f"{said}; monthly.customers_at decides otherwise"
    return (
        "start",
        "monthly: customers are taken for those at the start of a month, for nothing in the table tells whether "
        "they are; if they were counted at its end, set monthly.customers_at: end",
    )


def _by_month(clean: Clean) -> pd.DataFrame:
    """All totals as they were given, index every month from the first to the last, nan where there is none."""
    found: pd.DataFrame = fetched(clean.good.drop("day", "line").order_by("month")).set_index("month")
    if len(found):
        found = found.reindex(range(int(found.index[0]), int(found.index[-1]) + 1))
    found.index = periods(found.index).rename("month")
    return found


def started(clean: Clean, months: pd.PeriodIndex) -> pd.DataFrame:
    """The totals of these months, with customers at the start of each: end − new + lost, or the end before."""
    rows = _by_month(clean)
    if "customers" in rows and stock(clean)[0] == "end":
        start = rows["customers"].shift(1)
        if set(_FLOWS) <= set(rows):
            start = (rows["customers"] - rows["new_customers"] + rows["lost_customers"]).fillna(start)
        rows["customers"] = start
    return rows[(rows.index >= months[0]) & (rows.index <= months[-1])]
