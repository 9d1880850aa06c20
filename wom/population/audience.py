"""Who hears a story: anybody, with a leaning to the teller's own segment, or the teller's acquaintances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..errors import InputError
from .crowd import Crowd, Streams
from .networks import Integers, Network

_AT_ONCE = 2_000_000
"""Acquaintances looked at together; bounds memory to about 100 MB."""


class Audience(Protocol):
    """How stories find their hearers.

    Example:
        >>> import inspect
        >>> list(inspect.signature(Audience.hearers).parameters)
        ['self', 'teller', 'count', 'homophily', 'random']
    """

    def hearers(
        self, teller: Integers, count: Integers, homophily: float, random: np.random.Generator
    ) -> tuple[Integers, Integers]:
        """The hearers of stories.

        Args:
            teller: person, by story.
            count: people told who belong to this market, by story.
            homophily: h, share of talk within the teller's own segment.
            random: chance.

        Returns:
            Story and hearer of each message, sorted by story.
        """


@dataclass(frozen=True)
class WellMixed:
    """Anybody hears: with chance h one of the teller's segment, else one of the market.

    A person of segment i hears h·m_i/M_i + (1 − h)·Σm/ΣM messages on average, as in `wom.processes.exposure`.

    Example:
        >>> import wom
        >>> from wom.anchoring import start
        >>> from wom.population.crowd import gathered
        >>> begun = start(wom.load("retailer/today"))
        >>> crowd = gathered(begun.state, np.array([50_000.0]), np.array([50]), Streams(0))
        >>> teller, told = np.array([7, 9]), np.array([3, 0])
        >>> story, hearer = WellMixed(crowd).hearers(teller, told, 0.7, np.random.default_rng(0))
        >>> story.tolist(), bool((hearer < 50).all())
        ([0, 0, 0], True)
    """

    crowd: Crowd

    def hearers(
        self, teller: Integers, count: Integers, homophily: float, random: np.random.Generator
    ) -> tuple[Integers, Integers]:
        """See `Audience`."""
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

    Example:
        >>> from wom.population import edge_list
        >>> places = np.arange(4)
        >>> star = Acquaintances(edge_list(np.array([[0, 1], [0, 2], [0, 3]]), size=4), places, places)
        >>> story, hearer = star.hearers(np.array([0, 2]), np.array([9, 9]), 0.0, np.random.default_rng(0))
        >>> story.tolist(), sorted(hearer.tolist())
        ([0, 0, 0, 1], [0, 1, 2, 3])
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
        """See `Audience`."""
        node = self.node[teller]
        first, degree = self.network.indptr[node], self.network.degrees[node]
        told = np.flatnonzero(np.minimum(count, degree))
        ends = np.cumsum(degree[told])
        cuts = np.searchsorted(ends, np.arange(_AT_ONCE, ends[-1] if len(ends) else 0, _AT_ONCE))
        parts = [part for part in np.split(told, np.unique(cuts)) if len(part)]
        found = [self._some(part, first[part], degree[part], count[part], random) for part in parts]
        story, place = np.concatenate([np.empty((2, 0), dtype=np.int64), *found], axis=1)
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

    Example:
        >>> import wom
        >>> from wom.anchoring import start
        >>> from wom.population import watts_strogatz
        >>> from wom.population.crowd import gathered
        >>> begun = start(wom.load("retailer/today"))
        >>> crowd = gathered(begun.state, np.array([50_000.0]), np.array([50]), Streams(0))
        >>> type(audience(crowd, None, Streams(0))).__name__
        'WellMixed'
        >>> audience(crowd, watts_strogatz(20, 2, 0.0), Streams(0))
        Traceback (most recent call last):
            ...
        wom.errors.InputError: network: has 20 people and the population 50; make a network of that size, ...
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
