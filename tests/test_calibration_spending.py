"""Spending by mood within customers: exact without chance, firms whose truth is known, bills, refusals."""

import daily
import numpy as np
import pytest

from wom.calibration import moods, spending
from wom.calibration.estimate import Missing, estimates, missing
from wom.calibration.moods import Bills, Histories

SMALL = daily.World(customers=1500, months=24, hazard=0.012)
MEMORY = np.full(10, 6.0)


def effect(world, seed, memory=MEMORY):
    firm = daily.firm(world, seed)
    paid = firm.bills
    return spending.effect(firm.histories, paid, memory, (daily.rule(world),), seed)


def test_spending_without_chance_gives_the_effect_exactly():
    """Bills of each month that are what the mood of the day makes of them, with levels and seasons."""
    firm = daily.firm(SMALL.but(pays="monthly", customers=300), 0)
    known, paid = firm.histories, firm.bills
    own = moods.course(known)
    mood = own.at(own.locate(paid.who, paid.day), 6.0)
    season = 1.0 + 0.3 * np.cos(paid.day.astype("datetime64[D]").astype("datetime64[M]").astype(int))
    level = np.random.default_rng(0).gamma(2.0, 10.0, known.size)
    amount = level[paid.who] * season * (1.0 + 0.15 * mood[0] - 0.25 * mood[1])
    found = spending.effect(known, Bills(paid.who, paid.day, amount), MEMORY)
    assert found.size == pytest.approx([0.15, 0.25], abs=2e-4)  # the factors of months settle to 1e-4


@pytest.mark.parametrize(
    ("changes", "sizes"),
    [
        ({"pays": "purchases"}, (0.1, 0.2)),
        ({"pays": "visits", "richer": True}, (0.0, 0.0)),
        ({"pays": "monthly"}, (0.1, 0.2)),
        ({"pays": "yearly", "calendar": "january", "survey": "attitude", "months": 36}, (0.1, 0.2)),
    ],
)
def test_the_effect_is_found_and_none_where_there_is_none(changes, sizes):
    one = effect(SMALL.but(uplift=sizes[0], cut=sizes[1], **changes), 1)
    error = np.sqrt(np.diag(one.covariance))
    assert (np.abs(one.size - sizes) < 3.5 * error).all()  # once in 2,000 each
    assert (error < 0.06).all()


def test_without_what_dates_predict_visits_would_pass_for_moods(monkeypatch):
    """Why moods are centred: who is in contact because they buy buys more after any contact."""
    worlds = SMALL.but(pays="visits", richer=True)
    centred = effect(worlds, 2)
    monkeypatch.setattr(spending.moods, "expected", lambda known, rule, _: _nothing(known, rule))
    plain = effect(worlds, 2)
    assert np.abs(plain.size - centred.size).max() > 2.0 * np.sqrt(centred.covariance.diagonal()).max()
    assert centred.naive[0, 0] > 0.2  # and the comparison between customers is far off


def _nothing(known, rule):
    none = Histories(known.first, known.last, np.full(known.size, float(known.first)), known.end, known.left,
                     *(np.empty(0, np.int64),) * 3, known.segment)  # fmt: skip
    return moods.course(none, rule)


# --- bills ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("pays", "gap", "same"), [("purchases", 0, 0), ("monthly", 30.4, 0), ("fixed", 365, 1)])
def test_regular_bills_are_told_from_purchases(pays, gap, same):
    found = spending.billing(daily.firm(SMALL.but(pays=pays, months=36, customers=200), 3).bills)
    assert found == pytest.approx((gap, same), abs=1.0)


# --- refusals -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"pays": "fixed", "calendar": "anniversaries", "months": 36}, spending.FIXED),
        ({"customers": 4, "hazard": 0.0001}, spending.ALONE.format("customers paid three times")),
        (
            {"contacts": 1e-9, "customers": 60, "hazard": 0.001},
            spending.ALONE.format("customers changed their mood"),
        ),
        ({"shares": (0.0, 1.0, 0.0), "customers": 100, "hazard": 0.001}, spending.NOBODY),  # all went alike
    ],
)
def test_what_cannot_be_compared_is_refused(changes, why):
    assert effect(SMALL.but(**{"pays": "purchases"} | changes), 0) == why
    assert {one.why for one in missing(spending.spending(why)).values()} == {why}


def test_a_mood_that_nobody_had_is_missing_and_the_other_is_told():
    world = SMALL.but(pays="purchases", shares=(0.4, 0.0, 0.0), customers=300)
    found = spending.spending(effect(world, 0))
    assert "spend_uplift" in estimates(found)
    assert isinstance(found[1], Missing)
    assert "customers were disappointed" in found[1].why


# --- figures of a scenario ------------------------------------------------------------------------------------

SEEN = spending.Effect(np.array([0.10, 0.10]), np.eye(2) * 1e-4, 900, np.array([300, 80]),
                       np.array([[0.1, 0.2, 0.3], [0.0, 0.1, 0.2]]))  # fmt: skip


@pytest.mark.parametrize(
    ("own", "causal", "buyers"),
    [
        ({}, 0.7, 0.42),
        ({"experience.causal_share": 0.5}, 0.5, 0.42),
        ({"experience.causal_share": 0.5, "spending.uplift_share": 0.25}, 0.5, 0.25),
    ],
)
def test_what_is_identified_is_the_product_and_the_translation_says_so(own, causal, buyers):
    found = estimates(spending.spending(SEEN, given=own))
    assert found["spending.uplift_size"].central == pytest.approx(0.10 / causal / buyers, rel=1e-3)
    assert found["spending.disappointed_cut"].central == pytest.approx(0.10 / causal, rel=1e-3)
    note = found["spending.uplift_size"].note
    assert f"{causal:g} (how much of an effect is caused; from" in note
    assert spending.TAKEN in note
    assert found["naive_spend_uplift"].note == spending.WRONG


def test_a_business_that_thinks_nothing_is_caused_keeps_its_own_figures():
    lacking = missing(spending.spending(SEEN, given={"experience.causal_share": 0.0}))
    assert set(lacking) == {"spending.uplift_size", "spending.disappointed_cut"}


@pytest.mark.parametrize("size", [-0.1, 0.0, 0.05])
def test_an_effect_beyond_its_bounds_stays_within_them_with_a_width(size):
    low, central, high = spending.within(size, 0.05, 0.0, 1.0)
    assert 0.0 <= low <= central < high
    assert low == 0.0  # what allows no effect has it in its interval
    mirrored = spending.within(1.0 - size, 0.05, 0.0, 1.0)
    assert mirrored == pytest.approx([1.0 - high, 1.0 - central, 1.0 - low])
