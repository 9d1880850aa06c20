"""From what was observed today to the values that nobody observes.

Month 0 reproduces the observed totals, and moods and impressions start in balance, so that a run without a plan
shows no trend but that of the number of customers. All of it works on arrays of (segments, draws) at once.

What the business gives is never changed. A default of the evidence is no observation: where the referral share is
one and the other figures do not allow so large a share, it gives way to the largest that they allow.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import engine, evidence
from .engine import Hidden, Moment, State, Switches
from .errors import InputError
from .plan import Schedule, Values
from .processes import CONTENT, DISAPPOINTED, FAVOURABLE, WARY, Events, exposure, kernel, return_share, stationary
from .processes import stories as stories_told
from .scenario import Inputs, Scenario
from .units import LARGEST_EXPONENT, WIDER, Array, hazard, logit, mapped, probability, rising_root
from .words import percent, rounded_down, several

# --- Whom talk reaches: impressions in balance, and how many of those told belong to the market ---


class Talk(NamedTuple):
    """Prospects and what they would hear if everybody told belonged to this market."""

    pool: Array
    """Prospects, shape (segments, draws), as all that follow but the last."""
    new: Array
    """New customers per month."""
    rate: Array
    """ι, hazard per month of choosing a supplier."""
    reset: Array
    """1/τw, hazard per month of forgetting what was heard."""
    heard_good: Array
    """Messages per prospect and month."""
    heard_bad: Array
    shifts: Array
    """e, of the log-odds by impression, shape (3, segments, draws)."""

    def impressions(self, audience: Array) -> Array:
        """Stationary shares of the impressions."""
        return stationary(self.reset, audience * self.heard_good, audience * self.heard_bad)

    def chance(self, log_odds: Array) -> tuple[Array, Array]:
        """Probability of choosing the business by impression, and how it rises with the log-odds."""
        share = 1.0 / (1.0 + np.exp(-(log_odds + self.shifts)))
        chance = probability(self.rate * share)
        return chance, self.rate * share * (1.0 - share) * (1.0 - chance)

    def log_odds(self, shares: Array) -> Array:
        """L, so that the impressions bring the observed number of new customers: Σ shares_k·p_k(L) = new/pool.

        It is solved as logit(hazard(Σ shares_k·p_k(L))/ι), which is nearly L itself.
        """
        needed = np.where((self.pool > 0) & (self.new > 0), self.new / self.pool, np.nan)
        level = logit(hazard(needed) / self.rate)

        def gap(log_odds: Array) -> tuple[Array, Array]:
            chance, rise = self.chance(log_odds)
            came = (shares * chance).sum(axis=-3)
            share = hazard(came) / self.rate
            steep = (shares * rise).sum(axis=-3) / ((1.0 - came) * self.rate * share * (1.0 - share))
            return logit(share) - level, steep

        low, high = level - self.shifts.max(axis=0) - WIDER, level - self.shifts.min(axis=0) + WIDER
        found = rising_root(gap, low, high, level - (shares * self.shifts).sum(axis=-3), scale=1.0)
        return np.where(self.new > 0, found, -np.inf)

    def recommended(self, audience: Array) -> tuple[Array, Array]:
        """Share of the business's new customers who come with a favourable impression, and its slope over 1/a.

        With u = 1/a the shares of impressions are (u·r0, x+, x−)/(u·r0 + x+ + x−); L follows them so that the
        number of new customers stays. Both of shape (draws,).
        """
        shares = self.impressions(audience)
        chance, rise = self.chance(self.log_odds(shares))
        change = shares[0] * audience * (np.array([1.0, 0.0, 0.0]).reshape(3, 1, 1) - shares)
        shift = -(change * chance).sum(axis=0) / (shares * rise).sum(axis=0)
        came = self.pool * (shares * chance)[FAVOURABLE]
        slope = self.pool * (change * chance + shares * rise * shift)[FAVOURABLE]
        everyone = self.new.sum(axis=0)
        return np.asarray(came.sum(axis=0) / everyone), np.asarray(slope.sum(axis=0) / everyone)


def audience_share(talk: Talk, target: Array, gives_way: bool = False) -> tuple[Array, Array]:
    """The smallest audience share that gives the observed referral share; nan where there is none.

    The referral share rises with the audience, unless bad word of mouth attracts people. Its inverse is nearly
    a straight line in 1/a, so that few steps are needed. Where the target is beyond all audiences and `gives_way`,
    it is the one with the largest referral share. That share is the second array; both of shape (1, draws).
    """
    most = talk.recommended(np.ones((1, len(target))))[0]
    largest, at_most = np.ones((2, len(target)))
    if (odd := (talk.shifts[WARY] > 0.0).any(axis=0)).any():  # it may not be the only one: looked for, then found
        some, places = Talk(*(part[..., odd] for part in talk)), np.geomspace(1e-3, 1.0, 13)
        reached = np.stack([some.recommended(np.full((1, odd.sum()), place))[0] for place in places])
        most[odd], largest[odd] = reached.max(axis=0), places[(reached >= target[odd]).argmax(axis=0)]
        at_most[odd] = places[reached.argmax(axis=0)]

    def against(inverse: Array) -> tuple[Array, Array]:
        share, slope = talk.recommended(1.0 / inverse[np.newaxis])
        return 1.0 / share - 1.0 / target, -slope / share**2

    start = np.where(most >= target, 1.0 / largest, np.nan)
    found = 1.0 / rising_root(against, start, np.full(len(target), np.inf), start)
    if gives_way:
        found = np.where(most < target, at_most, found)
    return found[np.newaxis], most[np.newaxis]


# --- From what was observed today to the values that nobody observes ---

REFERRAL = "market.referral_share"

MEMORY, REACH = "word_of_mouth.memory_months", "word_of_mouth.reach_good"
"""Defaults that give way to an observed referral share which they do not allow, in this order."""


class Problem(NamedTuple):
    """Observed figures that contradict each other, in some segments and draws."""

    where: NDArray[np.bool_]
    """Truth value by (segment, draw)."""
    text: str
    keys: tuple[str, ...]


@np.errstate(over="ignore", divide="ignore", invalid="ignore")
def hidden_values(
    values: Values, defaults: Collection[str] = (), yielding: Collection[str] = ()
) -> tuple[Hidden, State, list[Problem], dict[str, Array]]:
    """Hidden values, the state at the start of month 0, contradictions, and what gave way.

    Draws that contradict themselves hold nan. A referral share that is a default is no contradiction: each draw
    takes at most what it allows. `yielding`: of MEMORY and REACH those that may give way, see `_yield`.
    """
    shape = np.broadcast_shapes(*(value.shape for value in values.values()))
    size, n = (np.broadcast_to(values[key], shape) for key in ("market.size", "market.customers"))
    new = np.broadcast_to(values["market.new_customers_per_month"], shape)
    rates = engine.experienced(values)
    hazards, moods, after, left = _moods(values, rates, shape)
    avoid = values["retention.avoid_share"] * n * after[DISAPPOINTED] * left[DISAPPOINTED]
    avoiders = np.asarray(avoid / return_share(values["retention.still_avoiding_after_24_months"]))
    pool = size - n - avoiders
    rate = np.broadcast_to(values["market.category_purchase_rate"], shape)
    problems = [
        Problem(
            pool <= 0,
            "customers and the people who avoid the business today leave no prospects in the market; "
            "raise market.size or lower market.customers or retention.avoid_share",
            ("market.size", "market.customers", "retention.avoid_share"),
        ),
        Problem(
            (pool > 0) & (new > 0) & (new >= pool * probability(rate)),
            "more new_customers_per_month than prospects who choose a supplier in a month; "
            "raise market.size or market.category_purchase_rate or lower market.new_customers_per_month",
            ("market.new_customers_per_month", "market.size", "market.category_purchase_rate"),
        ),
    ]

    told_good, told_bad = (n * per_customer for per_customer in engine.told(values, rates))
    changed: dict[str, Array] = {}
    talk = Talk(
        pool,
        new,
        rate,
        np.broadcast_to(1.0 / values["word_of_mouth.memory_months"], shape),
        exposure(told_good, size, values["market.homophily"]),
        exposure(told_bad, size, values["market.homophily"]),
        np.broadcast_to(engine.impression_shifts(values), (3, *shape)),
    )
    if "word_of_mouth.audience_share" in values:
        audience = np.broadcast_to(values["word_of_mouth.audience_share"], (1, shape[1])).copy()
    else:
        target = np.broadcast_to(values[REFERRAL], (1, shape[1]))[0]
        if yielding:
            stories = stories_told(rates.good, values["word_of_mouth.stories_per_month"])
            by_good = exposure(n * stories * values[REACH], size, values["market.homophily"])
            talk, changed = _yield(talk, target, values, by_good, yielding)
        audience, reachable = audience_share(talk, target, REFERRAL in defaults)
        nobody = new.sum(axis=0, keepdims=True) == 0
        most = rounded_down(float(np.nanmin(reachable)) if np.isfinite(reachable).any() else 0.0)
        lower = "lower it to that or less" if most else "give word_of_mouth.audience_share instead"
        raised = ("word_of_mouth.reach_good", "experience.contacts_per_month", "word_of_mouth.memory_months")
        problems += [
            Problem(
                nobody,
                "new_customers_per_month is 0, so no referral share can be observed; "
                "give word_of_mouth.audience_share instead of market.referral_share",
                ("market.new_customers_per_month", REFERRAL),
            ),
            Problem(
                np.isnan(audience) & ~nobody,
                f"market.referral_share cannot be reached: with these figures at most {most:g} "
                f"({percent(most, 3)}) of new customers come on a recommendation; {lower}, or lower market.size, "
                f"or raise {', '.join(raised[:-1])} or {raised[-1]}",
                (REFERRAL, "market.size", *raised),
            ),
        ]

    prospects = pool * talk.impressions(audience)
    heard_bad = audience * talk.heard_bad
    churn, loyalty = engine.log_hazard_ratios(values)
    log_churn = churn * heard_bad + loyalty * (audience * talk.heard_good)
    problems.append(
        Problem(
            np.abs(log_churn) > LARGEST_EXPONENT,
            "customers hear so many bad stories that their hazard of leaving goes beyond all numbers; "
            "lower word_of_mouth.reach_bad, experience.bad_share or word_of_mouth.churn_hazard_ratio",
            ("word_of_mouth.reach_bad", "experience.bad_share", "word_of_mouth.churn_hazard_ratio"),
        )
    )
    spend = values["economics.spend_per_customer"] / (after * engine.mood_spending(values)).sum(axis=0)

    posts = engine.review_posts(values)
    launched = n.sum(axis=0, keepdims=True) > 0
    weight = np.where(launched, n, 1.0)
    posted, posted_stars = ((weight * part).sum(axis=0, keepdims=True) for part in posts)
    kept = -np.expm1(-1.0 / values["reviews.memory_months"])
    hidden = Hidden(
        base_hazard=np.asarray(hazards * np.exp(-np.clip(log_churn, -LARGEST_EXPONENT, LARGEST_EXPONENT))),
        base_spend=np.broadcast_to(spend, shape).copy(),
        log_odds=talk.log_odds(talk.impressions(audience)),
        audience_share=audience,
        stars=posted_stars / np.where(posted > 0, posted, np.nan),
    )
    state = State(
        customers=np.asarray(n * moods),
        prospects=np.asarray(prospects),
        avoiders=avoiders,
        reviews=np.where(launched, posted / kept, 0.0),
        review_stars=np.where(launched, posted_stars / kept, 0.0),
    )
    return hidden, state, problems, changed


def _yield(
    talk: Talk, target: Array, values: Values, by_good: Array, keys: Collection[str]
) -> tuple[Talk, dict[str, Array]]:
    """Talk in which an observed referral share can be reached, and the defaults that gave way for it.

    As little as needed, in this order: what is heard is remembered for longer, up to 24 months, then a good
    story reaches more people, up to the end of its published range. The audience share is 1 where one gives way.

    `target`: observed referral share, shape (draws,). `by_good`: messages per prospect and month from good stories
    alone, in proportion to `reach_good`.
    """

    def eased(part: Talk, key: str, factor: Array, good: Array) -> Talk:
        if key == MEMORY:
            return part._replace(reset=part.reset / factor)
        return part._replace(heard_good=part.heard_good + (factor - 1.0) * good)

    def placed(whole: Array, where: NDArray[np.bool_], new: Array) -> Array:
        whole = whole.copy()
        whole[..., where] = new
        return whole

    changed: dict[str, Array] = {}
    span = evidence.record_for(REACH, "consumer").range
    for key, most in ((MEMORY, 24.0), (REACH, span.high if span else 0.0)):
        short = talk.recommended(np.ones((1, len(target))))[0] < target
        if key not in keys or not short.any():
            continue
        given = np.broadcast_to(values[key], talk.pool.shape)
        part, good = Talk(*(field[..., short] for field in talk)), by_good[..., short]
        needed = target[short] * (1.0 + 1e-12)  # so much more that rounding never refuses it
        low, high = np.ones_like(part.pool), np.maximum(most / given[..., short], 1.0)
        for _ in range(44):  # to 2e-13 of a factor of 24
            middle = np.sqrt(low * high)
            enough = eased(part, key, middle, good).recommended(np.ones((1, short.sum())))[0] >= needed
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        fields = eased(part, key, high, good)
        talk = Talk(*(placed(field, short, new) for field, new in zip(talk, fields, strict=True)))
        changed[key] = placed(given, short, given[..., short] * high)
    return talk, changed


def _moods(values: Values, rates: Events, shape: tuple[int, ...]) -> tuple[Array, Array, Array, Array]:
    """Mood shares and hazard that the month leaves as they are and that give the observed retention.

    λ·χ^x−·χ+^x+ of content customers, which retention pins whatever customers hear; π, shares of moods at the
    start of a month; the same after the kernel; and the probability to leave, by mood.

    With q the shares after the kernel, E = e^(−θ), u = r_k·w(θ), arrivals per customer ν and t = retention + ν:
    q_k·(1 − E·S_k/t) = u_k + [content]·E·ν/t with S_k = e^(−hazard·H_k), and Σ q_k·S_k = retention fixes the
    hazard (so would Σq = 1, but the hazard drops out of it where E is small). The logarithm of that sum falls
    with the hazard ever more slowly, so that Newton's steps from the left do not pass the root. At a launch q
    is the kernel's own balance.
    """
    memory = values["experience.memory_months"]
    month = kernel(1.0 / memory, rates.good, rates.disappointing)
    n = np.broadcast_to(values["market.customers"], shape)
    stay = np.broadcast_to(values["retention.retention_rate"], shape)
    ratios = np.broadcast_to(engine.mood_hazard_ratios(values), (3, *shape))
    launch = n == 0
    arrivals = np.where(launch, 0.0, values["market.new_customers_per_month"] / np.where(launch, 1.0, n))
    total = stay + arrivals
    carried = np.where(launch, 0.0, month.stay / total)
    inflow = np.broadcast_to(month.gain, (3, *shape)).copy()
    inflow[CONTENT] += carried * arrivals
    inflow = np.where(launch, stationary(1.0 / memory, rates.good, rates.disappointing), inflow)

    def short(hazard: Array) -> tuple[Array, Array]:
        stays = np.exp(-hazard * ratios)
        kept = np.where(inflow > 0, 1.0 - carried * stays, 1.0)
        staying = inflow / kept * stays
        whole = staying.sum(axis=0)
        return -np.log(whole) - leaving, (staying / kept * ratios).sum(axis=0) / whole

    present = np.where(inflow > 0, ratios, np.nan)
    slowest, fastest = np.nanmin(present, axis=0), np.nanmax(present, axis=0)
    leaving = -np.log(stay)
    alone = np.nanmax(np.log(carried + inflow / stay) / present, axis=0)  # staying would one mood be enough
    low = np.maximum(leaving / fastest, alone) * (1.0 - WIDER)
    root = rising_root(short, low, leaving / slowest * (1.0 + WIDER), low)
    level = np.where(stay < 1.0, root, 0.0)
    stays = np.exp(-level * ratios)
    after = inflow / np.where(inflow > 0, 1.0 - carried * stays, 1.0)
    start = after * stays
    start[CONTENT] += arrivals
    start = np.where(launch, inflow, start / start.sum(axis=0))
    return np.asarray(level), start, after, probability(level * ratios)


@dataclass(frozen=True)
class Start:
    """A business before month 0: what the engine takes. The state's last axis says how many runs there are."""

    inputs: Inputs
    hidden: Hidden
    state: State
    before: Mapping[str, Array] = field(default_factory=dict)
    """Defaults that gave way in some draw, by key as they were; `inputs` has them as they are used."""

    @property
    def draws(self) -> int:
        """How many runs."""
        return int(self.state.customers.shape[-1])

    @property
    def referral_share(self) -> Array:
        """Share of month 0's new customers who come on a recommendation, by draw; nan where nobody new comes."""
        values, pool = self.inputs.parameters, self.state.prospects[FAVOURABLE]
        odds = self.hidden.log_odds + engine.impression_shifts(values)[FAVOURABLE]
        chance = probability(values["market.category_purchase_rate"] / (1.0 + np.exp(-odds)))
        new = values["market.new_customers_per_month"].sum(axis=0)
        return np.asarray((pool * chance).sum(axis=0) / np.where(new > 0, new, np.nan))

    @property
    def gave_way(self) -> NDArray[np.bool_]:
        """Draws in which a default referral share was more than the other figures allow and gave way to that."""
        values = self.inputs.parameters
        if REFERRAL not in self.inputs.defaults or REFERRAL not in values:
            return np.zeros(self.draws, np.bool_)
        return np.asarray(self.referral_share < values[REFERRAL][0] * (1.0 - 1e-9))

    def moments(self, plan: Schedule, on: Switches) -> Iterator[Moment]:
        """The months of all runs, one after the other, each with what made it."""
        given = self.inputs
        return engine.moments(
            given.parameters, self.hidden, self.state, given.horizon_months, plan, on, calendar=given.calendar
        )

    @cached_property
    def today(self) -> Moment:
        """Month 0 without a plan."""
        return next(self.moments(self.inputs.schedule.without_plan(), Switches()))

    def repeated(self, times: int) -> Start:
        """The same runs so many times, one block of them after the other; the copied state may be written to."""

        def tiled(values: Array) -> Array:
            one_each = values.shape[-1] == self.draws
            return np.tile(values, (*(1,) * (values.ndim - 1), times)) if one_each else values

        return replace(self, state=mapped(self.state, tiled)) if self.draws == 1 else mapped(self, tiled)

    def at(self, draws: NDArray[np.intp], inputs: Inputs | None = None) -> Start:
        """Some of the draws, with their part of the inputs, or with other inputs before anything gave way."""
        found = mapped(self, lambda values: values[..., draws] if values.shape[-1] == self.draws else values)
        if inputs is None:
            return found
        used = {key: found.inputs.parameters[key] for key in self.before}
        return replace(found, inputs=replace(inputs, parameters={**inputs.parameters, **used}))

    def joined(self, other: Start) -> Start:
        """The draws of both, one after the other; `other` is of the same scenario."""

        def along(*two: Array) -> Array:
            draws = zip(two, (self.draws, other.draws), strict=True)
            return np.concatenate([np.broadcast_to(part, (*part.shape[:-1], n)) for part, n in draws], axis=-1)

        keys = {*self.before, *other.before}  # what gave way in one of them stands as it was in the other
        one, two = (
            replace(side, before={key: side.inputs.parameters[key] for key in keys} | dict(side.before))
            for side in (self, other)
        )
        return mapped(one, along, two)

    def with_values(self, changes: Mapping[str, Array]) -> Start:
        """The same hidden values and state with other parameters from month 0 on, over any what-if."""
        parameters = {**self.inputs.supposed, **changes}
        schedule = replace(self.inputs.schedule, what_if=())
        return replace(self, inputs=replace(self.inputs, parameters=parameters, schedule=schedule))


def anchored(inputs: Inputs) -> tuple[Start, list[Problem]]:
    """Inputs with the hidden values and state that they lead to, and what contradicts itself in which draws."""
    values, defaults = inputs.parameters, inputs.defaults
    yielding = () if REFERRAL in defaults or REFERRAL not in values else {MEMORY, REACH} & defaults
    hidden, state, problems, changed = hidden_values(values, defaults, yielding)
    before = {key: np.broadcast_to(values[key], new.shape) for key, new in changed.items()}
    return Start(replace(inputs, parameters={**values, **changed}), hidden, state, before), problems


def started(inputs: Inputs) -> Start:
    """As `anchored`; an InputError names figures that contradict each other, the segment and what to change."""
    begun, problems = anchored(inputs)
    segments, values = inputs.segments, inputs.parameters
    for problem in problems:
        if problem.where.any():
            place = int(np.argwhere(problem.where)[0][0])
            named = len(problem.where) > 1
            text = problem.text
            if guessed := [key for key in problem.keys if key in inputs.defaults]:
                are = "are defaults" if len(guessed) > 1 else "is a default"
                text += f"; of these, {several(guessed)} {are} until you give your own"
            if "market.customers" in problem.keys:
                columns = (np.ravel(values[key]) for key in ("market.size", "market.customers"))
                size, n = (float(column[place % len(column)]) for column in columns)
                text += f"; fewer people in the market ({size:g}) than customers ({n:g})" if 0 < size < n else ""
                if size < n < 1000 * size:  # a point between thousands is a decimal point
                    text += f": is {size:.3f} meant as {1000 * size:.0f}?"
            raise InputError(text, f"today.segments.{segments[place]}" if named else "today")
    return begun


def start(scenario: Scenario) -> Start:
    """A scenario anchored to what is observed today; an InputError where figures contradict each other."""
    try:
        return scenario.once("start", lambda: started(scenario.inputs()))
    except InputError as error:
        raise error.within(scenario.file) from None
