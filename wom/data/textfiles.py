"""CSV files as they come: encodings, delimiters, headers, and the line in which a row stands."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from ..errors import shorten

DELIMITERS = (",", ";", "\t", "|")
_UTF8 = "utf-8"
_CHUNK = 1 << 20
_LONGEST = 1 << 24


class UnusableError(Exception):
    """What is wrong with a file, in words; the caller knows which key of data.yaml it belongs to.

    Example:
        >>> str(UnusableError("is empty"))
        'is empty'
    """


class Text(NamedTuple):
    """A CSV file in UTF-8 and what its first line says.

    Example:
        >>> Text(Path("p.csv"), ";", ("id", "date")).header
        ('id', 'date')
    """

    path: Path
    delimiter: str
    header: tuple[str, ...]


def prepared(path: Path, encoding: str, delimiter: str | None, wanted: Collection[str], folder: Path) -> Text:
    """A file that DuckDB reads: the file itself, or a copy in UTF-8.

    Args:
        path: the user's file, plain or .gz.
        encoding: as Python names it.
        delimiter: None to find it from the header.
        wanted: names that the header should hold; decide between delimiters.
        folder: where a copy goes.

    Raises:
        UnusableError: empty, of another encoding, or without a header.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     place = Path(folder) / "p.csv"
        ...     _ = place.write_text("id;date", encoding="utf-8")
        ...     prepared(place, "utf-8", None, ("id", "date"), Path(folder)).delimiter
        ';'
    """
    with _opened(path) as file:
        start = _read(file, 4)
    if not start:
        raise UnusableError("is empty; it needs at least a line with the names of its columns")
    _same_family(start, encoding)
    if encoding not in (_UTF8, "utf-8-sig", "ascii"):
        path = _copied(path, encoding, folder)
    first = _first_line(path)
    found = delimiter or _delimiter(first, wanted)
    header = tuple(name.strip() for name in next(csv.reader([first], delimiter=found)))
    if not any(header):
        raise UnusableError("has an empty first line; it must hold the names of the columns")
    return Text(path, found, header)


def lines(text: Text, skipped: Collection[int]) -> Iterator[int]:
    """The line in which each row starts, for rows as DuckDB counts them.

    Args:
        text: the file.
        skipped: lines of rows that were not read.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     place = Path(folder) / "p.csv"
        ...     _ = place.write_text('id,note\\n1,"two\\nlines"\\n2,x\\n', encoding="utf-8")
        ...     list(lines(Text(place, ",", ("id", "note")), set()))
        [2, 4]
    """
    with _opened(text.path) as file:
        decoded = io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")
        rows = csv.reader(decoded, delimiter=text.delimiter)
        next(rows, None)
        start = rows.line_num + 1
        for row in rows:
            if (row or len(text.header) == 1) and start not in skipped:
                yield start
            start = rows.line_num + 1


def _opened(path: Path) -> IO[bytes]:
    try:
        return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]
    except OSError as error:
        raise UnusableError(f"cannot be read: {error.strerror or error}") from error


def _read(file: IO[bytes], size: int) -> bytes:
    try:
        return file.read(size)
    except (OSError, EOFError) as error:
        raise UnusableError(f"cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _same_family(start: bytes, encoding: str) -> None:
    wide = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in start
    if wide and not encoding.startswith(("utf-16", "utf-32")):
        raise UnusableError("is UTF-16 text; set encoding: utf-16")
    if start.startswith(codecs.BOM_UTF8) and encoding not in (_UTF8, "utf-8-sig"):
        raise UnusableError("is UTF-8 text; leave encoding away")
    if encoding.startswith("utf-16") and not wide:
        raise UnusableError("is not UTF-16 text; leave encoding away, or set encoding: latin-1")


def _copied(path: Path, encoding: str, folder: Path) -> Path:
    """The file in UTF-8, without a byte order mark."""
    copy = folder / f"{len(list(folder.iterdir()))}-utf8.csv"
    decoder = codecs.getincrementaldecoder(encoding)()
    as_utf8 = codecs.getincrementaldecoder(_UTF8)()
    single = not encoding.startswith("utf-")
    foreign, valid, line, controls = False, True, 1, 0
    with _opened(path) as source, copy.open("w", encoding=_UTF8, newline="") as target:
        while True:
            chunk = _read(source, _CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                line += error.object[: error.start].count(b"\n")
                raise UnusableError(
                    f"line {line}: is not {encoding} text; set encoding to what it was saved in"
                ) from None
            if single and not text.isascii():
                foreign = True
                odd = next((sign for sign in text if "\x80" <= sign <= "\x9f"), None)
                if encoding == "iso8859-1" and odd is not None and not controls:
                    controls = line + text[: text.index(odd)].count("\n")
            valid = valid and _decodes(as_utf8, chunk)
            target.write(text.removeprefix("\ufeff") if line == 1 else text)
            line += text.count("\n")
            if not chunk:
                break
    if single and foreign and valid:
        raise UnusableError("is UTF-8 text; leave encoding away, or its letters would come out wrong")
    if controls:
        raise UnusableError(f"line {controls}: holds signs that latin-1 does not have; set encoding: cp1252")
    return copy


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes) -> bool:
    try:
        decoder.decode(chunk, final=not chunk)
    except UnicodeDecodeError:
        return False
    return True


def _first_line(path: Path) -> str:
    with _opened(path) as file:
        raw = file.readline(_LONGEST)
    try:
        return raw.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise UnusableError("line 1: is not UTF-8 text; set encoding: latin-1, or what it was saved in") from None


def _delimiter(first: str, wanted: Collection[str]) -> str:
    def score(sign: str) -> tuple[int, int]:
        names = [name.strip() for name in next(csv.reader([first], delimiter=sign))]
        return len(set(names) & set(wanted)), len(names)

    return max(DELIMITERS, key=score)


def not_utf8(line: int) -> UnusableError:
    """The error of a file read as UTF-8 that is not.

    Example:
        >>> print(not_utf8(7))
        line 7: is not UTF-8 text; set encoding: latin-1, or what it was saved in
    """
    return UnusableError(f"line {line}: is not UTF-8 text; set encoding: latin-1, or what it was saved in")


def first_name(names: Collection[str]) -> str:
    """Names of columns in a message.

    Example:
        >>> first_name(["id", "date"])
        "its columns are 'id', 'date'"
    """
    shown = ", ".join(shorten(name, 30) for name in list(names)[:8])
    return f"its columns are {shown}{' and more' if len(names) > 8 else ''}"
