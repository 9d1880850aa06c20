"""The population: a million people for three years, and contagion alone beside NDlib and EoN."""

import importlib.util
import json
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np

import wom
from wom import population
from wom.anchoring import Start
from wom.engine import Hidden, State
from wom.parameters import QUANTITIES

MONTHS = 36
SECONDS, MEGABYTES = 60, 1_500
NETWORKS = {
    "well mixed": "None",
    "small world": "population.watts_strogatz(10**6, 10, 0.1)",
    "hubs": "population.barabasi_albert(10**6, 5)",
    "random graph": "population.watts_strogatz(10**6, 10, 1.0)",
}
MEASURED = """
import json, resource, time, wom
from wom import population
start = time.perf_counter()
network = {network}
built = time.perf_counter()
market = {{"market.size": 1_000_000, "market.customers": 50_000, "market.new_customers_per_month": 1_500}}
scenario = wom.load("retailer/front-line-training").replace(market)
run = population.simulate(scenario, network=network)
done = time.perf_counter()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([built - start, done - built, peak, run.people]))
"""

PEOPLE, KNOWN, PASSES, STOPS, FIRST = 100_000, 10, 0.02, 0.1, 0.01
"""Contagion alone: people, acquaintances, messages to each a month, hazard to stop, share at first."""


def measured(network):
    """Seconds to build and to run, peak MB and people, of a process of its own."""
    code = MEASURED.format(network=network)
    result = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return json.loads(result.stdout)


def contagion(network, seed=0):
    """Whoever hears joins at once, tells acquaintances and stops one day: nothing else of the model is on."""
    values = {key: np.zeros((1, 1)) for key in QUANTITIES}
    values |= {key: np.ones((1, 1)) for key, quantity in QUANTITIES.items() if quantity.plan_only}
    values |= {
        key: np.full((1, 1), value)
        for key, value in {
            "market.size": PEOPLE,
            "market.category_purchase_rate": 10.0,
            "experience.contacts_per_month": 1.0,
            "experience.good_share": 1.0,
            "experience.memory_months": 1.0,
            "retention.delighted_hazard_ratio": 1.0,
            "retention.disappointed_hazard_ratio": 1.0,
            "word_of_mouth.stories_per_month": 1.0,
            "word_of_mouth.reach_good": PASSES * KNOWN / -np.expm1(-1.0),  # a customer tells 1 - 1/e stories
            "word_of_mouth.memory_months": 1e9,
            "word_of_mouth.shift_good": 0.5,
            "word_of_mouth.causal_share": 20.0,  # hearing takes the chance to join from 1e-12 to 1 - e^-10
            "word_of_mouth.churn_hazard_ratio": 1.0,
            "word_of_mouth.loyalty_hazard_ratio": 1.0,
            "reviews.reader_share": 1.0,
            "reviews.memory_months": 1.0,
        }.items()
    }
    customers, empty = PEOPLE * FIRST, np.zeros((1, 1))
    hidden = Hidden(*(np.full((1, 1), value) for value in (STOPS, 1.0, -30.0, 1.0, np.nan)))
    state = State(
        np.array([customers, 0.0, 0.0]).reshape(3, 1, 1),
        np.array([PEOPLE - customers, 0.0, 0.0]).reshape(3, 1, 1),
        empty, empty, empty,
    )  # fmt: skip
    inputs = replace(wom.load("retailer/today").inputs(), parameters=values, horizon_months=MONTHS)
    last = population.follow(Start(inputs, hidden, state), network, seed=seed, settle=0).monthly.iloc[-1]
    return last.customers + last.new_customers - last.lost_customers


def ndlib(pairs):
    """SIS in steps of a month; the share who pass it on or stop is that of a month at these hazards."""
    import networkx
    from ndlib.models.epidemics import SISModel
    from ndlib.models.ModelConfig import Configuration

    graph = networkx.from_edgelist(pairs)
    start = time.perf_counter()
    model = SISModel(graph, seed=0)
    config = Configuration()
    for name, value in (("beta", -np.expm1(-PASSES)), ("lambda", -np.expm1(-STOPS)), ("fraction_infected", FIRST)):
        config.add_model_parameter(name, value)
    model.set_initial_status(config)
    last = model.iteration_bunch(MONTHS + 1)[-1]["node_count"][1]
    return time.perf_counter() - start, last


def eon(pairs):
    """SIS in continuous time."""
    import EoN
    import networkx

    graph = networkx.from_edgelist(pairs)
    start = time.perf_counter()
    _, _, infected = EoN.fast_SIS(graph, PASSES, STOPS, rho=FIRST, tmax=MONTHS)
    return time.perf_counter() - start, infected[-1]


def main():
    """Print times and peak memory against their bounds, then the contagion alone."""
    for name, network in NETWORKS.items():
        build, run, peak, people = measured(network)
        print(f"{people:,} people, 5 % customers, {MONTHS} months, {name}: network {build:.1f} s, run {run:.1f} s "
              f"(under {SECONDS}), peak {peak:.0f} MB (under {MEGABYTES:,})")  # fmt: skip
    network = population.watts_strogatz(PEOPLE, KNOWN, 0.1)
    start = time.perf_counter()
    last = contagion(network)
    ours = time.perf_counter() - start
    print(f"contagion alone, {PEOPLE:,} people who know {KNOWN}, {MONTHS} months: {ours:.2f} s, "
          f"{last / PEOPLE:.1%} at the end")  # fmt: skip
    person = np.repeat(np.arange(network.size), network.degrees)
    pairs = [(a, b) for a, b in zip(person.tolist(), network.indices.tolist(), strict=True) if a < b]
    for module, title, other in (("ndlib", "NDlib", ndlib), ("EoN", "EoN", eon)):
        if importlib.util.find_spec(module) is None:
            print(f"  {title}: not installed")
            continue
        seconds, last = other(pairs)
        print(f"  {title}: {seconds:.2f} s, {seconds / ours:.0f} times ours, {last / PEOPLE:.1%} at the end")


if __name__ == "__main__":
    main()
