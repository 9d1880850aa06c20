"""What tables tell of a business, how a forecast from them did, and what to do next."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd

from ..analysis.nps import earned_growth, nps
from ..calibration.backtest import BackTested
from ..calibration.calibrate import Calibration
from ..calibration.estimate import Estimate, estimates, inside, missing
from ..calibration.leaving import DIFFER
from ..calibration.payments import RETURNING
from ..data import Check
from ..files import BACK_TESTED
from ..parameters import Key
from ..reach import Reach
from ..units import MONTHS_PER_YEAR
from ..words import MINUS, NARROW, number, percent, several, whole
from .basis import RANGE, _upper, by_figure, exhibit, in_words, month, name, outcome, period, ranges, words
from .chart import Chart, series
from .exhibit import Exhibit, Figure
from .tables import MISSING
from .worth import reach

RATIO = "retention.disappointed_hazard_ratio"
_SPENDING = "economics.spend_per_customer"
_UNTOLD = "cannot be told from these tables"
_MONTH = re.compile(r"\b\d{4}-(?:0[1-9]|1[0-2])\b(?!-)")
_SETTING = re.compile(r"; \w+\.duplicates: remove takes them out| \((?:from|to) is not set\)")


def _counted(count: int) -> str:
    return f"{whole(count)} figure{'' if count == 1 else 's'}"


def _source(found: Calibration) -> str:
    return f"{(found.title or 'A business').rstrip('.')}. Found in its tables of {period(found.months)} with wom."


def _currency(found: Calibration) -> str:
    money = str(found.business.get("currency") or "")
    return f", {money}" if money else ""


def _ratio(found: Calibration) -> tuple[Estimate | None, str]:
    """How much sooner the disappointed leave, and a sentence where the tables are sure of it."""
    ratio = estimates(found.evaluated.found).get(RATIO)
    if ratio is None or ratio.low <= 1.0 <= ratio.high:
        return ratio, ""
    return ratio, f"Disappointed customers leave {number(ratio.central, 2)} times as fast"


def tables_tell(found: Calibration, tested: BackTested | None = None, why: str = "") -> Exhibit:
    """What the tables say, whether that forecasts, and what to do next, on one screen.

    `found` is from `wom.calibrate`, `tested` from `wom.backtest`; `why` there was no test.
    """
    names, kept = [name(str(key)) for key in found.unknown.index], list[Figure]()
    for key in ("retention.retention_rate", "experience.bad_share", "market.referral_share", _SPENDING):
        one = found.used.get(key) or found.used.get(inside(key, RETURNING))
        if one and len(kept) < (2 if tested else 3):
            low, middle, high = written(one)
            label = words(one.key) + (_currency(found) if key == _SPENDING else "")
            kept.append(Figure(label, middle, f"{RANGE} {low} to {high}", 0, (one.low, one.central, one.high)))
    known, lacking = _counted(len(found.used)), whole(len(names))
    if tested:
        score = tested.basis.columns[tested.basis.deciding]
        kept.append(Figure("Forecast of unseen months, off by", percent(score.error, 2), tested.basis.label))
    if not kept:
        kept = [Figure("Figures found", whole(len(found.used)), f"{lacking} cannot be told")]
    cannot = several([*names[:3], *(["others"] if names[3:] else [])]) or "nothing that is needed"
    return exhibit(
        _source(found), _ratio(found)[1] or f"{known} found, {lacking} not", figures=tuple(kept),
        text=(f"The tables of {period(found.months)} tell {known} of this business; {lacking} they cannot tell.",),
        answers=(
            ("How sure", verdict(found, tested, why)),
            ("What the tables cannot tell", f"{_upper(cannot)}."),
            ("Before you use it", in_words([*found.warnings, "Nothing stood out."][0])),
            ("What to do next", next_steps(found).text[0]),
        ),
    )  # fmt: skip


def verdict(found: Calibration, tested: BackTested | None, why: str = "") -> str:
    """Whether the forecast from the tables was tested on months that it had not seen, and how it did."""
    if tested is None:
        needed = "that needs twelve months of payments, customers or totals"
        needed = "the business file must give more figures first" if found.needed else needed
        return f"Not back-tested: {(why or needed).rstrip('.')}."
    test = tested.basis
    said = f"{period(test.months)} were kept from it: {outcome(test, test.deciding)}."
    return f"Back-tested. {said}" if test.label == BACK_TESTED else f"Not back-tested: {test.label}. {said}"


def rows_read(check: Check) -> Exhibit:
    """How many rows were read, and what the tables hold: months in words, and no word about settings of a file."""
    read, rejected = int(check.table["rows"].sum()), check.rejected
    out = f"{whole(rejected)} of them rejected" if rejected else "all could be used"
    text = [_upper(_MONTH.sub(lambda one: month(one[0]), _SETTING.sub("", line))) for line in check.sentences]
    return exhibit("", f"{whole(read)} rows were read, {out}", data=check.reasons if rejected else None, text=text)


def written(one: Estimate) -> tuple[str, str, str]:
    """Low end, middle and high end of a figure, with no digit that its interval leaves open; shares in percent.

    All three have the same decimals. No end is rounded to nought or to one, where "no effect" lies, as long as one
    digit more tells it from them.
    """
    share = _is_share(one.key)
    scale = 100.0 if share else 1.0
    values = [scale * value for value in (one.low, one.central, one.high)]
    if one.high <= one.low:
        texts = [number(value, 4) if value < 1000 else whole(value) for value in values]
    else:
        place = math.floor(math.log10((values[2] - values[0]) / 3))  # an interval is three steps wide at least
        neutral = (0.0, scale)
        place -= any(round(end, -place) in neutral and end not in neutral for end in (values[0], values[2]))
        place -= len({round(value, -place) for value in values}) < len(values)  # the middle is no end
        texts = [f"{round(value, -place):,.{max(-place, 0)}f}".replace("-", MINUS) for value in values]
    first, middle, last = (f"{text} %" if share else text for text in texts)
    return first, middle, last


def _is_share(key: str) -> bool:
    found = Key.find(key)
    return found is not None and found.quantity.unit.startswith(("share", "probability"))


def figures_found(found: Calibration) -> Exhibit | None:
    """Every figure with its interval, the published range beside it, and what it rests on."""
    table = found.table[found.table["used"]]
    if not len(table):
        return None
    shown, studied = [], table["evidence_high"] > table["evidence_low"]
    for key, row in table.iterrows():
        one, ends = found.used[str(key)], [_number(str(key), row[f"evidence_{end}"]) for end in ("low", "high")]
        low, middle, high = written(one)
        span = f"{low} to {high}" if low != high else "set" if one.fixed else "counted"
        published = " to ".join(ends) if studied[str(key)] else MISSING
        shown.append((middle, span, published, f"{one.how.rstrip('.')}; {one.rows:,} rows."))
    heads = "Found", RANGE, "Published", "How"
    data = by_figure(table.index, dict(zip(heads, zip(*shown, strict=True), strict=True)))
    beside, said = table[studied], f"{_counted(len(table))} found"
    narrow = beside["high"] - beside["low"] < 0.5 * (beside["evidence_high"] - beside["evidence_low"])
    outside = [name(str(key)) for key, text in beside["verdict"].items() if "agrees" not in text.split(";")[0]]
    if len(beside):
        agree = f"{len(beside) - len(outside)} of {len(beside)} agree with published ranges"
        said += f"; {agree}, {narrow.sum()} at least twice as exact"
    text = [f"Outside the published range: {several(outside)}."] if outside else []
    return exhibit(_source(found), said, data=data.replace(" %", f"{NARROW}%", regex=True), text=text)


def before_use(found: Calibration) -> Exhibit:
    """What to know before using the figures: all of them, and single ones."""
    same: dict[str, list[str]] = {}
    for key, one in found.used.items():
        same.setdefault(one.note, []).append(name(key))
    said = [*found.warnings, *(f"{_upper(several(names))}: {note}" for note, names in same.items() if note)]
    said += [found.refused.text] * bool(not found.needed and found.refused.text)
    text = [in_words(line) for line in said or ["Nothing stood out."]]
    return exhibit("", "What to know of these figures", text=text, appendix=not found.warnings)


def not_told(found: Calibration) -> Exhibit:
    """What the tables cannot tell, and what is used instead."""
    table = found.unknown
    used = [_number(str(key), value) for key, value in table["central"].items()]
    shown = {"Why": table["why"].tolist(), "Used instead": used, "From": table["from"].tolist()}
    said = f"{_counted(len(table))} that these tables do not tell, and what is used instead"
    return exhibit(_source(found), said, data=by_figure(table.index, shown))


def _number(key: str, value: Any) -> str:
    """A figure that is not from the tables, as it was given."""
    return "" if pd.isna(value) else percent(value, 3) if _is_share(key) else number(value)


def _ends(
    rows: Mapping[str, tuple[Any, ...]], said: str, subtitle: str, found: Calibration, unit: str = "", **more: Any
) -> Exhibit:
    """Ranges as found: low, middle, high and role by name, each with its numbers; or the message alone."""
    if not rows:
        return exhibit("", said)
    table = pd.DataFrame.from_dict(dict(rows), orient="index", columns=["low", "middle", "high", "role"])
    texts = [f"{number(b, 2)}{unit} ({number(a, 2)} to {number(c, 2)}{unit})" for a, b, c, _ in rows.values()]
    roles, ends = table.pop("role").tolist(), table.astype(float)
    return exhibit(_source(found), said, ranges(ends, f"{subtitle}; {RANGE}", texts, roles, form="plain", **more))


def leaving(found: Calibration) -> Exhibit:
    """How much sooner customers leave after a good or bad experience: published, in these data, and both."""
    (ratio, sure), said = _ratio(found), f"How mood goes with leaving {_UNTOLD}"
    if ratio is not None:
        ends = f"{number(ratio.low, 2)} to {number(ratio.high, 2)}"
        said = f"Whether disappointed customers leave sooner is not sure: {ends} times as fast as content ones"
        said = f"{sure} as content ones ({ends})" if sure else said
    moods: Any = found.evaluated.moods
    roles = {"disappointed": "worse", "delighted": "better"}
    rows = {
        f"{mood.capitalize()}: {'these data' if by == 'data' else by}":
            (one["low"], one["central"], one["high"], roles.get(mood, "neutral") if by == "both" else "neutral")
        for (mood, by), one in (moods.table.iterrows() if moods else ())
    }  # fmt: skip
    return _ends(rows, said, "Times as fast as content customers", found, reference=1.0)


def staying(found: Calibration, months: int = 36) -> Exhibit | None:
    """How many of a hundred who join stay, projected; None where customers do not say when they leave."""
    if found.evaluated.curve is None:
        return None
    curve = 100.0 * found.evaluated.curve.curve(months)[["low", "central", "high"]]
    low, middle, high = map(whole, curve.iloc[-1])
    lines = (series("middle", curve["central"]),
             *(series(f"{end} end", curve[end], "neutral") for end in ("low", "high")))  # fmt: skip
    chart = Chart("line", tuple(map(float, curve.index)), lines, form="plain", axis="Months since joining",
                  subtitle="Of 100 who join, how many are still customers; 90 % range")  # fmt: skip
    said = f"Of 100 who join, {middle} are still customers after {months} months ({low} to {high})"
    return exhibit(_source(found), said, chart)


def spending(found: Calibration) -> Exhibit:
    """What mood adds to spending: within customers, and beside it the comparison that is wrong."""
    known, said = estimates(found.evaluated.found), f"What mood adds to spending {_UNTOLD}"
    if within := known.get("spend_uplift"):
        low, high = sorted((within.low, within.high), key=abs)
        ends = f"{percent(round(abs(low), 2))} to {percent(round(abs(high), 2))}"
        said = f"Delighted customers spend {ends} {'more' if low > 0 else 'less'} than otherwise"
        if within.low <= 0 <= within.high:
            ends = f"{percent(round(within.low, 2))} to {percent(round(within.high, 2))}"
            said = f"Whether the delighted spend more is not sure: {ends} more than otherwise"
    rows = {
        f"{mood}: {who}": (*sorted(way * end for end in known[one].range), role)
        for mood, key, way, colour in (
            ("Delighted", "spend_uplift", 100, "better"), ("Disappointed", "spend_cut", -100, "worse"),
        )
        for who, one, role in (("same customers", key, colour), ("others (wrong)", f"naive_{key}", "neutral"))
        if within and "naive_spend_uplift" in known
    }  # fmt: skip
    return _ends(rows, said, "Spending against ordinary months, percent", found, f"{NARROW}%", reference=0.0,
                 sides=("less", "more"))  # fmt: skip


def telling(found: Calibration) -> Exhibit:
    """How many people customers say they told, fitted."""
    known, fits, said = estimates(found.evaluated.found), [], []
    for tone in ("good", "bad"):
        one, shape = known.get(f"word_of_mouth.reach_{tone}"), known.get(f"dispersion_{tone}")
        if one:
            said.append(f"{tone} ones by {number(one.central, 2)} ({number(one.low, 2)} to {number(one.high, 2)})")
        if one and shape:
            fits.append(Reach(one.central, shape.central))
    if len(fits) == 2:
        return reach(fits[0], fits[1], _source(found))
    return exhibit("", f"A story is heard: {several(said)} people" if said else f"How many hear {_UNTOLD}")


_BESIDE = {
    "left_for_bad_service": "Left for bad service, of those who left",
    "referrals_per_customer_month": "New customers whom a customer brings in a month",
    "customers_who_brought_somebody": "Customers who brought somebody",
    "told_who_became_customers": "New customers, of the people told of good experiences",
}


def also_told(found: Calibration) -> Exhibit | None:
    """Why customers left, whom they brought, earned growth and the score; None where tables tell none of it."""
    known, said = estimates(found.evaluated.found), "What else the tables tell"
    lines: dict[str, tuple[str, str, str]] = {}

    def line(label: str, ends: Iterable[float], show: Callable[[float, int], str], digits: int, text: str) -> None:
        low, middle, high = (show(float(end), digits) for end in ends)
        lines[label] = (middle, f"{low} to {high}" if low != high else "counted", text)

    for one in (known[key] for key in _BESIDE if key in known):
        show = number if one.key == "referrals_per_customer_month" else percent
        line(_BESIDE[one.key], one.range, show, 2, f"{one.how} {one.note}".strip())
    ready = not (found.needed or found.segments or found.contradiction)
    if part := found.evaluated.growth:
        whose = found.scenario if ready and part.recommended is not None else None
        grown = earned_growth(part.before, part.same_customers, part.recommended or 0.0, part.others, whose)
        text = "What who were customers the year before paid in the last twelve months, over all of that year."
        line("Net revenue retention", [grown.net_revenue_retention] * 3, percent, 3, text)
        kept = percent(grown.net_revenue_retention, 3)
        said = f"Customers of the year before brought {kept} of its revenue again"
        if part.recommended is not None:
            text = "Net revenue retention and what new customers paid who came on a recommendation, less 100 %."
            line("Earned growth", [grown.rate] * 3, percent, 3, text)
            said = f"{said}; with recommended newcomers earned growth is {percent(grown.rate, 3)}"
        if grown.caused is not None:
            text = "The same if only those count who would not have come otherwise."
            line("Earned growth that talk caused", grown.caused, percent, 3, text)
    if ready and (scores := found.evaluated.scores):
        score = nps(scenario=found.scenario, **scores)
        shares: Any = score.shares.loc["nps", ["low", "median", "high"]]
        line("Net Promoter Score", shares, number, 2, score.caution)
        point = score.worth_per_point.loc["any_way", ["least", "most", "low", "high"]].to_numpy(dtype=float)
        text = "What one point more is worth today if it is kept up for a year: over all ways to get it."
        least, most, low, high = map(whole, point)
        lines["A point of it"] = (f"{least} to {most}", f"{low} to {high}", text)
    columns = ["Found", RANGE, "What it is"]
    data = pd.DataFrame.from_dict(lines, orient="index", columns=columns).rename_axis("Figure")
    return exhibit(_source(found), said, data=data) if lines else None


def forecast(test: BackTested | None, column: str) -> Exhibit | None:
    """What was observed, what was forecast unseen with its range, and two naive forecasts; None if not tested.

    `column` is revenue, customers or new_customers.
    """
    if test is None or column not in test.basis.columns:
        return None
    part, seen, what = test.forecast.loc[column], test.seen[column], _upper(column.replace("_", " "))
    blank, score = [None] * len(seen), test.basis.columns[column]
    months = [f"{part.index[0] + place:%b %y}" for place in range(-len(seen), len(part))]
    lines = (
        series("observed", [*seen, *part["observed"]]), series("forecast", [*blank, *part["median"]], "muted"),
        *(series(f"{end} end", [*blank, *part[end]], "neutral") for end in ("low", "high")),
    )  # fmt: skip
    said, _, rival = outcome(test.basis, column).partition("; ")
    subtitle = "Customers at the month's end" if column == "customers" else f"{what} a month"
    subtitle += _currency(test.calibration) if column == "revenue" else ""
    chart = Chart("line", tuple(months), lines, f"{subtitle}; the range is to hold 90 % of the months", zero=False,
                  marks=((months[len(seen)], "forecast"),))  # fmt: skip
    inside = f"{what}: {score.inside} of {score.months} months lie in the range"
    text = [f"{inside}. {_upper(rival)}. {_upper(score.label)}."]
    return exhibit(_source(test.calibration), _upper(said), chart, data=pd.DataFrame(part).rename(str), text=text)


def back_test(found: Calibration, test: BackTested | None, why: str = "") -> Exhibit:
    """How forecasts of the months held out did, and what the way of fitting leaves out."""
    said, _, rest = verdict(found, test, why).partition(". ")
    text = [f"{period(test.basis.months)} were kept from it." if test else rest]
    if test and "revenue" in test.basis.columns and not found.buying:
        text.append(
            "Spending has no season and no trend fitted to it, so the range of revenue is somewhat wide where a "
            "year has seasons."
        )
    if found.joint:
        text.append("A fit to monthly totals is of the business as a whole: it ignores segments.")
    return exhibit("", said.rstrip("."), text=text)


_ASKED = {
    "market.referral_share": "Ask new customers how they heard of you: it fixes what word of mouth can do.",
    "word_of_mouth.reach_good": "Ask some customers after a contact how many people they told.",
    "experience.bad_share": "Log what customers experience, or ask a random tenth of them after each contact.",
    RATIO: "Join experiences and departures by customer: how mood goes with leaving matters most and is easiest "
    "to have.",
    "chance": "Let chance decide who is served better for a month: only that tells how much of it is caused.",
    "year": "Keep tables for a year or more, so that a forecast can be tested on months it has not seen.",
    "word_of_mouth.shift_good": "Ask who chose you, and who did not, what they had heard: so far that is a "
    "published figure.",
}
"""What would narrow the answer, by what it would tell, in order."""


def next_steps(found: Calibration) -> Exhibit:
    """What to do next: what would narrow the answer most, first."""
    needless, asked = set(found.used), dict(_ASKED)
    if len(pd.period_range(*found.months, freq="M")) >= MONTHS_PER_YEAR:
        needless.add("year")
    if any(one.why.startswith(DIFFER) for one in missing(found.evaluated.found).values()):
        asked[RATIO] = (
            "Tell customers who stay from those who switch in a column of the customers table, by contract or how "
            "they came, each as a segment: only then can moods be compared."
        )
    steps = [text for key, text in asked.items() if key not in needless]
    if found.needed:
        names = several([name(key) for key in found.needed])
        steps.insert(0, f"Give what only you can know: {names}. `wom calibrate` writes a file with lines for it.")
    last = "Write a plan that extends the calibrated today.yaml, beside it, and run it: `wom run FILE`."
    return exhibit("", "What would narrow the answer most, in this order", text=[*steps, last])
