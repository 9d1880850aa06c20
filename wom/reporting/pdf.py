"""Pages as PDF, printed by Chromium where it is installed; where it is not, that is said in one line."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from ..errors import WomError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
"""Programs that can print, in the order in which they are looked for."""
LEFT_OUT = (
    "PDF left out: there is no Chromium or Chrome here; install one, or open the page in any browser and print it"
)
SECONDS = 120.0
"""That printing may take."""
_FLAGS = (
    "--headless", "--disable-gpu", "--disable-extensions", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-pdf-header-footer",
)  # fmt: skip


def browser() -> str | None:
    """The program that prints; None where none is installed.

    Example:
        >>> browser() is None or Path(browser()).exists()
        True
    """
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def pdf(page: Path, output: Path | None = None, seconds: float = SECONDS) -> Path | None:
    """Print an HTML file to PDF; it is put under its name when it is complete.

    Args:
        page: the file, which needs nothing else.
        output: the file to write; beside the page and of its name if None.
        seconds: after which the program is stopped.

    Returns:
        The file, or None where there is no program that prints (see LEFT_OUT).

    Errors:
        WomError: the program failed, or the file cannot be written.
    """
    program = browser()
    if program is None:
        return None
    file = output or page.with_suffix(".pdf")
    try:
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".pdf-") as aside:
            new = Path(aside) / "page.pdf"
            sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
            profile = f"--user-data-dir={aside}/profile"
            call = [program, *_FLAGS, *sandbox, profile, f"--print-to-pdf={new}", page.resolve().as_uri()]
            done = subprocess.run(call, capture_output=True, text=True, timeout=seconds, check=False)
            if not new.is_file():
                lines = done.stderr.strip().splitlines()
                raise WomError(
                    f"{file}: {Path(program).name} printed nothing: {lines[-1] if lines else 'no reason'}"
                )
            new.replace(file)
    except subprocess.TimeoutExpired as error:
        raise WomError(f"{file}: {Path(program).name} did not print within {seconds:.0f} seconds") from error
    except OSError as error:
        raise WomError(f"{file}: cannot be written: {error.strerror or error}") from error
    return file
