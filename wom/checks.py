"""What must hold between the values of a scenario; each breach is said in words for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .correlations import Correlation, check_correlations, plain
from .errors import shorten
from .parameters import QUANTITIES, Business
from .plan import Event, Initiative, split_key
from .quantity import Range, Value, central, problem
from .schedule import Schedule, Values
from .units import Array

TOTALS = ("market.size", "market.customers", "market.new_customers_per_month")
"""Each segment gives its own; the business's are their sums."""

_ROUNDING = 1e-9
"""Relative; sums of figures typed with nine digits or more agree to this."""


class Entry(NamedTuple):
    """A parameter's value and where it comes from.

    Example:
        >>> import wom
        >>> (entry,) = wom.load("retailer/today").entries()["experience.bad_share"]
        >>> entry
        Entry(path='today.experience.bad_share', value=0.06)
    """

    path: str
    """Place in the file, or `evidence.` and the key for a default."""
    value: Value


Entries = Mapping[str, tuple[Entry, ...]]
"""By dotted key, one entry per segment, or one where the whole business has one value."""


@dataclass(frozen=True)
class Inputs:
    """A scenario in numbers, or in arrays of draws: what the engine takes.

    Example:
        >>> import wom
        >>> inputs = wom.load("retailer/today").inputs()
        >>> inputs.segments, inputs.horizon_months, inputs.parameters["market.customers"].tolist()
        (('business',), 36, [[5000.0]])
    """

    segments: tuple[str, ...]
    parameters: Values
    schedule: Schedule
    plan_discount_rate: Array
    horizon_months: int
    defaults: frozenset[str] = frozenset()
    """Dotted keys that the business gives nowhere, so that they are the evidence's."""


def check_totals(business: Business, segments: Mapping[str, Mapping[str, Value]]) -> None:
    """Each segment gives its own size, customers and new customers; the business's, if given, are their sums.

    Args:
        business: what the whole gives.
        segments: by name, what each gives by dotted key; none for a business without segments.

    Raises:
        A problem that names the key and both numbers.

    Example:
        >>> parts = {"a": {key: 60.0 for key in TOTALS}, "b": {key: 40.0 for key in TOTALS}}
        >>> check_totals(Business(market={"size": 100}), parts)
        >>> check_totals(Business(market={"size": 90}), parts)
        Traceback (most recent call last):
            ...
        pydantic_core...PydanticCustomError: is 90, but the segments' sum is 100; leave it out or make them agree
    """
    for key in TOTALS if segments else ():
        for name, given in segments.items():
            if key not in given:
                raise problem("is missing; each segment gives its own", f"today.segments.{name}.{key}")
        parts = sum(central(given[key]) for given in segments.values())
        total = business.given().get(key)
        if total is not None and abs(central(total) - parts) > _ROUNDING * max(parts, 1.0):
            text = f"is {central(total):g}, but the segments' sum is {parts:g}; leave it out or make them agree"
            raise problem(text, f"today.{key}")


def check_parameters(business: Business, entries: Entries, segments: Sequence[str]) -> None:
    """Nothing is missing, and no two figures exclude each other.

    Args:
        business: what the whole gives.
        entries: every value that a run uses.
        segments: names, one for a business without segments.

    Raises:
        A problem that names what is missing or the two figures.

    Example:
        >>> both = {"market": {"referral_share": 0.2}, "word_of_mouth": {"audience_share": 0.5}}
        >>> entries = {key: (Entry(f"today.{key}", 0.1),) for key in QUANTITIES}
        >>> check_parameters(Business(market={"referral_share": 0.2}), entries, ["business"])
        >>> check_parameters(Business(**both), entries, ["business"])
        Traceback (most recent call last):
            ...
        pydantic_core...PydanticCustomError: stands beside market.referral_share; give one of the two
    """
    given = business.given()
    referral, audience = "market.referral_share", "word_of_mouth.audience_share"
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


def check_plan(plan: Sequence[Initiative | Event], segments: Sequence[str], inputs: Callable[[], Inputs]) -> None:
    """The plan changes what it may, and stays within bounds in every month.

    Args:
        plan: initiatives and events.
        segments: names.
        inputs: makes the scenario's inputs; called only if there is an initiative.

    Raises:
        A problem that names the key, the month and what is allowed.

    Example:
        >>> import wom
        >>> today = wom.load("retailer/today")
        >>> grow = Initiative(initiative="Grow", changes={"market.size": {"multiply": 2}})
        >>> check_plan([grow], today.segments, today.inputs)
        Traceback (most recent call last):
            ...
        pydantic_core...PydanticCustomError: a plan may not change it: a market keeps its size through a run; ...
    """
    initiatives = {place: item for place, item in enumerate(plan) if isinstance(item, Initiative)}
    for place, item in initiatives.items():
        for key in item.changes:
            try:
                split_key(key, segments)
            except ValueError as error:
                raise problem(str(error), f"plan.{place}.changes.{key}") from error
    if not initiatives:
        return
    made = inputs()
    if np.isnan(made.plan_discount_rate).any():
        text = "differs between segments; give the business's own for the plan's costs"
        raise problem(text, "today.economics.discount_rate")
    for month in sorted(made.schedule.turns(made.horizon_months)):
        _check_month(made, month)


def _check_month(made: Inputs, month: int) -> None:
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is not admitted
        values = made.schedule.parameters(made.parameters, month)
    for key in {step.key: None for phase in made.schedule.phases for step in phase.steps}:
        for value in np.ravel(values[key]):
            if not QUANTITIES[key].admits(float(value)):
                allowed = QUANTITIES[key].allowed
                by = _through(made.schedule, [key], month)
                raise problem(f"{by} {key} to {value:.6g} in month {month}; allowed is {allowed}", "plan")
    over = float(np.max(values["experience.good_share"] + values["experience.bad_share"]))
    if over > 1.0 + _ROUNDING:
        by = _through(made.schedule, ["experience.good_share", "experience.bad_share"], month)
        text = f"{by} good_share and bad_share to {over:.6g} together in month {month}; allowed is 1 at most"
        raise problem(text, "plan")


def _through(schedule: Schedule, keys: Sequence[str], month: int) -> str:
    """Initiatives at work on some keys in a month, by name."""
    names = [
        phase.name
        for phase in schedule.phases
        if phase.progress(month) > 0 and any(step.key in keys for step in phase.steps)
    ]
    said = " and ".join(f"initiative {shorten(name)}" for name in names)
    return f"{said} {'takes' if len(names) == 1 else 'take'}"


def ranges(inputs: Callable[[Callable[[str, Value], Array]], Inputs]) -> dict[str, Range]:
    """Every value that a run uses and that is not known exactly, by its place in the file.

    A range whose three numbers are one is a number.

    Args:
        inputs: `Scenario.inputs`.

    Example:
        >>> import wom
        >>> ranges(wom.load("retailer/today").inputs)["evidence.word_of_mouth.memory_months"]
        Range(low=1.0, central=3.0, high=6.0)
    """
    found: dict[str, Range] = {}

    def note(path: str, value: Value) -> Array:
        if isinstance(value, Range) and value.low < value.high:
            found[path] = value
        return np.asarray(central(value))

    inputs(note)
    return found


def check_ranges(
    correlations: Sequence[Correlation], inputs: Callable[[Callable[[str, Value], Array]], Inputs]
) -> None:
    """What is said to vary together is known to be uncertain, and can vary so.

    Raises:
        A problem that names the pair.

    Example:
        >>> import wom
        >>> inputs = wom.load("retailer/today").inputs
        >>> pair = ("word_of_mouth.reach_good", "word_of_mouth.reach_bad")
        >>> check_ranges([Correlation(between=pair, value=0.5)], inputs)
        >>> check_ranges([Correlation(between=("market.size", pair[0]), value=0.5)], inputs)
        Traceback (most recent call last):
            ...
        pydantic_core...PydanticCustomError: market.size is no range of this scenario; the nearest are ...
    """
    if correlations:
        check_correlations(correlations, [plain(path) for path in ranges(inputs)])
