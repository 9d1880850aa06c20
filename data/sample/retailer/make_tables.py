"""Makes the CSV files in `tables/` again, byte for byte, from `tables/truth.yaml`: what a shop wrote down.

    python data/sample/retailer/make_tables.py [folder to write to]

Chance comes from NumPy's seeded generator, whose streams are the same on every machine. A release of NumPy may
change them; requirements.lock names the one these were made with.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray

import wom
from wom import population
from wom.population.networks import Integers
from wom.population.people import Streams
from wom.units import Array

TABLES = Path(__file__).parent / "tables"

KINDS = ("good", "bad", "recovered", "neutral")
"""Of experiences, as tables call them."""

Days = NDArray[np.datetime64]
_DAY = "datetime64[D]"

_COLUMNS = {
    "joined": ("month", "account", "segment", "recommended"),
    "left": ("month", "account"),
    "payments": ("month", "account", "when", "amount"),
    "experiences": ("month", "account", "kind", "when"),
    "stories": ("month", "kind", "when", "told"),
    "reviews": ("month", "when", "stars"),
}

_TYPES = {
    "month": np.int16, "account": np.int32, "segment": np.int16, "recommended": np.bool_, "when": np.float64,
    "amount": np.float64, "kind": np.int8, "told": np.int32, "stars": np.int8,
}  # fmt: skip

BRACKETS = ((1, 2, "1-2"), (3, 5, "3-5"), (6, None, ">5"))
"""Least and most people told, and what the survey's form says."""


class Recorder:
    """Lists of what happened, month after month; `wom.population.simulate` takes `note` as its `watch`."""

    def __init__(self) -> None:
        self._lists: dict[str, list[tuple[Any, ...]]] = {name: [] for name in _COLUMNS}

    def note(self, name: str, month: int | Integers, *columns: NDArray[Any]) -> None:
        """One entry each at the end of a list."""
        parts = zip(_COLUMNS[name], (np.broadcast_to(month, len(columns[0])), *columns), strict=True)
        self._lists[name].append(tuple(part.astype(_TYPES[column]) for column, part in parts))

    def table(self, name: str) -> dict[str, NDArray[Any]]:
        """One list by column."""
        empty: tuple[NDArray[Any], ...] = tuple(np.empty(0, dtype=_TYPES[column]) for column in _COLUMNS[name])
        parts = zip(*[empty, *self._lists[name]], strict=True)
        return {column: np.concatenate(part) for column, part in zip(_COLUMNS[name], parts, strict=True)}

    def tables(
        self,
        run: population.PopulationRun,
        start: str = "2023-01-01",
        *,
        survey_share: float = 0.1,
        bracket_share: float = 0.5,
    ) -> dict[str, pd.DataFrame]:
        """What happened as a shop would have recorded it.

        - customers (id, segment, joined, left, came_by): a customer joins on the last day of the month of arrival
          and leaves on the last day of the last month, so that a month is the unit of exposure. Whoever comes
          back gets a new id. `left` is empty for those who are still there. Customers of month 0 joined before
          it: their months so far are drawn from a geometric distribution with today's retention_rate (240 at
          most), and how they came from today's mix.
        - payments (id, date, amount), rounded to cents.
        - experiences (id, date, kind): good, bad (and not put right), recovered or neutral.
        - talk (date, tone, people_told): a survey among tellers of a story. `people_told` is text, a number or one
          of the brackets 1-2, 3-5 and >5. A recovered experience has its own tone.
        - reviews (date, stars).

        `start`: first day of month 0, the first of a month. `survey_share`: of stories that the survey asks about.
        `bracket_share`: of answers that are brackets, those of nobody told apart.
        """
        first, chance = int(np.datetime64(start, "M").astype(np.int64)), Streams(run.seed).of("survey")
        return {
            "customers": _customers(self, run.segments, first),
            "payments": _events(self.table("payments"), first, "amount"),
            "experiences": _events(self.table("experiences"), first, "kind"),
            "talk": _talk(self.table("stories"), chance, first, survey_share, bracket_share),
            "reviews": _events(self.table("reviews"), first, "stars"),
        }


def dated(month: Integers, when: Array, first: int) -> Days:
    """The day of a moment: `when` (from 0 to 1) of the month that lies `month` after the first.

    `first`: month 0, in months since January 1970.
    """
    start, end = (_first_day(first + month.astype(np.int64) + later) for later in (0, 1))
    return np.asarray(start + (when * (end - start).astype(np.float64)).astype("timedelta64[D]"), dtype=_DAY)


def _customers(records: Recorder, segments: Sequence[str], first: int) -> pd.DataFrame:
    came, went = records.table("joined"), records.table("left")
    left = np.full(len(came["account"]), np.datetime64("NaT", "D"))
    left[went["account"]] = _month_end(went["month"], first)
    return pd.DataFrame(
        {
            "id": came["account"] + 1,
            "segment": np.asarray(segments, dtype=object)[came["segment"]],
            "joined": _seconds(_month_end(came["month"], first)),
            "left": _seconds(left),
            "came_by": np.where(came["recommended"], "recommendation", "other"),
        }
    )


def _events(table: dict[str, NDArray[Any]], first: int, what: str) -> pd.DataFrame:
    day = dated(table["month"], table["when"], first)
    columns: dict[str, Any] = {} if "account" not in table else {"id": table["account"] + 1}
    value = np.round(table[what], 2) if what == "amount" else table[what]
    columns |= {"date": _seconds(day), what: np.asarray(KINDS, dtype=object)[value] if what == "kind" else value}
    order = np.lexsort((table["when"], day))
    return pd.DataFrame(columns).iloc[order].reset_index(drop=True)


def _talk(
    table: dict[str, NDArray[Any]], random: np.random.Generator, first: int, share: float, brackets: float
) -> pd.DataFrame:
    asked = random.random(len(table["told"])) < share
    people = table["told"][asked]
    answer = people.astype(str).astype(object)
    ticked = random.random(len(people)) < brackets
    for least, most, label in BRACKETS:
        answer[ticked & (people >= least) & (people <= (most or np.iinfo(np.int32).max))] = label
    day = dated(table["month"][asked], table["when"][asked], first)
    tone = np.asarray(KINDS, dtype=object)[table["kind"][asked]]
    order = np.lexsort((table["when"][asked], day))
    found = pd.DataFrame({"date": _seconds(day), "tone": tone, "people_told": answer})
    return found.iloc[order].reset_index(drop=True)


def _first_day(month: Integers) -> Days:
    return month.astype("datetime64[M]").astype(_DAY)


def _month_end(month: Integers, first: int) -> Days:
    """The last day."""
    return _first_day(first + month.astype(np.int64) + 1) - np.timedelta64(1, "D")


def _seconds(day: Days) -> NDArray[np.datetime64]:
    """What pandas can hold."""
    return day.astype("datetime64[s]")


def make(folder: Path = TABLES) -> None:
    """Write the tables of the truth into a folder that exists."""
    truth = yaml.safe_load((TABLES / "truth.yaml").read_text(encoding="utf-8"))
    made = truth["made_with"]
    habits, shop = population.Habits(**truth["habits"]), Recorder()
    run = population.simulate(wom.load(truth["scenario"]), seed=made["seed"], watch=shop.note, habits=habits)
    tables = shop.tables(run, made["start"], **truth["survey"])
    for name, table in tables.items():
        table.to_csv(
            folder / f"{name}.csv", index=False, float_format="%.2f", lineterminator="\n", encoding="utf-8"
        )


if __name__ == "__main__":
    make(*map(Path, sys.argv[1:]))
