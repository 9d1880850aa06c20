"""Kinds of awkward tables, with several siblings of each: read rightly, asked about, or refused in words."""

import codecs
import gzip
import json
import re
import zipfile
from datetime import date, timedelta

import duckdb
import openpyxl
import pandas as pd
import pytest

import wom
import wom.data
from wom.cli import main
from wom.data.description import build
from wom.data.store import fetched

TODAY = date(2025, 6, 1)
JANUARY = {"from": "2024-01", "to": "2024-01"}
YEAR = {"from": "2024-01", "to": "2024-12"}
DAYS = [date(2024, 1, 1) + timedelta(days=day) for day in range(366)]
ROWS = [(1 + place % 40, day, 10 + place % 7) for place, day in enumerate(DAYS)]
REVENUE = float(sum(amount for *_, amount in ROWS))


def csv(rows=ROWS, header="id,date,amount", sign=","):
    return "\n".join([header.replace(",", sign), *(sign.join(map(str, row)) for row in rows)]) + "\n"


def put(folder, name, content, encoding="utf-8"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return str(path)


def load(folder, content=None, name="p.csv", written="utf-8", table="payments", top=None, **source):
    file = put(folder, name, csv() if content is None else content, written)
    return wom.data.load({table: {"file": file} | source} | (top or {}), today=TODAY)


def refused(message, *arguments, **source):
    with pytest.raises(wom.InputError, match=message) as error:
        load(*arguments, **source)
    assert "\n" not in str(error.value)


def amount(tables, part="sum"):
    return tables.check().columns.loc[("payments", "amount"), part]


def said(tables):
    return " ".join(tables.check().sentences)


# --- rows that never arrive -----------------------------------------------------------------------------------


def quoted(place, text='"open', closed=None):
    """Payments with a note, of which one opens a quotation mark that a later one may close."""
    rows = [(*row, "fine") for row in ROWS]
    rows[place] = (*rows[place][:3], text)
    if closed is not None:
        rows[closed] = (*rows[closed][:3], 'shut"')
    return csv(rows, "id,date,amount,note")


@pytest.mark.parametrize(("place", "closed"), [(0, 5), (10, 200), (10, 11), (10, None), (364, 365), (0, None)])
def test_a_quotation_mark_that_swallows_rows_is_refused_with_its_lines(tmp_path, place, closed):
    content = quoted(place, closed=closed)
    refused(f"line {place + 2}: a quotation mark is not closed", tmp_path, content)
    refused("quotation mark is not closed", tmp_path, gzip.compress(content.encode()), name="p.csv.gz")


def test_texts_of_several_lines_are_one_row_and_said(tmp_path):
    notes = [(*row, f'"two\nlines, of {place}"' if place % 50 == 0 else "one") for place, row in enumerate(ROWS)]
    tables = load(tmp_path, csv(notes, "id,date,amount,note"))
    assert amount(tables) == REVENUE
    assert "8 rows run over several lines within quotation marks (first lines 2 to 3)" in said(tables)
    inches = load(
        tmp_path, quoted(7, '5" nail')
    )  # a mark within a text that no mark opens is a sign like any other
    assert inches.check().table["used"].item() == len(ROWS)


def test_lines_of_rejected_rows_are_right_below_titles_and_long_notes(tmp_path):
    notes = [(1, DAYS[0], 5, "x" * 200_000), (2, DAYS[1], 5, '"a\nb"'), (3, DAYS[2], "?", ""), (4, DAYS[3], 7, "")]
    tables = load(tmp_path, "Shop\n\n" + csv(notes, "id,date,amount,note"), top=JANUARY)
    assert [line for _, line, *_ in tables.check().rows()] == [7]
    assert "the names of the columns stand in line 3" in said(tables)


@pytest.mark.parametrize(
    ("ends", "encoding"),
    [(("\r",), "utf-8"), (("\r\n",), "utf-8-sig"), (("\n", "\r\n"), "utf-8"), (("\r", "\n"), "utf-8"),
     (("\r",), "cp1252"), (("\r\n", "\r", "\n"), "utf-16"), (("\r\n", "\n"), "utf-16")],
)  # fmt: skip
def test_every_end_of_a_line_is_read(tmp_path, ends, encoding):
    lines = csv().splitlines()
    content = "".join(line + ends[place % len(ends)] for place, line in enumerate(lines))
    source = {} if encoding.startswith("utf-8") else {"encoding": encoding}
    assert amount(load(tmp_path, content, written=encoding, **source)) == REVENUE


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_named_and_read_in_its_order(tmp_path, encoding):
    refused(f"set encoding: {encoding}", tmp_path, written=encoding)
    file = put(tmp_path, "p.csv", csv(), encoding)
    tables = wom.data.load({"payments": {"file": file, "encoding": "utf-16"}}, today=TODAY)
    assert amount(tables) == REVENUE


def test_damaged_files_and_files_of_other_kinds_are_refused_in_words(tmp_path):
    refused(r"line 3: holds signs without meaning \(NUL\)", tmp_path, csv().replace("2024-01-02", "2024\0"))
    whole = gzip.compress(csv().encode())
    refused("is cut off", tmp_path, whole[: len(whole) // 2], name="p.csv.gz")
    assert amount(load(tmp_path, whole, name="packed.csv")) == REVENUE  # gzip is known by itself
    assert amount(load(tmp_path, csv(), name="plain.csv.gz")) == REVENUE
    openpyxl.Workbook().save(tmp_path / "b.xlsx")
    refused("is a workbook or an archive", tmp_path, (tmp_path / "b.xlsx").read_bytes())
    refused("is a Parquet file", tmp_path, b"PAR1" + b"\0" * 99)
    refused("is a PDF", tmp_path, b"%PDF-1.7")
    refused("cannot be read as an Excel workbook", tmp_path, csv(), name="p.xlsx")
    refused("cannot be read", tmp_path, csv(), name="p.parquet")
    refused("is empty", tmp_path, b"\0" * 9)


TITLES = ["Export of 2025-01-02\n", "Shop; North\n\n", '"A title, of\ntwo lines"\n,,\n', "id\n\n\n"]


@pytest.mark.parametrize("title", TITLES)
def test_names_below_titles_are_found(tmp_path, title):
    assert amount(load(tmp_path, title + csv())) == REVENUE
    assert amount(load(tmp_path, title + csv(), skip_rows=title.count("\n"))) == REVENUE


@pytest.mark.parametrize(("first", "sign"), [("sep=;", ";"), ("SEP=,", ","), ('"sep=|"', "|"), ("sep=\t", "\t")])
def test_a_line_that_tells_the_delimiter_is_no_header(tmp_path, first, sign):
    assert amount(load(tmp_path, f"{first}\n{csv(sign=sign)}")) == REVENUE
    assert amount(load(tmp_path, f"{first}\n{csv(sign=sign)}".replace("\n", "\r\n"))) == REVENUE


@pytest.mark.parametrize(
    "name", ["Amount\nin EUR", "Amount\r\nin EUR", " amount  in\tEUR", "Amount\N{NO-BREAK SPACE}in EUR"]
)
def test_names_are_compared_without_line_breaks_and_blanks(tmp_path, name):
    content = csv(header="id,date,X").replace("X", f'"{name}"')
    for ours in ("Amount in EUR", "Amount\nin EUR"):
        assert amount(load(tmp_path, content, columns={"amount": ours})) == REVENUE


@pytest.mark.parametrize("sign", ["'", "\\", "%", "^", "~", " "])
def test_any_sign_stands_between_columns(tmp_path, sign):
    assert amount(load(tmp_path, csv(sign=sign), delimiter=sign)) == REVENUE


NAMES = ["pay[12].csv", "pay*.csv", "pay?.csv", "it's.csv", "amount=5/p.csv", "{a,b}.csv", "p.csv.zst", "s3:p.csv"]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_the_file_that_is_named(tmp_path, name):
    for other in ("pay1.csv", "pay2.csv", "a.csv"):
        put(tmp_path, other, csv())
    assert load(tmp_path, csv(), name=name).check().table["rows"].item() == len(ROWS)


@pytest.mark.parametrize("name", ["p[12].parquet", "amount=5/p.parquet", "amount=5/date=2020-01-01/p*.parquet"])
def test_a_parquet_file_keeps_its_own_columns(tmp_path, name):
    frame = pd.DataFrame(ROWS, columns=["id", "date", "amount"])
    for place in ("p1.parquet", name):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(tmp_path / place)
    tables = wom.data.load({"payments": {"file": str(tmp_path / name)}}, today=TODAY)
    assert (amount(tables), amount(tables, "max")) == (REVENUE, 16)


# --- Excel ----------------------------------------------------------------------------------------------------


def book(folder, name="p.xlsx", **sheets):
    found = openpyxl.Workbook()
    found.remove(found.active)
    for title, rows in sheets.items():
        page = found.create_sheet(title)
        for row in rows:
            page.append(list(row))
    found.save(folder / name)
    return {"payments": {"file": str(folder / name)}}


HEADER = ("id", "date", "amount")


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


@pytest.mark.parametrize("declared", [b"A1", b"A1:C201", b"A1:C2", b"A1:XFD1048576"])
def test_all_rows_of_a_sheet_are_read_whatever_it_declares(tmp_path, declared):
    described = book(tmp_path, data=[HEADER, *ROWS])
    rewritten(tmp_path, rb'<dimension ref="[^"]*"', b'<dimension ref="' + declared + b'"')
    assert amount(wom.data.load(described, today=TODAY)) == REVENUE


def test_one_sheet_of_several_with_the_columns_is_asked_for(tmp_path):
    described = book(
        tmp_path, first=[HEADER, *ROWS[:200]], second=[("Title",), HEADER, *ROWS[200:]], notes=[("x",)]
    )
    with pytest.raises(wom.InputError, match="holds 2 sheets with these columns, 'first' and 'second'"):
        wom.data.load(described, today=TODAY)
    described["payments"]["sheet"] = "second"
    tables = wom.data.load(described, today=TODAY)
    assert tables.check().table["rows"].item() == len(ROWS) - 200
    assert "stand in row 2" in said(tables)
    covered = book(tmp_path, cover=[("Sales of 2024",)], data=[HEADER, *ROWS])
    assert amount(wom.data.load(covered, today=TODAY)) == REVENUE


def test_formulas_without_values_are_named_and_those_with_values_read(tmp_path):
    described = book(tmp_path, data=[HEADER, *((*row[:2], "=5+5") for row in ROWS)])
    with pytest.raises(wom.InputError, match="'amount' holds formulas that were never computed"):
        wom.data.load(described, today=TODAY)
    rewritten(tmp_path, rb"<f>5\+5</f><v ?/>|<f>5\+5</f><v></v>", b"<f>5+5</f><v>10</v>")
    assert amount(wom.data.load(described, today=TODAY)) == 10 * len(ROWS)


# --- who is nobody, and who is one ----------------------------------------------------------------------------

NOBODY = [
    "NULL", "null", "n/a", "N/A", "#N/A", "#REF!", "NaN", "None", "-", "--", "?", ".", "\\N", "<NA>", "(null)",
    "guest", "Guest", "GUEST CHECKOUT", "guest_user", "unknown", "Unknown customer", "anonymous", "undefined",
    "walk-in", "not set", "(not set)", "no id", "missing", "000", "0.0", "-1", "00000000",
    "00000000-0000-0000-0000-000000000000", '="NULL"', "Total", "TOTAL", "Total 2024",
    "web guest", "Laufkunde", "Total: January", "Subtotal", "Gesamtergebnis", "Grand total", "Summe",
]  # fmt: skip


def test_words_that_are_nobody_are_no_customer(tmp_path):
    nobody = [(word, day, 5) for word in NOBODY for day in DAYS[:3]]
    tables = load(tmp_path, csv(ROWS + nobody))
    assert (amount(tables), tables.check().rejected) == (REVENUE, len(nobody))
    assert all(f"no id but {word}, which is nobody (3)" in said(tables) for word in NOBODY)
    felt = csv([(f"C{one}", day, "good") for one, day, _ in ROWS * 2] + nobody, "id,date,kind")
    felt = felt.replace(",5\n", ",bad\n")
    joined = csv([("C1", "2023-05-05"), *((word, "2023-05-05") for word in ("0", "n/a"))] * 2, "id,joined")
    assert load(tmp_path, felt, table="experiences").check().rejected == len(nobody)
    with pytest.raises(wom.InputError, match="4 of 6 rows cannot be used"):
        load(tmp_path, joined, table="customers")


@pytest.mark.parametrize("word", ["NULL", "0", "guest"])
def test_a_word_for_nobody_among_whole_numbers(tmp_path, word):
    tables = load(tmp_path, csv(ROWS + [(word, day, 5) for day in DAYS[:100]]))
    assert (amount(tables), tables.check().rejected) == (REVENUE, 100)


def test_words_for_nobody_are_a_customers_own_where_they_are_part_of_a_name(tmp_path):
    names = [
        "Gästehaus",
        "Knowno",
        "Guesty",
        "Totaler",
        "Nullmeier",
        "Total Energies",
        "0x1",
        "10",
        "Cashman",
        "A-1",
    ]
    rows = [(names[place % len(names)], day, 5) for place, day in enumerate(DAYS)]
    assert load(tmp_path, csv(rows)).check().rejected == 0


def test_the_number_0_is_a_customer_where_others_have_as_many_rows(tmp_path):
    tables = load(tmp_path, csv([(one - 1, *row) for one, *row in ROWS]))
    assert (amount(tables), tables.check().rejected) == (REVENUE, 0)


@pytest.mark.parametrize("written", ["4.90E+12", "4.9e+12", "1,23E+15", "9E+18"])
def test_ids_that_a_spreadsheet_rounded_are_refused(tmp_path, written):
    refused("a spreadsheet has rounded", tmp_path, csv([(written, *row) for _, *row in ROWS], sign=";"))
    mixed = [(written if place == 300 else one, *row) for place, (one, *row) in enumerate(ROWS)]
    refused("line 302: .*rounded", tmp_path, csv(mixed, sign=";"))
    assert amount(load(tmp_path, csv([(f"{one}E5", *row) for one, *row in ROWS]))) == REVENUE


def test_an_amount_that_is_the_sum_of_all_others_is_refused(tmp_path):
    refused("line 368: .*is the sum of all others", tmp_path, csv([*ROWS, (99, "2024-12-31", REVENUE)]))
    refused("line 2: .*is the sum of all others", tmp_path, csv([("C9", "2024-12-31", REVENUE + 0.1), *ROWS]))
    assert amount(load(tmp_path, csv([*ROWS, ("C9", "2024-12-31", REVENUE / 2)]))) == 1.5 * REVENUE


def test_a_customer_with_an_outsized_share_of_rows_is_said(tmp_path):
    tables = load(
        tmp_path,
        csv(
            ROWS
            + [(9999, day, 1 + day.day) for day in DAYS]
            + [(one, DAYS[one - 50], 1) for one in range(50, 200)]
        ),
    )
    assert re.search("look here first: 366 of 882 rows belong to one customer, '9999'", said(tables))
    assert "look here first" not in said(load(tmp_path))
    third = csv([("X9" if place % 3 else one, *row) for place, (one, *row) in enumerate(ROWS)])
    assert "244 of 366 rows belong to one customer, 'X9'" in said(load(tmp_path, third))


FELT = csv([(one, day, "good") for one, day, _ in ROWS], "id,date,kind")
SAME = ["{}.0", "{}.00", '="{}"', "'{}", " {} ", "{}\N{NO-BREAK SPACE}", "\N{ZERO WIDTH SPACE}{}", '="{}"', '"{}"']


@pytest.mark.parametrize("form", SAME)
def test_what_programs_write_around_an_id_does_not_make_another_customer(tmp_path, form):
    rows = [(form.format(one) if day.day % 2 else one, day, paid) for one, day, paid in ROWS]
    cells = [(f'"{str(one).replace(chr(34), chr(34) * 2)}"', *row) for one, *row in rows]
    described = {
        "payments": {"file": put(tmp_path, "p.csv", csv(cells))},
        "experiences": {"file": put(tmp_path, "e.csv", FELT)},
    }
    tables = wom.data.load(described, today=TODAY)
    assert fetched(tables.clean["payments"].good.id.nunique()) == 40
    joined = csv([(one, "2023-05-05") for one in range(1, 41)], "id,joined")
    known = wom.data.load(described | {"customers": {"file": put(tmp_path, "c.csv", joined)}}, today=TODAY)
    assert known.check().rejected == 0


APART = [("{:06d}", "{}"), ("k{}", "K{}"), ("A {}", "A{}"), ("{:,}", "{}"), ("O'N{}", "ON{}"), ("#{}", "{}")]


@pytest.mark.parametrize(("one", "other"), APART)
def test_two_spellings_that_may_be_one_customer_are_asked_about(tmp_path, one, other):
    rows = [((one if day.day % 2 else other).format(who + 1000), day, paid) for who, day, paid in ROWS]
    content = csv([(f'"{who}"', *row) for who, *row in rows])
    refused("ids: 40 customers are written in more than one way", tmp_path, content)
    customers = {
        how: fetched(load(tmp_path, content, top={"ids": how}).clean["payments"].good.id.nunique())
        for how in ("alike", "exact")
    }
    assert customers == {"alike": 40, "exact": 80}


# --- days -----------------------------------------------------------------------------------------------------

CLASH = [
    ["%d/%m/%Y", "%m/%d/%Y"], ["%d.%m.%y", "%m.%d.%y"], ["%Y-%m-%d", "%Y-%d-%m"], ["%d/%m/%y", "%y/%m/%d"],
    ["%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y"], ["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"],
]  # fmt: skip


@pytest.mark.parametrize("forms", CLASH)
def test_forms_that_read_one_day_as_two_are_refused(forms):
    with pytest.raises(wom.InputError, match=r"date_format: .* is a day in both: day and month could be"):
        build({"payments": {"file": "p.csv", "date_format": forms}})


@pytest.mark.parametrize(
    "forms",
    [["%d.%m.%Y", "%Y-%m-%d"], ["%d/%m/%Y", "%d/%m/%y"], ["%d.%m.%Y", "%d.%m.%Y %H:%M"], ["%d %b %Y", "%d/%m/%Y"]],
)
def test_forms_that_do_not_clash_stay(forms):
    assert build({"payments": {"file": "p.csv", "date_format": forms}}).payments.forms == tuple(forms)


@pytest.mark.parametrize(
    ("form", "other"), [("%d/%m/%Y", "%m/%d/%Y"), ("%m/%d/%y", "%d/%m/%y"), ("%Y-%m-%d", "%Y-%d-%m")]
)
def test_days_in_two_orders_are_found_by_those_that_only_one_can_read(tmp_path, form, other):
    source = {} if form == "%Y-%m-%d" else {"date_format": form}
    rows = [(one, day.strftime(other if place % 2 else form), paid) for place, (one, day, paid) in enumerate(ROWS)]
    refused("rows have day and month exchanged", tmp_path, csv(rows), **source)
    rows = [(one, day.strftime(form), paid) for one, day, paid in ROWS]
    rows[20] = (1, date(2024, 3, 31).strftime(other), 5)  # one slip of a hand is one row that is rejected
    assert load(tmp_path, csv(rows), **source).check().reasons["reason"].tolist() == [
        "date has day and month exchanged"
    ]


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
    honest = [
        (one, day if place < 99 else day.strftime("%d/%m/%Y"), paid) for place, (one, day, paid) in enumerate(ROWS)
    ]
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
    "", "NULL", "\\N", "-", "n/a", "never", "Active", "still active", "0000-00-00",
    "0000-00-00 00:00:00", "1900-01-01",
    "1970-01-01", "1899-12-30", "1753-01-01", "0001-01-01", "9999-12-31", "2999-12-31",
    "9999-12-31 23:59:59", "1900-01-01T00:00:00",
]  # fmt: skip


def test_words_for_no_date_mean_that_a_customer_is_still_there(tmp_path):
    rows = [(one, "2024-01-05", NO_DAY[one] if one < len(NO_DAY) else "2024-06-15") for one in range(40)]
    tables = load(
        tmp_path, csv([(f"C{one}", *row) for one, *row in rows], "id,joined,left"), table="customers", top=YEAR
    )
    assert tables.check().rejected == 0
    assert tables.monthly()["lost_customers"].sum() == 40 - len(NO_DAY)
    early = [word for word in NO_DAY if not word.startswith(("2999", "9999"))]
    unknown = csv([(f"C{one}", word, "") for one, word in enumerate(early)], "id,joined,left")
    top = {"contractual": False} | JANUARY
    assert load(tmp_path, unknown, table="customers", top=top).check().rejected == 0


def test_words_for_no_date_in_a_form_of_days(tmp_path):
    words = ["00.00.0000", "01.01.1900", "31.12.9999", "30.12.1899", "01.01.1970", "nie"]
    rows = [(f"C{one}", "05.01.2024", words[one] if one < 6 else "15.06.2024") for one in range(40)]
    found = {"table": "customers", "date_format": "%d.%m.%Y", "top": YEAR}
    tables = load(tmp_path, csv(rows, "id,joined,left"), **found)
    assert (tables.check().rejected, tables.monthly()["lost_customers"].sum()) == (0, 34)
    noted = csv(rows, "id,joined,left").replace("15.06.2024", "moved to Ulm")
    refused("34 of 40 rows have a left that cannot be read", tmp_path, noted, **found)


def test_days_of_a_database_or_parquet_that_stand_for_none(tmp_path):
    left = [pd.Timestamp("1900-01-01"), pd.Timestamp("1970-01-01"), pd.NaT, pd.Timestamp("2262-01-01")]
    frame = pd.DataFrame({"id": range(1, 9), "joined": pd.Timestamp("2024-01-05"), "left": left * 2})
    frame.loc[7, "left"] = pd.Timestamp("2024-06-15")
    frame.to_parquet(tmp_path / "c.parquet")
    tables = wom.data.load({"customers": {"file": str(tmp_path / "c.parquet")}} | YEAR, today=TODAY)
    assert (tables.check().rejected, tables.monthly()["lost_customers"].sum()) == (0, 1)


def test_a_month_is_enough_for_the_months_observed():
    found = build({"payments": {"file": "p.csv"}, "from": "2019-01", "to": "2020-02"})
    assert (found.first, found.last) == (date(2019, 1, 1), date(2020, 2, 29))


# --- numbers --------------------------------------------------------------------------------------------------

READ = [
    (None, "1 250.50", 1250.5), (None, "1\u00a0250", 1250), (None, "1\u202f250.5", 1250.5),
    (None, "1\u2009250", 1250),
    (None, "1'250.50", 1250.5), (None, "1’250", 1250), (None, "12 345 678", 12345678), (None, "(45.00)", -45),
    (None, "45.00-", -45), (None, "−45", -45), (None, "- 45", -45), (None, "+45", 45), (None, ".5", 0.5),
    (None, "45.", 45), (None, "1e3", 1000), (".", "1,250.50", 1250.5), (".", "1,25,000", 125000),
    (".", "2 250.5", 2250.5),
    (".", "(1,250.00)", -1250), (",", "1.250,50", 1250.5), (",", "1 250,50", 1250.5), (",", "1.250", 1250),
    (",", "45,00-", -45), (",", "(45,00)", -45), (",", "1'250,5", 1250.5), (",", "-1.250.000,00", -1250000),
    (None, "46.-", 46), (None, "1'250.-", 1250), (None, "47.—", 47), (",", "45,-", 45), (",", "-45,--", -45),
    ("$", "$45.00", 45), ("$", "-$46.00", -46), ("$", "$ -45.00", -45), ("$", "1 250 $", 1250),
    ("$", "($47)", -47),
    ("$", "$48-", -48), ("€", "45.00 €", 45), ("€", "€45", 45), ("€", "1'250 €-", -1250),
    ("EUR", "EUR 1 250", 1250),
    ("EUR", "1 250 EUR", 1250), ("EUR", "-45.5EUR", -45.5), ("R$", "R$ 45", 45), ("kr", "45 kr.", 45),
    ("Fr", "Fr. 45.50", 45.5), ("CHF", "CHF 1'250.50", 1250.5), ("zł", "45 zł", 45), ("£", "£45", 45),
]  # fmt: skip


@pytest.mark.parametrize("decimal", list(dict.fromkeys(sign for sign, *_ in READ)))
def test_numbers_are_read_in_the_usual_spellings(tmp_path, decimal):
    given = {text: value for sign, text, value in READ if sign == decimal}
    apart = [(place, DAYS[place], text) for place, text in enumerate(given, start=1)]
    source = {"decimal": decimal} if decimal in (".", ",") else {}  # else currencies, each for itself
    tables = load(tmp_path, csv(apart, sign=";"), top=JANUARY, **source)
    assert tables.check().rejected == 0
    good = fetched(tables.clean["payments"].good.select("id", "amount")).set_index("id")["amount"]
    assert {text: good.loc[place] for place, _, text in apart} == given


ASKED = [
    ("1,250.50", "decimal"), ("1.250,50 €", "decimal"), ("(45,00)", "decimal"), ("1.250.000", "decimal"),
    ("45.00 CR", "with CR or DR"), ("45.00DR", "with CR or DR"), ("CR 45.00", "with CR or DR"),
    ("12 Mrd 5,5", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), ASKED)
def test_numbers_that_mean_two_things_are_asked_about(tmp_path, text, message):
    content = csv([*ROWS, (3, DAYS[5], text)], sign=";")
    if message is None:
        assert load(tmp_path, content).check().rejected == 1
    else:
        refused(message, tmp_path, content)


def test_what_cannot_be_read_is_weighed_in_money(tmp_path):
    large = [(3, day, "5,000.00.00") for day in DAYS[:8]]  # 2 % of the rows, most of the money
    refused(
        r"8 of 374 rows have an amount that cannot be read, which is some 100% of the money",
        tmp_path,
        csv([*ROWS, *large], sign=";"),
        decimal=".",
    )
    for habit in ("(45.00) USD", "45.00 credit", "'45.00", "1.2k"):  # many of one kind are no slips of a hand
        refused("10 of 376 rows have an amount that cannot", tmp_path, csv(ROWS + [(3, DAYS[5], habit)] * 10))
    guests = load(tmp_path, csv(ROWS + [("guest", day, 500) for day in DAYS[:50]]))
    assert re.search(r"what is rejected is some 8\d(\.\d)? % of the money", said(guests))
    assert amount(guests) == REVENUE


def test_amounts_in_several_currencies_are_refused(tmp_path):
    rows = [(one, day, f"{paid} {'EUR' if one % 2 else 'USD'}") for one, day, paid in ROWS]
    refused("several currencies, EUR and USD", tmp_path, csv(rows))


# --- scales ---------------------------------------------------------------------------------------------------


def rated(ratings, **source):
    return csv(
        [(1 + place % 40, DAYS[place % 366], rating) for place, rating in enumerate(ratings)], "id,date,rating"
    )


def spread(low, high, many=400):
    return [low + place % (high - low + 1) for place in range(many)]


@pytest.mark.parametrize(
    ("rule", "ratings"),
    [("nps", spread(1, 5)), ("nps", spread(1, 7)), ("nps", spread(0, 100)), ("csat", spread(0, 10)),
     ("stars", spread(1, 10)),
     ("stars", spread(1, 3)), ("csat", spread(1, 7)), ("stars", spread(1, 100)),
     ({"bad": [1, 4], "good": [8, 10]}, spread(1, 5)),
     ("nps", ["Excellent", *spread(0, 10, 9)] * 40)],
)  # fmt: skip
def test_a_rule_for_another_scale_is_refused(tmp_path, rule, ratings):
    refused("the lowest and the highest", tmp_path, rated(ratings), table="experiences", rule=rule)


def test_stars_of_another_scale_are_refused(tmp_path):
    rows = [(day, 1 + place % 10) for place, day in enumerate(DAYS)]
    refused("reviews are for 1 to 5", tmp_path, csv(rows, "date,stars"), table="reviews")
    half = load(tmp_path, csv([(day, "4,5") for day in DAYS], "date,stars", sign=";"), table="reviews")
    assert half.reviews()["stars"].unique().tolist() == [4.5]


def test_a_change_of_scale_is_refused(tmp_path):
    ratings = [1 + place % 5 if place < 213 else place % 11 for place in range(366)]
    refused(
        "the scale changes: from 2024-01 to 2024-07 none of 2",
        tmp_path,
        rated(ratings),
        table="experiences",
        rule="nps",
    )


@pytest.mark.parametrize("rule", ["nps", "csat"])
def test_the_lowest_and_highest_rating_are_said(tmp_path, rule):
    tables = load(tmp_path, rated(spread(1, 10 if rule == "nps" else 5)), table="experiences", rule=rule)
    assert (
        f"ratings from 1 to {10 if rule == 'nps' else 5} were seen, the lowest and the highest; the rule {rule}"
        in said(tables)
    )


WORDED = [
    "10 - Extremely likely", "10 – sehr wahrscheinlich", "10 = best", "10: great", "10 (very good)",
    "10/10", "10 / 10",
    "10 Extremely likely", "10 of 10", "10.0", "10,0", " 10 ", "10 ★", "10 points",
]  # fmt: skip


def test_words_at_the_ends_of_a_scale_are_no_part_of_the_number(tmp_path):
    ratings = [f'"{text}"' for text in WORDED] * 5 + ["0 - Not at all", "3"] * 20
    ratings = [ratings[place * 47 % len(ratings)] for place in range(len(ratings))]
    tables = load(tmp_path, rated(ratings), table="experiences", rule="nps", top=YEAR)
    assert (tables.check().rejected, tables.monthly()[["good", "bad"]].sum().tolist()) == (
        0,
        [5 * len(WORDED), 40],
    )


def test_halves_between_the_bands_are_neutral(tmp_path):
    tables = load(tmp_path, rated([1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5] * 50), table="experiences", rule="stars")
    found = tables.monthly()[["bad", "neutral", "good"]].sum().tolist()
    assert (found, tables.check().rejected) == ([150, 150, 100], 0)


@pytest.mark.parametrize("blank", ["", "n/a", "NULL", "don't know"])
def test_who_did_not_answer_is_counted_and_not_rejected(tmp_path, blank):
    tables = load(
        tmp_path, rated([blank if place % 3 else 9 for place in range(366)]), table="experiences", rule="nps"
    )
    check = tables.check()
    assert (check.rejected, check.table["used"].item(), tables.clean["experiences"].unanswered) == (0, 122, 244)
    assert "366 rows read, 122 used, 244 not answered." in said(tables)


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("11 people", (11, 11)),
        ("1-2 people", (1, 2)),
        ("2 friends", (2, 2)),
        ("more than 5 persons", (6, None)),
        ("12 others", (12, 12)),
    ],
)
def test_people_told_are_people_and_no_dates(tmp_path, text, ends):
    found = load(
        tmp_path,
        csv([("good", text)] * 5, "tone,people_told"),
        table="talk",
        top={"from": "2024-01-01", "to": "2024-12-31"},
    ).talk()
    assert (found["least"].item(), None if pd.isna(found["most"].item()) else found["most"].item()) == ends


@pytest.mark.parametrize("text", ["2-Jan", "01-Feb", "Jan-02", "2024-01-02", "3. Mai", "02-Mar-24"])
def test_people_told_that_a_spreadsheet_made_a_date_are_named(tmp_path, text):
    refused("people_told is a date", tmp_path, csv([("good", text)] * 5, "tone,people_told"), table="talk")


# --- errors and what is printed -------------------------------------------------------------------------------


@pytest.mark.parametrize("source", [{}, {"rule": "nps"}])
def test_experiences_without_kind_and_rating_are_refused(tmp_path, source):
    refused("it needs a kind .* or a rating and a rule", tmp_path, csv(), table="experiences", **source)


def test_a_database_in_use_is_said_to_be_in_use(tmp_path, monkeypatch):
    duckdb.connect(tmp_path / "shop.db").close()
    described = {"connection": f"duckdb:///{tmp_path / 'shop.db'}", "payments": {"table": "p"}}

    def locked(*arguments, **options):
        raise duckdb.IOException("IO Error: Could not set lock on file: Conflicting lock is held in PID 7")

    monkeypatch.setattr(
        "wom.data.store._duckdb",
        lambda path, *rest, real=wom.data.store._duckdb, **more: (
            locked() if path.name == "shop.db" else real(path, *rest, **more)
        ),
    )
    with pytest.raises(wom.InputError, match=r"connection: shop.db is in use: another program has it open"):
        wom.data.load(described)
    monkeypatch.undo()
    put(tmp_path, "shop.db", csv())
    with pytest.raises(wom.InputError, match="cannot be opened as a DuckDB database"):
        wom.data.load(described)


def test_check_says_what_it_took_of_each_column(tmp_path, capsys):
    rows = [*ROWS, ("", DAYS[0], 5), (3, DAYS[1], "")]
    file = put(tmp_path, "p.csv", csv(rows))
    put(tmp_path, "data.yaml", f"payments: {{file: {file}}}\n")
    assert main(["data", "check", str(tmp_path / "data.yaml"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    table = found["tables"]["payments"]
    assert (table["rows"], table["used"], table["rejected"]) == (368, 366, 2)
    assert table["columns"] == {
        "id": {"missing": 1},
        "date": {"min": "2024-01-01", "max": "2024-12-31", "missing": 0},
        "amount": {"min": 10.0, "max": 16.0, "sum": REVENUE, "missing": 1},
    }
    assert any("366 used" in note for note in found["notes"])
    assert main(["data", "check", str(tmp_path / "data.yaml")]) == 0
    printed = capsys.readouterr().out
    assert re.search(rf"payments amount +10 +16 +{REVENUE:,.0f} +1", printed)
    assert re.search("payments date +2024-01-01 +2024-12-31 +0", printed)


@pytest.mark.parametrize("encoding", ["rot13", "base64", "hex", "undefined", "no-such"])
def test_what_is_no_encoding_of_texts_is_refused(encoding):
    with pytest.raises(wom.InputError, match="no such encoding"):
        build({"payments": {"file": "p.csv", "encoding": encoding}})


def test_marks_of_byte_order_are_no_part_of_a_name(tmp_path):
    assert amount(load(tmp_path, codecs.BOM_UTF8 + csv().encode())) == REVENUE


def test_a_table_of_survivors_only_is_refused(tmp_path):
    rows = [(f"C{one}", DAYS[one], "") for one in range(100)]
    content = csv(rows, "id,joined,left")
    refused("nobody of 100 customers has left", tmp_path, content, table="customers")
    assert load(tmp_path, content, table="customers", top={"contractual": False} | YEAR).check().rejected == 0
    some = csv([*rows[1:], ("C0", DAYS[0], "2024-12-20")], "id,joined,left")
    assert load(tmp_path, some, table="customers", top=YEAR).monthly()["lost_customers"].sum() == 1
