"""What overlap of audiences costs, in sentences and tables to read."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..words import number, percent


def lost(table: pd.DataFrame) -> str:
    """What overlap of audiences costs, in a title's length.

    Args:
        table: from `wom.population.overlap`.

    Example:
        >>> table = pd.DataFrame({"mean_degree": [10.0, 10.0, 50.0], "clustering": [0.0, 0.6, 0.0],
        ...     "people_ever_reached_good": [0.8, 0.81, 0.95]}, index=["ten", "ring of ten", "fifty"])
        >>> lost(table)
        'Where people know ten, good word of mouth reaches 20 % fewer people than where everyone mixes'
    """
    ratio = table["people_ever_reached_good"]
    worst = str(ratio.idxmin())
    lost = percent(1.0 - float(ratio[worst]))
    return f"Where people know {worst}, good word of mouth reaches {lost} fewer people than where everyone mixes"


def degree(table: pd.DataFrame) -> str:
    """Whether the number of acquaintances or how closely they are knit matters, in a title's length.

    Args:
        table: from `wom.population.overlap`; networks of several degrees and several clusterings.

    Example:
        >>> table = pd.DataFrame({"mean_degree": [10.0, 10.0, 50.0], "clustering": [0.0, 0.6, 0.0],
        ...     "people_ever_reached_good": [0.8, 0.81, 0.95]}, index=["ten", "ring of ten", "fifty"])
        >>> degree(table)
        'Few acquaintances cost 14 % of the people reached, close-knit ones 1 % at most'
    """
    ratios = table["people_ever_reached_good"]
    by_degree = table.groupby(np.round(table["mean_degree"]))["clustering"].agg(["min", "max"])
    spread = [float(np.ptp(ratios[np.round(table["mean_degree"]) == key].to_numpy())) for key in by_degree.index]
    across = float(np.ptp(ratios.groupby(np.round(table["mean_degree"])).mean().to_numpy()))
    return (
        f"Few acquaintances cost {percent(round(across, 2))} of the people reached, close-knit ones "
        f"{percent(round(max(spread), 2))} at most"
    )


def networks(table: pd.DataFrame) -> pd.DataFrame:
    """Networks as a table to read: what each loses.

    Args:
        table: from `wom.population.overlap`.

    Example:
        >>> heard = ["people_ever_reached_good", "people_ever_reached_bad", "favourable", "recommended_customers"]
        >>> columns = ["mean_degree", "clustering", *heard, *(f"{name}_error" for name in heard)]
        >>> row = pd.DataFrame([[10, 0.5, *[0.8] * 4, *[0.01] * 4]], index=["ten"], columns=columns)
        >>> networks(row).loc["ten", "Ever heard good"]
        '80 % ± 1 %'
    """
    columns = {
        "people_ever_reached_good": "Ever heard good",
        "people_ever_reached_bad": "Ever heard bad",
        "favourable": "Favourable now",
        "recommended_customers": "Recommended",
    }
    shown = {
        "Acquaintances": [number(value, 2) for value in table["mean_degree"]],
        "Close-knit": [percent(round(value, 2)) for value in table["clustering"]],
    }
    shown |= {
        label: [
            f"{percent(round(value, 2))} ± {_error(error)}"
            for value, error in zip(table[key], table[f"{key}_error"], strict=True)
        ]
        for key, label in columns.items()
    }
    return pd.DataFrame(shown, index=table.index.rename("Network"))


def _error(error: float) -> str:
    """A standard error in whole percent; nought from a few runs is no certainty."""
    return percent(max(round(error, 2), 0.01))


def headline(table: pd.DataFrame) -> list[tuple[str, str, str]]:
    """People reached on the networks that lose most and least, as label, value and note.

    Example:
        >>> table = pd.DataFrame({"mean_degree": [10.0, 10.0, 50.0], "clustering": [0.0, 0.6, 0.0],
        ...     "people_ever_reached_good": [0.8, 0.81, 0.95]}, index=["ten", "ring of ten", "fifty"])
        >>> [(network, value) for network, value, _ in headline(table)]
        [('Knowing ten', '80 %'), ('Knowing fifty', '95 %')]
    """
    ratio = table["people_ever_reached_good"]
    return [
        (f"Knowing {network}", percent(float(ratio[network])), "of the people reached where everyone mixes")
        for network in (str(ratio.idxmin()), str(ratio.idxmax()))
    ]
