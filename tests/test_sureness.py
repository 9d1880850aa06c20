"""How sure a result is, and variants side by side: what is said is true, new, and in the colour of its number."""

import re
from dataclasses import replace
from itertools import pairwise

import cells
import numpy as np
import pytest

import wom
from wom import exhibits
from wom.analysis import compare, sweep
from wom.exhibits import basis, sureness

PLAN, TRAINING, EVENT, TODAY = (
    f"retailer/{name}" for name in ("make-it-right", "front-line-training", "viral-complaint", "today")
)
BAD, RIGHT = "experience.bad_share", "experience.recovered_share"


@pytest.fixture(scope="module")
def plan():
    return wom.load(PLAN)


@pytest.fixture(scope="module")
def spread(plan):
    return wom.spread(plan, draws=300)


def variants(case, axes):
    return sweep.sweep(case, sweep.grid(axes))


def test_without_a_plan_the_course_of_today_is_what_is_uncertain():
    shown = cells.of("uncertainty", scenario=TODAY, draws=60, precision=8)
    assert shown[0].sentence.startswith("Today's business is worth")
    assert all(one.sign == 0 for one in shown[0].figures)
    assert not any("plan pays" in text or "loses" in text for exhibit in shown for text in cells.texts(exhibit))


def test_a_hundred_cases_with_as_many_losses_as_are_said(spread):
    shown = exhibits.cases(spread)
    (dots,) = shown.chart.series
    assert (len(dots.data), dots.data) == (100, tuple(sorted(dots.data)))
    assert sum(value < 0 for value in dots.data) == pytest.approx(
        100 * spread.chance_of_loss, abs=0.5
    )  # whole dots
    assert "pays in" in shown.sentence
    assert shown.chart.form == "change"  # the axis has signs, as a net has everywhere


def test_levers_stand_on_one_axis_worse_on_one_side_and_better_on_the_other():
    case = wom.load("supplier/today")
    along, today = sweep.levers(case), wom.simulate(case).npv
    moves = sweep.moves(case, along)
    worse, better = exhibits.levers(moves, case).chart.series
    assert (worse.role, better.role) == ("worse_light", "better_light")
    assert max(worse.data) <= 0 <= min(better.data)
    assert (np.diff(np.array(better.data) - np.array(worse.data)) <= 0).all()  # the widest first
    for key, row in moves.iterrows():
        nets = along.loc[key, "npv"] - today
        # two sums of the same months
        assert (row["at_low"], row["at_high"]) == pytest.approx((nets.iloc[0], nets.iloc[-1]), rel=1e-9)
    cured = wom.simulate(case.what_if({BAD: {"add": -0.01}})).npv - today
    assert moves.loc[BAD, "step"] == pytest.approx(cured, rel=1e-9)
    decision = exhibits.which_lever(moves, case)
    assert decision.sentence == "Most per step: a point fewer contacts that go wrong"
    assert not any("causes" in one.label for one in decision.figures)  # which nobody moves


def test_a_ranking_never_praises_bad_service(plan):
    found = variants(plan, {BAD: [0.02, 0.06, 0.1]})
    ranked = exhibits.by_variant(found, plan).data.index
    assert ranked.tolist() == [f"bad share {share}\xa0%" for share in (2, 6, 10)]
    answers = dict(exhibits.where_it_pays(found, plan).answers)
    assert answers["Where the business is best off"].startswith("With bad share 2")
    not_so = "That the highest net is the better business: most is brought"
    assert answers["What not to conclude"].startswith(not_so)
    training = wom.load(TRAINING)  # it mends, and loses money by its price
    lost = dict(exhibits.where_it_pays(variants(training, {BAD: [0.02, 0.1]}), training).answers)
    assert lost["What not to conclude"].startswith(not_so)
    event = wom.load(EVENT)
    page = [exhibits.where_it_pays(variants(event, {BAD: [0.02, 0.1]}), event), exhibits.by_variant(found, plan)]
    assert page[0].figures[0].label.startswith("Net of the event")
    assert page[1].data.columns[1] == "Net of the plan"
    harm = plan.replace({"plan": [{"initiative": "Less care", "changes": {BAD: {"add": 0.05}}}]})
    said = exhibits.where_it_pays(variants(harm, {BAD: [0.02, 0.1]}), harm)
    assert said.sentence == "It pays in none of 2 variants"
    assert [one.sign for one in said.figures] == [-1, -1, -1]
    assert "least is lost" in dict(said.answers)["What not to conclude"]


def test_a_sweep_says_at_which_value_a_plan_turns(plan):
    shares = [0.05, 0.15, 0.25, 0.35, 0.45, 0.55]
    found = variants(plan, {RIGHT: shares})
    nets = found.results["net"].astype(float)
    ends = next((low, high) for low, high in pairwise(zip(shares, nets, strict=True)) if low[1] > 0 >= high[1])
    said = dict(exhibits.where_it_pays(found, plan).answers)["At which value it turns"]
    turn = float(re.search(r"about ([\d.]+)", said)[1]) / 100
    assert ends[0][0] <= turn <= ends[1][0]
    net = wom.effect(plan.what_if({RIGHT: turn})).headlines["net"]
    assert abs(net) < 0.2 * (ends[0][1] - ends[1][1])  # on a straight line between two points of a curve


def test_many_variants_are_lines_along_the_value_that_moves_most(plan):
    spans = {RIGHT: np.linspace(0.3, 0.7, 8).tolist(), BAD: [0.03, 0.05, 0.07, 0.08]}
    chart = exhibits.by_variant(variants(plan, spans), plan).chart
    key = {"Bad contacts put right, %": RIGHT, "Contacts that go wrong, %": BAD}[chart.axis]
    assert chart.categories == pytest.approx([100 * share for share in spans[key]])
    highest, middle, lowest = (np.array(line.data) for line in chart.series)
    assert ((lowest <= middle) & (middle <= highest)).all()


def test_plans_side_by_side_say_the_same_of_a_plan_and_when_it_is_too_close_to_call(plan):
    plans = compare.load_all(PLAN, TRAINING)
    table, choices = wom.compare(*plans, draws=60), compare.regret(*plans, draws=60)
    best = compare.allocate(40_000, compare.options(plan), plan.without_plan())
    cost, net = (wom.effect(plan).headlines[name] for name in ("present_cost", "net"))
    spent, given, brings = plan.write.money(cost, 3), plan.write.money(40_000), plan.write.money(net, 3)
    assert exhibits.budget(best, plan).sentence == f"Spend {spent} of {given}: it nets {brings}"
    assert exhibits.which_plan(table, choices).sentence == f"Choose {plans[0].title}"
    both = f"Pays: {plans[0].title}. Loses money: {plans[1].title}"
    assert exhibits.plans(table).sentence == both
    gain = wom.load(EVENT).replace({"plan": [{"event": "A film", "month": 1, "bad_experience_share": 0.0}]})
    assert exhibits.plans(wom.compare(gain)).sentence == f"Changes nothing: {gain.title}"
    assert exhibits.plans(wom.compare(wom.load(EVENT))).sentence.startswith("Costs money: ")
    answer = exhibits.which_plan(table, choices)
    first, second = (int(re.sub(r"[^\d−]", "", one.value).replace("−", "-")) for one in answer.figures)
    assert f"nets USD\xa0{first - second:,} more than" in answer.answers[1][1]  # as the reader subtracts
    choices.loc["Do nothing", "best_share"] = 0.9
    assert exhibits.which_plan(table, choices).sentence == f"Too close to call: {plans[0].title} or doing nothing"
    assert choices["mean_net"].idxmax() == choices["mean_regret"].idxmin()  # by definition of regret
    assert (choices["mean_regret"] >= 0).all()
    clean = compare.load_all(PLAN, TRAINING, changes={BAD: 0.0})  # where nothing goes wrong they only cost
    together = exhibits.interactions(compare.interactions(*clean), clean[0])
    assert together.sentence == "Together they bring as much as the sum of each"
    parts = compare.splits(*plans)
    assert exhibits.splits(parts, plan).sentence == "The largest part: how long customers stay"
    parts[plans[1].title] = 0.0
    parts.loc["reviews", plans[0].title] = 1e6
    assert exhibits.splits(parts, plan).sentence == "The largest part: star rating"
    event = exhibits.which_plan(wom.compare(wom.load(EVENT), draws=60), choices)
    assert "costs USD" in event.sentence
    assert event.answers == (("How sure", "It costs money in every case."),)


def test_a_tornado_shows_each_range_from_end_to_end(plan):
    page = cells.of("uncertainty", scenario=PLAN, draws=60, precision=8)
    assert [fault for one in page for fault in cells.faults(one)] == []
    shown = next(one for one in page if one.sentence.startswith("Widest swing"))
    low, _, high = (np.array(one.data) for one in shown.chart.series)
    assert high - low == pytest.approx(shown.data["swing"].head(len(low)).to_numpy(), rel=1e-12)  # a difference
    first, key = shown.data.iloc[0], shown.data.index[0]
    assert shown.chart.categories[0] == basis.words(key)
    worse = first["low" if first["outcome_low"] < first["outcome_high"] else "high"]
    assert shown.chart.labels[0].split(" to ")[0] == basis.value_of(key, worse, plan).removesuffix(" times")


def test_conditions_in_which_it_hardly_ever_fails_tell_nothing(plan):
    found = wom.failure(plan, draws=512)
    told = sureness.rules(found)
    assert all(text.startswith(("It loses in", "Otherwise it loses in")) for text in told)
    rare = replace(found, rules=tuple(replace(rule, density=0.1) for rule in found.rules))
    (said,) = sureness.rules(rare)
    assert re.fullmatch("Even with .* it loses in 10 of 100 cases only.", said)
    assert sureness.rules(replace(found, rules=())) == ("Many small doubts add up, none of them decides.",)
    never = replace(found, rules=(), chance=0.0)
    event = replace(found, scenario=wom.load(EVENT))
    assert sureness.rules(event) == ()
    assert not sureness._tells(event)
    assert sureness.rules(never) == (f"It never loses in {len(found.net):,} cases.",)
