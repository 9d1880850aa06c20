"""From tables to a scenario: what they tell becomes ranges with their source, the rest stays as it was."""

from __future__ import annotations

import copy
import datetime
import math
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import yaml

from .. import evidence, files
from ..draws import Refused, sample
from ..errors import InputError, WomError, nearest
from ..files import BACK_TESTED, CALIBRATED
from ..parameters import QUANTITIES, Key, Range, Value, central, plain
from ..scenario import TOTALS, WHOLE, BackTest, Scenario, build, load
from ..units import MONTHS_PER_YEAR
from ..words import percent
from . import experiences, payments, retention, totals
from .estimate import UNKNOWN, Estimate, Found, Missing, by_scope, estimates, inside, missing, pooled, spanned
from .leaving import AGAINST, MEMORY, RATIOS, Leaving, leaving, memory_prior, refused
from .moods import OFFSET, Followed, followed, rules_of
from .spending import KEYS, effect, spending

if TYPE_CHECKING:
    from ..data import Tables

# --- every estimator that the tables at hand allow --------------------------------------------------------------


UNDATED = {"talk", "answers", "tenures", "accounts", "reasons", "referrals"}
"""Tables that need no dates."""

BETWEEN = (
    "What happened between the answers is not seen, so this is too near to no difference: shown and not used, "
    "unless the business file gives contacts_per_month, good_share and bad_share."
)


@dataclass(frozen=True)
class Evaluated:
    """What the estimators gave, with what figures of a report draw."""

    found: Found
    moods: Leaving | None = None
    curve: retention.Fit | None = None
    buying: payments.Reading | None = None
    growth: retention.Growth | None = None
    scores: Mapping[str, Any] | None = None
    """Arguments of `wom.nps`, but the scenario."""


def evaluate(
    tables: Tables, given: Mapping[str, Value], customer_type: str, seed: int = 0, *, split: bool = True
) -> Evaluated:
    """Call the estimators for whatever tables there are."""
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
    cohorts = pd.DataFrame()
    if "customers" in names and tables.contractual:
        found += retention.retention(monthly)
        cohorts = tables.cohorts()
    if "payments" in names and tables.contractual:
        found += retention.spend(monthly, paid)
    if described.tenures:
        frame, holds = tables.tenures(), str(described.tenures.holds)
        found.append(retention.undated(frame, holds))
        if holds == "everybody" and not ("customers" in names and tables.contractual):
            cohorts = frame[frame["months"] > 0]
    gone = cohorts.loc[cohorts["left"].astype(bool), "count"].sum() if len(cohorts) else 0
    if gone >= 50:  # of fewer no curve is fitted
        parts["curve"] = retention.fit(cohorts)
    if described.answers:
        named = tuple(described.answers.spans or experiences.KINDS)
        flagged = "gone" in tables.clean["answers"].raw.columns
        found += experiences.answers(tables.answers(), described.corrections, seed, named, flagged)
    if "accounts" in names:
        found += by_scope(tables.accounts(), retention.accounts)
    if "reasons" in names:
        found.append(retention.reasons(tables.reasons()))
    if "talk" in names:
        found += experiences.reach(tables.talk())
    if "reviews" in names:
        found += experiences.posting(tables.reviews(), monthly if len(monthly.columns) else None, covers)
    if "referrals" in names:
        found += retention.referrals(tables.referrals(), len(tables.months), found)
    kept: dict[str, Estimate | Missing] = {}
    for one in found:  # each key once: a figure rather than the reason why another estimator has none
        if one.key not in kept or (isinstance(kept[one.key], Missing) and isinstance(one, Estimate)):
            kept[one.key] = one
    parts |= {"growth": retention.growth(tables), "scores": _scores(tables, monthly)}
    alike = (experiences.CONTACTS, experiences.GOOD, experiences.BAD, experiences.RECOVERED, retention.RETENTION)
    return Evaluated(pooled(kept.values(), alike), **parts)  # spending and counts stay what each segment has


def _scores(tables: Tables, monthly: pd.DataFrame) -> Mapping[str, Any] | None:
    """Promoters, passives, detractors and their corrections, as `wom.nps` takes them; None without a score."""
    described, kinds = tables.description, ["good", "neutral", "bad"]
    if described.experiences and described.experiences.rule == "nps":
        count = monthly[kinds].sum()
    elif described.answers and described.answers.rule == "nps":
        count = tables.answers().groupby("kind")["count"].sum().reindex(kinds, fill_value=0)
    else:
        return None
    names = ("answer_good", "answer_bad", "asked_for_a_ten")
    stated = {name: getattr(described.corrections, name) for name in names}
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
    stated = {OFFSET: central(known.get(OFFSET, 1.0)), **given}
    rules = rules_of(whom.histories, described.experiences.covers, described.corrections, stated, seed)
    priors = {MEMORY: spanned(known[MEMORY])}
    priors |= {key: value if isinstance(value := known[key], Range) else published[key] for key in RATIOS}
    left, found = None, list[Estimate | Missing]()
    if tables.contractual:
        left = (
            refused(rules, priors[MEMORY])
            if isinstance(rules, str)
            else leaving(whom.histories, priors, rules, whom.paid, seed)
        )
        found += left.found
    if whom.paid is not None:
        draws = left.memory if left else memory_prior(priors[MEMORY], np.random.default_rng(seed))
        spent = rules if isinstance(rules, str) else effect(whom.histories, whom.paid, draws, rules, seed)
        found += spending(spent, customer_type, given)
    unused = BETWEEN if not isinstance(rules, str) and rules[0].asks and not sum(rules[0].unseen) else ""
    cautions = [said for said in (whom.said, unused) if said]
    return tuple(
        replace(one, note=" ".join([*cautions, one.note]).strip(), unused=unused)
        if isinstance(one, Estimate) and one.key in (*RATIOS, *KEYS)
        else one
        for one in found
    ), left


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
    place = "" if isinstance(business, Mapping) else str(business or described.business or "")
    if isinstance(business, Mapping):
        own = copy.deepcopy(dict(business))
    else:  # the path of its own, or beside the tables
        beside = described.folder / (described.business or "")
        own = files.read(files.find(place if business or not beside.is_file() else beside)) if place else {}
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
    if "monthly" not in tables.names or {"customers", "payments"} & tables.names:
        return found
    return _with_totals(found, tables.totals(), seed)


def opened(tables: Tables | str | Path | Mapping[str, Any]) -> Tables:
    """Tables as they are, or by their description, its path or a sample's name."""
    from ..data import load  # late: it needs packages that nothing else does
    from ..data.description import find

    if isinstance(tables, str | Path):
        return load(find(tables))
    return load(tables) if isinstance(tables, Mapping) else tables


def _with_totals(found: Calibration, monthly: pd.DataFrame, seed: int) -> Calibration:
    """Add what monthly totals tell, where there are no finer tables."""
    notes: list[str] = []

    def told(more: Iterable[Estimate | Missing], **changes: Any) -> Calibration:
        evaluated = replace(found.evaluated, found=(*found.evaluated.found, *more))
        return replace(found, evaluated=evaluated, warnings=(*found.warnings, *notes), **changes)

    if "stars" in monthly and len(monthly.columns) > 1:
        monthly = monthly.drop(columns="stars")
        notes.append("The star rating is not fitted: one number a month cannot tell six figures of reviews apart.")
    begun = told(
        Estimate.of(key, spanned(value), "First months.", len(monthly))
        for key, given in totals.first(monthly).items() if (value := value_of(given)) is not None
    )  # fmt: skip
    if begun.needed:
        return begun
    fit = totals.fit(begun.scenario, monthly, seed=seed)
    verdict = fit.sampled.verdict
    notes.append(verdict)
    if not fit.sampled.trusted:
        why = f"The fit to monthly totals did not settle. {verdict}"
        return told(Missing(one.key, why) for one in fit.estimates())
    notes.append("Ranges alone lose how figures go together; the pairs that matter stand under correlations.")
    return told(fit.estimates(), joint=fit)


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
    from ..data.months import stock  # late, as above

    described, names = tables.description, tables.names
    said = [
        f"Used as you stated it: {name.replace('_', ' ')} {experiences.plainly(value)}."
        for name, value in described.corrections
        if value is not None
    ]
    if (months := len(tables.months)) < MONTHS_PER_YEAR and names - UNDATED:
        said.append(
            f"The tables cover {months} month{'s' if months > 1 else ''}, less than a year. If you have busy and "
            "quiet seasons, spending, contacts and the shares of good and bad ones are those of this part of the "
            "year only, and no range knows of the rest."
        )
    for name, clean in tables.clean.items():
        if clean.unanswered:
            said.append(
                f"Of {name}, {percent(clean.unanswered / clean.rows)} of the rows have no answer: these were "
                "asked and said nothing, so figures are those of the others."
            )
        if clean.lost > 0.005:  # of the money
            said.append(
                f"What could not be used of {name} is some {percent(clean.lost)} of its money and in no figure: "
                "revenue and spending are too low by about as much."
            )
        if (rows := sum(clean.reasons.values())) > 0.02 * max(clean.rows, 1):
            why = max(clean.reasons, key=lambda reason: clean.reasons[reason])
            said.append(
                f"Of {name}, {percent(rows / clean.rows)} of the rows could not be used, most of them as: {why}. "
                "If they are not like the others, the figures are off; `wom data check` shows each."
            )
    if names - {"talk", "reviews"} == {"monthly"} and (counted := stock(tables.clean["monthly"])[1]):
        said.append(f"{counted[0].upper()}{counted[1:]}.")
    if described.experiences and described.experiences.covers == "complaints":
        said.append("Bad experiences are counted complaints over a complaint rate; good ones are not seen.")
    if "monthly" in names and {"customers", "payments"} & names:
        said.append("Monthly totals are not used where there are finer tables, which tell the same and more.")
    if not tables.contractual and "payments" in names:
        said.append("Nobody says when they leave, so who still is a customer is inferred from purchases.")
    return said


# --- the result -----------------------------------------------------------------------------------------------


DRAWS = 500
"""In which the ranges that were found are tried together."""

REFERRAL, AUDIENCE = retention.REFERRAL, "word_of_mouth.audience_share"


@dataclass(frozen=True, repr=False)
class Calibration:
    """What tables tell of a business."""

    title: str
    data_file: str
    months: tuple[str, str]
    business: Mapping[str, Any]
    """The business file as plain data; empty without one."""
    evaluated: Evaluated
    segments: tuple[str, ...]
    """Those that the scenario has; none for a business as a whole."""
    warnings: tuple[str, ...] = ()
    joint: totals.TotalsFit | None = None
    back_test: BackTest | None = None
    made: str = ""
    business_file: str = ""
    """Where the business's own figures stand; empty if in no file."""

    def __repr__(self) -> str:
        count = len(self.used)
        return (
            f"<Calibration {self.title!r}: {count} figures found in {self.months_text}; see .table and .unknown>"
        )

    @property
    def months_text(self) -> str:
        """The span of the data."""
        return f"{self.months[0]} to {self.months[1]}"

    @cached_property
    def used(self) -> dict[str, Estimate]:
        """The figures that go into the scenario, by dotted key, in the order of a scenario file."""
        told = estimates(self.evaluated.found)
        found = {key: one.within_bounds() for key, one in told.items() if not one.unused}
        totals = TOTALS if self.segments else ()
        keys = [key for key in QUANTITIES if key not in totals]
        keys += [inside(key, name) for name in self.segments for key, one in QUANTITIES.items() if one.per_segment]
        moods = self.evaluated.moods
        return {key: found[key] for key in keys if key in found and (key != MEMORY or (moods and moods.moved))}

    @property
    def pairs(self) -> list[dict[str, Any]]:
        """Figures that go together, as a scenario file writes correlations."""
        ranges = [key for key, one in self.used.items() if one.low < one.high]
        if self.joint:
            return self.joint.correlations(ranges)
        return [
            {"between": [one, other], "value": value}
            for one, other, value in (self.buying.pairs if self.buying else ())
            if {one, other} <= {*ranges} and (one.startswith("segments.") or not self.segments)
        ]

    @property
    def calendar(self) -> dict[str, Any]:
        """Seasons that payments tell, as the top of a scenario file holds them; empty where they tell none."""
        whole = self.buying.forecasts[WHOLE] if self.buying else None
        if not isinstance(whole, payments.Forecast) or whole.season is None:
            return {}
        return {"first_month": str(pd.Period(self.months[1]) + 1), "season": dict(whole.season)}

    @property
    def buying(self) -> payments.Reading | None:
        """What payments tell, where customers do not say when they leave."""
        return self.evaluated.buying

    @cached_property
    def sources(self) -> dict[str, str]:
        """How each of them was found, in a sentence."""
        return {
            key: one.how if one.fixed else f"{one.how.rstrip('.')}; {one.rows:,} rows, {self.months_text}."
            for key, one in self.used.items()
        }

    @cached_property
    def data(self) -> dict[str, Any]:
        """The scenario as plain data; it may lack what only the business can give."""
        data = {key: copy.deepcopy(value) for key, value in self.business.items() if key not in ("plan", "basis")}
        data["title"] = self.title or data.get("title", "")
        today = data.pop("today", None) or {}
        if self.buying and self.buying.segments:  # which say what the business's totals are made of
            today["market"] = {k: v for k, v in today["market"].items() if f"market.{k}" not in TOTALS}
        segments = today.pop("segments", {})
        segments = segments if self.segments else {}
        pairs = self.pairs
        tied = {key for pair in pairs for key in pair["between"]}
        for key, one in self.used.items():
            parsed = Key.parse(key)
            place = segments.setdefault(parsed.segment, {}) if parsed.segment else today
            # two more digits of figures that go together, for what is known of them is their product
            number = rounded(one.range, 2 if key in tied else 0)
            place[parsed.section] = (place.get(parsed.section) or {}) | {parsed.name: number}
        if REFERRAL in self.used:
            (today.get("word_of_mouth") or {}).pop("audience_share", None)
        today = {section: part for section, part in today.items() if part}
        if pairs:
            data["correlations"] = pairs
        data |= self.calendar
        basis: dict[str, Any] = {"label": CALIBRATED, "data": Path(self.data_file).name, "months": [*self.months]}
        basis |= {"made": self.made} if self.made else {}
        if self.back_test:
            basis |= {"label": BACK_TESTED, "back_test": self.back_test.model_dump(mode="json")}
        data["today"] = today | ({"segments": segments} if segments else {})
        return data | {"basis": basis | {"sources": self.sources}}

    @cached_property
    def _published(self) -> Mapping[str, Range]:
        """What the evidence says of customers and a trade of this kind, by dotted key."""
        return evidence.defaults(self.data.get("customer_type", "consumer"), self.data.get("trade", "other"))

    @property
    def needed(self) -> tuple[str, ...]:
        """What neither the tables, nor the business file, nor the evidence give."""
        today, known, lacking = self.data["today"], {*self._published, AUDIENCE}, list[str]()
        for key, quantity in QUANTITIES.items():
            if quantity.unless_given is not None or key in known or _at(today, key) is not None:
                continue
            if self.segments and quantity.per_segment:
                owned = [inside(key, name) for name in self.segments]
                lacking += [one for one in owned if _at(today, one) is None]
            elif not (self.segments and key in TOTALS):
                lacking.append(key)
        return tuple(lacking)

    @cached_property
    def scenario(self) -> Scenario:
        """The business as it is after the last month of the data.

        Raises:
            InputError: what only the business can give is missing, or the figures contradict each other.
        """
        if self.needed:
            lines = [f"  {key}: {Key.parse(key).quantity.meaning}" for key in self.needed]
            text = "the tables cannot tell, so the business file must give:\n" + "\n".join(lines)
            raise InputError(text, file=self.data_file)
        return build(self.data)

    @cached_property
    def refused(self) -> Refused:
        """Draws of the ranges together that contradict themselves.

        Raises:
            InputError: more than half; it names the figures.
        """
        try:
            return sample(self.scenario, DRAWS).refused
        except InputError as error:
            text = f"the figures that were found do not go together: {error.problem}"
            if REFERRAL in error.problem and REFERRAL in self.used:
                # the size of the market is the business's, the rest is what the data say
                place = self.business_file or "the business's figures"
                text += f".\n{REFERRAL} is what the tables say; what you may change is market.size in {place}"
                if sizes := _fitting(self.scenario):
                    largest = ", ".join(f"{key}: {size:.0f}" for key, size in sizes.items())
                    text += f". The largest that goes with the other figures: {largest}"
                else:
                    text += ", but no size above the number of customers goes with the other figures"
            raise InputError(text, error.key, self.data_file) from error

    @property
    def contradiction(self) -> InputError | None:
        """Why the figures do not go together; None if they do, or if more are needed first."""
        try:
            if not self.needed:
                self.refused  # noqa: B018
        except InputError as error:
            return error
        return None

    @cached_property
    def table(self) -> pd.DataFrame:
        """Every figure that was found.

        Index the dotted key or, of what is no parameter, its name; columns low, central, high, unit, meaning, used
        (whether it stands in the scenario), evidence_low, evidence_central, evidence_high, data_low, data_central,
        data_high (by the data alone, where something published or other segments went in as well), business (the
        business file's own value), verdict (whether it contradicts the evidence or the business file), how, rows,
        note.
        """
        rows = {}
        for key, one in estimates(self.evaluated.found).items():
            parsed = Key.find(key)
            default = self._published.get(parsed.parameter) if parsed and not one.fixed else None
            own = _own(self.business, key)
            rows[key] = {
                **one.range._asdict(),
                "unit": parsed.quantity.unit if parsed else "",
                "meaning": parsed.quantity.meaning if parsed else key.replace("_", " "),
                "used": key in self.used,
                **{f"evidence_{name}": getattr(default, name, None) for name in Range._fields},
                **{f"data_{name}": getattr(one.data or one, name) for name in Range._fields},
                "business": None if own is None else central(own),
                "verdict": _verdict(one, default, own),
                "how": one.how,
                "rows": one.rows,
                "note": one.note,
            }
        columns = ["low", "central", "high", "unit", "meaning", "used", "evidence_low", "evidence_central",
                   "evidence_high", "data_low", "data_central", "data_high", "business", "verdict", "how",
                   "rows", "note"]  # fmt: skip
        return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("parameter")

    @cached_property
    def unknown(self) -> pd.DataFrame:
        """What the tables do not tell, and why; index the dotted key, columns why, central, from (whose value)."""
        told = estimates(self.evaluated.found)
        reasons = {key: one.why for key, one in missing(self.evaluated.found).items()}
        reasons |= {key: one.unused for key, one in told.items() if one.unused} | {**UNKNOWN}
        if MEMORY in told:
            reasons[MEMORY] = "The data agree with the evidence's range and do not narrow it."
        rows = {}
        for key in QUANTITIES:
            if key not in reasons or key in self.used or (key == AUDIENCE and REFERRAL in self.used):
                continue
            own, default = _at(self.data["today"], key), self._published.get(key)
            value = value_of(own) if own is not None else default
            rows[key] = {
                "why": reasons[key],
                "central": None if value is None else central(value),
                "from": "the business file" if own is not None else "the evidence" if default else "nobody",
            }
        table = pd.DataFrame.from_dict(rows, orient="index", columns=["why", "central", "from"])
        return table.rename_axis("parameter")

    @property
    def text(self) -> str:
        """The scenario as a YAML file with the source of each figure above it."""
        head = [
            f"Found by wom calibrate in {Path(self.data_file).name}, {self.months_text}.",
            "A range is the 5th, 50th and 95th percentile. What has no comment is the business's own; all else is "
            "the evidence's.",
        ]
        return written(self.data, self.sources, head)

    def tested(self, found: BackTest) -> Calibration:
        """The same with its back-test: from then on it is called back-tested, if it passed."""
        return replace(self, back_test=found if found.label == BACK_TESTED else None)


def _at(today: Mapping[str, Any], key: str) -> Any:
    """What stands at a dotted key, None if nothing does; a segment's own or what it inherits."""
    found = Key.parse(key)
    if found.segment:
        own = ((today.get("segments") or {}).get(found.segment) or {}).get(found.section)
        own = (own or {}).get(found.name)
        if own is not None or found.parameter in TOTALS:
            return own
    return (today.get(found.section) or {}).get(found.name)


def value_of(given: Any) -> Value | None:
    """A number or a range of a file; None for what is neither, which the scenario will refuse."""
    if isinstance(given, Mapping) and set(given) == set(Range._fields):
        return Range(**given)
    return float(given) if isinstance(given, int | float) and not isinstance(given, bool) else None


def _own(business: Mapping[str, Any], key: str) -> Value | None:
    return value_of(_at(business.get("today") or {}, key)) if Key.find(key) else None  # else a plain name


def flat(business: Mapping[str, Any]) -> dict[str, Value]:
    """The business's own figures by dotted key."""
    found = {key: _own(business, key) for key in QUANTITIES}
    return {key: value for key, value in found.items() if value is not None}


def _verdict(one: Estimate, default: Range | None, own: Value | None) -> str:
    """Whether a figure contradicts what was thought before; nothing of one that is set."""

    said = []
    for thought, name, agrees in (
        (default, "the published range", "the published range"),
        (own, "the business file's figure", "the business file"),
    ):
        if thought is None or one.fixed:
            continue
        low, _, high = spanned(thought)
        against = "contradicts" if thought is default and AGAINST in one.note else ""
        where = "above" if one.low > high else "below" if one.high < low else against
        said.append(f"{where} {name}" if where else f"agrees with {agrees}")
    return "; ".join(said)


def _fitting(scenario: Scenario) -> dict[str, float] | None:
    """The largest market in which a scenario's figures go together, by trying smaller and smaller ones.

    Too small a market contradicts itself as well, for those who come must be in it: hence from above. By dotted
    key (of segments in proportion), rounded down to three digits; None if no size above the number of customers
    will do.
    """
    entries = scenario.entries()
    sizes = {plain(entry.path): float(central(entry.value)) for entry in entries["market.size"]}
    customers = [float(central(entry.value)) for entry in entries["market.customers"]]

    def scaled(factor: float) -> dict[str, float]:
        digits = {key: 10.0 ** (math.floor(math.log10(size * factor)) - 2) for key, size in sizes.items()}
        return {key: math.floor(size * factor / digits[key]) * digits[key] for key, size in sizes.items()}

    def holds(factor: float) -> bool:
        try:
            sample(scenario.replace(scaled(factor)), DRAWS)
        except InputError:
            return False
        return True

    least = max(few / size for few, size in zip(customers, sizes.values(), strict=True))
    high, low = 1.0, 0.8
    while not holds(low):
        high, low = low, low / 1.25
        if high <= least:
            return None
    for _ in range(6):  # which ends within half a percent
        middle = math.sqrt(low * high)
        low, high = (middle, high) if holds(middle) else (low, middle)
    return scaled(low)


# --- as files -------------------------------------------------------------------------------------------------


def save(found: Calibration, directory: str | Path, tables: Tables | None = None) -> Path:
    """Write the scenario, the figures, what is unknown, and the rejected rows.

    `today.yaml` is written last and only if it loads, holds together and can be simulated in draws; where the
    business must give more figures, `business.yaml` with lines for them is written instead. Where the figures
    contradict each other, only what was found is written. A scenario that somebody wrote by hand, or a filled-in
    business file, is never replaced; of one that somebody changed a copy stays as `today.yaml.bak`.

    Returns:
        The file to go on with: `today.yaml`, or `business.yaml`.

    Raises:
        InputError: the figures contradict each other, or a file there is not one of a calibration.
        WomError: the directory cannot be written.
    """
    folder = Path(directory)
    file = folder / ("business.yaml" if found.needed else "today.yaml")
    contradiction = found.contradiction
    if file.exists():
        try:
            there = yaml.safe_load(file.read_text(encoding="utf-8"))
            today = there.get("today") or {}
            ours = bool(there.get("basis")) or not any(any(part.values()) for part in today.values() if part)
        except (OSError, ValueError, AttributeError, yaml.YAMLError):
            ours = False
        if not ours:
            raise InputError("is not from a calibration and stays; choose another --output", file=str(file))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".calibration-") as aside:
            new = Path(aside)
            found.table.to_csv(new / "estimates.csv", lineterminator="\n")
            found.unknown.to_csv(new / "unknown.csv", lineterminator="\n")
            if tables is not None and (checked := tables.check()).rejected:
                checked.write(new)
            if contradiction is None:
                currency = str(found.business.get("currency", ""))
                text = _template(found.needed, found.title, currency) if found.needed else found.text
                (new / file.name).write_text(text, encoding="utf-8")
                if not found.needed:
                    load(new / file.name)
                if file.is_file() and file.read_bytes() != (new / file.name).read_bytes():
                    shutil.copyfile(file, new / f"{file.name}.bak")
            for one in sorted(new.iterdir(), key=lambda one: one.name == file.name):
                one.replace(folder / one.name)
    except OSError as error:
        raise WomError(f"{folder}: cannot be written: {error.strerror or error}") from error
    if contradiction:
        text = f"{contradiction.problem}\nWhat was found stands in {folder / 'estimates.csv'}"
        raise InputError(text, contradiction.key, contradiction.file)
    return file


def rounded(span: Range, more: int = 0) -> float | dict[str, float]:
    """A range as a file holds it: as many digits as its narrower side deserves, and `more`; or a number."""
    sides = [side for side in (span.central - span.low, span.high - span.central) if side > 0]
    if not sides:
        return float(f"{span.central:.12g}")
    decimals = 1 + more - math.floor(math.log10(min(sides)))
    ends = {name: round(value, decimals) or float(f"{value:.3g}") for name, value in span._asdict().items()}
    return {name: float(f"{value:.12g}") for name, value in ends.items()}  # 0 stays 0 only


def written(data: Mapping[str, Any], comments: Mapping[str, str], head: Iterable[str]) -> str:
    """A scenario as YAML with a comment above each figure that was found."""
    lines = [line for part in head for line in _comment(part, "")]

    def sections(today: Mapping[str, Any], indent: str, before: str) -> None:
        for section, part in today.items():
            lines.append(f"{indent}{_key(section)}:")
            for name, value in part.items():
                if section == "segments":
                    lines.append(f"{indent}  {_key(name)}:")
                    sections(value, f"{indent}    ", f"segments.{name}.")
                    continue
                lines.extend(_comment(comments.get(f"{before}{section}.{name}", ""), f"{indent}  "))
                if isinstance(value, Mapping):
                    shown = ", ".join(f"{end}: {number!r}" for end, number in value.items())
                    lines.append(f"{indent}  {_key(name)}: {{{shown}}}")
                else:
                    lines.extend(_plain(name, value, f"{indent}  "))

    for key, value in data.items():
        if key == "today":
            lines.append("today:")
            sections(value, "  ", "")
        else:
            lines += _plain(key, value)
    return "\n".join(lines) + "\n"


def _plain(name: str, value: Any, indent: str = "") -> list[str]:
    text = yaml.safe_dump({name: value}, sort_keys=False, allow_unicode=True, width=110)
    return [f"{indent}{line}" for line in text.rstrip().split("\n")]


def _key(name: str) -> str:
    return yaml.safe_dump({name: 0}, allow_unicode=True).rpartition(":")[0]


def _comment(said: str, indent: str) -> list[str]:
    """Lines of a hundred letters."""
    lines: list[str] = []
    for word in said.split():
        if lines and len(lines[-1]) + len(word) < 100 + len(indent):
            lines[-1] += f" {word}"
        else:
            lines.append(f"{indent}# {word}")
    return lines


def _template(needed: Iterable[str], title: str, currency: str) -> str:
    """A business file with the figures that the tables cannot give, to be filled in."""
    lines = _comment("What the tables cannot tell. Fill in each line and take away its sign in front.", "")
    for name, value in (("title", title), ("currency", currency)):
        lines += _plain(name, value) if value else []
    lines.append("today:")
    there: set[tuple[str, ...]] = set()
    for key in needed:
        found = Key.parse(key)
        places = (*(("segments", found.segment) if found.segment else ()), found.section)
        for depth, place in enumerate(places, 1):
            if places[:depth] not in there:
                there.add(places[:depth])
                lines.append(f"{'  ' * depth}{_key(place)}:")
        indent, quantity = "  " * (len(places) + 1), found.quantity
        lines += _comment(f"{quantity.meaning} ({quantity.unit}; {quantity.allowed})", indent)
        lines.append(f"{indent}# {found.name}:")
    return "\n".join(lines) + "\n"
