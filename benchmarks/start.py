"""Whole processes: importing wom, a first run, and from `wom run` to HTML, against what nobody can do without."""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat


def seconds(*command, repeats=5):
    """Median seconds of a process, after one run that warms the disk."""
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def main():
    """Print the ratios."""
    python, door = (seconds(sys.executable, "-c", code) for code in ("pass", "import wom"))
    print(f"import wom: {door - python:.2f} s beyond Python itself ({python:.2f} s); at most 0.1")
    libraries = seconds(sys.executable, "-c", "import numpy, scipy.special, pandas, pydantic")
    first = seconds(sys.executable, "-c", "import wom; wom.simulate('retailer/today')")
    print(f"the first run: {first - libraries:.2f} s beyond its libraries ({libraries:.2f} s); at most 0.6")
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.ipynb"
        notebook = nbformat.v4.new_notebook()
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, empty)
        papermill = seconds(sys.executable, "-m", "papermill", str(empty), str(Path(folder) / "out.ipynb"))
        output = str(Path(folder) / "reports")
        run = seconds(sys.executable, "-m", "wom", "run", "retailer/front-line-training", "--output", output)
    print(f"wom run to HTML: {run:.1f} s, {run / papermill:.2f} times a bare papermill run of an empty notebook "
          f"({papermill:.1f} s); under 3")  # fmt: skip


if __name__ == "__main__":
    main()
