"""Small tables of one's own, written and loaded; used by the tests of `wom.data` and `wom.calibration`."""

from datetime import date, timedelta

import pytest

import wom
import wom.data
from wom.data.store import fetched

TODAY = date(2025, 6, 1)
YEAR = {"from": "2024-01", "to": "2024-12"}
DAYS = [date(2024, 1, 1) + timedelta(days=day) for day in range(366)]
ROWS = [(1 + place % 40, day, 10 + place % 7) for place, day in enumerate(DAYS)]
REVENUE = float(sum(amount for *_, amount in ROWS))


def csv(rows=ROWS, header="id,date,amount", sign=","):
    return "\n".join([header.replace(",", sign), *(sign.join(map(str, row)) for row in rows)]) + "\n"


def put(folder, name, content, encoding="utf-8"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return str(path)


def described(folder, frames, **more):
    """The description of frames that are written as CSV files; `more` stands beside them and in them."""
    for name, frame in frames.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    return more | {name: {"file": str(folder / f"{name}.csv")} | more.get(name, {}) for name in frames}


def load(folder, content=None, name="p.csv", written="utf-8", table="payments", top=None, **source):
    """A table; `top` stands beside it in data.yaml, and other tables may be among it."""
    file = put(folder, name, csv() if content is None else content, written)
    return wom.data.load({table: {"file": file} | source} | (top or {}), today=TODAY)


def refused(message, given, *arguments, **source):
    """`given`: a description as it is, or the folder of a table for `load`."""
    with pytest.raises(wom.InputError, match=message) as error:
        wom.data.load(given, TODAY) if isinstance(given, dict) else load(given, *arguments, **source)
    assert "\n" not in str(error.value)


def amount(tables, part="sum"):
    return tables.check().columns.loc[("payments", "amount"), part]


def said(tables):
    return " ".join(tables.check().sentences)


def lines(tables):
    return [line for _, line, _, _ in tables.check().rows()]


def customers(tables, table="payments"):
    return fetched(tables.clean[table].good.id.nunique())
