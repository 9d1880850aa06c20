"""From a table's description to its columns under our names, and where its rows stand."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pandas as pd

from ..errors import InputError, nearest, shorten
from .description import YEAR, Description, Source
from .files import FORM, ROW, Names, Text, folded, joined, not_utf8, prepared, sheet, spans
from .store import Store, ibis, lines_of, names, plainly, table

_MALFORMED = {
    "TOO MANY COLUMNS": "the row has too many columns",
    "MISSING COLUMNS": "the row has too few columns",
    "UNQUOTED VALUE": "a quotation mark is not closed",
    "LINE SIZE OVER MAXIMUM": "the row is too long",
}
_COPIED = ("sqlite", "mysql")
"""Databases whose tables are copied into the embedded one: SQLite has no days, MySQL and MariaDB take texts for
equal that differ in capitals, accents or blanks, and both turn into a number or a day what is none."""
_NO_ROWS = pd.DataFrame({"line": pd.Series(dtype="int64"), "reason": [], "row": []})


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
    malformed: Callable[[], pd.DataFrame] = lambda: _NO_ROWS
    """Rows that are no rows: line, reason, row."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Ours that are there."""
        return tuple(name for name in self.table.columns if name != "line")

    @property
    def placed(self) -> bool:
        """Whether rows have a line or a number; a database's have none."""
        return self.source.file is not None

    def error(self, text: str, key: str = "") -> InputError:
        """An error of this table: names data.yaml, the table and the file."""
        return self.description.error(f"{self.where}: {text}", f"{self.name}.{key}" if key else self.name)

    def joined(self, rows: int) -> str:
        """Rows of several lines, in words, where lines and rows read do not agree."""
        if self.text is None or self.text.lines is None or self.text.lines == rows + 1:
            return ""
        return joined(self.text, _places(self, self.text.header).values())

    def places(self) -> Iterator[int] | None:
        """The line of each row in turn, for files of text; None where rows have numbers or no place."""
        if self.text is None or self.numbered or not self.placed:
            return None
        skipped, bare = set(self.malformed()["line"]), len(self.text.header) == 1
        return (line for line, _, row in spans(self.text) if (row or bare) and line not in skipped)


def read(store: Store, description: Description, name: str) -> Raw:
    """A table, opened and not yet read; errors say what to do where it is not there."""
    source = description.source(name)
    raw = Raw(name, source, str(source.file or source.table), None, store.embedded, description)
    with plainly(raw.error):
        return _opened(raw, store)


def _opened(raw: Raw, store: Store) -> Raw:
    name, source, description = raw.name, raw.source, raw.description
    if source.table is not None:
        raw = replace(raw, table=table(store.given, source.table, f"{name}.table", description))
        if store.given.name in _COPIED:
            return _copied(raw, store)
        raw = replace(raw, connection=store.given)
        return _named(raw, raw.table.columns)
    path = (description.folder / raw.where).absolute()
    if not path.is_file():
        there = [entry.name for entry in path.parent.glob("*") if entry.is_file()] if path.parent.is_dir() else []
        what = "is a folder, not a file" if path.is_dir() else "no such file"
        raise description.error(f"{what}: {shorten(raw.where)}; {nearest(path.name, there)}", f"{name}.file")
    if path.suffix.lower() in (".parquet", ".pq"):
        options = "file_row_number = true, hive_partitioning = false"
        found = _view(raw, f"read_parquet({_literal(path, pattern=True)}, {options})")
        raw = replace(raw, table=found.rename(line="file_row_number"), numbered=True)
        return _named(raw, [name for name in found.columns if name != "file_row_number"])
    needed, wanted = (
        frozenset(folded(name) for name in map(source.theirs, columns) if YEAR not in name)
        for columns in ((*source.needed, *source.columns), (*source.needed, *source.others))
    )
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        return _viewed(raw, prepared(path, source, Names(needed, wanted), store.directory))
    text = sheet(path, source, Names(needed, wanted), store.directory)
    if source.forms:
        raw = replace(raw, source=source.model_copy(update={"date_format": (*source.forms, FORM)}))
    return _viewed(raw, text)


def _literal(text: object, pattern: bool = False) -> str:
    """A text of the user's in a statement, as itself also where a pattern may stand."""
    given = re.sub(r"([*?\[])", r"[\1]", str(text)) if pattern else str(text)
    return "'" + given.replace("'", "''") + "'"


def _view(raw: Raw, what: str) -> Any:
    """What the embedded database reads of a file."""
    view = f"raw_{raw.name}"
    raw.connection.raw_sql(f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT * FROM {what}")
    return raw.connection.table(view)


def _copied(raw: Raw, store: Store) -> Raw:
    """A table as a file of text for the embedded database, of a database that cannot be trusted with it."""
    copy = store.directory / f"{raw.name}-copy.csv"
    zoned = [kind.is_timestamp() and kind.timezone is not None for kind in raw.table.schema().types]
    rows = lines_of(store.given, raw.table)
    header = tuple(name for name, *_ in rows.description)
    with copy.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for row in rows:  # moments of MySQL are those of UTC; SQLite has texts alone
            cells = zip(row, zoned, strict=True)
            writer.writerow([f"{cell}Z" if zone and isinstance(cell, datetime) else cell for cell, zone in cells])
    return _viewed(raw, Text(copy, ",", header))


def _viewed(raw: Raw, text: Text) -> Raw:
    """A file of text as a view of the embedded database."""
    rejects = f"malformed_{raw.name}"
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(text.header)))
    found = _view(
        raw,
        f"read_csv({_literal(text.path, pattern=True)}, auto_detect = false, "
        f"header = true, compression = 'none', hive_partitioning = false, delim = {_literal(text.delimiter)}, "
        f"quote = '\"', escape = '\"', columns = {{{columns}}}, "
        f"max_line_size = 16777216, ignore_errors = true, store_rejects = true, rejects_table = '{rejects}', "
        f"rejects_scan = '{rejects}_scans')",
    )
    chosen = {ours: found[f"c{place}"] for ours, place in _places(raw, text.header).items()}
    if ROW in text.header:
        chosen["line"] = found[f"c{text.header.index(ROW)}"].cast("int64")
        return replace(raw, table=found.select(**chosen), text=text, numbered=True)

    def malformed() -> pd.DataFrame:
        if rejects not in names(raw.connection):
            return _NO_ROWS
        rows = raw.connection.raw_sql(
            f"SELECT line + {text.above}, any_value(error_type)::VARCHAR, any_value(csv_line) "
            f"FROM {rejects} GROUP BY line ORDER BY line"
        ).fetchall()
        for line, kind, _ in rows:
            if kind == "INVALID ENCODING":
                raise raw.error(str(not_utf8(int(line))))
        rows = [(int(line), _MALFORMED.get(kind, kind.lower()), row or "") for line, kind, row in rows]
        return pd.DataFrame(rows, columns=["line", "reason", "row"])

    return replace(raw, table=found.select(**chosen), text=text, malformed=malformed)


def _named(raw: Raw, columns: Any) -> Raw:
    """Choose and rename the columns of a table that has types already."""
    taken = _places(raw, tuple(columns))
    line = raw.table["line"] if raw.numbered else ibis().literal(0, "int64")
    given = {ours: raw.table[columns[place]] for ours, place in taken.items()}
    if raw.connection.name != "duckdb":  # an enum is a text to Ibis, and only so to PostgreSQL
        given = {ours: found + "" if found.type().is_string() else found for ours, found in given.items()}
    return replace(raw, table=raw.table.select(**given, line=line))


def _places(raw: Raw, header: tuple[str, ...]) -> dict[str, int]:
    """Where each of our columns stands; of those of which there is one for each year, by our name and the year."""
    source, found = raw.source, dict[str, int]()
    plain = list(map(folded, header))
    for ours in (*source.needed, *source.others):
        theirs = source.theirs(ours)
        if ours in source.by_year and YEAR in theirs:
            form = re.escape(folded(theirs)).replace(re.escape(YEAR), "((?:19|20)[0-9]{2})")
            years = {place: re.fullmatch(form, name) for place, name in enumerate(plain)}
            if any(years.values()):
                found |= {f"{ours}_{year[1]}": place for place, year in years.items() if year}
                continue
        places = [place for place, name in enumerate(header) if name == theirs]
        places = places or [place for place, name in enumerate(plain) if name == folded(theirs)]
        if len(places) > 1:
            raise raw.error(f"has {len(places)} columns called {shorten(theirs)}", f"columns.{ours}")
        if places:
            found[ours] = places[0]
        elif ours in source.needed or ours in source.columns:
            there = [name for name in header if name and name != ROW]
            shown = ", ".join(shorten(name, 30) for name in there[:8])
            advice = nearest(theirs, there)
            if len(there) > 12:
                advice = f"its columns are {shown} and more"
            raise raw.error(f"has no column {shorten(theirs)} for our {ours}; {advice}", f"columns.{ours}")
    return found


def line_numbers(raw: Raw, rows: Iterable[int]) -> list[int]:
    """The line of each row in its file, or its number where there are no lines."""
    places, wanted = raw.places(), [int(row) for row in rows]
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
    word = "row" if raw.text is None or raw.numbered else "line"
    return f"{word}{'s' if len(found) > 1 else ''} {' and '.join(map(str, found))}"
