"""Charts of the model's parts: how many people hear, and what one lever does."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from .. import messages
from ..exhibits import charts
from ..exhibits.charts import Chart, series
from ..exhibits.style import ACCENT, FAINT, MUTED, WARM, axes, frame, value_axis
from ..parameters import QUANTITIES, central
from ..reach import Reach
from ..scenario import Scenario
from .common import source_line, unit

PUBLISHED = (
    "Negative binomial from a published mean (American Express 2011) and a published share above five "
    "(Dimensional Research 2013)."
)


def reach(good: Reach, bad: Reach, ax: Axes | None = None, source: str = PUBLISHED) -> Axes:
    """How many people hear of one experience: shares of experiences by the number told.

    Args:
        good, bad: from `wom.reach`.
        ax: axes to draw on.
        source: where the two come from.

    Example:
        >>> import wom
        >>> good, bad = wom.reach.from_mean_and_share(9, 0.33), wom.reach.from_mean_and_share(16, 0.54)
        >>> [round(total) for total in charts.kept(reach(good, bad).figure).frame().sum()]
        [100, 100]
    """
    ax = ax or axes()
    edges = [-1, 0, 1, 2, 5, 10, 20, 50]
    names = ["nobody", "1", "2", "3–5", "6–10", "11–20", "21–50", "over 50"]
    places = np.arange(len(names))
    drawn = []
    for shift, one, colour in ((-0.2, good, ACCENT), (0.2, bad, WARM)):
        above = np.array([1.0, *(one.share_above(edge) for edge in edges[1:])])
        shares = 100 * (above - np.append(above[1:], 0.0))
        ax.bar(places + shift, shares, width=0.38, color=colour)
        tone = "good" if one is good else "bad"
        drawn.append(series(f"{tone}, {one.mean:.2g} on average", shares, "accent" if one is good else "warm"))
        for place, share in zip(places + shift, shares, strict=True):
            ax.annotate(f"{share:.0f}", (place, share), (0, 3), textcoords="offset points", ha="center",
                        fontsize=9, color=colour)  # fmt: skip
    said = (
        f"The average of {good.mean:.2g} hides that {100 * good.told_nobody:.0f} in 100 good experiences "
        "are told to nobody; bad ones travel further"
    )
    chart = Chart("columns", tuple(names), tuple(drawn), axis="People told", form="plain")
    frame(ax, said, "Of 100 experiences, how many are told to so many people", source, chart=chart)
    ax.set_xticks(places, names)
    ax.set_yticks([])
    ax.annotate(f"good, {good.mean:.2g} on average", (0.98, 0.92), xycoords="axes fraction", ha="right",
                color=ACCENT, fontsize=10.5, fontweight="bold")  # fmt: skip
    ax.annotate(f"bad, {bad.mean:.2g} on average", (0.98, 0.84), xycoords="axes fraction", ha="right",
                color=WARM, fontsize=10.5, fontweight="bold")  # fmt: skip
    return ax


_ENDS = {"npv": "contribution"}
"""Columns whose own name says nothing at a line's end."""


def lever(table: pd.DataFrame, column: str, scenario: Scenario, ax: Axes | None = None) -> Axes:
    """One result over the values of one lever, today's value marked where all segments share it.

    Args:
        table: from `wom.lever`.
        column: of it, such as "npv".
        scenario: whose lever it is.
        ax: axes to draw on.

    Example:
        >>> import wom
        >>> case = wom.load("retailer/today")
        >>> ax = lever(wom.lever(case, "experience.bad_share", [0.03, 0.06, 0.09]), "npv", case)
        >>> charts.kept(ax.figure).categories
        (0.03, 0.06, 0.09)
    """
    ax = ax or axes(8.0, 4.0)
    key = str(table.index.name)
    values = table[column]
    ax.plot(values, color=ACCENT, linewidth=2.4)
    said = messages.lever(table, column, scenario)
    quantity = QUANTITIES[key]
    end = _ENDS.get(column, column.replace("_", " "))
    frame(
        ax,
        said,
        f"{messages.COLUMNS[column]}{unit(scenario)}; the axis does not start at 0",
        source_line(scenario),
        chart=charts.lines(table.index, series(end, values), axis=quantity.meaning),
    )
    value_axis(ax, zero=False)
    ax.set_xlabel(f"{key} ({quantity.unit})", color=MUTED, fontsize=9.5, loc="left")
    today = {central(entry.value) for entry in scenario.entries()[key]}
    if len(today) == 1:
        (now,) = today
        ax.axvline(now, color=FAINT, linewidth=1)
        ax.annotate(
            "today", (now, 0.03), (4, 0), ("data", "axes fraction"), "offset points", color=MUTED, fontsize=9
        )
    return ax
