"""Networks to try word of mouth on: small worlds, hubs and groups, built without a loop over people."""

from __future__ import annotations

import operator
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InputError
from ..units import Array
from .networks import Integers, Network, from_pairs, generator


def watts_strogatz(size: int, degree: int, rewired: float, seed: int = 0) -> Network:
    """A small world: a ring in which everyone knows the nearest people, some of these ties rewired by chance.

    The tie of person i to i + j, j = 1 … degree/2, leads to a person drawn by chance with probability `rewired`.
    The mean degree stays `degree`; clustering is 3(degree − 2)/4(degree − 1) on the ring and falls by about
    (1 − rewired)³.

    Args:
        size: people.
        degree: acquaintances of each in the ring, an even number.
        rewired: share of ties, 0 for the ring, 1 for chance alone.
        seed: of the rewiring.

    Raises:
        InputError: an argument out of bounds.

    Example:
        >>> network = watts_strogatz(1000, 10, 0.1)
        >>> network.edges, network.mean_degree
        (5000, 10.0)

    Source: Watts & Strogatz 1998, Nature 393, 440-442.
    """
    _whole("size", size, 3)
    _whole("degree", degree, 2)
    if degree % 2:
        raise InputError(f"must be even, half of it on either side, is {degree}", "degree")
    # With at most half of all people known, a free one is found within a few trials.
    most = (size // 2 if rewired > 0 else size - 1) // 2 * 2
    if degree > most:
        raise InputError(f"must be at most {most} among {size} people, is {degree}", "degree")
    _share("rewired", rewired)
    random = generator(seed)
    person = np.tile(np.arange(size), degree // 2)
    other = (person + np.repeat(np.arange(1, degree // 2 + 1), size)) % size
    free = random.random(len(person)) < rewired
    order = np.argsort(free, kind="stable")  # ties that stay come first and keep their place
    person, other, stay = person[order], other[order], int(len(free) - free.sum())
    again = np.arange(stay, len(person))
    while len(again):
        other[again] = (person[again] + random.integers(1, size, len(again))) % size
        again = repeated(np.minimum(person, other) * size + np.maximum(person, other))
    return from_pairs(person, other, size, f"small world, {rewired:g} rewired")


def barabasi_albert(size: int, ties: int, seed: int = 0) -> Network:
    """A network with hubs: each newcomer gets to know `ties` people, rather those who know many.

    It begins with a star of `ties` + 1 people and has ties·(size − ties) pairs; the share of people with degree k
    goes to 2·ties·(ties + 1)/(k(k + 1)(k + 2)). A tie's target is the end of an earlier tie drawn evenly. Which
    person that is follows from the earlier tie, and is looked up for all ties at once, again until it is known.

    Args:
        size: people.
        ties: of a newcomer.
        seed: of the ties.

    Raises:
        InputError: an argument out of bounds.

    Example:
        >>> network = barabasi_albert(1000, 3)
        >>> network.edges == 3 * (1000 - 3), int(network.degrees.min())
        (True, 3)

    Source: Barabási & Albert 1999, Science 286, 509-512; the lists of ends are those of Batagelj & Brandes 2005,
    Physical Review E 71, 036113.
    """
    _whole("ties", ties, 1)
    _whole("size", size, ties + 2)
    random = generator(seed)
    newcomer = np.repeat(np.arange(ties + 1, size), ties)
    seeds = np.stack([np.full(ties, ties), np.arange(ties)], axis=1).ravel()
    earlier = 2 * ties * (newcomer - ties)  # ends of ties that the newcomer found there
    drawn = random.integers(earlier)
    while True:
        target = _people_at(drawn, seeds, newcomer)
        again = repeated(newcomer * size + target)
        if not len(again):
            break
        drawn[again] = random.integers(earlier[again])
    first = np.concatenate([seeds[::2], newcomer])
    second = np.concatenate([seeds[1::2], target])
    return from_pairs(first, second, size, f"hubs, {ties} ties each")


def _people_at(drawn: Integers, seeds: Integers, newcomer: Integers) -> Integers:
    """Who stands at the drawn ends: seeds, then a newcomer and their target by turns.

    A target is another drawn end before it; chains of these are halved in length with each round.
    """
    end = drawn.copy()
    while True:
        beyond = end - len(seeds)
        pending = np.flatnonzero((beyond >= 0) & (beyond % 2 == 1))
        if not len(pending):
            break
        end[pending] = end[beyond[pending] // 2]
    beyond = end - len(seeds)
    return np.where(beyond < 0, seeds[np.minimum(end, len(seeds) - 1)], newcomer[np.maximum(beyond, 0) // 2])


def stochastic_block(
    sizes: Sequence[int], probabilities: ArrayLike, seed: int = 0, in_order: bool = True
) -> Network:
    """Groups: two people know each other with a probability that depends on their groups alone.

    One group is a random graph (Erdős & Rényi); one group with probability 1 is everyone who knows everyone.

    Args:
        sizes: people of each group; for the segments of a scenario, `wom.population.sizes`.
        probabilities: by pair of groups, symmetric, shape (groups, groups).
        seed: of the ties.
        in_order: True where the groups are the segments, in their order.

    Raises:
        InputError: an argument out of bounds.

    Example:
        >>> network = stochastic_block([400, 600], [[0.02, 0.001], [0.001, 0.01]])
        >>> bool(abs(network.edges - (0.02 * 79_800 + 0.001 * 240_000 + 0.01 * 179_700)) < 4 * 3630**0.5)
        True

    Source: Holland, Laskey & Leinhardt 1983, Social Networks 5, 109-137.
    """
    chance: Array = np.atleast_2d(np.asarray(probabilities, dtype=np.float64))
    for people in sizes:
        _whole("sizes", people, 1)
    if chance.shape != (len(sizes), len(sizes)) or not np.array_equal(chance, chance.T):
        raise InputError(f"must be a symmetric table of {len(sizes)} groups, has shape {chance.shape}",
                         "probabilities")  # fmt: skip
    for value in chance.ravel():
        _share("probabilities", float(value))
    random = generator(seed)
    start = np.concatenate([[0], np.cumsum(sizes)])
    firsts, seconds = [], []
    for a in range(len(sizes)):
        for b in range(a + 1):
            pairs = sizes[a] * (sizes[a] - 1) // 2 if a == b else sizes[a] * sizes[b]
            drawn = distinct(random, pairs, int(random.binomial(pairs, chance[a, b])))
            first, second = _triangle(drawn) if a == b else np.divmod(drawn, sizes[b])
            firsts.append(first + start[a])
            seconds.append(second + start[b])
    size = int(start[-1])
    name = "random graph" if len(sizes) == 1 else f"{len(sizes)} groups"
    return from_pairs(np.concatenate(firsts), np.concatenate(seconds), size, name, in_order)


def _triangle(place: Integers) -> tuple[Integers, Integers]:
    """The pair i > j at a place of the list (1, 0), (2, 0), (2, 1), (3, 0), …"""
    row = ((1.0 + np.sqrt(1.0 + 8.0 * place)) / 2.0).astype(np.int64)
    row -= row * (row - 1) // 2 > place  # the root is rounded
    row += row * (row + 1) // 2 <= place
    return row, place - row * (row - 1) // 2


def distinct(random: np.random.Generator, total: int, count: int) -> Integers:
    """So many different numbers below `total`, each set of them as likely as any other.

    Example:
        >>> len(set(distinct(generator(0), 100, 30).tolist()))
        30
    """
    if 3 * count > total:  # a list of all is at most three times as long
        return random.permutation(total)[:count]
    drawn = random.integers(total, size=count)
    while len(again := repeated(drawn)):
        drawn[again] = random.integers(total, size=len(again))
    return drawn


def repeated(keys: Integers) -> Integers:
    """Places of keys that stand further ahead already.

    Example:
        >>> repeated(np.array([5, 3, 5, 5])).tolist()
        [2, 3]
    """
    ordered = np.sort(keys)
    several = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not len(several):
        return np.empty(0, dtype=np.int64)
    found = np.minimum(np.searchsorted(several, keys), len(several) - 1)
    places = np.flatnonzero(several[found] == keys)
    order = np.argsort(keys[places], kind="stable")
    again = keys[places[order[1:]]] == keys[places[order[:-1]]]
    return np.sort(places[order[1:][again]])


def _whole(name: str, value: int, least: int) -> None:
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if number < least:
        raise InputError(f"must be a whole number from {least}, is {value!r}", name)


def _share(name: str, value: float) -> None:
    if not 0.0 <= value <= 1.0:
        raise InputError(f"must be from 0 to 1, is {value:g}", name)
