"""From a table's description to its columns under our names, and where its rows stand."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import InputError, nearest, shorten
from .description import YEAR, Description, Source
from .files import FORM, ROW, Names, Text, first_name, folded, joined, lines, not_utf8, prepared, sheet
from .store import Store, dialect, ibis, lines_of, names, table

DATES = ("date", "joined", "left", "month")
_MALFORMED = {
    "TOO MANY COLUMNS": "the row has too many columns",
    "MISSING COLUMNS": "the row has too few columns",
    "UNQUOTED VALUE": "a quotation mark is not closed",
    "LINE SIZE OVER MAXIMUM": "the row is too long",
}
_COPIED = ("sqlite", "mysql")
"""Databases whose tables are copied into the embedded one: SQLite has no days, MySQL and MariaDB take texts for
equal that differ in capitals, accents or blanks, and both turn into a number or a day what is none."""
_NOT_UTF8 = "INVALID ENCODING"


@dataclass(frozen=True)
class Raw:
    """A table as it was given, with our names; nothing is checked yet."""

    name: str
    source: Source
    where: str
    """File, or table of the connection, as the user wrote it."""
    table: Any
    """Ibis table of the columns that are there, and `line`, counted from 0, or Excel's own row number."""
    connection: Any
    description: Description = field(repr=False)
    text: Text | None = None
    numbered: bool = False
    """Whether `line` is the row's number already."""
    malformed: Callable[[], pd.DataFrame] = lambda: _no_rows()

    @property
    def columns(self) -> tuple[str, ...]:
        """Ours that are there."""
        return tuple(name for name in self.table.columns if name != "line")

    def error(self, text: str, key: str = "") -> InputError:
        """An error of this table: names data.yaml, the table and the file."""
        return self.description.error(f"{self.where}: {text}", f"{self.name}.{key}" if key else self.name)

    def with_table(self, found: Any, **changes: Any) -> Raw:
        """The same with another Ibis table."""
        return replace(self, table=found, **changes)

    @property
    def placed(self) -> bool:
        """Whether rows have a line or a number; a database's have none."""
        return self.source.file is not None

    def joined(self, rows: int) -> str:
        """Rows of several lines, in words, where lines and rows read do not agree.

        Raises:
            UnusableError: they look like rows of their own.
        """
        if self.text is None or self.text.lines is None or self.text.lines == rows + 1:
            return ""
        return joined(self.text, _places(self, self.text.header).values())

    def places(self) -> Iterator[int] | None:
        """The line of each row in turn, for files of text; None where rows have numbers or no place."""
        if self.text is None or self.numbered or not self.placed:
            return None
        return lines(self.text, set(self.malformed()["line"]))


def read(store: Store, description: Description, name: str) -> Raw:
    """A table, opened and not yet read.

    Raises:
        InputError: no such file, sheet, table or column, or another encoding; says what to do.
    """
    source = description.source(name)
    if source.table is not None:
        connection = store.connection(True)
        if dialect(connection) in _COPIED:
            return _exported(Raw(name, source, source.table, None, store.embedded, description), connection, store)
        found = table(connection, source.table, f"{name}.table", description)
        return _named(Raw(name, source, source.table, found, connection, description), found.columns)
    where = str(source.file)
    path = (description.folder / where).absolute()
    raw = Raw(name, source, where, None, store.embedded, description)
    if not path.is_file():
        there = [entry.name for entry in path.parent.glob("*") if entry.is_file()] if path.parent.is_dir() else []
        what = "is a folder, not a file" if path.is_dir() else "no such file"
        raise description.error(f"{what}: {shorten(where)}; {nearest(path.name, there)}", f"{name}.file")
    if path.suffix.lower() in (".parquet", ".pq"):
        return _parquet(raw, path)
    return _text(raw, path, store)


def _literal(text: str) -> str:
    """A text of the user's in a statement."""
    return "'" + text.replace("'", "''") + "'"


def _file(path: Path) -> str:
    """A file in a statement: the one of this name, and no pattern."""
    return _literal(re.sub(r"([*?\[])", r"[\1]", str(path)))


def _parquet(raw: Raw, path: Path) -> Raw:
    view = f"raw_{raw.name}"
    raw.connection.raw_sql(
        f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT * FROM "
        f"read_parquet({_file(path)}, file_row_number = true, hive_partitioning = false)"
    )
    found = raw.connection.table(view)
    numbered = found.rename(line="file_row_number")
    return _named(
        raw.with_table(numbered, numbered=True), [name for name in found.columns if name != "file_row_number"]
    )


def _text(raw: Raw, path: Path, store: Store) -> Raw:
    source = raw.source
    needed, wanted = (
        frozenset(folded(name) for name in map(source.theirs, columns) if YEAR not in name)
        for columns in ((*source.needed, *source.columns), (*source.needed, *source.others))
    )
    names = Names(needed, wanted)
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        dates = {" ".join(source.theirs(column).split()) for column in DATES}
        text = sheet(path, source.sheet, dates, names, store.directory, bool(source.forms), source.skip_rows)
        if source.forms:
            raw = replace(raw, source=source.model_copy(update={"date_format": (*source.forms, FORM)}))
    else:
        text = prepared(path, source.encoding, source.delimiter, names, store.directory, source.skip_rows)
    return _viewed(raw, text)


def _exported(raw: Raw, connection: Any, store: Store) -> Raw:
    """A table as a file of text for the embedded database, of a database that cannot be trusted with it."""
    found = table(connection, str(raw.source.table), f"{raw.name}.table", raw.description)
    copy = store.directory / f"{raw.name}-copy.csv"
    zoned = [kind.is_timestamp() and kind.timezone is not None for kind in found.schema().types]

    def mark(row: Any) -> list[Any]:
        """Moments of MySQL are those of UTC; SQLite has texts alone."""
        pairs = zip(row, zoned, strict=True)
        return [f"{value}Z" if zone and isinstance(value, datetime) else value for value, zone in pairs]

    rows = lines_of(connection, found)
    header = tuple(name for name, *_ in rows.description)
    with copy.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(map(mark, rows))
    return _viewed(raw, Text(copy, ",", header))


def _viewed(raw: Raw, text: Text) -> Raw:
    """A file of text as a view of the embedded database."""
    connection, view, rejects = raw.connection, f"raw_{raw.name}", f"malformed_{raw.name}"
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(text.header)))
    connection.raw_sql(
        f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT * FROM read_csv({_file(text.path)}, auto_detect = false, "
        f"header = true, compression = 'none', hive_partitioning = false, delim = {_literal(text.delimiter)}, "
        f"quote = '\"', escape = '\"', columns = {{{columns}}}, "
        f"max_line_size = 16777216, ignore_errors = true, store_rejects = true, rejects_table = '{rejects}', "
        f"rejects_scan = '{rejects}_scans')"
    )
    found = connection.table(view)
    named = raw.with_table(found, text=text)
    taken = _places(named, text.header)
    chosen = found.select(**{ours: found[f"c{place}"] for ours, place in taken.items()})
    if ROW in text.header:
        line = found[f"c{text.header.index(ROW)}"].cast("int64")
        chosen = found.select(**{ours: found[f"c{place}"] for ours, place in taken.items()}, line=line)
        return named.with_table(chosen, numbered=True)
    return named.with_table(chosen, malformed=lambda: _malformed(named, rejects))


def _named(raw: Raw, columns: Any) -> Raw:
    """Choose and rename the columns of a table that has types already."""
    taken = _places(raw, tuple(columns))
    line = raw.table["line"] if raw.numbered else ibis().literal(0, "int64")
    given = {ours: raw.table[columns[place]] for ours, place in taken.items()}
    if dialect(raw.connection) != "duckdb":  # an enum is a text to Ibis, and only so to PostgreSQL
        given = {ours: found + "" if found.type().is_string() else found for ours, found in given.items()}
    chosen = raw.table.select(**given, line=line)
    return raw.with_table(chosen)


def _places(raw: Raw, header: tuple[str, ...]) -> dict[str, int]:
    """Where each of our columns stands."""
    source, found = raw.source, dict[str, int]()
    for ours in (*source.needed, *source.others):
        theirs = source.theirs(ours)
        if ours in source.by_year and (of_years := _of_years(ours, theirs, header)):
            found |= of_years
            continue
        places = [place for place, name in enumerate(header) if name == theirs]
        if not places:
            places = [place for place, name in enumerate(header) if folded(name) == folded(theirs)]
        if len(places) > 1:
            raise raw.error(f"has {len(places)} columns called {shorten(theirs)}", f"columns.{ours}")
        if places:
            found[ours] = places[0]
        elif ours in source.needed or ours in source.columns:
            there = [name for name in header if name and name != ROW]
            advice = nearest(theirs, there) if len(there) < 13 else first_name(there)
            raise raw.error(f"has no column {shorten(theirs)} for our {ours}; {advice}", f"columns.{ours}")
    return found


def _of_years(ours: str, theirs: str, header: tuple[str, ...]) -> dict[str, int]:
    """Where the columns stand of which there is one for each year, by our name and the year; empty if none do."""
    if YEAR not in theirs:
        return {}
    form = re.escape(folded(theirs)).replace(re.escape(YEAR), "((?:19|20)[0-9]{2})")
    met = {place: re.fullmatch(form, folded(name)) for place, name in enumerate(header)}
    return {f"{ours}_{year[1]}": place for place, year in met.items() if year}


def _malformed(raw: Raw, rejects: str) -> pd.DataFrame:
    """Rows that are no rows: line, reason, row."""
    if rejects not in names(raw.connection):
        return _no_rows()
    above = raw.text.above if raw.text else 0
    found = raw.connection.raw_sql(
        f"SELECT line, any_value(error_type)::VARCHAR, any_value(csv_line) "
        f"FROM {rejects} GROUP BY line ORDER BY line"
    ).fetchall()
    for line, kind, _ in found:
        if kind == _NOT_UTF8:
            raise raw.error(str(not_utf8(int(line) + above)))
    rows = [(int(line) + above, _MALFORMED.get(kind, kind.lower()), row or "") for line, kind, row in found]
    return pd.DataFrame(rows, columns=["line", "reason", "row"])


def _no_rows() -> pd.DataFrame:
    return pd.DataFrame({"line": pd.Series(dtype="int64"), "reason": [], "row": []})


def line_numbers(raw: Raw, rows: Iterable[int]) -> list[int]:
    """The line of each row in its file, or its number where there are no lines."""
    places = raw.places()
    wanted = [int(row) for row in rows]
    if places is None:
        return [row + (raw.text is None) for row in wanted]
    chosen, last, found = set(wanted), max(wanted, default=-1), {}
    for number, place in enumerate(places):
        if number > last:
            break
        if number in chosen:
            found[number] = place
    return [found[row] for row in wanted]


def located(raw: Raw, rows: Iterable[int]) -> str:
    """Where rows stand, in words: "line 3", "rows 3 and 4"; empty for a database, whose rows have no place."""
    if not raw.placed:
        return ""
    found = line_numbers(raw, rows)
    word = "row" if raw.places() is None else "line"
    return f"{word}{'s' if len(found) > 1 else ''} {' and '.join(map(str, found))}"
