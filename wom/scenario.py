"""A scenario: a business as it is today, and a plan for it; read from a file, checked, and put into numbers."""

from __future__ import annotations

import contextlib
import copy
import functools
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, ParamSpec, TypeVar

import numpy as np
import pandas as pd
from pydantic import Discriminator, Field, PrivateAttr, Tag, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from . import errors, evidence, files
from .errors import InputError, nearest, shorten, whole_number
from .files import BACK_TESTED, SCENARIO, without
from .parameters import (
    LEAST,
    MOST,
    QUANTITIES,
    Business,
    Closed,
    Key,
    Range,
    Value,
    central,
    kind,
    plain,
    problem,
    scaled,
)
from .plan import MONTH, Calendar, Change, Event, Initiative, Schedule, Values, schedule, split_key
from .units import MONTHS_PER_YEAR, Array
from .words import NumberFormat, Shown, Writer, adding_up

# --- Values that are uncertain together: pairs in a file, one correlation matrix for the engine ---


class Correlation(Closed):
    """Two ranges that go together: the correlation of their normal scores (a Gaussian copula).

    The rank correlation is 6/π·asin(value/2), nearly the value itself.
    """

    between: tuple[str, str] = Field(description="two dotted keys, such as experience.good_share")
    value: Annotated[float, Field(gt=-1, lt=1, description="above 0 where one is high when the other is")]

    @property
    def keys(self) -> tuple[str, str]:
        """The two keys without what says where a value comes from."""
        return plain(self.between[0]), plain(self.between[1])


def check_correlations(correlations: Sequence[Correlation], known: Sequence[str]) -> None:
    """Each pair names two different ranges once, and all of them can hold together."""
    seen = set[frozenset[str]]()
    for place, item in enumerate(correlations):
        where = f"correlations.{place}.between"
        for key in item.keys:
            if key not in known:
                raise problem(f"{key} is no range of this scenario; {nearest(key, known)}", where)
        if item.keys[0] == item.keys[1]:
            raise problem(f"names {item.keys[0]} twice; give two ranges", where)
        if frozenset(item.keys) in seen:
            raise problem(f"{item.keys[0]} and {item.keys[1]} stand in two correlations; keep one", where)
        seen.add(frozenset(item.keys))
    if np.linalg.eigvalsh(matrix(correlations, known)).min(initial=1.0) < 1e-9:  # exclude each other
        pairs = "; ".join(f"{' and '.join(item.keys)} {item.value:g}" for item in correlations)
        raise problem(f"cannot hold together ({pairs}); bring them nearer to 0", "correlations")


def matrix(correlations: Sequence[Correlation], keys: Sequence[str]) -> Array:
    """The correlation matrix of the ranges, 1 on the diagonal and 0 where nothing is said."""
    found = np.eye(len(keys))
    place = {key: index for index, key in enumerate(keys)}
    for item in correlations:
        one, two = (place[key] for key in item.keys)
        found[one, two] = found[two, one] = item.value
    return found


# --- What the figures of a scenario rest on: assumed or found in data, tested on months held out or not ---

Label = Literal["scenario", "calibrated", "back-tested"]
"""What a run may be called: what would follow; fitted to data; fitted, and tested on months it had not seen."""
Error = Annotated[float, Field(ge=0)]
Months = tuple[str, str]
RIVALS = {
    "last": "the last month",
    "last_three": "the last three months",
    "year_ago": "the same months a year before",
    "last_year": "the mean of twelve months",
    "trend": "a straight line",
}
"""Naive forecasts, as a sentence names them."""

NEARER, OFF = "a naive forecast was nearer", "off by more than a quarter"
WIDE, OUTSIDE = "too wide to be wrong", "most months outside its band"
"""What a forecast is called that fails its test."""


def _ordered(months: Months | None) -> Months | None:
    if months is not None and (not all(re.fullmatch(MONTH, month) for month in months) or months[0] > months[1]):
        raise problem(f"must be two months in order, such as [2023-01, 2024-12], is {list(months)}")
    return months


class Score(Closed):
    """How one column was forecast; errors are mean absolute errors over the mean of what came."""

    error: Error = Field(description="of the forecast's middle")
    total: float = Field(description="forecast over what came")
    rival: Literal["last", "last_three", "year_ago", "last_year", "trend"] = Field(description="nearest naive one")
    rival_error: Error
    width: Error = Field(description="high over low end of the band, the median month")
    inside: Annotated[int, Field(ge=0)] = Field(description="months in the band")
    months: Annotated[int, Field(gt=0)]

    @property
    def label(self) -> str:
        """The first reason why it fails its test, or back-tested.

        The best of five rivals is lucky, so a right forecast may be behind it by a quarter and 5 points. Nine of
        ten right forecasts pass, and 4 in 100 of those that are 40 % off.
        """
        passed = {
            OFF: abs(self.total - 1.0) <= 0.25,
            NEARER: self.error <= 1.25 * self.rival_error + 0.05,
            WIDE: self.width <= 3.0,
            OUTSIDE: self.inside >= 0.5 * self.months,
        }
        return next((why for why, fine in passed.items() if not fine), BACK_TESTED)


class BackTest(Closed):
    """A forecast of months that the fit had not seen."""

    fitted: Months = Field(description="first and last month of the fit, such as 2023-01")
    months: Months = Field(description="first and last month of the forecast")
    level: Annotated[float, Field(gt=0, lt=1)] = 0.9
    columns: dict[str, Score] = Field(min_length=1, description="by column: revenue, customers, new_customers")

    _in_order = field_validator("fitted", "months")(_ordered)

    @property
    def deciding(self) -> str:
        """The column whose label counts: the first, or one whose total is off by more than a quarter.

        Bands of small numbers are wide, and one of several columns is unlucky more often than one alone; so the
        others are held to no more.
        """
        return next((name for name, one in self.columns.items() if one.label == OFF), next(iter(self.columns)))

    @property
    def label(self) -> str:
        """What the forecast is called after its test: back-tested, or why not."""
        return self.columns[self.deciding].label


class Basis(Closed):
    """Where a scenario's figures come from."""

    label: Label = "scenario"
    data: str = Field("", description="the description of the tables it was fitted to")
    months: Months | None = Field(None, description="first and last month of the tables, such as 2023-01")
    made: str = Field("", description="the day of the fit")
    back_test: BackTest | None = None
    sources: dict[str, Annotated[str, Field(min_length=1)]] = Field(
        default_factory=dict, description="by dotted key: how the figure was found"
    )

    _in_order = field_validator("months")(_ordered)

    @model_validator(mode="after")
    def _says_the_truth(self) -> Basis:
        if self.label != SCENARIO and self.months is None:
            raise problem(f"{self.label} needs the months of the data it was fitted to", "months")
        if (self.label == BACK_TESTED) != (self.back_test is not None):
            raise problem("a back_test stands with the label back-tested, and only there", "back_test")
        if self.back_test and self.back_test.label != BACK_TESTED:
            raise problem(f"did not pass ({self.back_test.label}), so the label is calibrated", "back_test")
        for key in self.sources:
            try:
                Key.parse(key)
            except InputError as error:
                raise problem(error.problem, f"sources.{key}") from None
        return self


# --- What must hold between the values of a scenario; each breach is said in words for people ---

_Factor = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]

_EITHER = ("market.referral_share", "word_of_mouth.audience_share")
"""One of the two is given."""

TOTALS = ("market.size", "market.customers", "market.new_customers_per_month")
"""Each segment gives its own; the business's are their sums."""

_ROUNDING = 1e-9
"""Relative; sums of figures typed with nine digits or more agree to this."""


class Entry(NamedTuple):
    """A parameter's value and where it comes from."""

    path: str
    """Place in the file, or `evidence.` and the key for a default."""
    value: Value
    sure: str = ""
    """`stated` or `guessed` where the range around an own figure is the default for such a figure."""


WIDTHS: Mapping[str, float] = {"counted": 0.0, "stated": 0.05, "guessed": 0.2}
"""Of an own figure without a range, to each side, as 5th and 95th percentile; of a share, on its odds.

Assumptions: a figure stated from memory or from last year's books is often off by some per cent, and a guess is
taken as four times as wide, so that a retention of 97.5 % a month lies between 96.9 and 97.9 %.
"""


@dataclass(frozen=True)
class Inputs:
    """A scenario in numbers, or in arrays of draws: what the engine takes."""

    segments: tuple[str, ...]
    parameters: Values
    """Today's, which anchoring takes."""
    schedule: Schedule
    plan_discount_rate: Array
    horizon_months: int
    scenario: Scenario
    calendar: Calendar = Calendar()  # noqa: RUF009  (frozen)
    defaults: frozenset[str] = frozenset()
    """Dotted keys that the business gives nowhere, so that they are the evidence's."""

    @property
    def supposed(self) -> Values:
        """The parameters of month 0 without the plan: today's, with what-ifs."""
        return self.schedule.without_plan().parameters(self.parameters, 0)


def _check_totals(scenario: Scenario) -> None:
    """Each segment gives its own size, customers and new customers; the business's, if given, are their sums."""
    segments = {name: part.given() for name, part in scenario.today.segments.items()}
    for key in TOTALS if segments else ():
        for name, given in segments.items():
            if key not in given:
                raise problem("is missing; each segment gives its own", f"today.segments.{name}.{key}")
        parts = sum(central(given[key]) for given in segments.values())
        total = scenario.today.given().get(key)
        if total is not None and abs(central(total) - parts) > _ROUNDING * max(parts, 1.0):
            text = f"is {central(total):g}, but the segments' sum is {parts:g}; leave it out or make them agree"
            raise problem(text, f"today.{key}")


def _check_parameters(scenario: Scenario) -> None:
    """Nothing is missing, and no two figures exclude each other."""
    given, entries, segments = scenario.today.given(), scenario.entries(), scenario.segments
    referral, audience = _EITHER
    if missing := [key for key in QUANTITIES if key not in entries and key not in (referral, audience)]:
        needed = "; ".join(f"{key} ({QUANTITIES[key].meaning})" for key in missing)
        raise problem(f"needs {needed}", "today")
    if referral in given and audience in given:
        raise problem(f"stands beside {referral}; give one of the two", f"today.{audience}")
    if audience not in given and all(central(entry.value) == 0 for entry in entries["market.customers"]):
        text = "give word_of_mouth.audience_share: with no customers today no referral share can be observed"
        raise problem(text, f"today.{referral if referral in given else audience}")
    shares = zip(segments, entries["experience.good_share"], entries["experience.bad_share"], strict=True)
    for name, good, bad in shares:
        if central(good.value) + central(bad.value) > 1.0 + _ROUNDING:
            where = f" in segment {name}" if len(segments) > 1 else ""
            text = f"good_share {central(good.value):g} and bad_share {central(bad.value):g} are over 1 together"
            raise problem(text + where, "today.experience")
    own = scenario.today.figures()
    for key in scenario.sure:
        if key not in own:
            raise problem(f"no own figure of today; {nearest(key, own)}", f"sure.{key}")


def _check_plan(scenario: Scenario) -> None:
    """Plan and what-if change what they may, and stay within bounds in every month."""
    changes = {f"what_if.{key}": key for key in scenario.supposed}
    initiatives = {place: item for place, item in enumerate(scenario.plan) if isinstance(item, Initiative)}
    for place, item in initiatives.items():
        changes |= {f"plan.{place}.changes.{key}": key for key in item.changes}
    for path, key in changes.items():
        try:
            split_key(key, tuple(scenario.today.segments))
        except ValueError as error:
            text, found = str(error), Key.find(key)
            if path.startswith("what_if.") and found and found.quantity.fixed:
                text = (
                    f"no what-if changes it: {found.quantity.fixed}. Another value today is another business: "
                    f"Scenario.replace, or today.{key} in the file"
                )
            raise problem(text, path) from error
    if not initiatives and not scenario.supposed:
        return
    made = scenario.inputs()
    if initiatives and np.isnan(made.plan_discount_rate).any():
        text = "differs between segments; give the business's own for the plan's costs"
        raise problem(text, "today.economics.discount_rate")
    for month, keys, values, where in made.schedule.beyond(made.parameters, made.horizon_months):
        if not where.any():
            continue
        at_work = [
            f"initiative {shorten(phase.name)}"
            for phase in made.schedule.phases
            if phase.progress(month) > 0 and any(step.key in keys for step in phase.steps)
        ]
        at = "plan" if at_work else "what_if"
        at_work += ["the what-if"] if any(step.key in keys for step in made.schedule.what_if) else []
        takes = f"{' and '.join(at_work)} {'takes' if len(at_work) == 1 else 'take'}"
        label = f"in month {made.calendar.label(month)}"
        if len(keys) > 1:
            over = float(np.max(values[keys[0]] + values[keys[1]]))
            text = f"good_share and bad_share to {over:.6g} together {label}; allowed is 1 at most"
        else:
            worst = float(np.broadcast_to(values[keys[0]], where.shape)[where][0])
            text = f"{keys[0]} to {worst:.6g} {label}; allowed is {QUANTITIES[keys[0]].allowed}"
        raise problem(f"{takes} {text}", at)


def ranges(inputs: Callable[[Callable[[str, Value], Array]], Inputs]) -> dict[str, Range]:
    """Every value that a run uses and that is not known exactly, by its place in the file."""
    found: dict[str, Range] = {}

    def note(path: str, value: Value) -> Array:
        if isinstance(value, Range) and value.low < value.high:
            found[path] = value
        return np.asarray(central(value))

    inputs(note)
    return found


# --- A scenario: a business as it is today, and a plan for it ---


class Season(Closed):
    """How spending and arrivals vary over the year: factors from January to December, of mean 1."""

    spending: tuple[_Factor, ...] | None = Field(None, description="on what customers spend in a month")
    arrivals: tuple[_Factor, ...] | None = Field(None, description="on how often people choose a supplier")

    @field_validator("spending", "arrivals")
    @classmethod
    def _of_mean_one(cls, factors: tuple[float, ...] | None) -> tuple[float, ...] | None:
        if factors is None:
            return None
        if len(factors) != MONTHS_PER_YEAR:
            raise problem(f"needs 12 factors, from January to December, has {len(factors)}")
        mean = sum(factors) / MONTHS_PER_YEAR
        if abs(mean - 1.0) > _ROUNDING:
            right = adding_up([factor / mean for factor in factors], -3, MONTHS_PER_YEAR) if mean > 0 else []
            advice = f"; divided by it: {right}" if right else ""
            raise problem(f"the mean must be 1, is {mean:.6g}{advice}")
        return factors


def _calendar(first_month: object, season: Season | None = None) -> Calendar:
    """The calendar of a file, without names of months where `first_month` is none."""
    if not isinstance(first_month, str) or not re.fullmatch(MONTH, first_month):
        return Calendar()
    year, month = map(int, first_month.split("-"))
    given = {name: factors for name, factors in season or () if factors is not None}
    return Calendar((year, month), **given)


_Found = TypeVar("_Found")

WHOLE = "business"
"""Name of the only segment of a business that has none."""


class Segment(Business):
    """A part of the customers with its own values; what it does not give it inherits."""

    @model_validator(mode="after")
    def _own_values_only(self) -> Segment:
        for key in self.given():
            if not QUANTITIES[key].per_segment:
                raise problem(f"one value for the whole business; give it as today.{key}", key)
        return self


class Today(Business):
    """The business as it is observed today."""

    segments: dict[Annotated[str, Field(pattern=r"^[\w][\w &-]*$")], Segment] = Field(default_factory=dict)

    def figures(self) -> dict[str, Value]:
        """The quantities that were given, by dotted key, those of segments too."""
        own = {
            f"segments.{name}.{key}": v for name, part in self.segments.items() for key, v in part.given().items()
        }
        return self.given() | own

    @model_validator(mode="after")
    def _multipliers_are_one(self) -> Today:
        for key, value in self.figures().items():
            if Key.parse(key).quantity.plan_only and value != 1.0:
                raise problem("is 1 today; only a plan changes it", key)
        return self


def _kind_of_plan_item(item: object) -> str:
    event = isinstance(item, Event)
    if isinstance(item, dict):
        event = "event" in item or ("month" in item and "initiative" not in item)
    return "event" if event else "initiative"


PlanItem = Annotated[
    Annotated[Initiative, Tag("initiative")] | Annotated[Event, Tag("event")], Discriminator(_kind_of_plan_item)
]


class Scenario(Shown, Closed):
    """A business as it is today, and a plan for it; frozen, a change makes a new one.

    Example:
        >>> scenario = load("retailer/today")
        >>> better = scenario.replace({"experience.bad_share": 0.03})
        >>> scenario.today.experience.bad_share, better.today.experience.bad_share
        (0.06, 0.03)
    """

    title: str = ""
    currency: str = Field("", max_length=12, description="shown with money, such as USD")
    number_format: NumberFormat = Field(
        "", description="how numbers are written: en $13,720, de 13.720 €, fr 13 720 €, ch CHF 13’720"
    )
    customer_type: Literal["consumer", "business"] = Field("consumer", description="picks the evidence's defaults")
    trade: Literal["hotel", "restaurant", "other"] = Field(
        "other", description="picks what a star does to demand: measured at hotels and restaurants only"
    )
    horizon_months: Annotated[int, Field(strict=True, ge=1, le=1200)] = 36
    today: Today
    plan: tuple[PlanItem, ...] = ()
    supposed: dict[str, Change] = Field(
        default_factory=dict,
        alias="what_if",
        description="the same business, changed from month 0 on at no cost, with and without the plan",
    )
    first_month: str | None = Field(None, description="month 0, such as 2027-03; a plan may then name months")
    season: Season | None = None
    correlations: tuple[Correlation, ...] = ()
    sure: dict[str, Literal["counted", "stated", "guessed"]] = Field(
        default_factory=dict,
        description="by dotted key: how sure an own figure without a range is; stated if not said",
    )
    basis: Basis = Field(default_factory=Basis, description="what the figures rest on; calibration writes it")

    _data: dict[str, Any] = PrivateAttr(default_factory=dict)
    _file: str = PrivateAttr(default="")

    @functools.cached_property
    def _found(self) -> dict[str, Any]:
        return {}

    def once(self, name: str, find: Callable[[], _Found]) -> _Found:
        """What was found of this scenario under a name, found only the first time: a scenario never changes."""
        if name not in self._found:
            self._found[name] = find()
        found: _Found = self._found[name]
        return found

    @property
    def file(self) -> str:
        """The file it was loaded from, empty if from none."""
        return self._file

    @property
    def data(self) -> dict[str, Any]:
        """A copy of what was written, `extends` merged in: loading it gives the same scenario."""
        return copy.deepcopy(self._data)

    @property
    def calendar(self) -> Calendar:
        """Which month month 0 is, and how spending and arrivals vary over the year."""
        return _calendar(self.first_month, self.season)

    @property
    def segments(self) -> tuple[str, ...]:
        """Names of the segments; one, `business`, where there are none."""
        return tuple(self.today.segments) or (WHOLE,)

    @property
    def write(self) -> Writer:
        """Numbers as this business's readers read them."""
        return Writer(self.currency, self.number_format)

    def to_frame(self) -> pd.DataFrame:
        """Every figure with its value, range, grade and source: `wom.assumptions.table`."""
        table: pd.DataFrame = import_module("wom.assumptions").table(self)  # which reads scenarios itself
        return table

    def replace(self, changes: Mapping[str, Any]) -> Scenario:
        """A new scenario with other values.

        Args:
            changes: by dotted key, as `experience.good_share` (in every segment), `segments.NAME.market.size`,
                or one of title, currency, number_format, customer_type, trade, horizon_months, first_month,
                season, what_if, plan, sure, basis. A figure that was found in data and gets another value is no
                longer one of those that `basis` counts.

        Raises:
            InputError: unknown key, or a value that is not allowed.
        """
        data = self.data
        for key, value in changes.items():
            self._set(data, key.removeprefix("today."), _held(value))

        def at(today: Mapping[str, Any], key: Key) -> Any:
            whole = today.get("segments", {}).get(key.segment, {}) if key.segment else today
            return whole.get(key.section, {}).get(key.name)

        if "basis" not in changes and (found := data.pop("basis", None)):
            before, after = self._data["today"], data.get("today", {})
            keys = {text: Key.parse(text) for text in found.get("sources", {})}
            other = [text for text, key in keys.items() if at(before, key) != at(after, key)]
            data |= {"basis": left} if (left := without(found, other)) else {}
        return build(data, self._file)

    def _set(self, data: dict[str, Any], text: str, value: Any) -> None:
        """Write a value at its place in a file's data."""
        settings = {name for name in Scenario.file_keys() if name != "today"}
        if text in settings:
            data[text] = value
            return
        key = Key.find(text)
        if key is None or str(key) != text:
            raise InputError(f"unknown key; {nearest(text, [*QUANTITIES, *settings])}", text, self.file)
        today = data.setdefault("today", {})
        segments = today.get("segments", {})
        if key.segment:
            if key.segment not in segments:
                raise InputError(f"unknown segment; {nearest(key.segment, segments)}", text, self.file)
            segments[key.segment].setdefault(key.section, {})[key.name] = value
            return
        if segments and text in TOTALS:
            advice = f"set segments.NAME.{text} for one of: {', '.join(segments)}"
            raise InputError(f"is the segments' sum; {advice}", text, self.file)
        if text in _EITHER:
            other = _EITHER[text == _EITHER[0]]
            section, name = other.split(".")
            today.get(section, {}).pop(name, None)
            data.get("sure", {}).pop(other, None)
        today.setdefault(key.section, {})[key.name] = value
        for part in segments.values():
            if key.name in part.get(key.section, {}):
                part[key.section][key.name] = value

    def what_if(self, changes: Mapping[str, Any]) -> Scenario:
        """The same business, changed from month 0 on at no cost; `replace` is another business.

        Hidden values stay anchored to what was observed today. `without_plan()` keeps the change, and the plan's
        own changes come after it, so that a plan's worth is measured on the business as it then is.

        Args:
            changes: by dotted key, as an initiative's: a value or range to reach, or {"add": } or {"multiply": }.
                A key asked about before is asked anew; those that no plan may touch, such as market.customers, are
                refused.

        Raises:
            InputError: unknown key, one that no plan may touch, or a value that is not allowed.

        Example:
            >>> better = load("retailer/today").what_if({"experience.bad_share": 0.04})
            >>> better.without_plan() == better, better.today.experience.bad_share
            (True, 0.06)
        """
        asked = {key.removeprefix("today."): _held(value) for key, value in changes.items()}
        return self.replace({"what_if": {**self.data.get("what_if", {}), **asked}})

    def revise(
        self,
        targets: Mapping[str, Any] | None = None,
        once: Any = None,
        per_month: Any = None,
        start_month: int | str | None = None,
        horizon_months: int | None = None,
    ) -> Scenario:
        """Another plan for the same business: the plan as written, with other targets, cost, start or horizon.

        What is not given stays. Events stay as they are: they happen to the business.

        Args:
            targets: the value to reach, by dotted key as the plan writes it. It takes the place of that change
                (`to`, whatever it was) in the one initiative that changes the key.
            once, per_month: cost of the plan as a whole, added up over its initiatives. One initiative takes it as
                it is; several keep their proportions, each cost times given/total, its range too.
            start_month: of the initiative that starts first; the others, and every end_month, move as far.

        Raises:
            InputError: there is no initiative; a key that none or several of them change; a cost to divide among
                initiatives that have none; or a value that is not allowed.

        Example:
            >>> cheaper = load("retailer/make-it-right").revise(per_month=900, start_month=6)
            >>> cheaper.plan[0].cost.per_month, cheaper.plan[0].start_month
            (900.0, 6)
        """
        data = self.data
        items = {place: dict(item) for place, item in enumerate(data.get("plan") or []) if "event" not in item}
        asked = (targets, once, per_month, start_month)
        if not items and any(value is not None for value in asked):
            raise InputError("has no initiative, so there is nothing to revise", "plan", self.file)
        gone = set[str]()
        for key, value in (targets or {}).items():
            holders = [place for place, item in items.items() if key in item.get("changes", {})]
            if len(holders) != 1:
                names = [shorten(items[place]["initiative"]) for place in holders]
                known = dict.fromkeys(known for item in items.values() for known in item.get("changes", {}))
                why = f"no initiative changes it; {nearest(key, known)}"
                if names:
                    several = f"{' and '.join(names)} change it"
                    why = f"{several}, so no single target says what each does; write the plan anew"
                raise InputError(why, f"targets.{key}", self.file)
            item = items[holders[0]]
            item["changes"] = {**item["changes"], key: {"to": _held(value)}}
            gone.add(f"plan.{holders[0]}.changes.{key}")
        for when, total in (("once", once), ("per_month", per_month)):
            if total is not None:
                gone |= {f"plan.{place}.cost.{when}" for place in items}
                self._share_out(when, total, items)
        if start_month is not None:
            try:
                count = self.calendar.count(start_month) if isinstance(start_month, str) else start_month
                count = whole_number("start_month", count, 0)
            except ValueError as error:
                raise InputError(str(error), "start_month", self.file) from None
            except InputError as error:
                raise error.within(self.file) from None
            move = count - min(item.start_month for item in self.plan if isinstance(item, Initiative))
            for place, item in items.items():
                for key in ("start_month", "end_month"):
                    if (month := getattr(self.plan[place], key)) is not None:
                        item[key] = month + move
        data["plan"] = [items.get(place, item) for place, item in enumerate(data.get("plan") or [])]
        _drop_pairs(data, gone.__contains__)
        return build(data | ({} if horizon_months is None else {"horizon_months": horizon_months}), self._file)

    def _share_out(self, when: str, total: Any, items: Mapping[int, dict[str, Any]]) -> None:
        """Give the plan this cost in all: one initiative as it is, several in their proportions."""
        costs = {place: item.cost for place, item in enumerate(self.plan) if isinstance(item, Initiative)}
        own = {place: getattr(cost, when) for place, cost in costs.items()}
        before = sum(central(value) for value in own.values())
        several = len(items) > 1
        if several and (not isinstance(total, int | float | np.number) or isinstance(total, bool)):
            raise InputError(f"of several initiatives must be a number, is {shorten(total)}", when, self.file)
        if several and before == 0 and total != 0:
            raise InputError(
                f"is 0 in all {len(items)} initiatives, so nothing says how to share {total:g} out; give each "
                "initiative its cost in the plan", when, self.file,
            )  # fmt: skip
        for place, item in items.items():
            value = scaled(own[place], float(total) / before if before else 0.0) if several else total
            item["cost"] = {**item.get("cost", {}), when: _held(value)}

    def without_plan(self) -> Scenario:
        """The same business with nothing done and nothing happening; a what-if stays."""
        if not self.plan:
            return self
        data = self.data
        _drop_pairs(data, lambda key: key.startswith("plan."))
        return build(data | {"plan": []}, self._file)

    def entries(self) -> dict[str, tuple[Entry, ...]]:
        """Every parameter with its value and where it comes from, one entry per segment.

        Parameters that are one value for the whole business have one entry. Either `market.referral_share` or
        `word_of_mouth.audience_share` is there, not both.
        """
        own = [
            {key: self._own(key, f"today.segments.{name}.{key}", value) for key, value in part.given().items()}
            for name, part in self.today.segments.items()
        ] or [{}]
        found = evidence.defaults(self.customer_type, self.trade)
        unless_given = {key: quantity.unless_given for key, quantity in QUANTITIES.items()}
        shared = {key: Entry(f"evidence.{key}", span) for key, span in found.items()}
        shared |= {key: Entry(f"default.{key}", one) for key, one in unless_given.items() if one is not None}
        shared |= {key: self._own(key, f"today.{key}", value) for key, value in self.today.given().items()}
        shared.pop(_EITHER[self.today.word_of_mouth.audience_share is None], None)
        _remember(dict(zip(self.segments, own, strict=True)), shared)
        entries = {}
        for key, quantity in QUANTITIES.items():
            parts = own if quantity.per_segment else [{}]
            if key in shared or all(key in part for part in parts):
                entries[key] = tuple(part.get(key) or shared[key] for part in parts)
        return entries

    def _own(self, key: str, path: str, value: Value) -> Entry:
        """An own figure, with the default width where it has no range."""
        name, quantity = plain(path), QUANTITIES[key]
        sure = self.sure.get(name, "counted" if name in self.basis.sources else "stated")
        agreed = quantity.plan_only or key == "economics.discount_rate"  # and not observed
        if isinstance(value, Range) or agreed or not WIDTHS[sure]:
            return Entry(path, value)
        return Entry(path, quantity.around(value, WIDTHS[sure]), sure)

    def inputs(self, pick: Callable[[str, Value], Array] | None = None) -> Inputs:
        """The scenario in numbers.

        `pick`: turns a place and a value into a number or an array of draws; the central value by default.
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
        plan = schedule(self.plan, self.segments, choose, self.supposed)
        defaults = frozenset(
            key for key, places in entries.items() if all(place.path.startswith("evidence.") for place in places)
        )
        return Inputs(
            self.segments, parameters, plan, plan_rate, self.horizon_months, self, self.calendar, defaults
        )

    @field_validator("first_month", mode="before")
    @classmethod
    def _is_a_month(cls, value: object) -> object:
        if value is not None and not (isinstance(value, str) and re.fullmatch(MONTH, value)):
            raise problem(f"must be a month such as 2027-03, is {shorten(value)}")
        return value

    @model_validator(mode="after")
    def _holds_together(self) -> Scenario:
        _check_totals(self)
        _check_parameters(self)
        if self.season and self.first_month is None:
            raise problem("needs first_month at the top of the file, the month that month 0 is", "season")
        _check_plan(self)
        if self.correlations:
            check_correlations(self.correlations, [plain(path) for path in ranges(self.inputs)])
        return self


def _drop_pairs(data: dict[str, Any], gone: Callable[[str], bool]) -> None:
    """Leave out the correlations of values that are gone."""
    if "correlations" in data:
        data["correlations"] = [pair for pair in data["correlations"] if not any(map(gone, pair["between"]))]


def _held(value: Any) -> Any:
    """A value as a file can hold it."""
    if isinstance(value, Range):
        return value._asdict()
    return value.item() if isinstance(value, np.generic) else value


_CONTACTS, _MOOD = "experience.contacts_per_month", "experience.memory_months"


def _remember(segments: Mapping[str, dict[str, Entry]], shared: dict[str, Entry]) -> None:
    """Let the default of the mood's memory last until the next contact, where contacts are rare.

    max(default, 1.5/contacts) months, at most 24, and its range in proportion; contacts are those of today,
    whatever a plan does to them. Each segment gets an entry of its own where they differ.
    """
    default = shared[_MOOD]
    if not default.path.startswith("evidence."):
        return
    factors = dict.fromkeys(segments, 1.0)
    for name, own in segments.items():
        contacts = own.get(_CONTACTS, shared[_CONTACTS])
        if not contacts.path.startswith("evidence."):
            months = 1.5 / max(central(contacts.value), 1.5 / 24.0)
            factors[name] = max(months / central(default.value), 1.0)
    if len(set(factors.values())) == 1:
        shared[_MOOD] = Entry(default.path, scaled(default.value, factors.popitem()[1]))
        return
    for name, own in segments.items():
        if factors[name] > 1.0:
            value = scaled(default.value, factors[name])
            own.setdefault(_MOOD, Entry(f"evidence.segments.{name}.{_MOOD}", value))


def build(data: Mapping[str, Any], file: str = "") -> Scenario:
    """A scenario from plain data, as a YAML file holds it; an InputError has a line for each of three problems."""
    try:
        calendar = _calendar(data.get("first_month"))
        scenario = Scenario.model_validate(dict(data), context={"calendar": calendar})
    except ValidationError as error:
        raise explained(error, file, data) from None
    scenario._data, scenario._file = copy.deepcopy(dict(data)), file
    return scenario


def load(source: str | Path | Mapping[str, Any]) -> Scenario:
    """A scenario from a YAML file, from a sample's name, or from plain data.

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


_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


def opens(function: Callable[_Given, _Result]) -> Callable[_Given, _Result]:
    """The function, which then takes a file, a sample's name or plain data too wherever it takes a Scenario.

    Where it takes several scenarios it takes a list of them as well.
    """
    wanted = inspect.signature(function)

    def opened(value: object) -> Scenario:
        if isinstance(value, Scenario):
            return value
        if isinstance(value, str | Path | Mapping):
            return load(value)
        raise InputError(f"needs a scenario from wom.load, a file or a sample's name, is {shorten(value)}")

    @functools.wraps(function)
    def through(*args: _Given.args, **more: _Given.kwargs) -> _Result:
        given = wanted.bind(*args, **more)
        for name, part in wanted.parameters.items():
            value: Any = given.arguments.get(name)
            if not str(part.annotation).startswith("Scenario"):
                continue
            if part.kind is inspect.Parameter.VAR_POSITIONAL:
                values = tuple(value or ())
                several = values[0] if len(values) == 1 and isinstance(values[0], list | tuple) else values
                given.arguments[name] = tuple(map(opened, several))
            elif value is not None or part.default is inspect.Parameter.empty:
                given.arguments[name] = opened(value)
        return function(*given.args, **given.kwargs)

    return through


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
    """What pydantic found in `data`, said to a person: one line for each of the first three problems."""
    found = [_one(detail, file, data or {}) for detail in error.errors(include_url=False)]
    more = [f"(and {len(found) - 3} more)"] if len(found) > 3 else []
    lines = [found[0].problem, *map(str, found[1:3]), *more]
    return InputError("\n".join(lines), found[0].key, file)


def _one(detail: ErrorDetails, file: str, data: Mapping[str, Any]) -> InputError:
    place = [str(part) for part in detail["loc"] if part != "[key]"]
    context, value, in_plan = detail.get("ctx", {}), detail["input"], place[:1] == ["plan"]
    if in_plan:
        del place[2:3]  # pydantic names the kind of the plan's item there
    place += [context["key"]] if context.get("key") else []
    text = context.get("problem") or "is missing"
    if "problem" not in context and detail["type"] != "missing":
        allowed = _WORDS.get(detail["type"]) or detail["msg"].removeprefix("Input should be ")
        meant = errors.of_month(value) if "month" in str(detail["loc"][-1]) else ""
        text = f"must be {allowed}, is {kind(value) if not isinstance(value, str) else shorten(value)}{meant}"
    if in_plan:
        with contextlib.suppress(LookupError, TypeError, ValueError):  # the plan is at fault as a whole
            item = data["plan"][int(place[1])]  # by its name too, for places count from 0
            (called,) = ((kind, item[kind]) for kind in ("initiative", "event") if kind in item)
            text += f" ({called[0]} {shorten(called[1])})" if isinstance(called[1], str) and called[1] else ""
    key = ".".join(place)
    return InputError(text, key if key.isprintable() and len(key) < 200 else shorten(key), file)


# --- The scenario file as a JSON Schema, so that editors complete and check it while it is written ---


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a scenario file; what spans several values only `wom check` sees."""
    found = Scenario.model_json_schema()
    found["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    found["title"] = "wom scenario"
    found["description"] += f" A figure that is not 0 is from {LEAST:g} to {MOST:g} in size."
    found["properties"] = {
        "extends": {"type": "string", "description": "another file of this folder that this one changes"},
        **found["properties"],
    }
    found["required"] = []
    found["anyOf"] = [{"required": ["today"]}, {"required": ["extends"]}]
    names = {key: quantity for key, quantity in QUANTITIES.items() if not quantity.fixed}
    own = "|".join(key.replace(".", r"\.") for key, quantity in names.items() if quantity.per_segment)
    for changes in (found["$defs"]["Initiative"]["properties"]["changes"], found["properties"]["what_if"]):
        change = changes.pop("additionalProperties")
        changes["properties"] = {
            key: {**change, "description": f"{quantity.meaning} ({quantity.unit}; {quantity.allowed})"}
            for key, quantity in names.items()
        }
        changes["patternProperties"] = {rf"^segments\.[^.]+\.({own})$": change}
        changes["additionalProperties"] = False
    _drop_null_defaults(found)
    return found


def _drop_null_defaults(node: Any) -> None:
    if isinstance(node, dict) and node.get("default", 0) is None:
        del node["default"]
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        _drop_null_defaults(part)
