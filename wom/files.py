"""Scenario files as plain data: YAML without its traps, `extends`, and where samples are."""

from __future__ import annotations

import contextlib
import errno
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from .errors import InputError, nearest, shorten

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

SCENARIO, CALIBRATED, BACK_TESTED = "scenario", "calibrated", "back-tested"
"""What a scenario rests on."""

LARGEST_FILE = 300_000
"""Bytes; a scenario with a hundred segments has about 100,000, and reading this many takes a few seconds."""


class _Loader(yaml.SafeLoader):
    """YAML as people expect it: 1e3 is a number, `no` and 12:30 are text, a key stands once, no aliases."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  (pyyaml keeps its rules in a class attribute)

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.events.AliasEvent):
            raise _problem(event, f"alias *{shorten(event.anchor)} is not allowed; use extends to share values")
        if event.tag is not None:
            raise _problem(event, f"tag {shorten(event.tag)} is not allowed; write the plain value")
        return super().compose_node(parent, index)

    def construct_scalar(self, node: Any) -> Any:
        value = super().construct_scalar(node)
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            raise _problem(node, "half a character, which no text can hold")
        return value

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _problem(key, "a key must be one word")
            if key.value in seen:
                raise _problem(key, f"the key {shorten(key.value)} stands twice")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _problem(mark: Any, text: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=text, problem_mark=mark.start_mark)


_FLOAT = r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
for _name, _first, _pattern in (
    ("null", [*"~nN", ""], r"~|null|Null|NULL|"),
    ("bool", [*"tTfF"], r"true|True|TRUE|false|False|FALSE"),
    ("int", [*"-+0123456789"], r"[-+]?[0-9]+"),
    ("float", [*"-+.0123456789"], _FLOAT),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(f"^(?:{_pattern})$"), _first)
_Loader.add_constructor("tag:yaml.org,2002:int", lambda _, node: int(node.value))
_Loader.add_constructor(
    "tag:yaml.org,2002:float", lambda _, node: float(node.value.replace(".inf", "inf").replace(".nan", "nan"))
)


def samples() -> dict[str, Path]:
    """The scenario files that come with the package, by name."""
    shipped = Path(__file__).parent / "_shipped" / "sample"
    folder = shipped if shipped.is_dir() else Path(__file__).parents[1] / "data" / "sample"
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in sorted(folder.glob("*/*.yaml"))}


def find(name: str | Path) -> Path:
    """The file of a path or of a sample's name; an InputError names the nearest sample where there is none."""
    known = samples()
    try:
        path = Path(name).expanduser()
        if path.is_file():
            str(path.resolve()).encode()  # else no manifest and no notebook could name it
            return path
    except (OSError, RuntimeError, UnicodeError) as error:  # too long, nobody's home, no text
        raise InputError("is no name of a file", file=shorten(str(name))) from error
    if (asked := str(name).removesuffix(".yaml")) in known:
        return known[asked]
    what = "is a folder, not a scenario file" if path.is_dir() else "no such file"
    raise InputError(f"{what}, nor a sample's name; {nearest(str(name), known)}", file=str(name))


KINDS = {
    "scenario": ("today, or extends", "title, today and plan"),
    "data": ("one table", "title and payments"),
    "answers": ("one answer", "customers and spend"),
}
"""Files that are read: what they need at least, and what they may hold."""

_TABLES = ("customers", "payments", "experiences", "talk", "reviews", "monthly")


def read(path: Path, kind: str = "scenario") -> dict[str, Any]:
    """A file with everything that it extends merged in.

    `extends: other.yaml` takes another file of the same folder, or of one below it, as a base; and
    `extends: retailer/today` a sample that comes with the package. Mappings merge key by key, everything else
    replaces what was there, and an empty value removes it.

    Raises:
        InputError: the file cannot be read, is no YAML mapping, or extends what it may not.
    """
    *above, (_, whole) = _links(path, kind)
    for _, data in reversed(above):
        if isinstance(found_in := whole.get("basis"), dict):  # a figure of this file's own was not found in data
            whole["basis"] = without(found_in, figures(data.get("today")))
        whole = {key: value for key, value in merged(whole, data).items() if key != "basis" or value is not None}
    return whole


def chain(path: Path) -> list[Path]:
    """The file and all that it extends, nearest first."""
    return [file for file, _ in _links(path, "scenario")]


def parse_value(text: str, key: str = "") -> Any:
    """A value as it would stand in a file: a number, a text, or a range such as {low: 1, central: 2, high: 4}."""
    try:
        return yaml.load(text, Loader=_Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError(f"{shorten(text)} is no number, text or range", key) from error


def _links(path: Path, kind: str) -> list[tuple[Path, dict[str, Any]]]:
    """The file and all that it extends, nearest first, each with what stands in it."""
    root, links, seen = path.parent.resolve(), [], [path.resolve()]

    def refuse(text: str) -> InputError:
        return InputError(text, "extends", str(path))

    while True:
        data = _parse(path, kind)
        links.append((path, data))
        if "extends" not in data:
            if kind == "scenario" and "today" not in data and describes_tables(data):
                raise InputError(
                    f"is a description of tables; make a scenario of it: wom calibrate {path}", file=str(path)
                )
            return links
        base = data.pop("extends")
        if not isinstance(base, str) or not base.strip():
            raise refuse(f"must be the name of a file, is {shorten(base)}")
        sample = samples().get(base)
        try:
            beside = path.parent / base
            following = beside if sample is None or beside.is_file() else sample
            target, found = following.resolve(), following.is_file()
        except (OSError, RuntimeError, ValueError) as error:  # too long, links in a circle, no text
            raise refuse(f"{shorten(base)} is no name of a file") from error
        if sample is not None and target == sample.resolve():
            root = target.parent
        if not target.is_relative_to(root):
            raise refuse(f"{shorten(base)} lies outside the scenario's folder; only files in it can be extended")
        if target in seen:
            raise refuse(f"goes in a circle: {' extends '.join(file.name for file in (*seen, target))}")
        if not found:
            there = [file.name for file in path.parent.glob("*.yaml") if file.name != path.name]
            advice = nearest(base, there) if there else "no scenario stands beside it, and no sample has that name"
            raise refuse(f"no file {shorten(base)}; {advice}")
        if len(seen) > 20:
            raise refuse("goes through more than 20 files")
        seen.append(target)
        path = following


def describes_tables(data: dict[str, Any]) -> bool:
    """Whether a file says where tables are, as a data.yaml does."""
    tables = [data.get(name) for name in _TABLES]
    return any(isinstance(table, dict) and {"file", "table"} & set(table) for table in tables)


def _parse(path: Path, kind: str = "scenario") -> dict[str, Any]:
    least, held = KINDS[kind]

    def refuse(text: str) -> InputError:
        return InputError(text, file=str(path))

    try:
        if (size := path.stat().st_size) > LARGEST_FILE:
            raise refuse(f"has {size / 1e6:.1f} MB; a {kind} file has at most {LARGEST_FILE / 1e6:.1f} MB")
        data = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_Loader)
    except UnicodeDecodeError as error:
        raise refuse("is not UTF-8 text; save it as UTF-8") from error
    except OSError as error:
        raise refuse(f"cannot be read: {error.strerror}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f" in line {mark.line + 1}" if mark else ""
        raise refuse(f"cannot be read as YAML{where}: {error.problem}") from error
    except yaml.YAMLError as error:
        raise refuse(f"cannot be read as YAML: {shorten(str(error), 160)}") from error
    except (RecursionError, ValueError, OverflowError) as error:
        raise refuse("cannot be read as YAML: nested too deeply or a number too long") from error
    if data is None:
        raise refuse(f"is empty; a {kind} file needs at least {least}")
    if not isinstance(data, dict):
        raise refuse(f"must hold keys and values, such as {held}")
    return data


def merged(base: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """A base with changes: mappings merge, an empty value removes, everything else replaces."""
    result = dict(base)
    for key, value in change.items():
        old = result.get(key)
        if value is None and key in result:
            del result[key]
        elif isinstance(old, dict) and isinstance(value, dict) and "central" not in value and "central" not in old:
            result[key] = merged(old, value)
        else:
            result[key] = value
    return result


# --- Locks, and directories for a while: those of killed processes are cleared, and no others ---

_OWNER, _MARK = ".wom-owner", "a directory for a while, of wom"
"""The file that says whose a temporary directory is, and its first line; it is locked while that one works."""


class Temporary:
    """A new directory that goes away when it is closed, or after its process was killed, with the next one."""

    def __init__(self, prefix: str, place: Path | None = None) -> None:
        place = place or Path(tempfile.gettempdir())
        clear(place, prefix)
        self.path = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
        self._lock = os.open(self.path / _OWNER, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        with contextlib.suppress(OSError):  # no locks there
            lock(self._lock)
        os.write(self._lock, f"{_MARK}\n{platform.node()}".encode())

    def close(self) -> None:
        """Remove it."""
        with contextlib.suppress(OSError):
            os.close(self._lock)
        shutil.rmtree(self.path, ignore_errors=True)


def clear(place: Path, prefix: str) -> None:
    """Remove what killed processes of this machine left: directories that carry our mark, and no lock."""
    for owner in place.glob(f"{prefix}*/{_OWNER}"):
        with contextlib.suppress(OSError, ValueError):  # another user's cannot be read; or it says something else
            descriptor = os.open(owner, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
            try:
                mine = os.read(descriptor, 1000).decode().split("\n") == [_MARK, platform.node()]
                if mine and not owner.parent.is_symlink() and lock(descriptor):
                    shutil.rmtree(owner.parent, ignore_errors=True)
            finally:
                os.close(descriptor)


def lock(descriptor: int) -> bool:
    """Lock an open file until it is closed, unless somebody has it; OSError where the disk keeps no locks."""
    try:
        if sys.platform == "win32":
            os.lseek(descriptor, 1 << 20, os.SEEK_SET)  # far behind the text, which stays readable
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            os.lseek(descriptor, 0, os.SEEK_SET)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK):
            raise
        return False
    return True


def without(basis: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any] | None:
    """What is left of a basis, as plain data, when these figures are no longer those that were found.

    The basis without their sources, and without a back-test if there was any source among them; None if no figure
    is left that was found in data.
    """
    sources = basis.get("sources")
    if not isinstance(sources, Mapping) or not (gone := set(keys) & set(sources)):
        return dict(basis)
    left = {key: text for key, text in sources.items() if key not in gone}
    kept = {key: value for key, value in basis.items() if key != "back_test"} | {"sources": left}
    kept |= {"label": CALIBRATED} if kept.get("label") == BACK_TESTED else {}
    return kept if left else None


def figures(today: object, before: str = "") -> list[str]:
    """Dotted keys of all figures that stand under `today`, an empty one included."""
    if not isinstance(today, Mapping):
        return []
    found = []
    for section, part in today.items():
        if section == "segments" and isinstance(part, Mapping) and not before:
            found += [key for name, own in part.items() for key in figures(own, f"segments.{name}.")]
        elif isinstance(part, Mapping):
            found += [f"{before}{section}.{name}" for name in part]
    return found
