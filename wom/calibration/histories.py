"""Customers day by day from one's own tables: whom to follow, their contacts and their payments, as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .. import evidence
from ..parameters import Range, Value, central
from ..units import Array
from ..words import percent
from .contacts import Corrections
from .estimate import Estimate, Found, Missing, cautioned
from .leaving import MEMORY, RATIOS, Leaving, few_days, leaving, memory_prior, refused
from .moods import BAD, DAYS, GOOD, KINDS, RECOVERED, Histories, Rule
from .spending import KEYS, Bills, effect, spending

if TYPE_CHECKING:
    from ..data import Tables

CUSTOMERS = 100_000
"""Customers that are followed at most; of more, one in so many by the order of their ids."""
ENOUGH = 0.9
"""Share of contacts that answers must hold to pass for all."""
OFFSET, CONTACTS = "experience.recovery_offset", "experience.contacts_per_month"

BETWEEN = (
    "What happened between the answers is not seen: a little too near to no difference, unless the business file "
    "gives contacts_per_month, good_share and bad_share."
)
UNTOLD = (
    "Answers hold {} of the contacts; tell experience.contacts_per_month in the business file, and corrections."
    "answer_good and answer_bad with the tables, else unseen experiences dilute what is found."
)


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
        """What each paid while followed, one row per customer who ever paid: segment, pay, months."""
        known, paid = self.histories, self.paid
        if paid is None:
            return pd.DataFrame(columns=["segment", "pay", "months"])
        months = np.maximum(known.end - known.start + 1, 0) / DAYS
        inside = (paid.day >= known.start[paid.who]) & (paid.day <= known.end[paid.who])
        frame = pd.DataFrame(
            {
                "segment": np.array(self.segments, dtype=object)[known.segment],
                "pay": np.bincount(paid.who[inside], paid.amount[inside], known.size),
                "months": months,
            }
        )
        some: pd.DataFrame = frame[(np.bincount(paid.who, minlength=known.size) > 0) & (months > 0)]
        return some


def followed(tables: Tables) -> Followed:
    """Customers of the tables, followed while they were customers.

    Where they do not say when they leave they are followed between their first and last purchase.

    Raises:
        InputError: neither customers nor payments are known.
    """
    from ..data.store import fetched  # late: packages that nothing else needs

    first, last = tables.span.first_day, tables.span.last_day
    whom, said = _customers(tables)
    customers = fetched(whom.order_by("who"))
    segments, count = tuple(sorted(set(customers["segment"]))), len(customers)
    paid = _paid(tables, whom) if "payments" in tables.names else None
    joined = customers["joined_day"].to_numpy(dtype=np.float64, na_value=np.nan)
    left = customers["left_day"].to_numpy(dtype=np.float64, na_value=np.nan)
    begin, gone = None, np.isfinite(left)
    end = np.where(gone, left, last).astype(np.int64)
    if not tables.contractual and paid is not None:
        begin, end, gone = np.full(count, last + 1), np.full(count, last), np.zeros(count, bool)
        np.minimum.at(begin, paid.who, paid.day + 1)
        end[paid.who] = paid.day - 1  # sorted by day, so that the last one stays
    who, day, kind = _contacts(tables, whom)
    place = np.searchsorted(segments, customers["segment"].to_numpy(dtype=str)).astype(np.int64)
    known = Histories(first, last, joined, end, gone, who, day, kind, place, begin)
    inside = (day >= known.start[who]) & (day <= known.end[who])
    known = Histories(first, last, joined, end, gone, who[inside], day[inside], kind[inside], place, begin)
    return Followed(known, paid, segments, said)


def _customers(tables: Tables) -> tuple[Any, str]:
    """An expression of who (from 0 in the order of ids), id, segment, joined_day and left_day."""
    from ..data.store import fetched, ibis

    package = ibis()
    if tables.members is not None:
        rows = tables._customers("moods").select("id", "segment", "joined_day", "left_day")
    else:
        rows = tables._by_customer(tables._events("payments")).select("id", "segment").distinct()
        null = package.null("int64")
        rows = rows.mutate(joined_day=null, left_day=null)
    step = -(-int(fetched(rows.count())) // CUSTOMERS)
    place = package.row_number().over(package.window(order_by=rows.id)).cast("int64")
    numbered = rows.mutate(who=place)
    if step <= 1:
        return numbered, ""
    some = numbered.filter(numbered.who % step == 0)
    return some.mutate(who=(some.who / step).floor().cast("int64")), (
        f"Moods are compared in one of {step} customers, taken evenly."
    )


def _contacts(tables: Tables, whom: Any) -> tuple[Any, Any, Any]:
    from ..data.store import fetched

    if "experiences" not in tables.names:
        return (np.empty(0, np.int64),) * 3
    events = tables._events("experiences")
    code = events.kind.cases(*((name, place) for place, name in enumerate(KINDS)), else_=0).cast("int64")
    rows = events.select("id", "day", "moment", "line", code=code).inner_join(whom.select("id", "who"), "id")
    found = fetched(rows.order_by("who", "day", "moment", "line", "code").select("who", "day", "code"))
    return tuple(found[name].to_numpy(dtype=np.int64) for name in ("who", "day", "code"))


def _paid(tables: Tables, whom: Any) -> Bills:
    from ..data.store import fetched

    rows = tables._events("payments").inner_join(whom.select("id", "who"), "id")
    found = fetched(rows.group_by("who", "day").agg(amount=rows.amount.sum()).order_by("who", "day"))
    amount: Array = found["amount"].to_numpy(dtype=np.float64)
    return Bills(found["who"].to_numpy(dtype=np.int64), found["day"].to_numpy(dtype=np.int64), amount)


@dataclass(frozen=True)
class Compared:
    """What customers followed by day say of moods."""

    found: Found
    people: pd.DataFrame
    """As of `Followed`."""
    leaving: Leaving | None = None


def compared(
    tables: Tables,
    corrections: Corrections,
    given: Mapping[str, Value],
    customer_type: str = "consumer",
    seed: int = 0,
) -> Compared:
    """How mood goes with leaving and with spending, as far as the tables tell."""
    whom = followed(tables)
    if "experiences" not in tables.names:
        return Compared((), whom.people)
    known: dict[str, Value] = {**evidence.defaults(customer_type), **given}
    covers = tables.description.experiences.covers if tables.description.experiences else "all"
    rule = rule_of(whom.histories, covers, corrections, {OFFSET: known.get(OFFSET, 1.0), **given})
    memory = known[MEMORY]
    priors = {MEMORY: memory if isinstance(memory, Range) else Range(memory, memory, memory)}
    for key in RATIOS:
        value = known[key]
        priors[key] = value if isinstance(value, Range) else evidence.defaults(customer_type)[key]
    paid, left = whom.paid, None
    found: list[Estimate | Missing] = []
    if tables.contractual:
        if isinstance(rule, str):
            left = refused(rule, priors[MEMORY])
        else:
            payments = None if paid is None else (paid.who, paid.day)
            left = leaving(whom.histories, priors, rule, payments, seed)
        found += left.found
    if paid is not None:
        draws = left.memory if left else memory_prior(priors[MEMORY], np.random.default_rng(seed))
        spent = rule if isinstance(rule, str) else effect(whom.histories, paid, draws, rule, seed)
        found += spending(spent, customer_type, given)
    said = whom.said
    if isinstance(rule, Rule) and rule.asks and not sum(rule.unseen):
        said = f"{said} {BETWEEN}".strip()
    names = [key.split(".")[-1] for key in (*RATIOS, *KEYS)]
    return Compared(cautioned(found, said, names), whom.people, left)


def rule_of(histories: Histories, covers: str, corrections: Corrections, given: Mapping[str, Value]) -> Rule | str:
    """What a contact does to a mood, or why that cannot be said.

    A survey that is answered within a few weeks of a year asks how somebody likes the business. Of others, what
    nobody answered happened all the same: with contacts c a month and the chances to answer in proportion to
    those stated, unseen = c·share − answers a month. Between the answers of the other kind experiences go on,
    by the business's own figures.
    """
    offset = central(given.get(OFFSET, 1.0))
    contacts = given.get(CONTACTS)
    if covers == "survey" and few_days(histories):
        told = [given.get(f"experience.{name}") for name in ("good_share", "bad_share")]
        if contacts is None or None in told:
            return Rule(offset, asks=True)
        rates = [central(contacts) * central(share) for share in told if share is not None]
        return Rule(offset, True, (rates[0], rates[1]))
    if covers != "survey":
        return Rule(offset)
    seen = np.bincount(histories.kind, minlength=len(KINDS)) / max(histories.months, 1e-9)
    if contacts is None:
        return UNTOLD.format("an unknown part")
    held = float(seen.sum()) / central(contacts)
    if held >= ENOUGH:
        return Rule(offset)
    good, bad = corrections.answer_good, corrections.answer_bad
    if good is None or bad is None:
        return UNTOLD.format(percent(held))
    likely = np.array([1.0, central(good), central(bad), central(bad)])
    likely[1] /= 1.0 - central(corrections.asked_for_a_ten or 0.0)
    true = seen / likely * (central(contacts) / float((seen / likely).sum()))
    unseen = np.maximum(true - seen, 0.0)
    return Rule(offset, unseen=(float(unseen[GOOD]), float(unseen[BAD] + (1.0 - offset) * unseen[RECOVERED])))
