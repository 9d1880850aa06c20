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


def test_money_that_cannot_be_used_is_said_in_money(tmp_path):
    """One row in 481 is too few to be said as rows; it holds a tenth of the money."""
    rows = [f"{who},2024-{month:02d}-05,10" for who in range(1, 41) for month in range(1, 13)]
    (tmp_path / "p.csv").write_text("\n".join(["id,date,amount", *rows, ",2024-07-05,533"]), encoding="utf-8")
    said = [
        text for text in wom.calibrate({"payments": {"file": str(tmp_path / "p.csv")}}).warnings if "money" in text
    ]
    assert len(said) == 1
    assert said[0].startswith("What could not be used of payments is some 10 % of its money")
