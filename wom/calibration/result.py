"""What tables tell of a business: figures with their sources, the scenario they make, and its files."""

from __future__ import annotations

import copy
import math
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import yaml

from .. import evidence
from ..draws import Refused, sample
from ..errors import InputError, WomError
from ..files import BACK_TESTED, CALIBRATED
from ..parameters import QUANTITIES, Key, Range, Value, central, plain
from ..scenario import TOTALS, WHOLE, BackTest, Scenario, build, load
from . import payments, retention, totals
from .estimate import UNKNOWN, Estimate, Found, estimates, missing, spanned
from .leaving import AGAINST, MEMORY, Leaving

if TYPE_CHECKING:
    from ..data import Tables

# --- as a file ------------------------------------------------------------------------------------------------


_WIDTH = 100
"""Letters of a comment's line."""


def rounded(span: Range, more: int = 0) -> float | dict[str, float]:
    """A range as a file holds it: as many digits as its narrower side deserves, and `more`; or a number."""
    sides = [side for side in (span.central - span.low, span.high - span.central) if side > 0]
    if not sides:
        return float(f"{span.central:.12g}")
    decimals = 1 + more - math.floor(math.log10(min(sides)))
    ends = {name: round(value, decimals) for name, value in span._asdict().items()}
    inside = {name: value or float(f"{getattr(span, name):.3g}") for name, value in ends.items()}  # 0 stays 0 only
    return {name: float(f"{value:.12g}") for name, value in inside.items()}


def source(found: Estimate, months: str) -> str:
    """How a figure was found, in a sentence."""
    return f"{found.how.rstrip('.')}; {found.rows:,} rows, {months}." if not found.fixed else found.how


def written(data: Mapping[str, Any], comments: Mapping[str, str], head: Iterable[str]) -> str:
    """A scenario as YAML with a comment above each figure that was found."""
    lines = [line for part in head for line in _comment(part, "")]
    for key, value in data.items():
        if key == "today":
            lines += ["today:", *_sections(value, comments, "  ", "")]
        else:
            lines += _plain({key: value}, "")
    return "\n".join(lines) + "\n"


def _sections(today: Mapping[str, Any], comments: Mapping[str, str], indent: str, before: str) -> Iterable[str]:
    for section, part in today.items():
        yield f"{indent}{_key(section)}:"
        if section == "segments":
            for name, own in part.items():
                yield f"{indent}  {_key(name)}:"
                yield from _sections(own, comments, f"{indent}    ", f"segments.{name}.")
            continue
        for name, value in part.items():
            yield from _comment(comments.get(f"{before}{section}.{name}", ""), f"{indent}  ")
            yield from _plain({name: value}, f"{indent}  ", flow=isinstance(value, Mapping))


def _plain(data: Mapping[str, Any], indent: str, *, flow: bool = False) -> list[str]:
    (key, value), *_ = data.items()
    if flow:
        shown = ", ".join(f"{name}: {number!r}" for name, number in value.items())
        return [f"{indent}{_key(key)}: {{{shown}}}"]
    written = yaml.safe_dump(dict(data), sort_keys=False, allow_unicode=True, width=110)
    return [f"{indent}{line}" for line in written.rstrip().split("\n")]


def _key(name: str) -> str:
    return yaml.safe_dump({name: 0}, allow_unicode=True).rpartition(":")[0]


def _comment(said: str, indent: str) -> list[str]:
    lines: list[str] = []
    for word in said.split():
        if lines and len(lines[-1]) + len(word) < _WIDTH + len(indent):
            lines[-1] += f" {word}"
        else:
            lines.append(f"{indent}# {word}")
    return lines


def template(missing: Iterable[str], title: str = "", currency: str = "") -> str:
    """A business file with the figures that the tables cannot give, to be filled in."""
    lines = _comment("What the tables cannot tell. Fill in each line and take away its sign in front.", "")
    lines += _plain({"title": title}, "") if title else []
    lines += _plain({"currency": currency}, "") if currency else []
    lines.append("today:")
    there: list[str] = []
    for key in missing:
        found = Key.parse(key)
        places = [*(["segments", found.segment] if found.segment else []), found.section]
        for depth in range(1, len(places) + 1):
            path = places[:depth]
            if ".".join(path) not in there:
                there.append(".".join(path))
                lines.append(f"{'  ' * depth}{_key(path[-1])}:")
        indent, quantity = "  " * (len(places) + 1), found.quantity
        lines += _comment(f"{quantity.meaning} ({quantity.unit}; {quantity.allowed})", indent)
        lines.append(f"{indent}# {found.name}:")
    return "\n".join(lines) + "\n"


# --- a market that is too large -------------------------------------------------------------------------------


_STEP = 1.25
"""Of sizes tried from above; too small a market contradicts itself as well, for those who come must be in it."""

_HALVINGS = 6
"""Of the last step: it ends within half a percent."""


def fitting(scenario: Scenario, draws: int) -> dict[str, float] | None:
    """The largest market in which a scenario's figures go together, by trying smaller and smaller ones.

    Returns:
        By dotted key (of segments in proportion), rounded down to three digits; None if no size above the number
        of customers will do.
    """
    entries = scenario.entries()
    sizes = {plain(entry.path): float(central(entry.value)) for entry in entries["market.size"]}
    customers = [float(central(entry.value)) for entry in entries["market.customers"]]
    least = max(few / size for few, size in zip(customers, sizes.values(), strict=True))
    high = 1.0
    while not _holds(scenario, _scaled(sizes, low := high / _STEP), draws):
        high = low
        if high <= least:
            return None
    for _ in range(_HALVINGS):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if _holds(scenario, _scaled(sizes, middle), draws) else (low, middle)
    return _scaled(sizes, low)


def _scaled(sizes: dict[str, float], factor: float) -> dict[str, float]:
    """All sizes times a factor, down to three digits."""
    found = {}
    for key, size in sizes.items():
        place = 10.0 ** (math.floor(math.log10(size * factor)) - 2)
        found[key] = math.floor(size * factor / place) * place
    return found


def _holds(scenario: Scenario, sizes: dict[str, float], draws: int) -> bool:
    try:
        sample(scenario.replace(sizes), draws)
    except InputError:
        return False
    return True


# --- the result -----------------------------------------------------------------------------------------------


DRAWS = 500
"""In which the ranges that were found are tried together."""

_PRODUCT = 2
"""More digits of figures that go together, for what is known of them is their product."""

REFERRAL, AUDIENCE = "market.referral_share", "word_of_mouth.audience_share"


@dataclass(frozen=True)
class Evaluated:
    """What the estimators gave, with the frames that figures of a report draw."""

    found: Found
    monthly: pd.DataFrame
    moods: Leaving | None = None
    curve: retention.Fit | None = None
    buying: payments.Reading | None = None
    growth: retention.Growth | None = None
    scores: Mapping[str, Any] | None = None
    """Arguments of `wom.nps`, but the scenario."""


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
        chosen = {}
        for owner in ("", *(f"segments.{name}." for name in self.segments)):
            for key, quantity in QUANTITIES.items():
                shared = not owner and not (self.segments and key in TOTALS)
                if f"{owner}{key}" in found and (shared or (owner and quantity.per_segment)):
                    chosen[f"{owner}{key}"] = found[f"{owner}{key}"]
        moods = self.evaluated.moods
        if MEMORY in chosen and not (moods and moods.moved):
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
        return {key: source(one, self.months_text) for key, one in self.used.items()}

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
            number = rounded(one.range, _PRODUCT if key in tied else 0)
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
        today = self.data["today"]
        known = {*self._published, AUDIENCE}
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
        reasons = {key: one.why for key, one in missing(self.evaluated.found).items() if key in QUANTITIES}
        reasons |= {key: one.unused for key, one in told.items() if one.unused and key in QUANTITIES}
        reasons |= {key: why for key, why in UNKNOWN.items() if key not in self.used}
        if MEMORY in told and MEMORY not in self.used:
            reasons[MEMORY] = "The data agree with the evidence's range and do not narrow it."
        today = self.data["today"]
        rows = {}
        for key in QUANTITIES:
            if key not in reasons or key in self.used or (key == AUDIENCE and REFERRAL in self.used):
                continue
            own = _at(today, key)
            default = self._published.get(key)
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


def _ranges(used: Mapping[str, Estimate]) -> list[str]:
    return [key for key, one in used.items() if one.low < one.high]


def _verdict(one: Estimate, default: Range | None, own: Value | None) -> str:
    """Whether a figure contradicts what was thought before; nothing of one that is set."""
    said: list[str] = []
    if one.fixed:
        return ""

    def place(thought: Range) -> str:
        return "above" if one.low > thought.high else "below" if one.high < thought.low else ""

    if default is not None:
        where = place(default) or ("contradicts" if AGAINST in one.note else "")
        said.append(f"{where} the published range" if where else "agrees with the published range")
    if own is not None:
        where = place(spanned(own))
        said.append(f"{where} the business file's figure" if where else "agrees with the business file")
    return "; ".join(said)


# --- on disk --------------------------------------------------------------------------------------------------


SCENARIO, ESTIMATES, UNKNOWN_FILE, TEMPLATE = "today.yaml", "estimates.csv", "unknown.csv", "business.yaml"


def save(found: Calibration, directory: str | Path, tables: Tables | None = None) -> Path:
    """Write the scenario, the figures, what is unknown, and the rejected rows.

    `today.yaml` is written last and only if it loads, holds together and can be simulated in draws; where the
    business must give more figures, `business.yaml` with lines for them is written instead. Where the figures
    contradict each other, only what was found is written.

    Returns:
        The file to go on with: `today.yaml`, or `business.yaml`.

    Raises:
        InputError: the figures contradict each other, or a file there is not one of a calibration.
        WomError: the directory cannot be written.
    """
    folder = Path(directory)
    name = TEMPLATE if found.needed else SCENARIO
    contradiction = found.contradiction
    _refuse_others(folder / name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".calibration-") as aside:
            new = Path(aside)
            found.table.to_csv(new / ESTIMATES, lineterminator="\n")
            found.unknown.to_csv(new / UNKNOWN_FILE, lineterminator="\n")
            if tables is not None and (checked := tables.check()).rejected:
                checked.write(new)
            if contradiction is None:
                _write(found, new / name)
                _spare(folder / name, new / name)
            for file in sorted(new.iterdir(), key=lambda file: file.name == name):
                file.replace(folder / file.name)
    except OSError as error:
        raise WomError(f"{folder}: cannot be written: {error.strerror or error}") from error
    if contradiction:
        text = f"{contradiction.problem}\nWhat was found stands in {folder / ESTIMATES}"
        raise InputError(text, contradiction.key, contradiction.file)
    return folder / name


def _write(found: Calibration, file: Path) -> None:
    """The file to go on with; a scenario that cannot be loaded is an error."""
    currency = str(found.business.get("currency", ""))
    text = template(found.needed, found.title, currency) if found.needed else found.text
    file.write_text(text, encoding="utf-8")
    if not found.needed:
        load(file)


def _spare(old: Path, new: Path) -> None:
    """What stood there, perhaps with somebody's changes, as a second file."""
    if old.is_file() and old.read_bytes() != new.read_bytes():
        shutil.copyfile(old, new.with_name(f"{old.name}.bak"))


def _refuse_others(file: Path) -> None:
    """A scenario that somebody wrote by hand, or a filled-in business file, is never replaced."""
    if not file.exists():
        return
    try:
        there = yaml.safe_load(file.read_text(encoding="utf-8"))
        today = there.get("today") or {}
        ours = bool(there.get("basis")) or not any(any(part.values()) for part in today.values() if part)
    except (OSError, ValueError, AttributeError, yaml.YAMLError):
        ours = False
    if not ours:
        raise InputError("is not from a calibration and stays; choose another --output", file=str(file))
