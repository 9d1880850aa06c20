"""A directory of a run's own for the files through which it talks to its kernel."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PRIVATE, _DAY = "wom-", 24 * 3600.0
_LONGEST_SOCKET = 80  # characters of the directory: the system allows 107 for a socket's whole path


def _clear(place: Path) -> None:
    """Remove what killed runs left there: more than a day old, and of a process of ours that is gone."""
    for left in place.glob(f"{_PRIVATE}[0-9]*-*"):
        with contextlib.suppress(OSError, ValueError):
            if time.time() - left.lstat().st_mtime > _DAY and not _alive(int(left.name.split("-")[1])):
                shutil.rmtree(left, ignore_errors=True)  # of another user's, nothing can be removed


def _alive(pid: int) -> bool:
    if os.name != "posix":
        return True  # asking would end it
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


@contextmanager
def private_directory() -> Iterator[Path]:
    """A directory with a path short enough for sockets; what killed runs left beside it goes away after a day.

    Example:
        >>> with private_directory() as place:
        ...     place.is_dir()
        True
    """
    base = tempfile.gettempdir()
    short = "/tmp" if os.name == "posix" and len(base) > _LONGEST_SOCKET - 20 else base
    _clear(Path(short))
    directory = Path(tempfile.mkdtemp(prefix=f"{_PRIVATE}{os.getpid()}-", dir=short))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)
