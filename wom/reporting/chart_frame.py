"""The frame of a native chart: room for its plot, ends of its axis, and a label where each line or bar ends.

Lengths are in points; what goes into the file is parts of the chart's size, because that is what the file holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..exhibits.charts import Chart, Role, Series
from .measure import LINE, apart, width
from .scales import (
    axis_texts,
    bar_sizes,
    bar_texts,
    in_thousands,
    number_format,
    thousands,
    ticks,
    value_texts,
)
from .stacks import Layer, layers

FEW = 10
"""Columns that have their values on them; more of them have an axis."""
_MARGIN, _GAP = 8.0, 10.0
_WIDEST_NAME = 0.38
"""Of a chart, what names left of bars may take."""
_CLOSEST = 1.25
"""Of a lying bar and its gap, in sizes of the type beside it, that no two names overlap."""
_THICKEST = 3.0
"""Of a lying bar, in sizes of the chart's type."""
_MOST_VALUES = 4
"""Lines that have their values at their ends."""
TICK = 0.875
"""Size of an axis's type, in sizes of the chart's."""


@dataclass(frozen=True)
class Label:
    """What stands at one point.

    Args:
        layer, point: which.
        position: r, outEnd, inEnd, inBase or ctr, as the file format calls them.
        form: number format of the value, which stays the value when that is edited.
        text: instead of the value.
        named: the name of the series stands there, above the value.
        valued: the value stands there.
        across, down: moved from there, points.
        role: its colour.
        bold: whether it is.
    """

    layer: int
    point: int
    position: str
    form: str = ""
    text: str = ""
    named: bool = False
    valued: bool = True
    across: float = 0.0
    down: float = 0.0
    role: Role = "ink"
    bold: bool = False


@dataclass(frozen=True)
class Frame:
    """How a chart is laid out: plot as left, top, width, height in points, axis from `low` to `high`.

    `size` is that of its type, less than wished for where there are many bars; `skip` counts the categories for
    each label of the axis, `gap` is between bars, in percent of one.
    """

    plot: tuple[float, float, float, float]
    low: float
    high: float
    step: float
    axis: bool
    legend: bool
    size: float
    skip: int = 1
    gap: int = 55
    labels: tuple[Label, ...] = field(default=())


def frame(chart: Chart, wide: float, high: float, size: float) -> Frame:
    """Lay a chart out.

    Args:
        chart: what is drawn.
        stack: its series as drawn.
        wide, high: room for all of it.
        size: of its type.

    Example:
        >>> from wom.exhibits.charts import Series
        >>> chart = Chart("line", (0, 1, 2), (Series("with the plan", (1.0, 2.0, 3.0)),))
        >>> found = frame(chart, 800, 300, 16)
        >>> found.low, found.high, found.labels[0].point
        (0.0, 3.0, 2)
    """
    if chart.kind.endswith("bars"):
        return _lying(chart, layers(chart), wide, high, size)
    return _upright(chart, layers(chart), wide, high, size)


def _lying(chart: Chart, stack: Sequence[Layer], wide: float, high: float, size: float) -> Frame:
    """Bars with their names at the left and their values at the right, without an axis."""
    legend = chart.kind == "stacked_bars" or (chart.kind == "bars" and len(chart.series) > 1)
    top = size * LINE + 2 * _MARGIN if legend else _MARGIN
    names = [str(name) for name in chart.categories]
    size = min(size, (high - top - _MARGIN) / len(names) / _CLOSEST)
    longest = max((width(word, size) for name in names for word in name.split(" ")), default=0.0)
    left = _GAP + max(min(max(width(name, size) for name in names), _WIDEST_NAME * wide), longest)
    room = wide - left - _MARGIN
    found = bar_texts(chart)
    widest = max((width(text, size) for text in found if text), default=0.0) + _GAP
    places = [part for one in chart.series for part in (*one.data, *one.starts) if part is not None]
    least, most = chart.limits or (min(0.0, *places), max(0.0, *places))
    if chart.kind == "stacked_bars":
        least, most = 0.0, max(sum(row) for row in zip(*(_filled(one.data) for one in chart.series), strict=True))
    before = widest if least < 0 and chart.kind == "bars" else 2.0
    scale = (room - before - widest) / (most - least or 1.0)
    low, end = least - (before / scale if least < 0 else 0.0), most + widest / scale
    labels = _bar_labels(chart, stack, found, size)
    plot = (left, top, room, high - top - _MARGIN)
    gap = round(100 * max(plot[3] / len(names) / (_THICKEST * size) - 1, 0.55))
    return Frame(plot, low, end, end - low, False, legend, size, gap=min(gap, 500), labels=tuple(labels))


def _filled(data: Sequence[float | None]) -> list[float]:
    return [value or 0.0 for value in data]


def _bar_labels(chart: Chart, stack: Sequence[Layer], texts: Sequence[str], size: float) -> list[Label]:
    """At the right of every bar; at the left of one that runs to the left alone."""
    found = []
    if chart.kind == "bars":
        for place, layer in enumerate(stack):
            for point, value in enumerate(layer.data):
                form = number_format(_filled(layer.data), chart.form, value or 0.0)
                text = chart.labels[point] if chart.labels else ""
                if value is not None:
                    found.append(Label(place, point, "outEnd", form, text))
        return found
    for point, text in enumerate(texts):
        drawn = [place for place, layer in enumerate(stack) if layer.data[point] is not None and layer.source >= 0]
        if not drawn:
            continue
        # the layer whose end is the bar's right end: the last one above nought, or the first one below it
        above = [place for place in drawn if not stack[place].below]
        place = above[-1] if above else drawn[0]
        layer, one = stack[place], chart.series[stack[place].source]
        total = (one.form or chart.form) != "change"
        live = layer.whole[point] and not chart.labels
        form = "General" if not live else _signed_format(chart, one, point)
        wide = width(text, size, bold=total)
        position = "inBase" if layer.below else "inEnd"
        shown = "" if live else text
        found.append(
            Label(place, point, position, form, shown, across=wide + _GAP, bold=total and not chart.labels)
        )
    return found


def _signed_format(chart: Chart, one: Series, point: int) -> str:
    """The format of a floating bar, whose length in the worksheet has the sign of its place, not of its change."""
    sizes = bar_sizes(chart)
    body = number_format(sizes, "amount")
    if (one.form or chart.form) != "change":
        return body
    size = (one.data[point] or 0.0) - (one.starts[point] or 0.0)
    plain = body.partition(";")[0]
    sign = "" if not value_texts([size, *sizes], "amount")[0].strip("−0.") else "+" if size >= 0 else "−"
    if in_thousands(sizes):
        return thousands(sign, sign, size)
    return f"{sign}{plain};{sign}{plain};0"


def _upright(chart: Chart, stack: Sequence[Layer], wide: float, high: float, size: float) -> Frame:
    """Lines and columns: an axis at the left, or values on a few columns; names where lines end."""
    count = len(chart.categories)
    few = chart.kind == "columns" and count <= FEW
    legend = chart.kind == "columns" and len(chart.series) > 1
    places = ticks(chart)
    low, end = places[0], places[-1]
    top = size * LINE * ((1.6 if legend else 0.0) + (1.1 if few else 0.0) or 0.8)  # few have their values above
    bottom = size * LINE * (2.3 if chart.axis else 1.3)
    left = 2.0 if few else _GAP + max(width(text, TICK * size) for text in axis_texts(places))
    direct = chart.kind in ("line", "stacked_columns")
    right = 18.0
    if direct:
        last = value_texts([_last(one.data) for one in chart.series], chart.form)
        right = (
            max(width(text, size, bold=True) for text in (*last, *(one.name for one in chart.series))) + 2 * _GAP
        )
    plot = (left, top, wide - left - right, high - top - bottom)
    labels: list[Label] = []
    if direct:
        labels = _end_labels(chart, stack, (low, end), plot, size)
    elif few:
        for place, layer in enumerate(stack):
            known = _filled(layer.data)
            forms = [number_format(known, chart.form, value) for value in known]
            labels += [
                Label(place, point, "outEnd", form, role=layer.role or "ink") for point, form in enumerate(forms)
            ]
    steps = (1, 2, 3, 6, 12, 24, 60, 120, 240)
    skip = next((step for step in steps if count / step <= FEW), 600) if count > 2 * FEW else 1
    gap = 55 if skip == 1 else 25
    return Frame(plot, low, end, places[1] - places[0], not few, legend, size, skip, gap, tuple(labels))


def _last(data: Sequence[float | None]) -> float:
    return next((value for value in reversed(data) if value is not None), 0.0)


def _end_labels(
    chart: Chart,
    stack: Sequence[Layer],
    axis: tuple[float, float],
    plot: tuple[float, float, float, float],
    size: float,
) -> list[Label]:
    """Name and value behind each line's end, moved apart where they would overlap."""
    scale = plot[3] / (axis[1] - axis[0])
    stacked = chart.kind == "stacked_columns"
    above = below = 0.0
    wanted = []
    for place, layer in enumerate(stack):
        value = _last(layer.data)
        if stacked:
            base = above if value >= 0 else below
            above, below = (above + value, below) if value >= 0 else (above, below + value)
            value = base + value / 2
        wanted.append(((axis[1] - value) * scale, place))
    valued = not stacked and len(stack) <= _MOST_VALUES
    gap = size * LINE * (2.0 if valued else 1.0) + 2
    free = apart([place for place, _ in sorted(wanted)], gap, plot[3])
    labels = []
    last = [_last(layer.data) for layer in stack]
    column = plot[2] / len(chart.categories)
    for (from_top, place), to_top in zip(sorted(wanted), free, strict=True):
        layer, point = stack[place], len(chart.categories) - 1
        name_wide = width(layer.name, size, bold=True)
        role: Role = {"accent_light": "accent", "warm_light": "warm", "faint": "muted"}.get(layer.role or "", "")  # type: ignore[assignment]
        labels.append(
            Label(
                place, point, "ctr" if stacked else "r", number_format(last, chart.form, last[place]),
                layer.name if stacked else "", named=not stacked,
                valued=stacked or valued,
                across=column / 2 + name_wide / 2 + _GAP if stacked else 4.0, down=to_top - from_top,
                role=role or layer.role or "ink", bold=True,
            )
        )  # fmt: skip
    return labels
