"""Why a result is uncertain: which ranges move it, how much rests on assumptions, what to find out next."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd
from scipy.special import ndtri

from .._effect import shapley
from .._run import run
from ..anchoring import Start
from ..assumptions import GRADES
from ..draws import END, Refused, Sample, Uncertain, begin, redrawn, refused_by, sample, scores, uncertain
from ..errors import InputError, nearest
from ..parameters import Key
from ..scenario import Scenario, opens
from ..units import Array
from ..words import Shown


class Progress:
    """A line of text with a percentage; nothing where output is not a terminal."""

    def __init__(self, label: str, total: int) -> None:
        self.label, self.total, self.done = label, total, 0

    def add(self, steps: int) -> None:
        """So many steps more are done."""
        self.done += steps
        if sys.stderr.isatty():
            share = min(self.done / max(self.total, 1), 1.0)
            print(f"\r{self.label} {share:4.0%}", end="\n" if share == 1.0 else "", file=sys.stderr, flush=True)


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
    """
    if outcome is None:
        return "net" if scenario.plan else "npv"
    if outcome not in OUTCOMES:
        raise InputError(f"is {outcome!r}; {nearest(outcome, OUTCOMES)}", "outcome")
    if outcome == "net" and not scenario.plan:
        raise InputError("there is no plan; use npv or revenue", "outcome", scenario.file)
    return outcome


def evaluate(scenario: Scenario, parameters: Sequence[Uncertain], scores: Array, outcome: str) -> Array:
    """An outcome for many sets of values; in parts, so that memory does not grow with their number.

    `scores`: normal scores, shape (parameters, draws). Returns shape (draws,); nan where the values contradict
    each other.
    """
    found = np.full(scores.shape[1], np.nan)
    for part in _parts(scenario, scores.shape[1]):
        start, problems = begin(scenario, parameters, scores[:, part])
        fine = np.flatnonzero(~refused_by(problems))
        if len(fine):
            found[part][fine] = _outcome(start.at(fine), outcome)
    return found


def _parts(scenario: Scenario, draws: int) -> list[slice]:
    """So many draws in parts of _CELLS."""
    size = max(1, _CELLS // (scenario.horizon_months * len(scenario.segments)))
    return [slice(first, first + size) for first in range(0, draws, size)]


def _outcome(start: Start, outcome: str) -> Array:
    """An outcome of draws that hold together, shape (draws,)."""
    result = run(start, start.inputs.schedule)
    if outcome == "revenue":
        return np.asarray(result.totals["revenue"].sum(axis=0))
    if outcome == "npv":
        return result.npv_by_draw
    return result.less(run(start)).npv_by_draw


# --- Estimators on arrays of draws: which inputs make a result uncertain, and what knowing one is worth ---

_KNOTS = ndtri([0.1, 0.25, 0.5, 0.75, 0.9])
"""Normal scores at which a smooth curve may bend: nine curves with the ends, enough for two waves."""

_OVERLAP = 4
"""Cubic curves next to each other that are above 0 at once; products of others are 0."""

_RIDGE = 1e-10
"""Of the curves' mean square: where an input has few values, some curves are not needed."""

FOLDS = 5
"""A decision on a fifth of the draws follows from the other four."""


def curves(values: Array) -> Array:
    """Cubic B-splines over the normal score of an input's rank: what any smooth effect of it is a sum of.

    `values`: of one input, shape (draws,); equal values have one rank. Returns shape (draws, 9); each row sums to
    1. One column of ones if the input has one value.
    """
    from scipy.interpolate import BSpline  # late, because it takes long to import

    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    middle = np.cumsum(count) - count / 2.0  # of the ranks that equal values share, less a half
    score = ndtri(middle[place] / len(values))
    low, high = score.min(), score.max()
    if low == high:
        return np.ones((len(values), 1))
    inner = _KNOTS[(low < _KNOTS) & (high > _KNOTS)]
    knots = np.concatenate([np.full(4, low), inner, np.full(4, high)])
    return np.asarray(BSpline.design_matrix(score, knots, 3).toarray())


def resamples(draws: int, count: int, rng: np.random.Generator) -> Array:
    """How often each draw is in each bootstrap sample, shape (count + 1, draws); the first holds each once."""
    return np.concatenate([np.ones((1, draws)), rng.multinomial(draws, np.full(draws, 1.0 / draws), count)])


def _moments(outcome: Array, weights: Array, *others: Array) -> tuple[Array, Array]:
    """Variance of an outcome in each bootstrap sample, and weighted sums of others, shape (draws, …) side by side.

    In one product, since it is the weights that take long to read.
    """
    centred = outcome - outcome.mean()
    sums = weights @ np.column_stack([centred, centred**2, *others])
    number = weights.sum(axis=1)
    return np.asarray(sums[:, 1] / number - (sums[:, 0] / number) ** 2), sums[:, 2:]


def first_order(values: Array, outcome: Array, weights: Array) -> Array:
    """S1 = Var(E[Y | X])/Var(Y), the share of the variance that goes when the input is known.

    E[Y | X] is fitted by `curves`, and the share of the variance that it explains is corrected for the number of
    curves, as an adjusted R² is: an input without an effect has S1 near 0, above or below.

    One for each bootstrap sample.
    """
    design, centred = curves(values), outcome - outcome.mean()
    width, number = design.shape[1], weights.sum(axis=1)
    near = np.abs(np.subtract.outer(np.arange(width), np.arange(width))) < _OVERLAP
    row, column = np.nonzero(np.triu(near))
    squares = np.zeros((len(weights), width, width))
    variance, sums = _moments(
        outcome, weights, design[:, row] * design[:, column], design * centred[:, np.newaxis], centred
    )
    squares[:, row, column] = squares[:, column, row] = sums[:, : len(row)]
    with_outcome = sums[:, len(row) : -1]
    fitted = _solved(squares, with_outcome[..., np.newaxis])[..., 0]
    explained = (with_outcome * fitted).sum(axis=1) / number - (sums[:, -1] / number) ** 2
    share = explained / variance
    return np.asarray(1.0 - (1.0 - share) * (number - 1.0) / (number - width))


def _solved(squares: Array, right: Array) -> Array:
    """Least squares from their normal equations."""
    width = squares.shape[-1]
    mean = np.trace(squares, axis1=-2, axis2=-1)[..., np.newaxis, np.newaxis] / width
    return np.asarray(np.linalg.solve(squares + _RIDGE * mean * np.eye(width), right))


def total_order(outcome: Array, redrawn: Array, weights: Array) -> Array:
    """ST = E[Var(Y | all but X)]/Var(Y), the share of the variance that stays when all but X are known.

    ½·mean (Y − Y')²/Var(Y), with Y' the outcome after X was drawn anew, given the others (Jansen 1999).

    `redrawn`: outcome with the input, or several, drawn anew; nan where that failed. Returns one for each
    bootstrap sample.
    """
    gap = outcome - redrawn
    known = ~np.isnan(gap)
    variance, sums = _moments(outcome, weights, known, np.where(known, gap, 0.0) ** 2)
    return np.asarray(0.5 * sums[:, 1] / sums[:, 0] / variance)


def interval(index: Array, level: float) -> tuple[float, float, float]:
    """An index and its interval, from the bootstrap samples mirrored at it, which takes their bias away."""
    low, high = np.quantile(index[1:], [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    return float(index[0]), float(2.0 * index[0] - high), float(2.0 * index[0] - low)


def gain_of_knowing(values: Array, payoffs: Array) -> tuple[float, float]:
    """What a decision gains on average if one input is known first, and the standard error of that.

    E_X[max_d E[payoff_d | X]] − max_d E[payoff_d]: the expected value of partial perfect information, with
    E[payoff_d | X] fitted by `curves` (Strong, Oakley and Brennan 2014). The curve by which a draw decides is
    fitted on other draws, so that noise brings no gain: on average the result is a little too low, never high.

    `payoffs`: of the decisions, shape (draws, decisions). Returns gain in units of the payoff, 0 or more, and its
    standard error.
    """
    design = curves(values)
    fold = np.random.default_rng(0).permutation(len(values)) % FOLDS
    chosen = np.empty(len(values), np.intp)
    for part in range(FOLDS):
        here = fold == part
        others = design[~here]
        fitted = _solved(others.T @ others, others.T @ payoffs[~here])
        chosen[here] = (design[here] @ fitted).argmax(axis=1)
    best = payoffs[:, payoffs.mean(axis=0).argmax()]
    gains = payoffs[np.arange(len(values)), chosen] - best
    return max(0.0, float(gains.mean())), float(gains.std() / np.sqrt(len(gains)))


# --- What to find out next: how each parameter can be learned, and what knowing it is worth to a decision ---


def how(key: str) -> str:
    """How a value can be found out."""
    if key.startswith("plan."):
        return "get an offer with a fixed price" if ".cost." in key else "try it in one place first"
    return Key.parse(key).quantity.how


def learning(parameters: tuple[Uncertain, ...], scores: Array, net: Array) -> tuple[pd.DataFrame, float]:
    """What knowing each value before the decision is worth: doing the plan if it then pays, leaving it otherwise.

    By parameter gain and error (its standard error), in currency, largest gain first, and `how`; and the gain of
    knowing everything.
    """
    payoffs = np.stack([net, np.zeros_like(net)], axis=1)
    rows = {
        item.key: (*gain_of_knowing(item.at(row), payoffs), how(item.key))
        for item, row in zip(parameters, scores, strict=True)
    }
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["gain", "error", "how"]).rename_axis("parameter")
    everything = float(payoffs.max(axis=1).mean() - payoffs.mean(axis=0).max())
    return table.sort_values("gain", ascending=False, kind="stable"), everything


BOOTSTRAPS = 200
"""Resamples of an interval."""

_TRIES = (1, 4, 16, 64, 256)
"""Values drawn anew in each round, for the draws in which none before goes with the others."""

_SAME = 1e-12
"""Of an outcome: rounding."""

_HALVINGS = 20
"""To a millionth of a range: where a tornado's bar ends at what the observed figures allow."""


@dataclass(frozen=True, repr=False)
class Sensitivity(Shown):
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
    """By parameter: gain, error, how; see `learning`. Empty without a plan."""
    everything: float
    """What knowing all parameters would be worth to the decision; 0 without a plan."""
    runs: int
    refused: Refused

    def to_frame(self) -> pd.DataFrame:
        """`sobol` and `tornado` side by side, by parameter."""
        return self.sobol.join(self.tornado)


@opens
def sensitivity(
    scenario: Scenario, outcome: str | None = None, draws: int = 4096, seed: int = 0, level: float = 0.9
) -> Sensitivity:
    """Which ranges make a result uncertain, and which of them to find out more about.

    For each parameter S1, the share of the variance that knowing it takes away, and ST, the share that not
    knowing it leaves, with bootstrap intervals; see `first_order`, `total_order`. All draws go with what was
    observed today.

    Args:
        outcome: revenue, npv or net (NPV of the plan less NPV of no plan); net by default where there is a plan.
        draws: of all ranges; each parameter needs as many runs again.

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

    unexplained = [np.zeros(len(weights))]  # by a set of grades, all its parameters unknown: its total order
    for chosen in range(1, 2 ** len(grades) - 1):
        members = [p for p, item in enumerate(drawn.parameters) if chosen >> grades.index(item.grade) & 1]
        unexplained.append(study.total(members, weights))
    unexplained.append(np.ones(len(weights)))
    # Shapley effects (Song, Nelson and Staum 2016): interactions and correlations count once.
    effects = shapley(np.stack(unexplained))
    shares = {grade: interval(part, level) for grade, part in zip(grades, effects, strict=True)}
    by_grade = pd.DataFrame.from_dict(shares, orient="index", columns=["share", "low", "high"]).rename_axis(
        "grade"
    )
    by_grade["parameters"] = [sum(item.grade == grade for item in drawn.parameters) for grade in grades]

    table, everything = pd.DataFrame(columns=["gain", "error", "how"]), 0.0
    if scenario.plan:
        net = study.outcomes if outcome == "net" else evaluate(scenario, drawn.parameters, drawn.scores, "net")
        table, everything = learning(drawn.parameters, drawn.scores, net)
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
    )


def tornado(scenario: Scenario, outcome: str | None = None) -> pd.DataFrame:
    """An outcome with one range after the other at its low and at its high end, all else central.

    Where an end contradicts what was observed, the bar ends at the nearest value that does not.

    As `Sensitivity.tornado`.
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
        self.outcomes = np.concatenate(
            [
                _outcome(drawn.start.at(np.arange(drawn.start.draws)[part]), outcome)
                for part in _parts(drawn.scenario, drawn.start.draws)
            ]
        )
        progress.add(len(self.outcomes))
        self._fresh = scores(drawn.parameters, len(self.outcomes), seed, "again")
        self._rng = np.random.default_rng(np.random.SeedSequence([seed, 1]))
        self._again: dict[frozenset[int], Array] = {}

    def total(self, members: Sequence[int], weights: Array) -> Array:
        """ST of some parameters together, one for each bootstrap sample."""
        key = frozenset(members)
        if key not in self._again:
            self._again[key] = self._redrawn(members)
            self.progress.add(len(self.outcomes))
        return total_order(self.outcomes, self._again[key], weights)

    def _redrawn(self, members: Sequence[int]) -> Array:
        """Outcomes with the members drawn anew until they go with the others; nan for those that never do."""
        drawn, found = self.drawn, np.full(len(self.outcomes), np.nan)
        left = np.arange(len(found))
        for tries in _TRIES:
            points = np.repeat(drawn.scores[:, left], tries, axis=1)
            fresh = self._fresh if tries == 1 else self._rng.standard_normal(points.shape)
            new = redrawn(drawn.scenario, drawn.parameters, points, members, fresh)
            start, problems = begin(drawn.scenario, drawn.parameters, new)
            fine = ~refused_by(problems).reshape(-1, tries)
            known = np.flatnonzero(fine.any(axis=1))
            first = known * tries + fine[known].argmax(axis=1)
            for part in _parts(drawn.scenario, len(known)):
                found[left[known[part]]] = _outcome(start.at(first[part]), self.outcome)
            left = np.delete(left, known)
            if not len(left):
                break
        return found
