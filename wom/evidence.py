"""Where the numbers come from: one record for every default and for every published figure.

The records stand in `parameters.yaml`. A default is what a business gets that does not give its own value; a
figure is shown in a view and never used as a parameter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from .errors import InputError, nearest
from .parameters import QUANTITIES, Range, contents

if TYPE_CHECKING:
    import pandas as pd

GRADES = ("strong", "fair", "weak", "assumed")
"""From randomised evidence that fits the parameter to a number without a source."""
CUSTOMER_TYPES = ("consumer", "business")
"""Who buys; a file says which."""
TRADES = ("hotel", "restaurant", "other")
"""Where the effect of stars was measured, and all others; a file says which."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """One number with its unit, meaning and source; checked when it is made.

    Args:
        parameter: dotted key of the quantity it gives, None for a figure that is only shown.
        low, central, high: 5th percentile, median, 95th percentile; None where the figure has none.
        unit, grade: of the three numbers; the parameter's unit, one of GRADES.
        source, year, verified: where it was read: primary, secondary or recalled; empty for an assumption.
        design, sample: how the source found it, and of whom.
        step, reason: from the published figure to the number; why this number, where there is no source.
        customer_type: consumer, business or both.
        trade: one of TRADES, or any.
        default: whether the package uses it where a business gives no value.

    Example:
        >>> figure("reach_bad").range
        Range(low=7.5, central=16.0, high=24.0)
    """

    name: str
    parameter: str | None = None
    figure: str
    low: float | None = None
    central: float | None = None
    high: float | None = None
    unit: str
    grade: str
    source: str = ""
    year: int | None = None
    verified: str | None = None
    design: str = "assumed"
    base: str = ""
    sample: str = ""
    step: str
    reason: str = ""
    used_in: str
    caution: str
    customer_type: str = "both"
    trade: str = "any"
    default: bool = False

    def __post_init__(self) -> None:
        quantity = QUANTITIES.get(self.parameter or "")
        allowed: dict[str, tuple[str | None, ...]] = {
            "customer_type": (*CUSTOMER_TYPES, "both"),
            "trade": (*TRADES, "any"),
            "grade": GRADES,
            "verified": ("primary", "secondary", "recalled") if self.grade != "assumed" else (self.verified,),
            "parameter": tuple(QUANTITIES) if self.parameter else (None,),
            "unit": (quantity.unit if quantity else self.unit,),
        }
        problems = [
            f"{field} is {value!r}; {nearest(str(value), map(str, names))}"
            for field, names in allowed.items()
            if (value := getattr(self, field)) not in names
        ]
        given = [number for number in (self.low, self.central, self.high) if number is not None]
        if given != sorted(given):
            problems.append(f"low, central and high must rise, are {given}")
        if quantity and (self.range is None or not all(map(quantity.admits, self.range))):
            problems.append(f"low, central and high must be {quantity.allowed}")
        if problems:
            raise InputError(problems[0], self.name, "parameters.yaml")

    @property
    def range(self) -> Range | None:
        """Low, central and high, or None where the figure lacks one of them."""
        if self.low is None or self.central is None or self.high is None:
            return None
        return Range(self.low, self.central, self.high)

    @property
    def meaning(self) -> str:
        """What the number is: the meaning of its parameter, or the figure itself."""
        return QUANTITIES[self.parameter].meaning if self.parameter else self.figure


@lru_cache(maxsize=1)
def records() -> tuple[Record, ...]:
    """Every record, parameters first and in the order of a scenario file.

    Example:
        >>> records()[0].parameter
        'market.referral_share'
    """
    rows: list[dict[str, Any]] = []
    for key, parameter in contents()["parameters"].items():
        shared = {"parameter": key, "unit": parameter["unit"], "used_in": key, "default": True}
        rows += [shared | row for row in parameter.get("evidence", ())]
    rows += contents()["figures"]
    spans = [dict(zip(Range._fields, row.get("range", ()), strict=False)) for row in rows]
    bare = [{name: value for name, value in row.items() if name != "range"} for row in rows]
    return tuple(Record(**span, **row) for span, row in zip(spans, bare, strict=True))


def _of(customer_type: str | None, trade: str | None) -> tuple[Record, ...]:
    for field, value, allowed in (("customer_type", customer_type, CUSTOMER_TYPES), ("trade", trade, TRADES)):
        if value is not None and value not in allowed:
            raise InputError(f"is {value!r}; {nearest(value, allowed)}", field)
    return tuple(
        record
        for record in records()
        if (customer_type is None or record.customer_type in ("both", customer_type))
        and (trade is None or record.trade in ("any", trade))
    )


@lru_cache
def defaults(customer_type: str, trade: str = "other") -> Mapping[str, Range]:
    """What a business gets that gives no value of its own: dotted key to range, read-only.

    Raises:
        InputError: no such type of customer or trade.

    Example:
        >>> defaults("business")["spending.uplift_share"].central
        0.62
    """
    found = (record for record in _of(customer_type, trade) if record.default)
    return MappingProxyType({r.parameter: r.range for r in found if r.parameter and r.range})


def record_for(parameter: str, customer_type: str, trade: str = "other") -> Record:
    """The record behind a parameter; raises InputError where only the business can give a value.

    Example:
        >>> record_for("reviews.effect_per_star", "consumer", "restaurant").grade
        'fair'
    """
    for record in _of(customer_type, trade):
        if record.parameter == parameter:
            return record
    if parameter in QUANTITIES:
        raise InputError("has no default; the business gives it", parameter)
    raise InputError(f"unknown parameter; {nearest(parameter, QUANTITIES)}", parameter)


def figure(name: str) -> Record:
    """A record by its name; raises InputError where there is none.

    Example:
        >>> figure("perception_gap_customers").central
        0.08
    """
    found = {record.name: record for record in records()}
    if name not in found:
        raise InputError(f"unknown figure; {nearest(name, found)}", name)
    return found[name]


def table(customer_type: str | None = None, trade: str | None = None) -> pd.DataFrame:
    """One row per record, by name, in reading order; for one type of customer or one trade if they are given.

    Example:
        >>> float(table("consumer").loc["uplift_share_consumer", "central"])
        0.42
    """
    import pandas as pd  # here, so that defaults are cheap

    rows = [asdict(record) | {"meaning": record.meaning} for record in _of(customer_type, trade)]
    return pd.DataFrame(rows).astype({"year": "Int64"}).set_index("name")


def replay(draws: int = 512, seed: int = 0) -> pd.DataFrame:
    """Published effects beside what the model makes of them with one set of defaults: are these right jointly?

    See `wom.analysis.published`: one row per study with its interval, the model's as they measured and as caused,
    whether the two meet, and why.

    Raises:
        InputError: draws or seed out of bounds.

    Example:
        >>> found = replay(draws=64)
        >>> found.loc["complaints put right", "verdict"], len(found) > 15
        ('identity', True)
    """
    found: pd.DataFrame = import_module("wom.analysis.published").replay(draws, seed)  # it builds on this module
    return found


def calculators(draws: int = 512, seed: int = 0) -> pd.DataFrame:
    """Twelve calculators that everybody uses, recomputed, corrected with the model, and the gap split into causes.

    See `wom.analysis.published`.

    Raises:
        InputError: draws or seed out of bounds.

    Example:
        >>> found = calculators(draws=64)
        >>> round(float(found.loc["a detractor made a promoter", "calculated"]), 2), len(found)
        (5166.67, 12)
    """
    found: pd.DataFrame = import_module("wom.analysis.published").calculators(draws, seed)
    return found
