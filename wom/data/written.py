"""Days and numbers of text, for databases that stop where a text is none and cannot try.

A form that only days and numbers have is looked for first, and only what has it is cast.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from .extra import ibis

_YEAR = r"(?:19|[2-9][0-9])[0-9]{2}"
_LEAP = r"(?:(?:19|[2-9][0-9])(?:0[48]|[2468][048]|[13579][26])|(?:[2468][048]|[3579][26])00)"
DAY = (
    rf"(?:{_YEAR}-(?:0?[13578]|1[02])-(?:0?[1-9]|[12][0-9]|3[01])"
    rf"|{_YEAR}-(?:0?[469]|11)-(?:0?[1-9]|[12][0-9]|30)"
    rf"|{_YEAR}-0?2-(?:0?[1-9]|1[0-9]|2[0-8])|{_LEAP}-0?2-29)"
)
"""Every day from 1900 to 9999 in ISO form, and none that does not exist."""

_CLOCK = r"(?:(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]+)?)?|24:00(?::00(?:[.]0+)?)?)"
_PLAIN = rf"^{DAY}(?:[ T]{_CLOCK})?$"
_OFFSET = rf"^{DAY}[ T]{_CLOCK}(?:Z| ?UTC|[+-](?:0[0-9]|1[0-5])(?::?[0-5][0-9])?)$"
_REORDERED = rf"^{DAY}(?: (?:[01]?[0-9]|2[0-3]):[0-5]?[0-9]:[0-5]?[0-9])?$"
_APART = r"^([0-9]{4})[/ \\]([0-9]{2})[/ \\]([0-9]{2})$"
"""What DuckDB takes for ISO days as well."""

_NUMBER = r"^[+-]?(?:[0-9]{1,99}(?:[.][0-9]{0,99})?|[.][0-9]{1,99})(?:[eE][+-]?[0-9]{1,2})?$"

_PARTS = {
    "d": "([0-9]{1,2})", "m": "([0-9]{1,2})", "Y": "([0-9]{4})", "y": "([0-9]{2})",
    "H": "([0-9]{1,2})", "M": "([0-9]{1,2})", "S": "([0-9]{1,2})", "f": "([0-9]{1,9})",
}  # fmt: skip
_CENTURY = "69"
"""Two-digit years from here on are of the last century, as everywhere in POSIX."""


def unread(forms: Sequence[str]) -> str:
    """The first part of forms of days that only DuckDB reads; empty if there is none.

    Example:
        >>> unread(["%d.%m.%Y"]), unread(["%d.%m.%Y", "%d %b %Y"])
        ('', '%b')
    """
    listed = [re.findall(r"%-?(.)", form) for form in forms]
    return next(
        (f"%{part}" for parts in listed for part in parts if part not in _PARTS or parts.count(part) > 1), ""
    )


def moment(given: Any, forms: Sequence[str], local: Any) -> Any:
    """A text as a timestamp of the business; null where it is none.

    Args:
        given: without blanks around.
        forms: tried in turn, of which `unread` finds nothing; ISO if none.
        local: makes a moment with an offset one of the business; None where that cannot be.

    Example:
        >>> from .extra import fetched
        >>> str(fetched(moment(ibis().literal("3.1.2024"), ["%d.%m.%Y"], None)))
        '2024-01-03 00:00:00'
    """
    if forms:
        return ibis().coalesce(*(_only(_reordered(given, form), _REORDERED).cast("timestamp") for form in forms))
    given = given.re_replace(_APART, r"\1-\2-\3")
    found = _only(given, _PLAIN).cast("timestamp")
    if local is None:
        return found
    return ibis().coalesce(found, local(_only(given, _OFFSET).cast("timestamp('UTC')")))


def number(given: Any) -> Any:
    """A text as a float; null where it is none.

    Example:
        >>> from .extra import fetched
        >>> float(fetched(number(ibis().literal("-12.50"))))
        -12.5
    """
    return _only(given, _NUMBER).cast("float64")


def _only(given: Any, form: str) -> Any:
    return ibis().ifelse(given.re_search(form), given, ibis().null("string"))


def _reordered(given: Any, date_format: str) -> Any:
    """A text in the user's form, in ISO form."""
    pattern, order = "", dict[str, int]()
    for part, plain in re.findall(r"%-?(.)|(\s+|.)", date_format):
        if part:
            order[part] = len(order) + 1
        pattern += _PARTS[part] if part else r"\s+" if plain.isspace() else re.escape(plain)
    year, clock = order.get("Y", order.get("y")), ""
    day = rf"\{order['d']}" if "d" in order else "01"  # of months alone
    if "H" in order:
        clock = " " + ":".join(f"\\{order[part]}" if part in order else "00" for part in "HMS")
    iso = given.re_replace(f"^{pattern}$", rf"\{year}-\{order['m']}-{day}{clock}")
    if "Y" not in order:
        iso = ibis().ifelse(iso.left(2) >= _CENTURY, "19", "20") + iso
    return ibis().ifelse(given.re_search(f"^{pattern}$"), iso, ibis().null("string"))
