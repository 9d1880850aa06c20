"""Each table in our terms: typed columns, and for every row that cannot be used the reason why."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import reduce
from operator import and_, or_
from typing import Any, NamedTuple

from ..scenario import WHOLE
from . import casting
from .description import Answers, Experiences, Totals
from .reading import Raw
from .store import ibis, staged

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
STAYS = "no left"
"""Rows of a table of reasons for leaving whose customer has not left, which is no fault of the row."""
EXCHANGED = "{} has day and month exchanged"
UNREAD = "{} cannot be read"
SCALE = "a rating that the rule does not name"
STARS = "stars are not from 1 to 5"
NO_YES = "a rating that is neither yes nor no"
DAY_OF = {"monthly": "month", "reasons": "left"}
"""Which day of a row its event is of, where it is not the `date`."""

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
_SILENT = (
    r"^(?:unknown|unbekannt|inconnu|(?:no|not|keine|sans|non)[ _-]?(?:reason|answer|angabe|grund|response"
    r"|given|stated|known|specified|available|provided|raison|réponse|précisé)(?: given| stated)?|k[. ]*a[.]?"
    r"|don'?t know|weiß nicht|prefer(?:red)? not to (?:say|answer)|declined(?: to answer)?|refused|undisclosed)$"
)
"""Words for no answer, in small letters."""
_YEARS = (1990, 2100)
_COUNTS = ("customers", "new_customers", "lost_customers", "recommended_customers")


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
    """A table's columns, when a row is fine, and reasons why it is not, the first that holds.

    Of two tests the costly one stands behind an `ifelse`, to be looked at only where the quick one does not hold.
    """

    def __init__(self, raw: Raw, how: How) -> None:
        self.raw, self.how, self.dialect = raw, how, raw.connection.name
        self.typed: dict[str, Any] = {}
        self.days: dict[str, list[str]] = {}
        self.fine: list[Test] = []
        self.reasons: list[tuple[Test, str | Test]] = []

    def given(self, name: str) -> Any:
        return self.raw.table[name]

    def id(self) -> None:
        column, zero, alike = self.given("id"), self.how.zero, self.how.alike
        self.reasons += [
            (
                lambda t: casting.nobody(t.given_id, zero),
                lambda t: ibis().literal(NOBODY) + t.given_id.cast("string") + ", which is nobody",
            ),
            (lambda t: t.given_id.cast("string").re_search(_SCIENTIFIC).fill_null(False), ROUNDED),
        ]
        if not self.how.whole_ids:
            column = column if column.type().is_string() else casting.text(column)
            ordinary, found = column.re_search(_ORDINARY).fill_null(False), casting.customer(column, alike)
            self.typed |= {"id": found if alike else ibis().ifelse(ordinary, column, found), "ordinary": ordinary}
            self.fine.append(
                lambda t: t.ordinary | ~(casting.nobody(t.id, zero, bare=True) | t.id.re_search(_SCIENTIFIC))
            )
        elif column.type().is_integer():
            self.typed["id"] = column.cast("int64")
        else:
            self.typed["id"] = column.try_cast("int64")
            self.fine.append(lambda t: t.id.cast("string") == t.given_id)
            self.reasons.append((lambda t: ~t.id.cast("string").identical_to(casting.text(t.given_id)), NOT_WHOLE))
        self.fine.append(lambda t: t.id.notnull())
        if self.how.whole_ids:
            self.fine.append(lambda t: ~t.id.isin([-1] if zero else [-1, 0]))
        self.reasons.append((lambda t: t.id.isnull(), "no id"))

    def day(self, name: str, needed: bool, *keep: str) -> None:
        """A column of days as `NAME_day`, `NAME_month` and others of `casting.day`, which may have to be there."""
        forms, given, text = self.raw.source.forms, self.given(name), f"given_{name}"
        if self.dialect != "duckdb" and not given.type().is_temporal() and (part := casting.unread(forms)):
            raise self.raw.error(
                f"{part} of date_format cannot be read in a {self.dialect} database; make {name} a date there, "
                "in a view",
                "date_format",
            )
        on, seconds = casting.moment(given, forms, self.how.zone, self.dialect)
        if name in ("joined", "left"):
            on = ibis().ifelse(casting.absent(given, day=True), ibis().null("date"), on)
        self.typed[f"{name}_on"] = on
        if "moment" in keep:
            self.typed[f"{name}_moment"] = seconds
        self.days[name] = ["day", "month", *(part for part in keep if part != "moment")]

        def known(t: Any) -> Any:
            return t[f"{name}_day"].notnull()

        def absent(t: Any) -> Any:
            return casting.absent(t[text], day=True)

        self.fine.append(known if needed else lambda t: ibis().ifelse(known(t), True, absent(t)))
        if self.how.zone is None:
            self.reasons.append((lambda t: casting.offset(t[text]), OFFSET))
        if needed:
            self.reasons.append((absent, f"no {name}"))
        if given.type().is_string():
            swap = {"d": "%m", "m": "%d"}
            turned = [re.sub("%-?([dm])", lambda part: swap[part[1]], form) for form in forms or ("%Y-%m-%d",)]

            def otherwise(t: Any) -> Any:
                on, _ = casting.moment(t[text], turned, None, self.dialect)
                return ~known(t) & (on.year() > _OLD) & t[text].re_search("[0-9]")  # DuckDB knows epoch

            self.reasons.append((otherwise, EXCHANGED.format(name)))
        self.reasons.append((lambda t: ~absent(t) & ~known(t), UNREAD.format(name)))

    def past(self, name: str) -> None:
        """A day lies before tomorrow."""
        today = (self.how.today - date(1970, 1, 1)).days
        self.never(lambda t: t[f"{name}_day"] > today, f"{name} in the future")

    def event(self, name: str, *keep: str) -> None:
        """The day of an event, which has happened."""
        self.day(name, True, *keep)
        self.past(name)

    def amount(self, name: str, needed: bool = True, column: Any = None) -> None:
        """A column of numbers."""
        decimal, text = self.raw.source.decimal, f"given_{name}"
        self.typed[name] = casting.number(self.given(name) if column is None else column, decimal, self.dialect)

        def empty(t: Any) -> Any:
            return casting.text(t[text]).isnull() if t[text].type().is_string() else t[text].isnull()

        def doubtful(t: Any) -> Any:
            """Whether it was not read for commas or points that may mean two things."""
            found = t[name].isnull() & t[text].re_search(_COMMA_OR_POINTS) & t[text].re_search(casting.LIKE_NUMBER)
            return found.fill_null(False)

        self.fine.append(
            lambda t: casting.finite(t[name]) if needed else ibis().ifelse(casting.finite(t[name]), True, empty(t))
        )
        if self.given(name).type().is_string():
            self.reasons.append((lambda t: t[name].isnull() & t[text].re_search(_CREDIT).fill_null(False), CREDIT))
            if decimal is None:
                which: Test = lambda t: ibis().ifelse(t[text].contains(","), COMMA, POINTS)  # noqa: E731
                self.reasons.append((doubtful, which))
        if needed:
            self.reasons.append((empty, f"no {name}"))
        self.reasons.append((lambda t: ~empty(t) & ~casting.finite(t[name]), UNREAD.format(name)))

    def coded(self, name: str) -> Any:
        """A column of our values, by the user's names for them where there are any."""
        return casting.word(self.given(name), _meanings(self.raw, name))

    def yes_no(self, name: str) -> Any:
        """A column of 1 and 0, by the user's words where there are any."""
        return casting.flag(self.given(name), self.raw.source.values.get(name, {}))

    def needed(self, name: str, what: str, given: str = "") -> None:
        """A value must be there and be known."""
        self.fine.append(lambda t: t[name].notnull())
        self.reasons.append((lambda t: casting.absent(t[f"given_{given or name}"]), f"no {given or name}"))
        self.reasons.append((lambda t: t[name].isnull(), what))

    def never(self, test: Test, what: str) -> None:
        """What cannot be; a number that is not there is no such thing."""
        self.fine.append(lambda t: ~test(t).fill_null(False))
        self.reasons.append((test, what))

    def count(self, name: str, needed: bool = True) -> None:
        """A column of numbers that are not below 0."""
        self.amount(name, needed)
        self.never(lambda t: t[name] < 0, f"{name} below 0")


def cleaned(raw: Raw, how: How) -> Any:
    """A table in our terms: our columns, `reason` (null where a row is fine) and `row`, what was given where not.

    Whether a row is fine is seen from few and quick tests; only where it is not, the reason is looked for. `line`
    is there too, but for files of text.
    """
    package, found = ibis(), _Columns(raw, how)
    null = package.null("string")
    _KINDS.get(raw.name, _others)(found)
    raw = found.raw
    for name in ("joined", "left") if raw.name == "customers" else (DAY_OF.get(raw.name, "date"),):
        if name not in found.days:
            found.typed |= {f"{name}_{part}": package.null("int32") for part in ("day", "month")}
    if "row" in raw.columns:
        found.typed["own_row"] = casting.text(found.given("row"))
    line = {"line": raw.table["line"]} if "line" in raw.table.columns else {}
    given = {f"given_{name}": raw.table[name] for name in raw.columns}
    typed = staged(raw.connection, f"typed_{raw.name}", raw.table.select(**found.typed, **given, **line))
    parts = {name: casting.day(typed[f"{name}_on"]) for name in found.days}
    days = {f"{name}_{part}": parts[name][part] for name, wanted in found.days.items() for part in wanted}
    if days:
        typed = typed.mutate(**days).drop(*(f"{name}_on" for name in found.days))
        typed = staged(raw.connection, f"dated_{raw.name}", typed)
    judged = typed.mutate(fine=reduce(and_, (test(typed).fill_null(False) for test in found.fine)))
    if "ordinary" in found.typed and not how.alike:
        as_given = casting.text(judged.given_id)  # in a database it may be a number
        same = judged.ordinary | (as_given == judged.id)
        judged = judged.mutate(respelled=package.ifelse(same, null, as_given))
    if raw.name == "payments":
        amount, no_number = judged.given_amount, package.null("float64")
        worth, money = no_number, null
        if amount.type().is_string():  # the currency is only looked for where something stands beside the number
            duckdb = found.dialect == "duckdb"
            bare = amount.try_cast("float64").notnull() if duckdb else amount.re_search("^[-0-9.]*$")
            money = package.ifelse(bare, null, amount).re_extract(casting.MONEY, 0).nullif("")
            worth = casting.worth(amount, found.dialect)
        lost = package.ifelse(judged.fine, no_number, package.coalesce(judged.amount, worth))
        judged = judged.mutate(worth=lost, money=money)
    judged = staged(raw.connection, f"judged_{raw.name}", judged)
    named = ((test(judged), why if isinstance(why, str) else why(judged)) for test, why in found.reasons)
    reason = package.cases(*named, else_="cannot be read")
    cells = (
        raw.source.theirs(name) + "=" + judged[f"given_{name}"].cast("string").fill_null("")
        for name in raw.columns
    )
    row = reduce(lambda text, cell: text + " | " + cell, cells)
    return judged.mutate(
        reason=package.ifelse(judged.fine, null, reason), row=package.ifelse(judged.fine, null, row)
    ).drop("fine", *({"ordinary"} & set(found.typed)), *given)


def _meanings(raw: Raw, name: str, *but: str) -> dict[str, tuple[str, ...]]:
    """Our values, but for some: the user's names for them."""
    return {value: (value,) for value in raw.source.coded[name] if value not in but} | raw.source.values.get(
        name, {}
    )


def unnamed(raw: Raw, name: str, *but: str) -> Any:
    """Values of a column that are none of ours, but for some: value, rows, most frequent first."""
    given = raw.table.select(value=casting.text(raw.table[name]))
    odd = given.filter(given.value.notnull() & casting.word(given.value, _meanings(raw, name, *but)).isnull())
    counted = odd.group_by("value").agg(rows=odd.count())
    return counted.order_by(counted["rows"].desc(), counted.value)


def silent(answer: Any) -> Any:
    """Whether an answer is none, or a word for none."""
    return casting.absent(answer) | answer.cast("string").lower().re_search(_SILENT).fill_null(False)


# --- the tables, one by one -------------------------------------------------------------------------------------


def _customers(found: _Columns) -> None:
    raw, how = found.raw, found.how
    found.id()
    if how.segments:
        meanings, given = raw.source.values.get("segment"), casting.text(found.given("segment"))
        found.typed["segment"] = casting.word(given, meanings) if meanings else given
        found.needed("segment", "a segment that values does not name")
    else:
        found.typed["segment"] = ibis().literal(WHOLE)
    for name in ("joined", "left"):
        if name in raw.columns:
            found.day(name, name == "joined" and how.contractual)
    found.past("joined")
    found.never(lambda t: t.left_day < t.joined_day, "left before joined")
    found.typed["came_by"] = ibis().null("string")
    if "came_by" in raw.columns:
        way = found.coded("came_by")
        odd = way.isnull() & casting.text(found.given("came_by")).notnull()
        found.typed["came_by"] = ibis().ifelse(odd, "unknown", way)


def _experiences(found: _Columns) -> None:
    source = found.raw.source
    assert isinstance(source, Experiences)
    if (lacks := "kind" if source.spans is None else "rating") not in found.raw.columns:
        raise found.raw.error(
            f"has no column {lacks}; it needs a kind (good, bad, recovered or neutral), or a rating and a rule",
            f"columns.{lacks}",
        )
    if not isinstance(source, Answers):
        found.id()
        found.event("date", "since", "moment")
    if "gone" in found.raw.columns:
        _gone(found)
    if source.spans is None:
        found.typed["kind"] = found.coded("kind")
        found.needed("kind", "a kind that is not good, bad, recovered or neutral")
        return
    yes_no = source.rule == "complaint"
    value = found.yes_no("rating") if yes_no else casting.rating(found.given("rating"), found.dialect)
    found.reasons.insert(0, (lambda t: silent(t.given_rating), NO_ANSWER))
    named = [(value.between(*span), kind) for kind, span in source.spans.items()]
    named += [((value > low) & (value < high), "neutral") for low, high in source.between]
    found.typed |= {"rating": value, "kind": ibis().cases(*named)}
    found.needed("kind", NO_YES if yes_no else SCALE, "rating")


def _gone(found: _Columns) -> None:
    found.typed["gone"] = found.yes_no("gone")
    found.needed("gone", "gone is neither yes nor no")


def _accounts(found: _Columns) -> None:
    found.id()
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


def _talk(found: _Columns) -> None:
    if "date" in found.raw.columns:
        found.event("date")
    found.typed["tone"] = found.coded("tone")
    found.needed("tone", "a tone that is not good, bad or recovered")
    people = casting.text(found.given("people_told")).lower()
    readable = reduce(or_, (people.re_search(pattern) for pattern in (_COUNT, _BRACKET, _OPEN, _BELOW)))
    found.typed |= {"people_told": people, "readable": readable.fill_null(False)}
    dated = "people_told is a date, which Excel makes of 1-2 and the like"
    found.reasons.append((lambda t: t.people_told.isnull(), "no people_told"))
    found.reasons.append((lambda t: t.people_told.re_search(_DATED), dated))
    found.never(lambda t: ~t.readable, UNREAD.format("people_told"))


def _monthly(found: _Columns) -> None:
    source, columns, given = found.raw.source, set(found.raw.columns), found.given("month")
    assert isinstance(source, Totals)
    if given.type().is_string():
        given = casting.text(given)
        if not source.forms:
            given = ibis().ifelse(given.re_search(r"^[0-9]{4}-[0-9]{2}$"), given + "-01", given)
        found.raw = replace(found.raw, table=found.raw.table.mutate(month=given))
    found.day("month", True)
    for name in found.raw.columns:
        if name != "month":
            (found.count if name in _COUNTS else found.amount)(name, False)
    if {"customers", "new_customers", "lost_customers"} <= columns and source.customers_at != "end":
        found.never(
            lambda t: t.lost_customers > t.customers + t.new_customers, "more customers lost than there were"
        )
    if {"new_customers", "recommended_customers"} <= columns:
        found.never(lambda t: t.recommended_customers > t.new_customers, "more recommended than new customers")


_KINDS = {
    "customers": _customers, "experiences": _experiences, "answers": _experiences, "accounts": _accounts,
    "talk": _talk, "monthly": _monthly,
}  # fmt: skip


def _others(found: _Columns) -> None:
    columns = found.raw.columns
    if "id" in columns:
        found.id()
    match found.raw.name:
        case "payments":
            found.event("date")
            found.amount("amount")
        case "tenures":
            _gone(found)
            found.count("months")
        case "reasons":
            if "left" in columns:
                found.event("left")
            other = ibis().ifelse(silent(casting.text(found.given("reason"))), "none", "other")
            found.typed["why"] = ibis().coalesce(found.coded("reason"), other)
            found.never(lambda t: t.why.isnull(), UNREAD.format("reason"))
        case "referrals":
            found.reasons.insert(0, (lambda t: casting.absent(t.given_made), NO_ANSWER))
            for name in ("made", "months"):
                if name in columns:
                    found.count(name)
            found.never(lambda t: t.made != t.made.floor(), "made is no whole number")
        case "reviews":
            found.event("date")
            found.amount("stars", column=casting.rating(found.given("stars"), found.dialect))
            found.never(lambda t: ~t.stars.between(1, 5), STARS)


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
