"""What tables of customers, payments, experiences, talk and reviews cannot tell: it stays with the evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

UNKNOWN: Mapping[str, str] = MappingProxyType(
    {
        "market.size": "How many people could be customers is not in your tables; give it from market figures.",
        "market.category_purchase_rate": "How often other people choose a supplier is not seen.",
        "market.homophily": "Who talks to whom is not seen.",
        "economics.margin_share": "Payments do not tell what the goods cost you; give it from your accounts.",
        "economics.discount_rate": "What later money is worth today is your choice.",
        "economics.acquisition_cost": "What a new customer costs is in your accounts, not in these tables.",
        "experience.causal_share": "The well served may differ from the others in more than that. Only a trial in "
        "which chance decides who is served better tells how much is caused.",
        "retention.avoid_share": "Who leaves does not say whether they avoid you from then on.",
        "retention.still_avoiding_after_24_months": "Whether somebody who left would come back is not seen.",
        "spending.uplift_share": "Tables tell at most the mean rise of spending, not how many rise by how much.",
        "word_of_mouth.audience_share": "How many of the people told belong to your market is not seen; it "
        "follows from the share of new customers who came on a recommendation.",
        "word_of_mouth.stories_per_month": "Which experiences nobody tells of is not recorded.",
        "word_of_mouth.memory_months": "How long people remember what they heard is not seen.",
        "word_of_mouth.shift_good": "Who heard good and came or stayed away is not recorded.",
        "word_of_mouth.shift_bad": "Whom bad word of mouth kept away is nowhere recorded.",
        "word_of_mouth.causal_share": "Who came on a recommendation might have come anyway.",
        "word_of_mouth.churn_hazard_ratio": "Who of your customers heard bad stories from others is not recorded.",
        "reviews.reader_share": "How many prospects read reviews is not in your tables.",
        "reviews.effect_per_star": "A rating hardly moves, so one's own past does not tell its effect.",
        "reviews.memory_months": "How long an old review counts depends on the site and its readers.",
        "reviews.stars_good": "Five stars count as a good experience by rule, so reviews cannot tell it.",
    }
)
"""Why, by dotted key, in the order of a scenario file."""


def sentences(keys: Iterable[str] | None = None) -> dict[str, str]:
    """Why each of these parameters keeps the evidence's value or has to be given."""
    return dict(UNKNOWN) if keys is None else {key: UNKNOWN[key] for key in keys if key in UNKNOWN}
