"""A slide of a story: its message, what shows it, and what to say with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..errors import InputError
from ..exhibits.charts import Chart
from .reading import Block
from .tables import Grid

EXECUTED = "notebook.ipynb"


@dataclass(frozen=True)
class Slide:
    """One slide: its message and what shows it.

    Args:
        kind: what it shows.
        title: the message, with its number.
        subtitle: what is drawn, and the unit.
        part: the part of the story that it belongs to.
        source: where the numbers come from.
        alt: what a picture or chart shows, for who cannot see it.
        notes: what to say, paragraph by paragraph.
        body: paragraphs, items; what stands below a formula.
        chart, table, figures, latex, picture: what it shows, by kind.
    """

    kind: Literal["cover", "part", "chart", "table", "figures", "text", "formula", "picture"]
    title: str
    subtitle: str = ""
    part: str = ""
    source: str = ""
    alt: str = ""
    notes: tuple[str, ...] = ()
    body: tuple[Block, ...] = ()
    chart: Chart | None = None
    table: Grid | None = None
    figures: tuple[tuple[str, str, str], ...] = ()
    latex: str = ""
    picture: bytes = b""


def executed_notebook(place: Path) -> Path:
    """The executed notebook of a run's directory, or the notebook itself.

    Args:
        place: a directory with notebook.ipynb, `latest` included, or an executed notebook.

    Errors:
        InputError: neither is there.

    Example:
        >>> executed_notebook(Path("nowhere"))
        Traceback (most recent call last):
        wom.errors.InputError: nowhere: no such report; give the directory of a run, or its notebook
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


def speech(slide: Slide) -> str:
    """The notes of a slide: the message, what to say with it, what is seen, and where each figure comes from.

    Example:
        >>> print(speech(Slide("chart", "It pays", alt="A line rises.", source="Scenario.", notes=("Ask why.",))))
        It pays.
        <BLANKLINE>
        Ask why.
        <BLANKLINE>
        On the slide: A line rises.
        <BLANKLINE>
        Where it comes from: Scenario.
    """
    seen = [f"On the slide: {slide.alt}"] if slide.alt else []
    source = [f"Where it comes from: {slide.source}"] if slide.source else []
    first = slide.title if slide.title.endswith((".", "?", "!")) else f"{slide.title}."
    said = dict.fromkeys([first, *(note for note in slide.notes if note and note != slide.title), *seen, *source])
    return "\n\n".join(said)
