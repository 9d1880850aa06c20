"""Secrets stay out of what a run leaves: they belong into the environment, and are taken out of all texts."""

from __future__ import annotations

import csv
import html
import io
import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError

_SECRETS = "password|passwd|passphrase|secret|token|api_?key|access_?key|private_?key|credential"
_NAMES = re.compile(rf"(?:^|[_.-])(?:{_SECRETS})s?(?:$|[_.-])|[_.-]pwd$", re.IGNORECASE)
_VARIABLES = re.compile(rf"{_SECRETS}|_pwd$", re.IGNORECASE)
_IN_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s@]+@", re.IGNORECASE)
_SHORTEST = 8  # letters; a shorter value could be an ordinary word of the report
HIDDEN = "[secret]"


def refuse(parameters: Mapping[str, Any]) -> None:
    """Refuse parameters that are secrets by their name, or addresses with a password.

    Args:
        parameters: values by name, as a notebook takes them.

    Errors:
        InputError: one is, and where it belongs instead.

    Example:
        >>> refuse({"db_password": "x"})
        Traceback (most recent call last):
        wom.errors.InputError: db_password: parameters are stored in the notebook and the manifest; keep ...
    """
    for name, value in parameters.items():
        inner = value if isinstance(value, Mapping) else {}
        named = [key for key in (name, *map(str, inner)) if _NAMES.search(key)]
        values = [value, *inner.values()]
        if named or any(isinstance(item, str) and _IN_ADDRESS.search(item) for item in values):
            text = "parameters are stored in the notebook and the manifest; keep secrets in environment variables"
            raise InputError(f"{text} and read them there with os.environ", named[0] if named else name)


def known() -> tuple[str, ...]:
    """Values of environment variables that are secrets by their name, the longest first."""
    found = {value for name, value in os.environ.items() if _VARIABLES.search(name) and len(value) >= _SHORTEST}
    return tuple(sorted(found, key=len, reverse=True))


def hide(text: str) -> str:
    """A text without the environment's secrets, as they are and as JSON and HTML write them; numbers stay whole.

    Example:
        >>> os.environ["EXAMPLE_TOKEN"] = "correct horse"
        >>> hide("login failed with correct horse")
        'login failed with [secret]'
        >>> del os.environ["EXAMPLE_TOKEN"]
    """
    for value in known():
        written = (json.dumps(value), json.dumps(value, ensure_ascii=False))
        for form in {value, *(quoted[1:-1] for quoted in written), html.escape(value)}:
            number = form.replace(".", "").isdigit()  # part of a longer number is no secret
            before, after = (r"(?<![\d.])", r"(?![\d.]*\d)") if number else ("", "")
            text = re.sub(before + re.escape(form) + after, HIDDEN, text)
    return text


def clean(directory: Path) -> list[str]:
    """Take the environment's secrets out of the values and texts in a directory; keys and names of columns stay.

    Returns:
        A line for each file in which something was hidden.

    Errors:
        OSError: a file cannot be read or written.
    """
    said = []
    for path in sorted(directory.iterdir()) if known() else ():
        if path.is_file() and path.suffix in _CLEANERS:
            before = path.read_text(encoding="utf-8", errors="surrogateescape")
            if (after := _CLEANERS[path.suffix](before)) != before:
                path.write_text(after, encoding="utf-8", errors="surrogateescape", newline="")
                said.append(f"{path.name}: values of secret environment variables stand there as {HIDDEN}")
    return said


_STRUCTURE = {
    "cell_type", "output_type", "id", "name", "kind", "order", "columns", "index_names", "formats", "language",
    "display_name", "status",
}  # fmt: skip
"""Keys whose values are names themselves."""
_MARKUP = re.compile(r"(<style\b.*?</style>|<script\b.*?</script>|<th scope=.col.*?</th>|<[^>]*>)", re.DOTALL)
_SAID = re.compile(r"((?:alt|aria-label|title|content)=\")([^\"]*)")


def _tree(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: part if key in _STRUCTURE else _tree(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_tree(part) for part in value]
    return (_html(value) if value.startswith("<") else hide(value)) if isinstance(value, str) else value


def _json(text: str) -> str:
    try:
        before = json.loads(text)
    except ValueError:
        return hide(text)
    after = _tree(before)
    indent = 1 if '"nbformat"' in text else 2
    return text if after == before else json.dumps(after, ensure_ascii=False, indent=indent) + "\n"


def _csv(text: str) -> str:
    head, newline, rest = text.partition("\n")
    out = io.StringIO()
    rows = ([cell if _number(cell) else hide(cell) for cell in row] for row in csv.reader(io.StringIO(rest)))
    csv.writer(out, lineterminator="\n").writerows(rows)
    return text if hide(rest) == rest else head + newline + out.getvalue()


def _number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _html(text: str) -> str:
    """Text and what is read aloud; a script's data as JSON, other markup as it is."""
    parts = _MARKUP.split(text)
    for place, part in enumerate(parts):
        if place % 2 == 0:
            parts[place] = hide(part)
        elif data := re.fullmatch(r"(<script type=.application/json[^>]*>)(.*)(</script>)", part, re.DOTALL):
            parts[place] = data[1] + (_json(data[2]) if hide(data[2]) != data[2] else data[2]) + data[3]
        else:
            parts[place] = _SAID.sub(lambda said: said[1] + hide(said[2]), part)
    return "".join(parts)


_CLEANERS: dict[str, Callable[[str], str]] = {
    ".ipynb": _json, ".json": _json, ".html": _html, ".csv": _csv, ".log": hide,
}  # fmt: skip
