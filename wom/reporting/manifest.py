"""What a run was: when, with which versions, from which files, leaving which."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from .. import __version__

_PACKAGES = ("numpy", "pandas", "scipy", "pydantic", "matplotlib", "papermill", "nbconvert", "ipykernel")
_ROOT = Path(__file__).resolve().parents[2]


def sha256(path: Path) -> str:
    """The file's SHA-256 in hexadecimal.

    Errors:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hashes(paths: Iterable[Path], base: Path | None = None) -> dict[str, str]:
    """SHA-256 by path, or by path below `base`."""
    return {(path.relative_to(base) if base else path).as_posix(): sha256(path) for path in paths}


def versions() -> dict[str, str]:
    """Versions of Python, wom, the system and the packages that a result depends on.

    Example:
        >>> sorted(versions())[:3]
        ['ipykernel', 'matplotlib', 'nbconvert']
    """
    found = {"python": platform.python_version(), "system": platform.system(), "wom": __version__}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def checkout() -> dict[str, str | bool] | None:
    """The commit that the code is at and whether it was changed since; None outside a checkout or without git."""
    if not (_ROOT / ".git").exists():
        return None
    command = ["git", "--no-optional-locks", "status", "--porcelain=v2", "--branch", "--untracked-files=no"]
    try:
        done = subprocess.run(
            command, cwd=_ROOT, capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=5
        )
    except (OSError, subprocess.SubprocessError):
        return None
    lines = done.stdout.splitlines()
    commit = next((line.split()[-1] for line in lines if line.startswith("# branch.oid")), "")
    if done.returncode or not commit or commit == "(initial)":
        return None
    return {"commit": commit, "changed_since": any(not line.startswith("#") for line in lines)}
