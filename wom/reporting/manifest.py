"""What a run was: when, with which versions, from which files, leaving which."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from .. import __version__
from .values import json_text

MANIFEST = "manifest.json"
_PACKAGES = ("numpy", "pandas", "scipy", "pydantic", "matplotlib", "papermill", "nbconvert", "ipykernel")
_PACKAGE = Path(__file__).resolve().parents[1]
_ROOT = _PACKAGE.parent


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


def fingerprint(value: Any) -> str:
    """SHA-256 of a value of JSON, whatever the order of its keys.

    Example:
        >>> fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
        True
    """
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def input_hash(parameters: Mapping[str, Any], inputs: Mapping[str, str]) -> str:
    """One hash of what a run was given: parameters and contents of files, wherever these lie.

    Args:
        parameters: of the notebook; a path among `inputs` counts by its file's content.
        inputs: SHA-256 by path, the notebook not among them.

    Example:
        >>> here, there = {"/a/shop.yaml": "00ff"}, {"/b/shop.yaml": "00ff"}
        >>> input_hash({"scenario": "/a/shop.yaml"}, here) == input_hash({"scenario": "/b/shop.yaml"}, there)
        True
    """
    plain = {
        name: inputs.get(value, value) if isinstance(value, str) else value for name, value in parameters.items()
    }
    return fingerprint([plain, list(inputs.values())])


def model_hash(notebook: str) -> str:
    """One hash of what computed a run: its notebook, the code of this package, and all versions.

    Args:
        notebook: SHA-256 of the notebook.
    """
    return fingerprint([notebook, code_hash(), versions()])


@cache
def code_hash() -> str:
    """SHA-256 over this package's own files, which changes with every edit, committed or not."""
    files = sorted(
        path
        for path in _PACKAGE.rglob("*")
        if path.suffix in (".py", ".yaml", ".css", ".j2") and "_shipped" not in path.parts and path.is_file()
    )
    return fingerprint(hashes(files, _PACKAGE))


@cache
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


def read(run: Path) -> dict[str, Any]:
    """The manifest of a run's directory; empty where there is none that can be read."""
    try:
        content = json.loads((run / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) and "status" in content else {}


def write(run: Path, record: Mapping[str, Any]) -> None:
    """Write a run's manifest, whole or not at all.

    Errors:
        OSError: it cannot be written.
    """
    replace_text(run / MANIFEST, json_text(record))


def replace_text(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old one or the new one, never half of it.

    Errors:
        OSError: it cannot be written; the old one is as it was.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     replace_text(Path(folder) / "a.txt", "whole")
        ...     [path.name for path in Path(folder).iterdir()]
        ['a.txt']
    """
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with new.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
