"""`wom deck`: slides from a report that is there."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from .common import DONE


def add(commands: Any) -> None:
    """Tell the parser."""
    deck = commands.add_parser(
        "deck",
        help="slides from a report: a deck with native charts, and a slide show",
        description="Slides from a report that is there: a deck with native charts, a slide show, and both report "
        "and slide show as PDF where Chromium is installed.",
    )
    deck.add_argument("report", metavar="REPORT_DIR", type=Path, help="a folder such as reports/NAME/latest")
    deck.add_argument("--output", metavar="FILE", type=Path, help="where the deck goes (deck.pptx in the report)")
    deck.add_argument("--template", metavar="FILE", type=Path, help="a firm's own .pptx, for its layouts")
    deck.set_defaults(command=make)


def make(options: argparse.Namespace) -> int:
    """Make the deck, and the slide show beside it.

    Returns:
        The exit code.

    Errors:
        InputError: no report there, or no usable template.
        WomError: python-pptx is not installed, or a file cannot be written.
    """
    from ..reporting.extras import present

    print("\n".join(present(options.report, options.output, options.template)))
    return DONE
