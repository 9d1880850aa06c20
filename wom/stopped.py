"""Ctrl-C while the command `wom` is still being imported: a word instead of a traceback, exit code 130."""

from __future__ import annotations

import sys
from pathlib import PurePath
from types import TracebackType

_before = sys.excepthook


def is_command(program: str) -> bool:
    """Whether a program is the command line, and not somebody's notebook or script that imports the package.

    Args:
        program: `sys.argv[0]`; `-m` while Python looks for the module to run.

    Example:
        >>> is_command("/usr/bin/wom"), is_command("-m"), is_command("analysis.py")
        (True, True, False)
    """
    return program == "-m" or PurePath(program).stem == "wom"


def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Take the place of `sys.excepthook`: what is no Ctrl-C goes where it went before.

    Example:
        >>> hook(KeyboardInterrupt, KeyboardInterrupt(), None)  # and "wom: stopped" where errors go
    """
    if issubclass(kind, KeyboardInterrupt):
        print("wom: stopped", file=sys.stderr)
    else:
        _before(kind, error, trace)


if is_command(sys.argv[0] if sys.argv else ""):
    sys.excepthook = hook
