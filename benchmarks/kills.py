"""Kills at random moments while page, deck, PDF and lists are written: what a reader finds is always whole."""

import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from wom.report import store

KILLS = 30
PLAN = "retailer/make-it-right"


def trouble(reports):
    """What a reader would stumble over below a directory of reports."""
    found = []
    for run in reports.glob("*/[!.]*/"):
        if run.is_symlink() or not run.is_dir():
            continue
        told = store.read(run)
        whole = told and all((run / name).is_file() and store.sha256(run / name) == digest
                             for name, digest in told.get("outputs", {}).items())  # fmt: skip
        if not whole:
            found.append(f"{run}: is not what its manifest says")
        if told and not run.name.startswith("failed-") and "deck.pptx" not in told["outputs"]:
            found.append(f"{run}: counts as whole without its deck")
    found += [f"{link}: points to no whole run" for link in reports.glob("*/latest")
              if store.read(link.resolve()).get("status") != "done"]  # fmt: skip
    pages = (*reports.glob("index.html"), *reports.glob("*/history.html"))
    return found + [f"{page}: is cut off" for page in pages if not page.read_text("utf-8").endswith("</html>\n")]


def main():
    """Print how many kills left anything half-written, and whether the run after them is fine."""
    chance = random.Random(7)
    with tempfile.TemporaryDirectory() as name:
        reports = Path(name) / "reports"
        command = [sys.executable, "-m", "wom", "run", PLAN, "--pdf", "--reports", str(reports)]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        begun = time.monotonic()
        subprocess.run(command, check=True, **quiet)
        whole = time.monotonic() - begun
        found, moments = [], []
        for _ in range(KILLS):
            old = set(reports.glob(f"*/{store.PARTIAL}*"))
            process = subprocess.Popen(command, **quiet)
            while process.poll() is None:  # until its page is there: what comes before is killed by the tests
                if any(page.parent not in old for page in reports.glob(f"*/{store.PARTIAL}*/report.html")):
                    break
                time.sleep(0.01)
            time.sleep(chance.uniform(0, whole / 3))
            moments.append(process.poll() is None)
            process.send_signal(signal.SIGKILL)
            process.wait()
            found += trouble(reports)
        done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=True)
        assert json.loads(done.stdout)["left_out"] == []
        left = [path for path in reports.glob("*/.*") if path.name not in (".lock", ".source")]
        print(f"{sum(moments)} of {KILLS} kills met a run that was still writing; half-written: {len(found)}")
        for line in (*found, *map(str, left)):
            print(f"  {line}")


if __name__ == "__main__":
    main()
