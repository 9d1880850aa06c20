"""What is said, drawn and tabulated of a result: a function takes it and returns one exhibit.

In a notebook the last expression of a cell shows itself: `exhibits.revenue(effect)`. What draws or reads tables is
loaded when it is first asked for.
"""

from ..errors import door

_FROM = {
    "plan": "decision revenue mechanisms net anyway told segments",
    "briefing": "brief",
    "basis": "title figures unknown assumptions plausible",
    "sureness": "how_sure cases band tornado",
    "variants": "which_plan plans side_by_side regret splits interactions budget where_it_pays by_variant refused "
    "which_lever levers",
    "worth": "service_worth served bad_visit whom_to_serve brought reach hearing independence reached "
    "perception iceberg aftermath",
    "workshop": "room_answer nine_numbers belief to_do doubts monday",
    "calibration": "tables_tell rows_read figures_found before_use not_told leaving staying "
    "spending telling also_told forecast back_test next_steps",
    "believed": "how_believable found_and_made reasons twelve recomputed forgotten gap",
    "live": "sliders calculator",
    "exhibit": "Exhibit Figure show publish",
    "chart": "Chart Series series",
    "drawing": "draw svg",
}
"""Names by module."""
__getattr__, __dir__ = door(__name__, _FROM)
