"""Customers by day from tables in files: the same arrays as they were made from, and what they are taken for."""

import daily
import numpy as np
import pytest
import yaml

import wom.data
from wom.calibration import leaving, moods
from wom.calibration.calibrate import BETWEEN, compared
from wom.calibration.estimate import estimates, missing
from wom.calibration.moods import Rule
from wom.data.description import Corrections
from wom.parameters import Range

WORLD = daily.World(customers=1200, months=24, hazard=0.03, pays="purchases", ratios=(0.5, 3.0))


def loaded(folder, firm, **settings):
    described = {"from": "2021-01-01", "to": "2022-12-31"} | settings
    for name, table in firm.tables().items():
        if settings.get("contractual") is False:
            table = table.drop(columns="left", errors="ignore")
        table.to_csv(folder / f"{name}.csv", index=False)
        described[name] = {"file": f"{name}.csv"} | described.get(name, {})
    (folder / "data.yaml").write_text(yaml.safe_dump(described), encoding="utf-8")
    return wom.data.load(folder / "data.yaml")


@pytest.fixture(scope="module")
def firm():
    return daily.firm(WORLD, 3)


@pytest.fixture(scope="module")
def tables(firm, tmp_path_factory):
    return loaded(tmp_path_factory.mktemp("firm"), firm)


@pytest.fixture(scope="module")
def known(tables):
    return moods.followed(tables)


def test_tables_in_files_give_the_histories_they_were_written_from(firm, known):
    for name in ("end", "left", "joined", "who", "day", "kind"):
        assert (getattr(known.histories, name) == getattr(firm.histories, name)).all(), name
    assert known.paid.amount.sum() == pytest.approx(firm.amount.sum())
    assert known.people["pay"].notna().sum() == len(np.unique(firm.payer))
    assert known.people["pay"].sum() == pytest.approx(firm.amount.sum())


def test_who_does_not_say_when_they_leave_is_followed_between_purchases(firm, tmp_path):
    found = moods.followed(loaded(tmp_path, firm, contractual=False))
    known, paid = found.histories, found.paid
    assert not known.left.any()
    first, last = np.full(known.size, 10**9), np.full(known.size, -1)
    np.minimum.at(first, paid.who, paid.day)
    np.maximum.at(last, paid.who, paid.day)
    bought = last >= 0
    assert (known.end[bought] == last[bought] - 1).all()
    assert (known.start[bought] == np.fmax(first + 1, np.fmax(known.joined, known.first))[bought]).all()
    assert (known.end < known.start)[~bought].all()


def test_of_many_customers_some_are_drawn_and_it_is_said(tables, known, monkeypatch):
    monkeypatch.setattr(moods, "CUSTOMERS", 200)
    some = moods.followed(tables)
    step = -(-known.histories.size // 200)
    assert some.histories.size == -(-known.histories.size // step)
    assert some.said == f"Moods are compared in one of {step} customers, taken evenly."
    assert (some.histories.end == known.histories.end[::step]).all()


def test_the_figures_come_from_the_tables(tables, known):
    found, left = compared(tables, known, {})
    told = estimates(found)
    for key, truth in zip(leaving.RATIOS, WORLD.ratios, strict=True):
        assert told[key].low / 1.2 < truth < told[key].high * 1.2  # 90 % intervals, and a fifth beyond them
    assert left is not None
    assert len(left.table) == 6
    assert "spend_uplift" in told


def test_a_survey_needs_to_know_what_nobody_answered(known):
    known, asked = known.histories, {"experience.contacts_per_month": 2.0}
    unknown = moods.rule_of(known, "survey", Corrections(), {})
    assert unknown == moods.UNTOLD.format("an unknown part")
    assert "Answers hold 30 % of the contacts" in moods.rule_of(known, "survey", Corrections(), asked)
    exact = Corrections(answer_good=1.0, answer_bad=2.0)
    rule = moods.rule_of(known, "survey", exact, asked)
    seen = np.bincount(known.kind, minlength=4) / known.months
    likely = seen / [1.0, 1.0, 2.0, 2.0]
    true = 2.0 * likely / likely.sum()
    assert rule.unseen == pytest.approx((true[1] - seen[1], true[2] - seen[2]))
    assert moods.rules_of(known, "survey", exact, asked) == (rule,)
    ranged = Corrections(answer_good=1.0, answer_bad=Range(1.0, 2.0, 4.0))
    bad = np.array([one.unseen[1] for one in moods.rules_of(known, "survey", ranged, asked)])
    assert bad.min() < rule.unseen[1] < bad.max()  # the likelier the angry answer, the fewer of them are unseen
    assert moods.rule_of(known, "all", Corrections(), {}) == Rule()
    few = {"experience.contacts_per_month": 0.61}
    assert moods.rule_of(known, "survey", Corrections(), few) == Rule()  # nearly all answered


def test_a_yearly_survey_asks_how_customers_feel_and_is_shown_but_not_used(tmp_path):
    firm = daily.firm(WORLD.but(survey="june", customers=800), 5)
    tables = loaded(tmp_path, firm, experiences={"covers": "survey"})
    known = firm.histories
    assert moods.rule_of(known, "survey", Corrections(), {}) == Rule(asks=True)
    own = {f"experience.{name}": value for name, value in
           (("contacts_per_month", 0.6), ("good_share", 0.3), ("bad_share", Range(0.1, 0.15, 0.2)))}  # fmt: skip
    assert moods.rule_of(known, "survey", Corrections(), own).unseen == pytest.approx((0.18, 0.09))
    found = wom.calibrate(tables, {})
    assert missing(found.evaluated.found)[leaving.MEMORY].why == leaving.BETWEEN
    shown = found.table.index.intersection(leaving.RATIOS)
    assert len(shown) == 2
    assert not set(shown) & set(found.used)
    for key in shown:
        assert found.unknown.loc[key, "why"] == BETWEEN
        assert found.unknown.loc[key, "from"] == "the evidence"
        row = found.table.loc[key]
        assert row["note"].startswith(BETWEEN)
        assert not row.used
        assert row.data_high / row.data_low > row.high / row.low  # what was published went in as well
