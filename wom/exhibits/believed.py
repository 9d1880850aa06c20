"""Whether the model can be believed: published effects and popular calculators beside what it makes of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ..analysis.published import CAUSES
from ..errors import InputError, nearest
from ..words import MINUS, NARROW, amounts, number, percent, several, whole
from .basis import exhibit, three
from .chart import Chart, Role, series
from .exhibit import Exhibit, Figure

SOURCE = "Published studies, each played with the same defaults. Computed with wom."
_MEETS, _REACHES, _MISSES, _LACKS, _BUILT_IN = "met", "in range", "missed", "not in the model", "by construction"
"""What became of a study: the model's middle lies within what was found; only its range does; not even that; no
set of figures could; or any set would, so that it tests nothing."""
_ROLES: dict[str, Role] = {_MEETS: "better", _REACHES: "neutral", _MISSES: "worse", _LACKS: "worse"}
_NEAR = 2.0
"""Times what was found, or a part of it, that is the right order of magnitude."""
_MOST = 5.0
"""Times what was found, where the chart ends."""
_PERCENT = f"{NARROW}%"
_EQUAL = 1e-6
"""Relative; a middle that equals a published end is inside."""


def how_believable(table: pd.DataFrame) -> Exhibit:
    """How many of the published effects the model makes, which it misses, and what follows, on one screen.

    Args:
        table: from `wom.evidence.replay`.
    """
    became = _became(table)
    tests = table[became != _BUILT_IN]
    many, count = len(tests), became.value_counts().reindex([*_ROLES, _BUILT_IN], fill_value=0)
    failed = tests[became[tests.index].isin([_MISSES, _LACKS])]
    times = _times(tests)["middle"]
    near = int((times.between(1 / _NEAR, _NEAR) & (became[tests.index] != _LACKS)).sum())
    above = [str(name) for name in failed.index if times[name] > 1]
    both = tests.dropna(subset=["measured_central", "caused_central"])
    sales: Any = table.loc["sales by talk"]
    far = many - near
    return Exhibit(
        f"Compare with it, do not promise by it: {whole(near)} of {whole(many)} published effects come out within "
        "a factor of two" if 2 * near >= many else
        f"Not yet: {whole(far)} of {whole(many)} published effects come out more than a factor of two off",
        figures=(
            Figure("Met", f"{whole(count[_MEETS])} of {whole(many)}", "the middle is within what was found", 1),
            Figure("Possible", f"{whole(count[_REACHES])} of {whole(many)}", "only the range reaches it"),
            Figure("Not made", f"{whole(len(failed))} of {whole(many)}", "outside the range, or not at all", -1),
        ),
        text=("Every study was played with one and the same set of defaults; only what it says of its own "
              "business was set. Ranges hold nine draws in ten of all defaults together.",),
        answers=(
            ("What it does not make", f"{_listed(failed.index)}. The reasons are below."),
            ("Which way it errs", f"{_listed(above)}: more than was found. Everything else that is missed comes "
             "out too small, or not at all." if above else "What is missed comes out too small, or not at all."),
            ("Measured is not caused", f"Good talk makes {_said(sales.measured_central, sales.unit)} of sales if "
             "all count who came on a recommendation, and "
             f"{_said(sales.caused_central, sales.unit)} if only those count who would not have come otherwise. "
             f"So do {whole(int(_smaller(both).sum()))} of {whole(len(both))} effects shrink; results use the "
             "smaller."),
            ("What it does not show", f"{whole(count[_BUILT_IN])} more rows hold by construction and prove "
             "nothing. And what fits studies need not fit your business: your own figures come first."),
        ),
        source=SOURCE,
    )  # fmt: skip


def _listed(names: Any) -> str:
    said = several([str(name) for name in names]) or "Nothing here"
    return said[:1].upper() + said[1:]


def _reading(table: pd.DataFrame) -> pd.DataFrame:
    """Low, middle and high of the reading that compares with the study: as they measured, where there is one."""
    names = {"low": "low", "central": "middle", "high": "high"}
    return pd.DataFrame(
        {new: table[f"measured_{old}"].fillna(table[f"caused_{old}"]) for old, new in names.items()}
    )


def _became(table: pd.DataFrame) -> pd.Series:
    """What became of each study."""
    found = _times(table)["middle"].map(lambda middle: _MEETS if middle == 1 else _REACHES)
    marked = {"no": _MISSES, "structure": _LACKS, "identity": _BUILT_IN}
    return table["verdict"].map(marked).fillna(found)


def _times(table: pd.DataFrame) -> pd.DataFrame:
    """The model's low, middle and high effect in times of the nearest end of what was found: 1 within it.

    The effect of a ratio of hazards is how far it is from 1, where nothing happens.
    """
    none = table["what"].str.startswith("hazard").astype(float)
    ends = pd.DataFrame({end: (table[f"published_{end}"] - none).abs() for end in ("low", "high")})
    least, most = ends.min(axis=1), ends.max(axis=1)

    def times(made: pd.Series) -> pd.Series:
        effect = (made - none).abs().where(none == 1, made)
        at_least, at_most = (
            least.where(none == 1, table["published_low"]),
            most.where(none == 1, table["published_high"]),
        )
        slack = _EQUAL * effect.abs()
        inside = effect.between(at_least - slack, at_most + slack)
        return (effect / effect.clip(at_least, at_most)).where(~inside, 1.0)

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
    return f"{_said(low, unit).removesuffix(_PERCENT)} to {_said(high, unit)}"


def found_and_made(table: pd.DataFrame) -> Exhibit:
    """What the model makes of each effect, in times of what was found; what holds by construction is left out."""
    became = _became(table)
    shown = table[became != _BUILT_IN]
    times = _times(shown)
    order = times["middle"].sort_values(kind="stable").index
    times, shown = times.loc[order], shown.loc[order]
    reading = _reading(shown)
    texts = [
        f"{_said(middle, unit)} for {_interval(low, high, unit)}"
        for middle, unit, low, high in zip(
            reading["middle"], shown["unit"], shown["published_low"], shown["published_high"], strict=True
        )
    ]
    middle = times["middle"]
    least, most = str(middle.idxmin()), str(middle.idxmax())
    said = f"The largest miss: {most}, {number(middle.max(), 2)} times what was found"
    if middle.max() < 1 / max(middle.min(), _EQUAL):
        said = f"The largest miss: {least}, {percent(middle.min())} of what was found"
    roles = [_ROLES[became[name]] for name in order]
    chart = Chart(
        "ranges", tuple(map(_first, order)), three(times.clip(upper=_MOST), roles),
        "The effect the model makes, in times of what was found; 1 is within the published interval. 90 % ranges; "
        f"those beyond {number(_MOST)} end there",
        labels=tuple(texts), form="plain", reference=1.0,
    )  # fmt: skip
    return exhibit(SOURCE, said, chart, data=times)


def as_measured(table: pd.DataFrame) -> Exhibit:
    """Each effect as the study counted it, confounding included, beside what was found."""
    became = _became(table)
    reading = _reading(table)
    data = pd.DataFrame(
        {
            "Effect": [_first(text) for text in table["what"]],
            "Found": [_interval(*ends) for ends in zip(
                table["published_low"], table["published_high"], table["unit"], strict=True)],
            "The model": [_ranged(*ends) for ends in zip(
                reading["low"], reading["middle"], reading["high"], table["unit"], strict=True)],
            "Verdict": became.tolist(),
        },
        index=_names(table),
    )  # fmt: skip
    met = int((became == _MEETS).sum())
    return Exhibit(
        f"The middle meets {whole(met)} of {whole(len(table))} effects, and only the range reaches "
        f"{whole(int((became == _REACHES).sum()))} more",
        data=data, source=SOURCE,
    )  # fmt: skip


def _ranged(low: float, middle: float, high: float, unit: str) -> str:
    if low == middle == high:
        return _said(middle, unit)
    return f"{_said(middle, unit)} ({_interval(low, high, unit)})"


def _names(table: pd.DataFrame) -> pd.Index:
    return pd.Index([_first(str(name)) for name in table.index], name="Study")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _first(text: str) -> str:
    return text[:1].upper() + text[1:]


def what_is_caused(table: pd.DataFrame) -> Exhibit:
    """Effects that can be read both ways: as they measured, and the part that the model calls caused."""
    both = table.dropna(subset=["measured_central", "caused_central"])
    data = pd.DataFrame(
        {
            label: [_ranged(*ends) for ends in zip(
                *(both[f"{reading}_{end}"] for end in ("low", "central", "high")), both["unit"], strict=True)]
            for label, reading in (("As they measured", "measured"), ("Caused", "caused"))
        },
        index=_names(both),
    )  # fmt: skip
    smaller = int(_smaller(both).sum())
    return Exhibit(
        f"{whole(smaller)} of {whole(len(both))} effects are smaller once only what service and talk cause is "
        "counted",
        data=data, source=SOURCE,
    )  # fmt: skip


def what_fails(table: pd.DataFrame) -> Exhibit:
    """What the model does not make, and why: the list of what it lacks."""
    failed = table[_became(table).isin([_MISSES, _LACKS])]
    made = _reading(failed)["middle"]
    columns = (failed[name] for name in ("published_low", "published_high", "unit", "why"))
    return Exhibit(
        "What it does not make, and why" if len(failed) else "Every effect was made",
        answers=tuple(
            (_first(str(name)), f"{_interval(low, high, unit)} found, {_said(middle, unit)} made. {reason}")
            for name, middle, low, high, unit, reason in zip(failed.index, made, *columns, strict=True)
        ),
        source=SOURCE,
    )


def why(table: pd.DataFrame) -> Exhibit:
    """Why each effect is met or not, with its source."""
    data = pd.DataFrame({"Why": table["why"].tolist(), "Source": table["source"].tolist()}, index=_names(table))
    return Exhibit("Why each is met or not", data=data, source=SOURCE, appendix=True)


# --- calculators -------------------------------------------------------------------------------------------------

CALCULATED = "Published calculators, each with its own inputs, in its own currency. Computed with wom."
_WIDEST = 2.0
"""Times what a calculator says, where the chart ends."""


def twelve(table: pd.DataFrame) -> Exhibit:
    """What popular calculators promise against what is caused, on one screen.

    Args:
        table: from `wom.evidence.calculators`.
    """
    many, more = len(table), table["calculated"] > table["model"]
    times = (table["calculated"] / table["model"]).where(table["model"] > 0)
    applies = table[list(CAUSES)].notna().sum().sort_values(ascending=False, kind="stable")
    unknown = table.index[~table["known_source"].astype(bool)]
    less = table.index[~more]
    return Exhibit(
        f"Think with these, do not budget by them: {whole(more.sum())} of {whole(many)} say more than the model "
        "finds",
        figures=(
            Figure("Say more", f"{whole(more.sum())} of {whole(many)}", "than the model finds", -1),
            Figure("The typical one", f"{number(times.median(), 2)} times",
                   "what it says over what the model finds", -1),
            Figure("Without a source", f"{whole(len(unknown))} of {whole(many)}",
                   "they circulate; no study could be found"),
        ),
        answers=(
            ("What they forget", "Most often it is "
             + " and ".join(f"{CAUSES[str(cause)]} (in {whole(count)})" for cause, count in applies[:2].items())
             + "."),
            ("What they are good for", "Each asks a good question, and most say something true; the table has it. "
             "They go wrong as budgets."),
            ("Where they are too low", f"{_listed(less)}. It {_lower(table.loc[less[0], 'wrong'])}" if len(less)
             else "Nowhere here."),
            ("How sure is the model", "Its ranges hold nine draws in ten of all defaults. Assumed besides: a "
             "store that keeps 40 % of its revenue, four in ten who would have chosen it, a market of 10,000 for "
             "the viral one. Two define something else: earned growth counts who came, not who was won, and "
             "friends have a worth of their own. With your own figures all of it moves."),
        ),
        source=CALCULATED,
    )  # fmt: skip


def _digits(value: float, unit: str) -> str:
    """A number as a calculator prints it."""
    if unit == "share":
        return _said(value, unit)
    text = f"{abs(value):,.2f}".rstrip("0").rstrip(".")
    return (MINUS if value < 0 else "") + text


def recomputed(table: pd.DataFrame) -> Exhibit:
    """The calculators, what each says, what the model makes of the same inputs, and what each is good for."""
    data = pd.DataFrame(
        {
            "Says": [_digits(*pair) for pair in zip(table["calculated"], table["unit"], strict=True)],
            "The model": [_ranged(*ends) for ends in zip(
                table["model_low"], table["model"], table["model_high"], table["unit"], strict=True)],
            "Good for": table["good_for"].tolist(),
        },
        index=_names(table).rename("Calculator"),
    )  # fmt: skip
    return Exhibit(
        "Twelve calculators with their own inputs, to the digit, and the same inputs through the model",
        data=data, source=CALCULATED,
    )  # fmt: skip


def what_is_left(table: pd.DataFrame) -> Exhibit:
    """The model's answer as a share of what each calculator says."""
    ends = table[["model_low", "model", "model_high"]].div(table["calculated"], axis=0)
    ends = ends.set_axis(["low", "middle", "high"], axis=1).sort_values("middle", kind="stable")
    shown = table.loc[ends.index]
    texts = [
        f"{_said(value, unit)} for {_digits(theirs, unit)}"
        for value, theirs, unit in zip(shown["model"], shown["calculated"], shown["unit"], strict=True)
    ]
    under = int((ends["middle"] < 0.5).sum())
    roles: list[Role] = ["worse" if middle < 1 else "better" for middle in ends["middle"]]
    chart = Chart(
        "ranges", tuple(map(_first, ends.index)), three(ends.clip(0.0, _WIDEST), roles),
        "What the model makes of the same inputs, as a share of what the calculator says; 90 % ranges, those "
        f"beyond {percent(_WIDEST)} or below 0 end there",
        labels=tuple(texts), form="share", reference=1.0,
    )  # fmt: skip
    return exhibit(
        CALCULATED, f"In {whole(under)} of {whole(len(table))}, less than half is left", chart, data=ends
    )


def forgotten(table: pd.DataFrame) -> Exhibit:
    """What calculators lack: in how many of them, and where it weighs most."""
    parts = table[list(CAUSES)].abs()
    parts = parts.div(parts.sum(axis=1), axis=0)
    data = pd.DataFrame(
        {
            "What is done instead": [_first(text) for text in CAUSES.values()],
            "In how many": [int(parts[cause].notna().sum()) for cause in CAUSES],
            "Weighs most in": [_first(str(parts[cause].idxmax())) for cause in CAUSES],
            "Its part there": [_said(parts[cause].max(), "share") for cause in CAUSES],
        },
        index=pd.Index(map(_first, CAUSES), name="Cause"),
    )
    often = data["In how many"].astype(int).idxmax()
    many = whole(data["In how many"].max())
    return Exhibit(f"Forgotten most often: {_lower(CAUSES[_lower(str(often))])}, in {many} of "
                   f"{whole(len(table))}", data=data, source=CALCULATED)  # fmt: skip


def gap(table: pd.DataFrame, name: str) -> Exhibit:
    """From what one calculator says to what the model makes of it, cause by cause.

    Args:
        table: from `wom.evidence.calculators`.
        name: of the calculator.

    Raises:
        InputError: no such calculator.
    """
    if name not in table.index:
        raise InputError(f"no such calculator; {nearest(name, map(str, table.index))}", name)
    row: Any = table.loc[name]
    causes = [cause for cause in CAUSES if pd.notna(row[cause])]
    values = [row["calculated"], *(row[cause] for cause in causes), row["model"]]
    share = row["unit"] == "share"
    texts = [percent(value, 3).replace(" ", NARROW) for value in values] if share else amounts(values)
    says, made = _digits(row["calculated"], row["unit"]), _said(row["model"], row["unit"])
    chart = Chart(
        "waterfall", ("The calculator says", *map(_first, causes), "The model"), (series("value", values),),
        f"{row['good_for']} {row['wrong']}", labels=tuple(texts), totals=(0, len(values) - 1),
        form="share" if share else "amount",
    )  # fmt: skip
    said = f"{_first(name)}: {says} as calculated, {made} through the model"
    return exhibit(f"{row['source']}. Computed with wom.", said, chart)
