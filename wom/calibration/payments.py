"""From payments to the figures of a scenario, where customers do not say when they leave.

A customer today is who will buy again within twelve months. Money that those who bought will still bring is kept
at the level that was counted; who buys once and never returns is a segment of its own. Days are counted by how
much everybody buys in them: who did not buy in quiet months at the end would else pass for somebody who left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import fdtrc

from ..draws import END
from ..parameters import Value, central
from ..scenario import WHOLE
from ..units import DAYS_PER_MONTH, MONTHS_PER_YEAR, Array
from ..words import whole
from . import buying
from .estimate import Estimate, Missing, columns, inside, log_scale, scopes, spanned, unevenness
from .estimate import rate as rate_of
from .retention import CUSTOMERS, NEW, RETENTION, SPEND

if TYPE_CHECKING:
    from ..data import Tables

# --- seasons --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Clock:
    """Days since the window began beside those of a clock that runs faster in busy months; both end together."""

    calendar: Array
    busy: Array

    def whole_days(self, recency: Array, age: Array, left: float = 0.0) -> tuple[Array, Array]:
        """Recency and age on the busy clock so many days before its end, in whole days, which keeps equal ones."""
        old, last, end = (
            self.busy[-1] - np.interp(self.calendar[-1] - days, self.calendar, self.busy)
            for days in (age + left, age - recency + left, left)
        )
        old, last = old - end, last - end
        followed = np.where(age > 0, np.maximum(np.round(old), 1.0), 0.0)
        return np.minimum(np.round(old - last), followed), followed


def clock(monthly: pd.DataFrame, longest: float) -> Clock | None:
    """A clock by how many payments each month of the year has; None without two years, or too few for `longest`.

    The speed of a month is its factor (`factors`) of payments per day; where that is chance, the clock is the
    calendar; `longest` is the days that it must hold.
    """
    paid = columns(monthly, ["payments"])
    if paid is None or paid.shape[1] < len(monthly) or len(monthly) < 2 * MONTHS_PER_YEAR:
        return None
    months = pd.PeriodIndex(monthly.index)
    length = months.days_in_month.to_numpy(dtype=np.float64)
    if length.sum() < longest or not (paid[0] > 0).all():
        return None
    season = np.array(factors(paid[0], length, months) or np.ones(MONTHS_PER_YEAR))
    speed = np.maximum(season[months.month - 1], 0.05)  # at least, so that no day vanishes
    calendar, busy = (np.concatenate([[0.0], np.cumsum(part)]) for part in (length, length * speed))
    return Clock(calendar, busy * calendar[-1] / busy[-1])


def factors(counted: Array, expected: Array, months: pd.PeriodIndex) -> list[float] | None:
    """What each month of the year lies above what was expected, from January to December, mean 1.

    1 + (1 − 1/F)·(e^season − 1) of ln (counted + 8)/(expected + 8), so that a few orders make no season; None
    where months of one name differ so much from year to year that chance makes such a season 1 time in 100.
    A season is what lies above a curve of the second degree, for firms grow and shrink without any; F is how much
    seasons explain over what is left.

    Shrinkage by Efron and Morris 1973, Journal of the American Statistical Association 68. Arguments are those of
    each month, 24 or more.
    """
    size = len(months) // MONTHS_PER_YEAR * MONTHS_PER_YEAR
    came, thought = counted[-size:], expected[-size:]
    thought = thought * came.sum() / max(thought.sum(), 1e-9)
    logs = np.log((came + 8.0) / (thought + 8.0))
    curve = np.polynomial.polynomial.polyvander(np.linspace(-1.0, 1.0, size), 2)
    of_month = np.eye(MONTHS_PER_YEAR)[months[-size:].month - 1]
    both = np.hstack([curve, of_month[:, 1:] - of_month[:, :1]])  # seasons sum to 0
    alone = logs - curve @ np.linalg.lstsq(curve, logs, rcond=None)[0]
    fitted = np.linalg.lstsq(both, logs, rcond=None)[0]
    left, free = float(np.sum((logs - both @ fitted) ** 2)), size - both.shape[1]
    explained = max(float(alone @ alone) - left, 0.0) / (MONTHS_PER_YEAR - 1)
    tested = explained / max(left / free, 1e-12) + 1e-12
    if fdtrc(MONTHS_PER_YEAR - 1, free, tested) > 0.01:
        return None
    season = np.append(-fitted[3:].sum(), fitted[3:])
    found = 1.0 + (1.0 - 1.0 / tested) * np.expm1(season)
    exact = 1000.0 * found / found.mean()
    thousandths = np.floor(exact)  # that add up to 12 exactly, by largest remainders
    short = round(1000.0 * MONTHS_PER_YEAR - float(thousandths.sum()))
    thousandths[np.argsort(thousandths - exact, kind="stable")[:short]] += 1.0
    return [float(value) for value in thousandths / 1000.0]


# --- from the tables ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Histories:
    """Payments added up for the models, several payments of a customer on one day as one."""

    customers: pd.DataFrame
    """segment, frequency (days with a purchase after the first), recency, age (days), count, paid (in all)."""
    amounts: pd.DataFrame
    """segment, days (with a purchase), mean (paid a day, cells of 5 %), count."""
    months: pd.DataFrame
    """segment, cohort (month of the first purchase), month, orders, firsts, paid, first_paid, first_squares."""


def histories(tables: Tables) -> Histories:
    """Payments of the tables, added up where these lie."""
    from ..data.months import periods
    from ..data.store import fetched, ibis, kept  # late: packages that nothing else needs

    payments = tables._by_customer(tables._events("payments"))
    paid = payments.filter(payments.amount > 0)
    keys = ["segment", "id", "day", "month"]
    daily = paid.group_by(keys).agg(amount=paid.amount.sum())
    connection, name = tables.clean["payments"].raw.connection, f"{tables.span.first}_{tables.span.last}"
    daily = kept(connection, f"days_of_purchase_{name}", daily)
    each = daily.group_by("segment", "id").agg(
        days=daily.count(), begin=daily.day.min(), end=daily.day.max(), cohort=daily.month.min(),
        paid=daily.amount.sum(),
    )  # fmt: skip
    each = kept(connection, f"customers_who_bought_{name}", each)
    rows = each.select(
        "segment", "paid", frequency=each.days - 1, recency=each.end - each.begin,
        age=tables.span.last_day - each.begin,
    )  # fmt: skip
    groups = ["segment", "frequency", "recency", "age"]
    customers = rows.group_by(groups).agg(count=rows.count(), paid=rows.paid.sum()).order_by(groups)
    mean = each.paid.cast("float64") / each.days
    cells = each.select("segment", "days", mean=mean, cell=(mean.ln() * 20).round().cast("int64"))
    amounts = cells.group_by("segment", "days", "cell").agg(count=cells.count(), mean=cells["mean"].mean())
    joined = daily.inner_join(each.select("id", "begin", "cohort"), "id")
    first = joined.day == joined.begin
    money, zero = joined.amount.cast("float64"), ibis().literal(0.0)
    one = joined.select(
        "segment", "cohort", "month", amount=money, first=ibis().ifelse(first, 1, 0),
        first_paid=ibis().ifelse(first, money, zero),
    )  # fmt: skip
    months = one.group_by("segment", "cohort", "month").agg(
        orders=one.count(), firsts=one["first"].sum(), paid=one.amount.sum(), first_paid=one.first_paid.sum(),
        first_squares=(one.first_paid * one.first_paid).sum(),
    )  # fmt: skip
    months = months.order_by("segment", "cohort", "month")
    frames = [fetched(found) for found in (customers, amounts.order_by("segment", "days", "cell"), months)]
    frames[2][["cohort", "month"]] = frames[2][["cohort", "month"]].apply(periods)
    for frame in frames:
        numbers = [name for name in frame.columns if name not in ("segment", "cohort", "month")]
        frame[numbers] = frame[numbers].astype(float)
    return Histories(*frames)


# --- what those who bought will bring ----------------------------------------------------------------------


AHEAD = 24
"""Months whose sum of money the retention rate keeps: a curve that flattens has no rate of its own."""

_FEWEST, _FEW = 20, 80
"""Customers who bought again, below which nothing is told of existing customers, and only roughly."""

_SHORTEST, _HALF_A_YEAR = 3, 6
"""Months."""

_GONE = 0.001
"""Retention of who buys once, as low as a scenario takes it."""

_EARLY = 0.75
"""Of the window, after which the rest is to be foretold."""


@dataclass(frozen=True)
class Forecast:
    """What those who bought will bring, of the business or of one segment."""

    fit: buying.Fit
    customers: float
    """Who will buy again within 12 months."""
    revenue: Array
    """Of existing customers, in months 1 to 36 ahead, without seasons."""
    level: float
    """Orders that came in the last 12 months, over those that the model expects of them."""
    repeaters: int
    bought: int
    """All who ever bought."""
    months: int
    counted: float
    """Revenue a month of the last 12 months, as it was paid."""
    newcomers: Array
    """First purchases a month: 5 %, 50 %, 95 %."""
    again: float
    """Chance of a newcomer to buy again within 12 months, ρ."""
    first: Array
    """What a first purchase brings: 5 %, 50 %, 95 %."""
    notes: tuple[str, ...] = ()
    season: Mapping[str, list[float]] | None = field(default=None, repr=False)
    """Factors from January to December: of spending and of arrivals."""

    @property
    def next_month(self) -> float:
        """What the next month is taken to bring in all."""
        return float(self.revenue[0] + self.newcomers[1] * self.first[1])

    @property
    def both(self) -> str:
        """The same beside what was counted, in words."""
        return (
            f"The next month is taken to bring {whole(self.next_month)} in all, newcomers included; the last "
            f"{min(self.months, MONTHS_PER_YEAR)} months brought {whole(self.counted)} a month."
        )

    @property
    def uncertainty(self) -> float:
        """Log standard deviation of the revenue of the next 12 months, as far as hold-outs missed it."""
        other = 0.12 if self.months >= 2 * MONTHS_PER_YEAR else 0.15 if self.months >= MONTHS_PER_YEAR else 0.35
        return float(np.hypot(1.9 / np.sqrt(self.repeaters), other))

    @cached_property
    def retention(self) -> Array:
        """5 %, 50 % and 95 %: the rate that keeps the money of 24 months, and the ends of that of 12."""
        middle = rate(float(self.revenue[:AHEAD].sum() / self.revenue[0]), AHEAD)
        year = float((middle ** np.arange(MONTHS_PER_YEAR)).sum())
        ends = [rate(year * np.exp(side * END * self.uncertainty), MONTHS_PER_YEAR) for side in (-1, 1)]
        return np.array([ends[0], middle, max(ends[1], middle)])


@dataclass(frozen=True)
class Refusal:
    """Why nothing can be told of existing customers."""

    why: str
    newcomers: Array | None = None
    """First purchases a month, where these can be told: 5 %, 50 %, 95 %."""
    bought: int = 0


def rate(total: float, months: int) -> float:
    """Retention whose (1 − r^months)/(1 − r) is the total, from .001 to .9995."""
    from scipy.optimize import brentq  # late, because it takes long to import

    def gap(place: float) -> float:
        return float((place ** np.arange(months)).sum()) - total

    low, high = _GONE, 0.9995
    return low if gap(low) >= 0 else high if gap(high) <= 0 else float(brentq(gap, low, high, xtol=1e-10))


def forecasts(
    told: Histories, monthly: pd.DataFrame, before: Histories | None = None, newcomers: Value | None = None
) -> dict[str, Forecast | Refusal]:
    """What who bought will bring, by segment, `business` for all.

    Args:
        told: of the whole window.
        monthly: index (segment, month), every month of the window; payments and revenue (refunds taken off).
        before: known at three quarters of the window, to choose how leaving is read; without it Pareto/NBD.
        newcomers: a month, where the business says how many come; else first purchases are counted.
    """
    parts = {name: dict(scopes(frame)) for name, frame in vars(told).items() if len(frame)}
    earlier = {} if before is None else dict(scopes(before.customers))
    found: dict[str, Forecast | Refusal] = {}
    for segment, frame in scopes(monthly):
        if segment not in parts.get("customers", {}):
            found[segment] = Refusal("Nobody bought anything.")
            continue
        own = Histories(*(parts[name][segment] for name in ("customers", "amounts", "months")))
        found[segment] = _read(own, frame, earlier.get(segment), newcomers if segment == WHOLE else None)
    return found


def _read(
    told: Histories, monthly: pd.DataFrame, before: pd.DataFrame | None, given: Value | None
) -> Forecast | Refusal:
    months = pd.PeriodIndex(monthly.index)
    counted = told.months.groupby("month")[["orders", "firsts"]].sum().reindex(months, fill_value=0.0)
    firsts, bought = counted["firsts"].to_numpy(), int(told.customers["count"].sum())
    again = float(told.customers.loc[told.customers["frequency"] > 0, "count"].sum())
    ended = counted["orders"].iloc[-1] < counted["orders"].mean() / 4.0
    if again < _FEWEST:
        few = (
            f"Only {whole(again)} customers bought on more than one day, too few ({_FEWEST} are needed): how many "
            "still are customers cannot be told from that."
        )
        if ended or len(months) < _HALF_A_YEAR:
            return Refusal(few)
        new, first, _ = _newcomers(told.months, firsts, months, None, given)
        used = f"Newcomers are used; their first purchase brings {whole(first[1])}."
        return Refusal(f"{few} {used}", new, bought)
    if len(months) < _HALF_A_YEAR:
        return Refusal(
            f"{len(months)} months of payments are too few to tell who still is a customer; "
            f"{_HALF_A_YEAR} are needed."
        )
    if ended:
        return Refusal(
            f"The table seems to end before its last month ({whole(counted['orders'].iloc[-1])} orders in "
            f"{months[-1]}, {whole(counted['orders'].mean())} a month on average); `to` names its last full month."
        )
    fresh, time = _first_level(firsts), clock(monthly, float(told.customers["age"].max()))
    length = months.days_in_month.to_numpy(dtype=float)
    days = np.append(np.cumsum(length[::-1])[::-1], 0.0)  # from the start of each month to the end
    age = told.customers["age"]
    data, paid = _rows(told.customers, time)
    young = _rows(told.customers[age < days[fresh]], time)[0] if fresh else data
    later = fresh if young.repeaters >= _FEW else 0
    if later:
        fit = buying.fit(young)
    elif before is None or before.loc[before["frequency"] > 0, "count"].sum() < _FEWEST:
        fit = buying.fit(data)
    else:
        left = float(days[int(len(months) * _EARLY)])
        fit = buying.chosen(data, _rows(before, time, left)[0], _rows(told.customers[age >= left], time)[0])
    if not fit.settled:
        return Refusal(f"The fit to the purchases did not settle (slope {fit.gradient:.1g} a customer).")
    # repeat orders in each month, and those that the model expects, of who came in month `later` or afterwards
    by_age = told.customers[age < days[later]].groupby("age")["count"].sum()
    passed = np.maximum(by_age.index.to_numpy(dtype=float)[:, np.newaxis] - days, 0.0) / DAYS_PER_MONTH
    grid = np.linspace(0.0, max(float(passed.max()), 1e-9), 400)
    expected = by_age.to_numpy(dtype=float) @ np.diff(np.interp(passed, grid, fit.new(grid)[0]), axis=1)
    cohorts = told.months[told.months["cohort"] >= months[later]]
    by_month = (cohorts["orders"] - cohorts["firsts"]).groupby(cohorts["month"]).sum()
    repeats = by_month.reindex(months, fill_value=0.0).to_numpy(dtype=float)
    year = slice(-MONTHS_PER_YEAR, None)
    level = float(repeats[year].sum() / max(expected[year].sum(), 1e-9))
    gross = float(told.months.loc[told.months["month"] >= months[year][0], "paid"].sum())
    net = float(monthly["revenue"].iloc[year].sum()) / max(gross, 1e-9)
    if level <= 0 or net <= 0:
        lacking = "nobody bought again" if level <= 0 else "more was paid back than paid"
        return Refusal(
            f"In the last {min(len(months), MONTHS_PER_YEAR)} months {lacking}: no customer is left to tell of."
        )
    season = None
    if len(months) - fresh >= 2 * MONTHS_PER_YEAR:
        none, of_firsts = [1.0] * MONTHS_PER_YEAR, firsts[fresh:]
        spending = factors(repeats[fresh:], expected[fresh:], months[fresh:])
        arrivals = factors(of_firsts, np.full(len(of_firsts), of_firsts.mean()), months[fresh:])
        season = {"spending": spending or none, "arrivals": arrivals or none} if spending or arrivals else None
    new, first, said = _newcomers(told.months, firsts[fresh:], months[fresh:], season, given)
    value = buying.fit_amounts(*(told.amounts[name].to_numpy() for name in ("days", "mean", "count")))
    returning, ahead = fit.returning(data), float(MONTHS_PER_YEAR)
    worth = data.count * value.expected(data.repeats + 1.0, paid / data.count) * returning
    back = float(fit.new(np.array([ahead]))[1][0])
    notes = []
    if again < _FEW:
        notes.append(
            f"Only {whole(again)} customers bought again: a forecast from so few is wrong by a factor 1.3 to 1.5 "
            "as a rule."
        )
    if len(months) < 2 * MONTHS_PER_YEAR:
        notes.append("No season can be told from less than two years; these months may be unlike the next.")
    if fresh:
        notes.append(
            f"First purchases fall from {whole(firsts[0])} to {whole(float(np.median(firsts[fresh:])))} a month: "
            "the table begins in mid-life, so whoever bought before looks new. Newcomers and how customers buy "
            f"are told from {months[fresh]} on."
        )
    if back < 0.1:
        notes.append(
            f"{whole(100 * (1.0 - back))} of 100 who buy never return: existing customers are worth little here, "
            "revenue comes from newcomers."
        )
    return Forecast(
        fit=fit,
        customers=float((data.count * returning) @ fit.again(data, ahead)),
        revenue=level * net * np.diff([0.0, *(worth @ fit.orders(data, float(month)) for month in range(1, 37))]),
        level=level,
        repeaters=int(again),
        bought=bought,
        months=len(months),
        counted=float(monthly["revenue"].iloc[year].mean()),
        newcomers=new,
        again=back,
        first=net * first,
        notes=(*notes, *said),
        season=season,
    )


def _rows(frame: pd.DataFrame, time: Clock | None, left: float = 0.0) -> tuple[buying.Buyers, Array]:
    """Customers as the models read them, and what they paid; `left` days before the end of the clock."""
    x, last, age, count, paid = (
        frame[name].to_numpy(dtype=float) for name in ("frequency", "recency", "age", "count", "paid")
    )
    if time is not None:
        last, age = time.whole_days(last, age, left)
    data, sums = buying.Buyers(x, last / DAYS_PER_MONTH, age / DAYS_PER_MONTH, count).coarse(paid)
    return data, sums[0]


def _first_level(firsts: Array) -> int:
    """Month from which first purchases are level, 0 where they were from the start.

    Where a table begins in mid-life, whoever bought before looks new; a firm that begins has none before.
    """
    half = len(firsts) // 2
    later = float(np.median(firsts[half:]))
    high = np.flatnonzero(firsts[:half] > 2.0 * later)
    falling = len(high) > 0 and firsts[0] > 2.0 * later and len(high) == high[-1] + 1
    return int(high[-1]) + 1 if falling and later > 0.05 * firsts[0] else 0


def _newcomers(
    frame: pd.DataFrame, firsts: Array, months: pd.PeriodIndex, season: Mapping[str, list[float]] | None,
    given: Value | None,
) -> tuple[Array, Array, list[str]]:  # fmt: skip
    """First purchases a month and what they bring, of the last 3 months if these differ, else of 12."""
    arrivals = np.ones(MONTHS_PER_YEAR) if season is None else np.array(season["arrivals"])
    level = firsts / arrivals[months.month - 1]
    long, short = level[-MONTHS_PER_YEAR:], level[-_SHORTEST:]
    usual = float(long.mean())
    # by 2.5 standard deviations of a Poisson number
    apart = abs(float(short.sum()) - _SHORTEST * usual) > 2.5 * np.sqrt(max(_SHORTEST * usual, 1e-9))
    used = short if apart else long
    factor = unevenness(used, np.ones(len(used)), shares=False)
    ends = rate_of(float(used.sum()), len(used), factor)  # of nobody in three months not 0 for ever
    ends[1] = used.mean() or ends[1]
    said = []
    if given is not None:
        ends = np.array(spanned(given))
        said = [f"The business file gives {whole(ends[1])} newcomers a month; {whole(usual)} were counted."]
    elif apart:
        said.append(
            f"First purchases: {whole(short.mean())} a month in the last {_SHORTEST} months, "
            f"{whole(usual)} in the last {len(long)}; the former stand for today."
        )
    recent = frame[frame["month"] >= months[-len(used)]]
    sums = (frame if recent["firsts"].sum() < 1 else recent)[["firsts", "first_paid", "first_squares"]].sum()
    count = float(sums["firsts"])
    mean = float(sums["first_paid"]) / count
    spread = np.sqrt(max(float(sums["first_squares"]) / count - mean**2, 0.0) / count) / mean
    return ends, log_scale(mean, spread), said


# --- into a scenario ---------------------------------------------------------------------------------------


RETURNING, ONE_OFF = "returning", "one-off"
"""Segments of a scenario: customers who will buy again, and those who buy once."""

SIZE = "market.size"

_TOGETHER = ((CUSTOMERS, SPEND, -0.995), (CUSTOMERS, RETENTION, 0.8), (SPEND, RETENTION, -0.8))
"""Customers times spending is counted, so one is high where the other is low."""


@dataclass(frozen=True)
class Reading:
    """What payments give a scenario."""

    found: tuple[Estimate | Missing, ...]
    pairs: tuple[tuple[str, str, float], ...]
    """Figures that go together, and their correlation."""
    segments: tuple[str, ...]
    """Those that the figures make, where the business has none."""
    warnings: tuple[str, ...]
    forecasts: Mapping[str, Forecast | Refusal]


def read(tables: Tables, monthly: pd.DataFrame, given: Mapping[str, Value], *, split: bool = True) -> Reading:
    """Figures of a scenario from payments alone, for the business and each segment."""
    months = tables.months
    cut = int(len(months) * _EARLY)
    before = histories(tables.until(months[cut - 1])) if len(months) >= MONTHS_PER_YEAR else None
    told = forecasts(histories(tables), monthly, before, given.get(NEW))
    size = central(given[SIZE]) if split and SIZE in given else 0.0
    found: list[Estimate | Missing] = []
    pairs: list[tuple[str, str, float]] = []
    segments: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    for segment, forecast in told.items():
        if isinstance(forecast, Refusal):
            keys = [inside(key, segment) for key in (CUSTOMERS, SPEND, RETENTION, NEW)]
            found += [Missing(key, forecast.why) for key in keys]
            if forecast.newcomers is not None:
                found[-1] = Estimate.of(keys[-1], forecast.newcomers, "First purchases a month.", forecast.bought)
            continue
        if segment == WHOLE:
            warnings = (forecast.both, *forecast.notes)
            new, once = forecast.newcomers[1], 1.0 - forecast.again
            if (
                new * once * forecast.first[1] >= 0.1 * max(forecast.next_month, 1e-300) and new > 0
                and forecast.customers < 0.9 * size * forecast.again and new < 0.9 * size
            ):  # fmt: skip
                segments = (RETURNING, ONE_OFF)
        owner, shared = (RETURNING, size) if segment == WHOLE and segments else (segment, None)
        found += _figures(forecast, owner, shared)
        pairs += [(inside(one, owner), inside(other, owner), value) for one, other, value in _TOGETHER]
    return Reading(tuple(found), tuple(pairs), segments, warnings, told)


def _figures(forecast: Forecast, segment: str, size: float | None) -> list[Estimate | Missing]:
    """Customers, what they spend, how many stay and how many come.

    In a market of this size `returning` and `one-off` share it in proportion to their newcomers; without one the
    orders of those who buy once are in what customers spend.
    """
    new, first, bought, back = forecast.newcomers, forecast.first, forecast.bought, forecast.again
    wide = float(np.hypot(0.13, 1.9 / np.sqrt(forecast.repeaters)))  # .13 stays with any number of them
    # with less than a year the level itself is not known: a season may lie outside the window
    unseen = np.log(1.2) / END if forecast.months < MONTHS_PER_YEAR else 0.0
    spend = float((forecast.revenue[0] + new[1] * (1.0 if size is None else back) * first[1]) / forecast.customers)
    defined = "A customer today is who will buy again within 12 months; inferred from purchases, not seen."
    comes = "First purchases a month, times the chance to buy again within 12 months."
    note = (
        f"{whole(new[1])} a month buy for the first time; {whole(new[1] * back)} of them come back and "
        "count as customers; the others' orders are in spending."
    )
    figures: list[tuple[str, str, Any, str, str]] = [
        (segment, CUSTOMERS, log_scale(forecast.customers, wide + unseen),
         "Chances of all who ever bought to buy again within 12 months, added up.", defined),
        (segment, SPEND, log_scale(spend, wide), "What they bring a month, over customers.", forecast.both),
        (segment, RETENTION, forecast.retention,
         f"What who bought brings over {AHEAD} months, as orders and amounts of each let expect.",
         forecast.fit.reading.name),
        (segment, NEW, new * back, comes, note if size is None else ""),
    ]  # fmt: skip
    if size is not None:
        once, shares = 1.0 - back, "Share of newcomers of the market's size that the business gives."
        figures += [
            (segment, SIZE, [size * back] * 3, shares, ""),
            (ONE_OFF, SIZE, [size * once] * 3, shares, ""),
            (ONE_OFF, NEW, new * once, comes.replace("to buy", "not to buy"), ""),
            (ONE_OFF, CUSTOMERS, [float(new[1] * once)] * 3, "Who bought for the first time in a month.", ""),
            (ONE_OFF, SPEND, first, "What a first purchase brings.", ""),
            (ONE_OFF, RETENTION, [_GONE] * 3, "Set: who buys once does not come back.", ""),
            (WHOLE, "market.homophily", [0.0] * 3, "Set: prospects do not know which kind they will be.", ""),
        ]
    return [
        Estimate.of(inside(key, owner), ends, how, 0 if how.startswith("Set: ") else bought, note)
        for owner, key, ends, how, note in figures
    ]
