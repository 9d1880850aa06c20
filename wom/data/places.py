"""Where rows stand in their file, for people."""

from __future__ import annotations

from collections.abc import Iterable

from .reading import Raw


def lines(raw: Raw, rows: Iterable[int]) -> list[int]:
    """The line of each row in its file, or its number where there are no lines.

    Args:
        raw: the table.
        rows: as `line` counts them.

    Example:
        >>> import tempfile, wom.data
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     place = Path(folder) / "c.csv"
        ...     _ = place.write_text("id,joined\\n7,2024-01-03\\n\\n8,2024-02-01\\n", encoding="utf-8")
        ...     tables = wom.data.load({"customers": {"file": str(place)}})
        ...     lines(tables.clean["customers"].raw, [0, 1])
        [2, 4]
    """
    places = raw.places()
    wanted = [int(row) for row in rows]
    if places is None:
        return [row + (raw.text is None) for row in wanted]
    chosen, last, found = set(wanted), max(wanted, default=-1), {}
    for number, place in enumerate(places):
        if number > last:
            break
        if number in chosen:
            found[number] = place
    return [found[row] for row in wanted]
