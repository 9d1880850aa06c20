"""What tables tell of a business: figures with their sources, and the scenario that they make."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from .. import evidence
from ..draws import Refused, sample
from ..errors import InputError
from ..files import BACK_TESTED, CALIBRATED
from ..parameters import QUANTITIES, Key, Range, Value, central
from ..scenario import TOTALS, WHOLE, BackTest, Scenario, build
from . import output, payments, totals, unknown
from .assemble import Evaluated
from .estimate import Estimate, estimates, missing
from .fitting import fitting
from .leaving import AGAINST, MEMORY

DRAWS = 500
"""In which the ranges that were found are tried together."""

_PRODUCT = 2
"""More digits of figures that go together, for what is known of them is their product."""

REFERRAL, AUDIENCE = "market.referral_share", "word_of_mouth.audience_share"


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
        found = {key: one.within_bounds() for key, one in estimates(self.evaluated.found).items()}
        chosen = {}
        for owner in ("", *(f"segments.{name}." for name in self.segments)):
            for key, quantity in QUANTITIES.items():
                shared = not owner and not (self.segments and key in TOTALS)
                if f"{owner}{key}" in found and (shared or (owner and quantity.per_segment)):
                    chosen[f"{owner}{key}"] = found[f"{owner}{key}"]
        if MEMORY in chosen and not self.evaluated.memory_moved:
            del chosen[MEMORY]
        return chosen

    @property
    def pairs(self) -> list[dict[str, Any]]:
        """Figures that go together, as a scenario file writes correlations."""
        if self.joint:
            return self.joint.correlations(_ranges(self.used))
        found = self.buying.pairs if self.buying else ()
        return [
            {"between": [one, other], "value": value}
            for one, other, value in found
            if one.startswith("segments.") or not self.segments  # which then have figures of their own
        ]

    @property
    def calendar(self) -> dict[str, Any]:
        """Seasons that payments tell, as the top of a scenario file holds them; empty where they tell none."""
        whole = self.buying.forecasts[WHOLE] if self.buying else None
        return payments.calendar(whole, pd.Period(self.months[1])) if isinstance(whole, payments.Forecast) else {}

    @property
    def buying(self) -> payments.Reading | None:
        """What payments tell, where customers do not say when they leave."""
        return self.evaluated.buying

    @cached_property
    def sources(self) -> dict[str, str]:
        """How each of them was found, in a sentence."""
        return {key: output.source(one, self.months_text) for key, one in self.used.items()}

    @cached_property
    def data(self) -> dict[str, Any]:
        """The scenario as plain data; it may lack what only the business can give."""
        data = {key: copy.deepcopy(value) for key, value in self.business.items() if key not in ("plan", "basis")}
        data["title"] = self.title or data.get("title", "")
        today = data.pop("today", None) or {}
        if self.buying and self.buying.segments:  # which say what the business's totals are made of
            today["market"] = {k: v for k, v in today["market"].items() if f"market.{k}" not in TOTALS}
        segments = today.pop("segments", {}) if self.segments else (today.pop("segments", None), {})[1]
        pairs = [pair for pair in self.pairs if {*pair["between"]} <= {*_ranges(self.used)}]
        tied = {key for pair in pairs for key in pair["between"]}
        for key, one in self.used.items():
            parsed = Key.parse(key)
            place = segments.setdefault(parsed.segment, {}) if parsed.segment else today
            number = output.rounded(one.range, _PRODUCT if key in tied else 0)
            place[parsed.section] = (place.get(parsed.section) or {}) | {parsed.name: number}
        if REFERRAL in self.used:
            (today.get("word_of_mouth") or {}).pop("audience_share", None)
        today = {section: part for section, part in today.items() if part}
        if pairs:
            data["correlations"] = pairs
        data |= self.calendar if "season" in Scenario.model_fields else {}
        basis: dict[str, Any] = {"label": CALIBRATED, "data": Path(self.data_file).name, "months": [*self.months]}
        basis |= {"made": self.made} if self.made else {}
        if self.back_test:
            basis |= {"label": BACK_TESTED, "back_test": self.back_test.model_dump(mode="json")}
        data["today"] = today | ({"segments": segments} if segments else {})
        return data | {"basis": basis | {"sources": self.sources}}

    @property
    def needed(self) -> tuple[str, ...]:
        """What neither the tables, nor the business file, nor the evidence give."""
        today = self.data["today"]
        known = set(
            evidence.defaults(self.data.get("customer_type", "consumer"), self.data.get("trade", "other"))
        ) | {AUDIENCE}
        lacking = []
        for key, quantity in QUANTITIES.items():
            if quantity.unless_given is not None or key in known or _at(today, key) is not None:
                continue
            owners = [f"segments.{name}." for name in self.segments] if quantity.per_segment else []
            if not (self.segments and key in TOTALS) and not owners:
                lacking.append(key)
            else:
                lacking += [f"{owner}{key}" for owner in owners if _at(today, f"{owner}{key}") is None]
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
            text = f"the figures that were found do not go together: {error.problem}{self._remedy(error)}"
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

    def _remedy(self, error: InputError) -> str:
        """What to write where: the size of the market is the business's, the rest is what the data say."""
        if REFERRAL not in error.problem or REFERRAL not in self.used:
            return ""
        place = self.business_file or "the business's figures"
        said = f".\n{REFERRAL} is what the tables say; what you may change is market.size in {place}"
        if (sizes := fitting(self.scenario, DRAWS)) is None:
            return f"{said}, but no size above the number of customers goes with the other figures"
        largest = ", ".join(f"{key}: {size:.0f}" for key, size in sizes.items())
        return f"{said}. The largest that goes with the other figures: {largest}"

    @cached_property
    def table(self) -> pd.DataFrame:
        """Every figure that was found.

        Index the dotted key or, of what is no parameter, its name; columns low, central, high, unit, meaning, used
        (whether it stands in the scenario), evidence_low, evidence_central, evidence_high, business (the business
        file's own value), verdict (whether it contradicts the evidence or the business file), how, rows, note.
        """
        defaults = evidence.defaults(self.data.get("customer_type", "consumer"), self.data.get("trade", "other"))
        rows = {}
        for key, one in estimates(self.evaluated.found).items():
            parsed = Key.find(key)
            default = defaults.get(parsed.parameter) if parsed and not one.fixed else None
            own = _own(self.business, key)
            rows[key] = {
                **one.range._asdict(),
                "unit": parsed.quantity.unit if parsed else "",
                "meaning": parsed.quantity.meaning if parsed else key.replace("_", " "),
                "used": key in self.used,
                **{f"evidence_{name}": getattr(default, name, None) for name in Range._fields},
                "business": None if own is None else central(own),
                "verdict": _verdict(one, default, own),
                "how": one.how,
                "rows": one.rows,
                "note": one.note,
            }
        columns = ["low", "central", "high", "unit", "meaning", "used", "evidence_low", "evidence_central",
                   "evidence_high", "business", "verdict", "how", "rows", "note"]  # fmt: skip
        return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("parameter")

    @cached_property
    def unknown(self) -> pd.DataFrame:
        """What the tables do not tell, and why; index the dotted key, columns why, central, from (whose value)."""
        reasons = {key: one.why for key, one in missing(self.evaluated.found).items() if key in QUANTITIES}
        reasons |= unknown.sentences(key for key in QUANTITIES if key not in self.used)
        if MEMORY in estimates(self.evaluated.found) and MEMORY not in self.used:
            reasons[MEMORY] = "The data agree with the evidence's range and do not narrow it."
        defaults = evidence.defaults(self.data.get("customer_type", "consumer"), self.data.get("trade", "other"))
        today = self.data["today"]
        rows = {}
        for key in QUANTITIES:
            if key not in reasons or key in self.used or (key == AUDIENCE and REFERRAL in self.used):
                continue
            own = _at(today, key)
            default = defaults.get(key)
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
        return output.text(self.data, self.sources, head)

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


def _ranges(used: Mapping[str, Estimate]) -> list[str]:
    return [key for key, one in used.items() if one.low < one.high]


def _verdict(one: Estimate, default: Range | None, own: Value | None) -> str:
    """Whether a figure contradicts what was thought before; nothing of one that is set."""
    said: list[str] = []
    if one.fixed:
        return ""
    if default is not None:
        low, high = default.low, default.high
        place = "above" if one.low > high else "below" if one.high < low else ""
        place = place or ("contradicts" if AGAINST in one.note else "")
        said.append(f"{place} the published range" if place else "agrees with the published range")
    if own is not None:
        low, high = (own.low, own.high) if isinstance(own, Range) else (own, own)
        place = "above" if one.low > high else "below" if one.high < low else ""
        said.append(f"{place} the business file's figure" if place else "agrees with the business file")
    return "; ".join(said)


def known(
    found: Sequence[Estimate],
    business: Mapping[str, Any] | None = None,
    months: tuple[str, str] = ("2023-01", "2024-12"),
    title: str = "Shop",
) -> Calibration:
    """A calibration from figures that are there already, such as those of somebody else's survey."""
    return Calibration(title, "data.yaml", months, business or {}, Evaluated(tuple(found), pd.DataFrame()), ())
