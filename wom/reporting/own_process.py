"""Call a function in a process of its own: fresh, with an end that cannot hang, whatever happens to it.

On Linux the process is forked by a server that has done the imports (see `forkserver`); elsewhere, and where the
server does not come up, it is a new Python, which only takes longer.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from ..errors import WomError
from .forkclient import Server

_LOOK_SECONDS = 0.25
_END_SECONDS = 10.0  # for a process that is told to stop


class EndedError(WomError):
    """The process ended without an answer: killed, or out of memory."""


class FaultError(WomError):
    """The function failed in a way that is nobody's business but ours."""


class TooLongError(WomError):
    """The process did not end in time and was killed."""


class StoppedError(WomError):
    """Everything was told to stop."""


stopping = threading.Event()
"""Set to stop all calls."""


def call(function: Callable[..., Any], *arguments: Any, seconds: float | None = None) -> Any:
    """Call a function in a process of its own, in this working directory and with this environment.

    Args:
        function: of a module; it, its arguments and its result can be pickled.
        arguments: for it.
        seconds: until the process is killed; None for no limit.

    Returns:
        What the function returned.

    Errors:
        EndedError: the process was killed.
        FaultError: the function failed; a text says how.
        TooLongError: it took more than `seconds`.
        StoppedError: `stopping` was set; the process was told, and killed where it did not listen.

    Example:
        >>> call(divmod, 7, 2)
        (3, 1)
    """
    work = pickle.dumps((dict(os.environ), str(Path.cwd()), pickle.dumps((function, arguments))))
    process = _begin(work)
    end = None if seconds is None else time.monotonic() + seconds
    try:
        while (answer := process.answer(_LOOK_SECONDS)) is None:
            if stopping.is_set():
                raise StoppedError("stopped")
            if end is not None and time.monotonic() > end:
                raise TooLongError(f"did not end within {seconds:g} seconds and was killed")
    except TooLongError:
        process.send(_KILL)
        raise
    except BaseException:
        _stop(process)
        raise
    finally:
        process.close()
    if not answer:
        raise EndedError("its process ended without a result: it was killed, or memory ran out")
    good, value = pickle.loads(answer)
    if not good:
        raise FaultError(value)
    return value


class _Process(Protocol):
    def answer(self, seconds: float) -> bytes | None:
        """All that it said when it has ended; None while it runs, at most so many seconds from now."""

    def send(self, number: int) -> None:
        """A signal to it."""

    def close(self) -> None:
        """It has ended, or does not matter any more."""


_KILL: int = getattr(signal, "SIGKILL", signal.SIGTERM)


def _stop(process: _Process) -> None:
    """Let it clean up, then kill it."""
    process.send(signal.SIGINT)
    end = time.monotonic() + _END_SECONDS
    with contextlib.suppress(KeyboardInterrupt):  # a second Ctrl-C: at once
        while time.monotonic() < end:
            if process.answer(_LOOK_SECONDS) is not None:
                return
    process.send(_KILL)


class _Forked:
    """A process forked by the server; its socket's end is its own end."""

    def __init__(self, connection: socket.socket, work: bytes) -> None:
        self._connection, self._said = connection, bytearray()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # killed already: so says the answer
            connection.sendall(work)
            connection.shutdown(socket.SHUT_WR)

    def answer(self, seconds: float) -> bytes | None:
        end = time.monotonic() + seconds
        while True:
            self._connection.settimeout(max(0.001, end - time.monotonic()))
            try:
                part = self._connection.recv(1 << 20)
            except TimeoutError:
                return None
            except ConnectionResetError:
                part = b""
            if not part:
                return bytes(self._said[_PID_BYTES:])
            self._said += part

    def send(self, number: int) -> None:
        if len(self._said) < _PID_BYTES:
            self.answer(1.0)  # the first that it says is its number
        if len(self._said) >= _PID_BYTES:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int.from_bytes(self._said[:_PID_BYTES]), number)

    def close(self) -> None:
        self._connection.close()


_PID_BYTES = 8


class _Fresh:
    """A new Python."""

    def __init__(self, work: bytes) -> None:
        program = f"import sys; sys.path[:] = {sys.path!r}; from wom.reporting import task; task.answer_alone()"
        self._process = subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._work: bytes | None = work

    def answer(self, seconds: float) -> bytes | None:
        try:
            said, _ = self._process.communicate(self._work, timeout=seconds)
        except subprocess.TimeoutExpired:
            self._work = None
            return None
        return said

    def send(self, number: int) -> None:
        self._process.send_signal(number)

    def close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)


_server = Server()
atexit.register(_server.stop)
start = _server.start
"""Begin to start what the first call needs."""


def _begin(work: bytes) -> _Process:
    connection = _server.connect()
    return _Fresh(work) if connection is None else _Forked(connection, work)
