"""Whatever small table comes: figures that rise within their bounds, or a sentence; never a warning."""

import numpy as np
import pandas as pd
import pytest
from daily import bills
from hypothesis import given, settings
from hypothesis import strategies as st

from wom.calibration import buying, experiences, leaving, retention, spending
from wom.calibration.estimate import Estimate, Missing
from wom.calibration.experiences import TONES
from wom.calibration.moods import Histories, Rule
from wom.data.description import Corrections
from wom.errors import InputError
from wom.parameters import Range

few = settings(max_examples=10)
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
    names = ["customers", "new_customers", "recommended", "revenue", "payments", *experiences.KINDS]
    frame = months(data.draw, names)
    frame["lost_customers"] = np.minimum(frame["customers"], data.draw(small))
    frame["other"] = frame["new_customers"]
    frame["contacts"] = frame[["good", "bad", "recovered", "neutral"]].sum(axis=1)
    corrections = Corrections(
        answer_good=Range(1, 2, 4), answer_bad=2.0, asked_for_a_ten=Range(0, 0.1, 0.3),
        complaint_rate=Range(0.04, 0.1, 0.25),
    )  # fmt: skip
    for covers in ("all", "survey", "complaints"):
        sound(experiences.experiences(frame, covers, corrections, contacts_per_month=Range(0.5, 1.0, 2.0)))
    for estimator in (retention.market, retention.spend, retention.retention):
        sound(estimator(frame))
    month, stars, count = frame.index[0][1], data.draw(st.integers(1, 5)), data.draw(st.integers(1, 4))
    posted = pd.DataFrame({"month": [month], "stars": [stars], "count": [count]})
    sound(experiences.posting(posted, frame))


@few
@given(st.integers(1, 40), st.integers(0, 120), st.integers(0, 80), st.integers(0, 10**6))
def test_histories(customers, felt, paid, seed):
    random = np.random.default_rng(seed)
    left = random.random(customers) < random.random()
    who, payer = (np.sort(random.integers(0, customers, count)) for count in (felt, paid))
    day, paid_on = random.integers(0, 300, felt), random.integers(0, 300, paid)
    known = Histories(
        0, 299, np.where(random.random(customers) < 0.1, np.nan, random.integers(-500, 250, customers)),
        np.where(left, random.integers(0, 300, customers), 299), left, who, day[np.lexsort((day, who))],
        random.integers(0, 4, felt), random.integers(0, 2, customers),
    )  # fmt: skip
    money = bills(payer, paid_on, random.integers(-5, 50, paid).astype(float))
    priors = {leaving.RATIOS[0]: Range(0.5, 0.8, 1), leaving.RATIOS[1]: Range(1.3, 2.5, 4)}
    for rules in ((Rule(0.5),), (Rule(asks=True),), (Rule(unseen=(0.1, 0.1)), Rule(0.8))):
        one = leaving.leaving(known, priors | {leaving.MEMORY: Range(3, 6, 12)}, rules, money)
        sound(one.found)
        sound(spending.spending(spending.effect(known, money, one.memory, rules)))


@few
@given(st.lists(st.tuples(st.sampled_from(TONES), st.integers(0, 30), small, st.integers(1, 5)), max_size=5))
def test_talk(rows):
    table = [(tone, least, pd.NA if more == 4 else least + more, count) for tone, least, more, count in rows]
    frame = pd.DataFrame(table, columns=["tone", "least", "most", "count"])
    sound(experiences.reach(frame.astype({"least": "Int64", "most": "Int64"})))


@few
@given(st.lists(st.tuples(*(st.integers(*ends) for ends in ((0, 40), (1, 60), (0, 60), (1, 9)))), max_size=8))
def test_purchases(rows):
    table = [(x, last if x else 0, (last if x else 0) + since, count) for x, last, since, count in rows]
    data = buying.Buyers(*np.array(table, dtype=float).reshape(-1, 4).T).coarse()[0]
    if not (data.followed > 0).any():
        return
    for reading in (buying.PARETO, buying.GEOMETRIC):
        fit = buying.fit(data, reading)
        returning = fit.returning(data)
        assert fit.settled
        assert ((returning >= 0) & (returning <= 1)).all()
        orders, again = fit.orders(data, 12.0), fit.again(data, 12.0)
        assert np.isfinite(orders).all()
        assert ((again >= 0) & (again <= np.minimum(orders, 1.0) + 1e-9)).all()


@few
@given(st.lists(st.tuples(small, st.integers(1, 9), st.booleans(), st.integers(1, 20)), min_size=1, max_size=5))
def test_cohorts(rows):
    table = [(entered, entered + more, left, count) for entered, more, left, count in rows]
    frame = pd.DataFrame(table, columns=["entered", "months", "left", "count"])
    lost = frame["count"][frame["left"]].sum()
    if lost == 0 or (lost == frame["count"].sum() and frame["months"].max() == 1):
        with pytest.raises(InputError, match="no curve can be told"):
            retention.fit(frame)
        return
    fit = retention.fit(frame)
    curve = fit.curve(6)
    assert ((curve["low"] >= 0) & (curve["low"] <= curve["central"]) & (curve["central"] <= curve["high"])).all()
    assert (curve["high"] <= 1).all()
