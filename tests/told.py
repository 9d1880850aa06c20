"""Notebooks that several test files look at, run once: as reports with decks, and by plain papermill."""

import atexit
import contextlib
import shutil
import tempfile
import warnings
from functools import cache
from pathlib import Path

import papermill

import wom
from wom import report as reports
from wom.report.parts import Wanted

GIVEN = {
    "workshop": {"name": "Harbour & Co."},
    "scenario_report": {"scenario": "supplier/call-back"},
    "customer_worth": {"scenario": "supplier/today"},
    "compare_plans": {"scenario": "retailer/make-it-right", "others": ["retailer/front-line-training"]},
    "uncertainty": {"scenario": "retailer/make-it-right", "draws": 200, "precision": 32},
    "calibrate": {"draws": 200},
    "evidence": {"draws": 256},
    "calculators": {"draws": 128},
    "overlap": {"people": 2000, "repeats": 2, "horizon_months": 6},
    "sweep": {"grid": {"experience.bad_share": [0.02, 0.06, 0.1], "experience.good_share": [0.1, 0.25, 0.4]}},
}
"""Notebooks that become reports, and their parameters."""

PLAIN = {
    "workshop": {"customers": 900},
    "scenario_report": {"scenario": "retailer/front-line-training"},
    "customer_worth": {"scenario": "retailer/today", "believed_good_share": 0.45, "believed_bad_share": 0.02},
    "compare_plans": {"scenario": "supplier/call-back", "others": ["supplier/right-first-time"], "budget": 9e4},
    "uncertainty": {"scenario": "supplier/call-back"},
    "calibrate": {"hold_out": -1},
    "evidence": {"draws": 64},
    "calculators": {"draws": 64},
    "overlap": {"scenario": "supplier/call-back", "people": 2000, "repeats": 2, "horizon_months": 6},
    "sweep": {"scenario": "supplier/call-back"},
    "explore": {"scenario": "supplier/call-back"},
}
"""Notebooks for plain papermill, where there are two samples on the other one than in `GIVEN`."""


def report(name: str) -> Path:
    """The directory of a finished run of a notebook."""
    return run(name).path


@cache
def run(name: str) -> reports.Report:
    """A finished run of a notebook."""
    return reports.run_report(reports.find(name), GIVEN[name], _folder(), wanted=Wanted(deck=True))


@cache
def plain(name: str) -> Path:
    """A notebook as papermill alone leaves it, run in an empty folder."""
    folder = _folder()
    with contextlib.chdir(folder), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what papermill and its kernel warn of is not ours
        papermill.execute_notebook(
            str(Path(wom.__file__).parents[1] / "notebooks" / f"{name}.ipynb"),
            "out.ipynb",
            parameters=PLAIN[name],
            kernel_name="python3",
            progress_bar=False,
        )
    return folder / "out.ipynb"


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="wom-told-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
