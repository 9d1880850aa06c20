"""What a run was, in its manifest: from what, with which versions, leaving what; and no secrets in any of it.

Equal keys, equal results: a key is a hash of all that a run depends on, wherever its files lie.
"""

from __future__ import annotations

import contextlib
import hashlib
import html
import json
import os
import platform
import re
import subprocess
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import InputError
from ..exhibits.tables import json_text
from .notebook import EXECUTED, ReportError, check, default

MANIFEST, LOG = "manifest.json", "run.log"
PACKAGES = ("numpy", "pandas", "scipy", "pydantic", "matplotlib", "papermill", "mistune", "ipykernel")
"""What results and pages depend on besides wom."""
_PACKAGE = Path(__file__).resolve().parents[1]
_ROOT = _PACKAGE.parent
_LONGEST_PATH = 4096


def sha256(path: Path) -> str:
    """The file's SHA-256 in hexadecimal.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hashes(paths: Iterable[Path], base: Path | None = None) -> dict[str, str]:
    """SHA-256 by path, or by path below `base`."""
    return {(path.relative_to(base) if base else path).as_posix(): sha256(path) for path in paths}


def fingerprint(value: Any) -> str:
    """SHA-256 of a value of JSON, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


@cache
def code_hash() -> str:
    """SHA-256 over this package's own files, which changes with every edit, committed or not."""
    files = sorted(
        path
        for path in _PACKAGE.rglob("*")
        if path.suffix in (".py", ".yaml", ".css", ".js", ".j2", ".html")
        and "_shipped" not in path.parts
        and path.is_file()
    )
    return fingerprint(hashes(files, _PACKAGE))


@cache
def versions() -> dict[str, str]:
    """Versions of Python, wom, the system and the packages that a result depends on."""
    found = {"python": platform.python_version(), "system": platform.system(), "wom": __version__}
    for name in PACKAGES:
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
        done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    lines = done.stdout.splitlines()
    commit = next((line.split()[-1] for line in lines if line.startswith("# branch.oid")), "")
    if done.returncode or not commit or commit == "(initial)":
        return None
    return {"commit": commit, "changed_since": any(not line.startswith("#") for line in lines)}


# --- What a run depends on ---


def input_files(values: Mapping[str, Any], inputs: Iterable[Path]) -> dict[str, Path]:
    """The input files by name: those given, and those that a parameter names."""
    named = (value for value in values.values() if isinstance(value, str) and 0 < len(value) < _LONGEST_PATH)
    return {str(path): path for path in (*inputs, *(Path(text) for text in named if _is_file(text)))}


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # no name that a file can have
        return False


def _hash(path: Path) -> str:
    try:
        return sha256(path)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=str(path)) from error


def identity(notebook: Path, values: Mapping[str, Any], found: Mapping[str, Path]) -> dict[str, Any]:
    """What tells a run from others: hashes of what it was given and of what computes it.

    Raises:
        InputError: a file cannot be read.
    """
    own = _hash(notebook)
    inputs = {name: _hash(path) for name, path in found.items()}
    plain = {name: inputs.get(value, value) if isinstance(value, str) else value for name, value in values.items()}
    given = fingerprint([plain, list(inputs.values())])
    model = fingerprint([own, code_hash(), versions()])
    return {
        "notebook": notebook.name,
        "notebook_sha256": own,
        "parameters": dict(values),
        "seed": values.get("seed", default(notebook, "seed")),
        "inputs": inputs,
        "key": fingerprint([given, model]),
        "input_hash": given,
        "model_hash": model,
        "code_sha256": code_hash(),
        "versions": versions(),
    }


def key(notebook: Path, parameters: Mapping[str, Any], inputs: Iterable[Path] = ()) -> str:
    """One hash of all that a run's results depend on.

    Raises:
        InputError: as for `run_report`.
    """
    values = check(notebook, parameters)
    return str(identity(notebook, values, input_files(values, inputs))["key"])


def check_unchanged(record: Mapping[str, Any], notebook: Path, found: Mapping[str, Path]) -> None:
    """Refuse results of which nobody can say from which version of a file they came.

    Raises:
        ReportError: a file is not what it was.
    """
    before = {**record["inputs"], str(notebook): record["notebook_sha256"]}
    for name, path in {**found, str(notebook): notebook}.items():
        try:
            same = sha256(path) == before[name]
        except OSError:
            same = False
        if not same:
            raise ReportError(f"{name} changed while the report was made", reason="run it again")


# --- The manifest ---


def read(run: Path) -> dict[str, Any]:
    """The manifest of a run's directory; empty where there is none that can be read."""
    content = read_json(run / MANIFEST)
    return content if "status" in content else {}


def read_json(path: Path) -> dict[str, Any]:
    """A mapping from a file of JSON; empty where there is none that can be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write(run: Path, record: Mapping[str, Any]) -> None:
    """Write a run's manifest, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    replace_text(run / MANIFEST, json_text(record))


def replace_text(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old one or the new one, never half of it.

    Raises:
        OSError: it cannot be written; the old one is as it was.
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


# --- Secrets: they belong into the environment, and are taken out of all that a run leaves ---

_SECRETS = "password|passwd|passphrase|secret|token|api_?key|access_?key|private_?key|credential"
_NAMES = re.compile(rf"(?:^|[_.-])(?:{_SECRETS})s?(?:$|[_.-])|[_.-]pwd$", re.IGNORECASE)
_VARIABLES = re.compile(rf"{_SECRETS}|_pwd$", re.IGNORECASE)
_IN_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s@]+@", re.IGNORECASE)
_SHORTEST = 8  # letters; a shorter value could be an ordinary word of the report
HIDDEN = "[secret]"


def refuse_secrets(parameters: Mapping[str, Any]) -> None:
    """Refuse parameters that are secrets by their name, or addresses with a password.

    Raises:
        InputError: one is, and where it belongs instead.
    """
    for name, value in parameters.items():
        inner = value if isinstance(value, Mapping) else {}
        named = [key for key in (name, *map(str, inner)) if _NAMES.search(key)]
        values = [value, *inner.values()]
        if named or any(isinstance(item, str) and _IN_ADDRESS.search(item) for item in values):
            text = "parameters are stored in the notebook and the manifest; keep secrets in environment variables"
            raise InputError(f"{text} and read them there with os.environ", named[0] if named else name)


def secrets() -> tuple[str, ...]:
    """Values of environment variables that are secrets by their name, the longest first."""
    found = {value for name, value in os.environ.items() if _VARIABLES.search(name) and len(value) >= _SHORTEST}
    return tuple(sorted(found, key=len, reverse=True))


def hide(text: str) -> str:
    """A text without the environment's secrets, as they are and as JSON and HTML write them; no part of a number
    is one."""
    for value in secrets():
        written = (json.dumps(value), json.dumps(value, ensure_ascii=False))
        for form in {value, *(quoted[1:-1] for quoted in written), html.escape(value)}:
            number = form.replace(".", "").isdigit()  # part of a longer number is no secret
            before, after = (r"(?<![\d.])", r"(?![\d.]*\d)") if number else ("", "")
            text = re.sub(before + re.escape(form) + after, HIDDEN, text)
    return text


def hide_in(value: Any) -> Any:
    """Plain data without the environment's secrets in its texts; keys stay."""
    if isinstance(value, dict):
        return {key: part if key in _STRUCTURE else hide_in(part) for key, part in value.items()}
    if isinstance(value, list):
        return [hide_in(part) for part in value]
    return hide(value) if isinstance(value, str) else value


_STRUCTURE = {
    "cell_type", "output_type", "id", "name", "kind", "order", "columns", "index_names", "formats", "language",
    "display_name", "status",
}  # fmt: skip
"""Keys whose values are names themselves."""


def clean(work: Path) -> list[str]:
    """Take the environment's secrets out of a notebook that has run, of which all else is made, and of its log.

    Returns:
        Names of the files in which something was hidden.

    Raises:
        OSError: a file cannot be read or written.
    """
    found = []
    for path in (work / EXECUTED, work / LOG) if secrets() else ():
        text = path.read_text(encoding="utf-8", errors="surrogateescape") if path.is_file() else ""
        if (plain := hide(text)) != text:
            with contextlib.suppress(ValueError):
                plain = json.dumps(hide_in(json.loads(text)), ensure_ascii=False, indent=1) + "\n"
            path.write_text(plain, encoding="utf-8", errors="surrogateescape", newline="")
            found.append(path.name)
    return found
