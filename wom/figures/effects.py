"""Charts of a plan's effect: each takes a result and axes, draws one message, and returns the axes."""

from __future__ import annotations

import textwrap
from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes

from .. import messages, words
from .._effect import Effect
from .._run import Run
from ..exhibits import charts
from ..exhibits.charts import Chart, series
from ..exhibits.style import (
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
from ..plan import Event
from ..scenario import Inputs
from ..words import MINUS, amounts, signed
from .common import along, counted, source_line, step_texts, unit, waterfall


def revenue(effect: Effect, ax: Axes | None = None) -> Axes:
    """Revenue per month with the plan and without it.

    Args:
        effect: from `wom.effect`.
        ax: axes to draw on.

    Example:
        >>> import wom
        >>> ax = revenue(wom.effect(wom.load("retailer/make-it-right")))
        >>> charts.kept(ax.figure).frame().iloc[0].round().to_dict()
        {'without it': 250000.0, 'with the plan': 250000.0}
    """
    ax = ax or axes()
    with_plan, without = (counted(run.monthly["revenue"]) for run in (effect.run, effect.baseline))
    if effect.scenario.plan:
        ax.fill_between(with_plan.index, without, with_plan, color=ACCENT, alpha=0.12, linewidth=0)
        ax.plot(without, color=MUTED, linewidth=1.8)
    ax.plot(with_plan, color=ACCENT, linewidth=2.4)
    said = messages.sentences(effect)["revenue"]
    subtitle = f"Revenue per month{unit(effect.scenario)}; the axis does not start at 0"
    frame(ax, said, subtitle, _source(effect), chart=_two_lines(effect, "revenue"))
    value_axis(ax, zero=False)
    month_axis(ax, len(with_plan), effect.run.inputs.calendar)
    ends = [float(with_plan.iloc[-1]), float(without.iloc[-1])]
    first, second = amounts(ends, digits=3)
    labels = [Label(ends[0], f"{first}\n{_names(effect)[0]}", ACCENT)]
    if effect.scenario.plan:
        labels.append(Label(ends[1], f"{second}\n{_names(effect)[1]}", MUTED))
    end_labels(ax, with_plan.index[-1], labels)
    _mark_plan(effect.run.inputs, ax)
    return ax


def difference(effect: Effect, ax: Axes | None = None) -> Axes:
    """Extra revenue month by month: from more customers, and from spending per head.

    Args:
        effect: from `wom.effect`.
        ax: axes to draw on.

    Example:
        >>> import wom
        >>> effect = wom.effect(wom.load("retailer/make-it-right"))
        >>> drawn = charts.kept(difference(effect).figure).frame()
        >>> bool(np.allclose(drawn.sum(axis=1), effect.monthly["revenue"]))
        True
    """
    ax = ax or axes()
    table, calendar = counted(effect.monthly), effect.run.inputs.calendar
    parts = {"from_customers": ACCENT, "from_spending": ACCENT_LIGHT}
    bottoms = {True: np.zeros(len(table)), False: np.zeros(len(table))}
    for name, colour in parts.items():
        values = table[name].to_numpy()
        base = np.where(values >= 0, bottoms[True], bottoms[False])
        ax.bar(table.index, values, bottom=base, color=colour, width=0.8)
        bottoms[True] = bottoms[True] + np.maximum(values, 0)
        bottoms[False] = bottoms[False] + np.minimum(values, 0)
    said = messages.sentences(effect)["difference"]
    places, axis = along(calendar, len(table))
    chart = Chart(
        "stacked_columns",
        places,
        (
            series("number of customers", table["from_customers"]),
            series("spending per head", table["from_spending"], "accent_light"),
        ),
        axis=axis,
    )
    subtitle = f"Revenue {_against(effect)}, per month{unit(effect.scenario)}"
    frame(ax, said, subtitle, _source(effect), chart=chart)
    value_axis(ax)
    month_axis(ax, len(table), calendar)
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

    Example:
        >>> import wom
        >>> drawn = charts.kept(net(wom.effect(wom.load("retailer/make-it-right"))).figure).frame()
        >>> bool(np.allclose(drawn["net"], drawn["contribution"] + drawn["cost"]))
        True
    """
    ax = ax or axes()
    table, calendar = counted(effect.present), effect.run.inputs.calendar
    earned, cost, so_far = table["earned"].cumsum(), table["cost"].cumsum(), table["so_far"].copy()
    last = float(earned.iloc[-1]), float(cost.iloc[-1])
    brings, costs, left = words.difference(*last)
    # all three end on the numbers of the title, on slides too: half a unit of their last digit away at most
    earned.iloc[-1], cost.iloc[-1], so_far.iloc[-1] = words.subtracted(*last)
    ax.bar(table.index, earned, color=ACCENT_LIGHT, width=0.8)
    ax.plot(so_far, color=INK, linewidth=2.2)
    labels = [Label(so_far.iloc[-1], f"{signed(left)} net", INK)]
    drawn = [series("net", so_far, "ink"), series("contribution", earned)]
    if cost.any():
        drawn.append(series("cost", -cost, "warm"))
        ax.bar(table.index, -cost, color=WARM_LIGHT, width=0.8)
        labels.append(Label(earned.iloc[-1], f"{signed(brings)} contribution", ACCENT))
        labels.append(Label(-cost.iloc[-1], f"{MINUS}{costs} cost", WARM))
    said = messages.sentences(effect)["net"]
    subtitle = f"Added up from month 0, in today's money{unit(effect.scenario)}"
    frame(ax, said, subtitle, _source(effect), chart=charts.lines(calendar.labels(len(table)), *drawn, zero=True))
    value_axis(ax)
    month_axis(ax, len(table), calendar)
    end_labels(ax, len(table) - 0.5, labels)
    return ax


def customers(effect: Effect, ax: Axes | None = None) -> Axes:
    """From the customers without the plan to those with it, step by step.

    Args:
        effect: from `wom.effect`.
        ax: axes to draw on.

    Example:
        >>> import wom
        >>> drawn = charts.kept(customers(wom.effect(wom.load("retailer/make-it-right"))).figure)
        >>> drawn.kind, drawn.categories[0], drawn.categories[-1]
        ('floating_bars', 'Without it', 'With it')
    """
    ax = ax or axes()
    waterfall(effect.customer_steps, ax)
    steps = effect.customer_steps
    ax.tick_params(labelbottom=False)
    return frame(
        ax,
        messages.sentences(effect)["customers"],
        "Customers at the end, step by step; the axis does not start at 0",
        _source(effect),
        width=46,
        chart=replace(
            charts.steps(steps.index, steps.to_list(), [0, len(steps) - 1], zero=False),
            labels=tuple(step_texts(steps)),
        ),
    )


def arrivals(run: Run, ax: Axes | None = None) -> Axes:
    """New customers per month: won by word of mouth, recommended but coming anyway, and all others.

    Args:
        run: from `wom.simulate`.
        ax: axes to draw on.

    Example:
        >>> import wom
        >>> drawn = charts.kept(arrivals(wom.simulate(wom.load("retailer/today"))).figure).frame()
        >>> round(drawn.drop(columns="kept away").loc[0].sum())
        150
    """
    ax = ax or axes()
    table, calendar = counted(run.monthly), run.inputs.calendar
    places, axis = along(calendar, len(table))
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
        chart=Chart(
            "stacked_columns",
            places,
            (
                series("won by word of mouth", won),
                series("would come anyway", anyway, "accent_light"),
                series("all others", others, "faint"),
                series("kept away", -table["deterred_customers"], "warm_light"),
            ),
            axis=axis,
        ),
    )
    value_axis(ax)
    month_axis(ax, len(table), calendar)
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

    Example:
        >>> import wom
        >>> list(charts.kept(told(wom.effect(wom.load("retailer/make-it-right"))).figure).frame())
        ['good, without it', 'hear good, with the plan', 'bad, without it', 'hear bad, with the plan']
    """
    ax = ax or axes()
    run, base = counted(effect.run.monthly), counted(effect.baseline.monthly)
    labels, drawn = [], []
    for column, tone, colour, light in (
        ("people_told_good", "good", ACCENT, ACCENT_LIGHT),
        ("people_told_bad", "bad", WARM, WARM_LIGHT),
    ):
        if effect.scenario.plan:
            ax.plot(base[column], color=light, linewidth=1.6)
            role: charts.Role = "accent_light" if tone == "good" else "warm_light"
            drawn.append(series(f"{tone}, {_names(effect)[1]}", base[column], role))
            if abs(base[column].iloc[-1] - run[column].iloc[-1]) > 0.01 * run["people_told_good"].iloc[-1]:
                labels.append(Label(base[column].iloc[-1], f"{tone}, {_names(effect)[1]}", MUTED))
        ax.plot(run[column], color=colour, linewidth=2.4)
        labels.append(Label(run[column].iloc[-1], f"hear {tone}, {_names(effect)[0]}", colour))
        name = f"hear {tone}, {_names(effect)[0]}"
        drawn.append(series(name, run[column], "accent" if tone == "good" else "warm"))
    frame(
        ax,
        messages.sentences(effect)["told"],
        "People told per month, in the market and outside it",
        _source(effect),
        chart=charts.lines(effect.run.inputs.calendar.labels(len(run)), *drawn, zero=True),
    )
    value_axis(ax)
    month_axis(ax, len(run), effect.run.inputs.calendar)
    end_labels(ax, run.index[-1], labels)
    return ax


def stars(effect: Effect, ax: Axes | None = None) -> Axes:
    """The public star rating with the plan and without it.

    Args:
        effect: from `wom.effect`.
        ax: axes to draw on.

    Example:
        >>> import wom
        >>> ax = stars(wom.effect(wom.load("retailer/make-it-right")))
        >>> [float(end) for end in ax.get_ylim()]
        [1.0, 5.0]
    """
    ax = ax or axes(8.0, 3.4)
    run, base = (counted(one.monthly["stars"]) for one in (effect.run, effect.baseline))
    labels = [Label(run.iloc[-1], f"{run.iloc[-1]:.1f} {_names(effect)[0]}", ACCENT)]
    if effect.scenario.plan:
        ax.plot(base, color=MUTED, linewidth=1.8)
        labels.append(Label(base.iloc[-1], f"{base.iloc[-1]:.1f} {_names(effect)[1]}", MUTED))
    ax.plot(run, color=ACCENT, linewidth=2.4)
    chart = replace(_two_lines(effect, "stars"), limits=(1.0, 5.0), form="plain")
    subtitle = "Average of the reviews still read, 1 to 5 stars"
    frame(ax, messages.sentences(effect)["stars"], subtitle, _source(effect), chart=chart)
    value_axis(ax, zero=False)
    ax.set_ylim(1, 5)
    ax.set_yticks([1, 2, 3, 4, 5])
    month_axis(ax, len(run), effect.run.inputs.calendar)
    end_labels(ax, run.index[-1], labels)
    return ax


def _two_lines(effect: Effect, column: str) -> Chart:
    """A column with the plan and, where there is one, without it."""
    run, base = effect.run.monthly[column], effect.baseline.monthly[column]
    first, second = _names(effect)
    without = [series(second, base, "muted")] if effect.scenario.plan else []
    return charts.lines(effect.run.inputs.calendar.labels(len(run)), *without, series(first, run))


def _names(effect: Effect) -> tuple[str, str]:
    if not effect.scenario.plan:
        return "today's course", ""
    return {"The plan": ("with the plan", "without it"), "The event": ("with the event", "without it")}.get(
        messages.subject(effect), ("with the events", "without them")
    )


def _against(effect: Effect) -> str:
    first, second = _names(effect)
    return f"{first} less {second}" if second else "against itself"


def _source(effect: Effect) -> str:
    return source_line(effect.scenario)


_LONGEST_NAME = 40
"""Letters of an initiative's name beside its line."""


def _mark_plan(inputs: Inputs, ax: Axes) -> None:
    """A quiet line where each initiative starts and each event happens."""
    scenario = inputs.scenario
    for place, item in enumerate(scenario.plan):
        month = item.month if isinstance(item, Event) else item.start_month
        if month >= scenario.horizon_months:
            continue
        name = item.event if isinstance(item, Event) else item.initiative
        ax.axvline(month, color=FAINT, linewidth=0.8, linestyle=(0, (3, 3)))
        height = 0.96 - 0.07 * place
        text = f"{textwrap.shorten(name, _LONGEST_NAME, placeholder=' …')}, {inputs.calendar.said(month)}"
        ax.annotate(text, (month, height), (5, 0), ("data", "axes fraction"), "offset points", fontsize=9,
                    color=MUTED, va="top", parse_math=False)  # fmt: skip
