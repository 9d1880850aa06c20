"""`wom batch`: many scenarios, rows of a CSV file or points of a grid; a report each, or one that compares."""

from __future__ import annotations

import argparse
import functools
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..analysis.sweep import Point, axis, from_files, grid, read_csv
from ..errors import InputError, WomError
from ..files import chain, find
from . import common

_COMPARISON = "sweep"
_MOST_NAMED = 20
_ABOUT = """Several files, or a CSV file with a row per branch, become a report each and a page that ranks them; a
grid becomes one report that compares all of its points. What is done is not done again; one that fails does not
stop the rest and is named at the end. Exit codes: as for `wom run`."""


def add(commands: Any) -> None:
    """Tell the parser."""
    parser = commands.add_parser(
        "batch",
        help="reports of many scenarios, of a CSV file's rows, or of a grid of values",
        description=_ABOUT,
    )
    parser.add_argument(
        "files", metavar="FILE", nargs="+", help="scenario files; the one to vary for --grid and --csv"
    )
    parser.add_argument("--grid", metavar="KEY=A,B,C", action="append", default=[],
                        help="what if: values by key, or KEY=first:last:count; several are crossed")  # fmt: skip
    parser.add_argument("--csv", metavar="FILE", type=Path,
                        help="a row per branch: columns name, dotted keys, scenario for own files")  # fmt: skip
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--each", action="store_true", help="a report each (usual for files and --csv)")
    way.add_argument("--compare", action="store_true", help="one report for all (usual for --grid)")
    parser.add_argument("--rank-by", metavar="NAME", default="", help="a figure to rank by, such as extra_revenue")
    parser.add_argument(
        "--jobs", metavar="N", type=common.count, default=0, help="reports at once on this machine (2)"
    )
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", default="", help="a Dask scheduler to have the work done by"
    )
    common.add_values(parser)
    common.add_output(parser)
    common.add_wanted(parser, deck=False)
    parser.set_defaults(command=batch)


def batch(options: argparse.Namespace) -> int:
    """Make the reports.

    Returns:
        The exit code.

    Errors:
        WomError: bad input, another batch at work, no scheduler.
    """
    from ..reporting import own_process

    if not options.scheduler:
        own_process.start()  # it imports while the scenarios are checked
    try:
        points, base, name = _points(options)
        if options.compare or (options.grid and not options.each):
            return _compare(options, points, base, name)
        return _each(options, points, base, name)
    except WomError as error:
        common.tell(options.on_failure, None, str(error))
        raise
    except OSError as error:
        raise WomError(
            f"{error.filename or 'the output'}: cannot be written: {error.strerror or error}"
        ) from error


def _points(options: argparse.Namespace) -> tuple[list[Point], Path, str]:
    """What is to be made, the file that the first one starts from, and a name for all of it."""
    if options.grid and options.csv:
        raise InputError("give --grid or --csv, not both; a CSV file can hold any combinations")
    if (options.grid or options.csv) and len(options.files) > 1:
        raise InputError("--grid and --csv vary one scenario; give one file")
    base = find(options.files[0])
    if options.csv:
        return read_csv(options.csv), base, common.slug(options.csv.stem)
    if options.grid:
        axes = dict(map(axis, options.grid))
        if len(axes) < len(options.grid):
            raise InputError("--grid gives a key twice; list its values with commas")
        return grid(axes), base, f"{common.scenario_slug(base)}-grid"
    points = from_files(options.files)
    name = common.slug("-".join(dict.fromkeys(Path(point.file).parent.name for point in points))[:60])
    return points, base, f"{name}-batch"


def _compare(options: argparse.Namespace, points: Sequence[Point], base: Path, name: str) -> int:
    """One report over all points."""
    from .. import reporting
    from ..reporting import results, variants
    from ..reporting.attempt import attempt
    from ..reporting.work import Task

    if options.notebook != "scenario_report":
        raise InputError("--notebook goes with a report each: add --each")
    notebook = reporting.find(_COMPARISON).absolute()
    given: dict[str, Any] = {"scenario": str(base.resolve()), "changes": common.changes(options.changes)}
    if options.csv:
        given["branches"] = str(options.csv.resolve())
    elif options.grid:
        given["grid"] = dict(map(axis, options.grid))
    else:
        given["files"] = [point.file for point in points]
    given |= {"rank_by": options.rank_by} | common.parameters(notebook, options.parameters, options.seed)
    files = [base, *(find(point.file) for point in points if point.file)]
    inputs = tuple(dict.fromkeys(part.resolve() for file in files for part in chain(file)))
    output, root = common.directories(options, name)
    task = Task(name, notebook, reporting.check(notebook, given), output, inputs,
                time_limit=options.time_limit, keep=options.keep, again=False,
                wanted=common.wanted(options))  # fmt: skip
    if options.scheduler:
        from ..reporting.executors import executor

        output.mkdir(parents=True, exist_ok=True)
        with executor(1, options.scheduler, output) as pool:
            outcome = pool.submit(attempt, task).result()
    else:
        outcome = attempt(task)
    if output.is_dir():
        common.refresh(root)
    if not outcome.good or outcome.run is None:
        return common.failed(outcome, options.on_failure)
    found = results.read(outcome.run)
    common.say(found, name)
    common.say_files(outcome.run)
    bad = variants.problems(found)
    total = len(bad) + len(found.get("points", {}).get("index", []))
    return _named(bad, total, options, outcome.run / "manifest.json")


def _each(options: argparse.Namespace, points: Sequence[Point], base: Path, name: str) -> int:
    """A report for each point."""
    from ..reporting.batch import run_batch
    from ..reporting.executors import JOBS, executor

    output, root = common.directories(options, name)
    taken: set[str] = set()
    wanted = common.wanted(options)
    tasks = [_task(options, point, base, output / common.slug(point.name, taken), wanted) for point in points]
    begin = functools.partial(executor, options.jobs or JOBS, options.scheduler, output)
    done = run_batch(tasks, output, begin, title=_title(options, base), rank_by=options.rank_by)
    if root != output:
        common.refresh(root)
    if options.rank_by and done.ranked_by != options.rank_by:
        print(f"wom: no report has the figure {options.rank_by}; ranked by {done.ranked_by}", file=sys.stderr)
    made = sum(outcome.status == "done" for outcome in done.outcomes)
    same = sum(outcome.status == "same" for outcome in done.outcomes)
    print(f"{made} made" + (f", {same} there already" if same else ""))
    print(f"Open {common.below(done.page)}")
    if wanted.anything:
        _left_out([outcome.run for outcome in done.outcomes if outcome.good and outcome.run])
    bad = {outcome.name: outcome.message for outcome in done.bad}
    return _named(bad, len(points), options, output / "batch.json")


def _task(options: argparse.Namespace, point: Point, base: Path, output: Path, wanted: Any) -> Any:
    """A report to be made; what cannot begin is an outcome already."""
    from .. import reporting, simulate
    from ..reporting.batch import refused
    from ..reporting.work import Task
    from ..scenario import load

    try:
        path = find(point.file) if point.file else base
        changed = {**common.changes(options.changes), **point.changes}
        if point.what_if:
            changed["what_if"] = load(path).what_if(point.what_if).data["what_if"]
        if (point.changes or point.what_if) and "title" not in changed:
            changed["title"] = point.name
        simulate(load(path).replace(changed))
        notebook = reporting.find(options.notebook).absolute()
        given: dict[str, Any] = {"scenario": str(path.resolve())} | ({"changes": changed} if changed else {})
        if "others" in reporting.declared(notebook):
            given["others"] = []
        given |= common.parameters(notebook, options.parameters, options.seed)
        files = tuple(file.resolve() for file in chain(path))
        return Task(point.name, notebook, reporting.check(notebook, given), output, files,
                    time_limit=options.time_limit, keep=options.keep, again=False, wait=60.0, tries=2,
                    wanted=wanted)  # fmt: skip
    except WomError as error:
        return refused(point.name, str(error))


def _left_out(runs: Sequence[Path]) -> None:
    """What was left out of reports, a line for each reason."""
    from ..reporting import manifest

    reasons = Counter(line for run in runs for line in manifest.read(run).get("left_out", []))
    for line, times in reasons.items():
        print(f"{line} ({times} of {len(runs)} reports)")


def _title(options: argparse.Namespace, base: Path) -> str:
    if options.csv:
        return str(options.csv.stem).replace("_", " ").replace("-", " ").capitalize()
    if options.grid:
        return f"{base.stem.replace('-', ' ').capitalize()}: a grid"
    return "Scenarios"


def _named(bad: dict[str, str], total: int, options: argparse.Namespace, record: Path) -> int:
    """Say which went wrong, and why."""
    if not bad:
        return common.DONE
    print(f"wom: {len(bad)} of {total} went wrong:", file=sys.stderr)
    alike: dict[str, list[str]] = {}
    for name, message in bad.items():
        alike.setdefault(message.split("\n")[0], []).append(name)
    for message, names in list(alike.items())[:_MOST_NAMED]:
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        print(f"  {'; '.join(names[:_MOST_NAMED])}{more}: {message}", file=sys.stderr)
    if len(alike) > _MOST_NAMED:
        print(f"  and others, for {len(alike) - _MOST_NAMED} more reasons", file=sys.stderr)
    common.tell(options.on_failure, record, f"went wrong: {', '.join(bad)}")
    return common.FAILED
