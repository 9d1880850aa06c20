"""Plans compared, break-evens and budgets: against separate runs, closed forms and a grid."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from builders import REFUNDS, TRAINING, initiative
from numpy.testing import assert_allclose

import wom
from wom.analysis import compare as plans
from wom.analysis.budget import effect_share
from wom.analysis.compare import COLUMNS, allocate, together

OF_NPV = 1e-12  # rounding of the difference of two runs
NPV = 3.2e6  # of the shop, to bound that rounding

CAUSAL = ("experience.causal_share", "word_of_mouth.causal_share")


@pytest.fixture(scope="module")
def training(shop):
    return shop.replace({"plan": [TRAINING], "title": "Training"})


@pytest.fixture(scope="module")
def refunds(shop):
    return shop.replace({"plan": [REFUNDS], "title": "Refunds"})


def net(scenario, against=None):
    return wom.simulate(scenario).npv - wom.simulate(against or scenario.without_plan()).npv


def scaled(scenario, scale):
    """The business with both causal shares multiplied, anchored anew."""
    given = {"experience.causal_share": 0.7, "word_of_mouth.causal_share": 0.4}
    return scenario.replace({key: scale * given[key] for key in CAUSAL})


def compare(*scenarios, against=None):
    return wom.compare(*scenarios, against=against, draws=0)


# --- compare --------------------------------------------------------------------------------------------------


def test_columns_are_what_separate_runs_say(training, refunds):
    table = compare(training, refunds)
    assert list(table.columns) == list(COLUMNS)
    assert list(table.index) == ["Training", "Refunds"]
    for scenario in (training, refunds):
        row, said = table.loc[scenario.title], wom.effect(scenario).headlines
        wanted = {
            "net": net(scenario), "extra_revenue": said["extra_revenue"], "cost": said["present_cost"],
            "extra_revenue_percent": 100 * said["extra_revenue_share"],
            "extra_contribution": said["present_earned"], "net_without_cause": net(scaled(scenario, 0.0)),
            "net_at_half_cause": net(scaled(scenario, 0.5)),
        }  # fmt: skip
        assert_allclose(row[list(wanted)].astype(float), list(wanted.values()), rtol=1e-11, atol=NPV * OF_NPV)
        month = said["payback_month"]
        assert row["payback_month"] == month or (row["payback_month"] is pd.NA and month is None)


def test_no_difference_brings_nothing(shop, training):
    for table in (compare(shop), compare(training, against=training)):
        assert table["payback_month"].isna().all()  # nothing to pay back
        assert (table.drop(columns="payback_month") == 0).all(axis=None)


def test_a_plan_against_another_is_the_difference_of_the_two(training, refunds):
    alone = compare(training, refunds)
    row = compare(training, against=refunds).iloc[0]
    for column in ("extra_revenue", "extra_contribution", "cost", "net", "break_even_cost"):
        expected = alone[column]["Training"] - alone[column]["Refunds"]
        assert_allclose(row[column], expected, rtol=1e-9, atol=NPV * OF_NPV)


def test_a_plan_at_its_break_even_cost_brings_nothing(training):
    most = compare(training)["break_even_cost"].iloc[0]
    dear = {**TRAINING, "cost": {"once": most * 1.1 ** (2 / 12)}}
    assert_allclose(net(training.replace({"plan": [dear]})), 0.0, atol=NPV * OF_NPV)


def test_break_even_points_bring_the_cost(refunds):
    row = compare(refunds).iloc[0]
    for kind, sign in (("good", 1), ("bad", -1)):
        points = row[f"break_even_{kind}_points"]
        assert 0 < points < 6
        alone = initiative({f"experience.{kind}_share": {"add": sign * points / 100}})
        assert_allclose(net(refunds.replace({"plan": [alone]})), row["cost"], rtol=1e-9)


def test_break_even_points_take_what_a_segment_has_to_give(mall):
    """Regulars have three points of bad share, late shoppers fourteen."""
    row = compare(mall.replace({"plan": [initiative(cost={"once": 120_000})]})).iloc[0]
    points = row["break_even_bad_points"] / 100
    assert 0.03 < points < 0.14
    each = {"regulars": 0.0, "late shoppers": 0.14 - points}
    changes = {f"segments.{name}.experience.bad_share": value for name, value in each.items()}
    assert_allclose(net(mall.replace({"plan": [initiative(changes)]})), row["cost"], rtol=1e-9)


def test_what_no_points_can_pay_is_missing(shop):
    row = compare(shop.replace({"plan": [initiative(cost={"once": 1e7})]})).iloc[0]
    missing = ("break_even_good_points", "break_even_bad_points", "break_even_causal_share", "payback_month")
    assert row[list(missing)].isna().all()


def test_at_the_break_even_causal_share_a_plan_brings_nothing(refunds):
    scale = compare(refunds)["break_even_causal_share"].iloc[0]
    assert 0 < scale < 1
    assert_allclose(net(scaled(refunds, scale)), 0.0, atol=1e-6)  # the root is known to 1e-13, worth 1e5 of money
    assert net(scaled(refunds, scale - 0.01)) < 0 < net(scaled(refunds, scale + 0.01))


def test_what_a_plan_makes_of_the_causal_shares_is_scaled_too(shop):
    row, half = (
        shop.replace({"plan": [initiative({"word_of_mouth.causal_share": share})]}) for share in (0.6, 0.3)
    )
    assert_allclose(compare(row)["net_at_half_cause"].item(), net(scaled(half, 0.5)), atol=NPV * OF_NPV)
    prices = initiative({"spending.spend_multiplier": 1.05})  # that need no cause
    assert compare(shop.replace({"plan": [prices]}))["break_even_causal_share"].item() == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"currency": "EUR"}, "second: currency: is EUR, but not given in first"),
        ({"horizon_months": 24}, "second: horizon_months: is 24, but 36 in first"),
        ({"market.size": 9e4, "retention.retention_rate": 0.97}, r"is 90000, .*in first.*\(and retention.ret"),
        (None, "segments: are regulars, late shoppers, but business in first"),
    ],
)
def test_different_businesses_are_not_compared(training, refunds, mall, changes, message):
    first, second = training.replace({"title": "first"}), mall
    if changes:
        second = refunds.replace({"title": "second", **changes})
    for ask in (compare, together):
        with pytest.raises(wom.InputError, match=message):
            ask(first, second)
    assert together(training, refunds).plan == (*training.plan, *refunds.plan)


# --- budgets ----------------------------------------------------------------------------------------------------

OPTIONS = (
    TRAINING
    | {"cost": {"once": 10_000, "per_month": 150}, "changes": {"experience.bad_share": {"multiply": 0.5}}},
    REFUNDS | {"cost": {"once": 9_000}, "changes": {"experience.recovered_share": {"to": 0.8}}},
)
DISCOUNT = 1.1 ** (-np.arange(36) / 12)  # of the shop


def cost(option):
    """Of an option as it stands, in today's money."""
    start, given = option.get("start_month", 0), option["cost"]
    return given["once"] * DISCOUNT[start] + given.get("per_month", 0) * DISCOUNT[start:].sum()


def net_of(shop, spend):
    """One mix as a plan of its own: half of the money has 62 % of the effect, all of it all."""
    plan = []
    for option, money in zip(OPTIONS, spend, strict=True):
        part = money / cost(option)
        share = (1 - np.exp(-part)) / (1 - np.exp(-1))
        ((key, change),) = option["changes"].items()
        reached = {"multiply": 1 - share * 0.5} if "multiply" in change else {"to": 0.3 + share * 0.5}
        paid = {kind: part * value for kind, value in option["cost"].items()}
        plan.append(option | {"cost": paid, "changes": {key: reached}})
    return net(shop.replace({"plan": plan}))


def test_at_its_own_cost_a_plan_has_its_own_effect(training, refunds):
    """What the budget says of a plan is what the plan says of itself: same cost, same net."""
    for scenario in (training, refunds, wom.load("retailer/make-it-right")):
        options = plans.options(scenario)
        own = compare(scenario).iloc[0]
        best = allocate(1e7, options, scenario.without_plan())
        assert best.net >= own["net"] - NPV * OF_NPV
        assert_allclose(effect_share(own["cost"], own["cost"]), 1.0)
        if best.table["effect_share"].iloc[0] == 1.0:
            assert_allclose(best.table["spend"].iloc[0], own["cost"], rtol=1e-9)
            assert_allclose(best.net, own["net"], rtol=1e-9)
            assert best.marginal_return == 0
            assert best.table["marginal_return"].isna().all()


def test_no_mix_on_a_grid_is_better(shop):
    budget = 4_000
    best = allocate(budget, OPTIONS, shop)
    assert_allclose(best.net, net_of(shop, best.table["spend"]), rtol=1e-9)
    assert best.table["spend"].sum() <= budget * (1 + 1e-12)
    most = np.array([cost(option) for option in OPTIONS])
    assert (best.table["spend"] <= most * (1 + 1e-12)).all()
    mixes = [most * parts for parts in product(np.linspace(0, 1, 7), repeat=2)]
    mixes += [best.table["spend"] + np.array(move) for move in ((30, -30), (-30, 30), (-30, 0), (0, -30))]
    possible = [mix for mix in mixes if sum(mix) <= budget and (mix >= 0).all() and (mix <= most).all()]
    assert best.net >= max(net_of(shop, mix) for mix in possible) - 1e-6


def test_the_next_unit_of_money_brings_its_marginal_return(shop):
    """Within the curvature: one unit on a cost of 1e4 changes the return by 1e-4."""
    best, richer = (allocate(budget, OPTIONS, shop) for budget in (8_000, 8_001))
    assert best.marginal_return > 0
    assert_allclose(best.marginal_return, richer.net - best.net, rtol=1e-3)
    spent = best.table[best.table["spend"] > 1]
    assert_allclose(spent["marginal_return"], best.marginal_return, rtol=1e-4)


def test_budget_in_closed_form(shop):
    """More spending per head brings money in proportion: B·share(s) − s is largest at c·ln(B/(c·(1 − 1/e)))."""
    dearer = {"spending.spend_multiplier": {"add": 0.01}}
    brings = net(shop.replace({"plan": [initiative(dearer)]}))
    whole, rest = brings / 1.2, 1 - np.exp(-1)
    best = allocate(10 * brings, [initiative(dearer, cost={"once": whole})], shop)
    spent = whole * np.log(1.2 / rest)
    # At a maximum the optimum itself is found to the root of the rounding of the value.
    assert_allclose(best.table["spend"].iloc[0], spent, rtol=1e-4)
    assert_allclose(best.net, brings * (1 - rest / 1.2) / rest - spent, rtol=1e-8)


def test_money_that_does_not_pay_is_kept_and_the_cheaper_of_two_alike_gets_all(shop):
    dear = [option | {"cost": {"once": 80_000}} for option in OPTIONS]
    best = allocate(500_000, dear, shop)
    assert best.marginal_return == 0
    assert best.unspent > 400_000
    same = {"experience.recovered_share": {"to": 0.9}}
    alike = [initiative(same, name, cost={"once": once}) for name, once in (("dear", 6e4), ("cheap", 1e4))]
    assert_allclose(allocate(10_000, alike, shop).table["spend"]["cheap"], 10_000, rtol=1e-6)


@pytest.mark.parametrize(
    ("budget", "options", "message"),
    [
        (0, OPTIONS, "budget: must be above 0"),
        (np.nan, OPTIONS, "budget: must be above 0"),
        (1_000, (), "options: give one option or more"),
        (1_000, (OPTIONS[0], OPTIONS[0]), "two options are called Training"),
        (
            1_000,
            (initiative({"experience.bad_shar": 0.1}, cost={"once": 1}),),
            "did you mean experience.bad_share",
        ),
        (
            1_000,
            (initiative({"experience.bad_share": {"add": 0.95}}, cost={"once": 1}),),
            "allowed is from 0 to 1",
        ),
        (1_000, (initiative(name="x"),), r"x\.cost: costs nothing within the horizon"),
    ],
)
def test_bad_budgets_and_options_are_refused(shop, budget, options, message):
    with pytest.raises(wom.InputError, match=message):
        allocate(budget, options, shop)
