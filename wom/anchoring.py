"""From what was observed today to the values that nobody observes.

Month 0 reproduces the observed totals, and moods and impressions start in balance, so that a run without a plan
shows no trend but that of the number of customers. All of it works on arrays of (segments, draws) at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize.elementwise import find_root

from .errors import InputError
from .experience import CONTENT, DISAPPOINTED, FAVOURABLE, Events, kernel, stationary
from .model import (
    Hidden,
    State,
    experienced,
    impression_shifts,
    mood_hazard_ratios,
    mood_spending,
    review_posts,
    told,
)
from .retention import return_share
from .schedule import Values
from .units import Array, hazard, logit, probability
from .word_of_mouth import exposure

_AUDIENCES = np.geomspace(1e-6, 1.0, 49)
"""Where the smallest root for the audience share is looked for; between two of them it is found exactly."""

_WIDER = 1e-6
"""Brackets are widened by this much, because at their ends rounding can hide the change of sign."""


class Problem(NamedTuple):
    """Observed figures that contradict each other, in some segments and draws."""

    where: NDArray[np.bool_]
    """Truth value by (segment, draw)."""
    text: str
    keys: tuple[str, ...]


def anchor(segments: Sequence[str], values: Values) -> tuple[Hidden, State]:
    """Hidden values and the state at the start of month 0.

    Args:
        segments: names, for messages.
        values: today's parameters, from `Scenario.inputs`.

    Raises:
        InputError: figures that contradict each other, with the segment and what to change.

    Example:
        >>> import wom
        >>> inputs = wom.load("retailer/today").inputs()
        >>> hidden, state = anchor(inputs.segments, inputs.parameters)
        >>> round(float(hidden.base_hazard.item()), 4), round(float(state.customers.sum()))
        (0.0237, 5000)
    """
    hidden, state, problems = anchor_draws(values)
    for problem in problems:
        if problem.where.any():
            place = int(np.argwhere(problem.where)[0][0])
            where = f"today.segments.{segments[place]}" if len(segments) > 1 else "today"
            raise InputError(problem.text, where if problem.where.shape[0] > 1 or len(segments) == 1 else "today")
    return hidden, state


def anchor_draws(values: Values) -> tuple[Hidden, State, list[Problem]]:
    """As `anchor`, with contradictions listed instead of raised: their draws hold nan."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return _anchor(values)


def _anchor(values: Values) -> tuple[Hidden, State, list[Problem]]:
    shape = np.broadcast_shapes(*(value.shape for value in values.values()))
    size, n = (np.broadcast_to(values[key], shape) for key in ("market.size", "market.customers"))
    new = np.broadcast_to(values["market.new_customers_per_month"], shape)
    problems = []

    rates = experienced(values)
    moods = _moods(values, rates, shape)
    avoid = values["retention.avoid_share"] * n * moods.after[DISAPPOINTED] * moods.left[DISAPPOINTED]
    avoiders = np.asarray(avoid / return_share(values["retention.still_avoiding_after_24_months"]))
    pool = size - n - avoiders
    problems.append(
        Problem(
            pool <= 0,
            "customers and the people who avoid the business today leave no prospects in the market; "
            "raise market.size or lower market.customers or retention.avoid_share",
            ("market.size", "market.customers", "retention.avoid_share"),
        )
    )
    rate = np.broadcast_to(values["market.category_purchase_rate"], shape)
    problems.append(
        Problem(
            (pool > 0) & (new > 0) & (new >= pool * probability(rate)),
            "more new_customers_per_month than prospects who choose a supplier in a month; "
            "raise market.size or market.category_purchase_rate or lower market.new_customers_per_month",
            ("market.new_customers_per_month", "market.size", "market.category_purchase_rate"),
        )
    )

    told_good, told_bad = (n * per_customer for per_customer in told(values, rates))
    talk = _Talk(
        pool,
        new,
        rate,
        np.broadcast_to(1.0 / values["word_of_mouth.memory_months"], shape),
        exposure(told_good, size, values["market.homophily"]),
        exposure(told_bad, size, values["market.homophily"]),
        np.broadcast_to(impression_shifts(values), (3, *shape)),
    )
    if "word_of_mouth.audience_share" in values:
        audience = np.broadcast_to(values["word_of_mouth.audience_share"], (1, shape[1])).copy()
    else:
        audience, reachable = _audience(talk, np.broadcast_to(values["market.referral_share"], (1, shape[1]))[0])
        problems.append(
            Problem(
                np.isnan(audience) & ~np.isnan(reachable),
                "market.referral_share cannot be reached: at most "
                f"{np.nanmin(reachable, initial=1.0):.1%} of new customers can come on a recommendation given "
                "market.size, word_of_mouth.reach_good, experience.contacts_per_month and "
                "word_of_mouth.memory_months; lower the first or raise the reach, the contacts or the memory",
                (
                    "market.referral_share",
                    "market.size",
                    "word_of_mouth.reach_good",
                    "experience.contacts_per_month",
                    "word_of_mouth.memory_months",
                ),
            )
        )

    prospects = pool * talk.impressions(audience)
    heard_bad = audience * talk.heard_bad
    churn = values["word_of_mouth.churn_hazard_ratio"] ** values["word_of_mouth.causal_share"]
    spend = values["economics.spend_per_customer"] / (moods.after * mood_spending(values)).sum(axis=0)

    posts = review_posts(values)
    weight = np.where(n.sum(axis=0) > 0, n, 1.0)
    posted = (weight * posts.reviews).sum(axis=0, keepdims=True)
    posted_stars = (weight * posts.stars).sum(axis=0, keepdims=True)
    kept = -np.expm1(-1.0 / values["reviews.memory_months"])
    launched = n.sum(axis=0, keepdims=True) > 0
    hidden = Hidden(
        base_hazard=np.asarray(moods.hazard / churn**heard_bad),
        base_spend=np.broadcast_to(spend, shape).copy(),
        log_odds=talk.log_odds(talk.impressions(audience)),
        audience_share=audience,
        stars=posted_stars / np.where(posted > 0, posted, np.nan),
    )
    state = State(
        customers=np.asarray(n * moods.start),
        prospects=np.asarray(prospects),
        avoiders=avoiders,
        reviews=np.where(launched, posted / kept, 0.0),
        review_stars=np.where(launched, posted_stars / kept, 0.0),
    )
    return hidden, state, problems


class _Moods(NamedTuple):
    hazard: Array
    """λ·χ^x−, of content customers: retention pins it, whatever customers hear."""
    start: Array
    """π, shares of moods at the start of a month."""
    after: Array
    """Kernel of π."""
    left: Array
    """Probability to leave, by mood."""


def _moods(values: Values, rates: Events, shape: tuple[int, ...]) -> _Moods:
    """Mood shares and hazard that the month leaves as they are and that give the observed retention.

    With q the shares after the kernel, E = e^(−θ), u = r_k·w(θ), arrivals per customer ν and t = retention + ν:
    q_k·(1 − E·S_k/t) = u_k + [content]·E·ν/t with S_k = e^(−hazard·H_k), and Σq = 1 fixes the hazard. The sum
    is written without its poles, so that the root is bracketed. At a launch q is the kernel's own balance.
    """
    memory = values["experience.memory_months"]
    month = kernel(1.0 / memory, rates.good, rates.bad)
    n = np.broadcast_to(values["market.customers"], shape)
    stay = np.broadcast_to(values["retention.retention_rate"], shape)
    ratios = np.broadcast_to(mood_hazard_ratios(values), (3, *shape))
    launch = n == 0
    arrivals = np.where(launch, 0.0, values["market.new_customers_per_month"] / np.where(launch, 1.0, n))
    total = stay + arrivals
    carried = np.broadcast_to(month.stay / total, shape)
    inflow = np.broadcast_to(month.gain, (3, *shape)).copy()
    inflow[CONTENT] += carried * arrivals
    inflow = np.where(launch, stationary(1.0 / memory, rates.good, rates.bad), inflow)

    def gap(hazard: Array, stay: Array, carried: Array, launch: Array, *mood: Array) -> Array:
        gains, others = np.stack(mood[:3]), np.stack(mood[3:])
        stays = np.exp(-hazard * others)
        kept = np.where(gains > 0, 1.0 - carried * stays, 1.0)
        cross = gains[0] * kept[1] * kept[2] + gains[1] * kept[0] * kept[2] + gains[2] * kept[0] * kept[1]
        return np.asarray(np.where(launch > 0, stay - (gains * stays).sum(axis=0), kept.prod(axis=0) - cross))

    present = np.where(inflow > 0, ratios, np.nan)
    slowest, fastest = np.nanmin(present, axis=0), np.nanmax(present, axis=0)
    leaving = -np.log(stay)
    low = np.maximum(leaving / fastest, np.log(np.maximum(carried, 1.0)) / slowest) * (1.0 - _WIDER)
    high = leaving / slowest * (1.0 + _WIDER)
    args = (stay, carried, launch.astype(np.float64), *inflow, *ratios)
    root = find_root(gap, (low, high), args=args).x
    level = np.where(stay < 1.0, root, 0.0)
    stays = np.exp(-level * ratios)
    after = np.where(launch, inflow, inflow / np.where(inflow > 0, 1.0 - carried * stays, 1.0))
    start = after * stays
    start[CONTENT] += arrivals
    start = np.where(launch, inflow, start / start.sum(axis=0))
    return _Moods(np.asarray(level), start, after, probability(level * ratios))


class _Talk(NamedTuple):
    """Prospects and what they would hear if everybody told belonged to this market."""

    pool: Array
    new: Array
    rate: Array
    reset: Array
    heard_good: Array
    heard_bad: Array
    shifts: Array

    def impressions(self, audience: Array) -> Array:
        """Stationary shares of the impressions."""
        return stationary(self.reset, audience * self.heard_good, audience * self.heard_bad)

    def log_odds(self, shares: Array) -> Array:
        """L, so that the impressions bring the observed number of new customers."""
        needed = np.where(self.pool > 0, self.new / self.pool, np.nan)
        level = logit(hazard(needed) / self.rate)
        low, high = level - self.shifts.max(axis=0) - _WIDER, level - self.shifts.min(axis=0) + _WIDER

        def gap(log_odds: Array, needed: Array, rate: Array, *mix: Array) -> Array:
            chance = probability(rate / (1.0 + np.exp(-(log_odds + np.stack(mix[3:])))))
            return np.asarray((np.stack(mix[:3]) * chance).sum(axis=0) - needed)

        found = find_root(gap, (low, high), args=(needed, self.rate, *shares, *self.shifts)).x
        return np.where(self.new > 0, found, -np.inf)

    def recommended(self, audience: Array) -> Array:
        """Share of the business's new customers who come with a favourable impression, by draw."""
        shares = self.impressions(audience)
        odds = self.log_odds(shares) + self.shifts[FAVOURABLE]
        came = self.pool * shares[FAVOURABLE] * probability(self.rate / (1.0 + np.exp(-odds)))
        return np.asarray(came.sum(axis=0) / self.new.sum(axis=0))

    def draws(self, chosen: NDArray[np.intp]) -> _Talk:
        """The same for some draws."""
        return _Talk(*(part[..., chosen] for part in self))


def _audience(talk: _Talk, target: Array) -> tuple[Array, Array]:
    """The smallest audience share that gives the observed referral share; nan where there is none.

    Returns:
        The share, and the largest referral share that could be reached, each of shape (1, draws).
    """
    reached = np.stack([talk.recommended(np.full((1, len(target)), share)) for share in _AUDIENCES])
    enough = reached >= target
    first = enough.argmax(axis=0)
    usable = enough.any(axis=0) & (first > 0)

    def gap(audience: Array, draw: Array) -> Array:
        chosen = draw.astype(np.intp)
        return talk.draws(chosen).recommended(audience[np.newaxis]) - target[chosen]

    low, high = _AUDIENCES[np.maximum(first, 1) - 1], _AUDIENCES[np.maximum(first, 1)]
    found = np.full(len(target), np.nan)
    if usable.any():
        draws = np.flatnonzero(usable)
        found[draws] = find_root(gap, (low[draws], high[draws]), args=(draws.astype(np.float64),)).x
    return found[np.newaxis], reached.max(axis=0)[np.newaxis]
