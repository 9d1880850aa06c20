"""A process that has imported everything once and forks a fresh process for every report.

Imports are half of what a report costs. A fork of a process that has done nothing but import is as good as a new
one: no report sees another, and nothing adds up over hundreds of them. The server has no threads (it refuses to
serve with any), and each process that it forks makes one report and ends, as does everything when the server's
client ends.

A request is one byte with one end of a socket; the forked process reads its work from the socket.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
from collections.abc import Callable
from importlib import import_module

from .parent import die_with_parent, threads

PRELOADED = (
    "wom",
    "wom.assumptions",
    "wom.exhibits.plan",
    "wom.analysis",
    "wom.reporting.display",
    "IPython.display",
    "ipykernel.ipkernel",
    "matplotlib.backends.backend_agg",
    "wom.reporting.kernel",
    "wom.reporting.html",
    "wom.reporting.task",
)
"""What reports import, in the order of a report: what changes warnings or the like comes last."""

ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM", "NUMEXPR")} | {
    "JE_ARROW_MALLOC_CONF": "background_thread:false"
}
"""The environment that keeps linear algebra, and pyarrow's allocator, from starting threads, which a fork would
lose."""

READY, THREADS = b"r", b"t"


def main(descriptor: int) -> None:
    """Serve until the client is gone. In a process that is to become a kernel, return as that kernel ends.

    The socket says when the client has ended. The system's own way would not: it means the thread that started
    this process, which may end long before.

    Args:
        descriptor: of the socket to the client.
    """
    control = socket.socket(fileno=descriptor)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is for the client, which tells who must end
    for name in PRELOADED:
        with contextlib.suppress(ImportError):  # who needs it will say so
            import_module(name)
    gc.collect()
    gc.freeze()  # what is there now is never looked at again, so that its memory stays shared
    control.sendall(THREADS if threads() > 1 else READY)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system clears away who has ended
    kernel = _serve(control)
    if kernel is None:  # the client is gone
        os._exit(0)
    kernel()


def _serve(control: socket.socket) -> Callable[[], None] | None:
    """Fork for each request. Returns None in the server; in a process that is to be a kernel, the way there."""
    while True:
        try:
            message, descriptors, *_ = socket.recv_fds(control, 1, 1)
        except InterruptedError:
            continue
        except OSError:
            return None
        if not message:
            return None
        if os.fork() == 0:
            control.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            os.setsid()
            die_with_parent()
            from .task import serve

            return serve(socket.socket(fileno=descriptors[0]))
        for descriptor in descriptors:
            os.close(descriptor)
