"""Whatever small table comes: figures that rise within their bounds, or a sentence; never a warning."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wom.calibration import contacts, purchases, rates, retention, reviews, sbg, talk, uplift
from wom.calibration.estimate import Estimate, Missing
from wom.errors import InputError
from wom.parameters import Range

few = settings(max_examples=15)
small = st.integers(0, 4)


def sound(found):
    """Every figure rises with a width and lies within its bounds; every gap has its sentence."""
    for one in found:
        if isinstance(one, Missing):
            assert one.why[0].isupper()
            assert one.why.endswith(".")
            continue
        assert isinstance(one, Estimate)
        assert one == one.within_bounds(), one
        assert one.low < one.high or one.key.endswith("market.customers"), one
        assert one.how.endswith(".")
        assert one.rows >= 0
    assert len({one.key for one in found}) == len(found)


def months(draw, names, most=4):
    """A frame of a few months of one or two segments."""
    count, segments = draw(st.integers(1, 3)), draw(st.sampled_from([["business"], ["a", "b"]]))
    index = pd.MultiIndex.from_product(
        [segments, pd.period_range("2024-01", periods=count, freq="M")], names=["segment", "month"]
    )
    return pd.DataFrame({name: draw(st.lists(st.integers(0, most), min_size=len(index), max_size=len(index)))
                         for name in names}, index=index)  # fmt: skip


@few
@given(st.data())
def test_months(data):
    names = [
        "customers",
        "new_customers",
        "recommended",
        "good",
        "bad",
        "recovered",
        "neutral",
        "revenue",
        "payments",
    ]
    frame = months(data.draw, names)
    frame["lost_customers"] = np.minimum(frame["customers"], data.draw(small))
    frame["other"] = frame["new_customers"]
    frame["contacts"] = frame[["good", "bad", "recovered", "neutral"]].sum(axis=1)
    corrections = contacts.Corrections(Range(1, 2, 4), 2.0, Range(0, 0.1, 0.3), Range(0.04, 0.1, 0.25))
    for covers in contacts.COVERS:
        sound(contacts.experiences(frame, covers, corrections, contacts_per_month=Range(0.5, 1.0, 2.0)))
    sound(rates.market(frame))
    sound(rates.spend(frame))
    sound(retention.rate(frame))
    month, stars, count = frame.index[0][1], data.draw(st.integers(1, 5)), data.draw(st.integers(1, 4))
    posted = pd.DataFrame({"month": [month], "stars": [stars], "count": [count]})
    sound(reviews.posting(posted, frame))


@few
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["business", "b"]), st.sampled_from(["content", "delighted", "disappointed"]),
            st.integers(1, 5), st.booleans(), st.floats(0, 1.9), st.integers(1, 6),
        ),
        max_size=6,
    )
)  # fmt: skip
def test_spells(rows):
    frame = pd.DataFrame(rows, columns=["segment", "mood", "months", "left", "since", "count"])
    found = retention.moods(frame)
    sound(found.found)
    curves = found.curves()
    assert ((curves["low"] <= curves["observed"]) & (curves["observed"] <= curves["high"])).all()


@few
@given(st.lists(st.tuples(st.sampled_from(talk.TONES), st.integers(0, 30), small, st.integers(1, 5)), max_size=5))
def test_talk(rows):
    table = [(tone, least, pd.NA if more == 4 else least + more, count) for tone, least, more, count in rows]
    frame = pd.DataFrame(table, columns=["tone", "least", "most", "count"]).astype(
        {"least": "Int64", "most": "Int64"}
    )
    sound(talk.reach(frame))


@few
@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 60), st.integers(0, 60), st.integers(1, 9)), max_size=8)
)
def test_purchases(rows):
    table = [(x, last if x else 0, (last if x else 0) + since, count) for x, last, since, count in rows]
    frame = pd.DataFrame(table, columns=["frequency", "recency", "age", "count"]).assign(segment="business")
    sound(purchases.found(frame))


@few
@given(st.integers(0, 12), st.integers(1, 4), st.integers(0, 10**6), st.booleans())
def test_spending(customers, followed, seed, moods):
    random = np.random.default_rng(seed)
    a = random.integers(0, 2, (customers, followed)) * moods
    b = random.integers(0, 2, (customers, followed)) * (1 - a) * moods
    y = random.integers(0, 3, (customers, followed)) * 10.0
    sums = [y, np.ones_like(y), a, b, a * y, b * y, a * a, a * b, b * b]
    frame = pd.DataFrame({name: part.sum(axis=1) for name, part in zip(uplift.COLUMNS, sums, strict=True)})
    frame = frame[frame["pay"] > 0]
    sound(uplift.within(frame, frame, frame))
    sound(uplift.naive(frame))


@few
@given(st.lists(st.tuples(small, st.integers(1, 9), st.booleans(), st.integers(1, 20)), min_size=1, max_size=5))
def test_cohorts(rows):
    table = [(entered, entered + more, left, count) for entered, more, left, count in rows]
    frame = pd.DataFrame(table, columns=["entered", "months", "left", "count"])
    data = sbg.from_frame(frame)
    lost = frame["count"][frame["left"]].sum()
    if lost == 0 or (lost == frame["count"].sum() and frame["months"].max() == 1):
        with pytest.raises(InputError, match="no curve can be told"):
            sbg.fit(data)
        return
    fit = sbg.fit(data)
    curve = fit.curve(6)
    assert ((curve["low"] >= 0) & (curve["low"] <= curve["central"]) & (curve["central"] <= curve["high"])).all()
    assert (curve["high"] <= 1).all()


def swings(customers, moods, others=0):
    """So many customers who pass through these moods, +1 delighted and -1 disappointed, beside content ones."""
    mood = np.array([moods] * customers + [[0] * len(moods)] * others)
    a, b = (mood > 0).astype(float), (mood < 0).astype(float)
    y = np.random.default_rng(0).gamma(4.0, 5.0, mood.shape) * (1.0 + 0.2 * a - 0.3 * b)
    sums = [y, np.ones_like(y), a, b, a * y, b * y, a * a, a * b, b * b]
    return pd.DataFrame({name: part.sum(axis=1) for name, part in zip(uplift.COLUMNS, sums, strict=True)})


def test_few_whose_mood_changed_among_many_say_nothing():
    first, *_ = uplift.within(swings(3, [1, 0], others=500))
    assert isinstance(first, Missing)
    assert "too few" in first.why
    enough, cut, *_ = uplift.within(swings(30, [1, 0], others=500))
    assert isinstance(enough, Estimate)
    assert isinstance(cut, Missing)
    assert cut.why == "No customer was disappointed in some months and not in others."


def test_delighted_or_disappointed_and_never_content_cannot_be_told_apart():
    first, *_ = uplift.within(swings(200, [1, -1, 1, -1]))
    assert isinstance(first, Missing)
    assert "no months are left" in first.why
