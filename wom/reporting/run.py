"""One run of a report: everything made aside, then put under its final name at once."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import WomError
from . import identity, manifest, packages, places, privacy, results, since
from .arguments import check
from .lock import locked
from .notebook import EXECUTED, ReportError, execute
from .summary import summarise
from .work import Wanted

PAGE, RANKING = "report.html", "ranking.html"
NOTHING = Wanted()


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
    made: bool = True
    """False where an earlier run of equal key was enough."""

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
    time_limit: float | None = None,
    keep: int | None = None,
    again: bool = True,
    wait: float = 0.5,
    wanted: Wanted = NOTHING,
) -> Report:
    """Run a notebook and leave its report in a directory of its own below `output`.

    There appear at once: `notebook.ipynb`, `report.html`, `results.json`, a CSV file per published table,
    `manifest.json`, and where wanted `deck.pptx`, `slides.html` and PDFs; then `latest` points to them. A
    failed run is kept as `failed-<run_id>` with notebook, log and manifest, and moves nothing. So is, by the
    next run, what a killed run left.

    Args:
        notebook: what to run.
        parameters: values for its parameters.
        output: the directory of all runs; made if need be. One run at a time works in it.
        run_id: name of this run; the time in UTC if None. Where it is taken, -2, -3 … is appended.
        inputs: files that the result depends on; their SHA-256 goes into the manifest, as does that of each
            file that a parameter names.
        timeout_per_cell: seconds, or None for no limit.
        time_limit: seconds for all of the run, or None for no limit.
        keep: how many whole runs and how many failed ones to leave in `output`; None leaves all.
        again: False makes nothing where the latest run has the same `key` and all of its files.
        wait: seconds to wait for another run to leave `output`.
        wanted: what the report comes as besides its page. What of it cannot be made is left out, with a line
            each under `left_out` in the manifest: it costs nobody the report.

    Returns:
        Where everything is, and the results.

    Errors:
        InputError: an unknown or mistyped parameter, an input that cannot be read; nothing was written.
        BusyError: another run is at work in `output`.
        ReportError: the notebook failed; it says where and where the notebook is kept.
        WomError: the output cannot be written.
    """
    started, clock = places.now(), time.monotonic()
    values = check(notebook, parameters)
    privacy.refuse(values)
    files = identity.files(values, inputs)
    record = {"status": "running", "error": None, "run_id": "", "started": started.isoformat()}
    record |= identity.identity(notebook, values, identity.hashes(files)) | {"checkout": manifest.checkout()}
    name = run_id or started.strftime("%Y%m%dT%H%M%SZ")
    places.check_run_id(name)
    deadline = None if time_limit is None else clock + time_limit
    try:
        places.make(output)
        with locked(output, wait):
            places.clear(output)
            if not again and (last := same(output, str(record["key"]), wanted)):
                return _report(last, made=False)
            work = places.claim(output, name)
            record["run_id"] = work.name.removeprefix(places.PARTIAL)
            try:
                manifest.write(work, record)
                found = _make(notebook, values, work, record, timeout_per_cell, deadline, wanted)
                identity.check_unchanged(record, notebook, files)
                record |= _ending(found, record, places.latest(output))
                final = _publish(work, record, clock)
            except ReportError as error:
                raise _keep(work, record, error, clock) from error
            except OSError as error:
                _keep(work, record, ReportError(f"cannot be written: {error.strerror or error}"), clock)
                raise
            finally:
                shutil.rmtree(work, ignore_errors=True)  # interrupted, or nothing could be kept
                if keep is not None:
                    places.prune(output, keep)
    except OSError as error:
        place = error.filename or output
        raise WomError(
            f"{place}: cannot be written: {error.strerror or error}; free it or choose another output directory"
        ) from error
    return _report(final)


def _report(run: Path, *, made: bool = True) -> Report:
    tables = {path.stem: path for path in sorted(run.glob("*.csv"))}
    return Report(run, run / PAGE, run / EXECUTED, results.read(run), tables, made)


def same(output: Path, key: str, wanted: Wanted = NOTHING) -> Path | None:
    """The latest run, if it is of this key, comes as it should, and has lost nothing.

    Args:
        output: the directory of runs; it need not exist.
        key: from `wom.reporting.identity.key`.
        wanted: what it comes as besides its page.
    """
    last = places.latest(output)
    record = manifest.read(last) if last else {}
    if not last or record.get("key") != key or not all((last / name).is_file() for name in record["outputs"]):
        return None
    return last if not wanted.anything or record.get("wanted") == wanted.described() else None


def _make(
    notebook: Path,
    values: Mapping[str, Any],
    work: Path,
    record: dict[str, Any],
    timeout_per_cell: int | None,
    deadline: float | None,
    wanted: Wanted,
) -> dict[str, Any]:
    """Notebook, results, page and what else is wanted into the working directory."""
    try:
        if wanted.deck:
            packages.load_ahead()
        executed = execute(notebook, values, work, timeout_per_cell, deadline=deadline, log=work / places.LOG)
        found, _ = results.write(executed, work)
        from . import html, variants

        page = html.convert(executed, values, run_id=str(record["run_id"]))
        (work / PAGE).write_text(page, encoding="utf-8")
        if ranking := variants.page(found):
            (work / RANKING).write_text(ranking, encoding="utf-8")
    except (WomError, OSError):
        raise
    except Exception as error:  # a fault of a package below: a failed run like any other, and never a lost one
        raise ReportError("no report could be made", reason=f"{type(error).__name__}: {error}") from error
    if deadline is not None and time.monotonic() > deadline:
        raise ReportError("no report could be made", reason="its time was over")
    if wanted.anything:
        from .extras import extras

        record["hidden"] = privacy.clean(work)  # what is made from the notebook now could not be cleaned afterwards
        _, left_out = extras(work, wanted, deadline)
        record |= {"wanted": wanted.described(), "left_out": [privacy.hide(line) for line in left_out]}
    return found


def _publish(work: Path, record: dict[str, Any], clock: float) -> Path:
    (work / places.LOG).unlink(missing_ok=True)
    record["hidden"] = sorted({*record.get("hidden", []), *privacy.clean(work)})
    _close(work, record, "done", clock)
    return places.publish(work)


def _keep(work: Path, record: dict[str, Any], error: ReportError, clock: float) -> ReportError:
    """Put a failed run aside under its own name; nothing where not even that can be written."""
    record["error"] = privacy.hide(str(ReportError(error.problem, reason=error.reason)))
    try:
        places.only_evidence(work)
        privacy.clean(work)
        _close(work, record, "failed", clock)
        kept = places.put_aside(work) / EXECUTED
    except OSError:
        return error
    return error.kept_at(kept) if kept.exists() else error


def _close(work: Path, record: dict[str, Any], status: str, clock: float) -> None:
    outputs = sorted(path for path in work.rglob("*") if path.is_file() and path.name != manifest.MANIFEST)
    record |= {
        "status": status,
        "finished": places.stamp(),
        "seconds": round(time.monotonic() - clock, 3),
        "outputs": manifest.hashes(outputs, work),
    }
    manifest.write(work, record)


def _ending(found: Mapping[str, Any], record: Mapping[str, Any], last: Path | None) -> dict[str, Any]:
    """What the manifest says of the results, and of what moved since the last run."""
    told: dict[str, Any] = {"summary": summarise(found), "since": None}
    if last is not None:
        before = manifest.read(last)
        told["since"] = since.compare(before, {**record, **told}, results.read(last), found)
    return told
