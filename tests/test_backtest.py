"""Back-tests: forecasts of months that the fit has not seen, honest about naive ones, on firms of a known kind."""

import numpy as np
import pandas as pd
import pytest

import wom
import wom.data
from wom import population
from wom.calibration import backtest
from wom.messages import back_test as tests
from wom.messages import calibration as says
from wom.messages.standing import kind, outcome, standing, verdict
from wom.reporting.summary import summarise
from wom.scenario import BackTest, Score

SHOP = {
    "market.size": 5_000,
    "market.customers": 500,
    "market.new_customers_per_month": 15,
    "market.referral_share": 0.15,
}
BUSINESS = {
    "today": {
        "market": {"size": 5_000},
        "economics": {"margin_share": 0.4},
        "experience": {"good_share": 0.25, "bad_share": 0.06},
    }
}


def written(tables, folder):
    """Tables of a firm as files, and their description."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    files = {name: {"file": str(folder / f"{name}.csv")} for name in tables}
    months = {"from": "2023-01-01", "to": "2024-12-31", "contractual": True}
    return wom.data.load(months | files)


def firm(seed):
    """Two years of customers and payments of a small shop."""
    shop = wom.load("retailer/today").replace(SHOP | {"horizon_months": 24})
    run = population.simulate(shop, seed=seed, record=True)
    return {name: run.tables("2023-01-01")[name] for name in ("customers", "payments")}


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    return firm(0), tmp_path_factory.mktemp("first")


@pytest.fixture(scope="module")
def tested(first):
    tables, folder = first
    return wom.backtest(written(tables, folder), BUSINESS, draws=500)


def test_the_band_holds_nine_of_ten_months_on_firms_of_a_known_kind(tested, tmp_path):
    others = [written(firm(seed), tmp_path / str(seed)) for seed in range(1, 6)]
    found = [tested, *(wom.backtest(other, BUSINESS, draws=500) for other in others)]
    coverage = pd.concat([one.scores["coverage"] for one in found])
    # 6 firms of 3 columns of 6 months: months of one column move together, so these are worth about 40 free ones;
    # 0.9 less two and a half standard errors of √(0.9·0.1/40)
    assert coverage.mean() > 0.78
    assert len(coverage) == 18
    # a right band fails in 1 of 20 tests, and by a naive forecast that is lucky in a few more
    assert sum(one.basis.failed for one in found) <= 2


def test_the_fit_sees_nothing_of_the_months_held_out(first, tested, tmp_path):
    tables, _ = first
    payments = tables["payments"].copy()
    late = pd.to_datetime(payments["date"]) > pd.Timestamp("2024-06-30")
    payments.loc[late, "amount"] *= 3
    joined = tables["customers"].copy()
    gone = pd.to_datetime(joined["left"]) > pd.Timestamp("2024-06-30")
    joined.loc[gone, "left"] = "2024-07-31"
    other = wom.backtest(written({"customers": joined, "payments": payments}, tmp_path), BUSINESS, draws=500)
    pd.testing.assert_frame_equal(
        other.forecast[["low", "median", "high", "last_year", "trend"]],
        tested.forecast[["low", "median", "high", "last_year", "trend"]],
    )
    assert not np.allclose(other.forecast["observed"], tested.forecast["observed"])


def test_a_break_in_the_business_is_seen(first, tested, tmp_path):
    """Prices rise by half after the cut: no forecast from before holds."""
    tables, _ = first
    payments = tables["payments"].copy()
    late = pd.to_datetime(payments["date"]) > pd.Timestamp("2024-06-30")
    payments.loc[late, "amount"] = (1.5 * payments.loc[late, "amount"]).round(2)
    broken = wom.backtest(written(tables | {"payments": payments}, tmp_path), BUSINESS, draws=500)
    assert broken.scores.loc["revenue", "coverage"] < tested.scores.loc["revenue", "coverage"] - 0.5
    assert broken.scores.loc["revenue", "error"] > 0.25  # a third less than what came, 2 % of noise apart
    assert not tested.basis.failed
    assert broken.basis.missed == ("revenue",)
    scenario = broken.calibration.tested(broken.basis).scenario
    assert scenario.basis.label == "back-tested"
    assert standing(scenario).startswith("**The forecast failed its test**: of Jul 2024 to Dec 2024")
    assert "**do not rely on it**. This is *back-tested, failed*" in standing(scenario)
    assert kind(scenario).endswith("the forecast failed its test")
    assert says.headline(broken.calibration, broken)[-1][2] == "the test failed: 90 % expected"
    assert tests.verdict(broken.calibration, broken) in standing(scenario)
    assert summarise({"scenario": scenario.data})["basis"] == "back-tested, failed"


def test_what_was_observed_is_what_the_tables_hold(first, tested):
    tables, _ = first
    payments = tables["payments"]
    july = payments[payments["date"].astype(str).str.startswith("2024-07")]["amount"].sum()
    assert tested.forecast.loc[("revenue", pd.Period("2024-07")), "observed"] == pytest.approx(july, abs=0.01)
    customers = tables["customers"]
    there = (pd.to_datetime(customers["joined"]) <= "2024-12-31") & ~(
        pd.to_datetime(customers["left"]) <= "2024-12-31"
    )
    assert tested.forecast.loc[("customers", pd.Period("2024-12")), "observed"] == there.sum()


def test_first_months_that_tell_too_little_are_named_as_the_reason(first, tmp_path):
    """Nearly all buy only in months that the forecast may not see: who is a customer cannot be inferred before."""
    tables, _ = first
    payments = tables["payments"]
    late = pd.to_datetime(payments["date"]) > pd.Timestamp("2024-06-30")
    payments[late | payments["id"].isin(payments["id"].unique()[:5])].to_csv(tmp_path / "p.csv", index=False)
    described = {"from": "2023-01-01", "to": "2024-12-31", "payments": {"file": str(tmp_path / "p.csv")}}
    market = {"size": 5_000, "new_customers_per_month": 15, "referral_share": 0.15}
    own = {"today": BUSINESS["today"] | {"market": market}}
    own["today"]["experience"] = BUSINESS["today"]["experience"] | {"contacts_per_month": 1.0}
    few = wom.data.load(described)
    none, why = backtest.tried(few, own)
    assert none is None
    assert "may see nothing after 2024-06" in why
    assert "market.customers, economics.spend_per_customer and retention.retention_rate, for: Only 5 cust" in why
    assert tests.verdict(wom.calibrate(few, own), None, why).startswith("Not back-tested: the forecast may see")
    with pytest.raises(wom.InputError, match="may see nothing after 2024-05"):
        backtest.tried(few, own, hold_out=7)


def test_naive_forecasts_are_the_last_year_and_a_line():
    seen = 100.0 + 2.0 * np.arange(18)
    found = backtest.naive(seen, 3)
    assert found["trend"] == pytest.approx([136.0, 138.0, 140.0])
    assert found["last_year"] == pytest.approx([seen[-12:].mean()] * 3)


def test_too_few_months_are_refused():
    with pytest.raises(wom.InputError, match="needs 12 months of data or more, there are 9"):
        backtest.held_out(9)
    with pytest.raises(wom.InputError, match="from 1 to 18 of 24 months, is 20"):
        backtest.held_out(24, 20)
    assert [backtest.held_out(months) for months in (12, 13, 24, 36)] == [3, 3, 6, 9]


def test_a_naive_forecast_that_was_nearer_is_said():
    def said(error):
        score = Score(coverage=0.9, error=error, last_year=0.05, trend=0.08)
        held = {"fitted": ("2023-01", "2023-12"), "months": ("2024-01", "2024-03")}
        return outcome(BackTest(**held, columns={"revenue": score}))

    assert said(0.04).endswith("no naive forecast was nearer")
    assert said(0.06).endswith("for revenue a naive forecast was nearer")


def test_a_right_band_fails_in_one_of_twenty_tests_though_its_months_move_together():
    """Random walks, as numbers of customers are; 500 tests have standard errors of 0.01 and 0.013."""
    random = np.random.default_rng(0)
    drawn = random.standard_normal((6, 4000)).cumsum(axis=0)
    band = pd.DataFrame(np.quantile(drawn, [0.05, 0.5, 0.95], axis=1).T, columns=["low", "median", "high"])
    came = [band.assign(observed=random.standard_normal(6).cumsum()) for _ in range(500)]
    months = {"fitted": ("2023-01", "2023-12"), "months": ("2024-01", "2024-06")}
    naive = {"last_year": 9.0, "trend": 9.0}

    def missed(part, chance):
        found = Score(**backtest.score(part.assign(**naive)) | naive, chance=chance)
        return bool(BackTest(**months, columns={"customers": found}).missed)

    assert abs(np.mean([missed(part, backtest.as_far(drawn, part)) for part in came]) - 0.05) < 3 * 0.01
    assert np.mean([missed(part, None) for part in came]) > 0.05 + 3 * 0.013  # months taken for free of each other
    shifted = [missed(part.assign(observed=part["observed"] + 12.0), None) for part in came]
    assert np.mean(shifted) > 0.95  # three standard deviations of the last month and more of the others
    wide = [backtest.as_far(drawn, part.assign(observed=part["observed"] + 12.0)) for part in came]
    assert np.mean(np.array(wide) < 0.05) > 0.95


def test_a_forecast_fails_by_its_band_or_by_errors_far_beyond_a_naive_one():
    def test(coverage, error, months="2024-06"):
        score = Score(coverage=coverage, error=error, last_year=0.05, trend=0.08)
        return BackTest(fitted=("2023-01", "2023-12"), months=("2024-01", months), columns={"revenue": score})

    assert not test(4 / 6, 0.05).failed  # chance: P(4 or fewer of 6) = 0.11
    assert test(3 / 6, 0.05).missed == ("revenue",)  # 0.016
    assert not test(0.0, 0.05, months="2024-01").failed  # one month of a right band lies outside 1 time in 10
    assert test(0.0, 0.05, months="2024-02").failed  # two together 1 time in 100
    assert not test(1.0, 0.09).failed
    assert test(1.0, 0.11).far == ("revenue",)
    close = Score(
        coverage=1.0, error=0.02, last_year=0.005, trend=0.08
    )  # lucky within three months, and no matter
    assert not BackTest(
        fitted=("2023-01", "2023-12"), months=("2024-01", "2024-03"), columns={"customers": close}
    ).far
    assert "more than twice as far off" in verdict(test(1.0, 0.11))


def test_the_scenario_carries_its_test_with_it(tested):
    found = tested.calibration.tested(tested.basis)
    scenario = found.scenario
    assert scenario.basis.label == "back-tested"
    assert scenario.basis.back_test == tested.basis
    assert (
        scenario.replace({"economics.spend_per_customer": 60}).basis.label == "calibrated"
    )  # no longer what was tested
    assert scenario.replace({"horizon_months": 12}).basis.label == "back-tested"
