"""How sure a result is, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ..checks import ranges as known_ranges
from ..course import Interval
from ..failure import Failure
from ..parameters import QUANTITIES
from ..run import Draws
from ..scenario import Scenario
from ..sensitivity import Sensitivity
from ..spread import LEVEL, Spread
from ..words import amounts, percent, whole


def interval(found: Interval, currency: str = "") -> str:
    """An interval in words, its ends rounded alike.

    Example:
        >>> interval(Interval(5097.0, 31613.0, 70668.0))
        '5,100 to 70,670'
    """
    low, high = amounts([found.low, found.high], currency)
    return f"{low} to {high}"


def headline(rows: list[tuple[str, str, str]], spread: Spread) -> list[tuple[str, str, str]]:
    """The three figures of a scenario report, each with its 90 % interval.

    Args:
        rows: from `messages.headline`, in its order.
        spread: from `wom.spread`, of the same scenario.
    """
    planned = bool(spread.scenario.plan)
    names = ("extra_revenue", "net", "extra_customers") if planned else ("revenue", "npv", "customers")
    said = []
    for (label, value, note), name in zip(rows, names, strict=True):
        found = spread.interval(name)
        people = f"{whole(found.low)} to {whole(found.high)}"
        text = people if name.endswith("customers") else interval(found)
        said.append((label, value, f"{percent(LEVEL)} interval {text}; {note}"))
    return said


def certainty(spread: Spread) -> str:
    """How likely a plan is to pay, and how much it may bring.

    Example:
        >>> import wom
        >>> said = certainty(wom.spread(wom.load("retailer/make-it-right"), draws=200))
        >>> said.startswith("The plan pays in 9")
        True
    """
    net, currency = spread.interval("net"), spread.scenario.currency
    span = interval(net, currency)
    if not spread.scenario.plan:
        return f"With all that is uncertain, contribution is worth {interval(spread.interval('npv'), currency)}"
    pays = 1.0 - spread.chance_of_loss
    often = "in all draws" if pays == 1 else "in no draw" if pays == 0 else f"in {percent(pays)} of draws"
    return (
        f"The plan pays {often}; its net lies between {span.replace(' to ', ' and ')} ({percent(LEVEL)} interval)"
    )


def left_out(spread: Spread) -> str:
    """Which draws were left out because their figures contradict each other, if any."""
    text = in_words(spread.run.refused.text)
    return f"{text[:1].upper()}{text[1:]}." if text else "No draw contradicts what was observed."


def luck(many: Draws, column: str = "customers") -> str:
    """How far chance alone may take a business by the end, in a title's length.

    Example:
        >>> import wom
        >>> case = wom.load("supplier/today")
        >>> luck(wom.simulate(case, draws=50, chance=True, ranges=False)).startswith("By chance alone")
        True
    """
    last = many.band(column, LEVEL).iloc[-1]
    low, high = amounts([float(last["low"]), float(last["high"])], digits=3)
    return f"By chance alone {column.replace('_', ' ')} end between {low} and {high} in nine of ten draws"


def grades(found: Sensitivity) -> str:
    """How much of the uncertainty rests on assumed figures, in a title's length."""
    shares = found.by_grade["share"].to_dict()
    return f"{percent(shares.get('assumed', 0.0))} of the uncertainty rests on assumed figures"


def tornado(found: Sensitivity) -> str:
    """Which figure moves the outcome most, in a title's length."""
    top = found.tornado.iloc[0]
    ends = sorted((float(top["outcome_low"]), float(top["outcome_high"])))
    low, high = amounts(ends, found.scenario.currency)
    return f"Most depends on {name(str(found.tornado.index[0]))}: {low} to {high}"


def name(key: str) -> str:
    """A parameter's place as a few words.

    Example:
        >>> name("retention.disappointed_hazard_ratio"), name("experience.causal_share")
        ('disappointed hazard ratio', 'causal share (experience)')
    """
    section, _, last = key.rpartition(".")
    ambiguous = [known for known in QUANTITIES if known.endswith(f".{last}")]
    text = last.replace("_", " ")
    return f"{text} ({section.replace('_', ' ').rpartition('.')[-1]})" if len(ambiguous) > 1 else text


def drivers(found: Sensitivity, most: int = 8) -> pd.DataFrame:
    """The figures that matter most, as a table to read.

    Args:
        found: from `wom.sensitivity`.
        most: rows.
    """
    table = found.sobol.head(most)
    rows = {
        "Alone": [percent(max(value, 0.0)) for value in table["S1"]],
        "With others": [percent(value) for value in table["ST"]],
        "90 % interval": [
            f"{percent(max(low, 0.0))} – {percent(high)}"
            for low, high in zip(table["ST_low"], table["ST_high"], strict=True)
        ],
        "Grade": table["grade"].tolist(),
    }
    return pd.DataFrame(rows, index=pd.Index([name(str(key)) for key in table.index], name="Figure"))


def measure(found: Sensitivity, most: int = 5) -> pd.DataFrame:
    """What to find out next, how, and what it would be worth to the decision, as a table to read."""
    table = found.learning.sort_values("gain", ascending=False, kind="stable").head(most)
    return pd.DataFrame(
        {
            "How": [str(how)[:1].upper() + str(how)[1:] for how in table["how"]],
            "Worth to the decision": amounts(table["gain"].tolist(), found.scenario.currency, 2),
        },
        index=pd.Index([name(str(key)) for key in table.index], name="Figure"),
    )


def failing(found: Failure) -> str:
    """When a plan loses money, in Markdown."""
    return bullets(found.text)


def bullets(texts: Sequence[str]) -> str:
    """Sentences as a Markdown list, dotted keys in words.

    Example:
        >>> bullets(["Most depends on retention.avoid_share."])
        '- Most depends on avoid share.'
    """
    return "\n".join(f"- {in_words(text)}" for text in texts)


def in_words(text: str) -> str:
    """A text with names instead of dotted keys."""
    for key in sorted(QUANTITIES, key=len, reverse=True):
        text = text.replace(key, name(key))
    return text


def regret(table: pd.DataFrame, currency: str) -> str:
    """Which plan is regretted least, in a title's length.

    Args:
        table: from `wom.portfolio.regret`.
        currency: of the money in it.
    """
    best = str(table["mean_regret"].idxmin())
    size = amounts([float(table["mean_regret"].min())], currency)[0]
    return f"{best} is regretted least: {size} on average"


def choices(table: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Choices with their regret as a table to read.

    Args:
        table: from `wom.portfolio.regret`.
        currency: of the money in it.
    """
    cash = {
        "Net on average": table["mean_net"],
        "90 % interval of net": None,
        "Regret on average": table["mean_regret"],
        "Regret in 1 of 20 draws at least": table["worst_regret"],
    }
    spans = [
        interval(Interval(low, low, high), currency)
        for low, high in zip(table["low_net"], table["high_net"], strict=True)
    ]
    shown = {
        name: spans if values is None else amounts(values.tolist(), currency, 3) for name, values in cash.items()
    }
    shown["Loses money"] = [f"{percent(value)} of draws" for value in table["chance_of_loss"]]
    shown["Best choice"] = [f"{percent(value)} of draws" for value in table["best_share"]]
    return pd.DataFrame(shown, index=table.index.rename("Choice"))


def ranges(scenario: Scenario) -> str:
    """Where the ranges come from, in a sentence."""
    paths = known_ranges(scenario.inputs)
    theirs = sum(path.startswith("evidence.") for path in paths)
    return f"{whole(theirs)} ranges come from the evidence and {whole(len(paths) - theirs)} from the scenario."
