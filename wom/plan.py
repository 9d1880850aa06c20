"""A plan: initiatives that change parameters and cost money, events that hit one month.

Files hold these; the engine works on a `Schedule`, the same with numbers or arrays of draws.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import CoreSchema

from .errors import InputError, nearest, of_month, shorten
from .parameters import QUANTITIES, Closed, Key, Quantity, Value, problem
from .units import MONTHS_PER_YEAR, Array

Values = Mapping[str, Array]
"""Parameters by dotted key; arrays broadcast to (segments, draws)."""

Way = Literal["to", "add", "multiply"]

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_AVERAGE = (1.0,) * MONTHS_PER_YEAR

MONTH = r"^[0-9]{4}-(0[1-9]|1[0-2])$"
"""How a month of the calendar is written: 2027-03."""


@dataclass(frozen=True)
class Calendar:
    """Which calendar month month 0 is, and how spending and arrivals vary over the year."""

    first: tuple[int, int] | None = None
    """Year and month (1 to 12) of month 0; None where a scenario counts months alone."""
    spending: tuple[float, ...] = _AVERAGE
    arrivals: tuple[float, ...] = _AVERAGE

    def season(self, month: int) -> tuple[float, float]:
        """Factors of spending and of arrivals in a month, counted from 0."""
        if self.first is None:
            return 1.0, 1.0
        place = (self.first[1] - 1 + month) % MONTHS_PER_YEAR
        return self.spending[place], self.arrivals[place]

    def label(self, month: int) -> str:
        """A month as people read it: 2027-03, or its number where no month is named."""
        if self.first is None:
            return str(month)
        years, place = divmod(self.first[1] - 1 + month, MONTHS_PER_YEAR)
        return f"{self.first[0] + years}-{place + 1:02d}"

    def labels(self, months: int) -> list[str] | range:
        """What stands along an axis of so many months: `label` of each, or numbers."""
        return range(months) if self.first is None else [self.label(month) for month in range(months)]

    def said(self, month: int) -> str:
        """A month as a sentence has it: March 2027, or month 3 where no month is named."""
        if self.first is None:
            return f"month {month}"
        years, place = divmod(self.first[1] - 1 + month, MONTHS_PER_YEAR)
        return f"{MONTHS[place]} {self.first[0] + years}"

    def count(self, text: str) -> int:
        """Months from month 0 to a month written as 2027-03; negative for one before it."""
        if self.first is None:
            wanted = "a whole number, or a month such as 2027-03 where first_month names month 0"
            raise problem(f"must be {wanted}, is {shorten(text)}{of_month(text)}")
        if not re.fullmatch(MONTH, text):
            raise problem(f"must be a whole number, or a month such as 2027-03, is {shorten(text)}")
        year, month = map(int, text.split("-"))
        return (year - self.first[0]) * MONTHS_PER_YEAR + month - self.first[1]


@dataclass(frozen=True)
class Step:
    """One change of one parameter: value = before + segments·progress·(target − before)."""

    key: str
    segments: Array
    """1 for the segments that change, 0 for the others, shape (segments, 1)."""
    way: Way
    amount: Array

    def __call__(self, value: Array, progress: Array | float) -> Array:
        """The value when `progress` (0 to 1) of the way to the target is done."""
        change = self.amount if self.way == "add" else self.amount - value
        change = value * (self.amount - 1.0) if self.way == "multiply" else change
        return np.asarray(value + self.segments * progress * change)


@dataclass(frozen=True)
class Phase:
    """An initiative, ready for the engine."""

    name: str
    start: int
    ramp: int
    end: int | None
    once: Array
    per_month: Array
    steps: tuple[Step, ...]

    def progress(self, month: int) -> float:
        """Share of the way to the targets in a month."""
        if month < self.start or (self.end is not None and month > self.end):
            return 0.0
        return min(1.0, (month - self.start + 1) / self.ramp)

    def cost(self, month: int) -> Array | float:
        """Currency in a month."""
        once = self.once if month == self.start else 0.0
        return once + self.per_month if self.progress(month) else once


@dataclass(frozen=True)
class Shock:
    """What one month brings on top; shapes broadcast to (segments, draws)."""

    good: Array | float = 0.0
    """Experiences more per customer, as the next two."""
    bad: Array | float = 0.0
    recovered: Array | float = 0.0
    bad_reach: Array | float = 1.0
    """Multiplies the people told of bad experiences."""
    spend_kept: Array | float = 1.0
    """Share of the month's spending."""

    def joined(self, other: Shock) -> Shock:
        """Both in one month: extra experiences add, reach and kept spending multiply."""
        return Shock(
            self.good + other.good,
            self.bad + other.bad,
            self.recovered + other.recovered,
            self.bad_reach * other.bad_reach,
            self.spend_kept * other.spend_kept,
        )


@dataclass(frozen=True)
class Schedule:
    """A plan, ready for the engine."""

    phases: tuple[Phase, ...] = ()
    """The initiatives, in the order written."""
    shocks: Mapping[int, Shock] = field(default_factory=dict)
    """By month."""
    active: Array | float = 1.0
    """1 for draws in which the plan happens, 0 for the others."""
    what_if: tuple[Step, ...] = ()
    """Changes of the business itself from month 0 on, with or without a plan, free of cost."""

    def parameters(self, today: Values, month: int) -> dict[str, Array]:
        """All parameters in a month, each initiative on what the earlier ones left, the first on `what_if`.

        value_t = before + (target − before)·min(1, (t − start + 1)/ramp)
        """
        values = dict(today)
        for step in self.what_if:
            values[step.key] = step(values[step.key], 1.0)
        for phase in self.phases:
            if progress := phase.progress(month):
                for step in phase.steps:
                    values[step.key] = step(values[step.key], self.active * progress)
        return values

    def turns(self, horizon: int) -> set[int]:
        """Months whose parameters differ from those of the month before."""
        turns = {0}
        for phase in self.phases:
            if phase.steps:
                turns.update(range(phase.start, min(phase.start + phase.ramp, horizon)))
                turns.update([] if phase.end is None else [phase.end + 1])
        return {month for month in turns if month < horizon}

    def cost(self, month: int) -> Array:
        """Currency that the plan costs in a month."""
        return np.asarray(sum((phase.cost(month) for phase in self.phases), 0.0) * self.active)

    def shock(self, month: int) -> Shock | None:
        """What the month brings on top, None in a month without events."""
        shock = self.shocks.get(month)
        if shock is None or np.ndim(self.active) == 0:
            return shock
        nothing = vars(Shock())
        return Shock(**{name: rest + (vars(shock)[name] - rest) * self.active for name, rest in nothing.items()})

    def stepwise(self, change: Callable[[Step], Step]) -> Schedule:
        """The same plan and what-if with every change of a parameter replaced by another."""
        phases = tuple(replace(phase, steps=tuple(map(change, phase.steps))) for phase in self.phases)
        return replace(self, phases=phases, what_if=tuple(map(change, self.what_if)))

    @property
    def keys(self) -> tuple[str, ...]:
        """Parameters that change."""
        steps = [*self.what_if, *(step for phase in self.phases for step in phase.steps)]
        return tuple(dict.fromkeys(step.key for step in steps))

    def beyond(
        self, today: Values, horizon: int
    ) -> Iterator[tuple[int, tuple[str, ...], Values, NDArray[np.bool_]]]:
        """Where a changed value leaves its bounds, or good and bad share are over 1 together.

        Month by month: month, keys, values of that month, and where, shape (segments, draws).
        """
        shares = ("experience.good_share", "experience.bad_share")
        for month in sorted(self.turns(horizon)) if self.keys else ():
            with np.errstate(over="ignore", invalid="ignore"):  # what overflows is not admitted
                values = self.parameters(today, month)
                for key in self.keys:
                    admitted = np.vectorize(QUANTITIES[key].admits, otypes=[np.bool_])(values[key])
                    yield month, (key,), values, ~admitted
                yield month, shares, values, values[shares[0]] + values[shares[1]] > 1.0 + 1e-9

    def without_plan(self) -> Schedule:
        """What holds with nothing done and nothing happening: `what_if` alone."""
        return replace(self, phases=(), shocks={})


# --- A plan: initiatives that change parameters and cost money, events that hit one month ---

_MONEY: dict[str, Any] = {"unit": "currency", "at_least": 0}


def _counted(value: object, info: ValidationInfo) -> object:
    """A month of the calendar as the number of months from month 0."""
    if not isinstance(value, str):
        return value
    calendar: Calendar = (info.context or {}).get("calendar", Calendar())
    months = calendar.count(value)
    if months < 0:
        raise problem(f"is {value}, before month 0, which is {calendar.label(0)}")
    return months


_Month = Annotated[
    int,
    Field(strict=True, ge=0),
    BeforeValidator(_counted),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": MONTH}]}),
]
_COUNTED = "months count from 0; or a month such as 2027-06, where first_month is given"


class Cost(Closed):
    """What an initiative costs; both lower contribution in full."""

    once: Annotated[Value, Quantity(**_MONEY, meaning="in start_month")] = 0.0
    per_month: Annotated[Value, Quantity(**_MONEY, meaning="in every month from start_month on")] = 0.0


class Change(Closed):
    """A target for one parameter: a value `to` reach, to `add`, or to `multiply` with."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    to: Annotated[Value | None, Quantity(unit="as the parameter", meaning="the new value")] = None
    add: Annotated[Value | None, Quantity(unit="as the parameter", meaning="added to the value")] = None
    multiply: Annotated[Value | None, Quantity(unit="ratio", meaning="multiplies the value")] = None

    @model_validator(mode="before")
    @classmethod
    def _bare_number_is_the_target(cls, data: object) -> object:
        is_range = isinstance(data, dict) and data.keys() & {"low", "central", "high"}
        return data if isinstance(data, dict | Change) and not is_range else {"to": data}

    @model_validator(mode="after")
    def _one_way(self) -> Change:
        if len(self.model_fields_set) != 1:
            raise problem("a change gives exactly one of to, add, multiply (a bare number means to)")
        return self

    @property
    def way(self) -> Way:
        """Which of the three."""
        ways: tuple[Way, ...] = ("to", "add", "multiply")
        return next(way for way in ways if getattr(self, way) is not None)

    @property
    def amount(self) -> Value:
        """The number that goes with it."""
        amount: Value = getattr(self, self.way)
        return amount

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        full = handler.resolve_ref_schema(handler(schema))
        to = full["properties"]["to"]["anyOf"]
        return {"anyOf": [*to, full], "description": full["description"]}


class Initiative(Closed):
    """Something the business does from a month on."""

    initiative: str = Field(min_length=1, description="its name, as reports show it")
    start_month: _Month = Field(0, description=_COUNTED)
    ramp_months: Annotated[int, Field(strict=True, ge=1)] = Field(1, description="months until the effect is full")
    end_month: _Month | None = Field(None, description="last month of the effect and of the monthly cost")
    cost: Cost = Cost()
    changes: dict[str, Change] = Field(
        default_factory=dict, description="by dotted key, such as experience.bad_share"
    )

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Initiative:
        if self.end_month is not None and self.end_month < self.start_month:
            raise problem(
                f"ends in month {self.end_month}, before it starts in month {self.start_month}", "end_month"
            )
        return self


class Event(Closed):
    """Something that happens to the business in one month."""

    event: str = Field(min_length=1, description="its name, as reports show it")
    month: _Month = Field(description=_COUNTED)
    bad_experience_share: Annotated[
        Value,
        Quantity(unit="share", at_least=0, at_most=1, meaning="of customers, one bad experience more each"),
    ] = 0.0
    reach_multiplier: Annotated[
        Value,
        Quantity(unit="ratio", at_least=0, meaning="on the people told of every bad experience that month"),
    ] = 1.0
    spend_lost_share: Annotated[
        Value, Quantity(unit="share", at_least=0, at_most=1, meaning="of that month's spending")
    ] = 0.0


def split_key(key: str, segments: Sequence[str]) -> tuple[str, tuple[int, ...]]:
    """A dotted key of a change as the parameter and the segments that it changes; a problem if it may not."""
    if key.split(".")[0] in ("first_month", "season"):
        raise problem("no plan and no what-if changes the calendar; it stands at the top of the file")
    try:
        found = Key.parse(key, [known for known, quantity in QUANTITIES.items() if not quantity.fixed])
    except InputError as error:
        raise problem(error.problem) from None
    if found.segment and found.segment not in segments:
        known = nearest(found.segment, segments) if segments else "there are none"
        raise problem(f"unknown segment {shorten(found.segment)}; {known}")
    if found.quantity.fixed:
        raise problem(f"a plan may not change it: {found.quantity.fixed}")
    if found.segment and not found.quantity.per_segment:
        raise problem(f"one value for the whole business; write {found.parameter}")
    chosen = (segments.index(found.segment),) if found.segment else tuple(range(len(segments)))
    return found.parameter, chosen


def schedule(
    plan: Sequence[Initiative | Event],
    segments: Sequence[str],
    pick: Callable[[str, Value], Array],
    what_if: Mapping[str, Change],
) -> Schedule:
    """A plan from a file, `pick` turning a place in it and a value into a number or an array of draws."""

    def steps(changes: Mapping[str, Change], where: str) -> Iterator[Step]:
        for key, change in changes.items():
            name, chosen = split_key(key, segments)
            mask = np.isin(np.arange(len(segments)), chosen).astype(np.float64)[:, np.newaxis]
            mask = mask if QUANTITIES[name].per_segment else np.ones((1, 1))
            yield Step(name, mask, change.way, pick(f"{where}.{key}", change.amount))

    supposed = tuple(steps(what_if, "what_if"))  # first, as a file's order is that of its ranges
    phases: list[Phase] = []
    shocks: dict[int, Shock] = {}
    for place, item in enumerate(plan):
        where = f"plan.{place}"
        if isinstance(item, Event):
            shock = Shock(
                bad=pick(f"{where}.bad_experience_share", item.bad_experience_share),
                bad_reach=pick(f"{where}.reach_multiplier", item.reach_multiplier),
                spend_kept=1.0 - pick(f"{where}.spend_lost_share", item.spend_lost_share),
            )
            shocks[item.month] = shocks.get(item.month, Shock()).joined(shock)
            continue
        changes = tuple(steps(item.changes, f"{where}.changes"))
        once, monthly = (pick(f"{where}.cost.{kind}", getattr(item.cost, kind)) for kind in ("once", "per_month"))
        phases.append(
            Phase(item.initiative, item.start_month, item.ramp_months, item.end_month, once, monthly, changes)
        )
    return Schedule(tuple(phases), shocks, what_if=supposed)
