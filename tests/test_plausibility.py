"""Results held against published figures: the values against closed forms, the verdicts against the evidence."""

import math

import numpy as np
import pytest
from builders import AUDIENCE, SILENT, anchored, business, people
from numpy.testing import assert_allclose

import wom
from wom._mechanisms import mechanisms
from wom.analysis.plausibility import _retention_worth, review
from wom.anchoring import start
from wom.engine import moments
from wom.evidence import figure
from wom.worth import customer_worth, reproduction_number

PLAN = [{"initiative": "Better", "cost": {"once": 9_000}, "changes": {"experience.good_share": 0.4}}]

FROM_EVIDENCE = {
    "recommended share of new customers": "referral_share",
    "worth of a new customer over own purchases": "ascarza_social_multiplier",
    "extra worth of a recommended customer": "referred_value_premium",
    "good word of mouth's part of the benefit": "forrester_recommendations",
    "lifetime worth, five points more retention": "reichheld_sasser_profit",
    "lifetime worth, per cent for one per cent of retention": "gupta_retention_elasticity",
}


@pytest.fixture(scope="module")
def planned(mall):
    return mall.replace({"plan": PLAN})


def retained(scenario, change, points):
    begin = start(scenario)
    today = next(moments(begin.inputs.parameters, begin.hidden, begin.state, 1))
    return _retention_worth(begin, today, change, points=points)


def test_bounds_and_sources_are_those_of_the_evidence(planned):
    table = review(planned)
    for line, name in FROM_EVIDENCE.items():
        record = figure(name)
        for bound in ("low", "high"):
            given = getattr(record, bound)
            assert math.isnan(table[bound][line]) if given is None else table[bound][line] == given
        assert table["source"][line] == record.source
    incremental = table.loc["incremental share of new customers"]
    assert incremental["low"] == figure("womma_share_of_sales").central
    assert incremental["high"] == figure("womma_high_consideration").central


def test_every_figure_for_this_view_is_used(planned):
    """All that the evidence keeps for plausibility, but for the firm behind the referral share's upper end."""
    kept = {record.name for record in wom.evidence.records() if "view: plausibility" in record.used_in}
    assert kept - {"dell_recommended"} == {
        *FROM_EVIDENCE.values(),
        "womma_share_of_sales",
        "womma_high_consideration",
    }
    assert figure("dell_recommended").central == figure("referral_share").high


def test_values_are_what_the_results_say(planned):
    table = review(planned)["value"]
    today = wom.simulate(planned.without_plan())
    month = today.monthly.iloc[0]
    new = month["new_customers"]
    assert_allclose(table["recommended share of new customers"], month["recommended_customers"] / new)
    assert_allclose(table["incremental share of new customers"], month["incremental_customers"] / new)
    assert_allclose(table["reproduction number"], reproduction_number(planned).value)
    split = mechanisms(planned)
    part = split["good_word_of_mouth"] / (split.sum() + 9_000)  # paid in month 0, so not discounted
    assert_allclose(table["good word of mouth's part of the benefit"], part)
    content = customer_worth(planned).xs("content", level="state").loc[list(planned.segments)]
    assert_allclose(table["acquisition cost over a customer's own worth"], (30 / content["own_purchases"]).max())
    new = today.by_segment.xs(0, level="month").loc[list(planned.segments)]
    ratio = (content["total"] * new["new_customers"]).sum() / (
        content["own_purchases"] * new["new_customers"]
    ).sum()
    assert_allclose(table["worth of a new customer over own purchases"], ratio)
    recommended = np.average(content["total"], weights=new["recommended_customers"])
    others = np.average(content["total"], weights=new["new_customers"] - new["recommended_customers"])
    assert_allclose(table["extra worth of a recommended customer"], recommended / others - 1)


def test_verdicts_follow_from_the_bounds(planned):
    for _, row in review(planned).iterrows():
        known = not math.isnan(row["value"]) and not (math.isnan(row["low"]) and math.isnan(row["high"]))
        inside = not (row["value"] < row["low"] * (1 - 1e-9) or row["value"] > row["high"] * (1 + 1e-9))
        assert row["verdict"].startswith("cannot say" if not known else "inside" if inside else "outside")


def test_a_run_is_reviewed_as_its_scenario_is(planned):
    assert review(wom.simulate(planned)).equals(review(planned))


def test_warnings_are_said_in_words():
    seldom = wom.load(
        business({"experience.contacts_per_month": 0.1, "economics.acquisition_cost": 5_000, AUDIENCE: 0.3})
    )
    verdict = review(seldom)["verdict"]
    assert verdict["contacts within the memory of a mood"].startswith("outside: 0.6")
    assert verdict["acquisition cost over a customer's own worth"].startswith("outside: ")
    assert (
        verdict["good word of mouth's part of the benefit"] == "cannot say: there is no plan that brings anything"
    )


def test_the_worst_segment_is_named():
    rare = people(40_000, 1_500, 50) | {"experience.contacts_per_month": 0.1}
    table = review(wom.load(business(segments={"often": people(60_000, 3_500, 100), "seldom": rare})))
    assert table["verdict"]["contacts within the memory of a mood"].endswith(", in seldom")


@pytest.mark.parametrize("nobody", [{"market.new_customers_per_month": 0}, {"market.customers": 0}])
def test_where_there_is_nothing_to_say_it_says_so(nobody):
    table = review(wom.load(business(nobody | {AUDIENCE: 0.3})))
    assert (table["value"].notna() | table["verdict"].str.startswith("cannot say")).all()


def test_there_is_no_room_above_full_retention(shop):
    verdict = review(shop.replace({"retention.retention_rate": 0.9999}))["verdict"]
    assert verdict["lifetime worth, five points more retention"] == (
        "cannot say: there is no room for better retention"
    )


# --- retention against closed forms ---------------------------------------------------------------------------


@pytest.mark.parametrize(("change", "points"), [(0.05, True), (0.01, False)])
def test_lifetime_worth_follows_the_geometric_formula_without_moods(change, points):
    """Margin·(1 + i)/(1 + i − r), r and i by month: one factor on the hazard takes r^12 where it is wanted."""
    scenario = wom.load(business(SILENT | {AUDIENCE: 0.3}))
    yearly = 0.975**12
    better = (yearly + change if points else yearly * (1 + change)) ** (1 / 12)
    i = 1.1 ** (1 / 12) - 1
    expected = (1 + i - 0.975) / (1 + i - better) - 1
    worth, _ = retained(scenario, change, points)
    assert_allclose(worth, expected, rtol=1e-9)


def test_gupta_s_elasticity():
    """Gupta, Lehmann and Stuart 2004: at yearly retention r and rate i, m·r/(1 + i − r) has the elasticity
    (1 + i)/(1 + i − r), which at r = .8 and i = 12 % is 3.5 and within their 3 to 7.

    The model pays the first month at once, as (1 + i)/(1 + i − r) does, and by the month, so that its elasticity
    is about r/(1 + i − r), one less. What the formula leaves out: that customers differ, so that the same one per
    cent is worth most where retention is high already; and what the retained say to others.
    """
    r, i = 0.8, 0.12
    published = (1 + i) / (1 + i - r)
    assert published == pytest.approx(3.5)
    assert figure("gupta_retention_elasticity").low < published < figure("gupta_retention_elasticity").high

    shop = {"retention.retention_rate": r ** (1 / 12), "economics.discount_rate": i, AUDIENCE: 0.3}
    worth, _ = retained(wom.load(business(SILENT | shop)), 1e-6, points=False)
    month, rate = r ** (1 / 12), (1 + i) ** (1 / 12)
    assert_allclose(worth / 1e-6, month / (rate - month) / 12, rtol=1e-4)  # second order of the change, 1e-6·3
    assert published - 1.2 < worth / 1e-6 < published


def test_lifetime_worth_is_the_long_run_of_everybody_s_purchases():
    """Without arrivals, a run of 100 years is the customers of today until the last has left."""
    changes = {"market.new_customers_per_month": 0, "economics.acquisition_cost": 0, AUDIENCE: 0.3,
               "word_of_mouth.reach_bad": 0, "retention.avoid_share": 0}  # fmt: skip
    scenario = wom.load(business(changes, horizon_months=1200))
    worth, revenue = retained(scenario, 0.05, points=True)
    factor = np.log(0.975**12 + 0.05) / np.log(0.975**12)
    lever = {"initiative": "x", "changes": {"retention.churn_hazard_multiplier": factor}}
    better = wom.simulate(scenario.replace({"plan": [lever]}))
    assert_allclose(worth, better.npv / wom.simulate(scenario).npv - 1, rtol=1e-9)
    assert_allclose(revenue, better.revenue / wom.simulate(scenario).revenue - 1, rtol=1e-9)


def test_five_points_are_not_five_per_cent(shop):
    points, per_cent = (retained(shop, 0.05, points)[0] for points in (True, False))
    assert points > per_cent > 0  # a twentieth of 74 % is less than five points


def test_retention_is_that_of_today(shop):
    _, _, state = anchored(shop)
    month = wom.simulate(shop).monthly.iloc[0]
    assert_allclose(1 - month["lost_customers"] / state.customers.sum(), 0.975)
