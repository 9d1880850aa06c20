"""deck.pptx: the plan of slides as a PowerPoint file, with native charts and tables that can be edited.

python-pptx draws; lengths are units of a slide of 1600 by 900, as on the slide show, scaled to the template's
room. A chart's plot area has a fixed place, so that lines and texts beside it stand where its values are.
"""

from __future__ import annotations

import copy
import io
import math
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from ..errors import InputError, WomError
from ..exhibits.chart import Chart, Form, Role, Series, value_text
from ..exhibits.drawing import COLOURS, _apart
from ..exhibits.exhibit import Figure
from ..exhibits.tables import Grid
from .page import TEMPLATES
from .slides import HEROES, TEXTS, Slide, column_shares, plan, type_size
from .story import story

DECK = "deck.pptx"
INSTALL = 'pip install "wom[deck]"'
LEFT_OUT = f"Deck left out: python-pptx is not installed; install it with: {INSTALL}"
LAYOUTS = {"Cover": "Title Slide", "Divider": "Section Header", "Message": "Title and Content"}
"""Layouts that a template needs, and what PowerPoint calls them in a new file."""
LETTER = 0.54
"""Width of a letter in sizes of its type, on the safe side for Arial."""
_PARTS = (
    "chart.data",
    "enum.chart",
    "enum.dml",
    "enum.shapes",
    "enum.text",
    "oxml",
    "oxml.ns",
    "util",
    "dml.color",
)
_CREATED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_PLAIN_TABLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
"""PowerPoint's built-in style with nothing: no lines, no fills."""


def deck(notebook: Path, path: Path, template: Path | None = None) -> None:
    """Make a deck from an executed notebook, on the house's template or a firm's own.

    Raises:
        InputError: no notebook, nothing in it for a slide, or a template without the layouts.
        ReportError: a cell that failed or did not run, or that no slide can be made of.
        WomError: python-pptx is not installed, or the file cannot be written.
    """
    made = Template(template)
    for number, slide in enumerate(plan(story(notebook), notebook)):
        made.put(slide, first=number == 0)
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
    try:
        office()
    except WomError:
        return False
    return True


def office() -> Any:
    """The package `pptx`, all of it that decks need.

    Raises:
        WomError: it is not installed; says how to install it.
    """
    try:
        found = import_module("pptx")
        for part in _PARTS:
            import_module(f"pptx.{part}")
    except ImportError as error:
        raise WomError(f"a deck needs python-pptx, which is not installed; install it with: {INSTALL}") from error
    return found


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


@dataclass(frozen=True)
class Room:
    """A rectangle on a slide in EMU, and how many of them a unit is."""

    left: float
    top: float
    width: float
    height: float
    unit: float

    def part(
        self, left: float = 0, top: float = 0, width: float | None = None, height: float | None = None
    ) -> Room:
        """A rectangle within, in units from its corner; to its right and lower edge where no size is given."""
        wide = self.width - left * self.unit if width is None else width * self.unit
        high = self.height - top * self.unit if height is None else height * self.unit
        return Room(self.left + left * self.unit, self.top + top * self.unit, wide, high, self.unit)

    @property
    def wide(self) -> float:
        """Its width in units."""
        return self.width / self.unit

    @property
    def high(self) -> float:
        """Its height in units."""
        return self.height / self.unit

    @property
    def box(self) -> tuple[int, int, int, int]:
        """As python-pptx takes it."""
        return round(self.left), round(self.top), round(self.width), round(self.height)


class Template:
    """A presentation to fill, with its three layouts.

    Raises:
        InputError: no presentation, or layouts or their placeholders are missing.
        WomError: python-pptx is not installed.
    """

    def __init__(self, file: Path | None = None) -> None:
        pptx = office()
        self.file = file or TEMPLATES / DECK
        try:
            self.deck = pptx.Presentation(str(self.file))
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror or error}", file=str(self.file)) from error
        except Exception as error:  # the package has a class for each way in which a file is none
            advice = "save it from PowerPoint as a presentation (.pptx)"
            raise InputError(f"is no presentation that can be opened; {advice}", file=str(self.file)) from error
        found = {
            one.name.strip().lower(): one for master in self.deck.slide_masters for one in master.slide_layouts
        }
        self.layouts = {name: found.get(name.lower(), found.get(usual.lower())) for name, usual in LAYOUTS.items()}
        missing = [
            name for name, layout in self.layouts.items() if layout is None or not _holders(layout, "TITLE")
        ]
        missing += ["Message"] if "Message" not in missing and not _content(self.layouts["Message"]) else []
        if missing:
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

    def put(self, slide: Slide, *, first: bool = False) -> None:
        """Add a slide."""
        name = {"cover": "Cover", "divider": "Divider"}.get(slide.kind, "Message")
        layout = self.layouts[name]
        page = self.deck.slides.add_slide(layout)
        page.shapes.title.text_frame.text = slide.title
        page.notes_slide.notes_text_frame.text = slide.speech
        holders = [shape for shape in page.placeholders if shape.element is not page.shapes.title.element]
        content = next(iter(_content(layout)), None)
        held = next((one for one in holders if content and _index(one) == _index(content)), None)
        if name == "Message" and content is not None:
            unit = min(content.width / 1400, content.height / 640)
            room = Room(content.left, content.top, content.width, content.height, unit)
            _PUT[slide.kind](_Page(page, room, held), slide)
        elif held is not None and slide.subtitle:
            held.text_frame.text = slide.subtitle
        for shape in list(page.placeholders):
            if shape.has_text_frame and not shape.text_frame.text:
                shape._element.getparent().remove(shape._element)
        for shape in () if first else _holders(layout, "SLIDE_NUMBER"):  # shown only where the slide has it too
            number = copy.deepcopy(shape._element)
            next(number.iter(_qn("p:cNvPr"))).set("id", str(max(one.shape_id for one in page.shapes) + 1))
            page.shapes._spTree.append(number)


def _holders(layout: Any, kind: str) -> list[Any]:
    return [one for one in layout.placeholders if str(one.placeholder_format.type.name).endswith(kind)
            and not (kind == "TITLE" and one.placeholder_format.type.name == "SUBTITLE")]  # fmt: skip


def _content(layout: Any) -> list[Any]:
    """Placeholders that hold text or anything, the largest first."""
    kinds = ("OBJECT", "BODY", "SUBTITLE")
    found = [one for one in layout.placeholders if one.placeholder_format.type.name in kinds]
    return sorted(found, key=lambda one: -one.width * one.height)


def _index(shape: Any) -> int:
    return int(shape.placeholder_format.idx)


@dataclass
class _Page:
    """A slide that is being filled below its title."""

    slide: Any
    room: Room
    holder: Any

    def framed(self, subtitle: str, source: str, rest: str = "", *, text: bool = False) -> Room:
        """Subtitle and source at the edges of the room, and what is left for what shows the message.

        The placeholder stays for text alone.
        """
        if self.holder is not None and not text:
            self.holder._element.getparent().remove(self.holder._element)
        source = f"Source: {source}" if source else rest
        top = 46.0 if subtitle else 0.0
        if subtitle:
            self.text(self.room.part(height=40), subtitle, 26, role="muted", name="Subtitle")
        if source:
            line = source if source.endswith(".") else f"{source}."
            foot = self.room.part(top=self.room.high - 54, width=self.room.wide - 140, height=54)
            line = f"{line} {rest}" if rest and rest != source else line
            self.text(foot, line, 20, role="muted", name="Source", anchor="BOTTOM")
        return self.room.part(top=top + 10, height=self.room.high - top - 10 - 66)

    def text(
        self, at: Room, text: str, size: float, *, role: Role = "ink", bold: bool = False, align: str = "LEFT",
        anchor: str = "TOP", name: str = "Text",
    ) -> None:  # fmt: skip
        """A box of text."""
        shape = self.slide.shapes.add_textbox(*at.box)
        shape.name = name
        frame = shape.text_frame
        frame.word_wrap = True
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        frame.vertical_anchor = getattr(office().enum.text.MSO_ANCHOR, anchor)
        _write(frame, text, size * at.unit, role, bold=[bold], align=align)

    def figure(self, at: Room, figure: Figure, sizes: tuple[float, float, float], *, bold: bool = False) -> None:
        """A big number between its label and its note."""
        label, value, note = sizes
        self.text(at.part(height=1.3 * label), figure.label, label, bold=bold, name="Label")
        role: Role = "better" if figure.sign > 0 else "worse" if figure.sign < 0 else "ink"
        at = at.part(top=1.5 * label)
        self.text(at.part(height=1.2 * value), figure.value, value, role=role, bold=True, name="Value")
        self.text(at.part(top=1.25 * value, height=2.6 * note), figure.note, note, role="muted", name="Note")

    def rule(self, at: Room, left: float, top: float, right: float, bottom: float, role: Role = "faint",
             thick: float = 2, *, dots: bool = False, name: str = "Rule") -> None:  # fmt: skip
        """A line between two points in units."""
        pptx = office()
        ends = [round(at.left + x * at.unit) if odd else round(at.top + x * at.unit)
                for x, odd in ((left, 1), (top, 0), (right, 1), (bottom, 0))]  # fmt: skip
        line = self.slide.shapes.add_connector(pptx.enum.shapes.MSO_CONNECTOR.STRAIGHT, *ends)
        line.name = name
        line.line.width = pptx.util.Emu(round(thick * at.unit))
        line.line.color.rgb = _rgb(role)
        _unstyled(line)
        if dots:
            line.line.dash_style = pptx.enum.dml.MSO_LINE_DASH_STYLE.ROUND_DOT


def _rgb(role: Role) -> Any:
    return office().dml.color.RGBColor.from_string(COLOURS[role][1][1:].upper())


def _type(font: Any, size: float, role: Role, *, bold: bool = False) -> None:
    font.size = office().util.Emu(max(round(size / 6350) * 6350, _SMALLEST))
    font.bold = bold
    font.color.rgb = _rgb(role)


_SMALLEST = 12 * 12700
"""Of type, EMU: 12 points."""


def _write(
    frame: Any, text: str, size: float, role: Role, *, bold: Sequence[bool] = (False,), align: str = "LEFT"
) -> None:
    """Lines of a text in one size, in EMU; `bold` says which of them are."""
    for number, line in enumerate(text.split("\n")):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.alignment = getattr(office().enum.text.PP_ALIGN, align)
        run = paragraph.add_run()
        run.text = line
        _type(run.font, size, role, bold=bold[min(number, len(bold) - 1)])


# --- slides of text ----------------------------------------------------------------------------------------------


def _hero(page: _Page, slide: Slide) -> None:
    first, *rest = slide.exhibit.figures if slide.exhibit else ()
    size = min(type_size(len(first.value), HEROES), 180 if rest else 230)
    room = page.framed("", slide.source)
    page.figure(room.part(top=16), first, (34, size, 30), bold=True)
    if rest:
        top = max(1.25 * size + 145, 330)
        page.rule(room, 0, top, room.wide, top)
        wide = room.wide / min(len(rest), 3)
        for number, figure in enumerate(rest[:3]):
            page.figure(room.part(left=wide * number, top=top + 26, width=wide - 40), figure, (26, 50, 26))


def _decision(page: _Page, slide: Slide) -> None:
    room = page.framed("", slide.source)
    answers = slide.exhibit.answers[:6] if slide.exhibit else ()
    across = len(answers) if len(answers) <= 4 else 3
    wide = (room.wide + 56) / max(across, 1)
    page.rule(room, 0, 4, room.wide, 4, "ink", 3)
    for number, (ask, say) in enumerate(answers):
        row, column = divmod(number, across)
        at = room.part(left=wide * column, top=34 + 200 * row, width=wide - 56)
        page.text(at.part(height=76), ask, 30, bold=True, name="Question")
        page.text(at.part(top=84, height=290 if len(answers) <= 4 else 120), say, 27, name="Answer")
    if slide.exhibit and slide.exhibit.figures:
        page.rule(room, 0, room.high - 152, room.wide, room.high - 152)
        page.figure(room.part(top=room.high - 142), slide.exhibit.figures[0], (22, 50, 22))


def _text(page: _Page, slide: Slide) -> None:
    """Paragraphs and items in the placeholder, below a formula where there is one."""
    pptx = office()
    room, top = page.framed("", slide.source, text=bool(slide.blocks)), 0.0
    if slide.kind == "formula":
        try:
            png, wide, high = _formula(slide.latex)
            scale = min(1.0, room.wide / wide, 240 / high)
            at = room.part(width=wide * scale, height=high * scale)
            shape = page.slide.shapes.add_picture(io.BytesIO(png), *at.box)
            shape.name = "Formula"
            _describe(shape, slide.alt)
            top = high * scale + 40
        except ValueError:  # what mathtext cannot draw stands there as it was written
            page.text(room.part(height=60), slide.latex, 36, name="Formula")
            top = 100.0
    if page.holder is None or not slide.blocks:
        return
    page.holder.left, page.holder.top, page.holder.width, page.holder.height = room.part(top=top).box
    size = type_size(sum(len(block.text) + 20 for block in slide.blocks), TEXTS)
    frame = page.holder.text_frame
    for number, block in enumerate(slide.blocks):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        run = paragraph.add_run()
        run.text = f"{block.number}. {block.text}" if block.number else block.text
        run.font.size = pptx.util.Emu(round(size * room.unit / 6350) * 6350)
        paragraph.level = block.depth
        paragraph.space_before = pptx.util.Emu(round(0.5 * size * room.unit)) if number else 0
        if block.kind == "text" or block.number:
            _plain_paragraph(paragraph)


def _plain_paragraph(paragraph: Any) -> None:
    """Without the bullet that the layout gives."""
    properties = paragraph._p.get_or_add_pPr()
    properties.set("marL", "0")
    properties.set("indent", "0")
    properties.append(_xml("<a:buNone/>"))


def _formula(latex: str) -> tuple[bytes, float, float]:
    """A formula as a picture by mathtext, and its width and height in units.

    Raises:
        ValueError: mathtext cannot draw it.
    """
    from matplotlib.figure import Figure
    from PIL import Image

    for known, other in (
        (r"(?<![\d.])\.(?=\d)", "0."),
        (r"\\text\s*\{", r"\\mathrm{"),
        (r"\\[dt]frac", r"\\frac"),
    ):
        latex = re.sub(known, other, latex)
    figure = Figure(figsize=(0.1, 0.1))
    figure.text(0, 0, f"${' '.join(latex.split())}$", fontsize=34, color=COLOURS["ink"][1], math_fontfamily="stix")
    out = io.BytesIO()
    try:
        figure.savefig(out, format="png", dpi=200, transparent=True, bbox_inches="tight", pad_inches=0.04,
                       metadata={"Software": None})  # fmt: skip
    except (ValueError, RuntimeError) as error:
        raise ValueError(f"formula that cannot be drawn as a picture: {latex}") from error
    wide, high = Image.open(out).size
    return out.getvalue(), wide * 0.6, high * 0.6


def _picture(page: _Page, slide: Slide) -> None:
    room = page.framed("", slide.source)
    if slide.picture is None or slide.picture.kind == "image/svg+xml":  # PowerPoint takes none from here
        page.text(room.part(height=120), slide.alt, 32)
        return
    shape = page.slide.shapes.add_picture(io.BytesIO(slide.picture.data), round(room.left), round(room.top))
    scale = min(room.width / shape.width, room.height / shape.height)
    shape.width, shape.height = round(shape.width * scale), round(shape.height * scale)
    shape.name = "Picture"
    _describe(shape, slide.alt)


def _table(page: _Page, slide: Slide) -> None:
    table = slide.table or Grid((), (), (), ())
    room = page.framed("", slide.source, slide.subtitle)
    lines = [[*table.stubs, *table.columns], *([*labels, *cells] for labels, cells in table.rows)]
    right = [False] * len(table.stubs) + list(table.numeric)
    shape = page.slide.shapes.add_table(len(lines), len(lines[0]), *room.part(height=50 * len(lines)).box)
    shape.name = "Table"
    _describe(shape, slide.alt)
    shape._element.graphic.graphicData.tbl.tblPr.find(_qn("a:tableStyleId")).text = _PLAIN_TABLE
    shape.table.horz_banding = False
    for column, share in zip(shape.table.columns, column_shares(table), strict=True):
        column.width = round(share * room.width)
    for number, line in enumerate(lines):
        shape.table.rows[number].height = round(min(50, room.high / len(lines)) * room.unit)
        for place, text in enumerate(line):
            cell = shape.table.cell(number, place)
            cell.margin_left = 0
            colour = _rgb("neutral" if number == 0 else "faint")
            border = f'<a:lnB w="9525"><a:solidFill><a:srgbClr val="{colour}"/></a:solidFill></a:lnB>'
            cell._tc.get_or_add_tcPr().append(_xml(border))
            cell.margin_top = cell.margin_bottom = round(5 * room.unit)
            role: Role = "muted" if number == 0 else "ink"
            side = "RIGHT" if right[place] else "LEFT"
            _write(cell.text_frame, text, 24 * room.unit, role, bold=[number == 0], align=side)


# --- charts ------------------------------------------------------------------------------------------------------


def _chart(page: _Page, slide: Slide) -> None:
    if slide.exhibit is None or slide.exhibit.chart is None:
        raise ValueError("a slide of a chart needs one")
    drawing = _Drawing(page, page.framed(slide.subtitle, slide.source), slide.exhibit.chart, slide.alt)
    getattr(drawing, _KINDS[slide.exhibit.chart.kind])()


_KINDS = {
    "line": "line", "columns": "columns", "stacked_columns": "columns", "bars": "bars", "stacked_bars": "bars",
    "waterfall": "waterfall", "ranges": "ranges", "dots": "dots", "people": "people",
}  # fmt: skip
_SIZE = 24.0
"""Of labels, units."""


@dataclass
class _Drawing:
    """A chart in a room, by its description."""

    page: _Page
    room: Room
    chart: Chart
    alt: str

    def insert(self, kind: str, data: Any, plot: Room) -> Any:
        """A native chart whose plot area is `plot`, without anything that its kind does not ask for."""
        pptx = office()
        frame = self.page.slide.shapes.add_chart(
            getattr(pptx.enum.chart.XL_CHART_TYPE, kind), *self.room.box, data
        )
        frame.name = "Chart"
        _describe(frame, self.alt)
        made = frame.chart
        made.has_legend = made.has_title = False
        _type(made.font, _SIZE * self.room.unit, "muted")
        wide, high = self.room.width, self.room.height
        share = {"x": (plot.left - self.room.left) / wide, "y": (plot.top - self.room.top) / high}
        share |= {"w": plot.width / wide, "h": plot.height / high}
        area = made._chartSpace.chart.plotArea
        for old in area.findall(_qn("c:layout")):
            area.remove(old)
        area.insert(0, _xml(_layout(share, inner=True)))
        for mark in area.iter(
            _qn("c:axId"), _qn("c:crossAx")
        ):  # python-pptx numbers axes below 0, the format above
            mark.set("val", mark.get("val").lstrip("-"))
        return made

    def data(self, series: Sequence[tuple[str, Sequence[float | None]]], categories: Sequence[str | float]) -> Any:
        """Numbers by category, as the sheet behind the chart holds them."""
        found = office().chart.data.CategoryChartData(number_format=_number_format(self.chart))
        found.categories = categories
        for name, values in series:
            found.add_series(name, values)
        return found

    def axis(self, axis: Any, span: tuple[float, float, Sequence[float]], *, shown: bool = True) -> None:
        """An axis of values with its round numbers; gridlines where it is shown."""
        pptx = office()
        axis.minimum_scale, axis.maximum_scale = (
            span[0],
            span[1] + 1e-4 * (span[1] - span[0]),
        )  # its last point shows
        axis.visible = axis.has_major_gridlines = shown
        if shown:
            axis.major_unit = span[2][1] - span[2][0] if len(span[2]) > 1 else None
            axis.major_gridlines.format.line.color.rgb = _rgb("faint")
            axis.major_gridlines.format.line.width = pptx.util.Pt(0.75)
            axis.format.line.fill.background()
            axis.major_tick_mark = pptx.enum.chart.XL_TICK_MARK.NONE
            axis.tick_labels.number_format = _number_format(self.chart, span[2])
            axis.tick_labels.number_format_is_linked = False

    def names(self, axis: Any, role: Role = "neutral") -> None:
        """An axis of categories: their names at its low end, its line where nought is."""
        pptx = office()
        axis.major_tick_mark = pptx.enum.chart.XL_TICK_MARK.NONE
        axis.tick_label_position = pptx.enum.chart.XL_TICK_LABEL_POSITION.LOW
        axis.format.line.color.rgb = _rgb(role)
        axis.format.line.width = pptx.util.Pt(1.25)
        axis.has_major_gridlines = False

    def gutter(self) -> float:
        """Room for the values beside their axis, in units."""
        ticks = self.chart.scale()[2]
        return 20 + LETTER * _SIZE * max(len(value_text(tick, self.chart.form, ticks)) for tick in ticks)

    def _axis_title(self, made: Any) -> None:
        if self.chart.axis:
            _write(made.category_axis.axis_title.text_frame, self.chart.axis, 22 * self.room.unit, "muted")

    def line(self) -> None:
        """Lines with their names at their ends, moved apart where they would overlap."""
        pptx = office()
        chart, low_high = self.chart, self.chart.scale()
        ends = [(one.end or one.name).split("\n") for one in chart.series]
        wide = min(
            max(len(line) for lines in ends for line in lines) * LETTER * 1.06 * _SIZE + 24, 0.36 * self.room.wide
        )
        left = self.gutter()
        top = 44 if chart.marks else 14
        foot = 84 if chart.axis else 48
        plot = self.room.part(left, top, self.room.wide - left - wide, self.room.high - top - foot)
        before = 1 if chart.monthly and chart.categories[0] == 1 else 0  # so that labels count 0, 6, 12
        categories: list[str | float] = [*[0] * before, *map(_category, chart.categories)]
        values = [(one.name, (None,) * before + one.data) for one in chart.series]
        made = self.insert("LINE", self.data(values, categories), plot)
        self.axis(made.value_axis, low_high)
        self.names(made.category_axis, "ink" if low_high[0] == 0 else "neutral")
        places = [place + before for place, _ in chart.along()]
        self._axis_title(made)
        for cross in made._chartSpace.iter(_qn("c:crossBetween")):
            cross.set("val", "midCat")  # lines begin at the axis of values, not half a category behind it
        self._count(made.category_axis, places[1] - places[0] if len(places) > 1 else 1)
        span = (low_high[1] - low_high[0]) or 1.0
        last = [next((value for value in reversed(one.data) if value is not None), None) for one in chart.series]
        natural = [
            (low_high[1] - (value if value is not None else low_high[0])) / span * plot.high for value in last
        ]
        order = sorted(range(len(ends)), key=lambda place: natural[place])
        gaps = [1.2 * _SIZE * len(ends[place]) + 4 for place in order]
        heights = dict(zip(order, _apart([natural[place] for place in order], gaps), strict=True))
        for number, (one, drawn, lines) in enumerate(zip(chart.series, made.plots[0].series, ends, strict=True)):
            role: Role = "muted" if one.role == "neutral" else one.role
            drawn.smooth = False
            drawn.format.line.color.rgb = _rgb(one.role)
            drawn.format.line.width = pptx.util.Pt(3 if one.role not in ("neutral", "muted") else 2.25)
            drawn.marker.style = pptx.enum.chart.XL_MARKER_STYLE.NONE
            place = max((at for at, value in enumerate(one.data) if value is not None), default=-1)
            if place >= 0:
                label = drawn.points[place + before].data_label
                self.label(label, "\n".join(lines), role, "RIGHT")
                shift = {"x": 0.0, "y": (heights[number] - natural[number]) / self.room.high}
                if abs(shift["y"]) > 0.002:
                    label._dLbl.insert(1, _xml(_layout(shift)))
        between = max(len(categories) - 1, 1)
        for mark, text in chart.marks:
            at = left + plot.wide * (chart.categories.index(mark) + before) / between
            self.page.rule(self.room, at, 6, at, top + plot.high, "muted", 2, dots=True, name="Mark")
            self.page.text(self.room.part(at + 10, 0, 520, 34), text, 22, role="muted", name="Mark")

    def label(self, label: Any, text: str, role: Role, place: str) -> None:
        """A text at a point, which stays with it."""
        label.text_frame.word_wrap = False
        lines = [True] + [False] * text.count("\n")
        _write(label.text_frame, text, _SIZE * self.room.unit, role, bold=lines)
        label.position = getattr(office().enum.chart.XL_LABEL_POSITION, place)

    def _count(self, axis: Any, skip: int) -> None:
        """Every so many categories named. Whole numbers become an axis of days from 0 on: so a chart counts in
        every program without a label for each of them."""
        element = axis._element
        if not self.chart.counted or any(float(name) % 1 for name in self.chart.categories):
            element.find(_qn("c:noMultiLvlLbl")).addprevious(_xml(f'<c:tickLblSkip val="{max(skip, 1)}"/>'))
            return
        element.tag = _qn("c:dateAx")
        for name in ("lblAlgn", "noMultiLvlLbl", "auto", "numFmt"):
            for old in element.findall(_qn(f"c:{name}")):
                element.remove(old)
        offset = element.find(_qn("c:lblOffset"))
        offset.addprevious(_xml('<c:auto val="0"/>'))
        for name, value in (("majorTimeUnit", "days"), ("majorUnit", max(skip, 1)), ("baseTimeUnit", "days")):
            offset.addnext(_xml(f'<c:{name} val="{value}"/>'))
        for form in element.getroottree().xpath("//c:cat//c:formatCode", namespaces=element.nsmap):
            form.text = "yyyy\\-mm\\-dd"
        element.find(_qn("c:majorTickMark")).addprevious(_xml('<c:numFmt formatCode="0" sourceLinked="0"/>'))

    def columns(self) -> None:
        """Standing columns, side by side or stacked, their values on them."""
        chart, stacked = self.chart, self.chart.kind == "stacked_columns"
        left = self.gutter()
        top = 50.0 if len(chart.series) > 1 else 34.0
        plot = self.room.part(left, top, self.room.wide - left, self.room.high - top - (84 if chart.axis else 48))
        values = [(one.name, one.data) for one in chart.series]
        made = self.insert("COLUMN_STACKED" if stacked else "COLUMN_CLUSTERED",
                           self.data(values, [_category(name) for name in chart.categories]), plot)  # fmt: skip
        self.axis(made.value_axis, chart.scale())
        self.names(made.category_axis, "ink")
        self._axis_title(made)
        places = [place for place, _ in chart.along()]
        if len(places) > 1 and places[1] - places[0] > 1:
            self._count(made.category_axis, places[1] - places[0])
        self._series(made, [(one, one.data) for one in chart.series], stacked=stacked)
        self._legend(made)

    def bars(self) -> None:
        """Lying bars, side by side or stacked, their values at their ends."""
        chart, stacked = self.chart, self.chart.kind == "stacked_bars"
        sums = [sum(one.data[place] or 0.0 for one in chart.series) for place in range(len(chart.categories))]
        ends = list(chart.labels) or ([value_text(value, chart.form, sums) for value in sums] if stacked else [])
        names = list(map(str, chart.categories))
        self._rows(
            "BAR_STACKED" if stacked else "BAR_CLUSTERED", names, ends if stacked else [],
            [(one, one.data) for one in chart.series], chart.extent(), room=0.0 if stacked else 0.12,
        )  # fmt: skip

    def _rows(
        self, kind: str, names: Sequence[str], values: Sequence[str],
        series: Sequence[tuple[Series, Sequence[float | None]]], extent: tuple[float, float], *, room: float = 0.0,
    ) -> Any:  # fmt: skip
        """Lying bars from top to bottom; where bars are stacked, their values stand behind their names."""
        texts = [f"{name}   {value}" for name, value in zip(names, values, strict=True)] if values else list(names)
        letters = max(map(len, texts), default=0)
        left = min(letters * LETTER * _SIZE + 24, 0.48 * self.room.wide)
        legend = 50.0 if len(self.chart.series) > 1 and self.chart.kind in ("bars", "stacked_bars") else 0.0
        each = 96.0 if kind == "BAR_STACKED" else 56.0 * len(series) + 36
        high = min(self.room.high - legend - 10, each * len(texts))
        plot = self.room.part(left, legend + 4, self.room.wide - left - 10, high)
        made = self.insert(kind, self.data([(one.name, data) for one, data in series], texts), plot)
        low, most = extent
        pad = room * (most - low)
        self.axis(made.value_axis, (low - pad * (low < 0), most + pad, ()), shown=False)
        self.names(made.category_axis, "ink")
        made.category_axis.reverse_order = True
        self._series(made, series, stacked=kind == "BAR_STACKED")
        if legend:
            self._legend(made)
        return made

    def _series(
        self, made: Any, series: Sequence[tuple[Series, Sequence[float | None]]], *, stacked: bool
    ) -> None:
        """Colours by series and category, values at the ends where nothing is stacked."""
        made.plots[0].gap_width = 40 if len(series) == 1 or stacked else 50
        made.plots[0].overlap = 100 if stacked else -8
        every = [value for _, data in series for value in data if value is not None]
        for number, (drawn, (one, data)) in enumerate(zip(made.plots[0].series, series, strict=True)):
            if one.name == _GAP:
                drawn.format.fill.background()
                continue
            drawn.invert_if_negative = False
            drawn.format.fill.solid()
            drawn.format.fill.fore_color.rgb = _rgb(one.roles[0] if one.roles else one.role)
            for place, value in enumerate(data):
                if value is None or not value:
                    continue
                if one.roles:
                    fill = drawn.points[place].format.fill
                    fill.solid()
                    fill.fore_color.rgb = _rgb(one.roles[place])
                if not stacked and (len(data) <= 12):
                    text = (
                        self.chart.labels[place] if self.chart.labels and number == 0
                        else value_text(value, self.chart.form, every, digits=3)
                    )  # fmt: skip
                    self.label(drawn.points[place].data_label, text, "ink", "OUTSIDE_END")

    def _legend(self, made: Any) -> None:
        """Names of several series, above the plot."""
        if len(self.chart.series) > 1:
            made.has_legend = True
            made.legend.position = office().enum.chart.XL_LEGEND_POSITION.TOP
            made.legend.include_in_layout = False
            _type(made.legend.font, _SIZE * self.room.unit, "ink")

    def waterfall(self) -> None:
        """Row by row from nought to the total, as stacked bars on a base that is not seen."""
        one, chart = self.chart.series[0], self.chart
        level, segments, roles = 0.0, [], []
        for place, value in enumerate(one.data):
            before = 0.0 if place in chart.totals else level
            level = before + (value or 0.0)
            segments.append([(min(before, level), max(before, level))])
            role: Role = "better" if (value or 0.0) >= 0 else "worse"
            roles.append(one.roles[place] if one.roles else role)
        self._floating(segments, [tuple(roles)], [one.name], self.ends(one.data, "change"))

    def ends(self, data: Sequence[float | None], form: Form) -> list[str]:
        """The texts of rows: the labels given, otherwise the values."""
        numbers = [value for value in data if value is not None]
        values = ["" if value is None else value_text(value, form, numbers, digits=3) for value in data]
        return list(self.chart.labels) or values

    def ranges(self) -> None:
        """From low to middle and on to high, as stacked bars on a base that is not seen."""
        low, middle, high = (one.data for one in self.chart.series)
        segments = [
            [(a if a is not None else b, b), (b, c if c is not None else b)] if b is not None else [(0.0, 0.0)] * 2
            for a, b, c in zip(low, middle, high, strict=True)
        ]
        given, reference = self.chart.series[1].roles, self.chart.reference
        roles: list[Role] = [
            given[place] if given else "neutral" if reference is None or value is None
            else "worse" if value < reference else "better"
            for place, value in enumerate(middle)
        ]  # fmt: skip
        light: dict[Role, Role] = {"better": "better_light", "worse": "worse_light", "ink": "neutral"}
        lights = tuple(light.get(role, "faint") for role in roles)
        ends = self.ends(middle, self.chart.form)
        self._floating(segments, [tuple(roles), lights], ["low to middle", "middle to high"], ends)

    def _floating(
        self, segments: Sequence[Sequence[tuple[float, float]]], roles: Sequence[tuple[Role, ...]],
        names: Sequence[str], ends: Sequence[str],
    ) -> None:  # fmt: skip
        """Bars that need not begin at nought: a base without colour, what lies above nought, and what below."""
        low = min((start for row in segments for start, _ in row), default=0.0)
        high = max((end for row in segments for _, end in row), default=0.0)
        base = [row[0][0] if row[0][0] > 0 else min(row[-1][1], 0.0) for row in segments]
        above = [[max(row[at][1], 0.0) - max(row[at][0], 0.0) for row in segments] for at in range(len(names))]
        below = [[min(row[at][0], 0.0) - min(row[at][1], 0.0) for row in segments] for at in range(len(names))]
        layers = [(Series(_GAP, tuple(base)), base)]
        layers += [
            (Series(name, (), roles=role), data) for name, role, data in zip(names, roles, above, strict=True)
        ]
        layers += [(Series(f"{name}, below 0", (), roles=role), data)
                   for name, role, data in reversed(list(zip(names, roles, below, strict=True)))]  # fmt: skip
        layers = [layer for layer in layers if any(layer[1])]
        first, last = self.chart.limits or (min(low, 0.0), max(high, 0.0))
        self._rows("BAR_STACKED", list(map(str, self.chart.categories)), ends, layers, (first, last))

    def dots(self) -> None:
        """A hundred cases piled up where they lie, as points of a scatter chart."""
        pptx = office()
        chart = self.chart
        values = sorted(value for value in chart.series[0].data if value is not None)
        reference = chart.reference or 0.0
        low, high = min(values[0], reference), max(values[-1], reference)
        step = ((high - low) or 1.0) / 36
        piles: dict[int, int] = {}
        points: list[tuple[float, int]] = []
        for value in values:
            column = int((value - reference) // step)
            piles[column] = piles.get(column, 0) + 1
            points.append((reference + (column + 0.5) * step, piles[column]))
        ticks = chart.scale((low - 2 * step, high + 2 * step), 8)[2]
        unit = ticks[1] - ticks[0] if len(ticks) > 1 else 1.0
        low, high = math.floor((low - step) / unit) * unit, high + 2 * step  # the axis counts from its own begin
        plot = self.room.part(0, 50, self.room.wide, self.room.high - 100)
        each = min(plot.wide / ((high - low) / step), plot.high / (max(piles.values()) + 0.5))
        data = office().chart.data.XyChartData()
        sides: list[tuple[str, Role, Callable[[float], bool]]] = [
            (chart.sides[0] or "below", "worse", lambda x: x < reference),
            (chart.sides[1] or "above", "better", lambda x: x >= reference),
        ]
        # LibreOffice shows no more points of a series than its first one has
        sides.sort(key=lambda side: -sum(side[2](x) for x, _ in points))
        sides = [side for side in sides if any(side[2](x) for x, _ in points)]
        for name, _, holds in sides:
            series = data.add_series(name)
            for x, y in points:
                if holds(x):
                    series.add_data_point(x, y - 0.5)
        line = data.add_series("reference")
        for height in (0.0, plot.high / each):
            line.add_data_point(reference, height)
        made = self.insert("XY_SCATTER", data, plot)
        self.axis(made.value_axis, (0.0, plot.high / each, ()), shown=False)
        self.axis(made.category_axis, (low, high, ticks))
        made.category_axis.has_major_gridlines = False
        made.category_axis.format.line.color.rgb = _rgb("neutral")
        *drawn_sides, line = made.plots[0].series
        line.marker.style = pptx.enum.chart.XL_MARKER_STYLE.NONE
        line.format.line.color.rgb = _rgb("ink")
        line.format.line.width = pptx.util.Pt(2)
        for drawn, (_, role, _) in zip(drawn_sides, sides, strict=True):
            drawn.format.line.fill.background()
            drawn.marker.style = pptx.enum.chart.XL_MARKER_STYLE.CIRCLE
            drawn.marker.size = max(2, min(72, int(0.9 * each * self.room.unit / 12700)))
            drawn.marker.format.fill.solid()
            drawn.marker.format.fill.fore_color.rgb = _rgb(role)
            drawn.marker.format.line.fill.background()
        x = plot.wide * (reference - low) / (high - low)
        right = plot.wide - x - 14
        for left, wide, text, role, align in (
            (0.0, x - 14, chart.sides[0], "worse", "RIGHT"), (x + 14, right, chart.sides[1], "better", "LEFT"),
        ):  # fmt: skip
            if text and len(text) * LETTER * _SIZE * 1.1 <= wide:
                self.page.text(self.room.part(left, 0, wide, 40), text, _SIZE, role=role, bold=True, align=align)

    def people(self) -> None:
        """Little people by group, as shapes in a group, and beside them how many are what."""
        one = self.chart.series[0]
        counts = [round(value or 0.0) for value in one.data]
        roles: list[Role] = [one.roles[place] if one.roles else one.role for place in range(len(counts))]
        order = [place for place, count in enumerate(counts) for _ in range(count)]
        rows = -(-len(order) // 20) or 1
        step = min(0.6 * self.room.wide / 20, self.room.high / (2.5 * rows))
        group = self.page.slide.shapes.add_group_shape()
        group.name = "People"
        _describe(group, self.alt)
        for place, member in enumerate(order):
            at = self.room.part(step * (place % 20), 2.4 * step * (place // 20))
            _person(group.shapes, at, step, roles[member])
        left = 20 * step + 60
        for number, (count, name, role) in enumerate(zip(counts, self.chart.categories, roles, strict=True)):
            at = self.room.part(left, 128 * number, height=120)
            _person(self.page.slide.shapes, at, 46.0, role)
            self.page.text(at.part(left=64, width=130), str(count), 62, bold=True, name="Count")
            self.page.text(at.part(left=200, top=6), str(name), 27, name="Group")


_GAP = "Base"
"""Name of the series that is not seen."""


def _person(shapes: Any, at: Room, step: float, role: Role) -> None:
    """A head above a body, as one shape whose colour can be changed."""
    head, half, high = 0.26 * step, 0.34 * step, 2.05 * step
    middle = step / 2

    def points(found: Sequence[tuple[float, float]]) -> list[tuple[int, int]]:
        return [(round(at.left + x * at.unit), round(at.top + y * at.unit)) for x, y in found]

    drawn = shapes.build_freeform(*points([(middle + head, head)])[0], scale=1.0)
    turns = [math.pi * turn / 8 for turn in range(1, 16)]
    circle = [(middle + head * math.cos(turn), head + head * math.sin(turn)) for turn in turns]
    drawn.add_line_segments(points(circle), close=True)
    top, waist, leg = 0.62 * step, 1.3 * step, 0.2 * step
    body = [(middle + half, top), (middle + half, waist), (middle + leg, waist), (middle + leg, high),
            (middle - leg, high), (middle - leg, waist), (middle - half, waist)]  # fmt: skip
    first, *rest = points([(middle - half, top), *body])
    drawn.move_to(*first)
    drawn.add_line_segments(rest, close=True)
    shape = drawn.convert_to_shape()
    shape.name = "Person"
    shape.fill.solid()
    pale = role in ("faint", "neutral")
    shape.fill.fore_color.rgb = office().dml.color.RGBColor.from_string(_PALE) if pale else _rgb(role)
    shape.line.fill.background()
    _unstyled(shape)


_PALE = "BDC4CB"
"""Those of a crowd who are not meant."""


def _unstyled(shape: Any) -> None:
    """Without the effects that a theme gives to shapes."""
    for style in shape._element.findall(_qn("p:style")):
        shape._element.remove(style)


def _category(name: str | float) -> str | float:
    return name if isinstance(name, str) or name % 1 else int(name)


def _number_format(chart: Chart, ticks: Sequence[float] = ()) -> str:
    """How the program writes values of a chart: on an axis with a word for millions."""
    largest = max(map(abs, ticks), default=0.0)
    commas, word = next(
        ((count, word) for size, count, word in ((1e9, 3, "billion"), (1e6, 2, "million")) if largest >= size),
        (0, ""),
    )
    parts = {tick / 1000**commas for tick in ticks}
    places = next((digits for digits in range(3) if all(abs(one - round(one, digits)) < 1e-9 for one in parts)), 3)
    if chart.form == "share":
        return "0%" if all(abs(100 * tick - round(100 * tick)) < 1e-9 for tick in ticks) else "0.0%"
    number = "#,##0" + ("." + "0" * places if places else "") + "," * commas + (f'" {word}"' if word else "")
    return f"{'+' if chart.form == 'change' else ''}{number};−{number};0"


def _describe(shape: Any, alt: str) -> None:
    """Alternative text of a shape."""
    next(shape._element.iter(_qn("p:cNvPr"))).set("descr", alt)


def _layout(parts: dict[str, float], *, inner: bool = False) -> str:
    """A place by hand, in shares of the chart."""
    modes = "".join(f'<c:{name}Mode val="edge"/>' for name in ("x", "y")) if inner else ""
    sizes = "".join(f'<c:{name} val="{value:.4f}"/>' for name, value in parts.items())
    target = '<c:layoutTarget val="inner"/>' if inner else ""
    return f"<c:layout><c:manualLayout>{target}{modes}{sizes}</c:manualLayout></c:layout>"


def _xml(text: str) -> Any:
    spaces = office().oxml.ns.nsdecls("c" if text.startswith("<c:") else "a")
    return office().oxml.parse_xml(re.sub(r"^<([\w:]+)", rf"<\1 {spaces}", text))


def _qn(name: str) -> str:
    return str(office().oxml.ns.qn(name))


_PUT: dict[str, Callable[[_Page, Slide], None]] = {
    "hero": _hero, "decision": _decision, "chart": _chart, "table": _table, "text": _text, "formula": _text,
    "picture": _picture,
}  # fmt: skip
