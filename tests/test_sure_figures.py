"""Charts of worth: legible, with the numbers of the result."""

import pytest
from looks import faults

import wom
from wom import figures, messages
from wom.analysis import questions


@pytest.fixture(scope="module")
def plan():
    return wom.load("retailer/make-it-right")


@pytest.mark.parametrize("name", ["retailer/today", "supplier/today", "supplier/right-first-time"])
def test_charts_of_worth_are_legible(name):
    case = wom.load(name)
    customers, experiences = wom.customer_worth(case), wom.experience_worth(case)
    level = wom.mechanisms(case, level=True)
    below = questions.iceberg(20, None, case)
    apple = questions.bad_apple(case, 1, 0.05)
    segments = questions.whom_to_serve(case)
    said = messages.mechanisms(level, case.without_plan(), figures.LEVEL)
    served = wom.service_worth(case)
    charts = {
        "served": figures.worth(messages.served(served), "total", case, messages.service(served, case)),
        "customers": figures.worth(customers, "total", case, messages.customer(customers, case)),
        "experiences": figures.worth(experiences, "worth", case, messages.experience(experiences, case)),
        "level": figures.mechanisms(level, case.without_plan(), said),
        "gap": figures.perception(questions.perception_gap(case, 0.45, 0.02)),
        "iceberg": figures.iceberg(below, 20, case),
        "apple": figures.aftermath(apple, messages.aftermath(apple)),
        "segments": figures.worth(segments, "with_word_of_mouth", case, messages.whom_to_serve(segments, case)),
    }
    for name, ax in charts.items():
        assert faults(ax) == [], name


def test_a_split_over_mechanisms_adds_up_on_the_page(plan):
    split = wom.mechanisms(plan)
    ax = figures.mechanisms(split, plan, "x")
    assert faults(ax) == []
    bars = ax.patches[: len(split) + 1]
    assert sum(bar.get_width() for bar in bars[:-1]) == pytest.approx(bars[-1].get_width(), rel=1e-9)  # rounding
    assert bars[-1].get_width() == pytest.approx(wom.effect(plan).headlines["net"], rel=1e-9)
