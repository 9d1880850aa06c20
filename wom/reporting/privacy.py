"""Secrets stay out of what a run leaves: they belong into the environment, and are taken out of all texts."""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError

_SECRETS = "password|passwd|passphrase|secret|token|api_?key|access_?key|private_?key|credential"
_NAMES = re.compile(rf"(?:^|[_.-])(?:{_SECRETS})s?(?:$|[_.-])|[_.-]pwd$", re.IGNORECASE)
_VARIABLES = re.compile(rf"{_SECRETS}|_pwd$", re.IGNORECASE)
_IN_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s@]+@", re.IGNORECASE)
_SHORTEST = 8  # letters; a shorter value could be an ordinary word of the report
_TEXTS = {".ipynb", ".html", ".json", ".csv", ".log"}
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
    """A text without the environment's secrets, as they are and as JSON and HTML write them.

    Example:
        >>> os.environ["EXAMPLE_TOKEN"] = "correct horse"
        >>> hide("login failed with correct horse")
        'login failed with [secret]'
        >>> del os.environ["EXAMPLE_TOKEN"]
    """
    for value in known():
        written = (json.dumps(value), json.dumps(value, ensure_ascii=False))
        for form in {value, *(quoted[1:-1] for quoted in written), html.escape(value)}:
            text = text.replace(form, HIDDEN)
    return text


def clean(directory: Path) -> None:
    """Take the environment's secrets out of all texts in a directory.

    Errors:
        OSError: a file cannot be read or written.
    """
    if not known():
        return
    for path in directory.iterdir():
        if path.is_file() and path.suffix in _TEXTS:
            before = path.read_text(encoding="utf-8", errors="surrogateescape")
            after = hide(before)
            if after != before:
                path.write_text(after, encoding="utf-8", errors="surrogateescape", newline="")
