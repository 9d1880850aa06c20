"""Values that are uncertain together: pairs in a file, one correlation matrix for the engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

import numpy as np
from pydantic import Field

from .errors import nearest
from .quantity import Closed, problem
from .units import Array

_LEAST_EIGENVALUE = 1e-9
"""Below it the pairs exclude each other, or one value follows from the others."""


class Correlation(Closed):
    """Two ranges that go together: the correlation of their normal scores (a Gaussian copula).

    The rank correlation is 6/π·asin(value/2), nearly the value itself.

    Example:
        >>> pair = Correlation(between=("today.experience.good_share", "experience.recovered_share"), value=0.5)
        >>> pair.keys
        ('experience.good_share', 'experience.recovered_share')
    """

    between: tuple[str, str] = Field(description="two dotted keys, such as experience.good_share")
    value: Annotated[float, Field(gt=-1, lt=1, description="above 0 where one is high when the other is")]

    @property
    def keys(self) -> tuple[str, str]:
        """The two keys without what says where a value comes from."""
        return plain(self.between[0]), plain(self.between[1])


def plain(path: str) -> str:
    """The dotted key of a place in the file, as `Scenario.replace` takes it.

    Example:
        >>> plain("evidence.word_of_mouth.reach_good"), plain("today.segments.a.market.size")
        ('word_of_mouth.reach_good', 'segments.a.market.size')
    """
    return path.removeprefix("today.").removeprefix("evidence.")


def check_correlations(correlations: Sequence[Correlation], ranges: Iterable[str]) -> None:
    """Each pair names two different ranges once, and all of them can hold together.

    Args:
        correlations: from a file.
        ranges: dotted keys of the values that are ranges.

    Raises:
        A problem that names the pair.

    Example:
        >>> pair = Correlation(between=("market.size", "market.customers"), value=0.5)
        >>> check_correlations([pair], ["market.size", "market.customers"])
        >>> check_correlations([pair], ["market.size"])
        Traceback (most recent call last):
            ...
        pydantic_core...PydanticCustomError: market.customers is no range of this scenario; ...
    """
    known, seen = list(ranges), set[frozenset[str]]()
    for place, item in enumerate(correlations):
        where = f"correlations.{place}.between"
        for key in item.keys:
            if key not in known:
                raise problem(f"{key} is no range of this scenario; {nearest(key, known)}", where)
        if item.keys[0] == item.keys[1]:
            raise problem(f"names {item.keys[0]} twice; give two ranges", where)
        if frozenset(item.keys) in seen:
            raise problem(f"{item.keys[0]} and {item.keys[1]} stand in two correlations; keep one", where)
        seen.add(frozenset(item.keys))
    if np.linalg.eigvalsh(matrix(correlations, known)).min(initial=1.0) < _LEAST_EIGENVALUE:
        pairs = "; ".join(f"{' and '.join(item.keys)} {item.value:g}" for item in correlations)
        raise problem(f"cannot hold together ({pairs}); bring them nearer to 0", "correlations")


def matrix(correlations: Sequence[Correlation], keys: Sequence[str]) -> Array:
    """The correlation matrix of the ranges, 1 on the diagonal and 0 where nothing is said.

    Args:
        correlations: from a scenario.
        keys: dotted keys of all ranges, in the order of rows and columns.

    Example:
        >>> pair = Correlation(between=("market.size", "today.market.customers"), value=0.5)
        >>> matrix([pair], ["market.size", "market.customers"]).tolist()
        [[1.0, 0.5], [0.5, 1.0]]
    """
    found = np.eye(len(keys))
    place = {key: index for index, key in enumerate(keys)}
    for item in correlations:
        one, two = (place[key] for key in item.keys)
        found[one, two] = found[two, one] = item.value
    return found
