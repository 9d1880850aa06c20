"""Many variants of a scenario in one pass: points are draws of the engine, not runs one after the other."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..anchoring import Start, anchor, anchored
from ..draws import BAD, GOOD
from ..engine import Month, State, months
from ..errors import InputError, WomError, nearest, shorten
from ..files import find, parse_value
from ..parameters import QUANTITIES, Value, central
from ..plan import Phase, Schedule, Step, split_key
from ..scenario import Inputs, Scenario, load
from ..units import Array, discount_factors

# --- Many variants of a scenario: the points of a grid, the rows of a CSV file, or files side by side ---

_DECIMAL_COMMA = re.compile(r"^\s*([+-]?\d*),(\d+(?:[eE][+-]?\d+)?)\s*$")

MOST = 100_000
"""Points of one grid: more would be a slip of the fingers."""

_SETTINGS = tuple(name for name in Scenario.model_fields if name not in ("today", "plan", "correlations", "basis"))


@dataclass(frozen=True)
class Point:
    """One variant: its name, what it changes by dotted key, and its own file where it has one."""

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
    """
    if files:
        return from_files(files)
    return read_csv(branches) if branches else grid(grid_of)


def from_files(files: Sequence[str | Path]) -> list[Point]:
    """Scenario files side by side, named after file and folder where that is needed to tell them apart.

    Raises:
        InputError: no such file.
    """
    paths = [find(file).resolve() for file in files]
    stems = [path.stem for path in paths]
    names = [path.stem if stems.count(path.stem) == 1 else f"{path.parent.name}/{path.stem}" for path in paths]
    return [
        Point(name if names.count(name) == 1 else f"{name} ({names[: place + 1].count(name)})", {}, str(path))
        for place, (name, path) in enumerate(zip(names, paths, strict=True))
    ]


# --- Variants of a scenario as draws of the engine: anchored, checked as a scenario is, and run side by s ---

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Beside:
    """What came of points side by side."""

    kept: NDArray[np.intp]
    """Places of the points that hold together."""
    results: Mapping[str, Array]
    """By name as in `Effect.headlines`, one number per point kept."""
    courses: Array
    """By (month, point kept): the plan's net so far in today's money, or revenue where there is no plan."""
    problems: Mapping[int, str]
    """By place, why the other points were refused."""


def quantity_of(key: str) -> str:
    """The parameter that a dotted key changes, whichever segment it names."""
    return ".".join(key.split(".")[-2:])


def run(base: Scenario, values: Mapping[str, Array], count: int) -> Beside:
    """Points that differ in plain numbers of the business, side by side.

    Args:
        base: what they share.
        values: by dotted key, one per point.
        count: how many points.
    """
    reasons: dict[int, str] = {}
    for key, column in values.items():
        for place in np.flatnonzero(~_admitted(key, column)):
            reasons.setdefault(int(place), _bounds(key, float(column[place])))
    kept = np.array([place for place in range(count) if place not in reasons], dtype=np.intp)
    while len(kept):
        start, faults = _begin(base, {key: column[kept] for key, column in values.items()}, len(kept))
        bad = np.logical_or.reduce([where for where, _ in faults])
        for where, text in faults:
            for place in kept[where]:
                reasons.setdefault(int(place), text)
        if not bad.any():
            break
        kept = kept[~bad]
    if not len(kept):
        return Beside(kept, {}, np.empty((base.horizon_months, 0)), reasons)
    table, course = _results(start, bool(base.plan))
    return Beside(kept, table, course, reasons)


def _admitted(key: str, column: Array) -> NDArray[np.bool_]:
    quantity = QUANTITIES[quantity_of(key)]
    return np.array(
        [quantity.admits(value) and (value == 1.0 or not quantity.plan_only) for value in column.tolist()]
    )


def _bounds(key: str, value: float) -> str:
    quantity = QUANTITIES[quantity_of(key)]
    if quantity.plan_only:
        return f"{key}: is 1 today; only a plan changes it"
    return f"{key}: must be {quantity.allowed}, is {value:g}"


def _begin(
    base: Scenario, values: Mapping[str, Array], count: int
) -> tuple[Start, list[tuple[NDArray[np.bool_], str]]]:
    """The points as draws of the engine, anchored, and where something contradicts itself."""
    given: dict[str, Array] = {}
    for key, column in values.items():
        if key.startswith("segments."):
            given[f"today.{key}"] = column
            continue
        given |= {f"today.{key}": column, f"evidence.{key}": column}
        given |= {f"today.segments.{name}.{key}": column for name in base.segments}

    def pick(path: str, value: Value) -> Array:
        return given.get(path, np.asarray(central(value)))

    made = base.inputs(pick)
    size = made.parameters["market.size"]
    inputs = replace(
        made, parameters={**made.parameters, "market.size": np.broadcast_to(size, (len(size), count)).copy()}
    )
    start, problems = anchored(replace(inputs, defaults=made.defaults - set(values)))
    faults = [(_by_point(inputs.parameters[GOOD] + inputs.parameters[BAD] > 1.0 + _ROUNDING, count),
               "good_share and bad_share are over 1 together")]  # fmt: skip
    faults += [(_by_point(problem.where, count), problem.text) for problem in problems]
    for key, where, month in _beyond(inputs):
        text = f"the plan takes {key} out of bounds in month {month}; allowed is {QUANTITIES[key].allowed}"
        faults.append((_by_point(where, count), text))
    return start, faults


def _by_point(where: NDArray[np.bool_], count: int) -> NDArray[np.bool_]:
    return np.asarray(np.broadcast_to(where, (where.shape[0], count)).any(axis=0))


def _beyond(inputs: Inputs) -> Iterator[tuple[str, NDArray[np.bool_], int]]:
    """Where the plan takes a value out of its bounds."""
    plan = inputs.schedule
    keys = list({step.key: None for phase in plan.phases for step in phase.steps})
    for month in sorted(plan.turns(inputs.horizon_months)) if keys else ():
        later = plan.parameters(inputs.parameters, month)
        for key in keys:
            fine = np.vectorize(QUANTITIES[key].admits, otypes=[np.bool_])(later[key])
            yield key, ~fine, month
        if {GOOD, BAD} & set(keys):
            yield GOOD, later[GOOD] + later[BAD] > 1.0 + _ROUNDING, month


def _results(start: Start, planned: bool) -> tuple[dict[str, Array], Array]:
    """RESULTS by point, and a line by month and point."""
    inputs = start.inputs
    horizon = inputs.horizon_months
    base = _Totals(start, Schedule())
    run = _Totals(start, inputs.schedule) if planned else base
    cost = np.stack([np.broadcast_to(inputs.schedule.cost(month), (start.draws,)) for month in range(horizon)])
    factors = discount_factors(inputs.parameters["economics.discount_rate"], horizon)
    spent = cost * discount_factors(np.nan_to_num(inputs.plan_discount_rate), horizon) if planned else 0.0 * cost
    earned = ((run.contribution - base.contribution) * factors).sum(axis=1)
    so_far = np.cumsum(earned - spent, axis=0)
    worth = (run.contribution * factors).sum(axis=(0, 1)) - spent.sum(axis=0)
    without = (base.contribution * factors).sum(axis=(0, 1))
    below = so_far < -1e-12 * np.abs(without)  # as in Effect
    last = horizon - 1 - np.argmax(below[::-1], axis=0)
    never = ~below.any(axis=0) | (last == horizon - 1)
    table = {
        "revenue": run.revenue.sum(axis=0),
        "extra_revenue": run.revenue.sum(axis=0) - base.revenue.sum(axis=0),
        "plan_cost": cost.sum(axis=0),
        "npv": worth,
        "net": worth - without,
        "payback_month": np.where(never, np.nan, last + 1.0),
        "customers_at_end": run.customers,
        "extra_customers_at_end": run.customers - base.customers,
        "new_customers": run.sums["new_customers"],
        "people_told_good": run.sums["people_told_good"],
        "people_told_bad": run.sums["people_told_bad"],
        "stars_at_end": run.stars,
    }
    return table, so_far if planned else run.revenue


class _Totals:
    """One pass over the months of all points."""

    def __init__(self, start: Start, plan: Schedule) -> None:
        inputs = start.inputs
        course = list(months(inputs.parameters, start.hidden, start.state, inputs.horizon_months, plan))
        last = course[-1]
        self.revenue = np.stack([month.revenue.sum(axis=0) for month in course])
        self.contribution = np.stack([month.contribution for month in course])
        self.customers = (last.customers + last.new_customers - last.lost_customers).sum(axis=0)
        flows = ("new_customers", "people_told_good", "people_told_bad")
        self.sums = {name: sum(getattr(month, name).sum(axis=0) for month in course) for name in flows}
        self.stars = np.broadcast_to(last.stars[0], self.customers.shape)


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


def lever(scenario: Scenario, key: str, values: Sequence[float] | Array) -> pd.DataFrame:
    """Results of a business for several values of one parameter, all else as it is today.

    The hidden values stay anchored to today's business; the parameter has its new value from month 0 on, in every
    segment, and there is no plan. All values run through the engine side by side.

    Args:
        scenario: from `wom.load`; its plan is left out.
        key: dotted, a parameter that a plan may change.
        values: of the parameter, one run each.

    Returns:
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
    inputs = scenario.without_plan().inputs()
    try:
        name, chosen = split_key(key, tuple(scenario.today.segments))
    except ValueError as error:
        raise InputError(str(error), key, scenario.file) from error
    values = np.asarray(values, dtype=np.float64)
    for value in values:
        if not QUANTITIES[name].admits(float(value)):
            raise InputError(f"must be {QUANTITIES[name].allowed}, is {value:g}", key, scenario.file)
    own = np.isin(np.arange(len(inputs.segments)), chosen).astype(np.float64)[:, np.newaxis]
    step = Step(name, np.ones((1, 1)) if key == name else own, "to", values[np.newaxis])
    plan = Schedule((Phase("lever", 0, 1, None, np.zeros(1), np.zeros(1), (step,)),))
    hidden, state = anchor(inputs.segments, inputs.parameters, inputs.defaults)
    draws = len(values)
    state = State(**{name: np.broadcast_to(part, (*part.shape[:-1], draws)) for name, part in vars(state).items()})
    course = list(months(inputs.parameters, hidden, state, inputs.horizon_months, plan))

    def total(column: str) -> Array:
        return np.asarray(np.sum([getattr(month, column).sum(axis=0) for month in course], axis=0))

    rate = inputs.parameters["economics.discount_rate"]
    worth = sum(
        (factor * month.contribution).sum(axis=0)
        for factor, month in zip(discount_factors(rate, len(course)), course, strict=True)
    )
    last: Month = course[-1]
    after = last.customers + last.new_customers - last.lost_customers
    flows = ("new_customers", "people_told_good", "people_told_bad")
    return pd.DataFrame(
        {
            "revenue": total("revenue"),
            "npv": worth,
            "customers": after.sum(axis=0),
            **{column: total(column) for column in flows},
            "stars": np.broadcast_to(last.stars[0], values.shape),
        },
        index=pd.Index(values, name=key),
    )


# --- Many variants of a scenario in one pass: points are draws of the engine, not runs one after the othe ---

RESULTS = (
    "revenue", "extra_revenue", "plan_cost", "npv", "net", "payback_month", "customers_at_end",
    "extra_customers_at_end", "new_customers", "people_told_good", "people_told_bad", "stars_at_end",
)  # fmt: skip
"""What is known of each point; names and meaning are those of `Effect.headlines`."""

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
        """Points with their results, the best first; refused points are left out.

        Args:
            by: one of RESULTS; by default the net present value, or the NPV where there is no plan.

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
        """What points are ranked by: the plan's net present value, or the NPV where there is no plan."""
        return "net" if (self.results["net"].fillna(0.0) != 0).any() else "npv"


def sweep(scenario: Scenario, points: Sequence[Point]) -> Sweep:
    """Results of a scenario's variants, each as if it were loaded, changed and run by itself.

    Points that differ in plain numbers of the business run side by side; the hidden values of each are found
    anew, so that each reproduces its own figures of today. A point whose values are not allowed or contradict
    each other is refused, with the reason, and the others are not touched.

    Args:
        scenario: from `wom.load`.
        points: from `wom.points`; those with a file of their own start from that.

    Raises:
        InputError: two points of one name.
    """
    names = [point.name for point in points]
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise InputError(f"the name {twice[0]!r} stands twice", "name")
    results: dict[str, Mapping[str, float]] = {}
    courses: dict[str, Array] = {}
    problems: dict[str, str] = {}
    for base, group, columns in _groups(scenario, points, problems):
        size = max(1, _CELLS // (base.horizon_months * len(base.segments)))
        for first in range(0, len(group), size):
            part = group[first : first + size]
            found = run(
                base, {key: np.array([float(point.changes[key]) for point in part]) for key in columns}, len(part)
            )
            problems |= {part[place].name: text for place, text in found.problems.items()}
            for column, place in enumerate(found.kept):
                results[part[place].name] = {key: float(values[column]) for key, values in found.results.items()}
                courses[part[place].name] = found.courses[:, column]
    order = [name for name in names if name not in problems]
    keys = list(dict.fromkeys(key for point in points for key in point.changes))
    table = pd.DataFrame([dict(point.changes) for point in points], index=names, columns=keys)
    return Sweep(
        table.rename_axis("point"),
        pd.DataFrame([results.get(name, {}) for name in names], index=names, columns=list(RESULTS))
        .astype(float)
        .astype({"payback_month": "Int64"})
        .rename_axis("point"),
        pd.DataFrame({name: pd.Series(courses[name]) for name in order}).T.rename_axis("point"),
        pd.Series({name: problems[name] for name in names if name in problems}, dtype=object, name="problem"),
    )


def _groups(
    scenario: Scenario, points: Sequence[Point], problems: dict[str, str]
) -> Iterator[tuple[Scenario, list[Point], list[str]]]:
    """Points that can run side by side, with the scenario that they share and the keys in which they differ."""
    together: dict[tuple[Any, ...], list[Point]] = {}
    for point in points:
        apart = tuple((key, repr(value)) for key, value in point.changes.items() if not _runs_beside(key, value))
        beside = tuple(key for key, value in point.changes.items() if _runs_beside(key, value))
        together.setdefault((point.file, apart, beside), []).append(point)
    for (file, _, beside), group in together.items():
        shared = {key: value for key, value in group[0].changes.items() if key not in beside}
        try:
            base = (load(file) if file else scenario).replace(shared)
            for key in beside:
                base = _fitted(base, key, [float(point.changes[key]) for point in group])
        except WomError as error:
            problems |= {point.name: _one_line(error) for point in group}
            continue
        yield base, group, list(beside)


def _runs_beside(key: str, value: Any) -> bool:
    return quantity_of(key) in QUANTITIES and isinstance(value, int | float) and not isinstance(value, bool)


def _fitted(base: Scenario, key: str, values: Sequence[float]) -> Scenario:
    """The scenario with this key given, at the value that it has; what has no such key is refused as ever."""
    name, entries = quantity_of(key), base.entries()
    if name in entries:
        own = key.split(".")[1] if key.startswith("segments.") else ""
        place = base.segments.index(own) if own in base.segments and len(entries[name]) > 1 else 0
        base.replace({key: central(entries[name][place].value)})
        return base
    allowed = [value for value in values if QUANTITIES[name].admits(value)]  # of two that exclude each other
    return base.replace({key: allowed[0]}) if allowed else base


def _one_line(error: WomError) -> str:
    text = f"{error.key}: {error.problem}" if isinstance(error, InputError) and error.key else str(error)
    return text.split("\n")[0]
