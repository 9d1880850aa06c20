"""The mood of a customer on a day: how likely they feel delighted or disappointed, from their contacts so far.

Customers are compared whose contacts came on the same dates and differ only in how these went. What everybody
shares, such as a calendar, a contract, a price or how long they have been customers, and what goes with being in
contact or with answering, cancels then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from ..data.description import Corrections
from ..draws import quantile
from ..parameters import QUANTITIES, Quantity, Range, Value, central
from ..units import Array
from ..words import percent

if TYPE_CHECKING:
    from ..data import Tables
Whole = NDArray[np.int64]

KINDS = ("neutral", "good", "bad", "recovered")
NEUTRAL, GOOD, BAD, RECOVERED = range(4)

DAYS = 365.25 / 12.0
"""Of a month."""

RECENCY = (30, 91, 183, 365)
"""Days since the last contact of any kind that end the classes of recency; then more, then none seen."""
NONE_SEEN = len(RECENCY) + 1
TENURE = (91, 183, 365, 730)
"""Days since joining that end the classes of tenure; then more."""

_FAR = 1 << 32
"""More than any day, so that a customer and a day make one number."""


@dataclass(frozen=True)
class Histories:
    """Customers followed from day to day, and their contacts by customer and day; days are numbers, inclusive."""

    first: int
    last: int
    """Days of the window."""
    joined: Array
    """Day each customer joined on, nan where not known; before the window for those who were there."""
    end: Whole
    """Last day followed: on which they left, or the window's last."""
    left: NDArray[np.bool_]
    who: Whole
    """Of each contact, the customer's place, rising."""
    day: Whole
    kind: Whole
    """Of each contact, place in KINDS."""
    segment: Whole
    begin: Whole | None = None
    """First day followed; by default the day of joining, or the window's first."""

    @property
    def size(self) -> int:
        """Customers."""
        return len(self.end)

    @cached_property
    def start(self) -> Whole:
        """First day followed."""
        joined = np.where(np.isfinite(self.joined), self.joined, self.first)
        begin = np.maximum(joined, self.first).astype(np.int64)
        return begin if self.begin is None else np.maximum(begin, self.begin)

    @cached_property
    def before(self) -> NDArray[np.bool_]:
        """Who was a customer when the window began."""
        return np.asarray(~(self.joined >= self.first))

    @cached_property
    def key(self) -> Whole:
        """Customer and day of each contact as one number."""
        return self.who * _FAR + self.day

    @cached_property
    def months(self) -> float:
        """Customer-months followed."""
        return float(np.maximum(self.end - self.start + 1, 0).sum()) / DAYS

    def followed(self, who: Whole, day: Whole) -> NDArray[np.bool_]:
        """Whether these customers were followed on these days."""
        return np.asarray((day >= self.start[who]) & (day <= self.end[who]))

    def since(self, who: Whole, day: Whole) -> Array:
        """Days since the last contact before a day, inf where none is seen."""
        place = before(self.key, who, day)
        return np.where(place >= 0, day - np.append(self.day, 0)[place], np.inf)

    def recency(self, who: Whole, day: Whole) -> Whole:
        """Class of the time since the last contact, 0 to NONE_SEEN."""
        return np.searchsorted([*RECENCY, _FAR], self.since(who, day))

    def tenure(self, who: Whole, day: Whole) -> Whole:
        """Class of the time since joining, 0 to len(TENURE); the longest where it is not known."""
        return np.searchsorted(TENURE, day - self.joined[who])  # which places nan last

    def subset(self, chosen: NDArray[np.bool_]) -> Histories:
        """Some of the customers, with their contacts."""
        place = np.cumsum(chosen) - 1
        kept = chosen[self.who]
        return Histories(
            self.first, self.last, self.joined[chosen], self.end[chosen], self.left[chosen],
            place[self.who[kept]], self.day[kept], self.kind[kept], self.segment[chosen],
            None if self.begin is None else self.begin[chosen],
        )  # fmt: skip


def before(key: Whole, who: Whole, day: Whole) -> Whole:
    """Place of the last event of a customer before a day, −1 where there is none; `key` as of `Histories`."""
    if not len(key):
        return np.full(len(who), -1)
    place = np.searchsorted(key, who * _FAR + day) - 1
    return np.where((place >= 0) & (key[place] // _FAR == who), place, -1)


@dataclass(frozen=True)
class Rule:
    """What a contact does to a mood."""

    offset: float = 1.0
    asks: bool = False
    unseen: tuple[float, float] = (0.0, 0.0)


PLAIN = Rule()
"""Every contact is in the table, and what was put right changes nothing."""


class Places(NamedTuple):
    """Days of customers, each with the last event before it (−1 where none is) and the months since."""

    event: Whole
    who: Whole
    months: Array


@dataclass(frozen=True)
class Course:
    """The mood of each customer over time.

    Just after a contact (a₊, a₋) = keep·(before) + set; x months later, with θ = 1/τ + r₊ + r₋ and π = r/θ of what
    is unseen, a ← a·e^(−θx) + (1 − e^(−θx))·π. Who was there before the window starts at the stationary
    r_k/(1/τ + r₊ + r₋) of all experiences, who joins later at 0. A contact counts from the day after it.
    """

    histories: Histories
    rule: Rule
    who: Whole
    day: Whole
    keep: Array
    set: Array
    """Shape (2, events)."""
    rates: Array
    """Of all good and disappointing experiences a month, seen and unseen, shape (2,)."""
    key: Whole = field(repr=False)

    def locate(self, who: Whole, day: Whole) -> Places:
        """What stands before these days, for any memory."""
        place = before(self.key, who, day)
        history = self.histories
        begun = np.where(place >= 0, np.append(self.day, 0)[place], history.start[who])
        return Places(place, who, (day - begun) / DAYS)

    def _limits(self, memory: float) -> tuple[float, Array, Array]:
        """θ, where a mood goes to (π, shape (2, 1)), and each customer's on the first day, (2, customers)."""
        theta = 1.0 / memory + sum(self.rule.unseen)
        stationary = self.rates / (1.0 / memory + self.rates.sum())
        begins = np.where(self.histories.before, stationary[:, np.newaxis], 0.0)
        return theta, np.array(self.rule.unseen)[:, np.newaxis] / theta, begins

    def after(self, memory: float) -> Array:
        """Mood just after each event, shape (2, events): a linear recurrence within each customer.

        An event that keeps nothing starts a run; the k-th events of all runs are computed at once.
        """
        found = self.set.copy()
        carried = np.flatnonzero(self.keep > 0)
        if not len(carried):
            return found
        theta, rest, begins = self._limits(memory)
        first = np.append(True, self.who[1:] != self.who[:-1])
        order = np.arange(len(self.who))
        anchor = np.maximum.accumulate(np.where(self.keep == 0, order, np.where(first, order - 1, -1)))
        depth = (order - anchor)[carried]
        gap = np.where(first, self.day - self.histories.start[self.who], np.diff(self.day, prepend=0)) / DAYS
        fades = np.exp(-theta * gap)
        by_depth = np.argsort(depth, kind="stable")
        for part in np.split(carried[by_depth], np.flatnonzero(np.diff(depth[by_depth])) + 1):
            old = np.where(first[part], begins[:, self.who[part]], found[:, part - 1])
            old = rest + (old - rest) * fades[part]
            found[:, part] += self.keep[part] * old
        return found

    def at(self, places: Places, memory: float, excess: tuple[float, float] = (0.0, 0.0)) -> Array:
        """The mood on the days of `places`, of those who are still there, shape (2, days).

        Who leaves sooner while in a mood and is still there is less likely to feel it: with the excess hazard
        x = (H − 1)·λ, A = e^(−(θ+x)t) and B = θ/(θ+x)·(1 − A), a = a₀A/(a₀A + a₀B + 1 − a₀), where a₀ is the mood
        after the last event.
        """
        after, (theta, rest, begins) = self.after(memory), self._limits(memory)
        begins = begins[:, places.who]
        old = np.where(places.event >= 0, after[:, places.event], begins) if after.size else begins
        if excess == (0.0, 0.0):
            return np.asarray(rest + (old - rest) * np.exp(-theta * places.months))
        away = theta + np.maximum(np.array(excess), -0.9 * theta)[:, np.newaxis]
        feels = old * np.exp(-away * places.months)
        no_more = old * theta / away * -np.expm1(-away * places.months) + 1.0 - old
        fresh = rest * -np.expm1(-theta * places.months)
        return np.asarray(feels / (feels + no_more) + fresh)


def course(histories: Histories, rule: Rule = PLAIN) -> Course:
    """Moods as the contacts set them."""
    kind = histories.kind
    if rule.asks:
        kept, keep = np.ones(len(kind), bool), np.zeros(len(kind))
    else:
        kept = (kind == GOOD) | (kind == BAD) | ((kind == RECOVERED) & (rule.offset < 1.0))
        keep = np.where(kind == RECOVERED, rule.offset, 0.0)
    sets = np.array([kind == GOOD, (kind == BAD) + (1.0 - keep) * (kind == RECOVERED)], dtype=np.float64)
    rates = sets.sum(axis=1) / max(histories.months, 1e-9) + np.array(rule.unseen)
    who, day = histories.who[kept], histories.day[kept]
    return Course(histories, rule, who, day, keep[kept], sets[:, kept], rates, who * _FAR + day)


def expected(histories: Histories, rule: Rule, weight: Array) -> Course:
    """Moods as the dates of contacts alone predict them: each contact is what contacts are on average.

    a* ← g·1 + (1 − g − b − (1−ω)r)·a*, likewise b; g, b and r weighted by customer, such as by what they spend
    """
    heavy = weight[histories.who]
    part = np.bincount(histories.kind, heavy, minlength=4) / max(float(heavy.sum()), 1e-300)
    put_right = part[RECOVERED] if rule.asks else (1.0 - rule.offset) * part[RECOVERED]
    sets = np.array([part[GOOD], part[BAD] + put_right])
    keep = np.full(len(histories.kind), 0.0 if rule.asks else 1.0 - sets.sum())
    every = np.repeat(sets[:, np.newaxis], len(keep), axis=1)
    return Course(histories, rule, histories.who, histories.day, keep, every, course(histories, rule).rates,
                  histories.key)  # fmt: skip


# --- customers day by day, from tables ------------------------------------------------------------------------


CUSTOMERS = 100_000
"""Customers that are followed at most; of more, one in so many by the order of their ids."""
ENOUGH = 0.9
"""Share of contacts that answers must hold to pass for all."""
OFFSET, CONTACTS = "experience.recovery_offset", "experience.contacts_per_month"

_RULES = 5
"""Rules that stand for ranges of what was stated."""
_RULING = (
    OFFSET, CONTACTS, "experience.good_share", "experience.bad_share", "answer_good", "answer_bad",
    "answer_recovered", "asked_for_a_ten",
)  # fmt: skip
"""What a rule hangs on."""

UNTOLD = (
    "Answers hold {} of the contacts; tell experience.contacts_per_month in the business file, and corrections."
    "answer_good and answer_bad with the tables, else unseen experiences dilute what is found."
)


@dataclass(frozen=True)
class Bills:
    """Payments, one row per customer and day, sorted by both."""

    who: Whole
    day: Whole
    amount: Array

    @property
    def gap(self) -> Array:
        """Days since the customer's last one, nan for the first."""
        same = self.who[1:] == self.who[:-1]
        return np.append(np.nan, np.where(same, np.diff(self.day), np.nan))[: len(self.who)]

    def subset(self, chosen: NDArray[np.bool_]) -> Bills:
        """Those of some of the customers."""
        place, kept = np.cumsum(chosen) - 1, chosen[self.who]
        return Bills(place[self.who[kept]], self.day[kept], self.amount[kept])


@dataclass(frozen=True)
class Followed:
    """Customers with what they experienced and paid."""

    histories: Histories
    paid: Bills | None
    segments: tuple[str, ...]
    said: str = ""
    """How they were drawn, if not all are followed."""

    @property
    def people(self) -> pd.DataFrame:
        """What each experienced and paid in the months followed, one row per customer.

        Columns segment, months, contacts and those of KINDS, and pay: nan of who never paid.
        """
        known, paid = self.histories, self.paid
        months = np.maximum(known.end - known.start + 1, 0) / DAYS
        frame = pd.DataFrame({"segment": np.array(self.segments, dtype=object)[known.segment], "months": months})
        for place, name in enumerate(KINDS):
            frame[name] = np.bincount(known.who[known.kind == place], minlength=known.size)
        frame["contacts"] = frame[list(KINDS)].sum(axis=1)
        frame["pay"] = np.nan
        if paid is not None:
            pay = np.bincount(paid.who, paid.amount * known.followed(paid.who, paid.day), known.size)
            frame["pay"] = np.where(np.bincount(paid.who, minlength=known.size) > 0, pay, np.nan)
        some: pd.DataFrame = frame[months > 0]
        return some


def followed(tables: Tables) -> Followed:
    """Customers of the tables, followed while they were customers.

    Where they do not say when they leave they are followed between their first and last purchase.
    """
    from ..data.store import fetched  # late: packages that nothing else needs

    first, last = tables.span.first_day, tables.span.last_day
    whom, said = _customers(tables)
    customers, ids = fetched(whom.order_by("who")), whom.select("id", "who")
    segments, count = tuple(sorted(set(customers["segment"]))), len(customers)
    joined, left = (
        customers[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("joined_day", "left_day")
    )
    gone, paid, begin = np.isfinite(left), None, None
    end = np.where(gone, left, last).astype(np.int64)
    if "payments" in tables.names:
        rows = tables._events("payments").inner_join(ids, "id")
        bills = fetched(rows.group_by("who", "day").agg(amount=rows.amount.sum()).order_by("who", "day"))
        payer, paid_on = (bills[name].to_numpy(dtype=np.int64) for name in ("who", "day"))
        paid = Bills(payer, paid_on, bills["amount"].to_numpy(dtype=np.float64))
        if not tables.contractual:
            begin, end, gone = np.full(count, last + 1), np.full(count, last), np.zeros(count, bool)
            np.minimum.at(begin, paid.who, paid.day + 1)
            end[paid.who] = paid.day - 1  # sorted by day, so that the last one stays
    who = day = kind = np.empty(0, np.int64)
    if "experiences" in tables.names:
        events = tables._events("experiences")
        code = events.kind.cases(*((name, place) for place, name in enumerate(KINDS)), else_=0).cast("int64")
        rows = events.select("id", "day", "moment", "line", code=code).inner_join(ids, "id")
        found = fetched(rows.order_by("who", "day", "moment", "line", "code").select("who", "day", "code"))
        who, day, kind = (found[name].to_numpy(dtype=np.int64) for name in ("who", "day", "code"))
    place = np.searchsorted(segments, customers["segment"].to_numpy(dtype=str)).astype(np.int64)
    known = Histories(first, last, joined, end, gone, who, day, kind, place, begin)
    inside = known.followed(who, day)
    return Followed(replace(known, who=who[inside], day=day[inside], kind=kind[inside]), paid, segments, said)


def _customers(tables: Tables) -> tuple[Any, str]:
    """An expression of who (from 0 in the order of ids), id, segment, joined_day and left_day."""
    from ..data.store import fetched, ibis

    package = ibis()
    if tables.members is not None:
        rows = tables._customers("moods").select("id", "segment", "joined_day", "left_day")
    else:
        rows, null = tables._by_customer(tables._events("payments")), package.null("int64")
        rows = rows.select("id", "segment").distinct().mutate(joined_day=null, left_day=null)
    step = -(-int(fetched(rows.count())) // CUSTOMERS)
    place = package.row_number().over(package.window(order_by=rows.id)).cast("int64")
    numbered = rows.mutate(who=place)
    if step <= 1:
        return numbered, ""
    some = numbered.filter(numbered.who % step == 0)
    return some.mutate(who=(some.who / step).floor().cast("int64")), (
        f"Moods are compared in one of {step} customers, taken evenly."
    )


def quantity_of(name: str) -> Quantity:
    """What is known of a figure of the business or of a correction: its bounds, and the scale of its ranges."""
    quantity: Quantity = QUANTITIES.get(name) or Corrections.model_fields[name].metadata[0]
    return quantity


def rule_of(histories: Histories, covers: str, corrections: Corrections, given: Mapping[str, Value]) -> Rule | str:
    """What a contact does to a mood, or why that cannot be said.

    A survey that is answered within a few weeks of a year asks how somebody likes the business. Of others, what
    nobody answered happened all the same: with contacts c a month and the chances to answer in proportion to
    those stated, unseen = c·share − answers a month. Between the answers of the other kind experiences go on,
    by the business's own figures.
    """
    offset = central(given.get(OFFSET, 1.0))
    contacts = given.get(CONTACTS)
    if covers != "survey":
        return Rule(offset)
    if _few_days(histories):
        told = [given.get(f"experience.{name}") for name in ("good_share", "bad_share")]
        if contacts is None or None in told:
            return Rule(offset, asks=True)
        good, bad = (central(contacts) * central(part) for part in told if part is not None)
        return Rule(offset, True, (good, bad))
    seen = np.bincount(histories.kind, minlength=len(KINDS)) / max(histories.months, 1e-9)
    if contacts is None:
        return UNTOLD.format("an unknown part")
    held = float(seen.sum()) / central(contacts)
    if held >= ENOUGH:
        return Rule(offset)
    well, badly = corrections.answer_good, corrections.answer_bad
    if well is None or badly is None:
        return UNTOLD.format(percent(held))
    put_right = badly if corrections.answer_recovered is None else corrections.answer_recovered
    likely = np.array([1.0, central(well), central(badly), central(put_right)])
    likely[1] /= 1.0 - central(corrections.asked_for_a_ten or 0.0)
    true = seen / likely * (central(contacts) / float((seen / likely).sum()))
    unseen = np.maximum(true - seen, 0.0)
    return Rule(offset, unseen=(float(unseen[GOOD]), float(unseen[BAD] + (1.0 - offset) * unseen[RECOVERED])))


def _few_days(histories: Histories) -> bool:
    """Whether four in five contacts fall within six weeks of a year, as answers to a yearly survey do."""
    if len(histories.day) < 50:
        return False
    counts = np.sort(np.bincount((histories.day - histories.day.min()) // 7))[::-1]
    weeks = int(np.searchsorted(np.cumsum(counts), 0.8 * counts.sum())) + 1
    return weeks <= 6.0 * max((histories.last - histories.first + 1) / 365.2425, 1.0)


def rules_of(
    histories: Histories, covers: str, corrections: Corrections, given: Mapping[str, Value], seed: int = 0
) -> tuple[Rule, ...] | str:
    """Rules as ranges of what was stated allow them, equally likely; one where nothing stated is a range.

    Strata of each range in an order of its own (Latin hypercube).
    """
    middle = rule_of(histories, covers, corrections, given)
    if isinstance(middle, str):
        return middle
    spans = {
        name: one for name, one in (*corrections, *given.items()) if isinstance(one, Range) and name in _RULING
    }
    random, scores = np.random.default_rng(seed), ndtri((np.arange(_RULES) + 0.5) / _RULES)
    scores /= scores.std()
    values = {name: quantile(one, quantity_of(name), random.permutation(scores)) for name, one in spans.items()}
    found = []
    for place in range(_RULES if spans else 0):
        drawn = {name: float(value[place]) for name, value in values.items()}
        stated = corrections.model_copy(update={name: drawn[name] for name in drawn if "." not in name})
        one = rule_of(histories, covers, stated, {**given, **drawn})
        found.append(middle if isinstance(one, str) else one)
    return tuple(found) if len(set(found)) > 1 else (middle,)
