"""Who stays, where customers say when they leave: the rate, and how mood changes the hazard of leaving.

A mood is not seen. After a good or bad experience it is felt for some time, `memory_months` on average, and a
customer who is still there is less likely to feel what makes people leave. So the chance to leave at a month's
end is a mixture of two hazards, whose weight fades as the experience lies back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from .. import evidence
from ..draws import END
from ..parameters import Range
from ..units import MONTHS_PER_YEAR, Array
from . import intervals
from .estimate import Estimate, Found, Missing, cautioned, inside
from .frames import columns, scopes
from .optimum import least
from .sbg import Fit
from .spells import MOODS, Spells, curves, log_likelihood, spells_from

RATIOS = ("delighted_hazard_ratio", "disappointed_hazard_ratio")

DIFFER = "Customers differ in how soon they leave"

_ALIKE = 0.9
"""Hazard a year later over that of the new, above which customers are alike enough to compare moods."""

_MOST = float(np.log(50.0))
"""Logarithm; hazard ratios are looked for from 1/50 to 50."""

_STEP = 1e-4
"""Of the logarithms, for slopes."""

_GRID = 40
"""Places at which the likelihood of a ratio is looked at that has no lower end."""

_HOW = "How soon customers leave after a good or bad experience, while the mood it left fades."
_CAUSE = (
    "What goes with the mood, not what it causes: who is served badly may be likelier to leave for other reasons. "
    "experience.causal_share stays with the evidence."
)


def rate(monthly: pd.DataFrame) -> Found:
    """Share of customers who stay from one month to the next.

    retention_rate = 1 − Σ lost/Σ customers at the month's start; months are the clusters (`intervals.share`).
    Where the last half year differs by more than chance the interval spans it as well (`intervals.later`).

    Args:
        monthly: index (segment, month); customers and lost_customers.

    Returns:
        retention.retention_rate for the business and each segment.

    Example:
        >>> index = pd.MultiIndex.from_product(
        ...     [["business"], pd.period_range("2024-01", periods=2, freq="M")], names=["segment", "month"])
        >>> monthly = pd.DataFrame({"customers": [500, 500], "lost_customers": [12, 13]}, index=index)
        >>> round(rate(monthly)[0].central, 4)
        0.9748
    """
    found: list[Estimate | Missing] = []
    for segment, frame in scopes(monthly):
        key = inside("retention.retention_rate", segment)
        counted = columns(frame, ["lost_customers", "customers"])
        if counted is None or counted[1].sum() <= 0:
            found.append(Missing(key, "When customers leave is not known."))
            continue
        lost, exposed = counted
        factor = intervals.unevenness_of_share(lost, exposed)
        ends = 1.0 - intervals.share(lost.sum(), exposed.sum(), factor)[::-1]
        recent = intervals.later(lost, exposed)
        if recent is not None:
            recent = 1.0 - recent[0], 1.0 - recent[1]
            part = slice(-intervals.HALF_YEAR, None)
            last = intervals.share(lost[part].sum(), exposed[part].sum())
            ends = intervals.spanning(ends, 1.0 - last[::-1])
        note = "Nobody left: the upper end is what chance allows." if lost.sum() == 0 else ""
        note = "Everybody left." if lost.sum() == exposed.sum() else note
        how = "One less those who left over customer-months."
        said = " ".join(filter(None, (note, intervals.changed(recent), intervals.uneven(factor))))
        found.append(Estimate.of(key, ends, how, int(exposed.sum()), said))
    return tuple(found)


@dataclass(frozen=True)
class Moods:
    """What spells say of moods and leaving.

    Example:
        >>> frame = pd.DataFrame({"segment": "business", "mood": ["content", "disappointed"] * 2, "months": 1,
        ...     "left": [True, True, False, False], "since": 0.0, "count": [20, 80, 980, 920]})
        >>> moods(frame).curves().observed.round(2).tolist()
        [0.98, 0.92]
    """

    found: Found
    """The ratios, the memory, and `base_hazard` of a content customer (no parameter) by segment."""
    memory_moved: bool
    """Whether the data narrowed the memory's prior by a fifth, or moved its middle to beyond half of a side."""
    spells: Spells = field(repr=False)
    best: Array = field(repr=False)
    """Logarithms: hazards by segment, ratios, memory."""

    def curves(self) -> pd.DataFrame:
        """How many are still there by months since the event, observed (Kaplan–Meier) and fitted.

        Returns:
            Index (mood, month), month 1, 2, …; at_risk, observed, low and high (log-log, 90 %), fitted.

        Source:
            Kaplan and Meier 1958, JASA 53.
        """
        return curves(self.spells, self.best)


def moods(spells: pd.DataFrame, memory: Range | None = None) -> Moods:
    """How mood changes the hazard of leaving, and how long a mood lasts.

    The ratios have no prior but the bounds 1/50 and 50; the memory has that of the evidence, on the log scale,
    for data say little of it. Intervals are of the profile likelihood.

    Args:
        spells: segment, mood, months, left, since, count; see `wom.data`. Who was there before the window enters
            at the first event, so what came before does not matter.
        memory: prior, 5 %, 50 % and 95 %, months; the evidence's by default.

    Returns:
        retention.delighted_hazard_ratio, retention.disappointed_hazard_ratio, experience.memory_months, and
        base_hazard of each segment.

    Example:
        >>> frame = pd.DataFrame({"segment": "business", "mood": ["content", "disappointed"] * 2, "months": 1,
        ...     "left": [True, True, False, False], "since": 0.0, "count": [20, 80, 980, 920]})
        >>> round(moods(frame).found[1].central, 1)
        4.1
    """
    prior = memory or evidence.defaults("consumer")["experience.memory_months"]
    known = spells_from(spells)
    keys = ["retention.delighted_hazard_ratio", "retention.disappointed_hazard_ratio"]
    why = _nothing(known)
    if why:
        found: Found = (*[Missing(key, why) for key in keys], _as_evidence(prior))
        return Moods(found, False, known, np.empty(0))
    return _Search(known, prior).result(keys)


def _nothing(spells: Spells) -> str:
    lost, exposed = spells.lost, spells.exposed
    if exposed.sum() == 0:
        return "There are no customers who were followed for a month after an experience."
    if lost.sum() == 0:
        return "Nobody left, so nothing can be said of who leaves sooner."
    if lost.sum() == exposed.sum():
        return "Everybody left at the first month's end, so nothing can be said of who leaves sooner."
    return ""


def _as_evidence(prior: Range) -> Estimate:
    how = "Not from the data: the range that was there before."
    return Estimate.of("experience.memory_months", prior, how, 0, "The data say nothing of it.")


def unless_customers_differ(found: Moods, cohorts: Sequence[Fit]) -> Moods:
    """The same where customers are alike; without the ratios where they differ lastingly in how soon they leave.

    Who had an experience has mostly been a customer for long, and who stays long seldom leaves; the content are
    watched while they are new. So the ratios come out too low, and a mood seems to last long. Of 40 % who leave at
    7 % a month and others at 1 %, a ratio of 1.9 comes out as 1.3. The hazard of new customers and of those a year
    later tells, by the shifted beta-geometric curve: α/(α + β) and α/(α + β + 12). A fall by more than a tenth is
    too much; with less, the ratios carry a caution.

    Args:
        found: from `moods`.
        cohorts: curves of those who joined, of each segment, from `sbg.fit`; none where they are not known.

    Source:
        Vaupel and Yashin 1985, The American Statistician 39 (the ruses of heterogeneity).

    Example:
        >>> from .sbg import fit, from_survival
        >>> frame = pd.DataFrame({"segment": "business", "mood": ["content", "disappointed"] * 2, "months": 1,
        ...     "left": [True, True, False, False], "since": 0.0, "count": [20, 80, 980, 920]})
        >>> curve = fit(from_survival(np.array([0.631, 0.468, 0.382])))
        >>> unless_customers_differ(moods(frame), [curve]).found[1].why[-44:]
        'as a segment. A plain comparison gives 4.13.'
    """
    curve = min(
        (one for one in cohorts if one.differ), key=lambda one: one.alpha + one.beta, default=None
    )  # the one whose hazard falls most
    if curve is None:
        return found
    whole = curve.alpha + curve.beta
    new, old = curve.alpha / whole, curve.alpha / (whole + MONTHS_PER_YEAR)
    said = f"{DIFFER} ({new:.1%} of new ones a month, {old:.1%} a year later)"
    if old > _ALIKE * new:
        return replace(found, found=cautioned(found.found, f"{said}, which makes it a little too low.", RATIOS))
    why = (
        f"{said}, and those with an experience are the older ones: that would pass for a mood. Tell those who "
        "stay from those who switch in a column, each as a segment. A plain comparison gives"
    )
    kept: list[Estimate | Missing] = []
    for one in found.found:
        if isinstance(one, Estimate) and one.key.split(".")[-1] in RATIOS:
            one = Missing(one.key, f"{why} {one.central:.3g}.")
        elif one.key == "experience.memory_months":
            one = Missing(one.key, f"{said}, which would pass for a mood that lasts long.")
        kept.append(one)
    return replace(found, found=tuple(kept), memory_moved=False)


class _Search:
    """Maximum of the likelihood and its profiles."""

    def __init__(self, spells: Spells, prior: Range) -> None:
        self.spells, self.prior = spells, prior
        self.middle = float(np.log(prior.central))
        self.sides = (self.middle - np.log(prior.low)) / END, (np.log(prior.high) - self.middle) / END
        self.size = len(spells.segments)
        self.bounds = [(-14.0, 3.0)] * self.size + [(-_MOST, _MOST)] * 2 + [(-2.3, 5.5)]
        lost = np.bincount(spells.segment[spells.path], spells.count * spells.left, minlength=self.size) + 0.5
        exposed = np.bincount(spells.segment[spells.path], spells.count * spells.months, minlength=self.size) + 1.0
        self.start = np.concatenate([np.log(-np.log1p(-lost / (exposed + 0.5))), [0.0, 0.0, self.middle]])

    def losses(self, places: Array) -> Array:
        """Minus log-likelihood and log-prior of many places at once, shape (places,) of (values, places)."""
        score = places[-1] - self.middle
        narrow, wide = self.sides
        known = narrow > 0 and wide > 0
        penalty = 0.5 * (score / np.where(score > 0, wide, narrow)) ** 2 if known else 0.0
        memory = np.exp(places[-1]) if known else np.full(places.shape[1], self.prior.central)
        return penalty - log_likelihood(self.spells, places[: self.size], places[self.size : -1], memory)

    def slope(self, place: Array) -> tuple[float, Array]:
        """The loss and its gradient by central differences, all in one call."""
        steps = np.eye(len(place)) * _STEP
        found = self.losses(np.column_stack([place, place[:, np.newaxis] + steps, place[:, np.newaxis] - steps]))
        up, down = np.split(found[1:], 2)
        return float(found[0]), (up - down) / (2.0 * _STEP)

    def least(self, start: Array, held: tuple[int, float] | None = None) -> tuple[float, Array]:
        """The least loss and where it is; one value may be held."""
        bounds, start = list(self.bounds), start.copy()
        if held is not None:
            bounds[held[0]], start[held[0]] = (held[1], held[1]), held[1]
        return least(self.slope, start, bounds)

    def spreads(self, best: Array) -> Array:
        """Standard errors by the curvature at the best, shape (values,)."""
        steps = np.eye(len(best)) * 0.02
        rows = [(self.slope(best + step)[1] - self.slope(best - step)[1]) / 0.04 for step in steps]
        curve = np.array(rows)
        values, vectors = np.linalg.eigh((curve + curve.T) / 2.0)
        return np.asarray(np.sqrt(np.clip((vectors**2 / np.maximum(values, 1e-4)).sum(axis=1), 1e-4, 9.0)))

    def result(self, keys: Sequence[str]) -> Moods:
        starts = []
        for better, worse in ((0.0, 0.0), (-0.7, 0.9), (0.7, -0.9)):
            start = self.start.copy()
            start[self.size : -1] = better, worse
            starts.append(self.least(start))
        _, best = min(starts, key=lambda one: one[0])
        self.spread = self.spreads(best)
        lost, exposed = self.spells.lost, self.spells.exposed
        found: list[Estimate | Missing] = []
        for place, key in enumerate(keys):
            mood = MOODS[place + 1]
            if exposed[place + 1] == 0:
                found.append(Missing(key, f"Nobody was followed after an experience that leaves them {mood}."))
                continue
            low, middle, high = self._ratio(best, self.size + place)
            rows = int(lost[place + 1])
            note = _CAUSE
            if rows < 10:
                note = f"Only {rows} of the {mood} left. {note}"
            if high >= 49.99:
                note = f"The high end is only a bound: the data hold too little. {note}"
            found.append(Estimate.of(key, (low, middle, high), _HOW, rows, note))
        memory, moved = self._memory(best)
        hazards = [
            Estimate.of(
                inside("base_hazard", name),
                intervals.log_scale(float(np.exp(best[place])), float(self.spread[place])),
                _HOW,
                int(exposed.sum()),
            )
            for place, name in enumerate(self.spells.segments)
        ]
        return Moods((*found, memory, *hazards), moved, self.spells, best)

    def _memory(self, best: Array) -> tuple[Estimate, bool]:
        if not all(self.sides):
            return _as_evidence(self.prior), False
        ends = self._profile(best, self.size + 2)
        width = (ends[2] - ends[0]) / (np.log(self.prior.high) - np.log(self.prior.low))
        shift = abs(ends[1] - self.middle) / (0.5 * (np.log(self.prior.high) - np.log(self.prior.low)))
        moved = bool(width < 0.8 or shift > 0.5)
        said = f"the evidence's {self.prior.low:g} to {self.prior.high:g} months"
        note = (
            f"The data changed {said}: the interval is {width:.0%} as wide on the log scale."
            if moved
            else f"This is nearly {said}: the data hardly say how long a mood lasts."
        )
        how = "Prior from the evidence and how soon leaving comes back to normal after an experience."
        return Estimate.of(
            "experience.memory_months", np.exp(ends), how, int(self.spells.lost[1:].sum()), note
        ), moved

    def _ratio(self, best: Array, which: int) -> Array:
        """5 %, 50 % and 95 % of a ratio; with a flat prior on it where even the lowest is not unlikely."""
        ends = self._profile(best, which)
        least, most = self.bounds[which]
        if ends[0] > least:
            return np.asarray(np.exp(ends))
        logs = np.linspace(least, min(ends[2] + 1.0, most), _GRID)
        losses, last = np.empty(_GRID), best
        for place, value in enumerate(logs):
            losses[place], last = self.least(last, (which, float(value)))
        ratios = np.concatenate([[0.0], np.exp(logs)])
        heights = np.exp(losses.min() - np.concatenate([losses[:1], losses]))
        below = np.concatenate([[0.0], np.cumsum(np.diff(ratios) * (heights[1:] + heights[:-1]) / 2.0)])
        return np.asarray(np.interp(intervals.LEVELS, below / below[-1], ratios))

    def _profile(self, best: Array, which: int) -> Array:
        last = best

        def loss(value: float) -> float:
            nonlocal last
            fun, last = self.least(last, (which, value))
            return fun

        return intervals.profile(loss, float(best[which]), float(self.spread[which]), *self.bounds[which])
