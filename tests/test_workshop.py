"""Nine numbers from the room: what they become, what is answered when they cannot be, and the story told."""

import math
import re

import cells
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wom
from wom.analysis import workshop
from wom.analysis.workshop import WrongNumbersError
from wom.cli import main

ROOM = {
    "customers": 5000, "new_customers": 150, "spend": 50, "margin": 0.4, "retention": 0.975, "good_share": 0.25,
    "bad_share": 0.06, "referral_share": 0.19, "contacts": 1.0,
}  # fmt: skip
STORY = [
    "good ones bring", "nine numbers", "firms surveyed", "a few tell dozens", "came because of it", "served well",
    "with those who hear", "worth up to", "most hangs on", "on monday",
]  # fmt: skip
"""What the slides say, in order."""


@pytest.fixture(scope="module")
def case():
    return workshop.scenario(**ROOM)


# --- from numbers to a scenario ----------------------------------------------------------------------------------


def test_the_scenario_holds_the_rooms_numbers_and_the_evidences_defaults(case):
    given = case.today.given()
    assert given["market.customers"] == 5000
    assert given["market.size"] == 5000 * workshop.MARKET_MULTIPLE
    assert len(given) == len(ROOM) + 1  # and nothing else is given: the rest is evidence
    assert wom.simulate(case).monthly["revenue"].iloc[0] == pytest.approx(5000 * 50)
    kinds = [case, workshop.scenario(**ROOM, customer_type="business")]
    found = [kind.entries()["spending.uplift_share"][0].value.central for kind in kinds]
    assert found == [0.42, 0.62]  # the evidence file's two records


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"good_share": 0.7, "bad_share": 0.4}, ["of 100 contacts, 70 good and 40 bad make 110"]),
        ({"new_customers": 9000}, ["9,000 new customers", "more than all who choose", "market_multiple"]),
        ({"referral_share": 0.97}, ["referral_share", "97 in 100", "not enough good talk"]),
        ({"referral_share": 0.8}, ["set market_multiple to"]),
        ({"good_share": 0.0}, ["referral_share", "0 good contacts in 100"]),
        ({"retention": -0.1}, ["retention is -0.1", "from 0 to 1"]),
        ({"retention": 0, "spend": 0}, ["retention is 0", "spend is 0", "above 0"]),
        ({"customers": "many"}, ["customers is 'many'; write a number"]),
        ({"customers": True, "margin": math.nan}, ["customers is True; write a number", "margin is nan; write a"]),
        ({"market_multiple": 1.0}, ["market_multiple is 1", "above 1"]),
        ({"customer_type": "shop"}, ["customer_type is 'shop'; allowed: business, consumer"]),
        ({"currency": "a name far too long"}, ["currency", "at most 12 letters"]),
        ({"good_share": 25, "bad_share": 6}, ["good_share is 25", "25 % is 0.25", "bad_share is 6"]),
    ],
    ids=str,
)
def test_a_wrong_number_is_answered_in_plain_words(change, parts):
    with pytest.raises(WrongNumbersError) as caught:
        workshop.scenario(**ROOM | change)
    said = str(caught.value)
    assert [part for part in parts if part not in said] == []
    assert said.startswith("Please look at these numbers again:\n- ")
    assert not re.search(r"\b(market|experience|word_of_mouth|economics|today)\.\w", said)  # no dotted keys
    assert caught.value._render_traceback_() == said.splitlines()  # what IPython shows; JupyterLab: test_explorer
    assert caught.value.exit_code == 2


_share = st.one_of(st.floats(-1, 2, allow_nan=False), st.sampled_from([0.0, 1.0, 25.0, math.inf, math.nan]))
_count = st.one_of(st.floats(-10, 1e6), st.sampled_from([0.0, 1.0, 1e12, math.nan]))


@settings(max_examples=25)
@given(st.fixed_dictionaries({key: _share if key in workshop.SHARES else _count for key in ROOM}))
def test_any_numbers_are_a_scenario_or_are_answered(numbers):
    try:
        found = workshop.scenario(**numbers)
    except WrongNumbersError:
        return
    assert np.isfinite(wom.simulate(found).npv)


def test_what_is_seldom_is_asked():
    yearly = workshop.cautions(workshop.scenario(**ROOM | {"retention": 0.8}))
    assert "0.982" in yearly[0]  # 0.8^(1/12)
    assert "four in five" in workshop.cautions(workshop.scenario(**ROOM | {"good_share": 0.8}))[0].lower()
    assert workshop.cautions(workshop.scenario(**ROOM)) == ()


# --- plans -------------------------------------------------------------------------------------------------------


def test_gains_are_of_joint_draws_with_the_seed_and_worth_a_monthly_cost(case):
    table = workshop.gains(case, draws=200, seed=3)
    top, plan = table.iloc[0], next(one for one in workshop.plans(case) if one.title == table.index[0])
    net = wom.simulate(plan, 200, 3).less(wom.simulate(case, 200, 3)).npv
    middle = wom.effect(plan).headlines["net"]
    assert (top["middle"], top["low"]) == pytest.approx((middle, np.quantile(net, 0.05)))
    assert (table["middle"].diff().dropna() <= 0).all()  # best first
    item = plan.data["plan"][0] | {"start_month": 0}
    dear = [plan.replace({"plan": [item | {"cost": {"per_month": cost}}]}) for cost in (0.0, 1.0)]
    free, charged = (wom.simulate(one).npv for one in dear)
    assert (free - charged) * top["per_month"] == pytest.approx(top["middle"], rel=1e-9)  # one currency a month


def test_no_bad_contacts_no_plan_against_them():
    clean = workshop.scenario(**ROOM | {"bad_share": 0.0})
    assert [plan.title for plan in workshop.plans(clean)] == ["Turn one ordinary contact in ten good"]
    assert workshop.balance(clean, 4.0).loc["given", "good_for_one_bad"] == math.inf


def test_half_the_market_hardly_matters(case):
    """The observed referral share fixes how much word of mouth does, whatever the market is."""
    half = workshop.half_market(case)
    costs = [-wom.experience_worth(one)["worth"]["bad"] for one in (case, half)]
    assert costs[0] == pytest.approx(costs[1], rel=0.1)


# --- the notebook ------------------------------------------------------------------------------------------------


def test_the_story_is_told_in_order_each_message_with_its_number():
    told = iter(cells.of("workshop"))
    for wanted in STORY:
        assert any(wanted in one.sentence.lower() and re.search(r"\d|nine", one.sentence.lower()) for one in told)


@pytest.mark.notebook
def test_the_command_takes_numbers_alone(tmp_path, capsys):
    out = ["--notebook", "workshop", "--output", str(tmp_path / "out")]
    assert main(["run", *out, "-p", "good_share=0.7", "-p", "bad_share=0.4"]) == 2
    said = capsys.readouterr().err
    assert "of 100 contacts, 70 good and 40 bad make 110" in said
    assert "Traceback" not in said
    assert not (tmp_path / "out" / "latest").exists()
    assert main(["run", "retailer/today", *out]) == 2
    assert "workshop.ipynb: takes no scenario; leave the scenario file out" in capsys.readouterr().err
    assert main(["run", "--output", str(tmp_path / "out")]) == 2
    assert "give a scenario file" in capsys.readouterr().err
