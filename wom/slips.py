"""What somebody probably meant who wrote a number in a way that a file cannot take: advice behind an error."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

_NUMBER = r"[+-]?(?:\d+(?:[.,]\d+)*|\.\d+)"
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")
_DAY = re.compile(r"\d{4}-\d{1,2}(-\d{1,2})?")
_LEAST_PERCENT = 1.5
"""A share above 1 and below this may be meant as a share as well as in percent."""


def of_number(number: float, unit: str, admits: Callable[[float], bool]) -> str:
    """Advice on a number out of bounds: a share that was given in percent.

    Args:
        number: as written.
        unit: of the quantity.
        admits: whether a number is allowed.

    Example:
        >>> of_number(5, "share", lambda share: 0 <= share <= 1)
        '; write 0.05 for 5 %'
    """
    shares = unit.startswith(("share", "probability"))
    if not shares or not _LEAST_PERCENT <= number <= 100 or not admits(number / 100):
        return ""
    return f"; write {number / 100:.12g} for {number:.12g} %"


def of_text(text: str, unit: str, admits: Callable[[float], bool]) -> str:
    """Advice on text where a number belongs: quotes, a comma, a percent sign, a currency or a unit.

    Args:
        text: as written.
        unit: of the quantity.
        admits: whether a number is allowed.

    Example:
        >>> share = lambda number: 0 <= number <= 1
        >>> of_text("30%", "share", share), of_text("0,55", "share", share), of_text("0.06", "share", share)
        ('; write 0.3', '; write 0.55, with a point', '; write it without quotes')
        >>> of_text("79 EUR", "currency per customer", share), of_text("20,000", "people", share)
        ('; write 79; the currency stands at the top', '; write 20000, without a comma')
    """
    found = re.search(_NUMBER, text)
    if not found or len(re.findall(_NUMBER, text)) > 1 or len(text) > 40:
        return ""
    value, around = _meant(found[0]), (text[: found.start()] + text[found.end() :]).strip()
    if value is None:
        return ""
    if around == "%":
        return f"; write {value / 100:.12g}"
    if around:
        word = re.fullmatch(r"[^\W\d_]{1,20}|[^\w\s]", around)
        if word and "currency" in unit:
            return f"; write {value:.12g}; the currency stands at the top"
        return f"; write {value:.12g}, in {unit}" if word and admits(value) else ""
    if "," not in text:
        return "; write it without quotes"
    return f"; write {value:.12g}, {'without a comma' if _THOUSANDS.fullmatch(found[0]) else 'with a point'}"


def of_key(key: object, data: Mapping[Any, Any]) -> str:
    """Advice on a key that is a number: behind a comma YAML begins the next entry.

    Example:
        >>> of_key(90, {"spend_per_customer": 19, 90: None}).split(": ")[0]
        'is what stands behind a comma'
        >>> of_key("sise", {"sise": 90})
        ''
    """
    if not isinstance(key, int) or data[key] is not None:
        return ""
    return (
        "is what stands behind a comma: YAML begins a new entry there; write a point, as in 19.90, and nothing "
        "between thousands, as in 20000"
    )


def of_month(value: object) -> str:
    """Advice on a date where a month is counted.

    Example:
        >>> of_month("2026-03-01"), of_month("soon")
        ('; months count from today: 0 is now, 3 is in three months', '')
    """
    dated = isinstance(value, str) and _DAY.fullmatch(value.strip())
    return "; months count from today: 0 is now, 3 is in three months" if dated else ""


def of_market(size: float, customers: float) -> str:
    """Advice on a market smaller than what the business has of it: a point between thousands is a decimal point.

    Example:
        >>> of_market(20.0, 5000.0)
        '; fewer people in the market (20) than customers (5000): is 20.000 meant as 20000?'
        >>> of_market(90_000.0, 5000.0)
        ''
    """
    if not 0 < size < customers:
        return ""
    said = f"; fewer people in the market ({size:g}) than customers ({customers:g})"
    return said + (f": is {size:.3f} meant as {1000 * size:.0f}?" if 1000 * size > customers else "")


def _meant(text: str) -> float | None:
    """The number that somebody wrote with commas; None if it is none."""
    plain = text.replace(",", "") if _THOUSANDS.fullmatch(text) else text.replace(",", ".")
    try:
        value = float(plain)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
