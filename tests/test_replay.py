"""Published effects played by the model: each twin with its numbers, and what must hold for any of them."""

import numpy as np
import pytest

import wom
from wom.analysis import replay as played

# study: verdict, and the model's central values as measured and as caused. They come from one run at the central
# defaults, without draws: 1e-3 is the last digit written here.
TWINS = {
    "late rides, four a month": ("yes", 0.040, 0.027),
    "late rides, one a month": ("yes", 0.077, 0.052),
    "complaints put right": ("identity", 0.763, 0.782),
    "recommenders stay": ("structure", 0.938, 0.957),
    "a neighbour left": ("yes", 1.200, 1.076),
    "connections of the treated": ("yes", None, 0.116),
    "one good message": ("identity", 0.200, 0.080),
    "one bad message": ("identity", -0.110, -0.046),
    "good talk wins and keeps": ("yes", 3.935, 2.268),
    "bad talk deters and drives out": ("yes", 3.538, 3.881),
    "who brings a customer": ("no", None, 0.057),
    "sales by talk": ("yes", 0.093, 0.050),
    "recommendation in the benefit": ("no", None, 0.282),
    "a star, restaurants": ("yes", None, 0.067),
    "a star, hotels": ("yes", None, 0.048),
    "referred customers": ("structure", None, 0.0),
    "who talks": ("identity", None, 1.778),
    "one per cent of retention": ("identity", None, 3.183),
    "five points of retention": ("identity", None, 0.232),
}


@pytest.fixture(scope="module")
def table():
    return wom.evidence.replay(draws=256)


def test_every_study_has_its_twin_and_its_numbers_here(table):
    assert list(table.index) == list(TWINS)


@pytest.mark.parametrize("study", TWINS)
def test_a_twin_makes_what_it_made(table, study):
    verdict, measured, caused = TWINS[study]
    row = table.loc[study]
    assert row.verdict == verdict
    assert row.caused_central == pytest.approx(caused, abs=1e-3)
    if measured is None:
        assert np.isnan(row.measured_central)
    else:
        assert row.measured_central == pytest.approx(measured, abs=1e-3)


def test_identities_of_the_stated_shift(table):
    """East, Hammond and Lomax 2008: as they measured, a message moves .40 by what people stated."""
    assert table.loc["one good message", "measured_central"] == pytest.approx(0.20, abs=1e-12)
    assert table.loc["one bad message", "measured_central"] == pytest.approx(-0.11, abs=1e-12)


def test_the_worth_of_one_per_cent_of_retention_is_that_of_the_formula(table):
    """m/(1 − r/(1+i)) by the month; at 80 % a year and the default interest."""
    interest = wom.evidence.defaults("consumer")["economics.discount_rate"].central
    month, rise = ((0.80 * more / (1 + interest)) ** (1 / 12) for more in (1.0, 1.01))
    expected = 100 * ((1 - month) / (1 - rise) - 1)
    assert table.loc["one per cent of retention", "caused_central"] == pytest.approx(expected, rel=1e-9)


def test_middles_lie_in_their_intervals_and_caused_is_the_smaller_part_of_what_was_measured(table):
    for reading in ("measured", "caused"):
        part = table.dropna(subset=[f"{reading}_central"])
        low, central, high = (part[f"{reading}_{name}"] for name in ("low", "central", "high"))
        assert (low <= central + 1e-9).all()
        assert (central <= high + 1e-9).all()
    spending = table.loc[["late rides, four a month", "late rides, one a month", "sales by talk"]]
    assert (spending.caused_central < spending.measured_central).all()


def test_a_structure_says_so_whatever_the_draws(table):
    for study in ("recommenders stay", "referred customers"):
        assert table.loc[study, "verdict"] == "structure"


def test_each_row_names_its_source_and_its_reason(table):
    assert table.source.str.len().min() > 8
    assert table.why.str.endswith(".").all()


def test_a_twin_sets_only_what_a_study_says_of_its_business():
    allowed = {"experience.contacts_per_month", "retention.retention_rate", "market.referral_share", "trade",
               "market.new_customers_per_month"}  # fmt: skip
    for study in played.STUDIES:
        assert set(study.twin) <= allowed, study.name


def test_draws_out_of_bounds_are_refused():
    with pytest.raises(wom.InputError, match="draws"):
        wom.evidence.replay(draws=1)
