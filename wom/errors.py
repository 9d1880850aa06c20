"""What goes wrong, said to a person: where, what, what is allowed, what to do."""

from __future__ import annotations

import difflib
import math
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from numbers import Integral
from pathlib import PurePath
from types import TracebackType
from typing import Any


class WomError(Exception):
    """A failure that the user can act on; `exit_code` is what the command line ends with.

    Example:
        >>> issubclass(InputError, WomError), WomError.exit_code, InputError.exit_code
        (True, 1, 2)
    """

    exit_code = 1


class InputError(WomError):
    """Input that cannot be used: `file: key: problem`.

    Args:
        problem: what is wrong and what is allowed, one or two short sentences.
        key: dotted name of the offending entry, empty for the whole file.
        file: the file it stands in, empty for values given in Python.

    Example:
        >>> print(InputError("must be from 0 to 1, is 1.2", "today.experience.bad_share", "shop.yaml"))
        shop.yaml: today.experience.bad_share: must be from 0 to 1, is 1.2
    """

    exit_code = 2

    def __init__(self, problem: str, key: str = "", file: str = "") -> None:
        self.problem, self.key, self.file = problem, key, file
        super().__init__(": ".join(part for part in (file, key, problem) if part))

    def within(self, file: str = "", key: str = "") -> InputError:
        """The same error, placed inside a file or under a longer key."""
        dotted = ".".join(part for part in (key, self.key) if part)
        return InputError(self.problem, dotted, self.file or file)


def nearest(name: str, names: Iterable[str]) -> str:
    """Advice on a name that is not known: the nearest one that is, or all of them if they are few."""
    known = sorted(names)
    if close := difflib.get_close_matches(str(name), known, n=1, cutoff=0.6):
        return f"did you mean {close[0]}?"
    if len(known) > 12:
        return f"the nearest are {', '.join(difflib.get_close_matches(str(name), known, cutoff=0.0))}"
    return f"allowed: {', '.join(known) or 'none'}"


def shorten(value: object, width: int = 60) -> str:
    """A value as text that fits into a message."""
    try:
        text = repr(value)
    except (RecursionError, ValueError):  # nested too deeply, or an integer of more than 4,300 digits
        return f"a {type(value).__name__} too large to show"
    return text if len(text) <= width else text[: width - 3] + "..."


def whole_number(name: str, value: object, least: int) -> int:
    """The value as an int; raises an InputError unless it is a whole number of at least so much."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise InputError(f"must be a whole number, {least} or more, is {value!r}", name)
    return int(value)


# --- What somebody probably meant who wrote a number in a way that a file cannot take ---

_NUMBER = r"[+-]?(?:\d+(?:[.,]\d+)*|\.\d+)"
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")


def of_number(number: float, unit: str, admits: Callable[[float], bool]) -> str:
    """Advice on a number out of bounds: a share that was given in percent."""
    shares = unit.startswith(("share", "probability"))
    if not shares or not 1.5 <= number <= 100 or not admits(number / 100):  # a little above 1 may be a share
        return ""
    return f"; write {number / 100:.12g} for {number:.12g} %"


def of_text(text: str, unit: str, admits: Callable[[float], bool]) -> str:
    """Advice on text where a number belongs: quotes, a comma, a percent sign, a currency or a unit."""
    found = re.search(_NUMBER, text)
    if not found or len(re.findall(_NUMBER, text)) > 1 or len(text) > 40:
        return ""
    thousands, around = _THOUSANDS.fullmatch(found[0]), (text[: found.start()] + text[found.end() :]).strip()
    try:
        value = float(found[0].replace(",", "" if thousands else "."))
    except ValueError:
        value = math.inf
    if math.isinf(value):
        return ""
    if around == "%":
        return f"; write {value / 100:.12g}"
    if around:
        word = re.fullmatch(r"[^\W\d_]{1,20}|[^\w\s]", around)
        if word and "currency" in unit:
            return f"; write {value:.12g}; the currency stands at the top"
        return f"; write {value:.12g}, in {unit}" if word and admits(value) else ""
    if "," not in text:
        return "; write it without quotes"
    return f"; write {value:.12g}, {'without a comma' if thousands else 'with a point'}"


def of_month(value: object) -> str:
    """Advice on a date where a month is counted."""
    dated = isinstance(value, str) and re.fullmatch(r"\d{4}-\d{1,2}(-\d{1,2})?", value.strip())
    return "; months count from today: 0 is now, 3 is in three months" if dated else ""


# --- Ctrl-C while the command `wom` is still being imported: a word instead of a traceback -----------------------

_before = sys.excepthook


def _hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Take the place of `sys.excepthook`: what is no Ctrl-C goes where it went before."""
    if issubclass(kind, KeyboardInterrupt):
        print("wom: stopped", file=sys.stderr)
    else:
        _before(kind, error, trace)


if sys.argv and (sys.argv[0] == "-m" or PurePath(sys.argv[0]).stem == "wom"):  # not somebody's script or notebook
    sys.excepthook = _hook


def door(package: str, modules: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a package whose names, by module, are imported when asked for (PEP 562)."""
    homes = {name: f".{module}" for module, names in modules.items() for name in names.split()}

    def get(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        home = vars(import_module(homes[name], package))
        value = home[name] if name in home else import_module(f"{homes[name].rstrip('.')}.{name}", package)
        setattr(sys.modules[package], name, value)
        return value

    return get, lambda: sorted(homes)
