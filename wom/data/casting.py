"""Texts and other types into days, numbers and words, as expressions of the database.

Days are whole numbers (since 1970) and months too (since year 0), so that every database reckons alike. What
cannot be read is null, never a guess.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Any, NamedTuple

from . import written
from .extra import ibis

_DAYS = (-25_567, 2_932_896)
"""The first day of 1900 and the last of 9999, since 1970: earlier years are slips, such as 24 for 2024."""
_HUGE, _WHOLE = 1e300, 1e15
"""Numbers to reckon with, and those that are exact as fractions."""

_FAR = (1900, 1, 1), (9999, 12, 31)
"""The same as dates. PostgreSQL has days without end: those to come become the last."""
YES_NO = {"yes": ("yes", "true", "1", "t", "y", "x"), "no": ("no", "false", "0", "f", "n")}
"""Words for yes and no, in small letters."""

_CLOCK = r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.][0-9]+)?)?"
_MOMENT = rf"^\s*([0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}(?:[ T]{_CLOCK})?)\s*$"
_OFFSET = (
    rf"^\s*([0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}[ T]{_CLOCK} ?"
    r"(?:Z|z|UTC|[+-](?:0[0-9]|1[0-5])(?::?[0-9]{2})?))\s*$"
)
_EMPTY = r"^(null|none|nan|nat|n/?a|-)$"
_APART = {".": "[, '\N{NO-BREAK SPACE}]", ",": "[. '\N{NO-BREAK SPACE}]"}
"""What stands between thousands, by the sign before decimals."""
_GROUPED = {
    ".": r"^\s*([+-]?[0-9]{1,3}(?:" + _APART["."] + r"[0-9]{3})*(?:[.][0-9]*)?)\s*$",
    ",": r"^\s*([+-]?(?:[0-9]{1,15}|[0-9]{1,3}(?:" + _APART[","] + r"[0-9]{3})*)(?:,[0-9]*)?)\s*$",
}
"""Numbers with their thousands apart, by the sign before decimals."""


class Moment(NamedTuple):
    """A column of moments, first step.

    Example:
        >>> Moment("2024-05-01", 0).on
        '2024-05-01'
    """

    on: Any
    """The day, a date; null where unreadable."""
    seconds: Any
    """Of the day, int; 0 where only the day is known."""


class Day(NamedTuple):
    """A column of days, second step.

    Example:
        >>> Day(19904, 24293, 0.017).month % 12
        5
    """

    day: Any
    """Days since 1970, int; null where there is none."""
    month: Any
    """12·year + month − 1, int."""
    since: Any
    """Months from the middle of the day to the end of its month, float."""


def text(column: Any) -> Any:
    """A column as text without blanks around; null where empty.

    Whole numbers that came as fractions (7.0) are whole again, so that ids of two tables agree.

    Example:
        >>> from .extra import fetched
        >>> fetched(text(ibis().literal(" 7 ")))
        '7'
    """
    if column.type().is_floating() or column.type().is_decimal():
        whole = ibis().ifelse(column.abs() < _WHOLE, column == column.floor(), False)
        return ibis().ifelse(whole, column.floor().cast("int64").cast("string"), column.cast("string"))
    found = column if column.type().is_string() else column.cast("string")
    return found.strip().nullif("")


def word(column: Any, meanings: dict[str, tuple[str, ...]]) -> Any:
    """Our value for each of the user's; null where there is none.

    Args:
        column: theirs.
        meanings: ours: theirs, in small letters.

    Example:
        >>> from .extra import fetched
        >>> fetched(word(ibis().literal("Friend"), {"recommendation": ("friend", "family")}))
        'recommendation'
    """
    given = text(column).lower()
    return ibis().cases(*((given.isin(list(theirs)), ours) for ours, theirs in meanings.items() if theirs))


def flag(column: Any, meanings: Mapping[str, Sequence[str]] | None = None) -> Any:
    """A column of yes and no as 1 and 0.

    Args:
        column: theirs.
        meanings: words of the user's own for yes and no, which come before `YES_NO`.

    Example:
        >>> from .extra import fetched
        >>> int(fetched(flag(ibis().literal("Yes"))))
        1
    """
    if column.type().is_boolean():
        return bit(column)
    given = text(column).lower()
    words = [(meaning, name) for meaning in (meanings or {}, YES_NO) for name in YES_NO if meaning.get(name)]
    return ibis().cases(*((given.isin(list(meaning[name])), int(name == "yes")) for meaning, name in words))


def bit(test: Any) -> Any:
    """1 and 0 for true and false, as PostgreSQL makes no long number of them by a cast.

    Example:
        >>> from .extra import fetched
        >>> int(fetched(bit(ibis().literal(True))))
        1
    """
    return ibis().cases((test, 1), (~test, 0)).cast("int64")


def number(column: Any, decimal: str | None, dialect: str) -> Any:
    """A column as a float; null where unreadable.

    Without `decimal` only plain numbers such as -12.50 are read; with it, thousands may be apart as well.

    Example:
        >>> from .extra import fetched
        >>> float(fetched(number(ibis().literal("1.234,50"), ",", "duckdb")))
        1234.5
    """
    kind = column.type()
    if kind.is_boolean():
        return bit(column).cast("float64")
    if kind.is_numeric():
        return column.cast("float64")
    cast = _tried if dialect == "duckdb" else written.number
    column = column if dialect == "duckdb" else text(column)
    # One chain without repetition: DuckDB computes what stands twice for every row, needed or not.
    if decimal is None:
        return cast(column)
    bare = column.re_extract(_GROUPED[decimal], 1)
    bare = bare.re_replace(_APART[decimal], "")
    if decimal == ",":
        return cast(bare.replace(",", "."))
    return ibis().coalesce(cast(column), cast(bare))


def _tried(column: Any) -> Any:
    return column.try_cast("float64")


def finite(found: Any) -> Any:
    """Whether a number is there, and is one to reckon with; false where it is null.

    Example:
        >>> from .extra import fetched
        >>> bool(fetched(finite(ibis().literal(float("inf")))))
        False
    """
    return (found.abs() < _HUGE).fill_null(False)


def moment(column: Any, forms: Sequence[str], zone: str | None, dialect: str) -> Moment:
    """A column as days of the business.

    Args:
        column: dates, timestamps (with or without a zone) or texts.
        forms: of texts, tried in turn; ISO if none, with or without a time of day and an offset.
        zone: moments with an offset become days there; without one they are null.
        dialect: the database's name; DuckDB has functions of its own for texts.

    Example:
        >>> from .extra import fetched
        >>> found = moment(ibis().literal("2024-05-01T23:30:00Z"), (), "Europe/Berlin", "duckdb")
        >>> str(fetched(found.on))[:10], int(fetched(found.seconds))
        ('2024-05-02', 5400)
    """
    kind, zero = column.type(), ibis().literal(0, "int32")
    if kind.is_date():
        return Moment(_known(column), zero)
    if kind.is_timestamp():
        if kind.timezone is not None:
            column = _functions()["timezone"](zone or "UTC", column)
            if zone is None:
                column = ibis().ifelse(column.isnull(), column, ibis().null("timestamp"))
        return Moment(_known(column.date()), _seconds(column))
    if kind.is_integer() and forms:
        column = column.cast("string")  # such as 20240131
    elif not kind.is_string():
        return Moment(ibis().null("date"), zero)  # a number is no day
    if dialect != "duckdb":
        local = partial(_functions()["timezone"], zone) if zone is not None else None
        found = written.moment(text(column), forms, local)
        return Moment(found.date(), _seconds(found))
    if forms:
        found = _functions()["try_strptime"](column.strip(), list(forms))
        return Moment(found.date(), _seconds(found))
    # As for numbers: no part stands twice.
    quick = ibis().ifelse(column.length() == 10, column, ibis().null("string")).try_cast("date")
    found = column.re_extract(_MOMENT, 1).try_cast("timestamp")
    if zone is not None:
        there = column.re_extract(_OFFSET, 1).try_cast("timestamp('UTC')")
        found = ibis().coalesce(found, _functions()["timezone"](zone, there))
    return Moment(ibis().coalesce(quick, found.date()), _seconds(found))


def _known(on: Any) -> Any:
    first, last = (ibis().date(*end) for end in _FAR)
    return ibis().ifelse(on < first, ibis().null("date"), ibis().least(on, last))


def day(on: Any) -> Day:
    """Day, month and what is left of it, of a day from `moment`.

    Example:
        >>> from .extra import fetched
        >>> found = day(ibis().literal("2024-06-30").cast("date"))
        >>> int(fetched(found.day)), int(fetched(found.month)) - 12 * 2024, round(float(fetched(found.since)), 3)
        (19904, 5, 0.017)
    """
    year, month, day, number = on.year(), on.month(), on.day(), on.epoch_days()
    known = number.between(*_DAYS)
    length = days_in_month(year, month)
    return Day(
        ibis().ifelse(known, number, ibis().null(number.type())).cast("int32"),
        (year * 12 + month - 1).cast("int32"),
        (length - day + 0.5) / length.cast("float64"),
    )


def either(likely: Any, costly: Any) -> Any:
    """Whether one of two holds; the second is looked at only where the first does not.

    Example:
        >>> from .extra import fetched
        >>> bool(fetched(either(ibis().literal(False), ibis().literal(True))))
        True
    """
    return ibis().ifelse(likely, True, costly)


def nothing(column: Any) -> Any:
    """Whether a cell of days is empty, or says so.

    Example:
        >>> from .extra import fetched
        >>> bool(fetched(nothing(ibis().literal("n/a"))))
        True
    """
    given = text(column.cast("string"))
    return given.isnull() | given.lower().re_search(_EMPTY)


def offset(column: Any) -> Any:
    """Whether a moment names its offset from UTC.

    Example:
        >>> from .extra import fetched
        >>> bool(fetched(offset(ibis().literal("2024-05-01 10:00+02:00"))))
        True
    """
    kind = column.type()
    if kind.is_string():
        return text(column).re_search(_OFFSET).fill_null(False)
    if kind.is_timestamp() and kind.timezone is not None:
        return column.notnull()
    return ibis().literal(False)


def _seconds(moment: Any) -> Any:
    found = moment.hour().cast("int32") * 3600 + moment.minute() * 60 + moment.second()
    return found.fill_null(0).cast("int32")


def days_in_month(year: Any, month: Any) -> Any:
    """28 to 31.

    Example:
        >>> from .extra import fetched
        >>> int(fetched(days_in_month(ibis().literal(2024), ibis().literal(2))))
        29
    """
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    february = ibis().ifelse(leap, 29, 28)
    return ibis().cases((month == 2, february), (month.isin([4, 6, 9, 11]), 30), else_=31)


@cache
def _functions() -> dict[str, Any]:
    """Functions that databases have and Ibis does not name."""
    package = ibis()
    kinds = package.expr.datatypes

    def try_strptime(text, form):  # type: ignore[no-untyped-def]
        ...

    def timezone(zone, moment):  # type: ignore[no-untyped-def]
        ...

    builtin = package.udf.scalar.builtin
    return {
        "try_strptime": builtin(
            try_strptime, signature=((kinds.string, kinds.Array(kinds.string)), kinds.timestamp)
        ),
        "timezone": builtin(timezone, signature=((kinds.string, kinds.Timestamp("UTC")), kinds.timestamp)),
    }
