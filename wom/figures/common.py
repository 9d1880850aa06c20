"""What several charts share: the source line, and a waterfall."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ..exhibits.charts import MONTHS
from ..exhibits.style import ACCENT, ACCENT_LIGHT, FAINT, INK, MUTED, WARM_LIGHT
from ..messages.standing import kind
from ..plan import Calendar
from ..scenario import Scenario
from ..words import amounts, number, signed, whole


def source_line(scenario: Scenario) -> str:
    """What stands under a chart: whose numbers these are, and of what kind.

    Example:
        >>> import wom
        >>> source_line(wom.load("retailer/today"))
        'Harbour & Co., department store. Scenario computed with wom, no forecast from data.'
    """
    return f"{(scenario.title or 'Scenario').rstrip('.')}. {kind(scenario)}."


def unit(scenario: Scenario) -> str:
    """The currency behind a comma, as a subtitle ends.

    Example:
        >>> import wom
        >>> unit(wom.load("retailer/today")), unit(wom.load("retailer/today").replace({"currency": ""}))
        (', USD', '')
    """
    return f", {scenario.currency}" if scenario.currency else ""


def counted(table: pd.DataFrame | pd.Series) -> Any:
    """A table of months by their number from 0, where they are drawn; the axis may name them otherwise."""
    return table.reset_index(drop=True)


def along(calendar: Calendar, months: int) -> tuple[tuple[str | float, ...], str]:
    """What stands along a chart's months, and what it counts."""
    return tuple(calendar.labels(months)), MONTHS if calendar.first is None else ""


def step_texts(steps: pd.Series) -> list[str]:
    """What stands at the bars of a waterfall: whole people that add up, parts of a few, four digits of many.

    Example:
        >>> step_texts(pd.Series([5574.0, 83.4, 64.4, 5721.8])), step_texts(pd.Series([12.0, 0.19, 12.19]))
        (['5,574', '+84', '+64', '5,722'], ['12', '+0.19', '12'])
    """
    values = [float(value) for value in steps]
    if abs(values[0]) >= 1e6:
        texts = amounts(values)
        return [texts[0], *map(signed, texts[1:-1]), texts[-1]]
    if max(map(abs, values[1:-1]), default=0.0) < _FEW:
        return [whole(values[0]), *(signed(number(value, 2)) for value in values[1:-1]), whole(values[-1])]
    changes = np.floor(values[1:-1])
    lack = int(round(values[-1]) - round(values[0]) - changes.sum())  # as many more are rounded up, nearest first
    changes[np.argsort(changes - values[1:-1], kind="stable")[: max(lack, 0)]] += 1
    return [whole(values[0]), *(signed(whole(value)) for value in changes), whole(values[-1])]


_FEW = 10.0
"""People, of whom tenths are shown."""


def waterfall(steps: pd.Series, ax: Axes) -> Axes:
    """Steps from a first total to a last one, read from top to bottom; they add up on the page.

    Args:
        steps: first total, changes, last total, by label.
        ax: axes to draw on.

    Example:
        >>> from wom.exhibits.style import axes
        >>> steps = pd.Series({"Before": 100.0, "More stay": 12.0, "Fewer come": -2.0, "After": 110.0})
        >>> ax = waterfall(steps, axes())
        >>> [text.get_text() for text in ax.texts]
        ['100', '+12', '−2', '110']
    """
    values = steps.to_numpy()
    changes = values[1:-1]
    ends = values[0] + np.cumsum(changes)
    starts = ends - changes
    spread = max(np.ptp([values[0], values[-1], *ends]), 1e-9)
    floor = min([values[0], values[-1], *ends]) - 0.6 * spread
    places = np.arange(len(values))
    ax.barh(places[[0, -1]], values[[0, -1]] - floor, left=floor, color=[FAINT, ACCENT], height=0.62)
    ax.barh(
        places[1:-1], changes, left=starts, color=np.where(changes >= 0, ACCENT_LIGHT, WARM_LIGHT), height=0.62
    )
    for place, (low, high) in enumerate(zip([values[0], *ends], [values[0], *ends], strict=True)):
        ax.plot([low, high], [place + 0.31, place + 0.69], color=MUTED, linewidth=0.8)
    edges = np.concatenate([[values[0]], np.maximum(starts, ends), [values[-1]]])
    for place, (edge, text) in enumerate(zip(edges, step_texts(steps), strict=True)):
        total = place in (0, len(values) - 1)
        ax.annotate(text, (edge, place), (5, 0), textcoords="offset points", va="center", fontsize=10,
                    color=INK, fontweight="bold" if total else "normal")  # fmt: skip
    ax.set_yticks(places, steps.index)
    ax.tick_params(axis="y", labelcolor=INK, labelsize=10.5)
    ax.set_ylim(len(values) - 0.4, -0.6)
    ax.set_xlim(floor, max(edges) + 0.25 * spread)
    return ax
