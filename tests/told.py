"""Reports that several test files look at, made once."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from wom import reporting

GIVEN = {
    "workshop": {"name": "Harbour & Co."},
    "scenario_report": {"scenario": "supplier/call-back"},
}
"""Notebooks and their parameters."""


@cache
def report(name: str) -> Path:
    """The directory of a finished run of a notebook."""
    folder = Path(tempfile.mkdtemp(prefix="wom-told-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return reporting.run_report(reporting.find(name), GIVEN[name], folder).path
