"""Call a function in a process of its own: fresh, with an end that cannot hang, whatever happens to it.

On Linux the process is forked by the standard library's fork server, which has done the imports: half of what a
report costs. A fork of a process that has done nothing but import is as good as a new one. Elsewhere, and with
WOM_FORK=no, it is a new Python, which only takes longer. Each process leads a group of its own, with all that it
starts, and the group is killed when it has answered, when its time is over, or when its caller has ended.
"""

from __future__ import annotations

import _thread
import atexit
import contextlib
import ctypes
import math
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import traceback
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from multiprocessing import connection
from multiprocessing.connection import Connection
from typing import Any

from ..errors import WomError

PRELOADED = (
    "wom.assumptions", "wom.reach", "wom.analysis.nps", "wom.analysis.questions", "wom.exhibits.plan",
    "wom.exhibits.shown",
    "IPython.display", "ipykernel.ipkernel", "matplotlib.backends.backend_agg", "wom.report.kernel",
    "wom.report.run",
)  # fmt: skip
"""What every report waits for, in the order of a report: what changes warnings or the like comes last."""
PAGES = ("wom.report.page", "wom.report.slides", "wom.report.deck")
"""What makes pages of notebooks: a single report loads it while its notebook computes, many have it at once."""
_ENVIRONMENT = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM", "NUMEXPR")} | {
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "PYTHONSAFEPATH": "1",
}
"""What keeps linear algebra, and pyarrow's allocator, from starting threads, which a fork would lose."""
_LOOK_SECONDS = 0.25
_END_SECONDS = 10.0  # for a process that is told to stop
_KILL: int = getattr(signal, "SIGKILL", signal.SIGTERM)
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG

stopping = threading.Event()
"""Set to stop all calls."""
_starting = threading.RLock()


class CallError(WomError):
    """The function failed in a way that is nobody's business but ours, or did not end in time and was killed."""


class EndedError(CallError):
    """The process ended without an answer: killed, or out of memory."""


class StoppedError(WomError):
    """Everything was told to stop."""


def forks() -> bool:
    """Whether processes are forked from a server."""
    return sys.platform == "linux" and os.environ.get("WOM_FORK") != "no"


def start(*more: str) -> None:
    """Start the server, unless it runs; it imports while this process goes on."""
    if forks():
        from multiprocessing import forkserver, resource_tracker

        with _starting:
            resource_tracker.ensure_running()  # which lets SIGINT through again
            forkserver.set_forkserver_preload([*PRELOADED, *more, "wom.report.preloaded"])
            with _as_for_server():
                forkserver.ensure_running()
            atexit.unregister(_end_server)
            atexit.register(_end_server, os.getpid())


def _end_server(owner: int) -> None:
    """Kill the server, which ends with its caller by itself but where it hangs, as linear algebra does in a tight
    limit of memory; not a server that processes of somebody else's still come from."""
    from multiprocessing import forkserver

    server: Any = forkserver._forkserver
    if os.getpid() == owner and server._forkserver_pid and not multiprocessing.active_children():
        with contextlib.suppress(OSError):
            os.kill(server._forkserver_pid, _KILL)


@contextlib.contextmanager
def _as_for_server() -> Iterator[None]:
    """What the server is to find when it starts: its environment, our paths, no Ctrl-C, and no script of a user's.

    A terminal's Ctrl-C is for the caller, which tells who must end; the server would end in its imports. A user's
    script is not run again over there, and what stands in its place need not be a module that was imported.
    """
    paths = dict.fromkeys(os.path.abspath(path) for path in sys.path)  # noqa: PTH100
    wanted = _ENVIRONMENT | {"PYTHONPATH": os.pathsep.join(paths)} if forks() else {}
    before, main = {name: os.environ.get(name) for name in wanted}, sys.modules["__main__"]
    os.environ.update(wanted)
    sys.modules["__main__"] = types.ModuleType("__main__")
    masked = hasattr(signal, "pthread_sigmask")
    held = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT]) if masked else set()
    try:
        yield
    finally:
        if masked:
            signal.pthread_sigmask(signal.SIG_SETMASK, held)
        sys.modules["__main__"] = main
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def call(function: Callable[..., Any], *arguments: Any, seconds: float | None = None, kernel: bool = False) -> Any:
    """Call a function in a process of its own, in this working directory and with this environment.

    With `kernel`, one more waits in `spare` until the function needs it as a kernel.
    """
    receiving, sending = multiprocessing.Pipe(duplex=False)
    work = pickle.dumps((function, arguments))
    begun: list[Any] = []
    end = math.inf if seconds is None else time.monotonic() + seconds
    try:
        waiting = None
        if kernel and forks():
            ours, theirs = multiprocessing.Pipe()
            begun.append(_begin(_wait, theirs))
            theirs.close()
            waiting = Spare(begun[0].pid, ours)
        begun.insert(0, _begin(_serve, sending, dict(os.environ), work, waiting))
        sending.close()
        if waiting:
            waiting.line.close()
        while not receiving.poll(_LOOK_SECONDS):
            if stopping.is_set():
                raise StoppedError("stopped")
            if time.monotonic() > end:
                raise CallError(f"did not end within {seconds:g} seconds and was killed")
        good, value = pickle.loads(receiving.recv_bytes())
    except (EOFError, ConnectionResetError):
        raise EndedError("its process ended without a result: it was killed, or memory ran out") from None
    except (StoppedError, KeyboardInterrupt):  # let it clean up
        if begun:
            with contextlib.suppress(OSError, EOFError, KeyboardInterrupt):  # a second Ctrl-C: at once
                os.kill(begun[0].pid, signal.SIGINT)
                receiving.poll(_END_SECONDS)
        raise
    finally:
        for process in begun:
            kill_group(process.pid)
            process.kill()  # where it has not come to lead its group yet
            process.join(_END_SECONDS)
            with contextlib.suppress(ValueError):  # it does not end, which only a system call that hangs can do
                process.close()
        receiving.close()
    if not good:
        raise CallError(value)
    return value


def _begin(target: Callable[..., None], *arguments: Any) -> Any:
    """A process that has just begun.

    Also in a worker of Dask, which is marked as one that must not have children: ours never outlive their caller.
    """
    context: Any = multiprocessing.get_context("forkserver" if forks() else "spawn")
    marks = multiprocessing.current_process()._config  # type: ignore[attr-defined]
    for wait in (0.05, 0.2, 1.0, None):
        process = context.Process(target=target, args=arguments)
        with _starting:
            daemon = marks.pop("daemon", None)
            try:
                start()
                with _as_for_server():
                    process.start()
            except (EOFError, OSError) as error:  # the server was killed a moment ago, or cannot fork
                if wait is None:
                    raise EndedError("no process could be begun: is there a limit of them?") from error
                time.sleep(wait)
            else:
                break
            finally:
                if daemon is not None:
                    marks["daemon"] = daemon
    return process


def kill_group(leader: int) -> None:
    """Kill a process with all that it has started."""
    with contextlib.suppress(OSError):
        os.killpg(leader, _KILL) if hasattr(os, "killpg") else os.kill(leader, _KILL)


class Spare:
    """A process that waits to be told to be a kernel, with what Jupyter uses of `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, line: Connection) -> None:
        self.pid, self.line = pid, line

    def tell(self, arguments: Sequence[str], environment: Mapping[str, str], said: str) -> None:
        """Tell it to be one, with the launcher's arguments; what it says of itself goes to the file `said`."""
        self.line.send_bytes(pickle.dumps((arguments, environment, said)))

    def poll(self) -> int | None:
        """None while it runs, else a code; which one, only its parent knows."""
        return 1 if self.line.poll() else None

    def wait(self, timeout: float | None = None) -> int:
        """The code, when it has ended."""
        if not self.line.poll(timeout):
            raise subprocess.TimeoutExpired("kernel", timeout or 0.0)
        return 1

    def send_signal(self, number: int) -> None:
        """Send a signal to it and to what it has started, unless it has ended."""
        if self.poll() is None:
            with contextlib.suppress(OSError):
                os.killpg(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(_KILL)


spare: list[Spare] = []
"""The process that waits to be this one's kernel; none where they are not forked."""


# --- In the process itself ---


def _serve(answers: Connection, environment: Mapping[str, str], work: bytes, waiting: Spare | None) -> None:
    """Do the work, answer, end."""
    _begun()
    os.environ.clear()
    os.environ.update(environment)
    spare.extend([waiting] if waiting else [])
    # what threads and destructors of packages below complain of is no sentence; what comes of it is answered
    threading.excepthook, sys.unraisablehook = lambda _: None, lambda _: None
    try:
        function, arguments = pickle.loads(work)
        said = pickle.dumps((True, function(*arguments)))
    except KeyboardInterrupt:
        said = pickle.dumps((False, "stopped"))
    except Exception:
        said = pickle.dumps((False, f"the runner failed, please report this:\n{traceback.format_exc()}"))
    with contextlib.suppress(OSError):  # nobody waits for it any more
        answers.send_bytes(said)


def _wait(line: Connection) -> None:
    """Wait to be told, then be a notebook's kernel until it is shut down; without an order, end."""
    _begun()
    try:
        arguments, environment, said = pickle.loads(line.recv_bytes())
    except (EOFError, OSError, KeyboardInterrupt):
        return
    log = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for standard in (1, 2):
        os.dup2(log, standard)
    os.close(log)
    os.environ.clear()
    os.environ.update(environment)
    # what the server's start has fixed for good: how processes begin, random numbers, matplotlib's way to draw
    multiprocessing.set_start_method(None, force=True)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(None)
    if "matplotlib" in sys.modules:
        os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
        sys.modules["matplotlib"].rcParams["backend"] = os.environ["MPLBACKEND"]
    sys.argv = ["ipykernel_launcher", *arguments]
    from ipykernel.kernelapp import IPKernelApp

    try:
        IPKernelApp.launch_instance([*arguments, f"--IPKernelApp.parent_handle={os.getppid()}"])
    finally:
        atexit._run_exitfuncs()  # as at the end of any Python program


def _begun() -> None:
    """Lead a group of processes, listen to Ctrl-C, and end with the parent, however that ends.

    The system kills a forked process with the server; that it ends with who asked for it, only a thread can tell.
    """
    if hasattr(os, "setpgid"):
        os.setpgid(0, 0)
    if sys.platform == "linux":
        signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a shell began us with an &
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
        if forks():
            with contextlib.suppress(OSError, AttributeError):
                ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
    if parent := multiprocessing.parent_process():
        _thread.start_new_thread(_end_with, (parent.sentinel,))


def _end_with(parent: int) -> None:
    connection.wait([parent])
    kill_group(os.getpid())
