"""Batches against plain papermill, a sweep against one report, and memory over hundreds of runs."""

import json
import re
import subprocess
import sys
import tempfile
import time
from multiprocessing import forkserver
from pathlib import Path

import nbformat

from wom import report
from wom.report.batch import executor, run_batch
from wom.report.run import Task

REPORTS, RUNS = 20, 200
PLAN = "retailer/front-line-training"
SMALL = """\
from wom.exhibits import publish
import wom
publish("numbers", {"npv": wom.simulate(wom.load("retailer/today").replace(changes)).npv})
"""


def seconds(*command):
    """Wall clock of a process."""
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    took = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"{command} failed:\n{done.stderr}")
    return took


def shares():
    """The share of bad experiences in each report."""
    return [round(0.03 + 0.002 * number, 4) for number in range(REPORTS)]


def papermill(notebook, folder):
    """The same notebook by plain papermill, one after the other."""
    total = 0.0
    for share in shares():
        parameters = json.dumps({"scenario": PLAN, "changes": {"experience.bad_share": share}})
        output = str(folder / f"{share}.ipynb")
        command = [sys.executable, "-m", "papermill", str(notebook), output, "-y", parameters, "--no-progress-bar"]
        total += seconds(*command)
    return total


def batch(folder):
    """The same reports, each with HTML, results and manifest, two at a time."""
    rows = "\n".join(f"b{number},{share}" for number, share in enumerate(shares()))
    (folder / "branches.csv").write_text(f"name,experience.bad_share\n{rows}\n")
    wom = [sys.executable, "-m", "wom", "batch", PLAN, "--csv", str(folder / "branches.csv"), "--jobs", "2"]
    return seconds(*wom, "--output", str(folder / "batch"))


def sweep(folder):
    """A grid of 1,000 points in one report, and one report by itself."""
    wom = [sys.executable, "-m", "wom"]
    axes = [
        f"{key}={first}:{last}:10"
        for key, first, last in (
            ("experience.bad_share", 0.02, 0.1),
            ("experience.good_share", 0.1, 0.4),
            ("experience.recovered_share", 0.1, 0.7),
        )
    ]
    grid = [part for axis in axes for part in ("--grid", axis)]
    single = seconds(*wom, "run", PLAN, "--output", str(folder / "single"))
    many = seconds(*wom, "batch", PLAN, *grid, "--output", str(folder / "grid"))
    return many, single


def resident(pid="self"):
    """Resident memory of a process in MB."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024


def descriptors(pid="self"):
    """Files that a process has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def memory(folder):
    """Memory and open files of the process that hands out the work, and of the fork server, after a few runs and
    after many."""
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    parameters = nbformat.v4.new_code_cell("changes: dict = {}  # values", metadata={"tags": ["parameters"]})
    notebook.cells = [parameters, nbformat.v4.new_code_cell(SMALL)]
    path = folder / "small.ipynb"
    nbformat.write(notebook, path)

    def make(count, name):
        tasks = [
            Task(f"{name}{number}", path, {"changes": {"experience.bad_share": 0.02 + number / 10_000}},
                 folder / name / str(number))
            for number in range(count)
        ]  # fmt: skip
        return run_batch(tasks, folder / name, lambda: executor(2), progress=lambda _: None)

    make(RUNS // 10, "few")
    both = ("self", forkserver._forkserver._forkserver_pid)
    before = [(resident(pid), descriptors(pid)) for pid in both]
    start = time.perf_counter()
    done = make(RUNS, "many")
    assert not done.bad, done.bad[0]
    took = time.perf_counter() - start
    return before, [(resident(pid), descriptors(pid)) for pid in both], took


def main():
    """Print the ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        notebook = report.find("scenario_report").absolute()
        alone, ours = papermill(notebook, folder), batch(folder)
        print(f"{REPORTS} reports, two at a time: {ours:.1f} s, {ours / alone:.2f} times plain papermill one "
              f"after the other ({alone:.1f} s); at most 0.5")  # fmt: skip
        many, single = sweep(folder)
        print(f"grid of 1,000 points in one report: {many:.1f} s, {many / single:.2f} times one report "
              f"({single:.1f} s); under 3")  # fmt: skip
        print(f"one report with slides and deck: {single:.1f} s, {single * REPORTS / alone:.2f} times plain "
              "papermill of its notebook; at most 0.8")  # fmt: skip
        before, after, took = memory(folder)
        for place, who in enumerate(("command", "fork server")):
            (was, opened), (now, open_now) = before[place], after[place]
            print(f"{who} after {RUNS} runs more: {now:.0f} MB, {now - was:+.1f} MB; {open_now} files open, "
                  f"{open_now - opened:+d}; flat")  # fmt: skip
        print(f"  {took / RUNS:.2f} s for each of them, two at a time")


if __name__ == "__main__":
    main()
