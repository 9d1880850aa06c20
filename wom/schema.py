"""The scenario file as a JSON Schema, so that editors complete and check it while it is written."""

from __future__ import annotations

from typing import Any

from .parameters import QUANTITIES
from .scenario import Scenario


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a scenario file.

    What spans several values, such as good_share and bad_share being at most 1 together, only `wom check` sees.

    Example:
        >>> found = schema()
        >>> found["$defs"]["Experience"]["properties"]["good_share"]["anyOf"][0]["maximum"]
        1
    """
    found = Scenario.model_json_schema()
    found["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    found["title"] = "wom scenario"
    found["properties"] = {
        "extends": {"type": "string", "description": "another file of this folder that this one changes"},
        **found["properties"],
    }
    found["required"] = []
    found["anyOf"] = [{"required": ["today"]}, {"required": ["extends"]}]
    _name_changes(found["$defs"])
    _drop_null_defaults(found)
    return found


def _name_changes(definitions: dict[str, Any]) -> None:
    """List the keys that a plan may change, for every segment and for one."""
    initiative = definitions["Initiative"]["properties"]["changes"]
    change = initiative.pop("additionalProperties")
    names = {key: quantity for key, quantity in QUANTITIES.items() if not quantity.fixed}
    initiative["properties"] = {
        key: {**change, "description": f"{quantity.meaning} ({quantity.unit}; {quantity.allowed})"}
        for key, quantity in names.items()
    }
    own = "|".join(key.replace(".", r"\.") for key, quantity in names.items() if quantity.per_segment)
    initiative["patternProperties"] = {rf"^segments\.[^.]+\.({own})$": change}
    initiative["additionalProperties"] = False


def _drop_null_defaults(node: Any) -> None:
    if isinstance(node, dict):
        if node.get("default", 0) is None:
            del node["default"]
        for value in node.values():
            _drop_null_defaults(value)
    elif isinstance(node, list):
        for value in node:
            _drop_null_defaults(value)
