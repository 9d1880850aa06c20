"""Twelve calculators that everybody uses: recomputed to the digit, then corrected step by step with the model.

Each is a short formula of inputs that its source prints. Where it lacks something, `use(cause, theirs, ours)`
names the lack and gives both numbers: what the calculator takes, and what the model makes of a store of ordinary
figures with the published defaults. With nothing corrected the formula gives the published digits, with everything
corrected the model's answer, and Shapley values split the gap over the causes, so that the parts add up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from .._effect import shapley
from .._run import LEVEL, quantiles
from ..anchoring import Start
from ..draws import sample
from ..engine import leaving
from ..errors import whole_number
from ..processes import CONTENT, DISAPPOINTED, FAVOURABLE, WARY
from ..scenario import build
from ..units import MONTHS_PER_YEAR, Array
from .nps import not_otherwise
from .replay import as_measured, demand_of_a_star, followed, in_mood, merged, stated

ANYWAY, CROWD, TWICE, SAID, LATER, COST = (
    "no counterfactual", "saturation", "double counting", "said is not done", "no discount", "no cost",
)  # fmt: skip
CAUSES: Mapping[str, str] = MappingProxyType(
    {
        ANYWAY: "counting what would have happened anyway",
        CROWD: "multiplying as if nobody were reached twice",
        TWICE: "counting one payment in two places",
        SAID: "taking what people say for what they do",
        LATER: "counting money of later years as if it came today",
        COST: "counting revenue, not what is left of it",
    }
)
"""What a calculator can lack, and what it does instead."""
_CONSIDERING = 0.40
"""Chance that somebody who is about to choose would have chosen this business: East, Hammond and Lomax 2008."""
_MARKET = 10_000.0
"""People whom an invitation can reach at all; assumed, since a viral coefficient knows no market."""


class Known(NamedTuple):
    """What the model says of the store, each of shape (draws,)."""

    stated: Array
    """Of those who came on a recommendation, the part who would not have come otherwise, by what people state."""
    caused: Array
    """The same by what is caused."""
    deterred: Array
    """Of those who would have chosen the business, the part whom one bad message turns away, caused."""
    weight: Array
    """What one bad message undoes, in good ones."""
    own: Array
    """Part of what goes with being satisfied that being satisfied causes."""
    lost_for_good: tuple[Array, Array]
    """Of customers who stay disappointed for a year, those who leave in it and would have stayed if content: as
    measured, and caused."""
    lost_for_once: tuple[Array, Array]
    """The same of customers disappointed once, whose mood fades."""
    margin: Array
    rate: Array
    """Discount rate a year."""
    star: Array
    """Rise of demand with one star more, at a restaurant."""


class Use:
    """What a formula takes at one place: the calculator's number, or the model's where a cause is corrected."""

    def __init__(self, corrected: Mapping[str, Any] | None = None) -> None:
        self.corrected = corrected or {}
        self.asked: dict[str, None] = {}

    def __call__(self, cause: str, theirs: Array | float, ours: Array | float) -> Array:
        """One of two numbers, by set of corrected causes."""
        self.asked[cause] = None
        return np.where(self.corrected.get(cause, False), ours, theirs)


Formula = Callable[[Use, Known], dict[str, Array]]


@dataclass(frozen=True)
class Calculator:
    """A published calculator.

    `formula` gives its numbers by name, the one that is quoted last; `published` are the same as the source prints
    them, rounded as there, or as its formula gives them where it prints none. `good_for` says what it does well,
    `wrong` what it gets wrong, in a sentence each.
    """

    name: str
    unit: str
    published: Mapping[str, float]
    formula: Formula
    good_for: str
    wrong: str
    source: str
    known_source: bool = True
    """Whether a source that measured its figures could be found."""


def calculators(draws: int = 512, seed: int = 0) -> pd.DataFrame:
    """Twelve published calculators, what the model makes of the same inputs, and why the two differ.

    model − calculated = Σ causes,   by Shapley over the causes that a formula names

    Returns:
        Index calculator; columns what (its number), unit, published, calculated (from its own
        inputs), model_low, model, model_high (90 % range of joint draws of all defaults), one column for each of
        `CAUSES` (missing where it does not apply), good_for, wrong, source, known_source.

    Raises:
        InputError: draws or seed out of bounds.
    """
    draws, seed = whole_number("draws", draws, 10), whole_number("seed", seed, 0)
    central, drawn = known(None, seed), known(draws, seed)
    return pd.DataFrame([_row(one, central, drawn) for one in CALCULATORS]).set_index("calculator")


def _row(one: Calculator, central: Known, drawn: Known) -> dict[str, object]:
    quoted = list(one.published)[-1]
    use = Use()
    calculated = one.formula(use, central)[quoted]
    causes = [cause for cause in CAUSES if cause in use.asked]
    sets = np.arange(2 ** len(causes))
    corrected = {cause: (sets >> place & 1 == 1) for place, cause in enumerate(causes)}
    value = np.broadcast_to(one.formula(Use(corrected), central)[quoted], sets.shape)
    everything = one.formula(Use(dict.fromkeys(causes, True)), drawn)[quoted]
    low, _, high = quantiles(np.broadcast_to(everything, drawn.margin.shape), LEVEL)
    parts = dict(zip(causes, shapley(value), strict=True))
    return {
        "calculator": one.name, "what": quoted, "unit": one.unit, "published": one.published[quoted],
        "calculated": float(calculated.item()), "model_low": low, "model": float(value[-1]), "model_high": high,
        **{cause: float(parts.get(cause, np.nan)) for cause in CAUSES},
        "good_for": one.good_for, "wrong": one.wrong, "source": one.source, "known_source": one.known_source,
    }  # fmt: skip


def known(draws: int | None, seed: int = 0) -> Known:
    """The model's figures for the store: central without draws, else in joint draws of all defaults."""

    def begun(changes: Mapping[str, object], measured: bool = False) -> Start:
        case = build(merged(changes))
        return sample(as_measured(case) if measured else case, draws or 1, seed, ranges=draws is not None).start

    caused, measured = begun(_STORE), begun(_STORE, measured=True)
    bad, good = -stated(WARY)(caused), stated(FAVOURABLE)(caused)
    values = caused.inputs.parameters
    return Known(
        stated=not_otherwise(measured),
        caused=not_otherwise(caused),
        deterred=bad / _CONSIDERING,
        weight=bad / good,
        own=_by_draw(values["experience.causal_share"], caused),
        lost_for_good=(_leaving(measured), _leaving(caused)),
        lost_for_once=(_leaving(measured, fades=True), _leaving(caused, fades=True)),
        margin=_by_draw(values["economics.margin_share"], caused),
        rate=_by_draw(values["economics.discount_rate"], caused),
        star=demand_of_a_star(caused),
    )


_STORE = {"trade": "restaurant"}
"""The store of the evidence replay; its stars count as a restaurant's, where they were measured."""


def _by_draw(value: Array, begin: Start) -> Array:
    return np.asarray(np.broadcast_to(value, (1, begin.draws))[0])


def _staying(begin: Start, people: Array) -> Array:
    """Share of some customers of today who are there a year later."""
    return np.asarray(followed(begin, people, MONTHS_PER_YEAR)[1] / people.sum(axis=(0, 1)))


def _leaving(begin: Start, fades: bool = False) -> Array:
    """Of disappointed customers those who leave within a year and would have stayed if content."""
    if fades:
        content, disappointed = (_staying(begin, in_mood(begin, mood)) for mood in (CONTENT, DISAPPOINTED))
        return np.asarray(content - disappointed)
    today = begin.today
    stay = np.exp(-MONTHS_PER_YEAR * leaving(today.rules, today.around.heard_good, today.around.heard_bad))
    return np.asarray(np.broadcast_to(stay[CONTENT] - stay[DISAPPOINTED], (1, begin.draws))[0])


# --- the formulas; all money in the source's own currency ------------------------------------------------------


def _part(use: Use, our: Known) -> Array:
    """Of recommended customers those who count: all, and after correction those not there anyway."""
    return use(ANYWAY, 1.0, use(SAID, our.stated, our.caused))


def _lost(use: Use, theirs: float, ours: tuple[Array, Array]) -> Array:
    """Of unhappy customers those who leave for it within a year."""
    return use(ANYWAY, theirs, use(SAID, *ours))


def _promoter(use: Use, our: Known) -> dict[str, Array]:
    customer, caused = 1_000.0, use(ANYWAY, 1.0, our.own)
    friends = customer / 6 * _part(use, our)
    promoter = customer * (1 + (3 - 1) * caused) + 4 * friends
    detractor = customer * (1 - (1 - 0.5) * caused) - 3 * use(SAID, 4.0, our.weight) * friends
    return {"a promoter": promoter, "a detractor": detractor, "from detractor to promoter": promoter - detractor}


def _comment(use: Use, our: Known) -> dict[str, Array]:
    comment = 0.25 * 4e6 * _part(use, our) * 210 / 40e6
    return {"a good comment": comment, "a promoter's comments in a year": 8 * comment}


def _retention(use: Use, our: Known) -> dict[str, Array]:
    kept = use(LATER, 1.0, 1 / (1 + our.rate))
    rises = ((1 - stay * kept) / (1 - (stay + 0.05) * kept) - 1 for stay in (0.75, 0.90))
    return dict(zip(("more worth from 75 to 80 %", "more worth from 90 to 95 %"), rises, strict=True))


def _referral(use: Use, our: Known) -> dict[str, Array]:
    reward, more = 25.0, 40.0
    whole = more / 0.16 + more  # the 40 are 16 % of another customer's worth
    return {"return on a reward": use(ANYWAY, more, whole * use(SAID, our.stated, our.caused)) / reward - 1}


def _viral(use: Use, our: Known) -> dict[str, Array]:
    each = 10 * 0.20
    users = new = np.full(np.shape(our.margin), 10.0)
    after = {}
    for cycle in range(1, 11):
        new = use(CROWD, each * new, (_MARKET - users) * -np.expm1(-each * new / _MARKET))
        users = users + new
        after[f"users after {cycle} cycles"] = users
    return after


def _review(use: Use, our: Known) -> dict[str, Array]:
    customers = 45 * use(ANYWAY, 1.0, _CONSIDERING) * use(SAID, 2 / 3, our.deterred)
    return {"customers": customers, "a bad review": 2_400 * customers * use(COST, 1.0, our.margin)}


def _at_risk(use: Use, our: Known) -> dict[str, Array]:
    return {"revenue in danger": 100 * 1_200 * _lost(use, 0.5, our.lost_for_good) * use(COST, 1.0, our.margin)}


def _complaint(use: Use, our: Known) -> dict[str, Array]:
    unhappy = np.full(np.shape(our.margin), 27.0)
    lost = 1_000 * unhappy * _lost(use, 0.91, our.lost_for_once)
    return {"unhappy": unhappy, "a complaint": lost * use(COST, 1.0, our.margin)}


def _star(use: Use, our: Known) -> dict[str, Array]:
    kept = 240_000 * use(COST, 1.0, our.margin)
    return {"at 5 %": kept * 0.05, "at 9 %": kept * 0.09, "a star, at 7 %": kept * use(CROWD, 0.07, our.star)}


def _earned(use: Use, our: Known) -> dict[str, Array]:
    return {"earned growth": 0.85 + 0.25 * _part(use, our) - 1}


def _extended(use: Use, our: Known) -> dict[str, Array]:
    years = use(LATER, 5.0, sum((1 + our.rate) ** -year for year in range(5)))
    own = 15 * 12 * years * use(COST, 1.0, our.margin)
    return {"own": own, "with friends": own * (1 + 5 * _part(use, our) * use(TWICE, 1.0, 0.0))}


def _ripple(use: Use, our: Known) -> dict[str, Array]:
    told = 1 + 12 + use(CROWD, 12.0 * 6, 0.0)
    lost = told * use(ANYWAY, 1.0, _CONSIDERING) * use(SAID, np.floor(0.25 * 85) / 85, our.deterred)
    return {"told": told, "customers": lost, "a bad visit": 2_000 * lost * use(COST, 1.0, our.margin)}


CALCULATORS: tuple[Calculator, ...] = (
    Calculator(
        "a detractor made a promoter", "currency",
        {"a promoter": 3_666.67, "a detractor": -1_500.0, "from detractor to promoter": 5_166.67}, _promoter,
        "Asks the right question: what customers do for other customers.",
        "Takes all that goes with a promoter as the effect of being one, and a bad word as four good ones.",
        "Satmetrix's exercise, as told by Maxwell",
    ),
    Calculator(
        "a promoter's comments in a year", "currency",
        {"a good comment": 5.25, "a promoter's comments in a year": 42.0}, _comment,
        "Starts from new customers who said why they came: nobody can count more than came.",
        "Everybody who came on a recommendation counts as won by it; many would have come anyway.",
        "Bain on Dell, in Reichheld 2006",
    ),
    Calculator(
        "five points more of retention", "share",
        {"more worth from 75 to 80 %": 0.25, "more worth from 90 to 95 %": 1.0}, _retention,
        "Shows how much a customer's worth hangs on staying.",
        "A thought experiment: it counts money of later years as if it came today, and what keeping five in a "
        "hundred more costs, or whether it can be done, is not in it.",
        "Reichheld and Sasser 1990; quoted as 25 to 95 %",
    ),
    Calculator(
        "return on a referral reward", "share", {"return on a reward": 0.60}, _referral,
        "Careful: it counts only by how much referred customers are worth more than others.",
        "Leaves out that some would not have come at all, so it is too low. What some would have recommended "
        "unpaid nobody knows, here as there.",
        "Schmitt, Skiera and Van den Bulte 2011",
    ),
    Calculator(
        "users after ten viral cycles", "people",
        {"users after 5 cycles": 630.0, "users after 10 cycles": 20_470.0}, _viral,
        "Right for the first cycles, and for seeing that speed matters.",
        "Multiplies for ever, as if nobody were invited twice and the market had no end.",
        "Skok 2009; example of Lawler",
    ),
    Calculator(
        "cost of a bad review", "currency", {"customers": 30.0, "a bad review": 72_000.0}, _review,
        "Reminds that a review is read by people whom nobody sees.",
        "Every reader counts as a customer, and everyone who says so as one who stays away.",
        "Convergys 2009; the money in Fuggetta 2012",
    ),
    Calculator(
        "revenue in danger, 100 detractors", "currency", {"revenue in danger": 60_000.0}, _at_risk,
        "Turns a score into a sum, so that somebody calls the unhappy.",
        "One half for every business; some of them would have left anyway, and many stay unhappy.",
        "SurveyMonkey's formula, half of the detractors; 100 of them at 1,200 are an example of ours",
    ),
    Calculator(
        "what one complaint stands for", "currency", {"unhappy": 27.0, "a complaint": 24_570.0}, _complaint,
        "Most bad experiences are never reported: true, and easily forgotten.",
        "Hardly all of them leave for it. The 26 come from the 1980s, and how many complain differs by business; "
        "it is left as it is here.",
        "Xpertdoc, with the 26 of TARP 1979-86 and a 91 % of which no study could be found", known_source=False,
    ),
    Calculator(
        "a star more, at 240,000 a year", "currency",
        {"at 5 %": 12_000.0, "at 9 %": 21_600.0, "a star, at 7 %": 16_800.0}, _star,
        "Measured well, from how stars are rounded: usable for independent restaurants.",
        "Shown as revenue without what it takes to serve it; not for chains, and hardly measured elsewhere.",
        "Luca 2016, as reputation calculators use it, with their 240,000 a year",
    ),
    Calculator(
        "earned growth", "share", {"earned growth": 0.10}, _earned,
        "Adds up from the accounts: who stayed, who came on a recommendation, who was bought.",
        "Earned is not caused: of the recommended, many would have come by themselves.",
        "Reichheld, Darnell and Burns 2021",
    ),
    Calculator(
        "a customer with friends", "currency", {"own": 900.0, "with friends": 5_400.0}, _extended,
        "Shows who brings others, which turnover alone does not.",
        "The friend's money is the friend's own worth, too: added up over customers, more is earned than is paid.",
        "Plinc Marketing 2010; extended customer revenue is the same idea",
    ),
    Calculator(
        "cost of a bad visit with its ripple", "currency",
        {"told": 85.0, "customers": 21.0, "a bad visit": 42_000.0}, _ripple,
        "One bad visit is heard of by people who were not there: true.",
        "Twelve tell six each and a quarter stays away: nobody has measured any of it.",
        "Circulates, as in Savvy SME; no study could be found", known_source=False,
    ),
)  # fmt: skip
"""Facts and figures of others, in sentences of ours."""
