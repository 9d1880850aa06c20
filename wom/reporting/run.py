"""One run of a report: everything made aside, then put under its final name at once."""

from __future__ import annotations

import datetime
import json
import re
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError, WomError, shorten
from . import manifest
from .arguments import check
from .display import RESULT, check_name
from .notebook import EXECUTED, ReportError, execute
from .values import csv_text, json_text

_PARTIAL, _FAILED, _LATEST = ".partial-", "failed-", "latest"
_DAY = 24 * 3600.0


@dataclass(frozen=True)
class Report:
    """A finished run: its directory, the files to open, and the results that the notebook published.

    `tables` gives the CSV file of each published table.
    """

    path: Path
    html: Path
    notebook: Path
    results: Mapping[str, Any]
    tables: Mapping[str, Path]

    @property
    def run_id(self) -> str:
        """The run's name: when it started, in UTC."""
        return self.path.name


def run_report(
    notebook: Path,
    parameters: Mapping[str, Any],
    output: Path,
    *,
    run_id: str | None = None,
    inputs: Iterable[Path] = (),
    timeout_per_cell: int | None = None,
) -> Report:
    """Run a notebook and leave its report in a directory of its own below `output`.

    There appear at once: `notebook.ipynb`, `report.html`, `results.json`, a CSV file per published table and
    `manifest.json`; then `latest` points to them. A failed run is kept as `failed-<run_id>` and moves nothing.

    Args:
        notebook: what to run.
        parameters: values for its parameters.
        output: the directory of all runs; made if need be.
        run_id: name of this run; the time in UTC if None. Where it is taken, -2, -3 … is appended.
        inputs: files that the result depends on; their SHA-256 goes into the manifest.
        timeout_per_cell: seconds, or None for no limit.

    Returns:
        Where everything is, and the results.

    Errors:
        InputError: an unknown or mistyped parameter, an input that cannot be read; nothing was written.
        ReportError: the notebook failed; it says where and where the notebook is kept.
        WomError: the output cannot be written.
    """
    values = check(notebook, parameters)
    hashed = {str(notebook): _hash(notebook), **{str(path): _hash(path) for path in inputs}}
    started = datetime.datetime.now(datetime.UTC)
    clock = time.monotonic()
    work: Path | None = None
    try:
        work = _claim(output, run_id or started.strftime("%Y%m%dT%H%M%SZ"))
        name = work.name.removeprefix(_PARTIAL)
        record = {
            "status": "done",
            "error": None,
            "run_id": name,
            "started": started.isoformat(timespec="seconds"),
            "seconds": 0.0,
            "notebook": notebook.name,
            "parameters": values,
            "inputs": hashed,
            "outputs": {},
            "versions": manifest.versions(),
            "checkout": manifest.checkout(),
        }
        try:
            executed = execute(notebook, values, work, timeout_per_cell)
            results, tables = _write_results(executed, work)
            from . import html

            page = html.convert(executed, values, run_id=name)
            (work / "report.html").write_text(page, encoding="utf-8")
        except ReportError as error:
            raise _keep(work, output / f"{_FAILED}{name}", record, error, clock) from error
        _write_manifest(work, record, clock)
        final = work.replace(output / name)
        work = None
        _point_latest(output, name)
    except OSError as error:
        place = error.filename or output
        raise WomError(
            f"{place}: cannot be written: {error.strerror or error}; free it or choose another output directory"
        ) from error
    finally:
        if work is not None:  # interrupted, or nothing worth keeping
            shutil.rmtree(work, ignore_errors=True)
    files = {table: final / f"{table}.csv" for table in tables}
    return Report(final, final / "report.html", final / EXECUTED, results, files)


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


def _write_results(executed: Path, work: Path) -> tuple[dict[str, Any], list[str]]:
    results, tables = published(executed)
    (work / "results.json").write_text(json_text(results), encoding="utf-8")
    for name in tables:
        (work / f"{name}.csv").write_text(csv_text(results[name]), encoding="utf-8", newline="")
    return results, tables


def _write_manifest(work: Path, record: dict[str, Any], clock: float) -> None:
    outputs = sorted(path for path in work.rglob("*") if path.is_file())
    record |= {
        "outputs": manifest.hashes(outputs, work),
        "seconds": round(time.monotonic() - clock, 3),
    }
    (work / "manifest.json").write_text(json_text(record), encoding="utf-8")


def _keep(work: Path, place: Path, record: dict[str, Any], error: ReportError, clock: float) -> ReportError:
    """Put a failed run aside under its own name."""
    for path in work.iterdir():
        if path.name != EXECUTED:
            path.unlink()
    record |= {"status": "failed", "error": str(ReportError(error.problem, reason=error.reason))}
    _write_manifest(work, record, clock)
    work.replace(place)
    kept = place / EXECUTED
    return error.kept_at(kept) if kept.exists() else error


def _claim(output: Path, wanted: str) -> Path:
    """A working directory that no other run has, after clearing away what dead runs left."""
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]{0,99}", wanted, re.ASCII) or wanted.startswith((_LATEST, _FAILED)):
        raise InputError(f"must be letters, digits, - and _, is {shorten(wanted)}", "run_id")
    if output.exists() and not output.is_dir():
        raise WomError(f"{output}: is a file; the output must be a directory")
    output.mkdir(parents=True, exist_ok=True)
    for left in output.glob(f"{_PARTIAL}*"):
        if _age(left) > _DAY:
            shutil.rmtree(left, ignore_errors=True)
    attempt = 1
    while True:
        name = wanted if attempt == 1 else f"{wanted}-{attempt}"
        attempt += 1
        work = output / f"{_PARTIAL}{name}"
        try:
            work.mkdir()
        except FileExistsError:
            continue
        # only after the claim: between the two looks another run may have finished
        if not (output / name).exists() and not (output / f"{_FAILED}{name}").exists():
            return work
        work.rmdir()


def _age(left: Path) -> float:
    """Seconds since anything in a directory changed."""
    times = [path.stat().st_mtime for path in (left, *left.glob("*")) if path.exists()]
    return time.time() - max(times, default=time.time())


def _point_latest(output: Path, name: str) -> None:
    new = output / f".{_LATEST}-{name}"
    try:
        new.symlink_to(name, target_is_directory=True)
        new.replace(output / _LATEST)
    except (OSError, NotImplementedError):  # no symbolic links here, or something else has the name
        new.unlink(missing_ok=True)
        new.write_text(name + "\n", encoding="utf-8")
        new.replace(output / f"{_LATEST}.txt")


def _hash(path: Path) -> str:
    try:
        return manifest.sha256(path)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=str(path)) from error
