"""Plans: when and how far a parameter changes, what that costs, what events do, and what may not change."""

from dataclasses import replace

import numpy as np
import pytest
from builders import AUDIENCE, REFERRAL, SECOND, anchored, business, crowds, event, few, initiative, people
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal

import wom
from wom._run import STOCKS, run
from wom.engine import Month
from wom.plan import Step

EXACT = 1e-14
"""Relative: a value is made of three operations, each right to 1e-16."""

BAD = "experience.bad_share"


def values_by_month(scenario, key, months):
    """A parameter month by month, shape (months, segments)."""
    inputs = scenario.inputs()
    return np.stack([inputs.schedule.parameters(inputs.parameters, month)[key][:, 0] for month in range(months)])


def exactly_equal(one, other):
    """Tables, to the last digit; pandas alone is content with five."""
    assert_frame_equal(one, other, check_exact=True)


def monthly(data):
    return wom.simulate(wom.load(data)).monthly


# --- initiatives ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [0.03, {"to": 0.03}, {"add": -0.03}, {"multiply": 0.5}], ids=str)
@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({}, [0.03, 0.03, 0.03, 0.03, 0.03, 0.03]),
        ({"start_month": 2}, [0.06, 0.06, 0.03, 0.03, 0.03, 0.03]),
        ({"ramp_months": 3}, [0.05, 0.04, 0.03, 0.03, 0.03, 0.03]),
        ({"start_month": 1, "ramp_months": 2}, [0.06, 0.045, 0.03, 0.03, 0.03, 0.03]),
        ({"ramp_months": 300}, [0.0599, 0.0598, 0.0597, 0.0596, 0.0595, 0.0594]),
        ({"end_month": 2}, [0.03, 0.03, 0.03, 0.06, 0.06, 0.06]),
        ({"start_month": 1, "ramp_months": 3, "end_month": 2}, [0.06, 0.05, 0.04, 0.06, 0.06, 0.06]),
        ({"start_month": 3, "end_month": 3}, [0.06, 0.06, 0.06, 0.03, 0.06, 0.06]),
    ],
    ids=str,
)
def test_a_change_comes_with_its_start_its_ramp_and_its_end(change, when, expected):
    scenario = wom.load(business(plan=[initiative({BAD: change}, **when)]))
    assert_allclose(values_by_month(scenario, BAD, 6)[:, 0], expected, rtol=EXACT)


MULTIPLY, ADD = {BAD: {"multiply": 0.5}}, {BAD: {"add": 0.01}}


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ([initiative(MULTIPLY), initiative(ADD)], [0.04, 0.04, 0.04]),
        ([initiative(ADD), initiative(MULTIPLY)], [0.035, 0.035, 0.035]),
        ([initiative(ADD), initiative({BAD: 0.02})], [0.02, 0.02, 0.02]),
        # The second takes half its way from what the first has left in that month.
        (
            [initiative({BAD: 0.02}, ramp_months=2), initiative(MULTIPLY, start_month=1, ramp_months=2)],
            [0.04, 0.02 * 0.75, 0.01],
        ),
        ([initiative({BAD: 0.02}), initiative({BAD: 0.06}, ramp_months=4)], [0.03, 0.04, 0.05]),
        ([initiative(MULTIPLY, end_month=0), initiative(ADD, start_month=1)], [0.03, 0.07, 0.07]),
    ],
    ids=["multiply, add", "add, multiply", "add, to", "both ramped", "to, ramped to", "one after the other"],
)
def test_several_changes_of_one_key_apply_in_the_order_written(plan, expected):
    scenario = wom.load(business(plan=plan))
    assert_allclose(values_by_month(scenario, BAD, 3)[:, 0], expected, rtol=EXACT)


@pytest.mark.parametrize(
    ("changes", "key", "expected"),
    [
        ({BAD: {"multiply": 0.5}}, BAD, [0.015, 0.07]),
        ({f"segments.late shoppers.{BAD}": 0.07, BAD: {"add": 0.01}}, BAD, [0.04, 0.08]),
        ({"economics.margin_share": 0.5}, "economics.margin_share", [0.5, 0.5]),
        ({"reviews.memory_months": 6}, "reviews.memory_months", [6.0]),  # which all segments share
    ],
    ids=str,
)
def test_a_key_changes_every_segments_own_value_and_a_segments_key_that_segment_alone(
    mall, changes, key, expected
):
    plan = [initiative({one: change}, start_month=1) for one, change in changes.items()]
    values = values_by_month(mall.replace({"plan": plan}), key, 2)
    assert_allclose(values[1], expected, rtol=EXACT)
    assert_allclose(values[0], values_by_month(mall, key, 1)[0], rtol=EXACT)


def test_a_plan_leaves_the_anchored_values_as_they_are_today():
    changed = {BAD: 0.01, "word_of_mouth.reach_good": 20, "retention.disappointed_hazard_ratio": 1}
    _, hidden, state = anchored(wom.load(business(plan=[initiative(changed)])))
    _, without, start = anchored(wom.load(business()))
    for one, other in ((hidden, without), (state, start)):
        for name, value in vars(one).items():
            assert np.array_equal(value, vars(other)[name]), name


def test_the_multipliers():
    plain = monthly(business())
    spend = monthly(business(plan=[initiative({"spending.spend_multiplier": 2}, start_month=3)]))
    # Doubling is free of rounding, and spending changes nothing else.
    assert np.array_equal(spend.revenue[3:], 2 * plain.revenue[3:])
    assert np.array_equal(spend.customers, plain.customers)
    nobody = monthly(business(plan=[initiative({"retention.churn_hazard_multiplier": 0}, start_month=3)]))
    assert (nobody.lost_customers[3:] == 0).all()
    assert (nobody.lost_customers[:3] > 0).all()


def test_the_odds_multiplier_multiplies_every_prospects_odds():
    _, hidden, state = anchored(wom.load(business()))
    demand = monthly(business(plan=[initiative({"market.demand_odds_multiplier": 3})]))
    shifts = np.array([0, 0.4 * np.log(0.6 / 0.4 / (0.4 / 0.6)), -0.4 * np.log((0.4 / 0.6) / (0.29 / 0.71))])
    odds = 3 * np.exp(hidden.log_odds.item() + shifts)
    expected = (state.prospects[:, 0, 0] * -np.expm1(-0.05 * odds / (1 + odds))).sum()
    assert_allclose(demand.new_customers[0], expected, rtol=1e-12)  # of a root that is found to 1e-13


# --- costs ------------------------------------------------------------------------------------------------

COST = {"once": 100.0, "per_month": 7.0}


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({}, [107, 7, 7, 7]),
        ({"start_month": 2}, [0, 0, 107, 7]),
        ({"start_month": 1, "end_month": 2}, [0, 107, 7, 0]),
        ({"start_month": 1, "end_month": 1}, [0, 107, 0, 0]),
        ({"ramp_months": 3}, [107, 7, 7, 7]),
        ({"start_month": 4}, [0, 0, 0, 0]),
    ],
    ids=str,
)
def test_costs_fall_once_at_the_start_and_every_month_until_the_end_and_add(when, expected):
    plain = wom.simulate(wom.load(business(horizon_months=4)))
    plan = [initiative(cost=COST, **when), initiative(cost={"per_month": 3}, start_month=1)]
    run = wom.simulate(wom.load(business(plan=plan, horizon_months=4)))
    expected = [cost + (3 if month else 0) for month, cost in enumerate(expected)]
    assert run.monthly.plan_cost.tolist() == expected
    assert_allclose(run.monthly.contribution, plain.monthly.contribution - expected, rtol=EXACT)
    discounted = sum(cost * 1.1 ** (-month / 12) for month, cost in enumerate(expected))
    assert_allclose(run.npv, plain.npv - discounted, rtol=EXACT)


def test_costs_are_discounted_at_the_businesss_own_rate_which_none_needs_where_nothing_is_spent():
    rates = {"a": 0.5, "b": 0.0}
    segments = {name: people(1_000, 100, 5) | {"economics.discount_rate": rate} for name, rate in rates.items()}
    shared, unknown = ({AUDIENCE: 0.3, "economics.discount_rate": rate} for rate in (0.2, None))
    plan = [initiative(cost={"once": 1_000}, start_month=12)]
    without, run, own = (
        wom.simulate(wom.load(business(*given)))
        for given in ((shared, segments), (shared, segments, plan), (unknown, segments))
    )
    # A cost of 1,000 after a year at 20 %; the difference of two numbers ten times as large.
    assert_allclose(without.npv - run.npv, 1_000 / 1.2, rtol=1e-12)
    assert own.npv == without.npv
    with pytest.raises(wom.InputError, match=r"economics.discount_rate: differs between segments"):
        wom.load(business(unknown, segments, plan))


# --- events -----------------------------------------------------------------------------------------------


def test_an_event_lasts_one_month_and_tells_more_people_of_more_bad_experiences(mall):
    plan = [event(5, bad_experience_share=0.1, reach_multiplier=20)]
    run, plain = wom.simulate(mall.replace({"plan": plan})), wom.simulate(mall)
    exactly_equal(run.monthly[:5], plain.monthly[:5])
    for month, more, reach in ((4, 0, 16), (5, 0.1, 16 * 20), (6, 0, 16)):
        table = run.by_segment.xs(month, level="month")
        bad = np.array([0.03, 0.14]) * 0.7 + more
        # φ = 1 story at most
        assert_allclose(table.people_told_bad, table.customers * (1 - np.exp(-bad)) * reach, rtol=EXACT)
        assert_allclose(table.people_told_good, table.customers * (1 - np.exp(-0.25)) * 9, rtol=EXACT)
    assert run.monthly.disappointed[6] > 1.5 * plain.monthly.disappointed[6]  # moods last


def test_an_events_bad_experiences_take_no_neutral_contacts_reviews():
    _, _, state = anchored(wom.load(business()))
    table = monthly(business(plan=[event(0, bad_experience_share=0.1)]))
    keep = np.exp(-1 / 3)
    posted = 5_000 * np.array([0.25 * 0.02, (1 - 0.25 - 0.042) * 0.005, (0.042 + 0.1) * 0.05])
    reviews = state.reviews.item() * keep + posted.sum()
    stars = state.review_stars.item() * keep + (posted * [5, 4, 1.5]).sum()
    assert_allclose(table.stars[0], stars / reviews, rtol=EXACT)


def test_lost_spending_is_lost_and_nothing_else_changes():
    day = 1 / 30.4
    run, plain = monthly(business(plan=[event(2, spend_lost_share=day)])), monthly(business())
    assert_allclose(run.revenue[2], plain.revenue[2] * (1 - day), rtol=EXACT)
    exactly_equal(run.drop(columns=["revenue", "contribution"]), plain.drop(columns=["revenue", "contribution"]))
    assert run.revenue.drop(2).equals(plain.revenue.drop(2))


def test_several_events_of_one_month_join_and_of_different_months_do_not():
    two = [
        event(1, bad_experience_share=0.1, reach_multiplier=3, spend_lost_share=0.5),
        event(1, bad_experience_share=0.05, reach_multiplier=2, spend_lost_share=0.2),
    ]
    one = [event(1, bad_experience_share=0.15, reach_multiplier=6, spend_lost_share=0.6)]
    # .1 + .05 and 1 − .5 · .8 are right to 1e-16, and the months after follow.
    assert_frame_equal(monthly(business(plan=two)), monthly(business(plan=one)), rtol=1e-12)
    table = monthly(business(plan=[event(1, spend_lost_share=0.5), event(2, spend_lost_share=0.5)]))
    assert_allclose(table.revenue[1:4] / monthly(business()).revenue[1:4], [0.5, 0.5, 1], rtol=EXACT)


@pytest.mark.parametrize(("month", "changes"), [(0, {"market.customers": 0, AUDIENCE: 0.3}), (36, {})])
def test_an_event_without_customers_or_beyond_the_horizon_changes_nothing(month, changes):
    everything = event(month, bad_experience_share=1, reach_multiplier=50, spend_lost_share=1)
    exactly_equal(monthly(business(changes, plan=[everything])), monthly(business(changes)))


# --- what may not change ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "instead"),
    {
        **dict.fromkeys(("market.size", "market.customers", "market.homophily"), "change it in today"),
        "economics.discount_rate": "change it in today",
        "market.new_customers_per_month": "use market.demand_odds_multiplier",
        **dict.fromkeys((REFERRAL, AUDIENCE), "word_of_mouth.reach_good"),
        "economics.spend_per_customer": "use spending.spend_multiplier",
        "retention.retention_rate": "use retention.churn_hazard_multiplier",
    }.items(),
)
def test_a_plan_may_not_change_what_is_anchored_and_is_told_what_to_change_instead(mall, key, instead):
    for prefix in ("", "segments.regulars."):
        said = rf"plan.0.changes.{prefix}{key}: a plan may not change it: .*{instead}"
        with pytest.raises(wom.InputError, match=said):
            mall.replace({"plan": [initiative({prefix + key: 1})]})


# --- consistency ------------------------------------------------------------------------------------------

NOTHING = [
    initiative({BAD: {"multiply": 1}, "word_of_mouth.reach_good": {"add": 0}}, ramp_months=7),
    initiative({"spending.spend_multiplier": 1, "market.demand_odds_multiplier": 1}, end_month=5),
    event(4, bad_experience_share=0, reach_multiplier=1, spend_lost_share=0),
]


def scheduled(*plan):
    return wom.load(business(plan=plan)).inputs().schedule


def flows(begin, plan):
    return run(begin, plan, keep=Month._fields).flows


@few
@given(crowds(), st.integers(1, 20))
def test_a_plan_without_effect_is_no_plan_exactly_and_neither_is_one_until_it_starts(begin, start):
    plain, without = flows(begin, None), scheduled(*NOTHING)
    good = begin.inputs.parameters["experience.good_share"]
    own = Step("experience.good_share", np.ones((len(good), 1)), "to", good)
    without = replace(without, phases=(*without.phases, replace(without.phases[0], steps=(own,))))
    for name, flow in flows(begin, without).items():
        assert np.array_equal(flow, plain[name], equal_nan=True), name
    late = scheduled(
        initiative({BAD: {"multiply": 0.2}, "spending.spend_multiplier": 2}, start_month=start, cost={"once": 5}),
        event(start, bad_experience_share=0.5, reach_multiplier=10, spend_lost_share=0.1),
    )
    for name, flow in flows(begin, late).items():
        # The rating at a month's end has that month's reviews.
        same = start + (name in STOCKS and name != "stars")
        assert np.array_equal(flow[:same], plain[name][:same], equal_nan=True), name
        assert name != "contribution" or (flow[start] != plain[name][start]).any()


def test_a_business_of_one_segment_is_the_business_itself():
    data = business(SECOND)
    whole = data["today"]
    own = {key: whole["market"][key] for key in ("size", "customers", "new_customers_per_month")}
    market = {key: value for key, value in whole["market"].items() if key not in own}
    split = data | {"today": whole | {"market": market, "segments": {"all of it": {"market": own}}}}
    exactly_equal(monthly(split), monthly(data))
