"""Results held against what others found: each with its value, the published range and a verdict in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from .._mechanisms import mechanisms
from .._run import Run, run
from ..anchoring import Start, start
from ..engine import Moment, leaving, moments
from ..evidence import figure
from ..processes import CONTENT
from ..scenario import Scenario
from ..units import MONTHS_PER_YEAR, Array
from ..words import number, percent
from ..worth import STATES, customer_worth, reproduction_number

_FIVE_POINTS, _ONE_PER_CENT = 0.05, 0.01
_ROUNDING = 1e-9
"""Relative; a value that equals a bound is inside."""
_NOBODY_NEW = "nobody new comes"
_NO_RANGE = (float("nan"), float("nan"))
_CHURN = "retention.churn_hazard_multiplier"


class _Line(NamedTuple):
    """One result beside what it is held against; nan where there is no value or no bound."""

    line: str
    value: float
    low: float
    high: float
    unit: str
    source: str
    verdict: str


def review(result: Scenario | Run) -> pd.DataFrame:
    """A business and its plan held against published figures, and against what arithmetic and the model demand.

    Lines on new customers and on retention are of today's business; word of mouth's part of the benefit is what
    `wom.mechanisms` gives good word of mouth, over all that the plan brings before its costs.

    Retention lines raise yearly retention r, today's monthly one to the power of 12, by five points or by one per
    cent: every hazard of leaving is multiplied by ln(new r)/ln(r) of its segment. A customer's *lifetime worth* is
    then the discounted margin on purchases until first leaving, without horizon, of the average customer of
    today, with talk as it is. *Revenue* is that of today's business over the horizon.

    Args:
        result: a scenario, or a run of one.

    Returns:
        Index line; columns value, low, high, unit, source, and verdict, which begins with inside, outside or
        cannot say.

    Raises:
        InputError: today's figures contradict each other.
    """
    scenario = result.scenario if isinstance(result, Run) else result
    begin = start(scenario)
    today = next(moments(begin.inputs.parameters, begin.hidden, begin.state, 1))
    worth = customer_worth(scenario)
    is_content = worth.index.get_level_values("state") == STATES[CONTENT]
    content = worth.loc[is_content, ["own_purchases", "total"]].to_numpy().T
    lines = [
        *_new_customers(today, content),
        _benefit(scenario, begin),
        *_retention(begin, today),
        *_limits(scenario, begin, content[0]),
    ]
    return pd.DataFrame(lines).set_index("line")


def _retention_worth(begin: Start, today: Moment, change: float, *, points: bool) -> tuple[float, float]:
    """Relative change of lifetime worth and of revenue with better yearly retention, as `review` defines them.

    Args:
        begin: the business, one run.
        today: month 0 of it.
        change: of yearly retention.
        points: whether the change is added, as in from 70 % to 75 %, or multiplies, as in 1 % of 70 %.

    Returns:
        Shares, 0.1 for a tenth more; nan where retention would not be below 1, or nobody pays anything.
    """
    n = begin.state.customers.sum(axis=0)[:, 0]
    served = n > 0
    lost = np.broadcast_to(today.month.lost_customers[:, 0], n.shape)
    yearly = (1.0 - np.divide(lost, n, out=np.full(n.shape, 0.5), where=served)) ** MONTHS_PER_YEAR
    better = yearly + change if points else yearly * (1.0 + change)
    if not served.any() or (better[served] >= 1.0).any():
        return float("nan"), float("nan")
    factor = np.where(served, np.log(better) / np.log(yearly), 1.0)
    worth = _lifetime(begin, today, factor)
    now = _lifetime(begin, today, np.ones_like(factor))
    churn = np.stack([np.ones_like(factor), factor], axis=1)
    before, after = run(begin.repeated(2).with_values({_CHURN: churn})).revenue
    return worth / now - 1.0 if now else float("nan"), float(after / before - 1.0) if before > 0 else float("nan")


def _lifetime(begin: Start, today: Moment, factor: Array) -> float:
    """Discounted margin of all customers until they first leave, without horizon; currency.

    Σ_t β^t·margin·spend·K·(S·K)^t·C with K the change of moods, S who stays: margin·spend·K·(I − β·S·K)^(−1)·C
    """
    count = len(factor)
    moods, stay = _mood_chain(today, count, factor)
    values = begin.inputs.parameters
    discount = (1.0 + values["economics.discount_rate"]) ** (-1.0 / MONTHS_PER_YEAR)
    pays = np.broadcast_to(today.rules.spend * values["economics.margin_share"], (3, count, 1))[..., 0].T
    ever_after = np.linalg.inv(np.eye(3) - discount[:, :, np.newaxis] * stay[:, :, np.newaxis] * moods)
    return float(np.einsum("sj,sjk,skl,ls->", pays, moods, ever_after, begin.state.customers[..., 0]))


def _new_customers(today: Moment, content: Array) -> Iterator[_Line]:
    """Today's new customers; `content` holds own purchases and total worth by segment."""
    own, total = content
    month = today.month
    new, recommended, incremental = (
        np.broadcast_to(flow[:, 0], own.shape)
        for flow in (month.new_customers, month.recommended_customers, month.incremental_customers)
    )
    sales, thoughtful = figure("womma_share_of_sales"), figure("womma_high_consideration")
    yield _against("referral_share", "recommended share of new customers", _part(recommended.sum(), new.sum()))
    yield _line(
        "incremental share of new customers",
        _part(incremental.sum(), new.sum()),
        (_or_nan(sales.central), _or_nan(thoughtful.central)),
        "share",
        sales.source,
    )
    yield _against(
        "ascarza_social_multiplier",
        "worth of a new customer over own purchases",
        _part((total * new).sum(), (own * new).sum()),
        "ratio",
    )
    others = new - recommended
    means = [_part((total * flow).sum(), flow.sum()) for flow in (recommended, others)]
    yield _against("referred_value_premium", "extra worth of a recommended customer", _part(*means) - 1.0)


def _benefit(scenario: Scenario, begin: Start) -> _Line:
    split = mechanisms(scenario)
    benefit = float(split.sum() + run(begin, begin.inputs.schedule).cost_worth.item())
    part = float(split["good_word_of_mouth"]) / benefit if benefit > 0 else float("nan")
    name = "good word of mouth's part of the benefit"
    return _against("forrester_recommendations", name, part, missing="there is no plan that brings anything")


def _retention(begin: Start, today: Moment) -> Iterator[_Line]:
    worth, revenue = _retention_worth(begin, today, _FIVE_POINTS, points=True)
    per_cent, _ = _retention_worth(begin, today, _ONE_PER_CENT, points=False)
    top = "there is no room for better retention" if begin.state.customers.any() else "there are no customers"
    top = top if np.any(today.rules.spend) or not begin.state.customers.any() else "there is no revenue"
    name = "revenue, five points more retention"
    yield _line(name, revenue, _NO_RANGE, "share", "no published range", missing=top)
    yield _against("reichheld_sasser_profit", "lifetime worth, five points more retention", worth, missing=top)
    name = "lifetime worth, per cent for one per cent of retention"
    yield _against("gupta_retention_elasticity", name, per_cent / _ONE_PER_CENT, "ratio", missing=top)


def _limits(scenario: Scenario, begin: Start, own: Array) -> Iterator[_Line]:
    """What no study is needed for; of several segments, the worst."""

    def where(place: np.intp) -> str:
        return f", in {scenario.segments[place]}" if scenario.today.segments else ""

    values, nan = begin.inputs.parameters, float("nan")
    cost = np.broadcast_to(values["economics.acquisition_cost"][:, 0], own.shape)
    ratio = np.divide(cost, own, out=np.where(cost > 0, np.inf, 0.0), where=own > 0)
    name = "acquisition cost over a customer's own worth"
    yield _line(name, ratio.max(), (nan, 1.0), "ratio", "arithmetic, over the horizon", where(ratio.argmax()))
    contacts = (values["experience.contacts_per_month"] * values["experience.memory_months"])[:, 0]
    name = "contacts within the memory of a mood"
    yield _line(name, contacts.min(), (1.0, nan), "contacts", "a limit of the model", where(contacts.argmin()))
    found = reproduction_number(scenario).value
    yield _line("reproduction number", found, (nan, 1.0), "customers per customer", "a limit of the model")


def _against(name: str, line: str, value: float, unit: str = "share", missing: str = _NOBODY_NEW) -> _Line:
    """A line held against a published figure."""
    record = figure(name)
    bounds = _or_nan(record.low), _or_nan(record.high)
    if np.isnan(bounds).all() and record.central is not None and not np.isnan(value):
        verdict = f"cannot say: {_shown(value, unit)}; one study found {_shown(record.central, unit)} and no range"
        return _Line(line, value, *bounds, unit, record.source, verdict)
    return _line(line, value, bounds, unit, record.source, missing=missing)


def _line(
    line: str,
    value: float,
    bounds: tuple[float, float],
    unit: str,
    source: str,
    where: str = "",
    missing: str = _NOBODY_NEW,
) -> _Line:
    """A line with its verdict; `where` follows it, `missing` says why there is no value."""
    (low, high), value = bounds, float(value)
    size, least, most = _shown(value, unit), _shown(low, unit), _shown(high, unit)
    below, above = value < low - _ROUNDING * abs(low), value > high + _ROUNDING * abs(high)
    if np.isnan(value):
        verdict = f"cannot say: {missing}"
    elif np.isnan(bounds).all():
        verdict = f"cannot say: {size}, and nothing to hold it against"
    elif below or above:
        verdict = f"outside: {size} is {'below' if below else 'above'} {least if below else most}"
    elif np.isnan(low):
        verdict = f"inside: {size} is at most {most}"
    elif np.isnan(high):
        verdict = f"inside: {size} is at least {least}"
    else:
        verdict = f"inside: {size} lies between {least} and {most}"
    return _Line(line, value, low, high, unit, source, verdict + where)


def _shown(value: float, unit: str) -> str:
    if np.isinf(value):
        return "without limit"
    return percent(value) if unit == "share" else number(value, 3 if abs(value) >= 1 else 2)


def _part(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


def _mood_chain(today: Moment, segments: int, hazard_factor: Array | float = 1.0) -> tuple[Array, Array]:
    """One month of a customer today: how moods change, and then who stays.

    Args:
        today: month 0 of a run, one draw.
        segments: how many.
        hazard_factor: on every hazard of leaving, by segment.

    Returns:
        Share of each mood (column) that is in each mood (row) after the month's experiences, shape
        (segments, 3, 3), and the probability to stay by mood, shape (segments, 3).
    """
    change = today.rules.moods
    hazard = np.broadcast_to(leaving(today.rules, today.around), (3, segments, 1))
    keeps = np.broadcast_to(change.stay, (segments, 1))
    gains = np.broadcast_to(change.gain, (3, segments, 1))[..., 0].T
    moods = keeps[:, :, np.newaxis] * np.eye(3) + gains[:, :, np.newaxis]
    return moods, np.exp(-hazard[..., 0] * hazard_factor).T
