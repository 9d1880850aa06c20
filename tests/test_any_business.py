"""Whatever the schema allows ends in a run or in words: no warning, no traceback, no number that is none."""

import any_business
import numpy as np
import pytest
from scipy.stats import qmc

import wom
from wom.analysis.compare import first_above
from wom.draws import sobol
from wom.parameters import LEAST, MOST

BLOCKS, EACH = 4, 30


@pytest.mark.parametrize("block", range(BLOCKS))
def test_whatever_is_allowed_runs_or_is_refused_in_words(block):
    base = wom.load("retailer/today")
    files = [any_business.scenario(base, np.random.default_rng([block, place])) for place in range(EACH)]
    wrong = [found for found in map(any_business.outcome, files) if found not in ("run", "refused")]
    assert wrong == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("economics.spend_per_customer", 1e300),
        ("economics.acquisition_cost", -0.0 + 5e-324),
        ("experience.memory_months", 5e-324),
        ("market.category_purchase_rate", MOST * 10),
        ("reviews.memory_months", LEAST / 10),
    ],
)
def test_a_figure_beyond_all_sense_is_refused_by_name(key, value):
    with pytest.raises(wom.InputError, match=key.split(".")[1]):
        wom.load("retailer/today").replace({key: value})


def test_fewer_contacts_than_one_in_a_million_months_are_none():
    # The audience is given, since nobody can be recommended where nobody tells anything.
    none, few = (
        wom.simulate(wom.load("retailer/today").replace({"word_of_mouth.audience_share": 0.2,
                                                         "experience.contacts_per_month": contacts}))
        for contacts in (0.0, 1e-8)
    )  # fmt: skip
    assert few.npv == none.npv
    assert few.monthly["disappointed"].min() >= 0.0


@pytest.mark.parametrize(("dimensions", "size"), [(1, 1), (1, 1024), (46, 2), (64, 4096)])
def test_a_scrambled_sobol_sequence_is_that_of_scipy(dimensions, size):
    theirs = qmc.Sobol(dimensions, bits=30, rng=np.random.default_rng(7)).random(size)
    assert np.array_equal(sobol(dimensions, size, np.random.default_rng(7)), theirs.T)


def test_roots_are_found_in_both_directions_and_where_there_is_none_it_is_said():
    def values(points):
        return np.stack([points[0] ** 3 - 0.1, points[1] + 1.0, points[2] * 0.0 - 1.0, points[3] * np.nan])

    grid = np.tile(np.linspace(0.0, 1.0, 17), (4, 1))
    found = first_above(values, grid)
    # A bracket of 1e-7 and a cubic through four points leave a rounding of the values: 1e-15 over a slope of 0.6.
    assert found[0] == pytest.approx(0.1 ** (1 / 3), rel=1e-13)
    assert found[1:3].tolist() == [0.0, np.inf]
    assert np.isnan(found[3])
    down = first_above(lambda points: 0.3 - points, grid[:1, ::-1])
    assert down.item() == pytest.approx(0.3, rel=1e-13)


def test_a_result_that_is_no_number_is_refused_with_the_figures_to_blame():
    one = {"changes": {"spending.spend_multiplier": {"multiply": 1e15}}}
    steps = [one | {"initiative": str(place)} for place in range(20)]  # 1e300: itself a number, times money none
    plan = wom.load("retailer/today").replace({"plan": steps, "economics.spend_per_customer": 1e14})
    for run in (lambda: wom.simulate(plan), lambda: wom.effect(plan), lambda: wom.simulate(plan, draws=5)):
        with pytest.raises(wom.InputError, match=r"beyond all numbers; check plan\.0\.changes\.spending"):
            run()


def test_the_schema_shows_the_bounds_of_size():
    parts = wom.scenario.schema()["$defs"]
    number = parts["Economics"]["properties"]["spend_per_customer"]["anyOf"][0]
    assert number["maximum"] == MOST
    rate = parts["Market"]["properties"]["category_purchase_rate"]["anyOf"][0]
    assert (rate["minimum"], rate["maximum"]) == (LEAST, MOST)
    assert "exclusiveMinimum" not in rate
