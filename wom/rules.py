"""From parameters to what they come to in a month: derived values, section 4 of the model.

Arrays broadcast to (segments, draws), with the three moods or impressions on an axis before those. The same for
all months until a plan changes a parameter or an event happens, so that the loop derives them once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import retention, reviews, spending, word_of_mouth
from .experience import Events, Kernel, events, kernel
from .schedule import Shock, Values
from .state import Hidden, Switches
from .units import Array


def experienced(values: Values, shock: Shock = Shock()) -> Events:  # noqa: B008  (frozen)
    """Good, unrecovered bad and recovered experiences per customer and month, an event's included.

    g' = c·g, b' = c·b·(1 − ρ), r' = c·b·ρ, each plus what a shock brings; see `wom.experience.events`.

    Example:
        >>> import wom
        >>> values = wom.load("retailer/today").inputs().parameters
        >>> [round(rate.item(), 3) for rate in experienced(values, Shock(bad=0.03))]
        [0.25, 0.072, 0.018]
    """
    own = events(
        values["experience.contacts_per_month"],
        values["experience.good_share"],
        values["experience.bad_share"],
        values["experience.recovered_share"],
    )
    return Events(own.good + shock.good, own.bad + shock.bad, own.recovered + shock.recovered)


def told(values: Values, rates: Events) -> tuple[Array, Array]:
    """People told good and bad per customer and month: T(g')·R+ + T(r')·Rr and T(b')·R−.

    Example:
        >>> import wom
        >>> values = wom.load("retailer/today").inputs().parameters
        >>> nothing_happens = Events(np.zeros(1), np.zeros(1), np.zeros(1))
        >>> [people.tolist() for people in told(values, nothing_happens)]
        [[[0.0]], [[0.0]]]
    """
    most = values["word_of_mouth.stories_per_month"]
    good = word_of_mouth.stories(rates.good, most) * values["word_of_mouth.reach_good"]
    mended = word_of_mouth.stories(rates.recovered, most) * values["word_of_mouth.reach_recovered"]
    bad = word_of_mouth.stories(rates.bad, most) * values["word_of_mouth.reach_bad"]
    return np.asarray(good + mended), np.asarray(bad)


def review_contacts(values: Values, shock: Shock) -> Array:
    """Good, neutral (recovered ones included) and bad contacts per customer and month, shape (3, …).

    An event's bad experiences come on top; they leave the number of neutral contacts as it is.

    Example:
        >>> import wom
        >>> values = wom.load("retailer/today").inputs().parameters
        >>> review_contacts(values, Shock()).ravel().round(3).tolist()
        [0.25, 0.708, 0.042]
    """
    own, rates = experienced(values), experienced(values, shock)
    neutral = values["experience.contacts_per_month"] - own.good - own.bad + shock.recovered
    return np.stack(np.broadcast_arrays(rates.good, neutral, rates.bad))


def review_posts(values: Values, shock: Shock = Shock()) -> reviews.Posted:  # noqa: B008
    """Reviews and stars posted per customer and month, see `wom.reviews.posted`.

    Example:
        >>> import wom
        >>> posts = review_posts(wom.load("retailer/today").inputs().parameters)
        >>> bool(1 <= (posts.stars / posts.reviews).item() <= 5)
        True
    """
    kinds = ("good", "neutral", "bad")
    posting = np.stack(np.broadcast_arrays(*(values[f"reviews.posting_{kind}"] for kind in kinds)))
    stars = np.stack(np.broadcast_arrays(*(values[f"reviews.stars_{kind}"] for kind in kinds)))
    return reviews.posted(review_contacts(values, shock), posting, stars)


def mood_hazard_ratios(values: Values) -> Array:
    """H = (1, delighted_hazard_ratio^κd, disappointed_hazard_ratio^κd): hazard of leaving by mood against content.

    Shape (3, segments, draws).

    Example:
        >>> import wom
        >>> values = dict(wom.load("retailer/today").inputs().parameters)
        >>> values["experience.causal_share"] = np.zeros((1, 1))
        >>> mood_hazard_ratios(values).ravel().tolist()
        [1.0, 1.0, 1.0]
    """
    return retention.hazard_ratios(
        values["retention.delighted_hazard_ratio"],
        values["retention.disappointed_hazard_ratio"],
        values["experience.causal_share"],
    )


def mood_spending(values: Values) -> Array:
    """f = (1, 1 + κd·uplift_share·uplift_size, 1 − κd·disappointed_cut): spending by mood against content.

    Shape (3, segments, draws).

    Example:
        >>> import wom
        >>> values = dict(wom.load("retailer/today").inputs().parameters)
        >>> values["experience.causal_share"] = np.ones((1, 1))
        >>> values["spending.disappointed_cut"] = np.full((1, 1), 0.3)
        >>> mood_spending(values)[[0, 2]].ravel().round(9).tolist()
        [1.0, 0.7]
    """
    return spending.factors(
        values["spending.uplift_share"],
        values["spending.uplift_size"],
        values["spending.disappointed_cut"],
        values["experience.causal_share"],
    )


def impression_shifts(values: Values) -> Array:
    """e = (0, δ+, −δ−): change of the log-odds of choosing by impression, shape (3, segments, draws).

    See `wom.word_of_mouth.log_odds_shifts`.

    Example:
        >>> import wom
        >>> values = wom.load("retailer/today").inputs().parameters
        >>> neutral, favourable, wary = impression_shifts(values).ravel()
        >>> bool(wary < neutral == 0 < favourable)
        True
    """
    return word_of_mouth.log_odds_shifts(
        values["word_of_mouth.shift_good"],
        values["word_of_mouth.shift_bad"],
        values["word_of_mouth.causal_share"],
    )


@dataclass(frozen=True)
class Rules:
    """What the parameters of a month come to: constant until the plan changes one or an event happens.

    Example:
        >>> import wom
        >>> from wom.batch import start
        >>> begun = start(wom.load("retailer/today"))
        >>> rule = rules(begun.inputs.parameters, begun.hidden, Shock(), Switches())
        >>> rule.spend.shape, bool(rule.spend[2] < rule.spend[0] < rule.spend[1])
        ((3, 1, 1), True)
    """

    moods: Kernel
    spend: Array
    """Currency per customer and month by mood."""
    told_good: Array
    """People told per customer and month."""
    told_bad: Array
    impression_reset: Array
    homophily: Array
    size: Array
    review_stay: Array
    posted: reviews.Posted
    per_star: Array
    reader_share: Array
    purchase_rate: Array
    odds_against: Array
    """By impression."""
    hazard: Array
    """By mood, before what customers hear."""
    log_churn_ratio: Array
    """ln χ per bad message heard."""
    avoid_share: Array
    return_share: Array
    margin_share: Array
    acquisition_cost: Array


def rules(values: Values, hidden: Hidden, shock: Shock, on: Switches) -> Rules:
    """The derived values of a month (section 4 of the model) with an event's extra and with mechanisms off.

    Args:
        values: parameters of the month, shapes broadcast to (segments, draws).
        hidden: from `wom.anchoring`.
        shock: what an event brings on top.
        on: 0 turns a mechanism off: H = 1, f = 1, no people told, β = 0 or α = 0.

    Example:
        >>> import wom
        >>> from wom.batch import start
        >>> begun = start(wom.load("retailer/today"))
        >>> silent = rules(begun.inputs.parameters, begun.hidden, Shock(), Switches(bad_word_of_mouth=0.0))
        >>> silent.told_bad.item(), bool(silent.told_good.item() > 0)
        (0.0, True)
    """
    rates = experienced(values, shock)
    told_good, told_bad = told(values, rates)
    factors, ratios, shifts = mood_spending(values), mood_hazard_ratios(values), impression_shifts(values)
    chi = values["word_of_mouth.causal_share"] * np.log(values["word_of_mouth.churn_hazard_ratio"])
    log_odds = hidden.log_odds + np.log(values["market.demand_odds_multiplier"])
    per_star = reviews.log_odds_per_star(values["reviews.effect_per_star"], values["reviews.reader_share"])
    return Rules(
        moods=kernel(1.0 / values["experience.memory_months"], rates.good, rates.bad),
        spend=hidden.base_spend
        * values["spending.spend_multiplier"]
        * shock.spend_kept
        * (1.0 + on.spend * (factors - 1.0)),
        told_good=np.asarray(told_good * on.good_word_of_mouth),
        told_bad=np.asarray(told_bad * on.bad_word_of_mouth * shock.bad_reach),
        impression_reset=1.0 / values["word_of_mouth.memory_months"],
        homophily=values["market.homophily"],
        size=values["market.size"],
        review_stay=np.exp(-1.0 / values["reviews.memory_months"]),
        posted=review_posts(values, shock),
        per_star=np.asarray(per_star * on.reviews),
        reader_share=values["reviews.reader_share"],
        purchase_rate=values["market.category_purchase_rate"],
        odds_against=np.exp(-(log_odds + shifts)),
        hazard=hidden.base_hazard
        * values["retention.churn_hazard_multiplier"]
        * (1.0 + on.retention * (ratios - 1.0)),
        log_churn_ratio=np.asarray(chi),
        avoid_share=np.asarray(values["retention.avoid_share"] * on.avoidance),
        return_share=retention.return_share(values["retention.still_avoiding_after_24_months"]),
        margin_share=values["economics.margin_share"],
        acquisition_cost=values["economics.acquisition_cost"],
    )
