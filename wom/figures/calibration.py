"""Charts of what tables tell: figures beside published ranges, who stays, who spends, and how a forecast went."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ..calibration.backtest import BackTested
from ..calibration.estimate import Estimate, estimates
from ..calibration.result import Calibration
from ..errors import InputError
from ..exhibits import charts
from ..exhibits.charts import series
from ..exhibits.style import ACCENT, FAINT, INK, MUTED, WARM, Label, axes, end_labels, frame, value_axis
from ..messages import back_test as tests
from ..messages import calibration as says
from ..messages.plain import plain
from ..messages.standing import span
from ..words import number, whole
from .parts import reach as published_reach

_TONES = {"content": MUTED, "delighted": ACCENT, "disappointed": WARM}


def source_line(found: Calibration) -> str:
    """Whose numbers these are.

    Example:
        >>> from wom.calibration.result import known
        >>> source_line(known([]))
        'Shop. Found in its tables of Jan 2023 to Dec 2024 with wom.'
    """
    return f"{(found.title or 'A business').rstrip('.')}. Found in its tables of {span(found.months)} with wom."


def ranges(found: Calibration, ax: Axes | None = None) -> Axes:
    """Each figure's interval beside the published range, on one scale: the range is 0 to 100.

    Args:
        found: from `wom.calibrate`.
        ax: axes to draw on.

    Example:
        >>> from wom.calibration.result import known
        >>> from wom.calibration.estimate import Estimate
        >>> ax = ranges(known([Estimate("word_of_mouth.reach_good", 8, 9, 10, "Asked.", 400)]))
        >>> charts.kept(ax.figure).categories, charts.kept(ax.figure).labels
        (('People told of a good experience',), ('9.0 (8.0 to 10.0)',))
    """
    table = found.table[found.table["used"] & found.table["evidence_low"].notna()]
    table = table[table["evidence_high"] > table["evidence_low"]]
    ax = ax or axes(8.0, 2.2 + 0.36 * len(table))
    low, middle, high = (
        np.array([_place(row[part], row) for _, row in table.iterrows()]) for part in ("low", "central", "high")
    )
    places = np.arange(len(table))
    ax.axvspan(0, 100, color=FAINT, alpha=0.35, linewidth=0)
    ax.hlines(places, low, high, color=ACCENT, linewidth=5, alpha=0.55)
    ax.plot(middle, places, "o", color=ACCENT, markersize=6)
    labels = [plain(str(key)) for key in table.index]
    ax.set_yticks(places, labels)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.set_xlim(-52, 260)
    texts = [_written(found.used[str(key)]) for key in table.index]
    for place, text in zip(places, texts, strict=True):
        ax.annotate(text, (150, place), (6, 0), textcoords="offset points", va="center", fontsize=9,
                    color=MUTED)  # fmt: skip
    start, end = np.minimum(low, _EDGE - _LEAST), np.maximum(high, _LEAST - _EDGE + 100.0)  # never without a bar
    below, above = (
        (start > 0.0) & (start < 100.0),
        (end < 100.0) & (end > 0.0),
    )  # bars touch: no range beside a gap
    chart = charts.Chart(
        "floating_bars",
        tuple(labels),
        (
            series(
                "published range", np.where(below, start, np.nan), "faint", starts=np.where(below, 0.0, np.nan)
            ),
            series("found", end, starts=start),
            series(
                "published range, the rest",
                np.where(above, 100.0, np.nan),
                "faint",
                starts=np.where(above, end, np.nan),
            ),
        ),
        labels=tuple(texts),
        limits=(float(min([0.0, *start])), float(max([100.0, *end]))),
    )
    subtitle = "Blue: found, 90 % interval; grey: the published range"
    frame(ax, says.ranges(found), subtitle, source_line(found), width=46, chart=chart)
    ax.tick_params(axis="y", labelcolor=INK, labelsize=10)
    ax.set_xticks([0, 100], ["published low", "published high"])
    ax.spines["bottom"].set_visible(False)
    return ax


def _written(one: Estimate) -> str:
    low, middle, high = says.written(one)
    return f"{middle} ({low} to {high})"


def _place(value: float, row: pd.Series) -> float:
    """Where a value lies between the ends of the published range, in percent; cut at half a range beyond them."""
    low, high = float(row["evidence_low"]), float(row["evidence_high"])
    return float(np.clip(100.0 * (value - low) / (high - low), 100.0 - _EDGE, _EDGE))


_EDGE, _LEAST = 150.0, 3.0
"""Where the drawing ends, and the least length of a bar there."""


def moods(found: Calibration, ax: Axes | None = None) -> Axes:
    """How much sooner customers leave after a good or bad experience: published, in these data, and both.

    Args:
        found: from `wom.calibrate`, with experiences and departures.
        ax: axes to draw on.

    Example:
        >>> from dataclasses import replace
        >>> from wom.calibration.leaving import Leaving
        >>> from wom.calibration.result import known
        >>> index = pd.MultiIndex.from_product([["disappointed"], ["published", "data", "both"]])
        >>> table = pd.DataFrame({"low": [1.3, 1.1, 1.4], "central": 2.0, "high": [4.0, 3.0, 2.8]}, index=index)
        >>> shop = known([])
        >>> shop = replace(shop, evaluated=replace(shop.evaluated, moods=Leaving((), table, np.ones(1))))
        >>> charts.kept(moods(shop).figure).categories
        ('Disappointed: published', 'Disappointed: these data', 'Disappointed: both')
    """
    ax = ax or axes(8.0, 3.6)
    table = found.evaluated.moods.table if found.evaluated.moods else pd.DataFrame()
    words = {"published": "published", "data": "these data", "both": "both"}
    rows = [(f"{str(mood).capitalize()}: {words[str(by)]}", str(mood), str(by)) for mood, by in table.index]
    labels = [label for label, *_ in rows]
    ends, middles = table[["low", "high"]].to_numpy(dtype=float), table["central"].to_numpy(dtype=float)
    texts = [
        f"{number(middle, 2)} ({number(low, 2)} to {number(high, 2)})"
        for middle, (low, high) in zip(middles, ends, strict=True)
    ]
    for place, (_, mood, by) in enumerate(rows):
        colour = _TONES[mood] if by == "both" else FAINT
        ax.hlines(place, *ends[place], color=colour, linewidth=6, alpha=0.6)
        ax.plot(middles[place], place, "o", color=colour, markersize=7)
        ax.annotate(texts[place], (ends[place][1], place), (8, 0), textcoords="offset points", va="center",
                    fontsize=9, color=MUTED)  # fmt: skip
    ax.axvline(1.0, color=INK, linewidth=1)
    ax.set_xscale("log")
    ax.set_yticks(range(len(rows)), labels)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    low, high = ax.get_xlim()
    ax.set_xlim(low, high * (high / low) ** 0.4)
    tones: list[charts.Tone] = [
        "muted" if by != "both" else "warm" if mood == "disappointed" else "accent" for _, mood, by in rows
    ]
    chart = charts.spans(labels, ends[:, 0].tolist(), middles.tolist(), ends[:, 1].tolist(), texts, tones)
    subtitle = "Times as fast as content customers; middle and 90 % interval, logarithmic"
    frame(ax, says.moods(found), subtitle, source_line(found), width=46, chart=chart)
    ax.tick_params(axis="y", labelcolor=INK, labelsize=10)
    ax.tick_params(axis="x", which="both", bottom=False, labelbottom=False)
    ax.spines["bottom"].set_visible(False)
    return ax


_MOST_MONTHS = 8
"""Names on an axis."""


def survival(found: Calibration, months: int = 36, ax: Axes | None = None) -> Axes:
    """How many of those who join stay, projected: the shifted beta-geometric curve.

    Args:
        found: from `wom.calibrate`, with customers who say when they leave.
        months: to project.
        ax: axes to draw on.

    Example:
        >>> from dataclasses import replace
        >>> from wom.calibration import retention
        >>> from wom.calibration.result import known
        >>> fit = retention.fit(retention.from_survival(np.array([0.631, 0.468, 0.382])))
        >>> shop = known([])
        >>> shop = replace(shop, evaluated=replace(shop.evaluated, curve=fit))
        >>> len(charts.kept(survival(shop, 12).figure).categories)
        12
    """
    ax = ax or axes(8.0, 4.0)
    curve = found.evaluated.curve.curve(months) if found.evaluated.curve else pd.DataFrame()
    index = curve["month"].to_numpy() if "month" in curve else curve.index.to_numpy()
    whole = 100.0 * curve[["low", "central", "high"]].to_numpy()
    ax.fill_between(index, whole[:, 0], whole[:, 2], color=ACCENT, alpha=0.18, linewidth=0)
    ax.plot(index, whole[:, 1], color=ACCENT, linewidth=2.4)
    chart = charts.lines(
        index, series("high end", whole[:, 2], "faint"), series("middle", whole[:, 1]),
        series("low end", whole[:, 0], "faint"), axis="Months since joining", zero=True,
    )  # fmt: skip
    chart = replace(chart, form="plain")
    subtitle = "Of 100 who join, how many are still customers, with the 90 % interval"
    frame(ax, says.survival(curve), subtitle, source_line(found), chart=chart)
    value_axis(ax)
    ax.set_xlabel("Months since joining", color=MUTED, fontsize=9.5, loc="left")
    return ax


def uplift(found: Calibration, ax: Axes | None = None) -> Axes:
    """What mood adds to spending: within customers, and beside it the comparison that is wrong.

    Args:
        found: from `wom.calibrate`, with payments and experiences.
        ax: axes to draw on.

    Example:
        >>> from wom.calibration.result import known
        >>> from wom.calibration.estimate import Estimate
        >>> names = (*says.WITHIN, *says.NAIVE)
        >>> ax = uplift(known([Estimate(name, 0.01, 0.05, 0.1, "Asked.", 400) for name in names]))
        >>> len(charts.kept(ax.figure).categories)
        4
    """
    ax = ax or axes(8.0, 3.6)
    known = estimates(found.evaluated.found)
    rows = [
        ("Delighted: same customers", known[says.WITHIN[0]], 1.0, ACCENT),
        ("Delighted: other customers (wrong)", known[says.NAIVE[0]], 1.0, FAINT),
        ("Disappointed: same customers", known[says.WITHIN[1]], -1.0, WARM),
        ("Disappointed: other customers (wrong)", known[says.NAIVE[1]], -1.0, FAINT),
    ]
    labels = [label for label, *_ in rows]
    ends = np.array([sorted((100 * way * one.low, 100 * way * one.high)) for _, one, way, _ in rows])
    middles = np.array([100 * way * one.central for _, one, way, _ in rows])
    texts = [
        f"{whole(middle)} % ({whole(low)} to {whole(high)} %)"
        for middle, (low, high) in zip(middles, ends, strict=True)
    ]
    for place, (_, _, _, colour) in enumerate(rows):
        ax.hlines(place, *ends[place], color=colour, linewidth=6, alpha=0.6)
        ax.plot(middles[place], place, "o", color=colour, markersize=7)
        ax.annotate(texts[place], (ends[place][1], place), (8, 0), textcoords="offset points", va="center",
                    fontsize=9, color=MUTED)  # fmt: skip
    ax.axvline(0, color=INK, linewidth=1)
    ax.set_yticks(range(4), labels)
    ax.set_ylim(3.6, -0.6)
    low, high = ax.get_xlim()
    ax.set_xlim(low, high + 0.4 * (high - low))
    tones: list[charts.Tone] = ["accent", "muted", "warm", "muted"]
    chart = charts.spans(labels, ends[:, 0].tolist(), middles.tolist(), ends[:, 1].tolist(), texts, tones)
    subtitle = "Spending against ordinary months, percent; middle and 90 % interval"
    frame(ax, says.uplift(found), subtitle, source_line(found), width=46, chart=chart)
    ax.tick_params(axis="y", labelcolor=INK, labelsize=10)
    ax.tick_params(axis="x", labelbottom=False)
    ax.spines["bottom"].set_visible(False)
    return ax


def reach(found: Calibration, ax: Axes | None = None) -> Axes:
    """How many people customers say they told, fitted.

    Args:
        found: from `wom.calibrate`, with a survey of talk about good and bad experiences.
        ax: axes to draw on.

    Example:
        >>> from wom.calibration.result import known
        >>> from wom.calibration.estimate import Estimate
        >>> tones = ("good", "bad")
        >>> names = [f"{what}_{tone}" for what in ("word_of_mouth.reach", "dispersion") for tone in tones]
        >>> ax = reach(known([Estimate(name, 0.9, 1, 1.1, "Asked.", 400) for name in names]))
        >>> [round(total) for total in charts.kept(ax.figure).frame().sum()]
        [100, 100]

    Raises:
        InputError: the survey does not tell of both.
    """
    fits = says.reach_of(found)
    if fits is None:
        raise InputError("needs a survey of good and of bad stories", "talk")
    return published_reach(*fits, ax, source_line(found))


def back_test(tested: BackTested, column: str, ax: Axes | None = None) -> Axes:
    """What was observed, what was forecast unseen with its band, and what naive forecasts said.

    Args:
        tested: from `wom.backtest`.
        column: of its forecast: revenue, customers or new_customers.
        ax: axes to draw on.

    Example:
        >>> from wom.calibration.result import known
        >>> part = pd.DataFrame({"observed": [10.0, 20.0], "low": [8.0, 10.0], "median": [10.0, 14.0],
        ...     "high": [12.0, 18.0], "last_year": [15.0, 15.0], "trend": [10.0, 17.0]},
        ...     index=pd.period_range("2024-01", periods=2, freq="M"))
        >>> forecast = pd.concat({"revenue": part}, names=["column", "month"])
        >>> tested = BackTested(known([]), part[["observed"]].set_axis(["revenue"], axis=1), forecast)
        >>> charts.kept(back_test(tested, "revenue").figure).categories
        ('Nov 23', 'Dec 23', 'Jan 24', 'Feb 24')
    """
    ax = ax or axes()
    part = tested.forecast.loc[column]
    seen = tested.seen[column]
    past = np.arange(-len(seen), 0) + 1
    ahead = np.arange(1, len(part) + 1)
    ax.fill_between(ahead, part["low"], part["high"], color=ACCENT, alpha=0.16, linewidth=0)
    ax.plot(ahead, part["median"], color=ACCENT, linewidth=2.2)
    ax.plot(ahead, part["last_year"], color=MUTED, linewidth=1.4, linestyle=(0, (4, 2)))
    ax.plot(ahead, part["trend"], color=MUTED, linewidth=1.4, linestyle=(0, (1, 1.5)))
    ax.plot(past, seen, color=INK, linewidth=1.6)
    ax.plot([0, *ahead], [seen.iloc[-1], *part["observed"]], "o-", color=INK, linewidth=1.2, markersize=4)
    ax.axvline(0.5, color=FAINT, linewidth=1)
    blank = [None] * len(seen)
    months = [f"{part.index[0] + place - 1:%b %y}" for place in (*past, *ahead)]
    chart = charts.lines(
        [*past, *ahead],
        series("observed", [*seen, *part["observed"]], "ink"),
        series("forecast", [*blank, *part["median"]], "accent"),
        series("band, high end", [*blank, *part["high"]], "accent_light"),
        series("band, low end", [*blank, *part["low"]], "accent_light"),
        series("last year's mean", [*blank, *part["last_year"]], "muted"),
        series("straight line", [*blank, *part["trend"]], "faint"),
        axis=f"Forecast from {months[len(seen)]} on",
    )
    chart = replace(chart, categories=tuple(months))
    money = f", {tested.calibration.business.get('currency', '')}" if column == "revenue" else ""
    flow = f"{column.replace('_', ' ').capitalize()} per month"
    what = "Customers at the month's end" if column == "customers" else flow
    subtitle = f"{what}{money.rstrip(', ')}; the forecast's band is to hold 90 % of the months"
    frame(ax, tests.back_test(tested, column), subtitle, source_line(tested.calibration), chart=chart)
    value_axis(ax, zero=False)
    step = math.ceil(len(months) / _MOST_MONTHS)
    ax.set_xticks(np.array([*past, *ahead])[::step], months[::step])
    labels = [
        Label(part["observed"].iloc[-1], "observed", INK),
        Label(part["median"].iloc[-1], "forecast", ACCENT),
        Label(part["last_year"].iloc[-1], "last year's mean", MUTED),
        Label(part["trend"].iloc[-1], "straight line", MUTED),
    ]
    end_labels(ax, float(ahead[-1]), labels)
    return ax
