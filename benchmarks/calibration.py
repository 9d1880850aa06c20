"""What a million customers bought, read; simulated shops; the other estimators."""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from wom.calibration import buying, payments

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import firms
import shops

CUSTOMERS = 1_000_000


def timed(work):
    """What it gave, and its seconds."""
    start = time.perf_counter()
    return work(), time.perf_counter() - start


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
    for once in (0.35, 0.97):
        with tempfile.TemporaryDirectory() as folder:
            paid = shops.shop(once)
            found = shops.tables(paid, Path(folder), "2023-12-31")
            told, seconds = timed(lambda found=found: payments.read(found, found.monthly(), {}))
        forecast, truth = told.forecasts["business"], shops.came(paid, "2023-12-31", 12)
        ratio = forecast.revenue[:12].sum() / truth
        print(
            f"  shop, {once:.0%} never return: {seconds:.1f} s; forecast of 12 months over what came {ratio:.2f}"
        )
    firm = firms.firm(0)
    _, everything = timed(lambda: firms.estimates(firm))
    size = f"{firms.CUSTOMERS:,} customers and {firms.MONTHS} months"
    print(f"all other estimators on a firm of {size}, slow frames included: {everything:.1f} s")


if __name__ == "__main__":
    main()
