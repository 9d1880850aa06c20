"""One month of everybody's life, in the order of section 5 of the model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..demand import purchase_probability
from ..economics import contribution
from ..experience import CONTENT, DISAPPOINTED, FAVOURABLE, NEUTRAL, WARY
from ..units import Array
from .audience import Audience
from .crowd import AVOIDER, CUSTOMER, PROSPECT, Crowd, Habits, Stories, Streams, about_one, last_event
from .networks import Integers
from .records import Records
from .rules import BAD, RECOVERED, Rules, staying, told_chance
from .rules import NEUTRAL as ORDINARY

_TONE = np.array([FAVOURABLE, WARY, FAVOURABLE], dtype=np.int8)
"""What a hearer holds after a good, bad or recovered story."""


@dataclass
class Rating:
    """The stock of reviews of the business."""

    reviews: float
    stars: float
    """The sum of theirs."""
    today: float
    """Stars at anchoring; nan if nobody posts."""

    @property
    def value(self) -> float:
        """Stars now."""
        return self.stars / self.reviews if self.reviews > 0 else self.today


class Experiences(NamedTuple):
    """What customers experience in a month, one entry each."""

    who: Integers
    """Place in the list of customers."""
    kind: Integers
    place: Integers
    """Among that customer's experiences of that kind, no matter in which order."""
    when: Array
    """From 0 to 1, within the month."""


@dataclass
class Flows:
    """What a month brought, people by segment unless said otherwise."""

    columns: dict[str, Array] = field(default_factory=dict)
    """As `wom.model.Month`, shape (segments,) each."""
    talk: dict[str, float] = field(default_factory=dict)
    """Of the whole market: messages heard, and different people who heard any this month and ever, by tone."""


@dataclass
class World:
    """Everything that a month changes, and what it needs."""

    crowd: Crowd
    audience: Audience
    rating: Rating
    habits: Habits
    streams: Streams
    records: Records
    reached: NDArray[np.bool_]
    """Who has heard since month 0, good and bad, shape (2, people)."""


def experiences(rule: Rules, segment: NDArray[np.int16], random: np.random.Generator) -> Experiences:
    """A Poisson number of experiences of each kind for each customer, at any time of the month."""
    counts = random.poisson(rule.rates[:, segment]).ravel()
    held = np.repeat(np.arange(len(counts)), counts)
    place = np.arange(len(held)) - np.repeat(np.cumsum(counts) - counts, counts)
    kind, who = np.divmod(held, max(len(segment), 1))
    return Experiences(who, kind, place, random.random(len(held)))


def told(
    rule: Rules, known: Experiences, customers: Integers, crowd: Crowd, habits: Habits, random: np.random.Generator
) -> Stories:
    """Which experiences become stories, and how many people hear each, in the market and outside it."""
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
        flows.columns[f"people_told_{name}"] = _by_segment(segment[kinds], crowd, stories.told[kinds])
        heard = hearer[tone == this]
        ever[heard] = True
        flows.talk[f"messages_{name}"] = float(len(heard))
        flows.talk[f"people_reached_{name}"] = float(len(np.unique(heard)))
        flows.talk[f"people_ever_reached_{name}"] = float(ever.sum())
    return np.bincount(hearer[tone == WARY], minlength=crowd.people), flows


def step(world: World, rule: Rules, month: int) -> Flows:
    """One month; changes the crowd and the rating."""
    crowd, streams, records = world.crowd, world.streams, world.records
    counts = crowd.counts()
    customers, avoiders = np.flatnonzero(crowd.status == CUSTOMER), np.flatnonzero(crowd.status == AVOIDER)
    segment = crowd.segment[customers]

    known = experiences(rule, segment, streams.of("experiences", month))
    records.experiences(month, crowd.account[customers[known.who]], known.kind, known.when)

    mood = crowd.feeling[customers]
    moving = known.kind < RECOVERED
    last_event(
        mood,
        None,
        known.who[moving],
        known.when[moving],
        (known.kind[moving] + 1).astype(np.int8),
        rule.mood_reset[segment],
        streams.of("moods", month),
    )
    revenue = pay(world, rule, customers, mood, month)

    stories = told(rule, known, customers, crowd, world.habits, streams.of("stories", month))
    records.stories(month, stories)
    heard_bad, flows = talk(world, rule, stories, "audience", month)

    review(world, rule, known, segment, month)
    came, chosen = choose(world, rule, month)

    random = streams.of("departures", month)
    heard = heard_bad[customers]
    stays = staying(rule.hazard, rule.log_churn_ratio, int(heard.max(initial=0)))
    leaves = random.random(len(customers)) >= stays[heard, mood, segment]
    avoids = leaves & (mood == DISAPPOINTED)
    avoids &= random.random(len(customers)) < rule.avoid_share[segment]
    back = avoiders[
        streams.of("returns", month).random(len(avoiders)) < rule.return_share[crowd.segment[avoiders]]
    ]

    crowd.feeling[customers] = mood
    lost = customers[leaves]
    records.left(month, crowd.account[lost])
    crowd.status[lost] = np.where(avoids[leaves], AVOIDER, PROSPECT)
    crowd.status[back] = PROSPECT
    crowd.feeling[lost] = crowd.feeling[back] = NEUTRAL
    crowd.account[lost] = -1

    recommended = crowd.feeling[came] == FAVOURABLE
    numbers = crowd.enrol(came, world.habits, streams.of("newcomers", month))
    records.joined(month, numbers, crowd.segment[came], recommended)
    crowd.status[came], crowd.feeling[came] = CUSTOMER, CONTENT

    flows.columns |= chosen
    new, incremental = chosen["new_customers"], chosen["incremental_customers"]
    flows.columns |= {
        "revenue": revenue,
        "contribution": contribution(revenue, rule.margin_share, new - incremental, rule.acquisition_cost),
        "customers": counts[:3].sum(axis=0),
        "content": counts[0],
        "delighted": counts[1],
        "disappointed": counts[2],
        "prospects": counts[3:6].sum(axis=0),
        "favourable": counts[4],
        "wary": counts[5],
        "avoiders": counts[6],
        "lost_customers": _by_segment(crowd.segment[lost], crowd),
        "stars": np.full(counts.shape[1], world.rating.value),
    }
    return flows


def pay(world: World, rule: Rules, customers: Integers, mood: NDArray[np.int8], month: int) -> Array:
    """Customers pay by mood and habit (step 3); the currency by segment."""
    crowd, habits = world.crowd, world.habits
    segment, account = crowd.segment[customers], crowd.account[customers]
    random = world.streams.of("payments", month)
    amount = rule.spend[mood, segment] * crowd.level[account]
    who = np.arange(len(customers))
    if (usual := habits.payments_per_month) is not None:
        who = np.repeat(who, random.poisson(usual * crowd.visits[account]))
        amount = amount / usual
    paid = amount[who] * about_one(random, habits.payment_spread, len(who))
    if world.records.kept:
        world.records.payments(month, account[who], random.random(len(who)), paid)
    return _by_segment(segment[who], crowd, paid)


def review(world: World, rule: Rules, known: Experiences, segment: NDArray[np.int16], month: int) -> None:
    """Experiences are posted and the rating follows (step 6); a mean of 1.5 stars is 1 or 2 by chance."""
    random = world.streams.of("reviews", month)
    own = segment[known.who]
    posts = np.flatnonzero(random.random(len(own)) < rule.posting[known.kind, own])
    mean = rule.stars[known.kind[posts], own[posts]]
    stars = np.floor(mean + random.random(len(posts)))
    rating = world.rating
    rating.reviews = rating.reviews * rule.review_stay + len(posts)
    rating.stars = rating.stars * rule.review_stay + float(stars.sum())
    world.records.reviews(month, known.when[posts], stars)


def choose(world: World, rule: Rules, month: int) -> tuple[Integers, dict[str, Array]]:
    """Prospects choose (step 7): who comes, and the flows of newcomers.

    One number u decides for a person whatever they heard: they come if u < p. So whoever comes with a favourable
    impression and u ≥ p0 came because of it, and whoever stays away with a wary one and u < p0 was deterred.
    """
    crowd = world.crowd
    change = world.rating.value - world.rating.today
    rise = rule.per_star * (0.0 if np.isnan(change) else change)
    chance = purchase_probability(rule.odds_against, rule.purchase_rate, rule.reader_share, rise)
    u = world.streams.of("choices", month).random(crowd.people)
    near = np.concatenate(
        [
            a + np.flatnonzero(u[a:b] < chance[:, i].max())
            for i, (a, b) in enumerate(zip(crowd.start[:-1], crowd.start[1:], strict=True))
        ]
    )
    near = near[crowd.status[near] == PROSPECT]
    segment, impression = crowd.segment[near], crowd.feeling[near]
    comes = u[near] < chance[impression, segment]
    anyway = u[near] < chance[NEUTRAL, segment]
    good, bad = impression == FAVOURABLE, impression == WARY

    def count(which: NDArray[np.bool_]) -> Array:
        return _by_segment(segment[which], crowd)

    return near[comes], {
        "new_customers": count(comes),
        "recommended_customers": count(comes & good),
        "incremental_customers": count(comes & good & ~anyway) - count(anyway & good & ~comes),
        "deterred_customers": count(anyway & bad & ~comes) - count(comes & bad & ~anyway),
    }


def _by_segment(segment: NDArray[np.int16], crowd: Crowd, weights: Array | Integers | None = None) -> Array:
    return np.bincount(segment, weights, minlength=len(crowd.start) - 1).astype(np.float64)
