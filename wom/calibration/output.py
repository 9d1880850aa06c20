"""A calibrated scenario as a file: ranges with where they come from, and what is still needed of the business."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from ..parameters import Key, Range
from .estimate import Estimate

_WIDTH = 100
"""Letters of a comment's line."""


def rounded(span: Range, more: int = 0) -> float | dict[str, float]:
    """A range as a file holds it: as many digits as its narrower side deserves, and `more`; or a number."""
    sides = [side for side in (span.central - span.low, span.high - span.central) if side > 0]
    if not sides:
        return float(f"{span.central:.12g}")
    decimals = 1 + more - math.floor(math.log10(min(sides)))
    ends = {name: round(value, decimals) for name, value in span._asdict().items()}
    inside = {name: value or float(f"{getattr(span, name):.3g}") for name, value in ends.items()}  # 0 stays 0 only
    return {name: float(f"{value:.12g}") for name, value in inside.items()}


def source(found: Estimate, months: str) -> str:
    """How a figure was found, in a sentence."""
    return f"{found.how.rstrip('.')}; {found.rows:,} rows, {months}." if not found.fixed else found.how


def text(data: Mapping[str, Any], comments: Mapping[str, str], head: Iterable[str]) -> str:
    """A scenario as YAML with a comment above each figure that was found."""
    lines = [line for part in head for line in _comment(part, "")]
    for key, value in data.items():
        if key == "today":
            lines += ["today:", *_sections(value, comments, "  ", "")]
        else:
            lines += _plain({key: value}, "")
    return "\n".join(lines) + "\n"


def _sections(today: Mapping[str, Any], comments: Mapping[str, str], indent: str, before: str) -> Iterable[str]:
    for section, part in today.items():
        yield f"{indent}{_key(section)}:"
        if section == "segments":
            for name, own in part.items():
                yield f"{indent}  {_key(name)}:"
                yield from _sections(own, comments, f"{indent}    ", f"segments.{name}.")
            continue
        for name, value in part.items():
            yield from _comment(comments.get(f"{before}{section}.{name}", ""), f"{indent}  ")
            yield from _plain({name: value}, f"{indent}  ", flow=isinstance(value, Mapping))


def _plain(data: Mapping[str, Any], indent: str, *, flow: bool = False) -> list[str]:
    (key, value), *_ = data.items()
    if flow:
        shown = ", ".join(f"{name}: {number!r}" for name, number in value.items())
        return [f"{indent}{_key(key)}: {{{shown}}}"]
    written = yaml.safe_dump(dict(data), sort_keys=False, allow_unicode=True, width=110)
    return [f"{indent}{line}" for line in written.rstrip().split("\n")]


def _key(name: str) -> str:
    return yaml.safe_dump({name: 0}, allow_unicode=True).rpartition(":")[0]


def _comment(said: str, indent: str) -> list[str]:
    lines: list[str] = []
    for word in said.split():
        if lines and len(lines[-1]) + len(word) < _WIDTH + len(indent):
            lines[-1] += f" {word}"
        else:
            lines.append(f"{indent}# {word}")
    return lines


def template(missing: Iterable[str], title: str = "", currency: str = "") -> str:
    """A business file with the figures that the tables cannot give, to be filled in."""
    lines = _comment("What the tables cannot tell. Fill in each line and take away its sign in front.", "")
    lines += _plain({"title": title}, "") if title else []
    lines += _plain({"currency": currency}, "") if currency else []
    lines.append("today:")
    there: list[str] = []
    for key in missing:
        found = Key.parse(key)
        places = [*(["segments", found.segment] if found.segment else []), found.section]
        for depth in range(1, len(places) + 1):
            path = places[:depth]
            if ".".join(path) not in there:
                there.append(".".join(path))
                lines.append(f"{'  ' * depth}{_key(path[-1])}:")
        indent, quantity = "  " * (len(places) + 1), found.quantity
        lines += _comment(f"{quantity.meaning} ({quantity.unit}; {quantity.allowed})", indent)
        lines.append(f"{indent}# {found.name}:")
    return "\n".join(lines) + "\n"
