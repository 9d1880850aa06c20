"""The packages that tables need, loaded when they are needed."""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import Any

from ..errors import WomError

INSTALL = "pip install 'wom[data]'"


def ibis() -> Any:
    """The package `ibis` with its DuckDB.

    Errors:
        WomError: not installed; says how to install it.

    Example:
        >>> ibis().__name__
        'ibis'
    """
    try:
        import_module("duckdb")
        return import_module("ibis")
    except ImportError as error:
        raise WomError(f"tables need ibis and duckdb, not both installed; install them with: {INSTALL}") from error


def openpyxl() -> Any:
    """The package `openpyxl`, which reads Excel.

    Errors:
        WomError: not installed; says how to install it.

    Example:
        >>> openpyxl().__name__
        'openpyxl'
    """
    try:
        import_module("openpyxl.utils.datetime")
        return import_module("openpyxl")
    except ImportError as error:
        raise WomError(f"Excel files need openpyxl, which is not installed; install it with: {INSTALL}") from error


def fetched(found: Any) -> Any:
    """An Ibis expression computed: a DataFrame of a table, or a plain value.

    Ibis asks DuckDB and pandas in ways that their newer releases warn of; that is no concern of who asks us.

    Example:
        >>> int(fetched(ibis().literal(1) + 1))
        2
    """
    with warnings.catch_warnings():
        for known in ("fetch_arrow_table", ".*infer_string"):
            warnings.filterwarnings("ignore", known, DeprecationWarning)
        return found.execute()


def listed(**columns: list[Any]) -> Any:
    """An Ibis table of a few rows.

    Example:
        >>> int(fetched(listed(id=[1, 2], segment=["a", "b"]).count()))
        2
    """
    pyarrow = import_module("pyarrow")
    return ibis().memtable(pyarrow.table(columns))
