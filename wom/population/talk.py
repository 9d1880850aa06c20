"""What customers experience in a month, what of it they tell, and who hears: steps 1, 4 and 5 of the model."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..processes import FAVOURABLE, WARY
from ..units import Array
from .crowd import PROSPECT, Crowd, Habits, Stories, last_event
from .networks import Integers
from .rules import BAD, Rules, told_chance
from .rules import NEUTRAL as ORDINARY
from .world import Flows, World, by_segment

_TONE = np.array([FAVOURABLE, WARY, FAVOURABLE], dtype=np.int8)
"""What a hearer holds after a good, bad or recovered story."""


class Experiences(NamedTuple):
    """What customers experience in a month, one entry each.

    Example:
        >>> known = Experiences(np.array([0, 0]), np.array([1, 1]), np.array([0, 1]), np.array([0.2, 0.9]))
        >>> known.who.tolist(), known.place.tolist()
        ([0, 0], [0, 1])
    """

    who: Integers
    """Place in the list of customers."""
    kind: Integers
    place: Integers
    """Among that customer's experiences of that kind, no matter in which order."""
    when: Array
    """From 0 to 1, within the month."""


def experiences(rule: Rules, segment: NDArray[np.int16], random: np.random.Generator) -> Experiences:
    """A Poisson number of experiences of each kind for each customer, at any time of the month.

    Example:
        One contact per customer and month, nearly:

        >>> import wom
        >>> from wom.anchoring import start
        >>> from wom.population.rules import rules
        >>> from wom.schedule import Shock
        >>> begun = start(wom.load("retailer/today"))
        >>> rule = rules(begun.inputs.parameters, begun.hidden, Shock(), 1)
        >>> known = experiences(rule, np.zeros(5000, dtype=np.int16), np.random.default_rng(0))
        >>> bool(abs(len(known.who) / 5000 - 1.0) < 0.1)
        True
    """
    counts = random.poisson(rule.rates[:, segment]).ravel()
    held = np.repeat(np.arange(len(counts)), counts)
    place = np.arange(len(held)) - np.repeat(np.cumsum(counts) - counts, counts)
    kind, who = np.divmod(held, max(len(segment), 1))
    return Experiences(who, kind, place, random.random(len(held)))


def told(
    rule: Rules, known: Experiences, customers: Integers, crowd: Crowd, habits: Habits, random: np.random.Generator
) -> Stories:
    """Which experiences become stories, and how many people hear each, in the market and outside it.

    Example:
        What is ordinary makes no story:

        >>> import wom
        >>> from wom.anchoring import start
        >>> from wom.population.crowd import Habits, Streams, gathered
        >>> from wom.population.rules import rules
        >>> from wom.schedule import Shock
        >>> begun = start(wom.load("retailer/today"))
        >>> rule = rules(begun.inputs.parameters, begun.hidden, Shock(), 1)
        >>> crowd = gathered(begun.state, np.array([50_000.0]), np.array([1000]), Streams(0))
        >>> ordinary = Experiences(np.array([0]), np.array([ORDINARY]), np.array([0]), np.array([0.5]))
        >>> len(told(rule, ordinary, np.array([3]), crowd, Habits(), np.random.default_rng(0)).teller)
        0
    """
    segment = crowd.segment[customers[known.who]]
    told_kinds = known.kind < ORDINARY
    chance = told_chance(
        known.place[told_kinds].astype(np.float64),
        rule.rates[known.kind[told_kinds], segment[told_kinds]],
        rule.most[segment[told_kinds]],
    )
    chosen = np.flatnonzero(told_kinds)[random.random(len(chance)) < chance]
    kind = known.kind[chosen]
    mean = rule.reach[kind, segment[chosen]]
    people = np.empty(len(chosen), dtype=np.int64)
    for bad, dispersion in ((False, habits.dispersion_good), (True, habits.dispersion_bad)):
        these = (kind == BAD) == bad
        if dispersion is None:
            people[these] = random.poisson(mean[these])
        else:
            people[these] = random.negative_binomial(dispersion, dispersion / (dispersion + mean[these]))
    return Stories(customers[known.who[chosen]], kind, known.when[chosen], people)


def talk(world: World, rule: Rules, stories: Stories, purpose: str, month: int) -> tuple[Integers, Flows]:
    """Stories are heard and prospects' impressions follow (steps 4 and 5).

    Returns:
        Bad messages heard by everybody, and the month's flows of talk.

    Example:
        One story of a bad experience, told to so many that some of them belong to the market:

        >>> import wom
        >>> from wom.anchoring import start
        >>> from wom.population.audience import WellMixed
        >>> from wom.population.crowd import Habits, Streams, gathered
        >>> from wom.population.records import Records
        >>> from wom.population.rules import rules
        >>> from wom.population.world import Rating, World
        >>> from wom.schedule import Shock
        >>> begun, streams = start(wom.load("retailer/today")), Streams(0)
        >>> rule = rules(begun.inputs.parameters, begun.hidden, Shock(), 1)
        >>> crowd = gathered(begun.state, np.array([50_000.0]), np.array([1000]), streams)
        >>> nobody = np.zeros((2, 1000), dtype=np.bool_)
        >>> world = World(crowd, WellMixed(crowd), Rating(0, 0, 4.0), Habits(), streams, Records(False), nobody)
        >>> bad = Stories(np.array([0]), np.array([BAD]), np.array([0.5]), np.array([500]))
        >>> heard_bad, flows = talk(world, rule, bad, "audience", 0)
        >>> bool(heard_bad.sum() == flows.talk["messages_bad"] > 0), flows.talk["messages_good"]
        (True, 0.0)
    """
    crowd, random = world.crowd, world.streams.of(purpose, month)
    inside = random.binomial(stories.told, rule.audience)
    story, hearer = world.audience.hearers(stories.teller, inside, rule.homophily, random)
    tone, when = _TONE[stories.kind[story]], stories.when[story]
    prospects = crowd.status == PROSPECT
    mine = prospects[hearer]
    forget = rule.impression_reset
    last_event(
        crowd.feeling,
        prospects,
        hearer[mine],
        when[mine],
        tone[mine],
        float(forget[0]) if len(forget) == 1 else forget[crowd.segment],
        random,
    )
    flows = Flows()
    segment = crowd.segment[stories.teller]
    tones = (("good", FAVOURABLE, stories.kind != BAD), ("bad", WARY, stories.kind == BAD))
    for (name, this, kinds), ever in zip(tones, world.reached, strict=True):
        flows.columns[f"people_told_{name}"] = by_segment(segment[kinds], crowd, stories.told[kinds])
        heard = hearer[tone == this]
        ever[heard] = True
        flows.talk[f"messages_{name}"] = float(len(heard))
        flows.talk[f"people_reached_{name}"] = float(len(np.unique(heard)))
        flows.talk[f"people_ever_reached_{name}"] = float(ever.sum())
    return np.bincount(hearer[tone == WARY], minlength=crowd.people), flows
