"""What a result shows of itself: a verdict, a sentence and a few rows, as text or in a notebook, and its chart."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .._effect import Effect, Spread, effect
from .._run import Interval, Run, quantiles, simulate
from ..analysis.compare import Comparison
from ..analysis.nps import EarnedGrowth, NetPromoter
from ..analysis.sensitivity import Failure, Sensitivity
from ..errors import InputError, nearest
from ..plan import Event
from ..scenario import Scenario
from ..words import NARROW, Writer, often, percent, range_place, several
from . import basis, plan, sureness, tables, variants
from .basis import _upper
from .chart import Chart, series
from .exhibit import Exhibit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH, _MOST_LINES, _MOST_ROWS, _TITLE = 100, 7, 7, 60
"""Of text: letters in a line, lines of sentences, rows of the table, letters of a name."""


@dataclass(frozen=True)
class Row:
    """One number with what stands beside it.

    `key` is its name in `summary`; `unit` money, people, share, stars or a plain number, and `text` stands instead
    where the number alone does not say it. A `change` has its sign, good above 0 and bad below. `course` is month
    by month, `bar` a range to draw on the scale of all rows' bars.
    """

    key: str
    label: str
    value: float
    unit: str = "money"
    low: float | None = None
    high: float | None = None
    change: bool = False
    text: str = ""
    course: Sequence[float] = ()
    bar: tuple[float, float] | None = None

    def written(self, write: Writer) -> tuple[str, str]:
        """Value and range, rounded alike."""
        if math.isnan(self.value):
            return self.text or "–", ""
        known = [one for one in (self.value, self.low, self.high) if one is not None]
        if self.unit not in ("money", "people"):
            units = {"share": write.percent, "stars": lambda one: write.text(f"{one:.1f}")}
            value, *ends = map(units.get(self.unit, write.number), known)
            return self.text or value, " to ".join(ends)
        money = self.unit == "money"
        place = None if money else basis.counted(self.value, change=self.change)
        if self.low is None or self.high is None:
            place = range_place(self.value, 0.0, 0.0) - (0 if self.change else 1) if place is None else place
            return self.text or write.amount(self.value, place, sign=self.change, currency=money), ""
        shown = write.ranged(self.value, self.low, self.high, sign=self.change, place=place)
        return self.text or shown.value, f"{shown.low} to {shown.high}"


@dataclass(frozen=True)
class Card:
    """What is shown of a result: the verdict, what to know with it, a table, and what to type next.

    `heads` are those of labels, values, ranges and small charts; from `reference` on the rows' bars are better.
    """

    title: str
    said: str
    heads: tuple[str, str, str, str]
    rows: Sequence[Row]
    more: str
    write: Writer
    reference: float = 0.0

    def frame(self) -> pd.DataFrame:
        """The rows in numbers."""
        columns = {name: [getattr(row, name) for row in self.rows] for name in ("value", "low", "high")}
        index = pd.Index([row.key for row in self.rows], name="result")
        return pd.DataFrame(columns, index).astype(float).dropna(axis="columns", how="all")

    def text(self) -> str:
        """All of it in at most 20 lines."""
        rows = [(row.label, row.written(self.write)) for row in self.rows[:_MOST_ROWS]]
        head, *columns = self.heads[:3]
        table = tables.Grid((head,), tuple(columns), (True, True), tuple(((one,), more) for one, more in rows))
        said = textwrap.wrap(self.said, _WIDTH, max_lines=_MOST_LINES, placeholder=" …")
        return "\n".join([self.title, *said, "", tables.as_text(table), "", self.more])

    def html(self) -> str:
        """All of it as a table with small charts."""
        scale = [self.reference, *(end for row in self.rows for end in (row.bar or ()) if math.isfinite(end))]
        rows = []
        for row in self.rows:
            value, between = row.written(self.write)
            drawn = tables.span(row.bar, (min(scale), max(scale)), self.reference) if row.bar else ""
            if len(row.course):
                drawn = tables.bars(row.course, signed=row.change)
            sign = row.value if row.change else 0.0
            rows.append([tables.escape(row.label), tables.valued(value, sign), tables.escape(between), drawn])
        used = [place for place in range(4) if any(row[place] for row in rows)]
        heads, *rows = ([row[place] for place in used] for row in (self.heads, *rows))
        foot = tables.block(self.more, "margin-top:6px;font-size:12px;opacity:.75")
        return tables.panel(self.title, [self.said], heads, rows, foot)


@singledispatch
def card(result: Any) -> Card:
    """What a result of any class that is `Tabled` shows of itself."""
    raise TypeError(f"{type(result).__name__} has no summary")


def html(result: Any) -> str:
    """The same for a notebook; of a scenario with its course, which has to be computed."""
    shown = card(result)
    if isinstance(result, Scenario):
        try:
            course = simulate(result).monthly["revenue"].to_list()
        except InputError as error:
            return replace(shown, said=f"{shown.said} It cannot be run: {error}").html()
        rows = [replace(row, course=course) if row.key == "revenue_per_month" else row for row in shown.rows]
        shown = replace(shown, rows=rows)
    return shown.html()


def _short(name: object) -> str:
    """A name in one line."""
    return textwrap.shorten(str(name), _TITLE, placeholder=f"{NARROW}…")


def _title(scenario: Scenario, verdict: str) -> str:
    return f"{_short(scenario.title or 'Scenario')}: {verdict}"


def _no_plan(scenario: Scenario) -> str:
    """What the numbers are where there is no plan."""
    course = "the business as asked about" if scenario.supposed else "today's course"
    return f"There is no plan, so nothing is compared: these are the numbers of {course}."


def _rows(run: Run, numbers: Sequence[tuple[str, str, str, str]], middle: Run | None = None) -> list[Row]:
    """Numbers of a run, as key, label, name of the result and unit, each with its course at the middle.

    Their values are those of `middle`, of all figures at their middle, where that is not the middle of the draws.
    """
    worth = run.so_far if run.difference else run.earned - run.spent
    courses = {"npv": worth, "customers_at_end": run.totals["customers"]} | dict(run.totals)
    drawn, rows = run.plan_cost.shape[-1] > 1, []
    for key, label, name, unit in numbers:
        stars = name == "stars"  # the one that is not added up
        ends = Interval(*quantiles(courses[name][-1], 0.9).tolist()) if stars else run.interval(name)
        value = middle.interval(name).median if middle else ends.median
        low, high = (ends.low, ends.high) if drawn else (None, None)
        course, change = np.median(courses[name], axis=1).tolist(), run.difference and name != "plan_cost"
        rows.append(Row(key, label, value, unit, low, high, change, course=course))
    return rows


@card.register
def _(result: Effect) -> Card:
    scenario, found, month = result.scenario, result.headlines, result.payback_month
    if not scenario.plan:
        said = f"{_no_plan(scenario)} Write one under plan: in the scenario's file, or load a file that has one."
        return replace(card(result.run), title=_title(scenario, "no plan"), said=said)
    rows = _rows(result.change, (
        ("net", "Net, in today’s money", "npv", "money"),
        ("extra_revenue", "Revenue", "revenue", "money"),
        ("extra_customers_at_end", "Customers at the end", "customers_at_end", "people"),
    ))  # fmt: skip
    left = float(found["value_left_at_horizon"] or 0.0)
    rows.append(Row("value_left_at_horizon", "After that, not counted", left, change=True))
    if found["plan_cost"] and not (month is None and float(found["net"] or 0.0) >= 0):
        when = plan.paid_back(month, result.run.inputs.calendar)
        rows.append(Row("payback_month", "Pays back", math.nan if month is None else month, "months", text=when))
    heads = _less(result), f"in {basis.months(scenario)}", "", "month by month"
    more = ".plot() draws it, .to_frame() has it by month, .headlines all numbers"
    said = f"{plan.price(result)} {basis.too_late(scenario)}".rstrip()
    return Card(_title(scenario, plan.verdict(result)), said, heads, rows, more, scenario.write)


def _less(of: Effect | Spread) -> str:
    """What the rows are of: a difference, or today's course."""
    what = basis.subject(of)
    return f"{_upper(what.there)}, less {what.absent}" if what.absent else _upper(what.there)


@card.register
def _(result: Spread) -> Card:
    scenario, what = result.scenario, basis.subject(result)
    count = f"{len(result.outcomes):,} draws of all that is uncertain"
    if scenario.plan:
        certain = sureness.certainty(result)
        verdict = certain.removeprefix(f"{what.name} ")
        said = f"{certain}; {count}. {basis.too_late(scenario)}".rstrip()
        run, middle = result.change, effect(scenario).change
        names, label = ("net", "extra_revenue", "extra_customers"), "Net, in today’s money"
    else:
        verdict, said, run, middle = "no plan", f"{_no_plan(scenario)} {count}.", result.run, simulate(scenario)
        names, label = ("npv", "revenue", "customers"), "Worth, in today’s money"
    rows = _rows(run, (
        (names[0], label, "npv", "money"),
        (names[1], "Revenue", "revenue", "money"),
        (names[2], "Customers at the end", "customers_at_end", "people"),
    ), middle)  # fmt: skip
    heads = _less(result), f"in {basis.months(scenario)}", "90 % range", "month by month"
    more = ".plot() draws it, .to_frame() has every draw, .interval(name) and .band(column) ranges"
    return Card(_title(scenario, verdict), said, heads, rows, more, scenario.write)


@card.register
def _(result: Run) -> Card:
    scenario, drawn = result.scenario, result.plan_cost.shape[-1] > 1
    there = {*result.totals, "npv", *(["customers_at_end"] if "lost_customers" in result.totals else [])}
    there -= set() if result.plan_cost.any() else {"plan_cost"}
    rows = _rows(result, [(name, label, name, unit) for name, label, unit in (
        ("revenue", "Revenue", "money"),
        ("contribution", "Contribution", "money"),
        ("npv", "Contribution, in today’s money", "money"),
        ("plan_cost", "Cost of the plan", "money"),
        ("customers_at_end", "Customers at the end", "people"),
        ("new_customers", "New customers", "people"),
        ("stars", "Star rating at the end", "stars"),
    ) if name in there])  # fmt: skip
    kind = "one run less another" if result.difference else f"the course of {basis.months(scenario)}"
    count = f"{result.plan_cost.shape[-1]:,} draws" if drawn else "Expected numbers"
    first, last = result.inputs.calendar.said(0), result.inputs.calendar.said(scenario.horizon_months - 1)
    middle, ends = ("middle, ", "90 % range") if drawn else ("", "")
    heads = "", f"{middle}in {basis.months(scenario)}", ends, "month by month"
    more = ".plot() draws it, .to_frame() has it by month, .by_segment by segment"
    return Card(_title(scenario, kind), f"{count}, {first} to {last}.", heads, rows, more, scenario.write)


@card.register
def _(result: Sensitivity) -> Card:
    rows = []
    for key, line in result.sobol.head(_MOST_ROWS).iterrows():
        ends = result.tornado.loc[[str(key)], ["outcome_low", "outcome_high"]].to_numpy(float)[0]
        share, low, high = line["ST"], line["ST_low"], line["ST_high"]
        bar = float(ends.min()), float(ends.max())
        rows.append(Row(str(key), basis.words(str(key)), share, "share", low, high, bar=bar))
    what = {"net": "the plan's net", "npv": "the worth of today's course", "revenue": "revenue"}[result.outcome]
    heads = "Figure", "of the variance, with others", "90 % range", f"{what}, figure low to high"
    more = ".plot() draws it, .to_frame() has every figure, .learning what to find out next"
    said = f"{sureness.assumed(result)}. What to find out next? {sureness.finding(result)[0]}"
    title, middle = _title(result.scenario, f"why {what} is uncertain"), float(np.median(result.outcomes))
    return Card(title, said, heads, rows, more, result.scenario.write, middle)


@card.register
def _(result: Failure) -> Card:
    low, _, high = quantiles(result.net, 0.9).tolist()
    net, chance = float(effect(result.scenario).headlines["net"] or 0.0), often(result.chance)
    rows = (
        Row("net", "Net, in today’s money", net, "money", low, high, change=True, bar=(low, high)),
        Row("chance_of_loss", "It loses money", result.chance, "share", result.chance_low, result.chance_high,
            text=chance),
    )  # fmt: skip
    heads = "Plan less no plan", "", "90 % range", "90 % range of the net"
    more = ".plot() draws it, .to_frame() has the conditions"
    said, title = " ".join(sureness.rules(result)), _title(result.scenario, f"loses money {chance}")
    return Card(title, said, heads, rows, more, result.scenario.write)


@card.register
def _(result: Comparison) -> Card:
    sure, rows = "net_low" in result, []
    for name, line in result.iterrows():
        net = float(line["net"])
        low, high = (float(line["net_low"]), float(line["net_high"])) if sure else (None, None)
        bar = (min(0.0, net), max(0.0, net)) if low is None or high is None else (low, high)
        rows.append(Row(str(name), _short(name), net, "money", low, high, change=True, bar=bar))
    title = textwrap.shorten(variants.plans(result).sentence, _WIDTH, placeholder=f"{NARROW}…")
    heads = "Plan", "net, in today’s money", "90 % range" if sure else "", "90 % range of the net"
    more = ".plot() draws it, .to_frame() has all columns"
    return Card(title, "", heads, rows, more, result.scenario.write)


@card.register
def _(result: NetPromoter) -> Card:
    write, shares, rows = result.scenario.write, result.shares.to_numpy(float), []
    keys, labels = map(str, result.shares.index), ("Promoters", "Passives", "Detractors", "Score, −100 to 100")
    for key, label, (low, middle, high) in zip(keys, labels, shares.tolist(), strict=True):
        text = f"{write.percent(low)} to {write.percent(high)}" if math.isnan(middle) else ""  # of all mixes
        ends = (low, high) if low < high or text else (None, None)
        unit = "points" if key == "nps" else "share"
        rows.append(Row(key, label, middle, unit, low=ends[0], high=ends[1], text=text))
    keys, worth = map(str, result.worth_per_point.index), result.worth_per_point.to_numpy(float).tolist()
    ways = "A point more: passive to promoter", "… detractor to passive", "… any way"
    for key, label, (low, least, most, high) in zip(keys, ways, worth, strict=True):
        place = range_place(least, low, high)
        texts = [write.amount(end, place, currency=end == least) for end in dict.fromkeys((least, most))]
        rows.append(Row(key, label, least, "money", low, high, text=" to ".join(texts)))
    score = write.number(float(np.nanmedian(shares[-1])), 2)
    verdict = f"a score of {score}; a point more, kept up for a year, is worth {rows[-1].text}"
    more = ".shares and .worth_per_point have the numbers"
    return Card(_title(result.scenario, verdict), result.caution, ("", "", "90 % range", ""), rows, more, write)


@card.register
def _(result: EarnedGrowth) -> Card:
    rows = [
        Row("net_revenue_retention", "Customers of the year before", result.net_revenue_retention, "share"),
        Row("earned_new", "New, on a recommendation", result.earned_new, "share"),
        Row("bought_new", "New, otherwise", result.bought_new, "share"),
        Row("rate", "Earned growth: the first two, less 100 %", result.rate, "share"),
    ]
    if caused := result.caused:
        rows.append(Row("caused", "… if only talk’s own count", caused.median, "share", caused.low, caused.high))
    heads = "", "of last year’s revenue", "90 % range" if caused else "", ""
    said = "Growth by what customers do: earned growth counts whoever came on a recommendation."
    more = ".rate and its parts have the numbers"
    return Card(f"Earned growth {percent(result.rate)}", said, heads, rows, more, Writer(""))


@card.register
def _(result: Scenario) -> Card:
    values = {key: part[:, 0] for key, part in result.inputs().parameters.items()}
    people = values["market.customers"]
    heads = people / people.sum() if people.sum() else np.full(len(people), 1.0 / len(people))
    coming = float(values["market.new_customers_per_month"].sum())
    revenue = float((people * values["economics.spend_per_customer"]).sum())
    rows = [
        Row(key.split(".")[1], label, float((heads * values[key]).sum()), "share")
        for key, label in (
            ("retention.retention_rate", "Stay from month to month"),
            ("experience.good_share", "Contacts that are good"),
            ("experience.bad_share", "Contacts that go wrong"),
            ("experience.recovered_share", "Of these, put right"),
        )
    ]
    rows[:1] = [
        Row("customers", "Customers", float(people.sum()), "people"),
        Row("new_customers_per_month", "New customers a month", coming, "people"),
        rows[0],
        Row("revenue_per_month", "Revenue a month", revenue),
    ]
    calendar, said, events = result.calendar, [], 0
    if changed := result.data.get("what_if"):
        names = [basis.words(str(key)) for key in changed]
        said.append(f"Another value from month 0 on: {several(names[:3])}{' and more' if len(names) > 3 else ''}")
    for item in result.plan:
        if isinstance(item, Event):
            events += 1
            said.append(f"{_short(item.event)}, in {calendar.said(item.month)}")
        else:
            said.append(f"{_short(item.initiative)}, from {calendar.said(item.start_month)}")
    held = ["a plan"] * (events < len(result.plan))
    held += ["an event" if events == 1 else f"{events} events"] * bool(events)
    over = f", over {len(people)} segments" if len(people) > 1 else ""
    more = "wom.simulate(…) runs it, wom.effect(…) weighs its plan, .to_frame() has every figure"
    title = _title(result, f"{basis.months(result)}, {' and '.join(held) or 'no plan'}")
    columns = f"Today{over}", "", "", "month by month"
    words = f"{'; '.join(said)}. {basis.too_late(result)}".strip() if said else ""
    return Card(title, words, columns, rows, more, result.write)


# --- the one chart of each kind of result ---


def course(run: Run, column: str = "revenue") -> Exhibit:
    """A column of a run month by month, as a band where there are draws."""
    if column not in run.totals:
        raise InputError(f"{column} is no column of monthly; {nearest(column, run.totals)}", "column")
    if run.plan_cost.shape[-1] > 1:
        return sureness.band(run, column)
    case, calendar, values = run.scenario, run.inputs.calendar, run.monthly[column]
    what = "Star rating" if column == "stars" else column.replace("_", " ").capitalize()
    first, last = basis.alike(values.iloc[[0, -1]], case, currency=False)
    begin, end = (calendar.said(month) for month in (0, len(values) - 1))
    money = basis.unit(case) if column in ("revenue", "contribution", "plan_cost") else ""
    chart = Chart(
        "line", series=(series(what, values, end=last),), subtitle=f"{what} per month{money}",
        form="change" if run.difference else "amount", zero=bool(values.min() < 0.5 * values.max()),
        **{**plan.along(run), "marks": ()},
    )  # fmt: skip
    said = f"{what} {'go' if what.endswith('s') else 'goes'} from {first} in {begin} to {last} in {end}"
    return basis.exhibit(case, said, chart, alt="A line")


def plot(result: Any, ax: Axes | None = None, **options: Any) -> Axes:
    """The chart of a result on axes: those given, or those of a new figure; of a run, that of a `column`."""
    from .drawing import draw

    kinds: dict[type, Callable[..., Exhibit]] = {
        Scenario: lambda one: plan.revenue(effect(one)),
        Effect: lambda one: (plan.net if one.scenario.plan else plan.revenue)(one),
        Run: course, Sensitivity: sureness.tornado, Comparison: variants.plans, Spread: sureness.cases,
        Failure: sureness.cases,
    }  # fmt: skip
    found = kinds[type(result)](result, **options)
    if found.chart is None:
        raise InputError(f"there is nothing to draw: {found.sentence}")
    figure = draw(found.chart, title=found.sentence, source=found.source, ax=ax)
    return ax or figure.axes[0]
