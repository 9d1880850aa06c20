"""What a customer is worth by how they are served, what a bad contact costs, who hears of it, what nobody sees."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from ..analysis import questions
from ..analysis.questions import Aftermath
from ..analysis.sensitivity import how
from ..assumptions import by_grade
from ..assumptions import table as figures_of
from ..evidence import figure
from ..parameters import Key
from ..reach import Reach, from_mean_and_share
from ..scenario import WHOLE, Scenario
from ..words import adding_up, number, percent, points, range_place, several
from ..worth import ReproductionNumber
from . import basis
from .basis import RANGE, _lower, _upper, alike, bars, borrowed, exhibit, months, ranges, span, today, unit, words
from .chart import Chart, Role, series
from .exhibit import Exhibit, Figure
from .plan import along

SERVED: dict[str, tuple[str, Role]] = {
    "well": ("Always well", "better"),
    "as_now": ("As now", "neutral"),
    "put_right": ("Always badly, put right", "worse_light"),
    "badly": ("Always badly", "worse"),
}
"""Ways of being served: words, and the colour."""
_ASK = ("retention.disappointed_hazard_ratio", "experience.recovered_share", "word_of_mouth.reach_bad",
        "spending.disappointed_cut", "market.referral_share", "experience.bad_share")  # fmt: skip
"""What the cost of a bad contact hangs on, in the order in which to ask for it."""
HEARD = "people_ever_reached_good"
_COUNTED = {HEARD: "Ever heard good", "people_ever_reached_bad": "Ever heard bad",
            "favourable": "Favourable now", "recommended_customers": "Recommended"}  # fmt: skip


_ENDS = (
    "in no case is any number enough",
    f"{RANGE.replace('range', 'range from {} on')}: in some cases no number is enough",
    f"{RANGE} {{}} to {{}}",
)
"""A range by how many of its ends are finite."""


def visit(case: Scenario) -> str:
    """What one experience of a customer is called: a visit only in a trade that is visited."""
    return "visit" if case.trade in ("hotel", "restaurant") else "contact"


def of(table: pd.DataFrame, kind: str, column: str = "worth") -> pd.Series:
    """The rows of one kind by segment."""
    found = table.loc[table.index.get_level_values(-1) == kind, column].astype(float)
    return found.droplevel(-1) if found.index.nlevels > 1 else found.set_axis([WHOLE])


def over_segments(values: Iterable[float], case: Scenario, digits: int = 3, *, currency: bool = True) -> str:
    """Money of one segment, or from the lowest to the highest of several."""
    every = list(values)
    return span(min(every), max(every), case, digits, currency=currency)


def _adding(first: pd.Series, second: pd.Series, case: Scenario, *, currency: bool = True) -> list[str]:
    """A sum and its two parts as texts: of a business in one piece they add up as shown, else they are ranges."""
    if len(first) > 1:
        return [over_segments(part, case, 2) for part in (first + second, first, second)]
    both = [float(first.iloc[0]), float(second.iloc[0])]
    place = max(range_place(sum(both), 0, 0), -2)
    parts = adding_up(both, place)
    texts = [case.write.amount(part, place, currency=currency) for part in parts]
    return [case.write.amount(sum(parts), place), *texts]


def behind(case: Scenario, *keys: str) -> str:
    """Where figures come from, for a speaker: by dotted key or section."""
    lines = ["Behind it."]
    for key, row in figures_of(case).iterrows():
        if key in keys or Key.parse(str(key)).section in keys:
            source = "put in" if row["grade"] == "yours" else f"{str(row['source']).rstrip('.')}; {row['grade']}"
            source = "a multiple of the customers; assumed" if key == "market.size" else source
            lines.append(f"{_upper(str(row['meaning']))}: {row['value']:,.6g} ({source}).")
    return " ".join(lines)


def service_worth(service: pd.DataFrame, experiences: pd.DataFrame, sure: pd.DataFrame, case: Scenario) -> Exhibit:
    """What good service is worth and what one bad contact costs, on one screen.

    The tables are from `wom.service_worth`, `wom.experience_worth` and `wom.worth_intervals`.
    """
    one, lost, takes = visit(case), -of(experiences, "bad"), of(experiences, "bad", "good_to_make_up")
    cost, saved, left = _prices(experiences, case)
    price = f"{cost} to prevent one bad {one}"
    change = "The cost of putting it right: today that is more than it saves."
    if saved:
        price += f", {saved} to put it right at once"
        change = f"Putting it right: of what a bad {one} costs, {left} is then left."
    said = f"One bad {one} costs {cost}"
    if (lost <= 0).all():
        said = f"A bad {one} costs nothing here"
    elif len(lost) == 1 and math.isfinite(takes.iloc[0]):
        said = f"One bad {one} costs what {_good_ones(takes.iloc[0], 'bring', case)}"
    key = next((key for key in _ASK if borrowed(case, key)), _ASK[-1])
    grades = by_grade(case)["parameters"]
    return exhibit(
        case, said, figures=_headline(service, experiences, sure, case),
        text=(f"A customer is worth what the customer pays in {months(case)}, less what it costs, and what others "
              "pay because this customer talks.",),
        answers=(
            ("How sure", f"{grades['yours']} figures are the firm's own, {grades.drop('yours').sum()} published "
             "or assumed. The ranges hold nine cases in ten of all of them together."),
            ("Up to which price it pays", f"{price}."),
            ("What would change it", change),
            ("What to find out next", f"{words(key)}: {how(key)}."),
        ),
    )  # fmt: skip


def _good_ones(count: float, verb: str, case: Scenario) -> str:
    """So many good contacts, and what they do."""
    many = case.write.number(count)
    return f"1 good one {verb}s" if many == "1" else f"{many} good ones {verb}"


def _prices(experiences: pd.DataFrame, case: Scenario, *, currency: bool = True) -> list[str]:
    """What preventing a bad contact may cost, putting it right, and what that leaves of its cost.

    Where putting right saves nothing, the others are empty.
    """
    bad, right = -of(experiences, "bad"), -of(experiences, "recovered")
    if (bad > right).all():
        return _adding(bad - right, right, case, currency=currency)
    return [over_segments(bad, case, 2), "", ""]


def _headline(
    service: pd.DataFrame, experiences: pd.DataFrame, sure: pd.DataFrame, case: Scenario
) -> tuple[Figure, ...]:
    """Three big numbers, each with its 90 % range, over all segments where there are some."""
    takes, figures = of(experiences, "bad", "good_to_make_up"), []
    finite = [case.write.number(end) if np.isfinite(end) else "no number" for end in (takes.min(), takes.max())]
    for label, row, middle, side, digits in (
        ("A customer always served well", "well", of(service, "well", "total"), 1, 3),
        (f"One bad {visit(case)} costs", "bad_experience", -of(experiences, "bad"), -1, 2),
        ("Good ones to make up for it", "good_to_make_up", takes, 0, 0),
    ):
        ends = (-1 if side < 0 else 1) * sure.loc[[row], ["low", "high"]].to_numpy(dtype=float)
        low, high, single = float(ends.min()), float(ends.max()), len(middle) == 1
        known = [end for end in (low, high) if np.isfinite(end)]
        texts = alike(known, case, digits, currency=False) if digits else list(map(case.write.number, known))
        note = _ENDS[len(texts)].format(*texts) + ("" if single else ", over all segments")
        value = over_segments(middle, case, digits) if digits else " to ".join(dict.fromkeys(finite))
        bar = (low, float(middle.iloc[0]), high) if single and np.isfinite([low, *middle, high]).all() else None
        figures.append(Figure(label, value, note, side if middle.min() > 0 else 0, bar))
    return tuple(figures)


def served(service: pd.DataFrame, case: Scenario) -> Exhibit:
    """What a customer is worth by how they are always served."""
    well, badly = of(service, "well", "total"), of(service, "badly", "total")
    ways = ["well", "badly"]
    said = f"Served well and not badly, a customer is worth {over_segments(well - badly, case)} more, by segment"
    if len(well) == 1:
        ways = list(SERVED)
        texts = alike([well.iloc[0], badly.iloc[0]], case)
        said = f"Always served well, a customer is worth {texts[0]}; always badly, {texts[1]}"
    table = service[service.index.get_level_values(-1).isin(ways)]
    roles = [SERVED[str(kind)][1] for kind in table.index.get_level_values(-1)]
    table = table.rename(index={kind: text for kind, (text, _) in SERVED.items()}, level=-1)
    return _sums(table, "total", said, "One customer more", case, roles)


def _sums(table: pd.DataFrame, column: str, said: str, subtitle: str, case: Scenario, roles: Any = ()) -> Exhibit:
    """One sum of money per row."""
    labels = alike(table[column], case, currency=False)
    return exhibit(case, said, bars(table[column], f"{subtitle}, {today(case)}", labels, roles), data=table)


def bad_visit(
    service: pd.DataFrame, experiences: pd.DataFrame, case: Scenario, balance: pd.DataFrame | None = None
) -> Exhibit:
    """Where the money of one bad contact goes, what is left of that if put right, and what good ones bring.

    `balance`, from `wom.workshop.balance`, adds the good ones that there are for each bad one.
    """
    name, total = f"bad {visit(case)}", -of(experiences, "bad")
    own, others, right, after = (
        -of(experiences, kind, part) for kind in ("bad", "recovered") for part in ("own_purchases", "ripple")
    )
    whole, mine, theirs = _adding(own, others, case, currency=False)
    said, text, shares = f"One {name} costs {whole}, by segment", list[str](), total / of(service, "well", "total")
    rows: list[Any] = [(str(label), own[label], others[label], None) for label in own.index]
    if len(own) == 1:
        said = f"One {name} costs {whole}: {mine} with that customer, {theirs} with those who hear"
        rows = [(f"One {name}", own.iloc[0], others.iloc[0], None),
                ("The same, put right at once", right.iloc[0], after.iloc[0], None)]  # fmt: skip
        needed, given = (math.inf, math.inf) if balance is None else map(float, balance["good_for_one_bad"])
        counts = {f"One good {visit(case)}": 1.0}
        if math.isfinite(given):
            counts[f"The {case.write.number(given)} good ones for each bad one"] = given
        if math.isfinite(needed + given):
            there = f"there are {'' if given >= needed else 'only '}{case.write.number(given)}"
            text = [f"{_good_ones(needed, 'make', case)} up for one that is not put right; {there}."]
        good = float(of(experiences, "good").iloc[0])
        rows += [(label, None, None, count * good) for label, count in counts.items() if good > 0]
    if ((shares > 0) & (shares < 1)).all():
        share = " to ".join(dict.fromkeys(case.write.percent(end) for end in (shares.min(), shares.max())))
        text.append(f"One {name} takes {share} of what a customer who is always served well is worth.")
    _, saved, left = _prices(experiences, case, currency=len(own) > 1)
    text.append(f"Put right at once, a {name} costs {left}: {saved} less." if saved else "")
    text.append("" if balance is None else borrowed(case, "experience.recovered_share"))
    names, first, second, brought = zip(*rows, strict=True)
    drawn = [series("that customer", first, "worse"), series("those who hear of it", second, "worse_light")]
    labels = alike([one + other for _, one, other, more in rows if more is None], case, 2 if len(own) == 1 else 3,
                   currency=False)  # fmt: skip
    labels[1:] = [left] if len(own) == 1 and left else labels[1:]  # the same as is said
    what = f"Lost with one {name}"
    if any(brought):
        what, drawn = f"{what}, brought by good ones", [*drawn, series("brought by good ones", brought, "better")]
        labels += [case.write.number(value, 2) for value in filter(None, brought)]  # one times many gives all
    chart = Chart("stacked_bars", names, tuple(drawn), f"{what}, {today(case)}", labels=tuple(labels))
    return exhibit(case, said, chart, data=experiences, text=text, notes=behind(case, "experience"))


def whom_to_serve(table: pd.DataFrame, case: Scenario) -> Exhibit | None:
    """What each segment brings with all that its customers tell, from `wom.questions.whom_to_serve`.

    None for a business in one piece.
    """
    if len(table) == 1:
        return None
    losers, talk = (
        table.index[rows].astype(str).tolist()
        for rows in (table["costs_more_than_it_brings"], table["word_of_mouth"] < 0)
    )
    costs = "cost more than they bring" if losers[1:] else "costs more than it brings"
    said = f"{_upper(several(losers))} {costs}" if losers else "Every segment brings more than it costs"
    said += f"; the talk of {several(talk)} costs money" if talk else ""
    return _sums(table, "with_word_of_mouth", said, "Worth of serving each segment", case)


def brought(found: ReproductionNumber, case: Scenario) -> Exhibit:
    """How many new customers a hundred new customers bring, from `wom.reproduction_number`."""
    if found.multiplier is None:
        return exhibit("", "Customers grow by word of mouth alone, until the market is saturated")
    end = f"{case.write.number(100 * found.multiplier, 3)} customers in the end for every 100 won."
    others, why = case.write.number(100 * abs(found.value)), "Those bring others in turn, and it dies out"
    said = f"bring {others} others"
    if found.value < 0:
        said, why = f"keep {others} others away", "More harm is told than good"
    text = [f"{why}: {end}"] if found.value else []
    return exhibit("", f"100 new customers {said} by word of mouth", text=text)


def reach(good: Reach, bad: Reach, source: str, notes: str = "") -> Exhibit:
    """How many people hear of one experience: of a good and of a bad one, each from `wom.reach`."""
    names = ("nobody", "1 to 5", "6 to 10", "11 to 20", "21 to 40", "over 40")

    def line(tone: str, one: Reach, role: Role) -> Any:
        above = [1.0, *(one.share_above(edge) for edge in (0, 5, 10, 20, 40)), 0.0]
        return series(f"{tone}, {number(one.mean, 2)} on average", -100 * np.diff(above), role)

    chart = Chart("columns", names, (line("good", good, "better"), line("bad", bad, "worse")),
                  "Of 100 experiences, how many are told to so many people", form="plain")  # fmt: skip
    said = f"{number(good.mean, 2)} and {number(bad.mean, 2)} are averages: many tell nobody, a few tell dozens"
    nobody = f"{percent(good.told_nobody)} of good experiences and of {percent(bad.told_nobody)} of bad ones"
    return exhibit(source, said, chart, notes=notes, text=[f"Nobody hears of {nobody}."])


def hearing(case: Scenario) -> Exhibit:
    """How many people hear of one experience, by the published means and shares."""
    good, bad = (
        from_mean_and_share(
            figure(f"reach_{tone}").central or 0.0, figure(f"told_more_than_five_{tone}").central or 0.0
        )
        for tone in ("good", "bad")
    )
    source = (
        "A published mean (American Express 2011) and share above five (Dimensional Research 2013), in one curve."
    )
    return reach(good, bad, source, behind(case, "word_of_mouth.reach_good", "word_of_mouth.reach_bad"))


def _mixing(table: pd.DataFrame, column: str = HEARD) -> pd.DataFrame:
    """A ratio with the range that chance alone gives its average in nine of ten cases."""
    middle, half = table[column].astype(float), 1.645 * table[f"{column}_error"].astype(float)
    return pd.DataFrame({"low": middle - half, "middle": middle, "high": middle + half})


def independence(table: pd.DataFrame, case: Scenario) -> Exhibit:
    """What the assumption that everyone mixes gets wrong, on one screen, from `wom.population.overlap`."""
    heard, write = _mixing(table), case.write
    middle, degrees = heard["middle"], np.round(table["mean_degree"].astype(float))
    worst, best = str(middle.idxmin()), str(middle.idxmax())
    figures = tuple(
        Figure(f"Knowing {each}", write.text(percent(middle[each])), "of the people reached where everyone mixes",
               range=(float(heard["low"][each]), float(middle[each]), float(heard["high"][each])))
        for each in dict.fromkeys([worst, best])
    )  # fmt: skip
    come: Any = _mixing(table, "recommended_customers").loc[worst]
    fewer = f"About {write.percent(1 - come['middle'])} fewer recommended customers come where it costs most"
    if come["high"] >= 1:
        fewer = "Whether fewer recommended customers come is within chance in so few runs"
    said = "Whom people know hardly matters here"
    if heard["high"][worst] < 1:
        said = f"Up to {write.percent(1 - middle[worst])} fewer hear than the model assumes"
    knit = table["clustering"].astype(float).groupby(degrees).agg(["idxmin", "idxmax"])
    apart = [
        float((heard["high"] - middle).max()),
        round(float(np.ptp(middle[knit["idxmin"]].to_numpy())), 2),
        round(max(abs(middle[loose] - middle[tight]) for loose, tight in knit.to_numpy()), 2),
    ]
    off, few, close = (write.text(points(one)) for one in apart)
    return exhibit(
        _simulated(case), said, figures=figures,
        text=("The model lets everyone hear of everyone. Real people tell those they know, who have often heard "
              "it already. Here is the difference, person by person.",),
        answers=(
            ("How sure", "Each figure is an average of runs by chance; nine in ten such averages lie within "
             f"{off} of it."),
            ("What it changes", f"{fewer}. Today's are counted and stay; a plan adds less."),
            ("What drives it", f"Few acquaintances cost {few} of reach, knowing one another {close}."),
            ("What to do next", "Customers who know few others, or all the same ones: look at the plan again "
             "with the low end of how many hear. Others: leave it."),
        ),
    )  # fmt: skip


def reached(table: pd.DataFrame, case: Scenario) -> Exhibit:
    """How many people hear on each network, against a market in which everyone mixes, and what else differs."""
    ends, write = _mixing(table), case.write
    middle = ends["middle"]
    roles: list[Role] = ["worse" if value < 1 else "neutral" for value in ends["high"]]
    subtitle, texts = f"Who ever heard good, of those where all mix; {RANGE}", map(write.percent, middle)
    sides = "fewer hear", "more hear"
    chart = ranges(ends, subtitle, texts, roles, form="share", reference=1.0, sides=sides)
    data = pd.DataFrame(index=table.index.rename("Network"))
    for key, label in _COUNTED.items():
        both = zip(table[key], table[f"{key}_error"], strict=True)
        data[label] = [f"{write.percent(value)} ± {write.percent(max(error, 0.01), 1)}" for value, error in both]
    data["Acquaintances"] = [write.number(value) for value in table["mean_degree"]]
    data["Close-knit"] = list(map(write.percent, table["clustering"]))
    fewer = f"{write.percent(1 - middle.min())} fewer hear than where everyone mixes"
    return exhibit(_simulated(case), f"Where people know {middle.idxmin()}, {fewer}", chart, data=data)


def _simulated(case: Scenario) -> str:
    return f"{case.title.rstrip('.')}. Simulated person by person with wom."


def perception(case: Scenario, good: float, bad: float) -> Exhibit | None:
    """What management's own belief would bring beside what customers say; None where nobody said.

    `good` and `bad` are shares of contacts that management believes in, below 0 where nobody said.
    """
    if min(good, bad) < 0:
        return None
    table: Any = questions.perception_gap(case, good, bad)
    write = case.write
    gap, rows = float(table["npv"]["gap"]), {"believed": "management believes", "customers_say": "customers say"}
    size = f"{write.money(abs(gap))} {'more' if gap > 0 else 'less'}"
    size = size if abs(gap) > 1e-12 * abs(float(table["npv"]["customers_say"])) else "as much"
    shares: Any = pd.Series({
        f"{tone}, {who}": float(table.loc[row, f"{tone.lower()}_share"])
        for tone in ("Good", "Bad") for row, who in rows.items()
    }, name="share of contacts")  # fmt: skip
    roles: tuple[Role, ...] = ("neutral", "better", "neutral", "worse")
    chart = bars(shares, "Share of contacts", map(write.percent, shares), roles, form="share")
    said = f"If management were right from now on, {months(case)} would bring {size}, in today’s money"
    text = []
    if case.plan:
        seems, brings = alike(table["plan_net"].astype(float)[list(rows)], case, sign=True)
        what = _lower(basis.subject(case).name)
        text.append(f"Net of {what}: {seems} by management's belief, {brings} by what customers say.")
    return exhibit(case, said, chart, data=table, notes=surveyed(), text=text)


def surveyed() -> str:
    """What a published survey found of firms' belief, said to be the survey's."""
    firms, customers = (figure(f"perception_gap_{each}") for each in ("firms", "customers"))
    shares = [f"{100 * (one.central or 0):.0f}" for one in (firms, customers)]
    found = f"Elsewhere {shares[0]} of 100 firms believed that they excel, and customers agreed about {shares[1]}"
    return " ".join([f"{found} ({firms.source}).", *(f"{one.caution.rstrip('.')}." for one in (firms, customers))])


def iceberg(case: Scenario, complaints: float = 0.0) -> Exhibit | None:
    """Bad contacts that nobody reports, never more than there are; None where nothing bad happens.

    unseen = bad contacts a month − complaints, which are counted over the whole business; 0 where nobody counted
    them takes the rates that others found.
    """
    values, one, write = case.inputs().parameters, f"bad {visit(case)}s", case.write
    share, contacts = (values[f"experience.{key}"][:, 0] for key in ("bad_share", "contacts_per_month"))
    there = float((values["market.customers"][:, 0] * contacts * share).sum())
    if there <= 0:
        return None
    if complaints > there:
        counts = [write.number(count, 3) for count in (complaints, there)]
        said = f"{counts[0]} complaints a month are more than the {counts[1]} {one} there are"
        wrong = "One of the two counts is wrong, most likely the share of bad ones: ask again."
        return exhibit(case, said, text=[wrong])
    rates, fractions = figure("complaint_rate"), [complaints / there]
    if not complaints:
        fractions = [rates.high or 1.0, questions.published("iceberg_visible"), rates.low or 1.0]
    found = [questions.iceberg(part * there, part, case).loc[["given"]] for part in fractions]
    table = pd.concat(found, ignore_index=True)
    all_of_them, *unseen = (write.number(value, 3 if value >= 100 else 2) for value in (there, *table["unseen"]))
    stacked = (series("reported", table["bad_experiences"] - table["unseen"], "ink"),
               series("unseen", table["unseen"], "neutral"))  # fmt: skip
    names = tuple(f"{write.percent(part)} complain" for part in fractions)
    chart = Chart("stacked_bars", names, stacked, f"{_upper(one)} a month", form="plain",
                  labels=tuple(f"{count} unseen" for count in unseen))  # fmt: skip
    many = " to ".join(dict.fromkeys([unseen[0], unseen[-1]]))
    cost = f"{over_segments(table['unseen_cost'], case, 2)} in {months(case)}, in today’s money"
    others = f"Nobody counted complaints here; the rates are others' ({rates.source})."
    return exhibit(
        case, f"Of {all_of_them} {one} a month, nobody reports {many}", chart,
        data=table.set_index("complaint_rate"),
        text=(f"What is neither reported nor put right costs {cost}.", "" if complaints else others,
              borrowed(case, "experience.contacts_per_month")),
    )  # fmt: skip


def aftermath(event: Aftermath, *others: Aftermath) -> Exhibit:
    """What an event costs at once and afterwards, month by month; others are said below."""
    case, change = event.run.scenario, event.monthly["contribution"].astype(float).tolist()
    roles: list[Role] = ["worse_light" if value < 0 else "better_light" for value in change]
    roles[event.month] = "worse" if change[event.month] < 0 else "better"
    chart = Chart("columns", series=(series("contribution", change, roles=roles),), form="change",
                  subtitle=f"Contribution a month with the event, less without it{unit(case)}",
                  **{**along(event.run), "marks": ()})  # fmt: skip
    said, *more = map(_costs, (event, *others))
    data = event.monthly[["contribution"]]
    return exhibit(case, said, chart, data=data, text=[f"{one}." for one in more])


def _costs(event: Aftermath) -> str:
    """What an event costs, and how much of that comes later."""
    case, share = event.run.scenario, event.afterwards / event.npv if event.npv else 0.0
    if abs(event.npv) <= 1e-12 * abs(event.without.npv):
        return f"{event.name} costs nothing"
    later = f", {case.write.percent(share)} of it after the month itself" if 0.005 < share <= 1 else ""
    later = ", none of it after the month itself" if abs(share) <= 0.005 else later
    size = f"{case.write.money(abs(event.npv))} in {months(case)}"
    return f"{event.name} {'costs' if event.npv < 0 else 'brings'} {size}{later}"
