"""Back-tests: how many months of right forecasts the band holds, and which forecasts are called back-tested."""

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import wom
from wom.files import BACK_TESTED

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import test_backtest as shops

FIRMS, TIMES = 40, 100
SETTINGS = [
    (0.05, 0.0, 0.0, 6, 18, 0.0), (0.15, 0.0, 0.01, 3, 12, 0.0), (0.1, 0.3, 0.0, 6, 24, 0.0),
    (0.25, 0.0, 0.0, 9, 27, 0.0), (0.1, 0.0, -0.02, 6, 18, 0.0),
]  # fmt: skip
"""Relative standard deviation, season and growth of a firm, months held out and seen, and height of a launch."""
LAUNCH = [(0.1, 0.0, 0.0, 6, 9, 4.0), (0.1, 0.0, 0.0, 6, 12, 4.0)]
KINDS = {
    "right (.91)": (SETTINGS, {}),
    "1.4 times what comes (.04)": (SETTINGS, {"times": 1.4}),
    "0.6 times what comes (.01)": (SETTINGS, {"times": 0.6}),
    "1.78 times what comes (0)": (SETTINGS, {"times": 1.78}),
    "bands from half to twice and more (0)": (SETTINGS, {"wider": 5.0}),
    "falling by 7 % a month": (SETTINGS, {"decay": -0.07}),
    "after a launch, 1.78 times (0)": (LAUNCH, {"times": 1.78}),
    "after a launch, 1.4 times": (LAUNCH, {"times": 1.4}),
}
"""What each kind of forecast is, with the share that passed in the study of the rule, of more kinds of firms."""


def labelled(settings, times=1.0, decay=0.0, wider=0.0, count=TIMES):
    """Share of forecasts of a kind that are called back-tested: invented firms with noise, growth and seasons."""
    random, passed = np.random.default_rng(0), []
    for cv, season, growth, held, seen, launch in settings:
        at = np.arange(seen + held)
        truth = 100.0 * (1.0 + season * np.sin(np.pi * at / 6)) * np.exp(growth * at)
        truth *= 1.0 + launch * np.exp(-at / 1.5)
        middle = truth[seen:] * times * np.exp(decay * np.arange(1, held + 1))
        reach = max(np.exp(1.645 * cv * (wider or 1.0)), 2.0 if wider else 0.0)
        for _ in range(count):
            came = truth * (1.0 + cv * random.standard_normal(len(at)))
            passed.append(shops.scored(came[:seen], came[seen:], middle, reach).label == BACK_TESTED)
    return float(np.mean(passed))


def main(count=FIRMS):
    """Print coverage by column, how many pass, and how many of each kind of forecast do."""
    found = []
    for seed in range(count):
        with tempfile.TemporaryDirectory() as folder:
            tables = shops.written(shops.firm(seed), Path(folder))
            found.append(wom.backtest(tables, shops.BUSINESS, draws=500))
    scores = pd.concat([one.scores for one in found])
    coverage = (scores["inside"] / scores["months"]).groupby(level=0).mean()
    print(f"{count} firms of a known kind: months within the band of 90 %, by column")
    print("  " + ", ".join(f"{name} {share:.1%}" for name, share in coverage.items()))
    passed = sum(one.basis.label == BACK_TESTED for one in found)
    print(f"  {passed} of {count} count as back-tested (nine of ten)")
    print(f"forecasts called back-tested, {TIMES} of each kind and firm (share in the study of the rule)")
    for name, (settings, kind) in KINDS.items():
        print(f"  {name:<40} {labelled(settings, **kind):.1%}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
