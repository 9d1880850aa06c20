"""A PostgreSQL server of the tests' own."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

PASSWORD = "p@ss/w:d#+ %"
"""Every sign of it means something else in an address."""


def program(name):
    """A program of the newest PostgreSQL; Debian keeps them out of the path."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: int(place.parent.name))
    found = shutil.which(name, path=os.pathsep.join([*map(str, reversed(places)), os.environ.get("PATH", "")]))
    return found or pytest.skip("no PostgreSQL server is installed (Debian: postgresql)")


@contextmanager
def running():
    """A link to a server that listens on a socket in its own directory only, and the address of its database."""
    import psycopg

    initdb, postgres = program("initdb"), program("postgres")
    with tempfile.TemporaryDirectory(prefix="wom-pg-") as folder:
        place = Path(folder)
        (place / "password").write_text(PASSWORD)
        who = {}
        if os.geteuid() == 0:  # PostgreSQL refuses to be run by root
            who = {"user": "nobody", "group": "nogroup", "extra_groups": []}
            for entry in (place, place / "password"):
                shutil.chown(entry, "nobody", "nogroup")
        new = [initdb, "-D", place / "data", "-U", "wom", "-A", "scram-sha-256", "--pwfile", place / "password",
               "-E", "UTF8", "--no-locale", "--no-sync"]  # fmt: skip
        subprocess.run(new, check=True, stdout=subprocess.DEVNULL, cwd=place, **who)
        with (place / "log").open("w") as log:
            process = subprocess.Popen(
                [postgres, "-D", place / "data", "-k", place, "-c", "listen_addresses=", "-c", "fsync=off"],
                stdout=log, stderr=log, cwd=place, **who,
            )  # fmt: skip
        try:
            for _ in range(100):
                assert process.poll() is None, (place / "log").read_text()
                try:
                    link = psycopg.connect(
                        host=folder, user="wom", password=PASSWORD, dbname="postgres", autocommit=True
                    )
                    break
                except psycopg.OperationalError:
                    time.sleep(0.1)
            with link:
                yield link, f"postgres://wom:${{SHOP_PASSWORD}}@/postgres?host={folder}"
        finally:
            process.send_signal(signal.SIGINT)  # does not wait for anyone to hang up
            process.wait(timeout=30)
