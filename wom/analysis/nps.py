"""The Net Promoter Score and earned growth: from answers to shares with intervals, and honestly to money.

A score is one number of two shares, so that many mixes of customers give the same one, and a point more can be won
in several ways that are worth different sums. What is told is therefore an interval over all mixes and all ways
that fit, and it is sharp: both ends are reached.

Source:
    Reichheld 2003, Harvard Business Review 81(12) (the score); Reichheld, Darnell and Burns 2021, Harvard Business
    Review 99(6) (earned growth); Baehre, O'Dwyer, O'Malley and Lee 2022, JAMS 50 (what predicts growth).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from .._run import LEVEL, Interval, quantiles
from ..anchoring import Start
from ..draws import quantile, sample
from ..engine import impression_shifts
from ..errors import InputError, whole_number
from ..parameters import Quantity, Range, Value
from ..processes import FAVOURABLE
from ..scenario import Scenario, opens
from ..units import MONTHS_PER_YEAR, Array, Number
from ..words import Tabled
from ..worth import EXPERIENCES, event_worth

CAUTION = (
    "A score of customers who answered hardly foretells growth: where it was looked at (7 brands, 5 years), only "
    "the score among all potential customers did. A point of it is no lever by itself; what counts here are the "
    "contacts behind it."
)
_POINT = 0.01


class Mix(NamedTuple):
    """Shares of promoters, passives and detractors, each of shape (draws,)."""

    promoters: Array
    passives: Array
    detractors: Array


@dataclass(frozen=True, repr=False)
class NetPromoter(Tabled):
    """What answers say of a business, and what a point more is worth to it."""

    scenario: Scenario
    shares: pd.DataFrame
    """Index promoters, passives, detractors, nps; columns low, median, high. From a score alone: the ends of all
    mixes that give it, and no median."""
    worth_per_point: pd.DataFrame
    """Currency today for one point more, kept up for a year. Index passive_to_promoter, detractor_to_passive,
    any_way; columns low, least, most, high: least and most over all mixes and ways that fit at the central
    figures, low and high the 5 % and 95 % ends of these over the draws."""
    same_score: tuple[float, float]
    """Least and most that a year's experiences are worth among mixes of this score; equal where one is known."""
    caution: str = CAUTION


@opens
def nps(
    answers: float | Sequence[float] | Mapping[int, float] | pd.Series,
    scenario: Scenario,
    *,
    answer_good: Value | None = None,
    answer_bad: Value | None = None,
    asked_for_a_ten: Value | None = None,
    draws: int = 200,
    seed: int = 0,
) -> NetPromoter:
    """What a Net Promoter Score says, and what one point more is worth.

    nps = 100·(promoters − detractors).   A point more is a + b + 2c = .01 of a year's contacts, of which a turn
    from passive to good, b from bad to passive and c from bad to good; a ≤ passives, b + c ≤ detractors. Each is
    worth what `experience_worth` says of a good contact more and of a bad one less. The ends are those over all
    such moves, and over all mixes where only the score is known.

    Args:
        answers: how many gave each score, for 0 to 10, in order or by score; or a score alone, from -100 to 100.
        scenario: from `wom.load`; its contacts and customers say how many experiences a point is.
        answer_good, answer_bad: how many times likelier the pleased and the angry are to answer than others; a
            number or a `Range`.
        asked_for_a_ten: share of the promoters who were asked for it and say nothing.
        draws: of the answers, the corrections and all that is uncertain of the business.
        seed: 0 or more.

    Raises:
        InputError: answers that are no score and no counts, a correction out of bounds, or several segments.

    Example:
        >>> import wom
        >>> shop = wom.load("retailer/today")
        >>> counts = [4, 1, 2, 2, 3, 8, 10, 30, 60, 50, 80]
        >>> found = wom.nps(counts, shop, draws=50)
        >>> bool(34 < found.shares.loc["nps", "median"] < 46)
        True
        >>> least, most = found.worth_per_point.loc["any_way", ["least", "most"]]
        >>> bool(0 < least < most)
        True
    """
    whole_number("draws", draws, 2)
    if scenario.today.segments:
        raise InputError("a score is of one kind of customer; give one without segments", "today.segments")
    corrections = {"answer_good": answer_good, "answer_bad": answer_bad, "asked_for_a_ten": asked_for_a_ten}
    if isinstance(answers, int | float | np.number):
        given = float(answers)
        if isinstance(answers, bool) or not -100.0 <= given <= 100.0:
            raise InputError(f"a score lies from -100 to 100, is {answers}", "answers")
        if 0.0 < abs(given) < 1.0:
            text = f"a score lies from -100 to 100; is {given:g} meant as {100.0 * given:g}?"
            raise InputError(f"{text} Write it so, or give the counts of each score", "answers")
        if any(value is not None for value in corrections.values()):
            raise InputError("need the counts of each score; a score alone cannot be corrected", "corrections")
        mixes: tuple[Mix, ...] = ends(given / 100.0)
        both = {name: [getattr(mix, name)[0] for mix in mixes] for name in Mix._fields}
        parts = {name: (min(sides), np.nan, max(sides)) for name, sides in both.items()} | {"nps": (given,) * 3}
    else:
        mix = mix_of(_counts(answers), corrections, draws, seed)
        mixes = (mix,)
        drawn = mix._asdict() | {"nps": 100.0 * (mix.promoters - mix.detractors)}
        parts = {name: tuple(quantiles(part, LEVEL)) for name, part in drawn.items()}
    good, bad = _worths(sample(scenario, 1, seed, ranges=False).start)
    goods, bads = _worths(sample(scenario, draws, seed).start)
    rows = {}
    for way, one, many in (("passive_to_promoter", good, goods), ("detractor_to_passive", bad, bads)):
        low, high = np.quantile(many, [0.05, 0.95]) * _POINT
        rows[way] = (low, one[0] * _POINT, one[0] * _POINT, high)
    passives, detractors = (np.max([getattr(mix, name) for mix in mixes], axis=0) for name in Mix._fields[1:])
    low, high = point_bounds(goods, bads, passives, detractors)
    least, most = point_bounds(good, bad, np.median(passives), np.median(detractors))
    rows["any_way"] = (np.quantile(low, 0.05), least[0], most[0], np.quantile(high, 0.95))
    levels = [float(mix.promoters.mean() * good[0] - mix.detractors.mean() * bad[0]) for mix in mixes]
    return NetPromoter(
        scenario,
        pd.DataFrame.from_dict(parts, orient="index", columns=list(Interval._fields)),
        pd.DataFrame.from_dict(rows, orient="index", columns=["low", "least", "most", "high"]),
        (min(levels), max(levels)),
    )


def _counts(answers: object) -> Array:
    """Answers by score, shape (11,)."""
    counted = "must be how many gave each score: eleven numbers of 0 or more, for 0 to 10"
    raw = "are these the answers themselves? Count them: pandas.Series(answers).value_counts()"
    if isinstance(answers, pd.Series):
        if isinstance(answers.index, pd.RangeIndex) and len(answers) != 11:
            raise InputError(f"{counted}; has {len(answers)} numbers: {raw}", "answers")
        answers = answers.to_dict()
    if isinstance(answers, Mapping):
        strange = sorted(str(score) for score in answers if score not in range(11))
        if strange:
            raise InputError(f"scores are whole numbers from 0 to 10; there is {', '.join(strange)}", "answers")
        answers = [answers.get(score, 0) for score in range(11)]
    try:
        found = np.asarray(answers, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError("must be a score, or how many gave each of 0 to 10", "answers") from None
    if found.shape != (11,):
        scores = found.ndim == 1 and bool(np.isin(found, range(11)).all())
        raise InputError(f"{counted}; has {found.size} numbers" + (f": {raw}" if scores else ""), "answers")
    if not np.isfinite(found).all() or (found < 0).any() or found.sum() <= 0:
        raise InputError(counted, "answers")
    if (found != np.rint(found)).any() and np.isclose(found.sum(), [1.0, 100.0], rtol=0.02).any():
        raise InputError(f"{counted}; shares do not say how many answered", "answers")
    return found


def mix_of(counts: Array, corrections: Mapping[str, Value | None], draws: int, seed: int = 0) -> Mix:
    """Shares of all who might have answered, from those who did (Jeffreys' prior), in draws.

    share_k ∝ Gamma(count_k + ½)/relative chance to answer_k; of the promoters those who were asked for it are out.
    """
    random = np.random.default_rng(seed)
    promoters, detractors = counts[9:].sum(), counts[:7].sum()
    shape = np.array([promoters, counts.sum() - promoters - detractors, detractors]) + 0.5
    parts = random.standard_gamma(shape, (draws, 3)).T

    def drawn(name: str, quantity: Quantity, usual: float) -> Array:
        given = corrections.get(name)
        value = usual if given is None else given
        for number in value if isinstance(value, Range) else (value,):
            if not quantity.admits(float(number)):
                raise InputError(f"must be {quantity.allowed}, is {number:g}", name)
        if isinstance(value, Range):
            return quantile(value, quantity, random.standard_normal(draws))
        return np.full(draws, float(value))

    answers = Quantity(unit="ratio", meaning="", above=0)
    asked = Quantity(unit="share", meaning="", at_least=0, at_most=1)
    parts[0] *= (1.0 - drawn("asked_for_a_ten", asked, 0.0)) / drawn("answer_good", answers, 1.0)
    parts[2] /= drawn("answer_bad", answers, 1.0)
    return Mix(*(parts / parts.sum(axis=0)))


def ends(score: float) -> tuple[Mix, Mix]:
    """The two ends of all mixes with this score, −1 to 1: as few of both as can be, and nobody passive."""
    few, many = (
        Mix(*(np.array([part]) for part in (d + score, 1.0 - score - 2.0 * d, d)))
        for d in (max(-score, 0.0), (1.0 - score) / 2.0)
    )
    return few, many


def _worths(begin: Start) -> tuple[Array, Array]:
    """Currency for a year's contacts all turned from passive to good, and from bad to passive, by draw.

    A bad contact less is one put right or not, as they are today.
    """
    put_right, contacts = (
        np.broadcast_to(begin.inputs.parameters[f"experience.{name}"], (1, begin.draws))[0]
        for name in ("recovered_share", "contacts_per_month")
    )
    worth = dict(zip(EXPERIENCES, event_worth(begin)[0], strict=True))
    many = MONTHS_PER_YEAR * contacts * begin.state.customers.sum(axis=(0, 1))
    lost = (1.0 - put_right) * worth["bad"] + put_right * worth["recovered"]
    return np.asarray(many * worth["good"]), np.asarray(-many * lost)


def point_bounds(good: Array, bad: Array, passives: Number, detractors: Number) -> tuple[Array, Array]:
    """Least and most that a point more can be worth; both are reached.

    Of a point t, x is won by those who stop being bad and t − x by those who become good, be it at once:
    worth = (t − x)·good + x·bad,   max(0, (t − passives)/2) ≤ x ≤ min(t, detractors)

    since a bad one who becomes good wins both and needs no passive. `good`, `bad`: worth of all contacts turned
    so; shares of a known mix, or the largest among all mixes of a score, whose ends lie at those. nan where no
    point is left to gain.
    """
    first, last = np.maximum(0.0, (_POINT - passives) / 2.0), np.minimum(_POINT, detractors)
    worth = [np.where(first <= last, (_POINT - end) * good + end * bad, np.nan) for end in (first, last)]
    return np.min(worth, axis=0), np.max(worth, axis=0)


@dataclass(frozen=True, repr=False)
class EarnedGrowth(Tabled):
    """Growth by what customers do, as Bain defines it, and the part of it that talk caused."""

    net_revenue_retention: float
    """Revenue of those who were customers the year before, over all revenue of the year before."""
    earned_new: float
    """Revenue of new customers who came on a recommendation, over the same."""
    bought_new: float
    """Revenue of all other new customers, over the same."""
    caused: Interval | None
    """Earned growth if only those count who would not have come otherwise; None without a scenario."""

    @property
    def rate(self) -> float:
        """Earned growth rate: net revenue retention + earned new − 1."""
        return self.net_revenue_retention + self.earned_new - 1.0


@opens
def earned_growth(
    before: float,
    same_customers: float,
    recommended: float,
    others: float = 0.0,
    scenario: Scenario | None = None,
    *,
    draws: int = 200,
    seed: int = 0,
) -> EarnedGrowth:
    """Earned growth of a year from its revenue, and beside it what recommendation caused.

    rate = same_customers/before + recommended/before − 1.   Of the recommended only the share 1 − e^(−δ+) would
    not have come otherwise (δ+ of the scenario); earned growth counts all of them.

    Args:
        before: all revenue of the year before.
        same_customers: revenue this year of those who were customers then.
        recommended, others: revenue this year of new customers who came on a recommendation, and of all others.
        scenario: whose talk it is; without one nothing is said of what was caused.
        draws, seed: of what is uncertain of the talk.

    Raises:
        InputError: revenue below 0, or none the year before.

    Example:
        >>> import wom
        >>> found = wom.earned_growth(100.0, 85.0, 25.0, 10.0, wom.load("retailer/today"), draws=50)
        >>> round(found.rate, 2), bool(found.caused.high < found.rate)
        (0.1, True)

    Source:
        Reichheld, Darnell and Burns 2021: retention 85 and earned 25 make 10 per cent.
    """
    given = {"before": before, "same_customers": same_customers, "recommended": recommended, "others": others}
    for name, value in given.items():
        if not isinstance(value, int | float | np.number):
            raise InputError(f"needs a sum of money, is a {type(value).__name__}; the business comes last", name)
        if not np.isfinite(value) or value < 0 or (name == "before" and value == 0):
            raise InputError(f"must be {'above 0' if name == 'before' else '0 or more'}, is {value:g}", name)
    caused = None
    if scenario is not None:
        part = not_otherwise(sample(scenario, draws, seed).start)
        caused = Interval(*map(float, quantiles((same_customers + recommended * part) / before - 1.0, LEVEL)))
    return EarnedGrowth(same_customers / before, recommended / before, others / before, caused)


def not_otherwise(begin: Start) -> Array:
    """Of those who come on a recommendation, the part who would not have come otherwise, 1 − e^(−δ+), by draw."""
    shift = np.broadcast_to(impression_shifts(begin.inputs.parameters)[FAVOURABLE], (1, begin.draws))[0]
    return np.asarray(-np.expm1(-shift))
