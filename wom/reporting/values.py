"""Values of a notebook as plain JSON and CSV: missing and infinite numbers become null, never invalid JSON."""

from __future__ import annotations

import csv
import datetime
import io
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..errors import InputError, shorten


def plain(value: Any) -> Any:
    """A value in the types of JSON: what is missing, not a number or infinite becomes None.

    Args:
        value: numbers, text, dates, paths, arrays, series, tables, mappings and sequences of them.

    Errors:
        InputError: a value of any other type.

    Example:
        >>> plain({"npv": np.float64(2.5), "payback": float("nan"), "by": ("a", 1)})
        {'npv': 2.5, 'payback': None, 'by': ['a', 1]}
    """
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, Path | pd.Period | pd.Interval):
        return str(value)
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, pd.Index):
        return plain(value.tolist())
    if isinstance(value, pd.Series):
        return plain(value.to_dict())
    if isinstance(value, pd.DataFrame):
        return split(value)
    raise InputError(f"a {type(value).__name__} cannot be stored as JSON: {shorten(value)}")


def split(frame: pd.DataFrame) -> dict[str, Any]:
    """A table as names, index and rows, with every digit kept.

    Args:
        frame: any table.

    Returns:
        `columns`, `index`, `data` as in pandas' orient="split", and `index_names`: empty for an index that
        only counts the rows.

    Errors:
        InputError: a cell that is no number, text, date or list of them.

    Example:
        >>> split(pd.DataFrame({"npv": [1.5, float("inf")]}, index=pd.Index(["a", "b"], name="plan")))
        {'columns': ['npv'], 'index': ['a', 'b'], 'index_names': ['plan'], 'data': [[1.5], [None]]}
    """
    return {
        "columns": plain(frame.columns),
        "index": plain(frame.index),
        "index_names": index_names(frame),
        "data": [[plain(cell) for cell in row] for row in frame.itertuples(index=False, name=None)],
    }


def index_names(frame: pd.DataFrame) -> list[str]:
    """Names of the index levels; none when the index only counts the rows.

    Example:
        >>> index_names(pd.DataFrame({"a": [1]})), index_names(pd.DataFrame({"a": [1]}, index=["x"]))
        ([], [''])
    """
    if isinstance(frame.index, pd.RangeIndex) and frame.index.name is None:
        return []
    return ["" if name is None else str(name) for name in frame.index.names]


def csv_text(table: Mapping[str, Any]) -> str:
    """A table made by `split` as CSV: index columns first, missing cells empty.

    Example:
        >>> print(csv_text(split(pd.DataFrame({"npv": [1.5, None]}, index=pd.Index([0, 1], name="month")))))
        month,npv
        0,1.5
        1,
    """
    names = table["index_names"]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*names, *(joined(column) for column in table["columns"])])
    for label, row in zip(table["index"], table["data"], strict=True):
        labels = label if isinstance(label, list) else [label]
        writer.writerow([*(labels if names else []), *row])
    return out.getvalue()


def joined(name: Any) -> str:
    """A column's name as text; the levels of a nested one are joined.

    Example:
        >>> joined("npv"), joined(("plan", "npv"))
        ('npv', 'plan npv')
    """
    return " ".join(str(part) for part in name if part != "") if isinstance(name, list | tuple) else str(name)


def json_text(value: Any) -> str:
    """Strict, readable JSON with a final newline.

    Errors:
        ValueError: not a number or infinity; `plain` takes them out.

    Example:
        >>> json_text({"città": 1})
        '{\\n  "città": 1\\n}\\n'
    """
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
