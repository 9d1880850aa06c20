"""Reports from notebooks: what a notebook shows, and the run that turns it into files.

Everything is loaded when it is first asked for: a notebook that shows a chart does not wait for papermill.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .arguments import check, parse
    from .declarations import declared
    from .display import headline, publish, show, table
    from .html import convert
    from .notebook import ReportError, execute, find
    from .run import Report, run_report

_HOME = {
    "Report": "run",
    "ReportError": "notebook",
    "check": "arguments",
    "convert": "html",
    "declared": "declarations",
    "execute": "notebook",
    "find": "notebook",
    "headline": "display",
    "parse": "arguments",
    "publish": "display",
    "run_report": "run",
    "show": "display",
    "table": "display",
}

__all__ = [
    "Report",
    "ReportError",
    "check",
    "convert",
    "declared",
    "execute",
    "find",
    "headline",
    "parse",
    "publish",
    "run_report",
    "show",
    "table",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
