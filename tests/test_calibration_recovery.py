"""Invented firms whose truth is known: what is estimated from their tables holds it nine times in ten.

The short version; `make bench` runs 120 firms of two sizes.
"""

from collections import defaultdict

import numpy as np
from firms import cohort, estimates, firm
from scipy.stats import binom

FIRMS, CUSTOMERS = 4, 600
SEEDS = range(1000, 1000 + FIRMS)  # others than those of the long version

UNLIKELY = 1e-5
"""A figure whose 90 % interval is right fails with this chance; of 30 figures one in three thousand."""


def judge(results, figures):
    """Whether the intervals of these firms, (truths, ends) by figure each, are those of a right method."""
    found = defaultdict(list)
    for truth, ends in results:
        for key in truth.keys() & ends.keys():
            low, high = ends[key]
            found[key].append(low <= truth[key] <= high)
    least = binom.ppf(UNLIKELY, FIRMS, 0.9)  # 1 of 4
    for key, inside in found.items():
        assert len(inside) == FIRMS, key
        assert sum(inside) >= least, key
    assert len(found) == figures
    together = np.concatenate(list(found.values()))
    # figures of one firm hang together, so their number counts as a third
    spread = 3 * np.sqrt(0.09 / (len(together) / 3))
    assert 0.9 - spread < together.mean()


def test_figures_from_the_tables_of_a_population():
    results = []
    for seed in SEEDS:
        one = firm(seed, CUSTOMERS)
        found = estimates(one)
        assert found.pop("market.customers").central == one.truth["market.customers"]
        results.append((one.truth, {key: (figure.low, figure.high) for key, figure in found.items()}))
    judge(results, 22)


def test_figures_from_customers_as_the_curve_has_them():
    judge([cohort(seed)[:2] for seed in SEEDS], 1)
