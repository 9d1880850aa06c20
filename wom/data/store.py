"""The database in which tables are read and added up: an embedded DuckDB, or the user's own."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
import weakref
from pathlib import Path
from typing import Any

from .. import leftovers
from ..errors import InputError, WomError, nearest, shorten
from .description import Description
from .extra import ibis

MEMORY = "900MB"
"""What DuckDB may use before it writes to disk; Python and its packages take some 300 MB more."""


_PREFIX = "wom-data-"
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
        leftovers.clear(Path(tempfile.gettempdir()), _PREFIX)
        self.directory = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
        self._remove = weakref.finalize(self, shutil.rmtree, self.directory, True)
        self._given = None
        self.embedded = _embedded(self.directory)
        try:
            self._given = _connected(description, self.directory) if description.connection else None
        except BaseException:
            self.close()
            raise

    def connection(self, table: bool) -> Any:
        """Where tables are: the user's own database, or the embedded one that reads files."""
        return self._given if table else self.embedded

    def close(self) -> None:
        """Give memory and disk back now."""
        for connection in (self.embedded, self._given):
            if connection is not None:
                connection.disconnect()
        self._remove()


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
            raise description.error(
                f"no such kind of database: {shorten(scheme)}; {nearest(scheme, kinds)}", "connection"
            )
        return ibis().connect(address)
    except WomError:
        raise
    except Exception as error:  # every database has errors of its own, and their words may hold the password
        raise InputError(
            f"cannot connect to {shorten(scheme)}: {type(error).__name__}; is its Ibis backend installed, and are "
            "address, user and password right?",
            "connection",
            description.file,
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
        known = names(connection, place)
        if last not in known:
            raise description.error(f"no table {shorten(name)}; {nearest(last, known)}", key)
        return connection.table(last, database=place) if place else connection.table(last)
    except WomError:
        raise
    except Exception as error:  # as above
        raise description.error(f"table {shorten(name)} cannot be read: {type(error).__name__}", key) from None


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
    return found


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
    return found


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
