"""Do plans pay, side by side: what each brings, and what would have to be true for it to pay."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
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
from ..scenario import Scenario, load, opens
from ..units import Array
from ..words import Shown, several
from .budget import allocate as allocate
from .sweep import numbered

GOOD, BAD = "experience.good_share", "experience.bad_share"
CAUSAL_SHARES = ("experience.causal_share", "word_of_mouth.causal_share")
"""How much of what is observed is caused: by the mood, and by hearing."""

_STEPS = 16
"""In which the first change of sign is looked for; between two of them it is found exactly."""

_CLOSE = 1e-7
"""Of the whole grid: a bracket so narrow is straight to the rounding of a present value."""

_EVEN, _NEAR = np.linspace(0.0, 1.0, 9), np.outer([-1.0, 1.0], np.logspace(-6, -1, 6)).ravel()
"""Parts of a bracket at which the next pass tries it, and distances from the likely place."""


@dataclass(frozen=True)
class Choice:
    """A plan, what it is compared with, and the business of both."""

    start: Start
    plan: Schedule
    reference: Run
    """Of what the plan is compared with."""
    against: Schedule

    def causes(self) -> tuple[float, float, float]:
        """Net without any cause and with half of it, and the multiple of both causal shares that it takes.

        Today's observed figures stay: hidden values are found anew for each multiple. The one that it takes is
        that from which on, up to 1, the plan does not lose: 0 if it never loses; nan if it loses with the shares
        as given, or if that is not known.
        """

        def net(scales: Array) -> Array:
            values = {key: self.start.inputs.parameters[key] * scales for key in CAUSAL_SHARES}
            parameters = {**self.start.inputs.parameters, **values}
            scaled, _ = anchored(replace(self.start.inputs, parameters=parameters))

            def scaled_cause(step: Step) -> Step:
                fixed = step.key not in CAUSAL_SHARES or step.way == "multiply"
                return step if fixed else replace(step, amount=step.amount * scales)

            plan, against = (part.stepwise(scaled_cause) for part in (self.plan, self.against))
            return run(scaled, plan).less(run(scaled, against)).npv_by_draw

        scales = np.linspace(1.0, 0.0, _STEPS + 1)
        nets = net(scales)
        grid, values = scales[np.newaxis], -nets[np.newaxis]
        lost_below = first_above(lambda points: -net(points[0])[np.newaxis], grid, values).item()
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
        given, first = self.start.inputs, min(self.plan.phases, key=lambda phase: phase.start)
        months = [self.against.parameters(given.parameters, t) for t in self.against.turns(given.horizon_months)]
        rooms = [
            np.min([1.0 - month[GOOD] - month[BAD] for month in months], axis=0),
            np.min([month[BAD] for month in months], axis=0),
        ]

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

        needed = first_above(surplus, np.stack([np.linspace(0.0, room.max(), _STEPS + 1) for room in rooms]))
        good, bad = np.where(np.isfinite(needed), 100.0 * needed, np.nan).tolist()
        return good, bad


def first_above(function: Callable[[Array], Array], grid: Array, values: Array | None = None) -> Array:
    """Where functions of one number first rise above 0; the points of all of them are tried in the same passes.

    A pass takes as long with many points as with one, so each tries places all over the bracket, and close around
    where a straight line through its ends is 0, until it is so narrow that the line is exact to rounding.

    `function`: of points of each function, shape (functions, points), to values of that shape; nan where one is
    not known. `grid`: points in the order in which to look, of the same shape. Returns the places, shape
    (functions,); the first point of one that begins above, inf if it never is, nan if it cannot be known.
    """
    tried, value = grid, function(grid) if values is None else values
    never, place = ~(value > 0.0).any(axis=1), (value > 0.0).argmax(axis=1)
    before = np.arange(grid.shape[1]) < np.where(never, grid.shape[1], place)[:, np.newaxis]
    unknown = (np.isnan(value) & before).any(axis=1)
    found = np.select([unknown, never], [np.nan, np.inf], grid[:, 0])
    inside, span = np.flatnonzero(~unknown & ~never & (place > 0)), np.abs(grid[:, -1] - grid[:, 0])
    while len(inside):
        ends = np.stack([place - 1, place])[:, inside]
        (low, high), (below, over) = tried[inside, ends], value[inside, ends]
        part = below / (below - over)
        found[inside] = low + (high - low) * part
        if (np.abs(high - low) <= _CLOSE * span[inside]).all():
            break
        near = np.nan_to_num(part, nan=0.5)[:, np.newaxis] + _NEAR
        parts = np.sort(np.clip(np.hstack([np.tile(_EVEN, (len(part), 1)), near]), 0.0, 1.0))
        tried = np.repeat(grid[:, :1], parts.shape[1], axis=1)
        tried[inside] = (1.0 - parts) * low[:, np.newaxis] + parts * high[:, np.newaxis]
        value = function(tried)
        value[inside, 0], value[inside, -1] = below, over  # as before, whatever rounding says now
        place = (value > 0.0).argmax(axis=1)
    return found


COLUMNS: Mapping[str, str] = {
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
"""Columns of `compare` with their units."""


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

    net = extra_contribution − cost = NPV(plan) − NPV(against)

    Break-even points are a change of the good or bad share that alone would bring the plan's cost: the same
    points in every segment or all it has to give, with start, ramp and end of the plan's first initiative. They
    are points, such as from 6 % to 5 %, where extra_revenue_percent is per cent. For the three columns on
    causal shares both `experience.causal_share` and `word_of_mouth.causal_share` are scaled together, today's
    observed figures stay, and the hidden values are found anew.

    Args:
        against: what to compare with; the same business without a plan by default. A plan against itself gives
            zeros.
        draws: of all ranges, shared by all plans; 0 leaves the last three columns out.

    Returns:
        One row per scenario, by title; columns and units as in COLUMNS, and net_low, net_high (90 % interval of
        joint draws) and chance_of_loss; a DataFrame that shows itself. nan or missing: never, and where nothing
        is ever lost; for break-even points, not with any number; for the causal share, not as given.

    Raises:
        InputError: plans of different businesses, horizons or currencies; names both files and what differs.

    Example:
        >>> table = compare(*load_all("retailer/make-it-right", "retailer/front-line-training"), draws=200)
        >>> (table["chance_of_loss"] > 0.5).tolist()
        [False, True]
    """
    _on_one_business(scenarios, against)
    base = scenarios[0].without_plan() if against is None else against
    begin = start(base)
    against_it = begin.inputs.schedule
    reference = run(begin, against_it)
    rows = []
    for scenario in scenarios:
        choice = Choice(begin, scenario.inputs().schedule, reference, against_it)
        with_plan = run(begin, choice.plan)
        change = with_plan.less(reference)
        parts = change.totals["revenue"].sum(), change.worth, change.cost_worth
        revenue, brings, cost = (float(part.item()) for part in parts)
        percent = 100.0 * revenue / reference.revenue if reference.revenue else float("nan")
        payback = Effect(with_plan, reference).payback_month
        without, half, causal_scale = choice.causes()
        points = choice.points(cost)
        rows.append(
            (revenue, percent, brings, cost, brings - cost, payback, brings, *points, causal_scale, without, half)
        )
    table = pd.DataFrame(rows, pd.Index(_titles(scenarios), name="plan"), list(COLUMNS))
    table = table.astype({"payback_month": "Int64"})
    if draws:
        drawn = sample(base, draws, seed)

        def in_draws(drawn: Sample) -> Run:
            return replace(run(drawn.start, drawn.start.inputs.schedule), sample=drawn)

        nothing = in_draws(drawn)
        nets = [in_draws(sample_plan(drawn, scenario)).less(nothing).npv for scenario in scenarios]
        table["net_low"], table["net_high"] = np.quantile(nets, [0.05, 0.95], axis=1)
        table["chance_of_loss"] = [float(np.mean(net < 0)) for net in nets]
    shown = Comparison(table)
    shown.scenario = scenarios[0]
    return shown


def together(*scenarios: Scenario) -> Scenario:
    """One scenario that does everything that several plans of one business do.

    Raises:
        InputError: plans of different businesses, horizons or currencies; or together they leave the bounds.
    """
    _on_one_business(scenarios)
    plan = [item for scenario in scenarios for item in scenario.data.get("plan", [])]
    return scenarios[0].replace({"plan": plan, "title": several(_titles(scenarios))})


def load_all(*sources: str, changes: Mapping[str, Any] | None = None) -> list[Scenario]:
    """Plans of one business, the same values changed in each.

    Raises:
        InputError: none given, a file that is not fine, or plans of different businesses.
    """
    plans = [load(source).replace(changes or {}) for source in sources]
    _on_one_business(plans)
    return plans


def _on_one_business(scenarios: Sequence[Scenario], base: Scenario | None = None) -> None:
    """Refuse what differs in more than plan and title, with both files and the first things that differ."""
    if not scenarios:
        raise InputError("needs one scenario or more")
    first = base or scenarios[0]

    def facts(side: Scenario) -> dict[str, Any]:
        rest = {name: side.data.get(name) or None for name in ("what_if", "first_month", "season")}
        last, segments = side.horizon_months, ", ".join(side.segments)
        return {"currency": side.currency, "horizon_months": last, "today.segments": segments, **rest}

    one, wanted = first.file or first.title or "the first scenario", facts(first)
    for other in scenarios:
        two = other.file or other.title or "another scenario"
        for key, here in facts(other).items():
            if here != wanted[key]:
                pair = (side if isinstance(side, str | None) else shorten(side) for side in (here, wanted[key]))
                its, own = (side or "not given" for side in pair)
                verb = "are" if key == "today.segments" else "is"
                where = {"currency": "in one currency", "horizon_months": "over one horizon"}
                why = f"plans are compared {where.get(key, 'on one business')}"
                raise InputError(f"{verb} {its}, but {own} in {one}; {why}", key, two)
        if differences := _differences(first, other):
            (key, here, there), more = differences[0], len(differences) - 1
            rest = f" (and {several([key for key, _, _ in differences[1:4]])}{', …' if more > 3 else ''})"
            text = f"is {here}, but {there} in {one}{rest if more else ''}; plans are compared on one business"
            raise InputError(text, f"today.{key}", two)


def _differences(first: Scenario, other: Scenario) -> list[tuple[str, str, str]]:
    """Key, value in the other and value in the first, of what differs between two businesses."""
    one, two = first.entries(), other.entries()
    rate = "economics.discount_rate"
    pairs: dict[str, list[list[Value]]] = {  # as the files have them, without a default width
        key: [
            [central(entry.value) if entry.sure else entry.value for entry in side.get(key, ())]
            for side in (two, one)
        ]
        for key in {**one, **two}
    }
    if pairs[rate][0] == pairs[rate][1]:  # the business's own counts for the plan's costs, segments or not
        owns = (side.today.economics.discount_rate for side in (other, first))
        pairs[rate] = [[] if own is None else [own] for own in owns]

    def shown(values: list[Value]) -> str:
        parts = (value if isinstance(value, Range) else (value,) for value in values)
        return ", ".join("–".join(f"{end:g}" for end in part) for part in parts) or "not given"

    return [(key, shown(here), shown(there)) for key, (here, there) in pairs.items() if here != there]


def _titles(scenarios: Sequence[Scenario]) -> list[str]:
    """One name per scenario; those that share a title get a number."""
    return numbered([scenario.title or Path(scenario.file).stem or "plan" for scenario in scenarios])


# --- Several plans of one business: by mechanism, as options for a budget, and regret ---


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

    An initiative without a cost within the horizon is left out, because no money buys more of it.
    """
    found: list[dict[str, Any]] = []
    for plan in plans:
        for item in plan.plan:
            if not isinstance(item, Initiative):
                continue
            given, name = item.model_dump(exclude_unset=True), item.initiative
            if not simulate(plan.replace({"plan": [given]})).plan_cost.any():
                continue
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
