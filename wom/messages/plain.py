"""Parameters in a few plain words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

PLAIN: Mapping[str, str] = MappingProxyType(
    {
        "economics.discount_rate": "Interest",
        "experience.causal_share": "How much service itself causes",
        "experience.contacts_per_month": "How many contacts there are a month",
        "experience.memory_months": "How long a mood lasts",
        "experience.recovered_share": "How many bad contacts are put right today",
        "market.category_purchase_rate": "How often people choose anew",
        "market.homophily": "Talk among equals",
        "retention.avoid_share": "Who avoids you after leaving",
        "retention.delighted_hazard_ratio": "How much longer the happy stay",
        "retention.disappointed_hazard_ratio": "How much sooner the disappointed leave",
        "retention.still_avoiding_after_24_months": "How long people avoid you",
        "reviews.effect_per_star": "What a star does to demand",
        "reviews.memory_months": "How long reviews count",
        "reviews.posting_bad": "Reviews after bad contacts",
        "reviews.posting_good": "Reviews after good contacts",
        "reviews.posting_neutral": "Reviews after ordinary contacts",
        "reviews.reader_share": "Who reads reviews",
        "reviews.stars_bad": "Stars after bad contacts",
        "reviews.stars_good": "Stars after good contacts",
        "reviews.stars_neutral": "Stars after ordinary contacts",
        "spending.disappointed_cut": "How much less the disappointed buy",
        "spending.uplift_share": "Who buys more when happy",
        "spending.uplift_size": "How much more the happy buy",
        "word_of_mouth.causal_share": "How much hearing itself causes",
        "word_of_mouth.churn_hazard_ratio": "Who leaves on hearing bad",
        "word_of_mouth.memory_months": "How long talk is remembered",
        "word_of_mouth.reach_bad": "People told of a bad experience",
        "word_of_mouth.reach_good": "People told of a good experience",
        "word_of_mouth.reach_recovered": "People told of one put right",
        "word_of_mouth.shift_bad": "What hearing bad does to choice",
        "word_of_mouth.shift_good": "What hearing good does to choice",
        "word_of_mouth.stories_per_month": "Stories a month",
    }
)
"""Parameters of the evidence in a few words, for who has never seen the model."""


def plain(key: str) -> str:
    """A parameter in a few words.

    Example:
        >>> plain("word_of_mouth.reach_bad"), plain("market.size")
        ('People told of a bad experience', 'Size')
    """
    short = ".".join(key.split(".")[-2:])
    return PLAIN.get(short) or short.rpartition(".")[2].replace("_", " ").capitalize()
