"""What overlap of audiences costs: the model spreads talk evenly, real people talk to those they know."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..scenario import Scenario
from ..words import number, percent, points
from .basis import exhibit, three
from .chart import Chart, Role
from .exhibit import Exhibit, Figure

HEARD = "people_ever_reached_good"
_NORMAL = 1.645
"""Standard errors on either side that hold nine of ten."""
_COLUMNS = {HEARD: "Ever heard good", "people_ever_reached_bad": "Ever heard bad", "favourable": "Favourable now",
            "recommended_customers": "Recommended"}  # fmt: skip


def _source(case: Scenario) -> str:
    return f"{case.title.rstrip('.')}. Simulated person by person with wom."


def _ends(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """A ratio with the range that chance alone gives its average."""
    middle, half = table[column].astype(float), _NORMAL * table[f"{column}_error"].astype(float)
    return pd.DataFrame({"low": middle - half, "middle": middle, "high": middle + half})


def independence(table: pd.DataFrame, case: Scenario) -> Exhibit:
    """What the assumption that everyone mixes gets wrong, on one screen.

    Args:
        table: from `wom.population.overlap`.
        case: whose it is.
    """
    low, middle, high = (_ends(table, HEARD)[end] for end in ("low", "middle", "high"))
    worst, best = str(middle.idxmin()), str(middle.idxmax())
    figures = tuple(
        Figure(f"Knowing {each}", percent(float(middle[each])), "of the people reached where everyone mixes",
               range=(float(low[each]), float(middle[each]), float(high[each])))
        for each in dict.fromkeys([worst, best])
    )  # fmt: skip
    come = _ends(table, "recommended_customers").astype(float).to_dict("index")[worst]
    fewer = f"About {percent(1 - come['middle'])} fewer recommended customers come where it costs most"
    if come["high"] >= 1:
        fewer = "Whether fewer recommended customers come is within chance in so few runs"
    said = "Whom people know hardly matters here"
    if high[worst] < 1:
        said = f"Up to {percent(1 - middle[worst])} fewer hear than the model assumes"
    return exhibit(
        _source(case), said, figures=figures,
        text=("The model lets everyone hear of everyone. Real people tell those they know, who have often heard "
              "it already. Here is the difference, person by person.",),
        answers=(
            ("How sure", "Each figure is an average of runs by chance; nine in ten such averages lie within "
             f"{points(float((high - middle).max()))} of it."),
            ("What it changes", f"{fewer}. Today's are counted and stay; a plan adds less."),
            ("What drives it", f"{drives(table)}."),
            ("What to do next", "Customers who know few others, or all the same ones: look at the plan again "
             "with the low end of how many hear. Others: leave it."),
        ),
    )  # fmt: skip


def drives(table: pd.DataFrame) -> str:
    """Whether the number of acquaintances or how closely they are knit matters."""
    ratio, degrees = table[HEARD].astype(float), np.round(table["mean_degree"].astype(float))
    knit = table["clustering"].astype(float).groupby(degrees).agg(["idxmin", "idxmax"])
    close = max(abs(ratio[loose] - ratio[tight]) for loose, tight in knit.to_numpy())
    few = float(np.ptp(ratio[knit["idxmin"]].to_numpy()))
    return (
        f"Few acquaintances cost {points(round(few, 2))} of reach, knowing one another {points(round(close, 2))}"
    )


def reached(table: pd.DataFrame, case: Scenario) -> Exhibit:
    """How many people hear on each network, against a market in which everyone mixes."""
    ends = _ends(table, HEARD)
    worst = str(ends["middle"].idxmin())
    said = f"Where people know {worst}, {percent(1 - ends['middle'].min())} fewer hear than where everyone mixes"
    roles: list[Role] = ["worse" if value < 1 else "neutral" for value in ends["high"]]
    chart = Chart(
        "ranges", tuple(map(str, table.index)), three(ends, roles),
        "Who ever heard good, of those where all mix; 90 % range", form="share", reference=1.0,
        labels=tuple(map(percent, ends["middle"])), sides=("fewer hear", "more hear"),
    )  # fmt: skip
    return exhibit(_source(case), said, chart, data=ends)


def networks(table: pd.DataFrame, case: Scenario) -> Exhibit:
    """Networks side by side: what each loses, with the standard error of chance."""
    shown = {
        "Acquaintances": [number(value, 2) for value in table["mean_degree"]],
        "Close-knit": [percent(round(value, 2)) for value in table["clustering"]],
    }
    for key, label in _COLUMNS.items():
        pairs = zip(table[key], table[f"{key}_error"], strict=True)
        shown[label] = [
            f"{percent(round(value, 2))} ± {percent(max(round(error, 2), 0.01))}" for value, error in pairs
        ]
    return exhibit(_source(case), drives(table), data=pd.DataFrame(shown, index=table.index.rename("Network")))
