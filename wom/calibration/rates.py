"""Who comes, who stays, how many customers there are, and what they spend."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..units import MONTHS_PER_YEAR, Array
from . import intervals
from .estimate import Estimate, Found, Missing, inside
from .frames import columns, scopes

RECENT = MONTHS_PER_YEAR
"""Months at the end of the window that stand for today, where a trend or a season would mislead."""


def market(monthly: pd.DataFrame, contractual: bool = True) -> Found:
    """How many customers there are, how many come, and how many of those on a recommendation.

    customers = those at the start of the last month + new − lost; new customers per month over the last 12;
    referral_share = recommended/(recommended + other), of new customers whose source is known

    Args:
        monthly: index (segment, month); customers, new_customers, lost_customers, recommended, other.
        contractual: whether customers say when they leave.

    Returns:
        market.customers and market.new_customers_per_month for the business and each segment, and
        market.referral_share for the business.
    """
    found: list[Estimate | Missing] = []
    for segment, frame in scopes(monthly):
        found.append(_customers(frame, inside("market.customers", segment), contractual))
        found.append(_new_customers(frame, inside("market.new_customers_per_month", segment)))
    return (*found, _referral(next(frame for _, frame in scopes(monthly))))


def _customers(frame: pd.DataFrame, key: str, contractual: bool) -> Estimate | Missing:
    last = columns(frame.tail(1), ["customers", "new_customers", "lost_customers"])
    if not contractual:
        return Missing(key, "Customers do not say when they leave; see the inference from their purchases.")
    if last is None:
        return Missing(key, "There is no table of customers.")
    now = float(last[0, 0] + last[1, 0] - last[2, 0])
    return Estimate(key, now, now, now, "Counted at the end of the last month.", int(now))


def _new_customers(frame: pd.DataFrame, key: str) -> Estimate | Missing:
    new = columns(frame.tail(RECENT), ["new_customers"])
    if new is None:
        return Missing(key, "When customers joined is not known.")
    months = new.shape[1]
    factor = intervals.unevenness(new[0], np.full(months, new.mean()))
    how = f"New customers of the last {months} months, over months."
    ends = intervals.rate(new.sum(), months, factor)
    recent = intervals.later(new[0], np.ones(months), shares=False)
    if recent is not None:
        last = new[0, -intervals.HALF_YEAR :]
        ends = intervals.spanning(ends, intervals.rate(last.sum(), intervals.HALF_YEAR))
    said = " ".join(filter(None, (intervals.changed(recent), intervals.uneven(factor))))
    return Estimate.of(key, ends, how, int(new.sum()), said)


def _referral(frame: pd.DataFrame) -> Estimate | Missing:
    key = "market.referral_share"
    counted = columns(frame, ["recommended", "other"])
    if counted is None or counted.sum() <= 0:
        return Missing(key, "How new customers came is not known of any; ask them.")
    recommended, known = counted[0], counted.sum(axis=0)
    factor = intervals.unevenness_of_share(recommended, known)
    how = "Recommended ones over new customers whose source is known."
    note = "What customers say; who came on a recommendation might have come anyway."
    ends = intervals.share(recommended.sum(), known.sum(), factor)
    return Estimate.of(key, ends, how, int(known.sum()), f"{note} {intervals.uneven(factor)}".strip())


def retention(monthly: pd.DataFrame) -> Found:
    """Share of customers who stay from one month to the next.

    retention_rate = 1 − Σ lost/Σ customers at the month's start; months are the clusters (`intervals.share`).
    Where the last half year differs by more than chance the interval spans it as well (`intervals.later`).

    Args:
        monthly: index (segment, month); customers and lost_customers.

    Returns:
        retention.retention_rate for the business and each segment.
    """
    found: list[Estimate | Missing] = []
    for segment, frame in scopes(monthly):
        key = inside("retention.retention_rate", segment)
        counted = columns(frame, ["lost_customers", "customers"])
        if counted is None or counted[1].sum() <= 0:
            found.append(Missing(key, "When customers leave is not known."))
            continue
        lost, exposed = counted
        factor = intervals.unevenness_of_share(lost, exposed)
        ends = 1.0 - intervals.share(lost.sum(), exposed.sum(), factor)[::-1]
        recent = intervals.later(lost, exposed)
        if recent is not None:
            recent = 1.0 - recent[0], 1.0 - recent[1]
            part = slice(-intervals.HALF_YEAR, None)
            last = intervals.share(lost[part].sum(), exposed[part].sum())
            ends = intervals.spanning(ends, 1.0 - last[::-1])
        note = "Nobody left: the upper end is what chance allows." if lost.sum() == 0 else ""
        note = "Everybody left." if lost.sum() == exposed.sum() else note
        how = "One less those who left over customer-months."
        said = " ".join(filter(None, (note, intervals.changed(recent), intervals.uneven(factor))))
        found.append(Estimate.of(key, ends, how, int(exposed.sum()), said))
    return tuple(found)


def spend(monthly: pd.DataFrame, spending: pd.DataFrame | None = None) -> Found:
    """What a customer spends in a month, over the last 12 months.

    s = revenue/customer-months;   relative variance = that between customers (cluster-robust, whole window)
    + that between months for the shorter time

    Args:
        monthly: index (segment, month); revenue, net of refunds, and customers at the month's start.
        spending: one row per customer, `pay` and `months` (and `segment`); without it the interval is that of
            months alone, and says so.

    Returns:
        economics.spend_per_customer for the business and each segment.

    Source:
        Cochran 1977, Sampling techniques, chapter 6 (ratios).
    """
    customers = dict(scopes(spending)) if spending is not None and len(spending) else {}
    return tuple(_spend(frame, customers.get(segment), segment) for segment, frame in scopes(monthly))


def _spend(frame: pd.DataFrame, customers: pd.DataFrame | None, segment: str) -> Estimate | Missing:
    key = inside("economics.spend_per_customer", segment)
    counted = columns(frame, ["revenue", "customers"])
    if counted is None:
        return Missing(key, "It needs payments and, in each month, the number of customers.")
    counted = counted[:, counted[1] > 0]
    revenue, exposure = counted[:, -RECENT:]
    months, everything = len(exposure), counted.shape[1]
    if months == 0 or revenue.sum() <= 0:
        return Missing(key, "Nobody paid anything.")
    central = float(revenue.sum() / exposure.sum())
    of_months = ratio_variance(revenue, exposure)
    of_all = ratio_variance(*counted)
    of_customers, free = None, months - 1
    if customers is not None and len(customers) > 1:
        paid = columns(customers, ["pay", "months"])
        of_customers = None if paid is None or paid[0].sum() <= 0 else ratio_variance(*paid)
        free = len(customers) - 1
    note = ""
    if of_customers is None:
        note = "The interval is that of months: how far customers differ is not in it."
        variance = of_months
    else:
        variance = of_customers + (max(0.0, of_months - of_all) if months < everything else 0.0)
    if not np.isfinite(variance) or variance <= 0.0:
        return Missing(key, f"One month or one customer gives {central:.4g} and no idea how far off that is.")
    relative = float(np.sqrt(variance)) * intervals.wider(max(free, 1))
    how = f"Revenue of the last {months} months over customer-months."
    return Estimate.of(key, intervals.log_scale(central, relative), how, int(exposure.sum()), note)


def ratio_variance(top: Array, bottom: Array) -> float:
    """Relative variance of a ratio of sums whose terms are independent; nan for one term.

    Args:
        top, bottom: the terms, shape (n,).
    """
    if len(top) < 2:
        return float("nan")
    gap = top - bottom * (top.sum() / bottom.sum())
    return float((gap**2).sum() * len(top) / (len(top) - 1) / top.sum() ** 2) if top.sum() > 0 else float("nan")
