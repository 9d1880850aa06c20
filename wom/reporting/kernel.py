"""papermill and the kernel it starts: this environment's own Python, reached through private files.

A `python3` kernel that stands elsewhere on `JUPYTER_PATH` is never looked at. The ways to the kernel are files
in a directory of the run's own, so that runs side by side do not meet and nothing listens on the network.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

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
    from jupyter_core.utils import ensure_event_loop
    from traitlets import default
    from traitlets.config import Config

_KERNEL_LOG = "kernel.log"
_LOG = logging.getLogger("papermill")
_LOG.addHandler(logging.NullHandler())
_LOG.propagate = False  # what a user must know comes as an error; the rest is noise on a console

CellFailed: type[Exception] = papermill.exceptions.PapermillExecutionError
KernelDied: type[Exception] = nbclient.exceptions.DeadKernelError
CellTimedOut: type[Exception] = nbclient.exceptions.CellTimeoutError


class NoKernelError(Exception):
    """The kernel did not come up; the message is the last it said."""


class OwnKernelManager(AsyncKernelManager):
    """Starts the Python that is running, whatever kernels are installed anywhere.

    What the process itself says goes to a file beside its sockets, not to the console.
    """

    @default("kernel_spec_manager")
    def _own_kernels_only(self) -> KernelSpecManager:
        return KernelSpecManager(kernel_dirs=[], ensure_native_kernel=True)

    async def start_kernel(  # type: ignore[override]  # as in the parent, where an assignment hides it
        self, **options: Any
    ) -> None:
        """Start it, with its own errors kept."""
        with Path(self.connection_file).with_name(_KERNEL_LOG).open("w", encoding="utf-8") as log:
            await super().start_kernel(**options, stdout=log, stderr=log)


def run(notebook: Path, output: Path, parameters: dict[str, Any], timeout_per_cell: int | None) -> None:
    """Run a notebook with papermill in a fresh kernel; what ran so far is in `output` whatever happens.

    Args:
        notebook: what to run.
        output: the executed notebook.
        parameters: checked values.
        timeout_per_cell: seconds, or None for no limit.

    Errors:
        CellFailed, KernelDied, CellTimedOut: the notebook did not end well.
        NoKernelError: none came up.
        OSError: the output cannot be written.
    """
    with _private_directory() as directory:
        ipython = directory / "ipython"
        ipython.mkdir()
        files: dict[str, Any] = {"connection_file": str(directory / "kernel.json")}
        if os.name == "posix":
            files |= {"transport": "ipc", "ip": str(directory / "k")}
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
                kernel_manager_class=OwnKernelManager,
                config=Config({"OwnKernelManager": files}),
                # Start-up files of the user's own IPython would make the report depend on who runs it.
                extra_arguments=[f"--IPKernelApp.ipython_dir={ipython}"],
            )
        except (CellFailed, KernelDied, CellTimedOut):
            raise
        except RuntimeError as error:  # what nbclient has for a kernel that dies or hangs at its start
            said = (directory / _KERNEL_LOG).read_text(encoding="utf-8", errors="replace").split("\n")
            raise NoKernelError("; ".join([str(error), *[line for line in said if line.strip()][-1:]])) from error


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


@contextmanager
def _private_directory() -> Iterator[Path]:
    base = tempfile.gettempdir()
    short = "/tmp" if os.name == "posix" and len(base) > _LONGEST_SOCKET - 20 else base
    directory = Path(tempfile.mkdtemp(prefix="wom-", dir=short))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)
