"""Plans, variants and levers side by side: which one, where it pays, at which value it turns, what moves most."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from ..analysis.budget import Allocation
from ..analysis.compare import Comparison
from ..analysis.sweep import BELIEFS, Sweep, quantity_of
from ..parameters import Key
from ..scenario import Scenario
from ..words import number, often, several, signed, whole
from .basis import months, unit
from .chart import Chart, Role, Series, series
from .exhibit import Exhibit, Figure
from .plan import _lower, _upper, paid_back
from .sureness import RANGE, alike, exhibit, name, span, value_of, words

_TIMES = 2.0
"""From here on a multiple is read as one, below in percent."""
NOTHING = "Do nothing"
"""The choice that is always there, as `wom.analysis.compare.regret` calls it."""


def _in_money(what: str, scenario: Scenario) -> str:
    return f"{what} over {months(scenario)}, in today’s money{unit(scenario)}"


def _sign(value: float) -> int:
    return int(np.sign(value))


def _money(table: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """A table of money to read, rounded alike."""
    texts = np.array(alike(table.to_numpy(dtype=float).ravel(), scenario)).reshape(table.shape)
    return pd.DataFrame(texts, index=table.index, columns=table.columns)


# --- which of several plans ---


def which_plan(table: Comparison, choices: pd.DataFrame) -> Exhibit:
    """Which plan to choose, by how much, how sure that is, and what would turn it.

    Args:
        table: from `wom.compare`, with draws.
        choices: from `wom.analysis.compare.regret`, of the same plans.
    """
    scenario, ranked = table.scenario, table.sort_values("net", ascending=False)
    best, row = str(ranked.index[0]), ranked.iloc[0]
    chosen = best if row["net"] > 0 else NOTHING
    figures = tuple(_net(str(title), one, scenario) for title, one in ranked.head(3).iterrows())
    net = figures[0].value
    if chosen == NOTHING and len(table) == 1 and not row["cost"]:  # such as an event, which nobody chooses
        said, answers = (
            f"{best} costs {net[1:]}",
            [("How sure", f"It loses money {often(row['chance_of_loss'])}.")],
        )
    else:
        rivals = {str(choices[column].idxmax()) for column in ("best_share", "mean_net")} - {chosen}
        price = " at this price" if row["break_even_cost"] > 0 else ""
        refusal = f"Do {'not do it' if len(table) == 1 else 'none of them'}{price}"
        said = refusal if chosen == NOTHING else f"Choose {chosen}"
        if rivals:
            said = f"Too close to call: {' or '.join(map(lower_choice, (chosen, *sorted(rivals))))}"
        shares = choices["best_share"].sort_values(ascending=False, kind="stable")
        sure = [f"{lower_choice(str(one))} is best {often(share)}" for one, share in shares.items() if share]
        answers = [
            ("How sure", f"{_upper('; '.join(sure[:3]))}."),
            ("Up to which price it pays", f"{best}: {_price(row, scenario)}."),
            ("What would change it", _what_turns(row, scenario)),
        ]
        if len(ranked) > 1:
            gap = span(*[float(row["net"] - ranked["net"].iloc[1])] * 2, scenario)
            answers.insert(1, ("By how much", f"{best} nets {gap} more than {ranked.index[1]}."))
    return exhibit(
        scenario, said, figures=figures, answers=tuple(answers),
        text=(f"Net over {months(scenario)} is what a plan adds to contribution less its cost, today’s money.",),
    )  # fmt: skip


def lower_choice(choice: str) -> str:
    """Doing nothing inside a sentence; a plan's name stays as it is."""
    return "doing nothing" if choice == NOTHING else choice


def _net(title: str, row: pd.Series, scenario: Scenario) -> Figure:
    low, net, high = (float(row[column]) for column in ("net_low", "net", "net_high"))
    text = scenario.write.ranged(net, low, high, sign=True)
    cost = f"; costs {scenario.write.money(float(row['cost']))}" if row["cost"] else ""
    return Figure(
        title, text.value, f"{RANGE} {text.low} to {text.high}{cost}", _sign(text.rounded), (low, net, high)
    )


def _price(row: pd.Series, scenario: Scenario) -> str:
    brings, cost = float(row["break_even_cost"]), float(row["cost"])
    if brings <= 0:
        return "at no price"
    most = scenario.write.money(brings)
    if cost <= 0:
        return f"{most}; it costs nothing"
    times = brings / cost
    part = f"{scenario.write.number(times)} times" if times >= _TIMES else f"{scenario.write.percent(times)} of"
    return f"{most}, {part} what it costs"


def _what_turns(row: pd.Series, scenario: Scenario) -> str:
    """What would have to be otherwise for a plan to lose, or to pay."""
    needed = row["break_even_causal_share"]
    if row["net"] > 0:
        if pd.isna(needed):
            return "A higher price."
        if needed == 0:
            return "A higher price alone: it would pay even if service caused nothing of what is assumed."
        return (
            f"It no longer pays if service causes less than {scenario.write.percent(needed)} of what is assumed."
        )
    ways = (
        ("break_even_bad_points", "fewer contacts that go wrong"),
        ("break_even_good_points", "more contacts that go well"),
    )
    said = [f"{row[column]:.1f} points {way}" for column, way in ways if pd.notna(row[column])]
    return (
        f"{_upper(' or '.join(said))} would bring its cost."
        if said
        else "A lower price; better results would not."
    )


def plans(table: Comparison) -> Exhibit:
    """The net of each plan with its range."""
    scenario, ranked = table.scenario, table.sort_values("net", ascending=False)
    pay, lose = (ranked.index[side].astype(str).tolist() for side in (ranked["net"] > 0, ranked["net"] <= 0))
    said = [f"{several(pay)} pay{'s' if len(pay) == 1 else ''} within {months(scenario)}"] if pay else []
    if lose:
        verb = "does not" if len(lose) == 1 else "do not"
        said.append(f"{several(lose)} {verb}" + ("" if pay else f" pay within {months(scenario)}"))
    ranked = ranked.assign(**{end: ranked["net"] for end in ("net_low", "net_high") if end not in ranked})
    texts = [_net("", row, scenario).value for _, row in ranked.iterrows()]
    low, middle, high = (ranked[column].to_numpy(dtype=float) for column in ("net_low", "net", "net_high"))
    chart = Chart(
        "ranges", tuple(map(str, ranked.index)),
        (series("low", np.minimum(low, middle)), series("net", middle), series("high", np.maximum(high, middle))),
        subtitle=_in_money("Net", scenario), form="change", labels=tuple(texts), reference=0.0,
    )  # fmt: skip
    return exhibit(scenario, ", ".join(said), chart, data=table.to_frame(), alt=f"A bar per plan with its {RANGE}")


def side_by_side(table: Comparison) -> Exhibit:
    """A comparison of plans to read: rows are questions, columns are plans; percent and points are both named."""
    scenario, write = table.scenario, table.scenario.write

    def points(value: Any, row: pd.Series) -> str:
        return "not with any number" if pd.isna(value) else f"{write.number(value)} points" if row["cost"] else "–"

    def back(month: Any, row: pd.Series) -> str:
        known = None if pd.isna(month) else int(month)
        return "at once" if known is None and row["net"] >= 0 else paid_back(known, scenario.calendar)

    def money(value: Any, _: pd.Series) -> str:
        return write.money(value, 3)

    def share(value: Any, otherwise: str) -> str:
        return otherwise if pd.isna(value) else write.percent(value)

    rows = {
        "Extra revenue": ("extra_revenue", money),
        "… in percent of revenue": (
            "extra_revenue_percent", lambda value, _: share(value / 100, "there is no revenue")
        ),
        "Extra contribution, in today’s money": ("extra_contribution", money),
        "Cost, in today’s money": ("cost", money),
        "Net": ("net", money),
        f"… {RANGE}": ("net_low", lambda value, row: span(value, row["net_high"], scenario)),
        "It loses money": ("chance_of_loss", lambda value, _: often(value)),
        "It pays back": ("payback_month", back),
        "It pays if it costs at most": (
            "break_even_cost", lambda value, _: write.money(value, 3) if value > 0 else "at no price"
        ),
        "More contacts that go well that alone would pay for it": ("break_even_good_points", points),
        "Fewer contacts that go wrong that alone would pay for it": ("break_even_bad_points", points),
        "It pays from this part of the causal shares on": (
            "break_even_causal_share", lambda value, _: share(value, "not as assumed")
        ),
        "Net if the causal shares were half": ("net_at_half_cause", money),
        "Net if nothing were causal": ("net_without_cause", money),
    }  # fmt: skip
    shown = {
        question: [show(row[column], row) for _, row in table.iterrows()]
        for question, (column, show) in rows.items()
    }
    said = (
        "Percent are of revenue; points are differences of shares, as from 6 % to 5 % is one point. The causal "
        "shares say how much of what surveys and studies found is caused by service."
    )
    data = pd.DataFrame.from_dict(shown, orient="index", columns=list(table.index)).rename_axis("Question")
    return exhibit(scenario, "The plans side by side", data=data, text=(said,), appendix=True)


def regret(choices: pd.DataFrame, scenario: Scenario) -> Exhibit:
    """What each choice brings less, on average, than the best one in each case would have brought."""
    values = choices["mean_regret"].astype(float)
    best, texts = str(values.idxmin()), alike(values, scenario, 2)
    least = texts[values.index.get_loc(best)]
    said = f"{best} is regretted least: {least} on average" if values[best] else f"{best} is never regretted"
    roles: list[Role] = ["ink" if choice == best else "neutral" for choice in values.index]
    chart = Chart(
        "bars", tuple(map(str, values.index)), (series("mean regret", values, roles=roles),), labels=tuple(texts),
        subtitle=_in_money("Less than the best choice in the same case, on average", scenario),
    )  # fmt: skip
    return exhibit(scenario, said, chart, data=choices, alt="A bar per choice")


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
    """The net of each plan split over the paths from service to money.

    Args:
        table: from `wom.analysis.compare.splits`.
        scenario: whose plans they are.
    """
    most = {str(title): str(split.drop("direct").abs().idxmax()) for title, split in table.items()}
    same = len(set(most.values())) == 1
    said = f"Most goes through one path: {_lower(PATHS[next(iter(most.values()))])}"
    shown = pd.concat([table.rename(index=PATHS), table.sum().rename("Net").to_frame().T]).rename_axis("Path")
    return exhibit(
        scenario, said if same else "Each plan goes through paths of its own", data=_money(shown, scenario)
    )


def interactions(table: pd.DataFrame, scenario: Scenario) -> Exhibit:
    """How initiatives work together, pair by pair.

    Args:
        table: from `wom.analysis.compare.interactions`.
        scenario: whose they are.
    """
    if table.empty:
        return Exhibit("There is only one initiative, so nothing interacts")
    pair = table["interaction"].abs().idxmax()
    value = float(table.loc[pair, "interaction"])
    size = f"{scenario.write.money(abs(value))} {'less' if value < 0 else 'more'} than" if value else "as much as"
    columns = {"first_alone": "First alone", "second_alone": "Second alone", "together": "Together",
               "interaction": "Together less the sum"}  # fmt: skip
    shown = _money(table[list(columns)].rename(columns=columns), scenario).rename_axis(["First", "Second"])
    return exhibit(scenario, f"{pair[0]} and {pair[1]} together bring {size} the sum of each alone", data=shown)


def budget(best: Allocation | None, scenario: Scenario) -> Exhibit:
    """How to divide a budget, what that nets, and what the next unit of money would bring."""
    if best is None:
        return Exhibit("No initiative of these plans costs anything, so there is no budget to divide")
    table, write = best.table, scenario.write
    given, spent, net = (write.money(value, 3) for value in (best.budget, best.budget - best.unspent, best.net))
    spends = bool((table["spend"] > 0).any())
    following = f"The next unit of money would net {write.number(best.marginal_return)} of itself."
    left = [
        "all bought" if pd.isna(value) else write.text(signed(number(round(value, 2), 2)))
        for value in table["marginal_return"]
    ]  # fmt: skip
    shown = pd.DataFrame(
        {
            "Spend": alike(table["spend"], scenario),
            "Of its effect": [write.percent(value) for value in table["effect_share"]],
            "Net of the next unit": left,
        },
        index=table.index.rename("Initiative"),
    )
    return exhibit(
        scenario,
        f"Spend {spent} of {given}: it nets {net}" if spends else f"Keep all of {given}: no part of it pays",
        data=shown,
        text=("Assumed: at its own cost an initiative has its own effect, for half of it 62 %, and never more.",
              following if best.marginal_return > 0 else "More money would not pay for itself."),
    )  # fmt: skip


# --- where among many variants ---

MEASURES = {
    "revenue": "Revenue over the horizon",
    "extra_revenue": "Extra revenue over the horizon",
    "plan_cost": "Cost of the plan",
    "npv": "Worth in today’s money",
    "net": "Net of the plan, in today’s money",
    "against_today": "Against today, in today’s money",
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
_CHANGES = ("net", "against_today")
"""Which of them mean a gain or a loss."""
_MOST_BARS, _MOST_LINES, _MOST_ROWS = 30, 3, 25


def where_it_pays(found: Sweep, scenario: Scenario, by: str = "") -> Exhibit:
    """Where a plan pays, at which value that turns, and where the business itself is best off.

    A plan that mends bad service brings most where service is worst; no variant is praised for that.
    """
    by = by or found.measure
    ranked = found.ranked(by).dropna(subset=[by])
    refusals = f"{len(found.problems)} of {len(found.points)}: values not allowed, or that contradict each other."
    refused = [("Refused", refusals)] if len(found.problems) else []
    if ranked.empty:
        return exhibit(scenario, "No variant could be computed", answers=tuple(refused))
    values, count = ranked[by].astype(float), len(ranked)
    middle = len(values) // 2
    texts = _values([values.iloc[0], values.median(), values.iloc[-1]], by, scenario)
    labels = (f"{MEASURES[by]}: highest", "Median", "Lowest")
    notes = (str(values.index[0]), f"of {count:,} variants", str(values.index[-1]))
    signs = [_sign(value) if by in _CHANGES else 0 for value in (values.iloc[0], values.median(), values.iloc[-1])]
    figures = tuple(Figure(*parts) for parts in zip(labels, texts, notes, signs, strict=True))
    answers: list[tuple[str, str]] = []
    if by == "net":
        pays = int((values > 0).sum())
        share = f"{pays} of {count}" if 0 < pays < count else f"{'all' if pays else 'none of'} {count}"
        said = f"It pays in {share} variants"
        answers.append(
            ("At which value it turns", _turns(found, scenario) if 0 < pays < count else "At none of these.")
        )
        off = ranked["against_today"].astype(float).sort_values(ascending=False, kind="stable")
        best, worst = _values([off.iloc[0], off.iloc[-1]], "against_today", scenario)
        if best != worst:
            ends = (
                f"With {off.index[0]}: {best} against today, change and plan together; worst with {off.index[-1]}"
            )
            answers.append(("Where the business is best off", f"{ends}: {worst}."))
            if off[values.index[0]] < off[values.index[middle]]:
                mends = "That worse service is good: the plan brings most where there is most to mend."
                answers.append(("What not to conclude", mends))
    else:
        said = (
            f"{MEASURES[by]}: {texts[2]} to {texts[0]}" if texts[0] != texts[2] else f"{MEASURES[by]}: {texts[0]}"
        )
        answers.append(("Highest", f"{notes[0]}.") if texts[0] != texts[2] else ("In all", f"{count:,} variants."))
    return exhibit(
        scenario, said, figures=figures if texts[0] != texts[2] else figures[:1], answers=(*answers, *refused)
    )


def _turns(found: Sweep, scenario: Scenario) -> str:
    """The values at which a plan's net changes its sign, all else equal; said for each key."""
    table = found.points.join(found.results[["net"]]).drop(index=found.problems.index)
    said = []
    for key in _numeric(found):
        others = [other for other in found.points if other != key]
        groups = [group for _, group in table.groupby(others, dropna=False)] if others else [table]
        crossings = [cross for group in groups for cross in _crossings(group[key], group["net"])]
        if crossings:
            first, last = (_value(key, end, scenario) for end in (min(crossings), max(crossings)))
            said.append(
                f"{words(key)}: {f'{first} to {last}, by the rest' if first != last else f'about {first}'}"
            )
    return f"{'; '.join(said)}." if said else "No number decides it: the variants differ otherwise."


def _crossings(values: pd.Series, nets: pd.Series) -> list[float]:
    """Where straight lines between neighbouring points cross nought."""
    points = sorted(zip(values.astype(float), nets.astype(float), strict=True))
    return [x - y * (other - x) / (after - y) for (x, y), (other, after) in pairwise(points) if y * after < 0]


def numbers(found: Sweep, by: str = "") -> dict[str, float]:
    """The highest, the middle and the lowest in numbers, and how many variants there are and were refused."""
    by = by or found.measure
    ranked = found.ranked(by)[by].dropna().astype(float)
    counts = {"variants": len(found.points), "refused_variants": len(found.problems)}
    figures = {"best": ranked.iloc[0], "median": ranked.median(), "worst": ranked.iloc[-1]} if len(ranked) else {}
    return {f"{rank}_{by}": float(value) for rank, value in figures.items()} | counts


def by_variant(found: Sweep, scenario: Scenario, by: str = "") -> Exhibit | None:
    """What the variants bring: along the value that moves it most, or by rank where none is a number.

    Along a value there is a line for each combination of the others where these are few, else the middle and the
    ends of nine in ten.
    """
    by = by or found.measure
    ranked = found.ranked(by).dropna(subset=[by])
    keys = [key for key in _numeric(found) if len(set(ranked[key])) > 1]
    if ranked.empty:
        return None
    what = f"{MEASURES[by]}{unit(scenario) if by in _MONEY else ''}"
    if keys:
        key = max(keys, key=lambda one: float(np.ptp(_middle(ranked, one, by))))
        middle = _middle(ranked, key, by)
        ends = [_value(key, float(end), scenario) for end in (middle.index[0], middle.index[-1])]
        texts = _values([middle.iloc[0], middle.iloc[-1]], by, scenario)
        said, alt = (
            f"{words(key)} from {ends[0]} to {ends[1]}: {texts[0]} to {texts[1]}",
            f"Lines along {name(key)}",
        )
        chart = Chart(
            "line", tuple(middle.index * _scale(key)), tuple(_lines(found, ranked, key, by, scenario)),
            subtitle=what, axis=f"{words(key)}{', %' if _scale(key) > 1 else ''}",
            form="change" if by in _CHANGES else "plain", zero=by in _CHANGES,
        )  # fmt: skip
    else:
        values = ranked[by].astype(float)
        cut = len(values) > _MOST_BARS
        shown = pd.concat([values.head(_MOST_ROWS), values.tail(5)]) if cut else values
        texts, alt = _values(shown, by, scenario), "A bar per variant, by rank"
        roles: list[Role] = [
            ("better" if value >= 0 else "worse") if by in _CHANGES else "neutral" for value in shown
        ]
        said = (
            f"{MEASURES[by]}: {texts[-1]} to {texts[0]}"
            if texts[0] != texts[-1]
            else f"{MEASURES[by]}: {texts[0]}"
        )
        chart = Chart(
            "bars", tuple(map(str, shown.index)), (series(MEASURES[by], shown, roles=roles),), labels=tuple(texts),
            subtitle=what + (f"; {len(values) - len(shown)} in the middle left out" if cut else ""),
        )  # fmt: skip
    return exhibit(scenario, said, chart, data=ranked[[by]], alt=alt)


def _middle(ranked: pd.DataFrame, key: str, by: str, level: float = 0.5) -> pd.Series:
    """A result over the values of a key: its median over all others, or another quantile."""
    return ranked[by].astype(float).groupby(ranked[key].astype(float)).quantile(level)


def _lines(found: Sweep, ranked: pd.DataFrame, key: str, by: str, scenario: Scenario) -> list[Series]:
    others = [other for other in found.points if other != key]
    groups = list(ranked.groupby(others, dropna=False)) if others else [((), ranked)]
    places = _middle(ranked, key, by).index
    if len(groups) > _MOST_LINES:
        levels: tuple[tuple[str, float, Role], ...] = (
            ("1 in 20 above", 0.95, "neutral"), ("middle", 0.5, "ink"), ("1 in 20 below", 0.05, "neutral"),
        )  # fmt: skip
        return [series(said, _middle(ranked, key, by, level), role) for said, level, role in levels]
    roles: tuple[Role, ...] = ("ink", "neutral", "muted")
    return [
        series(
            ", ".join(f"{name(one)} {_value(one, part, scenario)}" for one, part in zip(others, label, strict=True))
            or MEASURES[by],
            _middle(group, key, by).reindex(places), role, end="" if others else " ",
        )
        for (label, group), role in zip(groups, roles, strict=False)
    ]  # fmt: skip


def ranking(found: Sweep, scenario: Scenario, by: str = "") -> Exhibit:
    """The variants in order: by default of what change and plan bring together against today, best off first."""
    by = by or found.order
    ranked = found.ranked(by)
    columns = ["against_today", "net", "npv", "extra_revenue", "revenue", "customers_at_end"]
    if not (ranked["extra_revenue"] != 0).any():
        columns = [column for column in columns if column not in ("net", "extra_revenue")]
    if len(ranked) > _MOST_ROWS + 5:
        ranked = pd.concat([ranked.head(_MOST_ROWS), ranked.tail(5)])
    shown = pd.DataFrame(
        {
            MEASURES[column]: _values(ranked[column], column, scenario)
            for column in dict.fromkeys([by, *columns][:6])
        },
        index=pd.Index([str(label) for label in ranked.index], name="Variant"),
    )
    cut = f": {_MOST_ROWS} and the last five" if len(shown) < len(found.points) - len(found.problems) else ""
    return exhibit(scenario, f"{MEASURES[by]}, the highest first{cut}", data=shown)


def refused(found: Sweep) -> Exhibit | None:
    """Why variants were refused; nothing where none was."""
    if not len(found.problems):
        return None
    data = found.problems.rename("Why").rename_axis("Variant").to_frame()
    return Exhibit("Refused: these values are not allowed, or contradict each other", data=data, appendix=True)


def _values(values: Any, by: str, scenario: Scenario) -> list[str]:
    """Values side by side; money is rounded alike, for a small sum beside a large one is known no better."""
    known = [float(value) if pd.notna(value) else float("nan") for value in values]
    if by in _MONEY and np.isfinite(known).all():
        return alike(known, scenario, sign=by in _CHANGES)
    return [whole(value) if "customers" in by and 100 <= abs(value) < 1e6 else number(value) for value in known]


def _value(key: str, value: Any, scenario: Scenario) -> str:
    return value_of(quantity_of(key), float(value), scenario) if isinstance(value, int | float) else str(value)


def _scale(key: str) -> float:
    """100 for what is read in percent."""
    found = Key.find(key)
    return 100.0 if found is not None and found.quantity.unit.startswith("share") else 1.0


def _numeric(found: Sweep) -> list[str]:
    """Keys that take at least two numbers."""
    kinds = {key: pd.to_numeric(found.points[key], errors="coerce") for key in found.points}
    return [str(key) for key, values in kinds.items() if values.notna().all() and values.min() < values.max()]


# --- which lever ---


def which_lever(table: pd.DataFrame, scenario: Scenario) -> Exhibit:
    """Which lever moves most per step that a manager can take, and what can only be found out.

    Args:
        table: from `wom.analysis.sweep.moves`.
        scenario: whose levers they are.
    """
    believed = table.index.isin(BELIEFS)
    steps = table[~believed].dropna(subset=["step"]).sort_values("step", ascending=False, kind="stable")
    named = [
        f"{'a point' if row.point else '1 %'} {_way(row)} {name(str(row.Index))}" for row in steps.itertuples()
    ]
    figures = tuple(
        Figure(_upper(step), text, f"from month 0 on, over {months(scenario)}", _sign(value))
        for step, text, value in zip(named, alike(steps["step"], scenario, sign=True), steps["step"], strict=True)
    )
    answers = []
    if not believed.all():
        answers.append(("Which moves most from end to end", f"{_ends(table[~believed].iloc[0], scenario)}."))
    if believed.any():
        answers.append(("What can only be found out", f"{_ends(table[believed].iloc[0], scenario)}."))
    answers.append(("What this leaves out", "What a step costs, and how far one gets."))
    return exhibit(
        scenario, f"Most per step: {named[0]}" if named else "No lever can be moved", figures=figures[:3],
        answers=tuple(answers),
        text=("A point is one contact in a hundred; of bad contacts put right, one bad contact in a hundred.",),
    )  # fmt: skip


def _way(row: Any) -> str:
    more, less = ("more", "fewer") if row.point else ("higher", "lower")
    return more if row.up else less


def _ends(row: pd.Series, scenario: Scenario) -> str:
    said = span(row["least"], row["most"], scenario, sign=True)
    return f"{words(str(row.name))}, {_along(row, scenario)}: {said}"


def _along(row: pd.Series, scenario: Scenario) -> str:
    """The two ends of a lever, the worse one first."""
    ends = ("high", "low") if row["at_low"] > row["at_high"] else ("low", "high")
    return " to ".join(value_of(str(row.name), float(row[end]), scenario) for end in ends)


def levers(table: pd.DataFrame, scenario: Scenario) -> Exhibit:
    """What each lever does along its span, all of them on one axis, against today.

    Args:
        table: from `wom.analysis.sweep.moves`.
        scenario: whose levers they are.
    """
    named = [f"{words(str(key))}, {_along(row, scenario)}" for key, row in table.iterrows()]
    texts = [span(row.least, row.most, scenario, sign=True, currency=False) for row in table.itertuples()]
    chart = Chart(
        "stacked_bars", tuple(named),
        (series("worse", table["least"], "worse_light"), series("better", table["most"], "better_light")),
        subtitle=f"{_in_money('Change against today', scenario)}, from the worst end of each span to the best",
        form="change", labels=tuple(texts),
    )  # fmt: skip
    first = table.iloc[0]
    said = f"Most moves with {name(str(first.name))}: {span(first['least'], first['most'], scenario, sign=True)}"
    return exhibit(scenario, said, chart, data=table, alt="A bar per lever, the longest first, on one axis")
