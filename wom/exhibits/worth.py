"""What a customer is worth by how they are served, what one bad visit costs, and what nobody sees of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from .._run import Run
from ..analysis import questions
from ..analysis.sensitivity import how
from ..assumptions import by_grade
from ..assumptions import table as figures_of
from ..evidence import figure, records
from ..messages.plain import plain
from ..reach import Reach
from ..scenario import WHOLE, Scenario
from ..words import MINUS, NARROW, amounts, difference, money, number, percent, several, whole
from ..worth import ReproductionNumber
from .basis import source_line
from .chart import MONTHS, Chart, Kind, Role, Series, series
from .exhibit import Exhibit, Figure

SERVED: dict[str, tuple[str, Role]] = {
    "well": ("Always well", "better"),
    "as_now": ("As now", "neutral"),
    "put_right": ("Always badly, put right", "worse_light"),
    "badly": ("Always badly", "worse"),
}
"""Ways of being served: words, and the colour."""
_WORDS = {"delighted": "Delighted today", "content": "Content today", "disappointed": "Disappointed today",
          "avoider": "Avoids the business today"}  # fmt: skip
_PARTS = {"own_purchases": "Own purchases", "ripple": "Of others, by talk", "total": "In all"}
_SURE = {name: f"A customer served {words.lower()}" for name, (words, _) in SERVED.items()} | {
    "happy_customer": "A customer delighted today",
    "bad_experience": "One bad experience more",
    "good_to_make_up": "Good ones to make up for it",
}
_ASK = ("retention.disappointed_hazard_ratio", "experience.recovered_share", "word_of_mouth.reach_bad",
        "spending.disappointed_cut", "market.referral_share", "experience.bad_share")  # fmt: skip
"""What the cost of a bad visit hangs on, in the order in which to ask for it."""
_SMALL = 0.1
"""A share of a customer's worth that calls for a bridge to what word of mouth does for the whole business."""


def visit(case: Scenario) -> str:
    """What one experience of a customer is called."""
    return "visit" if case.customer_type == "consumer" else "contact"


def over(case: Scenario) -> str:
    """Unit and span of money, as a subtitle has them."""
    return f"{case.currency + ', ' if case.currency else ''}in today's money, over {case.horizon_months} months"


def of(table: pd.DataFrame, kind: str, column: str = "worth") -> pd.Series:
    """The rows of one kind by segment."""
    found = table.loc[table.index.get_level_values(-1) == kind, column].astype(float)
    return found.droplevel(-1) if found.index.nlevels > 1 else found.set_axis([WHOLE])


def span(values: Iterable[float], currency: str = "", digits: int = 3) -> str:
    """Money of one segment, or from the lowest to the highest of several."""
    every = list(values)
    low, high = money(min(every), currency, digits), money(max(every), "", digits)
    return low if money(min(every), "", digits) == high else f"{low} to {high}"


def borrowed(case: Scenario, *keys: str) -> str:
    """Which of some figures are not the business's own, in a sentence; empty if all are."""
    others = figures_of(case).query("grade != 'yours'").index
    names = [plain(key) for key in keys if any(str(row).endswith(key) for row in others)]
    listed = several([name[:1].lower() + name[1:] for name in names])
    return f" Published or assumed, not the business's own: {listed}." if names else ""


def rows(
    kind: Kind, names: Iterable[str], parts: Iterable[Series], said: str, subtitle: str, source: str,
    texts: Sequence[str] = (), *, data: pd.DataFrame | None = None, notes: str = "", text: tuple[str, ...] = (),
    **more: Any,
) -> Exhibit:  # fmt: skip
    """A chart whose rows have a name and a text each; both together describe it to who cannot see it."""
    chart = Chart(kind, tuple(names), tuple(parts), subtitle, labels=tuple(texts), **more)
    told = "; ".join(map(" ".join, zip(map(str, chart.categories), texts, strict=False)))
    return Exhibit(
        said, chart, data, f"{subtitle}: {told}." if told else f"{subtitle}. {said}.", source, notes, text
    )


# --- the first screen --------------------------------------------------------------------------------------------


def worth(service: pd.DataFrame, experiences: pd.DataFrame, sure: pd.DataFrame, case: Scenario) -> Exhibit:
    """What good service is worth and what one bad visit costs, on one screen.

    Args:
        service, experiences, sure: from `wom.service_worth`, `wom.experience_worth` and `wom.worth_intervals`.
        case: whose they are.
    """
    one, currency = visit(case), case.currency
    bad, right = of(experiences, "bad"), of(experiences, "recovered")
    well, now, put_right, badly = (span(of(service, kind, "total")) for kind in SERVED)
    grades = by_grade(case)["parameters"]
    own, others = whole(grades["yours"]), whole(grades.drop("yours").sum())
    prevent, cure = span(-bad, currency, 2), span(right - bad, currency, 2)
    pays = bool((right > bad).all())
    return Exhibit(
        _costs(experiences, case),
        text=(
            f"Always served well, a customer is worth {currency + NARROW if currency else ''}{well} in "
            f"{case.horizon_months} months; as now, {now}; always badly, {badly}; badly, but always put right, "
            f"{put_right}.",
        ),
        figures=headline(service, experiences, sure, case),
        answers=(
            ("How sure", f"{own} figures are the business's own, {others} published or assumed. The ranges hold "
             "nine cases in ten of all of them together."),
            ("Up to which price it pays", f"{prevent} to prevent one bad {one}"
             + (f", {cure} to put it right at once." if pays else ".")),
            ("What would change it", f"Putting it right: a bad {one} then costs {span(-right, currency, 2)}."
             if pays else "The cost of putting it right: today that is more than it saves."),
            ("What to find out next", _ask(case)),
        ),
        source=source_line(case),
    )  # fmt: skip


def headline(
    service: pd.DataFrame, experiences: pd.DataFrame, sure: pd.DataFrame, case: Scenario
) -> tuple[Figure, ...]:
    """Three big numbers, each with its 90 % range, over all segments where there are some."""

    def shown(label: str, value: str, name: str, middle: pd.Series, side: int, digits: int) -> Figure:
        ends = (-1 if side < 0 else 1) * sure.loc[[name], ["low", "high"]].to_numpy(dtype=float)
        low, high = float(ends.min()), float(ends.max())
        one = len(middle) == 1
        texts = amounts([low, high], digits=digits)
        note = f"90 % range {texts[0]} to {texts[1]}{'' if one else ', over all segments'}"
        bar = (
            (low, float(middle.iloc[0]), high) if one and np.isfinite([low, middle.iloc[0], high]).all() else None
        )
        return Figure(label, value, note, side if middle.min() > 0 else 0, bar)

    well, bad, takes = (
        of(service, "well", "total"),
        -of(experiences, "bad"),
        of(experiences, "bad", "good_to_make_up"),
    )
    many = " to ".join(dict.fromkeys(number(end, 2) for end in (takes.min(), takes.max())))
    return (
        shown("A customer always served well", span(well, case.currency), "well", well, 1, 3),
        shown(f"One bad {visit(case)} costs", span(bad, case.currency, 2), "bad_experience", bad, -1, 2),
        shown("Good ones to make up for it", many, "good_to_make_up", takes, 0, 2),
    )


def _costs(experiences: pd.DataFrame, case: Scenario) -> str:
    """What one bad visit costs, or the good ones it takes, in a heading's length."""
    bad, takes = of(experiences, "bad"), of(experiences, "bad", "good_to_make_up")
    if (bad >= 0).all():
        return f"A bad {visit(case)} costs nothing here"
    if len(bad) > 1 or not math.isfinite(takes.iloc[0]):
        return f"One bad {visit(case)} costs {span(-bad, case.currency, 2)}"
    return f"One bad {visit(case)} costs what {number(takes.iloc[0], 2)} good ones bring"


def _ask(case: Scenario) -> str:
    """The first figure that the business has not found out itself, and how it can."""
    key = next((key for key in _ASK if borrowed(case, key)), _ASK[-1])
    return f"{plain(key)}: {how(key)}."


# --- customers and visits ----------------------------------------------------------------------------------------


def bars(
    table: pd.DataFrame, column: str, said: str, subtitle: str, case: Scenario, roles: Sequence[Role] = ()
) -> Exhibit:
    """One sum of money per row, in the colour of a gain or a loss where no other is given."""
    values = table[column].astype(float).tolist()
    colours = roles or ["better" if value >= 0 else "worse" for value in values]
    names = [": ".join(map(str, row)) if isinstance(row, tuple) else str(row) for row in table.index]
    drawn = series(column.replace("_", " "), values, roles=colours)
    return rows(
        "bars",
        names,
        [drawn],
        said,
        f"{subtitle}, {over(case)}",
        source_line(case),
        amounts(values, digits=3),
        data=table,
    )


def served(service: pd.DataFrame, case: Scenario) -> Exhibit:
    """What a customer is worth by how they are always served."""
    well, badly = of(service, "well", "total"), of(service, "badly", "total")
    said = f"Always served well, a customer is worth {span(well, case.currency)}; always badly, {span(badly)}"
    ways, level = list(SERVED), None
    if len(well) > 1:
        said = (
            f"Served well and not badly, a customer is worth {span(well - badly, case.currency)} more, by segment"
        )
        ways, level = ["well", "badly"], "served"
    table = service[service.index.get_level_values(-1).isin(ways)]
    roles = [SERVED[str(kind)][1] for kind in table.index.get_level_values(-1)]
    table = table.rename(index={kind: words for kind, (words, _) in SERVED.items()}, level=level)
    return bars(table.rename(columns=_PARTS), "In all", said, "One customer more", case, roles)


def slices(service: pd.DataFrame, experiences: pd.DataFrame, case: Scenario) -> Exhibit | None:
    """What one bad visit takes of what a customer always served well is worth; None where that cannot be said."""
    well, bad = of(service, "well", "total"), -of(experiences, "bad")
    shares = bad / well
    if not ((well > 0).all() and (shares > 0).all() and (shares < 1).all()):
        return None
    low, high = percent(float(shares.min())), percent(float(shares.max()))
    share = low if low == high else f"{low} to {high}"
    said = f"One bad {visit(case)} takes {share} of a well-served customer's worth"
    names = [str(name) if len(well) > 1 else "A customer served well" for name in well.index]
    parts = [
        series(f"gone with one bad {visit(case)}", bad, "worse"),
        series("left", well - bad, "better"),
    ]
    texts = [f"{money(gone, '', 2)} of {money(all_)}" for gone, all_ in zip(bad, well, strict=True)]
    return rows(
        "stacked_bars", names, parts, said, f"Worth of one customer, {over(case)}", source_line(case), texts
    )


def bad_visit(experiences: pd.DataFrame, case: Scenario) -> Exhibit:
    """Where the money of one bad visit goes: that customer's, and of those who hear of it."""
    own, others = -of(experiences, "bad", "own_purchases"), -of(experiences, "bad", "ripple")
    every = own + others
    said = f"One bad {visit(case)} costs {span(every, case.currency, 2)}"
    texts = amounts([*every, *own, *others], digits=2 if len(every) == 1 else 3)
    said += (
        f": {texts[1]} with that customer, {texts[2]} with those who hear" if len(every) == 1 else ", by segment"
    )
    names = [str(name) if len(every) > 1 else f"One bad {visit(case)}" for name in every.index]
    parts = [series("that customer", own, "worse"), series("those who hear of it", others, "worse_light")]
    subtitle = f"Lost with one bad {visit(case)}, {over(case)}"
    return rows(
        "stacked_bars", names, parts, said, subtitle, source_line(case), texts[: len(every)], data=experiences
    )


def put_right(table: pd.DataFrame, case: Scenario) -> Exhibit:
    """What it may cost to put one bad visit right, and to prevent it.

    Args:
        table: from `wom.questions.service_recovery`.
        case: whose it is.
    """
    names = {
        "bad": "Left as it is",
        "recovered": "Put right",
        "putting_right": "Putting it right may cost",
        "undone": "Undone",
    }
    shown = table[list(names)].rename(columns=names, index={WHOLE: "All customers"}).rename_axis("Segment")
    form = "{:,.1f}" if table["bad"].abs().max() < 100 else "{:,.0f}"
    right, prevent = (span(table[name], case.currency, 2) for name in ("putting_right", "preventing"))
    said = f"Putting one bad {visit(case)} right is worth {right}, preventing it {prevent}"
    formats = dict.fromkeys([*names.values()][:3], form) | {"Undone": "{:.0%}"}
    return Exhibit(said, data=shown, source=source_line(case), formats=formats)


def by_mood(customers: pd.DataFrame, case: Scenario) -> Exhibit:
    """One customer more in each mood of today, served as all others from then on."""
    happy = span(of(customers, "delighted", "total"), case.currency)
    said = f"A mood fades: a customer delighted today is worth {happy}"
    return _table(customers.rename(index=_WORDS, columns=_PARTS), said, case)


def sure(intervals: pd.DataFrame, case: Scenario) -> Exhibit:
    """Each worth from `wom.worth_intervals` with the range that holds nine cases in ten."""
    columns = {"low": "90 % from", "median": "Middle", "high": "90 % to"}
    said = "What holds nine cases in ten of all that is uncertain, together"
    return _table(intervals.rename(index=_SURE, columns=columns), said, case)


def _table(shown: pd.DataFrame, said: str, case: Scenario) -> Exhibit:
    named = shown.rename_axis([str(name).capitalize() for name in shown.index.names])
    form = "{:,.0f}" if shown.abs().max().max() >= 1000 else "{:,.1f}"
    return Exhibit(said, data=named, source=source_line(case), formats=dict.fromkeys(shown, form), appendix=True)


# --- word of mouth -----------------------------------------------------------------------------------------------


def brought(found: ReproductionNumber) -> Exhibit:
    """How many new customers one new customer brings, from `wom.reproduction_number`."""
    return Exhibit(f"A new customer brings {number(found.value, 2)} others by word of mouth", text=(str(found),))


def bridge(level: pd.Series, customers: pd.DataFrame, run: Run) -> tuple[str, ...]:
    """Why word of mouth is most of what service does and yet little of a customer's worth; empty if it is not so.

    Args:
        level: from `wom.mechanisms(…, level=True)`.
        customers: from `wom.customer_worth`.
        run: of today's business.
    """
    happy = customers[customers.index.get_level_values(-1) == "delighted"]
    share = float(happy["ripple"].sum() / happy["total"].sum())
    most, service = str(level.abs().idxmax()), float(level.sum() / run.npv)
    if "word_of_mouth" not in most or level[most] < 0.5 * level.sum() or not 0 <= share < _SMALL:
        return ()
    return (
        f"Good service, less the bad, brings {percent(service)} of what the business is worth, most of it by "
        f"word of mouth. Of one customer's worth {percent(share)} comes through others, since most is bought "
        "whatever the service.",
    )


def anyway(run: Run) -> Exhibit | None:
    """Why most who hear would have come anyway: a hundred new customers of today; None where nobody comes.

    Args:
        run: from `wom.simulate`.
    """
    month = run.monthly.iloc[0]
    if month["new_customers"] <= 0:
        return None
    told = round(min(max(100 * month["recommended_customers"] / month["new_customers"], 0.0), 100.0))
    won = min(round(max(100 * month["incremental_customers"] / month["new_customers"], 0.0)), told)
    groups = ("came because of it", "recommended, would have come anyway", "came without a recommendation")
    said = f"Of 100 new customers {told} were recommended, and {won or 'hardly one'} came because of it"
    drawn = series(
        "of 100 new customers", (won, told - won, 100 - told), roles=("better", "better_light", "faint")
    )
    text = "Whoever was about to come anyway is no gain: only those count whom a recommendation decided."
    source = source_line(run.scenario) + borrowed(
        run.scenario, "market.referral_share", "word_of_mouth.shift_good"
    )
    return rows("people", groups, [drawn], said, "100 new customers of today", source, text=(text,), form="plain")


def reach(good: Reach, bad: Reach, source: str, notes: str = "") -> Exhibit:
    """How many people hear of one experience.

    Args:
        good, bad: from `wom.reach`.
        source: where the two come from.
        notes: for a speaker.
    """
    names, parts = ("nobody", "1 to 5", "6 to 10", "11 to 20", "21 to 40", "over 40"), []
    roles: tuple[Role, Role] = ("better", "worse")
    for tone, one, role in zip(("good", "bad"), (good, bad), roles, strict=True):
        above = [1.0, *(one.share_above(edge) for edge in (0, 5, 10, 20, 40)), 0.0]
        parts.append(series(f"{tone}, {number(one.mean, 2)} on average", -100 * np.diff(above), role))
    said = f"{number(good.mean, 2)} and {number(bad.mean, 2)} are averages: many tell nobody, a few tell dozens"
    nobody = f"{percent(good.told_nobody)} of good experiences and of {percent(bad.told_nobody)} of bad ones"
    subtitle = "Of 100 experiences, how many are told to so many people"
    return rows(
        "columns",
        names,
        parts,
        said,
        subtitle,
        source,
        notes=notes,
        text=(f"Nobody hears of {nobody}.",),
        form="plain",
    )


# --- what is believed, unseen and risked -------------------------------------------------------------------------


def perception(case: Scenario, good: float | None, bad: float | None) -> Exhibit | None:
    """What management's own belief would bring beside what customers say; None unless both figures were given."""
    if good is None or bad is None:
        return None
    gap = questions.perception_gap(case, good, bad)
    npv = gap.table["npv"]
    apart = difference(float(npv["believed"]), float(npv["customers_say"]), case.currency)[2].removeprefix(MINUS)
    more = "more" if npv["gap"] >= 0 else "less"
    said = f"What management believes would bring {apart} {more} than what customers say"
    if not any(digit in apart for digit in "123456789"):
        said = "What management believes would bring as much as what customers say"
    shares = gap.table.loc[["believed", "customers_say"], ["good_share", "bad_share"]].to_numpy().T.ravel()
    names = ("Good, management believes", "Good, customers say", "Bad, management believes", "Bad, customers say")
    drawn = series("share of contacts", shares, roles=("neutral", "better", "neutral", "worse"))
    return rows(
        "bars", names, [drawn], said, "Share of contacts", source_line(case), list(map(percent, shares)),
        data=gap.table, notes=surveyed(), text=(str(gap),), form="share",
    )  # fmt: skip


def surveyed() -> str:
    """What a published survey found of firms' belief, said to be the survey's."""
    firms, customers = (figure(f"perception_gap_{name}") for name in ("firms", "customers"))
    shares = [f"{100 * (one.central or 0):.0f}" for one in (firms, customers)]
    found = f"Elsewhere {shares[0]} of 100 firms believed that they excel, and customers agreed of {shares[1]}"
    return " ".join([f"{found} ({firms.source}).", *(f"{one.caution.rstrip('.')}." for one in (firms, customers))])


def iceberg(case: Scenario, complaints: float = 0.0) -> Exhibit | None:
    """Bad visits that nobody reports, never more than there are; None where nothing bad happens.

    unseen = bad visits a month − complaints

    Args:
        case: its customers, contacts and bad shares give the bad visits.
        complaints: counted in a month over the whole business; 0 where nobody did, for the rates others found.
    """
    today, one = case.inputs().parameters, f"bad {visit(case)}s"
    share, contacts = (today[f"experience.{key}"][:, 0] for key in ("bad_share", "contacts_per_month"))
    there = float((today["market.customers"][:, 0] * contacts * share).sum())
    if there <= 0:
        return None
    if complaints > there:
        said = f"{number(complaints)} complaints a month are more than the {number(there)} {one} there are"
        return Exhibit(
            said, text=("One of the two counts is wrong, most likely the share of bad ones: ask again.",)
        )
    rates = figure("complaint_rate")
    fractions = (
        [complaints / there]
        if complaints
        else [rates.high or 0, questions.published("iceberg_visible"), rates.low or 0]
    )
    table = pd.concat(
        [questions.iceberg(part * there, part, case).loc[["given"]] for part in fractions], ignore_index=True
    )
    unseen = [whole(value) if there >= 10 else number(value, 2) for value in table["unseen"]]
    many = " to ".join(dict.fromkeys([unseen[0], unseen[-1]]))
    cost = f"{span(table['unseen_cost'], case.currency)} in {case.horizon_months} months, in today's money"
    parts = [
        series("reported", table["bad_experiences"] - table["unseen"], "ink"),
        series("unseen", table["unseen"], "neutral"),
    ]
    basis = "" if complaints else f" Nobody counted complaints here; the rates are others' ({rates.source})."
    return rows(
        "stacked_bars", [f"{percent(part)} complain" for part in fractions], parts,
        f"Of {number(there)} {one} a month, nobody reports {many}", f"{one.capitalize()} a month",
        source_line(case) + basis + borrowed(case, "experience.contacts_per_month", "experience.bad_share"),
        [f"{count} unseen" for count in unseen], data=table.set_index("complaint_rate"), form="plain",
        text=(f"What is neither reported nor put right costs {cost}.",),
    )  # fmt: skip


def aftermath(event: questions.Aftermath, *others: questions.Aftermath) -> Exhibit:
    """What an event costs at once and afterwards, month by month; others are said below."""
    case, change = event.run.scenario, event.monthly["contribution"].astype(float).tolist()
    said = f"{event.name} {'costs' if event.npv <= 0 else 'brings'} {money(abs(event.npv), case.currency)}"
    if event.npv and 0 < (later := event.afterwards / event.npv) <= 1:
        said += f", {percent(later)} of it after the month itself"
    roles: list[Role] = ["worse_light" if value < 0 else "better_light" for value in change]
    roles[event.month] = "worse" if change[event.month] < 0 else "better"
    calendar = event.run.inputs.calendar
    unit = f", {case.currency}" if case.currency else ""
    return rows(
        "columns", calendar.labels(len(change)), [series("contribution", change, roles=roles)], said,
        f"Contribution a month with the event, less without it{unit}", source_line(case),
        data=event.monthly[["contribution"]], text=tuple(map(str, (event, *others))), form="change",
        axis=MONTHS if calendar.first is None else "",
    )  # fmt: skip


def whom_to_serve(table: pd.DataFrame, case: Scenario) -> Exhibit | None:
    """What each segment brings with all that its customers tell; None for a business in one piece.

    Args:
        table: from `wom.questions.whom_to_serve`.
        case: whose it is.
    """
    if len(table) == 1:
        return None
    losers = [str(name) for name in table.index[table["costs_more_than_it_brings"]]]
    talk = [str(name) for name in table.index[table["word_of_mouth"] < 0]]
    verb = "cost more than they bring" if len(losers) > 1 else "costs more than it brings"
    named = several(losers)
    said = f"{named[:1].upper()}{named[1:]} {verb}" if losers else "Every segment brings more than it costs"
    said += f"; the talk of {several(talk)} costs money" if talk else ""
    return bars(table, "with_word_of_mouth", said, "Worth of serving each segment", case)


def elsewhere(*views: str) -> Exhibit:
    """What others found that stands beside some views, each with its caution.

    Args:
        views: as the evidence calls them, such as service recovery.
    """
    uses = {f"view: {view}" for view in views}
    found = [one for one in records() if one.parameter is None and uses & set(one.used_in.split("; "))]
    shown = {one.figure.rstrip("."): (one.source or "no source", one.grade, one.caution) for one in found}
    table = pd.DataFrame.from_dict(shown, orient="index", columns=["Source", "Grade", "Caution"])
    return Exhibit("What others found", data=table.rename_axis("Finding"), appendix=True)
