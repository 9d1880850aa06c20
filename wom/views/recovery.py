"""Service recovery: what it is worth to put a bad experience right, against preventing it."""

from __future__ import annotations

import pandas as pd

from ..scenario import Scenario
from ..worth import experience_worth


def service_recovery(scenario: Scenario) -> pd.DataFrame:
    """The worth of putting one bad experience right in month 0 beside the worth of preventing it.

    putting_right = worth(recovered) − worth(bad),   preventing = −worth(bad)

    Preventing means that the contact does not happen at all. A recovered contact sets no mood; it is told to
    `reach_recovered` people, none by default, and reviewed as an ordinary contact is, so that putting it right
    can be worth a little more or less than preventing it, by that review.

    Args:
        scenario: from `wom.load`.

    Returns:
        One row per segment; bad and recovered (worth of one more of each), putting_right, preventing, all in
        currency today over the horizon, and undone, the share of the damage that putting it right undoes (nan
        where there is no damage).

    Raises:
        InputError: today's figures contradict each other.

    Example:
        >>> import wom
        >>> table = service_recovery(wom.load("retailer/today"))
        >>> table.undone.round(2).to_dict()
        {'business': 1.0}

    Source:
        `wom.evidence`: acknowledge_and_act, recovery_paradox.
    """
    worth = experience_worth(scenario)["worth"].to_numpy().reshape(len(scenario.segments), -1)
    bad, recovered = worth[:, 1], worth[:, 2]
    table = pd.DataFrame(
        {"bad": bad, "recovered": recovered, "putting_right": recovered - bad, "preventing": -bad},
        index=pd.Index(scenario.segments, name="segment"),
    )
    harm = table["preventing"].where(table["preventing"] > 0)
    return table.assign(undone=table["putting_right"] / harm)
