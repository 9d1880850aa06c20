"""One run of a report: everything made aside, then put under its final name at once; and what came of it."""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from ..errors import InputError, WomError
from . import parts, processes, store, summary
from .notebook import EXECUTED, RESULTS, ReportError, check, execute, write_results
from .parts import PAGE, Wanted

DONE, SAME, FAILED, REFUSED, BUSY = "done", "same", "failed", "refused", "busy"
_GRACE = 20.0  # seconds after the time limit in which the run puts itself aside, before it is killed


@dataclass(frozen=True)
class Report:
    """A finished run: its directory, its page, and the results and tables (CSV files) that the notebook published.

    `made` is False where an earlier run of equal key was enough.
    """

    path: Path
    html: Path
    notebook: Path
    results: Mapping[str, Any]
    tables: Mapping[str, Path]
    made: bool = True

    @property
    def run_id(self) -> str:
        """The run's name: when it started, in UTC."""
        return self.path.name


@dataclass(frozen=True)
class Task:
    """A report to be made, as a piece of work for this machine or another: it can be pickled.

    Args:
        name: what lists call it.
        notebook: what to run.
        parameters: values for its parameters.
        output: the directory of all runs; made if need be. One run at a time works in it.
        inputs: files that the result depends on; their SHA-256 goes into the manifest, as does that of each
            file that a parameter names.
        source: what the directory is for, from `store.source_of`; empty where anything may go into it.
        time_limit: seconds for all of the run, or None for no limit.
        keep: how many whole runs and how many failed ones to leave in `output`; None leaves all.
        again: False makes nothing where the latest run has the same `key` and all of its files.
        wait: seconds to wait for another run to leave `output`.
        tries: how often to begin where its process is killed.
        wanted: what the report comes as besides its page. What of it cannot be made is left out, with a line
            each under `left_out` in the manifest: it costs nobody the report.
    """

    name: str
    notebook: Path
    parameters: Mapping[str, Any]
    output: Path
    inputs: tuple[Path, ...] = ()
    source: str = ""
    time_limit: float | None = None
    keep: int | None = None
    again: bool = True
    wait: float = 0.5
    tries: int = 1
    wanted: Wanted = field(default_factory=Wanted)


def run_report(notebook: Path, parameters: Mapping[str, Any], output: Path, **options: Any) -> Report:
    """Run a notebook and leave its report in a directory of its own below `output`.

    There appear at once: `notebook.ipynb`, `report.html`, `results.json`, a CSV file per published table,
    `manifest.json`, and where wanted `deck.pptx`, `slides.html` and PDFs; then `latest` points to them. A
    failed run is kept as `failed-<run_id>` with notebook, log and manifest, and moves nothing. So is, by the
    next run, what a killed run left.

    Args:
        notebook, parameters, output, options: the fields of a `Task`.

    Raises:
        InputError: an unknown or mistyped parameter, an input that cannot be read; nothing was written.
        BusyError: another run is at work in `output`.
        ReportError: the notebook failed; it says where and where the notebook is kept.
        WomError: the output cannot be written.
    """
    return _make(Task(notebook.name, notebook, parameters, output, **options))


def _make(task: Task) -> Report:
    output = task.output
    started, clock = store.now(), time.monotonic()
    values = check(task.notebook, task.parameters)
    store.refuse_secrets(values)
    about: dict[str, Any] = {"status": "running", "error": None, "run_id": "", "started": started.isoformat()}
    about |= store.identity(task.notebook, values, task.inputs) | {"checkout": store.checkout()}
    about["wanted"] = task.wanted.described()
    try:
        store.make(output)
        with store.locked(output, task.wait):
            store.clear(output)
            if task.source:
                store.claim_source(output, task.source)
            if not task.again and (last := _same(output, str(about["key"]), task.wanted)):
                return _report(last, made=False)
            work = store.claim(output, f"{started:%Y%m%dT%H%M%SZ}")
            about["run_id"] = work.name.removeprefix(store.PARTIAL)
            try:
                store.write(work, about)
                _fill(task, work, about, clock)
                _close(work, about, DONE, clock)
                final = store.publish(work)
            except ReportError as error:
                raise _keep(work, about, error, clock) from error
            except OSError as error:
                _keep(work, about, ReportError(f"cannot be written: {error.strerror or error}"), clock)
                raise
            finally:
                shutil.rmtree(work, ignore_errors=True)  # interrupted, or nothing could be kept
                if task.keep is not None:
                    store.prune(output, task.keep)
    except OSError as error:
        place = error.filename or output
        raise WomError(
            f"{place}: cannot be written: {error.strerror or error}; free it or choose another output directory"
        ) from error
    return _report(final)


def _report(run: Path, *, made: bool = True) -> Report:
    tables = {path.stem: path for path in sorted(run.glob("*.csv"))}
    return Report(run, run / PAGE, run / EXECUTED, store.read_json(run / RESULTS), tables, made)


def _same(output: Path, key: str, wanted: Wanted) -> Path | None:
    """The latest run, if it is of this key, comes as it should, and has lost nothing."""
    last = store.latest(output)
    about = store.read(last) if last else {}
    if not last or about.get("key") != key or not all((last / name).is_file() for name in about["outputs"]):
        return None
    return last if wanted.within(about.get("wanted", {})) else None


def _fill(task: Task, work: Path, about: dict[str, Any], clock: float) -> None:
    """Notebook, results, page and what else is wanted into the working directory, and what to say of them."""
    wanted, deadline = task.wanted, None if task.time_limit is None else clock + task.time_limit
    log = work / store.LOG
    try:
        threading.Thread(target=_load, args=(wanted,), daemon=True).start()
        executed = execute(task.notebook, about["parameters"], work, deadline=deadline, log=log)
        about["hidden"] = store.clean(work)
        found = write_results(executed)
        parts.page(executed, str(about["run_id"]), found, wanted)
    except (WomError, OSError):
        raise
    except Exception as error:  # a fault of a package below: a failed run like any other, and never a lost one
        raise ReportError("no report could be made", reason=f"{type(error).__name__}: {error}") from error
    if deadline is not None and time.monotonic() > deadline:
        raise ReportError("no report could be made", reason="its time was over")
    if wanted.anything:
        about["left_out"] = [store.hide(line) for line in parts.extras(work, wanted, deadline)[1]]
    for name, digest in {**about["inputs"], str(task.notebook): about["notebook_sha256"]}.items():
        if not Path(name).is_file() or store.sha256(Path(name)) != digest:
            raise ReportError(f"{name} changed while the report was made", reason="run it again")
    about |= {"summary": summary.summarise(found), "since": None}
    if last := store.latest(task.output):
        about["since"] = summary.compare(store.read(last), about, store.read_json(last / RESULTS), found)
    log.unlink(missing_ok=True)
    if not wanted.notebook:
        executed.unlink()


def _load(wanted: Wanted) -> None:
    """Load what makes pages while the notebook's own process computes."""
    for name in processes.PAGES if wanted.deck else processes.PAGES[:1]:
        with contextlib.suppress(ImportError):  # said where it is needed
            import_module(name)


def _keep(work: Path, about: dict[str, Any], error: ReportError, clock: float) -> ReportError:
    """Put a failed run aside under its own name; nothing where not even that can be written."""
    about["error"], error.notebook = store.hide(error.said), None
    try:
        store.only_evidence(work)
        about["hidden"] = store.clean(work)
        _close(work, about, FAILED, clock)
        kept = store.put_aside(work) / EXECUTED
    except OSError:
        return error
    error.notebook = kept if kept.exists() else None
    return error


def _close(work: Path, about: dict[str, Any], status: str, clock: float) -> None:
    outputs = sorted(path for path in work.rglob("*") if path.is_file() and path.name != store.MANIFEST)
    about |= {"status": status, "finished": store.stamp(), "seconds": round(time.monotonic() - clock, 3)}
    store.write(work, about | {"outputs": store.hashes(outputs, work)})


@dataclass(frozen=True)
class Outcome:
    """What came of a task. `run` is the directory of the run, whole or failed, where there is one."""

    name: str
    status: str
    exit_code: int
    message: str = ""
    run: Path | None = None
    summary: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        """Whether the report is there."""
        return self.status in (DONE, SAME)

    @property
    def figures(self) -> Mapping[str, float]:
        """The figures that the report opens with, by name."""
        found: Mapping[str, float] = self.summary.get("figures", {})
        return found


def perform(task: Task) -> Outcome:
    """Make the report in this process; a failure that is somebody's business is an outcome, no exception."""
    try:
        report = _make(task)
    except WomError as error:
        refused = REFUSED if isinstance(error, InputError) else FAILED
        status = BUSY if isinstance(error, store.BusyError) else refused
        kept = error.notebook.parent if isinstance(error, ReportError) and error.notebook else None
        if kept is None and status == FAILED and task.output.is_dir():
            kept = next(reversed(store.runs(task.output, failed=True)), None)
        return Outcome(task.name, status, error.exit_code, store.hide(str(error)), kept)
    return _there(task.name, report.path, DONE if report.made else SAME)


def attempt(task: Task) -> Outcome:
    """Make the report in a process of its own, and answer whatever happens to it: twice leaves one report."""
    limit = None if task.time_limit is None else task.time_limit + _GRACE
    try:
        outcome: Outcome = processes.call(perform, task, seconds=limit, kernel=True)
    except processes.CallError as error:
        if isinstance(error, processes.EndedError) and task.tries > 1:
            return attempt(replace(task, tries=task.tries - 1))
        message, left = f"{task.notebook.name}: {store.hide(str(error))}", None
        with contextlib.suppress(OSError, WomError), store.locked(task.output, 10.0):
            left = next(reversed(store.clear(task.output, message)), None)  # what the killed process left
            if task.keep is not None:
                store.prune(task.output, task.keep)
        return Outcome(task.name, FAILED, 1, message, left)
    return outcome


def there_already(task: Task) -> Outcome | None:
    """The outcome of a task of which the report is there; None where it must be made."""
    if task.again:
        return None
    try:
        about = store.identity(task.notebook, check(task.notebook, task.parameters), task.inputs)
        last = _same(task.output, str(about["key"]), task.wanted)
    except InputError:
        return None
    return _there(task.name, last, SAME) if last else None


def _there(name: str, run: Path, status: str) -> Outcome:
    about = store.read(run)
    return Outcome(name, status, 0, "", run, about.get("summary", {}), about.get("seconds", 0.0))
