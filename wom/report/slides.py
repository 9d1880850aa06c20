"""slides.html: a slide show from an executed notebook, and the plan of slides that the deck follows too.

A cover, the number that matters, a slide for each exhibit with its message as the title, the decision, and behind
a divider what somebody may ask for. Prose is for the speaker, in the notes. Arrow keys, Page Up and Down, Space,
Home and End move, N shows the notes; it prints one slide a page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ..errors import InputError
from ..exhibits.chart import Chart, Role
from ..exhibits.drawing import svg
from ..exhibits.exhibit import Exhibit
from ..exhibits.tables import Grid, grid
from .page import lowered, read, render
from .story import Block, Passage, Picture, Section, Story, story

COLUMNS, TABLES, LETTERS, ROOM = 6, 2, 118, 512
"""Columns of a table on a slide, slides of one table, letters in a line of it, and its height below its head."""
LETTER, TITLES = 0.54, (53, 48, 44, 40, 36, 32)
"""Width of a letter in sizes of its type, on the safe side for Arial, and sizes of titles, in units of a slide of
1600 by 900."""
_WIDTH, _WIDEST = 600.0, 1000.0
"""CSS pixels that a chart on a slide is drawn for: the narrower, the larger its labels."""
_ROOM = 560 / 1400
"""Height to width of a slide's room for a chart."""
_MOST_SAID = 700
"""Letters of a text that makes a slide of its own accord."""
Kind = Literal["cover", "divider", "hero", "decision", "chart", "table", "text", "picture"]


@dataclass(frozen=True)
class Slide:
    """One slide: its message and what shows it.

    `more` says what was left out; `notes` is what to say, paragraph by paragraph; `exhibit` what a hero, a
    decision or a chart shows; `blocks` paragraphs and items. A cover has its `day` and
    `circles`, a hundred by what they stand for.
    """

    kind: Kind
    title: str
    subtitle: str = ""
    source: str = ""
    more: str = ""
    day: str = ""
    alt: str = ""
    circles: tuple[Role, ...] = ()
    notes: tuple[str, ...] = ()
    exhibit: Exhibit | None = None
    table: Grid | None = None
    blocks: tuple[Block, ...] = ()
    picture: Picture | None = None

    @property
    def foot(self) -> str:
        """The line at the lower edge: where it comes from, and what was left out."""
        source = f"Source: {self.source.removesuffix('.')}." if self.source else ""
        return " ".join(filter(None, (source, self.more)))

    @property
    def speech(self) -> str:
        """The speaker's notes: the message, what to say with it, what is seen, where each figure comes from."""
        seen = [f"On the slide: {self.alt}"] if self.alt else []
        source = [f"Where it comes from: {self.source}"] if self.source else []
        first = self.title if self.title.endswith((".", "?", "!")) else f"{self.title}."
        said = (note for note in self.notes if note and note != self.title)
        return "\n\n".join(dict.fromkeys([first, *said, *seen, *source]))


def slides(notebook: Path) -> str:
    """The slide show of an executed notebook, as one file that needs no network and no other file."""
    told = plan(story(notebook), notebook)
    style = read("base.css") + read("slides.css")
    draws = {"drawn": drawn, "column_shares": column_shares, "table_size": table_size}
    sizes = {"fitting": fitting, "in_line": in_line, "answers_size": answers_size, "TITLES": TITLES}
    return render("slides.html.j2", style, read("slides.js"), slides=told, **draws, **sizes)


def plan(told: Story, notebook: Path) -> list[Slide]:
    """The slides of a story, in order."""
    lead = told.lead.plain if told.lead else ""
    cover = Slide("cover", told.title, told.aside, day=told.day, notes=(lead,), circles=_circles(told))
    body = [*_decided(told.decision, "hero"), *(slide for one in told.sections for slide in _section(one))]
    body += _decided(told.decision, "decision")
    behind, headings = list[Slide](), list[str]()
    for one in told.appendix:  # charts, and tables that one slide holds, are worth showing
        found = [slide for slide in _section(one) if slide.kind == "chart"
                 or (slide.table and not slide.more and not slide.title.endswith(f" of {TABLES})"))]  # fmt: skip
        behind += found
        headings += [one.heading] if found and one.heading else []
    if not body and not behind:
        text = "nothing in it makes a slide: no chart, table, headline figures or list"
        raise InputError(text, file=notebook.name)
    if behind:
        contents = ", ".join([*headings[:1], *map(lowered, headings[1:])])
        behind.insert(0, Slide("divider", "Appendix", contents, notes=("For questions.",)))
    return [cover, *body, *behind]


def _circles(told: Story) -> tuple[Role, ...]:
    """What a cover draws: a hundred cases, a row of 25 for each plan of several, or a hundred new customers."""
    sides: tuple[Role, Role] = ("better", "worse")
    found: dict[str, list[Role]] = {}
    for shown in (part.content for part in told if isinstance(part.content, Exhibit)):
        if not (chart := shown.chart):
            continue
        losing, roles = shown.to_frame().get("chance_of_loss"), chart.series[0].roles
        data = [value or 0.0 for value in chart.series[0].data]
        if chart.kind == "dots" and chart.reference is not None:
            found["dots"] = [sides[value < chart.reference] for value in sorted(data)]
        elif chart.kind == "ranges" and losing is not None and losing.notna().all():
            found["ranges"] = [sides[place < round(25 * share)] for share in losing[:4] for place in range(25)]
        elif chart.kind == "people" and roles:
            found["people"] = [role for value, role in zip(data, roles, strict=True) for _ in range(round(value))]
    return tuple(next((found[kind] for kind in ("dots", "ranges", "people") if kind in found), ()))


def _decided(decision: Exhibit | None, kind: Literal["hero", "decision"]) -> list[Slide]:
    """A decision as its number, where it has one, or as its reasons."""
    if decision is None or not (decision.figures if kind == "hero" else decision.answers):
        return []
    said = [f"{one.label}: {one.value}{f' ({one.note})' * bool(one.note)}." for one in decision.figures]
    asked = [f"{ask}: {say}" for ask, say in decision.answers]
    notes = (*decision.text, *said, decision.notes) if kind == "hero" else tuple(asked)
    sentence = decision.sentence  # the number that it speaks of is the large one
    figures = sorted(decision.figures, key=lambda one: one.value not in sentence)
    shown = replace(decision, figures=tuple(figures))
    return [Slide(kind, sentence, source=decision.source, notes=notes, exhibit=shown)]


def _section(section: Section) -> list[Slide]:
    """The slides of a section; what is said before a slide, and after the last, goes into its notes."""
    made: list[Slide] = []
    waiting: list[str] = []
    if section.level == 1 and section.heading:
        made.append(Slide("divider", section.heading, notes=(section.heading,)))
    for part in section.parts:
        content = part.content
        if part.slide == "never":
            continue
        if new := list(_slides_of(content, section.heading, always=part.slide == "always")):
            made += [replace(new[0], notes=(*waiting, *new[0].notes)), *new[1:]]
            waiting = []
        elif isinstance(content, Exhibit):
            waiting += [content.sentence, *content.text]
        elif isinstance(content, Passage) and part.follows and made:
            made[-1] = replace(made[-1], notes=(*made[-1].notes, content.plain))
        elif isinstance(content, Passage):
            waiting.append(content.plain)
    if made and waiting:
        made[-1] = replace(made[-1], notes=(*made[-1].notes, *waiting))
    return made


def _slides_of(content: Any, heading: str, *, always: bool) -> Iterator[Slide]:
    """The slides of one thing: none of what is only to be read, unless it is `always` to make one."""
    if isinstance(content, Picture):
        said = content.said or Exhibit("")
        title = said.sentence or heading or content.alt
        yield Slide("picture", title, source=said.source, alt=content.alt, notes=(said.notes,), picture=content)
    elif isinstance(content, Passage):
        lines = tuple(block for block in content.blocks if block.text)
        kinds = [block.kind for block in lines]
        if lines and (always or (kinds.count("item") > 1 and "formula" not in kinds)):
            yield Slide("text", heading, notes=tuple(block.text for block in lines), blocks=lines)
    elif isinstance(content, Exhibit):
        title, notes, source = content.sentence or heading, (*content.text, content.notes), content.source
        if content.chart:
            said_below = content.chart.caption
            yield Slide("chart", title, said_below, source, alt=content.alt, notes=notes, exhibit=content)
        elif content.kind == "decision":
            yield from _decided(replace(content, sentence=title), "hero" if content.figures else "decision")
        elif content.kind == "table":
            yield from _tables(grid(content.to_frame(), content.formats), title, source, notes)
        elif always or sum(map(len, content.text)) <= _MOST_SAID:
            lines = tuple(Block("text", text) for text in content.text)
            yield Slide("text", title, source=source, notes=notes, blocks=lines)


def _tables(table: Grid, title: str, source: str, notes: tuple[str, ...]) -> Iterator[Slide]:
    """A table on as few slides as hold it, two at most; what is left out is said."""
    columns = max(COLUMNS - len(table.stubs), 1)
    rows = tuple((labels, cells[:columns]) for labels, cells in table.rows)
    part = Grid(table.stubs, table.columns[:columns], table.numeric[:columns], rows)
    shares, room, pages = column_shares(part), 0, list[list[Any]]()
    for labels, cells in rows:
        texts = zip((*labels, *cells), shares, strict=True)
        high = 20 + 31 * max(-(-len(text) // max(round(LETTERS * share), 1)) for text, share in texts)
        if high > room:
            pages.append([])
            room = ROOM
        pages[-1].append((labels, cells))
        room -= high
    left_out = {"row": sum(map(len, pages[TABLES:])), "column": len(table.columns) - len(part.columns)}
    said = " and ".join(f"{count} more {what}{'s' * (count > 1)}" for what, count in left_out.items() if count)
    more = f"{said} {'is' if sum(left_out.values()) == 1 else 'are'} in the report." if said else ""
    shown = pages[:TABLES]
    for number, page in enumerate(shown, start=1):
        told = f"{title} ({number} of {len(shown)})" if len(shown) > 1 else title
        part, alt = replace(part, rows=tuple(page)), f"Table: {title}"
        yield Slide("table", told, source=source, more=more, alt=alt, notes=notes, table=part)


def lines_of(table: Grid) -> list[list[str]]:
    """Head and rows of a table."""
    return [[*table.stubs, *table.columns], *([*labels, *cells] for labels, cells in table.rows)]


def column_shares(table: Grid) -> list[float]:
    """Shares of a slide's width: room for the longest word of each column, and more for long texts, which wrap."""
    columns = list(zip(*lines_of(table), strict=True))
    least = [3 + 1.45 * max(map(len, " ".join(column).split(" "))) for column in columns]
    most = [max(low, min(max(map(len, column)), 44) + 4.0) for low, column in zip(least, columns, strict=True)]
    part = min(1.0, max(LETTERS - sum(least), 0.0) / ((sum(most) - sum(least)) or 1.0))
    wide = [low + part * (high - low) for low, high in zip(least, most, strict=True)]
    return [one / sum(wide) for one in wide]


def table_size(table: Grid) -> int:
    """The size of type in a table: larger where there is little in it."""
    lines = lines_of(table)
    letters = sum(4 + max(map(len, column)) for column in zip(*lines, strict=True))
    fits = (size for size in (30, 27) if letters * size <= 24 * LETTERS and 2.1 * size * len(lines) <= ROOM)
    return next(fits, 24)


def drawn(chart: Chart) -> str:
    """A chart as SVG for a slide's room: drawn again, wider, where it is too high for it."""
    found = svg(chart, width=_WIDTH)
    wide, high = map(float, re.findall(r'viewBox="0 0 (\S+) ([^"]+)"', found)[0])
    if high / wide > _ROOM:
        found = svg(chart, width=min(high / _ROOM, _WIDEST))
    return found.replace("<svg ", '<svg preserveAspectRatio="xMinYMin meet" ', 1)


def fitting(
    texts: Sequence[str], sizes: Sequence[int] = range(36, 21, -2), wide: float = 1350, high: float = 500
) -> int:
    """The largest of some sizes of type in which paragraphs fit into a room, or the last of them."""
    for size in sizes:
        lines = sum(lines_in(text, size, wide) for text in texts)
        if size * (1.3 * lines + 0.5 * (len(texts) - 1)) <= high:
            break
    return size


def answers_size(answers: Sequence[tuple[str, str]]) -> int:
    """The size of type in which questions and answers fit, three or four beside each other."""
    across = len(answers) if len(answers) <= 4 else 3
    longest = [max((pair[place] for pair in answers), key=len) for place in (0, 1)]
    return fitting(longest * -(-len(answers) // across), (30, 28, 26, 24, 22, 20), 1400 / across - 50, 380)


def lines_in(text: str, size: float, wide: float) -> int:
    """Lines that a text takes."""
    return -(-len(text) // max(int(wide / (LETTER * size)), 1))


def in_line(text: str, most: int, wide: float) -> int:
    """The largest size of type, `most` or less, in which a text stands on one line."""
    return min(most, int(wide / (LETTER * (len(text) or 1))))
