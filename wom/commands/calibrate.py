"""`wom calibrate`: from tables to a scenario with ranges, back-tested."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from . import common

if TYPE_CHECKING:
    from ..calibration.result import Calibration
    from ..data import Tables

NOTEBOOK = "calibrate"


def add(commands: Any) -> None:
    """Tell the parser."""
    parser = commands.add_parser(
        "calibrate",
        help="turn tables of your own into a scenario with ranges",
        description="Turn tables into a scenario: figures with intervals, where they come from, and a back-test. "
        "What tables cannot tell stays with the business file or the evidence.",
    )
    parser.add_argument(
        "data", metavar="DATA", type=Path, help="a data.yaml that describes the tables, or a sample's name"
    )
    parser.add_argument("--business", metavar="FILE",
                        help="what tables cannot tell, such as market size and margin")  # fmt: skip
    parser.add_argument("--hold-out", metavar="N", type=common.count,
                        help="months at the end to test the fit on (a quarter of them, 3 at least)")  # fmt: skip
    parser.add_argument("--no-back-test", action="store_true", help="fit all months and test nothing")
    parser.add_argument("--report", action="store_true", help="make a report of it as well, as wom run does")
    parser.add_argument("--output", metavar="DIR", type=Path,
                        help="where today.yaml goes (reports/calibration-NAME)")  # fmt: skip
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="seed of everything random")
    parser.set_defaults(command=make)


def make(options: argparse.Namespace) -> int:
    """Calibrate, test, write and say what was found.

    Returns:
        The exit code: 2 where the business must give more.

    Errors:
        InputError: tables or business that cannot be read, or figures that contradict each other.
        WomError: nothing can be written.
    """
    from ..calibration.calibrate import calibrate
    from ..calibration.estimate import missing
    from ..calibration.save import save
    from ..data import load
    from ..data.description import find
    from ..exhibits.sureness import named

    options.data = find(options.data)
    tables = load(options.data)
    folder = options.output or common.REPORTS / f"calibration-{_name(options.data)}"
    common.writable(folder)
    found = calibrate(tables, options.business, seed=options.seed)
    print(f"{found.title or options.data}: {len(found.used)} figures found in {found.months_text}")
    for line in lines(found):
        print(f"  {line}")
    if not found.used:
        for why in dict.fromkeys(one.why for one in missing(found.evaluated.found).values()):
            print(f"  {why}")
    print(f"{len(found.unknown)} figures cannot be told by these tables and keep what the evidence or you say")
    for warning in found.warnings:
        print(f"Note: {warning}")
    if found.needed:
        file = save(found, folder, tables)
        business = shlex.join(["wom", "calibrate", str(options.data), "--business", str(file)])
        print(f"wom: {_first_error(found)}\nFill in {file}, then run: {business}", file=sys.stderr)
        return common.BAD_INPUT
    if not options.no_back_test and found.contradiction is None:
        found = _tested(found, tables, options)
    file = save(found, folder, tables)
    if text := found.refused.text:
        print(f"Note: {named(text)}")
    if options.report:
        common.say_files(_report(options, folder))
    print(f"Wrote {file}\nNext: {shlex.join(['wom', 'run', str(file)])}")
    return common.DONE


def lines(found: Calibration) -> list[str]:
    """A short table of what was found: figure, middle, ends, and what it contradicts.

    Args:
        found: from `wom.calibrate`.
    """
    verdicts = found.table.loc[list(found.used), "verdict"]
    rows = [
        (key, f"{one.central:.4g}",
         f"({one.low:.4g} to {one.high:.4g})" if one.low < one.high else "(set)" if one.fixed else "(counted)",
         "" if "above" not in verdict and "below" not in verdict else verdict)
        for (key, one), verdict in zip(found.used.items(), verdicts, strict=True)
    ]  # fmt: skip
    wide = [max((len(row[place]) for row in rows), default=0) for place in range(4)]
    return ["  ".join(cell.ljust(wide[place]) for place, cell in enumerate(row)).rstrip() for row in rows]


def _first_error(found: Calibration) -> str:
    try:
        return found.scenario.title
    except InputError as error:
        return str(error)


def _tested(found: Calibration, tables: Tables, options: argparse.Namespace) -> Calibration:
    from ..calibration.backtest import tried
    from ..exhibits.basis import verdict

    tested, why = tried(tables, options.business, hold_out=options.hold_out, seed=options.seed)
    if tested is None:
        print(f"Not back-tested: {why}")
        return found
    print(verdict(tested.basis))
    return found.tested(tested.basis)


def _report(options: argparse.Namespace, folder: Path) -> Path:
    """The directory of the notebook's report of the same tables."""
    from .. import reporting
    from ..errors import WomError
    from ..reporting.attempt import attempt
    from ..reporting.work import Task, Wanted

    notebook = reporting.find(NOTEBOOK).absolute()
    given = {"data": str(options.data.resolve()), "hold_out": options.hold_out or 0, "seed": options.seed}
    if options.business:
        beside = Path(options.business)
        given["business"] = str(beside.resolve()) if beside.is_file() else options.business
    if options.no_back_test:
        given["hold_out"] = -1
    outcome = attempt(
        Task(folder.name, notebook, given, folder.absolute(), (options.data.resolve(),), wanted=Wanted(deck=True))
    )
    if not outcome.good or outcome.run is None:
        raise WomError(outcome.message)
    common.refresh(folder.absolute().parent if options.output is None else folder.absolute())
    return outcome.run


def _name(data: Path) -> str:
    """A directory's name for a description: its folder and the folder above."""
    place = data.resolve().parent
    return common.slug(f"{place.parent.name}-{place.name}")
