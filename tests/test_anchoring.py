"""Anchoring: month 0 is what was observed, moods and impressions are in balance, and contradictions are told."""

from dataclasses import replace

import numpy as np
import pytest
from builders import AUDIENCE, REFERRAL, anchored, business, crowds, few, people
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import wom
from wom import anchoring
from wom._run import run
from wom.anchoring import hidden_values, start
from wom.engine import Month
from wom.words import rounded_down

FOUND = 1e-11
"""Relative: roots are found to 1e-13; some of them enter with a factor of up to 100, as the avoiders do by the
months that they stay."""

MOODS = ("content", "delighted", "disappointed")


def first_months(data, horizon=2):
    """A run without a plan: its parameters and its flows by column."""
    run = wom.simulate(wom.load(data | {"plan": [], "horizon_months": horizon}))
    return run.inputs.parameters, run.flows


def refused(data):
    """The message of a scenario whose figures contradict each other."""
    with pytest.raises(wom.InputError) as caught:
        wom.simulate(wom.load(data))
    return str(caught.value)


# --- month 0 ----------------------------------------------------------------------------------------------


CORNERS = [
    {"experience.memory_months": 40, "experience.contacts_per_month": 0.1},
    {"retention.retention_rate": 0.5, "experience.causal_share": 1, "experience.memory_months": 12},
    {"retention.retention_rate": 0.2, "market.new_customers_per_month": 10},  # shrinks by four fifths
    {"retention.retention_rate": 0.9995},
    {"experience.recovered_share": 1},  # nobody is disappointed
    # With many contacts a month moods keep no trace of the month before, and the hazard must still be found.
    *({"experience.contacts_per_month": contacts} for contacts in (30, 100, 1e6)),
]


def in_balance(begin):
    values, hidden, state = begin.inputs.parameters, begin.hidden, begin.state
    flows = run(replace(begin, inputs=replace(begin.inputs, horizon_months=2)), keep=Month._fields).flows
    customers, new = values["market.customers"], values["market.new_customers_per_month"]
    assert_allclose(flows["customers"][0], customers, rtol=FOUND)
    assert_allclose(flows["revenue"][0], customers * values["economics.spend_per_customer"], rtol=FOUND)
    assert_allclose(flows["new_customers"][0], new, rtol=FOUND)
    # Of retention itself, as the few who leave are a difference from 1.
    left = 1 - values["retention.retention_rate"]
    assert_allclose(flows["lost_customers"][0] / customers, left, rtol=FOUND, atol=FOUND)
    if REFERRAL in values:
        share = flows["recommended_customers"][0].sum(axis=0) / flows["new_customers"][0].sum(axis=0)
        assert_allclose(share, values[REFERRAL][0], rtol=FOUND)
    else:
        assert np.array_equal(hidden.audience_share, values[AUDIENCE])
    assert_allclose(flows["stars"][0], hidden.stars, rtol=FOUND)
    # The balance of avoiders is a difference of flows that are a share of the stock.
    assert_allclose(flows["avoiders"][1], flows["avoiders"][0], rtol=FOUND)
    moods = np.array([[flows[mood][month] for mood in MOODS] for month in (0, 1)])
    assert_allclose(*(one / one.sum(axis=0) for one in moods), atol=FOUND)
    if len(begin.inputs.segments) == 1:
        told = (flows[f"people_told_{tone}"][0] for tone in ("good", "bad"))
        heard = [hidden.audience_share * people / values["market.size"] for people in told]
        held = np.stack(np.broadcast_arrays(1 / values["word_of_mouth.memory_months"], *heard))
        pool = values["market.size"] - customers - state.avoiders
        assert_allclose(state.prospects, pool * held / held.sum(axis=0), rtol=FOUND)


@pytest.mark.parametrize("changes", CORNERS)
def test_month_0_of_an_odd_business_is_what_was_observed_and_in_balance(changes):
    in_balance(start(wom.load(business(changes | {AUDIENCE: 0.3}))))


@few
@given(crowds())
def test_month_0_is_what_was_observed_and_in_balance(begin):
    in_balance(begin)
    observed = np.flatnonzero(begin.referral_share > 1e-6)  # nobody would observe fewer
    values = {key: value for key, value in begin.at(observed).inputs.parameters.items() if key != AUDIENCE}
    values[REFERRAL] = begin.referral_share[np.newaxis, observed]
    in_balance(anchoring.anchored(replace(begin.inputs, parameters=values))[0])


def test_nothing_drifts_but_the_number_of_customers():
    # As many come as leave: 125 = 5,000 · 2.5 %.
    steady = business({"market.new_customers_per_month": 125}, horizon_months=120)
    table = wom.simulate(wom.load(steady)).monthly
    # What is left is the impressions' drift: those who buy leave the prospects, those who lapse come back neutral.
    assert_allclose(table.customers, 5_000, rtol=5e-3)
    assert_allclose(table.revenue, table.revenue[0], rtol=5e-3)
    assert_allclose(table.stars, table.stars[0], rtol=1e-12)  # the rating knows no impressions: rounding
    for mood in MOODS:
        assert_allclose(table[mood] / table.customers, table[mood][0] / 5_000, rtol=1e-3)


# --- corners ----------------------------------------------------------------------------------------------


def test_where_nothing_happens_nothing_comes_of_it():
    for changes, none in (
        ({"market.new_customers_per_month": 0}, ["new_customers"]),
        ({"word_of_mouth.reach_good": 0, "word_of_mouth.reach_bad": 0}, ["favourable", "wary"]),
        ({"retention.retention_rate": 1}, ["lost_customers", "avoiders"]),
    ):
        assert (wom.simulate(business(changes | {AUDIENCE: 0.3})).monthly[none] == 0).all(axis=None)


def test_without_contacts_all_are_content_and_nobody_talks():
    silent = business({"experience.contacts_per_month": 0, AUDIENCE: 0.3})
    table = wom.simulate(wom.load(silent)).monthly
    assert (table[["delighted", "disappointed", "favourable", "wary", "avoiders"]] == 0).all(axis=None)
    assert (table[["people_told_good", "people_told_bad", "recommended_customers"]] == 0).all(axis=None)
    assert_allclose(table.content, table.customers, rtol=1e-14)
    assert table.stars.isna().all()  # nobody ever posts, and then the rating changes nothing
    unposted = {f"reviews.posting_{kind}": 0 for kind in ("good", "neutral", "bad")}
    one, other = (
        wom.simulate(wom.load(business(changes))).monthly for changes in (unposted, {"reviews.effect_per_star": 0})
    )
    assert_allclose(one.new_customers, other.new_customers, rtol=1e-13)


NONE = {"experience.causal_share": 0, "word_of_mouth.causal_share": 0}
NO_MOOD = dict.fromkeys(("retention.delighted_hazard_ratio", "retention.disappointed_hazard_ratio"), 1)


@pytest.mark.parametrize(
    ("changes", "hazard"),
    [(NONE, -np.log(0.975)), ({"retention.retention_rate": 1}, 0.0)]
    + [
        (NO_MOOD | {"word_of_mouth.churn_hazard_ratio": 1, "retention.retention_rate": stay}, -np.log(stay))
        for stay in (0.975, 0.01)
    ],
)
def test_without_an_effect_of_mood_the_hazard_is_that_of_the_average(changes, hazard):
    assert_allclose(anchored(wom.load(business(changes)))[1].base_hazard, hazard, rtol=FOUND)


# --- launches ---------------------------------------------------------------------------------------------

LAUNCH = {"market.customers": 0, AUDIENCE: 0.3}


def test_a_launchs_retention_and_spending_are_those_of_moods_in_the_kernels_own_balance():
    _, hidden, _ = anchored(wom.load(business(LAUNCH)))
    rates = np.array([1 / 6, 0.25, 0.06 * 0.7])
    shares = rates / rates.sum()
    ratios, spend = np.array([1, 0.8**0.7, 2.5**0.7]), np.array([1, 1 + 0.7 * 0.42 * 0.13, 1 - 0.7 * 0.1])
    stayed = (shares * np.exp(-hidden.base_hazard.item() * ratios)).sum()  # nobody talks yet: x− = 0
    assert_allclose(stayed, 0.975, rtol=FOUND)
    assert_allclose(hidden.base_spend.item() * (shares * spend).sum(), 50, rtol=FOUND)


def test_a_launch_starts_with_nobody_everybody_neutral_and_the_rating_of_one_customers_experiences():
    values, flows = first_months(business(LAUNCH), horizon=36)
    assert all(flows[stock][0] == 0 for stock in ("customers", *MOODS, "favourable", "wary", "avoiders"))
    assert flows["prospects"][0] == values["market.size"]
    assert_allclose([flows["new_customers"][0].item(), flows["customers"][1].item()], 150, rtol=FOUND)
    posted = np.array([0.25 * 0.02, (1 - 0.25 - 0.042) * 0.005, 0.042 * 0.05])
    stars = (posted * [5, 4, 1.5]).sum() / posted.sum()
    assert_allclose(flows["stars"], stars, rtol=1e-13)  # and stays: nothing is done


def test_a_segment_may_be_launched_beside_others_with_an_observed_referral_share():
    segments = {"old": people(60_000, 3_500, 150), "new": people(40_000, 0, 20)}
    _, hidden, _ = anchored(wom.load(business(segments=segments)))
    _, flows = first_months(business(segments=segments))
    assert_allclose(flows["new_customers"][0, :, 0], [150, 20], rtol=FOUND)
    assert_allclose(flows["recommended_customers"][0].sum() / 170, 0.15, rtol=FOUND)
    # Its future customers hear what the others tell, and retention holds with it.
    heard = hidden.audience_share.item() * 0.3 * flows["people_told_bad"][0, 0, 0] / 100_000
    rates = np.array([1 / 6, 0.25, 0.06 * 0.7])
    hazards = hidden.base_hazard[1, 0] * np.array([1, 0.8**0.7, 2.5**0.7]) * 1.2 ** (0.4 * heard)
    assert heard > 0
    assert_allclose((rates / rates.sum() * np.exp(-hazards)).sum(), 0.975, rtol=FOUND)


def test_a_launch_has_no_referral_share():
    segments = {"one": people(1_000, 0, 10), "two": people(1_000, 0, 0)}
    nobody = {"market.customers": 0}
    for data in (business(nobody), business(segments=segments), business(nobody | {REFERRAL: None})):
        message = refused(data)
        assert AUDIENCE in message
        assert "no customers today" in message


# --- contradictions ---------------------------------------------------------------------------------------


def test_the_largest_referral_share_can_be_reached_and_no_larger_one():
    _, flows = first_months(business({AUDIENCE: 1.0}))
    largest = flows["recommended_customers"][0].item() / 150
    _, hidden, _ = anchored(wom.load(business({REFERRAL: largest * (1 - 1e-9)})))
    # The share rises with the audience, by about half its own rate: 1e-9 less of it is about 2e-9 less audience.
    assert_allclose(hidden.audience_share, 1, rtol=1e-7)
    message = refused(business({REFERRAL: largest * (1 + 1e-9)}))
    assert all(
        key in message for key in (REFERRAL, "market.size", "word_of_mouth.reach_good", "contacts_per_month")
    )
    most = rounded_down(largest)
    assert f"at most {most:g} (" in message
    first_months(business({REFERRAL: most}))  # following the advice works
    assert "at most 0 (" in refused(business({"word_of_mouth.reach_good": 0}))


def test_where_two_audience_shares_give_the_same_referral_share_the_smaller_is_taken():
    odd = {
        "market.size": 10_000,
        "market.new_customers_per_month": 450,
        "market.category_purchase_rate": 0.26,
        "word_of_mouth.reach_good": 14,
        "word_of_mouth.reach_bad": 77,
        "word_of_mouth.shift_bad": -0.58,  # bad stories draw people, and in the end all who come have heard one
        "word_of_mouth.causal_share": 1,
    }
    audiences, inputs = np.linspace(0.01, 1, 40), wom.load(business(odd | {AUDIENCE: 1})).inputs()
    drawn = replace(inputs, parameters={**inputs.parameters, AUDIENCE: audiences[np.newaxis]})
    shares = anchoring.started(drawn).referral_share
    peak = int(np.argmax(shares))
    target = (shares[-1] + shares[peak]) / 2
    assert shares[0] < shares[-1] < target < shares[peak]  # so two audiences give it
    _, hidden, _ = anchored(wom.load(business(odd | {REFERRAL: target})))
    assert hidden.audience_share.item() < audiences[peak]
    _, flows = first_months(business(odd | {REFERRAL: target}), horizon=1)
    assert_allclose(flows["recommended_customers"][0] / 450, target, rtol=FOUND)


NO_PROSPECTS = ("market.size", "market.customers", "retention.avoid_share")
TOO_MUCH_TALK = ("word_of_mouth.reach_bad", "experience.bad_share", "word_of_mouth.churn_hazard_ratio")


@pytest.mark.parametrize(
    ("changes", "figures"),
    [
        ({"market.customers": 100_000}, NO_PROSPECTS),
        ({"retention.still_avoiding_after_24_months": 0.9999}, NO_PROSPECTS),
        ({"market.new_customers_per_month": 4_900}, ("new_customers_per_month", "market.category_purchase_rate")),
        ({"market.new_customers_per_month": 0}, ("new_customers_per_month", AUDIENCE, REFERRAL)),
        ({"word_of_mouth.reach_bad": 1e8, AUDIENCE: 1}, TOO_MUCH_TALK),
    ],
)
def test_figures_that_contradict_each_other_are_named(changes, figures):
    message = refused(business(changes))
    assert all(figure in message for figure in figures)
    assert message.count("\n") == 0


def test_a_contradiction_names_its_segment_and_file(tmp_path):
    segments = {"fine": people(60_000, 3_500, 100), "too full": people(1_000, 999, 10)}
    file = tmp_path / "shop.yaml"
    file.write_text(wom.files.yaml.safe_dump(business(segments=segments)))
    message = refused(file)
    assert message.startswith(f"{file}: today.segments.too full: ")


# --- draws ------------------------------------------------------------------------------------------------


@few
@given(crowds(), st.booleans())
def test_anchoring_draws_at_once_is_anchoring_them_one_by_one(begin, by_referral):
    values = dict(begin.inputs.parameters)
    values["market.customers"] = values["market.customers"].copy()
    values["market.customers"][1:, ::2] = 0  # a launch beside the others
    if by_referral:
        del values[AUDIENCE]
        values[REFERRAL] = np.full((1, begin.draws), 0.01)
    together = hidden_values(values)
    for draw in (0, 1, begin.draws - 1):
        alone = hidden_values({key: value[:, [draw % value.shape[1]]] for key, value in values.items()})
        for whole, part in zip(together[:2], alone[:2], strict=True):
            for name, expected in vars(part).items():
                # The same operations; vectorised exp may differ in the last digit, and a root with it.
                assert_allclose(getattr(whole, name)[..., [draw]], expected, rtol=FOUND, err_msg=name)


def test_draws_that_contradict_each_other_do_not_disturb_the_others():
    values = dict(wom.load(business()).inputs().parameters)
    values[REFERRAL] = np.array([[0.15, 0.9, 0.15]])
    hidden, _, problems, _ = hidden_values(values)
    where = np.any([problem.where[0] for problem in problems], axis=0)
    assert where.tolist() == [False, True, False]
    assert np.isnan(hidden.audience_share[0]).tolist() == [False, True, False]
    _, expected, _ = anchored(wom.load(business()))
    assert_allclose(hidden.audience_share[0, [0, 2]], expected.audience_share.item(), rtol=FOUND)
