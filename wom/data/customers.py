"""Customers, each once, when they were followed, and events of customers whom nobody knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from ..errors import shorten
from .casting import plain
from .cleaning import UNUSABLE, Clean
from .columns import NOBODY
from .description import Description
from .reading import located
from .store import fetched, ibis, keep, kept


class Members(NamedTuple):
    """Customers by id."""

    table: Any
    """id, segment, joined_day, joined_month, left_day, left_month, came_by: one row each."""
    contradictions: Any
    """Rows whose id stood before with other values."""
    copies: Any
    """Rows that stood before."""


def members(customers: Clean) -> Members:
    """Customers, each once: of equal rows one is kept, of rows that contradict each other the first."""
    package, good = ibis(), customers.good
    columns = ["segment", "joined_day", "left_day", "came_by"]
    order = [good.line, *(good[name] for name in columns)]
    window = package.window(group_by=good.id, order_by=order)
    same = package.literal(True)
    ranked = good.mutate(
        place=package.row_number().over(window),
        **{f"first_{name}": good[name].first().over(window) for name in columns},
    )
    for name in columns:
        same = same & ranked[name].identical_to(ranked[f"first_{name}"])
    marked = ranked.mutate(same=same).drop(*(f"first_{name}" for name in columns))
    if customers.raw.connection.name == "duckdb" and customers.raw.source.file is not None:
        marked = keep(customers.raw.connection, "members", marked)
    elif customers.raw.connection.name != "duckdb":
        marked = kept(customers.raw.connection, "members", marked)
    later = marked.filter(marked.place > 0)
    return Members(
        marked.filter(marked.place == 0).drop("place", "same", "line"),
        later.filter(~later.same),
        later.filter(later.same),
    )


def known(table: Any, first: int, last: int, end: int) -> Any:
    """Customers as they were known at the end of a month."""
    null = ibis().null("int64")
    here = table.filter(table.joined_day.isnull() | (table.joined_day <= end))
    gone = here.left_day <= end
    return here.mutate(
        left_day=ibis().ifelse(gone, here.left_day, null),
        left_month=ibis().ifelse(gone, here.left_month, null),
        before=here.joined_month.isnull() | (here.joined_month < first),
        # Who joins in a month is first followed in the next.
        begin=ibis().greatest(here.joined_month.fill_null(0) + 1, first),
        end=ibis().least(ibis().ifelse(gone, here.left_month, last), last),
        gone=gone.fill_null(False),
    )


ZERO = f"{NOBODY}0, which is nobody"
_MANY = 50
"""Customers of whom somebody leaves in any business."""
UNKNOWN = "a customer that the table customers does not hold"


def strangers(clean: Clean, members: Members | None) -> Any | None:
    """Rows of a table that belong to no known customer; None where nobody is known, or rows name no customer."""
    if members is None or clean.raw.name == "customers" or "id" not in clean.raw.columns:
        return None
    return clean.good.anti_join(members.table, "id")


def lost(clean: Clean) -> tuple[int, str]:
    """How many rows of a table cannot be used, and why most of them cannot."""
    why = clean.reasons | {UNKNOWN: clean.strangers}
    return sum(why.values()), max(why, key=lambda reason: why[reason])


def counted(clean: Clean, members: Members | None) -> Clean:
    """A table with its strangers counted, once and for all.

    Raises:
        InputError: more than half of the rows cannot be used, since their customers are unknown.
    """
    unknown = strangers(clean, members)
    if unknown is None or members is None:
        return clean
    count, rows = int(fetched(unknown.count())), clean.rows - clean.copies
    if count + sum(clean.reasons.values()) <= UNUSABLE * rows or not count:
        return replace(clean, strangers=count)
    first = fetched(unknown.select("line", "id").order_by("line").limit(1)).iloc[0]
    where = located(clean.raw, [first["line"]])
    raise clean.raw.error(
        f"{count:,} of {rows:,} rows belong to {UNKNOWN} ({f'{where}: ' if where else ''}id {first['id']}); "
        "it must hold all customers, also those who left"
    )


def somebody_left(customers: Clean, members: Members, today: date) -> None:
    """Refuse customers of whom nobody ever left: those of today alone say nothing of who stays.

    Raises:
        InputError: there are many, and nobody left.
    """
    gone = members.table.left_day <= (today - date(1970, 1, 1)).days
    found = fetched(members.table.agg(all=members.table.count(), left=members.table.count(where=gone))).iloc[0]
    if found["all"] >= _MANY and not found["left"]:
        raise customers.raw.error(
            f"nobody of {found['all']:,} customers has left, as in a table that holds today's customers alone, "
            "which says nothing of how long they stay; add those who left, or set contractual: false",
            "columns.left",
        )


def zero_is_customer(tables: Iterable[Clean]) -> bool:
    """Whether the id 0 is a customer like any other and no word for nobody: others have half as many rows."""
    found = [(clean, clean.reasons[ZERO]) for clean in tables if ZERO in clean.reasons]
    for clean, rows in found:
        by = clean.good.group_by("id").agg(rows=clean.good.count())
        numbers = by.count(where=by.id.cast("string").re_search("^[0-9]+$"))
        others = fetched(by.agg(most=by["rows"].max(), numbers=numbers, all=by.count())).iloc[0]
        if not others["all"] or 2 * others["most"] < rows or 2 * others["numbers"] < others["all"]:
            return False
    return bool(found)


def one_spelling(description: Description, tables: Mapping[str, Clean]) -> None:
    """Refuse customers whose ids are written in several ways that people would take for one, unless `ids` decides.

    Raises:
        InputError: there are such; names two.
    """
    ids = [clean.good.select("id") for clean in tables.values() if "id" in clean.good.columns]
    if not ids or not ids[0]["id"].type().is_string():
        return
    each = ids[0].union(*ids[1:]).distinct() if len(ids) > 1 else ids[0].distinct()
    each = each.select("id", plain=plain(each.id))
    found = each.group_by("plain").agg(ways=each.count(), first=each.id.min(), last=each.id.max())
    found = found.filter(found.ways > 1)
    counted = fetched(found.agg(many=found.count(), plain=found.plain.min()))
    if many := int(counted["many"].iloc[0]):
        such = fetched(found.filter(found.plain == counted["plain"].iloc[0])).iloc[0]
        raise description.error(
            f"{many:,} customers are written in more than one way, such as {shorten(such['first'])} and "
            f"{shorten(such['last'])}: they agree but for leading zeros, blanks, signs or capital letters. Set "
            "ids: alike if they are one, or ids: exact if they are not",
            "ids",
        )
