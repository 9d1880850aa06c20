"""How many people hear of one experience: a distribution, not only a mean.

Most people tell nobody or a few, a few tell dozens. A published mean and a published share who told more than
five people fix a negative binomial; other published figures then show how well it sits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betainc

from . import evidence
from .errors import InputError


@dataclass(frozen=True)
class Reach:
    """Negative binomial number of people told: P(0) = (k/(k + mean))^k, variance = mean + mean²/k.

    `dispersion`: k, above 0; the smaller, the more unequal.
    """

    mean: float
    dispersion: float

    def __post_init__(self) -> None:
        if not (self.mean > 0 and self.dispersion > 0 and math.isfinite(self.mean * self.dispersion)):
            raise InputError(f"mean and dispersion must be above 0, are {self.mean:g} and {self.dispersion:g}")

    @property
    def told_nobody(self) -> float:
        """Share of experiences that nobody hears of."""
        return float(self.shares(0)[0])

    @cached_property
    def _binomial(self) -> Any:
        from scipy.stats import nbinom  # late, because it takes long to import

        return nbinom(self.dispersion, self.dispersion / (self.dispersion + self.mean))

    def shares(self, most: int) -> NDArray[np.float64]:
        """Shares of experiences told to 0, 1, … `most` people."""
        return np.asarray(self._binomial.pmf(np.arange(most + 1)))

    def share_above(self, people: int = 5) -> float:
        """Share of experiences told to more people than this: I_(mean/(k + mean))(people + 1, k)."""
        return float(betainc(people + 1, self.dispersion, self.mean / (self.dispersion + self.mean)))

    def quantile(self, probability: float) -> int:
        """The number of people that this share of experiences does not exceed."""
        return int(self._binomial.ppf(probability))


def from_mean_and_share(mean: float, share_above_five: float) -> Reach:
    """The distribution with a published mean and a published share who told more than five people."""
    found = _root(lambda k: Reach(mean, k), share_above_five, 1e-4)
    if found is None:
        raise InputError(f"no negative binomial has mean {mean:g} and a share above five of {share_above_five:g}")
    return found


def from_shares(told_anyone: float, share_above_five: float) -> Reach:
    """The distribution with the published shares who told anyone and who told more than five people."""
    if not 0 < told_anyone < 1:
        raise InputError(f"must be between 0 and 1, is {told_anyone:g}", "told_anyone")
    none = -math.log1p(-told_anyone)
    found = _root(lambda k: Reach(k * math.expm1(none / k), k), share_above_five, 0.02)
    if found is None:
        shares = f"{told_anyone:g} told anyone and {share_above_five:g} told more than five"
        raise InputError(f"no negative binomial has {shares}")
    return found


def _root(of: Callable[[float], Reach], share: float, least: float) -> Reach | None:
    """The least unequal distribution with this share above five, of two for means below five; None if none."""
    from scipy.optimize import brentq  # late, because it takes long to import

    def gap(log_k: float) -> float:
        return of(math.exp(log_k)).share_above() - share

    # From a Poisson distribution but for 0.1 % of the spread of a mean of 16; ten places for a factor of e.
    places = np.linspace(math.log(1e4), math.log(least), 200)
    gaps = list(map(gap, places))
    for (high, low), (first, second) in zip(pairwise(places), pairwise(gaps), strict=True):
        if first == 0 or first * second < 0:
            return of(math.exp(brentq(gap, low, high, xtol=1e-14, rtol=1e-14)))
    return None


def published() -> pd.DataFrame:
    """What published figures say of reach, and what each pair of them implies for the others.

    One row per tone and per pair of figures that fixes a distribution: mean, told nobody, told more than five,
    median and 95th percentile. They do not agree: the means count the tellers of dozens, the shares come from
    another survey.
    """
    rows = {}
    for tone in ("good", "bad"):
        mean, above, anyone = (
            float(evidence.figure(f"{name}_{tone}").central or math.nan)
            for name in ("reach", "told_more_than_five", "told_anyone")
        )
        pairs = {
            "mean and more than five": from_mean_and_share(mean, above),
            "told anyone and more than five": from_shares(anyone, above),
        }
        for fixed_by, reach in pairs.items():
            rows[tone, fixed_by] = {
                "mean": reach.mean,
                "dispersion": reach.dispersion,
                "told_nobody": reach.told_nobody,
                "told_more_than_five": reach.share_above(),
                "median": reach.quantile(0.5),
                "percentile_95": reach.quantile(0.95),
            }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(["tone", "fixed_by"])
