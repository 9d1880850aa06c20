"""A user's own network: pairs of people from an array, a table or a CSV file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import InputError, shorten
from .networks import Network, from_pairs


def edge_list(
    edges: str | Path | pd.DataFrame | NDArray[Any],
    *,
    size: int | None = None,
    name: str = "edge list",
    in_order: bool = False,
) -> Network:
    """A network from pairs of people who know each other.

    A pair that stands twice, or both ways round, counts once.

    Args:
        edges: two columns: an array of shape (pairs, 2), a DataFrame, or a CSV file with a header.
        size: people, where the columns hold numbers from 0 to size − 1; some of them may know nobody. Without it
            the columns hold any names, and the people are those who are named, in the order they first stand.
        name: for tables and figures.
        in_order: True where person i of the market, segment after segment, is number i of the network.

    Raises:
        InputError: not two columns, or a row that is no pair; names the row, counted from 1, or the file's line.

    Example:
        >>> edge_list(np.array([["ann", "ben"], ["ben", "cleo"], ["ben", "ann"]])).degrees.tolist()
        [1, 2, 1]
        >>> edge_list(np.array([[0, 3]]), size=5).degrees.tolist()
        [1, 0, 0, 1, 0]
    """
    file = str(edges) if isinstance(edges, str | Path) else ""
    pairs = _columns(edges, file)
    what = "line" if file else "row"

    def refuse(wrong: NDArray[np.bool_], text: str) -> None:
        rows = np.flatnonzero(wrong)
        if len(rows):
            row = rows[0]
            held = ", ".join(shorten(value) for value in pairs.iloc[row].tolist())
            more = f" ({len(rows):,} such)" if len(rows) > 1 else ""
            raise InputError(f"{what} {pairs.index[row]} {text}, holds {held}{more}", "edges", file)

    if not len(pairs):
        raise InputError("holds no pairs; give two columns of people who know each other", "edges", file)
    missing = pairs.isna() | (pairs == "")
    refuse(missing.any(axis=1).to_numpy(), "needs two people")
    if size is None:
        codes, names = pd.factorize(pairs.to_numpy().ravel())
        people, numbers = len(names), codes.reshape(-1, 2).astype(np.int64)
    else:
        people = size
        given = pairs.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
        with np.errstate(invalid="ignore"):
            inside = (given >= 0) & (given < size) & (given == np.floor(given))
        refuse(~inside.all(axis=1), f"must hold whole numbers from 0 to {size - 1:,}")
        numbers = given.astype(np.int64)
    refuse(numbers[:, 0] == numbers[:, 1], "joins somebody to themselves; leave it out")
    return from_pairs(numbers[:, 0], numbers[:, 1], people, name, in_order)


def _columns(edges: str | Path | pd.DataFrame | NDArray[Any], file: str) -> pd.DataFrame:
    """Two columns; the index holds the number by which a person would call a row."""
    if not isinstance(edges, str | Path):
        pairs = edges if isinstance(edges, pd.DataFrame) else _table(np.asarray(edges))
        if pairs.shape[1] != 2:
            raise InputError(f"must have two columns, has {pairs.shape[1]}", "edges")
        return pairs.set_axis(pd.RangeIndex(1, len(pairs) + 1), axis=0)
    try:
        pairs = pd.read_csv(edges, dtype=str, keep_default_na=False, skip_blank_lines=False, encoding="utf-8-sig")
    except pd.errors.EmptyDataError as error:
        raise InputError("is empty; give two columns with a header", "edges", file) from error
    except pd.errors.ParserError as error:
        raise InputError(f"cannot be read as CSV: {str(error).strip()}", "edges", file) from error
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8 text; save it as UTF-8", "edges", file) from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", "edges", file) from error
    header = [str(column) for column in pairs.columns]
    if len(header) != 2:
        raise InputError(f"must have two columns, has {len(header)}: {shorten(', '.join(header))}", "edges", file)
    if all(column.strip().isdecimal() for column in header):
        raise InputError(f"line 1 holds {', '.join(header)}; put a header there, such as from,to", "edges", file)
    pairs = pairs.set_axis(pd.RangeIndex(2, len(pairs) + 2), axis=0)
    return pairs[~(pairs.isna() | (pairs == "")).all(axis=1)]  # blank lines


def _table(pairs: NDArray[Any]) -> pd.DataFrame:
    if pairs.ndim != 2:
        raise InputError(f"must be pairs, an array of shape (pairs, 2), has shape {pairs.shape}", "edges")
    return pd.DataFrame(pairs)
