"""`wom status` and `wom index`: what has been made, and whether it is fresh."""

from __future__ import annotations

import argparse
import datetime
import json
from pathlib import Path
from typing import Any

from ..errors import WomError
from . import common

_AHEAD = 300.0  # seconds that a clock may be wrong


def add(commands: Any) -> None:
    """Tell the parser."""
    status = commands.add_parser(
        "status",
        help="say what has been made and when; fail when nothing fresh is there",
        description="Say when each report was last made. Exit code 1 where one has no success, or none that is "
        "younger than --max-age: this also finds the job that never ran.",
    )
    status.add_argument("directory", metavar="DIR", type=Path, nargs="?", default=common.REPORTS,
                        help="of all reports, or of one (reports)")  # fmt: skip
    status.add_argument("--max-age", metavar="TIME", type=common.span, help="such as 26h or 35d")
    status.set_defaults(command=show)

    index = commands.add_parser("index", help="write index.html over all reports anew")
    index.add_argument("directory", metavar="DIR", type=Path, nargs="?", default=common.REPORTS)
    index.set_defaults(command=rewrite)


def show(options: argparse.Namespace) -> int:
    """Print a line per report.

    Returns:
        0 where every report has a success, and a fresh one if --max-age is given; else 1.
    """
    from ..reporting import history, lock

    root = options.directory
    now = datetime.datetime.now(datetime.UTC)
    good = True
    found = 0
    for job in history.jobs(root):
        found += 1
        last = job.done[-1] if job.done else None
        problem = _problem(last, now, options.max_age)
        good &= not problem
        name = "." if job.path == root else job.path.relative_to(root).as_posix()
        print(f"{name}: {problem or 'fine'}{_since(last, now)}")
        if job.failed and history.failing(job):
            print(f"  last attempt failed {_when(job.failed[-1])}: {_first(job.failed[-1].get('error'))}")
        if holder := lock.held(job.path):
            print(f"  at work now: {holder}")
    for path in history.batches(root):
        found += 1
        record = _read(path / history.BATCH)
        whole = {"status": "done", "finished": record["last_success"]} if record.get("last_success") else None
        problem = _problem(whole, now, options.max_age)
        good &= not problem
        name = "." if path == root else path.relative_to(root).as_posix()
        print(f"{name}: {problem or 'fine'}{_since(whole, now)}")
        if record.get("error"):
            print(f"  last attempt {_when(record)} {_first(record['error'])}")
        if holder := lock.held(path):
            print(f"  at work now: {holder}")
    if not found:
        print(f"{root}: no run yet")
    return common.DONE if good and found else common.FAILED


def rewrite(options: argparse.Namespace) -> int:
    """Write `index.html`.

    Returns:
        The exit code.

    Errors:
        WomError: there is no such directory, or it cannot be written.
    """
    from ..reporting import history

    if not options.directory.is_dir():
        raise WomError(f"{options.directory}: no such directory")
    try:
        print(history.write_index(options.directory))
    except OSError as error:
        raise WomError(f"{options.directory}: cannot be written: {error.strerror or error}") from error
    return common.DONE


def _problem(last: Any, now: datetime.datetime, limit: float | None) -> str:
    """What is wrong with the last success; empty if nothing is."""
    if not last or last.get("status") != "done":
        return "no success yet"
    age = _age(last, now)
    if age is None or age < -_AHEAD:
        return "its time cannot be right"
    return "too old" if limit is not None and age > limit else ""


def _age(record: Any, now: datetime.datetime) -> float | None:
    try:
        return (now - datetime.datetime.fromisoformat(str(record.get("finished")))).total_seconds()
    except (ValueError, TypeError):
        return None


def _since(record: Any, now: datetime.datetime) -> str:
    age = _age(record, now) if record else None
    if age is None:
        return ""
    ago = f"{age / 3600:.1f} h ago" if age < 48 * 3600 else f"{age / 86400:.0f} days ago"
    return f", {_when(record)}, {ago}"


def _when(record: Any) -> str:
    return str(record.get("finished") or record.get("started") or "")[:16].replace("T", " ") + " UTC"


def _first(text: Any) -> str:
    return str(text).split("\n")[0][:300]


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
