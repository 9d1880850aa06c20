"""The same business changed from month 0 on, another plan for it, and the months of the calendar in a file."""

import json

import jsonschema
import numpy as np
import pytest
import yaml
from builders import business, initiative, span
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from test_plan import exactly_equal

import wom
from wom.cli import main
from wom.parameters import QUANTITIES
from wom.plan import Calendar
from wom.scenario import schema

GOOD, BAD = "experience.good_share", "experience.bad_share"
EXACT = 1e-12
"""Relative: sums of some hundred numbers, each right to 1e-16, in another order."""


def plan(**rest):
    return wom.load(business(plan=[initiative({BAD: {"multiply": 0.5}}, cost={"once": 1000}, **rest)]))


# --- what if ----------------------------------------------------------------------------------------------


def test_a_what_if_is_an_initiative_without_cost_from_month_0():
    changes = {BAD: 0.02, GOOD: {"add": 0.1}}
    done = wom.load(business(plan=[initiative(changes)]))
    exactly_equal(wom.simulate(wom.load(business()).what_if(changes)).monthly, wom.simulate(done).monthly)


def test_it_keeps_today_as_it_was_observed_where_another_business_does_not():
    today = wom.load(business())
    asked, other = (wom.anchoring.start(way({BAD: 0.02})) for way in (today.what_if, today.replace))
    begun = wom.anchoring.start(today)
    assert asked.hidden.base_hazard == begun.hidden.base_hazard != other.hidden.base_hazard
    npv = [wom.simulate(way({BAD: 0.02})).npv - wom.simulate(today).npv for way in (today.what_if, today.replace)]
    assert npv[0] > 10 * abs(npv[1])  # the other business explains the same totals by other service


def test_a_plan_comes_after_it_and_leaving_the_plan_out_keeps_it():
    asked = plan(start_month=2).what_if({BAD: 0.02})
    inputs = asked.inputs()
    course = [inputs.schedule.parameters(inputs.parameters, month)[BAD].item() for month in range(4)]
    assert_allclose(course, [0.02, 0.02, 0.01, 0.01], rtol=EXACT)
    assert asked.without_plan().what_if({}).data == asked.without_plan().data
    without = wom.simulate(asked.without_plan())
    exactly_equal(without.monthly, wom.simulate(wom.load(business()).what_if({BAD: 0.02})).monthly)
    assert wom.effect(asked).headlines["npv_without_plan"] == without.npv


@pytest.mark.parametrize(
    "worth",
    [
        lambda case: wom.effect(case).headlines["net"],
        lambda case: wom.mechanisms(case).sum(),
        lambda case: wom.compare(case, draws=2)["net"].item(),
    ],
    ids=["effect", "mechanisms", "compare"],
)
def test_every_question_about_a_plan_measures_it_on_the_business_as_it_then_is(worth):
    asked = plan().what_if({BAD: 0.02})
    net = wom.simulate(asked).npv - wom.simulate(asked.without_plan()).npv
    assert worth(asked) == pytest.approx(net, rel=1e-9)  # a difference of NPVs some thousand times as large
    assert abs(worth(plan()) / net - 1) > 0.5  # half of 6 % is more than half of 2 %


def test_segments_ranges_saved_files_and_a_later_question_about_the_same_key(mall, tmp_path):
    first = mall.what_if({BAD: 0.02, GOOD: span(0.2, 0.25, 0.3)})
    asked = first.what_if({BAD: {"multiply": 2}, f"segments.regulars.{BAD}": 0.01})
    assert_allclose(asked.inputs().supposed[BAD][:, 0], [0.01, 0.28], rtol=EXACT)
    many = wom.simulate(asked, draws=50)
    assert np.ptp(many.inputs.supposed[GOOD]) > 2 * np.ptp(many.inputs.parameters[GOOD])
    file = tmp_path / "asked.yaml"
    file.write_text(yaml.safe_dump(asked.data), encoding="utf-8")
    assert wom.load(file).data == asked.data


@pytest.mark.parametrize("bad", [0.0, 1e-9, 0.0123456789, 0.3])
def test_a_what_if_of_todays_own_value_changes_nothing(bad):
    today = wom.load(business({BAD: bad}))
    exactly_equal(wom.simulate(today.what_if({BAD: bad})).monthly, wom.simulate(today).monthly)


# --- another plan -----------------------------------------------------------------------------------------


def test_another_plan_has_other_targets_cost_start_and_horizon():
    other = plan(start_month=2, end_month=10).revise(
        {BAD: 0.04}, once=0, per_month=900, start_month=6, horizon_months=48
    )
    (item,) = other.plan
    assert (item.changes[BAD].to, item.cost.once, item.cost.per_month) == (0.04, 0.0, 900.0)
    assert (item.start_month, item.end_month, other.horizon_months) == (6, 14, 48)
    assert plan().revise().data == plan().data


def test_several_initiatives_keep_their_order_in_time_and_their_parts_of_the_cost():
    both = wom.load(business(plan=[
        initiative({BAD: 0.04}, start_month=3, cost={"once": 1000, "per_month": span(5, 10, 20)}),
        {"event": "Strike", "month": 4, "spend_lost_share": 0.1},
        initiative({GOOD: 0.3}, start_month=1, cost={"once": 3000}),
    ])).revise(once=2000, per_month=20, start_month=5)  # fmt: skip
    first, event, second = both.plan
    assert (first.start_month, event.month, second.start_month) == (7, 4, 5)
    assert (first.cost.once, second.cost.once, second.cost.per_month) == (500.0, 1500.0, 0.0)
    assert tuple(first.cost.per_month) == (10.0, 20.0, 40.0)


def test_a_correlation_of_a_cost_that_is_no_range_any_more_goes():
    uncertain = initiative({BAD: {"multiply": span(0.5, 0.7, 0.9)}}, cost={"once": span(1, 2, 3)})
    data = business(plan=[uncertain])
    pair = ["plan.0.cost.once", f"plan.0.changes.{BAD}"]
    case = wom.load(data | {"correlations": [{"between": pair, "value": 0.5}]})
    assert case.revise(once=5).correlations == ()
    assert len(case.revise(start_month=3).correlations) == 1


# --- the calendar -----------------------------------------------------------------------------------------

SHOP_YEAR = [0.9, 0.9, 0.95, 1, 1, 1, 1, 1, 1, 1, 1.1, 1.15]


def dated(**top):
    return business(first_month="2027-03", **top)


def test_month_0_has_a_name_and_a_plan_may_name_months():
    calendar = wom.load(dated(season={"spending": SHOP_YEAR})).inputs().calendar
    assert calendar == Calendar((2027, 3), tuple(SHOP_YEAR))
    assert [calendar.label(month) for month in (0, 9, 10)] == ["2027-03", "2027-12", "2028-01"]
    assert [calendar.season(month)[0] for month in (0, 9, 10)] == [0.95, 1.15, 0.9]
    items = [
        initiative({BAD: 0.03}, start_month="2027-06", end_month="2028-01"),
        {"event": "Fair", "month": "2027-12", "spend_lost_share": 0.1},
    ]
    first, event = wom.load(dated(plan=items)).plan
    assert (first.start_month, first.end_month, event.month) == (3, 10, 9)
    assert wom.load(dated(plan=items)).revise(start_month="2027-09").plan[0].start_month == 6


@given(st.lists(st.floats(0, 1e6).map(lambda value: round(value, 2)), min_size=12, max_size=12).filter(any))
def test_the_factors_that_an_error_shows_are_taken(factors):
    try:
        wom.load(dated(season={"spending": factors}))
    except wom.InputError as error:
        wom.load(dated(season={"spending": json.loads(str(error).split("divided by it: ")[1])}))


def test_the_schema_knows_what_the_file_knows():
    checker = jsonschema.Draft202012Validator(schema())
    data = dated(
        season={"spending": SHOP_YEAR}, what_if={BAD: 0.04}, plan=[initiative({BAD: 0.03}, start_month="2027-06")]
    )
    wom.load(data)
    assert list(checker.iter_errors(data)) == []
    for wrong in ({"what_if": {"market.customers": 3}}, {"season": {"spendings": SHOP_YEAR}}):
        assert list(checker.iter_errors(data | wrong)) != []


# --- what is refused ---------------------------------------------------------------------------------------

FIXED = [key for key, quantity in QUANTITIES.items() if quantity.fixed]
TWICE = business(plan=[initiative({BAD: 0.04}, cost={"once": 1}), initiative({BAD: 0.03}, start_month=9)])


def what_if(changes):
    return lambda: wom.load(business()).what_if(changes)


def revise(**asked):
    return lambda: wom.load(TWICE).revise(**asked)


def file(data):
    return lambda: wom.load(data)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        *((what_if({key: 1}), f"what_if.{key}: no what-if changes it") for key in FIXED),
        (what_if({"market.customers": 1}), "another business: Scenario.replace"),
        (what_if({"experience.bad_shar": 0.1}), "did you mean experience.bad_share"),
        (what_if({BAD: 0.9}), "the what-if takes good_share and bad_share to 1.15 together in month 0"),
        (what_if({BAD: 1.2}), "the what-if takes experience.bad_share to 1.2 in month 0; allowed is from 0 to 1"),
        (what_if({f"segments.nobody.{BAD}": 0.1}), "unknown segment 'nobody'"),
        (what_if({BAD: {"to": 0.1, "add": 0.1}}), "exactly one of to, add, multiply"),
        (what_if({"season.spending": 1}), "the calendar"),
        (lambda: wom.compare(plan(), plan().what_if({BAD: 0.02}), draws=2), "compared on one business"),
        (lambda: wom.load(business()).revise(once=3), "has no initiative"),
        (revise(targets={GOOD: 0.4}), "targets.experience.good_share: no initiative changes it"),
        (revise(targets={BAD: 0.01}), "'Something' and 'Something' change it"),
        (revise(per_month=900), "per_month: is 0 in all 2 initiatives"),
        (revise(once=span(1, 2, 3)), "must be a number"),
        (revise(start_month=-1), "start_month: must be a whole number, 0 or more"),
        (revise(start_month="2027-06"), "must be a whole number, or a month such as 2027-03 where first"),
        (revise(horizon_months=0), "horizon_months: must be"),
        (revise(once=-5), "must be 0 or more"),
        (file(business(plan=[initiative(start_month="2027-06")])), "where first_month names month 0, is '2027"),
        (file(dated(plan=[initiative(start_month="2027-02")])), "is 2027-02, before month 0, which is 2027-03"),
        (file(dated(plan=[initiative(start_month="2027-6")])), "a month such as 2027-03, is '2027-6'"),
        (file(dated(plan=[initiative({"first_month": 1})])), "no plan and no what-if changes the calendar"),
        (file(business(first_month="March 2027")), "must be a month such as 2027-03, is 'March 2027'"),
        (file(business(season={"spending": [1] * 12})), "season: needs first_month"),
        (file(dated(season={"spending": [1] * 11})), "needs 12 factors, from January to December, has 11"),
        (file(dated(season={"arrivals": [1] * 11 + [2]})), "mean must be 1, is 1.08333; divided by it: [0.923, "),
        (file(dated(season={"arrivals": [-1, *[1] * 11]})), "must be greater than or equal to 0"),
        (file(dated(season={"sales": [1] * 12})), "allowed: arrivals, spending"),
    ],
)
def test_what_is_refused(ask, said):
    with pytest.raises(wom.InputError) as caught:
        ask()
    assert said in str(caught.value)


# --- the front door ---------------------------------------------------------------------------------------


def test_a_name_a_file_or_plain_data_is_taken_wherever_a_scenario_is():
    name, today = "retailer/today", wom.load("retailer/today")
    assert wom.simulate(name).npv == wom.simulate(today).npv == wom.simulate(today.data).npv
    assert wom.service_worth(name).equals(wom.service_worth(today))
    plans = ["retailer/make-it-right", wom.load("retailer/front-line-training")]
    assert wom.compare(plans, draws=0).equals(wom.compare(*plans, draws=0))
    for wrong in (3, None, [name]):
        with pytest.raises(wom.InputError, match=r"needs a scenario from wom\.load, a file"):
            wom.simulate(wrong)


def test_check_finds_what_a_run_finds(tmp_path, capsys):
    """Good and bad shares, each possible, that are over 1 together in most draws; and in one of five."""
    for high, good, code in ((0.9, 0.55, 2), (0.5, 0.4, 0)):
        file = tmp_path / "shop.yaml"
        shares = {GOOD: span(0.1, good, 0.95), BAD: span(0.1, 0.44, high)}
        file.write_text(yaml.safe_dump(business(shares)), encoding="utf-8")
        assert main(["check", str(file)]) == code
        said = capsys.readouterr()
        assert "of draws" in said.err if code else "are left out, as their figures cannot all be true" in said.out
