"""A number in a file: a value or a range, with its unit, its bounds and its meaning."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic_core import PydanticCustomError, core_schema

from . import slips
from .errors import nearest, shorten


class Range(NamedTuple):
    """A value that is not known exactly: 5th percentile, median, 95th percentile.

    Example:
        >>> Range(0.03, 0.06, 0.10).central
        0.06
    """

    low: float
    central: float
    high: float


Value = float | Range


def central(value: Value) -> float:
    """The value itself, or the median of a range.

    Example:
        >>> central(2.0), central(Range(1.0, 2.0, 4.0))
        (2.0, 2.0)
    """
    return value.central if isinstance(value, Range) else value


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """What a number in a file means and which numbers are allowed.

    Args:
        unit: of the value, in words.
        meaning: one line, with the symbol of the equations.
        at_least, above, at_most, below: bounds; None where there is none.
        per_segment: whether a segment may give its own.
        plan_only: 1 today; only a plan changes it.
        fixed: what to change instead, where a plan may not touch the value.

    Example:
        >>> share = Quantity(unit="share", meaning="of contacts that are bad, b", at_least=0, at_most=1)
        >>> share.admits(0.06), share.admits(1.2), share.check({"low": 0.03, "central": 0.06, "high": 0.1})
        (True, False, Range(low=0.03, central=0.06, high=0.1))
    """

    unit: str
    meaning: str
    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None
    per_segment: bool = True
    plan_only: bool = False
    fixed: str = ""

    @property
    def allowed(self) -> str:
        """The bounds in words.

        Example:
            >>> Quantity(unit="share", meaning="", at_least=0, at_most=1).allowed
            'from 0 to 1'
            >>> Quantity(unit="people", meaning="", above=0).allowed
            'above 0'
        """
        low = f"from {self.at_least:g}" if self.at_least is not None else ""
        low = f"above {self.above:g}" if self.above is not None else low
        high = f"to {self.at_most:g}" if self.at_most is not None else ""
        high = f"below {self.below:g}" if self.below is not None else high
        if low.startswith("above") and high.startswith("to"):
            high = "up " + high
        if low.startswith("from") and not high:
            return f"{low[5:]} or more"
        joint = " and " if high.startswith("below") and low else " "
        return (low + joint + high).strip() or "any number"

    def admits(self, number: float) -> bool:
        """Whether the number is finite and within the bounds."""
        return (
            math.isfinite(number)
            and (self.at_least is None or number >= self.at_least)
            and (self.above is None or number > self.above)
            and (self.at_most is None or number <= self.at_most)
            and (self.below is None or number < self.below)
        )

    def check(self, value: object) -> Value:
        """A value from a file as a float or a Range; raises PydanticCustomError in words for people."""
        if isinstance(value, dict):
            return self._check_range(value)
        if isinstance(value, Range):
            return self._check_range(value._asdict())
        return self._check_number(value)

    def _check_number(self, value: object, name: str = "") -> float:
        said = f"{name} " if name else ""
        bounds = "" if self.allowed == "any number" else f" {self.allowed}"
        if isinstance(value, bool) or not isinstance(value, Real):
            meant = slips.of_text(value, self.unit, self.admits) if isinstance(value, str) else ""
            raise problem(f"{said}must be a number{bounds} ({self.unit}), is {kind(value)}{meant}")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not self.admits(number):
            finite = "" if math.isfinite(number) else " a finite number"
            meant = slips.of_number(number, self.unit, self.admits)
            raise problem(f"{said}must be{finite}{bounds} ({self.unit}), is {shorten(value)}{meant}")
        return number

    def _check_range(self, value: dict[Any, Any]) -> Range:
        for key in value:
            if key not in Range._fields:
                raise problem(f"unknown key {shorten(key)} in a range; {nearest(key, Range._fields)}")
        if missing := [key for key in Range._fields if key not in value]:
            raise problem(
                f"a range gives low, central and high (5th, 50th, 95th percentile); {missing[0]} is missing"
            )
        low, mid, high = (self._check_number(value[key], key) for key in Range._fields)
        if not low <= mid <= high:
            raise problem(f"a range must rise from low to central to high, is {low:g}, {mid:g}, {high:g}")
        return Range(low, mid, high)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        names = {"minimum": self.at_least, "exclusiveMinimum": self.above}
        names |= {"maximum": self.at_most, "exclusiveMaximum": self.below}
        number = {"type": "number"} | {name: bound for name, bound in names.items() if bound is not None}
        span = {
            "type": "object",
            "properties": dict.fromkeys(Range._fields, number),
            "required": list(Range._fields),
            "additionalProperties": False,
        }
        return {"anyOf": [number, span], "description": f"{self.meaning} ({self.unit}; {self.allowed})"}


def problem(text: str, key: str = "") -> PydanticCustomError:
    """An error that pydantic passes on word for word.

    Args:
        text: what is wrong and what is allowed.
        key: the entry within the object at fault.

    Example:
        >>> try:
        ...     Quantity(unit="share", meaning="", at_least=0, at_most=1).check(1.2)
        ... except PydanticCustomError as error:
        ...     print(error)
        must be from 0 to 1 (share), is 1.2
        >>> problem("stands twice", "name").context
        {'problem': 'stands twice', 'key': 'name'}
    """
    return PydanticCustomError("wom", "{problem}", {"problem": text, "key": key})


class Closed(BaseModel):
    """A frozen object of a file that refuses unknown keys and names the nearest one.

    Example:
        >>> class Shop(Closed):
        ...     name: str
        >>> Shop(name="Harbour").name
        'Harbour'
        >>> try:
        ...     Shop(nmae="Harbour")
        ... except ValueError as error:
        ...     "did you mean name?" in str(error)
        True
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _known_keys_only(cls, data: object) -> object:
        if isinstance(data, BaseModel):
            return data
        if not isinstance(data, dict):
            raise problem(f"must hold keys and values ({', '.join(cls.model_fields)}), is {kind(data)}")
        for key in data:
            if key not in cls.model_fields:
                raise problem(slips.of_key(key, data) or f"unknown key; {cls._advice(str(key))}", str(key))
        return data

    @classmethod
    def _advice(cls, key: str) -> str:
        return nearest(key, cls.model_fields)


def kind(value: object) -> str:
    """A value of the wrong type, in words.

    Example:
        >>> kind(None), kind([1, 2]), kind(True), kind("six")
        ('empty', 'a list', 'true or false', "'six'")
    """
    names = {type(None): "empty", list: "a list", bool: "true or false"}
    return names.get(type(value), f"{shorten(value)}")
