"""The database in which tables are read and added up: an embedded DuckDB, or the user's own."""

from __future__ import annotations

import csv
import re
import uuid
import warnings
import weakref
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from ..errors import WomError, nearest, shorten
from ..files import Temporary
from .description import Description

MEMORY = "900MB"
"""What DuckDB may use before it writes to disk; Python and its packages take some 300 MB more."""

_PREFIX = "wom-data-"
_ALL = 2**62
_OTHER_NAMES = ("postgresql", "md", "grpc", "grpc+tls", "http", "https", "s3", "gs", "file")
_THEIRS = (csv.Error, EOFError, OSError, UnicodeError, zlib.error)
_PACKAGES = {
    "MySQLdb", "_duckdb", "duckdb", "ibis", "openpyxl", "psycopg", "pyarrow", "sqlglot", "sqlite3", "zipfile"
}  # fmt: skip
"""Whose exceptions say that a table cannot be read; any other is a fault of ours."""


class UnusableError(WomError):
    """What is wrong with a table, in words; who knows the key of data.yaml adds it."""


@contextmanager
def plainly(refuse: Callable[[str], WomError] = UnusableError) -> Iterator[None]:
    """What files, databases and their packages raise, as one error in words: line, what is wrong, what to do."""
    try:
        yield
    except UnusableError as error:
        raise refuse(str(error)) from None
    except Exception as error:
        if isinstance(error, WomError) or not (
            isinstance(error, _THEIRS) or type(error).__module__.partition(".")[0] in _PACKAGES
        ):
            raise
        if isinstance(error, EOFError):
            raise refuse("is cut off: its end is missing; fetch or compress it again") from None
        line = re.search(r"\b[Ll]ine:? ([0-9]+)", str(error))
        first = " ".join((str(error).strip() or type(error).__name__).splitlines()[0].split())[:160]
        raise refuse(
            f"{f'line {line[1]}: ' if line else ''}cannot be read: {getattr(error, 'strerror', None) or first}; "
            "export it again, as plain CSV in UTF-8 if nothing else helps"
        ) from None


def package(what: str, name: str, part: str) -> Any:
    """A package that not everybody has; an error says how to install it."""
    try:
        import_module(part)
        return import_module(name)
    except ImportError as error:
        raise WomError(
            f"{what} need {name} and {part}, not installed; install them with: pip install 'wom[data]'"
        ) from error


def ibis() -> Any:
    """The package `ibis` with its DuckDB."""
    return package("tables", "ibis", "duckdb")


def fetched(found: Any) -> Any:
    """An Ibis expression computed: a DataFrame of a table, or a plain value."""
    with warnings.catch_warnings(), plainly():
        for known in ("fetch_arrow_table", ".*infer_string"):  # of Ibis, not of who asks us
            warnings.filterwarnings("ignore", known, DeprecationWarning)
        return found.execute()


class Store:
    """The embedded database, the user's own if there is one, and a directory that goes away with the object."""

    def __init__(self, description: Description) -> None:
        held, opened = Temporary(_PREFIX), list[Any]()
        self.directory, self._end = held.path, weakref.finalize(self, _end, opened, held)
        self.given: Any = None
        self.embedded = _duckdb(self.directory / "tables.duckdb", self.directory, read_only=False)
        opened.append(self.embedded)
        try:
            if description.connection:
                self.given = _connected(description, self.directory)
                opened.append(self.given)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give memory and disk back now."""
        self._end()


def _end(connections: list[Any], held: Temporary) -> None:
    for connection in connections:
        with suppress(Exception):  # a server that is gone needs no goodbye
            connection.disconnect()
    held.close()


def _duckdb(path: Path, directory: Path, read_only: bool) -> Any:
    connection = ibis().duckdb.connect(str(path), read_only=read_only, memory_limit=MEMORY)
    with suppress(Exception):  # a database that is open already spills where it did
        connection.raw_sql(f"SET temp_directory = '{directory / 'spill'}'")
    connection.raw_sql("SET TimeZone = 'UTC'")
    connection.raw_sql("SET enable_progress_bar = false")
    return connection


def _connected(description: Description, directory: Path) -> Any:
    address = description.address()
    scheme, _, rest = address.partition("://")
    try:
        if scheme in ("duckdb", "sqlite"):  # relative to data.yaml with three slashes, absolute with four
            name = rest.partition("?")[0].removeprefix("/")
            path = next((at for at in (description.folder / name, Path("/" + name)) if at.is_file()), None)
            if path is None:
                raise description.error(f"no such file: {shorten(name)}", "connection")
            if scheme == "duckdb":
                return _duckdb(path, directory, read_only=True)
            with warnings.catch_warnings():
                return ibis().sqlite.connect(str(path))
        kinds = sorted(found.name for found in ibis().util.backend_entry_points())
        if scheme not in (*kinds, *_OTHER_NAMES):
            given = str(description.connection).startswith(scheme)  # else it may hold what must not be shown
            what = f"no such kind of database: {shorten(scheme)}" if given else "no such kind of database"
            raise description.error(f"{what}; {nearest(scheme, kinds)}", "connection")
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Unable to set session timezone")  # MariaDB knows no name of UTC
            found = ibis().connect(address)
        if found.name == "mysql":
            found.raw_sql("SET time_zone = '+00:00'").close()
        return found
    except WomError:
        raise
    except ImportError:
        backend = scheme.replace("postgresql", "postgres")
        more = " 'psycopg[binary]'" if backend == "postgres" else ""
        raise description.error(
            f"Python packages for {backend} are missing; install them with: "
            f"pip install 'ibis-framework[{backend}]'{more}",
            "connection",
        ) from None
    except Exception as error:  # every database has errors of its own, and their words may hold the password
        what = (
            f"cannot connect to {scheme} ({type(error).__name__}); does the server answer, and are address, "
            "database, user and password right?"
        )
        file = rest.rpartition("/")[2]
        if scheme in ("duckdb", "sqlite") and re.search(r"(?i)\block", str(error)):
            what = f"{file} is in use: another program has it open; close it there, or give a copy"
        elif scheme == "duckdb":
            what = (
                f"{file} cannot be opened as a DuckDB database; is it one, and of a version that is read here? "
                f"({str(error).splitlines()[0][:120]})"
            )
        raise description.error(what, "connection") from None


def table(connection: Any, name: str, key: str, description: Description) -> Any:
    """A table of the user's own database; `schema.table` names one in a schema."""
    schema, _, last = name.rpartition(".")
    try:
        return connection.table(last, database=schema) if schema else connection.table(last)
    except Exception as error:  # as above
        why = type(error).__name__
    try:
        known = [f"{schema}.{found}" if schema else found for found in names(connection, schema)]
    except Exception:
        known = [name]
    if name not in known:
        raise description.error(f"no table {shorten(name)}; {nearest(name, known)}", key)
    raise description.error(f"table {shorten(name)} cannot be read: {why}", key)


def names(connection: Any, schema: str = "") -> list[str]:
    """Names of a database's tables and views, temporary ones included; of a schema, or where it stands."""
    if connection.name != "duckdb":
        return list(connection.list_tables(database=schema or None))
    # Ibis 12 asks DuckDB 2 in a way it no longer knows.
    rows = connection.raw_sql("SELECT table_schema, table_name FROM information_schema.tables").fetchall()
    return [name for place, name in rows if schema in ("", place)]


def lines_of(connection: Any, found: Any) -> Any:
    """The rows of a table of SQLite, MySQL or MariaDB one after the other, and never all of them at once."""
    kinds = [import_module("MySQLdb.cursors").SSCursor] if connection.name == "mysql" else []
    rows = connection.con.cursor(*kinds)
    rows.execute(connection.compile(found))
    return rows


def staged(connection: Any, name: str, found: Any) -> Any:
    """A table that is computed as a step of its own, so that what follows does not compute it again."""
    if connection.name == "duckdb":
        connection.raw_sql(f'CREATE OR REPLACE TEMP VIEW "{name}" AS {connection.compile(found)}')
        return connection.table(name)
    return found.limit(_ALL)  # else planners write the step out again wherever it is used


def kept(connection: Any, name: str, found: Any, embedded: bool = False) -> Any:
    """A table that is computed once if it can be, for as long as the connection lasts; else each time anew."""
    if connection.name == "duckdb":
        kind = "TABLE" if embedded else "TEMP TABLE"
        with plainly():
            connection.raw_sql(f'CREATE OR REPLACE {kind} "{name}" AS {connection.compile(found)}')
        return connection.table(name)
    if connection.name != "postgres":
        return found  # no tables are made where that was never tried
    own = f"{_PREFIX}{name}-{uuid.uuid4().hex[:12]}"  # no name of the user's
    try:
        table = connection.create_table(own, found, temp=True)
        connection.raw_sql(f'ANALYZE "{own}"').close()  # of temporary tables nobody else counts the rows
    except Exception:  # a server that is only read from, or an account that may make no tables
        return found
    return table
