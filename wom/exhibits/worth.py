"""What a customer is worth by how they are served, what one bad visit costs, and what nobody sees of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from .._effect import Effect
from .._run import Run
from ..analysis import questions
from ..analysis.questions import Aftermath
from ..analysis.sensitivity import how
from ..assumptions import by_grade
from ..assumptions import table as figures_of
from ..evidence import figure, records
from ..reach import Reach
from ..scenario import WHOLE, Scenario
from ..words import MINUS, amounts, difference, money, number, percent, several, whole
from ..worth import ReproductionNumber
from .basis import months, source_line, unit, words
from .chart import MONTHS, Chart, Kind, Role, Series, series
from .exhibit import Exhibit, Figure
from .plan import mechanisms

SERVED: dict[str, tuple[str, Role]] = {
    "well": ("Always well", "better"),
    "as_now": ("As now", "neutral"),
    "put_right": ("Always badly, put right", "worse_light"),
    "badly": ("Always badly", "worse"),
}
"""Ways of being served: words, and the colour."""
_ASK = ("retention.disappointed_hazard_ratio", "experience.recovered_share", "word_of_mouth.reach_bad",
        "spending.disappointed_cut", "market.referral_share", "experience.bad_share")  # fmt: skip
"""What the cost of a bad visit hangs on, in the order in which to ask for it."""
_ROUNDING = 1e-9
"""Of an NPV; what a difference of two equal runs may come to."""
_SMALL, _MOST = 0.1, 0.5
"""Shares of a customer's worth, and of what service does, between which word of mouth needs a bridge."""


def visit(case: Scenario) -> str:
    """What one experience of a customer is called."""
    return "visit" if case.customer_type == "consumer" else "contact"


def over(case: Scenario) -> str:
    """The end of a subtitle: unit and span of money."""
    return f"{unit(case)}, in today's money, over {months(case)}"


def of(table: pd.DataFrame, kind: str, column: str = "worth") -> pd.Series:
    """The rows of one kind by segment."""
    found = table.loc[table.index.get_level_values(-1) == kind, column].astype(float)
    return found.droplevel(-1) if found.index.nlevels > 1 else found.set_axis([WHOLE])


def alike(values: Iterable[float], case: Scenario, digits: int = 3) -> list[str]:
    """Money that belongs together, rounded alike."""
    return [case.write.text(text) for text in amounts(list(values), digits=digits)]


def span(values: Iterable[float], case: Scenario, digits: int = 3, currency: bool = True) -> str:
    """Money of one segment, or from the lowest to the highest of several."""
    every = list(values)
    low, high = (money(end, "", digits) for end in (min(every), max(every)))
    first = case.write.text(low, currency)
    return first if low == high else f"{first} to {case.write.text(high)}"


def borrowed(case: Scenario, *keys: str) -> str:
    """Which of some figures are not the business's own, in a sentence; empty if all are."""
    others = figures_of(case).query("grade != 'yours'").index
    names = [words(key) for key in keys if any(str(row).endswith(key) for row in others)]
    listed = several([name[:1].lower() + name[1:] for name in names])
    return f"Published or assumed, not the business's own: {listed}." if names else ""


def rows(
    kind: Kind, names: Iterable[str | float], parts: Iterable[Series], said: str, subtitle: str,
    texts: Sequence[str] = (), *, case: Scenario | None = None, source: str = "", data: pd.DataFrame | None = None,
    notes: str = "", text: tuple[str, ...] = (), **more: Any,
) -> Exhibit:  # fmt: skip
    """A chart whose rows have a name and a text each; both together describe it to who cannot see it."""
    form = case.number_format if case else ""
    chart = Chart(kind, tuple(names), tuple(parts), subtitle, labels=tuple(texts), number_format=form, **more)
    told = "; ".join(map(" ".join, zip(map(str, chart.categories), texts, strict=False)))
    alt = f"{subtitle}: {told}." if told else f"{subtitle}. {said}."
    return Exhibit(
        said, chart, data, alt, source or (source_line(case) if case else ""), notes, tuple(filter(None, text))
    )


def three(ends: pd.DataFrame, roles: Sequence[Role] = ()) -> list[Series]:
    """Columns low, middle and high of a table as a chart of ranges has them."""
    names = zip(("low", "middle", "high"), ends, strict=True)
    return [series(name, ends[column], roles=roles) for name, column in names]


# --- the first screen --------------------------------------------------------------------------------------------


def service_worth(service: pd.DataFrame, experiences: pd.DataFrame, sure: pd.DataFrame, case: Scenario) -> Exhibit:
    """What good service is worth and what one bad visit costs, on one screen.

    Args:
        service, experiences, sure: from `wom.service_worth`, `wom.experience_worth` and `wom.worth_intervals`.
        case: whose they are.
    """
    one, bad, right = visit(case), of(experiences, "bad"), of(experiences, "recovered")
    takes = of(experiences, "bad", "good_to_make_up")
    well, *others = (span(of(service, kind, "total"), case, currency=kind == "well") for kind in SERVED)
    grades = by_grade(case)["parameters"]
    pays = bool((right > bad).all())
    said = f"One bad {one} costs {span(-bad, case, 2)}"
    if (bad >= 0).all():
        said = f"A bad {one} costs nothing here"
    elif len(bad) == 1 and math.isfinite(takes.iloc[0]):
        said = f"One bad {one} costs what {case.write.number(takes.iloc[0])} good ones bring"
    key = next((key for key in _ASK if borrowed(case, key)), _ASK[-1])
    return Exhibit(
        said,
        text=(
            f"Always served well, a customer is worth {well} in {months(case)}; as now, {others[0]}; always "
            f"badly, {others[2]}; badly, but always put right, {others[1]}.",
        ),
        figures=headline(service, experiences, sure, case),
        answers=(
            ("How sure", f"{grades['yours']} figures are the firm's own, {grades.drop('yours').sum()} published "
             "or assumed. The ranges hold nine cases in ten of all of them together."),
            ("Up to which price it pays", f"{span(-bad, case, 2)} to prevent one bad {one}"
             + (f", {span(right - bad, case, 2)} to put it right at once." if pays else ".")),
            ("What would change it", f"Putting it right: a bad {one} then costs {span(-right, case, 2)}."
             if pays else "The cost of putting it right: today that is more than it saves."),
            ("What to find out next", f"{words(key)}: {how(key)}."),
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
        if np.isfinite(high):
            note = f"90 % range {' to '.join(alike([low, high], case, digits))}"
        elif np.isfinite(low):
            note = f"90 % range from {alike([low], case, digits)[0]} on: in some cases no number is enough"
        else:
            note = "in no case is any number enough"
        note += "" if one else ", over all segments"
        bar = (low, float(middle.iloc[0]), high) if one and np.isfinite([low, *middle, high]).all() else None
        return Figure(label, value, note, side if middle.min() > 0 else 0, bar)

    well, bad = of(service, "well", "total"), -of(experiences, "bad")
    takes = of(experiences, "bad", "good_to_make_up")
    many = " to ".join(
        dict.fromkeys(
            case.write.number(end) if np.isfinite(end) else "no number" for end in (takes.min(), takes.max())
        )
    )
    return (
        shown("A customer always served well", span(well, case), "well", well, 1, 3),
        shown(f"One bad {visit(case)} costs", span(bad, case, 2), "bad_experience", bad, -1, 2),
        shown("Good ones to make up for it", many, "good_to_make_up", takes, 0, 2),
    )


# --- customers and visits ----------------------------------------------------------------------------------------


def bars(table: pd.DataFrame, column: str, said: str, subtitle: str, case: Scenario, **more: Any) -> Exhibit:
    """One sum of money per row, in the colour of a gain or a loss."""
    values = table[column].astype(float).tolist()
    roles = more.pop("roles", None) or ["better" if value >= 0 else "worse" for value in values]
    names = [": ".join(map(str, row)) if isinstance(row, tuple) else str(row) for row in table.index]
    drawn = series(column.replace("_", " "), values, roles=roles)
    return rows(
        "bars", names, [drawn], said, f"{subtitle}{over(case)}", alike(values, case), case=case, data=table, **more
    )


def served(service: pd.DataFrame, case: Scenario) -> Exhibit:
    """What a customer is worth by how they are always served."""
    well, badly = of(service, "well", "total"), of(service, "badly", "total")
    said = (
        f"Always served well, a customer is worth {span(well, case)}; always badly, {span(badly, case, 3, False)}"
    )
    ways, level = list(SERVED), None
    if len(well) > 1:
        said = f"Served well and not badly, a customer is worth {span(well - badly, case)} more, by segment"
        ways, level = ["well", "badly"], "served"
    table = service[service.index.get_level_values(-1).isin(ways)]
    roles = [SERVED[str(kind)][1] for kind in table.index.get_level_values(-1)]
    table = table.rename(index={kind: text for kind, (text, _) in SERVED.items()}, level=level)
    return bars(table, "total", said, "One customer more", case, roles=roles)


def slices(service: pd.DataFrame, experiences: pd.DataFrame, case: Scenario) -> Exhibit | None:
    """What one bad visit takes of what a customer always served well is worth; None where that cannot be said."""
    well, bad = of(service, "well", "total"), -of(experiences, "bad")
    shares = bad / well
    if not ((well > 0).all() and (shares > 0).all() and (shares < 1).all()):
        return None
    share = " to ".join(dict.fromkeys(case.write.percent(end) for end in (shares.min(), shares.max())))
    names = [str(name) if len(well) > 1 else "A customer served well" for name in well.index]
    parts = [series(f"gone with one bad {visit(case)}", bad, "worse"), series("left", well - bad, "better")]
    pairs = zip(bad, well, strict=True)
    texts = [f"{span([gone], case, 2, False)} of {span([whole_], case, 3, False)}" for gone, whole_ in pairs]
    said = f"One bad {visit(case)} takes {share} of a well-served customer's worth"
    return rows("stacked_bars", names, parts, said, f"Worth of one customer{over(case)}", texts, case=case)


def bad_visit(experiences: pd.DataFrame, case: Scenario) -> Exhibit:
    """Where the money of one bad visit goes, and what is left of it when it is put right."""
    own, others = -of(experiences, "bad", "own_purchases"), -of(experiences, "bad", "ripple")
    every, right = own + others, -of(experiences, "recovered")
    said = f"One bad {visit(case)} costs {span(every, case, 2)}"
    texts = alike([*every, *own, *others], case, 2 if len(every) == 1 else 3)
    said += (
        f": {texts[1]} with that customer, {texts[2]} with those who hear" if len(every) == 1 else ", by segment"
    )
    names = [str(name) if len(every) > 1 else f"One bad {visit(case)}" for name in every.index]
    parts = [series("that customer", own, "worse"), series("those who hear of it", others, "worse_light")]
    return rows(
        "stacked_bars", names, parts, said, f"Lost with one bad {visit(case)}{over(case)}", texts[: len(every)],
        case=case, data=experiences, text=(f"Put right, one costs {span(right, case, 2)}.",),
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
    said = f"{several(losers)} {'cost more than they bring' if losers[1:] else 'costs more than it brings'}"
    said = f"{said[:1].upper()}{said[1:]}" if losers else "Every segment brings more than it costs"
    said += f"; the talk of {several(talk)} costs money" if talk else ""
    return bars(table, "with_word_of_mouth", said, "Worth of serving each segment", case)


# --- word of mouth -----------------------------------------------------------------------------------------------


def brought(found: ReproductionNumber) -> Exhibit:
    """How many new customers one new customer brings, from `wom.reproduction_number`."""
    said, by, rest = str(found).partition(" by word of mouth")
    rest = rest.lstrip(" ,.").removeprefix("before leaving, ")
    return Exhibit(said + by, text=(f"{rest[:1].upper()}{rest[1:]}",) if rest else ())


def what_service_earns(effect: Effect, customers: pd.DataFrame) -> Exhibit:
    """Where the money of today's service is, and why that can be word of mouth although a customer's worth is not.

    Args:
        effect: of a scenario without a plan.
        customers: from `wom.customer_worth`.
    """
    shown, write = mechanisms(effect), effect.scenario.write
    happy = customers[customers.index.get_level_values(-1) == "delighted"]
    share = float(happy["ripple"].sum() / happy["total"].sum())
    level = shown.to_frame().iloc[:, 0].astype(float)
    total, most = float(level.sum()), str(level.abs().idxmax())
    if "word_of_mouth" not in most or level[most] < _MOST * abs(total) or not 0 <= share < _SMALL:
        return shown
    bridge = (
        f"Good service, less the bad, brings {write.percent(total / effect.run.npv)} of what the business is "
        f"worth, most by word of mouth. Of one customer's worth {write.percent(share)} comes through others: "
        "most is bought whatever the service."
    )
    return replace(shown, text=(*shown.text, bridge))


def anyway(run: Run) -> Exhibit | None:
    """Why most who hear would have come anyway: a hundred new customers of today; None where nobody comes."""
    month, case = run.monthly.iloc[0], run.scenario
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
    others = borrowed(case, "market.referral_share", "word_of_mouth.shift_good")
    return rows(
        "people", groups, [drawn], said, "100 new customers of today", case=case, text=(text, others), form="plain"
    )


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
    return rows("columns", names, parts, said, subtitle, source=source, notes=notes, form="plain",
                text=(f"Nobody hears of {nobody}.",))  # fmt: skip


# --- what is believed, unseen and risked -------------------------------------------------------------------------


def perception(case: Scenario, good: float, bad: float) -> Exhibit | None:
    """What management's own belief would bring beside what customers say; None where either share is below 0.

    Args:
        case: its shares are what customers say.
        good, bad: shares of contacts that management believes in; below 0 where nobody said.
    """
    if min(good, bad) < 0:
        return None
    gap = questions.perception_gap(case, good, bad)
    believed, say = gap["npv"].astype(float)[["believed", "customers_say"]]
    apart = difference(believed, say)[2].removeprefix(MINUS)
    said = (
        f"{case.write.text(apart, currency=True)} {'more' if believed >= say else 'less'} than what customers say"
    )
    said = said if any(digit in apart for digit in "123456789") else "as much as what customers say"
    shares = gap.loc[["believed", "customers_say"], ["good_share", "bad_share"]].to_numpy().T.ravel()
    names = ("Good, management believes", "Good, customers say", "Bad, management believes", "Bad, customers say")
    text = f"As if management were right from now on, over {months(case)}, in today's money."
    if case.plan:
        nets = (case.write.money(net, 3) for net in gap["plan_net"].astype(float)[["believed", "customers_say"]])
        text += " The plan would seem to bring {} and brings {}.".format(*nets)
    drawn = series("share of contacts", shares, roles=("neutral", "better", "neutral", "worse"))
    return rows(
        "bars", names, [drawn], f"What management believes would bring {said}", "Share of contacts",
        list(map(case.write.percent, shares)), case=case, data=gap, notes=surveyed(), text=(text,),
        form="share",
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
    rates, fractions = figure("complaint_rate"), [complaints / there]
    if not complaints:
        fractions = [rates.high or 1.0, questions.published("iceberg_visible"), rates.low or 1.0]
    found = [questions.iceberg(part * there, part, case).loc[["given"]] for part in fractions]
    table = pd.concat(found, ignore_index=True)
    unseen = [case.write.text(whole(value) if there >= 10 else number(value, 2)) for value in table["unseen"]]
    many = " to ".join(dict.fromkeys([unseen[0], unseen[-1]]))
    seen = table["bad_experiences"] - table["unseen"]
    parts = [series("reported", seen, "ink"), series("unseen", table["unseen"], "neutral")]
    others = f"Nobody counted complaints here; the rates are others' ({rates.source})."
    cost = f"{span(table['unseen_cost'], case)} in {months(case)}, in today's money"
    return rows(
        "stacked_bars", [f"{case.write.percent(part)} complain" for part in fractions], parts,
        f"Of {case.write.number(there, 3)} {one} a month, nobody reports {many}", f"{one.capitalize()} a month",
        [f"{count} unseen" for count in unseen], case=case, data=table.set_index("complaint_rate"), form="plain",
        text=(f"What is neither reported nor put right costs {cost}.", "" if complaints else others,
              borrowed(case, "experience.contacts_per_month")),
    )  # fmt: skip


def aftermath(event: Aftermath, *others: Aftermath) -> Exhibit:
    """What an event costs at once and afterwards, month by month; others are said below."""
    case, change = event.run.scenario, event.monthly["contribution"].astype(float).tolist()
    roles: list[Role] = ["worse_light" if value < 0 else "better_light" for value in change]
    roles[event.month] = "worse" if change[event.month] < 0 else "better"
    calendar = event.run.inputs.calendar
    return rows(
        "columns", calendar.labels(len(change)), [series("contribution", change, roles=roles)], costs(event),
        f"Contribution a month with the event, less without it{unit(case)}", case=case, form="change",
        data=event.monthly[["contribution"]], text=tuple(f"{costs(other)}." for other in others),
        axis=MONTHS if calendar.first is None else "",
    )  # fmt: skip


def costs(event: Aftermath) -> str:
    """What an event costs, and how much of it afterwards."""
    case = event.run.scenario
    if abs(event.npv) <= _ROUNDING * abs(event.without.npv):
        return f"{event.name} costs nothing"
    said = f"{event.name} {'costs' if event.npv <= 0 else 'brings'} {span([abs(event.npv)], case)}"
    later = event.afterwards / event.npv
    if abs(later) <= _ROUNDING:
        return f"{said}, none of it after the month itself"
    return f"{said}, {case.write.percent(later)} of it after the month itself" if 0 < later <= 1 else said


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
