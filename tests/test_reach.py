"""How many people hear: published figures, and what they imply for each other."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import nbinom

import wom
from wom import reach

PUBLISHED = 5e-5
"""The reference figures are given with four decimals or more."""


@pytest.mark.parametrize(
    ("mean", "above", "dispersion", "nobody", "median", "percentile_95"),
    [(9, 0.33, 0.25183491, 0.4035, 1, 44), (16, 0.54, 0.47275481, 0.1866, 7, 63)],
)
def test_american_express_2011_means_with_dimensional_2013_shares(
    mean, above, dispersion, nobody, median, percentile_95
):
    found = reach.from_mean_and_share(mean, above)
    assert found.dispersion == pytest.approx(dispersion, abs=5e-9)  # given with eight decimals
    assert found.told_nobody == pytest.approx(nobody, abs=PUBLISHED)
    assert found.share_above() == pytest.approx(above, abs=1e-12)  # solved to rounding
    assert (found.quantile(0.5), found.quantile(0.95)) == (median, percentile_95)


@pytest.mark.parametrize(
    ("anyone", "above", "dispersion", "mean"), [(0.87, 0.33, 1.348, 4.78), (0.95, 0.54, 1.846, 7.51)]
)
def test_dimensional_2013_told_anyone_and_more_than_five(anyone, above, dispersion, mean):
    found = reach.from_shares(anyone, above)
    assert found.dispersion == pytest.approx(dispersion, abs=5e-4)  # given with three decimals
    assert found.mean == pytest.approx(mean, abs=5e-3)  # given with two decimals
    assert found.told_nobody == pytest.approx(1 - anyone, abs=1e-12)


def test_published_figures_do_not_agree_and_ranges_of_reach_hold_both_readings():
    table = reach.published()
    by_mean = table.xs("mean and more than five", level="fixed_by")
    by_shares = table.xs("told anyone and more than five", level="fixed_by")
    assert (by_mean - by_shares)["told_more_than_five"].abs().max() < 1e-9  # both solved to it
    assert (by_mean["mean"] > 1.8 * by_shares["mean"]).all()  # 9 against 4.8, 16 against 7.5
    assert (by_mean["told_nobody"] > 3 * by_shares["told_nobody"]).all()  # 40 % against 13 %, 19 % against 5 %
    for tone in ("good", "bad"):
        low = wom.evidence.figure(f"reach_{tone}").low
        assert low == pytest.approx(by_shares["mean"][tone], abs=0.05)  # written with one decimal


def test_bliss_and_fisher_1953_mites_have_their_likelihood_at_the_published_dispersion():
    counts = np.array([70, 38, 17, 10, 9, 3, 2, 1, 0])
    mean = (counts * np.arange(9)).sum() / counts.sum()
    assert mean == pytest.approx(1.1467, abs=PUBLISHED)

    def loss(log_dispersion):
        one = reach.Reach(mean, math.exp(log_dispersion))
        return -(counts * np.log(one.shares(8))).sum()

    best = math.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded", options={"xatol": 1e-9}).x)
    assert best == pytest.approx(1.0246, abs=PUBLISHED)


@given(st.floats(0.5, 60), st.floats(0.02, 50))
def test_a_distribution_is_found_again_from_its_own_figures(mean, dispersion):
    one = reach.Reach(mean, dispersion)
    again = reach.from_mean_and_share(mean, one.share_above())
    assert again.share_above() == pytest.approx(one.share_above(), abs=1e-10)
    if 0.05 < one.share_above() < 0.7 and dispersion < 5:
        # where the share hardly moves with k, k cannot be told; below a mean of six two can have one share
        assert again.dispersion > dispersion * (1 - 1e-6)
        if mean > 6:
            assert again.dispersion == pytest.approx(dispersion, rel=1e-6)  # conditioning of the share


@given(st.floats(0.5, 60), st.floats(0.05, 50))
def test_shares_are_a_distribution_with_the_stated_mean_and_variance(mean, dispersion):
    one = reach.Reach(mean, dispersion)
    people = np.arange(one.quantile(1 - 1e-13) + 1)
    shares = one.shares(len(people) - 1)
    assert shares.sum() == pytest.approx(1, abs=1e-9)  # the tail left out
    assert (people * shares).sum() == pytest.approx(mean, rel=1e-6)  # the tail, weighted with its size
    exact = nbinom(dispersion, dispersion / (dispersion + mean))
    assert exact.var() == pytest.approx(mean + mean**2 / dispersion, rel=1e-9)  # rounding


@pytest.mark.parametrize(
    ("of", "figures", "said"),
    [
        (reach.from_mean_and_share, figures, "no negative binomial")
        for figures in ((9, 0.95), (0.001, 0.5), (9, 0.0))
    ]
    + [(reach.from_shares, (anyone, 0.3), "told_anyone") for anyone in (0.0, 1.0, float("nan"))],
)
def test_figures_that_no_distribution_has_are_refused(of, figures, said):
    with pytest.raises(wom.InputError, match=said):
        of(*figures)
