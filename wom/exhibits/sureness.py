"""How sure a result is: how often it pays, what that hangs on, when it fails, and what to find out first."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from .._effect import Effect, Spread
from .._run import LEVEL, Run, quantiles
from ..analysis.sensitivity import Failure, Sensitivity, how
from ..parameters import QUANTITIES
from ..scenario import WIDTHS, Scenario
from ..scenario import ranges as known_ranges
from ..words import often, percent, range_place, several, whole
from . import basis
from .basis import RANGE, _upper, alike, between, exhibit, has_plan, how_often, months, name, ranges, span, words
from .chart import Chart, series
from .exhibit import Exhibit
from .plan import _figures, _sure, along

OUTCOMES = {"net": "Net", "npv": "Contribution", "revenue": "Revenue"}
"""Outcomes in words; the first two are in today’s money."""
_KEY = re.compile(r"(?:segments\.[^.\s]+\.)?\b(?:" + "|".join(map(re.escape, QUANTITIES)) + r")\b")
"""A parameter's dotted key in a text."""
_CASES = 100


def in_words(text: str, *, keys: bool = False) -> str:
    """A text with names instead of dotted keys; with `keys` the first of each stands behind its name."""
    said: set[str] = set()

    def word(found: re.Match[str]) -> str:
        key, before = found[0], found.string[: found.start()]
        behind = f" ({key})" if keys and key not in said else ""
        said.add(key)
        return (words if not before or before.endswith(". ") else name)(key) + behind

    return _KEY.sub(word, text)


def named(text: str) -> str:
    """A text with names before its dotted keys, for who has to write them."""
    return in_words(text, keys=True)


def certainty(spread: Spread) -> str:
    """How often a plan pays, or what today's business is worth."""
    what = basis.subject(spread)
    if not spread.scenario.plan:
        low, _, high = spread.interval("npv")
        return f"Today's business is worth {span(low, high, spread.scenario)}"
    if not spread.outcomes["net"].any():
        return f"{what.name} {what.verb('changes')} nothing"
    return how_often(spread.scenario, spread.chance_of_loss, what)


def how_sure(effect: Effect, spread: Spread, study: Sensitivity, failing: Failure | None = None) -> Exhibit:
    """How often a plan pays, what that hangs on, when it fails, and what to find out first.

    Without a plan: what today's business is worth, and what that hangs on.
    """
    scenario, planned = spread.scenario, bool(spread.scenario.plan)
    key = str(study.sobol["ST"].idxmax())
    share = scenario.write.percent(min(float(study.sobol["ST"].max()), 1.0))
    first, last = sorted(study.tornado.loc[[key], ["outcome_low", "outcome_high"]].to_numpy(dtype=float)[0])
    moves = f"takes the result from {span(first, last, scenario)}" if last > first else "moves nothing"
    answers = [
        ("How sure", f"{_sure(spread)} {assumed(study)}."),
        ("What it hangs on", f"Most of all on {name(key)}: {share} of the uncertainty. Alone it {moves}."),
    ]
    if failing and 0.0 < failing.chance < 1.0 and _tells(failing):
        answers.append((f"When it {failing.when}", _rules(failing)[0]))
    answers.append(("What to find out first", find_out(study)))
    what = "Net" if planned else "Contribution of today's course"
    return exhibit(
        scenario, certainty(spread), figures=_figures(effect, spread), answers=tuple(answers),
        text=(f"{what} over {months(scenario)}, in today’s money; each case takes one value from every range.",),
    )  # fmt: skip


def assumed(study: Sensitivity) -> str:
    """How much of the uncertainty rests on assumed figures."""
    share = min(max(float(study.by_grade["share"].to_dict().get("assumed", 0.0)), 0.0), 1.0)
    return (
        f"{study.scenario.write.percent(share) if share else 'None'} of the uncertainty rests on assumed figures"
    )


def _to_know(study: Sensitivity) -> pd.DataFrame:
    """Figures worth finding out, the first one first; none where knowing all of them is worth next to nothing."""
    table = study.learning
    much = study.everything >= 0.01 * abs(float(np.median(study.outcomes)))
    return table[(table["gain"] > 2.0 * table["error"]) & (much and study.everything > 0)]


def find_out(study: Sensitivity) -> str:
    """What to find out before deciding, or that nothing would change the decision."""
    scenario, worth = study.scenario, _to_know(study)
    if not has_plan(scenario):
        key = str(study.sobol["ST"].idxmax())
        return f"{words(key)}: {how(key)}."
    (most,) = alike([study.everything], scenario, 2)
    if study.everything < 0.01 * abs(float(np.median(study.outcomes))) or not study.everything:
        return f"Nothing: in {'nearly ' if study.everything else ''}every case the decision is the same."
    if worth.empty:
        return f"No single figure is known to change the decision; knowing all of them would be worth {most}."
    (gain,) = alike(worth["gain"].head(1), scenario, 2)
    rest = f", of {most} for knowing everything" if gain != most else ""
    first = _upper(str(worth["how"].iloc[0]))
    return f"{first}: {name(str(worth.index[0]))}. Worth up to {gain} to the decision{rest}."


def cases(result: Spread | Failure) -> Exhibit:
    """A hundred equally likely cases by their net, or without a plan by what they are worth."""
    scenario, planned = result.scenario, bool(result.scenario.plan)
    outcome = "net" if planned else "npv"
    values = result.outcomes[outcome].to_numpy() if isinstance(result, Spread) else result.net
    shown = np.quantile(values, (np.arange(_CASES) + 0.5) / _CASES, method="inverted_cdf")
    low, _, high = quantiles(values, LEVEL).tolist()
    said = f"{percent(LEVEL)} of all cases: {span(low, high, scenario)}"
    if planned:
        said = how_often(scenario, float((values < 0).mean())) if values.any() else "Every case is as without it"
    lines = (series(OUTCOMES[outcome], shown, "neutral"),)
    subtitle = f"{OUTCOMES[outcome]} {basis.today(scenario)}; a dot is 1 of {_CASES} cases"
    chart = Chart(
        "dots", tuple(range(1, _CASES + 1)), lines, subtitle, form="change" if planned else "plain",
        reference=0.0 if planned else None, limits=None if planned else (float(shown[0]), float(shown[-1])),
        sides=basis.outcomes(scenario) if planned else ("", ""),
    )  # fmt: skip
    return exhibit(
        scenario, said, chart, alt=f"A hundred dots, 90 of them from {span(low, high, scenario)}",
        notes=f"{len(values):,} draws of all that is uncertain, shown as {_CASES}.",
    )  # fmt: skip


def band(result: Spread | Run, column: str = "") -> Exhibit:
    """Nine in ten cases month by month: of what a plan changes, or of a run in draws, such as of chance alone."""
    scenario, planned = result.scenario, isinstance(result, Spread)
    run = result.run if isinstance(result, Spread) else result
    column = column or ("contribution" if planned else "customers")
    what, table = "the star rating" if column == "stars" else column.replace("_", " "), result.band(column)
    low, _, high = table.iloc[-1].tolist()
    if column in ("revenue", "contribution", "plan_cost"):
        ends = span(low, high, scenario, sign=planned)
    else:
        place = range_place(high, low, high)
        ends = between(*(scenario.write.count(end, place, sign=planned) for end in (low, high)))
    chance = not (run.sample and run.sample.parameters)
    if planned:
        said = f"In the last month {what} {f'changes by {ends}' if low or high else 'is the same'}"
        drawn = f"{basis.subject(scenario).there} less without{basis.unit(scenario)}"
    else:
        verb = "end" if what.endswith("s") else "ends"
        said = f"{'By chance alone' if chance else 'In nine of ten cases'} {what} {verb} at {ends}"
        drawn = "every figure known exactly" if chance else RANGE
    lines = (series("1 in 20 above", table["high"], "neutral"), series("middle", table["median"]),
             series("1 in 20 below", table["low"], "neutral"))  # fmt: skip
    chart = Chart("line", series=lines, subtitle=f"{_upper(what)} per month, {drawn}", zero=planned,
                  form="change" if planned else "amount", **{**along(run), "marks": ()})  # fmt: skip
    return exhibit(scenario, said, chart, alt="Lines over months: the middle, and the ends of nine in ten cases")


def tornado(study: Sensitivity, most: int = 8) -> Exhibit:
    """The result with one figure after the other at the two ends of its range, all else in the middle."""
    return swings(study.tornado, study.scenario, study.outcome, float(np.median(study.outcomes)), most)


def swings(
    table: pd.DataFrame, scenario: Scenario, outcome: str = "net", middle: float | pd.Series = 0.0, most: int = 8
) -> Exhibit:
    """A bar per figure, from where the result is lowest to where it is highest.

    `table` is from `wom.analysis.sensitivity.tornado`, `middle` the result with all figures in the middle.
    """
    rows = table.head(most)
    outcomes = rows[["outcome_low", "outcome_high"]].to_numpy(dtype=float)
    values = np.where(np.diff(outcomes) < 0, rows[["high", "low"]], rows[["low", "high"]])  # the worse end first
    labels = [
        between(*(basis.value_of(str(key), value, scenario) for value in pair))
        for key, pair in zip(rows.index, values.tolist(), strict=True)
    ]
    ends = pd.DataFrame(np.sort(outcomes, axis=1), rows.index, ["low", "high"])
    ends.insert(1, "middle", np.clip(middle, ends["low"], ends["high"]))
    over = basis.today(scenario)
    over = f"over {months(scenario)}{basis.unit(scenario)}" if outcome == "revenue" else over
    over = f"{over}, with one figure at a time from where the result is lowest to where it is highest"
    chart = ranges(ends.rename(index=words), f"{OUTCOMES[outcome]} {over}", labels, ["ink"] * len(rows),
                   form="plain", reference=0.0 if outcome == "net" else None)  # fmt: skip
    reached = span(float(ends["low"].iloc[0]), float(ends["high"].iloc[0]), scenario)
    said = f"One at a time, most hangs on {name(str(rows.index[0]))}: {reached}"
    return exhibit(scenario, said, chart, data=table, alt="A bar per figure, the longest first")


def failing(found: Failure | None) -> Exhibit:
    """When a plan loses money, or when it pays if it mostly loses."""
    if found is None or not has_plan(found.scenario):
        return exhibit("", "There is no plan, so there is nothing that could fail")
    if found.chance in (0.0, 1.0):
        return exhibit(
            found.scenario, f"It never {'pays' if found.chance else 'loses'} in {len(found.net):,} cases"
        )
    few = "A" if _tells(found) else "No"
    return exhibit(found.scenario, f"{few} few conditions tell when it {found.when}", text=_rules(found))


def _tells(found: Failure) -> bool:
    """Whether where the conditions hold it is more than a rare case."""
    return has_plan(found.scenario) and bool(found.rules) and found.rules[0].density >= 0.3


def _rules(found: Failure) -> tuple[str, ...]:
    """A sentence for each rule, or one that says why there is none."""
    said, case = list[str](), found.scenario
    for rule in found.rules:
        held = []
        for one in rule.conditions:
            low, high = (basis.value_of(one.key, end, case) for end in (one.low, one.high))
            kept = f"at most {high}" if np.isinf(one.low) else f"at least {low}" if np.isinf(one.high) else ""
            held.append(f"{name(one.key)} of {kept or between(low, high)}")
        if not _tells(found):
            return (f"Even with {several(held)} it {found.when} {often(rule.density)} only.",)
        part, begins = case.write.percent(rule.coverage), "Otherwise it" if said else "It"
        said.append(
            f"{begins} {found.when} {often(rule.density)} with {several(held)}: {part} of all cases in which it "
            f"{found.when}."
        )
    return tuple(said) or ("Many small doubts add up, none of them decides.",)


def learning(study: Sensitivity, most: int = 5) -> Exhibit:
    """What to find out before deciding, how, and what it would be worth to the decision."""
    table, worth = _to_know(study).head(most), "Worth to the decision"
    if table.empty:
        return exhibit(study.scenario, find_out(study).removesuffix("."))
    shown = {"How": [_upper(str(each)) for each in table["how"]], worth: alike(table["gain"], study.scenario, 2)}
    data = basis.by_figure(table.index, shown)
    return exhibit(study.scenario, "What to find out first, and how", data=data, right=[worth])


def widths(spread: Spread) -> Exhibit:
    """How wide own figures are, which draws were left out, and which defaults gave way."""
    counted = (
        f"A figure of your own without a range counts as known to ±{percent(WIDTHS['stated'])}, a guessed one to "
        f"±{percent(WIDTHS['guessed'])}, a counted one exactly (sure: in the file)."
    )
    said = f"{whole(len(known_ranges(spread.scenario.inputs)))} figures are uncertain"
    return exhibit(spread.scenario, said, text=(counted, *left_out(spread)), appendix=True)


def left_out(spread: Spread) -> tuple[str, ...]:
    """Which draws were left out because their figures contradict each other, and where a default gave way."""
    said, begun = [named(spread.run.refused.text) or "No draw contradicts what was observed."], spread.run.start
    if begun.before:
        longer = [(begun.inputs.parameters[key] != before).any(axis=0) for key, before in begun.before.items()]
        said.append(
            f"In {percent(float(np.any(longer, axis=0).mean()))} of draws the observed share of recommended "
            "customers is more than our usual assumptions allow; there talk is remembered for longer or reaches "
            "more people, as little as is needed."
        )
    if less := float(begun.gave_way.mean()):
        said.append(
            f"In {percent(less)} of draws the published share of new customers who come on a recommendation is "
            "more than your figures allow; there it is as large as they allow."
        )
    return tuple(said)
