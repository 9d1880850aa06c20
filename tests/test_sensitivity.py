"""Sensitivity, learning and failure: indices and gains in closed form, splits that add up, boxes found again."""

import numpy as np
import pytest
from builders import business, initiative, span
from scipy.special import ndtr, ndtri
from scipy.stats import norm, qmc

import wom
from wom.analysis.sensitivity import (
    OUTCOMES,
    coverage_and_density,
    curves,
    evaluate,
    failure,
    find,
    first_order,
    gain_of_knowing,
    how,
    interval,
    resamples,
    sensitivity,
    tornado,
    total_order,
)
from wom.draws import END, sample, scores, uncertain
from wom.errors import InputError
from wom.parameters import QUANTITIES

pytestmark = pytest.mark.usefixtures("counted")

DRAWS = 4096


def uniform(dimensions, seed=0):
    """Two independent sets of even points in (0, 1), shape (2, dimensions, draws)."""
    points = qmc.Sobol(2 * dimensions, rng=np.random.default_rng(seed)).random(DRAWS).T
    return np.clip(points, 1e-9, 1 - 1e-9).reshape(2, dimensions, DRAWS)


# --- Sobol' indices ---------------------------------------------------------------------------------------

ONE, SLOPES = np.ones((1, DRAWS)), np.array([4.0, 3.0, 2.0, 1.0, 0.0])
KNOWN = {
    # Standard errors of independent draws: S1 2·√(S1·(1 − S1)/4096) ≤ 0.015, ST √2·ST/√4096 ≤ 0.012; here smaller.
    "linear": (ndtri, lambda x: SLOPES @ x, SLOPES**2 / 30, SLOPES**2 / 30, 0.01, 0.02),
    # Ishigami and Homma 1990, a = 7, b = 0.1; values in closed form, e.g. in Saltelli et al. 2008, table 4.
    # sin² over two periods is fitted by nine curves but for 1 % of its variance.
    "Ishigami": (
        lambda even: np.pi * (2 * even - 1),
        lambda x: np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0]),
        [0.3139, 0.4424, 0.0], [0.5576, 0.4424, 0.2437], 0.02, 0.02,
    ),
    # Heavy tails: a standard error of 3 %.
    "an interaction shows in the total alone": (ndtri, lambda x: x[0] * x[1], [0, 0, 0], [1, 1, 0], 0.01, 0.05),
}  # fmt: skip


@pytest.mark.parametrize("name", KNOWN)
def test_indices_that_are_known(name):
    spread, function, s1, st, of_s1, of_st = KNOWN[name]
    first, second = spread(uniform(len(s1)))
    for place in range(len(s1)):
        redrawn = first.copy()
        redrawn[place] = second[place]
        assert first_order(first[place], function(first), ONE)[0] == pytest.approx(s1[place], abs=of_s1)
        assert total_order(function(first), function(redrawn), ONE)[0] == pytest.approx(st[place], abs=of_st)


def test_inputs_that_depend_on_each_other():
    # Y = X1 + X2: S1 = (1 + ρ)/2, ST = (1 − ρ)/2 (Kucherenko et al. 2012, with equal variances).
    first, second = ndtri(uniform(2))
    for rho in (-0.6, 0.5):
        x = np.linalg.cholesky([[1, rho], [rho, 1]]) @ first
        for place in (0, 1):
            redrawn = rho * x[1 - place] + np.sqrt(1 - rho**2) * second[place] + x[1 - place]
            assert first_order(x[place], x.sum(axis=0), ONE)[0] == pytest.approx((1 + rho) / 2, abs=0.015)
            assert total_order(x.sum(axis=0), redrawn, ONE)[0] == pytest.approx((1 - rho) / 2, abs=0.02)


def test_equal_values_are_one_value():
    # Half of the draws at 0, as a range 0–0–5 gives: what is drawn there must not be taken for knowledge.
    first, _ = ndtri(uniform(2))
    cut = np.maximum(first[0], 0.0)
    assert first_order(cut, first[1], ONE)[0] == pytest.approx(0.0, abs=0.005)
    share = cut.var() / (cut.var() + 1)
    assert first_order(cut, cut + first[1], ONE)[0] == pytest.approx(share, abs=0.01)
    assert curves(np.ones(50)).tolist() == [[1.0]] * 50
    assert first_order(np.ones(50), np.arange(50.0), np.ones((1, 50))) == pytest.approx([0.0])


def test_intervals_cover():
    # 30 samples of independent draws; a 90 % interval misses 10 of them once in 2,000 times.
    slopes, hits = np.array([2.0, 1.0]), np.zeros((2, 2))
    for seed in range(30):
        rng = np.random.default_rng(seed)
        x, again, weights = rng.standard_normal((2, 400)), rng.standard_normal((2, 400)), resamples(400, 200, rng)
        outcome = slopes @ x
        for place in (0, 1):
            new = x.copy()
            new[place] = again[place]
            pair = first_order(x[place], outcome, weights), total_order(outcome, slopes @ new, weights)
            for kind, index in enumerate(pair):
                _, low, high = interval(index, 0.9)
                hits[kind, place] += low <= slopes[place] ** 2 / 5 <= high
    assert (hits >= 21).all()


def test_draws_that_failed_are_left_out():
    first, second = ndtri(uniform(2))
    redrawn = np.where(np.arange(DRAWS) % 7, second[0] + first[1], np.nan)
    assert total_order(first[0] + first[1], redrawn, ONE)[0] == pytest.approx(0.5, abs=0.03)


# --- the value of knowing ---------------------------------------------------------------------------------


@pytest.mark.parametrize("mean", [-1.0, 0.0, 0.4])
def test_the_value_of_knowing_in_a_linear_decision(mean):
    # net = mean + 2·x + 1·y + 0·z, all normal: knowing x is worth 2·φ(mean/2) − |mean|·Φ(−|mean|/2).
    slopes = np.array([2.0, 1.0, 0.0])
    x = ndtri(uniform(3)[0])
    net = mean + slopes @ x
    payoffs = np.stack([net, np.zeros(DRAWS)], axis=1)
    for slope, values in zip(slopes, x, strict=True):
        gain, error = gain_of_knowing(np.exp(values), payoffs)
        ratio = abs(mean) / slope if slope else np.inf
        known = slope * norm.pdf(ratio) - abs(mean) * ndtr(-ratio)
        assert gain == pytest.approx(known, abs=3 * error + 0.01)
        assert error < 0.04


def test_noise_is_worth_nothing():
    # A fit to the same draws would gain 3 % of the spread here from chance alone.
    rng = np.random.default_rng(2)
    net = rng.standard_normal(500) + 0.05
    gains = [gain_of_knowing(rng.standard_normal(500), np.stack([net, 0 * net], axis=1))[0] for _ in range(40)]
    assert np.mean(gains) < 0.01


def test_more_than_two_plans_and_how_a_figure_is_found_out():
    # Three plans, the best known by the sign and the size of x alone.
    x = np.linspace(-3, 3, 3001)
    payoffs = np.stack([-np.abs(x - place) for place in (-2, 0, 2)], axis=1)
    gain, _ = gain_of_knowing(x, payoffs)
    assert gain == pytest.approx(payoffs.max(axis=1).mean() - payoffs.mean(axis=0).max(), rel=0.01)
    assert all(quantity.how for quantity in QUANTITIES.values() if not quantity.plan_only)
    assert how("segments.a.experience.bad_share").startswith("ask customers drawn at random")
    assert how("plan.2.changes.experience.bad_share") == "try it in one place first"


# --- scenarios --------------------------------------------------------------------------------------------


COSTS = {"once": span(20_000, 30_000, 60_000), "per_month": span(200, 400, 500)}


def costly(changes=None, costs=COSTS, **top):
    """A plan whose net return is what it brings less two uncertain costs, and nothing else is uncertain."""
    return wom.load(business(plan=[initiative(changes, cost=costs)], **top))


HALVED = {"experience.bad_share": {"multiply": 0.5}}


def brings():
    """What the plan brings when it costs nothing."""
    free = costly(HALVED, {"once": 0.0})
    return wom.simulate(free).npv - wom.simulate(free.without_plan()).npv


def test_a_scenario_that_is_linear_in_two_costs():
    scenario = costly()
    drawn = zip(uncertain(scenario), scores(uncertain(scenario), DRAWS), strict=True)
    once, running = (item.at(row) for item, row in drawn)
    running = running * (1.1 ** (-np.arange(36) / 12)).sum()  # over the months, in today's money
    found = sensitivity(scenario, draws=DRAWS)
    assert found.outcome == "net"
    assert found.outcomes == pytest.approx(-once - running, rel=1e-9)
    share = once.var() / (once.var() + running.var())
    known = {"plan.0.cost.once": share, "plan.0.cost.per_month": 1 - share}
    for name in ("S1", "ST"):
        assert found.sobol[name].to_dict() == pytest.approx(known, abs=0.04)  # standard error of ST 2.2 %
    assert (found.sobol.S1_low <= found.sobol.S1).all()
    assert (found.sobol.ST_high >= found.sobol.ST).all()
    assert found.by_grade["share"].to_dict() == {"yours": 1.0}
    assert list(found.tornado.index) == list(found.sobol.index) == list(known)
    row = found.tornado.loc["plan.0.cost.once"]
    assert (row.low, row.high, row.cut) == (pytest.approx(20_000), pytest.approx(60_000), False)
    assert row.outcome_low - row.outcome_high == pytest.approx(40_000)


def test_the_decision_of_a_plan_with_a_known_answer():
    # The plan brings a fixed sum and only its first cost is uncertain: knowing it is knowing everything.
    worth = brings()
    scenario = costly(HALVED, {"once": span(0.5 * worth, 0.9 * worth, 2 * worth)})
    found = sensitivity(scenario, draws=DRAWS)
    net = found.outcomes
    known = np.maximum(net, 0).mean() - max(net.mean(), 0.0)
    row = found.learning.loc["plan.0.cost.once"]
    assert found.everything == pytest.approx(known)
    assert row.gain == pytest.approx(known, rel=0.02)
    assert row.how == "get an offer with a fixed price"


def test_asking_new_customers_comes_out_as_advice_with_a_number():
    data = business(
        {"market.referral_share": span(0.06, 0.15, 0.25), "word_of_mouth.causal_share": span(0.15, 0.4, 0.7)},
        plan=[initiative({"word_of_mouth.reach_good": {"multiply": 1.6}}, cost={"once": 20_000})],
        currency="USD",
    )  # fmt: skip
    found = sensitivity(wom.load(data), draws=2048)
    assert "how they heard of you" in found.learning.loc["market.referral_share", "how"]
    gains = found.learning["gain"]
    assert 0 < gains["market.referral_share"] < found.everything
    assert gains["market.referral_share"] > 4 * found.learning.error["market.referral_share"]


def test_indices_and_shares_hang_together():
    retailer = sensitivity(wom.load("retailer/make-it-right"), draws=256)
    assert retailer.by_grade["share"].sum() == pytest.approx(1.0, abs=1e-12)
    assert retailer.by_grade["parameters"].sum() == len(retailer.sobol)
    assert list(retailer.by_grade.index) == ["fair", "weak", "assumed"]
    assert np.isfinite(retailer.outcomes).all()  # draws all go with what was observed
    assert retailer.sobol[["S1", "ST"]].notna().all(axis=None)
    # Under the little dependence that observations bring, ST is not below S1 by more than their errors.
    assert (retailer.sobol.ST_high > retailer.sobol.S1_low).all()
    assert retailer.sobol.loc["market.homophily", "ST"] == pytest.approx(0.0, abs=1e-12)  # one segment
    assert retailer.sobol.S1.sum() < 1.1


def test_a_bar_ends_at_what_was_observed():
    # With a short memory of what was heard, so large a share of recommended customers cannot be.
    changes = {"market.referral_share": 0.19, "word_of_mouth.memory_months": span(1, 3, 6)}
    table = tornado(wom.load(business(changes)), "revenue")
    row = table.loc["word_of_mouth.memory_months"]
    assert row.cut
    assert 1.0 < row.low < 3.0
    assert row.high == pytest.approx(6.0)
    run = wom.simulate(wom.load(business(changes | {"word_of_mouth.memory_months": float(row.low)})))
    assert row.outcome_low == pytest.approx(run.revenue, rel=1e-9)
    with pytest.raises(InputError, match="cannot be reached"):
        wom.simulate(wom.load(business(changes | {"word_of_mouth.memory_months": 0.999 * float(row.low)})))


def test_correlated_ranges():
    pair = {"between": ["plan.0.cost.once", "plan.0.cost.per_month"], "value": 0.8}
    costs = {"once": span(20_000, 30_000, 45_000), "per_month": span(667, 1_000, 1_500)}
    tied, free = (sensitivity(costly(costs=costs, correlations=each), draws=1024) for each in ([pair], []))
    # Each tells of the other: S1 above the share of its own, ST below.
    assert (tied.sobol.S1 > free.sobol.S1 + 0.1).all()
    assert (tied.sobol.ST < free.sobol.ST - 0.1).all()
    assert tied.outcomes.var() > 1.5 * free.outcomes.var()


def test_outcomes_are_those_of_a_run():
    scenario = wom.load("supplier/call-back")
    plan, none = wom.simulate(scenario), wom.simulate(scenario.without_plan())
    parameters = uncertain(scenario)
    found = [
        evaluate(scenario, parameters, np.zeros((len(parameters), 1)), outcome).item() for outcome in OUTCOMES
    ]
    assert OUTCOMES == ("revenue", "npv", "net")
    assert found == pytest.approx([plan.revenue, plan.npv, plan.npv - none.npv], rel=1e-9)


def test_parts_make_no_difference(monkeypatch):
    over_one = {"experience.good_share": span(0.1, 0.5, 0.9), "experience.bad_share": span(0.05, 0.3, 0.6)}
    scenario = wom.load("retailer/make-it-right").replace(over_one)
    parameters = uncertain(scenario)
    points = scores(parameters, 50)
    whole = evaluate(scenario, parameters, points, "npv")
    monkeypatch.setattr("wom.analysis.sensitivity._CELLS", 36 * 7)
    assert evaluate(scenario, parameters, points, "npv") == pytest.approx(whole, rel=1e-13, nan_ok=True)
    assert np.isnan(whole).any()


@pytest.mark.parametrize(
    ("changes", "outcome", "message"),
    [
        (None, "net", "there is no plan; use npv or revenue"),
        (None, "nvp", "did you mean npv"),
        ({}, None, "nothing is uncertain"),
        ({"economics.margin_share": span(0.2, 0.3, 0.4)}, "revenue", "revenue is the same in every draw"),
    ],
)
def test_what_cannot_be_asked(changes, outcome, message):
    with pytest.raises(InputError, match=message):
        sensitivity("retailer/today" if changes is None else business(changes), outcome)


# --- when a plan fails: boxes found again where they were put, and plans with a known answer ------------------

POINTS = np.random.default_rng(7).uniform(0.0, 1.0, (5, 4000))


def costing(once):
    return costly(HALVED, {"once": once})


def test_a_box_is_found_again():
    cases = (POINTS[1] > 0.6) & (POINTS[3] < 0.5)
    box = find(POINTS, cases)
    assert sorted(box) == [1, 3]
    # A step takes off 5 % of a box: that is how exactly an edge is found.
    assert box[1] == (pytest.approx(0.6, abs=0.03), np.inf)
    assert box[3] == (-np.inf, pytest.approx(0.5, abs=0.03))
    assert min(coverage_and_density(box, POINTS, cases)) > 0.9
    (limits,) = find(POINTS, (POINTS[2] > 0.35) & (POINTS[2] < 0.65)).values()
    assert limits == (pytest.approx(0.35, abs=0.03), pytest.approx(0.65, abs=0.03))


def test_no_more_conditions_than_asked_for_and_nothing_in_noise():
    assert len(find(POINTS, (POINTS > 0.3).all(axis=0), conditions=2)) == 2
    box = find(POINTS, np.random.default_rng(8).random(4000) < 0.2)
    fresh = np.random.default_rng(9).uniform(0.0, 1.0, (5, 4000))
    _, density = coverage_and_density(box, fresh, np.random.default_rng(10).random(4000) < 0.2)
    assert density < 1.2 * 0.2  # what `failure` asks of a rule, on draws that it was not made from
    values = np.where(POINTS[:1] < 0.5, 0.0, POINTS[:1])  # half of the draws at 0 are peeled together
    assert coverage_and_density(find(values, values[0] > 0.0), values, values[0] > 0.0) == (1.0, 1.0)
    x, cases = np.array([[0.0, 1.0, 2.0, 3.0]]), np.array([True, False, True, True])
    assert coverage_and_density({0: (1.0, np.inf)}, x, cases) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert coverage_and_density({0: (9.0, np.inf)}, x, cases) == (0.0, 0.0)


def test_a_plan_loses_exactly_when_it_costs_too_much():
    worth = brings()
    found = failure(costing(span(0.3 * worth, 0.7 * worth, 1.5 * worth)), draws=4096)
    (rule,) = found.rules
    (condition,) = rule.conditions
    assert (found.when, condition.key, condition.high) == ("loses", "plan.0.cost.once", np.inf)
    assert condition.low == pytest.approx(worth, rel=0.05)  # one step of peeling
    assert min(rule.coverage, rule.density) > 0.9
    # The lognormal's own chance to be above what the plan brings.
    known = 1.0 - ndtr(np.log(1 / 0.7) / np.log(1.5 / 0.7) * END)
    assert found.chance == pytest.approx(known, abs=2 / 4096)
    assert found.chance_low < known < found.chance_high
    dear = failure(costing(span(0.5 * worth, 1.3 * worth, 3 * worth)), draws=2048)
    assert dear.chance > 0.5
    assert dear.when == "pays"  # a plan that mostly loses is explained by when it pays
    assert dear.rules[0].conditions[0].high == pytest.approx(worth, rel=0.05)


def test_never_and_always():
    never = failure(costing(span(1, 2, 3)), draws=256)
    assert (never.chance, never.rules, never.chance_low) == (0.0, (), 0.0)
    assert 0 < never.chance_high < 0.02  # none in 256: less than 1 % or so
    always = failure(costing(span(1e6, 2e6, 3e6)), draws=256)
    assert (always.chance, always.rules, always.when) == (1.0, (), "pays")
    with pytest.raises(InputError, match="there is no plan that could fail"):
        failure(wom.load("retailer/today"))


def test_coverage_and_density_hold_on_draws_of_another_seed():
    scenario = wom.load("supplier/call-back")
    found, fresh = failure(scenario, draws=2048), sample(scenario, 2048, seed=1)
    lost = evaluate(scenario, fresh.parameters, fresh.scores, "net") < 0
    values = {item.key: item.at(row) for item, row in zip(fresh.parameters, fresh.scores, strict=True)}
    left = np.ones(2048, bool)
    assert found.chance == pytest.approx(lost.mean(), abs=0.03)  # standard error 1.1 % of both at most
    assert found.rules
    case = lost if found.when == "loses" else ~lost
    for rule in found.rules:
        inside = left.copy()
        for condition in rule.conditions:
            inside &= (values[condition.key] >= condition.low) & (values[condition.key] <= condition.high)
        # About 500 losses and 250 draws inside: standard errors of 3 %, of both samples.
        assert (inside & case).sum() / case.sum() == pytest.approx(rule.coverage, abs=0.1)
        assert case[inside].mean() == pytest.approx(rule.density, abs=0.1)
        left &= ~inside
