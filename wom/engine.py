"""The engine: one month, and the only loop over months.

Arrays broadcast to (segments, draws); what has three moods or three impressions has them on an axis before
those. Values of the whole business have one segment. The order of a month's steps is part of the model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from . import processes
from .plan import Calendar, Schedule, Shock, Values
from .processes import CONTENT, DELIGHTED, DISAPPOINTED, FAVOURABLE, NEUTRAL, WARY, Events, everybody, kernel
from .units import LARGEST_EXPONENT, Array, logit, probability


@dataclass(frozen=True)
class State:
    """People of each segment, and the stock of reviews of the business, at the start of a month."""

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
    """Structural values that nobody observes; `wom.anchoring` finds them, a plan does not change them."""

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
    """1 where a mechanism works, 0 where it is off; arrays broadcast to (segments, draws)."""

    retention: Array | float = 1.0
    spend: Array | float = 1.0
    good_word_of_mouth: Array | float = 1.0
    bad_word_of_mouth: Array | float = 1.0
    reviews: Array | float = 1.0
    avoidance: Array | float = 1.0


class Month(NamedTuple):
    """Stocks at the start of a month and flows during it, each of shape (segments, draws)."""

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


# --- From parameters to what they come to in a month: derived values, section 4 of the model ---


REFERENCE_PROBABILITY = 0.40
"""Probability of choosing the business at which the shifts were measured (East, Hammond & Lomax 2008)."""


def contacts(values: Values) -> Array:
    """c, contacts per customer and month; one in 80,000 years is none, for rounding cannot tell moods from 0."""
    given = values["experience.contacts_per_month"]
    return np.where(given < 1e-6, 0.0, given)


class Posted(NamedTuple):
    """Reviews per customer and month, and the stars in them."""

    reviews: Array
    stars: Array


def experienced(values: Values, shock: Shock = Shock()) -> Events:  # noqa: B008  (frozen)
    """Experiences per customer and month, those of an event on top, and those that disappoint.

    g' = c·g, b' = c·b·(1 − ρ), r' = c·b·ρ, b* = c·b·(1 − ρ·ω): of recovered contacts a share ω leaves the mood as
    it was.
    """
    number, offset = contacts(values), values["experience.recovery_offset"]
    recovered, bad = values["experience.recovered_share"], number * values["experience.bad_share"]
    return Events(
        number * values["experience.good_share"] + shock.good,
        bad * (1.0 - recovered) + shock.bad,
        bad * recovered + shock.recovered,
        bad * (1.0 - recovered * offset) + shock.bad + shock.recovered * (1.0 - offset),
    )


def served(values: Values, shock: Shock = Shock()) -> Array:  # noqa: B008
    """Cost of service per customer and month: contacts, bad ones and recoveries, an event's included."""
    number, more = contacts(values), shock.bad + shock.recovered
    bad = number * values["experience.bad_share"]
    recovered = bad * values["experience.recovered_share"] + shock.recovered
    return np.asarray(
        (number + shock.good + more) * values["economics.cost_per_contact"]
        + (bad + more) * values["economics.cost_per_bad_contact"]
        + recovered * values["economics.cost_per_recovery"]
    )


def log_hazard_ratios(values: Values) -> tuple[Array, Array]:
    """ln χ per bad message that a customer hears and ln χ+ per good one, each times causal_share."""
    kappa = values["word_of_mouth.causal_share"]
    bad, good = (np.log(values[f"word_of_mouth.{name}_hazard_ratio"]) for name in ("churn", "loyalty"))
    return kappa * bad, kappa * good


def told(values: Values, rates: Events) -> tuple[Array, Array]:
    """People told good and bad per customer and month: T(g')·R+ + T(r')·Rr and T(b')·R−."""
    good, bad, mended = (
        processes.stories(rate, values["word_of_mouth.stories_per_month"]) * values[f"word_of_mouth.reach_{kind}"]
        for rate, kind in ((rates.good, "good"), (rates.bad, "bad"), (rates.recovered, "recovered"))
    )
    return good + mended, bad


def review_contacts(values: Values, shock: Shock) -> Array:
    """Good, neutral (recovered ones included) and bad contacts per customer and month, shape (3, …)."""
    own, rates = experienced(values), experienced(values, shock)
    neutral = contacts(values) - own.good - own.bad + shock.recovered
    return by_state(rates.good, neutral, rates.bad)


def review_posts(values: Values, shock: Shock = Shock()) -> Posted:  # noqa: B008
    """Reviews posted per customer and month, Σ contacts·posting over good, neutral and bad, and their stars."""
    posting, stars = by_review(values)
    reviews = review_contacts(values, shock) * posting
    return Posted(reviews.sum(axis=0), (reviews * stars).sum(axis=0))


def by_review(values: Values) -> tuple[Array, Array]:
    """Reviews per contact and stars of a review after good, neutral and bad contacts, each of shape (3, …)."""
    kinds = ("good", "neutral", "bad")
    posting, stars = (
        by_state(*(values[f"reviews.{what}_{kind}"] for kind in kinds)) for what in ("posting", "stars")
    )
    return posting, stars


def by_state(*parts: Array | float) -> Array:
    """Three numbers, one for each mood, impression or kind of contact, as one array of shape (3, …)."""
    return np.stack(np.broadcast_arrays(*parts)).astype(np.float64, copy=False)


def mood_hazard_ratios(values: Values) -> Array:
    """H = (1, delighted_hazard_ratio^κd, disappointed_hazard_ratio^κd): hazard of leaving against content."""
    kappa = values["experience.causal_share"]
    return by_state(
        1.0, *(values[f"retention.{mood}_hazard_ratio"] ** kappa for mood in ("delighted", "disappointed"))
    )


def mood_spending(values: Values) -> Array:
    """f = (1, 1 + κd·uplift_share·uplift_size, 1 − κd·disappointed_cut): spending by mood against content."""
    kappa = values["experience.causal_share"]
    more = 1.0 + kappa * values["spending.uplift_share"] * values["spending.uplift_size"]
    return by_state(1.0, more, 1.0 - kappa * values["spending.disappointed_cut"])


def impression_shifts(values: Values) -> Array:
    """Change of the log-odds of choosing the business by impression, e = (0, δ+, −δ−).

    δ+ = κ·[logit(.40 + shift_good) − logit(.40)],   δ− = κ·[logit(.40) − logit(.40 − shift_bad)], with shifts of
    the probability as stated by people who heard.
    """
    kappa, base = values["word_of_mouth.causal_share"], logit(REFERENCE_PROBABILITY)
    up = kappa * (logit(REFERENCE_PROBABILITY + values["word_of_mouth.shift_good"]) - base)
    down = kappa * (base - logit(REFERENCE_PROBABILITY - values["word_of_mouth.shift_bad"]))
    return by_state(0.0, up, -down)


@dataclass(frozen=True)
class Rules:
    """What the parameters of a month come to: constant until the plan changes one or an event happens."""

    moods: processes.Kernel
    spend: Array
    """Currency per customer and month by mood."""
    told_good: Array
    """People told per customer and month."""
    told_bad: Array
    impression_reset: Array
    homophily: Array
    size: Array
    review_stay: Array
    posted: Posted
    per_star: Array
    reader_share: Array
    purchase_rate: Array
    odds_against: Array
    """Of choosing this business without a look at its rating, e^(−ℓ) by impression."""
    hazard: Array
    """By mood, before what customers hear."""
    log_churn_ratio: Array
    """ln χ per bad message heard."""
    log_loyalty_ratio: Array
    """ln χ+ per good message heard, 0 or below."""
    avoid_share: Array
    return_share: Array
    margin_share: Array
    acquisition_cost: Array
    reward: Array
    """Currency for each new customer who comes on a recommendation."""
    service: Array
    """Currency per customer and month that serving costs."""


def rules(values: Values, hidden: Hidden, shock: Shock, on: Switches) -> Rules:
    """The derived values of a month (section 4 of the model) with an event's extra and with mechanisms off.

    A mechanism that is off (0) means H = 1, f = 1, no people told, β = 0 or α = 0. β = ln(1 + effect_per_star/ψ):
    the published effect of a star is over all buyers, and only readers can cause it.
    """
    rates = experienced(values, shock)
    told_good, told_bad = told(values, rates)
    factors, ratios, shifts = mood_spending(values), mood_hazard_ratios(values), impression_shifts(values)
    churn, loyalty = log_hazard_ratios(values)
    log_odds = hidden.log_odds + np.log(values["market.demand_odds_multiplier"])
    per_star = np.log1p(values["reviews.effect_per_star"] / values["reviews.reader_share"])
    return Rules(
        moods=kernel(1.0 / values["experience.memory_months"], rates.good, rates.disappointing),
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
        log_churn_ratio=churn,
        log_loyalty_ratio=loyalty,
        avoid_share=np.asarray(values["retention.avoid_share"] * on.avoidance),
        return_share=processes.return_share(values["retention.still_avoiding_after_24_months"]),
        margin_share=values["economics.margin_share"],
        acquisition_cost=values["economics.acquisition_cost"],
        reward=values["economics.reward_per_recommendation"],
        service=served(values, shock),
    )


# --- The engine: one month, and the only loop over months ---


class Surroundings(NamedTuple):
    """What a month holds for everybody in a segment, whatever their own state; shape (segments, draws)."""

    told_good: Array
    """People told, before the audience share."""
    told_bad: Array
    heard_good: Array
    """Messages that one person hears, x+."""
    heard_bad: Array
    reviews: Array
    """Posted and not yet forgotten, shape (1, draws)."""
    review_stars: Array
    stars: Array
    spending_season: Array
    """Of the month, 1 on average, shape (1, 1)."""
    chance: Array
    """To choose this business within the month, by impression, shape (3, segments, draws)."""


class People(NamedTuple):
    """The seven states of a segment: customers and prospects of shape (3, segments, draws), and avoiders."""

    customers: Array
    prospects: Array
    avoiders: Array


class Moves(NamedTuple):
    """What people do in a month, by segment and draw, as columns of a `Month`."""

    revenue: Array
    contribution: Array
    new_customers: Array
    recommended_customers: Array
    incremental_customers: Array
    deterred_customers: Array
    lost_customers: Array


class Moment(NamedTuple):
    """A month with what made it."""

    month: Month
    rules: Rules
    around: Surroundings
    after: State
    """At the month's end."""


def surroundings(
    state: State, rule: Rules, hidden: Hidden, season: tuple[float, float], *others: tuple[Array, Rules]
) -> Surroundings:
    """What the customers of a month say and post, and what that does to everybody else (steps 4, 6 and 7).

    `others`: further customers by segment and draw who are served in their own way, each with their rules.
    """
    number = everybody(state.customers)
    told_good, told_bad = number * rule.told_good, number * rule.told_bad
    posts, post_stars = (number * part for part in rule.posted)
    for number, its in others:
        told_good, told_bad = told_good + number * its.told_good, told_bad + number * its.told_bad
        posts, post_stars = posts + number * its.posted.reviews, post_stars + number * its.posted.stars
    if len(posts) > 1:
        posts, post_stars = (part.sum(axis=0, keepdims=True) for part in (posts, post_stars))
    audience = hidden.audience_share
    stock = state.reviews * rule.review_stay + posts
    stock_stars = state.review_stars * rule.review_stay + post_stars
    rated = stock > 0
    if rated.all():
        stars = stock_stars / stock
    else:
        stars = np.where(rated, stock_stars / np.where(rated, stock, 1.0), hidden.stars)
    return Surroundings(
        told_good=told_good,
        told_bad=told_bad,
        heard_good=processes.exposure(audience * told_good, rule.size, rule.homophily),
        heard_bad=processes.exposure(audience * told_bad, rule.size, rule.homophily),
        reviews=stock,
        review_stars=stock_stars,
        stars=stars,
        spending_season=np.full((1, 1), season[0]),
        chance=choice(rule, hidden, stars, season[1]),
    )


def choice(rule: Rules, hidden: Hidden, stars: Array, season: float = 1.0) -> Array:
    """Chance by impression that a prospect chooses this business within the month, shape (3, segments, draws).

    η = ι·[(1 − ψ)·expit(ℓ) + ψ·expit(ℓ + β·more stars)],   p = 1 − e^(−η)

    `stars`: the rating, shape (1, draws); nan if nobody posts.
    """
    more = stars - hidden.stars
    rise = np.where(np.isnan(more), 0.0, rule.per_star * more)
    share = rule.reader_share / (1.0 + rule.odds_against * np.exp(-rise))
    share += (1.0 - rule.reader_share) / (1.0 + rule.odds_against)
    return probability(rule.purchase_rate * season * share)


def leaving(rule: Rules, heard_good: Array, heard_bad: Array) -> Array:
    """Hazard per month of leaving by mood with what customers hear, λ·H_k·χ^x−·χ+^x+, any multiplier in it."""
    heard = rule.log_churn_ratio * heard_bad + rule.log_loyalty_ratio * heard_good
    with np.errstate(over="ignore"):  # beyond the largest number nobody stays
        return np.asarray(rule.hazard * np.exp(np.minimum(heard, LARGEST_EXPONENT)))


def move(people: People, rule: Rules, around: Surroundings) -> tuple[People, Moves]:
    """People through one month in given surroundings; linear in the people (all steps but 4 and 6).

    `people`: at the month's start, of any number, also fewer than none: differences move alike. Returns people at
    the month's end, and what they did.
    """
    number = everybody(people.customers)
    customers = rule.moods(people.customers, number)
    revenue = everybody(customers * rule.spend) * around.spending_season
    prospects = kernel(rule.impression_reset, around.heard_good, around.heard_bad)(people.prospects)
    came = processes.arrivals(prospects, around.chance)
    new = everybody(came.new)

    lost = customers * probability(leaving(rule, around.heard_good, around.heard_bad))
    avoid = rule.avoid_share * lost[DISAPPOINTED]
    returned = rule.return_share * people.avoiders
    left = everybody(lost)

    after = customers - lost
    after[CONTENT] += new
    pool = prospects - came.new
    pool[NEUTRAL] += left - avoid + returned
    avoiders = people.avoiders - returned + avoid
    paid = new - came.incremental, rule.acquisition_cost, came.recommended, rule.reward
    money = processes.contribution(revenue, rule.margin_share, *paid, rule.service * number)
    return People(after, pool, avoiders), Moves(revenue, money, new, *came[1:], left)


def stocks(state: State) -> dict[str, Array]:
    """People by column of a `Month`, shape (segments, draws) each."""
    return {
        "customers": everybody(state.customers),
        "content": state.customers[CONTENT],
        "delighted": state.customers[DELIGHTED],
        "disappointed": state.customers[DISAPPOINTED],
        "prospects": everybody(state.prospects),
        "favourable": state.prospects[FAVOURABLE],
        "wary": state.prospects[WARY],
        "avoiders": state.avoiders,
    }


def _step(state: State, rule: Rules, hidden: Hidden, season: tuple[float, float]) -> tuple[State, Moment]:
    """One month, in the order of section 5 of the model."""
    around = surroundings(state, rule, hidden, season)
    people, moves = move(People(state.customers, state.prospects, state.avoiders), rule, around)
    month = Month(
        **stocks(state),
        **moves._asdict(),
        people_told_good=around.told_good,
        people_told_bad=around.told_bad,
        stars=around.stars,
    )
    after = State(*people, around.reviews, around.review_stars)
    return after, Moment(month, rule, around, after)


def moments(
    values: Values,
    hidden: Hidden,
    state: State,
    horizon: int,
    plan: Schedule = Schedule(),  # noqa: B008  (frozen)
    on: Switches = Switches(),
    calendar: Calendar = Calendar(),  # noqa: B008
) -> Iterator[Moment]:
    """The months of a run one after the other, each with its rules and what people met; nothing past is kept."""
    for month, (_, _, rule) in enumerate(rules_by_month(values, hidden, horizon, plan, on)):
        state, moment = _step(state, rule, hidden, calendar.season(month))
        yield moment


def months(*run: Any, **more: Any) -> Iterator[Month]:
    """As `moments`, the months alone."""
    return (moment.month for moment in moments(*run, **more))


def rules_by_month(
    values: Values,
    hidden: Hidden,
    horizon: int,
    plan: Schedule = Schedule(),  # noqa: B008
    on: Switches = Switches(),
) -> Iterator[tuple[Values, Shock, Rules]]:
    """Parameters, what an event brings, and rules of each month; derived anew only where something changes."""
    turns, nothing = plan.turns(horizon), Shock()
    current = values
    calm: Rules | None = None
    for month in range(horizon):
        if month in turns or calm is None:
            current = plan.parameters(values, month)
            calm = rules(current, hidden, nothing, on)
        shock = plan.shock(month)
        yield (current, nothing, calm) if shock is None else (current, shock, rules(current, hidden, shock, on))
