"""Sayings about service as numbers: a bad day, a bad apple, the iceberg, the gap in perception, whom to serve."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from .._run import Run, run, simulate
from ..anchoring import anchored, start
from ..engine import Switches
from ..errors import InputError
from ..evidence import figure
from ..plan import Step
from ..processes import NEUTRAL
from ..scenario import Scenario
from ..worth import customer_worth
from .compare import BAD, GOOD


def published(name: str) -> float:
    """The central value of a figure."""
    return float(figure(name).central or np.nan)


# --- What one bad day or one bad apple costs, on the day and afterwards ---


@dataclass(frozen=True)
class Aftermath:
    """A run with an event against the run without it; the plan happens in both."""

    name: str
    month: int
    run: Run
    without: Run
    monthly: pd.DataFrame
    """With the event less without, month by month; columns and units as in `Run.monthly`."""
    revenue: float
    """Change of revenue, currency over the horizon."""
    npv: float
    """Change of NPV, currency today."""
    at_once: float
    """Part of the change of NPV that falls into the event's own month, currency today."""
    afterwards: float
    """The rest of the change of NPV: customers who left, stories and stars, currency today."""


def day_without_customers(scenario: Scenario, month: int = 0, days: float = 1.0) -> Aftermath:
    """What it costs if customers spend nothing for a day: that day's share of a month's spending, and no mood.

    Raises:
        InputError: a month after the horizon, or more days than a month has.

    Source:
        `wom.evidence`: day_without_customers.
    """
    name = "A day without customers" if days == 1 else f"{days:g} days without customers"
    return _aftermath(scenario, name, month, spend_lost_share=days * published("day_without_customers"))


def bad_apple(
    scenario: Scenario, month: int, bad_experience_share: float = 0.0, reach_multiplier: float = 1.0
) -> Aftermath:
    """What one bad apple costs: a burst of bad experiences, or bad stories that travel further, in one month.

    `bad_experience_share`: of customers, one bad experience more each; such as the share of customers whom one
    employee meets in a month. `reach_multiplier`: on the people told of every bad experience of the month.

    Raises:
        InputError: a month after the horizon, or values that are not allowed.
    """
    more = {"bad_experience_share": bad_experience_share, "reach_multiplier": reach_multiplier}
    return _aftermath(scenario, "One bad apple", month, **more)


def _aftermath(scenario: Scenario, name: str, month: int, **what: float) -> Aftermath:
    event = {"event": name, "month": month, **what}
    after = scenario.replace({"plan": [*scenario.data.get("plan", []), event]})
    if month >= scenario.horizon_months:
        text = f"is {month}; the horizon's last is {scenario.horizon_months - 1}"
        raise InputError(text, "month", scenario.file)
    with_event, without = simulate(after), simulate(scenario)
    change = with_event.less(without)
    npv, at_once = with_event.npv - without.npv, float(change.earned[month].sum())
    return Aftermath(
        name, month, with_event, without, change.monthly, change.revenue, npv, at_once, afterwards=npv - at_once
    )


# --- The complaint iceberg: complaints are what shows of the bad experiences ---


def iceberg(complaints: float, complaint_rate: float | None, scenario: Scenario) -> pd.DataFrame:
    """From the complaints that are seen to the bad experiences that are not, and what those cost.

    bad experiences = complaints/rate,   unseen = bad experiences − complaints

    The bad shares of the segments keep their proportions and are scaled to that number; today's totals stay, and
    hidden values are found anew. Of the bad experiences the `recovered_share` is put right, those with a
    complaint first. `unseen_cost` is what the others cost that nobody sees or puts right: NPV if these contacts
    were ordinary ones from month 0 on, less NPV. Plan and what-if play no part.

    `complaint_rate`: share of bad experiences that end in a complaint; None for the saying's fifth. Returns rows
    given, highest, lowest: the rate given, and the ends of the published range; columns complaint_rate,
    bad_experiences and unseen (per month), bad_share (of all contacts), unseen_cost (currency today, over the
    horizon). The last two are nan where a rate means more bad experiences than contacts, or contradicts today's
    figures.

    Raises:
        InputError: no such complaints or rate, or the given rate contradicts today's figures.

    Source:
        `wom.evidence`: iceberg_visible, complaint_rate.
    """
    range_of_rates = figure("complaint_rate")
    given = published("iceberg_visible") if complaint_rate is None else complaint_rate
    rates = np.array([given, range_of_rates.high, range_of_rates.low], dtype=np.float64)
    for name, value, most in (("complaints", complaints, np.inf), ("complaint_rate", rates[0], 1.0)):
        if not (np.isfinite(value) and 0 < value <= most):
            allowed = "above 0" if most > 1 else "above 0 and up to 1"
            raise InputError(f"must be {allowed}, is {value:g}", name, scenario.file)
    inputs = scenario.replace({"what_if": {}}).inputs()
    values = inputs.parameters
    contacts = values["market.customers"] * values["experience.contacts_per_month"]
    if not contacts.any():
        raise InputError("has no contacts with customers, so no complaints", "today", scenario.file)
    bad = values[BAD] if values[BAD].any() else np.ones_like(contacts)
    many = complaints / rates
    shares = bad * many / (contacts * bad).sum(axis=0)
    possible = np.asarray((shares + values[GOOD] <= 1.0).all(axis=0))
    if not possible[0]:
        more = f"{many[0]:,.0f} bad experiences a month, more than contacts that are not good"
        raise InputError(f"of {rates[0]:g} means {more}", "complaint_rate", scenario.file)
    shares, known = np.where(possible, shares, 0.0), possible.copy()
    begin, problems = anchored(replace(inputs, parameters={**values, BAD: shares}))
    for problem in problems:
        wrong = np.asarray(np.broadcast_to(problem.where, (*problem.where.shape[:-1], len(rates))).any(axis=0))
        if wrong[0]:
            raise InputError(problem.text, "today", scenario.file)
        known &= ~wrong
    recovered = values["experience.recovered_share"]
    handled = np.maximum(rates, recovered)  # of the bad ones, seen or put right, by (segment, rate)
    better = begin.with_values({BAD: shares * handled, "experience.recovered_share": recovered / handled})
    overall = (contacts * shares).sum(axis=0) / contacts.sum(axis=0)
    return pd.DataFrame(
        {
            "complaint_rate": rates,
            "bad_experiences": many,
            "unseen": many - complaints,
            "bad_share": np.where(possible, overall, np.nan),
            "unseen_cost": np.where(known, run(better).less(run(begin)).npv_by_draw, np.nan),
        },
        index=pd.Index(["given", "highest", "lowest"], name="rate"),
    )


# --- The perception gap: what management believes of its service, and what customers say ---


def perception_gap(scenario: Scenario, believed_good_share: float, believed_bad_share: float) -> pd.DataFrame:
    """The forecast with management's own belief about its service beside the one from what customers say.

    gap = NPV(believed shares from month 0 on) − NPV(shares as customers say)

    Both runs have the same customers, moods and hidden values, found from what customers say, and the same plan:
    the gap is what the missing good service costs, or what closing the gap would bring at no cost.

    `plan_net` is what the scenario's plan seems to bring: NPV(plan) − NPV(no plan), in the believed row with
    today's totals explained by the believed shares (hidden values found anew). Who believes that little goes
    wrong sees little to gain from putting it right.

    `believed_good_share`, `believed_bad_share`: of contacts, in every segment, as management believes.

    Rows customers_say, believed, gap (believed less customers_say); columns good_share, bad_share (of all
    contacts), revenue (currency over the horizon), npv and plan_net (currency today).

    Raises:
        InputError: shares that are not allowed.
    """
    scenario = scenario.replace({"what_if": {}})
    begin = start(scenario)
    sides = begin, start(scenario.replace({GOOD: believed_good_share, BAD: believed_bad_share}))
    shares = {key: np.concatenate([side.inputs.parameters[key] for side in sides], axis=1) for key in (GOOD, BAD)}
    both = run(begin.repeated(2).with_values(shares), begin.inputs.schedule)
    values = begin.inputs.parameters
    contacts = values["market.customers"] * values["experience.contacts_per_month"]
    weights = contacts if contacts.any() else np.ones_like(contacts)
    good, bad = ((weights * shares[key]).sum(axis=0) / weights.sum() for key in (GOOD, BAD))
    nets = [run(side, side.inputs.schedule).less(run(side)).npv for side in sides]
    table = pd.DataFrame(
        {"good_share": good, "bad_share": bad, "revenue": both.revenue, "npv": both.npv, "plan_net": nets},
        index=pd.Index(["customers_say", "believed"], name="shares"),
    )
    table.loc["gap"] = table.loc["believed"] - table.loc["customers_say"]
    return table


# --- Whom to serve: a customer who does not fit will be disappointed, and says so ---


def whom_to_serve(scenario: Scenario) -> pd.DataFrame:
    """What it is worth to serve each segment, with and without what its customers tell.

    with_word_of_mouth = NPV(as is) − NPV(segment not served)
    without_word_of_mouth = NPV(its customers tell nobody and post nothing) − NPV(segment not served)

    *Not served*: before month 0 its customers are neutral prospects again and nobody of it ever comes; its people
    stay in the market, hear what is told, and its past reviews fade. All other segments go on as they can.
    `saying_no` is the worth of not serving it, the first line with the other sign.
    `fixing_misfit` is NPV with its bad share lowered from month 0 on to that of the segment with customers whose
    bad share is lowest, less NPV: what a cure may cost at most. The plan happens in every run.

    One row per segment; customers (people today), bad_share (of contacts today), and in currency today over the
    horizon: without_word_of_mouth, word_of_mouth (the difference), with_word_of_mouth, saying_no, fixing_misfit,
    and new_customer, what one more content customer brings less the acquisition cost; costs_more_than_it_brings
    says whether with_word_of_mouth is below 0.

    Raises:
        InputError: today's figures contradict each other.
    """
    begin = start(scenario)
    values, count = begin.inputs.supposed, len(begin.inputs.segments)
    segments, many = np.arange(count), begin.repeated(1 + 3 * count)
    silent, closed, cured = (1 + count * place + segments for place in range(3))

    talk = np.ones((count, many.draws))
    talk[segments, silent] = 0.0
    log_odds = np.repeat(begin.hidden.log_odds, many.draws, axis=1)
    log_odds[segments, closed] = -np.inf
    customers, prospects = many.state.customers, many.state.prospects
    prospects[NEUTRAL, segments, closed] += customers[:, segments, closed].sum(axis=0)
    customers[:, segments, closed] = 0.0
    own_bad, people = values[BAD][:, 0], values["market.customers"][:, 0]
    bad = np.repeat(values[BAD], many.draws, axis=1)
    bad[segments, cured] = np.minimum(own_bad, own_bad[people > 0].min(initial=np.inf))

    posting = [f"reviews.posting_{kind}" for kind in ("good", "neutral", "bad")]
    less = {key: values[key] * talk for key in posting}
    changed = replace(many, hidden=replace(many.hidden, log_odds=log_odds)).with_values({BAD: bad, **less})

    def silenced(step: Step) -> Step:
        return replace(step, segments=step.segments * talk) if step.key in posting else step

    plan = changed.inputs.schedule.stepwise(silenced)
    runs = run(changed, plan, Switches(good_word_of_mouth=talk, bad_word_of_mouth=talk))
    gain = runs.less(runs.at(slice(0, 1))).npv_by_draw
    serving, talking = -gain[closed], -gain[silent]
    new = customer_worth(scenario)["total"].to_numpy().reshape(count, -1)[:, 0]
    return pd.DataFrame(
        {
            "customers": people,
            "bad_share": own_bad,
            "without_word_of_mouth": serving - talking,
            "word_of_mouth": talking,
            "with_word_of_mouth": serving,
            "saying_no": -serving,
            "fixing_misfit": gain[cured],
            "new_customer": new - values["economics.acquisition_cost"][:, 0],
            "costs_more_than_it_brings": serving < 0.0,
        },
        index=pd.Index(begin.inputs.segments, name="segment"),
    )
