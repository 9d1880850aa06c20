"""What people read: numbers of three digits that mean something, money, percent and points; and results that show
themselves.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MINUS = "−"
NARROW = "\N{NO-BREAK SPACE}"
"""Between a number and its unit, so that no line breaks there."""
LARGE: Sequence[tuple[int, str]] = ((12, "trillion"), (9, "billion"), (6, "million"))
"""Powers of ten that have a word; smaller numbers are written out."""


_SAFE = 1e-9
"""More than rounding takes of a share, and a share that is none to people."""


def number(value: float, digits: int = 3) -> str:
    """A number with so many significant digits, thousands apart."""
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    decimals = digits - 1 - math.floor(math.log10(abs(value)))
    text = f"{round(abs(value), decimals):,.{max(decimals, 0)}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return (MINUS if value < 0 else "") + text


def whole(value: float) -> str:
    """A count without decimals."""
    rounded = round(value)
    return (MINUS if rounded < 0 else "") + f"{abs(rounded):,}"


def money(value: float, currency: str = "", digits: int = 3) -> str:
    """Money with its currency in front, to the hundredth at most."""
    size = round(abs(value), 2)
    sign = MINUS if value < 0 and size else ""
    text = next(
        (f"{number(size / 10**power, digits)} {word}" for power, word in LARGE if size >= 10**power),
        number(size, digits),
    )
    return f"{sign}{currency}{NARROW}{text}" if currency else sign + text


def amounts(values: Sequence[float], digits: int = 4) -> list[str]:
    """Numbers and behind them their sum, rounded alike to so many digits of the largest: what is shown adds up."""
    place, (*parts, total) = _place(values, digits), values
    shown = adding_up(parts, place, total)
    return [_rounded(value, place, "") for value in (*shown, sum(shown))]


def _place(values: Sequence[float], digits: int) -> int:
    """Of the last digit of so many of the largest: no tenths from 100 on, no thousandths from a tenth on."""
    largest = max((abs(value) for value in values), default=0.0)
    place = math.floor(math.log10(largest)) - digits + 1 if largest > 0 else 0
    return max(place, 0) if largest >= 100 else max(place, -2) if largest >= 0.1 else place


def _rounded(value: float, place: int, currency: str) -> str:
    """Money rounded to a power of ten."""
    size = round(abs(value), -place)
    large = ((power, word) for power, word in LARGE if size >= 10**power and place >= power - 4)
    power, word = next(large, (0, ""))
    decimals = max(power - place, 0) if size else 0
    text = f"{size / 10**power:,.{decimals}f}" + (f" {word}" if word else "")
    return (MINUS if value < 0 < size else "") + (f"{currency}{NARROW}" if currency else "") + text


def signed(text: str) -> str:
    """A plus in front of what is positive."""
    return text if text.startswith(MINUS) or text == "0" else "+" + text


def percent(share: float, digits: int = 2) -> str:
    """A share as a percentage."""
    return f"{number(round(100 * share, 4), digits)} %"


def rounded_down(share: float, digits: int = 3) -> float:
    """To so many significant digits and never above: who writes what is said stays within the share."""
    if share < _SAFE:
        return 0.0
    places = digits - 1 - math.floor(math.log10(share))
    return round(math.floor(share * (1.0 - _SAFE) * 10.0**places) / 10.0**places, places)


def often(share: float) -> str:
    """A share of many tries in whole cases: of a hundred, or of a thousand where it is rare or nearly sure."""
    if share in (0.0, 1.0):
        return "in every case" if share else "in no case"
    many = 100 if 0.01 <= share <= 0.99 else 1000
    count = round(many * share)
    if count in (0, many):
        return "nearly always" if count else "hardly ever"
    return f"in {count} of {many:,} cases"


def points(difference: float) -> str:
    """A difference of two shares in percentage points, never to be mixed with percent."""
    text = f"{abs(100 * difference):.1f}".removesuffix(".0")
    unit = "point" if text == "1" else "points"
    return f"{MINUS if difference < 0 else ''}{text} {unit}"


def several(names: list[str]) -> str:
    """Names as a phrase."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


NumberFormat = Literal["", "en", "de", "fr", "ch"]
"""How a reader writes numbers; where nothing is said, as the English-speaking do, behind the currency's code."""
SEPARATORS: Mapping[str, tuple[str, str, bool]] = {
    "": (",", ".", False),
    "en": (",", ".", False),
    "de": (".", ",", True),
    "fr": ("\N{NARROW NO-BREAK SPACE}", ",", True),
    "ch": ("\N{RIGHT SINGLE QUOTATION MARK}", ".", False),
}
"""Between thousands, before decimals, and whether the currency stands behind."""
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹"}


class Ranged(NamedTuple):
    """A number with its range, as texts rounded alike."""

    value: str
    low: str
    high: str
    rounded: float
    """The value as it is shown."""


@dataclass(frozen=True)
class Writer:
    """Numbers as one business's readers read them: its currency, and separators by `number_format`."""

    currency: str = ""
    number_format: str = ""

    def text(self, written: str, currency: bool = False) -> str:
        """A number written the English way, such as −1,234.5 million, in this format."""
        thousands, decimal, behind = SEPARATORS[self.number_format]
        table = str.maketrans({",": thousands, ".": decimal})
        sign, size = (written[0], written[1:]) if written[:1] in (MINUS, "+") else ("", written)
        size = size.translate(table)
        unit = _SYMBOLS.get(self.currency, self.currency) if self.number_format else self.currency
        if not (currency and unit):
            return sign + size
        gap = NARROW if unit[-1:].isalnum() or behind else ""
        return f"{sign}{size}{gap}{unit}" if behind else f"{sign}{unit}{gap}{size}"

    def amount(self, value: float, place: int, *, sign: bool = False, currency: bool = True) -> str:
        """Money rounded to a power of ten."""
        text = _rounded(value, place, "")
        return self.text(signed(text) if sign else text, currency)

    def money(self, value: float, digits: int = 2, *, sign: bool = False, currency: bool = True) -> str:
        """Money to so many digits that mean something."""
        return self.amount(value, _place([value], digits), sign=sign, currency=currency)

    def count(self, value: float, place: int = 0, *, sign: bool = False) -> str:
        """People or things."""
        return self.amount(value, place, sign=sign, currency=False)

    def percent(self, share: float, digits: int = 2, *, sign: bool = False) -> str:
        """A share as a percentage."""
        text = percent(share, digits).replace(" ", NARROW)
        return self.text("+" + text if sign and share > 0 else text)

    def number(self, value: float, digits: int = 2) -> str:
        """Any number to so many digits."""
        return self.text(number(value, digits))

    def ranged(
        self, value: float, low: float, high: float, *, sign: bool = False, place: int | None = None
    ) -> Ranged:
        """A value and its range: money, rounded where half the range's width has its second significant digit.

        `sign`: whether what is above nought gets a plus. `place`: of what is no money, as a power of ten.
        """
        money = place is None
        place = max(range_place(value, low, high), -2) if place is None else place
        first = self.amount(value, place, sign=sign, currency=money)
        least_text, most = (self.amount(end, place, currency=False) for end in (low, high))
        return Ranged(first, least_text, most, round(value, -place))


def range_place(value: float, low: float, high: float) -> int:
    """The place, as a power of ten, to which a number is rounded: the second digit of half its range's width.

    Without a width the second digit of the number itself.
    """
    half = (high - low) / 2
    size = half if half > _SAFE * max(abs(value), 1.0) else abs(value)
    return math.floor(math.log10(size)) - 1 if size > 0 else 0


def adding_up(values: Sequence[float], place: int, total: float | None = None) -> list[float]:
    """Numbers rounded to a power of ten so that they add up to their rounded sum, or to this total.

    Those that are nearest are moved first.
    """
    unit = 10.0**place
    exact = [value / unit for value in values]
    found = [math.floor(value) for value in exact]
    lack = round((sum(values) if total is None else total) / unit) - sum(found)
    order = sorted(range(len(values)), key=lambda one: found[one] - exact[one], reverse=lack < 0)
    for chosen in (order * abs(lack))[: abs(lack)]:
        found[chosen] += 1 if lack > 0 else -1
    return [round(part * unit, max(-place, 0)) for part in found]


# --- Results that show themselves: a few lines of text, in a notebook a small table with its courses, drawn ---


class Tabled:
    """What a result shows of itself, by `wom.exhibits.shown` above the core, imported when one is first shown."""

    def summary(self) -> pd.DataFrame:
        """The numbers that a reader takes away, one row each: value, and low and high where there are draws."""
        table: pd.DataFrame = _above().card(self).frame()
        return table

    def __repr__(self) -> str:
        """At most 20 lines, whatever the size of the result."""
        return str(_above().card(self).text())

    __str__ = __repr__

    def _repr_html_(self) -> str:
        return str(_above().html(self))


class Shown(Tabled):
    """A result that can be drawn, too. A class that has it gives `to_frame`."""

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """The chart of this result.

        `options`: of a run, `column` of its `monthly`. Returns the axes; `.figure` is the whole.
        """
        drawn: Axes = _above().plot(self, ax, **options)
        return drawn


def _above() -> Any:
    return import_module("wom.exhibits.shown")
