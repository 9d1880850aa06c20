"""Tables of one's own: frames from the database equal a slow reckoning, and the population's own months."""

from collections import Counter
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from builders import business
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from own_tables import described
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


def loaded(folder, frames, **top):
    """Frames as files, loaded; a last payment that happens to be the sum of all others is refused."""
    try:
        return wom.data.load(described(folder, frames, **{"from": "2024-01-01", "to": "2024-06-30"} | top), TODAY)
    except InputError as error:
        assume("is the sum of all others" not in str(error))
        raise


# --- a slow reckoning -----------------------------------------------------------------------------------------

days = st.dates(date(2023, 11, 1), date(2024, 7, 31))
ways = st.sampled_from(["recommendation", "other", ""])
customer = st.tuples(st.sampled_from(["a", "b"]), days, st.none() | st.integers(0, 200), ways)
KINDS = ["good", "bad", "recovered", "neutral"]


@st.composite
def shops(draw):
    """Customers with their experiences and payments, those of strangers among them; more are not refused."""
    people = [
        (place, segment, joined, None if stays is None else joined + timedelta(days=stays), came_by)
        for place, (segment, joined, stays, came_by) in enumerate(
            draw(st.lists(customer, min_size=1, max_size=4)), 1
        )
    ]
    ids = st.integers(1, len(people))
    felt = draw(st.lists(st.tuples(ids, days, st.sampled_from(KINDS)), max_size=14))
    paid = draw(st.lists(st.tuples(ids, days, st.sampled_from([10.0, 2.5, -3.0, 0.0])), max_size=14))
    assume(not paid or max(amount for *_, amount in paid) > 0)
    return people, *(rows + [(9, *row[1:]) for row in rows[: len(rows) // 2]] for rows in (felt, paid))


def reckoned(people, felt, paid):
    """The monthly frame, row by row."""
    rows, segment_of = {}, {row[0]: row[1] for row in people}
    for segment in sorted(set(segment_of.values())):
        mine = [(number(joined), left and number(left), way)
                for _, name, joined, left, way in people if name == segment]  # fmt: skip
        for month in WINDOW:
            new = [way for joined, _, way in mine if joined == month]
            theirs = [(who, amount) for who, day, amount in paid
                      if segment_of.get(who) == segment and number(day) == month]  # fmt: skip
            kinds = [kind for who, day, kind in felt if segment_of.get(who) == segment and number(day) == month]
            rows[segment, pd.Period(year=month // 12, month=month % 12 + 1, freq="M")] = {
                "customers": sum(joined < month and (not left or left >= month) for joined, left, _ in mine),
                "new_customers": len(new),
                "recommended": new.count("recommendation"),
                "other": new.count("other"),
                "lost_customers": sum(left == month for _, left, _ in mine),
                "payers": len({who for who, amount in theirs if amount > 0}),
                "payments": sum(amount > 0 for _, amount in theirs),
                "refunds": sum(amount < 0 for _, amount in theirs),
                "revenue": sum(amount for _, amount in theirs),
                "contacts": len(kinds),
                **{kind: kinds.count(kind) for kind in KINDS},
            }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(["segment", "month"])


def followed(people, last):
    """The cohorts as they were known at the end of a month: who, from when on and until when, gone or not."""
    found = Counter()
    for _, segment, joined, left, _ in people:
        joined, left = number(joined), number(left) if left and number(left) <= last else None
        begin, end = max(joined + 1, WINDOW[0]), left or last
        if joined <= last and begin <= end:
            found[segment, joined, begin - joined - 1, end - joined, left is not None] += 1
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("shops")


KEEP = {name: {"duplicates": "keep"} for name in ("payments", "experiences")}


@settings(max_examples=5)
@given(shop=shops(), known=st.integers(1, 5))
def test_frames_equal_a_slow_reckoning_then_and_now(folder, shop, known):
    people, felt, paid = shop
    frames = {name: pd.DataFrame(rows, columns=COLUMNS[name]) for name, rows in zip(COLUMNS, shop, strict=True)}
    tables = loaded(folder, frames, **KEEP)
    slow = reckoned(people, felt, paid)
    pd.testing.assert_frame_equal(tables.monthly()[[*slow]], slow, check_dtype=False, rtol=0.0, atol=SUMS)
    month = WINDOW[known]
    for then, last in ((tables, WINDOW[-1]), (tables.until(f"2024-0{known + 1}"), month)):
        cohorts = Counter()
        for segment, joined, entered, months, left, count in then.cohorts().itertuples(index=False):
            cohorts[segment, number(joined), entered, months, left] += count
        assert cohorts == followed(people, last)
    head = slow[slow.index.get_level_values("month").map(number) <= month]
    pd.testing.assert_frame_equal(then.monthly()[[*slow]], head, check_dtype=False, rtol=0.0, atol=SUMS)


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
