"""Notebooks that are run once for all tests that look at them: as reports, and one by plain papermill."""

import atexit
import contextlib
import shutil
import tempfile
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import papermill

from wom import report as reports

SMALL = {"people": 2000, "repeats": 2, "horizon_months": 6}
GRID = {"experience.bad_share": [0.02, 0.06, 0.1], "experience.good_share": [0.1, 0.25, 0.4]}
GIVEN: dict[str, dict[str, Any]] = {
    "report_workshop": {"name": "Harbour & Co."},
    "report_scenario_report": {"scenario": "supplier/call-back"},
    "report_customer_worth": {"scenario": "supplier/today"},
    "report_compare_plans": {"scenario": "retailer/make-it-right", "others": ["retailer/front-line-training"]},
    "report_uncertainty": {"scenario": "retailer/make-it-right", "draws": 200, "precision": 32},
    "report_calibrate": {"draws": 200},
    "report_evidence": {"draws": 64},
    "report_calculators": {"draws": 64},
    "report_overlap": SMALL,
    "report_sweep": {"grid": GRID},
    "notebook_scenario_report": {"scenario": "retailer/front-line-training"},
    "notebook_customer_worth": {
        "scenario": "retailer/today", "believed_good_share": 0.45, "believed_bad_share": 0.02,
    },
    "notebook_compare_plans": {
        "scenario": "supplier/call-back", "others": ["supplier/right-first-time"], "budget": 9e4,
    },
    "notebook_explore": {"scenario": "supplier/call-back"},
}  # fmt: skip
"""Parameters by the name under which the results are frozen: notebooks on one sample, and on the other."""


def notebook_of(name: str) -> Path:
    """The notebook behind a name in `GIVEN`."""
    return reports.find(name.partition("_")[2])


@cache
def run(name: str) -> reports.Report:
    """A finished run of a notebook."""
    return reports.run_report(notebook_of(name), GIVEN[name], _folder())


@cache
def plain(name: str) -> Path:
    """A notebook as papermill alone leaves it, run in an empty folder."""
    folder = _folder()
    with contextlib.chdir(folder), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what papermill and its kernel warn of is not ours
        papermill.execute_notebook(
            str(notebook_of(name)), "out.ipynb", GIVEN[name], kernel_name="python3", progress_bar=False
        )
    return folder / "out.ipynb"


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="wom-told-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
