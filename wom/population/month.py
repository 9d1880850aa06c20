"""One month of everybody's life, in the order of section 5 of the model."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..processes import CONTENT, DISAPPOINTED, FAVOURABLE, NEUTRAL, WARY, contribution, purchase_probability
from ..units import Array
from .crowd import AVOIDER, CUSTOMER, PROSPECT, about_one, last_event
from .networks import Integers
from .rules import RECOVERED, Rules, staying
from .talk import Experiences, experiences, talk, told
from .world import Flows, World, by_segment


def step(world: World, rule: Rules, month: int) -> Flows:
    """One month; changes the crowd and the rating.

    Example:
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
        >>> customers = np.flatnonzero(crowd.status == CUSTOMER)
        >>> accounts = crowd.enrol(customers, world.habits, streams.of("past"))
        >>> flows = step(world, rule, 0).columns
        >>> after = int((crowd.status == CUSTOMER).sum())
        >>> after == len(customers) + flows["new_customers"].item() - flows["lost_customers"].item()
        True
    """
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
    revenue = _pay(world, rule, customers, mood, month)

    stories = told(rule, known, customers, crowd, world.habits, streams.of("stories", month))
    records.stories(month, stories)
    heard_bad, flows = talk(world, rule, stories, "audience", month)

    _review(world, rule, known, segment, month)
    came, chosen = _choose(world, rule, month)

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
        "lost_customers": by_segment(crowd.segment[lost], crowd),
        "stars": np.full(counts.shape[1], world.rating.value),
    }
    return flows


def _pay(world: World, rule: Rules, customers: Integers, mood: NDArray[np.int8], month: int) -> Array:
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
    return by_segment(segment[who], crowd, paid)


def _review(world: World, rule: Rules, known: Experiences, segment: NDArray[np.int16], month: int) -> None:
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


def _choose(world: World, rule: Rules, month: int) -> tuple[Integers, dict[str, Array]]:
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
        return by_segment(segment[which], crowd)

    return near[comes], {
        "new_customers": count(comes),
        "recommended_customers": count(comes & good),
        "incremental_customers": count(comes & good & ~anyway) - count(anyway & good & ~comes),
        "deterred_customers": count(anyway & bad & ~comes) - count(comes & bad & ~anyway),
    }
