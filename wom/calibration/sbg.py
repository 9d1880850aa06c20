"""How many of a cohort stay, and go on to stay: the shifted beta-geometric curve (sBG).

Each customer leaves at a month's end with a chance of their own, always the same, beta distributed over customers.
Those likely to leave go first, so the cohort's retention rises although nobody changes.

Fader and Hardie 2007, "How to project customer retention", Journal of Interactive Marketing 21.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betaln, digamma, expit

from ..draws import END
from ..errors import InputError
from ..units import Array
from .optimum import Slopes, least

_BOUNDS = [(-14.0, 14.0), (-6.0, 9.0)]
"""Of the odds to leave and of α + β, logarithms; e^9 is as good as all customers alike."""

_START = np.array([-2.0, 1.0])


@dataclass(frozen=True)
class Cohorts:
    """Customers by how long they were followed since they joined."""

    entered: NDArray[np.int64]
    """Months since joining when following began; 0 for who was followed from the start."""
    months: NDArray[np.int64]
    """Months since joining at the last month's end they were followed, above `entered`."""
    left: NDArray[np.bool_]
    """Gone at that month's end."""
    count: Array


def from_frame(frame: pd.DataFrame) -> Cohorts:
    """Cohorts as arrays, from the columns months, left and count, and entered where there is one.

    Raises:
        InputError: a row is followed for no month.
    """
    size = len(frame)
    entered = frame["entered"].to_numpy(dtype=np.int64) if "entered" in frame else np.zeros(size, dtype=np.int64)
    months = frame["months"].to_numpy(dtype=np.int64)
    if (months <= entered).any():
        raise InputError("must be above entered, 1 or more", "cohorts.months")
    left, count = frame["left"].to_numpy(dtype=np.bool_), frame["count"].to_numpy(dtype=np.float64)
    return Cohorts(entered, months, left, count)


def from_survival(shares: Array, customers: float = 1000.0) -> Cohorts:
    """One cohort from published shares that are left after 1, 2, … periods; the rest are still there.

    Args:
        shares: falling, from 0 to 1, shape (periods,).
        customers: in the cohort; the figures do not depend on it, the intervals do.
    """
    lost = -np.diff(np.concatenate([[1.0], shares])) * customers
    periods = np.arange(1, len(shares) + 1)
    return Cohorts(
        np.zeros(len(shares) + 1, dtype=np.int64), np.append(periods, len(shares)),
        np.append(np.ones(len(shares), dtype=np.bool_), False), np.append(lost, shares[-1] * customers),
    )  # fmt: skip


def log_survival(alpha: float, beta: float, months: Array) -> Array:
    """ln S(t) = ln B(α, β + t) − ln B(α, β).

    Args:
        alpha, beta: of the beta distribution of the chance to leave.
        months: t, any shape.
    """
    return np.asarray(betaln(alpha, beta + months) - betaln(alpha, beta))


def log_likelihood(alpha: float, beta: float, data: Cohorts) -> float:
    """Σ count·(ln P(leaves in month t) or ln S(t)), given who was still there when following began.

    P(t) = B(α + 1, β + t − 1)/B(α, β)
    """
    months = data.months.astype(np.float64)
    gone = betaln(alpha + 1.0, beta + months - 1.0) - betaln(alpha, beta)
    each = np.where(data.left, gone, log_survival(alpha, beta, months))
    return float(data.count @ (each - log_survival(alpha, beta, data.entered.astype(np.float64))))


@dataclass(frozen=True)
class Fit:
    """A fitted curve."""

    alpha: float
    beta: float
    log_likelihood: float
    customers: int
    lost: int
    differ: bool
    """Whether the data show that customers differ; if not, retention is the same for ever."""
    place: Array = field(repr=False)
    """Log-odds to leave in the first month, and ln(α + β)."""
    covariance: Array = field(repr=False)
    """Of the place."""

    @property
    def sentence(self) -> str:
        """What the curve rests on."""
        said = f"{self.customers:,} customers, of whom {self.lost:,} left."
        return said if self.differ else f"{said} They show no lasting differences between customers."

    def curve(self, months: int, draws: int = 2000, seed: int = 0) -> pd.DataFrame:
        """The share of a new cohort that is still there, with a 90 % band, and its retention.

        Returns:
            Index month, 1 to months; low, central, high, and retention from the month before.
        """
        root = np.linalg.cholesky(self.covariance + 1e-12 * np.eye(2))
        score = np.random.default_rng(seed).standard_normal((draws, 2))
        places = np.clip((self.place + score @ root.T).T, *np.array(_BOUNDS).T[:, :, np.newaxis])
        alpha, beta = _parameters(places)
        t = np.arange(0.0, months + 1.0)[:, np.newaxis]
        drawn = np.exp(betaln(alpha, beta + t) - betaln(alpha, beta))
        central = np.exp(log_survival(self.alpha, self.beta, t[:, 0]))
        low, high = np.quantile(drawn, [0.05, 0.95], axis=1)
        table = {
            "low": np.minimum(low, central)[1:], "central": central[1:], "high": np.maximum(high, central)[1:],
            "retention": central[1:] / central[:-1],
        }  # fmt: skip
        return pd.DataFrame(table, index=pd.RangeIndex(1, months + 1, name="month"))

    def ends(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """90 % intervals of α and β (delta method, log scale)."""
        mean = float(expit(self.place[0]))
        slopes = np.array([[1.0 - mean, 1.0], [-mean, 1.0]])
        spread = END * np.sqrt(np.einsum("ij,jk,ik->i", slopes, self.covariance, slopes))
        (a, b), (c, d) = (
            (value * np.exp(-s), value * np.exp(s)) for value, s in zip(self._both, spread, strict=True)
        )
        return (float(a), float(b)), (float(c), float(d))

    @property
    def _both(self) -> tuple[float, float]:
        return self.alpha, self.beta


def _parameters(place: Array) -> tuple[Array, Array]:
    mean, total = expit(place[0]), np.exp(place[1])
    return np.asarray(mean * total), np.asarray((1.0 - mean) * total)


def fit(data: Cohorts) -> Fit:
    """The most likely curve.

    Raises:
        InputError: nobody left, or everybody after one month: any curve fits.
    """
    lost, customers = float(data.count @ data.left), float(data.count.sum())
    if lost <= 0 or not (data.months[data.left].max(initial=0) > 1 or lost < customers):
        raise InputError("nobody left, or everybody at once: no curve can be told", "cohorts")

    slopes = _losing(data, customers)
    starts = [_START, np.array([-3.0, 4.0]), np.array([-1.0, -1.0])]
    _, best = min((least(slopes, start, _BOUNDS) for start in starts), key=lambda one: one[0])
    step = 1e-4
    rows = [(slopes(best + move)[1] - slopes(best - move)[1]) / (2.0 * step) for move in np.eye(2) * step]
    values, vectors = np.linalg.eigh((np.array(rows) + np.array(rows).T) / 2.0 * customers)
    covariance = (vectors / np.maximum(values, 0.1)) @ vectors.T
    alpha, beta = (float(part) for part in _parameters(best))
    value, alike = -slopes(best)[0] * customers, -slopes(np.array([_same(data), _BOUNDS[1][1]]))[0] * customers
    return Fit(alpha, beta, value, round(customers), round(lost), value - alike > 1.353, best, covariance)


def _same(data: Cohorts) -> float:
    """Log-odds to leave if all customers are alike."""
    lost = float(data.count @ data.left)
    return float(np.log(lost) - np.log(max(float(data.count @ (data.months - data.entered)) - lost, 1e-9)))


def _losing(data: Cohorts, customers: float) -> Slopes:
    """Minus the mean log-likelihood and its slopes."""
    months, entered = data.months.astype(np.float64), data.entered.astype(np.float64)

    def slopes(place: Array) -> tuple[float, Array]:
        alpha, beta = (float(part) for part in _parameters(place))
        whole, last = digamma(alpha + beta + months), np.where(data.left, beta + months - 1.0, beta + months)
        by_alpha = np.where(data.left, digamma(alpha + 1.0), digamma(alpha)) - whole
        by_beta = digamma(last) - whole
        start = digamma(alpha + beta + entered)
        by_alpha -= digamma(alpha) - start
        by_beta -= digamma(beta + entered) - start
        share = alpha / (alpha + beta)
        slope_alpha, slope_beta = data.count @ by_alpha, data.count @ by_beta
        by_odds = (slope_alpha - slope_beta) * (alpha + beta) * share * (1.0 - share)
        by_total = slope_alpha * alpha + slope_beta * beta
        return -log_likelihood(alpha, beta, data) / customers, -np.array([by_odds, by_total]) / customers

    return slopes
