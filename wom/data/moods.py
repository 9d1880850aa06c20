"""The last event of each customer, month by month: spells of moods, and the spending in them."""

from __future__ import annotations

import math
from typing import Any

from .extra import ibis


def last_events(experiences: Any, customers: Any) -> Any:
    """The last good or bad event of each customer and month: id, month, mood, since.

    Of several on one day the later moment counts, else the later row; in a database, whose rows have no order,
    the bad one. What lies before a customer joined or after they left sets no mood.
    """
    package = ibis()
    felt = experiences.filter(experiences.kind.isin(["good", "bad"]))
    felt = felt.mutate(bad=(felt.kind == "bad").cast("int64"))
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


def spending(lasting: Any, paid: Any, memory_months: float) -> Any:
    """Spending beside moods, one row per customer.

    a = e^(−(since + k)/memory) in the k-th month after a good event (k = 0 in its own), 0 else; b likewise after
    a bad one. The sums over a stretch of n months are those of a geometric series.

    Args:
        lasting: `stretches`.
        paid: id, month, pay: what a customer paid in a month.
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
    spans = lasting.select("id", "mood", "since", "start", stop=lasting.start + lasting.months)
    met = paid.inner_join(spans, "id")
    met = met.filter((met.month >= met.start) & (met.month < met.stop))
    weight = (-(met.since + (met.month - met.start)) / memory_months).exp()
    sums = met.group_by("id").agg(
        pay=met.pay.sum(),
        ay=package.ifelse(met.mood == "delighted", met.pay * weight, 0.0).sum(),
        by=package.ifelse(met.mood == "disappointed", met.pay * weight, 0.0).sum(),
    )
    # Who paid only while not followed paid nothing in these months, which counts as well.
    found = whole.semi_join(paid, "id").left_join(sums, "id")
    found = found.filter(found.months >= 2).mutate(
        **{name: found[name].fill_null(0.0) for name in ("pay", "ay", "by")}
    )
    zero = package.literal(0.0)
    return found.select(
        "segment", "pay", found.months.cast("float64").name("months"), "a", "b", "ay", "by", "aa",
        zero.name("ab"), "bb",
    )  # fmt: skip
