"""deck.pptx: the plan of slides as a PowerPoint file, with native charts and tables that can be edited.

A template gives three layouts; what a slide shows besides its title stands in the room of their content. Lengths
are units of a slide of 1600 by 900, scaled to that room. A chart's plot area has a fixed place, so that lines and
texts beside it stand where its values are.
"""

from __future__ import annotations

import copy
import io
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from ..errors import InputError, WomError
from ..exhibits.chart import Chart, Role, Series
from ..exhibits.drawing import _LIGHT, COLOURS, Label, Stroke, _apart, _marks, _role, _values, _wide
from ..exhibits.exhibit import Figure
from ..exhibits.tables import Grid
from .page import TEMPLATES
from .slides import (
    LETTER,
    Slide,
    answers_size,
    column_shares,
    fitting,
    in_line,
    lines_in,
    lines_of,
    plan,
    table_size,
)
from .story import story

try:
    from pptx import Presentation
    from pptx.chart.data import CategoryChartData
    from pptx.dml.color import RGBColor
    from pptx.enum import chart as enums
    from pptx.enum.dml import MSO_LINE_DASH_STYLE
    from pptx.enum.shapes import MSO_CONNECTOR
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls, qn
    from pptx.util import Emu, Pt
except ImportError:  # said where a deck is wanted
    pass

INSTALL = 'pip install "wom[deck]"'
LEFT_OUT = f"Deck left out: python-pptx is not installed; install it with: {INSTALL}"
LAYOUTS = MappingProxyType({"Cover": "Title Slide", "Divider": "Section Header", "Message": "Title and Content"})
"""Layouts that a template needs, and what PowerPoint calls them in a new file."""
_SIZE, _FOOT = 24.0, 54.0
"""Size of labels in charts, and height of the line at the lower edge, units."""
_COLOURS: Mapping[str, str] = MappingProxyType({role: colour for role, (_, colour) in COLOURS.items()})
_ON_DARK = MappingProxyType({"better": "#63c3ec", "worse": "#ff9d6b", "better_light": "#3a7f9e"})
"""Roles on a cover; others are hardly seen there."""
_BASE, _LABEL = "Base", " "
"""Names of series that are not seen: what bars stand on, and what carries the texts at their ends; a legend shows
nothing of the second."""
Outline = Sequence[tuple[int, ...]]
"""Corners of a shape, in EMU."""


def deck(notebook: Path, path: Path, template: Path | None = None) -> None:
    """Make a deck from an executed notebook, on the house's template or a firm's own."""
    made, layouts = opened(template)
    for told in plan(story(notebook), notebook):
        layout = layouts[{"cover": "Cover", "divider": "Divider"}.get(told.kind, "Message")]
        _Page(made.slides.add_slide(layout), made.slide_width / 1600, told).fill()
    core = made.core_properties
    core.title = str(made.slides[0].shapes.title.text_frame.text)
    core.author = core.last_modified_by = "wom"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.new")
        made.save(str(new))
        new.replace(path)
    except OSError as error:
        raise WomError(f"{path}: cannot be written: {error.strerror or error}; is it open elsewhere?") from error


def installed() -> bool:
    """Whether decks can be written here."""
    return find_spec("pptx") is not None


def opened(file: Path | None = None) -> tuple[Any, dict[str, Any]]:
    """A template without slides of its own, and its layouts."""
    if not installed():
        raise WomError(f"a deck needs python-pptx, which is not installed; install it with: {INSTALL}")
    place = str(file or TEMPLATES / "deck.pptx")
    try:
        found = Presentation(place)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", file=place) from error
    except Exception as error:  # the package has a class for each way in which a file is none
        advice = "save it from PowerPoint as a presentation (.pptx)"
        raise InputError(f"is no presentation that can be opened; {advice}", file=place) from error
    every = [layout for master in found.slide_masters for layout in master.slide_layouts]
    named = {layout.name.strip().lower(): layout for layout in every}
    layouts = {name: named.get(name.lower(), named.get(usual.lower())) for name, usual in LAYOUTS.items()}
    if missing := [name for name, layout in layouts.items() if layout is None
                   or not _holders(layout, "TITLE", "CENTER_TITLE")
                   or (name == "Message" and not _holders(layout, "OBJECT", "BODY"))]:  # fmt: skip
        wanted = ", ".join(f"{name!r} (or {LAYOUTS[name]!r})" for name in missing)
        raise InputError(
            f"lacks the layouts {wanted}, each with a title, and 'Message' with a placeholder for content; "
            f"its layouts: {', '.join(one.name for one in every) or 'none'}",
            file=place,
        )
    identifiers = found.slides._sldIdLst
    for entry in list(identifiers):  # a firm's file may come with sample slides
        found.part.drop_rel(entry.rId)
        identifiers.remove(entry)
    return found, layouts


def _holders(page: Any, *kinds: str) -> list[Any]:
    """Placeholders of these kinds, on a slide or a layout."""
    return [one for one in page.placeholders if one.placeholder_format.type.name in kinds]


# --- a slide -----------------------------------------------------------------------------------------------------


class Said(NamedTuple):
    """A line of text, and how it looks where its surroundings do not say so."""

    text: str
    size: float | None = None
    role: Role | None = None
    bold: bool | None = None


class Room(NamedTuple):
    """A rectangle on a slide, in units from its upper left corner."""

    left: float
    top: float
    wide: float
    high: float

    def part(self, left: float = 0, top: float = 0, wide: float | None = None, high: float | None = None) -> Room:
        """A rectangle within, from its corner; to its right and lower edge where no size is given."""
        wide, high = self.wide - left if wide is None else wide, self.high - top if high is None else high
        return Room(self.left + left, self.top + top, wide, high)


class _Page:
    """A slide that is being filled: `whole` is the room for its content, `room` what its texts leave of it."""

    def __init__(self, slide: Any, unit: float, told: Slide) -> None:
        self.slide, self.shapes, self.told, self.unit = slide, slide.shapes, told, unit
        self.chart = told.exhibit.chart if told.exhibit and told.exhibit.chart else Chart("line", (), ())
        self.stacked = self.chart.kind not in ("columns", "bars")
        self.holders = _holders(slide, "SUBTITLE", "OBJECT", "BODY")
        if told.kind not in ("cover", "divider"):
            self.holder = max(self.holders, key=lambda one: one.width * one.height)
            self.unit = min(self.holder.width / 1400, self.holder.height / 644)
            at = (self.holder.left, self.holder.top, self.holder.width, self.holder.height)
            self.whole = Room(*(part / self.unit for part in at))
            self.room = self.whole.part(top=56, high=self.whole.high - 70 - _FOOT)

    def fill(self) -> None:
        """Title, notes, what is shown, and the number of the slide."""
        told, title, layout = self.told, self.shapes.title, self.slide.slide_layout
        style = "a:lvl1pPr/a:defRPr/@sz"
        sizes = _holders(layout, "TITLE", "CENTER_TITLE")[0]._element.xpath(f".//{style}")
        sizes += layout.slide_master._element.xpath(f"p:txStyles/p:titleStyle/{style}")
        usual = round(int([*sizes, 4400][0]) * 127 / self.unit)
        size = fitting([told.title], range(usual, 30, -2), title.width / self.unit, title.height / self.unit)
        self.write(title.text_frame, Said(told.title, size if size < usual else None))
        self.slide.notes_slide.notes_text_frame.text = told.speech
        if draw := _PUT.get(self.chart.kind if told.kind == "chart" else told.kind):
            draw(self)
        if told.kind not in ("cover", "divider"):
            self.around()
        for holder in list(self.slide.placeholders):  # one for a picture among them
            if not holder.text_frame.text:
                holder._element.getparent().remove(holder._element)
        for shape in _holders(layout, "SLIDE_NUMBER") if told.kind != "cover" else ():
            number = copy.deepcopy(shape._element)  # of the slide's own, or none is shown
            next(number.iter(qn("p:cNvPr"))).set("id", str(self.shapes._next_shape_id))
            self.shapes._spTree.append(number)

    def around(self) -> None:
        """What stands above and below the content."""
        said = self.told.subtitle
        if self.chart.kind == "ranges":
            said = f"{said}; the shade changes at the middle".lstrip("; ")
        subtitle, source = self.whole.part(high=42), self.whole.part(top=self.whole.high - _FOOT, wide=1240)
        if said:
            self.text(subtitle, Said(said, fitting([said], (24, 22, 20), 1400, 42), "muted"), name="Subtitle")
        if self.told.foot:
            self.text(source, Said(self.told.foot, 20, "muted"), name="Source", anchor="BOTTOM")

    def box(self, room: Room) -> tuple[int, ...]:
        """A rectangle in EMU, as python-pptx takes it."""
        return tuple(round(part * self.unit) for part in room)

    def look(self, font: Any, size: float | None, role: Role | None, bold: bool | None = False) -> None:
        """How text looks, where its surroundings do not say so; half points, 12 points at least."""
        font.bold = bold
        if size:
            font.size = Emu(max(round(size * self.unit / 6350) * 6350, 12 * 12700))
        if role:
            font.color.rgb = _rgb(role)

    def write(self, frame: Any, *lines: Said, align: str = "") -> None:
        """Paragraphs of text, each as it should look."""
        for number, line in enumerate(lines):
            paragraph = frame.add_paragraph() if number else frame.paragraphs[0]
            if align:
                paragraph.alignment = PP_ALIGN[align]
            run = paragraph.add_run()
            run.text = line.text
            self.look(run.font, line.size, line.role, line.bold)

    def text(self, at: Room, *lines: Said, align: str = "LEFT", anchor: str = "TOP", name: str = "Text") -> None:
        """A box of text."""
        shape = self.shapes.add_textbox(*self.box(at))
        shape.name = name
        frame = shape.text_frame
        frame.word_wrap = True
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        frame.vertical_anchor = MSO_ANCHOR[anchor]
        self.write(frame, *lines, align=align)

    def rule(self, start: Room, end: Room, role: Role, *, dotted: bool = False) -> None:
        """A line from corner to corner."""
        ends = self.box(Room(start.left, start.top, end.left, end.top))
        drawn = self.shapes.add_connector(MSO_CONNECTOR.STRAIGHT, *ends)
        drawn.name = "Line"
        _stroke(drawn.line, role, 1.25)
        if dotted:
            drawn.line.dash_style = MSO_LINE_DASH_STYLE.ROUND_DOT
        drawn._element.remove(drawn._element.find(qn("p:style")))  # without a theme's effects

    def cover(self) -> None:
        """Subtitle and day in the placeholders that there are; on a cover a row of circles for each quarter of a
        hundred cases or people, where the notebook shows some."""
        said = [[Said(self.told.subtitle)], [Said(self.told.day)]]
        if len(self.holders) < len(said):
            said = [[line for (line,) in said if line.text]]
        for holder, lines in zip(self.holders, said, strict=False):
            self.write(holder.text_frame, *lines)
        circles: dict[Role, list[Outline]] = {}
        for place, role in enumerate(self.told.circles):
            middle = self.box(Room(118 + 56 * (place % 25), 178 + 56 * (place // 25), 18, 0))
            circles.setdefault(role, []).append(_circle(*middle[:3]))
        self.crowd("Circles", [([places], _ON_DARK.get(role, "#3d4a56")) for role, places in circles.items()])

    def figure(self, one: Figure, *sizes: float) -> list[Said]:
        """A big number's label, value and note, in these sizes of type."""
        role: Role = "better" if one.sign > 0 else "worse" if one.sign < 0 else "ink"
        label, value, note = sizes
        return [
            Said(one.label, label, "ink"),
            Said(one.value, value, role, bold=True),
            Said(one.note, note, "muted"),
        ]

    def hero(self) -> None:
        """A number over all, and up to three beside it below a line."""
        first, *rest = self.told.exhibit.figures[:4] if self.told.exhibit else ()
        label, *others = self.figure(first, 34, min(in_line(first.value, 230, 1000), 180), 30)
        self.text(self.whole.part(top=20, high=320), label._replace(bold=True), *others, name="Number")
        if rest:
            self.rule(self.whole.part(top=354), self.whole.part(self.whole.wide, 354), "faint")
            labels = fitting([max((one.label for one in rest), key=len)], (26, 23, 20), 430, 70)
            columns = [self.figure(one, labels, in_line(one.value, 52, 400), 24) for one in rest]
            at = self.whole.part(top=366, wide=467 * len(rest), high=200)
            self.table(at, list(zip(*columns, strict=True)), [1 / len(rest)] * len(rest))

    def decision(self) -> None:
        """Questions above their answers, at most three or four beside each other, and what it comes to."""
        told = self.told.exhibit
        answers = told.answers[:6] if told else ()
        across, rows = len(answers) if len(answers) <= 4 else 3, list[list[Said]]()
        size = answers_size(answers)
        for start in range(0, len(answers), across):
            part = [*answers[start : start + across], *[("", "")] * across][:across]
            rows += [
                [Said(ask, size, "ink", bold=True) for ask, _ in part],
                [Said(say, size, "ink") for _, say in part],
            ]
        self.rule(self.whole, self.whole.part(self.whole.wide), "ink")
        self.table(self.whole.part(top=24, high=40), rows, [1 / across] * across)
        if told and told.figures:
            first, y = told.figures[0], self.whole.high - _FOOT - 156
            self.rule(self.whole.part(top=y), self.whole.part(self.whole.wide, y), "faint")
            self.text(
                self.whole.part(top=y + 12, high=140), *self.figure(first, 28, in_line(first.value, 60, 900), 26)
            )

    def words(self) -> None:
        """Paragraphs and items in the placeholder."""
        holder, blocks = self.holder, self.told.blocks
        if not blocks:  # the title says it all
            return
        holder.left, holder.top, holder.width, holder.height = self.box(self.room)
        size = fitting([block.text for block in blocks], high=self.room.high)
        texts = (f"{block.number}. {block.text}" if block.number else block.text for block in blocks)
        self.write(holder.text_frame, *(Said(text, size) for text in texts))
        for block, paragraph in zip(blocks, holder.text_frame.paragraphs, strict=True):
            paragraph.level = block.depth
            paragraph.space_before = Emu(round(0.5 * size * self.unit))
            if block.kind == "text" or block.number:  # without the bullet that the layout gives
                properties = paragraph._p.get_or_add_pPr()
                properties.attrib.update({"marL": "0", "indent": "0"})
                properties.append(_xml("<a:buNone/>"))

    def own(self) -> None:
        """Somebody's own picture, as large as the room."""
        picture = self.told.picture
        if picture is None or picture.kind == "image/svg+xml":  # PowerPoint takes none from here
            self.text(self.room, Said(self.told.alt, 32))
            return
        left, top, wide, high = self.box(self.room)
        shape = self.shapes.add_picture(io.BytesIO(picture.data), left, top)
        scale = min(wide / shape.width, high / shape.height)
        shape.width, shape.height = round(shape.width * scale), round(shape.height * scale)
        _describe(shape, "Picture", self.told.alt)

    def numbers(self) -> None:
        """A table with lines between its rows."""
        table = self.told.table or Grid((), (), (), ())
        lines, size = lines_of(table), table_size(table)
        rows = [[Said(text, size, "ink" if number else "muted", bold=not number) for text in line]
                for number, line in enumerate(lines)]  # fmt: skip
        right = [False] * len(table.stubs) + list(table.numeric)
        self.table(self.room, rows, column_shares(table), right, lined=True)

    def table(
        self, at: Room, rows: Sequence[Sequence[Said]], shares: Sequence[float], right: Sequence[bool] = (),
        *, lined: bool = False,
    ) -> None:  # fmt: skip
        """A native table, whose rows grow with their texts; columns aligned `right` where so said."""
        pad = 9 if lined else 6
        heights = [1.25 * max(said.size or _SIZE for said in row) + 2 * pad for row in rows]
        shape = self.shapes.add_table(len(rows), len(shares), *self.box(at.part(high=sum(heights))))
        _describe(shape, "Table", self.told.alt or f"Table: {self.told.title}")
        plain = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # the built-in style with nothing: no lines, no fills
        shape._element.graphic.graphicData.tbl.tblPr.find(qn("a:tableStyleId")).text = plain
        shape.table.horz_banding, shape.table.first_row = False, lined
        for column, share in zip(shape.table.columns, shares, strict=True):
            column.width = round(share * at.wide * self.unit)
        for number, (row, high) in enumerate(zip(rows, heights, strict=True)):
            shape.table.rows[number].height = round(high * self.unit)
            colour = _rgb("faint" if number else "neutral")
            border = f'<a:lnB w="9525"><a:solidFill><a:srgbClr val="{colour}"/></a:solidFill></a:lnB>'
            for place, said in enumerate(row):
                cell = shape.table.cell(number, place)
                if lined:
                    cell._tc.get_or_add_tcPr().append(_xml(border))
                cell.margin_left, cell.margin_right = 0, round(24 * self.unit)
                cell.margin_top = cell.margin_bottom = round(pad * self.unit)
                self.write(cell.text_frame, said, align="RIGHT" if right and right[place] else "LEFT")

    def drawing(self) -> None:
        """A hundred little people, squares or dots as shapes, with lines and texts, as the page draws them."""
        chart, room, marks = self.chart, self.room, _marks(self.chart, 600)
        if marks.height * room.wide > 600 * room.high:
            marks = _marks(chart, min(marks.height * room.wide / room.high, 1000))
        scale = min(room.wide / marks.width, room.high / marks.height)

        def at(x: float, y: float, wide: float = 0, high: float = 0) -> Room:
            return room.part(scale * x, scale * y, scale * wide, scale * high)

        def outline(line: Sequence[tuple[float, float]], stroke: Stroke) -> Outline:
            if stroke.fill:
                return [self.box(at(*point))[:2] for point in line]
            return _circle(*self.box(at(*line[0], stroke.wide / 2))[:3])

        strokes = [mark for mark in marks.all if isinstance(mark, Stroke)]
        for rule in (one for one in strokes if not (one.fill or one.rounded)):
            self.rule(at(*rule.lines[0][0]), at(*rule.lines[0][1]), rule.role or "ink")
        small, parts = [one for one in strokes if one.fill or one.rounded], 1 + (chart.kind == "people")
        self.crowd(chart.kind.capitalize(), [
            ([[outline(line, part) for line in part.lines] for part in drawn],
             "#bdc4cb" if drawn[0].opacity < 1 else drawn[0].role or "ink")
            for drawn in zip(*(small[part::parts] for part in range(parts)), strict=True)  # a head and a body
        ])  # fmt: skip
        labels = (mark for mark in marks.all if isinstance(mark, Label))
        for (x, size, bold), lines in groupby(labels, key=lambda label: (label.x, label.size, label.bold)):
            first, *rest = lines
            texts = [first.text, *(label.text for label in rest)]
            wide = 1.2 * max(_wide(text, size, bold) for text in texts)
            left = x - {"left": 0.0, "center": wide / 2, "right": wide}[first.side]
            said = Said(" ".join(texts), scale * size, first.role, bold)
            place = at(left, first.y - size, wide, 1.3 * size * len(texts))
            self.text(place, said, align=first.side.upper(), name="Count" if bold else "Group")

    def crowd(self, name: str, drawn: Sequence[tuple[Sequence[Sequence[Outline]], str]]) -> None:
        """Shapes in a group, each of which can be coloured anew: the outlines of all that are alike, part by part,
        and their colour."""
        if not drawn:
            return
        group = self.shapes.add_group_shape()
        for parts, colour in drawn:
            pen = group.shapes.build_freeform(*parts[0][0][0])
            for number, (first, *_) in enumerate(parts):
                if number:
                    pen.move_to(*first[0])
                pen.add_line_segments(first[1:])
            shape = pen.convert_to_shape()
            _fill(shape, colour)
            for place, (corner, *_) in enumerate(parts[0][1:], start=1):  # copies take a tenth of the time
                element = copy.deepcopy(shape._element)
                element.x += corner[0] - parts[0][0][0][0]
                element.y += corner[1] - parts[0][0][0][1]
                next(element.iter(qn("p:cNvPr"))).set("id", str(shape.shape_id + place))
                group.shapes._grpSp.append(element)
        group.shapes._recalculate_extents()
        losses = f"{len(self.told.circles)} circles, {self.told.circles.count('worse')} in the colour of a loss."
        _describe(group, name, self.told.alt or losses)

    def native(self, kind: str, plot: Room, layers: Sequence[Series], categories: Sequence[Any]) -> Any:
        """A native chart whose plot area is `plot`, with nothing that its kind does not ask for."""
        data = CategoryChartData(
            number_format=_number_format(self.chart)
        )  # as the sheet behind the chart holds it
        data.categories = [name if isinstance(name, str) or name % 1 else int(name) for name in categories]
        for one in layers:
            data.add_series(one.name, one.data)
        frame = self.shapes.add_chart(enums.XL_CHART_TYPE[kind], *self.box(self.room), data)
        _describe(frame, "Chart", self.told.alt)
        made = frame.chart
        made.has_legend = made.has_title = False
        self.look(made.font, _SIZE, "muted")
        area = made._chartSpace.chart.plotArea
        for old in area.findall(qn("c:layout")):
            area.remove(old)
        at, room = plot._replace(left=plot.left - self.room.left, top=plot.top - self.room.top), self.room
        shares = zip("xywh", at, (room.wide, room.high, room.wide, room.high), strict=True)
        sizes = "".join(f'<c:{name} val="{part / whole:.4f}"/>' for name, part, whole in shares)
        modes = '<c:layoutTarget val="inner"/><c:xMode val="edge"/><c:yMode val="edge"/>'
        area.insert(0, _xml(f"<c:layout><c:manualLayout>{modes}{sizes}</c:manualLayout></c:layout>"))
        for mark in area.iter(qn("c:axId"), qn("c:crossAx")):  # python-pptx numbers axes below 0, the format above
            mark.set("val", mark.get("val").lstrip("-"))
        return made

    def values(self, axis: Any, low: float, high: float, ticks: Sequence[float] = ()) -> None:
        """An axis of values; gridlines and round numbers where there are any."""
        axis.minimum_scale, axis.maximum_scale = low, high + 1e-4 * (high - low)  # its last point shows
        axis.visible = axis.has_major_gridlines = bool(ticks)
        if ticks:
            unit = ticks[1] - ticks[0] if len(ticks) > 1 else (high - low) or 1.0
            axis.major_unit = unit
            axis.minimum_scale = math.floor(low / unit + 1e-9) * unit  # it counts from there
            _stroke(axis.major_gridlines.format.line, "faint", 0.75)
            axis.format.line.fill.background()
            axis.major_tick_mark = enums.XL_TICK_MARK.NONE
            axis.tick_labels.number_format = _number_format(self.chart, ticks)
            axis.tick_labels.number_format_is_linked = False

    def along(self, made: Any, role: Role) -> None:
        """The axis of categories: as many of their names as fit, at its low end; its line where nought is."""
        axis, places = made.category_axis, [place for place, _ in self.chart.along()]
        axis.major_tick_mark = enums.XL_TICK_MARK.NONE
        axis.tick_label_position = enums.XL_TICK_LABEL_POSITION.LOW
        _stroke(axis.format.line, role, 1.25)
        axis.has_major_gridlines = False
        if self.chart.kind in ("line", "columns"):
            if self.chart.axis:
                self.write(axis.axis_title.text_frame, Said(self.chart.axis, 22, "muted", bold=False))
            counted = self.chart.counted and not any(float(one) % 1 for one in self.chart.categories)
            _every(axis._element, places[1] - places[0] if len(places) > 1 else 1, counted=counted)

    def plot(self, top: float, right: float = 0.0) -> Room:
        """The room within the labels of both axes."""
        ticks = self.chart.scale()[2]
        left = 20 + LETTER * _SIZE * max(len(self.chart.text(tick, ticks)) for tick in ticks)
        foot = 84 if self.chart.axis else 48
        return self.room.part(left, top, self.room.wide - left - right, self.room.high - top - foot)

    def colour(self, made: Any, layers: Sequence[Series]) -> None:
        """Bars and columns in the colours of their series and categories, and the names of several above them."""
        made.plots[0].gap_width = 40 if len(layers) == 1 or self.stacked else 50
        made.plots[0].overlap = 100 if self.stacked else -8
        for drawn, one in zip(made.plots[0].series, layers, strict=True):
            if one.name in (_BASE, _LABEL):
                drawn.format.fill.background()
                continue
            drawn.invert_if_negative = False
            _fill(drawn.format, one.roles[0] if one.roles else one.role)
            for place, role in enumerate(one.roles):
                if one.data[place]:
                    _fill(drawn.points[place].format, role)
        if len(self.chart.series) > 1 and self.chart.kind in ("columns", "stacked_bars"):
            made.has_legend = True
            made.legend.position = enums.XL_LEGEND_POSITION.TOP
            made.legend.include_in_layout = False
            self.look(made.legend.font, _SIZE, "ink")

    def label(self, drawn: Any, texts: Sequence[str], place: str) -> None:
        """Texts at the points of a series, which stay with them."""
        for number, text in enumerate(texts):
            if text:
                label = drawn.points[number].data_label
                label.text_frame.word_wrap = False
                self.write(label.text_frame, Said(text, _SIZE, "ink", bold=True))
                label.position = enums.XL_LABEL_POSITION[place]

    def line(self) -> None:
        """Lines with their names behind their ends, moved apart where they would overlap."""
        chart, (low, high, ticks) = self.chart, self.chart.scale()
        ends = [one.end or one.name for one in chart.series]
        longest = max(len(line) for end in ends for line in end.split("\n"))
        wide = min(longest * LETTER * 1.06 * _SIZE + 24, 0.36 * self.room.wide)
        plot = self.plot(44 if chart.marks else 14, wide)
        before = 1 if chart.monthly and chart.categories[0] == 1 else 0  # so that labels count 0, 6, 12
        categories = [*[0] * before, *chart.categories]
        layers = [replace(one, data=(None,) * before + one.data) for one in chart.series]
        between = list(_between(*(one.data for one in layers[:2]))) if chart.between and layers[1:] else []
        made = self.native("LINE", plot, [*layers, *between], categories)
        self.values(made.value_axis, low, high, ticks)
        self.along(made, "ink" if low == 0 else "neutral")
        for cross in made._chartSpace.iter(qn("c:crossBetween")):
            cross.set("val", "midCat")  # lines begin at the axis of values, not half a category behind it
        for drawn, one in zip(made.plots[0].series, [*layers, *between], strict=True):
            drawn.smooth = False
            _stroke(drawn.format.line, one.role, 3 if one.role not in ("neutral", "muted") else 2.25)
            drawn.marker.style = enums.XL_MARKER_STYLE.NONE
        if between:
            _as_areas(made, len(between))
        placed = []
        for one, end in zip(chart.series, ends, strict=True):
            if known := [value for value in one.data if value is not None]:
                tall = 1.2 * _SIZE * sum(lines_in(line, 1.06 * _SIZE, wide - 12) for line in end.split("\n"))
                share = 1 - (known[-1] - low) / ((high - low) or 1.0)
                placed.append((plot.high * share - tall / 2, tall, end, one.role))
        placed.sort()
        tops = _apart([top for top, *_ in placed], [tall + 4 for _, tall, *_ in placed])
        for top, (_, tall, end, role) in zip(tops, placed, strict=True):
            look, lines = "muted" if role == "neutral" else role, end.split("\n")
            said = [Said(line, _SIZE, look, bold=not place) for place, line in enumerate(lines)]
            self.text(plot.part(plot.wide + 12, top, wide - 12, tall), *said, name="End")
        for mark, text in chart.marks:  # a dotted line across the plot, with its text above
            share = (chart.categories.index(mark) + before) / max(len(categories) - 1, 1)
            x, above = plot.wide * share, self.room.top - plot.top
            self.rule(plot.part(x, above + 6), plot.part(x, plot.high), "muted", dotted=True)
            right = x > 0.6 * plot.wide
            at = plot.part(x - 530 if right else x + 10, above, 520, 34)
            self.text(at, Said(text, 22, "muted"), align="RIGHT" if right else "LEFT", name="Mark")

    def columns(self) -> None:
        """Standing columns, side by side, with their values on them."""
        plot = self.plot(50.0 if self.chart.series[1:] else 34.0)
        made = self.native("COLUMN_CLUSTERED", plot, self.chart.series, self.chart.categories)
        self.values(made.value_axis, *self.chart.scale())
        self.along(made, "ink")
        self.colour(made, self.chart.series)
        few = len(self.chart.categories) <= 12
        for drawn, texts in zip(made.plots[0].series, _values(self.chart) if few else (), strict=False):
            self.label(drawn, texts, "OUTSIDE_END")

    def bars(self) -> None:
        """Lying bars from top to bottom, with room for texts behind their ends; few of them are thicker."""
        chart, layers = self.chart, list(self.chart.series)
        low, high = chart.extent()
        said, each = _values(chart), 56.0 * len(chart.series) + 36
        if self.stacked:
            layers, ups = _stacked(chart)
            carried = (high - low or 1.0) / 8  # a series behind the bars' ends carries their texts
            layers.append(Series(_LABEL, tuple(carried if up else -carried for up in ups)))
            said, each = said[chart.kind == "ranges" :][:1], 96.0
        room = 24 + LETTER * 1.1 * _SIZE * max((len(text) for one in said for text in one), default=0)
        names = list(map(str, chart.categories))
        left = min(max(map(len, names), default=0) * LETTER * _SIZE + 24, 0.42 * self.room.wide)
        top = 50.0 if len(chart.series) > 1 and chart.kind == "stacked_bars" else 0.0
        in_all = min(self.room.high - top - 50, max(each, min(180.0, 300.0 / len(names))) * len(names))
        plot = self.room.part(left, top + 4, self.room.wide - left - 10, in_all)
        made = self.native("BAR_STACKED" if self.stacked else "BAR_CLUSTERED", plot, layers, names)
        both = (low < 0) + (high > 0) or 1
        pad = (high - low or 1.0) * room / max(plot.wide - both * room, 0.3 * plot.wide)
        ticks = chart.scale((low, high))[2] if chart.kind == "ranges" else ()
        self.values(made.value_axis, low - pad * (low < 0), high + pad * (high > 0 or low >= 0), ticks)
        made.value_axis.tick_label_position = enums.XL_TICK_LABEL_POSITION.HIGH  # below, as rows go down
        self.along(made, "ink")
        made.category_axis.reverse_order = True
        self.colour(made, layers)
        for drawn, texts in zip(list(made.plots[0].series)[-len(said) :], said, strict=True):
            if self.stacked or len(texts) <= 12:
                self.label(drawn, texts, "INSIDE_BASE" if self.stacked else "OUTSIDE_END")


_PUT: Mapping[str, Callable[[_Page], None]] = MappingProxyType({
    "cover": _Page.cover, "divider": _Page.cover, "hero": _Page.hero, "decision": _Page.decision,
    "text": _Page.words, "picture": _Page.own, "table": _Page.numbers,
    "line": _Page.line, "columns": _Page.columns,
    "bars": _Page.bars, "stacked_bars": _Page.bars, "waterfall": _Page.bars, "ranges": _Page.bars,
    "dots": _Page.drawing, "people": _Page.drawing, "squares": _Page.drawing,
})  # fmt: skip
"""How each kind of slide or chart is filled besides its texts."""


# --- what charts are made of -------------------------------------------------------------------------------------


def _stacked(chart: Chart) -> tuple[list[Series], list[bool]]:
    """The layers of stacked bars, and whether each ends above nought, where its text stands.

    Rows of a waterfall and ranges need not begin at nought: they stand on a base without colour, with what lies
    above nought and what below it in layers of their own.
    """
    if chart.kind == "stacked_bars":
        return list(chart.series), [sum(end - begin for _, begin, end in row) >= 0 for row in chart.spans()]
    roles: list[Role] = []
    if chart.kind == "waterfall":
        rows = [[(min(span[1:]), max(span[1:])) for span in row] or [(0.0, 0.0)] for row in chart.spans()]
        roles = [_role(chart, 0, place) for place in range(len(rows))]
        parts = [(chart.series[0].name, roles)]
    else:
        rows, given, reference = [], chart.series[1].roles, chart.reference
        for place, (low, middle, high) in enumerate(zip(*(one.data for one in chart.series), strict=True)):
            known = middle or 0.0
            rows.append([(known if low is None else low, known), (known, known if high is None else high)])
            usual: Role = "neutral" if reference is None else "worse" if known < reference else "better"
            roles.append(given[place] if given else usual)
        lights: list[Role] = [_LIGHT.get(role, "neutral" if role == "ink" else "faint") for role in roles]
        parts = [("low to middle", roles), ("middle to high", lights)]
    layers = [Series(_BASE, tuple(row[0][0] if row[0][0] > 0 else min(row[-1][1], 0.0) for row in rows))]
    for number, (name, tones) in enumerate(parts):
        spans = [row[number] for row in rows]
        above = tuple(max(end, 0.0) - max(begin, 0.0) for begin, end in spans)
        below = tuple(min(begin, 0.0) - min(end, 0.0) for begin, end in spans)
        layers.insert(1 + number, Series(name, above, roles=tuple(tones)))
        layers.insert(2 + number, Series(f"{name}, below 0", below, roles=tuple(tones)))  # the last is the first
    falls = [chart.kind == "waterfall" and (value or 0.0) < 0 for value in chart.series[0].data]
    ups = [row[-1][1] > 0 and not (fall and row[0][0] < 0) for row, fall in zip(rows, falls, strict=True)]
    return [one for one in layers if any(one.data)], ups


def _between(first: Sequence[float | None], second: Sequence[float | None]) -> Iterator[Series]:
    """The area between two lines as layers on one another: what is below both, where the first is above, and where
    it is below."""
    pairs = list(zip(first, second, strict=True))
    known = [None if a is None or b is None else (min(a, b), max(a - b, 0.0), max(b - a, 0.0)) for a, b in pairs]
    for place, name in enumerate((_BASE, "above", "below")):
        data = tuple(None if one is None else one[place] for one in known)
        if any(data):
            yield Series(name, data)


def _as_areas(made: Any, count: int) -> None:
    """The last series of a chart of lines as areas below the lines, stacked on a base that is not seen."""
    lines = made._chartSpace.chart.plotArea.find(qn("c:lineChart"))
    areas = _xml('<c:areaChart><c:grouping val="stacked"/><c:varyColors val="0"/></c:areaChart>')
    for drawn in list(made.plots[0].series)[-count:]:
        if drawn.name == _BASE:
            drawn.format.fill.background()
            drawn.format.line.fill.background()
        else:
            _fill(drawn.format, "#cfe4ee" if drawn.name == "above" else "#f7dccd")
        for old in drawn._element.xpath("c:marker | c:smooth"):
            drawn._element.remove(old)
        areas.append(drawn._element)
    for axis in lines.findall(qn("c:axId")):
        areas.append(copy.deepcopy(axis))
    lines.addprevious(areas)


def _every(axis: Any, skip: int, *, counted: bool) -> None:
    """Every so many categories named, whole numbers on an axis of days: LibreOffice skips on no other."""
    if not counted:
        axis.find(qn("c:noMultiLvlLbl")).addprevious(_xml(f'<c:tickLblSkip val="{skip}"/>'))
        return
    axis.tag = qn("c:dateAx")
    for old in axis.xpath("c:lblAlgn | c:noMultiLvlLbl | c:auto | c:numFmt"):
        axis.remove(old)
    offset = axis.find(qn("c:lblOffset"))
    offset.addprevious(_xml('<c:auto val="0"/>'))
    for name, value in (("majorTimeUnit", "days"), ("majorUnit", skip), ("baseTimeUnit", "days")):
        offset.addnext(_xml(f'<c:{name} val="{value}"/>'))
    for form in axis.getroottree().xpath("//c:cat//c:formatCode", namespaces=axis.nsmap):
        form.text = "yyyy\\-mm\\-dd"
    axis.find(qn("c:majorTickMark")).addprevious(_xml('<c:numFmt formatCode="0" sourceLinked="0"/>'))


def _number_format(chart: Chart, ticks: Sequence[float] = ()) -> str:
    """How the program writes values of a chart: on an axis with a word for millions."""
    if chart.form == "share":
        return "0%" if all(abs(100 * tick - round(100 * tick)) < 1e-9 for tick in ticks) else "0.0%"
    largest = max(map(abs, ticks), default=0.0)
    large = ((1e9, ",,,", '" billion"'), (1e6, ",,", '" million"'), (0.0, "", ""))
    size, commas, word = next(one for one in large if largest >= one[0])
    parts = (f"{tick / (size or 1.0):.3f}".rstrip("0").partition(".")[2] for tick in ticks)
    places = max(map(len, parts), default=0)
    number = f"#,##0{'.' * (places > 0)}{'0' * places}{commas}{word}"
    return f"{'+' * (chart.form == 'change')}{number};−{number};0"


# --- shapes, and XML for what python-pptx has no name for --------------------------------------------------------


def _rgb(colour: str) -> Any:
    """A role's colour, or one as CSS writes it."""
    return RGBColor.from_string(_COLOURS.get(colour, colour)[1:].upper())


def _stroke(line: Any, role: Role, points: float) -> None:
    line.color.rgb = _rgb(role)
    line.width = Pt(points)


def _fill(shape: Any, colour: str) -> None:
    """A colour without an edge or a theme's effects."""
    shape.fill.solid()
    shape.fill.fore_color.rgb = _rgb(colour)
    shape.line.fill.background()
    for style in shape._element.findall(qn("p:style")):
        shape._element.remove(style)


def _circle(x: int, y: int, radius: int) -> Outline:
    """A circle around a place."""
    turns = [math.pi * turn / 12 for turn in range(24)]
    return [(round(x + radius * math.cos(turn)), round(y + radius * math.sin(turn))) for turn in turns]


def _describe(shape: Any, name: str, alt: str) -> None:
    """Name and alternative text of a shape."""
    shape.name = name
    next(shape._element.iter(qn("p:cNvPr"))).set("descr", alt)


def _xml(text: str) -> Any:
    return parse_xml(re.sub(r"^<([\w:]+)", rf"<\1 {nsdecls(text[1])}", text))
