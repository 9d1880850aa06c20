"""Texts and other types into days, numbers and words, as expressions of the database.

Days are whole numbers (since 1970) and months too (since year 0), so that every database reckons alike. What
cannot be read is null, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from .store import ibis

_YEAR = r"(?:19|[2-9][0-9])[0-9]{2}"
_LEAP = r"(?:(?:19|[2-9][0-9])(?:0[48]|[2468][048]|[13579][26])|(?:[2468][048]|[3579][26])00)"
DAY = (
    rf"(?:{_YEAR}-(?:0?[13578]|1[02])-(?:0?[1-9]|[12][0-9]|3[01])"
    rf"|{_YEAR}-(?:0?[469]|11)-(?:0?[1-9]|[12][0-9]|30)"
    rf"|{_YEAR}-0?2-(?:0?[1-9]|1[0-9]|2[0-8])|{_LEAP}-0?2-29)"
)
"""Every day from 1900 to 9999 in ISO form, and none that does not exist."""

_EXACT_CLOCK = r"(?:(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]+)?)?|24:00(?::00(?:[.]0+)?)?)"
_PLAIN = rf"^{DAY}(?:[ T]{_EXACT_CLOCK})?$"
_EXACT_OFFSET = rf"^{DAY}[ T]{_EXACT_CLOCK}(?:Z| ?UTC|[+-](?:0[0-9]|1[0-5])(?::?[0-5][0-9])?)$"
_REORDERED = rf"^{DAY}(?: (?:[01]?[0-9]|2[0-3]):[0-5]?[0-9]:[0-5]?[0-9])?$"
_SLASHED = r"^([0-9]{4})[/ \\]([0-9]{2})[/ \\]([0-9]{2})$"
"""What DuckDB takes for ISO days as well."""

_NUMBER = r"^[+-]?(?:[0-9]{1,99}(?:[.][0-9]{0,99})?|[.][0-9]{1,99})(?:[eE][+-]?[0-9]{1,2})?$"

_PARTS = {
    "d": "([0-9]{1,2})", "m": "([0-9]{1,2})", "Y": "([0-9]{4})", "y": "([0-9]{2})",
    "H": "([0-9]{1,2})", "M": "([0-9]{1,2})", "S": "([0-9]{1,2})", "f": "([0-9]{1,9})",
}  # fmt: skip
_CENTURY = "69"
"""Two-digit years from here on are of the last century, as everywhere in POSIX."""

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
BLANKS = " \t\u00a0\u2000-\u200d\u202f\u205f\u2060\u3000\ufeff"
"""Blanks of any width, and of none, for a class of a pattern."""
_ABSENT = r"null|\(null\)|<null>|none|nil|nan|nat|<na>|#?n/?a|n\.a\.|\\n|[-–—.?*_]+"
"""Words for nothing, in small letters."""
_NO_DAY = (
    rf"^(?:{_ABSENT}|never|nie|jamais|active|still active|aktiv|actif|current|open|ongoing|present|0+"
    r"|(?:0000|0001|1753|1900|1970)(?:0101|-0?[01]-0?[01](?:[ t].*)?)|1899-12-3[01](?:[ t].*)?"
    r"|1969-12-31(?:[ t].*)?|0?[01][-./]0?[01][-./](?:0000|0001|1753|1900|1970)(?: .*)?|3[01][./]12[./]1899"
    r"|12/3[01]/1899|9999(?:-.*)?)$"
)
"""A cell of days that says that there is none: words, and the days that programs write for it."""
_NOBODY = (
    rf"^(?:{_ABSENT}|(?:guest|gast|invit[eé]|unknown|unbekannt|inconnu|anonym(?:ous|e)?|undefined|walk[- ]?in"
    r"|cash(?: sale)?|(?:web|online|shop|store|till|pos)[ _-]?(?:guest|sale|customer)|laufkund(?:e|schaft)"
    r"|barverkauf|various|diverse?|misc(?:ellaneous)?"
    r"|default|dummy|no|not|missing|blank|empty)(?:[ _-]?(?:user|customer|client|kunde|checkout|account|id|name"
    r"|set|available|given|assigned|applicable|logged in))?|\((?:not set|blank|unknown|none|empty)\)"
    r"|#[a-z/0]+[!?]?|(?:grand ?|sub-?)?totals?(?:[ :-]+(?:[0-9(].*|of .*|for .*|all.*"
    r"|(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)(?:r?uary|ch|il|ust|o?t?em?ber|ober)?[ .0-9]*))?:?"
    r"|sum|(?:zwischen|gesamt)?summe|gesamt(?:ergebnis)?|insgesamt|somme|totale|suma|-1|0+(?:[.]0+)?|[0-]{8,})$"
)
"""An id that is nobody: words for nothing and for guests, zeros, errors of a spreadsheet, and rows of totals."""
_QUOTES = "'\u2018\u2019\u00b4`\u02bc"
MONEY = (
    r"(?:[A-Z]{0,2}[$]|[€£¥₹₽₺₩₪₴]|AED|ARS|AUD|BGN|BRL|CAD|CHF|CLP|CNY|COP|CZK|DKK|EUR|GBP|HKD|HUF|ILS|INR|ISK|JPY|KRW"
    r"|MXN|NOK|NZD|PLN|RON|RUB|SAR|SEK|SGD|THB|TRY|UAH|USD|ZAR|Euro?|[kK]r[.]?|Fr[.]|Rs[.]?|zł|Kč|Ft|лв)"
)
"""Signs and names of currencies, as they stand beside amounts."""
_MINUS = "[-\u2212\u2013]"
_DASH = "(?:--|[-\u2013\u2014])"
"""What stands for no cents, as in 45.-"""


def _written(point: str, apart: str) -> str:
    """A pattern of numbers with a sign in front or behind, a currency, and brackets for what is below 0.

    `point` stands before decimals; between thousands blanks and quotes, or what `apart` says.
    """
    apart, money, blank = f"[{apart}{BLANKS}{_QUOTES}]", f"(?:{MONEY}[{BLANKS}]*)?", f"[{BLANKS}]*"
    thousands = f"[0-9]{{1,3}}(?:{apart}[0-9]{{2,3}})*{apart}[0-9]{{3}}(?:{point}[0-9]*)?"
    number = f"{thousands}|[0-9]+(?:{point}[0-9]*)?|{point}[0-9]+"
    whole = (
        rf"{money}(?:{_MINUS}|[+])?{blank}{money}(?:{number})(?:[.,]{_DASH})?{blank}{money}{_MINUS}?{blank}{money}"
    )
    return rf"^{blank}(?:[(]{blank}{whole}[)]|{whole}){blank}$"


_WRITTEN = {".": _written("[.]", ","), ",": _written(",", "."), None: _written("[.]", "")}
"""Numbers as people write them, by the sign before decimals."""
LIKE_NUMBER = f"^[^0-9]*[0-9][0-9.,{BLANKS}{_QUOTES}]*[^0-9]*$"
"""Whatever holds one number, readable or not."""
_NEGATIVE = rf"^[^0-9]*(?:[(]|{_MINUS})|[^-–—.,]{_MINUS}[^-0-9]*$"
_RATED = (
    rf"^\s*(-?[0-9]{{1,3}}(?:[.,][0-9]+)?)[{BLANKS}]*(?:$|/[{BLANKS}]*[0-9]{{1,3}}$|[-–—=:(|][{BLANKS}]*[^0-9{BLANKS}].*$"
    rf"|[^-0-9.,:=/%–—{BLANKS}].*$)"
)
"""A rating with words behind, such as 10 - Extremely likely, 8/10 or 4 stars."""
_SPREADSHEET = r"^([0-9]+)[.]0+$"
_WRAPPED = rf"""^[{BLANKS}="'‘’]+|[{BLANKS}"'‘’]+$"""


def text(column: Any) -> Any:
    """A column as text without blanks around; null where empty.

    Whole numbers that came as fractions (7.0) are whole again, so that ids of two tables agree.
    """
    if column.type().is_floating() or column.type().is_decimal():
        whole = ibis().ifelse(column.abs() < _WHOLE, column == column.floor(), False)
        return ibis().ifelse(whole, column.floor().cast("int64").cast("string"), column.cast("string"))
    found = column if column.type().is_string() else column.cast("string")
    return found.strip().nullif("")


def word(column: Any, meanings: dict[str, tuple[str, ...]]) -> Any:
    """Our value for each of the user's in small letters (`meanings`: ours: theirs); null where there is none."""
    given = text(column).lower()
    return ibis().cases(*((given.isin(list(theirs)), ours) for ours, theirs in meanings.items() if theirs))


def flag(column: Any, meanings: Mapping[str, Sequence[str]]) -> Any:
    """A column of yes and no as 1 and 0; words of the user's own come before `YES_NO`."""
    if column.type().is_boolean():
        return _bit(column)
    given = text(column).lower()
    words = [(meaning, name) for meaning in (meanings, YES_NO) for name in YES_NO if meaning.get(name)]
    return ibis().cases(*((given.isin(list(meaning[name])), int(name == "yes")) for meaning, name in words))


def _bit(test: Any) -> Any:
    """1 and 0 for true and false, as PostgreSQL makes no long number of them by a cast."""
    return ibis().cases((test, 1), (~test, 0)).cast("int64")


def customer(column: Any, alike: bool) -> Any:
    """An id as text: what spreadsheets and exports put around it or behind it is gone, as in ="123" or 123.0."""
    found = text(column).re_replace(_WRAPPED, "").re_replace(_SPREADSHEET, r"\1").nullif("")
    return plain(found) if alike else found


def plain(identity: Any) -> Any:
    """An id as people would compare it: without capitals, leading zeros, blanks, and signs around and between."""
    return identity.lower().re_replace(rf"[{BLANKS}{_QUOTES},#+()\[\]]", "").re_replace("^0+", "")


def nobody(column: Any, zero: bool, bare: bool = False) -> Any:
    """Whether an id is a word for nobody.

    `zero`: the plain 0 is a customer. `bare`: nothing stands around the ids, as `customer` leaves them.
    """
    given = column.cast("string")
    found = (given if bare else given.re_replace(_WRAPPED, "")).lower().re_search(_NOBODY).fill_null(False)
    return found & (given != "0") if zero else found


def rating(column: Any, dialect: str) -> Any:
    """A column of ratings as a float, with or without words behind the number; null where unreadable."""
    if not column.type().is_string():
        return number(column, None, dialect)
    worded = column.re_extract(_RATED, 1).replace(",", ".")
    return ibis().coalesce(_float(column.strip(), dialect), _float(worded, dialect))


def worth(column: Any, dialect: str) -> Any:
    """Roughly what an amount that cannot be read is worth; null where it does not look like one."""
    digits = column.re_replace("^[^0-9]+|[^0-9.,]|[^0-9]+$", "").re_replace("[.,]([0-9]{1,2})$", r"#\1")
    value = _float(digits.re_replace("[.,]", "").replace("#", "."), dialect)
    return ibis().ifelse(column.re_search(LIKE_NUMBER), value, ibis().null("float64"))


def number(column: Any, decimal: str | None, dialect: str) -> Any:
    """A column as a float; null where unreadable.

    Plain numbers such as -12.50 are read, and those with blanks or apostrophes between thousands, a currency, or
    a sign below 0 behind or in brackets; with `decimal`, commas or points may stand between thousands as well.
    """
    kind = column.type()
    if kind.is_boolean():
        return _bit(column).cast("float64")
    if kind.is_numeric():
        return column.cast("float64")
    column = column if kind.is_string() else column.cast("string")
    column = column if dialect == "duckdb" else text(column)
    # A chain in which no costly part stands twice: DuckDB computes such a part for every row, needed or not.
    bare = column.re_extract(_WRITTEN[decimal], 0)
    bare = bare.re_replace(r"kr[.]|Kr[.]|Fr[.]|Rs[.]|[^0-9" + (decimal or ".") + "]", "").replace(",", ".")
    found = _float(bare, dialect) * ibis().ifelse(column.re_search(_NEGATIVE), -1.0, 1.0)
    return found if decimal == "," else ibis().coalesce(_float(column, dialect), found)


def _float(column: Any, dialect: str) -> Any:
    """A plain text as a float; null where it is none."""
    return column.try_cast("float64") if dialect == "duckdb" else _only(column, _NUMBER).cast("float64")


def _only(given: Any, form: str) -> Any:
    return ibis().ifelse(given.re_search(form), given, ibis().null("string"))


def finite(found: Any) -> Any:
    """Whether a number is there, and is one to reckon with; false where it is null."""
    return (found.abs() < _HUGE).fill_null(False)


def moment(column: Any, forms: Sequence[str], zone: str | None, dialect: str) -> tuple[Any, Any]:
    """A column as days of the business (dates, null where unreadable), and seconds of the day (0 where unknown).

    `column`: dates, timestamps (with or without a zone) or texts. `forms`: of texts, tried in turn; ISO if none,
    with or without a time of day and an offset. `zone`: moments with an offset become days there; without one they
    are null.
    """
    kind, zero = column.type(), ibis().literal(0, "int32")
    timezone = _functions()["timezone"]

    def known(on: Any) -> Any:
        first, last = (ibis().date(*end) for end in _FAR)
        return ibis().ifelse(on < first, ibis().null("date"), ibis().least(on, last))

    if kind.is_date():
        return known(column), zero
    if kind.is_timestamp():
        if kind.timezone is not None:
            column = timezone(zone or "UTC", column)
            if zone is None:
                column = ibis().ifelse(column.isnull(), column, ibis().null("timestamp"))
        return known(column.date()), _seconds(column)
    if kind.is_integer() and forms:
        column = column.cast("string")  # such as 20240131
    elif not kind.is_string():
        return ibis().null("date"), zero  # a number is no day
    if dialect != "duckdb":
        given = text(column)
        if forms:
            read = (_only(_reordered(given, form), _REORDERED).cast("timestamp") for form in forms)
            found = ibis().coalesce(*read)
        else:
            given = given.re_replace(_SLASHED, r"\1-\2-\3")
            found = _only(given, _PLAIN).cast("timestamp")
            if zone is not None:
                there = _only(given, _EXACT_OFFSET).cast("timestamp('UTC')")
                found = ibis().coalesce(found, timezone(zone, there))
        return found.date(), _seconds(found)
    if forms:
        found = _functions()["try_strptime"](column.strip(), list(forms))
        return found.date(), _seconds(found)
    # As for numbers: no part stands twice.
    quick = ibis().ifelse(column.length() == 10, column, ibis().null("string")).try_cast("date")
    found = column.re_extract(_MOMENT, 1).try_cast("timestamp")
    if zone is not None:
        there = column.re_extract(_OFFSET, 1).try_cast("timestamp('UTC')")
        found = ibis().coalesce(found, timezone(zone, there))
    return ibis().coalesce(quick, found.date()), _seconds(found)


def unread(forms: Sequence[str]) -> str:
    """The first part of forms of days that only DuckDB reads; empty if there is none."""
    listed = [re.findall(r"%-?(.)", form) for form in forms]
    odd = (f"%{part}" for parts in listed for part in parts if part not in _PARTS or parts.count(part) > 1)
    return next(odd, "")


def _reordered(given: Any, date_format: str) -> Any:
    """A text in the user's form, of which `unread` finds nothing, in ISO form."""
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


def _seconds(moment: Any) -> Any:
    found = moment.hour().cast("int32") * 3600 + moment.minute() * 60 + moment.second()
    return found.fill_null(0).cast("int32")


def day(on: Any) -> dict[str, Any]:
    """Of days: day (since 1970), month (12·year + month − 1), since (months from midday to the end of it)."""
    year, month, day, number = on.year(), on.month(), on.day(), on.epoch_days()
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    february = ibis().ifelse(leap, 29, 28)
    length = ibis().cases((month == 2, february), (month.isin([4, 6, 9, 11]), 30), else_=31)
    return {
        "day": ibis().ifelse(number.between(*_DAYS), number, ibis().null(number.type())).cast("int32"),
        "month": (year * 12 + month - 1).cast("int32"),
        "since": (length - day + 0.5) / length.cast("float64"),
    }


def absent(column: Any, day: bool = False) -> Any:
    """Whether a cell is empty, or holds a word for nothing; of days also one that says that there is none."""
    given = text(column.cast("string"))
    return given.isnull() | given.lower().re_search(_NO_DAY if day else f"^(?:{_ABSENT})$")


def offset(column: Any) -> Any:
    """Whether a moment names its offset from UTC."""
    kind = column.type()
    if kind.is_string():
        return text(column).re_search(_OFFSET).fill_null(False)
    return column.notnull() if kind.is_timestamp() and kind.timezone is not None else ibis().literal(False)


@cache
def _functions() -> dict[str, Any]:
    """Functions that databases have and Ibis does not name."""
    kinds, builtin = ibis().expr.datatypes, ibis().udf.scalar.builtin

    def try_strptime(text, form):  # type: ignore[no-untyped-def]
        ...

    def timezone(zone, moment):  # type: ignore[no-untyped-def]
        ...

    forms, instant = kinds.Array(kinds.string), kinds.Timestamp("UTC")
    return {
        "try_strptime": builtin(try_strptime, signature=((kinds.string, forms), kinds.timestamp)),
        "timezone": builtin(timezone, signature=((kinds.string, instant), kinds.timestamp)),
    }
