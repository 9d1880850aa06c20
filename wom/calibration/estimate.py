"""What every estimator gives: a figure with its interval and how it was found, or a sentence why there is none.

It reads added-up frames of months, for the whole business and each segment. What no table tells is listed here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import pandas as pd

from ..errors import InputError
from ..parameters import QUANTITIES, Key, Range, Value
from ..scenario import WHOLE
from ..units import Array
from ..words import percent
from . import intervals


@dataclass(frozen=True)
class Estimate:
    """A figure from data: 5 %, 50 % and 95 % of what it may be.

    Args:
        key: dotted scenario key, `segments.NAME.` before it for a segment; a plain name for what is no parameter.
        low, central, high: finite and rising; equal only where a thing was counted and not estimated.
        how: the method, one plain sentence.
        rows: customers, months, spells or answers that it rests on.
        note: a caution, or ''.
        unused: why it does not go into a scenario though it is shown, or ''.
        data: 5 %, 50 % and 95 % by the data alone, where something published went in.

    Raises:
        InputError: the three numbers are not finite or do not rise.
    """

    key: str
    low: float
    central: float
    high: float
    how: str
    rows: int
    note: str = ""
    unused: str = ""
    data: Range | None = None

    def __post_init__(self) -> None:
        numbers = (float(self.low), float(self.central), float(self.high))
        if not (all(map(math.isfinite, numbers)) and numbers == tuple(sorted(numbers))):
            raise InputError(f"low, central and high must be finite and rise, are {numbers}", self.key)
        for name, number in zip(("low", "central", "high"), numbers, strict=True):
            object.__setattr__(self, name, number)

    @classmethod
    def of(cls, key: str, ends: Iterable[float], how: str, rows: int, note: str = "") -> Estimate:
        """An estimate from its three numbers; raises InputError as the class does."""
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
        key = Key.find(self.key)
        if key is None:
            return self
        quantity = key.quantity

        def cut(number: float) -> float:
            if quantity.at_least is not None:
                number = max(number, quantity.at_least)
            if quantity.above is not None:
                number = max(number, math.nextafter(quantity.above, math.inf))
            if quantity.at_most is not None:
                number = min(number, quantity.at_most)
            if quantity.below is not None:
                number = min(number, math.nextafter(quantity.below, -math.inf))
            return number

        return replace(self, low=cut(self.low), central=cut(self.central), high=cut(self.high))


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


def cautioned(found: Iterable[Estimate | Missing], text: str, names: Iterable[str], *, used: bool = True) -> Found:
    """The same with a caution before the note of some figures, or not to be used for it."""
    wanted = tuple(names)
    return tuple(
        replace(one, note=f"{text} {one.note}".strip(), unused=one.unused if used else text)
        if text and isinstance(one, Estimate) and one.key.split(".")[-1] in wanted
        else one
        for one in found
    )


_DRAWN = 0.01
"""How much narrower an interval must become, or it stays as it was."""


def pooled(found: Iterable[Estimate | Missing], parameters: Collection[str]) -> Found:
    """Figures of segments drawn towards each other, as far as they are alike (`intervals.shrunk`).

    On log-odds of shares and logarithms of rates; where the data of a segment say much it stays as it was.
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
        logs = np.log(ends / (1.0 - ends / most))
        drawn = intervals.shrunk(logs)
        narrower = 1.0 - (drawn[:, 2] - drawn[:, 0]) / (logs[:, 2] - logs[:, 0])
        for one, log, share in zip(parts, drawn, narrower, strict=True):
            if share >= _DRAWN:
                note = f"{one.note} Drawn towards the other segments, so {percent(share)} narrower.".strip()
                ends = 1.0 / (np.exp(-log) + 1.0 / most)
                kept[one.key] = replace(Estimate.of(one.key, ends, one.how, one.rows, note), unused=one.unused,
                                        data=one.data or one.range)  # fmt: skip
    return tuple(kept.values())


def inside(key: str, segment: str | None) -> str:
    """A key as it belongs to a segment; unchanged for the whole business."""
    return key if segment in (None, WHOLE) else f"segments.{segment}.{key}"


def placed(found: Iterable[Estimate | Missing], segment: str | None) -> Iterator[Estimate | Missing]:
    """The same with their keys in a segment."""
    for one in found:
        yield replace(one, key=inside(one.key, segment))


def by_scope(frame: pd.DataFrame, *estimators: Callable[[pd.DataFrame], Iterable[Estimate | Missing]]) -> Found:
    """What estimators find in the rows of the whole business, then of each segment; see `scopes`."""
    return tuple(
        one
        for segment, part in scopes(frame)
        for estimator in estimators
        for one in placed(estimator(part), segment)
    )


# --- added-up frames ------------------------------------------------------------------------------------------


def scopes(frame: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """The whole business, then each segment where there are several.

    Args:
        frame: with `segment` as a column or a level of the index.

    Yields:
        Segment (`business` for the whole) and its rows. Rows by month are added up for the whole.
    """
    if "segment" in frame.index.names:
        whole = frame.groupby(level="month", sort=True).sum(min_count=1)
        parts = {
            str(name): part.droplevel("segment").sort_index() for name, part in frame.groupby(level="segment")
        }
    elif "segment" in frame.columns:
        whole = frame
        parts = {str(name): part for name, part in frame.groupby("segment", sort=True)}
    else:
        whole, parts = frame, {}
    yield WHOLE, whole
    if len(parts) > 1:
        yield from parts.items()


def columns(frame: pd.DataFrame, names: Sequence[str]) -> Array | None:
    """Columns as numbers, only rows that tell all of them.

    Returns:
        Shape (names, rows); None if a column is absent or no row tells all.
    """
    if not set(names) <= set(frame.columns):
        return None
    numbers = np.stack([frame[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in names])
    told = numbers[:, np.isfinite(numbers).all(axis=0)]
    return told if told.shape[1] else None


def counted(
    key: str,
    events: Array,
    exposure: Array,
    how: str,
    note: str = "",
    *,
    share: bool = True,
    breaks: bool = False,
    customers: Array | None = None,
) -> Estimate:
    """A share of trials, or a rate over an exposure, with cautions where months differ.

    Where months differ by more than chance the interval widens (`intervals.unevenness`), and where customers do
    (`intervals.clustered`): φ = φ of months + φ of customers − 1.

    Args:
        events, exposure: of each month, shape (months,).
        share: else a rate.
        breaks: where the last half year differs by more than chance, the interval spans it (`intervals.later`).
        customers: events and exposure of each customer, shape (2, customers).

    Source:
        Cameron, Gelbach and Miller 2011, Journal of Business and Economic Statistics 29 (clusters of two kinds).
    """
    interval = intervals.share if share else intervals.rate
    expected = exposure * (events.sum() / exposure.sum())
    factor = intervals.unevenness(events, expected, exposure if share else None)
    among = 1.0 if customers is None else intervals.clustered(*customers, shares=share)
    ends = interval(events.sum(), exposure.sum(), factor + among - 1.0)
    recent = intervals.later(events, exposure, shares=share) if breaks else None
    if recent is not None:
        part = slice(-intervals.HALF_YEAR, None)
        ends = intervals.spanning(ends, interval(events[part].sum(), exposure[part].sum(), among))
    differ = f"Customers differ ({among:.1f} times the variance that chance makes)." if among > 2.0 else ""
    said = " ".join(filter(None, (note, intervals.changed(recent), intervals.uneven(factor), differ)))
    return Estimate.of(key, ends, how, int(exposure.sum()), said)


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
