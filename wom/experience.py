"""Contacts become good, bad and recovered experiences; the last one that counts sets a customer's mood.

Customers are content, delighted or disappointed; prospects hold a neutral, favourable or wary impression.
Both follow one rule, the last-event kernel: events set the state, whatever it was, and time sets it back.
Arrays hold the three states on their first axis, in that order, then segments, then draws.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .units import Array, Number

CONTENT, DELIGHTED, DISAPPOINTED = 0, 1, 2
NEUTRAL, FAVOURABLE, WARY = 0, 1, 2


class Events(NamedTuple):
    """Experiences per customer and month.

    Example:
        >>> rates = events(2.0, 0.25, 0.06, 0.30)
        >>> round(float(rates.good), 3), round(float(rates.bad + rates.recovered), 3)
        (0.5, 0.12)
    """

    good: Array
    bad: Array
    """Bad and not put right."""
    recovered: Array


def events(contacts: Number, good_share: Number, bad_share: Number, recovered_share: Number) -> Events:
    """Good, unrecovered bad and recovered experiences per customer and month.

    g' = c·g, b' = c·b·(1 − ρ), r' = c·b·ρ

    Args:
        contacts: c, per customer and month, any shape that broadcasts.
        good_share, bad_share: g and b, of contacts.
        recovered_share: ρ, of bad contacts.

    Example:
        >>> [round(float(rate), 3) for rate in events(2.0, 0.25, 0.06, 0.30)]
        [0.5, 0.084, 0.036]
    """
    bad = np.multiply(contacts, bad_share)
    return Events(
        np.asarray(np.multiply(contacts, good_share)),
        np.asarray(bad * (1.0 - np.asarray(recovered_share))),
        np.asarray(bad * recovered_share),
    )


class Kernel(NamedTuple):
    """One month of events that set a state: `new = stay·old + gain·(sum of old)`.

    Example:
        Nobody is lost, and events so frequent that something always happens leave nothing as it was:

        >>> month = kernel(0.0, 1000.0, 0.0)
        >>> month(np.array([70.0, 0.0, 30.0])).round(6).tolist()
        [0.0, 100.0, 0.0]
    """

    stay: Array
    gain: Array

    def __call__(self, state: Array) -> Array:
        """The three states a month later; people are conserved."""
        return np.asarray(self.stay * state + self.gain * state.sum(axis=0))


def kernel(reset: Number, positive: Number, negative: Number) -> Kernel:
    """The last-event kernel for Poisson events that set a state to neutral, positive or negative.

    With rates r0, r+, r− per person and month and θ = r0 + r+ + r−:

    new_k = old_k·e^(−θ) + (sum of old)·r_k·w(θ),   w(θ) = (1 − e^(−θ))/θ, w(0) = 1

    It is exact for constant rates in continuous time.

    Args:
        reset, positive, negative: r0, r+, r−, any shapes that broadcast.

    Returns:
        A Kernel whose gain has the shape (3, *broadcast shape).

    Example:
        Half a good experience a month and a memory of six months, from all content:

        >>> kernel(1 / 6, 0.5, 0.0)(np.array([1.0, 0.0, 0.0])).round(4).tolist()
        [0.6351, 0.3649, 0.0]
    """
    rates = np.stack(np.broadcast_arrays(reset, positive, negative)).astype(np.float64, copy=False)
    total = rates.sum(axis=0)
    changed = -np.expm1(-total)
    weight = np.divide(changed, total, out=np.ones_like(total), where=total > 0)
    return Kernel(np.asarray(1.0 - changed), np.asarray(rates * weight))


def stationary(reset: Number, positive: Number, negative: Number) -> Array:
    """Shares of the three states that the kernel leaves as they are: r_k/θ.

    Args:
        reset, positive, negative: rates per person and month; reset above 0.

    Returns:
        Shape (3, *broadcast shape), sums to 1 over the first axis.

    Example:
        >>> stationary(0.25, 0.5, 0.25).tolist()
        [0.25, 0.5, 0.25]
    """
    rates = np.stack(np.broadcast_arrays(reset, positive, negative))
    return np.asarray(rates / rates.sum(axis=0))
