"""What tables tell of a business, in sentences and tables to read."""

from __future__ import annotations

import pandas as pd

from ..calibration.backtest import BackTested
from ..calibration.estimate import Estimate as Estimate  # of the examples
from ..calibration.estimate import estimates, inside, missing
from ..calibration.leaving import DIFFER
from ..calibration.payments import RETURNING
from ..calibration.result import Calibration
from ..reach import Reach
from ..units import MONTHS_PER_YEAR
from ..words import NARROW, number, percent, several, whole
from .plain import plain
from .standing import span
from .tables import is_share
from .tables import read as read
from .tables import tables as tables
from .tables import written as written
from .uncertainty import bullets as bullets
from .uncertainty import name

EVERYBODY = 100

WITHIN, NAIVE = ("spend_uplift", "spend_cut"), ("naive_spend_uplift", "naive_spend_cut")
"""Names of the two comparisons of spending, each delighted and disappointed."""


def opening(found: Calibration) -> str:
    """How much was found, in one sentence.

    Example:
        >>> from wom.calibration.result import known
        >>> opening(known([Estimate("word_of_mouth.reach_good", 8, 9, 10, "Asked.", 400)]))
        'The tables of Jan 2023 to Dec 2024 tell 1 figure of this business; 21 more they cannot tell'
    """
    return (
        f"The tables of {span(found.months)} tell {_counted(len(found.used))} of this business; "
        f"{whole(len(found.unknown))} more they cannot tell"
    )


def _counted(count: int) -> str:
    return f"{whole(count)} figure{'' if count == 1 else 's'}"


def headline(found: Calibration, tested: BackTested | None = None) -> list[tuple[str, str, str]]:
    """The figures that a reader takes away: label, value and note of each.

    Example:
        >>> from wom.calibration.result import known
        >>> headline(known([Estimate("experience.bad_share", 0.05, 0.06, 0.08, "Asked.", 400)]))[0]
        ('Contacts that go wrong', '6 %', '5 % to 8 %')
    """
    rows: list[tuple[str, str, str]] = []
    for key in _TAKEN_AWAY:
        key = key if key in found.used else inside(key, RETURNING)
        if (one := found.used.get(key)) and len(rows) < (2 if tested else 3):
            low, middle, high = written(one)
            money = str(found.business.get("currency") or "") if key.endswith(_SPENDING) else ""
            rows.append((f"{plain(key)}, {money}" if money else plain(key), middle, f"{low} to {high}"))
    if tested:
        score = tested.basis.columns[tested.basis.deciding]
        rows.append(("Forecast of unseen months, off by", percent(score.error, 2), tested.basis.label))
    return rows or [("Figures found", whole(len(found.used)), f"{whole(len(found.unknown))} cannot be told")]


_SPENDING = "economics.spend_per_customer"
_TAKEN_AWAY = (
    "retention.retention_rate",
    "experience.bad_share",
    "market.referral_share",
    _SPENDING,
)


def figures(found: Calibration, published: bool) -> pd.DataFrame:
    """What was found as a table to read: columns Found, 90 % interval, Published range, Rests on, How.

    Args:
        found: from `wom.calibrate`.
        published: the figures that have a published range; else the others, which only the business can know.

    Example:
        >>> from wom.calibration.result import known
        >>> asked = known([Estimate("word_of_mouth.reach_good", 8, 9, 10, "Asked.", 400)])
        >>> figures(asked, published=True).loc["People told of a good experience", "Found"]
        '9.0'
    """
    table = found.table[found.table["used"] & (found.table["evidence_low"].notna() == published)]
    three = [written(found.used[str(key)]) for key in table.index]
    shown = {
        "Found": [middle.replace(" ", NARROW) for _, middle, _ in three],
        "90 % interval": [
            _span(low, high) if low != high else "set" if found.used[str(key)].fixed else "counted"
            for key, (low, _, high) in zip(table.index, three, strict=True)
        ],
        "Published range": [
            _span(_value(str(key), row["evidence_low"]), _value(str(key), row["evidence_high"]))
            for key, row in table.iterrows()
        ],
        "Rests on": [f"{whole(rows)}{NARROW}rows" for rows in table["rows"]],
        "How": table["how"].tolist(),
    }
    if not published:
        del shown["Published range"]
    return pd.DataFrame(shown, index=pd.Index([plain(str(key)) for key in table.index], name="Figure"))


def _span(low: str, high: str) -> str:
    """An interval in a table's cell, on one line."""
    return f"{low} to {high}".replace(" ", NARROW)


def _value(key: str, value: float) -> str:
    """One value of a figure: a share in percent."""
    if pd.isna(value):
        return ""
    return percent(value, 3) if is_share(key) else number(value)


def own(found: Calibration) -> str:
    """How many of the figures nobody publishes, in a title's length.

    Example:
        >>> from wom.calibration.result import known
        >>> own(known([Estimate("experience.bad_share", 0.05, 0.06, 0.08, "Asked.", 400)]))
        '1 figure that only your own data tell, and what it rests on'
    """
    count = int(found.table.loc[found.table["used"], "evidence_low"].isna().sum())
    return (
        f"{_counted(count)} that only your own data tell, and what {'it rests' if count == 1 else 'they rest'} on"
    )


def unknown(found: Calibration) -> pd.DataFrame:
    """What the tables cannot tell as a table to read: columns Why, Used instead, From.

    Example:
        >>> from wom.calibration.result import known
        >>> unknown(known([])).loc["Talk among equals"].tolist()
        ['Who talks to whom is not seen.', '70 %', 'the\xa0evidence']
    """
    table = found.unknown
    return pd.DataFrame(
        {
            "Why": table["why"].tolist(),
            "Used instead": [_value(str(key), value) for key, value in table["central"].items()],
            "From": [str(place).replace(" ", NARROW) for place in table["from"]],
        },
        index=pd.Index([plain(str(key)) for key in table.index], name="Figure"),
    )


def comparable(found: Calibration) -> bool:
    """Whether any figure was found that has a published range.

    Example:
        >>> from wom.calibration.result import known
        >>> comparable(known([])), comparable(known([Estimate("word_of_mouth.reach_good", 8, 9, 10, "Asked.", 4)]))
        (False, True)
    """
    return bool((found.table["used"] & found.table["evidence_low"].notna()).any())


def ranges(found: Calibration) -> str:
    """How the figures compare with the published ranges, in a title's length.

    Example:
        >>> from wom.calibration.result import known
        >>> ranges(known([Estimate("word_of_mouth.reach_good", 8, 9, 10, "Asked.", 400)]))
        'The one figure found agrees with its published range and is twice as exact'
    """
    table = found.table[found.table["used"] & found.table["evidence_low"].notna()]
    outside = [name(str(key)) for key, text in table["verdict"].items() if "agrees" not in text.split(";")[0]]
    count = len(table)
    if not count:
        return "No figure was found that has a published range"
    if outside:
        named = several(outside[:3]) if len(outside) <= 3 else f"{several(outside[:2])} and others"
        return f"{whole(len(outside))} of {whole(count)} figures lie outside their published range: {named}"
    width = (table["high"] - table["low"]) / (table["evidence_high"] - table["evidence_low"])
    narrower, vague = int((width < 0.5).sum()), int((width > 1.0).sum())
    if count == 1:
        more = " and is twice as exact" if narrower else ", but is less exact" if vague else ""
        return f"The one figure found agrees with its published range{more}"
    more = f", {whole(vague)} less exact" if vague else ""
    return f"All {whole(count)} agree with the published ranges; {whole(narrower)} at least twice as exact{more}"


def moods(found: Calibration) -> str:
    """How mood goes with leaving, in a title's length.

    Example:
        >>> from wom.calibration.result import known
        >>> moods(known([Estimate("retention.disappointed_hazard_ratio", 1.5, 2, 3, "Asked.", 400)]))
        'Disappointed customers leave 2 times as fast as content ones (1.5 to 3)'
        >>> moods(known([Estimate("retention.disappointed_hazard_ratio", 0.8, 1.5, 3, "Asked.", 40)]))
        'Whether disappointed customers leave sooner is not sure: 0.8 to 3 times as fast as content ones'
    """
    known = estimates(found.evaluated.found)
    ratio = known.get("retention.disappointed_hazard_ratio")
    if ratio is None:
        return "How mood goes with leaving cannot be told"
    if ratio.low <= 1.0 <= ratio.high:
        ends = f"{number(ratio.low, 2)} to {number(ratio.high, 2)}"
        return f"Whether disappointed customers leave sooner is not sure: {ends} times as fast as content ones"
    return (
        f"Disappointed customers leave {number(ratio.central, 2)} times as fast as content ones "
        f"({number(ratio.low, 2)} to {number(ratio.high, 2)})"
    )


def finding(found: Calibration) -> str:
    """What is worth knowing first, in one sentence: whether the disappointed leave sooner.

    Example:
        >>> from wom.calibration.result import known
        >>> finding(known([Estimate("retention.disappointed_hazard_ratio", 1.5, 2, 3, "Asked.", 400)]))
        'Disappointed customers leave 2 times as fast as content ones (1.5 to 3)'
        >>> finding(known([]))
        'The tables of Jan 2023 to Dec 2024 tell 0 figures of this business; 21 more they cannot tell'
    """
    known = estimates(found.evaluated.found)
    return moods(found) if "retention.disappointed_hazard_ratio" in known else opening(found)


def lead(found: Calibration) -> str:
    """What a report opens with: the first finding where there is one, and how much was found.

    Example:
        >>> from wom.calibration.result import known
        >>> lead(known([Estimate("retention.disappointed_hazard_ratio", 1.5, 2, 3, "Asked.", 400)])).split(". ")[1]
        'The tables of Jan 2023 to Dec 2024 tell 1 figure of this business; 21 more they cannot tell'
    """
    return ". ".join(dict.fromkeys([finding(found), opening(found)]))


def survival(curve: pd.DataFrame) -> str:
    """How many of a hundred are still there, in a title's length.

    Args:
        curve: from `wom.calibration.retention.Fit.curve`.

    Example:
        >>> survival(pd.DataFrame({"low": [0.3], "central": [0.4], "high": [0.5]}, index=[36]))
        'Of 100 who join, 40 are still customers after 36 months (30 to 50)'
    """
    last = curve.iloc[-1]
    months = int(curve["month"].iloc[-1]) if "month" in curve else int(curve.index[-1])
    low, middle, high = (whole(EVERYBODY * last[part]) for part in ("low", "central", "high"))
    return f"Of 100 who join, {middle} are still customers after {months} months ({low} to {high})"


def uplift(found: Calibration) -> str:
    """What good service adds to spending, and what a naive comparison would say, in a title's length.

    Example:
        >>> from wom.calibration.result import known
        >>> uplift(known([Estimate("spend_uplift", 0.01, 0.05, 0.1, "Asked.", 400)]))
        'Delighted customers spend 1 % to 10 % more than the same people otherwise'
        >>> uplift(known([Estimate("spend_uplift", -0.01, 0.05, 0.12, "Asked.", 400)]))
        'Whether delighted customers spend more is not sure: −1 % to 12 % more than the same people otherwise'
    """
    within = estimates(found.evaluated.found).get(WITHIN[0])
    if within is None:
        return "What mood adds to spending cannot be told"
    more = (
        f"{percent(round(within.low, 2))} to {percent(round(within.high, 2))} more than the same people otherwise"
    )
    if within.low > 0 or within.high < 0:
        return f"Delighted customers spend {more}"
    return f"Whether delighted customers spend more is not sure: {more}"


def reach(found: Calibration) -> str:
    """How many people hear, in a title's length.

    Example:
        >>> from wom.calibration.result import known
        >>> reach(known([Estimate("word_of_mouth.reach_good", 8, 9, 10, "Asked.", 400)]))
        'On average a story is heard: good ones by 9 (8 to 10) people'
    """
    known = estimates(found.evaluated.found)
    good, bad = (known.get(f"word_of_mouth.reach_{tone}") for tone in ("good", "bad"))
    said = [
        f"{tone} ones by {number(one.central, 2)} ({number(one.low, 2)} to {number(one.high, 2)})"
        for tone, one in (("good", good), ("bad", bad))
        if one
    ]
    return f"On average a story is heard: {several(said)} people" if said else "How many hear cannot be told"


def cautions(found: Calibration) -> str:
    """What to know before using any of the figures, as a Markdown list.

    Example:
        >>> from wom.calibration.result import known
        >>> cautions(known([]))
        'Nothing stood out.'
    """
    return bullets(found.warnings) if found.warnings else "Nothing stood out."


def notes(found: Calibration) -> str:
    """What to know of single figures, as a Markdown list.

    Example:
        >>> from wom.calibration.result import known
        >>> notes(known([]))
        'Nothing stood out.'
    """
    same: dict[str, list[str]] = {}
    for key, one in found.used.items():
        same.setdefault(one.note, []).append(name(key))
    said = [f"{several(names)[:1].upper()}{several(names)[1:]}: {note}" for note, names in same.items() if note]
    if not found.needed and (text := found.refused.text):
        said.append(text)
    return bullets(said) if said else "Nothing stood out."


def next_steps(found: Calibration) -> str:
    """What to do next, as a Markdown list: what would narrow the answer most.

    Example:
        >>> from wom.calibration.result import known
        >>> next_steps(known([])).startswith("- Give what only you can know: people who could be customers")
        True
    """
    steps = []
    if found.needed:
        names = several([name(key) for key in found.needed])
        steps.append(f"Give what only you can know: {names}. `wom calibrate` writes a file with lines for it.")
    asked = {
        "market.referral_share": "Ask new customers how they heard of you: it fixes what word of mouth can do.",
        "word_of_mouth.reach_good": "Ask some customers after a visit how many people they told.",
        "experience.bad_share": "Log what customers experience, or ask a random tenth of them after each contact.",
        "retention.disappointed_hazard_ratio": "Join experiences and departures by customer: how mood goes with "
        "leaving is the figure that matters most and is easiest to have.",
    }
    if any(one.why.startswith(DIFFER) for one in missing(found.evaluated.found).values()):
        asked["retention.disappointed_hazard_ratio"] = (
            "Tell customers who stay from those who switch in a column of the customers table, by contract or how "
            "they came, each as a segment: only then can moods be compared."
        )
    steps += [text for key, text in asked.items() if key not in found.used]
    steps.append(
        "Let chance decide who is served better for a month: only that tells how much of the effect is caused."
    )
    if len(pd.period_range(*found.months, freq="M")) < MONTHS_PER_YEAR:
        steps.append("Keep tables for a year or more, so that a forecast can be tested on months it has not seen.")
    if "word_of_mouth.shift_good" not in found.used:
        steps.append(
            "Ask who chose you, and who did not, what they had heard: that figure is a published one so far."
        )
    steps.append(
        "Write a plan that extends the calibrated today.yaml, beside it in its folder, and run it: `wom run FILE`."
    )
    return bullets(steps)


def reach_of(found: Calibration) -> tuple[Reach, Reach] | None:
    """People told of good and of bad experiences as distributions; None unless both were found.

    Example:
        >>> from wom.calibration.result import known
        >>> reach_of(known([])) is None
        True
    """
    known = estimates(found.evaluated.found)
    fits = []
    for tone in ("good", "bad"):
        mean, dispersion = known.get(f"word_of_mouth.reach_{tone}"), known.get(f"dispersion_{tone}")
        if mean is None or dispersion is None:
            return None
        fits.append(Reach(mean.central, dispersion.central))
    return fits[0], fits[1]
