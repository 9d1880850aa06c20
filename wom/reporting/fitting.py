"""Room on a slide: sizes of type by role, and paragraphs spread over as many slides as they need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..exhibits.style import SIZES
from .measure import height
from .reading import Block

POINT = 12700
"""Of PowerPoint's units."""
LADDERS: dict[str, tuple[float, ...]] = {
    "Title": (SIZES["title"], 26.0, 24.0),
    "Cover": (SIZES["cover"], 36.0, 32.0),
    "Part": (14.0,),
    "Subtitle": (SIZES["subtitle"], 16.0, 14.0),
    "Lead": (24.0, 22.0, SIZES["body"]),
    "Source": (SIZES["source"],),
    "Label": (SIZES["subtitle"], 16.0),
    "Value": (SIZES["number"], 48.0, 44.0, 40.0, 36.0, 32.0, 28.0, 24.0),
    "Note": (SIZES["subtitle"], 16.0),
    "Text": (SIZES["body"], 18.0),
}
"""Sizes of type by role, the first of them the template's own; the largest at which all fits is taken."""
GAP = 0.5
"""Between paragraphs, in sizes of their type."""
INDENT = 1.1
"""Of items, in sizes of their type and by level."""


@dataclass(frozen=True)
class Place:
    """A rectangle in points."""

    left: float
    top: float
    width: float
    height: float

    def without(self, top: float = 0.0, bottom: float = 0.0) -> Place:
        """What is left when strips are taken from it."""
        return replace(self, top=self.top + top, height=self.height - top - bottom)

    @property
    def units(self) -> tuple[int, int, int, int]:
        """In PowerPoint's units."""
        return tuple(round(part * POINT) for part in (self.left, self.top, self.width, self.height))  # type: ignore[return-value]


def text_height(blocks: Sequence[Block], size: float, room: float) -> float:
    """Points that paragraphs and items are high in a box so many points wide.

    Example:
        >>> from wom.reporting.reading import Run
        >>> text_height([Block("text", (Run("one"),)), Block("text", (Run("two"),))], 20, 300)
        58.0
    """
    total = 0.0
    for place, block in enumerate(blocks):
        indent = INDENT * size * block.level if block.kind == "item" else 0.0
        total += height([block.text], size, room - indent, bold=any(run.bold for run in block.runs))
        total += GAP * size if place else 0.0
    return total


def pages_of(blocks: Sequence[Block], sizes: Sequence[float], room: Place) -> tuple[float, list[list[Block]]]:
    """Paragraphs in the largest size at which they fit; in the smallest, on several slides, where none does.

    Example:
        >>> from wom.reporting.reading import Run
        >>> size, pages = pages_of([Block("text", (Run("one"),))] * 6, [20, 18], Place(0, 0, 300, 100))
        >>> size, [len(page) for page in pages]
        (18, [3, 3])
    """
    for size in sizes:
        if text_height(blocks, size, room.width) <= room.height:
            return size, [list(blocks)]
    size = sizes[-1]
    pages: list[list[Block]] = [[]]
    for block in blocks:
        if pages[-1] and text_height([*pages[-1], block], size, room.width) > room.height:
            pages.append([])
        pages[-1].append(block)
    return size, pages
