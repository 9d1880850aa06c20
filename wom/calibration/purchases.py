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

from ..draws import END
from ..units import DAYS_PER_MONTH, MONTHS_PER_YEAR, Array
from . import anytime, bgnbd, seasons
from .estimate import Estimate, Found, Missing, inside
from .frames import columns, scopes
from .intervals import log_scale
from .rates import RECENT, ratio_variance

KEYS = ("market.customers", "retention.retention_rate", "purchases_per_month", "economics.spend_per_customer")

INFERRED = (
    "Inferred from purchases, not seen: the interval spans two readings and promises no 90 %, customers who stop "
    "only after a purchase (BG/NBD) and customers who stop at any time; both take who bought and was not seen to "
    "stop for a customer of some kind."
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

    customers = Σ P;  retention = e^(−Σ(1 − P)/months);  spending = revenue/months, both of the last 12 months;
    purchases a month = spending over revenue per purchase day, or Σ x/months where revenue is not known.
    P: chance to be a customer still, months: expected, of all, as customers

    Revenue is counted, so customers times what they spend must give it. A customer's months begin with the first
    purchase that is seen. Where two years are seen, nearly all who were customers a year ago had bought by then;
    with less, months as customers are too few, and there are taken to be as many customers as now, up to those.

    Where two years are seen, days count by how much everybody buys in them (`seasons`).

    The intervals are those of the fits (delta method) and of customers, or chance; they span both readings.

    Args:
        purchases: segment, frequency, recency, age (days), count.
        monthly: index (segment, month), with revenue, for what is spent, and payments (how many), for seasons.
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
    time = seasons.clock(monthly, float(told[2].max()))
    if time is not None:
        told = np.array([told[0], *time.whole_days(told[1], told[2]), told[3]])
    whole = bgnbd.grouped(*told)
    fit, data = bgnbd.fit(whole), coarse(whole)
    models = _models(fit, data, time)
    if not models:
        return [Missing(key, fit.sentence) for key in keys]
    x, ages, customers = data.counts[data.frequency], _ages(data, time), fit.customers
    note = f"{INFERRED} {models[0].name} fits {'better' if len(models) > 1 else 'alone'}."
    note = note if time is not None else f"{note} {seasons.ONCE}"
    clocks = 0.0 if time is None else (time.distortion / END) ** 2

    def number(alive: Array, _: Array) -> float:
        return float(data.count @ alive)

    def each_by_chance(alive: Array, _: Array) -> float:
        return float(data.count @ (alive * (1.0 - alive))) / float(data.count @ alive) ** 2 + clocks

    def leaving(alive: Array, days: Array) -> float:
        return DAYS_PER_MONTH * max(float(data.count @ (1.0 - alive)), 1e-9) / float(data.count @ days)

    def few_left(alive: Array, _: Array) -> float:
        return 1.0 / max(float(data.count @ (1.0 - alive)), 0.5) + clocks

    def often(_: Array, days: Array) -> float:
        return DAYS_PER_MONTH * float(data.count @ x) / float(data.count @ days)

    def differing(alive: Array, days: Array) -> float:
        gap = x - days * often(alive, days) / DAYS_PER_MONTH
        return float(data.count @ gap**2) / float(data.count @ x) ** 2

    now = np.minimum(_spanned([one.ends(number, each_by_chance) for one in models]), customers)
    leave = _spanned([one.ends(leaving, few_left) for one in models])
    buying = _spanned([one.ends(often, differing) for one in models])
    if max(leave[2], buying[2] / buying[0]) > _VAGUE:
        return [Missing(key, "The purchases are too few to infer who is still a customer.") for key in keys]
    paid = None if monthly is None else _Paid.of(monthly, people, float(told[3] @ (told[0] + 1.0)))
    spend: Estimate | Missing = Missing(keys[3], "It needs payments with their amounts.")
    said = "Repeat purchase days over the months that all were customers, which are inferred."
    if paid is not None:

        def shares(alive: Array, days: Array) -> float:
            return float(data.count @ recent(alive, days, ages, paid.days)) / paid.days

        def apart(alive: Array, days: Array) -> float:
            return differing(alive, days) if paid.variance is None else paid.variance

        readings = [one.ends(shares, apart) for one in models]
        if paid.first_too_late:
            readings = [
                _spanned([one.ends(number, apart), ends]) for ends, one in zip(readings, models, strict=True)
            ]
        spent = paid.revenue / _spanned(readings)[::-1]
        said = f"Revenue of the last {paid.months} months over the months that all were customers, inferred."
        cautions = (*paid.cautions, note)
        spend = Estimate.of(keys[3], spent, said, customers, " ".join(cautions))
        buying, said = spent / paid.each, f"{said[:-1]}, over revenue per purchase day."
    three = zip(
        keys[:3],
        (now, np.exp(-leave[::-1]), buying),
        (
            "Chances of all who ever bought to be customers still, added up.",
            "Customers who stopped over the months that all were customers, both inferred.",
            said,
        ),
        strict=True,
    )
    return [*(Estimate.of(key, ends, how, customers, note) for key, ends, how in three), spend]


def recent(alive: Array, days: Array, age: Array, last: float) -> Array:
    """Expected days as customers within the last so many days, of each row.

    P·min(T, last) + (1 − P)·max(0, D − max(T − last, 0)), D = (days − P·T)/(1 − P): when those stopped who did

    Args:
        alive: P, chance to be a customer still.
        days: expected, as a customer.
        age: T, days since the first purchase.
        last: days before the end.

    Example:
        >>> recent(np.array([0.5]), np.array([70.0]), np.array([100.0]), 80.0).tolist()
        [50.0]

        Half of them are still there, for all of the 80 days; half stopped on day 40, 20 days into these.
    """
    gone, stopped = 1.0 - alive, _stopped(alive, days, age)
    return np.asarray(
        alive * np.minimum(age, last) + gone * np.maximum(0.0, stopped - np.maximum(age - last, 0.0))
    )


def _stopped(alive: Array, days: Array, age: Array) -> Array:
    """When those stopped who did, days after their first purchase."""
    return np.clip((days - alive * age) / np.maximum(1.0 - alive, 1e-12), 0.0, age)


def _ages(data: bgnbd.Purchases, time: seasons.Clock | None) -> Array:
    """Days of the calendar since the first purchase, of each row."""
    age = data.times[data.age]
    return age if time is None else time.days(age, age)


@dataclass(frozen=True)
class _Paid:
    """What was paid in the last months."""

    revenue: float
    """Per month."""
    months: int
    days: float
    each: float
    """Per purchase day, of all months."""
    variance: float | None
    """Relative, of what customers pay in a month; None if only their purchases are known."""
    first_too_late: bool
    """Whether many who were customers when these months began were first seen to buy within them."""

    @classmethod
    def of(cls, monthly: pd.DataFrame, people: pd.DataFrame | None, purchases: float) -> _Paid | None:
        """Of the last 12 months; None if nothing was paid."""
        paid = columns(monthly, ["revenue"])
        if paid is None or paid.sum() <= 0 or paid[0, -RECENT:].sum() <= 0:
            return None
        months = monthly.dropna(subset=["revenue"]).index[-RECENT:]
        days = float(sum(pd.Period(month).days_in_month for month in months))
        spent = None if people is None else columns(people, ["pay", "months"])
        variance = None if spent is None or spent.shape[1] < _FEWEST else ratio_variance(spent[0], spent[1])
        revenue = float(paid[0, -RECENT:].sum())
        return cls(
            revenue * DAYS_PER_MONTH / days, len(months), days, float(paid.sum()) / purchases, variance,
            paid.shape[1] < 2 * MONTHS_PER_YEAR,
        )  # fmt: skip

    @property
    def cautions(self) -> tuple[str, ...]:
        """What the interval leaves out."""
        if self.variance is not None:
            return ()
        return ("How far customers differ in what they pay for a purchase is not in the interval.",)


def _models(fit: bgnbd.Fit, data: bgnbd.Purchases, time: seasons.Clock | None) -> list[_Model]:
    """Those that could be fitted, the better one first; their days are those of the calendar."""

    def stops_after_a_purchase(place: Array) -> tuple[Array, Array]:
        alive = bgnbd.chance_alive(place, data)
        return _calendar(
            alive, alive * data.times[data.age] + (1.0 - alive) * data.times[data.recency], data, time
        )

    def stops_at_any_time(place: Array) -> tuple[Array, Array]:
        _, alive, days = anytime.terms(place, data)
        return _calendar(alive, days, data, time)

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


def _calendar(alive: Array, days: Array, data: bgnbd.Purchases, time: seasons.Clock | None) -> tuple[Array, Array]:
    """A reading in days of the calendar."""
    if time is None:
        return alive, days
    age = data.times[data.age]
    stopped = time.days(age, _stopped(alive, days, age))
    return alive, alive * time.days(age, age) + (1.0 - alive) * stopped


def _spanned(ends: list[Array]) -> Array:
    """The middle of the first, and the widest ends of all."""
    return np.array([min(one[0] for one in ends), ends[0][1], max(one[2] for one in ends)])


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
