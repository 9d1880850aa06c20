"""Charts of how sure a result is: fan, tornado, variance by grade, regret."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from .._effect import Spread
from .._run import LEVEL, Run, quantiles
from ..analysis.failure import Failure
from ..analysis.sensitivity import Sensitivity
from ..exhibits.charts import Chart, Role, lines, series, spans
from ..exhibits.style import (
    ACCENT,
    ACCENT_LIGHT,
    FAINT,
    INK,
    MUTED,
    WARM,
    WARM_LIGHT,
    Label,
    axes,
    axis_text,
    end_labels,
    frame,
    month_axis,
    value_axis,
)
from ..messages import uncertainty
from ..messages.plain import plain
from ..plan import Calendar
from ..scenario import Scenario
from ..words import LARGE, MINUS, amounts, number, percent
from .common import counted, source_line, unit
from .value import horizontal, worth


def fan(spread: Spread, column: str = "contribution", ax: Axes | None = None) -> Axes:
    """What a plan changes each month, with the bands that hold half and nine tenths of the draws.

    Args:
        spread: from `wom.spread`.
        column: of `Run.monthly`.
        ax: axes to draw on.

    Example:
        >>> import wom
        >>> from wom.exhibits.charts import kept
        >>> drawn = kept(fan(wom.spread(wom.load("retailer/make-it-right"), draws=20)).figure).frame()
        >>> drawn.loc[0].tolist()  # the plan has not started
        [0.0, 0.0, 0.0, 0.0, 0.0]
    """
    ax = ax or axes()
    wide, half = (counted(spread.band(column, level)) for level in (0.9, 0.5))
    calendar = spread.run.inputs.calendar
    ax.fill_between(wide.index, wide["low"], wide["high"], color=ACCENT, alpha=0.14, linewidth=0)
    ax.fill_between(half.index, half["low"], half["high"], color=ACCENT, alpha=0.22, linewidth=0)
    ax.plot(wide["median"], color=ACCENT, linewidth=2.4)
    what = column.replace("_", " ").capitalize()
    subtitle = f"{what} with the plan less without it, per month{unit(spread.scenario)}"
    source = source_line(spread.scenario)
    frame(ax, uncertainty.certainty(spread), subtitle, source, chart=bands(wide, half, calendar, zero=True))
    value_axis(ax)
    month_axis(ax, len(wide), calendar)
    end_labels(
        ax,
        wide.index[-1],
        [
            Label(wide["high"].iloc[-1], "nine in ten draws", MUTED),
            Label(half["high"].iloc[-1], "half of the draws", ACCENT),
            Label(wide["median"].iloc[-1], "middle", INK),
        ],
    )
    return ax


def tornado(found: Sensitivity, most: int = 10, ax: Axes | None = None) -> Axes:
    """The outcome with one figure after the other at the ends of its range.

    Args:
        found: from `wom.sensitivity`.
        most: bars.
        ax: axes to draw on.

    Example:
        The fields of a `Sensitivity` that the chart takes:

        >>> import wom
        >>> from types import SimpleNamespace
        >>> from wom.exhibits.charts import kept
        >>> ends = {"low": [0.03], "high": [0.09], "outcome_low": [900.0], "outcome_high": [-300.0]}
        >>> found = SimpleNamespace(
        ...     tornado=pd.DataFrame(ends, ["experience.bad_share"]), outcomes=np.array([-100.0, 300.0, 700.0]),
        ...     outcome="net", scenario=wom.load("retailer/today"),
        ... )
        >>> kept(tornado(found).figure).frame().iloc[0].tolist()
        [-300.0, 300.0, 300.0, 900.0]
    """
    table = found.tornado.head(most)
    ax = ax or axes(8.0, 2.0 + 0.38 * len(table))
    middle = float(np.median(found.outcomes))
    places = np.arange(len(table))
    for end, light in (("low", WARM_LIGHT), ("high", ACCENT_LIGHT)):
        outcome = table[f"outcome_{end}"].to_numpy(dtype=float)
        ax.barh(places, outcome - middle, left=middle, color=light, height=0.62)
        other = table["outcome_low" if end == "high" else "outcome_high"].to_numpy(dtype=float)
        for place, value, reached, beside in zip(places, table[end], outcome, other, strict=True):
            side = 4 if reached >= middle else -4
            if (reached - middle) * (beside - middle) > 0 and abs(reached - middle) < abs(beside - middle):
                reached, side = middle, -side  # both ends on one side: the nearer one's value stands on the other
            text, towards = number(float(value), 2), "left" if side > 0 else "right"
            ax.annotate(text, (reached, place), (side, 0), textcoords="offset points", va="center", ha=towards,
                        fontsize=9, color=MUTED)  # fmt: skip
    ax.axvline(middle, color=INK, linewidth=1)
    labels = [plain(str(key)) for key in table.index]
    low, high = ax.get_xlim()
    ax.set_xlim(low - 0.08 * (high - low), high)
    text = (
        f"{OUTCOMES[found.outcome]}{unit(found.scenario)}, with each figure at the low and high end of its range"
    )
    ends = table[["outcome_low", "outcome_high"]]
    least, most_ = ends.min(axis=1).tolist(), ends.max(axis=1).tolist()
    written = amounts([*least, *most_], digits=3)
    chart = spans(
        labels,
        [min(value, middle) for value in least],
        [middle] * len(labels),
        [max(value, middle) for value in most_],
        [f"{one} to {two}" for one, two in zip(written[: len(labels)], written[len(labels) :], strict=True)],
    )
    return horizontal(ax, labels, uncertainty.tornado(found), text, found.scenario, chart)


def bands(wide: pd.DataFrame, half: pd.DataFrame, calendar: Calendar, *, zero: bool) -> Chart:
    """A fan as lines: percentiles of the draws, the middle the strongest."""
    return lines(
        calendar.labels(len(wide)),
        series("1 in 20 above", wide["high"], "faint"),
        series("1 in 4 above", half["high"], "accent_light"),
        series("middle", wide["median"], "accent"),
        series("1 in 4 below", half["low"], "accent_light"),
        series("1 in 20 below", wide["low"], "faint"),
        zero=zero,
    )


WORTH = {"net": "net in today's money", "npv": "contribution in today's money"}


def luck(many: Run, column: str = "customers", ax: Axes | None = None) -> Axes:
    """Where chance alone may take a business: bands of draws in which people move one by one.

    Args:
        many: from `wom.simulate(…, draws=…, chance=True, ranges=False)`.
        column: of `Run.monthly`.
        ax: axes to draw on.

    Example:
        >>> import wom
        >>> from wom.exhibits.charts import kept
        >>> many = wom.simulate(wom.load("retailer/today"), draws=5, chance=True, ranges=False)
        >>> kept(luck(many).figure).frame().shape
        (36, 5)
    """
    ax = ax or axes()
    wide, half = (counted(many.band(column, level)) for level in (0.9, 0.5))
    calendar = many.inputs.calendar
    ax.fill_between(wide.index, wide["low"], wide["high"], color=ACCENT, alpha=0.14, linewidth=0)
    ax.fill_between(half.index, half["low"], half["high"], color=ACCENT, alpha=0.22, linewidth=0)
    ax.plot(wide["median"], color=ACCENT, linewidth=2.4)
    what = column.replace("_", " ")
    frame(ax, uncertainty.luck(many, column), f"{what.capitalize()} per month by chance alone; the axis does not "
          "start at 0", source_line(many.scenario), chart=bands(wide, half, calendar, zero=False))  # fmt: skip
    value_axis(ax, zero=False)
    month_axis(ax, len(wide), calendar)
    labels = [
        Label(wide["high"].iloc[-1], "nine in ten draws", MUTED),
        Label(wide["median"].iloc[-1], "middle", INK),
    ]
    end_labels(ax, wide.index[-1], labels)
    return ax


OUTCOMES = {
    "net": "Net of the plan in today's money",
    "npv": "Contribution in today's money",
    "revenue": "Revenue",
}
"""Outcomes of a sensitivity analysis in words."""


def by_grade(found: Sensitivity, ax: Axes | None = None) -> Axes:
    """How much of the variance rests on figures of each grade, with its interval.

    Args:
        found: from `wom.sensitivity`.
        ax: axes to draw on.

    Example:
        The fields of a `Sensitivity` that the chart takes:

        >>> import wom
        >>> from types import SimpleNamespace
        >>> from wom.exhibits.charts import kept
        >>> shares = {"share": [0.75, 0.25], "low": [0.7, 0.2], "high": [0.8, 0.3], "parameters": [20, 9]}
        >>> found = SimpleNamespace(
        ...     by_grade=pd.DataFrame(shares, ["assumed", "fair"]), scenario=wom.load("retailer/today")
        ... )
        >>> kept(by_grade(found).figure).frame().iloc[:, 0].to_dict()
        {'assumed (20)': 75.0, 'fair (9)': 25.0}
    """
    table = found.by_grade
    ax = ax or axes(8.0, 1.9 + 0.5 * len(table))
    places = np.arange(len(table))
    shares = 100 * table["share"].to_numpy(dtype=float)
    ax.barh(places, shares, color=[WARM if grade == "assumed" else ACCENT for grade in table.index], height=0.62)
    for place, (low, high) in enumerate(zip(table["low"], table["high"], strict=True)):
        ax.plot([100 * max(low, 0), 100 * high], [place, place], color=INK, linewidth=1.2)
    for place, (share, high) in enumerate(zip(table["share"], table["high"], strict=True)):
        ax.annotate(percent(max(share, 0.0)), (100 * max(high, share), place), (6, 0), textcoords="offset points",
                    va="center", fontsize=10, color=INK)  # fmt: skip
    labels = [f"{grade} ({count})" for grade, count in zip(table.index, table["parameters"], strict=True)]
    text = "Share of the variance by grade, number of figures, and 90 % interval"
    roles: list[Role] = ["warm" if grade == "assumed" else "accent" for grade in table.index]
    written = [
        f"{percent(max(share, 0.0))} ({percent(max(low, 0.0))} to {percent(high)})"
        for share, low, high in zip(table["share"], table["low"], table["high"], strict=True)
    ]
    drawn = series("percent of the variance", shares, roles=roles)
    chart = Chart("bars", tuple(labels), (drawn,), labels=tuple(written))
    return horizontal(ax, labels, uncertainty.grades(found), text, found.scenario, chart)


def regret(table: pd.DataFrame, scenario: Scenario, ax: Axes | None = None) -> Axes:
    """What each choice costs on average against the best one in each draw.

    Args:
        table: from `wom.analysis.compare.regret`.
        scenario: whose choices they are.
        ax: axes to draw on.

    Example:
        >>> import wom
        >>> from wom.exhibits.charts import kept
        >>> table = pd.DataFrame({"mean_regret": [120.0, 4000.0]}, ["Make it right", "Do nothing"])
        >>> kept(regret(table, wom.load("retailer/today")).figure).frame()["mean regret"].to_dict()
        {'Make it right': 120.0, 'Do nothing': 4000.0}
    """
    return worth(table, "mean_regret", scenario, uncertainty.regret(table, scenario.currency), ax)


_SIZES = (*((10.0**power, word) for power, word in LARGE), (1e3, "thousand"), (1.0, ""))
_MOST_BARS = 16


def _edges(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where the bars of a distribution begin and end: round numbers with nought among them."""
    low, high = float(values.min()), float(values.max())
    size = 10.0 ** math.floor(math.log10(max(high - low, abs(high), 1e-9) / _MOST_BARS))
    for part in (1.0, 2.0, 5.0, 10.0, 20.0):
        first, last = math.floor(low / (part * size)), math.floor(high / (part * size)) + 1
        if last - first <= _MOST_BARS:
            break
    return np.round(np.arange(first, last + 1) * part * size, 9)


def distribution(result: Spread | Failure, ax: Axes | None = None) -> Axes:
    """The net of a plan over the draws, losses in another colour.

    Args:
        result: from `wom.spread` or `wom.failure`.
        ax: axes to draw on.

    Example:
        >>> import wom
        >>> from wom.exhibits.charts import kept
        >>> drawn = kept(distribution(wom.spread(wom.load("retailer/make-it-right"), draws=20)).figure)
        >>> round(sum(drawn.series[0].data), 6)
        100.0
    """
    ax = ax or axes(8.0, 3.8)
    scenario = result.scenario
    outcome = "net" if scenario.plan else "npv"
    if isinstance(result, Spread):
        net, said = result.outcomes[outcome].to_numpy(), uncertainty.certainty(result)
    else:
        net, said = result.net, result.text[0].removesuffix(".")
    edges = _edges(net)
    counts, _ = np.histogram(net, bins=edges)
    begins, step = edges[:-1], edges[1] - edges[0]
    shares = 100 * counts / len(net)
    ax.bar(begins, shares, width=0.92 * step, align="edge", color=np.where(begins >= 0, ACCENT, WARM))
    low, median, high = quantiles(net, LEVEL).tolist()
    words = ("5 % below", "half below", "5 % above")
    texts = amounts([low, median, high], digits=3)
    for row, (value, text) in enumerate(zip((low, median, high), texts, strict=True)):
        ax.axvline(value, color=FAINT, linewidth=1)
        ax.annotate(f"{words[row]} {text}", (value, 1.0), (3, -2 - 12 * row), ("data", "axes fraction"),
                    "offset points", va="top", fontsize=9, color=MUTED)  # fmt: skip
    subtitle = f"Of 100 cases, how many, by {WORTH[outcome]}{unit(scenario)}"
    roles: list[Role] = ["accent" if begin >= 0 else "warm" for begin in begins]
    size, word = next((one for one in _SIZES if np.abs(edges).max() >= one[0]), _SIZES[-1])
    counted = " ".join(part for part in (word, scenario.currency) if part)
    chart = Chart(
        "columns",
        tuple(f"{begin / size:,.10g}".replace("-", MINUS) for begin in begins),
        (series("of 100 cases", shares, roles=roles),),
        axis=f"{WORTH[outcome].capitalize()}{', ' if counted else ''}{counted}, from the number on",
        form="plain",
    )
    frame(ax, said, subtitle, source_line(scenario), chart=chart)
    value_axis(ax)
    ax.set_ylim(top=1.35 * shares.max())  # room for what stands at the lines
    ax.xaxis.set_major_formatter(lambda value, _: axis_text(value, np.abs(edges).max()))
    ax.xaxis.set_major_locator(MaxNLocator(6))
    return ax
