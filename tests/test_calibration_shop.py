"""A shop as shops are: contacts come with purchases, seasons bring more of both, and moods change nothing."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

import wom.data
from wom.calibration.calibrate import evaluate
from wom.calibration.estimate import estimates, missing

CUSTOMERS, MONTHS = 600, pd.period_range("2023-01", "2024-12", freq="M")
KEYS = ("spend_uplift", "spend_cut")


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Three visits a month, each paid for; every third is rated. December has more visits, and worse service."""
    folder, random = tmp_path_factory.mktemp("shop"), np.random.default_rng(11)
    usual = random.gamma(4, 3 / 4, CUSTOMERS)
    paid, rated = [], []
    for place, month in enumerate(MONTHS):
        season = np.cos(2 * np.pi * (place + 1) / 12)
        visits = random.poisson(usual * (1 + 0.5 * season))
        who = np.repeat(np.arange(CUSTOMERS), visits)
        date = month.start_time + pd.to_timedelta(random.integers(0, month.days_in_month, len(who)), unit="D")
        paid.append(pd.DataFrame({"id": who, "date": date, "amount": random.gamma(6, 5, len(who)).round(2)}))
        bad = 0.08 * (1 + 0.8 * season)
        kind = random.choice(["good", "bad", "neutral"], len(who), p=[0.25, bad, 0.75 - bad])
        rating = pd.DataFrame({"id": who, "date": date, "kind": kind})
        rated.append(rating[random.random(len(who)) < 1 / 3])
    customers = pd.DataFrame({"id": np.arange(CUSTOMERS), "joined": "2020-01-01", "left": None})
    customers.loc[: CUSTOMERS // 50, "left"] = "2024-12-31"  # a table in which nobody ever leaves is refused
    described = {"currency": "EUR", "from": "2023-01-01", "to": "2024-12-31", "contractual": True}
    for name, table in (
        ("customers", customers),
        ("payments", pd.concat(paid)),
        ("experiences", pd.concat(rated)),
    ):
        table.to_csv(folder / f"{name}.csv", index=False)
        described[name] = {"file": f"{name}.csv"}
    (folder / "data.yaml").write_text(yaml.safe_dump(described), encoding="utf-8")
    return wom.data.load(folder / "data.yaml")


def test_visits_and_seasons_are_not_taken_for_moods(shop):
    found = estimates(evaluate(shop, {}, "consumer").found)
    for key in KEYS:
        assert found[key].low < 0.0 < found[key].high  # the truth; the seed was not chosen for it
        assert found[key].high - found[key].low < 0.3


def test_moods_of_those_who_did_not_answer_are_not_known_and_that_is_said(shop):
    described = yaml.safe_load(Path(shop.description.file).read_text(encoding="utf-8"))
    described["experiences"]["covers"] = "survey"
    file = Path(shop.description.file).with_name("survey.yaml")
    file.write_text(yaml.safe_dump(described), encoding="utf-8")
    found = evaluate(wom.data.load(file), {}, "consumer").found
    for key in KEYS:
        assert missing(found)[key].why.startswith("Answers hold an unknown part of the contacts")
    told = evaluate(wom.data.load(file), {"experience.contacts_per_month": 3.0}, "consumer").found
    for key in KEYS:
        assert missing(told)[key].why.startswith("Answers hold 34 % of the contacts")
    described["corrections"] = {"answer_good": 1.0, "answer_bad": 1.0}
    file.write_text(yaml.safe_dump(described), encoding="utf-8")
    known = estimates(evaluate(wom.data.load(file), {"experience.contacts_per_month": 3.0}, "consumer").found)
    for key in KEYS:
        assert known[key].low < 0.0 < known[key].high  # the truth
