"""The parameters that a notebook declares.

The cell tagged `parameters` declares them as annotated assignments: `horizon_months: int = 36  # how far`. A day
is annotated in quotes, `since: "date" = "2026-01-31"`: papermill hands over text, and only the runner checks it.
"""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError


@dataclass(frozen=True)
class Parameter:
    """A declared parameter; `kind` is its annotation as written, `default` the source of its value."""

    name: str
    kind: str
    default: str


def read(notebook: Path) -> dict[str, Any]:
    """The notebook as JSON.

    Errors:
        InputError: there is no such file, or it is no notebook of format 4.
    """
    try:
        content = json.loads(notebook.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError("no such notebook", file=str(notebook)) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=str(notebook)) from error
    except ValueError as error:
        raise InputError(f"is no notebook: {error}", file=str(notebook)) from error
    if not isinstance(content, dict) or content.get("nbformat") != 4 or "cells" not in content:
        raise InputError("is no notebook of format 4", file=str(notebook))
    return content


def declared(notebook: Path) -> dict[str, Parameter]:
    """The parameters that a notebook declares, by name.

    Args:
        notebook: path of the notebook.

    Errors:
        InputError: not exactly one cell tagged `parameters`, or one that declares nothing readable.
    """
    cells = [
        cell
        for cell in read(notebook)["cells"]
        if cell.get("cell_type") == "code" and "parameters" in cell.get("metadata", {}).get("tags", [])
    ]
    if len(cells) != 1:
        raise InputError(f"needs exactly one code cell tagged `parameters`, has {len(cells)}", file=str(notebook))
    source = cells[0].get("source", "")
    try:
        body = ast.parse("".join(source)).body
    except SyntaxError as error:
        raise InputError(f"is not plain Python: {error.msg}", "parameters", str(notebook)) from error
    found = {}
    for line in body:
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
            default = ast.unparse(line.value) if line.value else ""
            found[line.target.id] = Parameter(line.target.id, ast.unparse(line.annotation), default)
        elif isinstance(line, ast.Assign) and len(line.targets) == 1:
            target, value = line.targets[0], line.value
            if isinstance(target, ast.Name):
                kind = type(value.value).__name__ if isinstance(value, ast.Constant) else ""
                kind = "list" if isinstance(value, ast.List) else "dict" if isinstance(value, ast.Dict) else kind
                found[target.id] = Parameter(target.id, kind, ast.unparse(value))
    return found


def default(notebook: Path, name: str) -> Any:
    """A parameter's default value; None where the notebook has no such parameter, or computes it.

    Args:
        notebook: path of the notebook.
        name: of the parameter.

    Errors:
        InputError: as for `declared`.
    """
    parameter = declared(notebook).get(name)
    try:
        return ast.literal_eval(parameter.default) if parameter else None
    except (ValueError, SyntaxError):
        return None
