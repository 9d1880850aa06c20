"""The command line: `wom run`, `wom check`, `wom schema`.

Exit codes: 0 done, 1 failed, 2 wrong usage or bad input, 75 another run holds the lock.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import __version__
from .errors import InputError, WomError
from .files import find, parse_value

DONE, FAILED, BAD_INPUT = 0, 1, 2

EXAMPLES = """examples:
  wom run data/sample/retailer/front-line-training.yaml
  wom run retailer/make-it-right --set experience.bad_share=0.04 --set horizon_months=24
  wom run retailer/make-it-right retailer/front-line-training --notebook compare_plans
  wom check my-shop.yaml
  wom schema > wom-scenario.schema.json
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Example:
        >>> main(["check", "retailer/today"])
        retailer/today: fine
        Harbour & Co., department store: 1 segment, 5,000 customers, 36 months, no plan
        14 figures of the business's own; 28 from published or assumed evidence (13 weak or better, 15 assumed)
        0
    """
    options = _parser().parse_args(arguments)
    try:
        done: int = options.command(options)
    except WomError as error:
        print(f"wom: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # the reader, such as head, has enough
        sys.stderr.close()
        return DONE
    except KeyboardInterrupt:
        print("wom: stopped", file=sys.stderr)
        return 130
    return done


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="wom",
        description="What good service is worth and what bad service costs.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"wom {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="make a report of a scenario")
    run.add_argument("file", metavar="FILE", help="a scenario file, or a sample's name such as retailer/today")
    run.add_argument("others", metavar="MORE", nargs="*", help="more plans for the same business, to be compared")
    run.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], dest="changes",
                     help="change a value, such as experience.bad_share=0.04; may be repeated")  # fmt: skip
    run.add_argument("--output", metavar="DIR", type=Path, help="where runs go (reports/ and the scenario's name)")
    run.add_argument("--notebook", metavar="NAME", default="scenario_report",
                     help="which notebook to run: a name or a path (scenario_report)")  # fmt: skip
    run.add_argument("--seed", metavar="N", help="seed of everything random")
    run.set_defaults(command=_run)

    check = commands.add_parser("check", help="say whether a scenario file is fine, and what it rests on")
    check.add_argument("file", metavar="FILE")
    check.set_defaults(command=_check)

    schema = commands.add_parser("schema", help="print the JSON Schema of scenario files, for editors")
    schema.set_defaults(command=_schema)
    return parser


def _changes(pairs: Sequence[str]) -> dict[str, Any]:
    changes = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key:
            raise InputError(f"--set takes KEY=VALUE, such as experience.bad_share=0.04; got {pair!r}")
        changes[key.strip()] = parse_value(text, key.strip())
    return changes


def _run(options: argparse.Namespace) -> int:
    from . import reporting, simulate
    from .sampling import whole_number
    from .scenario import load

    path = find(options.file)
    changes = _changes(options.changes)
    scenario = load(path).replace(changes)
    simulate(scenario)  # contradictions are said before a kernel starts
    if options.others:
        from .portfolio import load_all

        load_all(str(path), *options.others, changes=changes)
    notebook = reporting.find(options.notebook)
    given: dict[str, Any] = {"scenario": str(path.resolve())}
    if changes:
        given["changes"] = changes
    if options.others or "others" in reporting.declared(notebook):
        given["others"] = [str(find(other).resolve()) for other in options.others]
    if options.seed is not None:
        given |= reporting.parse(notebook, {"seed": options.seed})
        whole_number("seed", given["seed"], 0)
    output = options.output or Path("reports") / _slug(path, options.notebook)
    report = reporting.run_report(notebook, given, output, inputs=_sources(path))
    _say(report, output)
    return DONE


def _slug(path: Path, notebook: str) -> str:
    name = f"{path.resolve().parent.name}-{path.stem}"
    return name if notebook == "scenario_report" else f"{name}-{Path(notebook).stem.replace('_', '-')}"


def _sources(path: Path) -> list[Path]:
    """The scenario's file and all that it extends."""
    from .files import chain

    return chain(path)


def _say(report: Any, output: Path) -> None:
    results = report.results
    print(results.get("title", report.path.name))
    lines = results.get("headline", {}).get("data", [])
    wide = max((len(label) for label, *_ in lines), default=0)
    for label, value, note in lines:
        print(f"  {label:<{wide}}  {value}  ({note})")
    page = output / "latest" / "report.html"
    print(f"Open {page if page.exists() else report.html}")


def _check(options: argparse.Namespace) -> int:
    from . import assumptions
    from .run import simulate
    from .scenario import load
    from .words import whole

    scenario = load(options.file)
    run = simulate(scenario)
    grades = assumptions.table(scenario)["grade"]
    yours, assumed = int((grades == assumptions.YOURS).sum()), int((grades == "assumed").sum())
    segments = f"{len(scenario.segments)} segment{'s' if len(scenario.segments) > 1 else ''}"
    plan = f"{len(scenario.plan)} in its plan" if scenario.plan else "no plan"
    customers = whole(run.monthly["customers"].iloc[0])
    print(f"{options.file}: fine")
    print(f"{scenario.title}: {segments}, {customers} customers, {scenario.horizon_months} months, {plan}")
    print(
        f"{yours} figures of the business's own; {len(grades) - yours} from published or assumed evidence "
        f"({len(grades) - yours - assumed} weak or better, {assumed} assumed)"
    )
    return DONE


def _schema(_: argparse.Namespace) -> int:
    from .schema import schema

    print(json.dumps(schema(), indent=2, ensure_ascii=False))
    return DONE
