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
from ..words import MINUS, NARROW, number, often, several, signed
from . import basis
from .basis import RANGE, _lower, _upper, alike, bars, between, exhibit, months, name, ranges, today, unit, words
from .chart import Chart, Role, series
from .exhibit import Exhibit, Figure
from .plan import PATHS, paid_back


def _money(table: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """A table of money to read, rounded alike."""
    texts = np.array(alike(table.to_numpy(dtype=float).ravel(), scenario, 4, currency=False)).reshape(table.shape)
    return pd.DataFrame(texts, index=table.index, columns=table.columns)


def which_plan(table: Comparison, choices: pd.DataFrame) -> Exhibit:
    """Which plan to choose, by how much, how sure that is, and what would turn it.

    `table` is from `wom.compare`, with draws; `choices` from `wom.analysis.compare.regret`, of the same plans.
    """
    scenario, ranked = table.scenario, table.sort_values("net", ascending=False)
    write, best, row = scenario.write, str(ranked.index[0]), ranked.iloc[0]
    figures = tuple(_net(str(title), one, scenario) for title, one in ranked.head(3).iterrows())
    who = basis.subject(scenario)
    adds = "a plan adds" if basis.initiatives(scenario) else f"{_lower(who.name)} {who.verb('adds')}"
    lead = f"Net over {months(scenario)} is what {adds} to contribution less the cost, in today’s money."
    if len(table) == 1 and not row["cost"] and not row["net"] > 0:  # such as an event, which nobody chooses
        said = f"{best} costs {figures[0].value.removeprefix(MINUS)}" if row["net"] else f"{best} changes nothing"
        sure = basis.how_often(scenario, float(row["chance_of_loss"]))
        return exhibit(scenario, said, figures=figures, answers=(("How sure", f"{sure}."),), text=(lead,))
    nothing, brings, cost = "doing nothing", float(row["break_even_cost"]), float(row["cost"])
    choices, chosen = choices.rename({"Do nothing": nothing}), best if row["net"] > 0 else nothing
    rivals = {str(choices[column].idxmax()) for column in ("best_share", "mean_net")} - {chosen}
    said = f"Choose {chosen}" if len(table) > 1 else f"Do it: {chosen}"
    if rivals:
        said = f"Too close to call: {' or '.join([chosen, *sorted(rivals)])}"
    elif chosen == nothing:
        said = f"Do {'not do it' if len(table) == 1 else 'none of them'}{' at this price' if brings > 0 else ''}"
    shares = choices["best_share"].sort_values(ascending=False, kind="stable")
    sure = "; ".join([f"{choice} is best {often(share)}" for choice, share in shares.items() if share][:3])
    up_to = f"{write.money(brings)}; it costs {write.money(cost) if cost > 0 else 'nothing'}"
    answers = [
        ("How sure", f"{_upper(sure)}."),
        ("Up to which price it pays", f"{best}: {up_to if brings > 0 else 'at no price'}."),
        ("What would change it", _what_turns(row, scenario)),
    ]
    if len(ranked) > 1 and chosen == best:  # the difference of what is shown
        nets = [write.ranged(*one).rounded for one in ranked[["net", "net_low", "net_high"]].head(2).to_numpy()]
        gap = f"{write.money(nets[0] - nets[1], 3)} more than" if nets[0] > nets[1] else "about as much as"
        answers.insert(1, ("By how much", f"{best} nets {gap} {ranked.index[1]}."))
    return exhibit(scenario, said, figures=figures, answers=tuple(answers), text=(lead,))


def _net(title: str, row: pd.Series, scenario: Scenario) -> Figure:
    cost = f"costs {scenario.write.money(float(row['cost']))}" if row["cost"] else ""
    ends = float(row["net_low"]), float(row["net_high"])
    return basis.figure(title, float(row["net"]), ends, scenario, change=True, note=cost)


def _what_turns(row: pd.Series, scenario: Scenario) -> str:
    """What would have to be otherwise for a plan to lose, or to pay."""
    write, needed = scenario.write, row["break_even_causal_share"]
    if row["net"] > 0:
        if pd.isna(needed):
            return "A higher price."
        if needed == 0:
            return "A higher price alone: it would pay even if service caused nothing of what is assumed."
        return f"It no longer pays if service causes less than {write.percent(needed)} of what is assumed."
    ways = {"bad": "fewer contacts that go wrong", "good": "more contacts that go well"}
    known = {way: row[f"break_even_{kind}_points"] for kind, way in ways.items()}
    said = [f"{write.number(value)} points {way}" for way, value in known.items() if pd.notna(value)]
    if said:
        return f"{_upper(' or '.join(said))} would bring in its cost."
    return "A lower price; better results would not." if row["break_even_cost"] > 0 else "Nothing that was tried."


def plans(table: Comparison) -> Exhibit:
    """The net of each plan with its range."""
    scenario, ranked = table.scenario, table.sort_values("net", ascending=False)
    nets, costs = ranked["net"].astype(float), ranked["cost"].astype(float)
    became = {
        _upper(basis.outcomes(scenario)[1]): nets > 0,
        "Loses money": (nets <= 0) & (costs != 0),
        "Costs money": (nets < 0) & (costs == 0),
        "Changes nothing": (nets == 0) & (costs == 0),
    }
    said = [f"{what}: {several(list(map(str, nets.index[rows])))}" for what, rows in became.items() if rows.any()]
    ends = ranked.reindex(columns=["net_low", "net", "net_high"]).astype(float)
    ends = ends.assign(net_low=ends.min(axis=1), net_high=ends.max(axis=1))
    texts = [_net("", row, scenario).value for _, row in ends.assign(cost=costs).iterrows()]
    chart = ranges(ends, f"Net {today(scenario)}", texts, form="change", reference=0.0)
    return exhibit(scenario, ". ".join(said), chart, data=table.to_frame(), alt=f"A bar per plan with its {RANGE}")


def side_by_side(table: Comparison) -> Exhibit:
    """A comparison of plans to read: rows are questions, columns are plans; percent and points are both named."""
    scenario, write = table.scenario, table.scenario.write

    def answers(row: pd.Series) -> dict[str, str]:
        sums = {name: write.money(row[name], 3) for name in row.index if name.startswith(("extra", "cost", "net"))}
        good, bad = (
            "not with any number" if pd.isna(value) else f"{write.number(value)} points" if row["cost"] else "–"
            for value in (row["break_even_good_points"], row["break_even_bad_points"])
        )
        share, cause, month = row[["extra_revenue_percent", "break_even_causal_share", "payback_month"]]
        back = paid_back(None if pd.isna(month) else int(month), scenario.calendar)
        return {
            "Extra revenue": sums["extra_revenue"],
            "… in percent of revenue": "there is no revenue" if pd.isna(share) else write.percent(share / 100),
            "Extra contribution, in today’s money: what it may cost": sums["extra_contribution"],
            "Cost, in today’s money": sums["cost"],
            "Net": sums["net"],
            f"… {RANGE}": basis.span(row["net_low"], row["net_high"], scenario),
            "It loses money": often(row["chance_of_loss"]),
            "It pays back": "at once" if pd.isna(month) and row["net"] >= 0 else back,
            "More contacts that go well that alone would pay for it": good,
            "Fewer contacts that go wrong that alone would pay for it": bad,
            "It pays from this part of the causal shares on":
                "not as assumed" if pd.isna(cause) else write.percent(cause),
            "Net if the causal shares were half": sums["net_at_half_cause"],
            "Net if nothing were causal": sums["net_without_cause"],
        }  # fmt: skip

    data = pd.DataFrame({title: answers(row) for title, row in table.iterrows()}).rename_axis("Question")
    said = (
        "Percent are of revenue; points are differences of shares, as from 6 % to 5 % is one point. The causal "
        "shares say how much of what surveys and studies found is caused by service."
    )
    return exhibit(scenario, "The plans side by side", data=data, text=(said,), right=data.columns, appendix=True)


def regret(choices: pd.DataFrame | None, scenario: Scenario) -> Exhibit | None:
    """What each choice brings less, on average, than the best one in each case; None if nothing is to choose."""
    if choices is None or not basis.initiatives(scenario):
        return None
    values = choices["mean_regret"].astype(float)
    best, texts = str(values.idxmin()), alike(values, scenario)
    least = texts[values.index.get_loc(best)]
    said = f"{best} is regretted least: {least} on average"
    if not any(digit in least for digit in "123456789"):
        said = f"{best} is {'hardly ever' if values[best] else 'never'} regretted"
    roles: list[Role] = ["ink" if choice == best else "neutral" for choice in values.index]
    subtitle = f"Less than the best choice in the same case, on average, {today(scenario)}"
    chart = bars(values, subtitle, texts, roles)
    return exhibit(scenario, said, chart, data=choices, alt="A bar per choice")


def splits(table: pd.DataFrame, scenario: Scenario) -> Exhibit:
    """The net of each plan split over the paths from service to money, from `wom.analysis.compare.splits`."""
    parts = table.drop("direct").abs()
    largest = parts.loc[:, parts.max() > 1e-9 * table.abs().max()].idxmax()
    paths = list(dict.fromkeys(_lower(PATHS[str(path)]) for path in largest)) or ["cost and direct effects alone"]
    said = f"The largest part: {' or '.join(paths)}{', by plan' if paths[1:] else ''}"
    shown = pd.concat([table.rename(index=PATHS), table.sum().rename("Net").to_frame().T])
    data = _money(shown.rename_axis(f"Path{unit(scenario)}"), scenario)
    return exhibit(scenario, said, data=data, right=shown.columns)


def interactions(table: pd.DataFrame, scenario: Scenario) -> Exhibit:
    """How initiatives work together, pair by pair, from `wom.analysis.compare.interactions`."""
    if table.empty:
        return exhibit("", "There are no two initiatives, so nothing interacts")
    value = float(table["interaction"].iloc[int(table["interaction"].abs().argmax())])
    size = f"{scenario.write.money(abs(value))} {'less' if value < 0 else 'more'} than"
    size = size if abs(value) > 1e-9 * table["together"].abs().max() else "as much as"
    columns = {"first_alone": "First alone", "second_alone": "Second alone", "together": "Together",
               "interaction": "Together less the sum"}  # fmt: skip
    shown = _money(table[list(columns)].rename(columns=columns), scenario)
    shown.index = pd.Index([" and ".join(map(str, pair)) for pair in table.index], name=f"Pair{unit(scenario)}")
    pair = "Together they bring" if len(table) == 1 else "The pair that differs most brings"
    return exhibit(scenario, f"{pair} {size} the sum of each", right=shown.columns, data=shown)


def budget(best: Allocation | None, scenario: Scenario) -> Exhibit:
    """How to divide a budget, what that nets, and what the next unit of money would bring."""
    if best is None:
        return exhibit("", "No initiative of these plans costs anything, so there is no budget to divide")
    table, write = best.table, scenario.write
    given, spent, net = (write.money(value, 3) for value in (best.budget, best.budget - best.unspent, best.net))
    said = f"Spend {spent} of {given}: it nets {net}"
    said = said if (table["spend"] > 0).any() else f"Keep all of {given}: no part of it pays"
    left = [
        "all bought" if pd.isna(value) else write.text(signed(number(round(value, 2), 2)))
        for value in table["marginal_return"]
    ]
    shown = {
        f"Spend{unit(scenario)}": alike(table["spend"], scenario, currency=False),
        "Of its effect": [write.percent(value) for value in table["effect_share"]],
        "Net of the next unit": left,
    }
    following = f"The next unit of money would net {write.number(best.marginal_return)} of itself."
    return exhibit(
        scenario, said, data=pd.DataFrame(shown, index=table.index.rename("Initiative")), right=shown,
        text=("Assumed: at its own cost an initiative has its own effect, for half of it 62 %, and never more.",
              following if best.marginal_return > 0 else "More money would not pay for itself."),
    )  # fmt: skip


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
_MOST, _LAST = 30, 5
"""Rows that are shown, and those of them that stand at the end of many."""


def _measure(by: str, scenario: Scenario) -> str:
    """A result in words; an event is not called the plan."""
    return MEASURES[by].replace("the plan", _lower(basis.subject(scenario).name) if scenario.plan else "the plan")


def where_it_pays(found: Sweep, scenario: Scenario, by: str = "") -> Exhibit:
    """Where a plan pays, at which value that turns, and where the business itself is best off.

    A plan that mends bad service brings most where service is worst; no variant is praised for that.
    """
    by = by or found.measure
    what, ranked = _measure(by, scenario), found.ranked(by).dropna(subset=[by])
    values, count = ranked[by].astype(float), len(ranked)
    refuses = f"{len(found.problems)} of {len(found.points)}: values not allowed, or that contradict each other."
    last = [("Refused", refuses)] if len(found.problems) else []
    if ranked.empty:
        return exhibit(scenario, "No variant could be computed", answers=tuple(last))
    ends = [values.iloc[0], values.median(), values.iloc[-1]]
    texts, (first, worst) = _values(ends, by, scenario), (_unbroken(values.index[place]) for place in (0, -1))
    notes, labels = (first, f"of {count:,} variants", worst), (f"{what}: highest", "Median", "Lowest")
    signs = np.sign(ends).astype(int).tolist() if by in _CHANGES else [0, 0, 0]
    shown = 3 if texts[0] != texts[2] else 1
    figures = tuple(map(Figure, labels, texts, notes, signs))[:shown]
    answers, who, pays = list[tuple[str, str]](), basis.subject(scenario), int((values > 0).sum())
    adds = f"{_lower(who.name)} {who.verb('adds')}"
    if by == "net":
        turns = _turns(found, scenario) if 0 < pays < count else "At none of these values."
        answers.append(("At which value it turns", turns))
    off = ranked["against_today"].astype(float).sort_values(ascending=False, kind="stable")
    highest, lowest = _values([off.iloc[0], off.iloc[-1]], "against_today", scenario)
    if highest != lowest and not np.allclose(off[values.index], values):  # else each is a business of its own
        best_off = f"With {_unbroken(off.index[0])}: {highest} against today, all together"
        worst_off = f"worst with {_unbroken(off.index[-1])}: {lowest}"
        answers.append(("Where the business is best off", f"{best_off}; {worst_off}."))
        if by == "net" and off[values.index[0]] < off[values.index[count // 2]]:
            mends = ranked["extra_revenue"].iloc[0] > 0
            why = "most is brought where there is most to mend"
            why = why if mends else "least is lost where least is left to spoil"
            answers.append(("What not to conclude", f"That the highest net is the better business: {why}."))
    answers = [*(answers or [("In all", f"{count:,} variants.")]), *last]
    if by != "net":
        said = f"{what}: {between(texts[2], texts[0])}"
        return exhibit(scenario, said, figures=figures, answers=tuple(answers))
    share = f"{pays} of {count}" if 0 < pays < count else f"{'all' if pays else 'none of'} {count}"
    lead = f"Net is what {adds} to contribution less the cost; each variant is changed from today on."
    return exhibit(scenario, f"It {basis.outcomes(scenario)[1]} in {share} variants", figures=figures,
                   answers=tuple(answers), text=(lead,))  # fmt: skip


def _turns(found: Sweep, scenario: Scenario) -> str:
    """The values at which a plan's net changes its sign, all else equal, on straight lines between points."""
    table, said = found.points.join(found.results[["net"]]).drop(index=found.problems.index), []
    for key in _numeric(found):
        others = [other for other in found.points if other != key]
        crossings = []
        for _, group in table.groupby(others, dropna=False) if others else [("", table)]:
            line = sorted(zip(group[key].astype(float), group["net"], strict=True))
            crossings += [
                x - y * (to - x) / (after - y) for (x, y), (to, after) in pairwise(line) if y * after < 0
            ]
        if crossings:
            first, last = (
                basis.value_of(quantity_of(key), end, scenario) for end in (min(crossings), max(crossings))
            )
            at = f"{first} to {last}, by the rest" if first != last else f"about {first}"
            said.append(f"{words(key)}: {at}")
    return f"{'; '.join(said)}." if said else "No number decides it: the variants differ otherwise."


def by_variant(found: Sweep, scenario: Scenario, by: str = "") -> Exhibit | None:
    """What the variants bring: along the value that moves it most, or by rank where none is a number.

    Where other values differ too, there is a line for the middle of them, and one for the highest and the lowest.
    The numbers stand in order, by default of what change and plan bring together against today, best off first.
    """
    data, by = _in_order(found, scenario, by or found.order), by or found.measure
    ranked = found.ranked(by).dropna(subset=[by])
    if ranked.empty:
        return None
    what, values = _measure(by, scenario), ranked[by].astype(float)
    subtitle = what + (unit(scenario) if by in _MONEY else "")
    numeric = [key for key in _numeric(found) if len(set(ranked[key])) > 1]
    along = {key: values.groupby(ranked[key].astype(float)) for key in numeric}
    if along:
        key = max(along, key=lambda one: float(np.ptp(along[one].median())))
        middle, known = along[key].median(), Key.find(key)
        scale, percent = (100.0, ", %") if known and known.quantity.unit.startswith("share") else (1.0, "")
        first, last = (basis.value_of(quantity_of(key), float(middle.index[end]), scenario) for end in (0, -1))
        said = f"{words(key)} from {first} to {last}: {between(*_values(middle.iloc[[0, -1]], by, scenario))}"
        lines = [series(what, middle, end=" ")]
        if along[key].size().max() > 1:
            lines = [series("highest", along[key].max(), "neutral"), series("middle", middle),
                     series("lowest", along[key].min(), "neutral")]  # fmt: skip
        chart = Chart(
            "line", tuple(middle.index * scale), tuple(lines), subtitle, zero=by in _CHANGES,
            form="change" if by in _CHANGES else "plain", axis=f"{words(key)}{percent}",
        )  # fmt: skip
        alt = f"Lines along {name(key)}"
    else:
        shown = values if len(values) <= _MOST else pd.concat([values.head(_MOST - _LAST), values.tail(_LAST)])
        subtitle += f"; {len(values) - len(shown)} in the middle left out" if len(shown) < len(values) else ""
        roles: list[Role] = [] if by in _CHANGES else ["neutral"] * len(shown)
        texts, alt = _values(shown, by, scenario), "A bar per variant, by rank"
        said, chart = f"{what}: {between(texts[-1], texts[0])}", bars(shown, subtitle, texts, roles)
    return exhibit(scenario, said, chart, data=data, right=data.columns, alt=alt)


def _in_order(found: Sweep, scenario: Scenario, by: str) -> pd.DataFrame:
    """All variants with what they bring, the highest first."""
    ranked = found.ranked(by)
    planned = ["net", "extra_revenue"] if (ranked["extra_revenue"] != 0).any() else []
    columns = dict.fromkeys([by, "against_today", *planned, "npv", "revenue", "customers_at_end"])
    shown = {
        _measure(one, scenario).split(", in")[0].removesuffix(" over the horizon"):
            _values(ranked[one], one, scenario, currency=False)
        for one in list(columns)[:6]
    }  # fmt: skip
    return pd.DataFrame(shown, index=pd.Index(ranked.index.map(_unbroken), name=f"Variant{unit(scenario)}"))


def _unbroken(variant: Any) -> str:
    """A variant's name, no unit of it alone in a line."""
    return str(variant).replace(" %", f"{NARROW}%")


def refused(found: Sweep) -> Exhibit | None:
    """Why variants were refused; nothing where none was."""
    if not len(found.problems):
        return None
    data = found.problems.rename("Why").rename_axis("Variant").to_frame()
    return Exhibit("Refused: these values are not allowed, or contradict each other", data=data, appendix=True)


def _values(values: Any, by: str, scenario: Scenario, *, currency: bool = True) -> list[str]:
    """Values side by side; money is rounded alike, for a small sum beside a large one is known no better."""
    known, write = pd.Series(values).astype(float).tolist(), scenario.write
    if by in _MONEY and np.isfinite(known).all():
        return alike(known, scenario, sign=by in _CHANGES, currency=currency)
    if "customers" in by:
        return [write.count(value, basis.counted(value, change=by.startswith("extra"))) for value in known]
    return [write.number(value, 3) for value in known]


def _numeric(found: Sweep) -> list[str]:
    """Keys that take at least two numbers."""
    kinds = {key: pd.to_numeric(found.points[key], errors="coerce") for key in found.points}
    return [str(key) for key, values in kinds.items() if values.notna().all() and values.min() < values.max()]


def which_lever(table: pd.DataFrame, scenario: Scenario) -> Exhibit:
    """Which lever moves most per step that a manager can take, and what can only be found out.

    `table` is from `wom.analysis.sweep.moves`.
    """
    believed = table.index.isin(BELIEFS)
    steps = table[~believed].dropna(subset=["step"]).sort_values("step", ascending=False, kind="stable")
    named = []
    for row in steps.itertuples():
        more, less = ("more", "fewer") if row.point else ("higher", "lower")
        named.append(f"{'a point' if row.point else '1 %'} {more if row.up else less} {name(str(row.Index))}")
    written = alike(steps["step"], scenario, sign=True)
    figures = tuple(
        Figure(_upper(step), text, sign=int(np.sign(value)))
        for step, text, value in zip(named, written, steps["step"], strict=True)
    )
    ends = {"Which moves most from end to end": table[~believed], "What can only be found out": table[believed]}
    answers = [
        (ask, f"{_lever(rows.iloc[0], scenario)}: {_moves(rows.iloc[0], scenario)}.")
        for ask, rows in ends.items()
        if len(rows)
    ]
    answers.append(("What this leaves out", "What a step costs, and how far one gets."))
    return exhibit(
        scenario, f"Most per step: {named[0]}" if named else "No lever can be moved", figures=figures[:3],
        answers=tuple(answers),
        text=(f"Each step holds from today on and counts {months(scenario)}, in today’s money. A point is one "
              "contact in a hundred; of bad contacts put right, one bad contact in a hundred.",),
    )  # fmt: skip


def _lever(row: pd.Series, scenario: Scenario) -> str:
    """A lever and the two ends of its span, the worse one first."""
    ends = ("high", "low") if row["at_low"] > row["at_high"] else ("low", "high")
    values = [basis.value_of(str(row.name), float(row[end]), scenario) for end in ends]
    return f"{words(str(row.name))}, {' to '.join(values)}"


def _moves(row: pd.Series, scenario: Scenario, *, currency: bool = True) -> str:
    return basis.span(float(row["least"]), float(row["most"]), scenario, sign=True, currency=currency)


def levers(table: pd.DataFrame, scenario: Scenario) -> Exhibit:
    """What each lever of `wom.analysis.sweep.moves` does along its span, all on one axis, against today."""
    rows = [row for _, row in table.iterrows()]
    chart = Chart(
        "stacked_bars", tuple(_lever(row, scenario) for row in rows),
        (series("worse", table["least"], "worse_light"), series("better", table["most"], "better_light")),
        f"Change against today {today(scenario)}, from the worst end of each span to the best", form="change",
        labels=tuple(_moves(row, scenario, currency=False) for row in rows),
    )  # fmt: skip
    said = f"Most moves with {name(str(table.index[0]))}: {_moves(table.iloc[0], scenario)}"
    return exhibit(scenario, said, chart, data=table, alt="A bar per lever, the longest first, on one axis")
