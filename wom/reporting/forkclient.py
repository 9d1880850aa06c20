"""The client's side of the fork server: start it, ask it for processes, end it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading

from .forkserver import ONE_THREAD, READY

_START_SECONDS = 120.0


class Server:
    """The fork server of this process, started when first needed; it ends with this process, however that ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner = 0
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False

    def start(self) -> None:
        """Start it; it imports while this process goes on."""
        with self._lock:
            self._start()

    def connect(self) -> socket.socket | None:
        """A connection to a newly forked process; None where there is no server."""
        with self._lock:
            self._start()
            if self._control is None or not (self._ready or self._wait()):
                return None
            ours, theirs = socket.socketpair()
            try:
                socket.send_fds(self._control, [b"f"], [theirs.fileno()])
            except OSError:  # it was killed: the next call starts another
                self._owner = 0
                ours.close()
                return None
            finally:
                theirs.close()
            return ours

    def stop(self) -> None:
        """End it and every process that it has forked."""
        with self._lock:
            process, control, mine = self._process, self._control, self._owner == os.getpid()
            self._owner, self._process, self._control = 0, None, None
        if mine and process and control:
            process.kill()
            process.wait()
            control.close()

    def _start(self) -> None:
        mine = self._owner == os.getpid()
        if mine and (self._process is None or self._process.poll() is None):
            return
        if mine and self._control is not None:
            self._control.close()
        self._owner, self._ready, self._control, self._process = os.getpid(), False, None, None
        if sys.platform != "linux" or os.environ.get("WOM_FORK") == "no":
            return
        self._control, theirs = socket.socketpair()
        program = f"import sys; sys.path[:] = {sys.path!r}; from wom.reporting import forkserver; "
        self._process = subprocess.Popen(
            [sys.executable, "-c", f"{program}forkserver.main({theirs.fileno()})"],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env={**os.environ, **ONE_THREAD},
            start_new_session=True,
        )
        theirs.close()

    def _wait(self) -> bool:
        """Whether it has come up and may fork."""
        if self._control is None:
            return False
        self._control.settimeout(_START_SECONDS)
        try:
            self._ready = self._control.recv(1) == READY
        except OSError:
            self._ready = False
        if self._ready:
            self._control.settimeout(None)
        else:  # it stays down: reports start without it
            self._control.close()
            self._control = None
        return self._ready
