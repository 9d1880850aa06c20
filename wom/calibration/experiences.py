"""What customers experience, post and tell: contacts and how they went, reviews, and how many people are told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
from scipy.special import betainc, betaln, chdtri, ndtr, xlog1py

from .. import evidence
from .. import reach as distribution
from ..data.description import Corrections
from ..draws import END, quantile
from ..parameters import Range, Value, central
from ..units import Array
from ..words import percent, several
from .estimate import (
    LEVELS,
    Estimate,
    Found,
    Missing,
    clustered,
    columns,
    counted,
    inside,
    least,
    scopes,
    share,
    spanning,
    uneven,
    unevenness,
)  # fmt: skip
from .moods import ENOUGH, quantity_of

# --- contacts -------------------------------------------------------------------------------------------------


CONTACTS, GOOD, BAD, RECOVERED = (
    f"experience.{name}" for name in ("contacts_per_month", "good_share", "bad_share", "recovered_share")
)

KINDS = ("good", "bad", "recovered", "neutral")
"""What an experience can be."""

_SELECTING = {
    "answer_good": ("the well served", Range(0.5, 1.0, 2.0)),
    "answer_bad": ("the badly served", Range(0.5, 1.0, 2.0)),
    "answer_recovered": ("those put right", Range(1 / 3, 1.0, 3.0)),
}
"""Corrections by whom a survey selects: who they are, and how many times likelier than others to answer where
nobody stated it; of those put right times that of the badly served."""

PUT_RIGHT = (
    "Whoever was put right may answer more or less often than whoever was not, and this share hangs on it; tell "
    "corrections.answer_bad and corrections.answer_recovered (1 where alike)."
)

_DRAWS = 20_000
"""Of a corrected share: its ends are right to about 1 % of the interval's width."""

LOW = "Contacts rated as bad over all; what was put right may have been rated better and is then not among them."
"""How bad experiences are counted where only ratings stand."""


def plainly(value: Value) -> str:
    """A number or a range in words."""
    return f"{value.low:g} to {value.high:g}" if isinstance(value, Range) else f"{value:g}"


def _drawn(value: Value, key: str, random: np.random.Generator) -> Array | float:
    """A correction or a figure of the business, in draws if it is a range."""
    if isinstance(value, Range):
        return quantile(value, quantity_of(key), random.standard_normal(_DRAWS))
    return value


def experiences(
    monthly: pd.DataFrame,
    covers: str = "all",
    corrections: Corrections | None = None,
    contacts_per_month: Value | None = None,
    seed: int = 0,
    named: Collection[str] = KINDS,
    people: pd.DataFrame | None = None,
) -> Found:
    """Contacts per customer and month, and the shares of them that are good, bad and put right.

    contacts/customer-months, good/contacts, (bad + recovered)/contacts, recovered/(bad + recovered)

    Months and customers are the clusters (`counted`). Of a survey the true share is proportional to the share of
    answers over the relative chance to answer (`_SELECTING`), unless nearly everybody answered. Of complaints, bad
    experiences are complaints/complaint_rate; who does not complain is not put right.

    Args:
        monthly: index (segment, month); good, bad, recovered, neutral, contacts, and customers at its start.
        covers: all, survey or complaints: what the table holds.
        corrections: used where they apply; each range widens the interval.
        contacts_per_month: the business's own figure; needed where complaints are all there is, and of a survey to
            see whether nearly everybody answered.
        seed: of draws.
        named: kinds that a row can have; of ratings those that their rule names. What no row can have, or none has
            though others would stand beside it, is not a share of 0: it cannot be told.
        people: customers as of `moods.Followed.people`, who widen the intervals where they are served differently.
    """
    corrections = corrections or Corrections()
    untold, by_segment = _untold(monthly, named), {} if people is None else dict(scopes(people))
    rated = covers != "complaints" and "recovered" not in named
    found: list[Estimate | Missing] = []
    for segment, frame in scopes(monthly):
        if covers == "complaints":
            parts = _complaints(frame, corrections, contacts_per_month, seed)
        else:
            parts = _contacts(frame, by_segment.get(segment), covers, corrections, contacts_per_month, seed)
        for one in parts:
            if one.key in untold and (isinstance(one, Estimate) or one.why == PUT_RIGHT):
                one = Missing(one.key, untold[one.key])
            elif isinstance(one, Estimate) and one.key == BAD and rated:
                one = replace(one, how=LOW)
            found.append(replace(one, key=inside(one.key, segment)))
    return tuple(found)


def answers(
    rows: pd.DataFrame, corrections: Corrections, seed: int, named: Collection[str], flagged: bool
) -> Found:
    """Shares from answers without dates, and in words why these tell no effect.

    `rows` are those of `Tables.answers`; `flagged`, whether it stands beside an answer who left.
    """
    by_kind = rows.groupby("kind")["count"].sum().reindex(list(KINDS), fill_value=0).to_frame().T
    why = (
        "A score beside a flag of who left, both of one day: whoever had made up their mind to leave scores low "
        "for it, so what goes together is no effect. Dates of answers and of leaving would tell."
        if flagged
        else "Answers without dates cannot be held against who left later."
    )
    ratios = ("retention.delighted_hazard_ratio", "retention.disappointed_hazard_ratio")
    found = experiences(by_kind, "survey", corrections, None, seed, named)
    return (*found, *(Missing(key, why) for key in ratios))


def _untold(monthly: pd.DataFrame, named: Collection[str]) -> dict[str, str]:
    """Shares that these rows cannot tell, and why: what nobody could mark, or nobody ever did."""
    kinds = columns(monthly, KINDS)
    if kinds is None or kinds.sum() <= 0:
        return {}
    good, bad, recovered, neutral = kinds.sum(axis=1)
    none_put_right = (
        "Nobody is marked as recovered. If none are put right, give experience.recovered_share: 0 in the business "
        "file."
    )
    every = "Every contact is neutral, so nobody seems to have marked the bad ones."
    reasons = (  # the later ones first
        (GOOD, not good, "Not one contact is marked as good."),
        (GOOD, "good" not in named, "The rule of these ratings names no good contact."),
        (BAD, "good" in named and neutral == kinds.sum(), every),
        (BAD, "bad" not in named, "The rule of these ratings names no bad contact."),
        (RECOVERED, bad and not recovered, none_put_right),
        (RECOVERED, "recovered" not in named, "A rating cannot say whether a bad contact was put right."),
    )
    return {key: why for key, holds, why in reasons if holds}


def _contacts(
    frame: pd.DataFrame,
    people: pd.DataFrame | None,
    covers: str,
    corrections: Corrections,
    contacts_per_month: Value | None,
    seed: int,
) -> Iterator[Estimate | Missing]:
    each = None if people is None else columns(people, ["contacts", "months", *KINDS])
    both = columns(frame, ["contacts", "customers"])
    if covers == "survey":
        yield Missing(CONTACTS, "A survey holds answers, not contacts; give the business's own figure.")
    elif both is None or both[1].sum() <= 0:
        why = "Who is a customer in which month is not known, so contacts cannot be divided by them."
        yield Missing(CONTACTS, why)
    else:
        how, own = "Contacts over customer-months.", None if each is None else each[:2]
        yield counted(CONTACTS, both[0], both[1], how, shares=False, customers=own)
    kinds = columns(frame, KINDS)
    if kinds is None or kinds.sum() <= 0:
        yield from (Missing(key, "No experience was recorded.") for key in (GOOD, BAD, RECOVERED))
        return
    nearly_all = contacts_per_month is not None and both is not None and (
        both[0].sum() >= ENOUGH * central(contacts_per_month) * both[1].sum()
    )  # fmt: skip
    chosen = [] if covers != "survey" or nearly_all else list(_SELECTING)
    if not chosen:
        corrections = corrections.model_copy(update=dict.fromkeys(_SELECTING))
    if not kinds[2].sum():  # such as of ratings, which do not tell
        chosen = chosen[:2]
    every, draws = kinds if each is None else each[2:], None
    if chosen or corrections.asked_for_a_ten is not None:
        draws = _survey(kinds, None if each is None else every, corrections, bool(chosen), seed)
    for place, (key, top, under, how) in enumerate((
        (GOOD, [0], [0, 1, 2, 3], "Good contacts over all."),
        (BAD, [1, 2], [0, 1, 2, 3], "Bad contacts, put right or not, over all."),
        (RECOVERED, [2], [1, 2], "Bad contacts put right over all bad ones."),
    )):  # fmt: skip
        events, trials = kinds[top].sum(axis=0), kinds[under].sum(axis=0)
        if trials.sum() <= 0:
            yield Missing(key, "No bad experience was recorded, so none can be put right.")
            continue
        if chosen and key == RECOVERED and None in (corrections.answer_bad, corrections.answer_recovered):
            yield Missing(key, PUT_RIGHT)
            continue
        own = None if each is None else np.stack([every[top].sum(axis=0), every[under].sum(axis=0)])
        one = counted(key, events, trials, how, breaks=draws is None, customers=own)
        if draws is not None and (chosen or key != RECOVERED):
            stated, said = _said(corrections, chosen)
            note = f"{said} Without that it would be {one.central:.3g}. {one.note}".strip()
            how = how if chosen and not stated else f"{how[:-1]}, corrected."
            one = Estimate.of(key, np.quantile(draws[place], LEVELS), how, one.rows, note)
        yield one


def _said(corrections: Corrections, chosen: Collection[str]) -> tuple[bool, str]:
    """Whether anything was stated that a survey is corrected for, and what was and what was not, in words."""
    stated = {name: plainly(value) for name in (*_SELECTING, "asked_for_a_ten")
              if (value := getattr(corrections, name)) is not None}  # fmt: skip
    said = [
        f"{_SELECTING[name][0]} are {value} times as likely to answer"
        if name in _SELECTING
        else f"{value} of the good answers were asked for and do not count"
        for name, value in stated.items()
    ]
    parts = (
        [f"Corrected, for this was said: {'; '.join(said)}; not that the attached answer more."] if said else []
    )
    if names := [name for name in chosen if name not in stated]:
        parts.append(
            f"How much likelier {several([_SELECTING[name][0] for name in names])} are to answer was not stated, "
            "so anything from half to twice "
            f"{'(a third to three times, of those put right) ' if 'answer_recovered' in names else ''}"
            f"is in the interval; tell corrections.{several(names)}."
        )
    return bool(stated), " ".join(parts)


def _survey(kinds: Array, customers: Array | None, corrections: Corrections, chosen: bool, seed: int) -> Array:
    """Draws of the true shares of contacts that are good and bad, and of bad ones put right, shape (3, draws)."""
    random, factor = np.random.default_rng(seed), 1.0
    for rows in ([0], [1, 2]):
        more = unevenness(kinds[rows].sum(axis=0), kinds.sum(axis=0))
        if customers is not None:
            more += clustered(customers[rows].sum(axis=0), customers.sum(axis=0)) - 1.0
        factor = max(factor, more)
    shape = kinds.sum(axis=1) / factor + np.array([0.5, 0.25, 0.25, 0.5])
    answers = random.standard_gamma(shape, (_DRAWS, 4)).T
    if corrections.asked_for_a_ten is not None:
        answers[0] *= 1.0 - _drawn(corrections.asked_for_a_ten, "asked_for_a_ten", random)
    if chosen:
        good, bad, recovered = (
            _drawn(unstated if (value := getattr(corrections, name)) is None else value, name, random)
            for name, (_, unstated) in _SELECTING.items()
        )
        answers[0] /= good
        answers[1] /= bad
        answers[2] /= recovered * (bad if corrections.answer_recovered is None else 1.0)
    bad, every = answers[1] + answers[2], answers.sum(axis=0)
    return np.stack([answers[0] / every, bad / every, answers[2] / bad])


def _complaints(
    frame: pd.DataFrame, corrections: Corrections, contacts: Value | None, seed: int
) -> Iterator[Estimate | Missing]:
    yield Missing(CONTACTS, "Complaints do not tell how many contacts there were.")
    yield Missing(GOOD, "Complaints do not tell of good contacts.")
    rows = columns(frame, ["bad", "recovered", "customers"])
    if rows is None or rows[2].sum() <= 0:
        why = "Complaints need a table of customers, so that they can be divided by customer-months."
        yield from (Missing(key, why) for key in (BAD, RECOVERED))
        return
    bad, recovered, customers = rows
    poor, random = bad + recovered, np.random.default_rng(seed)
    if (value := corrections.complaint_rate) is not None:
        said = plainly(value)
    else:  # the evidence's, whose middle is in proportion
        record = evidence.figure("complaint_rate")
        low, high = float(record.low or np.nan), float(record.high or np.nan)
        value, said = Range(low, float(np.sqrt(low * high)), high), f"{low:.3g} to {high:.3g}, published"
    rate = _drawn(value, "complaint_rate", random)
    factor = unevenness(poor, customers, shares=False)
    exposure = float(customers.sum()) / factor
    happened = random.standard_gamma(poor.sum() / factor + 0.5, _DRAWS) / exposure / rate
    how = f"Complaints over customer-months, divided by the share of bad experiences complained about ({said})."
    note, count = uneven(factor), int(poor.sum())
    yield Estimate.of("bad_experiences_per_customer_month", np.quantile(happened, LEVELS), how, count, note)
    if contacts is None:
        yield Missing(BAD, "Give contacts_per_month: complaints do not tell how many contacts there were.")
    elif (ends := np.quantile(happened / _drawn(contacts, CONTACTS, random), LEVELS))[1] >= 1.0:
        yield Missing(BAD, "More bad experiences than contacts: the rate or the contacts are too low.")
    else:
        note = f"{note}{' A part of its range was above 1 and was cut.' if ends[2] > 1.0 else ''}".strip()
        yield Estimate.of(BAD, np.minimum(ends, 1.0), f"{how[:-1]}, over contacts.", count, note)
    if not count:
        yield Missing(RECOVERED, "Nobody complained, so nothing can be put right.")
        return
    factor = unevenness(recovered, poor)
    parts = random.beta(recovered.sum() / factor + 0.5, bad.sum() / factor + 0.5, _DRAWS) * rate
    note = "Bad experiences that nobody complained of count as not put right."
    how = f"Complaints put right, times the share complained about ({said})."
    yield Estimate.of(RECOVERED, np.quantile(parts, LEVELS), how, count, note)


# --- reviews --------------------------------------------------------------------------------------------------


_STARS = {"bad": (1, 2), "neutral": (3, 4), "good": (5, 5)}
"""Least and most stars of the reviews that count as of each experience."""

_SORTED = (
    "By a rule, not seen: 1-2 stars come from bad experiences, 3-4 from neutral or recovered ones, 5 from good."
)


def posting(reviews: pd.DataFrame, monthly: pd.DataFrame | None, covers: str = "all") -> Found:
    """Reviews per good, neutral and bad experience, the stars in them, and reviews per customer and month.

    posting_k = reviews of kind k over experiences of kind k; months are the clusters (`unevenness`)

    A review does not tell of which experience it speaks, so stars sort them. Then the stars of a good experience
    are 5 by the rule and cannot be told; those of the others are means within their class. Only experiences that
    cover all contacts can be divided by.
    """
    found: list[Estimate | Missing] = []
    business = None if monthly is None else next(frame for _, frame in scopes(monthly))

    def by_month(told: pd.DataFrame, first: int, last: int) -> Array:
        these = reviews[reviews["stars"].between(first, last)]
        return these.groupby("month")["count"].sum().reindex(told.index, fill_value=0).to_numpy(dtype=np.float64)

    kinds = None if business is None else columns(business, KINDS)
    for kind, (first, last) in _STARS.items():
        key, name = f"reviews.posting_{kind}", f"{first} to {last}" if first < last else f"{first}"
        if business is None or kinds is None or covers != "all":
            found.append(
                Missing(key, "Reviews can only be divided by experiences where every contact is recorded.")
            )
            continue
        good, bad, recovered, neutral = kinds
        happened = {"bad": bad, "neutral": neutral + recovered, "good": good}[kind]
        if happened.sum() <= 0:
            found.append(Missing(key, f"There was no {kind} experience to post."))
            continue
        posts = by_month(business.dropna(subset=list(KINDS)), first, last)
        how = f"Reviews of {name} stars over {kind} experiences."
        one = counted(key, posts, happened, how, _SORTED, shares=False)
        if one.central >= 1.0:
            found.append(
                Missing(key, f"There are more such reviews than {kind} experiences, so the rule cannot hold.")
            )
        else:
            found.append(replace(one, high=min(one.high, 1.0), rows=int(posts.sum())))
    for kind, (first, last) in _STARS.items():
        key = f"reviews.stars_{kind}"
        low, high = (float(reviews.loc[reviews["stars"] == stars, "count"].sum()) for stars in (first, last))
        if first == last:
            why = f"By the rule a review of {first} stars is of a {kind} experience, so this is not seen."
            found.append(Missing(key, why))
        elif low + high <= 0:
            found.append(Missing(key, f"There is no review of {first} or {last} stars."))
        else:
            ends, how = first + share(high, low + high), f"Mean of the reviews of {first} or {last} stars."
            found.append(Estimate.of(key, ends, how, int(low + high), _SORTED))
    key, customers = "reviews_per_customer_month", None if business is None else columns(business, ["customers"])
    if business is None or customers is None or customers.sum() <= 0:
        return (*found, Missing(key, "Who is a customer in which month is not known."))
    posts = by_month(business.dropna(subset=["customers"]), 1, 5)
    one = counted(key, posts, customers[0], "All reviews over customer-months.", shares=False)
    return (*found, replace(one, rows=int(posts.sum())))


# --- how many are told ----------------------------------------------------------------------------------------


TONES = ("good", "bad", "recovered")


def told_log_likelihood(
    mean: Array, dispersion: Array, least_told: Array, most_told: Array, count: Array
) -> Array:
    """Σ count·ln P(least ≤ people ≤ most), a negative binomial P with variance mean + mean²/k, shape (draws,).

    P(people ≤ n) = I_p(k, n + 1), p = k/(k + mean), from the tail that loses no digits (Bliss and Fisher 1953,
    Biometrics 9). Least and most are both included, most inf where the bracket is open; count is that of equal
    answers, shape (answers,).
    """
    mean, k = mean[:, np.newaxis], dispersion[:, np.newaxis]
    number = least_told == most_told
    found = np.empty((len(mean), len(count)))
    people = least_told[number]
    many = np.maximum(people, 1.0)
    ways = np.where(people > 0, -betaln(k, many) - np.log(many), 0.0)
    found[:, number] = ways - xlog1py(k, mean / k) - people * np.log1p(k / mean)
    low, high = least_told[~number], most_told[~number]
    p, some, closed = k / (k + mean), low > 0, np.isfinite(high)
    first, last = np.maximum(low, 1.0), np.where(closed, high, 0.0) + 1.0
    below, above = np.where(some, betainc(k, first, p), 0.0), np.where(some, betainc(first, k, 1.0 - p), 1.0)
    up_to, beyond = np.where(closed, betainc(k, last, p), 1.0), np.where(closed, betainc(last, k, 1.0 - p), 0.0)
    found[:, ~number] = np.log(np.maximum(np.where(up_to < 0.5, up_to - below, above - beyond), 1e-300))
    return np.asarray(found @ count)


def _lognormal_log_likelihood(
    mean: Array, spread: Array, least_told: Array, most_told: Array, count: Array
) -> Array:
    """The same of those who told anyone, with a rounded lognormal number: its tail is longer.

    P(people ≤ n) = Φ((ln(n + ½) − μ)/σ), μ = ln mean − σ²/2
    """
    mean, spread = mean[:, np.newaxis], spread[:, np.newaxis]
    middle = np.log(mean) - 0.5 * spread**2
    below = np.where(least_told > 1, (np.log(np.maximum(least_told - 0.5, 0.5)) - middle) / spread, -np.inf)
    up_to = np.where(np.isfinite(most_told), (np.log(most_told + 0.5) - middle) / spread, np.inf)
    chance = np.where(below > 0, ndtr(-below) - ndtr(-up_to), ndtr(up_to) - ndtr(below))
    return np.asarray(np.log(np.maximum(chance, 1e-300)) @ count)


def reach(talk: pd.DataFrame) -> Found:
    """People told of a good, a bad and a recovered experience, and k: the smaller, the more unequal are tellers.

    Intervals are of the profile likelihood, on the log scale. How many were told by who only says "more than five"
    hangs on the distribution; where there are such answers the interval spans a lognormal one as well, whose tail
    is longer. Where fewer than five told anyone, which does not tell how unequal tellers are, the dispersion is
    that of the published surveys (`wom.reach`).
    """
    return tuple(one for tone in TONES for one in _reach(talk[(talk["tone"] == tone) & (talk["count"] > 0)], tone))


def _reach(rows: pd.DataFrame, tone: str) -> Iterator[Estimate | Missing]:
    keys = f"word_of_mouth.reach_{tone}", f"dispersion_{tone}"
    if rows.empty:
        yield from (Missing(key, f"Nobody was asked how many they told of a {tone} experience.") for key in keys)
        return
    how = "A distribution of people told (negative binomial) fitted to numbers and brackets, open ones included."
    note = "What people say they told."
    low = rows["least"].to_numpy(dtype=np.float64, na_value=0.0)
    high = rows["most"].to_numpy(dtype=np.float64, na_value=np.inf)
    count = rows["count"].to_numpy(dtype=np.float64)
    answers, told = int(count.sum()), float(count[high > 0].sum())
    if told < 5:
        which = "bad" if tone == "bad" else "good"
        mean, part = (evidence.figure(f"{name}_{which}").central for name in ("reach", "told_more_than_five"))
        k = distribution.from_mean_and_share(float(mean or np.nan), float(part or np.nan)).dispersion
        if told:
            (ends,) = _profiles(low, high, count, held=np.log(k))
        else:  # nobody of so many told anyone: P(0)^answers, with a flat prior on −ln P(0)
            ends = np.asarray(k * np.expm1(-np.log1p(-LEVELS) / (k * answers)))
        note = f"Only {told:.0f} told anyone: how unequal tellers are is taken from published surveys. {note}"
        yield Estimate.of(keys[0], ends, how, answers, note)
        yield Missing(keys[1], f"Only {told:.0f} told anyone: too few for how unequal tellers are.")
        return
    ends, spread = _profiles(low, high, count, (0, 1))
    is_open, some = ~np.isfinite(high), low > 0
    if open_ended := float(count[is_open].sum()) / answers:
        (tellers,) = _profiles(low[some], high[some], count[some], chances=_lognormal_log_likelihood)
        ends = spanning(ends, tellers * (count[some].sum() / answers))
        note = (
            f'{percent(max(open_ended, 0.01))} of the answers are open upwards, such as "more than '
            f'{low[is_open].min() - 1.0:.0f}", and the mean hangs on how many these told: the interval spans two '
            f"distributions. {note}"
        )
    yield Estimate.of(keys[0], ends, how, answers, note)
    edge = "One end is only a bound." if spread[0] <= 0.007 or spread[2] >= 1090 else ""
    yield Estimate.of(keys[1], spread, "The same fit; the smaller, the more unequal are tellers.", answers, edge)


def _profiles(
    low: Array,
    high: Array,
    count: Array,
    wanted: Sequence[int] = (0,),
    held: float | None = None,
    chances: Callable[[Array, Array, Array, Array, Array], Array] = told_log_likelihood,
) -> list[Array]:
    """5 %, most likely and 95 % of the mean (0) and of the dispersion (1), whose logarithm may be held.

    By profile likelihood on the log scale: where the loss is 1.353 above its least (Wilks 1938).
    """
    from scipy.optimize import brentq  # late, because it takes long to import

    # of the logarithms of the mean and of the dispersion k; e^7 is a Poisson distribution
    bounds = [(-7.0, 8.0), (-5.0, 7.0) if held is None else (held, held)]
    step = 1e-5

    def slopes(place: Array) -> tuple[float, Array]:
        """Minus the log-likelihood and its slopes, by central differences."""
        moves = place[:, np.newaxis] + step * np.array([[0.0, 1.0, 0.0, -1.0, 0.0], [0.0, 0.0, 1.0, 0.0, -1.0]])
        loss = -chances(np.exp(moves[0]), np.exp(moves[1]), low, high, count)
        return float(loss[0]), (loss[1:3] - loss[3:5]) / (2.0 * step)

    middle = np.where(np.isfinite(high), (low + np.where(np.isfinite(high), high, 0.0)) / 2.0, low * 2.0)
    start = np.array([np.log(max(float(middle @ count / count.sum()), 0.01)), -0.5])
    best = least(slopes, (start, start + np.array([0.5, -1.5])), bounds).place
    spread = 1.5 / np.sqrt(float(count.sum()))

    def profile(which: int) -> Array:
        last = best

        @cache  # a place has one value, however an inner search would end the second time
        def loss(value: float) -> float:
            nonlocal last
            within, start = list(bounds), last.copy()
            within[which], start[which] = (value, value), value
            found = least(slopes, [start], within)
            last = found.place
            return found.value

        best_here = float(best[which])
        top = loss(best_here) + 0.5 * float(chdtri(1, 0.1))
        ends = []
        for way, bound in zip((-1.0, 1.0), bounds[which], strict=True):
            stride, inner, outer = max(END * spread, 1e-6), best_here, best_here
            while loss(outer) < top and outer != bound:
                inner, outer = outer, best_here + way * stride if stride < abs(bound - best_here) else bound
                stride *= 1.5
            if loss(outer) < top:
                ends.append(bound)
            else:
                ends.append(float(brentq(lambda at: loss(at) - top, inner, outer, xtol=max(1e-3 * spread, 1e-9))))
        return np.exp([ends[0], best_here, ends[1]])

    return [profile(which) for which in wanted]
