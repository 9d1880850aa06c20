"""The directory of a report's runs: its name, its lock, what is whole, what failed, and which is the latest.

All that changes the directory is called with its lock held, but `named` and what only reads.
"""

from __future__ import annotations

import datetime
import errno
import hashlib
import json
import os
import re
import shutil
import sys
import time
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError, WomError, shorten
from . import record
from .notebook import EXECUTED

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

PARTIAL, FAILED, LATEST, TRASH = ".partial-", "failed-", "latest", ".trash-"
LOCK, SOURCE = ".lock", ".source"
KILLED = "it did not end: its process was killed, or the machine went down"
_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,99}", re.ASCII)
_LONGEST_NAME = 80  # letters of a directory's name
_TAKEN = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK)
_LOOK_SECONDS = 0.1


class BusyError(WomError):
    """Another run is at work in the directory."""

    exit_code = 75


def now() -> datetime.datetime:
    """The time in UTC."""
    return datetime.datetime.now(datetime.UTC)


def stamp() -> str:
    """The time in UTC as manifests hold it."""
    return now().isoformat(timespec="milliseconds")


# --- Names: each business, plan or branch has a directory of its own ---


def slug(name: str) -> str:
    """A name as that of a directory: letters of any language, digits, points and dashes."""
    plain = unicodedata.normalize("NFC", name)
    plain = re.sub(r"[^\w.]+", "-", plain).strip("-._")
    plain = _short(plain) or "report"
    return f"r-{plain}" if plain.lower().startswith((LATEST, FAILED)) else plain


def _short(name: str) -> str:
    """As many letters, and bytes, as a directory's name may have; what is cut off still tells two apart."""
    if len(name) <= _LONGEST_NAME and len(name.encode()) <= 2 * _LONGEST_NAME:
        return name
    kept = name.encode()[: _LONGEST_NAME - 7].decode(errors="ignore").rstrip("-._")
    return f"{kept}-{_digest(name)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:6]


def named(root: Path, name: str, source: str, taken: Mapping[str, str] | None = None) -> Path:
    """The directory for what comes from one source: of its name, unless that one belongs to another source.

    Two files of one name in two folders are two businesses. A source that was given a directory before finds it
    again, also after both were moved together. Nothing is written: `claim_source` does that.
    """
    short = slug(name)
    for candidate in (short, _short(f"{short}-{_digest(source)}")):
        owner = (taken or {}).get(candidate.lower()) or _source(root / candidate)
        if not owner or owner == source:
            break
    return root / candidate


def source_of(path: Path, root: Path) -> str:
    """Where a file is as seen from a directory of reports: it stays the same where both are moved together."""
    try:
        way = Path(os.path.relpath(path.resolve(), root.resolve())).as_posix()
    except ValueError:  # on another drive
        way = path.resolve().as_posix()
    return way.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\n", " ")


def _source(folder: Path) -> str:
    try:
        return (folder / SOURCE).read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def claim_source(output: Path, source: str) -> None:
    """Write down what a directory is for.

    Raises:
        BusyError: something else has been faster.
    """
    if (owner := _source(output)) and owner != source:
        raise BusyError(f"{output}: has just been given to {owner}; run it again")
    if not (output / SOURCE).exists():
        record.replace_text(output / SOURCE, f"{source}\n")


# --- The lock: the system lets it go when its process ends, however it ends ---


@contextmanager
def locked(directory: Path, wait: float = 0.5, name: str = LOCK) -> Iterator[None]:
    """Have a directory alone; the file `.lock` in it stays behind and says who had it last.

    Raises:
        BusyError: another run has it.
        WomError: the file system keeps no locks, or `.lock` is no plain file.
        OSError: the file cannot be written.
    """
    path = directory / name
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise WomError(f"{path}: is a link; remove it, a run keeps its lock there") from error
        raise
    try:
        end = time.monotonic() + wait
        while not _take(descriptor, path):
            if time.monotonic() >= end:
                raise BusyError(f"{directory}: another run is at work here{_holder(descriptor)}; try again later")
            time.sleep(_LOOK_SECONDS)
        os.ftruncate(descriptor, 0)
        since = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
        os.write(descriptor, f"process {os.getpid()}, since {since}".encode())
        yield
    finally:
        os.close(descriptor)  # the lock goes with it


def held(directory: Path) -> str:
    """Who is at work in a directory; empty if nobody is."""
    try:
        descriptor = os.open(directory / LOCK, os.O_RDWR)
    except OSError:
        return ""
    try:
        return "" if _take(descriptor, directory / LOCK) else _holder(descriptor).strip(" ()")
    except WomError:
        return ""
    finally:
        os.close(descriptor)


def _take(descriptor: int, path: Path) -> bool:
    try:
        if sys.platform == "win32":
            os.lseek(descriptor, 1 << 20, os.SEEK_SET)  # far behind the text, which stays readable
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            os.lseek(descriptor, 0, os.SEEK_SET)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _TAKEN:
            return False
        raise WomError(
            f"{path}: cannot be locked: {error.strerror}; choose an output directory on a disk of this machine"
        ) from error
    return True


def _holder(descriptor: int) -> str:
    os.lseek(descriptor, 0, os.SEEK_SET)
    text = os.read(descriptor, 200).decode("utf-8", "replace")
    return f" ({text})" if text else ""


# --- One run: claimed, published at once, or put aside ---


def check_run_id(name: str) -> None:
    """Refuse a name that a run cannot have.

    Raises:
        InputError: other characters than letters, digits, dots, - and _, or a name with a meaning here.
    """
    if not _NAME.fullmatch(name) or name.startswith((LATEST, FAILED)):
        raise InputError(f"must be letters, digits, - and _, is {shorten(name)}", "run_id")


def make(output: Path) -> None:
    """Make the directory of runs, unless it is there.

    Raises:
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
    _settle(work)
    final = work.replace(output / name)
    new = output / f".{LATEST}-{name}"
    try:
        new.symlink_to(name, target_is_directory=True)
        new.replace(output / LATEST)
    except (OSError, NotImplementedError):  # no symbolic links here, or something else has the name
        new.unlink(missing_ok=True)
        record.replace_text(output / f"{LATEST}.txt", f"{name}\n")
    return final


def put_aside(work: Path) -> Path:
    """Put a failed run under a name that says so."""
    _settle(work)
    return work.replace(work.with_name(FAILED + work.name.removeprefix(PARTIAL)))


def _settle(directory: Path) -> None:
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
    """Put aside what runs left that were killed, as failed runs, and drop what is nobody's."""
    found = []
    for left in sorted(output.glob(f"{PARTIAL}*")):
        if left.is_symlink() or not left.is_dir():
            left.unlink()
        elif not (known := record.read(left)):
            shutil.rmtree(left, ignore_errors=True)  # it had not begun
        else:
            only_evidence(left)
            record.clean(left)
            record.write(left, known | {"status": "failed", "error": reason, "finished": stamp()})
            found.append(put_aside(left))
    for left in (*output.glob(f"{TRASH}*"), *output.glob(f".{LATEST}-*")):
        _remove(left)
    return found


def only_evidence(work: Path) -> None:
    """Leave the notebook, the log and the manifest of a run that failed, and nothing that looks like a report."""
    for path in work.iterdir():
        half = path.name == EXECUTED and not _is_json(path)  # killed, or no space left, while writing it
        if half or path.name not in (EXECUTED, record.LOG, record.MANIFEST):
            _remove(path)


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return True


# --- All runs of a directory, and the directories of many ---


def _found(output: Path) -> Iterator[tuple[str, str, Path, dict[str, Any]]]:
    """Runs, whole and failed, with what orders them and their manifests. Links are none."""
    for path in output.glob("[!.]*"):
        if not path.is_symlink() and path.is_dir() and "run_id" in (known := record.read(path)):
            failed = path.name.startswith(FAILED)
            if known["status"] == ("failed" if failed else "done"):
                yield str(known.get("finished") or known.get("started") or ""), path.name, path, known


def runs(output: Path, *, failed: bool = False) -> list[Path]:
    """The runs in a directory, the oldest first: the whole ones, or the failed ones."""
    return [path for _, name, path, _ in sorted(_found(output), key=lambda one: one[:2])
            if name.startswith(FAILED) == failed]  # fmt: skip


def latest(output: Path) -> Path | None:
    """The newest whole run; None where there is none."""
    link = output / LATEST
    if link.is_symlink():
        pointed = output / link.readlink()
        if record.read(pointed).get("status") == "done":
            return pointed
    whole = runs(output)
    return whole[-1] if whole else None


def prune(output: Path, keep: int) -> None:
    """Remove the oldest whole runs and, counted apart, the oldest failed ones, until so many of each are left."""
    last = latest(output)
    for found in (runs(output), runs(output, failed=True)):
        for path in found[: max(len(found) - keep, 0)]:
            if path != last:
                _remove(path)


def _remove(path: Path) -> None:
    """Out of sight first, so that nobody meets half of it."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    if not path.name.startswith("."):
        path = path.replace(path.with_name(f"{TRASH}{path.name}"))
    shutil.rmtree(path, ignore_errors=True)


@dataclass(frozen=True)
class Job:
    """A directory of runs: manifests of the whole ones and of the failed ones, the oldest first."""

    path: Path
    done: tuple[Mapping[str, Any], ...]
    failed: tuple[Mapping[str, Any], ...]

    @property
    def title(self) -> str:
        """Of the newest run, or the directory's name."""
        return str((self.done[-1].get("summary", {}).get("title") if self.done else "") or self.path.name)

    @property
    def failing(self) -> bool:
        """Whether the newest run is a failed one."""
        last = self.done[-1].get("finished", "") if self.done else ""
        return bool(self.failed) and str(self.failed[-1].get("finished", "")) > str(last)


def folders(root: Path) -> list[Path]:
    """A directory, and those right below it that may hold reports. Links are not followed."""
    try:
        below = sorted(path for path in root.iterdir() if not path.name.startswith((".", "_")) and path.is_dir())
    except OSError:
        below = []
    return [root, *(path for path in below if not path.is_symlink())]


def jobs(root: Path) -> list[Job]:
    """All reports that run into a directory or right below it, by name."""
    found = []
    for folder in folders(root):
        kept = [known | {"folder": name} for _, name, _, known in sorted(_found(folder), key=lambda one: one[:2])]
        if kept:
            done, failed = ([one for one in kept if (one["status"] == "failed") == bad] for bad in (False, True))
            found.append(Job(folder, tuple(done), tuple(failed)))
    return found
