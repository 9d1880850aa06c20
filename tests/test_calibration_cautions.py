"""What is said beside figures that no interval can make right."""

import pytest

import wom

REVIEWS = {"reviews": {"file": "data/sample/retailer/tables/reviews.csv"}, "from": "2024-01-01"}


@pytest.mark.parametrize(
    ("end", "months"), [("2024-06-30", "6 months"), ("2024-01-31", "1 month,"), ("2024-12-31", "")]
)
def test_less_than_a_year_knows_of_no_season_and_it_is_said(end, months):
    said = [text for text in wom.calibrate(REVIEWS | {"to": end}).warnings if "less than a year" in text]
    assert len(said) == bool(months)
    assert all(f"The tables cover {months}" in text for text in said)
