"""Why a result is uncertain: which ranges move it, how much rests on assumptions, what to find out next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .assumptions import GRADES
from .errors import InputError
from .indices import first_order, interval, resamples, shapley, total_order
from .learning import advice, learning
from .outcomes import evaluate, outcome_of
from .progress import Progress
from .sampling import Refused, Sample, begin, refused_by, sample
from .scenario import Scenario
from .uncertainty import END, redrawn, scores, uncertain
from .units import Array
from .words import percent

BOOTSTRAPS = 200
"""Resamples of an interval."""

WIDEST = 0.1
"""An index whose interval is wider is not known well enough to rank parameters."""

_TRIES = (1, 4, 16, 64, 256)
"""Values drawn anew in each round, for the draws in which none before goes with the others."""

_SAME = 1e-12
"""Of an outcome: rounding."""

_HALVINGS = 20
"""To a millionth of a range: where a tornado's bar ends at what the observed figures allow."""


@dataclass(frozen=True)
class Sensitivity:
    """Why an outcome of a scenario is uncertain; money in the scenario's currency.

    Example:
        >>> import wom
        >>> found = wom.sensitivity(wom.load("retailer/make-it-right"), draws=64)
        >>> found.outcome, found.outcomes.shape
        ('net', (64,))
    """

    scenario: Scenario
    outcome: str
    """revenue, npv or net."""
    outcomes: Array
    """The outcome of each draw."""
    tornado: pd.DataFrame
    """By parameter, widest first: low, high (values it takes), outcome_low, outcome_high, swing, cut: whether an
    end contradicts what was observed and the nearest value that does not is shown."""
    sobol: pd.DataFrame
    """By parameter, largest ST first: S1, S1_low, S1_high, ST, ST_low, ST_high, grade."""
    by_grade: pd.DataFrame
    """By grade: share of the variance, low, high, parameters; the shares sum to 1."""
    learning: pd.DataFrame
    """By parameter: gain, error, how; see `wom.learning`. Empty without a plan."""
    everything: float
    """What knowing all parameters would be worth to the decision; 0 without a plan."""
    runs: int
    refused: Refused
    advice: tuple[str, ...]
    """What it comes to, in sentences."""

    @property
    def converged(self) -> bool:
        """Whether every interval of S1 and ST is at most 0.1 wide; if not, ask for more draws."""
        wide = self.sobol["ST_high"] - self.sobol["ST_low"], self.sobol["S1_high"] - self.sobol["S1_low"]
        return bool(max(part.max() for part in wide) <= WIDEST)


def sensitivity(
    scenario: Scenario, outcome: str | None = None, draws: int = 4096, seed: int = 0, level: float = 0.9
) -> Sensitivity:
    """Which ranges make a result uncertain, and which of them to find out more about.

    For each parameter S1, the share of the variance that knowing it takes away, and ST, the share that not
    knowing it leaves, with bootstrap intervals; see `wom.indices`. All draws go with what was observed today.

    Args:
        scenario: from `wom.load`.
        outcome: revenue, npv or net (NPV of the plan less NPV of no plan); net by default where there is a plan.
        draws: of all ranges; each parameter needs as many runs again.
        seed: 0 or more.
        level: probability inside the intervals.

    Raises:
        InputError: no range, or none that matters; no plan for the net return; too many contradictions.

    Example:
        >>> import wom
        >>> found = sensitivity(wom.load("retailer/make-it-right"), draws=256)
        >>> round(float(found.by_grade["share"].sum()), 9)
        1.0
    """
    outcome = outcome_of(scenario, outcome)
    drawn = sample(scenario, draws, seed)
    if not drawn.parameters:
        raise InputError(
            "gives no range, so nothing is uncertain; write low, central and high", file=scenario.file
        )
    grades = [grade for grade in GRADES if any(item.grade == grade for item in drawn.parameters)]
    sets = len(drawn.parameters) + 2 ** len(grades) - 1
    study = _Study(drawn, outcome, seed, Progress("sensitivity", draws * sets))
    if np.ptp(study.outcomes) <= _SAME * np.abs(study.outcomes).max():
        raise InputError(f"{outcome} is the same in every draw: no range matters to it", "outcome", scenario.file)
    rng = np.random.default_rng(np.random.SeedSequence([seed, draws]))
    weights = resamples(draws, BOOTSTRAPS, rng)
    indices = {}
    for place, item in enumerate(drawn.parameters):
        main = first_order(item.at(drawn.scores[place]), study.outcomes, weights)
        indices[item.key] = *interval(main, level), *interval(study.total([place], weights), level), item.grade
    columns = [f"{name}{end}" for name in ("S1", "ST") for end in ("", "_low", "_high")]
    sobol = pd.DataFrame.from_dict(indices, orient="index", columns=[*columns, "grade"]).rename_axis("parameter")

    def unexplained(chosen: frozenset[str]) -> Array:
        if len(chosen) in (0, len(grades)):
            return np.full(len(weights), float(bool(chosen)))
        members = [place for place, item in enumerate(drawn.parameters) if item.grade in chosen]
        return study.total(members, weights)

    shares = {grade: interval(part, level) for grade, part in shapley(grades, unexplained).items()}
    by_grade = pd.DataFrame.from_dict(shares, orient="index", columns=["share", "low", "high"]).rename_axis(
        "grade"
    )
    by_grade["parameters"] = [sum(item.grade == grade for item in drawn.parameters) for grade in grades]

    table, everything = pd.DataFrame(columns=["gain", "error", "how"]), 0.0
    said = [_said(by_grade, sobol)]
    if scenario.plan:
        net = study.outcomes if outcome == "net" else evaluate(scenario, drawn.parameters, drawn.scores, "net")
        table, everything = learning(drawn.parameters, drawn.scores, net)
        said += advice(scenario, table, everything, float(np.mean(net < 0)))
    return Sensitivity(
        scenario=scenario,
        outcome=outcome,
        outcomes=study.outcomes,
        tornado=tornado(scenario, outcome),
        sobol=sobol.sort_values("ST", ascending=False, kind="stable"),
        by_grade=by_grade,
        learning=table,
        everything=everything,
        runs=study.progress.done,
        refused=drawn.refused,
        advice=tuple(said),
    )


def tornado(scenario: Scenario, outcome: str | None = None) -> pd.DataFrame:
    """An outcome with one range after the other at its low and at its high end, all else central.

    Where an end contradicts what was observed, the bar ends at the nearest value that does not.

    Args:
        scenario: from `wom.load`.
        outcome: revenue, npv or net.

    Returns:
        As `Sensitivity.tornado`.

    Example:
        >>> import wom
        >>> table = tornado(wom.load("retailer/make-it-right"))
        >>> bool(table["swing"].is_monotonic_decreasing)
        True
    """
    outcome, parameters = outcome_of(scenario, outcome), uncertain(scenario)
    ends = END * np.concatenate([-np.eye(len(parameters)), np.eye(len(parameters))], axis=1)
    whole = ~refused_by(begin(scenario, parameters, ends)[1])
    fine, beyond = whole.astype(np.float64), np.ones(len(whole))
    for _ in range(_HALVINGS if not whole.all() else 0):
        half = (fine + beyond) / 2.0
        good = ~refused_by(begin(scenario, parameters, ends * half)[1])
        fine, beyond = np.where(good, half, fine), np.where(good, beyond, half)
    reached = ends * fine
    low, high = np.split(evaluate(scenario, parameters, reached, outcome), 2)
    places = range(len(parameters))
    table = pd.DataFrame(
        {
            "low": [float(item.at(reached[place, place])) for place, item in enumerate(parameters)],
            "high": [float(item.at(reached[place, place + len(places)])) for place, item in enumerate(parameters)],
            "outcome_low": low,
            "outcome_high": high,
            "swing": np.abs(high - low),
            "cut": [not (whole[place] and whole[place + len(places)]) for place in places],
        },
        index=pd.Index([item.key for item in parameters], name="parameter"),
    )
    return table.sort_values("swing", ascending=False, kind="stable")


class _Study:
    """Outcomes of the draws, and again with some parameters drawn anew."""

    def __init__(self, drawn: Sample, outcome: str, seed: int, progress: Progress) -> None:
        self.drawn, self.outcome, self.progress = drawn, outcome, progress
        self.outcomes = evaluate(drawn.scenario, drawn.parameters, drawn.scores, outcome, progress)
        self._fresh = scores(drawn.parameters, len(self.outcomes), seed, "again")
        self._rng = np.random.default_rng(np.random.SeedSequence([seed, 1]))
        self._again: dict[frozenset[int], Array] = {}

    def total(self, members: Sequence[int], weights: Array) -> Array:
        """ST of some parameters together, one for each bootstrap sample."""
        key = frozenset(members)
        if key not in self._again:
            points = self._redrawn(members)
            drawn = self.drawn
            self._again[key] = evaluate(drawn.scenario, drawn.parameters, points, self.outcome, self.progress)
        return total_order(self.outcomes, self._again[key], weights)

    def _redrawn(self, members: Sequence[int]) -> Array:
        """Scores with the members drawn anew until they go with the others; those that never do stay at odds."""
        drawn, found = self.drawn, self.drawn.scores.copy()
        left = np.arange(found.shape[1])
        for tries in _TRIES:
            points = np.repeat(drawn.scores[:, left], tries, axis=1)
            fresh = self._fresh if tries == 1 else self._rng.standard_normal(points.shape)
            new = redrawn(drawn.scenario, drawn.parameters, points, members, fresh)
            fine = ~refused_by(begin(drawn.scenario, drawn.parameters, new)[1]).reshape(-1, tries)
            first = fine.argmax(axis=1)
            found[:, left] = new.reshape(len(new), -1, tries)[:, np.arange(len(left)), first]
            left = left[~fine.any(axis=1)]
            if not len(left):
                break
        return found


def _said(by_grade: pd.DataFrame, sobol: pd.DataFrame) -> str:
    """Where the uncertainty comes from, in a sentence."""
    first = sobol["ST"].idxmax()
    assumed = by_grade["share"].to_dict().get("assumed", 0.0)
    return (
        f"{percent(assumed)} of the uncertainty rests on assumed figures; all varying together, most depends "
        f"on {first} ({percent(sobol['ST'].max())})."
    )
