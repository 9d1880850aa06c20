"""`wom run`: a report of one scenario, at the desk or unattended."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from ..errors import WomError
from ..files import chain, find
from . import common


def add(commands: Any) -> None:
    """Tell the parser."""
    parser = commands.add_parser(
        "run",
        help="make a report of a scenario",
        description="Make a report of a scenario. Exit codes: 0 done, 1 failed, 2 wrong usage or bad input, "
        "75 another run is at work in the same directory.",
    )
    parser.add_argument("file", metavar="FILE", help="a scenario file, or a sample's name such as retailer/today")
    parser.add_argument(
        "others", metavar="MORE", nargs="*", help="more plans for the same business, to be compared"
    )
    common.add_values(parser)
    common.add_output(parser)
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Make the report.

    Returns:
        The exit code.

    Errors:
        WomError: bad input.
    """
    from ..reporting import own_process
    from ..reporting.attempt import attempt, refuse
    from ..reporting.work import BUSY

    own_process.start()  # it imports while the scenario is checked
    name = common.scenario_slug(Path(options.file), options.notebook)
    try:
        path = find(options.file)
        name = common.scenario_slug(path, options.notebook)
        task = _task(options, path, name)
    except WomError as error:
        if options.on_failure:
            output, root = common.directories(options, name)
            failed = refuse(output, Path(options.notebook).name, error)
            common.tell(options.on_failure, failed / "manifest.json" if failed else None, str(error))
            if failed:
                common.refresh(root)
        raise
    output, root = common.directories(options, name)
    outcome = attempt(task)
    if not outcome.good:
        print(f"wom: {outcome.message}", file=sys.stderr)
        if outcome.status != BUSY:
            record = outcome.run / "manifest.json" if outcome.run else None
            common.tell(options.on_failure, record, outcome.message)
            if output.is_dir():
                common.refresh(root)
        return outcome.exit_code
    common.refresh(root)
    _say(outcome.run or output, output)
    return common.DONE


def _task(options: argparse.Namespace, path: Path, name: str) -> Any:
    """What is to be made, after everything that can be checked beforehand."""
    from .. import reporting, simulate
    from ..reporting.work import Task
    from ..scenario import load

    changed = common.changes(options.changes)
    simulate(load(path).replace(changed))  # contradictions are said before a kernel starts
    others = [find(other) for other in options.others]
    if others:
        from ..portfolio import load_all

        load_all(str(path), *options.others, changes=changed)
    notebook = reporting.find(options.notebook).absolute()
    given: dict[str, Any] = {"scenario": str(path.resolve())}
    if changed:
        given["changes"] = changed
    if others or "others" in reporting.declared(notebook):
        given["others"] = [str(other.resolve()) for other in others]
    given |= common.parameters(notebook, options.parameters, options.seed)
    reporting.check(notebook, given)
    files = tuple(dict.fromkeys(file.resolve() for plan in (path, *others) for file in chain(plan)))
    output, _ = common.directories(options, name)
    return Task(name, notebook, given, output, files, time_limit=options.time_limit, keep=options.keep)


def _say(run_directory: Path, output: Path) -> None:
    from ..reporting import places, results

    common.say(results.read(run_directory), run_directory.name)
    link = output / places.LATEST
    shown = link if link.is_symlink() and link.resolve() == run_directory.resolve() else run_directory
    page = shown / "report.html"
    here = Path.cwd()
    print(f"Open {page.relative_to(here) if page.is_relative_to(here) else page}")
