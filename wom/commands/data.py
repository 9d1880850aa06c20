"""`wom data check`: what a user's own tables hold."""

from __future__ import annotations

import argparse
import json
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
    checking.add_argument("--json", action="store_true", help="print the same for programs")
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
    written = found.write(options.output or Path(options.file).parent) if found.rejected else None
    code = FAILED if options.strict and found.rejected else DONE
    if options.json:
        print(json.dumps(found.plain(), ensure_ascii=False, indent=2, allow_nan=False))
        return code
    print(tables.description.title or options.file)
    print(
        found.table.rename(columns=lambda name: name.replace("_", " "))
        .rename_axis(None)
        .map("{:,}".format)
        .to_string()
    )
    print(f"\nWhat was taken, to be held against your books:\n{_shown(found.columns)}\n")
    for sentence in found.sentences:
        print(f"- {sentence}")
    if written:
        print(f"\nRejected rows, with lines and reasons: {written}")
    return code


def _shown(columns: Any) -> str:
    """Smallest, largest, sum and missing of each column, for people."""

    def cell(value: Any) -> str:
        if isinstance(value, float):
            return f"{value:,.2f}".removesuffix(".00")
        return "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)

    named = columns.rename(columns={"min": "smallest", "max": "largest"}).map(cell)
    named.index = [" ".join(pair) for pair in named.index]
    return str(named.to_string())
