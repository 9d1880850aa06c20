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


def said(raw: Raw, rows: Iterable[int]) -> str:
    """Where rows stand, in words: "line 3", "rows 3 and 4"; empty for a database, whose rows have no place.

    Example:
        >>> import tempfile, wom.data
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     place = Path(folder) / "c.csv"
        ...     _ = place.write_text("id,joined\\n7,2024-01-03\\n\\n8,2024-02-01\\n", encoding="utf-8")
        ...     tables = wom.data.load({"customers": {"file": str(place)}})
        ...     said(tables.clean["customers"].raw, [0]), said(tables.clean["customers"].raw, [0, 1])
        ('line 2', 'lines 2 and 4')
    """
    if not raw.placed:
        return ""
    found = lines(raw, rows)
    word = "row" if raw.places() is None else "line"
    return f"{word}{'s' if len(found) > 1 else ''} {' and '.join(map(str, found))}"
