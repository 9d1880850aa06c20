"""The engine: one month, and the only loop over months.

Arrays broadcast to (segments, draws); what has three moods or three impressions has them on an axis before
those. Values of the whole business have one segment. The order of a month's steps is part of the model.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from . import demand, retention, word_of_mouth
from .economics import contribution
from .experience import CONTENT, DELIGHTED, DISAPPOINTED, FAVOURABLE, NEUTRAL, WARY, kernel
from .rules import Rules, rules
from .schedule import Schedule, Shock, Values
from .state import Hidden, Month, State, Switches
from .units import LARGEST_EXPONENT, Array


class Surroundings(NamedTuple):
    """What a month holds for everybody in a segment, whatever their own state; shape (segments, draws).

    Example:
        >>> import wom
        >>> from wom.batch import start
        >>> begun = start(wom.load("retailer/today"))
        >>> today = next(moments(begun.inputs.parameters, begun.hidden, begun.state, 1))
        >>> told, share = today.around.told_good.item(), begun.hidden.audience_share.item()
        >>> round(today.around.heard_good.item() / (share * told / today.rules.size.item()), 9)
        1.0
    """

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
    chance: Array
    """To choose this business within the month, by impression, shape (3, segments, draws)."""


class People(NamedTuple):
    """The seven states of a segment: customers and prospects of shape (3, segments, draws), and avoiders.

    Example:
        >>> crowd = People(np.array([70.0, 20.0, 10.0]), np.array([800.0, 60.0, 30.0]), np.array(10.0))
        >>> float(crowd.customers.sum() + crowd.prospects.sum() + crowd.avoiders)
        1000.0
    """

    customers: Array
    prospects: Array
    avoiders: Array


class Moves(NamedTuple):
    """What people do in a month, all by segment and draw; money in the scenario's currency.

    Example:
        >>> import wom
        >>> from wom.batch import start
        >>> begun = start(wom.load("retailer/today"))
        >>> _, rule, around = next(moments(begun.inputs.parameters, begun.hidden, begun.state, 1))
        >>> state = begun.state
        >>> _, moves = move(People(state.customers, state.prospects, state.avoiders), rule, around)
        >>> round(moves.revenue.item()), round(moves.left.item())
        (250000, 125)
    """

    revenue: Array
    contribution: Array
    """Before the plan's costs."""
    new: Array
    """New customers."""
    came: demand.Arrivals
    """The same by impression, and what word of mouth did."""
    left: Array
    """Customers lost."""


class Moment(NamedTuple):
    """A month with what made it.

    Example:
        >>> import wom
        >>> from wom.batch import start
        >>> begun = start(wom.load("retailer/today"))
        >>> today = next(moments(begun.inputs.parameters, begun.hidden, begun.state, 1))
        >>> bool((today.month.people_told_bad == today.around.told_bad).all())
        True
    """

    month: Month
    rules: Rules
    around: Surroundings


def _surroundings(state: State, rule: Rules, hidden: Hidden) -> Surroundings:
    """What the customers of a month say and post, and what that does to everybody else (steps 4, 6 and 7)."""
    before = state.customers.sum(axis=0)
    told_good, told_bad = before * rule.told_good, before * rule.told_bad
    audience = hidden.audience_share
    posts = (before * rule.posted.reviews).sum(axis=0, keepdims=True)
    post_stars = (before * rule.posted.stars).sum(axis=0, keepdims=True)
    stock, stock_stars = (
        state.reviews * rule.review_stay + posts,
        state.review_stars * rule.review_stay + post_stars,
    )
    rated = stock > 0
    stars = np.where(rated, stock_stars / np.where(rated, stock, 1.0), hidden.stars)
    rise = np.where(np.isnan(stars - hidden.stars), 0.0, rule.per_star * (stars - hidden.stars))
    return Surroundings(
        told_good=told_good,
        told_bad=told_bad,
        heard_good=word_of_mouth.exposure(audience * told_good, rule.size, rule.homophily),
        heard_bad=word_of_mouth.exposure(audience * told_bad, rule.size, rule.homophily),
        reviews=stock,
        review_stars=stock_stars,
        stars=stars,
        chance=demand.purchase_probability(rule.odds_against, rule.purchase_rate, rule.reader_share, rise),
    )


def leaving(rule: Rules, around: Surroundings) -> Array:
    """Hazard of leaving by mood with the bad that customers hear, λ·H_k·χ^x− per month.

    Shape (3, segments, draws); `churn_hazard_multiplier` is in it.

    Example:
        >>> import wom
        >>> from wom.batch import start
        >>> begun = start(wom.load("retailer/today"))
        >>> _, rule, around = next(moments(begun.inputs.parameters, begun.hidden, begun.state, 1))
        >>> content, delighted, disappointed = leaving(rule, around).ravel()
        >>> bool(delighted < content < disappointed)
        True
    """
    worse = np.exp(np.minimum(rule.log_churn_ratio * around.heard_bad, LARGEST_EXPONENT))  # nobody can stay
    return np.asarray(rule.hazard * worse)


def move(people: People, rule: Rules, around: Surroundings) -> tuple[People, Moves]:
    """People through one month in given surroundings; linear in the people (all steps but 4 and 6).

    Args:
        people: at the month's start, of any number, also fewer than none: differences move alike.
        rule: of the month.
        around: what everybody hears and reads.

    Returns:
        People at the month's end, and what they did.

    Example:
        >>> import wom
        >>> from wom.batch import start
        >>> begun = start(wom.load("retailer/today"))
        >>> _, rule, around = next(moments(begun.inputs.parameters, begun.hidden, begun.state, 1))
        >>> nobody = People(np.zeros((3, 1, 1)), np.zeros((3, 1, 1)), np.ones((1, 1)))
        >>> after, moves = move(nobody, rule, around)
        >>> round(float(after.prospects.sum() + after.avoiders.sum()), 9), moves.revenue.item()
        (1.0, 0.0)
    """
    customers = rule.moods(people.customers)
    revenue = (customers * rule.spend).sum(axis=0)
    prospects = kernel(rule.impression_reset, around.heard_good, around.heard_bad)(people.prospects)
    came = demand.arrivals(prospects, around.chance)
    new = came.new.sum(axis=0)

    lost = retention.departures(customers, leaving(rule, around))
    avoid = rule.avoid_share * lost[DISAPPOINTED]
    returned = rule.return_share * people.avoiders
    left = lost.sum(axis=0)

    after = customers - lost
    after[CONTENT] += new
    pool = prospects - came.new
    pool[NEUTRAL] += left - avoid + returned
    avoiders = people.avoiders - returned + avoid
    money = contribution(revenue, rule.margin_share, new - came.incremental, rule.acquisition_cost)
    return People(after, pool, avoiders), Moves(revenue, money, new, came, left)


def _step(state: State, rule: Rules, hidden: Hidden) -> tuple[State, Moment]:
    """One month, in the order of section 5 of the model."""
    around = _surroundings(state, rule, hidden)
    people, moves = move(People(state.customers, state.prospects, state.avoiders), rule, around)
    month = Month(
        revenue=moves.revenue,
        contribution=moves.contribution,
        customers=state.customers.sum(axis=0),
        content=state.customers[CONTENT],
        delighted=state.customers[DELIGHTED],
        disappointed=state.customers[DISAPPOINTED],
        prospects=state.prospects.sum(axis=0),
        favourable=state.prospects[FAVOURABLE],
        wary=state.prospects[WARY],
        avoiders=state.avoiders,
        new_customers=moves.new,
        recommended_customers=moves.came.recommended,
        incremental_customers=moves.came.incremental,
        deterred_customers=moves.came.deterred,
        lost_customers=moves.left,
        people_told_good=around.told_good,
        people_told_bad=around.told_bad,
        stars=around.stars,
    )
    return State(*people, around.reviews, around.review_stars), Moment(month, rule, around)


def months(
    values: Values,
    hidden: Hidden,
    state: State,
    horizon: int,
    plan: Schedule = Schedule(),  # noqa: B008  (frozen)
    on: Switches = Switches(),  # noqa: B008
) -> Iterator[Month]:
    """The months of a run, one after the other; nothing of the past is kept.

    Args:
        values: today's parameters; `market.size`, moods and impressions per segment on the first axis.
        hidden, state: from `wom.anchoring`, or given.
        horizon: how many months.
        plan: what changes and happens.
        on: mechanisms, on or off from month 0.

    Example:
        150 come a month and 2.5 % of those who are there leave:

        >>> import wom
        >>> inputs = wom.load("retailer/today").inputs()
        >>> hidden, state = wom.anchoring.anchor(inputs.segments, inputs.parameters)
        >>> [round(float(month.customers.sum())) for month in months(inputs.parameters, hidden, state, 3)]
        [5000, 5025, 5049]
    """
    return (moment.month for moment in moments(values, hidden, state, horizon, plan, on))


def moments(
    values: Values,
    hidden: Hidden,
    state: State,
    horizon: int,
    plan: Schedule = Schedule(),  # noqa: B008  (frozen)
    on: Switches = Switches(),  # noqa: B008
) -> Iterator[Moment]:
    """As `months`, each with its rules and with what people met in it.

    Example:
        >>> import wom
        >>> from wom.batch import start
        >>> begun = start(wom.load("retailer/today"))
        >>> course = moments(begun.inputs.parameters, begun.hidden, begun.state, 3)
        >>> [moment.around.chance.shape for moment in course]
        [(3, 1, 1), (3, 1, 1), (3, 1, 1)]
    """
    turns = plan.turns(horizon)
    current = values
    calm: Rules | None = None
    for month in range(horizon):
        if month in turns or calm is None:
            current = plan.parameters(values, month)
            calm = rules(current, hidden, Shock(), on)
        shock = plan.shock(month)
        rule = calm if shock is None else rules(current, hidden, shock, on)
        state, moment = _step(state, rule, hidden)
        yield moment
