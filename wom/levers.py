"""One lever at a time: what a business would bring if one parameter had another value from now on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from .anchoring import anchor
from .errors import InputError
from .model import months
from .parameters import QUANTITIES
from .plan import split_key
from .scenario import Scenario
from .schedule import Phase, Schedule, Step
from .state import Month, State
from .units import Array, discount_factors

LEVERS: dict[str, tuple[float, float]] = {
    "experience.bad_share": (0.0, 0.20),
    "experience.good_share": (0.05, 0.60),
    "experience.recovered_share": (0.0, 1.0),
    "word_of_mouth.reach_good": (0.0, 24.0),
    "word_of_mouth.reach_bad": (0.0, 24.0),
    "word_of_mouth.causal_share": (0.0, 1.0),
    "experience.causal_share": (0.0, 1.0),
}
"""The levers that the exploring notebook shows, with the span of each."""


def span(key: str) -> Array:
    """Forty-one values of one of `LEVERS`, from end to end.

    Example:
        >>> span("experience.recovered_share")[[0, 20, 40]].tolist()
        [0.0, 0.5, 1.0]
    """
    return np.linspace(*LEVERS[key], 41)


def lever(scenario: Scenario, key: str, values: Sequence[float] | Array) -> pd.DataFrame:
    """Results of a business for several values of one parameter, all else as it is today.

    The hidden values stay anchored to today's business; the parameter has its new value from month 0 on, in every
    segment, and there is no plan. All values run through the engine side by side.

    Args:
        scenario: from `wom.load`; its plan is left out.
        key: dotted, a parameter that a plan may change.
        values: of the parameter, one run each.

    Returns:
        Index the values; columns revenue, npv, customers (at the end), new_customers, people_told_good,
        people_told_bad and stars (at the end), over the horizon.

    Raises:
        InputError: unknown key, one that no plan may change, or a value out of bounds.

    Example:
        >>> import wom
        >>> table = lever(wom.load("retailer/today"), "experience.bad_share", [0.02, 0.06, 0.10])
        >>> bool(table.revenue.is_monotonic_decreasing)
        True
    """
    inputs = scenario.without_plan().inputs()
    try:
        name, chosen = split_key(key, tuple(scenario.today.segments))
    except ValueError as error:
        raise InputError(str(error), key, scenario.file) from error
    values = np.asarray(values, dtype=np.float64)
    for value in values:
        if not QUANTITIES[name].admits(float(value)):
            raise InputError(f"must be {QUANTITIES[name].allowed}, is {value:g}", key, scenario.file)
    own = np.isin(np.arange(len(inputs.segments)), chosen).astype(np.float64)[:, np.newaxis]
    step = Step(name, np.ones((1, 1)) if key == name else own, "to", values[np.newaxis])
    plan = Schedule((Phase("lever", 0, 1, None, np.zeros(1), np.zeros(1), (step,)),))
    hidden, state = anchor(inputs.segments, inputs.parameters, inputs.defaults)
    draws = len(values)
    state = State(**{name: np.broadcast_to(part, (*part.shape[:-1], draws)) for name, part in vars(state).items()})
    course = list(months(inputs.parameters, hidden, state, inputs.horizon_months, plan))

    def total(column: str) -> Array:
        return np.asarray(np.sum([getattr(month, column).sum(axis=0) for month in course], axis=0))

    rate = inputs.parameters["economics.discount_rate"]
    worth = sum(
        (factor * month.contribution).sum(axis=0)
        for factor, month in zip(discount_factors(rate, len(course)), course, strict=True)
    )
    last: Month = course[-1]
    after = last.customers + last.new_customers - last.lost_customers
    flows = ("new_customers", "people_told_good", "people_told_bad")
    return pd.DataFrame(
        {
            "revenue": total("revenue"),
            "npv": worth,
            "customers": after.sum(axis=0),
            **{column: total(column) for column in flows},
            "stars": np.broadcast_to(last.stars[0], values.shape),
        },
        index=pd.Index(values, name=key),
    )
