"""Numbers as people read them: three digits that mean something, money with its currency, percent and points."""

from __future__ import annotations

import math
from collections.abc import Sequence

MINUS = "−"
NARROW = "\N{NO-BREAK SPACE}"
"""Between a number and its unit, so that no line breaks there."""


def number(value: float, digits: int = 3) -> str:
    """A number with so many significant digits, thousands apart.

    Example:
        >>> number(142_978.3), number(0.0123456), number(-8.236), number(4_321_000)
        ('143,000', '0.0123', '−8.24', '4,320,000')
    """
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    decimals = digits - 1 - math.floor(math.log10(abs(value)))
    text = f"{round(abs(value), decimals):,.{max(decimals, 0)}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return (MINUS if value < 0 else "") + text


def whole(value: float) -> str:
    """A count without decimals.

    Example:
        >>> whole(5580.6), whole(-0.2)
        ('5,581', '0')
    """
    rounded = round(value)
    return (MINUS if rounded < 0 else "") + f"{abs(rounded):,}"


def money(value: float, currency: str = "", digits: int = 3) -> str:
    """Money with its currency in front, to the hundredth at most.

    Example:
        >>> print(money(142_978.3, "USD"), money(-64_599, "USD"), money(9_599_278, "EUR"), money(0.0138), sep="; ")
        USD 143,000; −USD 64,600; EUR 9.6 million; 0.01
    """
    size = round(abs(value), 2)
    sign = MINUS if value < 0 and size else ""
    text = f"{number(size / 1e6, digits)} million" if size >= 1e6 else number(size, digits)
    return f"{sign}{currency}{NARROW}{text}" if currency else sign + text


def amounts(values: Sequence[float], currency: str = "", digits: int = 4) -> list[str]:
    """Money that belongs together, rounded alike, so that sums still add up to the last digit shown or nearly.

    Example:
        >>> amounts([45_626.1, 110_225.3, -64_599.2])
        ['45,600', '110,200', '−64,600']
        >>> amounts([-368.2, 0.0138], digits=3)
        ['−368', '0']
    """
    largest = max((abs(value) for value in values), default=0.0)
    place = math.floor(math.log10(largest)) - digits + 1 if largest > 0 else 0
    return [_rounded(value, place, currency) for value in values]


def _rounded(value: float, place: int, currency: str) -> str:
    """Money rounded to a power of ten."""
    millions = 6 if place >= 2 and abs(value) >= 1e6 else 0
    decimals = max(millions - place, 0)
    text = f"{round(abs(value), -place) / 10**millions:,.{decimals}f}" + (" million" if millions else "")
    return (MINUS if round(value, -place) < 0 else "") + (f"{currency}{NARROW}" if currency else "") + text


def signed(text: str) -> str:
    """A plus in front of what is not negative.

    Example:
        >>> signed(money(1200)), signed(money(-1200))
        ('+1,200', '−1,200')
    """
    return text if text.startswith(MINUS) else "+" + text


def percent(share: float, digits: int = 2) -> str:
    """A share as a percentage.

    Example:
        >>> percent(0.01489), percent(-0.5), percent(0.0004)
        ('1.5 %', '−50 %', '0.04 %')
    """
    return f"{number(round(100 * share, 4), digits)} %"


def points(difference: float) -> str:
    """A difference of two shares in percentage points, never to be mixed with percent.

    Example:
        >>> points(0.018), points(-0.01)
        ('1.8 points', '−1 point')
    """
    text = f"{abs(100 * difference):.1f}".removesuffix(".0")
    unit = "point" if text == "1" else "points"
    return f"{MINUS if difference < 0 else ''}{text} {unit}"


def several(names: list[str]) -> str:
    """Names as a phrase.

    Example:
        >>> several(["a"]), several(["a", "b", "c"])
        ('a', 'a, b and c')
    """
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
