"""Ten thousand scenario files from the whole of what the schema allows: each runs or is refused in words."""

import sys
from collections import Counter
from pathlib import Path

import numpy as np

import wom

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import any_business

FILES = 10_000


def main(files=FILES):
    """Print how many ran, how many were refused, and the first that did neither."""
    base, ends = wom.load("retailer/today"), Counter()
    for place in range(files):
        end = any_business.outcome(any_business.scenario(base, np.random.default_rng(place)))
        if end not in ("run", "refused"):
            print(f"  file {place}: {end}")
            end = "wrong"
        ends[end] += 1
    print(f"{files:,} files from all that is allowed: {ends['run']:,} run, {ends['refused']:,} refused in words, "
          f"{ends['wrong']:,} wrong (none)")  # fmt: skip


if __name__ == "__main__":
    main()
