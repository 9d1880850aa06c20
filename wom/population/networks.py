"""Who knows whom: small worlds and hubs, built without a loop over people, and a user's own pairs.

A network is stored as compressed sparse rows: the acquaintances of person i are
`indices[indptr[i]:indptr[i + 1]]`. Everyone an acquaintance, everyone once, nobody their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array, csr_array

from ..errors import InputError, shorten, whole_number

Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Network:
    """Acquaintances of everybody, both ways.

    `indptr`: where each person's acquaintances begin and end, shape (size + 1,). `indices`: the acquaintances,
    shape (2·edges,). `in_order`: True where person i of the market, segment after segment, is node i; otherwise
    people get places by chance, new ones for every seed.

    Example:
        >>> from wom.population import watts_strogatz
        >>> ring = watts_strogatz(10, 2, 0.0)
        >>> ring.size, ring.edges, sorted(ring.indices[ring.indptr[0] : ring.indptr[1]].tolist())
        (10, 10, [1, 9])
    """

    indptr: Integers
    indices: NDArray[np.int32]
    in_order: bool = False

    def __post_init__(self) -> None:
        for part in (self.indptr, self.indices):
            part.flags.writeable = False

    @property
    def size(self) -> int:
        """How many people."""
        return len(self.indptr) - 1

    @property
    def edges(self) -> int:
        """How many pairs know each other."""
        return len(self.indices) // 2

    @property
    def degrees(self) -> Integers:
        """How many people each one knows, shape (size,)."""
        return np.diff(self.indptr)

    @property
    def mean_degree(self) -> float:
        """How many people one knows on average, 2·edges/size."""
        return 2.0 * self.edges / self.size

    def clustering(self, pairs: int = 100_000, seed: int = 0) -> float:
        """Chance that two acquaintances of one person know each other (transitivity), from a sample.

        C = 3·triangles / connected triples

        `pairs`: how many pairs of acquaintances are looked at; the standard error is at most 0.5/√pairs. Returns
        nan where nobody knows two people.
        """
        random = generator(seed)
        degree = self.degrees
        triples = np.cumsum(degree * (degree - 1))
        if triples[-1] == 0:
            return float("nan")
        middle = np.searchsorted(triples, random.integers(triples[-1], size=pairs), side="right")
        first = random.integers(degree[middle])
        second = random.integers(degree[middle] - 1)
        second += second >= first
        ends = [self.indices[self.indptr[middle] + place] for place in (first, second)]
        known = csr_array(
            (np.ones(len(self.indices), dtype=np.bool_), self.indices, self.indptr), shape=(self.size, self.size)
        )
        return float(np.asarray(known[ends[0], ends[1]]).mean())


def generator(seed: int) -> np.random.Generator:
    """A source of chance from a seed, a whole number from 0."""
    return np.random.default_rng(whole_number("seed", seed, 0))


def from_pairs(first: Integers, second: Integers, size: int, in_order: bool = False) -> Network:
    """A network from pairs of different people; pairs that stand twice, or both ways round, count once."""
    if size > (most := 2**31 - 1):  # indices are stored in four bytes
        raise InputError(f"must be at most {most:,} people, is {size:,}", "size")
    ends = np.concatenate([first, second]).astype(np.int32), np.concatenate([second, first]).astype(np.int32)
    table = coo_array((np.ones(len(ends[0]), dtype=np.bool_), ends), shape=(size, size)).tocsr()
    table.sum_duplicates()
    return Network(np.asarray(table.indptr, dtype=np.int64), np.asarray(table.indices, dtype=np.int32), in_order)


# --- Networks to try word of mouth on ---


def watts_strogatz(size: int, degree: int, rewired: float, seed: int = 0) -> Network:
    """A small world: a ring in which everyone knows the nearest people, some of these ties rewired by chance.

    The tie of person i to i + j, j = 1 … degree/2, leads to a person drawn by chance with probability `rewired`.
    The mean degree stays `degree`; clustering is 3(degree − 2)/4(degree − 1) on the ring and falls by about
    (1 − rewired)³.

    `degree`: acquaintances of each in the ring, an even number. `rewired`: share of ties, 0 for the ring, 1 for
    chance alone.

    Raises:
        InputError: an argument out of bounds.

    Source: Watts & Strogatz 1998, Nature 393, 440-442.
    """
    whole_number("size", size, 3)
    whole_number("degree", degree, 2)
    if degree % 2:
        raise InputError(f"must be even, half of it on either side, is {degree}", "degree")
    # With at most half of all people known, a free one is found within a few trials.
    most = (size // 2 if rewired > 0 else size - 1) // 2 * 2
    if degree > most:
        raise InputError(f"must be at most {most} among {size} people, is {degree}", "degree")
    if not 0.0 <= rewired <= 1.0:
        raise InputError(f"must be from 0 to 1, is {rewired:g}", "rewired")
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
    return from_pairs(person, other, size)


def barabasi_albert(size: int, ties: int, seed: int = 0) -> Network:
    """A network with hubs: each newcomer gets to know `ties` people, rather those who know many.

    It begins with a star of `ties` + 1 people and has ties·(size − ties) pairs; the share of people with degree k
    goes to 2·ties·(ties + 1)/(k(k + 1)(k + 2)). A tie's target is the end of an earlier tie drawn evenly. Which
    person that is follows from the earlier tie, and is looked up for all ties at once, again until it is known.

    Raises:
        InputError: an argument out of bounds.

    Source: Barabási & Albert 1999, Science 286, 509-512; the lists of ends are those of Batagelj & Brandes 2005,
    Physical Review E 71, 036113.
    """
    whole_number("ties", ties, 1)
    whole_number("size", size, ties + 2)
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
    return from_pairs(first, second, size)


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


def repeated(keys: Integers) -> Integers:
    """Places of keys that stand further ahead already."""
    return np.flatnonzero(pd.Series(keys).duplicated().to_numpy())


# --- A user's own network ---


def edge_list(edges: pd.DataFrame | ArrayLike, *, size: int | None = None, in_order: bool = False) -> Network:
    """A network from pairs of people who know each other.

    A pair that stands twice, or both ways round, counts once.

    Args:
        edges: two columns: an array of shape (pairs, 2) or a DataFrame, such as `pandas.read_csv` reads.
        size: people, where the columns hold numbers from 0 to size − 1; some of them may know nobody. Without it
            the columns hold any names, and the people are those who are named, in the order they first stand.
        in_order: True where person i of the market, segment after segment, is number i of the network.

    Raises:
        InputError: not two columns, or a row that is no pair; names the row, counted from 1.

    Example:
        >>> edge_list(np.array([["ann", "ben"], ["ben", "cleo"], ["ben", "ann"]])).degrees.tolist()
        [1, 2, 1]
        >>> edge_list(np.array([[0, 3]]), size=5).degrees.tolist()
        [1, 0, 0, 1, 0]
    """
    held = edges.to_numpy() if isinstance(edges, pd.DataFrame) else np.asarray(edges)
    if held.ndim != 2 or held.shape[1] != 2:
        raise InputError(f"must be pairs, of shape (pairs, 2), has shape {held.shape}", "edges")
    if not len(held):
        raise InputError("holds no pairs; give two columns of people who know each other", "edges")
    pairs = pd.DataFrame(held)

    def refuse(wrong: NDArray[np.bool_], text: str) -> None:
        rows = np.flatnonzero(wrong)
        if len(rows):
            those = ", ".join(shorten(value) for value in pairs.iloc[rows[0]].tolist())
            more = f" ({len(rows):,} such)" if len(rows) > 1 else ""
            raise InputError(f"row {rows[0] + 1} {text}, holds {those}{more}", "edges")

    refuse((pairs.isna() | (pairs == "")).any(axis=1).to_numpy(), "needs two people")
    if size is None:
        codes, names = pd.factorize(held.ravel())
        people, numbers = len(names), codes.reshape(-1, 2).astype(np.int64)
    else:
        people = size
        given = pairs.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
        with np.errstate(invalid="ignore"):
            inside = (given >= 0) & (given < size) & (given == np.floor(given))
        refuse(~inside.all(axis=1), f"must hold whole numbers from 0 to {size - 1:,}")
        numbers = given.astype(np.int64)
    refuse(numbers[:, 0] == numbers[:, 1], "joins somebody to themselves; leave it out")
    return from_pairs(numbers[:, 0], numbers[:, 1], people, in_order)
