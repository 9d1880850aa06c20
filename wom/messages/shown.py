"""What a result shows of itself: a verdict, a sentence and a few rows, the same in text and in a notebook."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any, Literal

import numpy as np
import pandas as pd

from .._effect import Effect, Spread
from .._run import STOCKS, Run, quantiles, simulate
from ..analysis.compare import Comparison
from ..analysis.failure import Failure
from ..analysis.sensitivity import Sensitivity
from ..errors import InputError
from ..plan import Event
from ..scenario import Scenario
from ..units import Array
from ..words import NARROW, amounts, difference, number, often, percent, several, signed, whole
from . import effects, uncertainty
from .plain import plain
from .plans import plans

Unit = Literal["money", "people", "share", "stars", "months", ""]

_WIDTH, _MOST_LINES, _MOST_ROWS, _TITLE = 100, 7, 7, 60
"""Of text: letters in a line, lines of sentences, rows of the table, letters of a name."""
_SHORT = 0.1
"""Of a range's larger end: shorter ones are written with a digit more."""
_BINS = 40


@dataclass(frozen=True)
class Row:
    """One number with what stands beside it.

    Args:
        key, label: its name in `summary`, and in words.
        value, low, high: with the ends of its range, where it has one.
        unit: how it is written; `text` instead of it, where the number alone does not say it.
        change: whether it is a difference, written with its sign, good above 0 and bad below.
        course: month by month, or of a histogram the heights.
        bar: a range to draw on the scale of all rows' bars.
    """

    key: str
    label: str
    value: float
    unit: Unit = "money"
    low: float | None = None
    high: float | None = None
    change: bool = False
    text: str = ""
    course: Sequence[float] = ()
    signs: Sequence[float] = ()
    """Of the bars of `course`, where their heights are not what is good or bad."""
    bar: tuple[float, float] | None = None

    def written(self, currency: str) -> tuple[str, str]:
        """Value and range, rounded alike."""
        values = [value for value in (self.value, self.low, self.high) if value is not None]
        digits = 4 if len(values) < 3 or np.ptp(values) < _SHORT * np.abs(values).max() else 3
        texts = [
            _written(value, values, self.unit, "" if place else currency, digits)
            for place, value in enumerate(values)
        ]
        value = self.text or (signed(texts[0]) if self.change else texts[0])
        return value, " to ".join(texts[1:])


def _written(value: float, beside: Sequence[float], unit: Unit, currency: str, digits: int) -> str:
    if np.isnan(value):
        return "–"
    if unit == "money":
        return amounts([value, *beside], currency, digits)[0]
    if unit == "people":
        return whole(value) if max(map(abs, beside)) >= 10 else number(value, 2)
    if unit == "share":
        return percent(value)
    return f"{value:.1f}" if unit == "stars" else number(value)


@dataclass(frozen=True)
class Card:
    """What is shown of a result.

    Args:
        title, said: the verdict, and what to know with it.
        heads: of labels, values and ranges.
        rows: of the table.
        more: what to type next.
        currency: of money.
        drawn: what the small charts show.
        reference: from which on the rows' bars are better.
    """

    title: str
    said: str
    heads: tuple[str, str, str]
    rows: tuple[Row, ...]
    more: str
    currency: str = ""
    drawn: str = "month by month"
    reference: float = 0.0

    def frame(self) -> pd.DataFrame:
        """The rows in numbers."""
        columns = {name: [getattr(row, name) for row in self.rows] for name in ("value", "low", "high")}
        index = pd.Index([row.key for row in self.rows], name="result")
        return pd.DataFrame(columns, index).astype(float).dropna(axis="columns", how="all")

    def text(self) -> str:
        """All of it in at most 20 lines."""
        cells = [self.heads, *((row.label, *row.written(self.currency)) for row in self.rows[:_MOST_ROWS])]
        wide = [max(len(row[place]) for row in cells) for place in range(3)]
        lines = [f"{a:<{wide[0]}}  {b:>{wide[1]}}  {c:>{wide[2]}}".rstrip() for a, b, c in cells]
        said = textwrap.wrap(self.said, _WIDTH, max_lines=_MOST_LINES, placeholder=" …")
        return "\n".join([self.title, *said, "", *lines, "", self.more])


@singledispatch
def card(result: Any) -> Card:
    """What a result shows of itself.

    Args:
        result: a Scenario, Run, Effect, Spread, Sensitivity, Failure or comparison.
    """
    raise TypeError(f"{type(result).__name__} has no summary")


def _title(scenario: Scenario, verdict: str) -> str:
    return f"{_short(scenario.title or 'Scenario')}: {verdict}"


def _short(name: object) -> str:
    """A name in one line."""
    return textwrap.shorten(str(name), _TITLE, placeholder=f"{NARROW}…")


def _span(scenario: Scenario) -> str:
    months = scenario.horizon_months
    return f"{months} month{'s' if months > 1 else ''}"


_NO_PLAN = "There is no plan, so nothing is compared: these are the numbers of today's course."


@card.register
def _(result: Effect) -> Card:
    scenario, numbers = result.scenario, result.headlines
    if not scenario.plan:
        shown = card(result.run)
        return replace(shown, title=_title(scenario, "no plan"), said=f"{_NO_PLAN} {_ADD_A_PLAN}")
    found = {name: float(numbers[name] or 0.0) for name in numbers}
    month = result.payback_month
    rows = [
        Row("net", "Net, in today's money", found["net"], text=signed(effects.shown(result)[2]), change=True,
            course=result.present["so_far"].to_list()),
        Row("extra_revenue", "Revenue", found["extra_revenue"], change=True,
            course=result.monthly["revenue"].to_list()),
        Row("extra_customers_at_end", "Customers at the end", found["extra_customers_at_end"], "people",
            change=True, course=result.monthly["customers"].to_list()),
        Row("value_left_at_horizon", "After that, not counted", found["value_left_at_horizon"], change=True),
    ]  # fmt: skip
    if when := effects.payback(result):
        rows.append(
            Row("payback_month", "Pays back", float("nan") if month is None else month, "months", text=when)
        )
    said = effects.around(result)["price"].replace("*", "") or f"{effects.sentences(result)['revenue']}."
    return Card(
        _title(scenario, effects.verdict(result)), said, ("Plan less no plan", f"in {_span(scenario)}", ""),
        tuple(rows), ".plot() draws it, .to_frame() has it by month, .headlines all numbers", scenario.currency,
    )  # fmt: skip


_ADD_A_PLAN = "Write one under plan: in the scenario's file, or load a file that has one."


@card.register
def _(result: Spread) -> Card:
    scenario, planned = result.scenario, bool(result.scenario.plan)
    courses, pays = (result.change if planned else result.run), 1.0 - result.chance_of_loss
    net = courses.so_far if planned else courses.earned
    parts: list[tuple[str, str, Unit, Array]] = [
        ("net" if planned else "npv", "Net, in today's money" if planned else "Worth, in today's money", "money",
         net),
        ("extra_revenue" if planned else "revenue", "Revenue", "money", courses.totals["revenue"]),
        ("extra_customers" if planned else "customers", "Customers at the end", "people",
         courses.totals["customers"]),
    ]  # fmt: skip
    rows = []
    for name, label, unit, months in parts:
        low, middle, high = result.interval(name)
        rows.append(Row(name, label, middle, unit, low, high, planned, course=np.median(months, axis=1).tolist()))
    count = f"{len(result.outcomes):,} draws of all that is uncertain"
    said = f"{uncertainty.certainty(result)}; {count}." if planned else f"{_NO_PLAN} {count}."
    return Card(
        _title(scenario, f"pays {often(pays)}" if planned else "no plan"), said,
        ("Plan less no plan" if planned else "Today's course", f"middle, in {_span(scenario)}", "90 % range"),
        tuple(rows), ".plot() draws it, .to_frame() has every draw, .interval(name) and .band(column) ranges",
        scenario.currency,
    )  # fmt: skip


_COLUMNS: tuple[tuple[str, str, Unit], ...] = (
    ("revenue", "Revenue", "money"),
    ("contribution", "Contribution", "money"),
    ("npv", "Contribution, in today's money", "money"),
    ("plan_cost", "Cost of the plan", "money"),
    ("customers_at_end", "Customers at the end", "people"),
    ("new_customers", "New customers", "people"),
    ("stars", "Star rating at the end", "stars"),
)


@card.register
def _(result: Run) -> Card:
    scenario, drawn = result.scenario, result.plan_cost.shape[-1] > 1
    rows = []
    for name, label, unit in _COLUMNS:
        column = {"customers_at_end": "customers", "npv": "contribution"}.get(name, name)
        needed = {"customers_at_end": {"customers", "new_customers", "lost_customers"}}.get(name, {column})
        if not needed <= result.totals.keys() or (name == "plan_cost" and not result.plan_cost.any()):
            continue
        values = (
            result.npv_by_draw if name == "npv"
            else result.totals[name][-1] if name in STOCKS
            else np.atleast_1d(result.customers_at_end) if name == "customers_at_end"
            else result.totals[name].sum(axis=0)
        )  # fmt: skip
        low, middle, high = quantiles(values, 0.9).tolist()
        least, most = (low, high) if drawn else (None, None)
        months = result.earned - result.spent if name == "npv" else result.totals[column]
        better = result.difference and name != "plan_cost"
        rows.append(Row(name, label, middle, unit, least, most, better, course=np.median(months, axis=1).tolist()))
    kind = "one run less another" if result.difference else f"the course of {_span(scenario)}"
    count = f"{result.plan_cost.shape[-1]:,} draws" if drawn else "Expected numbers"
    first, last = result.inputs.calendar.said(0), result.inputs.calendar.said(scenario.horizon_months - 1)
    return Card(
        _title(scenario, kind), f"{count}, {first} to {last}.",
        ("", f"{'middle, ' if drawn else ''}in {_span(scenario)}", "90 % range" if drawn else ""), tuple(rows),
        ".plot() draws it, .to_frame() has it by month, .by_segment by segment", scenario.currency,
    )  # fmt: skip


@card.register
def _(result: Sensitivity) -> Card:
    rows = []
    for key, line in result.sobol.head(_MOST_ROWS).iterrows():
        ends = result.tornado.loc[[str(key)], ["outcome_low", "outcome_high"]].to_numpy(float)[0]
        rows.append(
            Row(str(key), plain(str(key)), line["ST"], "share", line["ST_low"], line["ST_high"],
                bar=(min(ends), max(ends)))
        )  # fmt: skip
    what = {"net": "the plan's net", "npv": "the worth of today's course", "revenue": "revenue"}[result.outcome]
    middle = float(np.median(result.outcomes))
    return Card(
        _title(result.scenario, f"why {what} is uncertain"), " ".join(map(uncertainty.named, result.advice)),
        ("Figure", "of the variance, with others", "90 % range"), tuple(rows),
        ".plot() draws it, .to_frame() has every figure, .learning what to find out next",
        result.scenario.currency, f"{what}, figure low to high", middle,
    )  # fmt: skip


@card.register
def _(result: Failure) -> Card:
    low, middle, high = quantiles(result.net, 0.9).tolist()
    counts, edges = np.histogram(result.net, _BINS)
    rows = (
        Row("net", "Net, in today's money", middle, "money", low, high, True, course=counts.tolist(),
            signs=(edges[:-1] + edges[1:]).tolist()),
        Row("chance_of_loss", "It loses money", result.chance, "share", result.chance_low, result.chance_high,
            text=often(result.chance)),
    )  # fmt: skip
    return Card(
        _title(result.scenario, f"loses money {often(result.chance)}"),
        " ".join(map(uncertainty.named, result.text[1:])),
        ("Plan less no plan", "middle", "90 % range"), rows,
        ".plot() draws it, .to_frame() has the conditions, .text all of it", result.scenario.currency,
        "cases by net, losses first",
    )  # fmt: skip


@card.register
def _(result: Comparison) -> Card:
    scenario, sure = result.scenario, "net_low" in result
    rows = []
    for name, line in result.iterrows():
        low, high = (float(line["net_low"]), float(line["net_high"])) if sure else (None, None)
        net = float(line["net"])
        bar = (min(0.0, net), max(0.0, net)) if low is None or high is None else (low, high)
        left = difference(float(line["break_even_cost"]), float(line["cost"]), scenario.currency)[2]
        rows.append(Row(str(name), _short(name), net, "money", low, high, True, signed(left), bar=bar))
    return Card(
        textwrap.shorten(plans(result, scenario), _WIDTH, placeholder=f"{NARROW}…"), "",
        ("Plan", "net, in today's money", "90 % range" if sure else ""),
        tuple(rows), ".plot() draws it, .to_frame() has all columns", scenario.currency, "90 % range of the net",
    )  # fmt: skip


@card.register
def _(result: Scenario) -> Card:
    values = {key: part[:, 0] for key, part in result.inputs().parameters.items()}
    people = values["market.customers"]
    heads = people / people.sum() if people.sum() else np.full(len(people), 1.0 / len(people))
    shares = {
        name: float((heads * values[f"experience.{name}_share"]).sum()) for name in ("good", "bad", "recovered")
    }
    stay = float((heads * values["retention.retention_rate"]).sum())
    revenue = float((people * values["economics.spend_per_customer"]).sum())
    coming = float(values["market.new_customers_per_month"].sum())
    rows = (
        Row("customers", "Customers", float(people.sum()), "people"),
        Row("new_customers_per_month", "New customers a month", coming, "people"),
        Row("retention_rate", "Stay from month to month", stay, "share"),
        Row("revenue_per_month", "Revenue a month", revenue),
        Row("good_share", "Contacts that are good", shares["good"], "share"),
        Row("bad_share", "Contacts that go wrong", shares["bad"], "share"),
        Row("recovered_share", "Of these, put right", shares["recovered"], "share"),
    )
    over = f", over {len(people)} segments" if len(people) > 1 else ""
    return Card(
        _title(result, f"{_span(result)}, {'a plan' if result.plan else 'no plan'}"), _plan(result),
        (f"Today{over}", "", ""), rows, "wom.simulate(…) runs it, wom.effect(…) weighs its plan, .to_frame() has "
        "every figure", result.currency,
    )  # fmt: skip


@singledispatch
def drawn(result: Any) -> Card:
    """The same for a notebook, with courses: a scenario's has to be computed."""
    return card(result)


@drawn.register
def _(result: Scenario) -> Card:
    shown = card(result)
    try:
        course = simulate(result).monthly["revenue"].to_list()
    except InputError as error:
        return replace(shown, said=f"{shown.said} It cannot be run: {error}")
    rows = (replace(row, course=course) if row.key == "revenue_per_month" else row for row in shown.rows)
    return replace(shown, rows=tuple(rows))


def _plan(scenario: Scenario) -> str:
    """What is done and what happens, each in a few words."""
    calendar, parts = scenario.calendar, []
    if changed := scenario.data.get("what_if"):
        names = [plain(str(key)) for key in changed]
        parts.append(f"Another value from month 0 on: {several(names[:3])}{' and more' if len(names) > 3 else ''}")
    for item in scenario.plan:
        name, month = (item.event, item.month) if isinstance(item, Event) else (item.initiative, item.start_month)
        begins = "in" if isinstance(item, Event) else "from"
        parts.append(f"{_short(name)}, {begins} {calendar.said(month)}")
    return "; ".join(parts) + "." if parts else ""
