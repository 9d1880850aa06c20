"""Who comes, who stays and what they spend, and how many of a cohort go on to stay.

In the shifted beta-geometric curve (sBG) each customer leaves at a month's end with a chance of their own, always
the same, beta distributed over customers. Those likely to leave go first, so the cohort's retention rises although
nobody changes.

Fader and Hardie 2007, "How to project customer retention", Journal of Interactive Marketing 21.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betaln, digamma, expit

from ..draws import END
from ..errors import InputError
from ..units import MONTHS_PER_YEAR, Array
from ..words import percent
from . import intervals
from .estimate import Estimate, Found, Missing, by_scope, columns, counted, estimates, inside, scopes
from .intervals import Slopes, least

if TYPE_CHECKING:
    from ..data import Tables

RECENT = MONTHS_PER_YEAR
"""Months at the end of the window that stand for today, where a trend or a season would mislead."""


def market(monthly: pd.DataFrame, contractual: bool = True) -> Found:
    """How many customers there are, how many come, and how many of those on a recommendation.

    customers = those at the start of the last month + new − lost; new customers per month over the last 12;
    referral_share = recommended/(recommended + other), of new customers whose source is known

    Args:
        monthly: index (segment, month); customers, new_customers, lost_customers, recommended, other.
        contractual: whether customers say when they leave.

    Returns:
        market.customers and market.new_customers_per_month for the business and each segment, and
        market.referral_share for the business.
    """
    found = by_scope(monthly, lambda frame: _customers(frame, contractual), _new_customers)
    return (*found, _referral(next(frame for _, frame in scopes(monthly))))


def _customers(frame: pd.DataFrame, contractual: bool) -> Iterator[Estimate | Missing]:
    key = "market.customers"
    last = columns(frame.tail(1), ["customers", "new_customers", "lost_customers"])
    if not contractual:
        yield Missing(key, "Customers do not say when they leave; see the inference from their purchases.")
    elif last is None:
        yield Missing(key, "There is no table of customers.")
    else:
        now = float(last[0, 0] + last[1, 0] - last[2, 0])
        yield Estimate(key, now, now, now, "Counted at the end of the last month.", int(now))


def _new_customers(frame: pd.DataFrame) -> Iterator[Estimate | Missing]:
    key, new = "market.new_customers_per_month", columns(frame.tail(RECENT), ["new_customers"])
    if new is None:
        yield Missing(key, "When customers joined is not known.")
        return
    how = f"New customers of the last {new.shape[1]} months, over months."
    one = counted(key, new[0], np.ones(new.shape[1]), how, share=False, breaks=True)
    yield replace(one, rows=int(new.sum()))


def _referral(frame: pd.DataFrame) -> Estimate | Missing:
    key, came = "market.referral_share", columns(frame, ["recommended", "other"])
    if came is None or came.sum() <= 0:
        return Missing(key, "How new customers came is not known of any; ask them.")
    how = "Recommended ones over new customers whose source is known."
    note = "What customers say; who came on a recommendation might have come anyway."
    return counted(key, came[0], came.sum(axis=0), how, note)


def retention(monthly: pd.DataFrame) -> Found:
    """Share of customers who stay from one month to the next.

    retention_rate = 1 − Σ lost/Σ customers at the month's start, by month (`counted`)

    Args:
        monthly: index (segment, month); customers and lost_customers.

    Returns:
        retention.retention_rate for the business and each segment.
    """
    return by_scope(monthly, _retention)


def _retention(frame: pd.DataFrame) -> Iterator[Estimate | Missing]:
    key, rows = "retention.retention_rate", columns(frame, ["lost_customers", "customers"])
    if rows is None or rows[1].sum() <= 0:
        yield Missing(key, "When customers leave is not known.")
        return
    lost, exposed = rows
    note = "Nobody left: the upper end is what chance allows." if lost.sum() == 0 else ""
    note = "Everybody left." if lost.sum() == exposed.sum() else note
    how = "One less those who left over customer-months."
    yield counted(key, exposed - lost, exposed, how, note, breaks=True)


def undated(customers: pd.DataFrame, holds: str) -> Estimate | Missing:
    """Share of customers who stay from one month to the next, from how long they stayed and whether they left.

    1 − left/Σ months of everybody who ever joined, 1 − left/rows of those who were there a month before

    Args:
        customers: months, left and count, as of `Tables.tenures`.
        holds: everybody or last_month.
    """
    key, count = "retention.retention_rate", customers["count"].to_numpy(dtype=float)
    left = float(count[customers["left"].to_numpy(dtype=bool)].sum())
    exposed = (
        float(count @ customers["months"].to_numpy(dtype=float)) if holds == "everybody" else float(count.sum())
    )
    if not left:
        why = (
            "Nobody in the table of months since joining has left, so it holds only those who stayed; those who "
            "left must stand in it as well."
        )
        return Missing(key, why)
    if left >= exposed:
        return Missing(key, "Everybody in the table of months since joining has left.")
    how = {
        "everybody": "One less those who left over months since joining, of everybody who joined.",
        "last_month": "One less those who left over customers of the last month.",
    }
    note = "Without dates nobody sees whether this has changed."
    return counted(key, np.array([exposed - left]), np.array([exposed]), how[holds], note)


def spend(monthly: pd.DataFrame, spending: pd.DataFrame | None = None) -> Found:
    """What a customer spends in a month, over the last 12 months.

    s = revenue/customer-months;   relative variance = that between customers (cluster-robust, whole window)
    + that between months for the shorter time

    Args:
        monthly: index (segment, month); revenue, net of refunds, and customers at the month's start.
        spending: one row per customer, `pay` and `months` (and `segment`); without it the interval is that of
            months alone, and says so.

    Returns:
        economics.spend_per_customer for the business and each segment.

    Source:
        Cochran 1977, Sampling techniques, chapter 6 (ratios).
    """
    customers = dict(scopes(spending)) if spending is not None and len(spending) else {}
    found = ((segment, _spend(frame, customers.get(segment))) for segment, frame in scopes(monthly))
    return tuple(replace(one, key=inside(one.key, segment)) for segment, one in found)


def _spend(frame: pd.DataFrame, customers: pd.DataFrame | None) -> Estimate | Missing:
    key, rows = "economics.spend_per_customer", columns(frame, ["revenue", "customers"])
    if rows is None:
        return Missing(key, "It needs payments and, in each month, the number of customers.")
    rows = rows[:, rows[1] > 0]
    revenue, exposure = rows[:, -RECENT:]
    months = len(exposure)
    if months == 0 or revenue.sum() <= 0:
        return Missing(key, "Nobody paid anything.")
    central = float(revenue.sum() / exposure.sum())
    variance, of_customers, free = ratio_variance(revenue, exposure), None, months - 1
    if customers is not None and len(customers) > 1:
        paid = columns(customers, ["pay", "months"])
        of_customers = None if paid is None or paid[0].sum() <= 0 else ratio_variance(*paid)
        free = free if paid is None else paid.shape[1] - 1
    note = ""
    if of_customers is None:
        note = "The interval is that of months: how far customers differ is not in it."
    else:
        shorter = max(0.0, variance - ratio_variance(*rows)) if months < rows.shape[1] else 0.0
        variance = of_customers + shorter
    if not np.isfinite(variance) or variance <= 0.0:
        return Missing(key, f"One month or one customer gives {central:.4g} and no idea how far off that is.")
    relative = float(np.sqrt(variance)) * intervals.wider(max(free, 1))
    how = f"Revenue of the last {months} months over customer-months."
    return Estimate.of(key, intervals.log_scale(central, relative), how, int(exposure.sum()), note)


def ratio_variance(top: Array, bottom: Array) -> float:
    """Relative variance of a ratio of sums whose terms are independent; nan for one term.

    Args:
        top, bottom: the terms, shape (n,).
    """
    if len(top) < 2:
        return float("nan")
    gap = top - bottom * (top.sum() / bottom.sum())
    return float((gap**2).sum() * len(top) / (len(top) - 1) / top.sum() ** 2) if top.sum() > 0 else float("nan")


# --- tables by account, by reason and by who was brought --------------------------------------------------------


_PART = "Who came or left within a year paid for a part of it, which is not seen."


def accounts(frame: pd.DataFrame) -> Found:
    """Customers, who comes, who stays and what they spend, from what each account paid in a year.

    stay a year = Σ who paid in the year after/Σ who paid, by year (`counted`); retention_rate = its twelfth root.
    Customers are who paid in the last year, new ones a twelfth of those of them who did not in the year before.

    Args:
        frame: segment, year, before, after, count, revenue and squared, as of `Tables.accounts`.
    """
    return by_scope(frame, _accounts)


def _accounts(frame: pd.DataFrame) -> Iterator[Estimate | Missing]:
    keys = ("market.customers", "market.new_customers_per_month", "economics.spend_per_customer",
            "retention.retention_rate")  # fmt: skip
    if not len(frame):
        yield from (Missing(key, "No account paid anything in a year that is over.") for key in keys)
        return
    year = int(frame["year"].max())
    now = frame[frame["year"] == year]
    count, revenue, squared = (float(now[name].sum()) for name in ("count", "revenue", "squared"))
    yield Estimate.of(keys[0], [count] * 3, f"Accounts that paid in {year}.", int(count), _PART)
    fresh = now.loc[now["before"].notna() & ~now["before"].fillna(True).astype(bool), "count"].sum()
    if now["before"].isna().any():
        yield Missing(keys[1], "Who came is seen from the second year on; there is one.")
    else:
        how = f"Accounts that paid in {year} and not in the year before, over 12."
        months = np.array([float(MONTHS_PER_YEAR)])
        yield replace(counted(keys[1], np.array([float(fresh)]), months, how, share=False), rows=int(fresh))
    mean = revenue / count
    if count < 2 or squared <= count * mean**2:
        yield Missing(keys[2], f"{count:.0f} accounts that pay {mean:.4g} each tell no interval of what one pays.")
    else:
        spread = np.sqrt((squared / count - mean**2) / (count - 1.0)) / mean * intervals.wider(count - 1.0)
        ends = intervals.log_scale(mean / MONTHS_PER_YEAR, float(spread))
        yield Estimate.of(keys[2], ends, f"Revenue of {year} over accounts, over 12.", int(count), _PART)
    pairs = frame[frame["after"].notna()]
    stayed = pairs["count"].where(pairs["after"].fillna(False).astype(bool), 0).groupby(pairs["year"]).sum()
    if not len(pairs):
        yield Missing(keys[3], "Who stays is seen from the second year on; there is one.")
        return
    trials = pairs.groupby("year")["count"].sum().to_numpy(dtype=np.float64)
    how = "Accounts that paid in the next year as well, over all; the twelfth root."
    one = counted(keys[3], stayed.to_numpy(dtype=np.float64), trials, how, _PART)
    low, middle, high = (end ** (1.0 / MONTHS_PER_YEAR) for end in one.range)
    yield replace(one, low=low, central=middle, high=high)


def reasons(frame: pd.DataFrame) -> Estimate | Missing:
    """Share of those who left because of bad service, by what they say; who said nothing may have had any reason.

    Args:
        frame: why (bad_service, other, none) and count, as of `Tables.reasons`.
    """
    key, count = "left_for_bad_service", frame.groupby("why")["count"].sum().astype(float)
    bad, other, none = (float(count.get(why, 0.0)) for why in ("bad_service", "other", "none"))
    if bad + other <= 0:
        return Missing(key, "Nobody who left gave a reason.")
    every = bad + other + none
    ends = [intervals.share(bad, every)[0], intervals.share(bad, bad + other)[1],
            intervals.share(bad + none, every)[2]]  # fmt: skip
    note = "What people say is no effect but a bound: if they are right, better service keeps no more than these."
    if none:
        note = f"{percent(none / every)} of those who left gave no reason: the interval allows them any. {note}"
    return Estimate.of(key, ends, "Bad service over all reasons for leaving.", int(bad + other), note)


def referrals(frame: pd.DataFrame, months: int, found: Iterable[Estimate | Missing]) -> Found:
    """New customers whom a customer brings in a month, and what follows where other tables tell the rest.

    made/customer-months; customers are the clusters.   referral_share = that·customers/new customers
    brought of those told = that/(contacts·good share·people told of a good experience)

    Args:
        frame: made, months (nan: all that are observed) and count, as of `Tables.referrals`.
        months: observed.
        found: what the other tables tell.
    """
    many = frame["count"].to_numpy(dtype=np.int64)
    made, exposure = (
        np.repeat(frame[name].fillna(months).to_numpy(dtype=np.float64), many) for name in ("made", "months")
    )
    keys = "referrals_per_customer_month", "customers_who_brought_somebody"
    note = "Only those who were counted as brought by somebody; who came on a word that nobody wrote down is not."
    if not exposure.sum() > 0:
        return tuple(Missing(key, "No customer was followed for a month.") for key in keys)
    totals = np.array([made.sum()]), np.array([exposure.sum()])
    rate = counted(keys[0], *totals, "New customers brought over customer-months.", note, share=False,
                   customers=np.stack([made, exposure]))  # fmt: skip
    rate = replace(rate, rows=len(made))
    brought = intervals.share(float((made > 0).sum()), float(len(made)))
    known = estimates(found)
    parts: list[Estimate | Missing] = [rate]
    parts.append(Estimate.of(keys[1], brought, "Customers who brought somebody, over all.", len(made)))
    for key, powers, how in (
        ("market.referral_share", {"market.customers": 1, "market.new_customers_per_month": -1},
         "New customers brought in a month, times customers, over new customers."),
        ("told_who_became_customers",
         dict.fromkeys(("experience.contacts_per_month", "experience.good_share", "word_of_mouth.reach_good"), -1),
         "New customers brought, over people told of good experiences."),
    ):  # fmt: skip
        if set(powers) <= set(known) and all(known[name].low > 0 for name in powers) and rate.low > 0:
            one = product(key, [(rate, 1), *((known[name], power) for name, power in powers.items())], how, note)
            parts.append(one if one.central < 1.0 else Missing(key, "More were brought than there were."))
    return tuple(parts)


def product(key: str, parts: Iterable[tuple[Estimate, int]], how: str, note: str) -> Estimate:
    """A product of powers of figures that are independent, log-normal each."""
    parts = tuple(parts)
    central = float(np.prod([one.central**power for one, power in parts]))
    spread = np.sqrt(sum((np.log(one.high / one.low) / (2.0 * END)) ** 2 for one, _ in parts))
    return Estimate.of(key, intervals.log_scale(central, float(spread)), how, parts[0][0].rows, note)


@dataclass(frozen=True)
class Growth:
    """Revenue of a year by whose it is, as `wom.earned_growth` takes it."""

    before: float
    """All of the year before."""
    same_customers: float
    """Of those who were customers then."""
    recommended: float | None = None
    """Of new customers who came on a recommendation; None where nobody knows how they came."""
    others: float = 0.0


def growth(tables: Tables) -> Growth | None:
    """Revenue of the last twelve months by whose it is; None without two years of payments or accounts."""
    from ..data.store import fetched, ibis  # late: packages that nothing else needs

    if "accounts" in tables.names and "payments" not in tables.names:
        frame = tables.accounts()
        years = frame.groupby("year")[["revenue", "following"]].sum()
        if len(years) < 2:
            return None
        (before, same), (now, _) = years.iloc[-2:].to_numpy(dtype=np.float64)
        return Growth(float(before), float(same), None, float(now - same)) if before > 0 else None
    if "payments" not in tables.names or len(tables.months) < 2 * MONTHS_PER_YEAR:
        return None
    paid, year = tables._events("payments"), tables.span.last - MONTHS_PER_YEAR
    known = tables.members is not None and "came_by" in tables.clean["customers"].raw.columns
    now, early = (
        ibis().ifelse(months, paid.amount, 0.0).sum()
        for months in (paid.month > year, paid.month.between(year - MONTHS_PER_YEAR + 1, year))
    )
    each = paid.group_by("id").agg(now=now, early=early, first=paid.month.min())
    if tables.members is not None:
        whom = tables.members.table.select("id", "joined_month", "came_by")
        each = each.left_join(whom, "id").mutate(
            first=lambda t: ibis().least(t.first, t.joined_month.fill_null(t.first))
        )
    else:
        each = each.mutate(came_by=ibis().null("string"))
    old = each["first"] <= year
    word = (~old) & (each.came_by == "recommendation").fill_null(False)
    found = fetched(each.agg(before=each.early.sum(), same=each.now.sum(where=old), word=each.now.sum(where=word),
                             now=each.now.sum())).iloc[0].fillna(0.0).astype(float)  # fmt: skip
    if not found["before"] > 0:
        return None
    before, same, word, now = (float(found[name]) for name in ("before", "same", "word", "now"))
    return Growth(before, same, word if known else None, now - same - (word if known else 0.0))


# --- a cohort (sBG) -------------------------------------------------------------------------------------------


_BOUNDS = [(-14.0, 14.0), (-6.0, 9.0)]
"""Of the odds to leave and of α + β, logarithms; e^9 is as good as all customers alike."""

_START = np.array([-2.0, 1.0])


@dataclass(frozen=True)
class Cohorts:
    """Customers by how long they were followed since they joined."""

    entered: NDArray[np.int64]
    """Months since joining when following began; 0 for who was followed from the start."""
    months: NDArray[np.int64]
    """Months since joining at the last month's end they were followed, above `entered`."""
    left: NDArray[np.bool_]
    """Gone at that month's end."""
    count: Array


def from_frame(frame: pd.DataFrame) -> Cohorts:
    """Cohorts as arrays, from the columns months, left and count, and entered where there is one."""
    size = len(frame)
    entered = frame["entered"].to_numpy(dtype=np.int64) if "entered" in frame else np.zeros(size, dtype=np.int64)
    months = frame["months"].to_numpy(dtype=np.int64)
    left, count = frame["left"].to_numpy(dtype=np.bool_), frame["count"].to_numpy(dtype=np.float64)
    return Cohorts(entered, months, left, count)


def log_survival(alpha: float, beta: float, months: Array) -> Array:
    """ln S(t) = ln B(α, β + t) − ln B(α, β).

    Args:
        alpha, beta: of the beta distribution of the chance to leave.
        months: t, any shape.
    """
    return np.asarray(betaln(alpha, beta + months) - betaln(alpha, beta))


def log_likelihood(alpha: float, beta: float, data: Cohorts) -> float:
    """Σ count·(ln P(leaves in month t) or ln S(t)), given who was still there when following began.

    P(t) = B(α + 1, β + t − 1)/B(α, β)
    """
    months = data.months.astype(np.float64)
    gone = betaln(alpha + 1.0, beta + months - 1.0) - betaln(alpha, beta)
    each = np.where(data.left, gone, log_survival(alpha, beta, months))
    return float(data.count @ (each - log_survival(alpha, beta, data.entered.astype(np.float64))))


@dataclass(frozen=True)
class Fit:
    """A fitted curve."""

    alpha: float
    beta: float
    place: Array = field(repr=False)
    """Log-odds to leave in the first month, and ln(α + β)."""
    covariance: Array = field(repr=False)
    """Of the place."""

    def curve(self, months: int, draws: int = 2000, seed: int = 0) -> pd.DataFrame:
        """The share of a new cohort that is still there, with a 90 % band, and its retention.

        Returns:
            Index month, 1 to months; low, central, high, and retention from the month before.
        """
        root = np.linalg.cholesky(self.covariance + 1e-12 * np.eye(2))
        score = np.random.default_rng(seed).standard_normal((draws, 2))
        places = np.clip((self.place + score @ root.T).T, *np.array(_BOUNDS).T[:, :, np.newaxis])
        alpha, beta = _parameters(places)
        t = np.arange(0.0, months + 1.0)[:, np.newaxis]
        drawn = np.exp(betaln(alpha, beta + t) - betaln(alpha, beta))
        central = np.exp(log_survival(self.alpha, self.beta, t[:, 0]))
        low, high = np.quantile(drawn, [0.05, 0.95], axis=1)
        table = {
            "low": np.minimum(low, central)[1:], "central": central[1:], "high": np.maximum(high, central)[1:],
            "retention": central[1:] / central[:-1],
        }  # fmt: skip
        return pd.DataFrame(table, index=pd.RangeIndex(1, months + 1, name="month"))


def _parameters(place: Array) -> tuple[Array, Array]:
    mean, total = expit(place[0]), np.exp(place[1])
    return np.asarray(mean * total), np.asarray((1.0 - mean) * total)


def fit(data: Cohorts) -> Fit:
    """The most likely curve.

    Raises:
        InputError: nobody left, or everybody after one month: any curve fits.
    """
    lost, customers = float(data.count @ data.left), float(data.count.sum())
    if lost <= 0 or not (data.months[data.left].max(initial=0) > 1 or lost < customers):
        raise InputError("nobody left, or everybody at once: no curve can be told", "cohorts")

    slopes = _losing(data, customers)
    starts = [_START, np.array([-3.0, 4.0]), np.array([-1.0, -1.0])]
    best = least(slopes, starts, _BOUNDS).place
    step = 1e-4
    rows = [(slopes(best + move)[1] - slopes(best - move)[1]) / (2.0 * step) for move in np.eye(2) * step]
    values, vectors = np.linalg.eigh((np.array(rows) + np.array(rows).T) / 2.0 * customers)
    covariance = (vectors / np.maximum(values, 0.1)) @ vectors.T
    alpha, beta = (float(part) for part in _parameters(best))
    return Fit(alpha, beta, best, covariance)


def _losing(data: Cohorts, customers: float) -> Slopes:
    """Minus the mean log-likelihood and its slopes."""
    months, entered = data.months.astype(np.float64), data.entered.astype(np.float64)

    def slopes(place: Array) -> tuple[float, Array]:
        alpha, beta = (float(part) for part in _parameters(place))
        whole, last = digamma(alpha + beta + months), np.where(data.left, beta + months - 1.0, beta + months)
        by_alpha = np.where(data.left, digamma(alpha + 1.0), digamma(alpha)) - whole
        by_beta = digamma(last) - whole
        start = digamma(alpha + beta + entered)
        by_alpha -= digamma(alpha) - start
        by_beta -= digamma(beta + entered) - start
        share = alpha / (alpha + beta)
        slope_alpha, slope_beta = data.count @ by_alpha, data.count @ by_beta
        by_odds = (slope_alpha - slope_beta) * (alpha + beta) * share * (1.0 - share)
        by_total = slope_alpha * alpha + slope_beta * beta
        return -log_likelihood(alpha, beta, data) / customers, -np.array([by_odds, by_total]) / customers

    return slopes
