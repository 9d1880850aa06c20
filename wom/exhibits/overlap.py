"""What overlap of audiences costs: the model spreads talk evenly, real people talk to those they know."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..scenario import Scenario
from ..words import number, percent, points
from .basis import exhibit, ranges
from .chart import Role
from .exhibit import Exhibit, Figure

HEARD = "people_ever_reached_good"
_COLUMNS = {HEARD: "Ever heard good", "people_ever_reached_bad": "Ever heard bad", "favourable": "Favourable now",
            "recommended_customers": "Recommended"}  # fmt: skip


def _source(case: Scenario) -> str:
    return f"{case.title.rstrip('.')}. Simulated person by person with wom."


def _ends(table: pd.DataFrame, column: str = HEARD) -> pd.DataFrame:
    """A ratio with the range that chance alone gives its average in nine of ten cases."""
    middle, half = table[column].astype(float), 1.645 * table[f"{column}_error"].astype(float)
    return pd.DataFrame({"low": middle - half, "middle": middle, "high": middle + half})


def independence(table: pd.DataFrame, case: Scenario) -> Exhibit:
    """What the assumption that everyone mixes gets wrong, on one screen, from `wom.population.overlap`."""
    heard = _ends(table)
    middle = heard["middle"]
    worst, best = str(middle.idxmin()), str(middle.idxmax())
    figures = tuple(
        Figure(f"Knowing {each}", percent(float(middle[each])), "of the people reached where everyone mixes",
               range=tuple(heard.loc[each].astype(float)))
        for each in dict.fromkeys([worst, best])
    )  # fmt: skip
    come = _ends(table, "recommended_customers").loc[worst]
    fewer = f"About {percent(1 - come['middle'])} fewer recommended customers come where it costs most"
    if come["high"] >= 1:
        fewer = "Whether fewer recommended customers come is within chance in so few runs"
    said = "Whom people know hardly matters here"
    if heard["high"][worst] < 1:
        said = f"Up to {percent(1 - middle[worst])} fewer hear than the model assumes"
    return exhibit(
        _source(case), said, figures=figures,
        text=("The model lets everyone hear of everyone. Real people tell those they know, who have often heard "
              "it already. Here is the difference, person by person.",),
        answers=(
            ("How sure", "Each figure is an average of runs by chance; nine in ten such averages lie within "
             f"{points(float((heard['high'] - middle).max()))} of it."),
            ("What it changes", f"{fewer}. Today's are counted and stay; a plan adds less."),
            ("What drives it", f"{_drives(table)}."),
            ("What to do next", "Customers who know few others, or all the same ones: look at the plan again "
             "with the low end of how many hear. Others: leave it."),
        ),
    )  # fmt: skip


def _drives(table: pd.DataFrame) -> str:
    """Whether the number of acquaintances or how closely they are knit matters."""
    ratio, degrees = table[HEARD].astype(float), np.round(table["mean_degree"].astype(float))
    knit = table["clustering"].astype(float).groupby(degrees).agg(["idxmin", "idxmax"])
    close = max(abs(ratio[loose] - ratio[tight]) for loose, tight in knit.to_numpy())
    few = points(round(float(np.ptp(ratio[knit["idxmin"]].to_numpy())), 2))
    return f"Few acquaintances cost {few} of reach, knowing one another {points(round(close, 2))}"


def reached(table: pd.DataFrame, case: Scenario) -> Exhibit:
    """How many people hear on each network, against a market in which everyone mixes."""
    ends = _ends(table)
    middle = ends["middle"]
    roles: list[Role] = ["worse" if value < 1 else "neutral" for value in ends["high"]]
    chart = ranges(ends, "Who ever heard good, of those where all mix; 90 % range", map(percent, middle), roles,
                   form="share", reference=1.0, sides=("fewer hear", "more hear"))  # fmt: skip
    fewer = f"{percent(1 - middle.min())} fewer hear than where everyone mixes"
    return exhibit(_source(case), f"Where people know {middle.idxmin()}, {fewer}", chart, data=ends)


def networks(table: pd.DataFrame, case: Scenario) -> Exhibit:
    """Networks side by side: what each loses, with the standard error of chance."""
    shown = {
        "Acquaintances": [number(value, 2) for value in table["mean_degree"]],
        "Close-knit": [percent(round(value, 2)) for value in table["clustering"]],
    }
    for key, label in _COLUMNS.items():
        errors = [percent(max(round(error, 2), 0.01)) for error in table[f"{key}_error"]]
        shown[label] = [f"{percent(round(value, 2))} ± {e}" for value, e in zip(table[key], errors, strict=True)]
    return exhibit(_source(case), _drives(table), data=pd.DataFrame(shown, index=table.index.rename("Network")))
