"""Whether the model can be believed: published effects and popular calculators beside what it makes of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from ..analysis.published import CAUSES
from ..errors import InputError, nearest
from ..words import NARROW, amounts, number, percent, several
from .basis import _lower, _upper, exhibit, ranges
from .chart import Chart, Role, series
from .exhibit import Exhibit, Figure
from .tables import MISSING

SOURCE = "Published studies, each played with the same defaults. Computed with wom."
CALCULATED = "Published calculators, each with its own inputs, in its own currency. Computed with wom."
_MEETS, _REACHES, _MISSES, _LACKS, _BUILT_IN = "met", "in range", "missed", "not in the model", "by construction"
"""What became of a study: the model's middle lies within what was found; only its range does; not even that; no
set of figures could; or any set would, so that it tests nothing."""
_ROLES: dict[str, Role] = {_MEETS: "better", _REACHES: "neutral", _MISSES: "worse", _LACKS: "worse"}
_NEAR, _MOST = 2.0, 5.0
"""Times what was found, or a part of it, that is the right order of magnitude; and where charts of times end."""
_EQUAL = 1e-6
"""Relative; a middle that equals a published end is inside."""


def how_believable(table: pd.DataFrame) -> Exhibit:
    """How many of the published effects, from `wom.evidence.replay`, the model makes, and which it misses."""
    became = _became(table)
    tests = table[became != _BUILT_IN]
    many, count = len(tests), became.value_counts().reindex([*_ROLES, _BUILT_IN], fill_value=0)
    failed = tests.index[became[tests.index].isin([_MISSES, _LACKS])]
    times = _times(tests)["middle"]
    near = int((times.between(1 / _NEAR, _NEAR) & (became[tests.index] != _LACKS)).sum())
    said = f"Not yet: {many - near} of {many} published effects come out more than a factor of two off"
    if 2 * near >= many:
        within = "published effects come out within a factor of two"
        said = f"Compare with it, do not promise by it: {near} of {many} {within}"
    above = [name for name in failed if times[name] > 1]
    larger = f"{_listed(above)}: more than was found. " if above else ""
    both = table.dropna(subset=["measured_central", "caused_central"])
    none = np.where(both["unit"] == "ratio", 1.0, 0.0)  # of a ratio no effect is 1
    shrunk = (both["caused_central"] - none).abs() < (both["measured_central"] - none).abs()
    sales: Any = table.loc["sales by talk"]
    measured, caused = (_said(value, sales.unit) for value in (sales.measured_central, sales.caused_central))
    return exhibit(
        SOURCE, said,
        figures=(
            Figure("Met", f"{count[_MEETS]} of {many}", "the middle is within what was found", 1),
            Figure("Possible", f"{count[_REACHES]} of {many}", "only the range reaches it"),
            Figure("Not made", f"{len(failed)} of {many}", "outside the range, or not at all", -1),
        ),
        text=("Every study was played with one and the same set of defaults; only what it says of its own "
              "business was set. Ranges hold nine draws in ten of all defaults together.",),
        answers=(
            ("What it does not make", f"{_listed(failed)}. The reasons are below."),
            ("Which way it errs", f"{larger}All else that is missed comes out too small, or not at all."),
            ("Measured is not caused", f"Good talk makes {measured} of sales if all count who came on a "
             f"recommendation, and {caused} if only those count who would not have come otherwise. "
             f"So do {shrunk.sum()} of {len(both)} effects shrink; results use what is caused."),
            ("What it does not show", f"{count[_BUILT_IN]} more rows hold by construction and prove nothing. And "
             "what fits studies need not fit your business: your own figures come first."),
        ),
    )  # fmt: skip


def _listed(names: Iterable[Any]) -> str:
    return _upper(several([*map(str, names)]) or "nothing here")


def _reading(table: pd.DataFrame) -> pd.DataFrame:
    """Low, middle and high of the reading that compares with the study: as they measured, where there is one."""
    ends = {"low": "low", "middle": "central", "high": "high"}
    return pd.DataFrame({end: table[f"measured_{of}"].fillna(table[f"caused_{of}"]) for end, of in ends.items()})


def _became(table: pd.DataFrame) -> pd.Series:
    """What became of each study."""
    found = _times(table)["middle"].map(lambda middle: _MEETS if middle == 1 else _REACHES)
    return table["verdict"].map({"no": _MISSES, "structure": _LACKS, "identity": _BUILT_IN}).fillna(found)


def _times(table: pd.DataFrame) -> pd.DataFrame:
    """The model's low, middle and high effect in times of the nearest end of what was found: 1 within it.

    The effect of a ratio of hazards is how far it is from 1, where nothing happens. No effect at all is 0 times,
    even where what was found begins there: a model that cannot make any has not met it.
    """
    ratio = table["what"].str.startswith("hazard")
    ends = table[["published_low", "published_high"]].astype(float)
    ends = ends.where(~ratio, pd.DataFrame(np.sort((ends - 1.0).abs(), axis=1), ends.index, ends.columns))

    def times(made: pd.Series) -> pd.Series:
        effect = made.where(~ratio, (made - 1.0).abs())
        nearest_end = effect.clip(ends["published_low"], ends["published_high"])
        outside = (effect - nearest_end).abs() > _EQUAL * effect.abs()
        return (effect / nearest_end).where(outside, 1.0).where(effect != 0, 0.0)

    found = _reading(table).apply(times)
    return pd.DataFrame(np.sort(found, axis=1), found.index, found.columns)


def _said(value: float, unit: str, digits: int = 2) -> str:
    """A value as people read it, or an end of an interval that has none."""
    if np.isinf(value):
        return "any" if value > 0 else "none"
    if unit in ("share", "probability"):
        return percent(value, digits).replace(" ", NARROW)
    return number(value, digits) + (f"{NARROW}%" if unit == "per cent" else "")


def _interval(low: float, high: float, unit: str) -> str:
    if low == high:
        return _said(low, unit)
    if np.isinf(high):
        return f"above {_said(low, unit)}"
    return f"{_said(low, unit).removesuffix(f'{NARROW}%')} to {_said(high, unit)}"


def _published(table: pd.DataFrame) -> list[str]:
    columns = (table[name] for name in ("published_low", "published_high", "unit"))
    return [_interval(*ends) for ends in zip(*columns, strict=True)]


def _ranged(table: pd.DataFrame, low: str, middle: str, high: str) -> list[str]:
    """Middles with their ranges, by the names of the columns."""
    texts = []
    for first, value, last, unit in zip(*(table[name] for name in (low, middle, high, "unit")), strict=True):
        ends = f" ({_interval(first, last, unit)})" if first < last else ""
        texts.append(MISSING if pd.isna(value) else _said(value, unit) + ends)
    return texts


def _table(of: pd.DataFrame, columns: dict[str, Any], name: str = "Study") -> pd.DataFrame:
    return pd.DataFrame(columns, pd.Index([_upper(str(each)) for each in of.index], name=name))


def found_and_made(table: pd.DataFrame) -> Exhibit:
    """What the model makes of each effect, in times of what was found; what holds by construction is left out.

    The numbers are of all: as their study counted them, confounding included, and the part that is called caused.
    """
    became = _became(table)
    times = _times(table[became != _BUILT_IN]).sort_values("middle", kind="stable")
    shown, middle = table.loc[times.index], times["middle"]
    made = zip(_reading(shown)["middle"], shown["unit"], _published(shown), strict=True)
    texts = [f"{_said(value, unit)} for {found}" for value, unit, found in made]
    least = str(middle[middle > 0].idxmin())
    said = f"The largest miss: {middle.idxmax()}, {number(middle.max(), 2)} times what was found"
    if middle.max() < 1 / middle[least]:
        said = f"The largest miss: {least}, {percent(middle[least])} of what was found"
    subtitle = ("The effect the model makes, in times of what was found; 1 is within the published interval, 0 is "
                f"none at all. 90 % ranges; those beyond {number(_MOST)} end there")  # fmt: skip
    roles = became[times.index].map(_ROLES).tolist()
    ends = times.clip(upper=_MOST).rename(index=_upper)
    data = {
        "Effect": [_upper(text) for text in table["what"]],
        "Found": _published(table),
        "As they measured": _ranged(table, "measured_low", "measured_central", "measured_high"),
        "Caused": _ranged(table, "caused_low", "caused_central", "caused_high"),
        "Verdict": became.tolist(),
    }
    chart = ranges(ends, subtitle, texts, roles, form="plain", reference=1.0)
    return exhibit(SOURCE, said, chart, data=_table(table, data))


def reasons(table: pd.DataFrame, *, failed: bool) -> Exhibit:
    """Why an effect is not made, which is what the model lacks; or what is to be said of the others."""
    part = table[_became(table).isin([_MISSES, _LACKS]) == failed]
    made = [_said(value, unit) for value, unit in zip(_reading(part)["middle"], part["unit"], strict=True)]
    data = {
        "Found": _published(part),
        "Made": made,
        "Why": part["why"].tolist(),
        "Source": part["source"].tolist(),
    }
    said = "What it does not make, and why" if len(part) else "Every effect was made"
    said = said if failed else "Why the others are met, or prove nothing"
    return exhibit(SOURCE, said, data=_table(part, data), appendix=not failed)


def twelve(table: pd.DataFrame) -> Exhibit:
    """What popular calculators, from `wom.evidence.calculators`, promise against what is caused, on one screen."""
    many, more = len(table), table["calculated"] > table["model"]
    times = (table["calculated"] / table["model"]).where(table["model"] > 0)
    applies = table[list(CAUSES)].notna().sum().sort_values(ascending=False, kind="stable")
    unknown, less = (~table["known_source"].astype(bool)).sum(), table.index[~more]
    forget = " and ".join(f"{CAUSES[str(cause)]} (in {count})" for cause, count in applies[:2].items())
    low = f"{_listed(less)}. It {_lower(table.loc[less[0], 'wrong'])}" if len(less) else "Nowhere here."
    return exhibit(
        CALCULATED,
        f"Think with these, do not budget by them: {more.sum()} of {many} say more than the model finds",
        figures=(
            Figure("Say more", f"{more.sum()} of {many}", "than the model finds", -1),
            Figure("The typical one", f"{number(times.median(), 2)} times",
                   "what it says over what the model finds", -1),
            Figure("Without a source", f"{unknown} of {many}", "they circulate; no study could be found"),
        ),
        answers=(
            ("What they forget", f"Most often it is {forget}."),
            ("What they are good for", "Each asks a good question, and most say something true; it is said one by "
             "one in the appendix. They go wrong as budgets."),
            ("Where they are too low", low),
            ("How sure is the model", "Its ranges hold nine draws in ten of all defaults. Assumed besides: a "
             "store that keeps 40 % of its revenue, four in ten who would have chosen it, a market of 10,000 for "
             "the viral one. Two define something else: earned growth counts who came, not who was won, and "
             "friends have a worth of their own. With your own figures all of it moves."),
        ),
    )  # fmt: skip


def recomputed(table: pd.DataFrame) -> Exhibit:
    """What each calculator says, to the digit, and what the model makes of the same inputs."""
    ends = table[["model_low", "model", "model_high"]].div(table["calculated"], axis=0)
    ends = ends.set_axis(["low", "middle", "high"], axis=1).sort_values("middle", kind="stable")
    shown = table.loc[ends.index]
    says = [_said(value, unit, 6) for value, unit in zip(shown["calculated"], shown["unit"], strict=True)]
    makes = _ranged(shown, "model_low", "model", "model_high")
    texts = [f"{made.partition(' (')[0]} for {said}" for made, said in zip(makes, says, strict=True)]
    roles: list[Role] = ["worse" if middle < 1 else "better" for middle in ends["middle"]]
    subtitle = ("What the model makes of the same inputs, as a share of what the calculator says; 90 % ranges, "
                f"those beyond {percent(_NEAR)} or below 0 end there")  # fmt: skip
    said = f"In {(ends['middle'] < 0.5).sum()} of {len(table)}, less than half is left"
    chart = ranges(ends.clip(0.0, _NEAR).rename(index=_upper), subtitle, texts, roles, form="share", reference=1.0)
    data = _table(shown, {"Says": says, "The model": makes, "Good for": shown["good_for"].tolist()}, "Calculator")
    return exhibit(CALCULATED, said, chart, data=data)


def forgotten(table: pd.DataFrame) -> Exhibit:
    """What calculators lack: in how many of them, and where it weighs most."""
    parts = table[list(CAUSES)].abs()
    parts = parts.div(parts.sum(axis=1), axis=0)
    many, most = parts.notna().sum(), parts.idxmax()
    data = _table(parts.T, {
        "What is done instead": [_upper(text) for text in CAUSES.values()],
        "In how many": many.tolist(),
        "Weighs most in": [_upper(str(each)) for each in most],
        "Its part there": [_said(part, "share") for part in parts.max()],
    }, "Cause")  # fmt: skip
    first = str(many.idxmax())
    said = f"Forgotten most often: {_lower(CAUSES[first])}, in {many[first]} of {len(table)}"
    return exhibit(CALCULATED, said, data=data)


def gap(table: pd.DataFrame, name: str) -> Exhibit:
    """From what one calculator says to what the model makes of it, cause by cause.

    Raises:
        InputError: no such calculator.
    """
    if name not in table.index:
        raise InputError(f"no such calculator; {nearest(name, map(str, table.index))}", name)
    row: Any = table.loc[name]
    causes = [cause for cause in CAUSES if pd.notna(row[cause])]
    values = [row["calculated"], *(row[cause] for cause in causes), row["model"]]
    share = row["unit"] == "share"
    hundredths = [100.0 * value for value in values] if share else values
    texts = [f"{text}{NARROW}%" if share else text for text in amounts(hundredths, 3 if share else 4)]
    chart = Chart(
        "waterfall", ("The calculator says", *map(_upper, causes), "The model"), (series("value", values),),
        f"{row['good_for']} {row['wrong']}", labels=tuple(texts), totals=(0, len(values) - 1),
        form="share" if share else "amount",
    )  # fmt: skip
    says, made = _said(row["calculated"], row["unit"], 6), _said(row["model"], row["unit"])
    said = f"{_upper(name)}: {says} as calculated, {made} through the model"
    return exhibit(f"{row['source']}. Computed with wom.", said, chart)
