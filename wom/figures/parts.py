"""How many people hear of an experience, as a chart."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from ..exhibits.charts import Chart, series
from ..exhibits.style import ACCENT, WARM, axes, frame
from ..reach import Reach

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
