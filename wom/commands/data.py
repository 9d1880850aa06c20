"""`wom data check`: what a user's own tables hold."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from .common import DONE, FAILED


def add(commands: Any) -> None:
    """Tell the parser."""
    data = commands.add_parser("data", help="look at your own tables")
    actions = data.add_subparsers(required=True, metavar="ACTION")
    checking = actions.add_parser("check", help="rows read, rejected and why, duplicates, gaps, refunds")
    checking.add_argument("file", metavar="DATA.yaml", help="describes the tables; or a sample's name")
    checking.add_argument("--output", metavar="DIR", type=Path,
                          help="where rejected.csv goes, if any row is rejected (beside DATA.yaml)")  # fmt: skip
    checking.add_argument("--strict", action="store_true", help="exit with 1 if any row is rejected")
    checking.set_defaults(command=check)


def check(options: argparse.Namespace) -> int:
    """Read the tables and say what was found.

    Returns:
        The exit code: 0 where the tables can be used, 1 with --strict if any row was rejected.

    Errors:
        InputError: the description or a table cannot be used, or more than half of its rows.
        WomError: a package is missing, or the rejected rows cannot be written.
    """
    from ..data import load
    from ..data.description import find

    options.file = find(options.file)
    tables = load(options.file)
    found = tables.check()
    print(tables.description.title or options.file)
    print(
        found.table.rename(columns=lambda name: name.replace("_", " "))
        .rename_axis(None)
        .map("{:,}".format)
        .to_string()
    )
    print()
    for sentence in found.sentences:
        print(f"- {sentence}")
    if found.rejected:
        written = found.write(options.output or Path(options.file).parent)
        print(f"\nRejected rows, with lines and reasons: {written}")
    return FAILED if options.strict and found.rejected else DONE
