"""Tables that can be read and say something else than they mean: found by looking at them as a whole."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..errors import shorten
from .casting import moment, text
from .columns import SCALE, STARS, silent, unnamed
from .description import RULES, Experiences, is_amount
from .reading import Raw, located
from .store import dialect, fetched, ibis

_POINTS = {"point": "[.]", "grouped": r"^[+-]?[0-9]{1,3}([.][0-9]{3})+$"}
_ONCE = r"^[+-]?[0-9]{1,3}[.][0-9]{3}$"
_FEW = 10_000
"""Rows that tell in most tables that points stand before decimals."""

_EVEN = 1e-6
"""Share of a sum within which an amount is that sum."""
_ODD, _RATINGS = 0.05, 20
"""Share of ratings outside a rule that no slips of a hand explain, and ratings of which some are good for sure."""
_LISTED = 6
_CHANCE = 1e-6
"""What is less likely is no chance."""
_DAYS, _TWELFTH = 20, 12
"""Days from which none after the 12th of a month is no chance: 12 of 30 days in a month, 1 in 10^8."""

_FOREIGN = (";", "\t")
"""Signs between columns where commas are decimal signs; elsewhere a few such numbers say nothing."""


def thousands(raw: Raw) -> None:
    """Ask about columns in which every number with a point has three digits after it: 1.234 may be a thousand.

    Of text in which nobody said what the decimal sign is; of files with commas between columns only where all
    numbers are so.

    Raises:
        InputError: there is such a column.
    """
    if raw.text is None or raw.numbered or not raw.placed or raw.source.decimal is not None:
        return
    for name in filter(is_amount, raw.columns):
        for part in (raw.table.limit(_FEW), raw.table):
            given = part.select(given=text(part[name])).given
            counts = {key: given.count(where=given.re_search(form)) for key, form in _POINTS.items()}
            found = fetched(
                part.select(given=text(part[name])).agg(
                    **counts, all=given.count(), such=given.min(where=given.re_search(_ONCE))
                )
            ).iloc[0]
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


def summed(raw: Raw, good: Any, used: pd.Series[float]) -> None:
    """Refuse payments whose last row is the sum of all others: a total.

    Raises:
        InputError: it is.
    """
    enough = raw.placed and used["rows"] >= 4 and used["sum"] > 0  # nothing is no total
    if not enough or abs(2 * used["top"] - used["sum"]) > _EVEN * used["sum"]:
        return
    last = fetched(good.order_by(good.line.desc()).limit(1)).iloc[0]
    if last["amount"] == used["top"]:
        raise raw.error(
            f"{located(raw, [last['line']])}: the last amount, {last['amount']:,.2f}, is the sum of all others, "
            "as a total is; take the row out",
            "columns.amount",
        )


def scale(raw: Raw, good: Any, counted: pd.DataFrame, wrong: Any) -> str:
    """The lowest and highest rating that were seen, beside those of the rule.

    `counted`: rows, low and high by reason.

    Raises:
        InputError: the ratings are of another scale than the rule, in part or in whole.
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


def everybody(raw: Raw, good: Any) -> None:
    """Refuse reasons of which nobody said which are bad service, and referrals only of those who made some.

    Raises:
        InputError: it is so.
    """
    if raw.name == "reasons" and not raw.source.values.get("reason", {}).get("bad_service"):  # noqa: PD011
        words = other_reasons(raw)["value"]
        if not fetched(good.count(where=good.why == "bad_service")):
            listed = ", ".join(shorten(word, 30) for word in words[:_LISTED]) or "there are none"
            raise raw.error(f"no reason is bad_service; name your words for it ({listed})", "values.reason")
    if raw.name == "referrals":
        found = fetched(good.agg(all=good.count(), none=good.count(where=good.made == 0))).iloc[0]
        if found["all"] >= _RATINGS and not found["none"]:
            raise raw.error(
                f"each of {found['all']:,} customers has made referrals, so those who made none are missing; add "
                "them with a 0 (an empty cell is not known)",
                "columns.made",
            )


def other_reasons(raw: Raw) -> pd.DataFrame:
    """Reasons for leaving that count as other, in the user's words: value, rows, most frequent first."""
    found = unnamed(raw, "reason", ("bad_service", "none"))
    counted: pd.DataFrame = fetched(found.filter(~silent(found.value)))
    return counted


def turned(raw: Raw) -> None:
    """Refuse days in two forms of which one holds none after the 12th of a month, and the other only such.

    A spreadsheet makes days of its own of texts that it can read in its order, day and month exchanged, and leaves
    the others as they are.

    Raises:
        InputError: it is so.
    """
    forms = raw.source.forms
    for name in ("date", "joined", "left"):
        if name not in raw.columns or len(forms) < 2 or not raw.table[name].type().is_string():
            continue
        given, package = raw.table.select(given=text(raw.table[name])), ibis()
        kind = dialect(raw.connection)
        days = [package.coalesce(moment(given.given, [form], None, kind).on.day(), 0) for form in forms]
        counts = {f"early_{place}": day.between(1, _TWELFTH).sum() for place, day in enumerate(days)}
        counts |= {f"late_{place}": (day > _TWELFTH).sum() for place, day in enumerate(days)}
        found = fetched(given.agg(**counts)).iloc[0]
        pairs = [(found[f"early_{place}"], found[f"late_{place}"]) for place in range(len(forms))]
        early = sum(one for one, other in pairs if one >= _DAYS and not other)
        late = sum(other for one, other in pairs if other >= _DAYS and not one)
        if early and late:
            raise raw.error(
                f"day and month are exchanged in {name}: {int(early):,} days are written in one form, none of "
                f"them after the 12th, and {int(late):,} in another, all of them after it. A spreadsheet has read "
                "the former the other way round; export the column again as text",
                f"columns.{name}",
            )
