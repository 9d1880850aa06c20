"""Everything that a month changes, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..units import Array
from .audience import Audience
from .crowd import Crowd, Habits, Streams
from .networks import Integers
from .records import Records


@dataclass
class Rating:
    """The stock of reviews of the business.

    Example:
        >>> Rating(reviews=10.0, stars=42.0, today=4.0).value, Rating(0.0, 0.0, today=4.0).value
        (4.2, 4.0)
    """

    reviews: float
    stars: float
    """The sum of theirs."""
    today: float
    """Stars at anchoring; nan if nobody posts."""

    @property
    def value(self) -> float:
        """Stars now."""
        return self.stars / self.reviews if self.reviews > 0 else self.today


@dataclass
class Flows:
    """What a month brought, people by segment unless said otherwise.

    Example:
        >>> Flows(columns={"revenue": np.array([250_000.0])}).columns["revenue"].tolist()
        [250000.0]
    """

    columns: dict[str, Array] = field(default_factory=dict)
    """As `wom.state.Month`, shape (segments,) each."""
    talk: dict[str, float] = field(default_factory=dict)
    """Of the whole market: messages heard, and different people who heard any this month and ever, by tone."""


@dataclass
class World:
    """Everything that a month changes, and what it needs.

    Example:
        >>> import wom
        >>> from wom.anchoring import start
        >>> from wom.population.audience import WellMixed
        >>> from wom.population.crowd import gathered
        >>> begun, streams = start(wom.load("retailer/today")), Streams(0)
        >>> crowd = gathered(begun.state, np.array([50_000.0]), np.array([1000]), streams)
        >>> nobody = np.zeros((2, 1000), dtype=np.bool_)
        >>> world = World(crowd, WellMixed(crowd), Rating(0, 0, 4.0), Habits(), streams, Records(False), nobody)
        >>> world.crowd.people, world.rating.value
        (1000, 4.0)
    """

    crowd: Crowd
    audience: Audience
    rating: Rating
    habits: Habits
    streams: Streams
    records: Records
    reached: NDArray[np.bool_]
    """Who has heard since month 0, good and bad, shape (2, people)."""


def by_segment(segment: NDArray[np.int16], crowd: Crowd, weights: Array | Integers | None = None) -> Array:
    """How many in each segment, or the sum of their weights, shape (segments,).

    Args:
        segment: of each one counted.
        crowd: for the number of segments.
        weights: one each, such as currency paid.

    Example:
        >>> import wom
        >>> from wom.anchoring import start
        >>> from wom.population.crowd import gathered
        >>> begun = start(wom.load("retailer/today"))
        >>> crowd = gathered(begun.state, np.array([50_000.0]), np.array([1000]), Streams(0))
        >>> by_segment(np.zeros(3, dtype=np.int16), crowd, np.array([10.0, 20.0, 30.0])).tolist()
        [60.0]
    """
    return np.bincount(segment, weights, minlength=len(crowd.start) - 1).astype(np.float64)
