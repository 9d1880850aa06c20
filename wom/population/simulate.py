"""Runs of a population and their results."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from ..anchoring import anchor
from ..engine import Hidden, Month, State
from ..errors import InputError
from ..plan import Shock, Values
from ..processes import FAVOURABLE, present_value, purchase_probability
from ..scenario import Inputs, Scenario
from ..units import Array, frozen
from .audience import Acquaintances, audience
from .crowd import CUSTOMER, Habits, Streams, apportioned, gathered
from .month import step
from .networks import Network
from .records import Records, first_month, tables
from .rules import Rules, course, rules
from .talk import experiences, talk, told
from .world import Rating, World

_FORGOTTEN = 5.0
"""Memories; after so many less than 1 % of what was heard is left."""

_LONGEST = 120
"""Months; what is remembered for longer than two years has not settled then, and nobody would wait for it."""

_OLDEST = 240
"""Months; nobody is said to have been a customer for longer before the first."""

TALK = tuple(
    f"{what}_{tone}" for what in ("messages", "people_reached", "people_ever_reached") for tone in ("good", "bad")
)
"""Columns of `PopulationRun.talk`."""


@dataclass(frozen=True)
class PopulationRun:
    """What happened to a population, month by month; arrays are read-only.

    Example:
        >>> import wom
        >>> run = simulate(wom.load("retailer/today"), scale=0.05, horizon=2)
        >>> run.people, float(run.monthly.customers[0]), len(run.by_segment)
        (2500, 250.0, 2)
    """

    segments: tuple[str, ...]
    seed: int
    scale: float
    """People here over market.size."""
    people: int
    flows: Mapping[str, Array]
    """By column of `wom.Run.monthly`, shape (months, segments); `contribution` before the plan's costs."""
    heard: Mapping[str, Array]
    """By column of `talk`, shape (months,)."""
    plan_cost: Array
    """Times scale, shape (months,)."""
    npv: float
    """Worth today of contribution after the plan's costs, over the horizon, without any terminal value."""
    records: Records = field(repr=False)
    streams: Streams = field(repr=False)

    @cached_property
    def monthly(self) -> pd.DataFrame:
        """The population, one row per month, with the columns of `wom.Run.monthly`.

        People and money are those of this population: divide by `scale` to compare with the engine.
        """
        table = {name: flow[:, 0] if name == "stars" else flow.sum(axis=1) for name, flow in self.flows.items()}
        table["contribution"] = table["contribution"] - self.plan_cost
        return pd.DataFrame(table | {"plan_cost": self.plan_cost}).rename_axis("month")

    @cached_property
    def by_segment(self) -> pd.DataFrame:
        """The same by (segment, month); `contribution` before the plan's costs, which the business bears."""
        parts = {
            segment: pd.DataFrame({name: flow[:, place] for name, flow in self.flows.items()})
            for place, segment in enumerate(self.segments)
        }
        return pd.concat(parts, names=["segment", "month"])

    @cached_property
    def talk(self) -> pd.DataFrame:
        """Messages heard within the market, and the different people who heard any, by tone and month.

        Messages are people told who belong to the market. Who hears two in a month counts twice among these, once
        among people reached, and once for all among people ever reached (since month 0).
        """
        return pd.DataFrame(dict(self.heard)).rename_axis("month")

    def tables(
        self, start: str = "2023-01-01", *, survey_share: float = 0.1, bracket_share: float = 0.5
    ) -> dict[str, pd.DataFrame]:
        """The run as a shop would have recorded it; needs `record=True`.

        - customers (id, segment, joined, left, came_by): a customer joins on the last day of the month of arrival
          and leaves on the last day of the last month, so that a month is the unit of exposure. Whoever comes
          back gets a new id. `left` is empty for those who are still there. Customers of month 0 joined before
          it: their months so far are drawn from a geometric distribution with today's retention_rate (240 at
          most), and how they came from today's mix.
        - payments (id, date, amount), rounded to cents.
        - experiences (id, date, kind): good, bad (and not put right), recovered or neutral.
        - talk (date, tone, people_told): a survey among tellers of a story. `people_told` is text, a number or one
          of the brackets 1-2, 3-5 and >5. A recovered experience has its own tone.
        - reviews (date, stars).

        Args:
            start: first day of month 0, the first of a month.
            survey_share: of stories that the survey asks about.
            bracket_share: of answers that are brackets, those of nobody told apart.

        Raises:
            InputError: nothing was recorded, or an argument is out of bounds.

        Example:
            >>> import wom
            >>> run = simulate(wom.load("retailer/today"), scale=0.02, horizon=2, record=True)
            >>> list(run.tables()["payments"].columns)
            ['id', 'date', 'amount']
        """
        if not self.records.kept:
            raise InputError("nothing was recorded; simulate with record=True", "tables")
        for name, share in (("survey_share", survey_share), ("bracket_share", bracket_share)):
            if not 0.0 <= share <= 1.0:
                raise InputError(f"must be from 0 to 1, is {share:g}", name)
        return tables(self.records, self.segments, self.streams, first_month(start), survey_share, bracket_share)


def simulate(
    scenario: Scenario,
    *,
    network: Network | None = None,
    scale: float = 1.0,
    seed: int = 0,
    horizon: int | None = None,
    record: bool = False,
    habits: Habits = Habits(),  # noqa: B008  (frozen)
) -> PopulationRun:
    """A scenario person by person.

    Everyone of size·scale people has a segment and one of the seven states. Each month, in the model's order:
    customers have Poisson experiences at any time of it, and the last event sets their mood (`last_event`); they
    pay; some experiences become stories (`told_chance`) that reach a Poisson number of people, of whom each
    belongs to the market with probability a; a prospect's impression is the last message not yet forgotten;
    experiences are posted; prospects choose, customers leave, avoiders come back, each by their own chance.
    Hidden values are anchored as for `wom.simulate`, whose columns are the mean of this, but for terms of the
    order of one person (an average of a function is not the function of an average).

    On a network a story reaches acquaintances of the teller instead of anybody. Impressions then settle for five
    memories (120 months at most) before month 0, with customers as they are; customers stand anywhere at first.

    Args:
        scenario: from `wom.load`; ranges count with their central value.
        network: who knows whom; None mixes well.
        scale: of the market and of the plan's costs.
        seed: a whole number from 0. Each purpose and month has its own stream: two plans with one seed have the
            same months until they differ.
        horizon: months, the scenario's by default.
        record: keep what `PopulationRun.tables` needs.
        habits: how people differ.

    Raises:
        InputError: an argument out of bounds, or figures of today that contradict each other.

    Example:
        >>> import wom
        >>> scenario = wom.load("retailer/today")
        >>> run, expected = simulate(scenario, seed=0), wom.simulate(scenario)
        >>> bool(abs(run.monthly.customers / expected.monthly.customers - 1).max() < 0.1)
        True
    """
    inputs = scenario.inputs()
    months = inputs.horizon_months if horizon is None else horizon
    if months < 1:
        raise InputError(f"must be at least 1 month, is {months}", "horizon")
    try:
        hidden, state = anchor(inputs.segments, inputs.parameters, inputs.defaults)
    except InputError as error:
        raise error.within(scenario.file) from None
    return follow(inputs, hidden, state, months, network, scale, seed, record, habits)


def follow(
    inputs: Inputs,
    hidden: Hidden,
    state: State,
    horizon: int,
    network: Network | None = None,
    scale: float = 1.0,
    seed: int = 0,
    record: bool = False,
    habits: Habits = Habits(),  # noqa: B008  (frozen)
    settle: int | None = None,
) -> PopulationRun:
    """A run from hidden values and a state that are known; see `simulate`.

    Args:
        inputs: parameters and plan, one draw.
        hidden, state: from `wom.anchoring`, or given.
        horizon, network, scale, seed, record, habits: as for `simulate`.
        settle: months of talk on a network before month 0; five memories by default, 120 at most.

    Example:
        >>> import wom
        >>> inputs = wom.load("retailer/today").inputs()
        >>> hidden, state = anchor(inputs.segments, inputs.parameters)
        >>> follow(inputs, hidden, state, 2, scale=0.1).monthly.customers.iloc[0]
        np.float64(500.0)
    """
    values, plan, names = inputs.parameters, inputs.schedule, inputs.segments
    size = np.broadcast_to(values["market.size"][:, 0], (len(names),))
    streams = Streams(seed)
    people = apportioned(size, scale)
    crowd = gathered(state, size, people, streams)
    share = float(people.sum() / size.sum())
    rating = Rating(
        float(state.reviews.item()) * share, float(state.review_stars.item()) * share, float(hidden.stars.item())
    )
    nobody = np.zeros((2, crowd.people), dtype=np.bool_)
    world = World(crowd, audience(crowd, network, streams), rating, habits, streams, Records(record), nobody)
    calm = rules(values, hidden, Shock(), len(names))
    _first_customers(world, values, calm, state)
    if isinstance(world.audience, Acquaintances):
        longest = math.ceil(_FORGOTTEN / float(calm.impression_reset.min()))
        _settle(world, calm, min(longest, _LONGEST) if settle is None else settle)
    turns = course(values, hidden, plan, horizon, len(names))
    months = [step(world, rule, month) for month, rule in enumerate(turns)]
    flows = {name: frozen(np.stack([month.columns[name] for month in months])) for name in Month._fields}
    heard = {name: frozen(np.array([month.talk[name] for month in months])) for name in TALK}
    cost = share * np.array([np.ravel(plan.cost(month))[0] for month in range(horizon)])
    return PopulationRun(
        names, seed, share, crowd.people, flows, heard, frozen(cost),
        _worth(inputs, flows["contribution"], cost), world.records, streams,
    )  # fmt: skip


def _worth(inputs: Inputs, contribution: Array, cost: Array) -> float:
    rate = inputs.parameters["economics.discount_rate"][:, 0]
    earned = float(present_value(contribution, rate).sum())
    return earned - float(present_value(cost, inputs.plan_discount_rate.item())) if cost.any() else earned


def _first_customers(world: World, values: Values, calm: Rules, state: State) -> None:
    """The customers of month 0 get numbers and, for the records, a past."""
    crowd, random = world.crowd, world.streams.of("past")
    who = np.flatnonzero(crowd.status == CUSTOMER)
    segment = crowd.segment[who]
    numbers = crowd.enrol(who, world.habits, random)
    chance = purchase_probability(calm.odds_against, calm.purchase_rate)
    new = state.prospects[:, :, 0] * chance
    whole = new.sum(axis=0)
    recommended = new[FAVOURABLE] / np.where(whole > 0, whole, 1.0)
    leaving = np.broadcast_to(1.0 - values["retention.retention_rate"][:, 0], whole.shape)[segment]
    months = np.minimum(random.geometric(np.maximum(leaving, 1.0 / _OLDEST)), _OLDEST)
    came_by = random.random(len(who)) < recommended[segment]
    world.records.joined(-months, numbers, segment, came_by)


def _settle(world: World, calm: Rules, months: int) -> None:
    """Impressions find their balance with the network: talk alone, while customers stay as they are."""
    crowd, streams = world.crowd, world.streams
    customers = np.flatnonzero(crowd.status == CUSTOMER)
    segment = crowd.segment[customers]
    for month in range(months):
        random = streams.of("settling", 2 * month)
        known = experiences(calm, segment, random)
        talk(world, calm, told(calm, known, customers, crowd, world.habits, random), "settling", 2 * month + 1)
    world.reached[:] = False
