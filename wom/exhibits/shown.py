"""What a result shows of itself: a verdict, a sentence and a few rows, in text and in a notebook, and its chart.

In a notebook it is a table with small charts of coloured spans: no script, no style sheet, no picture, so that
every viewer leaves it in place, readable on light and on dark.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import singledispatch
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from .._effect import Effect, Spread, effect
from .._run import STOCKS, Run, quantiles, simulate
from ..analysis.compare import Comparison
from ..analysis.failure import Failure
from ..analysis.sensitivity import Sensitivity
from ..errors import InputError, nearest
from ..plan import Event
from ..scenario import Scenario
from ..units import Array
from ..words import NARROW, Writer, often, range_place, several
from . import basis, plan, sureness, variants
from .basis import _upper
from .chart import MONTHS, Chart, series
from .exhibit import BETTER, LINE, WORSE, Exhibit
from .tables import escape

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NEUTRAL = "#7f8c99"
Unit = Literal["money", "people", "share", "stars", "months", ""]

_WIDTH, _MOST_LINES, _MOST_ROWS, _TITLE = 100, 7, 7, 60
"""Of text: letters in a line, lines of sentences, rows of the table, letters of a name."""
_FEW, _MANY = 10.0, 1e6
"""People of whom tenths are shown, and from whom on nobody counts single ones."""
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

    def written(self, write: Writer) -> tuple[str, str]:
        """Value and range, rounded alike."""
        value, low, high = self.value, self.low, self.high
        if np.isnan(value):
            return self.text or "–", ""
        if self.unit not in ("money", "people"):
            decimals: dict[str, Callable[[float], str]] = {
                "share": write.percent, "stars": lambda one: write.text(f"{one:.1f}")
            }  # fmt: skip
            show = decimals.get(self.unit, write.number)
            texts = [show(one) for one in (value, low, high) if one is not None]
            return self.text or texts[0], " to ".join(texts[1:])
        money, few = self.unit == "money", max(abs(one) for one in (value, low or 0.0, high or 0.0)) < _FEW
        least = -2 if money else -1 if few else 0
        if low is None or high is None:
            place = range_place(value, 0.0, 0.0) - (0 if self.change else 1)
            place = place if money or abs(value) >= _MANY else least
            return self.text or write.amount(value, place, sign=self.change, currency=money), ""
        shown = write.ranged(value, low, high, sign=self.change, money=money, least=least)
        return self.text or shown.value, f"{shown.low} to {shown.high}"


@dataclass(frozen=True)
class Card:
    """What is shown of a result.

    Args:
        title, said: the verdict, and what to know with it.
        heads: of labels, values and ranges.
        rows: of the table.
        more: what to type next.
        write: how numbers are written.
        drawn: what the small charts show.
        reference: from which on the rows' bars are better.
    """

    title: str
    said: str
    heads: tuple[str, str, str]
    rows: tuple[Row, ...]
    more: str
    write: Writer = Writer()  # noqa: RUF009  (frozen)
    drawn: str = "month by month"
    reference: float = 0.0

    def frame(self) -> pd.DataFrame:
        """The rows in numbers."""
        columns = {name: [getattr(row, name) for row in self.rows] for name in ("value", "low", "high")}
        index = pd.Index([row.key for row in self.rows], name="result")
        return pd.DataFrame(columns, index).astype(float).dropna(axis="columns", how="all")

    def text(self) -> str:
        """All of it in at most 20 lines."""
        cells = [self.heads, *((row.label, *row.written(self.write)) for row in self.rows[:_MOST_ROWS])]
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


def _less(what: basis.Subject) -> str:
    """What the rows are of: a difference, or today's course."""
    return f"{_upper(what.there)}, less {what.absent}" if what.absent else _upper(what.there)


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
        Row("net", "Net, in today’s money", found["net"], change=True, course=result.present["so_far"].to_list()),
        Row("extra_revenue", "Revenue", found["extra_revenue"], change=True,
            course=result.monthly["revenue"].to_list()),
        Row("extra_customers_at_end", "Customers at the end", found["extra_customers_at_end"], "people",
            change=True, course=result.monthly["customers"].to_list()),
        Row("value_left_at_horizon", "After that, not counted", found["value_left_at_horizon"], change=True),
    ]  # fmt: skip
    if found["plan_cost"] and not (month is None and found["net"] >= 0):
        when = plan.paid_back(month, result.run.inputs.calendar)
        rows.append(
            Row("payback_month", "Pays back", float("nan") if month is None else month, "months", text=when)
        )
    return Card(
        _title(scenario, plan.verdict(result)), plan.price(result),
        (_less(basis.subject(result)), f"in {basis.months(scenario)}", ""), tuple(rows),
        ".plot() draws it, .to_frame() has it by month, .headlines all numbers", scenario.write,
    )  # fmt: skip


_ADD_A_PLAN = "Write one under plan: in the scenario's file, or load a file that has one."


@card.register
def _(result: Spread) -> Card:
    scenario, planned = result.scenario, bool(result.scenario.plan)
    courses, loss = (result.change if planned else result.run), result.chance_of_loss
    verb = basis.subject(result).verb("loses" if loss > 0.5 else "pays")
    verdict = f"{verb} {often(loss if loss > 0.5 else 1.0 - loss)}"
    net = courses.so_far if planned else courses.earned
    parts: list[tuple[str, str, Unit, Array]] = [
        ("net" if planned else "npv", "Net, in today’s money" if planned else "Worth, in today’s money", "money",
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
    said = f"{sureness.certainty(result)}; {count}." if planned else f"{_NO_PLAN} {count}."
    return Card(
        _title(scenario, verdict if planned else "no plan"), said,
        (_less(basis.subject(result)), f"middle, in {basis.months(scenario)}", "90 % range"),
        tuple(rows), ".plot() draws it, .to_frame() has every draw, .interval(name) and .band(column) ranges",
        scenario.write,
    )  # fmt: skip


_COLUMNS: tuple[tuple[str, str, Unit], ...] = (
    ("revenue", "Revenue", "money"),
    ("contribution", "Contribution", "money"),
    ("npv", "Contribution, in today’s money", "money"),
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
    kind = "one run less another" if result.difference else f"the course of {basis.months(scenario)}"
    count = f"{result.plan_cost.shape[-1]:,} draws" if drawn else "Expected numbers"
    first, last = result.inputs.calendar.said(0), result.inputs.calendar.said(scenario.horizon_months - 1)
    return Card(
        _title(scenario, kind), f"{count}, {first} to {last}.",
        ("", f"{'middle, ' if drawn else ''}in {basis.months(scenario)}", "90 % range" if drawn else ""),
        tuple(rows),
        ".plot() draws it, .to_frame() has it by month, .by_segment by segment", scenario.write,
    )  # fmt: skip


@card.register
def _(result: Sensitivity) -> Card:
    rows = []
    for key, line in result.sobol.head(_MOST_ROWS).iterrows():
        ends = result.tornado.loc[[str(key)], ["outcome_low", "outcome_high"]].to_numpy(float)[0]
        rows.append(
            Row(str(key), basis.words(str(key)), line["ST"], "share", line["ST_low"], line["ST_high"],
                bar=(min(ends), max(ends)))
        )  # fmt: skip
    what = {"net": "the plan's net", "npv": "the worth of today's course", "revenue": "revenue"}[result.outcome]
    middle = float(np.median(result.outcomes))
    return Card(
        _title(result.scenario, f"why {what} is uncertain"),
        f"{sureness.assumed(result)}. {sureness.find_out(result)}",
        ("Figure", "of the variance, with others", "90 % range"), tuple(rows),
        ".plot() draws it, .to_frame() has every figure, .learning what to find out next",
        result.scenario.write, f"{what}, figure low to high", middle,
    )  # fmt: skip


@card.register
def _(result: Failure) -> Card:
    low, middle, high = quantiles(result.net, 0.9).tolist()
    counts, edges = np.histogram(result.net, _BINS)
    rows = (
        Row("net", "Net, in today’s money", middle, "money", low, high, True, course=counts.tolist(),
            signs=(edges[:-1] + edges[1:]).tolist()),
        Row("chance_of_loss", "It loses money", result.chance, "share", result.chance_low, result.chance_high,
            text=often(result.chance)),
    )  # fmt: skip
    return Card(
        _title(result.scenario, f"loses money {often(result.chance)}"),
        " ".join(sureness.failing(result).text),
        ("Plan less no plan", "middle", "90 % range"), rows,
        ".plot() draws it, .to_frame() has the conditions", result.scenario.write,
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
        rows.append(Row(str(name), _short(name), net, "money", low, high, True, bar=bar))
    return Card(
        textwrap.shorten(variants.plans(result).sentence, _WIDTH, placeholder=f"{NARROW}…"), "",
        ("Plan", "net, in today’s money", "90 % range" if sure else ""),
        tuple(rows), ".plot() draws it, .to_frame() has all columns", scenario.write, "90 % range of the net",
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
        _title(result, f"{basis.months(result)}, {_with(result)}"), _plan(result),
        (f"Today{over}", "", ""), rows, "wom.simulate(…) runs it, wom.effect(…) weighs its plan, .to_frame() has "
        "every figure", result.write,
    )  # fmt: skip


def _with(scenario: Scenario) -> str:
    events = sum(isinstance(item, Event) for item in scenario.plan)
    parts = ["a plan"] * (events < len(scenario.plan)) + [
        "an event" if events == 1 else f"{events} events"
    ] * bool(events)
    return " and ".join(parts) or "no plan"


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
        names = [basis.words(str(key)) for key in changed]
        parts.append(f"Another value from month 0 on: {several(names[:3])}{' and more' if len(names) > 3 else ''}")
    for item in scenario.plan:
        name, month = (item.event, item.month) if isinstance(item, Event) else (item.initiative, item.start_month)
        begins = "in" if isinstance(item, Event) else "from"
        parts.append(f"{_short(name)}, {begins} {calendar.said(month)}")
    return "; ".join(parts) + "." if parts else ""


# --- as a table of spans ---

_WIDE, _HIGH, _MOST_BARS = 144, 28, 48
"""Pixels of a small chart, and its bars."""
_CELL = "padding:5px 20px 5px 0;vertical-align:middle;border:0;background:none"


def html(card: Card) -> str:
    """Title, sentence, table and hint, each text escaped."""
    scale = [end for row in card.rows for end in (row.bar or ()) if np.isfinite(end)]
    ends = min([*scale, card.reference]), max([*scale, card.reference])
    drawn = any(row.bar or len(row.course) for row in card.rows)
    heads = [*card.heads, *([card.drawn] if drawn else [])]
    ranged = bool(card.heads[2])
    rows = [
        [escape(row.label), _value(row, card.write), *([escape(row.written(card.write)[1])] if ranged else []),
         *([_chart(row, ends, card.reference)] if drawn else [])]
        for row in card.rows
    ]  # fmt: skip
    shown = [head for place, head in enumerate(heads) if place != 2 or ranged]
    top = "".join(
        _cell("th", escape(head), place, ";opacity:.75;font-weight:normal") for place, head in enumerate(shown)
    )
    body = "".join(
        f'<tr style="background:none">{"".join(_cell("td", cell, place) for place, cell in enumerate(cells))}</tr>'
        for cells in rows
    )
    said = f'<div style="margin-bottom:8px;opacity:.8">{escape(card.said)}</div>' if card.said else ""
    return (
        f'<div style="max-width:720px"><div style="font-size:16px;font-weight:bold;margin-bottom:2px">'
        f"{escape(card.title)}</div>{said}"
        f'<table style="border-collapse:collapse;border:0;margin:0;font-size:14px;color:inherit"><thead>'
        f'<tr style="background:none;border-bottom:1px solid {LINE}">{top}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
        f'<div style="margin-top:6px;font-size:12px;opacity:.75">{escape(card.more)}</div></div>'
    )


def _cell(kind: str, inside: str, place: int, more: str = "") -> str:
    side = "right" if place == 1 else "left"
    return f'<{kind} style="text-align:{side};{_CELL};white-space:nowrap{more}">{inside}</{kind}>'


def _value(row: Row, write: Writer) -> str:
    colour = f";color:{BETTER if row.value > 0 else WORSE}" if row.change and row.value else ""
    return f'<span style="font-weight:bold{colour}">{escape(row.written(write)[0])}</span>'


def _chart(row: Row, ends: tuple[float, float], reference: float) -> str:
    if row.bar:
        return _range(row.bar, ends, reference)
    return _course(row) if len(row.course) else ""


def _course(row: Row) -> str:
    """Bars up from nought, and down from it for what is below."""
    values = np.nan_to_num(np.asarray(row.course, dtype=float))
    signs = np.asarray(row.signs, dtype=float) if len(row.signs) else values
    count = min(len(values), _MOST_BARS)
    kept = np.linspace(0, len(values) - 1, count).round().astype(int)
    values, signs = values[kept], signs[kept]
    most, least = max(float(values.max()), 0.0), min(float(values.min()), 0.0)
    unit = _HIGH / (most - least) if most > least else 0.0
    step = max(_WIDE // count, 2)
    coloured = row.change or len(row.signs)
    parts = []
    for side, end in ((1.0, most), (-1.0, -least)):
        high = round(end * unit)
        if high:
            align = "bottom" if side > 0 else "top"
            bars = "".join(
                _span(step - 1, max(round(side * value * unit), 0),
                      (BETTER if sign >= 0 else WORSE) if coloured else NEUTRAL, align, "margin-right:1px")
                for value, sign in zip(values, signs, strict=True)
            )  # fmt: skip
            parts.append(f'<div style="height:{high}px">{_span(0, high, "", align)}{bars}</div>')
        if side > 0:
            parts.append(f'<div style="height:1px;background-color:{LINE}"></div>')
    return (
        f'<div style="line-height:0;font-size:0;white-space:nowrap;width:{step * count}px">{"".join(parts)}</div>'
    )


def _range(bar: tuple[float, float], ends: tuple[float, float], reference: float) -> str:
    """A bar from end to end, worse below the reference and better above it, which is a line."""
    low, high = ends
    unit = _WIDE / (high - low) if high > low else 0.0

    def at(value: float) -> int:
        return round((min(max(value, low), high) - low) * unit)

    first, last, line = at(bar[0]), at(bar[1]), at(reference)
    stops = sorted({0, first, last, line, _WIDE})
    pieces = []
    for left, right in pairwise(stops):
        inside = first <= left and right <= last
        colour = "" if not inside else WORSE if right <= line else BETTER
        if left == line:
            pieces.append(_span(1, 18, LINE, "middle"))
        pieces.append(_span(right - left, 10, colour, "middle"))
    if line == _WIDE:
        pieces.append(_span(1, 18, LINE, "middle"))
    return f'<div style="line-height:0;font-size:0;white-space:nowrap">{"".join(pieces)}</div>'


def _span(wide: int, high: int, colour: str, align: str, more: str = "") -> str:
    paint = f";background-color:{colour}" if colour else ""
    rest = f";{more}" if more else ""
    return (
        f'<span style="display:inline-block;vertical-align:{align};width:{wide}px;height:{high}px{paint}{rest}">'
        "</span>"
    )


# --- the one chart of each kind of result ---


@singledispatch
def chart_of(result: Any) -> Exhibit:
    """The exhibit that `plot` draws of a Scenario, Run, Effect, Spread, Sensitivity, Failure or comparison."""
    raise TypeError(f"{type(result).__name__} has no chart")


@chart_of.register
def _(result: Scenario) -> Exhibit:
    return plan.revenue(effect(result))


@chart_of.register
def _(result: Effect) -> Exhibit:
    return plan.net(result) if result.scenario.plan else plan.revenue(result)


@chart_of.register(Spread)
@chart_of.register(Failure)
def _(result: Spread | Failure) -> Exhibit:
    return sureness.cases(result)


@chart_of.register
def _(result: Sensitivity) -> Exhibit:
    return sureness.tornado(result)


@chart_of.register
def _(result: Comparison) -> Exhibit:
    return variants.plans(result)


@chart_of.register
def _(result: Run, column: str = "revenue") -> Exhibit:
    if column not in result.totals:
        raise InputError(f"{column} is no column of monthly; {nearest(column, result.totals)}", "column")
    if result.plan_cost.shape[-1] > 1:
        return sureness.band(result, column)
    case, calendar, values = result.scenario, result.inputs.calendar, result.monthly[column]
    what, count = column.replace("_", " ").capitalize(), len(values)
    first, last = (case.write.number(float(values.iloc[place]), 3) for place in (0, -1))
    said = f"{what} goes from {first} in {calendar.said(0)} to {last} in {calendar.said(count - 1)}"
    money = basis.unit(case) if column in ("revenue", "contribution", "plan_cost") else ""
    drawn = Chart(
        "line", tuple(calendar.labels(count)), (series(what, values, end=last),),
        subtitle=f"{what} per month{money}",
        axis=MONTHS if calendar.first is None else "", form="change" if result.difference else "amount",
        zero=bool(values.min() < 0.5 * values.max()), number_format=case.number_format,
    )  # fmt: skip
    return Exhibit(said, drawn, alt=f"A line. {said}.", source=basis.source_line(case))


def plot(result: Any, ax: Axes | None = None, **options: Any) -> Axes:
    """The chart of a result on axes: those given, or those of a new figure.

    Args:
        result: a Scenario, Run, Effect, Spread, Sensitivity, Failure or comparison.
        ax: axes to draw on.
        options: of a run, `column` of its `monthly`.
    """
    from .drawing import draw

    found = chart_of(result, **options)
    if found.chart is None:
        raise InputError(f"there is nothing to draw: {found.sentence}")
    figure = draw(found.chart, title=found.sentence, source=found.source, ax=ax)
    return ax or figure.axes[0]
