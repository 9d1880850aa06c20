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
from functools import partial
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from ..errors import InputError, WomError
from ..exhibits.chart import Chart, Role, Series
from ..exhibits.drawing import _LIGHT, COLOURS, _apart, _role, _values
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
"""Layouts by the kind of a slide; where a firm's template has none of that name, it is a message."""
_SIX = "Decision of six"
"""The layout of a decision with more than four answers."""
LETTER = 0.54
"""Width of a letter in sizes of its type, on the safe side for Arial."""
_SIZE = 24.0
"""Of labels in charts, units."""
_CREATED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_PLAIN_TABLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
"""PowerPoint's built-in style with nothing: no lines, no fills."""
_COLOURS: Mapping[str, str] = MappingProxyType({role: colour for role, (_, colour) in COLOURS.items()})
_PALE, _MORE, _LESS = "#bdc4cb", "#cfe4ee", "#f7dccd"
"""Those of a crowd who are not meant, and the area between two lines where the first is above or below."""
_ON_DARK = MappingProxyType({"better": "#63c3ec", "worse": "#ff9d6b", "better_light": "#3a7f9e"})
"""Roles on a cover; others are hardly seen there."""


def deck(notebook: Path, path: Path, template: Path | None = None) -> None:
    """Make a deck from an executed notebook, on the house's template or a firm's own.

    Raises:
        InputError: no notebook, nothing in it for a slide, or a template without the layouts.
        ReportError: a cell that failed or did not run, or that no slide can be made of.
        WomError: python-pptx is not installed, or the file cannot be written.
    """
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
                content = _CREATED.sub(rb"\g<1>2020-01-01T00:00:00Z", content)
            new.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


# --- the template ------------------------------------------------------------------------------------------------


class Template:
    """A presentation to fill, with its layouts by name.

    Raises:
        InputError: no presentation, or layouts or their placeholders are missing.
        WomError: python-pptx is not installed.
    """

    def __init__(self, file: Path | None = None) -> None:
        if not installed():
            raise WomError(f"a deck needs python-pptx, which is not installed; install it with: {INSTALL}")
        self.file = file or TEMPLATES / DECK
        try:
            self.deck = Presentation(str(self.file))
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror or error}", file=str(self.file)) from error
        except Exception as error:  # the package has a class for each way in which a file is none
            advice = "save it from PowerPoint as a presentation (.pptx)"
            raise InputError(f"is no presentation that can be opened; {advice}", file=str(self.file)) from error
        masters = self.deck.slide_masters
        found = {one.name.strip().lower(): one for master in masters for one in master.slide_layouts}
        usual = {name: found.get(other.lower()) for name, other in LAYOUTS.items()}
        every = (*LAYOUTS, *_OTHERS.values(), _SIX)
        self.layouts = {name: found.get(name.lower(), usual.get(name)) for name in every}
        if missing := [
            name for name in LAYOUTS if not (one := self.layouts[name]) or not _of_kind(one, "TITLE")
            or (name == "Message" and _content(one) is None)
        ]:  # fmt: skip
            wanted = ", ".join(f"{name!r} (or {LAYOUTS[name]!r})" for name in missing)
            raise InputError(
                f"lacks the layouts {wanted}, each with a title, and 'Message' with a placeholder for content; "
                f"its layouts: {', '.join(one.name for one in self.deck.slide_layouts) or 'none'}",
                file=str(self.file),
            )
        identifiers = self.deck.slides._sldIdLst
        for entry in list(identifiers):  # a firm's file may come with sample slides
            self.deck.part.drop_rel(entry.rId)
            identifiers.remove(entry)

    def put(self, slide: Slide) -> None:
        """Add a slide."""
        name = _OTHERS.get(slide.kind, "Message")
        if name == "Decision" and slide.exhibit and len(slide.exhibit.answers) > 4:
            name = _SIX
        layout = self.layouts[name] or self.layouts["Message"]
        page = _Page(self.deck.slides.add_slide(layout), layout)
        size = type_size(slide.title, TITLES) if len(slide.title) > TITLES[0][0] else None  # or the layout's
        _write(page.shapes.title.text_frame, [Said(slide.title, size)], page.unit)
        page.slide.notes_slide.notes_text_frame.text = slide.speech
        texts = _texts(slide)
        for holder in page.holders:
            named = page.names[holder.placeholder_format.idx]
            if said := texts.pop(named, None):
                _write(holder.text_frame, [said], page.unit)
            elif holder is not page.holder:
                holder._element.getparent().remove(holder._element)
        page.rest(texts)
        if draw := _PUT.get(slide.kind):
            draw(page, slide)
        page.close(layout, numbered=slide.kind != "cover")


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
    figures, answers = (slide.exhibit.figures, slide.exhibit.answers) if slide.exhibit else ((), ())
    if slide.kind == "decision":
        figures = figures[:1]
        for place, (ask, say) in enumerate(answers[:6], start=1):
            found |= {f"Question {place}": Said(ask, bold=True), f"Answer {place}": Said(say)}
    for place, figure in enumerate(figures[:4], start=1):
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
    """A slide that is being filled."""

    def __init__(self, slide: Any, layout: Any) -> None:
        self.slide, self.shapes = slide, slide.shapes
        self.names = {one.placeholder_format.idx: one.name for one in layout.placeholders}
        self.holders = [one for one in slide.placeholders if one.element is not self.shapes.title.element]
        held = _content(layout)
        index = held.placeholder_format.idx if held is not None else None
        self.holder = next((one for one in self.holders if one.placeholder_format.idx == index), None)
        self.unit, self.room = 7620.0, Room(100, 262, 1400, 520)
        if held is not None:
            self.unit = min(held.width / self.room.wide, held.height / self.room.high)
            self.room = Room(*(part / self.unit for part in (held.left, held.top, held.width, held.height)))

    def rest(self, texts: dict[str, Said]) -> None:
        """What a template has no placeholder for: subtitle and source at the edges of the room, the rest in it."""
        if self.holder is None:
            return
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
            sized = [one._replace(size=one.size or size) for one in texts.values()]
            _write(self.holder.text_frame, sized, self.unit)
            for paragraph in self.holder.text_frame.paragraphs:
                _without_bullet(paragraph)

    def close(self, layout: Any, *, numbered: bool) -> None:
        """Without content where it stayed empty, and with a number of its own, or none is shown."""
        if self.holder is not None and not self.holder.text_frame.text:
            self.clear()
        for shape in _of_kind(layout, "SLIDE_NUMBER") if numbered else ():
            number = copy.deepcopy(shape._element)
            next(number.iter(qn("p:cNvPr"))).set("id", str(self.shapes._next_shape_id))
            self.shapes._spTree.append(number)

    def clear(self) -> Room:
        """The room for content, without its placeholder."""
        if self.holder is not None:
            self.holder._element.getparent().remove(self.holder._element)
            self.holder = None
        return self.room

    def box(self, room: Room) -> tuple[int, ...]:
        """A rectangle in EMU, as python-pptx takes it."""
        return tuple(round(part * self.unit) for part in room)

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
        lines = [Said(line, size, role, bold and not place) for place, line in enumerate(text.split("\n"))]
        _write(frame, lines, self.unit, align)


def _of_kind(layout: Any, kind: str) -> list[Any]:
    kinds = {"TITLE": ("TITLE", "CENTER_TITLE")}.get(kind, (kind,))
    return [one for one in layout.placeholders if one.placeholder_format.type.name in kinds]


def _content(layout: Any) -> Any:
    """The largest placeholder that holds text or anything; None where there is none."""
    found = [one for kind in ("OBJECT", "BODY", "SUBTITLE") for one in _of_kind(layout, kind)]
    named = re.compile(r"Subtitle|Source|Day|(Label|Value|Note|Question|Answer) \d")
    return max((one for one in found if not named.fullmatch(one.name)), key=lambda one: one.width * one.height,
               default=None)  # fmt: skip


def _rgb(colour: str) -> Any:
    """A role's colour, or one as CSS writes it."""
    return RGBColor.from_string(_COLOURS.get(colour, colour)[1:].upper())


def _points(size: float) -> Any:
    """A size of type in EMU: half points, 12 points at least."""
    return Emu(max(round(size / 6350) * 6350, 12 * 12700))


def _write(frame: Any, lines: Sequence[Said], unit: float, align: str = "") -> None:
    """Paragraphs of text, each as it should look."""
    for number, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        if align:
            paragraph.alignment = PP_ALIGN[align]
        run = paragraph.add_run()
        run.text = line.text
        run.font.bold = line.bold
        if line.size:
            run.font.size = _points(line.size * unit)
        if line.role:
            run.font.color.rgb = _rgb(line.role)


def _without_bullet(paragraph: Any) -> None:
    """Without the bullet that the layout gives."""
    properties = paragraph._p.get_or_add_pPr()
    properties.set("marL", "0")
    properties.set("indent", "0")
    properties.append(_xml("<a:buNone/>"))


def _describe(shape: Any, name: str, alt: str) -> None:
    """Name and alternative text of a shape."""
    shape.name = name
    next(shape._element.iter(qn("p:cNvPr"))).set("descr", alt)


def _xml(text: str) -> Any:
    return parse_xml(re.sub(r"^<([\w:]+)", rf"<\1 {nsdecls(text[1])}", text))


# --- slides of text, tables and pictures -------------------------------------------------------------------------


def _cover(page: _Page, slide: Slide) -> None:
    """A row of circles for each quarter of a hundred cases or people, where the notebook shows them."""
    colours = [_ON_DARK.get(role, "#3d4a56") for role in slide.circles]
    draw = partial(_stamp, MSO_SHAPE.OVAL, 0.64)
    _crowd(page, "Circles", "", draw, colours, 25, (56.0, 56.0), Room(100, 200, 1400, 240))


def _text(page: _Page, slide: Slide) -> None:
    """Paragraphs and items in the placeholder, below a formula where there is one."""
    top = 0.0
    if slide.kind == "formula":
        try:
            png, wide, high = _formula(slide.latex)
            scale = min(1.0, page.room.wide / wide, 240 / high)
            at = page.room.part(wide=wide * scale, high=high * scale)
            _describe(page.shapes.add_picture(io.BytesIO(png), *page.box(at)), "Formula", slide.alt)
            top = high * scale + 40
        except ValueError:  # what mathtext cannot draw stands there as it was written
            page.text(page.room.part(high=60), slide.latex, 36, name="Formula")
            top = 100.0
    if page.holder is None or not slide.blocks:
        return
    holder = page.holder
    holder.left, holder.top, holder.width, holder.height = page.box(page.room.part(top=top))
    size = fitting([block.text for block in slide.blocks], page.room.high - top)
    _write(holder.text_frame, [Said(f"{block.number}. {block.text}" if block.number else block.text, size)
                               for block in slide.blocks], page.unit)  # fmt: skip
    for block, paragraph in zip(slide.blocks, holder.text_frame.paragraphs, strict=True):
        paragraph.level = block.depth
        paragraph.space_before = Emu(round(0.5 * size * page.unit))
        if block.kind == "text" or block.number:
            _without_bullet(paragraph)


def _formula(latex: str) -> tuple[bytes, float, float]:
    """A formula as a picture by mathtext, and its width and height in units.

    Raises:
        ValueError: mathtext cannot draw it.
    """
    from matplotlib.font_manager import FontProperties
    from matplotlib.mathtext import math_to_image
    from PIL import Image

    known = ((r"(?<![\d.])\.(?=\d)", "0."), (r"\\text\s*\{", r"\\mathrm{"), (r"\\[dt]frac", r"\\frac"))
    for pattern, other in known:
        latex = re.sub(pattern, other, latex)
    out, look = io.BytesIO(), FontProperties(size=34, math_fontfamily="stix")
    try:
        math_to_image(f"${' '.join(latex.split())}$", out, look, dpi=200, format="png", color=COLOURS["ink"][1])
    except (ValueError, RuntimeError) as error:
        raise ValueError(f"formula that cannot be drawn as a picture: {latex}") from error
    wide, high = Image.open(out).size
    return out.getvalue(), wide * 0.6, high * 0.6


def _picture(page: _Page, slide: Slide) -> None:
    room = page.clear()
    if slide.picture is None or slide.picture.kind == "image/svg+xml":  # PowerPoint takes none from here
        page.text(room.part(high=120), slide.alt, 32)
        return
    left, top, wide, high = page.box(room)
    shape = page.shapes.add_picture(io.BytesIO(slide.picture.data), left, top)
    scale = min(wide / shape.width, high / shape.height)
    shape.width, shape.height = round(shape.width * scale), round(shape.height * scale)
    _describe(shape, "Picture", slide.alt)


def _table(page: _Page, slide: Slide) -> None:
    table, room = slide.table or Grid((), (), (), ()), page.clear()
    lines = lines_of(table)
    right = [False] * len(table.stubs) + list(table.numeric)
    size = table_size(table)
    high = min(2.1 * size, room.high / len(lines))
    shape = page.shapes.add_table(len(lines), len(lines[0]), *page.box(room.part(high=high * len(lines))))
    _describe(shape, "Table", slide.alt)
    shape._element.graphic.graphicData.tbl.tblPr.find(qn("a:tableStyleId")).text = _PLAIN_TABLE
    shape.table.horz_banding = False
    for column, share in zip(shape.table.columns, column_shares(table), strict=True):
        column.width = round(share * room.wide * page.unit)
    for number, line in enumerate(lines):
        shape.table.rows[number].height = round(high * page.unit)
        colour = _rgb("neutral" if number == 0 else "faint")
        border = f'<a:lnB w="9525"><a:solidFill><a:srgbClr val="{colour}"/></a:solidFill></a:lnB>'
        for place, text in enumerate(line):
            cell = shape.table.cell(number, place)
            cell._tc.get_or_add_tcPr().append(_xml(border))
            cell.margin_left = 0
            cell.margin_top = cell.margin_bottom = round(5 * page.unit)
            said = Said(text, size, "ink" if number else "muted", number == 0)
            _write(cell.text_frame, [said], page.unit, "RIGHT" if right[place] else "LEFT")


# --- charts ------------------------------------------------------------------------------------------------------


_BASE, _LABEL = "Base", " "
"""Names of series that are not seen: what bars stand on, and what carries the texts at their ends; a legend shows
nothing of the second."""


def _chart(page: _Page, slide: Slide) -> None:
    if slide.exhibit and slide.exhibit.chart:
        _KINDS[slide.exhibit.chart.kind][1](_Drawing(page, page.clear(), slide.exhibit.chart, slide.alt))


class _Drawing:
    """A chart in a room, by its description."""

    def __init__(self, page: _Page, room: Room, chart: Chart, alt: str) -> None:
        self.page, self.room, self.chart, self.alt = page, room, chart, alt

    def native(
        self, plot: Room, layers: Sequence[Series] = (), categories: Sequence[Any] = (), data: Any = None
    ) -> Any:
        """A native chart whose plot area is `plot`, with nothing that its kind does not ask for."""
        if data is None:  # as the sheet behind the chart holds it
            data = CategoryChartData(number_format=_number_format(self.chart))
            data.categories = categories
            for one in layers:
                data.add_series(one.name, one.data)
        kind = enums.XL_CHART_TYPE[_KINDS[self.chart.kind][0]]
        frame = self.page.shapes.add_chart(kind, *self.page.box(self.room), data)
        _describe(frame, "Chart", self.alt)
        made = frame.chart
        made.has_legend = made.has_title = False
        _look(made.font, _SIZE * self.page.unit, "muted")
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
            axis.major_gridlines.format.line.color.rgb = _rgb("faint")
            axis.major_gridlines.format.line.width = Pt(0.75)
            axis.format.line.fill.background()
            axis.major_tick_mark = enums.XL_TICK_MARK.NONE
            axis.tick_labels.number_format = _number_format(self.chart, ticks)
            axis.tick_labels.number_format_is_linked = False

    def along(self, made: Any, role: Role) -> None:
        """The axis of categories: as many of their names as fit, at its low end; its line where nought is."""
        axis, places = made.category_axis, [place for place, _ in self.chart.along()]
        axis.major_tick_mark = enums.XL_TICK_MARK.NONE
        axis.tick_label_position = enums.XL_TICK_LABEL_POSITION.LOW
        axis.format.line.color.rgb = _rgb(role)
        axis.format.line.width = Pt(1.25)
        axis.has_major_gridlines = False
        if self.chart.kind in ("line", "columns", "stacked_columns"):
            skip = places[1] - places[0] if len(places) > 1 else 1
            if self.chart.axis:
                said = Said(self.chart.axis, 22, "muted", bold=False)
                _write(axis.axis_title.text_frame, [said], self.page.unit)
            counted = self.chart.counted and not any(float(one) % 1 for one in self.chart.categories)
            _every(axis._element, skip, counted=counted)

    def plot(self, top: float, right: float = 0.0) -> Room:
        """The room within the labels of both axes."""
        ticks = self.chart.scale()[2]
        left = 20 + LETTER * _SIZE * max(len(self.chart.text(tick, ticks)) for tick in ticks)
        foot = 84 if self.chart.axis else 48
        return self.room.part(left, top, self.room.wide - left - right, self.room.high - top - foot)

    def colour(self, made: Any, layers: Sequence[Series]) -> None:
        """Bars and columns in the colours of their series and categories."""
        stacked = "stacked" in made.plots[0]._element.grouping_val.lower()
        made.plots[0].gap_width = 40 if len(layers) == 1 or stacked else 50
        made.plots[0].overlap = 100 if stacked else -8
        for drawn, one in zip(made.plots[0].series, layers, strict=True):
            if one.name in (_BASE, _LABEL):
                drawn.format.fill.background()
                continue
            drawn.invert_if_negative = False
            _fill(drawn.format, one.roles[0] if one.roles else one.role)
            for place, role in enumerate(one.roles):
                if one.data[place]:
                    _fill(drawn.points[place].format, role)

    def label(self, drawn: Any, texts: Sequence[str], place: str) -> None:
        """Texts at the points of a series, which stay with them."""
        for number, text in enumerate(texts):
            if text:
                label = drawn.points[number].data_label
                label.text_frame.word_wrap = False
                _write(label.text_frame, [Said(text, _SIZE, "ink", bold=True)], self.page.unit)
                label.position = enums.XL_LABEL_POSITION[place]

    def legend(self, made: Any) -> None:
        """Names of several series, above the plot."""
        if len(self.chart.series) > 1:
            made.has_legend = True
            made.legend.position = enums.XL_LEGEND_POSITION.TOP
            made.legend.include_in_layout = False
            _look(made.legend.font, _SIZE * self.page.unit, "ink")

    def line(self) -> None:
        """Lines with their names behind their ends, moved apart where they would overlap."""
        chart, (low, high, ticks) = self.chart, self.chart.scale()
        ends = [one.end or one.name for one in chart.series]
        longest = max(len(line) for end in ends for line in end.split("\n"))
        wide = min(longest * LETTER * 1.06 * _SIZE + 24, 0.36 * self.room.wide)
        plot = self.plot(44 if chart.marks else 14, wide)
        before = 1 if chart.monthly and chart.categories[0] == 1 else 0  # so that labels count 0, 6, 12
        categories = [*[0] * before, *map(_category, chart.categories)]
        layers = [replace(one, data=(None,) * before + one.data) for one in chart.series]
        between = list(_between(*(one.data for one in layers[:2]))) if chart.between and layers[1:] else []
        made = self.native(plot, [*layers, *between], categories)
        self.values(made.value_axis, low, high, ticks)
        self.along(made, "ink" if low == 0 else "neutral")
        for cross in made._chartSpace.iter(qn("c:crossBetween")):
            cross.set("val", "midCat")  # lines begin at the axis of values, not half a category behind it
        for drawn, one in zip(made.plots[0].series, [*layers, *between], strict=True):
            drawn.smooth = False
            drawn.format.line.color.rgb = _rgb(one.role)
            drawn.format.line.width = Pt(3 if one.role not in ("neutral", "muted") else 2.25)
            drawn.marker.style = enums.XL_MARKER_STYLE.NONE
        if between:
            _as_areas(made, len(between))
        self._ends(plot, ends, low, (high - low) or 1.0)
        for mark, text in chart.marks:
            share = (chart.categories.index(mark) + before) / max(len(categories) - 1, 1)
            self._mark(plot.left + plot.wide * share, plot, text)

    def _ends(self, plot: Room, ends: Sequence[str], low: float, span: float) -> None:
        """The names of lines, each beginning where its line ends."""
        wide = self.room.left + self.room.wide - plot.left - plot.wide - 12
        placed = []
        for one, end in zip(self.chart.series, ends, strict=True):
            last = next((value for value in reversed(one.data) if value is not None), None)
            if last is not None:
                lines = (-(-len(line) * LETTER * 1.06 * _SIZE // wide) for line in end.split("\n"))
                high = 1.2 * _SIZE * sum(lines)
                placed.append((plot.high * (1 - (last - low) / span) - high / 2, high, end, one.role))
        placed.sort()
        tops = _apart([top for top, *_ in placed], [high + 4 for _, high, *_ in placed])
        for top, (_, high, end, role) in zip(tops, placed, strict=True):
            at = Room(plot.left + plot.wide + 12, plot.top + top, wide, high)
            self.page.text(at, end, _SIZE, "muted" if role == "neutral" else role, bold=True, name="End")

    def _mark(self, x: float, plot: Room, text: str) -> None:
        """A dotted line across a plot, with its text above."""
        ends = (x, self.room.top + 6, x, plot.top + plot.high)
        line = self.page.shapes.add_connector(MSO_CONNECTOR.STRAIGHT, *self.page.box(Room(*ends)))
        line.name = "Mark"
        line.line.width = Pt(1.25)
        line.line.color.rgb = _rgb("muted")
        line.line.dash_style = MSO_LINE_DASH_STYLE.ROUND_DOT
        _unstyled(line)
        right = x > self.room.left + 0.6 * self.room.wide
        at = Room(x - 530 if right else x + 10, self.room.top, 520, 34)
        self.page.text(at, text, 22, "muted", align="RIGHT" if right else "LEFT", name="Mark")

    def columns(self) -> None:
        """Standing columns, side by side or stacked, with their values on them."""
        plot = self.plot(50.0 if self.chart.series[1:] else 34.0)
        made = self.native(plot, self.chart.series, [_category(name) for name in self.chart.categories])
        self.values(made.value_axis, *self.chart.scale())
        self.along(made, "ink")
        self.colour(made, self.chart.series)
        few = self.chart.kind == "columns" and len(self.chart.categories) <= 12
        for drawn, texts in zip(made.plots[0].series, _values(self.chart) if few else (), strict=False):
            self.label(drawn, texts, "OUTSIDE_END")
        self.legend(made)

    def bars(self) -> None:
        """Lying bars side by side, with their values at their ends."""
        texts, count = _values(self.chart), len(self.chart.series)
        made = self._rows(self.chart.series, *self.chart.extent(), list(chain(*texts)), 56.0 * count + 36)
        for drawn, said in zip(made.plots[0].series, texts, strict=True):
            self.label(drawn, said if len(said) <= 12 else (), "OUTSIDE_END")

    def stacked(self) -> None:
        """Lying bars from nought on, with their sums behind them."""
        sums = [sum(end - begin for _, begin, end in row) for row in self.chart.spans()]
        texts = self.chart.labels or [self.chart.text(value, sums, digits=3) for value in sums]
        self._labelled(self.chart.series, texts, [value >= 0 for value in sums])

    def waterfall(self) -> None:
        """Row by row from nought to the total, as stacked bars on a base that is not seen."""
        rows = [[(min(span[1:]), max(span[1:])) for span in row] or [(0.0, 0.0)] for row in self.chart.spans()]
        roles = tuple(_role(self.chart, 0, place) for place in range(len(rows)))
        self._floating(rows, [roles], [self.chart.series[0].name], _values(self.chart)[0])

    def ranges(self) -> None:
        """From low to middle and on to high, as stacked bars on a base that is not seen."""
        rows, roles = [], list[Role]()
        given, reference = self.chart.series[1].roles, self.chart.reference
        for place, (a, b, c) in enumerate(zip(*(one.data for one in self.chart.series), strict=True)):
            b = 0.0 if b is None else b
            rows.append([(b if a is None else a, b), (b, b if c is None else c)])
            usual: Role = "neutral" if reference is None else "worse" if b < reference else "better"
            roles.append(given[place] if given else usual)
        lights: tuple[Role, ...] = tuple(
            _LIGHT.get(role, "neutral" if role == "ink" else "faint") for role in roles
        )
        self._floating(rows, [tuple(roles), lights], ["low to middle", "middle to high"], _values(self.chart)[1])

    def _floating(
        self, rows: Sequence[Sequence[tuple[float, float]]], roles: Sequence[tuple[Role, ...]],
        names: Sequence[str], texts: Sequence[str],
    ) -> None:  # fmt: skip
        """Bars that need not begin at nought: a base without colour, what lies above nought, and what below."""
        base = tuple(row[0][0] if row[0][0] > 0 else min(row[-1][1], 0.0) for row in rows)
        parts = list(zip(names, roles, zip(*rows, strict=True), strict=True))
        layers = [Series(_BASE, base)]
        for name, role, spans in parts:
            above = tuple(max(end, 0.0) - max(begin, 0.0) for begin, end in spans)
            layers.append(Series(name, above, roles=role))
        for name, role, spans in reversed(parts):
            below = tuple(min(begin, 0.0) - min(end, 0.0) for begin, end in spans)
            layers.append(Series(f"{name}, below 0", below, roles=role))
        self._labelled([one for one in layers if any(one.data)], texts, [row[-1][1] > 0 for row in rows])

    def _labelled(self, layers: Sequence[Series], texts: Sequence[str], ups: Sequence[bool]) -> None:
        """Stacked bars with texts behind their ends, on the side of nought where they lie."""
        rows = list(zip(*([value or 0.0 for value in one.data] for one in layers), strict=True))
        low = min(0.0, *(sum(min(value, 0.0) for value in row) for row in rows))
        high = max(0.0, *(sum(max(value, 0.0) for value in row) for row in rows))
        low, high = self.chart.limits or (low, high)
        carried = (high - low or 1.0) / 8
        label = Series(_LABEL, tuple(carried if up else -carried for up in ups))
        made = self._rows([*layers, label], low, high, texts, 96.0)
        self.label(made.plots[0].series[-1], texts, "INSIDE_BASE")

    def _rows(self, layers: Sequence[Series], low: float, high: float, texts: Sequence[str], each: float) -> Any:
        """Lying bars from top to bottom, with room for texts behind their ends; few of them are thicker."""
        room = 24 + LETTER * 1.1 * _SIZE * max(map(len, texts), default=0)
        names = list(map(str, self.chart.categories))
        left = min(max(map(len, names), default=0) * LETTER * _SIZE + 24, 0.42 * self.room.wide)
        top = 50.0 if len(self.chart.series) > 1 and self.chart.kind == "stacked_bars" else 0.0
        each = max(each, min(180.0, 300.0 / len(names)))
        high_in_all = min(self.room.high - top - 50, each * len(names))
        plot = self.room.part(left, top + 4, self.room.wide - left - 10, high_in_all)
        made = self.native(plot, layers, names)
        both = (low < 0) + (high > 0) or 1
        pad = (high - low or 1.0) * room / max(plot.wide - both * room, 0.3 * plot.wide)
        ticks = self.chart.scale((low, high))[2] if self.chart.kind == "ranges" else ()
        self.values(made.value_axis, low - pad * (low < 0), high + pad * (high > 0 or low >= 0), ticks)
        made.value_axis.tick_label_position = enums.XL_TICK_LABEL_POSITION.HIGH  # below, as rows go down
        self.along(made, "ink")
        made.category_axis.reverse_order = True
        self.colour(made, layers)
        if top:
            self.legend(made)
        return made

    def dots(self) -> None:
        """A hundred cases piled up where they lie, as points of a scatter chart."""
        chart, values = self.chart, sorted(value for value in self.chart.series[0].data if value is not None)
        reference = chart.reference or 0.0
        low, high = min(values[0], reference), max(values[-1], reference)
        step = ((high - low) or 1.0) / 36
        piles: dict[int, int] = {}
        points: dict[Role, list[tuple[float, float]]] = {"worse": [], "better": []}
        for value in values:
            column = int((value - reference) // step)
            piles[column] = piles.get(column, 0) + 1
            at = (reference + (column + 0.5) * step, piles[column] - 0.5)
            points["better" if value >= reference else "worse"].append(at)
        ticks = chart.scale((low - 2 * step, high + 2 * step), 8)[2]
        unit = ticks[1] - ticks[0] if len(ticks) > 1 else 1.0
        low, high = math.floor((low - step) / unit) * unit, high + 2 * step
        plot = self.room.part(0, 50, self.room.wide, self.room.high - 100)
        each = min(plot.wide / ((high - low) / step), plot.high / (max(piles.values()) + 0.5))
        names = {"worse": chart.sides[0] or "below", "better": chart.sides[1] or "above"}
        # LibreOffice shows no more points of a series than its first one has
        roles = sorted((role for role in points if points[role]), key=lambda role: -len(points[role]))
        data = XyChartData()
        for role in roles:
            side = data.add_series(names[role])
            for x, y in points[role]:
                side.add_data_point(x, y)
        parting = data.add_series("reference")
        for y in (0.0, plot.high / each):
            parting.add_data_point(reference, y)
        made = self.native(plot, data=data)
        self.values(made.value_axis, 0.0, plot.high / each)
        self.values(made.category_axis, low, high, ticks)
        made.category_axis.has_major_gridlines = False
        made.category_axis.format.line.color.rgb = _rgb("neutral")
        *drawn_sides, line = made.plots[0].series
        line.marker.style = enums.XL_MARKER_STYLE.NONE
        line.format.line.color.rgb = _rgb("ink")
        line.format.line.width = Pt(2)
        for drawn, role in zip(drawn_sides, roles, strict=True):
            drawn.format.line.fill.background()
            drawn.marker.style = enums.XL_MARKER_STYLE.CIRCLE
            drawn.marker.size = max(2, min(72, int(0.9 * each * self.page.unit / 12700)))
            _fill(drawn.marker.format, role)
            drawn.marker.format.line.fill.background()
        x = plot.wide * (reference - low) / (high - low)
        self._side(self.room.part(0, 0, x - 14, 40), chart.sides[0], "worse", "RIGHT")
        self._side(self.room.part(x + 14, 0, plot.wide - x - 14, 40), chart.sides[1], "better", "LEFT")

    def _side(self, at: Room, text: str, role: Role, align: str) -> None:
        """What a side of the line between better and worse is called, where there is room."""
        if text and len(text) * LETTER * _SIZE * 1.1 <= at.wide:
            self.page.text(at, text, _SIZE, role, bold=True, align=align)

    def people(self) -> None:
        """Little people by group, as shapes in a group, and beside them how many are what."""
        one = self.chart.series[0]
        counts = [round(value or 0.0) for value in one.data]
        colours = [_PALE if role == "faint" else role for role in one.roles or (one.role,) * len(counts)]
        order = [colour for count, colour in zip(counts, colours, strict=True) for _ in range(count)]
        rows = -(-len(order) // 20) or 1
        step = min(0.6 * self.room.wide / 20, self.room.high / (2.5 * rows))
        _crowd(self.page, "People", self.alt, _person, order, 20, (step, 2.4 * step), self.room)
        for number, (count, name, colour) in enumerate(zip(counts, self.chart.categories, colours, strict=True)):
            beside = self.room.part(20 * step + 60, 128 * number, high=120)
            _fill(_person(self.page, self.page.shapes, beside, 46.0), colour)
            self.page.text(beside.part(64, wide=130), str(count), 62, bold=True, name="Count")
            self.page.text(beside.part(200, 6), str(name), 27, name="Group")

    def squares(self) -> None:
        """A hundred squares for each group, as many filled as are meant, and beside them how many."""
        one, step = self.chart.series[0], min(40.0, self.room.high / 10)
        wide = self.room.wide / len(one.data)
        for number, (value, name) in enumerate(zip(one.data, self.chart.categories, strict=True)):
            count, at = round(value or 0.0), self.room.part(number * wide, wide=wide)
            colours = [one.roles[number] if one.roles else one.role] * count + ["faint"] * (100 - count)
            draw = partial(_stamp, MSO_SHAPE.RECTANGLE, 0.86)
            _crowd(self.page, "Squares", self.alt, draw, colours, 10, (step, step), at)
            beside = at.part(10 * step + 32)
            self.page.text(beside.part(high=130), str(count), 130, bold=True, name="Count")
            self.page.text(beside.part(top=160, wide=beside.wide - 8), str(name), 30, name="Group")


def _person(page: _Page, shapes: Any, at: Room, step: float) -> Any:
    """A head above a body, as one shape whose colour can be changed."""
    head, body = (
        [(round((at.left + step * x) * page.unit), round((at.top + step * y) * page.unit)) for x, y in part]
        for part in (_HEAD, _BODY)
    )
    drawn = shapes.build_freeform(*head[0], scale=1.0)
    drawn.add_line_segments(head[1:], close=True)
    drawn.move_to(*body[0])
    drawn.add_line_segments(body[1:], close=True)
    shape = drawn.convert_to_shape()
    shape.name = "Person"
    return shape


_HEAD = [
    (0.5 + 0.26 * math.cos(math.pi * turn / 8), 0.26 + 0.26 * math.sin(math.pi * turn / 8)) for turn in range(16)
]
_BODY = [(0.16, 0.62), (0.84, 0.62), (0.84, 1.3), (0.7, 1.3), (0.7, 2.05), (0.3, 2.05), (0.3, 1.3), (0.16, 1.3)]


def _stamp(kind: Any, size: float, page: _Page, shapes: Any, at: Room, step: float) -> Any:
    """A circle or a square, so large a part of the step to the next one."""
    return shapes.add_shape(kind, *page.box(at.part(wide=size * step, high=size * step)))


def _crowd(
    page: _Page, name: str, alt: str, draw: Callable[[_Page, Any, Room, float], Any], colours: Sequence[str],
    across: int, steps: tuple[float, float], room: Room,
) -> None:  # fmt: skip
    """Shapes alike in a group, each of which can be coloured anew: one of a colour drawn, the rest copied."""
    if not colours:
        return
    group, first, taken = page.shapes.add_group_shape(), dict[str, tuple[Any, Room]](), 0
    for place, colour in enumerate(colours):
        at = room.part(steps[0] * (place % across), steps[1] * (place // across))
        if colour not in first:
            first[colour] = draw(page, group.shapes, at, steps[0]), at
            _fill(first[colour][0], colour)
            taken = int(first[colour][0].shape_id)  # the largest on the slide
            continue
        shape, origin = first[colour]
        element = copy.deepcopy(shape._element)
        taken += 1
        next(element.iter(qn("p:cNvPr"))).set("id", str(taken))
        element.x += round((at.left - origin.left) * page.unit)
        element.y += round((at.top - origin.top) * page.unit)
        group.shapes._grpSp.append(element)
    group.shapes._recalculate_extents()
    _describe(group, name, alt)


def _fill(shape: Any, colour: str) -> None:
    """A colour without an edge or a theme's effects."""
    shape.fill.solid()
    shape.fill.fore_color.rgb = _rgb(colour)
    if hasattr(shape, "_element"):
        shape.line.fill.background()
        _unstyled(shape)


def _unstyled(shape: Any) -> None:
    """Without the effects that a theme gives to shapes."""
    for style in shape._element.findall(qn("p:style")):
        shape._element.remove(style)


def _look(font: Any, size: float, role: Role) -> None:
    font.size, font.bold = _points(size), False
    font.color.rgb = _rgb(role)


def _category(name: str | float) -> str | float:
    return name if isinstance(name, str) or name % 1 else int(name)


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
        else:
            _fill(drawn.format, _MORE if drawn.name == "above" else _LESS)
        drawn.format.line.fill.background()
        for old in drawn._element.xpath("c:marker | c:smooth"):
            drawn._element.remove(old)
        areas.append(drawn._element)
    for axis in lines.findall(qn("c:axId")):
        areas.append(copy.deepcopy(axis))
    lines.addprevious(areas)


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


_KINDS: Mapping[str, tuple[str, Callable[[_Drawing], None]]] = MappingProxyType({
    "line": ("LINE", _Drawing.line),
    "columns": ("COLUMN_CLUSTERED", _Drawing.columns),
    "stacked_columns": ("COLUMN_STACKED", _Drawing.columns),
    "bars": ("BAR_CLUSTERED", _Drawing.bars),
    "stacked_bars": ("BAR_STACKED", _Drawing.stacked),
    "waterfall": ("BAR_STACKED", _Drawing.waterfall),
    "ranges": ("BAR_STACKED", _Drawing.ranges),
    "dots": ("XY_SCATTER", _Drawing.dots),
    "people": ("XY_SCATTER", _Drawing.people),
    "squares": ("XY_SCATTER", _Drawing.squares),
})  # fmt: skip
"""How each kind of chart is drawn; people and squares are shapes."""
_PUT: Mapping[str, Callable[[_Page, Slide], None]] = MappingProxyType({
    "cover": _cover, "chart": _chart, "table": _table, "text": _text, "formula": _text, "picture": _picture,
})  # fmt: skip
