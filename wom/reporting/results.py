"""What a notebook handed over: read from the executed notebook, written as JSON and CSV."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..exhibits.tables import csv_text
from .display import RESULT, check_name
from .notebook import ReportError
from .values import json_text

RESULTS = "results.json"


def published(executed: Path) -> tuple[dict[str, Any], list[str]]:
    """What an executed notebook handed over: the results by name, and which of them are tables.

    Errors:
        ReportError: two results of one name, or a name that cannot be a file name.
    """
    results: dict[str, Any] = {}
    tables = []
    for cell in json.loads(executed.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            entry = output.get("data", {}).get(RESULT)
            if entry is None:
                continue
            name = str(entry["name"])
            try:
                check_name(name)
            except InputError as error:
                raise ReportError(str(error), notebook=executed) from error
            if name in results:
                raise ReportError(f"the notebook publishes {name} twice", notebook=executed)
            value = entry["value"]
            results[name] = {key: value[key] for key in entry["order"]} if "order" in entry else value
            if entry["kind"] == "table":
                tables.append(name)
    return results, tables


def write(executed: Path, work: Path) -> tuple[dict[str, Any], list[str]]:
    """Write `results.json` and a CSV file per table beside an executed notebook.

    Returns:
        The results by name, and which of them are tables.

    Errors:
        ReportError: as for `published`.
        OSError: a file cannot be written.
    """
    results, tables = published(executed)
    (work / RESULTS).write_text(json_text(results), encoding="utf-8")
    for name in tables:
        (work / f"{name}.csv").write_text(csv_text(results[name]), encoding="utf-8", newline="")
    return results, tables


def read(run: Path) -> dict[str, Any]:
    """The results of a run's directory; empty where there are none that can be read."""
    try:
        found = json.loads((run / RESULTS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
