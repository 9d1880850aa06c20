"""What would have to be true for a plan to pay: how large a change, and how much of it caused by the service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from .._effect import LINES, Effect, mechanisms, spread
from .._effect import interactions as pairwise
from .._run import Run, run, simulate
from ..anchoring import Start, anchored, start
from ..draws import Sample, sample, sample_plan
from ..errors import InputError, shorten
from ..parameters import Range, Value, central
from ..plan import Initiative, Schedule, Step
from ..scenario import Entry, Scenario, load, opens
from ..units import Array
from ..words import Shown, several
from .budget import Allocation, allocate

GOOD, BAD = "experience.good_share", "experience.bad_share"
CAUSAL_SHARES = ("experience.causal_share", "word_of_mouth.causal_share")
"""How much of what is observed is caused: by the mood, and by hearing."""

_STEPS = 16
"""In which the first change of sign is looked for; between two of them it is found exactly."""

_CLOSE = 1e-7
"""Of the whole grid: a bracket so narrow is straight to the rounding of a present value."""

_EVERYWHERE, _NEAR = np.linspace(0.0, 1.0, 6)[1:-1], np.array([-1e-3, -1e-6, 1e-6, 1e-3])
"""Parts of a bracket at which the next pass tries it, and distances from the likely place."""


@dataclass(frozen=True)
class Choice:
    """A plan, what it is compared with, and the business of both."""

    start: Start
    plan: Schedule
    reference: Run
    """Of what the plan is compared with."""
    against: Schedule

    def net_at_causal(self, scales: Array) -> Array:
        """Change of NPV if both causal shares were these multiples of what is given, shape of `scales`.

        Today's observed figures stay: hidden values are found anew for each scale. nan where they cannot be.
        """
        values = dict(self.start.inputs.parameters)
        for key in CAUSAL_SHARES:
            values[key] = values[key] * scales
        scaled, _ = anchored(replace(self.start.inputs, parameters=values))

        def scaled_cause(step: Step) -> Step:
            if step.key not in CAUSAL_SHARES or step.way == "multiply":
                return step
            return replace(step, amount=step.amount * scales)

        plan, against = (part.stepwise(scaled_cause) for part in (self.plan, self.against))
        return run(scaled, plan).less(run(scaled, against)).npv_by_draw

    def causes(self) -> tuple[float, float, float]:
        """Net without any cause and with half of it, and the multiple of both causal shares that it takes.

        The multiple is the one from which on, up to 1, the plan does not lose: 0 if it never loses; nan if it
        loses with the shares as given, or if that is not known.
        """
        scales = np.linspace(1.0, 0.0, _STEPS + 1)
        nets = self.net_at_causal(scales)
        lost_below = first_above(
            lambda points: -self.net_at_causal(points[0])[np.newaxis], scales[np.newaxis], -nets[np.newaxis]
        ).item()
        needed = float("nan") if lost_below == 1.0 else 0.0 if np.isinf(lost_below) else lost_below
        return float(nets[-1]), float(nets[_STEPS // 2]), needed

    def points(self, cost: float) -> tuple[float, float]:
        """Points of good share more, and of bad share less, either of which alone brings what the plan costs.

        The same points in every segment, or all it has to give, with start, ramp and end of the plan's first
        initiative, on the run without the plan.

        Points, 100 times the change of the share; 0 if there is no cost, nan if no number of them is enough.
        """
        if cost <= 0.0:
            return 0.0, 0.0
        rooms = self._rooms()
        first = min(self.plan.phases, key=lambda phase: phase.start)

        def surplus(changes: Array) -> Array:
            steps = []
            for place, (key, sign) in enumerate(((GOOD, 1.0), (BAD, -1.0))):
                own = np.zeros((len(rooms[place]), changes.size))
                block = slice(place * changes.shape[1], (place + 1) * changes.shape[1])
                own[:, block] = sign * np.minimum(changes[place], rooms[place])
                steps.append(Step(key, np.ones_like(rooms[place]), "add", own))
            phase = replace(first, once=np.zeros(1), per_month=np.zeros(1), steps=tuple(steps))
            better = replace(self.against, phases=(*self.against.phases, phase))
            gain = run(self.start.repeated(changes.size), better).less(self.reference).worth - cost
            return gain.reshape(changes.shape)

        grid = np.stack([np.linspace(0.0, float(room.max()), _STEPS + 1) for room in rooms])
        needed = 100.0 * first_above(surplus, grid)
        good, bad = np.where(np.isfinite(needed), needed, np.nan).tolist()
        return good, bad

    def _rooms(self) -> tuple[Array, Array]:
        """How far good share can rise and bad share can fall in every segment, two of shape (segments, 1)."""
        inputs = self.start.inputs
        months = sorted(self.against.turns(inputs.horizon_months))
        values = [self.against.parameters(inputs.parameters, month) for month in months]
        good = np.min([1.0 - month[GOOD] - month[BAD] for month in values], axis=0)
        return good, np.min([month[BAD] for month in values], axis=0)


def first_above(function: Callable[[Array], Array], grid: Array, values: Array | None = None) -> Array:
    """Where functions of one number first rise above 0; the points of all of them are tried in the same passes.

    After the grid each pass tries places all over the bracket, so that it shrinks whatever the function, and close
    around where the inverse function through the four nearest points is 0, so that it shrinks to a millionth.

    `function`: of points of each function, shape (functions, points), to values of that shape; nan where one is
    not known. `grid`: points in the order in which to look, shape (functions, points). Returns the places, shape
    (functions,); the first point of one that begins above, inf if it never is, nan if it cannot be known.
    """
    values = function(grid) if values is None else values
    found = np.full(len(grid), np.inf)
    brackets: dict[int, tuple[Array, Array]] = {}
    for root, (points, value) in enumerate(zip(grid, values, strict=True)):
        above = np.flatnonzero(value > 0.0)
        place = int(above[0]) if len(above) else len(points)
        if np.isnan(value[:place]).any():
            found[root] = np.nan
        elif place == 0:
            found[root] = points[0]
        elif place < len(points):
            brackets[root] = points, value
    while brackets:
        tried = np.repeat(grid[:, :1], len(_EVERYWHERE) + len(_NEAR), axis=1)
        for root, (points, value) in list(brackets.items()):
            place = int((value > 0.0).argmax())
            low, high = points[place - 1], points[place]
            likely = _inverse(points, value, place)
            if abs(high - low) <= _CLOSE * abs(grid[root, -1] - grid[root, 0]):
                found[root] = likely
                del brackets[root]
            tried[root] = [*(low + (high - low) * _EVERYWHERE), *(likely + (high - low) * _NEAR)]
            tried[root] = np.clip(tried[root], *sorted((low, high)))
        if brackets:
            new = function(tried)
            for root, (points, value) in brackets.items():
                points, value = np.append(points, tried[root]), np.append(value, new[root])
                points, first = np.unique(points[~np.isnan(value)], return_index=True)
                way = slice(None, None, 1 if grid[root, -1] > grid[root, 0] else -1)
                brackets[root] = points[way], value[~np.isnan(value)][first][way]
    return found


def _inverse(points: Array, values: Array, place: int) -> float:
    """Where the inverse function through the points around a change of sign is 0; `place` is the first above 0.

    A straight line through the two ends where the cubic leaves them.
    """
    around = slice(max(place - 2, 0), place + 2)
    x, y = points[around], values[around]
    low, high = points[place - 1], points[place]
    if (np.diff(y) > 0).all():
        guess = sum(x[i] * np.prod(np.delete(y, i) / (np.delete(y, i) - y[i])) for i in range(len(x)))
        if min(low, high) <= guess <= max(low, high):
            return float(guess)
    below, above = values[place - 1], values[place]
    return float(low + (high - low) * below / (below - above))


# --- Do plans pay: several plans on one business side by side ---

__all__ = ["COLUMNS", "Allocation", "allocate", "compare", "same_business", "together"]

COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "extra_revenue": "currency over the horizon, not discounted",
        "extra_revenue_percent": "per cent of the revenue it is compared with",
        "extra_contribution": "currency today, before the plan's costs",
        "cost": "currency today",
        "net": "currency today, extra contribution less cost: the change of NPV",
        "payback_month": "month, from 0, from whose end on the cost is earned back; may lie beyond the horizon",
        "break_even_cost": "currency today, the most that the plan may cost to pay within the horizon",
        "break_even_good_points": "points of good share more, in every segment, that alone bring the cost",
        "break_even_bad_points": "points of bad share less, in every segment, that alone bring the cost",
        "break_even_causal_share": "multiple of both causal shares from which on the plan pays, 0 to 1",
        "net_without_cause": "currency today, net if both causal shares were 0",
        "net_at_half_cause": "currency today, net if both causal shares were half of what is given",
    }
)
"""Columns of `compare` with their units."""


def compared(*scenarios: Scenario, against: Scenario | None = None) -> pd.DataFrame:
    """What each plan brings and costs, against doing nothing or against another plan.

    net = extra_contribution − cost = NPV(plan) − NPV(against)

    Break-even points are a change of the good or bad share that alone would bring the plan's cost: the same
    points in every segment or all it has to give, with start, ramp and end of the plan's first initiative. They
    are points, such as from 6 % to 5 %, where extra_revenue_percent is per cent. For the three columns on
    causal shares both `experience.causal_share` and `word_of_mouth.causal_share` are scaled together, today's
    observed figures stay, and the hidden values are found anew.

    `against`: what to compare with; the same business without a plan by default. A plan against itself gives
    zeros. Returns one row per scenario, by title; columns and units as in COLUMNS. nan or missing: never, and
    where nothing is ever lost; for break-even points, not with any number; for the causal share, not as given.

    Raises:
        InputError: plans of different businesses, horizons or currencies; names both files and what differs.
    """
    if not scenarios:
        raise InputError("needs one scenario or more")
    base = scenarios[0].without_plan() if against is None else against
    for scenario in scenarios:
        same_business(base, scenario)
    begin = start(base)
    reference = run(begin, begin.inputs.schedule)
    against_it = begin.inputs.schedule
    rows = [_row(Choice(begin, plan.inputs().schedule, reference, against_it)) for plan in scenarios]
    table = pd.DataFrame(rows, index=pd.Index(_titles(scenarios), name="plan"), columns=list(COLUMNS))
    return table.astype({"payback_month": "Int64"})


def together(*scenarios: Scenario) -> Scenario:
    """One scenario that does everything that several plans of one business do.

    Raises:
        InputError: plans of different businesses, horizons or currencies; or together they leave the bounds.
    """
    if not scenarios:
        raise InputError("needs one scenario or more")
    for scenario in scenarios[1:]:
        same_business(scenarios[0], scenario)
    plan = [item for scenario in scenarios for item in scenario.data.get("plan", [])]
    return scenarios[0].replace({"plan": plan, "title": several(_titles(scenarios))})


def same_business(first: Scenario, other: Scenario) -> None:
    """Two scenarios differ in nothing but their plan and title.

    Raises:
        InputError: they do not; names both files and the first things that differ.
    """
    one, two = _place(first, "the first scenario"), _place(other, "another scenario")

    def same(key: str, here: Any, there: Any, why: str, verb: str = "is", say: Any = str) -> None:
        if here != there:
            its, own = (say(side or "not given") for side in (here, there))
            raise InputError(f"{verb} {its}, but {own} in {one}; {why}", key, two)

    same("currency", other.currency, first.currency, "plans are compared in one currency")
    same("horizon_months", other.horizon_months, first.horizon_months, "plans are compared over one horizon")
    same("today.segments", ", ".join(other.segments), ", ".join(first.segments), _ONE_BUSINESS, "are")
    for name in ("what_if", "first_month", "season"):
        its, own = (side.data.get(name) or None for side in (other, first))
        same(name, its, own, _ONE_BUSINESS, say=shorten)
    differences = _differences(first, other)
    if differences:
        (key, here, there), more = differences[0], len(differences) - 1
        rest = (
            f" (and {several([key for key, _, _ in differences[1:4]])}{', …' if more > 3 else ''})" if more else ""
        )
        raise InputError(f"is {here}, but {there} in {one}{rest}; {_ONE_BUSINESS}", f"today.{key}", two)


_ONE_BUSINESS = "plans are compared on one business"


def _differences(first: Scenario, other: Scenario) -> list[tuple[str, str, str]]:
    """Key, value in the other and value in the first, of what differs between two businesses."""
    one, two = first.entries(), other.entries()
    rate = "economics.discount_rate"
    pairs = {key: [list(map(_given, side.get(key, ()))) for side in (two, one)] for key in {**one, **two}}
    if pairs[rate][0] == pairs[rate][1]:  # the business's own counts for the plan's costs, segments or not
        owns = (side.today.economics.discount_rate for side in (other, first))
        pairs[rate] = [[] if own is None else [own] for own in owns]
    return [(key, _shown(here), _shown(there)) for key, (here, there) in pairs.items() if here != there]


def _given(entry: Entry) -> Value:
    """A value as the file has it, without a default width."""
    return central(entry.value) if entry.sure else entry.value


def _shown(values: list[Value]) -> str:
    parts = (value if isinstance(value, Range) else (value,) for value in values)
    return ", ".join("–".join(f"{end:g}" for end in part) for part in parts) or "not given"


def _row(choice: Choice) -> dict[str, Any]:
    reference, with_plan = choice.reference, run(choice.start, choice.plan)
    change = with_plan.less(reference)
    revenue, brings, cost = (
        float(part.item()) for part in (change.totals["revenue"].sum(), change.worth, change.cost_worth)
    )
    base_revenue = reference.revenue
    good_points, bad_points = choice.points(cost)
    without, half, causal_scale = choice.causes()
    return {
        "extra_revenue": revenue,
        "extra_revenue_percent": 100.0 * revenue / base_revenue if base_revenue else float("nan"),
        "extra_contribution": brings,
        "cost": cost,
        "net": brings - cost,
        "payback_month": Effect(with_plan, reference).payback_month,
        "break_even_cost": brings,
        "break_even_good_points": good_points,
        "break_even_bad_points": bad_points,
        "break_even_causal_share": causal_scale,
        "net_without_cause": without,
        "net_at_half_cause": half,
    }


def _titles(scenarios: tuple[Scenario, ...]) -> list[str]:
    """One name per scenario; those that share a title get a number."""
    names = [scenario.title or Path(scenario.file).stem or "plan" for scenario in scenarios]
    return [
        name if names.count(name) == 1 else f"{name} ({names[: place + 1].count(name)})"
        for place, name in enumerate(names)
    ]


def _place(scenario: Scenario, otherwise: str) -> str:
    return scenario.file or scenario.title or otherwise


# --- Several plans of one business: in draws, by mechanism, as options for a budget, and regret ---


class Comparison(Shown, pd.DataFrame):  # type: ignore[misc]  # plot is a method here, and an accessor there
    """The table of `compare`: a DataFrame that shows itself. What is taken or made from it is a plain one."""

    _metadata = ["scenario"]  # noqa: RUF012  (as pandas asks for)
    scenario: Scenario

    def to_frame(self) -> pd.DataFrame:
        """All columns, as a plain DataFrame."""
        return pd.DataFrame(self)


@opens
def compare(*scenarios: Scenario, against: Scenario | None = None, draws: int = 1000, seed: int = 0) -> Comparison:
    """Several plans on one business side by side, with how sure each net is.

    Args:
        against: what to compare with; the same business without a plan by default.
        draws: of all ranges, shared by all plans; 0 leaves the last three columns out.

    Returns:
        As `compared`, and net_low, net_high (90 % interval of joint draws) and chance_of_loss; a DataFrame that
        shows itself.

    Raises:
        InputError: plans of different businesses, horizons or currencies; names both files and what differs.

    Example:
        >>> table = compare(*load_all("retailer/make-it-right", "retailer/front-line-training"), draws=200)
        >>> (table["chance_of_loss"] > 0.5).tolist()
        [False, True]
    """
    table = compared(*scenarios, against=against)
    if draws:
        drawn = sample(scenarios[0].without_plan() if against is None else against, draws, seed)
        base = _in_draws(drawn)
        nets = [_in_draws(sample_plan(drawn, scenario)).less(base).npv for scenario in scenarios]
        table["net_low"] = [float(np.quantile(net, 0.05)) for net in nets]
        table["net_high"] = [float(np.quantile(net, 0.95)) for net in nets]
        table["chance_of_loss"] = [float(np.mean(net < 0)) for net in nets]
    shown = Comparison(table)
    shown.scenario = scenarios[0]
    return shown


def _in_draws(drawn: Sample) -> Run:
    return replace(run(drawn.start, drawn.start.inputs.schedule), sample=drawn)


def load_all(*sources: str, changes: Mapping[str, Any] | None = None) -> list[Scenario]:
    """Plans of one business, the same values changed in each.

    Raises:
        InputError: none given, a file that is not fine, or plans of different businesses.
    """
    if not sources:
        raise InputError("needs one scenario or more")
    plans = [load(source).replace(changes or {}) for source in sources]
    for plan in plans[1:]:
        same_business(plans[0], plan)
    return plans


def splits(*plans: Scenario) -> pd.DataFrame:
    """`wom.mechanisms` of several plans, one column each, by title; a column adds up to the plan's net.

    A scenario without a plan is the choice to do nothing, and has zeros.
    """
    nothing = pd.Series(0.0, LINES)
    return pd.DataFrame({plan.title: mechanisms(plan) if plan.plan else nothing for plan in plans})


def interactions(*plans: Scenario) -> pd.DataFrame:
    """`wom.interactions` of everything that several plans do; no rows where there is only one initiative."""
    both = together(*plans)
    if sum(isinstance(item, Initiative) for item in both.plan) < 2:
        return pd.DataFrame(columns=["first_alone", "second_alone", "together", "interaction"])
    return pairwise(both)


def options(*plans: Scenario) -> list[dict[str, Any]]:
    """The initiatives of several plans, all values central, as options for a budget.

    An initiative without a cost is left out, because no money buys more of it.

    Returns:
        One for each initiative that costs something within the horizon.
    """
    found: list[dict[str, Any]] = []
    for plan in plans:
        for item in plan.plan:
            if not isinstance(item, Initiative):
                continue
            given = item.model_dump(exclude_unset=True)
            if not simulate(plan.replace({"plan": [given]})).plan_cost.any():
                continue
            name = item.initiative
            if any(name == option["initiative"] for option in found):
                name = f"{name} ({plan.title})"
            changes = {key: {change.way: central(change.amount)} for key, change in item.changes.items()}
            cost = {kind: central(getattr(item.cost, kind)) for kind in ("once", "per_month")}
            found.append(given | {"initiative": name, "changes": changes, "cost": cost})
    return found


def regret(*plans: Scenario, draws: int = 1000, seed: int = 0) -> pd.DataFrame:
    """What choosing each plan would cost against the best choice, draw by draw; doing nothing is a choice.

    regret of a choice in a draw = largest net of all choices in that draw − its own net

    Index the choice; columns mean_regret, worst_regret (95th percentile), best_share (of draws in which it is the
    best choice), mean_net, low_net and high_net (90 % interval) and chance_of_loss.
    """
    nets = {plan.title: spread(plan, draws, seed).outcomes["net"] for plan in plans}
    table = pd.DataFrame(nets).dropna()
    table.insert(0, "Do nothing", 0.0)
    lost = table.rsub(table.max(axis=1), axis=0)
    return pd.DataFrame(
        {
            "mean_regret": lost.mean(),
            "worst_regret": lost.quantile(0.95),
            "best_share": (lost == 0).mean(),
            "mean_net": table.mean(),
            "low_net": table.quantile(0.05),
            "high_net": table.quantile(0.95),
            "chance_of_loss": (table < 0).mean(),
        }
    ).rename_axis("choice")
