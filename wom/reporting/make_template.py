"""Makes templates/deck.pptx, the one template of decks: `python -m wom.reporting.make_template`.

Seven layouts with real placeholders on a master with the house's colours and type, all from `wom.style`. Change
the style or a box here and make the file again; it holds nothing that is not said here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..exhibits.style import ACCENT, ACCENT_LIGHT, FAINT, GRID, INK, MUTED, QUIET, SIZES, TYPE, WARM, WARM_LIGHT
from .packages import office, tidy

WIDTH, HEIGHT = 13.333, 7.5
"""Of a slide, inches: 16 to 9."""
TEMPLATE = Path(__file__).with_name("templates") / "deck.pptx"
THEME = "wom"
"""Name of the theme; a deck knows its own template by it."""

_LEFT, _WIDE = 0.75, 11.833
_THIRD, _GAP = 3.6, 0.5165


@dataclass(frozen=True)
class Box:
    """A placeholder: its role, type and index in the file, place in inches, and type."""

    name: str
    kind: str
    idx: int
    place: tuple[float, float, float, float]
    size: float = SIZES["body"]
    colour: str = "tx1"
    bold: bool = False
    anchor: str = "t"
    align: str = "l"
    hint: str = ""


_TITLE = Box(
    "Title", "title", 0, (_LEFT, 0.72, _WIDE, 1.0), SIZES["title"], bold=True, anchor="b", hint="The message"
)
_PART = Box("Part", "body", 12, (_LEFT, 0.38, _WIDE, 0.34), 14.0, "accent1", bold=True, hint="Part of the story")
_SUBTITLE = Box("Subtitle", "body", 13, (_LEFT, 1.78, _WIDE, 0.4), SIZES["subtitle"], QUIET, hint="What is shown")
_SOURCE = Box("Source", "body", 15, (_LEFT, 6.76, 10.8, 0.44), SIZES["source"], QUIET, anchor="b", hint="Source")
_NUMBER = Box("Number", "sldNum", 16, (12.0, 6.76, 0.583, 0.44), SIZES["source"], QUIET, anchor="b", align="r")
_HEAD = (_TITLE, _PART, _SUBTITLE, _SOURCE, _NUMBER)
_MAIN = (_LEFT, 2.25, _WIDE, 4.4)


def _column(place: int) -> tuple[Box, ...]:
    left, first = _LEFT + place * (_THIRD + _GAP), 20 + 3 * place
    return (
        Box(f"Label {place + 1}", "body", first, (left, 2.75, _THIRD, 0.75), SIZES["subtitle"], bold=True),
        Box(f"Value {place + 1}", "body", first + 1, (left, 3.55, _THIRD, 1.1), SIZES["number"], "accent1",
            bold=True, anchor="ctr"),
        Box(f"Note {place + 1}", "body", first + 2, (left, 4.75, _THIRD, 1.6), SIZES["subtitle"], QUIET),
    )  # fmt: skip


LAYOUTS: dict[str, tuple[Box, ...]] = {
    "Cover": (
        Box("Title", "ctrTitle", 0, (_LEFT, 1.55, _WIDE, 2.1), SIZES["cover"], "bg1", bold=True, anchor="b"),
        Box("Subtitle", "subTitle", 13, (_LEFT, 4.35, 10.4, 2.0), 24.0, "bg1"),
    ),
    "Part": (
        Box("Title", "title", 0, (_LEFT, 1.55, _WIDE, 2.1), SIZES["cover"], bold=True, anchor="b"),
        Box("Subtitle", "body", 13, (_LEFT, 4.35, 10.4, 2.2), SIZES["body"], QUIET),
        _NUMBER,
    ),
    "Message and chart": (*_HEAD, Box("Chart", "chart", 14, _MAIN)),
    "Message and table": (
        _TITLE, _PART, _SOURCE, _NUMBER, Box("Table", "tbl", 14, (_LEFT, 1.85, _WIDE, 4.8)),
    ),
    "Big numbers": (_TITLE, _PART, _SOURCE, _NUMBER, *_column(0), *_column(1), *_column(2)),
    "Message and text": (
        _TITLE, _PART, _SOURCE, _NUMBER,
        Box("Text", "body", 14, (_LEFT, 1.95, _WIDE, 4.7), SIZES["body"]),
    ),
    "Message and picture": (
        _TITLE, _PART, _SOURCE, _NUMBER,
        Box("Picture", "pic", 14, (_LEFT, 2.0, _WIDE, 1.6)),
        Box("Text", "body", 17, (_LEFT, 3.8, _WIDE, 2.85), SIZES["body"]),
    ),
}  # fmt: skip
"""Placeholders by layout."""

_TYPES = {"Cover": "title", "Part": "secHead", "Message and chart": "chart", "Message and table": "tbl"}
_NAMESPACES = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
)
_THEME = {
    "dk1": INK, "lt1": "#ffffff", "dk2": QUIET, "lt2": GRID, "accent1": ACCENT, "accent2": WARM,
    "accent3": ACCENT_LIGHT, "accent4": WARM_LIGHT, "accent5": MUTED, "accent6": FAINT, "hlink": ACCENT,
    "folHlink": MUTED,
}  # fmt: skip


def make(output: Path = TEMPLATE) -> Path:
    """Write the template.

    Args:
        output: the file.

    Errors:
        WomError: python-pptx is not installed.
    """
    pptx = office()
    deck = pptx.Presentation()
    deck.slide_width, deck.slide_height = _emu(WIDTH), _emu(HEIGHT)
    layouts = list(deck.slide_layouts)
    for extra in layouts[len(LAYOUTS) :]:
        deck.slide_layouts.remove(extra)
    _restyle(deck.slide_master)
    for layout, (name, boxes) in zip(layouts, LAYOUTS.items(), strict=False):
        element = layout.element
        element.set("type", _TYPES.get(name, "cust"))
        element.set("preserve", "1")
        element.replace(element.find(f"{{{_P}}}cSld"), _content(pptx, name, boxes))
    for holder in (deck.part, deck.part.package):  # a printer's settings and a picture of another deck
        for key, relation in list(holder._rels.items()):
            if relation.reltype.endswith(("/printerSettings", "/thumbnail")):
                holder._rels.pop(key)
    core = deck.core_properties
    core.title, core.author, core.last_modified_by, core.comments = "Deck", "wom", "wom", ""
    deck.save(str(output))
    tidy(output)
    return output


_P = "http://schemas.openxmlformats.org/presentationml/2006/main"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"


def _emu(inches: float) -> int:
    return round(inches * 914400 / 12700) * 12700  # to the point


def _fill(colour: str) -> str:
    inner = f'<a:srgbClr val="{colour[1:]}"/>' if colour.startswith("#") else f'<a:schemeClr val="{colour}"/>'
    return f"<a:solidFill>{inner}</a:solidFill>"


def _style(box: Box) -> str:
    """Type of a placeholder: no bullets, no indent, its size and colour."""
    return (
        f'<a:lvl1pPr marL="0" indent="0" algn="{box.align}"><a:lnSpc><a:spcPct val="100000"/></a:lnSpc>'
        f'<a:spcBef><a:spcPts val="0"/></a:spcBef><a:buNone/>'
        f'<a:defRPr sz="{round(box.size * 100)}" b="{int(box.bold)}">{_fill(box.colour)}</a:defRPr></a:lvl1pPr>'
    )


def _shape(number: int, box: Box) -> str:
    left, top, wide, high = (_emu(part) for part in box.place)
    hint = '<a:fld id="{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}" type="slidenum"><a:rPr/><a:t>‹#›</a:t></a:fld>'
    text = hint if box.kind == "sldNum" else f"<a:r><a:rPr/><a:t>{box.hint or box.name}</a:t></a:r>"
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{number}" name="{box.name}"/><p:cNvSpPr><a:spLocks noGrp="1"/></p:cNvSpPr>'
        f'<p:nvPr><p:ph type="{box.kind}"{f""" idx="{box.idx}" """ if box.idx else ""}/></p:nvPr></p:nvSpPr>'
        f'<p:spPr><a:xfrm><a:off x="{left}" y="{top}"/><a:ext cx="{wide}" cy="{high}"/></a:xfrm></p:spPr>'
        f'<p:txBody><a:bodyPr lIns="0" tIns="0" rIns="0" bIns="0" anchor="{box.anchor}">'
        "<a:normAutofit/></a:bodyPr>"
        f"<a:lstStyle>{_style(box)}</a:lstStyle><a:p>{text}</a:p></p:txBody></p:sp>"
    )


def _bar(number: int, place: tuple[float, float, float, float], colour: str) -> str:
    left, top, wide, high = (_emu(part) for part in place)
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{number}" name="Rule"/><p:cNvSpPr/><p:nvPr userDrawn="1"/></p:nvSpPr>'
        f'<p:spPr><a:xfrm><a:off x="{left}" y="{top}"/><a:ext cx="{wide}" cy="{high}"/></a:xfrm>'
        f'<a:prstGeom prst="rect"><a:avLst/></a:prstGeom>{_fill(colour)}<a:ln><a:noFill/></a:ln></p:spPr></p:sp>'
    )


def _content(pptx: Any, name: str, boxes: tuple[Box, ...]) -> Any:
    """Background, rules and placeholders of a layout."""
    back = "accent1" if name == "Cover" else "bg1"
    rule = {"Cover": "bg1", "Part": "accent1"}.get(name)
    drawn = _bar(90, (_LEFT, 3.95, 0.9, 0.09), rule) if rule else ""
    shapes = "".join(_shape(number, box) for number, box in enumerate(boxes, start=2))
    return pptx.oxml.parse_xml(
        f'<p:cSld {_NAMESPACES} name="{name}"><p:bg><p:bgPr>{_fill(back)}<a:effectLst/></p:bgPr></p:bg><p:spTree>'
        '<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>'
        f"{drawn}{shapes}</p:spTree></p:cSld>"
    )


def _restyle(master: Any) -> None:
    """The master's placeholders in their places, and the theme's colours and type."""
    pptx = office()
    body = Box("Text", "body", 1, _MAIN, hint="Text")
    content = _content(pptx, "", (_TITLE, body, _NUMBER))
    del content.attrib["name"]
    master.element.replace(master.element.find(f"{{{_P}}}cSld"), content)
    for level in master.element.iter(f"{{{_A}}}buChar"):
        level.set("char", "–")
    for holder in master.part.rels.values():
        if holder.reltype.endswith("/theme"):
            part = holder.target_part
            text = part.blob.decode("utf-8")
            text = re.sub(r'(<a:theme [^>]*?name=")[^"]*', rf"\g<1>{THEME}", text, count=1)
            for slot, colour in _THEME.items():
                text = re.sub(
                    rf"<a:{slot}>.*?</a:{slot}>",
                    f'<a:{slot}><a:srgbClr val="{colour[1:]}"/></a:{slot}>',
                    text,
                    flags=re.DOTALL,
                )
            text = re.sub(r'(<a:latin typeface=")[^"]*', rf"\g<1>{TYPE[0]}", text)
            part._blob = text.encode("utf-8")  # the theme is kept as bytes; there is no other way to write it


if __name__ == "__main__":
    print(make())
