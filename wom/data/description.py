"""`data.yaml`: which tables there are, and what their columns, values, dates and numbers look like."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlsplit
from zoneinfo import available_timezones

from pydantic import Field, PrivateAttr, ValidationError, field_validator, model_validator

from .. import files
from ..errors import InputError, nearest, shorten
from ..parameters import Closed, Quantity, Value, problem
from ..scenario import explained
from .sources import KINDS, Customers, Experiences, Payments, Reviews, Source, Talk, Text, Totals

DATA = "data.yaml"
_ENVIRONMENT = re.compile(r"\$\{(\w+)\}")
_SECRET = re.compile(r"(?i)(passw|pwd|token|secret|key|credential|auth)")


class Corrections(Closed):
    """What the tables cannot show and the user states; a number or a range each.

    Example:
        >>> Corrections(answer_good=1.5).answer_good
        1.5
    """

    answer_good: Annotated[
        Value | None, Quantity(unit="ratio", above=0, meaning="how many times likelier the well served answer")
    ] = None
    answer_bad: Annotated[
        Value | None, Quantity(unit="ratio", above=0, meaning="how many times likelier the badly served answer")
    ] = None
    asked_for_a_ten: Annotated[
        Value | None, Quantity(unit="share", at_least=0, below=1, meaning="good answers that were asked for")
    ] = None
    complaint_rate: Annotated[
        Value | None,
        Quantity(unit="share", above=0, at_most=1, meaning="bad experiences that are complained about"),
    ] = None


class Description(Closed):
    """A validated `data.yaml`; frozen.

    Example:
        >>> described = build({"payments": {"file": "payments.csv"}, "from": "2024-01-01"})
        >>> described.payments.theirs("amount"), described.first.isoformat()
        ('amount', '2024-01-01')
    """

    title: str = ""
    currency: str = Field("", max_length=12)
    time_zone: str | None = None
    first: date | None = None
    last: date | None = None
    contractual: bool | None = None
    business: Text | None = None
    connection: str | None = Field(None, repr=False)
    segments: bool | None = None
    customers: Customers | None = None
    payments: Payments | None = None
    experiences: Experiences | None = None
    talk: Talk | None = None
    reviews: Reviews | None = None
    monthly: Totals | None = None
    corrections: Corrections = Corrections()

    _file: str = PrivateAttr(default="")

    @model_validator(mode="before")
    @classmethod
    def _window(cls, data: object) -> object:
        if not isinstance(data, dict):
            return data
        found = dict(data)
        for ours, theirs in (("first", "from"), ("last", "to")):
            if ours in data:
                raise problem(f"unknown key; did you mean {theirs}?", ours)
            if theirs in data:
                found[ours] = _day(found.pop(theirs), theirs)
        return found

    @classmethod
    def _advice(cls, key: str) -> str:
        return nearest(key, [{"first": "from", "last": "to"}.get(name, name) for name in cls.model_fields])

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        if name is not None and name not in available_timezones():
            advice = nearest(name, available_timezones())
            raise problem(f"no such time zone: {shorten(name)}; {advice}")
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
        """The connection with its environment variables filled in; never to be shown.

        Errors:
            InputError: a variable is not set, or holds no address.
        """
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


def _day(value: object, key: str) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise problem(f"must be a date such as 2023-01-01, is {shorten(value)}", key) from None


def build(data: Mapping[str, Any], file: str = "") -> Description:
    """A description from plain data, as a YAML file holds it.

    Raises:
        InputError: names key, value and what is allowed.

    Example:
        >>> build({"reviews": {"file": "reviews.csv", "decimal": ","}}).names
        ('reviews',)
    """
    try:
        found = Description.model_validate(dict(data))
    except ValidationError as error:
        raise explained(error, file) from None
    found._file = file
    return found


def find(name: str | Path) -> Path:
    """A description of tables by its path, or by a sample's name.

    Args:
        name: such as "shop/data.yaml", or "retailer/tables".

    Raises:
        InputError: neither.

    Example:
        >>> find("retailer/tables").name
        'data.yaml'
    """
    path = Path(name).expanduser()
    if path.is_dir() and (path / DATA).is_file():
        return path / DATA
    if path.exists():
        return path
    known = {f"{folder.parent.name}/{folder.name}": folder / DATA for folder in _sample_tables()}
    if (asked := str(name).removesuffix(f"/{DATA}")) in known:
        return known[asked]
    raise InputError(f"no such file, nor a sample's name; {nearest(str(name), known)}", file=str(name))


def _sample_tables() -> list[Path]:
    folders = {file.parent for file in files.samples().values()}
    return sorted(file.parent for folder in folders for file in folder.glob(f"*/{DATA}"))


def read(path: str | Path) -> Description:
    """A description from its file.

    Raises:
        InputError: no such file, no YAML, or values that are not allowed.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     place = Path(folder) / "data.yaml"
        ...     _ = place.write_text("payments: {file: payments.csv}", encoding="utf-8")
        ...     read(place).names
        ('payments',)
    """
    where = Path(path)
    if not where.is_file():
        what = "is a folder; give the data.yaml in it" if where.is_dir() else "no such file"
        raise InputError(what, file=str(path))
    if where.suffix.lower() not in (".yaml", ".yml"):
        raise InputError("is no data.yaml; give the file that says which tables there are", file=str(path))
    return build(files.read(where, "data"), str(path))
