"""`wom run`: a report of one scenario or of a notebook alone, with its slides, at the desk or unattended."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..errors import InputError, WomError
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
    parser.add_argument("file", metavar="FILE", nargs="?",
                        help="a scenario file, or a sample's name such as retailer/today; none for a notebook "
                        "that takes numbers alone, such as workshop")  # fmt: skip
    parser.add_argument(
        "others", metavar="MORE", nargs="*", help="more plans for the same business, to be compared"
    )
    common.add_values(parser)
    common.add_output(parser)
    common.add_wanted(parser, deck=True)
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
    name = _name(options, Path(options.file or "."))
    try:
        path = find(options.file) if options.file else None
        name = _name(options, path)
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
        code = common.failed(outcome, options.on_failure)
        if outcome.status != BUSY and output.is_dir():
            common.refresh(root)
        return code
    common.refresh(root)
    _say(outcome.run or output, output)
    return common.DONE


def _name(options: argparse.Namespace, path: Path | None) -> str:
    """Of the directory of this report's runs."""
    if options.file and path:
        return common.scenario_slug(path, options.notebook, options.others)
    return common.slug(Path(options.notebook).stem.replace("_", "-"))


def _task(options: argparse.Namespace, path: Path | None, name: str) -> Any:
    """What is to be made, after everything that can be checked beforehand."""
    from .. import reporting, simulate
    from ..reporting.work import Task
    from ..scenario import load

    notebook = reporting.find(options.notebook).absolute()
    takes = "scenario" in reporting.declared(notebook)
    if path is None and takes:
        raise InputError("give a scenario file, or a sample's name such as retailer/today")
    if path is not None and not takes:
        raise InputError(
            "takes no scenario; leave the scenario file out and give numbers with -p", file=notebook.name
        )
    changed = common.changes(options.changes)
    if path is not None:
        simulate(load(path).replace(changed))  # contradictions are said before a kernel starts
    others = [find(other) for other in options.others]
    if others:
        from ..analysis.compare import load_all

        load_all(str(path), *options.others, changes=changed)
    given: dict[str, Any] = {"scenario": str(path.resolve())} if path else {}
    if changed:
        given["changes"] = changed
    if others or "others" in reporting.declared(notebook):
        given["others"] = [str(other.resolve()) for other in others]
    given |= common.parameters(notebook, options.parameters, options.seed)
    reporting.check(notebook, given)
    files = tuple(dict.fromkeys(file.resolve() for plan in (path, *others) if plan for file in chain(plan)))
    output, _ = common.directories(options, name)
    return Task(name, notebook, given, output, files, time_limit=options.time_limit, keep=options.keep,
                wanted=common.wanted(options))  # fmt: skip


def _say(run_directory: Path, output: Path) -> None:
    """Title and headline figures, what to open, and what was left out."""
    from ..reporting import manifest, places, results

    report = str(manifest.read(run_directory).get("notebook") or run_directory.name)
    common.say(results.read(run_directory), Path(report).stem.replace("_", " ").capitalize())
    if "failed" in str(manifest.read(run_directory).get("summary", {}).get("basis")):
        print("The forecast these figures come from failed its back-test: do not rely on it.")
    link = output / places.LATEST
    shown = link if link.is_symlink() and link.resolve() == run_directory.resolve() else run_directory
    common.say_files(shown)
