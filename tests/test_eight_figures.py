"""Eight figures are enough to start, contacts are the ninth to ask for, and defaults give way to what is known."""

import re

import numpy as np
import pytest
import yaml
from builders import between, nested
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import wom
from wom import draws
from wom.analysis import sensitivity, sweep
from wom.anchoring import start
from wom.cli import main
from wom.messages import cautions, uncertainty
from wom.messages.effects import basis
from wom.words import percent

REFERRAL = "market.referral_share"

SHOP = {
    "market.size": 20_000,
    "market.customers": 500,
    "market.new_customers_per_month": 20,
    "economics.spend_per_customer": 50,
    "economics.margin_share": 0.3,
    "experience.good_share": 0.2,
    "experience.bad_share": 0.05,
    "retention.retention_rate": 0.97,
}
"""An ordinary shop; no more than 13.99 % of its new customers can come on a recommendation."""

FOUND = 1e-11
"""Relative, as in test_anchoring.py: roots are found to 1e-13 and enter with a factor of up to 100."""


def shop(changes=None, plan=()):
    return wom.load({"title": "Shop", "today": nested(SHOP | (changes or {})), "plan": list(plan)})


def ceiling():
    """The share if everybody who is told could become a customer."""
    return start(shop({"word_of_mouth.audience_share": 1.0})).referral_share.item()


@st.composite
def eight_figures(draw):
    """A business that is one: some of the market are customers, and about as many come as leave."""
    size = round(10.0 ** draw(between(2.5, 7)))
    customers = max(1, round(size * draw(between(0.0005, 0.25))))
    retention = draw(between(0.9, 0.999))
    return {
        "market.size": size,
        "market.customers": customers,
        "market.new_customers_per_month": customers * (1 - retention) * draw(between(0.2, 1.5)),
        "economics.spend_per_customer": draw(between(0.5, 5_000)),
        "economics.margin_share": draw(between(0.02, 0.9)),
        "experience.good_share": draw(between(0, 0.6)),
        "experience.bad_share": draw(between(0, 0.25)),
        "retention.retention_rate": retention,
    }


@settings(max_examples=60)
@given(eight_figures(), st.sampled_from(["consumer", "business"]))
def test_any_eight_plausible_figures_are_enough_to_start(figures, customer_type):
    scenario = wom.load({"customer_type": customer_type, "today": nested(figures), "horizon_months": 3})
    flows = wom.simulate(scenario).flows
    customers, new = figures["market.customers"], figures["market.new_customers_per_month"]
    assert_allclose(flows["customers"][0].item(), customers, rtol=FOUND)
    assert_allclose(flows["new_customers"][0].item(), new, rtol=FOUND)
    assert_allclose(flows["revenue"][0].item(), customers * figures["economics.spend_per_customer"], rtol=FOUND)
    left = flows["lost_customers"][0].item() / customers
    assert_allclose(left, 1 - figures["retention.retention_rate"], rtol=FOUND, atol=FOUND)
    assert flows["recommended_customers"][0].item() / new <= 0.15 * (1 + FOUND)
    assert np.isfinite(wom.simulate(scenario, draws=16).npv).all()
    assert cautions(scenario)


def test_a_default_share_gives_way_to_the_largest_that_the_figures_allow():
    begun = start(shop())
    assert begun.gave_way.tolist() == [True]
    assert_allclose(begun.referral_share, ceiling(), rtol=FOUND)
    assert begun.hidden.audience_share.item() == 1.0
    # It is a default all the same: a smaller market allows it, and then it is used.
    smaller = start(shop({"market.size": 10_000}))
    assert_allclose(smaller.referral_share, 0.15, rtol=FOUND)
    assert not smaller.gave_way.any()


def test_each_draw_gives_way_by_itself():
    begun = draws.sample(shop(), 200).start
    wanted = np.broadcast_to(begun.inputs.parameters[REFERRAL][0], 200)
    assert 0.2 < begun.gave_way.mean() < 0.8
    assert (begun.hidden.audience_share[0, begun.gave_way] == 1.0).all()
    assert (begun.referral_share[begun.gave_way] < wanted[begun.gave_way]).all()
    assert_allclose(begun.referral_share[~begun.gave_way], wanted[~begun.gave_way], rtol=FOUND)


def test_where_hearing_bad_attracts_the_share_gives_way_to_the_best_audience():
    odd = {"word_of_mouth.shift_bad": -0.05, "market.size": 1_000_000}
    begun = start(shop(odd))
    assert begun.gave_way.all()
    for audience in (0.01, 0.1, 1.0):  # of the places where the largest share is looked for
        other = start(shop(odd | {"word_of_mouth.audience_share": audience}))
        assert begun.referral_share.item() >= other.referral_share.item() * (1 - FOUND)


def test_who_gives_nothing_good_has_no_recommended_customers():
    begun = start(shop({"experience.good_share": 0}))
    assert begun.referral_share.item() == 0.0
    assert begun.gave_way.all()


@pytest.mark.parametrize("share", [0.15, 0.14])
def test_a_share_that_the_business_gave_stays_an_error_with_advice_that_works(share):
    with pytest.raises(wom.InputError, match="cannot be reached") as caught:
        wom.simulate(shop({REFERRAL: share}))
    for part in ("market.size", "word_of_mouth.reach_good", "word_of_mouth.memory_months are defaults"):
        assert part in str(caught.value)
    said = float(re.search(r"at most (0\.\d+)", str(caught.value))[1])
    assert ceiling() - 0.001 < said < ceiling()
    assert_allclose(start(shop({REFERRAL: said})).referral_share, said, rtol=FOUND)


def test_a_share_that_a_sweep_gives_does_not_give_way():
    found = sweep.run(shop(), {REFERRAL: np.array([0.1, 0.139, 0.2])}, 3)
    assert list(found.problems) == [2]
    assert "cannot be reached" in found.problems[2]


def test_the_share_that_is_used_is_said_where_cautions_are(tmp_path, capsys):
    said = f"The published {percent(0.15)} is more than your other figures allow"
    often, caution = cautions(shop())
    assert often.startswith("How often customers meet the business is a default")
    assert cautions(shop({"experience.contacts_per_month": 1})) == (caution,)
    assert said in caution
    assert f"at most {percent(0.139, 3)} can come that way, and that is the share used here" in caution
    assert said in basis(shop())
    assert said not in basis(shop({"market.size": 10_000}))
    file = tmp_path / "shop.yaml"
    file.write_text(yaml.safe_dump(shop().data))
    assert main(["check", str(file)]) == 0
    assert said in capsys.readouterr().out


def test_how_often_the_default_gave_way_is_said_with_the_intervals():
    found = wom.spread(shop(), draws=100)
    share = percent(float(found.run.sample.start.gave_way.mean()))
    assert f"In {share} of draws the published share" in uncertainty.left_out(found)
    assert "published share" not in uncertainty.left_out(wom.spread(shop({REFERRAL: 0.05}), draws=100))


# --- figures without a range ------------------------------------------------------------------------------


def test_figures_without_a_range_are_counted_and_the_first_to_ask_for_are_named():
    said = uncertainty.ranges(shop())
    assert "8 figures of your own have no range and count as exact" in said
    for name in ("spending per customer and month", "margin", "customers today"):
        assert name in said.partition("first for ")[2]
    spend = {"low": 45, "central": 50, "high": 55}
    fewer = shop({"economics.spend_per_customer": spend})
    assert "7 figures of your own" in uncertainty.ranges(fewer)
    assert "economics.spend_per_customer" not in sensitivity.exact(fewer)


def test_worth_in_proportion_to_a_figure_moves_with_it_and_what_does_nothing_is_not_named():
    # Net present value is proportional to spending and, without acquisition costs, to the margin.
    first = sensitivity.influential(shop({"economics.acquisition_cost": 0}), 2)
    assert "economics.spend_per_customer" in first
    named = sensitivity.influential(shop({"economics.acquisition_cost": 0}), 20)
    assert "economics.acquisition_cost" not in named
    assert len(named) == len(SHOP)


def test_figures_counted_in_data_are_not_called_unknown():
    counted = wom.load({**shop().data, "basis": {
        "label": "calibrated", "data": "data.yaml", "months": ["2024-01", "2024-12"], "made": "2025-01-05",
        "sources": {"market.customers": "Counted; 500 rows."},
    }})  # fmt: skip
    assert "market.customers" not in sensitivity.exact(counted)
    assert len(sensitivity.exact(counted)) == len(SHOP) - 1


def test_names_that_are_loaded_later_are_found():
    assert {"calibrate", "backtest", "simulate"} <= set(dir(wom))
