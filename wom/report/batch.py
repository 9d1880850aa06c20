"""Many reports: each in a directory of its own, one page that ranks them, and nothing done twice after a crash.

The work is done by processes on this machine, or by a Dask cluster: one interface for both.
"""

from __future__ import annotations

import contextlib
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
from ..exhibits.tables import csv_text, json_text
from . import processes, store
from .lists import BATCH, INDEX, below, rank, ranking
from .notebook import replace_text
from .run import FAILED, Outcome, Task, attempt, there_already

RANKING, COURSE = "ranking.csv", "batch.jsonl"
JOBS = 2
"""Reports at once on this machine: each keeps one core busy, and a little more."""
INSTALL = "pip install 'wom[dask]'"
_CONNECT_SECONDS = 30
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
    progress: Callable[[Outcome], None] | None = None,
    source: str = "",
) -> Result:
    """Make many reports below one directory, and write its page of ranks.

    A report whose latest run has the same key is not made again. One that fails does not stop the others. As
    reports come in, a line each goes to `batch.jsonl`, so that a reader sees how far it is; `batch.json` is the
    record, whole at the end.
    """
    store.make(output)
    with store.locked(output):
        if source:
            store.claim_source(output, source)
        begun, started, found = time.monotonic(), store.stamp(), dict[str, Outcome]()
        before = store.read_json(output / BATCH).get("last_success")
        progress = progress or told(len(tasks))
        names = [task.name for task in tasks]

        def item(outcome: Outcome) -> dict[str, Any]:
            return {
                "name": outcome.name,
                "status": outcome.status,
                "error": outcome.message or None,
                "run": below(outcome.run, output) if outcome.run else None,
                "seconds": outcome.seconds,
                "figures": dict(outcome.figures),
            }

        def write(status: str, by: str = "") -> None:
            over, bad = status != "running", [name for name in names if name not in found or not found[name].good]
            about = {
                "status": status, "title": title, "started": started, "finished": store.stamp() if over else None,
                "seconds": round(time.monotonic() - begun, 3), "ranked_by": by, "code_sha256": store.code_hash(),
                "versions": store.versions(), "checkout": store.checkout(),
                "last_success": store.stamp() if status == "done" else before, "total": len(tasks),
                "error": f"without a report: {', '.join(bad)}" if over and bad else None,
                "items": [item(found.get(name, Outcome(name, "waiting", 1))) for name in names if over],
            }  # fmt: skip
            replace_text(output / BATCH, json_text(about))
            (output / COURSE).unlink(missing_ok=True)

        write("running")
        try:
            with (output / COURSE).open("w", encoding="utf-8") as course:
                for outcome in _outcomes(tasks, begin):
                    found[outcome.name] = outcome
                    course.write(json.dumps(item(outcome), ensure_ascii=False) + "\n")
                    course.flush()
                    progress(outcome)
        except BaseException:
            write("stopped")
            raise
        outcomes = tuple(found[name] for name in names)
        ranked, by = rank(outcomes, rank_by)
        replace_text(output / INDEX, ranking(title, ranked, by, output))
        replace_text(output / RANKING, _ranking_csv(ranked, by))
        write("done" if all(outcome.good for outcome in outcomes) else "failed", by)
        return Result(outcomes, output / INDEX, by)


def _outcomes(tasks: Sequence[Task | Outcome], begin: Callable[[], Any]) -> Iterator[Outcome]:
    """What came of each task, as it comes in."""
    made = []
    for task in tasks:
        if isinstance(task, Outcome):
            yield task
        elif there := there_already(once := replace(task, again=False)):
            yield there
        else:
            made.append(once)
    with begin() as pool:
        waiting = {pool.submit(attempt, task): task.name for task in made}
        while waiting:
            completed, _ = wait(waiting, _LOOK_SECONDS, FIRST_COMPLETED)
            getattr(pool, "check", bool)()  # of a cluster: whether anybody is still at work
            for done in completed:
                name = waiting.pop(done)
                try:
                    yield done.result()
                except processes.StoppedError:
                    raise
                except CancelledError:
                    yield Outcome(name, FAILED, 1, "it was cancelled")
                except Exception as error:  # the cluster gave it up, after several tries
                    text = f"it could not be made: {type(error).__name__}: {error}"
                    yield Outcome(name, FAILED, 1, store.hide(text.split("\n")[0]))


def _ranking_csv(ranked: Sequence[Outcome], by: str) -> str:
    """The ranking as CSV: rank, name, figures, status, error."""
    figures = list(dict.fromkeys(name for outcome in ranked for name in outcome.figures))
    places = [place if by in outcome.figures else "" for place, outcome in enumerate(ranked, start=1)]
    rows = [[outcome.name, *map(outcome.figures.get, figures), outcome.status, outcome.message.split("\n")[0]]
            for outcome in ranked]  # fmt: skip
    columns = ["name", *figures, "status", "error"]
    return csv_text({"index_names": ["rank"], "columns": columns, "index": places, "data": rows})


def told(total: int, begun: float | None = None) -> Callable[[Outcome], None]:
    """Tells on standard error, in a line for each report, how many are done and how long the others will take."""
    begun = time.monotonic() if begun is None else begun
    count = made = 0

    def tell(outcome: Outcome) -> None:
        nonlocal count, made
        count, made = count + 1, made + (outcome.status != "same")
        took = f" in {outcome.seconds:.1f} s" if outcome.status == "done" else ""
        left = ""
        if made and count < total:
            seconds = (time.monotonic() - begun) / made * (total - count)
            minutes = round(seconds / 60)
            hours = f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
            left = f", {f'{seconds:.0f} s' if seconds < 90 else hours} left"
        said = {"same": "there already"}.get(outcome.status, outcome.status)
        with contextlib.suppress(OSError):  # a console that is full or gone costs nobody a report
            print(f"{count} of {total}  {outcome.name}: {said}{took}{left}", file=sys.stderr, flush=True)

    return tell


# --- Who does the work ---


@contextmanager
def executor(jobs: int = JOBS, scheduler: str = "", output: Path | None = None) -> Iterator[Executor]:
    """An executor of the standard library's interface; leaving it lets go of everything that has not begun.

    Its tasks start processes of their own, so that threads are enough here.
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
        distributed.comm.registry.get_backend(scheme)  # or the client would wait for a minute at its end
        client = distributed.Client(scheduler, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise WomError(
            f"no Dask scheduler answers at {scheduler}: {error}; start one with: dask scheduler"
        ) from error
    pool: Any = None
    try:
        _check_workers(client, scheduler, output)
        # equal calls are no reason for one result: they leave files
        pool = client.get_executor(pure=False, retries=3)
        pool.check = watch(client, scheduler)
        yield pool
    finally:
        if pool is not None:
            with contextlib.suppress(Exception):  # a scheduler that is gone has nothing left to cancel
                pool.shutdown(wait=False)
        with contextlib.suppress(Exception):
            client.close(timeout=5)


def _check_workers(client: Any, scheduler: str, output: Path | None) -> None:
    try:
        client.wait_for_workers(1, timeout=60)
    except TimeoutError as error:
        raise WomError(f"{scheduler} has no workers; start some with: dask worker {scheduler}") from error
    try:
        found = client.run(_state, str(output) if output else "")
    except Exception as error:  # whatever a worker without wom says
        raise WomError(f"the workers of {scheduler} cannot run wom: {error}; install {INSTALL} there") from error
    ours = store.versions()
    for worker, (code, theirs, sees) in found.items():
        for name in (name for name in ours if theirs.get(name) != ours[name]):
            raise WomError(
                f"worker {worker} has {name} {theirs.get(name)}, this machine {ours[name]}: results would differ; "
                "install the same versions everywhere"
            )
        if code != store.code_hash():
            raise WomError(f"worker {worker} runs other code of wom; install the same everywhere")
        if not sees:
            raise WomError(f"worker {worker} does not see {output}; choose an --output that all machines share")


def _state(output: str) -> tuple[str, dict[str, str], bool]:
    """On a worker: which code and versions it runs, and whether it sees a directory."""
    return store.code_hash(), store.versions(), not output or Path(output).is_dir()


def watch(client: Any, scheduler: str) -> Callable[[], None]:
    """Says when a scheduler has gone away: its client would wait for it for ever."""
    seen = time.monotonic()

    def check() -> None:
        nonlocal seen
        if client.status == "running":
            seen = time.monotonic()
        elif time.monotonic() > seen + _GONE_SECONDS:
            raise WomError(
                f"the Dask scheduler at {scheduler} is gone; reports that are there stay: start it, and run the "
                "same again"
            )

    return check
