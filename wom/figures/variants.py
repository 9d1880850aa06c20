"""The one chart of a sweep: what its variants bring, and what that depends on."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from ..analysis.sweep import Sweep, quantity_of
from ..exhibits.style import ACCENT, ACCENT_LIGHT, FAINT, INK, MUTED, WARM_LIGHT, axes, frame, value_axis
from ..parameters import QUANTITIES
from ..scenario import Scenario
from ..words import NARROW, amounts, money, number, whole
from .common import source_line, unit

MEASURES = {
    "revenue": "Revenue over the horizon",
    "extra_revenue": "Extra revenue over the horizon",
    "plan_cost": "Cost of the plan",
    "npv": "Worth in today's money",
    "net": "What the plan brings, in today's money",
    "against_today": "Against today, in today's money",
    "payback_month": "Month in which the cost is earned back, within the horizon",
    "customers_at_end": "Customers at the end",
    "extra_customers_at_end": "Extra customers at the end",
    "new_customers": "New customers over the horizon",
    "people_told_good": "People told good over the horizon",
    "people_told_bad": "People told bad over the horizon",
    "stars_at_end": "Star rating at the end",
}
"""What the results of a sweep are, in words."""

_MOST_BARS = 30
_MOST_PANELS = 4
_CUT = 46
_MONEY = ("revenue", "extra_revenue", "plan_cost", "npv", "net", "against_today")


def message(found: Sweep, scenario: Scenario, by: str = "") -> str:
    """Where a result is highest and lowest, without praise: a plan may bring most where service is bad.

    Args:
        found: from `wom.sweep`.
        scenario: whose variants they are.
        by: one of MEASURES; by default what the plan brings, or the NPV where there is no plan.

    Example:
        >>> import wom
        >>> from wom.analysis.sweep import grid
        >>> from wom.analysis.sweep import sweep
        >>> case = wom.load("retailer/make-it-right")
        >>> found = sweep(case, grid({"experience.recovered_share": [0.3, 0.5]}))
        >>> print(message(found, case).replace(chr(160), " "))
        The plan brings most with recovered share 30 % (USD 10,600), least with recovered share 50 % (−USD 2,590)
    """
    by = by or found.measure
    ranked = found.ranked(by)[by].dropna()
    if ranked.empty:
        return "No variant could be computed"
    best, worst = _values([ranked.iloc[0], ranked.iloc[-1]], by, scenario)
    if len(ranked) == 1:
        return f"{ranked.index[0]}: {best}"
    high, low = ranked.index[0], ranked.index[-1]
    if by == "net" and ranked.iloc[0] < 0:
        return f"The plan loses in every variant, least with {high} ({best}), most with {low} ({worst})"
    if by == "net":
        return f"The plan brings most with {high} ({best}), least with {low} ({worst})"
    return f"{MEASURES[by]} is highest with {high} ({best}), lowest with {low} ({worst})"


def headline(found: Sweep, scenario: Scenario, by: str = "") -> list[tuple[str, str, str]]:
    """The highest, the middle and the lowest, as label, value and note.

    Example:
        >>> import wom
        >>> from wom.analysis.sweep import grid
        >>> from wom.analysis.sweep import sweep
        >>> case = wom.load("retailer/make-it-right")
        >>> found = sweep(case, grid({"experience.recovered_share": [0.3, 0.4, 0.5]}))
        >>> [f"{label}: {note}" for label, _, note in headline(found, case)][0]
        'The plan brings most: recovered share 30 %'
    """
    by = by or found.measure
    ranked = found.ranked(by)[by].dropna().astype(float)
    refused = f"{len(found.problems)} refused" if len(found.problems) else "none refused"
    if ranked.empty:
        return [("Variants", "0", refused)]
    best, median, worst = _values([ranked.iloc[0], ranked.median(), ranked.iloc[-1]], by, scenario)
    return [
        ("The plan brings most" if by == "net" else f"{MEASURES[by]}: highest", best, str(ranked.index[0])),
        ("Median", median, f"of {len(ranked):,} variants, {refused}"),
        ("Least" if by == "net" else "Lowest", worst, str(ranked.index[-1])),
    ]


def numbers(found: Sweep, by: str = "") -> dict[str, float]:
    """The same in numbers, and how many variants there are and were refused.

    Example:
        >>> import wom
        >>> from wom.analysis.sweep import grid
        >>> from wom.analysis.sweep import sweep
        >>> found = sweep(wom.load("retailer/make-it-right"), grid({"experience.bad_share": [0.02, 0.06, 1.2]}))
        >>> known = numbers(found)
        >>> known["variants"], known["refused_variants"]
        (3, 1)
        >>> known["best_net"] > known["worst_net"]
        True
    """
    by = by or found.measure
    ranked = found.ranked(by)[by].dropna().astype(float)
    counts = {"variants": len(found.points), "refused_variants": len(found.problems)}
    if ranked.empty:
        return dict(counts)
    figures = {"best": ranked.iloc[0], "median": ranked.median(), "worst": ranked.iloc[-1]}
    return {f"{name}_{by}": float(value) for name, value in figures.items()} | counts


def readable(ranked: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Some variants as a table to read: what they bring, in words and in the currency.

    Example:
        >>> import wom
        >>> from wom.analysis.sweep import grid
        >>> from wom.analysis.sweep import sweep
        >>> today = wom.load("retailer/today")
        >>> found = sweep(today, grid({"experience.bad_share": [0.03, 0.06]}))
        >>> list(readable(found.ranked(), today))[:2]
        ["Against today, in today's money", "Worth in today's money"]
    """
    columns = ("net", "against_today", "npv", "extra_revenue", "revenue", "customers_at_end")
    table = pd.DataFrame(
        {MEASURES[name]: _values(ranked[name], name, scenario) for name in columns},
        index=pd.Index([str(name).replace(" %", f"{NARROW}%") for name in ranked.index], name="Variant"),
    )
    planned = bool((ranked["extra_revenue"] != 0).any())
    unneeded = [MEASURES[name] for name in ("net", "extra_revenue")]
    return table if planned else table.drop(columns=unneeded)


def alternative(found: Sweep, scenario: Scenario, by: str = "") -> str:
    """What the chart shows, for who cannot see it.

    Example:
        >>> import wom
        >>> from wom.analysis.sweep import grid
        >>> from wom.analysis.sweep import sweep
        >>> case = wom.load("retailer/make-it-right")
        >>> alternative(sweep(case, grid({"experience.recovered_share": [0.3, 0.5]})), case).split(".")[0]
        "Bars: What the plan brings, in today's money of 2 variants"
    """
    by = by or found.measure
    kind = "Bars" if _as_bars(found) else "Lines over each value that changes"
    return f"{kind}: {MEASURES[by]} of {len(found.ranked(by))} variants. {message(found, scenario, by)}."


def variants(found: Sweep, scenario: Scenario, by: str = "") -> Figure | Axes:
    """What the variants bring: bars by rank for few, else one panel for each value that changes.

    In a panel the line is the median over all other values, the area holds nine tenths of them.

    Args:
        found: from `wom.sweep`.
        scenario: whose variants they are.
        by: one of MEASURES; by default what the plan brings, or the NPV where there is no plan.

    Example:
        >>> import wom
        >>> from wom.analysis.sweep import grid
        >>> from wom.analysis.sweep import sweep
        >>> case = wom.load("retailer/make-it-right")
        >>> ax = variants(sweep(case, grid({"experience.recovered_share": [0.3, 0.5]})), case)
        >>> [label.get_text() for label in ax.get_yticklabels()]
        ['recovered share 30 %', 'recovered share 50 %']
    """
    by = by or found.measure
    ranked = found.ranked(by).dropna(subset=[by])
    if _as_bars(found) or ranked.empty:
        return _bars(ranked[by].astype(float), found, scenario, by)
    return _panels(ranked, found, scenario, by)


def _values(values: Iterable[float], by: str, scenario: Scenario) -> list[str]:
    """Values side by side; money is rounded alike, for a small sum beside a large one is known no better."""
    known = [float(value) for value in values]
    if by in _MONEY and np.isfinite(known).all():
        return amounts(known, scenario.currency)
    return [_value(value, by, scenario) for value in known]


def _value(value: Any, by: str, scenario: Scenario) -> str:
    if by in _MONEY:
        return money(float(value), scenario.currency)
    return whole(float(value)) if "customers" in by and 100 <= abs(value) < 1e6 else number(float(value))


def _numeric(found: Sweep) -> list[str]:
    """Keys that take at least two numbers."""
    kinds = {key: pd.to_numeric(found.points[key], errors="coerce") for key in found.points}
    return [str(key) for key, values in kinds.items() if values.notna().all() and values.min() < values.max()]


def _as_bars(found: Sweep) -> bool:
    return len(found.points) <= _MOST_BARS or not _numeric(found)


def _bars(values: pd.Series, found: Sweep, scenario: Scenario, by: str) -> Axes:
    shown = values if len(values) <= _MOST_BARS else pd.concat([values.iloc[: _MOST_BARS - 5], values.iloc[-5:]])
    ax = axes(8.0, 1.8 + 0.3 * max(len(shown), 2))
    places = np.arange(len(shown))
    ax.barh(places, shown, color=np.where(shown >= 0, ACCENT, WARM_LIGHT), height=0.66)
    known = [float(value) for value in shown]
    texts = amounts(known) if by in _MONEY and np.isfinite(known).all() else [number(value) for value in known]
    for place, value, text in zip(places, shown, texts, strict=True):
        ax.annotate(text, (value, place), (4 if value >= 0 else -4, 0), textcoords="offset points",
                    va="center", ha="left" if value >= 0 else "right", fontsize=9, color=INK)  # fmt: skip
    ax.set_yticks(places, [textwrap.shorten(str(name), _CUT, placeholder=" …") for name in shown.index])
    ax.tick_params(axis="y", labelcolor=INK)
    ax.tick_params(labelbottom=False)
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.axvline(0, color=FAINT, linewidth=1)
    ax.margins(x=0.16)
    cut = f"; {len(values) - len(shown)} in the middle left out" if len(shown) < len(values) else ""
    subtitle = f"{MEASURES[by]}{unit(scenario) if by in _MONEY else ''}{cut}"
    return frame(ax, message(found, scenario, by), subtitle, source_line(scenario), width=50)


def _panels(ranked: pd.DataFrame, found: Sweep, scenario: Scenario, by: str) -> Figure:
    keys = sorted(_numeric(found), key=lambda key: -_reach(ranked, key, by))[:_MOST_PANELS]
    layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.12)
    rows = (len(keys) + 1) // 2
    figure = Figure(figsize=(8.0, 1.2 + 2.9 * rows), layout=layout, facecolor="white")
    grid = figure.subplots(rows, min(len(keys), 2), squeeze=False, sharey=True)
    for ax, key in zip(grid.flat, keys, strict=False):
        groups = ranked.groupby(ranked[key].astype(float))[by]
        low, middle, high = (groups.quantile(level) for level in (0.05, 0.5, 0.95))
        ax.fill_between(
            middle.index, low.astype(float), high.astype(float), color=ACCENT_LIGHT, alpha=0.45, linewidth=0
        )
        ax.plot(middle.index, middle.astype(float), color=ACCENT, linewidth=2.2)
        frame(ax, "", "")
        value_axis(ax)
        name = quantity_of(key)
        text = f"{key} ({QUANTITIES[name].unit})" if name in QUANTITIES else key.replace("_", " ")
        ax.set_xlabel(text, color=MUTED, fontsize=9.5, loc="left")
    for ax in list(grid.flat)[len(keys) :]:
        ax.set_visible(False)
    title = textwrap.fill(message(found, scenario, by), 74)
    figure.suptitle(title, x=0.02, ha="left", fontsize=12, fontweight="bold", color=INK)
    figure.supxlabel(
        textwrap.fill(
            f"{MEASURES[by]}{unit(scenario) if by in _MONEY else ''}: median over all other values, nine tenths "
            f"of them in the area. {source_line(scenario)}", 110),
        x=0.02, ha="left", fontsize=8, color=MUTED,
    )  # fmt: skip
    return figure


def _reach(ranked: pd.DataFrame, key: str, by: str) -> float:
    """How far the median moves over the values of a key."""
    middle = ranked.groupby(ranked[key].astype(float))[by].median().astype(float)
    return float(middle.max() - middle.min())
