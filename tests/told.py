"""Reports that several test files look at, made once, with their decks and slide shows."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from wom import reporting
from wom.reporting.work import Wanted

GIVEN = {
    "workshop": {"name": "Harbour & Co."},
    "scenario_report": {"scenario": "supplier/call-back"},
    "customer_worth": {"scenario": "supplier/today"},
    "compare_plans": {"scenario": "retailer/make-it-right", "others": ["retailer/front-line-training"]},
    "uncertainty": {"scenario": "retailer/make-it-right", "draws": 200, "precision": 32},
    "calibrate": {"draws": 200},
    "overlap": {"people": 2000, "repeats": 2, "horizon_months": 6},
    "sweep": {"grid": {"experience.bad_share": [0.02, 0.06, 0.1], "experience.good_share": [0.1, 0.25, 0.4]}},
}
"""Notebooks and their parameters."""


def report(name: str) -> Path:
    """The directory of a finished run of a notebook."""
    return run(name).path


@cache
def run(name: str) -> reporting.Report:
    """A finished run of a notebook."""
    folder = Path(tempfile.mkdtemp(prefix="wom-told-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return reporting.run_report(reporting.find(name), GIVEN[name], folder, wanted=Wanted(deck=True))
