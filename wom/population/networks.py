"""Who knows whom.

A network is stored as compressed sparse rows: the acquaintances of person i are
`indices[indptr[i]:indptr[i + 1]]`. Everyone an acquaintance, everyone once, nobody their own.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from ..errors import InputError

Integers = NDArray[np.int64]

_MOST_PEOPLE = 2**31 - 1
"""Indices are stored in four bytes."""


@dataclass(frozen=True, eq=False)
class Network:
    """Acquaintances of everybody, both ways.

    Args:
        indptr: where each person's acquaintances begin and end, shape (size + 1,).
        indices: the acquaintances, shape (2·edges,).
        name: for tables and figures.
        in_order: True where person i of the market, segment after segment, is node i; otherwise people get
            places by chance, new ones for every seed.

    Example:
        >>> from wom.population import watts_strogatz
        >>> ring = watts_strogatz(10, 2, 0.0)
        >>> ring.size, ring.edges, sorted(ring.indices[ring.indptr[0] : ring.indptr[1]].tolist())
        (10, 10, [1, 9])
    """

    indptr: Integers
    indices: NDArray[np.int32]
    name: str = "network"
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

        Args:
            pairs: how many pairs of acquaintances are looked at; the standard error is at most 0.5/√pairs.
            seed: of the sample.

        Returns:
            nan where nobody knows two people.

        Example:
            Everybody in a ring knows five people on either side: C = 3·(10 − 2) / (4·(10 − 1)) = 2/3
            (Watts & Strogatz 1998).

            >>> from wom.population import watts_strogatz
            >>> abs(watts_strogatz(1000, 10, 0.0).clustering() - 2 / 3) < 0.01
            True
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
    """A source of chance from a seed.

    Raises:
        InputError: no whole number from 0.

    Example:
        >>> generator(0).random() == generator(0).random()
        True
        >>> generator(-1)
        Traceback (most recent call last):
            ...
        wom.errors.InputError: seed: must be a whole number from 0, is -1
    """
    try:
        number = operator.index(seed)
    except TypeError:
        number = -1
    if number < 0:
        raise InputError(f"must be a whole number from 0, is {seed!r}", "seed")
    return np.random.default_rng(number)


def from_pairs(
    first: NDArray[np.integer], second: NDArray[np.integer], size: int, name: str, in_order: bool = False
) -> Network:
    """A network from pairs of different people; pairs that stand twice, or both ways round, count once.

    Example:
        >>> triangle = from_pairs(np.array([0, 1, 2, 1]), np.array([1, 2, 0, 0]), 4, "triangle and a loner")
        >>> triangle.edges, triangle.degrees.tolist()
        (3, [2, 2, 2, 0])
    """
    if size > _MOST_PEOPLE:
        raise InputError(f"must be at most {_MOST_PEOPLE:,} people, is {size:,}", "size")
    ends = np.concatenate([first, second]).astype(np.int32), np.concatenate([second, first]).astype(np.int32)
    table = coo_array((np.ones(len(ends[0]), dtype=np.bool_), ends), shape=(size, size)).tocsr()
    table.sum_duplicates()
    return Network(
        np.asarray(table.indptr, dtype=np.int64), np.asarray(table.indices, dtype=np.int32), name, in_order
    )
