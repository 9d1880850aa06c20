"""The split over mechanisms and the interaction of initiatives: against runs made one by one."""

from itertools import permutations, product
from math import factorial

import numpy as np
import pytest
from builders import AUDIENCE, REFUNDS, STORM, TRAINING, WIDE, business, crowds, few, initiative, one_of
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import wom
from wom._effect import LINES, MECHANISMS, interactions, mechanisms, shapley
from wom._run import run
from wom.anchoring import start
from wom.engine import Switches

# What is asked of the sum: 1e-9 of the NPV. The split itself differs from runs made one by one by rounding only.
OF_NPV = 1e-12


def planned(scenario, *plan):
    return scenario.replace({"plan": list(plan), "horizon_months": 18})


def npv(begin, works, plan):
    """One run with some mechanisms on, by itself."""
    return run(begin, plan, Switches(**{name: float(name in works) for name in MECHANISMS})).npv


def all_sets():
    for bits in product([False, True], repeat=len(MECHANISMS)):
        yield frozenset(name for name, on in zip(MECHANISMS, bits, strict=True) if on)


def average_over_all_orders(value):
    """Shapley's values as they are defined: 720 orders of joining, one after the other."""
    worth = dict.fromkeys(MECHANISMS, 0.0)
    for order in permutations(MECHANISMS):
        inside = frozenset()
        for name in order:
            worth[name] += (value[inside | {name}] - value[inside]) / factorial(len(MECHANISMS))
            inside |= {name}
    return worth


def test_split_is_the_average_over_all_orders_of_single_runs(mall):
    scenario = planned(mall, TRAINING, STORM)
    begin = start(scenario)
    today = {works: npv(begin, works, None) for works in all_sets()}
    value = {works: npv(begin, works, begin.inputs.schedule) - today[works] for works in today}
    expected = {"direct": value[frozenset()]} | average_over_all_orders(value)
    split, level = mechanisms(scenario), mechanisms(scenario, level=True)
    assert tuple(split.index) == LINES
    rounding = OF_NPV * today[frozenset(MECHANISMS)]
    assert_allclose(split, [expected[line] for line in LINES], rtol=0, atol=rounding)
    assert level["direct"] == 0
    base = {works: worth - today[frozenset()] for works, worth in today.items()}
    assert_allclose(level[list(MECHANISMS)], list(average_over_all_orders(base).values()), rtol=0, atol=rounding)
    assert level.equals(mechanisms(planned(mall), level=True))  # the plan plays no part


@few
@given(crowds(wide=WIDE | {"economics.discount_rate": (0.1, 0.1)}), st.floats(0.3, 1.0), st.floats(0, 1e5))
def test_split_adds_up_to_the_change_of_npv(crowd, cut, cost):
    better = initiative({"experience.bad_share": {"multiply": cut}}, cost={"once": round(cost, 2)})
    scenario = one_of(crowd).replace({"plan": [better], "horizon_months": 12})
    run, base = wom.simulate(scenario), wom.simulate(scenario.without_plan())
    sizes = np.abs(base.flows["contribution"]).sum() + cost
    assert_allclose(mechanisms(scenario).sum(), run.npv - base.npv, rtol=0, atol=1e-9 + OF_NPV * sizes)


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ({"word_of_mouth.causal_share": 0}, ["good_word_of_mouth", "bad_word_of_mouth"]),
        ({"word_of_mouth.shift_good": 0}, ["good_word_of_mouth"]),
        ({"word_of_mouth.reach_bad": 0, AUDIENCE: 0.3}, ["bad_word_of_mouth"]),
        ({"reviews.effect_per_star": 0}, ["reviews"]),
        ({"retention.avoid_share": 0}, ["avoidance"]),
        ({"experience.causal_share": 0}, ["retention", "spend"]),
        ({"spending.uplift_size": 0, "spending.disappointed_cut": 0}, ["spend"]),
    ],
)
def test_what_has_no_effect_is_worth_nothing(changes, lines):
    scenario = planned(wom.load(business(changes)), TRAINING, STORM)
    rounding = OF_NPV * wom.simulate(scenario).npv
    for split in (mechanisms(scenario), mechanisms(scenario, level=True)):
        # Where good talk moves nobody it can still take the place of bad talk in people's minds.
        only = [
            line for line in lines if not (line == "good_word_of_mouth" and "word_of_mouth.shift_good" in changes)
        ]
        assert_allclose(split[only], 0.0, atol=rounding)
        assert (split[[line for line in MECHANISMS if line not in lines]].abs() > rounding).any()


def test_a_plan_that_only_costs_is_all_direct(shop):
    costs = initiative(start_month=3, cost={"once": 500, "per_month": 20})
    split = mechanisms(planned(shop, costs))
    paid = 500 * 1.1 ** (-3 / 12) + sum(20 * 1.1 ** (-month / 12) for month in range(3, 18))
    assert_allclose(split["direct"], -paid, rtol=1e-12)
    assert_allclose(split[list(MECHANISMS)], 0.0, atol=1e-10)  # 64 equal numbers, weighed to 0


def test_too_few_to_split_is_refused(shop):
    with pytest.raises(wom.InputError, match="no plan to split; level=True"):
        mechanisms(shop)
    with pytest.raises(wom.InputError, match="has 1 initiatives; an interaction needs two"):
        interactions(planned(shop, TRAINING, STORM))


# --- Shapley's value ------------------------------------------------------------------------------------------


def test_shapleys_value_of_a_sum_and_of_gloves():
    """Of a sum each has its own; a left glove is worth something with one of two right ones."""
    own = np.array([3.0, -1.0, 0.0, 7.0])
    members = (np.arange(16)[:, np.newaxis] >> np.arange(4)) & 1
    assert_allclose(shapley(members @ own), own, atol=1e-12)
    left, right, other = members[:8, :3].T
    assert_allclose(shapley(left * np.maximum(right, other).astype(float)), [4 / 6, 1 / 6, 1 / 6])


# --- interactions ---------------------------------------------------------------------------------------------


def test_interaction_is_what_separate_runs_say(mall):
    third = initiative({"experience.good_share": {"add": 0.1}}, "Friendlier", start_month=1)
    scenario = planned(mall, TRAINING, STORM, REFUNDS, third)
    table = interactions(scenario)
    chosen = {item["initiative"]: item for item in (TRAINING, REFUNDS, third)}
    base = wom.simulate(planned(mall, STORM)).npv
    assert list(table.index) == [("Training", "Refunds"), ("Training", "Friendlier"), ("Refunds", "Friendlier")]
    for (first, second), row in table.iterrows():
        alone = [wom.simulate(planned(mall, STORM, chosen[name])).npv - base for name in (first, second)]
        both = wom.simulate(planned(mall, STORM, chosen[first], chosen[second])).npv - base
        expected = [*alone, both, both - sum(alone)]
        assert_allclose(row, expected, rtol=0, atol=OF_NPV * base)


def test_two_cures_of_one_ill_are_less_than_their_sum_and_more_than_the_better(shop):
    free = [{**item, "cost": {}} for item in (TRAINING, REFUNDS)]
    row = interactions(planned(shop, *free)).iloc[0]
    assert (
        max(row["first_alone"], row["second_alone"]) < row["together"] < row["first_alone"] + row["second_alone"]
    )
    assert row["interaction"] < 0
