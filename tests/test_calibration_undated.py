"""Tables without dates: months since joining beside a flag, and a survey that was held once."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import wom
from wom import exhibits
from wom.calibration import retention
from wom.calibration.estimate import Estimate, estimates, missing

SPAN = {"from": "2024-01-01", "to": "2024-12-31"}


def customers(folder, chance, size=4000, survivors=False):
    """Who joined over 40 months and leaves with the same chance each month, as they are known on one day."""
    random = np.random.default_rng(0)
    since = random.integers(1, 41, size)
    leaves = random.geometric(chance, size)
    gone = leaves <= since
    table = pd.DataFrame({"months": np.minimum(leaves, since), "gone": np.where(gone, "Yes", "No")})
    (table[~gone] if survivors else table).to_csv(folder / "tenures.csv", index=False)
    return {"tenures": {"file": str(folder / "tenures.csv"), "holds": "everybody"}} | SPAN


def test_months_since_joining_and_a_flag_tell_who_stays_if_it_is_said_who_is_in_the_table(tmp_path):
    described = customers(tmp_path, 0.02)
    found = wom.calibrate(described, {})
    one = found.used["retention.retention_rate"]
    assert one.low < 0.98 < one.high
    assert one.high - one.low < 0.004  # some 1,200 who left: 1.645·.02/√1200 on both sides
    assert found.evaluated.curve is not None
    del described["tenures"]["holds"]
    with pytest.raises(wom.InputError, match="must say whom the table holds: everybody"):
        wom.calibrate(described, {})
    described["tenures"]["holds"] = "last_month"
    table = pd.read_csv(tmp_path / "tenures.csv")
    one = wom.calibrate(described, {}).used["retention.retention_rate"]
    assert one.central == pytest.approx((table["gone"] == "No").mean(), abs=1e-3)
    stayed = wom.calibrate(customers(tmp_path, 0.02, survivors=True), {})
    assert "retention.retention_rate" not in stayed.used
    assert "holds only those who stayed" in stayed.unknown.loc["retention.retention_rate", "why"]


def test_a_score_beside_a_flag_gives_shares_and_no_effect(tmp_path):
    random = np.random.default_rng(1)
    score = random.choice([1, 2, 3, 4, 5], 3000, p=[0.05, 0.1, 0.25, 0.3, 0.3])
    pd.DataFrame({"rating": score, "gone": np.where(score <= 2, 1, 0)}).to_csv(tmp_path / "a.csv", index=False)
    stated = dict.fromkeys(("answer_good", "answer_bad"), 1.0)
    described = {"answers": {"file": str(tmp_path / "a.csv"), "rule": "csat"}, "corrections": stated} | SPAN
    found = wom.calibrate(described, {})
    good, bad = (found.used[f"experience.{name}_share"] for name in ("good", "bad"))
    assert good.low < 0.6 < good.high
    assert bad.low < 0.15 < bad.high
    for mood in ("delighted", "disappointed"):
        assert "so what goes together is no effect" in found.unknown.loc[f"retention.{mood}_hazard_ratio", "why"]


def test_a_survey_without_dates_counts_who_was_asked_and_said_nothing(tmp_path):
    scores = ["9"] * 20 + ["3"] * 10 + ["7"] * 20 + [""] * 150
    (tmp_path / "a.csv").write_text("\n".join(["rating,row", *(f"{score},{n}" for n, score in enumerate(scores))]))
    found = wom.calibrate({"answers": {"file": str(tmp_path / "a.csv"), "rule": "nps"}} | SPAN, {})
    assert any("Of answers, 75 % of the rows have no answer" in said for said in found.warnings)
    assert found.used["experience.bad_share"].rows == 50
    assert found.used["experience.good_share"].central == pytest.approx(0.4, abs=0.02)
    assert "not stated" in found.used["experience.good_share"].note  # as of a survey with dates


# --- by account, by reason, by who was brought -------------------------------------------------------------------


def test_accounts_by_year_tell_who_comes_stays_and_pays(tmp_path):
    """Five years of contracts that stay with .8, of whom 300 come each year and pay 120 each on average."""
    random, rows, there, size = np.random.default_rng(3), [], np.arange(1500), 1500
    for year in range(2019, 2024):
        rows += [(who, year, random.gamma(4.0, 30.0)) for who in there]
        there = np.append(there[random.random(len(there)) < 0.8], np.arange(size, size + 300))
        size += 300
    pd.DataFrame(rows, columns=["id", "year", "revenue"]).to_csv(tmp_path / "a.csv", index=False)
    span = {"from": "2019-01", "to": "2023-12"}
    found = wom.calibrate({"accounts": {"file": str(tmp_path / "a.csv")}} | span, {})
    used, last = found.used, [row for row in rows if row[1] == 2023]
    assert used["market.customers"].range == (len(last),) * 3
    for key, truth in (("retention.retention_rate", 0.8 ** (1 / 12)), ("economics.spend_per_customer", 10.0),
                       ("market.new_customers_per_month", 25.0)):  # fmt: skip
        assert used[key].low < truth < used[key].high
        assert used[key].high / used[key].low < 1.25  # 300 newcomers: ±10 %
    grown = found.evaluated.growth
    before = sum(paid for _, year, paid in rows if year == 2022)
    assert grown.before == pytest.approx(before)
    assert grown.same_customers / before == pytest.approx(0.8, abs=0.05)  # 1,500 who pay 120 ± 60
    said = f"Customers of the year before brought {100 * grown.same_customers / before:.3g} % of its revenue again"
    assert exhibits.also_told(found).sentence == said
    alone = wom.calibrate({"accounts": {"file": str(tmp_path / "a.csv")}, "from": "2023-01", "to": "2023-12"}, {})
    assert set(alone.used) == {"market.customers", "economics.spend_per_customer"}


def test_reasons_for_leaving_are_a_bound_that_allows_who_said_nothing_any(tmp_path):
    words = ["bad_service"] * 30 + ["other"] * 70 + [""] * 100
    pd.DataFrame({"reason": words}).to_csv(tmp_path / "r.csv")
    found = wom.calibrate({"reasons": {"file": str(tmp_path / "r.csv")}} | SPAN, {})
    low, middle, high = found.table.loc["left_for_bad_service", ["low", "central", "high"]]
    assert middle == pytest.approx(0.3, abs=0.01)
    assert low < 30 / 200
    assert high > 130 / 200
    assert "left_for_bad_service" not in found.used
    silent = retention.reasons(pd.DataFrame({"why": ["none"], "count": [9]}))
    assert silent.why == "Nobody who left gave a reason."


def test_referrals_tell_the_share_of_newcomers_where_these_are_known(tmp_path):
    random = np.random.default_rng(4)
    made = pd.DataFrame({"made": random.poisson(random.gamma(0.3, 0.4 / 0.3, 2000)), "months": 10.0, "count": 1})
    known = [
        Estimate(key, low, middle, high, "Known.", 1)
        for key, low, middle, high in (
            ("market.customers", 5000, 5000, 5000), ("market.new_customers_per_month", 900, 1000, 1100),
            ("experience.contacts_per_month", 0.9, 1.0, 1.1), ("experience.good_share", 0.2, 0.25, 0.3),
            ("word_of_mouth.reach_good", 7, 8, 9),
        )
    ]  # fmt: skip
    found = estimates(retention.referrals(made, 24, known))
    rate = found["referrals_per_customer_month"]
    assert rate.low < 0.04 < rate.high
    # who brings anybody differs: the variance of a negative binomial over its mean
    assert rate.high / rate.low > np.exp(2 * 1.645 * np.sqrt((1 + 0.4 / 0.3) / 800)) * 0.9
    assert found["market.referral_share"].central == pytest.approx(rate.central * 5)
    assert found["told_who_became_customers"].central == pytest.approx(rate.central / 2)
    assert "market.referral_share" not in estimates(retention.referrals(made, 24, known[1:]))
    many = missing(retention.referrals(made.assign(made=made["made"] * 10), 24, known))
    assert many["market.referral_share"].why == "More were brought than there were."


def test_a_score_and_earned_growth_stand_beside_the_scenario(tmp_path):
    scores = np.repeat(np.arange(11), [4, 1, 2, 2, 3, 8, 10, 30, 60, 50, 80])
    pd.DataFrame({"rating": scores}).to_csv(tmp_path / "a.csv")
    tables = Path(wom.files.find("retailer/today")).parent / "tables"
    files = {name: {"file": str(tables / f"{name}.csv")} for name in ("customers", "payments")}
    described = files | {"answers": {"file": str(tmp_path / "a.csv"), "rule": "nps"}}
    months = {"from": "2023-01-01", "to": "2024-12-31", "business": str(tables / "business.yaml")}
    found = wom.calibrate(described | months)
    shown = exhibits.also_told(found).data["Found"]
    assert shown["Net Promoter Score"] == "40"
    paid, who = (pd.read_csv(tables / f"{name}.csv") for name in ("payments", "customers"))
    year = paid["date"].str[:4]
    old = paid["id"].isin(who.loc[who["joined"] < "2024", "id"])
    kept = paid.loc[(year == "2024") & old, "amount"].sum() / paid.loc[year == "2023", "amount"].sum()
    assert shown["Net revenue retention"] == f"{kept:.1%}".replace("%", " %")
    grown = found.evaluated.growth
    told = set(who.loc[(who["joined"] >= "2024") & (who["came_by"] == "recommendation"), "id"])
    assert grown.recommended == pytest.approx(paid.loc[(year == "2024") & paid["id"].isin(told), "amount"].sum())
    assert shown.index.tolist()[-2:] == ["Net Promoter Score", "A point of it"]
