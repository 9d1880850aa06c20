"""One run at a time in a directory: a lock that the system lets go when its process ends, however it ends."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import WomError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

LOCK = ".lock"
_TAKEN = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK)
_LOOK_SECONDS = 0.1


class BusyError(WomError):
    """Another run is at work in the directory."""

    exit_code = 75


@contextmanager
def locked(directory: Path, wait: float = 0.5, name: str = LOCK) -> Iterator[None]:
    """Have a directory alone; the file `.lock` in it stays behind and says who had it last.

    Args:
        directory: an existing one, on a disk of this machine: network file systems may not keep locks.
        wait: seconds to wait for another run to end; a look by `held` takes less than the half second.
        name: of the lock's file.

    Errors:
        BusyError: another run has it.
        WomError: the file system keeps no locks, or `.lock` is no plain file.
        OSError: the file cannot be written.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder, locked(Path(folder)):
        ...     (Path(folder) / ".lock").exists()
        True
    """
    path = directory / name
    descriptor = _open(path)
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
    """Who is at work in a directory; empty if nobody is.

    Example:
        >>> held(Path("no such directory"))
        ''
    """
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


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise WomError(f"{path}: is a link; remove it, a run keeps its lock there") from error
        raise


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
