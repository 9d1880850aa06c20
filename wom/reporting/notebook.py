"""Run a notebook with nothing left to chance: known parameters, the own kernel, every cell done, or an error."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError, WomError, nearest
from .arguments import check, parse
from .declarations import declared

__all__ = ["ReportError", "check", "declared", "execute", "find", "parse"]

EXECUTED = "notebook.ipynb"
_REFUSALS = ("InputError", "WrongNumbersError")
"""Errors of a notebook that say what is wrong with what it was given."""
_PACKAGE = Path(__file__).resolve().parent.parent
_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


class ReportError(WomError):
    """A report that could not be made.

    Args:
        problem: what went wrong.
        cell: number of the cell, as Jupyter shows it: [4]. None where no cell is to blame.
        reason: the error's last line.
        notebook: where the notebook is kept with all that it did.
        exit_code: 2 where the notebook found its input wrong, 1 otherwise.

    Example:
        >>> print(ReportError("cell [4] failed", cell=4, reason="ValueError: no such plan"))
        cell [4] failed: ValueError: no such plan
    """

    def __init__(
        self,
        problem: str,
        *,
        cell: int | None = None,
        reason: str = "",
        notebook: Path | None = None,
        exit_code: int = WomError.exit_code,
    ) -> None:
        self.problem, self.cell, self.reason, self.notebook = problem, cell, reason, notebook
        self.exit_code = exit_code
        advice = "; open it in JupyterLab, the cell is marked" if cell else ""
        kept = f"\nkept: {notebook}{advice}" if notebook else ""
        super().__init__(f"{problem}: {reason}{kept}" if reason else f"{problem}{kept}")

    def kept_at(self, notebook: Path) -> ReportError:
        """The same error with the notebook at its last place."""
        return ReportError(
            self.problem, cell=self.cell, reason=self.reason, notebook=notebook, exit_code=self.exit_code
        )


def shipped() -> dict[str, Path]:
    """The notebooks that come with the package, by name."""
    for folder in (_PACKAGE / "_shipped" / "notebooks", _PACKAGE.parent / "notebooks"):
        if found := {path.stem: path for path in sorted(folder.glob("*.ipynb"))}:
            return found
    return {}


def find(name_or_path: str | Path) -> Path:
    """A notebook by its path, or by the name of one that comes with the package.

    Args:
        name_or_path: "scenario_report", or the path of a file.

    Errors:
        InputError: neither; the nearest name is given.
    """
    path = Path(name_or_path)
    if path.is_file():
        return path
    known = shipped()
    if str(name_or_path) in known:
        return known[str(name_or_path)]
    if path.suffix or path.parent != Path():
        raise InputError("no such notebook", file=str(name_or_path))
    advice = nearest(str(name_or_path), known) if known else "no notebooks come with this installation"
    raise InputError(f"no notebook of that name, {advice}", str(name_or_path))


def execute(
    notebook: Path,
    parameters: Mapping[str, Any],
    work: Path,
    timeout_per_cell: int | None = None,
    *,
    deadline: float | None = None,
    log: Path | None = None,
) -> Path:
    """Run a notebook in this environment's kernel and make sure that all of it ran.

    Args:
        notebook: what to run; exactly one of its cells is tagged `parameters`.
        parameters: values for some of its parameters.
        work: an existing directory to leave the executed notebook in.
        timeout_per_cell: seconds, or None for no limit.
        deadline: time on the clock `time.monotonic` at which the kernel is killed, or None.
        log: file for the course of the run, or None.

    Returns:
        The executed notebook, `work`/notebook.ipynb.

    Errors:
        InputError: a parameter that the notebook does not have or of another type; no kernel was started.
        ReportError: a cell failed, did not run or took too long, or the kernel died.
    """
    values = check(notebook, parameters)
    from . import kernel  # papermill: a second that a wrong parameter need not wait for

    output = work / EXECUTED
    reason = ""
    failed: Exception | None = None
    try:
        kernel.run(notebook, output, values, timeout_per_cell, deadline=deadline, log=log)
    except kernel.CellFailed as error:
        failed = error
    except kernel.KernelDied:
        reason = "the Python process of the notebook died (killed, or out of memory?)"
    except kernel.CellTimedOut:
        reason = f"took longer than {timeout_per_cell} seconds"
    except kernel.TooLateError:
        reason = "its time was over, so it was stopped (--time-limit)"
    except kernel.NoKernelError as error:
        raise ReportError(f"notebook {notebook.name} did not start", reason=_one_line(str(error))) from error
    _tidy(output, notebook.name)
    verify(output, reason=reason, name=notebook.name)
    if failed:  # and yet every cell looks well: papermill knows better
        raise ReportError(
            f"notebook {notebook.name} failed", reason=_one_line(str(failed)), notebook=output
        ) from failed
    return output


def verify(executed: Path, *, reason: str = "", name: str = "") -> None:
    """Refuse a notebook that has not run to its end, whatever its metadata say.

    Args:
        executed: an executed notebook.
        reason: what is already known to have gone wrong.
        name: what to call the notebook.

    Errors:
        ReportError: a cell that failed or did not run, or a `reason`.
    """
    name = name or executed.name
    cells = json.loads(executed.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code" and "".join(cell["source"]).strip()]
    for place, cell in enumerate(code, start=1):
        notes = cell["metadata"].get("papermill", {})
        # when a process dies, papermill calls every cell completed, and only those that ran have a start
        last = place == len(code) or not code[place]["metadata"].get("papermill", {}).get("start_time")
        errors = [out for out in cell["outputs"] if out["output_type"] == "error"]
        fault, refused = "", False
        if reason and last:
            fault = reason
        elif errors and not reason:
            refused = errors[0]["ename"] in _REFUSALS
            fault = _one_line(("" if refused else f"{errors[0]['ename']}: ") + errors[0]["evalue"])
            fault += " (a notebook must run to its end)" if errors[0]["ename"] == "SystemExit" else ""
        elif not reason and (
            cell.get("execution_count") is None or notes.get("status", "completed") != "completed"
        ):
            fault = "it did not run"
        if fault:
            number = cell.get("execution_count") or place
            raise ReportError(
                f"notebook {name} {'stopped' if refused else 'failed'} at cell [{number}]",
                cell=number,
                reason=fault,
                notebook=executed,
                exit_code=InputError.exit_code if refused else WomError.exit_code,
            )
    if reason:
        raise ReportError(f"notebook {name} failed", reason=reason, notebook=executed)


def _tidy(executed: Path, name: str) -> None:
    """Take the paths of the working directory out of what papermill notes about a run."""
    content = json.loads(executed.read_text(encoding="utf-8"))
    notes = content["metadata"].get("papermill", {})
    notes |= {"input_path": name, "output_path": EXECUTED}
    text = json.dumps(content, ensure_ascii=False, indent=1)
    new = executed.with_name(f".{executed.name}.new")
    new.write_text(text + "\n", encoding="utf-8")
    new.replace(executed)


def _one_line(text: str, width: int = 400) -> str:
    """A message without colours and line breaks."""
    line = " ".join(_ESCAPES.sub("", text).split())
    return line if len(line) <= width else line[: width - 3] + "..."
