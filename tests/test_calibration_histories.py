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

WORLD = daily.World(customers=400, months=24, hazard=0.03, pays="purchases", ratios=(0.5, 3.0))


def loaded(folder, firm, **settings):
    described = {"from": "2021-01-01", "to": "2022-12-31"} | settings
    for name, table in firm.tables().items():
        table = (
            table.drop(columns="left") if name == "customers" and settings.get("contractual") is False else table
        )
        table.to_csv(folder / f"{name}.csv", index=False)
        described[name] = {"file": f"{name}.csv"} | described.get(name, {})
    (folder / "data.yaml").write_text(yaml.safe_dump(described), encoding="utf-8")
    return wom.data.load(folder / "data.yaml")


def test_tables_in_files_give_the_histories_they_were_written_from(tmp_path):
    firm = daily.firm(WORLD, 0)
    found, known = moods.followed(loaded(tmp_path, firm)), firm.histories
    for name in ("end", "left", "joined"):
        assert (getattr(found.histories, name) == getattr(known, name)).all(), name
    for name in ("who", "day", "kind"):
        assert (getattr(found.histories, name) == getattr(known, name)).all(), name
    paid = found.paid
    assert paid.amount.sum() == pytest.approx(firm.amount.sum())
    assert found.people["pay"].notna().sum() == len(np.unique(firm.payer))
    assert found.people["pay"].sum() == pytest.approx(firm.amount.sum())


def test_who_does_not_say_when_they_leave_is_followed_between_purchases(tmp_path):
    firm = daily.firm(WORLD, 1)
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


def test_of_many_customers_some_are_drawn_and_it_is_said(tmp_path, monkeypatch):
    tables = loaded(tmp_path, daily.firm(WORLD, 2))
    every = moods.followed(tables)
    monkeypatch.setattr(moods, "CUSTOMERS", 200)
    some = moods.followed(tables)
    step = -(-every.histories.size // 200)
    assert some.histories.size == -(-every.histories.size // step)
    assert some.said == f"Moods are compared in one of {step} customers, taken evenly."
    assert (some.histories.end == every.histories.end[::step]).all()


def test_the_figures_come_from_the_tables(tmp_path):
    tables = loaded(tmp_path, daily.firm(WORLD.but(customers=1200), 3))
    found, left = compared(tables, moods.followed(tables), {})
    told = estimates(found)
    for key, truth in zip(leaving.RATIOS, WORLD.ratios, strict=True):
        assert told[key].low / 1.2 < truth < told[key].high * 1.2  # 90 % intervals, and a fifth beyond them
    assert left is not None
    assert len(left.table) == 6
    assert "spend_uplift" in told


def test_a_survey_needs_to_know_what_nobody_answered(tmp_path):
    firm = daily.firm(WORLD, 4)
    known = moods.followed(loaded(tmp_path, firm)).histories
    asked = {"experience.contacts_per_month": 2.0}
    unknown = moods.rule_of(known, "survey", Corrections(), {})
    assert unknown == moods.UNTOLD.format("an unknown part")
    assert "Answers hold 29 % of the contacts" in moods.rule_of(known, "survey", Corrections(), asked)
    rule = moods.rule_of(known, "survey", Corrections(answer_good=1.0, answer_bad=2.0), asked)
    seen = np.bincount(known.kind, minlength=4) / known.months
    likely = seen / [1.0, 1.0, 2.0, 2.0]
    true = 2.0 * likely / likely.sum()
    assert rule.unseen == pytest.approx((true[1] - seen[1], true[2] - seen[2]))
    ranged = Corrections(answer_good=1.0, answer_bad=Range(1.0, 2.0, 4.0))
    rules = moods.rules_of(known, "survey", ranged, asked)
    bad = np.array([one.unseen[1] for one in rules])
    assert bad.min() < rule.unseen[1] < bad.max()  # the likelier the angry answer, the fewer of them are unseen
    assert moods.rules_of(known, "survey", Corrections(answer_good=1.0, answer_bad=2.0), asked) == (rule,)
    assert moods.rule_of(known, "all", Corrections(), {}) == Rule()
    few = {"experience.contacts_per_month": 0.61}
    assert moods.rule_of(known, "survey", Corrections(), few) == Rule()  # nearly all answered


def test_a_yearly_survey_asks_how_customers_feel(tmp_path):
    world = WORLD.but(survey="june", customers=800)
    tables = loaded(tmp_path, daily.firm(world, 5), experiences={"covers": "survey"})
    known = moods.followed(tables).histories
    assert moods.rule_of(known, "survey", Corrections(), {}) == Rule(asks=True)
    own = {f"experience.{name}": value for name, value in
           (("contacts_per_month", 0.6), ("good_share", 0.3), ("bad_share", Range(0.1, 0.15, 0.2)))}  # fmt: skip
    assert moods.rule_of(known, "survey", Corrections(), own).unseen == pytest.approx((0.18, 0.09))
    found, _ = compared(tables, moods.followed(tables), {})
    assert missing(found)[leaving.MEMORY].why == leaving.BETWEEN
    assert all(one.note.startswith(BETWEEN) for one in estimates(found).values() if "ratio" in one.key)


def test_a_range_that_is_too_near_to_no_difference_is_shown_and_not_used(tmp_path):
    firm = daily.firm(WORLD.but(survey="june", customers=800), 5)
    tables = loaded(tmp_path, firm, experiences={"covers": "survey"})
    found = wom.calibrate(tables, {})
    shown = found.table.index.intersection(leaving.RATIOS)
    assert len(shown) == 2
    assert not set(shown) & set(found.used)
    for key in shown:
        assert found.unknown.loc[key, "why"] == BETWEEN
        assert found.unknown.loc[key, "from"] == "the evidence"
        row = found.table.loc[key]
        assert not row.used
        assert row.data_high / row.data_low > row.high / row.low  # what was published went in as well
