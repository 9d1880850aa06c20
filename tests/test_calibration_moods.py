"""Customers by day: moods against a plain walk through the days, and histories from tables in files."""

import dataclasses

import daily
import numpy as np
import pytest
from own_tables import described
from scipy.integrate import quad

import wom
import wom.data
from wom.calibration import leaving, moods
from wom.calibration.calibrate import BETWEEN, compared
from wom.calibration.estimate import estimates, missing
from wom.calibration.moods import BAD, DAYS, GOOD, NEUTRAL, NONE_SEEN, RECOVERED, Histories, Rule
from wom.data.description import Corrections
from wom.parameters import Range

RULES = (
    Rule(),
    Rule(offset=0.4),
    Rule(asks=True),
    Rule(offset=0.7, unseen=(0.05, 0.02)),
)


def some(seed, customers=12, days=400, contacts=60):
    """Customers with contacts at random, some of whom joined late or left."""
    random = np.random.default_rng(seed)
    who = np.sort(random.integers(0, customers, contacts))
    day = random.integers(0, days, contacts)
    order = np.lexsort((day, who))
    joined = random.integers(-300, 200, customers).astype(float)
    joined[0] = np.nan
    left = random.random(customers) < 0.5
    end = np.where(left, random.integers(200, days, customers), days - 1)
    return Histories(0, days - 1, joined, end, left, who, day[order], random.integers(0, 4, contacts),
                     np.zeros(customers, dtype=np.int64))  # fmt: skip


def slowly(known, rule, rates, memory, customer, day, given_dates=None):
    """(a₊, a₋) on a day, event by event; `given_dates` holds the shares of contacts for what dates predict."""
    theta = 1.0 / memory + sum(rule.unseen)
    rest = np.array(rule.unseen) / theta
    state = rates / (1.0 / memory + rates.sum()) if known.before[customer] else np.zeros(2)
    now = known.start[customer]
    for when, kind in zip(known.day[known.who == customer], known.kind[known.who == customer], strict=True):
        if when >= day:
            break
        state = rest + (state - rest) * np.exp(-theta * (when - now) / DAYS)
        now = when
        keeps = rule.offset if kind == RECOVERED and not rule.asks else 0.0
        if given_dates is not None:
            good, bad, put_right = given_dates
            worse = bad + (1.0 if rule.asks else 1.0 - rule.offset) * put_right
            keep = 0.0 if rule.asks else 1.0 - good - worse
            state = np.array([good, worse]) + keep * state
        elif kind == NEUTRAL and not rule.asks:
            continue
        else:
            state = keeps * state + (1.0 - keeps) * np.array([kind == GOOD, kind in (BAD, RECOVERED)], dtype=float)
    return rest + (state - rest) * np.exp(-theta * (day - now) / DAYS)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("seed", range(2))
def test_moods_are_those_of_a_walk_from_day_to_day(rule, seed):
    known = some(seed)
    random = np.random.default_rng(seed)
    who, day = random.integers(0, known.size, 50), random.integers(0, 400, 50)
    day = np.maximum(day, known.start[who])
    own = moods.course(known, rule)
    weight = random.random(known.size)
    heavy = np.bincount(known.kind, weight[known.who], minlength=4) / weight[known.who].sum()
    dates = moods.expected(known, rule, weight)
    found, predicted = own.at(own.locate(who, day), 5.0), dates.at(dates.locate(who, day), 5.0)
    for place, (customer, when) in enumerate(zip(who, day, strict=True)):
        # the same sums in another order
        walked = slowly(known, rule, own.rates, 5.0, customer, when)
        assert found[:, place] == pytest.approx(walked, abs=1e-12)
        by_dates = slowly(known, rule, own.rates, 5.0, customer, when, heavy[[GOOD, BAD, RECOVERED]])
        assert predicted[:, place] == pytest.approx(by_dates, abs=1e-12)


def felt_bad(day, last):
    """One customer, from the first day on, who felt bad on a day."""
    return Histories(0, last, np.array([0.0]), np.array([last]), np.array([False]), np.array([0]), np.array([day]),
                     np.array([BAD]), np.array([0]))  # fmt: skip


def test_a_contact_counts_from_the_day_after_it():
    own = moods.course(felt_bad(40, 99))
    on_the_day, after = own.at(own.locate(np.zeros(2, dtype=np.int64), np.array([40, 41])), 6.0)[1]
    assert on_the_day == 0.0
    assert after == pytest.approx(np.exp(-1.0 / DAYS / 6.0))


def test_who_is_still_there_is_less_likely_to_feel_what_makes_people_leave():
    own, memory, excess, months = moods.course(felt_bad(100, 999)), 6.0, 0.05, 300 / DAYS
    found = own.at(own.locate(np.array([0]), np.array([400])), memory, (0.0, excess))[1, 0]
    # felt for s months, then not: the chance of each and of being there, of which x·s is lost on the way
    felt = np.exp(-(1.0 / memory + excess) * months)
    forgot, _ = quad(lambda s: np.exp(-(1.0 / memory + excess) * s) / memory, 0.0, months)
    assert found == pytest.approx(felt / (felt + forgot), rel=1e-9)


def test_classes_of_recency_and_tenure():
    known = Histories(0, 2000, np.array([0.0, np.nan]), np.array([2000, 2000]), np.zeros(2, bool), np.array([0]),
                      np.array([100]), np.array([GOOD]), np.zeros(2, dtype=np.int64))  # fmt: skip
    who = np.zeros(5, dtype=np.int64)
    assert known.recency(who, np.array([100, 101, 131, 300, 2000])).tolist() == [NONE_SEEN, 0, 1, 3, 4]
    assert known.tenure(who, np.array([1, 91, 92, 730, 731])).tolist() == [0, 0, 1, 3, 4]
    assert known.tenure(np.array([1]), np.array([5])).tolist() == [4]


def test_some_of_the_customers_have_the_moods_they_had():
    known = some(5)
    chosen = np.arange(known.size) % 2 == 0
    part = known.subset(chosen)
    who = np.flatnonzero(chosen)
    day = np.full(len(who), 350)
    before, after = moods.course(known), moods.course(part)
    found = after.at(after.locate(np.arange(len(who)), day), 6.0)
    same = dataclasses.replace(before, rates=after.rates)  # rates are those of all in each
    assert found == pytest.approx(same.at(same.locate(who, day), 6.0), abs=1e-12)


# --- histories from files -------------------------------------------------------------------------------------

WORLD = daily.World(customers=1200, months=24, hazard=0.03, pays="purchases", ratios=(0.5, 3.0))


def loaded(folder, firm, **settings):
    frames = firm.tables()
    if settings.get("contractual") is False:
        del frames["customers"]["left"]
    return wom.data.load(described(folder, frames, **{"from": "2021-01-01", "to": "2022-12-31"} | settings))


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
