"""Each table in our terms: typed columns, and for every row that cannot be used the reason why."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial, reduce
from operator import and_, or_
from typing import Any, NamedTuple

from ..scenario import WHOLE
from .casting import day, either, finite, flag, moment, nothing, number, offset, text, word
from .extra import ibis
from .reading import Raw
from .sources import Experiences, Totals
from .store import dialect, staged
from .written import unread

OFFSET = "a moment with an offset, such as +02:00, but no time_zone"
NOT_WHOLE = "an id that is no whole number"
COMMA = "a number with a comma, but no decimal"
FATAL = {
    OFFSET: ("set time_zone, such as Europe/Berlin: its days are counted", "time_zone"),
    COMMA: ('set decimal: "," (or "." where commas stand between thousands)', "decimal"),
}
"""Reasons that a setting mends: reading on without it would give wrong numbers."""

NO_YES = "a rating that is neither yes nor no"

_WITH_COMMA = r"^[+-]?[0-9., ']*,[0-9., ']*$"
_DATED = r"^([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}[-. ][a-z]{3})"
_COUNT = r"^[0-9]{1,6}([.]0+)?$"
_BRACKET = r"^[0-9]{1,6} *(-|–|to) *[0-9]{1,6}$"
_OPEN = r"^(> *[0-9]{1,6}|>= *[0-9]{1,6}|[0-9]{1,6} *[+]|[0-9]{1,6} or more|more than [0-9]{1,6})$"
_BELOW = r"^(<|fewer than|less than) *[0-9]{1,6}$"
MOODS = ("good", "bad", "recovered", "neutral")
CAME_BY = ("recommendation", "other")


class How(NamedTuple):
    """What all tables share.

    Example:
        >>> How(None, date(2024, 5, 1), segments=True, contractual=False, whole_ids=True).whole_ids
        True
    """

    zone: str | None
    today: date
    segments: bool
    contractual: bool
    whole_ids: bool
    """Whether ids are read as whole numbers; where one is none, everything is read again with ids as text."""


Test = Callable[[Any], Any]
"""From a table of typed columns, beside what was given (`given_NAME`), to true or false."""


class _Columns:
    """A table's columns, when a row is fine, and reasons why it is not, the first that holds."""

    def __init__(self, raw: Raw, how: How) -> None:
        self.raw, self.how, self.dialect = raw, how, dialect(raw.connection)
        self.typed: dict[str, Any] = {}
        self.days: dict[str, list[str]] = {}
        self.fine: list[Test] = []
        self.reasons: list[tuple[Test, str]] = []

    def given(self, name: str) -> Any:
        return self.raw.table[name]

    def id(self) -> None:
        column = self.given("id")
        if not self.how.whole_ids:
            self.typed["id"] = text(column)
        elif column.type().is_integer():
            self.typed["id"] = column.cast("int64")
        else:
            self.typed["id"] = column.try_cast("int64")
            self.fine.append(lambda t: t.id.cast("string") == t.given_id)
            self.reasons.append((lambda t: t.id.cast("string") != text(t.given_id), NOT_WHOLE))
            self.reasons.append((lambda t: t.id.isnull() & text(t.given_id).notnull(), NOT_WHOLE))
        self.fine.append(lambda t: t.id.notnull())
        self.reasons.append((lambda t: t.id.isnull(), "no id"))

    def day(self, name: str, needed: bool, keep: Sequence[str]) -> None:
        """A column of days as `NAME_day` and others of `Day`."""
        forms, given = self.raw.source.forms, self.given(name)
        if self.dialect != "duckdb" and not given.type().is_temporal() and (part := unread(forms)):
            raise self.raw.error(
                f"{part} of date_format cannot be read in a {self.dialect} database; make {name} a date there, "
                "in a view",
                "date_format",
            )
        found = moment(given, forms, self.how.zone, self.dialect)
        self.typed[f"{name}_on"] = found.on
        if "moment" in keep:
            self.typed[f"{name}_moment"] = found.seconds
        self.days[name] = [part for part in ("day", *keep) if part != "moment"]

        def known(t: Any) -> Any:
            return t[f"{name}_day"].notnull()

        self.fine.append(known if needed else lambda t: either(known(t), nothing(t[f"given_{name}"])))
        if self.how.zone is None:
            self.reasons.append((lambda t: offset(t[f"given_{name}"]), OFFSET))
        if needed:
            self.reasons.append((lambda t: nothing(t[f"given_{name}"]), f"no {name}"))
        self.reasons.append((lambda t: ~nothing(t[f"given_{name}"]) & ~known(t), f"{name} cannot be read"))

    def date(self, *keep: str) -> None:
        """The day of an event, which lies before tomorrow."""
        self.day("date", True, ("month", *keep))
        today = _number(self.how.today)
        self.fine.append(lambda t: t.date_day <= today)
        self.reasons.append((lambda t: t.date_day > today, "date in the future"))

    def amount(self, name: str, needed: bool = True, column: Any = None) -> None:
        """A column of numbers."""
        decimal = self.raw.source.decimal
        self.typed[name] = number(self.given(name) if column is None else column, decimal, self.dialect)
        given = f"given_{name}"

        def empty(t: Any) -> Any:
            return text(t[given]).isnull() if t[given].type().is_string() else t[given].isnull()

        self.fine.append(lambda t: finite(t[name]) if needed else either(finite(t[name]), empty(t)))
        if self.given(name).type().is_string() and decimal is None:
            self.reasons.append((lambda t: text(t[given]).re_search(_WITH_COMMA).fill_null(False), COMMA))
        if needed:
            self.reasons.append((empty, f"no {name}"))
        self.reasons.append((lambda t: ~empty(t) & ~finite(t[name]), f"{name} cannot be read"))

    def coded(self, name: str, ours: Sequence[str], what: str = "") -> None:
        """A column of our values, by the user's names for them where there are any; `what` if it must be one."""
        self.typed[name] = word(self.given(name), _meanings(self.raw, name, ours))
        if what:
            self.needed(name, name, what)

    def needed(self, name: str, given: str, what: str) -> None:
        """A value must be there and be known."""
        self.fine.append(lambda t: t[name].notnull())
        self.reasons.append((lambda t: text(t[f"given_{given}"]).isnull(), f"no {given}"))
        self.reasons.append((lambda t: t[name].isnull(), what))

    def never(self, test: Test, what: str) -> None:
        """What cannot be; a number that is not there is no such thing."""
        self.fine.append(lambda t: ~test(t).fill_null(False))
        self.reasons.append((test, what))


def cleaned(raw: Raw, how: How) -> Any:
    """A table in our terms: our columns, `reason` (null where a row is fine) and `row`, what was given where not.

    Whether a row is fine is seen from few and quick tests; only where it is not, the reason is looked for. `line`
    is there too, but for files of text.

    Example:
        >>> import tempfile, wom.data
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     place = Path(folder) / "c.csv"
        ...     _ = place.write_text("id,joined\\n7,2024-01-03\\n7,2024-01-03\\n8,2024-02-01\\n", encoding="utf-8")
        ...     tables = wom.data.load({"customers": {"file": str(place)}})
        ...     found = cleaned(tables.clean["customers"].raw, How(None, tables.today, False, False, True))
        >>> found.columns[-2:]
        ('reason', 'row')
    """
    found = _Columns(raw, how)
    _KINDS[raw.name](found)
    raw = found.raw
    line = {"line": raw.table["line"]} if "line" in raw.table.columns else {}
    given = {f"given_{name}": raw.table[name] for name in raw.columns}
    typed = staged(raw.connection, f"typed_{raw.name}", raw.table.select(**found.typed, **given, **line))
    parts = {name: day(typed[f"{name}_on"])._asdict() for name in found.days}
    days = {f"{name}_{part}": parts[name][part] for name, wanted in found.days.items() for part in wanted}
    if days:
        typed = typed.mutate(**days).drop(*(f"{name}_on" for name in found.days))
        typed = staged(raw.connection, f"dated_{raw.name}", typed)
    judged = typed.mutate(fine=reduce(and_, (test(typed).fill_null(False) for test in found.fine)))
    judged = staged(raw.connection, f"judged_{raw.name}", judged)
    package, null = ibis(), ibis().null("string")
    reason = package.cases(*((test(judged), why) for test, why in found.reasons), else_="cannot be read")
    return judged.mutate(
        reason=package.ifelse(judged.fine, null, reason), row=package.ifelse(judged.fine, null, _row(raw, judged))
    ).drop("fine", *given)


def _meanings(raw: Raw, name: str, ours: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Our values: the user's names for them."""
    return {value: (value,) for value in ours} | raw.source.values.get(name, {})


def unnamed(raw: Raw, name: str, ours: Sequence[str]) -> Any:
    """Values of a column that are none of ours: value, rows, most frequent first.

    Example:
        >>> import tempfile, wom.data
        >>> from pathlib import Path
        >>> from .extra import fetched
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     place = Path(folder) / "c.csv"
        ...     _ = place.write_text("id,joined,came_by\\n7,2024-01-03,Radio\\n8,2024-02-03,", encoding="utf-8")
        ...     tables = wom.data.load({"customers": {"file": str(place)}})
        ...     fetched(unnamed(tables.clean["customers"].raw, "came_by", CAME_BY)).to_numpy().tolist()
        [['Radio', 1]]
    """
    given = raw.table.select(value=text(raw.table[name]))
    odd = given.filter(given.value.notnull() & word(given.value, _meanings(raw, name, ours)).isnull())
    counted = odd.group_by("value").agg(rows=odd.count())
    return counted.order_by(counted["rows"].desc(), counted.value)


def _row(raw: Raw, rows: Any) -> Any:
    """What was given, in one text."""
    parts = [
        raw.source.theirs(name) + "=" + rows[f"given_{name}"].cast("string").fill_null("") for name in raw.columns
    ]
    return reduce(lambda text, part: text + " | " + part, parts)


def _number(today: date) -> int:
    return (today - date(1970, 1, 1)).days


def _customers(found: _Columns) -> None:
    raw, how = found.raw, found.how
    found.id()
    if how.segments:
        meanings, given = raw.source.values.get("segment"), text(found.given("segment"))
        found.typed["segment"] = word(given, meanings) if meanings else given
        found.needed("segment", "segment", "a segment that values does not name")
    else:
        found.typed["segment"] = ibis().literal(WHOLE)
    today, null = _number(how.today), ibis().null("int32")
    for name in ("joined", "left"):
        if name in raw.columns:
            found.day(name, name == "joined" and how.contractual, ("month",))
        else:
            found.typed |= {f"{name}_day": null, f"{name}_month": null}
    found.reasons += [
        (lambda t: t.joined_day > today, "joined in the future"),
        (lambda t: t.left_day < t.joined_day, "left before joined"),
    ]
    found.fine += [
        lambda t: (t.joined_day <= today) | t.joined_day.isnull(),
        lambda t: (t.left_day >= t.joined_day) | t.left_day.isnull() | t.joined_day.isnull(),
    ]
    if "came_by" in raw.columns:
        found.coded("came_by", CAME_BY)
        odd = found.typed["came_by"].isnull() & text(found.given("came_by")).notnull()
        found.typed["came_by"] = ibis().ifelse(odd, "unknown", found.typed["came_by"])
    else:
        found.typed["came_by"] = ibis().null("string")


def _payments(found: _Columns) -> None:
    found.id()
    found.date()
    found.amount("amount")
    _own_row(found)


def _experiences(found: _Columns) -> None:
    source = found.raw.source
    assert isinstance(source, Experiences)
    found.id()
    found.date("since", "moment")
    if source.spans is None:
        found.coded("kind", MOODS, "a kind that is not good, bad, recovered or neutral")
    else:
        rating = found.given("rating")
        yes_no = source.rule == "complaint"
        words = source.values.get("rating")
        value = flag(rating, words) if yes_no else number(rating, source.decimal, found.dialect)
        named = [(value.between(*span), kind) for kind, span in source.spans.items()]
        named += [((value > low) & (value < high), "neutral") for low, high in source.between]
        found.typed["kind"] = ibis().cases(*named)
        found.needed("kind", "rating", NO_YES if yes_no else "a rating that the rule does not name")
    _own_row(found)


def _talk(found: _Columns) -> None:
    if "date" in found.raw.columns:
        found.date()
    else:
        found.typed |= {"date_day": ibis().null("int32"), "date_month": ibis().null("int32")}
    found.coded("tone", ("good", "bad", "recovered"), "a tone that is not good, bad or recovered")
    people = text(found.given("people_told")).lower()
    found.typed["people_told"] = people
    readable = reduce(or_, (people.re_search(pattern) for pattern in (_COUNT, _BRACKET, _OPEN, _BELOW)))
    found.typed["readable"] = readable.fill_null(False)
    found.fine.append(lambda t: t.readable)
    found.reasons += [
        (lambda t: t.people_told.isnull(), "no people_told"),
        (
            lambda t: t.people_told.re_search(_DATED),
            "people_told is a date, which Excel makes of 1-2 and the like",
        ),
        (lambda t: ~t.readable, "people_told cannot be read"),
    ]
    _own_row(found)


def _reviews(found: _Columns) -> None:
    found.date()
    found.amount("stars")
    found.fine.append(lambda t: t.stars.between(1, 5))
    found.reasons.append((lambda t: ~t.stars.between(1, 5), "stars are not from 1 to 5"))
    _own_row(found)


_COUNTS = ("customers", "new_customers", "lost_customers", "recommended_customers")


def _monthly(found: _Columns) -> None:
    source = found.raw.source
    assert isinstance(source, Totals)
    given = found.given("month")
    if given.type().is_string():
        plain = text(given)
        given = ibis().ifelse(plain.re_search(r"^[0-9]{4}-[0-9]{2}$"), plain + "-01", plain)
        given = plain if found.raw.source.forms else given
        found.raw = found.raw.with_table(found.raw.table.mutate(month=given))
    found.day("month", True, ("month",))
    for name in found.raw.columns:
        if name != "month":
            found.amount(name, needed=False)
        if name in _COUNTS:
            found.never(partial(_below_0, name), f"{name} below 0")
    if {"customers", "new_customers", "lost_customers"} <= set(found.raw.columns) and source.customers_at != "end":
        found.never(
            lambda t: t.lost_customers > t.customers + t.new_customers, "more customers lost than there were"
        )
    if {"new_customers", "recommended_customers"} <= set(found.raw.columns):
        found.never(lambda t: t.recommended_customers > t.new_customers, "more recommended than new customers")


def _below_0(name: str, t: Any) -> Any:
    return t[name] < 0


def _own_row(found: _Columns) -> None:
    if "row" in found.raw.columns:
        found.typed["own_row"] = text(found.given("row"))


_KINDS = {
    "customers": _customers, "payments": _payments, "experiences": _experiences,
    "talk": _talk, "reviews": _reviews, "monthly": _monthly,
}  # fmt: skip


def people_told(answer: str) -> tuple[int, int | None]:
    """Least and most people of an answer; None where it has no upper end.

    Example:
        >>> people_told("7"), people_told("1-2"), people_told(">5"), people_told("6+"), people_told("<3")
        ((7, 7), (1, 2), (6, None), (6, None), (0, 2))
    """
    numbers = [int(found) for found in re.findall(r"[0-9]+", answer.partition(".")[0])]
    least = numbers[0]
    if len(numbers) > 1:
        return min(numbers), max(numbers)
    if answer.startswith(("<", "fewer", "less")):
        return 0, max(least - 1, 0)
    if answer.startswith((">", "more")):
        return least + (0 if answer.startswith(">=") else 1), None
    if answer.endswith(("+", "more")):
        return least, None
    return least, least
