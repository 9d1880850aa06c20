"""How a run's kernel process begins: this environment's Python, or the process that has been waiting for it.

A `python3` kernel that stands elsewhere on `JUPYTER_PATH` is never looked at.
"""

from __future__ import annotations

import contextlib
import os
import signal
import uuid
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import default

from .waiting import Waiting

_prepared: list[Waiting] = []
"""A process forked early for this process's only report; empty where reports start kernels of their own."""


def prepare(process: Waiting) -> None:
    """Give the next kernel this process to be."""
    _prepared.append(process)


class Started:
    """The kernels of one run, to end them whatever state their managers are in."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.stopped = False
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
            kernel.end()


class OwnProvisioner(LocalProvisioner):
    """Starts the kernel's process, or hands over to the one that is waiting."""

    process: Any

    async def launch_kernel(self, cmd: list[str], **options: Any) -> Any:
        """Start it; what the process itself says goes to the run's log, not to the console."""
        manager: Any = self.parent
        started: Started = manager.started
        if _prepared:
            waiting = _prepared.pop()
            waiting.start(cmd, options["env"] | {"JPY_PARENT_PID": str(os.getpid())}, started.log)
            self.process, self.pid, self.pgid = waiting, waiting.pid, None
            information = self.connection_info
        else:
            with started.log.open("a", encoding="utf-8") as log:
                information = await super().launch_kernel(cmd, **options, stdout=log, stderr=log)
        started.add(self)
        return information

    def end(self) -> None:
        """Kill the kernel and what it has started."""
        if self.process is None or self.process.poll() is not None:
            return
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg") and os.getpgid(self.process.pid) == self.process.pid:
                os.killpg(self.process.pid, signal.SIGKILL)
            else:
                self.process.kill()


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
