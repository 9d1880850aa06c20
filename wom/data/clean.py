"""Tables that are ready to be added up, and what was not used of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce
from operator import xor
from typing import Any

from ..errors import InputError
from .cleaning import FATAL, NOT_WHOLE, How, cleaned
from .extra import fetched, ibis
from .reading import Raw
from .store import keep

_UNUSABLE = 0.5
"""Share of rejected rows above which a table says too little to be used."""

_MANY, _SURELY = 10_000, 0.7
"""Rows from which an estimate of how many differ comes first, and the share that rules out an export made twice:
the estimate is off by a few percent at most."""

_COPIES = 0.5
"""Share of copies from which rows are taken for exported twice."""

_LOOKED_AT = 1000
"""Rows that decide whether ids may be whole numbers."""

_PARTS = ("day", "month", "since", "moment")
_EVENTS = ("payments", "experiences", "talk", "reviews")


@dataclass(frozen=True)
class Clean:
    """A table in our terms."""

    raw: Raw
    wrong: Any
    """The rows that cannot be used: line, reason, row; those that are no rows at all left out."""
    good: Any
    """The rows to be used: nothing wrong in them, and no copies that were removed."""
    rows: int
    """Read, those that are no rows included."""
    reasons: dict[str, int]
    """How many rows cannot be used, by reason, most frequent first."""
    copies: int = 0
    """Rows that were removed because the same row stands there already."""
    times: int = 1
    """How often most rows stood there."""
    keys: tuple[str, ...] = field(default=(), repr=False)


class NotWholeError(Exception):
    """An id is no whole number; everything is to be read again, with ids as text."""


def clean(raw: Raw, how: How) -> Clean:
    """A table made ready; files of text are read once, into the embedded database.

    Raises:
        InputError: it cannot be read, a setting is missing, or more than half of its rows are wrong.
    """
    found = cleaned(raw, how)
    table = found.table
    try:
        if raw.text is not None:
            table = keep(raw.connection, f"clean_{raw.name}", table)
            table = table if raw.numbered else table.mutate(line=table.rowid())
        rows = int(fetched(table.count()))
        wrong = found.wrong(table, raw)
        counted = fetched(wrong.group_by("reason").agg(rows=wrong.count()))
    except InputError:
        raise
    except Exception as error:  # each database has classes of its own
        raise raw.error(f"cannot be read: {_first_line(error)}") from None
    if (counted["reason"] == NOT_WHOLE).any():
        raise NotWholeError
    reasons = {str(reason): int(count) for reason, count in zip(counted["reason"], counted["rows"], strict=True)}
    malformed = raw.malformed()
    rows += len(malformed)
    for reason, count in malformed.groupby("reason").size().items():
        reasons[str(reason)] = int(count)
    reasons = dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))
    _refuse(raw, wrong, reasons, rows)
    good = found.good(table)
    whose = "month" if raw.name == "monthly" else "date"
    good = good.rename({part: f"{whose}_{part}" for part in _PARTS if f"{whose}_{part}" in good.columns})
    keys = tuple(name for name in good.columns if name not in ("line", "since", "month"))
    copies, times = _copies(raw, good, keys, rows)
    if copies:
        good = _once(raw, good, keys, times)
    return Clean(raw, wrong, good, rows, reasons, copies, times, keys)


def _refuse(raw: Raw, wrong: Any, reasons: dict[str, int], rows: int) -> None:
    for reason, (advice, key) in FATAL.items():
        if reason in reasons:
            where, row = _example(raw, wrong, reason)
            raise raw.error(f"{where}{reason} ({row}); {advice}", "" if key == "time_zone" else key)
    if sum(reasons.values()) > _UNUSABLE * rows:
        reason = max(reasons, key=lambda name: reasons[name])
        where, row = _example(raw, wrong, reason)
        hint = "; say how days are written with date_format, such as %d.%m.%Y" if reason in _DAYS else ""
        raise raw.error(
            f"{sum(reasons.values()):,} of {rows:,} rows cannot be used, most of them: {reason} "
            f"({where}{row}){hint}"
        )


_DAYS = ("date cannot be read", "joined cannot be read", "left cannot be read", "month cannot be read")


def _example(raw: Raw, wrong: Any, reason: str) -> tuple[str, str]:
    """Where the first row with a reason stands, and the row."""
    malformed = raw.malformed()
    if (malformed["reason"] == reason).any():
        first = malformed[malformed["reason"] == reason].iloc[0]
        return f"line {first['line']}: ", str(first["row"])[:120]
    found = fetched(wrong.filter(wrong.reason == reason).order_by("line").limit(1))
    line, row = int(found["line"].iloc[0]), str(found["row"].iloc[0])[:120]
    places = raw.places()
    if not raw.placed:
        return "", row
    if places is None:
        return f"row {line if raw.text is not None else line + 1}: ", row
    return next((f"line {place}: " for number, place in enumerate(places) if number == line), ""), row


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:160]


def _copies(raw: Raw, good: Any, keys: tuple[str, ...], rows: int) -> tuple[int, int]:
    """How many copies of rows are to be removed, and how often most rows stand there.

    With a `row` of the table's own, rows with the same one that agree in everything are one. Without, somebody may
    well pay the same twice on a day: copies stay and are counted. But where at least half of all rows are copies,
    the
    table was exported more than once, and each row counts as often as in one export. `duplicates` decides
    otherwise.
    """
    if raw.name not in _EVENTS or raw.source.duplicates == "keep" or rows < 2:
        return 0, 1
    if "row" in raw.columns:
        good = good.filter(good.own_row.notnull())
    elif raw.source.duplicates is None:
        if raw.name in ("talk", "reviews"):
            return 0, 1  # nothing in them tells two people apart
        if rows > _MANY and raw.connection.name == "duckdb":
            marks = reduce(xor, (good[name].hash() for name in keys))
            few = fetched(good.agg(rows=good.count(), different=marks.approx_nunique()))
            if int(few["different"].iloc[0]) > _SURELY * int(few["rows"].iloc[0]):
                return 0, 1
    counts = good.group_by(*keys).agg(times=good.count())
    found = fetched(counts.group_by("times").agg(different=counts.count()).order_by("times"))
    different, whole = int(found["different"].sum()), int((found["different"] * found["times"]).sum())
    if "row" in raw.columns or raw.source.duplicates == "remove":
        return whole - different, 0
    if whole < 2 or whole - different < _COPIES * whole:
        return 0, 1
    usual = int(found["times"][found["different"].idxmax()])
    if usual == 1:
        return whole - different, 0
    kept = int((found["different"] * -(-found["times"] // usual)).sum())
    return whole - kept, usual


def _once(raw: Raw, good: Any, keys: tuple[str, ...], times: int) -> Any:
    """Each row once; with `times`, as often as it would stand in one of so many equal exports."""
    package = ibis()
    place = package.row_number().over(group_by=list(keys), order_by=["line"])
    share = good.count().over(group_by=list(keys)) if times else package.literal(1, "int64")
    placed = good.mutate(_place=place, _share=share)
    kept = placed._place == 0 if not times else placed._place * times < placed._share
    if "row" in raw.columns:
        kept = kept | placed.own_row.isnull()
    result = placed.filter(kept).drop("_place", "_share")
    if raw.connection.name == "duckdb" and raw.text is not None:
        return keep(raw.connection, f"once_{raw.name}", result)
    return result


def whole_ids(raws: Iterable[Raw]) -> bool:
    """Whether all ids look like whole numbers, which are quicker to reckon with than texts.

    Looks at the first rows of files of text; where a later one is none, `clean` raises NotWholeError.
    """
    for raw in raws:
        if "id" not in raw.columns:
            continue
        column = raw.table["id"]
        if column.type().is_integer():
            continue
        if raw.text is None:
            return False
        first = fetched(raw.table.select("id").limit(_LOOKED_AT))["id"].dropna().astype(str)
        if not first.str.fullmatch(r"0|[1-9][0-9]{0,17}").all():
            return False
    return True
