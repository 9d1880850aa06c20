"""Variants of a scenario as draws of the engine: anchored, checked as a scenario is, and run side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .anchoring import anchor_draws
from .batch import Start
from .checks import Inputs
from .model import months
from .parameters import QUANTITIES
from .quantity import Value, central
from .sampling import BAD, GOOD
from .scenario import Scenario
from .schedule import Schedule
from .units import Array, discount_factors

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Beside:
    """What came of points side by side.

    Example:
        >>> import wom
        >>> found = run(wom.load("retailer/today"), {"experience.bad_share": np.array([0.06, 1.2])}, 2)
        >>> found.kept.tolist(), found.results["npv"].shape, found.courses.shape
        ([0], (1,), (36, 1))
    """

    kept: NDArray[np.intp]
    """Places of the points that hold together."""
    results: Mapping[str, Array]
    """By name as in `Effect.headlines`, one number per point kept."""
    courses: Array
    """By (month, point kept): the plan's net so far in today's money, or revenue where there is no plan."""
    problems: Mapping[int, str]
    """By place, why the other points were refused."""


def quantity_of(key: str) -> str:
    """The parameter that a dotted key changes, whichever segment it names.

    Example:
        >>> quantity_of("segments.custom.experience.bad_share")
        'experience.bad_share'
    """
    return ".".join(key.split(".")[-2:])


def run(base: Scenario, values: Mapping[str, Array], count: int) -> Beside:
    """Points that differ in plain numbers of the business, side by side.

    Args:
        base: what they share.
        values: by dotted key, one per point.
        count: how many points.

    Example:
        >>> import wom
        >>> found = run(wom.load("retailer/today"), {"experience.bad_share": np.array([0.06, 0.03, 1.2])}, 3)
        >>> bool(found.results["npv"][1] > found.results["npv"][0]), found.problems
        (True, {2: 'experience.bad_share: must be from 0 to 1, is 1.2'})
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
    hidden, state, problems = anchor_draws(inputs.parameters, made.defaults - set(values))
    faults = [(_by_point(inputs.parameters[GOOD] + inputs.parameters[BAD] > 1.0 + _ROUNDING, count),
               "good_share and bad_share are over 1 together")]  # fmt: skip
    faults += [(_by_point(problem.where, count), problem.text) for problem in problems]
    for key, where, month in _beyond(inputs):
        text = f"the plan takes {key} out of bounds in month {month}; allowed is {QUANTITIES[key].allowed}"
        faults.append((_by_point(where, count), text))
    return Start(inputs, hidden, state), faults


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
        "net_present_value": worth - without,
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
