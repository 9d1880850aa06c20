"""How large text is on a slide, measured with the type that draws it, so that nothing runs over its box."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from ..exhibits.style import TYPE

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

LINE = 1.2
"""Height of a line in sizes of its type."""
_MEASURED_AT = 100
_UNIT = re.compile(r"(?<=\d) (?=%|million\b|months?\b|points?\b|stars?\b)")
_BREAKS = re.compile(r"[ \t\n]+")  # not \s, which takes a no-break space for one where a line may end


@lru_cache
def font_file(bold: bool = False) -> str:
    """The file of the first type of `wom.style.TYPE` that is installed; matplotlib brings the last one along.

    Example:
        >>> font_file().endswith((".ttf", ".otf", ".ttc"))
        True
    """
    from matplotlib.font_manager import FontProperties, findfont

    for family in TYPE:
        try:
            wanted = FontProperties(family=family, weight="bold" if bold else "normal")
            return str(findfont(wanted, fallback_to_default=False))
        except ValueError:
            continue
    return str(findfont(FontProperties()))


@lru_cache
def _font(bold: bool) -> FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(font_file(bold), _MEASURED_AT)


@lru_cache(maxsize=20_000)
def width(text: str, size: float, bold: bool = False) -> float:
    """Points that a text in one line is wide.

    Example:
        >>> round(width("wom", 20) / width("wom", 10), 6)
        2.0
    """
    return float(_font(bold).getlength(text)) * size / _MEASURED_AT


def lines(text: str, size: float, room: float, bold: bool = False) -> int:
    """Lines that a text takes in a box so many points wide; a longer word is broken.

    Example:
        >>> lines("two words", 20, 60), lines("two words", 20, 200), lines("", 20, 200)
        (2, 1, 1)
    """
    count, used = 1, 0.0
    space = width(" ", size, bold)
    for word in _BREAKS.split(text.strip()):
        long = width(word, size, bold)
        if used and used + space + long > room:
            count, used = count + 1, 0.0
        used += (space if used else 0.0) + long
        while used > room:
            count, used = count + 1, used - room
    return count


def height(texts: Iterable[str], size: float, room: float, bold: bool = False, gap: float = 0.0) -> float:
    """Points that paragraphs are high in a box so many points wide, `gap` points apart.

    Example:
        >>> height(["one", "two"], 20, 200, gap=6)
        54.0
    """
    heights = [LINE * size * lines(text, size, room, bold) for text in texts]
    return sum(heights) + gap * max(len(heights) - 1, 0)


def size_that_fits(
    text: str, sizes: Sequence[float], room: float, most: float, bold: bool = False
) -> float | None:
    """The largest of some sizes at which a text fits into a box, None if none does.

    Args:
        text: one paragraph.
        sizes: from large to small.
        room, most: width and height of the box, points.
        bold: whether it is.

    Example:
        >>> size_that_fits("two words", [20, 10], 60, 24), size_that_fits("two words", [20], 60, 24)
        (10, None)
    """
    return next((size for size in sizes if height([text], size, room, bold) <= most + 0.01), None)


def together(text: str) -> str:
    """A text in which no line ends between a number and its unit.

    Example:
        >>> together("over 36 months (+1.5 %)").split(" ")
        ['over', '36\xa0months', '(+1.5\xa0%)']
    """
    return _UNIT.sub("\N{NO-BREAK SPACE}", text)


def cut(text: str, size: float, room: float, most: float, bold: bool = False) -> str:
    """As much of a text as fits into a box: to the end of a sentence or clause, or of a word and an ellipsis.

    Example:
        >>> cut("It pays; and more words follow here", 20, 100, 24)
        'It pays'
        >>> cut("several words without an end", 20, 100, 24)
        'several…'
    """
    if height([text], size, room, bold) <= most + 0.01:
        return text
    ends = [match.start() for match in re.finditer(r"(?<=\w)[.;:,](?= )", text)]
    for end in reversed(ends):
        if end > len(text) / 6 and height([text[:end]], size, room, bold) <= most + 0.01:
            return text[:end]
    words = _BREAKS.split(text.strip())
    for count in range(len(words) - 1, 0, -1):
        short = " ".join(words[:count]).rstrip(".,;:") + "…"
        if height([short], size, room, bold) <= most + 0.01:
            return short
    return "…"


def apart(wanted: Sequence[float], gap: float, room: float) -> list[float]:
    """Heights from the top, at least a gap apart, within the room as far as it goes.

    Example:
        >>> apart([50.0, 52.0], 20.0, 100.0), apart([-2.0, 5.0], 20.0, 100.0)
        ([41.0, 61.0], [10.0, 30.0])
    """
    found = list(wanted)
    for _ in range(100):
        if found:
            found[0] = max(found[0], gap / 2)
        for first in range(len(found) - 1):
            if (lack := gap - (found[first + 1] - found[first])) > 0:
                found[first] -= lack / 2
                found[first + 1] += lack / 2
    over = max(found[-1] + gap / 2 - room, 0.0) if found else 0.0
    return [round(place - over, 3) for place in found]
