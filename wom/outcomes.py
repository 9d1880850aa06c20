"""One number for each of many sets of values: what sensitivity and failure are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from .batch import run
from .errors import InputError, nearest
from .progress import Progress
from .sampling import begin, refused_by
from .scenario import Scenario
from .schedule import Schedule
from .uncertainty import Uncertain
from .units import Array

OUTCOMES: Mapping[str, str] = MappingProxyType(
    {
        "revenue": "revenue over the horizon, not discounted",
        "npv": "worth today of contribution after the plan's costs, over the horizon",
        "net": "NPV of the plan less NPV of no plan",
    }
)
"""What a result can be, in the scenario's currency."""

_CELLS = 300_000
"""Months times segments times draws that run at once: what a processor's cache holds."""


def outcome_of(scenario: Scenario, outcome: str | None) -> str:
    """The outcome asked for; by default the net return of a plan, and the NPV where there is none.

    Raises:
        InputError: no such outcome, or the net return of no plan.

    Example:
        >>> import wom
        >>> outcome_of(wom.load("retailer/today"), None)
        'npv'
    """
    if outcome is None:
        return "net" if scenario.plan else "npv"
    if outcome not in OUTCOMES:
        raise InputError(f"is {outcome!r}; {nearest(outcome, OUTCOMES)}", "outcome")
    if outcome == "net" and not scenario.plan:
        raise InputError("there is no plan; use npv or revenue", "outcome", scenario.file)
    return outcome


def evaluate(
    scenario: Scenario,
    parameters: Sequence[Uncertain],
    scores: Array,
    outcome: str,
    progress: Progress | None = None,
) -> Array:
    """An outcome for many sets of values; in parts, so that memory does not grow with their number.

    Args:
        scenario: from `wom.load`.
        parameters: its ranges.
        scores: normal scores, shape (parameters, draws).
        outcome: of OUTCOMES.
        progress: told after each part.

    Returns:
        Shape (draws,); nan where the values contradict each other.

    Example:
        >>> import wom
        >>> from wom.uncertainty import uncertain
        >>> plan = wom.load("retailer/make-it-right")
        >>> bool(evaluate(plan, uncertain(plan), np.zeros((len(uncertain(plan)), 1)), "net").item() > 0)
        True
    """
    found = np.full(scores.shape[1], np.nan)
    size = max(1, _CELLS // (scenario.horizon_months * len(scenario.segments)))
    for first in range(0, scores.shape[1], size):
        part = slice(first, first + size)
        fine = ~refused_by(begin(scenario, parameters, scores[:, part])[1])
        if fine.any():
            found[part] = np.where(fine, 0.0, np.nan)
            found[part][fine] = _run(scenario, parameters, scores[:, part][:, fine], outcome)
        if progress:
            progress.add(len(fine))
    return found


def _run(scenario: Scenario, parameters: Sequence[Uncertain], scores: Array, outcome: str) -> Array:
    start, _ = begin(scenario, parameters, scores)
    result = run(start, start.inputs.schedule)
    if outcome == "revenue":
        return np.asarray(result.revenue.sum(axis=(0, 1)))
    if outcome == "npv":
        return result.npv
    return result.less(run(start, Schedule())).npv
