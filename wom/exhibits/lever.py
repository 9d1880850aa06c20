"""The levers that move a case most: what the sliders of a page and of JupyterLab hold."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._run import run
from ..anchoring import Start, start
from ..errors import InputError, nearest
from ..parameters import QUANTITIES, Key
from ..plan import Initiative, Step
from ..scenario import Scenario, build

MOVES: Mapping[str, float] = {
    "experience.bad_share": 0.5,
    "experience.good_share": 0.5,
    "experience.recovered_share": 0.5,
    "retention.churn_hazard_multiplier": 0.1,
    "spending.spend_multiplier": 0.05,
    "market.demand_odds_multiplier": 0.1,
    "economics.margin_share": 0.05,
    "economics.acquisition_cost": 0.2,
    "economics.cost_per_contact": 0.2,
    "economics.cost_per_bad_contact": 0.2,
    "economics.cost_per_recovery": 0.2,
    "economics.reward_per_recommendation": 0.2,
    "word_of_mouth.reach_good": 0.3,
    "word_of_mouth.reach_bad": 0.3,
    "word_of_mouth.causal_share": 0.3,
    "experience.causal_share": 0.3,
}
"""Levers, and the part by which each is moved to both sides to see which of them count, of a share on its odds:
what a year's work may change, or what is doubtful about a published figure. Assumed."""
OTHER_MOVE = 0.3
"""Of what a plan changes besides these."""
MOST, _MOST_TARGETS = 6, 4


@dataclass(frozen=True)
class Lever:
    """What one slider moves: a figure of the business from month 0 on, or what the plan reaches, costs, begins.

    `way` is `to` or `multiply` for a what-if (`multiply` where segments have values of their own, whose average is
    shown), `target` for a key that the plan changes, `plan` for its cost, start and horizon. `value` is where it
    stands: as proposed, or today's.
    """

    key: str
    words: str
    unit: str
    way: str
    value: float
    today: float | None
    low: float
    high: float
    step: float


def levers(scenario: Scenario) -> tuple[Lever, ...]:
    """The levers that move a case most: the net of what the plan holds, or the worth without a plan; each once.

    What the plan changes comes first, then other levers by the change that `MOVES` makes, then the plan's cost,
    its start, and the horizon.

    Raises:
        InputError: today's figures contradict each other.
    """
    begin = start(scenario)
    written: dict[str, list[tuple[str, Step]]] = {}
    for item, phase in zip(initiatives(scenario), begin.inputs.schedule.phases, strict=True):
        for key, step in zip(item.changes, phase.steps, strict=True):
            written.setdefault(step.key, []).append((key, step))
    ranked, earned = _ranked(begin, [*written, *(key for key in MOVES if key not in written)])
    targets = [_figure(begin, *written[key][0]) for key in ranked if len(written.get(key, ())) == 1]
    kept = [lever for lever in targets if lever][:_MOST_TARGETS]
    others = [_figure(begin, key) for key in ranked if key not in written]
    return (*kept, *[lever for lever in others if lever][: MOST - len(kept)], *_of_plan(scenario, begin, earned))


def moved(scenario: Scenario, chosen: Iterable[Lever], values: Mapping[str, float]) -> Scenario:
    """The case with some of its levers elsewhere: what the plan changes is revised, all else is a what-if.

    Args:
        scenario: whose levers they are.
        chosen: from `levers`.
        values: by key, of those that moved.

    Raises:
        InputError: no such lever, or a value that is not allowed.
    """
    known = {lever.key: lever for lever in chosen}
    changes, targets, plan = dict[str, Any](), dict[str, Any](), dict[str, Any]()
    for key, value in values.items():
        if key not in known:
            raise InputError(f"no lever of this case; {nearest(key, known)}", key, scenario.file)
        lever = known[key]
        if lever.way == "plan":
            plan[key] = int(value) if key in ("start_month", "horizon_months") else value
        elif lever.way == "target":
            targets[key] = value
        else:
            changes[key] = {"multiply": value / lever.value} if lever.way == "multiply" else value
    return scenario.revise(targets or None, **plan).what_if(changes)


def as_plan(scenario: Scenario, chosen: Iterable[Lever], values: Mapping[str, float]) -> Scenario:
    """The moved levers as a scenario to keep: its plan revised, or a plan of what was moved, from month 0 on.

    Raises:
        InputError: nothing is moved and there is no plan, so that there is none to keep.
    """
    case = moved(scenario, chosen, values)
    title = {"title": f"{scenario.title}: levers moved"}
    if initiatives(scenario):
        return build(case.data | title)
    changes = {key: change for key, change in case.data.get("what_if", {}).items() if key in values}
    if not changes:
        raise InputError("nothing is moved, so there is no plan to keep: move a lever first")
    item = {"initiative": "Levers moved", "changes": changes}
    data = scenario.data | title | {"horizon_months": case.horizon_months}
    return build(data | {"plan": [*data.get("plan", []), item]})


def initiatives(scenario: Scenario) -> list[Initiative]:
    """The plan without events."""
    return [item for item in scenario.plan if isinstance(item, Initiative)]


def _ranked(begin: Start, keys: list[str]) -> tuple[list[str], float]:
    """Parameters by how far the result moves between both ends of their moves, those that do nothing left out.

    And what the plan about earns, in today's money.
    """
    today, shape = begin.inputs.supposed, (len(begin.inputs.segments), 2 * len(keys))
    many, changes = begin.repeated(shape[1]), {}
    for place, key in enumerate(keys):
        moved = np.array(np.broadcast_to(today[key], (len(today[key]), shape[1])))
        for values in moved:
            span = QUANTITIES[key].around(float(values[0]), MOVES.get(key, OTHER_MOVE))
            values[2 * place : 2 * place + 2] = span.low, span.high
        changes[key] = moved
    many = many.with_values(changes)
    plan = many.inputs.schedule
    with np.errstate(all="ignore"):  # a move that the plan takes out of bounds is none
        found, earned = run(many, plan), 0.0
        worth = found.npv_by_draw
        if plan.phases or plan.shocks:
            without = run(many)
            worth = worth - without.npv_by_draw
            earned = abs(float(np.median(np.nan_to_num(found.worth - without.worth))))
        swing = np.abs(np.diff(worth.reshape(-1, 2), axis=1))[:, 0]
    swing, worth = (np.nan_to_num(values, posinf=0.0, neginf=0.0) for values in (swing, worth))
    order = np.argsort(-swing, kind="stable")
    return [keys[place] for place in order if swing[place] > 1e-9 * np.abs(worth).max()], earned


def _figure(begin: Start, key: str, change: Step | None = None) -> Lever | None:
    """What the plan reaches by a change, or without one a figure of the business; segments that differ move in
    proportion. None where one slider cannot hold them, or they are asked about already.
    """
    found = Key.parse(key)
    quantity, before = found.quantity, begin.inputs.supposed[change.key if change else key]
    customers = begin.state.customers.sum(axis=0)[:, 0]
    weights = customers if customers.sum() > 0 else np.ones(len(customers))
    value = today = float(np.average(np.broadcast_to(before[:, 0], weights.shape), weights=weights))
    way = "to" if np.ptp(before) == 0 else "multiply"
    if change:
        chosen = np.broadcast_to(change.segments > 0, before.shape)
        reached, own = change(before, 1.0)[chosen], before[chosen]
        if np.ptp(reached) > 0:
            return None
        way, value, today = "target", float(reached[0]), float(own[0]) if np.ptp(own) == 0 else today
    elif way == "multiply":
        if key in begin.inputs.scenario.supposed:
            return None
        value = today = float(f"{value:.3g}")  # as it is shown
    value, today = (float(f"{x:.12g}") for x in (value, today))
    size = 2.0 * max(abs(value), abs(today)) or (0.2 if quantity.at_most == 1.0 else 1.0)
    usual = (0.8, 1.2) if quantity.plan_only else (0.0 if min(value, today) >= 0 else -size, size)
    step = _round_step(usual[1] - usual[0])
    least, most = quantity.bounds
    least, most = least + step * (quantity.above is not None), most - step * (quantity.below is not None)
    low, high = min(max(usual[0], least), value, today), max(min(usual[1], most), value, today)
    unit = "multiplier" if quantity.plan_only else quantity.unit
    return Lever(key, found.words, unit, way, value, today, low, high, step)


def _of_plan(scenario: Scenario, begin: Start, earned: float) -> list[Lever]:
    """The plan's cost, its start, and the horizon."""
    phases, horizon, found = begin.inputs.schedule.phases, scenario.horizon_months, []
    for key, words, usual in (
        ("once", "Cost at the start", 2.0 * earned),
        ("per_month", "Cost per month", 2.0 * earned / horizon),
    ):
        cost = float(sum(np.ravel(getattr(phase, key))[0] for phase in phases))
        step = _round_step(2.0 * cost or usual or 100.0)
        if cost or len(phases) == 1:
            found.append(Lever(key, words, "currency", "plan", cost, None, 0.0, 2.0 * cost or 50 * step, step))
    if phases:
        first = float(min(phase.start for phase in phases))
        last = max(first, min(24.0, horizon - 1.0))
        found.append(Lever("start_month", "Starts in month", "month", "plan", first, None, 0.0, last, 1.0))
    ends = min(12.0, horizon), max(120.0, horizon)
    return [*found, Lever("horizon_months", "Looking ahead", "months", "plan", float(horizon), None, *ends, 6.0)]


def _round_step(span: float) -> float:
    """A round step, so that round values are on the slider: fifty to a hundred and more for its length."""
    power = 10.0 ** math.floor(math.log10(span / 50))
    return float(max(digit * power for digit in (1.0, 2.0, 2.5, 5.0) if digit * power <= span / 50 * (1 + 1e-9)))
