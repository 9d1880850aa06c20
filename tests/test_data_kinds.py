"""Kinds of awkward tables, with several siblings of each: read rightly, said, asked about, or refused in words."""

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

import wom.data
from wom.data import casting
from wom.data.description import build
from wom.data.store import fetched, ibis

JANUARY = {"from": "2024-01", "to": "2024-01"}
NAMED = csv([("Müller", *row) for _, *row in ROWS])
EURO = csv([("€", *row) for _, *row in ROWS])
ZIPPED = gzip.compress(csv().encode())
FELT = {"table": "experiences", "top": YEAR}
PEOPLE = {"table": "customers", "top": YEAR}


def quoted(place, closed=None):
    """Notes of which one opens a quotation that another one ends."""
    rows = [[*row, "fine"] for row in ROWS]
    rows[place][3] = '"open'
    if closed is not None:
        rows[closed][3] = 'shut"'
    return csv(rows, "id,date,amount,note")


def ids(change):
    """The rows with other ids: of the place and what was there."""
    return csv([(change(place, one), *row) for place, (one, *row) in enumerate(ROWS)], sign=";")


def days(change, rows=ROWS):
    """The rows with days in other forms: of the place and the day."""
    return csv([(one, change(place, day), paid) for place, (one, day, paid) in enumerate(rows)])


def beside(text):
    """The rows, with something beside each amount; of every second one if there are two."""
    texts = [text] if isinstance(text, str) else text
    return csv([(one, day, f"{paid} {texts[one % len(texts)]}") for one, day, paid in ROWS])


def added(*rows, sign=","):
    return csv([*ROWS, *rows], sign=sign)


def paid(*amounts, sign=";"):
    return csv([(place, DAYS[place], text) for place, text in enumerate(amounts, start=1)], sign=sign)


def rated(ratings):
    rows = [(1 + place % 40, DAYS[place % 366], rating) for place, rating in enumerate(ratings)]
    return csv(rows, "id,date,rating")


def spread(low, high, many=400):
    return [low + place % (high - low + 1) for place in range(many)]


def left(words, day, joined="2024-01-05"):
    """40 customers, of whom each word is one's day of leaving, and `day` all others'."""
    rows = [(f"C{one}", joined, words[one] if one < len(words) else day) for one in range(40)]
    return csv(rows, "id,joined,left")


def turned(day):
    """A day as a spreadsheet of another country makes it of the text of day/month/year."""
    return day.replace(day=day.month, month=day.day) if day.day <= 12 else day.strftime("%d/%m/%Y")


def swapped(day):
    """A day as month/day/year, or else as day/month/year where only that can be read."""
    return day.strftime("%m/%d/%Y" if day.day <= 12 else "%d/%m/%Y")


TURNS, SLASHED = ("%Y-%m-%d", "%Y-%d-%m"), ("%m/%d/%y", "%d/%m/%y")
BOTH = {"date_format": ["%d/%m/%Y", "%Y-%m-%d"]}
STAYED = csv([(f"C{one}", DAYS[one], "") for one in range(100)], "id,joined,left")
THOUSANDS = [(place, DAYS[2], f"1.{place % 900 + 100}") for place in range(10_001)]
REFUSED = [
    ("line 2: a quotation mark is not closed", quoted(0, 5), {}),
    ("line 366: a quotation mark is not closed", gzip.compress(quoted(364).encode()), {}),
    # encodings, damaged files, files of other kinds
    ("line 2: is not UTF-8 text; set encoding: latin-1", NAMED, {"written": "latin-1"}),
    ("is UTF-16 text; set encoding: utf-16", NAMED, {"written": "utf-16"}),
    ("is UTF-8 text; leave encoding away", NAMED, {"encoding": "latin-1"}),
    ("line 2: .*set encoding: cp1252", EURO, {"written": "cp1252", "encoding": "latin-1"}),
    *(("no such encoding", None, {"encoding": wrong}) for wrong in ("rot13", "no-such")),
    (r"line 3: holds signs without meaning \(NUL\)", csv().replace("2024-01-02", "2024\0"), {}),
    ("is cut off", ZIPPED[: len(ZIPPED) // 2], {"name": "p.csv.gz"}),
    ("cannot be read: CRC check failed", ZIPPED[:-8] + b"\0" * 8, {"name": "p.csv.gz"}),
    ("is a Parquet file", b"PAR1" + b"\0" * 99, {}),
    ("is a PDF", b"%PDF-1.7", {}),
    ("is a workbook or an archive", b"PK\3\4" + b"\0" * 99, {}),
    ("cannot be read as an Excel workbook", None, {"name": "p.xlsx"}),
    ("cannot be read", None, {"name": "p.parquet"}),
    ("is empty", b"\0" * 9, {}),
    # who is nobody, and who is one
    ("4 of 6 rows cannot be used", csv([(who, DAYS[0]) for who in ("C1", "0", "n/a")] * 2, "id,joined"), PEOPLE),
    ("line 302: .*a spreadsheet has rounded", ids(lambda place, one: "4.90E+12" if place == 300 else one), {}),
    ("line 368: .*is the sum of all others", added((99, "2024-12-31", REVENUE)), {}),
    ("nobody of 100 customers has left", STAYED, PEOPLE),
    # days
    *((r"payments\.date_format", None, {"date_format": wrong}) for wrong in ([], ["%d.%m.%Y", "%d"])),
    *(("a day in both: day and month could be", None, {"date_format": forms}) for forms in (
        ["%d.%m.%y", "%m.%d.%y"], ["%d/%m/%y", "%y/%m/%d"], ["%d.%m.%Y", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"],
    )),
    ("rows have day and month exchanged", days(lambda place, day: f"{day:{TURNS[place % 2]}}"), {}),
    ("rows have day and month exchanged", days(lambda place, day: f"{day:{SLASHED[place % 2]}}"),
     {"date_format": SLASHED[0]}),
    (r"6 of 40 rows have a left that cannot be read \(line 2: .*left=moved to Ulm\)",
     left(["moved to Ulm"] * 6, "2024-06-15"), PEOPLE),  # else just who stayed would be rejected
    # numbers
    ("decimal", added((3, DAYS[5], "1,250.50"), sign=";"), {}),
    ("with CR or DR", added((3, DAYS[5], "45.00DR")), {}),
    ("several currencies, EUR and USD", beside(("USD", "EUR")), {}),
    ("currency says EUR", beside("$"), {"top": {"currency": "EUR"}}),
    # 1 % of the rows, most of the money; and many of one kind are no slips of a hand
    ("3 of 369 rows have an amount that cannot be read, which is some 100% of the money",
     added(*((3, day, "5,000.00.00") for day in DAYS[:3]), sign=";"), {"decimal": "."}),
    ("10 of 376 rows have an amount that cannot", added(*[(3, DAYS[5], "45.00 credit")] * 10), {}),
    (r'set payments\.decimal: ","', paid("1.234", "90", "12.500"), {"top": JANUARY}),
    (r"such as 1\.100", csv(THOUSANDS, sign=";"), {"top": JANUARY}),
    (r"no payment is above 0, and 2 of 3 are below.*turn the sign", paid("-3", "-4", "0"), {"top": JANUARY}),
    # scales, and words for ours
    *(("the lowest and the highest", rated(ratings), FELT | {"rule": "nps"})
      for ratings in (spread(1, 5), ["Excellent", *spread(0, 10, 9)] * 40)),
    ("reviews are for 1 to 5", csv([(day, 1 + place % 10) for place, day in enumerate(DAYS)], "date,stars"),
     {"table": "reviews"}),
    ("the scale changes: from 2024-01 to 2024-07 none of 2",
     rated(1 + place % 5 if place < 213 else place % 11 for place in range(366)), FELT | {"rule": "nps"}),
    (re.escape("experiences.values.rating; known are yes, true, 1, t, y, x and no, false, 0, f, n"),
     rated(["Ja", "nein", "nein", "no"]), FELT | {"rule": "complaint"}),
    ("only ratings of the rule complaint are yes or no", rated(["nein"]),
     FELT | {"rule": "nps", "values": {"rating": {"no": "nein"}}}),
    ("it needs a kind .* or a rating and a rule", None, FELT),
    (r"name your words for ours under talk\.values\.tone", "tone,people_told\ngut,1\nschlecht,3\n",
     {"table": "talk"}),
]  # fmt: skip


@pytest.mark.parametrize(("message", "content", "source"), REFUSED, ids=[message for message, *_ in REFUSED])
def test_what_cannot_be_read_without_doubt_is_refused_in_words(tmp_path, message, content, source):
    refused(message, tmp_path, content, **source)


def ended(*ends):
    """The rows, each line with the next of these ends."""
    return "".join(line + ends[place % len(ends)] for place, line in enumerate(csv().splitlines()))


TITLED = '"A title, of\ntwo lines"\n,,\n'
AMOUNT = {"columns": {"amount": "Amount\nin EUR"}}
WHOLE = [
    (gzip.compress(ended("\r\n").encode("utf-8-sig")), {"name": "packed.csv"}),
    (ended("\n", "\r", "\r\n"), {"written": "cp1252", "encoding": "cp1252"}),
    # what stands above the names, found or told
    (TITLED + csv(), {}), ("id\n\n\n" + csv(), {"skip_rows": 3}),
    ('"SEP=|"\r\n' + csv(sign="|"), {}), ("\ufeffsep=\t\n" + csv(sign="\t"), {}), ("sep=,\n" + csv(sign=";"), {}),
    # names with other blanks, and other signs between columns
    *((codecs.BOM_UTF8 + csv(header="id,date,X").replace("X", f'"{name}"').encode(), AMOUNT)
      for name in (" amount  in\tEUR", "Amount\N{NO-BREAK SPACE}in EUR")),
    (csv(sign="'"), {"delimiter": "'"}),
    # ids that only look rounded beside a sign that many currencies have, and the number 0 where others have as
    # many rows beside days in two forms
    (csv([(f"{one}E5", day, f"{paid} $") for one, day, paid in ROWS]), {"top": {"currency": "CAD"}}),
    (csv([(one - 1, f"{day:%d/%m/%Y}" if one > 9 else day, paid) for one, day, paid in ROWS]), BOTH),
]  # fmt: skip


@pytest.mark.parametrize(("content", "source"), WHOLE)
def test_every_row_of_an_awkward_file_is_read(tmp_path, content, source):
    tables = load(tmp_path, content, **source)
    assert (amount(tables), tables.check().rejected) == (REVENUE, 0)


OUTSIZED = csv(
    ROWS + [(one, DAYS[one - 50], 1) for one in range(50, 200)] + [(9999, day, 1 + day.day) for day in DAYS]
)
EARLY = [row for row in ROWS if row[1].day <= 12]
FIRST, TWELFTH = "look here first", "after the 12th"
SAID = [
    (f"{FIRST}: 366 of 882 rows belong to one customer, '9999'", OUTSIZED, {}),
    (None, None, {}),
    (f"no date lies {TWELFTH} in 2024-01", csv(EARLY), {}),
    ("in 2024-07, 2024-08", days(lambda _, day: swapped(day), ROWS[:180]), {"date_format": "%d/%m/%Y"}),
    (None, days(lambda _, day: day.replace(day=1)), {}),
    # one slip of a hand is one row that is rejected
    ("1 rejected: date has day and month exchanged (1)",
     days(lambda place, day: "2024-31-03" if place == 20 else day), {}),
    ("2 of 3 amounts are below 0", paid("-3", "-4", "5"), {"top": JANUARY}),
    ("what is rejected is some 8", added(*(("guest", day, 500) for day in DAYS[:50])), {}),
    ("1 rejected", added((3, DAYS[5], "12 Mrd 5,5"), sign=";"), {}),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "content", "source"), SAID)
def test_what_is_worth_a_look_is_said(tmp_path, sentence, content, source):
    words = said(load(tmp_path, content, **source))
    assert sentence in words if sentence else FIRST not in words


# --- rows that never arrive -----------------------------------------------------------------------------------


def test_rows_of_several_lines_are_rows_and_their_lines_are_right(tmp_path):
    notes = [(5, "x" * 200_000), (5, '"a\nb"'), ("?", 'a 5" pipe'), (7, "")]
    notes = [(place, DAYS[place], *row) for place, row in enumerate(notes, start=1)]
    tables = load(tmp_path, "Shop\n\n" + csv(notes, "id,date,amount,note"), top=JANUARY)
    assert lines(tables) == [7]
    assert "the names of the columns stand in line 3" in said(tables)
    assert "1 row runs over several lines within quotation marks (lines 5 to 6)" in said(tables)


@pytest.mark.parametrize("written", ["utf-16-le", "cp1252"])
def test_letters_of_another_encoding_come_out_right(tmp_path, written):
    name, content = ("€", EURO) if written == "cp1252" else ("Müller", NAMED)
    tables = load(tmp_path, content, written=written, encoding=written.removesuffix("-le"))
    assert fetched(tables.clean["payments"].good.select("id").distinct())["id"].tolist() == [name]


def test_a_file_is_the_file_that_is_named_and_a_parquet_file_keeps_its_own_columns(tmp_path):
    frame = pd.DataFrame(ROWS, columns=["id", "date", "amount"])
    for other in ("pay1.csv", "pay2.csv", "a.csv", "amount=5/it's a.csv"):
        put(tmp_path, other, csv())
    for name in ("pay[12].csv", "amount=5/it's*?.csv"):
        assert load(tmp_path, csv(), name=name).check().table["rows"].item() == len(ROWS)
    for place in ("p1.parquet", "amount=5/date=2020-01-01/p[12]*.parquet"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(tmp_path / place)
    tables = wom.data.load({"payments": {"file": str(tmp_path / place)}}, today=TODAY)
    assert (amount(tables), amount(tables, "max")) == (REVENUE, 16)


# --- Excel ----------------------------------------------------------------------------------------------------

HEADER = ("id", "date", "amount")


def book(folder, **sheets):
    found = openpyxl.Workbook()
    found.remove(found.active)
    for title, rows in sheets.items():
        page = found.create_sheet(title)
        for row in rows:
            page.append(list(row))
    found.save(folder / "p.xlsx")
    return {"payments": {"file": str(folder / "p.xlsx")}}


def rewritten(folder, pattern, replacement, sheet=1):
    """A sheet's XML with something replaced."""
    with zipfile.ZipFile(folder / "p.xlsx") as given:
        parts = {part: given.read(part) for part in given.namelist()}
    place = f"xl/worksheets/sheet{sheet}.xml"
    parts[place], many = re.subn(pattern, replacement, parts[place])
    assert many
    with zipfile.ZipFile(folder / "p.xlsx", "w") as changed:
        for part, content in parts.items():
            changed.writestr(part, content)


@pytest.mark.parametrize("declared", [b"A1:C201", b"A1:XFD1048576"])
def test_all_rows_of_a_sheet_are_read_whatever_it_declares(tmp_path, declared):
    described = book(tmp_path, cover=[("Sales of 2024",)], data=[HEADER, *ROWS])
    rewritten(tmp_path, rb'<dimension ref="[^"]*"', b'<dimension ref="' + declared + b'"', sheet=2)
    assert amount(wom.data.load(described, today=TODAY)) == REVENUE


def test_one_sheet_of_several_with_the_columns_is_asked_for(tmp_path):
    described = book(tmp_path, first=[HEADER, *ROWS[:200]], second=[("Title",), HEADER, *ROWS[200:]], x=[("x",)])
    refused("holds 2 sheets with these columns, 'first' and 'second'", described)
    described["payments"]["sheet"] = "second"
    tables = wom.data.load(described, today=TODAY)
    assert tables.check().table["rows"].item() == len(ROWS) - 200
    assert "stand in row 2" in said(tables)
    described["payments"]["sheet"] = "third"
    refused("has no sheet 'third'; allowed: first, second, x", described)


def test_formulas_without_values_are_named_and_those_with_values_read(tmp_path):
    described = book(tmp_path, data=[HEADER, *((*row[:2], "=5+5") for row in ROWS)])
    refused("'amount' holds formulas that were never computed", described)
    rewritten(tmp_path, rb"<f>5\+5</f><v ?/>|<f>5\+5</f><v></v>", b"<f>5+5</f><v>10</v>")
    assert amount(wom.data.load(described, today=TODAY)) == 10 * len(ROWS)


def test_days_and_numbers_of_excel(tmp_path):
    rows = [  # 2024-02-01 is 45,323 days after 1899-12-30
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


def test_a_spreadsheet_that_turned_some_days_is_found_out(tmp_path):
    described = book(tmp_path, data=[HEADER, *((one, turned(day), paid) for one, day, paid in ROWS)])
    described["payments"]["date_format"] = "%d/%m/%Y"
    refused("day and month are exchanged in date: 144 days", described)


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
    half = load(tmp_path, csv(rows + known), top=top)  # just enough
    assert half.monthly()["payments"].sum() == 5
    message = r"5 of 9 rows belong to a customer that the table.*line 2: id.*must hold all customers"
    refused(message, tmp_path, csv(rows + known[1:]), top=top)


# --- days -----------------------------------------------------------------------------------------------------


def test_forms_that_read_no_day_as_two_are_taken():
    for forms in (
        ["%d.%m.%Y", "%Y-%m-%d"], ["%d/%m/%Y", "%d/%m/%y"], ["%d.%m.%Y", "%d.%m.%Y %H:%M"],
        ["%d %b %Y", "%d/%m/%Y"],
    ):  # fmt: skip
        assert build({"payments": {"file": "p.csv", "date_format": forms}}).payments.forms == tuple(forms)


NO_DAY = [
    "", "NULL", "\\N", "-", "n/a", "never", "Active", "still active", "0000-00-00", "0000-00-00 00:00:00",
    "1900-01-01", "1970-01-01", "1899-12-30", "1753-01-01", "0001-01-01", "1900-01-01T00:00:00", "00000000",
    "2999-12-31", "9999-12-31", "9999-12-31 23:59:59",
]  # fmt: skip
NO_GERMAN_DAY = ["00.00.0000", "01.01.1900", "31.12.9999", "30.12.1899", "01.01.1970", "nie"]


def test_words_for_no_date_mean_that_a_customer_is_still_there(tmp_path):
    german = {"date_format": "%d.%m.%Y"}
    for words, content, source in (
        (NO_DAY, left(NO_DAY, "2024-06-15"), {}),
        (NO_GERMAN_DAY, left(NO_GERMAN_DAY, "15.06.2024", "05.01.2024"), german),
    ):
        tables = load(tmp_path, content, table="customers", top=YEAR, **source)
        assert tables.check().rejected == 0
        assert tables.monthly()["lost_customers"].sum() == 40 - len(words)
    stated = load(tmp_path, STAYED, table="customers", top={"contractual": False} | YEAR)  # that nobody leaves
    assert stated.check().rejected == 0
    early = [word for word in NO_DAY if not word.startswith(("2999", "9999"))]
    unknown = csv([(f"C{one}", word, "") for one, word in enumerate(early)], "id,joined,left")
    top = {"contractual": False} | JANUARY
    assert load(tmp_path, unknown, table="customers", top=top).check().rejected == 0
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


def test_amounts_that_leave_no_doubt_are_taken(tmp_path):
    for content, more in ((paid("1.234", "9.5"), {}), (paid("1.234", "90", sign=","), {}),
                          (paid("1.234", "90", "12.500"), {"decimal": "."})):  # fmt: skip
        load(tmp_path, content, top=JANUARY, **more)
    load(tmp_path, csv([*THOUSANDS, (1, DAYS[3], "1.50")], sign=";"), top=JANUARY)  # a late one with cents
    assert load(tmp_path, paid("0", "0"), top=JANUARY).monthly()["revenue"].sum() == 0
    assert amount(load(tmp_path, added(("C9", "2024-12-31", REVENUE / 2)))) == 1.5 * REVENUE  # no total


# --- scales ---------------------------------------------------------------------------------------------------


WORDED = [
    "10 - Extremely likely", "10 – sehr wahrscheinlich", "10 = best", "10: great", "10 (very good)", "10/10",
    "10 / 10", "10 Extremely likely", "10 of 10", "10.0", "10,0", " 10 ", "10 ★", "10 points",
]  # fmt: skip


def test_words_beside_a_rating_and_halves_are_read(tmp_path):
    silent = ["", "n/a", "NULL", "don't know", "Keine Angabe"]
    ratings = [f'"{text}"' for text in WORDED] * 5 + ["0 - Not at all", "3", *silent] * 20
    ratings = [ratings[place * 47 % len(ratings)] for place in range(len(ratings))]
    tables = load(tmp_path, rated(ratings), **FELT, rule="nps")
    assert tables.monthly()[["good", "bad"]].sum().tolist() == [5 * len(WORDED), 40]
    assert "210 rows read, 110 used, 100 not answered. experiences: ratings from 0 to 10 were seen" in said(tables)
    halves = load(tmp_path, rated([1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5] * 50), **FELT, rule="stars")
    assert halves.monthly()[["bad", "neutral", "good"]].sum().tolist() == [150, 150, 100]
    assert halves.check().rejected == 0
    stars = load(tmp_path, csv([(day, "4,5") for day in DAYS], "date,stars", sign=";"), table="reviews")
    assert stars.reviews()["stars"].unique().tolist() == [4.5]


@pytest.mark.parametrize(
    ("rule", "ratings", "kinds"),
    [("nps", "0,6,7,8,9,10,11", [2, 2, 2]), ("csat", "1,2,3,4,5,0", [2, 2, 1]),
     ("complaint", "true,no,1,false,Yes", [0, 3, 2]),
     ({"good": [9, 10], "recovered": [0, 2], "bad": [4, 6]}, "3,4,7,10", [1, 1, 2])],
)  # fmt: skip
def test_ratings_become_experiences_by_a_stated_rule(tmp_path, rule, ratings, kinds):
    given = ratings.split(",")
    tables = load(tmp_path, rated(given), **FELT, rule=rule)
    assert tables.monthly()[["good", "bad", "neutral"]].iloc[0].tolist() == kinds
    assert tables.check().rejected == len(given) - sum(kinds)
    assert ("above 6 and below 9 are neutral" in said(tables)) == isinstance(rule, dict)


def test_yes_and_no_in_the_users_words(tmp_path):
    given = rated(["Ja", "nein", "nein", "no"])
    for words, bad in (({"yes": ["ja"], "no": ["nein"]}, 1), ({"yes": ["ja", "no"], "no": "nein"}, 2)):
        tables = load(tmp_path, given, **FELT, rule="complaint", values={"rating": words})  # theirs before ours
        assert tables.monthly()[["bad", "neutral"]].iloc[0].tolist() == [bad, 4 - bad]


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
