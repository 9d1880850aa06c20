"""Worth and mechanisms of a business of four segments over 36 months, in calls of one plain run."""

import statistics
import time

import wom

MOST = 25


def seconds(work, repeats=9):
    """Median of several runs."""
    found = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def main():
    """Print the ratio."""
    scenario = wom.load("supplier/right-first-time")
    parts = {
        "customer_worth": lambda: wom.customer_worth(scenario),
        "experience_worth": lambda: wom.experience_worth(scenario),
        "reproduction_number": lambda: wom.reproduction_number(scenario),
        "mechanisms of the plan": lambda: wom.mechanisms(scenario),
        "mechanisms of today": lambda: wom.mechanisms(scenario, level=True),
    }
    one = seconds(lambda: wom.simulate(scenario))
    each = {name: seconds(work) for name, work in parts.items()}
    total = sum(each.values())
    size = f"{len(scenario.segments)} segments, {scenario.horizon_months} months"
    print(f"one wom.simulate of one draw, {size}: {1e3 * one:.1f} ms")
    for name, taken in each.items():
        print(f"  {name:24s} {1e3 * taken:6.1f} ms  {taken / one:4.1f} runs")
    print(f"  {'all of it':24s} {1e3 * total:6.1f} ms  {total / one:4.1f} runs (at most {MOST})")


if __name__ == "__main__":
    main()
