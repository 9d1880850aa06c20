"""What a customer is worth by how they are served, what one bad visit costs, and what nobody sees of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from .._run import Run
from ..analysis import questions
from ..analysis.questions import Aftermath, PerceptionGap
from ..analysis.sensitivity import how
from ..assumptions import by_grade
from ..assumptions import table as figures_of
from ..evidence import figure, records
from ..messages.plain import plain
from ..reach import Reach
from ..scenario import WHOLE, Scenario
from ..words import MINUS, amounts, difference, money, number, percent, several, whole
from ..worth import ReproductionNumber
from .basis import source_line
from .chart import Chart, Role, Series, series
from .exhibit import Exhibit, Figure

SERVED: dict[str, tuple[str, Role]] = {
    "well": ("Always well", "better"),
    "as_now": ("As now", "neutral"),
    "put_right": ("Always badly, put right", "worse_light"),
    "badly": ("Always badly", "worse"),
}
"""Ways of being served: words, and the colour."""
_STATES = {"delighted": "Delighted today", "content": "Content today", "disappointed": "Disappointed today",
           "avoider": "Avoids you today"}  # fmt: skip
_PARTS = {"own_purchases": "Own purchases", "ripple": "Of others, who hear of it", "total": "In all"}
_UNKNOWN = ("retention.disappointed_hazard_ratio", "experience.recovered_share", "word_of_mouth.reach_bad",
            "spending.disappointed_cut", "market.referral_share", "experience.bad_share")  # fmt: skip
"""What the cost of a bad visit hangs on, in the order in which to ask for it."""


def visit(case: Scenario) -> str:
    """What one experience of a customer is called."""
    return "visit" if case.customer_type == "consumer" else "contact"


def over(case: Scenario) -> str:
    """Unit and span of money, as a subtitle has them."""
    return f"{case.currency + ', ' if case.currency else ''}in today's money, over {case.horizon_months} months"


def of(table: pd.DataFrame, kind: str, column: str) -> pd.Series:
    """The rows of one kind, one per segment."""
    return table.loc[table.index.get_level_values(-1) == kind, column].astype(float)


def span(values: pd.Series, currency: str = "", digits: int = 3) -> str:
    """Money of one segment, or from the lowest to the highest of several."""
    low, high = money(float(values.min()), currency, digits), money(float(values.max()), "", digits)
    return low if low.replace(currency, "").strip() == high else f"{low} to {high}"


def labels(table: pd.DataFrame, words: dict[str, Any]) -> tuple[str, ...]:
    """The rows of a table in words, the segment in front where there are several."""
    rows = [row if isinstance(row, tuple) else (row,) for row in table.index]
    return tuple(": ".join([*map(str, row[:-1]), words[row[-1]]]) for row in rows)


# --- the first screen --------------------------------------------------------------------------------------------


def worth(service: pd.DataFrame, experiences: pd.DataFrame, sure: pd.DataFrame, case: Scenario) -> Exhibit:
    """What good service is worth and what one bad visit costs, on one screen.

    Args:
        service, experiences, sure: from `wom.service_worth`, `wom.experience_worth` and `wom.worth_intervals`.
        case: whose they are.
    """
    one, bad, right = visit(case), of(experiences, "bad", "worth"), of(experiences, "recovered", "worth")
    ways = [f"{words.lower()} {span(of(service, kind, 'total'))}" for kind, (words, _) in SERVED.items()]
    lead = f"A customer is worth, in {case.currency + ' ' if case.currency else ''}over {case.horizon_months} months"
    graded = by_grade(case)["parameters"]
    yours, rest = int(graded["yours"]), int(graded.drop("yours").sum())
    prices = f"Up to {span(right - bad, case.currency, 2)} at once to put one bad {one} right, up to "
    changes = f"Putting it right: a bad {one} then costs {span(-right, case.currency, 2)}."
    if (right <= bad).any():
        prices = f"Putting one right costs more than it saves{' in some segments' if len(bad) > 1 else ''}; up to "
        changes = "What it costs to put a visit right: today that is more than it saves."
    return Exhibit(
        _costs(experiences, case),
        text=(f"{lead}, when served {several(ways)}{', by segment' if len(bad) > 1 else ''}.",),
        figures=headline(service, experiences, sure, case),
        answers=(
            ("How sure", f"{whole(yours)} figures are the business's own, {whole(rest)} published or assumed; the "
             "ranges hold nine cases in ten of all of them together."),
            ("Up to which price it pays", f"{prices}{span(-bad, case.currency, 2)} to prevent it."),
            ("What would change it", changes),
            ("What to find out next", _next(case)),
        ),
        source=source_line(case),
    )  # fmt: skip


def headline(
    service: pd.DataFrame, experiences: pd.DataFrame, sure: pd.DataFrame, case: Scenario
) -> tuple[Figure, ...]:
    """Three big numbers, each with its 90 % range, over all segments where there are some."""
    well, bad, made_up = of(service, "well", "total"), -of(experiences, "bad", "worth"), of(experiences, "bad", "good_to_make_up")  # fmt: skip
    one = len(well) == 1

    def shown(label: str, value: str, name: str, middle: pd.Series, side: int, digits: int) -> Figure:
        found = (-1 if side < 0 else 1) * sure.loc[[name], ["low", "high"]].to_numpy(dtype=float)
        low, high = float(found.min()), float(found.max())
        texts = amounts([low, high], digits=digits)
        bar = (low, float(middle.iloc[0]), high) if one and np.isfinite([low, high, middle.iloc[0]]).all() else None
        note = f"90 % range {texts[0]} to {texts[1]}{'' if one else ', over all segments'}"
        return Figure(label, value, note, side if middle.min() > 0 else 0, bar)

    takes = [number(float(edge), 2) for edge in (made_up.min(), made_up.max())]
    return (
        shown("A customer always served well", span(well, case.currency), "well", well, 1, 3),
        shown(f"One bad {visit(case)} costs", span(bad, case.currency, 2), "bad_experience", bad, -1, 2),
        shown("Good ones to make up for it", " to ".join(dict.fromkeys(takes)), "good_to_make_up", made_up, 0, 2),
    )


def _costs(experiences: pd.DataFrame, case: Scenario) -> str:
    """What one bad visit costs and the good ones it takes, in a heading's length."""
    bad, takes = of(experiences, "bad", "worth"), of(experiences, "bad", "good_to_make_up")
    one = visit(case)
    if (bad >= 0).all():
        return f"A bad {one} costs nothing here"
    if len(bad) > 1 or not math.isfinite(takes.iloc[0]):
        return f"One bad {one} costs {span(-bad, case.currency, 2)}"
    return f"One bad {one} costs what {number(takes.iloc[0], 2)} good ones bring"


def _next(case: Scenario) -> str:
    """The first figure that the business has not found out itself, and how it can."""
    known = figures_of(case)["grade"]
    keys = [key for key in _UNKNOWN if (known.index.str.endswith(key) & (known != "yours")).any()]
    key = keys[0] if keys else _UNKNOWN[-1]
    return f"{plain(key)}: {how(key)}{'' if keys else ', again'}."


# --- customers and visits ----------------------------------------------------------------------------------------


def served(service: pd.DataFrame, case: Scenario) -> Exhibit:
    """What a customer is worth by how they are always served."""
    well, badly = of(service, "well", "total"), of(service, "badly", "total")
    said = (
        f"Always served well, a customer is worth {span(well, case.currency)}; always badly, {span(badly)}"
        if len(well) == 1
        else f"Good service instead of bad makes a customer worth {span(_less(well, badly), case.currency)} more"
    )
    words = {kind: text for kind, (text, _) in SERVED.items()}
    roles = [SERVED[kind][1] for kind in service.index.get_level_values(-1)]
    return bars(service, "total", labels(service, words), said, f"One customer more, {over(case)}", case, roles)


def _less(first: pd.Series, second: pd.Series) -> pd.Series:
    return pd.Series(first.to_numpy() - second.to_numpy())


def bars(
    table: pd.DataFrame, column: str, rows: Sequence[str], said: str, subtitle: str, case: Scenario,
    roles: Sequence[Role] = (), name: str = "worth",
) -> Exhibit:  # fmt: skip
    """One sum of money per row, in the colour of a gain or a loss where no other is given."""
    values = table[column].astype(float)
    colours = roles or ["better" if value >= 0 else "worse" for value in values]
    texts = tuple(amounts(values.tolist(), digits=3))
    chart = Chart("bars", tuple(rows), (series(name, values, roles=colours),), subtitle, labels=texts)
    told = "; ".join(f"{row} {text}" for row, text in zip(rows, texts, strict=True))
    return Exhibit(said, chart, table, f"Bars. {told}.", source_line(case))


def slices(service: pd.DataFrame, experiences: pd.DataFrame, case: Scenario) -> Exhibit | None:
    """What one bad visit takes of what a customer always served well is worth; None where that cannot be said."""
    well, bad = of(service, "well", "total"), of(experiences, "bad", "worth")
    shares = -bad.to_numpy() / np.where(well > 0, well, np.nan)
    if not ((shares > 0) & (shares < 1)).all():
        return None
    one = visit(case)
    low, high = (percent(float(edge)) for edge in (shares.min(), shares.max()))
    said = f"One bad {one} takes {low if low == high else f'{low} to {high}'} of what good service makes a customer worth"
    rows = tuple(str(row[0]) for row in well.index) if len(well) > 1 else ("A customer always served well",)
    parts = (series(f"gone with one bad {one}", -bad, "worse"), series("left", well.to_numpy() + bad.to_numpy(), "better"))
    texts = tuple(
        f"{gone} of {all_}" for gone, all_ in zip(amounts((-bad).tolist(), digits=2), amounts(well.tolist(), digits=3), strict=True)
    )
    chart = Chart("stacked_bars", rows, parts, over(case)[:1].upper() + over(case)[1:], labels=texts)
    return Exhibit(said, chart, alt=f"Bars, a slice of each gone: {'; '.join(texts)}.", source=source_line(case))


def bad_visit(experiences: pd.DataFrame, case: Scenario) -> Exhibit:
    """Where the money of one bad visit goes: that customer's, and of those who hear of it."""
    bad = experiences[experiences.index.get_level_values(-1) == "bad"]
    own, others = -bad["own_purchases"].astype(float), -bad["ripple"].astype(float)
    one, rows = visit(case), tuple(str(row[0]) if isinstance(row, tuple) else f"One bad {visit(case)}" for row in bad.index)
    total, first, second = amounts([float(part.iloc[0]) for part in (own + others, own, others)], digits=2)
    money_of = f"{case.currency} " if case.currency else ""
    said = f"One bad {one} costs {span(own + others, case.currency, 2)}"
    said += f": {first} with that customer, {second} with those who hear of it" if len(bad) == 1 else ", by segment"
    del total, money_of
    parts = (series("that customer", own, "worse"), series("those who hear of it", others, "worse_light"))
    texts = tuple(amounts((own + others).tolist(), digits=2))
    chart = Chart("stacked_bars", rows, parts, f"Lost with one bad {one}, {over(case)}", labels=texts)
    return Exhibit(said, chart, experiences, f"Bars in two parts. {said}.", source_line(case))


def put_right(table: pd.DataFrame, case: Scenario) -> Exhibit:
    """What it may cost to put one bad visit right, and to prevent it.

    Args:
        table: from `wom.questions.service_recovery`.
        case: whose it is.
    """
    shown = pd.DataFrame(
        {
            "Left as it is": -table["bad"],
            "Put right": -table["recovered"],
            "Putting right is worth": table["putting_right"],
            "Undone": table["undone"],
        }
    ).rename(index={WHOLE: f"One bad {visit(case)} costs"})
    right, prevent = (span(table[name], case.currency, 2) for name in ("putting_right", "preventing"))
    said = f"Putting one bad {visit(case)} right is worth {right}, preventing it {prevent}"
    form = {name: "{:,.2f}" if table["bad"].abs().max() < 1000 else "{:,.0f}" for name in list(shown)[:3]}
    return Exhibit(said, data=shown.rename_axis(case.currency), source=source_line(case), formats=form | {"Undone": "{:.0%}"})


def by_mood(customers: pd.DataFrame, case: Scenario) -> Exhibit:
    """One customer more in each mood of today, served as all others from then on."""
    happy = span(of(customers, "delighted", "total"), case.currency)
    shown = customers.rename(index=_STATES).rename(columns=_PARTS)
    return Exhibit(
        f"A mood fades: one customer more who is delighted today is worth {happy}", data=shown,
        source=source_line(case), appendix=True, formats=dict.fromkeys(shown, "{:,.0f}"),
    )  # fmt: skip


def served_table(service: pd.DataFrame, case: Scenario) -> Exhibit:
    """Worth of one customer more by how they are served: own purchases, and those of others."""
    shown = service.rename(index={kind: text for kind, (text, _) in SERVED.items()}).rename(columns=_PARTS)
    said = f"One customer more, by how they are always served, {over(case)}"
    return Exhibit(said, data=shown, source=source_line(case), appendix=True, formats=dict.fromkeys(shown, "{:,.0f}"))


_NAMES = {name: f"A customer served {words[:1].lower()}{words[1:]}" for name, (words, _) in SERVED.items()} | {
    "happy_customer": "A customer delighted today",
    "bad_experience": "One bad visit more",
    "good_to_make_up": "Good ones to make up for it",
}


def sure(intervals: pd.DataFrame, case: Scenario) -> Exhibit:
    """Each worth with the range that holds nine cases in ten.

    Args:
        intervals: from `wom.worth_intervals`.
        case: whose they are.
    """
    shown = intervals.rename(index=_NAMES).rename(columns={"low": "90 % from", "median": "Middle", "high": "90 % to"})
    said = "How sure: what holds nine cases in ten of all that is uncertain, together"
    return Exhibit(said, data=shown, source=source_line(case), appendix=True)


# --- word of mouth -----------------------------------------------------------------------------------------------


def brought(found: ReproductionNumber) -> Exhibit:
    """How many new customers one new customer brings."""
    return Exhibit(str(found).partition(", ")[0].rstrip("."), text=(str(found),))


def anyway(run: Run) -> Exhibit | None:
    """Why most who hear would have come anyway: a hundred new customers of today; None where nobody comes.

    Args:
        run: from `wom.simulate`.
    """
    month = run.monthly.iloc[0]
    coming = float(month["new_customers"])
    if coming <= 0:
        return None
    told = min(max(100 * float(month["recommended_customers"]) / coming, 0.0), 100.0)
    won = min(max(100 * float(month["incremental_customers"]) / coming, 0.0), told)
    told, won = round(told), min(round(won), round(told))
    chart = Chart(
        "people",
        ("came because of it", "recommended, would have come anyway", "came without a recommendation"),
        (series("of 100 new customers", (won, told - won, 100 - told), roles=("better", "better_light", "faint")),),
        "100 new customers of today", form="plain",
    )  # fmt: skip
    said = f"Of 100 new customers {told} were recommended, and {won or 'hardly one'} came because of it"
    note = "Who would have chosen you anyway is no gain: whoever is told what they were about to do decides nothing new."
    known = figures_of(run.scenario)["grade"]
    estimated = "" if known.get("word_of_mouth.shift_good") == "yours" else (
        " How many came because of it is estimated with published shifts in choice."
    )  # fmt: skip
    return Exhibit(
        said, chart, alt=f"A hundred people. {said}.", source=source_line(run.scenario) + estimated, text=(note,)
    )


def reach(good: Reach, bad: Reach, source: str) -> Exhibit:
    """How many people hear of one experience.

    Args:
        good, bad: from `wom.reach`.
        source: where the two come from.
    """
    edges = [-1, 0, 5, 10, 20, 40]
    names = ("nobody", "1 to 5", "6 to 10", "11 to 20", "21 to 40", "over 40")
    drawn = []
    for tone, one, role in (("good", good, "better"), ("bad", bad, "worse")):
        above = np.array([1.0, *(one.share_above(edge) for edge in edges[1:]), 0.0])
        drawn.append(series(f"{tone}, {one.mean:.2g} on average", 100 * -np.diff(above), role))  # type: ignore[arg-type]
    first, second = (f"{100 * one.told_nobody:.0f}" for one in (good, bad))
    said = f"Averages of {good.mean:.2g} and {bad.mean:.2g} hide that many tell nobody and a few tell dozens"
    told = f"Nobody hears of {first} in 100 good ones and of {second} in 100 bad ones."
    chart = Chart("columns", names, tuple(drawn), "Of 100 experiences, how many are told to so many people", form="plain")
    return Exhibit(said, chart, alt=f"Columns by the number of people told. {told}", source=source, text=(told,))


# --- what is believed, seen and risked ---------------------------------------------------------------------------


def perception(case: Scenario, good: float | None, bad: float | None) -> Exhibit | None:
    """What management's own belief would bring beside what customers say; None unless both figures were given."""
    if good is None or bad is None:
        return None
    return believed(questions.perception_gap(case, good, bad))


def believed(gap: PerceptionGap) -> Exhibit:
    """The same, of a gap from `wom.questions.perception_gap`."""
    table, case = gap.table, gap.scenario
    rows = [(name, row, says) for name in ("good", "bad") for row, says in (("believed", "management"), ("customers_say", "customers"))]
    shares = [float(table.loc[row, f"{name}_share"]) for name, row, _ in rows]
    roles: list[Role] = ["neutral", "better", "neutral", "worse"]
    names = tuple(f"{name.capitalize()}, as {says} say{'s' if says == 'management' else ''}" for name, _, says in rows)
    chart = Chart("bars", names, (series("share of contacts", shares, roles=roles),), "Share of contacts", form="share",
                  labels=tuple(map(percent, shares)))  # fmt: skip
    apart = difference(float(table.loc["believed", "npv"]), float(table.loc["customers_say", "npv"]), case.currency)[2]
    apart, more = apart.removeprefix(MINUS), "more" if table.loc["gap", "npv"] >= 0 else "less"
    said = f"What management believes would bring {apart} {more} than what customers say"
    if apart.endswith(" 0") or apart == "0":
        said = "What management believes and what customers say bring the same"
    return Exhibit(said, chart, table, f"Bars. {said}.", source_line(case), belief_notes(), (str(gap),))


def belief_notes() -> str:
    """What the published survey of belief found, said to be its own."""
    firms, customers = (figure(f"perception_gap_{name}") for name in ("firms", "customers"))
    found = (
        f"Elsewhere ({firms.source}): {100 * (firms.central or 0):.0f} of 100 firms believed that they excel, and "
        f"customers agreed of {100 * (customers.central or 0):.0f}."
    )
    return " ".join([found, *(f"{one.caution.rstrip('.')}." for one in (firms, customers))])


def iceberg(case: Scenario, complaints: float = 0.0) -> Exhibit | None:
    """Bad visits that nobody reports, never more than there are: for complaints that were counted, or by the rates
    that others found; None where nothing bad happens.

    unseen = bad visits a month − complaints

    Args:
        case: today's customers, contacts and bad share give the bad visits.
        complaints: counted in a month over the whole business; 0 if nobody did.
    """
    one, today = visit(case), case.inputs().parameters
    bad = today["market.customers"] * today["experience.contacts_per_month"] * today["experience.bad_share"]
    there = float(bad.sum(axis=0)[0])
    if there <= 0:
        return None
    if complaints > there:
        said = f"{number(complaints)} complaints a month are more than the {number(there)} bad {one}s that customers tell of"
        return Exhibit(said, text=("One of the two counts is wrong, most likely the share of bad ones.",))
    rates = figure("complaint_rate")
    shares = [complaints / there] if complaints else [rates.high or 0, questions.published("iceberg_visible"), rates.low or 0]
    rows = pd.concat([questions.iceberg(share * there, share, case).loc[["given"]] for share in shares], ignore_index=True)
    rows["complaints"] = rows["bad_experiences"] - rows["unseen"]
    unseen = [whole(value) if there >= 10 else number(value, 2) for value in rows["unseen"]]
    said = f"Of {number(there)} bad {one}s a month, nobody reports {' to '.join(dict.fromkeys([unseen[0], unseen[-1]]))}"
    names = tuple(f"{percent(share)} complain" for share in shares)
    drawn = (series("reported", rows["complaints"], "ink"), series("not reported", rows["unseen"], "faint"))
    costs = [money(value, case.currency) for value in rows["unseen_cost"]]
    chart = Chart("stacked_bars", names, drawn, f"Bad {one}s a month", form="plain",
                  labels=tuple(f"{count} unseen" for count in unseen))  # fmt: skip
    said_cost = (
        f"Those neither reported nor put right cost {' to '.join(dict.fromkeys([costs[0], costs[-1]]))} in "
        f"{case.horizon_months} months, in today's money."
    )
    basis = "" if complaints else f" Nobody counted complaints here: the rates are others' ({rates.source})."
    return Exhibit(said, chart, rows.set_index("complaint_rate"), f"Bars in two parts. {said}.",
                   source_line(case) + basis, text=(said_cost,))  # fmt: skip


def aftermath(event: Aftermath, *others: Aftermath) -> Exhibit:
    """What an event costs at once and afterwards, month by month; others are said below."""
    case, loss = event.run.scenario, event.monthly["contribution"].astype(float)
    calendar = event.run.inputs.calendar
    verb = "costs" if event.npv <= 0 else "brings"
    size = money(abs(event.npv), case.currency)
    said = f"{event.name} {verb} {size}"
    if event.npv and 0 < (later := event.afterwards / event.npv) < 1:
        said += f", {percent(later)} of it after the month itself"
    roles: list[Role] = [
        ("worse" if value < 0 else "better") if place == event.month else "worse_light" if value < 0 else "better_light"
        for place, value in enumerate(loss)
    ]  # type: ignore[misc]
    drawn = (series("contribution", loss, roles=roles),)
    subtitle = f"Contribution a month with the event less without it{', ' + case.currency if case.currency else ''}"
    chart = Chart("columns", tuple(calendar.labels(len(loss))), drawn, subtitle, form="change",
                  axis="" if calendar.first else "Month")  # fmt: skip
    told = tuple(str(one) for one in (event, *others))
    return Exhibit(said, chart, event.monthly[["contribution"]], f"Columns by month. {told[0]}", source_line(case), text=told)


def segments(table: pd.DataFrame, case: Scenario) -> Exhibit | None:
    """Whom to serve: what each segment brings with all that its customers tell; None for a business in one piece.

    Args:
        table: from `wom.questions.whom_to_serve`.
        case: whose it is.
    """
    if len(table) == 1:
        return None
    losers = [str(name) for name in table.index[table["costs_more_than_it_brings"]]]
    talk = [str(name) for name in table.index[table["word_of_mouth"] < 0]]
    verb = "cost more than they bring" if len(losers) > 1 else "costs more than it brings"
    said = f"{several(losers)} {verb}" if losers else "Every segment brings more than it costs"
    said = f"{said[:1].upper()}{said[1:]}" + (f"; the talk of {several(talk)} costs money" if talk else "")
    shown = bars(table, "with_word_of_mouth", [str(name) for name in table.index], said, f"Worth of serving each segment, {over(case)}", case)  # fmt: skip
    return shown


def published(*views: str) -> Exhibit:
    """What others found that stands beside some views, each with its caution.

    Args:
        views: as the evidence calls them, such as service recovery.
    """
    uses = {f"view: {view}" for view in views}
    found = [one for one in records() if one.parameter is None and uses & set(one.used_in.split("; "))]
    rows = {one.figure.rstrip("."): (one.source or "no source", one.grade, one.caution) for one in found}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["Source", "Grade", "Caution"])
    return Exhibit("What others found elsewhere", data=table.rename_axis("Finding"), appendix=True)
