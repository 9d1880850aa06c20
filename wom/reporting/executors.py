"""Where the work of a batch is done: processes on this machine, or a Dask cluster; one interface for both."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from ..errors import WomError
from . import manifest, own_process

JOBS = 2
"""Reports at once on this machine: each keeps one core busy, and a little more."""

_RETRIES = 3
_CONNECT_SECONDS = 30
_WORKERS_SECONDS = 60
INSTALL = "pip install 'wom[dask]'"


@contextmanager
def executor(jobs: int = JOBS, scheduler: str = "", output: Path | None = None) -> Iterator[Executor]:
    """An executor of the standard library's interface; leaving it lets go of everything that has not begun.

    Its tasks start processes of their own, so that threads are enough here.

    Args:
        jobs: reports at once on this machine.
        scheduler: address of a Dask scheduler, such as tcp://10.0.0.1:8786; empty for this machine.
        output: a directory that every machine must see.

    Errors:
        WomError: Dask is not installed, the scheduler does not answer, or a worker runs other code or does not
            see the directory.

    Example:
        >>> with executor(1) as pool:
        ...     pool.submit(divmod, 7, 2).result()
        (3, 1)
    """
    if scheduler:
        with _dask(scheduler, output) as pool:
            yield pool
        return
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="report")
    try:
        yield pool
    except BaseException:
        own_process.stopping.set()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        own_process.stopping.clear()


@contextmanager
def _dask(scheduler: str, output: Path | None) -> Iterator[Executor]:
    try:
        distributed: Any = import_module("distributed")
    except ImportError as error:
        raise WomError(f"--scheduler needs Dask: {INSTALL}") from error
    try:
        client = distributed.Client(scheduler, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise WomError(
            f"no Dask scheduler answers at {scheduler}: {error}; start one with: dask scheduler"
        ) from error
    pool: Any = None
    try:
        _check_workers(client, scheduler, output)
        # equal calls are no reason for one result: they leave files
        pool = client.get_executor(pure=False, retries=_RETRIES)
        yield pool
    finally:
        if pool is not None:
            with contextlib.suppress(Exception):  # a scheduler that is gone has nothing left to cancel
                pool.shutdown(wait=False)
        with contextlib.suppress(Exception):
            client.close(timeout=5)


def _check_workers(client: Any, scheduler: str, output: Path | None) -> None:
    try:
        client.wait_for_workers(1, timeout=_WORKERS_SECONDS)
    except TimeoutError as error:
        raise WomError(f"{scheduler} has no workers; start some with: dask worker {scheduler}") from error
    try:
        found = client.run(_state, str(output) if output else "")
    except Exception as error:  # whatever a worker without wom says
        raise WomError(f"the workers of {scheduler} cannot run wom: {error}; install {INSTALL} there") from error
    for worker, (code, sees) in found.items():
        if code != manifest.code_hash():
            raise WomError(f"worker {worker} runs another version of wom; install the same one everywhere")
        if not sees:
            raise WomError(f"worker {worker} does not see {output}; choose an --output that all machines share")


def _state(output: str) -> tuple[str, bool]:
    """On a worker: which code it runs, and whether it sees a directory."""
    return manifest.code_hash(), not output or Path(output).is_dir()
