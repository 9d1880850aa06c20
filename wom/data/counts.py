"""What happened in each month and segment, and who bought how often."""

from __future__ import annotations

from typing import Any

import pandas as pd

from .extra import fetched, ibis


def daily(payments: Any) -> Any:
    """Payments by customer and day; what is above 0 is a purchase: id, day, month, bought, back, pay."""
    package, amount = ibis(), payments.amount
    return payments.group_by("id", "day", "month").agg(
        bought=package.ifelse(amount > 0, 1, 0).sum(),
        back=package.ifelse(amount < 0, 1, 0).sum(),
        pay=amount.sum(),
    )


def by_month(payments: Any) -> Any:
    """Payments by customer and month: id, month, bought, back, pay."""
    package, amount = ibis(), payments.amount
    return payments.group_by("id", "month").agg(
        bought=package.ifelse(amount > 0, 1, 0).sum(),
        back=package.ifelse(amount < 0, 1, 0).sum(),
        pay=amount.sum(),
    )


def paid(months: Any) -> pd.DataFrame:
    """payers, payments, revenue and refunds by segment and month."""
    package = ibis()
    found = months.group_by("segment", "month").agg(
        payers=package.ifelse(months.bought > 0, 1, 0).sum(),
        payments=months.bought.sum(),
        revenue=months.pay.sum(),
        refunds=months.back.sum(),
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


def purchases(days: Any, end: int) -> Any:
    """Customers by repeat purchase days, days from first to last, and days from first to the end.

    Args:
        days: id, segment, day, bought.
        end: the last day.
    """
    bought = days.filter(days.bought > 0)
    each = bought.group_by("id", "segment").agg(
        frequency=bought.count() - 1, first=bought.day.min(), last=bought.day.max()
    )
    each = each.select("segment", "frequency", recency=each["last"] - each["first"], age=end - each["first"])
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


def _frame(found: Any) -> pd.DataFrame:
    frame: pd.DataFrame = fetched(found)
    return frame.set_index(["segment", "month"]).sort_index()
