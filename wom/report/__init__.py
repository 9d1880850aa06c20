"""Reports from notebooks: one run, many of them, what they leave, and the lists over them.

Everything is loaded when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .notebook import ReportError, check, declared, execute, find, parse
    from .parts import Wanted
    from .run import Report, run_report

_HOME = dict.fromkeys(("ReportError", "check", "declared", "execute", "find", "parse"), "notebook")
_HOME |= {"Report": "run", "Wanted": "parts", "run_report": "run"}

__all__ = ["Report", "ReportError", "Wanted", "check", "declared", "execute", "find", "parse", "run_report"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
