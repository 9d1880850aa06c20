"""What a critical eye would find on a chart or in a sentence."""

import itertools
import json
import re

from wom import exhibits
from wom.exhibits.drawing import draw


def texts(ax):
    """Every text on the axes that is drawn, with its box in pixels."""
    ax.figure.draw_without_rendering()
    labels = [ax.xaxis.label]
    for axis, (low, high) in ((ax.xaxis, sorted(ax.get_xlim())), (ax.yaxis, sorted(ax.get_ylim()))):
        ticks = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
        labels += [tick.label1 for tick in ticks if tick.label1.get_visible()]
    every = [ax.title, ax._left_title, *ax.texts, *labels]
    return [
        (text.get_text(), text.get_window_extent()) for text in every if text.get_text() and text.get_visible()
    ]


def faults(ax):
    """Texts that are cut off or lie on one another."""
    width, height = ax.figure.get_size_inches() * ax.figure.dpi
    found, said = texts(ax), []
    for text, box in found:
        # a pixel for the rounding of the layout
        if box.x0 < -1 or box.x1 > width + 1 or box.y0 < -1 or box.y1 > height + 1:
            said.append(f"clipped: {text}")
    for (one, first), (two, second) in itertools.combinations(found, 2):
        across = min(first.x1, second.x1) - max(first.x0, second.x0)
        along = min(first.y1, second.y1) - max(first.y0, second.y0)
        if across >= 2 and along >= 2:  # two pixels: boxes are larger than letters
            said.append(f"overlap: {one} / {two}")
    return said


def sound(shown, widths=(696, 354)):
    """Legible at these widths, whole after JSON, and without a number that is none."""
    for name, one in shown.items():
        if one is None:
            continue
        assert not re.search(r"\b(nan|inf|None)\b", repr(one)), name
        assert exhibits.Exhibit.of(json.loads(json.dumps(one.plain()))).sentence == one.sentence
        for width in widths if one.chart else ():
            assert faults(draw(one.chart, width=width, phone=width < 520).axes[0]) == [], (name, width)
