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
    """One month of events that set a state: new = stay·old + gain·(sum of old); people are conserved."""

    stay: Array
    gain: Array

    def __call__(self, state: Array, total: Array | None = None) -> Array:
        """The three states a month later; `total`: their sum, where known."""
        moved = np.asarray(self.gain * (everybody(state) if total is None else total))
        return np.add(self.stay * state, moved)


def kernel(reset: Number, positive: Number, negative: Number) -> Kernel:
    """The last-event kernel for Poisson events that set a state to neutral, positive or negative.

    With rates r0, r+, r− per person and month and θ = r0 + r+ + r−:

    new_k = old_k·e^(−θ) + (sum of old)·r_k·w(θ),   w(θ) = (1 − e^(−θ))/θ, w(0) = 1

    It is exact for constant rates in continuous time. The gain has shape (3, *broadcast shape).
    """
    total = np.asarray(np.add(reset, positive) + negative)
    changed = probability(total)
    weight = changed / np.maximum(total, np.finfo(np.float64).tiny)  # at rates of 0 any weight does
    gain = np.empty((3, *total.shape))
    for place, rate in enumerate((reset, positive, negative)):
        np.multiply(rate, weight, out=gain[place, ...])
    return Kernel(np.asarray(1.0 - changed), gain)


def stationary(reset: Number, positive: Number, negative: Number) -> Array:
    """Shares of the three states that the kernel leaves as they are: r_k/θ, shape (3, *broadcast shape)."""
    rates = np.stack(np.broadcast_arrays(reset, positive, negative))
    return np.asarray(rates / rates.sum(axis=0))


def return_share(still_avoiding_after_24_months: Number) -> Array:
    """Share of avoiders who become prospects again each month, ra = 1 − still_avoiding^(1/24)."""
    return np.asarray(1.0 - np.asarray(still_avoiding_after_24_months) ** (1.0 / 24))


# --- What customers tell, and who hears it ---


def stories(experiences: Number, most: Number) -> Array:
    """Stories of one kind told per customer and month, T(x) = φ·(1 − e^(−x/φ)).

    Nobody tells ten stories a month about one shop: the number saturates at φ.
    """
    return np.asarray(-np.multiply(most, np.expm1(-np.divide(experiences, most))))


def exposure(messages: Array, size: Array, homophily: Number) -> Array:
    """Messages that one person of each segment (first axis) hears in the month: h·m_i/M_i + (1 − h)·Σm/ΣM."""
    if len(messages) == len(size) == 1:
        return np.asarray(messages / size)
    everywhere = messages.sum(axis=0, keepdims=True) / size.sum(axis=0, keepdims=True)
    h = np.asarray(homophily)
    return np.asarray(h * messages / size + (1.0 - h) * everywhere)


# --- Who comes, and what a month leaves ---


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


def contribution(
    revenue: Number,
    margin_share: Number,
    paid_arrivals: Number,
    acquisition_cost: Number,
    recommended: Number,
    reward: Number,
    service: Number,
) -> Array:
    """What a month leaves before the plan's costs.

    margin_share·revenue − acquisition_cost·(paid arrivals) − reward·recommended − service, where new customers
    are paid for but the incremental ones that word of mouth brought.
    """
    earned = np.multiply(margin_share, revenue) - np.multiply(acquisition_cost, paid_arrivals)
    return np.asarray(earned - np.multiply(reward, recommended) - service)
