"""The living part of a page: the levers that move a case most, what its script needs of them, and the script.

The page carries the engine, the anchored state and draws of it; nothing is fetched and nothing leaves it. The same
engine is the calculator for a workshop, which anchors in the page.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from html import escape
from importlib import resources
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from .._effect import Effect, Spread
from .._effect import effect as effect_of
from .._effect import spread as spread_of
from .._run import LEVEL, quantiles, run
from ..anchoring import Start, start
from ..draws import scores, uncertain
from ..errors import InputError, nearest, shorten
from ..evidence import record_for
from ..parameters import QUANTITIES, Key, central
from ..plan import Step
from ..scenario import WIDTHS, Scenario, build, opens
from ..units import Array
from ..words import SEPARATORS, number
from .basis import initiatives
from .tables import as_text, grid

MIME = "application/vnd.wom.live+json"
DRAWS = 200
"""In the page: the ends of a 90 % band to a tenth of its width."""
_BYTES, _FEWEST = 80_000, 60
"""That draws may take, so that many segments have fewer; with fewer than this there is no band."""
_LARGEST = 1e308
_USED_UP = {key for key, quantity in QUANTITIES.items() if quantity.fixed} - {
    "market.size", "market.homophily", "economics.discount_rate",
}  # fmt: skip
"""Parameters that anchoring alone asks for."""
NUMBERS = {
    "market.customers": ("Customers", ""),
    "market.new_customers_per_month": ("New customers a month", ""),
    "experience.contacts_per_month": ("Contacts a month", "of one customer, on average"),
    "economics.spend_per_customer": ("Spending a month", "of one customer"),
    "economics.margin_share": ("Margin", "left of 100 earned"),
    "retention.retention_rate": ("Still with you after a year", "of 100 customers"),
    "experience.good_share": ("Good contacts", "of 100"),
    "experience.bad_share": ("Bad contacts", "of 100"),
    "market.referral_share": ("Came on a recommendation", "of 100 new customers"),
}
"""What a room knows, in its words."""
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
class Live:
    """The living part of a page, as a notebook's cell holds it: the page alone shows it."""

    content: dict[str, Any]

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {MIME: self.content, "text/plain": repr(self)}

    def __repr__(self) -> str:
        return "Sliders, on the page that `wom run` makes of this notebook."


@dataclass(frozen=True)
class Explorer(Live):
    """Sliders that a notebook shows, the same as on a page; `values` are those of the levers that were moved."""

    scenario: Scenario
    values: Mapping[str, float]

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """With a frame that has everything in it, which keeps the notebook's styles and the sliders' apart."""
        shown = self.content | {"moved": dict(self.values)}
        page = escape(_filled("notebook.html", style=style(), section=markup(shown), script=script()))
        look = 'title="Sliders" style="width:100%;height:640px;border:0"'
        frame = f'<iframe srcdoc="{page}" {look}>Run this cell to see the sliders.</iframe>'
        return super()._repr_mimebundle_() | {"text/html": frame}

    def __repr__(self) -> str:
        numbers = {"low": "from", "value": "as it stands", "high": "to"}
        table = pd.DataFrame(self.content["levers"]).set_index("words")[list(numbers)].rename(columns=numbers)
        formats = dict.fromkeys(numbers.values(), lambda one: f"{one:,.0f}" if one % 1 == 0 else number(one, 3))
        title = "Sliders, in JupyterLab and where notebooks run scripts"
        return as_text(grid(table.rename_axis("lever"), formats), title)

    def save(self, file: str | Path) -> Path:
        """Write the moved levers as a scenario that `wom run` takes, and say where.

        A plan is revised; without one what was moved becomes it, from month 0 on.

        Args:
            file: where; what is there already stays, and is refused.

        Raises:
            InputError: nothing is moved and there is no plan, or the file exists or cannot be written.
        """
        path = Path(file)
        path = (path if path.suffix else path.with_suffix(".yaml")).resolve()
        case = moved(self.scenario, self.values)
        data = case.data
        if not initiatives(case):
            changes = {key: change for key, change in data.get("what_if", {}).items() if key in self.values}
            if not changes:
                raise InputError("nothing is moved, so there is no plan to keep: move a lever first")
            plan = [*self.scenario.data.get("plan", []), {"initiative": "Levers moved", "changes": changes}]
            data = self.scenario.data | {"horizon_months": case.horizon_months, "plan": plan}
        kept = build(data | {"title": f"{self.scenario.title}: levers moved"})
        try:
            with path.open("x", encoding="utf-8") as stream:
                yaml.safe_dump(kept.data, stream, sort_keys=False, allow_unicode=True)
        except FileExistsError as error:
            raise InputError("is there already; choose another name", file=str(path)) from error
        except OSError as error:
            raise InputError(f"cannot be written: {error.strerror}", file=str(path)) from error
        return path


@opens
def explore(scenario: Scenario, values: Mapping[str, float] | None = None) -> Explorer:
    """Sliders for the levers that move a case most, in a notebook.

    Args:
        scenario: from `wom.load`, with a plan or without.
        values: where levers stand that were moved, by key; the panel's *Copy as code* writes them.

    Returns:
        What stands last in a cell; its `save("my-plan.yaml")` writes the moved levers as a scenario.

    Raises:
        InputError: today's figures contradict each other, no such lever, or a value that is not allowed.

    Example:
        >>> import wom
        >>> panel = explore(wom.load("retailer/today"), {"experience.bad_share": 0.05})
    """
    values = dict(values or {})
    moved(scenario, values)  # refuses what the page could not show
    shown = sliders(effect_of(scenario), spread_of(scenario, DRAWS))
    return Explorer(shown.content, scenario, values)


# --- The levers ---


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
    """
    begin = start(scenario)
    phases, horizon, last = begin.inputs.schedule.phases, float(scenario.horizon_months), list[Lever]()
    written: dict[str, list[tuple[str, Step]]] = {}
    for item, phase in zip(initiatives(scenario), phases, strict=True):
        for key, step in zip(item.changes, phase.steps, strict=True):
            written.setdefault(step.key, []).append((key, step))
    ranked, earned = _ranked(begin, [*written, *(key for key in MOVES if key not in written)])
    targets = [_figure(begin, *written[key][0]) for key in ranked if len(written.get(key, ())) == 1]
    kept = [lever for lever in targets if lever][:_MOST_TARGETS]
    others = [lever for key in ranked if key not in written and (lever := _figure(begin, key))]
    for key, words, months in (("once", "Cost at the start", 1.0), ("per_month", "Cost per month", horizon)):
        cost = float(sum(np.ravel(getattr(phase, key))[0] for phase in phases))
        size = _round_step(2.0 * cost or 2.0 * earned / months or 100.0)
        if cost or len(phases) == 1:
            last.append(Lever(key, words, "currency", "plan", cost, None, 0.0, 2.0 * cost or 50 * size, size))
    if phases:
        first = float(min(phase.start for phase in phases))
        latest = max(first, min(24.0, horizon - 1.0))
        last.append(Lever("start_month", "Starts in month", "month", "plan", first, None, 0.0, latest, 1.0))
    ends = min(12.0, horizon), max(120.0, horizon)
    last.append(Lever("horizon_months", "Looking ahead", "months", "plan", horizon, None, *ends, 6.0))
    return (*kept, *others[: MOST - len(kept)], *last)


def moved(scenario: Scenario, values: Mapping[str, float]) -> Scenario:
    """The case with levers elsewhere, by key: what the plan changes is revised, all else is a what-if."""
    known = {lever.key: lever for lever in levers(scenario)}
    changes, targets, plan = dict[str, Any](), dict[str, Any](), dict[str, Any]()
    for key, value in values.items():
        if key not in known:
            raise InputError(f"no lever of this case; {nearest(key, known)}", key, scenario.file)
        lever = known[key]
        if isinstance(value, bool) or not isinstance(value, Real):
            raise InputError(f"a lever stands at a number, not at {shorten(value)}", key, scenario.file)
        if lever.way == "plan":
            whole = key in ("start_month", "horizon_months") and float(value).is_integer()
            plan[key] = int(value) if whole else value
        elif lever.way == "target":
            targets[key] = value
        else:
            changes[key] = {"multiply": value / lever.value} if lever.way == "multiply" else value
    return scenario.revise(targets or None, **plan).what_if(changes)


def _ranked(begin: Start, keys: list[str]) -> tuple[list[str], float]:
    """Parameters by how far the result moves between both ends of their moves, without those that do nothing; and
    what the plan about earns, in today's money.
    """
    today, many, changes = begin.inputs.supposed, begin.repeated(2 * len(keys)), {}
    for place, key in enumerate(keys):
        moved = np.array(np.broadcast_to(today[key], (len(today[key]), 2 * len(keys))))
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


def _round_step(span: float) -> float:
    """A round step, so that round values are on the slider: fifty to a hundred and more for its length."""
    power = 10.0 ** math.floor(math.log10(span / 50))
    return float(max(digit * power for digit in (1.0, 2.0, 2.5, 5.0) if digit * power <= span / 50 * (1 + 1e-9)))


# --- What the page needs of a business ---


def sliders(effect: Effect | Scenario, spread: Spread | None = None) -> Live:
    """The sliders of an effect's page, or of a scenario's: the anchored state, as plain JSON.

    Args:
        effect: a plan's effect, or a scenario.
        spread: the same in draws; the page's band is of its first draws, and as proposed it is this one's own.

    Raises:
        InputError: today's figures contradict each other.
    """
    case, begin = (effect, start(effect)) if isinstance(effect, Scenario) else (effect.scenario, effect.run.start)
    state: dict[str, Any] = {
        "kind": "plan" if initiatives(case) else "event" if case.plan else "business",
        **_frame(case),
        "segments": list(begin.inputs.segments),
        "levers": [asdict(lever) for lever in levers(case)],
        **_tree(begin, lambda row: _number(float(row[0]))),
    }
    if spread is not None:
        state["draws"] = _packed(spread.run.start)
        if case.plan:
            spread = spread.given_events
            ends = quantiles(spread.change.so_far, LEVEL)[::2]
            low, high = ([float(f"{value:.6g}") for value in end] for end in ends)
            state["proposed"] = {"low": [0.0, *low], "high": [0.0, *high], "loss": spread.chance_of_loss}
    return Live(state)


def _frame(scenario: Scenario) -> dict[str, Any]:
    """What does not hang on anchoring. Limits by key: least, most, whether each is beyond bounds itself, words."""
    calendar, around = scenario.calendar, scenario.write.text("\0", currency=True).partition("\0")
    return {
        "format": [*SEPARATORS[scenario.number_format][:2], *around[::2]],
        "horizon": scenario.horizon_months,
        "first_month": scenario.first_month,
        "season": {
            "first": calendar.first[1] - 1 if calendar.first else 0,
            "spending": list(calendar.spending),
            "arrivals": list(calendar.arrivals),
        },
        "limits": {
            key: [*(end if math.isfinite(end) else None for end in quantity.bounds), quantity.above is not None,
                  quantity.below is not None, quantity.short]
            for key, quantity in QUANTITIES.items()
            if not quantity.fixed
        },
    }  # fmt: skip


def _tree(begin: Start, leaf: Callable[[Array], Any]) -> dict[str, Any]:
    """All numbers that the engine takes, by place; `leaf` makes what stands there of a row over the draws."""
    inputs, hidden, state = begin.inputs, begin.hidden, begin.state
    schedule, scenario, places = inputs.schedule, inputs.scenario, range(len(inputs.segments))
    today = {key: [leaf(row) for row in part] for key, part in inputs.parameters.items() if key not in _USED_UP}

    def one(value: Array | float) -> Any:
        return leaf(np.ravel(value))

    def changes(keys: Iterable[str], steps: tuple[Step, ...]) -> dict[str, list[Any]]:
        return {key: [step.way, one(step.amount)] for key, step in zip(keys, steps, strict=True)}

    own = ("base_hazard", "base_spend", "log_odds")
    people = [
        {
            "customers": [leaf(mood[i]) for mood in state.customers],
            "prospects": [leaf(impression[i]) for impression in state.prospects],
            "avoiders": leaf(state.avoiders[i]),
        }
        for i in places
    ]
    return {
        "today": _sectioned(today),
        "hidden": {
            "own": [{name: leaf(getattr(hidden, name)[i]) for name in own} for i in places],
            "audience_share": one(hidden.audience_share),
            "stars": one(hidden.stars),
        },
        "start": {"people": people, "reviews": one(state.reviews), "reviewStars": one(state.review_stars)},
        "what_if": changes(scenario.supposed, schedule.what_if),
        "plan": [
            {
                **{name: one(getattr(phase, name)) for name in ("start", "ramp", "once", "per_month")},
                "end": None if phase.end is None else one(phase.end),
                "changes": changes(item.changes, phase.steps),
            }
            for item, phase in zip(initiatives(scenario), schedule.phases, strict=True)
        ],
        "events": {
            str(month): {"bad": one(shock.bad), "reach": one(shock.bad_reach), "kept": one(shock.spend_kept)}
            for month, shock in schedule.shocks.items()
        },
        "discount": one(inputs.plan_discount_rate),
    }


def _sectioned(parts: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """By section and name what is by dotted key."""
    found: dict[str, dict[str, Any]] = {}
    for key, part in parts.items():
        section, name = key.split(".")
        found.setdefault(section, {})[name] = part
    return found


def _number(value: float) -> float | None:
    """A number as JSON holds it: what is none is null, and no odds at all are odds beyond all numbers."""
    return None if math.isnan(value) else max(min(value, _LARGEST), -_LARGEST)


def _packed(begin: Start) -> dict[str, Any] | None:
    """The tree of draws, with a place among `rows` for each number that varies; None if too large.

    A row is its least and a step, each number on it one of 65,536 levels, all of them in one text of base64.
    """
    few = begin.at(np.arange(min(DRAWS, begin.draws)))
    varying: dict[bytes, tuple[int, Array]] = {}

    def placed(values: Array) -> Any:
        row = np.clip(np.asarray(values, dtype=np.float64), -_LARGEST, _LARGEST)
        if not np.ptp(row) > 0:
            return _number(float(row.max()))
        return {"row": varying.setdefault(row.tobytes(), (len(varying), row))[0]}

    tree = _tree(few, placed)
    count = min(few.draws, int(_BYTES / (8 / 3 * max(len(varying), 1))))
    if count < _FEWEST:
        return None
    rows = np.array([row for _, row in varying.values()]).reshape(-1, few.draws)
    low, step = rows.min(axis=1, keepdims=True), np.ptp(rows, axis=1, keepdims=True) / (2**16 - 1)
    levels = np.round((rows[:, :count] - low) / step).astype("<u2")
    data = base64.b64encode(levels.tobytes()).decode("ascii")
    return {"count": count, "tree": tree, "rows": np.hstack([low, step]).tolist(), "data": data}


def calculator(scenario: Scenario, draws: int = 160) -> Live:
    """The calculator of a workshop's page: a room's numbers, all other figures and draws of them, as plain JSON.

    Own figures are drawn in the page, around what is typed there: their normal scores are here, not their values.
    """
    values = _sectioned({key: central(places[0].value) for key, places in scenario.entries().items()})
    remembered = "experience.memory_months"
    memory, reach = (record_for(key, scenario.customer_type) for key in (remembered, "word_of_mouth.reach_good"))
    usual, market = float(memory.central or math.nan), values["market"]
    own, others = dict[str, list[float]](), dict[str, list[float]]()
    parameters = uncertain(scenario)
    for item, row in zip(parameters, scores(parameters, draws, 0), strict=True):
        mine = item.path.startswith("today.")
        factor = values["experience"]["memory_months"] / usual if item.key == remembered else 1.0
        (own if mine else others)[item.key] = [float(f"{x:.5g}") for x in (row if mine else item.at(row) / factor)]
    return Live({
        "kind": "workshop",
        **_frame(scenario),
        "multiple": market["size"] / market["customers"],
        "memory": usual,
        "most_reach": reach.range.high if reach.range else 0.0,
        "width": WIDTHS["stated"],
        "numbers": [[key, *said] for key, said in NUMBERS.items()],
        "values": values,
        "draws": {"count": draws, "own": own, "others": others},
    })  # fmt: skip


# --- The script, the style and the section ---


def script(kind: str = "plan") -> str:
    """The JavaScript of a page, without the comments and spaces of its files.

    `kind` is that of its content; or `tools` where nothing lives on it, but charts can be copied all the same.
    """
    names = {"tools": "page", "workshop": "model anchor page calculator"}.get(kind, "model asked page sliders")
    text = "".join(_file(f"{name}.js") for name in names.split())
    parts = re.split(r"(`[^`]*`|\"[^\"]*\")", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))
    parts[::2] = (
        re.sub(r"\s*([-=+*/<>!?:;,{}()\[\]&|])\s*", r"\1", re.sub(r"\s+", " ", part)) for part in parts[::2]
    )
    parts[1::2] = (re.sub(r"\s*\n\s*", " ", part) for part in parts[1::2])
    return "".join(parts)


def style() -> str:
    """Rules of the sliders and of what moves with them; colours are the page's variables."""
    return _file("live.css")


def markup(content: Mapping[str, Any]) -> str:
    """The section of a page for a payload, hidden until its script runs; the script stands after it."""
    name = "calculator.html" if content["kind"] == "workshop" else "sliders.html"
    data = json.dumps(content, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
    return f'{_filled(name, **content)}<script type="application/json" id="wom-state">{data}</script>'


def _filled(name: str, **values: Any) -> str:
    import jinja2

    page = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(_file(name))
    return page.render(values)


def _file(name: str) -> str:
    return resources.files("wom.exhibits").joinpath("scripts", name).read_text(encoding="utf-8")
