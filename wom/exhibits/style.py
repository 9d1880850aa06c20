"""The house style, defined once: colours, type, and how a chart says its message.

Colours are told apart with every common colour blindness; lines are labelled where they end, not in a legend.
"""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ..plan import Calendar
from ..words import LARGE, MINUS
from .charts import MONTHS, Chart, Role, keep

INK = "#1f2933"
MUTED = "#6b7785"
FAINT = "#b8c2cc"
GRID = "#e3e8ec"
ACCENT = "#0b6e99"
ACCENT_LIGHT = "#8fc1d6"
WARM = "#c0542c"
WARM_LIGHT = "#e8b49e"

PALETTE: Mapping[Role, str] = MappingProxyType(
    {
        "accent": ACCENT,
        "accent_light": ACCENT_LIGHT,
        "warm": WARM,
        "warm_light": WARM_LIGHT,
        "ink": INK,
        "muted": MUTED,
        "faint": FAINT,
    }
)
"""Colours by what they stand for: a chart says the role, every kind of output takes the colour from here."""

QUIET = "#5b6673"
"""For small print on white: a contrast of 6 to 1."""

TYPE = ("Arial", "Liberation Sans", "DejaVu Sans")
"""Of slides, best first: the second has the widths of the first, where that is not installed."""

SIZES: Mapping[str, float] = MappingProxyType(
    {"cover": 40.0, "title": 28.0, "number": 54.0, "body": 20.0, "subtitle": 18.0, "chart": 18.0, "source": 12.0}
)
"""Points of type on a slide of 13.33 by 7.5 inches, to be read at the back of a room."""

TITLE_WIDTH = 64
"""Letters of a chart's title in one line."""
_LABEL_GAP = 15.0
"""Points between two labels at the end of lines."""


class Label(NamedTuple):
    """A text at the end of a line."""

    value: float
    text: str
    colour: str


def axes(width: float = 8.0, height: float = 4.5) -> Axes:
    """Axes of a new figure in the house style.

    Args:
        width, height: of the figure, in inches.
    """
    layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.1)
    figure = Figure(figsize=(width, height), layout=layout, facecolor="white")
    return figure.subplots()


def frame(
    ax: Axes,
    title: str,
    subtitle: str,
    source: str = "",
    width: int = TITLE_WIDTH,
    chart: Chart | None = None,
) -> Axes:
    """Title with the message, subtitle with what is drawn and its unit, source line; quiet axes.

    Args:
        ax: axes, drawn on or not.
        title: the message, one sentence with its number.
        subtitle: what is drawn, and the unit.
        source: where the numbers come from.
        width: of the title, in letters; less where labels stand left of the axes.
        chart: what is drawn, in numbers; it is kept with the figure, for slides.
    """
    if chart:
        keep(ax.get_figure(root=True), chart.said(title, subtitle, source))
    below = _balanced(subtitle, round(1.45 * width))
    pad = 26 + 13 * below.count("\n")
    ax.set_title(
        _balanced(title, width), loc="left", fontsize=13, fontweight="bold", color=INK, pad=pad, parse_math=False
    )
    ax.annotate(below, (0, 1), (0, 9), "axes fraction", "offset points", fontsize=10, color=MUTED, va="bottom",
                parse_math=False)  # fmt: skip
    if source:
        lines = textwrap.fill(source, round(1.45 * width))
        ax.annotate(lines, (0, 0), (0, -40), "axes fraction", "offset points", fontsize=8, color=MUTED, va="top",
                    parse_math=False)  # fmt: skip
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.spines["bottom"].set_color(FAINT)
    ax.tick_params(colors=MUTED, labelsize=9.5, length=0)
    ax.set_axisbelow(True)
    return ax


def _balanced(text: str, width: int) -> str:
    """A text in as few lines as fit, all about as long; none ends between a number and its unit."""
    bound = _UNIT.sub(_BOUND, text)
    lines = textwrap.wrap(bound, width)
    least = math.ceil(len(bound) / max(len(lines), 1)) or width  # nothing to wrap in an empty text
    fits = (textwrap.wrap(bound, narrow) for narrow in range(least, width + 1))
    lines = next((narrow for narrow in fits if len(narrow) == len(lines)), lines)
    return "\n".join(lines).replace(_BOUND, " ")


_UNIT = re.compile(r"(?<=\d) (?=(?:%|months?|million|billion|trillion)(?!\w))")
_BOUND = "\ue000"
"""Stands for a space where no line may end."""


def axis_text(value: float, largest: float) -> str:
    """A number on an axis: thousands apart, and a word for millions where it goes that far.

    Args:
        value: of a tick.
        largest: end of the axis.
    """
    power, word = next(((power, word) for power, word in LARGE if abs(largest) >= 10**power), (0, ""))
    text = f"{abs(value) / 10**power:,.10f}".rstrip("0").rstrip(".")
    return (MINUS if value < 0 else "") + text + (f" {word}" if word and value else "")


def value_axis(ax: Axes, *, zero: bool = True) -> None:
    """Thousands apart on the value axis, light lines, and a line at nought where it is crossed.

    Args:
        ax: axes, drawn on.
        zero: whether the axis must show nought.
    """
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: axis_text(value, max(map(abs, ax.get_ylim())))))
    ax.yaxis.set_major_locator(MaxNLocator(5))
    ax.grid(axis="y", color=GRID, linewidth=0.8)
    if zero:
        low, high = ax.get_ylim()
        ax.set_ylim(min(low, 0.0), max(high, 0.0))
        ax.axhline(0, color=FAINT, linewidth=0.8)


def month_axis(ax: Axes, months: int, calendar: Calendar | None = None) -> None:
    """Months from today, a tick every half year or year; calendar months where the first one is named."""
    step = next(step for step in (1, 3, 6, 12, 24, 60, 120, 240) if months / step <= 9)
    places = range(0, months + 1, step)
    if calendar is None or calendar.first is None:
        ax.set_xticks(places)
        ax.set_xlabel(MONTHS, color=MUTED, fontsize=9.5, loc="left")
    else:
        ax.set_xticks(places, [calendar.label(place) for place in places])


def end_labels(ax: Axes, place: float, labels: Sequence[Label]) -> None:
    """Texts to the right of the lines' ends, moved apart where they would overlap.

    Args:
        ax: axes whose limits are final.
        place: where the lines end, in data.
        labels: one per line.
    """
    low, high = ax.get_ylim()
    inches = 0.8 * ax.get_window_extent().height / ax.get_figure(root=True).dpi  # type: ignore[union-attr]
    gap = _LABEL_GAP / 72 / inches * (high - low)
    order = sorted(labels, key=lambda label: label.value)
    heights = [label.value for label in order]
    for _ in range(50):
        for i in range(len(heights) - 1):
            lines = 1 + (order[i].text.count("\n") + order[i + 1].text.count("\n")) / 2
            if (lack := gap * lines - (heights[i + 1] - heights[i])) > 0:
                heights[i] -= lack / 2
                heights[i + 1] += lack / 2
    lift = max(low - heights[0], 0.0)  # not below the axis, where the months stand
    for label, height in zip(order, (height + lift for height in heights), strict=True):
        ax.annotate(
            label.text,
            (place, height),
            (8, 0),
            textcoords="offset points",
            color=label.colour,
            fontsize=10,
            fontweight="bold",
            va="center",
            annotation_clip=False,
            parse_math=False,
        )
