"""What a business gets that gives no value of its own: by trade, and by how often customers meet it."""

import re

import numpy as np
import pytest
from builders import business, initiative, people

import wom
from wom import draws
from wom.assumptions import LIMITS, UNMEASURED, limits
from wom.evidence import defaults
from wom.exhibits.basis import cautions
from wom.parameters import QUANTITIES, Key, Range, central, plain

CONTACTS, MOOD, STARS = "experience.contacts_per_month", "experience.memory_months", "reviews.effect_per_star"
UNKNOWN_MOOD = {MOOD: None}


def memory(contacts):
    return wom.load(business(UNKNOWN_MOOD | {CONTACTS: contacts})).entries()[MOOD][0].value


# --- a key ------------------------------------------------------------------------------------------------


def test_a_key_is_its_text_again():
    for text in [*QUANTITIES, *(f"segments.high touch.{name}" for name in QUANTITIES)]:
        key = Key.parse(text)
        assert str(key) == text
        assert key.quantity is QUANTITIES[key.parameter]
    assert key.words == f"{QUANTITIES[key.parameter].short} (high touch)"


@pytest.mark.parametrize("text", ["", "size", "market", "market.siz", "today.market.size", "segments.market.size"])
def test_what_is_no_key_is_answered_with_the_nearest(text):
    with pytest.raises(wom.InputError, match=r"unknown parameter .*; (did you mean|the nearest|allowed)"):
        Key.parse(text)


def test_a_key_is_found_at_the_end_of_a_place():
    assert Key.find("plan.0.changes.segments.a.market.size") == Key("market", "size", "a")
    assert Key.find("evidence.market.homophily") == Key("market", "homophily")
    assert Key.find("plan.0.cost.once") is None
    assert [plain(f"{head}.market.size") for head in ("today", "evidence", "default", "plan")] == [
        *["market.size"] * 3, "plan.market.size",
    ]  # fmt: skip


# --- memory and rare contacts -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contacts", "factor"), {4: 1, 1: 1, 0.25: 1, 0.2: 1.25, 0.1: 2.5, 0.0625: 4, 0.01: 4, 0: 4}.items()
)
def test_an_experience_is_remembered_until_the_next_at_most_two_years(contacts, factor):
    """max(6, 1.5/contacts) months, at most 24, and the range in proportion."""
    usual = defaults("consumer")[MOOD]
    assert memory(contacts) == Range(*(factor * end for end in usual))
    assert memory(None) == usual
    assert wom.load(business({CONTACTS: contacts, MOOD: 5})).entries()[MOOD][0].value.central == 5


def test_each_segment_remembers_by_its_own_contacts():
    rare = people(40_000, 1_500, 50) | {CONTACTS: 0.1}
    known = people(10_000, 500, 10) | {CONTACTS: 0.1, MOOD: 4}
    case = wom.load(business(UNKNOWN_MOOD, {"often": people(60_000, 3_500, 100), "seldom": rare, "known": known}))
    assert [central(entry.value) for entry in case.entries()[MOOD]] == [6, 15, 4]
    # One thing that nobody knows: where it is long in one segment it is long in the other.
    often, seldom, known = draws.sample(case, 8).start.inputs.parameters[MOOD]
    assert np.ptp(often) > 0
    assert seldom == pytest.approx(2.5 * often, rel=1e-12)  # one rounding of the scale in logs
    assert abs(known / 4 - 1).max() < 0.2  # stated: 4 within 5 % in nine of ten draws, and with no factor of 2.5


def test_memory_is_that_of_today_whatever_a_plan_does_to_contacts():
    case = wom.load(business(UNKNOWN_MOOD, plan=[initiative({CONTACTS: 0.1})]))
    assert case.entries()[MOOD][0].value == memory(1)


# --- trades -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("trade", "stars"), {"restaurant": 0.07, "hotel": 0.05, "other": 0.05}.items())
def test_the_trade_picks_what_a_star_does(trade, stars):
    case = wom.load(business({STARS: None}, trade=trade))
    assert central(case.entries()[STARS][0].value) == stars
    assert (UNMEASURED in limits(case)) == (trade == "other")
    assert limits(wom.load(business(trade=trade))) == LIMITS  # who knows what a star does


# --- what is said of it -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contacts", "said"),
    # 30.4/(1/6 + 4·.25) = 26.06
    [(4, "lasts only.*26 days"), (None, "^How often customers meet the business is a default")],
)
def test_moods_under_a_month_and_contacts_that_are_a_default_are_said(contacts, said):
    odd, usual = (cautions(wom.load(business({CONTACTS: number}))) for number in (contacts, 1))
    assert any(re.search(said, text) for text in odd)
    assert not any(re.search(said, text) for text in usual)
