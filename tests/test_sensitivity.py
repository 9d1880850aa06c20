"""Sensitivity and learning: indices known in closed form, splits that add up, values of knowing known by hand."""

import io
import sys

import numpy as np
import pytest
from builders import business
from scipy.special import ndtr, ndtri
from scipy.stats import norm, qmc

import wom
from wom._effect import shapley
from wom.analysis.sensitivity import (
    OUTCOMES,
    Progress,
    Sensitivity,
    curves,
    evaluate,
    first_order,
    gain_of_knowing,
    how,
    interval,
    resamples,
    sensitivity,
    tornado,
    total_order,
)
from wom.draws import scores, uncertain
from wom.errors import InputError
from wom.parameters import QUANTITIES

pytestmark = pytest.mark.usefixtures("counted")

DRAWS = 4096


def uniform(dimensions, seed=0):
    """Two independent sets of even points in (0, 1), shape (2, dimensions, draws)."""
    points = qmc.Sobol(2 * dimensions, rng=np.random.default_rng(seed)).random(DRAWS).T
    return np.clip(points, 1e-9, 1 - 1e-9).reshape(2, dimensions, DRAWS)


def indices(function, first, second, weights=None):
    """S1 and ST of every input, one row each, one column per resample."""
    weights = np.ones((1, DRAWS)) if weights is None else weights
    outcome = function(first)
    rows = []
    for place in range(len(first)):
        redrawn = first.copy()
        redrawn[place] = second[place]
        s1 = first_order(first[place], outcome, weights)
        rows.append((s1, total_order(outcome, function(redrawn), weights)))
    return np.moveaxis(np.array(rows), 1, 0)


# --- Sobol' indices ---------------------------------------------------------------------------------------


def test_linear_toy():
    slopes = np.array([4.0, 3.0, 2.0, 1.0, 0.0])
    first, second = ndtri(uniform(5))
    s1, st = indices(lambda x: slopes @ x, first, second)[..., 0]
    known = slopes**2 / (slopes**2).sum()
    # Standard errors of independent draws: S1 2·√(S1·(1 − S1)/4096) ≤ 0.015, ST √2·ST/√4096 ≤ 0.012; here smaller.
    assert s1 == pytest.approx(known, abs=0.01)
    assert st == pytest.approx(known, abs=0.02)


def test_ishigami():
    # Ishigami and Homma 1990, a = 7, b = 0.1; values in closed form, e.g. in Saltelli et al. 2008, table 4.
    def function(x):
        return np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])

    first, second = np.pi * (2 * uniform(3) - 1)
    s1, st = indices(function, first, second)[..., 0]
    # sin² over two periods is fitted by nine curves but for 1 % of its variance.
    assert s1 == pytest.approx([0.3139, 0.4424, 0.0], abs=0.02)
    assert st == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.02)


def test_an_interaction_shows_in_the_total_alone():
    first, second = ndtri(uniform(3))
    s1, st = indices(lambda x: x[0] * x[1], first, second)[..., 0]
    assert s1 == pytest.approx([0, 0, 0], abs=0.01)
    assert st == pytest.approx([1, 1, 0], abs=0.05)  # heavy tails: standard error 3 %


@pytest.mark.parametrize("rho", [-0.6, 0.5])
def test_inputs_that_depend_on_each_other(rho):
    # Y = X1 + X2: S1 = (1 + ρ)/2, ST = (1 − ρ)/2 (Kucherenko et al. 2012, with equal variances).
    first, second = ndtri(uniform(2))
    mixing = np.linalg.cholesky([[1, rho], [rho, 1]])
    x = mixing @ first
    outcome, one = x.sum(axis=0), np.ones((1, DRAWS))
    for place in (0, 1):
        new = rho * x[1 - place] + np.sqrt(1 - rho**2) * second[place]
        assert first_order(x[place], outcome, one)[0] == pytest.approx((1 + rho) / 2, abs=0.015)
        assert total_order(outcome, new + x[1 - place], one)[0] == pytest.approx((1 - rho) / 2, abs=0.02)


def test_equal_values_are_one_value():
    # Half of the draws at 0, as a range 0–0–5 gives: what is drawn there must not be taken for knowledge.
    first, _ = ndtri(uniform(2))
    cut = np.maximum(first[0], 0.0)
    assert first_order(cut, first[1], np.ones((1, DRAWS)))[0] == pytest.approx(0.0, abs=0.005)
    assert first_order(cut, cut + first[1], np.ones((1, DRAWS)))[0] == pytest.approx(
        cut.var() / (cut.var() + 1), abs=0.01
    )
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
    assert total_order(first[0] + first[1], redrawn, np.ones((1, DRAWS)))[0] == pytest.approx(0.5, abs=0.03)


def test_shapley_shares_of_a_game_with_a_known_answer():
    # Gloves: a left one is worth something with one of two right ones: 4/6, 1/6, 1/6.
    left, right, other = (np.arange(8) >> bit & 1 for bit in range(3))
    found = shapley(left * np.maximum(right, other).astype(float))
    assert found.tolist() == pytest.approx([4 / 6, 1 / 6, 1 / 6])


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


def test_more_than_two_plans():
    # Three plans, the best known by the sign and the size of x alone.
    x = np.linspace(-3, 3, 3001)
    payoffs = np.stack([-np.abs(x - place) for place in (-2, 0, 2)], axis=1)
    gain, _ = gain_of_knowing(x, payoffs)
    assert gain == pytest.approx(payoffs.max(axis=1).mean() - payoffs.mean(axis=0).max(), rel=0.01)


def test_every_parameter_can_be_learned_somehow():
    assert all(quantity.how for quantity in QUANTITIES.values() if not quantity.plan_only)
    assert how("segments.a.experience.bad_share").startswith("ask customers drawn at random")
    assert how("plan.2.changes.experience.bad_share") == "try it in one place first"


# --- scenarios --------------------------------------------------------------------------------------------


def span(low, central, high):
    return {"low": low, "central": central, "high": high}


COSTS = {"once": span(20_000, 30_000, 60_000), "per_month": span(200, 400, 500)}


def costly(changes=None, costs=COSTS, **top):
    """A plan whose net return is what it brings less two uncertain costs, and nothing else is uncertain."""
    plan = [{"initiative": "A", "cost": costs, "changes": changes or {}}]
    return wom.load(business(plan=plan, **top))


def costs_of(scenario):
    """Costs of each draw in today's money: once, and over the months."""
    found = {item.key: item.at(row) for item, row in zip(*_drawn(scenario), strict=True)}
    factors = (1.1 ** (-np.arange(36) / 12)).sum()
    return found["plan.0.cost.once"], factors * found["plan.0.cost.per_month"]


def _drawn(scenario, draws=DRAWS):
    return uncertain(scenario), scores(uncertain(scenario), draws)


def test_a_scenario_that_is_linear_in_two_costs():
    scenario = costly()
    once, running = costs_of(scenario)
    found = sensitivity(scenario, draws=DRAWS)
    assert found.outcome == "net"
    assert found.outcomes == pytest.approx(-once - running, rel=1e-9)
    share = once.var() / (once.var() + running.var())
    for name in ("S1", "ST"):
        assert found.sobol[name].to_dict() == pytest.approx(
            {"plan.0.cost.once": share, "plan.0.cost.per_month": 1 - share}, abs=0.04
        )  # standard error of ST 2.2 %
    assert (found.sobol.S1_low <= found.sobol.S1).all()
    assert (found.sobol.ST_high >= found.sobol.ST).all()
    assert found.by_grade["share"].to_dict() == {"yours": 1.0}
    assert found.runs == 3 * DRAWS
    assert list(found.tornado.index) == list(found.sobol.index) == ["plan.0.cost.once", "plan.0.cost.per_month"]
    row = found.tornado.loc["plan.0.cost.once"]
    assert (row.low, row.high, row.cut) == (pytest.approx(20_000), pytest.approx(60_000), False)
    assert row.outcome_low - row.outcome_high == pytest.approx(40_000)


def test_the_decision_of_a_plan_with_a_known_answer():
    # The plan brings a fixed sum and only its first cost is uncertain: knowing it is knowing everything.
    changes = {"experience.bad_share": {"multiply": 0.5}}
    free = costly(changes, {"once": 0.0})
    brings = wom.simulate(free).npv - wom.simulate(free.without_plan()).npv
    scenario = costly(changes, {"once": span(0.5 * brings, 0.9 * brings, 2 * brings)})
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
        plan=[{"initiative": "Tell a friend", "cost": {"once": 20_000},
               "changes": {"word_of_mouth.reach_good": {"multiply": 1.6}}}],
        currency="USD",
    )  # fmt: skip
    found = sensitivity(wom.load(data), draws=2048)
    assert "how they heard of you" in found.learning.loc["market.referral_share", "how"]
    gains = found.learning["gain"]
    assert 0 < gains["market.referral_share"] < found.everything
    assert gains["market.referral_share"] > 4 * found.learning.error["market.referral_share"]


@pytest.fixture(scope="module")
def retailer() -> Sensitivity:
    return sensitivity(wom.load("retailer/make-it-right"), draws=512)


def test_shares_by_grade_sum_to_one(retailer):
    assert retailer.by_grade["share"].sum() == pytest.approx(1.0, abs=1e-12)
    assert retailer.by_grade["parameters"].sum() == len(retailer.sobol)
    assert list(retailer.by_grade.index) == ["fair", "weak", "assumed"]


def test_draws_all_go_with_what_was_observed(retailer):
    assert np.isfinite(retailer.outcomes).all()
    assert retailer.sobol[["S1", "ST"]].notna().all(axis=None)


def test_indices_hang_together(retailer):
    # Under the little dependence that observations bring, ST is not below S1 by more than their errors.
    gap = retailer.sobol.ST_high - retailer.sobol.S1_low
    assert (gap > 0).all()
    assert retailer.sobol.loc["market.homophily", "ST"] == pytest.approx(0.0, abs=1e-12)  # one segment
    assert retailer.sobol.S1.sum() < 1.1


def test_results_come_again(retailer):
    again = sensitivity(wom.load("retailer/make-it-right"), draws=512)
    assert again.sobol.equals(retailer.sobol)
    assert again.by_grade.equals(retailer.by_grade)


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
    tied, free = (sensitivity(costly(costs=costs, correlations=each), draws=2048) for each in ([pair], []))
    # Each tells of the other: S1 above the share of its own, ST below.
    assert (tied.sobol.S1 > free.sobol.S1 + 0.1).all()
    assert (tied.sobol.ST < free.sobol.ST - 0.1).all()
    assert tied.outcomes.var() > 1.5 * free.outcomes.var()


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_outcomes_are_those_of_a_run(outcome):
    scenario = wom.load("supplier/call-back")
    plan, none = wom.simulate(scenario), wom.simulate(scenario.without_plan())
    expected = {"revenue": plan.revenue, "npv": plan.npv, "net": plan.npv - none.npv}[outcome]
    found = evaluate(scenario, uncertain(scenario), np.zeros((len(uncertain(scenario)), 1)), outcome)
    assert found.item() == pytest.approx(expected, rel=1e-9)


def test_parts_make_no_difference(monkeypatch):
    over_one = {"experience.good_share": span(0.1, 0.5, 0.9), "experience.bad_share": span(0.05, 0.3, 0.6)}
    scenario = wom.load("retailer/make-it-right").replace(over_one)
    parameters, points = _drawn(scenario, 100)
    whole = evaluate(scenario, parameters, points, "npv")
    monkeypatch.setattr("wom.analysis.sensitivity._CELLS", 36 * 7)
    assert evaluate(scenario, parameters, points, "npv") == pytest.approx(whole, rel=1e-13, nan_ok=True)
    assert np.isnan(whole).any()


@pytest.mark.parametrize(
    ("case", "options", "message"),
    [
        (wom.load("retailer/today"), {"outcome": "net"}, "there is no plan; use npv or revenue"),
        (wom.load("retailer/today"), {"outcome": "nvp"}, "did you mean npv"),
        (wom.load(business()), {}, "nothing is uncertain"),
        (
            wom.load(business({"economics.margin_share": span(0.2, 0.3, 0.4)})),
            {"outcome": "revenue"},
            "revenue is the same in every draw",
        ),
    ],
)
def test_what_cannot_be_asked(case, options, message):
    with pytest.raises(InputError, match=message):
        sensitivity(case, **options)


def test_progress_is_silent_unless_somebody_watches(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    for stream, shown in ((io.StringIO(), ""), (Terminal(), "\rruns  50%\rruns 100%\n")):
        monkeypatch.setattr(sys, "stderr", stream)
        progress = Progress("runs", 10)
        progress.add(5)
        progress.add(5)
        assert stream.getvalue() == shown
