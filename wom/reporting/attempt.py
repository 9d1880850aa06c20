"""Make a report and answer what came of it, on this machine or on another.

`attempt` makes the report in a process of its own and answers whatever happens to that process. It is what runs
under every executor: both ends of it can be pickled, and doing it twice leaves one report.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..errors import InputError, WomError
from . import identity, manifest, own_process, places, privacy
from .lock import BusyError, locked
from .notebook import ReportError
from .run import run_report, same
from .work import BUSY, DONE, FAILED, REFUSED, SAME, Outcome, Task

_GRACE = 20.0  # seconds after the time limit in which the run puts itself aside, before it is killed
_LOCK_WAIT = 10.0


def perform(task: Task) -> Outcome:
    """Make the report in this process.

    Returns:
        What came of it: a failure that is somebody's business is an outcome, not an exception.
    """
    try:
        report = run_report(
            task.notebook,
            task.parameters,
            task.output,
            inputs=task.inputs,
            time_limit=task.time_limit,
            keep=task.keep,
            again=task.again,
            wait=task.wait,
            wanted=task.wanted,
        )
    except BusyError as error:
        return Outcome(task.name, BUSY, error.exit_code, str(error))
    except InputError as error:
        return Outcome(task.name, REFUSED, error.exit_code, privacy.hide(str(error)))
    except WomError as error:
        kept = error.notebook.parent if isinstance(error, ReportError) and error.notebook else None
        return Outcome(task.name, FAILED, error.exit_code, privacy.hide(str(error)), kept or _last_failure(task))
    return from_run(task.name, report.path, DONE if report.made else SAME)


def attempt(task: Task) -> Outcome:
    """Make the report in a process of its own.

    Returns:
        What came of it. A process that was killed leaves a failed run that says so.

    Errors:
        StoppedError: everything was told to stop.
    """
    limit = None if task.time_limit is None else task.time_limit + _GRACE
    try:
        outcome: Outcome = own_process.call(perform, task, seconds=limit)
    except (own_process.EndedError, own_process.FaultError, own_process.TooLongError) as error:
        if isinstance(error, own_process.EndedError) and task.tries > 1:
            return attempt(replace(task, tries=task.tries - 1))
        message = f"{task.notebook.name}: {privacy.hide(str(error))}"
        return Outcome(task.name, FAILED, 1, message, _put_aside(task, message))
    return outcome


def there_already(task: Task) -> Outcome | None:
    """The outcome of a task of which the report is there; None where it must be made.

    Args:
        task: with `again` True it is never there.
    """
    if task.again:
        return None
    try:
        last = same(task.output, identity.key(task.notebook, task.parameters, task.inputs), task.wanted)
    except InputError:
        return None
    return from_run(task.name, last, SAME) if last else None


def from_run(name: str, run: Path, status: str) -> Outcome:
    """The outcome that a run's directory tells of."""
    record = manifest.read(run)
    return Outcome(name, status, 0, "", run, record.get("summary", {}), record.get("seconds", 0.0))


def refuse(task_output: Path, notebook: str, error: WomError) -> Path | None:
    """Leave a manifest of a run that could not begin, for who is told of failures.

    Args:
        task_output: the directory of runs.
        notebook: its name.
        error: why.

    Returns:
        The failed run's directory; None where it cannot be written.
    """
    started = places.now()
    try:
        places.make(task_output)
        with locked(task_output, _LOCK_WAIT):
            work = places.claim(task_output, started.strftime("%Y%m%dT%H%M%SZ"))
            record = {"status": "failed", "error": privacy.hide(str(error)), "notebook": notebook,
                      "run_id": work.name.removeprefix(places.PARTIAL), "started": started.isoformat(),
                      "finished": started.isoformat(timespec="milliseconds"), "seconds": 0.0}  # fmt: skip
            manifest.write(work, record | {"versions": manifest.versions(), "checkout": manifest.checkout()})
            return places.put_aside(work)
    except (OSError, WomError):
        return None


def _last_failure(task: Task) -> Path | None:
    failures = places.runs(task.output, failed=True) if task.output.is_dir() else []
    return failures[-1] if failures else None


def _put_aside(task: Task, reason: str) -> Path | None:
    """What the killed process left, as a failed run."""
    try:
        with locked(task.output, _LOCK_WAIT):
            left = places.clear(task.output, reason)
            if task.keep is not None:
                places.prune(task.output, task.keep)
    except (OSError, WomError):
        return None
    return left[-1] if left else None
