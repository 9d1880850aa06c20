"""Monthly totals: each month once, and customers as they were at the start of it."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import pandas as pd

from . import places
from .clean import Clean
from .extra import fetched
from .sources import Totals
from .window import period, periods

_FLOWS = ("new_customers", "lost_customers")

_EXACT = 0.5
"""Customers; what is nearer adds up."""


class Stock(NamedTuple):
    """When in the month customers were counted.

    Example:
        >>> Stock("start", "").at
        'start'
    """

    at: str
    """start or end."""
    said: str
    """How that is known, in a sentence; empty where nobody needs to know."""


def once(clean: Clean) -> Clean:
    """Monthly totals with each month once: equal rows of a month are one.

    Raises:
        InputError: a month stands there twice, with different figures; names the lines.

    Example:
        >>> import tempfile, wom.data
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     place = Path(folder) / "m.csv"
        ...     _ = place.write_text("month,revenue\\n2024-01,5\\n2024-01,5\\n2024-02,6\\n", encoding="utf-8")
        ...     tables = wom.data.load({"monthly": {"file": str(place)}})
        >>> tables.clean["monthly"].copies, len(tables.totals())
        (1, 2)
    """
    rows = fetched(clean.good.order_by("month", "line"))
    if not rows["month"].duplicated().any():
        return clean
    figures = [name for name in rows.columns if name not in ("line", "day")]
    first = rows.drop_duplicates(figures)
    if (again := first[first["month"].duplicated(keep=False)]).size:
        month = again["month"].iloc[0]
        found = again[again["month"] == month]
        where = places.said(clean.raw, found["line"])
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
    """When in the month customers were counted: as data.yaml says, or as `told` by the flows of customers.

    Example:
        >>> import tempfile, wom.data
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     place = Path(folder) / "m.csv"
        ...     _ = place.write_text("month,customers\\n2024-01,5\\n2024-02,6\\n", encoding="utf-8")
        ...     tables = wom.data.load({"monthly": {"file": str(place), "customers_at": "end"}})
        >>> stock(tables.clean["monthly"]).said
        'monthly: customers are those at the end of a month'
    """
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

    Args:
        rows: index every month, from `by_month`.

    Example:
        >>> flows = {"new_customers": [3.0, 5.0, 2.0], "lost_customers": [1.0, 1.0, 4.0]}
        >>> rows = pd.DataFrame({"customers": [10.0, 14.0, 12.0]} | flows, index=periods(range(24_288, 24_291)))
        >>> told(rows).at
        'end'
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

    Example:
        >>> rows = pd.DataFrame({"customers": [10.0, 14.0]}, index=periods([24_288, 24_289]))
        >>> at_start(rows, "end")["customers"].tolist()
        [nan, 10.0]
    """
    if at == "start" or "customers" not in rows:
        return rows
    before = rows["customers"].shift(1)
    if set(_FLOWS) <= set(rows):
        before = (rows["customers"] - rows["new_customers"] + rows["lost_customers"]).fillna(before)
    return rows.assign(customers=before)


def by_month(clean: Clean) -> pd.DataFrame:
    """All totals as they were given, index every month from the first to the last, nan where there is none.

    Example:
        >>> import tempfile, wom.data
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     place = Path(folder) / "m.csv"
        ...     _ = place.write_text("month,revenue\\n2024-01,5\\n2024-03,6\\n", encoding="utf-8")
        ...     tables = wom.data.load({"monthly": {"file": str(place)}})
        ...     by_month(tables.clean["monthly"])["revenue"].tolist()
        [5.0, nan, 6.0]
    """
    found: pd.DataFrame = fetched(clean.good.drop("day", "line").order_by("month")).set_index("month")
    if len(found):
        found = found.reindex(range(int(found.index[0]), int(found.index[-1]) + 1))
    found.index = periods(found.index).rename("month")
    return found


def started(clean: Clean, months: pd.PeriodIndex) -> pd.DataFrame:
    """The totals of these months, with customers at the start of each.

    Example:
        >>> import tempfile, wom.data
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     place = Path(folder) / "m.csv"
        ...     _ = place.write_text("month,customers\\n2024-01,5\\n2024-02,6\\n", encoding="utf-8")
        ...     tables = wom.data.load({"monthly": {"file": str(place), "customers_at": "end"}})
        ...     started(tables.clean["monthly"], tables.months[1:])["customers"].tolist()
        [5.0]
    """
    found = at_start(by_month(clean), stock(clean).at)
    return found[(found.index >= months[0]) & (found.index <= months[-1])]
