"""Points side by side: each is what a scenario of its own would give, and one that cannot be harms no other."""

import numpy as np
import pandas as pd
import pytest

import wom
from wom.analysis import sweep
from wom.analysis.sweep import RESULTS, Point
from wom.errors import InputError

EXACT = 1e-9  # relative: sums of the same numbers in another order
GRIDS = {
    "retailer/front-line-training": {
        "experience.bad_share": [0.02, 0.5, 1.2],
        "market.referral_share": [0.1, 0.9],
        "horizon_months": [12, 36],
    },
    "retailer/today": {
        "word_of_mouth.audience_share": [0.1, 0.5],
        "economics.discount_rate": [0.0, 0.2],
        "market.customers": [3000, 5000, 200_000],
    },
    "retailer/viral-complaint": {"experience.good_share": [0.1, 0.3], "word_of_mouth.memory_months": [1, 6]},
    "supplier/right-first-time": {
        "economics.discount_rate": [0.05, 0.1],
        "segments.custom.experience.good_share": [0.1, 0.2],
    },
}


def alone(case, point):
    """The point as a scenario of its own: its results, or None where it is refused."""
    try:
        business = case.replace(point.changes)
        asked = business.what_if(point.what_if)
        as_today = wom.simulate(business.without_plan()).npv
        found = {**wom.effect(asked).headlines, "against_today": wom.simulate(asked).npv - as_today}
        late = (found["payback_month"] or 0) >= asked.horizon_months  # of which a sweep says nothing
        return found | {"payback_month": None if late else found["payback_month"]}
    except InputError:
        return None


def agree(case, found, point):
    wanted = alone(case, point)
    assert (wanted is None) == (point.name in found.problems.index), point.name
    if wanted is None:
        assert found.results.loc[point.name].drop("payback_month").isna().all()
        return
    for name in RESULTS:
        value = found.results.loc[point.name, name]
        if wanted[name] is None:
            assert value is pd.NA
        else:
            large = max(abs(wanted["npv"]), abs(wanted["revenue"]))  # a small difference is as exact as these
            room = EXACT * large if name[:3] in ("net", "aga", "ext") else 0
            assert float(value) == pytest.approx(wanted[name], rel=EXACT, abs=room), (point.name, name)


@pytest.mark.parametrize("name", GRIDS)
def test_each_point_is_what_it_would_be_by_itself(name):
    case = wom.load(name)
    branch = {"experience.bad_share": 0.3, "retention.retention_rate": 0.8, "market.referral_share": 0.05}
    grid = [*sweep.grid(GRIDS[name]), Point("branch", branch), Point("none", {"experience.bad_share": 0.97})]
    found = sweep.sweep(case, grid)
    assert list(found.results.index) == [point.name for point in grid]
    for point in grid:
        agree(case, found, point)


def test_points_in_several_passes_are_the_same(monkeypatch):
    case = wom.load("retailer/make-it-right")
    grid = sweep.grid({"experience.bad_share": np.linspace(0, 0.2, 9).tolist()})
    once, passes, run = sweep.sweep(case, grid), [], sweep.run
    monkeypatch.setattr(sweep, "run", lambda *arguments, **more: passes.append(1) or run(*arguments, **more))
    sweep.sweep(case, grid)
    assert len(passes) == 3  # with the plan, without it, as today: not one per point
    monkeypatch.setattr(sweep, "_CELLS", 80)
    apart = sweep.sweep(case, grid)
    pd.testing.assert_frame_equal(once.results, apart.results, rtol=1e-12)
    pd.testing.assert_frame_equal(once.courses, apart.courses, rtol=1e-12)
    so_far = wom.effect(case.what_if(grid[2].what_if)).present["so_far"]
    np.testing.assert_allclose(once.courses.loc[grid[2].name], so_far, rtol=1e-9, atol=1e-6)


def test_ranked_has_the_best_first_and_none_that_was_refused():
    case = wom.load("retailer/make-it-right")
    found = sweep.sweep(case, sweep.grid({"experience.bad_share": [0.02, 0.06, 2.0]}))
    assert (found.measure, found.order) == ("net", "against_today")
    assert found.ranked()["experience.bad_share"].tolist() == [0.06, 0.02]
    assert found.ranked("against_today")["experience.bad_share"].tolist() == [0.02, 0.06]
    assert all(found.ranked(by)[by].is_monotonic_decreasing for by in ("customers_at_end", "revenue", "plan_cost"))
    assert "to 2 in month 0; allowed is from 0 to 1" in found.problems.iloc[0]
    with pytest.raises(InputError, match="no such result"):
        found.ranked("profit")
    assert sweep.sweep(wom.load("retailer/today"), sweep.grid({"horizon_months": [12, 24]})).measure == "npv"


CSV = {
    "semicolons": 'name;experience.bad_share;title\nA;0,04;"3,5 Sterne, fast"\nB;1,5e-2;x\n',
    "tabs": "name\texperience.bad_share\ttitle\nA\t0,04\t3,5 Sterne, fast\nB\t1,5e-2\tx\n",
    "as a spreadsheet writes it": "\ufeffname;today.experience.bad_share;scenario;title\r\n"
    'A;0.04;;"3,5 Sterne, fast"\r\n;;;\r\nB;1.5e-2;own.yaml;x\r\n',
}


@pytest.mark.parametrize("name", CSV)
def test_a_table_of_branches_as_spreadsheets_write_it(name, tmp_path):
    """Decimal commas, a byte-order mark, empty cells and lines, quotes, a file beside it."""
    (tmp_path / "own.yaml").write_text("extends: today.yaml\ntitle: Own\n")
    (tmp_path / "b.csv").write_text(CSV[name], encoding="utf-8", newline="")
    own = str(tmp_path / "own.yaml") if "own" in CSV[name] else ""
    first, second = sweep.read_csv(tmp_path / "b.csv")
    assert first == Point("A", {"experience.bad_share": 0.04, "title": "3,5 Sterne, fast"})
    assert second == Point("B", {"experience.bad_share": 0.015, "title": "x"}, own)


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"segments.nowhere.experience.bad_share": 0.1}, "unknown segment"),
        ({"market.customers": 10}, "is the segments' sum"),
        ({"horizon_months": 0}, "horizon_months"),
        ({"customer_type": "pets"}, "customer_type"),
    ],
)
def test_what_a_business_cannot_change_is_refused_as_ever(changes, part):
    found = sweep.sweep(wom.load("supplier/today"), [Point("bad", changes), Point("fine", {"horizon_months": 12})])
    assert part in found.problems["bad"]
    assert found.results.loc["fine"].notna().sum() > 5
    with pytest.raises(InputError, match="'a' stands twice"):
        sweep.sweep(wom.load("retailer/today"), [Point("a"), Point("a")])


def test_files_of_their_own_are_told_apart(tmp_path):
    """Businesses that have nothing in common: each row its own file."""
    names = ("retailer/make-it-right", "supplier/today")
    found = sweep.sweep(wom.load("retailer/today"), sweep.from_files(names)).results["npv"].tolist()
    assert found == pytest.approx([wom.simulate(wom.load(one)).npv for one in names], rel=EXACT)
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "shop.yaml").write_text("x")
    files = [tmp_path / folder / "shop.yaml" for folder in "abb"]
    assert [point.name for point in sweep.from_files(files)] == ["a/shop", "b/shop (1)", "b/shop (2)"]


def test_figures_that_only_anchoring_knows_are_another_business_and_say_so():
    first, second = sweep.grid({"market.customers": [4000], "experience.bad_share": [0.02, 0.06]})
    assert first.name == "customers 4000, bad share 2 % (another business)"
    assert (first.changes, first.what_if) == ({"market.customers": 4000}, {"experience.bad_share": 0.02})
    found = sweep.sweep(wom.load("retailer/today"), [first, second])
    assert found.results["against_today"].tolist()[1] == pytest.approx(0, abs=1e-6)  # rounding of money
