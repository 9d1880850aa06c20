"""Whom to serve: a customer who does not fit will be disappointed, and says so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from ..batch import run, start
from ..break_even import BAD
from ..experience import NEUTRAL
from ..scenario import Scenario
from ..schedule import Schedule
from ..state import Switches
from ..units import Array
from ..worth import customer_worth

_POSTING = ("reviews.posting_good", "reviews.posting_neutral", "reviews.posting_bad")


def whom_to_serve(scenario: Scenario) -> pd.DataFrame:
    """What it is worth to serve each segment, with and without what its customers tell.

    with_word_of_mouth = NPV(as is) − NPV(segment not served)
    without_word_of_mouth = NPV(its customers tell nobody and post nothing) − NPV(segment not served)

    *Not served*: before month 0 its customers are neutral prospects again and nobody of it ever comes; its people
    stay in the market, hear what is told, and its past reviews fade. All other segments go on as they can.
    `saying_no` is the worth of not serving it, the first line with the other sign.
    `fixing_misfit` is NPV with its bad share lowered from month 0 on to that of the segment with customers whose
    bad share is lowest, less NPV: what a cure may cost at most. The plan happens in every run.

    Args:
        scenario: with segments; a business without any is one segment.

    Returns:
        One row per segment; customers (people today), bad_share (of contacts today), and in currency today over
        the horizon: without_word_of_mouth, word_of_mouth (the difference), with_word_of_mouth, saying_no,
        fixing_misfit, and new_customer, what one more content customer brings less the acquisition cost;
        costs_more_than_it_brings says whether with_word_of_mouth is below 0.

    Raises:
        InputError: today's figures contradict each other.

    Example:
        >>> import wom
        >>> table = whom_to_serve(wom.load("supplier/today"))
        >>> table.fixing_misfit.idxmin(), table.word_of_mouth.idxmin()
        ('routine', 'last-minute')
    """
    begin = start(scenario)
    values, segments = begin.inputs.parameters, np.arange(len(begin.inputs.segments))
    count = len(segments)
    silent, closed, cured = (1 + count * place + segments for place in range(3))
    many = begin.repeated(1 + 3 * count)

    talk = np.ones((count, many.draws))
    talk[segments, silent] = 0.0
    log_odds = np.repeat(begin.hidden.log_odds, many.draws, axis=1)
    log_odds[segments, closed] = -np.inf
    customers, prospects = many.state.customers, many.state.prospects
    prospects[NEUTRAL, segments, closed] += customers[:, segments, closed].sum(axis=0)
    customers[:, segments, closed] = 0.0
    own_bad = values[BAD][:, 0]
    people = values["market.customers"][:, 0]
    served = people > 0
    bad = np.repeat(values[BAD], many.draws, axis=1)
    bad[segments, cured] = np.minimum(own_bad, own_bad[served].min() if served.any() else np.inf)

    posting = {key: values[key] * talk for key in _POSTING}
    changed = replace(many, hidden=replace(many.hidden, log_odds=log_odds)).with_values({BAD: bad, **posting})
    plan = _nobody_posts(begin.inputs.schedule, talk)
    runs = run(changed, plan, Switches(good_word_of_mouth=talk, bad_word_of_mouth=talk))
    gain = runs.less(runs.part(slice(0, 1))).npv
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


def _nobody_posts(plan: Schedule, talk: Array) -> Schedule:
    """The plan without what it makes of posting where nobody talks; `talk` is 0 there."""
    phases = (
        replace(
            phase,
            steps=tuple(
                replace(step, segments=step.segments * talk) if step.key in _POSTING else step
                for step in phase.steps
            ),
        )
        for phase in plan.phases
    )
    return replace(plan, phases=tuple(phases))
