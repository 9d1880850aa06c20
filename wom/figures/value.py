"""Charts of worth: of a customer, of an experience, of a mechanism, of a plan, of a segment."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ..exhibits.charts import Chart, Role, series, steps
from ..exhibits.style import (
    ACCENT,
    ACCENT_LIGHT,
    FAINT,
    INK,
    MUTED,
    WARM,
    WARM_LIGHT,
    axes,
    frame,
)
from ..scenario import Scenario
from ..words import amounts, difference, signed
from .common import source_line, unit

MECHANISMS = {
    "direct": "Cost and direct effects",
    "retention": "Customers stay longer",
    "spend": "They spend more",
    "good_word_of_mouth": "Good word of mouth",
    "bad_word_of_mouth": "Less bad word of mouth",
    "reviews": "Star rating",
    "avoidance": "Fewer avoid us",
}
"""Mechanisms in words, for a plan."""

LEVEL = MECHANISMS | {
    "direct": "Direct effects",
    "bad_word_of_mouth": "Bad word of mouth",
    "avoidance": "Avoidance",
    "retention": "Mood and retention",
    "spend": "Mood and spending",
}
"""The same for today's business."""


def mechanisms(split: pd.Series, scenario: Scenario, title: str, ax: Axes | None = None) -> Axes:
    """A split over mechanisms as steps that add up to the whole.

    Args:
        split: from `wom.mechanisms`.
        scenario: whose it is.
        title: the message.
        ax: axes to draw on.

    Example:
        >>> import wom
        >>> from wom.exhibits.charts import kept
        >>> case = wom.load("retailer/make-it-right")
        >>> split = wom.mechanisms(case)
        >>> chart = kept(mechanisms(split, case, "Where the money comes from").figure)
        >>> chart.categories[0], bool(abs(chart.frame()["Total, to"].iloc[-1] - split.sum()) < 1e-6)
        ('Cost and direct effects', True)
    """
    ax = ax or axes(8.0, 4.6)
    names = MECHANISMS if scenario.plan else LEVEL
    values = np.append(split.to_numpy(), split.sum())
    ends = np.cumsum(values[:-1])
    starts = np.append(ends - values[:-1], 0.0)
    colours = [ACCENT_LIGHT if value >= 0 else WARM_LIGHT for value in values[:-1]]
    colours.append(ACCENT if values[-1] >= 0 else WARM)
    places = np.arange(len(values))
    ax.barh(places, values, left=starts, color=colours, height=0.62)
    for place, end in enumerate(ends):
        ax.plot([end, end], [place + 0.31, place + 0.69], color=MUTED, linewidth=0.8)
    ax.axvline(0, color=FAINT, linewidth=0.8)
    labels = [names[str(name)] for name in split.index]
    texts = [signed(text) for text in amounts(values.tolist())]  # rounded as the title is
    _bar_texts(ax, places, starts + np.maximum(values, 0), texts)
    chart = replace(steps([*labels, "Together"], values.tolist(), [len(values) - 1]), labels=tuple(texts))
    subtitle = f"In today's money{unit(scenario)}, over {scenario.horizon_months} months"
    return horizontal(ax, [*labels, "Together"], title, subtitle, scenario, chart)


def worth(
    table: pd.DataFrame, column: str, scenario: Scenario, title: str, ax: Axes | None = None, digits: int = 3
) -> Axes:
    """One number per row as bars, such as the worth of an experience or the net of a plan.

    Args:
        table: index the labels.
        column: of it, in currency.
        scenario: whose it is.
        title: the message.
        ax: axes to draw on.
        digits: of the largest.

    Example:
        >>> import wom
        >>> from wom.exhibits.charts import kept
        >>> case = wom.load("retailer/today")
        >>> ax = worth(pd.DataFrame({"worth": [6.5, -29.7]}, ["good", "bad"]), "worth", case, "Bad ones cost more")
        >>> kept(ax.figure).frame()["worth"].to_dict()
        {'Good': 6.5, 'Bad': -29.7}
    """
    ax = ax or axes(8.0, 1.9 + 0.5 * len(table))
    values = table[column].to_numpy(dtype=float)
    places = np.arange(len(values))
    ax.barh(places, values, color=[ACCENT if value >= 0 else WARM for value in values], height=0.62)
    ax.axvline(0, color=FAINT, linewidth=0.8)
    texts = _worths(table, column, digits)
    _bar_texts(ax, places, np.maximum(values, 0), texts)
    labels = [" · ".join(map(str, name)) if isinstance(name, tuple) else str(name) for name in table.index]
    labels = [label[:1].upper() + label[1:] for label in labels]
    subtitle = f"In today's money{unit(scenario)}, over {scenario.horizon_months} months"
    roles: list[Role] = ["accent" if value >= 0 else "warm" for value in values]
    drawn = series(column.replace("_", " "), values, roles=roles)
    chart = Chart("bars", tuple(labels), (drawn,), labels=tuple(texts))
    return horizontal(ax, labels, title, subtitle, scenario, chart)


def _worths(table: pd.DataFrame, column: str, digits: int) -> list[str]:
    """Money as the titles and tables beside it have it; the net of a plan as its own report has it."""
    if column == "net" and {"break_even_cost", "cost"} <= set(table):
        sides = (table[name].astype(float) for name in ("break_even_cost", "cost"))
        return [difference(brings, cost)[2] for brings, cost in zip(*sides, strict=True)]
    return amounts(table[column].astype(float).tolist(), digits=digits)


def _bar_texts(ax: Axes, places: np.ndarray, ends: np.ndarray, texts: list[str]) -> None:
    for place, end, text in zip(places, ends, texts, strict=True):
        ax.annotate(text, (end, place), (5, 0), textcoords="offset points", va="center", fontsize=10, color=INK)


def horizontal(
    ax: Axes, labels: list[str], title: str, subtitle: str, scenario: Scenario, chart: Chart | None = None
) -> Axes:
    """Labels left of horizontal bars, read from top to bottom; no axis below, since each bar has its number.

    Example:
        >>> import wom
        >>> ax = axes()
        >>> bars = ax.barh([0, 1], [3.0, 2.0])
        >>> ax = horizontal(ax, ["first", "second"], "Message", "What is drawn", wom.load("retailer/today"))
        >>> [label.get_text() for label in ax.get_yticklabels()], bool(ax.yaxis_inverted())
        (['first', 'second'], True)
    """
    ax.set_yticks(range(len(labels)), labels, parse_math=False)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    room = 76 - round(0.76 * max(map(len, labels)))  # letters of a title beside the labels, in 8 inches
    frame(ax, title, subtitle, source_line(scenario), width=max(min(room, 52), 30), chart=chart)
    ax.tick_params(axis="y", labelcolor=INK, labelsize=10.5)
    ax.tick_params(axis="x", labelbottom=False)
    ax.spines["bottom"].set_visible(False)
    low, high = ax.get_xlim()
    ax.set_xlim(low, high + 0.18 * (high - low))
    return ax
