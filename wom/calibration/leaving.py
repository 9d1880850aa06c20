"""How mood changes the hazard of leaving, and how long a mood lasts.

Two ways, chosen by when customers leave. On any day, or on a few days common to all: each leaver against customers
at risk on that very day whose last contact lies as far back. On the customer's own renewal day: each renewal that
fell due. The prior of a ratio is half the published range and half a wide one, so that data may overrule it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..draws import END
from ..parameters import Range
from ..units import Array
from . import moods
from .estimate import LEVELS, Estimate, Found, Missing
from .moods import BAD, GOOD, NEUTRAL, NONE_SEEN, PLAIN, TENURE, Bills, Course, Histories, Rule, Whole

RATIOS = ("retention.delighted_hazard_ratio", "retention.disappointed_hazard_ratio")
MEMORY = "experience.memory_months"

LEAVERS, CONTROLS, CUSTOMERS = 10_000, 15, 50_000
"""Most leavers compared, controls of each, and most customers whose renewals are looked at."""

MEMORIES, DRAWS = np.geomspace(1.5, 24.0, 9), 4000
"""Months that are tried, and draws."""
WIDE, _RIDGE = 0.8, 2.0
"""Standard deviations of the wide prior of a ratio's logarithm, around 0, and of coefficients not asked about."""
FEWEST, LASTING = 10, 3.0
"""Leavers after each kind of contact, below which nothing is compared; normal scores of earlier experiences beyond
which customers differ lastingly."""
CONFLICT, NARROWED = 0.15, 0.8
"""Weight of the published prior below which data contradict it; width over the prior's above which they add
nothing."""
_LAGS, _CALLS = (7, 30), 4.0
"""Days before leaving within which a contact may be the cancelling itself, and normal scores beyond which it is: a
memory read a little wrong makes 3 of them."""
_NEAR, TERM, _LEAP = 3, 366, 365.2425
"""Days around a renewal, the longest that an answer counts in full, and those of a year."""

SAME_DISTANCE = "How long a mood lasts cannot be seen: everybody was asked at the same distance from the renewal."
BETWEEN = "How long a mood lasts cannot be seen: what happens between the answers of a yearly survey is not known."
AGAINST = "Conflict: the data contradict the published range."
DIFFER = "Customers whose earlier"
"""How the sentence begins that refuses the ratios because customers differ lastingly."""
NOBODY = "Nobody to compare with: all who were asked at that time felt the same."


@dataclass(frozen=True)
class Rows:
    """What is compared: customers on days. Sets of rows are compared within, each with one leaver at its start."""

    who: Whole
    day: Whole
    left: NDArray[np.bool_]
    weight: Array
    starts: Whole | None = None
    """Where each set begins; None for renewals, which are compared over all."""
    since: Whole | None = None
    """Of renewals, the day of the one before."""

    def of_set(self) -> Whole:
        """The set of each row."""
        assert self.starts is not None
        return np.repeat(np.arange(len(self.starts)), np.diff(np.append(self.starts, len(self.who))))

    def part(self, kept: NDArray[np.bool_]) -> Rows:
        """Some of the rows; sets without their leaver or without anybody else go."""
        starts = None
        if self.starts is not None:
            of_set = self.of_set()
            others = np.bincount(of_set[kept & ~self.left], minlength=len(self.starts))
            kept = kept & (kept[self.starts] & (others > 0))[of_set]
            starts = np.flatnonzero(self.left[kept])
        since = None if self.since is None else self.since[kept]
        return Rows(self.who[kept], self.day[kept], self.left[kept], self.weight[kept], starts, since)


def risk_sets(histories: Histories, random: np.random.Generator) -> Rows:
    """Each leaver with customers at risk on that day, of the same segment and recency; who leaves then counts ½.

    Nested case-control sampling: Langholz and Goldstein 1996, Statistical Science 11.
    """
    leavers = np.flatnonzero(histories.left & (histories.end > histories.start))
    if len(leavers) > LEAVERS:
        leavers = np.sort(random.choice(leavers, LEAVERS, replace=False))
    day = histories.end[leavers]
    recency = histories.recency(leavers, day)
    order = np.argsort(histories.segment, kind="stable")
    sizes = np.bincount(histories.segment)
    offset = np.cumsum(sizes) - sizes
    own = histories.segment[leavers]
    lacking = np.arange(len(leavers))
    sets, others = [lacking], [leavers]
    tries = 60  # candidates for a leaver at a time, five times
    for _ in range(5):
        drawn = (random.random((len(lacking), tries)) * sizes[own[lacking], np.newaxis]).astype(np.int64)
        who = order[offset[own[lacking], np.newaxis] + drawn].ravel()
        place = np.repeat(lacking, tries)
        at_risk = (histories.start[who] < day[place]) & (histories.end[who] >= day[place])
        at_risk &= who != leavers[place]
        who, place = who[at_risk], place[at_risk]
        alike = histories.recency(who, day[place]) == recency[place]
        sets.append(place[alike])
        others.append(who[alike])
        have = np.bincount(np.concatenate(sets), minlength=len(leavers)) - 1
        lacking = np.flatnonzero(have < CONTROLS)
        if not len(lacking):
            break
    rows = pd.DataFrame({"set": np.concatenate(sets), "who": np.concatenate(others)}).drop_duplicates()
    rows = rows.sort_values("set", kind="stable").groupby("set").head(CONTROLS + 1)  # the leaver, then controls
    rows = rows[rows["set"].map(rows["set"].value_counts()) > 1]
    place, who = rows["set"].to_numpy(np.int64), rows["who"].to_numpy(np.int64)
    left = np.append(True, place[1:] != place[:-1])[: len(place)]
    same_day = histories.left[who] & (histories.end[who] == day[place]) & ~left
    return Rows(who, day[place], left, np.where(same_day, 0.5, 1.0), np.flatnonzero(left))


def renewals(histories: Histories, paid: Bills) -> Rows | None:
    """Each renewal that fell due, where more than half of those who left did so within three days of one.

    Renewals are anniversaries of joining, or fall a year, half a year or a quarter after the last payment; None
    where customers leave on other days.
    """
    known = np.flatnonzero(np.isfinite(histories.joined))
    joined = histories.joined[known].astype(np.int64)
    least = np.maximum(np.floor((histories.start[known] - joined) / _LEAP), 1.0)
    most = np.ceil((histories.end[known] - joined) / _LEAP) + 1.0
    many = np.maximum(most - least, 0).astype(np.int64)
    years = np.repeat(least, many) + np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    anniversaries = np.repeat(joined, many) + np.rint(years * _LEAP).astype(np.int64)
    choices = [(np.repeat(known, many), anniversaries, int(_LEAP))]
    gaps = pd.Series(paid.gap).groupby(paid.who).median().dropna().to_numpy()
    for period in (365, 182, 91) if len(gaps) else ():
        if np.mean(np.abs(gaps - period) <= 0.05 * period) > 0.5:  # of most customers
            last, expected = np.append(paid.who[1:] != paid.who[:-1], True), paid.day + period
            follows = np.append(paid.day[1:], 0)
            due = np.where(last | (np.abs(follows - expected) > 0.15 * period), expected, follows)
            choices.append((paid.who, due, period))
            break
    leavers = np.flatnonzero(histories.left & (histories.end > histories.start))
    best, highest = None, 0.5
    for who, due, period in choices:
        near = np.abs(histories.end[who] - due) <= _NEAR
        share = len(np.unique(who[near & histories.left[who]])) / max(len(leavers), 1)
        if share > highest:
            best, highest = (who, due, near & histories.left[who], period), share
    if best is None:
        return None
    who, due, left, period = best
    kept = (due > histories.start[who] + _NEAR) & (due >= histories.first) & ((due <= histories.end[who]) | left)
    who, left, day = who[kept], left[kept], np.minimum(due, histories.end[who])[kept]
    return Rows(who, day, left, np.ones(len(who)), None, day - period)


# --- the two likelihoods ---------------------------------------------------------------------------------------

Likelihood = Callable[[Array, Array], tuple[float, Array, Array]]
"""From values (ln H₊, ln H₋, coefficients) and moods (2, rows): log-likelihood, slope and information."""


def _on_days(rows: Rows, columns: Array) -> Likelihood:
    """ℓ = Σ_leavers ln h − Σ_sets ln Σ w·h, h = m·e^(γx), m = 1 + a₊(H₊ − 1) + a₋(H₋ − 1)."""
    starts, of_set = rows.starts, rows.of_set()
    assert starts is not None

    def likelihood(place: Array, mood: Array) -> tuple[float, Array, Array]:
        part = mood * np.exp(place[:2])[:, np.newaxis]
        m = np.maximum(1.0 - mood.sum(axis=0) + part.sum(axis=0), 1e-12)
        log = np.log(m) + place[2:] @ columns
        slopes = np.concatenate([part / m, columns])
        heavy = rows.weight * np.exp(log - log[starts][of_set])
        total = np.add.reduceat(heavy, starts)
        weighed = slopes * (heavy / total[of_set])
        mean = np.add.reduceat(weighed, starts, axis=1)
        slope = slopes[:, starts].sum(axis=1) - mean.sum(axis=1)
        return -float(np.log(total).sum()), slope, weighed @ slopes.T - mean @ mean.T

    return likelihood


def _at_renewals(rows: Rows, columns: Array) -> Likelihood:
    """stay = Σ_k w_k·e^(−Λ·H_k), ln Λ = γx."""
    from scipy.sparse import csr_array  # late, as it takes long to import

    left, sparse = rows.left.astype(np.float64), csr_array(columns)

    def likelihood(place: Array, mood: Array) -> tuple[float, Array, Array]:
        hazard = np.exp(np.clip(np.asarray(place[2:] @ sparse), -30.0, 5.0))
        ratio = np.exp(place[:2])[:, np.newaxis]
        stays = mood * np.exp(-hazard * ratio)
        content = (1.0 - mood.sum(axis=0)) * np.exp(-hazard)
        stay = np.clip(content + stays.sum(axis=0), 1e-12, 1.0 - 1e-12)
        by_ratio = stays * hazard * ratio
        by_log = by_ratio.sum(axis=0) + content * hazard
        chance = stay * (1.0 - stay)
        height = float((left * np.log1p(-stay) + (1.0 - left) * np.log(stay)).sum())
        gap = (left - 1.0 + stay) / chance
        cross = sparse @ (by_ratio * by_log / chance).T
        own = (sparse.multiply(by_log**2 / chance) @ sparse.T).toarray()
        slope = np.concatenate([by_ratio @ gap, sparse @ (by_log * gap)])
        return height, slope, np.block([[(by_ratio / chance) @ by_ratio.T, cross.T], [cross, own]])

    return likelihood


def _likelihood(rows: Rows, columns: Array) -> Likelihood:
    return (_at_renewals if rows.starts is None else _on_days)(rows, columns)


def _columns(histories: Histories, rows: Rows) -> Array:
    """Tenure; of renewals recency, calendar month and segment as well, for no sets hold these alike."""

    def dummies(classes: Whole, count: int = 0) -> Array:
        return np.asarray(np.arange(count or classes.max(initial=-1) + 1)[:, np.newaxis] == classes, np.float64)

    parts = [dummies(histories.tenure(rows.who, rows.day), len(TENURE) + 1)[1:]]
    if rows.starts is None:
        month = rows.day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        parts += [
            np.ones((1, len(rows.who))),
            dummies(histories.recency(rows.who, rows.day), NONE_SEEN + 1)[1:],
            dummies(np.unique(month, return_inverse=True)[1]),
            dummies(histories.segment[rows.who])[1:],
        ]
    found = np.concatenate(parts)
    return np.asarray(found[found.any(axis=1)])


def _climb(
    likelihood: Likelihood, mood: Array, start: Array, middle: Array, spread: Array
) -> tuple[Array, Array, float]:
    """Highest posterior by Fisher's scoring, its covariance, and the log-evidence by Laplace."""
    place, precision = start.copy(), 1.0 / spread**2

    def loss(where: Array) -> float:
        return 0.5 * float(((where - middle) ** 2 * precision).sum())

    here, slope, information = likelihood(place, mood)
    for _ in range(30):
        step = np.linalg.solve(information + np.diag(precision), slope - (place - middle) * precision)
        step *= min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        for _ in range(8):
            there = likelihood(place + step, mood)
            gained = there[0] - loss(place + step) - here + loss(place)
            if gained >= -1e-9:
                break
            step = step / 2.0
        place, (here, slope, information) = place + step, there
        if gained < 1e-4:
            break
    whole = information + np.diag(precision)
    evidence = here - loss(place) + 0.5 * float(np.log(precision).sum() - np.linalg.slogdet(whole)[1])
    return place, np.asarray(np.linalg.inv(whole), dtype=np.float64), evidence


@dataclass(frozen=True)
class _Mixture:
    """The posterior of the two logarithms: a normal for each memory and each choice of two priors."""

    memories: Array
    evidence: Array
    """Logarithms, the memory's prior in them, shape (memories, 4); choices are published or wide, H₊ then H₋."""
    middle: Array
    covariance: Array
    """Shapes (memories, 4, 2) and (memories, 4, 2, 2)."""
    columns: Array
    best: Array
    best_mood: Array
    """Values at the likeliest memory with wide priors, and the moods there."""

    def published(self, ratio: int) -> float:
        """Posterior weight of a ratio's published prior."""
        weight = np.exp(self.evidence - self.evidence.max()).sum(axis=0).reshape(2, 2)
        return float(weight.sum(axis=1 - ratio)[0] / weight.sum())

    def draw(self, random: np.random.Generator, wide: bool = False) -> tuple[Array, Array]:
        """Joint draws of ratios, shape (2, draws), and memory, shape (draws,); `wide` uses nothing published."""
        weight = np.exp(self.evidence - self.evidence.max())
        weight[:, :3] *= not wide
        chosen = random.choice(weight.size, DRAWS, p=weight.ravel() / weight.sum())
        memory, choice = chosen // 4, chosen % 4
        roots = np.linalg.cholesky(self.covariance)[memory, choice]
        logs = self.middle[memory, choice] + np.einsum("dij,dj->di", roots, random.standard_normal((DRAWS, 2)))
        months = self.memories[memory]
        if len(self.memories) > 1:
            months = months * (self.memories[1] / self.memories[0]) ** (random.random(DRAWS) - 0.5)
        return np.exp(logs.T), months

    def beside(self, rows: Rows, more: Array) -> tuple[Array, Array]:
        """Coefficients of more columns beside the ratios, and their normal scores, at the likeliest memory."""
        likelihood = _likelihood(rows, np.concatenate([self.columns, more]))
        start = np.append(self.best, np.zeros(len(more)))
        spread = np.append([WIDE] * 2, np.full(len(start) - 2, _RIDGE))
        top, covariance, _ = _climb(likelihood, self.best_mood, start, np.zeros_like(start), spread)
        return top[-len(more) :], top[-len(more) :] / np.sqrt(np.diag(covariance))[-len(more) :]


_MoodAt = Callable[[float, Array], Array]
"""Moods of the rows by memory and logarithms of the ratios, shape (2, rows)."""


def _mixture(
    rows: Rows, columns: Array, moods_at: Sequence[_MoodAt], priors: Mapping[str, Range], memories: Array
) -> _Mixture:
    """The posterior over memories and over equally likely moods."""
    likelihood, rest = _likelihood(rows, columns), np.zeros(len(columns))
    memory_middle, memory_spread = _log_normal(priors[MEMORY])
    ratios = [(_log_normal(priors[key]), (0.0, WIDE)) for key in RATIOS]
    start, parts, highest = np.zeros(2 + len(columns)), [], -np.inf

    def top(choice: tuple[tuple[float, float], ...]) -> tuple[Array, Array, float]:
        middle, spread = (np.array(part) for part in zip(*choice, strict=True))
        return _climb(likelihood, mood, start, np.append(middle, rest), np.append(spread, rest + _RIDGE))

    for mood_at, memory in product(moods_at, memories):
        mood = mood_at(memory, start[:2])
        for _ in range(2):  # moods of those who are still there depend on the ratios
            start = top((ratios[0][1], ratios[1][1]))[0]
            mood = mood_at(memory, start[:2])
        tops = [top(choice) for choice in product(*ratios)]
        early = -0.5 * ((np.log(memory) - memory_middle) / (memory_spread or 1.0)) ** 2
        parts.append(
            ([one[2] + early for one in tops], [one[0][:2] for one in tops], [one[1][:2, :2] for one in tops])
        )
        if parts[-1][0][3] > highest:
            highest, best, best_mood = parts[-1][0][3], tops[3][0], mood
    evidence, middle, covariance = (np.array(part) for part in zip(*parts, strict=True))
    return _Mixture(np.tile(memories, len(moods_at)), evidence, middle, covariance, columns, best, best_mood)


def _log_normal(one: Range) -> tuple[float, float]:
    """Middle and spread of the logarithm."""
    return float(np.log(one.central)), float(np.log(one.high / one.low) / (2.0 * END))


def memory_prior(prior: Range, random: np.random.Generator) -> Array:
    """Draws of the memory as the evidence has it, months."""
    middle, spread = _log_normal(prior)
    return np.exp(middle + spread * random.standard_normal(DRAWS))


# --- the result ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Leaving:
    """What departures say of moods."""

    found: Found
    """The two ratios and the memory."""
    table: pd.DataFrame
    """Index the mood, then who says it (published, data, both): low, central, high. Empty if nothing is told."""
    memory: Array = field(repr=False)
    """Draws of the memory, months, shape (draws,)."""
    moved: bool = False
    """Whether the data narrowed the memory."""


def leaving(
    histories: Histories,
    priors: Mapping[str, Range],
    rules: Sequence[Rule] = (PLAIN,),
    paid: Bills | None = None,
    seed: int = 0,
) -> Leaving:
    """How mood changes the hazard of leaving, and how long it lasts.

    ratio ~ ½ published log-normal + ½ log-normal (0, .8²), each; memory ~ a grid of the published log-normal; each
    rule is as likely. The posterior is a mixture of Laplace's normals, weighed by their evidence.
    """
    random = np.random.default_rng(seed)
    prior = priors[MEMORY]
    early = memory_prior(prior, random)
    none = np.empty(0, np.int64)
    some, paid = sample(histories, paid or Bills(none, none, np.empty(0)), CUSTOMERS, random)
    rows = renewals(some, paid)
    if by_renewal := rows is not None:
        histories = some
    else:
        rows = risk_sets(histories, random)
    rule, few_days = rules[0], by_renewal or _few_common_days(histories)
    in_full = rule.asks and few_days
    hazard = 0.0 if few_days else float(histories.left.sum()) / max(histories.months, 1e-9)
    courses = [moods.course(histories, one) for one in rules[: 1 if in_full else None]]
    held = in_full or prior.low == prior.high
    memories = np.array([prior.central]) if held else MEMORIES[:: 1 if len(courses) == 1 else 2]

    def fitted(rows: Rows) -> tuple[list[str], _Mixture | None]:
        """Why each ratio cannot be told ('' if it can), and the posterior if one can."""
        why = _too_few(histories, rows)
        if not all(why):
            moods_at = [_moods_of(one, rows, in_full, hazard) for one in courses]
            mood = moods_at[0](prior.central, np.zeros(2))
            if rows.starts is None:
                differs = mood.std(axis=1) > 1e-6
            else:
                apart, low = (ends.reduceat(mood, rows.starts, axis=1) for ends in (np.maximum, np.minimum))
                differs = ((apart - low) > 0.05).sum(axis=1) >= FEWEST
            why = [said or ("" if differ else NOBODY) for said, differ in zip(why, differs, strict=True)]
        if all(why):
            return why, None
        return why, _mixture(rows, _columns(histories, rows), moods_at, priors, memories)

    why, found = fitted(rows)
    left_out = ""
    if found and not rule.asks:
        days, left_out = _cancelling(histories, rows, found)
        if days:
            rows = rows.part(histories.since(rows.who, rows.day) > days)
            why, found = fitted(rows)
    if not found:
        return refused(f"{left_out} {why[0]}".strip(), prior, early)
    if lasting := _lasting(histories, courses[0], rows, found):
        return refused(lasting, prior, early)
    ratios, memory = found.draw(random)
    told = {"published": np.array([priors[key] for key in RATIOS]),
            "data": np.quantile(found.draw(random, wide=True)[0], LEVELS, axis=1).T,
            "both": np.quantile(ratios, LEVELS, axis=1).T}  # fmt: skip
    leavers, parts = _leavers_after(histories, rows), list[Estimate | Missing]()
    for place, key in enumerate(RATIOS):
        published, data, both = (ends[place] for ends in told.values())
        if not why[place] and np.log(data[2] / data[0]) >= NARROWED * 2.0 * END * WIDE:
            why[place] = "The data add nothing to the published range: too few leavers felt one way or another."
        if why[place]:
            parts.append(Missing(key, why[place]))
            continue
        said = (
            f"The published range {published[0]:.3g} to {published[2]:.3g} went in for one half; data alone say "
            f"{data[0]:.3g} to {data[2]:.3g}."
        )
        against = AGAINST if found.published(place) < CONFLICT else ""
        how = (
            "Renewals that fell due, by how the contacts before them went, with the same month and recency."
            if by_renewal
            else "Leavers against customers there on the same day whose last contact lies as far back, by how it "
            "went."
        )
        cause = (
            "What goes with the mood, not what it causes: who is served badly may be likelier to leave for other "
            "reasons. experience.causal_share stays with the evidence."
        )
        note = " ".join(filter(None, (against, said, left_out, cause)))
        one = Estimate.of(key, both, how, int(leavers[place + 1]), note)
        parts.append(replace(one, data=Range(*map(float, data))))
    untold = SAME_DISTANCE if in_full else BETWEEN if rule.asks and not sum(rule.unseen) else ""
    memory = early if held or untold else memory
    old, new = (float(np.diff(np.quantile(np.log(draws), [0.05, 0.95]))[0]) for draws in (early, memory))
    moved = memory is not early and new < NARROWED * old
    said = f"the evidence's {prior.low:g} to {prior.high:g} months"
    note = f"This is nearly {said}: the data hardly say how long a mood lasts."
    how = "Prior from the evidence and how soon leaving comes back to normal after an experience."
    of_memory = Estimate.of(MEMORY, np.quantile(memory, LEVELS), how, int(rows.left.sum()),
                            f"The data narrowed {said}." if moved else note)  # fmt: skip
    index = pd.MultiIndex.from_product([["delighted", "disappointed"], list(told)], names=["mood", "by"])
    table = pd.DataFrame(np.stack(list(told.values()), axis=1).reshape(6, 3), index, list(Range._fields))
    return Leaving((*parts, Missing(MEMORY, untold) if untold else of_memory), table, memory, moved)


def sample(histories: Histories, paid: Bills, most: int, random: np.random.Generator) -> tuple[Histories, Bills]:
    """So many customers at most, drawn, with their payments."""
    if histories.size <= most:
        return histories, paid
    chosen = np.zeros(histories.size, bool)
    chosen[random.choice(histories.size, most, replace=False)] = True
    return histories.subset(chosen), paid.subset(chosen)


def _few_common_days(histories: Histories) -> bool:
    """Whether most leave on days common to all (8 times the usual leavers), of which a year has four or so."""
    day = histories.end[histories.left] - histories.first
    counts, length = np.bincount(day), histories.last - histories.first + 1
    common = counts > max(8.0 * len(day) / length, 2.0)
    return bool(counts[common].sum() > 0.5 * len(day) and common.sum() <= 4.5 * max(length / _LEAP, 1.0))


def _moods_of(course: Course, rows: Rows, in_full: bool, hazard: float) -> _MoodAt:
    places = course.locate(rows.who, rows.day)
    if in_full:
        limit = rows.day - TERM if rows.since is None else np.maximum(rows.day - TERM, rows.since)
        recent = (places.event >= 0) & (rows.day - np.rint(places.months * moods.DAYS) >= limit)
        mood = np.where(recent, course.after(1.0)[:, places.event], 0.0)
        return lambda _memory, _logs: mood

    def mood_at(memory: float, logs: Array) -> Array:
        excess = (np.exp(logs) - 1.0) * hazard
        return course.at(places, memory, (float(excess[0]), float(excess[1])))

    return mood_at


# --- what is refused -------------------------------------------------------------------------------------------


def refused(why: str, prior: Range, memory: Array | None = None) -> Leaving:
    """Nothing told of the ratios, and why; the memory stays with its prior."""
    how = "Not from the data: the range that was there before."
    stays = Estimate.of(MEMORY, prior, how, 0, "The data say nothing of it.")
    draws = memory_prior(prior, np.random.default_rng(0)) if memory is None else memory
    return Leaving((*(Missing(key, why) for key in RATIOS), stays), pd.DataFrame(), draws)


def _leavers_after(histories: Histories, rows: Rows) -> Whole:
    """Leavers by what their last contact was, as KINDS."""
    place = moods.before(histories.key, rows.who[rows.left], rows.day[rows.left])
    return np.bincount(histories.kind[place[place >= 0]], minlength=4)


def _too_few(histories: Histories, rows: Rows) -> list[str]:
    """Why each ratio cannot be told, '' where enough left after each kind of contact."""
    if not rows.left.any():
        return ["Nobody left, so nothing can be said of who leaves sooner."] * 2
    counts = _leavers_after(histories, rows)
    why = []
    for kind, name in ((GOOD, "a good experience"), (BAD, "a bad experience")):
        few = [f"{counts[one]} of those who left had {of}"
               for one, of in ((NEUTRAL, "a neutral contact"), (kind, name)) if counts[one] < FEWEST]  # fmt: skip
        why.append(f"Only {few[0]} before; the published range stays." if few else "")
    return why


def _cancelling(histories: Histories, rows: Rows, found: _Mixture) -> tuple[int, str]:
    """Days before leaving whose contacts are the cancelling and not its cause, and the sentence that says so.

    Where a contact counts, it does so while its mood lasts, of months: a hazard that falls by more than a quarter
    within days is that of people who call to leave.
    """
    since = histories.since(rows.who, rows.day)
    near, later = since <= _LAGS[0], (since > _LAGS[0]) & (since <= _LAGS[1])
    more = np.concatenate([near[np.newaxis], found.best_mood * near, found.best_mood * later])
    size, score = found.beside(rows, more)
    for place in (3, 4, 1, 2):
        if score[place] > _CALLS and size[place] > np.log(4.0 / 3.0):
            days, tone = _LAGS[place > 2], ("good", "bad")[(place - 1) % 2]
            return days, (
                f"Contacts of the last {days} days are left out: after {tone} ones customers leave "
                f"{np.exp(size[place]):.1f} times as often as after earlier ones, as who calls to cancel."
            )
    return 0, ""


def _lasting(histories: Histories, course: Course, rows: Rows, found: _Mixture) -> str:
    """Whether experiences that later ones have overwritten still go with leaving; they must not, in a mood.

    Their numbers enter the likelihood beside the number of all contacts so far, as ln(1 + n).
    """
    place = course.locate(rows.who, rows.day).event
    first = np.minimum(np.searchsorted(course.who, rows.who), len(course.who))
    so_far = np.concatenate([np.zeros((2, 1)), np.cumsum(course.set > 0, axis=1)], axis=1)
    every = moods.before(histories.key, rows.who, rows.day)
    counts = [
        *np.where(place >= 0, so_far[:, place] - so_far[:, first], 0.0),
        np.where(every >= 0, every - np.searchsorted(histories.who, rows.who), 0),
    ]
    sizes, scores = found.beside(rows, np.log1p(np.array(counts)))
    worst = int(np.abs(scores[:2]).argmax())
    if not abs(scores[worst]) > LASTING:
        return ""
    change = 2.0 ** float(sizes[worst]) - 1.0
    tone, way = ("good", "bad")[worst], "sooner" if change > 0 else "later"
    return (
        f"{DIFFER} {tone} experiences are long overwritten still leave {way} ({abs(change):.0%}, "
        f"{abs(scores[worst]):.1f} standard errors): they differ, or are lastingly served worse. The ratio of "
        f"{np.exp(found.best[1]):.3g} would be too far from 1; not used. Split them by a column of the customers "
        "table."
    )
