"""The one chart of each kind of result: what its `plot` draws."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from .. import messages
from .._effect import Effect, Spread, effect
from .._run import Run
from ..analysis.compare import Comparison
from ..analysis.failure import Failure
from ..analysis.sensitivity import Sensitivity
from ..errors import InputError, nearest
from ..exhibits.charts import lines, series
from ..exhibits.style import ACCENT, Label, axes, end_labels, frame, month_axis, value_axis
from ..scenario import Scenario
from ..words import amounts
from .common import source_line, unit
from .effects import net, revenue
from .sureness import bands, distribution, tornado
from .value import worth

_MONEY = ("revenue", "contribution", "plan_cost")


@singledispatch
def plot(result: Any, ax: Axes | None = None) -> Axes:  # noqa: ARG001  (what others draw on)
    """The chart of a result.

    Args:
        result: a Scenario, Run, Effect, Spread, Sensitivity, Failure or comparison.
        ax: axes to draw on.
    """
    raise TypeError(f"{type(result).__name__} has no chart")


@plot.register
def _(result: Scenario, ax: Axes | None = None) -> Axes:
    return revenue(effect(result), ax)


@plot.register
def _(result: Effect, ax: Axes | None = None) -> Axes:
    return net(result, ax) if result.scenario.plan else revenue(result, ax)


@plot.register
def _(result: Spread, ax: Axes | None = None) -> Axes:
    return distribution(result, ax)


@plot.register
def _(result: Failure, ax: Axes | None = None) -> Axes:
    return distribution(result, ax)


@plot.register
def _(result: Sensitivity, ax: Axes | None = None) -> Axes:
    return tornado(result, ax=ax)


@plot.register
def _(result: Comparison, ax: Axes | None = None) -> Axes:
    return worth(result, "net", result.scenario, messages.plans(result, result.scenario), ax)


@plot.register
def _(result: Run, ax: Axes | None = None, column: str = "revenue") -> Axes:
    if column not in result.totals:
        raise InputError(f"{column} is no column of monthly; {nearest(column, result.totals)}", "column")
    ax = ax or axes()
    table, calendar = result.monthly.reset_index(drop=True), result.inputs.calendar
    what, last = column.replace("_", " ").capitalize(), len(table) - 1
    ends = amounts([float(table[column].iloc[0]), float(table[column].iloc[-1])], digits=3)
    title = f"{what} goes from {ends[0]} in {calendar.said(0)} to {ends[1]} in {calendar.said(last)}"
    of = unit(result.scenario) if column in _MONEY else ""
    drawn = result.plan_cost.shape[-1] > 1
    subtitle = f"{what} per month{of}; the axis does not start at 0"
    if drawn:
        wide, half = (result.band(column, level).reset_index(drop=True) for level in (0.9, 0.5))
        subtitle = f"{what} per month{of}, with the bands of half and nine tenths of the draws"
        chart = bands(wide, half, calendar, zero=False)
        for band, alpha in ((wide, 0.14), (half, 0.22)):
            ax.fill_between(band.index, band["low"], band["high"], color=ACCENT, alpha=alpha, linewidth=0)
    else:
        chart = lines(calendar.labels(len(table)), series(column.replace("_", " "), table[column]))
    ax.plot(table[column], color=ACCENT, linewidth=2.4)
    frame(ax, title, subtitle, source_line(result.scenario), chart=chart)
    value_axis(ax, zero=bool(np.min(table[column]) < 0))
    month_axis(ax, len(table), calendar)
    end_labels(ax, last, [Label(float(table[column].iloc[-1]), ends[1], ACCENT)])
    return ax
