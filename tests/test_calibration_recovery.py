"""Invented firms whose truth is known: what is estimated from their tables holds it nine times in ten.

The short version; `make bench` runs 120 firms of two sizes.
"""

from collections import defaultdict

import numpy as np
import pytest
from firms import cohort, estimates, firm
from scipy.stats import binom

FIRMS = 8
SEEDS = range(1000, 1000 + FIRMS)  # others than those of the long version

UNLIKELY = 1e-5
"""A figure whose 90 % interval is right fails with this chance; of 30 figures one in three thousand."""


def held(results):
    """Which intervals held the truth, by figure."""
    found = defaultdict(list)
    for truth, ends in results:
        for key in truth.keys() & ends.keys():
            low, high = ends[key]
            found[key].append(low <= truth[key] <= high)
    return found


def judge(found, figures):
    least = binom.ppf(UNLIKELY, FIRMS, 0.9)  # 3 of 8
    for key, inside in found.items():
        assert len(inside) == FIRMS, key
        assert sum(inside) >= least, key
    assert len(found) == figures
    together = np.concatenate(list(found.values()))
    # figures of one firm hang together, so their number counts as a third
    spread = 3 * np.sqrt(0.09 / (len(together) / 3))
    assert 0.9 - spread < together.mean()
    assert together.mean() < max(0.9 + spread, 0.99)


def test_figures_from_the_tables_of_a_population():
    results = []
    for seed in SEEDS:
        one = firm(seed)
        found = estimates(one)
        customers = found.pop("market.customers")
        assert customers.central == one.truth["market.customers"]
        results.append((one.truth, {key: (figure.low, figure.high) for key, figure in found.items()}))
    judge(held(results), 22)


@pytest.mark.parametrize(("made", "figures"), [(cohort, 1)])
def test_figures_from_customers_as_the_models_have_them(made, figures):
    judge(held(made(seed)[:2] for seed in SEEDS), figures)
