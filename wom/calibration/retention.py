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
from scipy.special import betaln, digamma, expit

from ..draws import END
from ..errors import InputError
from ..units import MONTHS_PER_YEAR, Array
from ..words import percent
from .estimate import (
    Estimate,
    Found,
    Missing,
    by_scope,
    columns,
    counted,
    estimates,
    inside,
    least,
    log_scale,
    scopes,
    share,
    wider,
)  # fmt: skip

if TYPE_CHECKING:
    from ..data import Tables

RECENT = MONTHS_PER_YEAR
"""Months at the end of the window that stand for today, where a trend or a season would mislead."""

CUSTOMERS, NEW, REFERRAL = "market.customers", "market.new_customers_per_month", "market.referral_share"
SPEND, RETENTION = "economics.spend_per_customer", "retention.retention_rate"


def market(monthly: pd.DataFrame, contractual: bool = True) -> Found:
    """How many customers there are, how many come, and how many of those on a recommendation.

    customers = those at the start of the last month + new − lost; new customers per month over the last 12;
    referral_share = recommended/(recommended + other), of new customers whose source is known; where they are not
    contractual, customers do not say when they leave
    """

    def customers(frame: pd.DataFrame) -> Iterator[Estimate | Missing]:
        last = columns(frame.tail(1), ["customers", "new_customers", "lost_customers"])
        if not contractual:
            yield Missing(
                CUSTOMERS, "Customers do not say when they leave; see the inference from their purchases."
            )
        elif last is None:
            yield Missing(CUSTOMERS, "There is no table of customers.")
        else:
            now = float(last[0, 0] + last[1, 0] - last[2, 0])
            yield Estimate.of(CUSTOMERS, [now] * 3, "Counted at the end of the last month.", int(now))
        if (new := columns(frame.tail(RECENT), ["new_customers"])) is None:
            yield Missing(NEW, "When customers joined is not known.")
            return
        months = new.shape[1]
        how = f"New customers of the last {months} months, over months."
        one = counted(NEW, new[0], np.ones(months), how, shares=False, breaks=True)
        yield replace(one, rows=int(new.sum()))

    came = columns(next(frame for _, frame in scopes(monthly)), ["recommended", "other"])
    if came is None or came.sum() <= 0:
        referral: Estimate | Missing = Missing(REFERRAL, "How new customers came is not known of any; ask them.")
    else:
        how = "Recommended ones over new customers whose source is known."
        note = "What customers say; who came on a recommendation might have come anyway."
        referral = counted(REFERRAL, came[0], came.sum(axis=0), how, note)
    return (*by_scope(monthly, customers), referral)


def retention(monthly: pd.DataFrame) -> Found:
    """Share of customers who stay from one month to the next: 1 − Σ lost/Σ customers at the month's start."""

    def stay(frame: pd.DataFrame) -> Iterator[Estimate | Missing]:
        rows = columns(frame, ["lost_customers", "customers"])
        if rows is None or rows[1].sum() <= 0:
            yield Missing(RETENTION, "When customers leave is not known.")
            return
        lost, exposed = rows
        note = "Nobody left: the upper end is what chance allows." if lost.sum() == 0 else ""
        note = "Everybody left." if lost.sum() == exposed.sum() else note
        how = "One less those who left over customer-months."
        yield counted(RETENTION, exposed - lost, exposed, how, note, breaks=True)

    return by_scope(monthly, stay)


def undated(customers: pd.DataFrame, holds: str) -> Estimate | Missing:
    """Share of customers who stay from one month to the next, from how long they stayed and whether they left.

    1 − left/Σ months of everybody who ever joined, or 1 − left/rows of those who were there a month before
    """
    count = customers["count"].to_numpy(dtype=float)
    left, exposed = float(count[customers["left"].to_numpy(dtype=bool)].sum()), float(count.sum())
    how = "One less those who left over customers of the last month."
    if holds == "everybody":
        exposed = float(count @ customers["months"].to_numpy(dtype=float))
        how = "One less those who left over months since joining, of everybody who joined."
    if not left:
        why = (
            "Nobody in the table of months since joining has left, so it holds only those who stayed; those who "
            "left must stand in it as well."
        )
        return Missing(RETENTION, why)
    if left >= exposed:
        return Missing(RETENTION, "Everybody in the table of months since joining has left.")
    note = "Without dates nobody sees whether this has changed."
    return counted(RETENTION, np.array([exposed - left]), np.array([exposed]), how, note)


def spend(monthly: pd.DataFrame, spending: pd.DataFrame | None = None) -> Found:
    """What a customer spends in a month, over the last 12 months.

    s = revenue/customer-months;   relative variance = that between customers (cluster-robust, whole window)
    + that between months for the shorter time (ratios: Cochran 1977, Sampling techniques, chapter 6)

    Args:
        monthly: index (segment, month); revenue, net of refunds, and customers at the month's start.
        spending: one row per customer, `pay` and `months` (and `segment`); without it the interval is that of
            months alone, and says so.
    """
    customers = dict(scopes(spending)) if spending is not None and len(spending) else {}
    found = ((segment, _spend(frame, customers.get(segment))) for segment, frame in scopes(monthly))
    return tuple(replace(one, key=inside(one.key, segment)) for segment, one in found)


def _spend(frame: pd.DataFrame, customers: pd.DataFrame | None) -> Estimate | Missing:
    rows = columns(frame, ["revenue", "customers"])
    if rows is None:
        return Missing(SPEND, "It needs payments and, in each month, the number of customers.")
    rows = rows[:, rows[1] > 0]
    revenue, exposure = rows[:, -RECENT:]
    months = len(exposure)
    if months == 0 or revenue.sum() <= 0:
        return Missing(SPEND, "Nobody paid anything.")
    central = float(revenue.sum() / exposure.sum())
    variance, free = _ratio_variance(revenue, exposure), months - 1
    note = "The interval is that of months: how far customers differ is not in it."
    paid = None if customers is None or len(customers) < 2 else columns(customers, ["pay", "months"])
    if paid is not None:
        free = paid.shape[1] - 1
        if paid[0].sum() > 0:
            shorter = max(0.0, variance - _ratio_variance(*rows)) if months < rows.shape[1] else 0.0
            variance, note = _ratio_variance(*paid) + shorter, ""
    if not np.isfinite(variance) or variance <= 0.0:
        return Missing(SPEND, f"One month or one customer gives {central:.4g} and no idea how far off that is.")
    relative = float(np.sqrt(variance)) * wider(max(free, 1))
    how = f"Revenue of the last {months} months over customer-months."
    return Estimate.of(SPEND, log_scale(central, relative), how, int(exposure.sum()), note)


def _ratio_variance(top: Array, bottom: Array) -> float:
    """Relative variance of a ratio of sums whose terms are independent; nan for one term."""
    if len(top) < 2 or top.sum() <= 0:
        return float("nan")
    gap = top - bottom * (top.sum() / bottom.sum())
    return float((gap**2).sum() * len(top) / (len(top) - 1) / top.sum() ** 2)


# --- tables by account, by reason and by who was brought --------------------------------------------------------


def accounts(frame: pd.DataFrame) -> Iterator[Estimate | Missing]:
    """Customers, who comes, who stays and what they spend, from what each account paid in a year.

    stay a year = Σ who paid in the year after/Σ who paid, by year (`counted`); retention_rate = its twelfth root.
    Customers are who paid in the last year, new ones a twelfth of those of them who did not in the year before.
    """
    if not len(frame):
        why = "No account paid anything in a year that is over."
        yield from (Missing(key, why) for key in (CUSTOMERS, NEW, SPEND, RETENTION))
        return
    part = "Who came or left within a year paid for a part of it, which is not seen."
    year = int(frame["year"].max())
    now = frame[frame["year"] == year]
    count, revenue, squared = (float(now[name].sum()) for name in ("count", "revenue", "squared"))
    yield Estimate.of(CUSTOMERS, [count] * 3, f"Accounts that paid in {year}.", int(count), part)
    if now["before"].isna().any():
        yield Missing(NEW, "Who came is seen from the second year on; there is one.")
    else:
        fresh = np.array([float(now.loc[~now["before"].astype(bool), "count"].sum())])
        how = f"Accounts that paid in {year} and not in the year before, over 12."
        months = np.array([float(MONTHS_PER_YEAR)])
        yield replace(counted(NEW, fresh, months, how, shares=False), rows=int(fresh[0]))
    mean = revenue / count
    if count < 2 or squared <= count * mean**2:
        yield Missing(SPEND, f"{count:.0f} accounts that pay {mean:.4g} each tell no interval of what one pays.")
    else:
        spread = np.sqrt((squared / count - mean**2) / (count - 1.0)) / mean * wider(count - 1.0)
        ends = log_scale(mean / MONTHS_PER_YEAR, float(spread))
        yield Estimate.of(SPEND, ends, f"Revenue of {year} over accounts, over 12.", int(count), part)
    pairs = frame[frame["after"].notna()]
    if not len(pairs):
        yield Missing(RETENTION, "Who stays is seen from the second year on; there is one.")
        return
    stayed = pairs["count"].where(pairs["after"].astype(bool), 0).groupby(pairs["year"]).sum()
    trials = pairs.groupby("year")["count"].sum().to_numpy(dtype=np.float64)
    how = "Accounts that paid in the next year as well, over all; the twelfth root."
    one = counted(RETENTION, stayed.to_numpy(dtype=np.float64), trials, how, part)
    low, middle, high = (end ** (1.0 / MONTHS_PER_YEAR) for end in one.range)
    yield replace(one, low=low, central=middle, high=high)


def reasons(frame: pd.DataFrame) -> Estimate | Missing:
    """Share of those who left for bad service, by what they say; who said nothing may have had any reason."""
    key, count = "left_for_bad_service", frame.groupby("why")["count"].sum().astype(float)
    bad, other, none = (float(count.get(why, 0.0)) for why in ("bad_service", "other", "none"))
    if bad + other <= 0:
        return Missing(key, "Nobody who left gave a reason.")
    every = bad + other + none
    ends = [share(bad, every)[0], share(bad, bad + other)[1], share(bad + none, every)[2]]
    note = "What people say is no effect but a bound: if they are right, better service keeps no more than these."
    if none:
        note = f"{percent(none / every)} of those who left gave no reason: the interval allows them any. {note}"
    return Estimate.of(key, ends, "Bad service over all reasons for leaving.", int(bad + other), note)


def referrals(frame: pd.DataFrame, months: int, found: Iterable[Estimate | Missing]) -> Found:
    """New customers whom a customer brings in a month, and what follows where other tables tell the rest.

    made/customer-months; customers are the clusters.   referral_share = that·customers/new customers
    brought of those told = that/(contacts·good share·people told of a good experience)

    Products are of figures that are independent, log-normal each.

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
    totals, each = (np.array([made.sum()]), np.array([exposure.sum()])), np.stack([made, exposure])
    rate = counted(keys[0], *totals, "New customers brought over customer-months.", note, shares=False,
                   customers=each)  # fmt: skip
    rate, known = replace(rate, rows=len(made)), estimates(found)
    brought = share(float((made > 0).sum()), float(len(made)))
    parts: list[Estimate | Missing] = [
        rate, Estimate.of(keys[1], brought, "Customers who brought somebody, over all.", len(made))
    ]  # fmt: skip
    for key, powers, how in (
        (REFERRAL, {CUSTOMERS: 1, NEW: -1},
         "New customers brought in a month, times customers, over new customers."),
        ("told_who_became_customers",
         dict.fromkeys(("experience.contacts_per_month", "experience.good_share", "word_of_mouth.reach_good"), -1),
         "New customers brought, over people told of good experiences."),
    ):  # fmt: skip
        if rate.low > 0 and all(name in known and known[name].low > 0 for name in powers):
            factors = [(rate, 1), *((known[name], power) for name, power in powers.items())]
            central = float(np.prod([one.central**power for one, power in factors]))
            spread = np.sqrt(sum((np.log(one.high / one.low) / (2.0 * END)) ** 2 for one, _ in factors))
            one = Estimate.of(key, log_scale(central, float(spread)), how, rate.rows, note)
            parts.append(one if central < 1.0 else Missing(key, "More were brought than there were."))
    return tuple(parts)


@dataclass(frozen=True)
class Growth:
    """Revenue of a year by whose it is, as `wom.earned_growth` takes it."""

    before: float
    """All of the year before."""
    same_customers: float
    """Of those who were customers then."""
    recommended: float | None
    """Of new customers who came on a recommendation; None where nobody knows how they came."""
    others: float


def growth(tables: Tables) -> Growth | None:
    """Revenue of the last twelve months by whose it is; None without two years of payments or accounts."""
    from ..data.store import fetched, ibis  # late: packages that nothing else needs

    if "accounts" in tables.names and "payments" not in tables.names:
        years = tables.accounts().groupby("year")[["revenue", "following"]].sum()
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
    sums = each.agg(before=each.early.sum(), same=each.now.sum(where=old), word=each.now.sum(where=word),
                    now=each.now.sum())  # fmt: skip
    before, same, told, now = map(float, fetched(sums).iloc[0].fillna(0.0))
    if not before > 0:
        return None
    return Growth(before, same, told if known else None, now - same - (told if known else 0.0))


# --- a cohort (sBG) -------------------------------------------------------------------------------------------


_BOUNDS = [(-14.0, 14.0), (-6.0, 9.0)]
"""Of the odds to leave and of α + β, logarithms; e^9 is as good as all customers alike."""


def log_survival(alpha: Array | float, beta: Array | float, months: Array) -> Array:
    """ln S(t) = ln B(α, β + t) − ln B(α, β)."""
    return np.asarray(betaln(alpha, beta + months) - betaln(alpha, beta))


def log_likelihood(place: Array, data: pd.DataFrame) -> tuple[float, Array]:
    """Σ count·(ln P(leaves in month t) or ln S(t)), given who was there when following began; and its slopes.

    P(t) = B(α + 1, β + t − 1)/B(α, β)

    Args:
        place: log-odds to leave in the first month, and ln(α + β).
        data: months (since joining, at the last month's end they were followed), left (gone at that month's end),
            count and, where not all were followed from the start, entered (months since joining when it began).
    """
    months, count = (data[name].to_numpy(dtype=np.float64) for name in ("months", "count"))
    left = data["left"].to_numpy(dtype=np.bool_)
    entered = data["entered"].to_numpy(dtype=np.float64) if "entered" in data else np.zeros(len(data))
    alpha, beta = _parameters(place)
    gone = betaln(alpha + 1.0, beta + months - 1.0) - betaln(alpha, beta)
    each = np.where(left, gone, log_survival(alpha, beta, months)) - log_survival(alpha, beta, entered)
    whole, start = digamma(alpha + beta + months), digamma(alpha + beta + entered)
    by_alpha = np.where(left, digamma(alpha + 1.0), digamma(alpha)) - whole - (digamma(alpha) - start)
    by_beta = (
        digamma(np.where(left, beta + months - 1.0, beta + months)) - whole - (digamma(beta + entered) - start)
    )
    slope_alpha, slope_beta = count @ by_alpha, count @ by_beta
    mean = alpha / (alpha + beta)
    by_odds = (slope_alpha - slope_beta) * (alpha + beta) * mean * (1.0 - mean)
    return float(count @ each), np.array([by_odds, slope_alpha * alpha + slope_beta * beta])


def _parameters(place: Array) -> tuple[Array, Array]:
    mean, total = expit(place[0]), np.exp(place[1])
    return np.asarray(mean * total), np.asarray((1.0 - mean) * total)


@dataclass(frozen=True)
class Fit:
    """A fitted curve."""

    alpha: float
    beta: float
    place: Array = field(repr=False)
    """As of `log_likelihood`."""
    covariance: Array = field(repr=False)

    def curve(self, months: int) -> pd.DataFrame:
        """The share of a new cohort that is still there, with a 90 % band, and its retention.

        Returns:
            Index month, 1 to months; low, central, high, and retention from the month before.
        """
        root = np.linalg.cholesky(self.covariance + 1e-12 * np.eye(2))
        score = np.random.default_rng(0).standard_normal((2000, 2))
        places = np.clip((self.place + score @ root.T).T, *np.array(_BOUNDS).T[:, :, np.newaxis])
        t = np.arange(0.0, months + 1.0)
        low, high = np.quantile(np.exp(log_survival(*_parameters(places), t[:, np.newaxis])), [0.05, 0.95], axis=1)
        central = np.exp(log_survival(self.alpha, self.beta, t))
        table = {
            "low": np.minimum(low, central)[1:], "central": central[1:], "high": np.maximum(high, central)[1:],
            "retention": central[1:] / central[:-1],
        }  # fmt: skip
        return pd.DataFrame(table, index=pd.RangeIndex(1, months + 1, name="month"))


def fit(data: pd.DataFrame) -> Fit:
    """The most likely curve.

    Raises:
        InputError: nobody left, or everybody after one month: any curve fits.
    """
    customers, left = float(data["count"].sum()), data["left"].astype(bool)
    lost = float(data.loc[left, "count"].sum())
    if lost <= 0 or not (data.loc[left, "months"].max() > 1 or lost < customers):
        raise InputError("nobody left, or everybody at once: no curve can be told", "cohorts")

    def losing(place: Array) -> tuple[float, Array]:
        value, slopes = log_likelihood(place, data)
        return -value / customers, -slopes / customers

    best = least(losing, np.array([[-2.0, 1.0], [-3.0, 4.0], [-1.0, -1.0]]), _BOUNDS).place
    step = 1e-4
    rows = np.array(
        [(losing(best + move)[1] - losing(best - move)[1]) / (2.0 * step) for move in np.eye(2) * step]
    )
    values, vectors = np.linalg.eigh((rows + rows.T) / 2.0 * customers)
    covariance = (vectors / np.maximum(values, 0.1)) @ vectors.T
    alpha, beta = _parameters(best)
    return Fit(float(alpha), float(beta), best, covariance)
