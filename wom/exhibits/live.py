"""The living page: what its script needs of a business, the levers that move it, and the script itself.

The page carries the engine (`scripts/model.js`), the anchored state and draws of it; nothing is fetched and nothing
leaves it. The same script is the calculator for a workshop, which anchors in the page.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from html import escape
from importlib import resources
from typing import Any

import numpy as np

from .._effect import Effect, Spread
from .._run import LEVEL, quantiles, run
from ..anchoring import Start, start
from ..draws import sample, scores, uncertain
from ..evidence import record_for
from ..parameters import QUANTITIES, Key, central
from ..plan import Initiative, Step
from ..scenario import WIDTHS, Scenario
from ..units import Array

MIME = "application/vnd.wom.live+json"
SCRIPTS = ("model.js", "anchor.js", "page.js", "calculator.js")
DRAWS = 200
"""In the page: the ends of a 90 % band to a tenth of its width."""
_BYTES = 100_000
"""That draws may take in a page; many segments have fewer draws."""
_FEWEST = 60
"""Draws that still give a band."""
_LEVELS = 2**16 - 1

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
MOST_LEVERS, _MOST_TARGETS = 6, 4
_WHOLE = {"horizon_months": 6.0, "start_month": 1.0}


@dataclass(frozen=True)
class Lever:
    """What one slider moves: a figure of the business from month 0 on, or what the plan reaches, costs, begins.

    `way` is `to` or `multiply` for a what-if (`multiply` where segments have values of their own, whose average is
    shown), `target` for a key that the plan changes, `plan` for its cost, start and horizon.
    """

    key: str
    words: str
    unit: str
    way: str
    value: float
    """Where it stands: as proposed, or today's."""
    today: float | None
    low: float
    high: float
    step: float


def levers(scenario: Scenario) -> tuple[Lever, ...]:
    """The levers that move a case most: its net with a plan, its worth without one; each parameter once.

    What the plan changes comes first, then other levers by the change that `MOVES` makes, then the plan's cost,
    its start, and the horizon.

    Raises:
        InputError: today's figures contradict each other.
    """
    begin = start(scenario)
    written: dict[str, list[tuple[str, Step]]] = {}
    for item, phase in zip(_initiatives(scenario), begin.inputs.schedule.phases, strict=True):
        for key, step in zip(item.changes, phase.steps, strict=True):
            written.setdefault(step.key, []).append((key, step))
    by_swing = _by_swing(begin, list(dict.fromkeys([*written, *MOVES])))
    targets = [_target(begin, *written[key][0]) for key in by_swing if len(written.get(key, ())) == 1]
    kept = [lever for lever in targets if lever][:_MOST_TARGETS]
    kept += [_what_if(begin, key) for key in by_swing if key not in written][: MOST_LEVERS - len(kept)]
    return (*kept, *_of_plan(scenario, begin))


def _initiatives(scenario: Scenario) -> list[Initiative]:
    return [item for item in scenario.plan if isinstance(item, Initiative)]


def _by_swing(begin: Start, keys: list[str]) -> list[str]:
    """Parameters by how far the result moves between both ends of their moves, those that do nothing left out."""
    today = begin.inputs.supposed
    many = begin.repeated(2 * len(keys))
    changes = {}
    for place, key in enumerate(keys):
        segments = max(len(today[key]), 1)
        moved = np.broadcast_to(today[key], (segments, 2 * len(keys))).copy()
        for segment in range(segments):
            span = QUANTITIES[key].around(float(today[key][segment, 0]), MOVES.get(key, 0.3))
            moved[segment, 2 * place : 2 * place + 2] = span.low, span.high
        changes[key] = moved
    many = many.with_values(changes)
    worth = run(many, many.inputs.schedule).npv_by_draw
    if begin.inputs.schedule.phases:
        worth = worth - run(many).npv_by_draw
    swing = np.abs(np.diff(worth.reshape(-1, 2), axis=1))[:, 0]
    order = np.argsort(-swing, kind="stable")
    return [keys[place] for place in order if swing[place] > 1e-9 * np.abs(worth).max()]


def _average(begin: Start, values: Array) -> float:
    """Over customers, those of the segments that have none alike."""
    customers = begin.state.customers.sum(axis=0)[:, 0]
    weights = customers if customers.sum() > 0 else np.ones(len(customers))
    return float(np.average(np.broadcast_to(values[:, 0], weights.shape), weights=weights))


def _target(begin: Start, key: str, step: Step) -> Lever | None:
    """What the plan reaches; None where it differs between segments, which one slider cannot hold."""
    chosen = np.broadcast_to(step.segments[:, 0] > 0, begin.state.avoiders.shape[:1])
    before = np.broadcast_to(begin.inputs.supposed[step.key][:, 0], chosen.shape)[chosen]
    after = step(before[:, np.newaxis], 1.0) if chosen.all() and len(step.segments) > 1 else None
    reached = (before + step.segments.max() * (_goal(step, before) - before)) if after is None else after[:, 0]
    if np.ptp(reached) > 0:
        return None
    today = float(before[0]) if np.ptp(before) == 0 else _average(begin, begin.inputs.supposed[step.key])
    return _spanned(key, "target", float(reached[0]), today)


def _goal(step: Step, before: Array) -> Array:
    amount = float(np.ravel(step.amount)[0])
    return {"to": np.full_like(before, amount), "add": before + amount, "multiply": before * amount}[step.way]


def _what_if(begin: Start, key: str) -> Lever:
    values = begin.inputs.supposed[key]
    average = _average(begin, values)
    return _spanned(key, "to" if np.ptp(values) == 0 else "multiply", average, average)


def _spanned(key: str, way: str, value: float, today: float) -> Lever:
    """A lever whose span holds its value and today's, within the bounds."""
    quantity = Key.parse(key).quantity
    least, most = quantity.bounds
    low, high = (0.8, 1.2) if quantity.plan_only else (0.0, 2.0 * max(value, today, 0.0) or 1.0)
    if most == 1.0 and max(value, today) == 0.0:
        high = 0.2
    step = _step(high - low)
    low, high = min(low, value, today), max(high, value, today)
    if quantity.above is not None:
        least += step
    return Lever(key, Key.parse(key).words, quantity.unit, way, value, today, max(low, least), min(high, most), step)


def _of_plan(scenario: Scenario, begin: Start) -> list[Lever]:
    """The plan's cost, its start, and the horizon."""
    found, phases, horizon = [], begin.inputs.schedule.phases, scenario.horizon_months
    for key, words in (("once", "Cost at the start"), ("per_month", "Cost per month")):
        cost = float(sum(np.ravel(getattr(phase, key))[0] for phase in phases))
        if phases and (cost > 0 or len(phases) == 1):
            usual = float(np.median(begin.inputs.supposed["economics.spend_per_customer"])) * 100
            high = 2.0 * cost or _step(50.0 * max(usual, 1.0)) * 50
            found.append(Lever(key, words, "currency", "plan", cost, None, 0.0, high, _step(high)))
    if phases:
        first = float(min(phase.start for phase in phases))
        high = float(max(first, min(24, horizon - 1)))
        found.append(Lever("start_month", "Starts in month", "month", "plan", first, None, 0.0, high, 1.0))
    low, high = float(min(12, horizon)), float(max(120, horizon))
    found.append(Lever("horizon_months", "Looking ahead", "months", "plan", float(horizon), None, low, high, 6.0))
    return found


def _step(span: float) -> float:
    """A round step, so that round values are on the slider: fifty to a hundred for its length."""
    power = 10.0 ** math.floor(math.log10(span / 50))
    return float(max(digit * power for digit in (1.0, 2.0, 2.5, 5.0) if digit * power <= span / 50 * (1 + 1e-9)))


# --- What the page needs of a business ---


_ANCHORED = frozenset(key for key, quantity in QUANTITIES.items() if quantity.fixed) - {
    "market.size",
    "market.homophily",
    "economics.discount_rate",
}
"""Parameters that anchoring has used up: the engine does not ask for them."""


def payload(effect: Effect | Scenario, spread: Spread | None = None) -> dict[str, Any]:
    """The state of a living page, as plain JSON.

    Args:
        effect: a plan's effect, or a scenario.
        spread: the same in draws; the page's band comes from its first draws, and as proposed it is this one's own.

    Raises:
        InputError: today's figures contradict each other.
    """
    scenario = effect if isinstance(effect, Scenario) else effect.scenario
    begin = start(scenario) if isinstance(effect, Scenario) else effect.run.start
    calendar = scenario.calendar
    state: dict[str, Any] = {
        "kind": "plan" if _initiatives(scenario) else "business",
        "title": scenario.title,
        "currency": scenario.currency,
        "segments": list(begin.inputs.segments),
        "horizon": scenario.horizon_months,
        "limits": _limits(),
        "season": {
            "first": calendar.first[1] - 1 if calendar.first else 0,
            "spending": list(calendar.spending),
            "arrivals": list(calendar.arrivals),
        },
        "first_month": scenario.first_month,
        "levers": [asdict(lever) for lever in levers(scenario)],
        **_tree(begin, lambda row: _number(float(row[0]))),
    }
    if spread is not None:
        low, _, high = quantiles(spread.change.so_far, LEVEL)
        state["proposed"] = {
            "low": [_short(end) for end in low],
            "high": [_short(end) for end in high],
            "loss": spread.chance_of_loss,
        }
        state["draws"] = _packed(spread.run.start)
    return {name: part for name, part in state.items() if part is not None}


def _limits() -> dict[str, list[Any]]:
    """By key that a page may change: least, most, whether each is out of bounds itself, and its words."""
    found: dict[str, list[Any]] = {}
    for key, quantity in QUANTITIES.items():
        if not quantity.fixed:
            ends = [_number(end) if math.isfinite(end) else None for end in quantity.bounds]
            found[key] = [*ends, quantity.above is not None, quantity.below is not None, quantity.short]
    return found


def _tree(begin: Start, leaf: Callable[[Array], Any]) -> dict[str, Any]:
    """All numbers that the engine takes, by place; `leaf` makes what stands there of a row over the draws."""
    inputs, hidden, state = begin.inputs, begin.hidden, begin.state
    schedule, scenario, places = inputs.schedule, inputs.scenario, range(len(inputs.segments))
    today: dict[str, dict[str, list[Any]]] = {}
    for key, values in inputs.parameters.items():
        if key not in _ANCHORED:
            section, name = key.split(".")
            today.setdefault(section, {})[name] = [leaf(row) for row in values]

    def changes(keys: Mapping[str, Any], steps: tuple[Step, ...]) -> dict[str, list[Any]]:
        return {
            key: [step.way, leaf(np.ravel(step.amount))] for key, step in zip(keys, steps, strict=True)
        }

    own = ("base_hazard", "base_spend", "log_odds")
    return {
        "today": today,
        "hidden": {
            "own": [{name: leaf(getattr(hidden, name)[i]) for name in own} for i in places],
            "audience_share": leaf(hidden.audience_share[0]),
            "stars": leaf(hidden.stars[0]),
        },
        "start": {
            "people": [
                {
                    "customers": [leaf(mood[i]) for mood in state.customers],
                    "prospects": [leaf(impression[i]) for impression in state.prospects],
                    "avoiders": leaf(state.avoiders[i]),
                }
                for i in places
            ],
            "reviews": leaf(state.reviews[0]),
            "reviewStars": leaf(state.review_stars[0]),
        },
        "what_if": changes(scenario.supposed, schedule.what_if),
        "plan": [
            {
                "name": phase.name,
                "start": leaf(np.array([phase.start])),
                "ramp": leaf(np.array([phase.ramp])),
                "end": None if phase.end is None else leaf(np.array([phase.end])),
                "once": leaf(np.ravel(phase.once)),
                "per_month": leaf(np.ravel(phase.per_month)),
                "changes": changes(item.changes, phase.steps),
            }
            for item, phase in zip(_initiatives(scenario), schedule.phases, strict=True)
        ],
        "events": {
            str(month): {
                "bad": leaf(np.ravel(shock.bad)),
                "reach": leaf(np.ravel(shock.bad_reach)),
                "kept": leaf(np.ravel(shock.spend_kept)),
            }
            for month, shock in schedule.shocks.items()
        },
        "discount": leaf(np.ravel(inputs.plan_discount_rate)),
    }


def _number(value: float) -> float | None:
    """A number as JSON holds it: what is none is null, and no odds at all are odds beyond all numbers."""
    return None if math.isnan(value) else max(min(value, 1e308), -1e308)


def _short(value: float, digits: int = 6) -> float:
    return float(f"{value:.{digits}g}")


def _packed(begin: Start) -> dict[str, Any] | None:
    """Draws of a start: each row in 65,536 levels between its ends, all rows in one text."""
    rows: dict[bytes, int] = {}
    kept: list[Array] = []

    def row(values: Array) -> int | None:
        if np.isnan(values).any():
            return None
        place = rows.setdefault(np.asarray(values, dtype=float).tobytes(), len(rows))
        if place == len(kept):
            kept.append(np.asarray(values, dtype=float))
        return place

    tree = _tree(begin.at(np.arange(min(DRAWS, begin.draws))), row)
    varying = [values for values in kept if np.ptp(np.clip(values, -1e308, 1e308)) > 0]
    count = min(DRAWS, begin.draws, int(_BYTES / (8 / 3 * max(len(varying), 1))))
    if count < _FEWEST:
        return None
    spans, parts = [], []
    for values in kept:
        few = np.clip(values[:count], -1e308, 1e308)
        low, span = float(few.min()), float(np.ptp(few))
        if any(values is other for other in varying):
            step = span / _LEVELS
            parts.append(np.round((few - low) / step if step else few * 0.0).astype("<u2"))
            spans.append([low, step])
        else:
            spans.append([low])
    data = np.concatenate(parts).tobytes() if parts else b""
    return {"count": count, "tree": tree, "rows": spans, "data": base64.b64encode(data).decode("ascii")}


# --- The script, the style and the section of a page ---


def script() -> str:
    """All of the page's JavaScript, without the comments and spaces of its files."""
    files = resources.files("wom.exhibits").joinpath("scripts")
    text = "\n".join(files.joinpath(name).read_text(encoding="utf-8") for name in SCRIPTS)
    parts = re.split(r"(`[^`]*`|\"[^\"]*\")", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))
    parts[::2] = (re.sub(r"\s*([-=+*/<>!?:;,{}()\[\]&|])\s*", r"\1", re.sub(r"\s+", " ", part)) for part in parts[::2])
    return "".join(parts)


def style() -> str:
    """Rules of the sliders and of what moves with them."""
    return resources.files("wom.exhibits").joinpath("scripts", "live.css").read_text(encoding="utf-8")


# --- The calculator for a workshop ---

NUMBERS = {
    "market.customers": ("Customers", "", 10.0),
    "market.new_customers_per_month": ("New customers a month", "", 10.0),
    "experience.contacts_per_month": ("Visits a month", "of one customer, on average", 0.25),
    "economics.spend_per_customer": ("Spending a month", "of one customer", 5.0),
    "economics.margin_share": ("Margin", "left of 100 earned", 0.01),
    "retention.retention_rate": ("Still with you after a year", "of 100 customers", 0.01),
    "experience.good_share": ("Good visits", "of 100", 0.01),
    "experience.bad_share": ("Bad visits", "of 100", 0.01),
    "market.referral_share": ("Came on a recommendation", "of 100 new customers", 0.01),
}
"""What a room knows, in its words, and the step of each."""
_CALCULATED = 160
_MEMORY = "experience.memory_months"


def workshop_payload(scenario: Scenario, draws: int = _CALCULATED, seed: int = 0) -> dict[str, Any]:
    """What the calculator starts from: a room's numbers, all other figures and draws of them, as plain JSON.

    Args:
        scenario: from `wom.analysis.workshop.scenario`.
        draws: of everything that is uncertain.
        seed: 0 or more.
    """
    entries = {key: places[0].value for key, places in scenario.entries().items()}
    values: dict[str, dict[str, float]] = {}
    for key, value in entries.items():
        section, name = key.split(".")
        values.setdefault(section, {})[name] = central(value)
    parameters = uncertain(scenario)
    found = scores(parameters, draws, seed)
    plain = evidence_of(_MEMORY, scenario)
    drawn, own = {}, {}
    for item, row in zip(parameters, found, strict=True):
        if item.path.startswith("today."):
            own[item.key] = [_short(x, 5) for x in row]
        else:
            scale = central(entries[_MEMORY]) / plain if item.key == _MEMORY else 1.0
            drawn[item.key] = [_short(x, 5) for x in item.at(row) / scale]
    span = record_for("word_of_mouth.reach_good", scenario.customer_type).range
    return {
        "kind": "workshop",
        "title": scenario.title,
        "currency": scenario.currency,
        "horizon": scenario.horizon_months,
        "multiple": central(entries["market.size"]) / central(entries["market.customers"]),
        "memory": plain,
        "most_reach": span.high if span else 0.0,
        "width": WIDTHS["stated"],
        "limits": _limits(),
        "season": {"first": 0, "spending": [1.0] * 12, "arrivals": [1.0] * 12},
        "numbers": [[key, *said] for key, said in NUMBERS.items()],
        "values": values,
        "draws": {"count": draws, "own": own, "others": drawn},
    }


def evidence_of(key: str, scenario: Scenario) -> float:
    """The middle of a published figure for this kind of customer."""
    found = record_for(key, scenario.customer_type, scenario.trade).central
    return float(found) if found is not None else math.nan
