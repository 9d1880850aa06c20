"""What a business is before and during a month: people, reviews, hidden values, mechanisms, flows.

Arrays broadcast to (segments, draws); what has three moods or three impressions has them on an axis before
those. Values of the whole business have one segment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .units import Array


@dataclass(frozen=True)
class State:
    """People of each segment, and the stock of reviews of the business, at the start of a month.

    Example:
        >>> import wom
        >>> from wom.batch import start
        >>> state = start(wom.load("retailer/today")).state
        >>> state.customers.shape, round(float(state.customers.sum()))
        ((3, 1, 1), 5000)
    """

    customers: Array
    """By mood, shape (3, segments, draws)."""
    prospects: Array
    """By impression, shape (3, segments, draws)."""
    avoiders: Array
    reviews: Array
    """Posted and not yet forgotten, shape (1, draws)."""
    review_stars: Array
    """Stars in them."""


@dataclass(frozen=True)
class Hidden:
    """Structural values that nobody observes; `wom.anchoring` finds them, a plan does not change them.

    Example:
        >>> import wom
        >>> from wom.batch import start
        >>> hidden = start(wom.load("retailer/today")).hidden
        >>> bool(0 < hidden.audience_share.item() <= 1), round(hidden.stars.item(), 2)
        (True, 3.98)
    """

    base_hazard: Array
    """λ, hazard per month of a content customer to leave who hears nothing bad."""
    base_spend: Array
    """s, currency per month of a content customer."""
    log_odds: Array
    """L, of a neutral prospect to choose this business; −inf where nobody ever comes."""
    audience_share: Array
    """a, of the people told, who belong to this market, shape (1, draws)."""
    stars: Array
    """Today's rating, shape (1, draws); nan if nobody posts."""


@dataclass(frozen=True)
class Switches:
    """1 where a mechanism works, 0 where it is off; arrays broadcast to (segments, draws).

    Example:
        >>> silent = Switches(good_word_of_mouth=0.0, bad_word_of_mouth=0.0)
        >>> silent.retention, silent.bad_word_of_mouth
        (1.0, 0.0)
    """

    retention: Array | float = 1.0
    spend: Array | float = 1.0
    good_word_of_mouth: Array | float = 1.0
    bad_word_of_mouth: Array | float = 1.0
    reviews: Array | float = 1.0
    avoidance: Array | float = 1.0


class Month(NamedTuple):
    """Stocks at the start of a month and flows during it, each of shape (segments, draws).

    Example:
        >>> import wom
        >>> from wom.batch import start
        >>> from wom.model import months
        >>> begun = start(wom.load("retailer/today"))
        >>> (month,) = months(begun.inputs.parameters, begun.hidden, begun.state, 1)
        >>> round(month.revenue.item()), round(month.new_customers.item())
        (250000, 150)
    """

    revenue: Array
    contribution: Array
    """Before the plan's costs."""
    customers: Array
    content: Array
    delighted: Array
    disappointed: Array
    prospects: Array
    favourable: Array
    wary: Array
    avoiders: Array
    new_customers: Array
    recommended_customers: Array
    incremental_customers: Array
    deterred_customers: Array
    lost_customers: Array
    people_told_good: Array
    """Before the audience share: in the market and outside it."""
    people_told_bad: Array
    stars: Array
    """Rating at the month's end, shape (1, draws)."""
