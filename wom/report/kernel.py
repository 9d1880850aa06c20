"""papermill and the kernel it starts, reached through private files.

The kernel is this environment's Python, whatever kernels stand elsewhere on `JUPYTER_PATH`. The ways to it are
files in a directory of the run's own, so that runs side by side do not meet and nothing listens on the network.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
import os
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path
from typing import Any

from ..files import Temporary
from . import processes

_modules: dict[str, Any] = sys.modules
try:
    _modules.setdefault("rfc3987_syntax", None)  # jsonschema's check of addresses is half of papermill's imports
    import nbclient.exceptions
    import papermill
    import papermill.engines
    import papermill.exceptions
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from jupyter_client.provisioning.local_provisioner import LocalProvisioner
    from jupyter_core.utils import ensure_event_loop
    from traitlets import default
    from traitlets.config import Config
finally:
    if _modules["rfc3987_syntax"] is None:
        del _modules["rfc3987_syntax"]

_SAVE_SECONDS = 5.0
_OUTPUT_SECONDS = 60  # for a cell's output to arrive after its end; nbclient's own 4 are few on a busy machine
_LONGEST_BASE = 60  # characters of a directory: the system allows 107 for a socket's whole path
_LOG = logging.getLogger("papermill")
_LOG.addHandler(logging.NullHandler())
_LOG.propagate = False  # what a user must know comes as an error; the rest is noise on a console

CellFailed: type[Exception] = papermill.exceptions.PapermillExecutionError
KernelDied: type[Exception] = nbclient.exceptions.DeadKernelError


class NoKernelError(Exception):
    """The kernel did not come up; the message is the last it said."""


class TooLateError(Exception):
    """The time for the run was over, and its kernel was killed."""


class Engine(papermill.engines.NBClientEngine):  # type: ignore[misc]  # papermill has no type information
    """papermill's own, but that it writes the notebook every few seconds, not twice with every cell: that takes as
    long as all else of a run but its computing."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
        """As in the parent."""
        save, last = nb_man.save, time.monotonic()

        def seldom() -> None:
            nonlocal last
            if time.monotonic() > last + _SAVE_SECONDS:
                save()
                last = time.monotonic()

        nb_man.save = seldom
        try:
            super().execute_managed_notebook(nb_man, kernel_name, **options)
        finally:
            nb_man.save = save  # by which papermill writes it at the end, whatever that is


papermill.engines.papermill_engines.register("wom", Engine)


def run(
    notebook: Path,
    output: Path,
    parameters: dict[str, Any],
    *,
    deadline: float | None = None,
    log: Path | None = None,
) -> None:
    """Run a notebook with papermill in a fresh kernel; what ran so far is in `output` whatever happens to that."""
    base = tempfile.gettempdir()
    short = "/tmp" if os.name == "posix" and len(base) > _LONGEST_BASE else base
    with contextlib.closing(Temporary("wom-", Path(short))) as held:
        directory = held.path
        files: dict[str, Any] = {"connection_file": str(directory / "kernel.json")}
        if os.name == "posix":
            files |= {"transport": "ipc", "ip": str(directory / "k")}
        started = Started(log or directory / "log", directory)
        clock = threading.Timer(max(deadline - time.monotonic(), 0.0) if deadline else 0.0, started.kill)
        clock.daemon = True
        if deadline is not None:
            clock.start()
        source, target = (
            str(path.absolute()).replace("{", "{{").replace("}", "}}") for path in (notebook, output)
        )

        def execute() -> None:
            loop = ensure_event_loop()
            try:
                papermill.execute_notebook(
                    source,
                    target,  # papermill fills in {…} in a path
                    parameters=parameters,
                    engine_name="wom",
                    kernel_name="python3",
                    language="python",
                    progress_bar=False,
                    start_timeout=120,
                    iopub_timeout=_OUTPUT_SECONDS,
                    kernel_manager_class=type("OwnKernelManager", (OwnKernelManager,), {"started": started}),
                    config=Config({"OwnKernelManager": files}),
                )
            finally:
                if not loop.is_running():  # it does where a notebook calls this: then the loop is that notebook's
                    loop.close()  # papermill would leave one open in every thread
                    asyncio.set_event_loop(None)

        try:
            contextvars.Context().run(execute)  # an empty one: the event loop set up in it can be closed
        except (KernelDied, RuntimeError) as error:  # the latter of nbclient, for a kernel that dies at its start
            if started.stopped:
                raise TooLateError from error
            if isinstance(error, KernelDied):
                raise
            said = started.log.read_text(encoding="utf-8", errors="replace") if started.log.exists() else ""
            last = [line for line in said.split("\n") if line.strip()][-1:]
            advice = "is there a limit of memory, of open files or of processes (ulimit -a)?"
            raise NoKernelError("; ".join([str(error), *last, advice])) from error
        finally:
            clock.cancel()
            started.kill()


class Started:
    """The kernels of one run, to end them whatever state their managers are in."""

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
        environment = options["env"] | started.environment | {"JPY_PARENT_PID": str(os.getpid())}
        if processes.spare:
            self.process = processes.spare.pop()
            self.process.tell(cmd[cmd.index("-f") :], environment, str(started.log))
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
