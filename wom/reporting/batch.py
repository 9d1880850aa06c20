"""Many reports: each in a directory of its own, one page that ranks them, and nothing done twice after a crash."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError, Executor, Future, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from . import manifest, own_process, places, privacy
from .attempt import attempt, there_already
from .history import BATCH, INDEX
from .lock import locked
from .progress import Progress
from .ranking import below, page, rank
from .values import json_text
from .work import FAILED, REFUSED, Outcome, Task

RANKING = "ranking.csv"
_SAVE_SECONDS = 2.0


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
) -> Result:
    """Make many reports below one directory, and write its page of ranks.

    A report whose latest run has the same key is not made again. One that fails does not stop the others. The
    record, `batch.json`, is written as reports come in, so that a reader sees how far it is.

    Args:
        tasks: what to make; an Outcome stands for what could not even begin.
        output: directory of the batch; tasks have theirs below it.
        begin: gives the executor, as a context.
        title: of the page.
        rank_by: a figure of the reports; the plan's net or the worth by default.
        progress: told of each report.

    Errors:
        BusyError: another batch is at work in `output`.
        OSError: the directory cannot be written.
    """
    places.make(output)
    with locked(output):
        tasks = [_unless_there(task) for task in tasks]
        record = _Record(output, title, [task.name for task in tasks])
        progress = progress or Progress(len(tasks))
        progress.start()
        try:
            with begin() as pool:
                waiting = _submit(pool, [task for task in tasks if isinstance(task, Task)])
                for outcome in (task for task in tasks if isinstance(task, Outcome)):
                    _note(outcome, record, progress)
                for done in as_completed(waiting):
                    _note(_outcome(done, waiting[done]), record, progress)
        except BaseException:
            record.write("stopped")
            raise
        finally:
            progress.close()
        outcomes = record.outcomes()
        ranked, by = rank(outcomes, rank_by)
        manifest.replace_text(output / INDEX, page(title, ranked, by, output))
        manifest.replace_text(output / RANKING, ranking_csv(ranked, by))
        record.write("done" if all(outcome.good for outcome in outcomes) else "failed", by)
        return Result(outcomes, output / INDEX, by)


def _submit(pool: Executor, tasks: Sequence[Task]) -> dict[Future[Outcome], Task]:
    return {pool.submit(attempt, task): task for task in tasks}


def _unless_there(task: Task | Outcome) -> Task | Outcome:
    if isinstance(task, Outcome):
        return task
    once = replace(task, again=False)
    return there_already(once) or once


def _outcome(done: Future[Outcome], task: Task) -> Outcome:
    """What came of a task, whatever happened to who did it."""
    try:
        return done.result()
    except own_process.StoppedError:
        raise
    except CancelledError:
        return Outcome(task.name, FAILED, 1, "it was cancelled")
    except Exception as error:  # the cluster gave it up, after several tries
        text = f"it could not be made: {type(error).__name__}: {error}"
        return Outcome(task.name, FAILED, 1, privacy.hide(text.split("\n")[0]))


def _note(outcome: Outcome, record: _Record, progress: Progress) -> None:
    record.add(outcome)
    progress.done(outcome.name, outcome.status, outcome.seconds)


class _Record:
    """`batch.json`: what is done so far."""

    def __init__(self, output: Path, title: str, names: Sequence[str]) -> None:
        self._output, self._clock, self._saved = output, time.monotonic(), 0.0
        self._found: dict[str, Outcome | None] = dict.fromkeys(names)
        self._head: dict[str, Any] = {
            "status": "running", "title": title, "started": places.stamp(), "finished": None, "seconds": 0.0,
            "ranked_by": "", "code_sha256": manifest.code_hash(), "versions": manifest.versions(),
            "checkout": manifest.checkout(), "last_success": last_success(output),
        }  # fmt: skip
        self._save()

    def add(self, outcome: Outcome) -> None:
        """One more; saved at most every other second."""
        self._found[outcome.name] = outcome
        if time.monotonic() - self._saved > _SAVE_SECONDS:
            self._save()

    def write(self, status: str, by: str = "") -> None:
        """The end."""
        seconds = round(time.monotonic() - self._clock, 3)
        self._head |= {"status": status, "finished": places.stamp(), "seconds": seconds, "ranked_by": by}
        bad = [name for name, outcome in self._found.items() if outcome is None or not outcome.good]
        if status == "done":
            self._head["last_success"] = self._head["finished"]
        self._head["error"] = f"without a report: {', '.join(bad)}" if bad else None
        self._save()

    def outcomes(self) -> tuple[Outcome, ...]:
        """All that are there, in the order of the tasks."""
        return tuple(outcome for outcome in self._found.values() if outcome is not None)

    def _save(self) -> None:
        items = [self._item(name, outcome) for name, outcome in self._found.items()]
        manifest.replace_text(self._output / BATCH, json_text({**self._head, "items": items}))
        self._saved = time.monotonic()

    def _item(self, name: str, outcome: Outcome | None) -> dict[str, Any]:
        if outcome is None:
            return {"name": name, "status": "waiting"}
        run = below(outcome.run, self._output) if outcome.run else None
        return {
            "name": name,
            "status": outcome.status,
            "error": outcome.message or None,
            "run": run,
            "seconds": outcome.seconds,
            "figures": dict(outcome.summary.get("figures", {})),
        }


def last_success(output: Path) -> str | None:
    """When a batch was last made without a report missing; None where it never was.

    Args:
        output: its directory.
    """
    try:
        found = json.loads((output / BATCH).read_text(encoding="utf-8")).get("last_success")
    except (OSError, ValueError, AttributeError):
        return None
    return found if isinstance(found, str) else None


def ranking_csv(ranked: Sequence[Outcome], by: str) -> str:
    """The ranking as CSV: rank, name, figures, status, run.

    Example:
        >>> print(ranking_csv([Outcome("Cologne", "done", 0, summary={"figures": {"npv": 1.5}})], "npv"))
        rank,name,npv,status,error
        1,Cologne,1.5,done,
    """
    figures = list(dict.fromkeys(name for outcome in ranked for name in _figures(outcome)))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["rank", "name", *figures, "status", "error"])
    for place, outcome in enumerate(ranked, start=1):
        has = by in _figures(outcome)
        numbers = (_figures(outcome).get(name, "") for name in figures)
        error = outcome.message.split("\n")[0]
        writer.writerow([place if has else "", outcome.name, *numbers, outcome.status, error])
    return out.getvalue()


def _figures(outcome: Outcome) -> Mapping[str, float]:
    found: Mapping[str, float] = outcome.summary.get("figures", {})
    return found


def refused(name: str, message: str) -> Outcome:
    """The outcome of a task that could not begin.

    Example:
        >>> refused("Cologne", "no such file").good
        False
    """
    return Outcome(name, REFUSED, 2, privacy.hide(message))
