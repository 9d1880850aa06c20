"""The package that writes PowerPoint files, loaded when it is needed, and files that are equal when made again."""

from __future__ import annotations

import io
import re
import threading
import zipfile
from importlib import import_module
from pathlib import Path
from typing import Any

from ..errors import WomError

INSTALL = 'pip install "wom[deck]"'
_PARTS = (
    "chart.data", "enum.chart", "enum.dml", "enum.shapes", "enum.text", "oxml", "oxml.ns",
    "shapes.placeholder", "util",
)  # fmt: skip
_CREATED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def installed() -> bool:
    """Whether decks can be written here.

    Example:
        >>> installed() in (True, False)
        True
    """
    try:
        office()
    except WomError:
        return False
    return True


def load_ahead() -> None:
    """Load it in the background, while the notebook's own process computes; that it is missing is said later."""
    threading.Thread(target=installed, name="pptx", daemon=True).start()


def office() -> Any:
    """The package `pptx`, all of it that decks need.

    Errors:
        WomError: it is not installed; says how to install it.
    """
    try:
        found = import_module("pptx")
        for part in _PARTS:
            import_module(f"pptx.{part}")
    except ImportError as error:
        raise WomError(f"a deck needs python-pptx, which is not installed; install it with: {INSTALL}") from error
    return found


def tidy(file: Path) -> None:
    """Take the time of day out of a package of Office, so that the same content gives the same bytes.

    Args:
        file: .pptx or .xlsx; rewritten in place.
    """
    file.write_bytes(_tidied(file.read_bytes()))


def _tidied(package: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith(".xlsx"):
                content = _tidied(content)
            elif name == "docProps/core.xml":
                content = _CREATED.sub(rb"\g<1>2020-01-01T00:00:00Z", content)
            new.writestr(zipfile.ZipInfo(name, _LONG_AGO), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
