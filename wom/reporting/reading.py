"""Pieces of a report read back into blocks: headings, paragraphs, lists, formulas and tables, with emphasis."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from typing import Literal
from xml.etree import ElementTree

from .tables import Grid

_MATH = re.compile(r"<math\b.*?</math>", re.DOTALL)
_NUMBER = re.compile(
    r"[-+−]?([A-Z]{3}|[$€£¥])?\s?[\d.,]+(e[-+]?\d+)?(\s?(%|million|points?|months?))?|NaN|None|–|"
)
_SPACE = re.compile(r"[ \t\r\n\f]+")  # not \s: what must not break must stay
_SYMBOL = "{http://www.w3.org/1998/Math/MathML}"
_SPACED = set("=<>≤≥≈+−-·×→∈")


@dataclass(frozen=True)
class Run:
    """A piece of a line in one style; `shift` is 1 for what stands high, −1 for what stands low."""

    text: str
    bold: bool = False
    italic: bool = False
    shift: int = 0


@dataclass(frozen=True)
class Block:
    """What stands on lines of its own.

    `level` is a heading's, or the depth of an item; `number` is an item's in an ordered list, 0 otherwise.
    """

    kind: Literal["heading", "text", "item", "formula", "table"]
    runs: tuple[Run, ...] = ()
    level: int = 0
    number: int = 0
    latex: str = ""
    caption: str = ""
    table: Grid | None = None

    @property
    def text(self) -> str:
        """Without its emphasis.

        Example:
            >>> Block("text", (Run("ten "), Run("good", bold=True))).text
            'ten good'
        """
        return "".join(run.text for run in self.runs)


def blocks(piece: str) -> list[Block]:
    """The blocks of a piece of HTML, formulas as MathML.

    Args:
        piece: as `wom.reporting.html` makes it from Markdown, or a table of pandas.

    Example:
        >>> [(block.kind, block.text) for block in blocks("<h2>Why</h2><ul><li>It <em>pays</em>.</li></ul>")]
        [('heading', 'Why'), ('item', 'It pays.')]
    """
    reader = _Reader()
    position = 0
    for math in _MATH.finditer(piece):
        reader.feed(piece[position : math.start()])
        reader.formula(math[0])
        position = math.end()
    reader.feed(piece[position:])
    reader.close()
    reader.finish()
    return reader.found


def inline(math: str) -> list[Run]:
    """A short formula in MathML as text with high and low parts.

    Example:
        >>> "".join(run.text for run in inline("<math><mrow><msup><mi>e</mi><mi>x</mi></msup></mrow></math>"))
        'ex'
    """
    return list(_joined(_flat(ElementTree.fromstring(math), 0)))


def _flat(node: ElementTree.Element, shift: int) -> Iterable[Run]:
    tag = node.tag.removeprefix(_SYMBOL)
    parts = list(node)
    if tag in ("msup", "msub", "msubsup"):
        yield from _flat(parts[0], shift)
        for part, step in zip(parts[1:], {"msup": [1], "msub": [-1], "msubsup": [-1, 1]}[tag], strict=True):
            yield from _flat(part, step)
    elif tag == "mfrac":
        yield from (*_flat(parts[0], shift), Run("/", shift=shift), *_flat(parts[1], shift))
    elif parts:
        for part in parts:
            yield from _flat(part, shift)
    elif text := (node.text or "").strip():
        spaced = f" {text} " if tag == "mo" and text in _SPACED and not shift else text
        yield Run(spaced, italic=tag == "mi" and len(text) == 1, shift=shift)


def _joined(runs: Iterable[Run]) -> Iterable[Run]:
    """Neighbours of one style as one run."""
    last: Run | None = None
    for run in runs:
        if last and replace(last, text="") == replace(run, text=""):
            last = replace(last, text=last.text + run.text)
            continue
        if last:
            yield last
        last = run
    if last:
        yield last


class _Reader(HTMLParser):
    """Collects the blocks of a piece of HTML as they go by."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Block] = []
        self._runs: list[Run] = []
        self._open: list[str] = []
        self._lists: list[int | None] = []  # the next number, None in a list without
        self._latex = ""
        self._rows: list[tuple[bool, list[tuple[str, bool, bool]]]] = []  # header row? cells: text, th?, number?
        self._caption = ""
        self._number = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if given.get("class") == "wom-formula":
            self.finish()
            self._latex = given.get("aria-label", "").removeprefix("Formula ")
        if tag in ("br", "hr", "img"):
            self._runs.append(Run(" "))
            return
        if tag in ("p", "li", "ul", "ol", "table", "blockquote", "pre") or re.fullmatch("h[1-6]", tag):
            self.finish()
        if tag in ("ul", "ol"):
            self._lists.append(1 if tag == "ol" else None)
        if tag == "table":
            self._rows, self._caption = [], ""
        if tag == "tr":
            self._rows.append(("thead" in self._open, []))
        if tag in ("td", "th"):
            self._runs, self._number = [], "number" in given.get("class", "").split()
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self._open:
            return
        if tag in ("td", "th") and self._rows:
            text = _SPACE.sub(" ", self._take()).strip()
            self._rows[-1][1].append((text, tag == "th", self._number))
        elif tag == "caption":
            self._caption = _SPACE.sub(" ", self._take()).strip()
        elif tag == "table":
            self._table()
        elif tag in ("p", "li", "blockquote", "pre") or re.fullmatch("h[1-6]", tag):
            self.finish()
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if {"style", "script"} & set(self._open):
            return
        text = _SPACE.sub(" ", data)
        if text.strip() or self._runs:
            bold, italic = ({"strong", "b"} & set(self._open), {"em", "i"} & set(self._open))
            self._runs.append(Run(text, bool(bold), bool(italic)))

    def formula(self, math: str) -> None:
        """A formula: on its own where it stands in a box for it, otherwise within the line."""
        if self._latex:
            self.found.append(Block("formula", latex=self._latex))
            self._latex = ""
        else:
            self._runs += inline(math)

    def finish(self) -> None:
        """Close the block that is open."""
        runs = list(_joined(self._runs))
        self._runs = []
        if runs:
            runs[0] = replace(runs[0], text=runs[0].text.lstrip())
            runs[-1] = replace(runs[-1], text=runs[-1].text.rstrip())
        runs = [run for run in runs if run.text]
        if not runs or "table" in self._open:
            return
        heading = next((tag for tag in reversed(self._open) if re.fullmatch("h[1-6]", tag)), "")
        if heading:
            self.found.append(Block("heading", tuple(runs), level=int(heading[1])))
        elif "li" in self._open and self._lists:
            number = self._lists[-1] or 0
            if number:
                self._lists[-1] = number + 1
            self.found.append(Block("item", tuple(runs), level=len(self._lists), number=number))
        else:
            self.found.append(Block("text", tuple(runs)))

    def _take(self) -> str:
        text = "".join(run.text for run in self._runs)
        self._runs = []
        return text

    def _table(self) -> None:
        heads = [cells for header, cells in self._rows if header]
        body = [cells for header, cells in self._rows if not header]
        if not body:
            return
        stubs = min(next((place for place, cell in enumerate(row) if not cell[1]), len(row)) for row in body)
        width = max(map(len, body))
        names = [
            " ".join(cells[place][0] for cells in heads if place < len(cells)).strip() for place in range(width)
        ]
        columns = [[row[place] for row in body if place < len(row)] for place in range(stubs, width)]
        right = tuple(
            any(cell[2] for cell in column) or all(_NUMBER.fullmatch(cell[0]) for cell in column)
            for column in columns
        )
        rows = tuple(
            (tuple(cell[0] for cell in row[:stubs]), tuple(cell[0] for cell in row[stubs:])) for row in body
        )
        self.found.append(
            Block(
                "table", caption=self._caption, table=Grid(tuple(names[:stubs]), tuple(names[stubs:]), right, rows)
            )
        )
