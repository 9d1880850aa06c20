"""How mood changes spending, each customer compared with themselves on days with contacts equally far back.

Big spenders may also be better served, and visits go with purchases. So every customer has a level of their own,
every month and every time since the last contact a factor, and a mood counts only as far as it differs from what
the dates of contacts alone predict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from .. import evidence
from ..draws import END
from ..parameters import Value, central
from ..units import Array
from . import moods
from .estimate import LEVELS, Estimate, Found, Missing, log_scale, wider
from .leaving import NOBODY, TERM, sample
from .moods import DAYS, NONE_SEEN, PLAIN, Bills, Histories, Rule

CUSTOMERS, _ROWS = 20_000, 500_000
"""Most customers compared, and most of their days."""
_SAME, _YEARLY = 0.6, 300.0
"""Share of equal bills above which the price is fixed; gap in days from which bills are yearly."""
_FEWEST, _MEMORIES, _BOOTSTRAPS = 10, 5, 100

KEYS = ("spend_uplift", "spend_cut", "spending.uplift_size", "spending.disappointed_cut")
NAIVE = ("naive_spend_uplift", "naive_spend_cut")

FIXED = "Customers pay a fixed price; a mood can only show in who stays."
ALONE = "Fewer than ten {}: the tables cannot compare customers with themselves."
WRONG = (
    "Wrong as an effect: it compares different customers, and who spends more may also be served better. "
    "Shown only beside the comparison within customers."
)
TAKEN = (
    "It counts as caused in full, for each customer is compared with themselves; what else changed for them is "
    "not known."
)
CAUSAL, BUYERS = "experience.causal_share", "spending.uplift_share"


def billing(paid: Bills) -> tuple[float, float]:
    """Usual gap in days of regular bills (0 where billing is not regular), and the share of equal ones.

    Regular are customers with three bills or more whose gaps vary by less than 12 % and last more than 20 days; so
    is the business if they bring over half of what such customers pay.
    """
    frame = pd.DataFrame({"who": paid.who, "gap": paid.gap, "amount": paid.amount})
    equal = frame["amount"].diff().abs() <= 0.005 * frame["amount"].abs()
    frame["same"] = equal.astype(float).where(frame["gap"].notna())
    each = frame.groupby("who").agg(gap=("gap", "mean"), spread=("gap", "std"), count=("gap", "count"),
                                    money=("amount", "sum"))  # fmt: skip
    each = each[each["count"] >= 2]
    regular = each[(each["spread"] < 0.12 * each["gap"]) & (each["gap"] > 20.0)]
    if not each["money"].sum() > 0 or regular["money"].sum() <= 0.5 * each["money"].sum():
        return 0.0, 0.0
    same = frame["same"][frame["who"].isin(regular.index)].mean()
    return float(regular["gap"].median()), float(same)


@dataclass(frozen=True)
class Effect:
    """Rise of spending when delighted, U, and fall when disappointed, D; shape (2,) and (2, 2)."""

    size: Array
    covariance: Array
    customers: int
    changed: Array
    """Customers who were ever delighted, ever disappointed, shape (2,)."""
    naive: Array
    """The comparison between customers: 5 %, 50 % and 95 % of the rise and of the fall, shape (2, 3)."""


class _Money:
    """Money and exposure as rows, and the cells of customer, month and recency that they fall into."""

    def __init__(self, histories: Histories, paid: Bills, regular: bool, random: np.random.Generator) -> None:
        self.size = histories.size
        who, day, money, exposed = paid.who, paid.day, paid.amount, np.full(len(paid.who), float(regular))
        if not regular:  # beside the payments a day drawn of each week or so, and for how many days it stands
            followed = np.maximum(histories.end - histories.start + 1, 0)
            step = int(np.clip(np.ceil(followed.sum() / _ROWS), 7, 30))
            many = -(-followed // step)
            whose = np.repeat(np.arange(self.size), many)
            part = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
            length = np.minimum(step, followed[whose] - part * step)
            drawn = np.floor(random.random(len(whose)) * length).astype(np.int64)
            who, day = np.append(whose, who), np.append(histories.start[whose] + part * step + drawn, day)
            money, exposed = np.append(np.zeros(len(whose)), money), np.append(length.astype(np.float64), exposed)
        self.months = 1.0 if regular else DAYS
        self.spent: Array = np.bincount(who, money, self.size).astype(np.float64)
        month = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        month -= month.min()
        recency = histories.recency(who, day)
        cell = (who * (month.max() + 1) + month) * (NONE_SEEN + 1) + recency
        order = np.argsort(cell, kind="stable")
        self.who, self.day, self.exposed, self.money = who[order], day[order], exposed[order], money[order]
        self.starts = np.flatnonzero(np.append(True, np.diff(cell[order]) > 0))
        first = order[self.starts]
        self.of = who[first], month[first], recency[first]
        self.customers = np.flatnonzero(np.append(True, np.diff(self.of[0]) > 0))
        self.factors = np.ones(int(month.max()) + 1), np.ones(NONE_SEEN + 1)
        """Of months and of classes of recency, where a search begins."""

    def moments(self, mood: Array, centre: Array) -> Array:
        """Sums by cell: money, exposure by 1, a₊ and −a₋ (times 1, z₊ and z₋), and money by z; (12, cells)."""
        z = np.concatenate([np.ones((1, len(self.who))), mood - centre])
        signed = np.concatenate([z[:1], mood * np.array([[1.0], [-1.0]])])
        exposed = (z[:, np.newaxis] * signed * self.exposed).reshape(9, -1)
        return np.asarray(np.add.reduceat(np.concatenate([exposed, z * self.money]), self.starts, axis=1))

    def solve(self, cells: Array, times: Array | None = None) -> tuple[Array, Array]:
        """U and D, and what each customer pulls them by, shape (2, customers).

        μ = s_i·m_month·ρ_recency·(1 + U·a₊ − D·a₋),  Σ z·(y − μ) = 0,  z = a − a*,
        s_i = Y_i/(T_i + U·A_i − D·B_i); m and ρ so that months and classes of recency add up.
        """
        times = np.ones(self.size) if times is None else times
        who, of_month, of_class = self.of
        heavy = times[who]
        month, recency = self.factors
        in_month = np.bincount(of_month, heavy * cells[9], len(month))
        in_class = np.bincount(of_class, heavy * cells[9], len(recency))
        zy = np.add.reduceat(cells[10:], self.customers, axis=1)
        size = np.zeros(2)
        for _ in range(30):
            base = month[of_month] * recency[of_class]
            sums = np.add.reduceat(cells[:9] * base, self.customers, axis=1).reshape(3, 3, -1)
            whole, parts, z0, zs, before = sums[0, 0], sums[0, 1:], sums[1:, 0], sums[1:, 1:], size
            for _ in range(20):
                total = np.maximum(whole + size @ parts, 0.05 * whole + 1e-300)
                level = np.maximum(self.spent, 0.0) / total
                inner = z0 + np.einsum("kjn,j->kn", zs, size)
                each = np.where(level > 0, zy - level * inner, 0.0)
                slopes = np.einsum("kjn,n->kj", inner[:, np.newaxis] * parts / total - zs, level * times)
                move = np.linalg.lstsq(slopes, -(each @ times), rcond=1e-9)[0]
                size = np.clip(size + np.clip(move, -0.3, 0.3), (-0.9, -5.0), (5.0, 0.9))
                if np.abs(move).max() < 1e-7:
                    break
            expects = level[who] * base * (cells[0] + size @ cells[1:3]) * heavy
            change_month = _over(in_month, np.bincount(of_month, expects, len(month)))
            expects *= change_month[of_month]
            change_class = _over(in_class, np.bincount(of_class, expects, len(recency)))
            month, recency = month * change_month, recency * change_class
            if max(np.abs(size - before).max(), np.abs(change_class - 1.0).max()) < 1e-4:
                break
        self.factors = month, recency
        return size, np.linalg.pinv(slopes) @ each

    def naive(self, mood: Array) -> Array:
        """Money by mood over money when content, between customers; shape (2, 3)."""
        (rest_y, rest), *felt = (
            [np.bincount(self.who, weight * part, self.size) for part in (self.money, self.exposed / self.months)]
            for weight in (1.0 - mood.sum(axis=0), *mood)
        )
        found = np.full((2, 3), np.nan)
        for place, (y, t) in enumerate(felt):
            if y.sum() > 0 and rest_y.sum() > 0:
                ratio = (y.sum() / t.sum()) / (rest_y.sum() / rest.sum())
                each = y / y.sum() - t / t.sum() - rest_y / rest_y.sum() + rest / rest.sum()
                found[place] = log_scale(float(ratio), float(np.sqrt((each**2).sum()))) - 1.0
        return np.sort(found * np.array([[1.0], [-1.0]]))


def _over(top: Any, bottom: Any) -> Array:
    return np.asarray(np.where((top > 0) & (bottom > 0), top / np.maximum(bottom, 1e-300), 1.0))


def effect(
    histories: Histories, paid: Bills, memory: Array, rules: Sequence[Rule] = (PLAIN,), seed: int = 0
) -> Effect | str:
    """U and D with their covariance, or a sentence why there is none; means over memories and rules.

    Estimating equations and their sandwich: Liang and Zeger 1986, Biometrika 73.
    """
    random = np.random.default_rng(seed)
    inside = histories.followed(paid.who, paid.day)
    paid = Bills(paid.who[inside], paid.day[inside], paid.amount[inside])
    payers = (np.bincount(paid.who, paid.amount, histories.size) > 0) & (histories.end >= histories.start)
    histories, paid = sample(histories.subset(payers), paid.subset(payers), CUSTOMERS, random)
    if (np.bincount(paid.who, minlength=1) >= 3).sum() < _FEWEST:
        return ALONE.format("customers paid three times")
    gap, same = billing(paid)
    if gap and same > _SAME:
        return FIXED
    money, rule = _Money(histories, paid, gap > 0, random), rules[0]
    own = moods.course(histories, rule)
    changed = np.array([len(np.unique(own.who[which > 0.5])) for which in own.set])
    if changed.max() < _FEWEST:
        return ALONE.format("customers changed their mood")
    places = own.locate(money.who, money.day)
    if rule.asks and gap > _YEARLY:
        recent = (places.event >= 0) & (places.months * DAYS <= TERM)
        mood = np.where(recent, own.after(6.0)[:, places.event], 0.0)
        cells = money.moments(mood, np.zeros_like(mood))
        size, _ = money.solve(cells)
        drawn = (random.integers(0, money.size, money.size) for _ in range(_BOOTSTRAPS))
        again = [money.solve(cells, np.bincount(who, minlength=money.size).astype(np.float64))[0] for who in drawn]
        return Effect(size, np.cov(np.array(again).T), money.size, changed, money.naive(mood))
    dates = moods.expected(histories, rule, money.spent)
    if np.abs(own.at(places, 6.0) - dates.at(dates.locate(money.who, money.day), 6.0)).max() < 0.01:
        return NOBODY
    sizes, covariances = [], []
    memories = np.unique(np.quantile(memory, (np.arange(_MEMORIES) + 0.5) / _MEMORIES))
    count = max(len(memories), len(rules))
    for one, by in zip(np.resize(memories, count), np.resize(np.array(rules, dtype=object), count), strict=True):
        mood, alone = (
            course.at(course.locate(money.who, money.day), one)
            for course in (moods.course(histories, by), moods.expected(histories, by, money.spent))
        )
        size, pulls = money.solve(money.moments(mood, alone))
        sizes.append(size)
        covariances.append(pulls @ pulls.T)
    between = np.cov(np.array(sizes).T, bias=True) if len(sizes) > 1 else np.zeros((2, 2))
    naive = money.naive(own.at(places, float(np.median(memory))))
    return Effect(np.mean(sizes, axis=0), np.mean(covariances, axis=0) + between, money.size, changed, naive)


def spending(
    found: Effect | str, customer_type: str = "consumer", given: Mapping[str, Value] = MappingProxyType({})
) -> Found:
    """What mood does to spending as figures of a scenario.

    U = causal_share·uplift_share·uplift_size,  D = causal_share·disappointed_cut

    The data give U and D; the shares stay with the business file or the evidence. So uplift_size and
    disappointed_cut are those that give U and D at the central shares, kept within their bounds: a scenario with
    these shares shows the rise that was found. So all of it counts as caused.
    """
    if isinstance(found, str):
        return tuple(Missing(key, found) for key in KEYS)
    known = {**evidence.defaults(customer_type), **given}
    causal, buyers = central(known[CAUSAL]), central(known[BUYERS])
    told: dict[str, Estimate | Missing] = {}
    for place, (mood, part, most) in enumerate(
        (("delighted", causal * buyers, np.inf), ("disappointed", causal, 1.0))
    ):
        seen, scenario = KEYS[place], KEYS[place + 2]
        size, changed = float(found.size[place]), found.changed[place]
        error = float(np.sqrt(found.covariance[place, place])) * wider(max(changed, 2) - 1.0)
        if changed < _FEWEST or not np.isfinite(size + error) or error <= 0:
            why = ALONE.format(f"customers were {mood}")
            told |= {key: Missing(key, why) for key in (seen, scenario)}
            continue
        ends = size + error * END * np.array([-1.0, 0.0, 1.0])
        how = f"Spending when {mood} against the same customer's at other times; intervals over customers."
        told[seen] = Estimate.of(seen, ends, how, found.customers, "As a share of spending when content.")
        if np.isfinite(found.naive[place]).all():
            plain = f"Mean spending when {mood} over that when content, over all customers."
            told[NAIVE[place]] = Estimate.of(NAIVE[place], found.naive[place], plain, found.customers, WRONG)
        if part <= 0:
            why = "The business file says that none of it is caused, or that nobody spends more."
            told[scenario] = Missing(scenario, why)
            continue
        causal_from, buyers_from = (
            "your business file" if key in given else "the evidence" for key in (CAUSAL, BUYERS)
        )
        shares = f"{causal:g} (how much of an effect is caused; from {causal_from})"
        if mood == "delighted":
            shares = f"{buyers:g} (how many of them buy more; from {buyers_from}) and by {shares}"
        note = (
            f"The {mood} spent {abs(size) * 100:.2g} % {'more' if (size >= 0) == (place == 0) else 'less'} on "
            f"average. Divided by {shares}, so that the scenario, which multiplies by the same, shows what was "
            f"seen. {TAKEN}"
        )
        if ends[0] < 0:
            note += " The data do not exclude that there is no effect, so the range begins at 0."
        scaled = within(size / part, error / part, 0.0, most)
        told[scenario] = Estimate.of(scenario, scaled, how, found.customers, note)
    return tuple(told[key] for key in (*KEYS, *NAIVE) if key in told)


def within(size: float, error: float, least: float, most: float) -> Array:
    """5 %, 50 % and 95 % of a normal that is known to lie within bounds.

    An end that would lie beyond a bound without that knowledge stands at it: data that allow no effect at all must
    not have it outside of their interval.
    """
    from scipy.stats import truncnorm  # late, because it takes long to import

    drawn = truncnorm.ppf(LEVELS, (least - size) / error, (most - size) / error, size, error)
    drawn = np.clip(drawn, least, most)
    plain = np.clip(size + error * END * np.array([-1.0, 0.0, 1.0]), least, most)
    return np.array([min(drawn[0], plain[0]), drawn[1], max(drawn[2], plain[2])])
