"""A directory of a run's own for the files through which it talks to its kernel."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .. import files

_PRIVATE, _DAY = "wom-", 24 * 3600.0
_LONGEST_SOCKET = 80  # characters of the directory: the system allows 107 for a socket's whole path


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
    files.clear(Path(short), _PRIVATE, _DAY)
    directory = Path(tempfile.mkdtemp(prefix=f"{_PRIVATE}{os.getpid()}-", dir=short))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)
