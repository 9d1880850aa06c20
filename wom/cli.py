"""The command line: `wom run`, `wom batch`, `wom new` and others.

Exit codes: 0 done, 1 failed, 2 wrong usage or bad input, 3 an alert, 75 another run holds the lock, 130 and 143
stopped.
"""

from __future__ import annotations

import argparse
import codecs
import contextlib
import datetime
import functools
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from . import __version__
from .errors import InputError, WomError, nearest, shorten
from .files import Temporary, chain, find, parse_value

if TYPE_CHECKING:
    from .analysis.sweep import Point
    from .calibration.result import Calibration
    from .data import Tables
    from .report.parts import Wanted
    from .report.run import Outcome, Task

EXAMPLES = """examples:
  wom new                                                     # nine questions, and a first report is ready to run
  wom run data/sample/retailer/front-line-training.yaml
  wom run retailer/make-it-right --set experience.bad_share=0.04 -p horizon_months=24
  wom run retailer/make-it-right retailer/front-line-training --notebook compare_plans
  wom run --notebook workshop -p customers=5000 -p bad_share=0.06      # nine numbers, and a deck
  wom run shop.yaml --keep 30 --time-limit 30m --on-failure "notify-send wom"    # unattended
  wom run shop.yaml --alert "net<0" --alert "revenue:-5%"     # exit code 3 where it comes to that
  wom status --max-age 26h
  wom deck reports/retailer-make-it-right/latest
  wom batch retailer/make-it-right --grid experience.bad_share=0.02,0.04,0.06
  wom batch shop.yaml --csv branches.csv --jobs 2
  wom calibrate tables/data.yaml --business shop.yaml
  wom check shop.yaml
  wom data check data/sample/retailer/tables/data.yaml
  wom schema > wom-scenario.schema.json
"""
DONE, FAILED, BAD_INPUT, ALERT, _STOPPED, _TERMINATED = 0, 1, 2, 3, 130, 143
REPORTS = Path("reports")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_TELL_SECONDS = 120
_AHEAD = 300.0  # seconds that a clock may be wrong
_DRAWS = 1000
"""As many as a report takes."""
_MANY = 0.05
"""Of the draws; that so many contradict themselves is worth a note."""
_MOST_NAMED = 20
_COMPARISON = "sweep"
_OPENED = ("ranking.html", "report.html", "brief.html", "slides.html", "deck.pptx", "report.pdf", "slides.pdf")


class Terminated(KeyboardInterrupt):
    """Somebody asked the process to end, politely: systemd, timeout, a batch system."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    _open_streams()
    options = parser().parse_args(arguments)
    before = _listen()
    cache = None
    try:
        _folder_is_there()
        if "MPLCONFIGDIR" not in os.environ and not os.access(Path("~").expanduser(), os.W_OK):
            cache = Temporary("wom-matplotlib-")
            os.environ["MPLCONFIGDIR"] = str(cache.path)
        done: int = options.command(options)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as head, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return DONE
    except WomError as error:
        if getattr(options, "json", False):
            place = {"key": error.key, "file": error.file} if isinstance(error, InputError) else {}
            _json({"fine": False, "error": str(error)} | place)
        note(f"wom: {error}")
        return error.exit_code
    except KeyboardInterrupt as stopped:
        note("wom: stopped")
        return _TERMINATED if isinstance(stopped, Terminated) else _STOPPED
    except OSError as error:  # standard output, for all else is answered where it happens
        note(f"wom: {error.filename or 'standard output'}: {error.strerror or error}")
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return FAILED
    finally:
        if cache:
            del os.environ["MPLCONFIGDIR"]
            cache.close()
        if before is not None:
            signal.signal(signal.SIGTERM, before)
    return done


def main_check() -> int:
    """`wom-check FILE ...`, for pre-commit: scenarios and descriptions of tables; silent where all is well."""
    from .data.description import read as read_tables
    from .files import describes_tables, read
    from .scenario import load

    _open_streams()
    code = DONE
    for file in sys.argv[1:]:
        try:
            tables = describes_tables(read(Path(file), "data")) if Path(file).is_file() else False
            read_tables(file) if tables else load(file).without_plan()
        except WomError as error:
            note(f"wom: {error}")
            code = max(code, error.exit_code)
    return code


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    made = argparse.ArgumentParser(
        prog="wom",
        description="What good service is worth and what bad service costs.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--version", action="version", version=f"wom {__version__}")
    commands = made.add_subparsers(required=True, metavar="COMMAND")
    for add in (_add_new, _add_run, _add_batch, _add_calibrate, _add_deck, _add_status, _add_check, _add_data):
        add(commands)
    return made


# --- A console as it may be: closed, full, of another alphabet; a folder that is gone; a wish to stop ---

_PLAIN = {"−": "-", "–": "-", "→": "->", "×": "x", "█": "#", "░": ".", "\u202f": " ", "\xa0": " ", "…": "..."}


def _open_streams() -> None:
    """Give what is closed a place to write to, and a console that cannot show a sign another one for it."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the system gives out the lowest number
    codecs.register_error("wom", _in_plain_signs)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123  (as long as we run)
        elif isinstance(getattr(stream, "errors", None), str) and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="wom")


def _in_plain_signs(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_PLAIN.get(sign, "?") for sign in error.object[error.start : error.end]), error.end


def _folder_is_there() -> None:
    try:
        Path.cwd()
    except OSError as error:
        raise WomError("the folder that you are in is gone; change to one that is there") from error


def _listen() -> Any:
    """Take SIGTERM as a wish to stop in order; returns what to put back."""

    def stop(_: int, __: FrameType | None) -> None:
        raise Terminated

    if threading.current_thread() is not threading.main_thread():
        return None
    return signal.signal(signal.SIGTERM, stop)


def note(text: str) -> None:
    """A line on standard error, where it can be written."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def _json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False, default=str))


# --- Options that commands share ---


def _pairs(given: Sequence[str], option: str, example: str) -> dict[str, str]:
    """KEY=VALUE arguments as a mapping of texts; InputError for one without a key, or a key twice."""
    found: dict[str, str] = {}
    for pair in given:
        key, equals, text = pair.partition("=")
        if not equals or not key.strip():
            raise InputError(f"{option} takes {example}; got {pair!r}")
        if key.strip() in found:
            raise InputError(f"{option} gives it twice", key.strip())
        found[key.strip()] = text
    return found


def _changes(given: Sequence[str]) -> dict[str, Any]:
    """Values of --set, as they would stand in a scenario file."""
    texts = _pairs(given, "--set", "KEY=VALUE, such as experience.bad_share=0.04")
    return {key: parse_value(text, key) for key, text in texts.items()}


def _parameters(notebook: Path, given: Sequence[str], seed: str | None) -> dict[str, Any]:
    """Values of --param and --seed, by the notebook's annotations."""
    from .draws import whole_number
    from .report.notebook import parse

    texts = _pairs(given, "--param", "NAME=VALUE, such as horizon_months=24")
    if seed is not None:
        texts["seed"] = seed
    found = parse(notebook, texts)
    if "seed" in found:
        whole_number("seed", found["seed"], 0)
    return found


def _span(text: str) -> float:
    """A span of time in seconds, for argparse."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*([smhd])", text.strip())
    if not found or float(found[1]) <= 0:
        raise argparse.ArgumentTypeError(f"must be a time such as 90s, 30m, 26h or 2d, is {text!r}")
    return float(found[1]) * _UNITS[found[2]]


def _count(text: str) -> int:
    """A whole number of 1 or more, for argparse."""
    if not re.fullmatch(r"[0-9]{1,6}", text.strip()) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number, 1 or more, is {text!r}")
    return int(text)


def _add_output(parser: argparse.ArgumentParser, what: str = "this report's runs") -> None:
    """Options on where reports go, and on running unattended."""
    add = parser.add_argument
    add("--reports", metavar="DIR", type=Path, default=REPORTS,
        help="directory of all reports, with an index.html over them (reports)")  # fmt: skip
    add("--output", metavar="DIR", type=Path, help=f"directory of {what}, instead of one below --reports")
    add("--keep", metavar="N", type=_count,
        help="remove the oldest runs until N whole ones are left, and N failed ones")  # fmt: skip
    add("--time-limit", metavar="TIME", type=_span,
        help="stop a report that takes longer, all in all: 90s, 30m, 2h")  # fmt: skip
    add("--on-failure", metavar="CMD", help="command to run after a failure, with the manifest's path behind it")
    add("--on-success", metavar="CMD", help="command to run when all is well, with the manifest's path behind it")


def _add_wanted(parser: argparse.ArgumentParser, deck: bool) -> None:
    """Options on what a report comes as besides its page; `deck` is what is usual."""
    add = parser.add_argument
    add("--deck", action=argparse.BooleanOptionalAction, default=deck,
        help=f"make deck.pptx and slides.html too ({'yes' if deck else 'no'})")  # fmt: skip
    add("--template", metavar="FILE", type=Path, help="a firm's own .pptx for the deck")
    add("--pdf", action="store_true", help="print report and slides to PDF too, where Chromium is installed")
    add("--brief", action="store_true", help="make a page for the board too")
    add("--no-live", dest="live", action="store_false", help="leave the sliders out of the page")
    add("--no-notebook", dest="kept", action="store_false", help="do not keep the executed notebook of a good run")


def _wanted(options: argparse.Namespace) -> Wanted:
    """What those options say, after everything that can be checked beforehand."""
    from .report import parts

    template = options.template.absolute() if options.template else None
    found = parts.Wanted(options.deck or template is not None, template, options.pdf, options.brief, options.live,
                         options.kept)  # fmt: skip
    parts.check(found)
    return found


def _add_values(parser: argparse.ArgumentParser) -> None:
    """Options on what a report is about."""
    add = parser.add_argument
    add("--set", metavar="KEY=VALUE", action="append", default=[], dest="changes",
        help="change a value, such as experience.bad_share=0.04; may be repeated")  # fmt: skip
    add("-p", "--param", metavar="NAME=VALUE", action="append", default=[], dest="parameters",
        help="give the notebook a parameter, read by its annotation; may be repeated")  # fmt: skip
    add("--notebook", metavar="NAME", default="scenario_report",
        help="which notebook to run: a name or a path (scenario_report)")  # fmt: skip
    add("--seed", metavar="N", help="seed of everything random")


def _directories(options: argparse.Namespace, name: str, source: str = "") -> tuple[Path, Path, str]:
    """Where a report's runs go, whose index.html lists them, and what they are of: where somebody chose a
    directory, anything may go into it."""
    from .report import store

    if options.output is not None:
        return options.output.absolute(), options.output.absolute(), ""
    root = options.reports.absolute()
    return store.named(root, name, source), root, source


# --- What happens when a report is there, or is not ---


def tell(command: str | None, record: Path | None, said: str, option: str = "--on-failure") -> None:
    """Run the command of --on-failure or --on-success. What goes wrong with it is said, and changes nothing.

    Args:
        command: words of a command, as a shell splits them; no shell runs. None does nothing.
        record: the manifest; None where none could be written: then a temporary one takes its place.
        said: what went wrong.
        option: that gave the command.
    """
    if not command:
        return
    with tempfile.TemporaryDirectory() as folder:
        if record is None or not record.is_file():
            record = Path(folder) / "manifest.json"
            record.write_text(json.dumps({"status": "failed", "error": said}), encoding="utf-8")
        try:
            done = subprocess.run(
                [*shlex.split(command), str(record)], timeout=_TELL_SECONDS, stdin=subprocess.DEVNULL, check=False
            )
        except (OSError, ValueError, subprocess.SubprocessError) as problem:
            note(f"wom: {option} {shorten(command)}: {problem}")
            return
    if done.returncode:
        note(f"wom: {option} {shorten(command)}: exit code {done.returncode}")


def _failed(outcome: Outcome, command: str | None) -> int:
    """Say why there is no report, and tell the command, unless another run is only at work; the exit code."""
    from .report.run import BUSY

    note(f"wom: {outcome.message}")
    if outcome.status != BUSY:
        tell(command, _manifest(outcome.run), outcome.message)
    return outcome.exit_code


def _manifest(run: Path | None) -> Path | None:
    return run / "manifest.json" if run else None


def _refresh(root: Path, *outputs: Path) -> None:
    """Write the lists of reports anew; that they cannot be written is said, and no failure of the report."""
    from .report.lists import refresh

    try:
        refresh(root, *outputs)
    except (OSError, WomError) as error:
        note(f"wom: {root / 'index.html'}: cannot be written: {error}")


def _say(results: Mapping[str, Any], otherwise: str) -> None:
    """Title and headline figures of a report."""
    print(results.get("title", otherwise))
    lines = (results.get("headline") or {}).get("data", [])
    wide = max((len(label) for label, *_ in lines), default=0)
    for label, value, explained in lines:
        print(f"  {label:<{wide}}  {value}  ({explained})")


def _say_files(run: Path) -> None:
    """What to open of a finished run, or of a link to it, and what was left out of it."""
    from .report import record

    for name in _OPENED:
        if (run / name).is_file():
            print(f"Open {_below(run / name)}")
    for line in record.read(run).get("left_out", []):
        print(line)


def _below(path: Path) -> Path:
    """A path as seen from here, where it lies below."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


# --- wom run ---


def _add_run(commands: Any) -> None:
    parser = commands.add_parser(
        "run",
        help="make a report of a scenario",
        description="Make a report of a scenario. Exit codes: 0 done, 1 failed, 2 wrong usage or bad input, "
        "3 an alert, 75 another run is at work in the same directory.",
    )
    parser.add_argument("file", metavar="FILE", nargs="?",
                        help="a scenario file, or a sample's name such as retailer/today; none for a notebook "
                        "that takes numbers alone, such as workshop")  # fmt: skip
    parser.add_argument(
        "others", metavar="MORE", nargs="*", help="more plans for the same business, to be compared"
    )
    _add_values(parser)
    _add_output(parser)
    _add_wanted(parser, deck=True)
    parser.add_argument("--alert", metavar="RULE", action="append", default=[], type=_alert,
                        help="exit with 3, and run the command of --on-failure, where a figure is so: net<0, or "
                        "moved so since the last run, as in revenue:-5%%; may be repeated")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print the figures for programs")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """`wom run`: make a report."""
    from .report.processes import start

    start()  # it imports while the scenario is checked
    from .report import store
    from .report.run import BUSY, attempt, refuse

    path = Path(options.file or ".")
    try:
        path = find(options.file) if options.file else path
        task, root = _task(options, path)
    except WomError as error:
        if options.on_failure:
            output, root, _ = _directories(options, *_name(options, path))
            failed = refuse(output, Path(options.notebook).name, error)
            tell(options.on_failure, _manifest(failed), str(error))
            if failed:
                _refresh(root, output)
        raise
    outcome = attempt(task)
    if outcome.status != BUSY and task.output.is_dir():
        _refresh(root, task.output)
    if not outcome.good or outcome.run is None:
        return _failed(outcome, options.on_failure)
    alerts = _alerts(outcome.run, options.alert)
    link = task.output / store.LATEST
    shown = link if link.is_symlink() and link.resolve() == outcome.run.resolve() else outcome.run
    _say_run(outcome.run, shown, alerts, options.json)
    if alerts:
        tell(options.on_failure, _manifest(outcome.run), "; ".join(alerts))
        return ALERT
    tell(options.on_success, _manifest(outcome.run), "", "--on-success")
    return DONE


def _name(options: argparse.Namespace, path: Path) -> tuple[str, str]:
    """Of the directory of this report's runs: its folder, its file, the plans beside it, an unusual notebook; and
    what it is of."""
    from .report.store import source_of

    root = options.reports.absolute()
    unusual = Path(options.notebook).stem.replace("_", "-")
    if not options.file:
        return unusual, f"notebook {source_of(Path(options.notebook), root)}" if "/" in options.notebook else ""
    folder = path.resolve().parent
    name, source = f"{folder.name}-{path.stem}", source_of(path, root)
    if options.others:
        beside = [Path(other) for other in options.others]
        names = [plan.stem if plan.resolve().parent == folder else f"{plan.resolve().parent.name}-{plan.stem}"
                 for plan in beside]  # fmt: skip
        name, source = (
            f"{name}-with-{'-'.join(names)}",
            " ".join([source, *(source_of(plan, root) for plan in beside)]),
        )
    return (name if options.notebook == "scenario_report" else f"{name}-{unusual}"), source


def _task(options: argparse.Namespace, path: Path) -> tuple[Task, Path]:
    """What is to be made, after everything that can be checked beforehand, and whose index lists it."""
    from . import simulate
    from .report import notebook as notebooks
    from .report.run import Task
    from .scenario import load

    notebook = notebooks.find(options.notebook).absolute()
    declared = notebooks.declared(notebook)
    if not options.file and "scenario" in declared:
        raise InputError("give a scenario file, or a sample's name such as retailer/today")
    if options.file and "scenario" not in declared:
        raise InputError(
            "takes no scenario; leave the scenario file out and give numbers with -p", file=notebook.name
        )
    changed = _changes(options.changes)
    plans = [path, *map(find, options.others)] if options.file else []
    if plans:
        simulate(load(path).replace(changed))  # contradictions are said before a kernel starts
    if len(plans) > 1:
        from .analysis.compare import load_all

        load_all(str(path), *options.others, changes=changed)
    given: dict[str, Any] = {"scenario": str(path.resolve())} if plans else {}
    if changed:
        given["changes"] = changed
    if len(plans) > 1 or "others" in declared:
        given["others"] = [str(plan.resolve()) for plan in plans[1:]]
    given |= _parameters(notebook, options.parameters, options.seed)
    notebooks.check(notebook, given)
    files = tuple(dict.fromkeys(file.resolve() for plan in plans for file in chain(plan)))
    name, source = _name(options, path)
    output, root, source = _directories(options, name, source)
    return Task(name, notebook, given, output, files, source, time_limit=options.time_limit, keep=options.keep,
                wanted=_wanted(options)), root  # fmt: skip


def _say_run(made: Path, shown: Path, alerts: Sequence[str], plain: bool) -> None:
    """Title and headline figures, what to open, and what was left out."""
    from .report import record
    from .report.notebook import read_results

    about, results = record.read(made), read_results(made)
    if plain:
        numbers = results.get("numbers", about.get("summary", {}).get("figures", {}))
        files = {name: str(shown / name) for name in _OPENED if (shown / name).is_file()}
        _json({"title": results.get("title"), "run": str(made), "numbers": numbers, "since": about.get("since"),
               "files": files, "left_out": about.get("left_out", []), "alerts": alerts})  # fmt: skip
    else:
        _say(results, Path(str(about.get("notebook") or made.name)).stem.replace("_", " ").capitalize())
        if "failed" in str(about.get("summary", {}).get("basis")):
            print("The forecast these figures come from failed its back-test: do not rely on it.")
        _say_files(shown)
    for alert in alerts:
        note(f"wom: alert: {alert}")


def _alert(text: str) -> tuple[str, str, float]:
    """A rule of --alert: a figure's name, how it is compared, and with what."""
    found = re.fullmatch(r"\s*(\w+)\s*(<|>|:)\s*([+-]?[0-9]+(?:\.[0-9]+)?)\s*(%?)\s*", text.replace("−", "-"))
    if not found or (found[2] == ":") != bool(found[4]) or (found[4] and not float(found[3])):
        raise argparse.ArgumentTypeError(f"must be a rule such as net<0 or revenue:-5%, is {text!r}")
    return found[1], found[2], float(found[3])


def _alerts(made: Path, rules: Sequence[tuple[str, str, float]]) -> list[str]:
    """The rules that have come true, each in words.

    Raises:
        InputError: a figure that the report does not have.
    """
    from .report import record
    from .report.notebook import read_results
    from .report.summary import label, shown

    about = record.read(made)
    last = made.parent / str((about.get("since") or {}).get("run"))
    numbers, before = (read_results(each).get("numbers", {}) for each in (made, last))
    currency = str(about.get("summary", {}).get("currency", ""))
    said = []
    for name, sign, bound in rules:
        if name not in numbers:
            raise InputError(f"the report has no such figure; {nearest(name, numbers)}", f"--alert {name}")
        value, old = numbers[name], before.get(name)
        if value is None:
            said.append(f"{label(name)} has no value")
        elif sign == ":" and old:
            change = 100 * (value - old) / abs(old)
            if change * bound > 0 and abs(change) >= abs(bound):
                said.append(f"{label(name)} moved by {change:+.1f} % since the last run, from "
                            f"{shown(name, old, currency)} to {shown(name, value, currency)}")  # fmt: skip
        elif (value < bound and sign == "<") or (value > bound and sign == ">"):
            said.append(f"{label(name)} is {shown(name, value, currency)}, {'below' if sign == '<' else 'above'} "
                        f"{shown(name, bound, currency)}")  # fmt: skip
    return said


# --- wom batch ---


def _add_batch(commands: Any) -> None:
    parser = commands.add_parser(
        "batch",
        help="reports of many scenarios, of a CSV file's rows, or of a grid of values",
        description="Several files, or a CSV file with a row per branch, become a report each and a page that "
        "ranks them; a grid becomes one report that compares all of its points. What is done is not done again; "
        "one that fails does not stop the rest and is named at the end. Exit codes: as for `wom run`.",
    )
    add = parser.add_argument
    add("files", metavar="FILE", nargs="+", help="scenario files; the one to vary for --grid and --csv")
    add("--grid", metavar="KEY=A,B,C", action="append", default=[],
        help="what if: values by key, or KEY=first:last:count; several are crossed")  # fmt: skip
    add("--csv", metavar="FILE", type=Path,
        help="a row per branch: columns name, dotted keys, scenario for own files")  # fmt: skip
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--each", action="store_true", help="a report each (usual for files and --csv)")
    way.add_argument("--compare", action="store_true", help="one report for all (usual for --grid)")
    add("--rank-by", metavar="NAME", default="", help="a figure to rank by, such as extra_revenue")
    add("--jobs", metavar="N", type=_count, default=0, help="reports at once on this machine (2)")
    add("--scheduler", metavar="ADDRESS", default="", help="a Dask scheduler to have the work done by")
    _add_values(parser)
    _add_output(parser)
    _add_wanted(parser, deck=False)
    parser.set_defaults(command=batch)


def batch(options: argparse.Namespace) -> int:
    """`wom batch`: many reports, or one that compares."""
    from .report import processes

    if not options.scheduler:
        processes.start(*processes.PAGES)  # it imports while the scenarios are checked
    try:
        points, base, name, source = _points(options)
        if options.compare or (options.grid and not options.each):
            return _compare(options, points, base, name, source)
        return _each(options, points, base, name, source)
    except WomError as error:
        tell(options.on_failure, None, str(error))
        raise
    except OSError as error:
        raise WomError(
            f"{error.filename or 'the output'}: cannot be written: {error.strerror or error}"
        ) from error


def _points(options: argparse.Namespace) -> tuple[list[Point], Path, str, str]:
    """What is to be made, the file that the first one starts from, a name for all of it, and what it is of."""
    from .analysis.sweep import axis, from_files, grid, read_csv
    from .report.store import source_of

    if options.grid and options.csv:
        raise InputError("give --grid or --csv, not both; a CSV file can hold any combinations")
    if (options.grid or options.csv) and len(options.files) > 1:
        raise InputError("--grid and --csv vary one scenario; give one file")
    base, root = find(options.files[0]), options.reports.absolute()
    if options.csv:
        return read_csv(options.csv), base, options.csv.stem, source_of(options.csv, root)
    if options.grid:
        axes = dict(map(axis, options.grid))
        if len(axes) < len(options.grid):
            raise InputError("--grid gives a key twice; list its values with commas")
        name = f"{base.resolve().parent.name}-{base.stem}-grid"
        return grid(axes), base, name, f"grid of {source_of(base, root)}"
    points = from_files(options.files)
    folders = dict.fromkeys(Path(point.file).parent for point in points)
    name = "-".join(dict.fromkeys(folder.name for folder in folders))
    return points, base, f"{name}-batch", " ".join(source_of(folder, root) for folder in folders)


def _compare(options: argparse.Namespace, points: Sequence[Point], base: Path, name: str, source: str) -> int:
    """One report over all points."""
    from .analysis.sweep import axis
    from .report import lists
    from .report.batch import executor, from_plain, plainly
    from .report.notebook import check, read_results
    from .report.notebook import find as find_notebook
    from .report.run import Task

    if options.notebook != "scenario_report":
        raise InputError("--notebook goes with a report each: add --each")
    notebook = find_notebook(_COMPARISON).absolute()
    given: dict[str, Any] = {"scenario": str(base.resolve()), "changes": _changes(options.changes)}
    if options.csv:
        given["branches"] = str(options.csv.resolve())
    elif options.grid:
        given["grid"] = dict(map(axis, options.grid))
    else:
        given["files"] = [point.file for point in points]
    given |= {"rank_by": options.rank_by} | _parameters(notebook, options.parameters, options.seed)
    files = [base, *(find(point.file) for point in points if point.file)]
    inputs = tuple(dict.fromkeys(part.resolve() for file in files for part in chain(file)))
    output, root, source = _directories(options, name, source)
    task = Task(name, notebook, check(notebook, given), output, inputs, source, time_limit=options.time_limit,
                keep=options.keep, again=False, wanted=_wanted(options))  # fmt: skip
    if options.scheduler:
        output.mkdir(parents=True, exist_ok=True)
    with executor(1, options.scheduler, output) as pool:
        outcome = from_plain(pool.submit(plainly, task).result())
    if output.is_dir():
        _refresh(root, output)
    if not outcome.good or outcome.run is None:
        return _failed(outcome, options.on_failure)
    found = read_results(outcome.run)
    _say(found, name)
    _say_files(outcome.run)
    bad = lists.problems(found)
    return _named(bad, len(bad) + len(found.get("points", {}).get("index", [])), options, _manifest(outcome.run))


def _each(options: argparse.Namespace, points: Sequence[Point], base: Path, name: str, source: str) -> int:
    """A report for each point."""
    from .report import record, store
    from .report.batch import JOBS, executor, run_batch

    output, root, source = _directories(options, name, source)
    wanted = _wanted(options)
    tasks, taken = [], dict[str, str]()
    for point in points:
        place = store.named(output, point.name, f"{point.name} {point.file}".strip(), taken)
        taken[place.name.lower()] = f"{point.name} {point.file}".strip()
        tasks.append(_one(options, point, base, place, wanted))
    begin = functools.partial(executor, options.jobs or JOBS, options.scheduler, output)
    title = str(options.csv.stem).replace("_", " ").replace("-", " ").capitalize() if options.csv else "Scenarios"
    title = f"{base.stem.replace('-', ' ').capitalize()}: a grid" if options.grid else title
    done = run_batch(tasks, output, begin, title=title, rank_by=options.rank_by, source=source)
    if root != output:
        _refresh(root, output)
    if options.rank_by and done.ranked_by != options.rank_by:
        note(f"wom: no report has the figure {options.rank_by}; ranked by {done.ranked_by}")
    states = Counter(outcome.status for outcome in done.outcomes)
    print(f"{states['done']} made" + (f", {states['same']} there already" if states["same"] else ""))
    print(f"Open {_below(done.page)}")
    if wanted.anything:
        runs = [outcome.run for outcome in done.outcomes if outcome.good and outcome.run]
        for line, times in Counter(line for one in runs for line in record.read(one).get("left_out", [])).items():
            print(f"{line} ({times} of {len(runs)} reports)")
    bad = {outcome.name: outcome.message for outcome in done.bad}
    return _named(bad, len(points), options, output / "batch.json")


def _one(options: argparse.Namespace, point: Point, base: Path, output: Path, wanted: Wanted) -> Task | Outcome:
    """A report to be made; what cannot begin is an outcome already."""
    from . import simulate
    from .report import notebook as notebooks
    from .report import record
    from .report.run import REFUSED, Outcome, Task
    from .scenario import load

    try:
        path = find(point.file) if point.file else base
        changed = {**_changes(options.changes), **point.changes}
        if point.what_if:
            changed["what_if"] = load(path).what_if(point.what_if).data["what_if"]
        if (point.changes or point.what_if) and "title" not in changed:
            changed["title"] = point.name
        simulate(load(path).replace(changed))
        notebook = notebooks.find(options.notebook).absolute()
        given: dict[str, Any] = {"scenario": str(path.resolve())} | ({"changes": changed} if changed else {})
        if "others" in notebooks.declared(notebook):
            given["others"] = []
        given |= _parameters(notebook, options.parameters, options.seed)
        files = tuple(file.resolve() for file in chain(path))
        return Task(point.name, notebook, notebooks.check(notebook, given), output, files,
                    f"{point.name} {point.file}".strip(), time_limit=options.time_limit, keep=options.keep,
                    again=False, wait=60.0, tries=2, wanted=wanted)  # fmt: skip
    except WomError as error:
        return Outcome(point.name, REFUSED, BAD_INPUT, record.hide(str(error)))


def _named(bad: Mapping[str, str], total: int, options: argparse.Namespace, record: Path | None) -> int:
    """Say which went wrong, and why."""
    if not bad:
        tell(options.on_success, record, "", "--on-success")
        return DONE
    note(f"wom: {len(bad)} of {total} went wrong:")
    alike: dict[str, list[str]] = {}
    for name, message in bad.items():
        alike.setdefault(message.split("\n")[0], []).append(name)
    for message, names in list(alike.items())[:_MOST_NAMED]:
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        note(f"  {'; '.join(names[:_MOST_NAMED])}{more}: {message}")
    if len(alike) > _MOST_NAMED:
        note(f"  and others, for {len(alike) - _MOST_NAMED} more reasons")
    tell(options.on_failure, record, f"went wrong: {', '.join(bad)}")
    return FAILED


# --- wom calibrate ---


def _add_calibrate(commands: Any) -> None:
    parser = commands.add_parser(
        "calibrate",
        help="turn tables of your own into a scenario with ranges",
        description="Turn tables into a scenario: figures with intervals, where they come from, and a back-test. "
        "What tables cannot tell stays with the business file or the evidence.",
    )
    add = parser.add_argument
    add("data", metavar="DATA", type=Path, help="a data.yaml that describes the tables, or a sample's name")
    add("--business", metavar="FILE", help="what tables cannot tell, such as market size and margin")
    add("--hold-out", metavar="N", type=_count,
        help="months at the end to test the fit on (a quarter of them, 3 at least)")  # fmt: skip
    add("--no-back-test", action="store_true", help="fit all months and test nothing")
    add("--report", action="store_true", help="make a report of it as well, as wom run does")
    add("--seed", metavar="N", type=int, default=0, help="seed of everything random")
    _add_output(parser, "today.yaml and its reports")
    _add_wanted(parser, deck=True)
    parser.set_defaults(command=calibrate)


def calibrate(options: argparse.Namespace) -> int:
    """`wom calibrate`: calibrate, test, write and say what was found; 2 where the business must give more."""
    from .calibration.calibrate import calibrate as fit
    from .calibration.estimate import missing
    from .calibration.result import save
    from .data import load
    from .data.description import find as find_data
    from .exhibits.sureness import named
    from .report import processes, store

    if options.report:
        processes.start("scipy.stats", "scipy.optimize", "ibis", "duckdb", "pyarrow", "wom.calibration.calibrate")
    options.data = find_data(options.data)
    tables = load(options.data)
    place = options.data.resolve().parent
    source = store.source_of(options.data, options.reports.absolute())
    folder, root, source = _directories(options, f"calibration-{place.parent.name}-{place.name}", source)
    folder = _below(folder)
    _writable(folder)
    if source:
        store.claim_source(folder, source)
    found = fit(tables, options.business, seed=options.seed)
    print(f"{found.title or options.data}: {len(found.used)} figures found in {found.months_text}")
    for line in _lines(found):
        print(f"  {line}")
    if not found.used:
        for why in dict.fromkeys(one.why for one in missing(found.evaluated.found).values()):
            print(f"  {why}")
    print(f"{len(found.unknown)} figures cannot be told by these tables and keep what the evidence or you say")
    for warning in found.warnings:
        print(f"Note: {warning}")
    if found.needed:
        file = save(found, folder, tables)
        again = shlex.join(["wom", "calibrate", str(options.data), "--business", str(file)])
        try:
            why = found.scenario.title
        except InputError as error:
            why = str(error)
        note(f"wom: {why}\nFill in {file}, then run: {again}")
        return BAD_INPUT
    if not options.no_back_test and found.contradiction is None:
        found = _tested(found, tables, options)
    file = save(found, folder, tables)
    if text := found.refused.text:
        print(f"Note: {named(text)}")
    if options.report:
        _say_files(_calibration_report(options, folder.absolute(), root))
    print(f"Wrote {file}\nNext: {shlex.join(['wom', 'run', str(file)])}")
    tell(options.on_success, file, "", "--on-success")
    return DONE


def _writable(folder: Path) -> None:
    """Say before the work that its result could not be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        what = "is a file, not a directory" if folder.is_file() else f"cannot be written: {error.strerror}"
        raise WomError(f"{folder}: {what}") from error


def _lines(found: Calibration) -> list[str]:
    """A short table of what was found: figure, middle, ends, and what it contradicts."""
    verdicts = found.table.loc[list(found.used), "verdict"]
    rows = [
        (key, f"{one.central:.4g}",
         f"({one.low:.4g} to {one.high:.4g})" if one.low < one.high else "(set)" if one.fixed else "(counted)",
         "" if "above" not in verdict and "below" not in verdict else verdict)
        for (key, one), verdict in zip(found.used.items(), verdicts, strict=True)
    ]  # fmt: skip
    wide = [max((len(row[place]) for row in rows), default=0) for place in range(4)]
    return ["  ".join(cell.ljust(wide[place]) for place, cell in enumerate(row)).rstrip() for row in rows]


def _tested(found: Calibration, tables: Tables, options: argparse.Namespace) -> Calibration:
    from .calibration.backtest import tried
    from .exhibits.basis import verdict

    tested, why = tried(tables, options.business, hold_out=options.hold_out, seed=options.seed)
    if tested is None:
        print(f"Not back-tested: {why}")
        return found
    print(verdict(tested.basis))
    return found.tested(tested.basis)


def _calibration_report(options: argparse.Namespace, folder: Path, root: Path) -> Path:
    """The directory of the notebook's report of the same tables."""
    from .report.notebook import find as find_notebook
    from .report.run import Task, attempt

    notebook = find_notebook("calibrate").absolute()
    given = {"data": str(options.data.resolve()), "hold_out": options.hold_out or 0, "seed": options.seed}
    if options.business:
        beside = Path(options.business)
        given["business"] = str(beside.resolve()) if beside.is_file() else options.business
    if options.no_back_test:
        given["hold_out"] = -1
    outcome = attempt(Task(folder.name, notebook, given, folder, (options.data.resolve(),),
                           time_limit=options.time_limit, keep=options.keep, wanted=_wanted(options)))  # fmt: skip
    if not outcome.good or outcome.run is None:
        tell(options.on_failure, _manifest(outcome.run), outcome.message)
        raise WomError(outcome.message)
    _refresh(root, folder)
    return outcome.run


# --- wom deck, wom status, wom index ---


def _add_deck(commands: Any) -> None:
    parser = commands.add_parser(
        "deck",
        help="slides from a report: a deck with native charts, and a slide show",
        description="Slides from a report that is there: a deck with native charts, a slide show, and both report "
        "and slide show as PDF where Chromium is installed.",
    )
    parser.add_argument("report", metavar="REPORT_DIR", type=Path, help="a folder such as reports/NAME/latest")
    parser.add_argument(
        "--output", metavar="FILE", type=Path, help="where the deck goes (deck.pptx in the report)"
    )
    parser.add_argument("--template", metavar="FILE", type=Path, help="a firm's own .pptx, for its layouts")
    parser.set_defaults(command=deck)


def deck(options: argparse.Namespace) -> int:
    """`wom deck`: slides from a report that is there."""
    from .report.parts import present

    print("\n".join(present(options.report, options.output, options.template)))
    return DONE


def _add_status(commands: Any) -> None:
    parser = commands.add_parser(
        "status",
        help="say what has been made and when; fail when nothing fresh is there",
        description="Say when each report was last made. Exit code 1 where one has no success, or none that is "
        "younger than --max-age: this also finds the job that never ran.",
    )
    parser.add_argument("directory", metavar="DIR", type=Path, nargs="?", default=REPORTS,
                        help="of all reports, or of one (reports)")  # fmt: skip
    parser.add_argument("--max-age", metavar="TIME", type=_span, help="such as 26h or 35d")
    parser.add_argument("--json", action="store_true", help="print the same for programs")
    parser.set_defaults(command=status)

    parser = commands.add_parser("index", help="write index.html over all reports anew")
    parser.add_argument("directory", metavar="DIR", type=Path, nargs="?", default=REPORTS)
    parser.set_defaults(command=index)


def status(options: argparse.Namespace) -> int:
    """`wom status`: a line per report; 0 where every one has a success, and a fresh one if --max-age is given."""
    from .report import lists, record, store

    root, now = options.directory, datetime.datetime.now(datetime.UTC)
    found = []

    def say(path: Path, last: Any, failure: Any) -> None:
        name = "." if path == root else path.relative_to(root).as_posix()
        age = _age(last, now) if last else None
        found.append({
            "report": name, "problem": _problem(last, age, options.max_age),
            "last_success": last.get("finished") if last else None, "age_seconds": age,
            "last_failure": {"when": failure.get("finished"), "error": _first(failure)} if failure else None,
            "at_work": store.held(path) or None,
        })  # fmt: skip
        if options.json:
            return
        since = "" if age is None else f", {_when(last)}, {_ago(age)}"
        print(f"{name}: {found[-1]['problem'] or 'fine'}{since}")
        if failure:
            print(f"  last attempt failed {_when(failure)}: {_first(failure)}")
        if found[-1]["at_work"]:
            print(f"  at work now: {found[-1]['at_work']}")

    for job in store.jobs(root):
        say(job.path, job.done[-1] if job.done else None, job.failed[-1] if job.failing else None)
    for path in lists.batches(root):
        about = record.read_json(path / lists.BATCH)
        whole = {"status": "done", "finished": about["last_success"]} if about.get("last_success") else None
        say(path, whole, about if about.get("error") else None)
    if options.json:
        _json(found)
    elif not found:
        print(f"{root}: no run yet")
    return DONE if found and not any(one["problem"] for one in found) else FAILED


def index(options: argparse.Namespace) -> int:
    """`wom index`: write the lists anew."""
    from .report.lists import refresh

    if not options.directory.is_dir():
        raise WomError(f"{options.directory}: no such directory")
    try:
        print(refresh(options.directory))
    except OSError as error:
        raise WomError(f"{options.directory}: cannot be written: {error.strerror or error}") from error
    return DONE


def _problem(last: Any, age: float | None, limit: float | None) -> str:
    """What is wrong with the last success; empty if nothing is."""
    if not last or last.get("status") != "done":
        return "no success yet"
    if age is None or age < -_AHEAD:
        return "its time cannot be right"
    return "too old" if limit is not None and age > limit else ""


def _age(about: Any, now: datetime.datetime) -> float | None:
    try:
        return (now - datetime.datetime.fromisoformat(str(about.get("finished")))).total_seconds()
    except (ValueError, TypeError):
        return None


def _ago(age: float) -> str:
    return f"{age / 3600:.1f} h ago" if age < 48 * 3600 else f"{age / 86400:.0f} days ago"


def _when(about: Any) -> str:
    return str(about.get("finished") or about.get("started") or "")[:16].replace("T", " ") + " UTC"


def _first(about: Any) -> str:
    return str(about.get("error")).split("\n")[0][:300]


# --- wom new, wom check, wom schema, wom data check ---


def _add_new(commands: Any) -> None:
    parser = commands.add_parser(
        "new",
        help="nine questions about a business, and the files that the answers become",
        description="Nine questions in plain words. Writes a commented today.yaml, a first plan, a data.yaml to "
        "fill and a schedule. Answers are taken as people say them: 90 %% a year, twice a year, NPS 35, 4.2 "
        "stars, 40 to 50 %%, don't know. Without a terminal, give all of them as options, or with --from.",
    )
    add = parser.add_argument
    add("folder", metavar="DIR", type=Path, help="where the files go, such as shop")
    add("--from", metavar="FILE", type=Path, dest="answers", help="answers by key, as in customers: 5000 (YAML)")
    for key, words in (*_GENERAL.items(), *_ASKED.items()):
        add(f"--{key.replace('_', '-')}", metavar="ANSWER", help=words)
    parser.set_defaults(command=new)


_GENERAL = {"name": "of the business", "currency": "such as USD", "customer_type": "consumer or business"}
_ASKED = {
    "customers": "how many today", "spend": "of a customer in a month, as 50 USD", "margin": "share of the price",
    "stay": "share that stays, as 90 %% a year", "new_customers": "in a month",
    "contacts": "of a customer, as twice a year", "good": "share of contacts that go really well, NPS or stars",
    "bad": "share of contacts that go wrong", "recommended": "share of new customers who come on a recommendation",
}  # fmt: skip


def new(options: argparse.Namespace) -> int:
    """`wom new`: ask, and write the first files."""
    from .analysis.workshop import cautions
    from .files import read
    from .report import asking

    told = read(options.answers, "answers") if options.answers else {}
    answers = {key: str(value) for key, value in told.items()}
    answers |= {key: value for key in (*_GENERAL, *_ASKED) if (value := getattr(options, key)) is not None}
    answers.setdefault("name", options.folder.absolute().name.replace("-", " ").capitalize())
    missing = [f"--{key.replace('_', '-')}" for key in _ASKED if key not in answers]
    if missing and not sys.stdin.isatty():
        raise InputError(f"nobody is here to be asked; give {', '.join(missing)} too, or --from a file of answers")
    if missing:
        asking.ask(answers)
    case, said = asking.business(answers)
    files = asking.write(case, said, options.folder)
    for caution in cautions(case):
        print(f"Note: {caution}")
    for file in files[:4]:
        print(f"Wrote {file}")
    print(f"Next: {shlex.join(['wom', 'run', str(files[1])])}")
    return DONE


def _add_check(commands: Any) -> None:
    parser = commands.add_parser("check", help="say whether a scenario file is fine, and what it rests on")
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--json", action="store_true", help="print the same for programs")
    parser.set_defaults(command=check)

    parser = commands.add_parser("schema", help="print the JSON Schema of scenario files, for editors")
    parser.add_argument("--data", action="store_true", help="of data.yaml, which describes tables, instead")
    parser.set_defaults(command=schema)


def check(options: argparse.Namespace) -> int:
    """`wom check`: whether a scenario holds together, in draws of its ranges too, and what it rests on."""
    from . import assumptions
    from ._run import simulate
    from .draws import sample
    from .exhibits.basis import cautions, standing
    from .files import SCENARIO
    from .scenario import load
    from .words import whole

    scenario = load(options.file)
    run, refused = simulate(scenario), sample(scenario, _DRAWS).refused
    grades = assumptions.table(scenario)["grade"]
    yours, assumed = int((grades == assumptions.YOURS).sum()), int((grades == "assumed").sum())
    customers = run.monthly["customers"].iloc[0]
    notes = [*cautions(scenario), *([refused.text] if refused.share > _MANY else [])]
    if options.json:
        _json({"file": str(options.file), "fine": True, "title": scenario.title, "customers": float(customers),
               "segments": len(scenario.segments), "months": scenario.horizon_months, "plan": len(scenario.plan),
               "own_figures": yours, "from_evidence": len(grades) - yours - assumed, "assumed": assumed,
               "basis": scenario.basis.label, "notes": notes})  # fmt: skip
        return DONE
    segments = f"{len(scenario.segments)} segment{'s' if len(scenario.segments) > 1 else ''}"
    plan = f"{len(scenario.plan)} in its plan" if scenario.plan else "no plan"
    print(f"{options.file}: fine")
    print(f"{scenario.title}: {segments}, {whole(customers)} customers, {scenario.horizon_months} months, {plan}")
    print(
        f"{yours} figures of the business's own; {len(grades) - yours} from published or assumed evidence "
        f"({len(grades) - yours - assumed} weak or better, {assumed} assumed)"
    )
    if scenario.basis.label != SCENARIO:
        print(standing(scenario))
    for caution in notes:
        print(f"Note: {caution}")
    return DONE


def schema(options: argparse.Namespace) -> int:
    """`wom schema`: print the JSON Schema."""
    found: Callable[[], dict[str, Any]]
    if options.data:
        from .data.description import schema as found
    else:
        from .scenario import schema as found
    _json(found())
    return DONE


def _add_data(commands: Any) -> None:
    data = commands.add_parser("data", help="look at your own tables")
    actions = data.add_subparsers(required=True, metavar="ACTION")
    parser = actions.add_parser("check", help="rows read, rejected and why, duplicates, gaps, refunds")
    parser.add_argument("file", metavar="DATA.yaml", help="describes the tables; or a sample's name")
    parser.add_argument("--output", metavar="DIR", type=Path,
                        help="where rejected.csv goes, if any row is rejected (beside DATA.yaml)")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print the same for programs")
    parser.add_argument("--strict", action="store_true", help="exit with 1 if any row is rejected")
    parser.set_defaults(command=check_data)


def check_data(options: argparse.Namespace) -> int:
    """`wom data check`: read tables and say what was found; 1 with --strict if any row was rejected."""
    from .data import load
    from .data.description import find as find_data

    options.file = find_data(options.file)
    tables = load(options.file)
    found = tables.check()
    written = found.write(options.output or Path(options.file).parent) if found.rejected else None
    code = FAILED if options.strict and found.rejected else DONE
    if options.json:
        _json(found.plain())
        return code
    print(tables.description.title or options.file)
    table = found.table.rename(columns=lambda name: name.replace("_", " ")).rename_axis(None)
    print(table.map("{:,}".format).to_string())
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
