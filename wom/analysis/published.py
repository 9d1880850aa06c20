"""Published effects and published calculators, played by the model.

The evidence replay: each default has a source of its own; whether they are right jointly shows when the model
plays the studies that measured an effect. A study's twin is a business of the study's kind, run with one and the
same set of defaults: only what the study states about its business is set. A row that cannot be reproduced stays:
it is the list of what the model lacks.

Twelve calculators that everybody uses, recomputed to the digit, then corrected step by step with the model. Each
is a short formula of inputs that its source prints. Where it lacks something, `use(cause, theirs, ours)` names the
lack and gives both numbers: what the calculator takes, and what the model makes of a store of ordinary figures
with the published defaults. With nothing corrected the formula gives the published digits, with everything
corrected the model's answer, and Shapley values split the gap over the causes, so that the parts add up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from .. import engine
from .._effect import shapley
from .._run import LEVEL, quantiles, run
from ..anchoring import Start
from ..draws import sample
from ..engine import Moment, People, Switches, impression_shifts, leaving, log_hazard_ratios, move
from ..errors import whole_number
from ..parameters import Range
from ..plan import Shock
from ..processes import CONTENT, DELIGHTED, DISAPPOINTED, FAVOURABLE, NEUTRAL, WARY, Kernel, exposure
from ..scenario import Scenario, build
from ..units import MONTHS_PER_YEAR, Array, logit, probability
from ..worth import EXPERIENCES, event_worth
from .nps import not_otherwise

_STORE: Mapping[str, Any] = {
    "title": "Twin",
    "currency": "",
    "today": {
        "market": {"size": 100_000, "customers": 5_000, "new_customers_per_month": 150},
        "economics": {"spend_per_customer": 50.0, "margin_share": 0.4},
        "experience": {"contacts_per_month": 1.0, "good_share": 0.25, "bad_share": 0.06, "recovered_share": 0.3},
        "retention": {"retention_rate": 0.97},
    },
}
"""Of every twin, as far as its study does not say otherwise: a store."""


@dataclass(frozen=True)
class Study:
    """One published effect and its twin.

    `published` is the interval as the study gives it, two equal ends for a single number. `twin` changes the
    store by dotted key. `effect` takes an anchored twin in draws and gives the effect in each; it is read as they
    measured, with all of an association counted, and as what the model calls caused. `why` says in a sentence what
    makes the two meet or differ.
    """

    name: str
    what: str
    published: tuple[float, float]
    unit: str
    effect: Callable[[Start], Array]
    why: str
    source: str
    twin: Mapping[str, Any] = field(default_factory=dict)
    readings: tuple[str, ...] = ("measured", "caused")
    kind: Literal["", "identity", "structure"] = ""


def replay(draws: int = 512, seed: int = 0) -> pd.DataFrame:
    """Published effects, and what one set of defaults makes of each.

    Index study; columns what (the effect), unit, published_low, published_high; measured_low, _central and _high
    with the comparison that the study made, confounding included; caused_low, _central and _high; verdict (yes,
    no, identity or structure, of the measured reading where there is one), why and source. Intervals are 5 and
    95 % of joint draws of all defaults, the middle is at their central values.
    """
    draws, seed = whole_number("draws", draws, 10), whole_number("seed", seed, 0)
    rows = []
    for study in STUDIES:
        readings = {"measured": (np.nan,) * 3, "caused": (np.nan,) * 3}
        for reading in study.readings:
            case = twin(study.twin, reading == "measured")
            central = study.effect(sample(case, 1, seed, ranges=False).start)[0]
            low, high = np.quantile(study.effect(sample(case, draws, seed).start), [0.05, 0.95])
            readings[reading] = float(low), float(central), float(high)
        least, _, most = readings[study.readings[0]]
        open_ = 0.01  # relative; what some hundred draws leave open of an end
        meets = least - open_ * abs(least) <= study.published[1] and study.published[0] <= most + open_ * abs(most)
        row: dict[str, Any] = {"study": study.name, "what": study.what, "unit": study.unit}
        row |= dict(zip(("published_low", "published_high"), study.published, strict=True))
        for reading, ends in readings.items():
            row |= {f"{reading}_{name}": end for name, end in zip(Range._fields, ends, strict=True)}
        verdict = study.kind or ("yes" if meets else "no")
        rows.append(row | {"verdict": verdict, "why": study.why, "source": study.source})
    return pd.DataFrame(rows).set_index("study")


def twin(changes: Mapping[str, Any], measured: bool = False) -> Scenario:
    """The store with other values by dotted key, none of them in doubt.

    `measured`: all that goes with service or talk counts as caused by it.
    """
    case = build(_STORE).replace(changes)
    case = case.replace({"sure": dict.fromkeys(case.today.given(), "counted")})
    return case.replace({"experience.causal_share": 1.0, "word_of_mouth.causal_share": 1.0}) if measured else case


def _by_draw(value: Array, begin: Start) -> Array:
    return np.asarray(np.broadcast_to(value, (1, begin.draws))[0])


def _part(part: Array, whole: Array, where: NDArray[np.bool_], otherwise: float = np.nan) -> Array:
    return np.asarray(np.divide(part, whole, out=np.full(part.shape, otherwise), where=where))


# --- the effects, each of shape (draws,) -----------------------------------------------------------------------


def in_mood(begin: Start, mood: int) -> Array:
    """All customers of today in one mood."""
    people = np.zeros_like(begin.state.customers)
    people[mood] = begin.state.customers.sum(axis=0)
    return people


def followed(begin: Start, customers: Array, horizon: int, first: Moment | None = None) -> tuple[Array, Array]:
    """Revenue of some customers in so many months, and how many stay; as today, but for a `first` month."""
    today = begin.today
    nobody = np.zeros_like(customers)
    people, revenue = People(customers, nobody, np.zeros_like(customers[0])), np.zeros(begin.draws)
    for month in (first or today, *[today] * (horizon - 1)):
        people, moves = move(people, month.rules, month.around)
        revenue = revenue + moves.revenue.sum(axis=0)
        people = People(people.customers, nobody, np.zeros_like(customers[0]))  # who left does not come back
    return revenue, people.customers.sum(axis=(0, 1))


def spending_lost(begin: Start) -> Array:
    """1 − spending within three months from a bad experience over that of customers as they are, today frozen.

    It happens at any time of the first month, so that at its end e^(−θu), averaged over u in (0, 1), or
    (1 − e^(−θ))/θ of those hit are still in that mood. nan where nobody buys.
    """
    today, values = begin.today, begin.inputs.parameters
    moods, rates = today.rules.moods, engine.experienced(values, Shock())
    events = 1.0 / values["experience.memory_months"] + rates.good + rates.disappointing
    kept = probability(events) / events
    hit = Kernel(kept, moods.gain * (1.0 - kept) / (1.0 - moods.stay))
    first = today._replace(rules=replace(today.rules, moods=hit))
    lost, _ = followed(begin, in_mood(begin, DISAPPOINTED), 3, first)
    spent, _ = followed(begin, begin.state.customers, 3)
    return 1.0 - lost / np.where(spent == 0.0, np.nan, spent)  # whose customers spend nothing has none to lose


def recovery_share(begin: Start) -> Array:
    """Part of a bad experience's loss that putting it right offsets: 1 − worth recovered/worth bad."""
    worth = dict(zip(EXPERIENCES, event_worth(begin)[0], strict=True))
    return np.asarray(1.0 - worth["recovered"] / worth["bad"])


def hazard_of_delighted(begin: Start) -> Array:
    """Hazard of leaving within a year of customers delighted today over that of the others."""
    state = begin.state.customers
    others = state.copy()
    others[DELIGHTED] = 0.0
    hazards = []
    for people in (in_mood(begin, DELIGHTED), others):
        _, left = followed(begin, people, MONTHS_PER_YEAR)
        hazards.append(-np.log(left / people.sum(axis=(0, 1))))
    return np.asarray(hazards[0] / hazards[1])


def through_others(begin: Start) -> Array:
    """A year's revenue that good experiences make through other customers over that of their mood, today frozen.

    Of a few more in every segment, in proportion to those that its customers have; nan where a mood moves nothing.
    """
    today, state, values = begin.today, begin.state, begin.inputs.parameters
    few = 1e-3 * values["experience.contacts_per_month"] * values["experience.good_share"]
    shocked = engine.rules(values, begin.hidden, Shock(good=few), Switches())
    heard = exposure(
        begin.hidden.audience_share * state.customers.sum(axis=0) * (shocked.told_good - today.rules.told_good),
        today.rules.size, today.rules.homophily,
    )  # fmt: skip
    met = today._replace(around=today.around._replace(heard_good=today.around.heard_good + heard))
    base, mood, message = (
        followed(begin, state.customers, MONTHS_PER_YEAR, first)[0]
        for first in (today, today._replace(rules=shocked), met)
    )
    felt = np.abs(mood - base) > 1e-12 * base  # more than rounding
    return _part(message - base, mood - base, felt)


def stated(begin: Start, tone: int) -> Array:
    """Change of the probability of choosing at .40 after one message of a tone."""
    shift = _by_draw(impression_shifts(begin.inputs.parameters)[tone], begin)
    return np.asarray(expit(logit(0.40) + shift) - 0.40)


def acquired_over_kept(begin: Start, tone: int) -> Array:
    """Customers whom a message to all brings (or deters) in a year over those whom it keeps (or drives out)."""
    today, state, size = begin.today, begin.state, 1e-6
    heard = state.prospects[NEUTRAL] * size
    reached = state.prospects.copy()
    reached[NEUTRAL] -= heard
    reached[tone] += heard
    arrivals = []
    for prospects in (state.prospects, reached):
        came = np.zeros(begin.draws)
        for _ in range(MONTHS_PER_YEAR):
            alone = People(np.zeros_like(state.customers), prospects, np.zeros_like(heard))
            after, moves = move(alone, today.rules, today.around)
            came, prospects = came + moves.new_customers.sum(axis=0), after.prospects
        arrivals.append(came)
    logs = log_hazard_ratios(begin.inputs.parameters)[0 if tone == WARY else 1]
    hazard = leaving(today.rules, today.around.heard_good, today.around.heard_bad)
    kept = (state.customers * np.exp(-hazard) * hazard).sum(axis=(0, 1)) * -np.expm1(logs)[0] * size
    return _part(arrivals[1] - arrivals[0], kept, kept != 0, np.inf)


def recommended(begin: Start) -> Array:
    """Customers a year who come on a recommendation for each customer with something good to tell."""
    values, month = begin.inputs.parameters, begin.today.month
    good = values["experience.contacts_per_month"] * values["experience.good_share"]
    tellers = (begin.state.customers.sum(axis=0) * -np.expm1(-MONTHS_PER_YEAR * good)).sum(axis=0)
    came = MONTHS_PER_YEAR * month.recommended_customers.sum(axis=0)
    return _part(came, tellers, tellers > 0)


def sales_by_talk(begin: Start, long_run: int = 120) -> Array:
    """1 − revenue of a month in the long run without good talk over that with it; nan where nobody buys."""
    last = []
    for good in (1.0, 0.0):
        on = Switches(good_word_of_mouth=good)
        *_, month = engine.months(begin.inputs.parameters, begin.hidden, begin.state, long_run, on=on)
        last.append(month.revenue.sum(axis=0))
    with_talk, without = last
    return 1.0 - _part(without, with_talk, with_talk > 0)


def benefit_by_talk(begin: Start) -> Array:
    """Part of what five points more good contacts earn that is gone without good talk."""
    values = begin.inputs.parameters
    better = begin.with_values({"experience.good_share": values["experience.good_share"] + 0.05})
    gains = []
    for good in (1.0, 0.0):
        on = Switches(good_word_of_mouth=good)
        gains.append(run(better, on=on).npv_by_draw - run(begin, on=on).npv_by_draw)
    return 1.0 - np.asarray(gains[1] / gains[0])


def demand_of_a_star(begin: Start) -> Array:
    """Newcomers with a rating of one star more over those as it is, less 1."""
    today = begin.today
    more = engine.choice(today.rules, begin.hidden, begin.hidden.stars + 1.0)
    came = [(begin.state.prospects * chance).sum(axis=(0, 1)) for chance in (more, today.around.chance)]
    return np.asarray(came[0] / came[1] - 1.0)


def told_by_mood(begin: Start) -> Array:
    """People told of a bad experience for each told of a good one; of neither, nobody."""
    values = begin.inputs.parameters
    return _by_draw(values["word_of_mouth.reach_bad"] / values["word_of_mouth.reach_good"], begin)


def rise_with_retention(begin: Start, times: float = 1.0, more: float = 0.0) -> Array:
    """Rise of a customer's worth, m/(1 − β·r^(1/12)) until leaving, no horizon, with a better retention a year."""
    values = begin.inputs.parameters
    yearly = float(np.mean(values["retention.retention_rate"])) ** MONTHS_PER_YEAR
    growth = 1.0 + _by_draw(values["economics.discount_rate"], begin)
    now, then = (1.0 / (1.0 - (r / growth) ** (1.0 / MONTHS_PER_YEAR)) for r in (yearly, times * yearly + more))
    return np.asarray(then / now - 1.0)


def _yearly(stay: float) -> dict[str, float]:
    """Retention of a year, and as many newcomers as leave."""
    month = stay ** (1 / MONTHS_PER_YEAR)
    return {"retention.retention_rate": month, "market.new_customers_per_month": round(5_000 * (1 - month))}


STUDIES: tuple[Study, ...] = (
    Study(
        "late rides, four a month", "spending lost in three months after a late ride", (0.05, 0.10), "share",
        spending_lost,
        "The next good contact soon wipes the mood, so that the middle lies below what was measured: people "
        "forget a bad ride less quickly.",
        "Halperin, Ho, List and Muir 2022",
        {"experience.contacts_per_month": 4.0},
    ),
    Study(
        "late rides, one a month", "spending lost in three months after a late ride", (0.05, 0.10), "share",
        spending_lost, "With rare contacts the mood lasts, and the loss is of the size that was measured.",
        "Halperin, Ho, List and Muir 2022",
    ),
    Study(
        "complaints put right", "part of a complaint's loss that putting it right offsets", (0.0, 1.0), "share",
        recovery_share, "Follows almost directly from recovery_offset: most of it, not all.",
        "Knox and van Oest 2014", kind="identity",
    ),
    Study(
        "recommenders stay", "hazard of leaving in a year, recommenders over others", (0.344, 0.344), "ratio",
        hazard_of_delighted,
        "Recommenders are loyal people; a mood that fades in months cannot make such a difference over a year.",
        "Garnefeld, Eggert, Helm and Tax 2013", _yearly(0.81), kind="structure",
    ),
    Study(
        "a neighbour left", "hazard of leaving after one bad message", (1.8, 1.8), "ratio",
        lambda begin: _by_draw(np.exp(log_hazard_ratios(begin.inputs.parameters)[0]), begin),
        "The published figure is the upper end of the default's range, which so holds it by construction: "
        "neighbours also resemble each other.",
        "Nitzan and Libai 2011", kind="identity",
    ),
    Study(
        "connections of the treated", "effect on others over effect on those treated", (0.28, 0.28), "share",
        through_others,
        "The middle is smaller: the published figure also holds what callers of one network are to each other.",
        "Ascarza, Ebbes, Netzer and Danielson 2017", readings=("caused",),
    ),
    Study(
        "one good message", "rise of the probability to choose at .40", (0.20, 0.20), "probability",
        partial(stated, tone=FAVOURABLE),
        "The default is this very figure; as caused, only the causal share of it counts.",
        "East, Hammond and Lomax 2008", kind="identity",
    ),
    Study(
        "one bad message", "change of the probability to choose at .40", (-0.11, -0.11), "probability",
        partial(stated, tone=WARY),
        "The default is this very figure; as caused, only the causal share of it counts.",
        "East, Hammond and Lomax 2008", kind="identity",
    ),
    Study(
        "good talk wins and keeps", "customers won over customers kept by good messages", (2.0, 2.0), "ratio",
        partial(acquired_over_kept, tone=FAVOURABLE),
        "How many could still be won for each customer differs between markets; the study counted people.",
        "East, Romaniuk, Chawdhary and Uncles 2017",
    ),
    Study(
        "bad talk deters and drives out", "customers deterred over customers driven out by bad messages",
        (4.0, np.inf), "ratio", partial(acquired_over_kept, tone=WARY),
        "Bad messages reach more people who are not customers than people who are.",
        "East, Romaniuk, Chawdhary and Uncles 2017",
    ),
    Study(
        "who brings a customer", "new customers a year per customer with something good to tell", (0.12, 0.12),
        "people", recommended,
        "Follows from the referral share and from how many come: one telephone firm had .12, this store fewer.",
        "Kumar, Petersen and Leone 2007", readings=("caused",),
    ),
    Study(
        "sales by talk", "part of sales that good talk makes in the long run", (0.13, 0.19), "share",
        sales_by_talk,
        "A market mix counts everybody who came on a recommendation as made by it.",
        "WOMMA 2014; Fay, Keller, Larkin and Pauwels 2019",
    ),
    Study(
        "benefit by recommendation", "part of a better experience's benefit that comes by good talk",
        (0.0, 0.07), "share", benefit_by_talk,
        "The market mixes above say otherwise: talk cannot make a seventh of sales and so little of a benefit.",
        "Forrester 2020", readings=("caused",),
    ),
    Study(
        "a star, restaurants", "rise of demand with one star more", (0.05, 0.09), "share", demand_of_a_star,
        "The default is this very figure. It is of newcomers; revenue follows as they replace others.",
        "Luca 2016",
        {"trade": "restaurant"}, readings=("caused",), kind="identity",
    ),
    Study(
        "a star, hotels", "rise of demand with one star more", (0.022, 0.25), "share", demand_of_a_star,
        "The default's range is these very figures; the two studies of hotels differ by a factor of ten.",
        "Lewis and Zervas; Sayfuddin and Chen 2021", {"trade": "hotel"}, readings=("caused",), kind="identity",
    ),
    Study(
        "referred customers", "value of referred customers over that of others, less 1", (0.0, 0.16), "share",
        lambda begin: np.zeros(begin.draws),
        "Recommended customers are worth as much as others here; a replication found none either.",
        "Schmitt, Skiera and Van den Bulte 2011; Armelini, Barrot and Becker 2015", readings=("caused",),
        kind="structure",
    ),
    Study(
        "who talks", "people told of a bad experience for each told of a good one", (1.0, np.inf), "ratio",
        told_by_mood, "U-shaped by construction: content customers tell nobody.",
        "Anderson 1998; de Matos and Rossi 2008", readings=("caused",), kind="identity",
    ),
    Study(
        "one per cent of retention", "per cent more worth for one per cent more retention", (3.0, 7.0), "per cent",

        lambda begin: 100.0 * rise_with_retention(begin, times=1.01),
        "Follows from retention alone; it holds from about 73 % a year on.",
        "Gupta, Lehmann and Stuart 2004", _yearly(0.80), readings=("caused",), kind="identity",
    ),
    Study(
        "five points of retention", "rise of a customer's worth", (0.25, 0.85), "share",
        partial(rise_with_retention, more=0.05),
        "A thought experiment that follows from retention alone. At 80 % a year and discounted it comes out just "
        "below; from 83 % a year on it is within. What the five points cost is not in it.",
        "Reichheld and Sasser 1990", _yearly(0.80), readings=("caused",), kind="identity",
    ),
)  # fmt: skip
"""In reading order. Facts only; what was recalled and not read is not among them."""


# --- Calculators -------------------------------------------------------------------------------------------------

CAUSES = {
    "no counterfactual": "counting what would have happened anyway",
    "saturation": "multiplying as if nobody were reached twice",
    "double counting": "counting one payment in two places",
    "said is not done": "taking what people say for what they do",
    "no discount": "counting money of later years as if it came today",
    "no cost": "counting revenue, not what is left of it",
}
"""What a calculator can lack, and what it does instead."""
ANYWAY, CROWD, TWICE, SAID, LATER, COST = CAUSES
_CONSIDERING = 0.40
"""Chance that somebody who is about to choose would have chosen this business: East, Hammond and Lomax 2008."""
_MARKET = 10_000.0
"""People whom an invitation can reach at all; assumed, since a viral coefficient knows no market."""


class Known(NamedTuple):
    """What the model says of the store, each of shape (draws,)."""

    stated: Array
    """Of those who came on a recommendation, the part who would not have come otherwise, by what people state."""
    caused: Array
    """The same by what is caused."""
    deterred: Array
    """Of those who would have chosen the business, the part whom one bad message turns away, caused."""
    weight: Array
    """What one bad message undoes, in good ones."""
    own: Array
    """Part of what goes with being satisfied that being satisfied causes."""
    lost_for_good: tuple[Array, Array]
    """Of customers who stay disappointed for a year, those who leave in it and would have stayed if content: as
    measured, and caused."""
    lost_for_once: tuple[Array, Array]
    """The same of customers disappointed once, whose mood fades."""
    margin: Array
    rate: Array
    """Discount rate a year."""
    star: Array
    """Rise of demand with one star more, at a restaurant."""


class Use:
    """What a formula takes at one place: the calculator's number, or the model's where a cause is corrected."""

    def __init__(self, corrected: Mapping[str, Any] | None = None) -> None:
        self.corrected = corrected or {}
        self.asked: dict[str, None] = {}

    def __call__(self, cause: str, theirs: Array | float, ours: Array | float) -> Array:
        """One of two numbers, by set of corrected causes."""
        self.asked[cause] = None
        return np.where(self.corrected.get(cause, False), ours, theirs)


Formula = Callable[[Use, Known], dict[str, Array]]


@dataclass(frozen=True)
class Calculator:
    """A published calculator.

    `formula` gives its numbers by name, the one that is quoted last; `published` are the same as the source prints
    them, rounded as there, or as its formula gives them where it prints none. `good_for` says what it does well,
    `wrong` what it gets wrong, in a sentence each.
    """

    name: str
    unit: str
    published: Mapping[str, float]
    formula: Formula
    good_for: str
    wrong: str
    source: str
    known_source: bool = True
    """Whether a source that measured its figures could be found."""


def calculators(draws: int = 512, seed: int = 0) -> pd.DataFrame:
    """Twelve published calculators, what the model makes of the same inputs, and why the two differ.

    model − calculated = Σ causes,   by Shapley over the causes that a formula names

    Index calculator; columns what (its number), unit, published, calculated (from its own inputs), model_low,
    model, model_high (90 % range of joint draws of all defaults), one column for each of `CAUSES` (missing where
    it does not apply), good_for, wrong, source, known_source.
    """
    draws, seed = whole_number("draws", draws, 10), whole_number("seed", seed, 0)
    central, drawn = known(None, seed), known(draws, seed)
    rows = []
    for one in CALCULATORS:
        quoted, use = list(one.published)[-1], Use()
        calculated = one.formula(use, central)[quoted]
        causes = [cause for cause in CAUSES if cause in use.asked]
        sets = np.arange(2 ** len(causes))
        corrected = {cause: (sets >> place & 1 == 1) for place, cause in enumerate(causes)}
        value = np.broadcast_to(one.formula(Use(corrected), central)[quoted], sets.shape)
        everything = one.formula(Use(dict.fromkeys(causes, True)), drawn)[quoted]
        low, _, high = quantiles(np.broadcast_to(everything, drawn.margin.shape), LEVEL)
        parts = dict(zip(causes, shapley(value), strict=True))
        row = {"calculator": one.name, "what": quoted, "unit": one.unit, "published": one.published[quoted]}
        row |= {"calculated": float(calculated.item()), "model_low": low, "model": float(value[-1])}
        row |= {"model_high": high} | {cause: float(parts.get(cause, np.nan)) for cause in CAUSES}
        told = {name: getattr(one, name) for name in ("good_for", "wrong", "source", "known_source")}
        rows.append(row | told)
    return pd.DataFrame(rows).set_index("calculator")


def known(draws: int | None, seed: int = 0) -> Known:
    """The model's figures for the store: central without draws, else in joint draws of all defaults.

    Its stars count as a restaurant's, where they were measured.
    """
    caused, measured = (
        sample(twin({"trade": "restaurant"}, reading), draws or 1, seed, ranges=draws is not None).start
        for reading in (False, True)
    )
    bad, good = -stated(caused, WARY), stated(caused, FAVOURABLE)
    own, margin, rate = (
        _by_draw(caused.inputs.parameters[key], caused)
        for key in ("experience.causal_share", "economics.margin_share", "economics.discount_rate")
    )
    for_good, once = zip(_leaving(measured), _leaving(caused), strict=True)
    return Known(
        stated=not_otherwise(measured),
        caused=not_otherwise(caused),
        deterred=bad / _CONSIDERING,
        weight=bad / good,
        own=own,
        lost_for_good=for_good,
        lost_for_once=once,
        margin=margin,
        rate=rate,
        star=demand_of_a_star(caused),
    )


def _leaving(begin: Start) -> tuple[Array, Array]:
    """Of customers disappointed for good, and of those disappointed once, the part who leave for it in a year."""
    today = begin.today
    stay = np.exp(-MONTHS_PER_YEAR * leaving(today.rules, today.around.heard_good, today.around.heard_bad))
    people = (in_mood(begin, mood) for mood in (CONTENT, DISAPPOINTED))
    content, once = (followed(begin, some, MONTHS_PER_YEAR)[1] / some.sum(axis=(0, 1)) for some in people)
    return _by_draw(stay[CONTENT] - stay[DISAPPOINTED], begin), np.asarray(content - once)


# --- the formulas; all money in the source's own currency ------------------------------------------------------


def _counting(use: Use, our: Known) -> Array:
    """Of recommended customers those who count: all, and after correction those not there anyway."""
    return use(ANYWAY, 1.0, use(SAID, our.stated, our.caused))


def _lost(use: Use, theirs: float, ours: tuple[Array, Array]) -> Array:
    """Of unhappy customers those who leave for it within a year."""
    return use(ANYWAY, theirs, use(SAID, *ours))


def _promoter(use: Use, our: Known) -> dict[str, Array]:
    customer, caused = 1_000.0, use(ANYWAY, 1.0, our.own)
    friends = customer / 6 * _counting(use, our)
    promoter = customer * (1 + (3 - 1) * caused) + 4 * friends
    detractor = customer * (1 - (1 - 0.5) * caused) - 3 * use(SAID, 4.0, our.weight) * friends
    return {"a promoter": promoter, "a detractor": detractor, "from detractor to promoter": promoter - detractor}


def _comment(use: Use, our: Known) -> dict[str, Array]:
    comment = 0.25 * 4e6 * _counting(use, our) * 210 / 40e6
    return {"a good comment": comment, "a promoter's comments in a year": 8 * comment}


def _retention(use: Use, our: Known) -> dict[str, Array]:
    kept = use(LATER, 1.0, 1 / (1 + our.rate))
    rises = ((1 - stay * kept) / (1 - (stay + 0.05) * kept) - 1 for stay in (0.75, 0.90))
    return dict(zip(("more worth from 75 to 80 %", "more worth from 90 to 95 %"), rises, strict=True))


def _referral(use: Use, our: Known) -> dict[str, Array]:
    reward, more = 25.0, 40.0
    whole = more / 0.16 + more  # the 40 are 16 % of another customer's worth
    return {"return on a reward": use(ANYWAY, more, whole * use(SAID, our.stated, our.caused)) / reward - 1}


def _viral(use: Use, our: Known) -> dict[str, Array]:
    each = 10 * 0.20
    users = new = np.full(np.shape(our.margin), 10.0)
    after = {}
    for cycle in range(1, 11):
        new = use(CROWD, each * new, (_MARKET - users) * -np.expm1(-each * new / _MARKET))
        users = users + new
        after[f"users after {cycle} cycles"] = users
    return after


def _review(use: Use, our: Known) -> dict[str, Array]:
    customers = 45 * use(ANYWAY, 1.0, _CONSIDERING) * use(SAID, 2 / 3, our.deterred)
    return {"customers": customers, "a bad review": 2_400 * customers * use(COST, 1.0, our.margin)}


def _complaint(use: Use, our: Known) -> dict[str, Array]:
    unhappy = np.full(np.shape(our.margin), 27.0)
    lost = 1_000 * unhappy * _lost(use, 0.91, our.lost_for_once)
    return {"unhappy": unhappy, "a complaint": lost * use(COST, 1.0, our.margin)}


def _star(use: Use, our: Known) -> dict[str, Array]:
    kept = 240_000 * use(COST, 1.0, our.margin)
    return {"at 5 %": kept * 0.05, "at 9 %": kept * 0.09, "a star, at 7 %": kept * use(CROWD, 0.07, our.star)}


def _extended(use: Use, our: Known) -> dict[str, Array]:
    years = use(LATER, 5.0, sum((1 + our.rate) ** -year for year in range(5)))
    own = 15 * 12 * years * use(COST, 1.0, our.margin)
    return {"own": own, "with friends": own * (1 + 5 * _counting(use, our) * use(TWICE, 1.0, 0.0))}


def _ripple(use: Use, our: Known) -> dict[str, Array]:
    told = 1 + 12 + use(CROWD, 12.0 * 6, 0.0)
    lost = told * use(ANYWAY, 1.0, _CONSIDERING) * use(SAID, np.floor(0.25 * 85) / 85, our.deterred)
    return {"told": told, "customers": lost, "a bad visit": 2_000 * lost * use(COST, 1.0, our.margin)}


CALCULATORS: tuple[Calculator, ...] = (
    Calculator(
        "a detractor made a promoter", "currency",
        {"a promoter": 3_666.67, "a detractor": -1_500.0, "from detractor to promoter": 5_166.67}, _promoter,
        "Asks the right question: what customers do for other customers.",
        "Takes all that goes with a promoter as the effect of being one, and a bad word as four good ones.",
        "Satmetrix's exercise, as told by Maxwell",
    ),
    Calculator(
        "a promoter's comments in a year", "currency",
        {"a good comment": 5.25, "a promoter's comments in a year": 42.0}, _comment,
        "Starts from new customers who said why they came: nobody can count more than came.",
        "Everybody who came on a recommendation counts as won by it; many would have come anyway.",
        "Bain on Dell, in Reichheld 2006",
    ),
    Calculator(
        "five points more of retention", "share",
        {"more worth from 75 to 80 %": 0.25, "more worth from 90 to 95 %": 1.0}, _retention,
        "Shows how much a customer's worth hangs on staying.",
        "A thought experiment: it counts money of later years as if it came today, and what keeping five in a "
        "hundred more costs, or whether it can be done, is not in it.",
        "Reichheld and Sasser 1990; quoted as 25 to 95 %",
    ),
    Calculator(
        "return on a referral reward", "share", {"return on a reward": 0.60}, _referral,
        "Careful: it counts only by how much referred customers are worth more than others.",
        "Leaves out that some would not have come at all, so it is too low. What some would have recommended "
        "unpaid nobody knows, here as there.",
        "Schmitt, Skiera and Van den Bulte 2011",
    ),
    Calculator(
        "users after ten viral cycles", "people",
        {"users after 5 cycles": 630.0, "users after 10 cycles": 20_470.0}, _viral,
        "Right for the first cycles, and for seeing that speed matters.",
        "Multiplies for ever, as if nobody were invited twice and the market had no end.",
        "Skok 2009; example of Lawler",
    ),
    Calculator(
        "cost of a bad review", "currency", {"customers": 30.0, "a bad review": 72_000.0}, _review,
        "Reminds that a review is read by people whom nobody sees.",
        "Every reader counts as a customer, and everyone who says so as one who stays away.",
        "Convergys 2009; the money in Fuggetta 2012",
    ),
    Calculator(
        "revenue in danger, 100 detractors", "currency", {"revenue in danger": 60_000.0},
        lambda use, our: {
            "revenue in danger": 100 * 1_200 * _lost(use, 0.5, our.lost_for_good) * use(COST, 1.0, our.margin)
        },
        "Turns a score into a sum, so that somebody calls the unhappy.",
        "One half for every business; some of them would have left anyway, and many stay unhappy.",
        "SurveyMonkey's formula, half of the detractors; 100 of them at 1,200 are an example of ours",
    ),
    Calculator(
        "what one complaint stands for", "currency", {"unhappy": 27.0, "a complaint": 24_570.0}, _complaint,
        "Most bad experiences are never reported: true, and easily forgotten.",
        "Hardly all of them leave for it. The 26 come from the 1980s, and how many complain differs by business; "
        "it is left as it is here.",
        "Xpertdoc, with the 26 of TARP 1979-86 and a 91 % of which no study could be found", known_source=False,
    ),
    Calculator(
        "a star more, at 240,000 a year", "currency",
        {"at 5 %": 12_000.0, "at 9 %": 21_600.0, "a star, at 7 %": 16_800.0}, _star,
        "Measured well, from how stars are rounded: usable for independent restaurants.",
        "Shown as revenue without what it takes to serve it; not for chains, and hardly measured elsewhere.",
        "Luca 2016, as reputation calculators use it, with their 240,000 a year",
    ),
    Calculator(
        "earned growth", "share", {"earned growth": 0.10},
        lambda use, our: {"earned growth": 0.85 + 0.25 * _counting(use, our) - 1},
        "Adds up from the accounts: who stayed, who came on a recommendation, who was bought.",
        "Earned is not caused: of the recommended, many would have come by themselves.",
        "Reichheld, Darnell and Burns 2021",
    ),
    Calculator(
        "a customer with friends", "currency", {"own": 900.0, "with friends": 5_400.0}, _extended,
        "Shows who brings others, which turnover alone does not.",
        "The friend's money is the friend's own worth, too: added up over customers, more is earned than is paid.",
        "Plinc Marketing 2010; extended customer revenue is the same idea",
    ),
    Calculator(
        "cost of a bad visit with its ripple", "currency",
        {"told": 85.0, "customers": 21.0, "a bad visit": 42_000.0}, _ripple,
        "One bad visit is heard of by people who were not there: true.",
        "Twelve tell six each and a quarter stays away: nobody has measured any of it.",
        "Circulates, as in Savvy SME; no study could be found", known_source=False,
    ),
)  # fmt: skip
"""Facts and figures of others, in sentences of ours."""
