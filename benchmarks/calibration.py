"""BG/NBD on a million customers at day grain against one evaluation of its likelihood; the other estimators."""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from wom.calibration import bgnbd, purchases

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import firms

CUSTOMERS = 1_000_000


def timed(work):
    """What it gave, and its seconds."""
    start = time.perf_counter()
    return work(), time.perf_counter() - start


def plain(log_parameters, x, last, age):
    """The likelihood as it is printed, customer by customer: what a simple program evaluates each time."""
    from scipy.special import betaln, gammaln

    r, alpha, a, b = np.exp(log_parameters)
    known = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + betaln(a, b + x) - betaln(a, b)
    alive = -(r + x) * np.log(alpha + age)
    dead = np.where(x > 0, np.log(a) - np.log(b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + last), -np.inf)
    return float((known + np.logaddexp(alive, dead)).sum())


def main():
    """Print the ratios."""
    random = np.random.default_rng(0)
    age = random.integers(30, 731, CUSTOMERS).astype(float)
    x, last, age = bgnbd.simulated(CUSTOMERS, 0.8, 40.0, 0.8, 2.5, age, random)
    last = np.floor(last)
    frame = pd.DataFrame({"segment": "business", "frequency": x, "recency": last, "age": age})
    rows = frame.groupby(list(frame.columns)).size().rename("count").reset_index()
    data, grouping = timed(
        lambda: bgnbd.grouped(*(rows[name].to_numpy(float) for name in ("frequency", "recency", "age", "count")))
    )
    fit, fitting = timed(lambda: bgnbd.fit(data))
    value, once = timed(lambda: plain(fit.log_parameters, x, last, age))
    _, ours = timed(lambda: bgnbd.log_likelihood(fit.log_parameters, data))
    print(f"BG/NBD, {CUSTOMERS:,} customers at day grain, {len(rows):,} different ones")
    print(f"  fit {fitting:.2f} s (under 5), grouping {grouping:.2f} s; {fit.sentence}")
    print(f"  over one plain evaluation of the likelihood ({once:.2f} s): {fitting / once:.0f} times")
    same = abs(value / fit.log_likelihood - 1)
    print(f"  one evaluation with slopes: {ours / once:.2f} times the plain one without; the same to {same:.0e}")
    _, figures = timed(lambda: purchases.found(rows))
    print(f"  with the figures of today and their intervals: {figures / fitting:.2f} times the fit alone")
    firm = firms.firm(0)
    _, everything = timed(lambda: firms.estimates(firm))
    size = f"{firms.CUSTOMERS:,} customers and {firms.MONTHS} months"
    print(f"all other estimators on a firm of {size}, slow frames included: {everything:.1f} s")


if __name__ == "__main__":
    main()
