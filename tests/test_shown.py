"""Results show themselves: a few lines of text, a table that every notebook viewer leaves in place, axes."""

import copy
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from exhibited import Tags
from matplotlib.figure import Figure

import wom
from wom import exhibits
from wom.exhibits import plan as plans
from wom.exhibits import shown

NASTY = 'Refund $5 or $6, *at once* <b>&"</b>'
TODAY = wom.load("retailer/today")
REFUNDS = wom.load("retailer/make-it-right").replace({"title": NASTY})
TRAINING = wom.load("retailer/front-line-training").replace({"title": "x" * 300})
MADE = {
    "scenario": lambda: REFUNDS,
    "today": lambda: TODAY,
    "run": lambda: wom.simulate(wom.load("supplier/call-back")),
    "draws": lambda: wom.simulate(REFUNDS, draws=20),
    "difference": lambda: wom.effect(REFUNDS).change,
    "effect": lambda: wom.effect(REFUNDS),
    "event": lambda: wom.effect(wom.load("retailer/viral-complaint")),
    "no plan": lambda: wom.effect(TODAY),
    "spread": lambda: wom.spread(REFUNDS, draws=30),
    "sensitivity": lambda: wom.sensitivity(REFUNDS, draws=32),
    "failure": lambda: wom.failure(TRAINING, draws=64),
    "compare": lambda: wom.compare(REFUNDS, TRAINING, draws=20),
}
every = pytest.mark.parametrize("kind", MADE)


@pytest.fixture(scope="module")
def results():
    return {kind: make() for kind, make in MADE.items()}


@every
def test_as_text_a_result_has_at_most_20_lines_and_its_numbers_are_tables(results, kind):
    text = str(results[kind])
    assert repr(results[kind]) == text
    assert 3 < len(text.splitlines()) <= 20
    assert max(map(len, text.splitlines())) <= 160  # a terminal's width and half of another
    assert "array(" not in text
    assert isinstance(results[kind].to_frame(), pd.DataFrame)
    summary = results[kind].summary()
    assert list(summary) in (["value"], ["value", "low", "high"])
    assert summary.index.is_unique
    assert np.isfinite(summary["value"].dropna()).all()


@every
def test_in_a_notebook_it_is_a_table_of_plain_tags_with_its_text_escaped(results, kind):
    page = results[kind]._repr_html_()
    found = Tags(page)
    assert set(found.tags) <= {"div", "span", "table", "thead", "tbody", "tr", "th", "td"}
    assert "table" in found.tags
    assert found.attributes <= {"style"}
    assert len(page) < 60_000
    # dark and light both read it: ink comes from the notebook, only colours that stand out on both are set
    assert set(re.findall(r"(?<!background-)color:(#\w+)", page)) <= {"#1b7fad", "#c8501a"}
    assert found.tags.count("span") > 3  # the small charts
    card = shown.card(results[kind])
    assert card.title in found.text
    assert all(row.label in found.text for row in card.rows)
    assert not re.search(r"\$[^<]", page)  # no dollar sign from which a formula could begin


@every
def test_it_plots_on_the_axes_given_and_returns_them(results, kind):
    ax = Figure().subplots()
    assert results[kind].plot(ax=ax) is ax
    assert any("*at once*" in text.get_text() or text.get_fontweight() == "bold" for text in ax.texts)
    alone = results[kind].plot()
    alone.figure.canvas.draw()  # a title with a dollar sign is no formula


def test_what_it_says_are_the_results_numbers(results):
    effect, spread = results["effect"], results["spread"]
    assert effect.summary()["value"].to_dict() == pytest.approx(
        {name: effect.headlines[name] for name in effect.summary().index}
    )  # the same numbers
    low, _, high = spread.interval("net")
    # one number for one thing: the headline, and the range of the draws; sums in two orders
    assert spread.summary().loc["net"].tolist() == pytest.approx([effect.headlines["net"], low, high], rel=1e-9)
    assert f"{NASTY}: {plans.verdict(effect)}" in str(effect)


def test_a_score_and_earned_growth_are_small_tables_too():
    counted = wom.nps([4, 1, 2, 2, 3, 8, 10, 30, 60, 50, 80], TODAY, draws=20)
    alone = wom.nps(40, TODAY, draws=20)
    grown = wom.earned_growth(100.0, 85.0, 25.0, scenario=TODAY, draws=20)
    for found, said in ((counted, "Promoters"), (alone, "40 % to 70 %"), (grown, "Earned growth 10 %")):
        page = Tags(found._repr_html_())
        assert "table" in page.tags
        assert said in page.text.replace("\xa0", " ")
        assert len(str(found).splitlines()) <= 20
    assert alone.summary().loc["promoters", ["low", "high"]].tolist() == pytest.approx([0.4, 0.7])


def test_a_column_s_chart_says_from_where_to_where():
    new, stars = (shown.course(wom.simulate("supplier/call-back"), name) for name in ("new_customers", "stars"))
    assert new.sentence == "New customers go from 9.30 in month 0 to 9.40 in month 35"
    assert stars.sentence.startswith("Star rating goes from 3.98 ")


def test_a_forgotten_plan_is_said(results):
    for result in (results["no plan"], wom.spread(TODAY, draws=20)):
        assert "no plan" in str(result).splitlines()[0]
        assert "There is no plan, so nothing is compared" in " ".join(str(result).split())
        assert "net" not in result.summary().index
    with pytest.raises(wom.InputError, match="no plan to split; level=True"):
        wom.mechanisms(TODAY)


def test_a_comparison_is_a_table_and_what_is_made_of_it_a_plain_one(results):
    table = results["compare"]
    assert isinstance(table, pd.DataFrame)
    assert type(table.to_frame()) is pd.DataFrame
    assert type(table[["net"]]) is pd.DataFrame
    assert type(copy.copy(table)) is pd.DataFrame


def test_a_scenario_that_cannot_be_run_still_shows_itself():
    odd = TODAY.replace({"market.referral_share": 1.0})
    with pytest.raises(wom.InputError):
        wom.simulate(odd)
    assert "It cannot be run" in odd._repr_html_()
    assert "cannot be run" not in str(odd)  # for which nothing is computed


def test_showing_a_result_as_text_or_table_loads_nothing_that_draws():
    code = (
        "import sys, wom; found = wom.effect(wom.load('retailer/make-it-right')); "
        "str(found), found._repr_html_(), found.summary(); print('matplotlib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# --- months of the calendar -------------------------------------------------------------------------------------


def test_with_a_first_month_charts_tables_and_words_show_calendar_months():
    plan = wom.load("retailer/front-line-training")
    counted = [text.get_text() for text in plan.plot().texts]
    assert {"today", "month 6"} <= set(counted)  # without one months are counted
    assert "month 3" in str(plan)
    plan = plan.replace({"first_month": "2027-03"})
    effect = wom.effect(plan)
    for table in (effect.monthly, effect.present, effect.run.to_frame(), effect.run.band("revenue")):
        assert str(table.index[0]) == "2027-03"
    texts = [text.get_text() for text in plan.plot().texts]
    assert "2027-03" in texts
    assert "month 6" not in texts
    drawn = exhibits.net(effect).chart
    assert drawn.categories[12] == "2028-03"
    assert drawn.marks[0][0] == "2027-06"  # when the training starts
    assert exhibits.revenue(effect).chart.categories[-1] == "2030-02"
    assert "from June 2027" in str(plan)
    assert "March 2027 to February 2030" in str(effect.run)
    refunds = wom.load("retailer/make-it-right").replace({"first_month": "2027-03"})
    paid = wom.effect(refunds)
    when = f"after {paid.payback_month + 1} months, in {plan.calendar.said(paid.payback_month)}"
    assert when in exhibits.net(paid).sentence
    assert when in exhibits.decision(paid, wom.spread(refunds, draws=20)).text[0]


# --- when it pays back, and what is left ------------------------------------------------------------------------


def priced(per_month, horizon=36):
    """Refunds at another price."""
    return wom.effect(
        wom.load("retailer/make-it-right").revise(once=0.0, per_month=per_month, horizon_months=horizon)
    )


@pytest.fixture(scope="module")
def prices():
    """The monthly price at which net is 0, net and half of what is left, net and all of it."""
    free, dear = priced(1e-9), priced(1000.0)
    per = float(dear.headlines["present_cost"]) / 1000.0
    earned, left = float(free.headlines["present_earned"]), float(free.headlines["value_left_at_horizon"])
    assert left > earned > 0
    return earned / per, (earned + left / 2) / per, (earned + left) / per


def test_the_sentence_turns_where_net_and_half_of_what_is_left_is_not_below_nought(prices):
    gain, late, loss, never = (
        priced(price) for price in (0.98 * prices[0], 0.98 * prices[1], 1.02 * prices[1], 1.1 * prices[2])
    )
    assert gain.headlines["net"] > 0 > late.headlines["net"]
    assert late.payback_month > 36
    assert never.payback_month is None
    says = [exhibits.net(one) for one in (gain, late, loss, never)]
    assert re.fullmatch(r"The plan earns USD\s\S+ in 36 months; it pays back after \d+ months", says[0].sentence)
    assert says[1].sentence.startswith(f"The plan pays back after {late.payback_month + 1} months; in 36 months")
    assert says[2].sentence.startswith("The plan loses USD")
    assert says[2].sentence.endswith(f"; it pays back after {loss.payback_month + 1} months")
    assert says[3].sentence.endswith("; it never pays back")
    assert all("look 120 months ahead" in one.text[0] for one in says[:3])  # more is left than was earned
    assert exhibits.net(priced(100.0, 120)).text == ()  # and from there nobody is sent further
    assert plans.price(gain).startswith("It pays at this price")
    for one, within in ((late, True), (loss, False)):
        assert plans.price(one).startswith("Not at this price")
        assert ("within that time" in plans.price(one)) == within


def test_a_gain_that_costs_more_afterwards_says_so():
    changes = {
        "spending.spend_multiplier": {"multiply": 1.02},
        "retention.churn_hazard_multiplier": {"multiply": 1.1},
    }
    item = {"initiative": "Charge more, and lose some", "cost": {"once": 100.0}, "changes": changes}
    plan = TODAY.replace({"plan": [item], "horizon_months": 6})
    effect = wom.effect(plan)
    assert effect.headlines["net"] > 0 > effect.headlines["net"] + effect.headlines["value_left_at_horizon"] / 2
    assert "but leaves behind a cost of USD" in exhibits.net(effect).sentence
    first = exhibits.decision(effect, wom.spread(plan, draws=50))
    assert first.sentence.endswith("look further ahead")
    assert "What it leaves behind costs USD" in first.text[0]


def test_payback_is_one_number_in_every_result(results, prices):
    late = priced(0.98 * prices[1])
    assert wom.compare(late.scenario, draws=0)["payback_month"].iloc[0] == late.headlines["payback_month"]
    assert late.summary().loc["payback_month", "value"] == late.payback_month
    assert f"after {late.payback_month + 1} months" in str(late)
    before = float(late.change.npv) + float(np.cumsum(late.value_left)[late.payback_month - 36 - 1])
    assert before < 0  # a month earlier it had not
    assert "back" not in exhibits.net(results["event"]).sentence  # an event pays nothing back
