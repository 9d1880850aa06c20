"""What tables tell of a business, in sentences and tables to read."""

from __future__ import annotations

import pandas as pd

from ..calibration.backtest import BackTested
from ..calibration.estimate import Estimate, estimates
from ..calibration.result import Calibration
from ..reach import Reach
from ..words import NARROW, number, percent, several, whole
from .standing import outcome, span
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
        >>> headline(known([Estimate("experience.bad_share", 0.05, 0.06, 0.08, "Asked.", 400)]))[1]
        ('Contacts that go wrong', '6 %', '5 % to 8 %')
    """
    wanted = (
        ("retention.retention_rate", "Customers who stay for a month", percent),
        ("experience.bad_share", "Contacts that go wrong", percent),
        ("market.referral_share", "New customers by recommendation", percent),
        ("economics.spend_per_customer", "Spending per customer and month", number),
    )
    rows = [("Figures found", whole(len(found.used)), f"{whole(len(found.unknown))} cannot be told")]
    for key, label, show in wanted:
        if (one := found.used.get(key)) and len(rows) < (2 if tested else 3):
            rows.append((label, show(one.central, 3), f"{show(one.low, 3)} to {show(one.high, 3)}"))
    if tested:
        test = tested.basis
        expected = f"{percent(test.level)} expected"
        rows.append(("Months inside the forecast's band", percent(test.coverage), expected))
    return rows


def figures(found: Calibration) -> pd.DataFrame:
    """What was found as a table to read: columns Found, 90 % interval, Published range, Rests on, How.

    Example:
        >>> from wom.calibration.result import known
        >>> table = figures(known([Estimate("word_of_mouth.reach_good", 8, 9, 10, "Asked.", 400)]))
        >>> table.loc["Reach good", "Found"]
        '9'
    """
    table = found.table[found.table["used"]]
    ranged = [
        f"{number(low)}{NARROW}–{NARROW}{number(high)}" if low < high else "counted"
        for low, high in zip(table["low"], table["high"], strict=True)
    ]
    published = [
        f"{number(low)}{NARROW}–{NARROW}{number(high)}" if pd.notna(low) else ""
        for low, high in zip(table["evidence_low"], table["evidence_high"], strict=True)
    ]
    return pd.DataFrame(
        {
            "Found": [
                number(value) if low < high else whole(value)
                for low, value, high in zip(table["low"], table["central"], table["high"], strict=True)
            ],
            "90 % interval": ranged,
            "Published range": published,
            "Rests on": [whole(rows) for rows in table["rows"]],
            "How": table["how"].tolist(),
        },
        index=pd.Index([_label(str(key)) for key in table.index], name="Figure"),
    )


def unknown(found: Calibration) -> pd.DataFrame:
    """What the tables cannot tell as a table to read: columns Why, Used instead, From.

    Example:
        >>> from wom.calibration.result import known
        >>> unknown(known([])).loc["Homophily"].tolist()
        ['Who talks to whom is not seen.', '0.7', 'the evidence']
    """
    table = found.unknown
    return pd.DataFrame(
        {
            "Why": table["why"].tolist(),
            "Used instead": ["" if pd.isna(value) else number(value) for value in table["central"]],
            "From": table["from"].tolist(),
        },
        index=pd.Index([_label(str(key)) for key in table.index], name="Figure"),
    )


def _label(key: str) -> str:
    *places, section, last = key.split(".")
    text = name(f"{section}.{last}")
    owner = f" ({places[1]})" if places else ""
    return text[:1].upper() + text[1:] + owner


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
    narrower = int((width < 0.5).sum())
    if count == 1:
        return (
            f"The one figure found agrees with its published range{' and is twice as exact' if narrower else ''}"
        )
    return f"All {whole(count)} agree with the published ranges; {whole(narrower)} are at least twice as exact"


def moods(found: Calibration) -> str:
    """How mood goes with leaving, in a title's length.

    Example:
        >>> from wom.calibration.result import known
        >>> moods(known([Estimate("retention.disappointed_hazard_ratio", 1.5, 2, 3, "Asked.", 400)]))
        'Disappointed customers leave 2 times as fast as content ones (1.5 to 3)'
    """
    known = estimates(found.evaluated.found)
    ratio = known.get("retention.disappointed_hazard_ratio")
    if ratio is None:
        return "How mood goes with leaving cannot be told"
    return (
        f"Disappointed customers leave {number(ratio.central, 2)} times as fast as content ones "
        f"({number(ratio.low, 2)} to {number(ratio.high, 2)})"
    )


def survival(curve: pd.DataFrame) -> str:
    """How many of a hundred are still there, in a title's length.

    Args:
        curve: from `wom.calibration.sbg.Fit.curve`.

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
    """
    known = estimates(found.evaluated.found)
    within, wrong = known.get(WITHIN[0]), known.get(NAIVE[0])
    if within is None:
        return "What mood adds to spending cannot be told"
    said = f"Delighted customers spend {_points(within)} more than the same people otherwise"
    return f"{said}; comparing others says {_percent(wrong.central)}" if wrong else said


def _points(one: Estimate) -> str:
    return f"{_percent(one.low)} to {_percent(one.high)}"


def _percent(share: float) -> str:
    return percent(round(share, 3), 2)


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
    return f"On average a story is heard: {several(said)} people" if said else "How many hear is not told"


def back_test(tested: BackTested, column: str) -> str:
    """How a column was forecast, in a title's length.

    Example:
        >>> from wom.calibration.result import known
        >>> part = pd.DataFrame({"observed": [10.0, 20.0], "low": [8.0, 10.0], "median": [10.0, 14.0],
        ...     "high": [12.0, 18.0], "last_year": [15.0, 15.0], "trend": [10.0, 17.0]},
        ...     index=pd.period_range("2024-01", periods=2, freq="M"))
        >>> forecast = pd.concat({"revenue": part}, names=["column", "month"])
        >>> tested = BackTested(known([]), part[["observed"]].set_axis(["revenue"], axis=1), forecast)
        >>> back_test(tested, "revenue")
        'Revenue: 50 % of months inside the 90 % band, behind naive forecasts (20 % off against 10 %)'
    """
    score = tested.basis.columns[column]
    what = column.replace("_", " ").capitalize()
    inside = f"{percent(score.coverage)} of months inside the 90 % band"
    best = min(score.last_year, score.trend)
    better = (
        "nearer than" if score.error < 0.95 * best else "as near as" if score.error < 1.05 * best else "behind"
    )
    return f"{what}: {inside}, {better} naive forecasts ({percent(score.error)} off against {percent(best)})"


def scores(tested: BackTested) -> pd.DataFrame:
    """A back-test as a table to read.

    Example:
        >>> from wom.calibration.result import known
        >>> part = pd.DataFrame({"observed": [10.0, 20.0], "low": [8.0, 10.0], "median": [10.0, 14.0],
        ...     "high": [12.0, 18.0], "last_year": [15.0, 15.0], "trend": [10.0, 17.0]},
        ...     index=pd.period_range("2024-01", periods=2, freq="M"))
        >>> forecast = pd.concat({"revenue": part}, names=["column", "month"])
        >>> tested = BackTested(known([]), part[["observed"]].set_axis(["revenue"], axis=1), forecast)
        >>> scores(tested).loc["Revenue"].tolist()
        ['50 %', '20 %', '33 %', '10 %']
    """
    table = tested.scores
    return pd.DataFrame(
        {
            "Months in the band": [percent(value) for value in table["coverage"]],
            "Off by": [percent(value) for value in table["error"]],
            "Last year's mean": [percent(value) for value in table["last_year"]],
            "Straight line": [percent(value) for value in table["trend"]],
        },
        index=pd.Index([str(key).replace("_", " ").capitalize() for key in table.index], name="Forecast of"),
    )


def verdict(found: Calibration, tested: BackTested | None) -> str:
    """How the back-test went, in a sentence, or why there is none.

    Example:
        >>> from wom.calibration.result import known
        >>> verdict(known([]), None)
        'Not back-tested: the business file must give more figures first.'
    """
    if tested is None and found.needed:
        return "Not back-tested: the business file must give more figures first."
    if tested is None:
        return "Not back-tested: that needs twelve months of payments, customers or totals."
    text = outcome(tested.basis)
    return f"{text[:1].upper()}{text[1:]}."


def notes(found: Calibration) -> str:
    """What to know before using the figures, as a Markdown list.

    Example:
        >>> from wom.calibration.result import known
        >>> notes(known([]))
        'Nothing stood out.'
    """
    said = [*found.warnings]
    same: dict[str, list[str]] = {}
    for key, one in found.used.items():
        same.setdefault(one.note, []).append(name(key) if "segments." not in key else _label(key))
    said += [f"{several(names)[:1].upper()}{several(names)[1:]}: {note}" for note, names in same.items() if note]
    if not found.needed and (text := found.refused.text):
        said.append(f"{text}.")
    return bullets(said) if said else "Nothing stood out."


def next_steps(found: Calibration) -> str:
    """What to do next, as a Markdown list: what would narrow the answer most.

    Example:
        >>> from wom.calibration.result import known
        >>> next_steps(known([])).startswith("- Give what only you can know: size")
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
    steps += [text for key, text in asked.items() if key not in found.used]
    steps.append(
        "Let chance decide who is served better for a month: only that tells how much of the effect is caused."
    )
    if found.back_test is None:
        steps.append("Keep tables for a year or more, so that a forecast can be tested on months it has not seen.")
    steps.append("Write a plan that extends the calibrated today.yaml, and run it: `wom run plan.yaml`.")
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
