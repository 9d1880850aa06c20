"""What was read, what was not used and why, and what to look at before trusting the rest."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import WomError, shorten
from ..words import money, whole
from .clean import Clean, different
from .cleaning import CAME_BY, unnamed
from .extra import fetched, ibis
from .places import lines
from .strangers import UNKNOWN, strangers
from .thousands import doubts
from .totals import stock
from .window import period

TWICE = "an id that stands before, with other values"
_EVENTS = ("payments", "experiences", "talk", "reviews")
_LISTED = 6


@dataclass(frozen=True)
class Check:
    """What was found in tables; made by `Tables.check`.

    Example:
        >>> import tempfile, wom.data
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     place = Path(folder) / "p.csv"
        ...     _ = place.write_text("id,date,amount\\n1,2024-01-03,10\\n2,2024-01-31,x\\n", encoding="utf-8")
        ...     described = {"payments": {"file": str(place)}, "from": "2024-01-01", "to": "2024-01-31"}
        ...     found = wom.data.load(described).check()
        >>> found.rejected, found.sentences[0]
        (1, 'payments: 2 rows read, 1 used, 1 rejected: amount cannot be read (1).')
    """

    table: pd.DataFrame
    """By table: rows, used, rejected, copies_removed, copies_kept, outside, refunds, gaps (in months)."""
    reasons: pd.DataFrame
    """table, reason, rows: why rows were rejected, most frequent first."""
    sentences: tuple[str, ...]
    """The same for people, with what else is worth a look."""
    _rejected: Any = field(repr=False)

    @property
    def rejected(self) -> int:
        """Rows rejected, of all tables."""
        return int(self.table["rejected"].sum())

    def rows(self) -> Iterator[tuple[str, int | None, str, str]]:
        """The rejected rows: table, line (or the row's number; None in a database), reason, and what was given."""
        yield from self._rejected()

    def write(self, directory: str | Path) -> Path:
        """Write the rejected rows to `rejected.csv`, which appears when it is whole.

        Args:
            directory: made if it is not there.

        Returns:
            The file.

        Raises:
            WomError: it cannot be written.
        """
        folder = Path(directory)
        target = folder / "rejected.csv"
        aside = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".rejected-", dir=folder)
            aside = Path(name)
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(["table", "line", "reason", "row"])
                writer.writerows(self.rows())
            aside.chmod(0o644)
            aside.replace(target)
        except OSError as error:
            raise WomError(f"{target}: cannot be written: {error.strerror}") from error
        finally:
            if aside is not None:
                aside.unlink(missing_ok=True)
        return target


def check(tables: Any) -> Check:
    """Look at tables as a whole; see `Check`.

    Example:
        >>> import tempfile, wom.data
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     place = Path(folder) / "p.csv"
        ...     _ = place.write_text("id,date,amount\\n1,2024-01-03,10\\n2,2024-01-31,x\\n", encoding="utf-8")
        ...     described = {"payments": {"file": str(place)}, "from": "2024-01-01", "to": "2024-01-31"}
        ...     check(wom.data.load(described)).reasons["reason"].tolist()
        ['amount cannot be read']
    """
    lines, reasons, said = {}, [], []
    for name, clean in tables.clean.items():
        found, why, words = _table(tables, name, clean)
        lines[name] = found
        reasons += [(name, reason, rows) for reason, rows in why.items() if rows]
        said += words
    table = pd.DataFrame.from_dict(lines, orient="index").rename_axis("table")
    months = tables.months
    many = f"{len(months)} month{'s' if len(months) > 1 else ''}"
    said += [
        f"Months observed: {months[0]} to {months[-1]}, {many}.",
        *(_sentence(line) for line in tables.span.said),
    ]
    frame = pd.DataFrame(reasons, columns=["table", "reason", "rows"])
    return Check(table, frame, tuple(said), lambda: _rejected(tables))


def _table(tables: Any, name: str, clean: Clean) -> tuple[dict[str, int], dict[str, int], list[str]]:
    why, said = dict(clean.reasons), []
    copies, kept, outside, refunds, gaps = clean.copies, 0, 0, 0, 0
    if name == "customers" and tables.members is not None:
        why[TWICE] = _count(tables.members.contradictions)
        copies = _count(tables.members.copies)
        said += _ways(clean, tables.members.table)
    elif name in _EVENTS or name == "monthly":
        good = clean.good
        unknown = strangers(clean, tables.members)
        if unknown is not None:
            why[UNKNOWN] = clean.strangers
            good = good.semi_join(tables.members.table, "id") if tables.members else good
        dated = "date" in clean.raw.columns or name == "monthly"
        found = _by_month(good, name == "payments")
        if dated:
            first, last = tables.span.first, tables.span.last
            outside = int(found["rows"][(found["month"] < first) | (found["month"] > last)].sum())
            empty = sorted(set(range(first, last + 1)) - set(found["month"]))
            gaps = len(empty)
            said += _gaps(name, empty)
        if name in ("payments", "experiences"):
            kept = int(found["rows"].sum()) - _count(
                different(good, clean.keys, clean.raw.connection.name == "duckdb")
            )
            said += _beyond_membership(tables, name, good)
        if name == "experiences":
            said += _between(tables.description.experiences.between)
        if name == "payments":
            refunds, words = _refunds(found, tables.description.currency)
            said += words
    if name == "monthly" and (counted := stock(clean).said):
        said.insert(0, f"{counted}.")
    said = [*doubts(clean.raw), *said]
    rejected = sum(why.values())
    used = clean.rows - rejected - copies - outside
    said = [_read(name, clean.rows, used, why), *_copies(name, copies, kept, clean), *said]
    if outside:
        said.append(f"{name}: {_rows(outside)} outside the months observed, not used.")
    if not clean.rows:
        said.append(f"{name}: the table has no rows.")
    numbers = {
        "rows": clean.rows, "used": used, "rejected": rejected, "copies_removed": copies, "copies_kept": kept,
        "outside": outside, "refunds": refunds, "gaps": gaps,
    }  # fmt: skip
    return numbers, why, said


def _rejected(tables: Any) -> Iterator[tuple[str, int | None, str, str]]:
    for name, clean in tables.clean.items():
        found = [fetched(clean.wrong)]
        unknown = strangers(clean, tables.members)
        if unknown is not None:
            found.append(_told(unknown, UNKNOWN))
        if name == "customers" and tables.members is not None:
            found.append(_told(tables.members.contradictions, TWICE))
        rows = pd.concat([frame[["line", "reason", "row"]] for frame in found])
        rows["line"] = lines(clean.raw, rows["line"])
        rows = pd.concat([rows, clean.raw.malformed()]).sort_values("line", kind="stable")
        for line, reason, row in rows.itertuples(index=False):
            yield name, int(line) if clean.raw.placed else None, reason, row


def _told(rows: Any, reason: str) -> pd.DataFrame:
    """Rows that were fine in themselves, as text in our terms."""
    names = [name for name in rows.columns if name in ("id", "amount", "kind", "segment")]
    frame = fetched(rows.select("line", *names))
    texts = [
        " | ".join(f"{name}={value}" for name, value in zip(names, values, strict=True))
        for values in frame[names].itertuples(index=False)
    ]
    return pd.DataFrame({"line": frame["line"], "reason": reason, "row": texts})


def _count(found: Any) -> int:
    return int(fetched(found.count()))


def _ways(customers: Clean, found: Any) -> list[str]:
    odd = _count(found.filter(found.came_by == "unknown"))
    if not odd:
        return []
    words = fetched(unnamed(customers.raw, "came_by", CAME_BY).limit(_LISTED + 1))["value"].tolist()
    named = ", ".join(shorten(word, 30) for word in words[:_LISTED]) + (
        " and more" if len(words) > _LISTED else ""
    )
    return [
        f"customers: {_rows(odd, 'customer')} came by something that is neither recommendation nor other "
        f"({named}); they count as new customers only. Name the values under customers.values.came_by."
    ]


def _by_month(good: Any, paid: bool) -> pd.DataFrame:
    """month, rows, and of payments: back and nothing (how many), whole (given back); a single look at all rows."""
    more = {}
    if paid:
        package, amount = ibis(), good.amount
        more = {
            "back": good.count(where=amount < 0),
            "nothing": good.count(where=amount == 0),
            "whole": package.ifelse(amount < 0, -amount, 0.0).sum(),
        }
    found: pd.DataFrame = fetched(good.group_by("month").agg(rows=good.count(), **more))
    return found


def _refunds(months: pd.DataFrame, currency: str) -> tuple[int, list[str]]:
    back, nothing = int(months["back"].sum()), int(months["nothing"].sum())
    said = []
    if back:
        sum_ = money(float(months["whole"].sum()), currency)
        said.append(f"payments: {_rows(back, 'refund')}, {sum_} in all, taken off revenue.")
    if 2 * back > (rows := int(months["rows"].sum())):
        said.append(
            f"payments: look here first: {whole(back)} of {whole(rows)} amounts are below 0, so most would be "
            "refunds. If your system writes payments so, turn the sign of the column."
        )
    if nothing:
        said.append(f"payments: {_rows(nothing)} with an amount of 0 count as no purchase.")
    return back, said


def _gaps(name: str, empty: list[int]) -> list[str]:
    if not empty:
        return []
    return [
        f"{name}: no row in {_months(empty)}. Was nothing recorded, or did nothing happen? (from and to "
        "set the months.)"
    ]


def _months(months: list[int]) -> str:
    listed = ", ".join(str(period(month)) for month in months[:_LISTED])
    return listed + (f" and {len(months) - _LISTED} more months" if len(months) > _LISTED else "")


def _beyond_membership(tables: Any, name: str, good: Any) -> list[str]:
    """Events of customers who had not joined yet, or who had left."""
    if tables.members is None:
        return []
    dated = tables.members.table.select("id", "joined_day", "left_day")
    dated = dated.filter(dated.joined_day.notnull() | dated.left_day.notnull())  # noqa: PD004
    met = good.inner_join(dated, "id")
    early, late = (met.count(where=test) for test in (met.day < met.joined_day, met.day > met.left_day))
    found = fetched(met.agg(early=early, late=late)).iloc[0]
    when = [
        f"{_rows(int(found[key]))} {words}"
        for key, words in (("early", "from before the customer joined"), ("late", "from after the customer left"))
        if found[key]
    ]
    if not when:
        return []
    moods = ", but change no mood" if name == "experiences" else ""
    return [f"{name}: {' and '.join(when)}, counted in the month all the same{moods}."]


def _between(gaps: list[tuple[float, float]]) -> list[str]:
    """Ratings that the user's own rule does not name."""
    listed = " and ".join(f"above {low:g} and below {high:g}" for low, high in gaps)
    return [f"experiences: the rule names no neutral ratings, so those {listed} are neutral."] if gaps else []


def _copies(name: str, removed: int, kept: int, clean: Clean) -> list[str]:
    said = []
    if removed:
        why = f"; most rows stood there {clean.times} times" if clean.times > 1 else ""
        if clean.twice:
            why = f"; most rows of {_months(list(clean.twice))} stood there more than once"
        copy = "a copy" if removed == 1 else "copies"
        said.append(f"{name}: {_rows(removed)} removed as {copy} of another one{why}.")
    if kept:
        said.append(
            f"{name}: {_rows(kept)} equal to another one, kept, for the same may happen twice on a day; "
            f"{name}.duplicates: remove takes them out."
        )
    return said


def _read(name: str, rows: int, used: int, why: dict[str, int]) -> str:
    rejected = sum(why.values())
    if not rejected:
        return f"{name}: {_rows(rows)} read, {'all' if used == rows else whole(used)} used."
    listed = ", ".join(f"{reason} ({whole(count)})" for reason, count in why.items() if count)
    return f"{name}: {_rows(rows)} read, {whole(used)} used, {whole(rejected)} rejected: {listed}."


def _rows(count: int, what: str = "row") -> str:
    return f"{whole(count)} {what}{'' if count == 1 else 's'}"


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."
