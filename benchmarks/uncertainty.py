"""Draws against the engine alone: what ranges, anchoring, chance and sensitivity cost on top."""

import resource

import numpy as np

import wom
from benchmarks.engine import best
from wom.analysis.sensitivity import evaluate
from wom.anchoring import hidden_values
from wom.draws import sample, scores, uncertain
from wom.engine import months
from wom.units import discount_factors

DRAWS, RUNS = 10_000, 130_000
PLAN = "retailer/make-it-right"


def engine(begun, horizon):
    """Revenue and worth of every draw without anchoring, nothing else kept."""
    factors = discount_factors(begun.inputs.parameters["economics.discount_rate"], horizon)
    course = months(begun.inputs.parameters, begun.hidden, begun.state, horizon)
    return sum(factor * month.contribution for factor, month in zip(factors, course, strict=True))


def spread(results):
    """Standard deviation over seeds of a mean and of a 5th percentile, contradictions left out."""
    return np.array([(np.nanmean(result), np.nanquantile(result, 0.05)) for result in results]).std(axis=0)


def main():
    """Print the ratios."""
    plan = wom.load(PLAN)
    parameters = uncertain(plan)
    begun = sample(plan, DRAWS).start
    alone = best(lambda: engine(begun, 36))
    anchoring = best(lambda: hidden_values(begun.inputs.parameters))
    drawing = best(lambda: sample(plan, DRAWS), repeats=3)
    keeping = best(lambda: wom.simulate(plan, draws=DRAWS), repeats=3)
    print(f"{DRAWS:,} draws x 36 months x 1 segment, engine alone: {alone:.3f} s")
    print(f"  with anchoring: {(alone + anchoring) / alone:.1f} times (under 10)")
    print(
        f"  with drawing {len(parameters)} ranges, contradictions left out: {(alone + drawing) / alone:.1f} times"
    )
    print(f"  wom.simulate, every flow kept: {keeping / alone:.1f} times")

    points = scores(parameters, RUNS)
    seconds = best(lambda: evaluate(plan, parameters, points, "net"), repeats=1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{RUNS:,} pairs of runs: {seconds:.1f} s, {seconds / alone * DRAWS / RUNS:.1f} times the engine alone")
    print(f"  peak memory of the process: {peak:.0f} MB (under 1,500)")
    found = []
    study = best(lambda: found.append(wom.sensitivity(plan)), repeats=1)
    print(f"wom.sensitivity, {found[0].runs:,} pairs of runs and 200 resamples: {study:.1f} s")

    small = plan.replace({"market.customers": 200, "market.size": 4_000, "market.new_customers_per_month": 6})
    expected, by_chance = (
        best(lambda chance=chance: wom.simulate(small, draws=1000, ranges=False, chance=chance), repeats=3)
        for chance in (False, True)
    )
    print(f"1,000 courses by chance, 200 customers: {by_chance:.2f} s, {by_chance / expected:.0f} times expected")

    ours = [evaluate(plan, parameters, scores(parameters, 2000, seed), "net") for seed in range(40)]
    rngs = [np.random.default_rng(seed) for seed in range(40)]
    plain = [evaluate(plan, parameters, rng.standard_normal((len(parameters), 2000)), "net") for rng in rngs]
    mean, low = spread(plain) / spread(ours)
    print(f"2,000 draws against independent ones: mean {mean:.1f}, 5th percentile {low:.1f} times as exact")


if __name__ == "__main__":
    main()
