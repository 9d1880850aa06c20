"""Tables that can be read and say something else than they mean: found out, said, or refused."""

import re
from datetime import date, datetime

import openpyxl
import pandas as pd
import pytest

import wom
import wom.data
from wom.calibration import backtest
from wom.data.description import schema

TODAY = date(2025, 6, 1)
COLUMNS = ["customers", "new_customers", "lost_customers", "recommended_customers", "revenue"]


def put(folder, name, content):
    (folder / name).write_text(content, encoding="utf-8")
    return str(folder / name)


def load(folder, name, content, top=None, **source):
    return wom.data.load({name: {"file": put(folder, f"{name}.csv", content)} | source} | (top or {}), today=TODAY)


def said(tables):
    return " ".join(tables.check().sentences)


# --- monthly totals -------------------------------------------------------------------------------------------

NEW, LOST = [12, 9, 14, 10, 8], [5, 11, 6, 9, 10]
START = [100, 107, 105, 113, 114]
END = [107, 105, 113, 114, 112]


def totals(customers=START, new=NEW, lost=LOST, months=None):
    months = months or [f"2024-0{place + 1}" for place in range(len(customers))]
    frame = pd.DataFrame({"month": months, "customers": customers, "new_customers": new, "lost_customers": lost})
    return frame.to_csv(index=False)


@pytest.mark.parametrize(("given", "at"), [(START, "start"), (END, "end")])
def test_flows_tell_whether_customers_are_those_at_the_start_or_the_end_of_a_month(tmp_path, given, at):
    tables = load(tmp_path, "monthly", totals(given))
    assert tables.totals()["customers"].tolist() == START
    assert tables.until("2024-03").totals()["customers"].tolist() == START[:3]
    assert f"those at the {at} of a month, as new and lost customers tell: they add up in 4 of 4" in said(tables)
    # what is tested against is the count at the end of each month; of the last nobody has counted the next start
    assert backtest.history(tables)["customers"].tolist()[:-1] == END[:-1]


def test_the_nearer_fit_counts_where_customers_do_not_add_up(tmp_path):
    rough = [105, 106, 113, 113, 112]  # each within 2 of the end, and up to 8 away from the start
    tables = load(tmp_path, "monthly", totals(rough))
    assert "those at the end of a month" in said(tables)
    assert "on average they are off by" in said(tables)
    # the start of each month, from the month's own count and flows
    assert tables.totals()["customers"].tolist() == [
        count - new + lost for count, new, lost in zip(rough, NEW, LOST, strict=True)
    ]


def test_data_yaml_decides_when_customers_were_counted(tmp_path):
    tables = load(tmp_path, "monthly", totals(START), customers_at="end")
    assert tables.totals()["customers"].tolist()[0] == START[0] - NEW[0] + LOST[0]
    alone = pd.DataFrame({"month": ["2024-01", "2024-02", "2024-03"], "customers": [5, 6, 8]}).to_csv(index=False)
    assert "nothing in the table tells" in said(load(tmp_path, "monthly", alone))
    ends = load(tmp_path, "monthly", alone, customers_at="end")
    assert ends.totals()["customers"].fillna(-1).tolist() == [-1, 5, 6]
    assert "customers are those at the end of a month." in said(ends)
    with pytest.raises(wom.InputError, match=r"monthly\.customers_at.*'start' or 'end'"):
        load(tmp_path, "monthly", alone, customers_at="middle")
    assert schema()["$defs"]["Totals"]["properties"]["customers_at"]["anyOf"][0]["enum"] == ["start", "end"]


def test_a_fit_goes_on_without_the_customers_of_a_month_that_were_not_counted():
    shop = wom.load("retailer/today").replace({"horizon_months": 12})
    table = wom.simulate(shop, chance=True, seed=1).monthly[COLUMNS].copy()
    table.index = pd.period_range("2023-01", periods=12, freq="M")
    table.iloc[0, 0] = table.iloc[6, 0] = table.iloc[-1, 0] = float("nan")
    found = wom.calibration.totals.fit(shop, table, draws=200)
    assert found.table["central"].notna().all()
    assert all(map(pd.notna, (end for one in found.estimates() for end in (one.low, one.high))))


def test_a_month_with_two_different_figures_is_refused_and_equal_ones_count_once(tmp_path):
    content = totals(START)
    last = content.splitlines()[-1]
    twice = load(tmp_path, "monthly", f"{content}{last}\n")
    assert twice.totals()["customers"].tolist() == START
    assert twice.check().table.loc["monthly", ["rows", "used", "copies_removed"]].tolist() == [6, 5, 1]
    with pytest.raises(wom.InputError, match=r"2024-05 stands there 2 times.*\(lines 6 and 7\)"):
        load(tmp_path, "monthly", content + last.replace("114", "115") + "\n")


def test_totals_that_cannot_be_are_rejected_and_leave_a_gap_that_is_said(tmp_path):
    months = [f"2024-0{place}" for place in range(1, 9)]
    tables = load(
        tmp_path,
        "monthly",
        totals([100, -5, 105, 113, 114, 112, 112, 112], [*NEW, 1, 1, 1], [*LOST, 999, 1, 1], months),
    )
    assert [(line, reason) for _, line, reason, _ in tables.check().rows()] == [
        (3, "customers below 0"), (7, "more customers lost than there were"),
    ]  # fmt: skip
    assert "monthly: no row in 2024-02, 2024-06." in said(tables)
    found = tables.totals()
    assert found.index.astype(str).tolist() == months  # a fit counts months, so none may be skipped
    assert found["new_customers"].isna().tolist() == [month in ("2024-02", "2024-06") for month in months]
    odd = "month,new_customers,recommended_customers\n2024-01,5,3\n2024-02,5,6\n2024-03,5,5\n"
    assert load(tmp_path, "monthly", odd).check().reasons["reason"].tolist() == [
        "more recommended than new customers"
    ]


def test_months_in_the_users_form_need_no_day(tmp_path):
    content = "month,revenue\n07/2022,5\n08/2022,6\n09/2022,7\n"
    tables = load(tmp_path, "monthly", content, date_format="%m/%Y")
    assert tables.totals().index.astype(str).tolist() == ["2022-07", "2022-08", "2022-09"]
    with pytest.raises(wom.InputError, match=r"must name month and year as in %m/%Y, is '%m'"):
        load(tmp_path, "monthly", content, date_format="%m")
    with pytest.raises(wom.InputError, match=r"must name day, month and year as in %d\.%m\.%Y, is '%m/%Y'"):
        load(tmp_path, "payments", "id,date,amount\n", date_format="%m/%Y")


def test_revenue_of_a_month_that_was_not_counted_does_not_hide_how_unsteady_it_is():
    revenue = pd.DataFrame({"revenue": [100.0, 110.0, float("nan"), 90.0, 100.0, 105.0]})
    # months lie within 10 of their line, of 100; of three degrees of freedom that is at most 0.1 * sqrt(5/3)
    assert 0 < backtest.unsteadiness(revenue) < 0.15
    assert 0 < backtest.unsteadiness(revenue.assign(customers=10.0)) < 0.15


# --- amounts --------------------------------------------------------------------------------------------------

WINDOW = {"from": "2024-01-01", "to": "2024-02-29"}


def paid(*amounts, sign=";"):
    rows = [f"{place},2024-01-{place + 1:02},{amount}" for place, amount in enumerate(amounts, start=1)]
    return "\n".join(("id,date,amount", *rows, "")).replace(",", sign)


@pytest.mark.parametrize(
    ("content", "asked"),
    [(paid("1.234", "90", "12.500"), True), (paid("1.234", "90", sign="\t"), True), (paid("1.234", "9.5"), False),
     (paid("12", "90"), False), (paid("1.234", "90", sign=","), False), (paid("1.234", "2.500", sign=","), True)],
)  # fmt: skip
def test_points_that_may_stand_between_thousands_are_asked_about(tmp_path, content, asked):
    if asked:
        with pytest.raises(wom.InputError, match=r'set payments\.decimal: ","'):
            load(tmp_path, "payments", content, WINDOW)
    else:
        load(tmp_path, "payments", content, WINDOW)
    for decimal in (".", ","):
        told = load(tmp_path, "payments", content, WINDOW, decimal=decimal, delimiter=content[2])
        assert "look here first" not in said(told)


def test_one_late_amount_with_cents_ends_the_doubt(tmp_path):
    rows = "".join(f"{place};2024-01-03;1.{place % 900 + 100}\n" for place in range(10_001))
    with pytest.raises(wom.InputError, match=r"such as 1\.100"):
        load(tmp_path, "payments", "id;date;amount\n" + rows, WINDOW)
    assert "look here first" not in said(
        load(tmp_path, "payments", "id;date;amount\n" + rows + "1;2024-02-03;1.50\n", WINDOW)
    )


def test_payments_with_the_sign_turned_are_refused_or_said(tmp_path):
    with pytest.raises(wom.InputError, match=r"no payment is above 0, and 2 of 3 are below.*turn the sign"):
        load(tmp_path, "payments", paid("-3", "-4", "0"), WINDOW)
    assert "2 of 3 amounts are below 0" in said(load(tmp_path, "payments", paid("-3", "-4", "5"), WINDOW))
    assert "look here first" not in said(load(tmp_path, "payments", paid("-3", "4", "5", "-2"), WINDOW))
    assert load(tmp_path, "payments", paid("0", "0"), WINDOW).monthly()["revenue"].sum() == 0


# --- words and days -------------------------------------------------------------------------------------------


def test_yes_and_no_in_the_users_words(tmp_path):
    content = "id,date,rating\n1,2024-01-03,Ja\n2,2024-01-04,nein\n3,2024-01-05,nein\n4,2024-01-06,no\n"
    words = {"rating": {"yes": ["ja"], "no": ["nein"]}}
    tables = load(tmp_path, "experiences", content, WINDOW, rule="complaint", values=words)
    assert tables.monthly()[["bad", "neutral"]].iloc[0].tolist() == [1, 3]
    turned = load(
        tmp_path,
        "experiences",
        content,
        WINDOW,
        rule="complaint",
        values={"rating": {"yes": ["ja", "no"], "no": "nein"}},
    )
    assert turned.monthly()["bad"].iloc[0] == 2  # words of the user's own come before ours
    known = re.escape("experiences.values.rating; known are yes, true, 1, t, y, x and no, false, 0, f, n")
    with pytest.raises(wom.InputError, match=known):
        load(tmp_path, "experiences", content, WINDOW, rule="complaint")
    with pytest.raises(wom.InputError, match="only ratings of the rule complaint are yes or no"):
        load(tmp_path, "experiences", content, WINDOW, rule="nps", values=words)


def test_several_forms_of_days_are_tried_in_turn(tmp_path):
    content = "id,date,amount\n1,03.01.2024,1\n2,4/1/24,2\n3,2024-02-05,4\n4,2024-02-06,8\n5,2024-02-07,16\n"
    tables = load(tmp_path, "payments", content, WINDOW, date_format=["%d.%m.%Y", "%d/%m/%y", "%Y-%m-%d"])
    assert tables.monthly()["revenue"].tolist() == [3, 28]
    few = load(tmp_path, "payments", content, WINDOW, date_format=["%Y-%m-%d", "%d.%m.%Y"])
    assert [line for _, line, _, _ in few.check().rows()] == [3]
    for wrong in ([], ["%d.%m.%Y", "%d"]):
        with pytest.raises(wom.InputError, match=r"payments\.date_format"):
            load(tmp_path, "payments", content, date_format=wrong)


def test_dates_of_excel_count_beside_texts_in_the_users_form(tmp_path):
    book = openpyxl.Workbook()
    for row in (
        ["id", "date", "amount"], [1, datetime(2024, 1, 3), 1], [2, "31.01.2024", 2],
        [3, datetime(2024, 1, 5, 9, 30), 4], [4, 45323, 8], [5, "2024-02-02", 16],
    ):  # fmt: skip
        book.active.append(row)
    book.save(tmp_path / "p.xlsx")
    described = {"payments": {"file": str(tmp_path / "p.xlsx"), "date_format": "%d.%m.%Y"}} | WINDOW
    tables = wom.data.load(described, today=TODAY)
    assert tables.monthly()["revenue"].tolist() == [7, 8]
    assert [line for _, line, _, _ in tables.check().rows()] == [6]  # a text, and not in the form that was given


def test_a_slip_of_a_century_makes_no_century_of_months(tmp_path):
    rows = "".join(f"{place},2024-0{1 + place % 3}-{1 + place % 28:02},1\n" for place in range(300))
    content = f"id,date,amount\n1,1900-01-01,1\n{rows}"
    tables = load(tmp_path, "payments", content)
    assert tables.months.astype(str).tolist() == ["2024-01", "2024-02", "2024-03"]
    assert "1 of 301 rows lies more than a year before all others, from 1900-01-01 on" in said(tables)
    assert tables.check().table.loc["payments", "outside"] == 1
    assert len(load(tmp_path, "payments", content, {"from": "1900-01-01"}).months) == 124 * 12 + 3
    many = content + "1,1900-01-02,1\n" * 3  # more than one in a hundred is no slip
    assert len(load(tmp_path, "payments", many, duplicates="keep").months) == 124 * 12 + 3


# --- unknown customers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "given", "hint"),
    [("0{}", "{}", "such as '02' and '2'"), ("K{}", "k {}", "such as 'K2' and 'k 2'"),
     ("0{}", "{}.0", "such as '02' and '2'"), ("{}", "9{}", "")],
)  # fmt: skip
def test_a_table_whose_customers_are_mostly_unknown_is_refused(tmp_path, held, given, hint):
    customers = "id,joined\n" + "".join(f"{held.format(place)},2023-05-01\n" for place in range(1, 9))
    rows = [f"{given.format(place)},2024-01-0{place},1" for place in range(2, 7)]
    described = {"customers": {"file": put(tmp_path, "c.csv", customers)}, "ids": "exact"} | WINDOW
    known = [f"{held.format(1)},2024-01-{place:02},1" for place in range(1, 6)]
    tables = load(tmp_path, "payments", "\n".join(("id,date,amount", *rows, *known)), described)
    assert tables.monthly()["payments"].sum() == 5  # half are known, just enough
    message = r"5 of 9 rows belong to a customer that the table.*line 2: id.*must hold all customers"
    with pytest.raises(wom.InputError, match=message):
        load(tmp_path, "payments", "\n".join(("id,date,amount", *rows, *known[1:])), described)
    if hint:
        with pytest.raises(wom.InputError, match=f"ids: 5 customers .*{hint}"):
            load(tmp_path, "payments", "\n".join(("id,date,amount", *rows, *known)), described | {"ids": None})
