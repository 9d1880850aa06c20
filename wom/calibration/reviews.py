"""Who posts a review: stars sorted into experiences by a stated rule."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ..errors import InputError, nearest
from ..units import Array
from . import intervals
from .contacts import COVERS
from .estimate import Estimate, Found, Missing
from .frames import columns, scopes

RULE = {"bad": (1, 2), "neutral": (3, 4), "good": (5, 5)}
"""Least and most stars of the reviews that count as of each experience."""

SAID = "By a rule, not seen: 1-2 stars come from bad experiences, 3-4 from neutral or recovered ones, 5 from good."

_KEYS = tuple(f"reviews.posting_{kind}" for kind in RULE)


def posting(reviews: pd.DataFrame, monthly: pd.DataFrame | None, covers: str = "all") -> Found:
    """Reviews per good, neutral and bad experience, the stars in them, and reviews per customer and month.

    posting_k = reviews of kind k over experiences of kind k; months are the clusters (`intervals.unevenness`)

    A review does not tell of which experience it speaks, so stars sort them (`RULE`). Then the stars of a good
    experience are 5 by the rule and cannot be told; those of the others are means within their class.

    Args:
        reviews: month, stars, count.
        monthly: index (segment, month); good, bad, recovered, neutral and customers.
        covers: what the experiences hold; only `all` can be divided by.

    Returns:
        reviews.posting_bad, …_neutral and …_good, reviews.stars_bad, …_neutral and …_good, and
        reviews_per_customer_month, which is no parameter.

    Raises:
        InputError: covers is none of `contacts.COVERS`.
    """
    if covers not in COVERS:
        raise InputError(f"is {covers!r}; {nearest(covers, COVERS)}", "covers")
    business = None if monthly is None else next(frame for _, frame in scopes(monthly))
    return (*_posting(reviews, business, covers), *_stars(reviews), _total(reviews, business))


def _by_month(reviews: pd.DataFrame, months: pd.Index, least: int, most: int) -> Array:
    """Reviews of a class in each month."""
    these = reviews[(reviews["stars"] >= least) & (reviews["stars"] <= most)]
    return these.groupby("month")["count"].sum().reindex(months, fill_value=0).to_numpy(dtype=np.float64)


def _posting(reviews: pd.DataFrame, business: pd.DataFrame | None, covers: str) -> Iterator[Estimate | Missing]:
    counted = None if business is None else columns(business, ["good", "bad", "recovered", "neutral"])
    if business is None or counted is None or covers != "all":
        why = "Reviews can only be divided by experiences where every contact is recorded."
        yield from (Missing(key, why) for key in _KEYS)
        return
    told = business.dropna(subset=["good", "bad", "recovered", "neutral"])
    good, bad, recovered, neutral = counted
    happened = {"bad": bad, "neutral": neutral + recovered, "good": good}
    for key, (kind, (least, most)) in zip(_KEYS, RULE.items(), strict=True):
        experiences = happened[kind]
        if experiences.sum() <= 0:
            yield Missing(key, f"There was no {kind} experience to post.")
            continue
        posts = _by_month(reviews, told.index, least, most)
        factor = intervals.unevenness(posts, experiences * posts.sum() / experiences.sum())
        ends = np.minimum(intervals.rate(posts.sum(), experiences.sum(), factor), 1.0)
        if ends[1] >= 1.0:
            yield Missing(key, f"There are more such reviews than {kind} experiences, so the rule cannot hold.")
            continue
        how = f"Reviews of {least} to {most} stars" if least < most else f"Reviews of {least} stars"
        note = f"{SAID} {intervals.uneven(factor)}".strip()
        yield Estimate.of(key, ends, f"{how} over {kind} experiences.", int(posts.sum()), note)


def _stars(reviews: pd.DataFrame) -> Iterator[Estimate | Missing]:
    for kind, (least, most) in RULE.items():
        key = f"reviews.stars_{kind}"
        if least == most:
            yield Missing(
                key, f"By the rule a review of {least} stars is of a {kind} experience, so this is not seen."
            )
            continue
        low, high = (
            float(reviews.loc[reviews["stars"] == stars, "count"].sum()) if len(reviews) else 0.0
            for stars in (least, most)
        )
        if low + high <= 0:
            yield Missing(key, f"There is no review of {least} or {most} stars.")
            continue
        ends = least + intervals.share(high, low + high)
        yield Estimate.of(key, ends, f"Mean of the reviews of {least} or {most} stars.", int(low + high), SAID)


def _total(reviews: pd.DataFrame, business: pd.DataFrame | None) -> Estimate | Missing:
    key = "reviews_per_customer_month"
    counted = None if business is None else columns(business, ["customers"])
    if business is None or counted is None or counted.sum() <= 0:
        return Missing(key, "Who is a customer in which month is not known.")
    told = business.dropna(subset=["customers"])
    posts, customers = _by_month(reviews, told.index, 1, 5), counted[0]
    factor = intervals.unevenness(posts, customers * posts.sum() / customers.sum())
    ends = intervals.rate(posts.sum(), customers.sum(), factor)
    return Estimate.of(key, ends, "All reviews over customer-months.", int(posts.sum()), intervals.uneven(factor))
