"""Chance: exact distributions, people conserved, the mean of the expected run, spreads known by other means."""

from itertools import product

import numpy as np
import pytest
from builders import SECOND, SILENT, YEAR, business, event, in_calendar, initiative
from scipy.stats import binom, chisquare, nbinom, poisson

import wom
from wom._run import run, simulate
from wom.analysis import chance
from wom.anchoring import start
from wom.engine import Month

pytestmark = pytest.mark.usefixtures("counted")  # chance alone: no width of own figures

PLAN = [initiative({"experience.bad_share": {"multiply": 0.5}}, start_month=4, ramp_months=2)]
SMALL = {"market.size": 4_000, "market.customers": 200, "market.new_customers_per_month": 6}
AUDIENCE = {"word_of_mouth.audience_share": 0.3}
STILL = SILENT | AUDIENCE | {"market.new_customers_per_month": 0}
"""No arrivals either: customers only leave."""


def by_chance(changes, draws, horizon=12, plan=None, seed=0, **top):
    """Flows of a business by column, shape (months, segments, draws), and its scenario."""
    scenario = wom.load(business(changes, plan=plan, horizon_months=horizon, **top))
    return simulate(scenario, draws=draws, seed=seed, chance=True).flows, scenario


# --- numbers ----------------------------------------------------------------------------------------------

CHANCES = np.concatenate([np.random.default_rng(3).random(400), [2.0**-54, 1e-12, 0.5, 1 - 1e-12, 1 - 2.0**-53]])


@pytest.mark.parametrize(
    ("ours", "theirs", "given"),
    [(chance.binomial, binom, given) for given in product([0, 1, 2, 40, 100_000], [0.0, 1e-7, 0.3, 0.97, 1.0])]
    + [(chance.poisson, poisson, (mean,)) for mean in (0.0, 1e-9, 0.2, 3.0, 80.0, 50_000.0)],
)
def test_a_number_is_the_exact_inverse_of_its_distribution(ours, theirs, given):
    found = ours(CHANCES, *(np.full(len(CHANCES), float(one)) for one in given))
    # The definition, with room for the rounding of SciPy's distribution function near its steps.
    assert (theirs.cdf(found, *given) >= CHANCES - 1e-12).all()
    assert (theirs.cdf(found - 1, *given) <= CHANCES + 1e-12).all()


def test_people_spread_over_three_states_are_multinomial():
    rng, shares = np.random.default_rng(4), np.array([0.5, 0.3, 0.2])[:, np.newaxis]
    drawn = chance.among(rng.random((2, 20_000)), np.full(20_000, 50.0), shares)
    assert (drawn.sum(axis=0) == 50).all()
    # Variance n·p·(1 − p), covariance −n·p·q: their standard errors are at most 1 % of 50·0.25.
    expected = 50 * (np.diag(shares[:, 0]) - np.outer(shares, shares))
    assert np.cov(drawn) == pytest.approx(expected, abs=0.4)
    shares = np.array([[1.0, 0, 0], [0, 0, 1], [0, 1, 0]])  # nobody is spread where there is nothing
    spread = chance.among(np.full((2, 3), 0.4), np.array([0.0, 5.0, 5.0]), shares)
    assert spread.T.tolist() == [[0, 0, 0], [0, 0, 5], [0, 5, 0]]


# --- runs -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("segments", [None, {"a": SMALL, "b": SMALL | {"experience.bad_share": 0.2}}])
def test_people_are_whole_and_conserved_exactly(segments):
    event = {"event": "Storm", "month": 3, "bad_experience_share": 0.3, "reach_multiplier": 5}
    flows, _ = by_chance({} if segments else SMALL, 50, plan=[*PLAN, event], segments=segments)
    for name in set(flows) - {"revenue", "contribution", "stars"}:
        assert (flows[name] == np.rint(flows[name])).all(), name
    moods = flows["content"] + flows["delighted"] + flows["disappointed"]
    assert np.array_equal(moods, flows["customers"])
    assert (flows["customers"] + flows["prospects"] + flows["avoiders"] == 4_000).all()
    assert all(flows[name].min() >= 0 for name in set(flows) - {"contribution"})
    step = flows["customers"][:-1] + flows["new_customers"][:-1] - flows["lost_customers"][:-1]
    assert np.array_equal(flows["customers"][1:], step)


def test_customers_today_are_those_observed():
    flows, _ = by_chance(SMALL, 30)
    assert (flows["customers"][0] == 200).all()
    flows, _ = by_chance(SMALL | {"market.customers": 200.25}, 4000, horizon=1)
    assert flows["customers"][0].mean() == pytest.approx(200.25, abs=0.03)  # standard error 0.007


TALK = ("favourable", "wary", "recommended_customers", "incremental_customers", "deterred_customers")
COLUMNS = ("revenue", "contribution", "customers", "delighted", "disappointed", "avoiders", "new_customers",
          "lost_customers", "people_told_good", "people_told_bad", "stars", *TALK)  # fmt: skip
EVENT = event(3, bad_experience_share=0.1, reach_multiplier=5)


@pytest.mark.parametrize("size", [{}, SMALL], ids=["5,000 customers", "200 customers"])
def test_the_mean_is_that_of_the_expected_run(size):
    data = business(size | SECOND, plan=[*PLAN, EVENT], horizon_months=12)
    begin = in_calendar(start(wom.load(data)), YEAR)
    expected = run(begin, begin.inputs.schedule, keep=Month._fields).flows
    many = begin.repeated(2000)
    given = many.inputs.parameters, many.hidden, many.state, 12, many.inputs.schedule
    course = list(chance.months(*given, calendar=YEAR))
    for name in COLUMNS:
        totals = np.sum([getattr(month, name) for month in course], axis=(0, 1))
        aim = float(expected[name].sum())
        error = totals.std() / np.sqrt(len(totals))
        # 16 columns, two businesses: 4.5 standard errors come up once in 5,000 such tests. Impressions are not
        # linear in the number of messages, which chance makes uneven: up to 0.5 % in the small firm.
        bend = (0.01 if name in TALK else 0.001) * abs(aim)
        assert abs(totals.mean() - aim) < 4.5 * error + bend, name


def test_customers_who_only_leave_are_binomial():
    flows, _ = by_chance(STILL | {"market.customers": 200, "retention.retention_rate": 0.9}, 4000, horizon=7)
    left = flows["customers"][6, 0]
    stays = 0.9**6
    assert left.mean() == pytest.approx(200 * stays, abs=4.5 * np.sqrt(200 * stays * (1 - stays) / 4000))
    # The variance's standard error is √(2/4000) = 2.2 % of it.
    assert left.var() == pytest.approx(200 * stays * (1 - stays), rel=0.1)
    edges = np.quantile(left, np.linspace(0, 1, 9)[1:-1])
    counts = np.bincount(np.searchsorted(edges, left), minlength=8)
    # searchsorted puts a value equal to an edge below it.
    chances = np.diff([0.0, *binom.cdf(np.floor(edges), 200, stays), 1.0])
    assert chisquare(counts, chances * 4000).pvalue > 0.001


def test_moods_move_person_by_person():
    # All content today: after the month's first step a binomial number is delighted, with the kernel's chance.
    contacts = {"experience.contacts_per_month": 2.0, "experience.good_share": 0.3, "experience.bad_share": 0.0}
    flows, _ = by_chance(STILL | contacts | {"retention.retention_rate": 1.0, "market.customers": 500}, 8000, 2)
    rates = 1 / 6 + 0.6
    stationary = 0.6 / rates
    delighted = flows["delighted"][1, 0]
    assert delighted.mean() == pytest.approx(500 * stationary, abs=4.5 * np.sqrt(500 * 0.25 / 8000))
    assert delighted.var() == pytest.approx(500 * stationary * (1 - stationary), rel=0.07)
    # A month later those who were delighted are a little more often so: correlation e^(−θ) of one person's moods.
    first = flows["delighted"][0, 0]
    assert np.corrcoef(first, delighted)[0, 1] == pytest.approx(np.exp(-rates), abs=0.045)  # standard error 1 %


def test_people_told_are_as_uneven_as_the_published_reach():
    # A Poisson number of stories, each told to a negative binomial number of people.
    flows, _ = by_chance(STILL | {"word_of_mouth.reach_good": 9.0, "experience.recovered_share": 0.0,
                                         "market.customers": 400}, 8000, horizon=1)  # fmt: skip
    k, stories = chance.dispersion("good"), 400 * -np.expm1(-0.25)
    told = flows["people_told_good"][0, 0]
    second_moment = 9 + 81 / k + 81
    assert second_moment == pytest.approx(nbinom.var(k, k / (k + 9)) + 81)
    assert told.mean() == pytest.approx(9 * stories, abs=4.5 * np.sqrt(stories * second_moment / 8000))
    # Standard error 1.6 %, heavier tails 2 %.
    assert told.var() == pytest.approx(stories * second_moment, rel=0.09)


def test_a_small_firm_sees_a_wide_band():
    widths = []
    for scale in (1, 100):
        scenario = wom.load(business({key: value * scale for key, value in SMALL.items()}, horizon_months=6))
        low, median, high = simulate(scenario, draws=800, chance=True).interval("revenue")
        widths.append((high - low) / median)
    assert widths[0] > 0.05
    assert widths[0] / widths[1] == pytest.approx(10.0, rel=0.2)  # 1/√n; a width is known to 5 %


# --- streams ----------------------------------------------------------------------------------------------


def test_luck_belongs_to_seed_purpose_month_and_draw():
    ids = np.arange(6)
    luck = chance.Luck(0, 1, 2, ids)("moods", 3)
    assert luck.shape == (3, 2, 6)
    assert np.array_equal(luck[..., [1, 4]], chance.Luck(0, 1, 2, np.array([1, 4]))("moods", 3))
    others = [chance.Luck(1, 1, 2, ids)("moods", 3), chance.Luck(0, 2, 2, ids)("moods", 3),
              chance.Luck(0, 1, 2, ids)("choices", 3)]  # fmt: skip
    assert all(len(np.intersect1d(luck, other)) == 0 for other in others)
    assert len(np.unique(luck)) == luck.size


def test_more_draws_begin_with_those_of_fewer_and_one_course_has_numbers():
    few, many, other = (by_chance(SMALL, draws, seed=seed)[0] for draws, seed in ((20, 0), (40, 0), (20, 1)))
    assert all(np.array_equal(few[name], many[name][..., :20]) for name in few)
    assert not np.array_equal(few["new_customers"], other["new_customers"])
    scenario = wom.load(business(SMALL, horizon_months=6))
    run = simulate(scenario, chance=True)
    assert isinstance(run.npv, float)
    assert run.npv == simulate(scenario, chance=True, seed=0).npv != simulate(scenario).npv
    assert run.npv == pytest.approx(simulate(scenario, draws=2, chance=True).npv[0], rel=1e-12)


def test_a_run_and_its_plan_meet_the_same_luck():
    scenario = wom.load(business(plan=PLAN, horizon_months=12))
    plan, none = (simulate(each, draws=200, chance=True) for each in (scenario, scenario.without_plan()))
    assert all(np.array_equal(plan.flows[name][:4], none.flows[name][:4]) for name in plan.flows)
    # Independent luck would give the difference √2 times the spread of a run; shared luck a sixth of it at most.
    assert plan.less(none).npv.std() < none.npv.std() / 6
