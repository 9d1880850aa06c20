"""Tables of one's own: frames from the database equal a slow reckoning, and the population's own months."""

from collections import Counter
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from builders import business
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from recorder import recorded as watched

import wom
import wom.data
from wom.errors import InputError
from wom.population import Habits

TODAY = date(2026, 1, 1)
SUMS = 1e-9
"""Sums of some ten floats, in another order."""
WINDOW = range(2024 * 12, 2024 * 12 + 6)
COLUMNS = {
    "customers": ["id", "segment", "joined", "left", "came_by"],
    "experiences": ["id", "date", "kind"],
    "payments": ["id", "date", "amount"],
}


def number(day):
    return day.year * 12 + day.month - 1


def loaded(folder, tables, **top):
    """A CSV file for each table, loaded; a last payment that happens to be the sum of all others is refused."""
    described = {"from": "2024-01-01", "to": "2024-06-30"} | top
    for name, table in tables.items():
        frame = pd.DataFrame(table, columns=COLUMNS[name]) if isinstance(table, list) else table
        frame.to_csv(folder / f"{name}.csv", index=False)
        described[name] = {"file": str(folder / f"{name}.csv")} | described.get(name, {})
    try:
        return wom.data.load(described, today=TODAY)
    except InputError as error:
        assume("is the sum of all others" not in str(error))
        raise


# --- a slow reckoning -----------------------------------------------------------------------------------------

days = st.dates(date(2023, 11, 1), date(2024, 7, 31))
ways = st.sampled_from(["recommendation", "other", ""])
customer = st.tuples(st.sampled_from(["a", "b"]), days, st.none() | st.integers(0, 200), ways)


@st.composite
def shops(draw):
    """Customers, and their experiences and payments, those of strangers among them; more are not refused."""
    people = [
        (place, segment, joined, None if stays is None else joined + timedelta(days=stays), came_by)
        for place, (segment, joined, stays, came_by) in enumerate(
            draw(st.lists(customer, min_size=1, max_size=4)), 1
        )
    ]
    ids = st.integers(1, len(people))
    kinds = st.sampled_from(["good", "bad", "recovered", "neutral"])
    felt = draw(st.lists(st.tuples(ids, days, kinds), max_size=14))
    paid = draw(st.lists(st.tuples(ids, days, st.sampled_from([10.0, 2.5, -3.0, 0.0])), max_size=14))
    assume(not paid or max(amount for *_, amount in paid) > 0)
    strange = [[(9, *row[1:]) for row in rows[: len(rows) // 2]] for rows in (felt, paid)]
    return people, felt, paid, strange


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("shops")


KEEP = {name: {"duplicates": "keep"} for name in ("payments", "experiences")}


@settings(max_examples=8)
@given(shop=shops())
def test_frames_equal_a_slow_reckoning_row_by_row(folder, shop):
    people, felt, paid, strange = shop
    given = {"customers": people, "experiences": felt + strange[0], "payments": paid + strange[1]}
    monthly = loaded(folder, given, **KEEP).monthly()
    segments = sorted({segment for _, segment, *_ in people})
    assert list(monthly.index) == [
        (name, pd.Period(year=m // 12, month=m % 12 + 1, freq="M")) for name in segments for m in WINDOW
    ]
    segment_of = {row[0]: row[1] for row in people}
    for (segment, period), row in monthly.iterrows():
        month = number(period)
        mine = [
            (number(joined), None if left is None else number(left), way)
            for _, name, joined, left, way in people
            if name == segment
        ]
        assert row.customers == sum(joined < month and (left is None or left >= month) for joined, left, _ in mine)
        new = [way for joined, _, way in mine if joined == month]
        assert (row.new_customers, row.other) == (len(new), new.count("other"))
        assert row.recommended == new.count("recommendation")
        assert row.lost_customers == sum(left == month for _, left, _ in mine)
        theirs = [(who, a) for who, day, a in paid if segment_of[who] == segment and number(day) == month]
        assert row.payers == len({who for who, amount in theirs if amount > 0})
        assert row.payments == sum(amount > 0 for _, amount in theirs)
        assert row.refunds == sum(amount < 0 for _, amount in theirs)
        assert_allclose(row.revenue, sum(amount for _, amount in theirs), atol=SUMS)
        kinds = Counter(kind for who, day, kind in felt if segment_of[who] == segment and number(day) == month)
        assert row.contacts == sum(kinds.values())
        assert all(row[kind] == kinds[kind] for kind in ("good", "bad", "recovered", "neutral"))


@settings(max_examples=4)
@given(shop=shops(), last=st.sampled_from(["2024-02", "2024-04", "2024-06"]))
def test_until_is_what_was_known_then(folder, shop, last):
    """The same as tables from which everything later was cut by hand."""
    end = pd.Period(last, "M").end_time.date()
    people, felt, paid, _ = shop
    joined = {row[0]: row[2] for row in people}
    felt, paid = ([row for row in rows if row[1] >= joined[row[0]]] for rows in (felt, paid))
    known = [
        (who, name, came, None if left is None or left > end else left, way)
        for who, name, came, left, way in people
        if came <= end
    ]
    felt_then, paid_then = ([row for row in rows if row[1] <= end] for rows in (felt, paid))
    assume(known)
    assume(all(not rows or max(amount for *_, amount in rows) > 0 for rows in (paid, paid_then)))
    whole = loaded(folder, {"customers": people, "experiences": felt, "payments": paid}, **KEEP).until(last)
    then = {"customers": known, "experiences": felt_then, "payments": paid_then}
    again = loaded(folder, then, **KEEP, to=end.isoformat())
    pd.testing.assert_frame_equal(whole.cohorts(), again.cohorts())
    ours, theirs = whole.monthly(), again.monthly()
    gone = sorted(set(whole.segments) - set(again.segments))  # who joined later, segments of their own included
    pd.testing.assert_frame_equal(ours.drop(index=gone, level="segment"), theirs, check_dtype=False)
    assert not ours.loc[gone].to_numpy().any()


# --- the population -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lived(first_edition):
    return watched(first_edition, scale=0.1, seed=5, horizon=24, habits=Habits(payments_per_month=1.5))


@pytest.fixture(scope="module")
def tables(lived):
    run, shop = lived
    return shop.tables(run, "2023-02-01", survey_share=0.5)


@pytest.fixture(scope="module")
def recorded(tables, tmp_path_factory):
    return loaded(tmp_path_factory.mktemp("run"), tables, **{"from": "2023-02-01", "to": "2025-01-31"})


def test_months_of_the_population_are_told_by_its_tables(lived, recorded):
    run, shop = lived
    ours = recorded.monthly()
    for segment in run.segments:
        theirs, mine = run.by_segment.loc[segment], ours.loc[segment]
        for column in ("customers", "new_customers", "lost_customers"):
            assert mine[column].tolist() == theirs[column].tolist()
        assert mine.recommended.tolist() == theirs.recommended_customers.tolist()
        # Each payment is rounded to a cent, half a cent off at most.
        assert (
            np.abs(mine.revenue.to_numpy() - theirs.revenue.to_numpy()) <= 0.005 * mine.payments.to_numpy() + 1e-6
        ).all()
    felt = shop.table("experiences")
    for place, kind in enumerate(("good", "bad", "recovered", "neutral")):
        months = np.bincount(felt["month"][felt["kind"] == place], minlength=24)
        assert ours[kind].groupby("month").sum().tolist() == months.tolist()
    cohorts = recorded.cohorts()  # they hold everybody who was seen
    assert (cohorts.months > cohorts.entered).all()
    assert cohorts[cohorts["left"]]["count"].sum() == run.monthly.lost_customers.sum()
    assert cohorts["count"].sum() == run.monthly.customers.iloc[0] + run.monthly.new_customers.iloc[:-1].sum()


def test_every_row_of_the_population_is_used_and_counted(tables, recorded):
    found = recorded.check()
    assert (found.table["used"] == found.table["rows"]).all()
    assert found.table["rows"].min() > 0
    talk = recorded.talk()
    assert talk["count"].sum() == len(tables["talk"])
    assert talk[talk.most.isna()]["count"].sum() == (tables["talk"].people_told == ">5").sum()
    assert set(talk[talk.most.isna()].least) == {6}
    reviews = recorded.reviews()
    assert reviews["count"].sum() == len(tables["reviews"])
    assert (reviews["count"] * reviews.stars).sum() == tables["reviews"].stars.sum()


def test_a_business_without_segments_is_one_segment(tmp_path):
    run, shop = watched(wom.load(business()), scale=0.02, horizon=3)
    tables = shop.tables(run, "2024-01-01")
    found = loaded(tmp_path, tables, to="2024-03-31")
    assert found.segments == ("business",)
    assert found.monthly().customers.tolist() == run.monthly.customers.tolist()
