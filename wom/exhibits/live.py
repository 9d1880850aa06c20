"""The living part of a page: what its script needs of a business, the script itself, and the section around it.

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
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from .._effect import Effect, Spread
from .._effect import effect as effect_of
from .._effect import spread as spread_of
from .._run import LEVEL, quantiles
from ..anchoring import Start, start
from ..draws import scores, uncertain
from ..errors import InputError
from ..evidence import record_for
from ..parameters import QUANTITIES, central
from ..plan import Step
from ..scenario import WIDTHS, Scenario, opens
from ..units import Array
from ..words import SEPARATORS
from .lever import as_plan, initiatives, levers, moved
from .tables import as_text, grid

MIME = "application/vnd.wom.live+json"
SCRIPTS = {
    "tools": ("page.js",),
    "workshop": ("model.js", "anchor.js", "page.js", "calculator.js"),
}
_SLIDERS = ("model.js", "asked.js", "page.js", "sliders.js")
DRAWS = 200
"""In the page: the ends of a 90 % band to a tenth of its width."""
_BYTES, _FEWEST = 80_000, 60
"""That draws may take in a page, so that many segments have fewer; with fewer than this there is no band."""
_LEVELS = 2**16 - 1
_LARGEST = 1e308
_FRAME = 'title="Sliders" style="width:100%;height:640px;border:0"'
_CALCULATED = 160
_MEMORY = "experience.memory_months"
_USED_UP = {key for key, quantity in QUANTITIES.items() if quantity.fixed} - {
    "market.size", "market.homophily", "economics.discount_rate",
}  # fmt: skip
"""Parameters that anchoring alone asks for."""

NUMBERS = {
    "market.customers": ("Customers", "", 100),
    "market.new_customers_per_month": ("New customers a month", "", 10),
    "experience.contacts_per_month": ("Contacts a month", "of one customer, on average", 0.25),
    "economics.spend_per_customer": ("Spending a month", "of one customer", 5),
    "economics.margin_share": ("Margin", "left of 100 earned", 1),
    "retention.retention_rate": ("Still with you after a year", "of 100 customers", 1),
    "experience.good_share": ("Good contacts", "of 100", 1),
    "experience.bad_share": ("Bad contacts", "of 100", 1),
    "market.referral_share": ("Came on a recommendation", "of 100 new customers", 1),
}
"""What a room knows, in its words, and the step of each as it is shown."""


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

    def _repr_html_(self) -> str:
        """A frame with everything in it, which keeps the notebook's styles and the sliders' apart."""
        shown = self.content | {"moved": dict(self.values)}
        page = _filled("notebook.html", style=style(), section=markup(shown), script=script())
        return f'<iframe srcdoc="{escape(page)}" {_FRAME}>Run this cell to see the sliders.</iframe>'

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return super()._repr_mimebundle_() | {"text/html": self._repr_html_()}

    def __repr__(self) -> str:
        numbers = {"low": "from", "value": "as it stands", "high": "to"}
        table = pd.DataFrame(self.content["levers"]).set_index("words")[list(numbers)].rename(columns=numbers)
        table.index.name = "lever"
        formats = dict.fromkeys(numbers.values(), "{:,.6g}")
        return as_text(grid(table, formats), "Sliders, in JupyterLab and where notebooks run scripts")

    def save(self, file: str | Path) -> Path:
        """Write the moved levers as a scenario that `wom run` takes, and say where.

        Args:
            file: where; what is there already stays, and is refused.

        Raises:
            InputError: nothing is moved and there is no plan, or the file exists or cannot be written.
        """
        path = Path(file)
        path = (path if path.suffix else path.with_suffix(".yaml")).resolve()
        kept = as_plan(self.scenario, levers(self.scenario), self.values)
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
    moved(scenario, levers(scenario), values)  # refuses what the page could not show
    return Explorer(payload(effect_of(scenario), spread_of(scenario, DRAWS)), scenario, values)


def sliders(effect: Effect | Scenario, spread: Spread | None = None) -> Live:
    """The sliders of an effect's page, or of a scenario's; see `payload`."""
    return Live(payload(effect, spread))


def calculator(scenario: Scenario) -> Live:
    """The calculator of a workshop's page; see `workshop_payload`."""
    return Live(workshop_payload(scenario))


# --- What the page needs of a business ---


def payload(effect: Effect | Scenario, spread: Spread | None = None) -> dict[str, Any]:
    """The state of a living page, as plain JSON.

    Args:
        effect: a plan's effect, or a scenario.
        spread: the same in draws; the page's band is of its first draws, and as proposed it is this one's own.

    Raises:
        InputError: today's figures contradict each other.
    """
    scenario = effect if isinstance(effect, Scenario) else effect.scenario
    begin = start(scenario) if isinstance(effect, Scenario) else effect.run.start
    state: dict[str, Any] = {
        "kind": "plan" if initiatives(scenario) else "event" if scenario.plan else "business",
        **_frame(scenario),
        "segments": list(begin.inputs.segments),
        "levers": [asdict(lever) for lever in levers(scenario)],
        **_tree(begin, lambda row: _number(float(row[0]))),
    }
    if spread is not None:
        state["draws"] = _packed(spread.run.start)
        if scenario.plan:
            ends = quantiles(spread.change.so_far, LEVEL)[::2]
            low, high = ([float(f"{value:.6g}") for value in end] for end in ends)
            state["proposed"] = {"low": [0.0, *low], "high": [0.0, *high], "loss": spread.chance_of_loss}
    return state


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
    today: dict[str, dict[str, list[Any]]] = {}
    for key, values in inputs.parameters.items():
        if key not in _USED_UP:
            section, name = key.split(".")
            today.setdefault(section, {})[name] = [leaf(row) for row in values]

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
        "today": today,
        "hidden": {
            "own": [{name: leaf(getattr(hidden, name)[i]) for name in own} for i in places],
            "audience_share": one(hidden.audience_share),
            "stars": one(hidden.stars),
        },
        "start": {"people": people, "reviews": one(state.reviews), "reviewStars": one(state.review_stars)},
        "what_if": changes(scenario.supposed, schedule.what_if),
        "plan": [
            {
                "start": one(phase.start),
                "ramp": one(phase.ramp),
                "end": None if phase.end is None else one(phase.end),
                "once": one(phase.once),
                "per_month": one(phase.per_month),
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


def _number(value: float) -> float | None:
    """A number as JSON holds it: what is none is null, and no odds at all are odds beyond all numbers."""
    return None if math.isnan(value) else max(min(value, _LARGEST), -_LARGEST)


def _packed(begin: Start) -> dict[str, Any] | None:
    """The tree with rows in place of numbers, each its least and a step; None if too large.

    Rows that vary come first, each in 65,536 levels, all in one text of base64.
    """
    few = begin.at(np.arange(min(DRAWS, begin.draws)))
    found: dict[bytes, Array] = {}

    def note(values: Array) -> bytes | None:
        row = np.clip(np.asarray(values, dtype=np.float64), -_LARGEST, _LARGEST)
        name = row.tobytes()
        found.setdefault(name, row)
        return None if np.isnan(row).any() else name

    _tree(few, note)
    order = sorted(found, key=lambda name: np.ptp(found[name]) == 0)
    spans = [(float(found[name].min()), float(np.ptp(found[name])) / _LEVELS) for name in order]
    varying = sum(step > 0 for _, step in spans)
    count = min(few.draws, int(_BYTES / (8 / 3 * max(varying, 1))))
    if count < _FEWEST:
        return None
    levels = [
        np.round((found[name][:count] - low) / step).astype("<u2").tobytes()
        for name, (low, step) in zip(order, spans, strict=True)
        if step > 0
    ]
    places = {name: place for place, name in enumerate(order)}
    tree = _tree(few, lambda values: None if (name := note(values)) is None else places[name])
    data = base64.b64encode(b"".join(levels)).decode("ascii")
    return {"count": count, "tree": tree, "rows": [[_number(low), step] for low, step in spans], "data": data}


def workshop_payload(scenario: Scenario, draws: int = _CALCULATED, seed: int = 0) -> dict[str, Any]:
    """What the calculator starts from: a room's numbers, all other figures and draws of them, as plain JSON.

    Own figures are drawn in the page, around what is typed there: their normal scores are here, not their values.

    Args:
        scenario: from `wom.analysis.workshop.scenario`.
        draws: of everything that is uncertain.
        seed: 0 or more.
    """
    values: dict[str, dict[str, float]] = {}
    for key, places in scenario.entries().items():
        section, name = key.split(".")
        values.setdefault(section, {})[name] = central(places[0].value)
    memory, reach = (record_for(key, scenario.customer_type) for key in (_MEMORY, "word_of_mouth.reach_good"))
    usual = float(memory.central or math.nan)
    own, others = dict[str, list[float]](), dict[str, list[float]]()
    parameters = uncertain(scenario)
    for item, row in zip(parameters, scores(parameters, draws, seed), strict=True):
        mine = item.path.startswith("today.")
        factor = values["experience"]["memory_months"] / usual if item.key == _MEMORY else 1.0
        (own if mine else others)[item.key] = [float(f"{x:.5g}") for x in (row if mine else item.at(row) / factor)]
    market = values["market"]
    return {
        "kind": "workshop",
        **_frame(scenario),
        "multiple": market["size"] / market["customers"],
        "memory": usual,
        "most_reach": reach.range.high if reach.range else 0.0,
        "width": WIDTHS["stated"],
        "numbers": [[key, *said] for key, said in NUMBERS.items()],
        "values": values,
        "draws": {"count": draws, "own": own, "others": others},
    }


# --- The script, the style and the section ---


def _file(name: str) -> str:
    return resources.files("wom.exhibits").joinpath("scripts", name).read_text(encoding="utf-8")


def script(kind: str = "plan") -> str:
    """The JavaScript of a page, without the comments and spaces of its files.

    Args:
        kind: of the payload; or `tools` for a page without a living part, whose charts can be copied all the same.
    """
    text = re.sub(r"/\*.*?\*/", "", "".join(map(_file, SCRIPTS.get(kind, _SLIDERS))), flags=re.DOTALL)
    parts = re.split(r"(`[^`]*`|\"[^\"]*\")", text)
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
