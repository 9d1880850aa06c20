"""Many variants of a scenario: what if its service were otherwise, or other businesses; side by side."""

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
import pandas as pd

from .._run import run
from ..anchoring import Start, start
from ..errors import InputError, WomError, nearest, shorten
from ..files import find, parse_value
from ..parameters import QUANTITIES, Key, Value, central
from ..plan import Change, Schedule, schedule, split_key
from ..scenario import Scenario, load, opens
from ..units import Array, mapped

# --- Which variants: the points of a grid, the rows of a CSV file, or files side by side ---

_PERCENT = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*%")

MOST = 100_000
"""Points of one grid: more would be a slip of the fingers."""

_SETTINGS = [
    name for name in Scenario.file_keys() if name not in ("today", "plan", "what_if", "correlations", "basis")
]


@dataclass(frozen=True)
class Point:
    """One variant of a scenario, by dotted keys."""

    name: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    """What makes another business of it, as `Scenario.replace` takes it."""
    file: str = ""
    """Its own, where it has one."""
    what_if: Mapping[str, Any] = field(default_factory=dict)
    """What the same business changes from month 0 on, as `Scenario.what_if` takes it."""


def _key(text: str) -> str | None:
    """A dotted key as `Scenario.replace` takes it; None if there is no such key."""
    plain = text.strip().removeprefix("today.")
    return plain if str(Key.find(plain)) == plain or plain in _SETTINGS else None


def _known(text: str) -> str:
    if key := _key(text):
        return key
    plain = text.strip().removeprefix("today.")
    raise InputError(f"unknown key; {nearest(plain, [*QUANTITIES, *_SETTINGS])}", shorten(text))


def typed(text: str, key: str, where: str = "") -> Any:
    """A value as it is typed for a key: as in a file, or a share in percent, 6 % for 0.06.

    Raises:
        InputError: no value, or a percentage of what is no share.
    """

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: plain(part) for name, part in value.items()}
        found = _PERCENT.fullmatch(value) if isinstance(value, str) else None
        asked = Key.find(key)
        if not found or not asked:
            return value
        if not asked.quantity.unit.startswith(("share", "probability", "ratio")):
            raise InputError(f"is no share, so no percentage; give it in {asked.quantity.unit}", where or key)
        return float(f"{found[1]}e-2")

    return plain(parse_value(text, where or key))


def axis(text: str) -> tuple[str, list[Any]]:
    """One direction of a grid as it is typed, KEY=a,b,c or KEY=first:last:count."""
    key, equals, given = text.partition("=")
    if not equals or not given.strip():
        raise InputError(f"--grid takes KEY=a,b,c or KEY=first:last:count; got {shorten(text)}")
    key = _known(key)
    spaced = given.count(":") == 2 and "," not in given
    values = [typed(part, key) for part in given.split(":" if spaced else ",")]
    if not spaced:
        if any(value is None for value in values):
            raise InputError(f"has an empty value in {shorten(given)}", key)
        once = all(isinstance(value, int | float | str) for value in values)
        return key, list(dict.fromkeys(values)) if once else values
    first, last, count = values
    if not all(map(_is_number, values)) or not isinstance(count, int) or not 2 <= count <= MOST:
        raise InputError(f"first:last:count needs two numbers and a count of 2 or more; got {shorten(given)}", key)
    numbers = [float(f"{value:.12g}") for value in np.linspace(first, last, count)]
    whole = isinstance(first, int) and isinstance(last, int) and all(value.is_integer() for value in numbers)
    return key, [int(value) for value in numbers] if whole else numbers


def grid(axes: Mapping[str, Sequence[Any]]) -> list[Point]:
    """All combinations of the values, the last direction changing fastest.

    Keys that a plan may touch ask what if today's business changed so from month 0 on; figures that only anchoring
    knows, such as market.customers, make another business, and the name says so.

    Raises:
        InputError: an unknown key, a direction without values, or more than 100,000 points.
    """
    keys = [_known(key) for key in axes]
    for key, values in zip(keys, axes.values(), strict=True):
        if isinstance(values, str) or len(values) == 0:
            raise InputError(f"needs a list of values, is {shorten(values)}", key)
    count = int(np.prod([float(len(values)) for values in axes.values()]))
    if count > MOST:
        raise InputError(f"the grid has {count:,} points; at most {MOST:,} are possible")
    found = {key: Key.find(key) for key in keys}
    last = [key.split(".")[-1] for key in keys]
    unlike = [name if last.count(name) == 1 else key for key, name in zip(keys, last, strict=True)]

    def told(name: str, key: str, value: Any) -> str:
        """Shares in percent, and no digit lost, for names must differ."""
        if _is_number(value):
            share = (place := found[key]) and place.quantity.unit.startswith("share")
            value = f"{100 * value:.12g} %" if share else f"{value:.12g}"
        return f"{name.replace('_', ' ')} {value}"

    points = []
    for combined in itertools.product(*axes.values()):
        given = dict(zip(keys, combined, strict=True))
        asked = {key: value for key, value in given.items() if (place := found[key]) and not place.quantity.fixed}
        other = {key: value for key, value in given.items() if key not in asked}
        suffix = " (another business)" if any(found[key] for key in other) else ""
        parts = ", ".join(told(name, *item) for name, item in zip(unlike, given.items(), strict=True))
        points.append(Point(parts + suffix, other, what_if=asked))
    return points


def quantity_of(key: str) -> str:
    """The parameter that a dotted key changes, whichever segment it names."""
    found = Key.find(key)
    return found.parameter if found else key


_WRITTEN = re.compile(r"[+-]?(\d*)(?:[.,](\d+))+(?:[eE][+-]?\d+)?")
"""A number with a comma or a point in it."""


def read_csv(path: str | Path) -> list[Point]:
    """The rows of a CSV file, each another business: `name`, dotted keys, `scenario` where a row has its own file.

    An empty cell leaves the value as it is. Commas, semicolons or tabs separate; numbers may have a decimal comma,
    as spreadsheets in much of Europe write them, and signs between thousands. What can be read in two ways is
    refused.

    Raises:
        InputError: it cannot be read, has no rows, an unknown column, a row without a name, or a name twice.
    """
    file, path = str(path), Path(path)
    try:
        text = path.expanduser().read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8 text; save it as CSV UTF-8", file=file) from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=file) from error
    between = max(",;\t", key=text.split("\n", 1)[0].count)
    rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), delimiter=between)]
    columns = rows[0] if rows else []
    if "name" not in columns:
        raise InputError(f"needs a column `name`; has {shorten(', '.join(columns))}", file=file)
    keys = [column if column in ("name", "scenario") else _key(column) or "" for column in columns]
    if "" in keys:  # files have columns of their own, so what columns may be is told
        column = columns[keys.index("")]
        near = f" ({nearest(column, [*QUANTITIES, *_SETTINGS])})" if "." in column else ""
        text = (
            f"the column {shorten(column)} is unknown{near}. Columns are `name`, `scenario` (a row's own file), "
            "dotted keys such as experience.bad_share, and settings such as horizon_months; rename or remove it"
        )
        raise InputError(text, file=file)
    if twice := [key for key in keys if keys.count(key) > 1]:
        raise InputError("the column stands twice", twice[0], file)
    filled = [(line, row) for line, row in enumerate(rows[1:], start=2) if any(row)]
    if not filled:
        raise InputError("has no rows below the first line", file=file)
    cells = [
        cell for _, row in filled for key, cell in zip(keys, row, strict=False) if key not in ("name", "scenario")
    ]
    decimal = {_decimal(cell) for cell in cells} - {"", None}
    points = []
    for line, row in filled:
        if len(row) != len(keys):
            raise InputError(f"line {line} has {len(row)} cells, the first line {len(keys)}", file=file)
        given = {key: cell for key, cell in zip(keys, row, strict=True) if cell}
        name, own = given.pop("name", ""), given.pop("scenario", "")
        if not name:
            raise InputError(f"line {line} has no name", "name", file)
        if own and not Path(own).is_absolute() and (path.parent / own).is_file():
            own = str(path.parent / own)  # a path beside the CSV file; else from here, or a sample's name
        changes = {}
        for key, cell in given.items():
            where, sign = f"line {line}: {key}", _decimal(cell)
            if sign is None:
                (sign,) = re.findall(r"[.,]", cell)
                if decimal != {sign}:
                    whole, part = cell.split(sign)
                    said = f"is {cell} meant as {whole}{part} or as {float(f'{whole}.{part}'):g}?"
                    raise InputError(f"{said} Write {whole}{part}, or {cell}0", where, file)
            if _WRITTEN.fullmatch(cell):  # as YAML reads it: decimals behind a point, nothing between thousands
                cell = "".join(
                    "." if letter == sign else letter for letter in cell if letter not in {".", ","} - {sign}
                )
            changes[key] = typed(cell, key, where)
        points.append(Point(name, changes, own))
    _once([point.name for point in points], file)
    return points


def _decimal(cell: str) -> str | None:
    """The sign before a number's decimals: None if it may stand between thousands too, empty if there is none."""
    found = _WRITTEN.fullmatch(cell)
    if not found:
        return ""
    signs = re.findall(r"[.,]", cell)
    if len(signs) > 1:
        return signs[-1] if len(set(signs)) > 1 else ""
    thousands = len(found[2]) == 3 and 1 <= len(found[1]) <= 3 and found[1] != "0"
    return None if thousands else signs[0]


def _once(names: Sequence[str], file: str = "") -> None:
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise InputError(f"the name {shorten(twice[0])} stands twice", "name", file)


def chosen(grid_of: Mapping[str, Sequence[Any]], branches: str = "", files: Sequence[str] = ()) -> list[Point]:
    """The points that a notebook's parameters ask for: files, or else a CSV file's rows, or else a grid."""
    if files:
        return from_files(files)
    return read_csv(branches) if branches else grid(grid_of)


def from_files(files: Sequence[str | Path]) -> list[Point]:
    """Scenario files side by side, named after file and folder where that is needed to tell them apart."""
    paths = [find(file).resolve() for file in files]
    stems = [path.stem for path in paths]
    names = [path.stem if stems.count(path.stem) == 1 else f"{path.parent.name}/{path.stem}" for path in paths]
    return [Point(name, {}, str(path)) for name, path in zip(numbered(names), paths, strict=True)]


def numbered(names: Sequence[str]) -> list[str]:
    """Names of which those that occur several times get a number."""
    return [
        name if names.count(name) == 1 else f"{name} ({names[: place + 1].count(name)})"
        for place, name in enumerate(names)
    ]


# --- Results of the variants: those of one business are draws of one run ---

_TOLD = ("people_told_good", "people_told_bad")

RESULTS = (
    "revenue", "extra_revenue", "plan_cost", "npv", "net", "against_today", "payback_month", "customers_at_end",
    "extra_customers_at_end", "new_customers", *_TOLD, "stars_at_end",
)  # fmt: skip
"""What is known of each point; names and meaning are those of `Effect.headlines`. `against_today` is the change of
NPV against the same business without what-if and plan; `payback_month` is one within the horizon."""

_KEPT = ("revenue", "contribution", "customers", "new_customers", "lost_customers", *_TOLD, "stars")
_CELLS = 300_000  # months times segments times points that run at once: what a processor's cache holds


@dataclass(frozen=True)
class Sweep:
    """Results by point; refused points hold nan."""

    points: pd.DataFrame
    """What each point changes: dotted keys, index its name."""
    results: pd.DataFrame
    """RESULTS by point."""
    courses: pd.DataFrame
    """Points by month: the plan's net so far in today's money, or revenue where there is no plan."""
    problems: pd.Series
    """Why a point was refused; only those."""

    def ranked(self, by: str = "") -> pd.DataFrame:
        """Points with their results, the highest first; refused points are left out.

        `by`: one of RESULTS; by default the plan's net, or the NPV where there is no plan.

        Raises:
            InputError: no such result.
        """
        by = by or self.measure
        if by not in RESULTS:
            raise InputError(f"no such result; one of {', '.join(RESULTS)}", by)
        table = self.points.join(self.results).drop(index=self.problems.index)
        return table.sort_values(by, ascending=False, kind="stable")

    @property
    def measure(self) -> str:
        """What points are ranked by: what the plan brings, or the NPV where there is no plan."""
        return "net" if (self.results["net"].fillna(0.0) != 0).any() else "npv"

    def numbers(self, by: str = "") -> dict[str, float]:
        """The highest, the middle and the lowest, and how many points there are and were refused."""
        by = by or self.measure
        values = self.ranked(by)[by].dropna().astype(float)
        counts = {"variants": len(self.points), "refused_variants": len(self.problems)}
        ranks = {"best": values.max(), "median": values.median(), "worst": values.min()} if len(values) else {}
        return {f"{rank}_{by}": float(value) for rank, value in ranks.items()} | counts

    @property
    def order(self) -> str:
        """What a ranking goes by: what change and plan bring together against today, or the NPV without a plan.

        By its net alone a plan would rank first where service is worst, since there is most to mend.
        """
        return "against_today" if self.measure == "net" else self.measure


@opens
def sweep(scenario: Scenario, points: Sequence[Point]) -> Sweep:
    """Results of a scenario's variants, each as if it were asked and run by itself.

    A point with a `what_if` is today's business, anchored once and changed from month 0 on; one with `changes` or
    a file is another business, anchored to its own figures of today. A point that is refused harms no other.

    Raises:
        InputError: two points of one name.
    """
    names = [point.name for point in points]
    _once(names)
    groups: dict[tuple[Any, ...], list[Point]] = {}  # of one business, which differ in numbers from month 0 on
    for point in points:
        asked = tuple((key, "" if _is_number(value) else repr(value)) for key, value in point.what_if.items())
        groups.setdefault((point.file, repr(sorted(point.changes.items())), asked), []).append(point)
    tables, courses, problems = [], [], dict[str, str]()
    for group in groups.values():
        first = group[0]
        try:
            base = (load(first.file) if first.file else scenario).replace(first.changes)
            shared = {key: value for key, value in first.what_if.items() if not _is_number(value)}
            base = base.what_if(shared) if shared else base
            begin = start(base)
        except WomError as error:
            problems |= {point.name: _one_line(error) for point in group}
            continue
        size = max(1, _CELLS // (base.horizon_months * len(base.segments)))
        for place in range(0, len(group), size):
            kept, plan = _asked(base, begin, group[place : place + size], problems)
            if kept:
                results, course = _results(begin, plan, len(kept), bool(base.plan))
                tables.append(pd.DataFrame(results, index=kept))
                courses.append(pd.DataFrame(course.T, index=kept))
    found = pd.concat(tables) if tables else pd.DataFrame(columns=list(RESULTS))
    keys = list(dict.fromkeys(key for point in points for key in {**point.changes, **point.what_if}))
    order = [name for name in names if name not in problems]
    return Sweep(
        pd.DataFrame([{**point.changes, **point.what_if} for point in points], names, keys).rename_axis("point"),
        found.reindex(names).astype(float).astype({"payback_month": "Int64"}).rename_axis("point"),
        (pd.concat(courses) if courses else pd.DataFrame()).reindex(order).rename_axis("point"),
        pd.Series({name: problems[name] for name in names if name in problems}, dtype=object, name="problem"),
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _asked(
    base: Scenario, begin: Start, points: Sequence[Point], problems: dict[str, str]
) -> tuple[list[str], Schedule]:
    """Points that hold together, and their what-ifs on the draw axis; the others' `problems` are noted."""
    keys = [key.removeprefix("today.") for key, value in points[0].what_if.items() if _is_number(value)]
    columns = {f"what_if.{key}": np.array([float(point.what_if[key]) for point in points]) for key in keys}
    changes = {**base.supposed, **{key: Change(to=0.0) for key in keys}}

    def pick(path: str, value: Value) -> Array:
        return columns.get(path, np.asarray(central(value)))

    try:
        for key in keys:
            split_key(key, tuple(base.today.segments))
        plan = schedule(base.plan, base.segments, pick, changes)
    except ValueError:  # no such key: each point is told so below
        plan, bad = Schedule(), np.ones(len(points), np.bool_)
    else:
        bad = np.zeros(len(points), np.bool_)
        for _, _, _, where in plan.beyond(begin.inputs.parameters, base.horizon_months):
            bad |= where.any(axis=0)
    for place in np.flatnonzero(bad).tolist():
        try:
            base.what_if(points[place].what_if)
        except InputError as error:
            problems[points[place].name] = _one_line(error)
    kept = np.flatnonzero(~bad)
    by_point = mapped(plan, lambda amounts: amounts[..., kept] if amounts.shape[-1] == len(points) else amounts)
    return [points[place].name for place in kept.tolist()], by_point


def _results(begin: Start, plan: Schedule, count: int, planned: bool) -> tuple[dict[str, Array], Array]:
    """RESULTS by point, and a line by month and point."""
    many = begin.repeated(count)
    found = run(many, plan, keep=_KEPT)
    without = run(many, plan.without_plan(), keep=_KEPT) if planned else found
    today = run(begin, Schedule()) if planned or plan.what_if else found
    change = found.less(without)
    totals = {name: values.sum(axis=0) for name, values in found.totals.items()}
    table = {name: totals[name] for name in ("revenue", "plan_cost", "new_customers", *_TOLD)} | {
        "extra_revenue": change.totals["revenue"].sum(axis=0),
        "npv": found.npv_by_draw,
        "net": change.npv_by_draw,
        "against_today": found.less(today).npv_by_draw,
        "payback_month": change.payback_month,
        "customers_at_end": found.customers_at_end,
        "extra_customers_at_end": change.customers_at_end,
        "stars_at_end": found.totals["stars"][-1],
    }
    by_point = {
        name: np.broadcast_to(np.array(table[name], np.float64), (count,)) for name in RESULTS
    }  # None is nan
    return by_point, change.so_far if planned else found.totals["revenue"]


def _one_line(error: WomError) -> str:
    text = f"{error.key}: {error.problem}" if isinstance(error, InputError) and error.key else str(error)
    return text.split("\n")[0]


# --- One lever at a time: what a business would bring if one parameter had another value from now on ---

LEVERS: dict[str, tuple[float, float]] = {
    "experience.bad_share": (0.0, 0.20),
    "experience.good_share": (0.05, 0.60),
    "experience.recovered_share": (0.0, 1.0),
    "word_of_mouth.reach_good": (0.0, 24.0),
    "word_of_mouth.reach_bad": (0.0, 24.0),
    "word_of_mouth.causal_share": (0.0, 1.0),
    "experience.causal_share": (0.0, 1.0),
}
"""The levers that the exploring notebook shows, with the span of each."""


def span(key: str) -> Array:
    """Forty-one values of one of `LEVERS`, from end to end."""
    return np.linspace(*LEVERS[key], 41)


@opens
def lever(scenario: Scenario, key: str, values: Sequence[float] | Array) -> pd.DataFrame:
    """Results of a business for several values of one parameter, all else as it is today.

    `Scenario.what_if` for each value, without the plan; all of them run side by side.

    Index the values; columns revenue, npv, customers (at the end), new_customers, people_told_good,
    people_told_bad and stars (at the end), over the horizon.

    Raises:
        InputError: unknown key, one that no plan may change, or a value out of bounds.

    Example:
        >>> import wom
        >>> table = lever(wom.load("retailer/today"), "experience.bad_share", [0.02, 0.06, 0.10])
        >>> bool(table.revenue.is_monotonic_decreasing)
        True
    """
    given: tuple[object, object] = (key, values)  # in the other order they come as easily
    if not isinstance(given[0], str) or isinstance(given[1], str):
        raise InputError(f"needs a dotted key, then its values, is {shorten(key)}, {shorten(values)}", "key")
    found = sweep(
        scenario.without_plan(),
        [Point(str(place), what_if={key: float(value)}) for place, value in enumerate(values)],
    )
    if len(found.problems):
        raise InputError(found.problems.iloc[0], file=scenario.file)
    names = {"customers_at_end": "customers", "stars_at_end": "stars"}
    columns = ["revenue", "npv", "customers", "new_customers", *_TOLD, "stars"]
    index = pd.Index(np.asarray(values, dtype=np.float64), name=key)
    return found.results.rename(columns=names)[columns].set_axis(index)


BELIEFS = tuple(key for key in LEVERS if key.startswith("word_of_mouth.") or key.endswith(".causal_share"))
"""Levers that nobody moves: they are as they are, and can only be found out."""


@opens
def levers(scenario: Scenario) -> pd.DataFrame:
    """`lever` for each of `LEVERS` along its span: index lever and value, columns as there."""
    tables = {key: lever(scenario, key, span(key)).rename_axis("value") for key in LEVERS}
    return pd.concat(tables, names=["lever"])


@opens
def moves(scenario: Scenario, along: pd.DataFrame) -> pd.DataFrame:
    """What each of `LEVERS` does to the worth of a business, along its span and by one step, all else as today.

    A step is a point of a share in every segment, or 1 % of another figure, whichever way is worth more; what it
    costs to take is not known here.

    Args:
        scenario: from `wom.load`; its plan is left out.
        along: from `levers`, of the same scenario.

    Returns:
        By lever low and high (its values), at_low and at_high (change of NPV against today, currency), least and
        most (of it along the span, today among them), step (change of NPV by one step; missing where none is
        possible), up (whether that step is up) and point (whether it is one). The widest span first.
    """
    shares = {key: QUANTITIES[key].unit.startswith("share") for key in LEVERS}
    points = [
        Point(f"{key} {way}", what_if={key: {"add": way / 100} if share else {"multiply": 1.0 + way / 100}})
        for key, share in shares.items()
        for way in (1, -1)
    ]
    npv = sweep(scenario.without_plan(), [Point("today"), *points]).results["npv"]
    rows = {}
    for key, (low, high) in LEVERS.items():
        change = along.xs(key)["npv"].to_numpy() - npv["today"]
        steps = npv[[f"{key} 1", f"{key} -1"]].to_numpy() - npv["today"]
        best = 0 if np.isnan(steps).all() else int(np.nanargmax(steps))
        ends = change[0], change[-1], min(change.min(), 0.0), max(change.max(), 0.0)
        rows[key] = (low, high, *ends, steps[best], best == 0, shares[key])
    columns = ["low", "high", "at_low", "at_high", "least", "most", "step", "up", "point"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("lever")
    return table.iloc[np.argsort(table["least"] - table["most"], kind="stable")]
