"""The complaint iceberg: complaints are what shows of the bad experiences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from ..anchoring import anchor_draws
from ..batch import Start, run
from ..break_even import BAD, GOOD
from ..checks import Inputs
from ..errors import InputError
from ..evidence import figure
from ..scenario import Scenario
from ..units import Array
from .published import published

RECOVERED = "experience.recovered_share"


def iceberg(complaints: float, complaint_rate: float | None, scenario: Scenario) -> pd.DataFrame:
    """From the complaints that are seen to the bad experiences that are not, and what those cost.

    bad experiences = complaints/rate,   unseen = bad experiences − complaints

    The bad shares of the segments keep their proportions and are scaled to that number; today's totals stay, and
    hidden values are found anew. Of the bad experiences the `recovered_share` is put right, those with a
    complaint first. `unseen_cost` is what the others cost that nobody sees or puts right: NPV if these contacts
    were ordinary ones from month 0 on, less NPV. The plan plays no part.

    Args:
        complaints: counted in a month, over the whole business.
        complaint_rate: share of bad experiences that end in a complaint; None for the saying's fifth.
        scenario: the business.

    Returns:
        Rows given, highest, lowest: the rate given, and the ends of the published range; columns complaint_rate,
        bad_experiences and unseen (per month), bad_share (of all contacts), unseen_cost (currency today, over the
        horizon). The last two are nan where a rate means more bad experiences than contacts, or contradicts
        today's figures.

    Raises:
        InputError: no such complaints or rate, or the given rate contradicts today's figures.

    Example:
        >>> import wom
        >>> table = iceberg(60, None, wom.load("retailer/today"))
        >>> table.loc["given", ["bad_experiences", "unseen", "bad_share"]].round(4).tolist()
        [300.0, 240.0, 0.06]

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
    inputs = scenario.inputs()
    contacts = inputs.parameters["market.customers"] * inputs.parameters["experience.contacts_per_month"]
    if not contacts.any():
        raise InputError("has no contacts with customers, so no complaints", "today", scenario.file)
    bad = inputs.parameters[BAD] if inputs.parameters[BAD].any() else np.ones_like(contacts)
    many = complaints / rates
    shares = bad * many / (contacts * bad).sum(axis=0)
    possible = np.asarray((shares + inputs.parameters[GOOD] <= 1.0).all(axis=0))
    if not possible[0]:
        text = (
            f"of {rates[0]:g} means {many[0]:,.0f} bad experiences a month, more than contacts that are not good"
        )
        raise InputError(text, "complaint_rate", scenario.file)
    cost = _unseen_cost(inputs, np.where(possible, shares, np.nan), rates, scenario.file)
    overall = (contacts * shares).sum(axis=0) / contacts.sum(axis=0)
    return pd.DataFrame(
        {
            "complaint_rate": rates,
            "bad_experiences": many,
            "unseen": many - complaints,
            "bad_share": np.where(possible, overall, np.nan),
            "unseen_cost": cost,
        },
        index=pd.Index(["given", "highest", "lowest"], name="rate"),
    )


def expected_complaints(scenario: Scenario) -> float:
    """Complaints a month if a fifth of today's bad experiences end in one, as the saying has it.

    customers·contacts_per_month·bad_share·rate, over all segments

    Example:
        >>> import wom
        >>> round(expected_complaints(wom.load("retailer/today")))
        60
    """
    today = scenario.inputs().parameters
    bad = today["market.customers"] * today["experience.contacts_per_month"] * today[BAD]
    return float(bad.sum() * published("iceberg_visible"))


def _unseen_cost(inputs: Inputs, shares: Array, rates: Array, file: str) -> Array:
    """NPV without the bad experiences that nobody sees or puts right, less NPV; nan where it cannot be known."""
    possible = np.isfinite(shares).all(axis=0)
    recovered = inputs.parameters[RECOVERED]
    values = {**inputs.parameters, BAD: np.where(possible, shares, 0.0)}
    hidden, state, problems = anchor_draws(values, inputs.defaults)
    known = possible.copy()
    for problem in problems:
        wrong = np.asarray(np.broadcast_to(problem.where, (*problem.where.shape[:-1], len(rates))).any(axis=0))
        if wrong[0]:
            raise InputError(problem.text, "today", file)
        known &= ~wrong
    handled = np.maximum(rates, recovered)  # of the bad ones, seen or put right, by (segment, rate)
    begin = Start(replace(inputs, parameters=values), hidden, state).repeated(len(rates))
    better = begin.with_values({BAD: values[BAD] * handled, RECOVERED: recovered / handled})
    return np.where(known, run(better).less(run(begin)).npv, np.nan)
