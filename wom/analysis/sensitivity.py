"""Why a result is uncertain, what to find out next, and when a plan fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from .._effect import shapley
from .._run import run
from ..anchoring import Start
from ..assumptions import GRADES
from ..draws import END, Refused, Uncertain, begin, redrawn, refused_by, sample, scores, uncertain
from ..errors import InputError, nearest
from ..parameters import Key
from ..scenario import Scenario, opens
from ..units import Array
from ..words import Shown

OUTCOMES = ("revenue", "npv", "net")
"""What a result can be, in the scenario's currency: revenue over the horizon, not discounted; worth today of
contribution after the plan's costs; NPV of the plan less NPV of no plan."""

_CELLS = 300_000
"""Months times segments times draws that run at once: what a processor's cache holds."""


def _asked(scenario: Scenario, outcome: str | None) -> str:
    """The outcome asked for; by default the net return of a plan, and the NPV where there is none."""
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
    size = max(1, _CELLS // (scenario.horizon_months * len(scenario.segments)))
    return [slice(first, first + size) for first in range(0, draws, size)]


def _outcome(start: Start, outcome: str) -> Array:
    """An outcome of draws that hold together, shape (draws,)."""
    result = run(start, start.inputs.schedule)
    if outcome == "revenue":
        return np.asarray(result.totals["revenue"].sum(axis=0))
    return result.npv_by_draw if outcome == "npv" else result.less(run(start)).npv_by_draw


# --- Estimators on arrays of draws: which inputs make a result uncertain, and what knowing one is worth ---

_RIDGE = 1e-10
"""Of the curves' mean square: where an input has few values, some curves are not needed."""


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
    bends = ndtri([0.1, 0.25, 0.5, 0.75, 0.9])  # enough for two waves
    inner = bends[(low < bends) & (high > bends)]
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
    curves, as an adjusted R² is: an input without an effect has S1 near 0, above or below. One for each bootstrap
    sample.
    """
    design, centred = curves(values), outcome - outcome.mean()
    width, number = design.shape[1], weights.sum(axis=1)
    row, column = np.triu_indices(width)
    near = column - row < 4  # cubic curves that are above 0 at once; products of others are 0
    row, column = row[near], column[near]
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

    `redrawn`: outcome with the input, or several, drawn anew; nan where that failed. One a bootstrap sample.
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
    fold = np.random.default_rng(0).permutation(len(values)) % 5
    chosen = np.empty(len(values), np.intp)
    for part in range(5):  # a decision on a fifth of the draws follows from the other four
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


@dataclass(frozen=True, repr=False)
class Sensitivity(Shown):
    """Why an outcome of a scenario is uncertain; money in the scenario's currency.

    Example:
        >>> import wom
        >>> found = wom.sensitivity("retailer/today", draws=16)
        >>> found.outcome, found.outcomes.shape
        ('npv', (16,))
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
        >>> found = sensitivity("retailer/today", draws=16)
        >>> round(float(found.by_grade["share"].sum()), 9)
        1.0
    """
    outcome = _asked(scenario, outcome)
    drawn = sample(scenario, draws, seed)
    parameters, start = drawn.parameters, drawn.start
    if not parameters:
        text = "gives no range, so nothing is uncertain; write low, central and high"
        raise InputError(text, file=scenario.file)
    grades = [grade for grade in GRADES if any(item.grade == grade for item in parameters)]
    many = np.arange(draws)
    outcomes = np.concatenate([_outcome(start.at(many[part]), outcome) for part in _parts(scenario, draws)])
    if np.ptp(outcomes) <= 1e-12 * np.abs(outcomes).max():  # rounding
        raise InputError(f"{outcome} is the same in every draw: no range matters to it", "outcome", scenario.file)
    weights = resamples(draws, 200, np.random.default_rng(np.random.SeedSequence([seed, draws])))
    again, rng = scores(parameters, draws, seed, "again"), np.random.default_rng(np.random.SeedSequence([seed, 1]))

    @cache
    def total(*members: int) -> Array:
        """ST of some parameters together: drawn anew until they go with the others, more often in each round."""
        found, left = np.full(draws, np.nan), many
        for tries in (1, 4, 16, 64, 256):
            points = np.repeat(drawn.scores[:, left], tries, axis=1)
            fresh = again if tries == 1 else rng.standard_normal(points.shape)
            begun, problems = begin(scenario, parameters, redrawn(scenario, parameters, points, members, fresh))
            fine = ~refused_by(problems).reshape(-1, tries)
            known = np.flatnonzero(fine.any(axis=1))
            first = known * tries + fine[known].argmax(axis=1)
            for part in _parts(scenario, len(known)):
                found[left[known[part]]] = _outcome(begun.at(first[part]), outcome)
            left = np.delete(left, known)
            if not len(left):
                break
        return total_order(outcomes, found, weights)

    indices = {}
    for place, item in enumerate(parameters):
        main = first_order(item.at(drawn.scores[place]), outcomes, weights)
        indices[item.key] = *interval(main, level), *interval(total(place), level), item.grade
    columns = [f"{name}{end}" for name in ("S1", "ST") for end in ("", "_low", "_high")]
    sobol = pd.DataFrame.from_dict(indices, orient="index", columns=[*columns, "grade"]).rename_axis("parameter")

    unexplained = [np.zeros(len(weights))]  # by a set of grades, all its parameters unknown: its total order
    for chosen in range(1, 2 ** len(grades) - 1):
        members = [place for place, item in enumerate(parameters) if chosen >> grades.index(item.grade) & 1]
        unexplained.append(total(*members))
    unexplained.append(np.ones(len(weights)))
    # Shapley effects (Song, Nelson and Staum 2016): interactions and correlations count once.
    effects = shapley(np.stack(unexplained))
    shares = {
        grade: (*interval(part, level), sum(item.grade == grade for item in parameters))
        for grade, part in zip(grades, effects, strict=True)
    }
    columns = ["share", "low", "high", "parameters"]
    by_grade = pd.DataFrame.from_dict(shares, orient="index", columns=columns).rename_axis("grade")

    table, everything = pd.DataFrame(columns=["gain", "error", "how"]), 0.0
    if scenario.plan:
        net = outcomes if outcome == "net" else evaluate(scenario, parameters, drawn.scores, "net")
        table, everything = learning(parameters, drawn.scores, net)
    return Sensitivity(
        scenario=scenario,
        outcome=outcome,
        outcomes=outcomes,
        tornado=tornado(scenario, outcome),
        sobol=sobol.sort_values("ST", ascending=False, kind="stable"),
        by_grade=by_grade,
        learning=table,
        everything=everything,
        refused=drawn.refused,
    )


def tornado(scenario: Scenario, outcome: str | None = None) -> pd.DataFrame:
    """An outcome with one range after the other at its low and at its high end, all else central.

    Where an end contradicts what was observed, the bar ends at the nearest value that does not, to a millionth of
    the range. As `Sensitivity.tornado`.
    """
    outcome, parameters = _asked(scenario, outcome), uncertain(scenario)
    places = np.arange(len(parameters))
    ends = END * np.concatenate([-np.eye(len(places)), np.eye(len(places))], axis=1)
    whole = ~refused_by(begin(scenario, parameters, ends)[1])
    fine, beyond = whole.astype(np.float64), np.ones(len(whole))
    for _ in range(20 if not whole.all() else 0):
        half = (fine + beyond) / 2.0
        good = ~refused_by(begin(scenario, parameters, ends * half)[1])
        fine, beyond = np.where(good, half, fine), np.where(good, beyond, half)
    reached = ends * fine
    low, high = np.split(evaluate(scenario, parameters, reached, outcome), 2)
    table = pd.DataFrame(
        {
            "low": [float(item.at(reached[place, place])) for place, item in enumerate(parameters)],
            "high": [float(item.at(reached[place, place + len(places)])) for place, item in enumerate(parameters)],
            "outcome_low": low,
            "outcome_high": high,
            "swing": np.abs(high - low),
            "cut": ~(whole[places] & whole[places + len(places)]),
        },
        index=pd.Index([item.key for item in parameters], name="parameter"),
    )
    return table.sort_values("swing", ascending=False, kind="stable")


# --- When a plan fails: boxes in the space of inputs, found by peeling (PRIM): the few conditions under which ---

Mask = NDArray[np.bool_]
Box = Mapping[int, tuple[float, float]]
"""Limits of some inputs, from and to by the input's place; infinite where there is none."""


def holds(box: Box, inputs: Array) -> Mask:
    """Which draws lie inside; inputs of shape (inputs, draws)."""
    inside = np.ones(inputs.shape[1], np.bool_)
    for place, (low, high) in box.items():
        inside &= (inputs[place] >= low) & (inputs[place] <= high)
    return inside


def coverage_and_density(box: Box, inputs: Array, cases: Mask) -> tuple[float, float]:
    """Share of the cases that lie inside the box, and share of what lies inside that is a case."""
    inside = holds(box, inputs)
    hits = float((inside & cases).sum())
    return hits / max(float(cases.sum()), 1.0), hits / max(float(inside.sum()), 1.0)


def find(inputs: Array, cases: Mask, conditions: int = 3) -> Box:
    """The box with the largest coverage·density² along a path of peeling, with few conditions.

    Density counts more: conditions under which it mostly happens say more than a wide net. One that adds less than
    a tenth to it is left out.

    `cases`: whether it happens, shape (draws,). `conditions`: how many inputs may be limited at most.
    """

    def merit(box: Box) -> float:
        coverage, density = coverage_and_density(box, inputs, cases)
        return coverage * density**2

    path: list[Box] = [{}]
    while (following := _peeled(path[-1], inputs, cases)) is not None:
        path.append(following)
    best = max(path, key=merit)
    while best:
        fewer = ({key: limits for key, limits in best.items() if key != place} for place in best)
        simpler = max(fewer, key=merit)
        if merit(simpler) < 0.9 * merit(best) and len(best) <= conditions:
            break
        best = simpler
    return best


def _peeled(box: Box, inputs: Array, cases: Mask) -> Box | None:
    """The box after the step that raises its density most for each draw taken off; None if there is none.

    A step takes off 5 % of a box, and a box holds at least 5 % of all draws.
    """
    inside = holds(box, inputs)
    held, hit = inputs[:, inside], cases[inside]
    best: tuple[float, Box | None] = (0.0, None)
    for place, (low, high) in enumerate(np.quantile(held, [0.05, 0.95], axis=1).T):
        old = box.get(place, (-np.inf, np.inf))
        for kept, upper in ((held[place] > low, False), (held[place] < high, True)):
            if not 0.05 * inputs.shape[1] <= kept.sum() < len(kept):
                continue
            gain = (hit[kept].mean() - hit.mean()) / (len(kept) - kept.sum())
            if gain > best[0]:
                edge = held[place][kept]
                best = gain, {**box, place: (old[0], edge.max()) if upper else (edge.min(), old[1])}
    return best[1]


@dataclass(frozen=True)
class Condition:
    """One parameter within limits; infinite where there is none."""

    key: str
    meaning: str
    unit: str
    low: float
    high: float


@dataclass(frozen=True)
class Rule:
    """Conditions that hold together; both shares are of draws that the rule was not made from."""

    conditions: tuple[Condition, ...]
    coverage: float
    """Of the cases that the rules are about, the share in which these conditions hold."""
    density: float
    """Of the draws in which they hold and no earlier rule's, the share that is such a case."""


@dataclass(frozen=True, repr=False)
class Failure(Shown):
    """How often, how badly and when a plan loses money against no plan; money in the scenario's currency.

    Example:
        >>> import wom
        >>> wom.failure(wom.load("retailer/front-line-training"), draws=256).when
        'pays'
    """

    scenario: Scenario
    net: Array
    """NPV of the plan less NPV of no plan, by draw."""
    chance: float
    """Of a loss."""
    chance_low: float
    """90 % interval of it, for the number of draws."""
    chance_high: float
    rules: tuple[Rule, ...]
    """When it loses, or when it pays if it loses in more than half of the draws."""
    refused: Refused

    def to_frame(self) -> pd.DataFrame:
        """The rules, one row per condition: rule, parameter, low, high, coverage and density of the rule."""
        rows = [
            (place, part.key, part.low, part.high, rule.coverage, rule.density)
            for place, rule in enumerate(self.rules)
            for part in rule.conditions
        ]
        return pd.DataFrame(rows, columns=["rule", "parameter", "low", "high", "coverage", "density"])

    @property
    def when(self) -> str:
        """What the rules are about: loses or pays, whichever is rarer."""
        return "loses" if self.chance <= 0.5 else "pays"


@opens
def failure(scenario: Scenario, draws: int = 8192, seed: int = 0, rules: int = 2) -> Failure:
    """The chance that a plan loses money, and the few conditions under which it does.

    Rules are found on every other draw and judged on the rest. The second one is about what the first leaves.

    Raises:
        InputError: there is no plan, or too many draws contradict each other.

    Example:
        >>> import wom
        >>> found = failure(wom.load("retailer/make-it-right"), draws=512)
        >>> 0.2 < found.chance < 0.4, found.when
        (True, 'loses')
    """
    if not scenario.plan:
        raise InputError("there is no plan that could fail", "plan", scenario.file)
    drawn = sample(scenario, draws, seed)
    net = evaluate(scenario, drawn.parameters, drawn.scores, "net")
    inputs = np.stack([item.at(row) for item, row in zip(drawn.parameters, drawn.scores, strict=True)])
    lost = net < 0
    chance = float(lost.mean())
    # Wilson 1927; somewhat too wide for draws that fill the space evenly.
    score = 1.645
    square = score**2 / draws
    middle = (chance + square / 2.0) / (1.0 + square)
    half = float(score / (1.0 + square) * np.sqrt(chance * (1.0 - chance) / draws + square / (4.0 * draws)))

    cases, made_from, left = lost if chance <= 0.5 else ~lost, np.arange(draws) % 2 == 0, np.ones(draws, np.bool_)
    found: list[Rule] = []
    while len(found) < rules and (cases & left & made_from).sum() >= 20:  # fewer tell no conditions
        box = find(inputs[:, left & made_from], cases[left & made_from])
        coverage, density = coverage_and_density(box, inputs[:, left & ~made_from], cases[left & ~made_from])
        coverage *= float((cases & left & ~made_from).sum() / max((cases & ~made_from).sum(), 1))
        if not box or coverage < 0.1 or density < 1.2 * cases[left].mean():
            break
        limits = ((drawn.parameters[place], ends) for place, ends in box.items())
        conditions = (Condition(one.key, one.quantity.meaning, one.quantity.unit, *ends) for one, ends in limits)
        found.append(Rule(tuple(conditions), coverage, density))
        left &= ~holds(box, inputs)
    ends = max(0.0, middle - half), min(1.0, middle + half)
    return Failure(scenario, net, chance, *ends, tuple(found), drawn.refused)
