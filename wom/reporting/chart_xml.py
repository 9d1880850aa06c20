"""What a native chart needs beyond python-pptx, as the file format writes it; values stay values when edited."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from ..exhibits.charts import Role
from .chart_frame import Label
from .packages import office

_BODY = '<a:bodyPr wrap="none" lIns="0" tIns="0" rIns="0" bIns="0"/>'
_SHOWN = ("showLegendKey", "showVal", "showCatName", "showSerName", "showPercent", "showBubbleSize")
_NO_LEADERS = (
    '<c:extLst><c:ext uri="{CE6537A1-D6FC-4f65-9D91-7224C49458BB}" '
    'xmlns:c15="http://schemas.microsoft.com/office/drawing/2012/chart"><c15:showLeaderLines val="0"/></c:ext>'
    "</c:extLst>"
)


def parse(text: str) -> Any:
    """An element of a chart from its XML without name spaces."""
    head, _, rest = text.partition(">")
    slash = "/" if head.endswith("/") else ""
    declared = office().oxml.ns.nsdecls("c", "a")
    return office().oxml.parse_xml(f"{head.removesuffix('/')} {declared}{slash}>{rest}")


def qn(name: str) -> str:
    """A name of the chart's name space in full."""
    return str(office().oxml.ns.qn(f"c:{name}"))


def drop(element: Any, *names: str) -> None:
    """Take children out."""
    for name in names:
        for old in element.findall(qn(name)):
            element.remove(old)


def dress(element: Any, inner: str) -> None:
    """Fill and line of a series, a point or an axis, instead of what is there."""
    properties = element.get_or_add_spPr()
    for old in list(properties):
        properties.remove(old)
    properties.extend(list(parse(f"<c:spPr>{inner}</c:spPr>")))


def put(element: Any, parts: Mapping[str, float], target: str = "") -> None:
    """Put plot or legend where it shall stand.

    Args:
        element: the plot area or the legend.
        parts: x, y, w, h in parts of the chart.
        target: what of the plot that means.
    """
    drop(element, "layout")
    inner = "".join(f'<c:{name} val="{part:.5f}"/>' for name, part in parts.items())
    edge = '<c:xMode val="edge"/><c:yMode val="edge"/>'
    layout = parse(f"<c:layout><c:manualLayout>{target}{edge}{inner}</c:manualLayout></c:layout>")
    position = element.find(qn("legendPos"))
    element.insert(0, layout) if position is None else position.addnext(layout)


def count(axis: Any, skip: int) -> None:
    """Make an axis of whole numbers one that counts: it shows every so many of them in every program.

    It becomes an axis of days from 0 on, which is how a chart counts without a label for each category.

    Args:
        axis: its element.
        skip: categories for each label.
    """
    axis.tag = qn("dateAx")
    drop(axis, "lblAlgn", "noMultiLvlLbl", "tickLblSkip", "tickMarkSkip", "auto", "numFmt")
    offset = axis.find(qn("lblOffset"))
    offset.addprevious(parse('<c:auto val="0"/>'))
    for name, value in (("majorTimeUnit", "days"), ("majorUnit", skip), ("baseTimeUnit", "days")):
        offset.addnext(parse(f'<c:{name} val="{value}"/>'))
    for categories in axis.getroottree().iter(qn("cat")):
        for form in categories.iter(qn("formatCode")):
            form.text = "yyyy\\-mm\\-dd"
    axis.find(qn("majorTickMark")).addprevious(parse('<c:numFmt formatCode="0" sourceLinked="0"/>'))


def skip_names(axis: Any, skip: int) -> None:
    """Show every so many of the names on an axis."""
    for name in ("tickLblSkip", "tickMarkSkip"):
        axis.find(qn("noMultiLvlLbl")).addprevious(parse(f'<c:{name} val="{skip}"/>'))


def begin_at_the_axis(axis: Any) -> None:
    """Lines begin at the value axis, not half a category behind it."""
    drop(axis, "crossBetween")
    before = [axis.find(qn(name)) for name in ("crossesAt", "crosses", "crossAx")]
    next(one for one in before if one is not None).addnext(parse('<c:crossBetween val="midCat"/>'))


def renumber(space: Any) -> None:
    """Axes have numbers above 0 in the file format; those that python-pptx gives are below."""
    for name in ("axId", "crossAx"):
        for mark in space.iter(qn(name)):
            mark.set("val", str(abs(int(mark.get("val")))))


def label(
    series: Any,
    labels: Sequence[Label],
    size: float,
    room: tuple[float, float],
    fill: Callable[[Role], str],
) -> None:
    """Label points of a series; those without a label have none.

    Args:
        series: its element.
        labels: of the series.
        size: of their type, points.
        room: width and height of the chart, points.
        fill: colour of a role as XML.
    """
    if not labels:
        return
    off = "".join(f'<c:{name} val="0"/>' for name in _SHOWN)
    parts = "".join(_one(one, size, room, fill) for one in sorted(labels, key=lambda one: one.point))
    drop(series, "dLbls")
    after = [series.find(qn(name)) for name in ("trendline", "errBars", "cat", "val")]
    made = parse(f"<c:dLbls>{parts}{off}{_NO_LEADERS}</c:dLbls>")
    next(one for one in after if one is not None).addprevious(made)


def _one(one: Label, size: float, room: tuple[float, float], fill: Callable[[Role], str]) -> str:
    layout = (
        f'<c:layout><c:manualLayout><c:x val="{one.across / room[0]:.5f}"/>'
        f'<c:y val="{one.down / room[1]:.5f}"/></c:manualLayout></c:layout>'
    )
    style, colour = f'sz="{round(100 * size)}" b="{int(one.bold)}"', fill(one.role)
    text = (
        f"<c:tx><c:rich>{_BODY}<a:p><a:pPr><a:defRPr {style}>{colour}</a:defRPr></a:pPr>"
        f'<a:r><a:rPr lang="en-GB" {style}>{colour}</a:rPr><a:t>{escape(one.text)}</a:t></a:r></a:p>'
        "</c:rich></c:tx>"
    )
    form = escape(one.form or "General", {'"': "&quot;"})
    rest = (
        f'<c:numFmt formatCode="{form}" sourceLinked="0"/><c:spPr><a:noFill/><a:ln><a:noFill/></a:ln></c:spPr>'
        f'<c:txPr>{_BODY}<a:p><a:pPr algn="l"><a:defRPr {style}>{colour}</a:defRPr></a:pPr>'
        '<a:endParaRPr lang="en-GB"/></a:p></c:txPr>'
    )
    shown = {"showVal": int(one.valued), "showSerName": int(one.named)}
    flags = "".join(f'<c:{name} val="{shown.get(name, 0)}"/>' for name in _SHOWN)
    return (
        f'<c:dLbl><c:idx val="{one.point}"/>{layout if one.across or one.down else ""}'
        f'{text if one.text else ""}{rest}<c:dLblPos val="{one.position}"/>{flags}'
        f"{'<c:separator>' + chr(10) + '</c:separator>' if one.named else ''}</c:dLbl>"
    )
