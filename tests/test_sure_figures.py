"""Charts of worth and of how sure a result is: legible, with the numbers of the result."""

import numpy as np
import pytest
from looks import faults

import wom
from wom import figures, messages
from wom.analysis import compare
from wom.messages import uncertainty
from wom.messages.plain import plain


@pytest.fixture(scope="module")
def plan():
    return wom.load("retailer/make-it-right")


@pytest.fixture(scope="module")
def spread(plan):
    return wom.spread(plan, draws=300)


@pytest.fixture(scope="module")
def study(plan):
    return wom.sensitivity(plan, draws=128)


def test_a_split_over_mechanisms_adds_up_on_the_page(plan):
    split = wom.mechanisms(plan)
    ax = figures.mechanisms(split, plan, "x")
    assert faults(ax) == []
    bars = ax.patches[: len(split) + 1]
    assert sum(bar.get_width() for bar in bars[:-1]) == pytest.approx(bars[-1].get_width(), rel=1e-9)  # rounding
    assert bars[-1].get_width() == pytest.approx(wom.effect(plan).headlines["net"], rel=1e-9)


def test_charts_of_sureness_are_legible(plan, spread, study):
    choices = compare.regret(plan, wom.load("retailer/front-line-training"), draws=200)
    charts = {
        "distribution": figures.distribution(spread),
        "fan": figures.fan(spread),
        "by_grade": figures.by_grade(study),
        "regret": figures.regret(choices, plan),
    }
    for name, ax in charts.items():
        assert faults(ax) == [], name


def test_a_firm_with_200_customers_sees_what_chance_alone_makes():
    share = 200 / 5000
    small = wom.load("retailer/today").replace(
        {"market.size": 50_000 * share, "market.customers": 200, "market.new_customers_per_month": 150 * share}
    )
    lucky = {name: wom.simulate(case, draws=100, chance=True, ranges=False)
             for name, case in (("small", small), ("large", wom.load("retailer/today")))}  # fmt: skip
    assert faults(figures.luck(lucky["small"])) == []
    ends = {name: many.band("customers").iloc[-1] for name, many in lucky.items()}
    wide = {name: (end["high"] - end["low"]) / end["median"] for name, end in ends.items()}
    # a band shrinks as one over the square root of size: five times here; 100 draws know its width to a fifth
    assert 3.5 < wide["small"] / wide["large"] < 7


def test_a_tornado_shows_each_range_from_end_to_end(study):
    ax = figures.tornado(study, most=6)
    widths = sum(abs(bar.get_width()) for bar in ax.patches)
    assert widths >= study.tornado["swing"].head(6).sum() * (1 - 1e-9)  # bars start at the middle of the draws
    assert ax.get_yticklabels()[0].get_text() == plain(study.tornado.index[0])


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


def test_every_headline_of_a_report_has_an_interval(plan, spread):
    rows = uncertainty.headline(messages.headline(wom.effect(plan)), spread)
    assert len(rows) == 3
    assert all("90 % interval" in note and " to " in note for _, _, note in rows)
    today = plan.without_plan()
    rows = uncertainty.headline(messages.headline(wom.effect(today)), wom.spread(today, draws=50))
    assert all("90 % interval" in note for _, _, note in rows)


def test_regret_is_nought_for_the_best_choice_of_each_draw(plan):
    table = compare.regret(plan, wom.load("retailer/front-line-training"), draws=200)
    assert table["best_share"].sum() == pytest.approx(1)
    assert (table["mean_regret"] >= 0).all()
    assert table.loc["Do nothing", "mean_net"] == 0
    assert table["mean_net"].idxmax() == table["mean_regret"].idxmin()  # by definition of regret
