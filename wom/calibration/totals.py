"""A scenario fitted to monthly totals: all uncertain values at once, where nothing finer was recorded.

The business is anchored in the first month. What the totals say of a value moves it away from its range; of most
values of word of mouth they say nothing, and those keep what the evidence gave.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from ..anchoring import Start
from ..draws import END, Uncertain, begin, mixed, refused_by, uncertain
from ..engine import months
from ..errors import InputError
from ..parameters import Range
from ..scenario import Scenario
from ..units import Array
from . import intervals
from .estimate import Estimate
from .misfit import COLUMNS, Misfit
from .posterior import Sampled, importance, walk

FIRST = 6
"""Months that the first guess of today's figures is taken from."""

_MOVED, _NARROWER = 0.25, 0.85
"""Scores of the prior: where the middle moves less and the spread stays wider, the totals leave a value alone."""

_FAR = 8.0
"""Normal scores beyond which no value lies."""

_TOGETHER = 0.3
"""Correlations below it are left out of a file."""


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

    @property
    def trusted(self) -> bool:
        """Whether the draws are enough to build on."""
        return self.sampled.trusted

    @property
    def verdict(self) -> str:
        """The same in a sentence."""
        return self.sampled.verdict

    @cached_property
    def table(self) -> pd.DataFrame:
        """Each uncertain value before and after.

        Index the dotted key; columns low, central, high (5th, 50th, 95th percentile of the draws), prior_low,
        prior_central, prior_high, moved (of the middle, in standard deviations of the prior), narrower (spread
        over that of the prior), told (whether the totals say something about it).
        """
        rows = {}
        for item, score in zip(self.parameters, self._plain, strict=True):
            low, middle, high = np.quantile(score, intervals.LEVELS)
            values = item.at(np.array([low, middle, high]))
            rows[item.key] = {
                **dict(zip(Range._fields, values.tolist(), strict=True)),
                **{f"prior_{name}": end for name, end in item.range._asdict().items()},
                "moved": float(middle),
                "narrower": float((high - low) / (2.0 * END)),
                "told": bool(abs(middle) > _MOVED or high - low < _NARROWER * 2.0 * END),
            }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("parameter")

    @cached_property
    def _plain(self) -> Array:
        """Scores with the correlations of the scenario in them."""
        return mixed(self.scenario, self.parameters, self.scores)

    @cached_property
    def last(self) -> dict[str, Array]:
        """Today's figures at the end of the totals, in draws: what a scenario from there on starts with."""
        course = Model(self.scenario, self.parameters, len(self.totals) + 1).course(self.scores)
        now = {name: flow[-1] for name, flow in course.items()}
        if "customers" in self.totals and not np.isnan(seen := self.totals["customers"].iloc[-1]):
            before = {name: flow[-2] for name, flow in course.items()}
            left = before["lost_customers"] * seen / before["customers"]
            moved = {"new_customers": before["new_customers"], "lost_customers": left}
            new, lost = (self.totals[name].iloc[-1] if name in self.totals else moved[name] for name in moved)
            customers = seen + new - lost + np.zeros_like(now["customers"])
        else:
            customers = now["customers"]
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
        note = "" if self.trusted else self.verdict
        today = {
            key: np.quantile(draws, intervals.LEVELS)
            for key, draws in self.last.items()
            if key != "market.referral_share" or "recommended_customers" in self.totals
        }
        own = {
            str(key): np.array([row.low, row.central, row.high])
            for key, row in self.table.iterrows()
            if row.told and key not in self.last
        }
        return tuple(
            Estimate.of(key, ends, how, rows, note).within_bounds() for key, ends in (today | own).items()
        )

    def correlations(self, keys: Iterable[str] | None = None) -> list[dict[str, Any]]:
        """Pairs of values that the totals tie together, as a scenario file writes them.

        Ranges alone lose them: draws from ranges are wider in what the totals fix and the pairs share.
        """
        chosen = [one.key for one in self.estimates() if one.low < one.high] if keys is None else list(keys)
        drawn = self.last | {
            item.key: score
            for item, score in zip(self.parameters, self._plain, strict=True)
            if item.key not in self.last
        }
        chosen = [key for key in chosen if key in drawn]
        if len(chosen) < 2:
            return []
        ranks = np.stack([drawn[key].argsort().argsort() for key in chosen])
        matrix = np.corrcoef(ndtri((ranks + 0.5) / ranks.shape[1]))
        kept = np.where((np.abs(matrix) >= _TOGETHER) & ~np.eye(len(chosen), dtype=bool), matrix, 0.0)
        while np.linalg.eigvalsh(kept).min() < -0.99:
            kept = 0.95 * kept
        one, two = np.nonzero(np.triu(kept))
        return [
            {"between": [chosen[i], chosen[j]], "value": round(float(kept[i, j]), 2)}
            for i, j in zip(one, two, strict=True)
        ]


@dataclass(frozen=True)
class Model:
    """A scenario as a function of the normal scores of its ranges."""

    scenario: Scenario
    parameters: tuple[Uncertain, ...]
    horizon: int

    def start(self, scores: Array) -> Start:
        """Anchored with these values; nan where they contradict each other."""
        begun, problems = begin(self.scenario, self.parameters, mixed(self.scenario, self.parameters, scores))
        bad = refused_by(problems)
        if bad.any():
            begun.state.customers[..., bad] = np.nan
        return begun

    def course(self, scores: Array) -> dict[str, Array]:
        """The business's totals by column, shape (months, draws)."""
        with np.errstate(all="ignore"):
            begun = self.start(np.clip(scores, -_FAR, _FAR))
            found = list(
                months(begun.inputs.parameters, begun.hidden, begun.state, self.horizon, begun.inputs.schedule)
            )
            return {name: np.stack([getattr(month, name).sum(axis=0) for month in found]) for name in COLUMNS}


def fit(
    scenario: Scenario, totals: pd.DataFrame, draws: int = 1000, seed: int = 0, method: str = "best"
) -> TotalsFit:
    """Fit a scenario to monthly totals.

    prior: the ranges of the scenario and of the evidence, and wide ones around the first months' figures of today
    that the totals tell; errors: see `wom.calibration.misfit`.

    Args:
        scenario: the business as it was in the first month; a plan of it counts from there.
        totals: index months without a gap, any of the columns revenue, customers, new_customers, lost_customers,
            recommended_customers, stars; nan where a month was not counted.
        draws: to keep.
        seed: 0 or more.
        method: importance, walk (emcee), or best: importance, and a walk where that is not to be trusted.

    Raises:
        InputError: no usable totals, another method, or figures that contradict each other.
    """
    if method not in ("importance", "walk", "best"):
        raise InputError(f"is {method!r}; allowed: best, importance, walk", "method")
    used = totals[[name for name in COLUMNS if name in totals.columns]].astype(np.float64)
    if scenario.today.segments:
        raise InputError("monthly totals are of the whole business; give a business file without segments")
    people = float(scenario.inputs().parameters["market.customers"].sum())
    # What the totals do not tell is taken as it stands: a default width of each figure would hide what they tell.
    own = {key: "counted" for key, value in scenario.today.given().items() if not isinstance(value, Range)}
    begun = scenario.replace(first(used, people) | {"horizon_months": max(len(used), 1), "sure": own})
    parameters = uncertain(begun)
    model = Model(begun, parameters, len(used))
    central = model.course(np.zeros((len(parameters), 1)))
    moved = central["new_customers"][0] + central["lost_customers"][0]
    misfit = Misfit(used, float(moved[0] / central["customers"][0, 0] ** 2))

    def likelihood(scores: Array) -> Array:
        return misfit(model.course(scores[: len(parameters)]), scores[len(parameters) :])

    size = len(parameters) + len(misfit.columns)
    sampled = importance(likelihood, size, draws, seed)
    if method == "walk" or (method == "best" and not sampled.trusted):
        sampled = walk(likelihood, sampled.scores, draws, seed)
    return TotalsFit(begun, used, parameters, sampled)


def first(totals: pd.DataFrame, customers: float = np.nan) -> dict[str, Any]:
    """Wide ranges for the figures of the first month that totals tell, around the first half year.

    They are priors: several times wider than what the totals say of them, so that little is said twice.

    Args:
        totals: as for `fit`.
        customers: in the first month, where the totals do not count them; nan if that is not known.
    """
    early = totals.head(FIRST)
    total = early.sum()
    found: dict[str, Any] = {}
    people = customers
    if "customers" in totals:
        found["market.customers"] = float(totals["customers"].bfill().iloc[0])
        people = float(early["customers"].mean())
    if "new_customers" in totals:
        found["market.new_customers_per_month"] = _span(max(float(early["new_customers"].mean()), 0.5), 2.0)
    if "revenue" in totals and people > 0:
        found["economics.spend_per_customer"] = _span(float(early["revenue"].mean()) / people, 1.5)
    if "lost_customers" in totals and people > 0:
        lost = max(float(early["lost_customers"].mean()), 0.5 / len(early))
        hazard = -np.log1p(-min(lost / people, 0.9))
        found["retention.retention_rate"] = _ends(np.exp(-hazard * np.array([2.5, 1.0, 0.4])))
    if {"recommended_customers", "new_customers"} <= set(totals):
        came = max(float(total["recommended_customers"]), 0.5)
        odds = came / max(float(total["new_customers"]) - came, 0.5) * np.array([1 / 3, 1.0, 3.0])
        found["market.referral_share"] = _ends(odds / (1.0 + odds))
    return found


def _span(middle: float, factor: float) -> dict[str, float]:
    return _ends(middle * np.array([1.0 / factor, 1.0, factor]))


def _ends(values: Array) -> dict[str, float]:
    return {name: float(f"{value:.6g}") for name, value in zip(Range._fields, values, strict=True)}
