"""Many variants of a scenario: the points of a grid, the rows of a CSV file, or files side by side."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .errors import InputError, nearest, shorten
from .files import find, parse_value
from .parameters import QUANTITIES
from .scenario import Scenario

_DECIMAL_COMMA = re.compile(r"^\s*([+-]?\d*),(\d+(?:[eE][+-]?\d+)?)\s*$")

MOST = 100_000
"""Points of one grid: more would be a slip of the fingers."""

_SETTINGS = tuple(name for name in Scenario.model_fields if name not in ("today", "plan", "correlations", "basis"))


@dataclass(frozen=True)
class Point:
    """One variant: its name, what it changes by dotted key, and its own file where it has one.

    Example:
        >>> Point("better", {"experience.bad_share": 0.03}).changes, Point("as it is").changes
        ({'experience.bad_share': 0.03}, {})
    """

    name: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    file: str = ""


def check_key(key: str, where: str = "") -> str:
    """A dotted key as `Scenario.replace` takes it.

    Args:
        key: such as `experience.bad_share`, `today.experience.bad_share`, `segments.NAME.market.size` or
            `horizon_months`.
        where: what to name in the error.

    Raises:
        InputError: no such key; the nearest is named.

    Example:
        >>> check_key("today.experience.bad_share")
        'experience.bad_share'
    """
    plain = key.strip().removeprefix("today.")
    last = ".".join(plain.split(".")[2:]) if plain.startswith("segments.") else plain
    if last not in QUANTITIES and plain not in _SETTINGS:
        raise InputError(f"unknown key; {nearest(plain, [*QUANTITIES, *_SETTINGS])}", shorten(key), where)
    return plain


def axis(text: str) -> tuple[str, list[Any]]:
    """One direction of a grid as it is typed.

    Args:
        text: `KEY=a,b,c`, or `KEY=first:last:count` for evenly spaced numbers.

    Raises:
        InputError: no key, no values, or one that cannot be read.

    Example:
        >>> axis("experience.bad_share=0.02,0.04"), axis("horizon_months=12:36:3")
        (('experience.bad_share', [0.02, 0.04]), ('horizon_months', [12, 24, 36]))
    """
    key, equals, given = text.partition("=")
    if not equals or not given.strip():
        raise InputError(f"--grid takes KEY=a,b,c or KEY=first:last:count; got {shorten(text)}")
    key = check_key(key)
    if given.count(":") == 2 and "," not in given:
        return key, _spaced(given, key)
    values = [parse_value(part, key) for part in given.split(",")]
    if any(value is None for value in values):
        raise InputError(f"has an empty value in {shorten(given)}", key)
    return key, list(dict.fromkeys(values)) if all(map(_plain, values)) else values


def _spaced(given: str, key: str) -> list[Any]:
    parts = [parse_value(part, key) for part in given.split(":")]
    numbers = all(isinstance(part, int | float) and not isinstance(part, bool) for part in parts)
    if not numbers or not isinstance(parts[2], int) or not 2 <= parts[2] <= MOST:
        raise InputError(f"first:last:count needs two numbers and a count of 2 or more; got {shorten(given)}", key)
    first, last, count = parts
    values = [float(f"{value:.12g}") for value in np.linspace(first, last, count)]
    whole = isinstance(first, int) and isinstance(last, int) and all(value.is_integer() for value in values)
    return [int(value) for value in values] if whole else values


def _plain(value: Any) -> bool:
    return isinstance(value, int | float | str)


def grid(axes: Mapping[str, Sequence[Any]]) -> list[Point]:
    """All combinations of the values, the last direction changing fastest.

    Args:
        axes: values by dotted key.

    Raises:
        InputError: an unknown key, a direction without values, or more than 100,000 points.

    Example:
        >>> [point.name for point in grid({"experience.bad_share": [0.02, 0.04], "horizon_months": [36]})]
        ['bad share 2 %, horizon months 36', 'bad share 4 %, horizon months 36']
    """
    keys = [check_key(key) for key in axes]
    for key, values in zip(keys, axes.values(), strict=True):
        if isinstance(values, str) or len(values) == 0:
            raise InputError(f"needs a list of values, is {shorten(values)}", key)
    count = int(np.prod([float(len(values)) for values in axes.values()]))
    if count > MOST:
        raise InputError(f"the grid has {count:,} points; at most {MOST:,} are possible")
    short = _short(keys)
    return [
        Point(
            ", ".join(f"{name} {_text(key, value)}" for name, key, value in zip(short, keys, values, strict=True)),
            dict(zip(keys, values, strict=True)),
        )
        for values in itertools.product(*axes.values())
    ]


def _short(keys: Sequence[str]) -> list[str]:
    """The last part of each key in words, or all of it where that is not enough to tell them apart."""
    last = [key.split(".")[-1] for key in keys]
    names = (name if last.count(name) == 1 else key for name, key in zip(last, keys, strict=True))
    return [name.replace("_", " ") for name in names]


def _text(key: str, value: Any) -> str:
    """A value as the name of a point says it: shares in percent, and no digit lost, for names must differ."""
    quantity = QUANTITIES.get(".".join(key.split(".")[-2:]))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if quantity and quantity.unit.startswith("share"):
        return f"{100 * value:.12g} %"
    return f"{value:.12g}"


def read_csv(path: str | Path) -> list[Point]:
    """The rows of a CSV file: `name`, dotted keys, and `scenario` where a row has a file of its own.

    An empty cell leaves the value as it is. Commas, semicolons or tabs separate; where it is no comma, numbers may
    have a decimal comma, as spreadsheets in much of Europe write them.

    Args:
        path: of the file, UTF-8; the first line names the columns.

    Raises:
        InputError: it cannot be read, has no rows, an unknown column, a row without a name, or a name twice.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder) / "branches.csv"
        ...     _ = file.write_text("name,experience.bad_share\\nNorth,0.04\\nSouth,\\n", encoding="utf-8")
        ...     [(point.name, dict(point.changes)) for point in read_csv(file)]
        [('North', {'experience.bad_share': 0.04}), ('South', {})]
    """
    file = str(path)
    try:
        text = Path(path).expanduser().read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8 text; save it as CSV UTF-8", file=file) from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=file) from error
    head = text.split("\n", 1)[0]
    between = max(",;\t", key=head.count)
    rows = list(csv.reader(io.StringIO(text), delimiter=between))
    columns = [cell.strip() for cell in rows[0]] if rows else []
    if "name" not in columns:
        raise InputError(f"needs a column `name`; has {shorten(', '.join(columns))}", file=file)
    keys = [_column(column, file) for column in columns]
    if twice := [key for key in keys if keys.count(key) > 1]:
        raise InputError("the column stands twice", twice[0], file)
    filled = ((line, row) for line, row in enumerate(rows[1:], start=2) if any(cell.strip() for cell in row))
    if between != ",":
        filled = ((line, [_DECIMAL_COMMA.sub(r"\1.\2", cell) for cell in row]) for line, row in filled)
    points = [_row(line, row, keys, Path(path)) for line, row in filled]
    if not points:
        raise InputError("has no rows below the first line", file=file)
    if twice := [name for name, count in Counter(point.name for point in points).items() if count > 1]:
        raise InputError(f"the name {shorten(twice[0])} stands twice", "name", file)
    return points


def _column(column: str, file: str) -> str:
    """A column's key; what is none is refused with what columns may be, for files have columns of their own."""
    if column in ("name", "scenario"):
        return column
    try:
        return check_key(column, file)
    except InputError as error:
        near = f" ({nearest(column, [*QUANTITIES, *_SETTINGS])})" if "." in column else ""
        text = (
            f"the column {shorten(column)} is unknown{near}. Columns are `name`, `scenario` (a row's own file), "
            "dotted keys such as experience.bad_share, and settings such as horizon_months; rename or remove it"
        )
        raise InputError(text, file=file) from error


def _row(line: int, row: Sequence[str], keys: Sequence[str], path: Path) -> Point:
    if len(row) != len(keys):
        raise InputError(f"line {line} has {len(row)} cells, the first line {len(keys)}", file=str(path))
    given = {key: cell.strip() for key, cell in zip(keys, row, strict=True) if cell.strip()}
    name, own = given.pop("name", ""), given.pop("scenario", "")
    if not name:
        raise InputError(f"line {line} has no name", "name", str(path))
    if own and not Path(own).is_absolute() and (path.parent / own).is_file():
        own = str(path.parent / own)  # a path beside the CSV file; else from here, or a sample's name
    return Point(name, {key: parse_value(cell, f"line {line}: {key}") for key, cell in given.items()}, own)


def chosen(grid_of: Mapping[str, Sequence[Any]], branches: str = "", files: Sequence[str] = ()) -> list[Point]:
    """The points that a notebook's parameters ask for: files, or else a CSV file's rows, or else a grid.

    Args:
        grid_of: values by dotted key.
        branches: path of a CSV file; empty for none.
        files: scenario files.

    Raises:
        InputError: as for `from_files`, `read_csv` and `grid`.

    Example:
        >>> len(chosen({"experience.bad_share": [0.02, 0.04, 0.06]}))
        3
    """
    if files:
        return from_files(files)
    return read_csv(branches) if branches else grid(grid_of)


def from_files(files: Sequence[str | Path]) -> list[Point]:
    """Scenario files side by side, named after file and folder where that is needed to tell them apart.

    Raises:
        InputError: no such file.

    Example:
        >>> [point.name for point in from_files(["retailer/today", "supplier/today"])]
        ['retailer/today', 'supplier/today']
    """
    paths = [find(file).resolve() for file in files]
    stems = [path.stem for path in paths]
    names = [path.stem if stems.count(path.stem) == 1 else f"{path.parent.name}/{path.stem}" for path in paths]
    return [
        Point(name if names.count(name) == 1 else f"{name} ({names[: place + 1].count(name)})", {}, str(path))
        for place, (name, path) in enumerate(zip(names, paths, strict=True))
    ]
