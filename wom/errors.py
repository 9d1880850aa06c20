"""What goes wrong, said to a person: where, what, what is allowed, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_FEW = 12
"""Names that a message lists in full."""


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
    """Advice on a name that is not known: the nearest one that is, or all of them if they are few.

    Example:
        >>> nearest("bad_shar", ["good_share", "bad_share"])
        'did you mean bad_share?'
        >>> nearest("colour", ["good_share", "bad_share"])
        'allowed: bad_share, good_share'
    """
    known = sorted(names)
    if close := difflib.get_close_matches(str(name), known, n=1, cutoff=0.6):
        return f"did you mean {close[0]}?"
    if len(known) > _FEW:
        return f"the nearest are {', '.join(difflib.get_close_matches(str(name), known, cutoff=0.0))}"
    return f"allowed: {', '.join(known) or 'none'}"


def shorten(value: object, width: int = 60) -> str:
    """A value as text that fits into a message.

    Example:
        >>> shorten("a" * 100, width=10)
        "'aaaaaa..."
    """
    try:
        text = repr(value)
    except (RecursionError, ValueError):  # nested too deeply, or an integer of more than 4,300 digits
        return f"a {type(value).__name__} too large to show"
    return text if len(text) <= width else text[: width - 3] + "..."
