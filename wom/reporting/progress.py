"""How far a batch is: one line that moves on a terminal, a plain line per report in a log."""

from __future__ import annotations

import sys
import time
from typing import TextIO

_WIDTH = 24


class Progress:
    """Tells on standard error how many reports are done, and how long the others will take.

    Args:
        total: how many reports.
        stream: where to write; a terminal gets a bar.

    Example:
        >>> progress = Progress(2, sys.stdout)
        >>> progress.done("Cologne", "done", 3.2)
        1 of 2  Cologne: done in 3.2 s
        >>> progress.close()
    """

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        self.total, self.count = total, 0
        self._stream = stream or sys.stderr
        self._bar = self._stream.isatty()
        self._begun = time.monotonic()
        self._made = 0

    def done(self, name: str, status: str, seconds: float = 0.0) -> None:
        """One report more is there, or has failed.

        Args:
            name: of the report.
            status: as its outcome says.
            seconds: that it took.
        """
        self.count += 1
        self._made += status != "same"
        if self._bar:
            self._draw(name)
        else:
            took = f" in {seconds:.1f} s" if status == "done" else ""
            said = {"same": "there already"}.get(status, status)
            print(f"{self.count} of {self.total}  {name}: {said}{took}", file=self._stream, flush=True)

    def start(self) -> None:
        """Show that work has begun."""
        if self._bar:
            self._draw("")

    def close(self) -> None:
        """Leave the line."""
        if self._bar:
            print(file=self._stream, flush=True)

    def _draw(self, name: str) -> None:
        filled = round(_WIDTH * self.count / max(self.total, 1))
        bar = "█" * filled + "░" * (_WIDTH - filled)
        text = f"{bar} {self.count} of {self.total}{self._left()}  {name}"
        print(f"\r\x1b[2K{text[:100]}", end="", file=self._stream, flush=True)

    def _left(self) -> str:
        """The time left, from the reports made so far."""
        if not self._made or self.count >= self.total:
            return ""
        seconds = (time.monotonic() - self._begun) / self._made * (self.total - self.count)
        return f", {duration(seconds)} left"


def duration(seconds: float) -> str:
    """A time span as people say it.

    Example:
        >>> duration(42), duration(170), duration(7300)
        ('42 s', '3 min', '2 h 2 min')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
