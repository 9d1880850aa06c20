"""The last event of each customer, month by month: spells of moods, and the spending in them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .casting import bit
from .store import ibis

HALF = 0.5
"""Of a month: from its start to the day on which somebody leaves in it, on average."""

_SOME = 0.05
"""Share of those who leave before a month's last day, above which leaving is known by day."""


def by_day(days: NDArray[Any], count: NDArray[Any]) -> bool:
    """Whether more than one in twenty of those who left did so before a month's last day.

    Args:
        days: since 1970.
        count: customers who left on each.
    """
    dates = np.asarray(days, dtype=np.int64).astype("datetime64[D]")
    within = (dates + 1).astype("datetime64[M]") == dates.astype("datetime64[M]")
    return bool(np.sum(count[within]) > _SOME * max(np.sum(count), 1))


def month_before(customers: Any) -> Any:
    """Followed from the end of the month they joined in, and gone at the end of the month before they left."""
    first = ibis().ifelse(customers.before, customers.begin, customers.begin - 1)
    return customers.mutate(begin=first, end=customers.end - 1)


def whole_months(customers: Any) -> Any:
    """Followed to the end of the month before they left, the last that is whole."""
    return customers.mutate(end=customers.end - customers.gone.cast("int64"))


def last_events(experiences: Any, customers: Any) -> Any:
    """The last good or bad event of each customer and month: id, month, mood, since.

    Of several on one day the later moment counts, else the later row; in a database, whose rows have no order,
    the bad one. What lies before a customer joined or after they left sets no mood.
    """
    package = ibis()
    felt = experiences.filter(experiences.kind.isin(["good", "bad"]))
    felt = felt.mutate(bad=bit(felt.kind == "bad"))
    placed = felt.inner_join(customers.select("id", "joined_day", "left_day"), "id")
    inside = (placed.joined_day.isnull() | (placed.day >= placed.joined_day)) & (
        placed.left_day.isnull() | (placed.day <= placed.left_day)
    )
    felt = placed.filter(inside).select("id", "day", "month", "moment", "line", "bad", "since")
    window = package.window(
        group_by=[felt.id, felt.month],
        order_by=[felt.day.desc(), felt.moment.desc(), felt.line.desc(), felt.bad.desc()],
    )
    ranked = felt.mutate(place=package.row_number().over(window))
    last = ranked.filter(ranked.place == 0)
    mood = package.ifelse(last.bad == 1, "disappointed", "delighted")
    return last.select("id", "month", mood=mood, since=last.since)


def stretches(events: Any | None, customers: Any) -> Any:
    """How long each customer stood after each last event: id, segment, mood, since, start, months, left.

    `since` is from the event to the end of the month `start`. Who joined in the window stands content from the
    first month in which they are followed; who stood there before it, from their first event.
    """
    package = ibis()
    kept = customers.filter(customers.begin <= customers.end)
    kept = kept.select("id", "segment", "before", "begin", "end", "gone")
    arrivals = kept.filter(~kept.before)
    parts = arrivals.select(
        "id", "segment", "begin", "end", "gone",
        mood=package.literal("content"), since=package.null("float64"), start=arrivals.begin.cast("int64"),
        month=(arrivals.begin - 1).cast("int64"), rank=package.literal(0, "int64"),
    )  # fmt: skip
    if events is not None:
        joined = events.inner_join(kept, "id")
        joined = joined.filter(joined.month <= joined.end)
        start = package.greatest(joined.month, joined.begin).cast("int64")
        felt = joined.mutate(start=start)
        felt = felt.select(
            "id", "segment", "begin", "end", "gone", "mood",
            since=felt.since + (felt.start - felt.month), start=felt.start,
            month=felt.month.cast("int64"), rank=package.literal(1, "int64"),
        )  # fmt: skip
        parts = parts.union(felt.select(*parts.columns))
    window = package.window(group_by=parts.id, order_by=[parts.month, parts["rank"]])
    following = parts.mutate(next=parts.start.lead().over(window))
    stop = package.least(following.next.fill_null(following.end + 1) - 1, following.end)
    lasting = following.mutate(months=stop - following.start + 1, left=following.next.isnull() & following.gone)
    return lasting.filter(lasting.months >= 1).select("id", "segment", "mood", "since", "start", "months", "left")


def spells(lasting: Any) -> Any:
    """`stretches`, counted: segment, mood, months, left, since, count."""
    keys = ["segment", "mood", "months", "left"]
    counted = lasting.group_by(keys).agg(since=lasting.since.mean(), count=lasting.count())
    return counted.select("segment", "mood", "months", "left", "since", "count").order_by(keys)


def levelled(paid: Any, level: Mapping[int, float]) -> Any:
    """Payments by customer and month over how much everybody spends in that month.

    Args:
        paid: id, month, pay.
        level: by the month's number; above 0.
    """
    if not level:
        return paid
    by = paid.month.cases(*((month, ibis().literal(float(over))) for month, over in level.items()), else_=1.0)
    return paid.mutate(pay=paid.pay / by)


def after_own_month(lasting: Any) -> Any:
    """`stretches` without the months of the events themselves."""
    after = ibis().ifelse(lasting.mood == "content", 0, 1)
    later = lasting.mutate(since=lasting.since + after, start=lasting.start + after, months=lasting.months - after)
    return later.filter(later.months >= 1)


def met(lasting: Any, paid: Any) -> Any:
    """Payments beside the last event before them: id, mood, age (months since it), pay.

    Args:
        lasting: `stretches`.
        paid: id, month, pay: what a customer paid in a month.
    """
    spans = lasting.select("id", "mood", "since", "start", stop=lasting.start + lasting.months)
    both = paid.inner_join(spans, "id")
    both = both.filter((both.month >= both.start) & (both.month < both.stop))
    return both.select("id", "mood", age=both.since + (both.month - both.start), pay=both.pay)


def spending(lasting: Any, met: Any, payers: Any, memory_months: float) -> Any:
    """Spending beside moods, one row per customer.

    a = e^(−(since + k)/memory) in the k-th month after a good event (k = 0 in its own), 0 else; b likewise after
    a bad one. The sums over a stretch of n months are those of a geometric series.

    Args:
        lasting: `stretches`.
        met: as above.
        payers: id of who ever paid. Who paid only while not followed paid nothing in these months, and counts too.
        memory_months: of moods.
    """
    package = ibis()

    def series(power: float) -> Any:
        step = math.exp(-power / memory_months)
        start = (lasting.since * (-power / memory_months)).exp()
        months = (lasting.months.cast("float64") * (-power / memory_months)).exp()
        return start * (1 - months) / (1 - step)

    def only(mood: str, value: Any) -> Any:
        return package.ifelse(lasting.mood == mood, value, 0.0)

    whole = lasting.group_by("id", "segment").agg(
        months=lasting.months.sum(),
        a=only("delighted", series(1)).sum(),
        b=only("disappointed", series(1)).sum(),
        aa=only("delighted", series(2)).sum(),
        bb=only("disappointed", series(2)).sum(),
    )
    felt = met.pay * (-met.age / memory_months).exp()
    sums = met.group_by("id").agg(
        pay=met.pay.sum(),
        ay=package.ifelse(met.mood == "delighted", felt, 0.0).sum(),
        by=package.ifelse(met.mood == "disappointed", felt, 0.0).sum(),
    )
    found = whole.semi_join(payers, "id").left_join(sums, "id")
    found = found.filter(found.months >= 2).mutate(
        **{name: found[name].fill_null(0.0) for name in ("pay", "ay", "by")}
    )
    zero = package.literal(0.0)
    return found.select(
        "segment", "pay", found.months.cast("float64").name("months"), "a", "b", "ay", "by", "aa",
        zero.name("ab"), "bb",
    )  # fmt: skip


def between_payments(paid: Any) -> Any:
    """Customers who do not say when they leave, followed between their first and last month with a purchase.

    Args:
        paid: id, segment, month, bought: how often, of customers and months.
    """
    package, bought = ibis(), paid.filter(paid.bought > 0)
    each = bought.group_by("id", "segment").agg(first=bought.month.min(), last=bought.month.max())
    null = package.null("int64")
    return each.select(
        "id", "segment", joined_day=null, left_day=null, before=package.literal(True),
        begin=each["first"] + 1, end=each["last"] - 1, gone=package.literal(False),
    )  # fmt: skip
