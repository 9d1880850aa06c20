"""Runs of a population, well mixed or on a network, and what talk on a network loses."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from .._run import Run, discounts
from ..anchoring import Start, start
from ..engine import Month
from ..errors import InputError, whole_number
from ..plan import Schedule
from ..processes import FAVOURABLE
from ..scenario import Scenario
from ..units import Array, locked, probability
from .networks import Network
from .people import (
    CUSTOMER,
    Habits,
    Note,
    Streams,
    World,
    apportioned,
    audience,
    course,
    crowd_at,
    experiences,
    step,
    talk,
    told,
)

COMPARED = (
    "people_told_good", "people_told_bad", "messages_good", "messages_bad", "people_reached_good",
    "people_reached_bad", "people_ever_reached_good", "people_ever_reached_bad", "favourable", "wary",
    "new_customers", "recommended_customers", "incremental_customers",
)  # fmt: skip
"""What `overlap` compares: sums over the months, but for people ever reached."""


@dataclass(frozen=True, kw_only=True)
class PopulationRun(Run):
    """What happened to a population, month by month: a `wom.Run` of one draw, in the money of this population.

    Divide people and money by `scale` to compare with the engine.
    """

    seed: int
    scale: float
    """People here over market.size."""
    people: int
    heard: Mapping[str, Array] = field(repr=False)
    """By column of `talk`, shape (months,)."""

    @property
    def segments(self) -> tuple[str, ...]:
        """Names, one for a business without segments."""
        return self.inputs.segments

    @cached_property
    def talk(self) -> pd.DataFrame:
        """Messages heard within the market, and the different people who heard any, by tone and month.

        Messages are people told who belong to the market. Who hears two in a month counts twice among these, once
        among people reached, and once for all among people ever reached (since month 0).
        """
        return pd.DataFrame(dict(self.heard), self.months)


def simulate(
    scenario: Scenario,
    *,
    network: Network | None = None,
    scale: float = 1.0,
    seed: int = 0,
    horizon: int | None = None,
    watch: Note | None = None,
    habits: Habits = Habits(),  # noqa: B008  (frozen)
) -> PopulationRun:
    """A scenario person by person.

    Everyone of size·scale people has a segment and one of the seven states. Each month, in the model's order:
    customers have Poisson experiences at any time of it, each served at its cost, and the last event sets their
    mood (`last_event`); they pay; some experiences become stories (`told_chance`) that reach a Poisson number of
    people, of whom each belongs to the market with probability a; a prospect's impression is the last message not
    yet forgotten; experiences are posted; prospects choose, customers leave, more often the more bad and the less
    good they heard (`staying`), avoiders come back, each by their own chance. Hidden values are anchored as for
    `wom.simulate`, whose columns are the mean of this, but for terms of the order of one person (an average of a
    function is not the function of an average).

    On a network a story reaches acquaintances of the teller instead of anybody. Impressions then settle for five
    memories (120 months at most) before month 0, with customers as they are; customers stand anywhere at first.

    Args:
        network: who knows whom; None mixes well.
        scale: of the market and of the plan's costs.
        seed: a whole number from 0. Each purpose and month has its own stream: two plans with one seed have the
            same months until they differ.
        horizon: months, the scenario's by default.
        watch: called with all that happens, month by month: what a shop might have recorded, see `people.Note`.
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
    return follow(_begun(scenario, horizon), network, scale, seed, watch, habits)


def _begun(scenario: Scenario, horizon: int | None) -> Start:
    """A scenario anchored, with another horizon if one is given."""
    begin = start(scenario)
    if horizon is None:
        return begin
    return replace(begin, inputs=replace(begin.inputs, horizon_months=whole_number("horizon", horizon, 1)))


def follow(
    begin: Start,
    network: Network | None = None,
    scale: float = 1.0,
    seed: int = 0,
    watch: Note | None = None,
    habits: Habits = Habits(),  # noqa: B008  (frozen)
    settle: int | None = None,
) -> PopulationRun:
    """A run with its plan from a start that is known, in one draw; see `simulate`.

    `settle`: months of talk on a network before month 0; five memories by default, 120 at most.
    """
    inputs, state, streams = begin.inputs, begin.state, Streams(seed)
    size = np.broadcast_to(inputs.parameters["market.size"][:, 0], (len(inputs.segments),))
    people = apportioned(size, scale)
    crowd = crowd_at(state, size, people, streams)
    share = float(people.sum() / size.sum())
    world = World(
        crowd,
        audience(crowd, network, streams),
        begin.hidden,
        float(state.reviews.item()) * share,
        float(state.review_stars.item()) * share,
        habits,
        streams,
        watch or (lambda *_: None),
        np.zeros((2, crowd.people), dtype=np.bool_),
    )
    calm = next(course(replace(begin, inputs=replace(inputs, schedule=Schedule()))))
    # The customers of month 0 get numbers and, for those who watch, a past of at most 20 years.
    who, random, oldest = np.flatnonzero(crowd.status == CUSTOMER), streams.of("past"), 240
    segment = crowd.segment[who]
    numbers = crowd.enrol(who, habits, random)
    new = state.prospects[:, :, 0] * probability(calm.common.purchase_rate / (1.0 + calm.common.odds_against))
    whole = new.sum(axis=0)
    recommended = new[FAVOURABLE] / np.where(whole > 0, whole, 1.0)
    leaving = np.broadcast_to(1.0 - inputs.parameters["retention.retention_rate"][:, 0], whole.shape)[segment]
    past = np.minimum(random.geometric(np.maximum(leaving, 1.0 / oldest)), oldest)
    world.note("joined", -past, numbers, segment, random.random(len(who)) < recommended[segment])
    if network is not None:
        longest = math.ceil(5.0 / float(calm.common.impression_reset.min()))  # 1 % of what was heard is left
        for month in range(min(longest, 120) if settle is None else settle):  # talk alone, customers as they are
            random = streams.of("settling", 2 * month)
            known = experiences(calm, segment, random)
            talk(world, calm, told(world, calm, known, who, random), "settling", 2 * month + 1)
        world.reached[:] = False
    months = [step(world, rule, month, inputs.calendar.season(month)) for month, rule in enumerate(course(begin))]
    flows = {name: np.stack([flow[name] for flow, _ in months])[..., np.newaxis] for name in Month._fields}
    heard = {name: locked(np.array([talked[name] for _, talked in months])) for name in months[0][1]}
    cost = share * np.array([np.ravel(inputs.schedule.cost(month))[:1] for month in range(len(months))])
    return PopulationRun(
        begin,
        {name: locked(flow) for name, flow in flows.items()},
        locked(cost),
        *discounts(inputs),
        seed=seed,
        scale=share,
        people=crowd.people,
        heard=heard,
    )


# --- Networks against a market that mixes well ---


def overlap(
    scenario: Scenario,
    networks: Mapping[str, Network],
    seeds: Sequence[int],
    *,
    horizon: int | None = None,
    habits: Habits = Habits(),  # noqa: B008  (frozen)
) -> pd.DataFrame:
    """What word of mouth loses on networks, where audiences overlap, relative to a market that mixes well.

    Runs of the same size, hidden values and seeds: people tell as much, but what they tell stays among their
    acquaintances, who have heard it already and of whom some are customers. Each figure is the sum over the months
    (favourable and wary: of the stocks), on the network over well mixed: ratio = Σ_seeds network / Σ_seeds mixed.

    `networks`: by name; the scale of the market is that of the network. Returns one row per network: people,
    mean_degree, clustering; then ratios to well mixed of people told, messages heard in the market, people reached
    within a month and ever, favourable and wary prospects, new, recommended and incremental customers; each with
    its standard error, column `…_error`, from the spread over seeds.

    Raises:
        InputError: fewer than two seeds, no network, or as `simulate`.

    Example:
        >>> import wom
        >>> from wom.population import watts_strogatz
        >>> ring = {"ring": watts_strogatz(5_000, 10, 0.0)}
        >>> table = overlap(wom.load("retailer/today"), ring, range(2), horizon=6)
        >>> bool(table.favourable["ring"] < 0.95)
        True
    """
    if len(seeds) < 2:
        raise InputError(f"needs two seeds or more, has {len(seeds)}", "seeds")
    if not networks:
        raise InputError("give at least one network by name", "networks")
    begin = _begun(scenario, horizon)
    market = float(np.sum(begin.inputs.parameters["market.size"]))

    def sums(network: Network | None, size: int) -> pd.DataFrame:
        runs = (follow(begin, network, size / market, seed, None, habits) for seed in seeds)
        tables = [run.monthly.join(run.talk)[list(COMPARED)] for run in runs]
        ever = tables[0].columns.str.contains("_ever_")
        return pd.DataFrame([table.iloc[-1].where(ever, table.sum()) for table in tables])

    mixed: dict[int, pd.DataFrame] = {}
    rows = {}
    for name, network in networks.items():
        if network.size not in mixed:
            mixed[network.size] = sums(None, network.size)
        shape = {"people": network.size, "mean_degree": network.mean_degree, "clustering": network.clustering()}
        rows[name] = shape | ratios(sums(network, network.size), mixed[network.size])
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("network")


def ratios(ours: pd.DataFrame, base: pd.DataFrame) -> dict[str, float]:
    """Ratios of means r = Σ ours / Σ base, each with its standard error: sd(ours − r·base)/(√rows · mean base).

    One row per seed, the same in both: seeds that are high in both lower the error. By column r, nan where the
    base is 0, and by column `…_error`.

    Source: the delta method; Cochran 1977, Sampling Techniques, section 6.4.
    """
    mean = base.mean().replace(0.0, np.nan)
    ratio = ours.mean() / mean
    error = (ours - ratio * base).std(ddof=1) / np.sqrt(len(base)) / mean.abs()
    found: dict[str, float] = {}
    for name in map(str, ours):
        found |= {name: float(ratio[name]), f"{name}_error": float(error[name])}
    return found
