"""What the figures of a scenario rest on: assumed or found in data, tested on months held out or not.

A file that calibration wrote says so under `basis`. A figure that is changed afterwards is no longer the one that
was found, so its source goes; and a back-test is one of all figures together, so it goes too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from .errors import nearest
from .parameters import QUANTITIES
from .quantity import Closed, problem

SCENARIO, CALIBRATED, BACK_TESTED = "scenario", "calibrated", "back-tested"
"""What a run may be called: what would follow; fitted to data; fitted, and tested on months it had not seen."""

Label = Literal["scenario", "calibrated", "back-tested"]
Share = Annotated[float, Field(ge=0, le=1)]
Error = Annotated[float, Field(ge=0)]
Months = tuple[str, str]
CHANCE = 1 / 20
"""Tests of a right band that fail by chance, at most."""

FAR = 2.0
"""Times the error of the nearer naive forecast, above which a forecast has failed whatever its band holds."""

MATTERS = 0.05
"""Of what was observed: a naive forecast that is nearer by less may be lucky, and it hardly matters."""

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def _ordered(months: Months | None) -> Months | None:
    if months is not None and (not all(map(_MONTH.fullmatch, months)) or months[0] > months[1]):
        raise problem(f"must be two months in order, such as [2023-01, 2024-12], is {list(months)}")
    return months


class Score(Closed):
    """How well one column was forecast.

    `coverage` is the share of months inside the band; the errors are mean absolute errors relative to the mean of
    what was observed.

    Example:
        >>> Score(coverage=0.9, error=0.05, last_year=0.08, trend=0.2).beaten
        False
    """

    coverage: Share
    error: Error = Field(description="of the forecast's middle")
    last_year: Error = Field(description="of last year's mean, for all months")
    trend: Error = Field(description="of a straight line through the months before")
    chance: Share | None = Field(
        None, description="share of the forecast's own courses that lie as far from its middle; none if not known"
    )

    @property
    def beaten(self) -> bool:
        """Whether a naive forecast was nearer.

        Example:
            >>> Score(coverage=0.9, error=0.05, last_year=0.04, trend=0.2).beaten
            True
        """
        return self.error > min(self.last_year, self.trend)


class BackTest(Closed):
    """A forecast of months that the fit had not seen.

    Example:
        >>> score = {"coverage": 0.9, "error": 0.05, "last_year": 0.08, "trend": 0.2}
        >>> months = {"fitted": ("2023-01", "2023-12"), "months": ("2024-01", "2024-03")}
        >>> BackTest(**months, columns={"revenue": score}).columns["revenue"].error
        0.05
    """

    fitted: Months = Field(description="first and last month of the fit, such as 2023-01")
    months: Months = Field(description="first and last month of the forecast")
    level: Annotated[float, Field(gt=0, lt=1)] = 0.9
    columns: dict[str, Score] = Field(min_length=1, description="by column: revenue, customers, new_customers")

    _in_order = field_validator("fitted", "months")(_ordered)

    @property
    def coverage(self) -> float:
        """Share of months inside the band, over all columns.

        Example:
            >>> score = {"coverage": 0.8, "error": 0.1, "last_year": 0.1, "trend": 0.1}
            >>> held = {"fitted": ("2023-01", "2023-12"), "months": ("2024-01", "2024-03")}
            >>> BackTest(**held, columns={"revenue": score}).coverage
            0.8
        """
        return sum(score.coverage for score in self.columns.values()) / len(self.columns)

    @property
    def missed(self) -> tuple[str, ...]:
        """Columns that lie further from the forecast than chance takes a right one in 19 of 20 tests.

        `chance` is below 1/20, shared by all columns. Customers too many in one month are too many in the next, so
        months miss together, and only the forecast's own courses tell how often. Where `chance` is not known,
        months count as free of each other: P(inside or fewer | months, level) of a binomial, which fails a right
        band more often.

        Example:
            >>> score = {"error": 0.1, "last_year": 0.1, "trend": 0.1}
            >>> held = {"fitted": ("2023-01", "2023-12"), "months": ("2024-01", "2024-06")}
            >>> few, enough = {"coverage": 3 / 6} | score, {"coverage": 4 / 6} | score
            >>> BackTest(**held, columns={"revenue": few, "customers": enough}).missed
            ('revenue',)
            >>> BackTest(**held, columns={"revenue": few | {"chance": 0.04}, "customers": enough}).missed
            ()
        """
        (first, begun), (last, ended) = (map(int, month.split("-")) for month in self.months)
        months = (last - first) * 12 + ended - begun + 1

        def free(score: Score) -> float:
            return sum(
                math.comb(months, inside) * self.level**inside * (1 - self.level) ** (months - inside)
                for inside in range(round(score.coverage * months) + 1)
            )

        chances = {
            name: free(score) if score.chance is None else score.chance for name, score in self.columns.items()
        }
        return tuple(name for name, chance in chances.items() if chance < CHANCE / len(chances))

    @property
    def far(self) -> tuple[str, ...]:
        """Columns whose forecast was more than FAR times as far off as the nearer naive one, by MATTERS at least.

        Example:
            >>> score = {"coverage": 0.9, "error": 0.21, "last_year": 0.1, "trend": 0.1}
            >>> held = {"fitted": ("2023-01", "2023-12"), "months": ("2024-01", "2024-06")}
            >>> BackTest(**held, columns={"revenue": score}).far
            ('revenue',)
        """
        nearest = {name: min(score.last_year, score.trend) for name, score in self.columns.items()}
        return tuple(
            name
            for name, score in self.columns.items()
            if score.error > FAR * nearest[name] and score.error - nearest[name] > MATTERS
        )

    @property
    def failed(self) -> bool:
        """Whether the forecast is not to be relied on: a band `missed`, or a middle too `far` off."""
        return bool(self.missed or self.far)


class Basis(Closed):
    """Where a scenario's figures come from.

    Example:
        >>> Basis().label
        'scenario'
        >>> Basis(label="calibrated", data="data.yaml", months=("2023-01", "2024-12")).months
        ('2023-01', '2024-12')
    """

    label: Label = "scenario"
    data: str = Field("", description="the description of the tables it was fitted to")
    months: Months | None = Field(None, description="first and last month of the tables, such as 2023-01")
    made: str = Field("", description="the day of the fit")
    back_test: BackTest | None = None
    sources: dict[str, Annotated[str, Field(min_length=1)]] = Field(
        default_factory=dict, description="by dotted key: how the figure was found"
    )

    _in_order = field_validator("months")(_ordered)

    @property
    def said(self) -> str:
        """The label, and whether the test failed.

        Example:
            >>> Basis().said
            'scenario'
        """
        return f"{self.label}, failed" if self.back_test and self.back_test.failed else self.label

    @model_validator(mode="after")
    def _says_the_truth(self) -> Basis:
        if self.label != SCENARIO and self.months is None:
            raise problem(f"{self.label} needs the months of the data it was fitted to", "months")
        if (self.label == BACK_TESTED) != (self.back_test is not None):
            raise problem("a back_test stands with the label back-tested, and only there", "back_test")
        for key in self.sources:
            plain = ".".join(key.split(".")[2:]) if key.startswith("segments.") else key
            if plain not in QUANTITIES:
                raise problem(f"unknown key; {nearest(key, QUANTITIES)}", f"sources.{key}")
        return self


def without(basis: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any] | None:
    """What is left of a basis, as plain data, when these figures are no longer those that were found.

    Args:
        basis: as a file holds it.
        keys: dotted, of the figures with another value.

    Returns:
        The basis without their sources, and without a back-test if there was any source among them; None if no
        figure is left that was found in data.

    Example:
        >>> found = {"label": "calibrated", "sources": {"retention.retention_rate": "counted"}}
        >>> without(found, ["market.size"]) == found, without(found, ["retention.retention_rate"])
        (True, None)
    """
    sources = basis.get("sources")
    gone = set(keys) & set(sources) if isinstance(sources, Mapping) else set()
    if not gone or not isinstance(sources, Mapping):
        return dict(basis)
    left = {key: text for key, text in sources.items() if key not in gone}
    kept = {key: value for key, value in basis.items() if key != "back_test"} | {"sources": left}
    if kept.get("label") == BACK_TESTED:
        kept["label"] = CALIBRATED
    return kept if left else None


def figures(today: object, before: str = "") -> list[str]:
    """Dotted keys of all figures that stand under `today`, an empty one included.

    Example:
        >>> figures({"market": {"size": 9}, "segments": {"a": {"economics": {"margin_share": None}}}})
        ['market.size', 'segments.a.economics.margin_share']
    """
    if not isinstance(today, Mapping):
        return []
    found = []
    for section, part in today.items():
        if section == "segments" and isinstance(part, Mapping) and not before:
            found += [key for name, own in part.items() for key in figures(own, f"segments.{name}.")]
        elif isinstance(part, Mapping):
            found += [f"{before}{section}.{name}" for name in part]
    return found
