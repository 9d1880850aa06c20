"""`data.yaml` as a JSON Schema, so that editors complete and check it while it is written."""

from __future__ import annotations

from typing import Any

from .description import Description
from .sources import KINDS, RULES

_ANYTHING = {"type": ["string", "number", "boolean"]}


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a description of tables.

    What spans several entries, such as a table in a database that needs a connection, only `wom data check` sees.

    Example:
        >>> found = schema()
        >>> found["$defs"]["Payments"]["properties"]["columns"]["propertyNames"]["enum"]
        ['id', 'date', 'amount', 'row']
    """
    found = Description.model_json_schema()
    found["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    found["title"] = "wom description of tables"
    ours = {"first": "from", "last": "to"}
    found["properties"] = {ours.get(name, name): part for name, part in found["properties"].items()}
    for name in ours.values():
        found["properties"][name] |= {"title": name.capitalize()}
    found["anyOf"] = [{"required": [name]} for name in KINDS]
    for kind in KINDS.values():
        properties = found["$defs"][kind.__name__]["properties"]
        properties["columns"] |= {
            "propertyNames": {"enum": [*kind.needed, *kind.others]},
            "additionalProperties": {"type": ["string", "number"]},
        }
        properties["values"] = {"type": "object", "additionalProperties": False, "properties": {
            column: _meanings(ours) for column, ours in kind.coded.items()
        }}  # fmt: skip
    rule = found["$defs"]["Experiences"]["properties"]["rule"]["anyOf"]
    rule[0]["enum"] = list(RULES)
    rule[1]["propertyNames"] = {"enum": list(KINDS["experiences"].coded["kind"])}
    return found


def _meanings(ours: tuple[str, ...]) -> dict[str, Any]:
    """Each value of ours with one or several of theirs."""
    theirs = {"anyOf": [_ANYTHING, {"type": "array", "items": _ANYTHING}]}
    names = {"propertyNames": {"enum": list(ours)}} if ours else {}
    return {"type": "object", "additionalProperties": theirs, **names}
