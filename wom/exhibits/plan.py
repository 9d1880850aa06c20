"""What a plan or an event does, as exhibits: the decision, and one chart for each of its reasons.

Signs, labels, subjects and colours follow the number: a loss never reads or looks like a gain.
"""

from __future__ import annotations

import textwrap
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from .._effect import MOST_MONTHS, Effect, Spread
from .._effect import mechanisms as split
from .._run import Run, run
from ..analysis import sensitivity
from ..analysis.compare import Choice
from ..plan import Calendar, Step
from ..scenario import Scenario
from ..units import Array
from ..words import MINUS, NARROW, Writer, adding_up, range_place
from . import basis
from .basis import _lower, _upper, events, exhibit, how_often, initiatives, months, subject, today, unit
from .chart import MONTHS, Chart, series
from .exhibit import Exhibit, Figure

LONGEST, _TITLE = 52, 75
"""Letters of a first screen's order, and of a sentence with all that may be added to it."""
_SEEN, HARDLY = 5e-4, 0.05
"""A difference of revenue that a reader can see, and the part of an effect whose lack is worth naming."""
_LONGER = 120
"""Months to look ahead where much of what a plan brings comes later than the horizon."""
_SHARES = np.linspace(0.0, 1.0, 21)

_NAMES = {
    "direct": ("Cost and direct effects", "What it changes at once", "What it costs at once"),
    "retention": ("How long customers stay", "Customers stay longer", "They leave sooner"),
    "spend": ("What they spend", "They spend more", "They spend less"),
    "good_word_of_mouth": ("Good word of mouth", "More good word of mouth", "Less good word of mouth"),
    "bad_word_of_mouth": ("Bad word of mouth", "Less bad word of mouth", "More bad word of mouth"),
    "reviews": ("Star rating", "Better star rating", "Worse star rating"),
    "avoidance": ("Former customers who avoid it", "Fewer former customers avoid it",
                  "More former customers avoid it"),
}  # fmt: skip
PATHS = {line: names[0] for line, names in _NAMES.items()}
"""The lines of a split in words that are true of gains and of losses."""
LINES = {line: names[1:] for line, names in _NAMES.items()}
"""The same as gain and as loss."""
_LEVEL = {
    "retention": ("The satisfied stay longer", "The disappointed leave sooner"),
    "spend": ("The satisfied spend more", "The disappointed spend less"),
}
"""What they are called of today's service, which has nothing to be more or less than."""
_TOLD = {"good_word_of_mouth": ("people_told_good", 1), "bad_word_of_mouth": ("people_told_bad", -1),
         "reviews": ("stars", 1)}  # fmt: skip
"""Which column shows that there is more of it, and whether more is better."""
_AT_ONCE = {"spending.spend_multiplier", "market.demand_odds_multiplier", "retention.churn_hazard_multiplier",
            "economics.margin_share", "economics.acquisition_cost"}  # fmt: skip
"""What earns or costs by itself, whatever contacts cost."""


# --- what is decided on, and what it comes to --------------------------------------------------------------------


def _number(effect: Effect, headline: str) -> float:
    return float(effect.headlines[headline] or 0.0)


def paid_back(month: int | None, calendar: Calendar) -> str:
    """A payback month in words."""
    if month is None:
        return f"never within {MOST_MONTHS} months"
    named = "" if calendar.first is None else f", in {calendar.said(month)}"
    return f"after {month + 1} month{'s' if month else ''}{named}"


def _pays_back(effect: Effect) -> str:
    month = effect.payback_month
    return "never pays back" if month is None else f"pays back {paid_back(month, effect.run.inputs.calendar)}"


def late(effect: Effect) -> bool:
    """Whether a plan loses within the horizon but earns its cost afterwards, with half of what is left then."""
    net, left = _number(effect, "net"), float(effect.value_left.sum())
    return bool(effect.headlines["plan_cost"]) and effect.payback_month is not None and net < 0 <= net + left / 2


def _left_behind(effect: Effect) -> str:
    """What a gain within the horizon costs afterwards, if half of that is more than the gain."""
    net, after = _number(effect, "net"), float(effect.value_left.sum())
    return effect.scenario.write.money(-after) if net >= 0 > net + after / 2 else ""


def _money(effect: Effect, spread: Spread | None) -> tuple[str, str, float, float, float]:
    """What a plan earns and costs as texts, then earned, cost and net as they are shown: they add up."""
    earned, cost = _number(effect, "present_earned"), _number(effect, "present_cost")
    low, _, high = spread.interval("net") if spread else (0.0, 0.0, 0.0)
    finest = [range_place(earned, 0.0, 0.0)] * bool(earned) + [range_place(cost, 0.0, 0.0) + 1] * bool(cost)
    place = min([range_place(earned - cost, low, high), *finest])
    shown, less = adding_up([earned, -cost], place)
    write = effect.scenario.write
    return write.amount(abs(shown), place), write.amount(abs(less), place), shown, -less, shown + less


def verdict(effect: Effect) -> str:
    """What it comes to, as the end of a sentence about it."""
    what, left = subject(effect), _number(effect, "net")
    if late(effect):
        return what.verb("pays") + _pays_back(effect).removeprefix("pays")
    if not (left or effect.headlines["plan_cost"] or effect.value_left.any()):
        return f"{what.verb('changes')} nothing in {months(effect.scenario)}"
    verb = "earns" if left >= 0 else "loses" if initiatives(effect.scenario) else "costs"
    return f"{what.verb(verb)} {effect.scenario.write.money(abs(left))} in {months(effect.scenario)}"


def price(effect: Effect, spread: Spread | None = None) -> str:
    """Up to which price it pays, in a sentence; with draws also in half of the cases, where that differs."""
    case, (earned, cost, worth, paid, net) = effect.scenario, _money(effect, spread)
    if not paid and not (worth and initiatives(case)):
        return f"{revenue(effect).sentence}."
    if worth <= 0:
        return f"Not at any price: it {'would lose even if it cost' if worth else 'earns'} nothing."
    if not paid:
        return f"It would pay up to {earned} in all, in today’s money. Put a price on it first."
    if net < 0:
        within = " within that time" if late(effect) else ""
        return f"Not at this price, {cost}: it would pay{within} below {earned} in all."
    even = paid + spread.interval("net").median if spread else worth
    half = f" ({case.write.money(even)} in half of the cases)" if even < 0.95 * worth and even > 0 else ""
    return f"It pays at this price, {cost}, and would up to {earned} in all{half}."


# --- the first screen --------------------------------------------------------------------------------------------


def decision(effect: Effect, spread: Spread) -> Exhibit:
    """What to do, what it earns and costs, how sure that is, up to which price, and what would change it.

    Where events happen beside a plan, it is the plan that is decided on, and the events come either way.

    Args:
        effect: from `wom.effect`.
        spread: from `wom.spread`, of the same scenario.
    """
    case, of, sure = effect.scenario, effect.given_events, spread.given_events
    order, lead, answers = (_plan if initiatives(case) else _happening if case.plan else _course)(of, sure)
    if of.either_way:
        brings, several_events = of.baseline.npv - run(of.baseline.start).npv, len(events(case)) > 1
        verb = ("costs" if brings < 0 else "brings").removesuffix("s" if several_events else "-")
        lead += f" The event{'s' if several_events else ''} {verb} {case.write.money(abs(brings))} either way."
    if answers:
        answers |= {"What to find out next": _next(of, sure)}
    return exhibit(
        case, order, text=(f"{lead} {basis.too_late(case)}".strip(),), figures=_figures(of, sure),
        answers=tuple(answers.items()),
        notes="The numbers are those of the run at middle values; ranges hold nine of ten draws.",
    )  # fmt: skip


def _plan(effect: Effect, spread: Spread) -> tuple[str, str, dict[str, str]]:
    """Order, lead and answers on a plan."""
    case, loss, later = effect.scenario, spread.chance_of_loss, _left_behind(effect)
    earned, cost, worth, paid, net = _money(effect, spread)
    orders = {
        "it changes nothing": not worth and not paid,
        f"do it below {earned}" if worth > 0 else "not even for free": not paid,
        "if you can wait": late(effect),
        "not yet": 0.4 < loss < 0.6 or (net > 0) != (loss < 0.5) or not net,  # nobody should decide on a toss-up
        "look further ahead" if later else "do it": net > 0,
        "not at this price" if worth > 0 else "not at any price": True,
    }
    order = next(order for order, holds in orders.items() if holds)
    order = _named([item.initiative for item in initiatives(case)], "The plan", order)
    if not worth and not paid:
        return order, "" if basis.too_late(case) else f"In {months(case)} all is as it would be without it.", {}
    brings = f"earn {earned}" if worth > 0 else f"lose {earned}" if worth < 0 else "earn nothing"
    costs = f" and cost {cost}, both in today’s money" if paid else ", in today’s money; no cost is given"
    lead = f"In {months(case)} it would {brings}{costs}."
    if paid and net > 0 and later:
        lead += f" What it leaves behind costs {later}."
    elif late(effect):
        lead += f" It {_pays_back(effect)}, not before."
    elif paid and net > 0 and effect.payback_month is not None:
        lead += f" It {_pays_back(effect)}."
    return order, lead, {
        "How sure": f"Within {months(case)}: {_lower(_sure(spread))}" if late(effect) else _sure(spread),
        "Up to which price it pays": price(effect, spread),
        "What would change it": _change(effect, spread),
    }  # fmt: skip


def _happening(effect: Effect, spread: Spread) -> tuple[str, str, dict[str, str]]:
    """Order, lead and answers on events alone."""
    case, what, (low, _, high) = effect.scenario, subject(effect), spread.interval("net")
    shown = case.write.ranged(_number(effect, "net"), low, high)
    size, costs, which = shown.value.lstrip(MINUS), shown.rounded < 0, _lower(what.name)
    order = f"worth {size}{' to prevent' if costs else ''}" if shown.rounded else "nothing hangs on it"
    named = _named([item.event for item in events(case)], what.name, order)
    if not shown.rounded:
        return named, "" if basis.too_late(case) else f"{what.name} {what.verb('changes')} nothing.", {}
    says = f"{what.verb('costs' if costs else 'brings')} {size}, in today’s money"
    up_to = "Up to which price prevention pays" if costs else "Up to which price it pays"
    return named, f"In {months(case)} {which} {says}.", {
        "How sure": _sure(spread),
        up_to: f"{size} in all{f', if it prevents {which} for certain' if costs else ''}.",
        "What carries most of it": _share_of(effect, -1 if costs else 1),
    }  # fmt: skip


def _named(names: list[str], several: str, order: str) -> str:
    """An order of at most so many letters, with the name of the only item there is, cut where it is long."""
    short = textwrap.shorten(names[0], LONGEST - len(order) - 2, placeholder="…") if len(names) == 1 else ""
    return f"{short if len(short) > 1 else several}: {order}"


def _course(effect: Effect, spread: Spread) -> tuple[str, str, dict[str, str]]:
    """What there is to know where nothing is to be decided."""
    case, service = effect.scenario, float(split(effect.scenario, level=True).sum())
    earns = f"{'earns' if service >= 0 else 'loses'} {case.write.money(abs(service))} in {months(case)}"
    lead = f"Left to itself, over {months(case)}, revenue {_goes(effect)}."
    return "No plan yet: this is today’s course", lead, {
        "How sure": _sure(spread),
        "What service is worth": f"Good and bad together it {earns}, against customers whom it leaves cold.",
        "What carries most of that": _share_of(effect, 1 if service >= 0 else -1),
    }  # fmt: skip


def _sure(spread: Spread) -> str:
    """How often it pays or loses, and whether the range says the same; without a plan how wide the range is."""
    low, middle, high = spread.interval("net" if spread.scenario.plan else "npv")
    if not high > low:
        return "Certain: no range that was given changes it."
    if not spread.scenario.plan:
        wide = spread.scenario.write.percent((high - low) / 2 / max(abs(middle), 1e-9))
        return f"Nine of ten cases lie within about {wide} of the middle."
    says = how_often(spread.scenario, spread.chance_of_loss).replace("in every case", "in every case drawn")
    if low <= 0 <= high:
        return f"{says}. The 90{NARROW}% range holds gains and losses."
    wide = "The range is wide, but all of it" if high - low > abs(high + low) / 2 else "All of the range"
    return f"{says}. {wide} lies {'above' if low > 0 else 'below'} zero."


def _change(effect: Effect, spread: Spread) -> str:
    """What would turn the verdict on a plan."""
    write, (earned, _, worth, paid, net) = effect.scenario.write, _money(effect, spread)
    if not paid:
        return f"A cost of more than {earned}." if worth > 0 else f"Other effects. {_share_of(effect, -1)}"
    if net >= 0 and spread.chance_of_loss > 0.5:
        even = write.money(_number(effect, "present_cost") + spread.interval("net").median)
        return (
            "More effect."
            if even.startswith(MINUS)
            else f"A cost below {even}: then it pays in half of the cases."
        )
    if net >= 0:
        needed = part_needed(effect)
        less = f"Less than {write.percent(needed)} of the planned effect, or a" if needed > HARDLY else "A"
        return f"{less} cost of more than {earned}."
    schedule = effect.run.inputs.schedule
    choice = Choice(effect.baseline.start, schedule, effect.baseline, replace(schedule, phases=()))
    bad = choice.points(_number(effect, "present_cost"))[1]
    if np.isnan(bad):
        lower, within = "A lower price. " if worth > 0 else "", " within that time" if late(effect) else ""
        return f"{lower}To have no bad contact at all would not earn its cost{within}."
    before, after = _course_of(effect, "experience.bad_share")
    customers = effect.run.inputs.parameters["market.customers"][:, 0]
    weights = customers if customers.any() else np.ones_like(customers)  # of a business that opens
    planned = 100 * float(np.average(before - after, weights=weights))
    known = f"; {write.number(planned)} are planned" if planned > 0.05 else ""
    ways, fewer = "A lower price, or more effect" if worth > 0 else "Other effects", write.number(bad)
    many = f"{fewer} point{'' if fewer == '1' else 's'} fewer bad contacts"
    return f"{ways}: {many} alone would earn its cost{known}."


def _next(effect: Effect, spread: Spread) -> str:
    """What to find out before deciding, if that could change the decision."""
    case, drawn, net = effect.scenario, spread.run.sample, spread.outcomes["net"].to_numpy()
    if drawn is None or not drawn.parameters:
        return "Nothing is uncertain here: give ranges to figures that you are not sure of."
    if initiatives(case):
        return find_out(case, *sensitivity.learning(drawn.parameters, drawn.scores, net), net)[0]
    values = net if case.plan else spread.outcomes["npv"].to_numpy()
    if np.ptp(values) <= 1e-12 * np.abs(values).max():
        return "Nothing: no range matters here."
    even, rows = np.ones((1, len(values))), zip(drawn.parameters, drawn.scores, strict=True)
    moves = {item.key: float(sensitivity.first_order(item.at(row), values, even)[0]) for item, row in rows}
    key = max(moves, key=lambda one: moves[one])
    return f"{basis.words(key)}: {sensitivity.how(key)}. Nothing widens the range more."


def find_out(case: Scenario, table: pd.DataFrame, everything: float, net: Array) -> list[str]:
    """What to find out before deciding and its worth, the best first; or that nothing would change the decision.

    `table` and `everything` are from `wom.analysis.sensitivity.learning`, `net` is by draw.
    """
    if everything < 0.01 * abs(float(np.median(net))) or not everything:
        return [f"Nothing: in {'nearly ' if everything else ''}every case the decision is the same."]
    worth = table[table["gain"] > 2.0 * table["error"]]
    if worth.empty:
        most = case.write.money(everything, 2)
        return [f"No single figure would change the decision; all together are worth {most}."]
    gains = [case.write.money(gain, 2) for gain in worth["gain"]]
    return [f"{_upper(how)}: worth up to {gain}." for how, gain in zip(worth["how"], gains, strict=True)]


def _figures(effect: Effect, spread: Spread) -> tuple[Figure, ...]:
    """Net, revenue and customers with their ranges: of a plan or an event as differences."""
    case, planned, write = effect.scenario, bool(effect.scenario.plan), effect.scenario.write
    extra, worth, net = ("extra_", "Net", "net") if planned else ("", "Worth", "npv")
    people = _number(effect, f"{extra}customers_at_end")
    place = basis.counted(people, change=planned)
    base = float(effect.baseline.customers_at_end if planned else effect.run.monthly["customers"].iloc[0])
    more, before = round(people, -place), round(base, -place)
    note = f"{write.count(base, place)} today"
    if planned:
        note = f"{write.count(before + more, place)} instead of {write.count(before, place)}"
        note = note if more else f"{write.count(base)} with and without it"
    share = write.percent(_number(effect, "extra_revenue_share"), sign=True) if planned else ""
    return tuple(
        basis.figure(label, _number(effect, headline), spread.interval(outcome)[::2], case, change=planned,
                     place=digits, note=beside)
        for label, headline, outcome, digits, beside in (
            (f"{worth}, in today’s money", net, net, None, ""),
            (f"Revenue in {months(case)}", f"{extra}revenue", f"{extra}revenue", None, share),
            ("Customers at the end", f"{extra}customers_at_end", f"{extra}customers", place, note),
        )
    )  # fmt: skip


# --- at which figure the decision turns --------------------------------------------------------------------------


def part_needed(effect: Effect) -> float:
    """The share of what a plan's initiatives change that it takes to earn their whole cost; nought if none is.

    net(s) = NPV(every target s of the way, all costs) − NPV(without), s from 0 to 1
    """
    schedule = effect.run.inputs.schedule

    def part(step: Step) -> Step:
        spends = step.key.startswith("economics.cost_per")
        return step if spends else replace(step, segments=step.segments * _SHARES)

    phases = tuple(replace(phase, steps=tuple(map(part, phase.steps))) for phase in schedule.phases)
    net = run(effect.baseline.start.repeated(len(_SHARES)), replace(schedule, phases=phases)).less(effect.baseline)
    values = net.npv_by_draw
    below = np.flatnonzero(values < 0)
    if not len(below) or below[-1] == len(_SHARES) - 1:
        return 0.0
    place = below[-1]
    return float(_SHARES[place] - values[place] * _SHARES[1] / (values[place + 1] - values[place]))


def _course_of(effect: Effect, key: str) -> tuple[Array, Array]:
    """A parameter by segment before the plan and when it has its full effect."""
    inputs = effect.run.inputs
    phases = [phase for phase in inputs.schedule.phases if any(step.key == key for step in phase.steps)]
    full = max((phase.start + phase.ramp - 1 for phase in phases), default=0)
    after = inputs.schedule.parameters(inputs.parameters, full)[key]
    shape = (len(inputs.segments),)
    return (np.broadcast_to(np.asarray(inputs.supposed[key])[..., 0], shape),
            np.broadcast_to(np.asarray(after)[..., 0], shape))  # fmt: skip


# --- one chart for each reason -----------------------------------------------------------------------------------


def along(run: Run) -> dict[str, Any]:
    """What stands along months, and where initiatives start and events happen; the first of them is named."""
    calendar, count = run.inputs.calendar, len(run.monthly)
    places = tuple(calendar.labels(count))
    starts = [(item.start_month, f"{item.initiative} starts") for item in initiatives(run.scenario)]
    happens = [(item.month, item.event) for item in events(run.scenario)]
    inside = sorted((when, each) for when, each in starts + happens if 0 < when < count)
    marks = tuple((places[when], textwrap.shorten(each, 40, placeholder="…")) for when, each in inside[:1])
    return {"categories": places, "axis": MONTHS if calendar.first is None else "", "marks": marks}


def revenue(effect: Effect) -> Exhibit:
    """Revenue month by month, with and without, and whether customers or what each spends makes the difference."""
    case, what, write = effect.scenario, subject(effect), effect.scenario.write
    now, before = effect.run.monthly["revenue"], effect.baseline.monthly["revenue"]
    last, without, extra = float(now.iloc[-1]), float(before.iloc[-1]), _number(effect, "extra_revenue")
    seen = bool(case.plan) and abs(extra) > _SEEN * float(before.sum())
    fine = range_place(last, 0, 0) - 1
    moved = range_place(last - without, 0, 0) + 1 if last != without else fine  # as many digits as it takes to see
    place = min(fine, max(moved, fine - 2))
    texts = write.amount(last, place), write.amount(without, place, currency=False)
    if not (last or without):
        said = "There is no revenue: customers spend nothing"
    elif not case.plan:
        said = f"Revenue {_goes(effect)}"
    elif abs(last - without) >= _SEEN * abs(without):
        size = write.percent(abs(last / without - 1.0)) if without else texts[0]
        way = "higher" if last > without else "lower"
        said = f"Revenue ends {size} {way}: {texts[0]} a month instead of {texts[1]}"
    else:
        back = "Revenue is back at {} a month by the end" if seen else "Revenue ends as it would have: {} a month"
        said = back.format(texts[0])
    text = ["Word of mouth counts once somebody has come and paid, and not before."]
    if seen:
        people, spending = (float(effect.monthly[f"from_{each}"].sum()) for each in ("customers", "spending"))
        by, share = f"{'more' if extra > 0 else 'fewer'} customers", people / extra
        parts = f", {write.percent(share)} of it by {by}, the rest by spending per head"
        if people * spending < 0:
            parts = "; the number of customers and what each spends pull in opposite directions"
        elif not 0.005 <= share <= 0.995:
            parts = f", all of it by {by if share > 0.5 else 'spending per head'}"
        brings = f"{_lower(what.name)} {what.verb('brings' if extra >= 0 else 'costs')}"
        text.insert(0, f"In all {brings} {write.money(abs(extra), 3)} of revenue{parts}.")
    lines = [series(what.there, now, "ink", end=f"{texts[0]}\n{what.there}")]
    if what.absent:
        lines.append(series(what.absent, before, "neutral", end=f"{texts[1]}\n{what.absent}"))
    chart = Chart("line", series=tuple(lines), subtitle=f"Revenue per month{unit(case)}", form="plain",
                  zero=bool(min(now.min(), before.min()) < 0.5 * max(now.max(), before.max())),
                  between=bool(what.absent), **along(effect.run))  # fmt: skip
    data = effect.monthly[["revenue", "from_customers", "from_spending"]].add_prefix("extra_")
    return exhibit(
        case, said, chart, alt=f"Lines over {months(case)}", text=text, data=data if case.plan else None
    )


def _goes(effect: Effect) -> str:
    """Where revenue goes by itself."""
    write, table = effect.scenario.write, effect.run.monthly["revenue"]
    first, last = (write.money(float(table.iloc[place]), 3) for place in (0, -1))
    way = "grows" if table.iloc[-1] > table.iloc[0] else "falls"
    return f"stays at {first} a month" if first == last else f"{way} from {first} to {last} a month"


def _breakdown(effect: Effect) -> pd.Series:
    """The split over mechanisms with the plan's own cost taken out of what is direct.

    Shapley values are linear in the game: what happens either way is taken out line by line.
    """
    case, cost = effect.scenario, _number(effect, "present_cost") if effect.scenario.plan else 0.0
    parts = split(case, level=not case.plan)
    if effect.either_way:
        happening = [item for item in case.data["plan"] if "event" in item]
        parts -= case.once("split of events", lambda: split(case.without_plan().replace({"plan": happening})))
    parts["direct"] += cost
    parts[parts.abs() <= 1e-9 * abs(effect.baseline.npv)] = 0.0  # rounding of a difference of two runs
    parts["cost"] = -cost
    return parts


def _label(effect: Effect, line: str, value: float) -> str:
    """A line of the split as gain or as loss."""
    case, inputs, side = effect.scenario, effect.run.inputs, 0 if value > 0 else 1
    if line == "cost":
        return "Cost of the plan"
    if line == "direct" and case.plan:
        if not initiatives(case):
            return ("Spent more at once", "Spending lost at once")[side]
        keys = {step.key for phase in inputs.schedule.phases for step in phase.steps}
        paid = {key for key, values in inputs.parameters.items() if np.any(values)} | keys
        per_contact = {f"economics.cost_per_{each}" for each in ("recovery", "contact", "bad_contact")}
        if per_contact & paid and not _AT_ONCE & keys:
            return ("Less spent on contacts", "More spent on contacts")[side]
    elif case.plan and _direction(effect, line) * value <= 0:  # better and yet a loss, or not moved
        return PATHS[line]
    return LINES[line][side] if case.plan else _LEVEL.get(line, (PATHS[line],) * 2)[side]


def _direction(effect: Effect, line: str) -> int:
    """Whether a path got better, worse or neither: by what people hear, by stars, or by customers' moods."""
    levels = []
    for table in (effect.run.monthly, effect.baseline.monthly):
        mood = (table["delighted"] - table["disappointed"]) / table["customers"]
        column, better = _TOLD.get(line, ("", 1))
        levels.append(better * float((table[column] if column else mood).sum()))
    moved = levels[0] - levels[1]
    return int(np.sign(moved)) if abs(moved) > 1e-6 * abs(levels[1]) else 0  # less is nothing that anybody meets


def _share_of(effect: Effect, sign: int) -> str:
    """The path by which most is gained, or lost, with its share."""
    parts = _breakdown(effect).drop("cost") * sign
    if parts.max() <= 0:
        return "Nothing that customers notice."
    share = effect.scenario.write.percent(float(parts.max() / parts[parts > 0].sum()))
    return f"{_label(effect, str(parts.idxmax()), sign)}: {share} of the {'gain' if sign > 0 else 'loss'}."


def mechanisms(effect: Effect) -> Exhibit:
    """Where the net comes from, path by path; the rows add up to it. Without a plan, what service earns today."""
    case, what, parts = effect.scenario, subject(effect), _breakdown(effect)
    total, most = float(parts.sum()), float(parts.abs().max())
    place = min(range_place(total, 0, 0) - 1 if total else range_place(most, 0, 0), range_place(most, 0, 0))
    shown = pd.Series(adding_up(parts.tolist(), place), parts.index)
    shown = shown[shown != 0]
    paths = shown.drop("cost", errors="ignore")
    gains, losses = paths[paths > 0].sort_values(ascending=False), paths[paths < 0].sort_values()
    sign = 1 if gains.sum() >= -losses.sum() else -1
    said = f"{what.name} {what.verb('changes')} nothing that customers notice"
    if len(paths):
        side = (gains if sign > 0 else losses).abs()
        most_of = "Most" if side.iloc[0] > 0.5 * side.sum() else "Much"
        whole = "the gain" if sign > 0 else "the loss"
        whole = whole if case.plan else f"what service {'earns' if sign > 0 else 'loses'}"
        said, more = f"{most_of} of {whole}: {_lower(_label(effect, str(side.index[0]), sign))}", ""
        if case.plan and sign > 0 > total:
            more = "; in all not enough to pay for it"
        elif case.plan and sign > 0 and -losses.sum() > 0.2 * gains.sum():
            more = f"; {_lower(_label(effect, str(losses.index[0]), -1))} takes part back"
        said += more if len(said + more) <= _TITLE else ""
    text = ["Each row is one path from service to money. Nothing is counted twice: the rows add up to the last."]
    better = {line: _direction(effect, line) if case.plan else way for line, (_, way) in _TOLD.items()}
    better["reviews"] *= bool(case.plan)  # the rating by itself is neither good nor bad
    noticed = gains.drop("direct", errors="ignore").sum()
    if case.plan and better["good_word_of_mouth"] > 0 and 0 < gains.get("good_word_of_mouth", 0.0) < 0.1 * noticed:
        text.append("Good word of mouth is small because most who hear well of a business would have come anyway.")
    if any(shown.get(line, 0.0) * way < 0 for line, way in better.items()):
        text.append(
            "A good path can cost money, and a harmful one bring some: customers cost something to win, and not "
            f"all earn that within {months(case)}."
        )
    ordered = pd.concat([gains, losses, shown[shown.index == "cost"]])
    rows = {_label(effect, str(line), value): float(value) for line, value in ordered.items()}
    rows["Net" if case.plan else "Service in all"] = sum(rows.values())
    texts = tuple(case.write.amount(value, place, sign=True, currency=False) for value in rows.values())
    subtitle = f"{f'Change {what.there},' if case.plan else 'What service earns or loses'} {today(case)}"
    chart = Chart("waterfall", tuple(rows), (series("change", rows.values()),), subtitle, form="change",
                  labels=texts, totals=(len(ordered),))  # fmt: skip
    source = f"{basis.source_line(case)} Shapley values of the model’s paths."
    return exhibit(case, said, chart, alt="Rows that add up", text=text, data=parts.to_frame(), source=source)


def net(effect: Effect) -> Exhibit:
    """What is gained or lost so far, month by month, and when the cost is earned back."""
    case, what, so_far = effect.scenario, subject(effect), effect.present["so_far"]
    last, left, said = float(so_far.iloc[-1]), float(effect.value_left.sum()), f"{what.name} {verdict(effect)}"
    if after := _left_behind(effect):
        said += f", but {what.verb('leaves')} behind a cost of {after}"
    elif late(effect):
        said += f"; in {months(case)} {case.write.money(abs(last))} is missing"
    elif effect.headlines["plan_cost"] and not what.plural and (last < 0 or effect.payback_month is not None):
        said += f"; it {_pays_back(effect)}"
    text = []
    if left > max(_number(effect, "present_earned"), 0.0) and case.horizon_months < _LONGER:
        text = [f"Most of what {_lower(what.name)} {what.verb('brings')} comes after these {months(case)}: look "
                f"{_LONGER} months ahead."]  # fmt: skip
    line = series("net so far", so_far, "better" if last > 0 else "worse" if last < 0 else "ink",
                  end=case.write.money(last, sign=True))  # fmt: skip
    chart = Chart("line", series=(line,), form="change", **along(effect.run),
                  subtitle=f"Gained or lost so far, in today’s money{unit(case)}")  # fmt: skip
    alt = f"A line over {months(case)}, ending at {line.end}"
    return exhibit(case, said, chart, alt=alt, text=text, data=effect.present, appendix=True)


def anyway(run: Run) -> Exhibit | None:
    """Of 100 new customers, how many were recommended and how many came because of it; None if nobody comes."""
    case = run.scenario
    columns = [f"{each}_customers" for each in ("new", "recommended", "incremental", "deterred")]
    new, told_of, won, away = map(run.total, columns)
    if new <= 0:
        return None
    recommended = round(min(max(100 * told_of / new, 0.0), 100.0))
    because = min(round(max(100 * won / new, 0.0)), recommended)
    groups = {"came because they were recommended": because,
              "were recommended and would have come anyway": recommended - because,
              "came without any recommendation": 100 - recommended}  # fmt: skip
    drawn = series("of 100", groups.values(), roles=("better", "better_light", "faint"))
    chart = Chart("people", tuple(groups), (drawn,), f"New customers in {months(case)}; each figure is 1 of 100",
                  form="plain")  # fmt: skip
    text = ["Most who hear something good would have come anyway; only the others are won by word of mouth."]
    if 100 * away / new >= 0.05:
        text.append(f"For every 100 who come, bad word of mouth keeps {case.write.number(100 * away / new)} away.")
    text.append(basis.borrowed(case, "market.referral_share"))
    alt = f"A hundred little people: {', '.join(f'{count} {group}' for group, count in groups.items())}"
    said = f"Of 100 new customers {recommended} were recommended; {because or 'hardly one'} came because of it"
    return exhibit(case, said, chart, alt=alt, text=text, data=run.monthly[columns])


def told(effect: Effect) -> Exhibit:
    """How many people hear bad and good stories, with and without, and where the star rating ends."""
    case, what, write = effect.scenario, subject(effect), effect.scenario.write
    columns = ["people_told_bad", "people_told_good"]
    pairs = [[one.total(column) for one in (effect.run, effect.baseline)] for column in columns]
    now, before = zip(*pairs, strict=True)
    drawn = [series(what.there, now, "ink", roles=("worse", "better"))]
    bad, good = ([write.count(value, max(range_place(value, 0, 0), 0)) for value in pair] for pair in pairs)
    said, alt = f"Bad stories reach {bad[0]} people, good ones {good[0]}", ""
    if case.plan:
        drawn.insert(0, series(what.absent, before, "neutral"))
        ways = [_moved(one, other, write) for one, other in pairs]
        both = "Bad and good stories reach as many people as before"
        said = f"Bad stories reach {ways[0]}, good ones {ways[1]}" if {*ways} != {_SAME} else both
        alt = f"; {what.absent} {bad[1]} and {good[1]}"
    chart = Chart("bars", ("Bad stories", "Good stories"), tuple(drawn),
                  f"People told in {months(case)}; one person may hear several stories")  # fmt: skip
    ends = [_number(effect, headline) for headline in ("stars_at_end", "stars_without_plan")]
    rating = "Nobody posts a review."
    if not np.isnan(ends).any():
        star, without = (write.text(f"{end:.1f}") for end in ends)
        rating = f"The star rating ends at {star}{f' instead of {without}' if star != without else ''}."
    text = "All people told are counted, wherever they live; only some of them could become customers.", rating
    alt = f"Bars: bad stories {bad[0]}, good ones {good[0]}{alt}"
    return exhibit(case, said, chart, alt=alt, text=text, data=effect.run.monthly[[*columns, "stars"]])


_SAME = "as many people as before"


def _moved(now: float, before: float, write: Writer) -> str:
    """How many people are told now, against before."""
    if now and not before:
        return f"{write.count(now, max(range_place(now, 0, 0), 0))} people instead of none"
    share = now / before - 1.0 if before else 0.0
    if share >= 1:
        return f"{write.number(1 + share)} times as many people"
    size = write.percent(abs(share), 2 if abs(share) >= 0.1 else 1)
    return f"{size} {'more' if share > 0 else 'fewer'} people" if abs(share) >= 0.005 else _SAME


def segments(effect: Effect) -> Exhibit:
    """What happens to each segment, as a table."""
    case, table, write = effect.scenario, effect.by_segment, effect.scenario.write
    people, extra = (
        (flows["customers"] + flows["new_customers"] - flows["lost_customers"])[-1, :, 0]
        for flows in (effect.run.flows, effect.change.flows)
    )

    def money(column: str) -> list[str]:
        return [write.money(value, 3, sign=column != "revenue", currency=False) for value in table[column]]

    shown = {
        "Revenue": money("revenue"),
        "Customers at the end": [write.count(one, basis.counted(one, change=False)) for one in people],
        "Extra revenue": money("extra_revenue"),
        "Extra contribution": money("extra_contribution"),
        "Extra customers": [write.count(one, basis.counted(one, change=True), sign=True) for one in extra],
    }
    said = f"By segment, over {months(case)}{unit(case)}; contribution before the plan’s costs"
    data = pd.DataFrame(shown, index=table.index.rename("Segment"))
    data = data if case.plan else data.iloc[:, :2]
    return exhibit(case, said, data=data, right=data.columns, appendix=True)
