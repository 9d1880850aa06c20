"""`data.yaml`: which tables there are, what their columns, values, dates and numbers look like, and its schema."""

from __future__ import annotations

import codecs
import os
import re
from calendar import monthrange
from collections.abc import Collection, Mapping
from datetime import date, datetime
from itertools import pairwise, permutations
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import quote, urlsplit
from zoneinfo import available_timezones

from pydantic import Field, PrivateAttr, ValidationError, ValidationInfo, field_validator, model_validator

from .. import files
from ..errors import InputError, nearest, shorten
from ..parameters import Closed, Quantity, Value, kind, problem
from ..scenario import explained

RULES: dict[str, dict[str, tuple[float, float]]] = {
    "nps": {"bad": (0, 6), "neutral": (7, 8), "good": (9, 10)},
    "csat": {"bad": (1, 2), "neutral": (3, 3), "good": (4, 5)},
    "stars": {"bad": (1, 2), "neutral": (3, 3), "good": (4, 5)},
    "complaint": {"bad": (1, 1), "neutral": (0, 0)},
}
"""Ratings that make an experience good, neutral or bad, both ends included."""

YEAR = "{year}"
"""Stands for the year in the name of a column of which there is one for each year."""
AMOUNTS = (
    "amount", "revenue", "customers", "new_customers", "lost_customers", "recommended_customers", "made"
)  # fmt: skip
"""Columns of money and of counts."""


def is_amount(column: str) -> bool:
    """Whether a column of ours is one of `AMOUNTS`, of each year or of all."""
    return re.sub("_[0-9]{4}$", "", column) in AMOUNTS


_DAY, _MONTH, _YEAR = {"d", "j"}, {"m", "b", "B", "j"}, {"Y", "y"}

Text = Annotated[str, Field(min_length=1)]


def _known(name: object, known: Collection[str], what: str, key: str = "") -> None:
    """Refuse a name that is none of those known."""
    if name not in known:
        raise problem(f"{what}; {nearest(str(name), known)}", key)


class Source(Closed):
    """Where a table is and how it is written."""

    needed: ClassVar[tuple[str, ...]] = ()
    others: ClassVar[tuple[str, ...]] = ()
    coded: ClassVar[dict[str, tuple[str, ...]]] = {}
    """Columns whose values are ours, and these values; none means any."""
    by_year: ClassVar[tuple[str, ...]] = ()
    """Columns of which there may be one for each year."""
    dated: ClassVar[tuple[tuple[str, set[str]], ...]] = (("day", _DAY), ("month", _MONTH), ("year", _YEAR))
    """What a form of days must name, and how."""

    file: Text | None = None
    table: Text | None = None
    sheet: Text | None = None
    skip_rows: int | None = Field(None, ge=0)
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
            "id".encode(name).decode(name)  # some codecs are none of texts
            return codecs.lookup(name).name
        except (LookupError, UnicodeError):
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
        forms = (given,) if isinstance(given, str) else given or ()
        for form in forms:
            used = set(re.findall(r"%-?(.)", form))
            if not all(used & signs for _, signs in cls.dated):
                *most, last = (name for name, _ in cls.dated)
                example = "%d.%m.%Y" if "day" in most else "%m/%Y"
                raise problem(f"must name {', '.join(most)} and {last} as in {example}, is {shorten(form)}")
            if {"z", "Z"} & used:
                raise problem(
                    "cannot hold a time zone; moments with an offset are read in ISO form, without date_format"
                )
        for one, other in permutations(forms, 2):
            if (written := _read_otherwise(one, other)) is not None:
                raise problem(
                    f"holds {one} and {other}, and {written} is a day in both: day and month could be "
                    "exchanged; give the one form in which the table is written, or a table for each"
                )
        return given

    @field_validator("columns", mode="before")
    @classmethod
    def _columns_of_ours(cls, given: object) -> object:
        if not isinstance(given, dict):
            raise problem(f"must hold our names and yours, as id: CustomerNo, is {kind(given)}")
        for key, value in given.items():
            _known(key, cls.needed + cls.others, "no column of ours", str(key))
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
            _known(column, cls.coded, "no column whose values can be named", str(column))
            if not isinstance(meanings, dict):
                raise problem(f"must hold our values and yours, is {kind(meanings)}", str(column))
            found[column], taken = {}, list[str]()
            for ours, theirs in meanings.items():
                if cls.coded[column]:
                    _known(ours, cls.coded[column], "no value of ours", f"{column}.{ours}")
                listed = theirs if isinstance(theirs, list | tuple) else [theirs]
                for value in listed:
                    if isinstance(value, dict | list) or value is None:
                        raise problem(f"must be a value or a list of values, is {kind(value)}")
                found[column][str(ours)] = tuple(str(value).strip().lower() for value in listed)
                taken += found[column][str(ours)]
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
        if column not in self.columns and (of_year := re.fullmatch("(.+)_([0-9]{4})", column)):
            return self.theirs(of_year[1]).replace(YEAR, of_year[2])
        return self.columns.get(column, column)


def _read_otherwise(one: str, other: str) -> str | None:
    """A day written in one form that is another day in the other; None if there is none."""
    one, other = one.replace("%-", "%"), other.replace("%-", "%")
    for known in (datetime(2004, 5, 6, 7, 8, 9), datetime(2012, 10, 11)):
        written = known.strftime(one)
        try:
            if datetime.strptime(written, other).date() != known.date() and "%d" in one:
                return written
        except ValueError:
            continue
    return None


class Customers(Source):
    """One row per customer."""

    needed = ("id",)
    others = ("segment", "joined", "left", "came_by")
    coded: ClassVar = {"segment": (), "came_by": ("recommendation", "other")}


class Payments(Source):
    """One row per payment; `row` is the payment's own number, where there is one."""

    needed = ("id", "date", "amount")
    others = ("row",)


class Experiences(Source):
    """One row per contact that was good, bad, recovered or neutral, or that was rated."""

    needed: ClassVar[tuple[str, ...]] = ("id", "date")
    others: ClassVar[tuple[str, ...]] = ("kind", "rating", "row")
    coded: ClassVar = {"kind": ("good", "bad", "recovered", "neutral"), "rating": ("yes", "no")}

    covers: Literal["all", "survey", "complaints"] = "all"
    rule: str | dict[str, tuple[float, float]] | None = None

    @field_validator("rule", mode="before")
    @classmethod
    def _known_rule(cls, given: object) -> object:
        if given is None:
            return None
        if not isinstance(given, dict):
            _known(str(given), RULES, f"neither a rule of ours nor ranges: {shorten(given)}")
            return str(given)
        spans: dict[str, tuple[float, float]] = {}
        for name, span in given.items():
            _known(name, cls.coded["kind"], "no kind of experience", str(name))
            ends = span if isinstance(span, list | tuple) else ()
            if len(ends) != 2 or not all(type(end) in (int, float) for end in ends) or ends[0] > ends[1]:
                raise problem(f"must be two numbers, lowest and highest, is {shorten(span)}", str(name))
            spans[name] = (float(ends[0]), float(ends[1]))
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
        """Gaps in which ratings are neutral: of rules of ours, and of the user's without a neutral range."""
        own = isinstance(self.rule, dict) and "neutral" in self.rule
        if self.spans is None or self.rule == "complaint" or own:
            return []
        return [(first[1], second[0]) for first, second in pairwise(sorted(self.spans.values()))]

    @model_validator(mode="after")
    def _kind_or_rating(self) -> Experiences:
        if self.rule is None and "rating" in self.columns:
            raise problem(f"a rating needs a rule; allowed: {', '.join(RULES)}, or ranges of your own", "rule")
        if self.rule != "complaint" and "rating" in self.values:
            raise problem("only ratings of the rule complaint are yes or no", "values.rating")
        return self


class Answers(Experiences):
    """One row per answer to a survey that was held once, without a date; `gone` says who left."""

    needed = ()
    others = ("kind", "rating", "gone", "row")
    coded: ClassVar = Experiences.coded | {"gone": ("yes", "no")}

    covers: Literal["survey"] = "survey"


class Tenures(Source):
    """One row per customer without dates: months since they joined, and whether they left at the end of these."""

    needed = ("months", "gone")
    others = ("row",)
    coded: ClassVar = {"gone": ("yes", "no")}

    holds: Literal["everybody", "last_month"] | None = None
    """Everybody who joined, also those who left long ago; or who was there a month before the table was made."""

    @model_validator(mode="after")
    def _whom(self) -> Tenures:
        if self.holds is None:
            raise problem(
                "must say whom the table holds: everybody (who ever joined, also those who left long ago) or "
                "last_month (who was there a month before it was made); of the first, who stays is counted over "
                "months, of the second over rows",
                "holds",
            )
        return self


class Accounts(Source):
    """One row per account and year, or one per account with a column of revenue for each year.

    Of the latter, the name of the columns holds {year} where the year stands, as `revenue: Revenue {year}`.
    """

    needed = ("id", "revenue")
    others = ("year", "row")
    by_year = ("revenue",)


class Reasons(Source):
    """One row per customer who left, with the reason; with `left`, those who are still there may stand in it."""

    needed = ("reason",)
    others = ("id", "left", "row")
    coded: ClassVar = {"reason": ("bad_service", "other", "none")}


class Referrals(Source):
    """One row per customer: how many new customers it brought, within `months`, or else from `from` to `to`."""

    needed = ("made",)
    others = ("id", "months", "row")


class Talk(Source):
    """One row per answer on how many people were told."""

    needed = ("tone", "people_told")
    others = ("date", "row")
    coded: ClassVar = {"tone": ("good", "bad", "recovered")}


class Reviews(Source):
    """One row per review."""

    needed = ("date", "stars")
    others = ("row",)


class Totals(Source):
    """One row per month."""

    needed = ("month",)
    others = ("revenue", "customers", "new_customers", "lost_customers", "recommended_customers", "stars")
    dated = (("month", _MONTH), ("year", _YEAR))

    customers_at: Literal["start", "end"] | None = None


KINDS: dict[str, type[Source]] = {
    "customers": Customers, "payments": Payments, "experiences": Experiences, "answers": Answers,
    "tenures": Tenures, "accounts": Accounts, "reasons": Reasons, "referrals": Referrals, "talk": Talk,
    "reviews": Reviews, "monthly": Totals,
}  # fmt: skip
"""The tables, by name."""


DATA = "data.yaml"
_ENVIRONMENT = re.compile(r"\$\{(\w+)\}")
_SECRET = re.compile(r"(?i)(passw|pwd|token|secret|key|credential|auth)")


def _times(whom: str) -> Quantity:
    return Quantity(unit="ratio", above=0, meaning=f"how many times likelier {whom} answer")


class Corrections(Closed):
    """What the tables cannot show and the user states; a number or a range each."""

    answer_good: Annotated[Value | None, _times("the well served")] = None
    answer_bad: Annotated[Value | None, _times("the badly served")] = None
    answer_recovered: Annotated[Value | None, _times("those put right")] = None
    asked_for_a_ten: Annotated[
        Value | None, Quantity(unit="share", at_least=0, below=1, meaning="good answers that were asked for")
    ] = None
    complaint_rate: Annotated[
        Value | None,
        Quantity(unit="share", above=0, at_most=1, meaning="bad experiences that are complained about"),
    ] = None


class Description(Closed):
    """A validated `data.yaml`; frozen."""

    title: str = ""
    currency: str = Field("", max_length=12)
    time_zone: str | None = None
    first: date | None = Field(None, alias="from")
    last: date | None = Field(None, alias="to")
    contractual: bool | None = None
    business: Text | None = None
    connection: str | None = Field(None, repr=False)
    segments: bool | None = None
    ids: Literal["alike", "exact"] | None = None
    """Whether ids that differ in capitals, blanks or leading zeros are one customer; None to ask."""
    customers: Customers | None = None
    payments: Payments | None = None
    experiences: Experiences | None = None
    answers: Answers | None = None
    tenures: Tenures | None = None
    accounts: Accounts | None = None
    reasons: Reasons | None = None
    referrals: Referrals | None = None
    talk: Talk | None = None
    reviews: Reviews | None = None
    monthly: Totals | None = None
    corrections: Corrections = Corrections()

    _file: str = PrivateAttr(default="")

    @field_validator("first", "last", mode="before")
    @classmethod
    def _day(cls, given: object, info: ValidationInfo) -> object:
        """A day, or the first or last one of a month such as 2019-01."""
        try:
            if not re.fullmatch("[0-9]{4}-[0-9]{2}", str(given)):
                return date.fromisoformat(str(given))
            month = date.fromisoformat(f"{given}-01")
        except ValueError:
            raise problem(f"must be a date such as 2023-01-01, is {shorten(given)}") from None
        return month if info.field_name == "first" else month.replace(day=monthrange(month.year, month.month)[1])

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        if name is not None:
            _known(name, available_timezones(), f"no such time zone: {shorten(name)}")
        return name

    @field_validator("connection")
    @classmethod
    def _no_secret(cls, url: str | None) -> str | None:
        if url is None:
            return None
        if "://" not in url and not _ENVIRONMENT.fullmatch(url):
            raise problem("must be a URL such as duckdb:///shop.db")
        try:
            parts = urlsplit(url)
        except ValueError:
            raise problem("must be a URL such as duckdb:///shop.db") from None
        secrets = [parts.netloc.rpartition("@")[0].partition(":")[2]]
        pairs = [pair.partition("=") for pair in re.split(r"[&;]", parts.query)]
        secrets += [value for name, _, value in pairs if _SECRET.search(name)]
        if any(secret and not _ENVIRONMENT.fullmatch(secret) for secret in secrets):
            raise problem(
                "a password must not stand in a file; write ${NAME} and set the environment variable NAME"
            )
        return url

    @model_validator(mode="after")
    def _holds_together(self) -> Description:
        if not self.names:
            raise problem(f"needs at least one table; allowed: {', '.join(KINDS)}")
        for name in self.names:
            if self.source(name).table is not None and self.connection is None:
                raise problem("needs a connection; give connection:, or file: rather than table:", f"{name}.table")
        if self.first and self.last and self.first > self.last:
            raise problem(f"{self.first} lies after to, {self.last}", "from")
        if self.contractual and self.customers is None:
            raise problem("needs the table customers with joined and left", "contractual")
        return self

    @property
    def file(self) -> str:
        """The file it was loaded from, empty if from none."""
        return self._file

    @property
    def folder(self) -> Path:
        """What the names of files are relative to."""
        return Path(self._file).parent

    @property
    def names(self) -> tuple[str, ...]:
        """The tables that are described."""
        return tuple(name for name in KINDS if getattr(self, name) is not None)

    def source(self, name: str) -> Source:
        """The description of one table."""
        found: Source = getattr(self, name)
        return found

    def error(self, text: str, key: str = "") -> InputError:
        """An error at a key of this file."""
        return InputError(text, key, self._file)

    def address(self) -> str:
        """The connection with its environment variables filled in; never to be shown."""
        url = self.connection or ""
        user = url.find("://") + 3
        password = range(url.find(":", user), url.rfind("@")) if ":" in url[user:] else range(0)
        query = url.find("?") if "?" in url else len(url)

        def value(found: re.Match[str]) -> str:
            if found[1] not in os.environ:
                raise self.error(f"the environment variable {found[1]} is not set", "connection")
            given = os.environ[found[1]]
            coded = found.start() in password or found.start() > query
            return quote(given, safe="") if coded else given

        filled = _ENVIRONMENT.sub(value, url)
        if "://" not in filled:
            raise self.error(f"{url} must hold a URL such as postgres://user@server/database", "connection")
        return filled


def build(data: Mapping[str, Any], file: str = "") -> Description:
    """A description from plain data, as a YAML file holds it."""
    try:
        found = Description.model_validate(dict(data))
    except ValidationError as error:
        raise explained(error, file) from None
    found._file = file
    return found


def find(name: str | Path) -> Path:
    """A description of tables by its path, or by a sample's name."""
    path = Path(name).expanduser()
    if path.is_dir() and (path / DATA).is_file():
        return path / DATA
    if path.exists():
        return path
    folders = {file.parent for file in files.samples().values()}
    found = (file.parent for folder in folders for file in folder.glob(f"*/{DATA}"))
    known = {f"{folder.parent.name}/{folder.name}": folder / DATA for folder in found}
    if (asked := str(name).removesuffix(f"/{DATA}")) in known:
        return known[asked]
    raise InputError(f"no such file, nor a sample's name; {nearest(str(name), known)}", file=str(name))


def read(path: str | Path) -> Description:
    """A description from its file."""
    where = Path(path)
    if not where.is_file():
        what = "is a folder; give the data.yaml in it" if where.is_dir() else "no such file"
        raise InputError(what, file=str(path))
    if where.suffix.lower() not in (".yaml", ".yml"):
        raise InputError("is no data.yaml; give the file that says which tables there are", file=str(path))
    return build(files.read(where, "data"), str(path))


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a description of tables.

    What spans several entries, such as a table in a database that needs a connection, only `wom data check` sees.
    """
    found = Description.model_json_schema()
    found["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    found["title"] = "wom description of tables"
    found["anyOf"] = [{"required": [name]} for name in KINDS]
    anything = {"type": ["string", "number", "boolean"]}
    theirs = {"anyOf": [anything, {"type": "array", "items": anything}]}
    for source in KINDS.values():
        properties = found["$defs"][source.__name__]["properties"]
        properties["columns"] |= {
            "propertyNames": {"enum": [*source.needed, *source.others]},
            "additionalProperties": {"type": ["string", "number"]},
        }
        meanings = {
            column: {"type": "object", "additionalProperties": theirs}
            | ({"propertyNames": {"enum": list(ours)}} if ours else {})
            for column, ours in source.coded.items()
        }
        properties["values"] = {"type": "object", "additionalProperties": False, "properties": meanings}
    rule = found["$defs"]["Experiences"]["properties"]["rule"]["anyOf"]
    rule[0]["enum"] = list(RULES)
    rule[1]["propertyNames"] = {"enum": list(KINDS["experiences"].coded["kind"])}
    return found
