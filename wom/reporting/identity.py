"""What a run depends on, in hashes: equal in all of them, equal in results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError
from . import manifest
from .arguments import check
from .declarations import default
from .notebook import ReportError

_LONGEST_PATH = 4096


def key(notebook: Path, parameters: Mapping[str, Any], inputs: Iterable[Path] = ()) -> str:
    """One hash of all that a run's results depend on: equal keys, equal results.

    Args:
        notebook: what to run.
        parameters: values for its parameters.
        inputs: files that the result depends on.

    Errors:
        InputError: as for `run_report`.
    """
    values = check(notebook, parameters)
    return str(identity(notebook, values, hashes(files(values, inputs)))["key"])


def files(values: Mapping[str, Any], inputs: Iterable[Path]) -> dict[str, Path]:
    """The input files by name: those given, and those that a parameter names.

    Args:
        values: of the notebook's parameters.
        inputs: other files that the result depends on.
    """
    named = (value for value in values.values() if isinstance(value, str) and 0 < len(value) < _LONGEST_PATH)
    return {str(path): path for path in (*inputs, *(Path(text) for text in named if Path(text).is_file()))}


def hashes(found: Mapping[str, Path]) -> dict[str, str]:
    """SHA-256 of the files, by name.

    Errors:
        InputError: one cannot be read.
    """
    return {name: _hash(path) for name, path in found.items()}


def _hash(path: Path) -> str:
    try:
        return manifest.sha256(path)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=str(path)) from error


def identity(notebook: Path, values: Mapping[str, Any], hashed: Mapping[str, str]) -> dict[str, Any]:
    """What tells a run from others: hashes of what it was given and of what computes it.

    Args:
        notebook: what is run.
        values: of its parameters, checked.
        hashed: SHA-256 of the input files, by name.
    """
    own = _hash(notebook)
    given, model = manifest.input_hash(values, hashed), manifest.model_hash(own)
    return {
        "notebook": notebook.name,
        "notebook_sha256": own,
        "parameters": dict(values),
        "seed": values.get("seed", default(notebook, "seed")),
        "inputs": dict(hashed),
        "key": manifest.fingerprint([given, model]),
        "input_hash": given,
        "model_hash": model,
        "code_sha256": manifest.code_hash(),
        "versions": manifest.versions(),
    }


def check_unchanged(record: Mapping[str, Any], notebook: Path, found: Mapping[str, Path]) -> None:
    """Refuse results of which nobody can say from which version of a file they came.

    Args:
        record: from `identity`, before the run.
        notebook: what was run.
        found: the input files by name.

    Errors:
        ReportError: a file is not what it was.
    """
    before = {**record["inputs"], str(notebook): record["notebook_sha256"]}
    for name, path in {**found, str(notebook): notebook}.items():
        try:
            same = manifest.sha256(path) == before[name]
        except OSError:
            same = False
        if not same:
            raise ReportError(f"{name} changed while the report was made", reason="run it again")
