"""The seeds of the subject: each view against runs made one by one."""

from dataclasses import replace

import numpy as np
import pytest
from builders import AUDIENCE, anchored, business, follow, people
from numpy.testing import assert_allclose

import wom
from wom.analysis.questions import bad_apple, day_without_customers, iceberg, perception_gap, whom_to_serve
from wom.evidence import figure
from wom.exhibits.worth import aftermath
from wom.processes import NEUTRAL
from wom.worth import customer_worth

OF_NPV = 1e-12  # rounding of the difference of two runs
NPV = 3.2e6  # of the shop, to bound that rounding
TRAINING = {
    "initiative": "Training",
    "start_month": 2,
    "cost": {"once": 4_000},
    "changes": {"experience.bad_share": {"multiply": 0.6}, "reviews.posting_good": 0.03},
}
LAUNCH = {"market.customers": 0, AUDIENCE: 0.3}


def change_of_npv(scenario, *plan):
    """What a plan adds to the one that a scenario has."""
    more = scenario.replace({"plan": [*scenario.data["plan"], *plan]})
    return wom.simulate(more).npv - wom.simulate(scenario).npv


@pytest.mark.parametrize(
    ("view", "message"),
    [
        (lambda shop: perception_gap(shop, 0.9, 0.2), r"good_share 0\.9 and bad_share 0\.2 are over 1 together"),
        (lambda shop: iceberg(600, 0.02, shop), r"complaint_rate: of 0\.02 means 30,000 bad experiences a month"),
        (lambda shop: iceberg(0, 0.2, shop), "complaints: must be above 0"),
        (lambda shop: iceberg(50, 1.5, shop), "up to 1, is 1.5"),
        (lambda shop: iceberg(50, 0.0, shop), "complaint_rate: must be"),
        (lambda _: iceberg(50, 0.2, wom.load(business(LAUNCH))), "no contacts"),
        (lambda shop: day_without_customers(shop, 36), "month: is 36; the horizon's last is 35"),
        (lambda shop: bad_apple(shop, 3, bad_experience_share=2), "bad_experience_share: must be from 0 to 1"),
    ],
)
def test_what_cannot_be_is_refused(shop, view, message):
    with pytest.raises(wom.InputError, match=message):
        view(shop)


# --- perception gap -----------------------------------------------------------------------------------------


def test_gap_is_what_closing_it_for_nothing_would_bring_and_none_where_management_is_right(shop, mall):
    gap = perception_gap(shop, 0.5, 0.02)
    closing = {"initiative": "Close it", "changes": {"experience.good_share": 0.5, "experience.bad_share": 0.02}}
    assert_allclose(gap.loc["gap", "npv"], change_of_npv(shop, closing), rtol=1e-9)
    assert_allclose(gap.loc["customers_say", "npv"], wom.simulate(shop).npv)
    assert_allclose(gap.loc["gap", ["good_share", "bad_share"]].astype(float), [0.25, -0.04])
    assert_allclose(perception_gap(shop, 0.25, 0.06).loc["gap"], 0.0, atol=NPV * OF_NPV)
    say = perception_gap(mall, 0.5, 0.02).loc["customers_say"]  # of all contacts, whatever their segment
    assert_allclose(say["bad_share"], (0.03 * 3_500 + 0.14 * 1_500) / 5_000)


def test_management_s_belief_hides_what_a_plan_brings(shop):
    planned = shop.replace({"plan": [TRAINING]})
    gap = perception_gap(planned, 0.5, 0.02)
    believes = planned.replace({"experience.good_share": 0.5, "experience.bad_share": 0.02})
    for row, scenario in (("customers_say", planned), ("believed", believes)):
        change = wom.effect(scenario).headlines["net"]
        assert_allclose(gap.loc[row, "plan_net"], change, rtol=0, atol=NPV * OF_NPV)
    assert gap.loc["gap", "plan_net"] < 0


# --- iceberg ------------------------------------------------------------------------------------------------


def test_complaints_and_their_rate_give_the_bad_share(shop, mall):
    row = iceberg(0.06 * 5_000 * 0.2, 0.2, shop).loc["given"]
    assert_allclose(row[["bad_experiences", "unseen", "bad_share"]].astype(float), [300, 240, 0.06])
    nothing_bad = mall.replace({"experience.bad_share": 0.0, AUDIENCE: 0.3})  # the same share in all segments
    assert_allclose(iceberg(50, 0.2, nothing_bad).loc["given", "bad_share"], 0.05)


@pytest.mark.parametrize(("rate", "handled"), [(0.2, 0.3), (0.5, 0.5)])
def test_the_unseen_cost_what_ordinary_contacts_instead_would_bring(mall, rate, handled):
    """Of the bad ones 30 % are put right, so that at a rate of .2 seven tenths are neither seen nor put right."""
    complaints = 100.0
    scale = complaints / rate / (0.03 * 3_500 + 0.14 * 1_500)
    bad = {"regulars": 0.03 * scale, "late shoppers": 0.14 * scale}
    true = mall.replace({f"segments.{name}.experience.bad_share": share for name, share in bad.items()})
    better = {f"segments.{name}.experience.bad_share": share * handled for name, share in bad.items()}
    instead = {"initiative": "Instead", "changes": better | {"experience.recovered_share": 0.3 / handled}}
    row = iceberg(complaints, rate, mall).loc["given"]
    assert_allclose(row["unseen_cost"], change_of_npv(true, instead), rtol=1e-9)
    assert_allclose(row["bad_share"], complaints / rate / 5_000)


def test_rates_come_from_the_evidence_and_what_cannot_be_is_missing_in_the_range(shop):
    table = iceberg(60, None, shop)
    known = figure("iceberg_visible").central, figure("complaint_rate").high, figure("complaint_rate").low
    assert table["complaint_rate"].tolist() == list(known)
    assert table["unseen_cost"]["lowest"] > table["unseen_cost"]["given"] > table["unseen_cost"]["highest"]
    many = iceberg(600, 0.2, shop)
    assert many.loc["lowest", ["bad_share", "unseen_cost"]].isna().all()
    assert many.loc["given"].notna().all()


# --- whom to serve ------------------------------------------------------------------------------------------


def npv_without(scenario, closed=None, silent=None):
    """NPV of one run in which a segment is not served, or in which it neither talks nor posts."""
    inputs = scenario.inputs()
    values, hidden, state = anchored(scenario)
    if closed is not None:
        customers, prospects, log_odds = state.customers.copy(), state.prospects.copy(), hidden.log_odds.copy()
        prospects[NEUTRAL, closed] += customers[:, closed].sum(axis=0)
        customers[:, closed], log_odds[closed] = 0.0, -np.inf
        state, hidden = (
            replace(state, customers=customers, prospects=prospects),
            replace(hidden, log_odds=log_odds),
        )
    if silent is not None:
        quiet = [f"word_of_mouth.reach_{tone}" for tone in ("good", "bad", "recovered")]
        quiet += [f"reviews.posting_{tone}" for tone in ("good", "neutral", "bad")]
        others = np.ones((len(inputs.segments), 1))
        others[silent] = 0.0
        values = values | {key: values[key] * others for key in quiet}

        def steps(phase):
            return tuple(
                replace(step, segments=step.segments * others) if step.key in quiet else step
                for step in phase.steps
            )

        plan = inputs.schedule
        phases = tuple(replace(phase, steps=steps(phase)) for phase in plan.phases)
        inputs = replace(inputs, parameters=values, schedule=replace(plan, phases=phases))
    return follow(scenario, inputs, hidden, state).npv


def test_worth_of_a_segment_is_the_difference_to_runs_without_it_and_without_its_word(mall):
    scenario = mall.replace({"plan": [TRAINING]})
    base = npv_without(scenario)
    table = whom_to_serve(scenario)
    for place, name in enumerate(scenario.segments):
        closed = npv_without(scenario, closed=place)
        expected = {
            "with_word_of_mouth": base - closed,
            "without_word_of_mouth": npv_without(scenario, silent=place) - closed,
            "saying_no": closed - base,
            "new_customer": customer_worth(scenario).loc[(name, "content"), "total"] - 30,
        }
        for column, value in expected.items():
            assert_allclose(table.loc[name, column], value, rtol=0, atol=base * OF_NPV, err_msg=column)
    parts = table["without_word_of_mouth"] + table["word_of_mouth"]
    assert_allclose(parts, table["with_word_of_mouth"], rtol=0, atol=base * OF_NPV)


def test_fixing_the_misfit_is_worth_what_a_free_cure_brings(mall):
    table = whom_to_serve(mall)
    cure = {"initiative": "Cure", "changes": {"segments.late shoppers.experience.bad_share": 0.03}}
    assert_allclose(table["fixing_misfit"]["late shoppers"], change_of_npv(mall, cure), rtol=1e-9)
    assert table["fixing_misfit"]["regulars"] == 0


def test_a_misfit_can_cost_more_than_it_brings():
    """Thin margins, and stories that keep others away."""
    misfit = people(5_000, 400, 15) | {"experience.bad_share": 0.5, "experience.good_share": 0.0,
              "economics.margin_share": 0.01, "economics.acquisition_cost": 0}  # fmt: skip
    segments = {"fit": people(95_000, 4_600, 135), "misfit": misfit}
    table = whom_to_serve(wom.load(business({"market.homophily": 0.0}, segments=segments)))
    assert table["costs_more_than_it_brings"].tolist() == [False, True]
    assert table["without_word_of_mouth"]["misfit"] > 0 > table["with_word_of_mouth"]["misfit"]


def test_a_business_in_one_piece_is_worth_its_npv(shop):
    row = whom_to_serve(shop).loc["business"]
    assert_allclose(row["with_word_of_mouth"], wom.simulate(shop).npv)
    assert row["fixing_misfit"] == 0


# --- events -------------------------------------------------------------------------------------------------


def test_a_day_without_customers_costs_a_day_and_nothing_after(shop):
    day = day_without_customers(shop, month=5)
    revenue = wom.simulate(shop).monthly["revenue"][5]
    assert_allclose(day.revenue, -revenue / 30.4, rtol=1e-9)
    assert_allclose(day.npv, -0.4 * revenue / 30.4 * 1.1 ** (-5 / 12), rtol=1e-9)
    assert_allclose(day.afterwards, 0.0, atol=NPV * OF_NPV)
    assert (day.monthly.drop(index=5) == 0).all(axis=None)
    assert_allclose(day_without_customers(shop, month=5, days=3).revenue, 3 * day.revenue, rtol=1e-9)


def test_a_bad_apple_is_an_event_with_an_aftermath(shop, mall):
    scenario = mall.replace({"plan": [TRAINING]})
    apple = bad_apple(scenario, 3, bad_experience_share=0.1, reach_multiplier=2)
    event = {"event": "x", "month": 3, "bad_experience_share": 0.1, "reach_multiplier": 2}
    assert_allclose(apple.npv, change_of_npv(scenario, event), rtol=0, atol=NPV * OF_NPV)
    assert (apple.monthly.loc[:2] == 0).all(axis=None)
    assert (apple.monthly.loc[4:, "customers"] < 0).all()
    assert apple.afterwards < apple.at_once < 0
    assert_allclose(apple.at_once + apple.afterwards, apple.npv)
    nothing = bad_apple(shop, 3)
    assert abs(nothing.npv) <= NPV * OF_NPV
    assert aftermath(nothing).sentence == "One bad apple costs nothing"
