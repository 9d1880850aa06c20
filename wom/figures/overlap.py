"""The chart of networks: how many people word of mouth reaches where audiences overlap."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from scipy.special import ndtri

from ..exhibits.charts import Chart, series
from ..exhibits.style import ACCENT_LIGHT, INK, MUTED, axes, frame
from ..messages import overlap as says
from ..scenario import Scenario
from ..words import percent

SOURCE = "Simulated person by person with wom."


def source_line(scenario: Scenario) -> str:
    """Whose business it is, and how it was found.

    Example:
        >>> import wom
        >>> source_line(wom.load("retailer/today"))
        'Harbour & Co., department store. Simulated person by person with wom.'
    """
    return f"{scenario.title.rstrip('.')}. {SOURCE}"


def overlap(table: pd.DataFrame, ax: Axes | None = None, source: str = SOURCE) -> Axes:
    """How many people word of mouth reaches on networks, against a market in which everyone mixes.

    Args:
        table: from `wom.population.overlap`.
        ax: axes to draw on.
        source: the line below; `source_line` names the business, too.

    Example:
        >>> from wom.exhibits import charts
        >>> columns = ["mean_degree", "people_ever_reached_good", "people_ever_reached_good_error"]
        >>> table = pd.DataFrame([[10, 0.8, 0.01], [50, 0.95, 0.01]], index=["ten", "fifty"], columns=columns)
        >>> charts.kept(overlap(table).figure).categories
        ('ten', 'fifty')
    """
    ratio = 100.0 * table["people_ever_reached_good"].to_numpy(dtype=float)
    error = 100.0 * float(-ndtri(0.05)) * table["people_ever_reached_good_error"].to_numpy(dtype=float)
    ax = ax or axes(8.0, 2.0 + 0.5 * len(table))
    labels = [str(label) for label in table.index]
    places = np.arange(len(labels))
    ax.barh(places, ratio, color=ACCENT_LIGHT, height=0.62)
    for place, (value, half) in enumerate(zip(ratio, error, strict=True)):
        ax.plot([value - half, value + half], [place, place], color=INK, linewidth=1.2)
        right = max(value + half, 100.0)
        ax.annotate(percent(value / 100.0), (right, place), (7, 0), textcoords="offset points", va="center",
                    fontsize=10, color=INK)  # fmt: skip
    ax.axvline(100, color=MUTED, linewidth=1, linestyle=(0, (4, 2)))
    ax.set_yticks(places, labels)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.set_xlim(0, max(118.0, float((ratio + error).max()) + 14))
    written = tuple(percent(value / 100.0) for value in ratio)
    chart = Chart("bars", tuple(labels), (series("people reached", ratio, "accent_light"),), labels=written)
    subtitle = "People who ever heard good, percent of those where all mix"
    frame(ax, says.lost(table), subtitle, source, width=48, chart=chart)
    ax.annotate("100 %: everyone mixes; black lines: 90 % interval", (100, len(labels) - 0.45), (-5, 0),
                textcoords="offset points", ha="right", va="top", fontsize=9, color=MUTED)  # fmt: skip
    ax.tick_params(axis="y", labelcolor=INK, labelsize=10.5)
    ax.tick_params(axis="x", labelbottom=False)
    ax.spines["bottom"].set_visible(False)
    return ax
