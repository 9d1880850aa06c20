"""What an answer costs, as ratios of processor time within one process: what another machine changes least."""

import time

import numpy as np

import wom
from benchmarks.engine import DRAWS, EXPONENTIALS, MONTHS, business, totals
from wom._run import run
from wom.draws import sample

PLANS = ("retailer/make-it-right", "retailer/front-line-training")


def seconds(work, repeats=5, made=tuple):
    """Processor seconds of the quickest of several runs; what `made` gives them is made off the clock."""
    found = []
    for _ in range(repeats):
        given = made()
        begun = time.process_time()
        work(*given)
        found.append(time.process_time() - begun)
    return min(found)


def line(name, ours, baseline, against, limit, at_most=True):
    """Print one ratio: name, ours, baseline, ratio, limit, whether it is kept."""
    ratio = ours / baseline if at_most else baseline / ours
    kept = ratio <= limit if at_most else ratio >= limit
    sign = "at most" if at_most else "at least"
    print(f"{name:52s} {ours:8.3g} s   {against} {baseline:.3g} s   ratio {ratio:7.1f}   {sign} {limit:g}   "
          f"{'ok' if kept else 'NOT KEPT'}")  # fmt: skip


def main():
    """Print the ratios."""
    numbers = np.random.default_rng(0).uniform(0, 1, DRAWS)
    made = business(DRAWS)

    def exponentials():
        for _ in range(MONTHS * EXPONENTIALS):
            np.exp(numbers)

    base = seconds(exponentials)
    ours = seconds(lambda: totals(*made))
    line(f"engine, {DRAWS:,} draws, {MONTHS} months, totals", ours, base, f"{EXPONENTIALS} exp a month", 5)

    def first():
        """A plan of which nothing is known yet."""
        return (wom.load(PLANS[0]),)

    def both():
        return tuple(map(wom.load, PLANS))

    one = seconds(wom.simulate, 20, first)
    line("spread, 1,000 draws", seconds(wom.spread, 5, first), one, "simulate", 10)
    line("worth_intervals, 200 draws", seconds(wom.worth_intervals, 5, first), one, "simulate", 90)
    line("compare, two plans, 1,000 draws", seconds(wom.compare, 5, both), one, "simulate", 40)
    begin = sample(wom.load(PLANS[0]), 4096).start
    pair = seconds(lambda: run(begin, begin.inputs.schedule).less(run(begin)).npv_by_draw)
    found = []
    study = seconds(lambda plan: found.append(wom.sensitivity(plan)), 1, first)
    # The first edition took 4 of today's pairs, as its draws were anchored three times.
    line("sensitivity, for each 4,096 pairs of runs", study / (found[0].runs / 4096), pair, "the pairs alone", 3.3)
    bare = seconds(lambda plan: sample(plan, 1000), 5, first)
    print(f"  of a spread, drawing and anchoring: {bare / one:.1f} simulate")


if __name__ == "__main__":
    main()
