"""Results that show themselves: in a few lines of text, in a notebook as a small table with its courses, drawn.

The words and drawings lie above the core, in `wom.exhibits.shown`; it is imported when a result is first shown, so
that `import wom` loads nothing that draws.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


class Shown:
    """What a result can do besides its numbers. A class that has it gives `to_frame` too."""

    def summary(self) -> pd.DataFrame:
        """The numbers that a reader takes away, one row each: value, and low and high where there are draws."""
        table: pd.DataFrame = _above().card(self).frame()
        return table

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """The chart of this result.

        `options`: of a run, `column` of its `monthly`. Returns the axes; `.figure` is the whole.
        """
        drawn: Axes = _above().plot(self, ax, **options)
        return drawn

    def __repr__(self) -> str:
        """At most 20 lines, whatever the size of the result."""
        return str(_above().card(self).text())

    __str__ = __repr__

    def _repr_html_(self) -> str:
        return str(_above().html(self))


def _above() -> Any:
    return import_module("wom.exhibits.shown")
