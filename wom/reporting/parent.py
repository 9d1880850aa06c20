"""What a process must know of its parent: end with it, and not be forked from one that has threads."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from pathlib import Path

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


def die_with_parent() -> None:
    """Have the system kill this process when the thread that forked it ends, however it ends.

    Linux only; elsewhere nothing. The parent must have forked it from a thread that lives as long as itself.
    """
    if sys.platform != "linux":
        return
    parent = os.getppid()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it ended before the system knew
        os._exit(1)


def threads() -> int:
    """How many threads this process has.

    Example:
        >>> threads() >= 1
        True
    """
    try:
        return len(list(Path("/proc/self/task").iterdir()))
    except OSError:
        return 1
