"""Leaving and spending by mood: the likelihoods, firms whose truth is known, and what is refused."""

import daily
import numpy as np
import pytest

from wom.calibration import leaving, moods, spending
from wom.calibration.estimate import Estimate, Missing, estimates, missing
from wom.calibration.leaving import MEMORY, RATIOS
from wom.calibration.moods import Bills, Histories, Rule
from wom.parameters import Range

PRIORS = {RATIOS[0]: Range(0.5, 0.8, 1.0), RATIOS[1]: Range(1.3, 2.5, 4.0), MEMORY: Range(3.0, 6.0, 12.0)}
EFFECT = (0.7, 2.2)
SMALL = daily.World(customers=1500, months=24, hazard=0.03)


def found(world, seed, rules=None, priors=PRIORS):
    firm = daily.firm(world, seed)
    return leaving.leaving(firm.histories, priors, rules or (daily.rule(world),), firm.bills, seed)


# --- likelihoods ----------------------------------------------------------------------------------------------


def slopes_agree(likelihood, place, mood):
    step = 1e-5
    _, slope, information = likelihood(place, mood)
    for axis in range(len(place)):
        away = np.zeros(len(place))
        away[axis] = step
        up, down = likelihood(place + away, mood)[0], likelihood(place - away, mood)[0]
        assert slope[axis] == pytest.approx((up - down) / (2.0 * step), rel=1e-5, abs=1e-5)  # central differences
    assert (np.linalg.eigvalsh(information) > -1e-9).all()


def test_the_likelihood_of_risk_sets_is_that_of_each_leaver_among_its_set():
    random = np.random.default_rng(0)
    starts = np.array([0, 3, 5])
    rows = leaving.Rows(np.arange(9), np.zeros(9, int), np.isin(np.arange(9), starts), np.ones(9), starts)
    rows.weight[[1, 7]] = 0.5
    mood, columns = random.dirichlet([1, 1, 1], 9)[:, :2].T, random.random((1, 9))
    likelihood, place = leaving._on_days(rows, columns), np.array([-0.4, 0.8, 0.3])
    hazard = (1 + mood[0] * (np.exp(-0.4) - 1) + mood[1] * (np.exp(0.8) - 1)) * np.exp(0.3 * columns[0])
    plain = sum(
        np.log(hazard[first] / (rows.weight * hazard)[first:last].sum())
        for first, last in ((0, 3), (3, 5), (5, 9))
    )
    assert likelihood(place, mood)[0] == pytest.approx(plain, rel=1e-12)
    slopes_agree(likelihood, place, mood)


def test_the_likelihood_of_renewals_is_that_of_a_mixture_of_moods():
    random = np.random.default_rng(1)
    rows = leaving.Rows(np.arange(20), np.zeros(20, int), random.random(20) < 0.3, np.ones(20))
    mood, columns = random.dirichlet([1, 1, 1], 20)[:, :2].T, np.vstack([np.ones(20), random.random(20)])
    likelihood, place = leaving._at_renewals(rows, columns), np.array([-0.4, 0.8, -1.5, 0.3])
    hazard = np.exp(-1.5 + 0.3 * columns[1])
    stay = (1 - mood.sum(axis=0)) * np.exp(-hazard)
    stay += mood[0] * np.exp(-hazard * np.exp(-0.4)) + mood[1] * np.exp(-hazard * np.exp(0.8))
    plain = np.log(np.where(rows.left, 1 - stay, stay)).sum()
    assert likelihood(place, mood)[0] == pytest.approx(plain, rel=1e-12)
    slopes_agree(likelihood, place, mood)


# --- rows -----------------------------------------------------------------------------------------------------


def test_controls_were_there_on_the_day_and_had_their_last_contact_as_far_back():
    firm = daily.firm(SMALL.but(calendar="january"), 0).histories
    rows = leaving.risk_sets(firm, np.random.default_rng(0))
    of_set = rows.of_set()
    assert (firm.start[rows.who] <= rows.day).all()
    assert (firm.end[rows.who] >= rows.day).all()
    recency = firm.recency(rows.who, rows.day)
    assert (recency == recency[rows.starts][of_set]).all()
    assert (rows.day == rows.day[rows.starts][of_set]).all()
    assert rows.left.sum() == len(rows.starts)
    pairs = of_set * firm.size + rows.who
    assert len(np.unique(pairs)) == len(pairs)  # nobody twice in a set
    same_day = firm.left[rows.who] & (firm.end[rows.who] == rows.day) & ~rows.left
    assert set(rows.weight[same_day]) == {0.5}
    assert set(rows.weight[~same_day]) == {1.0}


@pytest.mark.parametrize(
    ("changes", "by_renewal"),
    [
        ({"calendar": "anniversaries"}, True),
        ({"calendar": "january", "pays": "yearly"}, True),
        ({"calendar": "january"}, False),
        ({"calendar": "days", "pays": "monthly"}, False),
    ],
)
def test_renewals_are_found_by_anniversaries_or_by_bills(changes, by_renewal):
    firm = daily.firm(SMALL.but(customers=400, **changes), 1)
    rows = leaving.renewals(firm.histories, firm.bills)
    assert (rows is not None) == by_renewal
    if rows is None:
        return
    known = firm.histories
    # each who left is in one row at most, and all renewals but the last were stayed at
    gone = np.unique(rows.who[rows.left])
    assert len(gone) == rows.left.sum()
    assert known.left[gone].all()
    assert len(gone) > 0.5 * (known.left & (known.end > known.start)).sum()
    assert (rows.day[~rows.left] <= known.end[rows.who[~rows.left]]).all()


# --- firms whose truth is known; `make bench` has more of each kind, and more kinds ------------------------------


def inside(one, world):
    """Logarithms of the middles over the truths, which lie in the intervals of 90 % or a fifth beyond them."""
    told = estimates(one.found)
    for key, truth in zip(RATIOS, world.ratios, strict=True):
        assert told[key].low / 1.2 < truth < told[key].high * 1.2, (world, key)
    return [np.log(told[key].central / truth) for key, truth in zip(RATIOS, world.ratios, strict=True)]


def test_calendars_are_not_taken_for_moods():
    worlds = [SMALL.but(calendar=calendar) for calendar in ("january", "holiday")]
    for world in [*worlds, SMALL.but(calendar="anniversaries", survey="attitude")]:
        inside(found(world, 0), world)


def test_a_survey_of_the_unhappy_alone_tells_next_to_nothing():
    for key, one in estimates(found(SMALL.but(survey="unhappy"), 1).found).items():
        assert key == MEMORY or one.high > 3.0 * one.low


def test_ratios_are_found():
    changes = ({"calendar": "anniversaries", "hazard": 0.02}, {"answers": (0.15, 0.30, 0.20, 0.10)},
               {"offset": 0.6, "shares": (0.3, 0.1, 0.15), "frailty": 1.0})  # fmt: skip
    worlds = [SMALL.but(ratios=EFFECT, **each) for each in changes]
    middles = [inside(found(world, 10), world) for world in worlds]
    # three firms whose ratios have relative errors of .2 to .3 each: the mean misses by twice its error at most
    assert np.abs(np.mean(middles, axis=0)).max() < 0.35


def test_answers_count_in_full_until_the_next_renewal_and_tell_no_memory():
    world = SMALL.but(calendar="january", ratios=(0.6, 2.0), survey="attitude")
    one = found(world, 3)
    assert missing(one.found)[MEMORY].why == leaving.SAME_DISTANCE
    assert not one.moved
    inside(one, world)


def test_departures_tell_how_long_a_mood_lasts():
    world = daily.World(ratios=(0.5, 3.0), memory=3.0, customers=3000)
    one = found(world, 0)
    memory = estimates(one.found)[MEMORY]
    assert one.moved
    assert memory.low < 3.0 < memory.high
    assert np.quantile(one.memory, 0.5) == pytest.approx(memory.central)
    held = found(world, 0, priors=PRIORS | {MEMORY: Range(3.0, 3.0, 3.0)})
    assert held.memory == pytest.approx(3.0)
    known, doubted = (estimates(part.found)[RATIOS[1]] for part in (held, one))
    assert known.high / known.low < 1.02 * doubted.high / doubted.low  # its doubt is in the interval of the ratio


def test_contacts_by_which_customers_cancel_are_left_out_and_it_is_said():
    """Of those who leave three in ten called within the week before, which is written down as a bad contact."""
    world = SMALL.but(cancels=0.3)
    late, others = found(world, 1), found(SMALL, 1)
    inside(late, world)
    for one, said in ((late, True), (others, False)):
        assert ("Contacts of the last 7 days are left out" in estimates(one.found)[RATIOS[1]].note) == said


def test_rules_that_are_not_known_exactly_widen_the_ratios():
    world = SMALL.but(ratios=EFFECT, answers=(0.3, 0.3, 0.3, 0.3))
    good, bad = (world.contacts * share * 0.7 for share in (0.3, 0.15))
    rules = tuple(Rule(unseen=(good * part, bad * part)) for part in (0.4, 0.7, 1.0, 1.4, 2.0))
    exact, ranged = (estimates(found(world, 12, which).found) for which in (rules[2:3], rules))
    for key, truth in zip(RATIOS, EFFECT, strict=True):
        assert ranged[key].low < truth < ranged[key].high
        assert np.log(ranged[key].high / ranged[key].low) > 1.02 * np.log(exact[key].high / exact[key].low)


# --- refusals and cautions ------------------------------------------------------------------------------------


def test_customers_who_are_lastingly_served_worse_are_recognised():
    one = found(SMALL.but(frailty=1.0, unfair=True, customers=3000), 0)
    for key in RATIOS:
        assert missing(one.found)[key].why.startswith(leaving.DIFFER)


def test_data_against_the_published_range_are_a_conflict_and_both_are_said():
    one = found(SMALL.but(ratios=(2.5, 0.5), customers=4000), 0)
    for key in RATIOS:
        assert estimates(one.found)[key].note.startswith(leaving.AGAINST)
    assert one.table.loc[("disappointed", "both"), "high"] < 1.0
    assert one.table.loc[("disappointed", "published"), "low"] == 1.3


def compared(kinds, left, day=100, end=200):
    """What one contact each tells, of these kinds on a day, and who left on another."""
    size = len(kinds)
    known = Histories(0, 399, np.full(size, -500.0), np.where(left, end, 399), np.asarray(left), np.arange(size),
                      np.broadcast_to(day, size), np.asarray(kinds), np.zeros(size, dtype=np.int64))  # fmt: skip
    return leaving.leaving(known, PRIORS)


EACH = np.repeat([moods.GOOD, moods.NEUTRAL, moods.BAD], 300)


def test_few_leavers_after_a_kind_of_contact_are_counted_and_refused():
    left = np.concatenate([np.arange(300) < 40, np.arange(300) < 40, np.arange(300) < 4])
    why = "Only 4 of those who left had a bad experience before; the published range stays."
    assert missing(compared(EACH, left).found)[RATIOS[1]].why == why
    neutral = compared(np.repeat([moods.GOOD, moods.BAD], 300), np.arange(600) % 10 == 0)
    assert "Only 0 of those who left had a neutral contact before" in missing(neutral.found)[RATIOS[0]].why


@pytest.mark.parametrize("left", [np.zeros(900, bool), np.ones(900, bool)])
def test_nobody_or_everybody_left(left):
    one = compared(EACH, left)
    assert all(isinstance(part, Missing) or part.low < 1.0 < part.high for part in one.found[:2])
    assert isinstance(one.found[2], Estimate)


def test_all_who_were_asked_felt_the_same():
    """The good on one day, the bad on another, the neutral on a third: nobody to compare with."""
    day = np.repeat([60, 200, 340], 300)
    one = compared(EACH, np.arange(900) % 6 == 0, day, day + 20)
    assert missing(one.found)[RATIOS[0]].why == leaving.NOBODY


# --- spending -------------------------------------------------------------------------------------------------

PAYING = SMALL.but(hazard=0.012)
SIX = np.full(10, 6.0)


def effect(world, seed, memory=SIX):
    firm = daily.firm(world, seed)
    paid = firm.bills
    return spending.effect(firm.histories, paid, memory, (daily.rule(world),), seed)


def test_spending_without_chance_gives_the_effect_exactly():
    """Bills of each month that are what the mood of the day makes of them, with levels and seasons."""
    firm = daily.firm(PAYING.but(pays="monthly", customers=300), 0)
    known, paid = firm.histories, firm.bills
    own = moods.course(known)
    mood = own.at(own.locate(paid.who, paid.day), 6.0)
    season = 1.0 + 0.3 * np.cos(paid.day.astype("datetime64[D]").astype("datetime64[M]").astype(int))
    level = np.random.default_rng(0).gamma(2.0, 10.0, known.size)
    amount = level[paid.who] * season * (1.0 + 0.15 * mood[0] - 0.25 * mood[1])
    found = spending.effect(known, Bills(paid.who, paid.day, amount), SIX)
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
    one = effect(PAYING.but(uplift=sizes[0], cut=sizes[1], **changes), 1)
    error = np.sqrt(np.diag(one.covariance))
    assert (np.abs(one.size - sizes) < 3.5 * error).all()  # once in 2,000 each
    assert (error < 0.06).all()


def test_without_what_dates_predict_visits_would_pass_for_moods(monkeypatch):
    """Why moods are centred: who is in contact because they buy buys more after any contact."""
    worlds = PAYING.but(pays="visits", richer=True)
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
    found = spending.billing(daily.firm(PAYING.but(pays=pays, months=36, customers=200), 3).bills)
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
    assert effect(PAYING.but(**{"pays": "purchases"} | changes), 0) == why
    assert {one.why for one in missing(spending.spending(why)).values()} == {why}


def test_a_mood_that_nobody_had_is_missing_and_the_other_is_told():
    world = PAYING.but(pays="purchases", shares=(0.4, 0.0, 0.0), customers=300)
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
