"""Customers, each once, and when they were followed."""

from __future__ import annotations

from typing import Any, NamedTuple

from .clean import Clean
from .extra import ibis
from .store import keep, kept


class Members(NamedTuple):
    """Customers by id.

    Example:
        >>> import tempfile, wom.data
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     place = Path(folder) / "c.csv"
        ...     _ = place.write_text("id,joined\\n7,2024-01-03\\n7,2024-01-03\\n8,2024-02-01\\n", encoding="utf-8")
        ...     tables = wom.data.load({"customers": {"file": str(place)}})
        >>> tables.members.table.columns[:2]
        ('id', 'segment')
    """

    table: Any
    """id, segment, joined_day, joined_month, left_day, left_month, came_by: one row each."""
    contradictions: Any
    """Rows whose id stood before with other values."""
    copies: Any
    """Rows that stood before."""


def members(customers: Clean) -> Members:
    """Customers, each once: of equal rows one is kept, of rows that contradict each other the first.

    Example:
        >>> import tempfile, wom.data
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     place = Path(folder) / "c.csv"
        ...     _ = place.write_text("id,joined\\n7,2024-01-03\\n7,2024-01-03\\n8,2024-02-01\\n", encoding="utf-8")
        ...     tables = wom.data.load({"customers": {"file": str(place)}})
        >>> from .extra import fetched
        >>> found = members(tables.clean["customers"])
        >>> int(fetched(found.table.count())), int(fetched(found.copies.count()))
        (2, 1)
    """
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
    """Customers as they were known at the end of a month.

    Args:
        table: of `Members`.
        first, last: months of the window.
        end: the last day of the last month.

    Example:
        >>> from .extra import fetched, listed
        >>> rows = listed(
        ...     id=[1, 2], joined_day=[3, 99], joined_month=[0, 3], left_day=[80, 120], left_month=[2, 4]
        ... )
        >>> found = fetched(known(rows, 0, 1, 58))  # the first left later, the second had not joined
        >>> found[["id", "begin", "end", "gone"]].to_numpy().tolist()
        [[1, 1, 1, False]]
    """
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
