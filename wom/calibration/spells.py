"""Spells after a good or bad experience: how a mood fades, the likelihood of leaving, and curves of who stays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..draws import END
from ..units import Array, Number

MOODS = ("content", "delighted", "disappointed")


@dataclass(frozen=True)
class Spells:
    """Spells as arrays, one entry per kind; those of one segment and mood follow one path.

    Example:
        >>> frame = pd.DataFrame({"segment": "business", "mood": "delighted", "months": [1, 2],
        ...     "left": [True, False], "since": [0.5, 0.75], "count": [20, 80]})
        >>> known = spells_from(frame)
        >>> known.lost.tolist(), known.exposed.tolist()
        ([0.0, 20.0, 0.0], [0.0, 180.0, 0.0])
    """

    segments: tuple[str, ...]
    segment: NDArray[np.int64]
    """Of each path, place in `segments`, shape (paths,)."""
    mood: NDArray[np.int64]
    """Of each path, place in MOODS."""
    since: Array
    """Of each path, mean months from the event to the end of its own month."""
    path: NDArray[np.int64]
    """Of each entry, shape (entries,)."""
    months: NDArray[np.int64]
    left: NDArray[np.bool_]
    count: Array

    @property
    def lost(self) -> Array:
        """Customers who left, by mood."""
        return np.bincount(self.mood[self.path], self.count * self.left, minlength=3).astype(np.float64)

    @property
    def exposed(self) -> Array:
        """Month ends, by mood."""
        return np.bincount(self.mood[self.path], self.count * self.months, minlength=3).astype(np.float64)


def spells_from(frame: pd.DataFrame) -> Spells:
    """The frame of spells as arrays; spells without a month end or a customer are left out.

    Example:
        >>> frame = pd.DataFrame({"segment": "business", "mood": "delighted", "months": [1, 2],
        ...     "left": [True, False], "since": [0.5, 0.75], "count": [20, 80]})
        >>> spells_from(frame).since.tolist()
        [0.7]
    """
    frame = frame[(frame["months"] >= 1) & (frame["count"] > 0)]
    names, moods = ([str(name) for name in frame[column]] for column in ("segment", "mood"))
    segments = tuple(sorted(set(names)))
    paths = sorted({(segments.index(name), MOODS.index(mood)) for name, mood in zip(names, moods, strict=True)})
    places = {path: place for place, path in enumerate(paths)}
    path = np.asarray(
        [places[segments.index(name), MOODS.index(mood)] for name, mood in zip(names, moods, strict=True)],
        dtype=np.int64,
    )
    count = frame["count"].to_numpy(dtype=np.float64)
    since = frame["since"].to_numpy(dtype=np.float64, na_value=np.nan)
    since = np.where(np.isfinite(since), since, 0.5)
    return Spells(
        segments,
        np.asarray([segment for segment, _ in paths], dtype=np.int64),
        np.asarray([mood for _, mood in paths], dtype=np.int64),
        np.bincount(path, since * count, len(paths)) / np.bincount(path, count, len(paths)),
        path,
        frame["months"].to_numpy(dtype=np.int64),
        frame["left"].to_numpy(dtype=np.bool_),
        count,
    )


def felt(since: Array, mood_hazard: Array, hazard: Array, memory: Number, months: int) -> tuple[Array, Array]:
    """Chance that a mood is still felt at each month's end by who is still there, and the chance to leave then.

    q_0 = e^(−since/τ), leave = q·(1 − e^(−λH)) + (1 − q)·(1 − e^(−λ)),
    q ← e^(−1/τ)·q·e^(−λH)/(1 − leave) for who stays

    Args:
        since: months from the event to the end of its own month, any shape.
        mood_hazard, hazard: λH and λ per month, shapes that broadcast with it.
        memory: τ, months, the same.
        months: how many month ends.

    Returns:
        Both of shape (months, *broadcast shape).

    Example:
        >>> q, leave = felt(np.array([0.0]), np.array([0.05]), np.array([0.02]), 6.0, 2)
        >>> q[:, 0].round(4).tolist(), leave[:, 0].round(4).tolist()
        ([1.0, 0.8465], [0.0488, 0.0443])
    """
    q = np.broadcast_to(np.exp(-since / memory), np.broadcast(since, mood_hazard, hazard, memory).shape)
    fades, stays, others = np.exp(-1.0 / np.asarray(memory)), np.exp(-mood_hazard), np.exp(-hazard)
    more, least = -np.expm1(-mood_hazard), -np.expm1(-hazard)
    weights, leaves = np.empty((months, *q.shape)), np.empty((months, *q.shape))
    for month in range(months):
        weights[month], leaves[month] = q, least + q * (more - least)
        q = fades * q * stays / np.maximum(q * stays + (1.0 - q) * others, 1e-300)
    return weights, leaves


def log_likelihood(spells: Spells, log_hazard: Array, log_ratio: Array, memory: Array) -> Array:
    """Of the spells, for many parameters at once.

    Σ count·[Σ ln(1 − leave_a) over the months stayed + ln(leave) in the month left]

    Args:
        spells: from `spells_from`.
        log_hazard: of a content customer per month, shape (segments, draws).
        log_ratio: hazard of the delighted and of the disappointed over it, shape (2, draws).
        memory: months, shape (draws,).

    Returns:
        Shape (draws,).

    Example:
        >>> frame = pd.DataFrame({"segment": "business", "mood": "content", "months": [1, 2],
        ...     "left": [True, False], "since": 0.0, "count": [20, 80]})
        >>> at = np.log(np.array([[-np.log(1.0 - 20 / 180)]])), np.zeros((2, 1)), np.array([6.0])
        >>> bool(np.isclose(log_likelihood(spells_from(frame), *at)[0], 20 * np.log(1 / 9) + 160 * np.log(8 / 9)))
        True
    """
    hazard = np.exp(log_hazard)[spells.segment]
    ratio = np.exp(np.concatenate([np.zeros((1, log_ratio.shape[1])), log_ratio]))[spells.mood]
    _, leaves = felt(spells.since[:, np.newaxis], hazard * ratio, hazard, memory, int(spells.months.max()))
    leaves = np.clip(leaves, 1e-300, 1.0 - 1e-16)
    stayed = np.cumsum(np.log1p(-leaves), axis=0)
    last, path = spells.months - 1, spells.path
    goes = np.log(leaves) - np.log1p(-leaves)  # in place of the last month stayed
    ends = stayed[last, path] + np.where(spells.left[:, np.newaxis], goes[last, path], 0.0)
    return np.asarray(spells.count @ ends)


def curves(spells: Spells, best: Array) -> pd.DataFrame:
    """How many are still there by months since the event, observed (Kaplan–Meier) and fitted.

    Args:
        spells: from `spells_from`.
        best: logarithms: hazards by segment, ratios, memory; empty where nothing could be fitted.

    Returns:
        Index (mood, month), month 1, 2, …; at_risk, observed, low and high (log-log, 90 %), fitted.

    Source:
        Kaplan and Meier 1958, JASA 53.

    Example:
        >>> frame = pd.DataFrame({"segment": "business", "mood": "content", "months": [1, 2],
        ...     "left": [True, False], "since": 0.0, "count": [20, 80]})
        >>> curves(spells_from(frame), np.empty(0)).observed.tolist()
        [0.8, 0.8]
    """
    size = len(spells.segments)
    rows = []
    for mood, name in enumerate(MOODS):
        these = spells.mood[spells.path] == mood
        if not these.any():
            continue
        months, count, left = spells.months[these], spells.count[these], spells.left[these]
        most = int(months.max())
        followed = np.bincount(months, count, minlength=most + 1)[1:].astype(np.float64)
        at_risk = np.cumsum(followed[::-1])[::-1]
        gone = np.bincount(months, count * left, minlength=most + 1)[1:].astype(np.float64)
        observed = np.asarray(np.cumprod(1.0 - gone / at_risk))
        low, high = _ends(observed, gone, at_risk)
        fitted = np.full(most, np.nan)
        if len(best):
            hazard = np.exp(best[:size])[spells.segment]
            ratio = np.exp(np.array([0.0, *best[size:-1]]))[mood]
            _, leaves = felt(spells.since, hazard * ratio, hazard, float(np.exp(best[-1])), most)
            still = (months[np.newaxis] >= np.arange(1, most + 1)[:, np.newaxis]) * count
            chance = (leaves[:, spells.path[these]] * still).sum(axis=1) / still.sum(axis=1)
            fitted = np.asarray(np.cumprod(1.0 - chance))
        rows.append(
            pd.DataFrame(
                {"mood": name, "month": np.arange(1, most + 1), "at_risk": at_risk, "observed": observed,
                 "low": low, "high": high, "fitted": fitted}
            )
        )  # fmt: skip
    columns = ["mood", "month", "at_risk", "observed", "low", "high", "fitted"]
    table = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=columns)
    return table.set_index(["mood", "month"])


def _ends(survival: Array, gone: Array, at_risk: Array) -> tuple[Array, Array]:
    """90 % bounds on the log-log scale (Greenwood); where nobody or everybody left, what chance allows at most."""
    months = np.arange(1.0, len(survival) + 1.0)
    variance = np.cumsum(gone / np.maximum(at_risk * (at_risk - gone), 0.5))
    some = (survival > 0) & (survival < 1)
    log = np.log(np.where(some, survival, 0.5))
    wide = END * np.sqrt(variance) / np.abs(log)
    unseen = np.exp(-1.92 * months / np.cumsum(at_risk))  # no event: a rate of 1.92 over the exposure, see `rate`
    low = np.where(some, np.exp(log * np.exp(wide)), np.where(survival >= 1, unseen, 0.0))
    high = np.where(some, np.exp(log * np.exp(-wide)), np.where(survival >= 1, 1.0, 1.0 - unseen))
    return low, high
