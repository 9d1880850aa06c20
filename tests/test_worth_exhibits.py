"""What is shown of worth, a workshop and overlap: bounded by what there is, never said by who did not say it."""

import re

import cells
import numpy as np
import pandas as pd
import pytest
from builders import business

import wom
from wom import exhibits, population
from wom.analysis import questions, workshop

TODAY = wom.load("retailer/today")


@pytest.mark.parametrize("complaints", [0, 40, 300])
def test_unseen_bad_contacts_are_never_more_than_the_bad_contacts_there_are(complaints):
    shown = exhibits.iceberg(TODAY, complaints)
    assert (shown.data["unseen"] <= 300 - complaints + 1e-9).all()  # rounding of a product
    assert shown.data["bad_experiences"].to_numpy() == pytest.approx(300)
    assert any("Nobody counted complaints here" in text for text in shown.text) == (complaints == 0)


def test_an_iceberg_has_a_tip_and_something_below():
    many = exhibits.iceberg(TODAY, 301)
    assert many.sentence == "301 complaints a month are more than the 300 bad contacts there are"
    assert exhibits.iceberg(TODAY.replace({"experience.bad_share": 0})) is None


def test_a_published_survey_is_said_to_be_one_and_nobody_believes_what_nobody_said():
    assert "surveyed" in exhibits.belief().sentence
    assert exhibits.belief().chart.series[0].data == (80.0, 8.0)  # Allen and others 2005
    assert exhibits.perception(TODAY, 0.5, 0.0).notes.startswith("Elsewhere 80 of 100 firms")
    equal = exhibits.perception(TODAY, 0.25, 0.06)
    assert equal.sentence.endswith("36 months would bring as much, in today’s money")
    for name, what in (("retailer/front-line-training", "the plan"), ("retailer/viral-complaint", "the event")):
        shown = exhibits.perception(wom.load(name), 0.5, 0.0)
        assert shown.text[0].startswith(f"Net of {what}: −USD")  # a loss is not brought, nor an event planned
        assert cells.faults(shown) == []
    for good, bad in ((-1.0, -1.0), (0.45, -1.0), (-1.0, 0.0)):
        assert exhibits.perception(TODAY, good, bad) is None


def test_what_is_a_default_is_not_said_to_be_the_firms():
    given = business({"market.referral_share": 0.19})
    lacking = {**given, "today": {**given["today"], "experience": {**given["today"]["experience"]}}}
    del lacking["today"]["experience"]["contacts_per_month"]
    own, default = (" ".join(exhibits.iceberg(wom.load(data)).text) for data in (given, lacking))
    assert "not the business's own: contacts a month" in default
    assert "contacts a month" not in own


def test_a_loss_is_in_the_colour_of_a_loss_and_segments_are_named():
    case = wom.load("supplier/today")
    table = questions.whom_to_serve(case)
    chart = exhibits.whom_to_serve(table, case).chart
    assert list(chart.categories) == list(table.index)
    (drawn,) = chart.series
    assert list(drawn.roles) == ["better" if value >= 0 else "worse" for value in drawn.data]
    assert exhibits.whom_to_serve(questions.whom_to_serve(TODAY), TODAY) is None


@pytest.mark.parametrize("case", [TODAY, wom.load("supplier/today")], ids=["retailer", "supplier"])
def test_what_a_bad_contact_costs_is_the_sum_of_what_is_said(case):
    experiences = wom.experience_worth(case)
    shown = exhibits.bad_visit(wom.service_worth(case), experiences, case)
    lost = -experiences["worth"][experiences.index.get_level_values(-1) == "bad"].to_numpy()
    own, others, *good = (np.array(one.data[: len(lost)], dtype=float) for one in shown.chart.series)
    assert own + others == pytest.approx(lost, rel=1e-9)  # two sums of the same months
    assert np.isnan(good).all()
    if case is TODAY:
        whole, own_part, ripple = (int(text) for text in re.findall(r"\d+", shown.sentence))
        assert own_part + ripple == whole


def test_a_hundred_new_customers_are_a_hundred():
    assert sum(exhibits.anyway(wom.simulate(TODAY)).chart.series[0].data) == 100
    none = {"market.new_customers_per_month": 0.0, "word_of_mouth.audience_share": 0.2}
    assert exhibits.anyway(wom.simulate(TODAY.replace(none))) is None
    reach = exhibits.hearing(TODAY)
    assert reach.chart.frame().sum().to_numpy() == pytest.approx(100)
    assert "American Express 2011" in reach.notes


def test_a_room_is_shown_its_numbers_and_what_hangs_on_the_assumed_market():
    nine = next(one for one in cells.of("workshop") if one.sentence.startswith("Nine"))
    assert len(nine.data) == 10
    assert "a multiple of the customers; assumed" in nine.notes
    assert "If the market were half as large as is assumed, one bad contact" in nine.text[-1]
    case = workshop.scenario(5000, 150, 50, 0.4, 0.975, 0.25, 0.06, 0.19)
    service, experiences = wom.service_worth(case), wom.experience_worth(case)
    shown = exhibits.bad_visit(service, experiences, case, workshop.balance(case, 4.5))
    good = experiences["worth"]["good"]
    assert shown.chart.series[2].data[2:] == pytest.approx((good, good * 0.25 / 0.042))
    assert shown.text[0] == "4.5 good ones make up for one that is not put right; there are 6."
    shown = exhibits.bad_visit(service, experiences, case, workshop.balance(case, 1.0))
    assert shown.text[0] == "1 good one makes up for one that is not put right; there are 6."
    clean = pd.DataFrame({"good_for_one_bad": [np.inf, np.inf]}, ["needed", "given"])
    assert len(exhibits.bad_visit(service, experiences, case, clean).chart.categories) == 3
    assert exhibits.bad_visit(service, experiences.assign(worth=-1.0), case).chart.categories[2:] == ()


def test_overlap_names_the_network_that_loses_most():
    nets = {f"{few} each": population.watts_strogatz(2_000, few, 1.0, 1) for few in (4, 20)}
    table = population.overlap(TODAY, nets, range(2), horizon=6)
    shown = exhibits.reached(table, TODAY)
    assert shown.sentence.startswith("Where people know 4 each, ")
    heard = shown.data["Ever heard good"].str.partition(" ± ")[0]
    assert heard.tolist() == list(shown.chart.labels)  # the table and the chart say the same
    assert exhibits.independence(table, TODAY).figures[0].value == heard["4 each"].replace("\xa0", " ")
