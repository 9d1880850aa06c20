"""How far a long computation is, on a terminal and nowhere else."""

from __future__ import annotations

import sys


class Progress:
    """A line of text with a percentage; nothing where output is not a terminal.

    Args:
        label: what is being done.
        total: how many steps there are in all.

    Example:
        >>> progress = Progress("runs", 100)
        >>> progress.add(50)
    """

    def __init__(self, label: str, total: int) -> None:
        self.label, self.total, self.done = label, total, 0

    def add(self, steps: int) -> None:
        """So many steps more are done."""
        self.done += steps
        if sys.stderr.isatty():
            share = min(self.done / max(self.total, 1), 1.0)
            print(f"\r{self.label} {share:4.0%}", end="\n" if share == 1.0 else "", file=sys.stderr, flush=True)
