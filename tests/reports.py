"""Small notebooks that do one thing, and what tests of reports wait for."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat

from wom.report.notebook import EXECUTED, RESULT, ReportError
from wom.report.run import perform

WOM = [sys.executable, "-m", "wom"]
PARAMETERS = """\
scenario: str = "retailer/today"  # which business
changes: dict = {}  # other values
horizon_months: int = 36  # how far
seed: int = 7  # of everything random
since: "date" = "2026-01-31"  # first day
"""
PUBLISH = """\
from wom.exhibits import publish
publish("title", changes.get("title", "Small"))
publish("numbers", {"npv": float(changes.get("worth", 1)), "months": horizon_months})
"""


def notebook(path, *sources, parameters=PARAMETERS, tagged=1, kernel="python3"):
    """A notebook of code cells below one of parameters; a source that begins with #md is Markdown."""
    tags = {"tags": ["parameters"]}
    cells = [nbformat.v4.new_code_cell(parameters, metadata=tags) for _ in range(tagged)]
    for source in sources:
        new = nbformat.v4.new_markdown_cell if source.startswith("#md ") else nbformat.v4.new_code_cell
        cells.append(new(source.removeprefix("#md ")))
    kernelspec = {"name": kernel, "display_name": "Python 3", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernelspec}), path)
    return path


def as_if_run(path, copy, published=None):
    """A copy of a notebook whose cells look as if they had run; what it gives are the values `published`."""
    content = nbformat.read(path, as_version=4)
    results = [{"name": name, "kind": "value", "value": value} for name, value in (published or {}).items()]
    outputs = [nbformat.v4.new_output("display_data", {RESULT: one}) for one in results]
    content.cells.append(nbformat.v4.new_code_cell("1", outputs=outputs))
    for place, cell in enumerate(content.cells, start=1):
        if cell.cell_type == "code":
            cell.execution_count = place
    nbformat.write(content, copy)
    return copy


def at_once(patch, published=lambda parameters: {}):
    """Reports are made in this process, without a kernel, of what `published` gives; those called bad fail."""

    def execute(path, parameters, work, *_, **__):
        if path.stem == "bad":
            raise ReportError("ZeroDivisionError")
        return as_if_run(path, work / EXECUTED, published(parameters))

    patch.setattr("wom.report.run.execute", execute)
    for place in ("run", "batch"):
        patch.setattr(f"wom.report.{place}.attempt", perform)


def told_of(run, name="manifest.json"):
    """What a run's manifest says, or another file of JSON."""
    return json.loads((run / name).read_text(encoding="utf-8"))


def names(folder):
    """What a reader sees in a directory."""
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


# --- processes ---------------------------------------------------------------------------------------------------


def start(*arguments, **options):
    """The command line as a process of its own, which hears Ctrl-C also where a shell has put us into the
    background."""
    return subprocess.Popen(
        [*WOM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        **{"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL), **options},
    )  # fmt: skip


def tells_pids(place):
    """A cell that writes down the kernel's process and its parent's, and then waits for a minute."""
    return (
        f"import os, pathlib, time\nplace = pathlib.Path({str(place)!r})\n"
        "place.with_suffix('.new').write_text(str(os.getpid()) + ' ' + os.environ['JPY_PARENT_PID'])\n"
        "place.with_suffix('.new').replace(place)\ntime.sleep(60)"
    )


def wait_for(found, seconds=120.0):
    """Wait until something is true; the value, or an error that says what did not come."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := found():
            return value
        time.sleep(0.03)
    raise AssertionError(f"not within {seconds} s: {found}")


def pids(place):
    """The two processes, as soon as they are known."""
    wait_for(place.exists)
    kernel, runner = place.read_text().split()
    return int(kernel), int(runner)


def alive(pid):
    """Whether a process is there and not merely waiting to be cleared away."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        return False


def gone(pid, seconds=60.0):
    """Wait until a process has ended."""
    wait_for(lambda: not alive(pid), seconds)


def server_pid():
    """The process that this one's reports are forked from."""
    from multiprocessing import forkserver

    return int(forkserver._forkserver._forkserver_pid)
