"""Small businesses to test on: complete ones as a file holds them, and bare ones with hidden values by hand."""

import copy
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

import wom
from wom._run import run
from wom.anchoring import Start
from wom.draws import refused_by
from wom.engine import Hidden, Month, State, Switches
from wom.parameters import QUANTITIES
from wom.plan import Calendar, Schedule
from wom.scenario import Inputs
from wom.units import discount_factors

# Every parameter is given, so that no test hangs on a default of the evidence file.
SHOP: dict[str, float] = {
    "market.size": 100_000,
    "market.customers": 5_000,
    "market.new_customers_per_month": 150,
    "market.referral_share": 0.15,
    "market.category_purchase_rate": 0.05,
    "market.homophily": 0.7,
    "economics.spend_per_customer": 50,
    "economics.margin_share": 0.4,
    "economics.discount_rate": 0.1,
    "economics.acquisition_cost": 30,
    "experience.contacts_per_month": 1.0,
    "experience.good_share": 0.25,
    "experience.bad_share": 0.06,
    "experience.recovered_share": 0.3,
    "experience.recovery_offset": 1,
    "experience.memory_months": 6,
    "experience.causal_share": 0.7,
    "retention.retention_rate": 0.975,
    "retention.delighted_hazard_ratio": 0.8,
    "retention.disappointed_hazard_ratio": 2.5,
    "retention.avoid_share": 0.5,
    "retention.still_avoiding_after_24_months": 0.39,
    "spending.uplift_share": 0.42,
    "spending.uplift_size": 0.13,
    "spending.disappointed_cut": 0.1,
    "word_of_mouth.reach_good": 9,
    "word_of_mouth.reach_bad": 16,
    "word_of_mouth.reach_recovered": 0,
    "word_of_mouth.stories_per_month": 1,
    "word_of_mouth.memory_months": 3,
    "word_of_mouth.shift_good": 0.2,
    "word_of_mouth.shift_bad": 0.11,
    "word_of_mouth.causal_share": 0.4,
    "word_of_mouth.churn_hazard_ratio": 1.2,
    "word_of_mouth.loyalty_hazard_ratio": 1,
    "reviews.reader_share": 0.73,
    "reviews.posting_good": 0.02,
    "reviews.posting_neutral": 0.005,
    "reviews.posting_bad": 0.05,
    "reviews.stars_good": 5,
    "reviews.stars_neutral": 4,
    "reviews.stars_bad": 1.5,
    "reviews.effect_per_star": 0.05,
    "reviews.memory_months": 3,
}

COSTS = {
    "economics.cost_per_contact": 1.5,
    "economics.cost_per_bad_contact": 6.0,
    "economics.cost_per_recovery": 20.0,
    "economics.reward_per_recommendation": 10.0,
}
SECOND: dict[str, float] = COSTS | {
    "experience.recovery_offset": 0.7,
    "word_of_mouth.reach_recovered": 3,
    "word_of_mouth.loyalty_hazard_ratio": 0.7,
}
"""All that the second edition of the model adds, but seasons."""
YEAR = Calendar(
    (2027, 3),
    (0.8, 0.8, 0.95, 1.0, 1.05, 1.0, 0.9, 0.9, 1.0, 1.05, 1.15, 1.4),
    (1.2, 1.1, 1.0, 1.0, 0.9, 0.9, 0.8, 0.8, 1.2, 1.1, 1.0, 1.0),
)
"""From March on, with seasons of spending and arrivals."""

REFERRAL, AUDIENCE = "market.referral_share", "word_of_mouth.audience_share"
TOTALS = ("market.size", "market.customers", "market.new_customers_per_month")
SHARED = {"market.homophily", "reviews.memory_months", REFERRAL, AUDIENCE}
"""What all segments have in common."""


def nested(values: dict[str, Any]) -> dict[str, Any]:
    """Dotted keys as the sections of a file."""
    sections: dict[str, Any] = {}
    for key, value in values.items():
        section, name = key.split(".")
        sections.setdefault(section, {})[name] = value
    return sections


def business(
    changes: dict[str, Any] | None = None,
    segments: dict[str, dict[str, Any]] | None = None,
    plan: list[dict[str, Any]] | None = None,
    **top: Any,
) -> dict[str, Any]:
    """A scenario as plain data: the shop above with other values by dotted key; None leaves a key out.

    An audience share takes the place of the referral share. With segments each gives its own size, customers
    and new customers, and the business's are left out.
    """
    changes = changes or {}
    values: dict[str, Any] = SHOP | changes
    if AUDIENCE in changes:
        values[REFERRAL] = None
    if segments:
        values |= dict.fromkeys(TOTALS)
    today = nested({key: value for key, value in values.items() if value is not None})
    if segments:
        today["segments"] = {name: nested(own) for name, own in segments.items()}
    return copy.deepcopy({"today": today, "plan": plan or []} | top)


def span(low: float, central: float, high: float) -> dict[str, float]:
    return {"low": low, "central": central, "high": high}


def initiative(changes: dict[str, Any] | None = None, name: str = "Something", **rest: Any) -> dict[str, Any]:
    return {"initiative": name, "changes": changes or {}} | rest


def event(month: int, **rest: Any) -> dict[str, Any]:
    return {"event": "Anything", "month": month} | rest


TRAINING = initiative(
    {"experience.bad_share": {"multiply": 0.7}}, "Training", start_month=2, ramp_months=4,
    cost={"once": 9_000, "per_month": 250},
)  # fmt: skip
REFUNDS = initiative({"experience.recovered_share": 0.6}, "Refunds", cost={"once": 4_000, "per_month": 450})
STORM = event(4, bad_experience_share=0.05, reach_multiplier=5, spend_lost_share=0.1)


def people(size: float, customers: float, new: float) -> dict[str, Any]:
    """What each segment has to give."""
    return dict(zip(TOTALS, (size, customers, new), strict=True))


def anchored(scenario: wom.Scenario) -> tuple[dict[str, Any], Hidden, State]:
    """Parameters, hidden values and state of a scenario's month 0."""
    inputs = scenario.inputs()
    begun = wom.anchoring.started(replace(inputs, defaults=frozenset()))
    return dict(inputs.parameters), begun.hidden, begun.state


def in_calendar(begin: Start, calendar: Calendar) -> Start:
    """The same business with other seasons."""
    return replace(begin, inputs=replace(begin.inputs, calendar=calendar))


# --- bare businesses, with hidden values by hand ----------------------------------------------------------

SILENT = {
    "word_of_mouth.reach_good": 0.0,
    "word_of_mouth.reach_bad": 0.0,
    "word_of_mouth.reach_recovered": 0.0,
    "experience.causal_share": 0.0,
    "reviews.effect_per_star": 0.0,
    "retention.avoid_share": 0.0,
}
"""No talk, no effect of moods, no effect of reviews, no avoidance."""


FIRST_EDITION = {
    "experience.recovery_offset": 1.0,
    "word_of_mouth.loyalty_hazard_ratio": 1.0,
    "economics.cost_per_contact": 0.0,
    "economics.cost_per_bad_contact": 0.0,
    "economics.cost_per_recovery": 0.0,
    "economics.reward_per_recommendation": 0.0,
}
"""What the second edition of the model added, without effect."""


def present_value(flows: np.ndarray, annual_rate: Any) -> np.ndarray:
    """Worth today of monthly flows: Σ_t flow_t·(1 + annual_rate)^(−t/12), months on the first axis."""
    return (flows * discount_factors(annual_rate, len(flows))).sum(axis=0)


def follow(
    scenario: wom.Scenario,
    inputs: Inputs,
    hidden: Hidden,
    state: State,
    on: Switches = Switches(),  # noqa: B008
) -> wom.Run:
    """The run of a scenario from hidden values and a state that are known."""
    inputs = replace(inputs, scenario=scenario)
    return run(Start(inputs, hidden, state), inputs.schedule, on, keep=Month._fields)


def numbers(changes: dict[str, Any], multipliers: float = 1.0) -> dict[str, Any]:
    """Parameters of one segment, as the engine takes them; an array has a draw in each place."""
    values = FIRST_EDITION | {key: multipliers for key, quantity in QUANTITIES.items() if quantity.plan_only}
    values |= {key: value for key, value in SHOP.items() if key != REFERRAL} | changes
    return {key: np.atleast_2d(np.asarray(value, float)) for key, value in values.items() if value is not None}


def known(hazard: Any, spend: Any, log_odds: Any, audience: float = 1.0, stars: float = np.nan) -> Hidden:
    """Hidden values of one segment."""
    return Hidden(*(np.atleast_2d(np.asarray(one, float)) for one in (hazard, spend, log_odds, audience, stars)))


def standing(size: float, customers: float) -> State:
    """Content customers and neutral prospects, no avoiders and no reviews."""
    empty = np.zeros((1, 1))
    return State(
        customers=np.array([[[customers]], [[0.0]], [[0.0]]]),
        prospects=np.array([[[size - customers]], [[0.0]], [[0.0]]]),
        avoiders=empty,
        reviews=empty,
        review_stars=empty,
    )


def bare(values: dict[str, Any], hidden: Hidden, state: State, horizon_months: int) -> Start:
    """One segment with everything by hand and no plan; its scenario is any."""
    inputs = Inputs(("business",), values, Schedule(), np.zeros(1), horizon_months, wom.load(business()))
    return Start(inputs, hidden, state)


# --- random businesses ------------------------------------------------------------------------------------

# What a segment may have of its own, from rarely to often seen; wider than the evidence's ranges. The sides that
# would make an improvement harmful by assumption (delighted customers who leave more) are left out.
WIDE: dict[str, tuple[float, float]] = {
    "market.category_purchase_rate": (0.005, 0.5),
    "economics.spend_per_customer": (1, 1_000),
    "economics.margin_share": (0.02, 1),
    "economics.discount_rate": (0, 0.3),
    "economics.acquisition_cost": (0, 500),
    "economics.cost_per_contact": (0, 5),
    "economics.cost_per_bad_contact": (0, 20),
    "economics.cost_per_recovery": (0, 50),
    "economics.reward_per_recommendation": (0, 100),
    "experience.contacts_per_month": (0.02, 12),
    "experience.good_share": (0, 0.6),
    "experience.bad_share": (0, 0.4),
    "experience.recovered_share": (0, 1),
    "experience.recovery_offset": (0, 1),
    "experience.memory_months": (0.5, 24),
    "experience.causal_share": (0, 1),
    "retention.retention_rate": (0.6, 0.999),
    "retention.delighted_hazard_ratio": (0.2, 1),
    "retention.disappointed_hazard_ratio": (1, 6),
    "retention.avoid_share": (0, 1),
    "retention.still_avoiding_after_24_months": (0, 0.8),
    "spending.uplift_share": (0, 1),
    "spending.uplift_size": (0, 0.3),
    "spending.disappointed_cut": (0, 0.5),
    "word_of_mouth.reach_good": (0, 20),
    "word_of_mouth.reach_bad": (0, 30),
    "word_of_mouth.reach_recovered": (0, 10),
    "word_of_mouth.stories_per_month": (0.2, 4),
    "word_of_mouth.memory_months": (0.5, 12),
    "word_of_mouth.shift_good": (0, 0.4),
    "word_of_mouth.shift_bad": (0, 0.3),
    "word_of_mouth.causal_share": (0, 1),
    "word_of_mouth.churn_hazard_ratio": (1, 2),
    "word_of_mouth.loyalty_hazard_ratio": (0.3, 1),
    "reviews.reader_share": (0.1, 1),
    "reviews.posting_good": (0, 0.1),
    "reviews.posting_neutral": (0, 0.05),
    "reviews.posting_bad": (0, 0.2),
    "reviews.stars_good": (4, 5),
    "reviews.stars_neutral": (2, 4),
    "reviews.stars_bad": (1, 2),
    "reviews.effect_per_star": (0, 0.2),
}


def between(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers as people type them: six digits after the point, so none is nearly but not quite 0."""
    return st.floats(low, high).map(lambda value: round(value, 6))


class Crowd(Start):
    """Many businesses, a draw each."""

    def __repr__(self) -> str:
        return f"{self.draws} businesses of {self.inputs.segments}"

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        printer.text(repr(self))


@st.composite
def crowds(
    draw: st.DrawFn, segments: tuple[int, int] = (1, 3), wide: dict[str, tuple[float, float]] = WIDE
) -> Start:
    """Random businesses by audience share, a draw each; every eighth of their figures is at one of its ends."""
    seed, count = draw(st.integers(0, 2**32 - 1)), draw(st.integers(*segments))
    rng = np.random.default_rng(seed)

    def spread(low: float, high: float, rows: int = count) -> np.ndarray:
        return np.round(low + (high - low) * np.clip(rng.uniform(-0.07, 1.07, (rows, 60)), 0, 1), 6)

    values = {key: np.ones((count, 1)) for key, quantity in QUANTITIES.items() if quantity.plan_only}
    values |= {key: spread(*bounds) for key, bounds in wide.items()}
    size = 10 ** spread(3, 6)
    customers = size * spread(0.001, 0.2)
    # At most every second prospect who chooses a supplier can come here; a tenth may be avoiders or customers.
    most = (size - customers) * 0.3 * -np.expm1(-values["market.category_purchase_rate"])
    values |= dict(zip(TOTALS, (size, customers, np.minimum(most, customers) * spread(0.01, 1)), strict=True))
    values |= {"market.homophily": spread(0, 1, 1), "reviews.memory_months": spread(0.5, 24, 1)}
    values[AUDIENCE] = spread(0.01, 0.95, 1)  # at 1 rounding decides whether its referral share can be reached
    names = tuple(f"segment {place} of seed {seed}" for place in range(count))
    inputs = Inputs(names, values, Schedule(), np.zeros(1), 24, wom.load(business()))
    begin, problems = wom.anchoring.anchored(inputs)
    return Crowd(**vars(begin.at(np.flatnonzero(~refused_by(problems)))))


def one_of(crowd: Crowd) -> wom.Scenario:
    """The first of many businesses as a scenario."""
    values = {key: value[:, 0].tolist() for key, value in crowd.inputs.parameters.items()}
    shared = {key: values.pop(key)[0] for key in SHARED & values.keys()}
    plan_only = {key for key in values if QUANTITIES[key].plan_only}
    parts = {
        name: {key: value[place] for key, value in values.items() if key not in plan_only}
        for place, name in enumerate(crowd.inputs.segments)
    }
    return wom.load(business(shared, parts, horizon_months=crowd.inputs.horizon_months))


def few(test: Any) -> Any:
    """For claims about crowds: a fifth of the profile's examples are some hundred businesses in all."""
    return settings(max_examples=max(1, settings().max_examples // 5))(test)


# --- Bass diffusion as a limit of talk --------------------------------------------------------------------

BASS_WITH_ATTRITION = {"p": 0.02, "q": 0.4, "attrition": 0.1, "size": 1_000.0}
STEPS_PER_MEMORY = 20


def talk_like_bass(
    memory: Any, p: float, q: float, attrition: float, size: float
) -> tuple[dict[str, Any], Hidden, State]:
    """A business whose customers follow Bass diffusion with attrition as `memory` goes to 0, a draw for each one.

    Of many weak messages each is soon forgotten: `memory`^(−1/2) messages per customer and unit of time, memory
    `memory`, a favourable prospect's extra hazard q·`memory`^(−1/2). One month of the engine is `memory`/20.
    """
    step = memory / STEPS_PER_MEMORY
    innovation, talk = p * step, q * memory**-0.5 * step
    rate = 2.0 * (innovation + talk)  # at least every second favourable prospect who chooses comes here
    log_odds = np.log(innovation / (rate - innovation))
    # Hearing of it raises log-odds by logit(.40 + shift) − logit(.40), here from log_odds to 0.
    shift = 1.0 / (1.0 + np.exp(log_odds - np.log(0.4 / 0.6))) - 0.4
    told = memory**-0.5 * step / -np.expm1(-1.0)  # a customer tells T(1) = 1 − 1/e stories in each step
    values = numbers(
        SILENT
        | {
            "market.size": size,
            "market.category_purchase_rate": rate,
            "experience.contacts_per_month": 1,
            "experience.good_share": 1,
            "experience.bad_share": 0,
            "word_of_mouth.reach_good": told,
            "word_of_mouth.stories_per_month": 1,
            "word_of_mouth.memory_months": STEPS_PER_MEMORY,
            "word_of_mouth.shift_good": shift,
            "word_of_mouth.causal_share": 1,
            "word_of_mouth.churn_hazard_ratio": 1,
        }
    )
    return values, known(attrition * step, 1.0, log_odds), standing(size, 0.0)
