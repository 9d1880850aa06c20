"""How sure a result is, in sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from .._effect import Spread
from .._run import LEVEL, Interval, Run
from ..analysis.failure import Failure
from ..analysis.sensitivity import Sensitivity
from ..parameters import QUANTITIES, Range, central
from ..scenario import WIDTHS, Scenario
from ..scenario import ranges as known_ranges
from ..words import amounts, often, percent, whole
from .plain import plain

_KEY = re.compile(r"(?:segments\.[^.\s]+\.)?\b(?:" + "|".join(map(re.escape, QUANTITIES)) + r")\b")
"""A parameter's dotted key in a text."""


def interval(found: Interval, currency: str = "") -> str:
    """An interval in words, its ends rounded alike, to three digits of the larger one, or four where it is short.

    Example:
        >>> interval(Interval(5097.0, 31613.0, 70668.0))
        '5,100 to 70,700'
        >>> interval(Interval(9_580_400.0, 9_588_000.0, 9_594_600.0))
        '9.580 million to 9.595 million'
    """
    short = abs(found.high - found.low) < _SHORT * max(abs(found.low), abs(found.high))
    low, high = amounts([found.low, found.high], currency, 4 if short else 3)
    return f"{low} to {high}"


def headline(rows: list[tuple[str, str, str]], spread: Spread) -> list[tuple[str, str, str]]:
    """The three figures of a scenario report, each with its 90 % interval.

    Args:
        rows: from `messages.headline`, in its order.
        spread: from `wom.spread`, of the same scenario.

    Example:
        >>> import wom
        >>> from wom.messages import headline as rows
        >>> plan = wom.load("retailer/make-it-right")
        >>> said = headline(rows(wom.effect(plan)), wom.spread(plan, draws=20))
        >>> [label for label, _, _ in said], all("interval" in note for _, _, note in said)
        (['Revenue in 36 months', "Net, in today's money", 'Customers at the end'], True)
    """
    planned = bool(spread.scenario.plan)
    names = ("extra_revenue", "net", "extra_customers") if planned else ("revenue", "npv", "customers")
    said = []
    for (label, value, note), name in zip(rows, names, strict=True):
        found = spread.interval(name)
        counted = name.endswith("customers") and abs(found.high) < _MILLION
        text = f"{whole(found.low)} to {whole(found.high)}" if counted else interval(found)
        said.append((label, value, f"{percent(LEVEL)} interval {text}; {note}"))
    return said


_SHORT = 0.1
"""Of its larger end."""
_MILLION = 1e6
"""From here on nobody counts single customers."""


def certainty(spread: Spread) -> str:
    """How likely a plan is to pay, and how much it may bring.

    Example:
        >>> import wom
        >>> certainty(wom.spread(wom.load("retailer/make-it-right"), draws=200))[:29]
        'The plan pays in 69 of 100 ca'
    """
    net, currency = spread.interval("net"), spread.scenario.currency
    span = interval(net, currency)
    if not spread.scenario.plan:
        return f"With all that is uncertain, contribution is worth {interval(spread.interval('npv'), currency)}"
    return (
        f"The plan pays {often(1.0 - spread.chance_of_loss)}; its net lies between "
        f"{span.replace(' to ', ' and ')} ({percent(LEVEL)} interval)"
    )


def left_out(spread: Spread) -> str:
    """Which draws were left out because their figures contradict each other, and where a default gave way.

    Example:
        >>> import wom
        >>> left_out(wom.spread(wom.load("retailer/today"), draws=20)).startswith("No draw contradicts")
        True
    """
    text = named(spread.run.refused.text) or "No draw contradicts what was observed."
    begun = spread.run.start
    if begun.before:
        longer = [(begun.inputs.parameters[key] != before).any(axis=0) for key, before in begun.before.items()]
        many = percent(float(np.any(longer, axis=0).mean()))
        text += (
            f" In {many} of draws the observed share of recommended customers is more than our usual assumptions "
            "allow; there talk is remembered for longer or reaches more people, as little as is needed."
        )
    less = float(begun.gave_way.mean())
    if not less:
        return text
    return (
        f"{text} In {percent(less)} of draws the published share of new customers who come on a recommendation is "
        "more than your figures allow; there it is as large as they allow."
    )


def named(text: str) -> str:
    """A text with names instead of dotted keys, and the key behind the first of each, for who has to write it.

    Example:
        >>> named("check market.size; market.size first")
        'check people who could be customers (market.size); people who could be customers first'
    """
    said: set[str] = set()

    def word(found: re.Match[str]) -> str:
        key, known = found[0], found[0] in said
        said.add(key)
        return _word(found) + ("" if known else f" ({key})")

    return _KEY.sub(word, text)


def luck(many: Run, column: str = "customers") -> str:
    """How far chance alone may take a business by the end, in a title's length.

    Example:
        >>> import wom
        >>> case = wom.load("supplier/today")
        >>> luck(wom.simulate(case, draws=50, chance=True, ranges=False)).startswith("By chance alone")
        True
    """
    last = many.band(column, LEVEL).iloc[-1]
    low, high = amounts([float(last["low"]), float(last["high"])], digits=3)
    return f"By chance alone {column.replace('_', ' ')} end between {low} and {high} in nine of ten cases"


def grades(found: Sensitivity) -> str:
    """How much of the uncertainty rests on assumed figures, in a title's length.

    Example:
        >>> from types import SimpleNamespace
        >>> shares = pd.DataFrame({"share": [0.6, 0.4]}, ["assumed", "fair"])
        >>> grades(SimpleNamespace(by_grade=shares))
        '60 % of the uncertainty rests on assumed figures'
    """
    shares = found.by_grade["share"].to_dict()
    return f"{percent(shares.get('assumed', 0.0))} of the uncertainty rests on assumed figures"


def tornado(found: Sensitivity) -> str:
    """Which figure moves the outcome most, in a title's length.

    Example:
        >>> import wom
        >>> from types import SimpleNamespace
        >>> ends = pd.DataFrame({"outcome_low": [9000.0], "outcome_high": [-3000.0]}, ["experience.bad_share"])
        >>> found = SimpleNamespace(tornado=ends, scenario=wom.load("retailer/today"))
        >>> print(tornado(found).replace("\\xa0", " "))
        One at a time, most hangs on contacts that go wrong: −USD 3,000 to USD 9,000
    """
    top = found.tornado.iloc[0]
    ends = sorted((float(top["outcome_low"]), float(top["outcome_high"])))
    low, high = amounts(ends, found.scenario.currency, 3)
    first = plain(str(found.tornado.index[0]))
    return f"One at a time, most hangs on {first[:1].lower()}{first[1:]}: {low} to {high}"


def name(key: str) -> str:
    """A parameter inside a sentence.

    Example:
        >>> name("retention.disappointed_hazard_ratio"), name("experience.causal_share")
        ('departures of the disappointed', 'what service itself causes')
    """
    text = plain(key)
    return text[:1].lower() + text[1:]


def drivers(found: Sensitivity, most: int = 8) -> pd.DataFrame:
    """The figures that matter most, as a table to read.

    Args:
        found: from `wom.sensitivity`.
        most: rows.

    Example:
        >>> from types import SimpleNamespace
        >>> index = {"S1": [0.4], "ST": [0.5], "ST_low": [0.45], "ST_high": [0.55], "grade": ["weak"]}
        >>> drivers(SimpleNamespace(sobol=pd.DataFrame(index, ["experience.bad_share"]))).iloc[0].tolist()
        ['40 %', '50 %', '45 % – 55 %', 'weak']
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
    return pd.DataFrame(rows, index=pd.Index([plain(str(key)) for key in table.index], name="Figure"))


def measure(found: Sensitivity, most: int = 5) -> pd.DataFrame:
    """What to find out next, how, and what it would be worth to the decision, as a table to read.

    Example:
        >>> import wom
        >>> from types import SimpleNamespace
        >>> known = pd.DataFrame({"gain": [900.0], "how": ["count contacts"]}, ["experience.contacts_per_month"])
        >>> found = SimpleNamespace(learning=known, scenario=wom.load("retailer/today"))
        >>> print(measure(found).iloc[0, 0], measure(found).iloc[0, 1].replace("\\xa0", " "), sep=": ")
        Count contacts: USD 900
    """
    table = found.learning.sort_values("gain", ascending=False, kind="stable").head(most)
    return pd.DataFrame(
        {
            "How": [str(how)[:1].upper() + str(how)[1:] for how in table["how"]],
            "Worth to the decision": amounts(table["gain"].tolist(), found.scenario.currency, 2),
        },
        index=pd.Index([plain(str(key)) for key in table.index], name="Figure"),
    )


def failing(found: Failure) -> str:
    """When a plan loses money, in Markdown.

    Example:
        >>> import wom
        >>> said = failing(wom.failure(wom.load("retailer/make-it-right"), draws=64))
        >>> said.startswith("- The plan loses money in"), "experience." in said
        (True, False)
    """
    return bullets([f"The plan loses money {often(found.chance)}.", *found.text[1:]])


def bullets(texts: Sequence[str]) -> str:
    """Sentences as a Markdown list, dotted keys in words.

    Example:
        >>> bullets(["Most depends on retention.avoid_share."])
        '- Most depends on leavers who then avoid you.'
    """
    return "\n".join(f"- {_in_words(text)}" for text in texts)


def _in_words(text: str) -> str:
    """A text with names instead of dotted keys."""
    return _KEY.sub(_word, text)


def _word(found: re.Match[str]) -> str:
    return (plain if _begins(found.string[: found.start()]) else name)(found[0])


def _begins(before: str) -> bool:
    """Whether a sentence begins behind a text."""
    return not before or before.endswith(". ")


def regret(table: pd.DataFrame, currency: str) -> str:
    """Which plan is regretted least, in a title's length.

    Args:
        table: from `wom.analysis.compare.regret`.
        currency: of the money in it.

    Example:
        >>> table = pd.DataFrame({"mean_regret": [1200.0, 4000.0]}, ["Make it right", "Do nothing"])
        >>> print(regret(table, "USD").replace("\\xa0", " "))
        Make it right is regretted least: USD 1,200 on average
    """
    best = str(table["mean_regret"].idxmin())
    size = amounts([float(table["mean_regret"].min()), float(table["mean_regret"].max())], currency, 3)[0]
    return f"{best} is regretted least: {size} on average"


def choices(table: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Choices with their regret as a table to read.

    Args:
        table: from `wom.analysis.compare.regret`.
        currency: of the money in it.

    Example:
        >>> row = {"mean_net": 5000.0, "low_net": -500.0, "high_net": 9000.0, "mean_regret": 120.0}
        >>> row |= {"worst_regret": 900.0, "chance_of_loss": 0.1, "best_share": 0.8}
        >>> shown = choices(pd.DataFrame(row, ["Make it right"]), "USD")
        >>> [text.replace("\\xa0", " ") for text in shown.loc["Make it right"]]
        ['USD 5,000', '−USD 500 to USD 9,000', 'USD 120', 'USD 900', 'in 10 of 100 cases', 'in 80 of 100 cases']
    """
    cash = {
        "Net on average": table["mean_net"],
        "90 % interval of net": None,
        "Regret on average": table["mean_regret"],
        "Regret in 1 of 20 cases at least": table["worst_regret"],
    }
    spans = [
        interval(Interval(low, low, high), currency)
        for low, high in zip(table["low_net"], table["high_net"], strict=True)
    ]
    shown = {
        name: spans if values is None else amounts(values.tolist(), currency, 3) for name, values in cash.items()
    }
    shown["Loses money"] = [often(value) for value in table["chance_of_loss"]]
    shown["Best choice"] = [often(value) for value in table["best_share"]]
    return pd.DataFrame(shown, index=table.index.rename("Choice"))


def ranges(scenario: Scenario) -> str:
    """Where the ranges come from, in sentences.

    Example:
        >>> import wom
        >>> print(ranges(wom.load("retailer/today")).replace(". ", ".\\n").replace(", ", ",\\n"))
        44 figures are uncertain: 30 with a range from the evidence,
        none with one of your own,
        14 with a default width.
        A figure of your own without a range counts as known to ±5 %,
        a guessed one to ±20 %,
        a counted one exactly (`sure:` in the file).
    """
    entries = {
        entry for places in scenario.entries().values() for entry in places if isinstance(entry.value, Range)
    }
    uncertain = [entry for entry in entries if entry.value != (central(entry.value),) * 3]
    default = sum(bool(entry.sure) for entry in uncertain)
    theirs = sum(entry.path.startswith("evidence.") for entry in uncertain)
    many = len(known_ranges(scenario.inputs))
    counts = [whole(count) if count else "none" for count in (theirs, many - theirs - default, default)]
    return (
        f"{whole(many)} figures are uncertain: {counts[0]} with a range from the evidence, {counts[1]} with one "
        f"of your own, {counts[2]} with a default width. A figure of your own without a range counts as known to "
        f"±{percent(WIDTHS['stated'])}, a guessed one to ±{percent(WIDTHS['guessed'])}, a counted one exactly "
        "(`sure:` in the file)."
    )
