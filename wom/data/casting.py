"""Texts and other types into days, numbers and words, as expressions of the database.

Days are whole numbers (since 1970) and months too (since year 0), so that every database reckons alike. What
cannot be read is null, never a guess.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from .extra import ibis

_DAYS = (-25_567, 2_932_896)
"""The first day of 1900 and the last of 9999, since 1970: earlier years are slips, such as 24 for 2024."""
_HUGE = 1e300

_YES, _NO = ("true", "yes", "1", "t", "y", "x"), ("false", "no", "0", "f", "n")
_ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_CLOCK = r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.][0-9]+)?)?"
_MOMENT = rf"^\s*([0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}(?:[ T]{_CLOCK})?)\s*$"
_OFFSET = (
    rf"^\s*([0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}[ T]{_CLOCK} ?(?:Z|z|UTC|[+-][0-9]{{2}}(?::?[0-9]{{2}})?))\s*$"
)
_EMPTY = r"^(null|none|nan|nat|n/?a|-)$"
_PLAIN = r"^[+-]?([0-9]{1,15}([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]{1,2})?$"
_GROUPED = {
    ".": r"^\s*([+-]?[0-9]{1,3}(?:[, '\x{a0}][0-9]{3})*(?:[.][0-9]*)?)\s*$",
    ",": r"^\s*([+-]?(?:[0-9]{1,15}|[0-9]{1,3}(?:[. '\x{a0}][0-9]{3})*)(?:,[0-9]*)?)\s*$",
}
"""Numbers with their thousands apart, by the sign before decimals."""


class Moment(NamedTuple):
    """A column of moments, first step.

    Example:
        >>> Moment("2024-05-01", 0).on
        '2024-05-01'
    """

    on: Any
    """The day: a date, or an ISO text where the database cannot make dates of texts; null where unreadable."""
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
        whole = column == column.floor()
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


def flag(column: Any) -> Any:
    """A column of yes and no as 1 and 0.

    Example:
        >>> from .extra import fetched
        >>> int(fetched(flag(ibis().literal("Yes"))))
        1
    """
    if column.type().is_boolean():
        return column.cast("int64")
    given = text(column).lower()
    return ibis().cases((given.isin(list(_YES)), 1), (given.isin(list(_NO)), 0))


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
        return column.cast("int64").cast("float64")
    if kind.is_numeric():
        return column.cast("float64")
    if dialect != "duckdb":
        return _number_of_text(text(column))
    # One chain without repetition: DuckDB computes what stands twice for every row, needed or not.
    if decimal is None:
        return column.try_cast("float64")
    bare = column.re_extract(_GROUPED[decimal], 1)
    bare = (
        bare.re_replace(r"[. '\x{a0}]", "").replace(",", ".")
        if decimal == ","
        else bare.re_replace(r"[, '\x{a0}]", "")
    )
    if decimal == ",":
        return bare.try_cast("float64")
    return ibis().coalesce(column.try_cast("float64"), bare.try_cast("float64"))


def finite(found: Any) -> Any:
    """Whether a number is there, and is one to reckon with; false where it is null.

    Example:
        >>> from .extra import fetched
        >>> bool(fetched(finite(ibis().literal(float("inf")))))
        False
    """
    return (found.abs() < _HUGE).fill_null(False)


def _number_of_text(given: Any) -> Any:
    usable = given.re_search(_PLAIN) & (given.length() < 40)
    return ibis().ifelse(usable, ibis().ifelse(usable, given, "0").cast("float64"), ibis().null("float64"))


def moment(column: Any, date_format: str | None, zone: str | None, dialect: str) -> Moment:
    """A column as days of the business.

    Args:
        column: dates, timestamps (with or without a zone) or texts.
        date_format: of texts; ISO by default, with or without a time of day and an offset.
        zone: moments with an offset become days there; without one they are null.
        dialect: the database's name; DuckDB has functions of its own for texts.

    Example:
        >>> from .extra import fetched
        >>> found = moment(ibis().literal("2024-05-01T23:30:00Z"), None, "Europe/Berlin", "duckdb")
        >>> str(fetched(found.on))[:10], int(fetched(found.seconds))
        ('2024-05-02', 5400)
    """
    kind, zero = column.type(), ibis().literal(0, "int32")
    if dialect == "sqlite" and not kind.is_string():
        column = column.cast("string")  # SQLite has no days: whatever stands there is text
        kind = column.type()
    if kind.is_date():
        return Moment(column, zero)
    if kind.is_timestamp():
        if kind.timezone is not None:
            column = _functions()["timezone"](zone or "UTC", column)
            if zone is None:
                column = ibis().ifelse(column.isnull(), column, ibis().null("timestamp"))
        return Moment(column.date(), _seconds(column))
    if not kind.is_string():
        return Moment(ibis().null("date"), zero)  # a number is no day
    if dialect != "duckdb":
        return Moment(_real_day(text(column)), zero)
    if date_format is not None:
        found = _functions()["try_strptime"](column.strip(), date_format)
        return Moment(found.date(), _seconds(found))
    # As for numbers: no part stands twice.
    quick = ibis().ifelse(column.length() == 10, column, ibis().null("string")).try_cast("date")
    found = column.re_extract(_MOMENT, 1).try_cast("timestamp")
    if zone is not None:
        there = column.re_extract(_OFFSET, 1).try_cast("timestamp('UTC')")
        found = ibis().coalesce(found, _functions()["timezone"](zone, there))
    return Moment(ibis().coalesce(quick, found.date()), _seconds(found))


def day(on: Any, dialect: str) -> Day:
    """Day, month and what is left of it, of a day from `moment`.

    Example:
        >>> from .extra import fetched
        >>> found = day(ibis().literal("2024-06-30").cast("date"), "duckdb")
        >>> int(fetched(found.day)), int(fetched(found.month)) - 12 * 2024, round(float(fetched(found.since)), 3)
        (19904, 5, 0.017)
    """
    if on.type().is_string():
        safe = on.fill_null("0001-01-01")
        year, month, day = (safe.substr(start, size).cast("int64") for start, size in ((0, 4), (5, 2), (8, 2)))
        number = ibis().ifelse(on.notnull(), _number(year, month, day), ibis().null("int64"))
    else:
        year, month, day = on.year(), on.month(), on.day()
        number = on.epoch_days() if dialect == "duckdb" else _number(year, month, day)
    known = number.between(*_DAYS)
    length = days_in_month(year, month)
    return Day(
        ibis().ifelse(known, number, ibis().null(number.type())).cast("int32"),
        (year * 12 + month - 1).cast("int32"),
        (length - day + 0.5) / length.cast("float64"),
    )


def _real_day(given: Any) -> Any:
    """ISO days of databases that cannot try: by digits, with arithmetic."""
    form = given.left(10).re_search(_ISO) & given.re_search(_MOMENT)
    safe = ibis().ifelse(form, given.left(10), "0001-01-01")
    year, month, day = (safe.substr(start, size).cast("int64") for start, size in ((0, 4), (5, 2), (8, 2)))
    real = (month >= 1) & (month <= 12) & (day >= 1) & (day <= days_in_month(year, month))
    return ibis().ifelse(form & real, safe, ibis().null("string"))


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


def _number(year: Any, month: Any, day: Any) -> Any:
    """Days since 1970, in whole numbers: the count of the Julian day."""
    early = (14 - month) // 12
    years, months = year + 4800 - early, month + 12 * early - 3
    count = day + (153 * months + 2) // 5 + 365 * years + years // 4 - years // 100 + years // 400
    return (count - 32045 - 2440588).cast("int64")


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
        "try_strptime": builtin(try_strptime, signature=((kinds.string, kinds.string), kinds.timestamp)),
        "timezone": builtin(timezone, signature=((kinds.string, kinds.Timestamp("UTC")), kinds.timestamp)),
    }
