"""When a plan fails: boxes found again where they were put, and the conditions of plans with a known answer."""

import numpy as np
import pytest
from builders import business
from scipy.special import ndtr

import wom
from wom.analysis.sensitivity import coverage_and_density, evaluate, failure, find
from wom.draws import END, sample
from wom.errors import InputError

pytestmark = pytest.mark.usefixtures("counted")

RNG_POINTS = np.random.default_rng(7).uniform(0.0, 1.0, (5, 4000))


def span(low, central, high):
    return {"low": low, "central": central, "high": high}


def plan_costing(once, changes=None, **top):
    plan = [
        {
            "initiative": "A",
            "cost": {"once": once},
            "changes": changes or {"experience.bad_share": {"multiply": 0.5}},
        }
    ]
    return wom.load(business(plan=plan, **top))


def brings(changes=None):
    """What the plan brings when it costs nothing."""
    free = plan_costing(0.0, changes)
    return wom.simulate(free).npv - wom.simulate(free.without_plan()).npv


# --- boxes ------------------------------------------------------------------------------------------------


def test_a_box_is_found_again():
    cases = (RNG_POINTS[1] > 0.6) & (RNG_POINTS[3] < 0.5)
    box = find(RNG_POINTS, cases)
    assert sorted(box) == [1, 3]
    # A step takes off 5 % of a box: that is how exactly an edge is found.
    assert box[1] == (pytest.approx(0.6, abs=0.03), np.inf)
    assert box[3] == (-np.inf, pytest.approx(0.5, abs=0.03))
    coverage, density = coverage_and_density(box, RNG_POINTS, cases)
    assert coverage > 0.9
    assert density > 0.9


def test_a_box_in_the_middle_has_two_sides():
    cases = (RNG_POINTS[2] > 0.35) & (RNG_POINTS[2] < 0.65)
    (limits,) = find(RNG_POINTS, cases).values()
    assert limits == (pytest.approx(0.35, abs=0.03), pytest.approx(0.65, abs=0.03))


def test_no_more_conditions_than_asked_for():
    cases = (RNG_POINTS > 0.3).all(axis=0)
    assert len(find(RNG_POINTS, cases, conditions=2)) == 2


def test_nothing_is_found_in_noise():
    cases = np.random.default_rng(8).random(4000) < 0.2
    box = find(RNG_POINTS, cases)
    fresh = np.random.default_rng(9).uniform(0.0, 1.0, (5, 4000))
    _, density = coverage_and_density(box, fresh, np.random.default_rng(10).random(4000) < 0.2)
    assert density < 1.2 * 0.2  # what `failure` asks of a rule, on draws that it was not made from


def test_equal_values_are_peeled_together():
    values = np.where(RNG_POINTS[:1] < 0.5, 0.0, RNG_POINTS[:1])  # half of the draws at 0
    box = find(values, values[0] > 0.0)
    assert coverage_and_density(box, values, values[0] > 0.0) == (1.0, 1.0)


def test_shares_of_a_box():
    x, cases = np.array([[0.0, 1.0, 2.0, 3.0]]), np.array([True, False, True, True])
    assert coverage_and_density({0: (1.0, np.inf)}, x, cases) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert coverage_and_density({0: (9.0, np.inf)}, x, cases) == (0.0, 0.0)


# --- plans ------------------------------------------------------------------------------------------------


def test_a_plan_loses_exactly_when_it_costs_too_much():
    worth = brings()
    found = failure(plan_costing(span(0.3 * worth, 0.7 * worth, 1.5 * worth)), draws=4096)
    (rule,) = found.rules
    (condition,) = rule.conditions
    assert found.when == "loses"
    assert condition.key == "plan.0.cost.once"
    assert condition.low == pytest.approx(worth, rel=0.05)  # one step of peeling
    assert condition.high == np.inf
    assert rule.coverage > 0.9
    assert rule.density > 0.9
    assert condition.unit == "currency"
    # The lognormal's own chance to be above what the plan brings.
    known = 1.0 - _lognormal(worth, 0.7 * worth, 1.5 * worth)
    assert found.chance == pytest.approx(known, abs=2 / 4096)
    assert found.chance_low < known < found.chance_high


def _lognormal(value, median, high):
    return ndtr(np.log(value / median) / np.log(high / median) * END)


def test_a_plan_that_mostly_loses_is_explained_by_when_it_pays():
    worth = brings()
    found = failure(plan_costing(span(0.5 * worth, 1.3 * worth, 3 * worth)), draws=2048)
    assert found.chance > 0.5
    assert found.when == "pays"
    assert found.rules[0].conditions[0].high == pytest.approx(worth, rel=0.05)


def test_two_conditions_that_must_meet():
    # It loses only if it costs much and little of the effect is caused.
    uncertain = {"experience.causal_share": span(0.1, 0.6, 0.95)}
    scenario = plan_costing(span(2_000, 20_000, 90_000)).replace(uncertain)
    found = failure(scenario, draws=4096)
    keys = {condition.key for condition in found.rules[0].conditions}
    assert keys == {"plan.0.cost.once", "experience.causal_share"}
    assert found.rules[0].density > 1.5 * found.chance


def test_never_and_always():
    never = failure(plan_costing(span(1, 2, 3)), draws=256)
    assert (never.chance, never.rules, never.chance_low) == (0.0, (), 0.0)
    assert 0 < never.chance_high < 0.02  # none in 256: less than 1 % or so
    always = failure(plan_costing(span(1e6, 2e6, 3e6)), draws=256)
    assert (always.chance, always.rules, always.when) == (1.0, (), "pays")


def test_coverage_and_density_hold_on_draws_of_another_seed():
    scenario = wom.load("supplier/call-back")
    found, fresh = failure(scenario, draws=4096), sample(scenario, 4096, seed=1)
    lost = evaluate(scenario, fresh.parameters, fresh.scores, "net") < 0
    values = {item.key: item.at(row) for item, row in zip(fresh.parameters, fresh.scores, strict=True)}
    left = np.ones(4096, bool)
    assert found.chance == pytest.approx(lost.mean(), abs=0.02)  # standard error 1 % at most
    assert found.rules
    case = lost if found.when == "loses" else ~lost
    for rule in found.rules:
        inside = left.copy()
        for condition in rule.conditions:
            inside &= (values[condition.key] >= condition.low) & (values[condition.key] <= condition.high)
        # About 1,000 losses and 500 draws inside: standard errors of 2 %, of both samples.
        assert (inside & case).sum() / case.sum() == pytest.approx(rule.coverage, abs=0.08)
        assert case[inside].mean() == pytest.approx(rule.density, abs=0.08)
        left &= ~inside


def test_a_plan_is_needed():
    with pytest.raises(InputError, match="there is no plan that could fail"):
        failure(wom.load("retailer/today"))
