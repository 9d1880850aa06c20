"""What a lever does, in a sentence."""

from __future__ import annotations

import pandas as pd

from ..parameters import QUANTITIES
from ..scenario import Scenario
from ..words import money, number, percent
from .plain import plain

COLUMNS = {
    "revenue": "Revenue over the horizon",
    "npv": "Contribution over the horizon, in today's money",
    "customers": "Customers at the end",
    "new_customers": "New customers over the horizon",
    "people_told_good": "People told good over the horizon",
    "people_told_bad": "People told bad over the horizon",
    "stars": "Star rating at the end",
}
"""What the columns of `wom.lever` mean, in words."""


def lever(table: pd.DataFrame, column: str, scenario: Scenario) -> str:
    """What a lever does to a result, from one end of its span to the other.

    Example:
        >>> import wom
        >>> case = wom.load("retailer/today")
        >>> lever(wom.lever(case, "word_of_mouth.reach_good", [0.0, 24.0]), "new_customers", case)
        'People told of a good experience from 0 to 24: 543 more new customers over the horizon'
    """
    values = table[column]
    change = float(values.iloc[-1] - values.iloc[0])
    key = str(table.index.name)
    show = percent if QUANTITIES[key].unit == "share" else "{:.3g}".format
    first, last = show(float(table.index[0])), show(float(table.index[-1]))
    size = money(abs(change), scenario.currency) if column in ("revenue", "npv") else number(abs(change))
    what = COLUMNS[column][:1].lower() + COLUMNS[column][1:]
    return f"{plain(key)} from {first} to {last}: {size} {'more' if change >= 0 else 'less'} {what}"
