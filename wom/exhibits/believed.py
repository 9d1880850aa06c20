"""Whether the model can be believed: published effects and popular calculators beside what it makes of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from ..analysis.published import CAUSES
from ..errors import InputError, nearest
from ..words import MINUS, NARROW, amounts, number, percent, several, whole
from .basis import _lower, _upper, exhibit, ranges
from .chart import Chart, Role, series
from .exhibit import Exhibit, Figure

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
    failed = tests[became[tests.index].isin([_MISSES, _LACKS])]
    times = _times(tests)["middle"]
    near = int((times.between(1 / _NEAR, _NEAR) & (became[tests.index] != _LACKS)).sum())
    said = (
        f"Not yet: {whole(many - near)} of {whole(many)} published effects come out more than a factor of two off"
    )
    if 2 * near >= many:
        said = f"Compare with it, do not promise by it: {whole(near)} of {whole(many)} published effects come out "
        said += "within a factor of two"
    errs = "What is missed comes out too small, or not at all."
    if above := [str(name) for name in failed.index if times[name] > 1]:
        errs = f"{_upper(several(above))}: more than was found. Everything else that is missed comes out too "
        errs += "small, or not at all."
    both = tests.dropna(subset=["measured_central", "caused_central"])
    sales: Any = table.loc["sales by talk"]
    return exhibit(
        SOURCE, said,
        figures=(
            Figure("Met", f"{whole(count[_MEETS])} of {whole(many)}", "the middle is within what was found", 1),
            Figure("Possible", f"{whole(count[_REACHES])} of {whole(many)}", "only the range reaches it"),
            Figure("Not made", f"{whole(len(failed))} of {whole(many)}", "outside the range, or not at all", -1),
        ),
        text=("Every study was played with one and the same set of defaults; only what it says of its own "
              "business was set. Ranges hold nine draws in ten of all defaults together.",),
        answers=(
            ("What it does not make", f"{_listed(failed.index)}. The reasons are below."),
            ("Which way it errs", errs),
            ("Measured is not caused", f"Good talk makes {_said(sales.measured_central, sales.unit)} of sales if "
             "all count who came on a recommendation, and "
             f"{_said(sales.caused_central, sales.unit)} if only those count who would not have come otherwise. "
             f"So do {whole(int(_smaller(both).sum()))} of {whole(len(both))} effects shrink; results use the "
             "smaller."),
            ("What it does not show", f"{whole(count[_BUILT_IN])} more rows hold by construction and prove "
             "nothing. And what fits studies need not fit your business: your own figures come first."),
        ),
    )  # fmt: skip


def _listed(names: Iterable[Any]) -> str:
    return _upper(several(list(map(str, names))) or "Nothing here")


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

    The effect of a ratio of hazards is how far it is from 1, where nothing happens.
    """
    ratio = table["what"].str.startswith("hazard")
    ends = table[["published_low", "published_high"]].astype(float)
    ends = ends.where(~ratio, pd.DataFrame(np.sort((ends - 1.0).abs(), axis=1), ends.index, ends.columns))

    def times(made: pd.Series) -> pd.Series:
        effect = made.where(~ratio, (made - 1.0).abs())
        nearest_end = effect.clip(ends["published_low"], ends["published_high"])
        return (effect / nearest_end).where((effect - nearest_end).abs() > _EQUAL * effect.abs(), 1.0)

    found = _reading(table).apply(times)
    return pd.DataFrame(np.sort(found, axis=1), found.index, found.columns)


def _smaller(table: pd.DataFrame) -> pd.Series:
    """Where the caused effect is nearer to none than the one as measured; of a ratio none is 1."""
    none = np.where(table["unit"] == "ratio", 1.0, 0.0)
    return (table["caused_central"] - none).abs() < (table["measured_central"] - none).abs()


def _said(value: float, unit: str) -> str:
    """One end of an interval as people read it."""
    if not np.isfinite(value):
        return "any" if value > 0 else "none"
    if unit in ("share", "probability"):
        return percent(value).replace("-", MINUS).replace(" ", NARROW)
    return f"{number(value, 2)}{NARROW}%" if unit == "per cent" else number(value, 2)


def _interval(low: float, high: float, unit: str) -> str:
    if low == high:
        return _said(low, unit)
    if not np.isfinite(high):
        return f"above {_said(low, unit)}"
    return f"{_said(low, unit).removesuffix(f'{NARROW}%')} to {_said(high, unit)}"


def _ranged(table: pd.DataFrame, *columns: str) -> list[str]:
    """Middles with their ranges; columns are low, middle and high."""
    rows = zip(*(table[column] for column in columns), table["unit"], strict=True)
    return [
        _said(middle, unit) + ("" if low == middle == high else f" ({_interval(low, high, unit)})")
        for low, middle, high, unit in rows
    ]


def _table(of: pd.DataFrame, columns: dict[str, Any], name: str = "Study") -> pd.DataFrame:
    return pd.DataFrame(columns, pd.Index([_upper(str(each)) for each in of.index], name=name))


def found_and_made(table: pd.DataFrame) -> Exhibit:
    """What the model makes of each effect, in times of what was found; what holds by construction is left out."""
    became = _became(table)
    times = _times(table[became != _BUILT_IN]).sort_values("middle", kind="stable")
    shown, middle = table.loc[times.index], times["middle"]
    found: Any = shown[["published_low", "published_high", "unit"]].itertuples(index=False)
    made = zip(_reading(shown)["middle"], found, strict=True)
    texts = [f"{_said(value, ends.unit)} for {_interval(*ends)}" for value, ends in made]
    said = f"The largest miss: {middle.idxmax()}, {number(middle.max(), 2)} times what was found"
    if middle.max() < 1 / max(middle.min(), _EQUAL):
        said = f"The largest miss: {middle.idxmin()}, {percent(middle.min())} of what was found"
    subtitle = ("The effect the model makes, in times of what was found; 1 is within the published interval. 90 % "
                f"ranges; those beyond {number(_MOST)} end there")  # fmt: skip
    roles = [_ROLES[became[name]] for name in times.index]
    ends = times.clip(upper=_MOST).rename(index=_upper)
    return exhibit(SOURCE, said, ranges(ends, subtitle, texts, roles, form="plain", reference=1.0), data=times)


def as_measured(table: pd.DataFrame) -> Exhibit:
    """Each effect as the study counted it, confounding included, beside what was found."""
    became = _became(table)
    found = zip(table["published_low"], table["published_high"], table["unit"], strict=True)
    met, reached = (whole(int((became == what).sum())) for what in (_MEETS, _REACHES))
    said = f"The middle meets {met} of {whole(len(table))} effects, and only the range reaches {reached} more"
    return exhibit(SOURCE, said, data=_table(table, {
        "Effect": [_upper(text) for text in table["what"]],
        "Found": [_interval(*ends) for ends in found],
        "The model": _ranged(_reading(table).assign(unit=table["unit"]), "low", "middle", "high"),
        "Verdict": became.tolist(),
    }))  # fmt: skip


def what_is_caused(table: pd.DataFrame) -> Exhibit:
    """Effects that can be read both ways: as they measured, and the part that the model calls caused."""
    both = table.dropna(subset=["measured_central", "caused_central"])
    ways = {"As they measured": "measured", "Caused": "caused"}
    ends = "low", "central", "high"
    data = {head: _ranged(both, *(f"{way}_{end}" for end in ends)) for head, way in ways.items()}
    smaller = f"{whole(int(_smaller(both).sum()))} of {whole(len(both))} effects are smaller"
    said = f"{smaller} once only what service and talk cause is counted"
    return exhibit(SOURCE, said, data=_table(both, data))


def what_fails(table: pd.DataFrame) -> Exhibit:
    """What the model does not make, and why: the list of what it lacks."""
    failed = table[_became(table).isin([_MISSES, _LACKS])]
    columns = (failed[name] for name in ("published_low", "published_high", "unit", "why"))
    answers = [
        (_upper(str(name)), f"{_interval(low, high, unit)} found, {_said(middle, unit)} made. {reason}")
        for name, middle, low, high, unit, reason in zip(
            failed.index, _reading(failed)["middle"], *columns, strict=True
        )
    ]
    said = "What it does not make, and why" if answers else "Every effect was made"
    return exhibit(SOURCE, said, answers=tuple(answers))


def why(table: pd.DataFrame) -> Exhibit:
    """Why each effect is met or not, with its source."""
    data = _table(table, {"Why": table["why"].tolist(), "Source": table["source"].tolist()})
    return exhibit(SOURCE, "Why each is met or not", data=data, appendix=True)


def twelve(table: pd.DataFrame) -> Exhibit:
    """What popular calculators, from `wom.evidence.calculators`, promise against what is caused, on one screen."""
    many, more = whole(len(table)), table["calculated"] > table["model"]
    times = (table["calculated"] / table["model"]).where(table["model"] > 0)
    applies = table[list(CAUSES)].notna().sum().sort_values(ascending=False, kind="stable")
    unknown, less = (~table["known_source"].astype(bool)).sum(), table.index[~more]
    forget = " and ".join(f"{CAUSES[str(cause)]} (in {whole(count)})" for cause, count in applies[:2].items())
    low = f"{_listed(less)}. It {_lower(table.loc[less[0], 'wrong'])}" if len(less) else "Nowhere here."
    return exhibit(
        CALCULATED,
        f"Think with these, do not budget by them: {whole(more.sum())} of {many} say more than the model finds",
        figures=(
            Figure("Say more", f"{whole(more.sum())} of {many}", "than the model finds", -1),
            Figure("The typical one", f"{number(times.median(), 2)} times",
                   "what it says over what the model finds", -1),
            Figure("Without a source", f"{whole(unknown)} of {many}", "they circulate; no study could be found"),
        ),
        answers=(
            ("What they forget", f"Most often it is {forget}."),
            ("What they are good for", "Each asks a good question, and most say something true; the table has it. "
             "They go wrong as budgets."),
            ("Where they are too low", low),
            ("How sure is the model", "Its ranges hold nine draws in ten of all defaults. Assumed besides: a "
             "store that keeps 40 % of its revenue, four in ten who would have chosen it, a market of 10,000 for "
             "the viral one. Two define something else: earned growth counts who came, not who was won, and "
             "friends have a worth of their own. With your own figures all of it moves."),
        ),
    )  # fmt: skip


def _digits(value: float, unit: str) -> str:
    """A number as a calculator prints it."""
    if unit == "share":
        return _said(value, unit)
    return (MINUS if value < 0 else "") + f"{abs(value):,.2f}".rstrip("0").rstrip(".")


def recomputed(table: pd.DataFrame) -> Exhibit:
    """The calculators, what each says, what the model makes of the same inputs, and what each is good for."""
    data = {
        "Says": list(map(_digits, table["calculated"], table["unit"])),
        "The model": _ranged(table, "model_low", "model", "model_high"),
        "Good for": table["good_for"].tolist(),
    }
    said = "Twelve calculators with their own inputs, to the digit, and the same inputs through the model"
    return exhibit(CALCULATED, said, data=_table(table, data, "Calculator"))


def what_is_left(table: pd.DataFrame) -> Exhibit:
    """The model's answer as a share of what each calculator says."""
    ends = table[["model_low", "model", "model_high"]].div(table["calculated"], axis=0)
    ends = ends.set_axis(["low", "middle", "high"], axis=1).sort_values("middle", kind="stable")
    rows = table.loc[ends.index, ["model", "calculated", "unit"]].itertuples(index=False)
    texts = [f"{_said(made, unit)} for {_digits(theirs, unit)}" for made, theirs, unit in rows]
    roles: list[Role] = ["worse" if middle < 1 else "better" for middle in ends["middle"]]
    subtitle = ("What the model makes of the same inputs, as a share of what the calculator says; 90 % ranges, "
                f"those beyond {percent(_NEAR)} or below 0 end there")  # fmt: skip
    said = f"In {whole(int((ends['middle'] < 0.5).sum()))} of {whole(len(table))}, less than half is left"
    chart = ranges(ends.clip(0.0, _NEAR).rename(index=_upper), subtitle, texts, roles, form="share", reference=1.0)
    return exhibit(CALCULATED, said, chart, data=ends)


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
    said = f"Forgotten most often: {_lower(CAUSES[first])}, in {whole(many[first])} of {whole(len(table))}"
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
    says, made = _digits(row["calculated"], row["unit"]), _said(row["model"], row["unit"])
    said = f"{_upper(name)}: {says} as calculated, {made} through the model"
    return exhibit(f"{row['source']}. Computed with wom.", said, chart)
