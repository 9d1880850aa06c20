"""Whether 90 % intervals of the calibration hold the truth in 90 of 100 invented firms, figure by figure."""

import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from scipy.stats import binom

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import daily
import firms

from wom.calibration import leaving, spending
from wom.calibration.estimate import estimates

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
            left = leaving.leaving(firm.histories, firms.PRIORS, (daily.rule(world),), firm.bills, seed)
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
                prior = leaving.memory_prior(firms.PRIORS[leaving.MEMORY], np.random.default_rng(seed))
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
            firm = firms.firm(seed, customers, months)
            for key, one in firms.estimates(firm).items():
                if key in firm.truth and key not in COUNTED:
                    table.note(key, firm.truth[key], one.low, one.high)
                    widths[key].append((one.high - one.low) / (2 * firm.truth[key]))
        table.print(f"from the tables of a population, {customers:,} customers and {months} months")
        print("    half width of the interval over the truth, median")
        print("    " + ", ".join(f"{key.split('.')[-1]} {np.median(width):.1%}" for key, width in widths.items()))
    other = Table()
    for seed in range(count):
        for truth, found in [firms.cohort(seed)]:
            for key, value in truth.items():
                other.note(key, value, *found[key])
    other.print("from customers as sBG has them")


if __name__ == "__main__":
    main()
