"""How sure a result is, and variants side by side: what is said is true, new, and in the colour of its number."""

import re
from itertools import pairwise

import numpy as np
import pytest

import wom
from wom import exhibits
from wom.analysis import compare, sweep
from wom.exhibits import sureness, svg
from wom.parameters import QUANTITIES

NASTY = "$5 & *c* A_b <b> ![a](x) =1+1"
PLAN, TRAINING, EVENT, TODAY = (
    f"retailer/{name}" for name in ("make-it-right", "front-line-training", "viral-complaint", "today")
)


@pytest.fixture(scope="module")
def plan():
    return wom.load(PLAN)


@pytest.fixture(scope="module")
def spread(plan):
    return wom.spread(plan, draws=300)


@pytest.fixture(scope="module")
def study(plan):
    return wom.sensitivity(plan, draws=128)


def of_sureness(case):
    spread, study = wom.spread(case, draws=60), wom.sensitivity(case, draws=32)
    failing = wom.failure(case, draws=256) if case.plan else None
    lucky = wom.simulate(case, draws=20, chance=True, ranges=False)
    yield exhibits.how_sure(wom.effect(case), spread, study, failing)
    yield from (exhibits.cases(spread), exhibits.band(spread), exhibits.band(lucky), exhibits.tornado(study))
    yield from (
        exhibits.drivers(study),
        exhibits.failing(failing),
        exhibits.learning(study),
        exhibits.widths(spread),
    )


def of_plans(*plans):
    table, choices = wom.compare(*plans, draws=60), compare.regret(*plans, draws=60)
    options = compare.options(*plans)
    best = compare.allocate(40_000, options, plans[0].without_plan()) if options else None
    yield from (exhibits.which_plan(table, choices), exhibits.plans(table), exhibits.side_by_side(table))
    yield exhibits.regret(choices, plans[0])
    yield exhibits.splits(compare.splits(*plans), plans[0])
    yield exhibits.interactions(compare.interactions(*plans), plans[0])
    yield exhibits.budget(best, plans[0])


def of_variants(case, axes):
    found = sweep.sweep(case, sweep.grid(axes))
    yield from (
        exhibits.where_it_pays(found, case),
        exhibits.by_variant(found, case),
        exhibits.ranking(found, case),
    )


def of_levers(case):
    moves = sweep.moves(case, sweep.levers(case))
    yield from (exhibits.which_lever(moves, case), exhibits.levers(moves, case))


def everything(case, other):
    yield from of_sureness(case)
    yield from of_plans(case, *([other] if other else []))
    yield from of_variants(case, {"experience.bad_share": [0.02, 0.06, 0.1]})
    yield from of_levers(case)


def texts(exhibit):
    """All that a manager reads of an exhibit."""
    yield from (exhibit.sentence, *exhibit.text, exhibit.alt)
    yield from (part for answer in exhibit.answers for part in answer)
    yield from (part for one in exhibit.figures for part in (one.label, one.value, one.note))
    if exhibit.chart:
        yield from (exhibit.chart.subtitle, exhibit.chart.axis, *exhibit.chart.labels)
        yield from map(str, exhibit.chart.categories)
    elif exhibit.data is not None:
        yield from (str(part) for part in exhibit.data.to_numpy().ravel())


@pytest.mark.parametrize(("name", "other"), [(PLAN, TRAINING), (EVENT, None), ("supplier/call-back", None)])
def test_every_sentence_says_something_in_words_that_are_no_keys(name, other):
    case = wom.load(name).replace({"title": NASTY})
    shown = list(everything(case, other and wom.load(other)))
    for exhibit in shown:
        for text in texts(exhibit):
            assert not re.search(r"(?<!\S)(\S*\d\S*) (?:instead of|to) \1(?!\S)", text.replace("\xa0", "_")), text
            assert "nan" not in text.split(), text
            assert not [key for key in QUANTITIES if key in text], text
        if exhibit.chart:
            assert "<script" not in svg(exhibit.chart, width=354, phone=True)
        if exhibit.kind == "decision":
            assert exhibit.answers
    assert any(NASTY in text for exhibit in shown for text in texts(exhibit))


def test_without_a_plan_the_course_of_today_is_what_is_uncertain():
    shown = list(of_sureness(wom.load(TODAY)))
    assert shown[0].sentence.startswith("Today's business is worth")
    assert all(one.sign == 0 for one in shown[0].figures)
    assert not any("plan pays" in text or "loses" in text for exhibit in shown for text in texts(exhibit))


def test_a_hundred_cases_with_as_many_losses_as_are_said(spread):
    shown = exhibits.cases(spread)
    (dots,) = shown.chart.series
    assert len(dots.data) == 100
    assert dots.data == tuple(sorted(dots.data))
    losses = sum(value < 0 for value in dots.data)
    assert losses == pytest.approx(100 * spread.chance_of_loss, abs=0.5)  # of whole dots
    assert shown.chart.reference == 0
    assert "pays in" in shown.sentence


def test_a_figure_of_a_loss_is_in_the_colour_of_a_loss():
    case = wom.load(EVENT)
    decision, *_ = of_sureness(case)
    assert [one.sign for one in decision.figures] == [-1, -1, -1]
    assert decision.sentence.startswith("The event loses money")
    choice, *_ = of_plans(case)
    assert choice.sentence.startswith(f"{case.title} costs USD")
    assert choice.figures[0].sign == -1
    for name in (PLAN, TRAINING):
        for one in next(of_plans(wom.load(name))).figures:
            assert one.sign == (-1 if one.value.startswith("−") else 1)


def test_levers_stand_on_one_axis_worse_on_one_side_and_better_on_the_other():
    case = wom.load("supplier/today")
    along = sweep.levers(case)
    moves = sweep.moves(case, along)
    decision, shown = exhibits.which_lever(moves, case), exhibits.levers(moves, case)
    worse, better = shown.chart.series
    assert (worse.role, better.role) == ("worse_light", "better_light")
    assert max(worse.data) <= 0 <= min(better.data)
    widths = np.array(better.data) - np.array(worse.data)
    assert (np.diff(widths) <= 0).all()  # the widest first
    today = wom.simulate(case).npv
    for key, row in moves.iterrows():
        nets = along.loc[key, "npv"] - today
        assert (row["at_low"], row["at_high"]) == pytest.approx(
            (nets.iloc[0], nets.iloc[-1]), rel=1e-9
        )  # two sums
    cured = wom.simulate(case.what_if({"experience.bad_share": {"add": -0.01}})).npv - today
    assert moves.loc["experience.bad_share", "step"] == pytest.approx(cured, rel=1e-9)
    assert decision.sentence == "Most per step: a point fewer contacts that go wrong"
    assert not any("causes" in one.label for one in decision.figures)  # which nobody moves


def test_a_ranking_never_praises_bad_service(plan):
    found = sweep.sweep(plan, sweep.grid({"experience.bad_share": [0.02, 0.06, 0.1]}))
    decision, ranking = exhibits.where_it_pays(found, plan), exhibits.ranking(found, plan)
    assert ranking.data.index.tolist() == ["bad share 2 %", "bad share 6 %", "bad share 10 %"]
    answers = dict(decision.answers)
    assert answers["Where the business is best off"].startswith("With bad share 2 %")
    assert answers["What not to conclude"].startswith("That worse service is good")
    assert not any(re.search(r"\b[Bb]est with|\bbrings most with", text) for text in texts(decision))
    losing = wom.load(TRAINING)
    said = exhibits.where_it_pays(sweep.sweep(losing, sweep.grid({"experience.bad_share": [0.02, 0.1]})), losing)
    assert said.sentence == "It pays in none of 2 variants"
    assert [one.sign for one in said.figures] == [-1, -1, -1]


def test_a_sweep_says_at_which_value_a_plan_turns(plan):
    shares = [0.05, 0.15, 0.25, 0.35, 0.45, 0.55]
    found = sweep.sweep(plan, sweep.grid({"experience.recovered_share": shares}))
    nets = found.results["net"].astype(float)
    ends = next((low, high) for low, high in pairwise(zip(shares, nets, strict=True)) if low[1] > 0 >= high[1])
    said = dict(exhibits.where_it_pays(found, plan).answers)["At which value it turns"]
    turn = float(re.search(r"about ([\d.]+)", said)[1]) / 100
    assert ends[0][0] <= turn <= ends[1][0]
    net = wom.effect(plan.what_if({"experience.recovered_share": turn})).headlines["net"]
    assert abs(net) < 0.2 * (ends[0][1] - ends[1][1])  # on a straight line between two points of a curve


def test_many_variants_are_lines_along_the_value_that_moves_most(plan):
    spans = {"experience.recovered_share": np.linspace(0.3, 0.7, 8).tolist(),
             "experience.bad_share": [0.03, 0.05, 0.07, 0.08]}  # fmt: skip
    chart = exhibits.by_variant(sweep.sweep(plan, sweep.grid(spans)), plan).chart
    assert (chart.kind, len(chart.series)) == ("line", 3)
    assert chart.axis in ("Bad contacts put right, %", "Contacts that go wrong, %")
    assert chart.categories == pytest.approx([100 * share for share in spans[
        "experience.recovered_share" if "right" in chart.axis else "experience.bad_share"]])  # fmt: skip
    few = {"experience.bad_share": [0.03, 0.05, 0.07], "experience.recovered_share": [0.3, 0.5]}
    lines = exhibits.by_variant(sweep.sweep(plan, sweep.grid(few)), plan).chart.series
    assert [line.name for line in lines] == [f"contacts that go wrong {share}\xa0%" for share in (3, 5, 7)]


def test_the_budget_and_the_comparison_say_the_same_of_a_plan(plan):
    *_, budget = of_plans(plan)
    cost, net = (wom.effect(plan).headlines[name] for name in ("present_cost", "net"))
    write = plan.write
    assert (
        budget.sentence == f"Spend {write.money(cost, 3)} of {write.money(40_000)}: it nets {write.money(net, 3)}"
    )


def test_which_plan_is_too_close_to_call_where_another_is_best_more_often():
    plans = compare.load_all(PLAN, TRAINING)
    table, choices = wom.compare(*plans, draws=60), compare.regret(*plans, draws=60)
    assert exhibits.which_plan(table, choices).sentence == f"Choose {plans[0].title}"
    choices.loc["Do nothing", "best_share"] = 0.9
    assert exhibits.which_plan(table, choices).sentence == f"Too close to call: {plans[0].title} or doing nothing"


def test_numbers_are_written_as_the_business_s_readers_do(plan):
    german = plan.replace({"number_format": "de", "currency": "EUR"})
    decision, *rest = of_sureness(german)
    assert all(re.fullmatch(r"[+−]?[\d.]+(\xa0€)?", one.value) for one in decision.figures)
    assert all(shown.chart.number_format == "de" for shown in rest if shown.chart)


def test_a_tornado_shows_each_range_from_end_to_end(study):
    chart = exhibits.tornado(study, most=6).chart
    low, _, high = (np.array(one.data) for one in chart.series)
    assert high - low == pytest.approx(study.tornado["swing"].head(6).to_numpy(), rel=1e-12)  # a difference again
    assert chart.categories[0] == sureness.words(study.tornado.index[0])
    first = study.tornado.iloc[0]
    assert (first["outcome_low"] < first["outcome_high"]) == (
        chart.labels[0].split(" to ")[0] == sureness.value_of(study.tornado.index[0], first["low"], study.scenario)
    )


def test_a_firm_with_200_customers_sees_what_chance_alone_makes():
    share = 200 / 5000
    small = wom.load(TODAY).replace(
        {"market.size": 50_000 * share, "market.customers": 200, "market.new_customers_per_month": 150 * share}
    )
    shown = [exhibits.band(wom.simulate(case, draws=100, chance=True, ranges=False)).chart.frame().iloc[-1]
             for case in (small, wom.load(TODAY))]  # fmt: skip
    wide = [(end["1 in 20 above"] - end["1 in 20 below"]) / end["middle"] for end in shown]
    # a band shrinks as one over the square root of size: five times here; 100 draws know its width to a fifth
    assert 3.5 < wide[0] / wide[1] < 7


def test_a_spread_pairs_its_draws(plan):
    one = wom.spread(plan, draws=100)
    again = wom.spread(plan, draws=100)
    assert one.outcomes.equals(again.outcomes)
    none = wom.spread(plan.without_plan(), draws=100)
    assert (none.outcomes[["extra_revenue", "net", "extra_customers"]] == 0).all(axis=None)
    start = plan.plan[0].start_month
    assert (one.band("revenue").loc[: start - 1] == 0).all(axis=None)


def test_an_interval_is_of_joint_draws_not_of_added_quantiles(spread):
    low, median, high = spread.interval("extra_revenue")
    revenue = spread.run.interval("revenue"), spread.baseline.interval("revenue")
    assert low < median < high
    assert high - low < (revenue[0].high - revenue[1].low) - (revenue[0].low - revenue[1].high)
    assert spread.interval("net").median == pytest.approx(np.median(spread.outcomes["net"]))


def test_regret_is_nought_for_the_best_choice_of_each_draw(plan):
    table = compare.regret(plan, wom.load(TRAINING), draws=200)
    assert table["best_share"].sum() == pytest.approx(1)
    assert (table["mean_regret"] >= 0).all()
    assert table.loc["Do nothing", "mean_net"] == 0
    assert table["mean_net"].idxmax() == table["mean_regret"].idxmin()  # by definition of regret
