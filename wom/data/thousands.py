"""Amounts such as 1.234, which are a thousand to some and little more than one to others."""

from __future__ import annotations

from typing import Any

from .casting import text
from .extra import fetched
from .reading import Raw

_AMOUNTS = ("amount", "revenue", "customers", "new_customers", "lost_customers", "recommended_customers")
_POINT = "[.]"
_GROUPED = r"^[+-]?[0-9]{1,3}([.][0-9]{3})+$"
_ONCE = r"^[+-]?[0-9]{1,3}[.][0-9]{3}$"
_FEW = 10_000
"""Rows that tell in most tables that points stand before decimals."""

_FOREIGN = (";", "\t")
"""Signs between columns where commas are decimal signs; elsewhere a few such numbers say nothing."""


def doubts(raw: Raw) -> list[str]:
    """A sentence for each column in which every number with a point has three digits after it.

    Of text in which nobody said what the decimal sign is; of files with commas between columns only where all
    numbers are so.

    Example:
        >>> import tempfile, wom.data
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     place = Path(folder) / "p.csv"
        ...     _ = place.write_text("id;date;amount\\n7;2024-01-03;1.234\\n7;2024-01-31;90\\n", encoding="utf-8")
        ...     tables = wom.data.load({"payments": {"file": str(place)}})
        ...     found = doubts(tables.clean["payments"].raw)
        >>> len(found)
        1
    """
    if raw.text is None or raw.numbered or not raw.placed or raw.source.decimal is not None:
        return []
    found = []
    for name in (name for name in _AMOUNTS if name in raw.columns):
        if all(_grouped(raw, part.select(given=text(part[name]))) for part in (raw.table.limit(_FEW), raw.table)):
            said = _example(raw.table.select(given=text(raw.table[name])))
            if said:
                found.append(
                    f"{raw.name}: look here first: every {name} with a point has three digits after it, such as "
                    f"{said}, read as little more than {said.partition('.')[0]}. If points stand between "
                    f'thousands, set {raw.name}.decimal: ","; if not, set {raw.name}.decimal: ".".'
                )
    return found


def _grouped(raw: Raw, numbers: Any) -> bool:
    """Whether nothing speaks against thousands."""
    given = numbers.given
    counted = fetched(
        numbers.agg(
            all=numbers.count(where=given.notnull()),
            point=numbers.count(where=given.re_search(_POINT)),
            grouped=numbers.count(where=given.re_search(_GROUPED)),
        )
    ).iloc[0]
    assert raw.text is not None
    fits = bool(counted["point"] == counted["grouped"])
    return fits and (raw.text.delimiter in _FOREIGN or bool(counted["grouped"] == counted["all"]))


def _example(numbers: Any) -> str:
    """A number that is read, and not as a thousand."""
    found = fetched(numbers.filter(numbers.given.re_search(_ONCE)).limit(1))["given"]
    return str(found.iloc[0]) if len(found) else ""
