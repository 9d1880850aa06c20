"""Many variants of a scenario in one pass: points are draws of the engine, not runs one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .errors import InputError, WomError
from .parameters import QUANTITIES
from .points import Point
from .quantity import central
from .scenario import Scenario, load
from .side_by_side import quantity_of, run
from .units import Array

RESULTS = (
    "revenue", "extra_revenue", "plan_cost", "npv", "net_present_value", "payback_month", "customers_at_end",
    "extra_customers_at_end", "new_customers", "people_told_good", "people_told_bad", "stars_at_end",
)  # fmt: skip
"""What is known of each point; names and meaning are those of `Effect.headlines`."""

_CELLS = 300_000  # months times segments times points that run at once: what a processor's cache holds


@dataclass(frozen=True)
class Sweep:
    """Results by point; refused points hold nan.

    Example:
        >>> import wom
        >>> from wom.points import grid
        >>> found = sweep(wom.load("retailer/make-it-right"), grid({"experience.bad_share": [0.02, 0.06]}))
        >>> found.measure, found.courses.shape, len(found.problems)
        ('net_present_value', (2, 36), 0)
    """

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
        return "net_present_value" if (self.results["net_present_value"].fillna(0.0) != 0).any() else "npv"


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

    Example:
        >>> import wom
        >>> from wom.points import grid
        >>> found = sweep(wom.load("retailer/make-it-right"), grid({"experience.bad_share": [0.02, 0.06, 1.2]}))
        >>> found.ranked().index.tolist()
        ['bad share 6 %', 'bad share 2 %']
        >>> found.problems.tolist()
        ['experience.bad_share: must be from 0 to 1, is 1.2']
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
