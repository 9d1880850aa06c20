"""How sure a result is: how often it pays, what that hangs on, when it fails, and what to find out first."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from .._effect import Effect, Spread
from .._run import LEVEL, Run, quantiles
from ..analysis.sensitivity import Failure, Sensitivity, how
from ..scenario import Scenario
from ..words import often, range_place, several
from . import basis
from .basis import RANGE, _upper, between, exhibit, how_often, initiatives, months, name, ranges, span, words
from .chart import Chart, series
from .exhibit import Exhibit
from .plan import _figures, _sure, along, find_out

OUTCOMES = {"net": "Net", "npv": "Contribution", "revenue": "Revenue"}
"""Outcomes in words; the first two are in today’s money."""
_CASES = 100


def certainty(of: Spread | Failure) -> str:
    """How often a plan pays, or what today's business is worth."""
    case, what = of.scenario, basis.subject(of.scenario if isinstance(of, Failure) else of)
    values = of.net if isinstance(of, Failure) else of.outcomes["net" if case.plan else "npv"].to_numpy()
    if not case.plan:
        low, _, high = quantiles(values, LEVEL).tolist()
        return f"Today's business is worth {span(low, high, case)} in nine of ten cases"
    if not values.any():
        return f"{what.name} {what.verb('changes')} nothing"
    return how_often(case, float((values < 0).mean()), what)


def how_sure(effect: Effect, spread: Spread, study: Sensitivity, failing: Failure | None = None) -> Exhibit:
    """How often a plan pays, what that hangs on, when it fails, and what to find out first.

    Without a plan: what today's business is worth, and what that hangs on.
    """
    scenario, planned, key = spread.scenario, bool(spread.scenario.plan), str(study.sobol["ST"].idxmax())
    share = scenario.write.percent(min(float(study.sobol["ST"].max()), 1.0))
    first, last = sorted(study.tornado.loc[[key], ["outcome_low", "outcome_high"]].to_numpy(dtype=float)[0])
    moves = f"takes the result from {span(first, last, scenario)}" if last > first else "moves nothing"
    answers = {
        "How sure": f"{_sure(spread)} {assumed(study)}.",
        "What it hangs on": f"Most of all on {name(key)}: {share} of the uncertainty. Alone it {moves}.",
    }
    if failing and _tells(failing):
        answers[f"When it {failing.when}"] = rules(failing)[0]
    what = "Net" if planned else "Contribution of today's course"
    answers["What to find out first"] = finding(study)[0]
    return exhibit(
        scenario, certainty(spread), figures=_figures(effect, spread), answers=tuple(answers.items()),
        text=(f"{what} over {months(scenario)}, in today’s money; each case takes one value from every range.",),
    )  # fmt: skip


def assumed(study: Sensitivity) -> str:
    """How much of the uncertainty rests on assumed figures."""
    share = min(max(float(study.by_grade["share"].to_dict().get("assumed", 0.0)), 0.0), 1.0)
    return (
        f"{study.scenario.write.percent(share) if share else 'None'} of the uncertainty rests on assumed figures"
    )


def finding(study: Sensitivity) -> list[str]:
    """What to find out, the first first."""
    case, key = study.scenario, str(study.sobol["ST"].idxmax())
    if not initiatives(case):
        return [f"{words(key)}: {how(key)}."]
    return find_out(case, study.learning, study.everything, study.outcomes)


def cases(result: Spread | Failure, failing: Failure | None = None) -> Exhibit:
    """A hundred equally likely cases by their net, or without a plan by what they are worth.

    With a `wom.failure` it is said when the plan fails: by all its rules, or by those after the first screen's.
    """
    scenario, planned = result.scenario, bool(result.scenario.plan)
    outcome = "net" if planned else "npv"
    values = result.outcomes[outcome].to_numpy() if isinstance(result, Spread) else result.net
    shown = np.quantile(values, (np.arange(_CASES) + 0.5) / _CASES, method="inverted_cdf")
    low, _, high = quantiles(values, LEVEL).tolist()
    chart = Chart(
        "dots", tuple(range(1, _CASES + 1)), (series(OUTCOMES[outcome], shown, "neutral"),),
        f"{OUTCOMES[outcome]} {basis.today(scenario)}; a dot is 1 of {_CASES} cases",
        form="change" if planned else "plain",
        reference=0.0 if planned else None, limits=None if planned else (float(shown[0]), float(shown[-1])),
        sides=basis.outcomes(scenario) if planned else ("", ""),
    )  # fmt: skip
    return exhibit(
        scenario, certainty(result), chart,
        alt=f"A hundred dots, 90 of them from {span(low, high, scenario)}",
        text=rules(failing)[_tells(failing):] if failing else (),
        notes=f"{len(values):,} draws of all that is uncertain, shown as {_CASES}.",
    )  # fmt: skip


def band(run: Run, column: str = "customers") -> Exhibit:
    """Nine in ten cases of a run in draws month by month, such as of chance alone."""
    case, table = run.scenario, run.band(column)
    what, (low, _, high) = "the star rating" if column == "stars" else column.replace("_", " "), table.iloc[-1]
    if column in ("revenue", "contribution", "plan_cost"):
        ends = span(low, high, case)
    else:
        ends = between(*(case.write.count(end, range_place(high, low, high)) for end in (low, high)))
    chance = not (run.sample and run.sample.parameters)
    verb = "end" if what.endswith("s") else "ends"
    said = f"{'By chance alone' if chance else 'In nine of ten cases'} {what} {verb} at {ends}"
    lines = (series("1 in 20 above", table["high"], "neutral"), series("middle", table["median"]),
             series("1 in 20 below", table["low"], "neutral"))  # fmt: skip
    subtitle = f"{_upper(what)} per month, {'every figure known exactly' if chance else RANGE}"
    chart = Chart("line", series=lines, subtitle=subtitle, zero=False, **{**along(run), "marks": ()})
    return exhibit(case, said, chart, alt="Lines over months: the middle, and the ends of nine in ten cases")


def tornado(study: Sensitivity, most: int = 8) -> Exhibit:
    """The result with one figure after the other at the two ends of its range, and which of them to find out."""
    middle, text = float(np.median(study.outcomes)), finding(study)[:5]
    return swings(study.tornado, study.scenario, study.outcome, middle, most, text=text)


def swings(
    table: pd.DataFrame,
    scenario: Scenario,
    outcome: str = "net",
    middle: float | pd.Series = 0.0,
    most: int = 8,
    said: str = "",
    **more: Any,
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
    over = f"over {months(scenario)}{basis.unit(scenario)}" if outcome == "revenue" else basis.today(scenario)
    over = f"{over}, with one figure at a time from where the result is lowest to where it is highest"
    chart = ranges(ends.rename(index=words), f"{OUTCOMES[outcome]} {over}", labels, ["ink"] * len(rows),
                   form="plain", reference=0.0 if outcome == "net" else None)  # fmt: skip
    reached = span(float(ends["low"].iloc[0]), float(ends["high"].iloc[0]), scenario)
    said = said or f"Widest swing: {name(str(rows.index[0]))}, {reached}"
    return exhibit(scenario, said, chart, data=table, alt="A bar per figure, the longest first", **more)


def _tells(found: Failure) -> bool:
    """Whether where the conditions hold it is more than a rare case."""
    return bool(initiatives(found.scenario) and found.rules) and found.rules[0].density >= 0.3


def rules(found: Failure) -> tuple[str, ...]:
    """When a plan loses money, or pays if it mostly loses: a sentence for each rule, or why there is none."""
    said, case = list[str](), found.scenario
    if not initiatives(case):
        return ()  # an event does not fail
    if found.chance in (0.0, 1.0):
        return (f"It never {'pays' if found.chance else 'loses'} in {len(found.net):,} cases.",)
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
