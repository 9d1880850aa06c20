"""Numbers as people read them: three digits that mean something, money with its currency, percent and points."""

from __future__ import annotations

import math
from collections.abc import Sequence

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


def amounts(values: Sequence[float], currency: str = "", digits: int = 4) -> list[str]:
    """Money that belongs together, rounded alike, so that sums still add up to the last digit shown or nearly."""
    place = _place(values, digits)
    return [_rounded(value, place, currency) for value in values]


def difference(first: float, second: float, currency: str = "", digits: int = 4) -> tuple[str, str, str]:
    """Two sums of money and the first less the second, as a reader who subtracts what is shown finds it."""
    place = _place([first, second, first - second], digits)
    texts = [_rounded(value, place, currency) for value in subtracted(first, second, digits)]
    return texts[0], texts[1], texts[2]


def subtracted(first: float, second: float, digits: int = 4) -> tuple[float, float, float]:
    """The numbers that `difference` writes."""
    place = _place([first, second, first - second], digits)
    shown = round(first, -place), round(second, -place)
    return *shown, shown[0] - shown[1]


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
