"""A notebook before and after its run: where it is, what it declares, whether all of it ran, what it published."""

from __future__ import annotations

import ast
import contextlib
import datetime
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Optional

from pydantic import AfterValidator, ConfigDict, TypeAdapter, ValidationError

from ..errors import InputError, WomError, nearest, shorten
from ..exhibits.exhibit import RESULT
from ..exhibits.tables import csv_text, json_text
from ..files import parse_value

EXECUTED, RESULTS = "notebook.ipynb", "results.json"
INSTALL = "pip install 'wom[notebooks]'"
_PACKAGE = Path(__file__).resolve().parent.parent


class ReportError(WomError):
    """A report that could not be made: at which cell, why, and where its notebook is kept."""

    def __init__(
        self, problem: str, *, cell: int | None = None, reason: str = "", notebook: Path | None = None,
        exit_code: int = WomError.exit_code,
    ) -> None:  # fmt: skip
        self.said = f"{problem}: {reason}" if reason else problem
        self.cell, self.notebook, self.exit_code = cell, notebook, exit_code

    def __str__(self) -> str:
        advice = "; open it in JupyterLab, the cell is marked" if self.cell else ""
        return f"{self.said}\nkept: {self.notebook}{advice}" if self.notebook else self.said


# --- Where notebooks are ---


def shipped() -> dict[str, Path]:
    """The notebooks that come with the package, by name."""
    for folder in (_PACKAGE / "_shipped" / "notebooks", _PACKAGE.parent / "notebooks"):
        if found := {path.stem: path for path in sorted(folder.glob("*.ipynb"))}:
            return found
    return {}


def find(name_or_path: str | Path) -> Path:
    """A notebook by its path, or by the name of one that comes with the package.

    Raises:
        InputError: neither; the nearest name is given.
    """
    path = Path(name_or_path)
    try:
        if path.is_file():
            return path
    except OSError as error:  # such as a name that is too long
        raise InputError("is no name of a notebook", file=shorten(str(name_or_path))) from error
    known = shipped()
    if str(name_or_path) in known:
        return known[str(name_or_path)]
    if path.suffix or path.parent != Path():
        raise InputError("no such notebook", file=str(name_or_path))
    advice = nearest(str(name_or_path), known) if known else "no notebooks come with this installation"
    raise InputError(f"no notebook of that name, {advice}", str(name_or_path))


# --- Its parameters: annotated assignments of the cell tagged `parameters` ---


@dataclass(frozen=True)
class Parameter:
    """A declared parameter; `kind` is its annotation as written, `default` the source of its value."""

    name: str
    kind: str
    default: str


def declared(notebook: Path) -> dict[str, Parameter]:
    """The parameters that a notebook declares, by name: `horizon_months: int = 36  # how far`.

    A day is annotated in quotes, `since: "date" = "2026-01-31"`: papermill hands over text.

    Raises:
        InputError: not exactly one cell tagged `parameters`, or one that declares nothing readable.
    """
    file = str(notebook)
    try:
        content = json.loads(notebook.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError("no such notebook", file=file) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=file) from error
    except ValueError as error:
        raise InputError(f"is no notebook: {error}", file=file) from error
    if not isinstance(content, dict) or content.get("nbformat") != 4 or "cells" not in content:
        raise InputError("is no notebook of format 4", file=file)
    code = [cell for cell in content["cells"] if cell.get("cell_type") == "code"]
    cells = [cell for cell in code if "parameters" in cell.get("metadata", {}).get("tags", [])]
    if len(cells) != 1:
        raise InputError(f"needs exactly one code cell tagged `parameters`, has {len(cells)}", file=file)
    try:
        body = ast.parse("".join(cells[0].get("source", ""))).body
    except SyntaxError as error:
        raise InputError(f"is not plain Python: {error.msg}", "parameters", file) from error
    found = {}
    for line in body:
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
            default = ast.unparse(line.value) if line.value else ""
            found[line.target.id] = Parameter(line.target.id, ast.unparse(line.annotation), default)
        elif isinstance(line, ast.Assign) and len(line.targets) == 1 and isinstance(line.targets[0], ast.Name):
            name, value = line.targets[0].id, line.value
            kinds = {ast.List: "list", ast.Dict: "dict"}
            kind = type(value.value).__name__ if isinstance(value, ast.Constant) else kinds.get(type(value), "")
            found[name] = Parameter(name, kind, ast.unparse(value))
    return found


def default(notebook: Path, name: str) -> Any:
    """A parameter's default value; None where the notebook has no such parameter, or computes it."""
    parameter = declared(notebook).get(name)
    try:
        return ast.literal_eval(parameter.default) if parameter else None
    except (ValueError, SyntaxError):
        return None


_KINDS: dict[str, Any] = {
    "int": int, "float": float, "str": str, "bool": bool, "list": list, "dict": dict,
    "date": Annotated[str, AfterValidator(lambda text: datetime.date.fromisoformat(text.strip()).isoformat())],
}  # fmt: skip
"""Annotations of parameters; unions, `Optional[…]`, `list[…]` and `dict[str, …]` of them are possible too."""


def check(notebook: Path, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The values as the notebook's annotations want them: a path becomes text, a date its ISO form, a whole number
    a float if need be.

    Raises:
        InputError: an unknown name, a value of another type (a bool is no int), NaN or infinity.
    """
    known, found = declared(notebook), {}
    for name, value in parameters.items():
        if name not in known:
            advice = nearest(name, known) if known else "it has none"
            raise InputError(f"the notebook has no such parameter, {advice}", str(name), notebook.name)
        found[name] = _conform(known[name], value, notebook)
    return found


def parse(notebook: Path, texts: Mapping[str, str]) -> dict[str, Any]:
    """Text of a command line as values, by the notebook's annotations and never by guessing: read as in a scenario
    file unless the annotation is of text or a day; `none` stands for None where the annotation allows it.

    Raises:
        InputError: an unknown name, or a text that is no value of that type.
    """
    known = declared(notebook)
    values: dict[str, Any] = dict(texts)
    for name, text in texts.items():
        words = set(re.findall(r"\w+", known[name].kind if name in known else ""))
        if words & {"None", "Optional"} and text.strip().lower() in ("none", "null"):
            values[name] = None
        elif not words & {"str", "date"} or words & {"list", "dict"}:
            with contextlib.suppress(InputError):  # which the annotation refuses, in its words
                values[name] = parse_value(text)
    return check(notebook, values)


def _conform(parameter: Parameter, value: Any, notebook: Path) -> Any:
    def refuse(text: str) -> InputError:
        return InputError(text, parameter.name, notebook.name)

    if not parameter.kind:
        raise refuse(f"is not annotated; write `{parameter.name}: int = …`")
    kind = parameter.kind.strip("'\"")
    try:
        allowed = eval(kind, {"__builtins__": {}, "Optional": Optional, **_KINDS})  # the notebook's own code
        adapter = TypeAdapter(allowed, config=ConfigDict(strict=True, allow_inf_nan=False))
    except Exception as error:  # whatever stands there
        raise refuse(f"is annotated {kind}; a parameter is one of {', '.join(_KINDS)}") from error
    try:
        found = adapter.validate_python(_plain(value))
        if json.loads(json.dumps(found, allow_nan=False)) != found:
            raise ValueError("keys that are no text")
    except (ValidationError, ValueError, TypeError, OverflowError, RecursionError) as error:
        wrong = "a finite number" if "finite" in str(error) or "range" in str(error) else kind
        wrong = wrong.replace("date", "a date such as 2026-01-31")
        raise refuse(f"must be {wrong}, is {shorten(value)}") from None
    return found


def _plain(value: Any) -> Any:
    """What Python code hands over, in the types of JSON as far as it has one."""
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:  # a NumPy scalar
        return value.item()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


# --- After the run: whether all of it ran ---


def execute(
    notebook: Path,
    parameters: Mapping[str, Any],
    work: Path,
    *,
    deadline: float | None = None,
    log: Path | None = None,
) -> Path:
    """Run a notebook in this environment's kernel and make sure that all of it ran.

    Raises:
        InputError: a parameter that the notebook does not have or of another type; no kernel was started.
        ReportError: a cell failed or did not run, the kernel died, or its time was over.
        WomError: the packages that run notebooks are not installed.
    """
    values = check(notebook, parameters)
    try:
        from . import kernel  # papermill: a second that a wrong parameter need not wait for
    except ImportError as error:
        raise WomError(f"reports need packages that are not installed ({error.name}): {INSTALL}") from error
    output, reason, failed = work / EXECUTED, "", ""
    try:
        kernel.run(notebook, output, values, deadline=deadline, log=log)
    except kernel.CellFailed as error:
        failed = one_line(str(error))
    except kernel.KernelDied:
        reason = "the Python process of the notebook died (killed, or out of memory?)"
    except kernel.TooLateError:
        reason = "its time was over, so it was stopped (--time-limit)"
    except kernel.NoKernelError as error:
        raise ReportError(f"notebook {notebook.name} did not start", reason=one_line(str(error))) from error
    content = json.loads(output.read_text(encoding="utf-8"))
    notes = content["metadata"].get("papermill", {})
    notes |= {"input_path": notebook.name, "output_path": EXECUTED}  # no path of the working directory
    replace_text(output, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    verify(output, reason=reason, name=notebook.name)
    if failed:  # and yet every cell looks well: papermill knows better
        raise ReportError(f"notebook {notebook.name} failed", reason=failed, notebook=output)
    return output


def verify(executed: Path, *, reason: str = "", name: str = "") -> None:
    """Refuse a notebook that has not run to its end, whatever its metadata say."""
    name = name or executed.name
    cells = json.loads(executed.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code" and "".join(cell["source"]).strip()]
    notes = [cell["metadata"].get("papermill", {}) for cell in code]
    for place, cell in enumerate(code):
        errors = [out for out in cell["outputs"] if out["output_type"] == "error"]
        fault, refused = "", False
        if reason:  # it is the last one that began: when a process dies, papermill calls every cell completed
            fault = reason if not any(note.get("start_time") for note in notes[place + 1 :][:1]) else ""
        elif errors:
            refused = errors[0]["ename"] in ("InputError", "WrongNumbersError")  # in what was given
            fault = one_line(("" if refused else f"{errors[0]['ename']}: ") + errors[0]["evalue"])
            fault += " (a notebook must run to its end)" if errors[0]["ename"] == "SystemExit" else ""
        elif cell.get("execution_count") is None or notes[place].get("status", "completed") != "completed":
            said = "".join(text for out in cell["outputs"] if out.get("name") == "stderr" for text in out["text"])
            fault = ": ".join(["it did not run", *said.strip().split("\n")[-1:]]).removesuffix(": ")  # MemoryError
        if fault:
            number = cell.get("execution_count") or place + 1
            raise ReportError(
                f"notebook {name} {'stopped' if refused else 'failed'} at cell [{number}]",
                cell=number,
                reason=fault,
                notebook=executed,
                exit_code=InputError.exit_code if refused else WomError.exit_code,
            )
    if reason:
        raise ReportError(f"notebook {name} failed", reason=reason, notebook=executed)


def one_line(text: str, width: int = 400) -> str:
    """A message without colours and line breaks."""
    line = " ".join(re.sub(r"\x1b\[[0-9;]*m", "", text).split())
    return line if len(line) <= width else line[: width - 3] + "..."


def replace_text(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old one or the new one, never half of it."""
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


# --- What it published ---


def published(executed: Path) -> tuple[dict[str, Any], list[str]]:
    """What an executed notebook handed over: the results by name, and which of them are tables."""
    results: dict[str, Any] = {}
    tables = []
    for cell in json.loads(executed.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            if (entry := output.get("data", {}).get(RESULT)) is None:
                continue
            name, value = entry["name"], entry["value"]
            if name in results:
                raise ReportError(f"the notebook publishes {name} twice", notebook=executed)
            results[name] = {key: value[key] for key in entry["order"]} if "order" in entry else value
            tables += [name] if entry["kind"] == "table" else []
    return results, tables


def write_results(executed: Path) -> dict[str, Any]:
    """Write `results.json` and a CSV file per table beside an executed notebook; returns the results by name."""
    results, tables = published(executed)
    executed.with_name(RESULTS).write_text(json_text(results), encoding="utf-8")
    for name in tables:
        text = csv_text(results[name])
        executed.with_name(f"{name}.csv").write_text(text, encoding="utf-8", newline="")
    return results
