"""Charts of results: each takes a result and axes, draws one message, and returns the axes. Nothing is computed.

Leave `ax` out for axes of a new figure in the house style; show it with `wom.reporting.show`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from . import messages
from .effect import Effect
from .parameters import QUANTITIES
from .plan import Event
from .quantity import central
from .reach import Reach
from .run import Run
from .scenario import Scenario
from .style import (
    ACCENT,
    ACCENT_LIGHT,
    FAINT,
    INK,
    MUTED,
    WARM,
    WARM_LIGHT,
    Label,
    axes,
    end_labels,
    frame,
    month_axis,
    value_axis,
)
from .words import amounts, number, signed, whole


def source_line(scenario: Scenario) -> str:
    """What stands under a chart: whose numbers these are, and of what kind.

    Example:
        >>> import wom
        >>> source_line(wom.load("retailer/today"))
        'Harbour & Co., department store. Scenario computed with wom, no forecast from data.'
    """
    return f"{scenario.title or 'Scenario'}. Scenario computed with wom, no forecast from data."


def revenue(effect: Effect, ax: Axes | None = None) -> Axes:
    """Revenue per month with the plan and without it.

    Args:
        effect: from `wom.effect`.
        ax: axes to draw on.
    """
    ax = ax or axes()
    with_plan, without = effect.run.monthly["revenue"], effect.baseline.monthly["revenue"]
    if effect.scenario.plan:
        ax.fill_between(with_plan.index, without, with_plan, color=ACCENT, alpha=0.12, linewidth=0)
        ax.plot(without, color=MUTED, linewidth=1.8)
    ax.plot(with_plan, color=ACCENT, linewidth=2.4)
    said = messages.sentences(effect)["revenue"]
    frame(
        ax, said, f"Revenue per month{_currency(effect.scenario)}; the axis does not start at 0", _source(effect)
    )
    value_axis(ax, zero=False)
    month_axis(ax, len(with_plan))
    labels = [Label(with_plan.iloc[-1], f"{number(with_plan.iloc[-1])}\n{_names(effect)[0]}", ACCENT)]
    if effect.scenario.plan:
        labels.append(Label(without.iloc[-1], f"{number(without.iloc[-1])}\n{_names(effect)[1]}", MUTED))
    end_labels(ax, with_plan.index[-1], labels)
    _mark_plan(effect.scenario, ax)
    return ax


def difference(effect: Effect, ax: Axes | None = None) -> Axes:
    """Extra revenue month by month: from more customers, and from spending per head.

    Args:
        effect: from `wom.effect`.
        ax: axes to draw on.
    """
    ax = ax or axes()
    table = effect.monthly
    parts = {"from_customers": ACCENT, "from_spending": ACCENT_LIGHT}
    bottoms = {True: np.zeros(len(table)), False: np.zeros(len(table))}
    for name, colour in parts.items():
        values = table[name].to_numpy()
        base = np.where(values >= 0, bottoms[True], bottoms[False])
        ax.bar(table.index, values, bottom=base, color=colour, width=0.8)
        bottoms[True] = bottoms[True] + np.maximum(values, 0)
        bottoms[False] = bottoms[False] + np.minimum(values, 0)
    said = messages.sentences(effect)["difference"]
    frame(ax, said, f"Revenue {_against(effect)}, per month{_currency(effect.scenario)}", _source(effect))
    value_axis(ax)
    month_axis(ax, len(table))
    last = table.iloc[-1]
    lower, upper = last["from_customers"], last["from_spending"]
    stacked = lower + upper / 2 if lower * upper > 0 else upper / 2
    end_labels(
        ax,
        len(table) - 0.5,
        [Label(lower / 2, "number of customers", ACCENT), Label(stacked, "spending per head", MUTED)],
    )
    return ax


def net(effect: Effect, ax: Axes | None = None) -> Axes:
    """Contribution and cost per month as bars, and what the plan has brought so far as a line.

    Args:
        effect: from `wom.effect`.
        ax: axes to draw on.
    """
    ax = ax or axes()
    table = effect.present
    earned, cost, so_far = table["earned"].cumsum(), table["cost"].cumsum(), table["so_far"]
    ax.bar(table.index, earned, color=ACCENT_LIGHT, width=0.8)
    ax.plot(so_far, color=INK, linewidth=2.2)
    ends = [so_far.iloc[-1], earned.iloc[-1], -cost.iloc[-1]]
    texts = amounts(ends)
    labels = [Label(ends[0], f"{signed(texts[0])} net", INK)]
    if cost.any():
        ax.bar(table.index, -cost, color=WARM_LIGHT, width=0.8)
        labels.append(Label(ends[1], f"{signed(texts[1])} contribution", ACCENT))
        labels.append(Label(ends[2], f"{texts[2]} cost", WARM))
    said = messages.sentences(effect)["net"]
    frame(ax, said, f"Added up from month 0, in today's money{_currency(effect.scenario)}", _source(effect))
    value_axis(ax)
    month_axis(ax, len(table))
    end_labels(ax, len(table) - 0.5, labels)
    return ax


def customers(effect: Effect, ax: Axes | None = None) -> Axes:
    """From the customers without the plan to those with it, step by step.

    Args:
        effect: from `wom.effect`.
        ax: axes to draw on.
    """
    ax = ax or axes()
    waterfall(effect.customer_steps, ax)
    ax.tick_params(labelbottom=False)
    return frame(
        ax,
        messages.sentences(effect)["customers"],
        "Customers at the end, and the steps between; the axis does not start at 0",
        _source(effect),
        width=46,
    )


def waterfall(steps: pd.Series, ax: Axes) -> Axes:
    """Steps from a first total to a last one, read from top to bottom; they add up on the page.

    Args:
        steps: first total, changes, last total, by label.
        ax: axes to draw on.
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
    for place, (edge, value) in enumerate(zip(edges, values, strict=True)):
        total = place in (0, len(values) - 1)
        text = whole(value) if total else signed(number(value, 2 if abs(value) < 10 else 3))
        ax.annotate(text, (edge, place), (5, 0), textcoords="offset points", va="center", fontsize=10,
                    color=INK, fontweight="bold" if total else "normal")  # fmt: skip
    ax.set_yticks(places, steps.index)
    ax.tick_params(axis="y", labelcolor=INK, labelsize=10.5)
    ax.set_ylim(len(values) - 0.4, -0.6)
    ax.set_xlim(floor, max(edges) + 0.25 * spread)
    return ax


def arrivals(run: Run, ax: Axes | None = None) -> Axes:
    """New customers per month: won by word of mouth, recommended but coming anyway, and all others.

    Args:
        run: from `wom.simulate`.
        ax: axes to draw on.
    """
    ax = ax or axes()
    table = run.monthly
    won = table["incremental_customers"]
    anyway = table["recommended_customers"] - won
    others = table["new_customers"] - table["recommended_customers"]
    ax.stackplot(table.index, won, anyway, others, colors=[ACCENT, ACCENT_LIGHT, "#eef1f4"])
    ax.fill_between(table.index, -table["deterred_customers"], 0, color=WARM_LIGHT, linewidth=0)
    share = table["incremental_customers"].sum() / max(table["new_customers"].sum(), 1e-300)
    told = table["recommended_customers"].sum() / max(table["new_customers"].sum(), 1e-300)
    said = (
        f"{100 * told:.0f} in 100 new customers come recommended; "
        f"{100 * share:.0f} of them would not have come otherwise"
    )
    frame(
        ax,
        said,
        "New customers per month; below the line: kept away by bad word of mouth",
        source_line(run.scenario),
    )
    value_axis(ax)
    month_axis(ax, len(table))
    last = table.iloc[-1]
    middle = last["incremental_customers"] + (last["recommended_customers"] - last["incremental_customers"]) / 2
    labels = [
        Label(last["incremental_customers"] / 2, "won by word of mouth", ACCENT),
        Label(middle, "recommended, would come anyway", MUTED),
        Label((last["new_customers"] + last["recommended_customers"]) / 2, "all others", MUTED),
        Label(-last["deterred_customers"], "kept away", WARM),
    ]
    end_labels(ax, table.index[-1], labels)
    return ax


def told(effect: Effect, ax: Axes | None = None) -> Axes:
    """People told good and bad per month, with the plan and without it.

    Args:
        effect: from `wom.effect`.
        ax: axes to draw on.
    """
    ax = ax or axes()
    run, base = effect.run.monthly, effect.baseline.monthly
    labels = []
    for column, tone, colour, light in (
        ("people_told_good", "good", ACCENT, ACCENT_LIGHT),
        ("people_told_bad", "bad", WARM, WARM_LIGHT),
    ):
        if effect.scenario.plan:
            ax.plot(base[column], color=light, linewidth=1.6)
            if abs(base[column].iloc[-1] - run[column].iloc[-1]) > 0.01 * run["people_told_good"].iloc[-1]:
                labels.append(Label(base[column].iloc[-1], f"{tone}, {_names(effect)[1]}", MUTED))
        ax.plot(run[column], color=colour, linewidth=2.4)
        labels.append(Label(run[column].iloc[-1], f"hear {tone}, {_names(effect)[0]}", colour))
    frame(
        ax,
        messages.sentences(effect)["told"],
        "People told per month, in the market and outside it",
        _source(effect),
    )
    value_axis(ax)
    month_axis(ax, len(run))
    end_labels(ax, run.index[-1], labels)
    return ax


def stars(effect: Effect, ax: Axes | None = None) -> Axes:
    """The public star rating with the plan and without it.

    Args:
        effect: from `wom.effect`.
        ax: axes to draw on.
    """
    ax = ax or axes(8.0, 3.4)
    run, base = effect.run.monthly["stars"], effect.baseline.monthly["stars"]
    labels = [Label(run.iloc[-1], f"{run.iloc[-1]:.1f} {_names(effect)[0]}", ACCENT)]
    if effect.scenario.plan:
        ax.plot(base, color=MUTED, linewidth=1.8)
        labels.append(Label(base.iloc[-1], f"{base.iloc[-1]:.1f} {_names(effect)[1]}", MUTED))
    ax.plot(run, color=ACCENT, linewidth=2.4)
    frame(
        ax, messages.sentences(effect)["stars"], "Average of the reviews still read, 1 to 5 stars", _source(effect)
    )
    value_axis(ax, zero=False)
    ax.set_ylim(1, 5)
    ax.set_yticks([1, 2, 3, 4, 5])
    month_axis(ax, len(run))
    end_labels(ax, run.index[-1], labels)
    return ax


def reach(good: Reach, bad: Reach, ax: Axes | None = None) -> Axes:
    """How many people hear of one experience: shares of experiences by the number told.

    Args:
        good, bad: from `wom.reach`.
        ax: axes to draw on.
    """
    ax = ax or axes()
    edges = [-1, 0, 1, 2, 5, 10, 20, 50]
    names = ["nobody", "1", "2", "3–5", "6–10", "11–20", "21–50", "over 50"]
    places = np.arange(len(names))
    for shift, one, colour in ((-0.2, good, ACCENT), (0.2, bad, WARM)):
        above = np.array([1.0, *(one.share_above(edge) for edge in edges[1:])])
        shares = 100 * (above - np.append(above[1:], 0.0))
        ax.bar(places + shift, shares, width=0.38, color=colour)
        for place, share in zip(places + shift, shares, strict=True):
            ax.annotate(f"{share:.0f}", (place, share), (0, 3), textcoords="offset points", ha="center",
                        fontsize=9, color=colour)  # fmt: skip
    said = (
        f"The average of {good.mean:.3g} hides that {100 * good.told_nobody:.0f} in 100 good experiences "
        "are told to nobody; bad ones travel further"
    )
    source = (
        "Negative binomial from a published mean (American Express 2011) and a published share above five "
        "(Dimensional Research 2013)."
    )
    frame(ax, said, "Of 100 experiences, how many are told to so many people", source)
    ax.set_xticks(places, names)
    ax.set_yticks([])
    ax.annotate(f"good, {good.mean:.3g} on average", (0.98, 0.92), xycoords="axes fraction", ha="right",
                color=ACCENT, fontsize=10.5, fontweight="bold")  # fmt: skip
    ax.annotate(f"bad, {bad.mean:.3g} on average", (0.98, 0.84), xycoords="axes fraction", ha="right",
                color=WARM, fontsize=10.5, fontweight="bold")  # fmt: skip
    return ax


def lever(table: pd.DataFrame, column: str, scenario: Scenario, ax: Axes | None = None) -> Axes:
    """One result over the values of one lever, today's value marked where all segments share it.

    Args:
        table: from `wom.lever`.
        column: of it, such as "npv".
        scenario: whose lever it is.
        ax: axes to draw on.
    """
    ax = ax or axes(8.0, 4.0)
    key = str(table.index.name)
    values = table[column]
    ax.plot(values, color=ACCENT, linewidth=2.4)
    said = messages.lever(table, column, scenario)
    quantity = QUANTITIES[key]
    frame(
        ax,
        said,
        f"{messages.COLUMNS[column]}{_currency(scenario)}; the axis does not start at 0",
        source_line(scenario),
    )
    value_axis(ax, zero=False)
    ax.set_xlabel(f"{key}: {quantity.meaning} ({quantity.unit})", color=MUTED, fontsize=9.5, loc="left")
    today = {central(entry.value) for entry in scenario.entries()[key]}
    if len(today) == 1:
        (now,) = today
        ax.axvline(now, color=FAINT, linewidth=1)
        ax.annotate(
            "today", (now, 0.03), (4, 0), ("data", "axes fraction"), "offset points", color=MUTED, fontsize=9
        )
    return ax


def _names(effect: Effect) -> tuple[str, str]:
    if not effect.scenario.plan:
        return "today's course", ""
    return {"The plan": ("with the plan", "without it"), "The event": ("with the event", "without it")}.get(
        messages.subject(effect), ("with the events", "without them")
    )


def _against(effect: Effect) -> str:
    first, second = _names(effect)
    return f"{first} less {second}" if second else "against itself"


def _currency(scenario: Scenario) -> str:
    return f", {scenario.currency}" if scenario.currency else ""


def _source(effect: Effect) -> str:
    return source_line(effect.scenario)


def _mark_plan(scenario: Scenario, ax: Axes) -> None:
    """A quiet line where each initiative starts and each event happens."""
    for place, item in enumerate(scenario.plan):
        month = item.month if isinstance(item, Event) else item.start_month
        if month >= scenario.horizon_months:
            continue
        name = item.event if isinstance(item, Event) else item.initiative
        ax.axvline(month, color=FAINT, linewidth=0.8, linestyle=(0, (3, 3)))
        height = 0.96 - 0.07 * place
        text = f"{name}, month {month}"
        ax.annotate(text, (month, height), (5, 0), ("data", "axes fraction"), "offset points", fontsize=9,
                    color=MUTED, va="top")  # fmt: skip


__all__ = [
    "arrivals", "customers", "difference", "lever", "net", "reach", "revenue", "source_line", "stars", "told",
    "waterfall",
]  # fmt: skip
