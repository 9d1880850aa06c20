"""Tables as a whole: a clear message or a correct result, never a wrong number."""

import json
import re
import sqlite3
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import yaml
from own_tables import DAYS, REVENUE, ROWS, TODAY, YEAR, csv, customers, lines, load, put, refused, said

import wom
import wom.data
from wom.calibration import backtest
from wom.cli import main
from wom.data.description import build

WINDOW = {"from": "2024-01", "to": "2024-02"}
PAYMENTS = "id,date,amount\n1,2024-01-03,10.50\n2,2024-01-31,20\n1,2024-02-01,5\n"
EXPECTED = [30.5, 5.0]


def payments(folder, content=PAYMENTS, top=None, **source):
    return load(folder, content, top=WINDOW | (top or {}), **source)


def revenue(tables):
    return tables.monthly()["revenue"].tolist()


# --- columns, days and numbers --------------------------------------------------------------------------------


def test_columns_days_and_numbers_in_the_users_form(tmp_path):
    german = "Nr;Tag;Wert\n1;03.01.2024;10,50\n2;31.1.2024;20\n1;1.2.2024;5\n"
    source = {"columns": {"id": "Nr", "date": "Tag", "amount": "Wert"}, "decimal": ",", "date_format": "%d.%m.%Y"}
    assert revenue(payments(tmp_path, german, **source)) == EXPECTED
    years = german.replace(".2024", ".24")
    assert revenue(payments(tmp_path, years, **source | {"date_format": "%d.%m.%y"})) == EXPECTED
    refused("3 of 3 rows cannot be used.*date cannot be read.*line 2.*date_format", tmp_path, years, **source)
    tables = payments(tmp_path, german.replace("20\n", "20.00\n"), **source)
    assert list(tables.check().rows()) == [
        ("payments", 3, "amount cannot be read", "Nr=2 | Tag=31.1.2024 | Wert=20.00")
    ]
    several = "id,date,amount\n1,03.01.2024,1\n2,4/1/24,2\n3,2024-02-05,4\n4,2024-02-06,8\n5,2024-02-30,16\n"
    forms = ["%d.%m.%Y", "%d/%m/%y", "%Y-%m-%d"]
    assert revenue(payments(tmp_path, several, date_format=forms)) == [3, 12]
    assert lines(payments(tmp_path, several, date_format=forms[::2])) == [3, 6]
    for form, table in (("%m", "monthly"), ("%m/%Y", "payments")):
        refused("must name .* as in", tmp_path, table=table, date_format=form)


def test_moments_with_offsets_become_local_days_across_the_change_of_clocks(tmp_path):
    """Central European Time turns to summer time on 2024-03-31 at 01:00 UTC, and back on 2024-10-27."""
    content = (
        "id,date,amount\n1,2024-03-30T22:59:00Z,1\n1,2024-03-31T22:30:00Z,2\n1,2024-03-31 23:59,4\n"
        "1,2024-04-01T00:30:00+02:00,8\n1,2024-03-31T21:59:59+00:00,16\n1,2024-10-31T23:30:00Z,32\n"
        "1,2024-10-31T22:30:00Z,64\n1,2024-03-31T20:00:00-0400,128\n"
    )
    top = {"from": "2024-03-01", "to": "2024-11-30"}
    found = load(tmp_path, content, top=top | {"time_zone": "Europe/Berlin"}).monthly()["revenue"]
    sums = {str(month): value for month, value in found.droplevel("segment").items() if value}
    assert sums == {"2024-03": 1 + 4 + 16, "2024-04": 2 + 8 + 128, "2024-10": 64, "2024-11": 32}
    refused("line 2: a moment with an offset.*set time_zone", tmp_path, content, top=top)


def test_an_id_that_is_no_number_late_in_a_file_is_an_id_all_the_same(tmp_path):
    rows = "".join(f"{number},2024-01-03,1\n" for number in range(1, 3001))
    tables = payments(tmp_path, f"id,date,amount\n{rows}007,2024-02-01,5\n7,2024-02-01,5\n", {"ids": "exact"})
    assert (revenue(tables), customers(tables)) == ([3000.0, 10.0], 3001)


# --- databases ------------------------------------------------------------------------------------------------

TABLES = {
    "payments": PAYMENTS,
    "customers": "id,segment,joined,left,came_by\n1,a,2023-05-01,2024-02-10,other\n"
    "2,b,2024-01-01,,recommendation\n",
    "experiences": "id,date,kind\n1,2024-01-03,good\n1,2024-01-03,bad\n2,2024-02-03,good\n9,2024-01-05,good\n"
    "1,2024-02-31,bad\n",
}


def test_a_database_tells_the_same_as_files(tmp_path):
    files = {name: {"file": put(tmp_path, f"{name}.csv", text)} for name, text in TABLES.items()}
    own = wom.data.load(files | WINDOW, today=TODAY)
    monthly, cohorts, rejected = own.monthly(), own.cohorts(), own.check().table["rejected"].to_dict()
    assert (rejected, lines(own)) == ({"customers": 0, "payments": 0, "experiences": 2}, [5, 6])
    link, base = sqlite3.connect(tmp_path / "shop.sqlite"), duckdb.connect(tmp_path / "shop.duckdb")
    for name in TABLES:
        frame = pd.read_csv(tmp_path / f"{name}.csv")
        frame.to_parquet(tmp_path / f"{name}.parquet")
        frame.to_sql(name, link, index=False)
        base.execute(f"CREATE TABLE {name} AS SELECT * FROM read_csv('{tmp_path / name}.csv')")
    link.close()
    base.close()
    for kind, place in (("parquet", [4, 5]), ("duckdb", [None, None]), ("sqlite", [None, None])):
        described = {name: {"table": name} for name in TABLES} | {"connection": f"{kind}:///shop.{kind}"} | WINDOW
        if kind == "parquet":
            described = {name: {"file": f"{name}.parquet"} for name in TABLES} | WINDOW
        theirs = wom.data.load(put(tmp_path, "data.yaml", yaml.safe_dump(described)), today=TODAY)
        pd.testing.assert_frame_equal(theirs.monthly(), monthly, check_dtype=False)
        pd.testing.assert_frame_equal(theirs.cohorts(), cohorts, check_dtype=False)
        found = theirs.check()
        assert found.table["rejected"].to_dict() == rejected
        assert [line for _, line, _, _ in found.rows()] == place
    described["payments"] = {"table": "paymets"}
    with pytest.raises(wom.InputError, match=r"payments\.table: no table 'paymets'; did you mean payments"):
        wom.data.load(put(tmp_path, "data.yaml", yaml.safe_dump(described)))
    theirs.store.close()
    assert not theirs.store.directory.exists()


def test_a_secret_comes_from_the_environment_and_is_never_shown(tmp_path, monkeypatch, capsys):
    top = "payments: {table: p}\nconnection: nosuch://me:%s@here/db\n"
    file = put(tmp_path, "data.yaml", top % "hunter2")
    with pytest.raises(wom.InputError, match="password must not stand in a file") as error:
        wom.data.load(file)
    assert "hunter2" not in str(error.value)
    file = put(tmp_path, "data.yaml", top % "${SHOP_PASSWORD}")
    with pytest.raises(wom.InputError, match="environment variable SHOP_PASSWORD is not set"):
        wom.data.load(file)
    monkeypatch.setenv("SHOP_PASSWORD", "hunter2")
    assert main(["data", "check", file]) == 2
    shown = capsys.readouterr()
    assert "no such kind of database: 'nosuch'" in shown.err
    assert "hunter2" not in shown.out + shown.err


def test_a_database_in_use_is_said_to_be_in_use(tmp_path, monkeypatch):
    duckdb.connect(tmp_path / "shop.db").close()
    described = {"connection": f"duckdb:///{tmp_path / 'shop.db'}", "payments": {"table": "p"}}
    real = wom.data.store._duckdb

    def locked(path, *rest, **more):
        if path.name == "shop.db":
            raise duckdb.IOException("IO Error: Could not set lock on file: Conflicting lock is held in PID 7")
        return real(path, *rest, **more)

    with monkeypatch.context() as patched:
        patched.setattr("wom.data.store._duckdb", locked)
        refused("connection: shop.db is in use: another program has it open", described)
    put(tmp_path, "shop.db", csv())
    refused("cannot be opened as a DuckDB database", described)


# --- what is not there, or not right --------------------------------------------------------------------------


def test_what_is_not_there_is_named(tmp_path, monkeypatch):
    message = "payments.columns.amount: .*no column 'amount' for our amount; did you mean amout"
    refused(message, tmp_path, "id,date,amout\n")
    tables = payments(tmp_path, "id,date,amount\n")
    assert revenue(tables) == [0.0, 0.0]
    assert "payments: the table has no rows." in tables.check().sentences
    refused("no dates, so no month is observed", tmp_path, "id,date,amount\n", top={"from": "2024-01-01"})
    refused("not one whole month", tmp_path, PAYMENTS, top={"from": "2024-01-10", "to": "2024-01-31"})
    put(tmp_path, "payments.csv", PAYMENTS)
    for name, content, message in (
        ("data.yaml", "payments: {file: paymnts.csv}",
         r"payments\.file: no such file: 'paymnts.csv'; did you mean payments"),
        ("data.yaml", "", "is empty; a data file needs at least one table"),
        ("p.csv", PAYMENTS, r"is no data\.yaml; give the file that says"),
    ):  # fmt: skip
        with pytest.raises(wom.InputError, match=message):
            wom.data.load(put(tmp_path, name, content))
    plain = Path.open

    def locked(self, *arguments, **options):
        if self.name == "p.csv":
            raise PermissionError(13, "Permission denied")
        return plain(self, *arguments, **options)

    monkeypatch.setattr(Path, "open", locked)
    refused(r"p\.csv: cannot be read: Permission denied", {"payments": {"file": str(tmp_path / "p.csv")}})


def test_every_kind_of_bad_row_is_counted_and_found_again_by_its_line(tmp_path):
    people = (
        "id,segment,joined,left,came_by\n1,a,2023-01-01,,ad\n2,a,2023-01-01,2022-12-01,other\n,a,2023-01-01,,other\n"
        "4,,2023-01-01,,other\n5,a,2999-01-01,,other\n1,a,2023-02-01,,ad\n6,a,2023-01-01,,\n6,a,2023-01-01,,\n"
        "7,a,2023-01-01,9999-12-31,other\n8,a,2023-01-01,2999-01-01,other\n10,a,2023-01-01,,other\n"
        "11,a,2023-01-01,,other\n"
    )
    paid = (
        'id,date,amount\n1,2024-01-03,10\n1,2024-01-05\n\n1,"2024-01-06",x\n1,2030-01-01,5\n99,2024-01-03,5\n'
        "6,2024-01-04,-2,5\n6,2024-01-04,-2\n6,2024-02-04,\n6,2023-12-31,9\n6,2024-02-05,1\n6,2024-02-05,1\n"
        "7,2024-01-08,3\n7,2024-02-08,3\n8,2024-01-08,3\n8,2024-02-08,3\n10,2024-01-09,inf\n"
    )
    described = {
        "customers": {"file": put(tmp_path, "customers.csv", people)},
        "payments": {"file": put(tmp_path, "payments.csv", paid)}, "from": "2024-01-01", "to": "2024-02-29",
    }  # fmt: skip
    tables = wom.data.load(described, today=TODAY)
    found = tables.check()
    assert [(name, line, reason) for name, line, reason, _ in found.rows()] == [
        ("customers", 3, "left before joined"),
        ("customers", 4, "no id"),
        ("customers", 5, "no segment"),
        ("customers", 6, "joined in the future"),
        ("customers", 7, "an id that stands before, with other values"),
        ("payments", 3, "the row has too few columns"),
        ("payments", 5, "amount cannot be read"),
        ("payments", 6, "date in the future"),
        ("payments", 7, "a customer that the table customers does not hold"),
        ("payments", 8, "the row has too many columns"),
        ("payments", 10, "no amount"),
        ("payments", 18, "amount cannot be read"),
    ]
    assert found.table.loc["customers"].to_dict() == {
        "rows": 12, "used": 6, "rejected": 5, "copies_removed": 1, "copies_kept": 0, "outside": 0,
        "refunds": 0, "gaps": 0,
    }  # fmt: skip
    assert found.table.loc[
        "payments", ["rows", "used", "rejected", "copies_kept", "outside", "refunds"]
    ].tolist() == [16, 8, 7, 1, 1, 1]
    assert revenue(tables) == [10 - 2 + 3 + 3, 1 + 1 + 3 + 3]
    assert tables.monthly()["customers"].tolist() == [6, 6]  # 9999 and a day to come are no departures
    told = " ".join(found.sentences)
    for part in (
        "1 customer came by something that is neither recommendation nor other ('ad')",
        "1 refund, 2 in all", "1 row outside", "1 row equal to another",
    ):  # fmt: skip
        assert part in told
    written = found.write(tmp_path / "out")
    rows = pd.read_csv(written)
    assert [*rows] == ["table", "line", "reason", "row"]
    assert len(rows) == found.rejected
    assert [entry.name for entry in written.parent.iterdir()] == ["rejected.csv"]


# --- copies ---------------------------------------------------------------------------------------------------


def test_a_table_that_was_exported_twice_counts_once(tmp_path):
    once = csv([(1 + n % 1000, DAYS[n % 60], n % 977) for n in range(5_000)])
    single, double = payments(tmp_path, once), payments(tmp_path, once + once.partition("\n")[2])
    assert revenue(double) == revenue(single)
    assert customers(double) == customers(single)
    assert double.check().table["copies_removed"].item() == 5_000
    assert "most rows stood there 2 times" in said(double)
    assert revenue(payments(tmp_path, PAYMENTS + "2,2024-02-01,5\n" * 5_000)) == [30.5, 10.0]  # one row


def test_duplicates_are_kept_or_removed_where_data_yaml_says_so(tmp_path):
    content = PAYMENTS + "1,2024-02-01,5\n"
    assert revenue(payments(tmp_path, content)) == [30.5, 10.0]
    assert revenue(payments(tmp_path, content, duplicates="remove")) == EXPECTED
    assert revenue(payments(tmp_path, content + content.partition("\n")[2], duplicates="keep")) == [61.0, 20.0]
    own = (8, 9, 7, 7, 6)
    rows = [content.splitlines()[line] for line in (1, 2, 3, 4, 3)]
    numbered = csv([(number, row) for number, row in zip(own, rows, strict=True)], "row,id,date,amount")
    assert revenue(payments(tmp_path, numbered)) == [30.5, 10.0]


def test_a_month_that_was_exported_twice_counts_once(tmp_path):
    def rows(month, count):
        return [(place % 150, f"2024-0{month}-{1 + place % 28:02}", place % 7 + 1) for place in range(count)]

    once = [*rows(1, 400), *rows(2, 400), *rows(2, 1)]
    assert len(set(once)) == 800  # but for one, every payment is another one
    double = payments(tmp_path, csv([*once, *rows(2, 400)]))
    # Most rows of the month stand twice: of what stood three times, two stay.
    assert double.monthly()["payments"].tolist() == [400, 400 + 1]
    assert "400 rows removed as copies of another one; most rows of 2024-02 stood there more than once" in said(
        double
    )
    quiet = [(place, "2024-01-03", 1) for place in range(200)] + [(7, "2024-02-05", 1)] * 20
    assert payments(tmp_path, csv(quiet)).monthly()["payments"].tolist() == [200, 20]  # too few to be an export


# --- months and customers -------------------------------------------------------------------------------------


def test_months_that_are_not_whole_are_left_out_and_gaps_are_said(tmp_path):
    tables = load(tmp_path, csv([(1, day, 1) for day in DAYS[19:103]]))
    assert tables.months.astype(str).tolist() == ["2024-02", "2024-03"]
    assert "begin on 2024-01-20" in said(tables)
    assert "end on 2024-04-12" in said(tables)
    tables = payments(tmp_path, top={"to": "2024-04"})
    assert tables.check().table["gaps"].item() == 2
    assert "no row in 2024-03, 2024-04" in said(tables)
    found = build({"payments": {"file": "p.csv"}, "from": "2019-01", "to": "2020-02"})
    assert (str(found.first), str(found.last)) == ("2019-01-01", "2020-02-29")


def test_a_slip_of_a_century_makes_no_century_of_months(tmp_path):
    rows = [(place, f"2024-0{1 + place % 3}-{1 + place % 28:02}", 1) for place in range(300)]
    content = csv([(1, "1900-01-01", 1), *rows])
    tables = load(tmp_path, content)
    assert tables.months.astype(str).tolist() == ["2024-01", "2024-02", "2024-03"]
    assert "1 of 301 rows lies more than a year before all others, from 1900-01-01 on" in said(tables)
    assert tables.check().table.loc["payments", "outside"] == 1
    assert len(load(tmp_path, content, top={"from": "1900-01-01"}).months) == 124 * 12 + 3


def test_events_of_who_was_not_there_are_counted_and_said(tmp_path):
    felt = "id,date,kind\n1,2024-01-09,bad\n1,2024-03-06,bad\n1,2024-03-07,bad\n"
    top = {"from": "2024-01-01", "to": "2024-03-31", "experiences": {"file": put(tmp_path, "e.csv", felt)}}
    one = load(tmp_path, "id,joined,left\n1,2024-01-10,2024-03-05\n", table="customers", top=top)
    words = "1 row from before the customer joined and 2 rows from after the customer left"
    assert f"experiences: {words}, counted in the month all the same, but change no mood." in one.check().sentences
    assert one.monthly()["bad"].tolist() == [1, 0, 2]


# --- monthly totals -------------------------------------------------------------------------------------------

NEW, LOST = [12, 9, 14, 10, 8], [5, 11, 6, 9, 10]
START = [100, 107, 105, 113, 114]
END = [107, 105, 113, 114, 112]


def monthly(folder, people=START, new=NEW, lost=LOST, more="", **source):
    months = [f"2024-0{place + 1}" for place in range(len(people))]
    rows = zip(months, people, new, lost, strict=True)
    content = csv(rows, "month,customers,new_customers,lost_customers") + more
    return load(folder, content, table="monthly", **source)


@pytest.mark.parametrize(("given", "at"), [(START, "start"), (END, "end")])
def test_flows_tell_whether_customers_are_those_at_the_start_or_the_end_of_a_month(tmp_path, given, at):
    tables = monthly(tmp_path, given)
    assert tables.totals()["customers"].tolist() == START
    assert tables.until("2024-03").totals()["customers"].tolist() == START[:3]
    assert f"those at the {at} of a month, as new and lost customers tell: they add up in 4 of 4" in said(tables)
    # what is tested against is the count at the end of each month; of the last nobody has counted the next start
    assert backtest.history(tables)["customers"].tolist()[:-1] == END[:-1]


def test_what_is_nearer_or_stated_decides_when_customers_were_counted(tmp_path):
    rough = [105, 106, 113, 113, 112]  # each within 2 of the end, and up to 8 away from the start
    tables = monthly(tmp_path, rough)
    assert "those at the end of a month" in said(tables)
    assert "on average they are off by" in said(tables)
    before = [count - new + lost for count, new, lost in zip(rough, NEW, LOST, strict=True)]
    assert tables.totals()["customers"].tolist() == before  # from the month's own count and flows
    assert monthly(tmp_path, customers_at="end").totals()["customers"].iloc[0] == START[0] - NEW[0] + LOST[0]
    alone = {"content": "month,customers\n07/2022,5\n08/2022,6\n09/2022,8\n", "table": "monthly"}
    alone["date_format"] = "%m/%Y"
    assert "nothing in the table tells" in said(load(tmp_path, **alone))
    ends = load(tmp_path, **alone, customers_at="end")
    assert ends.totals()["customers"].fillna(-1).tolist() == [-1, 5, 6]
    assert "customers are those at the end of a month." in said(ends)
    refused(r"monthly\.customers_at.*'start' or 'end'", tmp_path, **alone, customers_at="middle")


def test_totals_that_cannot_be_are_rejected_and_leave_a_gap_that_is_said(tmp_path):
    people = [100, -5, 105, 113, 114, 112, 112, 112]
    tables = monthly(tmp_path, people, [*NEW, 1, 1, 1], [*LOST, 999, 1, 1])
    assert [(line, reason) for _, line, reason, _ in tables.check().rows()] == [
        (3, "customers below 0"), (7, "more customers lost than there were"),
    ]  # fmt: skip
    assert "monthly: no row in 2024-02, 2024-06." in said(tables)
    found = tables.totals()["new_customers"]  # a fit counts months, so none may be skipped
    assert found.isna().tolist() == [False, True, False, False, False, True, False, False]
    odd = csv(
        [("2024-01", 5, 3, ""), ("2024-02", 5, 6, 1), ("2024-03", 5, 5, 1), ("2024-04", 1, "", "x")],
        "month,new_customers,recommended_customers,revenue",
    )
    reasons = load(tmp_path, odd, table="monthly").check().reasons["reason"].tolist()
    assert reasons == ["more recommended than new customers", "revenue cannot be read"]
    twice = monthly(tmp_path, more="2024-05,114,8,10\n")
    assert twice.check().table.loc["monthly", ["rows", "used", "copies_removed"]].tolist() == [6, 5, 1]
    with pytest.raises(wom.InputError, match=r"2024-05 stands there 2 times.*\(lines 6 and 7\)"):
        monthly(tmp_path, more="2024-05,115,8,10\n")


def test_revenue_of_a_month_that_was_not_counted_does_not_hide_how_unsteady_it_is():
    revenue = pd.DataFrame({"revenue": [100.0, 110.0, float("nan"), 90.0, 100.0, 105.0]})
    # months lie within 10 of their line, of 100; of three degrees of freedom that is at most 0.1 * sqrt(5/3)
    assert 0 < backtest.unsteadiness(revenue) < 0.15
    assert 0 < backtest.unsteadiness(revenue.assign(customers=10.0)) < 0.15


# --- accounts by year, reasons for leaving, referrals made -----------------------------------------------------

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
ACCOUNTS = """year,before,after,count,revenue,squared,following
2022,,False,1,60.0,3600.0,0.0
2022,,True,1,120.0,14400.0,130.0
2023,False,False,1,10.0,100.0,0.0
2023,True,True,1,130.0,16900.0,140.0
2024,False,,2,57.0,2549.0,0.0
2024,True,,1,140.0,19600.0,0.0
"""


@pytest.mark.parametrize(
    ("content", "source"),
    [(WIDE, {"decimal": ",", "columns": {"revenue": "Umsatz {year}"}}), (LONG, {}), (SPLIT, {})],
    ids=["a column for each year", "a row for each year", "two contracts, and a year that is not over"],
)
def test_accounts_by_year_tell_who_paid_before_and_after(tmp_path, content, source):
    tables = load(tmp_path, table="accounts", content=content, **source)
    assert tables.months[[0, -1]].astype(str).tolist() == ["2022-01", "2024-12"]
    assert tables.accounts().drop(columns="segment").to_csv(index=False) == ACCOUNTS
    assert "in 2022, 2 paid 180 in all; 1 of them in 2023 as well" in said(tables)
    assert "in 2024, 3 paid 197 in all." in said(tables)


def test_accounts_without_a_year_are_refused_and_years_not_observed_are_said(tmp_path):
    of_year = {"columns": {"revenue": "Umsatz {year}"}}
    for message, content, source in (
        (r'no column year; .*"Revenue \{year\}"', "id,revenue\n1,5\n", {}),
        (r"no column .*Umsatz \{year\}", "id,revenue\n1,5\n", of_year),
        ("a year that is none", "id,year,revenue\n1,22,5\n2,2023.5,3\n3,2023,1\n", {}),
        ("3 of 10 rows have a revenue that cannot be read", LONG + "x,2023,45.00 net\n" * 3, {}),
    ):
        refused(message, tmp_path, content, table="accounts", **source)
    outside = load(tmp_path, table="accounts", content=LONG, top={"from": "2022-04", "to": "2022-12"})
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
    given = {"table": "reasons", "content": CRM}
    tables = load(tmp_path, **given, values=WORDS)
    assert tables.reasons().to_numpy().tolist() == [["bad_service", 2], ["none", 2], ["other", 2]]
    assert "8 rows read, 6 used, 2 still there" in said(tables)
    words = "2 of 4 reasons are bad service, the others are none of it ('Price', 'moved'), 2 gave none"
    assert words in said(tables)
    assert load(tmp_path, **given, values=WORDS, top=WINDOW).reasons()["count"].sum() == 3
    bare = load(tmp_path, "reason\nbad_service\nother\n-\n", table="reasons", top=WINDOW)
    assert bare.reasons()["count"].tolist() == [1, 1, 1]
    refused(r"no reason is bad_service; name your words for it \('Price'", tmp_path, **given)


def test_referrals_are_counted_by_how_many_and_over_which_months(tmp_path):
    given = {"table": "referrals", "top": YEAR}
    tables = load(tmp_path, "id,made,months\n1,0,12\n2,3,4\n3,,9\n4,0,12\n5,1.5,3\n", **given)
    assert tables.referrals().to_numpy().tolist() == [[0.0, 12.0, 2], [3.0, 4.0, 1]]
    assert "3 used, 1 not answered, 1 rejected: made is no whole number" in said(tables)
    assert "3 customers have brought 3 others" in said(tables)
    assert load(tmp_path, "made\n0\n2\n", **given).referrals()["months"].isna().all()
    refused("no row says how many", tmp_path, "id,made\n1,\n2,\n", **given)
    refused("those who made none are missing", tmp_path, "made\n" + "1\n2\n" * 15 + "\n" * 40, **given)


# --- the command ----------------------------------------------------------------------------------------------


def test_the_command_says_what_it_found_and_took(tmp_path, capsys):
    put(tmp_path, "p.csv", csv([*ROWS, ("", DAYS[0], 5), (3, DAYS[1], "")]))
    file = put(tmp_path, "data.yaml", "title: A shop\npayments: {file: p.csv}\n")
    assert main(["data", "check", file, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    table = found["tables"]["payments"]
    assert (table["rows"], table["used"], table["rejected"]) == (368, 366, 2)
    assert table["columns"] == {
        "id": {"missing": 1},
        "date": {"min": "2024-01-01", "max": "2024-12-31", "missing": 0},
        "amount": {"min": 10.0, "max": 16.0, "sum": REVENUE, "missing": 1},
    }
    assert any("366 used" in note for note in found["notes"])
    assert main(["data", "check", file, "--strict", "--output", str(tmp_path / "x")]) == 1
    printed = capsys.readouterr().out
    assert re.search(rf"payments amount +10 +16 +{REVENUE:,.0f} +1", printed)
    assert re.search("payments date +2024-01-01 +2024-12-31 +0", printed)
    assert str(tmp_path / "x" / "rejected.csv") in printed
    put(tmp_path, "p.csv", csv())
    assert main(["data", "check", file, "--strict"]) == 0
    put(tmp_path, "data.yaml", "payments: {fil: payments.csv}")
    assert main(["data", "check", file]) == 2
    assert "payments.fil: unknown key; did you mean file?" in capsys.readouterr().err
