"""What a customer is worth in each mood, what one experience more is worth, and how many new customers one brings.

Section 8 of the model. Each worth is the difference of two runs that differ in one person or in one event; all
runs of a table go through the engine side by side.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ._run import discounts
from .anchoring import Start, start
from .engine import Moment, People, Surroundings, leaving, moments, move
from .plan import Schedule, Shock
from .processes import CONTENT, DISAPPOINTED, FAVOURABLE, NEUTRAL, WARY, exposure
from .scenario import Scenario
from .units import Array
from .words import number

STATES = ("content", "delighted", "disappointed", "avoider")
"""Where a person can be who is no prospect, in the order of the engine."""
EXPERIENCES = ("good", "bad", "recovered")
_ROUNDING = 1e-14
"""Of all contribution; what the difference of two runs may come to that do not differ."""


def customer_worth(scenario: Scenario) -> pd.DataFrame:
    """What one person in each state is worth, against the same person as a neutral prospect.

    total = NPV(one neutral prospect is in that state before month 0) − NPV(as is)

    No acquisition cost is charged for the move, hidden values stay, and the plan happens in both. *Own
    purchases* follow that one person alone, with talk, rating and chances of choosing as in the unchanged run:
    margin on what is bought, less acquisition costs if the person leaves and is won again, less the same as a
    neutral prospect. *Ripple* is the rest: what the person tells and posts does to others.

    Args:
        scenario: from `wom.load`; ranges count with their central value.

    Returns:
        Rows content, delighted, disappointed, avoider, by (segment, state) where there are segments; columns
        own_purchases, ripple, total, in the scenario's currency today, over its horizon.

    Raises:
        InputError: today's figures contradict each other.

    Example:
        >>> import wom
        >>> worth = customer_worth(wom.load("retailer/today"))
        >>> bool(worth.total["delighted"] > worth.total["content"] > worth.total["disappointed"] > 0)
        True
        >>> bool(worth.total["avoider"] < 0)
        True
    """
    return customers_of(scenario, start(scenario))


def customers_of(scenario: Scenario, begin: Start) -> pd.DataFrame:
    """As `customer_worth`, from a start that is known."""
    person = _persons(len(begin.inputs.segments))
    many = begin.repeated(person.avoiders.shape[-1])
    for people, change in (
        (many.state.customers, person.customers),
        (many.state.prospects, person.prospects),
        (many.state.avoiders, person.avoiders),
    ):
        people += change
    total, own = _changes(many, begin.inputs.schedule, person)
    table = pd.DataFrame({"own_purchases": own, "ripple": total - own, "total": total})
    return table.set_index(_index(scenario, STATES, "state"))


def experience_worth(scenario: Scenario) -> pd.DataFrame:
    """What one experience more in month 0 is worth: good, bad, or bad and put right.

    worth = NPV(one event more in month 0) − NPV(as is)

    The event is a contact on top, with its own story and its own review; the recovered one is reviewed as an
    ordinary contact is. It is the difference of one whole event, not a slope. *Own purchases* are those of the
    customers whose mood it changes, *ripple* is what is told and posted. A recovered experience is to be read
    next to an unrecovered one: to put one right is worth the recovered row less the bad row.

    Args:
        scenario: from `wom.load`; its plan happens with and without the event.

    Returns:
        Rows good, bad, recovered, by (segment, experience) where there are segments; columns worth,
        own_purchases and ripple in the scenario's currency today, over its horizon, and good_to_make_up, how
        many good experiences of that segment make up for it: 0 where nothing is lost, inf where no number can.
        All nan in a segment without customers.

    Raises:
        InputError: today's figures contradict each other.

    Example:
        >>> import wom
        >>> worth = experience_worth(wom.load("retailer/today"))
        >>> bool(worth.worth["good"] > 0 > worth.worth["bad"])
        True
        >>> bool(worth.good_to_make_up["bad"] > 1)
        True
    """
    return experiences_of(scenario, start(scenario))


def experiences_of(scenario: Scenario, begin: Start) -> pd.DataFrame:
    """As `experience_worth`, from a start that is known."""
    customers = begin.state.customers.sum(axis=0)[:, 0]
    kinds, events = len(EXPERIENCES), np.arange(len(EXPERIENCES) * len(customers))
    segment, kind = np.divmod(events, kinds)
    served = customers[segment] > 0
    extra = np.zeros((kinds, len(customers), 1 + len(events)))
    extra[kind[served], segment[served], 1 + events[served]] = 1.0 / customers[segment[served]]

    plan = begin.inputs.schedule
    first = plan.shocks.get(0, Shock()).joined(Shock(*extra))
    many = begin.repeated(1 + len(events))
    people = People(many.state.customers, many.state.prospects, many.state.avoiders)
    worth, own = _changes(many, replace(plan, shocks={**plan.shocks, 0: first}), people)
    table = pd.DataFrame({"worth": worth, "own_purchases": own, "ripple": worth - own})
    table["good_to_make_up"] = _good_to_make_up(worth.reshape(-1, kinds)).ravel()
    table[~served] = np.nan
    return table.set_index(_index(scenario, EXPERIENCES, "experience"))


@dataclass(frozen=True)
class ReproductionNumber:
    """How many new customers one new customer brings by word of mouth before leaving, today."""

    value: float
    """Of the business; below 1, word of mouth multiplies, from 1 on it grows by itself."""
    by_segment: pd.Series
    """What one new customer of each segment brings in all segments together."""

    @property
    def multiplier(self) -> float | None:
        """Customers in the end for each one won, that one included: 1/(1 − value); None at or above 1."""
        return 1.0 / (1.0 - self.value) if self.value < 1.0 else None

    def __str__(self) -> str:
        """What the number means, in words."""
        if self.multiplier is None:
            others = number(self.value) if np.isfinite(self.value) else "ever more"
            return (
                f"A new customer brings {others} others by word of mouth, one or more: customers grow by word of "
                "mouth alone until the market is saturated, and no multiplier holds."
            )
        if self.value == 0:
            return "A new customer brings nobody by word of mouth."
        if self.value < 0:
            return (
                f"A new customer keeps {number(-self.value)} others away by word of mouth, because more harm is "
                f"told than good: {number(self.multiplier)} customers in the end for each one won."
            )
        return (
            f"A new customer brings {number(self.value, 2)} others by word of mouth before leaving, those bring "
            f"others in turn, and it dies out: {number(self.multiplier)} customers in the end for each one won."
        )


def reproduction_number(scenario: Scenario) -> ReproductionNumber:
    """New customers that one new content customer brings by talking until first leaving, bad talk deducted.

    N_ji = Σ over both tones of messages_i · ∂x_j/∂m_i · E_j, the new customers in j whom one in i brings

    messages_i = a·(people told per month)·(expected months as a customer from content on, at today's hazards),
    and E is how many more come in all later months for one message more per person, P and p frozen at today.
    With π = P/ΣP and θ = 1/τw + x+ + x−, a message lasting until forgotten or replaced:

    E+ = ΣP/θ·[(1 − π+)·(p+ − p0) + π−·(p0 − p−)],   E− = −ΣP/θ·[π+·(p+ − p0) + (1 − π−)·(p0 − p−)]

    The plan plays no part. With segments, the business's number is the largest eigenvalue of N, the growth from
    one generation of customers to the next. Ratings, and customers who leave because of what they hear, are
    left out.

    Args:
        scenario: from `wom.load`.

    Raises:
        InputError: today's figures contradict each other.

    Example:
        >>> import wom
        >>> found = reproduction_number(wom.load("retailer/today"))
        >>> 0 < found.value < 1 < found.multiplier
        True
    """
    begin = start(scenario)
    today = next(moments(begin.inputs.supposed, begin.hidden, begin.state, 1))
    rules, around = today.rules, today.around
    count = len(begin.inputs.segments)
    pool = begin.state.prospects.sum(axis=0)
    mix = begin.state.prospects / np.where(pool > 0, pool, 1.0)
    remembered = pool / (rules.impression_reset + around.heard_good + around.heard_bad)
    won = around.chance[FAVOURABLE] - around.chance[NEUTRAL]
    kept_away = around.chance[NEUTRAL] - around.chance[WARY]
    by_good = remembered * ((1.0 - mix[FAVOURABLE]) * won + mix[WARY] * kept_away)
    by_bad = -remembered * (mix[FAVOURABLE] * won + (1.0 - mix[WARY]) * kept_away)

    heard = exposure(np.eye(count), rules.size, rules.homophily)  # of one message told in each segment
    good, bad = rules.told_good.reshape(1, -1), rules.told_bad.reshape(1, -1)
    per_month = begin.hidden.audience_share * heard * (by_good * good + by_bad * bad)
    stay = _months_as_customer(today, count)
    with np.errstate(invalid="ignore"):
        brought = np.where(per_month == 0.0, 0.0, per_month * stay)
    if np.isfinite(brought).all():
        value = float(np.linalg.eigvals(brought).real.max())
    else:  # customers who never leave tell for ever
        value = float(np.where(np.isfinite(brought), 0.0, brought).sum())
    names = pd.Index(begin.inputs.segments, name="segment")
    return ReproductionNumber(value, pd.Series(brought.sum(axis=0), names, name="brought"))


def _months_as_customer(today: Moment, segments: int) -> Array:
    """Expected months from arrival until first leaving, at today's hazards, by segment; inf if nobody leaves."""
    moods, stay = mood_chain(today, segments)
    for_ever = (stay == 1.0).all(axis=1)
    month = np.where(for_ever[:, np.newaxis, np.newaxis], 0.0, stay[:, :, np.newaxis] * moods)
    ever_after = np.linalg.inv(np.eye(3) - month)
    return np.where(for_ever, np.inf, ever_after.sum(axis=1)[:, CONTENT])


def mood_chain(today: Moment, segments: int, hazard_factor: Array | float = 1.0) -> tuple[Array, Array]:
    """One month of a customer today: how moods change, and then who stays.

    Args:
        today: month 0 of a run, one draw.
        segments: how many.
        hazard_factor: on every hazard of leaving, by segment.

    Returns:
        Share of each mood (column) that is in each mood (row) after the month's experiences, shape
        (segments, 3, 3), and the probability to stay by mood, shape (segments, 3).
    """
    change = today.rules.moods
    hazard = np.broadcast_to(leaving(today.rules, today.around), (3, segments, 1))
    keeps = np.broadcast_to(change.stay, (segments, 1))
    gains = np.broadcast_to(change.gain, (3, segments, 1))[..., 0].T
    moods = keeps[:, :, np.newaxis] * np.eye(3) + gains[:, :, np.newaxis]
    return moods, np.exp(-hazard[..., 0] * hazard_factor).T


def _persons(segments: int) -> People:
    """One person moved from neutral prospect to each state of each segment; in the first draw nobody is."""
    moves = np.arange(segments * len(STATES))
    person = People(*(np.zeros((*axis, segments, 1 + len(moves))) for axis in ((3,), (3,), ())))
    segment, state = np.divmod(moves, len(STATES))
    bought = state <= DISAPPOINTED
    person.customers[state[bought], segment[bought], 1 + moves[bought]] = 1.0
    person.avoiders[segment[~bought], 1 + moves[~bought]] = 1.0
    person.prospects[NEUTRAL, segment, 1 + moves] = -1.0
    return person


def _changes(many: Start, plan: Schedule, people: People) -> tuple[Array, Array]:
    """Differences to the first draw in present value: of the whole business, and of `people` who are in it.

    These meet the talk, the rating and the chances of the first draw, so that none of them changes another. What
    is within the rounding of the whole business is 0.
    """
    inputs = many.inputs
    discount, _ = discounts(inputs)
    whole, own, size = np.zeros(many.draws), np.zeros(many.draws), 0.0
    course = moments(inputs.parameters, many.hidden, many.state, inputs.horizon_months, plan)
    for (month, rules, around), factor in zip(course, discount, strict=True):
        first = Surroundings(*(part[..., :1] for part in around))
        people, moves = move(people, rules, first)
        for sums, money in ((whole, month.contribution), (own, moves.contribution)):
            sums += ((money - money[:, :1]) * factor).sum(axis=0)
        size += float(np.abs(month.contribution[:, 0] * factor[:, 0]).sum())
    total, theirs = (np.where(np.abs(sums[1:]) > _ROUNDING * size, sums[1:], 0.0) for sums in (whole, own))
    return total, theirs


def _good_to_make_up(worth: Array) -> Array:
    """Good experiences whose worth offsets each row's; `worth` by (segment, experience)."""
    good = worth[:, :1]
    offset = np.divide(-worth, good, out=np.full_like(worth, np.inf), where=good > 0)
    return np.where(worth < 0, offset, 0.0)


def _index(scenario: Scenario, rows: tuple[str, ...], name: str) -> pd.Index:
    if not scenario.today.segments:
        return pd.Index(rows, name=name)
    return pd.MultiIndex.from_product([scenario.segments, rows], names=["segment", name])
