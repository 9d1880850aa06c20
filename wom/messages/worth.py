"""What customers, experiences, mechanisms and segments are worth, in sentences and tables to read."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..scenario import Scenario
from ..words import NARROW, amounts, signed


def mechanisms(split: pd.Series, scenario: Scenario, names: dict[str, str]) -> str:
    """Which mechanism carries most of what a plan or today's service brings.

    Args:
        split: from `wom.mechanisms`.
        scenario: whose it is.
        names: of the mechanisms, in words.

    Example:
        >>> import wom
        >>> split = pd.Series({"direct": -100.0, "retention": 700.0, "spend": 200.0})
        >>> names = {"direct": "Cost", "retention": "Customers stay longer", "spend": "They spend more"}
        >>> print(mechanisms(split, wom.load("retailer/make-it-right"), names).replace("\\xa0", " "))
        The plan earns USD 800 in today's money; most of it: customers stay longer, +USD 700
        >>> dear = pd.Series({"direct": -900.0, "retention": 700.0, "spend": 200.0})
        >>> print(mechanisms(dear, wom.load("retailer/make-it-right"), names).replace("\\xa0", " ").split("; ")[1])
        cost −USD 900, customers stay longer +USD 700
    """
    total = float(split.sum())
    texts = amounts([abs(total), *split], scenario.currency)
    shown = dict(zip(split.index, map(signed, texts[1:]), strict=True))
    first, second = (str(name) for name in split.abs().sort_values(ascending=False).index[:2])
    most = f"most of it: {names[first].lower()}, {shown[first]}"
    if first == "direct" or split[first] * total < 0:  # what a plan costs says nothing about how it works
        most = ", ".join(f"{names[part].lower()} {shown[part]}" for part in (first, second))
    if scenario.plan:
        return f"The plan {'earns' if total >= 0 else 'loses'} {texts[0]} in today's money; {most}"
    more = "more" if total >= 0 else "less"
    return f"Service, good and bad, makes today's business worth {texts[0]} {more}; {most}"


def money_table(table: pd.DataFrame, currency: str) -> pd.DataFrame:
    """A table of money to read: rounded alike, with words for column names.

    Example:
        >>> shown = money_table(pd.DataFrame({"own_purchases": [412.3, None]}, ["content", "avoider"]), "USD")
        >>> list(shown), [text.replace("\\xa0", " ") for text in shown["Own purchases"]]
        (['Own purchases'], ['USD 412', '–'])
    """
    every = table.to_numpy(dtype=float)
    largest = float(np.nanmax(np.abs(every))) if np.isfinite(every).any() else 0.0
    digits = 4 if largest >= 1000 else 3
    rounded = {name: amounts([*table[name].fillna(0.0), largest], currency, digits)[:-1] for name in table}
    shown = pd.DataFrame(
        {
            name: [text if pd.notna(value) else "–" for value, text in zip(table[name], texts, strict=True)]
            for name, texts in rounded.items()
        },
        index=table.index,
    )
    return shown.rename_axis([_title(name) for name in table.index.names]).rename(columns=_title)


def _title(name: object) -> str:
    return str(name).replace("_", " ").capitalize()


_PLAUSIBLE = {"Verdict": "verdict", "Held against": "base", "Source": "source"}


def plausible(review: pd.DataFrame) -> pd.DataFrame:
    """A plausibility review as a table to read.

    Args:
        review: from `wom.plausibility.review`.

    Example:
        >>> line = {"verdict": ["inside: 5 %"], "base": ["experiences, 12 %"], "source": ["Qualtrics"]}
        >>> plausible(pd.DataFrame(line, ["bad share"])).loc["Bad share"].tolist()
        ['inside: 5\xa0%', 'experiences, 12\xa0%', 'Qualtrics']
    """
    shown = review.astype(str).replace(" %", f"{NARROW}%", regex=True)
    shown["source"] = shown["source"].replace(
        r"([12]\d{3}(?:-\d\d)?), [^;]*", r"\1", regex=True
    )  # authors and year
    return pd.DataFrame(
        {name: shown[column].tolist() for name, column in _PLAUSIBLE.items()},
        index=pd.Index([str(line)[:1].upper() + str(line)[1:] for line in review.index], name="Result"),
    )
