"""What is shown of worth, a workshop and overlap: true for any business, bounded by what there is, legible."""

import re

import numpy as np
import pandas as pd
import pytest
from builders import business
from looks import of_room, of_worth, sound

import wom
from wom import exhibits, population
from wom.analysis import questions, workshop

SAMPLES = ["retailer/today", "supplier/today", "supplier/right-first-time"]
ROOM = {
    "customers": 5000, "new_customers": 150, "spend": 50, "margin": 0.4, "retention": 0.975, "good_share": 0.25,
    "bad_share": 0.06, "referral_share": 0.19,
}  # fmt: skip


@pytest.fixture(scope="module", params=SAMPLES)
def case(request):
    return wom.load(request.param)


@pytest.fixture(scope="module")
def room():
    return workshop.scenario(**ROOM, currency="USD")


def test_whatever_is_shown_of_worth_is_sound(case):
    shown = of_worth(case)
    sound(shown)
    assert shown["answer"].kind == "decision"
    assert shown["answer"].answers[0][0] == "How sure"
    assert (shown["segments"] is None) == (len(case.segments) == 1)


def test_whatever_a_room_is_shown_is_sound(room):
    shown = of_room(room)
    sound(shown)
    assert len(shown["numbers"].data) == 10
    assert "American Express 2011" in shown["hearing"].notes
    assert "a multiple of the customers; assumed" in shown["numbers"].notes


def test_overlap_names_the_network_that_loses_most():
    case = wom.load("retailer/today")
    nets = {f"{few} each": population.watts_strogatz(2_000, few, 1.0, 1) for few in (4, 20)}
    table = population.overlap(case, nets, range(2), horizon=6)
    shown = {
        one.__name__: one(table, case) for one in (exhibits.independence, exhibits.reached, exhibits.networks)
    }
    sound(shown)
    assert shown["reached"].sentence.startswith("Where people know 4 each, ")
    assert len(shown["networks"].data) == 2


# --- never more than there is, never said by who did not say it --------------------------------------------------


@pytest.mark.parametrize("complaints", [0, 40, 300, 301])
def test_unseen_bad_visits_are_never_more_than_the_bad_visits_there_are(complaints):
    shown = exhibits.iceberg(wom.load("retailer/today"), complaints)  # 300 bad visits a month
    if complaints > 300:
        assert shown.sentence == "301 complaints a month are more than the 300 bad visits there are"
        return
    assert (shown.data["unseen"] <= 300 - complaints + 1e-9).all()  # rounding of a product
    assert shown.data["bad_experiences"].to_numpy() == pytest.approx(300)
    assert ("Nobody counted complaints here" in shown.source) == (complaints == 0)


def test_no_bad_visits_have_no_iceberg():
    assert exhibits.iceberg(wom.load("retailer/today").replace({"experience.bad_share": 0})) is None


@pytest.mark.parametrize(("good", "bad"), [(-1.0, -1.0), (0.45, -1.0), (-1.0, 0.0)])
def test_nobody_believes_what_nobody_said(good, bad):
    assert exhibits.perception(wom.load("retailer/today"), good, bad) is None


def test_a_published_survey_is_said_to_be_one():
    assert "surveyed" in exhibits.belief().sentence
    case = wom.load("retailer/today")
    assert exhibits.perception(case, 0.5, 0.0).notes.startswith("Elsewhere 80 of 100 firms")
    equal = exhibits.perception(case, 0.25, 0.06)
    assert equal.sentence == "What management believes would bring as much as what customers say"


def test_what_is_a_default_is_not_said_to_be_the_firms():
    given = business({"market.referral_share": 0.19})
    case = wom.load(given)
    for key, shown in (
        ("contacts_per_month", exhibits.iceberg),
        ("referral_share", lambda one: exhibits.anyway(wom.simulate(one))),
    ):
        section = "experience" if key == "contacts_per_month" else "market"
        assert case.today.given().get(f"{section}.{key}") is not None
        own = shown(case).source
        lacking = {
            **given,
            "today": {**given["today"], section: {k: v for k, v in given["today"][section].items() if k != key}},
        }
        assert len(shown(wom.load(lacking)).source) > len(own)


# --- words follow the numbers ------------------------------------------------------------------------------------


def test_a_loss_is_never_in_the_colour_of_a_gain(case):
    segments = exhibits.whom_to_serve(questions.whom_to_serve(case), case)
    charts = [of_worth(case)["apple"].chart, *([segments.chart] if segments else [])]
    for chart in charts:
        for series in chart.series:
            for value, role in zip(series.data, series.roles, strict=True):
                assert value == 0 or role.startswith("better" if value > 0 else "worse")


def test_little_of_one_customer_and_much_of_the_whole_is_bridged():
    retailer = of_worth(wom.load("retailer/today"))["earned"]
    assert "good word of mouth" in retailer.sentence
    assert "Of one customer's worth 1.9 % comes through others" in retailer.text[-1].replace("\xa0", " ")


def test_no_sentence_says_the_same_twice(room):
    for market in (2.0, 20.0, 2000.0):
        try:
            case = workshop.scenario(**ROOM, currency="USD", market_multiple=market)
        except workshop.WrongNumbersError:
            continue
        text = " ".join(exhibits.rests(case).text)
        twice = re.search(r"would cost (.+?) instead of (.+?)\.", text)
        assert twice is None or twice[1] != twice[2]
        assert twice or "costs as much" in text or "In half of it" not in text


def test_a_hundred_new_customers_are_a_hundred():
    shown = exhibits.anyway(wom.simulate(wom.load("retailer/today")))
    assert shown.chart.series[0].data == (5, 14, 81)
    none = {"market.new_customers_per_month": 0.0, "word_of_mouth.audience_share": 0.2}
    launch = wom.load("retailer/today").replace(none)
    assert exhibits.anyway(wom.simulate(launch)) is None


def test_reach_shows_every_experience_once():
    chart = exhibits.reach(
        wom.reach.from_mean_and_share(9, 0.33), wom.reach.from_mean_and_share(16, 0.54), "x"
    ).chart
    assert chart.frame().sum().to_numpy() == pytest.approx(100)


def test_charts_draw_the_numbers(room):
    gains = workshop.gains(room, draws=60)
    assert exhibits.to_do(gains, room).to_frame()["high"].tolist() == gains["high"].tolist()
    balance = workshop.balance(room, 4.5)
    assert exhibits.balance(balance, room).chart.series[0].data == pytest.approx((4.5, 0.25 / 0.042))
    assert exhibits.belief().chart.series[0].data == (80.0, 8.0)
    clean = pd.DataFrame({"good_for_one_bad": [np.inf, np.inf]}, ["needed", "given"])
    assert (
        exhibits.balance(clean, room).sentence
        == "No number of good visits make up for one bad; there are no bad ones"
    )
