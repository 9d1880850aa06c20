"""The Net Promoter Score: shares, corrections, sharp ends of a point's worth; earned growth as Bain defines it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import wom
from wom.analysis.nps import CAUTION, ends, mix_of, point_bounds
from wom.parameters import Range

SHOP = wom.load("retailer/today")
COUNTS = [4, 1, 2, 2, 3, 8, 10, 30, 60, 50, 80]


def programmed(good, bad, score=None, mix=None):
    """Least and most over mixes (one, or all with a score) and moves a, b, c, by linear programming.

    a from passive to good, b from bad to passive, c from bad to good: a + b + 2c = .01, a ≤ q, b + c ≤ d.
    """
    fixed = [[1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 2], [1, 0, -1, 0, 0, 0]]
    within = [[0, -1, 0, 1, 0, 0], [0, 0, -1, 0, 1, 1]]
    span = [(0, 1)] * 3 if mix is None else [(part, part) for part in mix]
    right = [1, 0.01, score if mix is None else mix[0] - mix[2]]
    worth = np.array([0, 0, 0, good, bad, good + bad])
    done = [linprog(sign * worth, within, [0, 0], fixed, right, [*span, *[(0, None)] * 3]) for sign in (1, -1)]
    return tuple(sign * one.fun if one.status == 0 else np.nan for sign, one in zip((1, -1), done, strict=True))


@settings(max_examples=25, deadline=None)
@given(st.floats(-100, 1000), st.floats(-100, 1000), st.floats(-1, 1))
def test_the_ends_of_a_score_alone_are_those_of_a_linear_programme(good, bad, score):
    most = (max(getattr(mix, name)[0] for mix in ends(score)) for name in ("passives", "detractors"))
    # 1e-6: of the solver's tolerance of 1e-7, in units of a worth of up to 1000.
    assert point_bounds(good, bad, *most) == pytest.approx(programmed(good, bad, score), abs=1e-6, nan_ok=True)


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 1000), st.floats(0, 1000), st.floats(0.0, 0.5), st.floats(0.0, 0.5))
def test_the_ends_of_a_known_mix_are_those_of_a_linear_programme(good, bad, passives, detractors):
    mix = (1 - passives - detractors, passives, detractors)
    found = point_bounds(good, bad, passives, detractors)
    assert found == pytest.approx(programmed(good, bad, mix=mix), abs=1e-6, nan_ok=True)


def test_the_ends_of_a_score_are_all_its_mixes():
    found = [[float(part[0]) for part in mix] for mix in (*ends(0.4), ends(-0.4)[0])]
    assert np.array(found) == pytest.approx(np.array([[0.4, 0.6, 0.0], [0.7, 0.0, 0.3], [0.0, 0.6, 0.4]]))
    assert np.isnan(point_bounds(1.0, 1.0, 0.0, 0.0)).all()  # all are promoters: no point is left


def test_corrections_bring_back_the_truth_of_who_answered():
    """40, 40, 20 of 100; the pleased answer twice, the angry four times as often; a tenth of tens begged for."""
    counts = np.zeros(11)
    counts[10], counts[8], counts[0] = 40 * 2 / 0.9, 40, 20 * 4
    mix = mix_of(counts * 1e6, {"answer_good": 2.0, "answer_bad": 4.0, "asked_for_a_ten": 0.1}, 50)
    # So many answers leave a relative error of 1e-4.
    assert [part.mean() for part in mix] == pytest.approx([0.4, 0.4, 0.2], abs=1e-3)
    plain = mix_of(np.array(COUNTS) * 1e6, {}, 50)
    assert [part.mean() for part in plain] == pytest.approx([130 / 250, 90 / 250, 30 / 250], abs=1e-3)


def test_a_correction_that_is_not_known_exactly_widens_the_interval():
    found = [wom.nps(COUNTS, SHOP, answer_bad=one).shares.loc["detractors"] for one in (2, Range(1.2, 2.0, 4.0))]
    sharp, wide = (shares["high"] - shares["low"] for shares in found)
    assert wide > sharp


def test_answers_as_a_list_a_mapping_and_a_series_are_one():
    listed, *others = (
        wom.nps(one, SHOP, draws=20).shares for one in (COUNTS, dict(enumerate(COUNTS)), pd.Series(COUNTS))
    )
    assert all(listed.equals(other) for other in others)


def test_a_point_is_worth_an_interval_and_a_score_alone_a_wider_range_of_levels():
    counted, alone = wom.nps(COUNTS, SHOP, draws=50), wom.nps(40, SHOP, draws=50)
    row = counted.worth_per_point.loc["any_way"]
    assert row.low < row.least < row.most < row.high
    ways = counted.worth_per_point.loc[["passive_to_promoter", "detractor_to_passive"]]
    assert row.least == pytest.approx(ways.least.min(), rel=1e-6)
    assert row.most == pytest.approx(ways.most.max(), rel=1e-6)
    assert alone.same_score[0] < counted.same_score[0] < alone.same_score[1]
    assert alone.shares.loc["promoters"].to_list()[::2] == pytest.approx([0.4, 0.7])
    assert counted.caution == CAUTION


def test_a_point_is_what_experience_worth_says_of_the_contacts_behind_it():
    worth = wom.experience_worth(SHOP).worth
    run = wom.simulate(SHOP)
    values = run.inputs.parameters
    contacts = 12 * values["experience.contacts_per_month"].item() * float(run.monthly.customers.iloc[0])
    good = wom.nps(COUNTS, SHOP, draws=10).worth_per_point.loc["passive_to_promoter", "least"]
    assert good == pytest.approx(0.01 * contacts * worth["good"], rel=1e-9)


def test_earned_growth_as_bain_defines_it():
    """Reichheld, Darnell and Burns 2021: net revenue retention 85, earned new 25: ten per cent."""
    found = wom.earned_growth(100.0, 85.0, 25.0, 10.0)
    assert (found.net_revenue_retention, found.earned_new, found.bought_new) == (0.85, 0.25, 0.10)
    assert found.rate == pytest.approx(0.10, abs=1e-12)
    assert found.caused is None
    low, _, high = wom.earned_growth(100.0, 85.0, 25.0, 10.0, SHOP, draws=100).caused
    assert 0.85 - 1 < low < high < found.rate  # what is caused lies above retention alone and below what is earned


@pytest.mark.parametrize(
    ("answers", "said"),
    [(140, "-100 to 100"), ([1, 2, 3], "eleven numbers"), ({12: 3}, "0 to 10"), ([0] * 11, "eleven numbers"),
     ("good", "a score, or how many"), (0.35, "is 0.35 meant as 35"), (True, "-100 to 100"),
     ([count / 250 for count in COUNTS], "shares do not say how many answered"), ([9, 10, 7], "Count them"),
     (pd.Series([9, 10, 7]), "Count them")],
)  # fmt: skip
def test_what_is_no_score_and_what_no_revenue_is_refused_in_words(answers, said):
    with pytest.raises(wom.InputError, match=said):
        wom.nps(answers, SHOP)
    with pytest.raises(wom.InputError, match="counts of each score"):
        wom.nps(40, SHOP, answer_bad=2.0)
    for revenue in ((0.0, 1.0, 1.0), (1.0, -1.0, 1.0), (1.0, 1.0, float("nan"))):
        with pytest.raises(wom.InputError, match=r"must be (above 0|0 or more)"):
            wom.earned_growth(*revenue)
