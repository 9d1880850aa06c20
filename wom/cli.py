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
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import __version__
from .errors import InputError, WomError, nearest, shorten
from .files import Temporary, chain, describes_tables, find, read

if TYPE_CHECKING:
    from .analysis.sweep import Point
    from .report.parts import Wanted
    from .report.run import Outcome, Task

EXAMPLES = """examples:
  wom new shop                                                # nine questions, and a first report is ready to run
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
DONE, FAILED, ALERT, BUSY = 0, 1, 3, 75
_TELL_SECONDS = 120
_AHEAD = 300.0  # seconds that a clock may be wrong
_MOST_NAMED = 20
_OPENED = ("ranking.html", "report.html", "brief.html", "slides.html", "deck.pptx", "report.pdf", "brief.pdf",
           "slides.pdf")  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    _open_streams()
    options = parser().parse_args(arguments)
    before = cache = None
    code = DONE
    if threading.current_thread() is threading.main_thread():
        before = signal.signal(signal.SIGTERM, _terminate)
    try:
        try:
            try:
                Path.cwd()
            except OSError as error:
                raise WomError("the folder that you are in is gone; change to one that is there") from error
            if "MPLCONFIGDIR" not in os.environ and not os.access(Path("~").expanduser(), os.W_OK):
                cache = Temporary("wom-matplotlib-")
                os.environ["MPLCONFIGDIR"] = str(cache.path)
            code = options.command(options)
        except (WomError, ImportError, MemoryError) as error:
            code, options.said = getattr(error, "exit_code", FAILED), str(error)
            if not isinstance(error, WomError):
                options.said = f"{options.said or 'out of memory'}; is there a limit of memory (ulimit -v)?"
            note(f"wom: {options.said}")
            if options.json:
                place = {"key": error.key, "file": error.file} if isinstance(error, InputError) else {}
                _json({"fine": False, "error": options.said} | place)
        sys.stdout.flush()
    except KeyboardInterrupt as stopped:
        note("wom: stopped")
        return 143 if stopped.args else 130
    except OSError as error:  # standard output, for all else is answered where it happens
        if not isinstance(error, BrokenPipeError):  # whose reader, such as head, has enough
            code = code or FAILED
            options.said = f"{error.filename or 'standard output'}: {error.strerror or error}"
            note(f"wom: {options.said}")
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    finally:
        if cache:
            del os.environ["MPLCONFIGDIR"]
            cache.close()
        if before is not None:
            signal.signal(signal.SIGTERM, before)
    tell(options, code)
    return code


def _terminate(*_: object) -> None:
    """Take SIGTERM, from systemd, timeout or a batch system, as a wish to stop in order."""
    raise KeyboardInterrupt("terminated")


# --- A console as it may be: closed, full, of another alphabet; a folder that is gone ---

_PLAIN = {"−": "-", "–": "-", "→": "->", "×": "x", "\u202f": " ", "\xa0": " ", "…": "..."}


def _open_streams() -> None:
    """Give what is closed a place to write to, and a console that cannot show a sign another one for it."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)  # the system gives out the lowest number
            os.set_inheritable(opened, True)  # what we start is to find it too
    codecs.register_error("wom", _in_plain_signs)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123  (as long as we run)
        elif isinstance(getattr(stream, "errors", None), str) and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="wom")


def _in_plain_signs(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_PLAIN.get(sign, "?") for sign in error.object[error.start : error.end]), error.end


def note(text: str) -> None:
    """A line on standard error, where it can be written."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def _json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False, default=str))


# --- Options: what each is stands once; which command takes which, in `parser` ---


def _span(text: str) -> float:
    """A span of time in seconds, for argparse."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*([smhd])", text.strip())
    if not found or float(found[1]) <= 0:
        raise argparse.ArgumentTypeError(f"must be a time such as 90s, 30m, 26h or 2d, is {text!r}")
    return float(found[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[found[2]]


def _count(text: str, least: int = 1) -> int:
    """A whole number of 1 or more, for argparse."""
    if not re.fullmatch(r"[0-9]{1,18}", text.strip()) or int(text) < least:
        raise argparse.ArgumentTypeError(f"must be a whole number, {least} or more, is {text!r}")
    return int(text)


def _folder(text: str) -> Path:
    """A directory by its name, for argparse; an empty one is a slip, such as a variable that is not set."""
    if not text.strip() or "\0" in text:
        raise argparse.ArgumentTypeError(f"must be the name of a directory, is {text!r}")
    return Path(text)


def _alert(text: str) -> tuple[str, str, float]:
    """A rule of --alert: a figure's name, how it is compared, and with what."""
    found = re.fullmatch(r"\s*(\w+)\s*(<|>|:)\s*([+-]?[0-9]+(?:\.[0-9]+)?)\s*(%?)\s*", text.replace("−", "-"))
    if not found or (found[2] == ":") != bool(found[4]) or (found[4] and not float(found[3])):
        raise argparse.ArgumentTypeError(f"must be a rule such as net<0 or revenue:-5%, is {text!r}")
    return found[1], found[2], float(found[3])


Option = tuple[list[str], dict[str, Any]]


def _option(usage: str, words: str, **details: Any) -> Option:
    """An option or an argument as its help shows it, such as "-p --param NAME=VALUE"; with no value a switch."""
    names, last = usage.split(), usage.split()[-1]
    if last.startswith("-"):
        return names, {"help": words, "action": "store_true"} | details
    return names[:-1], {"help": words, "metavar": last} | details


_MANY: dict[str, Any] = {"action": "append", "default": []}
_JSON = _option("--json", "print the same for programs")
_VALUES = (
    _option("--set KEY=VALUE", "change a value, such as experience.bad_share=0.04 or 4%%; may be repeated",
            dest="changes", **_MANY),
    _option("-p --param NAME=VALUE", "give the notebook a parameter, read by its annotation; may be repeated",
            dest="parameters", **_MANY),
    _option("--notebook NAME", "notebook to run, by name or path (scenario_report)", default="scenario_report"),
)  # fmt: skip
_REPORTS = (
    _option("--seed N", "seed of everything random", type=functools.partial(_count, least=0)),
    _option("--reports DIR", "directory of all reports, with an index.html over them (reports)",
            type=_folder, default=Path("reports")),
    _option("--output DIR", "directory of what this command makes, instead of one below --reports", type=_folder),
    _option("--keep N", "remove the oldest runs until N whole ones are left, and N failed ones", type=_count),
    _option("--time-limit TIME", "stop a report that takes longer, all in all: 90s, 30m, 2h", type=_span),
    _option("--on-failure CMD", "command to run after a failure, with the manifest's path behind it"),
    _option("--on-success CMD", "command to run when all is well, with the manifest's path behind it"),
    _option("--deck", "make deck.pptx and slides.html too (yes, but not for a batch)",
            action=argparse.BooleanOptionalAction, default=True),
    _option("--template FILE", "a firm's own .pptx for the deck", type=Path),
    _option("--pdf", "print report, brief and slides to PDF too, where Chromium is installed"),
    _option("--brief", "print the page for the board to PDF too, where Chromium is installed"),
    _option("--no-live", "leave the sliders out of the page", dest="live", action="store_false"),
    _option("--no-notebook", "do not keep the executed notebook of a good run", dest="kept", action="store_false"),
)  # fmt: skip
_CODES = "Exit codes: 0 done, 1 failed, 2 wrong usage or bad input, 3 an alert, 75 another run is at work there."
_GENERAL = {"name": "of the business", "currency": "such as USD", "customer_type": "consumer or business"}
_ASKED = {
    "customers": "how many today", "spend": "of a customer in a month, as 50 USD", "margin": "share of the price",
    "stay": "share that stays, as 90 %% a year", "new_customers": "in a month",
    "contacts": "of a customer, as twice a year", "good": "share of contacts that go really well, NPS or stars",
    "bad": "share of contacts that go wrong", "recommended": "share of new customers who come on a recommendation",
}  # fmt: skip


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    made = argparse.ArgumentParser(
        prog="wom", description="What good service is worth and what bad service costs.", epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    made.add_argument("--version", action="version", version=f"wom {__version__}")
    commands = made.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Callable[..., int], about: str, *takes: Option, more: str = "", within: Any = None,
            **usual: Any) -> None:  # fmt: skip
        said = f"{about[0].upper()}{about[1:]}. {more}"
        added = (within or commands).add_parser(name, help=about, description=said)
        for names, details in takes:
            added.add_argument(*names, **details)
        always = {"json": False, "on_success": None, "on_failure": None, "record": None, "said": ""}
        added.set_defaults(**always | usual, command=command)

    add("new", new, "nine questions about a business, and the files that the answers become",
        _option("folder DIR", "where the files go, such as shop", type=_folder),
        _option("--from FILE", "answers by key, as in customers: 5000", type=Path, dest="answers"),
        *(_option(f"--{key.replace('_', '-')} ANSWER", words) for key, words in (_GENERAL | _ASKED).items()),
        more="These are a commented today.yaml, a first plan, a data.yaml to fill and a schedule. Answers are "
        "taken as people say them: 90 % a year, twice a year, NPS 35, 4.2 stars, 40 to 50 %, don't know. Without "
        "a terminal, give all of them as options, or with --from.")  # fmt: skip
    add("run", run, "make a report of a scenario",
        _option("file FILE", "a scenario file, or a sample's name such as retailer/today; none for a notebook "
                "that takes numbers alone, such as workshop", nargs="?"),
        _option("others MORE", "more plans for the same business, to be compared", nargs="*"),
        *_VALUES, *_REPORTS,
        _option("--alert RULE", "exit with 3, and run the command of --on-failure, where a figure is so: "
                "net<0, or moved so since the last run, as in revenue:-5%%; may be repeated",
                type=_alert, **_MANY),
        _JSON, more=_CODES)  # fmt: skip
    add("batch", batch, "reports of many scenarios, of a CSV file's rows, or of a grid of values",
        _option("files FILE", "scenario files; the one to vary for --grid and --csv", nargs="+"),
        _option("--grid KEY=A,B,C", "what if: values of a key, or KEY=first:last:count; several cross", **_MANY),
        _option("--csv FILE", "a row per branch: columns name, dotted keys, scenario for own files", type=Path),
        _option("--each", "a report each (usual for files and --csv)", action="store_const", const=True),
        _option("--compare", "one report for all (usual for --grid)", dest="each", action="store_const",
                const=False),
        _option("--rank-by NAME", "a figure to rank by, such as extra_revenue", default=""),
        _option("--jobs N", "reports at once on this machine (2)", type=_count, default=0),
        _option("--scheduler ADDRESS", "a Dask scheduler to have the work done by", default=""),
        *_VALUES, *_REPORTS, _JSON, deck=False,
        more="Files and rows become a report each and a page that ranks them; a grid becomes one report that "
        "compares all of its points, unless --each or --compare says otherwise. What is done is "
        f"not done again; one that fails does not stop the rest and is named at the end. {_CODES}")  # fmt: skip
    add("calibrate", calibrate, "turn tables of your own into a scenario with ranges",
        _option("data DATA", "a data.yaml, which describes tables, or a sample's name", type=Path),
        _option("--business FILE", "what tables cannot tell, such as market size and margin"),
        _option("--hold-out N", "months at the end to test the fit on (a quarter, 3 at least)", type=_count),
        _option("--no-back-test", "fit all months and test nothing"),
        _option("--report", "make a report of it as well, as wom run does"),
        *_REPORTS, parameters=[],
        more="It says where its figures come from, and is back-tested. What tables cannot tell stays with the "
        "business file or the evidence.")  # fmt: skip
    add("deck", deck, "slides from a report: a deck with native charts, and a slide show",
        _option("report REPORT_DIR", "a folder such as reports/NAME/latest", type=Path),
        _option("--output FILE", "where the deck goes (deck.pptx in the report)", type=Path),
        _option("--template FILE", "a firm's own .pptx, for its layouts", type=Path),
        more="Report and slide show come as PDF too, where Chromium is installed.")  # fmt: skip
    add("status", status, "say what has been made and when; fail when nothing fresh is there",
        _option("directory DIR", "of all reports, or of one (reports)", type=_folder, nargs="?"),
        _option("--reports DIR", "the same, as wom run and wom batch take it", type=_folder),
        _option("--max-age TIME", "such as 26h or 35d", type=_span), _JSON,
        more="Exit code 1 where one has no success, or none that is younger than --max-age: this also finds the "
        "job that never ran.")  # fmt: skip
    add("check", check, "say whether files are fine, and what scenarios rest on",
        _option("files FILE", "scenario files, or files that describe tables", nargs="+"),
        _JSON)  # fmt: skip
    add("schema", schema, "print the JSON Schema of scenario files, for editors",
        _option("--data", "of data.yaml, which describes tables, instead"))  # fmt: skip
    tables = commands.add_parser("data", help="look at your own tables")
    data = tables.add_subparsers(required=True, metavar="ACTION")
    add("check", check_data, "rows read, rejected and why, duplicates, gaps, refunds",
        _option("file DATA.yaml", "describes the tables; or a sample's name"),
        _option("--output DIR", "where rejected.csv goes, if any row is rejected (beside DATA.yaml)",
                type=_folder),
        _JSON, _option("--strict", "exit with 1 if any row is rejected"),
        within=data)  # fmt: skip
    return made


# --- What options say ---


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


def _changes(options: argparse.Namespace) -> dict[str, Any]:
    """Values of --set, as they would stand in a scenario file."""
    from .analysis.sweep import typed

    texts = _pairs(options.changes, "--set", "KEY=VALUE, such as experience.bad_share=0.04")
    return {key: typed(text, key) for key, text in texts.items()}


def _wanted(options: argparse.Namespace) -> Wanted:
    """What a report is to come as, after everything that can be checked beforehand."""
    from .report import parts

    template = options.template.absolute() if options.template else None
    deck = options.deck or template is not None
    found = parts.Wanted(deck, template, options.pdf, options.brief, options.live, options.kept)
    parts.check(found)
    return found


def _task(options: argparse.Namespace, notebook: str, given: Mapping[str, Any], inputs: Sequence[Path],
          **details: Any) -> Task:  # fmt: skip
    """A report to be made: `given` and --param are its parameters, `inputs` and all that they extend its files."""
    from .errors import whole_number
    from .report import notebook as notebooks
    from .report.run import Task

    file = notebooks.find(notebook).absolute()
    texts = _pairs(options.parameters, "--param", "NAME=VALUE, such as horizon_months=24")
    values = {**given, **notebooks.parse(file, texts)}
    if options.seed is not None:
        values["seed"] = options.seed
    if "seed" in values:
        whole_number("seed", values["seed"], 0)
    values = notebooks.check(file, values)
    files = tuple(dict.fromkeys(one.resolve() for path in inputs for one in chain(path)))
    return Task(notebook=file, parameters=values, inputs=files, time_limit=options.time_limit, keep=options.keep,
                **details)  # fmt: skip


def _place(options: argparse.Namespace, name: str, source: str) -> tuple[dict[str, Any], Path]:
    """Where a report's runs go and what they are of, and whose index.html lists them: where somebody chose a
    directory, anything may go into it."""
    from .report import store

    root = (options.output or options.reports).absolute()
    if options.output is not None:
        return {"output": root, "source": ""}, root
    return {"output": store.named(root, name, source), "source": source}, root


# --- What happens when a report is there, or is not ---


def tell(options: argparse.Namespace, code: int) -> None:
    """Run the command of --on-success or --on-failure, unless another run is only at work. What goes wrong with it
    is said, and changes nothing."""
    option = "--on-failure" if code else "--on-success"
    command = options.on_failure if code else options.on_success
    if not command or code == BUSY:
        return
    try:
        with tempfile.TemporaryDirectory() as folder:
            record = options.record
            if record is None or not record.is_file():
                record = Path(folder) / "manifest.json"
                record.write_text(json.dumps({"status": "failed", "error": options.said}), encoding="utf-8")
            words = [*shlex.split(command), str(record)]
            subprocess.run(words, timeout=_TELL_SECONDS, stdin=subprocess.DEVNULL, check=True)
    except (OSError, ValueError, subprocess.SubprocessError) as problem:
        note(f"wom: {option} {shorten(command)}: {problem}")


def _made(options: argparse.Namespace, task: Task, root: Path, outcome: Outcome) -> Path:
    """The run that came of a task, with the lists of reports written anew; an error where none did."""
    if outcome.exit_code != BUSY and task.output.is_dir():
        _refresh(root, task.output)
    options.record = outcome.run / "manifest.json" if outcome.run else None
    if outcome.run is None or not outcome.good:
        error = WomError(outcome.message)
        error.exit_code = outcome.exit_code
        raise error
    return outcome.run


def _refresh(root: Path, *outputs: Path) -> None:
    """Write the lists of reports anew; that they cannot be written is said, and no failure of the report."""
    from .report.lists import refresh

    try:
        refresh(root, *outputs)
    except (OSError, WomError) as error:
        note(f"wom: {root / 'index.html'}: cannot be written: {error}")


def _say_files(run: Path) -> None:
    """What to open of a finished run, or of a link to it, and what was left out of it."""
    from .report import store

    for name in _OPENED:
        if (run / name).is_file():
            print(f"Open {_below(run / name)}")
    for line in store.read(run).get("left_out", []):
        print(line)


def _say_run(made: Path, plain: bool, **more: Any) -> None:
    """Title and headline figures, what to open, and what was left out; for programs, with `more`."""
    from .exhibits.tables import unsplit
    from .report import store

    link = made.with_name(store.LATEST)
    shown = link if link.is_symlink() and link.resolve() == made.resolve() else made
    about, results = store.read(made), store.read_json(made / "results.json")
    summary = about.get("summary", {})
    if plain:
        numbers = results.get("numbers", summary.get("figures", {}))
        ends, sure = results.get("intervals"), {}  # of somebody's own notebook they may be anything
        if isinstance(ends, Mapping) and len(ends.get("index_names", ())) == 1:
            sure = unsplit(ends).to_dict("index")
        files = {name: str(shown / name) for name in _OPENED if (shown / name).is_file()}
        _json({"title": results.get("title"), "run": str(made), "basis": summary.get("basis"), "numbers": numbers,
               "intervals": sure, "chance_of_loss": results.get("chance_of_loss"), "since": about.get("since"),
               "files": files, "left_out": about.get("left_out", [])} | more)  # fmt: skip
        return
    print(results.get("title", Path(str(about.get("notebook"))).stem.replace("_", " ").capitalize()))
    headline = results.get("headline")
    if isinstance(headline, Mapping) and len(headline.get("columns", ())) == 3:  # as big numbers are stored
        _aligned((label, value, f"({text})" if text else "") for label, value, text in headline["data"])
    if "failed" in str(summary.get("basis")):
        print("The forecast these figures come from failed its back-test: do not rely on it.")
    _say_files(shown)


def _aligned(rows: Iterable[Sequence[Any]]) -> None:
    """Print lines of cells that stand below each other."""
    texts = [list(map(str, row)) for row in rows]
    wide = [max(map(len, column)) for column in zip(*texts, strict=True)]
    for row in texts:
        print(f"  {'  '.join(map(str.ljust, row, wide))}".rstrip())


def _below(path: Path) -> Path:
    """A path as seen from here, where it lies below."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


# --- wom run ---


def run(options: argparse.Namespace) -> int:
    """`wom run`: make a report."""
    from .report.processes import start

    start()  # it imports while the scenario is checked
    from .report import notebook as notebooks
    from .report.run import attempt

    notebook = notebooks.find(options.notebook)
    takes = "scenario" in notebooks.declared(notebook)
    if takes and not options.file:
        raise InputError("give a scenario file, or a sample's name such as retailer/today")
    if options.file and not takes:
        advice = "leave the scenario file out and give numbers with -p"
        raise InputError(f"takes no scenario; {advice}", file=notebook.name)
    plans = [find(file) for file in (options.file, *options.others) if file]
    name, source = _name(options, plans)
    place, root = _place(options, name, source)
    task = _checked(options, plans, _changes(options), name=name, wanted=_wanted(options), **place)
    made = _made(options, task, root, attempt(task))
    alerts = _alerts(made, options.alert)
    _say_run(made, options.json, alerts=alerts)
    for alert in alerts:
        note(f"wom: alert: {alert}")
    return ALERT if alerts else DONE


def _name(options: argparse.Namespace, plans: Sequence[Path]) -> tuple[str, str]:
    """Of the directory of this report's runs: its folder, its file, the plans beside it, an unusual notebook; and
    what it is of."""
    from .report.store import source_of

    root = options.reports.absolute()
    unusual = Path(options.notebook).stem.replace("_", "-")
    if not plans:
        return unusual, f"notebook {source_of(Path(options.notebook), root)}" if "/" in options.notebook else ""
    home, *folders = [plan.resolve().parent for plan in plans]
    name = f"{home.name}-{plans[0].stem}{'-with' if folders else ''}"
    for plan, folder in zip(plans[1:], folders, strict=True):
        name += f"-{plan.stem}" if folder == home else f"-{folder.name}-{plan.stem}"
    name += "" if options.notebook == "scenario_report" else f"-{unusual}"
    return name, " ".join(source_of(plan, root) for plan in plans)


def _checked(options: argparse.Namespace, plans: Sequence[Path], changes: dict[str, Any], **details: Any) -> Task:
    """A report of a scenario, with others beside it: contradictions are said before a kernel starts."""
    from . import simulate
    from .report import notebook as notebooks
    from .scenario import load

    given: dict[str, Any] = {"changes": changes} if changes else {}
    if plans:
        simulate(load(plans[0]).replace(changes))
        given["scenario"] = str(plans[0].resolve())
    if len(plans) > 1:
        from .analysis.compare import load_all

        load_all(*map(str, plans), changes=changes)
    if len(plans) > 1 or "others" in notebooks.declared(notebooks.find(options.notebook)):
        given["others"] = [str(plan.resolve()) for plan in plans[1:]]
    return _task(options, options.notebook, given, plans, **details)


def _alerts(made: Path, rules: Sequence[tuple[str, str, float]]) -> list[str]:
    """The rules that have come true, each in words."""
    from .report import store
    from .report.summary import label, shown

    about = store.read(made)
    last = made.parent / str((about.get("since") or {}).get("run"))
    found = (store.read_json(each / "results.json").get("numbers") for each in (made, last))
    numbers, before = (one if isinstance(one, Mapping) else {} for one in found)  # of one's own notebook anything
    currency = str(about.get("summary", {}).get("currency", ""))
    said = []
    for name, sign, bound in rules:
        if name not in numbers:
            raise InputError(f"the report has no such figure; {nearest(name, numbers)}", f"--alert {name}")
        value, old = numbers[name], before.get(name)
        if not isinstance(value, int | float):
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


def batch(options: argparse.Namespace) -> int:
    """`wom batch`: many reports, or one that compares."""
    from .analysis.sweep import axis, from_files, grid, read_csv
    from .report import processes
    from .report.store import source_of

    if not options.scheduler:
        processes.start(*processes.PAGES)  # it imports while the scenarios are checked
    if options.grid and options.csv:
        raise InputError("give --grid or --csv, not both; a CSV file can hold any combinations")
    if (options.grid or options.csv) and len(options.files) > 1:
        raise InputError("--grid and --csv vary one scenario; give one file")
    base, root = find(options.files[0]), options.reports.absolute()
    axes = dict(map(axis, options.grid))
    if len(axes) < len(options.grid):
        raise InputError("--grid gives a key twice; list its values with commas")
    if options.csv:
        points, name, source = read_csv(options.csv), options.csv.stem, source_of(options.csv, root)
    elif axes:
        name = f"{base.resolve().parent.name}-{base.stem}-grid"
        points, source = grid(axes), f"grid of {source_of(base, root)}"
    else:
        points = from_files(options.files)
        folders = dict.fromkeys(Path(point.file).parent for point in points)
        name = "-".join([*dict.fromkeys(folder.name for folder in folders), "batch"])
        source = " ".join(source_of(folder, root) for folder in folders)
    if options.each if options.each is not None else not axes:
        return _each(options, points, base, name, source)
    return _compare(options, points, axes, base, name, source)


def _compare(options: argparse.Namespace, points: Sequence[Point], axes: Mapping[str, Any], base: Path, name: str,
             source: str) -> int:  # fmt: skip
    """One report over all points."""
    from .exhibits.tables import unsplit
    from .report import lists, store
    from .report.batch import executor
    from .report.run import attempt

    if options.notebook != "scenario_report":
        raise InputError("--notebook goes with a report each: add --each")
    given = {"scenario": str(base.resolve()), "changes": _changes(options), "rank_by": options.rank_by}
    given |= {"branches": str(options.csv.resolve())} if options.csv else {"grid": axes} if axes else {}
    given |= {} if options.csv or axes else {"files": [point.file for point in points]}
    place, root = _place(options, name, source)
    files = [base, *(find(point.file) for point in points if point.file)]
    task = _task(options, "sweep", given, files, name=name, again=False, wanted=_wanted(options), **place)
    if options.scheduler:
        task.output.mkdir(parents=True, exist_ok=True)
    with executor(1, options.scheduler, task.output) as pool:
        made = _made(options, task, root, pool.submit(attempt, task).result())
    found = store.read_json(made / "results.json")
    bad, table = lists.problems(found), unsplit(found["points"])
    _say_run(made, options.json, ranked_by=found["ranked_by"], refused=bad, points=table.to_dict("index"))
    return _named(bad, len(bad) + len(table))


def _each(options: argparse.Namespace, points: Sequence[Point], base: Path, name: str, source: str) -> int:
    """A report for each point."""
    from .report import store
    from .report.batch import JOBS, executor, run_batch
    from .report.run import REFUSED, Outcome
    from .scenario import load

    place, root = _place(options, name, source)
    output, wanted, taken = place["output"], _wanted(options), dict[str, str]()
    tasks: list[Task | Outcome] = []  # what cannot begin is an outcome already
    for point in points:
        of = f"{point.name} {point.file}".strip()
        folder = store.named(output, point.name, of, taken)
        taken[folder.name.lower()] = of
        try:
            path = find(point.file) if point.file else base
            changes = _changes(options) | dict(point.changes)
            if point.what_if:
                changes["what_if"] = load(path).what_if(point.what_if).data["what_if"]
            changes = ({"title": point.name} if point.changes or point.what_if else {}) | changes
            details = {"name": point.name, "output": folder, "source": of, "wanted": wanted}
            tasks.append(_checked(options, [path], changes, again=False, wait=60.0, tries=2, **details))
        except WomError as error:
            tasks.append(Outcome(point.name, REFUSED, error.exit_code, store.hide(str(error))))
    begin = functools.partial(executor, options.jobs or JOBS, options.scheduler, output)
    title = re.sub("[_-]", " ", options.csv.stem).capitalize() if options.csv else "Scenarios"
    title = f"{base.stem.replace('-', ' ').capitalize()}: a grid" if options.grid else title
    try:
        done = run_batch(tasks, begin=begin, title=title, rank_by=options.rank_by, **place)
    except OSError as error:
        raise WomError(f"{error.filename or output}: cannot be written: {error.strerror or error}") from error
    if root != output:
        _refresh(root, output)
    if options.rank_by and done.ranked_by != options.rank_by:
        note(f"wom: no report has the figure {options.rank_by}; ranked by {done.ranked_by}")
    if options.json:
        told = store.read_json(output / "batch.json")
        names = ("title", "status", "error", "ranked_by", "seconds", "items")
        files = {name: str(output / name) for name in ("index.html", "ranking.csv", "batch.json")}
        _json({name: told[name] for name in names} | {"output": str(output), "files": files})
    else:
        states = Counter(outcome.status for outcome in done.outcomes)
        print(f"{states['done']} made" + (f", {states['same']} there already" if states["same"] else ""))
        print(f"Open {_below(done.page)}")
        runs = [outcome.run for outcome in done.outcomes if outcome.good and outcome.run]
        for line, times in Counter(line for one in runs for line in store.read(one).get("left_out", [])).items():
            print(f"{line} ({times} of {len(runs)} reports)")
    bad = {outcome.name: outcome.message for outcome in done.bad}
    options.record = output / "batch.json"
    return _named(bad, len(points))


def _named(bad: Mapping[str, str], total: int) -> int:
    """Say which went wrong, and why; each reason once."""
    if not bad:
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
    return FAILED


# --- wom calibrate ---


def calibrate(options: argparse.Namespace) -> int:
    """`wom calibrate`: calibrate, test, write and say what was found; 2 where the business must give more."""
    from .calibration.backtest import tried
    from .calibration.calibrate import calibrate as fit
    from .calibration.calibrate import save
    from .calibration.estimate import missing
    from .data import load
    from .data.description import find as find_data
    from .exhibits.basis import in_words, verdict
    from .report import processes, store
    from .report.run import attempt

    if options.report:
        processes.start("scipy.stats", "scipy.optimize", "ibis", "duckdb", "pyarrow", "wom.calibration.calibrate")
    data, seed = find_data(options.data), options.seed or 0
    tables = load(data)
    beside = data.resolve().parent
    name = f"calibration-{beside.parent.name}-{beside.name}"
    place, root = _place(options, name, store.source_of(data, options.reports.absolute()))
    folder = _below(place["output"])
    try:  # before the work: could its result be written?
        store.make(folder)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise WomError(f"{folder}: cannot be written: {error.strerror}") from error
    if place["source"]:
        store.claim_source(folder, place["source"])
    found = fit(tables, options.business, seed=seed)
    print(f"{found.title or data}: {len(found.used)} figures found in {found.months_text}")
    rows = []  # a figure's middle, its ends, and what it contradicts
    for key, one in found.used.items():
        ends = "(set)" if one.fixed else "(counted)"
        ends = f"({one.low:.4g} to {one.high:.4g})" if one.low < one.high else ends
        rows.append((key, f"{one.central:.4g}", ends, found.table.loc[key, "verdict"]))
    _aligned(rows)
    if not rows:
        for why in dict.fromkeys(one.why for one in missing(found.evaluated.found).values()):
            print(f"  {why}")
    print(f"{len(found.unknown)} figures cannot be told by these tables and keep what the evidence or you say")
    for warning in found.warnings:
        print(f"Note: {warning}")
    if found.needed:
        file = save(found, folder, tables)
        again = shlex.join(["wom", "calibrate", str(data), "--business", str(file)])
        try:
            why = found.scenario.title
        except InputError as error:
            why = str(error)
        raise InputError(f"{why}\nFill in {file}, then run: {again}")
    if not options.no_back_test and found.contradiction is None:
        tested, why = tried(tables, options.business, hold_out=options.hold_out, seed=options.seed or 0)
        print(f"Not back-tested: {why}" if tested is None else verdict(tested.basis))
        found = found if tested is None else found.tested(tested.basis)
    file = save(found, folder, tables)
    if text := found.refused.text:
        print(f"Note: {in_words(text, keys=True)}")
    if options.report:
        given = {"data": str(data.resolve()), "hold_out": -1 if options.no_back_test else options.hold_out or 0}
        if options.business:
            own = Path(options.business)
            given["business"] = str(own.resolve()) if own.is_file() else options.business
        task = _task(options, "calibrate", given, [], name=folder.name, output=folder.absolute(),
                     wanted=_wanted(options))  # fmt: skip
        _say_files(_made(options, task, root, attempt(task)))
    options.record = file
    print(f"Wrote {file}\nNext: {shlex.join(['wom', 'run', str(file)])}")
    return DONE


# --- wom deck, wom status ---


def deck(options: argparse.Namespace) -> int:
    """`wom deck`: slides from a report that is there."""
    from .report.parts import present

    print("\n".join(present(options.report, options.output, options.template)))
    return DONE


def status(options: argparse.Namespace) -> int:
    """`wom status`: a line per report; 0 where every one has a success, and a fresh one if --max-age is given."""
    from .report import lists, store

    if options.directory and options.reports:
        raise InputError("give the directory once: as DIR, or with --reports")
    root = options.directory or options.reports or Path("reports")
    known = [(job.path, job.done[-1] if job.done else {}, job.failed[-1] if job.failing else {})
             for job in store.jobs(root)]  # fmt: skip
    for path in lists.batches(root):
        about = store.read_json(path / lists.BATCH)
        whole = {"finished": about["last_success"]} if about.get("last_success") else {}
        known.append((path, whole, about if about.get("error") else {}))
    found = []
    for path, last, failure in known:
        age, when = _age(last)
        problem = "" if last else "no success yet"
        if last and (age is None or age < -_AHEAD):
            problem = "its time cannot be right"
        elif age is not None and options.max_age is not None and age > options.max_age:
            problem = "too old"
        name = "." if path == root else path.relative_to(root).as_posix()
        error, at_work = str(failure.get("error")).split("\n")[0][:300], store.held(path)
        found.append({
            "report": name, "problem": problem, "last_success": last.get("finished"), "age_seconds": age,
            "last_failure": {"when": failure.get("finished"), "error": error} if failure else None,
            "at_work": at_work or None,
        })  # fmt: skip
        if not options.json:
            print(f"{name}: {problem or 'fine'}" + (f", {when}" if last else ""))
            if failure:
                print(f"  last attempt failed {_age(failure)[1]}: {error}")
            if at_work:
                print(f"  at work now: {at_work}")
    if options.json:
        _json(found)
    elif not found:
        print(f"{root}: no run yet")
    return DONE if found and not any(one["problem"] for one in found) else FAILED


def _age(about: Mapping[str, Any]) -> tuple[float | None, str]:
    """How many seconds ago something was made, None where nobody can tell, and when that is in words."""
    moment = str(about.get("finished") or about.get("started") or "")
    when = f"{moment[:16].replace('T', ' ')} UTC"
    try:
        age = (datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(moment)).total_seconds()
    except (ValueError, TypeError):
        return None, when
    return age, f"{when}, " + (f"{age / 3600:.1f} h ago" if age < 48 * 3600 else f"{age / 86400:.0f} days ago")


# --- wom new, wom check, wom schema, wom data check ---


def new(options: argparse.Namespace) -> int:
    """`wom new`: ask, and write the first files."""
    from .analysis.workshop import cautions
    from .report import asking

    given = read(options.answers, "answers") if options.answers else {}
    answers = {key: str(value) for key, value in given.items()}
    answers |= {key: value for key in (*_GENERAL, *_ASKED) if (value := getattr(options, key)) is not None}
    answers.setdefault("name", options.folder.absolute().name.replace("-", " ").capitalize())
    missing = [f"--{key.replace('_', '-')}" for key in _ASKED if key not in answers]
    if missing and not sys.stdin.isatty():
        raise InputError(f"nobody is here to be asked; give {', '.join(missing)} too, or --from a file of answers")
    case, said = asking.ask(answers) if missing else asking.business(answers)
    files = asking.write(case, said, options.folder)
    for caution in cautions(case):
        print(f"Note: {caution}")
    for file in files[:4]:
        print(f"Wrote {file}")
    print(f"Next: {shlex.join(['wom', 'run', str(files[1])])}")
    return DONE


def check(options: argparse.Namespace) -> int:
    """`wom check`: say of each file whether it is fine; the exit code is that of the worst."""
    code, told = DONE, []
    for file in options.files:
        try:
            about, lines = _looked_at(file)
        except WomError as error:
            if len(options.files) == 1:
                raise
            note(f"wom: {error}")
            code, about, lines = max(code, error.exit_code), {"file": file, "fine": False, "error": str(error)}, []
        told.append(about)
        if lines and not options.json:
            print("\n".join(lines))
    if options.json:
        _json(told[0] if len(told) == 1 else told)
    return code


def _looked_at(file: str) -> tuple[dict[str, Any], list[str]]:
    """Whether a scenario holds, in draws of its ranges too, and what it rests on: as data, and in lines."""
    from . import assumptions
    from ._run import simulate
    from .data.description import read as read_tables
    from .draws import sample
    from .exhibits.basis import cautions, standing
    from .files import SCENARIO
    from .scenario import load
    from .words import whole

    path, tables = find(file), False
    with contextlib.suppress(InputError):  # what is wrong with it is said below
        tables = describes_tables(read(path, "data"))
    if tables:
        read_tables(path)
        said = f"{file}: fine; it describes tables, and becomes a scenario with: wom calibrate {file}"
        return {"file": file, "fine": True}, [said]
    scenario = load(file)
    run, refused = simulate(scenario), sample(scenario, 1000).refused  # as many draws as a report takes
    grades = assumptions.table(scenario)["grade"]
    yours, assumed = int((grades == assumptions.YOURS).sum()), int((grades == "assumed").sum())
    evidence, customers = len(grades) - yours, float(run.monthly["customers"].iloc[0])
    notes = [*cautions(scenario), *([refused.text] if refused.share > 0.05 else [])]
    about = {"file": file, "fine": True, "title": scenario.title, "customers": customers,
             "segments": len(scenario.segments), "months": scenario.horizon_months, "plan": len(scenario.plan),
             "own_figures": yours, "from_evidence": evidence - assumed, "assumed": assumed,
             "basis": scenario.basis.label, "notes": notes}  # fmt: skip
    segments = f"{len(scenario.segments)} segment{'s' if len(scenario.segments) > 1 else ''}"
    plan = f"{len(scenario.plan)} in its plan" if scenario.plan else "no plan"
    return about, [
        f"{file}: fine",
        f"{scenario.title}: {segments}, {whole(customers)} customers, {scenario.horizon_months} months, {plan}",
        f"{yours} figures of the business's own; {evidence} from published or assumed evidence "
        f"({evidence - assumed} weak or better, {assumed} assumed)",
        *([standing(scenario)] if scenario.basis.label != SCENARIO else []),
        *(f"Note: {caution}" for caution in notes),
    ]


def schema(options: argparse.Namespace) -> int:
    """`wom schema`: print the JSON Schema."""
    from . import scenario
    from .data import description

    _json((description if options.data else scenario).schema())
    return DONE


def check_data(options: argparse.Namespace) -> int:
    """`wom data check`: read tables and say what was found; 1 with --strict if any row was rejected."""
    from .data import load
    from .data.description import find as find_data

    file = find_data(options.file)
    tables = load(file)
    found = tables.check()
    written = found.write(options.output or file.parent) if found.rejected else None
    code = FAILED if options.strict and found.rejected else DONE
    if options.json:
        _json(found.plain())
        return code

    def cell(value: Any) -> str:
        if isinstance(value, float):
            return f"{value:,.2f}".removesuffix(".00")
        return "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)

    print(tables.description.title or file)
    table = found.table.rename(columns=lambda name: name.replace("_", " ")).rename_axis(None)
    print(table.map("{:,}".format).to_string())
    taken = found.columns.rename(columns={"min": "smallest", "max": "largest"}).map(cell)
    taken.index = [" ".join(pair) for pair in taken.index]
    print(f"\nWhat was taken, to be held against your books:\n{taken.to_string()}\n")
    for sentence in found.sentences:
        print(f"- {sentence}")
    if written:
        print(f"\nRejected rows, with lines and reasons: {written}")
    return code
