"""The same months with chance: whole people who move by binomial and Poisson numbers.

In the order of `wom.engine`. Random are: today's moods, impressions and avoiders; moods and impressions of a
month; stories told and people told of each; reviews posted; who chooses the business, leaves, avoids it and
comes back. What a customer spends and whether a person told belongs to this market count at their mean: no
figure says how they vary. Impressions are not linear in the messages, so that chance shifts their mean: by 1 %
in a firm of 50 customers, less in larger ones.

Each purpose has in each month a child stream of its own, turned into numbers by the inverse of the distribution
function: a run and its plan meet the same luck and are equal until the plan starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, gammaincc, gammaincinv, ndtri

from .. import engine, processes, reach
from ..engine import Hidden, Month, Rules, State
from ..plan import Calendar, Schedule, Shock, Values
from ..processes import CONTENT, DISAPPOINTED, FAVOURABLE, NEUTRAL, WARY, Kernel, contribution, kernel
from ..units import Array, probability


def months(
    values: Values,
    hidden: Hidden,
    state: State,
    horizon: int,
    plan: Schedule,
    seed: int = 0,
    ids: NDArray[np.intp] | None = None,
    calendar: Calendar = Calendar(),  # noqa: B008  (frozen)
) -> Iterator[Month]:
    """The months of a run by chance, one after the other.

    `hidden`, `state`: from `wom.anchoring`; the state's people are expected numbers. `ids`: of the draws, 0, 1, 2
    … by default; luck belongs to the id.
    """
    segments, draws = state.avoiders.shape
    chosen = np.arange(draws) if ids is None else ids
    luck = Luck(seed, 0, segments, chosen)
    # Whole people at the start: today's customers in number, their moods and everybody else by chance.
    people = np.rint(np.broadcast_to(values["market.size"], state.avoiders.shape))
    rounding, avoid = luck("start", 2)
    customers = np.minimum(np.floor(state.customers.sum(axis=0) + rounding), people)
    others = people - customers
    avoiders = binomial(avoid, others, _part(state.avoiders, others))
    moods = among(luck("first moods", 2), customers, state.customers)
    impressions = among(luck("first impressions", 2), others - avoiders, state.prospects)
    current = State(moods, impressions, avoiders, state.reviews, state.review_stars)
    for month, (today, shock, rule) in enumerate(engine.rules_by_month(values, hidden, horizon, plan)):
        luck = Luck(seed, month + 1, segments, chosen)
        current, result = _step(current, rule, hidden, today, shock, luck, calendar.season(month))
        yield result


@dataclass(frozen=True)
class Luck:
    """Chances between 0 and 1 of one month, by purpose."""

    seed: int
    turn: int
    """0 before the first month."""
    segments: int
    ids: NDArray[np.intp]

    def __call__(self, purpose: str, count: int) -> Array:
        """Shape (count, segments, draws); those of a draw depend on its id alone."""
        words = np.frombuffer(blake2b(f"chance/{purpose}".encode(), digest_size=16).digest(), dtype="<u4")
        sequence = np.random.SeedSequence([self.seed, *words.tolist()], spawn_key=(self.turn,))
        drawn = np.random.default_rng(sequence).random((int(self.ids[-1]) + 1, self.segments, count))
        # A uniform number may be 0, and no chance is.
        return np.maximum(np.moveaxis(drawn[self.ids], (0, -1), (-1, 0)), 2.0**-54)


# SciPy's `binom.ppf` and `poisson.ppf` give the same numbers in twice the time.


def binomial(chance: Array, number: Array, share: Array) -> Array:
    """The binomial number whose distribution function first reaches `chance`, in (0, 1)."""
    chance, number, share = np.broadcast_arrays(chance, number, np.clip(share, 0.0, 1.0))

    def up_to(k: Array, n: Array, p: Array) -> Array:
        return np.asarray(np.where(k >= n, 1.0, betainc(n - k, k + 1.0, 1.0 - p)))

    spread = np.sqrt(number * share * (1.0 - share))
    return _smallest(chance, up_to, (number * share, spread, 1.0 - 2.0 * share, number), number, share)


def poisson(chance: Array, mean: Array) -> Array:
    """The Poisson number whose distribution function first reaches `chance`, in (0, 1)."""
    chance, mean = np.broadcast_arrays(chance, mean)

    def up_to(k: Array, mean: Array) -> Array:
        return np.asarray(gammaincc(k + 1.0, mean))

    return _smallest(chance, up_to, (mean, np.sqrt(mean), 1.0, np.inf), mean)


def _smallest(chance: Array, up_to: Callable[..., Array], moments: tuple[Any, ...], *given: Array) -> Array:
    """The smallest whole number that is reached with this chance, from a guess on (Cornish and Fisher 1938).

    `moments`: mean, standard deviation, skewness times standard deviation, and the largest number.
    """
    (mean, spread, skew, most), score = moments, ndtri(chance)
    found = np.clip(np.rint(mean + spread * score + skew * (score**2 - 1.0) / 6.0), 0.0, most)
    open_ = np.ones(found.shape, np.bool_)
    while open_.any():
        k, aim, fixed = found[open_], chance[open_], [part[open_] for part in given]
        short = up_to(k, *fixed) < aim
        over = ~short & (k > 0) & (up_to(k - 1.0, *fixed) >= aim)
        found[open_] = k + short - over
        open_[open_] = short | over
    return np.asarray(found)


def among(chance: Array, number: Array, shares: Array) -> Array:
    """People spread over three states by chance, conserved exactly; `shares`, shape (3, …), of any scale."""
    whole = shares.sum(axis=0)
    first = binomial(chance[0], number, _part(shares[0], whole))
    second = binomial(chance[1], number - first, _part(shares[1], whole - shares[0]))
    return np.stack([first, second, number - first - second])


def _part(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.zeros(np.broadcast_shapes(part.shape, whole.shape)), where=whole > 0)


def _events(people: Array, month: Kernel, chance: Array) -> Array:
    """The last-event kernel person by person: those whom nothing happened to stay, the others are spread."""
    stayed = binomial(chance[:3], people, month.stay)
    return stayed + among(chance[3:], (people - stayed).sum(axis=0), month.gain)


@cache
def dispersion(tone: str) -> float:
    """How unequal tellers are: k of the negative binomial of `wom.reach` through the published figures."""
    found = reach.published()["dispersion"].to_dict()
    return float(found[tone, "mean and more than five"])


def _gained(came: Array, stayed: Array, chance: Array, baseline: Array, luck: Array) -> Array:
    """How many came who would not have come with a neutral impression, less those who would have and did not."""
    extra = binomial(luck[0], came, 1.0 - np.minimum(_part(baseline, chance), 1.0))
    missed = binomial(luck[1], stayed, _part(np.maximum(baseline - chance, 0.0), 1.0 - chance))
    return extra - missed


def _step(
    state: State,
    rule: Rules,
    hidden: Hidden,
    values: Values,
    shock: Shock,
    luck: Luck,
    season: tuple[float, float],
) -> tuple[State, Month]:
    """One month by chance, in the order of section 5 of the model."""
    before = state.customers.sum(axis=0)
    customers = _events(state.customers, rule.moods, luck("moods", 5))
    revenue = (customers * rule.spend).sum(axis=0) * season[0]

    # Stories are Poisson; people told of S stories are negative binomial, a Poisson number around the gamma number
    # that is told here, with shape S·k and mean S·reach.
    rates, told = engine.experienced(values, shock), [np.zeros_like(before), np.zeros_like(before)]
    kinds = (
        (rates.good, values["word_of_mouth.reach_good"], "good"),
        (rates.recovered, values["word_of_mouth.reach_recovered"], "good"),
        (rates.bad, values["word_of_mouth.reach_bad"] * shock.bad_reach, "bad"),
    )
    for (rate, reached, tone), one, two in zip(kinds, luck("stories", 3), luck("reach", 3), strict=True):
        stories = poisson(one, before * processes.stories(rate, values["word_of_mouth.stories_per_month"]))
        shape = stories * dispersion(tone)
        drawn = gammaincinv(np.where(shape > 0, shape, 1.0), two) * reached / dispersion(tone)
        told[tone == "bad"] += np.where(shape > 0, drawn, 0.0)
    heard_good, heard_bad = (
        processes.exposure(hidden.audience_share * people, rule.size, rule.homophily) for people in told
    )
    prospects = _events(
        state.prospects, kernel(rule.impression_reset, heard_good, heard_bad), luck("impressions", 5)
    )

    posting, stars = engine.by_review(values)
    posts = poisson(luck("reviews", 3), before * engine.review_contacts(values, shock) * posting)
    stock = state.reviews * rule.review_stay + posts.sum(axis=(0, 1))
    stock_stars = state.review_stars * rule.review_stay + (posts * stars).sum(axis=(0, 1))
    rating = np.where(stock > 0, stock_stars / np.where(stock > 0, stock, 1.0), hidden.stars)
    chance = engine.choice(rule, hidden, rating, season[1])
    came = binomial(luck("choices", 3), prospects, chance)
    new, stayed = came.sum(axis=0), prospects - came
    causes = luck("causes", 4)
    incremental = _gained(came[FAVOURABLE], stayed[FAVOURABLE], chance[FAVOURABLE], chance[NEUTRAL], causes[:2])
    deterred = -_gained(came[WARY], stayed[WARY], chance[WARY], chance[NEUTRAL], causes[2:])

    lost = binomial(luck("departures", 3), customers, probability(engine.leaving(rule, heard_good, heard_bad)))
    avoid = binomial(luck("avoidance", 1)[0], lost[DISAPPOINTED], rule.avoid_share)
    returned = binomial(luck("returns", 1)[0], state.avoiders, rule.return_share)

    after = customers - lost
    after[CONTENT] += new
    stayed[NEUTRAL] += lost.sum(axis=0) - avoid + returned
    told_good, told_bad = map(poisson, luck("people told", 2), told)
    paid, bought, recommended = rule.service * before, new - incremental, came[FAVOURABLE]
    earned = contribution(
        revenue, rule.margin_share, bought, rule.acquisition_cost, recommended, rule.reward, paid
    )
    month = Month(
        **engine.stocks(state),
        revenue=revenue,
        contribution=earned,
        new_customers=new,
        recommended_customers=recommended,
        incremental_customers=incremental,
        deterred_customers=deterred,
        lost_customers=lost.sum(axis=0),
        people_told_good=told_good,
        people_told_bad=told_bad,
        stars=rating,
    )
    return State(after, stayed, state.avoiders - returned + avoid, stock, stock_stars), month
