"""What happened in each month and segment, and who bought how often."""

from __future__ import annotations

from typing import Any

import pandas as pd

from .store import fetched, ibis

_BITS = 30
"""Months in one whole number, a bit each."""


def buyers(payments: Any, first: int, last: int) -> Any:
    """Who bought, on how many days, and in which months: id, days, begin, end (days), and bits of months.

    From the different days of each customer: counting those of a group at once takes databases twice as long. A
    bit for each month spares a group for each customer and month.

    `payments`: id, day, month, amount; what is above 0 is a purchase.
    """
    package = ibis()
    days = payments.filter(payments.amount > 0).select("id", "day", "month").distinct()
    bits = {}
    for place, start in enumerate(range(first, last + 1, _BITS)):
        bit = package.literal(1, "int64") << (days.month - start).clip(0, _BITS - 1).cast("int64")
        bits[f"bits_{place}"] = package.ifelse(days.month.between(start, start + _BITS - 1), bit, 0).bit_or()
    return days.group_by("id").agg(days=days.count(), begin=days.day.min(), end=days.day.max(), **bits)


def payers(buyers: Any, first: int, last: int) -> pd.DataFrame:
    """payers by segment and month."""
    counted = {
        str(month): ((buyers[f"bits_{(month - first) // _BITS}"] >> ((month - first) % _BITS)) & 1).sum()
        for month in range(first, last + 1)
    }
    wide: pd.DataFrame = fetched(buyers.group_by("segment").agg(**counted))
    found = wide.melt("segment", var_name="month", value_name="payers").astype({"month": int, "payers": "int64"})
    return found.set_index(["segment", "month"]).sort_index()


def paid(payments: Any) -> pd.DataFrame:
    """payments, revenue and refunds by segment and month."""
    found = payments.group_by("segment", "month").agg(
        payments=payments.count(where=payments.amount > 0),
        revenue=payments.amount.sum(),
        refunds=payments.count(where=payments.amount < 0),
    )
    return _frame(found)


def felt(experiences: Any) -> pd.DataFrame:
    """contacts, good, bad, recovered and neutral by segment and month."""
    package = ibis()
    kinds = {
        kind: package.ifelse(experiences.kind == kind, 1, 0).sum()
        for kind in ("good", "bad", "recovered", "neutral")
    }
    return _frame(experiences.group_by("segment", "month").agg(contacts=experiences.count(), **kinds))


def came(customers: Any) -> pd.DataFrame:
    """new_customers, recommended and other by segment and month of joining."""
    package = ibis()
    ways = {
        name: package.ifelse(customers.came_by == value, 1, 0).sum()
        for name, value in (("recommended", "recommendation"), ("other", "other"))
    }
    found = customers.mutate(month=customers.joined_month.fill_null(-1))
    return _frame(found.group_by("segment", "month").agg(new_customers=found.count(), **ways))


def went(customers: Any) -> pd.DataFrame:
    """lost_customers by segment and month of leaving."""
    gone = customers.filter(customers.left_month >= 0)
    found = gone.mutate(month=gone.left_month)
    return _frame(found.group_by("segment", "month").agg(lost_customers=found.count()))


def purchases(buyers: Any, end: int) -> Any:
    """Customers by repeat purchase days, days from first to last, and days from first to the end."""
    each = buyers.select(
        "segment", frequency=buyers.days - 1, recency=buyers.end - buyers.begin, age=end - buyers.begin
    )
    keys = ["segment", "frequency", "recency", "age"]
    return each.group_by(keys).agg(count=each.count()).order_by(keys)


def cohorts(customers: Any) -> Any:
    """Customers by the month of joining and how long they stayed: see `Tables.cohorts`."""
    kept = customers.filter((customers.joined_month >= 0) & (customers.begin <= customers.end))
    found = kept.select(
        "segment", joined=kept.joined_month, entered=kept.begin - kept.joined_month - 1,
        months=kept.end - kept.joined_month, left=kept.gone,
    )  # fmt: skip
    keys = ["segment", "joined", "entered", "months", "left"]
    return found.group_by(keys).agg(count=found.count()).order_by(keys)


def accounts(revenues: Any, years: range) -> Any:
    """Accounts by year and whether they paid in those beside it: see `Tables.accounts`.

    `revenues`: id and segment; year and revenue, or revenue_YEAR for each.
    """
    package = ibis()
    if "revenue" not in revenues.columns:
        revenues = package.union(*(
            revenues.select("id", "segment", year=package.literal(float(name[-4:])), revenue=revenues[name])
            for name in revenues.columns if name.startswith("revenue_")
        ))  # fmt: skip
    each = revenues.group_by("segment", "id", "year").agg(revenue=revenues.revenue.sum())
    each = each.filter((each.revenue > 0) & each.year.between(years.start, years.stop - 1))
    beside = package.window(group_by="id", order_by="year")
    each = each.mutate(
        before=(each.year.lag() == each.year - 1).over(beside).fill_null(False),
        after=(each.year.lead() == each.year + 1).over(beside).fill_null(False),
        following=each.revenue.lead().over(beside),
    )
    keys = ["segment", "year", "before", "after"]
    return each.group_by(keys).agg(
        count=each.count(),
        revenue=each.revenue.sum(),
        squared=(each.revenue**2).sum(),
        following=package.ifelse(each.after, each.following, 0.0).sum(),
    ).order_by(keys)  # fmt: skip


def _frame(found: Any) -> pd.DataFrame:
    frame: pd.DataFrame = fetched(found)
    return frame.set_index(["segment", "month"]).sort_index()
