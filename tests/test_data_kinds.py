"""Kinds of awkward tables, with several siblings of each: read rightly, asked about, or refused in words."""

import codecs
import gzip
import re
import zipfile
from datetime import date, datetime

import openpyxl
import pandas as pd
import pyarrow
import pytest
from own_tables import DAYS, REVENUE, ROWS, TODAY, YEAR, amount, csv, customers, lines, load, put, refused, said

import wom
import wom.data
from wom.data import casting
from wom.data.description import build
from wom.data.store import fetched, ibis

JANUARY = {"from": "2024-01", "to": "2024-01"}

# --- rows that never arrive -----------------------------------------------------------------------------------


def test_a_quotation_mark_that_swallows_rows_is_refused_with_its_lines(tmp_path):
    for place, closed in ((0, 5), (10, 11), (364, None)):
        rows = [[*row, "fine"] for row in ROWS]
        rows[place][3] = '"open'
        if closed is not None:
            rows[closed][3] = 'shut"'
        content = csv(rows, "id,date,amount,note")
        packed = gzip.compress(content.encode()) if closed is None else content
        refused(f"line {place + 2}: a quotation mark is not closed", tmp_path, packed)


def test_rows_of_several_lines_are_rows_and_their_lines_are_right(tmp_path):
    notes = [(5, "x" * 200_000), (5, '"a\nb"'), ("?", 'a 5" pipe'), (7, "")]
    notes = [(place, DAYS[place], *row) for place, row in enumerate(notes, start=1)]
    tables = load(tmp_path, "Shop\n\n" + csv(notes, "id,date,amount,note"), top=JANUARY)
    assert lines(tables) == [7]
    assert "the names of the columns stand in line 3" in said(tables)
    assert "1 row runs over several lines within quotation marks (lines 5 to 6)" in said(tables)


@pytest.mark.parametrize(
    ("ends", "encoding"), [("\r", "utf-8"), ("\r\n", "utf-8-sig"), ("\n\r\r\n", "cp1252"), ("\r\n", "utf-16")]
)
def test_every_end_of_a_line_is_read(tmp_path, ends, encoding):
    each = re.findall("\r\n|\r|\n", ends)
    content = "".join(line + each[place % len(each)] for place, line in enumerate(csv().splitlines()))
    source = {} if encoding.startswith("utf-8") else {"encoding": encoding}
    assert amount(load(tmp_path, content, written=encoding, **source)) == REVENUE


def test_encodings_that_were_not_told_are_named_with_what_to_set(tmp_path):
    named = csv([("Müller", *row) for _, *row in ROWS])
    euro = csv([("€", *row) for _, *row in ROWS])
    for message, content, written, source in (
        ("line 2: is not UTF-8 text; set encoding: latin-1", named, "latin-1", {}),
        ("line 1: is not UTF-8", named.replace("id", "größe", 1), "latin-1", {}),
        ("is UTF-16 text; set encoding: utf-16", named, "utf-16", {}),
        ("set encoding: utf-16-be", named, "utf-16-be", {}),
        ("is UTF-8 text; leave encoding away", named, "utf-8", {"encoding": "latin-1"}),
        ("line 2: .*set encoding: cp1252", euro, "cp1252", {"encoding": "latin-1"}),
    ):
        refused(message, tmp_path, content, written=written, **source)
    told = {"latin-1": "latin-1", "utf-16-le": "utf-16", "cp1252": "cp1252"}
    for written, encoding in told.items():
        tables = load(tmp_path, euro if written == "cp1252" else named, written=written, encoding=encoding)
        [name] = fetched(tables.clean["payments"].good.select("id").distinct())["id"]
        assert name == ("€" if written == "cp1252" else "Müller")
    for wrong in ("rot13", "base64", "undefined", "no-such"):
        with pytest.raises(wom.InputError, match="no such encoding"):
            build({"payments": {"file": "p.csv", "encoding": wrong}})


def test_damaged_files_and_files_of_other_kinds_are_refused_in_words(tmp_path):
    refused(r"line 3: holds signs without meaning \(NUL\)", tmp_path, csv().replace("2024-01-02", "2024\0"))
    whole = gzip.compress(csv().encode())
    refused("is cut off", tmp_path, whole[: len(whole) // 2], name="p.csv.gz")
    refused("cannot be read: CRC check failed", tmp_path, whole[:-8] + b"\0" * 8, name="p.csv.gz")
    assert amount(load(tmp_path, whole, name="packed.csv")) == REVENUE  # gzip is known by itself
    openpyxl.Workbook().save(tmp_path / "b.xlsx")
    refused("is a workbook or an archive", tmp_path, (tmp_path / "b.xlsx").read_bytes())
    refused("is a Parquet file", tmp_path, b"PAR1" + b"\0" * 99)
    refused("is a PDF", tmp_path, b"%PDF-1.7")
    refused("cannot be read as an Excel workbook", tmp_path, csv(), name="p.xlsx")
    refused("cannot be read", tmp_path, csv(), name="p.parquet")
    refused("is empty", tmp_path, b"\0" * 9)


@pytest.mark.parametrize(
    ("above", "sign"),
    [("Export of 2025-01-02\n", ","), ('"A title, of\ntwo lines"\n,,\n', ","), ("id\n\n\n", ","), ("sep=;\n", ";"),
     ('"SEP=|"\n', "|"), ("sep=,\n", ";"), ("\ufeffsep=\t\n", "\t")],
)  # fmt: skip
def test_what_stands_above_the_names_is_no_header(tmp_path, above, sign):
    ends = "\r\n" if "=" in above else "\n"
    content = (above + csv(sign=sign)).replace("\n", ends)
    assert amount(load(tmp_path, content)) == REVENUE
    if sign == ",":
        assert amount(load(tmp_path, content, skip_rows=above.count("\n"))) == REVENUE


def test_names_are_compared_without_line_breaks_and_blanks_and_any_sign_stands_between(tmp_path):
    for name in ("Amount\r\nin EUR", " amount  in\tEUR", "Amount\N{NO-BREAK SPACE}in EUR"):
        content = codecs.BOM_UTF8 + csv(header="id,date,X").replace("X", f'"{name}"').encode()
        assert amount(load(tmp_path, content, columns={"amount": "Amount\nin EUR"})) == REVENUE
    for sign in ("'", "\\", " "):
        assert amount(load(tmp_path, csv(sign=sign), delimiter=sign)) == REVENUE


@pytest.mark.parametrize("name", ["pay[12].csv", "amount=5/it's*?.csv", "{a,b}.csv.zst", "s3:p.csv"])
def test_a_file_is_the_file_that_is_named(tmp_path, name):
    for other in ("pay1.csv", "pay2.csv", "a.csv", "amount=5/it's a.csv"):
        put(tmp_path, other, csv())
    assert load(tmp_path, csv(), name=name).check().table["rows"].item() == len(ROWS)


def test_a_parquet_file_keeps_its_own_columns(tmp_path):
    frame = pd.DataFrame(ROWS, columns=["id", "date", "amount"])
    for place in ("p1.parquet", "amount=5/date=2020-01-01/p[12]*.parquet"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(tmp_path / place)
    tables = wom.data.load({"payments": {"file": str(tmp_path / place)}}, today=TODAY)
    assert (amount(tables), amount(tables, "max")) == (REVENUE, 16)


# --- Excel ----------------------------------------------------------------------------------------------------

HEADER = ("id", "date", "amount")


def book(folder, name="p.xlsx", **sheets):
    found = openpyxl.Workbook()
    found.remove(found.active)
    for title, rows in sheets.items():
        page = found.create_sheet(title)
        for row in rows:
            page.append(list(row))
    found.save(folder / name)
    return {"payments": {"file": str(folder / name)}}


def rewritten(folder, pattern, replacement, name="p.xlsx"):
    """The first sheet's XML with something replaced."""
    with zipfile.ZipFile(folder / name) as given:
        parts = {part: given.read(part) for part in given.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet], many = re.subn(pattern, replacement, parts[sheet])
    assert many
    with zipfile.ZipFile(folder / name, "w") as changed:
        for part, content in parts.items():
            changed.writestr(part, content)


@pytest.mark.parametrize("declared", [b"A1:C201", b"A1:XFD1048576"])
def test_all_rows_of_a_sheet_are_read_whatever_it_declares(tmp_path, declared):
    described = book(tmp_path, data=[HEADER, *ROWS])
    rewritten(tmp_path, rb'<dimension ref="[^"]*"', b'<dimension ref="' + declared + b'"')
    assert amount(wom.data.load(described, today=TODAY)) == REVENUE


def test_one_sheet_of_several_with_the_columns_is_asked_for(tmp_path):
    described = book(tmp_path, first=[HEADER, *ROWS[:200]], second=[("Title",), HEADER, *ROWS[200:]], x=[("x",)])
    with pytest.raises(wom.InputError, match="holds 2 sheets with these columns, 'first' and 'second'"):
        wom.data.load(described, today=TODAY)
    described["payments"]["sheet"] = "second"
    tables = wom.data.load(described, today=TODAY)
    assert tables.check().table["rows"].item() == len(ROWS) - 200
    assert "stand in row 2" in said(tables)
    described["payments"]["sheet"] = "third"
    with pytest.raises(wom.InputError, match="has no sheet 'third'; allowed: first, second, x"):
        wom.data.load(described, today=TODAY)
    covered = book(tmp_path, cover=[("Sales of 2024",)], data=[HEADER, *ROWS])
    assert amount(wom.data.load(covered, today=TODAY)) == REVENUE


def test_formulas_without_values_are_named_and_those_with_values_read(tmp_path):
    described = book(tmp_path, data=[HEADER, *((*row[:2], "=5+5") for row in ROWS)])
    with pytest.raises(wom.InputError, match="'amount' holds formulas that were never computed"):
        wom.data.load(described, today=TODAY)
    rewritten(tmp_path, rb"<f>5\+5</f><v ?/>|<f>5\+5</f><v></v>", b"<f>5+5</f><v>10</v>")
    assert amount(wom.data.load(described, today=TODAY)) == 10 * len(ROWS)


def test_days_and_numbers_of_excel(tmp_path):
    assert date(2024, 2, 1) - date(1899, 12, 30) == pd.Timedelta(days=45323)
    rows = [
        HEADER, (1, datetime(2024, 1, 3), 10.5), (2, date(2024, 1, 31), 20), (None, None, None), (1.0, 45323, 5),
        (1, "2024-02-02", "7"), ("x", "soon", 1),
    ]  # fmt: skip
    tables = wom.data.load(book(tmp_path, data=rows) | {"from": "2024-01", "to": "2024-02"}, today=TODAY)
    assert tables.monthly()["revenue"].tolist() == [30.5, 12.0]
    assert customers(tables) == 2
    assert list(tables.check().rows()) == [("payments", 7, "date cannot be read", "id=x | date=soon | amount=1")]
    formed = book(tmp_path, data=[*rows[:3], (3, datetime(2024, 1, 5, 9, 30), 4), (4, "31.01.2024", 2), *rows[5:]])
    formed["payments"]["date_format"] = "%d.%m.%Y"
    tables = wom.data.load(formed | {"from": "2024-01", "to": "2024-02"}, today=TODAY)
    assert tables.monthly()["revenue"].tolist() == [36.5, 0]
    assert lines(tables) == [6, 7]  # texts that are not in the form that was given


# --- who is nobody, and who is one ----------------------------------------------------------------------------

NOBODY = [
    "NULL", "null", "n/a", "N/A", "#N/A", "#REF!", "NaN", "None", "-", "--", "?", ".", "\\N", "<NA>", "(null)",
    "guest", "Guest", "GUEST CHECKOUT", "guest_user", "unknown", "Unknown customer", "anonymous", "undefined",
    "walk-in", "not set", "(not set)", "no id", "missing", "000", "0.0", "-1", "00000000", "Laufkunde",
    "00000000-0000-0000-0000-000000000000", '="NULL"', "Total", "TOTAL", "Total 2024", "Total: January",
    "web guest", "Subtotal", "Gesamtergebnis", "Grand total", "Summe",
]  # fmt: skip
SOMEBODY = [
    "Gästehaus", "Knowno", "Guesty", "Totaler", "Nullmeier", "Total Energies", "0x1", "10", "Cashman", "A-1",
]  # fmt: skip


def test_words_that_are_nobody_are_no_customer_in_any_table(tmp_path):
    nobody = [(word, day, 5) for word in NOBODY for day in DAYS[:3]]
    named = [(SOMEBODY[place % len(SOMEBODY)], *row) for place, (_, *row) in enumerate(ROWS)]
    tables = load(tmp_path, csv(named + nobody))
    assert (amount(tables), tables.check().rejected) == (REVENUE, len(nobody))
    assert all(f"no id but {word}, which is nobody (3)" in said(tables) for word in NOBODY)
    whole = load(tmp_path, csv(ROWS + [(word, day, 5) for word in ("NULL", "0", "guest") for day in DAYS[:50]]))
    assert (amount(whole), whole.check().rejected) == (REVENUE, 150)
    joined = csv([("C1", "2023-05-05"), *((word, "2023-05-05") for word in ("0", "n/a"))] * 2, "id,joined")
    refused("4 of 6 rows cannot be used", tmp_path, joined, table="customers")


def test_the_number_0_is_a_customer_where_others_have_as_many_rows(tmp_path):
    tables = load(tmp_path, csv([(one - 1, *row) for one, *row in ROWS]))
    assert (amount(tables), tables.check().rejected) == (REVENUE, 0)


def test_ids_that_a_spreadsheet_rounded_are_refused(tmp_path):
    for written in ("4.90E+12", "1,23E+15"):
        mixed = [(written if place == 300 else one, *row) for place, (one, *row) in enumerate(ROWS)]
        refused("line 302: .*a spreadsheet has rounded", tmp_path, csv(mixed, sign=";"))
    assert amount(load(tmp_path, csv([(f"{one}E5", *row) for one, *row in ROWS]))) == REVENUE


def test_an_amount_that_is_the_sum_of_all_others_is_refused(tmp_path):
    refused("line 368: .*is the sum of all others", tmp_path, csv([*ROWS, (99, "2024-12-31", REVENUE)]))
    refused("line 2: .*is the sum of all others", tmp_path, csv([("C9", "2024-12-31", REVENUE + 0.1), *ROWS]))
    assert amount(load(tmp_path, csv([*ROWS, ("C9", "2024-12-31", REVENUE / 2)]))) == 1.5 * REVENUE


def test_a_customer_with_an_outsized_share_of_rows_is_said(tmp_path):
    many = ROWS + [(one, DAYS[one - 50], 1) for one in range(50, 200)]
    tables = load(tmp_path, csv(many + [(9999, day, 1 + day.day) for day in DAYS]))
    assert "look here first: 366 of 882 rows belong to one customer, '9999'" in said(tables)
    assert "look here first" not in said(load(tmp_path))
    third = csv([("X9" if place % 3 else one, *row) for place, (one, *row) in enumerate(ROWS)])
    assert "244 of 366 rows belong to one customer, 'X9'" in said(load(tmp_path, third))


AROUND = ["{}.0", "{}.00", '="{}"', "'{}", " {} ", "{}\N{NO-BREAK SPACE}", "\N{ZERO WIDTH SPACE}{}", '"{}"']


def test_what_programs_write_around_an_id_does_not_make_another_customer(tmp_path):
    forms = {one: AROUND[one % len(AROUND)] for one in range(1, 41)}
    written = [(forms[one].format(one) if day.day % 2 else one, day, paid) for one, day, paid in ROWS]
    cells = csv([('"{}"'.format(str(one).replace('"', '""')), *row) for one, *row in written])
    joined = csv([(one, "2023-05-05") for one in range(1, 41)], "id,joined")
    tables = load(tmp_path, cells, top={"customers": {"file": put(tmp_path, "c.csv", joined)}})
    assert (customers(tables), tables.check().rejected) == (40, 0)
    assert "ids are written in another way" in said(tables)


APART = [("{:06d}", "{}"), ("k{}", "K{}"), ("A {}", "A{}"), ("{:,}", "{}"), ("O'N{}", "ON{}"), ("#{}", "{}")]


def test_two_spellings_that_may_be_one_customer_are_asked_about(tmp_path):
    rows = [(APART[who % 6][day.day % 2].format(who + 1000), day, paid) for who, day, paid in ROWS]
    content = csv([(f'"{who}"', *row) for who, *row in rows])
    refused("ids: 40 customers are written in more than one way", tmp_path, content)
    found = {how: customers(load(tmp_path, content, top={"ids": how})) for how in ("alike", "exact")}
    assert found == {"alike": 40, "exact": 80}


def test_a_table_whose_customers_are_mostly_unknown_is_refused(tmp_path):
    held = csv([(f"0{place}", "2023-05-01") for place in range(1, 9)], "id,joined")
    top = {"customers": {"file": put(tmp_path, "c.csv", held)}, "ids": "exact"} | JANUARY
    rows = [(f"{place}.0", DAYS[place], 1) for place in range(2, 7)]
    known = [("01", day, 1) for day in DAYS[:5]]
    assert (
        load(tmp_path, csv(rows + known), top=top).monthly()["payments"].sum() == 5
    )  # half are known, just enough
    message = r"5 of 9 rows belong to a customer that the table.*line 2: id.*must hold all customers"
    refused(message, tmp_path, csv(rows + known[1:]), top=top)
    refused("ids: 5 customers .*such as '02' and '2'", tmp_path, csv(rows + known), top=top | {"ids": None})


def test_a_table_of_survivors_only_is_refused(tmp_path):
    rows = [(f"C{one}", DAYS[one], "") for one in range(100)]
    content = csv(rows, "id,joined,left")
    refused("nobody of 100 customers has left", tmp_path, content, table="customers")
    assert load(tmp_path, content, table="customers", top={"contractual": False} | YEAR).check().rejected == 0
    some = csv([*rows[1:], ("C0", DAYS[0], "2024-12-20")], "id,joined,left")
    assert load(tmp_path, some, table="customers", top=YEAR).monthly()["lost_customers"].sum() == 1


# --- days -----------------------------------------------------------------------------------------------------


def test_forms_that_read_one_day_as_two_are_refused():
    for forms in (
        ["%d/%m/%Y", "%m/%d/%Y"], ["%d.%m.%y", "%m.%d.%y"], ["%Y-%m-%d", "%Y-%d-%m"], ["%d/%m/%y", "%y/%m/%d"],
        ["%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y"], ["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"],
    ):  # fmt: skip
        with pytest.raises(wom.InputError, match=r"date_format: .* is a day in both: day and month could be"):
            build({"payments": {"file": "p.csv", "date_format": forms}})
    for forms in (
        ["%d.%m.%Y", "%Y-%m-%d"], ["%d/%m/%Y", "%d/%m/%y"], ["%d.%m.%Y", "%d.%m.%Y %H:%M"],
        ["%d %b %Y", "%d/%m/%Y"],
    ):  # fmt: skip
        assert build({"payments": {"file": "p.csv", "date_format": forms}}).payments.forms == tuple(forms)
    for wrong in ([], ["%d.%m.%Y", "%d"]):
        with pytest.raises(wom.InputError, match=r"payments\.date_format"):
            build({"payments": {"file": "p.csv", "date_format": wrong}})


@pytest.mark.parametrize(("form", "other"), [("%m/%d/%y", "%d/%m/%y"), ("%Y-%m-%d", "%Y-%d-%m")])
def test_days_in_two_orders_are_found_by_those_that_only_one_can_read(tmp_path, form, other):
    source = {} if form == "%Y-%m-%d" else {"date_format": form}
    rows = [(one, day.strftime(other if place % 2 else form), paid) for place, (one, day, paid) in enumerate(ROWS)]
    refused("rows have day and month exchanged", tmp_path, csv(rows), **source)
    rows = [(one, day.strftime(form), paid) for one, day, paid in ROWS]
    rows[20] = (1, date(2024, 3, 31).strftime(other), 5)  # one slip of a hand is one row that is rejected
    [reason] = load(tmp_path, csv(rows), **source).check().reasons["reason"]
    assert reason == "date has day and month exchanged"


def turned(day):
    """A day as a spreadsheet of another country makes it of the text of day/month/year."""
    return day.replace(day=day.month, month=day.day) if day.day <= 12 else day.strftime("%d/%m/%Y")


def test_a_spreadsheet_that_turned_some_days_is_found_out(tmp_path):
    described = book(tmp_path, data=[HEADER, *((one, turned(day), paid) for one, day, paid in ROWS)])
    described["payments"]["date_format"] = "%d/%m/%Y"
    with pytest.raises(wom.InputError, match="day and month are exchanged in date: 144 days"):
        wom.data.load(described, today=TODAY)
    rows = [(one, str(turned(day)), paid) for one, day, paid in ROWS]  # the same as CSV
    refused("exchanged in date", tmp_path, csv(rows), date_format=["%d/%m/%Y", "%Y-%m-%d"])
    honest = [(one, day if place < 99 else f"{day:%d/%m/%Y}", paid) for place, (one, day, paid) in enumerate(ROWS)]
    assert amount(load(tmp_path, csv(honest), date_format=["%d/%m/%Y", "%Y-%m-%d"])) == REVENUE


def test_many_days_of_which_none_lies_after_the_12th_are_said(tmp_path):
    early = [(one, day, paid) for one, day, paid in ROWS if day.day <= 12]
    assert "no date lies after the 12th in 2024-01" in said(load(tmp_path, csv(early)))
    half = [
        (one, day.strftime("%m/%d/%Y" if day.day <= 12 else "%d/%m/%Y"), paid) for one, day, paid in ROWS[:180]
    ]
    assert "in 2024-07, 2024-08" in said(load(tmp_path, csv(half), date_format="%d/%m/%Y"))
    billed = [(one, day.replace(day=1), paid) for one, day, paid in ROWS]
    assert "after the 12th" not in said(load(tmp_path, csv(billed)))


NO_DAY = [
    "", "NULL", "\\N", "-", "n/a", "never", "Active", "still active", "0000-00-00", "0000-00-00 00:00:00",
    "1900-01-01", "1970-01-01", "1899-12-30", "1753-01-01", "0001-01-01", "1900-01-01T00:00:00", "00000000",
    "2999-12-31", "9999-12-31", "9999-12-31 23:59:59",
]  # fmt: skip
NO_GERMAN_DAY = ["00.00.0000", "01.01.1900", "31.12.9999", "30.12.1899", "01.01.1970", "nie"]


def left(words, day, joined="2024-01-05"):
    """40 customers, of whom each word is one's day of leaving, and `day` all others'."""
    rows = [(f"C{one}", joined, words[one] if one < len(words) else day) for one in range(40)]
    return csv(rows, "id,joined,left")


def test_words_for_no_date_mean_that_a_customer_is_still_there(tmp_path):
    german = {"date_format": "%d.%m.%Y"}
    for words, content, source in (
        (NO_DAY, left(NO_DAY, "2024-06-15"), {}),
        (NO_GERMAN_DAY, left(NO_GERMAN_DAY, "15.06.2024", "05.01.2024"), german),
    ):
        tables = load(tmp_path, content, table="customers", top=YEAR, **source)
        assert tables.check().rejected == 0
        assert tables.monthly()["lost_customers"].sum() == 40 - len(words)
    early = [word for word in NO_DAY if not word.startswith(("2999", "9999"))]
    unknown = csv([(f"C{one}", word, "") for one, word in enumerate(early)], "id,joined,left")
    top = {"contractual": False} | JANUARY
    assert load(tmp_path, unknown, table="customers", top=top).check().rejected == 0
    for word in ("still here", "moved to Ulm", "31.12.9998"):  # else just who stayed would be rejected
        message = rf"6 of 40 rows have a left that cannot be read \(line 2: .*left={word}\)"
        refused(message, tmp_path, left([word] * 6, "2024-06-15"), table="customers", top=YEAR)
    frame = pd.DataFrame({"id": range(1, 9), "joined": pd.Timestamp("2024-01-05")})
    days = ["1900-01-01", "1970-01-01", None, "2262-01-01", "1970-01-01", None, "1900-01-01", "2024-06-15"]
    frame.assign(left=pd.to_datetime(days)).to_parquet(tmp_path / "c.parquet")
    tables = wom.data.load({"customers": {"file": str(tmp_path / "c.parquet")}} | YEAR, today=TODAY)
    assert (tables.check().rejected, tables.monthly()["lost_customers"].sum()) == (0, 1)


# --- numbers --------------------------------------------------------------------------------------------------

READ = {
    None: {
        "1 250.50": 1250.5, "1\u00a0250": 1250, "1\u202f250.5": 1250.5, "1\u2009250": 1250, "1'250.50": 1250.5,
        "1’250": 1250, "12 345 678": 12345678, "(45.00)": -45, "45.00-": -45, "−45": -45, "- 45": -45, "+45": 45,
        ".5": 0.5, "45.": 45, "1e3": 1000, "46.-": 46, "1'250.-": 1250, "47.—": 47, "$45.00": 45, "-$46.00": -46,
        "$ -45.00": -45, "1 250 $": 1250, "($47)": -47, "$48-": -48, "45.00 €": 45, "€45": 45, "1'250 €-": -1250,
        "EUR 1 250": 1250, "1 250 EUR": 1250, "-45.5EUR": -45.5, "R$ 45": 45, "45 kr.": 45, "Fr. 45.50": 45.5,
        "CHF 1'250.50": 1250.5, "45 zł": 45, "£45": 45,
    },
    ".": {"1,250.50": 1250.5, "1,25,000": 125000, "2 250.5": 2250.5, "(1,250.00)": -1250},
    ",": {
        "1.250,50": 1250.5, "1 250,50": 1250.5, "1.250": 1250, "45,00-": -45, "(45,00)": -45, "1'250,5": 1250.5,
        "-1.250.000,00": -1250000, "45,-": 45, "-45,--": -45,
    },
}  # fmt: skip
UNREAD = ["1,250.50", "1.250,50 €", "(45,00)", "1.250.000", "12 Mrd 5,5", "45.00 CR", "1.2k", "x", ""]


@pytest.mark.parametrize("decimal", READ)
def test_numbers_are_read_in_the_usual_spellings(tmp_path, decimal):
    texts = [*READ[decimal], *(UNREAD if decimal is None else ["x"])]
    table = ibis().memtable(pyarrow.table({"text": texts}))
    read = fetched(table.select("text", value=casting.number(table.text, decimal, "duckdb"))).set_index("text")
    assert read["value"].dropna().to_dict() == READ[decimal]


def test_numbers_that_mean_two_things_are_asked_about(tmp_path):
    for text, message in (("1,250.50", "decimal"), ("1.250.000", "decimal"), ("45.00 CR", "with CR or DR"),
                          ("CR 45.00", "with CR or DR"), ("45.00DR", "with CR or DR")):  # fmt: skip
        refused(message, tmp_path, csv([*ROWS, (3, DAYS[5], text)], sign=";"))
    assert load(tmp_path, csv([*ROWS, (3, DAYS[5], "12 Mrd 5,5")], sign=";")).check().rejected == 1
    rows = [(one, day, f"{paid} {'EUR' if one % 2 else 'USD'}") for one, day, paid in ROWS]
    refused("several currencies, EUR and USD", tmp_path, csv(rows))


@pytest.mark.parametrize(
    ("sign", "ours", "fits"),
    [("€", "EUR", 1), ("$", "CAD", 1), ("US$", "EUR", 1), ("$", "EUR", 0), ("GBP", "EUR", 0)],
)
def test_amounts_in_another_currency_than_the_description_says_are_asked_about(sign, ours, fits, tmp_path):
    given = tmp_path, csv([(one, day, f"{paid} {sign}") for one, day, paid in ROWS])
    if fits:  # a sign that nobody knows may be any
        assert load(*given, top={"currency": ours}).check().rejected == 0
    else:
        refused(f"currency says {ours}", *given, top={"currency": ours})


def test_what_cannot_be_read_is_weighed_in_money(tmp_path):
    large = [(3, day, "5,000.00.00") for day in DAYS[:3]]  # 1 % of the rows, most of the money
    message = "3 of 369 rows have an amount that cannot be read, which is some 100% of the money"
    refused(message, tmp_path, csv([*ROWS, *large], sign=";"), decimal=".")
    for habit in ("(45.00) USD", "45.00 credit", "'45.00"):  # many of one kind are no slips of a hand
        refused("10 of 376 rows have an amount that cannot", tmp_path, csv(ROWS + [(3, DAYS[5], habit)] * 10))
    guests = load(tmp_path, csv(ROWS + [("guest", day, 500) for day in DAYS[:50]]))
    assert re.search(r"what is rejected is some 8\d(\.\d)? % of the money", said(guests))
    assert amount(guests) == REVENUE


def paid(*amounts, sign=";"):
    rows = [(place, DAYS[place], text) for place, text in enumerate(amounts, start=1)]
    return csv(rows, sign=sign)


def test_points_that_may_stand_between_thousands_are_asked_about(tmp_path):
    for content in (paid("1.234", "90", "12.500"), paid("1.234", "2.500", sign=",")):
        refused(r'set payments\.decimal: ","', tmp_path, content, top=JANUARY)
        for decimal in (".", ","):
            load(tmp_path, content, top=JANUARY, decimal=decimal, delimiter=content[2])
    for content in (paid("1.234", "9.5"), paid("12", "90"), paid("1.234", "90", sign=",")):
        load(tmp_path, content, top=JANUARY)
    rows = [(place, DAYS[2], f"1.{place % 900 + 100}") for place in range(10_001)]
    refused(r"such as 1\.100", tmp_path, csv(rows, sign=";"), top=JANUARY)
    load(
        tmp_path, csv([*rows, (1, DAYS[3], "1.50")], sign=";"), top=JANUARY
    )  # a late one with cents ends the doubt


def test_payments_with_the_sign_turned_are_refused_or_said(tmp_path):
    message = r"no payment is above 0, and 2 of 3 are below.*turn the sign"
    refused(message, tmp_path, paid("-3", "-4", "0"), top=JANUARY)
    assert "2 of 3 amounts are below 0" in said(load(tmp_path, paid("-3", "-4", "5"), top=JANUARY))
    assert "look here first" not in said(load(tmp_path, paid("-3", "4", "5", "-2"), top=JANUARY))
    assert load(tmp_path, paid("0", "0"), top=JANUARY).monthly()["revenue"].sum() == 0


# --- scales ---------------------------------------------------------------------------------------------------


def felt(folder, ratings, **source):
    rows = [(1 + place % 40, DAYS[place % 366], rating) for place, rating in enumerate(ratings)]
    return load(folder, csv(rows, "id,date,rating"), table="experiences", top=YEAR, **source)


def spread(low, high, many=400):
    return [low + place % (high - low + 1) for place in range(many)]


@pytest.mark.parametrize(
    ("rule", "ratings"),
    [("nps", spread(1, 5)), ("nps", spread(0, 100)), ("csat", spread(0, 10)), ("stars", spread(1, 3)),
     ({"bad": [1, 4], "good": [8, 10]}, spread(1, 5)), ("nps", ["Excellent", *spread(0, 10, 9)] * 40)],
)  # fmt: skip
def test_a_rule_for_another_scale_is_refused(tmp_path, rule, ratings):
    with pytest.raises(wom.InputError, match="the lowest and the highest"):
        felt(tmp_path, ratings, rule=rule)


def test_stars_of_another_scale_and_a_change_of_scale_are_refused(tmp_path):
    rows = [(day, 1 + place % 10) for place, day in enumerate(DAYS)]
    refused("reviews are for 1 to 5", tmp_path, csv(rows, "date,stars"), table="reviews")
    half = load(tmp_path, csv([(day, "4,5") for day in DAYS], "date,stars", sign=";"), table="reviews")
    assert half.reviews()["stars"].unique().tolist() == [4.5]
    with pytest.raises(wom.InputError, match="the scale changes: from 2024-01 to 2024-07 none of 2"):
        felt(tmp_path, [1 + place % 5 if place < 213 else place % 11 for place in range(366)], rule="nps")


WORDED = [
    "10 - Extremely likely", "10 – sehr wahrscheinlich", "10 = best", "10: great", "10 (very good)", "10/10",
    "10 / 10", "10 Extremely likely", "10 of 10", "10.0", "10,0", " 10 ", "10 ★", "10 points",
]  # fmt: skip


def test_words_beside_a_rating_and_halves_are_read(tmp_path):
    silent = ["", "n/a", "NULL", "don't know", "Keine Angabe"]
    ratings = [f'"{text}"' for text in WORDED] * 5 + ["0 - Not at all", "3", *silent] * 20
    ratings = [ratings[place * 47 % len(ratings)] for place in range(len(ratings))]
    tables = felt(tmp_path, ratings, rule="nps")
    assert tables.monthly()[["good", "bad"]].sum().tolist() == [5 * len(WORDED), 40]
    assert "210 rows read, 110 used, 100 not answered. experiences: ratings from 0 to 10 were seen" in said(tables)
    halves = felt(tmp_path, [1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5] * 50, rule="stars")
    assert halves.monthly()[["bad", "neutral", "good"]].sum().tolist() == [150, 150, 100]
    assert halves.check().rejected == 0


@pytest.mark.parametrize(
    ("rule", "ratings", "kinds"),
    [("nps", "0,6,7,8,9,10,11", [2, 2, 2]), ("csat", "1,2,3,4,5,0", [2, 2, 1]),
     ("complaint", "true,no,1,false,Yes", [0, 3, 2]),
     ({"bad": [0, 4], "neutral": [5, 7], "good": [8, 10]}, "0,4,5,8,10", [2, 2, 1]),
     ({"good": [9, 10], "recovered": [0, 2], "bad": [4, 6]}, "3,4,7,10", [1, 1, 2])],
)  # fmt: skip
def test_ratings_become_experiences_by_a_stated_rule(tmp_path, rule, ratings, kinds):
    given = ratings.split(",")
    tables = felt(tmp_path, given, rule=rule)
    assert tables.monthly()[["good", "bad", "neutral"]].iloc[0].tolist() == kinds
    assert tables.check().rejected == len(given) - sum(kinds)
    unnamed = isinstance(rule, dict) and "neutral" not in rule
    assert ("above 6 and below 9 are neutral" in said(tables)) == unnamed


def test_yes_and_no_in_the_users_words(tmp_path):
    given = ["Ja", "nein", "nein", "no"]
    words = {"rating": {"yes": ["ja"], "no": ["nein"]}}
    tables = felt(tmp_path, given, rule="complaint", values=words)
    assert tables.monthly()[["bad", "neutral"]].iloc[0].tolist() == [1, 3]
    turned = felt(tmp_path, given, rule="complaint", values={"rating": {"yes": ["ja", "no"], "no": "nein"}})
    assert turned.monthly()["bad"].iloc[0] == 2  # words of the user's own come before ours
    known = re.escape("experiences.values.rating; known are yes, true, 1, t, y, x and no, false, 0, f, n")
    with pytest.raises(wom.InputError, match=known):
        felt(tmp_path, given, rule="complaint")
    with pytest.raises(wom.InputError, match="only ratings of the rule complaint are yes or no"):
        felt(tmp_path, given, rule="nps", values=words)
    refused("it needs a kind .* or a rating and a rule", tmp_path, csv(), table="experiences")


TOLD = {
    "0": (0, 0), "11 people": (11, 11), "1-2": (1, 2), "3 – 5": (3, 5), "2 friends": (2, 2), ">5": (6, None),
    "6+": (6, None), "<3": (0, 2), "10 or more": (10, None), "more than 5 persons": (6, None),
}  # fmt: skip
NOT_TOLD = ["02. Jan", "2-Jan", "Jan-02", "2024-01-02", "3. Mai", "02-Mar-24", "many", ""]


def test_people_told_are_people_and_no_dates(tmp_path):
    rows = [(DAYS[4], "good", text) for text in [*TOLD, *NOT_TOLD]]
    tables = load(tmp_path, csv(rows, "date,tone,people_told"), table="talk", top=JANUARY)
    talk = tables.talk()
    ends = {(row.least, None if row.most is pd.NA else row.most) for row in talk.itertuples(index=False, name="T")}
    assert ends == set(TOLD.values())
    assert talk["count"].sum() == len(TOLD)
    reasons = tables.check().reasons.set_index("reason")["rows"]
    assert reasons["people_told is a date, which Excel makes of 1-2 and the like"] == 6
    german = "tone,people_told\ngut,1\nschlecht,3\n"
    refused(r"name your words for ours under talk\.values\.tone", tmp_path, german, table="talk")
