"""From a table's description to its columns under our names, as text or as the types they have."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import InputError, nearest, shorten
from .description import Description
from .excel import FORM, ROW, sheet
from .extra import ibis
from .sources import Source
from .store import Store, dialect, lines_of, names, table
from .textfiles import Text, UnusableError, first_name, lines, not_utf8, prepared

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
    """A table as it was given, with our names; nothing is checked yet.

    Example:
        >>> import tempfile, wom.data
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     place = Path(folder) / "c.csv"
        ...     _ = place.write_text("id,joined\\n7,2024-01-03\\n7,2024-01-03\\n8,2024-02-01\\n", encoding="utf-8")
        ...     tables = wom.data.load({"customers": {"file": str(place)}})
        >>> tables.clean["customers"].raw.columns
        ('id', 'joined')
    """

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

    def places(self) -> Iterator[int] | None:
        """The line of each row in turn, for files of text; None where rows have numbers or no place."""
        if self.text is None or self.numbered or not self.placed:
            return None
        return lines(self.text, set(self.malformed()["line"]))


def read(store: Store, description: Description, name: str) -> Raw:
    """A table, opened and not yet read.

    Raises:
        InputError: no such file, sheet, table or column, or another encoding; says what to do.

    Example:
        >>> import tempfile, wom.data
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     place = Path(folder) / "c.csv"
        ...     _ = place.write_text("id,joined\\n7,2024-01-03\\n7,2024-01-03\\n8,2024-02-01\\n", encoding="utf-8")
        ...     tables = wom.data.load({"customers": {"file": str(place)}})
        ...     read(tables.store, tables.description, "customers").columns
        ('id', 'joined')
    """
    source = description.source(name)
    if source.table is not None:
        connection = store.connection(True)
        if dialect(connection) in _COPIED:
            return _exported(Raw(name, source, source.table, None, store.embedded, description), connection, store)
        found = table(connection, source.table, f"{name}.table", description)
        return _named(Raw(name, source, source.table, found, connection, description), found.columns)
    where = str(source.file)
    path = description.folder / where
    raw = Raw(name, source, where, None, store.embedded, description)
    if not path.is_file():
        there = [entry.name for entry in path.parent.glob("*") if entry.is_file()] if path.parent.is_dir() else []
        what = "is a folder, not a file" if path.is_dir() else "no such file"
        raise description.error(f"{what}: {shorten(where)}; {nearest(path.name, there)}", f"{name}.file")
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            return _parquet(raw, path)
        return _text(raw, path, store)
    except UnusableError as error:
        raise raw.error(str(error)) from None


def _parquet(raw: Raw, path: Path) -> Raw:
    quoted = str(path).replace("'", "''")
    view = f"raw_{raw.name}"
    try:
        raw.connection.raw_sql(
            f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT * FROM read_parquet('{quoted}', file_row_number = true)"
        )
        found = raw.connection.table(view)
    except Exception as error:  # DuckDB's own class, known only once it is loaded
        raise UnusableError(f"cannot be read as Parquet: {str(error).splitlines()[0][:120]}") from None
    numbered = found.rename(line="file_row_number")
    return _named(
        raw.with_table(numbered, numbered=True), [name for name in found.columns if name != "file_row_number"]
    )


def _text(raw: Raw, path: Path, store: Store) -> Raw:
    source, wanted = raw.source, _wanted(raw.source)
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        dates = {source.theirs(column) for column in DATES}
        text = sheet(path, source.sheet, dates, store.directory, bool(source.forms))
        if source.forms:
            raw = replace(raw, source=source.model_copy(update={"date_format": (*source.forms, FORM)}))
    elif path.suffix.lower() == ".xls":
        raise UnusableError("is an old Excel workbook; save it as .xlsx")
    else:
        text = prepared(path, source.encoding, source.delimiter, wanted, store.directory)
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

    try:
        rows = lines_of(connection, found)
        header = tuple(name for name, *_ in rows.description)
        with copy.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows(map(mark, rows))
    except Exception as error:  # each database has classes of its own
        raise raw.error(f"cannot be read: {str(error)[:160]}") from None
    return _viewed(raw, Text(copy, ",", header))


def _viewed(raw: Raw, text: Text) -> Raw:
    """A file of text as a view of the embedded database."""
    connection, view, rejects = raw.connection, f"raw_{raw.name}", f"malformed_{raw.name}"
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(text.header)))
    quoted = str(text.path).replace("'", "''")
    connection.raw_sql(
        f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT * FROM read_csv('{quoted}', auto_detect = false, "
        f"header = true, delim = '{text.delimiter}', quote = '\"', escape = '\"', columns = {{{columns}}}, "
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
    return named.with_table(chosen, malformed=lambda: _malformed(raw, rejects))


def _named(raw: Raw, columns: Any) -> Raw:
    """Choose and rename the columns of a table that has types already."""
    taken = _places(raw, tuple(columns))
    line = raw.table["line"] if raw.numbered else ibis().literal(0, "int64")
    given = {ours: raw.table[columns[place]] for ours, place in taken.items()}
    if dialect(raw.connection) != "duckdb":  # an enum is a text to Ibis, and only so to PostgreSQL
        given = {ours: found + "" if found.type().is_string() else found for ours, found in given.items()}
    chosen = raw.table.select(**given, line=line)
    return raw.with_table(chosen)


def _wanted(source: Source) -> tuple[str, ...]:
    return tuple(source.theirs(column) for column in (*source.needed, *source.others))


def _places(raw: Raw, header: tuple[str, ...]) -> dict[str, int]:
    """Where each of our columns stands."""
    source, found = raw.source, {}
    for ours in (*source.needed, *source.others):
        theirs = source.theirs(ours)
        places = [place for place, name in enumerate(header) if name == theirs]
        if not places:
            places = [place for place, name in enumerate(header) if name.lower() == theirs.lower()]
        if len(places) > 1:
            raise raw.error(f"has {len(places)} columns called {shorten(theirs)}", f"columns.{ours}")
        if places:
            found[ours] = places[0]
        elif ours in source.needed or ours in source.columns:
            there = [name for name in header if name and name != ROW]
            advice = nearest(theirs, there) if len(there) < 13 else first_name(there)
            raise raw.error(f"has no column {shorten(theirs)} for our {ours}; {advice}", f"columns.{ours}")
    return found


def _malformed(raw: Raw, rejects: str) -> pd.DataFrame:
    """Rows that are no rows: line, reason, row."""
    if rejects not in names(raw.connection):
        return _no_rows()
    found = raw.connection.raw_sql(
        f"SELECT line, any_value(error_type)::VARCHAR, any_value(csv_line) "
        f"FROM {rejects} GROUP BY line ORDER BY line"
    ).fetchall()
    for line, kind, _ in found:
        if kind == _NOT_UTF8:
            raise raw.error(str(not_utf8(int(line))))
    rows = [(int(line), _MALFORMED.get(kind, kind.lower()), row or "") for line, kind, row in found]
    return pd.DataFrame(rows, columns=["line", "reason", "row"])


def _no_rows() -> pd.DataFrame:
    return pd.DataFrame({"line": pd.Series(dtype="int64"), "reason": [], "row": []})
