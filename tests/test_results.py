"""Results: the effect of a plan, levers, assumptions, sentences and numbers in words."""

import re

import numpy as np
import pytest
from builders import initiative
from hypothesis import given
from hypothesis import strategies as st

import wom
from wom import exhibits, words
from wom.exhibits import basis, plan

SAMPLES = sorted(wom.files.samples())
ROUNDING = 1e-9
"""Relative; sums of a few hundred numbers of one size."""


@pytest.fixture(scope="module", params=SAMPLES)
def effect(request):
    return wom.effect(wom.load(request.param))


def test_parts_add_up_to_the_whole(effect):
    run, said = effect.run, effect.headlines
    parts = effect.monthly["from_customers"] + effect.monthly["from_spending"]
    assert np.allclose(parts, effect.monthly["revenue"], rtol=0, atol=ROUNDING * run.revenue)
    assert effect.monthly["revenue"].sum() == pytest.approx(said["extra_revenue"], abs=ROUNDING * run.revenue)
    net, slack = run.npv - effect.baseline.npv, ROUNDING * abs(effect.baseline.npv)
    assert effect.present["so_far"].iloc[-1] == pytest.approx(net, abs=slack)
    assert said["present_earned"] - said["present_cost"] == pytest.approx(net, abs=slack)
    segments = effect.by_segment.sum()
    assert segments["revenue"] == pytest.approx(run.revenue, rel=ROUNDING)
    assert segments["extra_revenue"] == pytest.approx(said["extra_revenue"], abs=ROUNDING * run.revenue)
    customers = run.by_segment.groupby("month").sum()["customers"].to_numpy()
    assert customers == pytest.approx(run.monthly["customers"].to_numpy(), rel=ROUNDING)
    assert all(value is None or np.isfinite(value) for value in said.values())


def test_payback_is_the_month_from_which_the_plan_stays_paid():
    paid = wom.effect(wom.load("retailer/make-it-right"))
    month, so_far = paid.headlines["payback_month"], paid.present["so_far"]
    assert (so_far.loc[month:] >= 0).all()
    assert so_far[month - 1] < 0
    late = wom.effect(wom.load("retailer/front-line-training"))  # long after the horizon
    assert late.change.payback_month is None
    assert (late.headlines["payback_month"] or 601) > 36


def test_a_scenario_without_a_plan_differs_in_nothing():
    same = wom.effect(wom.load("supplier/today"))
    assert (same.monthly == 0).all(axis=None)
    assert same.headlines["net"] == 0
    assert "plan" not in exhibits.revenue(same).sentence


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda case: wom.lever(case, "experience.bad_shar", [0.1]), "did you mean experience.bad_share"),
        (lambda case: wom.lever(case, "market.size", [0.1]), "no what-if changes it"),
        (lambda case: wom.lever(case, "experience.bad_share", [1.2]), "from 0 to 1"),
        (lambda case: wom.spread(case, draws=20).interval("nett"), "did you mean net"),
    ],
)
def test_what_is_not_there_is_told_the_nearest(call, match):
    with pytest.raises(wom.InputError, match=match):
        call(wom.load("retailer/make-it-right"))


def test_assumptions_tell_what_is_yours_from_what_is_not():
    case = wom.load("supplier/today")
    table = wom.assumptions.table(case)
    assert table.loc["segments.routine.market.customers", ["value", "grade"]].tolist() == [260, "yours"]
    assert table.loc["spending.uplift_share", "value"] == 0.62  # business customers, Dimensional Research 2013
    assert (table["source"].str.len() > 0).all()
    assert not [name for name in table.index if "multiplier" in name and "hazard_ratio" not in name]
    mine = wom.assumptions.table(case.replace({"word_of_mouth.reach_good": 11}))
    assert mine.loc["word_of_mouth.reach_good", ["value", "grade"]].tolist() == [11, "yours"]
    counts = wom.assumptions.by_grade(case)["parameters"]
    assert counts.sum() == len(table)


def test_cautions_speak_of_this_very_result():
    case = wom.load("retailer/make-it-right")
    unknown = case.data
    del unknown["today"]["market"]["referral_share"]
    for changed, said in (
        (case.replace({"experience.memory_months": 0.5}), "rarer than a mood"),
        (wom.load(unknown), "Ask new customers"),
        (case.replace({"word_of_mouth.audience_share": 0.3}), "audience share"),
        (case.replace({"horizon_months": 1}), "after the horizon"),
    ):
        assert any(said in caution for caution in basis.cautions(changed))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"retention.retention_rate": 0.5}, ["Is it a year's rate?", "0.944"]),  # 0.5 to the power of 1/12
        ({"plan": [initiative({"experience.bad_share": 0.07}, "Slip")]}, ["Slip", "more than today's"]),
        ({"plan": [initiative({"experience.bad_share": 0.002})]}, ["0.033 times today's 0.06"]),
        ({"plan": [initiative(start_month=36)]}, ["comes after the horizon", "changes nothing"]),
    ],
)
def test_what_looks_like_a_slip_is_asked_about(changes, said):
    (caution,) = basis.cautions(wom.load("retailer/today").replace(changes))
    assert all(part in caution for part in said)


def read_back(text):
    """The number that a text says."""
    digits, _, word = text.replace(words.MINUS, "-").replace(",", "").partition(" ")
    return float(digits) * {"": 1.0, "million": 1e6, "billion": 1e9, "trillion": 1e12}[word]


@given(st.floats(-1e12, 1e12).filter(lambda value: value == 0 or abs(value) > 1e-6), st.floats(0, 1e13))
def test_numbers_are_rounded_as_they_say(value, other):
    # half a unit of the third digit
    assert read_back(words.number(value)) == pytest.approx(value, rel=5.1e-3)
    # a unit of the fourth digit, from 100 on a whole one, from a tenth on a hundredth: parts give way to the sum
    values = (value, other, value + other)
    largest = max(map(abs, values))
    unit = max(1.01e-3 * largest, 1.0 if largest >= 100 else 0.01 if largest >= 0.1 else 0.0)
    shown = list(map(read_back, words.amounts(values)))
    assert all(abs(one - said) <= unit + 1e-12 for one, said in zip(values, shown, strict=True))
    assert shown[0] + shown[1] == pytest.approx(shown[2], rel=1e-9, abs=1e-12 + 1e-9 * largest)


def test_a_manager_reads_what_a_plan_may_cost_and_it_is_what_breaks_even():
    dear, paying = (wom.effect(wom.load(f"retailer/{name}")) for name in ("front-line-training", "make-it-right"))
    assert plan.price(dear) == "Not at this price, USD\xa0110,000: it would pay below USD\xa040,000 in all."
    assert wom.compare(dear.scenario, draws=20)["break_even_cost"].iloc[0] == pytest.approx(
        dear.headlines["present_earned"], rel=1e-9
    )  # two sums of the same months
    assert plan.price(paying).startswith("It pays at this price, USD\xa04,000, and would up to USD\xa015,000")
    event = wom.effect(wom.load("retailer/viral-complaint"))
    assert plan.price(event) == f"{exhibits.revenue(event).sentence}."
    assert "Both lines" not in exhibits.revenue(wom.effect(wom.load("retailer/today"))).text[0]


@pytest.mark.parametrize(
    "name", ["retailer/viral-complaint", "retailer/make-it-right", "supplier/right-first-time"]
)
def test_differences_are_those_of_the_numbers_shown_beside_them(name):
    effect = wom.effect(wom.load(name))
    figure = exhibits.decision(effect, wom.spread(effect.scenario, draws=50)).figures[2]
    now, before = (float(text.replace(",", "")) for text in re.findall(r"([\d,.]+)(?: instead|$)", figure.note))
    assert float(figure.value.lstrip("+−").replace(",", "")) == round(abs(now - before), 1)


def test_a_business_whose_customers_spend_nothing_is_said_to_have_no_revenue():
    case = wom.load("retailer/make-it-right").replace({"economics.spend_per_customer": 0})
    assert exhibits.revenue(wom.effect(case)).sentence.startswith("There is no revenue")
    review = wom.plausibility.review(wom.simulate(case))["verdict"]
    assert review.str.startswith("cannot say: nobody buys").iloc[0]
    assert exhibits.side_by_side(wom.compare(case, draws=20)).data.iloc[1, 0] == "there is no revenue"
