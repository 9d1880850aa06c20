"""The engine against NumPy's own exponentials: the work that no version could leave out."""

import resource
import time

import numpy as np

import wom
from wom import anchoring, engine
from wom.units import discount_factors

DRAWS, MONTHS, EXPONENTIALS = 10_000, 120, 14
VARIED = ("word_of_mouth.reach_good", "experience.bad_share", "reviews.effect_per_star", "spending.uplift_size")


def business(draws: int, segments: int = 1):
    """A retailer of so many draws and equal segments, anchored, with what differs between draws made to differ."""
    case = wom.load("retailer/today")
    spread = np.random.default_rng(0).uniform(0.9, 1.1, (1, draws))
    values = {key: np.repeat(value, segments, axis=0) if len(value) == 1 else value
              for key, value in case.inputs().parameters.items()}  # fmt: skip
    for key in ("market.homophily", "market.referral_share", "reviews.memory_months"):
        values[key] = values[key][:1]
    values |= {key: values[key] * spread for key in VARIED}
    hidden, state, *_ = anchoring.hidden_values(values)
    return values, hidden, state


def totals(values, hidden, state, months=MONTHS):
    """Revenue and worth of every draw, nothing else kept."""
    factors = discount_factors(values["economics.discount_rate"], months)
    revenue = worth = 0.0
    for factor, month in zip(factors, engine.months(values, hidden, state, months), strict=True):
        revenue = revenue + month.revenue
        worth = worth + factor * month.contribution
    return revenue, worth


def best(work, repeats=7):
    """Seconds of the fastest of several runs: what the machine can do when nothing disturbs it."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def main():
    """Print the ratios."""
    numbers = np.random.default_rng(0).uniform(0, 1, DRAWS)

    def exponentials():
        for _ in range(MONTHS * EXPONENTIALS):
            np.exp(numbers)

    made = business(DRAWS)
    base, run = best(exponentials), best(lambda: totals(*made))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"engine, {DRAWS:,} draws x {MONTHS} months x 1 segment, totals only: {run:.3f} s")
    print(
        f"  over {EXPONENTIALS} exp a month on as many numbers ({base:.3f} s): {run / base:.1f} times (at most 8)"
    )
    print(f"  peak memory of the process: {peak:.0f} MB (under 600)")
    double = business(2 * DRAWS)
    four = business(DRAWS, segments=4)
    print(f"  twice the draws: {best(lambda: totals(*double)) / run:.2f} times the time (linear is 2)")
    print(f"  four segments: {best(lambda: totals(*four)) / run:.2f} times the time (linear is 4)")
    one = business(1)
    print(f"  one draw, 36 months: {best(lambda: totals(*one, months=36)) * 1e3:.1f} ms")
    sample = best(lambda: wom.simulate(wom.load("retailer/today")))
    print(f"  wom.simulate of the sample, 36 months: {sample * 1e3:.0f} ms")


if __name__ == "__main__":
    main()
