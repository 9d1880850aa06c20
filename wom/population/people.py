"""Everyone in a market as arrays, how they differ, who hears whom, and the chance that moves them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..engine import State
from ..errors import InputError
from ..units import Array, Number
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
        state = self.status * np.int8(3) + self.feeling
        parts = [
            np.bincount(state[a:b], minlength=9) for a, b in zip(self.start[:-1], self.start[1:], strict=True)
        ]
        return np.stack(parts, axis=1)

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
    """Whole people in each segment: their sum is that of size·scale, rounded; the largest remainders round up.

    Raises:
        InputError: the scale is not above 0, or leaves a segment without people.
    """
    if not (scale > 0 and math.isfinite(scale)):
        raise InputError(f"must be above 0, is {scale:g}", "scale")
    exact = size * scale
    whole = np.floor(exact).astype(np.int64)
    spare = round(float(exact.sum())) - int(whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[:spare]] += 1
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

    `feeling`: of everybody, 0 neutral. `held`: who has a feeling that can be forgotten; None for all. `who`,
    `when`, `what`: events: person, time within the month from 0 to 1, new feeling. `forget`: hazard per month, one
    for all or for everybody.
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
class WellMixed:
    """Anybody hears: with chance h one of the teller's segment, else one of the market.

    A person of segment i hears h·m_i/M_i + (1 − h)·Σm/ΣM messages on average, as in `wom.processes.exposure`.
    """

    crowd: Crowd

    def hearers(
        self, teller: Integers, count: Integers, homophily: float, random: np.random.Generator
    ) -> tuple[Integers, Integers]:
        """The hearers of stories.

        `count`: people told who belong to this market, by story. `homophily`: h, share of talk within the teller's
        own segment. Returns story and hearer of each message, sorted by story.
        """
        story = np.repeat(np.arange(len(teller)), count)
        low, high = np.zeros(len(story), dtype=np.int64), np.full(len(story), self.crowd.people)
        if len(self.crowd.start) > 2:
            segment = self.crowd.segment[teller[story]]
            own = random.random(len(story)) < homophily
            low = np.where(own, self.crowd.start[segment], low)
            high = np.where(own, self.crowd.start[segment + 1], high)
        return story, low + (random.random(len(story)) * (high - low)).astype(np.int64)


@dataclass(frozen=True)
class Acquaintances:
    """Different acquaintances of the teller hear a story, all of them if it is told to more.

    Homophily is not used: the network has its own.
    """

    network: Network
    node: Integers
    """Where each person stands in the network."""
    person: Integers
    """Who stands at each node."""

    def hearers(
        self,
        teller: Integers,
        count: Integers,
        homophily: float,  # noqa: ARG002  (a network of groups has it in its ties)
        random: np.random.Generator,
    ) -> tuple[Integers, Integers]:
        """See `WellMixed`."""
        node = self.node[teller]
        first, degree = self.network.indptr[node], self.network.degrees[node]
        told = np.flatnonzero(np.minimum(count, degree))
        ends = np.cumsum(degree[told])
        cuts = np.searchsorted(ends, np.arange(_AT_ONCE, ends[-1] if len(ends) else 0, _AT_ONCE))
        parts = [part for part in np.split(told, np.unique(cuts)) if len(part)]
        chosen = [self._some(part, first[part], degree[part], count[part], random) for part in parts]
        story, place = np.concatenate([np.empty((2, 0), dtype=np.int64), *chosen], axis=1)
        return story, self.person[self.network.indices[place]]

    @staticmethod
    def _some(
        story: Integers, first: Integers, degree: Integers, count: Integers, random: np.random.Generator
    ) -> Integers:
        """So many different acquaintances of each story's teller: all in random order, cut off."""
        row = np.repeat(np.arange(len(story)), degree)
        rank = np.arange(len(row)) - np.repeat(np.cumsum(degree) - degree, degree)
        order = np.lexsort((random.random(len(row)), row))
        chosen = order[rank < count[row]]
        return np.stack([story[row[chosen]], (first[row] + rank)[chosen]])


def audience(crowd: Crowd, network: Network | None, streams: Streams) -> WellMixed | Acquaintances:
    """How stories find hearers in a crowd.

    Raises:
        InputError: the network has another number of people.
    """
    if network is None:
        return WellMixed(crowd)
    if network.size != crowd.people:
        raise InputError(
            f"has {network.size:,} people and the population {crowd.people:,}; make a network of that size, "
            f"or use scale {network.size / crowd.people:.6g} times as large",
            "network",
        )
    places = np.arange(crowd.people)
    node = places if network.in_order else streams.of("places").permutation(crowd.people)
    person = np.empty_like(node)
    person[node] = places
    return Acquaintances(network, node, person)
