"""Leaving by mood: the likelihood against a plain one, limits, and firms where nobody or everybody left."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wom.calibration import retention, sbg, spells
from wom.calibration.estimate import Estimate, Missing, estimates, missing
from wom.parameters import Range

RATIOS = ("retention.delighted_hazard_ratio", "retention.disappointed_hazard_ratio")


def told(*rows, segment="business"):
    """Spells: mood, months, left, since, count."""
    frame = pd.DataFrame(rows, columns=["mood", "months", "left", "since", "count"])
    frame.insert(0, "segment", segment)
    return frame


def followed(random, mood, customers, months, hazard, ratio, memory, segment="business"):
    """Customers one by one after an experience: felt until an exponential time, and leaving by what they feel."""
    since = random.random(customers)
    forgets = random.exponential(memory, customers) if mood != "content" else np.zeros(customers)
    end, left = np.full(customers, months), np.zeros(customers, dtype=bool)
    here = np.ones(customers, dtype=bool)
    for month in range(months):
        chance = -np.expm1(-hazard * np.where(forgets > since + month, ratio, 1.0))
        goes = here & (random.random(customers) < chance)
        end[goes], left[goes] = month + 1, True
        here &= ~goes
    frame = pd.DataFrame({"segment": segment, "mood": mood, "months": end, "left": left, "since": since.round(1)})
    return frame.groupby(["segment", "mood", "months", "left", "since"]).size().rename("count").reset_index()


def three(random, hazard=0.05, better=0.6, worse=2.5, memory=6.0, customers=20_000, months=12):
    return pd.concat(
        [
            followed(random, "content", customers, months, hazard, 1.0, memory),
            followed(random, "delighted", customers, months, hazard, better, memory),
            followed(random, "disappointed", customers, months, hazard, worse, memory),
        ]
    )


# --- likelihood -------------------------------------------------------------------------------------------


@given(st.floats(0.001, 0.5), st.floats(0.1, 8.0), st.floats(0.5, 30.0), st.floats(0.0, 1.0))
def test_the_fading_mood_agrees_with_a_sum_over_when_it_is_forgotten(hazard, ratio, memory, since):
    months = 8
    _, leave = spells.felt(np.array([since]), np.array([hazard * ratio]), np.array([hazard]), memory, months)
    survival = np.cumprod(1.0 - leave[:, 0])
    # felt at month ends 0 … j − 1 and forgotten before j
    felt = np.exp(-(since + np.arange(months)) / memory)
    forgotten = np.append(1.0 - felt[0], -np.diff(felt))
    for end in range(months):
        ways = [forgotten[j] * np.exp(-hazard * (ratio * j + end + 1 - j)) for j in range(end + 1)]
        plain = sum(ways) + felt[end] * np.exp(-hazard * ratio * (end + 1))
        assert survival[end] == pytest.approx(plain, rel=1e-11)  # two orders of the same sum, to rounding


def test_a_mood_that_lasts_for_ever_or_changes_nothing_is_a_plain_hazard():
    same = spells.felt(np.array([0.3]), np.array([0.07]), np.array([0.07]), 6.0, 5)[1]
    assert same == pytest.approx(-np.expm1(-0.07), rel=1e-12)
    ever = spells.felt(np.array([0.3]), np.array([0.2]), np.array([0.05]), 1e12, 5)[1]
    assert ever == pytest.approx(-np.expm1(-0.2), rel=1e-9)  # 1e-12 of it is forgotten each month
    gone = spells.felt(np.array([0.9]), np.array([0.2]), np.array([0.05]), 0.01, 5)[1]
    assert gone == pytest.approx(-np.expm1(-0.05), rel=1e-9)


def test_one_segment_twice_has_the_same_ratios_and_half_the_rows_the_same_likelihood():
    frame = three(np.random.default_rng(0), customers=3000)
    once = spells.spells_from(frame)
    at = np.log([[0.05]]), np.log([[0.7], [2.0]]), np.array([5.0])
    double = spells.spells_from(frame.assign(count=frame["count"] * 2))
    assert spells.log_likelihood(double, *at)[0] == pytest.approx(
        2 * spells.log_likelihood(once, *at)[0], rel=1e-12
    )
    both = pd.concat([frame, frame.assign(segment="other")])
    one, two = (estimates(retention.moods(part).found) for part in (frame.assign(count=frame["count"] * 2), both))
    for key in RATIOS:
        # the optimiser stops within 1e-3 of a standard error, and a standard error is a tenth
        assert two[key].central == pytest.approx(one[key].central, rel=1e-3)
    assert {"segments.business.base_hazard", "segments.other.base_hazard"} <= {
        key.replace("base_hazard", "segments.business.base_hazard") if key == "base_hazard" else key for key in two
    }


# --- what it finds ----------------------------------------------------------------------------------------


def test_many_customers_give_the_truth_and_move_the_prior_of_the_memory():
    found = retention.moods(three(np.random.default_rng(1), memory=4.0))
    known = estimates(found.found)
    assert known[RATIOS[0]].low < 0.6 < known[RATIOS[0]].high
    assert known[RATIOS[1]].low < 2.5 < known[RATIOS[1]].high
    assert known["experience.memory_months"].low < 4.0 < known["experience.memory_months"].high
    assert known[RATIOS[1]].high / known[RATIOS[1]].low < 1.4  # 20,000 customers, thousands of whom left
    assert found.memory_moved
    assert "not what it causes" in known[RATIOS[0]].note
    assert "The data changed" in known["experience.memory_months"].note


def test_few_customers_leave_the_memory_to_the_evidence_and_say_so():
    found = retention.moods(three(np.random.default_rng(2), hazard=0.03, customers=150))
    memory = estimates(found.found)["experience.memory_months"]
    assert not found.memory_moved
    assert "hardly say how long a mood lasts" in memory.note
    assert memory.low == pytest.approx(3.0, rel=0.25)  # the evidence's 3 to 12
    assert memory.high == pytest.approx(12.0, rel=0.25)


def fell(new, kept):
    """A cohort's curve whose hazard falls from `new` to a part of it a year later."""
    total = 12 * kept / (1 - kept)
    covariance = np.eye(2) * 1e-4
    return sbg.Fit(new * total, (1 - new) * total, -1e4, 9000, 3000, True, np.zeros(2), covariance)


def test_customers_who_differ_lastingly_leave_the_ratios_to_the_evidence():
    found = retention.moods(three(np.random.default_rng(4)))
    assert found.memory_moved
    assert retention.unless_customers_differ(found, []) is found
    alike = dataclasses.replace(fell(0.05, 0.5), differ=False)
    assert retention.unless_customers_differ(found, [alike]) is found
    mild = retention.unless_customers_differ(found, [fell(0.05, 0.95)])
    assert mild.memory_moved
    assert all("a little too low" in estimates(mild.found)[key].note for key in RATIOS)
    strong = retention.unless_customers_differ(found, [fell(0.05, 0.95), fell(0.06, 0.5)])
    assert not strong.memory_moved
    assert {*RATIOS, "experience.memory_months"} == set(missing(strong.found))
    assert "6.0% of new ones a month, 3.0% a year later" in missing(strong.found)[RATIOS[0]].why
    assert "base_hazard" in estimates(strong.found)


def test_two_kinds_of_customers_whom_moods_do_not_touch_seem_moved_by_them():
    """Why the ratios are left to the evidence: nobody's mood matters here, and half of them leave soon."""
    random = np.random.default_rng(5)
    kinds = [(0.10, 6000), (0.01, 6000)]
    new = pd.concat([followed(random, "content", count, 3, hazard, 1.0, 6.0) for hazard, count in kinds])
    # served after three months as new ones: those who are still there
    stayed = [(hazard, int(count * np.exp(-3 * hazard))) for hazard, count in kinds]
    served = pd.concat([followed(random, "disappointed", count, 12, hazard, 1.0, 6.0) for hazard, count in stayed])
    ratio = estimates(retention.moods(pd.concat([new, served])).found)[RATIOS[1]]
    assert ratio.high < 0.9
    leaves = [random.geometric(-np.expm1(-hazard), count) for hazard, count in kinds]
    gone = np.concatenate(leaves)
    cohort = sbg.Cohorts(np.zeros(12_000, dtype=int), np.minimum(gone, 24), gone <= 24, np.ones(12_000))
    told_apart = retention.unless_customers_differ(retention.moods(pd.concat([new, served])), [sbg.fit(cohort)])
    assert RATIOS[1] in missing(told_apart.found)


def test_a_memory_that_is_known_is_held():
    frame = three(np.random.default_rng(3), customers=2000)
    held = estimates(retention.moods(frame, Range(6.0, 6.0, 6.0)).found)
    free = estimates(retention.moods(frame).found)
    assert held["experience.memory_months"].range == Range(6.0, 6.0, 6.0)
    for key in RATIOS:
        assert held[key].high / held[key].low < free[key].high / free[key].low


def test_curves_observed_are_those_of_kaplan_and_meier_1958_and_the_fit_runs_through_them():
    plain = retention.moods(told(("content", 1, True, np.nan, 10), ("content", 2, True, np.nan, 9),
                                 ("content", 2, False, np.nan, 81))).curves()  # fmt: skip
    assert plain["observed"].tolist() == pytest.approx([0.9, 0.81])
    curves = retention.moods(three(np.random.default_rng(4))).curves()
    assert (curves["low"] <= curves["observed"]).all()
    assert (curves["observed"] <= curves["high"]).all()
    # 20,000 customers: a curve is known to 0.35 of a point, and 36 of them are looked at
    assert (curves["fitted"] - curves["observed"]).abs().max() < 0.015


# --- edges ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([("content", 3, False, np.nan, 50), ("delighted", 2, False, 0.5, 9)], "Nobody left"),
        ([("content", 1, True, np.nan, 50), ("delighted", 1, True, 0.5, 9)], "Everybody left"),
        ([], "no customers who were followed"),
    ],
)
def test_nobody_or_everybody_leaving_says_nothing_of_moods(rows, says):
    found = retention.moods(told(*rows))
    assert all(says in one.why for one in missing(found.found).values())
    assert set(missing(found.found)) == set(RATIOS)
    assert estimates(found.found)["experience.memory_months"].range == Range(3.0, 6.0, 12.0)
    assert not found.memory_moved
    assert len(found.curves()) == (0 if not rows else found.curves().shape[0])


def test_a_mood_that_nobody_left_in_has_no_lower_end_and_one_that_nobody_had_is_missing():
    rows = [("content", 6, True, np.nan, 40), ("content", 6, False, np.nan, 400), ("delighted", 3, False, 0.5, 60)]
    found = estimates(retention.moods(told(*rows)).found)
    better = found[RATIOS[0]]
    # 40 left in 2,640 months, so 60 followed for three months expect 2.7 if the mood changes nothing, about 2.1 of
    # them while it is felt; with a flat prior the ratio is then exponential with a mean of a little under a half
    assert better.low == pytest.approx(0.05 * 0.45, rel=0.4)
    assert better.central == pytest.approx(0.69 * 0.45, rel=0.4)
    assert better.high == pytest.approx(3.0 * 0.45, rel=0.4)
    assert "Only 0 of the delighted left" in better.note
    assert isinstance(next(one for one in retention.moods(told(*rows)).found if one.key == RATIOS[1]), Missing)


@pytest.mark.parametrize(("lost", "customers"), [(0, 1), (1, 1), (0, 40), (40, 40)])
def test_retention_of_one_customer_or_with_nobody_or_everybody_leaving_stays_open(lost, customers):
    index = pd.MultiIndex.from_product(
        [["business"], pd.period_range("2024-01", periods=1, freq="M")], names=["segment", "month"]
    )
    (one,) = retention.rate(pd.DataFrame({"customers": [customers], "lost_customers": [lost]}, index=index))
    assert isinstance(one, Estimate)
    assert 0 < one.low < one.central < one.high <= 1
    assert (one.high - one.low > 0.5) == (customers == 1)
