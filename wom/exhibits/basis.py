"""What a result rests on: whose numbers these are and of what kind, figures by grade, cautions, limits."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import pandas as pd

from .._effect import Effect, Spread
from .._run import Run
from ..analysis import plausibility
from ..anchoring import MEMORY, REACH, REFERRAL, start
from ..assumptions import by_grade, limits, readable
from ..files import BACK_TESTED, SCENARIO
from ..parameters import Key, central, plain
from ..plan import Event, Initiative, Values, split_key
from ..scenario import RIVALS, WHOLE, BackTest, Scenario
from ..units import DAYS_PER_MONTH
from ..words import NARROW, number, percent, rounded_down, several, whole
from .exhibit import Exhibit

# --- who, what and of what kind ---


def source_line(scenario: Scenario) -> str:
    """What stands under a chart: whose numbers these are, and of what kind."""
    return f"{(scenario.title or 'Scenario').rstrip('.')}. {kind(scenario)}."


def months(scenario: Scenario) -> str:
    """The horizon in words."""
    return f"{scenario.horizon_months} month{'s' if scenario.horizon_months > 1 else ''}"


def unit(scenario: Scenario) -> str:
    """The currency behind a comma, as a subtitle ends."""
    return f", {scenario.currency}" if scenario.currency else ""


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def words(key: str) -> str:
    """A parameter in a few plain words, for somebody who has never seen the model."""
    if found := Key.find(key):
        return found.words
    parts = key.split(".")
    said = parts[-1].replace("_", " ").capitalize()
    return f"{said} ({parts[1]})" if parts[0] == "segments" and len(parts) > 2 else said


class Subject(NamedTuple):
    """What makes a difference, in words: an event is never the plan."""

    name: str
    """As a sentence begins, such as The plan and the event."""
    plural: bool
    there: str
    """As a line is labelled: with the plan."""
    absent: str
    """And the other one: without it; empty where there is no other."""

    def verb(self, singular: str) -> str:
        """A verb that agrees, such as loses and lose."""
        return singular.removesuffix("s") if self.plural else singular


def subject(effect: Effect | Spread) -> Subject:
    """What makes the difference between two runs."""
    plan = effect.scenario.plan
    events = sum(isinstance(item, Event) for item in plan)
    happens = f"the event{'s' if events > 1 else ''}"
    if not plan:
        return Subject("Today's business", False, "today's course", "")
    if not events:
        return Subject("The plan", False, "with the plan", "without it")
    plural = events > 1 or events < len(plan)
    name = happens if events == len(plan) else f"the plan and {happens}"
    return Subject(name[0].upper() + name[1:], plural, f"with {name}", "without them" if plural else "without it")


# --- what a run may be called ---

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def month(name: str) -> str:
    """A month as people write it."""
    year, _, number = name.partition("-")
    return f"{_MONTHS[int(number) - 1]} {year}"


def span(months: tuple[str, str]) -> str:
    """A span of months."""
    first, last = map(month, months)
    return first if first == last else f"{first} to {last}"


def standing(scenario: Scenario) -> str:
    """What kind of run this is and what that means, in a sentence."""
    basis = scenario.basis
    if basis.label == SCENARIO or basis.months is None:
        return "This is a scenario: what follows if its figures hold; none of them was found in data."
    count = len(basis.sources)
    found = f"{whole(count)} figure{'s were' if count != 1 else ' was'} found in data of {span(basis.months)}"
    if basis.back_test is None:
        return f"This is calibrated: {found}; how well it forecasts was not tested."
    return f"This is {BACK_TESTED}: {found}. {verdict(basis.back_test)}"


def verdict(test: BackTest) -> str:
    """How a back-test went, in sentences."""
    said = f"{span(test.months)}, unseen: {outcome(test, test.deciding)}."
    counts = "It counts as back-tested" if test.label == BACK_TESTED else f"It is not back-tested: {test.label}"
    return f"{said} {counts}."


def outcome(test: BackTest, column: str) -> str:
    """How a column was forecast, in a clause."""
    score = test.columns[column]
    apart = round(abs(score.total - 1.0), 2)
    side = f"{percent(apart)} {'above' if score.total > 1.0 else 'below'} what came" if apart else "at what came"
    nearer = ", nearer" if score.rival_error < score.error else ""
    said = f"{column.replace('_', ' ')} forecast {side} ({_off(score.error)} off in a month)"
    return f"{said}; as {RIVALS[score.rival]}: {_off(score.rival_error)} off{nearer}"


def _off(error: float) -> str:
    """An error in percent, without digits where it is large."""
    return percent(round(error, 2 if error >= 0.1 else 3))


def kind(scenario: Scenario) -> str:
    """The same under a chart, in a few words."""
    basis = scenario.basis
    if basis.label == SCENARIO or basis.months is None:
        return "Scenario computed with wom, no forecast from data"
    return f"Computed with wom, {basis.label} on data of {span(basis.months)}"


# --- what stands out in the figures and in the plan ---

_LEAST_MOOD = 1.0
"""Months; a bad mood that lasts less is gone before it can show in sales."""
_LEAST_RETENTION = 0.8
"""A month; fewer than 7 in 100 customers would be there after a year."""
_FAR = 5.0
"""Times today's value, or a part of it."""


def cautions(scenario: Scenario) -> tuple[str, ...]:
    """What a reader of results for this very scenario must know before using them."""
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


# --- the appendix ---


def figures(scenario: Scenario) -> Exhibit:
    """How many figures are the firm's own, published or assumed, and what to know before using the result."""
    grades = by_grade(scenario)["parameters"]
    published = int(grades[["strong", "fair", "weak"]].sum())
    counted = (
        f"Of {int(grades.sum())} figures {grades['yours']} are yours, {published} are published "
        f"({grades['strong']} strong, {grades['fair']} fair, {grades['weak']} weak evidence for this use) and "
        f"{grades['assumed']} are assumed"
    )
    return Exhibit(counted, text=(standing(scenario), *cautions(scenario)), appendix=True)


def unknown(scenario: Scenario) -> Exhibit:
    """What the model does not know."""
    return Exhibit("What the model does not know", text=limits(scenario), appendix=True)


_GRADES = {
    "assumed": (("assumed",), "Assumed: no source gives these figures, so a range is what counts"),
    "published": (
        ("weak", "fair", "strong"),
        "Published: surveys and studies, with the grade that fits their use",
    ),
    "yours": (("yours",), "Yours: what the scenario gives"),
}


def assumptions(scenario: Scenario, kind: str = "assumed") -> Exhibit:
    """The figures of one kind as a table: assumed, published or yours."""
    grades, caption = _GRADES[kind]
    return Exhibit(caption, data=readable(scenario, *grades), source=source_line(scenario), appendix=True)


_PLAUSIBLE = {"verdict": "Verdict", "base": "Held against", "source": "Source"}


def plausible(run: Run) -> Exhibit:
    """Results against published lines, as a table; what lies outside is shown, not hidden."""
    review = plausibility.review(run)
    shown = review.astype(str).replace(" %", f"{NARROW}%", regex=True)
    shown["source"] = shown["source"].replace(
        r"([12]\d{3}(?:-\d\d)?), [^;]*", r"\1", regex=True
    )  # authors and year
    table = pd.DataFrame(
        {name: shown[column].tolist() for column, name in _PLAUSIBLE.items()},
        index=pd.Index([str(line)[:1].upper() + str(line)[1:] for line in review.index], name="Result"),
    )
    return Exhibit(
        "Plausibility: results against published lines; what lies outside is shown, not hidden",
        data=table, source=source_line(run.scenario), appendix=True,
    )  # fmt: skip


class Title:
    """A page's title, as a notebook shows it: a name is never markup."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        escaped = re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(self.text.split()))
        return f"# {escaped}"


def title(what: Scenario | str) -> Title:
    """What a scenario is called, or a title of one's own."""
    return Title(what if isinstance(what, str) else what.title or "Scenario")
