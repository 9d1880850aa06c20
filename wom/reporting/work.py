"""A report as a piece of work: what is to be made, and what came of it. Both can be pickled."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DONE, SAME, FAILED, REFUSED, BUSY = "done", "same", "failed", "refused", "busy"


@dataclass(frozen=True)
class Wanted:
    """What a report comes as besides its page.

    Args:
        deck: whether to make a deck, and a slide show.
        template: a firm's own .pptx for the deck; the house's if None.
        pdf: whether to print page and slide show to PDF.

    Example:
        >>> Wanted().anything, Wanted(deck=True).anything
        (False, True)
    """

    deck: bool = False
    template: Path | None = None
    pdf: bool = False

    @property
    def anything(self) -> bool:
        """Whether there is anything besides the page."""
        return self.deck or self.pdf

    def described(self) -> dict[str, Any]:
        """For a manifest; the template by its content.

        Errors:
            OSError: the template cannot be read.
        """
        template = hashlib.sha256(self.template.read_bytes()).hexdigest() if self.template else None
        return {"deck": self.deck, "template_sha256": template, "pdf": self.pdf}


@dataclass(frozen=True)
class Task:
    """A report to be made; the fields are those of `run_report`.

    `again` False: a whole run of equal key is enough. `tries` is how often to begin where the process is killed.
    """

    name: str
    notebook: Path
    parameters: Mapping[str, Any]
    output: Path
    inputs: tuple[Path, ...] = ()
    time_limit: float | None = None
    keep: int | None = None
    again: bool = True
    wait: float = 0.5
    tries: int = 1
    wanted: Wanted = field(default_factory=Wanted)


@dataclass(frozen=True)
class Outcome:
    """What came of a task. `run` is the directory of the run, whole or failed, where there is one."""

    name: str
    status: str
    exit_code: int
    message: str = ""
    run: Path | None = None
    summary: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        """Whether the report is there."""
        return self.status in (DONE, SAME)
