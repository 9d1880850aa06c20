"""Values for a notebook's parameters that agree with what it declares. No kernel is needed for any of it."""

from __future__ import annotations

import ast
import datetime
import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError, nearest, shorten
from .declarations import Parameter, declared

__all__ = ["check", "declared", "parse"]

KINDS = ("int", "float", "str", "bool", "list", "dict", "date")


def check(notebook: Path, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The values as the notebook's annotations want them.

    Args:
        notebook: path of the notebook.
        parameters: values by name. A path becomes text, a date its ISO form, a whole number a float if need be.

    Errors:
        InputError: an unknown name, a value of another type (a bool is no int), NaN or infinity.
    """
    known = declared(notebook)
    values = {}
    for name, value in parameters.items():
        parameter = _known(name, known, notebook)
        try:
            values[name] = _conform(value, _annotation(parameter))
        except InputError as error:
            raise error.within(notebook.name, name) from None
    return values


def parse(notebook: Path, texts: Mapping[str, str]) -> dict[str, Any]:
    """Text of a command line as values, by the notebook's annotations and never by guessing.

    Args:
        notebook: path of the notebook.
        texts: text by name. Lists and mappings are written as JSON; a bool is true or false; `none` stands for
            None where the annotation allows it and is not text.

    Errors:
        InputError: an unknown name, or a text that is no value of that type.
    """
    known = declared(notebook)
    values = {}
    for name, text in texts.items():
        parameter = _known(name, known, notebook)
        try:
            kind = _annotation(parameter)
            values[name] = _conform(_read(text, kind), kind)
        except InputError as error:
            raise error.within(notebook.name, name) from None
    return values


def _known(name: str, known: Mapping[str, Parameter], notebook: Path) -> Parameter:
    if name not in known:
        advice = nearest(name, known) if known else "it has none"
        raise InputError(f"the notebook has no such parameter, {advice}", str(name), notebook.name)
    return known[name]


def _annotation(parameter: Parameter) -> ast.expr:
    try:
        kind = ast.parse(parameter.kind, mode="eval").body
        if isinstance(kind, ast.Constant) and isinstance(kind.value, str):  # an annotation in quotes
            kind = ast.parse(kind.value, mode="eval").body
    except SyntaxError:
        raise InputError(f"is not annotated; write `{parameter.name}: int = …`") from None
    for arm in _arms(kind):
        if _base(arm) not in (*KINDS, "None"):
            raise InputError(f"is annotated {parameter.kind}; a parameter is one of {', '.join(KINDS)}")
    return kind


def _arms(kind: ast.expr) -> list[ast.expr]:
    """The members of a union."""
    if isinstance(kind, ast.BinOp) and isinstance(kind.op, ast.BitOr):
        return [*_arms(kind.left), *_arms(kind.right)]
    if isinstance(kind, ast.Subscript) and _base(kind) == "Optional":
        return [*_arms(kind.slice), ast.Constant(None)]
    return [kind]


def _base(kind: ast.expr) -> str:
    return ast.unparse(kind.value if isinstance(kind, ast.Subscript) else kind)


def _conform(value: Any, kind: ast.expr) -> Any:
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:  # a NumPy scalar
        value = value.item()
    if isinstance(value, Path):
        value = str(value)
    elif isinstance(value, datetime.date):
        value = value.isoformat()
    bad = InputError(f"must be {ast.unparse(kind)}, is {shorten(value)}")
    arms = _arms(kind)
    if len(arms) > 1:
        for arm in arms:
            try:
                return _conform(value, arm)
            except InputError as error:
                bad = error if "finite" in error.problem else bad
        raise bad
    inner = kind.slice if isinstance(kind, ast.Subscript) else None
    match _base(kind):
        case "None" if value is None:
            return None
        case "bool" if isinstance(value, bool):
            return value
        case "int" if isinstance(value, int) and not isinstance(value, bool):
            return value
        case "float" if isinstance(value, int | float) and not isinstance(value, bool):
            return float(_finite(value))
        case "str" if isinstance(value, str):
            return value
        case "date" if isinstance(value, str):
            return _day(value)
        case "list" if isinstance(value, list | tuple):
            return [_conform(item, inner) if inner else _json(item) for item in value]
        case "dict" if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
            part = inner.elts[1] if isinstance(inner, ast.Tuple) else None
            return {key: _conform(item, part) if part else _json(item) for key, item in value.items()}
    raise bad


def _finite(value: float) -> float:
    try:
        if math.isfinite(value):
            return value
    except OverflowError:
        pass
    raise InputError(f"must be a finite number, is {shorten(value)}")


def _day(text: str) -> str:
    """A date as papermill can hand it over: text, which names one day."""
    try:
        return datetime.date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise InputError(f"must be a date such as 2026-01-31, is {shorten(text)}") from None


def _json(value: Any) -> Any:
    """An entry of a list or mapping without further annotation."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return _finite(value)
    if isinstance(value, Mapping):
        return _conform(value, ast.Name("dict"))
    return _conform(value, ast.Name("list"))


def _read(text: str, kind: ast.expr) -> Any:
    bases = [_base(arm) for arm in _arms(kind)]
    if "str" in bases or bases == ["date"]:
        return text
    word = text.strip()
    if "None" in bases and word.lower() in ("none", "null"):
        return None
    if "date" in bases and word[:1].isdigit():
        return word
    if "bool" in bases and word.lower() in ("true", "false"):
        return word.lower() == "true"
    if "int" in bases and re.fullmatch(r"[+-]?[0-9]{1,4000}", word):
        return int(word)
    if "float" in bases and re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", word):
        return float(word)
    if "list" in bases or "dict" in bases:
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError(f"must be {ast.unparse(kind)} as JSON, is {shorten(text)}: {error}") from None
    raise InputError(f"must be {ast.unparse(kind)}, is {shorten(text)}")
