"""The directory of a report's runs: what is whole, what failed, what is in the making, and which is the latest.

All that changes it is called with the directory's lock held.
"""

from __future__ import annotations

import datetime
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

from ..errors import InputError, WomError, shorten
from . import manifest, privacy

PARTIAL, FAILED, LATEST, TRASH = ".partial-", "failed-", "latest", ".trash-"
LOG = "run.log"
_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,99}", re.ASCII)
KILLED = "it did not end: its process was killed, or the machine went down"


def now() -> datetime.datetime:
    """The time in UTC."""
    return datetime.datetime.now(datetime.UTC)


def stamp() -> str:
    """The time in UTC as manifests hold it."""
    return now().isoformat(timespec="milliseconds")


def check_run_id(name: str) -> None:
    """Refuse a name that a run cannot have.

    Errors:
        InputError: other characters than letters, digits, dots, - and _, or a name with a meaning here.
    """
    if not _NAME.fullmatch(name) or name.startswith((LATEST, FAILED)):
        raise InputError(f"must be letters, digits, - and _, is {shorten(name)}", "run_id")


def make(output: Path) -> None:
    """Make the directory of runs, unless it is there.

    Errors:
        WomError: something else has its name, or it cannot be made.
    """
    if output.is_symlink() and not output.exists():
        raise WomError(f"{output}: is a link to nowhere; remove it or choose another output directory")
    if output.exists() and not output.is_dir():
        raise WomError(f"{output}: is a file; the output must be a directory")
    try:
        output.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise WomError(f"{output}: a file stands in its path; choose another output directory") from error


def claim(output: Path, wanted: str) -> Path:
    """A new directory to work in, below `output`, for a run of that name; where it is taken, -2, -3 … follows."""
    attempt = 1
    while True:
        name = wanted if attempt == 1 else f"{wanted}-{attempt}"
        attempt += 1
        work = output / f"{PARTIAL}{name}"
        if not any(os.path.lexists(place) for place in (work, output / name, output / f"{FAILED}{name}")):
            work.mkdir()
            return work


def publish(work: Path) -> Path:
    """Put a whole run under its own name at once, and point `latest` to it."""
    output, name = work.parent, work.name.removeprefix(PARTIAL)
    settle(work)
    final = work.replace(output / name)
    _point_latest(output, name)
    return final


def put_aside(work: Path) -> Path:
    """Put a failed run under a name that says so."""
    settle(work)
    return work.replace(work.with_name(FAILED + work.name.removeprefix(PARTIAL)))


def settle(directory: Path) -> None:
    """Have the system write all files of a directory to the disk, so that no power cut leaves half of them."""
    if os.name != "posix":
        return
    for path in (*directory.iterdir(), directory):
        if path.is_symlink():
            continue
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def clear(output: Path, reason: str = KILLED) -> list[Path]:
    """Put aside what runs left that were killed, as failed runs, and drop what is nobody's.

    Args:
        output: the directory of runs.
        reason: what their manifests say of how they ended.

    Returns:
        The failed runs that came of it.
    """
    found = []
    for left in sorted(output.glob(f"{PARTIAL}*")):
        if left.is_symlink() or not left.is_dir():
            left.unlink()
        elif not (record := manifest.read(left)):
            shutil.rmtree(left, ignore_errors=True)  # it had not begun
        else:
            only_evidence(left)
            privacy.clean(left)
            manifest.write(left, record | {"status": "failed", "error": reason, "finished": stamp()})
            found.append(put_aside(left))
    for left in (*output.glob(f"{TRASH}*"), *output.glob(f".{LATEST}-*")):
        _remove(left)
    return found


def only_evidence(work: Path) -> None:
    """Leave the notebook, the log and the manifest of a run that failed, and nothing that looks like a report."""
    for path in work.iterdir():
        half = path.name == "notebook.ipynb" and not _is_json(path)  # killed, or no space left, while writing it
        if half or path.name not in ("notebook.ipynb", LOG, manifest.MANIFEST):
            _remove(path)


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return True


def runs(output: Path, *, failed: bool = False) -> list[Path]:
    """The runs in a directory, the oldest first: the whole ones, or the failed ones. Links are none.

    Args:
        output: the directory of runs; it need not exist.
        failed: which of the two.
    """
    wanted = "failed" if failed else "done"
    found = []
    for path in output.glob(f"{FAILED}*" if failed else "[!.]*"):
        if path.is_symlink() or not path.is_dir() or (not failed and path.name.startswith(FAILED)):
            continue
        record = manifest.read(path)
        if record.get("status") == wanted and "run_id" in record:
            found.append((_order(record), path.name, path))
    return [path for _, _, path in sorted(found)]


def latest(output: Path) -> Path | None:
    """The newest whole run; None where there is none."""
    link = output / LATEST
    if link.is_symlink():
        pointed = output / link.readlink()
        if manifest.read(pointed).get("status") == "done":
            return pointed
    whole = runs(output)
    return whole[-1] if whole else None


def prune(output: Path, keep: int) -> None:
    """Remove the oldest whole runs and, counted apart, the oldest failed ones, until so many of each are left.

    Args:
        output: the directory of runs. What is no run is never touched, nor is the latest.
        keep: how many, 1 or more.
    """
    last = latest(output)
    for found in (runs(output), runs(output, failed=True)):
        for path in found[: max(len(found) - keep, 0)]:
            if path != last:
                _remove(path)


def _order(record: dict[str, Any]) -> str:
    return str(record.get("finished") or record.get("started") or "")


def _remove(path: Path) -> None:
    """Out of sight first, so that nobody meets half of it."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    if not path.name.startswith("."):
        path = path.replace(path.with_name(f"{TRASH}{path.name}"))
    shutil.rmtree(path, ignore_errors=True)


def _point_latest(output: Path, name: str) -> None:
    new = output / f".{LATEST}-{name}"
    try:
        new.symlink_to(name, target_is_directory=True)
        new.replace(output / LATEST)
    except (OSError, NotImplementedError):  # no symbolic links here, or something else has the name
        new.unlink(missing_ok=True)
        manifest.replace_text(output / f"{LATEST}.txt", f"{name}\n")
