"""People told from brackets, and reviews by the stated rule."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import nbinom

from wom.calibration import experiences
from wom.calibration.estimate import Estimate, Missing, estimates, missing
from wom.reach import Reach

MITES = [70, 38, 17, 10, 9, 3, 2, 1]
"""Bliss and Fisher 1953: leaves with 0, 1, … 7 mites; evidence C."""

BRACKETS = [(0, 0), (1, 2), (3, 5), (6, None)]


def answers(people, ticked=None, tone="good"):
    """The talk frame of people told; answers that are ticked are brackets."""
    rows = {}
    for number, bracket in zip(people, np.zeros(len(people)) if ticked is None else ticked, strict=True):
        held = [ends for ends in BRACKETS if ends[0] <= number <= (ends[1] if ends[1] is not None else np.inf)]
        row = held[0] if bracket else (int(number), int(number))
        rows[row] = rows.get(row, 0) + 1
    least, most = zip(*rows, strict=True)
    return pd.DataFrame(
        {"tone": tone, "least": pd.array(least, "Int64"), "most": pd.array(most, "Int64"), "count": rows.values()}
    )


# --- talk -------------------------------------------------------------------------------------------------


def test_bliss_and_fisher_1953_mites_by_the_estimator():
    found = estimates(experiences.reach(answers(np.repeat(np.arange(8), MITES))))
    assert found["word_of_mouth.reach_good"].central == pytest.approx(1.1467, abs=5e-5)  # given with four decimals
    assert found["dispersion_good"].central == pytest.approx(1.0246, abs=5e-5)
    # their standard error of k is about 0.27
    assert found["dispersion_good"].low == pytest.approx(1.0246 * np.exp(-1.645 * 0.27), rel=0.05)


@settings(max_examples=25)
@given(st.floats(0.05, 60), st.floats(0.02, 500), st.integers(0, 40), st.integers(0, 40))
@example(3.0, 1e6, 2, 0)  # as good as Poisson
def test_chances_of_answers_are_those_of_the_distribution(mean, dispersion, least, more):
    one = np.ones(1)
    law = nbinom(dispersion, dispersion / (dispersion + mean))

    def found(low, high):
        return experiences.told_log_likelihood(mean * one, dispersion * one, one * low, one * high, one)[0]

    for low, high, chance in (
        (least, least, law.pmf(least)),
        (least, least + more, law.cdf(least + more) - law.cdf(least - 1)),
        (least, np.inf, law.sf(least - 1)),
    ):
        if chance > 1e-8:  # below it the difference of two SciPy sums has no digits
            assert found(low, high) == pytest.approx(np.log(chance), abs=1e-6)


def test_brackets_open_ones_included_give_what_numbers_give_with_a_little_less_certainty():
    random = np.random.default_rng(0)
    people = random.negative_binomial(0.4, 0.4 / (0.4 + 9.0), 3000)
    exact, half, only = (
        estimates(experiences.reach(answers(people, random.random(3000) < share)))["word_of_mouth.reach_good"]
        for share in (0.0, 0.5, 1.0)
    )
    for one in (exact, half, only):
        assert one.low < 9.0 < one.high
    assert exact.high / exact.low < half.high / half.low < only.high / only.low
    assert "open upwards" in only.note


def test_open_answers_leave_room_for_a_longer_tail():
    """Lognormal tellers, for whom a negative binomial gives 4.4 and not 5.9; 3 of 10 may miss by chance."""
    mean = np.exp(1.0 + 1.25**2 / 2)
    inside = []
    for seed in range(10):
        random = np.random.default_rng(seed)
        people = random.poisson(np.exp(random.normal(1.0, 1.25, 600)))
        one = estimates(experiences.reach(answers(people, np.ones(600, dtype=bool))))["word_of_mouth.reach_good"]
        inside.append(one.low < mean < one.high)
        assert 'such as "more than 5"' in one.note
    assert sum(inside) >= 7
    numbers = estimates(experiences.reach(answers(people)))["word_of_mouth.reach_good"]
    assert "open upwards" not in numbers.note


def test_published_shares_of_people_told_give_the_published_distribution():
    told, count = np.arange(401), Reach(9.0, 0.25183491).shares(400) * 1e6
    frame = pd.DataFrame({"tone": "good", "least": told, "most": told, "count": count})
    found = estimates(experiences.reach(frame))
    assert found["dispersion_good"].central == pytest.approx(0.25183, rel=1e-3)  # a millionth tell more than 400


@pytest.mark.parametrize("asked", [1, 30, 1000])
def test_nobody_who_told_anyone_leaves_few_possible_and_fewer_the_more_were_asked(asked):
    found = experiences.reach(answers(np.zeros(asked, dtype=int), tone="recovered"))
    one = estimates(found)["word_of_mouth.reach_recovered"]
    assert 0 < one.low < one.central < one.high
    if asked > 1:  # with one answer and such unequal tellers anything is possible
        # three over as many answers, as in the rule of three, and more because most of them tell nobody anyway
        assert 3 / asked < one.high < 20 / asked
    assert "taken from published surveys" in one.note
    assert isinstance(next(part for part in found if part.key == "dispersion_recovered"), Missing)
    assert {"word_of_mouth.reach_good", "dispersion_good"} <= set(missing(found))


def test_one_answer_has_a_wide_interval():
    one = estimates(experiences.reach(answers([4])))["word_of_mouth.reach_good"]
    assert one.low < 1.5
    assert one.high > 15


# --- reviews ----------------------------------------------------------------------------------------------


def business(months=12, **columns):
    month = pd.period_range("2024-01", periods=months, freq="M")
    return pd.DataFrame(
        columns, index=pd.MultiIndex.from_product([["business"], month], names=["segment", "month"])
    )


def posted(**stars):
    """So many reviews of each number of stars in every month."""
    month = pd.period_range("2024-01", periods=12, freq="M")
    rows = [{"month": one, "stars": int(key[-1]), "count": count} for one in month for key, count in stars.items()]
    return pd.DataFrame(rows, columns=["month", "stars", "count"])


CONTACTS = {"customers": 500, "good": 100, "bad": 40, "recovered": 20, "neutral": 340}


def test_stars_are_sorted_into_experiences_by_the_rule_and_it_is_said():
    found = experiences.posting(posted(s1=3, s2=1, s3=1, s4=2, s5=5), business(**CONTACTS))
    known = estimates(found)
    # medians of Jeffreys' intervals of 36 or more: within 1 % of the ratio
    for key, middle in (
        ("reviews.posting_bad", 4 / 40),
        ("reviews.posting_neutral", 3 / 360),
        ("reviews.posting_good", 5 / 100),
        ("reviews.stars_bad", 1.25),
        ("reviews.stars_neutral", 3 + 2 / 3),
        ("reviews_per_customer_month", 12 / 500),
    ):
        assert known[key].central == pytest.approx(middle, rel=0.01)
    assert "By a rule, not seen" in known["reviews.posting_bad"].note
    assert "By the rule" in missing(found)["reviews.stars_good"].why


def test_no_review_leaves_little_posting_possible_and_no_stars():
    found = experiences.posting(posted(), business(**CONTACTS))
    assert estimates(found)["reviews.posting_bad"].high == pytest.approx(1.92 / (40 * 12), rel=0.01)
    assert {"reviews.stars_bad", "reviews.stars_neutral", "reviews.stars_good"} == set(missing(found))


def test_reviews_cannot_be_divided_by_answers_or_by_nothing():
    for covers, monthly in (("survey", business(**CONTACTS)), ("complaints", business(**CONTACTS)), ("all", None)):
        lacking = missing(experiences.posting(posted(s5=3), monthly, covers))
        assert "every contact is recorded" in lacking["reviews.posting_good"].why
    nothing = missing(experiences.posting(posted(s5=3), business(**CONTACTS | {"bad": 0})))
    assert nothing["reviews.posting_bad"].why == "There was no bad experience to post."
    assert isinstance(experiences.posting(posted(s1=1), business(1, **CONTACTS))[0], Estimate)
