"""Tables that are ready to be added up, and what was not used of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pandas as pd

from ..errors import InputError
from .casting import YES_NO
from .cleaning import FATAL, NO_YES, NOT_WHOLE, How, cleaned
from .extra import fetched, ibis
from .places import said
from .reading import Raw
from .store import keep, kept

UNUSABLE = 0.5
"""Share of rejected rows above which a table says too little to be used."""

_MANY, _SURELY = 10_000, 0.7
"""Rows from which an estimate of how many differ comes first, and the share that rules out an export made twice:
the estimate is off by a few percent at most."""

_ENOUGH = 100
"""Rows of a month from which half of them as copies cannot be chance."""

_COPIES = 0.5
"""Share of copies from which rows are taken for exported twice."""

_LOOKED_AT = 1000
"""Rows that decide whether ids may be whole numbers."""

_PARTS = ("day", "month", "since", "moment")
_EVENTS = ("payments", "experiences", "talk", "reviews")


@dataclass(frozen=True)
class Clean:
    """A table in our terms.

    Example:
        >>> import tempfile, wom.data
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     place = Path(folder) / "c.csv"
        ...     _ = place.write_text("id,joined\\n7,2024-01-03\\n7,2024-01-03\\n8,2024-02-01\\n", encoding="utf-8")
        ...     tables = wom.data.load({"customers": {"file": str(place)}})
        >>> tables.clean["customers"].rows
        3
    """

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
    twice: tuple[int, ...] = ()
    """Months of which the rows were exported more than once, where the table as a whole was not."""
    keys: tuple[str, ...] = field(default=(), repr=False)
    strangers: int = 0
    """How many of the good rows belong to no known customer; see `wom.data.strangers`."""


class NotWholeError(Exception):
    """An id is no whole number; everything is to be read again, with ids as text.

    Example:
        >>> issubclass(NotWholeError, Exception)
        True
    """


def clean(raw: Raw, how: How) -> Clean:
    """A table made ready; files of text are read once, into the embedded database.

    Raises:
        InputError: it cannot be read, a setting is missing, or more than half of its rows are wrong.

    Example:
        >>> import tempfile, wom.data
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     place = Path(folder) / "c.csv"
        ...     _ = place.write_text("id,joined\\n7,2024-01-03\\n7,2024-01-03\\n8,2024-02-01\\n", encoding="utf-8")
        ...     tables = wom.data.load({"customers": {"file": str(place)}})
        ...     again = clean(tables.clean["customers"].raw, How(None, tables.today, False, False, True))
        >>> again.rows, again.reasons
        (3, {})
    """
    table = cleaned(raw, how)
    try:
        table = _computed(raw, "clean", table)
        if raw.text is not None and not raw.numbered:
            table = table.mutate(line=table.rowid())
        above = {"above": table.count(where=table.amount > 0)} if raw.name == "payments" else {}
        counted = fetched(table.group_by("reason").agg(rows=table.count(), **above))
    except InputError:
        raise
    except Exception as error:  # each database has classes of its own
        raise raw.error(f"cannot be read: {_first_line(error)}") from None
    rows = int(counted["rows"].sum())
    usable = counted[counted["reason"].isna()]
    counted = counted[counted["reason"].notna()]
    wrong = table.filter(table.reason.notnull()).select("line", "reason", "row")  # noqa: PD004
    if (counted["reason"] == NOT_WHOLE).any():
        raise NotWholeError
    reasons = {str(reason): int(count) for reason, count in zip(counted["reason"], counted["rows"], strict=True)}
    malformed = raw.malformed()
    rows += len(malformed)
    for reason, count in malformed.groupby("reason").size().items():
        reasons[str(reason)] = int(count)
    reasons = dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))
    _refuse(raw, wrong, reasons, rows)
    good = table.filter(table.reason.isnull()).drop("reason", "row")  # noqa: PD003
    if above and usable["rows"].sum() and not usable["above"].sum():
        _only_refunds(raw, good)
    whose = "month" if raw.name == "monthly" else "date"
    good = good.rename({part: f"{whose}_{part}" for part in _PARTS if f"{whose}_{part}" in good.columns})
    keys = tuple(name for name in good.columns if name not in ("line", "since", "month"))
    copies = _copies(raw, good, keys, rows)
    if copies.removed:
        good = _once(raw, good, keys, copies)
    return Clean(raw, wrong, good, rows, reasons, copies.removed, copies.times, tuple(copies.months), keys)


def _refuse(raw: Raw, wrong: Any, reasons: dict[str, int], rows: int) -> None:
    for reason, (advice, key) in FATAL.items():
        if reason in reasons:
            where, row = _example(raw, wrong, reason)
            raise raw.error(f"{where}{reason} ({row}); {advice}", "" if key == "time_zone" else key)
    if sum(reasons.values()) > UNUSABLE * rows:
        reason = max(reasons, key=lambda name: reasons[name])
        where, row = _example(raw, wrong, reason)
        hint = "; say how days are written with date_format, such as %d.%m.%Y" if reason in _DAYS else ""
        if reason in _WORDS:
            hint = f"; name your words for ours under {raw.name}.values.{_WORDS[reason]}"
        if reason == NO_YES:
            hint += "; known are " + " and ".join(", ".join(known) for known in YES_NO.values())
        raise raw.error(
            f"{sum(reasons.values()):,} of {rows:,} rows cannot be used, most of them: {reason} "
            f"({where}{row}){hint}"
        )


def _only_refunds(raw: Raw, good: Any) -> None:
    back, rows = fetched(good.count(where=good.amount < 0)), fetched(good.count())
    if back:
        raise raw.error(
            f"no payment is above 0, and {back:,} of {rows:,} are below; a negative amount is a refund. If your "
            "system writes payments so, turn the sign of the column",
            "columns.amount",
        )


_WORDS = {
    "a tone that is not good, bad or recovered": "tone",
    "a kind that is not good, bad, recovered or neutral": "kind",
    "a segment that values does not name": "segment",
    NO_YES: "rating",
}
_DAYS = ("date cannot be read", "joined cannot be read", "left cannot be read", "month cannot be read")


def _example(raw: Raw, wrong: Any, reason: str) -> tuple[str, str]:
    """Where the first row with a reason stands, and the row."""
    malformed = raw.malformed()
    if (malformed["reason"] == reason).any():
        first = malformed[malformed["reason"] == reason].iloc[0]
        return f"line {first['line']}: ", str(first["row"])[:120]
    found = fetched(wrong.filter(wrong.reason == reason).order_by("line").limit(1))
    line, row = int(found["line"].iloc[0]), str(found["row"].iloc[0])[:120]
    where = said(raw, [line])
    return f"{where}: " if where else "", row


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:160]


class _Copies(NamedTuple):
    """What is to be removed: each row stands `times` too often (0: but one goes), or does in some months."""

    removed: int = 0
    times: int = 1
    months: dict[int, int] = {}  # noqa: RUF012  (never changed)
    """How often most rows of a month stand there."""


def _copies(raw: Raw, good: Any, keys: tuple[str, ...], rows: int) -> _Copies:
    """How many copies of rows are to be removed, and how often most rows stand there.

    With a `row` of the table's own, rows with the same one that agree in everything are one. Without, somebody may
    well pay the same twice on a day: copies stay and are counted. But where at least half of all rows, or of the
    rows of a month with a hundred or more, are copies, they were exported more than once, and each row counts as
    often as in one export. `duplicates` decides otherwise.
    """
    if raw.name not in _EVENTS or raw.source.duplicates == "keep" or rows < 2:
        return _Copies()
    if "row" in raw.columns:
        good = good.filter(good.own_row.notnull())  # noqa: PD004
    elif raw.source.duplicates is None:
        if raw.name in ("talk", "reviews"):
            return _Copies()  # nothing in them tells two people apart
        if rows > _MANY and raw.connection.name == "duckdb":
            by_month = good.group_by("month").agg(rows=good.count(), different=mark(good, keys).approx_nunique())
            few = fetched(by_month)
            if (few["different"] > _SURELY * few["rows"])[few["rows"] >= _ENOUGH].all():
                return _Copies()
    counts = good.group_by("month", *keys).agg(times=good.count())
    found = fetched(counts.group_by("month", "times").agg(different=counts.count()))
    found["rows"] = found["different"] * found["times"]
    whole = found.groupby("times", as_index=False)[["different", "rows"]].sum()
    removed = int((whole["rows"] - whole["different"]).sum())
    if "row" in raw.columns or raw.source.duplicates == "remove":
        return _Copies(removed, 0)
    if whole["rows"].sum() >= 2 and removed >= _COPIES * whole["rows"].sum():
        usual = _usual(whole)
        return _Copies(_beyond(whole, usual), usual)
    months = {}
    for month in sorted(set(found["month"].dropna().astype(int))):
        part = found[found["month"] == month]
        stood, differ = part["rows"].sum(), part["different"].sum()
        if stood >= _ENOUGH and stood - differ >= _COPIES * stood:
            months[month] = _usual(part)
    return _Copies(
        sum(_beyond(found[found["month"] == month], usual) for month, usual in months.items()), 1, months
    )


def mark(table: Any, keys: tuple[str, ...]) -> Any:
    """A whole number that tells rows apart: two of 20 million agree by chance in one of a hundred thousand tables.

    Of DuckDB, where it is quicker than to compare rows; see `different`.

    Example:
        >>> numbers = ibis().range(0, 4).unnest().name("id").as_table()
        >>> table = numbers.select(numbers.id, day=numbers.id % 2)
        >>> int(fetched(mark(table, ("id", "day")).nunique())), int(fetched(mark(table, ("day",)).nunique()))
        (4, 2)
    """
    package = ibis()
    row = package.struct({name: table[name] for name in keys})

    def hash(row):  # type: ignore[no-untyped-def]  # noqa: A001  (Ibis's own goes over texts of bits, five times as slow)
        ...

    whole = package.expr.datatypes.uint64
    return package.udf.scalar.builtin(hash, signature=((row.type(),), whole))(row)


def different(table: Any, keys: tuple[str, ...], quick: bool = False) -> Any:
    """The rows of a table that differ, each once.

    Args:
        table: any.
        keys: columns that are looked at.
        quick: by `mark`, in DuckDB.

    Example:
        >>> from .extra import listed
        >>> int(fetched(different(listed(id=[1, 1, 2]), ("id",)).count()))
        2
    """
    return table.select(mark=mark(table, keys)).distinct() if quick else table.select(*keys).distinct()


def _usual(found: pd.DataFrame) -> int:
    """How often most rows stand there; 0 where most stand there once."""
    ordered = found.sort_values("times")
    usual = int(ordered["times"].to_numpy()[ordered["different"].to_numpy().argmax()])
    return 0 if usual == 1 else usual


def _beyond(found: pd.DataFrame, usual: int) -> int:
    """Rows beyond those of one export."""
    kept = found["different"] * (-(-found["times"] // usual) if usual else 1)
    return int((found["rows"] - kept).sum())


def _once(raw: Raw, good: Any, keys: tuple[str, ...], copies: _Copies) -> Any:
    """Each row once; with `times`, as often as it would stand in one of so many equal exports."""
    package = ibis()
    place = package.row_number().over(group_by=list(keys), order_by=["line"])
    share = good.count().over(group_by=list(keys)) if copies.times else package.literal(1, "int64")
    placed = good.mutate(_place=place, _share=share)
    stays = placed._place == 0
    if copies.months:
        often = package.cases(*((placed.month == month, times) for month, times in copies.months.items()), else_=1)
        stays = stays | (placed._place * often < placed._share) & (often > 0)
    elif copies.times:
        stays = placed._place * copies.times < placed._share
    if "row" in raw.columns:
        stays = stays | placed.own_row.isnull()  # noqa: PD003
    return _computed(raw, "once", placed.filter(stays).drop("_place", "_share"))


def _computed(raw: Raw, what: str, table: Any) -> Any:
    """A table computed once where each look would read or reckon all of it again: files of text, and servers."""
    if raw.text is not None:
        return keep(raw.connection, f"{what}_{raw.name}", table)
    return table if raw.connection.name == "duckdb" else kept(raw.connection, f"{what}_{raw.name}", table)


def whole_ids(raws: Iterable[Raw]) -> bool:
    """Whether all ids look like whole numbers, which are quicker to reckon with than texts.

    Looks at the first rows of files of text; where a later one is none, `clean` raises NotWholeError.

    Example:
        >>> import tempfile, wom.data
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     place = Path(folder) / "c.csv"
        ...     _ = place.write_text("id,joined\\n7,2024-01-03\\n7,2024-01-03\\n8,2024-02-01\\n", encoding="utf-8")
        ...     tables = wom.data.load({"customers": {"file": str(place)}})
        ...     whole_ids([tables.clean["customers"].raw])
        True
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
