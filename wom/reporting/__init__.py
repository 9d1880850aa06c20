"""What a notebook shows and hands over, and what draws it; runs of notebooks are in `wom.report`.

Everything is loaded when it is first asked for: a notebook that shows a chart waits for nothing else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .display import headline, publish, show, table

_HOME = {"headline": "display", "publish": "display", "show": "display", "table": "display"}

__all__ = ["headline", "publish", "show", "table"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
