"""Contacts become good, bad and recovered experiences; the last one that counts sets a customer's mood.

Customers are content, delighted or disappointed; prospects hold a neutral, favourable or wary impression.
Both follow one rule, the last-event kernel: events set the state, whatever it was, and time sets it back.
Arrays hold the three states on their first axis, in that order, then segments, then draws.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .units import Array, Number, probability

CONTENT, DELIGHTED, DISAPPOINTED = 0, 1, 2
NEUTRAL, FAVOURABLE, WARY = 0, 1, 2


class Events(NamedTuple):
    """Experiences per customer and month."""

    good: Array
    bad: Array
    """Bad and not put right."""
    recovered: Array
    disappointing: Array
    """Those that set the mood: the bad ones, and of the recovered ones what recovery does not offset."""


def everybody(state: Array) -> Array:
    """The sum over the three moods or impressions; three terms need no general reduction."""
    return np.asarray(state[0] + state[1] + state[2])


class Kernel(NamedTuple):
    """One month of events that set a state: `new = stay·old + gain·(sum of old)`."""

    stay: Array
    gain: Array

    def __call__(self, state: Array, total: Array | None = None) -> Array:
        """The three states a month later; people are conserved. `total`: their sum, where known."""
        moved = np.asarray(self.gain * (everybody(state) if total is None else total))
        return np.add(self.stay * state, moved)


def kernel(reset: Number, positive: Number, negative: Number) -> Kernel:
    """The last-event kernel for Poisson events that set a state to neutral, positive or negative.

    With rates r0, r+, r− per person and month and θ = r0 + r+ + r−:

    new_k = old_k·e^(−θ) + (sum of old)·r_k·w(θ),   w(θ) = (1 − e^(−θ))/θ, w(0) = 1

    It is exact for constant rates in continuous time.

    `reset`, `positive`, `negative`: r0, r+, r−, any shapes that broadcast. Returns a Kernel whose gain has the
    shape (3, *broadcast shape).
    """
    total = np.asarray(np.add(reset, positive) + negative)
    changed = probability(total)
    weight = changed / np.maximum(total, np.finfo(np.float64).tiny)  # at rates of 0 any weight does
    gain = np.empty((3, *total.shape))
    for place, rate in enumerate((reset, positive, negative)):
        np.multiply(rate, weight, out=gain[place, ...])
    return Kernel(np.asarray(1.0 - changed), gain)


def stationary(reset: Number, positive: Number, negative: Number) -> Array:
    """Shares of the three states that the kernel leaves as they are: r_k/θ.

    `reset`: above 0. Returns shape (3, *broadcast shape), sums to 1 over the first axis.
    """
    rates = np.stack(np.broadcast_arrays(reset, positive, negative))
    return np.asarray(rates / rates.sum(axis=0))


def departures(customers: Array, hazard: Array) -> Array:
    """Customers who leave within the month, by mood: C_k·(1 − e^(−hazard_k))."""
    return np.asarray(customers * probability(hazard))


def return_share(still_avoiding_after_24_months: Number) -> Array:
    """Share of avoiders who become prospects again each month, ra = 1 − still_avoiding^(1/24)."""
    return np.asarray(1.0 - np.asarray(still_avoiding_after_24_months) ** (1.0 / 24))


# --- What customers tell, and who hears it ---


def stories(experiences: Number, most: Number) -> Array:
    """Stories of one kind told per customer and month, T(x) = φ·(1 − e^(−x/φ)).

    Nobody tells ten stories a month about one shop: the number saturates at φ.

    `experiences`: x, of that kind per customer and month. `most`: φ, stories per customer and month.
    """
    return np.asarray(-np.multiply(most, np.expm1(-np.divide(experiences, most))))


def exposure(messages: Array, size: Array, homophily: Number) -> Array:
    """Messages that one person of each segment hears in the month.

    x_i = h·m_i/M_i + (1 − h)·Σm/ΣM

    `messages`: m, heard within the market, told in each segment; segments on the first axis. `size`: M, people in
    each segment. `homophily`: h, share of talk that stays within the teller's segment.
    """
    if len(messages) == len(size) == 1:
        return np.asarray(messages / size)
    everywhere = messages.sum(axis=0, keepdims=True) / size.sum(axis=0, keepdims=True)
    h = np.asarray(homophily)
    return np.asarray(h * messages / size + (1.0 - h) * everywhere)


# --- The public star rating: who posts, what the rating is, what a star is worth ---


class Posted(NamedTuple):
    """Reviews per customer and month, and the stars in them."""

    reviews: Array
    stars: Array


def log_odds_per_star(effect_per_star: Number, reader_share: Number) -> Array:
    """Log-odds of choosing per star among readers, β = ln(1 + effect_per_star/ψ).

    The published effect is over all buyers; only readers can cause it.
    """
    return np.asarray(np.log1p(np.divide(effect_per_star, reader_share)))


# --- How prospects choose: by what they last heard and by the star rating ---


class Arrivals(NamedTuple):
    """New customers of a month, and what word of mouth did to their number."""

    new: Array
    """All, by the impression they held, shape (3, …)."""
    recommended: Array
    """Held a favourable impression: came on a recommendation, many of whom would have come anyway."""
    incremental: Array
    """Came because of it: P+·(p+ − p0)."""
    deterred: Array
    """Stayed away because of what they heard: P−·(p0 − p−)."""


def purchase_probability(
    odds_against: Array,
    rate: Number,
    reader_share: Number = 0.0,
    star_log_odds: Number = 0.0,
    unread: Array | None = None,
) -> Array:
    """Chance that a prospect becomes a customer within the month.

    η = ι·[(1 − ψ)·expit(ℓ) + ψ·expit(ℓ + d)],   p = 1 − e^(−η)

    `odds_against`: e^(−ℓ), the odds against choosing this business, by impression, shape (3, …). `rate`: ι, hazard
    per month at which a prospect chooses any supplier. `reader_share`: ψ, of prospects who are swayed by the
    rating. `star_log_odds`: d, change of a reader's log-odds by the rating. `unread`: from `chosen_unread`, where
    it is known already.
    """
    share = reader_share / (1.0 + odds_against * np.exp(-np.asarray(star_log_odds)))
    share += chosen_unread(odds_against, reader_share) if unread is None else unread
    return probability(rate * share)


def chosen_unread(odds_against: Array, reader_share: Number) -> Array:
    """(1 − ψ)·expit(ℓ), those who choose the business without a look at its rating."""
    return np.asarray((1.0 - np.asarray(reader_share)) / (1.0 + odds_against))


def arrivals(prospects: Array, chance: Array) -> Arrivals:
    """New customers by impression, and those whom word of mouth brought or kept away."""
    new = prospects * chance
    baseline = chance[NEUTRAL]
    return Arrivals(
        new,
        new[FAVOURABLE],
        np.asarray(new[FAVOURABLE] - prospects[FAVOURABLE] * baseline),
        np.asarray(prospects[WARY] * baseline - new[WARY]),
    )


def service_cost(
    contacts: Number,
    bad: Number,
    recovered: Number,
    per_contact: Number,
    per_bad_contact: Number,
    per_recovery: Number,
) -> Array:
    """What serving costs: contacts·per_contact + bad·per_bad_contact + recovered·per_recovery.

    `per_contact`, `per_bad_contact`, `per_recovery`: currency each, the second and third on top.
    """
    return np.asarray(
        np.multiply(contacts, per_contact)
        + np.multiply(bad, per_bad_contact)
        + np.multiply(recovered, per_recovery)
    )


def contribution(
    revenue: Number,
    margin_share: Number,
    paid_arrivals: Number,
    acquisition_cost: Number,
    recommended: Number = 0.0,
    reward: Number = 0.0,
    service: Number = 0.0,
) -> Array:
    """What a month leaves before the plan's costs.

    margin_share·revenue − acquisition_cost·(paid arrivals) − reward·recommended − service

    `paid_arrivals`: new customers less the incremental ones that word of mouth brought. `reward`: currency for
    each of them.
    """
    earned = np.multiply(margin_share, revenue) - np.multiply(acquisition_cost, paid_arrivals)
    return np.asarray(earned - np.multiply(reward, recommended) - service)
