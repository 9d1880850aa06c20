"""Plans, variants and levers side by side: which one, where it pays, at which value it turns, what moves most."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from .._run import LEVEL, Interval
from ..analysis.budget import Allocation
from ..analysis.compare import Comparison
from ..analysis.sweep import BELIEFS, Sweep, quantity_of
from ..figures.common import source_line, unit
from ..messages.effects import paid_back
from ..scenario import Scenario
from ..words import MINUS, amounts, difference, money, number, often, percent, several, signed, whole
from .chart import Chart, Role, series
from .exhibit import Exhibit, Figure
from .sureness import horizon, interval, lower, name, sign, span_of, upper, value_of, words

NOTHING = "Do nothing"
"""The choice that is always there, as `regret` calls it."""

# --- which of several plans ---


def which_plan(table: Comparison, choices: pd.DataFrame) -> Exhibit:
    """Which plan to choose, by how much, how sure that is, and what would turn it.

    Args:
        table: from `wom.compare`, with draws.
        choices: from `wom.analysis.compare.regret`, of the same plans.
    """
    scenario, months = table.scenario, horizon(table.scenario)
    ranked = table.sort_values("net", ascending=False)
    best, row = str(ranked.index[0]), ranked.iloc[0]
    chosen = best if row["net"] > 0 else NOTHING
    likely, average = str(choices["best_share"].idxmax()), str(choices["mean_net"].idxmax())
    rivals = [rival for rival in dict.fromkeys([likely, average]) if rival != chosen]
    answers = [
        ("How sure", _how_sure(choices, chosen if chosen in choices.index else likely)),
        ("Up to which price it pays", f"{best}: {_price(row, scenario)}."),
        ("What would change it", _what_turns(row)),
    ]
    if len(table) > 1:
        answers.insert(1, ("By how much", f"{best} nets {_gap(ranked, scenario)}."))
    return Exhibit(
        _order(chosen, rivals, table),
        text=(f"Net over {months} is what a plan adds to contribution less what it costs, in today's money.",),
        figures=_nets(ranked.head(3), scenario), answers=tuple(answers), source=source_line(scenario),
    )  # fmt: skip


def _order(chosen: str, rivals: Sequence[str], table: Comparison) -> str:
    """The decision, as an order or as a toss-up."""
    free_loss = len(table) == 1 and table["cost"].iloc[0] == 0 and chosen == NOTHING
    if free_loss:
        return f"{table.index[0]} costs {_shown(table.iloc[0], table.scenario.currency)[2].lstrip(MINUS)}"
    if rivals:
        return f"Too close to call: {several([chosen, *map(lower_choice, rivals)])}"
    if chosen != NOTHING:
        return f"Choose {chosen}"
    price = " at this price" if (table["break_even_cost"] > 0).any() else ""
    return f"Do {'not do it' if len(table) == 1 else 'none of them'}{price}"


def lower_choice(choice: str) -> str:
    """Doing nothing inside a sentence; a plan's name stays as it is."""
    return lower(choice) if choice == NOTHING else choice


def _how_sure(choices: pd.DataFrame, chosen: str) -> str:
    share = choices["best_share"]
    others = share.drop(chosen).sort_values(ascending=False)
    second = f"; {lower_choice(str(others.index[0]))} {often(others.iloc[0])}" if others.iloc[0] else ""
    return f"{upper(lower_choice(chosen))} is the best choice {often(share[chosen])}{second}."


def _gap(ranked: pd.DataFrame, scenario: Scenario) -> str:
    first, second = (float(value) for value in ranked["net"].iloc[:2])
    more = difference(first, second, scenario.currency)[2]
    same = not any(digit in more for digit in "123456789")
    return f"as much as {ranked.index[1]}" if same else f"{more} more than {ranked.index[1]}"


def _price(row: pd.Series, scenario: Scenario) -> str:
    brings, costs, _ = _shown(row, scenario.currency)
    if row["break_even_cost"] <= 0:
        return "at no price"
    if row["cost"] <= 0:
        return f"{brings}; it costs nothing"
    return f"{brings}, {percent(float(row['break_even_cost'] / row['cost']))} of what it costs ({costs})"


def _what_turns(row: pd.Series) -> str:
    """What would have to be otherwise for a plan to lose, or to pay."""
    needed = row["break_even_causal_share"]
    if row["net"] > 0:
        if pd.isna(needed):
            return "Not how much service causes: it pays whatever share of it is assumed."
        if needed == 0:
            return "Not how much service causes: it would pay if nothing were caused by service."
        return f"It no longer pays if service causes less than {percent(float(needed))} of what is assumed."
    said = [
        f"{value:.1f} points {word}" for value, word in (
            (row["break_even_bad_points"], "fewer contacts that go wrong"),
            (row["break_even_good_points"], "more that go well"),
        ) if pd.notna(value) and value > 0
    ]  # fmt: skip
    return (
        f"{upper(' or '.join(said))} would bring its cost." if said else "A lower price; better results would not."
    )


def _shown(row: pd.Series, currency: str) -> tuple[str, str, str]:
    """What a plan brings, what it costs and what is left, as its own report shows them."""
    return difference(float(row["break_even_cost"]), float(row["cost"]), currency)


def _nets(ranked: pd.DataFrame, scenario: Scenario) -> tuple[Figure, ...]:
    shown = []
    for title, row in ranked.iterrows():
        low, net, high = (float(row[column]) for column in ("net_low", "net", "net_high"))
        _, costs, left = _shown(row, scenario.currency)
        note = f"{percent(LEVEL)} range {interval(Interval(low, net, high))}; costs {costs}"
        shown.append(Figure(str(title), signed(left), note, sign(net), (low, net, high)))
    return tuple(shown)


def plans_said(table: pd.DataFrame, scenario: Scenario) -> str:
    """Which plans pay within the horizon."""
    groups = [
        [str(name) for name in table.index[table["net"] > 0]],
        [str(name) for name in table.index[table["net"] <= 0]],
    ]
    said = []
    for place, (names, verb) in enumerate(zip(groups, ("pay", "do not pay"), strict=True)):
        one = verb.replace("do not", "does not") if "not" in verb else f"{verb}s"
        within = f" within {horizon(scenario)}" if not said else ""
        verb = (verb if len(names) > 1 else one) + within
        said += [f"{several(names)} {verb.removesuffix(' pay') if place and said else verb}"] if names else []
    return ", ".join(said)


def plans(table: Comparison) -> Exhibit:
    """The net of each plan with its range."""
    scenario = table.scenario
    ranked = table.sort_values("net", ascending=False)
    texts = [signed(_shown(row, scenario.currency)[2]) for _, row in ranked.iterrows()]
    said = plans_said(table, scenario)
    return Exhibit(
        said, _ranges(ranked, ("net_low", "net", "net_high"), texts, _in_money("Net", scenario)),
        data=table.to_frame(), alt=f"A bar per plan with its {percent(LEVEL)} range. {said}.",
        source=source_line(scenario),
    )  # fmt: skip


def _ranges(table: pd.DataFrame, columns: Sequence[str], texts: Sequence[str], subtitle: str) -> Chart:
    low, middle, high = (table[column].to_numpy(dtype=float) for column in columns)
    parts = (
        series("low", np.minimum(low, middle)),
        series("middle", middle),
        series("high", np.maximum(high, middle)),
    )
    return Chart(
        "ranges", tuple(map(str, table.index)), parts, subtitle=subtitle, form="change", labels=tuple(texts), reference=0.0
    )  # fmt: skip


def _in_money(what: str, scenario: Scenario) -> str:
    return f"{what} over {horizon(scenario)}, in today's money{unit(scenario)}"


def side_by_side(table: Comparison) -> Exhibit:
    """A comparison of plans to read: rows are questions, columns are plans; percent and points are both named."""
    scenario, currency = table.scenario, table.scenario.currency

    def cash(column: str) -> list[str]:
        return [amounts([float(value)], currency)[0] for value in table[column]]

    def points(column: str) -> list[str]:
        return [f"{value:.1f} points" if pd.notna(value) else "not with any number" for value in table[column]]

    left = [_shown(row, currency) for _, row in table.iterrows()]
    pays_back = []
    for month, net in zip(table["payback_month"], table["net"], strict=True):
        at_once = pd.isna(month) and net >= 0
        when = paid_back(None if pd.isna(month) else int(month), scenario.calendar)
        pays_back.append("at once" if at_once else when)
    rows = {
        "Extra revenue": cash("extra_revenue"),
        "… in percent of revenue": [
            f"{value:.1f} %" if pd.notna(value) else "there is no revenue" for value in table["extra_revenue_percent"]
        ],
        "Extra contribution, in today's money": [brings for brings, _, _ in left],
        "Cost, in today's money": [cost for _, cost, _ in left],
        "Net": [net for _, _, net in left],
        "… 90 % range": [
            interval(Interval(low, low, high), currency)
            for low, high in zip(table["net_low"], table["net_high"], strict=True)
        ],
        "It loses money": [often(value) for value in table["chance_of_loss"]],
        "It pays back": pays_back,
        "It pays if it costs at most": [brings if not brings.startswith(MINUS) else "at no price" for brings, _, _ in left],
        "More contacts that go well that alone would pay for it": points("break_even_good_points"),
        "Fewer contacts that go wrong that alone would pay for it": points("break_even_bad_points"),
        "It pays from this part of the causal shares on": [
            percent(value) if pd.notna(value) else "not as assumed" for value in table["break_even_causal_share"]
        ],
        "Net if the causal shares were half": cash("net_at_half_cause"),
        "Net if nothing were causal": cash("net_without_cause"),
    }  # fmt: skip
    return Exhibit(
        "The plans side by side",
        data=pd.DataFrame.from_dict(rows, orient="index", columns=list(table.index)).rename_axis("Question"),
        text=("Percent are of revenue; points are differences of shares, as from 6 % to 5 % is one point. The causal "
              "shares say how much of what surveys and studies found is caused by service.",),
        source=source_line(scenario), appendix=True,
    )  # fmt: skip


def regret(choices: pd.DataFrame, scenario: Scenario) -> Exhibit:
    """What each choice brings less, on average, than the best one in each case would have brought."""
    values = choices["mean_regret"].astype(float)
    best = str(values.idxmin())
    texts = amounts(values.tolist(), scenario.currency, 3)
    said = f"{best} is regretted least: {dict(zip(values.index, texts, strict=True))[best]} on average"
    roles: list[Role] = ["ink" if choice == best else "neutral" for choice in values.index]
    chart = Chart(
        "bars", tuple(map(str, values.index)), (series("mean regret", values, roles=roles),), labels=tuple(texts),
        subtitle=_in_money("What a choice brings less than the best one in the same case, on average", scenario),
    )  # fmt: skip
    return Exhibit(
        said, chart, data=choices, alt=f"A bar per choice. {said}.", source=source_line(scenario)
    )  # fmt: skip


def choices(table: pd.DataFrame, scenario: Scenario) -> Exhibit:
    """Choices with their regret to read."""
    currency = scenario.currency
    shown = {
        "Net on average": amounts(table["mean_net"].tolist(), currency, 3),
        "90 % range of net": [span_of(row.low_net, row.high_net, currency) for row in table.itertuples()],
        "Regret on average": amounts(table["mean_regret"].tolist(), currency, 3),
        "Regret in 1 of 20 cases at least": amounts(table["worst_regret"].tolist(), currency, 3),
        "Loses money": [often(value) for value in table["chance_of_loss"]],
        "Best choice": [often(value) for value in table["best_share"]],
    }
    return Exhibit(
        "The choices in the same cases of all that is uncertain",
        data=pd.DataFrame(shown, index=table.index.rename("Choice")), source=source_line(scenario), appendix=True,
    )  # fmt: skip


PATHS = {
    "direct": "Cost and direct effects",
    "retention": "How long customers stay",
    "spend": "What they spend",
    "good_word_of_mouth": "Good word of mouth",
    "bad_word_of_mouth": "Bad word of mouth",
    "reviews": "Star rating",
    "avoidance": "Who avoids us",
}
"""Mechanisms in words that are true of gains and of losses."""


def splits(table: pd.DataFrame, scenario: Scenario) -> Exhibit:
    """The net of each plan split over the paths from better service to money.

    Args:
        table: from `wom.analysis.compare.splits`.
        scenario: whose plans they are.
    """
    said = []
    for title, split in table.items():
        path = split.drop("direct").abs().idxmax()
        if split[path]:
            said.append(
                f"{title}: {lower(PATHS[str(path)])} {signed(amounts([split[path]], scenario.currency, 3)[0])}"
            )
    whole_table = pd.concat([table.rename(index=PATHS), table.sum().rename("Net").to_frame().T])
    return Exhibit(
        "The path that matters most" if said else "No path but direct effects",
        data=_cash(whole_table.rename_axis("Path"), scenario.currency), text=("; ".join(said) + ".",) if said else (),
        source=source_line(scenario),
    )  # fmt: skip


def _cash(table: pd.DataFrame, currency: str) -> pd.DataFrame:
    """A table of money to read, rounded alike."""
    every = table.to_numpy(dtype=float).ravel().tolist()
    texts = np.array(amounts(every, currency)).reshape(table.shape)
    return pd.DataFrame(texts, index=table.index, columns=table.columns)


def interactions(table: pd.DataFrame, scenario: Scenario) -> Exhibit:
    """How initiatives work together, pair by pair.

    Args:
        table: from `wom.analysis.compare.interactions`.
        scenario: whose they are.
    """
    if table.empty:
        return Exhibit("There is only one initiative, so nothing interacts")
    first, second = table["interaction"].abs().idxmax()
    value = float(table.loc[(first, second), "interaction"])
    gap = amounts([abs(value)], scenario.currency, 3)[0]
    size = f"{gap} {'less' if value < 0 else 'more'} than" if value else "as much as"
    columns = {"first_alone": "First alone", "second_alone": "Second alone", "together": "Together",
               "interaction": "Together less the sum"}  # fmt: skip
    shown = _cash(table[list(columns)].rename(columns=columns), scenario.currency)
    return Exhibit(
        f"{first} and {second} together bring {size} each alone", data=shown.rename_axis(["First", "Second"]),
        source=source_line(scenario),
    )  # fmt: skip


def budget(best: Allocation | None, scenario: Scenario) -> Exhibit:
    """How to divide a budget, what that nets, and what the next unit of money would bring."""
    if best is None:
        return Exhibit("No initiative of these plans costs anything, so there is no budget to divide")
    currency, table = scenario.currency, best.table
    spent, net, kept = best.budget - best.unspent, best.net, best.unspent
    texts = dict(
        zip(("budget", "spent", "kept", "net"), amounts([best.budget, spent, kept, net], currency), strict=True)
    )
    bought = table["spend"] > 0
    said = (
        f"Spend {texts['spent']} of {texts['budget']}: it nets {texts['net']}" if bought.any()
        else f"Keep all of {texts['budget']}: no part of it pays"
    )  # fmt: skip
    following = (
        f"The next {currency or 'unit'} {1 if currency else 'of money'} would net {best.marginal_return:.2f}."
        if best.marginal_return > 0
        else "More money would not pay for itself."
    )
    shown = pd.DataFrame(
        {
            "Spend": amounts(table["spend"].tolist(), currency),
            "Of its effect": [percent(value) for value in table["effect_share"]],
            "Net of the next unit": [
                "bought whole" if pd.isna(value) else f"{round(value, 2) + 0.0:+.2f}".replace("-", MINUS)
                for value in table["marginal_return"]
            ],
        },
        index=table.index.rename("Initiative"),
    )
    assumed = "Assumed: at its own cost an initiative has its own effect, for half of it 62 %, and never more."
    return Exhibit(said, data=shown, text=(following, assumed), source=source_line(scenario))


# --- where among many variants ---

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

_MONEY = ("revenue", "extra_revenue", "plan_cost", "npv", "net", "against_today")
_MOST_BARS, _MOST_LINES, _MOST_ROWS = 30, 4, 25


def where_it_pays(found: Sweep, scenario: Scenario, by: str = "") -> Exhibit:
    """Where a plan pays, at which value that turns, and where the business itself is best off.

    A plan that mends bad service brings most where service is worst; no variant is praised for that.
    """
    by = by or found.measure
    ranked = found.ranked(by).dropna(subset=[by])
    if ranked.empty:
        return Exhibit("No variant could be computed", answers=(("Refused", _refused(found)),))
    high, low = str(ranked.index[0]), str(ranked.index[-1])
    if by == "net":
        pays, many = int((ranked["net"] > 0).sum()), len(ranked)
        every = "all" if pays == many else "none"
        said = f"It pays in {every if pays in (0, many) else pays} of {'the ' if pays in (0, many) else ''}{many} variants"
        answers = [("At which value it turns", _turns(found, scenario))]
        best = ranked["against_today"].astype(float)
        sizes = _values([best.max(), best.min()], "against_today", scenario)
        answers.append(
            ("Where the business is best off", f"With {best.idxmax()}: {signed(sizes[0])} against today, change and plan "
             f"together; worst off with {best.idxmin()} ({signed(sizes[1])}).")
        )  # fmt: skip
        if str(best.idxmax()) != high and str(best.idxmin()) == high:
            answers.append(
                (
                    "What not to conclude",
                    "The plan brings most where service is worst, because there is most to mend.",
                )
            )
    else:
        ends = _values([ranked[by].iloc[0], ranked[by].iloc[-1]], by, scenario)
        said = (
            f"{MEASURES[by]}: {ends[1]} to {ends[0]}"
            if ends[0] != ends[1]
            else f"{MEASURES[by]}: {ends[0]} in all"
        )
        answers = [("Highest", f"{high}."), ("Lowest", f"{low}.")] if ends[0] != ends[1] else []
    if len(found.problems):
        answers.append(("Refused", _refused(found)))
    return Exhibit(said, figures=_three(ranked[by].astype(float), found, scenario, by), answers=tuple(answers),
                   source=source_line(scenario))  # fmt: skip


def _refused(found: Sweep) -> str:
    return f"{len(found.problems)} of {len(found.points)}: their values are not allowed, or contradict each other."


def _three(values: pd.Series, found: Sweep, scenario: Scenario, by: str) -> tuple[Figure, ...]:
    """The highest, the middle and the lowest."""
    sizes = (float(values.iloc[0]), float(values.median()), float(values.iloc[-1]))
    best, median, worst = _values(sizes, by, scenario)
    refused = f"{len(found.problems)} refused" if len(found.problems) else "none refused"
    labels = (
        ("The plan brings most", "Median", "Least")
        if by == "net"
        else (f"{MEASURES[by]}: highest", "Median", "Lowest")
    )
    notes = (str(values.index[0]), f"of {len(values):,} variants, {refused}", str(values.index[-1]))
    coloured = by in ("net", "against_today")
    return tuple(
        Figure(label, text, note, sign(size) if coloured else 0)
        for label, text, note, size in zip(labels, (best, median, worst), notes, sizes, strict=True)
    )


def _turns(found: Sweep, scenario: Scenario) -> str:
    """The values between which a plan's net changes its sign, all else equal; said for each key."""
    table = found.points.join(found.results[["net"]]).drop(index=found.problems.index)
    said, numeric = [], _numeric(found)
    for key in numeric:
        others = [other for other in found.points if other != key]
        groups = [group for _, group in table.groupby(others, dropna=False)] if others else [table]
        crossings = [cross for group in groups for cross in _crossings(group[key], group["net"])]
        if crossings:
            first, last = (_value_text(key, round(end, 6)) for end in (min(crossings), max(crossings)))
            span = f"about {first}" if first == last else f"{first} to {last}, depending on the rest"
            said.append(f"{words(key)}: {span}")
        else:
            said.append(f"{words(key)}: at none of these values")
    if not numeric:
        return "Only names differ here, no value along which it could turn."
    return f"{'; '.join(said)}."


def _crossings(values: pd.Series, nets: pd.Series) -> list[float]:
    """Where straight lines between neighbouring points cross nought."""
    order = np.argsort(values.astype(float).to_numpy(), kind="stable")
    places = zip(values.astype(float).to_numpy()[order], nets.astype(float).to_numpy()[order], strict=True)
    return [x - y * (other - x) / (after - y) for (x, y), (other, after) in pairwise(places) if y * after < 0]


def numbers(found: Sweep, by: str = "") -> dict[str, float]:
    """The highest, the middle and the lowest in numbers, and how many variants there are and were refused."""
    by = by or found.measure
    ranked = found.ranked(by)[by].dropna().astype(float)
    counts = {"variants": len(found.points), "refused_variants": len(found.problems)}
    if ranked.empty:
        return dict(counts)
    figures = {"best": ranked.iloc[0], "median": ranked.median(), "worst": ranked.iloc[-1]}
    return {f"{rank}_{by}": float(value) for rank, value in figures.items()} | counts


def by_variant(found: Sweep, scenario: Scenario, by: str = "") -> Exhibit:
    """What the variants bring: lines along the value that moves it most, or bars by rank where none is a number.

    A line per combination of the other values where these are few, else the middle and the ends of nine in ten.
    """
    by = by or found.measure
    ranked = found.ranked(by).dropna(subset=[by])
    coloured = by in ("net", "against_today")
    what = f"{MEASURES[by]}{unit(scenario) if by in _MONEY else ''}"
    keys = sorted(_numeric(found), key=lambda key: -_reach(ranked, key, by)) if len(ranked) > 1 else []
    if not keys:
        return _by_rank(ranked[by].astype(float), scenario, by, what)
    key = keys[0]
    share = _value_text(key, 0.5).endswith("%")
    x = ranked[key].astype(float) * (100.0 if share else 1.0)
    others = [other for other in found.points if other != key]
    if others and len(groups := list(ranked.groupby(others, dropna=False, sort=True))) <= _MOST_LINES:
        named = [(_combination(others, label), group) for label, group in groups]
    else:
        named = [("", ranked)]
    places = tuple(float(f"{value:.12g}") for value in sorted(x.unique()))
    roles: tuple[Role, ...] = ("ink", "better", "muted", "neutral")
    lines = []
    for (label, group), role in zip(named, roles, strict=False):
        along = group[by].astype(float).groupby(x[group.index].round(12))
        many = along.size().max() > 1
        for level, said, tone in ((0.95, "1 in 20 above", "neutral"), (0.5, label or "middle", role),
                                  (0.05, "1 in 20 below", "neutral")):  # fmt: skip
            if many or level == 0.5:
                middle = along.quantile(level).reindex([float(f"{place:.12g}") for place in places])
                lines.append(
                    series(said if many or label else what, middle, tone, end=said if many or label else " ")
                )
    chart = Chart(
        "line", places, tuple(lines), subtitle=what, axis=f"{words(key)}{', %' if share else ''}",
        form="change" if coloured else "plain", zero=coloured,
    )  # fmt: skip
    said = _along(ranked, key, by, scenario)
    return Exhibit(
        said, chart, data=ranked[[by]], alt=f"Lines along {name(key)}. {said}.", source=source_line(scenario)
    )


def _along(ranked: pd.DataFrame, key: str, by: str, scenario: Scenario) -> str:
    """From where to where the middle goes along a value."""
    middle = ranked.groupby(ranked[key].astype(float))[by].median().astype(float)
    first, last = _values([middle.iloc[0], middle.iloc[-1]], by, scenario)
    ends = [_value_text(key, float(end)) for end in (middle.index[0], middle.index[-1])]
    if by == "net":
        first, last = signed(first), signed(last)
    return f"{words(key)} from {ends[0]} to {ends[1]}: {first} to {last}"


def _by_rank(values: pd.Series, scenario: Scenario, by: str, what: str) -> Exhibit:
    shown = values if len(values) <= _MOST_BARS else pd.concat([values.iloc[: _MOST_BARS - 5], values.iloc[-5:]])
    cut = f"; {len(values) - len(shown)} in the middle left out" if len(shown) < len(values) else ""
    coloured = by in ("net", "against_today")
    roles: list[Role] = [("better" if value >= 0 else "worse") if coloured else "neutral" for value in shown]
    texts = _values(shown, by, scenario)
    said = (
        f"{MEASURES[by]}: {texts[-1]} to {texts[0]}"
        if texts and texts[0] != texts[-1]
        else f"{MEASURES[by]}: {texts[0]}"
    )
    chart = Chart("bars", tuple(map(str, shown.index)), (series(MEASURES[by], shown, roles=roles),), labels=tuple(texts),
                  subtitle=f"{what}{cut}", form="change" if coloured else "plain")  # fmt: skip
    return Exhibit(said, chart, alt=f"A bar per variant, by rank. {said}.", source=source_line(scenario))


def ranking(found: Sweep, scenario: Scenario, by: str = "") -> Exhibit:
    """The variants in order: by default of what change and plan bring together against today, best off first."""
    ranked = found.ranked(by or ("against_today" if found.measure == "net" else found.measure))
    columns = ["against_today", "net", "npv", "extra_revenue", "revenue", "customers_at_end"]
    if not (ranked["extra_revenue"] != 0).any():
        columns = [column for column in columns if column not in ("net", "extra_revenue")]
    if by and by not in columns:
        columns = [by, *columns]
    table = pd.DataFrame(
        {MEASURES[column]: _values(ranked[column], column, scenario) for column in columns[:6]},
        index=pd.Index([str(label) for label in ranked.index], name="Variant"),
    )
    cut = len(table) > _MOST_ROWS + 5
    rows = pd.concat([table.head(_MOST_ROWS), table.tail(5)]) if cut else table
    first = MEASURES[by] if by else "Against today" if found.measure == "net" else MEASURES[found.measure]
    return Exhibit(
        f"{first}, the highest first{f': the first {_MOST_ROWS} and the last five' if cut else ''}", data=rows,
        source=source_line(scenario),
    )  # fmt: skip


def refused(found: Sweep) -> Exhibit | None:
    """Why variants were refused; nothing where none was."""
    if not len(found.problems):
        return None
    return Exhibit(
        "Refused: these values are not allowed, or contradict each other",
        data=found.problems.rename("Why").rename_axis("Variant").to_frame(), appendix=True,
    )  # fmt: skip


def _values(values: Any, by: str, scenario: Scenario) -> list[str]:
    """Values side by side; money is rounded alike, for a small sum beside a large one is known no better."""
    known = [float(value) if pd.notna(value) else float("nan") for value in values]
    if by in _MONEY and np.isfinite(known).all():
        return amounts(known, scenario.currency)
    return [
        money(value, scenario.currency) if by in _MONEY
        else whole(value) if "customers" in by and 100 <= abs(value) < 1e6
        else number(value)
        for value in known
    ]  # fmt: skip


def _value_text(key: str, value: float) -> str:
    return value_of(quantity_of(key), value)


def _combination(keys: Sequence[str], label: Any) -> str:
    values = label if isinstance(label, tuple) else (label,)
    return ", ".join(
        f"{name(key)} {_value_text(key, float(value)) if isinstance(value, int | float) else value}"
        for key, value in zip(keys, values, strict=True)
    )


def _numeric(found: Sweep) -> list[str]:
    """Keys that take at least two numbers."""
    kinds = {key: pd.to_numeric(found.points[key], errors="coerce") for key in found.points}
    return [str(key) for key, values in kinds.items() if values.notna().all() and values.min() < values.max()]


def _reach(ranked: pd.DataFrame, key: str, by: str) -> float:
    """How far the median moves over the values of a key."""
    middle = ranked.groupby(ranked[key].astype(float))[by].median().astype(float)
    return float(middle.max() - middle.min())


# --- which lever ---


def which_lever(table: pd.DataFrame, scenario: Scenario) -> Exhibit:
    """Which lever moves most per step that a manager can take, and what can only be found out.

    Args:
        table: from `wom.analysis.sweep.moves`.
        scenario: whose levers they are.
    """
    steps = table.drop(index=[key for key in BELIEFS if key in table.index]).dropna(subset=["step"])
    steps = steps.sort_values("step", ascending=False, kind="stable")
    beliefs = table.loc[[key for key in table.index if key in BELIEFS]]
    widest = table.iloc[0]
    answers = [("Which moves most from end to end", f"{_ends(widest, scenario)}.")]
    if len(beliefs):
        answers.append(("What can only be found out", f"{_ends(beliefs.iloc[0], scenario)}."))
    answers.append(("What this leaves out", "What a step costs, and how far one gets."))
    texts = amounts(steps["step"].tolist(), scenario.currency, 3)
    figures = tuple(
        Figure(
            upper(_step(str(key), row)),
            signed(text),
            f"over {horizon(scenario)}, in today's money",
            sign(row["step"]),
        )
        for (key, row), text in zip(steps.iterrows(), texts, strict=True)
    )
    first = (
        f"Most per step: {_step(str(steps.index[0]), steps.iloc[0])}" if len(steps) else "No lever can be moved"
    )
    return Exhibit(
        first, figures=figures[:3], answers=tuple(answers), source=source_line(scenario),
        text=("A step is one point of a share, one contact in a hundred; of bad contacts put right, one in a hundred bad "
              "ones. It holds from month 0 on.",),
    )  # fmt: skip


def _step(key: str, row: pd.Series) -> str:
    more, less = ("more", "fewer") if row["point"] else ("higher", "lower")
    return f"{'a point' if row['point'] else '1 %'} {more if row['up'] else less} {name(key)}"


def _ends(row: pd.Series, scenario: Scenario) -> str:
    low, high = (signed(text) for text in amounts([row["least"], row["most"]], scenario.currency, 3))
    return f"{words(str(row.name))}, between {_span(row)}: {low} to {high}"


def _span(row: pd.Series) -> str:
    """The two values of a lever, from where the worth is lowest where it goes one way."""
    ends = [value_of(str(row.name), float(row[end])) for end in ("low", "high")]
    return " and ".join(ends)


def levers(table: pd.DataFrame, scenario: Scenario) -> Exhibit:
    """What each lever does along its span, all of them on one axis, against today."""
    shown = table.assign(today=0.0)
    texts = [_span(row).replace(" and ", " to ") for _, row in table.iterrows()]
    said = f"{words(str(table.index[0]))} moves most: {_ends(table.iloc[0], scenario).split(': ')[1]}"
    shown.index = [words(str(key)) for key in table.index]
    chart = _ranges(
        shown, ("least", "today", "most"), texts, _in_money("Change against today along each span", scenario)
    )
    return Exhibit(
        said, chart, data=table, alt=f"A bar per lever, the longest first, on one axis. {said}.",
        source=source_line(scenario),
    )  # fmt: skip
