"""Beside PySD, the EMA workbench and lifetimes, each in an environment of its own, since their pins are not ours.

PySD runs a word-of-mouth model of three stocks (customers, prospects, revenue), one draw after the other; the EMA
workbench runs the same three stocks as a function, once for each experiment. Ours is the full model, all draws at
once: 9 exponentials and some 150 passes over arrays a month where theirs has 2 and a dozen. So a ratio says how
much more of a model the same time buys, and does not compare like with like: without wide vectors (AVX-512) 20
times the workbench would be a full month in the time of some 15 exponentials. Limits are what such a processor
keeps with room for noise (measured 380 to 500, 12 to 20). Like with like is a loop around our own model, as PySD
and the workbench do it, against all draws at once (some 800). lifetimes fits BG/NBD to customers that we fit too.
"""

import json
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import numpy as np

from benchmarks.engine import business, totals
from benchmarks.ratios import line, seconds
from wom.calibration import buying
from wom.units import DAYS_PER_MONTH

DRAWS, MONTHS, RUNS, CUSTOMERS = 10_000, 120, 50, 100_000

EQUATIONS = {
    "customers": ("INTEG(new - lost, 5000)", "people"),
    "prospects": ("INTEG(lost - new, 45000)", "people"),
    "revenue": ("INTEG(customers * spend, 0)", "currency"),
    "new": ("prospects * (1 - EXP(-(base + persuaded * customers * reach / 50000)))", "people"),
    "lost": ("customers * (1 - EXP(-hazard))", "people"),
    "reach": ("0.6", "people"),
    "base": ("0.002", "1"),
    "persuaded": ("0.03", "1"),
    "hazard": ("0.03", "1"),
    "spend": ("45", "currency"),
    "INITIAL TIME": ("0", "Month"),
    "FINAL TIME": (str(MONTHS), "Month"),
    "TIME STEP": ("1", "Month"),
    "SAVEPER": ("TIME STEP", "Month"),
}
"""The model for PySD, in Vensim's language."""

PYSD = f"""
import json, sys, time, warnings
warnings.simplefilter("ignore")
import pysd
model = pysd.read_vensim(sys.argv[1])
begun = time.process_time()
for draw in range({RUNS}):
    reach = {{"reach": 0.4 + 0.01 * draw}}
    last = model.run(params=reach, return_columns=["revenue"], return_timestamps=[{MONTHS}])
print(json.dumps([(time.process_time() - begun) / {RUNS}, float(last["revenue"].iloc[-1])]))
"""

EMA = f"""
import json, sys, time, warnings
warnings.simplefilter("ignore")
import numpy as np
from ema_workbench import Model, RealParameter, ScalarOutcome, SequentialEvaluator, ema_logging
def talk(reach=0.6):
    customers, prospects, revenue = 5000.0, 45000.0, 0.0
    for month in range({MONTHS}):
        new = prospects * (1 - np.exp(-(0.002 + 0.03 * customers * reach / 50000)))
        lost = customers * (1 - np.exp(-0.03))
        revenue += customers * 45
        customers, prospects = customers + new - lost, prospects + lost - new
    return {{"revenue": revenue}}
model = Model("talk", function=talk)
model.uncertainties = [RealParameter("reach", 0.4, 0.9)]
model.outcomes = [ScalarOutcome("revenue")]
begun = time.process_time()
with SequentialEvaluator(model) as evaluator:
    _, found = evaluator.perform_experiments(scenarios=20 * {RUNS})
print(json.dumps([(time.process_time() - begun) / (20 * {RUNS}), float(found["revenue"].mean())]))
"""

LIFETIMES = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import numpy as np
from lifetimes import BetaGeoFitter
x, last, age = np.load(sys.argv[1])
begun = time.process_time()
fit = BetaGeoFitter().fit(x, last, age)
print(json.dumps([time.process_time() - begun, float(fit.params_["alpha"])]))
"""


def beside(folder, packages, code, *arguments):
    """What a program prints that runs with these packages alone; None, with the reason, where they are not had."""
    home = Path(folder) / packages[0]
    venv.create(home, with_pip=True)
    python = home / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages]
    for command in (install, [str(python), "-c", code, *map(str, arguments)]):
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        if ended.returncode:
            print(f"  {packages[0]}: not compared, {ended.stderr.strip().splitlines()[-1]}")
            return None
    return json.loads(ended.stdout.strip().splitlines()[-1])


def customers(age, random):
    """Repeat purchases and the day of the last of BG/NBD customers: r .8, α 40 days, a .8, b 2.5."""
    rate, leaves = random.gamma(0.8, 1 / 40.0, len(age)), random.beta(0.8, 2.5, len(age))
    repeats, last, alive = np.zeros(len(age)), np.zeros(len(age)), np.ones(len(age), bool)
    while alive.any():
        day = last + random.exponential(1 / np.maximum(rate, 1e-12))
        alive &= day <= age
        repeats, last = repeats + alive, np.where(alive, day, last)
        alive &= random.random(len(age)) >= leaves
    return repeats, np.floor(last)


def main():
    """Print the ratios."""
    made = business(DRAWS)
    ours = seconds(lambda: totals(*made)) / DRAWS
    age = np.random.default_rng(0).integers(30, 731, CUSTOMERS).astype(float)
    x, last = customers(age, np.random.default_rng(1))
    begun = time.process_time()
    rows = buying.Buyers(x, last / DAYS_PER_MONTH, age / DAYS_PER_MONTH, np.ones(CUSTOMERS)).coarse()[0]
    fit = buying.fit(rows, buying.GEOMETRIC, once=False, prior=False)
    fitting = time.process_time() - begun
    with tempfile.TemporaryDirectory() as folder:
        model, table = Path(folder) / "talk.mdl", Path(folder) / "customers.npy"
        text = [f"{name} = {value}\n\t~\t{unit}\n\t~\t\t|\n" for name, (value, unit) in EQUATIONS.items()]
        model.write_text("{UTF-8}\n" + "".join(text), encoding="utf-8")
        np.save(table, np.stack([x, last, age]))
        print(f"per draw of {MONTHS} months: ours is the full model in {DRAWS:,} draws, theirs three stocks")
        if found := beside(folder, ("pysd",), PYSD, model):
            line("PySD, final value of three stocks", ours, found[0], "PySD", 300, at_most=False)
        if found := beside(folder, ("ema-workbench",), EMA):
            line("EMA workbench, sequential, three stocks", ours, found[0], "EMA", 10, at_most=False)
        alone = business(1)
        by_draw = seconds(lambda: totals(*alone))
        line("the full model in a loop, one draw each", ours, by_draw, "loop", 100, at_most=False)
        if found := beside(folder, ("lifetimes",), LIFETIMES, table):
            line(f"lifetimes, BG/NBD of {CUSTOMERS:,} customers", fitting, found[0], "lifetimes", 1, at_most=False)
            print(f"  alpha {fit.parameters[1] * DAYS_PER_MONTH:.4g} days and theirs {found[1]:.4g}")


if __name__ == "__main__":
    main()
