"""Charts drawn by matplotlib from their description: for notebooks, pages and slides alike.

Everything is placed in CSS pixels from the upper left corner, and texts are measured before they are placed. A
phone gets a drawing of its own: labels above bars, fewer ticks. As SVG the same drawing keeps its text,
and takes its colours from the page's variables.
"""

from __future__ import annotations

import io
import math
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from xml.etree import ElementTree

import matplotlib
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font, LoadFlags
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from .chart import Chart, Role, Series

COLOURS: Mapping[Role, tuple[str, str]] = MappingProxyType(
    {
        "better": ("better", "#00658f"),
        "worse": ("worse", "#b23c00"),
        "better_light": ("better-1", "#4f96b8"),
        "worse_light": ("worse-1", "#cf7f50"),
        "ink": ("ink", "#14202b"),
        "muted": ("mute", "#53606c"),
        "neutral": ("grey", "#7b8997"),
        "faint": ("line", "#dce2e7"),
    }
)
"""Roles as the page's variables and, on white, as colours; contrasts of text are 5.9 to 1 and more."""
BACKGROUND = "#ffffff"
TYPE = ("Arial", "Liberation Sans", "DejaVu Sans")
"""Best first: the second has the widths of the first, where that is not installed."""
SIZE, SMALL = 14.0, 12.5
"""Pixels of labels, and of the source."""

_PALE = "#bdc4cb"
"""Half of the neutral colour, for those of a crowd who are not meant."""
_VARIABLES = (
    {_PALE: "var(--grey)"}
    | {colour: f"var(--{name})" for name, colour in COLOURS.values()}
    | {BACKGROUND: "var(--bg)"}
)
_NARROW = 520
_SVG = "{http://www.w3.org/2000/svg}"


def draw(
    chart: Chart, *, width: float = 696, phone: bool = False, title: str = "", source: str = "",
    ax: Axes | None = None,
) -> Figure:  # fmt: skip
    """A chart as a figure of so many CSS pixels, a pixel a point, with the texts that stand around it on a page.

    Args:
        chart: what is drawn.
        width: in pixels.
        phone: whether it is drawn for a narrow screen.
        title, source: message above and origin below it, where nothing else says them.
        ax: axes to draw on, in their size; those of a new figure by default.
    """
    size = 20.0 if width >= _NARROW else 18.0
    above = [(line, size, "ink", True) for line in _wrap(title, width, size, bold=True)]
    above += [(line, SIZE, "muted", False) for line in _wrap(chart.caption, width, SIZE)]
    below = _wrap(source, width, SMALL)
    head = sum(1.3 * size for _, size, _, _ in above) + (14 if above else 0)
    foot = 18.0 * len(below) + (8 if below else 0)
    canvas = _drawn(chart, width, phone, head, foot, ax)
    y = 0.0
    for line, size, role, bold in above:
        y += 1.3 * size
        canvas.text(0, y - 0.3 * size, line, role, size=size, bold=bold)  # type: ignore[arg-type]
    for place, line in enumerate(below):
        canvas.text(0, canvas.bottom + 20 + 18 * place, line, "muted", size=SMALL)
    return canvas.figure


def svg(chart: Chart, *, width: float = 696, phone: bool = False) -> str:
    """A chart as SVG with real text and the page's colours as variables, no wider than its column.

    What stands around it, `Chart.caption` first of all, is the page's to say.
    """
    canvas = _drawn(chart, width, phone)
    written = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "wom", "path.simplify": False}):
        canvas.figure.savefig(written, format="svg", metadata={"Date": None}, transparent=True)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {canvas.width:g} {canvas.height:g}" '
        f'width="{canvas.width:g}" height="{canvas.height:g}" aria-hidden="true">'
    ]
    for part in ElementTree.fromstring(written.getvalue()).iter():
        if part.tag == f"{_SVG}path" and "style" in part.attrib:
            parts.append(_path(part))
        elif part.tag == f"{_SVG}text":
            parts.append(_text(part))
    return "".join([*parts, "</svg>"])


def _path(part: ElementTree.Element) -> str:
    """A path without what is the default anyway, its places to a tenth of a pixel."""
    style = _style(part)
    places = _relative(part.attrib["d"])
    kept = {"fill": _VARIABLES.get(style.get("fill", "#000000"), style.get("fill", "none"))}
    if "stroke" in style and style["stroke"] != "none":
        kept["stroke"] = _VARIABLES.get(style["stroke"], style["stroke"])
        names = ("stroke-width", "stroke-linecap", "stroke-linejoin", "stroke-dasharray")
        kept |= {name: style[name] for name in names if style.get(name, "butt") not in ("butt", "miter")}
    kept |= {name: style[name] for name in ("opacity", "fill-opacity") if name in style}
    kept |= {"opacity": ".5"} if _PALE in style.values() else {}
    return f'<path d="{places}" {_attributes(kept)}/>'


def _relative(path: str) -> str:
    """A path of straight lines in steps from place to place, in tenths of a pixel."""
    written, at = "", (0.0, 0.0)
    for code, x, y in re.findall(r"([MLz])(?: (\S+) (\S+))?", path):
        if code == "z":
            written += "z"
            continue
        place = round(float(x), 1), round(float(y), 1)
        step = place if code == "M" else (place[0] - at[0], place[1] - at[1])
        pair = " ".join(
            f"{part:.1f}".removesuffix(".0").replace("-0.", "-.").removeprefix("0") or "0" for part in step
        )
        written += ("M" if code == "M" else "l") + pair
        at = place
    return written


def _text(part: ElementTree.Element) -> str:
    style = _style(part)
    font = style.get("font", "")
    size = re.search(r"([\d.]+)px", style.get("font-size", font))
    kept = {
        "x": f"{float(part.get('x') or 0):.1f}".removesuffix(".0"),
        "y": f"{float(part.get('y') or 0):.1f}".removesuffix(".0"),
        "fill": _VARIABLES.get(style.get("fill", ""), "var(--ink)"),
        "font-size": f"{float(size[1] if size else SIZE):g}",
    }
    if re.search(r"\b(700|bold)\b", style.get("font-weight", font)):
        kept["font-weight"] = "700"
    if style.get("text-anchor", "start") != "start":
        kept["text-anchor"] = style["text-anchor"]
    written = ElementTree.Element("text", kept)
    written.text = part.text
    return ElementTree.tostring(written, encoding="unicode")


def _style(part: ElementTree.Element) -> dict[str, str]:
    pairs = (pair.split(":", 1) for pair in part.attrib.get("style", "").split(";") if ":" in pair)
    return {name.strip(): value.strip() for name, value in pairs}


def _attributes(of: Mapping[str, str]) -> str:
    return " ".join(f'{name}="{value}"' for name, value in of.items())


@lru_cache(maxsize=4)
def _font(bold: bool) -> tuple[str, FT2Font]:
    """The best typeface installed, and itself to measure by."""
    installed = {font.name for font in font_manager.fontManager.ttflist}
    name = next((name for name in TYPE if name in installed), "DejaVu Sans")
    path = font_manager.findfont(font_manager.FontProperties(family=[name], weight="bold" if bold else "normal"))
    font = FT2Font(path)  # of its own: what draws sets the size of those that it shares
    font.set_size(100, 72)
    return name, font


@lru_cache(maxsize=4096)
def _wide(text: str, size: float = SIZE, bold: bool = False) -> float:
    """Pixels that a line of text takes."""
    font = _font(bold)[1]
    font.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
    return 1.02 * float(font.get_width_height()[0]) / 64 * size / 100


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


def _fitted(text: str, width: float) -> str:
    """A text in one line, cut between words where it is too long."""
    longest = len(text)
    while longest > 1 and _wide(text) > width:
        longest -= 1
        text = textwrap.shorten(text, longest, placeholder="…")
    return text


class _Canvas:
    """Axes over a whole figure, in CSS pixels from its upper left corner.

    `scaled` gives the axes the data's own scale, so that whoever takes them can add to them; what is placed
    in pixels stays where it is.
    """

    def __init__(self, width: float, height: float, head: float, foot: float, ax: Axes | None) -> None:
        if ax is None:
            figure = Figure(figsize=(width / 72, (height + head + foot) / 72), dpi=72, facecolor=BACKGROUND)
            ax = figure.add_axes((0, 0, 1, 1))
        self.ax = ax
        self.figure: Figure = ax.get_figure(root=True)  # type: ignore[assignment]
        self.width, self.height = width, height + head + foot
        self.top, self.bottom = head, head + height
        self._x, self._y = (0.0, 1.0), (0.0, 1.0)
        ax.set_axis_off()
        self._limits()

    def scaled(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        """Pixels are (start, per unit) of the data, along and down."""
        self._x, self._y = x, y
        self._limits()

    def _limits(self) -> None:
        self.ax.set_xlim(self.data_x(0), self.data_x(self.width))
        self.ax.set_ylim(self.data_y(self.height), self.data_y(0))

    def data_x(self, pixels: float) -> float:
        return (pixels - self._x[0]) / self._x[1]

    def data_y(self, pixels: float) -> float:
        return (pixels - self._y[0]) / self._y[1]

    def line(
        self, points: Sequence[tuple[float, float]], role: Role, wide: float = 1.0, *, dots: bool = False,
        round_ends: bool = False,
    ) -> None:  # fmt: skip
        """A line through places in pixels."""
        self.curve([self.data_x(x) for x, _ in points], [self.data_y(y) for _, y in points], role, wide,
                   dots=dots, round_ends=round_ends)  # fmt: skip

    def curve(
        self, x: Sequence[float], y: Sequence[float], role: Role, wide: float = 2.5, *, dots: bool = False,
        round_ends: bool = False,
    ) -> None:  # fmt: skip
        """A line through the data."""
        (line,) = self.ax.plot(x, y, color=COLOURS[role][1], linewidth=wide, clip_on=False, scalex=False,
                               scaley=False, solid_joinstyle="round", label="_",
                               zorder=0.5 if role == "faint" else 2)  # fmt: skip
        if dots:
            line.set_linestyle((0, (1, 3)))
        line.set_solid_capstyle("round" if round_ends else "butt")
        line.set_snap(None if len(x) == 2 and wide <= 2 else False)

    def strokes(
        self, path: Sequence[Sequence[tuple[float, float]]], role: Role | None, wide: float, *, pale: bool = False,
        fill: bool = False,
    ) -> None:  # fmt: skip
        """Many lines with round ends in one path; one of no length is a dot."""
        colour = _PALE if pale else COLOURS[role][1] if role else BACKGROUND
        vertices, codes = [], []
        for points in path:
            for place, (x, y) in enumerate(
                [*points, *([(points[0][0] + 0.02, points[0][1])] * (len(points) == 1))]
            ):
                vertices.append((self.data_x(x), self.data_y(y)))
                codes.append(Path.LINETO if place else Path.MOVETO)
        look = {"fill": fill, "facecolor": colour, "edgecolor": colour, "linewidth": wide, "snap": False}
        self.ax.add_patch(
            PathPatch(Path(vertices, codes), capstyle="round", joinstyle="round", clip_on=False, **look)
        )

    def area(
        self, points: Sequence[tuple[float, float]], role: Role, alpha: float = 1.0, edge: bool = False
    ) -> None:
        """A filled shape, in pixels."""
        vertices = [(self.data_x(x), self.data_y(y)) for x, y in points]
        self.ax.add_patch(
            PathPatch(Path([*vertices, vertices[0]], closed=True), facecolor=COLOURS[role][1], alpha=alpha,
                      linewidth=0, clip_on=False, snap=not edge)
        )  # fmt: skip

    def bar(self, left: float, top: float, wide: float, high: float, role: Role) -> None:
        """A filled rectangle; at least a pixel of it is seen."""
        wide = max(wide, 1.0)
        self.area([(left, top), (left + wide, top), (left + wide, top + high), (left, top + high)], role)

    def text(
        self, x: float, y: float, text: str, role: Role | None = "ink", *, size: float = SIZE, bold: bool = False,
        side: str = "left",
    ) -> None:  # fmt: skip
        """A line of text on its base line; without a role in the colour of the background."""
        self.ax.text(
            self.data_x(x), self.data_y(y), text, color=COLOURS[role][1] if role else BACKGROUND, fontsize=size,
            fontweight="bold" if bold else "normal", ha=side, va="baseline", family=_font(False)[0],
            clip_on=False, parse_math=False,
        )  # fmt: skip


def _drawn(
    chart: Chart, width: float, phone: bool, head: float = 0.0, foot: float = 0.0, ax: Axes | None = None
) -> _Canvas:
    """The chart itself: its height follows from what it holds, unless the axes are given."""
    phone = phone or width < _NARROW
    given = None
    if ax is not None:
        box, dpi = ax.get_window_extent(), ax.get_figure(root=True).dpi  # type: ignore[union-attr]
        width, given = box.width / dpi * 72, box.height / dpi * 72

    def begin(height: float) -> _Canvas:
        return _Canvas(width, given - head - foot if given else height, head, foot, ax)

    return _KINDS[chart.kind](chart, width, phone, begin)


Begin = Callable[[float], _Canvas]


def _colour(series: Series, place: int) -> Role:
    return series.roles[place] if series.roles else series.role


def _gridlines(canvas: _Canvas, chart: Chart, y: Callable[[float], float], right: float) -> None:
    """Gridlines with their labels on them in the gutter, and nought in ink."""
    _, _, ticks = chart.scale()
    for tick in ticks:
        if tick:
            canvas.line([(0, y(tick)), (right, y(tick))], "faint")
        canvas.text(0, y(tick) - 5, chart.text(tick, ticks), "muted" if tick else "ink",
                    bold=not tick)  # fmt: skip
    if 0 in ticks:
        canvas.line([(0, y(0)), (right, y(0))], "ink", 1.3)


def _gutter(chart: Chart) -> float:
    ticks = chart.scale()[2]
    return 12 + max((_wide(chart.text(tick, ticks), SIZE, not tick) for tick in ticks), default=0.0)


def _along(chart: Chart, canvas: _Canvas, places: Sequence[float], y: float, phone: bool) -> None:
    """Labels of the categories below the data, as many as fit, and what they count."""
    end = 0.0
    written = chart.along(phone)
    for place, text in written:
        wide, x = _wide(text), places[place]
        left = min(max(x - wide / 2, 0.0), canvas.width - wide)
        if left > end or not end:
            canvas.line([(x, y), (x, y + 5)], "neutral")
            canvas.text(left, y + 20, text, "muted")
            end = left + wide + 10
    if chart.axis and not chart.monthly:
        canvas.text(0, y + 40, chart.axis, "muted")


def _below(chart: Chart) -> float:
    return 26.0 if chart.monthly or not chart.axis else 46.0


def _apart(heights: list[float], gaps: Sequence[float]) -> list[float]:
    """Places from the top on, moved as little as keeps them that far apart."""
    for _ in range(60):
        for place in range(len(heights) - 1):
            lack = gaps[place] - (heights[place + 1] - heights[place])
            if lack > 0.01:
                heights[place] -= lack / 2
                heights[place + 1] += lack / 2
    return heights


def _line(chart: Chart, width: float, phone: bool, begin: Begin) -> _Canvas:
    low, high, _ = chart.scale()
    room = 0.3 * width if phone else 0.26 * width
    ends = [
        [part for line in (one.end or one.name).split("\n") for part in _wrap(line, room, bold=True)]
        for one in chart.series
    ]
    right = width - max((_wide(line, bold=place == 0) for lines in ends for place, line in enumerate(lines)),
                        default=0.0) - 10  # fmt: skip
    canvas = begin(250.0 if phone else 330.0)
    top, bottom = canvas.top + (26 if chart.marks else 14), canvas.bottom - _below(chart)
    left = _gutter(chart)
    values = [float(place) for place in chart.categories] if chart.counted else list(range(len(chart.categories)))
    span = (values[-1] - values[0]) or 1.0
    per_x, per_y = (right - left) / span, -(bottom - top) / ((high - low) or 1.0)

    def x(value: float) -> float:
        return left + per_x * (value - values[0])

    def y(value: float) -> float:
        return bottom + per_y * (value - low)

    canvas.scaled((left - per_x * values[0], per_x), (bottom - per_y * low, per_y))
    _gridlines(canvas, chart, y, right)
    if 0 not in chart.scale()[2]:
        canvas.line([(0, bottom), (right, bottom)], "neutral")
    if chart.between:
        _between(canvas, chart.series[0].data, chart.series[1].data, [x(value) for value in values], y)
    for place, text in chart.marks:
        at = x(values[chart.categories.index(place)])
        canvas.line([(at, canvas.top + 4), (at, bottom)], "muted", 1.2, dots=True)
        after = right - at >= at - left or at + 6 + _wide(text) <= right
        text = _fitted(text, (right - at if after else at) - 8)
        canvas.text(at + (6 if after else -6), canvas.top + 14, text, "muted", side="left" if after else "right")
    for one in reversed(chart.series):
        pairs = [(a, b) for a, b in zip(values, one.data, strict=True) if b is not None]
        canvas.curve([a for a, _ in pairs], [b for _, b in pairs], one.role, 2.5 if one.role != "neutral" else 2)
    lasts = [next((value for value in reversed(one.data) if value is not None), None) for one in chart.series]
    labelled = [
        (y(last), one, lines)
        for last, one, lines in zip(lasts, chart.series, ends, strict=True)
        if last is not None
    ]
    labelled.sort(key=lambda label: label[0])
    heights = [height - 8 * (len(lines) - 1) for height, _, lines in labelled]
    gaps = [17.0 * len(lines) + 3 for _, _, lines in labelled]
    heights = _apart(heights, gaps)
    if heights:
        lift = max(heights[-1] + gaps[-1] - 17 - bottom, 0.0)
        least = canvas.top + 10
        for place, gap in enumerate(gaps):
            heights[place] = max(heights[place] - lift, least)
            least = heights[place] + gap
    for height, (_, one, lines) in zip(heights, labelled, strict=True):
        role = "muted" if one.role == "neutral" else one.role
        for place, line in enumerate(lines):
            canvas.text(right + 8, height + 5 + 17 * place, line, role, bold=place == 0)
    _along(chart, canvas, [x(value) for value in values], bottom, phone)
    return canvas


def _between(canvas: _Canvas, first: Sequence[float | None], second: Sequence[float | None],
             places: Sequence[float], y: Callable[[float], float]) -> None:  # fmt: skip
    """The area between two lines, by stretches on which one of them is above."""
    known = [(x, a, b) for x, a, b in zip(places, first, second, strict=True) if a is not None and b is not None]
    stretch: list[tuple[float, float, float]] = known[:1]
    for (x0, a0, b0), (x1, a1, b1) in pairwise(known):
        if (a0 - b0) * (a1 - b1) < 0:
            share = (a0 - b0) / ((a0 - b0) - (a1 - b1))
            cross = (x0 + share * (x1 - x0), a0 + share * (a1 - a0), a0 + share * (a1 - a0))
            _stretch(canvas, [*stretch, cross], y)
            stretch = [cross]
        stretch.append((x1, a1, b1))
    _stretch(canvas, stretch, y)


def _stretch(canvas: _Canvas, of: Sequence[tuple[float, float, float]], y: Callable[[float], float]) -> None:
    rise = sum(a - b for _, a, b in of)
    if rise:
        edge = [(x, y(a)) for x, a, _ in of] + [(x, y(b)) for x, _, b in reversed(of)]
        canvas.area(edge, "better" if rise > 0 else "worse", 0.18, edge=True)


def _columns(chart: Chart, width: float, phone: bool, begin: Begin) -> _Canvas:
    """Columns from nought, side by side or stacked; above them their names, where there are several."""
    stacked = chart.kind == "stacked_columns"
    low, high, _ = chart.scale()
    names = _key_height(chart, width)
    canvas = begin((230.0 if phone else 300.0) + names)
    top, bottom = canvas.top + names + (22 if not stacked else 10), canvas.bottom - _below(chart)
    left = _gutter(chart)
    count = len(chart.categories)
    step = (width - left) / count
    wide = step * (0.8 if count <= 12 else 0.9 if step > 6 else 1.0)
    each = wide if stacked else wide / len(chart.series)
    per = (bottom - top) / ((high - low) or 1.0)

    def y(value: float) -> float:
        return bottom - per * (value - low)

    canvas.scaled((left + step / 2, step), (bottom + per * low, -per))
    _gridlines(canvas, chart, y, width)
    _key(canvas, chart)
    texts = [] if stacked or count * len(chart.series) > 12 else _bar_texts(chart)
    labelled = bool(texts) and max(_wide(text, bold=True) for one in texts for text in one) < each
    for place in range(count):
        start = left + step * place + (step - wide) / 2
        ups = downs = 0.0
        for number, one in enumerate(chart.series):
            value = one.data[place]
            if value is None:
                continue
            base = (ups if value >= 0 else downs) if stacked else 0.0
            first, last = sorted((y(base), y(base + value)))
            canvas.bar(start + (0 if stacked else each * number), first, max(each - 1, 1), max(last - first, 0.5),
                       _colour(one, place))  # fmt: skip
            ups, downs = (ups + value, downs) if value >= 0 else (ups, downs + value)
            if labelled:
                canvas.text(start + each * (number + 0.5), first - 6 if value >= 0 else last + 16,
                            texts[number][place], bold=True, side="center")  # fmt: skip
    _along(chart, canvas, [left + step * (place + 0.5) for place in range(count)], bottom, phone)
    return canvas


def _key_height(chart: Chart, width: float) -> float:
    lines, x = 1, 0.0
    for one in chart.series:
        wide = _wide(one.name, bold=True) + 40
        if x and x + wide - 20 > width:
            lines, x = lines + 1, 0.0
        x += wide
    return 22.0 * lines + 6 if len(chart.series) > 1 else 0.0


def _key(canvas: _Canvas, chart: Chart) -> None:
    """Names of several series above the data, each behind a square of its colour."""
    if len(chart.series) < 2:
        return
    x, y = 0.0, canvas.top + 14
    for one in chart.series:
        wide = _wide(one.name, bold=True) + 40
        if x and x + wide - 20 > canvas.width:
            x, y = 0.0, y + 22
        canvas.bar(x, y - 11, 12, 12, one.role)
        canvas.text(x + 18, y, one.name, "ink", bold=True)
        x += wide


def _rows(
    chart: Chart, width: float, phone: bool, high: float
) -> tuple[list[list[str]], float, float, list[float]]:
    """Texts of the categories, how much room they take beside the data, and where each row of it begins."""
    names = [str(category) for category in chart.categories]
    bold = set(chart.totals)
    room = width if phone else min(0.36 * width, 16 + max(
        (_wide(name, bold=place in bold) for place, name in enumerate(names)), default=0.0))  # fmt: skip
    lines = [_wrap(name, room - (0 if phone else 16), bold=place in bold) for place, name in enumerate(names)]
    starts, y = [], 0.0
    for place, texts in enumerate(lines):
        above = 19.0 * len(texts) if phone else 0.0
        starts.append(y + above)
        y += (above + high + 12) if phone else max(high + 14, 18.0 * len(texts) + 12)
        y += 4 if place in bold else 0
    return lines, 0.0 if phone else room, y, starts


def _name(canvas: _Canvas, lines: Sequence[str], top: float, high: float, phone: bool, bold: bool = False) -> None:
    first = top - 19 * len(lines) + 13 if phone else top + high / 2 + 5 - 9 * (len(lines) - 1)
    for place, line in enumerate(lines):
        canvas.text(0, first + 18 * place, line, bold=bold)


def _bars(chart: Chart, width: float, phone: bool, begin: Begin) -> _Canvas:
    """Lying bars from nought, their values at their ends; several of one category below each other or stacked."""
    stacked = chart.kind == "stacked_bars"
    several = 1 if stacked else len(chart.series)
    each = 20.0 if several == 1 else 17.0
    high = each * several + 4.0 * (several - 1)
    lines, left, total, starts = _rows(chart, width, phone, high)
    key = _key_height(chart, width) if stacked else 0.0
    canvas = begin(total + key)
    texts = _bar_texts(chart)
    room = 12 + max((_wide(text, bold=True) for one in texts for text in one), default=0.0)
    low, end = chart.extent()
    negative = room if low < 0 else 0.0
    if left + negative + room > 0.7 * width:
        negative = min(negative, 0.15 * width)
    per = (width - left - negative - room) / ((end - low) or 1.0)

    def x(value: float) -> float:
        return left + negative + per * (value - low)

    top = canvas.top + key
    canvas.scaled((x(0), per), (top, 1.0))
    if stacked:
        _key(canvas, chart)
    for place, start in enumerate(starts):
        _name(canvas, lines[place], top + start, high, phone)
        ups = downs = 0.0
        for number, one in enumerate(chart.series):
            value = one.data[place]
            if value is None:
                continue
            base = (ups if value >= 0 else downs) if stacked else 0.0
            first, last = sorted((x(base), x(base + value)))
            y = top + start + (0 if stacked else (each + 4) * number)
            canvas.bar(first, y, last - first, each, _colour(one, place))
            ups, downs = (ups + value, downs) if value >= 0 else (ups, downs + value)
            if not stacked:
                _end(canvas, first, last, y + each / 2 + 5, texts[number][place], value, _colour(one, place), left)
        if stacked and texts:
            canvas.text(x(ups) + 8, top + start + each / 2 + 5, texts[0][place], bold=True)
    _nought(canvas, x(0), [top + start for start in starts], high, phone)
    return canvas


def _bar_texts(chart: Chart) -> list[list[str]]:
    """What stands at the ends: labels if given, values else; with the name where one of several stands alone."""
    if chart.labels:
        return [list(chart.labels) for _ in chart.series]
    if chart.kind == "stacked_bars":
        sums = [sum(one.data[place] or 0.0 for one in chart.series) for place in range(len(chart.categories))]
        return [[chart.text(value, sums) for value in sums]]
    every = [value for one in chart.series for value in one.data if value is not None]
    more = [f" {one.name}" if chart.kind == "bars" and len(chart.series) > 1 else "" for one in chart.series]
    return [
        ["" if value is None else chart.text(value, every, digits=3) + name for value in one.data]
        for one, name in zip(chart.series, more, strict=True)
    ]


def _end(
    canvas: _Canvas, first: float, last: float, y: float, text: str, value: float, role: Role, left: float
) -> None:
    """A bar's text behind its end, or inside it where there is no room."""
    role = {"neutral": "muted", "faint": "muted", "better_light": "better", "worse_light": "worse"}.get(role, role)  # type: ignore[assignment]
    wide = _wide(text, bold=True)
    if value >= 0 and last + 8 + wide <= canvas.width:
        canvas.text(last + 8, y, text, role, bold=True)
    elif value < 0 and first - 8 - wide >= left:
        canvas.text(first - 8, y, text, role, bold=True, side="right")
    elif last - first > wide + 16 and role in ("better", "worse", "ink", "muted"):
        canvas.text(first + 8 if value < 0 else last - 8, y, text, None, bold=True,
                    side="left" if value < 0 else "right")  # fmt: skip
    else:
        canvas.text(last + 8, y, text, role, bold=True)


def _waterfall(chart: Chart, width: float, phone: bool, begin: Begin) -> _Canvas:
    """Row by row from nought to the total: a change begins where the one before it ended."""
    high = 18.0
    lines, left, total, starts = _rows(chart, width, phone, high)
    canvas = begin(total)
    ends, level = [], 0.0
    for place, value in enumerate(chart.series[0].data):
        before = 0.0 if place in chart.totals else level
        level = (value or 0.0) + before
        ends.append((before, level))
    low, most = min(0.0, *(min(end) for end in ends)), max(0.0, *(max(end) for end in ends))
    values = [value for value in chart.series[0].data if value is not None]
    texts = list(chart.labels) or [
        "" if value is None else chart.text(value, values, digits=3) for value in chart.series[0].data
    ]
    room = 10 + max(
        (_wide(text, bold=True) for text, (a, b) in zip(texts, ends, strict=True) if max(a, b) > 0.6 * most),
        default=0.0,
    )
    side = min(10 + max((_wide(text, bold=True) for text, (a, b) in zip(texts, ends, strict=True)
                         if b < a and min(a, b) < 0.5 * low and abs(b - a) < 0.3 * (most - low)), default=-10.0),
               0.25 * width)  # fmt: skip
    per = (width - left - room - side) / ((most - low) or 1.0)

    def x(value: float) -> float:
        return left + side + per * (value - low)

    canvas.scaled((x(0), per), (canvas.top, 1.0))
    for place, start in enumerate(starts):
        top = canvas.top + start
        if place in chart.totals and place:
            rule = top - (19 * len(lines[place]) + 6 if phone else 9)
            canvas.line([(0, rule), (width, rule)], "faint")
        value = chart.series[0].data[place]
        _name(canvas, lines[place], top, high, phone, bold=place in chart.totals)
        if value is None:
            continue
        before, after = ends[place]
        role: Role = chart.series[0].roles[place] if chart.series[0].roles else "better" if value >= 0 else "worse"
        first, last = sorted((x(before), x(after)))
        if value:
            canvas.bar(first, top, last - first, high, role)
        if place + 1 < len(starts) and place + 1 not in chart.totals:
            canvas.line([(x(after), top + high), (x(after), canvas.top + starts[place + 1])], "neutral")
        _end(canvas, first, last, top + high / 2 + 5, texts[place], value, role, left)
    _nought(canvas, x(0), [canvas.top + start for start in starts], high, phone)
    return canvas


def _nought(canvas: _Canvas, x: float, starts: Sequence[float], high: float, phone: bool) -> None:
    """The line on which bars stand; on a phone between the names, not across them."""
    ends = [(start - 2, start + high + 2) for start in starts]
    for top, bottom in ends if phone else [(ends[0][0] - 4, ends[-1][1] + 4)] if ends else []:
        canvas.line([(x, top), (x, bottom)], "ink", 1.3)


def _ranges(chart: Chart, width: float, phone: bool, begin: Begin) -> _Canvas:
    """A bar from low to high with a dot in the middle per row, in the colour of the side where the dot lies."""
    low, middle, high = (one.data for one in chart.series)
    lines, left, total, starts = _rows(chart, width, phone, 16.0)
    values = [value for row in (low, middle, high) for value in row if value is not None]
    texts = list(chart.labels) or [
        "" if value is None else chart.text(value, values, digits=3) for value in middle
    ]
    room = 16 + max((_wide(text, bold=True) for text in texts), default=0.0)
    reference = chart.reference
    begins, ends = chart.limits or (min(values + [reference or 0.0] * (reference is not None)),
                                    max(values + [reference or 0.0] * (reference is not None)))  # fmt: skip
    sides = 26.0 if reference is not None and any(chart.sides) else 6.0
    canvas = begin(total + sides + 26)
    first, last = left + 8, width - room
    per = (last - first) / ((ends - begins) or 1.0)

    def x(value: float) -> float:
        return first + per * (value - begins)

    top = canvas.top + sides
    canvas.scaled((first - per * begins, per), (top, 1.0))
    for place, start in enumerate(starts):
        y = top + start + 8
        _name(canvas, lines[place], top + start, 16.0, phone)
        canvas.line([(first, y), (last, y)], "faint")
        a, b, c = low[place], middle[place], high[place]
        if b is None:
            continue
        worse = reference is not None and b < reference
        role: Role = _colour(chart.series[1], place) if chart.series[1].roles or reference is None else (
            "worse" if worse else "better")  # fmt: skip
        light: Role = {"better": "better_light", "worse": "worse_light"}.get(role, "neutral")  # type: ignore[assignment]
        if a is not None and c is not None:
            canvas.line([(x(a), y), (x(c), y)], light, 7.0, round_ends=True)
        canvas.strokes([[(x(b), y)]], None, 15.0)
        canvas.strokes([[(x(b), y)]], role, 11.0)
        canvas.text(width, y + 5, texts[place], role, bold=True, side="right")
    if reference is not None:
        _sides(canvas, chart, x(reference), canvas.top, top + total - 4)
    _ticks(canvas, chart, x, (begins, ends), top + total - 2)
    return canvas


def _ticks(
    canvas: _Canvas, chart: Chart, x: Callable[[float], float], extent: tuple[float, float], y: float
) -> None:
    """Values along the bottom, as many as fit."""
    for most in (8, 7, 6, 5, 4, 3, 2):
        ticks = chart.scale(extent, most)[2]
        texts = [chart.text(tick, ticks) for tick in ticks]
        halves = [_wide(text, bold=not tick) / 2 + 6 for text, tick in zip(texts, ticks, strict=True)]
        gaps = [after - before for before, after in pairwise(map(x, ticks))]
        if all(gap >= sum(pair) for gap, pair in zip(gaps, pairwise(halves), strict=True)):
            break
    for tick, text, half in zip(ticks, texts, halves, strict=True):
        if half - 6 <= x(tick) <= canvas.width - half + 6:
            canvas.text(x(tick), y + 18, text, "ink" if tick == chart.reference else "muted",
                        bold=tick == chart.reference, side="center")  # fmt: skip


def _sides(canvas: _Canvas, chart: Chart, at: float, top: float, bottom: float) -> None:
    """The line that parts better from worse, and what its sides are called, where there is room."""
    canvas.line([(at, top + 2), (at, bottom)], "ink", 1.5)
    left, right = chart.sides
    if left and _wide(left, bold=True) + 8 <= at:
        canvas.text(at - 8, top + 14, left, "worse", bold=True, side="right")
    if right and _wide(right, bold=True) + 8 <= canvas.width - at:
        canvas.text(at + 8, top + 14, right, "better", bold=True)


def _dots(chart: Chart, width: float, phone: bool, begin: Begin) -> _Canvas:
    """A hundred cases piled up where they lie, none of them across the line that parts better from worse."""
    values = sorted(value for value in chart.series[0].data if value is not None)
    parted = chart.reference is not None
    reference = chart.reference if chart.reference is not None else values[len(values) // 2]
    low, high = min(values[0], reference), max(values[-1], reference)
    spread = (high - low) or 1.0
    room = 0.16 if phone else 0.1
    low -= 0.03 * spread if reference - low > room * spread or not parted else room * spread
    high += 0.03 * spread if high - reference > room * spread or not parted else room * spread
    for columns in (24, 32, 44, 60) if phone else (34, 46, 62, 84):
        step = (high - low) / columns
        start = reference - math.ceil((reference - low) / step) * step
        piles: dict[int, int] = {}
        for value in values:
            column = math.floor((value - start) / step)
            piles[column] = piles.get(column, 0) + 1
        if max(piles.values()) <= columns / 2:
            break
    per = width / ((columns + 1) * step)
    each = step * per
    most = max(piles.values())
    canvas = begin(max(150.0, each * most + 74))
    bottom = canvas.bottom - 26

    def x(value: float) -> float:
        return per * (value - start)

    canvas.scaled((-per * start, per), (bottom, -each))
    sides: dict[Role, list[list[tuple[float, float]]]] = {"worse": [], "better": [], chart.series[0].role: []}
    for column, count in piles.items():
        middle = start + (column + 0.5) * step
        at = sides[chart.series[0].role if not parted else "worse" if middle < reference else "better"]
        at += [[(x(middle), bottom - each * (place + 0.5))] for place in range(count)]
    for role, places in sides.items():
        if places:
            canvas.strokes(places, role, each * 0.86)
    canvas.line([(0, bottom), (width, bottom)], "neutral")
    if parted:
        _sides(canvas, chart, x(reference), canvas.top, bottom)
    _ticks(canvas, chart, x, (low, high), bottom + 2)
    return canvas


def _people(chart: Chart, width: float, phone: bool, begin: Begin) -> _Canvas:
    """Little people by group, and beside them, on a phone below, how many are what."""
    counts = [round(value or 0.0) for value in chart.series[0].data]
    roles = [_colour(chart.series[0], place) for place in range(len(counts))]
    across, wide = (20, width) if phone else (20, 0.58 * width)
    step = wide / across
    tall = 2.3 * step
    rows = math.ceil(sum(counts) / across)
    texts = [_wrap(str(name), (width - 92) if phone else 0.37 * width - 82) for name in chart.categories]
    heights = [max(46.0, 18.0 * len(lines) + 14) for lines in texts]
    side = sum(heights)
    canvas = begin(rows * tall + 10 + side if phone else max(rows * tall, side) + 6)
    order = [place for place, count in enumerate(counts) for _ in range(count)]
    for group, role in enumerate(roles):
        at = [(step * (place % across + 0.5), canvas.top + tall * (place // across))
              for place, member in enumerate(order) if member == group]  # fmt: skip
        _figures(canvas, at, step, role)
    x, y = (0.0, canvas.top + rows * tall + 10) if phone else (wide + 0.05 * width, canvas.top)
    for count, lines, role, high in zip(counts, texts, roles, heights, strict=True):
        _figures(canvas, [(x + 8, y)], 17.0, role)
        canvas.text(x + 24, y + 27, f"{count}", size=24, bold=True)
        for place, line in enumerate(lines):
            canvas.text(x + 78, y + 24 + 18 * place - 9 * (len(lines) - 1), line)
        y += high
    return canvas


def _figures(canvas: _Canvas, at: Sequence[tuple[float, float]], step: float, role: Role) -> None:
    """People as a head and a body."""
    if not at:
        return
    unit = step / 10
    canvas.strokes([[(x, y + 2.6 * unit)] for x, y in at], role, 4.4 * unit, pale=role in ("faint", "neutral"))
    body = ((-2.4, 6.5), (2.4, 6.5), (2.4, 11.5), (1.4, 11.5), (1.4, 19), (-1.4, 19), (-1.4, 11.5), (-2.4, 11.5))
    shapes = [[(x + unit * a, y + unit * b) for a, b in (*body, body[0])] for x, y in at]
    canvas.strokes(shapes, role, 1.4 * unit, pale=role in ("faint", "neutral"), fill=True)


def _squares(chart: Chart, width: float, phone: bool, begin: Begin) -> _Canvas:
    """A hundred squares for each category, as many filled as are meant, and how many beside them."""
    count = len(chart.categories)
    wide, step = (width, 0.055 * width) if phone else (width / count, min(0.05 * width, 0.6 * width / count / 10))
    high = 10 * step + 24
    canvas = begin(high * (count if phone else 1) - 18)
    for place, (name, value) in enumerate(zip(chart.categories, chart.series[0].data, strict=True)):
        left, top = (0.0, canvas.top + high * place) if phone else (wide * place, canvas.top)
        meant = round(value or 0.0)
        for role, members in ((_colour(chart.series[0], place), range(meant)), ("faint", range(meant, 100))):
            corners = [(left + step * (member % 10), top + step * (member // 10)) for member in members]
            shapes = [[(x + step * a, y + step * b) for a, b in _SQUARE] for x, y in corners]
            canvas.strokes(shapes, role, 0.06 * step, fill=True)
        x = left + 10 * step + 0.6 * step
        canvas.text(x, top + 44, str(meant), size=54, bold=True)
        for line, text in enumerate(_wrap(str(name), left + wide - x - 8)):
            canvas.text(x, top + 74 + 18 * line, text)
    return canvas


_SQUARE = ((0.03, 0.03), (0.85, 0.03), (0.85, 0.85), (0.03, 0.85), (0.03, 0.03))


_KINDS: Mapping[str, Callable[[Chart, float, bool, Begin], _Canvas]] = MappingProxyType(
    {
        "line": _line,
        "columns": _columns,
        "stacked_columns": _columns,
        "bars": _bars,
        "stacked_bars": _bars,
        "waterfall": _waterfall,
        "ranges": _ranges,
        "dots": _dots,
        "people": _people,
        "squares": _squares,
    }
)
