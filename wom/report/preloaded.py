"""The last module that the fork server loads: what is there now is never collected, and stays shared."""

import atexit
import gc
import os

_SERVER = os.getpid()


@atexit.register
def _end() -> None:
    """Let the server end at once: DuckDB's binding would tell on the console what it leaves behind."""
    if os.getpid() == _SERVER:
        os._exit(0)


gc.collect()
gc.freeze()
