"""What purchases alone say, where customers do not say when they leave: all of it inferred.

Two readings stand side by side: customers stop only after a purchase, each with a chance of their own (BG/NBD), or
at any time, all with one hazard (`anytime`). The one that fits better gives the middle; the interval spans both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ..uncertainty import END
from ..units import DAYS_PER_MONTH, Array
from . import anytime, bgnbd
from .estimate import Estimate, Found, Missing, inside
from .frames import columns, scopes
from .intervals import log_scale
from .rates import ratio_variance

KEYS = ("market.customers", "retention.retention_rate", "purchases_per_month", "economics.spend_per_customer")

INFERRED = (
    "Inferred from purchases, not seen: the interval spans customers who stop only after a purchase (BG/NBD) and "
    "customers who stop at any time; both take who bought and was not seen to stop for a customer of some kind."
)

_COARSE = 200
"""Different ages and recencies in the figures; more change no figure by a thousandth."""

_VAGUE = 20.0
"""Leaving per month, or the high end over the low one, above which a figure says nothing."""

_STEP = 1e-4
"""In the logarithms of parameters, for slopes of figures."""

_FEWEST = 10
"""Customers who bought again, below which nothing is fitted."""

Reading = Callable[[Array], tuple[Array, Array]]
"""Parameters to the chance of each row to be a customer still, and its expected days as one."""

Figure = Callable[[Array, Array], float]
"""Chances and days of each row to a number."""


@dataclass(frozen=True)
class _Model:
    """One reading of purchases, fitted."""

    name: str
    read: Reading
    best: Array
    covariance: Array
    log_likelihood: float

    def ends(self, figure: Figure, extra: Figure | None = None) -> Array:
        """5 %, 50 % and 95 % of a positive figure, by the delta method on its logarithm.

        Args:
            figure: of the chances and the days of each row.
            extra: relative variance that stays when the parameters are known.
        """

        here, *around = self._readings
        logs = np.log([figure(*reading) for reading in around])
        slopes = (logs - np.log(figure(*here))) / _STEP
        more = extra(*here) if extra else 0.0
        return log_scale(figure(*here), float(np.sqrt(slopes @ self.covariance @ slopes + more)))

    @cached_property
    def _readings(self) -> list[tuple[Array, Array]]:
        """At the best parameters, and a step further in each of them."""
        return [self.read(self.best + move) for move in (0.0, *np.eye(len(self.best)) * _STEP)]


def found(
    purchases: pd.DataFrame, monthly: pd.DataFrame | None = None, spending: pd.DataFrame | None = None
) -> Found:
    """How many are customers now, how many stay for another month, how often they buy and what they spend.

    customers = Σ P;  retention = e^(−Σ(1 − P)/months);  purchases a month = Σ x/months;  spending = that times
    revenue/purchases.   P: chance to be a customer still, months: expected, of all, as customers in the window

    The intervals are those of the fits (delta method) and, for customers, of chance; they span both readings.

    Args:
        purchases: segment, frequency, recency, age (days), count.
        monthly: index (segment, month), with revenue, for what is spent.
        spending: one row per customer, `pay` and `months`: how far customers differ, for its interval.

    Returns:
        KEYS, for the business and each segment.

    Source:
        Fader, Hardie and Lee 2005; Schmittlein, Morrison and Colombo 1987.

    Example:
        >>> x, last, age = bgnbd.simulated(3000, 0.8, 30.0, 0.8, 2.5, 270.0, np.random.default_rng(0))
        >>> frame = pd.DataFrame({"segment": "business", "frequency": x, "recency": last, "age": age, "count": 1})
        >>> [type(one).__name__ for one in found(frame)]
        ['Estimate', 'Estimate', 'Estimate', 'Missing']
    """
    money = {} if monthly is None else dict(scopes(monthly))
    people = {} if spending is None else dict(scopes(spending))
    results: list[Estimate | Missing] = []
    for segment, rows in scopes(purchases):
        results += _of(rows, money.get(segment), people.get(segment), segment)
    return tuple(results)


def _of(
    rows: pd.DataFrame, monthly: pd.DataFrame | None, people: pd.DataFrame | None, segment: str
) -> list[Estimate | Missing]:
    keys = [inside(key, segment) for key in KEYS]
    told = columns(rows, ["frequency", "recency", "age", "count"])
    again = 0.0 if told is None else float(told[3][told[0] > 0].sum())
    if told is None or again < _FEWEST:
        why = f"Only {again:.0f} customers bought on more than one day: too few to infer who is still one."
        return [Missing(key, why) for key in keys]
    whole = bgnbd.grouped(*told)
    fit, data = bgnbd.fit(whole), coarse(whole)
    models = _models(fit, data)
    if not models:
        return [Missing(key, fit.sentence) for key in keys]
    x, customers = data.counts[data.frequency], fit.customers
    note = f"{INFERRED} {models[0].name} fits {'better' if len(models) > 1 else 'alone'}."

    def number(alive: Array, _: Array) -> float:
        return float(data.count @ alive)

    def each_by_chance(alive: Array, _: Array) -> float:
        return float(data.count @ (alive * (1.0 - alive))) / float(data.count @ alive) ** 2

    def leaving(alive: Array, days: Array) -> float:
        return DAYS_PER_MONTH * max(float(data.count @ (1.0 - alive)), 1e-9) / float(data.count @ days)

    def few_left(alive: Array, _: Array) -> float:
        return 1.0 / max(float(data.count @ (1.0 - alive)), 0.5)

    def often(_: Array, days: Array) -> float:
        return DAYS_PER_MONTH * float(data.count @ x) / float(data.count @ days)

    def differing(alive: Array, days: Array) -> float:
        gap = x - days * often(alive, days) / DAYS_PER_MONTH
        return float(data.count @ gap**2) / float(data.count @ x) ** 2

    now = np.minimum(_spanned([one.ends(number, each_by_chance) for one in models]), customers)
    leave = _spanned([one.ends(leaving, few_left) for one in models])
    rate = _spanned([one.ends(often) for one in models])
    buying = _spanned([one.ends(often, differing) for one in models])
    if max(leave[2], rate[2] / rate[0], buying[2] / buying[0]) > _VAGUE:
        return [Missing(key, "The purchases are too few to infer who is still a customer.") for key in keys]
    said = (
        "Chances of all who ever bought to be customers still, added up.",
        "Customers who stopped over the months that all were customers, both inferred.",
        "Repeat purchase days over the months that all were customers, which are inferred.",
    )
    three = zip(keys[:3], (now, np.exp(-leave[::-1]), buying), said, strict=True)
    return [
        *(Estimate.of(key, ends, how, customers, note) for key, ends, how in three),
        _spend(rate, told, monthly, people, keys[3], customers, note),
    ]


def _models(fit: bgnbd.Fit, data: bgnbd.Purchases) -> list[_Model]:
    """Those that could be fitted, the better one first."""

    def stops_after_a_purchase(place: Array) -> tuple[Array, Array]:
        alive = bgnbd.chance_alive(place, data)
        return alive, alive * data.times[data.age] + (1.0 - alive) * data.times[data.recency]

    def stops_at_any_time(place: Array) -> tuple[Array, Array]:
        _, alive, days = anytime.terms(place, data)
        return alive, days

    models = []
    if fit.ok:
        value = bgnbd.log_likelihood(fit.log_parameters, data)[0]
        name = "Stopping only after a purchase"
        models.append(_Model(name, stops_after_a_purchase, fit.log_parameters, fit.covariance, value))
    other = anytime.fit(data)
    if other.ok:
        name = "Stopping at any time"
        models.append(_Model(name, stops_at_any_time, other.place, other.covariance, other.log_likelihood))
    return sorted(models, key=lambda one: -one.log_likelihood)


def _spanned(ends: list[Array]) -> Array:
    """The middle of the first, and the widest ends of all."""
    return np.array([min(one[0] for one in ends), ends[0][1], max(one[2] for one in ends)])


def _spend(
    rate: Array,
    told: Array,
    monthly: pd.DataFrame | None,
    people: pd.DataFrame | None,
    key: str,
    customers: int,
    note: str,
) -> Estimate | Missing:
    paid = None if monthly is None else columns(monthly, ["revenue"])
    if paid is None or paid.sum() <= 0:
        return Missing(key, "It needs payments with their amounts.")
    each = float(paid.sum() / (told[3] @ (told[0] + 1.0)))
    spent = None if people is None else columns(people, ["pay", "months"])
    variance = 0.0 if spent is None or spent.shape[1] < _FEWEST else ratio_variance(spent[0], spent[1])
    if spent is None:
        note = f"How far customers differ in what they pay is not in the interval. {note}"
    below, above = (np.hypot(np.log(end / rate[1]) / END, np.sqrt(variance)) for end in (rate[0], rate[2]))
    ends = each * rate[1] * np.exp(END * np.array([-below, 0.0, above]))
    how = "Purchase days a month of customers, times revenue over purchase days."
    return Estimate.of(key, ends, how, customers, note)


def coarse(data: bgnbd.Purchases) -> bgnbd.Purchases:
    """Fewer rows: times rounded to a 200th of the longest, and who never bought again by age alone.

    Args:
        data: from `bgnbd.grouped`.

    Example:
        >>> data = bgnbd.grouped(*bgnbd.simulated(500, 0.8, 30.0, 0.8, 2.5, 270.0, np.random.default_rng(0)))
        >>> few = coarse(data)
        >>> bool(few.count.sum() == data.count.sum())
        True
    """
    unit = float(data.times.max()) / _COARSE
    places = np.round(data.times / unit)
    frame = pd.DataFrame(
        {"x": data.counts[data.frequency], "last": places[data.recency], "age": places[data.age], "n": data.count}
    )
    rows = frame.groupby(["x", "last", "age"], as_index=False)["n"].sum()
    x, last, age, count = (rows[name].to_numpy(dtype=np.float64) for name in ("x", "last", "age", "n"))
    return bgnbd.grouped(x, last * unit, np.maximum(age, 0.5) * unit, count)
