"""A scenario fitted to monthly totals: all uncertain values at once, where nothing finer was recorded.

The business is anchored in the first month. What the totals say of a value moves it away from its range; most
values of word of mouth keep what the evidence gave. A customer more stays for years: so what customers do in a
month is held against those who were really there, where the totals count them; else revenue and customers may
wander away from the expected course as far as whole people who come and leave by chance would take them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import gammaln, logsumexp, ndtri

from ..draws import END, Uncertain, begin, mixed, refused_by, uncertain
from ..engine import months
from ..errors import InputError, WomError
from ..parameters import Range
from ..scenario import Scenario
from ..units import Array
from .estimate import LEVELS, Estimate

# --- the errors -----------------------------------------------------------------------------------------------


COUNTS = ("new_customers", "lost_customers", "recommended_customers")
COLUMNS = ("customers", "revenue", *COUNTS, "stars")
"""Totals that a fit can use: columns of `wom.Run.monthly`."""

_NOISE, _EXTRA, _TEN = {"revenue": 0.02, "stars": 0.03}, 0.2, np.log(10.0) / END
"""Middles of the priors of a total's relative error, and of how much more than Poisson a count varies, as a share;
both may be ten times as large or as small."""


@dataclass(frozen=True)
class Misfit:
    """Totals and how a course is held against them."""

    totals: pd.DataFrame
    """Index months, columns of COLUMNS, each with an error of its own; nan where a month was not counted."""
    wander: float
    """Relative variance that a month's comings and goings add to the number of customers."""

    @cached_property
    def _walk(self) -> tuple[Array, Array]:
        """Eigenvalues and eigenvectors of min(s, t), the covariance of a random walk of one step a month."""
        steps = np.arange(1.0, len(self.totals) + 1.0)
        values, vectors = np.linalg.eigh(np.minimum.outer(steps, steps))
        return values, vectors

    def __call__(self, course: Mapping[str, Array], scales: Array) -> Array:
        """Log-likelihood of each draw, without constants, shape (draws,).

        Customers are judged by how their number changes; where arrivals and departures are both counted, they say
        nothing new. Revenue, where customers are not counted, has the error of the month and of the people who
        came and left by chance before it.

        Args:
            course: by column, shape (months, draws).
            scales: normal scores of the errors' scales, shape (columns, draws).
        """
        found, scales = (
            np.zeros(scales.shape[1]),
            np.clip(scales, -5.0, 5.0),
        )  # beyond them a scale is as good as 0
        every = {str(name): self.totals[[name]].to_numpy(dtype=np.float64) for name in self.totals}
        there = every.get("customers")
        with np.errstate(all="ignore"):  # what overflows is not likely, and its likelihood is not a number
            for (name, seen), score in zip(every.items(), scales, strict=True):
                expected, factor = course[name], 1.0 + _EXTRA * np.exp(_TEN * score)
                if there is not None and name in ("revenue", "lost_customers"):  # of those who are there
                    expected = expected * np.where(np.isnan(there), 1.0, there / course["customers"])
                if name in COUNTS:
                    found = found + counted(seen, expected, factor)
                elif name == "customers":
                    if not {"new_customers", "lost_customers"} <= set(every):
                        new, lost = course["new_customers"][:-1], course["lost_customers"][:-1]
                        lost = lost * seen[:-1] / expected[:-1]
                        variance = np.maximum(new + lost, 0.5) * factor
                        found = found + normal(np.diff(seen, axis=0) - (new - lost), variance)
                else:
                    gap, noise = seen / expected - 1.0, (_NOISE[name] * np.exp(_TEN * score)) ** 2
                    if name == "revenue" and there is None:
                        values, vectors = self._walk
                        if np.isnan(gap).all(axis=1).any():
                            values = np.arange(1.0, len(gap) + 1.0)
                        else:
                            gap = vectors.T @ gap
                        noise = noise + self.wander * values[:, np.newaxis]
                    found = found + normal(gap, noise)
        return found


def normal(gap: Array, variance: Array) -> Array:
    """Log-density of a normal number, added up over months; a month that was not counted adds nothing."""
    return np.asarray(np.where(np.isnan(gap), 0.0, -0.5 * (gap**2 / variance + np.log(variance))).sum(axis=0))


def counted(seen: Array, mean: Array, factor: Array) -> Array:
    """Log-probability of counts that vary `factor` times as much as Poisson numbers: negative binomial.

    Var = factor·mean, shape mean/(factor − 1)
    """
    mean = np.maximum(mean, 1e-9)
    shape = mean / (factor - 1.0)
    told = np.where(np.isnan(seen), 0.0, seen)
    each = gammaln(told + shape) - gammaln(shape) + told * np.log((factor - 1.0) / factor) - shape * np.log(factor)
    return np.asarray(np.where(np.isnan(seen), 0.0, each).sum(axis=0))


# --- the sampler ----------------------------------------------------------------------------------------------


Likelihood = Callable[[Array], Array]
"""From scores, shape (values, draws), to log-likelihoods, shape (draws,); nan where figures contradict."""

ENOUGH, MOST_TAIL, TRIED = 200.0, 0.7, 2000
"""Effective draws, with fewer of which the ends of a 90 % interval are off by over a tenth of its width; shape of
the tail of weights, k̂, beyond which a few draws decide (Vehtari et al. 2024); draws that are weighed."""
_STEP, _FREE = 0.3, 5.0
"""Of differences, in standard deviations, and degrees of freedom of proposals."""


@dataclass(frozen=True)
class Sampled:
    """Draws of equal weight, and how much they may be trusted."""

    scores: Array
    """Shape (values, draws)."""
    effective: float
    """How many independent draws they are worth."""
    tail: float
    """Shape of the tail of the weights, k̂."""

    @property
    def trusted(self) -> bool:
        """Whether the draws are enough to build on."""
        return self.effective >= ENOUGH and self.tail < MOST_TAIL

    @property
    def verdict(self) -> str:
        """The same in a sentence."""
        worth = f"the draws are worth {self.effective:,.0f} independent ones"
        if self.effective >= ENOUGH:
            return f"To be trusted: {worth}." if self.trusted else "Not to be trusted: a few draws decide."
        return f"Not to be trusted: {worth}, and {ENOUGH:,.0f} are needed."


def importance(likelihood: Likelihood, size: int, draws: int, seed: int = 0) -> Sampled:
    """Draws around the middle of the posterior, weighed and drawn again.

    The axes are those of the data's information at the middle. Along axes of which they say nothing a draw is one
    of the prior; along the others it is normal around the middle that belongs to that draw (Laplace, two of
    Newton's steps), 1.1 times as wide as the information says. w ∝ likelihood · N(0, 1)/proposal

    After Rue, Martino and Chopin 2009, JRSS B 71, and Cui et al. 2014, Inverse Problems 30 (directions that data
    inform).
    """
    random = np.random.default_rng(seed)

    def possible(scores: Array) -> Array:
        heights = likelihood(scores)
        return np.asarray(np.where(np.isfinite(heights), heights, -np.inf))

    middle, information = _middle(possible, size)
    seen, axes = np.linalg.eigh(information)
    told = seen > 0.1  # in units of the prior's information; of the others the prior is kept
    place = np.where(told[:, np.newaxis], (axes.T @ middle)[:, np.newaxis], random.standard_normal((size, TRIED)))
    precision = 1.0 + seen[told][:, np.newaxis]

    def height(place: Array) -> Array:
        scores = axes @ place
        return np.asarray(possible(scores) - 0.5 * (scores**2).sum(axis=0))

    for _ in range(2):  # along the axes of which the data tell, from each draw; a part or none if it falls
        here, step = height(place), np.zeros((int(told.sum()), TRIED))
        for row, axis in enumerate(np.flatnonzero(told)):
            away = np.zeros((size, 1))
            away[axis] = _STEP / np.sqrt(precision[row])
            with np.errstate(invalid="ignore"):
                step[row] = (height(place + away) - height(place - away)) / (2.0 * away[axis])
        step = np.where(np.isfinite(step), step, 0.0) / precision
        start = place[told]
        for share in (1.0, 0.5, 0.25):
            tried = place.copy()
            tried[told] = start + share * step
            better = (there := height(tried)) > here
            place[told], here = np.where(better, tried[told], place[told]), np.where(better, there, here)
    standard = random.standard_t(_FREE, (int(told.sum()), TRIED))
    rest = 0.5 * (place[~told] ** 2).sum(axis=0)
    place[told] += 1.1 * standard / np.sqrt(precision)
    weight = height(place) + rest + 0.5 * (_FREE + 1.0) * np.log1p(standard**2 / _FREE).sum(axis=0)
    weight = np.exp(weight - logsumexp(weight))
    chosen = random.choice(TRIED, draws, p=weight)
    return Sampled(axes @ place[:, chosen], 1.0 / float((weight**2).sum()), tail(weight))


def _middle(likelihood: Likelihood, size: int) -> tuple[Array, Array]:
    """Where the posterior is highest, and the curvature of the log-likelihood there, shape (size, size)."""
    middle = np.zeros(size)
    best = float(likelihood(middle[:, np.newaxis])[0])
    if not np.isfinite(best):
        raise WomError("the scenario contradicts itself at its central values, so no totals can be fitted")
    information, failed = np.zeros((size, size)), 0
    for _ in range(30):
        apart = _STEP / np.sqrt(1.0 + np.diag(information))
        slope, information = _slopes(likelihood, middle, apart)
        step = np.linalg.solve(information + np.eye(size), slope - middle)
        tried = middle[:, np.newaxis] + step[:, np.newaxis] * 0.5 ** np.arange(8.0)
        heights = likelihood(tried) - 0.5 * (tried**2).sum(axis=0)
        now = best - 0.5 * float(middle @ middle)
        top = int(heights.argmax())
        if heights[top] > now + 1e-3:
            middle, failed = tried[:, top], 0
            best = float(heights[top] + 0.5 * middle @ middle)
        elif (failed := failed + 1) == 3:
            break
    return middle, information


def _slopes(likelihood: Likelihood, place: Array, apart: Array) -> tuple[Array, Array]:
    """Slope and curvature of the log-likelihood by differences so far apart, all of them in one call."""
    size = len(place)
    unit = np.diag(apart)
    one, two = np.triu_indices(size, 1)
    around = np.concatenate([np.zeros((1, size)), unit, -unit, unit[one] + unit[two], -unit[one] - unit[two]])
    found = likelihood(place[:, np.newaxis] + around.T)
    found = np.where(np.isfinite(found), found, np.nan)
    here, up, down = found[0], found[1 : size + 1], found[size + 1 : 2 * size + 1]
    both, neither = np.split(found[2 * size + 1 :], 2)
    slope = (up - down) / 2.0
    curve = np.zeros((size, size))
    curve[one, two] = (both - up[one] - up[two] + 2 * here - down[one] - down[two] + neither) / 2.0
    curve = curve + curve.T + np.diag(up - 2.0 * here + down)
    known = np.isfinite(slope) & np.isfinite(np.diag(curve))
    curve = np.where(np.isfinite(curve) & known[:, np.newaxis] & known, curve, 0.0)
    values, axes = np.linalg.eigh(-curve / np.outer(apart, apart))
    return np.where(known, slope / apart, 0.0), np.asarray((axes * np.maximum(values, 0.0)) @ axes.T)


def tail(weight: Array) -> float:
    """Shape k̂ of the tail of weights: the largest fifth, or 3·√n of them, as a generalised Pareto distribution.

    Vehtari, Simpson, Gelman, Yao and Gabry 2024, JMLR 25, by Zhang and Stephens 2009, Technometrics 51.
    """
    ordered = np.sort(weight)
    count = int(min(0.2 * len(weight), 3.0 * np.sqrt(len(weight))))
    excess = ordered[-count:] - ordered[-count - 1]
    excess = excess[excess > 1e-12 * max(float(ordered[-1]), 1e-300)]
    if (n := len(excess)) < 5:
        return 0.0
    several = 30 + int(np.sqrt(n))
    steps = (1.0 - np.sqrt(several / (np.arange(1, several + 1) - 0.5))) / (3.0 * excess[int(n / 4 + 0.5) - 1])
    grid = 1.0 / excess[-1] + steps
    shapes = np.log1p(-grid[:, np.newaxis] * excess).mean(axis=1)
    heights = n * (np.log(-grid / shapes) - shapes - 1.0)
    best = float((grid * np.exp(heights - logsumexp(heights))).sum())
    return float(np.log1p(-best * excess).mean())


# --- the fit --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TotalsFit:
    """A scenario as monthly totals leave it."""

    scenario: Scenario
    """As it was given, anchored in the first month, with the ranges that were the prior."""
    totals: pd.DataFrame
    parameters: tuple[Uncertain, ...]
    sampled: Sampled

    @property
    def scores(self) -> Array:
        """Normal scores of the prior, one row for each of `parameters`, one column for each draw."""
        return self.sampled.scores[: len(self.parameters)]

    @cached_property
    def table(self) -> pd.DataFrame:
        """Each uncertain value before and after.

        Index the dotted key; columns low, central, high (5th, 50th, 95th percentile of the draws), prior_low,
        prior_central, prior_high, moved (of the middle, in standard deviations of the prior), narrower (spread
        over that of the prior), told (whether the totals say something about it).
        """
        rows = {}
        for item, score in zip(self.parameters, self._plain, strict=True):
            low, middle, high = np.quantile(score, LEVELS)
            values = item.at(np.array([low, middle, high]))
            narrower = float((high - low) / (2.0 * END))
            rows[item.key] = {
                **dict(zip(Range._fields, values.tolist(), strict=True)),
                **{f"prior_{name}": end for name, end in item.range._asdict().items()},
                "moved": float(middle),
                "narrower": narrower,
                "told": bool(abs(middle) > 0.25 or narrower < 0.85),  # else the totals leave it alone
            }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("parameter")

    @cached_property
    def _plain(self) -> Array:
        """Scores with the correlations of the scenario in them."""
        return mixed(self.scenario, self.parameters, self.scores)

    @cached_property
    def last(self) -> dict[str, Array]:
        """Today's figures at the end of the totals, in draws: what a scenario from there on starts with."""
        course = _course(self.scenario, self.parameters, len(self.totals) + 1, self.scores)
        now = {name: flow[-1] for name, flow in course.items()}
        customers = now["customers"]
        if "customers" in self.totals and not np.isnan(seen := self.totals["customers"].iloc[-1]):
            before = {name: flow[-2] for name, flow in course.items()}
            left = before["lost_customers"] * seen / before["customers"]
            moved = {"new_customers": before["new_customers"], "lost_customers": left}
            new, lost = (self.totals[name].iloc[-1] if name in self.totals else moved[name] for name in moved)
            by_chance = sum(flow for name, flow in moved.items() if name not in self.totals)
            chance = np.random.default_rng(0).normal(size=len(left)) * np.sqrt(by_chance)
            customers = np.maximum(seen + new - lost + chance, 0.0)
        return {
            "market.customers": customers,
            "market.new_customers_per_month": now["new_customers"],
            "market.referral_share": now["recommended_customers"] / now["new_customers"],
            "economics.spend_per_customer": now["revenue"] / now["customers"],
            "retention.retention_rate": 1.0 - now["lost_customers"] / now["customers"],
        }

    def estimates(self) -> tuple[Estimate, ...]:
        """What the totals tell, for a scenario that begins where they end.

        Today's figures are those of the month after the last; of all others only those that the totals move.
        """
        rows = len(self.totals)
        how = f"Joint fit to {rows} monthly totals ({', '.join(map(str, self.totals.columns))})."
        fitted = {"market.customers", *(item.key for item in self.parameters)}  # all else is as it was given
        if "recommended_customers" not in self.totals:
            fitted -= {"market.referral_share"}
        today = {key: np.quantile(draws, LEVELS) for key, draws in self.last.items() if key in fitted}
        told = self.table.loc[self.table["told"] & ~self.table.index.isin(list(self.last)), list(Range._fields)]
        own = {str(key): np.array(ends) for key, *ends in told.itertuples()}
        return tuple(Estimate.of(key, ends, how, rows).within_bounds() for key, ends in (today | own).items())

    def correlations(self, keys: Iterable[str] | None = None) -> list[dict[str, Any]]:
        """Pairs of values that the totals tie together, as a scenario file writes them.

        Ranges alone lose them: draws from ranges are wider in what the totals fix and the pairs share.
        """
        chosen = [one.key for one in self.estimates() if one.low < one.high] if keys is None else list(keys)
        drawn = {item.key: score for item, score in zip(self.parameters, self._plain, strict=True)} | self.last
        chosen = [key for key in chosen if key in drawn]
        if len(chosen) < 2:
            return []
        ranks = np.stack([drawn[key].argsort().argsort() for key in chosen])
        matrix = np.corrcoef(ndtri((ranks + 0.5) / ranks.shape[1]))
        kept = np.where((np.abs(matrix) >= 0.3) & ~np.eye(len(chosen), dtype=bool), matrix, 0.0)
        while np.linalg.eigvalsh(kept).min() < -0.99:
            kept = 0.95 * kept
        return [
            {"between": [chosen[i], chosen[j]], "value": round(float(kept[i, j]), 2)}
            for i, j in zip(*np.nonzero(np.triu(kept)), strict=True)
        ]


def _course(scenario: Scenario, parameters: Sequence[Uncertain], horizon: int, scores: Array) -> dict[str, Array]:
    """The business's totals by column, shape (months, draws); nan where values contradict each other."""
    with np.errstate(all="ignore"):
        scores = mixed(scenario, parameters, np.clip(scores, -8.0, 8.0))
        begun, problems = begin(scenario, parameters, scores)
        begun.state.customers[..., refused_by(problems)] = np.nan
        found = list(months(begun.inputs.parameters, begun.hidden, begun.state, horizon, begun.inputs.schedule))
        return {name: np.stack([getattr(month, name).sum(axis=0) for month in found]) for name in COLUMNS}


def fit(scenario: Scenario, totals: pd.DataFrame, draws: int = 1000, seed: int = 0) -> TotalsFit:
    """Fit a scenario to monthly totals.

    prior: the ranges of the scenario and of the evidence, and wide ones around the first months' figures of today
    that the totals tell; errors: see `Misfit`.

    The scenario is that of the first month, from which a plan counts; the totals are any of COLUMNS by months
    without a gap, nan where one was not counted.
    """
    used = totals[[name for name in COLUMNS if name in totals.columns]].astype(np.float64)
    if not len(used.columns):
        raise InputError(f"holds none of {', '.join(COLUMNS)}", "monthly")
    if len(used) < 3:
        raise InputError(f"needs three months or more, has {len(used)}", "monthly")
    if scenario.today.segments:
        raise InputError("monthly totals are of the whole business; give a business file without segments")
    people = float(scenario.inputs().parameters["market.customers"].sum())
    # What the totals do not tell is taken as it stands: a default width of each figure would hide what they tell.
    own = {key: "counted" for key, value in scenario.today.given().items() if not isinstance(value, Range)}
    begun = scenario.replace(first(used, people) | {"horizon_months": len(used), "sure": own})
    parameters = uncertain(begun)
    size = len(parameters) + len(used.columns)
    central = _course(begun, parameters, len(used), np.zeros((len(parameters), 1)))
    moved = central["new_customers"][0] + central["lost_customers"][0]
    misfit = Misfit(used, float(moved[0] / central["customers"][0, 0] ** 2))

    def likelihood(scores: Array) -> Array:
        course = _course(begun, parameters, len(used), scores[: len(parameters)])
        return misfit(course, scores[len(parameters) :])

    return TotalsFit(begun, used, parameters, importance(likelihood, size, draws, seed))


def first(totals: pd.DataFrame, customers: float = np.nan) -> dict[str, Any]:
    """Wide ranges for the figures of the first month that totals tell, around the first six months.

    They are priors: several times wider than what the totals say of them, so that little is said twice.
    `customers` is their number in the first month, where the totals do not count them.
    """
    early = totals.head(6)
    total, mean = early.sum(), early.mean()
    found: dict[str, Array | float] = {}
    people = customers
    if "customers" in totals:
        found["market.customers"] = float(totals["customers"].bfill().iloc[0])
        people = float(mean["customers"])
    if "new_customers" in totals:
        new = max(float(mean["new_customers"]), 0.5)
        found["market.new_customers_per_month"] = new * np.array([0.5, 1.0, 2.0])
    if "revenue" in totals and people > 0:
        spend = float(mean["revenue"]) / people
        found["economics.spend_per_customer"] = spend * np.array([1.0 / 1.5, 1.0, 1.5])
    if "lost_customers" in totals and people > 0:
        lost = max(float(mean["lost_customers"]), 0.5 / len(early))
        hazard = -np.log1p(-min(lost / people, 0.9))
        found["retention.retention_rate"] = np.exp(-hazard * np.array([2.5, 1.0, 0.4]))
    if {"recommended_customers", "new_customers"} <= set(totals):
        came = max(float(total["recommended_customers"]), 0.5)
        odds = came / max(float(total["new_customers"]) - came, 0.5) * np.array([1 / 3, 1.0, 3.0])
        found["market.referral_share"] = odds / (1.0 + odds)
    return {
        key: value if isinstance(value, float) else dict(zip(Range._fields, (float(f"{end:.6g}") for end in value),
                                                             strict=True))
        for key, value in found.items()
    }  # fmt: skip
