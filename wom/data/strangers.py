"""Events of customers whom the table of customers does not hold."""

from __future__ import annotations

from typing import Any

from .clean import UNUSABLE, Clean
from .extra import fetched
from .members import Members
from .places import lines

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


def lost(clean: Clean, members: Members | None) -> tuple[int, str]:
    """How many rows of a table cannot be used, and why most of them cannot.

    Example:
        >>> import tempfile, wom.data
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     place = Path(folder) / "c.csv"
        ...     _ = place.write_text("id,joined\\n7,2024-01-03\\n8,2024-02-01\\n,2024-02-01\\n", encoding="utf-8")
        ...     tables = wom.data.load({"customers": {"file": str(place)}})
        ...     lost(tables.clean["customers"], tables.members)
        (1, 'no id')
    """
    why, unknown = dict(clean.reasons), strangers(clean, members)
    if unknown is not None:
        why[UNKNOWN] = int(fetched(unknown.count()))
    return sum(why.values()), max(why, key=lambda reason: why[reason], default="")


def refuse(clean: Clean, members: Members | None) -> None:
    """Refuse a table of which more than half of the rows cannot be used, since their customers are unknown.

    Raises:
        InputError: so it is; says whether the ids agree but for the way in which they are written.

    Example:
        >>> import tempfile, wom.data
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     place = Path(folder) / "c.csv"
        ...     _ = place.write_text("id,joined\\n7,2024-01-03\\n8,2024-02-01\\n", encoding="utf-8")
        ...     tables = wom.data.load({"customers": {"file": str(place)}})
        >>> refuse(tables.clean["customers"], tables.members)
    """
    unknown = strangers(clean, members)
    if unknown is None or members is None:
        return
    count, rows = int(fetched(unknown.count())), clean.rows - clean.copies
    if count + sum(clean.reasons.values()) <= UNUSABLE * rows or not count:
        return
    first = fetched(unknown.select("line", "id").order_by("line").limit(1)).iloc[0]
    where = ""
    if clean.raw.placed:
        word = "row" if clean.raw.places() is None else "line"
        where = f"{word} {lines(clean.raw, [first['line']])[0]}: "
    raise clean.raw.error(
        f"{count:,} of {rows:,} rows belong to {UNKNOWN} ({where}id {first['id']}); "
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
