"""Customers who leave on any day of a month, day by day."""

import numpy as np
import pandas as pd

import wom.data
from wom.calibration import retention, uplift
from wom.calibration.estimate import estimates

MONTHS, MEMORY = 18, 6.0
DAYS = int(MONTHS * 365.25 / 12)
FIRST = np.datetime64("2023-01-01")


def shop(
    folder, customers, random, better=1.0, worse=1.0, leaving=0.03, visits=1.5, good=0.25, bad=0.08, bills=False
):
    """Who visits, what they experience, and who leaves; a mood ends by chance."""
    month = 365.25 / 12
    begin = np.where(np.arange(customers) % 3 == 0, random.integers(0, DAYS, customers), -1)
    mood = np.zeros(customers, dtype=int)
    here, left = begin < 0, np.full(customers, -1)
    felt, paid = [], []
    for day in range(DAYS):
        here |= begin == day
        visit = here & (random.random(customers) < visits / month)
        draw = random.random(customers)
        mood[visit & (draw < good)] = 1
        mood[visit & (draw > 1.0 - bad)] = 2
        who = np.flatnonzero(visit)
        tone = np.where(draw[who] < good, "good", np.where(draw[who] > 1.0 - bad, "bad", "neutral"))
        felt += zip(who, [day] * len(who), tone, strict=True)
        mood[random.random(customers) < 1.0 / (MEMORY * month)] = 0
        gone = here & (random.random(customers) < np.array([1.0, better, worse])[mood] * leaving / month)
        left[gone], here = day, here & ~gone
        if bills and str(FIRST + day).endswith("-15"):
            paid += [
                (who, day, amount)
                for who, amount in zip(
                    np.flatnonzero(here), 50 * random.gamma(100.0, 0.01, here.sum()), strict=True
                )
            ]
        mood[~here] = 0

    def dates(days):
        return [str(FIRST + int(day)) for day in days]

    stayed = pd.DataFrame({"id": np.arange(customers), "joined": "2021-06-30", "left": ""})
    stayed.loc[begin >= 0, "joined"] = dates(begin[begin >= 0])
    stayed.loc[left >= 0, "left"] = dates(left[left >= 0])
    tables = {
        "customers": stayed,
        "experiences": pd.DataFrame(felt, columns=["id", "date", "kind"]),
    } | ({"payments": pd.DataFrame(paid, columns=["id", "date", "amount"])} if bills else {})
    described = {"from": str(FIRST), "to": str(FIRST + DAYS - 1)}
    for name, table in tables.items():
        if "date" in table:
            table["date"] = dates(table["date"])
        table.to_csv(folder / f"{name}.csv", index=False)
        described[name] = {"file": str(folder / f"{name}.csv")}
    return wom.data.load(described)


RATIOS = ("retention.delighted_hazard_ratio", "retention.disappointed_hazard_ratio")


def ratios(tables, **how):
    """Logarithms of both ratios, and of how wide their intervals are."""
    found = estimates(retention.moods(tables.spells(**how)).found)
    return np.log([[found[key].central, found[key].high / found[key].low] for key in RATIOS]).T


def test_moods_are_found_where_customers_leave_on_any_day(tmp_path):
    """Three firms of each kind; an interval's width is 3.3 standard errors, so a mean of three has 0.18 of it."""
    shops = [shop(tmp_path, 4000, np.random.default_rng(seed)) for seed in range(3)]
    found = np.array([ratios(tables) for tables in shops])
    assert (np.abs(found[:, 0].mean(axis=0)) < 3 * 0.18 * found[:, 1].mean(axis=0)).all()
    # at a month's end stayers have had all of the month for an experience, and leavers half of it
    assert (np.array([ratios(tables, by_day=False)[0] for tables in shops]) < np.log(0.5)).all()

    shops = [shop(tmp_path, 4000, np.random.default_rng(seed), better=0.6, worse=3.0) for seed in range(3)]
    found = np.array([ratios(tables)[0] for tables in shops]).mean(axis=0)
    # an experience in the month of leaving is not counted, which draws logarithms towards 0 by about a quarter;
    # the rest of the room is two standard errors
    truth = np.log([0.6, 3.0])
    assert (0.4 * np.abs(truth) < np.sign(truth) * found).all()
    assert (np.abs(found) < np.abs(truth) + 0.1).all()


def test_a_bill_that_is_not_sent_because_a_customer_has_left_is_no_effect_of_mood(tmp_path):
    """Everybody pays the same on the 15th; the disappointed leave sooner, and who left before it gets no bill."""
    shops = [
        shop(tmp_path, 4000, np.random.default_rng(seed), better=0.5, worse=4.0, leaving=0.05, bills=True)
        for seed in range(2)
    ]
    wide = 0.0
    for tables in shops:
        found = estimates(uplift.within(tables.spending(MEMORY, own_month=False)))
        for key in ("spend_uplift", "spend_cut"):
            half = (found[key].high - found[key].low) / 2
            assert abs(found[key].central) < 2.4 * half  # four standard errors; one of 16,000 right ones fails
            wide = max(wide, half)
    assert wide < 0.015  # with the month of leaving the cut came out four times that
