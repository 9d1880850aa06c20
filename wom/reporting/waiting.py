"""The kernel of a report as a process that is forked early and waits for its orders.

It is forked before its parent starts any thread, so that it begins as clean as the fork server left it. Its
parent, which runs the notebook, keeps the object; the process itself leaves the stack of calls and becomes the
kernel in `become`, so that it ends as any Python program ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .parent import die_with_parent

_MOST_DESCRIPTORS = 4096


class Waiting:
    """The process as its parent sees it: what `subprocess.Popen` offers, as far as Jupyter uses it.

    Args:
        pid: of the process.
        orders: descriptor of the pipe that it reads.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int, orders: int) -> None:
        self.pid, self._orders = pid, orders
        self.returncode: int | None = None

    def start(self, command: Sequence[str], env: Mapping[str, str], log: Path) -> None:
        """Tell it to become the kernel of this command line.

        Args:
            command: as for a new process; what follows `-f` and later is what counts.
            env: its environment.
            log: file for what it says outside of the notebook.

        Errors:
            OSError: it is gone.
        """
        order = {
            "arguments": list(command[command.index("-f") :]),
            "env": dict(env),
            "folder": str(Path.cwd()),
            "log": str(log),
        }
        with os.fdopen(self._orders, "w", encoding="utf-8") as pipe:
            json.dump(order, pipe)

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._look(os.WNOHANG)

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, when it has ended.

        Errors:
            subprocess.TimeoutExpired: it has not within so many seconds.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while (code := self._look(os.WNOHANG if timeout is not None else 0)) is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired("kernel", timeout or 0.0)
            time.sleep(0.02)
        return code

    def _look(self, options: int) -> int | None:
        if self.returncode is None:
            try:
                pid, status = os.waitpid(self.pid, options)
            except ChildProcessError:
                self.returncode = 0
            else:
                self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


def fork() -> Waiting | int:
    """Fork a process that waits: the object in the parent, in the process itself the descriptor to read."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.closerange(3, reading)  # no socket of the parent's stays open here
        os.closerange(reading + 1, _MOST_DESCRIPTORS)
        return reading
    os.close(reading)
    return Waiting(pid, writing)


def become(orders: int) -> None:
    """Wait for orders and be that kernel until it is shut down; no orders, no kernel.

    Args:
        orders: descriptor of the pipe.
    """
    die_with_parent()
    with os.fdopen(orders, encoding="utf-8") as pipe:
        text = pipe.read()
    if not text:
        return
    order: dict[str, Any] = json.loads(text)
    os.setsid()
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for standard in (1, 2):
        os.dup2(log, standard)
    os.close(log)
    os.environ.clear()
    os.environ.update(order["env"])
    os.chdir(order["folder"])
    sys.argv = ["ipykernel_launcher", *order["arguments"]]
    _forget()
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance([*order["arguments"], f"--IPKernelApp.parent_handle={os.getppid()}"])


def _forget() -> None:
    """Undo what the fork server's start has fixed for good: random numbers, and matplotlib's way to draw."""
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(None)
    if "matplotlib" in sys.modules:
        os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
        sys.modules["matplotlib"].rcParams["backend"] = os.environ["MPLBACKEND"]
