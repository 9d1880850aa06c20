"""Ranges become draws: a distribution through three percentiles, and points that fill all of them evenly.

A range (5th percentile, median, 95th percentile) is a two-piece normal on the natural scale of its quantity,
see `quantile`. Each parameter has a dimension of its own in a scrambled Sobol sequence, see `scores`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from hashlib import blake2b
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtri

from . import evidence
from .anchoring import Problem, Start, anchored, start
from .assumptions import YOURS
from .errors import InputError, whole_number
from .parameters import QUANTITIES, Closed, Key, Quantity, Range, central, plain
from .plan import Change, Cost, Event, Schedule, Values
from .scenario import Inputs, Scenario, matrix, ranges
from .units import Array, logit
from .words import percent, several, whole

# --- A distribution through three percentiles, and points that fill all of them evenly ---

END = float(ndtri(0.95))
"""Normal score of the ends of a range: they are its 5th and 95th percentile."""

_BITS = 30
"""Of a Sobol point: a billion draws; half a step is added, so that no point is at 0."""

_ADDED = ("reward_per_recommendation", "recovery_offset", "loyalty_hazard_ratio")
_SHARED = [key for key in QUANTITIES if ".cost_per_" not in key and not key.endswith(_ADDED)]
"""Parameters that share one sequence; those added later have one each, so that the draws of these stay."""


@dataclass(frozen=True)
class Uncertain:
    """A value that is not known exactly."""

    key: str
    """Dotted, as `Scenario.replace` takes it; `plan.0.cost.once` for what a plan gives."""
    path: str
    """Place in the file, or `evidence.` and the key."""
    range: Range
    quantity: Quantity
    """Its unit, meaning and bounds."""
    grade: str
    """`yours`, or the evidence's grade."""
    group: str
    """Parameters that share one Sobol sequence: the business's, those of a segment, or one value of its own."""
    dimension: int
    """In that sequence."""

    def at(self, score: Array) -> Array:
        """The values that stand at these normal scores."""
        return quantile(self.range, self.quantity, score)


def quantile(span: Range, quantity: Quantity, score: Array) -> Array:
    """A two-piece normal through three percentiles, on the natural scale of a quantity; shape of `score`.

    g(x) = g(central) + (g(end) − g(central))·|score|/1.645, end = low below the median and high above it, with
    g(x) = ln(x − least) for what is bounded below, ln((x − least)/(most − x)) for what is bounded on both sides,
    and x itself otherwise. A side that touches a bound, such as 4.5–5–5 stars or 0–0–5 people, has no such
    scale: it runs on x itself and stops at the bound. All three percentiles are met exactly; an end at the median
    gives half of the draws that one value.
    """
    least, most = quantity.bounds

    def side(end: float, way: Array) -> Array:
        if end == span.central or {end, span.central} & {least, most} or not np.isfinite(least):
            return np.asarray(span.central + (end - span.central) * way)
        if not np.isfinite(most):
            middle = np.log(span.central - least)
            return np.asarray(least + np.exp(middle + (np.log(end - least) - middle) * way))
        width = most - least
        middle = logit((span.central - least) / width)
        return np.asarray(least + width * expit(middle + (logit((end - least) / width) - middle) * way))

    inner = (
        np.nextafter(least, np.inf) if quantity.above is not None else least,
        np.nextafter(most, -np.inf) if quantity.below is not None else most,
    )
    below = score < 0
    drawn = np.empty(np.shape(score))
    for half, end in ((below, span.low), (~below, span.high)):
        drawn[half] = side(end, np.abs(score[half]) / END)
    return np.clip(np.where(score == 0, span.central, drawn), *inner)


def uncertain(scenario: Scenario) -> tuple[Uncertain, ...]:
    """Every range that a run of the scenario uses, the evidence's included, in the order of the file."""
    names = Counter[str]()
    called = []
    for item in scenario.plan:
        name = item.event if isinstance(item, Event) else item.initiative
        names[name] += 1
        called.append(f"{name} {names[name]}")
    found = []
    for path, span in ranges(scenario.inputs).items():
        if path.startswith(("what_if.", "plan.")):
            head, place, rest = path.split(".", 2)
            group = f"plan {f'{called[int(place)]} {rest}' if head == 'plan' else path}"
            found.append(Uncertain(plain(path), path, span, _planned(scenario, path, span), YOURS, group, 0))
            continue
        key = Key.parse(plain(path))
        name, grade, group = key.parameter, YOURS, ""
        if path.startswith("evidence."):
            grade = evidence.record_for(name, scenario.customer_type, scenario.trade).grade
        elif key.segment:
            group = f"segment {key.segment}"
        group, dimension = (group, _SHARED.index(name)) if name in _SHARED else (f"one {group} {name}", 0)
        found.append(Uncertain(str(key), path, span, key.quantity, grade, group, dimension))
    return tuple(found)


def _planned(scenario: Scenario, path: str, span: Range) -> Quantity:
    """The quantity of a value in a plan or a what-if; what is added or multiplied with has none but its sign."""

    def field(model: type[Closed], name: str) -> Quantity:
        return next(item for item in model.model_fields[name].metadata if isinstance(item, Quantity))

    head, place, rest = path.split(".", 2)
    if head == "what_if":
        change = scenario.supposed[path.removeprefix("what_if.")]
    else:
        kind, _, name = rest.partition(".")
        item = scenario.plan[int(place)]
        if isinstance(item, Event) or kind == "cost":
            return field(Cost if name else Event, name or rest)
        change = item.changes[name]
    key = Key.find(path)
    if change.way == "to" and key:
        return key.quantity
    amount = field(Change, change.way)
    positive = change.way == "multiply" and span.low >= 0
    return Quantity(unit=amount.unit, meaning=amount.meaning, at_least=0.0 if positive else None)


def scores(parameters: Sequence[Uncertain], draws: int, seed: int = 0, stream: str = "draws") -> Array:
    """Independent normal scores, shape (parameters, draws), that do not depend on which other ranges there are.

    The business's parameters are dimensions of one scrambled Sobol sequence, each at its place in QUANTITIES;
    so are those of a segment. What belongs to different sequences is mixed by putting each block of 2^k points
    into an order of its own (Latin supercube sampling, Owen 1998): unmixed, two sequences would move together.
    All of it is seeded by the names and the `stream` alone, and more draws begin with those of fewer.
    """
    groups = {group: _points(group, draws, seed, stream) for group in {item.group for item in parameters}}
    rows = [groups[item.group][item.dimension] for item in parameters]
    return ndtri(np.stack(rows)) if rows else np.empty((0, draws))


def _points(group: str, draws: int, seed: int, stream: str) -> Array:
    """Points of one Sobol sequence, shape (dimensions, draws), in (0, 1)."""
    name = f"{stream}/{group}".encode()
    words = np.frombuffer(blake2b(name, digest_size=16).digest(), dtype="<u4")
    scramble, order = np.random.SeedSequence([seed, *words.tolist()]).spawn(2)
    size = 1 << max(draws - 1, 0).bit_length()
    dimensions = 1 if group.startswith(("plan ", "one ")) else len(_SHARED)
    points = sobol(dimensions, size, np.random.default_rng(scramble)) + 0.5 ** (_BITS + 1)
    if name == b"draws/":
        return np.asarray(points[:, :draws])
    rng, places = np.random.default_rng(order), np.zeros(1, np.intp)
    while len(places) < size:
        places = np.concatenate([places, len(places) + rng.permutation(len(places))])
    return np.asarray(points[:, places[:draws]])


_DIRECTIONS = """
3 1; 7 1 3; 11 1 3 1; 13 1 1 1; 19 1 1 3 3; 25 1 3 5 13; 37 1 1 5 5 17; 41 1 1 5 5 5; 47 1 1 7 11 19;
55 1 1 5 1 1; 59 1 1 1 3 11; 61 1 3 5 5 31; 67 1 3 3 9 7 49; 91 1 1 1 15 21 21; 97 1 3 1 13 27 49;
103 1 1 1 15 7 5; 109 1 3 1 15 13 25; 115 1 1 5 5 19 61; 131 1 3 7 11 23 15 103; 137 1 3 7 13 13 15 69;
143 1 1 3 13 7 35 63; 145 1 3 5 9 1 25 53; 157 1 3 1 13 9 35 107; 167 1 3 1 5 27 61 31;
171 1 1 5 11 19 41 61; 185 1 3 5 3 3 13 69; 191 1 1 7 13 1 19 1; 193 1 3 7 5 13 19 59;
203 1 1 3 9 25 29 41; 211 1 3 5 13 23 1 55; 213 1 3 7 3 13 59 17; 229 1 3 1 3 5 53 69;
239 1 1 5 5 23 33 13; 241 1 1 7 7 1 61 123; 247 1 1 7 9 13 61 49; 253 1 3 3 5 3 55 33;
285 1 3 1 15 31 13 49 245; 299 1 3 5 15 31 59 63 97; 301 1 3 1 11 11 11 77 249; 333 1 3 1 11 27 43 71 9;
351 1 1 7 15 21 11 81 45; 355 1 3 7 3 25 31 65 79; 357 1 3 1 1 19 11 3 205; 361 1 1 5 9 19 21 29 157;
369 1 3 7 11 1 33 89 185; 391 1 3 3 3 15 9 79 71; 397 1 3 7 11 15 39 119 27; 425 1 1 3 1 11 31 97 225;
451 1 1 1 3 23 43 57 177; 463 1 3 7 7 17 17 37 71; 487 1 3 1 5 27 63 123 213; 501 1 1 3 5 11 43 53 133;
529 1 3 5 5 29 17 47 173 479; 539 1 3 3 11 3 1 109 9 69; 545 1 1 1 5 17 39 23 5 343;
557 1 3 1 5 25 15 31 103 499; 563 1 1 1 11 11 17 63 105 183; 601 1 1 5 11 9 29 97 231 363;
607 1 1 5 15 19 45 41 7 383; 617 1 3 7 7 31 19 83 137 221; 623 1 1 1 3 23 15 111 223 83;
631 1 1 5 13 31 15 55 25 161; 637 1 1 3 13 25 47 39 87 257
"""
"""By dimension from the second on: the primitive polynomial in binary, then the first direction numbers.

Joe and Kuo (2008), SIAM Journal on Scientific Computing 30, table new-joe-kuo-6.
"""


@cache
def _directions() -> NDArray[np.uint32]:
    """Direction numbers of the unscrambled sequence, shape (64, bits).

    v_j = a_1·2·v_(j−1) ⊕ … ⊕ a_m·2^m·v_(j−m) ⊕ v_(j−m), a the polynomial's coefficients; in the first dimension 1.
    """
    rows = [[1] * _BITS]
    for line in _DIRECTIONS.split(";"):
        polynomial, *found = map(int, line.split())
        degree = len(found)
        while (j := len(found)) < _BITS:
            following = found[j - degree]
            for back in range(1, degree + 1):
                if polynomial >> (degree - back) & 1:
                    following ^= found[j - back] << back
            found.append(following)
        rows.append(found)
    return np.array(rows, np.uint32) << np.arange(_BITS - 1, -1, -1, dtype=np.uint32)


def sobol(dimensions: int, size: int, rng: np.random.Generator) -> Array:
    """The first points of a scrambled Sobol sequence, the same that `scipy.stats.qmc.Sobol` draws.

    Each dimension's direction numbers go through a random lower triangular matrix over two elements, and all
    points through a random shift (Matoušek 1998). Point n is the shift ⊕ the numbers at the bits of n's Gray code
    (Antonov and Saleev 1979), so that 2^k points and their mirror image make 2^(k + 1). Written out because
    `scipy.stats` takes longer to import than a run. Shape (dimensions, size), 64 and a power of 2, in [0, 1).
    """
    rng = rng.spawn(1)[0]
    place = np.arange(_BITS, dtype=np.uint32)
    shift = (rng.integers(2, size=(dimensions, _BITS), dtype=np.uint32) << place).sum(axis=1, dtype=np.uint32)
    triangle = np.tril(rng.integers(2, size=(dimensions, _BITS, _BITS), dtype=np.uint32))
    triangle[:, place, place] = 1
    columns = size.bit_length() - 1
    numbers = _directions()[:dimensions, :columns, np.newaxis] >> place[::-1] & 1  # bits, the highest first
    scrambled = (triangle @ numbers.swapaxes(1, 2)) & 1
    directions = (scrambled << place[::-1, np.newaxis]).sum(axis=1, dtype=np.uint32)
    points = shift[:, np.newaxis]
    for column in range(columns):
        points = np.concatenate([points, points[:, ::-1] ^ directions[:, [column]]], axis=1)
    return np.asarray(points * 0.5**_BITS)


def mixed(scenario: Scenario, parameters: Sequence[Uncertain], independent: Array) -> Array:
    """Normal scores with the correlations of the scenario (a Gaussian copula).

    scores = L·independent with L·Lᵀ the correlation matrix, L lower triangular: of two values that go together
    the later one follows, and all others stay as they are.
    """
    if not scenario.correlations:
        return independent
    together = matrix(scenario.correlations, [item.key for item in parameters])
    return np.asarray(np.linalg.cholesky(together) @ independent)


def redrawn(
    scenario: Scenario, parameters: Sequence[Uncertain], found: Array, members: Sequence[int], independent: Array
) -> Array:
    """Normal scores, shape (parameters, draws), with the `members` drawn anew, given what the others are."""
    chosen, new = np.isin(np.arange(len(parameters)), members), found.copy()
    if not scenario.correlations:
        new[chosen] = independent[chosen]
        return new
    together = matrix(scenario.correlations, [item.key for item in parameters])
    follows = np.linalg.solve(together[~chosen][:, ~chosen], together[~chosen][:, chosen]).T
    own = together[chosen][:, chosen] - follows @ together[~chosen][:, chosen]
    new[chosen] = follows @ found[~chosen] + np.linalg.cholesky(own) @ independent[chosen]
    return new


# --- Draws of a scenario that hold together: what contradicts itself is left out, counted and explained ---

MOST_LEFT_OUT = 0.5
"""Share of draws that may be left out: beyond it, what is left is the exception in what was given."""

_ROUNDING = 1e-9

GOOD, BAD = "experience.good_share", "experience.bad_share"


@dataclass(frozen=True)
class _Bounded(Schedule):
    """A plan that stops at the bounds: a share that it takes over 1 in a draw is 1; where good and bad share are
    over 1 together, the good share gives way."""

    def parameters(self, today: Values, month: int) -> dict[str, Array]:
        values = super().parameters(today, month)
        for key in self.keys:
            values[key] = np.clip(values[key], *QUANTITIES[key].bounds)
        if {GOOD, BAD} & set(self.keys):
            values[GOOD] = np.minimum(values[GOOD], 1.0 - values[BAD])
        return values


@dataclass(frozen=True)
class Refused:
    """Draws that were left out because their figures contradict each other."""

    count: int
    tried: int
    """Draws in all, kept or left out."""
    reasons: Mapping[str, int]
    """How many for each contradiction; one draw may have several."""
    leaning: Mapping[str, float]
    """By parameter, how many standard deviations higher it is in these draws than in those kept."""
    check: tuple[str, ...] = ()
    """The two figures that are most often at odds."""

    @property
    def share(self) -> float:
        """Of all draws."""
        return self.count / self.tried

    @property
    def text(self) -> str:
        """What happened and what to do about it, in sentences; empty where no draw was left out."""
        if not self.count:
            return ""
        return (
            f"{whole(self.count)} of {whole(self.tried)} draws ({percent(self.share)}) are left out, as their "
            f"figures cannot all be true of one business: {self.why} Results rest on the others. "
            f"To leave out fewer, {self.advice()}."
        )

    @property
    def why(self) -> str:
        """Which figures are at odds, the rare reasons left aside, and how they are in these draws."""
        usual = [reason for reason, count in self.reasons.items() if count >= 0.05 * self.count]
        high, low = ([key for key, tilt in self.leaning.items() if (tilt > 0) is up] for up in (True, False))
        sides = [f"{way} values of {several(keys)}" for way, keys in (("high", high), ("low", low)) if keys]
        return f"{'; '.join(usual)}." + (f" Typical of them are {' and '.join(sides)}." if sides else "")

    def advice(self, explained: bool = False) -> str:
        """What to do about it, with what each key means if asked for."""
        keys = {key: Key.find(key) if explained else None for key in (*self.check, *self.leaning)}
        said = {key: f"{key} ({known.quantity.meaning})" if known else key for key, known in keys.items()}
        check = several([said[key] for key in self.check])
        own = several([said[key] for key in self.leaning if key not in self.check])
        return f"check {check}{f', and give values or narrower ranges of your own for {own}' if own else ''}"


@dataclass(frozen=True)
class Sample:
    """A scenario in draws that hold together."""

    scenario: Scenario
    seed: int
    parameters: tuple[Uncertain, ...]
    scores: Array
    """Normal scores, shape (parameters, draws)."""
    ids: NDArray[np.intp]
    """Of the draws kept: equal ids of two scenarios share the draws of all ranges that they share."""
    start: Start
    refused: Refused
    held: Mapping[str, float]
    """By parameter, share of the draws in which the plan took it over a bound and it was held there."""


def sample(scenario: Scenario, draws: int, seed: int = 0, ranges: bool = True) -> Sample:
    """Draws of all ranges of a scenario, anchored, without those that contradict themselves.

    A draw whose figures contradict what was observed today tells that these values do not go together, and is
    replaced by the next one: leaving out is what the observation teaches. More than half is an error.

    Raises:
        InputError: too many contradictions, with the parameters responsible; or no whole number of draws.
    """
    draws, seed = whole_number("draws", draws, 1), whole_number("seed", seed, 0)
    start(scenario)  # what contradicts itself at the central values is an error, as without draws
    parameters = uncertain(scenario) if ranges else ()
    tried = max(1024, draws) if parameters else draws
    found = mixed(scenario, parameters, scores(parameters, tried, seed))
    begun, problems = begin(scenario, parameters, found)
    pilot = _refused(parameters, found[:, :1024], problems)  # the share is judged on the same draws always
    if pilot.share > MOST_LEFT_OUT:
        raise InputError(
            f"in {percent(pilot.share)} of draws the ranges contradict what was observed or each other, so that "
            f"what is left does not speak for them (at most {percent(MOST_LEFT_OUT)} may): {pilot.why} Please "
            f"{pilot.advice(explained=True)}",
            file=scenario.file,
        )
    while (fine := int((~refused_by(problems)).sum())) < draws:
        tried += 16 + int((draws - fine) * 1.2 * tried / fine)
        more = mixed(scenario, parameters, scores(parameters, tried, seed))[:, found.shape[1] :]
        other, its = begin(scenario, parameters, more)
        found, begun = np.concatenate([found, more], axis=1), begun.joined(other)
        both = zip(problems, its, strict=True)
        problems = [one._replace(where=np.concatenate([one.where, two.where], axis=-1)) for one, two in both]
    kept = np.flatnonzero(~refused_by(problems))[:draws]
    refused = _refused(parameters, found[:, : int(kept[-1]) + 1], problems)
    begun = begun.at(kept, _drawn(scenario, parameters, found[:, kept]))
    return Sample(scenario, seed, parameters, found[:, kept], kept, begun, refused, _held(begun.inputs))


def sample_plan(drawn: Sample, scenario: Scenario) -> Sample:
    """The draws of a business with another plan for it, in which nothing of today is anchored anew.

    Where today's values are not the same ones, or the plan leaves bounds in a draw, it is `sample` that answers.
    """
    parameters = uncertain(scenario)
    count = len(drawn.ids)
    found = mixed(scenario, parameters, scores(parameters, int(drawn.ids[-1]) + 1, drawn.seed))[:, drawn.ids]
    one, two = (
        {item.path: row.tobytes() for item, row in zip(items, rows, strict=True) if item.path[:5] != "plan."}
        for items, rows in ((drawn.parameters, drawn.scores), (parameters, found))
    )
    inputs = _drawn(scenario, parameters, found)
    if one != two or refused_by(_out_of_bounds(inputs)).any():
        return sample(scenario, count, drawn.seed)
    begun = drawn.start.at(np.arange(count), inputs)
    return Sample(scenario, drawn.seed, parameters, found, drawn.ids, begun, drawn.refused, _held(inputs))


def begin(scenario: Scenario, parameters: Sequence[Uncertain], scores: Array) -> tuple[Start, list[Problem]]:
    """A scenario anchored at these normal scores, nan in draws that contradict themselves, and why they do."""
    inputs = _drawn(scenario, parameters, scores)
    begun, problems = anchored(inputs)
    return begun, [*problems, *_out_of_bounds(inputs)]


def _drawn(scenario: Scenario, parameters: Sequence[Uncertain], scores: Array) -> Inputs:
    """The scenario with these values for its ranges."""
    drawn = {item.path: item.at(row) for item, row in zip(parameters, scores, strict=True)}
    made = scenario.inputs(lambda path, value: drawn.get(path, np.asarray(central(value))))
    size = made.parameters["market.size"]
    wide = {"market.size": np.broadcast_to(size, (len(size), scores.shape[1]))}
    plan = _Bounded(**vars(made.schedule))
    return replace(made, parameters={**made.parameters, **wide}, schedule=plan)


def _out_of_bounds(inputs: Inputs) -> list[Problem]:
    """Good and bad share over 1 together today, and planned values beyond a bound that they may not even touch."""
    today, plan = inputs.parameters, inputs.schedule
    shape = today["market.size"].shape
    over = np.broadcast_to(today[GOOD] + today[BAD] > 1.0 + _ROUNDING, shape)
    found = [Problem(over, "good_share and bad_share are over 1 together", (GOOD, BAD))]
    for key in plan.keys:
        quantity = QUANTITIES[key]
        beyond = np.zeros(shape, np.bool_)
        for month in plan.turns(inputs.horizon_months):
            value = plan.parameters(today, month)[key]
            beyond |= (value <= quantity.above) if quantity.above is not None else False
            beyond |= (value >= quantity.below) if quantity.below is not None else False
        found.append(Problem(beyond, f"the plan takes {key} out of bounds", (key, "the plan")))
    return found


def refused_by(problems: Sequence[Problem]) -> NDArray[np.bool_]:
    """Draws in which anything contradicts itself."""
    return np.asarray(np.logical_or.reduce([item.where.any(axis=0) for item in problems]))


def _refused(parameters: Sequence[Uncertain], scores: Array, problems: Sequence[Problem]) -> Refused:
    """What is left out of these first draws, and which parameters lean how far in them: three at most, that differ
    by 0.3 standard deviations and three standard errors; of some forty hardly one does so by chance alone."""
    problems = [item._replace(where=item.where[..., : scores.shape[1]]) for item in problems]
    bad, counts = refused_by(problems), [int(item.where.any(axis=0).sum()) for item in problems]
    texts = (f"{several(list(item.keys))} do not go together" for item in problems)
    reasons = {text: count for text, count in zip(texts, counts, strict=True) if count}
    tilts: dict[str, float] = {}
    if bad.any() and not bad.all():
        apart = scores[:, bad].mean(axis=1) - scores[:, ~bad].mean(axis=1)
        least = max(0.3, 3.0 * np.sqrt(1.0 / bad.sum() + 1.0 / (~bad).sum()))
        largest = [place for place in np.argsort(-np.abs(apart)) if abs(apart[place]) > least][:3]
        tilts = {parameters[place].key: float(apart[place]) for place in largest}
    usual = problems[counts.index(max(counts))].keys[:2] if bad.any() else ()
    return Refused(int(bad.sum()), len(bad), MappingProxyType(reasons), MappingProxyType(tilts), usual)


def _held(inputs: Inputs) -> Mapping[str, float]:
    """How often a plan is stopped at a bound."""
    plan = inputs.schedule
    free = Schedule(**vars(plan))
    keys = dict.fromkeys([*plan.keys, *([GOOD] if BAD in plan.keys else [])])
    share = dict.fromkeys(keys, 0.0)
    for month in plan.turns(inputs.horizon_months):
        loose, bounded = (each.parameters(inputs.parameters, month) for each in (free, plan))
        for key in keys:
            stopped = np.abs(loose[key] - bounded[key]) > _ROUNDING
            share[key] = max(share[key], float(np.mean(stopped.any(axis=0))))
    return MappingProxyType({key: part for key, part in share.items() if part > 0})
