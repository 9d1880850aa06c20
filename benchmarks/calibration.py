"""What a million customers bought, read; simulated shops; the other estimators."""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import wom
from benchmarks import recovery
from wom.calibration import buying

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import shops

CUSTOMERS = 1_000_000


def timed(work):
    """What it gave, and its seconds."""
    start = time.perf_counter()
    return work(), time.perf_counter() - start


def line(title, payments, cut, months):
    """One line: what was forecast for shops, in all, over what came after the cut."""
    found, truth = np.zeros(2), np.zeros(2)
    for paid in payments:
        with tempfile.TemporaryDirectory() as folder:
            calibrated = wom.calibrate(shops.tables(paid, Path(folder), cut), shops.BUSINESS)
        scenario = calibrated.scenario.replace({"horizon_months": months + 1})
        existing = calibrated.buying.forecasts["business"].revenue[:months].sum()
        found += existing, wom.simulate(scenario).monthly["revenue"][:months].sum()
        truth += [shops.came(paid, cut, months, known) for known in (True, False)]
    existing, every = found / truth
    print(f"    {title:<40} {existing:.2f}, {every:.2f}")


def main():
    """Print the seconds, and what came of simulated shops over what was forecast."""
    random = np.random.default_rng(0)
    followed = random.integers(30, 731, CUSTOMERS) / 30.4
    stays = np.minimum(followed, random.exponential(14.0, CUSTOMERS))
    repeats = random.poisson(random.gamma(0.8, 1.0, CUSTOMERS) * stays * (random.random(CUSTOMERS) < 0.6))
    last = np.where(repeats > 0, stays * random.random(CUSTOMERS) ** (1.0 / np.maximum(repeats, 1)), 0.0)
    data = buying.Buyers(repeats.astype(float), last, followed, np.ones(CUSTOMERS))
    (rows, _), grouping = timed(data.coarse)
    print(f"{CUSTOMERS:,} customers, {len(rows.count):,} different rows after {grouping:.2f} s")
    for reading in (buying.PARETO, buying.GEOMETRIC):
        fit, seconds = timed(lambda reading=reading: buying.fit(rows, reading))
        print(f"  {reading.name}: fit {seconds:.2f} s (under 5), slope {fit.gradient:.0e} a customer")
    print("  revenue of existing customers, and with newcomers, forecast over what came")
    for cut, months in (("1997-09-30", 9), ("1997-12-31", 6)):
        line(f"CDNOW until {cut}, {months} months", [shops.cdnow()], cut, months)
    for once in (0.35, 0.97):
        line(f"4 shops, {once:.0%} never return", [shops.shop(once, seed) for seed in range(4)], "2023-12-31", 12)
    firm = recovery.made_up(0)
    _, everything = timed(lambda: recovery.told(firm))
    size = f"{recovery.CUSTOMERS:,} customers and {recovery.MONTHS} months"
    print(f"all other estimators on a firm of {size}, its tables read from files: {everything:.1f} s")


if __name__ == "__main__":
    main()
