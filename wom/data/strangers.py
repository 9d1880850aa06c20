"""Events of customers whom the table of customers does not hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .clean import UNUSABLE, Clean
from .extra import fetched
from .members import Members
from .places import said

UNKNOWN = "a customer that the table customers does not hold"


def strangers(clean: Clean, members: Members | None) -> Any | None:
    """Rows of a table that belong to no known customer; None where nobody is known, or rows name no customer.

    Example:
        >>> import tempfile, wom.data
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     place = Path(folder) / "c.csv"
        ...     _ = place.write_text("id,joined\\n7,2024-01-03\\n8,2024-02-01\\n", encoding="utf-8")
        ...     tables = wom.data.load({"customers": {"file": str(place)}})
        >>> strangers(tables.clean["customers"], None) is None
        True
    """
    if members is None or clean.raw.name == "customers" or "id" not in clean.raw.columns:
        return None
    return clean.good.anti_join(members.table, "id")


def lost(clean: Clean) -> tuple[int, str]:
    """How many rows of a table cannot be used, and why most of them cannot.

    Example:
        >>> import tempfile, wom.data
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     place = Path(folder) / "c.csv"
        ...     _ = place.write_text("id,joined\\n7,2024-01-03\\n8,2024-02-01\\n,2024-02-01\\n", encoding="utf-8")
        ...     tables = wom.data.load({"customers": {"file": str(place)}})
        ...     lost(tables.clean["customers"])
        (1, 'no id')
    """
    why = clean.reasons | {UNKNOWN: clean.strangers}
    return sum(why.values()), max(why, key=lambda reason: why[reason])


def counted(clean: Clean, members: Members | None) -> Clean:
    """A table with its strangers counted, once and for all.

    Raises:
        InputError: more than half of the rows cannot be used, since their customers are unknown; says whether the
            ids agree but for the way in which they are written.

    Example:
        >>> import tempfile, wom.data
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     place = Path(folder) / "c.csv"
        ...     _ = place.write_text("id,joined\\n7,2024-01-03\\n8,2024-02-01\\n", encoding="utf-8")
        ...     tables = wom.data.load({"customers": {"file": str(place)}})
        >>> counted(tables.clean["customers"], tables.members).strangers
        0
    """
    unknown = strangers(clean, members)
    if unknown is None or members is None:
        return clean
    count, rows = int(fetched(unknown.count())), clean.rows - clean.copies
    if count + sum(clean.reasons.values()) <= UNUSABLE * rows or not count:
        return replace(clean, strangers=count)
    first = fetched(unknown.select("line", "id").order_by("line").limit(1)).iloc[0]
    where = said(clean.raw, [first["line"]])
    raise clean.raw.error(
        f"{count:,} of {rows:,} rows belong to {UNKNOWN} ({f'{where}: ' if where else ''}id {first['id']}); "
        f"{_hint(unknown, members) or 'it must hold all customers, also those who left'}"
    )


def _hint(unknown: Any, members: Members) -> str:
    """Whether most ids agree once the way in which they are written is looked over."""
    theirs = unknown.select("id", plain=_plain(unknown.id)).distinct()
    ours = members.table.select(held=members.table.id, plain=_plain(members.table.id))
    met = theirs.inner_join(ours, "plain")
    found = fetched(met.agg(alike=met.id.nunique(), id=met.id.min()))
    alike, among = int(found["alike"].iloc[0]), int(fetched(theirs.count()))
    if 2 * alike <= among:
        return ""
    given = found["id"].iloc[0]
    held = fetched(met.filter(met.id == given).agg(held=met.held.min()))["held"].iloc[0]
    return (
        f"{alike:,} of {among:,} such ids are there, but for leading zeros, blanks, capital letters or .0 at the "
        f"end: {given} here is {held} in customers. Write them alike; Excel takes leading zeros away"
    )


def _plain(column: Any) -> Any:
    """An id as people would compare it."""
    return column.cast("string").lower().re_replace(r"\s", "").re_replace(r"[.]0+$", "").re_replace("^0+", "")
