"""How sure a result is: how often it pays, what that hangs on, when it fails, and what to find out first."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from .._effect import Effect, Spread
from .._run import LEVEL, Interval, Run, quantiles
from ..analysis.failure import Condition, Failure, Rule
from ..analysis.sensitivity import Sensitivity
from ..figures.common import source_line, unit
from ..messages.effects import headline, subject
from ..parameters import QUANTITIES, Key, Range, central
from ..plan import Calendar, Initiative
from ..scenario import WIDTHS, Scenario
from ..scenario import ranges as known_ranges
from ..words import amounts, number, often, percent, several, signed, whole
from .chart import Chart, series
from .exhibit import Exhibit, Figure

OUTCOMES = {"net": "Net", "npv": "Contribution", "revenue": "Revenue"}
"""Outcomes of a sensitivity analysis in words; the first two are in today's money."""

_KEY = re.compile(r"(?:segments\.[^.\s]+\.)?\b(?:" + "|".join(map(re.escape, QUANTITIES)) + r")\b")
"""A parameter's dotted key in a text."""
_MONTHS = "Months from today"
_SHORT = 0.1
"""Of its larger end; a shorter range is written with a digit more."""
_MILLION = 1e6
"""From here on nobody counts single customers."""
_CASES = 100


# --- the words that sentences about sureness are made of ---


def words(key: str) -> str:
    """A parameter in a few plain words, as a line begins; of a plan's own figures what they stand for."""
    if found := Key.find(key):
        return f"{found.words} with the plan" if key.startswith("plan.") else found.words
    if key.startswith("plan.") and ".cost." in key:
        return "Cost of the plan, at once" if key.endswith("once") else "Cost of the plan, a month"
    return key.split(".")[-1].replace("_", " ").capitalize()


def name(key: str) -> str:
    """The same inside a sentence."""
    return lower(words(key))


def named(text: str) -> str:
    """A text with names instead of dotted keys, and the key behind the first of each, for who has to write it."""
    said: set[str] = set()

    def word(found: re.Match[str]) -> str:
        key, known, before = found[0], found[0] in said, found.string[: found.start()]
        said.add(key)
        begins = not before or before.endswith(". ")
        return (words if begins else name)(key) + ("" if known else f" ({key})")

    return _KEY.sub(word, text)


def interval(found: Interval, currency: str = "") -> str:
    """An interval in words, its ends rounded alike: to three digits of the larger, or four where it is short."""
    short = abs(found.high - found.low) < _SHORT * max(abs(found.low), abs(found.high))
    low, high = amounts([found.low, found.high], currency, 4 if short else 3)
    return f"{low} to {high}" if low != high else low


def span_of(low: float, high: float, currency: str = "") -> str:
    """The same of two ends."""
    return interval(Interval(low, low, high), currency)


def sign(value: float) -> int:
    """1 of a gain, -1 of a loss."""
    return int(np.sign(value))


def side(found: Interval) -> str:
    """Whether all of a range means a gain, a loss, or neither."""
    if found.low > 0:
        return "all of the range is above zero"
    return "all of the range is below zero" if found.high < 0 else "zero lies within the range"


def certainty(spread: Spread) -> str:
    """How often a plan pays, or what today's business is worth."""
    if not spread.scenario.plan:
        return f"Today's business is worth {interval(spread.interval('npv'), spread.scenario.currency)}"
    return verdict(subject(Effect(spread.run, spread.baseline)), spread.chance_of_loss)


def verdict(what: str, chance_of_loss: float) -> str:
    """How often something pays, or loses where it loses more often."""
    one = "" if what.endswith("events") else "s"
    if chance_of_loss > 0.5:
        return f"{what} lose{one} money {often(chance_of_loss)}"
    return f"{what} pay{one} {often(1.0 - chance_of_loss)}"


def lower(text: str) -> str:
    """A text inside a sentence."""
    return text[:1].lower() + text[1:]


def upper(text: str) -> str:
    """A text as a sentence begins."""
    return text[:1].upper() + text[1:]


def horizon(scenario: Scenario) -> str:
    """How far a scenario looks ahead."""
    return f"{scenario.horizon_months} month{'s' if scenario.horizon_months > 1 else ''}"


def value_of(key: str, value: float) -> str:
    """A parameter's value: shares in percent."""
    found = Key.find(key)
    share = found is not None and found.quantity.unit.startswith(("share", "probability"))
    return percent(value) if share else number(value, 2)


# --- the first screen ---


def how_sure(effect: Effect, spread: Spread, study: Sensitivity, failing: Failure | None = None) -> Exhibit:
    """In how many cases a plan pays, what that hangs on, when it fails, and what to find out first.

    Without a plan: what today's business is worth, and what that hangs on.
    """
    scenario, planned = spread.scenario, bool(spread.scenario.plan)
    found = spread.interval("net" if planned else "npv")
    key = str(study.sobol["ST"].idxmax())
    share = percent(min(float(study.sobol["ST"].max()), 1.0))
    low, high = study.tornado.loc[key, ["outcome_low", "outcome_high"]].sort_values()
    alone = span_of(low, high, scenario.currency)
    if planned:
        lead = f"Net over {horizon(scenario)}, in today's money, with a value from every range in each case."
        sure = f"{upper(side(found))}. {grades_said(study)}."
    else:
        lead = f"Contribution over {horizon(scenario)}, in today's money; no plan, the course of today."
        half = (found.high - found.low) / 2.0 / max(abs(found.median), 1e-9)
        sure = f"To ±{percent(half)}. {grades_said(study)}."
    answers = [
        ("How sure", sure),
        ("What it hangs on", f"{words(key)}: {share} of the uncertainty. Alone it takes the result from {alone}."),
    ]
    if failing and 0.0 < failing.chance < 1.0:
        answers.append((f"When it {failing.when}", (*_rules(failing), _no_rules(failing))[0]))
    answers.append(("What to find out first", find_out(study)))
    return Exhibit(
        certainty(spread), text=(lead,), figures=figures(effect, spread), answers=tuple(answers),
        source=source_line(scenario),
    )  # fmt: skip


def figures(effect: Effect, spread: Spread) -> tuple[Figure, ...]:
    """Net, revenue and customers with their ranges; without a plan those of today's course."""
    planned, shown = bool(spread.scenario.plan), []
    names = ("extra_revenue", "net", "extra_customers") if planned else ("revenue", "npv", "customers")
    for (label, value, note), outcome in zip(headline(effect), names, strict=True):
        found = spread.interval(outcome)
        counted = outcome.endswith("customers") and abs(found.high) < _MILLION
        text = f"{whole(found.low)} to {whole(found.high)}" if counted else interval(found)
        middle = float(effect.change.customers_at_end if counted else 0.0)
        size = {"extra_revenue": effect.change.revenue, "net": effect.change.npv}.get(outcome, middle)
        shown.append(
            Figure(label, value, f"{percent(LEVEL)} range {text}; {note}",
                   sign(size) if planned else 0, tuple(found))
        )  # fmt: skip
    return tuple(shown)


def find_out(study: Sensitivity) -> str:
    """What to find out before deciding, or that nothing would change the decision."""
    currency = study.scenario.currency
    if not any(isinstance(item, Initiative) for item in study.scenario.plan):
        key = str(study.sobol["ST"].idxmax())
        how = Key.find(key)
        return f"{words(key)}: {how.quantity.how}." if how and how.quantity.how else f"{words(key)}."
    if not study.everything:
        return "Nothing: in every case the decision is the same."
    most = amounts([study.everything], currency, 2)[0]
    worth = study.learning[study.learning["gain"] > 2.0 * study.learning["error"]]
    if worth.empty:
        return f"No single figure is known to change the decision; knowing all of them would be worth {most}."
    best = worth.iloc[0]
    gain = amounts([float(best["gain"])], currency, 2)[0]
    rest = f", of {most} for knowing everything" if gain != most else ""
    return f"{upper(str(best['how']))}: {name(str(worth.index[0]))}. Worth up to {gain} to the decision{rest}."


# --- cases, months, and what moves the result ---


def cases(result: Spread | Failure) -> Exhibit:
    """A hundred equally likely cases by their net, or without a plan by what they are worth."""
    scenario, planned = result.scenario, bool(result.scenario.plan)
    outcome = "net" if planned else "npv"
    values = result.outcomes[outcome].to_numpy() if isinstance(result, Spread) else result.net
    levels = (np.arange(_CASES) + 0.5) / _CASES
    drawn = series(OUTCOMES[outcome], np.quantile(values, levels, method="inverted_cdf"), "neutral")
    loss = float((values < 0).mean())
    low, _, high = quantiles(values, LEVEL).tolist()
    held = span_of(low, high, scenario.currency)
    what = (
        verdict("It", loss)
        if planned
        else f"{percent(LEVEL)} of all cases lie between {held.replace(' to ', ' and ')}"
    )
    chart = Chart(
        "dots", tuple(float(place) for place in range(1, _CASES + 1)), (drawn,),
        subtitle=f"{OUTCOMES[outcome]} over {horizon(scenario)}, in today's money{unit(scenario)}; a dot is 1 of 100 cases", form="plain", zero=planned, reference=0.0 if planned else None,
        sides=("costs more than it earns", "pays") if planned else ("", ""),
    )  # fmt: skip
    return Exhibit(
        what, chart, alt=f"A hundred dots by {OUTCOMES[outcome].lower()}. {what}; 90 of them from {held}.",
        source=source_line(scenario),
        notes=f"{len(values):,} draws of all that is uncertain, shown as a hundred.",
    )  # fmt: skip


def fan(spread: Spread, column: str = "contribution") -> Exhibit:
    """What a plan changes month by month, with the band that holds nine of ten cases."""
    scenario, calendar = spread.scenario, spread.run.inputs.calendar
    table = spread.band(column)
    low, _, high = table.iloc[-1].tolist()
    what = column.replace("_", " ")
    said = (
        f"In the last month {what} changes by {_change(low, high, scenario.currency)}"
        if low or high
        else f"In the last month {what} is what it would have been"
    )
    return Exhibit(
        said,
        _band(table, calendar, f"{upper(what)} per month, with the plan less without{unit(scenario)}", "change"),
        alt=f"Lines over months: the middle, and the ends of nine in ten cases. {said}.",
        source=source_line(scenario),
    )  # fmt: skip


def luck(many: Run, column: str = "customers") -> Exhibit:
    """How far chance alone takes a business, where people come, stay and talk one by one."""
    table, what = many.band(column), column.replace("_", " ")
    low, high = amounts(table.iloc[-1][["low", "high"]].tolist(), digits=3)
    said = f"By chance alone {what} end between {low} and {high}" if low != high else (
        f"Chance alone moves {what} by nothing that shows: they end at {low}"
    )  # fmt: skip
    return Exhibit(
        said, _band(table, many.inputs.calendar, f"{upper(what)} per month, every figure known exactly"),
        alt=f"Lines over months: the middle, and the ends of nine in ten cases. {said}.",
        source=source_line(many.scenario),
    )  # fmt: skip


def _change(low: float, high: float, currency: str) -> str:
    first, last = (
        signed(text) if re.search("[1-9]", text) else text for text in amounts([low, high], currency, 2)
    )
    return f"{first} to {last}" if first != last else first


def _band(table: pd.DataFrame, calendar: Calendar, subtitle: str, form: str = "amount") -> Chart:
    """A fan as lines: the middle, and the ends of nine in ten cases."""
    lines = (
        ("high", "1 in 20 above", "neutral"),
        ("median", "middle", "ink"),
        ("low", "1 in 20 below", "neutral"),
    )
    return Chart(
        "line", tuple(calendar.labels(len(table))),
        tuple(series(said, table[column], role) for column, said, role in lines),  # type: ignore[arg-type]
        subtitle=subtitle, axis=_MONTHS if calendar.first is None else "", form=form,  # type: ignore[arg-type]
        zero=form == "change",
    )  # fmt: skip


def tornado(study: Sensitivity, most: int = 8) -> Exhibit:
    """The result with one figure after the other at the two ends of its range, all else in the middle."""
    scenario, table = study.scenario, study.tornado.head(most)
    ends = np.sort(table[["outcome_low", "outcome_high"]].to_numpy(dtype=float), axis=1)
    middle = float(np.median(study.outcomes))
    turned = table["outcome_low"] > table["outcome_high"]
    labels = []
    for key, row, falls in zip(table.index, table.itertuples(), turned, strict=True):
        first, last = (value_of(str(key), value) for value in (row.low, row.high))
        labels.append(f"{last} to {first}" if falls else f"{first} to {last}")
    alone = span_of(*ends[0], scenario.currency)
    said = f"Most hangs on {name(str(table.index[0]))}: {alone}"
    planned = study.outcome == "net"
    today = "" if study.outcome == "revenue" else ", in today's money"
    chart = Chart(
        "ranges", tuple(words(str(key)) for key in table.index),
        (series("low", ends[:, 0]), series("middle", np.clip(middle, *ends.T)), series("high", ends[:, 1])),
        subtitle=f"{OUTCOMES[study.outcome]} over {horizon(scenario)}{today}{unit(scenario)}, with one figure at "
        "a time from where the result is lowest to where it is highest",
        labels=tuple(labels), form="plain", zero=planned, reference=0.0 if planned else None,
    )  # fmt: skip
    return Exhibit(
        said, chart, data=study.tornado, alt=f"A bar per figure, the longest first. {said}.",
        source=source_line(scenario),
    )  # fmt: skip


def grades_said(study: Sensitivity) -> str:
    """How much of the uncertainty rests on assumed figures."""
    share = min(max(float(study.by_grade["share"].to_dict().get("assumed", 0.0)), 0.0), 1.0)
    return f"{percent(share) if share else 'None'} of the uncertainty rests on assumed figures"


def grades(study: Sensitivity) -> Exhibit:
    """How much of the variance rests on figures of each grade."""
    table = study.by_grade.assign(**study.by_grade[["share", "low", "high"]].clip(0.0, 1.0))
    said = grades_said(study)
    texts = [f"{percent(row.share)} ({percent(row.low)} to {percent(row.high)})" for row in table.itertuples()]
    figures_of = [
        f"{upper(str(grade))} ({count} figure{'s' if count > 1 else ''})"
        for grade, count in table["parameters"].items()
    ]
    chart = Chart(
        "bars", tuple(figures_of),
        (series("share of the variance", table["share"],
                roles=["ink" if grade == "assumed" else "neutral" for grade in table.index]),),
        subtitle="Share of the variance by how well a figure is known, with its 90 % range", form="share",
        labels=tuple(texts),
    )  # fmt: skip
    return Exhibit(
        said, chart, data=study.by_grade, alt=f"A bar per grade. {said}.", source=source_line(study.scenario),
        appendix=True,
    )  # fmt: skip


def drivers(study: Sensitivity, most: int = 8) -> Exhibit:
    """The figures that matter most, by their Sobol indices."""
    table = study.sobol.head(most)
    shown = {
        "Alone": [percent(max(value, 0.0)) for value in table["S1"]],
        "With others": [percent(max(value, 0.0)) for value in table["ST"]],
        "90 % range": [f"{percent(max(row.ST_low, 0.0))} to {percent(row.ST_high)}" for row in table.itertuples()],
        "Grade": table["grade"].tolist(),
    }
    return Exhibit(
        "The figures that matter most",
        data=pd.DataFrame(shown, index=pd.Index([words(str(key)) for key in table.index], name="Figure")),
        text=("Alone is the share of the variance that goes away when the figure is known (S1), with others the "
              "share that stays when all others are known (ST).",),
        source=source_line(study.scenario), appendix=True,
    )  # fmt: skip


# --- when it fails, and what to find out first ---


def failing(found: Failure | None) -> Exhibit:
    """When a plan loses money, or when it pays if it mostly loses."""
    if found is None:
        return Exhibit("There is no plan, so there is nothing that could fail")
    return Exhibit(
        f"{'A few conditions tell' if found.rules else 'No few conditions tell'} when it {found.when}",
        text=_rules(found) or (_no_rules(found),), source=source_line(found.scenario),
    )  # fmt: skip


def _rules(found: Failure) -> tuple[str, ...]:
    return tuple(_rule(found, rule, "Otherwise it" if place else "It") for place, rule in enumerate(found.rules))


def _rule(found: Failure, rule: Rule, begins: str) -> str:
    held = several([_condition(one) for one in rule.conditions])
    return (
        f"{begins} {found.when} {often(rule.density)} with {held}; {percent(rule.coverage)} of all cases in which "
        f"it {found.when} are of this kind."
    )


def _condition(one: Condition) -> str:
    low, high = value_of(one.key, one.low), value_of(one.key, one.high)
    span = (
        f"at most {high}" if np.isinf(one.low) else f"at least {low}" if np.isinf(one.high) else f"{low} to {high}"
    )
    return f"{name(one.key)} of {span}"


def _no_rules(found: Failure | None) -> str:
    if found is not None and found.chance in (0.0, 1.0):
        return f"It {'never loses money' if not found.chance else 'never pays'} in {len(found.net):,} cases."
    return "Many small doubts add up, none of them decides."


def learning(study: Sensitivity, most: int = 5) -> Exhibit:
    """What to find out before deciding, how, and what it would be worth to the decision."""
    table = (
        study.learning[study.learning["gain"] > 0].sort_values("gain", ascending=False, kind="stable").head(most)
    )
    if table.empty:
        return Exhibit(find_out(study), source=source_line(study.scenario))
    shown = {
        "How": [upper(str(how)) for how in table["how"]],
        "Worth to the decision": amounts(table["gain"].tolist(), study.scenario.currency, 2),
    }
    return Exhibit(
        "What to find out first, and how",
        data=pd.DataFrame(shown, index=pd.Index([words(str(key)) for key in table.index], name="Figure")),
        source=source_line(study.scenario),
    )  # fmt: skip


# --- where the ranges come from ---


def widths(spread: Spread) -> Exhibit:
    """Where the ranges come from, which draws were left out, and which defaults gave way."""
    return Exhibit(
        "Where the ranges come from", text=(_ranges(spread.scenario), *left_out(spread)),
        source=source_line(spread.scenario), appendix=True,
    )  # fmt: skip


def _ranges(scenario: Scenario) -> str:
    entries = {
        entry for places in scenario.entries().values() for entry in places if isinstance(entry.value, Range)
    }
    uncertain = [entry for entry in entries if entry.value != (central(entry.value),) * 3]
    default = sum(bool(entry.sure) for entry in uncertain)
    theirs = sum(entry.path.startswith("evidence.") for entry in uncertain)
    many = len(known_ranges(scenario.inputs))
    counts = [whole(count) if count else "none" for count in (theirs, many - theirs - default, default)]
    return (
        f"{whole(many)} figures are uncertain: {counts[0]} with a range from the evidence, {counts[1]} with one "
        f"of your own, {counts[2]} with a default width. A figure of your own without a range counts as known to "
        f"±{percent(WIDTHS['stated'])}, a guessed one to ±{percent(WIDTHS['guessed'])}, a counted one exactly "
        "(sure: in the file)."
    )


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
