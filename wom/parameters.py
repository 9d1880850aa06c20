"""The parameters of a business: closed, frozen sections, each value with its unit, bounds and meaning.

One step is one month. A segment gives its own value or inherits the business's; what neither gives comes from
`wom.evidence`. The symbols of the equations stand in the meaning, so that a file, the schema and the
mathematics use one name for one thing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real
from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic_core import PydanticCustomError, core_schema

from . import errors
from .errors import nearest, shorten

# --- A number in a file: a value or a range, with its unit, its bounds and its meaning ---


class Range(NamedTuple):
    """A value that is not known exactly: 5th percentile, median, 95th percentile."""

    low: float
    central: float
    high: float


Value = float | Range


def central(value: Value) -> float:
    """The value itself, or the median of a range."""
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
        unless_given: the value where the business gives none and no evidence is asked for.
        fixed: what to change instead, where a plan may not touch the value.
    """

    unit: str
    meaning: str
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
    """
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
            raise problem(f"must hold keys and values ({', '.join(cls.names())}), is {kind(data)}")
        for key in data:
            if key not in cls.names():
                raise problem(errors.of_key(key, data) or f"unknown key; {cls._advice(str(key))}", str(key))
        return data

    @classmethod
    def names(cls) -> list[str]:
        """Its keys, as a file writes them."""
        return [info.alias or name for name, info in cls.model_fields.items()]

    @classmethod
    def _advice(cls, key: str) -> str:
        return nearest(key, cls.names())


def kind(value: object) -> str:
    """A value of the wrong type, in words."""
    names = {type(None): "empty", list: "a list", bool: "true or false"}
    return names.get(type(value), f"{shorten(value)}")


# --- The parameters of a business: closed, frozen sections, each value with its unit, bounds and meaning ---


class Section(Closed):
    """A group of quantities; a field that is None was not given."""

    def given(self) -> dict[str, Value]:
        """The quantities that were given, by field name."""
        return {name: value for name in type(self).model_fields if (value := getattr(self, name)) is not None}

    @classmethod
    def _advice(cls, key: str) -> str:
        return _home(key) or super()._advice(key)


_SHARE: dict[str, Any] = {"unit": "share", "at_least": 0, "at_most": 1}
_COUNT: dict[str, Any] = {"unit": "people", "at_least": 0}
_MONTHS: dict[str, Any] = {"unit": "months", "above": 0}
_RATIO: dict[str, Any] = {"unit": "ratio", "above": 0}
_POSTS: dict[str, Any] = {"unit": "reviews per experience", "at_least": 0, "at_most": 1}
_STARS: dict[str, Any] = {"unit": "stars", "at_least": 1, "at_most": 5}
_PRICE: dict[str, Any] = {"at_least": 0, "unless_given": 0.0}
_TOLD: dict[str, Any] = {"unit": "people per story", "at_least": 0}
_ANCHORED = "it is anchored to what was observed today"


class Market(Section):
    """Who could be a customer, who is, and how they come."""

    size: Annotated[
        Value | None,
        Quantity(
            unit="people",
            above=0,
            fixed="a market keeps its size through a run; change it in today",
            meaning="everyone who could be a customer, customers included, M",
        ),
    ] = None
    customers: Annotated[
        Value | None,
        Quantity(**_COUNT, fixed=f"{_ANCHORED}; change it in today", meaning="customers today, n"),
    ] = None
    new_customers_per_month: Annotated[
        Value | None,
        Quantity(
            unit="people/month",
            at_least=0,
            fixed=f"{_ANCHORED}; use market.demand_odds_multiplier",
            meaning="new customers per month today, from all sources",
        ),
    ] = None
    referral_share: Annotated[
        Value | None,
        Quantity(
            unit="share",
            above=0,
            at_most=1,
            per_segment=False,
            fixed=f"{_ANCHORED}; change word_of_mouth.reach_good or word_of_mouth.causal_share",
            meaning="observed share of today's new customers who came on a recommendation",
        ),
    ] = None
    category_purchase_rate: Annotated[
        Value | None,
        Quantity(unit="hazard per month", above=0, meaning="hazard at which a prospect chooses a supplier, ι"),
    ] = None
    homophily: Annotated[
        Value | None,
        Quantity(
            **_SHARE,
            per_segment=False,
            fixed="it stays through a run; change it in today",
            meaning="share of talk that stays within the teller's own segment, h",
        ),
    ] = None
    demand_odds_multiplier: Annotated[
        Value | None,
        Quantity(
            **_RATIO,
            plan_only=True,
            unless_given=1.0,
            meaning="multiplies every prospect's odds of choosing this business",
        ),
    ] = None


class Economics(Section):
    """Money."""

    spend_per_customer: Annotated[
        Value | None,
        Quantity(
            unit="currency per customer and month",
            at_least=0,
            fixed=f"{_ANCHORED}; use spending.spend_multiplier",
            meaning="spending per customer and month, today's average over all",
        ),
    ] = None
    margin_share: Annotated[
        Value | None, Quantity(**_SHARE, meaning="share of revenue left after the cost of what was sold")
    ] = None
    discount_rate: Annotated[
        Value | None,
        Quantity(
            unit="share per year",
            at_least=0,
            fixed="results are compared at one rate; change it in today",
            meaning="effective interest per YEAR at which later money counts less",
        ),
    ] = None
    acquisition_cost: Annotated[
        Value | None,
        Quantity(
            unit="currency per customer",
            at_least=0,
            meaning="cost of a new customer who was not won by word of mouth",
        ),
    ] = None
    cost_per_contact: Annotated[
        Value | None, Quantity(**_PRICE, unit="currency per contact", meaning="cost of serving one contact")
    ] = None
    cost_per_bad_contact: Annotated[
        Value | None,
        Quantity(
            **_PRICE,
            unit="currency per bad contact",
            meaning="further cost of a contact that goes wrong: repeats, returns, escalations",
        ),
    ] = None
    cost_per_recovery: Annotated[
        Value | None,
        Quantity(
            **_PRICE,
            unit="currency per recovery",
            meaning="cost of putting one bad contact right: refund, coupon, time",
        ),
    ] = None
    reward_per_recommendation: Annotated[
        Value | None,
        Quantity(
            **_PRICE,
            unit="currency per recommended customer",
            meaning="reward paid for each new customer who comes on a recommendation",
        ),
    ] = None


class Experience(Section):
    """What happens when customers meet the business."""

    contacts_per_month: Annotated[
        Value | None,
        Quantity(
            unit="contacts per customer and month", at_least=0, meaning="service experiences per customer, c"
        ),
    ] = None
    good_share: Annotated[Value | None, Quantity(**_SHARE, meaning="share of contacts that are good, g")] = None
    bad_share: Annotated[Value | None, Quantity(**_SHARE, meaning="share of contacts that are bad, b")] = None
    recovered_share: Annotated[
        Value | None, Quantity(**_SHARE, meaning="share of bad contacts that are put right, ρ")
    ] = None
    recovery_offset: Annotated[
        Value | None,
        Quantity(
            **_SHARE, unless_given=1.0, meaning="share of the recovered contacts that leave the mood as it was, ω"
        ),
    ] = None
    memory_months: Annotated[
        Value | None, Quantity(**_MONTHS, meaning="time until a mood is forgotten, on average, τm")
    ] = None
    causal_share: Annotated[
        Value | None,
        Quantity(
            **_SHARE,
            meaning="how much of the observed effect of mood on staying and spending is caused by it, κd",
        ),
    ] = None


class Retention(Section):
    """Who stays."""

    retention_rate: Annotated[
        Value | None,
        Quantity(
            unit="share per month",
            above=0,
            at_most=1,
            fixed=f"{_ANCHORED}; use retention.churn_hazard_multiplier",
            meaning="share of customers who stay from one month to the next, today's average",
        ),
    ] = None
    delighted_hazard_ratio: Annotated[
        Value | None, Quantity(**_RATIO, meaning="hazard of leaving, delighted against content")
    ] = None
    disappointed_hazard_ratio: Annotated[
        Value | None, Quantity(**_RATIO, meaning="hazard of leaving, disappointed against content")
    ] = None
    avoid_share: Annotated[
        Value | None,
        Quantity(**_SHARE, meaning="share of those who leave disappointed who then avoid the business, α"),
    ] = None
    still_avoiding_after_24_months: Annotated[
        Value | None,
        Quantity(
            unit="share",
            at_least=0,
            below=1,
            meaning="share of avoiders who still avoid the business after 24 months",
        ),
    ] = None
    churn_hazard_multiplier: Annotated[
        Value | None,
        Quantity(
            unit="ratio",
            at_least=0,
            plan_only=True,
            unless_given=1.0,
            meaning="multiplies every customer's hazard of leaving",
        ),
    ] = None


class Spending(Section):
    """What customers spend."""

    uplift_share: Annotated[
        Value | None, Quantity(**_SHARE, meaning="share of delighted customers who buy more")
    ] = None
    uplift_size: Annotated[
        Value | None,
        Quantity(
            unit="share of spending", at_least=0, meaning="how much more delighted customers who buy more buy"
        ),
    ] = None
    disappointed_cut: Annotated[
        Value | None, Quantity(**_SHARE, meaning="how much less a disappointed customer buys")
    ] = None
    spend_multiplier: Annotated[
        Value | None,
        Quantity(unit="ratio", at_least=0, plan_only=True, unless_given=1.0, meaning="multiplies all spending"),
    ] = None


class WordOfMouth(Section):
    """What customers tell, who hears it, and what it changes."""

    reach_good: Annotated[Value | None, Quantity(**_TOLD, meaning="people told of a good experience, R+")] = None
    reach_bad: Annotated[Value | None, Quantity(**_TOLD, meaning="people told of a bad experience, R−")] = None
    reach_recovered: Annotated[
        Value | None,
        Quantity(**_TOLD, meaning="people told well of an experience that was put right, Rr"),
    ] = None
    stories_per_month: Annotated[
        Value | None,
        Quantity(
            unit="stories per customer and month",
            above=0,
            meaning="most stories of one kind a customer tells, φ",
        ),
    ] = None
    audience_share: Annotated[
        Value | None,
        Quantity(
            unit="share",
            above=0,
            at_most=1,
            per_segment=False,
            fixed="it stays through a run; change word_of_mouth.reach_good or word_of_mouth.reach_bad",
            meaning="share of the people told who belong to this market, a",
        ),
    ] = None
    memory_months: Annotated[
        Value | None, Quantity(**_MONTHS, meaning="time until what was heard is forgotten, on average, τw")
    ] = None
    shift_good: Annotated[
        Value | None,
        Quantity(
            unit="probability",
            above=-0.4,
            below=0.6,
            meaning="rise of the probability of choosing us, at .40, after hearing good",
        ),
    ] = None
    shift_bad: Annotated[
        Value | None,
        Quantity(
            unit="probability",
            above=-0.6,
            below=0.4,
            meaning="fall of the probability of choosing us, at .40, after hearing bad",
        ),
    ] = None
    causal_share: Annotated[
        Value | None, Quantity(**_SHARE, meaning="how much of the stated shift is caused by hearing it, κ")
    ] = None
    churn_hazard_ratio: Annotated[
        Value | None,
        Quantity(**_RATIO, meaning="hazard of leaving per bad message that a customer hears, before causal_share"),
    ] = None
    loyalty_hazard_ratio: Annotated[
        Value | None,
        Quantity(
            unit="ratio",
            above=0,
            at_most=1,
            unless_given=1.0,
            meaning="hazard of leaving per good message that a customer hears, before causal_share",
        ),
    ] = None


class Reviews(Section):
    """The public star rating."""

    reader_share: Annotated[
        Value | None,
        Quantity(unit="share", above=0, at_most=1, meaning="share of prospects who are swayed by reviews, ψ"),
    ] = None
    posting_good: Annotated[Value | None, Quantity(**_POSTS, meaning="reviews posted after a good contact")] = None
    posting_neutral: Annotated[
        Value | None, Quantity(**_POSTS, meaning="reviews posted after a neutral or recovered contact")
    ] = None
    posting_bad: Annotated[
        Value | None, Quantity(**_POSTS, meaning="reviews posted after a bad contact not put right")
    ] = None
    stars_good: Annotated[Value | None, Quantity(**_STARS, meaning="stars given after a good contact")] = None
    stars_neutral: Annotated[Value | None, Quantity(**_STARS, meaning="stars given after a neutral contact")] = (
        None
    )
    stars_bad: Annotated[Value | None, Quantity(**_STARS, meaning="stars given after a bad contact")] = None
    effect_per_star: Annotated[
        Value | None,
        Quantity(unit="share", at_least=0, meaning="rise of demand per star, over all prospects"),
    ] = None
    memory_months: Annotated[
        Value | None,
        Quantity(**_MONTHS, per_segment=False, meaning="age at which a review stops counting, on average, τr"),
    ] = None


class Business(Closed):
    """The sections of a business or of one of its segments; what is None is inherited or a default."""

    market: Market = Market()
    economics: Economics = Economics()
    experience: Experience = Experience()
    retention: Retention = Retention()
    spending: Spending = Spending()
    word_of_mouth: WordOfMouth = WordOfMouth()
    reviews: Reviews = Reviews()

    SECTIONS: ClassVar[dict[str, type[Section]]] = {
        "market": Market,
        "economics": Economics,
        "experience": Experience,
        "retention": Retention,
        "spending": Spending,
        "word_of_mouth": WordOfMouth,
        "reviews": Reviews,
    }

    @classmethod
    def _advice(cls, key: str) -> str:
        return _home(key) or super()._advice(key)

    def given(self) -> dict[str, Value]:
        """The quantities that were given, by dotted key."""
        sections = ((name, getattr(self, name)) for name in self.SECTIONS)
        return {f"{name}.{field}": value for name, section in sections for field, value in section.given().items()}


def _home(key: str) -> str:
    homes = [name for name, section in Business.SECTIONS.items() if key in section.model_fields]
    return f"it belongs to {' or '.join(homes)}" if homes else ""


def _quantities() -> dict[str, Quantity]:
    found = {}
    for section, model in Business.SECTIONS.items():
        for field, info in model.model_fields.items():
            (quantity,) = (item for item in info.metadata if isinstance(item, Quantity))
            found[f"{section}.{field}"] = quantity
    return found


QUANTITIES: dict[str, Quantity] = _quantities()
"""Every parameter by its dotted key."""
