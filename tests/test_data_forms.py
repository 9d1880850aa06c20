"""Tables that are neither events nor totals: accounts by year, reasons for leaving, referrals made."""

from datetime import date

import pandas as pd
import pytest

import wom
import wom.data

TODAY = date(2025, 6, 1)
PAID = {
    "a": {2022: 120.0, 2023: 130.0, 2024: 140.0},
    "b": {2022: 60.0, 2024: 50.0},
    "c": {2023: 10.0},
    "d": {2024: 7.0},
}
WIDE = "id;Umsatz 2022;Umsatz 2023;umsatz  2024;Umsatz 2025\na;120,0;130;140;70\nb;60;0;50;\nc;;10;;\nd;;;7;9\n"
LONG = "id,year,revenue\n" + "".join(
    f"{account},{year},{paid}\n" for account, years in PAID.items() for year, paid in years.items()
)
SPLIT = LONG.replace("a,2022,120.0", "a,2022,100\na,2022,20") + "e,2022,\na,2025,70\nc,2022,0\n"


def load(folder, name, content, top=None, **source):
    file = folder / f"{name}.csv"
    file.write_text(content, encoding="utf-8")
    return wom.data.load({name: {"file": str(file)} | source} | (top or {}), today=TODAY)


def said(tables):
    return " ".join(tables.check().sentences)


@pytest.mark.parametrize(
    ("content", "source"),
    [
        (WIDE, {"decimal": ",", "columns": {"revenue": "Umsatz {year}"}}),
        (LONG, {}),
        (SPLIT, {}),
    ],
    ids=["a column for each year", "a row for each year", "two contracts, and a year that is not over"],
)
def test_accounts_by_year_tell_who_paid_before_and_after(tmp_path, content, source):
    tables = load(tmp_path, "accounts", content, **source)
    assert tables.months[[0, -1]].astype(str).tolist() == ["2022-01", "2024-12"]
    found = tables.accounts().set_index(["year", "before", "after"])
    expected = {
        (2022, pd.NA, True): (1, 120.0, 120.0**2, 130.0),
        (2022, pd.NA, False): (1, 60.0, 60.0**2, 0.0),
        (2023, True, True): (1, 130.0, 130.0**2, 140.0),
        (2023, False, False): (1, 10.0, 100.0, 0.0),
        (2024, True, pd.NA): (1, 140.0, 140.0**2, 0.0),
        (2024, False, pd.NA): (2, 57.0, 50.0**2 + 49.0, 0.0),
    }
    rows = zip(map(str, found.index), found[["count", "revenue", "squared", "following"]].to_numpy(), strict=True)
    assert {key: tuple(cells) for key, cells in rows} == {str(key): cells for key, cells in expected.items()}
    assert "in 2022, 2 paid 180 in all; 1 of them in 2023 as well" in said(tables)
    assert "in 2024, 3 paid 197 in all." in said(tables)


def test_accounts_without_a_year_are_refused_and_years_not_observed_are_said(tmp_path):
    with pytest.raises(wom.InputError, match=r'no column year; .*"Revenue \{year\}"'):
        load(tmp_path, "accounts", "id,revenue\n1,5\n")
    with pytest.raises(wom.InputError, match=r"no column .*Umsatz \{year\}"):
        load(tmp_path, "accounts", "id,revenue\n1,5\n", columns={"revenue": "Umsatz {year}"})
    with pytest.raises(wom.InputError, match="a year that is none"):
        load(tmp_path, "accounts", "id,year,revenue\n1,22,5\n2,2023.5,3\n3,2023,1\n")
    outside = load(tmp_path, "accounts", LONG, top={"from": "2022-04", "to": "2022-12"})
    assert len(outside.accounts()) == 0
    assert "none of its years lies whole within the months observed" in said(outside)


CRM = """id,left,reason
1,2024-01-09,Rude staff
2,2024-02-10,slow support
3,,
4,2024-03-01,Price
5,2024-03-02,n/a
6,2024-03-31,moved
7,never,Price
8,2024-02-01,no answer
"""
WORDS = {"reason": {"bad_service": ["rude staff", "Slow support"]}}


def test_reasons_are_those_of_who_left_and_other_words_are_listed(tmp_path):
    tables = load(tmp_path, "reasons", CRM, values=WORDS)
    assert tables.reasons().to_numpy().tolist() == [["bad_service", 2], ["none", 2], ["other", 2]]
    assert "8 rows read, 6 used, 2 still there" in said(tables)
    assert "2 of 4 reasons are bad service, the others are none of it ('Price', 'moved'), 2 gave none" in said(
        tables
    )
    first = load(tmp_path, "reasons", CRM, values=WORDS, top={"from": "2024-01", "to": "2024-02"})
    assert first.reasons()["count"].sum() == 3
    bare = load(tmp_path, "reasons", "reason\nbad_service\nother\n-\n", top={"from": "2024-01", "to": "2024-02"})
    assert bare.reasons()["count"].tolist() == [1, 1, 1]


def test_reasons_of_which_nobody_said_which_are_bad_service_are_refused(tmp_path):
    with pytest.raises(wom.InputError, match=r"no reason is bad_service; name your words for it \('Price'"):
        load(tmp_path, "reasons", CRM)


def test_referrals_are_counted_by_how_many_and_over_which_months(tmp_path):
    top = {"from": "2024-01", "to": "2024-12"}
    tables = load(tmp_path, "referrals", "id,made,months\n1,0,12\n2,3,4\n3,,9\n4,0,12\n5,1.5,3\n", top=top)
    assert tables.referrals().to_numpy().tolist() == [[0.0, 12.0, 2], [3.0, 4.0, 1]]
    assert "3 used, 1 not answered, 1 rejected: made is no whole number" in said(tables)
    assert "3 customers have brought 3 others" in said(tables)
    assert load(tmp_path, "referrals", "made\n0\n2\n", top=top).referrals()["months"].isna().all()
    only = "made\n" + "1\n2\n" * 15
    with pytest.raises(wom.InputError, match="those who made none are missing"):
        load(tmp_path, "referrals", only + "\n" * 40, top=top)
