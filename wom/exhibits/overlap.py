"""What overlap of audiences costs: the model spreads talk evenly, real people talk to those they know."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..scenario import Scenario
from ..words import number, percent
from .chart import Chart, series
from .exhibit import Exhibit, Figure

HEARD = "people_ever_reached_good"
NORMAL = 1.645
"""Standard errors on either side that hold nine of ten."""
_COLUMNS = {HEARD: "Ever heard good", "people_ever_reached_bad": "Ever heard bad", "favourable": "Favourable now",
            "recommended_customers": "Recommended"}  # fmt: skip


def independence(table: pd.DataFrame, case: Scenario) -> Exhibit:
    """What the assumption that everyone mixes gets wrong, on one screen.

    Args:
        table: from `wom.population.overlap`.
        case: whose it is.
    """
    ratio = table[HEARD].astype(float)
    worst, best = (str(name) for name in (ratio.idxmin(), ratio.idxmax()))
    figures = tuple(
        Figure(f"Knowing {name}", percent(float(ratio[name])), "of the people reached where everyone mixes",
               0, tuple(float(ratio[name] + side * NORMAL * table[f"{HEARD}_error"][name]) for side in (-1, 0, 1)))
        for name in dict.fromkeys([worst, best])
    )  # type: ignore[arg-type]  # fmt: skip
    recommended = table["recommended_customers"].astype(float)
    less = 1.0 - float(recommended[str(recommended.idxmin())])
    return Exhibit(
        lost(table), figures=figures, source=_source(case),
        text=("The model lets everyone hear of everyone. Real people tell those they know, who have often heard it "
              "already: this is the difference, person by person.",),
        answers=(
            ("How sure", f"Each figure is an average of runs by chance; 90 of 100 such averages lie within "
             f"{percent(NORMAL * float(table[f'{HEARD}_error'].max()))} of it."),
            ("What it changes", f"Where it costs most, {percent(max(less, 0.0))} fewer recommended customers come. "
             "Those of today were counted and stay as they are; a plan adds less."),
            ("What drives it", f"{drives(table)}."),
            ("What to do next", "Customers who know few others, or all the same ones: take the low end of how many "
             "hear, and look at the plan again. Customers who know many, all over the market: leave it."),
        ),
    )  # fmt: skip


def lost(table: pd.DataFrame) -> str:
    """How many fewer people are reached on the network that loses most."""
    ratio = table[HEARD].astype(float)
    worst = str(ratio.idxmin())
    share = 1.0 - float(ratio[worst])
    if share <= 0:
        return "Whom customers know makes no difference to how many hear"
    return f"Where people know {worst}, {percent(share)} fewer hear good than where everyone mixes"


def drives(table: pd.DataFrame) -> str:
    """Whether the number of acquaintances or how closely they are knit matters."""
    ratios, many = table[HEARD].astype(float), np.round(table["mean_degree"].astype(float))
    within = max(float(np.ptp(part.to_numpy())) for _, part in ratios.groupby(many))
    across = float(np.ptp(ratios.groupby(many).mean().to_numpy()))
    few, close = (percent(round(value, 2)) for value in (across, within))
    return f"Few acquaintances cost {few} of the people reached, close-knit ones {close} at most"


def reached(table: pd.DataFrame, case: Scenario) -> Exhibit:
    """How many people hear on each network, against a market in which everyone mixes."""
    middle = table[HEARD].astype(float)
    half = NORMAL * table[f"{HEARD}_error"].astype(float)
    ends = pd.DataFrame({"low": middle - half, "middle": middle, "high": middle + half})
    texts = tuple(map(percent, middle))
    roles = ["worse" if value < 1 else "neutral" for value in middle]
    parts = tuple(series(name, column, roles=roles) for name, column in ends.items())  # type: ignore[arg-type]
    chart = Chart(
        "ranges", tuple(map(str, table.index)), parts, "People who ever heard good, of those where all mix; 90 % range",
        form="share", labels=texts, reference=1.0, sides=("fewer hear", "more hear"),
    )  # fmt: skip
    return Exhibit(lost(table), chart, ends, f"Ranges by network. {lost(table)}.", _source(case))


def networks(table: pd.DataFrame, case: Scenario) -> Exhibit:
    """Networks side by side: what each loses, with the standard error of chance."""
    shown: dict[str, list[str]] = {
        "Acquaintances": [number(value, 2) for value in table["mean_degree"]],
        "Close-knit": [percent(round(value, 2)) for value in table["clustering"]],
    }
    for key, label in _COLUMNS.items():
        pairs = zip(table[key], table[f"{key}_error"], strict=True)
        shown[label] = [
            f"{percent(round(value, 2))} ± {percent(max(round(error, 2), 0.01))}" for value, error in pairs
        ]
    return Exhibit(
        drives(table), data=pd.DataFrame(shown, index=table.index.rename("Network")), source=_source(case)
    )


def _source(case: Scenario) -> str:
    return f"{case.title.rstrip('.')}. Simulated person by person with wom."
