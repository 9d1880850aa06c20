"""CSV files and sheets of Excel as they come: encodings, line ends, titles, names, and the line of each row."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import IO, Any, NamedTuple

from ..errors import nearest, shorten
from .description import Source
from .store import UnusableError, package

ROW = "\u2116"
"""Name of the added column that holds the number of an Excel row; no user would call one so."""
FORM = "%Y-%m-%dT%H:%M:%S"
"""How Excel's own dates are written where texts have a form of their own; no other text looks so by chance."""
DATES = ("date", "joined", "left", "month")

_DELIMITERS = (",", ";", "\t", "|")
_EARLIEST, _LATEST = 1, 109_575
"""Days since 1900 that may be a date's number: up to the year 2200."""
_UTF8 = "utf-8"
_CHUNK = 1 << 20
_LONGEST = 1 << 24
"""Signs of a row, as for DuckDB."""
_TITLES = 50
"""Rows among which the names of columns are looked for."""
_SEP = re.compile(r'^"?sep=(.)"?$', re.IGNORECASE)
_KNOWN = {
    b"PK\3\4": "is a workbook or an archive, not CSV; name a workbook .xlsx, unpack an archive",
    b"\xd0\xcf\x11\xe0": "is an old Excel workbook; save it as .xlsx",
    b"PAR1": "is a Parquet file; name it .parquet",
    b"%PDF": "is a PDF; export the table as CSV",
    b"\x28\xb5\x2f\xfd": "is compressed in a way that is not read; unpack it, or use .gz",
    b"BZh": "is compressed in a way that is not read; unpack it, or use .gz",
}
"""Files of other kinds, by their first bytes."""


class Text(NamedTuple):
    """A CSV file in UTF-8, what its names are, and how it came."""

    path: Path
    delimiter: str
    header: tuple[str, ...]
    above: int = 0
    """Lines of the user's file that stand before the first of `path`."""
    lines: int | None = None
    """How many there are, where quotation marks may join some; None where every line is a row."""
    said: tuple[str, ...] = ()


class Names(NamedTuple):
    """What the header should hold, in the user's names."""

    needed: frozenset[str]
    wanted: frozenset[str]


def spaced(name: object) -> str:
    """A column's name with single blanks."""
    return "" if name is None else " ".join(str(name).split())


def folded(name: object) -> str:
    """A column's name as people compare it: capitals, blanks and line breaks aside."""
    return spaced(name).casefold()


def prepared(path: Path, source: Source, names: Names, folder: Path) -> Text:
    """A file that DuckDB reads: the file itself, or a copy in UTF-8 with even line ends, from its names on.

    `names` decide between delimiters, and where the header is. What cannot be read is an UnusableError.
    """
    with _opened(path) as file:
        start = file.read(_CHUNK)
    if not start.strip(b"\0"):
        raise UnusableError("is empty; it needs at least a line with the names of its columns")
    for magic, what in _KNOWN.items():
        if start.startswith(magic):
            raise UnusableError(what)
    encoding = _wide(start, source.encoding)
    quoted, even, lines = _survey(path)
    if _zipped(path) or not even or encoding not in (_UTF8, "utf-8-sig", "ascii"):
        path = _copied(path, encoding, folder)
    with path.open("rb") as file:
        raw = b"".join(islice(iter(lambda: file.readline(_LONGEST), b""), 2 * _TITLES))
    try:
        first = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise not_utf8(1 + raw[: error.start].count(b"\n")) from None
    sep = _SEP.match(first.partition("\n")[0].strip())
    skip = source.skip_rows
    first = "".join(first.splitlines(keepends=True)[skip or 0 :])

    def hits(sign: str) -> tuple[int, int]:
        rows = _rows(first, sign)
        row = rows[_header(rows, names)][0] if rows else []
        return len({folded(name) for name in row} & names.wanted), len(row)

    found = source.delimiter or max(((sep[1],) if sep else ()) + _DELIMITERS, key=hits)
    rows = _rows(first, found)
    place = _header(rows, names) if skip is None else 0
    header = tuple(map(spaced, rows[place][0])) if rows else ()
    if not any(header):
        raise UnusableError("has an empty first line; it must hold the names of the columns")
    above = (skip or 0) + (rows[place - 1][1] if place else 0)
    last = (skip or 0) + rows[place][1]
    said: tuple[str, ...] = ()
    if above > bool(sep) and skip is None:
        said = (f"the names of the columns stand in line {above + 1}; what is above them is left out",)
    if last > 1:  # then the header becomes the first line of a copy
        whole, path = path, folder / f"{len(list(folder.iterdir()))}-below.csv"
        with (
            whole.open(encoding="utf-8-sig", newline="") as given,
            path.open("w", encoding=_UTF8, newline="") as target,
        ):
            *_, end = islice(given, last)
            end = end[len(end.rstrip("\r\n")) :]
            csv.writer(target, delimiter=found, lineterminator=end).writerow(header)
            while part := given.read(_CHUNK):
                target.write(part)
    return Text(path, found, header, last - 1, lines - last + 1 if quoted else None, said)


def spans(text: Text) -> Iterator[tuple[int, list[str], list[str]]]:
    """Each row below the header: the line in which it starts, its lines, and its cells."""
    held: list[str] = []

    def fed() -> Iterator[str]:
        for line in decoded:
            held.append(line)
            yield line

    limit = csv.field_size_limit(_LONGEST)
    try:
        with _opened(text.path) as file:
            decoded = io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")
            rows = csv.reader(fed(), delimiter=text.delimiter)
            next(rows, None)
            line = 2 + text.above
            held.clear()
            for row in rows:
                yield line, held, row
                line += len(held)
                held.clear()
    except csv.Error as error:
        raise UnusableError(f"line {rows.line_num + text.above}: {error}") from None
    finally:
        csv.field_size_limit(limit)


def joined(text: Text, numbers: Collection[int]) -> str:
    """Rows of several lines, in words; empty if there are none.

    Refused are lines within one quotation that look like rows of their own: of the columns at the places
    `numbers`, those with a digit in the first row have one in every row.
    """
    first: list[int] = []
    many, said = 0, ""

    def apart(line: str) -> bool:
        """Whether a line is a row by itself, quotation marks aside."""
        cells = line.rstrip("\r\n").split(text.delimiter)
        return len(cells) == len(text.header) and all(re.search("[0-9]", cells[place]) for place in first)

    for line, held, row in spans(text):
        if not first and len(held) == 1 and len(row) == len(text.header):
            first = [place for place in numbers if re.search("[0-9]", row[place])]
        if len(held) == 1 or not row:
            continue
        last = line + len(held) - 1
        if any(map(apart, held[1:])):
            raise UnusableError(
                f"line {line}: a quotation mark is not closed before line {last}, so lines {line} to {last} are "
                "one row, though they look like several; close it or take it out (a mark within a text is doubled)"
            )
        many, said = many + 1, said or f"lines {line} to {last}"
    runs, first_of = ("row runs", "") if many == 1 else ("rows run", "first ")
    return f"{many:,} {runs} over several lines within quotation marks ({first_of}{said})" if many else ""


def _zipped(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def _opened(path: Path) -> IO[bytes]:
    return gzip.open(path, "rb") if _zipped(path) else path.open("rb")  # type: ignore[return-value]


def _wide(start: bytes, encoding: str) -> str:
    """The encoding, with the order of bytes of UTF-16 that has no mark."""
    marked = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    even, odd = start[:4096:2].count(0), start[1:4096:2].count(0)
    few = len(start[:4096]) // 16  # in UTF-16, commas, digits and line ends have a zero on one side
    seen = "utf-16-le" if odd > 4 * even + few else "utf-16-be" if even > 4 * odd + few else ""
    seen = "utf-16" if marked else seen
    wide = encoding.startswith(("utf-16", "utf-32"))
    if seen and not wide:
        raise UnusableError(f"is UTF-16 text; set encoding: {seen}")
    if start.startswith(codecs.BOM_UTF8) and encoding not in (_UTF8, "utf-8-sig"):
        raise UnusableError("is UTF-8 text; leave encoding away")
    if encoding.startswith("utf-16") and not seen:
        raise UnusableError("is not UTF-16 text; leave encoding away, or set encoding: latin-1")
    return seen if encoding.startswith("utf-16") and not marked else encoding


def _survey(path: Path) -> tuple[bool, bool, int]:
    """Whether there are quotation marks, whether all lines end alike, and how many there are."""
    quoted, zeros, ends, returns, both, last = False, False, 0, 0, 0, b""
    with _opened(path) as file:
        while chunk := file.read(_CHUNK):
            quoted, zeros = quoted or b'"' in chunk, zeros or b"\0" in chunk
            ends, returns = ends + chunk.count(b"\n"), returns + chunk.count(b"\r")
            both += (last + chunk).count(b"\r\n") if returns else 0
            last = chunk[-1:]
    even = not zeros and (not returns or returns == both == ends)
    return quoted, even, ends + returns - both + (last not in b"\r\n")


def _copied(path: Path, encoding: str, folder: Path) -> Path:
    """The file in UTF-8 with even line ends, without a byte order mark."""
    copy = folder / f"{len(list(folder.iterdir()))}-utf8.csv"
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=True)
    as_utf8 = codecs.getincrementaldecoder(_UTF8)()
    single = not encoding.startswith("utf-")
    foreign, valid, line, controls = False, True, 1, 0
    with _opened(path) as source, copy.open("w", encoding=_UTF8, newline="") as target:
        while True:
            chunk = source.read(_CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                line += error.object[: error.start].count(b"\n")
                if encoding == _UTF8:
                    raise not_utf8(line) from None
                raise UnusableError(
                    f"line {line}: is not {encoding} text; set encoding to what it was saved in"
                ) from None
            if "\0" in text:
                line += text[: text.index("\0")].count("\n")
                raise UnusableError(f"line {line}: holds signs without meaning (NUL); export it again")
            if single and not text.isascii():
                foreign = True
                odd = next((sign for sign in text if "\x80" <= sign <= "\x9f"), None)
                if encoding == "iso8859-1" and odd is not None and not controls:
                    controls = line + text[: text.index(odd)].count("\n")
            try:
                as_utf8.decode(chunk, final=not chunk)
            except UnicodeDecodeError:
                valid = False
            target.write(text.removeprefix("\ufeff") if line == 1 else text)
            line += text.count("\n")
            if not chunk:
                break
    if single and foreign and valid:
        raise UnusableError("is UTF-8 text; leave encoding away, or its letters would come out wrong")
    if controls:
        raise UnusableError(f"line {controls}: holds signs that latin-1 does not have; set encoding: cp1252")
    return copy


def _rows(text: str, delimiter: str) -> list[tuple[list[str], int]]:
    """The first rows, with the line in which each ends."""
    limit = csv.field_size_limit(_LONGEST)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        return [(row, reader.line_num) for row in islice(reader, _TITLES)]
    except csv.Error as error:
        raise UnusableError(f"line {reader.line_num}: {error}") from None
    finally:
        csv.field_size_limit(limit)


def _header(rows: Sequence[tuple[Sequence[object], int]], names: Names) -> int:
    """Which of the first rows holds the names: the first with all that are needed, else the one with most."""
    hits = [len({folded(name) for name in row} & names.needed) for row, _ in rows]
    return hits.index(max(hits)) if hits else 0


def not_utf8(line: int) -> UnusableError:
    """The error of a file read as UTF-8 that is not."""
    return UnusableError(f"line {line}: is not UTF-8 text; set encoding: latin-1, or what it was saved in")


# --- Excel --------------------------------------------------------------------------------------------------


def sheet(path: Path, source: Source, names: Names, folder: Path) -> Text:
    """A sheet as a CSV file with the number of each row: the one that is named, or the only one with the columns.

    In columns of days a plain number is Excel's number of a day. What cannot be read is an UnusableError.
    """
    openpyxl = package("Excel files", "openpyxl", "openpyxl.utils.datetime")
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # a zip file that is none, a part missing, a password: each its own class
        raise UnusableError(f"cannot be read as an Excel workbook: {type(error).__name__}") from None
    name, skip = source.sheet, source.skip_rows
    try:
        if name is not None and name not in book.sheetnames:
            raise UnusableError(f"has no sheet {shorten(name)}; {nearest(name, book.sheetnames)}")
        found = book[name] if name else _meant(book.worksheets, names)
        found.reset_dimensions()  # what a sheet declares may be less than it holds
        first = [(row, 0) for row in islice(found.iter_rows(values_only=True), _TITLES)]
        place = _header(first, names) if skip is None else skip
        header = tuple(map(spaced, first[place][0])) if place < len(first) else ()
        if not any(header):
            raise UnusableError("has an empty first row; it must hold the names of the columns")
        dates = {spaced(source.theirs(column)) for column in DATES}
        days = [title in dates for title in header]
        copy, empty = folder / f"{len(list(folder.iterdir()))}-sheet.csv", set[int]()
        ours = [column for column, title in enumerate(header) if folded(title) in names.wanted]

        def text(value: Any, day: bool) -> str:
            if isinstance(value, bool):
                return str(value).lower()
            if day and isinstance(value, int | float) and _EARLIEST <= value <= _LATEST:
                value = openpyxl.utils.datetime.from_excel(value, book.epoch)
            if source.forms and day and isinstance(value, date):
                return value.strftime(FORM)
            if isinstance(value, datetime):
                return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
            if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
                return str(int(value))
            return "" if value is None else str(value)

        with copy.open("w", encoding=_UTF8, newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*header, ROW])
            for number, row in enumerate(found.iter_rows(min_row=place + 2, values_only=True), start=place + 2):
                cells = list(map(text, row, days))
                if any(cells):
                    cells += [""] * (len(header) - len(cells))
                    empty |= {column for column in ours if not cells[column]}
                    writer.writerow([*cells, number])
        if empty:
            _computed(openpyxl, path, found.title, {column: header[column] for column in empty}, place + 2)
    finally:
        book.close()
    said = (f"the names of the columns stand in row {place + 1}; what is above them is left out",)
    return Text(copy, ",", (*header, ROW), said=said if place and skip is None else ())


def _meant(sheets: Sequence[Any], names: Names) -> Any:
    """The only sheet with the columns that are needed; the first where none has them."""
    having = []
    for each in sheets:
        each.reset_dimensions()
        rows = islice(each.iter_rows(values_only=True), _TITLES)
        if any(names.needed <= set(map(folded, row)) for row in rows):
            having.append(each)
    if len(having) > 1:
        listed = " and ".join(shorten(each.title) for each in having)
        raise UnusableError(f"holds {len(having)} sheets with these columns, {listed}; join them, or set sheet")
    return having[0] if having else sheets[0]


def _computed(openpyxl: Any, path: Path, title: str, empty: dict[int, str], start: int) -> None:
    """Refuse a column of formulas of which none has a value."""
    lacking: dict[int, bool] = {}
    with ExitStack() as opened:
        both = []
        for only in (True, False):
            book = opened.enter_context(closing(openpyxl.load_workbook(path, read_only=True, data_only=only)))
            book[title].reset_dimensions()
            rows = book[title].iter_rows(min_row=start, values_only=True)
            both.append(opened.enter_context(closing(rows)))
        for given, written in zip(*both, strict=False):
            for column in empty:
                if column < len(written) and str(written[column]).startswith("="):
                    lacking[column] = lacking.get(column, True) and given[column] is None
    for column in lacking:
        if lacking[column]:
            raise UnusableError(
                f"{shorten(empty[column])} holds formulas that were never computed, so there are no values; open "
                "the workbook in a spreadsheet, save it, and try again"
            )
