"""Ranges become draws: three percentiles met, nested and paired draws, correlations, contradictions left out."""

import numpy as np
import pytest
from builders import TRAINING, business, event, initiative, span
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri
from scipy.stats import spearmanr

import wom
from wom import draws
from wom._run import Run, run, simulate
from wom.draws import END, begin, quantile, redrawn, sample, scores, uncertain
from wom.errors import InputError
from wom.evidence import CUSTOMER_TYPES, defaults
from wom.parameters import QUANTITIES, Quantity, Range

SHARE = Quantity(unit="share", meaning="", at_least=0, at_most=1)
COUNT = Quantity(unit="people", meaning="", at_least=0)
RATIO = Quantity(unit="ratio", meaning="", above=0)
STARS = Quantity(unit="stars", meaning="", at_least=1, at_most=5)
SHIFT = Quantity(unit="probability", meaning="", above=-0.4, below=0.6)
ANY = Quantity(unit="currency", meaning="")
AVOIDING = Quantity(unit="share", meaning="", at_least=0, below=1)

SPANS = [
    (Range(0.2, 0.5, 0.9), SHARE),
    (Range(0.0, 0.05, 0.09), SHARE),  # low end at a bound
    (Range(0.4, 0.7, 1.0), SHARE),  # high end at a bound
    (Range(0.0, 0.0, 0.2), SHARE),  # half of the draws at the bound
    (Range(0.0, 0.5, 1.0), SHARE),  # both ends at a bound
    (Range(0.3, 0.3, 0.6), SHARE),  # nothing below the median
    (Range(4.5, 5.0, 5.0), STARS),
    (Range(0.0, 0.0, 5.0), COUNT),
    (Range(1.0, 3.0, 6.0), RATIO),
    (Range(1.0, 1.2, 1.8), RATIO),
    (Range(0.10, 0.20, 0.25), SHIFT),
    (Range(-3.0, 1.0, 2.0), ANY),
    (Range(0.5, 0.9, 0.999999), AVOIDING),
    *((three, QUANTITIES[key]) for kind in CUSTOMER_TYPES for key, three in defaults(kind).items()),
]

FREE = {"word_of_mouth.reach_bad": (7.5, 16, 24), "spending.disappointed_cut": (0, 0.1, 0.3)}
OWN = {"experience.bad_share": (0.04, 0.06, 0.09), "economics.spend_per_customer": (45, 50, 60)}
PLAN = [TRAINING | {"start_month": 5, "ramp_months": 3, "cost": {"once": 20_000, "per_month": 500}}]


pytestmark = pytest.mark.usefixtures("counted")


def spans(values):
    return {key: span(*given) if isinstance(given, tuple) else given for key, given in values.items()}


def case(changes=FREE | OWN, plan=None, **top):
    return wom.load(business(spans(changes), plan=plan, **top))


# --- one distribution -------------------------------------------------------------------------------------


def test_the_three_percentiles_are_met_and_draws_rise_within_bounds():
    for three, quantity in SPANS:
        # Rounding of exp(ln x): a few units in the last place.
        met = quantile(three, quantity, np.array([-END, 0.0, END]))
        assert met == pytest.approx(list(three), rel=1e-14, abs=1e-15), quantity
        drawn = quantile(three, quantity, np.linspace(-9.0, 9.0, 201))
        # Where a side has no width, rounding may put a value one unit in the last place below its neighbour.
        assert (np.diff(drawn) >= -1e-15 * np.abs(drawn[1:])).all()
        assert all(quantity.admits(value) for value in drawn)
    half = quantile(Range(0.3, 0.3, 0.6), SHARE, ndtri((np.arange(1000) + 0.5) / 1000))
    assert (half == 0.3).sum() == 500  # an end at the median holds half of the draws


@given(st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3).map(sorted), st.floats(-9.0, 9.0))
def test_any_share_stays_a_share(three, score):
    assert SHARE.admits(float(quantile(Range(*three), SHARE, np.array(score))))
    # Rounding of ln(odds) up to 708, the smallest number's.
    assert quantile(Range(*three), SHARE, np.array([-END, END])) == pytest.approx([three[0], three[2]], abs=1e-12)


def test_scales_are_the_natural_ones():
    score = np.linspace(-3.0, 3.0, 7)
    doubling = quantile(Range(1.0, 2.0, 4.0), RATIO, score)
    assert doubling == pytest.approx(2.0 * 2.0 ** (score / END), rel=1e-14)  # lognormal
    odds = quantile(Range(0.2, 0.5, 0.8), SHARE, score)
    assert odds / (1.0 - odds) == pytest.approx(4.0 ** (score / END), rel=1e-13)  # logit-normal
    assert quantile(Range(-1.0, 0.0, 1.0), ANY, score) == pytest.approx(score / END, rel=1e-14)  # normal


# --- which values are drawn -------------------------------------------------------------------------------


def test_evidence_counts_unless_the_scenario_gives_a_number():
    grades = {item.key: item.grade for item in uncertain(wom.load("retailer/today"))}
    assert grades["word_of_mouth.reach_bad"] == "weak"
    assert "market.referral_share" not in grades  # a number in the file
    assert {item.key: item.grade for item in uncertain(case())} == dict.fromkeys([*FREE, *OWN], "yours")


def test_ranges_of_a_plan_have_the_bounds_of_what_they_change():
    changes = {
        "experience.recovered_share": {"to": span(0.4, 0.5, 0.6)},
        "experience.bad_share": {"multiply": span(0.5, 0.7, 0.9)},
        "word_of_mouth.reach_good": {"add": span(-1, 0, 2)},
    }
    plan = [
        initiative(changes, cost={"once": span(1, 2, 3)}),
        event(3, bad_experience_share=span(0.01, 0.02, 0.1)),
    ]
    found = {item.key: (item.quantity.at_least, item.quantity.at_most) for item in uncertain(case({}, plan))}
    assert found == {
        "plan.0.cost.once": (0, None),
        "plan.0.changes.experience.recovered_share": (0, 1),
        "plan.0.changes.experience.bad_share": (0, None),
        "plan.0.changes.word_of_mouth.reach_good": (None, None),
        "plan.1.bad_experience_share": (0, 1),
    }


# --- points -----------------------------------------------------------------------------------------------

SEGMENTS = {
    name: {"market.size": 20_000, "market.customers": 1_000, "market.new_customers_per_month": 30} | spans(own)
    for name, own in {"a": OWN, "b": {"experience.bad_share": (0.02, 0.03, 0.05)}}.items()
}


def many_groups():
    """Ranges of the business, of two segments and of a plan."""
    plan = [PLAN[0] | {"cost": {"once": span(10_000, 20_000, 40_000), "per_month": span(300, 500, 900)}}]
    return wom.load(business(spans(FREE | OWN), segments=SEGMENTS, plan=plan))


def test_draws_reproduce_the_three_percentiles():
    scenario = many_groups()
    found = uncertain(scenario)
    assert len({item.group for item in found}) == 5
    # Each dimension holds one point in each of 2^k equal parts: a share of draws is met to one part in 1,024.
    for item, row in zip(found, scores(found, 1024), strict=True):
        shares = [(item.at(row) <= value).mean() for value in item.range]
        assert shares == pytest.approx([0.05, 0.5, 0.95], abs=2 / 1024), item.key


@pytest.mark.parametrize(("few", "many"), [(2, 3), (100, 200), (129, 1000), (1000, 1024)])
def test_more_draws_begin_with_those_of_fewer(few, many):
    found = uncertain(many_groups())
    assert np.array_equal(scores(found, few), scores(found, many)[:, :few])
    first, second = (simulate(case(plan=PLAN), draws=draws) for draws in (few, many))
    assert np.array_equal(first.npv, second.npv[:few])
    assert all(np.array_equal(flow, second.flows[name][..., :few]) for name, flow in first.flows.items())


MORE = FREE | OWN | {"retention.retention_rate": (0.96, 0.975, 0.985), "market.size": (8e4, 1e5, 2e5)}
FIRST = PLAN[0] | {"cost": {"once": span(10_000, 20_000, 40_000)}}
OTHER = initiative(name="Other", cost={"once": span(1, 2, 3)})
RETAILER = wom.load("retailer/today")


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        (case(), case(MORE), {}),  # a further range
        (RETAILER, RETAILER.replace({"word_of_mouth.reach_bad": span(10, 16, 20)}), {}),
        (case({}, [FIRST]), case({}, [OTHER, FIRST]), {"plan.0.cost.once": "plan.1.cost.once"}),
    ],
)
def test_a_range_keeps_its_draws_whatever_else_there_is_and_wherever_it_stands(before, after, moved):
    first, second = (
        {item.key: row for item, row in zip(found, scores(found, 300), strict=True)}
        for found in (uncertain(before), uncertain(after))
    )
    assert first
    assert all(np.array_equal(row, second[moved.get(key, key)]) for key, row in first.items())


def test_no_two_ranges_move_together():
    # Points of two unmixed Sobol sequences would share their first digits: |correlation| up to 1. The standard
    # error of a correlation of independent draws is 1/32 here; of 55 pairs the largest is below 3.5 of them.
    both = np.concatenate([scores(uncertain(many_groups()), 1024, stream=name) for name in ("draws", "again 0")])
    apart = np.abs(np.corrcoef(both) - np.eye(len(both)))
    assert apart.max() < 3.5 / 32


def test_seeds():
    scenario = case()
    zero, again, one = (simulate(scenario, draws=50, seed=seed).npv for seed in (0, 0, 1))
    assert np.array_equal(zero, again)
    assert np.array_equal(zero, simulate(scenario, draws=50).npv)  # 0 is a seed, and the one meant
    assert len(np.intersect1d(zero, one)) == 0
    assert np.array_equal(one, simulate(scenario, draws=np.int64(50), seed=np.int64(1)).npv)


def test_intervals_hold_what_they_promise():
    # Truths drawn by other means lie in the 90 % interval in 90 % of cases; standard errors 0.7 % of 2,000 truths
    # and about 1 % of an interval from 500 draws.
    scenario = case(plan=PLAN)
    found = uncertain(scenario)
    start, _ = begin(scenario, found, np.random.default_rng(9).standard_normal((len(found), 2000)))
    truths = run(start, start.inputs.schedule).npv
    for seed in range(5):
        low, median, high = simulate(scenario, draws=500, seed=seed).interval("npv")
        assert ((truths > low) & (truths < high)).mean() == pytest.approx(0.9, abs=0.03)
        assert (truths < median).mean() == pytest.approx(0.5, abs=0.04)


# --- runs -------------------------------------------------------------------------------------------------


def test_with_draws_results_are_arrays_that_nobody_changes():
    many = simulate(case(plan=PLAN), draws=64)
    assert type(many) is Run
    for values in (many.npv, many.revenue, many.contribution, many.total("plan_cost")):
        assert values.shape == (64,)
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 1.0


def test_without_ranges_all_draws_are_the_expected_run():
    scenario = case({}, PLAN)
    many, run = simulate(scenario, draws=3), simulate(scenario)
    assert all(isinstance(value, float) for value in (run.npv, run.revenue, run.total("new_customers")))
    # Exponentials of arrays of other lengths may differ in the last digit.
    assert many.npv == pytest.approx([run.npv] * 3, rel=1e-14)
    assert simulate(case(plan=PLAN), draws=3, ranges=False).npv == pytest.approx(
        [simulate(case(plan=PLAN)).npv] * 3, rel=1e-14
    )


@pytest.mark.parametrize("chance", [False, True])
@pytest.mark.parametrize("segments", [None, SEGMENTS])
def test_a_plan_and_no_plan_are_equal_until_the_plan_starts(chance, segments):
    scenario = wom.load(business(spans(FREE), segments=segments, plan=PLAN, horizon_months=10))
    plan, none = (simulate(each, draws=40, chance=chance) for each in (scenario, scenario.without_plan()))
    for name, flow in plan.flows.items():
        assert np.array_equal(flow[:5], none.flows[name][:5]), name
    assert (plan.flows["disappointed"][6:] != none.flows["disappointed"][6:]).any()
    assert plan.less(none).npv == pytest.approx(plan.npv - none.npv)


def test_medians_of_sums_are_no_sums_of_medians():
    segments = {name: SEGMENTS[name] | spans({"economics.spend_per_customer": (10, 20, 200)}) for name in "ab"}
    many = simulate(wom.load(business(segments=segments)), draws=500)
    by_draw = many.flows["revenue"].sum(axis=(0, 1))
    assert many.interval("revenue") == pytest.approx(tuple(np.quantile(by_draw, [0.05, 0.5, 0.95])))
    assert many.monthly.revenue[7] == np.median(many.flows["revenue"][7].sum(axis=0))
    assert many.band("revenue")["median"][7] == many.monthly.revenue[7]
    # Two segments with skewed and independent spending: medians added up are well below the median of the sum.
    assert many.by_segment.revenue.groupby("month").sum()[7] < 0.97 * many.monthly.revenue[7]


# --- what contradicts itself ------------------------------------------------------------------------------


# A business that knows where its new customers come from and writes down the evidence's ranges of talk: its
# own figures, which give way to nothing.
TALK = ("word_of_mouth.memory_months", "word_of_mouth.reach_good")
OBSERVED = {"market.referral_share": 0.19} | {key: tuple(defaults("consumer")[key]) for key in TALK}


def test_contradictions_are_counted_and_replaced():
    scenario = case(OBSERVED)
    found = sample(scenario, 500)
    assert found.scores.shape[1] == len(found.ids) == 500
    assert found.refused.count == found.ids[-1] + 1 - 500
    assert 0.1 < found.refused.share < 0.5
    assert found.refused.leaning["word_of_mouth.memory_months"] < 0
    for part in ("low values of word_of_mouth.memory_months", "check market.referral_share and market.size"):
        assert part in found.refused.text
    assert sum(found.refused.reasons.values()) == found.refused.count  # one reason here
    assert np.isfinite(simulate(scenario, draws=500).npv).all()
    plain = sample(case(), 100)
    assert (plain.refused.count, plain.refused.text, list(plain.ids)) == (0, "", list(range(100)))
    said = "at most 50 % may.*low values of word_of_mouth.memory_months.*check market.referral_share"
    with pytest.raises(InputError, match=said):
        simulate(case(OBSERVED | {"market.referral_share": 0.27}), draws=10)  # for any number of draws


def test_draws_are_anchored_once_however_many_are_left_out(monkeypatch):
    """What is missing is anchored and joined to the first draws, and nothing comes out otherwise."""
    sizes, real = [], draws.anchored
    monkeypatch.setattr(draws, "anchored", lambda inputs: sizes.append(None) or real(inputs))
    scenario = case(OBSERVED)
    found = sample(scenario, 1500)
    assert len(sizes) == 2  # those asked for, and what of them was missing
    few = sample(scenario, 700)
    assert list(few.ids) == list(found.ids[:700])
    for name in ("base_hazard", "base_spend", "log_odds", "audience_share"):
        one, two = (getattr(each.start.hidden, name) for each in (few, found))
        assert np.array_equal(one, two[..., :700]), name
    begun, problems = draws.begin(scenario, found.parameters, found.scores)
    assert not draws.refused_by(problems).any()
    assert np.array_equal(begun.hidden.base_hazard, found.start.hidden.base_hazard)
    assert np.array_equal(begun.state.prospects, found.start.state.prospects)


def test_defaults_that_give_way_only_in_draws_that_were_added_are_known_as_they_were():
    """Joining holds what gave way in either part, and `before` of the other is what it used."""
    today = wom.load("retailer/today")
    one, two = (sample(today.replace({"market.referral_share": share}), 20).start for share in (0.05, 0.26))
    both = one.joined(two)
    assert set(both.before) == {*one.before, *two.before} != set(one.before)
    for key, before in both.before.items():
        for part, side in ((before[..., :20], one), (before[..., 20:], two)):
            assert np.array_equal(
                part, np.broadcast_to(side.before.get(key, side.inputs.parameters[key]), part.shape)
            )
    assert both.draws == 40


def test_a_start_that_was_asked_for_today_can_still_be_divided_and_repeated():
    begin = sample(case(), 10).start
    whole = begin.today.around.chance
    assert np.array_equal(begin.at(np.arange(3)).today.around.chance, whole[..., :3])
    assert begin.repeated(2).draws == 20


def test_draws_that_are_kept_are_those_that_hold_together():
    wide = {"experience.good_share": (0.2, 0.5, 0.91), "experience.bad_share": (0.02, 0.06, 0.1)}
    scenario = case(FREE | wide | {"word_of_mouth.audience_share": 0.3})
    found = sample(scenario, 400)
    good, bad = (found.start.inputs.parameters[f"experience.{name}_share"] for name in ("good", "bad"))
    assert (good + bad <= 1.0 + 1e-9).all()
    assert 0 < found.refused.share < 0.05
    assert next(iter(found.refused.reasons)) == "experience.good_share and experience.bad_share do not go together"


def test_published_ranges_give_way_where_own_ones_are_left_out():
    own = sample(case(OBSERVED), 100)
    published = sample(case(OBSERVED | dict.fromkeys(TALK)), 100)
    assert own.refused.share > 0.1
    assert published.refused.count == 0
    longer = published.start.inputs.parameters[TALK[0]] != published.start.before[TALK[0]]
    # The same draws contradict themselves: those that give way are those that would be left out.
    assert longer.any(axis=0).sum() == sum(place not in own.ids for place in range(100))


@pytest.mark.parametrize(
    ("key", "more", "held"),
    [("recovered_share", (0.1, 0.3, 0.9), 1.0), ("good_share", (0.3, 0.6, 0.9), 1.0 - 0.06)],
)
def test_a_plan_stops_at_the_bounds_and_the_good_share_gives_way_to_the_bad_one(key, more, held):
    many = simulate(case({}, [initiative({f"experience.{key}": {"add": span(*more)}})]), draws=200)
    reached = many.inputs.schedule.parameters(many.inputs.parameters, 3)[f"experience.{key}"]
    assert reached.max() == pytest.approx(held, abs=1e-12)
    often = (reached == reached.max()).mean()
    assert many.sample.held == {f"experience.{key}": pytest.approx(often, abs=0.01)}
    assert many.refused.count == 0


def test_what_may_not_even_touch_a_bound_is_left_out():
    plan = [initiative({"experience.memory_months": {"add": span(-4, -2, 1)}})]
    found = sample(case({"experience.memory_months": (4, 6, 12)}, plan), 300)
    assert 0 < found.refused.share < 0.05
    assert next(iter(found.refused.reasons)) == "experience.memory_months and the plan do not go together"


# --- correlations -----------------------------------------------------------------------------------------

BAD, CUT = "word_of_mouth.reach_bad", "spending.disappointed_cut"


def pair(one, two, value):
    return {"between": [one, two], "value": value}


@pytest.mark.parametrize("value", [-0.8, 0.4, 0.9])
def test_a_correlation_is_recovered(value):
    found = sample(case(correlations=[pair(BAD, CUT, value)]), 2000)
    rows = {item.key: row for item, row in zip(found.parameters, found.scores, strict=True)}
    # Standard error of a correlation of independent draws: (1 − value²)/√2000, 2 % at most.
    assert np.corrcoef(rows[BAD], rows[CUT])[0, 1] == pytest.approx(value, abs=0.04)
    values = (item.at(rows[item.key]) for item in found.parameters if item.key in (BAD, CUT))
    assert spearmanr(*values).statistic == pytest.approx(6 / np.pi * np.arcsin(value / 2), abs=0.05)


def test_a_correlation_leaves_the_distributions_and_the_other_draws():
    plain, tied = (sample(case(correlations=pairs), 1024) for pairs in ([], [pair(BAD, CUT, 0.7)]))
    changed = [not np.array_equal(*rows) for rows in zip(plain.scores, tied.scores, strict=True)]
    assert sum(changed) == 1  # the later one follows
    met = np.quantile(tied.scores, [0.05, 0.5, 0.95], axis=1).T
    expected = np.tile([-END, 0.0, END], (4, 1))
    assert met == pytest.approx(expected, abs=0.12)  # standard error of an independent 5th percentile: 0.066


def test_drawing_anew_keeps_the_correlations():
    scenario = case(correlations=[pair(BAD, CUT, 0.8), pair(BAD, "experience.bad_share", -0.5)])
    found = sample(scenario, 4000)
    place = [item.key for item in found.parameters].index(CUT)
    fresh = scores(found.parameters, 4000, stream="other")
    new = redrawn(scenario, found.parameters, found.scores, [place], fresh)
    before, after = (np.corrcoef(each) for each in (found.scores, new))
    assert after == pytest.approx(before, abs=0.05)  # standard error 1.6 %
    # What the others tell of it stays: 0.8²/(1 − 0.5²) of its variance.
    assert np.corrcoef(found.scores[place], new[place])[0, 1] == pytest.approx(0.64 / 0.75, abs=0.05)


def test_a_plan_may_be_correlated_and_taken_away():
    plan = [PLAN[0] | {"cost": {"once": span(10_000, 20_000, 40_000)}}]
    scenario = case(plan=plan, correlations=[pair("plan.0.cost.once", BAD, 0.6), pair(BAD, CUT, 0.3)])
    assert [item.keys for item in scenario.without_plan().correlations] == [(BAD, CUT)]
    many, none = (simulate(each, draws=64) for each in (scenario, scenario.without_plan()))
    assert np.array_equal(many.flows["revenue"][:5], none.flows["revenue"][:5])


# --- what is refused --------------------------------------------------------------------------------------


def drawn(changes=FREE, **asked):
    return lambda: simulate(case(changes), **{"draws": 5} | asked)


def correlated(*pairs):
    return lambda: case(correlations=list(pairs))


HARM = "experience.bad_share"


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (drawn(draws=0), "draws: must be a whole number"),
        (drawn(draws=True), "draws: must be a whole number"),
        (drawn(seed=-1), "seed: must be a whole number"),
        # Central values, as without draws.
        (drawn({"market.referral_share": (0.5, 0.9, 0.95)}), "referral_share cannot be reached"),
        (lambda: drawn()().less(drawn(seed=1)()), "seed: is 1, but 0 here; pairs share a seed"),
        (lambda: drawn()().interval("customers"), "is a stock"),
        (lambda: drawn()().band("sales"), "no column"),
        (lambda: drawn()().interval("nvp"), "did you mean npv"),
        (lambda: drawn()().interval("npv", level=90), "level: must be between 0 and 1, is 90"),
        (correlated(pair(BAD, "market.size", 0.5)), "market.size is no range of this scenario"),
        (correlated(pair("word_of_mouth.reach_bat", CUT, 0.5)), "did you mean word_of_mouth.reach_bad"),
        (correlated(pair(BAD, BAD, 0.5)), "names word_of_mouth.reach_bad twice"),
        (correlated(pair(BAD, CUT, 1.0)), "must be less than 1"),
        (correlated(pair(BAD, CUT, 0.5), pair(CUT, BAD, 0.5)), "two correlations"),
        (correlated(pair(BAD, CUT, 0.9), pair(BAD, HARM, 0.9), pair(CUT, HARM, -0.9)), "cannot hold together"),
    ],
)
def test_what_cannot_be_is_refused(ask, said):
    with pytest.raises(InputError, match=said):
        ask()
