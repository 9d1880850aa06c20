"""The worked example of the model's description: hidden values, every month, and the worth of the plan.

Its numbers were computed by two implementations that share no code and agree to 1e-13.
"""

import numpy as np
import pandas as pd
import pytest
from builders import anchored
from numpy.testing import assert_allclose

import wom

# What the description asks of other implementations; two of them agree to 1e-13, so 1e-9 leaves room for another
# order of summation and none for another model.
AGREES = 1e-9


@pytest.fixture(scope="module")
def scenario(worked_example):
    return wom.load(worked_example)


@pytest.fixture(scope="module")
def today(scenario):
    return wom.simulate(scenario.without_plan())


@pytest.fixture(scope="module")
def run(scenario):
    return wom.simulate(scenario)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("audience_share", [0.49970385584586824]),
        ("base_hazard", [0.025300829359736297, 0.04045515230365935]),
        ("base_spend", [49.30590398549966, 80.11948452365964]),
        ("log_odds", [-3.3411635103321147, -3.632211138988052]),
    ],
)
def test_hidden_values(scenario, name, expected):
    _, hidden, _ = anchored(scenario)
    assert_allclose(getattr(hidden, name)[:, 0], expected, rtol=AGREES)


def test_worth_without_the_plan(today):
    assert today.npv == pytest.approx(3488636.268982385, rel=AGREES)


def test_worth_of_the_plan_before_and_after_its_costs(run):
    rate = run.inputs.plan_discount_rate
    cost = wom.processes.present_value(run.plan_cost, rate).item()
    assert run.npv == pytest.approx(3439634.082128145, rel=AGREES)
    assert run.npv + cost == pytest.approx(3549839.281280598, rel=AGREES)


def test_the_plan_does_not_pay_within_three_years(run, today):
    assert run.npv < today.npv


def test_every_month(run, worked_example):
    expected = pd.read_csv(worked_example.with_suffix(".csv"), index_col="month")
    found = run.monthly.assign(contribution=run.monthly.contribution + run.monthly.plan_cost)
    assert list(expected.index) == list(found.index)
    for column in expected:
        assert_allclose(found[column], expected[column], rtol=AGREES, err_msg=column)


def test_segments_add_up_to_the_business(run):
    sums = run.by_segment.drop(columns=["contribution", "stars"]).groupby("month").sum()
    for column in sums:
        # The same two numbers added in another order.
        assert_allclose(sums[column], run.monthly[column], rtol=1e-14, err_msg=column)


def test_observed_totals_of_each_segment(today):
    first = today.by_segment.xs(0, level="month")
    # Reproduced through roots with a relative error of 1e-13.
    assert_allclose(first.loc["regulars", ["customers", "new_customers"]].astype(float), [3500, 100], rtol=1e-12)
    assert_allclose(first.loc["newcomers", ["customers", "new_customers"]].astype(float), [1500, 50], rtol=1e-12)
    assert_allclose(first.revenue, np.array([3500 * 50.0, 1500 * 80.0]), rtol=1e-12)
