"""What every estimator gives: a figure with an interval that stays honest with few events and uneven months.

Or a sentence why there is none. Estimators read added-up frames, for the whole business and each segment.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import betaincinv, gammaincinv, stdtrit

from ..draws import END
from ..errors import InputError
from ..parameters import QUANTITIES, Key, Range, Value
from ..scenario import WHOLE
from ..units import Array
from ..words import percent

LEVELS = np.array([0.05, 0.5, 0.95])
"""Low, central, high."""

_HALF_YEAR = 6


@dataclass(frozen=True)
class Estimate:
    """A figure from data: 5 %, 50 % and 95 % of what it may be; these are equal where a thing was counted."""

    key: str
    """Dotted, `segments.NAME.` before it for a segment; a plain name for what is no parameter."""
    low: float
    central: float
    high: float
    how: str
    """The method, one plain sentence."""
    rows: int
    """Customers, months, spells or answers that it rests on."""
    note: str = ""
    """A caution."""
    unused: str = ""
    """Why it does not go into a scenario though it is shown."""
    data: Range | None = None
    """5 %, 50 % and 95 % by the data alone, where something published went in."""

    def __post_init__(self) -> None:
        numbers = (float(self.low), float(self.central), float(self.high))
        if not (all(map(math.isfinite, numbers)) and numbers == tuple(sorted(numbers))):
            raise InputError(f"low, central and high must be finite and rise, are {numbers}", self.key)
        for name, number in zip(Range._fields, numbers, strict=True):
            object.__setattr__(self, name, number)

    @classmethod
    def of(cls, key: str, ends: Iterable[float], how: str, rows: int, note: str = "") -> Estimate:
        """An estimate from its three numbers."""
        low, central, high = ends
        return cls(key, low, central, high, how, rows, note)

    @property
    def fixed(self) -> bool:
        """Whether it is set, and not estimated."""
        return self.how.startswith("Set: ")

    @property
    def range(self) -> Range:
        """The three numbers as a scenario file holds them."""
        return Range(self.low, self.central, self.high)

    def within_bounds(self) -> Estimate:
        """The same, cut to what its parameter admits; a name that is no parameter stays as it is."""
        if (key := Key.find(self.key)) is None:
            return self
        least, most = key.quantity.bounds
        least = least if key.quantity.above is None else math.nextafter(least, math.inf)
        most = most if key.quantity.below is None else math.nextafter(most, -math.inf)
        low, middle, high = np.clip(self.range, least, most)
        return replace(self, low=low, central=middle, high=high)


@dataclass(frozen=True)
class Missing:
    """A figure that these data do not give."""

    key: str
    why: str


Found = tuple[Estimate | Missing, ...]
"""What an estimator returns: each figure that it looks for, once."""


def spanned(value: Value) -> Range:
    """A range as it is, a number as one without a width."""
    return value if isinstance(value, Range) else Range(value, value, value)


def estimates(found: Iterable[Estimate | Missing]) -> dict[str, Estimate]:
    """The figures that were found, by key."""
    return {one.key: one for one in found if isinstance(one, Estimate)}


def missing(found: Iterable[Estimate | Missing]) -> dict[str, Missing]:
    """The figures that were not found, by key."""
    return {one.key: one for one in found if isinstance(one, Missing)}


# --- the whole business and its segments ----------------------------------------------------------------------


def inside(key: str, segment: str | None) -> str:
    """A key as it belongs to a segment; unchanged for the whole business."""
    return key if segment in (None, WHOLE) else f"segments.{segment}.{key}"


def scopes(frame: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """The whole business, then each segment (a column, or beside months an index level) if there are several."""
    if "segment" in frame.index.names:
        yield WHOLE, frame.groupby(level="month", sort=True).sum(min_count=1)
        parts = [(name, part.droplevel("segment").sort_index()) for name, part in frame.groupby(level="segment")]
    else:
        yield WHOLE, frame
        parts = [*frame.groupby("segment", sort=True)] if "segment" in frame else []
    if len(parts) > 1:
        yield from ((str(name), part) for name, part in parts)


def by_scope(frame: pd.DataFrame, estimator: Callable[[pd.DataFrame], Iterable[Estimate | Missing]]) -> Found:
    """What an estimator finds in the rows of the whole business, then of each segment."""
    found = ((segment, one) for segment, part in scopes(frame) for one in estimator(part))
    return tuple(replace(one, key=inside(one.key, segment)) for segment, one in found)


def columns(frame: pd.DataFrame, names: Sequence[str]) -> Array | None:
    """Columns as numbers, shape (names, rows), of the rows that tell all of them; None if none does."""
    if not set(names) <= set(frame.columns):
        return None
    numbers = np.stack([frame[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in names])
    told = numbers[:, np.isfinite(numbers).all(axis=0)]
    return told if told.shape[1] else None


# --- counts -----------------------------------------------------------------------------------------------------


def rate(events: float, exposure: float, factor: float = 1.0) -> Array:
    """5 %, 50 % and 95 % of a rate (Jeffreys' prior): Gamma(events/φ + ½)/(exposure/φ).

    φ is the variance over that of a Poisson number. No event in n gives an upper end of about 1.9/n, not 0 (Brown,
    Cai and DasGupta 2003, Statistica Sinica 13).
    """
    return np.asarray(gammaincinv(events / factor + 0.5, LEVELS) / (exposure / factor))


def share(events: float, trials: float, factor: float = 1.0) -> Array:
    """5 %, 50 % and 95 % of a share: Beta(events/φ + ½, (trials − events)/φ + ½) (Brown and others 2001)."""
    return np.asarray(betaincinv(events / factor + 0.5, (trials - events) / factor + 0.5, LEVELS))


def unevenness(events: Array, trials: Array, *, shares: bool = True) -> float:
    """How much more months differ than chance alone makes them, φ, 1 or more.

    φ = Σ (events − expected)²/variance / (months − 1); variance = expected, of shares times (1 − share)

    Pearson's statistic, never taken for less than 1; above 1 it is widened as Student's t is for few months. Of
    rates, trials are what events were counted over.
    """
    expected = trials * (events.sum() / trials.sum())
    chance = 1.0 - expected / np.maximum(trials, 1e-300) if shares else np.ones_like(expected)
    told = (expected > 0) & (chance > 0)
    free = int(told.sum()) - 1
    if free < 1:
        return 1.0
    factor = float(((events[told] - expected[told]) ** 2 / (expected[told] * chance[told])).sum()) / free
    return max(1.0, factor * wider(free) ** 2) if factor > 1.0 else 1.0


def clustered(events: Array, trials: Array, *, shares: bool = True) -> float:
    """How much more the sum of events varies than if customers were alike, φ, 1 or more.

    φ = n/(n − 1)·Σ (events − rate·trials)²/variance, variance = Σ rate·trials, of shares times (1 − rate); events
    and trials are those of each customer (robust variance: Liang and Zeger 1986, Biometrika 73).
    """
    mean, many = float(events.sum() / max(trials.sum(), 1e-300)), len(events)
    variance = float(trials.sum()) * mean * ((1.0 - mean) if shares else 1.0)
    if many < 2 or not variance > 0.0:
        return 1.0
    return max(1.0, many / (many - 1) * float(((events - mean * trials) ** 2).sum()) / variance)


def uneven(factor: float) -> str:
    """A caution where months differ a lot; '' where they do not."""
    return f"Months differ more than chance makes them ({factor:.1f} times the variance)." if factor > 2.0 else ""


def later(events: Array, trials: Array, *, shares: bool = True) -> tuple[float, float] | None:
    """The rate of the last half year and of all before, where they differ by more than chance; None if not.

    |r₂ − r₁| > 3·√(φ·(v₁/n₁ + v₂/n₂)), v = r·(1 − r) of shares and r of rates, φ the unevenness within each part.
    Where the same half year a year before is known, it must differ from that as well, or it is a season. Arguments
    as of `unevenness`, in order.
    """
    count = len(events)
    if count < 2 * _HALF_YEAR:
        return None
    now, before, then = slice(-_HALF_YEAR, None), slice(None, -_HALF_YEAR), slice(-3 * _HALF_YEAR, -2 * _HALF_YEAR)
    others = [before] + ([then] if count >= 3 * _HALF_YEAR else [])
    if any(trials[part].sum() <= 0 for part in (now, *others)):
        return None
    factor = max(unevenness(events[part], trials[part], shares=shares) for part in (now, before))

    def told(part: slice) -> tuple[float, float]:
        count, many = float(events[part].sum()), float(trials[part].sum())
        smooth = (count + 0.5) / (many + 1.0)
        return count / many, factor * smooth * ((1.0 - smooth) if shares else 1.0) / many

    recent, variance = told(now)
    for part in others:
        usual, other = told(part)
        if abs(recent - usual) <= 3.0 * np.sqrt(variance + other):
            return None
    return recent, told(before)[0]


def counted(
    key: str,
    events: Array,
    exposure: Array,
    how: str,
    note: str = "",
    *,
    shares: bool = True,
    breaks: bool = False,
    customers: Array | None = None,
) -> Estimate:
    """A share of trials, or a rate over an exposure, with cautions where months differ.

    Where months differ by more than chance the interval widens (`unevenness`), and where customers do
    (`clustered`): φ = φ of months + φ of customers − 1 (clusters of two kinds: Cameron, Gelbach and Miller 2011,
    Journal of Business and Economic Statistics 29).

    Args:
        events, exposure: of each month, shape (months,).
        breaks: where the last half year differs by more than chance, the interval spans it (`later`).
        customers: events and exposure of each customer, shape (2, customers).
    """
    interval = share if shares else rate
    factor = unevenness(events, exposure, shares=shares)
    among = 1.0 if customers is None else clustered(*customers, shares=shares)
    ends = interval(events.sum(), exposure.sum(), factor + among - 1.0)
    said = [note]
    if breaks and (recent := later(events, exposure, shares=shares)):
        part = slice(-_HALF_YEAR, None)
        ends = spanning(ends, interval(events[part].sum(), exposure[part].sum(), among))
        said.append(
            f"In the last 6 months it was {recent[0]:.3g}, before {recent[1]:.3g}; the interval spans both."
        )
    said.append(uneven(factor))
    if among > 2.0:
        said.append(f"Customers differ ({among:.1f} times the variance that chance makes).")
    return Estimate.of(key, ends, how, int(exposure.sum()), " ".join(filter(None, said)))


def spanning(ends: Array, others: Array) -> Array:
    """The widest ends of two intervals, with the middle of the first."""
    return np.array([min(ends[0], others[0]), ends[1], max(ends[2], others[2])])


def wider(free: float) -> float:
    """How much wider an interval is whose spread was itself estimated: Student's t over the normal."""
    return float(stdtrit(free, 0.95)) / END


def log_scale(central: float, relative: float) -> Array:
    """An interval of a positive figure from its relative standard error: central·e^(±1.645·relative)."""
    widest = 30.0  # an end that is ten trillion times off says that nothing is known
    return np.asarray(central * np.exp(min(relative * END, widest) * np.array([-1.0, 0.0, 1.0])))


def pooled(found: Iterable[Estimate | Missing], parameters: Collection[str]) -> Found:
    """Figures of segments drawn towards each other, as far as they are alike.

    θ_k ~ N(μ, τ²), μ flat, τ half-normal (1), of log-odds of shares and logarithms of rates; of each segment the
    data are a two-piece normal through its three numbers, as those of a scenario are (`wom.draws.quantile`).
    p(μ, τ | all) ∝ p(τ)·Π ∫ data_k(θ)·N(θ; μ, τ²) dθ, and p(θ_k | all) is the mean of data_k·N over it, on grids.
    Where the data of a segment say much it stays as it was (Gelman et al. 2013, Bayesian data analysis, 5.4).
    """
    kept = {one.key: one for one in found}
    for parameter in parameters:
        most = QUANTITIES[parameter].at_most or np.inf
        parts = [
            one
            for key, one in kept.items()
            if (parsed := Key.find(key)) and parsed.segment and parsed.parameter == parameter
            and isinstance(one, Estimate) and 0.0 < one.low < one.high < most
        ]  # fmt: skip
        if len(parts) < 2:
            continue
        ends = np.array([one.range for one in parts])
        ends = np.log(ends / (1.0 - ends / most))
        score = np.linspace(-4.0, 4.0, 201)
        side = np.where(score < 0, ends[:, 1:2] - ends[:, :1], ends[:, 2:] - ends[:, 1:2]) / END
        place = ends[:, 1:2] + score * side
        middle, spread = (
            part.reshape(-1, 1)
            for part in np.meshgrid(
                np.arange(ends[:, 1].min() - 0.5, ends[:, 1].max() + 0.5, 0.05), np.geomspace(0.1, 3.0, 12)
            )
        )
        data = np.exp(-0.5 * score**2)
        joint = [np.exp(-0.5 * ((own - middle) / spread) ** 2) / spread * data for own in place]
        seen = np.maximum([part.sum(axis=1) for part in joint], 1e-300)
        logs = np.log(seen).sum(axis=0) + np.log(spread[:, 0]) - 0.5 * spread[:, 0] ** 2
        weight = np.exp(logs - logs.max())
        for one, old, own, part, every in zip(parts, ends, place, joint, seen, strict=True):
            chance = (weight / every) @ part
            drawn = np.interp(LEVELS, (np.cumsum(chance) - 0.5 * chance) / chance.sum(), own)
            narrower = 1.0 - (drawn[2] - drawn[0]) / (old[2] - old[0])
            if narrower >= 0.01:
                note = f"{one.note} Drawn towards the other segments, so {percent(narrower)} narrower.".strip()
                new = Estimate.of(one.key, 1.0 / (np.exp(-drawn) + 1.0 / most), one.how, one.rows, note)
                kept[one.key] = replace(new, unused=one.unused, data=one.data or one.range)
    return tuple(kept.values())


# --- the least of a function ----------------------------------------------------------------------------------


class Least(NamedTuple):
    """The least of a function."""

    value: float
    place: Array
    inverse: Array | None
    """Of the curvature, roughly; None where that is not known."""


def least(
    slopes: Callable[[Array], tuple[float, Array]],
    starts: Iterable[Array],
    bounds: Sequence[tuple[float, float]],
    inverse: Array | None = None,
) -> Least:
    """The least from several starts, within bounds of each value, of which two equal ones hold it.

    BFGS first, which is fastest for a few values; L-BFGS-B where that ends at a bound or does not settle.
    `inverse` is that of the curvature, as it was found for a sample.
    """
    from scipy.optimize import minimize  # late, because it takes long to import

    solve: Any = minimize
    low, high = np.array(bounds, dtype=np.float64).T
    wall = 1e4  # how steep it is beyond the bounds
    free = np.flatnonzero(low < high)

    def from_start(start: Array) -> Least:
        whole = np.clip(start, low, high)
        if not len(free):
            return Least(slopes(whole)[0], whole, None)

        def inner(place: Array) -> tuple[float, Array]:
            near = whole.copy()
            near[free] = np.clip(place, low[free], high[free])
            value, slope = slopes(near)
            beyond = place - near[free]
            return value + 0.5 * wall * float(beyond @ beyond), slope[free] + wall * beyond

        options = {"gtol": 1e-6, "maxiter": 200, "hess_inv0": inverse}
        done = solve(inner, whole[free], method="BFGS", jac=True, options=options)
        place = whole.copy()
        place[free] = done.x
        settled = np.abs(done.jac).max() <= 1e-5 * max(1.0, abs(float(done.fun)))
        if settled and (place >= low).all() and (place <= high).all():
            return Least(float(done.fun), place, (done.hess_inv + done.hess_inv.T) / 2.0)
        options = {"ftol": 1e-13, "gtol": 1e-7, "maxiter": 500}
        place = np.clip(place, low, high)
        done = solve(slopes, place, method="L-BFGS-B", jac=True, bounds=list(bounds), options=options)
        return Least(float(done.fun), np.asarray(done.x, dtype=np.float64), None)

    return min(map(from_start, starts), key=lambda one: one.value)


# --- what no table tells --------------------------------------------------------------------------------------


UNKNOWN: Mapping[str, str] = MappingProxyType(
    {
        "market.size": "How many people could be customers is not in your tables; give it from market figures.",
        "market.category_purchase_rate": "How often other people choose a supplier is not seen.",
        "market.homophily": "Who talks to whom is not seen.",
        "economics.margin_share": "Payments do not tell what the goods cost you; give it from your accounts.",
        "economics.discount_rate": "What later money is worth today is your choice.",
        "economics.acquisition_cost": "What a new customer costs is in your accounts, not in these tables.",
        "experience.causal_share": "The well served may differ from the others in more than that. Only a trial in "
        "which chance decides who is served better tells how much is caused.",
        "retention.avoid_share": "Who leaves does not say whether they avoid you from then on.",
        "retention.still_avoiding_after_24_months": "Whether somebody who left would come back is not seen.",
        "spending.uplift_share": "Tables tell at most the mean rise of spending, not how many rise by how much.",
        "word_of_mouth.audience_share": "How many of the people told belong to your market is not seen; it "
        "follows from the share of new customers who came on a recommendation.",
        "word_of_mouth.stories_per_month": "Which experiences nobody tells of is not recorded.",
        "word_of_mouth.memory_months": "How long people remember what they heard is not seen.",
        "word_of_mouth.shift_good": "Who heard good and came or stayed away is not recorded.",
        "word_of_mouth.shift_bad": "Whom bad word of mouth kept away is nowhere recorded.",
        "word_of_mouth.causal_share": "Who came on a recommendation might have come anyway.",
        "word_of_mouth.churn_hazard_ratio": "Who of your customers heard bad stories from others is not recorded.",
        "reviews.reader_share": "How many prospects read reviews is not in your tables.",
        "reviews.effect_per_star": "A rating hardly moves, so one's own past does not tell its effect.",
        "reviews.memory_months": "How long an old review counts depends on the site and its readers.",
        "reviews.stars_good": "Five stars count as a good experience by rule, so reviews cannot tell it.",
    }
)
"""Why, by dotted key, in the order of a scenario file."""
