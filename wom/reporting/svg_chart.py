"""Charts of a slide show: drawn as SVG with real text, in the frame that a deck's native chart has."""

from __future__ import annotations

import html
from collections.abc import Sequence

from ..exhibits.charts import Chart, Number, Role
from ..exhibits.style import FAINT, GRID, INK, PALETTE, QUIET
from .chart_frame import TICK, Frame, frame
from .measure import width
from .scales import axis_texts, bar_texts, ticks, value_texts

_DARK: dict[Role, Role] = {"accent_light": "accent", "warm_light": "warm", "faint": "muted"}
"""Roles whose colour is too light for text, and the one that is not."""


def svg(chart: Chart, alt: str, wide: float = 852.0, high: float = 317.0, size: float = 18.0) -> str:
    """A chart as SVG.

    Args:
        chart: what to draw.
        alt: what it shows, for who cannot see it.
        wide, high: its room, points.
        size: of its type.

    Example:
        >>> from wom.exhibits.charts import Series
        >>> drawn = svg(Chart("bars", ("a", "b"), (Series("Worth", (3.0, -1.0)),)), "Two bars.")
        >>> drawn.count("<rect"), "Two bars." in drawn
        (2, True)
    """
    laid = frame(chart, wide, high, size)
    pen = _Pen(chart, laid, laid.size)
    if chart.kind.endswith("bars"):
        pen.lying()
    else:
        pen.upright()
    return (
        f'<svg viewBox="0 0 {wide:g} {high:g}" role="img" aria-label="{html.escape(alt)}" '
        f'font-size="{laid.size:g}">{"".join(pen.drawn)}</svg>'
    )


class _Pen:
    """Draws a chart bit by bit."""

    def __init__(self, chart: Chart, laid: Frame, size: float) -> None:
        self.chart, self.laid, self.size = chart, laid, size
        self.left, self.top, self.wide, self.high = laid.plot
        self.drawn: list[str] = []

    def lying(self) -> None:
        """Bars with names and values."""
        band = self.high / len(self.chart.categories)
        thick = band / (1 + self.laid.gap / 100)
        for place, name in enumerate(self.chart.categories):
            middle = self.top + band * (place + 0.5)
            rows = _wrapped(str(name), self.size, self.left - 10)
            for row, text in enumerate(rows):
                y = middle + (row - (len(rows) - 1) / 2) * 1.1 * self.size
                self._text(self.left - 10, y, text, INK, anchor="end")
        many = len(self.chart.series) if self.chart.kind == "bars" else 1
        for number, one in enumerate(self.chart.series):
            before = (
                [part.data for part in self.chart.series[:number]] if self.chart.kind == "stacked_bars" else []
            )
            for place, value in enumerate(one.data):
                if value is None:
                    continue
                base = sum(row[place] or 0.0 for row in before)
                start = one.starts[place] or 0.0 if one.starts else base
                end = value if one.starts else base + value
                y = self.top + band * (place + 0.5) - thick / 2 + (number * thick / many if many > 1 else 0)
                self._rect(
                    self._x(start), y, self._x(end), y + thick / many, self._role(one.role, one.roles, place)
                )
        self._baseline()
        self._bar_ends(band)
        self._legend()

    def _baseline(self) -> None:
        if self.laid.low <= 0 <= self.laid.high:
            self._line(self._x(0), self.top, self._x(0), self.top + self.high, FAINT)

    def _bar_ends(self, band: float) -> None:
        for place, text in enumerate(bar_texts(self.chart)):
            ends = [part[place] for one in self.chart.series for part in (one.data, one.starts) if part]
            known = [end for end in ends if end is not None]
            if self.chart.kind == "stacked_bars":
                known = [sum(known)]
            if not known:
                continue
            y = self.top + band * (place + 0.5)
            if self.chart.kind == "bars" and max(known) < 0:
                self._text(self._x(min(known)) - 6, y, text, INK, anchor="end")
            else:
                self._text(self._x(max(known)) + 8, y, text, INK)

    def upright(self) -> None:
        """Lines or columns with their axes."""
        chart, count = self.chart, len(self.chart.categories)
        bottom = self.top + self.high
        if self.laid.axis:
            places = [place for place in ticks(chart) if self.laid.low <= place <= self.laid.high]
            for place, text in zip(places, axis_texts(places), strict=True):
                self._line(self.left, self._y(place), self.left + self.wide, self._y(place), GRID)
                self._text(self.left - 8, self._y(place), text, QUIET, TICK, "end")
        zero = self._y(min(max(0.0, self.laid.low), self.laid.high))
        step = self.wide / max(count - 1, 1) if chart.kind == "line" else self.wide / count
        shift = 0.0 if chart.kind == "line" else 0.5
        for place in range(0, count, self.laid.skip):
            x = self.left + (place + shift) * step
            self._text(x, bottom + self.size, str(chart.categories[place]), INK, TICK, "middle")
        if chart.axis:
            self._text(self.left + self.wide / 2, bottom + 2.05 * self.size, chart.axis, QUIET, TICK, "middle")
        if chart.kind == "line":
            for one in chart.series:
                self._path(one.data, step, PALETTE[one.role])
        else:
            self._columns(step, zero)
        self._line(self.left, zero, self.left + self.wide, zero, FAINT)
        self._ends()
        self._legend()

    def _columns(self, step: float, zero: float) -> None:
        chart = self.chart
        thick = step / (1 + self.laid.gap / 100)
        stacked = chart.kind == "stacked_columns"
        above, below = [0.0] * len(chart.categories), [0.0] * len(chart.categories)
        many = 1 if stacked else len(chart.series)
        for number, one in enumerate(chart.series):
            texts = value_texts([value or 0.0 for value in one.data], chart.form)
            for place, value in enumerate(one.data):
                if value is None:
                    continue
                pile = above if value >= 0 else below
                base = pile[place] if stacked else 0.0
                pile[place] += value
                left = self.left + (place + 0.5) * step - thick / 2 + number * thick / many * (not stacked)
                right = left + thick / many
                self._rect(
                    left, self._y(base), right, self._y(base + value), self._role(one.role, one.roles, place)
                )
                if not self.laid.axis:
                    colour = PALETTE[_DARK.get(one.role, one.role)]
                    high = min(self._y(base + value), zero) - 0.55 * self.size
                    self._text((left + right) / 2, high, texts[place], colour, TICK, "middle")

    def _ends(self) -> None:
        """Names, and values of lines, behind their ends."""
        chart = self.chart
        above = below = 0.0
        values = value_texts([_last(one.data) for one in chart.series], chart.form)
        labels = {label.layer: label for label in self.laid.labels if label.bold}
        for place, one in enumerate(chart.series):
            if place not in labels:
                continue
            value = _last(one.data)
            at = value
            if chart.kind == "stacked_columns":
                at = (above if value >= 0 else below) + value / 2
                above, below = (above + value, below) if value >= 0 else (above, below + value)
            x, y = self.left + self.wide + 10, self._y(at) + labels[place].down
            colour = PALETTE[labels[place].role]
            rows = [one.name, values[place]] if labels[place].named and labels[place].valued else [one.name]
            for row, text in enumerate(rows):
                self._text(x, y + (row - (len(rows) - 1) / 2) * 1.15 * self.size, text, colour, bold=True)

    def _legend(self) -> None:
        if not self.laid.legend:
            return
        x = self.left
        for one in self.chart.series:
            self._rect(x, 4, x + 12, 16, PALETTE[one.role])
            self._text(x + 18, 10, one.name, INK)
            x += 44 + width(one.name, self.size)

    def _role(self, role: Role, roles: Sequence[Role], place: int) -> str:
        return PALETTE[roles[place] if roles else role]

    def _x(self, value: float) -> float:
        part = (value - self.laid.low) / (self.laid.high - self.laid.low)
        return self.left + self.wide * min(max(part, 0.0), 1.0)

    def _y(self, value: float) -> float:
        part = (value - self.laid.low) / (self.laid.high - self.laid.low)
        return self.top + self.high * (1 - min(max(part, 0.0), 1.0))

    def _path(self, data: Sequence[Number], step: float, colour: str) -> None:
        points = [
            f"{self.left + at * step:.1f},{self._y(value):.1f}"
            for at, value in enumerate(data)
            if value is not None
        ]
        self.drawn.append(
            f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}" stroke-width="3" '
            'stroke-linejoin="round" stroke-linecap="round"/>'
        )

    def _rect(self, left: float, top: float, right: float, bottom: float, colour: str) -> None:
        x, y = min(left, right), min(top, bottom)
        size = f'width="{abs(right - left):.1f}" height="{abs(bottom - top):.1f}"'
        self.drawn.append(f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="{colour}"/>')

    def _line(self, left: float, top: float, right: float, bottom: float, colour: str) -> None:
        ends = f'x1="{left:.1f}" y1="{top:.1f}" x2="{right:.1f}" y2="{bottom:.1f}"'
        self.drawn.append(f'<line {ends} stroke="{colour}"/>')

    def _text(
        self,
        x: float,
        y: float,
        text: str,
        colour: str,
        scale: float = 1.0,
        anchor: str = "start",
        bold: bool = False,
    ) -> None:
        size = f' font-size="{self.size * scale:g}"' if scale != 1 else ""
        weight = ' font-weight="700"' if bold else ""
        side = f' text-anchor="{anchor}"' if anchor != "start" else ""
        down = y + 0.36 * self.size * scale
        self.drawn.append(
            f'<text x="{x:.1f}" y="{down:.1f}" fill="{colour}"{size}{weight}{side}>{html.escape(text)}</text>'
        )


def _last(data: Sequence[Number]) -> float:
    return next((value for value in reversed(data) if value is not None), 0.0)


def _wrapped(text: str, size: float, room: float) -> list[str]:
    """A name in as many rows as it needs."""
    rows = [""]
    for word in text.split(" "):
        longer = f"{rows[-1]} {word}".strip()
        if rows[-1] and width(longer, size) > room:
            rows.append(word)
        else:
            rows[-1] = longer
    return rows
