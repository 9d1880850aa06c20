"""What was read, what was not used and why, and what to look at before trusting the rest."""

# ruff: noqa: PD004
# (the names of Ibis)
from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import pandas as pd

from ..errors import WomError, shorten
from ..words import money, percent, whole
from .cleaning import LISTED, UNKNOWN, Clean, different, other_reasons
from .columns import DAY_OF, unnamed
from .description import is_amount
from .months import period, stock
from .reading import line_numbers
from .store import fetched, ibis

TWICE = "an id that stands before, with other values"

_DAYS = ("day", "joined_day", "left_day")
_NUMBERS = ("rating", "stars", "months")
_WORDS = ("id", "kind", "tone", "people_told", "segment", "came_by", "why")

_HEAVY = 0.01
"""Share of the money from which its loss is said."""
_TWELFTH, _VARIED, _MONTHS, _SURE = 12, 4, 3, 50
"""The last day that can be a month; how many such days of a month, how many months and days speak of no chance."""
_OUTSIZED, _TIMES, _MOST = 0.05, 20, 0.2
"""Share of all rows, and times those of the average customer (or share), from which one is hardly one."""


@dataclass(frozen=True)
class Check:
    """What was found in tables; made by `Tables.check`."""

    table: pd.DataFrame
    """By table: rows, used, rejected, copies_removed, copies_kept, outside, refunds, gaps (in months)."""
    reasons: pd.DataFrame
    """table, reason, rows: why rows were rejected, most frequent first."""
    sentences: tuple[str, ...]
    """The same for people, with what else is worth a look."""
    columns: pd.DataFrame
    """By table and column, of the rows that are used: min, max and sum, and how many are missing in all rows."""
    _tables: Any = field(repr=False)

    @property
    def rejected(self) -> int:
        """Rows rejected, of all tables."""
        return int(self.table["rejected"].sum())

    def plain(self) -> dict[str, Any]:
        """The same in plain data: tables with their columns, and notes."""
        found: dict[str, Any] = {}
        for name, row in self.table.iterrows():
            kept = self.columns.loc[[name]].droplevel(0) if name in self.columns.index else self.columns[:0]
            found[str(name)] = {key: int(value) for key, value in row.items()} | {
                "columns": {
                    column: {key: value for key, value in cells.items() if value is not None}
                    for column, cells in kept.to_dict("index").items()
                }
            }
        return {"tables": found, "notes": list(self.sentences)}

    def rows(self) -> Iterator[tuple[str, int | None, str, str]]:
        """The rejected rows: table, line (or the row's number; None in a database), reason, and what was given."""
        for name, clean in self._tables.clean.items():
            found, members = [fetched(clean.wrong)], self._tables.members
            for rows, reason in (
                (clean.strangers, UNKNOWN),
                (members.contradictions if name == "customers" and members is not None else None, TWICE),
            ):
                if rows is None:
                    continue
                names = [ours for ours in rows.columns if ours in ("id", "amount", "kind", "segment")]
                frame = fetched(rows.select("line", *names))
                texts = [
                    " | ".join(f"{ours}={value}" for ours, value in zip(names, values, strict=True))
                    for values in frame[names].itertuples(index=False)
                ]
                found.append(pd.DataFrame({"line": frame["line"], "reason": reason, "row": texts}))
            wrong = pd.concat([frame[["line", "reason", "row"]] for frame in found])
            wrong["line"] = line_numbers(clean.raw, wrong["line"])
            wrong = pd.concat([wrong, clean.raw.malformed()]).sort_values("line", kind="stable")
            for line, reason, row in wrong.itertuples(index=False):
                yield name, int(line) if clean.raw.placed else None, reason, row

    def write(self, directory: str | Path) -> Path:
        """Write the rejected rows to `rejected.csv`, which appears when it is whole, and return where.

        Raises:
            WomError: it cannot be written.
        """
        folder, aside = Path(directory), None
        target = folder / "rejected.csv"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(
                "w", encoding="utf-8", newline="", prefix=".rejected-", dir=folder, delete=False
            ) as file:
                aside = Path(file.name)
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(["table", "line", "reason", "row"])
                writer.writerows(self.rows())
            aside.chmod(0o644)
            return aside.replace(target)
        except OSError as error:
            raise WomError(f"{target}: cannot be written: {error.strerror}") from error
        finally:
            if aside is not None:
                aside.unlink(missing_ok=True)


def check(tables: Any) -> Check:
    """Look at tables as a whole; see `Check`."""
    lines, reasons, said = {}, [], []
    columns: dict[tuple[str, str], dict[str, Any]] = {}
    for name, clean in tables.clean.items():
        lines[name], why, words, taken = _table(tables, name, clean)
        columns |= {(name, column): cells for column, cells in taken.items()}
        reasons += [(name, reason, rows) for reason, rows in why.items() if rows]
        said += words
    months = tables.months
    said.append(
        f"Months observed: {months[0]} to {months[-1]}, {len(months)} month{'s' if len(months) > 1 else ''}."
    )
    said += [f"{text[0].upper()}{text[1:]}." for text in tables.span.said]
    index = pd.MultiIndex.from_tuples(list(columns), names=["table", "column"])
    return Check(
        pd.DataFrame.from_dict(lines, orient="index").rename_axis("table"),
        pd.DataFrame(reasons, columns=["table", "reason", "rows"]),
        tuple(said),
        pd.DataFrame(list(columns.values()), index, ["min", "max", "sum", "missing"], dtype=object),
        tables,
    )


def _table(
    tables: Any, name: str, clean: Clean
) -> tuple[dict[str, int], dict[str, int], list[str], dict[str, dict[str, Any]]]:
    """Of one table: its row of numbers, reasons, sentences, and what its columns hold."""
    why, said, good, raw = dict(clean.reasons), list(clean.said), clean.good, clean.raw
    copies, kept, outside, gaps = clean.copies, 0, 0, 0
    if name == "monthly" and (counted := stock(clean)[1]):
        said.append(f"{counted}.")
    if name == "customers":
        why[TWICE], copies = _count(tables.members.contradictions), _count(tables.members.copies)
        good = tables.members.table
    elif clean.strangers is not None:
        good = good.semi_join(tables.members.table, "id")
    found = by_day = _by_day(good, name)
    if name == "monthly" or DAY_OF.get(name, "date") in raw.columns:
        first, last = tables.span.first, tables.span.last
        found = by_day[by_day["month"].between(first, last)]
        outside = int(by_day["rows"][(by_day["month"] < first) | (by_day["month"] > last)].sum())
        empty = sorted(set(range(first, last + 1)) - set(by_day["month"]))
        gaps = len(empty)
        if empty:
            said.append(
                f"{name}: no row in {_months(empty)}. Was nothing recorded, or did nothing happen? (from and to "
                "set the months.)"
            )
        said += _early(name, by_day)
    if name in ("payments", "experiences"):
        kept = _count(good) - _count(different(clean, good))
        said += _of_customers(tables, name, good)
    said += _of_kind(tables, name, clean, found)
    refunds = int(found["back"].sum()) if name == "payments" else 0
    rejected = sum(why.values())
    used = clean.rows - rejected - copies - outside - clean.unanswered
    said = [*_read(name, clean, used, why, copies, kept), *said]
    if clean.lost > _HEAVY:
        said.append(f"{name}: what is rejected is some {percent(clean.lost)} of the money.")
    if outside:
        said.append(f"{name}: {_rows(outside)} outside the months observed, not used.")
    if not clean.rows:
        said.append(f"{name}: the table has no rows.")
    numbers = {
        "rows": clean.rows, "used": used, "rejected": rejected, "copies_removed": copies, "copies_kept": kept,
        "outside": outside, "refunds": refunds, "gaps": gaps,
    }  # fmt: skip
    return numbers, why, said, _columns(found, clean)


def _read(name: str, clean: Clean, used: int, why: dict[str, int], copies: int, kept: int) -> list[str]:
    """Rows read, used and rejected, and copies."""
    read = f"{name}: {_rows(clean.rows)} read, {'all' if used == clean.rows else whole(used)} used"
    if clean.unanswered:
        read += f", {whole(clean.unanswered)} {'still there' if name == 'reasons' else 'not answered'}"
    if rejected := sum(why.values()):
        listed = ", ".join(f"{reason} ({whole(count)})" for reason, count in why.items() if count)
        read += f", {whole(rejected)} rejected: {listed}"
    said = [f"{read}."]
    if copies:
        often = f"; most rows stood there {clean.times} times" if clean.times > 1 else ""
        if clean.twice:
            often = f"; most rows of {_months(list(clean.twice))} stood there more than once"
        copy = "a copy" if copies == 1 else "copies"
        said.append(f"{name}: {_rows(copies)} removed as {copy} of another one{often}.")
    if kept:
        said.append(
            f"{name}: {_rows(kept)} equal to another one, kept, for the same may happen twice on a day; "
            f"{name}.duplicates: remove takes them out."
        )
    return said


def _by_day(good: Any, name: str) -> pd.DataFrame:
    """By day (by nothing, of customers): rows, and min, max, sum and nulls of each column; one look at all rows.

    Of payments also back and nothing (how many), whole (given back).
    """
    more = {}
    if name == "payments":
        more = {
            "back": good.count(where=good.amount < 0),
            "nothing": good.count(where=good.amount == 0),
            "whole": ibis().ifelse(good.amount < 0, -good.amount, 0.0).sum(),
        }
    for column in good.columns:
        cells = good[column]
        number = column in _NUMBERS or is_amount(column)
        if number or column in _DAYS:
            more |= {f"min_{column}": cells.min(), f"max_{column}": cells.max()}
        if number:
            more[f"sum_{column}"] = cells.sum()
        if number or column in (*_DAYS, *_WORDS):
            more[f"null_{column}"] = good.count() - cells.count()
    keys = ["day", "month"] if "day" in good.columns else []
    found: pd.DataFrame = fetched((good.group_by(keys) if keys else good).agg(rows=good.count(), **more))
    return found


def _columns(found: pd.DataFrame, clean: Clean) -> dict[str, dict[str, Any]]:
    """By column, in the order of the table: min, max, sum (days as texts, None where there is none), missing."""
    taken = {}
    for ours in clean.raw.columns:
        names = {"joined": "joined_day", "left": "left_day", "reason": "why"}
        name = names.get(ours, ours) if ours != DAY_OF.get(clean.raw.name, "date") else "day"
        missing = sum(rows for why, rows in clean.reasons.items() if why.startswith(f"no {ours}"))
        missing += clean.unanswered if ours in ("rating", "made") or name == "day" else 0
        cells: dict[str, Any] = {"min": None, "max": None, "sum": None}
        if f"null_{name}" in found:
            missing += int(found[f"null_{name}"].sum())
        for part in cells:
            if f"{part}_{name}" in found and found[f"{part}_{name}"].notna().any():
                value = found[f"{part}_{name}"].agg(part)
                cells[part] = str(pd.Timestamp(int(value), unit="D").date()) if name in _DAYS else float(value)
        taken[ours] = cells | {"missing": missing}
    return taken


def _early(name: str, found: pd.DataFrame) -> list[str]:
    """Months in which no day lies after the 12th, though there are many."""
    known = found.dropna(subset="day")
    days = pd.to_datetime(known["day"], unit="D").dt.day
    by = days.groupby(known["month"]).agg(["max", "nunique"])
    odd = by[(by["max"] <= _TWELFTH) & (by["nunique"] >= _VARIED)]
    if len(odd) < _MONTHS and not (len(odd) and len(days) >= _SURE and days.max() <= _TWELFTH):
        return []
    months = _months(list(odd.index))
    return [
        f"{name}: look here first: no date lies after the {_TWELFTH}th in {months}; day and month may be "
        "exchanged."
    ]


def _of_kind(tables: Any, name: str, clean: Clean, months: pd.DataFrame) -> list[str]:
    """What is said of tables of one kind alone."""
    said, currency = [], tables.description.currency
    if name == "customers":
        people = tables.members.table
        if odd := _count(people.filter(people.came_by == "unknown")):
            named = _listed(fetched(unnamed(clean.raw, "came_by").limit(LISTED + 1))["value"])
            said.append(
                f"customers: {_rows(odd, 'customer')} came by something that is neither recommendation nor other "
                f"({named}); they count as new customers only. Name the values under customers.values.came_by."
            )
    elif name == "payments":
        back, nothing, rows = (int(months[part].sum()) for part in ("back", "nothing", "rows"))
        if back:
            given_back = money(float(months["whole"].sum()), currency)
            said.append(f"payments: {_rows(back, 'refund')}, {given_back} in all, taken off revenue.")
        if 2 * back > rows:
            said.append(
                f"payments: look here first: {whole(back)} of {whole(rows)} amounts are below 0, so most would be "
                "refunds. If your system writes payments so, turn the sign of the column."
            )
        if nothing:
            said.append(f"payments: {_rows(nothing)} with an amount of 0 count as no purchase.")
    elif name == "experiences":
        source: Any = clean.raw.source
        if isinstance(source.rule, dict) and (between := source.between):
            listed = " and ".join(f"above {low:g} and below {high:g}" for low, high in between)
            said.append(f"experiences: the rule names no neutral ratings, so those {listed} are neutral.")
    elif name == "accounts":
        for year, rows in tables.accounts().groupby("year"):
            stayed = rows[rows["after"].fillna(value=False)]["count"].sum()
            also = "" if rows["after"].isna().all() else f"; {whole(stayed)} of them in {year + 1:.0f} as well"
            paid = money(float(rows["revenue"].sum()), currency)
            said.append(f"accounts: in {year:.0f}, {whole(rows['count'].sum())} paid {paid} in all{also}.")
        if not said:
            words = "none of its years lies whole within the months observed and is over, so none is used"
            said.append(f"accounts: {words}.")
    elif name == "reasons":
        by = tables.reasons().set_index("why")["count"].reindex(["bad_service", "other", "none"], fill_value=0)
        words = _listed(other_reasons(clean.raw)["value"])
        silent = f", {whole(by['none'])} gave none" if by["none"] else ""
        said.append(
            f"reasons: {whole(by['bad_service'])} of {whole(by.iloc[:2].sum())} reasons are bad service, the "
            f"others are none of it ({words or 'none'}){silent}."
        )
    elif name == "referrals":
        rows = tables.referrals()
        many, brought = whole(rows["count"].sum()), whole(rows["made"] @ rows["count"])
        said.append(f"referrals: {many} customers have brought {brought} others.")
    return said


def _of_customers(tables: Any, name: str, good: Any) -> list[str]:
    """Events of customers who had not joined yet or had left, and one customer with so many that it is nobody."""
    said = []
    if tables.members is not None:
        dated = tables.members.table.select("id", "joined_day", "left_day")
        met = good.inner_join(dated.filter(dated.joined_day.notnull() | dated.left_day.notnull()), "id")
        tests = {
            "from before the customer joined": met.day < met.joined_day,
            "from after the customer left": met.day > met.left_day,
        }
        found = fetched(met.agg(**{words: met.count(where=test) for words, test in tests.items()})).iloc[0]
        if when := [f"{_rows(int(many))} {words}" for words, many in found.items() if many]:
            moods = ", but change no mood" if name == "experiences" else ""
            said.append(f"{name}: {' and '.join(when)}, counted in the month all the same{moods}.")
    by = good.group_by("id").agg(rows=good.count())
    ids, rows, most = fetched(by.agg(ids=by.count(), rows=by["rows"].sum(), most=by["rows"].max())).iloc[0]
    if ids and most >= max(_SURE, rows * max(_OUTSIZED, min(_MOST, _TIMES / ids))):
        whose = fetched(by.filter(by["rows"] == int(most)))["id"].iloc[0]
        said.append(
            f"{name}: look here first: {whole(most)} of {whole(rows)} rows belong to one customer, "
            f"{shorten(str(whose))}. If that is nobody, such as all guests, leave its id empty."
        )
    return said


def _count(found: Any) -> int:
    return int(fetched(found.count()))


def _rows(count: int, what: str = "row") -> str:
    return f"{whole(count)} {what}{'' if count == 1 else 's'}"


def _listed(words: pd.Series[str]) -> str:
    return ", ".join(shorten(word, 30) for word in words[:LISTED]) + " and more" * (len(words) > LISTED)


def _months(months: list[int]) -> str:
    listed = ", ".join(str(period(month)) for month in months[:LISTED])
    return listed + (f" and {len(months) - LISTED} more months" if len(months) > LISTED else "")
