"""What lists show of a run: its title, a few figures, one line over time, and what moved since the run before."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..files import SCENARIO
from ..words import money, signed, whole

_MOST_POINTS, _MOST_DETAILS = 40, 12

WITH_PLAN = ("net", "extra_revenue", "extra_customers_at_end")
WITHOUT = ("npv", "revenue", "customers_at_end")
"""In the order of the big numbers that a report opens with, whose texts stand beside them."""
LABELS = {
    "extra_revenue": "Extra revenue",
    "net": "Net, in today's money",
    "extra_customers_at_end": "Extra customers at the end",
    "revenue": "Revenue",
    "npv": "Worth, in today's money",
    "customers_at_end": "Customers at the end",
    "plan_cost": "Cost of the plan",
}
_COUNTS = ("customers", "people")


def summarise(results: Mapping[str, Any]) -> dict[str, Any]:
    """What to remember in a run's manifest of the results that its notebook published.

    Reports of scenarios publish `numbers`, `scenario` and tables by month; of other notebooks the first three of
    `numbers` count.

    Returns:
        title, currency; `basis`: scenario, calibrated, back-tested or "back-tested, failed"; `figures` by name;
        `texts`: those of them that the report opens with, as it writes them;
        `trend`, at most 40 numbers: the plan's net so far, or the revenue of each month where there is no plan.
    """
    numbers, scenario = (
        found if isinstance(found := results.get(name), Mapping) else {} for name in ("numbers", "scenario")
    )
    basis = scenario.get("basis")
    usual = WITH_PLAN if scenario.get("plan") else WITHOUT
    opens = set(usual) <= set(numbers)  # with these figures, as the exhibit of them is published
    chosen = usual if opens else [name for name, value in numbers.items() if _is_number(value)][:3]
    trend = _column(results.get("difference"), "present_so_far") if opens and usual == WITH_PLAN else []
    texts = _column(results.get("headline"), "value", str) if opens else []
    return {
        "title": str(results.get("title") or scenario.get("title") or ""),
        "currency": str(scenario.get("currency") or ""),
        "basis": str((isinstance(basis, Mapping) and basis.get("label")) or SCENARIO) if scenario else "",
        "figures": {name: numbers[name] for name in chosen if _is_number(numbers[name])},
        "texts": dict(zip(chosen, texts, strict=False)),
        "trend": thinned(trend or _column(results.get("monthly"), "revenue")),
    }


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _column(table: Any, name: str, kind: type = float) -> list[Any]:
    """A column of a stored table; nothing where it is not there or not all of its kind."""
    if not isinstance(table, Mapping) or name not in table.get("columns", ()):
        return []
    place = table["columns"].index(name)
    values = [row[place] for row in table["data"]]
    return values if all(isinstance(value, str) if kind is str else _is_number(value) for value in values) else []


def label(name: str) -> str:
    """A figure's name in words."""
    rank, _, rest = name.partition("_")
    if rank in ("best", "median", "worst") and rest in LABELS:
        return f"{rank.capitalize()}: {LABELS[rest].lower()}"
    return LABELS.get(name, name.replace("_", " ").capitalize())


def shown(name: str, value: float, currency: str = "", *, sign: bool = False) -> str:
    """A figure as people read it."""
    text = whole(value) if any(word in name for word in _COUNTS) else money(value, currency)
    return signed(text) if sign else text


def thinned(values: list[float], most: int = _MOST_POINTS) -> list[float]:
    """At most so many of the values, evenly spaced, the first and the last among them, with six digits."""
    if len(values) > most:
        last = len(values) - 1
        values = [values[round(place * last / (most - 1))] for place in range(most)]
    return [float(f"{value:.6g}") for value in values]


# --- What changed since the last run, and whether the input or the model moved the figures ---


def compare(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    old_results: Mapping[str, Any],
    new_results: Mapping[str, Any],
) -> dict[str, Any]:
    """Two runs of one report, side by side: which of input and model changed, and the figures before and after."""
    inputs, models = (before.get(name) != after.get(name) for name in ("input_hash", "model_hash"))
    moved = ("both" if models else "input") if inputs else "model" if models else "nothing"
    old, new = (one.get("summary", {}).get("figures", {}) for one in (before, after))
    figures = {name: {"before": old[name], "after": new[name]} for name in new if name in old}
    given, model = list[str](), list[str]()
    if inputs:
        given = _differences(old_results.get("scenario"), new_results.get("scenario"))
        given = given or _differences(before.get("parameters"), after.get("parameters"))
        given = given or ["the text of an input file"]
    if models:
        model = _differences(before.get("versions"), after.get("versions"))
        if before.get("notebook_sha256") != after.get("notebook_sha256"):
            model.append("the notebook")
        if before.get("code_sha256") != after.get("code_sha256"):
            one, other = (str((run.get("checkout") or {}).get("commit", ""))[:8] for run in (before, after))
            model.append("the code of wom" + (f" ({one} → {other})" if one and other and one != other else ""))
    for said in (given, model):
        if more := said[_MOST_DETAILS:]:
            said[_MOST_DETAILS:] = [f"and {len(more)} more"]
    return {"run": before.get("run_id"), "moved": moved, "input": given, "model": model, "figures": figures}


def why(since: Mapping[str, Any] | None) -> str:
    """In a sentence, as HTML: whether the input or the model moved the figures since the run before."""
    if not since:
        return "The first run."
    given, model = (html.escape("; ".join(since.get(part, []))) for part in ("input", "model"))
    match since.get("moved"):
        case "nothing":
            return "Neither input nor model changed since the run before."
        case "input":
            return f"Since the run before, the input changed: {given}. The model is the same."
        case "model":
            return f"Since the run before, the model changed: {model}. The input is the same."
    apart = "Which of them moved a figure by how much cannot be told"
    return f"Since the run before, the input changed ({given}) and the model as well ({model}). {apart}."


def _differences(before: Any, after: Any) -> list[str]:
    old, new = (dict(_flat(value)) for value in (before, after))
    said = []
    for name in dict.fromkeys((*new, *old)):
        if old.get(name) != new.get(name):
            *head, last = name.split(".")  # as people count, the first entry of a list is 1
            place = f"{'.'.join(head)} {int(last) + 1}" if head and last.isdigit() else name
            texts = [str(one.get(name, "not given")) for one in (old, new)]
            texts = ["/".join(Path(text).parts[-2:]) if Path(text).is_absolute() else text for text in texts]
            texts = [text if len(text) <= 60 else f"{text[:57]}..." for text in texts]
            said.append(f"{place} {' → '.join(texts)}")
    return said


def _flat(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested values by dotted key, without the leading `today`."""
    if isinstance(value, Mapping | list):
        for key, item in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _flat(item, f"{prefix}.{key}" if prefix else str(key))
    elif prefix:
        yield prefix.removeprefix("today."), value
