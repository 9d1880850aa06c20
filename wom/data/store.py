"""The database in which tables are read and added up: an embedded DuckDB, or the user's own."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
import warnings
import weakref
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from .. import files
from ..errors import WomError, nearest, shorten
from .description import Description
from .extra import ibis

MEMORY = "900MB"
"""What DuckDB may use before it writes to disk; Python and its packages take some 300 MB more."""


_PREFIX = "wom-data-"
_ALL = 2**62
_OTHER_NAMES = ("postgresql", "md", "grpc", "grpc+tls", "http", "https", "s3", "gs", "file")


class Store:
    """A connection and a directory for what does not fit into memory; the directory goes away with the object.

    Example:
        >>> from .description import build
        >>> store = Store(build({"payments": {"file": "p.csv"}}))
        >>> store.close()
        >>> store.directory.exists()
        False
    """

    def __init__(self, description: Description) -> None:
        files.clear(Path(tempfile.gettempdir()), _PREFIX)
        self.directory = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
        self._open: list[Any] = []
        self._end = weakref.finalize(self, _end, self._open, self.directory)
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


def _end(connections: list[Any], directory: Path) -> None:
    for connection in connections:
        with suppress(Exception):  # a server that is gone needs no goodbye
            connection.disconnect()
    shutil.rmtree(directory, ignore_errors=True)


def dialect(connection: Any) -> str:
    """Name of a connection's database.

    Example:
        >>> dialect(ibis().duckdb.connect())
        'duckdb'
    """
    return str(connection.name)


def _embedded(directory: Path) -> Any:
    return _duckdb(directory / "tables.duckdb", directory, read_only=False)


def _duckdb(path: Path, directory: Path, read_only: bool) -> Any:
    connection = ibis().duckdb.connect(
        str(path), read_only=read_only, memory_limit=MEMORY, temp_directory=str(directory / "spill")
    )
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

    Errors:
        InputError: not there; names the nearest.

    Example:
        >>> from .description import build
        >>> connection = ibis().duckdb.connect()
        >>> _ = connection.raw_sql("CREATE TABLE paid AS SELECT 1 AS id")
        >>> table(connection, "paid", "payments.table", build({"payments": {"file": "p.csv"}})).columns
        ('id',)
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

    Args:
        connection: any.
        schema: within the database; None for where the connection stands.

    Example:
        >>> connection = ibis().duckdb.connect()
        >>> _ = connection.raw_sql("CREATE TEMP TABLE paid AS SELECT 1 AS id")
        >>> names(connection)
        ['paid']
    """
    if dialect(connection) != "duckdb":
        return list(connection.list_tables(database=schema) if schema else connection.list_tables())
    # Ibis 12 asks DuckDB 2 in a way it no longer knows.
    rows = connection.raw_sql("SELECT table_schema, table_name FROM information_schema.tables").fetchall()
    return [name for place, name in rows if schema in (None, place)]


def lines_of(connection: Any, found: Any) -> Any:
    """The rows of a table of SQLite, MySQL or MariaDB one after the other, and never all of them at once.

    Example:
        >>> connection = ibis().sqlite.connect()
        >>> [tuple(row) for row in lines_of(connection, ibis().literal(1).as_table())]
        [(1,)]
    """
    cursors = import_module("MySQLdb.cursors").SSCursor if dialect(connection) == "mysql" else None
    rows = connection.con.cursor(cursors) if cursors else connection.con.cursor()
    rows.execute(connection.compile(found))
    return rows


def staged(connection: Any, name: str, found: Any) -> Any:
    """A table that is computed as a step of its own, so that what follows does not compute it again.

    Example:
        >>> connection = ibis().duckdb.connect()
        >>> staged(connection, "one", ibis().range(3).unnest().name("id").as_table()).columns
        ('id',)
    """
    if dialect(connection) == "duckdb":
        connection.raw_sql(f'CREATE OR REPLACE TEMP VIEW "{name}" AS {connection.compile(found)}')
        return connection.table(name)
    return found.limit(_ALL)  # else planners write the step out again wherever it is used


def kept(connection: Any, name: str, found: Any) -> Any:
    """A table that is computed once if it can be, for as long as the connection lasts; else each time anew.

    Example:
        >>> connection = ibis().duckdb.connect()
        >>> kept(connection, "one", ibis().range(3).unnest().name("id").as_table()).columns
        ('id',)
    """
    if dialect(connection) == "duckdb":
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

    Args:
        connection: of the embedded database.
        name: of the new table; one that is there is replaced.
        found: an Ibis table.

    Returns:
        The new table.

    Example:
        >>> connection = ibis().duckdb.connect()
        >>> keep(connection, "one", ibis().range(3).unnest().name("id").as_table()).columns
        ('id',)
    """
    connection.raw_sql(f'CREATE OR REPLACE TABLE "{name}" AS {connection.compile(found)}')
    return connection.table(name)
