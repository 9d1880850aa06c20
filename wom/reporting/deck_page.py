"""A slide that is being filled: every part goes into its placeholder, or beside it where the template has none."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .fitting import GAP, INDENT, LADDERS, POINT, Place
from .measure import cut, size_that_fits, together, width
from .packages import office
from .reading import Block, Run

_BOLD = ("Title", "Cover", "Part", "Label", "Value")


def place_of(shape: Any) -> Place:
    """Where a shape is."""
    return Place(*(float(part) / POINT for part in (shape.left, shape.top, shape.width, shape.height)))


@dataclass
class Page:
    """A new slide.

    Args:
        slide: of python-pptx.
        holders: its placeholders by role.
        main: the room for what it shows.
        scale: of type, on slides of another size.
        sizes: of type by role, as the house's layout has it; empty with a firm's template.
        places: of the placeholders by role, as their layout has them.
    """

    slide: Any
    holders: dict[str, Any]
    main: Place
    scale: float = 1.0
    sizes: Mapping[str, float] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)

    def say(self, role: str, text: str, place: Place | None = None, sizes: Sequence[float] | None = None) -> None:
        """A text of one paragraph, as large as fits and cut where not even the smallest does.

        Args:
            role: of the placeholder.
            text: nothing is done without one.
            place: of a text box where there is no such placeholder; without one, the text is left out.
            sizes: of type to try, by default those of the role.
        """
        if not text or (role not in self.holders and place is None):
            return
        text = together(text)
        shape = self._holder(role) if role in self.holders else self._box(role, place or self.main)
        room = self._inside(role, shape)
        kind = role.rstrip(" 0123456789")
        tried = [size * self.scale for size in sizes or LADDERS[kind]]
        bold = kind in _BOLD
        one_line = [size for size in tried if kind == "Title" and width(text, size, bold) <= room.width]
        size = one_line[0] if one_line else size_that_fits(text, tried, room.width, room.height, bold)
        said = text if size else cut(text, tried[-1], room.width, room.height, bold)
        self._write(shape, [Block("text", (Run(said),))], size or tried[-1], role)

    def text(self, role: str, blocks: Sequence[Block], size: float, place: Place) -> None:
        """Paragraphs and items that are known to fit."""
        if blocks:
            shape = self._holder(role) if role in self.holders else self._box(role, place)
            self._write(shape, blocks, size, role)

    def _write(self, shape: Any, blocks: Sequence[Block], size: float, role: str) -> None:
        pptx = office()
        frame = shape.text_frame
        frame.word_wrap = True
        bold = role.rstrip(" 0123456789") in ("Label", "Value") and not self.sizes  # layouts have it for the rest
        for place, block in enumerate(blocks):
            paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
            if place:
                paragraph.space_before = pptx.util.Pt(round(GAP * size, 1))
            if block.kind == "item" or (not self.sizes and shape.is_placeholder and role == "Main"):
                _bullet(paragraph, block, size)
            for run in block.runs:
                made = paragraph.add_run()
                made.text = run.text
                made.font.bold = True if run.bold or bold else None
                made.font.italic = True if run.italic else None
                made.font.size = None if self.sizes.get(role) == size else pptx.util.Pt(size)
                if run.shift:
                    made._r.get_or_add_rPr().set("baseline", "30000" if run.shift > 0 else "-25000")

    def chart(self, place: Place, kind: Any, data: Any) -> Any:
        """The graphic frame of a new chart."""
        holder = self._main()
        if holder is None:
            return self.slide.shapes.add_chart(kind, *place.units, data)
        made = (
            office().shapes.placeholder.ChartPlaceholder(holder._element, holder._parent).insert_chart(kind, data)
        )
        return _moved(made, place)

    def table(self, place: Place, rows: int, columns: int) -> Any:
        """The graphic frame of a new table."""
        holder = self._main()
        if holder is None:
            return self.slide.shapes.add_table(rows, columns, *place.units)
        made = (
            office()
            .shapes.placeholder.TablePlaceholder(holder._element, holder._parent)
            .insert_table(rows, columns)
        )
        return _moved(made, place)

    def picture(self, place: Place, png: bytes, size: tuple[float, float]) -> Any:
        """A picture, as large as its place allows but not larger than `size` in points, at the left."""
        scale = min(1.0, place.width / size[0], place.height / size[1])
        there = Place(place.left, place.top, scale * size[0], scale * size[1])
        holder = self._main()
        if holder is None:
            return self.slide.shapes.add_picture(io.BytesIO(png), *there.units)
        wrapped = office().shapes.placeholder.PicturePlaceholder(holder._element, holder._parent)
        made = wrapped.insert_picture(io.BytesIO(png))
        made.crop_left = made.crop_right = made.crop_top = made.crop_bottom = 0
        return _moved(made, there)

    def rule(self, place: Place) -> None:
        """A thick line above a big number."""
        pptx = office()
        bar = self.slide.shapes.add_shape(1, *place.units)
        bar.name = "Rule"
        bar.fill.solid()
        bar.fill.fore_color.theme_color = pptx.enum.dml.MSO_THEME_COLOR.TEXT_1
        bar.line.fill.background()
        bar.shadow.inherit = False

    def finish(self) -> None:
        """Take out the placeholders that nothing was put into."""
        for role, shape in self.holders.items():
            if role not in self._used:
                shape._element.getparent().remove(shape._element)

    @property
    def own(self) -> bool:
        """Whether it is from the house's template."""
        return bool(self.sizes)

    def room(self, role: str) -> Place:
        """Where a role's text goes."""
        return self.places.get(role, self.main)

    def _inside(self, role: str, shape: Any) -> Place:
        """Where the text of a shape goes, within its margins."""
        room = self.places[role] if role in self.places else place_of(shape)
        if self.own or not shape.is_placeholder:
            return room
        return Place(room.left + 7.2, room.top + 3.6, room.width - 14.4, room.height - 7.2)

    def _holder(self, role: str) -> Any | None:
        if role in self.holders:
            self._used.add(role)
        return self.holders.get(role)

    def _main(self) -> Any | None:
        return next(
            (self._holder(role) for role in ("Chart", "Table", "Picture", "Main") if role in self.holders), None
        )

    def _box(self, role: str, place: Place) -> Any:
        box = self.slide.shapes.add_textbox(*place.units)
        box.name = role
        frame = box.text_frame
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        return box


def _bullet(paragraph: Any, block: Block, size: float) -> None:
    """The sign of an item, or none for a paragraph among items."""
    properties = paragraph._p.get_or_add_pPr()
    parse, declared = office().oxml.parse_xml, office().oxml.ns.nsdecls("a")
    if block.kind != "item":
        properties.set("marL", "0")
        properties.set("indent", "0")
        properties.append(parse(f"<a:buNone {declared}/>"))
        return
    step = round(INDENT * size * POINT)
    properties.set("marL", str(step * block.level))
    properties.set("indent", str(-step))
    sign = f'<a:buAutoNum {declared} type="arabicPeriod"/>' if block.number else f'<a:buChar {declared} char="–"/>'
    properties.append(parse(sign))


def _moved(shape: Any, place: Place) -> Any:
    shape.left, shape.top, shape.width, shape.height = place.units
    return shape
