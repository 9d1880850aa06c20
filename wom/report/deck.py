"""deck.pptx: the plan of slides as a PowerPoint file, with native charts and tables that can be edited.

The template's layouts say where texts stand and how they look; here their placeholders are filled. Lengths are
units of a slide of 1600 by 900, scaled to the template's room for content. A chart's plot area has a fixed place,
so that lines and texts beside it stand where its values are.
"""

from __future__ import annotations

import copy
import io
import math
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from ..errors import InputError, WomError
from ..exhibits.chart import Chart, Role, Series
from ..exhibits.drawing import _LIGHT, COLOURS, _apart, _role, _values
from ..exhibits.exhibit import Exhibit
from ..exhibits.tables import Grid
from .page import TEMPLATES
from .slides import BESIDE, HEROES, TITLES, Slide, column_shares, fitting, lines_of, plan, table_size, type_size
from .story import story

try:
    from pptx import Presentation
    from pptx.chart.data import CategoryChartData, XyChartData
    from pptx.dml.color import RGBColor
    from pptx.enum import chart as enums
    from pptx.enum.dml import MSO_LINE_DASH_STYLE
    from pptx.enum.shapes import MSO_CONNECTOR, MSO_SHAPE
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls, qn
    from pptx.util import Emu, Pt
except ImportError:  # said where a deck is wanted
    pass

DECK = "deck.pptx"
INSTALL = 'pip install "wom[deck]"'
LEFT_OUT = f"Deck left out: python-pptx is not installed; install it with: {INSTALL}"
LAYOUTS = MappingProxyType({"Cover": "Title Slide", "Divider": "Section Header", "Message": "Title and Content"})
"""Layouts that a template needs, and what PowerPoint calls them in a new file."""
_OTHERS = MappingProxyType({"cover": "Cover", "divider": "Divider", "hero": "Number", "decision": "Decision"})
_SIX = "Decision of six"
"""Layouts by the kind of a slide, and of a decision with more than four answers; where a firm's template has none
of that name, it is a message."""
_LETTER, _SIZE = 0.54, 24.0
"""Width of a letter in sizes of its type, on the safe side for Arial, and the size of labels in charts, units."""
_COLOURS: Mapping[str, str] = MappingProxyType({role: colour for role, (_, colour) in COLOURS.items()})
_ON_DARK = MappingProxyType({"better": "#63c3ec", "worse": "#ff9d6b", "better_light": "#3a7f9e"})
"""Roles on a cover; others are hardly seen there."""
_BASE, _LABEL = "Base", " "
"""Names of series that are not seen: what bars stand on, and what carries the texts at their ends; a legend shows
nothing of the second."""


def deck(notebook: Path, path: Path, template: Path | None = None) -> None:
    """Make a deck from an executed notebook, on the house's template or a firm's own."""
    made = Template(template)
    for slide in plan(story(notebook), notebook):
        made.put(slide)
    core = made.deck.core_properties
    core.title = str(made.deck.slides[0].shapes.title.text_frame.text)
    core.author = core.last_modified_by = "wom"
    package = io.BytesIO()
    made.deck.save(package)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.new")
        new.write_bytes(_without_times(package.getvalue()))
        new.replace(path)
    except OSError as error:
        raise WomError(f"{path}: cannot be written: {error.strerror or error}; is it open elsewhere?") from error


def installed() -> bool:
    """Whether decks can be written here."""
    return find_spec("pptx") is not None


def _without_times(package: bytes) -> bytes:
    """A package of Office without the time of day, so that the same content gives the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith(".xlsx"):
                content = _without_times(content)
            elif name == "docProps/core.xml":
                times = rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*"
                content = re.sub(times, rb"\g<1>2020-01-01T00:00:00Z", content)
            new.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


# --- the template ------------------------------------------------------------------------------------------------


class Template:
    """A presentation to fill, with its layouts by name."""

    def __init__(self, file: Path | None = None) -> None:
        if not installed():
            raise WomError(f"a deck needs python-pptx, which is not installed; install it with: {INSTALL}")
        place = str(file or TEMPLATES / DECK)
        try:
            self.deck = Presentation(place)
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror or error}", file=place) from error
        except Exception as error:  # the package has a class for each way in which a file is none
            advice = "save it from PowerPoint as a presentation (.pptx)"
            raise InputError(f"is no presentation that can be opened; {advice}", file=place) from error
        every = [layout for master in self.deck.slide_masters for layout in master.slide_layouts]
        found = {layout.name.strip().lower(): layout for layout in every}
        self.layouts = {name: found.get(name.lower(), found.get(LAYOUTS.get(name, name).lower()))
                        for name in (*LAYOUTS, *_OTHERS.values(), _SIX)}  # fmt: skip
        good = [name for name, one in self.layouts.items() if one and _holders(one, "TITLE", "CENTER_TITLE")
                and (name != "Message" or _content(one) is not None)]  # fmt: skip
        if missing := [name for name in LAYOUTS if name not in good]:
            wanted = ", ".join(f"{name!r} (or {LAYOUTS[name]!r})" for name in missing)
            raise InputError(
                f"lacks the layouts {wanted}, each with a title, and 'Message' with a placeholder for content; "
                f"its layouts: {', '.join(one.name for one in self.deck.slide_layouts) or 'none'}",
                file=place,
            )
        identifiers = self.deck.slides._sldIdLst
        for entry in list(identifiers):  # a firm's file may come with sample slides
            self.deck.part.drop_rel(entry.rId)
            identifiers.remove(entry)

    def put(self, told: Slide) -> None:
        """Add a slide."""
        six = told.kind == "decision" and told.exhibit and len(told.exhibit.answers) > 4
        layout = self.layouts[_SIX if six else _OTHERS.get(told.kind, "Message")] or self.layouts["Message"]
        page = _Page(self.deck.slides.add_slide(layout), layout, told)
        if draw := _PUT.get(page.chart.kind if told.kind == "chart" else told.kind):
            draw(page)
        if page.holder is not None and not page.holder.text_frame.text:
            page.holder._element.getparent().remove(page.holder._element)
        for shape in _holders(layout, "SLIDE_NUMBER") if told.kind != "cover" else ():
            number = copy.deepcopy(shape._element)  # of the slide's own, or none is shown
            next(number.iter(qn("p:cNvPr"))).set("id", str(page.shapes._next_shape_id))
            page.shapes._spTree.append(number)


def _holders(layout: Any, *kinds: str) -> list[Any]:
    return [one for one in layout.placeholders if one.placeholder_format.type.name in kinds]


def _content(layout: Any) -> Any:
    """The largest placeholder that holds text or anything; None where there is none."""
    texts = r"Subtitle|Source|Day|(Label|Value|Note|Question|Answer) \d"  # by their names in the house's template
    found = [one for one in _holders(layout, "OBJECT", "BODY", "SUBTITLE") if not re.fullmatch(texts, one.name)]
    return max(found, key=lambda one: one.width * one.height, default=None)


class Said(NamedTuple):
    """A text, and how it looks where its placeholder does not say so."""

    text: str
    size: float | None = None
    role: Role | None = None
    bold: bool | None = None


def _texts(slide: Slide) -> dict[str, Said]:
    """What a slide says besides its title, by the name of its placeholder."""
    subtitle = slide.subtitle
    if slide.exhibit and slide.exhibit.chart and slide.exhibit.chart.kind == "ranges":
        subtitle = f"{subtitle}; the shade changes at the middle".lstrip("; ")
    found = {"Subtitle": Said(subtitle, 22 if len(subtitle) > 100 else None)}
    found |= {"Source": Said(slide.foot), "Day": Said(slide.day)}
    most, shown = {"hero": 4, "decision": 1}.get(slide.kind, 0), slide.exhibit or Exhibit("")
    for place, (ask, say) in enumerate(shown.answers[:6] if slide.kind == "decision" else (), start=1):
        found |= {f"Question {place}": Said(ask, bold=True), f"Answer {place}": Said(say)}
    for place, figure in enumerate(shown.figures[:most], start=1):
        role: Role | None = "better" if figure.sign > 0 else "worse" if figure.sign < 0 else None
        size = type_size(figure.value, HEROES if place == 1 and slide.kind == "hero" else BESIDE)
        value = Said(figure.value, min(size, 180), role, bold=True)
        label, note = Said(figure.label, 21 if len(figure.label) > 60 else None), Said(figure.note)
        found |= {f"Label {place}": label, f"Value {place}": value, f"Note {place}": note}
    return {name: said for name, said in found.items() if said.text}


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
    """A slide that is being filled: its texts, and the room that is left for what it shows."""

    def __init__(self, slide: Any, layout: Any, told: Slide) -> None:
        self.told, self.shapes = told, slide.shapes
        self.chart = told.exhibit.chart if told.exhibit and told.exhibit.chart else Chart("line", (), ())
        self.stacked = self.chart.kind not in ("columns", "bars")
        names = {one.placeholder_format.idx: one.name for one in layout.placeholders}
        holders = {one.placeholder_format.idx: one for one in slide.placeholders}
        held = _content(layout)
        self.holder = holders[held.placeholder_format.idx] if held is not None else None
        self.unit, self.room = 7620.0, Room(100, 262, 1400, 520)
        if held is not None:
            self.unit = min(held.width / self.room.wide, held.height / self.room.high)
            self.room = Room(*(part / self.unit for part in (held.left, held.top, held.width, held.height)))
        size = type_size(told.title, TITLES) if len(told.title) > TITLES[0][0] else None  # or the layout's
        self.write(self.shapes.title.text_frame, Said(told.title, size))
        slide.notes_slide.notes_text_frame.text = told.speech
        texts = _texts(told)
        for index, holder in holders.items():
            if said := texts.pop(names[index], None):
                self.write(holder.text_frame, said)
            elif holder is not self.holder and holder.element is not self.shapes.title.element:
                holder._element.getparent().remove(holder._element)
        if self.holder is None:
            return
        # what a template has no placeholder for: subtitle and source at the edges of the room, the rest in it
        top = bottom = 0.0
        if said := texts.pop("Subtitle", None):
            self.text(self.room.part(high=36), said.text, _SIZE, "muted", name="Subtitle")
            top = 46.0
        if said := texts.pop("Source", None):
            bottom = 60.0
            foot = self.room.part(top=self.room.high - 50, high=50)
            self.text(foot, said.text, 20, "muted", name="Source", anchor="BOTTOM")
        self.room = self.room.part(top=top, high=self.room.high - top - bottom)
        self.holder.left, self.holder.top, self.holder.width, self.holder.height = self.box(self.room)
        if texts:
            size = fitting([said.text for said in texts.values()])
            self.write(self.holder.text_frame, *(one._replace(size=one.size or size) for one in texts.values()))
            for paragraph in self.holder.text_frame.paragraphs:
                _without_bullet(paragraph)

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

    def text(
        self, at: Room, text: str, size: float, role: Role = "ink", *, bold: bool = False, align: str = "LEFT",
        anchor: str = "TOP", name: str = "Text",
    ) -> None:  # fmt: skip
        """A box of text; the first of its lines alone is bold."""
        shape = self.shapes.add_textbox(*self.box(at))
        shape.name = name
        frame = shape.text_frame
        frame.word_wrap = True
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        frame.vertical_anchor = MSO_ANCHOR[anchor]
        lines = (Said(line, size, role, bold and not place) for place, line in enumerate(text.split("\n")))
        self.write(frame, *lines, align=align)

    def words(self) -> None:
        """Paragraphs and items in the placeholder, below a formula where there is one."""
        top, blocks, latex = 0.0, self.told.blocks, self.told.latex
        if latex:
            try:
                top = self.picture("Formula", _formula(latex), self.room.part(high=240), 1.0) + 40
            except (ValueError, RuntimeError):  # what mathtext cannot draw stands there as it was written
                self.text(self.room.part(high=60), latex, 36, name="Formula")
                top = 100.0
        if self.holder is None or not blocks:
            return
        holder = self.holder
        holder.left, holder.top, holder.width, holder.height = self.box(self.room.part(top=top))
        size = fitting([block.text for block in blocks], self.room.high - top)
        texts = (f"{block.number}. {block.text}" if block.number else block.text for block in blocks)
        self.write(holder.text_frame, *(Said(text, size) for text in texts))
        for block, paragraph in zip(blocks, holder.text_frame.paragraphs, strict=True):
            paragraph.level = block.depth
            paragraph.space_before = Emu(round(0.5 * size * self.unit))
            if block.kind == "text" or block.number:
                _without_bullet(paragraph)

    def own(self) -> None:
        picture = self.told.picture
        if picture is None or picture.kind == "image/svg+xml":  # PowerPoint takes none from here
            self.text(self.room.part(high=120), self.told.alt, 32)
        else:
            self.picture("Picture", picture.data, self.room)

    def picture(self, name: str, data: bytes, room: Room, most: float = math.inf) -> float:
        """A picture as large as a room, but no more than `most` times its size; its height."""
        left, top, wide, high = self.box(room)
        shape = self.shapes.add_picture(io.BytesIO(data), left, top)
        scale = min(most, wide / shape.width, high / shape.height)
        shape.width, shape.height = round(shape.width * scale), round(shape.height * scale)
        _describe(shape, name, self.told.alt)
        return float(shape.height / self.unit)

    def table(self) -> None:
        table, room = self.told.table or Grid((), (), (), ()), self.room
        lines, size = lines_of(table), table_size(table)
        aligned = ["LEFT"] * len(table.stubs) + ["RIGHT" if right else "LEFT" for right in table.numeric]
        high = min(2.1 * size, room.high / len(lines))
        shape = self.shapes.add_table(len(lines), len(lines[0]), *self.box(room.part(high=high * len(lines))))
        _describe(shape, "Table", self.told.alt)
        plain = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # the built-in style with nothing: no lines, no fills
        shape._element.graphic.graphicData.tbl.tblPr.find(qn("a:tableStyleId")).text = plain
        shape.table.horz_banding = False
        for column, share in zip(shape.table.columns, column_shares(table), strict=True):
            column.width = round(share * room.wide * self.unit)
        for number, line in enumerate(lines):
            shape.table.rows[number].height = round(high * self.unit)
            colour = _rgb("neutral" if number == 0 else "faint")
            border = f'<a:lnB w="9525"><a:solidFill><a:srgbClr val="{colour}"/></a:solidFill></a:lnB>'
            for place, text in enumerate(line):
                cell = shape.table.cell(number, place)
                cell._tc.get_or_add_tcPr().append(_xml(border))
                cell.margin_left = 0
                cell.margin_top = cell.margin_bottom = round(5 * self.unit)
                said = Said(text, size, "ink" if number else "muted", number == 0)
                self.write(cell.text_frame, said, align=aligned[place])

    def circles(self) -> None:
        """A row of circles for each quarter of a hundred cases or people, on a cover whose notebook shows some."""
        colours = [_ON_DARK.get(role, "#3d4a56") for role in self.told.circles]
        self.crowd("Circles", colours, 25, Room(100, 200, 56, 56), 0.64)

    def people(self) -> None:
        """Little people by group, and beside them how many are what."""
        one = self.chart.series[0]
        counts = [round(value or 0.0) for value in one.data]
        pale = "#bdc4cb"  # those of the crowd who are not meant
        colours = [pale if role == "faint" else role for role in one.roles or (one.role,) * len(counts)]
        order = [colour for count, colour in zip(counts, colours, strict=True) for _ in range(count)]
        step = min(0.6 * self.room.wide / 20, self.room.high / (2.5 * (-(-len(order) // 20) or 1)))
        self.crowd("People", order, 20, self.room.part(wide=step, high=2.4 * step))
        for number, (count, name, colour) in enumerate(zip(counts, self.chart.categories, colours, strict=True)):
            beside = self.room.part(20 * step + 60, 128 * number, high=120)
            _fill(self.person(self.shapes, beside, 46.0), colour)
            self.text(beside.part(64, wide=130), str(count), 62, bold=True, name="Count")
            self.text(beside.part(200, 6), str(name), 27, name="Group")

    def squares(self) -> None:
        """A hundred squares for each group, as many filled as are meant, and beside them how many."""
        one, step = self.chart.series[0], min(40.0, self.room.high / 10)
        wide = self.room.wide / len(one.data)
        for number, (value, name) in enumerate(zip(one.data, self.chart.categories, strict=True)):
            count, at = round(value or 0.0), self.room.part(number * wide, wide=wide)
            colours = [one.roles[number] if one.roles else one.role] * count + ["faint"] * (100 - count)
            self.crowd("Squares", colours, 10, at.part(wide=step, high=step), 0.86)
            beside = at.part(10 * step + 32)
            self.text(beside.part(high=130), str(count), 130, bold=True, name="Count")
            self.text(beside.part(top=160, wide=beside.wide - 8), str(name), 30, name="Group")

    def crowd(self, name: str, colours: Sequence[str], across: int, first: Room, size: float = 0.0) -> None:
        """Shapes alike in a group: so many `across`, of a `size` of the `first` one's room, or people."""
        if not colours:
            return
        group, kind = self.shapes.add_group_shape(), MSO_SHAPE.OVAL if name == "Circles" else MSO_SHAPE.RECTANGLE
        drawn, taken = dict[str, tuple[Any, Room]](), 0
        for place, colour in enumerate(colours):
            at = first.part(first.wide * (place % across), first.high * (place // across), first.wide, first.wide)
            if colour in drawn:  # copied, which takes a tenth of the time
                shape, origin = drawn[colour]
                element, taken = copy.deepcopy(shape._element), taken + 1
                next(element.iter(qn("p:cNvPr"))).set("id", str(taken))
                element.x += round((at.left - origin.left) * self.unit)
                element.y += round((at.top - origin.top) * self.unit)
                group.shapes._grpSp.append(element)
                continue
            box = self.box(at.part(wide=size * at.wide, high=size * at.wide))
            shape = group.shapes.add_shape(kind, *box) if size else self.person(group.shapes, at, at.wide)
            _fill(shape, colour)
            drawn[colour], taken = (shape, at), int(shape.shape_id)
        group.shapes._recalculate_extents()
        _describe(group, name, self.told.alt)

    def person(self, shapes: Any, at: Room, step: float) -> Any:
        """A head above a body, as one shape whose colour can be changed."""
        drawn = shapes.build_freeform(*_HEAD[0], scale=step * self.unit / 1000)
        drawn.add_line_segments(_HEAD[1:])
        drawn.move_to(*_BODY[0])
        drawn.add_line_segments(_BODY[1:])
        shape = drawn.convert_to_shape(*self.box(at)[:2])
        shape.name = "Person"
        return shape

    def native(
        self,
        kind: str,
        plot: Room,
        layers: Sequence[Series] = (),
        categories: Sequence[Any] = (),
        data: Any = None,
    ) -> Any:
        """A native chart whose plot area is `plot`, with nothing that its kind does not ask for."""
        if data is None:  # as the sheet behind the chart holds it
            data = CategoryChartData(number_format=_number_format(self.chart))
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
        left = 20 + _LETTER * _SIZE * max(len(self.chart.text(tick, ticks)) for tick in ticks)
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
        wide = min(longest * _LETTER * 1.06 * _SIZE + 24, 0.36 * self.room.wide)
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
                lines = (-(-len(line) * _LETTER * 1.06 * _SIZE // (wide - 12)) for line in end.split("\n"))
                tall = 1.2 * _SIZE * sum(lines)
                share = 1 - (known[-1] - low) / ((high - low) or 1.0)
                placed.append((plot.high * share - tall / 2, tall, end, one.role))
        placed.sort()
        tops = _apart([top for top, *_ in placed], [tall + 4 for _, tall, *_ in placed])
        for top, (_, tall, end, role) in zip(tops, placed, strict=True):
            at = plot.part(plot.wide + 12, top, wide - 12, tall)
            self.text(at, end, _SIZE, "muted" if role == "neutral" else role, bold=True, name="End")
        for mark, text in chart.marks:  # a dotted line across the plot, with its text above
            share = (chart.categories.index(mark) + before) / max(len(categories) - 1, 1)
            x, top = plot.left + plot.wide * share, self.room.top
            ends_at = self.box(Room(x, top + 6, x, plot.top + plot.high))
            drawn = self.shapes.add_connector(MSO_CONNECTOR.STRAIGHT, *ends_at)
            drawn.name = "Mark"
            _stroke(drawn.line, "muted", 1.25)
            drawn.line.dash_style = MSO_LINE_DASH_STYLE.ROUND_DOT
            drawn._element.remove(drawn._element.find(qn("p:style")))  # without a theme's effects
            right = x > self.room.left + 0.6 * self.room.wide
            at = Room(x - 530 if right else x + 10, top, 520, 34)
            self.text(at, text, 22, "muted", align="RIGHT" if right else "LEFT", name="Mark")

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
            layers, texts, ups = _stacked(chart)
            rows = list(zip(*([value or 0.0 for value in one.data] for one in layers), strict=True))
            low = min(0.0, *(sum(min(value, 0.0) for value in row) for row in rows))
            high = max(0.0, *(sum(max(value, 0.0) for value in row) for row in rows))
            low, high = chart.limits or (low, high)
            carried = (high - low or 1.0) / 8  # a series behind the bars' ends carries their texts
            layers.append(Series(_LABEL, tuple(carried if up else -carried for up in ups)))
            said, each = [list(texts)], 96.0
        room = 24 + _LETTER * 1.1 * _SIZE * max((len(text) for one in said for text in one), default=0)
        names = list(map(str, chart.categories))
        left = min(max(map(len, names), default=0) * _LETTER * _SIZE + 24, 0.42 * self.room.wide)
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

    def dots(self) -> None:
        """A hundred cases piled up where they lie, as points of a scatter chart."""
        chart, reference = self.chart, self.chart.reference or 0.0
        cases = np.sort([value for value in chart.series[0].data if value is not None])
        low, high = min(float(cases[0]), reference), max(float(cases[-1]), reference)
        step = ((high - low) or 1.0) / 36
        piles = (cases - reference) // step
        across, up = reference + (piles + 0.5) * step, np.arange(len(cases)) - np.searchsorted(piles, piles) + 0.5
        ticks = chart.scale((low - 2 * step, high + 2 * step), 8)[2]
        unit = ticks[1] - ticks[0] if len(ticks) > 1 else 1.0
        low, high = math.floor((low - step) / unit) * unit, high + 2 * step
        plot = self.room.part(0, 50, self.room.wide, self.room.high - 100)
        each = min(plot.wide / ((high - low) / step), plot.high / (up.max() + 1.0))
        top, data = plot.high / each, XyChartData()
        masks: dict[Role, Any] = {"worse": cases < reference, "better": cases >= reference}
        names = {"worse": chart.sides[0] or "below", "better": chart.sides[1] or "above"}
        # LibreOffice shows no more points of a series than its first one has
        roles = sorted((role for role in masks if masks[role].any()), key=lambda role: -masks[role].sum())
        places = [(names[role], across[masks[role]].tolist(), up[masks[role]].tolist()) for role in roles]
        for name, *both in (*places, ("reference", [reference] * 2, [0.0, top])):
            side = data.add_series(name)
            for x, y in zip(*both, strict=True):
                side.add_data_point(x, y)
        made = self.native("XY_SCATTER", plot, data=data)
        self.values(made.value_axis, 0.0, top)
        self.values(made.category_axis, low, high, ticks)
        made.category_axis.has_major_gridlines = False
        made.category_axis.format.line.color.rgb = _rgb("neutral")
        *points, line = made.plots[0].series
        line.marker.style = enums.XL_MARKER_STYLE.NONE
        _stroke(line.format.line, "ink", 2)
        for drawn, role in zip(points, roles, strict=True):
            drawn.format.line.fill.background()
            drawn.marker.style = enums.XL_MARKER_STYLE.CIRCLE
            drawn.marker.size = max(2, min(72, int(0.9 * each * self.unit / 12700)))
            _fill(drawn.marker.format, role)
        x = plot.wide * (reference - low) / (high - low)
        for text, role in zip(chart.sides, masks, strict=True):  # what a side is called, where there is room
            left = role == "worse"
            at = self.room.part(0 if left else x + 14, 0, (x if left else plot.wide - x) - 14, 40)
            if text and len(text) * _LETTER * _SIZE * 1.1 <= at.wide:
                self.text(at, text, _SIZE, role, bold=True, align="RIGHT" if left else "LEFT")


_PUT: Mapping[str, Callable[[_Page], None]] = MappingProxyType({
    "cover": _Page.circles, "text": _Page.words, "formula": _Page.words, "picture": _Page.own,
    "table": _Page.table, "line": _Page.line, "columns": _Page.columns,
    "bars": _Page.bars, "stacked_bars": _Page.bars, "waterfall": _Page.bars, "ranges": _Page.bars,
    "dots": _Page.dots, "people": _Page.people, "squares": _Page.squares,
})  # fmt: skip
"""How each kind of slide or chart is filled besides its texts."""
_TURNS = [math.pi * turn / 8 for turn in range(16)]
_HEAD = [(round(500 + 260 * math.cos(turn)), round(260 + 260 * math.sin(turn))) for turn in _TURNS]
_BODY = [(160, 620), (840, 620), (840, 1300), (700, 1300), (700, 2050), (300, 2050), (300, 1300), (160, 1300)]


# --- what charts are made of -------------------------------------------------------------------------------------


def _stacked(chart: Chart) -> tuple[list[Series], Sequence[str], list[bool]]:
    """The layers of stacked bars, their texts, and whether each ends above nought.

    Rows of a waterfall and ranges need not begin at nought: they stand on a base without colour, with what lies
    above nought and what below it in layers of their own.
    """
    if chart.kind == "stacked_bars":
        sums = [sum(end - begin for _, begin, end in row) for row in chart.spans()]
        texts = chart.labels or [chart.text(value, sums, digits=3) for value in sums]
        return list(chart.series), texts, [value >= 0 for value in sums]
    roles: list[Role] = []
    if chart.kind == "waterfall":
        rows = [[(min(span[1:]), max(span[1:])) for span in row] or [(0.0, 0.0)] for row in chart.spans()]
        roles = [_role(chart, 0, place) for place in range(len(rows))]
        parts, texts = [(chart.series[0].name, roles)], _values(chart)[0]
    else:
        rows, given, reference = [], chart.series[1].roles, chart.reference
        for place, (low, middle, high) in enumerate(zip(*(one.data for one in chart.series), strict=True)):
            known = middle or 0.0
            rows.append([(known if low is None else low, known), (known, known if high is None else high)])
            usual: Role = "neutral" if reference is None else "worse" if known < reference else "better"
            roles.append(given[place] if given else usual)
        lights: list[Role] = [_LIGHT.get(role, "neutral" if role == "ink" else "faint") for role in roles]
        parts, texts = [("low to middle", roles), ("middle to high", lights)], _values(chart)[1]
    layers = [Series(_BASE, tuple(row[0][0] if row[0][0] > 0 else min(row[-1][1], 0.0) for row in rows))]
    for number, (name, tones) in enumerate(parts):
        spans = [row[number] for row in rows]
        above = tuple(max(end, 0.0) - max(begin, 0.0) for begin, end in spans)
        below = tuple(min(begin, 0.0) - min(end, 0.0) for begin, end in spans)
        layers.insert(1 + number, Series(name, above, roles=tuple(tones)))
        layers.insert(2 + number, Series(f"{name}, below 0", below, roles=tuple(tones)))  # the last is the first
    return [one for one in layers if any(one.data)], texts, [row[-1][1] > 0 for row in rows]


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


def _formula(latex: str) -> bytes:
    """A formula as a picture; matplotlib has a ValueError or a RuntimeError for what it cannot draw."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.mathtext import math_to_image

    known = ((r"(?<![\d.])\.(?=\d)", "0."), (r"\\text\s*\{", r"\\mathrm{"), (r"\\[dt]frac", r"\\frac"))
    for pattern, other in known:
        latex = re.sub(pattern, other, latex)
    out, look = io.BytesIO(), FontProperties(size=34, math_fontfamily="stix")
    math_to_image(f"${' '.join(latex.split())}$", out, look, dpi=200, format="png", color=COLOURS["ink"][1])
    return out.getvalue()


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


def _describe(shape: Any, name: str, alt: str) -> None:
    """Name and alternative text of a shape."""
    shape.name = name
    next(shape._element.iter(qn("p:cNvPr"))).set("descr", alt)


def _without_bullet(paragraph: Any) -> None:
    """Without the bullet that the layout gives."""
    properties = paragraph._p.get_or_add_pPr()
    properties.attrib.update({"marL": "0", "indent": "0"})
    properties.append(_xml("<a:buNone/>"))


def _xml(text: str) -> Any:
    return parse_xml(re.sub(r"^<([\w:]+)", rf"<\1 {nsdecls(text[1])}", text))
