"""What several commands share: values, spans of time, names of directories, and who is told of failures."""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shlex
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import InputError, WomError, shorten
from ..files import parse_value

DONE, FAILED, BAD_INPUT = 0, 1, 2
REPORTS = Path("reports")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_TELL_SECONDS = 120
_LONGEST_NAME = 80  # letters of a directory's name


def pairs(given: Sequence[str], option: str, example: str) -> dict[str, str]:
    """KEY=VALUE arguments as a mapping of texts.

    Raises:
        InputError: one without a key or an equals sign, or a key twice.

    Example:
        >>> pairs(["experience.bad_share=0.04"], "--set", "")
        {'experience.bad_share': '0.04'}
    """
    found: dict[str, str] = {}
    for pair in given:
        key, equals, text = pair.partition("=")
        if not equals or not key.strip():
            raise InputError(f"{option} takes {example}; got {pair!r}")
        if key.strip() in found:
            raise InputError(f"{option} gives it twice", key.strip())
        found[key.strip()] = text
    return found


def changes(given: Sequence[str]) -> dict[str, Any]:
    """Values of --set, as they would stand in a scenario file."""
    texts = pairs(given, "--set", "KEY=VALUE, such as experience.bad_share=0.04")
    return {key: parse_value(text, key) for key, text in texts.items()}


def parameters(notebook: Path, given: Sequence[str], seed: str | None) -> dict[str, Any]:
    """Values of --param and --seed, by the notebook's annotations."""
    from .. import reporting
    from ..draws import whole_number

    texts = pairs(given, "--param", "NAME=VALUE, such as horizon_months=24")
    if seed is not None:
        texts["seed"] = seed
    found = reporting.parse(notebook, texts)
    if "seed" in found:
        whole_number("seed", found["seed"], 0)
    return found


def span(text: str) -> float:
    """A span of time in seconds, for argparse.

    Example:
        >>> span("26h"), span("90s"), span("1.5m")
        (93600.0, 90.0, 90.0)
    """
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*([smhd])", text.strip())
    if not found or float(found[1]) <= 0:
        raise argparse.ArgumentTypeError(f"must be a time such as 90s, 30m, 26h or 2d, is {text!r}")
    return float(found[1]) * _UNITS[found[2]]


def count(text: str) -> int:
    """A whole number of 1 or more, for argparse.

    Example:
        >>> count("14")
        14
    """
    if not re.fullmatch(r"[0-9]{1,6}", text.strip()) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number, 1 or more, is {text!r}")
    return int(text)


def slug(name: str, taken: set[str] | None = None) -> str:
    """A name as that of a directory: letters of any language, digits, points and dashes; none that is taken.

    Args:
        name: any text.
        taken: names in use, in small letters; the new one is added.

    Example:
        >>> slug("Köln / Süd: 1"), slug("..")
        ('Köln-Süd-1', 'report')
    """
    plain = unicodedata.normalize("NFC", name)
    plain = re.sub(r"[^\w.]+", "-", plain).strip("-._")[:_LONGEST_NAME] or "report"
    if plain.lower().startswith(("latest", "failed-")):
        plain = f"r-{plain}"
    if taken is None:
        return plain
    found, number = plain, 1
    while found.lower() in taken:
        number += 1
        found = f"{plain}-{number}"
    taken.add(found.lower())
    return found


def scenario_slug(path: Path, notebook: str = "scenario_report", others: Sequence[str] = ()) -> str:
    """The directory of a scenario's reports: its folder, its name, the plans beside it, and an unusual notebook.

    Example:
        >>> scenario_slug(Path("/data/shop/today.yaml"), "explore")
        'shop-today-explore'
        >>> scenario_slug(Path("/data/shop/training.yaml"), "compare_plans", ["/data/shop/refunds.yaml"])
        'shop-training-with-refunds-compare-plans'
    """
    folder = path.resolve().parent.name
    name = f"{folder}-{path.stem}"
    if others:
        beside = [Path(other) for other in others]
        names = [plan.stem if _folder(plan) == folder else f"{_folder(plan)}-{plan.stem}" for plan in beside]
        name = f"{name}-with-{'-'.join(names)}"
    if len(name) > _LONGEST_NAME:  # what is cut off must still tell two comparisons apart
        name = f"{name[: _LONGEST_NAME - 7]}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"
    name = slug(name)
    return name if notebook == "scenario_report" else f"{name}-{slug(Path(notebook).stem.replace('_', '-'))}"


def _folder(path: Path) -> str:
    return path.resolve().parent.name


def add_output(parser: argparse.ArgumentParser) -> None:
    """Options on where reports go, and on running unattended."""
    parser.add_argument("--reports", metavar="DIR", type=Path, default=REPORTS,
                        help="directory of all reports, with an index.html over them (reports)")  # fmt: skip
    parser.add_argument("--output", metavar="DIR", type=Path,
                        help="directory of this report's runs, instead of one below --reports")  # fmt: skip
    parser.add_argument("--keep", metavar="N", type=count,
                        help="remove the oldest runs until N whole ones are left, and N failed ones")  # fmt: skip
    parser.add_argument("--time-limit", metavar="TIME", type=span,
                        help="stop a report that takes longer, all in all: 90s, 30m, 2h")  # fmt: skip
    parser.add_argument("--on-failure", metavar="CMD",
                        help="command to run after a failure, with the manifest's path behind it")  # fmt: skip


def add_wanted(parser: argparse.ArgumentParser, deck: bool) -> None:
    """Options on what a report comes as besides its page; `deck` is what is usual."""
    parser.add_argument("--deck", action=argparse.BooleanOptionalAction, default=deck,
                        help=f"make deck.pptx and slides.html too ({'yes' if deck else 'no'})")  # fmt: skip
    parser.add_argument("--template", metavar="FILE", type=Path, help="a firm's own .pptx for the deck")
    parser.add_argument("--pdf", action="store_true",
                        help="print report and slides to PDF too, where Chromium is installed")  # fmt: skip


def wanted(options: argparse.Namespace) -> Any:
    """What those options say, after everything that can be checked beforehand.

    Errors:
        InputError: no usable template.
        WomError: a template, and no package to open it.
    """
    from ..reporting.work import Wanted

    template = options.template.absolute() if options.template else None
    found = Wanted(options.deck or template is not None, template, options.pdf)
    if template:
        from ..reporting import extras

        extras.check(found)
    return found


def add_values(parser: argparse.ArgumentParser) -> None:
    """Options on what a report is about."""
    parser.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], dest="changes",
                        help="change a value, such as experience.bad_share=0.04; may be repeated")  # fmt: skip
    parser.add_argument("-p", "--param", metavar="NAME=VALUE", action="append", default=[], dest="parameters",
                        help="give the notebook a parameter, read by its annotation; may be repeated")  # fmt: skip
    parser.add_argument("--notebook", metavar="NAME", default="scenario_report",
                        help="which notebook to run: a name or a path (scenario_report)")  # fmt: skip
    parser.add_argument("--seed", metavar="N", help="seed of everything random")


def directories(options: argparse.Namespace, name: str) -> tuple[Path, Path]:
    """Where a report's runs go, and whose index.html lists them."""
    if options.output is not None:
        return options.output.absolute(), options.output.absolute()
    return (options.reports / name).absolute(), options.reports.absolute()


def tell(command: str | None, record: Path | None, error: str) -> None:
    """Run the command of --on-failure. What goes wrong with it is said, and changes nothing.

    Args:
        command: words of a command, as a shell splits them; no shell runs. None does nothing.
        record: the manifest; None where none could be written: then a temporary one takes its place.
        error: what went wrong.
    """
    if not command:
        return
    with tempfile.TemporaryDirectory() as folder:
        if record is None or not record.is_file():
            record = Path(folder) / "manifest.json"
            record.write_text(json.dumps({"status": "failed", "error": error}), encoding="utf-8")
        try:
            done = subprocess.run(
                [*shlex.split(command), str(record)], timeout=_TELL_SECONDS, stdin=subprocess.DEVNULL, check=False
            )
        except (OSError, ValueError, subprocess.SubprocessError) as problem:
            print(f"wom: --on-failure {shorten(command)}: {problem}", file=sys.stderr)
            return
    if done.returncode:
        print(f"wom: --on-failure {shorten(command)}: exit code {done.returncode}", file=sys.stderr)


def failed(outcome: Any, command: str | None) -> int:
    """Say why there is no report, and tell the command of --on-failure, unless another run is only at work.

    Args:
        outcome: from `wom.reporting.attempt`.
        command: of --on-failure.

    Returns:
        The exit code.
    """
    from ..reporting.manifest import MANIFEST
    from ..reporting.work import BUSY

    print(f"wom: {outcome.message}", file=sys.stderr)
    if outcome.status != BUSY:
        tell(command, outcome.run / MANIFEST if outcome.run else None, outcome.message)
    return int(outcome.exit_code)


def writable(folder: Path) -> None:
    """Say before the work that its result could not be written.

    Args:
        folder: made if need be.

    Raises:
        WomError: it is no directory, or nothing can be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        what = "is a file, not a directory" if folder.is_file() else f"cannot be written: {error.strerror}"
        raise WomError(f"{folder}: {what}") from error


def refresh(root: Path) -> None:
    """Write the index of all reports anew; that it cannot be written is said, and no failure of the report."""
    from ..reporting.history import write_index

    try:
        write_index(root)
    except (OSError, WomError) as error:
        print(f"wom: {root / 'index.html'}: cannot be written: {error}", file=sys.stderr)


def say(results: Mapping[str, Any], otherwise: str) -> None:
    """Title and headline figures of a report."""
    print(results.get("title", otherwise))
    lines = (results.get("headline") or {}).get("data", [])
    wide = max((len(label) for label, *_ in lines), default=0)
    for label, value, note in lines:
        print(f"  {label:<{wide}}  {value}  ({note})")


_OPENED = ("ranking.html", "report.html", "slides.html", "deck.pptx", "report.pdf", "slides.pdf")


def say_files(run: Path) -> None:
    """What to open of a finished run, and what was left out of it.

    Args:
        run: its directory, or a link to it.
    """
    from ..reporting import manifest

    for name in _OPENED:
        if (run / name).is_file():
            print(f"Open {below(run / name)}")
    for line in manifest.read(run).get("left_out", []):
        print(line)


def below(path: Path) -> Path:
    """A path as seen from here, where it lies below."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
