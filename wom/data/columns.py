"""Each table in our terms: typed columns, and for every row that cannot be used the reason why."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial, reduce
from operator import and_, or_
from typing import Any, NamedTuple

from ..scenario import WHOLE
from .casting import (
    LIKE_NUMBER,
    MONEY,
    absent,
    customer,
    day,
    either,
    finite,
    flag,
    moment,
    nobody,
    nothing,
    number,
    offset,
    rating,
    text,
    unread,
    word,
    worth,
)  # fmt: skip
from .description import Answers, Experiences, Totals
from .reading import Raw
from .store import dialect, ibis, staged

OFFSET = "a moment with an offset, such as +02:00, but no time_zone"
NOT_WHOLE = "an id that is no whole number"
COMMA = "a number with a comma, but no decimal"
POINTS = "a number with several points, but no decimal"
CREDIT = "an amount with CR or DR"
ROUNDED = "an id that a spreadsheet has rounded"
FATAL = {
    OFFSET: ("set time_zone, such as Europe/Berlin: its days are counted", "time_zone"),
    COMMA: ('set decimal: "," (or "." where commas stand between thousands)', "decimal"),
    POINTS: ('set decimal: "," if points stand between thousands', "decimal"),
    CREDIT: ("give amounts a sign instead: what was paid above 0, refunds below", "columns.amount"),
    ROUNDED: (
        "many customers may be written as one: make it a column of text there, and export again",
        "columns.id",
    ),
}
"""Reasons that the user must mend: reading on would give wrong numbers."""

NOBODY = "no id but "
NO_ANSWER = "not answered"
"""Rows of a survey without a rating: who was asked and said nothing, which is no fault of the row."""
STAYS = "still a customer"
"""Rows of a table of reasons for leaving whose customer has not left, which is no fault of the row."""
EXCHANGED = "{} has day and month exchanged"
UNREAD = "{} cannot be read"
SCALE = "a rating that the rule does not name"
STARS = "stars are not from 1 to 5"

NO_YES = "a rating that is neither yes nor no"

_OLD = 1899
"""The last year that no day is of."""
_ORDINARY = "^(?:[A-Za-z][A-Za-z0-9_-]*)?[1-9][0-9]*$"
"""Ids that are as they should be; the others are looked at more closely, which takes its time."""
_SCIENTIFIC = r"^\s*[0-9]([.,][0-9]+)?[eE][+][0-9]+\s*$"
_CREDIT = r"(?i)([0-9)] *[cd]r[.]?|^ *[cd]r[.]? *[0-9(].*)$"
_COMMA_OR_POINTS = ",|[.].*[.]"
_MONTH = "(jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)"
_DATED = (
    rf"^([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}.*|[0-9]{{1,2}}[-. ]+{_MONTH}[a-zä.]*([-. ][0-9]+)?|{_MONTH}[-. ][0-9]+)$"
)
_PEOPLE = r" *(people|persons?|friends?|others|personen|leute|freunde?)?$"
_COUNT = rf"^[0-9]{{1,6}}([.]0+)?{_PEOPLE}"
_BRACKET = rf"^[0-9]{{1,6}} *(-|–|to) *[0-9]{{1,6}}{_PEOPLE}"
_OPEN = rf"^(>=? *[0-9]{{1,6}}|[0-9]{{1,6}} *[+]|[0-9]{{1,6}} or more|more than [0-9]{{1,6}}){_PEOPLE}"
_BELOW = rf"^(<|fewer than|less than) *[0-9]{{1,6}}{_PEOPLE}"
MOODS = ("good", "bad", "recovered", "neutral")
CAME_BY = ("recommendation", "other")
REASONS = ("bad_service", "other", "none")
_SILENT = (
    r"^(?:unknown|unbekannt|inconnu|(?:no|not|keine|sans|non)[ _-]?(?:reason|answer|angabe|grund|response"
    r"|given|stated|known|specified|available|provided|raison|réponse|précisé)(?: given| stated)?|k[. ]*a[.]?"
    r"|don'?t know|prefer(?:red)? not to (?:say|answer)|declined(?: to answer)?|refused|undisclosed)$"
)
"""Words for no reason, in small letters."""
_YEARS = (1990, 2100)


class How(NamedTuple):
    """What all tables share."""

    zone: str | None
    today: date
    segments: bool
    contractual: bool
    whole_ids: bool
    """Whether ids are read as whole numbers; where one is none, everything is read again with ids as text."""
    alike: bool = False
    """Whether ids of text that differ in capitals, blanks or leading zeros are one."""
    zero: bool = False
    """Whether 0 is a customer as any other."""


Test = Callable[[Any], Any]
"""From a table of typed columns, beside what was given (`given_NAME`), to true or false."""


class _Columns:
    """A table's columns, when a row is fine, and reasons why it is not, the first that holds."""

    def __init__(self, raw: Raw, how: How) -> None:
        self.raw, self.how, self.dialect = raw, how, dialect(raw.connection)
        self.typed: dict[str, Any] = {}
        self.days: dict[str, list[str]] = {}
        self.fine: list[Test] = []
        self.reasons: list[tuple[Test, str | Test]] = []

    def given(self, name: str) -> Any:
        return self.raw.table[name]

    def id(self) -> None:
        column = self.given("id")
        self.reasons.append(
            (
                lambda t: nobody(t.given_id, self.how.zero),
                lambda t: ibis().literal(NOBODY) + t.given_id.cast("string") + ", which is nobody",
            )
        )
        self.reasons.append((lambda t: t.given_id.cast("string").re_search(_SCIENTIFIC).fill_null(False), ROUNDED))
        if not self.how.whole_ids:
            column = column if column.type().is_string() else text(column)
            ordinary, found = column.re_search(_ORDINARY).fill_null(False), customer(column, self.how.alike)
            self.typed["id"] = found if self.how.alike else ibis().ifelse(ordinary, column, found)
            self.typed["ordinary"] = ordinary
            self.fine.append(
                lambda t: t.ordinary | ~(nobody(t.id, self.how.zero, bare=True) | t.id.re_search(_SCIENTIFIC))
            )
        elif column.type().is_integer():
            self.typed["id"] = column.cast("int64")
        else:
            self.typed["id"] = column.try_cast("int64")
            self.fine.append(lambda t: t.id.cast("string") == t.given_id)
            self.reasons.append((lambda t: t.id.cast("string") != text(t.given_id), NOT_WHOLE))
            self.reasons.append((lambda t: t.id.isnull() & text(t.given_id).notnull(), NOT_WHOLE))
        self.fine.append(lambda t: t.id.notnull())
        if self.how.whole_ids:
            self.fine.append(lambda t: ~t.id.isin([-1] if self.how.zero else [-1, 0]))
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
        if name in ("joined", "left"):
            self.typed[f"{name}_on"] = ibis().ifelse(nothing(given), ibis().null("date"), found.on)
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
        if given.type().is_string():
            turned = [exchanged(form) for form in forms or ("%Y-%m-%d",)]

            def otherwise(t: Any) -> Any:
                found = moment(t[f"given_{name}"], turned, None, self.dialect).on.year() > _OLD
                return ~known(t) & found & t[f"given_{name}"].re_search("[0-9]")  # DuckDB knows epoch

            self.reasons.append((otherwise, EXCHANGED.format(name)))
        self.reasons.append((lambda t: ~nothing(t[f"given_{name}"]) & ~known(t), UNREAD.format(name)))

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
        if self.given(name).type().is_string():
            self.reasons.append(
                (lambda t: t[name].isnull() & t[given].re_search(_CREDIT).fill_null(False), CREDIT)
            )
            if decimal is None:
                self.reasons.append((partial(_doubtful, name), partial(_comma_or_points, name)))
        if needed:
            self.reasons.append((empty, f"no {name}"))
        self.reasons.append((lambda t: ~empty(t) & ~finite(t[name]), UNREAD.format(name)))

    def coded(self, name: str, ours: Sequence[str], what: str = "") -> None:
        """A column of our values, by the user's names for them where there are any; `what` if it must be one."""
        self.typed[name] = word(self.given(name), _meanings(self.raw, name, ours))
        if what:
            self.needed(name, name, what)

    def needed(self, name: str, given: str, what: str) -> None:
        """A value must be there and be known."""
        self.fine.append(lambda t: t[name].notnull())
        self.reasons.append((lambda t: absent(t[f"given_{given}"]), f"no {given}"))
        self.reasons.append((lambda t: t[name].isnull(), what))

    def never(self, test: Test, what: str) -> None:
        """What cannot be; a number that is not there is no such thing."""
        self.fine.append(lambda t: ~test(t).fill_null(False))
        self.reasons.append((test, what))


def cleaned(raw: Raw, how: How) -> Any:
    """A table in our terms: our columns, `reason` (null where a row is fine) and `row`, what was given where not.

    Whether a row is fine is seen from few and quick tests; only where it is not, the reason is looked for. `line`
    is there too, but for files of text.
    """
    package, found = ibis(), _Columns(raw, how)
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
    if "ordinary" in found.typed and not how.alike:
        as_given = text(judged.given_id)  # in a database it may be a number
        same = judged.ordinary | (as_given == judged.id)
        judged = judged.mutate(respelled=package.ifelse(same, package.null("string"), as_given))
    if raw.name == "payments":
        amount = judged.given_amount
        rough = worth(amount, found.dialect) if amount.type().is_string() else ibis().null("float64")
        lost = ibis().ifelse(judged.fine, ibis().null("float64"), ibis().coalesce(judged.amount, rough))
        judged = judged.mutate(worth=lost, money=_money(amount, found.dialect))
    judged = staged(raw.connection, f"judged_{raw.name}", judged)
    null = package.null("string")
    named = ((test(judged), why if isinstance(why, str) else why(judged)) for test, why in found.reasons)
    reason = package.cases(*named, else_="cannot be read")
    return judged.mutate(
        reason=package.ifelse(judged.fine, null, reason), row=package.ifelse(judged.fine, null, _row(raw, judged))
    ).drop("fine", *({"ordinary"} & set(found.typed)), *given)


def _doubtful(name: str, t: Any) -> Any:
    """Whether a number was not read for commas or points that may mean two things."""
    given = t[f"given_{name}"]
    found = t[name].isnull() & given.re_search(_COMMA_OR_POINTS) & given.re_search(LIKE_NUMBER)
    return found.fill_null(False)


def _comma_or_points(name: str, t: Any) -> Any:
    return ibis().ifelse(t[f"given_{name}"].contains(","), COMMA, POINTS)


def _money(given: Any, kind: str) -> Any:
    """The currency beside an amount; only looked for where something is."""
    if not given.type().is_string():
        return ibis().null("string")
    bare = given.try_cast("float64").notnull() if kind == "duckdb" else given.re_search("^[-0-9.]*$")
    return ibis().ifelse(bare, ibis().null("string"), given).re_extract(MONEY, 0).nullif("")


def _meanings(raw: Raw, name: str, ours: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Our values: the user's names for them."""
    return {value: (value,) for value in ours} | raw.source.values.get(name, {})


def unnamed(raw: Raw, name: str, ours: Sequence[str]) -> Any:
    """Values of a column that are none of ours: value, rows, most frequent first."""
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


def exchanged(form: str) -> str:
    """A form of days with day and month exchanged."""
    return re.sub("%-?[dm]", lambda part: "%m" if part[0][-1] == "d" else "%d", form)


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
    if (lacks := "kind" if source.spans is None else "rating") not in found.raw.columns:
        raise found.raw.error(
            f"has no column {lacks}; it needs a kind (good, bad, recovered or neutral), or a rating and a rule",
            f"columns.{lacks}",
        )
    if isinstance(source, Answers):
        _undated(found)
    else:
        found.id()
        found.date("since", "moment")
    if "gone" in found.raw.columns:
        _gone(found)
    if source.spans is None:
        found.coded("kind", MOODS, "a kind that is not good, bad, recovered or neutral")
    else:
        given = found.given("rating")
        yes_no = source.rule == "complaint"
        words = source.values.get("rating")
        value = flag(given, words) if yes_no else rating(given, found.dialect)
        found.reasons.insert(0, (lambda t: absent(t.given_rating), NO_ANSWER))
        found.typed["rating"] = value
        named = [(value.between(*span), kind) for kind, span in source.spans.items()]
        named += [((value > low) & (value < high), "neutral") for low, high in source.between]
        found.typed["kind"] = ibis().cases(*named)
        found.needed("kind", "rating", NO_YES if yes_no else SCALE)
    _own_row(found)


def _undated(found: _Columns, name: str = "date") -> None:
    found.typed |= {f"{name}_day": ibis().null("int32"), f"{name}_month": ibis().null("int32")}


def _gone(found: _Columns) -> None:
    found.typed["gone"] = flag(found.given("gone"), found.raw.source.values.get("gone"))
    found.needed("gone", "gone", "gone is neither yes nor no")


def _tenures(found: _Columns) -> None:
    _undated(found)
    _gone(found)
    found.amount("months")
    found.never(lambda t: t.months < 0, "months below 0")
    _own_row(found)


def _accounts(found: _Columns) -> None:
    found.id()
    _undated(found)
    revenues = [name for name in found.raw.columns if name.startswith("revenue")]
    if revenues == ["revenue"]:
        if "year" not in found.raw.columns:
            raise found.raw.error(
                "has no column year; where each year has a column of its own, name them so: "
                'revenue: "Revenue {year}"',
                "columns.year",
            )
        found.amount("year")
        found.never(lambda t: ~t.year.between(*_YEARS) | (t.year != t.year.floor()), "a year that is none")
    for name in revenues:
        found.amount(name, needed=False)
    _own_row(found)


def silent(reason: Any) -> Any:
    """Whether a reason for leaving is none, or a word for none."""
    return absent(reason) | reason.lower().re_search(_SILENT)


def _reasons(found: _Columns) -> None:
    if "id" in found.raw.columns:
        found.id()
    if "left" in found.raw.columns:
        found.day("left", False, ("month",))
        found.reasons.insert(0, (lambda t: nothing(t.given_left), STAYS))
        found.fine.append(lambda t: t.left_day.notnull())
        today = _number(found.how.today)
        found.fine.append(lambda t: t.left_day <= today)
        found.reasons.append((lambda t: t.left_day > today, "left in the future"))
    else:
        _undated(found, "left")
    given = text(found.given("reason"))
    reason = word(given, _meanings(found.raw, "reason", REASONS))
    found.typed["why"] = ibis().coalesce(reason, ibis().ifelse(silent(given), "none", "other"))
    found.never(lambda t: t.why.isnull(), UNREAD.format("reason"))
    _own_row(found)


def _referrals(found: _Columns) -> None:
    if "id" in found.raw.columns:
        found.id()
    _undated(found)
    found.reasons.insert(0, (lambda t: absent(t.given_made), NO_ANSWER))
    for name in ("made", "months"):
        if name in found.raw.columns:
            found.amount(name)
            found.never(partial(_below_0, name), f"{name} below 0")
    found.never(lambda t: t.made != t.made.floor(), "made is no whole number")
    _own_row(found)


def _talk(found: _Columns) -> None:
    if "date" in found.raw.columns:
        found.date()
    else:
        _undated(found)
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
    found.amount("stars", column=rating(found.given("stars"), found.dialect))
    found.fine.append(lambda t: t.stars.between(1, 5))
    found.reasons.append((lambda t: ~t.stars.between(1, 5), STARS))
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
    "answers": _experiences, "tenures": _tenures, "accounts": _accounts, "reasons": _reasons,
    "referrals": _referrals, "talk": _talk, "reviews": _reviews, "monthly": _monthly,
}  # fmt: skip


def people_told(answer: str) -> tuple[int, int | None]:
    """Least and most people of an answer; None where it has no upper end."""
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
