"""The parameters of a business: closed, frozen sections, each value with its unit, bounds and meaning.

One step is one month. A segment gives its own value or inherits the business's; what neither gives comes from
`wom.evidence`. What a parameter means and allows is its record in `parameters.yaml`; a new one is a record and a
term in `processes` or `engine`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationInfo,
    create_model,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError, core_schema

from . import errors
from .errors import InputError, nearest, shorten


class Range(NamedTuple):
    """A value that is not known exactly: 5th percentile, median, 95th percentile."""

    low: float
    central: float
    high: float


Value = float | Range


def central(value: Value) -> float:
    """The value itself, or the median of a range."""
    return value.central if isinstance(value, Range) else value


def scaled(value: Value, factor: float) -> Value:
    """A multiple of a value, all three numbers of a range alike."""
    return Range(*(factor * end for end in value)) if isinstance(value, Range) else factor * value


LEAST, MOST = 1e-12, 1e15
"""In size, of a figure that is not 0: with others beyond these a result is no longer a number."""


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """What a number in a file means and which numbers are allowed.

    `meaning` is one line, with the symbol of the equations; `short` a few words, as charts and tables print it;
    `how` to find it out; `plan_only` is 1 today, and only a plan changes it; `unless_given` the value where the
    business gives none and no evidence is asked for; `fixed` what to change instead, where no plan may touch it.
    """

    unit: str
    meaning: str
    short: str = ""
    how: str = ""
    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None
    per_segment: bool = True
    plan_only: bool = False
    unless_given: float | None = None
    fixed: str = ""

    @property
    def allowed(self) -> str:
        """The bounds in words."""
        low = f"above {self.above:g}" if self.above is not None else ""
        low = f"from {self.at_least:g}" if self.at_least is not None else low
        if self.below is not None:
            return f"{low} and below {self.below:g}" if low else f"below {self.below:g}"
        if self.at_most is not None:
            return f"{low}{' up' if self.above is not None else ''} to {self.at_most:g}".strip()
        return f"{self.at_least:g} or more" if self.at_least is not None else low or "any number"

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the most, infinite where there is no bound."""
        lower = self.above if self.at_least is None else self.at_least
        upper = self.below if self.at_most is None else self.at_most
        return -math.inf if lower is None else lower, math.inf if upper is None else upper

    def around(self, value: float, part: float) -> Range:
        """A value with this part to each side: of what is above the least, of a share's odds, at a bound none."""
        least, most = self.bounds
        if not least < value < most:
            return Range(value, value, value)
        if math.isinf(least):
            return Range(value - part * abs(value), value, value + part * abs(value))
        if math.isinf(most):
            return Range(value - part * (value - least), value, value + part * (value - least))
        odds = (value - least) / (most - value)
        low, high = (least + (most - least) * odds * way / (1.0 + odds * way) for way in (1.0 - part, 1.0 + part))
        return Range(low, value, high)

    def admits(self, number: float) -> bool:
        """Whether the number is finite and within the bounds."""
        least, most = self.bounds
        return math.isfinite(number) and least <= number <= most and number not in (self.above, self.below)

    def check(self, value: object) -> Value:
        """A value from a file as a float or a Range; raises PydanticCustomError in words for people."""
        value = value._asdict() if isinstance(value, Range) else value
        if not isinstance(value, dict):
            return self._check_number(value)
        for key in value:
            if key not in Range._fields:
                raise problem(f"unknown key {shorten(key)} in a range; {nearest(key, Range._fields)}")
        if missing := [key for key in Range._fields if key not in value]:
            raise problem(
                f"a range gives low, central and high (5th, 50th, 95th percentile); {missing[0]} is missing"
            )
        low, mid, high = (self._check_number(value[key], f"{key} ") for key in Range._fields)
        if not low <= mid <= high:
            raise problem(f"a range must rise from low to central to high, is {low:g}, {mid:g}, {high:g}")
        return Range(low, mid, high)

    def _check_number(self, value: object, said: str = "") -> float:
        bounds = "" if self.allowed == "any number" else f" {self.allowed}"
        if isinstance(value, bool) or not isinstance(value, Real):
            meant = errors.of_text(value, self.unit, self.admits) if isinstance(value, str) else ""
            raise problem(f"{said}must be a number{bounds} ({self.unit}), is {kind(value)}{meant}")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not self.admits(number):
            finite = "" if math.isfinite(number) else " a finite number"
            meant = errors.of_number(number, self.unit, self.admits)
            raise problem(f"{said}must be{finite}{bounds} ({self.unit}), is {shorten(value)}{meant}")
        if number and not LEAST <= abs(number) <= MOST:
            allowed = f"{LEAST:g} to {MOST:g} in size" + (", or 0" if self.admits(0.0) else "")
            raise problem(f"{said}must be {allowed} ({self.unit}), is {shorten(value)}: no figure of a business")
        return number

    def schema(self) -> dict[str, Any]:
        """As JSON Schema: a number within the bounds and those of size, or a range of three."""
        names = {"minimum": self.at_least, "exclusiveMinimum": self.above}
        names |= {"maximum": self.at_most, "exclusiveMaximum": self.below}
        least, most = self.bounds
        if self.above == 0.0 or math.isinf(least):
            names |= {"minimum": -MOST if math.isinf(least) else LEAST, "exclusiveMinimum": None}
        names |= {"maximum": MOST} if math.isinf(most) else {}
        number = {"type": "number"} | {name: bound for name, bound in names.items() if bound is not None}
        span = {
            "type": "object",
            "properties": dict.fromkeys(Range._fields, number),
            "required": list(Range._fields),
            "additionalProperties": False,
        }
        return {"anyOf": [number, span], "description": f"{self.meaning} ({self.unit}; {self.allowed})"}

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return self.schema()


# --- The records of parameters.yaml, and a key that names one of them ---


@lru_cache(maxsize=1)
def contents() -> dict[str, Any]:
    """What `parameters.yaml` holds: `parameters` by dotted key and `figures`, with their evidence."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    read: dict[str, Any] = yaml.load(resources.files("wom").joinpath("parameters.yaml").read_bytes(), loader)
    return read


QUANTITIES = {
    key: Quantity(
        **{name: value for name, value in record.items() if name not in ("evidence", "symbol", "meaning")},
        meaning=", ".join([record["meaning"], *([record["symbol"]] if "symbol" in record else [])]),
    )
    for key, record in contents()["parameters"].items()
}
"""Every parameter by its dotted key, in the order of a scenario file."""


@dataclass(frozen=True)
class Key:
    """A parameter, of the whole business or (`segment`) of one part; its text is the dotted key of files."""

    section: str
    name: str
    segment: str = ""

    @classmethod
    def find(cls, text: str) -> Key | None:
        """The key that a place in a file ends in, such as today.segments.NAME.section.name; None if in none."""
        *before, section, name = ["", *text.split(".")]
        if f"{section}.{name}" not in QUANTITIES:
            return None
        return cls(section, name, before[-1] if before[-2:-1] == ["segments"] else "")

    @classmethod
    def parse(cls, text: str, known: Iterable[str] = ()) -> Key:
        """The key that a text is; raises InputError with the nearest of `known` (or of all) where it is none."""
        found = cls.find(text)
        if found is None or str(found) != text:
            last = text.split(".", 2)[-1] if text.startswith("segments.") else text
            raise InputError(
                f"unknown parameter {shorten(last)}; {nearest(last, tuple(known) or QUANTITIES)}", text
            )
        return found

    def __str__(self) -> str:
        return f"segments.{self.segment}.{self.parameter}" if self.segment else self.parameter

    @property
    def parameter(self) -> str:
        """The dotted key without the segment: the key of `QUANTITIES` and of a run's values."""
        return f"{self.section}.{self.name}"

    @property
    def quantity(self) -> Quantity:
        """Its unit, bounds and meaning."""
        return QUANTITIES[self.parameter]

    @property
    def words(self) -> str:
        """A few plain words, with the segment."""
        return f"{self.quantity.short} ({self.segment})" if self.segment else self.quantity.short


def plain(path: str) -> str:
    """The dotted key of a place in a file, without what says where its value comes from."""
    head, _, rest = path.partition(".")
    return rest if head in ("today", "evidence", "default") else path


def problem(text: str, key: str = "") -> PydanticCustomError:
    """An error that pydantic passes on word for word; `key` is the entry within the object at fault."""
    return PydanticCustomError("wom", "{problem}", {"problem": text, "key": key})


class Closed(BaseModel):
    """A frozen object of a file that refuses unknown keys and names the nearest one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _known_keys_only(cls, data: object) -> object:
        if isinstance(data, BaseModel):
            return data
        if not isinstance(data, dict):
            raise problem(f"must hold keys and values ({', '.join(cls.file_keys())}), is {kind(data)}")
        for key in data:
            if isinstance(key, int) and data[key] is None:
                text = "is what stands behind a comma: YAML begins a new entry there; write a point, as in 19.90, "
                raise problem(f"{text}and nothing between thousands, as in 20000", str(key))
            if key not in cls.file_keys():
                raise problem(f"unknown key; {cls._advice(str(key))}", str(key))
        return data

    @classmethod
    def file_keys(cls) -> list[str]:
        """Its keys, as a file writes them."""
        return [info.alias or name for name, info in cls.model_fields.items()]

    @classmethod
    def _advice(cls, key: str) -> str:
        return nearest(key, cls.file_keys())


def kind(value: object) -> str:
    """A value of the wrong type, in words."""
    names = {type(None): "empty", list: "a list", bool: "true or false"}
    return names.get(type(value), f"{shorten(value)}")


# --- The sections of a business ---


class _Part(Closed):
    """What advises on a quantity that stands in the wrong section."""

    @classmethod
    def _advice(cls, key: str) -> str:
        homes = [known.section for known in map(Key.parse, QUANTITIES) if known.name == key]
        return f"it belongs to {' or '.join(homes)}" if homes else super()._advice(key)


class Section(_Part):
    """A group of quantities, those of `parameters.yaml` under its name; a field that is None was not given."""

    section: ClassVar[str]

    @field_validator("*", mode="plain")
    @classmethod
    def _allowed(cls, value: object, info: ValidationInfo) -> Value:
        return QUANTITIES[f"{cls.section}.{info.field_name}"].check(value)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        full = handler.resolve_ref_schema(handler(schema))
        for name, field in full["properties"].items():
            field |= QUANTITIES[f"{cls.section}.{name}"].schema()
        return full


def _section(name: str, meaning: str) -> type[Section]:
    keys = [known for known in map(Key.parse, QUANTITIES) if known.section == name]
    fields: dict[str, Any] = {known.name: (Value | None, None) for known in keys}
    title = name.title().replace("_", "")
    model = create_model(title, __base__=Section, __doc__=meaning, __module__=__name__, **fields)
    model.section = name
    return model


SECTIONS = {
    name: _section(name, meaning)
    for name, meaning in {
        "market": "Who could be a customer, who is, and how they come.",
        "economics": "Money.",
        "experience": "What happens when customers meet the business.",
        "retention": "Who stays.",
        "spending": "What customers spend.",
        "word_of_mouth": "What customers tell, who hears it, and what it changes.",
        "reviews": "The public star rating.",
    }.items()
}
# pickle looks for them by name
Market, Economics, Experience, Retention, Spending, WordOfMouth, Reviews = SECTIONS.values()

_SECTIONS: dict[str, Any] = {name: (model, model()) for name, model in SECTIONS.items()}
_Sections: Any = create_model("_Sections", __base__=_Part, **_SECTIONS)


class Business(_Sections):
    """The sections of a business or of one of its segments; what is None is inherited or a default."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def given(self) -> dict[str, Value]:
        """The quantities that were given, by dotted key."""
        return {
            f"{name}.{field}": value
            for name in SECTIONS
            for field, value in getattr(self, name)
            if value is not None
        }
