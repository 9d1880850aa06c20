"""What a month holds for one person: the model's rules per person instead of per crowd."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..engine import Hidden, Switches, experienced
from ..engine import rules as derived
from ..plan import Schedule, Shock, Values
from ..processes import stories
from ..units import Array

GOOD, BAD, RECOVERED, NEUTRAL = 0, 1, 2, 3
KINDS = ("good", "bad", "recovered", "neutral")
"""Of experiences, in this order wherever arrays have an axis of kinds; the first three are told."""


_CERTAIN = 20.0
"""Hazard; two in a billion stay."""

_TERMS = 120
"""Of a series in 20^k/k!: the last is below 1e-40."""

_MESSAGES = 100
"""Bad messages in a month; nobody hears more and notices."""


class Rules(NamedTuple):
    """Of one month; (segments,) unless said otherwise.

    Example:
        >>> import wom
        >>> from wom.anchoring import start
        >>> begun = start(wom.load("retailer/today"))
        >>> rule = rules(begun.inputs.parameters, begun.hidden, Shock(), 1)
        >>> dict(zip(KINDS, rule.rates[:, 0].round(3).tolist(), strict=True))
        {'good': 0.25, 'bad': 0.042, 'recovered': 0.018, 'neutral': 0.69}
    """

    rates: Array
    """Experiences per customer by kind, shape (4, segments)."""
    mood_reset: Array
    """Hazard per month to forget a mood."""
    spend: Array
    """Currency per customer by mood, shape (3, segments)."""
    most: Array
    """φ, stories of one kind."""
    reach: Array
    """People told per story by kind, shape (3, segments)."""
    audience: float
    homophily: float
    impression_reset: Array
    posting: Array
    """Chance of a review by kind, shape (4, segments)."""
    stars: Array
    """In a review, on average, by kind, shape (4, segments)."""
    review_stay: float
    """Share of the stock of reviews that counts a month later."""
    per_star: Array
    reader_share: Array
    purchase_rate: Array
    odds_against: Array
    """By impression, shape (3, segments)."""
    hazard: Array
    """Of leaving by mood, shape (3, segments)."""
    log_churn_ratio: Array
    """ln χ per bad message heard."""
    avoid_share: Array
    return_share: Array
    margin_share: Array
    acquisition_cost: Array


def rules(values: Values, hidden: Hidden, shock: Shock, segments: int) -> Rules:
    """One month's rules, from the same functions as the engine's.

    Args:
        values: parameters of the month, one draw.
        hidden: from `wom.anchoring`, one draw.
        shock: what the month brings on top.
        segments: how many.

    Example:
        >>> import wom
        >>> from wom.anchoring import start
        >>> begun = start(wom.load("retailer/today"))
        >>> viral = rules(begun.inputs.parameters, begun.hidden, Shock(bad_reach=20.0), 1)
        >>> calm = rules(begun.inputs.parameters, begun.hidden, Shock(), 1)
        >>> [round((viral.reach[kind] / calm.reach[kind]).item(), 9) for kind in (GOOD, BAD)]
        [1.0, 20.0]
    """

    def each(value: Array | float) -> Array:
        array = np.asarray(value)
        return np.broadcast_to(array[..., 0] if array.ndim else array, (*array.shape[:-2], segments))

    whole = derived(values, hidden, shock, Switches())
    own, rates = experienced(values), experienced(values, shock)
    neutral = values["experience.contacts_per_month"] - own.good - own.bad - own.recovered
    kinds = (rates.good, rates.bad, rates.recovered, np.maximum(neutral, 0.0))
    reach = ("word_of_mouth.reach_good", "word_of_mouth.reach_bad", "word_of_mouth.reach_recovered")
    people = np.stack([each(values[key]) for key in reach])
    people[BAD] *= each(shock.bad_reach)
    posts = ("good", "bad", "neutral", "neutral")  # whoever was put right posts as after a neutral contact
    return Rules(
        rates=np.stack([each(rate) for rate in kinds]),
        mood_reset=each(1.0 / values["experience.memory_months"]),
        spend=each(whole.spend),
        most=each(values["word_of_mouth.stories_per_month"]),
        reach=people,
        audience=float(hidden.audience_share.item()),
        homophily=float(whole.homophily.item()),
        impression_reset=each(whole.impression_reset),
        posting=np.stack([each(values[f"reviews.posting_{kind}"]) for kind in posts]),
        stars=np.stack([each(values[f"reviews.stars_{kind}"]) for kind in posts]),
        review_stay=float(whole.review_stay.item()),
        per_star=each(whole.per_star),
        reader_share=each(whole.reader_share),
        purchase_rate=each(whole.purchase_rate),
        odds_against=each(whole.odds_against),
        hazard=each(whole.hazard),
        log_churn_ratio=each(whole.log_churn_ratio),
        avoid_share=each(whole.avoid_share),
        return_share=each(whole.return_share),
        margin_share=each(whole.margin_share),
        acquisition_cost=each(whole.acquisition_cost),
    )


def course(values: Values, hidden: Hidden, plan: Schedule, horizon: int, segments: int) -> Iterator[Rules]:
    """The rules of each month of a run.

    Example:
        >>> import wom
        >>> from wom.anchoring import start
        >>> begun = start(wom.load("retailer/make-it-right"))
        >>> months = list(course(begun.inputs.parameters, begun.hidden, begun.inputs.schedule, 12, 1))
        >>> len(months), bool(months[-1].rates[BAD, 0] < months[0].rates[BAD, 0])
        (12, True)
    """
    turns = plan.turns(horizon)
    current, calm = values, None
    for month in range(horizon):
        if month in turns or calm is None:
            current = plan.parameters(values, month)
            calm = rules(current, hidden, Shock(), segments)
        shock = plan.shock(month)
        yield calm if shock is None else rules(current, hidden, shock, segments)


def told_chance(place: Array, rate: Array, most: Array) -> Array:
    """Chance that an experience becomes a story, so that a customer tells T(x) = φ·(1 − e^(−x/φ)) on average.

    Of a customer's experiences of one kind in a month, a Poisson number with mean x, one is number 0, another
    number 1, and so on, in no particular order. With φ ≥ 1 number j is told with chance (1 − 1/φ)^j: k
    experiences make φ·(1 − (1 − 1/φ)^k) stories, and the mean over k is T(x). With φ < 1 only number 0 is told,
    with chance T(x)/(1 − e^(−x)); no rule on k alone has the mean T(x) there.

    Args:
        place: j, of each experience.
        rate: x, experiences of this kind per customer, of its segment.
        most: φ, of its segment.

    Example:
        A customer of φ = 2 tells the first of three, the second in half of all months, the third in a quarter:

        >>> told_chance(np.arange(3.0), np.full(3, 0.4), np.full(3, 2.0)).tolist()
        [1.0, 0.5, 0.25]
    """
    often = np.maximum(1.0 - 1.0 / most, 0.0) ** place
    any_at_all = -np.expm1(-rate)
    seldom = (place == 0) * stories(rate, most) / np.where(any_at_all > 0, any_at_all, 1.0)
    return np.where(most >= 1.0, often, seldom)


def staying(hazard: Array, log_churn_ratio: Array, most: int) -> Array:
    """Chance that a customer who heard so many bad messages stays for the month.

    S(y) = Σ_k (−Λ)^k/k! · (1 + k·ln χ)^y

    With a Poisson number y of messages, x− on average, the mean of S(y) is e^(−Λ·χ^x−), the engine's chance of
    staying, and no other function of y has that mean for every x−. To first order in the hazard, each message
    multiplies it by 1 + ln χ. Where the sum is below 0, after many more messages than are usual, nobody stays;
    this makes departures too few by less than 0.4 % of them where Λ ≤ 0.25, ln χ ≤ 0.5 and x− ≤ 1.

    Args:
        hazard: Λ, of leaving who hears nothing, any shape.
        log_churn_ratio: ln χ, same shape or one that broadcasts.
        most: messages up to which chances are wanted; after 100 they are those after 100.

    Returns:
        Shape (most + 1, *shape of hazard).

    Example:
        >>> staying(np.array([0.02]), np.array([0.1]), 2)[:, 0].round(4).tolist()
        [0.9802, 0.9782, 0.9761]
    """
    level = np.minimum(hazard, _CERTAIN)
    messages = np.arange(min(most, _MESSAGES) + 1.0).reshape(-1, *(1,) * np.ndim(hazard))
    sums, term = np.zeros(np.broadcast_shapes(messages.shape, level.shape)), np.ones_like(level)
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows counts as nobody
        for k in range(_TERMS):
            sums += term * np.power(1.0 + k * log_churn_ratio, messages)
            term = -term * level / (k + 1.0)
    chance = np.where(sums > 0, np.minimum(sums, 1.0), 0.0)
    chance = np.where(np.logical_and.accumulate(chance > 0), chance, 0.0)
    return chance[np.minimum(np.arange(most + 1), _MESSAGES)]
