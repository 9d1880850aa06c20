"""An executed notebook as a story: the one reading that page, brief, slides and deck are made from.

The first heading is the title; one of level 1 or 2 begins a section. The first exhibit that is a decision opens
the page. What a cell tagged `appendix` holds, and an exhibit that says so itself, goes to the appendix. Cells
tagged `skip-slide` make no slide, those tagged `slide` make one of their text.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from ..errors import InputError
from ..exhibits.exhibit import BRIEF, EXHIBIT, Exhibit
from ..exhibits.live import MIME as LIVE
from ..exhibits.own import RESULT
from .markup import Passage, checked, mathml, passages
from .notebook import EXECUTED, ReportError, verify

APPENDIX, SKIP, ALONE = "appendix", "skip-slide", "slide"
"""Tags of cells."""
HIDDEN = {"parameters", "injected-parameters", "papermill-error-cell-tag", "hide-output", "remove-cell"}
_IMAGES = ("image/svg+xml", "image/png", "image/jpeg")
_ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True)
class Picture:
    """A picture of somebody's own, such as a matplotlib figure: its type, its bytes, its width in CSS pixels, and
    what it says where somebody said it."""

    kind: str
    data: bytes
    alt: str
    width: int | None = None
    said: Exhibit | None = None

    @property
    def address(self) -> str:
        """The picture itself, as a page holds it."""
        return f"data:{self.kind};base64,{base64.b64encode(self.data).decode('ascii')}"


@dataclass(frozen=True)
class Markup:
    """A table of pandas, a formula, printed text: HTML that was looked through."""

    html: str


@dataclass(frozen=True)
class Live:
    """What the engine in the page starts from."""

    payload: Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """One thing of a section, and whether it makes a slide: by its kind, always, or never.

    `follows` is text that code made, which speaks of what stands before it.
    """

    content: Passage | Exhibit | Picture | Markup | Live
    slide: Literal["auto", "always", "never"] = "auto"
    follows: bool = False


@dataclass
class Section:
    """What stands under one heading; `level` is 1 where it begins a part of its own, otherwise 2."""

    heading: str = ""
    level: int = 2
    parts: list[Part] = field(default_factory=list)


@dataclass
class Story:
    """All of a notebook that is for readers; what comes by is put where it belongs.

    `lead` is what the notebook says under its title, `decision` the exhibit that the page opens with, `day` when
    it ran, in words.
    """

    parameters: Mapping[str, Any]
    day: str = ""
    title: str = ""
    lead: Passage | None = None
    decision: Exhibit | None = None
    brief: Exhibit | None = None
    sections: list[Section] = field(default_factory=lambda: [Section()])
    appendix: list[Section] = field(default_factory=lambda: [Section()])
    _aside: bool = False  # whether the last heading began a part of the appendix

    def __iter__(self) -> Iterator[Part]:
        return (part for section in (*self.sections, *self.appendix) for part in section.parts)

    def _passage(self, passage: Passage, tags: set[str], *, made: bool = False) -> None:
        """Text: the title, the beginning of a section, or more of one."""
        if passage.heading and not self.title:
            self.title, self.lead = passage.heading, passage if passage.blocks else None
            return
        if passage.heading:
            self._aside = APPENDIX in tags
            place = self.appendix if self._aside else self.sections
            place.append(Section(passage.heading, passage.level))
        if passage.blocks:
            self._add(passage, tags, follows=made)

    def _output(self, data: Mapping[str, Any], about: Mapping[str, Any], tags: set[str]) -> None:
        """The best form of an output."""
        image = next((kind for kind in _IMAGES if kind in data), "")
        if BRIEF in data:
            self.brief = Exhibit.of(data[BRIEF])
        elif LIVE in data:
            self._add(Live(data[LIVE]), tags)
        elif EXHIBIT in data:
            shown = Exhibit.of(data[EXHIBIT])
            if shown.kind == "decision" and self.decision is None and not (shown.appendix or APPENDIX in tags):
                self.decision = shown
            elif shown.kind == "text" and image:  # a figure of somebody's own
                self._add(replace(_picture(image, data, about), said=shown), tags)
            else:
                self._add(shown, tags)
        elif image:
            self._add(_picture(image, data, about), tags)
        elif RESULT in data:
            return
        elif "text/html" in data:
            self._add(Markup(checked(data["text/html"])), tags)
        elif "text/markdown" in data:
            for passage in passages(data["text/markdown"], made=True):
                self._passage(passage, tags, made=True)
        elif "text/latex" in data:
            self._add(Markup(f"<p>{mathml(data['text/latex'].strip().strip('$'), block=True)}</p>"), tags)
        else:
            self._add(_printed(data.get("text/plain", "")), tags)

    def _add(self, content: Any, tags: set[str], *, follows: bool = False) -> None:
        aside = APPENDIX in tags or (isinstance(content, Exhibit) and content.appendix)
        place, heading = self.appendix if aside else self.sections, self.sections[-1].heading
        if aside and not self._aside and APPENDIX not in tags and place[-1].heading != heading:
            place.append(Section(heading))
        slide: Any = "never" if SKIP in tags else "always" if ALONE in tags else "auto"
        place[-1].parts.append(Part(content, slide, follows))


def _picture(kind: str, data: Mapping[str, Any], about: Mapping[str, Any]) -> Picture:
    said = about.get(kind, {})
    alt = str(said.get("alt", "")).strip()
    if not alt:
        raise ValueError(f"an image ({kind}) has no alternative text; use exhibits.show(…, alt='…')")
    content = data[kind].encode() if kind == "image/svg+xml" else base64.b64decode(data[kind])
    return Picture(kind, content, alt, int(said["width"]) if "width" in said else None)


def _printed(text: str) -> Markup:
    return Markup(f'<pre tabindex="0">{html.escape(text)}</pre>')


def executed_notebook(place: Path) -> Path:
    """The executed notebook of a run's directory, `latest` included, or the notebook itself.

    Raises:
        InputError: neither is there.
    """
    pointer = place.parent / f"{place.name}.txt"
    if not place.exists() and pointer.is_file():  # where links are not possible, latest.txt has the name
        place = place.with_name(pointer.read_text(encoding="utf-8").strip())
    found = place / EXECUTED if place.is_dir() else place
    if not found.is_file() and (place / "latest" / EXECUTED).is_file():
        found = place / "latest" / EXECUTED
    if not found.is_file():
        text = "no notebook.ipynb in it" if place.is_dir() else "no such report"
        raise InputError(f"{text}; give the directory of a run, or its notebook", file=str(place))
    return found


def story(notebook: Path) -> Story:
    """The story of an executed notebook, in its order.

    Raises:
        InputError: no notebook.
        ReportError: a cell that failed or did not run, an image without alternative text, a formula that cannot be
            drawn, something that reaches outside or would run; the cell is named.
    """
    try:
        content = json.loads(notebook.read_text(encoding="utf-8"))
        cells = content["cells"]
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise InputError(f"is no notebook: {error}", file=str(notebook)) from error
    verify(notebook)
    run = content.get("metadata", {}).get("papermill", {})
    day = datetime.fromisoformat(run["start_time"]) if run.get("start_time") else None
    told = Story(run.get("parameters", {}), f"{day.day} {day:%B %Y}" if day else "")
    number = 0
    for cell in cells:
        source, tags = "".join(cell["source"]), set(cell["metadata"].get("tags", []))
        code = cell["cell_type"] == "code"
        if code and source.strip():
            number = cell.get("execution_count") or number + 1
        if HIDDEN & tags:
            continue
        try:
            if cell["cell_type"] == "markdown":
                for passage in passages(source):
                    told._passage(passage, tags)
            outputs = cell.get("outputs", []) if code else []
            streams = (out["text"] for out in outputs if out.get("name") == "stdout")
            if (printed := "".join(map("".join, streams))).strip():
                told._add(_printed(_ESCAPES.sub("", printed).rstrip()), tags)
            for out in outputs:
                if out["output_type"] in ("display_data", "execute_result"):  # a text may lie there as its lines
                    data = {kind: "".join(part) if isinstance(part, list) and not kind.endswith("json") else part
                            for kind, part in out["data"].items()}  # fmt: skip
                    told._output(data, out.get("metadata", {}), tags)
        except (ValueError, InputError) as error:
            where = f"cell [{number}]" if code else f"the text after cell [{number}]"
            message = f"no page from notebook {notebook.name}, {where}"
            raise ReportError(message, cell=number, reason=str(error), notebook=notebook) from error
    told.title = told.title or notebook.stem.replace("_", " ").capitalize()
    for place in (told.sections, told.appendix):
        place[:] = [section for section in place if section.heading or section.parts]
    return told
