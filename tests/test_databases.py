"""A real PostgreSQL tells the same as files of the same rows, added up where they lie."""

import calendar
import re
import time
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from own_tables import described
from postgres import PASSWORD, running

import wom
import wom.data
from wom.calibration import moods
from wom.cli import main
from wom.data import casting
from wom.data.description import build

SAMPLE = Path(__file__).parents[1] / "data" / "sample" / "retailer" / "tables"
TODAY = date(2026, 1, 1)
SUMS = 1e-9
"""Sums of some thousand floats, in another order."""


@pytest.fixture(scope="module")
def server():
    with running() as found:
        yield found


@pytest.fixture
def database(server, monkeypatch):
    """The link and the address, the password in the environment; tables are gone afterwards."""
    monkeypatch.setenv("SHOP_PASSWORD", PASSWORD)
    yield server
    server[0].execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")


def stored(link, name, frame, types=None):
    """A frame of texts as a table whose columns have these types, text by default."""
    columns = ", ".join(f'"{column}" {(types or {}).get(column, "text")}' for column in frame.columns)
    link.execute(f'CREATE TABLE "{name}" ({columns})')
    with link.cursor().copy(f'COPY "{name}" FROM STDIN (FORMAT csv, HEADER)') as copy:
        copy.write(frame.to_csv(index=False))


def both(folder, database, frames, types=None, top=None, options="", each=None):
    """Tables of the same rows, from files and from the database."""
    link, address = database
    top = {"from": "2024-01-01", "to": "2024-03-31"} | (top or {})
    tables = top | {"connection": address + options}
    for name, frame in frames.items():
        stored(link, name, frame, (types or {}).get(name))
        tables[name] = {"table": name} | (each or {})
    files = described(folder, frames, **top | dict.fromkeys(frames, each or {}))
    return wom.data.load(files, today=TODAY), wom.data.load(tables, today=TODAY)


def same(ours, theirs, frames):
    """The same frames, the same words, and the same rows rejected for the same reasons."""
    for name in frames:
        one, other = (getattr(tables, name)() for tables in (ours, theirs))
        pd.testing.assert_frame_equal(one, other, rtol=SUMS)
    one, other = ours.check(), theirs.check()
    pd.testing.assert_frame_equal(one.table, other.table)
    assert one.sentences == other.sentences
    one, other = (sorted((name, why, row) for name, _, why, row in found.rows()) for found in (one, other))
    assert one == other


# --- the sample -----------------------------------------------------------------------------------------------

TYPES = {
    "customers": {"id": "integer", "joined": "date", "left": "date"},
    "payments": {"id": "varchar(9)", "date": "timestamptz", "amount": "numeric(12,2)"},
    "experiences": {"id": "integer", "date": "timestamp"},
    "reviews": {"date": "date", "stars": "smallint"},
}
"""Of the sample's columns; the others are texts."""


def test_the_sample_tells_the_same_from_a_server(tmp_path, database):
    frames = {name: pd.read_csv(SAMPLE / f"{name}.csv", dtype=str) for name in (*TYPES, "talk")}
    for name in ("customers", "payments", "experiences"):
        frames[name] = frames[name][frames[name]["id"].astype(int) % 6 == 0]
    top = {"from": "2023-01-01", "to": "2024-12-31", "contractual": True, "time_zone": "UTC"}
    files, tables = both(tmp_path, database, frames, TYPES, top)
    same(files, tables, ("monthly", "cohorts", "talk", "reviews"))
    one, other = (found.until("2023-12").monthly() for found in (files, tables))
    pd.testing.assert_frame_equal(one, other, rtol=SUMS)
    one, other = (moods.followed(found) for found in (files, tables))  # customers of a server have another order
    for name in ("joined", "end", "left", "day", "kind"):
        counts = [np.unique(getattr(found.histories, name), return_counts=True) for found in (one, other)]
        np.testing.assert_array_equal(*counts)
    assert one.paid.amount.sum() == pytest.approx(other.paid.amount.sum(), rel=SUMS)
    found = wom.calibrate(tables, SAMPLE / "business.yaml")
    last = files.monthly().iloc[-1]
    there = last["customers"] + last["new_customers"] - last["lost_customers"]
    assert found.used["market.customers"].central == there
    assert {"retention.retention_rate", "experience.bad_share"} < set(found.used)
    tables.store.close()
    for _ in range(100):  # the server clears up after the link is closed
        if not (left := database[0].execute("SELECT 1 FROM pg_class WHERE relname LIKE 'wom-%'").fetchall()):
            break
        time.sleep(0.1)
    assert not left


# --- rows that are not fine -----------------------------------------------------------------------------------

DAYS = [
    "2024-01-05", "2024-1-5", " 2024-02-03 ", "2024-02-30", "2023-02-29", "2024-02-29", "2024-13-01", "2024-01-00",
    "24-01-05", "2024/01/05", "2024/1/5", "05.01.2024", "2024-01-05T10:00", "2024-01-05 10:00:00.123456",
    "2024-01-05 24:00", "2024-01-05 25:00", "2024-01-05 9:05", "2024-01-05T", "", "null", "n/a", "soon",
    "20240105", "9999-12-31", "2030-01-01", "1899-12-31", "infinity", "now", "epoch", "2024-01-31\t", "2024-06-31",
]  # fmt: skip
NUMBERS = [
    "1", "1.5", " 2 ", "1.", ".5", "-3", "+4", "1e3", "1e400", "nan", "inf", "1 234", "x", "", "0x1f", "--5",
    "12345678901234567890", "$5", "0", "1e", "\u0661",
]  # fmt: skip
IDS = ["1", "07", "7", " 8 ", "8.0", "Müller", "müller", "", "  ", "x'y", 'q"z', "%s", "\\", "9" * 20]


MOMENTS = [
    "2024-03-30T22:59:00Z", "2024-03-31T22:30:00Z", "2024-03-31 23:59", "2024-04-01T00:30:00+02:00",
    "2024-01-31T23:30:00+00", "2024-03-31T20:00:00-0400", "2024-02-01 10:00+99", "2024-02-30T10:00Z",
]  # fmt: skip
"""Central European Time turns to summer time on 2024-03-31 at 01:00 UTC."""


def paid(rows):
    return {"payments": pd.DataFrame(rows, columns=["id", "date", "amount"])}


def dirty(moments=()):
    rows = [(str(place % 4), day, "1") for place, day in enumerate([*DAYS, *moments])]
    rows += [("1", "2024-01-05", number) for number in NUMBERS] + [(who, "2024-02-03", "2.5") for who in IDS]
    return paid(rows + [(f"z{place}", "2024-03-01", "1") for place in range(900)])


def test_dirty_texts_are_read_and_rejected_alike(tmp_path, database):
    top = {"time_zone": "Europe/Berlin", "ids": "exact", "to": "2024-04-30"}
    same(*both(tmp_path, database, dirty(MOMENTS), top=top), ("monthly",))
    with pytest.raises(wom.InputError, match=r"a moment with an offset.*set time_zone"):
        wom.data.load({"payments": {"table": "payments"}, "connection": database[1]}, today=TODAY)


def test_who_may_make_no_tables_and_gives_no_time_zone_is_told_the_same(tmp_path, database):
    options = "&options=-c%20default_transaction_read_only%3Don"
    same(*both(tmp_path, database, dirty(), top={"ids": "exact"}, options=options), ("monthly",))


@pytest.mark.parametrize(
    ("settings", "days", "amounts"),
    [
        ({"date_format": ["%d.%m.%Y", "%m/%d/%Y %H:%M", "%Y%m%d"], "decimal": ","},
         ["03.01.2024", "3.2.2024", "31.02.2024", "03.01.24", "01/03/2024 10:05", "13/03/2024 9:05",
          "1/3/2024 24:00", "1/3/2024", "20240103", "20240230", "2024013"],
         ["1.234,50", "12,5", "1.234", "12.5"]),
        ({"date_format": "%d.%m.%y", "decimal": "."}, ["3.1.24", "31.2.24", "03.01.69", "3.1.2024"],
         ["1,234.50", "1 234", "1\u00a0234.5", "1,5"]),
    ],
)  # fmt: skip
def test_the_user_s_own_forms_mean_the_same(tmp_path, database, settings, days, amounts):
    fine = [("9", days[0], amounts[0])] * (len(days) + len(amounts))  # else most rows were wrong, and refused
    rows = fine + [("1", day, amounts[0]) for day in days] + [("2", days[0], amount) for amount in amounts]
    same(*both(tmp_path, database, paid(rows), each=settings | {"duplicates": "keep"}), ("monthly",))


def test_accounts_reasons_and_referrals_are_counted_alike(tmp_path, database):
    paid = [(str(n % 30), str(2021 + n % 4), str(n % 7 * 10)) for n in range(90)]
    gone = [
        (f"2022-0{1 + n % 9}-10" if n % 3 else "", ("price", "bad_service", "n/a")[n % 5 % 3]) for n in range(60)
    ]
    frames = {
        "accounts": pd.DataFrame(paid, columns=["id", "year", "revenue"]),
        "reasons": pd.DataFrame(gone, columns=["left", "reason"]),
        "referrals": pd.DataFrame({"made": ["0", "2", "", "1"], "months": ["12", "5", "3", "x"]}),
    }
    same(*both(tmp_path, database, frames, top={"from": "2021-01", "to": "2024-12"}), frames)


def test_types_that_no_file_has(database):
    link, address = database
    link.execute("CREATE TYPE mood AS ENUM ('good', 'bad')")
    link.execute("CREATE TABLE felt (id uuid, date timestamptz, kind mood); "
                 "INSERT INTO felt SELECT gen_random_uuid(), '2024-01-31 23:30+00', 'bad'")  # fmt: skip
    link.execute("CREATE MATERIALIZED VIEW paid AS SELECT * FROM (VALUES (1, date 'infinity', numeric '1'), "
                 "(2, '2024-01-05', 'NaN'), (3, '-infinity', 2), (4, '2024-01-06', 7), (5, '2024-01-07', 8), "
                 "(6, '2024-01-08', 9)) AS v (id, date, amount)")  # fmt: skip
    described = {"from": "2024-01-01", "to": "2024-02-29", "connection": address, "time_zone": "Europe/Berlin"}
    tables = wom.data.load(
        described | {"experiences": {"table": "felt"}, "payments": {"table": "public.paid"}}, today=TODAY
    )
    assert tables.monthly()["bad"].tolist() == [0, 1]
    assert tables.monthly()["revenue"].tolist() == [7 + 8 + 9, 0]
    reasons = ["amount cannot be read", "date cannot be read", "date in the future"]
    assert sorted(tables.check().reasons["reason"]) == reasons
    with pytest.raises(
        wom.InputError, match=r"payments\.table: no table 'public\.felts'; did you mean public\.felt"
    ):
        wom.data.load(described | {"payments": {"table": "public.felts"}}, today=TODAY)
    link.execute("CREATE TABLE named (id int, date text, amount double precision)")
    named = {"table": "named", "date_format": "%d %b %Y"}
    with pytest.raises(wom.InputError, match="%b of date_format cannot be read in a postgres database"):
        wom.data.load(described | {"payments": named}, today=TODAY)


# --- secrets --------------------------------------------------------------------------------------------------


def test_no_password_is_shown_or_written(tmp_path, database, monkeypatch, capsys):
    stored(database[0], "payments", dirty()["payments"])
    file = tmp_path / "data.yaml"
    described = {"payments": {"table": "payments"}, "ids": "exact", "from": "2024-01-01", "to": "2024-03-31"}
    file.write_text(yaml.safe_dump(described | {"connection": database[1]}))
    assert main(["data", "check", str(file)]) == 0
    monkeypatch.setenv("SHOP_PASSWORD", "hunter2/@")
    assert main(["data", "check", str(file)]) == 2
    file.write_text(yaml.safe_dump(described | {"connection": "${SHOP_PASSWORD}"}))
    assert main(["data", "check", str(file)]) == 2
    shown = capsys.readouterr()
    assert "cannot connect to postgres (OperationalError)" in shown.err
    assert "${SHOP_PASSWORD} must hold a URL such as postgres://" in shown.err
    texts = shown.out + shown.err + "".join(entry.read_text() for entry in tmp_path.iterdir())
    assert not re.search(f"hunter2|{re.escape(PASSWORD)}|{re.escape('p%40ss')}", texts)


def test_variables_are_coded_where_an_address_needs_it(monkeypatch):
    monkeypatch.setenv("SECRET", "a@b:c/d")
    monkeypatch.setenv("PLACE", "shop/db")
    for address, filled in {
        "postgres://me:${SECRET}@here/db": "postgres://me:a%40b%3Ac%2Fd@here/db",
        "trino://here/db?password=${SECRET}": "trino://here/db?password=a%40b%3Ac%2Fd",
        "duckdb:///${PLACE}": "duckdb:///shop/db",
    }.items():
        assert build({"payments": {"table": "p"}, "connection": address}).address() == filled


def test_the_form_of_days_holds_every_day_and_no_other():
    for year in (1900, 2000, 2023, 2024, 2100):  # 1900 and 2100 are no leap years, 2000 is
        for day in pd.date_range(f"{year}-01-01", f"{year}-12-31"):
            assert re.fullmatch(casting.DAY, f"{day:%Y-%m-%d}"), day
    for year in range(1900, 9999):
        assert bool(re.fullmatch(casting.DAY, f"{year}-02-29")) == calendar.isleap(year)
    for none in ("02-30", "04-31", "13-01", "00-01", "01-32", "01-00"):
        assert not re.fullmatch(casting.DAY, f"2024-{none}")
