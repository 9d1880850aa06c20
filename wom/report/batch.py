"""Many reports: each in a directory of its own, one page that ranks them, and nothing done twice after a crash.

The work is done by processes on this machine, or by a Dask cluster: one interface for both.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from ..errors import WomError
from ..exhibits.tables import json_text
from . import processes, record, store
from .lists import BATCH, INDEX, below, rank, ranking
from .run import FAILED, Outcome, Task, attempt, there_already

RANKING, COURSE = "ranking.csv", "batch.jsonl"
JOBS = 2
"""Reports at once on this machine: each keeps one core busy, and a little more."""
INSTALL = "pip install 'wom[dask]'"
_RETRIES = 3
_CONNECT_SECONDS = 30
_WORKERS_SECONDS = 60
_LOOK_SECONDS = 2.0
_GONE_SECONDS = 15.0  # that a scheduler may be out of reach


@dataclass(frozen=True)
class Result:
    """What came of a batch: the outcomes in the order of the tasks, and where the page is."""

    outcomes: tuple[Outcome, ...]
    page: Path
    ranked_by: str

    @property
    def bad(self) -> tuple[Outcome, ...]:
        """Without a report."""
        return tuple(outcome for outcome in self.outcomes if not outcome.good)


def run_batch(
    tasks: Sequence[Task | Outcome],
    output: Path,
    begin: Callable[[], Any],
    *,
    title: str = "Batch",
    rank_by: str = "",
    progress: Progress | None = None,
    source: str = "",
) -> Result:
    """Make many reports below one directory, and write its page of ranks.

    A report whose latest run has the same key is not made again. One that fails does not stop the others. As
    reports come in, a line each goes to `batch.jsonl`, so that a reader sees how far it is; `batch.json` is the
    record, whole at the end.

    Args:
        tasks: what to make; an Outcome stands for what could not even begin.
        output: directory of the batch; tasks have theirs below it.
        begin: gives the executor, as a context.
        title: of the page.
        rank_by: a figure of the reports; the plan's net or the worth by default.
        progress: told of each report.
        source: what the directory is for; empty where anything may go into it.

    Raises:
        BusyError: another batch is at work in `output`.
        OSError: the directory cannot be written.
    """
    store.make(output)
    with store.locked(output):
        if source:
            store.claim_source(output, source)
        clock = time.monotonic()
        about: dict[str, Any] = {
            "status": "running", "title": title, "started": store.stamp(), "finished": None, "seconds": 0.0,
            "ranked_by": "", "code_sha256": record.code_hash(), "versions": record.versions(),
            "checkout": record.checkout(), "last_success": last_success(output), "total": len(tasks),
        }  # fmt: skip
        record.replace_text(output / BATCH, json_text(about | {"items": []}))
        progress = progress or Progress(len(tasks))
        found: dict[str, Outcome] = {}

        def write(status: str, by: str = "") -> None:
            bad = [task.name for task in tasks if task.name not in found or not found[task.name].good]
            about.update(status=status, finished=store.stamp(), seconds=round(time.monotonic() - clock, 3),
                         ranked_by=by, error=f"without a report: {', '.join(bad)}" if bad else None)  # fmt: skip
            if status == "done":
                about["last_success"] = about["finished"]
            items = [
                _item(found[task.name], output) if task.name in found else {"name": task.name, "status": "waiting"}
                for task in tasks
            ]
            record.replace_text(output / BATCH, json_text(about | {"items": items}))
            (output / COURSE).unlink(missing_ok=True)

        try:
            with (output / COURSE).open("w", encoding="utf-8") as course:
                for outcome in _outcomes(tasks, begin):
                    found[outcome.name] = outcome
                    course.write(json.dumps(_item(outcome, output), ensure_ascii=False) + "\n")
                    course.flush()
                    progress.done(outcome.name, outcome.status, outcome.seconds)
        except BaseException:
            write("stopped")
            raise
        outcomes = tuple(found[task.name] for task in tasks)
        ranked, by = rank(outcomes, rank_by)
        record.replace_text(output / INDEX, ranking(title, ranked, by, output))
        record.replace_text(output / RANKING, ranking_csv(ranked, by))
        write("done" if all(outcome.good for outcome in outcomes) else "failed", by)
        return Result(outcomes, output / INDEX, by)


def _outcomes(tasks: Sequence[Task | Outcome], begin: Callable[[], Any]) -> Iterator[Outcome]:
    """What came of each task, as it comes in."""
    made = []
    for task in tasks:
        if isinstance(task, Outcome):
            yield task
            continue
        once = replace(task, again=False)
        if there := there_already(once):
            yield there
        else:
            made.append(once)
    with begin() as pool:
        waiting = {pool.submit(plainly, task): task.name for task in made}
        while waiting:
            completed, _ = wait(waiting, _LOOK_SECONDS, FIRST_COMPLETED)
            getattr(pool, "check", bool)()  # of a cluster: whether anybody is still at work
            for done in completed:
                name = waiting.pop(done)
                try:
                    yield from_plain(done.result())
                except processes.StoppedError:
                    raise
                except CancelledError:
                    yield Outcome(name, FAILED, 1, "it was cancelled")
                except Exception as error:  # the cluster gave it up, after several tries
                    text = f"it could not be made: {type(error).__name__}: {error}"
                    yield Outcome(name, FAILED, 1, record.hide(text.split("\n")[0]))


def plainly(task: Task) -> dict[str, Any]:
    """`attempt`, with an answer of plain data, as another machine gives it."""
    outcome = attempt(task)
    return {**vars(outcome), "run": str(outcome.run) if outcome.run else None, "summary": dict(outcome.summary)}


def from_plain(answer: dict[str, Any]) -> Outcome:
    """The outcome of such an answer."""
    return Outcome(**answer | {"run": Path(answer["run"]) if answer["run"] else None})


def _item(outcome: Outcome, output: Path) -> dict[str, Any]:
    return {
        "name": outcome.name,
        "status": outcome.status,
        "error": outcome.message or None,
        "run": below(outcome.run, output) if outcome.run else None,
        "seconds": outcome.seconds,
        "figures": dict(outcome.figures),
    }


def last_success(output: Path) -> str | None:
    """When a batch was last made without a report missing; None where it never was."""
    found = record.read_json(output / BATCH).get("last_success")
    return found if isinstance(found, str) else None


def ranking_csv(ranked: Sequence[Outcome], by: str) -> str:
    """The ranking as CSV: rank, name, figures, status, error."""
    figures = list(dict.fromkeys(name for outcome in ranked for name in outcome.figures))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["rank", "name", *figures, "status", "error"])
    for place, outcome in enumerate(ranked, start=1):
        numbers = (outcome.figures.get(name, "") for name in figures)
        error = outcome.message.split("\n")[0]
        name = f"'{outcome.name}" if outcome.name[:1] in "=+-@" else outcome.name  # no formula of a spreadsheet
        writer.writerow([place if by in outcome.figures else "", name, *numbers, outcome.status, error])
    return out.getvalue()


class Progress:
    """Tells on standard error, in a line for each report, how many are done and how long the others will take."""

    def __init__(self, total: int) -> None:
        self.total, self.count = total, 0
        self._begun = time.monotonic()
        self._made = 0

    def done(self, name: str, status: str, seconds: float = 0.0) -> None:
        """One report more is there, or has failed."""
        self.count += 1
        self._made += status != "same"
        took = f" in {seconds:.1f} s" if status == "done" else ""
        left = ""
        if self._made and self.count < self.total:
            each = (time.monotonic() - self._begun) / self._made
            left = f", {duration(each * (self.total - self.count))} left"
        said = {"same": "there already"}.get(status, status)
        with contextlib.suppress(OSError):  # a console that is full or gone costs nobody a report
            print(f"{self.count} of {self.total}  {name}: {said}{took}{left}", file=sys.stderr, flush=True)


def duration(seconds: float) -> str:
    """A time span as people say it: 42 s, 3 min, 2 h 2 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


# --- Who does the work ---


@contextmanager
def executor(jobs: int = JOBS, scheduler: str = "", output: Path | None = None) -> Iterator[Executor]:
    """An executor of the standard library's interface; leaving it lets go of everything that has not begun.

    Its tasks start processes of their own, so that threads are enough here.

    Raises:
        WomError: Dask is not installed, the scheduler does not answer, or a worker differs or does not see the
            directory.
    """
    if scheduler:
        with _dask(scheduler, output) as pool:
            yield pool
        return
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="report")
    try:
        yield pool
    except BaseException:
        processes.stopping.set()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        processes.stopping.clear()


@contextmanager
def _dask(scheduler: str, output: Path | None) -> Iterator[Executor]:
    try:
        distributed: Any = import_module("distributed")
    except ImportError as error:
        raise WomError(f"--scheduler needs Dask: {INSTALL}") from error
    try:
        scheme, _ = distributed.comm.parse_address(scheduler)
        distributed.comm.registry.get_backend(
            scheme
        )  # a client that cannot begin would wait for a minute at its end
        client = distributed.Client(scheduler, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise WomError(
            f"no Dask scheduler answers at {scheduler}: {error}; start one with: dask scheduler"
        ) from error
    pool: Any = None
    try:
        _check_workers(client, scheduler, output)
        # equal calls are no reason for one result: they leave files
        pool = client.get_executor(pure=False, retries=_RETRIES)
        pool.check = _Watch(client, scheduler)
        yield pool
    finally:
        if pool is not None:
            with contextlib.suppress(Exception):  # a scheduler that is gone has nothing left to cancel
                pool.shutdown(wait=False)
        with contextlib.suppress(Exception):
            client.close(timeout=5)


def _check_workers(client: Any, scheduler: str, output: Path | None) -> None:
    try:
        client.wait_for_workers(1, timeout=_WORKERS_SECONDS)
    except TimeoutError as error:
        raise WomError(f"{scheduler} has no workers; start some with: dask worker {scheduler}") from error
    try:
        found = client.run(_state, str(output) if output else "")
    except Exception as error:  # whatever a worker without wom says
        raise WomError(f"the workers of {scheduler} cannot run wom: {error}; install {INSTALL} there") from error
    ours = record.versions()
    for worker, (code, theirs, sees) in found.items():
        for name in (name for name in ours if theirs.get(name) != ours[name]):
            raise WomError(
                f"worker {worker} has {name} {theirs.get(name)}, this machine {ours[name]}: results would differ; "
                "install the same versions everywhere"
            )
        if code != record.code_hash():
            raise WomError(f"worker {worker} runs other code of wom; install the same everywhere")
        if not sees:
            raise WomError(f"worker {worker} does not see {output}; choose an --output that all machines share")


def _state(output: str) -> tuple[str, dict[str, str], bool]:
    """On a worker: which code and versions it runs, and whether it sees a directory."""
    return record.code_hash(), record.versions(), not output or Path(output).is_dir()


class _Watch:
    """Says when a scheduler has gone away: its client would wait for it for ever."""

    def __init__(self, client: Any, scheduler: str) -> None:
        self._client, self._scheduler, self._seen = client, scheduler, time.monotonic()

    def __call__(self) -> None:
        if self._client.status == "running":
            self._seen = time.monotonic()
        elif time.monotonic() > self._seen + _GONE_SECONDS:
            raise WomError(
                f"the Dask scheduler at {self._scheduler} is gone; reports that are there stay: start it, and run "
                "the same again"
            )
