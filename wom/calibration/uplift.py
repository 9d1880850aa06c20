"""What mood does to spending: within customers, and the comparison between customers that misleads.

Big spenders may also be better served. Then delighted months hold more money although delight changes nothing.
Each customer compared with themselves is free of that: whoever spends more at all times counts on both sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from .. import evidence
from ..draws import END
from ..parameters import Value, central
from ..units import Array
from . import intervals
from .estimate import Estimate, Found, Missing
from .frames import columns, scopes

COLUMNS = ("pay", "months", "a", "b", "ay", "by", "aa", "ab", "bb")

WRONG = (
    "Wrong as an effect: it compares different customers, and who spends more may also be served better. "
    "Shown only beside the comparison within customers."
)

TAKEN = (
    "It counts as caused in full, for each customer is compared with themselves; what else changed for them is "
    "not known."
)

NAMES = ("spend_uplift", "spend_cut", "uplift_size", "disappointed_cut")
"""Last parts of the keys of `within`."""

CAUSAL, BUYERS = "experience.causal_share", "spending.uplift_share"

_FEWEST = 10
"""Customers who differ, below which their differences cannot tell how sure a figure is."""

_NOTHING = " The data do not exclude that there is no effect, so the range begins at 0."

_SINGULAR = 1e10
"""Condition number above which two effects cannot be told apart."""


@dataclass(frozen=True)
class Effect:
    """Rise of spending when delighted, U, and fall when disappointed, D; shape (2,) and (2, 2).

    Example:
        >>> Effect(np.array([0.05, 0.1]), np.eye(2) * 1e-4, 900, np.array([300.0, 80.0])).customers
        900
    """

    size: Array
    covariance: Array
    customers: int
    changed: Array
    """How many customers whose mood changed alike would say as much, shape (2,); see `solve`."""


def solve(spending: Array) -> Effect | str:
    """U and D of y_it = s_i·(1 + U·a_it − D·b_it) with a level s_i for each customer.

    Σ_i [Σ_t a·y − s_i·(A + U·Σa² − D·Σab)] = 0,  Σ_i [Σ_t b·y − s_i·(B + U·Σab − D·Σb²)] = 0,
    s_i = Y_i/(T_i + U·A_i − D·B_i)

    The equations hold on average at the truth whatever the levels are. The covariance is the sandwich over
    customers, so months of one customer may depend on each other. Only customers whose mood changes say anything:
    those that count are (Σv)²/Σv² with v_i = Σa² − A²/T, as many as have v > 0 where it is the same for all.

    Args:
        spending: COLUMNS of `wom.data`'s spending, shape (9, customers).

    Returns:
        The effect, nan for a mood that nobody changed into; or a sentence why there is none.

    Source:
        Liang and Zeger 1986, Biometrika 73 (estimating equations, sandwich); Kish 1965, Survey sampling.

    Example:
        >>> a = np.array([[0.0, 1, 0.5], [1, 0, 0]] * 10)
        >>> y = 20 * (1 + 0.1 * a)
        >>> zero = np.zeros(20)
        >>> rows = [y.sum(1), zero + 3, a.sum(1), zero, (a * y).sum(1), zero, (a * a).sum(1), zero, zero]
        >>> solve(np.array(rows)).size.round(6).tolist()
        [0.1, nan]
    """
    y, t, a, b, ay, by, aa, ab, bb = spending
    customers = len(y)
    if customers < _FEWEST:
        return f"Only {customers} customers were followed for two months and paid: too few to compare them."
    changed = np.array([_alike(aa - a * a / t), _alike(bb - b * b / t)])
    varied = changed >= _FEWEST
    if not varied.any():
        who = "too few customers" if changed.any() else "no customer"
        return f"The mood of {who} changed, so that nobody can be compared with themselves."

    def moments(size: Array) -> tuple[Array, Array]:
        """The equations by customer, shape (2, customers), and the slopes of their sums, (2, 2)."""
        u, d = size
        whole = np.maximum(t + u * a - d * b, 0.05 * t)
        level = y / whole
        first, second = a + u * aa - d * ab, b + u * ab - d * bb
        by_u = np.array([level * (first * a / whole - aa), level * (second * a / whole - ab)]).sum(axis=1)
        by_d = np.array([level * (ab - first * b / whole), level * (bb - second * b / whole)]).sum(axis=1)
        return np.array([ay - level * first, by - level * second]), np.column_stack([by_u, by_d])

    size, used = np.zeros(2), np.flatnonzero(varied)
    for _ in range(60):
        each, slopes = moments(size)
        move, square = np.zeros(2), slopes[np.ix_(used, used)]
        if not np.linalg.cond(square) < _SINGULAR:
            return "Whoever was not delighted was disappointed: no months are left to compare with."
        move[used] = np.linalg.solve(square, -each.sum(axis=1)[used])
        size = np.clip(size + np.clip(move, -0.5, 0.5), (-0.9, -5.0), (5.0, 0.9))
        if np.abs(move).max() < 1e-12:
            break
    else:
        return (
            "The comparison within customers did not settle: moods change too little in these data, or contacts "
            "come with purchases, so that only months with a purchase have a mood."
        )
    each, slopes = moments(size)
    pulls = np.linalg.solve(slopes[np.ix_(used, used)], each[used])
    covariance = np.full((2, 2), np.nan)
    covariance[np.ix_(used, used)] = pulls @ pulls.T * customers / (customers - 1)
    return Effect(np.where(varied, size, np.nan), covariance, customers, changed)


def _alike(change: Array) -> float:
    """How many customers would say as much if all of their moods changed alike."""
    change = np.maximum(change, 0.0)
    squares = float((change**2).sum())
    return float(change.sum() ** 2 / squares) if squares > 1e-12 else 0.0


def level(monthly: pd.DataFrame) -> pd.Series[float] | None:
    """How much a customer spends in each month over the mean: seasons, prices, whatever moves all at once.

    revenue/customers of the month, over that of all months; where customers are not counted, revenue over its
    straight line. Payments divided by it (`Tables.spending`) compare months as if everybody's were the same; else
    a season with much business and many bad experiences would make the disappointed spend more.

    Args:
        monthly: index (segment, month); revenue, and customers at the month's start if they are known.

    Returns:
        Index month; None with fewer than 3 months, or where a month has no revenue.

    Example:
        >>> index = pd.MultiIndex.from_product(
        ...     [["business"], pd.period_range("2024-01", periods=3, freq="M")], names=["segment", "month"])
        >>> level(pd.DataFrame({"revenue": [80.0, 100.0, 120.0], "customers": 10}, index=index)).tolist()
        [0.8, 1.0, 1.2]
    """
    whole = next(frame for _, frame in scopes(monthly))
    if "revenue" not in whole or len(whole) < 3 or not (whole["revenue"] > 0).all():
        return None
    revenue = whole["revenue"].to_numpy(dtype=np.float64)
    if "customers" in whole and (whole["customers"] > 0).all():
        customers = whole["customers"].to_numpy(dtype=np.float64)
        return pd.Series(revenue / customers / (revenue.sum() / customers.sum()), index=whole.index)
    months = np.arange(len(revenue))
    line = np.polynomial.Polynomial.fit(months, revenue, 1)(months)
    return pd.Series(revenue / line, index=whole.index) if (line > 0).all() else None


def within(
    spending: pd.DataFrame,
    low: pd.DataFrame | None = None,
    high: pd.DataFrame | None = None,
    customer_type: str = "consumer",
    given: Mapping[str, Value] = MappingProxyType({}),
) -> Found:
    """How much more delighted and how much less disappointed customers spend, each compared with themselves.

    U = causal_share·uplift_share·uplift_size,  D = causal_share·disappointed_cut

    The data give U and D; the shares stay with the business file or the evidence. So uplift_size and
    disappointed_cut are those that give U and D at the central shares, kept within their bounds: a scenario with
    these shares shows the rise that was found. So all of it counts as caused.

    Args:
        spending: one row per customer, COLUMNS; a and b are the chances to feel delighted and disappointed in a
            month, by the memory of a mood. Without the months of the experiences themselves: where contacts come
            with purchases those hold more of both, and without them every month that is compared holds neither.
        low, high: the same for the low and the high end of the memory; they widen the interval.
        customer_type: consumer or business: whose evidence.
        given: the business's own figures by dotted key; its shares come before the evidence's.

    Returns:
        spend_uplift (U), spend_cut (D), spending.uplift_size and spending.disappointed_cut.

    Example:
        >>> [one.key for one in within(simulated(300, np.random.default_rng(0)))][2:]
        ['spending.uplift_size', 'spending.disappointed_cut']
    """
    keys = ("spend_uplift", "spend_cut", "spending.uplift_size", "spending.disappointed_cut")
    told = columns(spending, COLUMNS)
    found = "No customer was followed for two months and paid." if told is None else solve(told)
    if isinstance(found, str):
        return tuple(Missing(key, found) for key in keys)
    freedom = np.maximum(found.changed, _FEWEST) - 1.0
    spread = np.sqrt(np.diag(found.covariance)) * [intervals.wider(free) for free in freedom]
    others = [
        solve(part) for frame in (low, high) if frame is not None and (part := columns(frame, COLUMNS)) is not None
    ]
    sizes = [other.size for other in others if isinstance(other, Effect)]
    by_memory = np.abs(sizes[1] - sizes[0]) / (2.0 * END) if len(sizes) == 2 else np.zeros(2)
    spread = np.hypot(spread, by_memory)
    known = {**evidence.defaults(customer_type), **given}
    causal, buyers = central(known[CAUSAL]), central(known[BUYERS])
    shares = (causal * buyers, causal)
    where = {key: "your business file" if key in given else "the evidence" for key in (CAUSAL, BUYERS)}
    moods = ("delighted", "disappointed")
    first: list[Estimate | Missing] = []
    second: list[Estimate | Missing] = []
    for place, mood in enumerate(moods):
        size, error = float(found.size[place]), float(spread[place])
        if not np.isfinite(size + error) or error <= 0:
            changed = found.changed[place]
            who = "No customer was" if changed == 0 else "Too few customers were"
            why = f"{who} {mood} in some months and not in others."
            first.append(Missing(keys[place], why))
            second.append(Missing(keys[place + 2], why))
            continue
        ends = size + error * END * np.array([-1.0, 0.0, 1.0])
        how = f"Spending when {mood} against the same customer's at other times; intervals over customers."
        first.append(Estimate.of(keys[place], ends, how, found.customers, "As a share of spending when content."))
        if shares[place] <= 0:
            why = "The business file says that none of it is caused, or that nobody spends more."
            second.append(Missing(keys[place + 2], why))
            continue
        scaled = _within(size / shares[place], error / shares[place], 0.0, np.inf if place == 0 else 1.0)
        note = _translated(place, size, causal, buyers, where) + (_NOTHING if ends[0] < 0 else "")
        second.append(Estimate.of(keys[place + 2], scaled, how, found.customers, note))
    return (*first, *second)


def _translated(place: int, size: float, causal: float, buyers: float, where: Mapping[str, str]) -> str:
    """What was seen, and how it became the figure of the scenario, for somebody who knows no symbols."""
    seen = ("more" if size >= 0 else "less") if place == 0 else ("less" if size >= 0 else "more")
    caused = f"{causal:g} (how much of an effect is caused; from {where[CAUSAL]})"
    who, shares = "disappointed", caused
    if place == 0:
        who, shares = "delighted", f"{buyers:g} (how many of them buy more; from {where[BUYERS]}) and by {caused}"
    return (
        f"The {who} spent {abs(size) * 100:.2g} % {seen} on average. Divided by {shares}, so that the scenario, "
        f"which multiplies by the same, shows what was seen. {TAKEN}"
    )


def _within(size: float, error: float, least: float, most: float) -> Array:
    """5 %, 50 % and 95 % of a normal that is known to lie within bounds.

    An end that would lie beyond a bound without that knowledge stands at it: data that allow no effect at all must
    not have it outside of their interval.
    """
    below, above = ndtr((least - size) / error), ndtr((size - most) / error)
    if below > 1.0 - 1e-9:  # so far outside that only the shape of the tail is left
        drawn = least + error**2 / max(least - size, error) * -np.log1p(-intervals.LEVELS)
    else:
        upper = 1.0 - above
        drawn = np.clip(size + error * ndtri(below + intervals.LEVELS * (upper - below)), least, most)
    plain = np.clip(size + error * END * np.array([-1.0, 0.0, 1.0]), least, most)
    return np.array([min(drawn[0], plain[0]), drawn[1], max(drawn[2], plain[2])])


def naive(spending: pd.DataFrame) -> Found:
    """The comparison between customers: money of delighted months over that of content months. Misleading.

    (Σ a·y/Σ a)/(Σ (1 − a − b)·y/Σ (1 − a − b)) − 1, and one less the same for b

    Args:
        spending: as for `within`.

    Returns:
        naive_spend_uplift and naive_spend_cut, which are no parameters.

    Example:
        >>> [round(one.central, 1) for one in naive(simulated(2000, np.random.default_rng(0), uplift=0.05))]
        [0.4, -0.0]
    """
    keys = ("naive_spend_uplift", "naive_spend_cut")
    told = columns(spending, COLUMNS)
    if told is None or told.shape[1] < _FEWEST:
        return tuple(Missing(key, "Too few customers were followed for two months and paid.") for key in keys)
    y, t, a, b, ay, by = told[:6]
    rest_y, rest = y - ay - by, t - a - b
    found: list[Estimate | Missing] = []
    for key, top, under, sign, mood in zip(
        keys, (ay, by), (a, b), (1.0, -1.0), ("delighted", "disappointed"), strict=True
    ):
        if top.sum() <= 0 or rest_y.sum() <= 0:
            found.append(Missing(key, f"No money was spent by {mood} or by content customers."))
            continue
        ratio = (top.sum() / under.sum()) / (rest_y.sum() / rest.sum())
        each = top / top.sum() - under / under.sum() - rest_y / rest_y.sum() + rest / rest.sum()
        spread = float(np.sqrt((each**2).sum() * len(y) / (len(y) - 1)))
        ends = np.sort(sign * (intervals.log_scale(float(ratio), spread) - 1.0))
        how = f"Mean spending of {mood} months over that of content months, over all customers."
        found.append(Estimate.of(key, ends, how, len(y), WRONG))
    return tuple(found)


def simulated(
    customers: int,
    random: np.random.Generator,
    uplift: float = 0.05,
    cut: float = 0.1,
    richer: float = 3.0,
    months: int = 24,
) -> pd.DataFrame:
    """Two kinds of customers, of which the one that spends more is also served better: a test of both comparisons.

    Half of the customers spend `richer` times as much and are delighted twice as often; spending of a month is
    gamma distributed with half its mean as standard deviation.

    Args:
        customers: how many.
        random: chance.
        uplift, cut: the truth, U and D.
        richer: level of the second half over the first.
        months: of each.

    Returns:
        One row per customer, with `segment` and COLUMNS, as `wom.data` adds them up.

    Example:
        >>> frame = simulated(1000, np.random.default_rng(0))
        >>> frame.groupby("segment").pay.mean().round(-2).tolist()
        [1200.0, 3700.0]
    """
    rich = np.arange(customers) % 2 == 1
    served = np.where(rich, 0.5, 0.25)[:, np.newaxis]
    mood = random.random((customers, months))
    a, b = (mood < served).astype(np.float64), (mood > 0.95).astype(np.float64)
    level = np.where(rich, richer * 50.0, 50.0)[:, np.newaxis]
    y = level * (1.0 + uplift * a - cut * b) * random.gamma(4.0, 0.25, (customers, months))
    sums = [y, np.ones_like(y), a, b, a * y, b * y, a * a, a * b, b * b]
    table = {name: part.sum(axis=1) for name, part in zip(COLUMNS, sums, strict=True)}
    return pd.DataFrame({"segment": np.where(rich, "rich", "poor")} | table)
