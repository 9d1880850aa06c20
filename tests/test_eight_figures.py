"""Eight figures are enough to start, contacts are the ninth to ask for, and defaults give way to what is known."""

import re

import numpy as np
import pytest
import yaml
from builders import between, nested
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import wom
from wom import draws, exhibits
from wom.anchoring import start
from wom.cli import main
from wom.exhibits.basis import cautions, left_out
from wom.parameters import QUANTITIES, Range
from wom.words import percent

REFERRAL, MEMORY = "market.referral_share", "word_of_mouth.memory_months"

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


@given(eight_figures(), st.sampled_from(["consumer", "business"]))
def test_any_eight_plausible_figures_are_enough_to_start(figures, customer_type):
    scenario = wom.load({"customer_type": customer_type, "today": nested(figures), "horizon_months": 3})
    month = wom.simulate(scenario).monthly.iloc[0]
    assert month.customers == pytest.approx(figures["market.customers"], rel=FOUND)
    assert month.recommended_customers / month.new_customers <= 0.15 * (1 + FOUND)
    assert np.isfinite(wom.simulate(scenario, draws=16).npv).all()
    assert cautions(scenario)


def test_a_default_share_gives_way_to_the_largest_that_the_figures_allow_in_each_draw_by_itself():
    begun = start(shop())
    assert begun.gave_way.tolist() == [True]
    assert_allclose(begun.referral_share, ceiling(), rtol=FOUND)
    # It is a default all the same: a smaller market allows it, and then it is used.
    smaller = start(shop({"market.size": 10_000}))
    assert_allclose(smaller.referral_share, 0.15, rtol=FOUND)
    assert not smaller.gave_way.any()
    drawn = draws.sample(shop(), 200).start
    wanted, gave_way = np.broadcast_to(drawn.inputs.parameters[REFERRAL][0], 200), drawn.gave_way
    assert 0.2 < gave_way.mean() < 0.8
    assert (drawn.hidden.audience_share[0, gave_way] == 1.0).all()
    assert (drawn.referral_share[gave_way] < wanted[gave_way]).all()
    assert_allclose(drawn.referral_share[~gave_way], wanted[~gave_way], rtol=FOUND)


@pytest.mark.parametrize("share", [0.15, 0.3])
def test_a_share_that_the_business_gave_is_not_refused_for_a_defaults_sake(share):
    begun = start(shop({REFERRAL: share}))
    assert_allclose(begun.referral_share, share, rtol=FOUND)
    assert list(begun.before) == [MEMORY]
    assert begun.before[MEMORY].item() == 3 < begun.inputs.parameters[MEMORY].item() < 24
    assert_allclose(begun.hidden.audience_share, 1.0, rtol=FOUND)  # no more than is needed
    assert "is remembered for" in " ".join(cautions(shop({REFERRAL: share})))


def test_a_share_beyond_all_defaults_is_an_error_with_advice_that_works():
    with pytest.raises(wom.InputError, match="cannot be reached"):  # own figures never give way
        start(shop({REFERRAL: 0.15, MEMORY: 3.0, "word_of_mouth.reach_good": 9.0}))
    assert start(shop({"experience.good_share": 0})).referral_share.item() == 0.0
    with pytest.raises(wom.InputError, match="cannot be reached") as caught:
        wom.simulate(shop({REFERRAL: 0.95}))
    for part in ("market.size", "word_of_mouth.reach_good", "word_of_mouth.memory_months are defaults"):
        assert part in str(caught.value)
    said = float(re.search(r"at most (0\.\d+)", str(caught.value))[1])
    begun = start(shop({REFERRAL: said}))
    assert_allclose(begun.referral_share, said, rtol=FOUND)
    assert set(begun.before) == {MEMORY, "word_of_mouth.reach_good"}  # both, in this order, as far as they may


def test_the_share_that_is_used_is_said_where_cautions_are(tmp_path, capsys):
    said = f"The published {percent(0.15)} is more than your other figures allow"
    often, caution = cautions(shop())
    assert often.startswith("How often customers meet the business is a default")
    assert cautions(shop({"experience.contacts_per_month": 1})) == (caution,)
    assert said in caution
    assert f"at most {percent(0.139, 3)} can come that way, and that is the share used here" in caution
    assert any(said in text for text in exhibits.figures(shop()).text)
    assert not any(said in text for text in exhibits.figures(shop({"market.size": 10_000})).text)
    file = tmp_path / "shop.yaml"
    file.write_text(yaml.safe_dump(shop().data))
    assert main(["check", str(file)]) == 0
    assert said in capsys.readouterr().out


def test_how_often_the_default_gave_way_is_said_with_the_intervals():
    found = wom.spread(shop(), draws=100)
    share = percent(float(found.run.sample.start.gave_way.mean()))
    assert f"In {share} of draws the published share" in " ".join(left_out(found))
    assert "published share" not in " ".join(left_out(wom.spread(shop({REFERRAL: 0.05}), draws=100)))


# --- figures without a range ------------------------------------------------------------------------------


def widths(case):
    """Of own figures, half the range by its middle, of a share in odds; 0 where it counts as exact."""
    found = {}
    for key, places in case.entries().items():
        for path, value, _ in places:
            if path.startswith("today."):
                low, middle, high = value if isinstance(value, Range) else (value,) * 3
                if QUANTITIES[key].unit.startswith(("share", "probability")):
                    low, middle, high = (end / (1 - end) for end in (low, middle, high))
                found[path.removeprefix("today.")] = (high - low) / 2 / middle
    return found


def test_own_figures_without_a_range_have_a_width_by_how_sure_they_are():
    spend = "economics.spend_per_customer"
    case = shop()
    assert widths(case) == pytest.approx(dict.fromkeys(SHOP, 0.05), rel=1e-9)  # rounding of the odds
    told = wom.load({**case.data, "sure": {spend: "counted", "market.size": "guessed"}})
    assert widths(told) == pytest.approx({**dict.fromkeys(SHOP, 0.05), spend: 0.0, "market.size": 0.2}, rel=1e-9)
    found = wom.assumptions.table(told)
    assert found.loc["market.size", ["low", "value", "high"]].tolist() == pytest.approx([16_000, 20_000, 24_000])
    assert found.loc["market.size", "source"] == "the scenario; ±20 % is the default for a guessed figure"
    assert found.loc[spend, "source"] == "the scenario"
    assert wom.simulate(told).npv == wom.simulate(case).npv


def test_own_ranges_count_and_what_is_counted_in_data_decided_or_at_a_bound_has_no_width():
    case = wom.load({**shop({"economics.discount_rate": 0.1}).data, "sure": {"market.size": "guessed"}, "basis": {
        "label": "calibrated", "data": "data.yaml", "months": ["2024-01", "2024-12"], "made": "2025-01-05",
        "sources": {"market.customers": "Counted; 500 rows."},
    }}).replace({"market.size": {"low": 45_000, "central": 50_000, "high": 55_000}})  # fmt: skip
    found = widths(case)
    assert (found["market.customers"], found["market.size"]) == (0.0, pytest.approx(0.1))
    assert case.entries()["economics.discount_rate"][0].value == 0.1
    nought = shop({"experience.recovered_share": 0.0}).entries()["experience.recovered_share"][0]
    assert set(nought.value) == {0.0}


def test_an_interval_holds_the_owners_own_figures():
    """Revenue of the coming years is known no better than spending per customer."""
    counted = wom.load({**shop().data, "sure": dict.fromkeys(SHOP, "counted")})
    wide, narrow = (wom.simulate(case, draws=200).interval("revenue") for case in (shop(), counted))
    assert wide.high - wide.low > 0.08 * wide.median  # spending alone: 5 % to each side
    assert narrow.high - narrow.low < 0.02 * narrow.median  # what the evidence leaves open


@pytest.mark.parametrize(
    ("sure", "said"),
    [
        ({"market.sise": "stated"}, "no own figure of today; did you mean market.size?"),
        ({"word_of_mouth.reach_good": "stated"}, "sure.word_of_mouth.reach_good: no own figure of today"),
        ({"market.size": "certain"}, "'counted', 'stated' or 'guessed'"),
    ],
)
def test_what_nobody_can_be_sure_of(sure, said):
    with pytest.raises(wom.InputError) as caught:
        wom.load({**shop().data, "sure": sure})
    assert said in str(caught.value)
