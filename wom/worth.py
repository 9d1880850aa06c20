"""What a customer is worth, what one experience more is worth, and how many new customers one brings.

A customer's worth is told by mood, and by how the customer is always served.

Section 8 of the model. Each worth is the difference of two runs that differ in one person or in one event; all
runs of a table go through the engine side by side, in as many draws as the business has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ._run import LEVEL, Interval, Run, discounts, quantiles
from .anchoring import Start, start
from .draws import sample
from .engine import (
    People,
    Rules,
    Surroundings,
    Switches,
    choice,
    leaving,
    move,
    rules,
    rules_by_month,
    surroundings,
)
from .plan import Shock, Values
from .processes import CONTENT, DISAPPOINTED, FAVOURABLE, NEUTRAL, WARY, exposure
from .scenario import Scenario, opens
from .units import MONTHS_PER_YEAR, Array, mapped
from .words import number

STATES = ("content", "delighted", "disappointed", "avoider")
"""Where a person can be who is no prospect, in the order of the engine."""
EXPERIENCES = ("good", "bad", "recovered")
SERVED: Mapping[str, Mapping[str, float]] = {
    "well": {"good": 1.0, "bad": 0.0, "recovered": 0.0},
    "as_now": {},
    "put_right": {"good": 0.0, "bad": 1.0, "recovered": 1.0},
    "badly": {"good": 0.0, "bad": 1.0, "recovered": 0.0},
}
"""How a customer can always be served: shares of contacts; as now, those of the segment."""


@opens
def customer_worth(scenario: Scenario) -> pd.DataFrame:
    """What one person in each state is worth, against the same person as a neutral prospect.

    total = NPV(one neutral prospect is in that state before month 0) − NPV(as is)

    No acquisition cost is charged for the move, hidden values stay, and the plan happens in both. *Own
    purchases* follow that one person alone, with talk, rating and chances of choosing as in the unchanged run:
    margin on what is bought, less acquisition costs if the person leaves and is won again, less the same as a
    neutral prospect. *Ripple* is the rest: what the person tells and posts does to others.

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
    return _table(scenario, STATES, "state", *person_worth(start(scenario), served=False))


@opens
def service_worth(scenario: Scenario) -> pd.DataFrame:
    """What a customer is worth who is always served well, as now, put right, or badly: the answer to *what is a
    happy customer worth*.

    total = NPV(one neutral prospect is made a content customer before month 0, served so) − NPV(as is)

    While a customer, this person has the segment's contacts, all of one kind, with moods, stories, reviews and
    cost of service of their own; after leaving, what the person hears, avoids and chooses follows the segment,
    and on a return they are served in their own way again. *Own purchases* are the person's alone, with
    surroundings as in the unchanged run, less the same as a neutral prospect; *ripple* is the rest. Section 8 of
    the model.

    Rows well, as_now, put_right, badly, by (segment, served) where there are segments; columns own_purchases,
    ripple, total, in the scenario's currency today, over its horizon. as_now is the worth of a content customer.

    Raises:
        InputError: today's figures contradict each other.

    Example:
        >>> import wom
        >>> worth = service_worth(wom.load("retailer/today")).total
        >>> bool(worth["well"] > worth["as_now"] > worth["badly"])
        True
    """
    return _table(scenario, tuple(SERVED), "served", *person_worth(start(scenario), served=True))


@opens
def experience_worth(scenario: Scenario) -> pd.DataFrame:
    """What one experience more in month 0 is worth: good, bad, or bad and put right.

    worth = NPV(one event more in month 0) − NPV(as is)

    The event is a contact on top, with its own story and its own review; the recovered one is reviewed as an
    ordinary contact is. It is the difference of one whole event, not a slope. *Own purchases* are those of the
    customers whose mood it changes, *ripple* is what is told and posted. A recovered experience is to be read
    next to an unrecovered one: to put one right is worth the recovered row less the bad row.

    Rows good, bad, recovered, by (segment, experience) where there are segments; columns worth, own_purchases and
    ripple in the scenario's currency today, over its horizon, and good_to_make_up, how many good experiences of
    that segment make up for it: 0 where nothing is lost, inf where no number can. All nan in a segment without
    customers.

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
    begin = start(scenario)
    worth, own = event_worth(begin)
    table = _table(scenario, EXPERIENCES, "experience", worth, own).rename(columns={"total": "worth"})
    table["good_to_make_up"] = _good_to_make_up(worth)[:, 0]
    table = table[["worth", "own_purchases", "ripple", "good_to_make_up"]]
    table[np.repeat(begin.state.customers.sum(axis=0)[:, 0] == 0, len(EXPERIENCES))] = np.nan
    return table


def event_worth(begin: Start) -> tuple[Array, Array]:
    """Worth and own purchases of one event more by (segment and kind, draw)."""
    customers, kinds = begin.state.customers.sum(axis=0), len(EXPERIENCES)
    place = np.arange(kinds * len(customers))
    segment, kind = np.divmod(place, kinds)
    extra = np.zeros((kinds, len(customers), 1 + len(place), begin.draws))
    extra[kind, segment, 1 + place] = 1.0 / np.where(customers > 0, customers, np.inf)[segment]
    many = begin.repeated(1 + len(place))
    plan = many.inputs.schedule
    first = plan.shocks.get(0, Shock()).joined(Shock(*extra.reshape(kinds, len(customers), -1)))
    many = replace(many, inputs=replace(many.inputs, schedule=replace(plan, shocks={**plan.shocks, 0: first})))
    return _changes(many, begin.draws, People(many.state.customers, many.state.prospects, many.state.avoiders))


@opens
def worth_intervals(scenario: Scenario, draws: int = 200, seed: int = 0, level: float = LEVEL) -> pd.DataFrame:
    """How sure the worth of a customer and of an experience is.

    `draws`: of all ranges; each is a business of its own, anchored and run. Returns rows well, as_now, put_right,
    badly (a customer always served so), happy_customer (delighted today), bad_experience (worth in currency today)
    and good_to_make_up (good experiences for a bad one), by segment where there are segments; columns low, median,
    high.

    Raises:
        InputError: figures that contradict each other in too many draws.

    Example:
        >>> import wom
        >>> table = worth_intervals(wom.load("retailer/today"), draws=20)
        >>> bool(table.loc["bad_experience", "high"] < 0 < table.loc["happy_customer", "low"])
        True
    """
    begin = sample(scenario, draws, seed).start
    count = len(scenario.segments)
    served, people = (person_worth(begin, served=served)[0] for served in (True, False))
    events = event_worth(begin)[0]
    bad = EXPERIENCES.index("bad")
    found = {name: served[place :: len(SERVED)] for place, name in enumerate(SERVED)}
    found["happy_customer"] = people[STATES.index("delighted") :: len(STATES)]
    found["bad_experience"] = events[bad :: len(EXPERIENCES)]
    found["good_to_make_up"] = _good_to_make_up(events)[bad :: len(EXPERIENCES)]
    tables = {
        name: pd.DataFrame(quantiles(values.reshape(count, -1), level).T, columns=list(Interval._fields))
        for name, values in found.items()
    }
    table = pd.concat({name: part.set_axis(list(scenario.segments)) for name, part in tables.items()})
    table.index.names = ["worth", "segment"]
    return table if scenario.today.segments else table.droplevel("segment")


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


@opens
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

    Raises:
        InputError: today's figures contradict each other.

    Example:
        >>> import wom
        >>> found = reproduction_number(wom.load("retailer/today"))
        >>> 0 < found.value < 1 < found.multiplier
        True
    """
    begin = start(scenario)
    rules, around = begin.today.rules, begin.today.around
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
    change = chain(rules, around, count)[0][:, :3, :3]
    nobody_leaves = leaving(rules, around.heard_good, around.heard_bad) == 0.0
    for_ever = np.asarray(np.broadcast_to(nobody_leaves, (3, count, 1)).all(axis=(0, 2)))
    staying = np.eye(3) - np.where(for_ever[:, np.newaxis, np.newaxis], 0.0, change)
    stay = np.where(for_ever, np.inf, np.linalg.inv(staying).sum(axis=1)[:, CONTENT])
    with np.errstate(invalid="ignore"):
        brought = np.where(per_month == 0.0, 0.0, per_month * stay)
    endless = ~np.isfinite(brought)  # customers who never leave tell for ever
    value = brought[endless].sum() if endless.any() else np.linalg.eigvals(brought).real.max()
    names = pd.Index(begin.inputs.segments, name="segment")
    return ReproductionNumber(float(value), pd.Series(brought.sum(axis=0), names, name="brought"))


def chain(rule: Rules, around: Surroundings, segments: int) -> tuple[Array, Array]:
    """One person's month in given surroundings as a Markov chain over the seven states, for a business in one run.

    The share of each state (column) that is in each state (row) a month later, shape (segments, 7, 7), and the
    contribution of the month by state, shape (segments, 7); states in the order of `People`: customers by mood,
    prospects by impression, avoiders.
    """
    units = np.broadcast_to(np.eye(7)[:, np.newaxis], (7, segments, 7))
    after, moves = move(People(units[:3], units[3:6], units[6]), rule, around)
    states = np.concatenate([after.customers, after.prospects, after.avoiders[np.newaxis]])
    return np.moveaxis(states, 0, 1), np.broadcast_to(moves.contribution, (segments, 7))


def left_at_horizon(run: Run, without: Run, months: int) -> Array:
    """What a plan's additional customers, avoiders and prospects are still worth when the horizon ends.

    Their number by state at the end, with the plan less without, times the own purchases of one person over an
    infinite horizon: the chain of today's parameters with exposures and stars frozen at the last month of the run
    without the plan, seasons 1, the chain's first month undiscounted, the whole times
    (1 + discount_rate)^(−horizon/12). Ripple is left out, so that it lies below continuing both runs for ever.
    Currency today by month after the horizon, shape (months + 1,): the last is all that comes later.
    """
    last, end = without.last, run.last
    if last is None or end is None:
        raise ValueError("a difference or a run by chance has no last month")
    around = last.around._replace(
        spending_season=np.ones((1, 1)), chance=choice(last.rules, without.hidden, last.around.stars)
    )
    count = len(run.inputs.segments)
    moves, money = chain(last.rules, around, count)
    people = [
        np.concatenate([m.after.customers, m.after.prospects, m.after.avoiders[np.newaxis]]) for m in (end, last)
    ]
    more = (people[0] - people[1])[..., 0].T
    rate = np.broadcast_to(run.inputs.parameters["economics.discount_rate"], (count, 1))[:, 0]
    monthly, now = ((1.0 + rate) ** (-power / MONTHS_PER_YEAR) for power in (1.0, run.inputs.horizon_months))
    # Σ_t (β·T)^t·more; people only move, so that the sum over states is 0, which fixes it at an interest of 0 too
    system = np.concatenate(
        [np.eye(7) - monthly[:, np.newaxis, np.newaxis] * moves, np.ones((count, 1, 7))], axis=1
    )
    in_all = sum(
        factor * money[i] @ np.linalg.lstsq(system[i], np.append(more[i], 0.0), rcond=None)[0]
        for i, factor in enumerate(now)
    )
    parts = np.zeros(months + 1)
    for month in range(months):
        parts[month] = float((now * (money * more).sum(axis=1)).sum())
        more = monthly[:, np.newaxis] * np.einsum("sij,sj->si", moves, more)
    parts[-1] = in_all - parts.sum()
    return parts


def person_worth(begin: Start, *, served: bool) -> tuple[Array, Array]:
    """Total worth and own purchases by (segment and state, draw) of a person who was a neutral prospect.

    `served`: a content customer who is always served in one way, by (segment and way, draw): there are as many.
    """
    place = np.arange(len(begin.inputs.segments) * len(STATES))
    segment, state = np.divmod(place, len(STATES))
    moved = np.zeros((7, len(begin.inputs.segments), 1 + len(place)))  # in the first block nobody is
    moved[np.where(state <= DISAPPOINTED, state, 6), segment, 1 + place] = 1.0
    moved[3 + NEUTRAL, segment, 1 + place] = -1.0
    moved = np.repeat(moved, begin.draws, axis=-1)
    person = People(moved[:3], moved[3:6], moved[6])
    many = begin.repeated(1 + len(place))
    many.state.prospects[...] += person.prospects
    if served:
        nobody = np.zeros_like(moved[:3])
        guest = People(nobody.copy(), nobody, nobody[0])
        guest.customers[CONTENT] = -person.prospects[NEUTRAL]
        return _changes(many, begin.draws, People(nobody, person.prospects, nobody[0]), guest)
    many.state.customers[...] += person.customers
    many.state.avoiders[...] += person.avoiders
    return _changes(many, begin.draws, person)


def _changes(many: Start, draws: int, people: People, guest: People | None = None) -> tuple[Array, Array]:
    """Differences to the first block of draws in present value: of the whole business, and of `people` in it.

    These meet the talk, the rating and the chances of the first block, so that none of them changes another. A
    `guest` is one of them who is always served in one way, beside the customers of the state. What is within the
    rounding of the whole business is 0; two of shape (blocks − 1, draws).
    """
    inputs, state, blocks = many.inputs, many.state, many.draws // draws
    discount = np.broadcast_to(discounts(inputs)[0], (inputs.horizon_months, *state.avoiders.shape))
    whole, own, size = np.zeros(many.draws), np.zeros(many.draws), np.zeros(draws)
    own_guest, known = guest, None

    def first(values: Array) -> Array:
        one_each = values.shape[-1] > draws
        return np.tile(values[..., :draws], (*(1,) * (values.ndim - 1), blocks)) if one_each else values

    def always(values: Values) -> Values:
        changed = dict(values)
        for share in EXPERIENCES:
            whole = np.broadcast_to(values[f"experience.{share}_share"], state.avoiders.shape).copy()
            each = whole.reshape(len(whole), blocks, draws)
            for place, kind in enumerate(SERVED.values()):
                if share in kind:
                    each[:, 1 + place :: len(SERVED)] = kind[share]
            changed[f"experience.{share}_share"] = whole
        return changed

    by_month = rules_by_month(inputs.parameters, many.hidden, inputs.horizon_months, inputs.schedule)
    for month, (values, shock, rule) in enumerate(by_month):
        if guest and (known is None or known[0] is not values or known[1] is not shock):
            known = values, shock
            lost = Shock(spend_kept=shock.spend_kept)  # all that an event does to them
            theirs = rules(always(values), many.hidden, lost, Switches())
        others = [(guest.customers.sum(axis=0), theirs)] if guest else []
        around = surroundings(state, rule, many.hidden, inputs.calendar.season(month), *others)
        unchanged = mapped(around, first)
        everyone, moves = move(People(state.customers, state.prospects, state.avoiders), rule, around)
        state = replace(state, **everyone._asdict(), reviews=around.reviews, review_stars=around.review_stars)
        people, done = move(people, rule, unchanged)
        total, alone = moves.contribution, done.contribution
        if guest and own_guest:
            guest, done = move(guest, theirs, around)
            own_guest, bought = move(own_guest, theirs, unchanged)
            total, alone = total + done.contribution, alone + bought.contribution
        for sums, money, base in ((whole, total, moves.contribution), (own, alone, alone)):
            sums += ((money - first(base)) * discount[month]).sum(axis=0)
        size += np.abs(moves.contribution[:, :draws] * discount[month, :, :draws]).sum(axis=0)
    found = (sums.reshape(blocks, draws)[1:] for sums in (whole, own))
    total, alone = (np.where(np.abs(part) > 1e-14 * size, part, 0.0) for part in found)
    return total, alone


def _good_to_make_up(worth: Array) -> Array:
    """Good experiences whose worth offsets each event's; `worth` by (segment and kind, draw)."""
    good = np.repeat(worth[:: len(EXPERIENCES)], len(EXPERIENCES), axis=0)
    offset = np.divide(-worth, good, out=np.full_like(worth, np.inf), where=good > 0)
    return np.where(worth < 0, offset, 0.0)


def _table(scenario: Scenario, rows: Sequence[str], name: str, total: Array, own: Array) -> pd.DataFrame:
    """Own purchases, ripple and total of the first draw."""
    if scenario.today.segments:
        index: pd.Index = pd.MultiIndex.from_product([scenario.segments, rows], names=["segment", name])
    else:
        index = pd.Index(rows, name=name)
    columns = {"own_purchases": own[:, 0], "ripple": total[:, 0] - own[:, 0], "total": total[:, 0]}
    return pd.DataFrame(columns, index=index)
