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

INSTALL = "pip install 'wom[data]'"

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
        line = re.search(r"\b[Ll]ine:? ([0-9]+)", str(error))
        if isinstance(error, EOFError):
            raise refuse("is cut off: its end is missing; fetch or compress it again") from None
        what = (
            getattr(error, "strerror", None)
            or " ".join((str(error).strip() or type(error).__name__).splitlines()[0].split())[:160]
        )
        raise refuse(
            f"{f'line {line[1]}: ' if line else ''}cannot be read: {what}; export it again, as plain CSV in UTF-8 "
            "if nothing else helps"
        ) from None


def _package(what: str, name: str, part: str) -> Any:
    try:
        import_module(part)
        return import_module(name)
    except ImportError as error:
        raise WomError(f"{what} need {name} and {part}, not installed; install them with: {INSTALL}") from error


def ibis() -> Any:
    """The package `ibis` with its DuckDB.

    Raises:
        WomError: not installed; says how to install it.
    """
    return _package("tables", "ibis", "duckdb")


def openpyxl() -> Any:
    """The package `openpyxl`, which reads Excel.

    Raises:
        WomError: not installed; says how to install it.
    """
    return _package("Excel files", "openpyxl", "openpyxl.utils.datetime")


def fetched(found: Any) -> Any:
    """An Ibis expression computed: a DataFrame of a table, or a plain value.

    Ibis asks DuckDB and pandas in ways that their newer releases warn of; that is no concern of who asks us.
    """
    with warnings.catch_warnings():
        for known in ("fetch_arrow_table", ".*infer_string"):
            warnings.filterwarnings("ignore", known, DeprecationWarning)
        with plainly():
            return found.execute()


def listed(**columns: list[Any]) -> Any:
    """An Ibis table of a few rows."""
    pyarrow = import_module("pyarrow")
    return ibis().memtable(pyarrow.table(columns))


MEMORY = "900MB"
"""What DuckDB may use before it writes to disk; Python and its packages take some 300 MB more."""


_PREFIX = "wom-data-"
_ALL = 2**62
_OTHER_NAMES = ("postgresql", "md", "grpc", "grpc+tls", "http", "https", "s3", "gs", "file")


class Store:
    """A connection and a directory for what does not fit into memory; the directory goes away with the object."""

    def __init__(self, description: Description) -> None:
        held = Temporary(_PREFIX)
        self.directory, self._open = held.path, list[Any]()
        self._end = weakref.finalize(self, _end, self._open, held)
        self.embedded, self._given = _embedded(self.directory), None
        self._open.append(self.embedded)
        try:
            if description.connection:
                self._given = _connected(description, self.directory)
                self._open.append(self._given)
        except BaseException:
            self.close()
            raise

    def connection(self, table: bool) -> Any:
        """Where tables are: the user's own database, or the embedded one that reads files."""
        return self._given if table else self.embedded

    def close(self) -> None:
        """Give memory and disk back now."""
        self._end()


def _end(connections: list[Any], held: Temporary) -> None:
    for connection in connections:
        with suppress(Exception):  # a server that is gone needs no goodbye
            connection.disconnect()
    held.close()


def dialect(connection: Any) -> str:
    """Name of a connection's database."""
    return str(connection.name)


def _embedded(directory: Path) -> Any:
    return _duckdb(directory / "tables.duckdb", directory, read_only=False)


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
        if scheme in ("duckdb", "sqlite"):
            path = _database(description, rest)
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
        if dialect(found) == "mysql":
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
        if scheme in ("duckdb", "sqlite") and re.search(r"(?i)\block", str(error)):
            what = "is in use: another program has it open; close it there, or give a copy"
            raise description.error(f"{rest.rpartition('/')[2]} {what}", "connection") from None
        if scheme == "duckdb":
            what = "cannot be opened as a DuckDB database; is it one, and of a version that is read here?"
            why = str(error).splitlines()[0][:120]
            raise description.error(f"{rest.rpartition('/')[2]} {what} ({why})", "connection") from None
        raise description.error(
            f"cannot connect to {scheme} ({type(error).__name__}); does the server answer, and are address, "
            "database, user and password right?",
            "connection",
        ) from None


def _database(description: Description, rest: str) -> Path:
    """A database in a file: relative to data.yaml with three slashes, absolute with four."""
    name = rest.partition("?")[0].removeprefix("/")
    path = description.folder / name
    if not path.is_file() and Path("/" + name).is_file():
        path = Path("/" + name)
    if not path.is_file():
        raise description.error(f"no such file: {shorten(name)}", "connection")
    return path


def table(connection: Any, name: str, key: str, description: Description) -> Any:
    """A table of the user's own database; `schema.table` names one in a schema.

    Raises:
        InputError: not there; names the nearest.
    """
    *schema, last = name.split(".")
    place = ".".join(schema) or None
    try:
        return connection.table(last, database=place) if place else connection.table(last)
    except Exception as error:  # as above
        why = type(error).__name__
    try:
        known = [".".join((*schema, found)) for found in names(connection, place)]
    except Exception:
        known = [name]
    if name not in known:
        raise description.error(f"no table {shorten(name)}; {nearest(name, known)}", key)
    raise description.error(f"table {shorten(name)} cannot be read: {why}", key)


def names(connection: Any, schema: str | None = None) -> list[str]:
    """Names of a database's tables and views, temporary ones included.

    `schema`: within the database; None for where the connection stands.
    """
    if dialect(connection) != "duckdb":
        return list(connection.list_tables(database=schema) if schema else connection.list_tables())
    # Ibis 12 asks DuckDB 2 in a way it no longer knows.
    rows = connection.raw_sql("SELECT table_schema, table_name FROM information_schema.tables").fetchall()
    return [name for place, name in rows if schema in (None, place)]


def lines_of(connection: Any, found: Any) -> Any:
    """The rows of a table of SQLite, MySQL or MariaDB one after the other, and never all of them at once."""
    cursors = import_module("MySQLdb.cursors").SSCursor if dialect(connection) == "mysql" else None
    rows = connection.con.cursor(cursors) if cursors else connection.con.cursor()
    rows.execute(connection.compile(found))
    return rows


def staged(connection: Any, name: str, found: Any) -> Any:
    """A table that is computed as a step of its own, so that what follows does not compute it again."""
    if dialect(connection) == "duckdb":
        connection.raw_sql(f'CREATE OR REPLACE TEMP VIEW "{name}" AS {connection.compile(found)}')
        return connection.table(name)
    return found.limit(_ALL)  # else planners write the step out again wherever it is used


def kept(connection: Any, name: str, found: Any) -> Any:
    """A table that is computed once if it can be, for as long as the connection lasts; else each time anew."""
    if dialect(connection) == "duckdb":
        with plainly():
            connection.raw_sql(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {connection.compile(found)}')
        return connection.table(name)
    if dialect(connection) != "postgres":
        return found  # no tables are made where that was never tried
    own = f"{_PREFIX}{name}-{uuid.uuid4().hex[:12]}"  # no name of the user's
    try:
        table = connection.create_table(own, found, temp=True)
        connection.raw_sql(f'ANALYZE "{own}"').close()  # of temporary tables nobody else counts the rows
    except Exception:  # a server that is only read from, or an account that may make no tables
        return found
    return table


def keep(connection: Any, name: str, found: Any) -> Any:
    """Compute a table once and for all in the embedded database.

    `name`: of the new table; one that is there is replaced. Returns the new table.
    """
    with plainly():
        connection.raw_sql(f'CREATE OR REPLACE TABLE "{name}" AS {connection.compile(found)}')
    return connection.table(name)
