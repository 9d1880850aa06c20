"""The joint fit to monthly totals: truth found again, priors kept where totals are silent, samplers that agree."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import wom
from wom.calibration import totals
from wom.calibration.calibrate import save

MONTHS = 24
COLUMNS = ["revenue", "customers", "new_customers", "lost_customers", "recommended_customers"]
TOLD = [
    "market.new_customers_per_month",
    "market.referral_share",
    "economics.spend_per_customer",
    "retention.retention_rate",
]
"""What monthly totals tell of a business; of all else they are nearly silent."""


def observed(seed, columns=COLUMNS, noise=0.02):
    """A business drawn from wide ranges, and its totals with noise: whole people by chance, revenue with 2 %."""
    random = np.random.default_rng(seed)
    truth = {
        "market.new_customers_per_month": float(random.uniform(80, 250)),
        "market.referral_share": float(random.uniform(0.1, 0.24)),
        "economics.spend_per_customer": float(random.uniform(20, 90)),
        "retention.retention_rate": float(random.uniform(0.95, 0.985)),
    }
    shop = wom.load("retailer/today").replace(truth | {"horizon_months": MONTHS})
    run = wom.simulate(shop, chance=True, seed=seed).monthly
    table = run[list(columns)].copy()
    if "revenue" in table:
        table["revenue"] *= 1 + noise * random.standard_normal(MONTHS)
    table.index = pd.period_range("2023-01", periods=MONTHS, freq="M")
    return shop, table, truth


BUSINESS = {
    "market": {"size": 20_000},
    "economics": {"margin_share": 0.4},
    "experience": {"contacts_per_month": 1.0, "good_share": 0.25, "bad_share": 0.06, "recovered_share": 0.1},
}


def calibrated(table, folder):
    table.rename_axis("month").reset_index().to_csv(folder / "totals.csv", index=False)
    return wom.calibrate({"monthly": {"file": str(folder / "totals.csv")}}, {"title": "T", "today": BUSINESS})


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What totals alone tell of a business, of which a month was not counted, which is no zero; and its truth."""
    _, table, truth = observed(2, [*COLUMNS, "stars"])
    table.loc[table.index[4], ["new_customers", "revenue"]] = np.nan
    return calibrated(table, tmp_path_factory.mktemp("totals")), table, truth


def test_monthly_totals_alone_make_a_scenario(told, tmp_path):
    found, table, _ = told
    last = table.iloc[-1]
    # after the last month there are those at its start, and who came, less who left
    expected = last["customers"] + last["new_customers"] - last["lost_customers"]
    assert found.scenario.today.market.customers == pytest.approx(expected)
    assert any("trusted" in said for said in found.warnings)
    assert any("star rating is not fitted" in said for said in found.warnings)
    assert wom.load(save(found, tmp_path)).basis.label == "calibrated"


def test_the_truth_lies_in_intervals(told):
    """`make bench` has 120 firms; of right intervals fewer than 3 of 4 hold it once in twenty."""
    found, _, truth = told
    table = found.joint.table
    assert sum(table.low[key] <= truth[key] <= table.high[key] for key in TOLD) >= 3
    assert table.told[TOLD].all()


def test_what_totals_do_not_tell_keeps_its_prior(told):
    fit = told[0].joint
    for place, item in enumerate(fit.parameters):
        if item.key in ("reviews.reader_share", "word_of_mouth.shift_good", "market.homophily"):
            # 1,000 draws of at least 500 effective ones: the largest gap of two distributions at 1 in 100
            assert stats.kstest(fit.scores[place], "norm").statistic < 1.63 / np.sqrt(500), item.key
            assert not fit.table.told[item.key]
    assert fit.sampled.trusted


def test_a_likelihood_that_says_nothing_gives_the_prior():
    found = totals.importance(lambda scores: np.zeros(scores.shape[1]), 4, 3000)
    assert found.effective == pytest.approx(totals.TRIED)  # all weights are one
    # of 3,000 draws out of 4,000 with repeats: 1.63/√1,700, the 1 % point of Kolmogorov's distance
    assert all(stats.kstest(row, "norm").statistic < 0.04 for row in found.scores)


def line(scores):
    """Two values measured together: y1 = z0 + z1 = 1 ± 0.1, y2 = z0 − z1 = 0 ± 0.5; a third is not."""
    first, second, _ = scores
    return -0.5 * (((first + second - 1.0) / 0.1) ** 2 + ((first - second) / 0.5) ** 2)


def test_the_sampler_finds_a_posterior_that_is_known():
    design = np.array([[1.0, 1.0, 0.0], [1.0, -1.0, 0.0]])
    weight = np.diag([1 / 0.1**2, 1 / 0.5**2])
    covariance = np.linalg.inv(np.eye(3) + design.T @ weight @ design)
    mean = covariance @ design.T @ weight @ np.array([1.0, 0.0])
    found = totals.importance(line, 3, 4000)
    assert found.trusted, found.verdict
    spread = np.sqrt(np.diag(covariance))
    # of 1,000 effective draws or more the mean is off by 0.03 standard deviations; four of these
    assert np.abs(found.scores.mean(axis=1) - mean).max() < 0.13 * spread.max()
    assert np.cov(found.scores) == pytest.approx(covariance, abs=0.1)


def test_few_effective_draws_are_not_to_be_trusted():
    for effective, tail, said in (
        (1000.0, 0.3, ""),
        (50.0, 0.3, "200 are needed"),
        (1000.0, 0.9, "a few draws decide"),
    ):
        found = totals.Sampled(np.zeros((1, 1)), effective, tail)
        assert found.trusted == (not said)
        assert said in found.verdict


def test_the_tail_of_weights_is_that_of_vehtari_and_others():
    chance = (np.arange(20_000) + 0.5) / 20_000
    for shape in (0.2, 0.5, 0.9):
        # Zhang and Stephens' estimate from about 420 numbers: standard error (1 + k)/√420 < 0.1
        assert totals.tail(chance**-shape) == pytest.approx(shape, abs=0.1)


def test_totals_that_count_both_ways_are_not_counted_thrice():
    """Customers follow from arrivals and departures, so their number says nothing more."""
    table = pd.DataFrame(
        {"customers": [100.0, 104.0, 103.0], "new_customers": [7.0, 3.0, 5.0], "lost_customers": [3.0, 4.0, 2.0]},
    )
    course = {name: table[[name]].to_numpy() for name in table}
    both = totals.Misfit(table, 0.0)(course, np.zeros((3, 1)))
    without = totals.Misfit(table.drop(columns="customers"), 0.0)(course, np.zeros((2, 1)))
    assert both == pytest.approx(without)


def test_what_cannot_be_fitted_is_said():
    shop, table, _ = observed(0)
    with pytest.raises(wom.InputError, match="three months or more, has 2"):
        totals.fit(shop, table.head(2))
    with pytest.raises(wom.InputError, match="holds none of customers"):
        totals.fit(shop, table[[]])


def test_a_fit_that_is_not_to_be_trusted_is_not_used(monkeypatch, tmp_path):
    _, table, _ = observed(2)
    monkeypatch.setattr(totals, "TRIED", 150)  # which are worth fewer than 200 independent ones
    found = calibrated(table, tmp_path)
    assert found.joint is None
    assert not found.used
    assert "did not settle. Not to be trusted" in found.unknown.loc["retention.retention_rate", "why"]
