"""Whether the joint fit to monthly totals is calibrated: ranks of the truth among draws, and its cost."""

import sys
import time
from pathlib import Path

import numpy as np
from scipy.stats import binom, kstest

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import test_totals as firms

from wom.calibration import totals

FIRMS = 120


def main(count=FIRMS):
    """Print coverage, ranks and worth of the draws; `python -m benchmarks.totals 20` takes 20 firms."""
    inside, ranks = {key: [] for key in firms.TOLD}, {key: [] for key in firms.TOLD}
    worth, seconds = [], []
    for seed in range(count):
        shop, table, truth = firms.observed(seed)
        begun = time.perf_counter()
        found = totals.fit(shop, table, draws=1000, seed=seed)
        seconds.append(time.perf_counter() - begun)
        worth.append(found.sampled.effective)
        for key, value in truth.items():
            row = found.table.loc[key]
            place = next(place for place, item in enumerate(found.parameters) if item.key == key)
            drawn = found.parameters[place].at(found.scores[place])
            inside[key].append(row.low <= value <= row.high)
            ranks[key].append(float(np.mean(drawn < value)))
    low, high = (int(binom.ppf(level, count, 0.9)) for level in (0.005, 0.995))
    print(f"joint fit to {firms.MONTHS} monthly totals, {count} firms; 90 % intervals, {low} to {high} expected")
    for key in firms.TOLD:
        uniform = kstest(ranks[key], "uniform").pvalue
        print(f"  {key:<36} holds {sum(inside[key])}; ranks even: p = {uniform:.2f}")
    print(f"  draws worth {np.median(worth):,.0f} (least {min(worth):,.0f}); {np.median(seconds):.1f} s a fit")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
