"""What customers experience: contacts, and the shares that are good, bad and put right."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd

from .. import evidence
from ..draws import quantile
from ..errors import InputError, nearest
from ..parameters import Quantity, Range, Value
from ..units import Array
from . import intervals
from .estimate import Estimate, Found, Missing, inside
from .frames import columns, scopes

COVERS = ("all", "survey", "complaints")
"""What a table of experiences holds: every contact, answers to a survey, or complaints only."""

UNCORRECTED = (
    "Of those who answered, and no correction was stated: the pleased and the angry often answer more, and then "
    "shares of good and of bad are too high."
)
"""Of a survey's shares that are taken as they are."""

_DRAWS = 20_000
"""Of a corrected share: its ends are right to about 1 % of the interval's width."""

KINDS = ("good", "bad", "recovered", "neutral")

LOW = "Contacts rated as bad over all; what was put right may have been rated better and is then not among them."
"""How bad experiences are counted where only ratings stand."""

_BAD = "experience.bad_share"
"""What an experience can be."""

_RATIO = Quantity(unit="ratio", meaning="", above=0)
_SHARE = Quantity(unit="share", meaning="", at_least=0, at_most=1)
_RATE = Quantity(unit="share", meaning="", above=0, at_most=1)
_CONTACTS = Quantity(unit="contacts per customer and month", meaning="", above=0)


@dataclass(frozen=True)
class Corrections:
    """What is known of how a survey or a list of complaints differs from what happened; None leaves it as it is.

    Args:
        answer_good, answer_bad: how many times likelier people are to answer after a good or a bad contact than
            after a neutral one.
        asked_for_a_ten: share of the good answers that were asked for and say nothing.
        complaint_rate: share of bad experiences that are complained about.

    Raises:
        InputError: out of bounds.
    """

    answer_good: Value | None = None
    answer_bad: Value | None = None
    asked_for_a_ten: Value | None = None
    complaint_rate: Value | None = None

    def __post_init__(self) -> None:
        bounds = (_RATIO, _RATIO, _SHARE, _RATE)
        for field, quantity in zip(fields(self), bounds, strict=True):
            value = getattr(self, field.name)
            for number in () if value is None else value if isinstance(value, Range) else (value,):
                if not quantity.admits(number):
                    raise InputError(f"must be {quantity.allowed}, is {number:g}", f"corrections.{field.name}")

    def said(self) -> list[str]:
        """Those of a survey in words."""
        words = {
            "answer_good": "the well served are {} times as likely to answer",
            "answer_bad": "the badly served are {} times as likely to answer",
            "asked_for_a_ten": "{} of the good answers were asked for and do not count",
        }
        return [text.format(_plain(value)) for name, text in words.items() if (value := getattr(self, name))]


def _plain(value: Value) -> str:
    return f"{value.low:g} to {value.high:g}" if isinstance(value, Range) else f"{value:g}"


def _drawn(value: Value | None, quantity: Quantity, random: np.random.Generator) -> Array:
    """Draws of a correction; ones where there is none."""
    if value is None:
        return np.ones(_DRAWS)
    if isinstance(value, Range):
        return quantile(value, quantity, random.standard_normal(_DRAWS))
    return np.full(_DRAWS, float(value))


def experiences(
    monthly: pd.DataFrame,
    covers: str = "all",
    corrections: Corrections = Corrections(),
    contacts_per_month: Value | None = None,
    seed: int = 0,
    named: Collection[str] = KINDS,
) -> Found:
    """Contacts per customer and month, and the shares of them that are good, bad and put right.

    contacts/customer-months, good/contacts, (bad + recovered)/contacts, recovered/(bad + recovered)

    Months are the clusters: where they differ by more than chance the intervals widen (`intervals.unevenness`).
    Of a survey the true share is proportional to the share of answers over the relative chance to answer. Of
    complaints, bad experiences are complaints/complaint_rate; who does not complain is not put right.

    Args:
        monthly: index (segment, month); good, bad, recovered, neutral, contacts, and customers at its start.
        covers: one of COVERS.
        corrections: used where they apply; each range widens the interval.
        contacts_per_month: the business's own figure; only needed where complaints are all there is.
        seed: of the draws of corrections.
        named: kinds that a row can have; of ratings those that their rule names. What no row can have, or none has
            though others would stand beside it, is not a share of 0: it cannot be told.

    Returns:
        The four keys of `experience`, for the business and for each segment.

    Raises:
        InputError: covers is none of COVERS.
    """
    if covers not in COVERS:
        raise InputError(f"is {covers!r}; {nearest(covers, COVERS)}", "covers")
    found: list[Estimate | Missing] = []
    untold = _untold(monthly, named)
    for segment, frame in scopes(monthly):
        if covers == "complaints":
            parts = _complaints(frame, corrections, contacts_per_month, seed)
        else:
            parts = _rated(_contacts(frame, covers, corrections, seed), named)
        found += [_placed(_told(one, untold), segment) for one in parts]
    return tuple(found)


def _rated(parts: Iterator[Estimate | Missing], named: Collection[str]) -> Iterator[Estimate | Missing]:
    """A rating does not tell what was put right, and the figure says so."""
    for one in parts:
        if isinstance(one, Estimate) and one.key == _BAD and "recovered" not in named:
            yield replace(one, how=LOW)
        else:
            yield one


def _told(one: Estimate | Missing, untold: Mapping[str, str]) -> Estimate | Missing:
    return Missing(one.key, untold[one.key]) if isinstance(one, Estimate) and one.key in untold else one


def _untold(monthly: pd.DataFrame, named: Collection[str]) -> Mapping[str, str]:
    """Shares that these rows cannot tell, and why: what nobody could mark, or nobody ever did."""
    counted = columns(monthly, KINDS)
    if counted is None or counted.sum() <= 0:
        return {}
    seen = dict(zip(KINDS, counted.sum(axis=1), strict=True))
    why = {}
    if "good" not in named:
        why["good_share"] = "The rule of these ratings names no good contact."
    elif not seen["good"]:
        why["good_share"] = "Not one contact is marked as good."
    if "bad" not in named:
        why["bad_share"] = "The rule of these ratings names no bad contact."
    elif "good" in named and seen["neutral"] == counted.sum():
        why["bad_share"] = "Every contact is neutral, so nobody seems to have marked the bad ones."
    if "recovered" not in named:
        why["recovered_share"] = "A rating cannot say whether a bad contact was put right."
    elif seen["bad"] and not seen["recovered"]:
        why["recovered_share"] = (
            "Nobody is marked as recovered. If none are put right, give experience.recovered_share: 0 in the "
            "business file."
        )
    return {f"experience.{name}": text for name, text in why.items()}


def _placed(one: Estimate | Missing, segment: str) -> Estimate | Missing:
    if isinstance(one, Missing):
        return Missing(inside(one.key, segment), one.why)
    return Estimate(inside(one.key, segment), one.low, one.central, one.high, one.how, one.rows, one.note)


def _contacts(
    frame: pd.DataFrame, covers: str, corrections: Corrections, seed: int
) -> Iterator[Estimate | Missing]:
    key = "experience.contacts_per_month"
    counted = columns(frame, ["contacts", "customers"])
    if covers == "survey":
        yield Missing(key, "A survey holds answers, not contacts; give the business's own figure.")
    elif counted is None or counted[1].sum() <= 0:
        yield Missing(key, "Who is a customer in which month is not known, so contacts cannot be divided by them.")
    else:
        events, exposure = counted
        factor = intervals.unevenness(events, exposure * events.sum() / exposure.sum())
        yield Estimate.of(
            key, intervals.rate(events.sum(), exposure.sum(), factor),
            "Contacts over customer-months.", int(exposure.sum()), intervals.uneven(factor),
        )  # fmt: skip
    kinds = columns(frame, KINDS)
    if kinds is None or kinds.sum() <= 0:
        for name in ("good_share", "bad_share", "recovered_share"):
            yield Missing(f"experience.{name}", "No experience was recorded.")
        return
    if covers == "survey":
        yield from _shares(kinds, corrections, seed, UNCORRECTED)
    else:
        yield from _shares(kinds, _of_all(corrections), seed)


def _of_all(corrections: Corrections) -> Corrections:
    """Where every contact is recorded nobody chooses to answer."""
    return Corrections(asked_for_a_ten=corrections.asked_for_a_ten)


def _shares(
    kinds: Array, corrections: Corrections, seed: int, plain_note: str = ""
) -> Iterator[Estimate | Missing]:
    good, bad, recovered, _ = kinds
    contacts, poor = kinds.sum(axis=0), bad + recovered
    corrected = corrections.said()
    note = plain_note
    if corrected:
        note = f"Corrected, for this was said: {'; '.join(corrected)}; not that the attached answer more."
    draws = _survey(kinds, corrections, seed) if corrected else None
    for place, (name, events, trials, how) in enumerate(
        (
            ("good_share", good, contacts, "Good contacts over all."),
            ("bad_share", poor, contacts, "Bad contacts, put right or not, over all."),
            ("recovered_share", recovered, poor, "Bad contacts put right over all bad ones."),
        )
    ):
        if trials.sum() <= 0:
            yield Missing(f"experience.{name}", "No bad experience was recorded, so none can be put right.")
            continue
        factor = intervals.unevenness_of_share(events, trials)
        plain = intervals.share(events.sum(), trials.sum(), factor)
        if draws is None or name == "recovered_share":
            recent = intervals.later(events, trials)
            if recent is not None:
                part = slice(-intervals.HALF_YEAR, None)
                plain = intervals.spanning(plain, intervals.share(events[part].sum(), trials[part].sum()))
            said = (plain_note, intervals.changed(recent), intervals.uneven(factor))
            yield Estimate.of(f"experience.{name}", plain, how, int(trials.sum()), " ".join(filter(None, said)))
            continue
        raw = f"{note} Without that it would be {plain[1]:.3g}. {intervals.uneven(factor)}".strip()
        ends = np.quantile(draws[place], intervals.LEVELS)
        yield Estimate.of(f"experience.{name}", ends, f"{how[:-1]}, corrected.", int(trials.sum()), raw)


def _survey(kinds: Array, corrections: Corrections, seed: int) -> Array:
    """Draws of the true shares of good and bad contacts, shape (2, draws)."""
    random = np.random.default_rng(seed)
    good, bad, recovered, neutral = kinds
    contacts = kinds.sum(axis=0)
    factor = max(
        intervals.unevenness_of_share(good, contacts), intervals.unevenness_of_share(bad + recovered, contacts)
    )
    counts = np.array([good.sum(), (bad + recovered).sum(), neutral.sum()])
    answers = random.standard_gamma(counts / factor + 0.5, (_DRAWS, 3)).T
    asked = 0.0 if corrections.asked_for_a_ten is None else _drawn(corrections.asked_for_a_ten, _SHARE, random)
    answers[0] *= (1.0 - asked) / _drawn(corrections.answer_good, _RATIO, random)
    answers[1] /= _drawn(corrections.answer_bad, _RATIO, random)
    return np.asarray((answers / answers.sum(axis=0))[:2])


def _complaints(
    frame: pd.DataFrame, corrections: Corrections, contacts: Value | None, seed: int
) -> Iterator[Estimate | Missing]:
    yield Missing("experience.contacts_per_month", "Complaints do not tell how many contacts there were.")
    yield Missing("experience.good_share", "Complaints do not tell of good contacts.")
    counted = columns(frame, ["bad", "recovered", "customers"])
    if counted is None or counted[2].sum() <= 0:
        why = "Complaints need a table of customers, so that they can be divided by customer-months."
        yield from (Missing(f"experience.{name}", why) for name in ("bad_share", "recovered_share"))
        return
    bad, recovered, customers = counted
    poor, exposure, random = bad + recovered, float(customers.sum()), np.random.default_rng(seed)
    value, said = _complaint_rate(corrections)
    rate = _drawn(value, _RATE, random)
    factor = intervals.unevenness(poor, customers * poor.sum() / exposure)
    happened = random.standard_gamma(poor.sum() / factor + 0.5, _DRAWS) / (exposure / factor) / rate
    how = f"Complaints over customer-months, divided by the share of bad experiences complained about ({said})."
    ends = np.quantile(happened, intervals.LEVELS)
    yield Estimate.of("bad_experiences_per_customer_month", ends, how, int(poor.sum()), intervals.uneven(factor))
    key = "experience.bad_share"
    if contacts is None:
        yield Missing(key, "Give contacts_per_month: complaints do not tell how many contacts there were.")
    else:
        part = happened / _drawn(contacts, _CONTACTS, random)
        ends = np.quantile(part, intervals.LEVELS)
        if ends[1] >= 1.0:
            yield Missing(key, "More bad experiences than contacts: the rate or the contacts are too low.")
        else:
            note = " A part of its range was above 1 and was cut." if ends[2] > 1.0 else ""
            how, note = f"{how[:-1]}, over contacts.", f"{intervals.uneven(factor)}{note}".strip()
            yield Estimate.of(key, np.minimum(ends, 1.0), how, int(poor.sum()), note)
    key = "experience.recovered_share"
    if poor.sum() <= 0:
        yield Missing(key, "Nobody complained, so nothing can be put right.")
        return
    factor = intervals.unevenness_of_share(recovered, poor)
    left = (poor - recovered).sum()
    parts = random.beta(recovered.sum() / factor + 0.5, left / factor + 0.5, _DRAWS) * rate
    note = "Bad experiences that nobody complained of count as not put right."
    ends = np.quantile(parts, intervals.LEVELS)
    yield Estimate.of(
        key, ends, f"Complaints put right, times the share complained about ({said}).", int(poor.sum()), note
    )


def _complaint_rate(corrections: Corrections) -> tuple[Value, str]:
    """The business's own, or that of the evidence, whose middle is in proportion."""
    if (value := corrections.complaint_rate) is not None:
        return value, _plain(value)
    record = evidence.figure("complaint_rate")
    low, high = float(record.low or np.nan), float(record.high or np.nan)
    return Range(low, float(np.sqrt(low * high)), high), f"{low:.3g} to {high:.3g}, published"
