"""An executed notebook as a story of slides: the one order of things for a deck and for a slide show.

The first heading is the cover; a further one of level 1 begins a part. A chart, a table, a row of headline
figures, a list and a formula each make a slide; prose goes into the notes of the slide it stands with. A cell
tagged `skip-slide` makes none, one tagged `slide` makes one of its prose.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..exhibits.charts import Chart
from ..report.notebook import ReportError, verify
from .display import CHART, HEADLINE, RESULT, SPOKEN
from .html import HIDDEN_TAGS, markdown
from .reading import Block, blocks
from .slide import Slide
from .tables import Grid

SKIP, ALONE = "skip-slide", "slide"
"""Tags of cells."""


def story(notebook: Path) -> list[Slide]:
    """The slides of an executed notebook, in its order.

    Args:
        notebook: run to its end.

    Errors:
        InputError: no notebook, or nothing in it for a slide.
        ReportError: a cell that failed or did not run.

    Example:
        >>> story(Path("nowhere.ipynb"))
        Traceback (most recent call last):
        wom.errors.InputError: nowhere.ipynb: is no notebook: ...
    """
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise InputError(f"is no notebook: {error}", file=str(notebook)) from error
    verify(notebook)
    teller = _Teller(notebook.stem.replace("_", " ").capitalize())
    for number, cell in enumerate(cells, start=1):
        tags = set(cell["metadata"].get("tags", []))
        if (HIDDEN_TAGS | {SKIP}) & tags:
            continue
        try:
            for piece in _pieces(cell):
                teller.take(piece, alone=ALONE in tags, spoken=cell["cell_type"] == "code")
        except (ValueError, InputError) as error:
            raise ReportError(
                f"no slide from notebook {notebook.name}, cell {number}", reason=str(error)
            ) from error
    found = teller.finish()
    if not any(slide.kind not in ("cover", "part") for slide in found):
        raise InputError(
            "nothing in it makes a slide: no chart, table, headline figures or list", file=str(notebook)
        )
    return found


_SENTENCE = re.compile(r"(?<=[^.]\.) (?=[A-Z])")
_SHORT = 12
"""Rows of a table that the notes read out."""
Piece = list[Block] | Mapping[str, Any]


def _pieces(cell: Mapping[str, Any]) -> Iterable[Piece]:
    """What a cell has to say, text as blocks and the rest as it was shown."""
    if cell["cell_type"] == "markdown":
        yield blocks(markdown("".join(cell["source"])))
        return
    for output in cell.get("outputs", []):
        data = {kind: "".join(part) if _lines(part) else part for kind, part in output.get("data", {}).items()}
        if RESULT in data or output["output_type"] not in ("display_data", "execute_result"):
            continue
        if {CHART, HEADLINE, "image/png"} & set(data):
            yield data | {"alt": output["metadata"].get("image/png", {}).get("alt", "")}
        elif "text/markdown" in data:
            yield blocks(markdown(data["text/markdown"], data_within=True))
        elif "text/latex" in data:
            yield [Block("formula", latex=data["text/latex"].strip().strip("$").strip())]
        elif "text/html" in data:
            yield {"blocks": blocks(str(data["text/html"])), SPOKEN: data.get(SPOKEN, {})}


def _lines(part: object) -> bool:
    return isinstance(part, list) and all(isinstance(line, str) for line in part)


class _Teller:
    """Puts slides in a row as the pieces of a notebook come by."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._slides: list[Slide] = []
        self._part = ""
        self._begun = 0  # slides before this part of the story
        self._waiting: list[str] = []  # prose for the notes of the next slide

    def take(self, piece: Piece, *, alone: bool, spoken: bool) -> None:
        """A piece of the notebook; `spoken` is text that code made, which follows what it speaks of."""
        if isinstance(piece, list) or "blocks" in piece:
            known = {} if isinstance(piece, list) else piece[SPOKEN]
            for head, body in _sections(piece if isinstance(piece, list) else piece["blocks"]):
                self._text(head, body, known, alone=alone, spoken=spoken)
        elif CHART in piece and (shown := piece[CHART]).get("chart"):
            self._chart(shown)
        elif HEADLINE in piece:
            figures = tuple(
                (str(label), str(value), str(note)) for label, value, note in piece[HEADLINE]["figures"]
            )
            cover = self._slides[-1].subtitle if self._slides and self._slides[-1].kind == "cover" else ""
            said = piece[HEADLINE]["message"] or _SENTENCE.split(cover)[0] or self._part or self._name
            spoken_of = [f"{label}: {value}" + (f", {note}" if note else "") for label, value, note in figures]
            known = piece.get(SPOKEN, {})
            notes = (". ".join(spoken_of) + ".", known.get("notes", ""))
            self._add(
                Slide("figures", said.rstrip("."), figures=figures, notes=notes, source=known.get("source", ""))
            )
        elif "image/png" in piece:
            picture = base64.b64decode(piece["image/png"])
            self._add(Slide("picture", self._part or self._name, alt=piece["alt"], picture=picture))

    def finish(self) -> list[Slide]:
        """All slides; prose that no slide followed goes to the last."""
        self._leave()
        if not self._slides or self._slides[0].kind != "cover":
            self._slides.insert(0, Slide("cover", self._name, notes=(self._name,)))
        return self._slides

    def _chart(self, shown: Mapping[str, Any]) -> None:
        chart = Chart.of(shown["chart"])
        takeaway, title = shown.get("takeaway", ""), shown.get("title") or shown.get("takeaway", "")
        said = [takeaway] if takeaway not in ("", title) else []
        self._add(
            Slide(
                "chart",
                title or self._part or self._name,
                chart.subtitle,
                source=shown.get("source") or chart.source,
                alt=shown.get("alt", ""),
                notes=tuple([*said, shown["notes"]] if shown.get("notes") else said),
                chart=chart,
            )
        )

    def _text(
        self, head: Block | None, body: list[Block], known: Mapping[str, Any], *, alone: bool, spoken: bool
    ) -> None:
        first = not self._slides
        if head and (head.level <= 2 or first):
            self._leave()
        if head and (first or head.level == 1):
            lead = body[0].text if body and body[0].kind == "text" else ""
            self._begun = len(self._slides)
            self._slides.append(Slide("cover" if first else "part", head.text, lead, notes=(lead or head.text,)))
            self._part = "" if first else head.text
            body = body[1:] if lead else body
            head = None
        elif head and head.level == 2:
            self._part, self._begun = head.text, len(self._slides)
        title = head.text if head else self._part or self._name
        prose = tuple(block for block in body if block.kind in ("text", "item"))
        formulas = [block for block in body if block.kind == "formula"]
        for block in body:
            if block.kind == "table" and block.table:
                notes = (*_read_out(block.table), known.get("notes", ""))
                source = known.get("source", "")
                self._add(Slide("table", block.caption or title, table=block.table, notes=notes, source=source))
        if formulas:
            place = body.index(formulas[0])
            before, after = body[:place], [block for block in body[place:] if block.kind in ("text", "item")]
            spoken_of = tuple(block.text for block in before if block.kind in ("text", "item"))
            self._add(
                Slide("formula", title, latex=formulas[0].latex, alt=f"Formula: {formulas[0].latex}",
                      notes=spoken_of, body=tuple(after))
            )  # fmt: skip
        elif alone or sum(block.kind == "item" for block in prose) > 1:
            if prose:
                self._add(Slide("text", title, body=prose, notes=tuple(block.text for block in prose)))
        elif spoken and len(self._slides) > self._begun:
            self._append(block.text for block in prose)
        else:
            self._waiting += [block.text for block in prose]

    def _add(self, slide: Slide) -> None:
        notes = (*self._waiting, *slide.notes)
        part = self._part if self._part != slide.title else ""
        self._slides.append(replace(slide, notes=notes, part=part))
        self._waiting = []

    def _append(self, said: Iterable[str]) -> None:
        last = self._slides[-1]
        self._slides[-1] = replace(last, notes=(*last.notes, *said))

    def _leave(self) -> None:
        """The end of a part: what was said after its last slide belongs to that slide."""
        if self._slides and self._waiting:
            self._append(self._waiting)
        self._waiting = []


def _read_out(table: Grid) -> list[str]:
    """A short table in words."""
    if len(table.rows) > _SHORT:
        return []
    lines = []
    for labels, cells in table.rows:
        named = [
            f"{name} {text}" if name else text for name, text in zip(table.columns, cells, strict=True) if text
        ]
        lines.append(f"{' '.join(labels)}: {', '.join(named)}." if labels else f"{', '.join(named)}.")
    return [" ".join(lines)]


def _sections(body: Sequence[Block]) -> Iterable[tuple[Block | None, list[Block]]]:
    """Text cut at its headings."""
    head: Block | None = None
    held: list[Block] = []
    for block in body:
        if block.kind == "heading":
            if head or held:
                yield head, held
            head, held = block, []
        else:
            held.append(block)
    if head or held:
        yield head, held
