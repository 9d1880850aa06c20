"""What to find out next: how each parameter can be learned, and what knowing it is worth to a decision."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from .indices import gain_of_knowing
from .scenario import Scenario
from .uncertainty import Uncertain
from .units import Array
from .words import money, often

HOW: Mapping[str, str] = MappingProxyType(
    {
        "market.size": "count the people who buy in this category where you sell",
        "market.customers": "count who bought within the last months",
        "market.new_customers_per_month": "count first purchases",
        "market.referral_share": "ask new customers how they heard of you",
        "market.category_purchase_rate": "ask people who are not customers when they last chose a supplier",
        "market.homophily": "ask new customers which kind of customer recommended you",
        "economics.spend_per_customer": "divide sales by customers, month by month",
        "economics.margin_share": "take it from the accounts",
        "economics.discount_rate": "agree on one with finance",
        "economics.acquisition_cost": "divide the cost of advertising by the customers it won",
        "experience.contacts_per_month": "count contacts",
        "experience.good_share": "ask customers drawn at random after a contact",
        "experience.bad_share": "ask customers drawn at random after a contact, not only those who complain",
        "experience.recovered_share": "call back a sample of those who had a bad experience",
        "experience.memory_months": "ask the same customers again some months after an experience",
        "experience.causal_share": "improve the service in some places drawn at random and compare",
        "retention.retention_rate": "count who of last year's customers still buys",
        "retention.delighted_hazard_ratio": "compare who stays after a good contact and after a neutral one",
        "retention.disappointed_hazard_ratio": "compare who stays after a bad contact and after a neutral one",
        "retention.avoid_share": "ask lost customers whether they would consider you again",
        "retention.still_avoiding_after_24_months": "ask customers lost two years ago the same",
        "spending.uplift_share": "compare each customer's spending before and after a good contact",
        "spending.uplift_size": "compare each customer's spending before and after a good contact",
        "spending.disappointed_cut": "compare each customer's spending before and after a bad contact",
        "word_of_mouth.reach_good": "ask customers with a good experience how many people they told",
        "word_of_mouth.reach_bad": "ask customers with a bad experience how many people they told",
        "word_of_mouth.reach_recovered": "ask customers whose complaint was settled how many people they told",
        "word_of_mouth.stories_per_month": "ask customers how often they talk about you",
        "word_of_mouth.audience_share": "ask customers how many of those they told could buy from you",
        "word_of_mouth.memory_months": "ask prospects what they heard of you, and when",
        "word_of_mouth.shift_good": "ask prospects for the chance to choose you, before and after good advice",
        "word_of_mouth.shift_bad": "ask prospects for the chance to choose you, before and after bad advice",
        "word_of_mouth.causal_share": "run a referral programme for some customers drawn at random and compare",
        "word_of_mouth.churn_hazard_ratio": "compare who stays among friends of customers who left and who stayed",
        "reviews.reader_share": "ask new customers whether they read reviews",
        "reviews.posting_good": "count reviews and divide by contacts",
        "reviews.posting_neutral": "count reviews and divide by contacts",
        "reviews.posting_bad": "count reviews and divide by contacts",
        "reviews.stars_good": "read the stars from the reviews",
        "reviews.stars_neutral": "read the stars from the reviews",
        "reviews.stars_bad": "read the stars from the reviews",
        "reviews.effect_per_star": "compare demand before and after the displayed rating changed",
        "reviews.memory_months": "look how old the reviews are that people read",
    }
)
"""How to find out, by parameter; what the published figures leave open is found out in one's own business."""


def how(key: str) -> str:
    """How a value can be found out.

    Args:
        key: dotted, as in `Uncertain.key`.

    Example:
        >>> how("segments.routine.market.referral_share"), how("plan.0.cost.once")
        ('ask new customers how they heard of you', 'get an offer with a fixed price')
    """
    if key.startswith("plan."):
        return "get an offer with a fixed price" if ".cost." in key else "try it in one place first"
    return HOW[".".join(key.split(".")[-2:])]


def learning(parameters: tuple[Uncertain, ...], scores: Array, net: Array) -> tuple[pd.DataFrame, float]:
    """What knowing each value before the decision is worth: doing the plan if it then pays, leaving it otherwise.

    Args:
        parameters: of the draws.
        scores: normal scores, shape (parameters, draws).
        net: NPV of the plan less NPV of no plan, shape (draws,).

    Returns:
        By parameter gain and error (its standard error), in currency, largest gain first, and `how`; and the gain
        of knowing everything.

    Example:
        With nothing uncertain there is nothing to learn, and a sure plan needs no more knowledge:

        >>> table, everything = learning((), np.empty((0, 4)), np.array([1.0, 2.0, 1.0, 2.0]))
        >>> len(table), everything
        (0, 0.0)
        >>> learning((), np.empty((0, 4)), np.array([-1.0, 1.0, -1.0, 1.0]))[1]
        0.5
    """
    payoffs = np.stack([net, np.zeros_like(net)], axis=1)
    rows = {
        item.key: (*gain_of_knowing(item.at(row), payoffs), how(item.key))
        for item, row in zip(parameters, scores, strict=True)
    }
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["gain", "error", "how"]).rename_axis("parameter")
    everything = float(payoffs.max(axis=1).mean() - payoffs.mean(axis=0).max())
    return table.sort_values("gain", ascending=False, kind="stable"), everything


def advice(scenario: Scenario, table: pd.DataFrame, everything: float, loss: float) -> tuple[str, ...]:
    """What to find out before deciding, in sentences.

    Args:
        scenario: for its currency.
        table, everything: from `learning`.
        loss: chance that the plan loses money.

    Example:
        >>> import wom
        >>> table = pd.DataFrame(
        ...     {"gain": [900.0], "error": [50.0], "how": [how("experience.bad_share")]}, ["experience.bad_share"]
        ... )
        >>> (said,) = advice(wom.load("retailer/today"), table, 1200.0, loss=0.3)
        >>> print(said.split(": ")[1].replace("\\xa0", " "))
        knowing experience.bad_share before deciding is worth up to USD 900, of USD 1,200 for knowing everything.
    """
    verdict = "loses" if loss > 0.5 else "pays"
    worth = table[table["gain"] > 2.0 * table["error"]]
    most = money(everything, scenario.currency, 2)
    if not len(worth):
        return (
            f"The plan {verdict} {often(max(loss, 1.0 - loss))}, and no single figure is known to change that "
            f"decision: knowing all of them would be worth {most}.",
        )
    return tuple(
        f"{row['how'][0].upper()}{row['how'][1:]}: knowing {key} before deciding is worth up to "
        f"{money(row['gain'], scenario.currency, 2)}, of {most} for knowing everything."
        for key, row in worth.head(3).iterrows()
    )
