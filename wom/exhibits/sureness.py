"""How sure a result is: how often it pays, what that hangs on, when it fails, and what to find out first."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from .._effect import Effect, Spread
from .._run import LEVEL, Run, quantiles
from ..analysis.failure import Condition, Failure, Rule
from ..analysis.sensitivity import Sensitivity
from ..parameters import QUANTITIES, Key, Range, central
from ..plan import Initiative
from ..scenario import WIDTHS, Scenario
from ..scenario import ranges as known_ranges
from ..words import NARROW, often, percent, range_place, several, whole
from .basis import months, source_line, subject, unit
from .chart import MONTHS, Chart, series
from .exhibit import Exhibit
from .plan import _figures, _lower, _upper

OUTCOMES = {"net": "Net", "npv": "Contribution", "revenue": "Revenue"}
"""Outcomes in words; the first two are in today’s money."""
RANGE = f"{100 * LEVEL:.0f}{NARROW}% range"

_KEY = re.compile(r"(?:segments\.[^.\s]+\.)?\b(?:" + "|".join(map(re.escape, QUANTITIES)) + r")\b")
"""A parameter's dotted key in a text."""
_CASES = 100

# --- the words that sentences about sureness, plans and levers are made of ---


def words(key: str) -> str:
    """A parameter in a few plain words, as a line begins; of a plan's own figures what they stand for."""
    if found := Key.find(key):
        return f"{found.words} with the plan" if key.startswith("plan.") else found.words
    if key.startswith("plan.") and ".cost." in key:
        return f"Cost of the plan {'at once' if key.endswith('once') else 'a month'}"
    return _upper(key.split(".")[-1].replace("_", " "))


def name(key: str) -> str:
    """The same inside a sentence."""
    return _lower(words(key))


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


def value_of(key: str, value: float, scenario: Scenario) -> str:
    """A parameter's value: shares in percent."""
    found = Key.find(key)
    share = found is not None and found.quantity.unit.startswith(("share", "probability"))
    return scenario.write.percent(value) if share else scenario.write.number(value)


def alike(values: Any, scenario: Scenario, digits: int = 3, *, sign: bool = False) -> list[str]:
    """Money that belongs together, rounded alike to so many digits of the largest."""
    known = [float(value) for value in values]
    largest = max(map(abs, known), default=0.0)
    place = max(range_place(largest, 0.0, 0.0) + 2 - digits, 0 if largest >= 100 else -2)
    return [scenario.write.amount(value, place, sign=sign) for value in known]


def span(low: float, high: float, scenario: Scenario, *, sign: bool = False, currency: bool = True) -> str:
    """A range of money, rounded by its width; one number where its ends read alike."""
    place = range_place(max(abs(low), abs(high)), low, high)
    first, last = (scenario.write.amount(end, place, sign=sign, currency=currency) for end in (low, high))
    return f"{first} to {last}" if first != last else first


def verdict(what: str, chance_of_loss: float) -> str:
    """How often something pays, or loses where it loses more often."""
    one = "" if what.endswith("events") else "s"
    if chance_of_loss > 0.5:
        return f"{what} lose{one} money {often(chance_of_loss)}"
    return f"{what} pay{one} {often(1.0 - chance_of_loss)}"


def certainty(spread: Spread) -> str:
    """How often a plan pays, or what today's business is worth."""
    if spread.scenario.plan:
        return verdict(subject(Effect(spread.run, spread.baseline)).name, spread.chance_of_loss)
    low, _, high = spread.interval("npv")
    return f"Today's business is worth {span(low, high, spread.scenario)}"


def exhibit(
    scenario: Scenario, sentence: str, chart: Chart | None = None, *, alt: str = "", **parts: Any
) -> Exhibit:
    """An exhibit of a scenario: with its source, and its message behind what the picture shows."""
    said = f"{alt}. {sentence}." if chart else ""
    chart = replace(chart, number_format=scenario.number_format) if chart else None
    return Exhibit(sentence, chart, alt=said, source=source_line(scenario), **parts)


# --- the first screen ---


def how_sure(effect: Effect, spread: Spread, study: Sensitivity, failing: Failure | None = None) -> Exhibit:
    """How often a plan pays, what that hangs on, when it fails, and what to find out first.

    Without a plan: what today's business is worth, and what that hangs on.
    """
    scenario, planned = spread.scenario, bool(spread.scenario.plan)
    low, median, high = spread.interval("net" if planned else "npv")
    zero = "holds gains and losses" if low <= 0 <= high else f"is all {'above' if low > 0 else 'below'} zero"
    sure = (
        f"The {RANGE} {zero}"
        if planned
        else f"To ±{scenario.write.percent((high - low) / 2.0 / max(abs(median), 1e-9))}"
    )
    key = str(study.sobol["ST"].idxmax())
    share = scenario.write.percent(min(float(study.sobol["ST"].max()), 1.0))
    alone = span(*study.tornado.loc[key, ["outcome_low", "outcome_high"]].sort_values(), scenario)
    answers = [
        ("How sure", f"{sure}. {assumed(study)}."),
        ("What it hangs on", f"{words(key)}: {share} of the uncertainty. Alone it takes the result from {alone}."),
    ]
    if failing and 0.0 < failing.chance < 1.0:
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


def find_out(study: Sensitivity) -> str:
    """What to find out before deciding, or that nothing would change the decision."""
    scenario, worth = study.scenario, study.learning
    if not any(isinstance(item, Initiative) for item in scenario.plan):
        key = str(study.sobol["ST"].idxmax())
        found = Key.find(key)
        return f"{words(key)}: {found.quantity.how}." if found and found.quantity.how else f"{words(key)}."
    if not study.everything:
        return "Nothing: in every case the decision is the same."
    (most,) = alike([study.everything], scenario, 2)
    if not re.search("[1-9]", most):
        return "Nothing: in nearly every case the decision is the same."
    worth = worth[worth["gain"] > 2.0 * worth["error"]]
    if worth.empty:
        return f"No single figure is known to change the decision; knowing all of them would be worth {most}."
    (gain,) = alike(worth["gain"].head(1), scenario, 2)
    rest = f", of {most} for knowing everything" if gain != most else ""
    how = _upper(str(worth["how"].iloc[0]))
    return f"{how}: {name(str(worth.index[0]))}. Worth up to {gain} to the decision{rest}."


# --- cases, months, and what moves the result ---


def cases(result: Spread | Failure) -> Exhibit:
    """A hundred equally likely cases by their net, or without a plan by what they are worth."""
    scenario, planned = result.scenario, bool(result.scenario.plan)
    outcome = "net" if planned else "npv"
    values = result.outcomes[outcome].to_numpy() if isinstance(result, Spread) else result.net
    shown = np.quantile(values, (np.arange(_CASES) + 0.5) / _CASES, method="inverted_cdf")
    low, _, high = quantiles(values, LEVEL).tolist()
    said = verdict("It", float((values < 0).mean())) if planned else (
        f"{percent(LEVEL)} of all cases: {span(low, high, scenario)}"
    )  # fmt: skip
    chart = Chart(
        "dots", tuple(range(1, _CASES + 1)), (series(OUTCOMES[outcome], shown, "neutral"),),
        subtitle=f"{OUTCOMES[outcome]} over {months(scenario)}, in today’s money{unit(scenario)}; a dot is 1 of "
        f"{_CASES} cases", form="plain", reference=0.0 if planned else None,
        limits=None if planned else (float(shown[0]), float(shown[-1])),
        sides=("costs more than it earns", "pays") if planned else ("", ""),
    )  # fmt: skip
    return exhibit(
        scenario, said, chart, alt=f"A hundred dots, 90 of them from {span(low, high, scenario)}",
        notes=f"{len(values):,} draws of all that is uncertain, shown as {_CASES}.",
    )  # fmt: skip


def band(result: Spread | Run, column: str = "") -> Exhibit:
    """Nine in ten cases month by month: of what a plan changes, or of what chance alone does to a business."""
    planned, scenario = isinstance(result, Spread), result.scenario
    column = column or ("contribution" if planned else "customers")
    what, table, calendar = column.replace("_", " "), result.band(column), scenario.inputs().calendar
    low, _, high = table.iloc[-1].tolist()
    if planned:
        change = span(low, high, scenario, sign=True)
        said = f"In the last month {what} changes by {change}" if low or high else f"A plan changes no {what}"
        drawn = f"{_upper(what)} per month, with the plan less without{unit(scenario)}"
    else:
        first, last = (scenario.write.count(end, range_place(high, low, high)) for end in (low, high))
        moved = f"between {first} and {last}" if first != last else f"at {first}, whatever happens"
        said, drawn = (
            f"By chance alone {what} end {moved}",
            f"{_upper(what)} per month, every figure known exactly",
        )
    chart = Chart(
        "line", tuple(calendar.labels(len(table))),
        (series("1 in 20 above", table["high"], "neutral"), series("middle", table["median"]),
         series("1 in 20 below", table["low"], "neutral")),
        subtitle=drawn, axis=MONTHS if calendar.first is None else "", form="change" if planned else "amount",
        zero=planned,
    )  # fmt: skip
    return exhibit(scenario, said, chart, alt="Lines over months: the middle, and the ends of nine in ten cases")


def tornado(study: Sensitivity, most: int = 8) -> Exhibit:
    """The result with one figure after the other at the two ends of its range, all else in the middle."""
    scenario, table, planned = study.scenario, study.tornado.head(most), study.outcome == "net"
    ends = np.sort(table[["outcome_low", "outcome_high"]].to_numpy(dtype=float), axis=1)
    labels = [" to ".join(value_of(str(key), value, scenario) for value in (
        (row.high, row.low) if row.outcome_low > row.outcome_high else (row.low, row.high)
    )) for key, row in zip(table.index, table.itertuples(), strict=True)]  # fmt: skip
    middle = np.clip(np.median(study.outcomes), *ends.T)
    today = "" if study.outcome == "revenue" else ", in today’s money"
    chart = Chart(
        "ranges", tuple(words(str(key)) for key in table.index),
        (series("low", ends[:, 0]), series("middle", middle, roles=["ink"] * len(table)),
         series("high", ends[:, 1])),
        subtitle=f"{OUTCOMES[study.outcome]} over {months(scenario)}{today}{unit(scenario)}, with one figure at a "
        "time from where the result is lowest to where it is highest", labels=tuple(labels), form="plain",
        reference=0.0 if planned else None,
    )  # fmt: skip
    said = f"Most hangs on {name(str(table.index[0]))}: {span(*ends[0], scenario)}"
    return exhibit(scenario, said, chart, data=study.tornado, alt="A bar per figure, the longest first")


def drivers(study: Sensitivity, most: int = 8) -> Exhibit:
    """The figures that matter most, by their Sobol indices."""
    table, write = study.sobol.head(most), study.scenario.write
    parts = {column: [write.percent(min(max(value, 0.0), 1.0)) for value in table[column]]
             for column in ("S1", "ST", "ST_low", "ST_high")}  # fmt: skip
    shown = {
        "Alone": parts["S1"], "With others": parts["ST"],
        RANGE: [f"{low} to {high}" for low, high in zip(parts["ST_low"], parts["ST_high"], strict=True)],
        "Grade": table["grade"].tolist(),
    }  # fmt: skip
    said = (
        "Alone is the share of the variance that goes away when the figure is known (S1), with others the share "
        "that stays when all others are known (ST)."
    )
    return exhibit(study.scenario, assumed(study), data=_by_figure(table, shown), text=(said,), appendix=True)


def _by_figure(table: pd.DataFrame, columns: dict[str, list[str]]) -> pd.DataFrame:
    return pd.DataFrame(columns, index=pd.Index([words(str(key)) for key in table.index], name="Figure"))


# --- when it fails, and what to find out first ---


def failing(found: Failure | None) -> Exhibit:
    """When a plan loses money, or when it pays if it mostly loses."""
    if found is None:
        return Exhibit("There is no plan, so there is nothing that could fail")
    if found.chance in (0.0, 1.0):
        return exhibit(
            found.scenario, f"It never {'pays' if found.chance else 'loses'} in {len(found.net):,} cases"
        )
    few = "A few conditions tell" if found.rules else "No few conditions tell"
    return exhibit(found.scenario, f"{few} when it {found.when}", text=_rules(found))


def _rules(found: Failure) -> tuple[str, ...]:
    """A sentence for each rule, or one that says why there is none."""
    if found.rules:
        return tuple(
            _rule(found, rule, "Otherwise it" if place else "It") for place, rule in enumerate(found.rules)
        )
    return ("Many small doubts add up, none of them decides.",)


def _rule(found: Failure, rule: Rule, begins: str) -> str:
    held = several([_condition(one, found.scenario) for one in rule.conditions])
    part = found.scenario.write.percent(rule.coverage)
    return (
        f"{begins} {found.when} {often(rule.density)} with {held}: {part} of all cases in which it {found.when}."
    )


def _condition(one: Condition, scenario: Scenario) -> str:
    low, high = (value_of(one.key, end, scenario) for end in (one.low, one.high))
    kept = (
        f"at most {high}" if np.isinf(one.low) else f"at least {low}" if np.isinf(one.high) else f"{low} to {high}"
    )
    return f"{name(one.key)} of {kept}"


def learning(study: Sensitivity, most: int = 5) -> Exhibit:
    """What to find out before deciding, how, and what it would be worth to the decision."""
    table = (
        study.learning[study.learning["gain"] > 0].sort_values("gain", ascending=False, kind="stable").head(most)
    )
    if table.empty:
        return exhibit(study.scenario, find_out(study).removesuffix("."))
    shown = {
        "How": [_upper(str(how)) for how in table["how"]],
        "Worth to the decision": alike(table["gain"], study.scenario, 2),
    }
    return exhibit(study.scenario, "What to find out first, and how", data=_by_figure(table, shown))


# --- where the ranges come from ---


def widths(spread: Spread) -> Exhibit:
    """Where the ranges come from, which draws were left out, and which defaults gave way."""
    scenario = spread.scenario
    entries = {
        entry for places in scenario.entries().values() for entry in places if isinstance(entry.value, Range)
    }
    uncertain = [entry for entry in entries if entry.value != (central(entry.value),) * 3]
    default = sum(bool(entry.sure) for entry in uncertain)
    theirs = sum(entry.path.startswith("evidence.") for entry in uncertain)
    many = len(known_ranges(scenario.inputs))
    counts = [whole(count) if count else "none" for count in (theirs, many - theirs - default, default)]
    said = (
        f"{whole(many)} figures are uncertain: {counts[0]} with a range from the evidence, {counts[1]} with one "
        f"of your own, {counts[2]} with a default width"
    )
    counted = (
        f"A figure of your own without a range counts as known to ±{percent(WIDTHS['stated'])}, a guessed one to "
        f"±{percent(WIDTHS['guessed'])}, a counted one exactly (sure: in the file)."
    )
    return exhibit(scenario, said, text=(counted, *left_out(spread)), appendix=True)


def left_out(spread: Spread) -> tuple[str, ...]:
    """Which draws were left out because their figures contradict each other, and where a default gave way."""
    said = [named(spread.run.refused.text) or "No draw contradicts what was observed."]
    begun = spread.run.start
    if begun.before:
        longer = [(begun.inputs.parameters[key] != before).any(axis=0) for key, before in begun.before.items()]
        many = percent(float(np.any(longer, axis=0).mean()))
        said.append(
            f"In {many} of draws the observed share of recommended customers is more than our usual assumptions "
            "allow; there talk is remembered for longer or reaches more people, as little as is needed."
        )
    if less := float(begun.gave_way.mean()):
        said.append(
            f"In {percent(less)} of draws the published share of new customers who come on a recommendation is "
            "more than your figures allow; there it is as large as they allow."
        )
    return tuple(said)
