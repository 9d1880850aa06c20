"""Files as they come, good and bad: a clear message or a correct result, never a wrong number."""

import csv
import gzip
import os
import sqlite3
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import yaml

import wom
import wom.data
from wom import files
from wom.cli import main
from wom.data.store import fetched

TODAY = date(2025, 6, 1)
PAYMENTS = "id,date,amount\n1,2024-01-03,10.50\n2,2024-01-31,20\n1,2024-02-01,5\n"


def put(folder, name, content, encoding="utf-8"):
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return str(folder / name)


def payments(folder, content=PAYMENTS, written_as="utf-8", name="payments.csv", top=None, **source):
    described = {"payments": {"file": put(folder, name, content, written_as)} | source}
    window = {} if top and "from" in top else {"from": "2024-01-01", "to": "2024-02-29"}
    return wom.data.load(described | window | (top or {}), today=TODAY)


def customers(tables):
    return fetched(tables.clean["payments"].good.id.nunique())


def revenue(tables):
    return tables.monthly()["revenue"].tolist()


def refused(message, folder, *arguments, **source):
    with pytest.raises(wom.InputError, match=message) as error:
        payments(folder, *arguments, **source)
    return error.value


EXPECTED = [30.5, 5.0]


# --- encodings ------------------------------------------------------------------------------------------------

UMLAUTS = "id,date,amount\nMüller,2024-01-03,10.50\nÖzil,2024-01-31,20\nMüller,2024-02-01,5\n"


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("utf-8", {}), ("utf-8-sig", {}), ("latin-1", {"encoding": "latin-1"}), ("utf-16", {"encoding": "utf-16"}),
     ("utf-16-le", {"encoding": "utf-16-le"}), ("cp1252", {"encoding": "cp1252"})],
)  # fmt: skip
def test_letters_come_out_right_in_every_encoding(tmp_path, encoding, said):
    if encoding == "utf-16-le":
        tables = payments(tmp_path, b"\xff\xfe" + UMLAUTS.encode("utf-16-le"), encoding="utf-16")
    else:
        tables = payments(tmp_path, UMLAUTS, encoding, **said)
    assert revenue(tables) == EXPECTED
    assert set(tables.clean["payments"].good.select("id").distinct().to_pyarrow()["id"].to_pylist()) == {
        "Müller",
        "Özil",
    }


def test_a_latin_1_file_read_as_utf_8_names_the_line_and_what_to_set(tmp_path):
    content = PAYMENTS + "Müller,2024-02-02,5\n"
    refused("payments.csv: line 5: is not UTF-8 text; set encoding: latin-1", tmp_path, content, "latin-1")


def test_a_latin_1_header_read_as_utf_8_is_named_too(tmp_path):
    refused("line 1: is not UTF-8", tmp_path, "id,date,amount,größe\n1,2024-01-03,10,1\n", "latin-1")


def test_a_utf_16_file_read_as_utf_8_says_what_to_set(tmp_path):
    refused("is UTF-16 text; set encoding: utf-16", tmp_path, PAYMENTS, "utf-16")


def test_a_utf_8_file_read_as_latin_1_is_refused_for_its_letters_would_come_out_wrong(tmp_path):
    refused("is UTF-8 text; leave encoding away", tmp_path, UMLAUTS, "utf-8", encoding="latin-1")


def test_a_windows_file_read_as_latin_1_says_so(tmp_path):
    refused(
        "line 2: .*set encoding: cp1252",
        tmp_path,
        "id,date,amount\n€,2024-01-03,1\n",
        "cp1252",
        encoding="latin-1",
    )


def test_copies_of_files_go_away(tmp_path):
    tables = payments(tmp_path, UMLAUTS, "latin-1", encoding="latin-1")
    place = tables.store.directory
    assert place.is_dir()
    tables.store.close()
    assert not place.exists()


# --- forms ----------------------------------------------------------------------------------------------------


def test_gz_and_other_delimiters_and_line_ends(tmp_path):
    content = PAYMENTS.replace(",", ";").replace("\n", "\r\n")
    assert revenue(payments(tmp_path, gzip.compress(content.encode()), name="payments.csv.gz")) == EXPECTED
    assert revenue(payments(tmp_path, PAYMENTS.replace(",", "\t"))) == EXPECTED
    assert revenue(payments(tmp_path, PAYMENTS.replace(",", "#"), delimiter="#")) == EXPECTED


def test_decimal_commas_and_thousands(tmp_path):
    content = "id;date;amount\n1;2024-01-03;1.234,50\n2;2024-01-31;20\n1;2024-02-01;5,25\n"
    assert revenue(payments(tmp_path, content, decimal=",")) == [1254.5, 5.25]
    content = 'id,date,amount\n1,2024-01-03,"1,234.50"\n2,2024-01-31,20\n1,2024-02-01,5.25\n'
    assert revenue(payments(tmp_path, content, decimal=".")) == [1254.5, 5.25]


def test_decimal_commas_that_nobody_mentioned_are_refused(tmp_path):
    content = "id;date;amount\n1;2024-01-03;12\n1;2024-01-04;12,50\n"
    refused('line 3: a number with a comma.*set decimal: ","', tmp_path, content)


def test_a_number_that_does_not_fit_the_decimal_sign_is_rejected(tmp_path):
    content = "id;date;amount\n1;2024-01-03;12.50\n1;2024-01-04;12,50\n1;2024-02-04;1,5\n"
    tables = payments(tmp_path, content, decimal=",")
    assert revenue(tables) == [12.5, 1.5]
    assert list(tables.check().rows()) == [
        ("payments", 2, "amount cannot be read", "id=1 | date=2024-01-03 | amount=12.50")
    ]


def test_columns_and_values_are_mapped(tmp_path):
    content = "Nr,Tag,Wert\n1,2024-01-03,10.50\n2,2024-01-31,20\n1,2024-02-01,5\n"
    assert revenue(payments(tmp_path, content, columns={"id": "Nr", "date": "Tag", "amount": "Wert"})) == EXPECTED


def test_dates_in_the_users_form(tmp_path):
    content = "id,date,amount\n1,03.01.2024,10.50\n2,31.1.2024,20\n1,1.2.2024,5\n"
    assert revenue(payments(tmp_path, content, date_format="%d.%m.%Y")) == EXPECTED
    refused(r"3 of 3 rows cannot be used.*date cannot be read.*line 2.*date_format", tmp_path, content)


def test_two_digit_years_are_read_only_where_the_form_says_so(tmp_path):
    content = "id,date,amount\n1,03.01.24,10.50\n2,31.01.24,20\n1,01.02.24,5\n"
    assert revenue(payments(tmp_path, content, date_format="%d.%m.%y")) == EXPECTED
    refused("date cannot be read", tmp_path, content, date_format="%d.%m.%Y")
    refused("date cannot be read", tmp_path, content.replace("03.01.24", "24-01-03"))


def test_days_that_do_not_exist_are_rejected(tmp_path):
    tables = payments(tmp_path, PAYMENTS + "3,2024-02-30,7\n3,2024-13-01,7\n")
    assert revenue(tables) == EXPECTED
    assert [line for _, line, _, _ in tables.check().rows()] == [5, 6]


def test_moments_with_offsets_become_local_days_across_the_change_of_clocks(tmp_path):
    """Central European Time turns to summer time on 2024-03-31 at 01:00 UTC, and back on 2024-10-27."""
    content = (
        "id,date,amount\n1,2024-03-30T22:59:00Z,1\n1,2024-03-31T22:30:00Z,2\n1,2024-03-31 23:59,4\n"
        "1,2024-04-01T00:30:00+02:00,8\n1,2024-03-31T21:59:59+00:00,16\n1,2024-10-31T23:30:00Z,32\n"
        "1,2024-10-31T22:30:00Z,64\n1,2024-03-31T20:00:00-0400,128\n"
    )
    top = {"from": "2024-03-01", "to": "2024-11-30", "time_zone": "Europe/Berlin"}
    found = payments(tmp_path, content, top=top).monthly()["revenue"].droplevel("segment")
    sums = {str(month): value for month, value in found.items() if value}
    assert sums == {"2024-03": 1 + 4 + 16, "2024-04": 2 + 8 + 128, "2024-10": 64, "2024-11": 32}
    refused(
        "line 2: a moment with an offset.*set time_zone",
        tmp_path,
        content,
        top={"from": "2024-03-01", "to": "2024-11-30"},
    )


def workbook(folder, rows, name="payments.xlsx", sheet="Sheet"):
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    book.save(folder / name)
    return str(folder / name)


def test_excel_dates_numbers_and_serial_numbers(tmp_path):
    rows = [
        ["id", "date", "amount"], [1, datetime(2024, 1, 3), 10.5], [2, date(2024, 1, 31), 20], [None, None, None],
        [1.0, 45323, 5], [1, "2024-02-02", "7"], ["x", "soon", 1],
    ]  # fmt: skip
    found = {
        "payments": {"file": workbook(tmp_path, rows, sheet="Q1"), "sheet": "Q1"},
        "from": "2024-01-01",
        "to": "2024-02-29",
    }
    tables = wom.data.load(found, today=TODAY)
    assert date(2024, 2, 1) - date(1899, 12, 30) == pd.Timedelta(days=45323)
    assert revenue(tables) == [30.5, 12.0]
    assert customers(tables) == 2
    assert list(tables.check().rows()) == [("payments", 7, "date cannot be read", "id=x | date=soon | amount=1")]
    found["payments"]["sheet"] = "Q2"
    with pytest.raises(wom.InputError, match="has no sheet 'Q2'; allowed: Q1"):
        wom.data.load(found)


def test_an_excel_file_that_is_none(tmp_path):
    refused("cannot be read as an Excel workbook", tmp_path, "id,date", name="payments.xlsx")


def test_parquet_with_its_own_types(tmp_path):
    frame = pd.read_csv(put(tmp_path, "p.csv", PAYMENTS), parse_dates=["date"])
    frame.to_parquet(tmp_path / "payments.parquet")
    found = {"payments": {"file": str(tmp_path / "payments.parquet")}, "from": "2024-01-01", "to": "2024-02-29"}
    tables = wom.data.load(found, today=TODAY)
    assert revenue(tables) == EXPECTED
    frame.loc[1, "amount"] = float("nan")
    frame.to_parquet(tmp_path / "payments.parquet")
    tables = wom.data.load(found, today=TODAY)
    assert [(line, reason) for _, line, reason, _ in tables.check().rows()] == [(2, "no amount")]


# --- databases ------------------------------------------------------------------------------------------------

CUSTOMERS = "id,segment,joined,left,came_by\n1,a,2023-05-01,2024-02-10,other\n2,b,2024-01-01,,recommendation\n"
EXPERIENCES = (
    "id,date,kind\n1,2024-01-03,good\n1,2024-01-03,bad\n2,2024-02-03,good\n9,2024-01-05,good\n1,2024-02-31,bad\n"
)


@pytest.fixture(params=["duckdb", "sqlite"])
def database(request, tmp_path):
    """The same three tables in files, and in a database beside a data.yaml."""
    texts = {"payments": PAYMENTS, "customers": CUSTOMERS, "experiences": EXPERIENCES}
    if request.param == "duckdb":
        import duckdb

        link = duckdb.connect(str(tmp_path / "shop.db"))
        for name, text in texts.items():
            put(tmp_path, f"{name}.csv", text)
            link.execute(f"CREATE TABLE {name} AS SELECT * FROM read_csv('{tmp_path / name}.csv')")
        link.close()
    else:
        with sqlite3.connect(tmp_path / "shop.db") as link:
            for name, text in texts.items():
                put(tmp_path, f"{name}.csv", text)
                pd.read_csv(tmp_path / f"{name}.csv").to_sql(name, link, index=False)
        link.close()
    described = {"connection": f"{request.param}:///shop.db", "from": "2024-01-01", "to": "2024-02-29"}
    described |= {name: {"table": name} for name in texts}
    put(tmp_path, "data.yaml", yaml.safe_dump(described))
    return tmp_path


def test_a_database_tells_the_same_as_files(database):
    texts = ("payments", "customers", "experiences")
    files = {name: {"file": str(database / f"{name}.csv")} for name in texts} | {
        "from": "2024-01-01",
        "to": "2024-02-29",
    }
    ours, theirs = wom.data.load(files, today=TODAY), wom.data.load(database / "data.yaml", today=TODAY)
    for name in ("monthly", "cohorts"):
        pd.testing.assert_frame_equal(getattr(ours, name)(), getattr(theirs, name)(), check_dtype=False)
    one, other = ours.check(), theirs.check()
    assert (
        one.table["rejected"].to_dict()
        == other.table["rejected"].to_dict()
        == {"customers": 0, "payments": 0, "experiences": 2}
    )
    assert {row[1] for row in other.rows()} == {None}
    assert [row[1] for row in one.rows()] == [5, 6]


def test_a_table_that_is_not_there_is_named(database):
    text = (database / "data.yaml").read_text(encoding="utf-8").replace("table: payments", "table: paymets")
    put(database, "data.yaml", text)
    with pytest.raises(wom.InputError, match=r"payments\.table: no table 'paymets'; did you mean payments"):
        wom.data.load(database / "data.yaml")


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


# --- bad data -------------------------------------------------------------------------------------------------


def test_an_empty_file_a_header_alone_and_a_missing_column(tmp_path):
    refused("payments.csv: is empty", tmp_path, "")
    refused(
        "payments.columns.amount: .*no column 'amount' for our amount; did you mean amout",
        tmp_path,
        "id,date,amout\n",
    )
    tables = payments(tmp_path, "id,date,amount\n")
    assert revenue(tables) == [0.0, 0.0]
    assert "payments: the table has no rows." in tables.check().sentences
    refused("no dates, so no month is observed", tmp_path, "id,date,amount\n", top={"from": "2024-01-01"})


def test_a_file_that_is_not_there_is_named(tmp_path):
    put(tmp_path, "data.yaml", "payments: {file: paymnts.csv}")
    put(tmp_path, "payments.csv", PAYMENTS)
    with pytest.raises(
        wom.InputError, match=r"payments\.file: no such file: 'paymnts.csv'; did you mean payments.csv"
    ):
        wom.data.load(tmp_path / "data.yaml")


def test_every_kind_of_bad_row_is_counted_and_found_again_by_its_line(tmp_path):
    customers = (
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
        "customers": {"file": put(tmp_path, "customers.csv", customers)},
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
    said = " ".join(found.sentences)
    for part in ("1 customer came by something", "1 refund, 2 in all", "1 row outside", "1 row equal to another"):
        assert part in said
    written = found.write(tmp_path / "out")
    with written.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["table", "line", "reason", "row"]
    assert len(rows) == 1 + found.rejected
    assert [entry.name for entry in written.parent.iterdir()] == ["rejected.csv"]


def test_an_id_that_is_no_number_late_in_a_file_is_an_id_all_the_same(tmp_path):
    rows = "".join(f"{number},2024-01-03,1\n" for number in range(1, 3001))
    rows += "007,2024-02-01,5\n7,2024-02-01,5\n"
    tables = payments(tmp_path, "id,date,amount\n" + rows, top={"ids": "exact"})
    assert revenue(tables) == [3000.0, 10.0]
    assert customers(tables) == 3001


def test_a_million_rows_twice_are_not_twice_the_revenue(tmp_path):
    import duckdb

    duckdb.sql(
        "COPY (SELECT 1 + i % 1000 AS id, DATE '2024-01-01' + (i % 60)::INT AS date, (i % 977)::DOUBLE AS amount "
        f"FROM range(500000) t(i)) TO '{tmp_path}/once.csv'"
    )
    once = (tmp_path / "once.csv").read_text()
    rows = once.partition("\n")[2]
    single, double = payments(tmp_path, once), payments(tmp_path, once + rows, name="twice.csv")
    assert revenue(double) == revenue(single)
    assert customers(double) == customers(single)
    found = double.check()
    assert found.table["rows"].item() == 1_000_000
    assert found.table["copies_removed"].item() == 500_000
    assert any("most rows stood there 2 times" in sentence for sentence in found.sentences)


def test_one_row_a_million_times_is_one_row(tmp_path):
    content = PAYMENTS + "2,2024-02-01,5\n" * 1_000_000
    assert revenue(payments(tmp_path, content)) == [30.5, 10.0]


def test_duplicates_are_kept_or_removed_where_data_yaml_says_so(tmp_path):
    content = PAYMENTS + "1,2024-02-01,5\n"
    assert revenue(payments(tmp_path, content)) == [30.5, 10.0]
    assert revenue(payments(tmp_path, content, duplicates="remove")) == EXPECTED
    assert revenue(payments(tmp_path, content + content.partition("\n")[2], duplicates="keep")) == [61.0, 20.0]
    rows = (
        "8,1,2024-01-03,10.50",
        "9,2,2024-01-31,20",
        "7,1,2024-02-01,5",
        "7,1,2024-02-01,5",
        "6,1,2024-02-01,5",
    )
    numbered = "\n".join(("row,id,date,amount", *rows, ""))
    assert revenue(payments(tmp_path, numbered)) == [30.5, 10.0]


def test_a_month_that_was_exported_twice_counts_once(tmp_path):
    def rows(month, count):
        return [f"{place % 150},2024-0{month}-{1 + place % 28:02},{place % 7 + 1}" for place in range(count)]

    once = [*rows(1, 400), *rows(2, 400), *rows(2, 1)]
    assert len(set(once)) == 800  # but for one, every payment is another one
    double = payments(tmp_path, "\n".join(("id,date,amount", *once, *rows(2, 400), "")))
    # Most rows of the month stand twice: of what stood three times, two stay.
    assert double.monthly()["payments"].tolist() == [400, 400 + 1]
    found = double.check()
    assert found.table["copies_removed"].item() == 400
    said = "payments: 400 rows removed as copies of another one; most rows of 2024-02 stood there more than once."
    assert said in found.sentences
    kept = payments(tmp_path, (tmp_path / "payments.csv").read_text(), duplicates="keep")
    assert kept.monthly()["payments"].tolist() == [400, 801]


def test_a_few_equal_rows_in_a_quiet_month_are_no_second_export(tmp_path):
    rows = [f"{place},2024-01-03,1" for place in range(200)] + ["7,2024-02-05,1"] * 20
    tables = payments(tmp_path, "\n".join(("id,date,amount", *rows, "")))
    assert tables.monthly()["payments"].tolist() == [200, 20]


def test_what_a_killed_process_left_goes_away_and_what_a_living_one_needs_stays(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    killed = (
        "import os; from wom.files import Temporary; print(Temporary('wom-data-').path, flush=True); os._exit(1)"
    )
    command, env = [sys.executable, "-c", killed], {**os.environ, "TMPDIR": str(tmp_path)}
    left = Path(subprocess.run(command, capture_output=True, text=True, check=False, env=env).stdout.strip())
    assert left.parent == tmp_path
    others = [tmp_path / name for name in ("wom-data-mine", "wom-report")]
    for place in others:
        place.mkdir()
    with files.temporary_directory("wom-data-", tmp_path) as mine:
        tables = payments(tmp_path)
        assert not left.exists()
        assert all(place.exists() for place in (mine, *others, tables.store.directory))


def test_events_outside_the_time_of_a_customer_are_said(tmp_path):
    events = "1,2024-01-09,bad\n1,2024-01-10,bad\n1,2024-03-06,bad\n1,2024-03-07,bad\n"
    tables = contract(tmp_path, "1,2024-01-10,2024-03-05\n", events)
    assert (
        "experiences: 1 row from before the customer joined and 2 rows from after the customer left, "
        "counted in the month all the same, but change no mood." in tables.check().sentences
    )
    assert tables.monthly()["bad"].tolist() == [2, 0, 2]


def test_a_file_that_may_not_be_read_is_named(tmp_path, monkeypatch):
    file, plain = put(tmp_path, "p.csv", PAYMENTS), Path.open

    def locked(self, *arguments, **options):
        if self.name == "p.csv":
            raise PermissionError(13, "Permission denied")
        return plain(self, *arguments, **options)

    monkeypatch.setattr(Path, "open", locked)
    with pytest.raises(wom.InputError, match=r"p\.csv: cannot be read: Permission denied"):
        wom.data.load({"payments": {"file": file}})


def test_what_is_no_description_of_tables_is_named(tmp_path):
    with pytest.raises(wom.InputError, match=r"is no data\.yaml; give the file that says"):
        wom.data.load(put(tmp_path, "p.csv", PAYMENTS))
    with pytest.raises(wom.InputError, match="is empty; a data file needs at least one table"):
        wom.data.load(put(tmp_path, "data.yaml", ""))


def test_words_that_are_not_ours_say_where_to_name_them(tmp_path):
    described = {"talk": {"file": put(tmp_path, "t.csv", "tone,people_told\ngut,1\nschlecht,3\n")}}
    with pytest.raises(wom.InputError, match=r"name your words for ours under talk\.values\.tone"):
        wom.data.load(described)


def test_payers_of_more_months_than_a_number_has_bits(tmp_path):
    content = (
        "id,date,amount\n1,2015-01-05,1\n2,2015-01-06,1\n1,2019-12-06,1\n1,2020-01-06,1\n1,2024-12-06,1\n"
        "2,2024-12-07,-1\n"
    )
    tables = payments(tmp_path, content, top={"from": "2015-01-01", "to": "2024-12-31"})
    found = tables.monthly()["payers"].droplevel("segment")
    assert {str(month): payers for month, payers in found.items() if payers} == {
        "2015-01": 2, "2019-12": 1, "2020-01": 1, "2024-12": 1,
    }  # fmt: skip


def contract(folder, customers, experiences=None, **top):
    described = {"customers": {"file": put(folder, "customers.csv", "id,joined,left\n" + customers)}}
    if experiences is not None:
        described["experiences"] = {"file": put(folder, "experiences.csv", "id,date,kind\n" + experiences)}
    return wom.data.load(described | {"from": "2024-01-01", "to": "2024-03-31"} | top, today=TODAY)


def test_no_experiences_one_customer_all_gone_and_nobody_gone(tmp_path):
    one = contract(tmp_path, "1,2024-01-10,2024-03-05\n").cohorts()
    assert one[["entered", "months", "left", "count"]].to_numpy().tolist() == [[0, 2, True, 1]]
    stayed = contract(tmp_path, "1,2024-01-10,\n2,2023-01-10,\n", "2,2024-02-15,bad\n")
    assert stayed.monthly()["lost_customers"].sum() == 0
    gone = contract(tmp_path, "1,2023-01-10,2024-01-31\n2,2023-01-10,2024-01-31\n")
    assert gone.monthly()["customers"].tolist() == [2, 0, 0]
    assert gone.cohorts()[["entered", "months", "left", "count"]].to_numpy().tolist() == [[11, 12, True, 2]]


def test_one_month(tmp_path):
    tables = payments(tmp_path, PAYMENTS, top={"from": "2024-01-01", "to": "2024-01-31"})
    assert revenue(tables) == [30.5]
    with pytest.raises(wom.InputError, match="not one whole month"):
        payments(tmp_path, PAYMENTS, top={"from": "2024-01-10", "to": "2024-01-31"})


def test_months_that_are_not_whole_at_the_ends_are_left_out_and_said(tmp_path):
    days = pd.date_range("2024-01-20", "2024-04-12")
    content = "id,date,amount\n" + "".join(f"1,{day.date()},1\n" for day in days)
    described = {"payments": {"file": put(tmp_path, "p.csv", content)}}
    tables = wom.data.load(described, today=TODAY)
    assert tables.months.astype(str).tolist() == ["2024-02", "2024-03"]
    said = " ".join(tables.check().sentences)
    assert "begin on 2024-01-20" in said
    assert "end on 2024-04-12" in said


def test_a_month_without_rows_is_a_gap(tmp_path):
    tables = payments(tmp_path, PAYMENTS, top={"from": "2024-01-01", "to": "2024-04-30"})
    assert tables.check().table["gaps"].item() == 2
    assert any("no row in 2024-03, 2024-04" in sentence for sentence in tables.check().sentences)


@pytest.mark.parametrize(
    ("rule", "ratings", "kinds"),
    [
        ("nps", "0,6,7,8,9,10,11", [2, 2, 2]), ("csat", "1,2,3,4,5,0", [2, 2, 1]),
        ("stars", "1,2,3,4,5", [2, 2, 1]),
        ("complaint", "true,no,1,false,Yes", [0, 3, 2]),
        ({"bad": [0, 4], "neutral": [5, 7], "good": [8, 10]}, "0,4,5,8,10", [2, 2, 1]),
        ({"good": [9, 10], "bad": [0, 6]}, "6,7,8.5,9,11,-1", [1, 1, 2]),
        ({"good": [9, 10], "recovered": [0, 2], "bad": [4, 6]}, "3,4,7,10", [1, 1, 2]),
    ],
)  # fmt: skip
def test_ratings_become_experiences_by_a_stated_rule(tmp_path, rule, ratings, kinds):
    content = "id,date,rating\n" + "".join(f"{n},2024-01-0{n + 1},{r}\n" for n, r in enumerate(ratings.split(",")))
    described = {"experiences": {"file": put(tmp_path, "e.csv", content), "rule": rule}}
    tables = wom.data.load(described | {"from": "2024-01-01", "to": "2024-01-31"}, today=TODAY)
    assert tables.monthly()[["good", "bad", "neutral"]].iloc[0].tolist() == kinds
    rejected = len(ratings.split(",")) - sum(kinds)
    assert tables.check().rejected == rejected
    said = [text for text in tables.check().sentences if "names no neutral ratings" in text]
    assert len(said) == (isinstance(rule, dict) and "neutral" not in rule)
    assert not said or "above 6 and below 9 are neutral" in said[0]


def test_answers_on_people_told(tmp_path):
    answers = ["0", "7", "1-2", "3 – 5", ">5", "6+", "<3", "10 or more", "02. Jan", "many", ""]
    content = "date,tone,people_told\n" + "".join(f"2024-01-05,good,{answer}\n" for answer in answers)
    described = {"talk": {"file": put(tmp_path, "t.csv", content)}, "from": "2024-01-01", "to": "2024-01-31"}
    tables = wom.data.load(described, today=TODAY)
    talk = tables.talk()
    ends = {
        (row.least, None if row.most is pd.NA else row.most): row.count
        for row in talk.itertuples(index=False, name="T")
    }
    assert set(ends) == {(0, 0), (7, 7), (1, 2), (3, 5), (6, None), (0, 2), (10, None)}
    assert talk["count"].sum() == 8
    assert [line for _, line, _, _ in tables.check().rows()] == [10, 11, 12]


def test_monthly_totals(tmp_path):
    content = "month,revenue,customers\n2024-01,100,10\n2024-02-29,110,\n2024-03,x,12\n"
    described = {"monthly": {"file": put(tmp_path, "m.csv", content)}, "from": "2024-01-01", "to": "2024-03-31"}
    tables = wom.data.load(described, today=TODAY)
    totals = tables.totals()
    assert totals.index.astype(str).tolist() == ["2024-01", "2024-02"]
    assert totals["revenue"].tolist() == [100.0, 110.0]
    assert totals["customers"].isna().tolist() == [False, True]
    assert tables.check().rejected == 1


# --- the command ----------------------------------------------------------------------------------------------


def test_the_command_says_what_it_found(tmp_path, capsys):
    put(tmp_path, "payments.csv", PAYMENTS + "3,2024-02-30,7\n")
    file = put(
        tmp_path, "data.yaml", "title: A shop\nfrom: 2024-01-01\nto: 2024-02-29\npayments: {file: payments.csv}\n"
    )
    assert main(["data", "check", file]) == 0
    shown = capsys.readouterr().out
    assert "4 rows read, 3 used, 1 rejected: date cannot be read (1)" in shown
    assert str(tmp_path / "rejected.csv") in shown
    assert main(["data", "check", file, "--strict", "--output", str(tmp_path / "x")]) == 1
    assert (tmp_path / "x" / "rejected.csv").is_file()
    put(tmp_path, "payments.csv", PAYMENTS)
    assert main(["data", "check", file, "--strict"]) == 0
    put(tmp_path, "data.yaml", "payments: {fil: payments.csv}")
    assert main(["data", "check", file]) == 2
    assert "payments.fil: unknown key; did you mean file?" in capsys.readouterr().err


def test_a_table_of_customers_who_are_all_unknown_cannot_be_used(tmp_path, capsys):
    put(tmp_path, "customers.csv", "id,joined,left\n")
    put(tmp_path, "payments.csv", PAYMENTS)
    tables = "from: 2024-01-01\nto: 2024-02-29\ncustomers: {file: customers.csv}\npayments: {file: payments.csv}\n"
    file = put(tmp_path, "data.yaml", tables)
    assert main(["data", "check", file]) == 2
    said = "payments.csv: 3 of 3 rows belong to a customer that the table customers does not hold (line 2: id 1)"
    assert said in capsys.readouterr().err
    assert main(["calibrate", file, "--output", str(tmp_path / "out")]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_sample_s_tables_are_checked_by_name_or_by_file(tmp_path, capsys):
    for name in ("retailer/tables", "retailer/tables/data.yaml"):
        assert main(["data", "check", name, "--output", str(tmp_path)]) == 0
        assert "Months observed: 2023-01 to 2024-12" in capsys.readouterr().out


def test_ways_to_come_that_are_neither_of_ours_are_named(tmp_path):
    rows = "id,joined,came_by\n1,2024-01-01,Freund\n2,2024-01-02,radio\n3,2024-01-03,radio\n4,2024-01-04,other\n"
    described = {
        "customers": {
            "file": put(tmp_path, "customers.csv", rows),
            "values": {"came_by": {"recommendation": ["freund"]}},
        },
        "from": "2024-01-01", "to": "2024-01-31",
    }  # fmt: skip
    said = " ".join(wom.data.load(described, today=TODAY).check().sentences)
    assert "2 customers came by something that is neither recommendation nor other ('radio')" in said
