"""Tables of one's own, added up in the database: small frames, whatever the number of rows."""

# ruff: noqa: PD003, PD004
# (the names of Ibis)
from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, reduce
from operator import and_
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from ..errors import InputError, nearest, shorten
from ..scenario import WHOLE
from ._check import Check, check
from .casting import plain
from .cleaning import UNKNOWN, UNUSABLE, Clean, NotWholeError, clean, whole_ids
from .columns import DAY_OF, NOBODY, How, people_told
from .description import Description, Experiences, build
from .description import read as read_description
from .months import Window, once, periods, started, window
from .reading import Raw, located
from .reading import read as read_table
from .store import Store, fetched, ibis, kept, plainly

_ZERO = f"{NOBODY}0, which is nobody"
_MANY = 50
"""Customers of whom somebody leaves in any business."""


class Members(NamedTuple):
    """Customers by id."""

    table: Any
    """id, segment, joined_day, joined_month, left_day, left_month, came_by: one row each."""
    contradictions: Any
    """Rows whose id stood before with other values."""
    copies: Any
    """Rows that stood before."""


@dataclass(frozen=True)
class Tables:
    """Tables that were described, opened and cleaned; made by `load`."""

    description: Description
    span: Window
    """Months and how they were found."""
    today: date
    clean: Mapping[str, Clean]
    members: Members | None
    store: Store

    @property
    def names(self) -> frozenset[str]:
        """The tables that are there."""
        return frozenset(self.clean)

    @property
    def months(self) -> pd.PeriodIndex:
        """The whole months observed."""
        return self.span.months

    @property
    def contractual(self) -> bool:
        """Whether customers say when they leave."""
        return _contractual(self.description, self.clean["customers"].raw if self.members else None)

    def check(self) -> Check:
        """What was read, rejected and why, and what is worth a look; see `Check`."""
        return self._checked

    @cached_property
    def _checked(self) -> Check:
        return check(self)

    def until(self, month: str | pd.Period) -> Tables:
        """The same tables as they were known at the end of a month.

        Later events are gone, customers who joined later too, and who left later is still there.

        Raises:
            InputError: no such month, or not observed.
        """
        try:
            last = pd.Period(month, "M")
        except (ValueError, TypeError):
            raise InputError(f"must be a month such as 2024-06, is {shorten(month)}", "until") from None
        if last not in self.months:
            raise InputError(f"must be from {self.months[0]} to {self.months[-1]}, is {last}", "until")
        return replace(self, span=replace(self.span, last=last.year * 12 + last.month - 1))

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """Names of the segments, `business` where there are none."""
        if self.members is None:
            return (WHOLE,)
        found = fetched(self.members.table.select("segment").distinct())
        return tuple(sorted(found["segment"])) or (WHOLE,)

    # --- parts -------------------------------------------------------------------------------------------

    def _customers(self, key: str) -> Any:
        """Customers as they were known at the end of the months."""
        if self.members is None:
            raise self.description.error(f"{key} needs the table customers")
        here, end, null = self.members.table, self.span.last_day, ibis().null("int64")
        here = here.filter(here.joined_day.isnull() | (here.joined_day <= end))
        gone = here.left_day <= end
        return here.mutate(**{name: ibis().ifelse(gone, here[name], null) for name in ("left_day", "left_month")})

    def _table(self, name: str) -> Clean:
        if name not in self.clean:
            raise self.description.error(f"there is no table {name}; {nearest(name, self.names)}")
        return self.clean[name]

    def _events(self, name: str) -> Any:
        """Events within the window; all of them where they have no day."""
        table = self._table(name)
        found = table.good
        if DAY_OF.get(name, "date") not in table.raw.columns:
            return found
        return found.filter(found.day.between(self.span.first_day, self.span.last_day))

    def _by_customer(self, found: Any) -> Any:
        """With the segment of each customer; what belongs to nobody known is left out."""
        if self.members is None:
            return found.mutate(segment=ibis().literal(WHOLE))
        return found.inner_join(self.members.table.select("id", "segment"), "id")

    # --- frames ------------------------------------------------------------------------------------------

    def monthly(self) -> pd.DataFrame:
        """What happened in each segment and month.

        Returns:
            Index (segment, month). Of customers, as far as the tables tell: customers (at the start of the month)
            and lost_customers where they say when they leave, new_customers, and of these recommended and other.
            Of payments: payers, payments (those above 0), revenue (refunds taken off), refunds (how many). Of
            experiences: contacts, good, bad, recovered, neutral. A month without rows holds zeros.
        """
        parts = []
        if self.members is not None and "joined" in self.clean["customers"].raw.columns:
            parts.append(self._stock())
        if "payments" in self.clean:
            paid = self._by_customer(self._events("payments"))
            above = paid.amount > 0
            parts.append(_by_month(
                paid, payers=paid.id.nunique(where=above), payments=paid.count(where=above),
                revenue=paid.amount.sum(), refunds=paid.count(where=paid.amount < 0),
            ))  # fmt: skip
        if "experiences" in self.clean:
            felt = self._by_customer(self._events("experiences"))
            kinds = {kind: felt.count(where=felt.kind == kind) for kind in Experiences.coded["kind"]}
            parts.append(_by_month(felt, contacts=felt.count(), **kinds))
        grid = self._grid(self.span.first)
        parts = [pd.DataFrame(index=grid), *(part.reindex(grid, fill_value=0) for part in parts)]
        found = pd.concat(parts, axis=1)
        found.index = pd.MultiIndex.from_product([self.segments, self.months], names=grid.names)
        return found

    def _grid(self, first: int) -> pd.MultiIndex:
        numbers = range(first, self.span.last + 1)
        return pd.MultiIndex.from_product([self.segments, numbers], names=["segment", "month"])

    def _stock(self) -> pd.DataFrame:
        """Customers at the start of each month, and who came and went in it; all before lies in one month."""
        each, before = ibis()._, self.span.first - 1

        def since(people: Any, month: Any, **counts: Any) -> pd.DataFrame:
            found = _by_month(people.mutate(month=ibis().greatest(month.fill_null(0), before)), **counts)
            return found.reindex(self._grid(before), fill_value=0).astype("int64")

        here, counts = self._customers("monthly"), {"new_customers": each.count()}
        if "came_by" in self.clean["customers"].raw.columns:
            ways = ("recommended", "recommendation"), ("other", "other")
            counts |= {name: each.count(where=each.came_by == value) for name, value in ways}
        found = since(here, here.joined_month, **counts)
        if self.contractual:
            gone = here.filter(here.left_month >= 0)
            found["lost_customers"] = since(gone, gone.left_month, lost=each.count())["lost"]
            change = found["new_customers"] - found["lost_customers"]
            found.insert(0, "customers", change.groupby("segment").cumsum() - change)
        return found

    def cohorts(self) -> pd.DataFrame:
        """How long customers stay, by the month in which they joined.

        Returns:
            segment, joined (month), entered (months after joining that had passed when following began: 0 for who
            joined within the window), months (after joining, at the last month end followed), left (gone at it),
            count.

        Raises:
            InputError: no customers, or they do not say when they leave.
        """
        if not self.contractual:
            raise self.description.error("cohorts need customers who say when they leave (joined and left)")
        package, here, last = ibis(), self._customers("cohorts"), self.span.last
        begin = package.greatest(
            here.joined_month + 1, self.span.first
        )  # who joins is followed from the next month
        here = here.mutate(begin=begin, end=package.least(here.left_month.fill_null(last), last))
        here = here.filter((here.joined_month >= 0) & (here.begin <= here.end))
        found = here.select(
            "segment", joined=here.joined_month, entered=here.begin - here.joined_month - 1,
            months=here.end - here.joined_month, left=here.left_day.notnull(),
        )  # fmt: skip
        counted = _equal(found, *found.columns)
        return counted.assign(joined=periods(counted["joined"]))

    def answers(self) -> pd.DataFrame:
        """Answers without dates: kind, gone (0 where not asked), count."""
        table = self._table("answers").good
        return _equal(table if "gone" in table.columns else table.mutate(gone=ibis().literal(0)), "kind", "gone")

    def tenures(self) -> pd.DataFrame:
        """Customers without dates, as `cohorts`: months (whole ones, 1 or more of who left), left, count."""
        found = _equal(self._table("tenures").good, "months", "gone")
        left, months = found["gone"].astype(bool), found["months"].astype(float).round().astype(int)
        return pd.DataFrame({"months": months.clip(lower=left.astype(int)), "left": left, "count": found["count"]})

    def accounts(self) -> pd.DataFrame:
        """Accounts by year, and whether they paid in the years beside it.

        An account is one with revenue above 0 in a year; the years are those that lie whole within the months
        observed, and are over. Who paid in part of a year only, having come or gone within it, is not seen.

        Returns:
            segment, year, before and after (whether it paid in the year before and after; <NA> where that year is
            not observed), count, revenue (of the year, in all), squared (Σ revenue², for its spread), following
            (what the same accounts paid in the year after).
        """
        first, last = -(-self.span.first // 12), min((self.span.last + 1) // 12, self.today.year) - 1
        package, paid = ibis(), self._by_customer(self._table("accounts").good)
        if "revenue" not in paid.columns:
            paid = package.union(*(
                paid.select("id", "segment", year=package.literal(float(name[-4:])), revenue=paid[name])
                for name in paid.columns if name.startswith("revenue_")
            ))  # fmt: skip
        each = paid.group_by("segment", "id", "year").agg(revenue=paid.revenue.sum())
        each = each.filter((each.revenue > 0) & each.year.between(first, last))
        beside = package.window(group_by="id", order_by="year")
        each = each.mutate(
            before=(each.year.lag() == each.year - 1).over(beside).fill_null(False),
            after=(each.year.lead() == each.year + 1).over(beside).fill_null(False),
            following=each.revenue.lead().over(beside),
        )
        revenue, following = each.revenue, each.following
        found = _equal(
            each, "segment", "year", "before", "after", revenue=revenue.sum(), squared=(revenue**2).sum(),
            following=following.sum(where=each.after).fill_null(0.0),
        ).astype({"year": int, "before": "boolean", "after": "boolean"})  # fmt: skip
        found["before"] = found["before"].mask(found["year"] == first)
        found["after"] = found["after"].mask(found["year"] == last)
        return found

    def reasons(self) -> pd.DataFrame:
        """Reasons for leaving, as those who left gave them: why (bad_service, other, none), count.

        `none` is who left and gave no reason. Where the table has no column `left`, that holds those who have not
        left as well, so that it says nothing. What people say is no cause: the share of bad_service bounds what
        bad service did from neither side by itself.
        """
        return _equal(self._events("reasons"), "why")

    def referrals(self) -> pd.DataFrame:
        """Customers by how many new customers they brought: made, months (over which, nan: all observed), count.

        Σ made·count/Σ months·count is what a customer brings in a month.
        """
        found = self._table("referrals").good
        if "months" not in found.columns:
            found = found.mutate(months=ibis().null("float64"))
        return _equal(found, "made", "months")

    def talk(self) -> pd.DataFrame:
        """Answers on how many people were told: tone, least, most (<NA> where open), count."""
        found = _equal(self._events("talk"), "tone", "people_told")
        ends = [people_told(answer) for answer in found["people_told"]]
        for place, name in enumerate(("least", "most")):
            found[name] = pd.array([end[place] for end in ends], dtype="Int64")
        groups = found.groupby(["tone", "least", "most"], dropna=False, as_index=False)
        return groups[["count"]].sum()

    def reviews(self) -> pd.DataFrame:
        """Reviews by month and stars: month, stars, count."""
        found = _equal(self._events("reviews"), "month", "stars")
        return found.assign(month=periods(found["month"]))

    def totals(self) -> pd.DataFrame:
        """The table of monthly totals, index month, within the window; customers at the start of the month."""
        return started(self._table("monthly"), self.months)


def load(source: str | Path | Mapping[str, Any], today: date | None = None) -> Tables:
    """Tables from their description.

    Args:
        source: `data.yaml`, or what stands in it, with files relative to the working directory.
        today: events after it lie in the future; by default the day it is.

    Raises:
        InputError: names the file, the key and what to do.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     place = Path(folder) / "p.csv"
        ...     _ = place.write_text("id,date,amount\\n1,2024-01-03,10\\n2,2024-01-31,x\\n", encoding="utf-8")
        ...     described = {"payments": {"file": str(place)}, "from": "2024-01-01", "to": "2024-01-31"}
        ...     load(described).monthly()["revenue"].tolist()
        [10.0]
    """
    description = build(source) if isinstance(source, Mapping) else read_description(source)
    day, store = today or date.today(), Store(description)
    try:
        return _loaded(description, store, day)
    except BaseException:
        store.close()
        raise


def _loaded(description: Description, store: Store, day: date) -> Tables:
    raws = {name: read_table(store, description, name) for name in description.names}
    customers = raws.get("customers")
    contractual = _contractual(description, customers)
    if contractual and customers is not None and (lacks := {"joined", "left"} - set(customers.columns)):
        raise customers.error(
            f"has no column {min(lacks)}, which contractual: true needs", f"columns.{min(lacks)}"
        )
    segments = customers is not None and "segment" in customers.columns
    if description.segments and not segments:
        raise description.error("needs a column segment in customers", "segments")

    def asked(look: Callable[..., Any], *more: Any) -> dict[str, Any]:
        """What is found of each table, its errors with its name."""
        found = {}
        for name, raw in raws.items():
            with plainly(raw.error):
                found[name] = look(raw, *more)
        return found

    use = segments if description.segments is None else description.segments
    whole = all(asked(whole_ids).values())
    how = How(description.time_zone, day, use, contractual, whole, description.ids == "alike")
    try:
        ready = asked(clean, how)
    except NotWholeError:
        how = how._replace(whole_ids=False)
        ready = asked(clean, how)
    if _zero_is_customer(ready.values()):
        ready = asked(clean, how._replace(zero=True))
    if description.ids is None:
        _one_spelling(description, ready)
    if "monthly" in ready:
        ready["monthly"] = once(ready["monthly"])
    found = _members(ready["customers"]) if "customers" in ready else None
    if found and contractual:  # customers of today alone say nothing of who stays
        gone = found.table.left_day <= (day - date(1970, 1, 1)).days
        counts = found.table.agg(all=found.table.count(), left=found.table.count(where=gone))
        people = fetched(counts).iloc[0]
        if people["all"] >= _MANY and not people["left"]:
            raise ready["customers"].raw.error(
                f"nobody of {people['all']:,} customers has left, as in a table that holds today's customers "
                "alone, which says nothing of how long they stay; add those who left, or set contractual: false",
                "columns.left",
            )
    ready = {name: _counted(table, found) for name, table in ready.items()}
    return Tables(description, window(description, ready, found and found.table, day), day, ready, found, store)


def _contractual(description: Description, customers: Raw | None) -> bool:
    if description.contractual is not None:
        return description.contractual
    return customers is not None and {"joined", "left"} <= set(customers.columns)


def _by_month(rows: Any, **counts: Any) -> pd.DataFrame:
    """Counts by segment and month."""
    found: pd.DataFrame = fetched(rows.group_by("segment", "month").agg(**counts))
    return found.set_index(["segment", "month"]).sort_index()


def _equal(rows: Any, *keys: str, **sums: Any) -> pd.DataFrame:
    """How many rows are equal in their keys: these in order, count, and the sums."""
    found: pd.DataFrame = fetched(rows.group_by(keys).agg(count=rows.count(), **sums).order_by(keys))
    return found


# --- customers -------------------------------------------------------------------------------------------------


def _members(customers: Clean) -> Members:
    """Customers, each once: of equal rows one is kept, of rows that contradict each other the first."""
    package, good, connection = ibis(), customers.good, customers.raw.connection
    columns = ["segment", "joined_day", "left_day", "came_by"]
    order = [good.line, *(good[name] for name in columns)]
    window = package.window(group_by=good.id, order_by=order)
    ranked = good.mutate(
        place=package.row_number().over(window),
        **{f"first_{name}": good[name].first().over(window) for name in columns},
    )
    same = reduce(and_, (ranked[name].identical_to(ranked[f"first_{name}"]) for name in columns))
    marked = ranked.mutate(same=same).drop(*(f"first_{name}" for name in columns))
    marked = kept(connection, "members", marked, embedded=customers.raw.placed)
    later = marked.filter(marked.place > 0)
    first = marked.filter(marked.place == 0).drop("place", "same", "line")
    return Members(first, later.filter(~later.same), later.filter(later.same))


def _counted(clean: Clean, members: Members | None) -> Clean:
    """A table with its strangers set apart; refused where more than half of its rows cannot be used for them."""
    if members is None or clean.raw.name == "customers" or "id" not in clean.raw.columns:
        return clean
    strangers = clean.good.anti_join(members.table, "id")
    count, rows = int(fetched(strangers.count())), clean.rows - clean.copies
    if count and count + sum(clean.reasons.values()) > UNUSABLE * rows:
        first = fetched(strangers.select("line", "id").order_by("line").limit(1)).iloc[0]
        where = located(clean.raw, [first["line"]])
        raise clean.raw.error(
            f"{count:,} of {rows:,} rows belong to {UNKNOWN} ({f'{where}: ' if where else ''}id {first['id']}); "
            "it must hold all customers, also those who left"
        )
    return replace(clean, reasons=clean.reasons | {UNKNOWN: count}, strangers=strangers)


def _zero_is_customer(tables: Iterable[Clean]) -> bool:
    """Whether the id 0 is a customer like any other and no word for nobody: others have half as many rows."""
    found = [table for table in tables if _ZERO in table.reasons]
    for table in found:
        by = table.good.group_by("id").agg(rows=table.good.count())
        numbers = by.count(where=by.id.cast("string").re_search("^[0-9]+$"))
        others = fetched(by.agg(most=by["rows"].max(), numbers=numbers, all=by.count())).iloc[0]
        if not others["all"] or 2 * others["most"] < table.reasons[_ZERO] or 2 * others["numbers"] < others["all"]:
            return False
    return bool(found)


def _one_spelling(description: Description, tables: Mapping[str, Clean]) -> None:
    """Refuse customers whose ids are written in several ways that people would take for one."""
    ids = [clean.good.select("id") for clean in tables.values() if "id" in clean.good.columns]
    if not ids or not ids[0]["id"].type().is_string():
        return
    each = (ids[0].union(*ids[1:]) if len(ids) > 1 else ids[0]).distinct()
    each = each.select("id", plain=plain(each.id))
    found = each.group_by("plain").agg(ways=each.count(), first=each.id.min(), last=each.id.max())
    found = found.filter(found.ways > 1)
    counted = fetched(found.agg(many=found.count(), plain=found.plain.min())).iloc[0]
    if many := int(counted["many"]):
        such = fetched(found.filter(found.plain == counted["plain"])).iloc[0]
        raise description.error(
            f"{many:,} customers are written in more than one way, such as {shorten(such['first'])} and "
            f"{shorten(such['last'])}: they agree but for leading zeros, blanks, signs or capital letters. Set "
            "ids: alike if they are one, or ids: exact if they are not",
            "ids",
        )
