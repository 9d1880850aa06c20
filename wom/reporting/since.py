"""What changed since the last run, and whether what was put in or what computes it moved the figures."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import WomError
from .summary import label, shown

_MOST_DETAILS = 12
_SAME = 1e-9  # relative; the same computation twice


def compare(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    old_results: Mapping[str, Any],
    new_results: Mapping[str, Any],
) -> dict[str, Any]:
    """Two runs of one report, side by side.

    Where both the input and the model changed, the last run's input is computed again with the model of now:
    moved by the model is what that gives less the last figure, moved by the input is the figure of now less
    what that gives.

    Args:
        before, after: manifests of the last run and of this one, with `summary`.
        old_results, new_results: what the two runs published.

    Returns:
        `run`, the last one; `moved`: nothing, input, model or both; `input` and `model`, what changed, in words;
        `figures` by name: before, after, by_input and by_model (None where it cannot be told).
    """
    hashes = ("input_hash", "model_hash")
    differs = [before.get(name) != after.get(name) for name in hashes]
    moved = {(False, False): "nothing", (True, False): "input", (False, True): "model"}.get(
        (differs[0], differs[1]), "both"
    )
    old, new = (record.get("summary", {}).get("figures", {}) for record in (before, after))
    between = _computed_again(old_results, new_results) if moved == "both" else {}
    figures = {}
    for name, value in new.items():
        if name not in old:
            continue
        middle = {"input": old[name], "model": value, "nothing": value}.get(moved, between.get(name))
        figures[name] = {
            "before": old[name],
            "after": value,
            "by_input": None if middle is None else value - middle,
            "by_model": None if middle is None else middle - old[name],
        }
    return {
        "run": before.get("run_id"),
        "moved": moved,
        "input": _input_details(before, after, old_results, new_results) if differs[0] else [],
        "model": _model_details(before, after) if differs[1] else [],
        "figures": figures,
    }


def why(since: Mapping[str, Any] | None, currency: str) -> str:
    """In a sentence, as HTML: whether the input or the model moved the figures since the run before.

    Example:
        >>> why({"moved": "input", "input": ["experience.bad_share 0.06 → 0.05"]}, "USD")
        'Since the run before, the input changed: experience.bad_share 0.06 → 0.05. The model is the same.'
    """
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
    parts = [
        f"{label(name)}: {shown(name, moved['by_input'], currency, sign=True)} by the input, "
        f"{shown(name, moved['by_model'], currency, sign=True)} by the model"
        for name, moved in since.get("figures", {}).items()
        if moved["by_input"] is not None
    ]
    apart = html.escape("; ".join(parts)) or "How much each moved cannot be told"
    return f"Since the run before, the input changed ({given}) and the model as well ({model}). {apart}."


def _computed_again(old_results: Mapping[str, Any], new_results: Mapping[str, Any]) -> Mapping[str, Any]:
    """The last run's scenario with the model of now; empty where the figures are not those of a scenario."""
    from .._effect import effect
    from ..scenario import load

    scenarios = old_results.get("scenario"), new_results.get("scenario")
    if not all(isinstance(scenario, Mapping) for scenario in scenarios):
        return {}
    try:
        then, today = (effect(load(dict(scenario or {}))).headlines for scenario in scenarios)
    except (WomError, ValueError, TypeError):  # the old file is none that is allowed now
        return {}
    numbers = new_results.get("numbers", {})
    return {
        name: value
        for name, value in then.items()
        if value is not None and _close(today.get(name), numbers.get(name))
    }


def _close(one: Any, other: Any) -> bool:
    return one is not None and other is not None and math.isclose(one, other, rel_tol=_SAME, abs_tol=_SAME)


def _input_details(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    old_results: Mapping[str, Any],
    new_results: Mapping[str, Any],
) -> list[str]:
    old, new = _flat(old_results.get("scenario")), _flat(new_results.get("scenario"))
    said = _differences(old, new)
    if not said:
        said = _differences(_flat(before.get("parameters")), _flat(after.get("parameters")))
    return _few(said or ["the text of an input file"])


def _model_details(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    said = _differences(before.get("versions", {}), after.get("versions", {}))
    if before.get("notebook_sha256") != after.get("notebook_sha256"):
        said.append("the notebook")
    if before.get("code_sha256") != after.get("code_sha256"):
        commits = [str((record.get("checkout") or {}).get("commit", ""))[:8] for record in (before, after)]
        change = f" ({commits[0]} → {commits[1]})" if all(commits) and commits[0] != commits[1] else ""
        said.append(f"the code of wom{change}")
    return _few(said)


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    names = [*new, *(name for name in old if name not in new)]
    return [
        f"{_place(name)} {_text(old, name)} → {_text(new, name)}"
        for name in names
        if old.get(name) != new.get(name)
    ]


def _place(name: str) -> str:
    """A dotted key as people count: the first entry of a list is 1."""
    *head, last = name.split(".")
    return f"{'.'.join(head)} {int(last) + 1}" if head and last.isdigit() else name


def _text(values: Mapping[str, Any], name: str) -> str:
    text = str(values.get(name, "not given"))
    if Path(text).is_absolute():
        text = "/".join(Path(text).parts[-2:])
    return text if len(text) <= 60 else f"{text[:57]}..."


def _few(said: list[str]) -> list[str]:
    more = len(said) - _MOST_DETAILS
    return said if more <= 0 else [*said[:_MOST_DETAILS], f"and {more} more"]


def _flat(value: Any, prefix: str = "") -> dict[str, Any]:
    """Nested values by dotted key, without the leading `today`."""
    if isinstance(value, Mapping):
        items = ((str(key), item) for key, item in value.items())
    elif isinstance(value, list):
        items = ((str(place), item) for place, item in enumerate(value))
    else:
        return {prefix.removeprefix("today."): value} if prefix else {}
    found: dict[str, Any] = {}
    for key, item in items:
        found |= _flat(item, f"{prefix}.{key}" if prefix else key)
    return found
