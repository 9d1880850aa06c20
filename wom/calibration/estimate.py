"""What every estimator gives: a figure with its interval and how it was found, or a sentence why there is none."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ..errors import InputError
from ..parameters import Key, Range
from ..scenario import WHOLE


@dataclass(frozen=True)
class Estimate:
    """A figure from data: 5 %, 50 % and 95 % of what it may be.

    Args:
        key: dotted scenario key, `segments.NAME.` before it for a segment; a plain name for what is no parameter.
        low, central, high: finite and rising; equal only where a thing was counted and not estimated.
        how: the method, one plain sentence.
        rows: customers, months, spells or answers that it rests on.
        note: a caution, or ''.

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


def estimates(found: Iterable[Estimate | Missing]) -> dict[str, Estimate]:
    """The figures that were found, by key."""
    return {one.key: one for one in found if isinstance(one, Estimate)}


def missing(found: Iterable[Estimate | Missing]) -> dict[str, Missing]:
    """The figures that were not found, by key."""
    return {one.key: one for one in found if isinstance(one, Missing)}


def cautioned(found: Iterable[Estimate | Missing], text: str, names: Iterable[str]) -> Found:
    """The same with a caution before the note of some figures."""
    wanted = tuple(names)
    return tuple(
        replace(one, note=f"{text} {one.note}".strip())
        if text and isinstance(one, Estimate) and one.key.split(".")[-1] in wanted
        else one
        for one in found
    )


def inside(key: str, segment: str | None) -> str:
    """A key as it belongs to a segment; unchanged for the whole business."""
    return key if segment in (None, WHOLE) else f"segments.{segment}.{key}"
