"""Charts for a workshop: belief, good against bad, plans with their intervals, what could make it wrong."""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.axes import Axes

from ..evidence import figure
from ..exhibits.charts import Chart, series, spans
from ..exhibits.style import ACCENT, ACCENT_LIGHT, FAINT, INK, WARM, axes, frame
from ..messages import workshop as says
from ..messages.plain import plain
from ..scenario import Scenario
from ..words import amounts, number, signed
from .common import unit
from .value import horizontal


def belief(ax: Axes | None = None) -> Axes:
    """What firms believe of their service, and of how many their customers say so: published figures.

    Args:
        ax: axes to draw on.

    Example:
        >>> from wom.exhibits.charts import kept
        >>> kept(belief().figure).frame()["of 100 firms"].to_dict()
        {'Firms that believe it': 80.0, 'Firms whose customers say it': 8.0}
    """
    ax = ax or axes(8.0, 2.6)
    record = figure("perception_gap_firms")
    shares = [100 * (figure(f"perception_gap_{name}").central or 0.0) for name in ("firms", "customers")]
    labels = ["Firms that believe it", "Firms whose customers say it"]
    ax.barh([0, 1], shares, color=[FAINT, ACCENT], height=0.62)
    for place, share in enumerate(shares):
        ax.annotate(f"{share:.0f}", (share, place), (5, 0), textcoords="offset points", va="center", color=INK)
    drawn = series("of 100 firms", shares, roles=["faint", "accent"])
    chart = Chart("bars", tuple(labels), (drawn,), form="plain")
    frame(ax, says.belief(), "Of 100 firms: a superior experience", f"{record.source}.", 52, chart)
    return _names(ax, labels)


def balance(table: pd.DataFrame, case: Scenario, ax: Axes | None = None) -> Axes:
    """Good experiences that one bad takes to make up for, beside those that there are.

    Args:
        table: from `wom.workshop.balance`.
        case: whose they are.
        ax: axes to draw on.

    Example:
        >>> import wom
        >>> from wom.exhibits.charts import kept
        >>> table = pd.DataFrame({"good_for_one_bad": [4.5, 6.0]}, ["needed", "given"])
        >>> kept(balance(table, wom.load("retailer/today")).figure).frame()["good experiences"].to_dict()
        {'Needed for one bad': 4.5, 'Given for one bad': 6.0}
    """
    ax = ax or axes(8.0, 3.0)
    values = [float(value) if math.isfinite(value) else 0.0 for value in table["good_for_one_bad"]]
    enough = values[1] >= values[0]
    labels = ["Needed for one bad", "Given for one bad"]
    texts = [number(float(value), 2) if math.isfinite(value) else "–" for value in table["good_for_one_bad"]]
    ax.barh([0, 1], values, color=[FAINT, ACCENT if enough else WARM], height=0.62)
    for place, (value, text) in enumerate(zip(values, texts, strict=True)):
        ax.annotate(text, (value, place), (5, 0), textcoords="offset points", va="center", color=INK)
    drawn = series("good experiences", table["good_for_one_bad"], roles=["faint", "accent" if enough else "warm"])
    chart = Chart("bars", tuple(labels), (drawn,), form="plain")
    subtitle = "Good experiences for each bad one that is not put right"
    return horizontal(ax, labels, says.needed(table), subtitle, case, chart)


def plans(gains: pd.DataFrame, case: Scenario, ax: Axes | None = None) -> Axes:
    """Plans side by side: what each brings, with the interval that holds nine draws in ten.

    Args:
        gains: from `wom.workshop.gains`.
        case: whose they are.
        ax: axes to draw on.

    Example:
        >>> import wom
        >>> from wom.exhibits.charts import kept
        >>> row = {"low": 1000.0, "median": 5000.0, "high": 9000.0, "per_month": 160.0, "chance_of_loss": 0.0}
        >>> gains = pd.DataFrame(row, ["Fewer bad experiences"])
        >>> kept(plans(gains, wom.load("retailer/today")).figure).frame().iloc[0].tolist()
        [1000.0, 5000.0, 5000.0, 9000.0]
    """
    ax = ax or axes(8.0, 1.9 + 0.6 * len(gains))
    low, median, high = (gains[name].tolist() for name in ("low", "median", "high"))
    written = amounts([*low, *median, *high], digits=3)
    count = len(gains)
    texts = [
        f"{signed(written[count + place])} ({written[place]} to {written[2 * count + place]})"
        for place in range(count)
    ]
    labels = [str(name) for name in gains.index]
    subtitle = (
        f"Worth in today's money{unit(case)}, over {case.horizon_months} months, before any cost; "
        "colour changes in the middle"
    )
    return _spans(ax, spans(labels, low, median, high, texts), says.plans(gains, case), subtitle, case)


def doubts(tornado: pd.DataFrame, plan: Scenario, most: int = 6, ax: Axes | None = None) -> Axes:
    """What a plan brings with one figure after the other at the ends of its range.

    Args:
        tornado: from `wom.workshop.doubts`.
        plan: whose it is.
        most: bars.
        ax: axes to draw on.

    Example:
        >>> import wom
        >>> from wom.exhibits.charts import kept
        >>> row = {"outcome_low": 9000.0, "outcome_high": -3000.0, "swing": 12_000.0, "middle": 4000.0}
        >>> ends = pd.DataFrame(row | {"low": 0.03, "high": 0.09, "cut": False}, ["experience.bad_share"])
        >>> kept(doubts(ends, wom.load("retailer/make-it-right")).figure).frame().iloc[0].tolist()
        [-3000.0, 4000.0, 4000.0, 9000.0]
    """
    rows = tornado.head(most)
    ax = ax or axes(8.0, 1.9 + 0.45 * len(rows))
    ends = rows[["outcome_low", "outcome_high"]]
    low, high = ends.min(axis=1), ends.max(axis=1)
    middle = rows["middle"].tolist()
    written = amounts([*low, *high], digits=3)
    texts = [f"{first} to {last}" for first, last in zip(written[: len(rows)], written[len(rows) :], strict=True)]
    labels = [plain(str(key)) for key in rows.index]
    chart = spans(labels, [*map(min, low, middle)], middle, [*map(max, high, middle)], texts)
    subtitle = f"Worth of the plan{unit(plan)}, with each figure at the low and the high end of its range"
    return _spans(ax, chart, says.doubts(tornado, plan), subtitle, plan)


def _spans(ax: Axes, chart: Chart, title: str, subtitle: str, case: Scenario) -> Axes:
    """Intervals that change colour in the middle, with their text at the right."""
    for one, colour in zip(chart.series, (ACCENT_LIGHT, ACCENT), strict=True):
        starts = [start or 0.0 for start in one.starts]
        widths = [(end or 0.0) - start for start, end in zip(starts, one.data, strict=True)]
        ax.barh(range(len(starts)), widths, left=starts, color=colour, height=0.62)
    ax.axvline(0, color=FAINT, linewidth=0.8)
    for place, (end, text) in enumerate(zip(chart.series[1].data, chart.labels, strict=True)):
        ax.annotate(text, (end or 0.0, place), (5, 0), textcoords="offset points", va="center", fontsize=9.5,
                    color=INK)  # fmt: skip
    low, high = ax.get_xlim()
    ax.set_xlim(low, high + 0.35 * (high - low))
    return horizontal(ax, [str(name) for name in chart.categories], title, subtitle, case, chart)


def _names(ax: Axes, labels: list[str]) -> Axes:
    """Names left of bars, read from top to bottom, and no axis below."""
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.tick_params(axis="y", labelcolor=INK, labelsize=10.5)
    ax.tick_params(axis="x", labelbottom=False)
    ax.spines["bottom"].set_visible(False)
    return ax
