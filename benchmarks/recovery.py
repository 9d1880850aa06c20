"""Whether 90 % intervals of the calibration hold the truth in 90 of 100 invented firms, figure by figure."""

import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import binom

import wom
import wom.data
from wom import population
from wom.calibration import leaving, retention, spending
from wom.calibration.calibrate import evaluate
from wom.calibration.estimate import estimates
from wom.parameters import Range

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import daily
from builders import business
from recorder import recorded

FIRMS = 120
SIZES = ((1500, 24), (200, 12))
"""Customers and months of a firm of some size, and of a small one."""
COUNTED = ("market.customers",)
"""Not estimated: right or wrong."""
DAILY = 12
"""Firms day by day of each kind, and 40 of those in which moods change nothing."""
NULLS = 40

CALENDARS = ("january", "quarters", "month ends", "anniversaries", "price rise", "holiday")
PLAIN = daily.World(customers=3000)
EFFECT = PLAIN.but(ratios=(0.7, 2.2))
LEAVING = {
    **{f"nothing, {calendar}": PLAIN.but(calendar=calendar) for calendar in CALENDARS},
    **{
        f"nothing, survey in June, {name}": PLAIN.but(calendar=name, survey="attitude")
        for name in ("january", "quarters", "anniversaries")
    },
    "nothing, survey in June": PLAIN.but(survey="june"),
    "nothing, survey of the unhappy": PLAIN.but(survey="unhappy"),
    "nothing, who leaves calls before": PLAIN.but(cancels=0.3),
    "nothing, 800 customers": PLAIN.but(customers=800),
    "effect": EFFECT,
    "effect, memory 3": EFFECT.but(memory=3.0),
    "effect, customers differ": EFFECT.but(frailty=1.0),
    "effect, who leaves calls before": EFFECT.but(cancels=0.3),
    "effect, put right": EFFECT.but(offset=0.6, shares=(0.3, 0.1, 0.15)),
    "effect, contacts come with purchases": EFFECT.but(pays="visits", richer=True),
    "effect, 10 to 30 % answer": EFFECT.but(answers=(0.15, 0.30, 0.20, 0.10)),
    "effect, survey in June": EFFECT.but(survey="june"),
    "effect, survey in June, January": PLAIN.but(calendar="january", ratios=(0.6, 2.0), survey="attitude"),
    **{f"effect, {calendar}": EFFECT.but(calendar=calendar) for calendar in CALENDARS},
    "effect, 800 customers": EFFECT.but(customers=800),
    "effect, the frail served worse (to be refused)": EFFECT.but(frailty=1.0, unfair=True),
}
PAYING = daily.World(customers=3000, hazard=0.012, uplift=0.10, cut=0.20)
SPENDING = {
    "purchases": {"pays": "purchases"},
    "memory 3": {"pays": "purchases", "memory": 3.0},
    "contacts come with purchases": {"pays": "visits", "richer": True},
    "moods drive leaving too": {"pays": "purchases", "ratios": (0.7, 2.2)},
    "10 to 30 % answer": {"pays": "purchases", "answers": (0.15, 0.30, 0.20, 0.10)},
    "monthly bills": {"pays": "monthly"},
    "yearly bills, anniversaries": {"pays": "yearly", "calendar": "anniversaries"},
    "yearly bills, survey in June": {"pays": "yearly", "calendar": "january", "survey": "attitude"},
    "fixed price (to be refused)": {"pays": "fixed", "calendar": "anniversaries"},
}


# --- firms of the model's own kind ------------------------------------------------------------------------------

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


def made_up(seed, customers=CUSTOMERS, months=MONTHS):
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


def told(one):
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
        found = estimates(evaluate(wom.data.load(described), {}, "consumer").found)
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


# --- how often intervals hold the truth ------------------------------------------------------------------------


class Table:
    """How often an interval held the truth, by figure."""

    def __init__(self):
        self.inside, self.above = defaultdict(list), defaultdict(list)
        self.middles, self.widths, self.refused = defaultdict(list), defaultdict(list), defaultdict(int)

    def note(self, key, truth, low, high):
        """One interval."""
        self.inside[key].append(low <= truth <= high)
        self.above[key].append(low > truth)

    def take(self, found, truths):
        """The figures of one firm, told or refused."""
        told = estimates(found)
        for key, truth in truths.items():
            if (one := told.get(key)) is None:
                self.refused[key] += 1
                continue
            self.note(key, truth, one.low, one.high)
            self.middles[key].append(one.central - truth)
            self.widths[key].append(one.high - one.low)

    def line(self, title, truths):
        """The same in one line, for firms of one kind."""
        parts = []
        for key, truth in truths.items():
            if not self.inside[key]:
                parts.append("refused")
                continue
            held, middle, width = np.mean(self.inside[key]), truth + np.mean(self.middles[key]), self.widths[key]
            parts.append(f"{held:4.0%} middle {middle:5.2f} of {truth:4.2f} width {np.median(width):4.2f}"
                         + (f" ({self.refused[key]} refused)" if self.refused[key] else ""))  # fmt: skip
        print(f"    {title:<48} {' | '.join(parts)}", flush=True)

    def print(self, title):
        """One row each: share of intervals that held the truth, and how the misses fall."""
        print(f"  {title}")
        for key, inside in self.inside.items():
            times = len(inside)
            least, most = binom.ppf([0.005, 0.995], times, 0.9) / times
            share, high = np.mean(inside), np.sum(self.above[key])
            mark = "" if least <= share <= most else "  OUTSIDE"
            missed = f"too high {high}, too low {times - np.sum(inside) - high}"
            print(
                f"    {key:<40} {share:6.1%} of {times} (chance alone {least:.0%} to {most:.0%}); {missed}{mark}"
            )


def by_day(nulls=NULLS, others=DAILY):
    """Print the coverage of moods in firms day by day, which are not the model."""
    print("  leaving, firms day by day: delighted | disappointed")
    together = []
    for name, world in LEAVING.items():
        table, truths = Table(), dict(zip(leaving.RATIOS, world.ratios, strict=True))
        for seed in range(nulls if name.startswith("nothing") else others):
            firm = daily.firm(world, seed)
            left = leaving.leaving(firm.histories, PRIORS, (daily.rule(world),), firm.bills, seed)
            table.take(left.found, truths)
        table.line(name, truths)
        if name.startswith("nothing"):
            together += [inside for key in truths for inside in table.inside[key]]
    print(f"    all in which moods change nothing: {np.mean(together):.1%} of {len(together)}")
    print("  spending: rise when delighted | fall when disappointed")
    for name, changes in SPENDING.items():
        for world in (PAYING.but(**changes), PAYING.but(**changes, uplift=0.0, cut=0.0)):
            table, truths = Table(), {"spend_uplift": world.uplift, "spend_cut": world.cut}
            for seed in range(others):
                firm = daily.firm(world, seed)
                prior = leaving.memory_prior(PRIORS[leaving.MEMORY], np.random.default_rng(seed))
                found = spending.effect(firm.histories, firm.bills, prior, (daily.rule(world),), seed)
                table.take(spending.spending(found), truths)
            table.line(f"{name}{'' if world.cut else ', nothing'}", truths)


def main(count=FIRMS):
    """Print the coverage of every estimate."""
    print(f"recovery of {count} firms, 90 % intervals")
    by_day()
    for customers, months in SIZES:
        table, widths = Table(), defaultdict(list)
        for seed in range(count):
            firm = made_up(seed, customers, months)
            for key, one in told(firm).items():
                if key in firm.truth and key not in COUNTED:
                    table.note(key, firm.truth[key], one.low, one.high)
                    widths[key].append((one.high - one.low) / (2 * firm.truth[key]))
        table.print(f"from the tables of a population, {customers:,} customers and {months} months")
        print("    half width of the interval over the truth, median")
        print("    " + ", ".join(f"{key.split('.')[-1]} {np.median(width):.1%}" for key, width in widths.items()))
    other = Table()
    for seed in range(count):
        for truth, found in [cohort(seed)]:
            for key, value in truth.items():
                other.note(key, value, *found[key])
    other.print("from customers as sBG has them")


if __name__ == "__main__":
    main()
