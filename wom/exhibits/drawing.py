"""Charts drawn from their description: for notebooks, pages and slides alike.

A chart becomes marks, which are paths and texts in CSS pixels from the upper left corner; texts are measured
before they are placed. A phone gets marks of its own: labels above bars, fewer ticks. `svg` writes them with real
text and with the page's variables as colours, `draw` puts them on axes of matplotlib.
"""

from __future__ import annotations

import math
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import groupby, pairwise, product
from typing import Any, Literal, NamedTuple
from xml.sax.saxutils import escape

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.textpath import text_to_path

from .chart import UNIT, Chart, Role

COLOURS: Mapping[Role, tuple[str, str]] = {
    "better": ("better", "#00658f"),
    "worse": ("worse", "#b23c00"),
    "better_light": ("better-1", "#4f96b8"),
    "worse_light": ("worse-1", "#cf7f50"),
    "ink": ("ink", "#14202b"),
    "muted": ("mute", "#53606c"),
    "neutral": ("grey", "#7b8997"),
    "faint": ("line", "#dce2e7"),
}
"""Roles as the page's variables and, on white, as colours; contrasts of text are 5.9 to 1 and more."""
BACKGROUND = ("bg", "#ffffff")
TYPE = ("Arial", "Liberation Sans", "DejaVu Sans")
"""Best first: the second has the widths of the first, where that is not installed."""
SIZE, SMALL = 14.0, 12.5
"""Pixels of labels, and of the source."""
NARROW = 520
_LIGHT: Mapping[Role, Role] = {"better": "better_light", "worse": "worse_light"}
_SAID: Mapping[Role, Role] = {
    "neutral": "muted", "faint": "muted", "better_light": "better", "worse_light": "worse",
}  # fmt: skip
"""Colours in which a text is legible where its mark's is not."""

Point = tuple[float, float]
Side = Literal["left", "center", "right"]


@dataclass(frozen=True)
class Stroke:
    """Lines through places, each of one place a dot; or filled shapes, without a line around them."""

    lines: Sequence[Sequence[Point]]
    role: Role | None
    wide: float = 0.0
    fill: bool = False
    dotted: bool = False
    rounded: bool = False
    opacity: float = 1.0


@dataclass(frozen=True)
class Label:
    """A line of text on its base line; without a role in the colour of the background."""

    x: float
    y: float
    text: str
    role: Role | None = "ink"
    size: float = SIZE
    bold: bool = False
    side: Side = "left"


@dataclass
class Marks:
    """What is drawn, the first at the bottom. Data stand at `x[0] + x[1] * value`, and downwards likewise."""

    width: float
    height: float = 0.0
    all: list[Stroke | Label] = field(default_factory=list)
    x: Point = (0.0, 1.0)
    y: Point = (0.0, 1.0)

    def across(self, value: float) -> float:
        """Where a value stands from the left."""
        return self.x[0] + self.x[1] * value

    def down(self, value: float) -> float:
        """Where a value stands from the top."""
        return self.y[0] + self.y[1] * value

    def stroke(self, lines: Sequence[Sequence[Point]], role: Role | None, wide: float = 0.0, **look: Any) -> None:
        """See `Stroke`."""
        self.all.append(Stroke(lines, role, wide, **look))

    def rule(self, start: Point, end: Point, role: Role, wide: float = 1.0, *, dotted: bool = False) -> None:
        """A straight line, on whole pixels where it stands or lies."""
        (a, b), (c, d) = start, end
        if b == d:
            b = d = math.floor(b) + 0.5
        elif a == c:
            a = c = math.floor(a) + 0.5
        self.stroke([[(a, b), (c, d)]], role, wide, dotted=dotted)

    def bar(self, left: float, top: float, wide: float, high: float, role: Role | None) -> None:
        """A filled rectangle, of which at least a pixel is seen."""
        right, bottom = left + max(wide, 1.0), top + max(high, 1.0)
        self.stroke([[(left, top), (right, top), (right, bottom), (left, bottom)]], role, fill=True)

    def text(self, x: float, y: float, text: str, role: Role | None = "ink", **look: Any) -> None:
        """See `Label`."""
        self.all.append(Label(x, y, text, role, **look))

    def texts(self, x: float, y: float, lines: Iterable[str], role: Role = "ink", step: float = 18.0,
              **look: Any) -> None:  # fmt: skip
        """Lines below each other."""
        for place, line in enumerate(lines):
            self.text(x, y + step * place, line, role, **look)


# --- the same marks, on axes of matplotlib and as SVG ---


def draw(chart: Chart, *, width: float = 696, title: str = "", source: str = "", ax: Axes | None = None) -> Figure:
    """A chart as a figure of so many CSS pixels, a pixel a point, with its message above and its origin below.

    On axes that are given it is drawn in their size. They get the data's own scale.
    """
    size, high = 1.0, math.inf
    if ax is not None:
        box, dots = ax.get_window_extent(), ax.get_figure(root=True).dpi / 72  # type: ignore[union-attr]
        width, high = box.width / dots, box.height / dots
    marks, top, bottom = _titled(chart, width, title, source)
    while (bottom - top) * size > high:  # what is too high for its axes is drawn wider, and all of it smaller
        size /= 1.05
        marks, top, bottom = _titled(chart, width / size, title, source)
    if ax is None:
        figure = Figure(figsize=(width / 72, (bottom - top) / 72), dpi=72, facecolor=BACKGROUND[1])
        ax = figure.add_axes((0, 0, 1, 1))
    ax.set_axis_off()
    (x, per_x), (y, per_y) = marks.x, marks.y
    ax.set_xlim(-x / per_x, (marks.width - x) / per_x)
    ax.set_ylim((bottom - y) / per_y, (top - y) / per_y)
    for place, mark in enumerate(marks.all):
        colour = (COLOURS[mark.role] if mark.role else BACKGROUND)[1]
        if isinstance(mark, Label):
            ax.text((mark.x - x) / per_x, (mark.y - y) / per_y, mark.text, color=colour, fontsize=size * mark.size,
                    fontweight="bold" if mark.bold else "normal", ha=mark.side, va="baseline",
                    family=_font(False).get_family(), clip_on=False, parse_math=False)  # fmt: skip
            continue
        lines = [[((a - x) / per_x, (b - y) / per_y) for a, b in line] for line in mark.lines]
        look = {"alpha": mark.opacity, "clip_on": False, "linewidth": size * mark.wide, "zorder": 1 + place / 1e4}
        if mark.fill:
            path = Path.make_compound_path(*(Path([*line, line[0]], closed=True) for line in lines))
            ax.add_patch(PathPatch(path, facecolor=colour, edgecolor="none", **look))
            continue
        broken: list[Point] = []
        for line in lines:  # one of no length gets some, or its round ends would not be drawn
            broken += [*line, *[(line[0][0] + 0.02 / per_x, line[0][1])] * (len(line) == 1), (math.nan, math.nan)]
        ax.plot(*zip(*broken, strict=True), color=colour, scalex=False, scaley=False, label="_",
                solid_joinstyle="round", solid_capstyle="round" if mark.rounded else "butt", snap=False,
                linestyle=(0, (1, 3)) if mark.dotted else "-", **look)  # type: ignore[arg-type]  # fmt: skip
    return ax.get_figure(root=True)  # type: ignore[return-value]


def _titled(chart: Chart, width: float, title: str, source: str) -> tuple[Marks, float, float]:
    """A chart's marks with its texts above and below, and from where to where they reach."""
    marks = _marks(chart, width)
    size, bottom = 20.0 if width >= NARROW else 18.0, marks.height + 4
    caption, heading = _wrap(chart.caption, width), _wrap(title, width, size, bold=True)
    below = _wrap(source, width, SMALL)
    under = -14 - 1.3 * SIZE * len(caption)
    top = under - 1.3 * size * len(heading)
    marks.texts(0, under + 1.3 * SIZE, caption, "muted", 1.3 * SIZE)
    marks.texts(0, top - 4 + 1.3 * size, heading, step=1.3 * size, size=size, bold=True)
    marks.texts(0, bottom + 18, below, "muted", size=SMALL)
    return marks, (top - 4 if top < -14 else 0.0), bottom + 18 * len(below) + (6 if source else 0)


def svg(chart: Chart, *, width: float = 696) -> str:
    """A chart as SVG with real text and the page's colours as variables, no wider than its column.

    What stands around it, `Chart.caption` first of all, is the page's to say.
    """

    def short(value: float) -> str:
        text = f"{value:.1f}".removesuffix(".0")
        return text.replace("0.", ".") if text.lstrip("-").startswith("0.") else "0" if text == "-0" else text

    def path(line: Sequence[Point]) -> str:
        """In steps from place to place, in tenths of a pixel."""
        tenths = [(round(10 * x), round(10 * y)) for x, y in line]
        steps = [(c - a, d - b) for (a, b), (c, d) in pairwise(tenths)] or [(0, 0)]
        first = f"M{short(tenths[0][0] / 10)} {short(tenths[0][1] / 10)}"
        return first + "".join(f"l{short(x / 10)} {short(y / 10)}" for x, y in steps)

    marks, parts = _marks(chart, width), []
    for mark in marks.all:  # without what is the default anyway
        colour = f"var(--{(COLOURS[mark.role] if mark.role else BACKGROUND)[0]})"
        if isinstance(mark, Label):
            begin, end = "<text", f">{escape(mark.text)}</text>"
            look = {"x": short(mark.x), "y": short(mark.y), "fill": colour, "font-size": f"{mark.size:g}"}
            look |= {"font-weight": "700"} if mark.bold else {}
            look |= {} if mark.side == "left" else {"text-anchor": {"center": "middle", "right": "end"}[mark.side]}
        else:
            begin, end = "<path", "/>"
            look = {"d": "".join(path(line) + "z" * mark.fill for line in mark.lines)}
            look |= {"fill": colour if mark.fill else "none"}
            look |= {"stroke": colour, "stroke-width": f"{mark.wide:g}"} if mark.wide else {}
            look |= {"stroke-linejoin": "round"} if mark.wide and any(len(line) > 2 for line in mark.lines) else {}
            look |= {"stroke-linecap": "round"} if mark.rounded else {}
            look |= {"stroke-dasharray": "1.2 3.6"} if mark.dotted else {}
            look |= {"opacity": f"{mark.opacity:g}"} if mark.opacity < 1 else {}
        parts.append(begin + "".join(f' {name}="{value}"' for name, value in look.items()) + end)
    size = f'viewBox="0 0 {width:g} {marks.height:g}" width="{width:g}" height="{marks.height:g}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} aria-hidden="true">{"".join(parts)}</svg>'


# --- texts, measured ---


@cache
def _font(bold: bool) -> FontProperties:
    """The best typeface installed."""
    installed = {font.name for font in fontManager.ttflist}
    name = next((name for name in TYPE if name in installed), "DejaVu Sans")
    return FontProperties(family=[name], weight="bold" if bold else "normal", size=100)


@lru_cache(maxsize=4096)
def _wide(text: str, size: float = SIZE, bold: bool = False) -> float:
    """Pixels that a line of text takes."""
    wide, *_ = text_to_path.get_text_width_height_descent(text, _font(bold), ismath=False)
    return 1.02 * float(wide) * size / 100


def _widest(texts: Iterable[str]) -> float:
    return max((_wide(text, bold=True) for text in texts), default=0.0)


def _wrap(text: str, width: float, size: float = SIZE, bold: bool = False) -> list[str]:
    """A text in as few lines as fit, all about as long."""
    parts = text.split("\n") if text else []
    fitting: list[str] = []
    for longest in range(max(map(len, parts), default=0), 3, -1):
        lines = [line for part in parts for line in textwrap.wrap(part, longest, break_long_words=False)]
        if fitting and len(lines) > len(fitting):
            break
        if longest == 4 or all(_wide(line, size, bold) <= width for line in lines):
            fitting = lines
    return fitting or parts


# --- axes: values at the left, categories or values below ---


def _gutter(chart: Chart) -> float:
    """Where data begin: their values stand on the gridlines at the left of them."""
    ticks = chart.scale()[2]
    return 12 + _widest(chart.text(tick, ticks) for tick in ticks)


def _axes(marks: Marks, chart: Chart, top: float, right: float, values: Sequence[float]) -> float:
    """Gridlines with their values, nought in ink; below, as many categories as fit; gives where data stand."""
    bottom = marks.height - (26.0 if chart.monthly or not chart.axis else 46.0)
    low, high, ticks = chart.scale()
    per = -(bottom - top) / ((high - low) or 1.0)
    marks.y = bottom - per * low, per
    for tick in ticks:
        y = marks.down(tick)
        marks.rule((0, y), (right, y), "faint" if tick else "ink", 1.0 if tick else 1.3)
        marks.text(0, y - 5, chart.text(tick, ticks), "muted" if tick else "ink", bold=not tick)
    if 0 not in ticks:
        marks.rule((0, bottom), (right, bottom), "neutral")
    choices = (
        [(marks.across(values[place]), text, False) for place, text in chart.along(most, unit_last=last)]
        for most, last in product(range(8, 1, -1), (False, True))
    )
    for x in _fitting(marks, bottom, choices, (SIZE,) if chart.counted else (SIZE, SMALL)):
        marks.rule((x, bottom), (x, bottom + 5), "neutral")
    if chart.axis and not chart.monthly:
        marks.text(0, bottom + 40, chart.axis, "muted")
    return bottom


def _ticks(marks: Marks, chart: Chart, extent: Point, y: float) -> None:
    """Values along the bottom, as many as fit."""
    scales = (chart.scale(extent, most)[2] for most in range(8, 1, -1))
    _fitting(marks, y, ([(marks.across(tick), chart.text(tick, ticks), tick == chart.reference) for tick in ticks]
                        for ticks in scales))  # fmt: skip


def _fitting(
    marks: Marks, y: float, choices: Iterable[Sequence[tuple[float, str, bool]]], sizes: Sequence[float] = (SIZE,)
) -> list[float]:
    """The first of several rows of labels below the data that has room, and where its labels stand."""
    for labels, size in product(choices, sizes):
        spans = []
        for x, text, bold in labels:
            room, middle = _wide(text, size, bold), _wide(text.removesuffix(UNIT), size, bold) / 2
            start = min(max(x - middle, 0.0), marks.width - room)
            spans.append((start, start + room))
        if all(start - end >= size / 2 + 1 for (_, end), (start, _) in pairwise(spans)):
            break
    else:
        labels, spans = labels[-1:], spans[-1:]
    for (start, _), (_, text, bold) in zip(spans, labels, strict=True):
        marks.text(start, y + 20, text, "ink" if bold else "muted", size=size, bold=bold)
    return [x for x, *_ in labels]


# --- the marks of each kind of chart ---


def _marks(chart: Chart, width: float) -> Marks:
    marks = Marks(width)
    _KINDS[chart.kind](marks, chart, width < NARROW)
    return marks


def _role(chart: Chart, number: int, place: int) -> Role:
    """The colour of a mark; in a waterfall its sign gives it where nothing else does."""
    one = chart.series[number]
    if chart.kind == "waterfall" and not one.roles:
        return "better" if (one.data[place] or 0.0) >= 0 else "worse"
    return one.roles[place] if one.roles else one.role


def _apart(heights: list[float], gaps: Sequence[float]) -> list[float]:
    """Places from the top on, moved as little as keeps them that far apart."""
    for _ in range(60):
        for place in range(len(heights) - 1):
            lack = gaps[place] - (heights[place + 1] - heights[place])
            if lack > 0.01:
                heights[place] -= lack / 2
                heights[place + 1] += lack / 2
    return heights


def _line(marks: Marks, chart: Chart, phone: bool) -> None:
    """Lines with their names where they end, marks along them, and the area between the first two."""
    ends = [
        [
            part
            for place, line in enumerate((one.end or one.name).split("\n"))
            for part in _wrap(line, 0.28 * marks.width, bold=not place)
        ]
        for one in chart.series
    ]
    room = (_wide(line, bold=not place) for lines in ends for place, line in enumerate(lines))
    left, right = _gutter(chart), marks.width - 10 - max(room, default=0.0)
    values = [*map(float, chart.categories if chart.counted else range(len(chart.categories)))]
    per = (right - left) / ((values[-1] - values[0]) or 1.0)
    marks.x = left - per * values[0], per
    texts = []
    for mark, text in chart.marks:
        at = marks.across(values[chart.categories.index(mark)])
        after = right - at >= at - left or at + 6 + _wide(text) <= right
        texts.append((at, after, _wrap(text, (right - at if after else at - left) - 8)))
    marks.height = 250.0 if phone else 330.0
    bottom = _axes(marks, chart, 16.0 + 16.0 * max((len(lines) for *_, lines in texts), default=0), right, values)
    if chart.between:
        _between(marks, chart, values)
    for at, after, lines in texts:
        marks.rule((at, 4), (at, bottom), "muted", 1.2, dotted=True)
        marks.texts(at + (6 if after else -6), 14, lines, "muted", 16, side="left" if after else "right")
    labels = []
    for one, lines in zip(reversed(chart.series), reversed(ends), strict=True):
        parts = [  # a line breaks where nothing is known; a part of one place is a dot
            [(marks.across(x), marks.down(y)) for x, y in run if y is not None]
            for there, run in groupby(zip(values, one.data, strict=True), lambda point: point[1] is not None)
            if there
        ]
        for part in parts:
            wide = 7.0 if len(part) == 1 else 2.0 if one.role == "neutral" else 2.5
            marks.stroke([part], one.role, wide, rounded=len(part) == 1)
        if parts:
            labels.append((parts[-1][-1][1], _SAID.get(one.role, one.role), lines))
    labels.sort(key=lambda label: label[0])
    gaps = [17.0 * len(lines) + 3 for *_, lines in labels]
    heights, least = _apart([height - 8 * (len(lines) - 1) for height, _, lines in labels], gaps), 10.0
    for place, (gap, (_, role, lines)) in enumerate(zip(gaps, labels, strict=True)):
        lift = max(heights[-1] + gaps[-1] - 17 - bottom, 0.0)
        heights[place] = max(heights[place] - lift, least)
        least = heights[place] + gap
        marks.texts(right + 8, heights[place] + 5, lines[:1], role, bold=True)
        marks.texts(right + 8, heights[place] + 22, lines[1:], role, 17)


def _between(marks: Marks, chart: Chart, values: Sequence[float]) -> None:
    """The area between two lines, in the colour of a gain where the first is above, else of a loss."""
    both = zip(values, chart.series[0].data, chart.series[1].data, strict=True)
    known = [(x, a, b) for x, a, b in both if a is not None and b is not None]
    met = known[:1]
    for (x, a, b), (after, c, d) in pairwise(known):
        if (a - b) * (c - d) < 0:
            share = (a - b) / ((a - b) - (c - d))
            meet = a + share * (c - a)
            met.append((x + share * (after - x), meet, meet))
        met.append((after, c, d))
    sides: tuple[tuple[Role, Callable[..., float]], ...] = ("better", max), ("worse", min)
    base = [(x, b) for x, _, b in met]
    for role, end in sides:
        edge = [(x, end(a, b)) for x, a, b in met]
        around = [(marks.across(x), marks.down(y)) for x, y in edge + base[::-1]]
        if edge != base:
            marks.stroke([around], role, fill=True, opacity=0.18)


def _columns(marks: Marks, chart: Chart, phone: bool) -> None:
    """Columns from nought, side by side; above them their names, where there are several."""
    count, key = len(chart.categories), _key(marks, chart)
    marks.height = key + (230.0 if phone else 300.0)
    left = _gutter(chart)
    step = (marks.width - left) / count
    wide = step * (0.8 if count <= 12 else 0.9 if step > 6 else 1.0)
    each = wide / len(chart.series)
    marks.x = left + step / 2, step
    _axes(marks, chart, key + 22, marks.width, range(count))
    texts = [] if count * len(chart.series) > 12 else _values(chart)
    labelled = bool(texts) and max(map(_widest, texts)) < each
    for place, row in enumerate(chart.spans()):
        for number, start, end in row:
            at = marks.across(place) - wide / 2 + each * number
            first, last = sorted((marks.down(start), marks.down(end)))
            if start != end:  # what is nought has no colour
                marks.bar(at, first, each - 1, last - first, _role(chart, number, place))
            if labelled:
                y = first - 6 if end >= 0 else last + 16
                marks.text(at + each / 2, y, texts[number][place], bold=True, side="center")


def _key(marks: Marks, chart: Chart) -> float:
    """Names of several series above the data, each behind a square of its colour; gives the room they take."""
    if len(chart.series) < 2:
        return 0.0
    x, y = 0.0, 14.0
    for one in chart.series:
        wide = _wide(one.name, bold=True) + 40
        if x and x + wide - 20 > marks.width:
            x, y = 0.0, y + 22
        marks.bar(x, y - 11, 12, 12, one.role)
        marks.text(x + 18, y, one.name, bold=True)
        x += wide
    return y + 14


def _values(chart: Chart) -> list[list[str]]:
    """What stands at the ends of bars: labels if given, else values, with the name of one of several."""
    if chart.labels:
        return [list(chart.labels) for _ in chart.series]
    if chart.kind == "stacked_bars":
        sums = [sum(one.data[place] or 0.0 for one in chart.series) for place in range(len(chart.categories))]
        return [[chart.text(value, sums) for value in sums]]
    every = [value for one in chart.series for value in one.data if value is not None]
    named = chart.kind == "bars" and len(chart.series) > 1
    return [
        [
            "" if value is None else chart.text(value, every, digits=3) + f" {one.name}" * named
            for value in one.data
        ]
        for one in chart.series
    ]


def _rows(marks: Marks, chart: Chart, phone: bool, top: float, high: float) -> tuple[float, list[float]]:
    """Names of the categories as rows; gives where the data begin, and where each row of them does."""
    y, starts = top, list[float]()
    names = [(str(name), place in chart.totals) for place, name in enumerate(chart.categories)]
    widest = 16 + max((_wide(name, bold=bold) for name, bold in names), default=0.0)
    room = marks.width if phone else min(0.36 * marks.width, widest)
    for name, bold in names:
        wide = room - (0 if phone else 16)
        lines = _wrap(name, wide, bold=bold)
        if any(_wide(line, bold=bold) > wide for line in lines):  # a word alone is wider
            lines = textwrap.wrap(name, max(int(wide / (0.6 * SIZE)), 1))
        if bold and starts:
            y += 6
            marks.rule((0, y - 8), (marks.width, y - 8), "faint")
        above = 19.0 * len(lines) if phone else max((18.0 * len(lines) - high) / 2, 0.0)
        starts.append(y + above)
        first = y + 13 if phone else starts[-1] + high / 2 + 5 - 9 * (len(lines) - 1)
        marks.texts(0, first, lines, bold=bold)
        y = starts[-1] + high + (12 if phone else above + 14)
    marks.height = y
    return 0.0 if phone else room, starts


class Bar(NamedTuple):
    """A lying bar from its start to its end, and the text that stands there."""

    y: float
    start: float
    end: float
    text: str
    role: Role


def _bars(marks: Marks, chart: Chart, phone: bool) -> None:
    """Lying bars from nought or, in a waterfall, from where the one before ended; their values at their ends."""
    stacked, falls = chart.kind == "stacked_bars", chart.kind == "waterfall"
    several = 1 if stacked else len(chart.series)
    each = 18.0 if falls else 20.0 if several == 1 else 17.0
    high = each * several + 4.0 * (several - 1)
    left, starts = _rows(marks, chart, phone, _key(marks, chart) if stacked else 0.0, high)
    texts, rows = _values(chart), list(zip(starts, chart.spans(), strict=True))
    bars = [
        Bar(y + (each + 4) * number * (not stacked), start, end, "" if stacked else texts[number][place],
            _role(chart, number, place))
        for place, (y, row) in enumerate(rows) for number, start, end in row
    ]  # fmt: skip
    labels = bars
    if stacked:
        ends = [max((end for *_, end in row), default=0.0) for _, row in rows]
        labels = [Bar(y, 0.0, end, text, "ink") for y, end, text in zip(starts, ends, texts[0], strict=True)]
    low, most = chart.extent()
    room = (marks.width - left - 36) / max(_widest(bar.text for bar in labels), 1.0)
    size = math.floor(SIZE * min(room, 1.0))
    before = after = 0.0
    for _ in range(30):  # a text that hangs over takes less room when all bars are shorter
        per = max(marks.width - left - before - after, 24.0) / ((most - low) or 1.0)
        marks.x = left + before - per * low, per
        sides = [(bar.end < bar.start, marks.across(bar.end), 12 + _wide(bar.text, size, True)) for bar in labels]
        before += max([left + room - x for backwards, x, room in sides if backwards], default=0.0)
        after += max([x + room - marks.width for backwards, x, room in sides if not backwards], default=0.0)
        before, after = max(before, 0.0), max(after, 0.0)
    for bar in bars:
        first, last = sorted((marks.across(bar.start), marks.across(bar.end)))
        if bar.end != bar.start or not falls:
            marks.bar(first, bar.y, last - first, each, bar.role)
    for place, (bar, below) in enumerate(pairwise(bars if falls and not phone else ())):
        if place + 1 not in chart.totals:
            marks.rule((marks.across(bar.end), bar.y + high), (marks.across(bar.end), below.y), "neutral")
    standing = [y for y, row in rows if any(not start for _, start, _ in row)]
    _stand(marks, 0.0, standing if phone and standing else starts, high, phone, 4.0)
    for bar in labels:  # a text stands behind its end, or where there is no room at the left on the other side
        first, last = sorted(map(marks.across, (bar.start, bar.end)))
        wide = _wide(bar.text, size, True)
        before = bar.end < bar.start and first - 8 - wide >= left - 1
        x, side = (first - 8, "right") if before else (last + 8, "left")
        if before and x - wide < marks.across(0.0) < x:  # the line on which bars stand goes round it
            marks.bar(x - wide - 2, bar.y, wide + 4, each, None)
        marks.text(
            x, bar.y + each / 2 + 5, bar.text, _SAID.get(bar.role, bar.role), size=size, bold=True, side=side
        )


def _stand(marks: Marks, value: float, starts: Sequence[float], high: float, phone: bool, above: float) -> None:
    """The line on which bars stand or which parts better from worse; on a phone between names, not across them."""
    x, ends = marks.across(value), [(start - 2, start + high + 2) for start in starts]
    for top, bottom in ends if phone else [(starts[0] - above, starts[-1] + high + 4)]:
        marks.rule((x, top), (x, bottom), "ink", 1.3)


def _ranges(marks: Marks, chart: Chart, phone: bool) -> None:
    """A bar from low to high with a dot in the middle per row, in the colour of the side where the dot lies."""
    low, middle, high = (one.data for one in chart.series)
    reference, sides = chart.reference, 26.0 if chart.reference is not None and any(chart.sides) else 6.0
    left, starts = _rows(marks, chart, phone, sides, 16.0)
    bottom = marks.height
    marks.height += 26
    values = [value for row in (low, middle, high) for value in row if value is not None]
    values += [] if reference is None else [reference]
    first, last = chart.limits or (min(values), max(values))
    texts = chart.labels or ["" if value is None else chart.text(value, values, digits=3) for value in middle]
    left, right = left + 8, marks.width - 16 - _widest(texts)
    per = (right - left) / ((last - first) or 1.0)
    marks.x = left - per * first, per
    if reference is not None:
        _stand(marks, reference, starts, 16.0, phone, sides - 4)
        _sides(marks, chart)
    for place, start in enumerate(starts):
        y, (a, b, c) = start + 8, (one[place] for one in (low, middle, high))
        marks.rule((left, y), (right, y), "faint")
        if b is None:
            continue
        role: Role = "better" if reference is not None and b >= reference else "worse"
        if chart.series[1].roles or reference is None:
            role = _role(chart, 1, place)
        if a is not None and c is not None:
            ends = [(marks.across(a), y), (marks.across(c), y)]
            marks.stroke([ends], _LIGHT.get(role, "neutral"), 7.0, rounded=True)
        for colour, wide in ((None, 15.0), (role, 11.0)):
            marks.stroke([[(marks.across(b), y)]], colour, wide, rounded=True)
        marks.text(marks.width, y + 5, texts[place], role, bold=True, side="right")
    _ticks(marks, chart, (first, last), bottom - 4)


def _sides(marks: Marks, chart: Chart, most: int = 1) -> None:
    """What is on both sides of the line that parts better from worse, where that has room in so many lines."""
    at = marks.across(chart.reference or 0.0)
    left, right = (
        _wrap(text, room, bold=True)
        for text, room in zip(chart.sides, (at - 8, marks.width - at - 8), strict=True)
    )
    if len(left) <= most and _widest(left) <= at - 8:
        marks.texts(at - 8, 14, left, "worse", 17, bold=True, side="right")
    if len(right) <= most and _widest(right) <= marks.width - at - 8:
        marks.texts(at + 8, 14, right, "better", 17, bold=True)


def _dots(marks: Marks, chart: Chart, phone: bool) -> None:
    """A hundred cases piled up where they lie, none of them across the line that parts better from worse."""
    values = sorted(value for value in chart.series[0].data if value is not None)
    parted = chart.reference is not None and values.count(chart.reference) < len(values)
    reference = chart.reference if chart.reference is not None else values[len(values) // 2]
    low, high = min(values[0], reference), max(values[-1], reference)
    spread, room = (high - low) or 1.0, 0.16 if phone else 0.1
    low -= spread * (room if parted and reference - low <= room * spread else 0.03)
    high += spread * (room if parted and high - reference <= room * spread else 0.03)
    for columns in (24, 32, 44, 60) if phone else (34, 46, 62, 84):
        step = (high - low) / columns
        start = reference - math.ceil((reference - low) / step) * step
        piles = Counter(math.floor((value - start) / step) for value in values)
        if max(piles.values()) <= columns / 2:
            break
    each = marks.width / (columns + 1)
    tall = min(each, marks.width / 2 / max(piles.values()))
    marks.height = max(150.0, tall * max(piles.values()) + 84)
    bottom = marks.height - 26
    marks.x, marks.y = (-each / step * start, each / step), (bottom, -tall)
    sides: dict[Role, list[list[Point]]] = {}
    for column, count in piles.items():
        middle = start + (column + 0.5) * step
        role: Role = ("worse" if middle < reference else "better") if parted else chart.series[0].role
        at = [[(marks.across(middle), bottom - each / 2 - tall * place)] for place in range(count)]
        sides.setdefault(role, []).extend(at)
    for role, places in sides.items():
        marks.stroke(places, role, each * 0.86, rounded=True)
    marks.rule((0, bottom), (marks.width, bottom), "neutral")
    if parted:
        marks.rule((marks.across(reference), 2), (marks.across(reference), bottom), "ink", 1.3)
        _sides(marks, chart, 2)
    _ticks(marks, chart, (low, high), bottom)


def _people(marks: Marks, chart: Chart, phone: bool) -> None:
    """Little people by group, pale those not meant, and beside them, on a phone below, how many are what."""

    def figures(at: Sequence[Point], step: float, role: Role) -> None:
        unit, pale = step / 10, role in ("faint", "neutral")
        shape = ((-3, 5.9), (3, 5.9), (3, 12), (1.9, 12), (1.9, 19.6), (-1.9, 19.6), (-1.9, 12), (-3, 12))
        look: dict[str, Any] = {"role": "neutral" if pale else role, "opacity": 0.5 if pale else 1.0}
        marks.stroke([[(x, y + 2.6 * unit)] for x, y in at], wide=4.4 * unit, rounded=True, **look)
        marks.stroke([[(x + unit * a, y + unit * b) for a, b in shape] for x, y in at], fill=True, **look)

    one, across = chart.series[0], 20
    groups = [(round(value or 0.0), name, _role(chart, 0, place))
              for place, (value, name) in enumerate(zip(one.data, chart.categories, strict=True))]  # fmt: skip
    wide, begin = marks.width if phone else 0.58 * marks.width, 0
    step = wide / across
    tall = 2.3 * step
    for count, _, role in groups:
        members = range(begin, begin + count)
        begin += count
        if count:
            figures([(step * (one % across + 0.5), tall * (one // across)) for one in members], step, role)
    high = tall * math.ceil(begin / across)
    x, y = (0.0, high + 10) if phone else (wide + 0.05 * marks.width, 0.0)
    for count, name, role in groups:
        lines = _wrap(str(name), marks.width - x - 82)
        y = max(y, 9.0 * len(lines) - 21)  # many lines begin at the top
        figures([(x + 8, y)], 17.0, role)
        marks.text(x + 24, y + 27, f"{count}", size=24, bold=True)
        marks.texts(x + 78, y + 24 - 9 * (len(lines) - 1), lines)
        y += max(46.0, 18.0 * len(lines) + 14)
    marks.height = y if phone else max(high, y) + 6


def _squares(marks: Marks, chart: Chart, phone: bool) -> None:
    """A hundred squares for each category, as many filled as are meant, and beside them how many."""
    one, count = chart.series[0], len(chart.categories)
    wide = marks.width if phone else marks.width / count
    step = 0.055 * wide if phone else min(0.05 * marks.width, 0.06 * wide)
    high, side = 10 * step + 24, 0.86 * step
    for place, (name, value) in enumerate(zip(chart.categories, one.data, strict=True)):
        left, top = (0.0, high * place) if phone else (wide * place, 0.0)
        meant = round(value or 0.0)
        for role, members in ((_role(chart, 0, place), range(meant)), ("faint", range(meant, 100))):
            corners = [(left + step * (member % 10), top + step * (member // 10)) for member in members]
            squares = [[(x, y), (x + side, y), (x + side, y + side), (x, y + side)] for x, y in corners]
            if squares:
                marks.stroke(squares, role, fill=True)
        x = left + 10.6 * step
        marks.text(x, top + 44, str(meant), size=54, bold=True)
        marks.texts(x, top + 74, _wrap(str(name), left + wide - x - 8))
    marks.height = high * (count if phone else 1) - 18


_KINDS: Mapping[str, Callable[[Marks, Chart, bool], None]] = {
    "line": _line, "columns": _columns, "bars": _bars, "stacked_bars": _bars, "waterfall": _bars,
    "ranges": _ranges, "dots": _dots, "people": _people, "squares": _squares,
}  # fmt: skip
