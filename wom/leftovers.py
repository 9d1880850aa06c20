"""Directories for a while, named after their process: those of processes that were killed are cleared away."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from pathlib import Path


def clear(place: Path, prefix: str, seconds: float = 0.0) -> None:
    """Remove directories PREFIX<process>-… of processes that are gone.

    Args:
        place: where they are made.
        prefix: of their names.
        seconds: since the last change, at least.

    Example:
        >>> from subprocess import Popen
        >>> from tempfile import TemporaryDirectory
        >>> gone = Popen("true")
        >>> _ = gone.wait()
        >>> with TemporaryDirectory() as place:
        ...     left = Path(place) / f"wom-data-{gone.pid}-abc"
        ...     left.mkdir()
        ...     clear(Path(place), "wom-data-")
        ...     left.exists()
        False
    """
    for left in place.glob(f"{prefix}[0-9]*-*"):
        with contextlib.suppress(OSError, ValueError):
            old = time.time() - left.lstat().st_mtime > seconds
            if old and not _alive(int(left.name.removeprefix(prefix).split("-")[0])):
                shutil.rmtree(left, ignore_errors=True)  # of another user's, nothing can be removed


def _alive(process: int) -> bool:
    if os.name != "posix":
        return True  # asking would end it
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True
