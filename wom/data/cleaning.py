"""Tables that are ready to be added up, and what was not used of them."""

# ruff: noqa: PD003, PD004
# (the names of Ibis)
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ..errors import shorten
from . import columns
from .casting import YES_NO, moment, text
from .columns import DAY_OF, EXCHANGED, SCALE, STARS, UNREAD, How, silent, unnamed
from .description import RULES, Experiences, is_amount
from .reading import Raw, located
from .store import fetched, ibis, kept

UNKNOWN = "a customer that the table customers does not hold"
UNUSABLE = 0.5
"""Share of rejected rows above which a table says too little to be used."""
EVENTS = ("payments", "experiences", "talk", "reviews")
LISTED = 6
"""Words, months and the like that a sentence lists."""

_MANY, _SURELY = 10_000, 0.7
"""Rows that tell most of a table, and from which an estimate of how many differ comes first; the share that rules
out an export made twice, for the estimate is off by a few percent at most."""
_COPIES, _ENOUGH = 0.5, 100
"""Share of copies from which rows are taken for exported twice; rows of a month of which that is no chance."""
_LOOKED_AT = 1000
"""Rows that decide whether ids may be whole numbers."""
_SLIPS, _FEW = 2, 0.001
"""Rows, and their share, up to which something odd is a slip of a hand and no habit of the table."""
_HABIT = 0.01
"""The same of cells that cannot be read and hold a number, or should hold a day or nothing."""
_HEAVY, _HEAVIER = 0.05, 3
"""Share of the money, and how many times the share of rows it is, from which what cannot be read is not like the
rest."""
_EVEN = 1e-4
"""Share of a sum within which an amount is that sum, rounded or not."""
_ODD, _RATINGS = 0.05, 20
"""Share of ratings outside a rule that no slips of a hand explain, and ratings of which some are good for sure."""
_CHANCE = 1e-6
"""What is less likely is no chance."""
_UNMIXED, _TWELFTH = 20, 12
"""Days from which none after the 12th of a month is no chance: 12 of 30 days in a month, 1 in 10^8."""

_POINTS = {"point": "[.]", "grouped": r"^[+-]?[0-9]{1,3}([.][0-9]{3})+$"}
_ONCE = r"^[+-]?[0-9]{1,3}[.][0-9]{3}$"
_FOREIGN = (";", "\t")
"""Signs between columns where commas are decimal signs; elsewhere a few such numbers say nothing."""
_SIGNS = {
    "€": "EUR", "Euro": "EUR", "£": "GBP", "$": "USD CAD AUD NZD SGD HKD MXN ARS CLP COP", "¥": "JPY CNY",
    "₹": "INR", "zł": "PLN", "Kč": "CZK", "Ft": "HUF", "Fr.": "CHF",
}  # fmt: skip
"""Currencies that a sign can stand for."""
_WORDS = {
    "a tone that is not good, bad or recovered": "tone",
    "a kind that is not good, bad, recovered or neutral": "kind",
    "a segment that values does not name": "segment",
    columns.NO_YES: "rating",
}
_DAYS = ("date", "joined", "left", "month")


@dataclass(frozen=True)
class Clean:
    """A table in our terms."""

    raw: Raw
    wrong: Any
    """The rows that cannot be used: line, reason, row; those that are no rows at all left out."""
    good: Any
    """The rows to be used: nothing wrong in them, and no copies that were removed."""
    rows: int
    """Read, those that are no rows included."""
    reasons: dict[str, int]
    """How many rows cannot be used, by reason, most frequent first."""
    copies: int = 0
    """Rows that were removed because the same row stands there already."""
    times: int = 1
    """How often most rows stood there."""
    twice: tuple[int, ...] = ()
    """Months of which the rows were exported more than once, where the table as a whole was not."""
    keys: tuple[str, ...] = ()
    """Columns in which copies agree."""
    unanswered: int = 0
    """Rows of a survey without an answer, or of customers who have not left: neither used nor wrong."""
    lost: float = 0.0
    """Share of the money in payments that cannot be used, as far as they can be read."""
    said: tuple[str, ...] = ()
    """What is worth a look, in sentences."""
    strangers: Any = None
    """The good rows that belong to no known customer."""


class NotWholeError(Exception):
    """An id is no whole number; everything is to be read again, with ids as text."""


def clean(raw: Raw, how: How) -> Clean:
    """A table made ready; files of text are read once, into the embedded database.

    Refused is what cannot be read or lacks a setting, and a table of which more than half of the rows are wrong.
    """
    table = _computed(raw, "clean", columns.cleaned(raw, how))
    if raw.text is not None and not raw.numbered:
        table = table.mutate(line=table.rowid())
    looked: dict[str, Any] = {"rows": table.count()}  # by reason, in one go with how many rows there are
    if "worth" in table.columns:
        amount = table.amount
        looked |= {
            "above": table.count(where=amount > 0), "below": table.count(where=amount < 0), "top": amount.max(),
            "sum": amount.sum(), "numbers": table.worth.count(), "paid": amount.abs().sum(),
            "lost": table.worth.abs().sum(), "first": table.money.min(), "last": table.money.max(),
        }  # fmt: skip
    if "respelled" in table.columns:
        looked |= {"respelled": table.respelled.count(), "spelling": table.respelled.min()}
    for name in ("rating", "stars"):
        if name in table.columns and "date_day" in table.columns:
            looked |= {"low": table[name].min(), "high": table[name].max()}
    counted = fetched(table.group_by("reason").agg(**looked)).set_index("reason")
    if columns.NOT_WHOLE in counted.index:
        raise NotWholeError
    used = counted[counted.index.isna()].sum(numeric_only=True)
    wrong = table.filter(table.reason.notnull()).select("line", "reason", "row")
    malformed = raw.malformed()
    rows = int(counted["rows"].sum()) + len(malformed)
    said = [*(raw.text.said if raw.text else ()), raw.joined(rows)]
    many = counted["rows"][counted.index.notna()].add(malformed.groupby("reason").size(), fill_value=0).astype(int)
    reasons = dict(sorted(many.items(), key=lambda item: (-item[1], str(item[0]))))
    unanswered = reasons.pop(columns.NO_ANSWER, 0) + reasons.pop(columns.STAYS, 0)
    good = table.filter(table.reason.isnull())
    if "high" in counted:
        said.append(_scale(raw, good, counted, wrong))
    lost = _refuse(raw, wrong, reasons, rows - unanswered, counted)
    if "respelled" in counted and (spelled := int(counted["respelled"].sum())):
        such = re.sub(r"[^\W\d_]", "x", re.sub("[0-9]", "9", counted["spelling"].dropna().min()))  # no one's own
        said.append(
            f"{spelled:,} ids are written in another way, such as {shorten(such)}, and taken for the plain ones"
        )
    if raw.name == "payments" and used.get("rows"):
        _signs_and_sums(raw, good, used)
    _turned(raw)
    _thousands(raw)
    good = good.drop("reason", "row", *({"worth", "money", "respelled"} & set(table.columns)))
    _everybody(raw, good, unanswered)
    of = DAY_OF.get(raw.name, "date")
    parts = ("day", "month", "since", "moment")
    good = good.rename({part: f"{of}_{part}" for part in parts if f"{of}_{part}" in good.columns})
    keys = tuple(name for name in good.columns if name not in ("line", "since", "month"))
    copies, times, months = _copies(raw, good, keys, rows)
    if copies:
        good = _once(raw, good, keys, times, months)
    told = tuple(f"{raw.name}: {sentence}." for sentence in said if sentence)
    return Clean(raw, wrong, good, rows, reasons, copies, times, tuple(months), keys, unanswered, lost, told)


def _refuse(raw: Raw, wrong: Any, reasons: dict[str, int], rows: int, counted: pd.DataFrame) -> float:
    """Stop where reading on would give wrong numbers; else the share of the money that is lost."""

    def example(reason: str) -> tuple[str, str]:
        """Where the first row with a reason stands, and the row."""
        malformed = raw.malformed()
        if len(first := malformed[malformed["reason"] == reason]):
            return f"line {first['line'].iloc[0]}: ", str(first["row"].iloc[0])[:120]
        found = fetched(wrong.filter(wrong.reason == reason).order_by("line").limit(1)).iloc[0]
        where = located(raw, [found["line"]])
        return f"{where}: " if where else "", str(found["row"])[:120]

    def of(many: float) -> str:
        return f"{many:,} of {rows:,} rows"

    for reason, (advice, key) in columns.FATAL.items():
        if reason in reasons:
            where, row = example(reason)
            raise raw.error(f"{where}{reason} ({row}); {advice}", "" if key == "time_zone" else key)
    for name in _DAYS:
        many = reasons.get(reason := EXCHANGED.format(name), 0)
        if many > max(_SLIPS, _FEW * rows):
            raise raw.error(
                f"{of(many)} have day and month exchanged ({''.join(example(reason))}), and others may be "
                "read so without a trace; write all days in one way and say which with date_format",
                "date_format",
            )
    for reason, many in reasons.items():
        column = re.fullmatch(UNREAD.format("(left|revenue)(_[0-9]{4})?"), reason)
        if column and many > max(_SLIPS, _HABIT * rows):
            raise raw.error(
                f"{of(many)} have a {column[1]} that cannot be read ({''.join(example(reason))}); write it "
                "as the others are, days as date_format says, and leave the cell empty where there is none",
                f"columns.{column[1]}",
            )
    signs = {sign for name in ("first", "last") if name in counted for sign in counted[name].dropna()}
    if len(signs) > 1:
        raise raw.error(
            f"amounts are in several currencies, {' and '.join(sorted(signs))}; give one", "columns.amount"
        )
    ours = raw.description.currency.strip()
    for sign in signs:  # one that is not known can be any
        named = (_SIGNS.get(name) or name * bool(re.fullmatch("[A-Z]{3}", name)) for name in (sign, ours))
        one, two = (set(codes.split()) for codes in named)
        if one and two and not one & two:
            raise raw.error(
                f"amounts are written in {sign}, and currency says {ours}; give the currency of the table, or "
                "amounts in the other",
                "columns.amount",
            )
    if (all_wrong := sum(reasons.values())) > UNUSABLE * rows:
        reason, hint = max(reasons, key=lambda name: reasons[name]), ""
        if reason in map(UNREAD.format, _DAYS):
            hint = "; say how days are written with date_format, such as %d.%m.%Y"
        if reason in _WORDS:
            hint = f"; name your words for ours under {raw.name}.values.{_WORDS[reason]}"
        if reason == columns.NO_YES:
            hint += "; known are " + " and ".join(", ".join(known) for known in YES_NO.values())
        raise raw.error(
            f"{of(all_wrong)} cannot be used, most of them: {reason} ({''.join(example(reason))}){hint}"
        )
    if "lost" not in counted:
        return 0.0
    paid, lost = counted["paid"][counted.index.isna()].sum(), counted["lost"].fillna(0)
    share = lost / (lost.sum() + paid) if lost.sum() else lost
    unread = UNREAD.format("amount")
    many = reasons.get(unread, 0)
    heavy = rows * share.get(unread, 0) > max(_HEAVY * rows, _HEAVIER * many)
    if many > _SLIPS and (heavy or counted["numbers"].get(unread, 0) > _HABIT * rows):
        weight = f", which is some {share[unread]:.0%} of the money" if heavy else ""
        raise raw.error(
            f"{of(many)} have an amount that cannot be read{weight} ({''.join(example(unread))}); set "
            "decimal, or write them as the others",
            "columns.amount",
        )
    return float(share.sum())


def _copies(raw: Raw, good: Any, keys: tuple[str, ...], rows: int) -> tuple[int, int, dict[int, int]]:
    """How many copies of rows are to be removed, and how often most rows stand there: in all, or of which months.

    With a `row` of the table's own, rows with the same one that agree in everything are one. Without, somebody may
    well pay the same twice on a day: copies stay and are counted. But where at least half of all rows, or of the
    rows of a month with a hundred or more, are copies, they were exported more than once, and each row counts as
    often as in one export. `duplicates` decides otherwise. Where each row is to stand once, how often is 0.
    """
    none = 0, 1, dict[int, int]()
    if raw.name not in EVENTS or raw.source.duplicates == "keep" or rows < 2:
        return none
    if "row" in raw.columns:
        good = good.filter(good.own_row.notnull())
    elif raw.source.duplicates is None:
        if raw.name in ("talk", "reviews"):
            return none  # nothing in them tells two people apart
        if rows > _MANY and raw.connection.name == "duckdb":
            by_month = good.group_by("month").agg(rows=good.count(), different=_mark(good, keys).approx_nunique())
            few = fetched(by_month)
            if (few["different"] > _SURELY * few["rows"])[few["rows"] >= _ENOUGH].all():
                return none
    counts = good.group_by("month", *keys).agg(times=good.count())
    found = fetched(counts.group_by("month", "times").agg(different=counts.count()))
    found["rows"] = found["different"] * found["times"]

    def twice(part: pd.DataFrame) -> bool:
        return bool(part["rows"].sum() - part["different"].sum() >= _COPIES * part["rows"].sum())

    def beyond(part: pd.DataFrame) -> tuple[int, int]:
        """Rows beyond those of one export, and how often most rows stand there; 0 where most stand there once."""
        most = part.groupby("times")["different"].sum()
        often = int(most.index.to_numpy()[most.to_numpy().argmax()])
        usual = often if often > 1 else 0
        kept = part["different"] * (-(-part["times"] // usual) if usual else 1)
        return int((part["rows"] - kept).sum()), usual

    if "row" in raw.columns or raw.source.duplicates == "remove":
        return int((found["rows"] - found["different"]).sum()), 0, {}
    if found["rows"].sum() >= 2 and twice(found):
        return *beyond(found), {}
    by_month = found.dropna(subset="month").astype(int).groupby("month")
    months = {
        int(month): beyond(part) for month, part in by_month if part["rows"].sum() >= _ENOUGH and twice(part)
    }
    return sum(many for many, _ in months.values()), 1, {month: usual for month, (_, usual) in months.items()}


def _mark(table: Any, keys: tuple[str, ...]) -> Any:
    """A whole number that tells rows apart: two of 20 million agree by chance in one of a hundred thousand tables.

    Of DuckDB, where it is quicker than to compare rows.
    """
    package = ibis()
    row = package.struct({name: table[name] for name in keys})

    def hash(row):  # type: ignore[no-untyped-def]  # noqa: A001  (Ibis's own goes over texts of bits, slowly)
        ...

    whole = package.expr.datatypes.uint64
    return package.udf.scalar.builtin(hash, signature=((row.type(),), whole))(row)


def different(clean: Clean, good: Any) -> Any:
    """The rows of a table that differ, each once."""
    quick = clean.raw.connection.name == "duckdb"
    return (good.select(mark=_mark(good, clean.keys)) if quick else good.select(*clean.keys)).distinct()


def _once(raw: Raw, good: Any, keys: tuple[str, ...], times: int, months: dict[int, int]) -> Any:
    """Each row once; with `times`, as often as it would stand in one of so many equal exports."""
    package = ibis()
    place = package.row_number().over(group_by=list(keys), order_by=["line"])
    share = good.count().over(group_by=list(keys)) if times else package.literal(1, "int64")
    placed = good.mutate(_place=place, _share=share)
    stays = placed._place == 0
    if months:
        often = package.cases(*((placed.month == month, usual) for month, usual in months.items()), else_=1)
        stays = stays | (placed._place * often < placed._share) & (often > 0)
    elif times:
        stays = placed._place * times < placed._share
    if "row" in raw.columns:
        stays = stays | placed.own_row.isnull()
    return _computed(raw, "once", placed.filter(stays).drop("_place", "_share"))


def _computed(raw: Raw, what: str, table: Any) -> Any:
    """A table computed once where each look would read or reckon all of it again: files of text, and servers."""
    if raw.text is None and raw.connection.name == "duckdb":
        return table
    return kept(raw.connection, f"{what}_{raw.name}", table, embedded=True)


def whole_ids(raw: Raw) -> bool:
    """Whether all ids look like whole numbers, which are quicker to reckon with than texts.

    Looks at the first rows of files of text; where a later one is none, `clean` raises NotWholeError.
    """
    if "id" not in raw.columns or raw.table["id"].type().is_integer():
        return True
    if raw.text is None:
        return False
    first = fetched(raw.table.select("id").limit(_LOOKED_AT))["id"].dropna().astype(str)
    return bool(first.str.fullmatch(r"0|[1-9][0-9]{0,17}").all())


# --- tables that say something else than they mean --------------------------------------------------------------


def _thousands(raw: Raw) -> None:
    """Ask about columns in which every number with a point has three digits after it: 1.234 may be a thousand.

    Of text in which nobody said what the decimal sign is; of files with commas between columns only where all
    numbers are so.
    """
    if raw.text is None or raw.numbered or not raw.placed or raw.source.decimal is not None:
        return
    for name in filter(is_amount, raw.columns):
        for part in (raw.table.limit(_MANY), raw.table):
            part = part.select(given=text(part[name]))
            given = part.given
            counts = {key: given.count(where=given.re_search(form)) for key, form in _POINTS.items()}
            such = given.min(where=given.re_search(_ONCE))
            found = fetched(part.agg(**counts, all=given.count(), such=such)).iloc[0]
            alone = raw.text.delimiter in _FOREIGN or found["grouped"] == found["all"]
            if found["point"] != found["grouped"] or not isinstance(found["such"], str) or not alone:
                break
        else:
            such = found["such"]
            raise raw.error(
                f"every {name} with a point has three digits after it, such as {such}, which is a thousand to "
                f'some and little more than {such.partition(".")[0]} to others; set {raw.name}.decimal: "," if '
                f'points stand between thousands, and {raw.name}.decimal: "." if not',
                "decimal",
            )


def _signs_and_sums(raw: Raw, good: Any, used: pd.Series[float]) -> None:
    """Refuse payments of which none is above 0 and some are below, and one that is the sum of all others."""
    if not used["above"] and used["below"]:
        raise raw.error(
            f"no payment is above 0, and {used['below']:,.0f} of {used['rows']:,.0f} are below; a negative amount "
            "is a refund. If your system writes payments so, turn the sign of the column",
            "columns.amount",
        )
    enough = raw.placed and used["rows"] >= 4 and used["sum"] > 0  # nothing is no total
    if enough and abs(2 * used["top"] - used["sum"]) <= _EVEN * used["sum"]:
        line = fetched(good.filter(good.amount == float(used["top"])).line.min())
        raise raw.error(
            f"{located(raw, [line])}: the amount {used['top']:,.2f} is the sum of all others, as a total is; take "
            "the row out",
            "columns.amount",
        )


def _scale(raw: Raw, good: Any, counted: pd.DataFrame, wrong: Any) -> str:
    """The lowest and highest rating that were seen, beside those of the rule; refused is another scale than that.

    `counted`: rows, low and high by reason.
    """
    source = raw.source
    if not isinstance(source, Experiences):
        name, spans, rule, why, key = "stars", RULES["stars"], "reviews are", STARS, "stars"
    elif source.spans is None or source.rule == "complaint":
        return ""
    else:
        named = source.rule if isinstance(source.rule, str) else "of data.yaml"
        name, spans, rule, why, key = "rating", source.spans, f"the rule {named} is", SCALE, "rule"
    ends = min(low for low, _ in spans.values()), max(high for _, high in spans.values())
    used, odd = counted[counted.index.isna()], counted[counted.index == why]
    many, outside = int(used["rows"].sum()), int(odd["rows"].sum())
    seen = counted[counted.index.isna() | (counted.index == why)]
    numbers = f"ratings from {seen['low'].min():g} to {seen['high'].max():g} were seen, the lowest and the highest"
    said = (
        f"{numbers if seen['high'].notna().any() else 'none is a number'}; {rule} for {ends[0]:g} to {ends[1]:g}"
    )
    help_ = "name the rule of your scale, or ranges of your own, such as {bad: [1, 2], good: [4, 5]}"
    if outside > max(2, _ODD * (many + outside)):
        row = fetched(wrong.filter(wrong.reason == why).limit(1))["row"].iloc[0]
        raise raw.error(
            f"{outside:,} of {many + outside:,} ratings do not fit ({shorten(row)}): {said}; {help_}", key
        )
    if not many or "good" not in spans:
        return said if many else ""
    least = spans["good"][0]
    if many >= _RATINGS and used["high"].max() < least:
        raise raw.error(f"no rating is above {used['high'].max():g}, so none could be good: {said}; {help_}", key)
    by = fetched(good.group_by(month=good.date_month).agg(
        rows=good.count(), high=good[name].max(), good=good.count(where=good[name] >= least)
    )).sort_values("month")  # fmt: skip
    share = by["good"].sum() / by["rows"][by["high"] >= least].sum() if by["good"].any() else 0.0
    for part in (by, by[::-1]):  # months at the start or at the end of which none holds a good one
        run = part[(part["good"] == 0).cummin()]
        if (1 - share) ** run["rows"].sum() >= _CHANCE:
            continue
        first, last = run["month"].min(), run["month"].max()
        raise raw.error(
            f"the scale changes: from {first // 12:.0f}-{first % 12 + 1:02.0f} to {last // 12:.0f}-"
            f"{last % 12 + 1:02.0f} none of {run['rows'].sum():,} ratings is above {run['high'].max():g}, and in "
            f"other months {share:.0%} are {least:g} or more; bring all to one scale",
            key,
        )
    return said


def _everybody(raw: Raw, good: Any, unanswered: int) -> None:
    """Refuse reasons of which nobody said which are bad service, and referrals only of those who made some."""
    if raw.name == "reasons" and not raw.source.values.get("reason", {}).get("bad_service"):  # noqa: PD011
        words = other_reasons(raw)["value"]
        if not fetched(good.count(where=good.why == "bad_service")):
            listed = ", ".join(shorten(word, 30) for word in words[:LISTED]) or "there are none"
            raise raw.error(f"no reason is bad_service; name your words for it ({listed})", "values.reason")
    if raw.name == "referrals":
        found = fetched(good.agg(all=good.count(), none=good.count(where=good.made == 0))).iloc[0]
        if unanswered and not found["all"]:
            raise raw.error("no row says how many new customers it brought", "columns.made")
        if found["all"] >= _RATINGS and not found["none"]:
            raise raw.error(
                f"each of {found['all']:,} customers has made referrals, so those who made none are missing; add "
                "them with a 0 (an empty cell is not known)",
                "columns.made",
            )


def other_reasons(raw: Raw) -> pd.DataFrame:
    """Reasons for leaving that count as other, in the user's words: value, rows, most frequent first."""
    found = unnamed(raw, "reason", "other")
    counted: pd.DataFrame = fetched(found.filter(~silent(found.value)))
    return counted


def _turned(raw: Raw) -> None:
    """Refuse days in two forms of which one holds none after the 12th of a month, and the other only such.

    A spreadsheet makes days of its own of texts that it can read in its order, day and month exchanged, and leaves
    the others as they are.
    """
    forms = raw.source.forms
    for name in ("date", "joined", "left"):
        if name not in raw.columns or len(forms) < 2 or not raw.table[name].type().is_string():
            continue
        given, package = raw.table.select(given=text(raw.table[name])), ibis()
        kind = raw.connection.name
        days = [package.coalesce(moment(given.given, [form], None, kind)[0].day(), 0) for form in forms]
        counts = {f"early_{place}": day.between(1, _TWELFTH).sum() for place, day in enumerate(days)}
        counts |= {f"late_{place}": (day > _TWELFTH).sum() for place, day in enumerate(days)}
        found = fetched(given.agg(**counts)).iloc[0]
        pairs = [(found[f"early_{place}"], found[f"late_{place}"]) for place in range(len(forms))]
        early = sum(one for one, other in pairs if one >= _UNMIXED and not other)
        late = sum(other for one, other in pairs if other >= _UNMIXED and not one)
        if early and late:
            raise raw.error(
                f"day and month are exchanged in {name}: {int(early):,} days are written in one form, none of "
                f"them after the 12th, and {int(late):,} in another, all of them after it. A spreadsheet has read "
                "the former the other way round; export the column again as text",
                f"columns.{name}",
            )
