"""The template of a deck: which layout takes which slide, and where on it everything goes.

The house's own template has a layout for every kind of slide. In a firm's template the layouts are found by name
or by the kinds of placeholders they have; what a layout has no placeholder for stands in a text box beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError
from .deck_page import Page, place_of
from .fitting import POINT, Place
from .make_template import LAYOUTS, TEMPLATE, THEME
from .packages import office

OWN: dict[str, str] = {
    "cover": "Cover", "part": "Part", "chart": "Message and chart", "table": "Message and table",
    "figures": "Big numbers", "text": "Message and text", "formula": "Message and picture",
    "picture": "Message and picture",
}  # fmt: skip
"""The house's layout for each kind of slide."""

_NAMES = {
    "cover": ("title slide", "title", "cover"),
    "part": ("section header", "section", "part"),
    "chart": ("title and chart", "chart", "title and content", "title, content"),
    "table": ("title and table", "table", "title and content", "title, content"),
    "figures": ("big numbers", "title only"),
    "text": ("title and content", "title and text", "title, content", "text"),
    "formula": ("title only",),
    "picture": ("title and picture", "picture", "title only"),
}
"""Names that layouts often have, in the order of preference."""
_TITLES = ("TITLE", "CENTER_TITLE", "VERTICAL_TITLE")
_CONTENT = {
    "chart": ("CHART", "OBJECT"), "table": ("TABLE", "OBJECT"), "text": ("BODY", "OBJECT"),
    "picture": ("PICTURE", "OBJECT"), "formula": ("PICTURE", "OBJECT"), "figures": ("OBJECT", "BODY"),
}  # fmt: skip
_FOOT = 40.0
"""Points below the room under a title that has nothing else under it."""


class Template:
    """An opened template, emptied of slides.

    Args:
        file: a firm's own .pptx; the house's if None.

    Errors:
        InputError: no PowerPoint file, or one without any layout that has a title.
        WomError: python-pptx is not installed.
    """

    def __init__(self, file: Path | None = None) -> None:
        pptx = office()
        self.file = file or TEMPLATE
        try:
            self.deck = pptx.Presentation(str(self.file))
        except OSError as error:
            text = f"cannot be read: {error.strerror or error}"
            raise InputError(text, file=str(self.file)) from error
        except Exception as error:  # the package has a class for each way in which a file is none
            advice = "save it from PowerPoint as a presentation (.pptx)"
            raise InputError(f"is no presentation that can be opened; {advice}", file=str(self.file)) from error
        self.layouts = [layout for master in self.deck.slide_masters for layout in master.slide_layouts]
        self.own = _theme(self.deck) == THEME and {layout.name for layout in self.layouts} >= set(LAYOUTS)
        self._known: dict[str, dict[int, Place]] = {}
        self.width, self.height = self.deck.slide_width / POINT, self.deck.slide_height / POINT
        self.scale = 1.0 if self.own else min(self.width / 960.0, self.height / 540.0)
        if not any(_title(layout) is not None for layout in self.layouts):
            names = ", ".join(layout.name for layout in self.layouts) or "none"
            text = f"has no layout with a placeholder for the title; its layouts: {names}"
            raise InputError(f"{text}; take one that has, or leave --template out", file=str(self.file))
        identifiers = self.deck.slides._sldIdLst
        for entry in list(identifiers):  # a firm's file may come with sample slides
            self.deck.part.drop_rel(entry.rId)
            identifiers.remove(entry)

    def layout(self, kind: str) -> Any:
        """The layout that suits a kind of slide best."""
        titled = [layout for layout in self.layouts if _title(layout) is not None]
        named = {layout.name.strip().lower(): layout for layout in reversed(titled)}
        for name in (OWN[kind].lower(), *_NAMES[kind]):
            if name in named and (kind in ("cover", "part") or self.own or _suits(named[name], kind)):
                return named[name]
        if kind == "cover":
            return next((one for one in titled if _kind(_title(one)) == "CENTER_TITLE"), titled[0])
        if kind == "part":
            return next((one for one in titled if one._element.get("type") == "secHead"), self.layout("cover"))
        titled = [one for one in titled if one._element.get("type") not in ("title", "secHead")] or titled
        for wanted in _CONTENT[kind]:
            fitting = [one for one in titled if [_kind(shape) for shape in _content(one)] == [wanted]]
            if fitting:
                return max(fitting, key=lambda one: _area(_content(one)[0]))
        plain = [one for one in titled if _kind(_title(one)) == "TITLE"] or titled
        return min(plain, key=lambda one: len(_content(one)))

    def page(self, kind: str) -> Page:
        """A new slide for a kind of content, with its placeholders by role."""
        layout = self.layout(kind)
        slide = self.deck.slides.add_slide(layout)
        numbered = _clone_number(layout, slide)
        title = slide.shapes.title
        rest = [shape for shape in slide.placeholders if shape.element is not title.element and _text(shape)]
        if self.own:
            boxes = {box.idx: box for box in LAYOUTS[layout.name] if box.kind != "sldNum"}
            holders = {boxes[shape.placeholder_format.idx].name: shape for shape in (title, *rest)}
            places = self._places(layout, holders)
            main = next((there for role, there in places.items() if role in _MAIN), None)
            place = main or Place(0, 0, self.width, self.height)
            for role, shape in holders.items():
                shape.name = role  # what a screen reader and the selection pane call it
            return Page(slide, holders, place, sizes={box.name: box.size for box in boxes.values()}, places=places)
        wanted = ("SUBTITLE", "BODY", "OBJECT") if kind in ("cover", "part") else _CONTENT[kind]
        fitting = sorted((one for one in rest if _kind(one) in wanted), key=_area, reverse=True)
        if kind == "cover":
            fitting.sort(key=lambda one: _kind(one) != "SUBTITLE")
        place = place_of(fitting[0]) if fitting else self._below(title)
        role = "Subtitle" if kind in ("cover", "part") else "Main"
        holders = {"Title": title} | ({role: fitting[0]} if fitting and kind != "figures" else {})
        holders |= {f"rest {at}": shape for at, shape in enumerate(rest) if shape not in holders.values()}
        if not numbered and kind != "cover":
            _number_box(slide, Place(self.width - 70, self.height - 30, 40, 18), 12 * self.scale)
        return Page(slide, holders, place, self.scale, places=self._places(layout, holders))

    def _places(self, layout: Any, holders: Mapping[str, Any]) -> dict[str, Place]:
        """Where a layout has its placeholders, by role: asking a slide's own shapes takes far longer."""
        name = str(layout.part.partname)  # a firm's layouts may share a title
        if name not in self._known:
            self._known[name] = {one.placeholder_format.idx: place_of(one) for one in layout.placeholders}
        known = self._known[name]
        return {role: known[shape.placeholder_format.idx] for role, shape in holders.items()}

    def room(self, kind: str) -> Place:
        """The room that a kind of content will have, without making a slide."""
        layout = self.layout(kind)
        wanted = _CONTENT[kind]
        fitting = sorted((one for one in _content(layout) if _kind(one) in wanted), key=_area, reverse=True)
        return place_of(fitting[0]) if fitting else self._below(_title(layout))

    def _below(self, title: Any) -> Place:
        """The room under a title that has nothing else under it."""
        box = place_of(title)
        top = box.top + box.height + 6
        return Place(box.left, top, box.width, max(self.height - _FOOT - top, 60.0))


_MAIN = ("Chart", "Table", "Text", "Picture")


def _text(shape: Any) -> bool:
    """Whether it is a placeholder for content, not the number, date or foot of a slide."""
    return _kind(shape) not in ("DATE", "FOOTER", "SLIDE_NUMBER", "HEADER")


def _theme(deck: Any) -> str:
    for relation in deck.slide_master.part.rels.values():
        if relation.reltype.endswith("/theme"):
            element = office().oxml.parse_xml(relation.target_part.blob)
            return str(element.get("name", ""))
    return ""


def _kind(shape: Any) -> str:
    upright = (
        "VERTICAL_" if shape.element.ph.get("orient") == "vert" else ""
    )  # text that runs downwards is not for us
    return upright + str(shape.placeholder_format.type.name).removeprefix(upright)


def _title(layout: Any) -> Any | None:
    return next((shape for shape in layout.placeholders if _kind(shape) in _TITLES), None)


def _content(layout: Any) -> list[Any]:
    """Placeholders besides title, date, foot and number."""
    aside = (*_TITLES, "DATE", "FOOTER", "SLIDE_NUMBER", "HEADER")
    return [shape for shape in layout.placeholders if _kind(shape) not in aside]


def _suits(layout: Any, kind: str) -> bool:
    content = [_kind(shape) for shape in _content(layout)]
    return not content or bool(set(content) & set(_CONTENT[kind]))


def _area(shape: Any) -> float:
    return float(shape.width) * float(shape.height)


def _clone_number(layout: Any, slide: Any) -> bool:
    """The slide's number, as the layout has it: PowerPoint shows it only where the slide has it too."""
    found = next((shape for shape in layout.placeholders if _kind(shape) == "SLIDE_NUMBER"), None)
    if found is None:
        return False
    pptx = office()
    index = found.placeholder_format.idx
    field = 'id="{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}" type="slidenum"'
    element = pptx.oxml.parse_xml(
        f'<p:sp {pptx.oxml.ns.nsdecls("p", "a")}><p:nvSpPr><p:cNvPr id="{100 + index}" name="Slide number"/>'
        '<p:cNvSpPr><a:spLocks noGrp="1"/></p:cNvSpPr><p:nvPr>'
        f'<p:ph type="sldNum" sz="quarter" idx="{index}"/></p:nvPr></p:nvSpPr><p:spPr/>'
        f"<p:txBody><a:bodyPr/><a:lstStyle/><a:p><a:fld {field}>"
        '<a:rPr lang="en-GB"/><a:t>‹#›</a:t></a:fld></a:p></p:txBody></p:sp>'
    )
    slide.shapes._spTree.append(element)
    return True


def _number_box(slide: Any, place: Place, size: float) -> None:
    box = slide.shapes.add_textbox(*place.units)
    box.name = "Slide number"
    paragraph = box.text_frame.paragraphs[0]
    field_ = office().oxml.parse_xml(
        f'<a:fld {office().oxml.ns.nsdecls("a")} id="{{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}}" type="slidenum">'
        f'<a:rPr lang="en-GB" sz="{round(size * 100)}"/><a:t>‹#›</a:t></a:fld>'
    )
    paragraph._p.append(field_)
