"""Rates, shares, talk, reviews and money: intervals that hold, corrections that undo what they name."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.stats import binom, chi2, nbinom, poisson

from wom.calibration import estimate, experiences, retention
from wom.calibration.estimate import Estimate, Missing, estimates, missing
from wom.data.description import Corrections
from wom.errors import InputError
from wom.parameters import QUANTITIES, Range
from wom.reach import Reach

KINDS = ("good", "bad", "recovered", "neutral")


def monthly(months=12, segment="business", **columns):
    """Months of a business, each column one number for all of them or one for each."""
    index = pd.MultiIndex.from_product(
        [[segment], pd.period_range("2023-01", periods=months, freq="M")], names=["segment", "month"]
    )
    frame = pd.DataFrame({name: np.broadcast_to(value, months) for name, value in columns.items()}, index=index)
    if set(KINDS) <= set(frame.columns):
        frame["contacts"] = frame[list(KINDS)].sum(axis=1)
    return frame


EVEN = {"customers": 500, "good": 125, "bad": 21, "recovered": 9, "neutral": 345}


# --- intervals --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trials", [5, 20, 100])
def test_jeffreys_intervals_of_a_share_hold_it_nine_times_in_ten_over_all_shares(trials):
    # over shares as Jeffreys' prior has them, Beta(½, ½), this is an identity (Brown, Cai and DasGupta 2001)
    shares = np.sin(np.pi * (np.arange(4000) + 0.5) / 8000) ** 2
    ends = np.array([estimate.share(events, trials) for events in range(trials + 1)])
    held = (ends[:, :1] <= shares) & (shares <= ends[:, 2:])
    chance = binom.pmf(np.arange(trials + 1)[:, np.newaxis], trials, shares)
    assert (held * chance).sum(axis=0).mean() == pytest.approx(0.9, abs=1e-3)  # 4,000 shares, 200 ends


def test_intervals_of_a_rate_hold_it_nine_times_in_ten_even_with_few_events():
    means = np.linspace(0.5, 30, 2000)
    ends = np.array([estimate.rate(events, 1.0) for events in range(100)])
    held = (ends[:, :1] <= means) & (means <= ends[:, 2:])
    coverage = (held * poisson.pmf(np.arange(100)[:, np.newaxis], means)).sum(axis=0)
    assert coverage.mean() == pytest.approx(
        0.9, abs=0.01
    )  # Brown, Cai and DasGupta 2003, figure 5: within a point
    assert coverage.min() > 0.8  # it swings at counts of one or two, never far


@given(st.integers(0, 10**7), st.integers(1, 10**7), st.floats(1, 50))
def test_intervals_of_counts_are_possible_rise_and_have_a_width(events, trials, factor):
    low, middle, high = estimate.share(min(events, trials), trials, factor)
    assert 0 <= low < middle < high <= 1
    low, middle, high = estimate.rate(events, trials, factor)
    assert 0 <= low < middle < high
    wide = estimate.rate(events, trials, 2 * factor)
    assert wide[2] - wide[0] > high - low
    for interval in (estimate.rate, estimate.share):  # no event: half of the 90 % point of chi² with 1
        assert interval(0, 1000)[2] == pytest.approx(1.92 / 1000, rel=0.01)


def test_months_that_differ_as_chance_makes_them_widen_nothing_and_others_do():
    random = np.random.default_rng(0)
    events = random.poisson(100, (2000, 24)).astype(float)
    even = [estimate.unevenness(months, np.ones(24), shares=False) for months in events]
    # mean of max(1, φ·1.086), φ = chi²/23, which widens intervals by 8 % on average; 2,000 draws know it to 0.007
    free = chi2(23).ppf((np.arange(10_000) + 0.5) / 10_000) / 23
    widened = np.where(free > 1, free * estimate.wider(23) ** 2, 1.0).mean()
    assert widened < 1.2
    assert np.mean(even) == pytest.approx(widened, abs=0.03)
    events = random.poisson(random.gamma(4, 25, (500, 24))).astype(float)
    uneven = [estimate.unevenness(months, np.ones(24), shares=False) for months in events]
    gamma_poisson = 1 + 100 / 4  # its variance over its mean; 500 draws know the mean of φ to 2 %
    assert np.mean(uneven) == pytest.approx(gamma_poisson * estimate.wider(23) ** 2, rel=0.07)


def test_a_break_is_seen_and_the_interval_spans_both_sides_of_it():
    months = pd.period_range("2023-01", periods=24, freq="M")
    index = pd.MultiIndex.from_product([["business"], months], names=["segment", "month"])
    random = np.random.default_rng(0)
    for late, seen in ((0.025, False), (0.05, True)):
        lost = random.binomial(1500, np.repeat([0.025, late], [18, 6]))
        one = retention.retention(pd.DataFrame({"customers": 1500, "lost_customers": lost}, index=index))[0]
        assert ("In the last 6 months" in one.note) == seen
        assert one.low < 1 - late < one.high
        assert one.high > 0.97  # and what it was before


def test_neither_a_season_nor_chance_is_a_break():
    trials, events = np.full(24, 5000.0), np.tile(np.repeat([200.0, 300.0], 6), 2)
    assert estimate.later(events, trials) is None  # a year before it was the same
    assert estimate.later(events[:12], trials[:12]) == pytest.approx((0.06, 0.04))  # that is not known yet
    assert estimate.later(events[:11], trials[:11]) is None  # too few months to say
    random, trials = np.random.default_rng(1), np.full(24, 400.0)
    false = [estimate.later(random.binomial(400, 0.05, 24).astype(float), trials) for _ in range(2000)]
    # beyond three standard errors both of what was before and of a year before: a chance below 0.0027, of 2,000
    # draws 5; more than 14 come by chance once in three thousand times
    assert sum(one is not None for one in false) <= 14


def test_an_estimate_refuses_numbers_that_do_not_rise_and_stays_within_its_parameter():
    for ends in ((0.3, 0.2, 0.4), (0.1, 0.2, float("nan"))):
        with pytest.raises(InputError, match=r"must be finite and rise"):
            Estimate("experience.bad_share", *ends, "", 1)
    cut = Estimate("segments.routine.retention.retention_rate", -0.1, 0.9, 1.2, "", 1).within_bounds()
    assert 0 < cut.low < 1e-300  # above 0
    assert cut.high == 1.0
    assert Estimate("spend_uplift", -0.1, 0.0, 0.1, "", 1).within_bounds().low == -0.1


# --- contacts ---------------------------------------------------------------------------------------------


def test_shares_are_pooled_ratios_and_segments_get_their_own():
    a = monthly(segment="a", **EVEN)
    b = monthly(segment="b", customers=100, good=10, bad=10, recovered=0, neutral=80)
    found = estimates(experiences.experiences(pd.concat([a, b])))
    # central figures are medians: at these counts within a thousandth of the plain ratio
    assert found["experience.good_share"].central == pytest.approx(135 / 600, rel=1e-3)
    assert found["segments.a.experience.bad_share"].central == pytest.approx(30 / 500, rel=2e-3)
    assert found["segments.b.experience.recovered_share"].central < 0.005
    assert found["segments.b.experience.recovered_share"].high < 0.02
    assert found["experience.contacts_per_month"].central == pytest.approx(1.0, rel=1e-3)


def test_shares_hold_where_customers_are_served_differently():
    """They differ in how often they are in touch, gamma, and in how they are served, Dirichlet distributed."""
    random, held = np.random.default_rng(2), {"contacts_per_month": [], "good_share": [], "bad_share": []}
    truth = {"contacts_per_month": 0.5, "good_share": 0.3, "bad_share": 0.1}
    for _ in range(40):
        served = random.dirichlet([0.9, 0.3, 1.8], 300)
        contacts = random.poisson(random.gamma(2.0, 0.25, (300, 1)), (300, 12))
        kinds = random.multinomial(contacts, served[:, np.newaxis])
        names = dict(zip(("good", "bad", "neutral"), kinds.sum(axis=0).T, strict=True))
        people = pd.DataFrame(kinds.sum(axis=1), columns=["good", "bad", "neutral"]).assign(
            recovered=0, segment="business", months=12.0, contacts=contacts.sum(axis=1)
        )
        found = estimates(experiences.experiences(monthly(customers=300, recovered=0, **names), people=people))
        for name, value in truth.items():
            one = found[f"experience.{name}"]
            held[name].append(one.low <= value <= one.high)
    for name, hits in held.items():
        assert 0.77 <= np.mean(hits) <= 1.0, name  # 0.9 by 40 firms: below it once in 200


CHANCES = np.array([0.30, 0.20, 0.10, 0.15])
"""To answer after a good, a bad and a put-right contact, and after a neutral one."""
TOLD = {"answer_good": 2.0, "answer_bad": 4 / 3}


@pytest.mark.parametrize(
    ("stated", "varied"),
    [(TOLD, False), ({}, True)],  # the chances to answer are as they are taken where nobody stated them
)
def test_a_survey_that_few_answer_holds_the_truth_with_what_was_stated(stated, varied):
    """Customers are served differently; what nobody stated widens the interval until it does."""
    held = {"good_share": [], "bad_share": []}
    for seed in range(12):
        random = np.random.default_rng([seed, 5])
        chances = 0.1 * np.append(2.0 ** (random.standard_normal(3) / 1.6449), 1.0) if varied else CHANCES
        served = random.dirichlet([3.0, 1.5, 0.6, 4.9], 800)
        kinds = random.multinomial(random.poisson(0.6, (800, 24)), served[:, np.newaxis])
        answers = random.binomial(kinds, chances)
        people = pd.DataFrame(answers.sum(axis=1), columns=KINDS).assign(segment="business", months=24.0)
        people["contacts"] = people[list(KINDS)].sum(axis=1)
        frame = monthly(24, **dict(zip(KINDS, answers.sum(axis=0).T, strict=True)))
        found = estimates(experiences.experiences(frame, "survey", Corrections(**stated), people=people))
        assert {key.split(".")[1] for key in found} == set(held)
        for (name, hits), truth in zip(held.items(), (0.30, 0.21), strict=True):
            one = found[f"experience.{name}"]
            hits.append(one.low <= truth <= one.high)
    assert min(map(np.mean, held.values())) > 0.6  # 0.9 by 12 firms: below it once in 200


def test_a_survey_that_nearly_all_answer_needs_no_correction():
    frame = monthly(**EVEN)
    whole = experiences.experiences(frame, "survey", contacts_per_month=1.05)
    every = {one.key: one for one in experiences.experiences(frame)}
    assert all(one == every[one.key] for one in whole if one.key != "experience.contacts_per_month")


@given(st.floats(0.1, 0.5), st.floats(0.02, 0.3), st.floats(0.5, 4), st.floats(0.5, 4), st.floats(0.01, 0.5))
def test_corrections_undo_a_survey_that_the_good_and_the_bad_answer_more_often(good, bad, more, worse, asked):
    answers = np.array([good * more / (1 - asked), bad * worse, 1 - good - bad]) * 1e6
    frame = monthly(1, good=answers[0], bad=answers[1], recovered=0.0, neutral=answers[2])
    corrections = Corrections(answer_good=more, answer_bad=worse, asked_for_a_ten=asked)
    found = estimates(experiences.experiences(frame, "survey", corrections))
    # a million answers, 20,000 draws: the spread of a share is below 0.001 of one
    assert found["experience.good_share"].central == pytest.approx(good, abs=2e-3)
    assert found["experience.bad_share"].central == pytest.approx(bad, abs=2e-3)
    assert "experience.contacts_per_month" not in found


def test_a_range_of_a_correction_widens_the_interval_and_the_note_says_what_it_did():
    frame = monthly(**EVEN)
    others = {"answer_good": 1.0, "answer_recovered": 2.0}
    exact = experiences.experiences(frame, "survey", Corrections(answer_bad=2.0, **others))
    ranged = experiences.experiences(frame, "survey", Corrections(answer_bad=Range(1.0, 2.0, 4.0), **others))
    one, other = (estimates(found)["experience.bad_share"] for found in (exact, ranged))
    assert one.central == pytest.approx(other.central, rel=0.03)  # the middle of the range is the number
    # only 21 of 30 bad ones were not put right, and of these the range is
    assert other.high - other.low > 2 * (one.high - one.low)
    assert "the badly served are 1 to 4 times as likely to answer" in other.note
    assert "Without that it would be 0.06" in other.note


def test_a_survey_without_a_correction_says_that_the_angry_and_the_pleased_answer_more():
    plain = estimates(experiences.experiences(monthly(**EVEN), "survey"))
    bad = plain["experience.bad_share"]
    assert "is in the interval; tell corrections.answer_good, answer_bad and answer_recovered" in bad.note
    assert (bad.low, bad.high) == pytest.approx((0.03, 0.12), rel=0.1)  # half and twice 0.06, a little more
    stated = experiences.experiences(
        monthly(**EVEN), "survey", Corrections(answer_good=1.0, answer_bad=1.0, answer_recovered=1.0)
    )
    every = experiences.experiences(monthly(**EVEN))
    for found in (stated, every):
        assert "not stated" not in estimates(found)["experience.bad_share"].note
    # where every contact is recorded answering rates are not used
    assert experiences.experiences(monthly(**EVEN), "all", Corrections(answer_bad=2.0)) == every


def test_complaints_become_bad_shares_by_the_rate_and_need_the_contacts():
    frame = monthly(customers=1000, bad=8, recovered=2, good=0, neutral=0)
    corrections = Corrections(complaint_rate=0.1)
    found = experiences.experiences(frame, "complaints", corrections, contacts_per_month=2.0)
    known = estimates(found)
    # 10 complaints a month at one in ten are 100 bad experiences among 2,000 contacts
    assert known["experience.bad_share"].central == pytest.approx(0.05, rel=0.01)
    assert known["experience.recovered_share"].central == pytest.approx(0.02, rel=0.05)  # a fifth of a tenth
    assert set(missing(found)) == {"experience.contacts_per_month", "experience.good_share"}
    without = missing(experiences.experiences(frame, "complaints", corrections))
    assert "Give contacts_per_month" in without["experience.bad_share"].why
    told = experiences.experiences(frame, "complaints", contacts_per_month=2.0)
    published = estimates(told)["experience.bad_share"]
    assert published.low == pytest.approx(10 / 0.25 / 2000, rel=0.1)  # one in four to one in twenty-six
    assert published.high == pytest.approx(10 * 26 / 2000, rel=0.1)


def test_what_no_row_can_say_is_not_a_share_of_nought():
    """A rating knows nothing of putting right; a word that nobody ever wrote down measures nothing."""
    frame = monthly(customers=1000, good=250, bad=60, recovered=0, neutral=690)
    rated = experiences.experiences(frame, "survey", named=("good", "bad", "neutral"))
    assert missing(rated)["experience.recovered_share"].why.startswith("A rating cannot say")
    assert {"experience.good_share", "experience.bad_share"} == set(estimates(rated))
    assert estimates(rated)["experience.bad_share"].how == experiences.LOW
    marked = missing(experiences.experiences(frame))
    assert set(marked) == {"experience.recovered_share"}
    assert "give experience.recovered_share: 0" in marked["experience.recovered_share"].why
    both = pd.concat([monthly(segment="a", **EVEN), monthly(segment="b", **EVEN | {"recovered": 0})])
    found = estimates(experiences.experiences(both))
    assert "segments.b.experience.recovered_share" in found  # the word is in use
    complained = monthly(customers=1000, good=0, bad=60, recovered=0, neutral=940)
    found = experiences.experiences(complained, named=("bad", "neutral"))
    assert missing(found)["experience.good_share"].why == "The rule of these ratings names no good contact."
    assert estimates(found)["experience.bad_share"].central == pytest.approx(0.06, rel=0.01)
    neutral = experiences.experiences(monthly(customers=1000, good=0, bad=0, recovered=0, neutral=1000))
    assert set(estimates(neutral)) == {"experience.contacts_per_month"}
    flawless = experiences.experiences(monthly(customers=1000, good=300, bad=0, recovered=0, neutral=700))
    assert estimates(flawless)["experience.bad_share"].high < 1e-3  # nothing bad in thousands is a finding


# --- people told ------------------------------------------------------------------------------------------

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


def test_bliss_and_fisher_1953_mites_by_the_estimator():
    found = estimates(experiences.reach(answers(np.repeat(np.arange(8), MITES))))
    assert found["word_of_mouth.reach_good"].central == pytest.approx(1.1467, abs=5e-5)  # given with four decimals
    assert found["dispersion_good"].central == pytest.approx(1.0246, abs=5e-5)
    # their standard error of k is about 0.27
    assert found["dispersion_good"].low == pytest.approx(1.0246 * np.exp(-1.645 * 0.27), rel=0.05)


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
    """Lognormal tellers, for whom a negative binomial gives 4.4 and not 5.9; 2 of 6 may miss by chance."""
    mean, inside = np.exp(1.0 + 1.25**2 / 2), []
    for seed in range(6):
        random = np.random.default_rng(seed)
        people = random.poisson(np.exp(random.normal(1.0, 1.25, 600)))
        one = estimates(experiences.reach(answers(people, np.ones(600, dtype=bool))))["word_of_mouth.reach_good"]
        inside.append(one.low < mean < one.high)
        assert 'such as "more than 5"' in one.note
    assert sum(inside) >= 4
    numbers = estimates(experiences.reach(answers(people)))["word_of_mouth.reach_good"]
    assert "open upwards" not in numbers.note


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


def test_published_shares_of_people_told_give_the_published_distribution():
    told, count = np.arange(401), Reach(9.0, 0.25183491).shares(400) * 1e6
    frame = pd.DataFrame({"tone": "good", "least": told, "most": told, "count": count})
    found = estimates(experiences.reach(frame))
    assert found["dispersion_good"].central == pytest.approx(0.25183, rel=1e-3)  # a millionth tell more than 400


def test_one_answer_has_a_wide_interval():
    one = estimates(experiences.reach(answers([4])))["word_of_mouth.reach_good"]
    assert one.low < 1.5
    assert one.high > 15


# --- reviews ----------------------------------------------------------------------------------------------


def posted(**stars):
    """So many reviews of each number of stars in every month."""
    month = pd.period_range("2023-01", periods=12, freq="M")
    rows = [{"month": one, "stars": int(key[-1]), "count": count} for one in month for key, count in stars.items()]
    return pd.DataFrame(rows, columns=["month", "stars", "count"])


CONTACTS = {"customers": 500, "good": 100, "bad": 40, "recovered": 20, "neutral": 340}


def test_stars_are_sorted_into_experiences_by_the_rule_and_it_is_said():
    found = experiences.posting(posted(s1=3, s2=1, s3=1, s4=2, s5=5), monthly(**CONTACTS))
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
    found = experiences.posting(posted(), monthly(**CONTACTS))
    assert estimates(found)["reviews.posting_bad"].high == pytest.approx(1.92 / (40 * 12), rel=0.01)
    assert {"reviews.stars_bad", "reviews.stars_neutral", "reviews.stars_good"} == set(missing(found))


def test_reviews_cannot_be_divided_by_answers_or_by_nothing():
    for covers, frame in (("survey", monthly(**CONTACTS)), ("complaints", monthly(**CONTACTS)), ("all", None)):
        lacking = missing(experiences.posting(posted(s5=3), frame, covers))
        assert "every contact is recorded" in lacking["reviews.posting_good"].why
    nothing = missing(experiences.posting(posted(s5=3), monthly(**CONTACTS | {"bad": 0})))
    assert nothing["reviews.posting_bad"].why == "There was no bad experience to post."
    assert isinstance(experiences.posting(posted(s1=1), monthly(1, **CONTACTS))[0], Estimate)


# --- market and money -------------------------------------------------------------------------------------


def test_customers_are_counted_and_new_ones_are_those_of_the_last_year():
    frame = monthly(
        24, customers=np.arange(500, 524), new_customers=[90] * 12 + [30] * 12, lost_customers=29, recommended=6,
        other=18,
    )  # fmt: skip
    found = estimates(retention.market(frame))
    assert found["market.customers"].range == Range(524, 524, 524)  # 523 at the start of the last month, + 30 − 29
    assert found["market.new_customers_per_month"].central == pytest.approx(30, rel=0.01)
    assert found["market.referral_share"].central == pytest.approx(0.25, abs=0.001)
    assert "stop" not in found["market.customers"].how
    assert set(missing(retention.market(frame, contractual=False))) == {"market.customers"}


def test_spending_is_net_revenue_over_customer_months_and_its_interval_that_of_customers():
    random = np.random.default_rng(1)
    held = []
    for _ in range(30):
        level = random.gamma(2.0, 25.0, 300)
        y = level[:, np.newaxis] * random.gamma(4.0, 0.25, (300, 24))
        frame = monthly(24, revenue=y.sum(axis=0), customers=300)
        people = pd.DataFrame({"segment": "business", "pay": y.sum(axis=1), "months": 24.0})
        (one,) = retention.spend(frame, people)
        held.append(one.low <= 50.0 <= one.high)
    assert np.mean(held) > 0.7  # 0.9 by 30 draws: below it once in 700
    (blind,) = retention.spend(frame)
    assert blind.high - blind.low < one.high - one.low
    assert "how far customers differ is not in it" in blind.note


# --- segments ---------------------------------------------------------------------------------------------


def segmented(random, spread, trials):
    """Six segments whose bad shares differ around .1, of so many contacts each: truths, plain and drawn."""
    truth = 1 / (1 + np.exp(-(np.log(0.1 / 0.9) + spread * random.standard_normal(6))))
    parts = [
        monthly(1, f"s{place}", customers=count, bad=bad, neutral=count - bad, good=0, recovered=0)
        for place, (count, bad) in enumerate(zip(trials, random.binomial(trials, truth), strict=True))
    ]
    found = experiences.experiences(pd.concat(parts), named=("bad", "neutral"))
    keys = [f"segments.s{place}.experience.bad_share" for place in range(6)]
    plain, drawn = estimates(found), estimates(estimate.pooled(found, ["experience.bad_share"]))
    return truth, [plain[key] for key in keys], [drawn[key] for key in keys]


def test_segments_are_drawn_together_and_their_intervals_hold():
    random, held, errors = np.random.default_rng(3), [], np.zeros(2)
    for _ in range(15):
        truth, *both = segmented(random, 0.1, np.array([60, 60, 60, 60, 200, 200]))
        held += [one.low <= share <= one.high for one, share in zip(both[1], truth, strict=True)]
        for place, found in enumerate(both):
            errors[place] += sum((one.central - share) ** 2 for one, share in zip(found, truth, strict=True))
    assert np.mean(held) >= 0.8  # 0.9 by 90 shares: below it once in 300
    assert errors[1] < errors[0]  # James and Stein 1961


def test_a_segment_of_which_much_is_known_stays_as_it_was():
    truth, plain, drawn = segmented(np.random.default_rng(4), 0.8, np.array([10**6] * 2 + [50] * 4))
    assert len(truth) == len(plain)
    assert all(one == other for one, other in zip(plain[:2], drawn[:2], strict=True))
    moved = [(one, other) for one, other in zip(plain[2:], drawn[2:], strict=True) if one != other]
    assert moved  # of fifty contacts each
    for one, other in moved:
        assert other.data == one.range
        assert "Drawn towards the other segments" in other.note


def test_what_cannot_be_known_names_parameters_only_and_says_why():
    assert set(estimate.UNKNOWN) <= set(QUANTITIES)
    assert all(sentence.endswith(".") for sentence in estimate.UNKNOWN.values())
