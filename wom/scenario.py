"""A scenario: a business as it is today, and a plan for it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Discriminator, Field, PrivateAttr, Tag, ValidationError, model_validator
from pydantic_core import ErrorDetails

from . import basis as origins
from . import evidence, files, slips
from .basis import Basis
from .checks import TOTALS, Entry, Inputs, check_parameters, check_plan, check_ranges, check_totals
from .correlations import Correlation
from .errors import InputError, nearest, shorten
from .parameters import QUANTITIES, Business
from .plan import Event, Initiative, schedule
from .quantity import Closed, Value, central, kind, problem
from .units import Array

WHOLE = "business"
"""Name of the only segment of a business that has none."""


class Segment(Business):
    """A part of the customers with its own values; what it does not give it inherits.

    Example:
        >>> Segment(market={"size": 900, "customers": 80}).given()
        {'market.size': 900.0, 'market.customers': 80.0}
        >>> try:
        ...     Segment(market={"homophily": 0.6})
        ... except ValueError as error:
        ...     "give it as today.market.homophily" in str(error)
        True
    """

    @model_validator(mode="after")
    def _own_values_only(self) -> Segment:
        for key in self.given():
            if not QUANTITIES[key].per_segment:
                raise problem(f"one value for the whole business; give it as today.{key}", key)
        return self


class Today(Business):
    """The business as it is observed today.

    Example:
        >>> today = Today(market={"homophily": 0.6}, segments={"routine": {"market": {"customers": 260}}})
        >>> today.segments["routine"].market.customers, today.given()
        (260.0, {'market.homophily': 0.6})
    """

    segments: dict[Annotated[str, Field(pattern=r"^[\w][\w &-]*$")], Segment] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _multipliers_are_one(self) -> Today:
        for name, part in {
            "": self,
            **{f"segments.{name}.": part for name, part in self.segments.items()},
        }.items():
            for key, value in part.given().items():
                if QUANTITIES[key].plan_only and value != 1.0:
                    raise problem("is 1 today; only a plan changes it", name + key)
        return self


def _kind_of_plan_item(item: object) -> str:
    if isinstance(item, dict):
        return "event" if "event" in item or ("month" in item and "initiative" not in item) else "initiative"
    return "event" if isinstance(item, Event) else "initiative"


PlanItem = Annotated[
    Annotated[Initiative, Tag("initiative")] | Annotated[Event, Tag("event")],
    Discriminator(_kind_of_plan_item),
]


class Scenario(Closed):
    """A business as it is today, and a plan for it; frozen, a change makes a new one.

    Example:
        >>> scenario = load("retailer/today")
        >>> better = scenario.replace({"experience.bad_share": 0.03})
        >>> scenario.today.experience.bad_share, better.today.experience.bad_share
        (0.06, 0.03)
    """

    title: str = ""
    currency: str = Field("", max_length=12, description="shown with money, such as USD")
    customer_type: Literal["consumer", "business"] = Field("consumer", description="picks the evidence's defaults")
    horizon_months: Annotated[int, Field(strict=True, ge=1, le=1200)] = 36
    today: Today
    plan: tuple[PlanItem, ...] = ()
    correlations: tuple[Correlation, ...] = ()
    basis: Basis = Field(default_factory=Basis, description="what the figures rest on; calibration writes it")

    _data: dict[str, Any] = PrivateAttr(default_factory=dict)
    _file: str = PrivateAttr(default="")

    @property
    def file(self) -> str:
        """The file it was loaded from, empty if from none."""
        return self._file

    @property
    def data(self) -> dict[str, Any]:
        """A copy of what was written, `extends` merged in: loading it gives the same scenario."""
        return copy.deepcopy(self._data)

    @property
    def segments(self) -> tuple[str, ...]:
        """Names of the segments; one, `business`, where there are none."""
        return tuple(self.today.segments) or (WHOLE,)

    def replace(self, changes: Mapping[str, Any]) -> Scenario:
        """A new scenario with other values.

        Args:
            changes: by dotted key, as `experience.good_share` (in every segment), `segments.NAME.market.size`,
                or one of title, currency, customer_type, horizon_months, plan, basis. A figure that was found in
                data and gets another value is no longer one of those that `basis` counts.

        Raises:
            InputError: unknown key, or a value that is not allowed.
        """
        data = self.data
        for key, value in changes.items():
            plain = value.item() if isinstance(value, np.generic) else value  # what a file can hold
            _set(data, key.removeprefix("today."), plain, self)
        if "basis" not in changes and (found := data.pop("basis", None)):
            after = data.get("today", {})
            other = [key for key in found.get("sources", {}) if _at(after, key) != _at(self._data["today"], key)]
            data |= {"basis": left} if (left := origins.without(found, other)) else {}
        return build(data, self._file)

    def without_plan(self) -> Scenario:
        """The same business with nothing done and nothing happening."""
        data = self.data
        pairs = [pair for pair in data.get("correlations", []) if not _names_plan(pair)]
        return build(data | {"plan": []} | ({"correlations": pairs} if "correlations" in data else {}), self._file)

    def entries(self) -> dict[str, tuple[Entry, ...]]:
        """Every parameter with its value and where it comes from, one entry per segment.

        Parameters that are one value for the whole business have one entry. Either `market.referral_share` or
        `word_of_mouth.audience_share` is there, not both.
        """
        own = [
            {key: Entry(f"today.segments.{name}.{key}", value) for key, value in part.given().items()}
            for name, part in self.today.segments.items()
        ] or [{}]
        shared = {
            key: Entry(f"evidence.{key}", found) for key, found in evidence.defaults(self.customer_type).items()
        }
        shared |= {key: Entry(f"today.{key}", 1.0) for key, quantity in QUANTITIES.items() if quantity.plan_only}
        shared |= {key: Entry(f"today.{key}", value) for key, value in self.today.given().items()}
        if self.today.word_of_mouth.audience_share is not None:
            shared.pop("market.referral_share", None)
        else:
            shared.pop("word_of_mouth.audience_share", None)
        found = {}
        for key, quantity in QUANTITIES.items():
            parts = own if quantity.per_segment else [{}]
            entries = [part.get(key, shared.get(key)) for part in parts]
            if all(entry is not None for entry in entries):
                found[key] = tuple(entry for entry in entries if entry is not None)
        return found

    def inputs(self, pick: Callable[[str, Value], Array] | None = None) -> Inputs:
        """The scenario in numbers.

        Args:
            pick: turns a place and a value into a number or an array of draws; the central value by default.
        """
        choose = pick or (lambda _, value: np.asarray(central(value)))
        picked: dict[str, Array] = {}

        def once(entry: Entry) -> Array:
            if entry.path not in picked:
                picked[entry.path] = np.atleast_1d(choose(entry.path, entry.value)).astype(np.float64)
            return picked[entry.path]

        entries = self.entries()
        parameters = {
            key: np.stack(np.broadcast_arrays(*(once(entry) for entry in places)))
            for key, places in entries.items()
        }
        given = self.today.economics.discount_rate
        rates = parameters["economics.discount_rate"]
        shared = rates[0] if np.all(rates == rates[0]) else np.full(1, np.nan)
        plan_rate = shared if given is None else once(Entry("today.economics.discount_rate", given))
        plan = schedule(self.plan, self.segments, choose)
        defaults = frozenset(
            key for key, places in entries.items() if all(place.path.startswith("evidence.") for place in places)
        )
        return Inputs(self.segments, parameters, plan, plan_rate, self.horizon_months, defaults)

    @model_validator(mode="after")
    def _holds_together(self) -> Scenario:
        check_totals(self.today, {name: part.given() for name, part in self.today.segments.items()})
        check_parameters(self.today, self.entries(), self.segments)
        check_plan(self.plan, tuple(self.today.segments), self.inputs)
        check_ranges(self.correlations, self.inputs)
        return self


def _names_plan(pair: Mapping[str, Any]) -> bool:
    return any(key.startswith("plan.") for key in pair["between"])


def _at(today: Mapping[str, Any], key: str) -> Any:
    """What stands at a dotted key of a file's `today`, None if nothing does."""
    *names, section, name = key.split(".")
    place = today.get("segments", {}).get(names[1], {}) if names else today
    return place.get(section, {}).get(name)


def _set(data: dict[str, Any], key: str, value: Any, scenario: Scenario) -> None:
    settings = {name for name in Scenario.model_fields if name != "today"}
    if key in settings:
        data[key] = value
        return
    plain = ".".join(key.split(".")[2:]) if key.startswith("segments.") else key
    if plain not in QUANTITIES:
        raise InputError(f"unknown key; {nearest(key, [*QUANTITIES, *settings])}", key, scenario.file)
    section, name = plain.split(".")
    today = data.setdefault("today", {})
    segments = today.get("segments", {})
    if key.startswith("segments."):
        chosen = key.split(".")[1]
        if chosen not in segments:
            raise InputError(f"unknown segment; {nearest(chosen, segments)}", key, scenario.file)
        segments[chosen].setdefault(section, {})[name] = value
        return
    if segments and plain in TOTALS:
        names = ", ".join(segments)
        raise InputError(f"is the segments' sum; set segments.NAME.{key} for one of: {names}", key, scenario.file)
    other = {"market.referral_share": ("word_of_mouth", "audience_share"),
             "word_of_mouth.audience_share": ("market", "referral_share")}.get(plain)  # fmt: skip
    if other:
        today.get(other[0], {}).pop(other[1], None)
    today.setdefault(section, {})[name] = value
    for part in segments.values():
        if name in part.get(section, {}):
            part[section][name] = value


def build(data: Mapping[str, Any], file: str = "") -> Scenario:
    """A scenario from plain data, as a YAML file holds it.

    Args:
        data: title, currency, customer_type, horizon_months, today, plan; `extends` merged in already.
        file: named in errors.

    Raises:
        InputError: one line for each of the first three problems, with key, value and what is allowed.

    Example:
        >>> build({"title": "Shop", "today": {"experience": {"bad_share": 1.2}}}, "shop.yaml")
        Traceback (most recent call last):
            ...
        wom.errors.InputError: shop.yaml: today.experience.bad_share: must be from 0 to 1 (share), is 1.2
    """
    try:
        scenario = Scenario.model_validate(dict(data))
    except ValidationError as error:
        raise explained(error, file, data) from None
    scenario._data, scenario._file = copy.deepcopy(dict(data)), file
    return scenario


def load(source: str | Path | Mapping[str, Any]) -> Scenario:
    """A scenario from a YAML file, from a sample's name, or from plain data.

    Args:
        source: a path, a name such as "retailer/today", or a mapping.

    Raises:
        InputError: nothing there, no YAML, or values that are not allowed.

    Example:
        >>> load("retailer/front-line-training").title
        'Train the front line'
    """
    if isinstance(source, Mapping):
        return build(source)
    path = files.find(source)
    return build(files.read(path), str(path))


_LONGEST_KEY = 200

_WORDS = {
    "dict_type": "keys and values",
    "int_type": "a whole number",
    "string_pattern_mismatch": "a name of letters, digits, spaces, & and -",
    "string_too_long": "a short sign, at most 12 letters",
    "string_too_short": "a name",
    "string_type": "text",
    "tuple_type": "a list",
}
"""What is allowed, where pydantic's own words are for programmers."""


def explained(error: ValidationError, file: str, data: Mapping[str, Any] | None = None) -> InputError:
    """What pydantic found, said to a person: one line for each of the first three problems.

    Args:
        error: from pydantic.
        file: to name.
        data: what was checked; names the initiative or event of a plan at fault.

    Example:
        >>> try:
        ...     Today(market={"sise": 900})
        ... except ValidationError as error:
        ...     print(explained(error, "shop.yaml"))
        shop.yaml: market.sise: unknown key; did you mean size?
    """
    found = [_one(detail, file, data or {}) for detail in error.errors(include_url=False)]
    first = found[0]
    if len(found) > 1:
        more = f"\n(and {len(found) - 3} more)" if len(found) > 3 else ""
        rest = "\n".join(str(other) for other in found[1:3])
        return InputError(f"{first.problem}\n{rest}{more}", first.key, file)
    return first


def _one(detail: ErrorDetails, file: str, data: Mapping[str, Any]) -> InputError:
    place = [str(part) for part in detail["loc"] if part != "[key]"]
    if place[:1] == ["plan"] and len(place) > 2:
        del place[2]  # pydantic names the kind of the plan's item there
    context = detail.get("ctx", {})
    if context.get("key"):
        place.append(context["key"])
    text = (context.get("problem") or _plain(detail)) + _item(place, data)
    key = ".".join(place)
    return InputError(text, key if key.isprintable() and len(key) < _LONGEST_KEY else shorten(key), file)


def _item(place: Sequence[str], data: Mapping[str, Any]) -> str:
    """Which initiative or event a place in a plan is, by its name, for places count from 0."""
    plan = data.get("plan")
    if place[:1] != ["plan"] or len(place) < 2 or not isinstance(plan, Sequence) or not place[1].isdigit():
        return ""
    item = plan[int(place[1])] if int(place[1]) < len(plan) else None
    found = [(kind, item[kind]) for kind in ("initiative", "event") if isinstance(item, Mapping) and kind in item]
    named = [(kind, name) for kind, name in found if isinstance(name, str) and name and len(found) == 1]
    return "".join(f" ({kind} {shorten(name)})" for kind, name in named)


def _plain(detail: ErrorDetails) -> str:
    if detail["type"] == "missing":
        return "is missing"
    allowed = _WORDS.get(detail["type"]) or detail["msg"].removeprefix("Input should be ")
    value = detail["input"]
    meant = slips.of_month(value) if "month" in str(detail["loc"][-1]) else ""
    return f"must be {allowed}, is {kind(value) if not isinstance(value, str) else shorten(value)}{meant}"
