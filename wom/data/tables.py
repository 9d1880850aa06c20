"""Tables of one's own, added up in the database: small frames, whatever the number of rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import InputError, nearest, shorten
from ..scenario import WHOLE
from ._check import Check, check
from .cleaning import Clean, NotWholeError, clean, whole_ids
from .columns import MOODS, How, people_told
from .customers import Members, counted, known, members, one_spelling, somebody_left, zero_is_customer
from .description import Description, build
from .description import read as read_description
from .months import Window, once, periods, started, window
from .reading import Raw
from .reading import read as read_table
from .store import Store, fetched, ibis, plainly


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
        return replace(self, span=self.span.until(last))

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """Names of the segments, `business` where there are none."""
        if self.members is None:
            return (WHOLE,)
        found = fetched(self.members.table.select("segment").distinct())
        return tuple(sorted(found["segment"])) or (WHOLE,)

    # --- parts -------------------------------------------------------------------------------------------

    def _customers(self, key: str) -> Any:
        if self.members is None:
            raise self.description.error(f"{key} needs the table customers")
        return known(self.members.table, self.span.first, self.span.last, self.span.last_day)

    def _table(self, name: str) -> Clean:
        if name not in self.clean:
            raise self.description.error(f"there is no table {name}; {nearest(name, self.names)}")
        return self.clean[name]

    def _events(self, name: str) -> Any:
        """Events within the window."""
        found = self._table(name).good
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
            and
            lost_customers where they say when they leave, new_customers, and of these recommended and other. Of
            payments: payers, payments (those above 0), revenue (refunds taken off), refunds (how many). Of
            experiences: contacts, good, bad, recovered, neutral. A month without rows holds zeros.
        """
        parts = []
        if self.members is not None and "joined" in self.clean["customers"].raw.columns:
            parts.append(self._stock())
        if "payments" in self.clean:
            paid = self._by_customer(self._events("payments"))
            above = paid.amount > 0
            parts.append(
                _counted(
                    paid,
                    payers=paid.id.nunique(where=above),
                    payments=paid.count(where=above),
                    revenue=paid.amount.sum(),
                    refunds=paid.count(where=paid.amount < 0),
                )
            )
        if "experiences" in self.clean:
            felt = self._by_customer(self._events("experiences"))
            kinds = {kind: felt.count(where=felt.kind == kind) for kind in MOODS}
            parts.append(_counted(felt, contacts=felt.count(), **kinds))
        grid = self._grid(self.span.first)
        found = pd.concat(
            [pd.DataFrame(index=grid), *(part.reindex(grid, fill_value=0) for part in parts)], axis=1
        )
        found.index = pd.MultiIndex.from_product([self.segments, self.months], names=grid.names)
        return found

    def _grid(self, first: int) -> pd.MultiIndex:
        numbers = range(first, self.span.last + 1)
        return pd.MultiIndex.from_product([self.segments, numbers], names=["segment", "month"])

    def _stock(self) -> pd.DataFrame:
        """Customers at the start of each month, and who came and went in it; all before lies in one month."""
        each, grid = ibis()._, self._grid(self.span.first - 1)

        def since(people: Any, month: Any, **counts: Any) -> pd.DataFrame:
            month = ibis().greatest(month.fill_null(0), self.span.first - 1)
            found = _counted(people.mutate(month=month), **counts)
            return found.reindex(grid, fill_value=0).astype("int64")

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
        here = self._customers("cohorts")
        here = here.filter((here.joined_month >= 0) & (here.begin <= here.end))
        found = here.select(
            "segment", joined=here.joined_month, entered=here.begin - here.joined_month - 1,
            months=here.end - here.joined_month, left=here.gone,
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
        dated = "left" in self._table("reasons").raw.columns
        return _equal(self._events("reasons") if dated else self._table("reasons").good, "why")

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
        dated = "date" in self._table("talk").raw.columns
        found = _equal(self._events("talk") if dated else self._table("talk").good, "tone", "people_told")
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
    store = Store(description)
    try:
        return _loaded(description, store, today or date.today())
    except BaseException:
        store.close()
        raise


def _loaded(description: Description, store: Store, day: date) -> Tables:
    raws = {}
    for name in description.names:
        with plainly(description.placed(name)):
            raws[name] = read_table(store, description, name)
    customers = raws.get("customers")
    contractual = _contractual(description, customers)
    if contractual and customers is not None:
        for column in ("joined", "left"):
            if column not in customers.columns:
                raise customers.error(
                    f"has no column {column}, which contractual: true needs", f"columns.{column}"
                )
    segments = customers is not None and "segment" in customers.columns
    if description.segments and not segments:
        raise description.error("needs a column segment in customers", "segments")
    use = segments if description.segments is None else description.segments
    whole = all(_asked(raw, whole_ids) for raw in raws.values())
    how = How(description.time_zone, day, use, contractual, whole, description.ids == "alike")
    try:
        ready = _cleaned(raws, how)
    except NotWholeError:
        how = how._replace(whole_ids=False)
        ready = _cleaned(raws, how)
    if zero_is_customer(ready.values()):
        ready = _cleaned(raws, how._replace(zero=True))
    if description.ids is None:
        one_spelling(description, ready)
    if "monthly" in ready:
        ready["monthly"] = once(ready["monthly"])
    found = members(ready["customers"]) if "customers" in ready else None
    if found and contractual:
        somebody_left(ready["customers"], found, day)
    ready = {name: counted(table, found) for name, table in ready.items()}
    return Tables(description, window(description, ready, found, day), day, ready, found, store)


def _cleaned(raws: Mapping[str, Raw], how: How) -> dict[str, Clean]:
    return {name: _asked(raw, clean, how) for name, raw in raws.items()}


def _asked(raw: Raw, look: Callable[..., Any], *more: Any) -> Any:
    """What is found of a table, its errors with its name."""
    with plainly(raw.error):
        return look(raw, *more)


def _contractual(description: Description, customers: Raw | None) -> bool:
    if description.contractual is not None:
        return description.contractual
    return customers is not None and {"joined", "left"} <= set(customers.columns)


def _counted(rows: Any, **counts: Any) -> pd.DataFrame:
    """Counts by segment and month."""
    found: pd.DataFrame = fetched(rows.group_by("segment", "month").agg(**counts))
    return found.set_index(["segment", "month"]).sort_index()


def _equal(rows: Any, *keys: str, **sums: Any) -> pd.DataFrame:
    """How many rows are equal in their keys: these in order, count, and the sums."""
    found: pd.DataFrame = fetched(rows.group_by(keys).agg(count=rows.count(), **sums).order_by(keys))
    return found
