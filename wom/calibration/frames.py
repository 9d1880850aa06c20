"""Reading the added-up frames: the whole business and each segment, columns that may be absent or empty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from ..scenario import WHOLE
from ..units import Array


def scopes(frame: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """The whole business, then each segment where there are several.

    Args:
        frame: with `segment` as a column or a level of the index.

    Yields:
        Segment (`business` for the whole) and its rows. Rows by month are added up for the whole.
    """
    if "segment" in frame.index.names:
        whole = frame.groupby(level="month", sort=True).sum(min_count=1)
        parts = {
            str(name): part.droplevel("segment").sort_index() for name, part in frame.groupby(level="segment")
        }
    elif "segment" in frame.columns:
        whole = frame
        parts = {str(name): part for name, part in frame.groupby("segment", sort=True)}
    else:
        whole, parts = frame, {}
    yield WHOLE, whole
    if len(parts) > 1:
        yield from parts.items()


def columns(frame: pd.DataFrame, names: Sequence[str]) -> Array | None:
    """Columns as numbers, only rows that tell all of them.

    Returns:
        Shape (names, rows); None if a column is absent or no row tells all.
    """
    if not set(names) <= set(frame.columns):
        return None
    numbers = np.stack([frame[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in names])
    told = numbers[:, np.isfinite(numbers).all(axis=0)]
    return told if told.shape[1] else None
