"""What a calibration leaves on disk: all of it, or nothing."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from ..errors import InputError, WomError
from ..scenario import load
from . import output
from .result import Calibration

if TYPE_CHECKING:
    from ..data import Tables

SCENARIO, ESTIMATES, UNKNOWN, TEMPLATE = "today.yaml", "estimates.csv", "unknown.csv", "business.yaml"


def save(found: Calibration, directory: str | Path, tables: Tables | None = None) -> Path:
    """Write the scenario, the figures, what is unknown, and the rejected rows.

    `today.yaml` is written last and only if it loads, holds together and can be simulated in draws; where the
    business must give more figures, `business.yaml` with lines for them is written instead. Where the figures
    contradict each other, only what was found is written.

    Returns:
        The file to go on with: `today.yaml`, or `business.yaml`.

    Raises:
        InputError: the figures contradict each other, or a file there is not one of a calibration.
        WomError: the directory cannot be written.
    """
    folder = Path(directory)
    name = TEMPLATE if found.needed else SCENARIO
    contradiction = found.contradiction
    _refuse_others(folder / name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".calibration-") as aside:
            new = Path(aside)
            found.table.to_csv(new / ESTIMATES, lineterminator="\n")
            found.unknown.to_csv(new / UNKNOWN, lineterminator="\n")
            if tables is not None and (checked := tables.check()).rejected:
                checked.write(new)
            if contradiction is None:
                _write(found, new / name)
                _spare(folder / name, new / name)
            for file in sorted(new.iterdir(), key=lambda file: file.name == name):
                file.replace(folder / file.name)
    except OSError as error:
        raise WomError(f"{folder}: cannot be written: {error.strerror or error}") from error
    if contradiction:
        text = f"{contradiction.problem}\nWhat was found stands in {folder / ESTIMATES}"
        raise InputError(text, contradiction.key, contradiction.file)
    return folder / name


def _write(found: Calibration, file: Path) -> None:
    """The file to go on with; a scenario that cannot be loaded is an error."""
    currency = str(found.business.get("currency", ""))
    text = output.template(found.needed, found.title, currency) if found.needed else found.text
    file.write_text(text, encoding="utf-8")
    if not found.needed:
        load(file)


def _spare(old: Path, new: Path) -> None:
    """What stood there, perhaps with somebody's changes, as a second file."""
    if old.is_file() and old.read_bytes() != new.read_bytes():
        shutil.copyfile(old, new.with_name(f"{old.name}.bak"))


def _refuse_others(file: Path) -> None:
    """A scenario that somebody wrote by hand, or a filled-in business file, is never replaced."""
    if not file.exists():
        return
    try:
        there = yaml.safe_load(file.read_text(encoding="utf-8"))
        today = there.get("today") or {}
        ours = bool(there.get("basis")) or not any(any(part.values()) for part in today.values() if part)
    except (OSError, ValueError, AttributeError, yaml.YAMLError):
        ours = False
    if not ours:
        raise InputError("is not from a calibration and stays; choose another --output", file=str(file))
