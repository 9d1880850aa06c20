"""What customers experience, post and tell: contacts and how they went, reviews, and how many people are told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import betainc, ndtr

from .. import evidence
from .. import reach as distribution
from ..data.description import Corrections
from ..draws import quantile
from ..parameters import Range, Value, central
from ..scenario import WHOLE
from ..units import Array
from ..words import percent, several
from . import intervals
from .estimate import Estimate, Found, Missing, columns, counted, placed, scopes
from .intervals import least
from .moods import ENOUGH, quantity_of

# --- contacts -------------------------------------------------------------------------------------------------


CONTACTS, GOOD, BAD, RECOVERED = (
    f"experience.{name}" for name in ("contacts_per_month", "good_share", "bad_share", "recovered_share")
)

UNSTATED = Range(0.5, 1.0, 2.0)
"""How many times likelier than others somebody may be to answer a survey, where nobody stated it."""
_UNSTATED_PUT_RIGHT = Range(1 / 3, 1.0, 3.0)
"""The same of those put right against the badly served, of whom even less is known."""

PUT_RIGHT = (
    "Whoever was put right may answer more or less often than whoever was not, and this share hangs on it; tell "
    "corrections.answer_bad and corrections.answer_recovered (1 where alike)."
)

_DRAWS = 20_000
"""Of a corrected share: its ends are right to about 1 % of the interval's width."""

KINDS = ("good", "bad", "recovered", "neutral")
"""What an experience can be."""

LOW = "Contacts rated as bad over all; what was put right may have been rated better and is then not among them."
"""How bad experiences are counted where only ratings stand."""

_ANSWERS = {
    "answer_good": "the well served are {} times as likely to answer",
    "answer_bad": "the badly served are {} times as likely to answer",
    "answer_recovered": "those put right are {} times as likely to answer",
    "asked_for_a_ten": "{} of the good answers were asked for and do not count",
}
"""Corrections of a survey in words."""

_SELECTING = {
    "answer_good": "the well served",
    "answer_bad": "the badly served",
    "answer_recovered": "those put right",
}
"""Those of them by whom a survey selects."""

NONE = Corrections()


def plainly(value: Value) -> str:
    """A number or a range in words."""
    return f"{value.low:g} to {value.high:g}" if isinstance(value, Range) else f"{value:g}"


def _drawn(value: Value | None, key: str, random: np.random.Generator) -> Array:
    """Draws of a correction or of a figure of the business; ones where there is none."""
    if value is None:
        return np.ones(_DRAWS)
    if isinstance(value, Range):
        return quantile(value, quantity_of(key), random.standard_normal(_DRAWS))
    return np.full(_DRAWS, float(value))


def experiences(
    monthly: pd.DataFrame,
    covers: str = "all",
    corrections: Corrections = NONE,
    contacts_per_month: Value | None = None,
    seed: int = 0,
    named: Collection[str] = KINDS,
    people: pd.DataFrame | None = None,
) -> Found:
    """Contacts per customer and month, and the shares of them that are good, bad and put right.

    contacts/customer-months, good/contacts, (bad + recovered)/contacts, recovered/(bad + recovered)

    Months and customers are the clusters (`counted`). Of a survey the true share is proportional to the share of
    answers over the relative chance to answer; where nobody stated that chance, it may be half or twice that of
    others (`UNSTATED`), unless nearly everybody answered. Of complaints, bad experiences are
    complaints/complaint_rate; who does not complain is not put right.

    Args:
        monthly: index (segment, month); good, bad, recovered, neutral, contacts, and customers at its start.
        covers: all, survey or complaints: what the table holds.
        corrections: used where they apply; each range widens the interval.
        contacts_per_month: the business's own figure; needed where complaints are all there is, and of a survey to
            see whether nearly everybody answered.
        seed: of the draws of corrections.
        named: kinds that a row can have; of ratings those that their rule names. What no row can have, or none has
            though others would stand beside it, is not a share of 0: it cannot be told.
        people: customers as of `moods.Followed.people`, who widen the intervals where they are served differently.

    Returns:
        The four keys of `experience`, for the business and for each segment.
    """
    untold, by_segment = _untold(monthly, named), {} if people is None else dict(scopes(people))

    def told(frame: pd.DataFrame, each: pd.DataFrame | None) -> Iterator[Estimate | Missing]:
        if covers == "complaints":
            parts = _complaints(frame, corrections, contacts_per_month, seed)
        else:
            chosen = () if covers != "survey" or _nearly_all(frame, contacts_per_month) else tuple(_SELECTING)
            parts = _contacts(frame, each, covers, corrections, chosen, seed)
        for one in parts:
            if one.key in untold and (isinstance(one, Estimate) or one.why == PUT_RIGHT):
                yield Missing(one.key, untold[one.key])
            elif (
                isinstance(one, Estimate)
                and one.key == BAD
                and "recovered" not in named
                and covers != "complaints"
            ):
                yield replace(one, how=LOW)
            else:
                yield one

    found = (placed(told(frame, by_segment.get(name)), name) for name, frame in scopes(monthly))
    return tuple(one for parts in found for one in parts)


def answers(
    rows: pd.DataFrame, corrections: Corrections, seed: int, named: Collection[str], flagged: bool
) -> Found:
    """Shares from answers without dates, and in words why these tell no effect.

    Args:
        rows: kind, gone and count, as of `Tables.answers`.
        flagged: whether it stands beside an answer who left.
    """
    by_kind = rows.groupby("kind")["count"].sum().reindex(list(KINDS), fill_value=0)
    month = pd.DataFrame([by_kind.to_numpy()], columns=list(KINDS))
    month.index = pd.MultiIndex.from_tuples([(WHOLE, 0)], names=["segment", "month"])
    why = (
        "A score beside a flag of who left, both of one day: whoever had made up their mind to leave scores low "
        "for it, so what goes together is no effect. Dates of answers and of leaving would tell."
        if flagged
        else "Answers without dates cannot be held against who left later."
    )
    ratios = ("retention.delighted_hazard_ratio", "retention.disappointed_hazard_ratio")
    found = experiences(month, "survey", corrections, None, seed, named)
    return (*found, *(Missing(key, why) for key in ratios))


def _untold(monthly: pd.DataFrame, named: Collection[str]) -> Mapping[str, str]:
    """Shares that these rows cannot tell, and why: what nobody could mark, or nobody ever did."""
    kinds = columns(monthly, KINDS)
    if kinds is None or kinds.sum() <= 0:
        return {}
    seen = dict(zip(KINDS, kinds.sum(axis=1), strict=True))
    why = {}
    if "good" not in named:
        why[GOOD] = "The rule of these ratings names no good contact."
    elif not seen["good"]:
        why[GOOD] = "Not one contact is marked as good."
    if "bad" not in named:
        why[BAD] = "The rule of these ratings names no bad contact."
    elif "good" in named and seen["neutral"] == kinds.sum():
        why[BAD] = "Every contact is neutral, so nobody seems to have marked the bad ones."
    if "recovered" not in named:
        why[RECOVERED] = "A rating cannot say whether a bad contact was put right."
    elif seen["bad"] and not seen["recovered"]:
        why[RECOVERED] = (
            "Nobody is marked as recovered. If none are put right, give experience.recovered_share: 0 in the "
            "business file."
        )
    return why


def _nearly_all(frame: pd.DataFrame, contacts_per_month: Value | None) -> bool:
    """Whether a survey holds so many answers that it does not matter who chose to give them."""
    both = columns(frame, ["contacts", "customers"])
    if contacts_per_month is None or both is None:
        return False
    return bool(both[0].sum() >= ENOUGH * central(contacts_per_month) * both[1].sum())


def _contacts(
    frame: pd.DataFrame,
    people: pd.DataFrame | None,
    covers: str,
    corrections: Corrections,
    chosen: tuple[str, ...],
    seed: int,
) -> Iterator[Estimate | Missing]:
    """Contacts and shares; `chosen` names the corrections by whom it is chosen to answer."""
    each = None if people is None else columns(people, ["contacts", "months", *KINDS])
    both = columns(frame, ["contacts", "customers"])
    if covers == "survey":
        yield Missing(CONTACTS, "A survey holds answers, not contacts; give the business's own figure.")
    elif both is None or both[1].sum() <= 0:
        why = "Who is a customer in which month is not known, so contacts cannot be divided by them."
        yield Missing(CONTACTS, why)
    else:
        how = "Contacts over customer-months."
        yield counted(CONTACTS, both[0], both[1], how, share=False, customers=None if each is None else each[:2])
    kinds = columns(frame, KINDS)
    if kinds is None or kinds.sum() <= 0:
        yield from (Missing(key, "No experience was recorded.") for key in (GOOD, BAD, RECOVERED))
        return
    every = kinds if each is None else each[2:]
    shares = [
        (GOOD, [0], [0, 1, 2, 3], "Good contacts over all."),
        (BAD, [1, 2], [0, 1, 2, 3], "Bad contacts, put right or not, over all."),
        (RECOVERED, [2], [1, 2], "Bad contacts put right over all bad ones."),
    ]
    if not chosen:
        corrections = corrections.model_copy(update=dict.fromkeys(_SELECTING))
    if not kinds[2].sum():  # such as of ratings, which do not tell
        chosen = tuple(name for name in chosen if name != "answer_recovered")
    corrected = chosen or corrections.asked_for_a_ten is not None
    draws = _survey(kinds, None if each is None else every, corrections, bool(chosen), seed) if corrected else None
    for place, (key, top, under, how) in enumerate(shares):
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
            note = f"{_said(corrections, chosen)} Without that it would be {one.central:.3g}. {one.note}".strip()
            ends = np.quantile(draws[place], intervals.LEVELS)
            how = how if chosen and not _stated(corrections) else f"{how[:-1]}, corrected."
            one = Estimate.of(key, ends, how, one.rows, note)
        yield one


def _stated(corrections: Corrections) -> dict[str, Value]:
    return {name: value for name in _ANSWERS if (value := getattr(corrections, name)) is not None}


def _said(corrections: Corrections, chosen: tuple[str, ...]) -> str:
    """What a survey was corrected for, and what nobody stated."""
    stated = _stated(corrections)
    names = [name for name in chosen if name not in stated]
    lacking = [_SELECTING[name] for name in names]
    said = [_ANSWERS[name].format(plainly(value)) for name, value in stated.items()]
    parts = (
        [f"Corrected, for this was said: {'; '.join(said)}; not that the attached answer more."] if said else []
    )
    if lacking:
        parts.append(
            f"How much likelier {several(lacking)} are to answer was not stated, so anything from half to twice "
            f"{'(a third to three times, of those put right) ' if 'answer_recovered' in names else ''}"
            f"is in the interval; tell corrections.{several(names)}."
        )
    return " ".join(parts)


def _survey(kinds: Array, customers: Array | None, corrections: Corrections, chosen: bool, seed: int) -> Array:
    """Draws of the true shares of contacts that are good and bad, and of bad ones put right, shape (3, draws).

    What nobody stated is `UNSTATED`; of those put right a wider range, times that of the badly served.

    Args:
        kinds, customers: answers of each month and of each customer by KINDS.
    """
    random = np.random.default_rng(seed)
    factor = 1.0
    for rows in ([0], [1, 2]):
        more = intervals.unevenness_of_share(kinds[rows].sum(axis=0), kinds.sum(axis=0))
        if customers is not None:
            more += intervals.clustered(customers[rows].sum(axis=0), customers.sum(axis=0)) - 1.0
        factor = max(factor, more)
    shape = kinds.sum(axis=1) / factor + np.array([0.5, 0.25, 0.25, 0.5])
    answers = random.standard_gamma(shape, (_DRAWS, 4)).T
    if corrections.asked_for_a_ten is not None:
        answers[0] *= 1.0 - _drawn(corrections.asked_for_a_ten, "asked_for_a_ten", random)
    if chosen:
        good, bad, recovered = (
            _drawn(unstated if (value := getattr(corrections, name)) is None else value, name, random)
            for name, unstated in zip(_SELECTING, (UNSTATED, UNSTATED, _UNSTATED_PUT_RIGHT), strict=True)
        )
        answers[0] /= good
        answers[1] /= bad
        answers[2] /= recovered * (bad if corrections.answer_recovered is None else 1.0)
    bad, recovered = answers[1] + answers[2], answers[2]
    every = answers.sum(axis=0)
    return np.stack([answers[0] / every, bad / every, recovered / bad])


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
    poor, exposure, random = bad + recovered, float(customers.sum()), np.random.default_rng(seed)
    value, said = _complaint_rate(corrections)
    rate = _drawn(value, "complaint_rate", random)
    factor = intervals.unevenness(poor, customers * poor.sum() / exposure)
    happened = random.standard_gamma(poor.sum() / factor + 0.5, _DRAWS) / (exposure / factor) / rate
    how = f"Complaints over customer-months, divided by the share of bad experiences complained about ({said})."
    note, count = intervals.uneven(factor), int(poor.sum())
    ends = np.quantile(happened, intervals.LEVELS)
    yield Estimate.of("bad_experiences_per_customer_month", ends, how, count, note)
    if contacts is None:
        yield Missing(BAD, "Give contacts_per_month: complaints do not tell how many contacts there were.")
    elif (ends := np.quantile(happened / _drawn(contacts, CONTACTS, random), intervals.LEVELS))[1] >= 1.0:
        yield Missing(BAD, "More bad experiences than contacts: the rate or the contacts are too low.")
    else:
        note = f"{note}{' A part of its range was above 1 and was cut.' if ends[2] > 1.0 else ''}".strip()
        yield Estimate.of(BAD, np.minimum(ends, 1.0), f"{how[:-1]}, over contacts.", count, note)
    if not count:
        yield Missing(RECOVERED, "Nobody complained, so nothing can be put right.")
        return
    factor = intervals.unevenness_of_share(recovered, poor)
    parts = random.beta(recovered.sum() / factor + 0.5, bad.sum() / factor + 0.5, _DRAWS) * rate
    note = "Bad experiences that nobody complained of count as not put right."
    how = f"Complaints put right, times the share complained about ({said})."
    yield Estimate.of(RECOVERED, np.quantile(parts, intervals.LEVELS), how, count, note)


def _complaint_rate(corrections: Corrections) -> tuple[Value, str]:
    """The business's own, or that of the evidence, whose middle is in proportion."""
    if (value := corrections.complaint_rate) is not None:
        return value, plainly(value)
    record = evidence.figure("complaint_rate")
    low, high = float(record.low or np.nan), float(record.high or np.nan)
    return Range(low, float(np.sqrt(low * high)), high), f"{low:.3g} to {high:.3g}, published"


# --- reviews --------------------------------------------------------------------------------------------------


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
    """
    business = None if monthly is None else next(frame for _, frame in scopes(monthly))
    return (*_posting(reviews, business, covers), *_stars(reviews), _total(reviews, business))


def _by_month(reviews: pd.DataFrame, months: pd.Index, least: int, most: int) -> Array:
    """Reviews of a class in each month."""
    these = reviews[(reviews["stars"] >= least) & (reviews["stars"] <= most)]
    return these.groupby("month")["count"].sum().reindex(months, fill_value=0).to_numpy(dtype=np.float64)


def _posting(reviews: pd.DataFrame, business: pd.DataFrame | None, covers: str) -> Iterator[Estimate | Missing]:
    kinds = None if business is None else columns(business, KINDS)
    if business is None or kinds is None or covers != "all":
        why = "Reviews can only be divided by experiences where every contact is recorded."
        yield from (Missing(key, why) for key in _KEYS)
        return
    told = business.dropna(subset=list(KINDS))
    good, bad, recovered, neutral = kinds
    happened = {"bad": bad, "neutral": neutral + recovered, "good": good}
    for key, (kind, (first, last)) in zip(_KEYS, RULE.items(), strict=True):
        experiences = happened[kind]
        if experiences.sum() <= 0:
            yield Missing(key, f"There was no {kind} experience to post.")
            continue
        posts = _by_month(reviews, told.index, first, last)
        how = f"Reviews of {first} to {last} stars" if first < last else f"Reviews of {first} stars"
        one = counted(key, posts, experiences, f"{how} over {kind} experiences.", SAID, share=False)
        if one.central >= 1.0:
            yield Missing(key, f"There are more such reviews than {kind} experiences, so the rule cannot hold.")
        else:
            yield replace(one, high=min(one.high, 1.0), rows=int(posts.sum()))


def _stars(reviews: pd.DataFrame) -> Iterator[Estimate | Missing]:
    for kind, (first, last) in RULE.items():
        key = f"reviews.stars_{kind}"
        if first == last:
            yield Missing(
                key, f"By the rule a review of {first} stars is of a {kind} experience, so this is not seen."
            )
            continue
        low, high = (float(reviews.loc[reviews["stars"] == stars, "count"].sum()) for stars in (first, last))
        if low + high <= 0:
            yield Missing(key, f"There is no review of {first} or {last} stars.")
            continue
        ends = first + intervals.share(high, low + high)
        yield Estimate.of(key, ends, f"Mean of the reviews of {first} or {last} stars.", int(low + high), SAID)


def _total(reviews: pd.DataFrame, business: pd.DataFrame | None) -> Estimate | Missing:
    key = "reviews_per_customer_month"
    customers = None if business is None else columns(business, ["customers"])
    if business is None or customers is None or customers.sum() <= 0:
        return Missing(key, "Who is a customer in which month is not known.")
    posts = _by_month(reviews, business.dropna(subset=["customers"]).index, 1, 5)
    one = counted(key, posts, customers[0], "All reviews over customer-months.", share=False)
    return replace(one, rows=int(posts.sum()))


# --- how many are told ----------------------------------------------------------------------------------------


TONES = ("good", "bad", "recovered")

_BOUNDS = [(-7.0, 8.0), (-5.0, 7.0)]
"""Logarithms of the mean and of the dispersion k; e^7 is a Poisson distribution."""

_STEP = 1e-5

_HOW = "A distribution of people told (negative binomial) fitted to numbers and brackets, open ones included."
_CAUTION = "What people say they told."


def told_log_likelihood(
    mean: Array, dispersion: Array, least_told: Array, most_told: Array, count: Array
) -> Array:
    """Σ count·ln P(least ≤ people ≤ most), a negative binomial P with variance mean + mean²/k.

    P(people ≤ n) = I_p(k, n + 1), p = k/(k + mean)

    Args:
        mean, dispersion: above 0, shape (draws,).
        least_told, most_told: of each answer, both included, most inf where the bracket is open; shape (answers,).
        count: of equal answers.

    Returns:
        Shape (draws,).

    Source:
        Bliss and Fisher 1953, Biometrics 9; brackets as interval-censored.
    """
    mean, k = mean[:, np.newaxis], dispersion[:, np.newaxis]
    number = least_told == most_told
    found = np.empty((len(mean), len(count)))
    found[:, number] = _exact(mean, k, least_told[number])
    found[:, ~number] = _bracket(mean, k, least_told[~number], most_told[~number])
    return np.asarray(found @ count)


def lognormal_log_likelihood(
    mean: Array, spread: Array, least_told: Array, most_told: Array, count: Array
) -> Array:
    """The same of those who told anyone, with a rounded lognormal number: its tail is longer.

    P(people ≤ n) = Φ((ln(n + ½) − μ)/σ), μ = ln mean − σ²/2

    Args:
        mean: above 0, shape (draws,).
        spread: σ, above 0, shape (draws,).
        least_told, most_told, count: as of `told_log_likelihood`; least_told 1 or more.

    Returns:
        Shape (draws,).
    """
    mean, spread = mean[:, np.newaxis], spread[:, np.newaxis]
    middle = np.log(mean) - 0.5 * spread**2
    below = np.where(least_told > 1, (np.log(np.maximum(least_told - 0.5, 0.5)) - middle) / spread, -np.inf)
    up_to = np.where(np.isfinite(most_told), (np.log(most_told + 0.5) - middle) / spread, np.inf)
    chance = np.where(below > 0, ndtr(-below) - ndtr(-up_to), ndtr(up_to) - ndtr(below))
    return np.asarray(np.log(np.maximum(chance, 1e-300)) @ count)


def _bracket(mean: Array, k: Array, least_told: Array, most_told: Array) -> Array:
    """ln P(least ≤ people ≤ most), from the tail that loses no digits."""
    p, some, closed = k / (k + mean), least_told > 0, np.isfinite(most_told)
    first, last = np.maximum(least_told, 1.0), np.where(closed, most_told, 0.0) + 1.0
    below, above = np.where(some, betainc(k, first, p), 0.0), np.where(some, betainc(first, k, 1.0 - p), 1.0)
    up_to, beyond = np.where(closed, betainc(k, last, p), 1.0), np.where(closed, betainc(last, k, 1.0 - p), 0.0)
    chance = np.where(up_to < 0.5, up_to - below, above - beyond)
    return np.asarray(np.log(np.maximum(chance, 1e-300)))


def _exact(mean: Array, k: Array, people: Array) -> Array:
    """ln P(people), stable for a large dispersion."""
    from scipy.special import betaln, xlog1py

    many = np.maximum(people, 1.0)
    ways = np.where(people > 0, -betaln(k, many) - np.log(many), 0.0)
    return np.asarray(ways - xlog1py(k, mean / k) - people * np.log1p(k / mean))


def reach(talk: pd.DataFrame) -> Found:
    """People told of a good, a bad and a recovered experience.

    Intervals are of the profile likelihood, on the log scale. How many were told by who only says "more than five"
    hangs on the distribution; where there are such answers the interval spans a lognormal one as well, whose
    tail is longer. Where fewer than five told anyone, which does not
    tell how unequal tellers are, the dispersion is that of the published surveys (`wom.reach`).

    Returns:
        word_of_mouth.reach_good, …_bad and …_recovered, and dispersion_good, … which are no parameters: k, the
        smaller, the more unequal.
    """
    found: list[Estimate | Missing] = []
    for tone in TONES:
        rows = talk[(talk["tone"] == tone) & (talk["count"] > 0)]
        found += _of(rows, tone)
    return tuple(found)


def _of(rows: pd.DataFrame, tone: str) -> list[Estimate | Missing]:
    keys = f"word_of_mouth.reach_{tone}", f"dispersion_{tone}"
    if rows.empty:
        return [Missing(key, f"Nobody was asked how many they told of a {tone} experience.") for key in keys]
    low = rows["least"].to_numpy(dtype=np.float64, na_value=0.0)
    high = rows["most"].to_numpy(dtype=np.float64, na_value=np.inf)
    count = rows["count"].to_numpy(dtype=np.float64)
    answers = int(count.sum())
    told = float(count[high > 0].sum())
    if told < 5:
        note = f"Only {told:.0f} told anyone: how unequal tellers are is taken from published surveys. {_CAUTION}"
        k = _published(tone)
        ends = _Search(low, high, count, np.log(k)).ends(0) if told else _nobody(answers, k)
        why = f"Only {told:.0f} told anyone: too few for how unequal tellers are."
        return [Estimate.of(keys[0], ends, _HOW, answers, note), Missing(keys[1], why)]
    search, last = _Search(low, high, count), low[~np.isfinite(high)].min(initial=np.inf) - 1.0
    ends, spread = search.ends(0), search.ends(1)
    open_ended = float(count[~np.isfinite(high)].sum()) / answers
    note = _CAUTION
    if open_ended > 0:
        some = low > 0
        tellers = _Search(low[some], high[some], count[some], chances=lognormal_log_likelihood)
        ends = intervals.spanning(ends, tellers.ends(0) * (count[some].sum() / answers))
        note = (
            f'{percent(max(open_ended, 0.01))} of the answers are open upwards, such as "more than {last:.0f}", '
            f"and the mean hangs on how many these told: the interval spans two distributions. {note}"
        )
    edge = "One end is only a bound." if spread[0] <= 0.007 or spread[2] >= 1090 else ""
    how = "The same fit; the smaller, the more unequal are tellers."
    return [Estimate.of(keys[0], ends, _HOW, answers, note), Estimate.of(keys[1], spread, how, answers, edge)]


def _nobody(answers: int, k: float) -> Array:
    """Nobody of so many told anyone: P(0)^answers, with a flat prior on −ln P(0)."""
    return np.asarray(k * np.expm1(-np.log1p(-intervals.LEVELS) / (k * answers)))


def _published(tone: str) -> float:
    which = "bad" if tone == "bad" else "good"
    mean, share = (evidence.figure(f"{name}_{which}").central for name in ("reach", "told_more_than_five"))
    return distribution.from_mean_and_share(float(mean or np.nan), float(share or np.nan)).dispersion


class _Search:
    """The most likely mean and dispersion (or σ), as logarithms, and their profiles; the second may be held."""

    def __init__(
        self,
        low: Array,
        high: Array,
        count: Array,
        held: float | None = None,
        chances: Callable[[Array, Array, Array, Array, Array], Array] = told_log_likelihood,
    ) -> None:
        self.low, self.high, self.count, self.chances = low, high, count, chances
        self.bounds = [_BOUNDS[0], _BOUNDS[1] if held is None else (held, held)]
        middle = np.where(np.isfinite(high), (low + np.where(np.isfinite(high), high, 0.0)) / 2.0, low * 2.0)
        start = np.array([np.log(max(float(middle @ count / count.sum()), 0.01)), -0.5])
        starts = (start, start + np.array([0.5, -1.5]))
        self.best = least(self.slopes, starts, self.bounds).place

    def slopes(self, place: Array) -> tuple[float, Array]:
        """Minus the log-likelihood and its slopes, by central differences."""
        moves = place[:, np.newaxis] + _STEP * np.array([[0.0, 1.0, 0.0, -1.0, 0.0], [0.0, 0.0, 1.0, 0.0, -1.0]])
        loss = -self.chances(np.exp(moves[0]), np.exp(moves[1]), self.low, self.high, self.count)
        return float(loss[0]), (loss[1:3] - loss[3:5]) / (2.0 * _STEP)

    def ends(self, which: int) -> Array:
        """5 %, best and 95 % of the mean (0) or of the dispersion (1)."""
        last = self.best

        def loss(value: float) -> float:
            nonlocal last
            bounds, start = list(self.bounds), last.copy()
            bounds[which], start[which] = (value, value), value
            found = least(self.slopes, [start], bounds)
            last = found.place
            return found.value

        spread = 1.5 / np.sqrt(float(self.count.sum()))
        return np.exp(intervals.profile(loss, float(self.best[which]), spread, *self.bounds[which]))
