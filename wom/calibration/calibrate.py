"""From tables to a scenario: what they tell becomes ranges with their source, the rest stays as it was."""

from __future__ import annotations

import copy
import datetime
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .. import evidence, files
from ..errors import InputError, nearest
from ..parameters import Range, Value, central
from ..scenario import WHOLE
from ..units import MONTHS_PER_YEAR
from ..words import percent
from . import experiences, payments, retention, totals
from .estimate import Estimate, Found, Missing, cautioned, pooled, spanned
from .leaving import MEMORY, RATIOS, Leaving, leaving, memory_prior, refused
from .moods import OFFSET, Followed, followed, rules_of
from .result import Calibration, Evaluated, flat, value_of
from .spending import KEYS, effect, spending

if TYPE_CHECKING:
    from ..data import Tables

FEWEST_COHORT = 50
"""Customers who left, below which no curve over their months is fitted."""

_MANY = 0.02
"""Share of rows that cannot be used, above which figures may be those of the others only."""

UNDATED = {"talk", "answers", "tenures", "accounts", "reasons", "referrals"}
"""Tables that need no dates."""

POOLED = (
    experiences.CONTACTS, experiences.GOOD, experiences.BAD, experiences.RECOVERED, "retention.retention_rate",
)  # fmt: skip
"""Figures of segments that are drawn towards each other; spending and counts stay what each of them has."""

_LITTLE = 0.005
"""Share of the money, below which it does not matter that it cannot be used."""

BETWEEN = (
    "What happened between the answers is not seen, so this is too near to no difference: shown and not used, "
    "unless the business file gives contacts_per_month, good_share and bad_share."
)

# --- every estimator that the tables at hand allow ---------------------------------------------------------------


def evaluate(
    tables: Tables, given: Mapping[str, Value], customer_type: str, seed: int = 0, *, split: bool = True
) -> Evaluated:
    """Call the estimators for whatever tables there are.

    Returns:
        All figures, and what they were estimated from.
    """
    names, described = tables.names, tables.description
    monthly = tables.monthly() if names - UNDATED - {"reviews", "monthly"} else pd.DataFrame()
    found: list[Estimate | Missing] = []
    parts: dict[str, Any] = {}
    covers = described.experiences.covers if described.experiences else "all"
    if "payments" in names and not tables.contractual:
        parts["buying"] = payments.read(tables, monthly, given, split=split)
        found += parts["buying"].found
    moving = {"experiences", "payments"} & names
    people = followed(tables) if moving and (tables.members is not None or "payments" in names) else None
    paid = None if people is None else people.people
    if described.experiences:
        contacts, named = given.get(experiences.CONTACTS), tuple(described.experiences.spans or experiences.KINDS)
        found += experiences.experiences(monthly, covers, described.corrections, contacts, seed, named, paid)
    if "customers" in names:
        found += retention.market(monthly, tables.contractual)
    if described.experiences and people and (tables.contractual or len(moving) == 2):
        told, parts["moods"] = compared(tables, people, given, customer_type, seed)
        found += told
    if "customers" in names and tables.contractual:
        found += retention.retention(monthly)
        parts["curve"] = _curve(tables.cohorts())
    if "payments" in names and tables.contractual:
        found += retention.spend(monthly, paid)
    if described.tenures:
        frame = tables.tenures()
        found.append(retention.undated(frame, str(described.tenures.holds)))
        if described.tenures.holds == "everybody" and "curve" not in parts:
            parts["curve"] = _curve(frame[frame["months"] > 0])
    if described.answers:
        named = tuple(described.answers.spans or experiences.KINDS)
        flagged = "gone" in tables.clean["answers"].raw.columns
        found += experiences.answers(tables.answers(), described.corrections, seed, named, flagged)
    if "accounts" in names:
        found += retention.accounts(tables.accounts())
    if "reasons" in names:
        found.append(retention.reasons(tables.reasons()))
    if "talk" in names:
        found += experiences.reach(tables.talk())
    if "reviews" in names:
        found += experiences.posting(tables.reviews(), monthly if len(monthly.columns) else None, covers)
    if "referrals" in names:
        found += retention.referrals(tables.referrals(), len(tables.months), found)
    parts |= {"growth": retention.growth(tables), "scores": _scores(tables, monthly)}
    return Evaluated(pooled(_once(found), POOLED), monthly, **parts)


def _scores(tables: Tables, monthly: pd.DataFrame) -> Mapping[str, Any] | None:
    """Promoters, passives, detractors and their corrections, as `wom.nps` takes them; None without a score."""
    described, kinds = tables.description, ("good", "neutral", "bad")
    if described.experiences and described.experiences.rule == "nps":
        count = monthly[list(kinds)].sum()
    elif described.answers and described.answers.rule == "nps":
        count = tables.answers().groupby("kind")["count"].sum().reindex(list(kinds), fill_value=0)
    else:
        return None
    stated = {
        name: getattr(described.corrections, name) for name in ("answer_good", "answer_bad", "asked_for_a_ten")
    }
    answers = dict(zip((9, 7, 0), map(float, count), strict=True))
    return {"answers": answers, **stated} if sum(answers.values()) else None


def compared(
    tables: Tables, whom: Followed, given: Mapping[str, Value], customer_type: str = "consumer", seed: int = 0
) -> tuple[Found, Leaving | None]:
    """How mood goes with leaving and with spending, as far as tables with experiences tell."""
    described = tables.description
    assert described.experiences is not None
    published = evidence.defaults(customer_type)
    known: dict[str, Value] = {**published, **given}
    offset = central(known.get(OFFSET, 1.0))
    rules = rules_of(
        whom.histories, described.experiences.covers, described.corrections, {OFFSET: offset, **given}, seed
    )
    priors = {MEMORY: spanned(known[MEMORY])}
    for key in RATIOS:
        priors[key] = value if isinstance(value := known[key], Range) else published[key]
    paid, left = whom.paid, None
    found: list[Estimate | Missing] = []
    if tables.contractual:
        bought = None if paid is None else (paid.who, paid.day)
        left = (
            refused(rules, priors[MEMORY])
            if isinstance(rules, str)
            else leaving(whom.histories, priors, rules, bought, seed)
        )
        found += left.found
    if paid is not None:
        draws = left.memory if left else memory_prior(priors[MEMORY], np.random.default_rng(seed))
        spent = rules if isinstance(rules, str) else effect(whom.histories, paid, draws, rules, seed)
        found += spending(spent, customer_type, given)
    names = [key.split(".")[-1] for key in (*RATIOS, *KEYS)]
    if not isinstance(rules, str) and rules[0].asks and not sum(rules[0].unseen):
        found = list(cautioned(found, BETWEEN, names, used=False))
    return cautioned(found, whom.said, names), left


def _curve(frame: pd.DataFrame) -> retention.Fit | None:
    """The curve that projects how many stay, from how long customers stayed; None where few left."""
    if not len(frame) or int(frame.loc[frame["left"].astype(bool), "count"].sum()) < FEWEST_COHORT:
        return None
    return retention.fit(retention.from_frame(frame))


def _once(found: list[Estimate | Missing]) -> Iterator[Estimate | Missing]:
    """Each key once: a figure rather than the reason why another estimator has none."""
    kept: dict[str, Estimate | Missing] = {}
    for one in found:
        if one.key not in kept or (isinstance(kept[one.key], Missing) and isinstance(one, Estimate)):
            kept[one.key] = one
    yield from kept.values()


# --- from tables to a scenario -----------------------------------------------------------------------------------


def calibrate(
    tables: Tables | str | Path | Mapping[str, Any],
    business: str | Path | Mapping[str, Any] | None = None,
    *,
    seed: int = 0,
) -> Calibration:
    """Turn tables into the figures of a scenario, each with an interval.

    What the tables tell takes the place of the business file's own figures; what they cannot tell stays with the
    business file or the evidence, and is listed.

    Args:
        tables: from `wom.data.load`, or what it takes: the path of a `data.yaml` or what stands in one; or a
            sample's name.
        business: a scenario file or a part of one, with what tables cannot tell: market size, margin; by default
            the one that `data.yaml` names.
        seed: of what is drawn.

    Returns:
        All that was found; `.scenario` is ready to simulate.

    Raises:
        InputError: tables or business that cannot be read.

    Example:
        >>> import wom
        >>> found = wom.calibrate("retailer/tables")
        >>> low, middle, high = found.used["experience.bad_share"].range
        >>> bool(low < 0.06 < high), wom.simulate(found.scenario, draws=100).npv.shape
        (True, (100,))
    """

    tables = opened(tables)
    described = tables.description
    own = read_business(business, described.business, described.folder)
    place = "" if isinstance(business, Mapping) else str(business or described.business or "")
    kind = own.get("customer_type", "consumer")
    if kind not in evidence.CUSTOMER_TYPES:
        raise InputError(f"is {kind!r}; {nearest(str(kind), evidence.CUSTOMER_TYPES)}", "customer_type")
    segments, warnings = _segments(tables, own)
    split = not segments and not (own.get("today") or {}).get("segments")
    evaluated = evaluate(tables, flat(own), kind, seed, split=split)
    if buying := evaluated.buying:
        segments, warnings = segments or buying.segments, [*warnings, *buying.warnings]
    months = tables.months
    found = Calibration(
        title=described.title or str(own.get("title", "")),
        data_file=described.file or "data.yaml",
        months=(str(months[0]), str(months[-1])),
        business=own | ({"currency": described.currency} if described.currency else {}),
        evaluated=evaluated,
        segments=segments,
        warnings=(*warnings, *_cautions(tables)),
        made=datetime.datetime.now(datetime.UTC).date().isoformat(),
        business_file=place,
    )
    return _with_totals(found, tables, seed)


def opened(tables: Tables | str | Path | Mapping[str, Any]) -> Tables:
    """Tables as they are, or by their description, its path or a sample's name."""
    from ..data import load  # late: it needs packages that nothing else does
    from ..data.description import find

    if isinstance(tables, str | Path):
        return load(find(tables))
    return load(tables) if isinstance(tables, Mapping) else tables


def read_business(
    business: str | Path | Mapping[str, Any] | None, named: str | None, folder: Path
) -> dict[str, Any]:
    """A business file as plain data, whole or not."""
    if isinstance(business, Mapping):
        return copy.deepcopy(dict(business))
    if business is None:
        if named is None:
            return {}
        beside = folder / named
        return files.read(files.find(beside if beside.is_file() else named))
    return files.read(files.find(business))


def _with_totals(found: Calibration, tables: Tables, seed: int) -> Calibration:
    """Add what monthly totals tell, where there are no finer tables."""
    if "monthly" not in tables.names or {"customers", "payments"} & tables.names:
        return found
    monthly = tables.totals()
    notes = []
    if "stars" in monthly and len(monthly.columns) > 1:
        monthly = monthly.drop(columns="stars")
        notes.append("The star rating is not fitted: one number a month cannot tell six figures of reviews apart.")
    early = tuple(
        Estimate.of(key, spanned(value), "First months.", len(monthly))
        for key, given in totals.first(monthly).items() if (value := value_of(given)) is not None
    )  # fmt: skip
    begun = replace(found, evaluated=replace(found.evaluated, found=(*found.evaluated.found, *early)))
    if begun.needed:
        return replace(begun, warnings=(*found.warnings, *notes))
    fit = totals.fit(begun.scenario, monthly, seed=seed)
    notes.append(fit.verdict)
    if not fit.sampled.trusted:
        lacking = (
            Missing(one.key, f"The fit to monthly totals did not settle. {fit.verdict}") for one in fit.estimates()
        )
        told = (*found.evaluated.found, *lacking)
        return replace(found, evaluated=replace(found.evaluated, found=told), warnings=(*found.warnings, *notes))
    notes.append("Ranges alone lose how figures go together; the pairs that matter stand under correlations.")
    told = (*found.evaluated.found, *fit.estimates())
    return replace(
        found, evaluated=replace(found.evaluated, found=told), joint=fit, warnings=(*found.warnings, *notes)
    )


def _segments(tables: Tables, own: Mapping[str, Any]) -> tuple[tuple[str, ...], list[str]]:
    """Segments of which the business file gives the size of their market."""
    names = tuple(name for name in tables.segments if name != WHOLE)
    given = (own.get("today") or {}).get("segments") or {}
    if len(names) < 2 and not given:
        return (), []
    sized = [name for name in names if ((given.get(name) or {}).get("market") or {}).get("size") is not None]
    if names and len(sized) == len(names) and not set(given) - set(names):
        return names, []
    if not given:
        text = f"The customers are of {len(names)} segments, but the business file gives no market.size for each"
        return (), [f"{text}; so the business is calibrated as a whole."]
    raise InputError(
        f"segments of the business file and of the customers table must be the same, each with its market.size: "
        f"{', '.join(given)} against {', '.join(names) or 'none'}",
        "today.segments",
    )


def _cautions(tables: Tables) -> list[str]:
    """What a reader of the figures must know of the tables."""
    described = tables.description
    said = [
        f"Used as you stated it: {name.replace('_', ' ')} {experiences.plainly(value)}."
        for name, value in described.corrections
        if value is not None
    ]
    if (months := len(tables.months)) < MONTHS_PER_YEAR and tables.names - UNDATED:
        said.append(
            f"The tables cover {months} month{'s' if months > 1 else ''}, less than a year. If you have busy and "
            "quiet seasons, spending, contacts and the shares of good and bad ones are those of this part of the "
            "year only, and no range knows of the rest."
        )
    said += _rejected(tables)
    if described.experiences and described.experiences.covers == "complaints":
        said.append("Bad experiences are counted complaints over a complaint rate; good ones are not seen.")
    if "monthly" in tables.names and {"customers", "payments"} & tables.names:
        said.append("Monthly totals are not used where there are finer tables, which tell the same and more.")
    if not tables.contractual and "payments" in tables.names:
        said.append("Nobody says when they leave, so who still is a customer is inferred from purchases.")
    return said


def _rejected(tables: Tables) -> list[str]:
    """Tables of which many rows could not be used, and how monthly totals were read."""
    from ..data.months import stock  # late, as above

    said = []
    for name, clean in tables.clean.items():
        if clean.unanswered:
            said.append(
                f"Of {name}, {percent(clean.unanswered / clean.rows)} of the rows have no answer: these were "
                "asked and said nothing, so figures are those of the others."
            )
        if clean.lost > _LITTLE:
            said.append(
                f"What could not be used of {name} is some {percent(clean.lost)} of its money and in no figure: "
                "revenue and spending are too low by about as much."
            )
        if (rows := sum(clean.reasons.values())) > _MANY * max(clean.rows, 1):
            why = max(clean.reasons, key=lambda reason: clean.reasons[reason])
            said.append(
                f"Of {name}, {percent(rows / clean.rows)} of the rows could not be used, most of them as: {why}. "
                "If they are not like the others, the figures are off; `wom data check` shows each."
            )
    if {"monthly"} == tables.names - {"talk", "reviews"} and (counted := stock(tables.clean["monthly"])[1]):
        said.append(f"{counted[0].upper()}{counted[1:]}.")
    return said
