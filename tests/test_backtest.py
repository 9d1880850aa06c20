"""Back-tests: forecasts of months that the fit has not seen, honest about naive ones, on firms of a known kind."""

import numpy as np
import pandas as pd
import pytest
from own_tables import described
from recorder import recorded

import wom
import wom.data
from wom import exhibits
from wom.calibration import backtest
from wom.exhibits.basis import outcome, verdict
from wom.files import BACK_TESTED
from wom.scenario import NEARER, OFF, OUTSIDE, RIVALS, WIDE, BackTest, Score

SHOP = {"market.size": 5_000, "market.customers": 500, "market.new_customers_per_month": 15,
        "market.referral_share": 0.15}  # fmt: skip
BUSINESS = {"today": {"market": {"size": 5_000}, "economics": {"margin_share": 0.4},
                      "experience": {"good_share": 0.25, "bad_share": 0.06}}}  # fmt: skip


def written(tables, folder):
    """Tables of a firm as files, loaded."""
    folder.mkdir(parents=True, exist_ok=True)
    months = {"from": "2023-01-01", "to": "2024-12-31", "contractual": True}
    return wom.data.load(described(folder, tables, **months))


def firm(seed):
    """Two years of customers and payments of a small shop."""
    shop = wom.load("retailer/today").replace(SHOP | {"horizon_months": 24})
    run, told = recorded(shop, seed=seed)
    return {name: told.tables(run)[name] for name in ("customers", "payments")}


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    return firm(0), tmp_path_factory.mktemp("first")


@pytest.fixture(scope="module")
def tested(first):
    tables, folder = first
    return wom.backtest(written(tables, folder), BUSINESS, draws=500)


def test_the_band_holds_most_months_of_a_firm_of_a_known_kind(tested):
    """`make bench` has many firms, whose months are held nine times in ten."""
    assert tested.scores.index.tolist() == ["revenue", "customers", "new_customers"]
    # months of one column move together: three columns of six are worth about seven, of which 0.9 are held
    # within three standard errors of √(0.9·0.1/7)
    assert (tested.scores["inside"] / tested.scores["months"]).mean() > 0.56
    assert tested.basis.label == BACK_TESTED


def test_the_fit_sees_nothing_of_the_months_held_out_and_a_break_there_is_seen(first, tested, tmp_path):
    """Prices rise by half after the cut: no forecast from before holds."""
    tables, _ = first
    payments, joined = tables["payments"].copy(), tables["customers"].copy()
    late = pd.to_datetime(payments["date"]) > pd.Timestamp("2024-06-30")
    payments.loc[late, "amount"] = (1.5 * payments.loc[late, "amount"]).round(2)
    joined.loc[pd.to_datetime(joined["left"]) > pd.Timestamp("2024-06-30"), "left"] = "2024-07-31"
    broken = wom.backtest(written({"customers": joined, "payments": payments}, tmp_path), BUSINESS, draws=500)
    unseen = ["low", "median", "high", *RIVALS]
    pd.testing.assert_frame_equal(broken.forecast[unseen], tested.forecast[unseen])
    assert broken.scores.loc["revenue", "inside"] == 0
    assert broken.scores.loc["revenue", "total"] == pytest.approx(1 / 1.5, abs=0.05)  # a month's noise is 2 %
    assert (broken.basis.label, broken.basis.deciding) == (OFF, "revenue")
    found = broken.calibration.tested(broken.basis)
    assert found.scenario.basis.label == "calibrated"  # only a test that was passed goes into the file
    assert "back_test" not in found.data["basis"]
    shown = exhibits.tables_tell(broken.calibration, broken)
    said = "Not back-tested: off by more than a quarter. Jul 2024 to Dec 2024 were kept from it: revenue forecast"
    assert shown.answers[0][1].startswith(f"{said} 3")
    assert shown.figures[-1].note == OFF


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
    assert "market.customers, economics.spend_per_customer and retention.retention_rate, for: Only" in why
    shown = exhibits.back_test(wom.calibrate(few, own), None, why)
    assert shown.sentence.startswith("Not back-tested: the forecast may see")
    with pytest.raises(wom.InputError, match="may see nothing after 2024-05"):
        backtest.tried(few, own, hold_out=7)


def test_naive_forecasts_are_five_and_never_below_0():
    seen = 100.0 + 2.0 * np.arange(18)
    found = backtest.naive(seen, 3)
    assert set(found) == set(RIVALS)
    for name, course in (("last", [134.0] * 3), ("last_three", [132.0] * 3), ("year_ago", [112.0, 114.0, 116.0]),
                         ("trend", [136.0, 138.0, 140.0]), ("last_year", [seen[-12:].mean()] * 3)):  # fmt: skip
        assert found[name] == pytest.approx(course)
    fallen = backtest.naive(np.array([90.0, 50.0, 10.0]), 6)  # after a launch a line falls below 0
    assert fallen["trend"].tolist() == [0.0] * 6
    assert "year_ago" not in fallen


def test_too_few_months_are_refused():
    with pytest.raises(wom.InputError, match="needs 12 months of data or more, there are 9"):
        backtest.held_out(9)
    with pytest.raises(wom.InputError, match="from 1 to 18 of 24 months, is 20"):
        backtest.held_out(24, 20)
    assert [backtest.held_out(months) for months in (12, 13, 24, 36)] == [3, 3, 6, 9]


def made(**numbers):
    """A test of one column of six months."""
    right = {"error": 0.1, "total": 1.0, "rival": "last", "rival_error": 0.1, "width": 1.5, "inside": 5}
    held = {"fitted": ("2023-01", "2023-12"), "months": ("2024-01", "2024-06")}
    return BackTest(**held, columns={"revenue": Score(**(right | numbers), months=6)})


@pytest.mark.parametrize(
    ("numbers", "label"),
    [
        ({}, BACK_TESTED),
        ({"error": 0.17}, BACK_TESTED),  # 1.25·0.1 + 0.05 = 0.175
        ({"error": 0.18}, NEARER),
        ({"total": 0.76}, BACK_TESTED),
        ({"total": 0.74, "error": 0.26, "rival_error": 0.3}, OFF),
        ({"total": 1.26, "error": 0.26, "rival_error": 0.3}, OFF),
        ({"width": 3.1}, WIDE),
        ({"inside": 2}, OUTSIDE),
        ({"inside": 3}, BACK_TESTED),
    ],
)
def test_a_forecast_passes_by_error_total_width_and_months(numbers, label):
    assert made(**numbers).label == label


def test_what_is_said_of_a_test_and_that_one_which_did_not_pass_is_not_called_back_tested():
    for error, said in ((0.06, "as the last month: 5 % off, nearer"), (0.04, "as the last month: 5 % off")):
        assert outcome(made(error=error, rival_error=0.05), "revenue").endswith(said)
    assert verdict(made()).endswith("It counts as back-tested.")
    failed = {"label": "back-tested", "months": ["2023-01", "2023-12"], "back_test": made(width=3.1).model_dump()}
    with pytest.raises(wom.InputError, match="did not pass"):
        wom.load("retailer/today").replace({"basis": failed})


def scored(seen, came, middle, reach):
    """A forecast from its middle and its band, which is so many times as wide, beside the naive ones."""
    part = pd.DataFrame({"observed": came, "low": middle / reach, "median": middle, "high": middle * reach})
    return backtest.score(part.assign(**backtest.naive(seen, len(came))))


@pytest.mark.parametrize(
    ("times", "wider", "least", "most"),
    [(1.0, 1.0, 0.8, 1.0), (1.4, 1.0, 0.0, 0.12), (0.6, 1.0, 0.0, 0.06), (1.0, 9.0, 0.0, 0.0)],
)
def test_nine_of_ten_right_forecasts_pass_and_hardly_a_wrong_one(times, wider, least, most):
    """75 forecasts of firms with noise alone: a standard error of 3 % at .9; `make bench` has others."""
    random, passed = np.random.default_rng(0), []
    for cv in (0.1, 0.15, 0.25):
        for _ in range(25):
            came = 100.0 * (1.0 + cv * random.standard_normal(24))
            tried = scored(came[:18], came[18:], np.full(6, 100.0 * times), np.exp(1.645 * cv * wider))
            passed.append(tried.label == BACK_TESTED)
    assert least <= np.mean(passed) <= most
