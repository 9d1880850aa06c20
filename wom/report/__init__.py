"""Reports from notebooks: one run, many of them, what they leave, and the lists over them."""

from typing import TYPE_CHECKING

from ..errors import door

if TYPE_CHECKING:
    from .notebook import ReportError, check, declared, execute, find, parse
    from .parts import Wanted
    from .run import Report, run_report

__all__ = ["Report", "ReportError", "Wanted", "check", "declared", "execute", "find", "parse", "run_report"]
_FROM = {
    "run": "Report run_report",
    "parts": "Wanted",
    "notebook": "ReportError check declared execute find parse",
}
__getattr__, __dir__ = door(__name__, _FROM)
