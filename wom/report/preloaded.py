"""The last module that the fork server loads: what is there now is never collected, and stays shared.

The server ends at once: libraries such as DuckDB's would tell on the console what they leave behind.
"""

import atexit
import gc
import os

gc.collect()
gc.freeze()
_SERVER = os.getpid()
atexit.register(lambda: os._exit(0) if os.getpid() == _SERVER else None)
