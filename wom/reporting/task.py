"""Inside a process of its own: take the work, make the report, give the answer, end."""

from __future__ import annotations

import os
import pickle
import socket
import sys
import traceback
from collections.abc import Callable
from typing import Any

from . import waiting


def serve(connection: socket.socket) -> Callable[[], None]:
    """Do the work of one client, in a process that was forked for it, and end.

    Before anything else a second process is forked, which is to be the kernel: it returns from here with the
    function that makes it one.

    Args:
        connection: to the client.
    """
    connection.sendall(os.getpid().to_bytes(8))
    work = bytearray()
    while part := connection.recv(1 << 20):
        work += part
    forked = waiting.fork()
    if isinstance(forked, int):
        connection.detach()  # closed already
        return lambda: waiting.become(forked)
    from . import provisioner

    provisioner.prepare(forked)
    answer = _answer(bytes(work))
    connection.sendall(answer)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def answer_alone() -> None:
    """Do the work given on standard input, in a new Python, and write the answer to standard output."""
    work = sys.stdin.buffer.read()
    answers = os.dup(1)
    os.dup2(2, 1)  # what the work prints is no answer
    answer = _answer(work)
    with os.fdopen(answers, "wb") as pipe:
        pipe.write(answer)


def _answer(work: bytes) -> bytes:
    answer: tuple[bool, Any]
    try:
        environment, folder, call = pickle.loads(work)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        function, arguments = pickle.loads(call)
        answer = True, function(*arguments)
    except KeyboardInterrupt:
        answer = False, "stopped"
    except Exception:
        answer = False, f"the runner failed, please report this:\n{traceback.format_exc()}"
    return pickle.dumps(answer)
