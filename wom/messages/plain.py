"""Parameters in a few plain words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

PLAIN: Mapping[str, str] = MappingProxyType(
    {
        "economics.acquisition_cost": "Costs of winning a customer",
        "economics.discount_rate": "Interest",
        "economics.margin_share": "Margin",
        "economics.spend_per_customer": "Spending per customer and month",
        "experience.bad_share": "Contacts that go wrong",
        "experience.causal_share": "What service itself causes",
        "experience.contacts_per_month": "Contacts a month",
        "experience.good_share": "Contacts that go well",
        "experience.memory_months": "Months that a mood lasts",
        "experience.recovered_share": "Bad contacts put right",
        "market.category_purchase_rate": "People who choose anew each month",
        "market.customers": "Customers today",
        "market.homophily": "Talk among equals",
        "market.new_customers_per_month": "New customers a month",
        "market.referral_share": "New customers by recommendation",
        "market.size": "People who could be customers",
        "retention.avoid_share": "Leavers who then avoid you",
        "retention.delighted_hazard_ratio": "Departures of the happy",
        "retention.disappointed_hazard_ratio": "Departures of the disappointed",
        "retention.retention_rate": "Customers who stay for a month",
        "retention.still_avoiding_after_24_months": "Avoiders left after 24 months",
        "reviews.effect_per_star": "What a star does to demand",
        "reviews.memory_months": "Months that a review counts",
        "reviews.posting_bad": "Reviews after bad contacts",
        "reviews.posting_good": "Reviews after good contacts",
        "reviews.posting_neutral": "Reviews after ordinary contacts",
        "reviews.reader_share": "Readers of reviews",
        "reviews.stars_bad": "Stars after bad contacts",
        "reviews.stars_good": "Stars after good contacts",
        "reviews.stars_neutral": "Stars after ordinary contacts",
        "spending.disappointed_cut": "Spending lost when disappointed",
        "spending.uplift_share": "Happy customers who buy more",
        "spending.uplift_size": "Extra spending of those who buy more",
        "word_of_mouth.audience_share": "Listeners in your market",
        "word_of_mouth.causal_share": "What hearing itself causes",
        "word_of_mouth.churn_hazard_ratio": "Departures after hearing bad",
        "word_of_mouth.memory_months": "Months that talk is remembered",
        "word_of_mouth.reach_bad": "People told of a bad experience",
        "word_of_mouth.reach_good": "People told of a good experience",
        "word_of_mouth.reach_recovered": "People told of one put right",
        "word_of_mouth.shift_bad": "What hearing bad does to choice",
        "word_of_mouth.shift_good": "What hearing good does to choice",
        "word_of_mouth.stories_per_month": "Stories a month",
    }
)
"""Parameters in a few words, for who has never seen the model: nouns, which fit in sentences and on charts."""


def plain(key: str) -> str:
    """A parameter in a few words.

    Example:
        >>> plain("word_of_mouth.reach_bad"), plain("segments.routine.experience.bad_share")
        ('People told of a bad experience', 'Contacts that go wrong (routine)')
    """
    parts = key.split(".")
    words = PLAIN.get(".".join(parts[-2:])) or parts[-1].replace("_", " ").capitalize()
    return f"{words} ({parts[1]})" if parts[0] == "segments" and len(parts) > 2 else words
