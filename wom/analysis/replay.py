"""The evidence replay: do the defaults, all together, make what was measured?

Each default has a source of its own; whether they are right jointly shows when the model plays the studies that
measured an effect. A study's twin is a business of the study's kind, run with one and the same set of defaults:
only what the study states about its business is set. A row that cannot be reproduced stays: it is the list of what
the model lacks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.special import expit

from .._run import run
from ..anchoring import Start
from ..draws import sample
from ..engine import (
    Moment,
    People,
    Switches,
    choice,
    experienced,
    impression_shifts,
    log_hazard_ratios,
    months,
    move,
    rules,
)
from ..errors import whole_number
from ..parameters import Range
from ..plan import Shock
from ..processes import DELIGHTED, DISAPPOINTED, FAVOURABLE, NEUTRAL, WARY, Kernel, exposure
from ..scenario import Scenario, build
from ..units import MONTHS_PER_YEAR, Array, logit, probability
from ..worth import EXPERIENCES, event_worth

Verdict = Literal["yes", "no", "identity", "structure"]
"""Whether the published interval and the model's meet; by construction; or never, whatever the parameters."""

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
_OPEN = 0.01
"""Relative; what some hundred draws leave open of an end."""
_LONG_RUN = 120
"""Months in which good talk has done nearly all that it does."""
_FEW = 1e-3
"""Of a segment's good experiences; so few more that what they do is in proportion to their number."""
_ROUNDING = 1e-12
"""Of revenue."""
AFTERWARDS = 3
"""Months in which one bad experience is looked at."""


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

    Returns:
        Index study; columns what (the effect), unit, published_low, published_high; measured_low,
        measured_central, measured_high with the comparison that the study made, confounding included;
        caused_low, caused_central, caused_high; verdict (yes, no, identity or structure, of the measured reading
        where there is one); why; source. Intervals are 5 and 95 % of joint draws of all defaults, the middle is
        at their central values.

    Raises:
        InputError: draws or seed out of bounds.
    """
    draws, seed = whole_number("draws", draws, 10), whole_number("seed", seed, 0)
    return pd.DataFrame([_row(study, draws, seed) for study in STUDIES]).set_index("study")


def _row(study: Study, draws: int, seed: int) -> dict[str, Any]:
    low, high = study.published
    row: dict[str, Any] = {"study": study.name, "what": study.what, "unit": study.unit}
    row |= {"published_low": low, "published_high": high}
    twin = build(merged(study.twin))
    intervals = {}
    for reading in ("measured", "caused"):
        ends = (np.nan,) * 3
        if reading in study.readings:
            case = as_measured(twin) if reading == "measured" else twin
            central = float(study.effect(sample(case, 1, seed, ranges=False).start)[0])
            drawn = study.effect(sample(case, draws, seed).start)
            ends = (float(np.quantile(drawn, 0.05)), central, float(np.quantile(drawn, 0.95)))
            intervals[reading] = ends
        row |= {f"{reading}_{name}": end for name, end in zip(Range._fields, ends, strict=True)}
    least, _, most = intervals.get("measured") or intervals["caused"]
    met = least - _OPEN * abs(least) <= high and low <= most + _OPEN * abs(most)
    verdict: Verdict = "yes" if met else "no"
    return row | {"verdict": study.kind or verdict, "why": study.why, "source": study.source}


def merged(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The store with other values by dotted key of `today`, or of the file's top."""
    data = {key: value for key, value in _STORE.items() if key != "today"}
    today = {section: dict(part) for section, part in _STORE["today"].items()}
    for key, value in changes.items():
        section, _, name = key.partition(".")
        if name:
            today.setdefault(section, {})[name] = value
        else:
            data[key] = value
    sure = {f"{section}.{name}": "counted" for section, part in today.items() for name in part}
    return data | {"today": today, "sure": sure}


def as_measured(scenario: Scenario) -> Scenario:
    """The scenario in which all that goes with service or talk counts as caused by it: causal shares of 1."""
    return scenario.replace({"experience.causal_share": 1.0, "word_of_mouth.causal_share": 1.0})


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
    moods, rates = today.rules.moods, experienced(values, Shock())
    events = 1.0 / values["experience.memory_months"] + rates.good + rates.disappointing
    kept = probability(events) / events
    hit = Kernel(kept, moods.gain * (1.0 - kept) / (1.0 - moods.stay))
    first = today._replace(rules=replace(today.rules, moods=hit))
    lost, _ = followed(begin, in_mood(begin, DISAPPOINTED), AFTERWARDS, first)
    spent, _ = followed(begin, begin.state.customers, AFTERWARDS)
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


def hazard_of_a_message(begin: Start) -> Array:
    """Hazard of a customer who heard one bad message over that of one who heard none, χ."""
    return np.asarray(np.broadcast_to(np.exp(log_hazard_ratios(begin.inputs.parameters)[0]), (1, begin.draws))[0])


def through_others(begin: Start) -> Array:
    """A year's revenue that good experiences make through other customers over that of their mood, today frozen.

    Of a few more in every segment, in proportion to those that its customers have; nan where a mood moves nothing.
    """
    today, state, values = begin.today, begin.state, begin.inputs.parameters
    few = _FEW * values["experience.contacts_per_month"] * values["experience.good_share"]
    shocked = rules(values, begin.hidden, Shock(good=few), Switches())
    heard = exposure(
        begin.hidden.audience_share * state.customers.sum(axis=0) * (shocked.told_good - today.rules.told_good),
        today.rules.size, today.rules.homophily,
    )  # fmt: skip
    met = today._replace(around=today.around._replace(heard_good=today.around.heard_good + heard))
    base, mood, message = (
        followed(begin, state.customers, MONTHS_PER_YEAR, first)[0]
        for first in (today, today._replace(rules=shocked), met)
    )
    nothing = np.full(begin.draws, np.nan)
    felt = np.abs(mood - base) > _ROUNDING * base
    return np.asarray(np.divide(message - base, mood - base, out=nothing, where=felt))


def stated(tone: int) -> Callable[[Start], Array]:
    """Change of the probability of choosing at .40 after one message of a tone."""

    def effect(begin: Start) -> Array:
        shift = np.broadcast_to(impression_shifts(begin.inputs.parameters), (3, 1, begin.draws))[tone, 0]
        return np.asarray(expit(logit(0.40) + shift) - 0.40)

    return effect


def _acquired_over_kept(tone: int) -> Callable[[Start], Array]:
    """Customers whom a message to all brings (or deters) in a year over those whom it keeps (or drives out)."""

    def effect(begin: Start) -> Array:
        today = begin.today
        state, size = begin.state, 1e-6
        heard = state.prospects[NEUTRAL] * size
        arrivals = []
        for people in (state.prospects, _moved(state.prospects, heard, tone)):
            prospects, came = people, np.zeros(begin.draws)
            for _ in range(MONTHS_PER_YEAR):
                alone = People(np.zeros_like(state.customers), prospects, np.zeros_like(heard))
                after, moves = move(alone, today.rules, today.around)
                came = came + moves.new_customers.sum(axis=0)
                prospects = after.prospects
            arrivals.append(came)
        logs = log_hazard_ratios(begin.inputs.parameters)[0 if tone == WARY else 1]
        hazard = today.rules.hazard * np.exp(
            today.rules.log_churn_ratio * today.around.heard_bad
            + today.rules.log_loyalty_ratio * today.around.heard_good
        )
        kept = (state.customers * np.exp(-hazard) * hazard).sum(axis=(0, 1)) * -np.expm1(logs)[0] * size
        won = arrivals[1] - arrivals[0]
        return np.asarray(np.divide(won, kept, out=np.full(begin.draws, np.inf), where=kept != 0))

    return effect


def _moved(prospects: Array, heard: Array, tone: int) -> Array:
    moved = prospects.copy()
    moved[NEUTRAL] -= heard
    moved[tone] += heard
    return moved


def recommended(begin: Start) -> Array:
    """Customers a year who come on a recommendation for each customer with something good to tell."""
    values, month = begin.inputs.parameters, begin.today.month
    good = values["experience.contacts_per_month"] * values["experience.good_share"]
    tellers = (begin.state.customers.sum(axis=0) * -np.expm1(-MONTHS_PER_YEAR * good)).sum(axis=0)
    came = MONTHS_PER_YEAR * month.recommended_customers.sum(axis=0)
    return np.asarray(np.divide(came, tellers, out=np.full(begin.draws, np.nan), where=tellers > 0))


def sales_by_talk(begin: Start, long_run: int = _LONG_RUN) -> Array:
    """1 − revenue of a month in the long run without good talk over that with it; nan where nobody buys."""
    last = []
    for good in (1.0, 0.0):
        on = Switches(good_word_of_mouth=good)
        *_, month = months(begin.inputs.parameters, begin.hidden, begin.state, long_run, on=on)
        last.append(month.revenue.sum(axis=0))
    with_talk, without = last
    kept = np.divide(without, with_talk, out=np.full(begin.draws, np.nan), where=with_talk > 0)
    return np.asarray(1.0 - kept)


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
    more = choice(today.rules, begin.hidden, begin.hidden.stars + 1.0)
    came = [(begin.state.prospects * chance).sum(axis=(0, 1)) for chance in (more, today.around.chance)]
    return np.asarray(came[0] / came[1] - 1.0)


def _nothing(begin: Start) -> Array:
    return np.zeros(begin.draws)


def _told_by_mood(begin: Start) -> Array:
    """People told of a bad experience for each told of a good one; of neither, nobody."""
    values = begin.inputs.parameters
    ratio = values["word_of_mouth.reach_bad"] / values["word_of_mouth.reach_good"]
    return np.asarray(np.broadcast_to(ratio, (1, begin.draws))[0])


def _lifetime(begin: Start, yearly: float) -> Array:
    """Contribution of a customer until leaving, m/(1 − β·r^(1/12)), no horizon, for a retention rate a year."""
    rate = np.broadcast_to(begin.inputs.parameters["economics.discount_rate"], (1, begin.draws))[0]
    return np.asarray(1.0 / (1.0 - (yearly / (1.0 + rate)) ** (1.0 / MONTHS_PER_YEAR)))


def _retention(begin: Start) -> float:
    return float(np.mean(begin.inputs.parameters["retention.retention_rate"])) ** MONTHS_PER_YEAR


def elasticity_of_retention(begin: Start) -> Array:
    """Per cent more worth of a customer for one per cent more retention a year."""
    yearly = _retention(begin)
    return 100.0 * (_lifetime(begin, 1.01 * yearly) / _lifetime(begin, yearly) - 1.0)


def five_points(begin: Start) -> Array:
    """Rise of a customer's worth with five points more of retention a year."""
    yearly = _retention(begin)
    return _lifetime(begin, yearly + 0.05) / _lifetime(begin, yearly) - 1.0


def _yearly(stay: float) -> dict[str, float]:
    """Retention of a year, and as many newcomers as leave."""
    month = stay ** (1 / MONTHS_PER_YEAR)
    return {"retention.retention_rate": month, "market.new_customers_per_month": round(5_000 * (1 - month))}


_YEARLY_80, _YEARLY_81, YEARLY_90 = map(_yearly, (0.80, 0.81, 0.90))

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
        "Garnefeld, Eggert, Helm and Tax 2013", _YEARLY_81, kind="structure",
    ),
    Study(
        "a neighbour left", "hazard of leaving after one bad message", (1.8, 1.8), "ratio", hazard_of_a_message,
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
        stated(FAVOURABLE), "The default is this very figure; as caused, only the causal share of it counts.",
        "East, Hammond and Lomax 2008", kind="identity",
    ),
    Study(
        "one bad message", "change of the probability to choose at .40", (-0.11, -0.11), "probability",
        stated(WARY), "The default is this very figure; as caused, only the causal share of it counts.",
        "East, Hammond and Lomax 2008", kind="identity",
    ),
    Study(
        "good talk wins and keeps", "customers won over customers kept by good messages", (2.0, 2.0), "ratio",
        _acquired_over_kept(FAVOURABLE),
        "How many could still be won for each customer differs between markets; the study counted people.",
        "East, Romaniuk, Chawdhary and Uncles 2017",
    ),
    Study(
        "bad talk deters and drives out", "customers deterred over customers driven out by bad messages",
        (4.0, np.inf), "ratio", _acquired_over_kept(WARY),
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
        _nothing, "Recommended customers are worth as much as others here; a replication found none either.",
        "Schmitt, Skiera and Van den Bulte 2011; Armelini, Barrot and Becker 2015", readings=("caused",),
        kind="structure",
    ),
    Study(
        "who talks", "people told of a bad experience for each told of a good one", (1.0, np.inf), "ratio",
        _told_by_mood, "U-shaped by construction: content customers tell nobody.",
        "Anderson 1998; de Matos and Rossi 2008", readings=("caused",), kind="identity",
    ),
    Study(
        "one per cent of retention", "per cent more worth for one per cent more retention", (3.0, 7.0), "per cent",
        elasticity_of_retention, "Follows from retention alone; it holds from about 73 % a year on.",
        "Gupta, Lehmann and Stuart 2004", _YEARLY_80, readings=("caused",), kind="identity",
    ),
    Study(
        "five points of retention", "rise of a customer's worth", (0.25, 0.85), "share", five_points,
        "A thought experiment that follows from retention alone. At 80 % a year and discounted it comes out just "
        "below; from 83 % a year on it is within. What the five points cost is not in it.",
        "Reichheld and Sasser 1990", _YEARLY_80, readings=("caused",), kind="identity",
    ),
)  # fmt: skip
"""In reading order. Facts only; what was recalled and not read is not among them."""
