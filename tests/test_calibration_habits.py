"""Spending by mood within customers, people told from brackets, and reviews by the stated rule."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nbinom

import wom
from wom.calibration import reviews, talk, uplift
from wom.calibration.estimate import Estimate, Missing, estimates, missing
from wom.errors import InputError
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


# --- spending ---------------------------------------------------------------------------------------------


def test_within_customers_is_right_where_big_spenders_are_better_served_and_between_them_is_wrong():
    frame = uplift.simulated(4000, np.random.default_rng(0), uplift=0.05, cut=0.10)
    within, naive = estimates(uplift.within(frame)), estimates(uplift.naive(frame))
    assert within["spend_uplift"].low < 0.05 < within["spend_uplift"].high
    assert within["spend_cut"].low < 0.10 < within["spend_cut"].high
    assert within["spend_uplift"].high - within["spend_uplift"].low < 0.02
    # the better half is served twice as well and spends three times as much: by hand, a delighted month belongs to
    # it with (0.5·3 + 0.25)/(0.5 + 0.25), a content one with (0.45·3 + 0.7)/(0.45 + 0.7), and 1.05 is the truth
    assert naive["naive_spend_uplift"].central == pytest.approx(1.05 * (1.75 / 0.75) / (2.05 / 1.15) - 1, abs=0.02)
    assert naive["naive_spend_uplift"].low > 5 * within["spend_uplift"].high
    assert "Wrong as an effect" in naive["naive_spend_uplift"].note


@given(st.floats(0.0, 0.5), st.floats(0.0, 0.5), st.integers(0, 100))
def test_spending_without_chance_gives_the_effect_exactly_whatever_the_levels(size, cut, seed):
    random = np.random.default_rng(seed)
    a = random.random((30, 12))
    b = random.random((30, 12)) * (1 - a)
    y = random.gamma(0.5, 100.0, (30, 1)) * (1 + size * a - cut * b) + 1e-9
    zero = [y, np.ones_like(y), a, b, a * y, b * y, a * a, a * b, b * b]
    effect = uplift.solve(np.array([part.sum(axis=1) for part in zero]))
    assert effect.size == pytest.approx([size, cut], abs=1e-6)  # 1e-9 was added to the least levels


def test_what_is_identified_is_the_product_and_the_translation_says_so():
    frame = uplift.simulated(2000, np.random.default_rng(1), uplift=0.10, cut=0.10)
    found = estimates(uplift.within(frame))
    evidence = wom.evidence.defaults("consumer")
    causal, buyers = (evidence[key].central for key in ("experience.causal_share", "spending.uplift_share"))
    for key, product, share in (
        ("spending.uplift_size", "spend_uplift", causal * buyers),
        ("spending.disappointed_cut", "spend_cut", causal),
    ):
        # far from its bounds a truncated normal is the normal
        assert found[key].central == pytest.approx(found[product].central / share, rel=1e-6)
        assert f"spent {100 * found[product].central:.2g} %" in found[key].note
        assert "from the evidence" in found[key].note
    business = estimates(
        uplift.within(
            uplift.simulated(2000, np.random.default_rng(1), uplift=0.10, cut=0.10), customer_type="business"
        )
    )
    assert (
        business["spending.uplift_size"].central < found["spending.uplift_size"].central
    )  # 62 % buy more, not 42 %


@pytest.mark.parametrize("own", [{"experience.causal_share": 0.4}, {"spending.uplift_share": 0.8}])
def test_a_scenario_with_the_business_s_own_shares_shows_the_rise_that_was_found(own):
    frame = uplift.simulated(2000, np.random.default_rng(1), uplift=0.10, cut=0.10)
    found = estimates(uplift.within(frame, given=own))
    evidence = wom.evidence.defaults("consumer")
    causal, buyers = (
        own.get(key, evidence[key].central) for key in ("experience.causal_share", "spending.uplift_share")
    )
    rise, cut = (found[key].central for key in ("spend_uplift", "spend_cut"))
    # far from its bounds a truncated normal is the normal
    assert causal * buyers * found["spending.uplift_size"].central == pytest.approx(rise, rel=1e-6)
    assert causal * found["spending.disappointed_cut"].central == pytest.approx(cut, rel=1e-6)
    assert "from your business file" in found["spending.uplift_size"].note


def test_a_business_that_thinks_nothing_is_caused_keeps_its_own_figures():
    frame = uplift.simulated(200, np.random.default_rng(1))
    lacking = missing(uplift.within(frame, given={"experience.causal_share": 0.0}))
    assert set(lacking) == {"spending.uplift_size", "spending.disappointed_cut"}


def test_a_season_is_a_level_of_all_and_a_trend_too():
    months = pd.period_range("2023-01", periods=24, freq="M")
    season = 1 + 0.5 * np.cos(2 * np.pi * np.arange(24) / 12)
    index = pd.MultiIndex.from_product([["a", "b"], months], names=["segment", "month"])
    customers = np.concatenate([np.linspace(100, 200, 24), np.linspace(300, 100, 24)])
    monthly = pd.DataFrame({"revenue": customers * np.tile(season, 2) * 50, "customers": customers}, index=index)
    level = uplift.level(monthly)
    assert (level / season).to_numpy() == pytest.approx(float(level.iloc[0] / season[0]))
    counted = monthly.groupby("month").customers.sum().to_numpy()
    assert float(level.to_numpy() @ counted) == pytest.approx(counted.sum())  # pay is as much in all as before
    # who never says when they leave is not counted: then a season is what lies off the line of revenue
    alone = uplift.level(monthly[["revenue"]])
    assert np.corrcoef(alone, season)[0, 1] > 0.99
    assert uplift.level(monthly[["customers"]]) is None
    assert uplift.level(monthly.assign(revenue=0.0)) is None


def test_an_uplift_below_nothing_stays_within_its_bounds_with_a_width():
    found = estimates(uplift.within(uplift.simulated(3000, np.random.default_rng(2), uplift=-0.1, cut=-0.2)))
    for key in ("spending.uplift_size", "spending.disappointed_cut"):
        assert 0 == found[key].low < found[key].central < found[key].high < 0.1
        assert "the range begins at 0" in found[key].note
    assert found["spend_uplift"].high < 0  # what was seen is said as it is
    assert "% less on average" in found["spending.uplift_size"].note
    assert "% more on average" in found["spending.disappointed_cut"].note


def test_no_effect_at_all_lies_in_nineteen_of_twenty_intervals():
    """With the truth at a bound only the low end can miss it; the share of 100 has a standard error of 0.022."""
    inside = [
        estimates(uplift.within(uplift.simulated(300, np.random.default_rng(seed), uplift=0.0, cut=0.0)))[key].low
        == 0
        for seed in range(50)
        for key in ("spending.uplift_size", "spending.disappointed_cut")
    ]
    assert np.mean(inside) > 0.95 - 3 * 0.022


def test_not_knowing_the_memory_widens_the_interval():
    frame = uplift.simulated(2000, np.random.default_rng(3), uplift=0.1)
    other = frame.assign(ay=frame["ay"] * 1.1)
    plain, wide = (
        estimates(found)["spend_uplift"] for found in (uplift.within(frame), uplift.within(frame, frame, other))
    )
    assert wide.central == plain.central
    assert wide.high - wide.low > 1.5 * (plain.high - plain.low)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (0, "No customer was followed"),
        (1, "Only 1 customers"),
        (50, "The mood of no customer changed"),
    ],
)
def test_no_customer_one_customer_or_no_change_of_mood_give_a_sentence(rows, says):
    frame = pd.DataFrame(dict.fromkeys(uplift.COLUMNS, np.zeros(rows))).assign(pay=10.0, months=5.0)
    found = uplift.within(frame)
    assert all(isinstance(one, Missing) and says in one.why for one in found)
    assert all(isinstance(one, Missing) for one in uplift.naive(frame))


def test_customers_who_were_never_disappointed_give_an_uplift_and_no_cut():
    frame = uplift.simulated(500, np.random.default_rng(4)).assign(b=0.0, by=0.0, ab=0.0, bb=0.0)
    found = uplift.within(frame)
    assert set(missing(found)) == {"spend_cut", "spending.disappointed_cut"}
    assert estimates(found)["spend_uplift"].high > 0


# --- talk -------------------------------------------------------------------------------------------------


def test_bliss_and_fisher_1953_mites_by_the_estimator():
    found = estimates(talk.reach(answers(np.repeat(np.arange(8), MITES))))
    assert found["word_of_mouth.reach_good"].central == pytest.approx(1.1467, abs=5e-5)  # given with four decimals
    assert found["dispersion_good"].central == pytest.approx(1.0246, abs=5e-5)
    # their standard error of k is about 0.27
    assert found["dispersion_good"].low == pytest.approx(1.0246 * np.exp(-1.645 * 0.27), rel=0.05)


@given(st.floats(0.05, 60), st.floats(0.02, 500), st.integers(0, 40), st.integers(0, 40))
def test_chances_of_answers_are_those_of_the_distribution(mean, dispersion, least, more):
    one = np.ones(1)
    law = nbinom(dispersion, dispersion / (dispersion + mean))

    def found(low, high):
        return talk.log_likelihood(mean * one, dispersion * one, one * low, one * high, one)[0]

    for low, high, chance in (
        (least, least, law.pmf(least)),
        (least, least + more, law.cdf(least + more) - law.cdf(least - 1)),
        (least, np.inf, law.sf(least - 1)),
    ):
        if chance > 1e-8:  # below it the difference of two SciPy sums has no digits
            assert found(low, high) == pytest.approx(np.log(chance), abs=1e-6)


def test_a_great_dispersion_is_poisson():
    one = np.ones(1)
    value = talk.log_likelihood(3.0 * one, 1e9 * one, 2.0 * one, 2.0 * one, one)[0]
    assert value == pytest.approx(2 * np.log(3) - 3 - np.log(2), abs=1e-7)  # 1e-9 off Poisson, times ten


def test_brackets_open_ones_included_give_what_numbers_give_with_a_little_less_certainty():
    random = np.random.default_rng(0)
    people = random.negative_binomial(0.4, 0.4 / (0.4 + 9.0), 3000)
    exact = estimates(talk.reach(answers(people)))["word_of_mouth.reach_good"]
    half = estimates(talk.reach(answers(people, random.random(3000) < 0.5)))["word_of_mouth.reach_good"]
    only = estimates(talk.reach(answers(people, np.ones(3000, dtype=bool))))["word_of_mouth.reach_good"]
    for one in (exact, half, only):
        assert one.low < 9.0 < one.high
    width = [one.high / one.low for one in (exact, half, only)]
    assert width == sorted(width)
    assert "open upwards" in only.note or (people > 5).mean() < 0.3


def test_open_answers_leave_room_for_a_longer_tail():
    """Lognormal tellers, for whom a negative binomial gives 4.4 and not 5.9; 3 of 10 may miss by chance."""
    mean = np.exp(1.0 + 1.25**2 / 2)
    inside = []
    for seed in range(10):
        random = np.random.default_rng(seed)
        people = random.poisson(np.exp(random.normal(1.0, 1.25, 600)))
        one = estimates(talk.reach(answers(people, np.ones(600, dtype=bool))))["word_of_mouth.reach_good"]
        inside.append(one.low < mean < one.high)
        assert 'such as "more than 5"' in one.note
    assert sum(inside) >= 7
    numbers = estimates(talk.reach(answers(people)))["word_of_mouth.reach_good"]
    assert "open upwards" not in numbers.note


def test_published_shares_of_people_told_give_the_published_distribution():
    told = np.arange(401)
    count = Reach(9.0, 0.25183491).shares(400) * 1e6
    found = estimates(talk.reach(pd.DataFrame({"tone": "good", "least": told, "most": told, "count": count})))
    assert found["dispersion_good"].central == pytest.approx(0.25183, rel=1e-3)  # a millionth tell more than 400


@pytest.mark.parametrize("asked", [1, 30, 1000])
def test_nobody_who_told_anyone_leaves_few_possible_and_fewer_the_more_were_asked(asked):
    found = talk.reach(answers(np.zeros(asked, dtype=int), tone="recovered"))
    one = estimates(found)["word_of_mouth.reach_recovered"]
    assert 0 < one.low < one.central < one.high
    if asked > 1:  # with one answer and such unequal tellers anything is possible
        # three over as many answers, as in the rule of three, and more because most of them tell nobody anyway
        assert 3 / asked < one.high < 20 / asked
    assert "taken from published surveys" in one.note
    assert isinstance(next(part for part in found if part.key == "dispersion_recovered"), Missing)
    assert {"word_of_mouth.reach_good", "dispersion_good"} <= set(missing(found))


def test_one_answer_has_a_wide_interval():
    one = estimates(talk.reach(answers([4])))["word_of_mouth.reach_good"]
    assert one.low < 1.5
    assert one.high > 15


# --- reviews ----------------------------------------------------------------------------------------------


def business(months=12, **columns):
    index = pd.MultiIndex.from_product(
        [["business"], pd.period_range("2024-01", periods=months, freq="M")], names=["segment", "month"]
    )
    return pd.DataFrame(columns, index=index)


def posted(**stars):
    """So many reviews of each number of stars in every month."""
    month = pd.period_range("2024-01", periods=12, freq="M")
    rows = [{"month": one, "stars": int(key[-1]), "count": count} for one in month for key, count in stars.items()]
    return pd.DataFrame(rows, columns=["month", "stars", "count"])


CONTACTS = {"customers": 500, "good": 100, "bad": 40, "recovered": 20, "neutral": 340}


def test_stars_are_sorted_into_experiences_by_the_rule_and_it_is_said():
    found = reviews.posting(posted(s1=3, s2=1, s3=1, s4=2, s5=5), business(**CONTACTS))
    known = estimates(found)
    # medians of Jeffreys' intervals of 36 or more: within 1 % of the ratio
    assert known["reviews.posting_bad"].central == pytest.approx(4 / 40, rel=0.01)
    assert known["reviews.posting_neutral"].central == pytest.approx(3 / 360, rel=0.01)
    assert known["reviews.posting_good"].central == pytest.approx(5 / 100, rel=0.01)
    assert known["reviews.stars_bad"].central == pytest.approx(1.25, abs=0.01)
    assert known["reviews.stars_neutral"].central == pytest.approx(3 + 2 / 3, abs=0.01)
    assert known["reviews_per_customer_month"].central == pytest.approx(12 / 500, rel=0.01)
    assert "By a rule, not seen" in known["reviews.posting_bad"].note
    assert "By the rule" in missing(found)["reviews.stars_good"].why


def test_no_review_leaves_little_posting_possible_and_no_stars():
    found = reviews.posting(posted(), business(**CONTACTS))
    assert estimates(found)["reviews.posting_bad"].high == pytest.approx(1.92 / (40 * 12), rel=0.01)
    assert {"reviews.stars_bad", "reviews.stars_neutral", "reviews.stars_good"} == set(missing(found))


def test_reviews_cannot_be_divided_by_answers_or_by_nothing():
    for covers, monthly in (("survey", business(**CONTACTS)), ("complaints", business(**CONTACTS)), ("all", None)):
        lacking = missing(reviews.posting(posted(s5=3), monthly, covers))
        assert "every contact is recorded" in lacking["reviews.posting_good"].why
    nothing = missing(reviews.posting(posted(s5=3), business(**CONTACTS | {"bad": 0})))
    assert nothing["reviews.posting_bad"].why == "There was no bad experience to post."
    with pytest.raises(InputError, match="did you mean survey"):
        reviews.posting(posted(s5=3), None, "surveys")
    assert isinstance(reviews.posting(posted(s1=1), business(1, **CONTACTS))[0], Estimate)
