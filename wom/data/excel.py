"""Sheets of Excel as CSV files with the number of each row."""

from __future__ import annotations

import csv
from collections.abc import Collection
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from ..errors import nearest, shorten
from .extra import openpyxl
from .textfiles import Text, UnusableError

ROW = "\u2116"
"""Name of the added column that holds the row's number; no user would call one so."""

_EARLIEST, _LATEST = 1, 109_575
"""Days since 1900 that may be a date's number: up to the year 2200."""

FORM = "%Y-%m-%dT%H:%M:%S"
"""How Excel's own dates are written where texts have a form of their own; no other text looks so by chance."""


def sheet(path: Path, name: str | None, dates: Collection[str], folder: Path, formed: bool = False) -> Text:
    """A sheet as a CSV file.

    Args:
        path: .xlsx or .xlsm.
        name: of the sheet; the first by default.
        dates: names of columns of days, in which a plain number is Excel's number of a day.
        folder: where the file goes.
        formed: whether texts have a form of days of their own, so that Excel's own dates are written as `FORM`.

    Raises:
        UnusableError: no such sheet, or no workbook.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     book = openpyxl().Workbook()
        ...     book.active.append(["id", "date"])
        ...     book.save(Path(folder) / "p.xlsx")
        ...     sheet(Path(folder) / "p.xlsx", None, ["date"], Path(folder)).header
        ('id', 'date', '№')
    """
    package = openpyxl()
    try:
        book = package.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # a zip file that is none, a part missing, a password: each its own class
        raise UnusableError(f"cannot be read as an Excel workbook: {type(error).__name__}") from None
    try:
        if name is not None and name not in book.sheetnames:
            raise UnusableError(f"has no sheet {shorten(name)}; {nearest(name, book.sheetnames)}")
        rows = (book[name] if name else book.worksheets[0]).iter_rows(values_only=True)
        header = tuple("" if value is None else str(value).strip() for value in next(rows, ()))
        if not any(header):
            raise UnusableError("has an empty first row; it must hold the names of the columns")
        days = [title in dates for title in header]
        copy = folder / f"{len(list(folder.iterdir()))}-sheet.csv"
        with copy.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*header, ROW])
            for number, row in enumerate(rows, start=2):
                cells = [
                    _text(value, day, book.epoch, package, formed) for value, day in zip(row, days, strict=False)
                ]
                if any(cells):
                    writer.writerow([*cells, *[""] * (len(header) - len(cells)), number])
        return Text(copy, ",", (*header, ROW))
    finally:
        book.close()


def _text(value: Any, day: bool, epoch: datetime, package: Any, formed: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if day and isinstance(value, int | float) and _EARLIEST <= value <= _LATEST:
        value = package.utils.datetime.from_excel(value, epoch)
    if formed and day and isinstance(value, date):
        return value.strftime(FORM)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
