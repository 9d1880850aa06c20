"""Tables without dates: months since joining beside a flag, and a survey that was held once."""

import numpy as np
import pandas as pd
import pytest

import wom

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


def test_months_since_joining_and_a_flag_tell_who_stays(tmp_path):
    found = wom.calibrate(customers(tmp_path, 0.02), {})
    one = found.used["retention.retention_rate"]
    assert one.low < 0.98 < one.high
    assert one.high - one.low < 0.004  # some 1,200 who left: 1.645·.02/√1200 on both sides
    assert found.evaluated.curve is not None


def test_who_is_in_the_table_must_be_said(tmp_path):
    described = customers(tmp_path, 0.02)
    del described["tenures"]["holds"]
    with pytest.raises(wom.InputError, match="must say whom the table holds: everybody"):
        wom.calibrate(described, {})
    described["tenures"]["holds"] = "last_month"
    table = pd.read_csv(tmp_path / "tenures.csv")
    one = wom.calibrate(described, {}).used["retention.retention_rate"]
    assert one.central == pytest.approx((table["gone"] == "No").mean(), abs=1e-3)


def test_a_table_of_those_who_stayed_is_refused(tmp_path):
    found = wom.calibrate(customers(tmp_path, 0.02, survivors=True), {})
    assert "retention.retention_rate" not in found.used
    assert "holds only those who stayed" in found.unknown.loc["retention.retention_rate", "why"]


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


def test_a_survey_without_dates_is_not_mistaken_for_one_with(tmp_path):
    pd.DataFrame({"kind": ["good"] * 30 + ["bad"] * 9 + ["neutral"] * 61}).to_csv(tmp_path / "a.csv", index=False)
    found = wom.calibrate({"answers": {"file": str(tmp_path / "a.csv")}} | SPAN, {})
    assert found.used["experience.good_share"].central == pytest.approx(0.3, abs=0.02)
    assert "not stated" in found.used["experience.good_share"].note


def test_who_was_asked_and_said_nothing_is_counted_and_not_rejected(tmp_path):
    scores = ["9"] * 20 + ["3"] * 10 + ["7"] * 20 + [""] * 150
    (tmp_path / "a.csv").write_text("\n".join(["rating,row", *(f"{score},{n}" for n, score in enumerate(scores))]))
    found = wom.calibrate({"answers": {"file": str(tmp_path / "a.csv"), "rule": "nps"}} | SPAN, {})
    assert any("Of answers, 75 % of the rows have no answer" in said for said in found.warnings)
    assert found.used["experience.bad_share"].rows == 50
