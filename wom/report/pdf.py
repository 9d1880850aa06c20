"""Pages as PDF, printed by Chromium where it is installed; where it is not, that is said in one line."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from ..errors import WomError

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
    """The program that prints; None where none is installed."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
    return next(filter(None, map(shutil.which, names)), None)


def pdf(html: Path, out: Path, seconds: float = SECONDS) -> None:
    """Print an HTML file that needs nothing else; the PDF is put under its name when it is complete.

    Raises:
        WomError: there is no program that prints (`LEFT_OUT`), it failed, took longer than `seconds`, or the file
            cannot be written.
    """
    program = browser()
    if program is None:
        raise WomError(LEFT_OUT)
    try:
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=".pdf-") as aside:
            new = Path(aside) / "page.pdf"
            sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
            call = [program, *_FLAGS, *sandbox, f"--user-data-dir={aside}/profile", f"--print-to-pdf={new}",
                    html.resolve().as_uri()]  # fmt: skip
            done = subprocess.run(call, capture_output=True, text=True, timeout=seconds, check=False)
            if not new.is_file():
                reason = (done.stderr.strip() or "no reason").splitlines()[-1]
                raise WomError(f"{out}: {Path(program).name} printed nothing: {reason}")
            new.replace(out)
    except subprocess.TimeoutExpired as error:
        raise WomError(f"{out}: {Path(program).name} did not print within {seconds:.0f} seconds") from error
    except OSError as error:
        raise WomError(f"{out}: cannot be written: {error.strerror or error}") from error
