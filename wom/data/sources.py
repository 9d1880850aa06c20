"""Where each table is, and what its columns, values, dates and numbers look like."""

from __future__ import annotations

import codecs
import re
from itertools import pairwise
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from ..errors import nearest, shorten
from ..parameters import Closed, kind, problem

RULES: dict[str, dict[str, tuple[float, float]]] = {
    "nps": {"bad": (0, 6), "neutral": (7, 8), "good": (9, 10)},
    "csat": {"bad": (1, 2), "neutral": (3, 3), "good": (4, 5)},
    "stars": {"bad": (1, 2), "neutral": (3, 3), "good": (4, 5)},
    "complaint": {"bad": (1, 1), "neutral": (0, 0)},
}
"""Ratings that make an experience good, neutral or bad, both ends included."""

_DAY, _MONTH, _YEAR = {"d", "j"}, {"m", "b", "B", "j"}, {"Y", "y"}

Text = Annotated[str, Field(min_length=1)]


class Source(Closed):
    """Where a table is and how it is written.

    Example:
        >>> Payments(file="p.csv", columns={"id": "CustomerNo"}).theirs("id")
        'CustomerNo'
    """

    needed: ClassVar[tuple[str, ...]] = ()
    others: ClassVar[tuple[str, ...]] = ()
    coded: ClassVar[dict[str, tuple[str, ...]]] = {}
    """Columns whose values are ours, and these values; none means any."""
    dated: ClassVar[tuple[tuple[str, set[str]], ...]] = (("day", _DAY), ("month", _MONTH), ("year", _YEAR))
    """What a form of days must name, and how."""

    file: Text | None = None
    table: Text | None = None
    sheet: Text | None = None
    encoding: str = "utf-8"
    delimiter: str | None = None
    decimal: Literal[".", ","] | None = None
    date_format: str | tuple[str, ...] | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    values: dict[str, dict[str, tuple[str, ...]]] = Field(default_factory=dict)
    duplicates: Literal["keep", "remove"] | None = None

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, name: str) -> str:
        try:
            return codecs.lookup(name).name
        except LookupError:
            known = ("utf-8", "utf-16", "latin-1", "cp1252", "cp850", "mac-roman")
            raise problem(f"no such encoding: {shorten(name)}; {nearest(name, known)}") from None

    @field_validator("delimiter")
    @classmethod
    def _one_sign(cls, sign: str | None) -> str | None:
        found = {"\\t": "\t", "tab": "\t"}.get(sign or "", sign)
        if found is not None and (len(found) != 1 or found in '"\n\r'):
            raise problem(f"must be one sign such as ; or tab, is {shorten(sign)}")
        return found

    @field_validator("date_format")
    @classmethod
    def _forms_of_days(cls, given: str | tuple[str, ...] | None) -> str | tuple[str, ...] | None:
        if given == ():
            raise problem("must hold a form such as %d.%m.%Y, is an empty list")
        for form in (given,) if isinstance(given, str) else given or ():
            used = set(re.findall(r"%-?(.)", form))
            if not all(used & signs for _, signs in cls.dated):
                *most, last = (name for name, _ in cls.dated)
                example = "%d.%m.%Y" if "day" in most else "%m/%Y"
                raise problem(f"must name {', '.join(most)} and {last} as in {example}, is {shorten(form)}")
            if {"z", "Z"} & used:
                raise problem(
                    "cannot hold a time zone; moments with an offset are read in ISO form, without date_format"
                )
        return given

    @field_validator("columns", mode="before")
    @classmethod
    def _columns_of_ours(cls, given: object) -> object:
        if not isinstance(given, dict):
            raise problem(f"must hold our names and yours, as id: CustomerNo, is {kind(given)}")
        known = cls.needed + cls.others
        for key, value in given.items():
            if key not in known:
                raise problem(f"no column of ours; {nearest(str(key), known)}", str(key))
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                raise problem(f"must be the name of a column of yours, is {kind(value)}", str(key))
        return {key: str(value) for key, value in given.items()}

    @field_validator("values", mode="before")
    @classmethod
    def _values_of_ours(cls, given: object) -> object:
        if not isinstance(given, dict):
            raise problem(f"must hold a column, our values and yours, is {kind(given)}")
        found: dict[str, dict[str, tuple[str, ...]]] = {}
        for column, meanings in given.items():
            if column not in cls.coded:
                raise problem(
                    f"no column whose values can be named; {nearest(str(column), cls.coded)}", str(column)
                )
            if not isinstance(meanings, dict):
                raise problem(f"must hold our values and yours, is {kind(meanings)}", str(column))
            found[column] = {}
            for ours, theirs in meanings.items():
                if cls.coded[column] and ours not in cls.coded[column]:
                    raise problem(f"no value of ours; {nearest(str(ours), cls.coded[column])}", f"{column}.{ours}")
                listed = theirs if isinstance(theirs, list | tuple) else [theirs]
                found[column][str(ours)] = tuple(_plain(value) for value in listed)
            taken = [value for values in found[column].values() for value in values]
            if twice := [value for value in taken if taken.count(value) > 1]:
                raise problem(f"{shorten(twice[0])} stands for two of our values", str(column))
        return found

    @model_validator(mode="after")
    def _one_place(self) -> Source:
        if (self.file is None) == (self.table is None):
            raise problem("give either file: or, with a connection, table:")
        return self

    @property
    def forms(self) -> tuple[str, ...]:
        """How days are written, to be tried in turn; none for ISO."""
        return (self.date_format,) if isinstance(self.date_format, str) else self.date_format or ()

    def theirs(self, column: str) -> str:
        """The user's name of a column of ours."""
        return self.columns.get(column, column)


def _plain(value: object) -> str:
    if isinstance(value, dict | list) or value is None:
        raise problem(f"must be a value or a list of values, is {kind(value)}")
    return str(value).strip().lower()


class Customers(Source):
    """One row per customer.

    Example:
        >>> Customers(file="c.csv").needed
        ('id',)
    """

    needed = ("id",)
    others = ("segment", "joined", "left", "came_by")
    coded: ClassVar = {"segment": (), "came_by": ("recommendation", "other")}


class Payments(Source):
    """One row per payment; `row` is the payment's own number, where there is one.

    Example:
        >>> Payments(file="p.csv", decimal=",").needed
        ('id', 'date', 'amount')
    """

    needed = ("id", "date", "amount")
    others = ("row",)


class Experiences(Source):
    """One row per contact that was good, bad, recovered or neutral, or that was rated.

    Example:
        >>> Experiences(file="e.csv", rule="nps").spans["good"]
        (9, 10)
    """

    needed = ("id", "date")
    others = ("kind", "rating", "row")
    coded: ClassVar = {"kind": ("good", "bad", "recovered", "neutral"), "rating": ("yes", "no")}

    covers: Literal["all", "survey", "complaints"] = "all"
    rule: str | dict[str, tuple[float, float]] | None = None

    @field_validator("rule", mode="before")
    @classmethod
    def _known_rule(cls, given: object) -> object:
        if given is None:
            return None
        if not isinstance(given, dict):
            if str(given) not in RULES:
                raise problem(f"neither a rule of ours nor ranges: {shorten(given)}; {nearest(str(given), RULES)}")
            return str(given)
        spans: dict[str, tuple[float, float]] = {}
        for name, span in given.items():
            if name not in cls.coded["kind"]:
                raise problem(f"no kind of experience; {nearest(str(name), cls.coded['kind'])}", str(name))
            numbers = isinstance(span, list | tuple) and all(
                isinstance(end, int | float) and not isinstance(end, bool) for end in span
            )
            if not numbers or len(span) != 2 or span[0] > span[1]:
                raise problem(f"must be two numbers, lowest and highest, is {shorten(span)}", str(name))
            spans[name] = (float(span[0]), float(span[1]))
        ordered = sorted(spans.items(), key=lambda item: item[1])
        for (one, first), (other, second) in pairwise(ordered):
            if second[0] <= first[1]:
                raise problem(f"{one} and {other} both hold {second[0]:g}")
        return spans

    @property
    def spans(self) -> dict[str, tuple[float, float]] | None:
        """Ratings of each kind, lowest and highest; None where there is a `kind`."""
        return RULES[self.rule] if isinstance(self.rule, str) else self.rule

    @property
    def between(self) -> list[tuple[float, float]]:
        """Gaps between the ranges of a rule of the user's own without a neutral one: ratings there are neutral.

        Example:
            >>> Experiences(file="e.csv", rule={"good": [9, 10], "bad": [0, 6]}).between
            [(6.0, 9.0)]
        """
        if not isinstance(self.rule, dict) or "neutral" in self.rule:
            return []
        return [(first[1], second[0]) for first, second in pairwise(sorted(self.rule.values()))]

    @model_validator(mode="after")
    def _kind_or_rating(self) -> Experiences:
        if self.rule is None and "rating" in self.columns:
            raise problem(f"a rating needs a rule; allowed: {', '.join(RULES)}, or ranges of your own", "rule")
        if self.rule != "complaint" and "rating" in self.values:
            raise problem("only ratings of the rule complaint are yes or no", "values.rating")
        return self


class Talk(Source):
    """One row per answer on how many people were told.

    Example:
        >>> Talk(file="t.csv", values={"tone": {"good": "gut"}}).values["tone"]["good"]
        ('gut',)
    """

    needed = ("tone", "people_told")
    others = ("date", "row")
    coded: ClassVar = {"tone": ("good", "bad", "recovered")}


class Reviews(Source):
    """One row per review.

    Example:
        >>> Reviews(table="reviews").needed
        ('date', 'stars')
    """

    needed = ("date", "stars")
    others = ("row",)


class Totals(Source):
    """One row per month.

    Example:
        >>> Totals(file="m.csv").needed
        ('month',)
    """

    needed = ("month",)
    others = ("revenue", "customers", "new_customers", "lost_customers", "recommended_customers", "stars")
    dated = (("month", _MONTH), ("year", _YEAR))

    customers_at: Literal["start", "end"] | None = None


KINDS: dict[str, type[Source]] = {
    "customers": Customers, "payments": Payments, "experiences": Experiences,
    "talk": Talk, "reviews": Reviews, "monthly": Totals,
}  # fmt: skip
"""The tables, by name."""
