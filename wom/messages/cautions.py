"""What to know before using the results of one scenario: what stands out in its figures and in its plan."""

from __future__ import annotations

import numpy as np

from ..anchoring import MEMORY, REACH, REFERRAL, start
from ..parameters import central, plain
from ..plan import Event, Initiative, Values, split_key
from ..scenario import WHOLE, Scenario
from ..units import DAYS_PER_MONTH
from ..words import number, percent, rounded_down, several, whole

_LEAST_MOOD = 1.0
"""Months; a bad mood that lasts less is gone before it can show in sales."""
_LEAST_RETENTION = 0.8
"""A month; fewer than 7 in 100 customers would be there after a year."""
_FAR = 5.0
"""Times today's value, or a part of it."""


def cautions(scenario: Scenario) -> tuple[str, ...]:
    """What a reader of results for this very scenario must know before using them.

    Example:
        >>> import wom
        >>> cautions(wom.load("retailer/today"))
        ()
    """
    found = []
    values = scenario.inputs().parameters
    contacts = values["experience.contacts_per_month"] * values["experience.memory_months"]
    seldom = [bool(np.any(rare)) for rare in contacts < 1.0]
    if any(seldom):
        names = [name for name, rare in zip(scenario.segments, seldom, strict=False) if rare]
        where = f" in {several(names)}" if scenario.today.segments else ""
        found.append(f"Contacts{where} are rarer than a mood lasts, so experiences hardly matter in this model.")
    given = scenario.today.given()
    found += _brief(scenario, values)
    contacts_from = scenario.entries()["experience.contacts_per_month"]
    if any(entry.path.startswith("evidence.") for entry in contacts_from):
        found.append(
            "How often customers meet the business is a default, once a month. Count contacts and divide by "
            "customers: it decides how many experiences there are and how long each is remembered."
        )
    if "word_of_mouth.audience_share" in given:
        found.append("No referral share was observed, so market size times audience share drives word of mouth.")
    elif "market.referral_share" not in given:
        found.append(
            f"The share of new customers who come on a recommendation is a default.{_less(scenario)} Ask new "
            "customers how they heard of you: this one figure of your own fixes how much word of mouth can do."
        )
    found += _yielded(scenario)
    horizon = scenario.horizon_months
    late = [item.event for item in scenario.plan if isinstance(item, Event) and item.month >= horizon]
    late += [
        item.initiative for item in scenario.plan if isinstance(item, Initiative) and item.start_month >= horizon
    ]
    if late:
        come, change = ("come", "change") if len(late) > 1 else ("comes", "changes")
        found.append(f"{several(late)} {come} after the horizon of {horizon} months and {change} nothing.")
    return (*found, *_yearly(scenario), *_steep(scenario))


def _brief(scenario: Scenario, values: Values) -> list[str]:
    """That the next good contact soon wipes a bad mood, which lasts 1/(1/memory + good contacts) months."""
    good = values["experience.contacts_per_month"] * values["experience.good_share"]
    lasts = 1.0 / (1.0 / values["experience.memory_months"] + good)
    brief = [(name, float(month.min())) for name, month in zip(scenario.segments, lasts, strict=False)]
    brief = [(name, month) for name, month in brief if month < _LEAST_MOOD]
    if not brief:
        return []
    where = f" in {several([name for name, _ in brief])}" if scenario.today.segments else ""
    days = whole(min(month for _, month in brief) * DAYS_PER_MONTH)
    return [
        f"A bad mood{where} lasts only {days} days on average, because the next good contact wipes it. So "
        "good_share must mean contacts good enough to be told, not merely fine; where it counts the merely fine, "
        "what bad service costs comes out too small."
    ]


def _less(scenario: Scenario) -> str:
    """That the default is more than the business's figures allow, with the share that is used."""
    begun = start(scenario)
    if not begun.gave_way.any():
        return ""
    most = rounded_down(begun.referral_share.item())
    usual = float(begun.inputs.parameters["market.referral_share"].flat[0])
    return (
        f" The published {percent(usual)} is more than your other figures allow: with so few satisfied customers "
        f"in so large a market, at most {percent(most, 3)} can come that way, and that is the share used here."
    )


def _yielded(scenario: Scenario) -> list[str]:
    """Which defaults gave way to the observed share of recommended customers, and how far."""
    begun = start(scenario)
    words = {
        MEMORY: ("what people hear is remembered for {0} months instead of {1}", "months"),
        REACH: ("a good experience is told to {0} people instead of {1}", "people"),
    }
    ways = [
        words[key][0].format(number(begun.inputs.parameters[key].max()), number(before.min()))
        for key, before in begun.before.items()
    ]
    if not ways:
        return []
    share = percent(float(begun.inputs.parameters[REFERRAL].flat[0]))
    return [
        f"{share} of new customers on a recommendation is more than our usual assumptions allow, so these give "
        f"way: {several(ways)}. Your own figure for either would settle it."
    ]


def _yearly(scenario: Scenario) -> list[str]:
    """Retention so low that it is likely to be a year's."""
    found = []
    for entry in scenario.entries()["retention.retention_rate"]:
        rate = central(entry.value)
        if entry.path.startswith("today.") and 0 < rate < _LEAST_RETENTION:
            place = plain(entry.path)
            found.append(
                f"{place} is {rate:g} a month, so that {percent(rate**12)} stay for a year. Is it a year's rate? "
                f"Per month that would be {rate ** (1 / 12):.3f}."
            )
    return found


def _steep(scenario: Scenario) -> list[str]:
    """Changes to a bare number that look like a slip: far from today's value, or the wrong way."""
    found = []
    entries = scenario.entries()
    changes = [
        (item.initiative, key, change)
        for item in scenario.plan
        if isinstance(item, Initiative)
        for key, change in item.changes.items()
    ]
    for initiative, key, change in changes:
        name, chosen = split_key(key, tuple(scenario.today.segments) or (WHOLE,))
        places = entries.get(name, ())
        if change.way != "to" or not places:
            continue
        to = central(change.amount)
        before = [central(places[place if len(places) > 1 else 0].value) for place in chosen]
        far = [now for now in before if now > 0 and not now / _FAR <= to <= now * _FAR]
        worse = [now for now in before if name == "experience.bad_share" and to > now]
        if far or worse:
            now = (far or worse)[0]
            size = f"{to / now:.2g} times today's {now:g}" if far else f"more than today's {now:g}"
            way = "add: -0.02 or multiply: 0.7" if worse else "add or multiply"
            found.append(
                f"{initiative} takes {key} to {to:g}, {size}. A bare number is the new value itself; "
                f"where a change is meant, write {way}."
            )
    return found
