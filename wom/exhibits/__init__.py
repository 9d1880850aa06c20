"""What is said, drawn and tabulated of a result: a function takes it and returns one exhibit.

In a notebook the last expression of a cell shows itself: `exhibits.revenue(effect)`. What draws or reads tables is
loaded when it is first asked for.
"""

from importlib import import_module
from typing import Any

_FROM = {
    "plan": "decision revenue mechanisms net anyway told segments",
    "briefing": "brief",
    "basis": "title figures unknown assumptions plausible",
    "sureness": "how_sure cases band tornado failing learning widths",
    "variants": "which_plan plans side_by_side regret splits interactions budget where_it_pays by_variant refused "
    "which_lever levers",
    "worth": "service_worth served bad_visit whom_to_serve brought reach hearing independence reached "
    "perception iceberg aftermath",
    "workshop": "room_answer nine_numbers belief balance to_do doubts monday",
    "calibration": "tables_tell rows_read figures_found before_use not_told leaving staying "
    "spending telling also_told forecast back_test next_steps",
    "believed": "how_believable found_and_made reasons twelve recomputed forgotten gap",
    "live": "sliders calculator",
    "own": "show table headline publish",
    "exhibit": "Exhibit Figure",
    "chart": "Chart Series series",
    "drawing": "draw svg",
}
"""Names by module."""
_MODULE = {name: module for module, names in _FROM.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    """A function of one of the modules, loaded now."""
    if name not in _MODULE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULE[name]}", __name__), name)


def __dir__() -> list[str]:
    """What there is to show, so that TAB lists it."""
    return sorted(_MODULE)
