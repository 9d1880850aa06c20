"""Everyone in a market as arrays, the chance that moves them, and one month of their life.

The month's steps are in the order of section 5 of the model.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import engine
from ..anchoring import Start
from ..engine import Hidden, State, experienced, review_contacts
from ..errors import InputError
from ..processes import CONTENT, DELIGHTED, DISAPPOINTED, FAVOURABLE, NEUTRAL, WARY, contribution, stories
from ..units import Array, Number, mapped
from ..words import adding_up
from .networks import Integers, Network, generator

CUSTOMER, PROSPECT, AVOIDER = 0, 1, 2
"""What a person is; mood or impression is the other half of the state."""

PURPOSES = (
    "start", "places", "experiences", "moods", "stories", "audience", "impressions", "payments", "reviews",
    "choices", "departures", "returns", "newcomers", "settling", "survey", "past", "recoveries",
)  # fmt: skip
"""Each draws from a stream of its own: more draws for one leave the others as they are. Append, never reorder."""

_AT_ONCE = 2_000_000
"""Acquaintances looked at together; bounds memory to about 100 MB."""

GOOD, BAD, RECOVERED, ORDINARY = 0, 1, 2, 3
"""Kinds of experiences, in this order wherever arrays have an axis of kinds; the first three are told."""

_TONE = np.array([FAVOURABLE, WARY, FAVOURABLE], dtype=np.int8)
"""What a hearer holds after a good, bad or recovered story."""

_MOOD = np.array([DELIGHTED, DISAPPOINTED, DISAPPOINTED], dtype=np.int8)
"""What a customer holds after a good or bad experience, or a recovered one that was not offset."""

Note = Callable[..., object]
"""Called with the name of what happened, its month (below 0 for what was before the first) and a column each of
numbers: joined (account, segment, recommended), left (account), payments (account, when, amount), experiences
(account, kind, when), stories (kind, when, told), reviews (when, stars). `when`: from 0 to 1, within the month."""

_MESSAGES = 100
"""Of one tone in a month; nobody hears more and notices."""


@dataclass(frozen=True)
class Streams:
    """Chance, one stream for each purpose and month: runs of one seed are equal until what they do differs."""

    seed: int

    def __post_init__(self) -> None:
        generator(self.seed)

    def of(self, purpose: str, month: int = 0) -> np.random.Generator:
        """The stream of a purpose in a month."""
        key = (PURPOSES.index(purpose), month)
        return np.random.default_rng(np.random.SeedSequence(int(self.seed), spawn_key=key))


@dataclass(frozen=True)
class Habits:
    """How people differ around the model's means; none of it changes a mean.

    Args:
        dispersion_good, dispersion_bad: k of a negative binomial number of people told per story, whose variance
            is mean + mean²/k (`wom.reach`); None for a Poisson number. Recovered experiences go with the good.
        payments_per_month: of a customer, a Poisson number; None for exactly one.
        payment_spread: standard deviation over mean of one customer's payments, gamma distributed.
        customer_spread: standard deviation over mean of customers' levels of spending, gamma distributed.
        visit_spread: standard deviation over mean of customers' payments per month, gamma distributed.

    Raises:
        InputError: a value out of bounds.
    """

    dispersion_good: float | None = None
    dispersion_bad: float | None = None
    payments_per_month: float | None = None
    payment_spread: float = 0.0
    customer_spread: float = 0.0
    visit_spread: float = 0.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            least = 0.0 if name.endswith("spread") else np.nextafter(0.0, 1.0)
            if value is not None and not (value >= least and math.isfinite(value)):
                allowed = "0 or more" if least == 0.0 else "above 0, or None"
                raise InputError(f"must be {allowed}, is {value:g}", name)
        if self.visit_spread and self.payments_per_month is None:
            raise InputError("needs payments_per_month: everybody pays exactly once a month", "visit_spread")


def about_one(random: np.random.Generator, spread: float, count: int) -> Array:
    """Gamma numbers with mean 1 and this standard deviation; ones where it is 0."""
    return np.ones(count) if spread == 0 else random.gamma(spread**-2, spread**2, count)


# --- Everyone in the market ---


@dataclass
class Crowd:
    """Everyone in the market; people of a segment stand side by side."""

    start: Integers
    """First person of each segment, and the number of all, shape (segments + 1,)."""
    segment: NDArray[np.int16]
    status: NDArray[np.int8]
    """CUSTOMER, PROSPECT or AVOIDER."""
    feeling: NDArray[np.int8]
    """Mood or impression: 0 neutral, 1 good, 2 bad; 0 for avoiders."""
    account: NDArray[np.int32]
    """Number of a customer's current relation to the business; who comes back gets a new one."""
    level: Array = field(default_factory=lambda: np.empty(0))
    """Of spending of an account, around 1."""
    visits: Array = field(default_factory=lambda: np.empty(0))
    """Payments a month of an account, around 1."""
    accounts: int = 0
    """Given so far."""

    @property
    def people(self) -> int:
        """How many."""
        return len(self.status)

    def counts(self) -> Integers:
        """People by state, shape (9, segments): status·3 + feeling."""
        parts = np.split(self.status * np.int8(3) + self.feeling, self.start[1:-1])
        return np.stack([np.bincount(part, minlength=9) for part in parts], axis=1)

    def by_segment(self, segment: NDArray[np.int16], weights: Array | Integers | None = None) -> Array:
        """How many in each segment, or the sum of their weights, such as currency paid, shape (segments,)."""
        return np.bincount(segment, weights, minlength=len(self.start) - 1).astype(np.float64)

    def enrol(self, who: Integers, habits: Habits, random: np.random.Generator) -> Integers:
        """New numbers, and habits, for people who become customers."""
        numbers = self.accounts + np.arange(len(who))
        self.accounts += len(who)
        self.account[who] = numbers
        self.level = np.concatenate([self.level, about_one(random, habits.customer_spread, len(who))])
        self.visits = np.concatenate([self.visits, about_one(random, habits.visit_spread, len(who))])
        return numbers


def apportioned(size: Array, scale: float) -> Integers:
    """Whole people in each segment: their sum is that of size·scale, rounded; the largest remainders round up."""
    if not (scale > 0 and math.isfinite(scale)):
        raise InputError(f"must be above 0, is {scale:g}", "scale")
    whole = np.array(adding_up((size * scale).tolist(), 0), np.int64)
    if whole.min() < 1:
        raise InputError(f"leaves a segment without people, is {scale:g}", "scale")
    return whole


def crowd_at(state: State, size: Array, people: Integers, streams: Streams) -> Crowd:
    """A crowd in the states of month 0, each state held by people drawn by chance within their segment.

    Numbers become whole by one draw u per segment: state k gets ⌊S_k + u⌋ − ⌊S_{k−1} + u⌋ people of the running
    sums S, which is right on average and keeps their total.
    """
    random = streams.of("start")
    shares = np.concatenate([state.customers, state.prospects, state.avoiders[np.newaxis]])[:, :, 0] / size
    running = np.cumsum(shares * people, axis=0)
    running = np.minimum(running, people)  # what rounding puts on top
    running[-1] = people
    counts = np.diff(np.floor(running + random.random(len(people))), axis=0, prepend=0.0).astype(np.int64)
    states = [random.permutation(np.repeat(np.arange(7, dtype=np.int8), counts[:, i])) for i in range(len(people))]
    status, feeling = np.divmod(np.concatenate(states), np.int8(3))
    return Crowd(
        start=np.concatenate([[0], np.cumsum(people)]),
        segment=np.repeat(np.arange(len(people), dtype=np.int16), people),
        status=status,
        feeling=feeling,
        account=np.full(int(people.sum()), -1, dtype=np.int32),
    )


def last_event(
    feeling: NDArray[np.int8],
    held: NDArray[np.bool_] | None,
    who: Integers,
    when: Array,
    what: NDArray[np.int8],
    forget: Number,
    random: np.random.Generator,
) -> None:
    """Set feelings by the last event of the month, in place: the last-event kernel for one person each.

    A feeling that stands since time t is forgotten within the month with probability 1 − e^(−forget·(1 − t));
    t = 0 where nothing happened. With Poisson events at uniform times the expectation is `wom.processes.kernel`.
    An event is a person (`who`), a time from 0 to 1 (`when`) and a new feeling (`what`); only feelings that are
    `held` can be forgotten, all where it is None.
    """
    order = np.argsort(when, kind="stable")
    since = np.zeros(len(feeling))
    feeling[who[order]] = what[order]  # of several for one person the last one stays
    since[who[order]] = when[order]
    marked = np.flatnonzero(feeling > 0 if held is None else held & (feeling > 0))
    hazard = forget if np.ndim(forget) == 0 else np.asarray(forget)[marked]
    gone = random.random(len(marked)) < -np.expm1(-hazard * (1.0 - since[marked]))
    feeling[marked[gone]] = 0


# --- Who hears a story: anybody, with a leaning to the teller's own segment, or the teller's acquaintances ---


@dataclass(frozen=True)
class Audience:
    """Well mixed, anybody hears: with chance h one of the teller's segment, else one of the market.

    A person of segment i hears h·m_i/M_i + (1 − h)·Σm/ΣM messages on average, as in `wom.processes.exposure`. On a
    network different acquaintances of the teller hear a story, all of them if it is told to more; h is not used
    there, as the network has its own.
    """

    crowd: Crowd
    network: Network | None
    node: Integers
    """Where each person stands in the network."""
    person: Integers
    """Who stands at each node."""

    def hearers(
        self, teller: Integers, count: Integers, homophily: float, random: np.random.Generator
    ) -> tuple[Integers, Integers]:
        """Story and hearer of each message, sorted by story; `count` people of this market are told each."""
        if self.network is None:
            story = np.repeat(np.arange(len(teller)), count)
            low, high = np.zeros(len(story), dtype=np.int64), np.full(len(story), self.crowd.people)
            if len(self.crowd.start) > 2:
                segment = self.crowd.segment[teller[story]]
                own = random.random(len(story)) < homophily
                low = np.where(own, self.crowd.start[segment], low)
                high = np.where(own, self.crowd.start[segment + 1], high)
            return story, low + (random.random(len(story)) * (high - low)).astype(np.int64)
        node = self.node[teller]
        first, degree = self.network.indptr[node], self.network.degrees[node]
        told = np.flatnonzero(np.minimum(count, degree))
        ends = np.cumsum(degree[told])
        cuts = np.searchsorted(ends, np.arange(_AT_ONCE, ends[-1] if len(ends) else 0, _AT_ONCE))
        found = [np.empty((2, 0), dtype=np.int64)]
        for part in np.split(told, np.unique(cuts)):  # all acquaintances in random order, cut off
            row = np.repeat(part, degree[part])
            rank = np.arange(len(row)) - np.repeat(np.cumsum(degree[part]) - degree[part], degree[part])
            chosen = np.lexsort((random.random(len(row)), row))[rank < count[row]]
            found.append(np.stack([row[chosen], (first[row] + rank)[chosen]]))
        story, place = np.concatenate(found, axis=1)
        return story, self.person[self.network.indices[place]]


def audience(crowd: Crowd, network: Network | None, streams: Streams) -> Audience:
    """How stories find hearers in a crowd; an InputError where the network has another number of people."""
    node = np.arange(crowd.people)
    if network is not None:
        if network.size != crowd.people:
            raise InputError(
                f"has {network.size:,} people and the population {crowd.people:,}; make a network of that size, "
                f"or use scale {network.size / crowd.people:.6g} times as large",
                "network",
            )
        node = node if network.in_order else streams.of("places").permutation(crowd.people)
    return Audience(crowd, network, node, np.argsort(node))


# --- What a month holds for one person ---


class Rules(NamedTuple):
    """Of one month: the engine's, and what differs between kinds of experiences, shape (4, segments)."""

    common: engine.Rules
    """Without the axis of draws: (segments,) or (3, segments)."""
    rates: Array
    """Experiences per customer."""
    cost: Array
    """Currency of serving one."""
    posting: Array
    """Chance of a review."""
    stars: Array
    """In a review, on average."""
    reach: Array
    """People told per story, shape (3, segments)."""
    mood_reset: Array
    """Hazard per month to forget a mood, shape (segments,)."""
    offset: Array
    """ω, of recovered experiences those that leave the mood as it was."""
    most: Array
    """φ, stories of one kind."""


def course(begin: Start) -> Iterator[Rules]:
    """The rules of each month of a run with its plan, for one person."""
    inputs, segments = begin.inputs, len(begin.inputs.segments)

    def each(value: Array | float) -> Array:
        array = np.asarray(value)
        return np.broadcast_to(array[..., 0] if array.ndim else array, (*array.shape[:-2], segments))

    def by_kind(*parts: Array | float) -> Array:
        return np.stack([each(part) for part in parts])

    months = engine.rules_by_month(inputs.parameters, begin.hidden, inputs.horizon_months, inputs.schedule)
    for values, shock, common in months:
        rates = experienced(values, shock)
        neutral = np.maximum(review_contacts(values, shock)[1] - rates.recovered, 0.0)
        prices = [values[f"economics.cost_per_{what}"] for what in ("contact", "bad_contact", "recovery")]
        posts = ("good", "bad", "neutral", "neutral")  # whoever was put right posts as after a neutral contact
        reach = [values[f"word_of_mouth.reach_{kind}"] for kind in ("good", "bad", "recovered")]
        yield Rules(
            common=mapped(common, each),
            rates=by_kind(rates.good, rates.bad, rates.recovered, neutral),
            cost=by_kind(prices[0], prices[0] + prices[1], sum(prices), prices[0]),
            posting=by_kind(*(values[f"reviews.posting_{kind}"] for kind in posts)),
            stars=by_kind(*(values[f"reviews.stars_{kind}"] for kind in posts)),
            reach=by_kind(reach[GOOD], reach[BAD] * shock.bad_reach, reach[RECOVERED]),
            mood_reset=each(1.0 / values["experience.memory_months"]),
            offset=each(values["experience.recovery_offset"]),
            most=each(values["word_of_mouth.stories_per_month"]),
        )


def told_chance(place: Array, rate: Array, most: Array) -> Array:
    """Chance that an experience becomes a story, so that a customer tells T(x) = φ·(1 − e^(−x/φ)) on average.

    Of a customer's experiences of one kind in a month, a Poisson number with mean x (`rate`), one is number 0,
    another number 1, and so on, in no particular order. With φ (`most`) ≥ 1 number j (`place`) is told with
    chance (1 − 1/φ)^j: k experiences make φ·(1 − (1 − 1/φ)^k) stories, and the mean over k is T(x). With φ < 1
    only number 0 is told, with chance T(x)/(1 − e^(−x)); no rule on k alone has the mean T(x) there.
    """
    often = np.maximum(1.0 - 1.0 / most, 0.0) ** place
    any_at_all = -np.expm1(-rate)
    seldom = (place == 0) * stories(rate, most) / np.where(any_at_all > 0, any_at_all, 1.0)
    return np.where(most >= 1.0, often, seldom)


def staying(hazard: Array, log_churn: Array, log_loyalty: Array, most_bad: int, most_good: int) -> Array:
    """Chance that a customer who heard so many bad and good messages stays for the month.

    S(y, z) = Σ_k (−Λ)^k/k! · (1 + k·ln χ)^y · (1 + k·ln χ+)^z

    With Poisson numbers y and z of messages, x− and x+ on average, the mean of S is e^(−Λ·χ^x−·χ+^x+), the
    engine's chance of staying, and no other function has that mean for every x− and x+. To first order in the
    hazard, each message multiplies it by 1 + ln χ or 1 + ln χ+. Where the sum is no chance, after many more
    messages than are usual, nobody stays (bad ones) or one more changes nothing (good ones). With bad ones alone
    departures are too few by less than 0.4 % of them where Λ ≤ 0.25, ln χ ≤ 0.5 and x− ≤ 1; a ln χ+ below −1
    counts as little more than −1, at which one good message takes away all of the hazard. Shape (most_bad + 1,
    most_good + 1, *shape of hazard); chances after more than 100 messages are those after 100.
    """
    level = np.minimum(hazard, 20.0)  # two in a billion stay
    ones = (1,) * np.ndim(hazard)
    bad = np.arange(min(most_bad, _MESSAGES) + 1.0).reshape(-1, 1, *ones)
    good = np.arange(min(most_good, _MESSAGES) + 1.0).reshape(1, -1, *ones)
    sums, term = np.zeros(np.broadcast_shapes(bad.shape, good.shape, (1, 1, *level.shape))), np.ones_like(level)
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows counts as no chance
        for k in range(120):  # of a series in 20^k/k!: the last term is below 1e-40
            sums += term * np.power(1.0 + k * log_churn, bad) * np.power(1.0 + k * log_loyalty, good)
            term = -term * level / (k + 1.0)
    chance = np.where(sums > 0, np.minimum(sums, 1.0), 0.0)
    chance = np.where(np.logical_and.accumulate(chance > 0), chance, 0.0)
    falls = np.diff(chance, axis=1) < 0  # rounding, or no chance at all: what was heard before is all that counts
    counted = np.concatenate([np.ones_like(chance[:, :1], np.bool_), ~np.logical_or.accumulate(falls, axis=1)], 1)
    chance = np.maximum.accumulate(np.where(counted, chance, 0.0), axis=1)
    rows, columns = (np.minimum(np.arange(most + 1), _MESSAGES) for most in (most_bad, most_good))
    return chance[rows][:, columns]


# --- Experiences, stories and who hears them: steps 1, 4 and 5 ---


@dataclass
class World:
    """Everything that a month changes, and what it needs."""

    crowd: Crowd
    audience: Audience
    hidden: Hidden
    reviews: float
    """Posted and not yet forgotten."""
    review_stars: float
    habits: Habits
    streams: Streams
    note: Note
    reached: NDArray[np.bool_]
    """Who has heard since month 0, good and bad, shape (2, people)."""

    @property
    def rating(self) -> float:
        """Stars now; nan if nobody posts."""
        return self.review_stars / self.reviews if self.reviews > 0 else float(self.hidden.stars.item())


class Experiences(NamedTuple):
    """What customers experience in a month, one entry each."""

    who: Integers
    """Place in the list of customers."""
    kind: Integers
    place: Integers
    """Among that customer's experiences of that kind, no matter in which order."""
    when: Array
    """From 0 to 1, within the month."""


class Stories(NamedTuple):
    """What is told in a month, one entry per story."""

    teller: Integers
    """Person."""
    kind: Integers
    """Of the experience."""
    when: Array
    told: Integers
    """People told, in the market and outside it."""


def experiences(rule: Rules, segment: NDArray[np.int16], random: np.random.Generator) -> Experiences:
    """A Poisson number of experiences of each kind for each customer, at any time of the month."""
    counts = random.poisson(rule.rates[:, segment]).ravel()
    held = np.repeat(np.arange(len(counts)), counts)
    place = np.arange(len(held)) - np.repeat(np.cumsum(counts) - counts, counts)
    kind, who = np.divmod(held, max(len(segment), 1))
    return Experiences(who, kind, place, random.random(len(held)))


def told(
    world: World, rule: Rules, known: Experiences, customers: Integers, random: np.random.Generator
) -> Stories:
    """Which experiences become stories, and how many people hear each, in the market and outside it."""
    segment = world.crowd.segment[customers[known.who]]
    may = known.kind < ORDINARY
    chance = told_chance(
        known.place[may].astype(np.float64), rule.rates[known.kind[may], segment[may]], rule.most[segment[may]]
    )
    chosen = np.flatnonzero(may)[random.random(len(chance)) < chance]
    kind = known.kind[chosen]
    mean = rule.reach[kind, segment[chosen]]
    people = np.empty(len(chosen), dtype=np.int64)
    for bad, dispersion in ((False, world.habits.dispersion_good), (True, world.habits.dispersion_bad)):
        these = (kind == BAD) == bad
        if dispersion is None:
            people[these] = random.poisson(mean[these])
        else:
            people[these] = random.negative_binomial(dispersion, dispersion / (dispersion + mean[these]))
    return Stories(customers[known.who[chosen]], kind, known.when[chosen], people)


def talk(
    world: World, rule: Rules, told: Stories, purpose: str, month: int
) -> tuple[list[Integers], dict[str, Array], dict[str, float]]:
    """Stories are heard and prospects' impressions follow (steps 4 and 5).

    Good and bad messages heard by everybody, people told by segment, and of the whole market messages heard and
    different people who heard any this month and ever, by tone.
    """
    crowd, random = world.crowd, world.streams.of(purpose, month)
    inside = random.binomial(told.told, world.hidden.audience_share.item())
    story, hearer = world.audience.hearers(told.teller, inside, rule.common.homophily.flat[0], random)
    tone, when = _TONE[told.kind[story]], told.when[story]
    prospects = crowd.status == PROSPECT
    mine, forget = prospects[hearer], rule.common.impression_reset
    hazard = float(forget[0]) if len(forget) == 1 else forget[crowd.segment]
    last_event(crowd.feeling, prospects, hearer[mine], when[mine], tone[mine], hazard, random)
    messages, people, flows = [], {}, {}
    segment = crowd.segment[told.teller]
    tones = (("good", FAVOURABLE, told.kind != BAD), ("bad", WARY, told.kind == BAD))
    for (name, this, kinds), ever in zip(tones, world.reached, strict=True):
        people[f"people_told_{name}"] = crowd.by_segment(segment[kinds], told.told[kinds])
        heard = hearer[tone == this]
        ever[heard] = True
        messages.append(np.bincount(heard, minlength=crowd.people))
        flows[f"messages_{name}"] = float(len(heard))
        flows[f"people_reached_{name}"] = float((messages[-1] > 0).sum())
        flows[f"people_ever_reached_{name}"] = float(ever.sum())
    return messages, people, flows


def step(
    world: World, rule: Rules, month: int, season: tuple[float, float] = (1.0, 1.0)
) -> tuple[dict[str, Array], dict[str, float]]:
    """One month, which changes the crowd and the rating: columns of `wom.engine.Month` by segment, and talk."""
    crowd, streams, note = world.crowd, world.streams, world.note
    counts = crowd.counts()
    customers, avoiders = np.flatnonzero(crowd.status == CUSTOMER), np.flatnonzero(crowd.status == AVOIDER)
    segment, mood = crowd.segment[customers], crowd.feeling[customers]

    known = experiences(rule, segment, streams.of("experiences", month))
    note("experiences", month, crowd.account[customers[known.who]], known.kind, known.when)
    service = crowd.by_segment(segment[known.who], rule.cost[known.kind, segment[known.who]])

    moving = known.kind < RECOVERED
    mended = np.flatnonzero(known.kind == RECOVERED)
    left_as_is = rule.offset[segment[known.who[mended]]]
    moving[mended] = streams.of("recoveries", month).random(len(mended)) >= left_as_is
    what, forget = _MOOD[known.kind[moving]], rule.mood_reset[segment]
    last_event(mood, None, known.who[moving], known.when[moving], what, forget, streams.of("moods", month))
    revenue = _pay(world, rule, customers, mood, month, season[0])

    stories = told(world, rule, known, customers, streams.of("stories", month))
    note("stories", month, stories.kind, stories.when, stories.told)
    heard, people_told, talked = talk(world, rule, stories, "audience", month)

    _review(world, rule, known, segment, month)
    came, chosen = _choose(world, rule, month, season[1])

    random = streams.of("departures", month)
    ours = rule.common
    good, bad = (messages[customers] for messages in heard)
    if not ours.log_loyalty_ratio.any():
        good = np.zeros_like(good)  # changes nothing, and needs no table
    most = int(bad.max(initial=0)), int(good.max(initial=0))
    stays = staying(ours.hazard, ours.log_churn_ratio, ours.log_loyalty_ratio, *most)
    leaves = random.random(len(customers)) >= stays[bad, good, mood, segment]
    avoids = leaves & (mood == DISAPPOINTED)
    avoids &= random.random(len(customers)) < ours.avoid_share[segment]
    comes_back = streams.of("returns", month).random(len(avoiders)) < ours.return_share[crowd.segment[avoiders]]
    back = avoiders[comes_back]

    crowd.feeling[customers] = mood
    lost = customers[leaves]
    note("left", month, crowd.account[lost])
    crowd.status[lost] = np.where(avoids[leaves], AVOIDER, PROSPECT)
    crowd.status[back] = PROSPECT
    crowd.feeling[lost] = crowd.feeling[back] = NEUTRAL
    crowd.account[lost] = -1

    recommended = crowd.feeling[came] == FAVOURABLE
    numbers = crowd.enrol(came, world.habits, streams.of("newcomers", month))
    note("joined", month, numbers, crowd.segment[came], recommended)
    crowd.status[came], crowd.feeling[came] = CUSTOMER, CONTENT

    new, on_advice, incremental = (chosen[f"{name}_customers"] for name in ("new", "recommended", "incremental"))
    paid = new - incremental, ours.acquisition_cost, on_advice, ours.reward, service
    columns = {
        "revenue": revenue,
        "contribution": contribution(revenue, ours.margin_share, *paid),
        "customers": counts[:3].sum(axis=0),
        "prospects": counts[3:6].sum(axis=0),
        "lost_customers": crowd.by_segment(crowd.segment[lost]),
        "stars": np.full(1, world.rating),
    }
    states = {"content": 0, "delighted": 1, "disappointed": 2, "favourable": 4, "wary": 5, "avoiders": 6}
    return columns | {name: counts[place] for name, place in states.items()} | chosen | people_told, talked


def _pay(
    world: World, rule: Rules, customers: Integers, mood: NDArray[np.int8], month: int, season: float
) -> Array:
    """Customers pay by mood, habit and season (step 3); the currency by segment."""
    crowd, habits = world.crowd, world.habits
    segment, account = crowd.segment[customers], crowd.account[customers]
    random = world.streams.of("payments", month)
    amount = rule.common.spend[mood, segment] * season * crowd.level[account]
    who = np.arange(len(customers))
    if (usual := habits.payments_per_month) is not None:
        who = np.repeat(who, random.poisson(usual * crowd.visits[account]))
        amount = amount / usual
    paid = amount[who] * about_one(random, habits.payment_spread, len(who))
    world.note("payments", month, account[who], random.random(len(who)), paid)
    return crowd.by_segment(segment[who], paid)


def _review(world: World, rule: Rules, known: Experiences, segment: NDArray[np.int16], month: int) -> None:
    """Experiences are posted and the rating follows (step 6); a mean of 1.5 stars is 1 or 2 by chance."""
    random = world.streams.of("reviews", month)
    own = segment[known.who]
    posts = np.flatnonzero(random.random(len(own)) < rule.posting[known.kind, own])
    mean = rule.stars[known.kind[posts], own[posts]]
    stars = np.floor(mean + random.random(len(posts)))
    stay = float(rule.common.review_stay[0])
    world.reviews = world.reviews * stay + len(posts)
    world.review_stars = world.review_stars * stay + float(stars.sum())
    world.note("reviews", month, known.when[posts], stars)


def _choose(world: World, rule: Rules, month: int, season: float) -> tuple[Integers, dict[str, Array]]:
    """Prospects choose (step 7): who comes, and the flows of newcomers.

    One number u decides for a person whatever they heard: they come if u < p. So whoever comes with a favourable
    impression and u ≥ p0 came because of it, and whoever stays away with a wary one and u < p0 was deterred.
    """
    crowd = world.crowd
    chance = engine.choice(rule.common, world.hidden, np.asarray(world.rating), season)
    u = world.streams.of("choices", month).random(crowd.people)
    near = np.flatnonzero((u < chance.max(axis=0)[crowd.segment]) & (crowd.status == PROSPECT))
    segment, impression = crowd.segment[near], crowd.feeling[near]
    comes = u[near] < chance[impression, segment]
    anyway = u[near] < chance[NEUTRAL, segment]
    good, bad = impression == FAVOURABLE, impression == WARY

    def count(which: NDArray[np.bool_]) -> Array:
        return crowd.by_segment(segment[which])

    return near[comes], {
        "new_customers": count(comes),
        "recommended_customers": count(comes & good),
        "incremental_customers": count(comes & good & ~anyway) - count(anyway & good & ~comes),
        "deterred_customers": count(anyway & bad & ~comes) - count(comes & bad & ~anyway),
    }
