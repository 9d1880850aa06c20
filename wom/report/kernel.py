"""papermill and the kernel it starts, reached through private files.

The kernel is this environment's Python, whatever kernels stand elsewhere on `JUPYTER_PATH`. The ways to it are
files in a directory of the run's own, so that runs side by side do not meet and nothing listens on the network.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
import os
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from ..files import temporary_directory
from . import processes

_LAST_WORDS = 20.0  # seconds for a kernel to answer after its last cell
_OUTPUT = 60  # seconds for a cell's output to arrive after its end; nbclient's own 4 are few on a busy machine
_LONGEST_SOCKET = 80  # characters of the directory: the system allows 107 for a socket's whole path


@contextmanager
def quick_imports() -> Iterator[None]:
    """While jsonschema is imported, leave out its checker of international addresses.

    It takes longer to import (about 0.8 s) than all the rest of papermill and no notebook needs it; jsonschema
    does without it where it is not installed.
    """
    name = "rfc3987_syntax"
    if name in sys.modules or "jsonschema" in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # the import system's sign for "not there"
    try:
        import_module("jsonschema")
    finally:
        del sys.modules[name]
    yield


with quick_imports():
    import nbclient.exceptions
    import papermill
    import papermill.exceptions
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from jupyter_client.provisioning.local_provisioner import LocalProvisioner
    from jupyter_core.utils import ensure_event_loop
    from traitlets import default
    from traitlets.config import Config

_LOG = logging.getLogger("papermill")
_LOG.addHandler(logging.NullHandler())
_LOG.propagate = False  # what a user must know comes as an error; the rest is noise on a console

CellFailed: type[Exception] = papermill.exceptions.PapermillExecutionError
KernelDied: type[Exception] = nbclient.exceptions.DeadKernelError
CellTimedOut: type[Exception] = nbclient.exceptions.CellTimeoutError


class NoKernelError(Exception):
    """The kernel did not come up; the message is the last it said."""


class TooLateError(Exception):
    """The time for the run was over, and its kernel was killed."""


def run(
    notebook: Path,
    output: Path,
    parameters: dict[str, Any],
    timeout_per_cell: int | None,
    *,
    deadline: float | None = None,
    log: Path | None = None,
) -> None:
    """Run a notebook with papermill in a fresh kernel; what ran so far is in `output` whatever happens.

    A kernel that is done with its last cell and does not answer any more is killed; its results count.

    Args:
        notebook: what to run.
        output: the executed notebook.
        parameters: checked values.
        timeout_per_cell: seconds, or None for no limit.
        deadline: time on the clock `time.monotonic` at which the kernel is killed.
        log: file for the course of the run and for what the kernel's process says outside of the notebook.

    Raises:
        CellFailed, KernelDied, CellTimedOut: the notebook did not end well.
        TooLateError: it took longer than until the deadline.
        NoKernelError: none came up.
        OSError: the output cannot be written.
    """
    base = tempfile.gettempdir()
    short = "/tmp" if os.name == "posix" and len(base) > _LONGEST_SOCKET - 20 else base
    with temporary_directory("wom-", Path(short)) as directory, _logged(log or directory / "log") as course:
        files: dict[str, Any] = {"connection_file": str(directory / "kernel.json")}
        if os.name == "posix":
            files |= {"transport": "ipc", "ip": str(directory / "k")}
        started = Started(course, directory)
        manager = type("OwnKernelManager", (OwnKernelManager,), {"started": started})
        clocks = _Clocks(started, deadline, _cells_to_run(notebook) + bool(parameters))
        try:
            # an empty context: the event loop that the run sets up in it is its own, and can be closed
            contextvars.Context().run(
                _on_own_loop,
                _literal(notebook),
                _literal(output),
                parameters=parameters,
                kernel_name="python3",
                language="python",
                progress_bar=False,
                start_timeout=120,
                execution_timeout=timeout_per_cell,
                iopub_timeout=_OUTPUT,
                kernel_manager_class=manager,
                on_cell_executed=clocks.executed,
                config=Config({"OwnKernelManager": files}),
            )
        except (CellFailed, CellTimedOut):
            raise
        except (KernelDied, RuntimeError) as error:  # the latter of nbclient, for a kernel that dies at its start
            if clocks.too_late:
                raise TooLateError from error
            if clocks.complete:
                return
            if isinstance(error, KernelDied):
                raise
            said = course.read_text(encoding="utf-8", errors="replace").split("\n")
            raise NoKernelError("; ".join([str(error), *[line for line in said if line.strip()][-1:]])) from error
        finally:
            clocks.cancel()
            started.kill()


class Started:
    """The kernels of one run, to end them whatever state their managers are in.

    Args:
        log: file for what their processes say outside of the notebook.
        home: for the files of IPython and Jupyter: start-up files of the user's own would make the report depend
            on who runs it, and a home need not be writable.
    """

    def __init__(self, log: Path, home: Path) -> None:
        self.log, self.stopped = log, False
        self.environment = {name: str(home / name.lower()) for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR")}
        for place in self.environment.values():
            Path(place).mkdir()
        self._kernels: list[OwnProvisioner] = []

    def add(self, kernel: OwnProvisioner) -> None:
        """Remember a kernel that has just started."""
        self._kernels.append(kernel)
        if self.stopped:
            self.kill()

    def kill(self) -> None:
        """End all of them at once, with what they have started."""
        self.stopped = True
        for kernel in self._kernels:
            if kernel.process is not None and kernel.process.poll() is None:
                processes.kill_group(kernel.process.pid)


class OwnProvisioner(LocalProvisioner):
    """Starts the kernel's process, or hands over to the one that is waiting to be it."""

    process: Any

    async def launch_kernel(self, cmd: list[str], **options: Any) -> Any:
        """Start it; what the process itself says goes to the run's log, not to the console."""
        manager: Any = self.parent
        started: Started = manager.started
        environment = options["env"] | started.environment
        if processes.spare:
            self.process = processes.spare.pop()
            self.process.become(cmd[cmd.index("-f") :], environment, started.log)
            self.pid, self.pgid = self.process.pid, self.process.pid
            information = self.connection_info
        else:
            with started.log.open("a", encoding="utf-8") as log:
                options |= {"env": environment, "stdout": log, "stderr": log}
                information = await super().launch_kernel(cmd, **options)
        started.add(self)
        return information


class OwnKernelManager(AsyncKernelManager):
    """Starts the Python that is running, whatever kernels are installed anywhere; `started` belongs to the run."""

    started: Started

    @default("kernel_spec_manager")
    def _own_kernels_only(self) -> KernelSpecManager:
        return KernelSpecManager(kernel_dirs=[], ensure_native_kernel=True)

    async def start_kernel(  # type: ignore[override]  # as in the parent, where an assignment hides it
        self, **options: Any
    ) -> None:
        """As in the parent, with a provisioner of our own."""
        self.kernel_id = self.kernel_id or str(uuid.uuid4())
        if self.provisioner is None:
            self.provisioner = OwnProvisioner(kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self)
        await super().start_kernel(**options)


class _Clocks:
    """Kills the kernel when the run's time is over, or when it does not answer after its last cell."""

    def __init__(self, started: Started, deadline: float | None, cells: int) -> None:
        self.too_late = self.complete = False
        self._started, self._left = started, cells
        self._timers: list[threading.Timer] = []
        if deadline is not None:
            self._set(deadline - time.monotonic(), self._late)

    def executed(self, **_: Any) -> None:
        """A cell is done."""
        self._left -= 1
        if self._left == 0:
            self.complete = True
            self._set(_LAST_WORDS, self._started.kill)

    def cancel(self) -> None:
        """The run is over."""
        for timer in self._timers:
            timer.cancel()

    def _late(self) -> None:
        self.too_late = True
        self._started.kill()

    def _set(self, seconds: float, action: Any) -> None:
        timer = threading.Timer(max(seconds, 0.0), action)
        timer.daemon = True
        timer.start()
        self._timers.append(timer)


def _cells_to_run(notebook: Path) -> int:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return sum(
        cell["cell_type"] == "code"
        and bool("".join(cell["source"]).strip())
        and "skip-execution" not in cell["metadata"].get("tags", [])
        for cell in cells
    )


@contextmanager
def _logged(log: Path) -> Iterator[Path]:
    """papermill's notes on the course of this run, and of no other that runs beside it, go to the file."""
    handler = logging.FileHandler(log, encoding="utf-8", delay=True)
    formatter = logging.Formatter("%(asctime)sZ %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    own = threading.get_ident()
    handler.addFilter(lambda record: record.thread == own)
    _LOG.addHandler(handler)
    level = _LOG.level
    _LOG.setLevel(logging.INFO)
    try:
        yield log
    finally:
        _LOG.removeHandler(handler)
        _LOG.setLevel(level)
        handler.close()


def _on_own_loop(*arguments: Any, **options: Any) -> None:
    """papermill on an event loop that is closed afterwards; it would leave one open in every thread."""
    loop = ensure_event_loop()
    try:
        papermill.execute_notebook(*arguments, **options)
    finally:
        if not loop.is_running():  # it does where a notebook calls this: then the loop is that notebook's
            loop.close()
            asyncio.set_event_loop(None)


def _literal(path: Path) -> str:
    """papermill fills in {…} in a path."""
    return str(path.absolute()).replace("{", "{{").replace("}", "}}")
