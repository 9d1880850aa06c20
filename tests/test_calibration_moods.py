"""The mood of a customer on a day against a plain walk through their days."""

import dataclasses

import numpy as np
import pytest
from scipy.integrate import quad

from wom.calibration import moods
from wom.calibration.moods import BAD, DAYS, GOOD, NEUTRAL, NONE_SEEN, RECOVERED, Histories, Rule

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
