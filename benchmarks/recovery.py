"""Whether 90 % intervals of the calibration hold the truth in 90 of 100 invented firms, figure by figure."""

import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from scipy.stats import binom

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import firms

FIRMS = 120
SIZES = ((1500, 24), (200, 12))
"""Customers and months of a firm of some size, and of a small one."""
COUNTED = ("market.customers",)
"""Not estimated: right or wrong."""


class Table:
    """How often an interval held the truth, by figure."""

    def __init__(self):
        self.inside, self.above = defaultdict(list), defaultdict(list)

    def note(self, key, truth, low, high):
        """One interval."""
        self.inside[key].append(low <= truth <= high)
        self.above[key].append(low > truth)

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


def main(count=FIRMS):
    """Print the coverage of every estimate."""
    print(f"recovery of {count} firms, 90 % intervals")
    for customers, months in SIZES:
        table, inferred, widths = Table(), Table(), defaultdict(list)
        for seed in range(count):
            firm = firms.firm(seed, customers, months)
            for key, one in firms.estimates(firm).items():
                if key in firm.truth and key not in COUNTED:
                    table.note(key, firm.truth[key], one.low, one.high)
                    widths[key].append((one.high - one.low) / (2 * firm.truth[key]))
            for key, one in firms.inferred(firm).items():
                if key in firm.truth:
                    inferred.note(key, firm.truth[key], one.low, one.high)
        table.print(f"from the tables of a population, {customers:,} customers and {months} months")
        print("    half width of the interval over the truth, median")
        print("    " + ", ".join(f"{key.split('.')[-1]} {np.median(width):.1%}" for key, width in widths.items()))
        inferred.print("the same from payments alone, an inference that spans two models and promises no 90 %")
    other = Table()
    for seed in range(count):
        for truth, found, *_ in (firms.buyers(seed), firms.cohort(seed), firms.unfair(seed)):
            for key, value in truth.items():
                other.note(key, value, *found[key])
    other.print("from customers as BG/NBD and sBG have them, and where big spenders are better served")
    naive = Table()
    for seed in range(count):
        truth, _, wrong = firms.unfair(seed)
        for key, value in truth.items():
            naive.note(key, value, *wrong[key])
    naive.print("the naive comparison between customers, which should fail")


if __name__ == "__main__":
    main()
