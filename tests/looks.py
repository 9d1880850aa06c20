"""What a critical eye would find on a chart."""

import itertools

from wom.exhibits import drawing


def boxes(chart, width):
    """Every text of a drawing with its box in pixels: left, top, right, bottom."""
    marks = drawing._marks(chart, width, width < drawing.NARROW)
    for label in marks.all:
        if isinstance(label, drawing.Label) and label.text:
            wide = drawing._wide(label.text, label.size, label.bold)
            left = label.x - {"left": 0.0, "center": wide / 2, "right": wide}[label.side]
            yield label.text, (left, label.y - 0.75 * label.size, left + wide, label.y + 0.2 * label.size)
    yield "", (0.0, 0.0, width, marks.height)


def faults(chart, width):
    """Texts that are cut off or lie on one another."""
    *found, (_, (_, _, right, bottom)) = boxes(chart, width)
    said = [
        f"clipped: {text}"
        for text, (x0, y0, x1, y1) in found
        if x0 < -1 or x1 > right + 1 or y0 < -1 or y1 > bottom + 1  # a pixel for rounding
    ]
    for (one, first), (two, second) in itertools.combinations(found, 2):
        across = min(first[2], second[2]) - max(first[0], second[0])
        along = min(first[3], second[3]) - max(first[1], second[1])
        if across >= 2 and along >= 2:  # two pixels: boxes are larger than letters
            said.append(f"overlap: {one} / {two}")
    return said
