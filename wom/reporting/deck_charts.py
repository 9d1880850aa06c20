"""Charts of a deck: native ones, with their numbers in a worksheet behind them and in the colours of the theme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..exhibits.charts import Chart, Role
from ..exhibits.style import SIZES
from . import chart_xml
from .chart_frame import TICK, Frame, frame
from .deck_page import Page
from .fitting import Place
from .packages import office
from .scales import axis_format, ticks
from .stacks import Layer, layers

_TYPES = {
    "line": "LINE", "columns": "COLUMN_CLUSTERED", "stacked_columns": "COLUMN_STACKED", "bars": "BAR_CLUSTERED",
    "stacked_bars": "BAR_STACKED", "floating_bars": "BAR_STACKED",
}  # fmt: skip
Shade = Role | Literal["grid", "quiet"]
Colours = Mapping[Shade, tuple[str, int]]
OWN: Colours = {
    "grid": ("bg2", 0), "quiet": ("tx2", 0),
    "accent": ("accent1", 0), "warm": ("accent2", 0), "accent_light": ("accent3", 0), "warm_light": ("accent4", 0),
    "muted": ("accent5", 0), "faint": ("accent6", 0), "ink": ("tx1", 0),
}  # fmt: skip
FIRM: Colours = {
    "grid": ("tx1", 85), "quiet": ("tx1", 35),
    "accent": ("accent1", 0), "warm": ("accent2", 0), "accent_light": ("accent1", 50),
    "warm_light": ("accent2", 50), "muted": ("tx1", 40), "faint": ("tx1", 70), "ink": ("tx1", 0),
}  # fmt: skip
"""Theme colours by role, and percent that they are made lighter: who changes the theme changes the charts."""


def insert(page: Page, place: Place, chart: Chart, alt: str, colours: Colours) -> Any:
    """Put a native chart on a slide.

    Args:
        page: to fill.
        place: of the chart.
        chart: what to draw.
        alt: what it shows, for who cannot see it.
        colours: of the theme, by role.

    Returns:
        The graphic frame.
    """
    pptx = office()
    data = pptx.chart.data.CategoryChartData(number_format="General")
    data.categories = list(chart.categories)
    stack = layers(chart)
    for layer in stack:
        data.add_series(layer.name, layer.data)
    made = page.chart(place, getattr(pptx.enum.chart.XL_CHART_TYPE, _TYPES[chart.kind]), data)
    made.name = "Chart"
    made._element.nvGraphicFramePr.cNvPr.set("descr", alt)
    _Dress(made.chart, chart, stack, colours, SIZES["chart"] * page.scale, (place.width, place.height)).all()
    return made


@dataclass
class _Dress:
    """Dresses a chart that was just made: type, colours, axes, room and labels."""

    drawn: Any
    chart: Chart
    stack: Sequence[Layer]
    colours: Colours
    size: float
    room: tuple[float, float]

    def all(self) -> None:
        """All of it."""
        laid = frame(self.chart, *self.room, self.size)
        self.size = laid.size
        drawn = self.drawn
        drawn.has_title, drawn.has_legend = False, laid.legend
        self._type(drawn.font, "ink", 1.0)
        wide, high = self.room
        left, top, width, height = laid.plot
        if drawn.has_legend:
            drawn.legend.position = office().enum.chart.XL_LEGEND_POSITION.TOP
            drawn.legend.include_in_layout = False
            chart_xml.put(drawn.legend._element, {"x": left / wide, "y": 0.0})
        self._series(laid)
        self._categories(laid)
        self._values(laid)
        parts = {"x": left / wide, "y": top / high, "w": width / wide, "h": height / high}
        chart_xml.put(drawn._chartSpace.chart.plotArea, parts, '<c:layoutTarget val="inner"/>')
        for place, series in enumerate(drawn.plots[0].series):
            labels = [label for label in laid.labels if label.layer == place]
            chart_xml.label(series._element, labels, self.size, self.room, self._fill)
        chart_xml.renumber(drawn._chartSpace)

    def _fill(self, role: Shade) -> str:
        name, lighter = self.colours[role]
        change = f'<a:lumMod val="{1000 * (100 - lighter)}"/><a:lumOff val="{1000 * lighter}"/>' if lighter else ""
        return f'<a:solidFill><a:schemeClr val="{name}">{change}</a:schemeClr></a:solidFill>'

    def _line(self, role: Shade, thick: int = 9525, cap: str = "flat") -> str:
        return f'<a:ln w="{thick}" cap="{cap}">{self._fill(role)}</a:ln>'

    def _type(self, font: Any, role: Shade, scale: float) -> None:
        name, lighter = self.colours[role]
        font.size, font.bold = office().util.Pt(scale * self.size), False
        font.color.theme_color = office().enum.dml.MSO_THEME_COLOR.from_xml(name)
        if lighter:
            font.color.brightness = lighter / 100

    def _series(self, laid: Frame) -> None:
        plot = self.drawn.plots[0]
        if self.chart.kind != "line":
            plot.gap_width = laid.gap
            plot.overlap = 0 if self.chart.kind in ("columns", "bars") else 100
        for series, layer in zip(plot.series, self.stack, strict=True):
            if self.chart.kind == "line":
                series.smooth = False
                series.marker.style = office().enum.chart.XL_MARKER_STYLE.NONE
                thick = _STRONG if layer.role in ("accent", "warm", "ink") else _PLAIN
                chart_xml.dress(series._element, self._line(layer.role or "ink", thick, "rnd"))
                continue
            series.invert_if_negative = False
            fill = _CLEAR if layer.role is None else self._fill(layer.role)
            chart_xml.dress(series._element, fill)
            for place, role in enumerate(layer.roles):
                if role != layer.role and layer.data[place] is not None:
                    chart_xml.dress(series._element.get_or_add_dPt_for_point(place), self._fill(role))

    def _categories(self, laid: Frame) -> None:
        enum, axis = office().enum.chart, self.drawn.category_axis
        axis.has_major_gridlines = False
        axis.major_tick_mark = axis.minor_tick_mark = enum.XL_TICK_MARK.NONE
        axis.tick_label_position = enum.XL_TICK_LABEL_POSITION.LOW
        chart_xml.dress(axis._element, self._line("faint"))
        if self.chart.kind.endswith("bars"):
            axis.reverse_order = True
            chart_xml.skip_names(axis._element, 1)  # else a program may leave some out
            return
        self._type(axis.tick_labels.font, "quiet", TICK)
        if self.chart.axis:
            axis.has_title = True
            title = axis.axis_title.text_frame
            title.text = self.chart.axis
            self._type(title.paragraphs[0].runs[0].font, "quiet", TICK)
        if laid.skip > 1 and all(isinstance(name, int) for name in self.chart.categories):
            chart_xml.count(axis._element, laid.skip)
        elif laid.skip > 1:
            chart_xml.skip_names(axis._element, laid.skip)

    def _values(self, laid: Frame) -> None:
        enum, axis = office().enum.chart, self.drawn.value_axis
        axis.major_tick_mark = axis.minor_tick_mark = enum.XL_TICK_MARK.NONE
        axis.has_minor_gridlines = False
        axis.minimum_scale, axis.maximum_scale = laid.low, laid.high
        axis.visible = axis.has_major_gridlines = laid.axis
        if not laid.axis:
            return
        axis.major_unit = laid.step
        chart_xml.dress(axis._element.find(chart_xml.qn("majorGridlines")), self._line("grid"))
        chart_xml.dress(axis._element, "<a:ln><a:noFill/></a:ln>")
        axis.tick_label_position = enum.XL_TICK_LABEL_POSITION.LOW
        axis.tick_labels.number_format = axis_format(ticks(self.chart))
        axis.tick_labels.number_format_is_linked = False
        self._type(axis.tick_labels.font, "quiet", TICK)
        if self.chart.kind == "line":
            chart_xml.begin_at_the_axis(axis._element)


_STRONG, _PLAIN = 38100, 28575
"""Thickness of lines, 3 and 2¼ points."""
_CLEAR = "<a:noFill/><a:ln><a:noFill/></a:ln>"
