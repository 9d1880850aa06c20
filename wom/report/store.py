"""The directory of a report's runs: what a run came from and left, its name, its lock, and which is the latest.

Equal keys, equal results: a key is a hash of all that a run depends on, wherever its files lie. All that changes a
directory is called with its lock held, but `named` and what only reads.
"""

from __future__ import annotations

import contextlib
import datetime
import errno
import hashlib
import html
import json
import os
import platform
import re
import shutil
import subprocess
import time
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import InputError, WomError
from ..exhibits.tables import json_text
from ..files import lock
from .notebook import EXECUTED, default, replace_text

MANIFEST, LOG = "manifest.json", "run.log"
PARTIAL, FAILED, LATEST, _TRASH = ".partial-", "failed-", "latest", ".trash-"
_LOCK, _SOURCE = ".lock", ".source"
_PACKAGES = ("numpy", "pandas", "scipy", "pydantic", "matplotlib", "papermill", "mistune", "ipykernel")
"""What results and pages depend on besides wom."""
_PACKAGE = Path(__file__).resolve().parents[1]
_LONGEST_NAME = 80  # letters of a directory's name


class BusyError(WomError):
    """Another run is at work in the directory."""

    exit_code = 75


def now() -> datetime.datetime:
    """The time in UTC."""
    return datetime.datetime.now(datetime.UTC)


def stamp() -> str:
    """The time in UTC as manifests hold it."""
    return now().isoformat(timespec="milliseconds")


# --- What a run depends on ---


def sha256(path: Path) -> str:
    """The file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hashes(paths: Iterable[Path], base: Path) -> dict[str, str]:
    """SHA-256 by path below `base`."""
    return {path.relative_to(base).as_posix(): sha256(path) for path in paths}


def _fingerprint(value: Any) -> str:
    """SHA-256 of a value of JSON, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


@cache
def code_hash() -> str:
    """SHA-256 over this package's own files, which changes with every edit, committed or not."""
    ours = (".py", ".yaml", ".css", ".js", ".j2", ".html")
    files = (path for path in _PACKAGE.rglob("*") if path.suffix in ours and "_shipped" not in path.parts)
    return _fingerprint(hashes(sorted(filter(Path.is_file, files)), _PACKAGE))


@cache
def versions() -> dict[str, str]:
    """Versions of Python, wom, the system and the packages that a result depends on."""
    found = {"python": platform.python_version(), "system": platform.system(), "wom": __version__}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def checkout() -> dict[str, str | bool] | None:
    """The commit that the code is at and whether it was changed since; None outside a checkout or without git."""
    if not (_PACKAGE.parent / ".git").exists():
        return None
    command = ["git", "--no-optional-locks", "status", "--porcelain=v2", "--branch", "--untracked-files=no"]
    try:
        done = subprocess.run(command, cwd=_PACKAGE.parent, capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    commit = re.search(r"^# branch\.oid ([0-9a-f]+)$", done.stdout, re.MULTILINE)
    changed = re.search(r"^[^#]", done.stdout, re.MULTILINE)
    return {"commit": commit[1], "changed_since": bool(changed)} if commit else None


def identity(notebook: Path, values: Mapping[str, Any], inputs: Iterable[Path] = ()) -> dict[str, Any]:
    """What tells a run from others: hashes of what it was given, of files that a parameter names too, and of what
    computes it; under `key` one hash of all that."""
    texts = (value for value in values.values() if isinstance(value, str) and value)
    named = [Path(text) for text in texts if os.path.isfile(text)]  # noqa: PTH113  (Path.is_file refuses long texts)
    try:
        own = sha256(notebook)
        files = {str(path): sha256(path) for path in (*inputs, *named)}
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=str(error.filename)) from error
    plain = {name: files.get(value, value) if isinstance(value, str) else value for name, value in values.items()}
    given = _fingerprint([plain, list(files.values())])
    model = _fingerprint([own, code_hash(), versions()])
    return {
        "notebook": notebook.name,
        "notebook_sha256": own,
        "parameters": dict(values),
        "seed": values.get("seed", default(notebook, "seed")),
        "inputs": files,
        "key": _fingerprint([given, model]),
        "input_hash": given,
        "model_hash": model,
        "code_sha256": code_hash(),
        "versions": versions(),
    }


# --- The manifest ---


def read_json(path: Path) -> dict[str, Any]:
    """A mapping from a file of JSON; empty where there is none that can be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def read(run: Path) -> dict[str, Any]:
    """The manifest of a run's directory; empty where there is none that can be read."""
    content = read_json(run / MANIFEST)
    return content if "status" in content else {}


def write(run: Path, manifest: Mapping[str, Any]) -> None:
    """Write a run's manifest, whole or not at all."""
    replace_text(run / MANIFEST, json_text(manifest))


# --- Secrets: they belong into the environment, and are taken out of all that a run leaves ---

_SECRETS = "password|passwd|passphrase|secret|token|api_?key|access_?key|private_?key|credential"
_NAMES = re.compile(rf"(?:^|[_.-])(?:{_SECRETS})s?(?:$|[_.-])|[_.-]pwd$", re.IGNORECASE)
_VARIABLES = re.compile(rf"{_SECRETS}|_pwd$", re.IGNORECASE)
_IN_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s@]+@", re.IGNORECASE)
_SHORTEST = 8  # letters; a shorter value could be an ordinary word of the report
_HIDDEN = "[secret]"
_STRUCTURE = {
    "cell_type", "output_type", "id", "name", "kind", "order", "columns", "index_names", "formats", "language",
    "display_name", "status",
}  # fmt: skip
"""Keys whose values are names themselves."""


def refuse_secrets(parameters: Mapping[str, Any]) -> None:
    """Refuse parameters that are secrets by their name, or addresses with a password."""
    for name, value in parameters.items():
        inner = value if isinstance(value, Mapping) else {}
        named = [key for key in (name, *map(str, inner)) if _NAMES.search(key)]
        values = [value, *inner.values()]
        if named or any(isinstance(item, str) and _IN_ADDRESS.search(item) for item in values):
            text = "parameters are stored in the notebook and the manifest; keep secrets in environment variables"
            raise InputError(f"{text} and read them there with os.environ", named[0] if named else name)


def hide(text: str) -> str:
    """A text without the values of environment variables that are secrets by their name, as they are and as JSON
    and HTML write them; no part of a number is one."""
    found = {value for name, value in os.environ.items() if _VARIABLES.search(name) and len(value) >= _SHORTEST}
    for value in sorted(found, key=len, reverse=True):
        quoted = (json.dumps(value), json.dumps(value, ensure_ascii=False))
        for form in {value, *(one[1:-1] for one in quoted), html.escape(value)}:
            number = form.replace(".", "").isdigit()  # part of a longer number is no secret
            before, after = (r"(?<![\d.])", r"(?![\d.]*\d)") if number else ("", "")
            text = re.sub(before + re.escape(form) + after, _HIDDEN, text)
    return text


def hide_in(value: Any) -> Any:
    """Plain data without the environment's secrets in its texts; keys stay."""
    if isinstance(value, dict):
        return {key: part if key in _STRUCTURE else hide_in(part) for key, part in value.items()}
    if isinstance(value, list):
        return [hide_in(part) for part in value]
    return hide(value) if isinstance(value, str) else value


def clean(work: Path) -> list[str]:
    """Take the environment's secrets out of a notebook that has run, of which all else is made, and of its log;
    returns the names of the files in which something was hidden."""
    found = []
    for path in (work / EXECUTED, work / LOG):
        text = path.read_text(encoding="utf-8", errors="surrogateescape") if path.is_file() else ""
        if (plain := hide(text)) != text:
            with contextlib.suppress(ValueError):
                plain = json.dumps(hide_in(json.loads(text)), ensure_ascii=False, indent=1) + "\n"
            path.write_text(plain, encoding="utf-8", errors="surrogateescape", newline="")
            found.append(path.name)
    return found


# --- Names: each business, plan or branch has a directory of its own ---


def named(root: Path, name: str, source: str, taken: Mapping[str, str] | None = None) -> Path:
    """The directory for what comes from one source: of its name, unless that one belongs to another source.

    It has letters of any language, digits, points and dashes. Two files of one name in two folders are two
    businesses. A source that was given a directory before finds it again, also after both were moved together.
    Nothing is written: `claim_source` does that.
    """

    def digest(text: str) -> str:
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:6]

    def cut(text: str) -> str:  # what is cut off still tells two apart
        if len(text) <= _LONGEST_NAME and len(text.encode()) <= 2 * _LONGEST_NAME:
            return text
        return text.encode()[: _LONGEST_NAME - 7].decode(errors="ignore").rstrip("-._") + f"-{digest(text)}"

    short = cut(re.sub(r"[^\w.]+", "-", unicodedata.normalize("NFC", name)).strip("-._")) or "report"
    short = f"r-{short}" if short.lower().startswith((LATEST, FAILED)) else short
    for candidate in (short, cut(f"{short}-{digest(source)}")):
        owner = (taken or {}).get(candidate.lower()) or _owner(root / candidate)
        if not owner or owner == source:
            break
    return root / candidate


def source_of(path: Path, root: Path) -> str:
    """Where a file is as seen from a directory of reports: it stays the same where both are moved together."""
    try:
        way = Path(os.path.relpath(path.resolve(), root.resolve())).as_posix()
    except ValueError:  # on another drive
        way = path.resolve().as_posix()
    return way.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\n", " ")


def _owner(folder: Path) -> str:
    try:
        return (folder / _SOURCE).read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def claim_source(output: Path, source: str) -> None:
    """Write down what a directory is for."""
    if (owner := _owner(output)) and owner != source:
        raise BusyError(f"{output}: has just been given to {owner}; run it again")
    if not owner:
        replace_text(output / _SOURCE, f"{source}\n")


# --- The lock: the system lets it go when its process ends, however it ends ---


@contextmanager
def locked(directory: Path, wait: float = 0.5, name: str = _LOCK) -> Iterator[None]:
    """Have a directory alone; the file `.lock` in it stays behind and says who had it last."""
    path = directory / name
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise WomError(f"{path}: is a link; remove it, a run keeps its lock there") from error
        raise
    try:
        end = time.monotonic() + wait
        try:
            while not lock(descriptor):
                if time.monotonic() >= end:
                    holder = _holder(descriptor)
                    raise BusyError(f"{directory}: another run is at work here{holder}; try again later")
                time.sleep(0.1)
        except OSError as error:
            advice = "choose an output directory on a disk of this machine"
            raise WomError(f"{path}: cannot be locked: {error.strerror}; {advice}") from error
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"process {os.getpid()}, since {now():%Y-%m-%d %H:%M:%S} UTC".encode())
        yield
    finally:
        os.close(descriptor)  # the lock goes with it


def held(directory: Path) -> str:
    """Who is at work in a directory; empty if nobody is."""
    try:
        descriptor = os.open(directory / _LOCK, os.O_RDWR)
    except OSError:
        return ""
    try:
        return "" if lock(descriptor) else _holder(descriptor).strip(" ()")
    except OSError:  # no locks there
        return ""
    finally:
        os.close(descriptor)


def _holder(descriptor: int) -> str:
    os.lseek(descriptor, 0, os.SEEK_SET)
    text = os.read(descriptor, 200).decode("utf-8", "replace")
    return f" ({text})" if text else ""


# --- One run: claimed, published at once, or put aside ---


def make(output: Path) -> None:
    """Make the directory of runs, unless it is there."""
    if output.is_symlink() and not output.exists():
        raise WomError(f"{output}: is a link to nowhere; remove it or choose another output directory")
    if output.exists() and not output.is_dir():
        raise WomError(f"{output}: is a file; the output must be a directory")
    try:
        output.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise WomError(f"{output}: a file stands in its path; choose another output directory") from error


def claim(output: Path, wanted: str) -> Path:
    """A new directory to work in, below `output`, for a run of that name; where it is taken, -2, -3 … follows."""
    name, attempt = wanted, 1
    while any(os.path.lexists(output / f"{before}{name}") for before in (PARTIAL, "", FAILED)):
        attempt += 1
        name = f"{wanted}-{attempt}"
    work = output / f"{PARTIAL}{name}"
    work.mkdir()
    return work


def publish(work: Path) -> Path:
    """Put a whole run under its own name at once, and point `latest` to it."""
    output, name = work.parent, work.name.removeprefix(PARTIAL)
    _settle(work)
    final = work.replace(output / name)
    new = output / f".{LATEST}-{name}"
    try:
        new.symlink_to(name, target_is_directory=True)
        new.replace(output / LATEST)
    except (OSError, NotImplementedError):  # no symbolic links here, or something else has the name
        new.unlink(missing_ok=True)
        replace_text(output / f"{LATEST}.txt", f"{name}\n")
    return final


def put_aside(work: Path) -> Path:
    """Put a failed run under a name that says so."""
    _settle(work)
    return work.replace(work.with_name(FAILED + work.name.removeprefix(PARTIAL)))


def _settle(directory: Path) -> None:
    """Have the system write all files of a directory to the disk, so that no power cut leaves half of them."""
    for path in (*directory.iterdir(), directory) if os.name == "posix" else ():
        if not path.is_symlink():
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def clear(output: Path, reason: str = "") -> list[Path]:
    """Put aside what runs left that were killed, as failed runs, and drop what is nobody's."""
    reason = reason or "it did not end: its process was killed, or the machine went down"
    found = []
    for left in sorted(output.glob(f"{PARTIAL}*")):
        if left.is_symlink() or not left.is_dir():
            left.unlink()
        elif not (known := read(left)):
            shutil.rmtree(left, ignore_errors=True)  # it had not begun
        else:
            only_evidence(left)
            clean(left)
            write(left, known | {"status": "failed", "error": reason, "finished": stamp()})
            found.append(put_aside(left))
    for left in (*output.glob(f"{_TRASH}*"), *output.glob(f".{LATEST}-*")):
        _remove(left)
    return found


def only_evidence(work: Path) -> None:
    """Leave the notebook, the log and the manifest of a run that failed, and nothing that looks like a report."""
    for path in work.iterdir():
        half = path.name == EXECUTED and not read_json(path)  # killed, or no space left, while writing it
        if half or path.name not in (EXECUTED, LOG, MANIFEST):
            _remove(path)


def _remove(path: Path) -> None:
    """Out of sight first, so that nobody meets half of it."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    if not path.name.startswith("."):
        path = path.replace(path.with_name(f"{_TRASH}{path.name}"))
    shutil.rmtree(path, ignore_errors=True)


# --- All runs of a directory, and the directories of many ---


@dataclass(frozen=True)
class Job:
    """A directory of runs: manifests of the whole ones and of the failed ones, each with its folder's name, the
    oldest first."""

    path: Path
    done: tuple[Mapping[str, Any], ...]
    failed: tuple[Mapping[str, Any], ...]

    @property
    def title(self) -> str:
        """Of the newest run, or the directory's name."""
        return str((self.done[-1].get("summary", {}).get("title") if self.done else "") or self.path.name)

    @property
    def failing(self) -> bool:
        """Whether the newest run is a failed one."""
        last = self.done[-1].get("finished", "") if self.done else ""
        return bool(self.failed) and str(self.failed[-1].get("finished", "")) > str(last)


def job(output: Path) -> Job:
    """What is in a directory of runs, links apart; what `latest` points to comes last: clocks are set back."""
    link, found = output / LATEST, []
    newest = link.readlink().name if link.is_symlink() else ""
    for path in output.glob("[!.]*"):
        known = read(path) if path.is_dir() and not path.is_symlink() else {}
        if "run_id" in known and known["status"] == ("failed" if path.name.startswith(FAILED) else "done"):
            when = known.get("finished") or known.get("started") or ""
            found.append(((path.name == newest, when, path.name), known | {"folder": path.name}))
    runs = [known for _, known in sorted(found, key=lambda one: one[0])]
    return Job(output, *(tuple(run for run in runs if run["status"] == status) for status in ("done", "failed")))


def runs(output: Path, *, failed: bool = False) -> list[Path]:
    """The runs in a directory, the oldest first: the whole ones, or the failed ones."""
    found = job(output)
    return [output / run["folder"] for run in (found.failed if failed else found.done)]


def latest(output: Path) -> Path | None:
    """The newest whole run; None where there is none."""
    link = output / LATEST
    if link.is_symlink() and read(pointed := output / link.readlink()).get("status") == "done":
        return pointed  # without a look at all the others
    return next(reversed(runs(output)), None)


def prune(output: Path, keep: int) -> None:
    """Remove the oldest whole runs and, counted apart, the oldest failed ones, until so many of each are left."""
    last = latest(output)
    for found in (runs(output), runs(output, failed=True)):
        for path in found[: max(len(found) - keep, 0)]:
            if path != last:
                _remove(path)


def folders(root: Path) -> list[Path]:
    """A directory, and those right below it that may hold reports. Links are not followed."""
    try:
        below = sorted(path for path in root.iterdir() if not path.name.startswith((".", "_")) and path.is_dir())
    except OSError:
        below = []
    return [root, *(path for path in below if not path.is_symlink())]


def jobs(root: Path) -> list[Job]:
    """All reports that run into a directory or right below it, by name."""
    return [found for found in map(job, folders(root)) if found.done or found.failed]
