"""Invented firms with a known truth, for what is estimated from their tables."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from builders import business
from recorder import recorded

import wom
import wom.data
from wom import population
from wom.calibration import leaving, retention
from wom.calibration.calibrate import evaluate
from wom.calibration.estimate import estimates as told
from wom.parameters import Range

MONTHS, CUSTOMERS = 24, 1500

PRIORS = {
    leaving.RATIOS[0]: Range(0.5, 0.8, 1.0),
    leaving.RATIOS[1]: Range(1.3, 2.5, 4.0),
    leaving.MEMORY: Range(3.0, 6.0, 12.0),
}
CAUSAL, BUYERS = 0.7, 0.42
"""The evidence's central shares, which estimates of uplift_size and disappointed_cut take for true."""


@dataclass(frozen=True)
class Firm:
    """One firm: what is true of it and its tables."""

    truth: dict[str, float]
    tables: dict[str, pd.DataFrame]


def values(random, customers):
    """Figures of today, drawn."""

    def between(low, high):
        return float(random.uniform(low, high))

    retention_rate = between(0.95, 0.985)
    memory = 6.0 * 2.0 ** (random.standard_normal() / 1.6449)  # 3, 6, 12: the evidence's percentiles
    return {
        "market.size": 8 * customers,
        "market.customers": customers,
        "market.new_customers_per_month": customers * (1 - retention_rate),
        "word_of_mouth.audience_share": between(0.1, 0.4),
        "economics.spend_per_customer": between(20, 200),
        "experience.contacts_per_month": between(0.5, 1.5),
        "experience.good_share": between(0.15, 0.4),
        "experience.bad_share": between(0.05, 0.15),
        "experience.recovered_share": between(0.1, 0.6),
        "experience.memory_months": float(memory),
        "experience.causal_share": CAUSAL,
        "retention.retention_rate": retention_rate,
        "retention.delighted_hazard_ratio": between(0.5, 1.0) ** (1 / CAUSAL),
        "retention.disappointed_hazard_ratio": between(1.3, 4.0) ** (1 / CAUSAL),
        "spending.uplift_share": BUYERS,
        "spending.uplift_size": between(0.1, 0.6),
        "spending.disappointed_cut": between(0.1, 0.6),
        "word_of_mouth.reach_good": between(4, 12),
        "word_of_mouth.reach_bad": between(6, 18),
        "word_of_mouth.reach_recovered": between(1, 5),
        "reviews.posting_good": between(0.01, 0.05),
        "reviews.posting_neutral": between(0.005, 0.02),
        "reviews.posting_bad": between(0.02, 0.1),
        "reviews.stars_neutral": between(3.2, 3.8),
        "reviews.stars_bad": between(1.2, 1.8),
    }


def firm(seed, customers=CUSTOMERS, months=MONTHS):
    """A firm by its number."""
    random = np.random.default_rng([seed, 7])
    drawn = values(random, customers)
    dispersion = [float(random.uniform(0.25, 1.0)) for _ in range(2)]
    habits = population.Habits(
        dispersion_good=dispersion[0], dispersion_bad=dispersion[1], payments_per_month=1.0, visit_spread=0.5,
        customer_spread=0.6, payment_spread=0.4,
    )  # fmt: skip
    scenario = wom.load(business(drawn | {"market.referral_share": None}, horizon_months=months))
    run, shop = recorded(scenario, seed=seed, habits=habits)
    expected = wom.simulate(scenario).monthly.iloc[0]
    truth = {key: value for key, value in drawn.items() if key.split(".")[1] not in ("size", "audience_share")}
    truth["market.referral_share"] = float(expected.recommended_customers / expected.new_customers)
    for key in ("retention.delighted_hazard_ratio", "retention.disappointed_hazard_ratio"):
        truth[key] **= CAUSAL  # what is observed
    truth |= {f"dispersion_{tone}": dispersion[tone == "bad"] for tone in ("good", "bad", "recovered")}
    truth["market.customers"] = float(run.monthly.customers.iloc[-1] - run.monthly.lost_customers.iloc[-1]
                                      + run.monthly.new_customers.iloc[-1])  # fmt: skip
    return Firm(truth, shop.tables(run, survey_share=0.25))


def estimates(one):
    """Everything that its tables tell, by key.

    But what mood does to spending: the population pays all month by the mood at the month's end, tables are read
    by the mood of the day; see `daily`.
    """
    with tempfile.TemporaryDirectory() as folder:
        last = f"{one.tables['payments']['date'].max():%Y-%m-%d}"
        described = {"contractual": True, "from": "2023-01-01", "to": last}
        for name, table in one.tables.items():
            described[name] = {"file": str(Path(folder) / f"{name}.csv")}
            table.to_csv(described[name]["file"], index=False)
        found = told(evaluate(wom.data.load(described), {}, "consumer").found)
    return {key: figure for key, figure in found.items() if key in one.truth and not key.startswith("spending.")}


def cohort(seed, customers=2000, months=24):
    """A cohort as sBG has it, joined over the window: truths and estimates by name."""
    random = np.random.default_rng([seed, 9])
    alpha, beta = random.uniform(0.5, 1.5), random.uniform(2.0, 20.0)
    leaves = random.geometric(random.beta(alpha, beta, customers))
    followed = random.integers(6, months + 1, customers)
    data = pd.DataFrame({"months": np.minimum(leaves, followed), "left": leaves <= followed, "count": 1.0})
    fit = retention.fit(data)
    later = np.exp(retention.log_survival(alpha, beta, np.array([36.0])))[0]
    curve = fit.curve(36).loc[36]
    name = "sBG survival to month 36"
    return {name: float(later)}, {name: (curve.low, curve.high)}
