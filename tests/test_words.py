"""Numbers as people read them."""

import pytest

from wom import words
from wom.words import money

SAID = {
    "143,000": words.number(142_978.3),
    "0.0123": words.number(0.0123456),
    "−8.24": words.number(-8.236),
    "4,320,000": words.number(4_321_000),
    "5,581": words.whole(5580.6),
    "0": words.whole(-0.2),
    "USD\xa0143,000": money(142_978.3, "USD"),
    "−USD\xa064,600": money(-64_599, "USD"),
    "EUR\xa09.6 million": money(9_599_278, "EUR"),
    "0.01": money(0.0138),
    "543 billion": money(5.426e11),
    "+1,200": words.signed(money(1200)),
    "−1,200": words.signed(money(-1200)),
    "1.5 %": words.percent(0.01489),
    "−50 %": words.percent(-0.5),
    "0.04 %": words.percent(0.0004),
    "in 94 of 100 cases": words.often(0.943),
    "in 7 of 1,000 cases": words.often(0.0068),
    "in 993 of 1,000 cases": words.often(0.9932),
    "in no case": words.often(0.0),
    "hardly ever": words.often(0.0001),
    "1.8 points": words.points(0.018),
    "−1 point": words.points(-0.01),
    "a": words.several(["a"]),
    "a, b and c": words.several(["a", "b", "c"]),
}


@pytest.mark.parametrize("expected", SAID)
def test_a_number_is_said_as_people_read_it(expected):
    assert SAID[expected] == expected


def test_money_that_belongs_together_is_rounded_alike():
    assert words.amounts([45_626.1, -110_225.3, -64_599.2]) == ["45,600", "−110,200", "−64,600"]
    assert words.amounts([1.444, 1.444, 2.888], digits=2) == ["1.5", "1.4", "2.9"]  # what is shown adds up
    assert words.amounts([-368.2, 0.0138, -368.1862], digits=3) == ["−368", "0", "−368"]
    assert words.amounts([8.0912, -0.5297, 7.5615]) == ["8.09", "−0.53", "7.56"]
    assert words.amounts([5.42e11, 2.2e9, 5.442e11]) == ["542.0 billion", "2.2 billion", "544.2 billion"]


def test_a_share_is_rounded_down():
    assert [words.rounded_down(share) for share in (0.13987, 0.0004567, 0.0)] == [0.139, 0.000456, 0.0]
