"""What a plan or an event does, as exhibits: the decision, and one chart for each of its reasons.

Signs, labels, subjects and colours follow the number: a loss never reads or looks like a gain.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from .._effect import MOST_MONTHS, Effect, Spread
from .._mechanisms import mechanisms as split
from .._run import run
from ..analysis import sensitivity
from ..analysis.compare import Choice
from ..plan import Calendar, Event, Initiative, Step
from ..scenario import Scenario
from ..units import Array
from ..words import adding_up, often, range_place
from .basis import _lower, _upper, months, source_line, subject, unit, words
from .chart import MONTHS, Chart, Role, series
from .exhibit import Exhibit, Figure

LONGEST = 45
"""Letters of a first screen's order."""
_TITLE = 75
_SEEN = 5e-4
"""A difference of revenue that a reader can see."""
_LONGER = 120
"""Months to look ahead where much of what a plan brings comes later than the horizon."""
_NOTHING = 1e-9
"""Of the net present value; more than rounding leaves of a difference of two runs."""
_TOSS_UP = (0.4, 0.6)
"""Chances of a loss between which nobody should decide on them."""
Pair = TypeVar("Pair", Effect, Spread)
_SHARES = np.linspace(0.0, 1.0, 21)

LINES = {
    "direct": ("What it changes at once", "What it costs at once"),
    "retention": ("Customers stay longer", "They leave sooner"),
    "spend": ("They spend more", "They spend less"),
    "good_word_of_mouth": ("More good word of mouth", "Less good word of mouth"),
    "bad_word_of_mouth": ("Less bad word of mouth", "More bad word of mouth"),
    "reviews": ("Better star rating", "Worse star rating"),
    "avoidance": ("Fewer former customers avoid it", "More former customers avoid it"),
}
"""The lines of a split as gain and as loss."""
LEVEL = LINES | {
    "retention": ("The satisfied stay longer", "The disappointed leave sooner"),
    "spend": ("The satisfied spend more", "The disappointed spend less"),
    "good_word_of_mouth": ("Good word of mouth", "Good word of mouth"),
    "bad_word_of_mouth": ("Bad word of mouth", "Bad word of mouth"),
    "reviews": ("The star rating", "The star rating"),
    "avoidance": ("Former customers come back", "Former customers stay away"),
}
"""The same of today's service, which has nothing to be more or less than."""


_PER_CONTACT = {f"economics.cost_per_{name}" for name in ("recovery", "contact", "bad_contact")}


# --- words that several exhibits share ---


def _initiatives(scenario: Scenario) -> list[Initiative]:
    return [item for item in scenario.plan if isinstance(item, Initiative)]


def _events(scenario: Scenario) -> list[Event]:
    return [item for item in scenario.plan if isinstance(item, Event)]


def decided(pair: Pair) -> Pair:
    """What is to be decided on: the plan, with its events happening either way; events where there is no plan."""
    if not (_events(pair.scenario) and _initiatives(pair.scenario)):
        return pair
    events = replace(pair.run.inputs.schedule, phases=())
    baseline = run(pair.baseline.start, events, keep=pair.run.flows)
    return replace(pair, baseline=replace(baseline, sample=pair.run.sample))


def paid_back(month: int | None, calendar: Calendar) -> str:
    """A payback month in words."""
    if month is None:
        return f"never within {MOST_MONTHS} months"
    named = "" if calendar.first is None else f", in {calendar.said(month)}"
    return f"after {month + 1} month{'s' if month else ''}{named}"


def late(effect: Effect) -> bool:
    """Whether a plan loses within the horizon but earns its cost afterwards, with half of what is left then."""
    net, left = float(effect.headlines["net"] or 0.0), float(effect.value_left.sum())
    return bool(effect.headlines["plan_cost"]) and effect.payback_month is not None and net < 0 <= net + left / 2


def _left_behind(effect: Effect) -> str:
    """What a gain within the horizon costs afterwards, if half of that is more than the gain."""
    net, after = float(effect.headlines["net"] or 0.0), float(effect.value_left.sum())
    return effect.scenario.write.money(-after) if net >= 0 > net + after / 2 else ""


def _later(effect: Effect) -> tuple[str, ...]:
    """Advice to look further, where more comes after the horizon than within it."""
    left, earned = float(effect.value_left.sum()), float(effect.headlines["present_earned"] or 0.0)
    if left <= max(earned, 0.0) or effect.scenario.horizon_months >= _LONGER:
        return ()
    return (
        f"Most of what {subject(effect).name.lower()} {subject(effect).verb('brings')} comes after these "
        f"{months(effect.scenario)}: look {_LONGER} months ahead.",
    )


def _money(effect: Effect, spread: Spread | None) -> tuple[str, str, float, float, float]:
    """What a plan earns and costs as texts, then earned, cost and net as they are shown: they add up."""
    earned, cost = (float(effect.headlines[name] or 0.0) for name in ("present_earned", "present_cost"))
    ends = spread.interval("net") if spread else None
    place = range_place(earned - cost, ends.low if ends else 0.0, ends.high if ends else 0.0)
    place = min(
        [place, *(range_place(value, 0.0, 0.0) + 1 for value in (earned, cost) if value)]
    )  # a digit at least
    shown, less = adding_up([earned, -cost], place)
    write = effect.scenario.write
    return write.amount(abs(shown), place), write.amount(abs(less), place), shown, -less, shown + less


def _case(share: float) -> str:
    """How often, as a sentence ends."""
    return often(share).replace("in every case", "in every case drawn")


def verdict(effect: Effect) -> str:
    """What it comes to, as the end of a sentence about it."""
    what, left = subject(effect), float(effect.headlines["net"] or 0.0)
    if late(effect):
        return f"{what.verb('pays')} back {paid_back(effect.payback_month, effect.run.inputs.calendar)}"
    size = effect.scenario.write.money(abs(left))
    return f"{what.verb('loses' if left < 0 else 'earns')} {size} in {months(effect.scenario)}"


def price(effect: Effect) -> str:
    """Up to which price it pays, in a sentence."""
    earned, cost, worth, paid, left = _money(effect, None)
    if not paid:
        return f"{revenue(effect).sentence}."
    if worth <= 0:
        return "Not at any price: it would lose even if it cost nothing."
    if left >= 0:
        return f"It pays at this price, {cost}, and would up to {earned} in all."
    within = " within that time" if late(effect) else ""
    return f"Not at this price, {cost}: it would pay{within} below {earned} in all."


# --- the first screen ---


def decision(effect: Effect, spread: Spread) -> Exhibit:
    """What to do, what it earns and costs, how sure that is, up to which price, and what would change it.

    Where events happen beside a plan, it is the plan that is decided on, and the events come either way.

    Args:
        effect: from `wom.effect`.
        spread: from `wom.spread`, of the same scenario.
    """
    case, of, sure = effect.scenario, decided(effect), decided(spread)
    if _initiatives(case):
        order, lead, answers = _plan(of, sure)
        if of is not effect:
            happens = subject(effect).name.partition(" and ")[2]
            cost = float(effect.headlines["net"] or 0.0) - float(of.headlines["net"] or 0.0)
            lead += (
                f" {_upper(happens)} {'costs' if cost < 0 else 'brings'} {case.write.money(abs(cost))} either way."
            )
    elif case.plan:
        order, lead, answers = _happening(of, sure)
    else:
        order, lead, answers = _course(of, sure)
    return Exhibit(
        order, text=(lead,), figures=_figures(of, sure), answers=answers, source=source_line(case),
        notes="The numbers are those of the run at middle values; ranges hold nine of ten draws.",
    )  # fmt: skip


def _named(case: Scenario, verdict: str) -> str:
    """An order of at most so many letters about a plan, by its name where that fits."""
    own = [item.initiative for item in _initiatives(case)]
    room = LONGEST - len(verdict) - 2
    name = own[0] if len(own) == 1 else "The plan"
    if len(name) > room:
        name = textwrap.shorten(name, room, placeholder="…")
    return f"{name if len(name) > 1 else 'The plan'}: {verdict}"


def _plan(effect: Effect, spread: Spread) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    """Order, lead and answers on a plan."""
    case, loss = effect.scenario, spread.chance_of_loss
    write, span = case.write, months(case)
    earned, cost, worth, price, net = _money(effect, spread)
    waits = late(effect)
    unclear = _TOSS_UP[0] < loss < _TOSS_UP[1] or (net > 0) != (loss < 0.5)
    if not worth and not price:
        return _named(case, "it changes nothing"), f"In {span} nothing differs from what would be without it.", ()
    if not price:
        verdict = f"do it below {earned}" if worth > 0 else "not even for free"
    elif waits:
        verdict = "if you can wait"
    elif unclear or not net:
        verdict = "not yet"
    elif net > 0:
        verdict = "look further ahead" if _left_behind(effect) else "do it"
    else:
        verdict = "not at this price" if worth > 0 else "not at any price"
    brings = f"earn {earned}" if worth > 0 else f"lose {earned}" if worth < 0 else "earn nothing"
    costs = f" and cost {cost}, both in today’s money" if price else ", in today’s money; it names no cost yet"
    lead = f"In {span} it would {brings}{costs}."
    if price and net > 0 and effect.payback_month is not None and not _left_behind(effect):
        lead += f" It pays back {paid_back(effect.payback_month, effect.run.inputs.calendar)}."
    if price and net > 0 and (later := _left_behind(effect)):
        lead += f" What it leaves behind costs {later}."
    elif waits:
        lead += f" It pays back {paid_back(effect.payback_month, effect.run.inputs.calendar)}, not before."
    if worth <= 0:
        most = "At no price: it would lose even if it cost nothing." if worth else "At no price: it earns nothing."
    elif not price:
        most = f"{earned} in all, in today’s money. Put a price on it first."
    elif net >= 0:
        most = f"{earned} in all; it costs {cost}."
    else:
        most = f"{earned} in all: {write.percent(worth / price)} of what it would cost."
    answers = (
        ("How sure", _sure(spread)),
        ("Up to which price it pays", most),
        ("What would change it", _change(effect, worth, price, net, earned)),
        ("What to find out next", _next(effect, spread)),
    )
    return _named(case, verdict), lead, answers


def _sure(spread: Spread, verbs: tuple[str, str] = ("loses", "pays")) -> str:
    """How often it pays or loses, and whether the range says the same."""
    loss, ends = spread.chance_of_loss, spread.interval("net")
    if not ends.low and not ends.high:
        return "Certain: no range that was given changes it."
    says = f"It {verbs[0]} {_case(loss)}." if loss > 0.5 else f"It {verbs[1]} {_case(1.0 - loss)}."
    if ends.low > 0 or ends.high < 0:
        wide = (
            "The range is wide, but all of it"
            if ends.high - ends.low > abs(ends.high + ends.low) / 2
            else "All of the range"
        )
        return f"{says} {wide} lies {'above' if ends.low > 0 else 'below'} zero."
    return f"{says} The 90\N{NO-BREAK SPACE}% range holds gains and losses."


def _change(effect: Effect, worth: float, price: float, net: float, earned: str) -> str:
    """What would turn the verdict on a plan."""
    if not price:
        if worth > 0:
            return f"A cost of more than {earned}."
        return f"Other effects. {_share_of(effect, -1)}"
    if net >= 0:
        needed = part_needed(effect)
        less = f"Less than {effect.scenario.write.percent(needed)} of the planned effect, or a" if needed else "A"
        return f"{less} cost of more than {earned}."
    schedule = effect.run.inputs.schedule
    choice = Choice(effect.baseline.start, schedule, effect.baseline, replace(schedule, phases=()))
    bad = choice.points(float(effect.headlines["present_cost"] or 0.0))[1]
    if np.isnan(bad):
        better = "Better results would not do: even without any bad contact it would lose."
        return f"A lower price. {better}" if worth > 0 else better
    points = f"{effect.scenario.write.number(bad)} points fewer bad contacts alone would earn its cost"
    before, after = (
        float(np.average(part, weights=_heads(effect))) for part in _course_of(effect, "experience.bad_share")
    )
    planned = 100 * (before - after)
    known = f"; {effect.scenario.write.number(planned)} are planned" if planned > 0.05 else ""
    return f"{'A lower price, or more effect' if worth > 0 else 'Other effects'}: {points}{known}."


def _next(effect: Effect, spread: Spread) -> str:
    """What to find out before deciding, if that could change the decision."""
    drawn = spread.run.sample
    if drawn is None or not drawn.parameters:
        return "Nothing is uncertain here: give ranges to figures that you are not sure of."
    net, loss = spread.outcomes["net"].to_numpy(), spread.chance_of_loss
    if effect.scenario.plan and _initiatives(effect.scenario):
        table, _ = sensitivity.learning(drawn.parameters, drawn.scores, net)
        best = table[table["gain"] > 2.0 * table["error"]].head(1)
        for how, gain in zip(best["how"], best["gain"], strict=True):
            return f"{_upper(str(how))}: worth up to {effect.scenario.write.money(float(gain))}."
        answer = "yes" if loss > 0.5 else "no"
        known = f"No single figure that you could measure first would turn this into a {answer}."
        pays = float(effect.headlines["present_earned"] or 0.0) > 0
        return f"{known} Ask for a smaller offer." if loss > 0.5 and pays else known
    key = _driver(spread)
    if not key:
        return "Nothing: no range matters here."
    return f"{words(key)}: {sensitivity.how(key)}. Nothing widens the range more."


def _driver(spread: Spread) -> str:
    """The figure that makes most of the spread of the net, or of the worth where there is no plan."""
    drawn = spread.run.sample
    values = spread.outcomes["net" if spread.scenario.plan else "npv"].to_numpy()
    if drawn is None or np.ptp(values) <= 1e-12 * np.abs(values).max():
        return ""
    even = np.ones((1, len(values)))
    shares = {item.key: float(sensitivity.first_order(item.at(row), values, even)[0])
              for item, row in zip(drawn.parameters, drawn.scores, strict=True)}  # fmt: skip
    return max(shares, key=lambda key: shares[key], default="")


def _happening(effect: Effect, spread: Spread) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    """Order, lead and answers on events that no plan answers."""
    case, what = effect.scenario, subject(effect)
    write, span = case.write, months(case)
    shown = write.ranged(float(effect.headlines["net"] or 0.0), *_ends(spread, "net"))
    size = shown.value.lstrip("−")
    them = "them" if what.plural else "it"
    names = ", ".join(item.event for item in _events(case))
    name = names if len(names) <= LONGEST else what.name
    if not shown.rounded:
        return f"Let {them} be: nothing hangs on {them}", f"{name} changes nothing in {span}.", ()
    costs = shown.rounded < 0
    order = f"Prevent {them} for less than {size}" if costs else f"Let {them} happen: worth {size}"
    it = "they" if what.plural else "it"
    lead = f"{name}: {it} {what.verb('costs' if costs else 'brings')} {size} in {span}, in today’s money."
    return order, lead, (
        ("How sure", _sure(spread, ("costs money", "brings money"))),
        (f"What preventing {them} may cost" if costs else f"What {them} may cost",
         f"{size} in all, if that prevents {them} for certain." if costs else f"{size} in all, in today’s money."),
        ("What carries most of it", _share_of(effect, -1 if costs else 1)),
        ("What to find out next", _next(effect, spread)),
    )  # fmt: skip


def _course(effect: Effect, spread: Spread) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    """What there is to know where nothing is to be decided."""
    case = effect.scenario
    write = case.write
    service = float(split(case, level=True).sum())
    verb = "earns" if service >= 0 else "loses"
    worth = write.ranged(effect.run.npv, *_ends(spread, "npv"))
    return (
        "No plan yet: this is today’s course",
        f"Left to itself, revenue {_goes(effect)} in {months(case)}.",
        (
            ("How sure", f"In nine of ten cases it is worth {worth.low} to {worth.high}, in today’s money."),
            ("What service is worth", f"Good and bad together it {verb} {write.money(abs(service))} "
             f"in {months(case)}, against customers whom it leaves cold."),
            ("What carries most of that", _share_of(effect, 1 if service >= 0 else -1)),
            ("What to find out next", _next(effect, spread)),
        ),
    )  # fmt: skip


def _goes(effect: Effect) -> str:
    """Where revenue goes by itself."""
    write, table = effect.scenario.write, effect.run.monthly["revenue"]
    first, last = (write.money(float(table.iloc[place]), 3) for place in (0, -1))
    if first == last:
        return f"stays at {first} a month"
    return f"{'grows' if table.iloc[-1] > table.iloc[0] else 'falls'} from {first} to {last} a month"


def _ends(spread: Spread, outcome: str) -> tuple[float, float]:
    found = spread.interval(outcome)
    return found.low, found.high


def _figures(effect: Effect, spread: Spread) -> tuple[Figure, ...]:
    """Net, revenue and customers with their ranges: of a plan or an event as differences."""
    case, numbers = effect.scenario, {name: float(value or 0.0) for name, value in effect.headlines.items()}
    write, planned = case.write, bool(case.plan)
    names = ("net", "extra_revenue", "extra_customers") if planned else ("npv", "revenue", "customers")
    extra, ends, before = _people(effect, spread)
    first = float(effect.run.monthly["customers"].iloc[0])
    share = write.percent(numbers["extra_revenue_share"], sign=True)
    values = (
        ("Net, in today’s money" if planned else "Worth, in today’s money", numbers[names[0]], ""),
        (f"Revenue in {months(case)}", numbers[names[1]], share if planned else ""),
        ("Customers at the end", extra if planned else numbers["customers_at_end"],
         f"{ends} instead of {before}" if planned else f"{write.count(first)} today"),
    )  # fmt: skip
    found = []
    for place, ((label, value, note), name) in enumerate(zip(values, names, strict=True)):
        low, high = _ends(spread, name)
        people = place == 2
        shown = write.ranged(
            value, low, high, sign=planned, money=not people, least=_finest(effect) if people else -2
        )
        texts = [f"90\N{NO-BREAK SPACE}% range {shown.low} to {shown.high}"] if high > low else []
        if people and planned and not shown.rounded:
            note = f"{ends} with and without it"
        found.append(
            Figure(label, shown.value, "; ".join(filter(None, [*texts, note])),
                   int(np.sign(shown.rounded)) if planned else 0, (low, value, high) if high > low else None)
        )  # fmt: skip
    return tuple(found)


def _finest(effect: Effect) -> int:
    """The place to which customers are counted: whole, or tenths where they are few and moved by few."""
    extra = float(effect.headlines["extra_customers_at_end"] or 0.0)
    return -1 if effect.scenario.plan and abs(extra) < _FEW else 0


_FEW = 10.0


def _people(effect: Effect, spread: Spread | None = None) -> tuple[float, str, str]:
    """How many customers more at the end, and with and without as texts of which it is the difference."""
    now, before = (float(effect.customer_steps[name]) for name in ("With it", "Without it"))
    ends = _ends(spread, "extra_customers") if spread else (0.0, 0.0)
    place = max(_finest(effect), range_place(now - before, *ends) - (0 if spread else 1))
    write, shown = effect.scenario.write, [round(value, -place) for value in (now, before)]
    extra = round(shown[0] - shown[1], 1)
    place = place if extra else max(place, 0)
    return extra, write.count(now, place), write.count(before, place)


# --- at which figure the decision turns ---


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
    return float(_SHARES[place] - values[place] * (_SHARES[1]) / (values[place + 1] - values[place]))


def _heads(effect: Effect) -> Array:
    return np.asarray(effect.run.inputs.parameters["market.customers"][:, 0])


def _course_of(effect: Effect, key: str) -> tuple[Array, Array]:
    """A parameter by segment before the plan and when it has its full effect."""
    inputs = effect.run.inputs
    phases = [phase for phase in inputs.schedule.phases if any(step.key == key for step in phase.steps)]
    full = max((phase.start + phase.ramp - 1 for phase in phases), default=0)
    after = inputs.schedule.parameters(inputs.parameters, full)[key]
    shape = (len(inputs.segments),)
    return (np.broadcast_to(np.asarray(inputs.supposed[key])[..., 0], shape),
            np.broadcast_to(np.asarray(after)[..., 0], shape))  # fmt: skip


# --- one chart for each reason ---


def _drawn(effect: Effect, said: str, chart: Chart, alt: str, **more: Any) -> Exhibit:
    """A chart of an effect with its source, and numbers as its readers write them."""
    chart = replace(chart, number_format=effect.scenario.number_format)
    return Exhibit(said, chart, alt=alt, **{"source": source_line(effect.scenario)} | more)


def _along(effect: Effect) -> dict[str, Any]:
    """What stands along months, and where initiatives start and events happen; the first of them is named."""
    calendar, count = effect.run.inputs.calendar, len(effect.run.monthly)
    places = tuple(calendar.labels(count))
    starts = [(item.start_month, f"{item.initiative} starts") for item in _initiatives(effect.scenario)]
    happens = [(item.month, item.event) for item in _events(effect.scenario)]
    inside = sorted((month, name) for month, name in starts + happens if 0 < month < count)
    marks = tuple((places[month], textwrap.shorten(name, 40, placeholder="…")) for month, name in inside[:1])
    return {"categories": places, "axis": MONTHS if calendar.first is None else "", "marks": marks}


def _two(effect: Effect, column: str) -> tuple[pd.Series, pd.Series]:
    return effect.run.monthly[column], effect.baseline.monthly[column]


def _lines(effect: Effect, column: str, ends: tuple[str, str], **more: Any) -> Chart:
    """A column month by month with what makes the difference and, where there is any, without."""
    what, (now, before) = subject(effect), _two(effect, column)
    drawn = [series(what.there, now, "ink", end=f"{ends[0]}\n{what.there}")]
    if what.absent:
        drawn.append(series(what.absent, before, "neutral", end=f"{ends[1]}\n{what.absent}"))
    zero = bool(min(now.min(), before.min()) < 0.5 * max(now.max(), before.max()))
    return Chart(
        "line", series=tuple(drawn), form="plain", zero=zero, between=bool(what.absent), **_along(effect) | more
    )


def _waterfall(effect: Effect, steps: Mapping[str, float], end: str, place: int, **more: Any) -> tuple[Chart, str]:
    """Rows that add up to the last one, as a chart and in words."""
    total = sum(steps.values())
    rows = {**steps, end: total}
    texts = [effect.scenario.write.amount(value, place, sign=True, currency=False) for value in rows.values()]
    chart = Chart("waterfall", tuple(rows), (series("change", rows.values()),), form="change", labels=tuple(texts),
                  totals=(len(steps),), **more)  # fmt: skip
    said = ", ".join(f"{_lower(name)} {text}" for name, text in zip(rows, texts, strict=True))
    return chart, f"Rows that add up: {said}."


def _pair(effect: Effect, now: float, before: float) -> tuple[str, str]:
    """Two sums of money to three digits, or to as many more, up to five, as it takes to see their difference."""
    fine, write = range_place(now, 0, 0) - 1, effect.scenario.write
    place = min(fine, max(range_place(now - before, 0, 0) + 1, fine - 2)) if now != before else fine
    return write.amount(now, place), write.amount(before, place, currency=False)


def revenue(effect: Effect) -> Exhibit:
    """Revenue month by month, with and without."""
    case, what, (now, before) = effect.scenario, subject(effect), _two(effect, "revenue")
    write, last, without = case.write, float(now.iloc[-1]), float(before.iloc[-1])
    texts, extra = _pair(effect, last, without), float(effect.headlines["extra_revenue"] or 0.0)
    tail = (
        f" In all {what.name.lower()} {what.verb('brings' if extra >= 0 else 'costs')} {write.money(abs(extra))}."
    )
    starts = "Both lines start from the same business on the same day."
    if not (last or without):
        said = "There is no revenue: customers spend nothing"
    elif not case.plan:
        said, tail, starts = f"Revenue {_goes(effect)}", "", "Today’s business left to itself."
    elif abs(last - without) >= _SEEN * abs(without):
        size = write.percent(abs(last / without - 1.0)) if without else texts[0]
        way = "higher" if last > without else "lower"
        said = f"Revenue ends {size} {way}: {texts[0]} a month instead of {texts[1]}"
    elif abs(extra) > _SEEN * float(before.sum()):
        said = f"Revenue is back at {texts[0]} a month by the end"
    else:
        said = f"Revenue ends as it would have: {texts[0]} a month"
    counts = (
        "Revenue is what customers pay and nothing else: word of mouth counts once somebody has come and paid."
    )
    chart = _lines(effect, "revenue", texts, subtitle=f"Revenue per month{unit(case)}")
    return _drawn(effect, said, chart, f"Lines over {months(case)}. {said}.", text=(f"{starts} {counts}{tail}",))


def _breakdown(effect: Effect) -> pd.Series:
    """The split over mechanisms with the plan's own cost taken out of what is direct."""
    parts = split(effect.scenario, level=not effect.scenario.plan).copy()
    cost = float(effect.headlines["present_cost"] or 0.0) if effect.scenario.plan else 0.0
    parts["direct"] += cost
    parts[parts.abs() <= _NOTHING * abs(effect.baseline.npv)] = 0.0
    parts["cost"] = -cost
    return parts


def _label(effect: Effect, line: str, value: float) -> str:
    """A line of the split as gain or as loss."""
    case, inputs = effect.scenario, effect.run.inputs
    side = 0 if value > 0 else 1
    if line == "cost":
        return "Cost of the plan"
    if line == "direct" and case.plan:
        keys = {step.key for phase in inputs.schedule.phases for step in phase.steps}
        paid = {key for key, values in inputs.parameters.items() if np.any(values)} | keys
        if not _initiatives(case):
            return ("Spent more at once", "Spending lost at once")[side]
        if paid & _PER_CONTACT:
            return ("Less spent on contacts", "More spent on contacts")[side]
    return (LINES if case.plan else LEVEL)[line][side]


def _share_of(effect: Effect, sign: int) -> str:
    """The path by which most is gained, or lost, with its share."""
    parts = _breakdown(effect).drop("cost") * sign
    if parts.max() <= 0:
        return "Nothing that customers notice."
    share = effect.scenario.write.percent(float(parts.max() / parts[parts > 0].sum()))
    return f"{_label(effect, str(parts.idxmax()), sign)}: {share} of the {'gain' if sign > 0 else 'loss'}."


def mechanisms(effect: Effect) -> Exhibit:
    """Where the net comes from, path by path; the rows add up to it. Without a plan, what service earns today."""
    case, parts = effect.scenario, _breakdown(effect)
    total, most = float(parts.sum()), float(parts.abs().max())
    place = min(range_place(total, 0, 0) - 1 if total else range_place(most, 0, 0), range_place(most, 0, 0))
    shown = pd.Series(adding_up(parts.tolist(), place), parts.index)
    shown = shown[shown != 0]
    paths = shown.drop("cost", errors="ignore")
    ordered = [
        paths[paths > 0].sort_values(ascending=False),
        paths[paths < 0].sort_values(),
        shown[shown.index == "cost"],
    ]
    steps = {_label(effect, str(name), value): float(value) for one in ordered for name, value in one.items()}
    what = "Change" if case.plan else "What service earns or loses"
    subtitle = f"{what} over {months(case)}{unit(case)} in today’s money"
    chart, alt = _waterfall(effect, steps, "Net" if case.plan else "Service in all", place, subtitle=subtitle)
    text = [
        "Each row is one path from service to money. Nothing is counted twice: the rows add up to the last one."
    ]
    talk = float(shown.get("good_word_of_mouth", 0.0))
    if case.plan and 0 < talk < 0.1 * float(shown[shown > 0].sum()):
        text.append(
            "Good word of mouth is small because most who hear well of the business would have come anyway."
        )
    return _drawn(
        effect, _carried(effect, paths, total), chart, alt, text=tuple(text),
        data=split(case, level=not case.plan).to_frame(),
        source=f"{source_line(case)} Shapley values of the model’s paths.",
    )  # fmt: skip


def _carried(effect: Effect, paths: pd.Series, total: float) -> str:
    """By which path most comes, and whether it is enough."""
    if paths.empty:
        return f"{subject(effect).name} {subject(effect).verb('changes')} nothing that customers notice"
    gains, losses = float(paths[paths > 0].sum()), -float(paths[paths < 0].sum())
    sign = 1 if gains >= losses else -1
    side = paths[paths * sign > 0].abs()
    first = _lower(_label(effect, str(side.idxmax()), sign))
    most = "Most" if float(side.max()) > 0.5 * float(side.sum()) else "Much"
    if not effect.scenario.plan:
        return f"{most} of what service {'earns' if sign > 0 else 'loses'}: {first}"
    said = f"{most} of the {'gain' if sign > 0 else 'loss'}: {first}"
    more = ""
    if sign > 0 > total:
        more = "; in all not enough to pay for it"
    elif sign > 0 and losses > 0.2 * gains:
        more = f"; {_lower(_label(effect, str(paths.idxmin()), -1))} takes part back"
    return said + more if len(said + more) <= _TITLE else said


def difference(effect: Effect) -> Exhibit:
    """Extra revenue month by month, from the number of customers and from what each spends."""
    case, table = effect.scenario, effect.monthly[["from_customers", "from_spending"]]
    people, spending = (float(part) for part in table.sum())
    total = people + spending
    if not (effect.run.revenue or effect.baseline.revenue):
        said = "There is no revenue: customers spend nothing"
    elif not total:
        said = "Revenue is the same in all, with and without it"
    elif people * spending < 0:
        said = "The number of customers and what each spends pull in opposite directions"
    else:
        share, size = case.write.percent(people / total), "more" if total > 0 else "fewer"
        said = f"{share} of the difference: {size} customers; the rest: spending per head"
    first: Role = "better" if people >= 0 else "worse"
    second: Role = "better_light" if spending >= 0 else "worse_light"
    parts = (series("from the number of customers", table["from_customers"], first),
             series("from spending per head", table["from_spending"], second))  # fmt: skip
    subtitle = f"Change of revenue per month{unit(case)}"
    chart = Chart("stacked_columns", series=parts, form="change", subtitle=subtitle, **_along(effect))  # fmt: skip
    data = effect.monthly[["revenue", "from_customers", "from_spending"]]
    return _drawn(effect, said, chart, f"Stacked columns over {months(case)}. {said}.", data=data, appendix=True)


def net(effect: Effect) -> Exhibit:
    """What is gained or lost so far, month by month, and when the cost is earned back."""
    case, what, so_far = effect.scenario, subject(effect), effect.present["so_far"]
    last, span = float(so_far.iloc[-1]), months(effect.scenario)
    end, size = case.write.money(last, sign=True), case.write.money(abs(last))
    when = paid_back(effect.payback_month, effect.run.inputs.calendar)
    said = f"{what.name} {what.verb('earns' if last >= 0 else 'loses')} {size} in {span}"
    if after := _left_behind(effect):
        said = f"{said}, but {what.verb('leaves')} behind a cost of {after}"
    elif late(effect):
        said = f"The plan pays back {when}; in {span} {size} is missing"
    elif effect.headlines["plan_cost"] and not what.plural:
        if last < 0:
            said = f"{said}; it {'never pays back' if effect.payback_month is None else f'pays back {when}'}"
        elif effect.payback_month is not None:
            said = f"The plan has earned its cost {when}; {size} more by the end"
    role: Role = "better" if last > 0 else "worse" if last < 0 else "ink"
    subtitle = f"Gained or lost so far{unit(case)} in today’s money"
    chart = Chart("line", series=(series("net so far", so_far, role, end=end),), form="change", subtitle=subtitle,
                  **_along(effect))  # fmt: skip
    alt = f"A line over {span}, ending at {end}. {said}."
    return _drawn(effect, said, chart, alt, data=effect.present, text=_later(effect), appendix=True)


_STEPS = {
    "Leaving": ("Fewer leave", "More leave"),
    "Good word of mouth": ("More come on good word", "Fewer come on good word"),
    "Bad word of mouth": ("Bad word keeps fewer away", "Bad word keeps more away"),
    "Star rating and other": ("Better stars and all else", "Worse stars and all else"),
}


def customers(effect: Effect) -> Exhibit:
    """Customers at the end against what they would be, by what makes the difference."""
    case, span = effect.scenario, months(effect.scenario)
    extra, now, before = _people(effect)
    place = max(_finest(effect), range_place(extra, 0, 0) - 1)
    shown = adding_up([effect.customer_steps[name] for name in _STEPS], place, extra)
    steps = {
        names[0 if value > 0 else 1]: value for names, value in zip(_STEPS.values(), shown, strict=True) if value
    }
    said = f"As many customers at the end as without it: {now}"
    if extra:
        size = case.write.count(abs(extra), place)
        said = f"{size} {'more' if extra > 0 else 'fewer'} customers after {span}: {now} instead of {before}"
    chart, alt = _waterfall(effect, steps, "In all", place, subtitle=f"Change in customers after {span}")
    return _drawn(effect, said, chart, alt, data=effect.customer_steps.to_frame(), appendix=True)


def arrivals(effect: Effect) -> Exhibit:
    """Of a hundred new customers, how many were recommended and how many came because of it."""
    case, columns = (
        effect.scenario,
        [f"{name}_customers" for name in ("new", "recommended", "incremental", "deterred")],
    )
    new, told, won, away = (effect.run.total(name) for name in columns)
    if new <= 0:
        return Exhibit("Nobody comes: there are no new customers", source=source_line(case))
    recommended = round(100 * told / new)
    because = min(round(100 * won / new), recommended)
    counts = [because, recommended - because, 100 - recommended]
    groups = ("came because they were recommended", "were recommended and would have come anyway",
              "came without any recommendation")  # fmt: skip
    chart = Chart("people", groups, (series("of 100", counts, roles=("better", "better_light", "faint")),),
                  subtitle=f"New customers in {months(case)}; each figure is 1 of 100")  # fmt: skip
    alt = ", ".join(f"{count} {group}" for count, group in zip(counts, groups, strict=True))
    said = f"Of 100 new customers {recommended} were recommended; {because} came because of it"
    text = ["Most who hear something good would have come anyway; only the others are won by word of mouth."]
    if away:
        kept = case.write.number(100 * away / new)
        text.append(f"For every 100 who come, {kept} are kept away by something bad that they heard.")
    return _drawn(effect, said, chart, f"A hundred little people: {alt}.", data=effect.run.monthly[columns],
                  text=tuple(text))  # fmt: skip


def told(effect: Effect) -> Exhibit:
    """How many people hear bad and good stories, with and without."""
    case, what, write = effect.scenario, subject(effect), effect.scenario.write
    columns = ["people_told_bad", "people_told_good"]
    now, before = ([one.total(name) for name in columns] for one in (effect.run, effect.baseline))
    sizes = [write.count(value, max(range_place(value, 0, 0), 0)) for value in (*now, *before)]
    drawn = [series(what.there, now, "ink", roles=("worse", "better"))]
    alt, said = (
        f"Bars: bad stories {sizes[0]}, good ones {sizes[1]}",
        f"Bad stories reach {sizes[0]} people, good ones {sizes[1]}",
    )
    if case.plan:
        drawn.insert(0, series(what.absent, before, "neutral"))
        (bad, as_bad), (good, as_good) = (_moved(*pair) for pair in zip(now, before, strict=True))
        said = f"Bad stories reach {bad} people{as_bad}, good ones reach {good}{as_good}"
        if as_bad and as_good:
            said = "Bad and good stories reach as many people as before"
        alt += f"; {what.absent} {sizes[2]} and {sizes[3]}"
    subtitle = f"People told in {months(case)}; one person may hear several stories"
    rating = stars(effect)
    return _drawn(
        effect, said, Chart("bars", ("Bad stories", "Good stories"), tuple(drawn), subtitle=subtitle), f"{alt}.",
        data=effect.run.monthly[columns],
        text=("Counted are all people told, here and elsewhere; only some of them could become customers.",
              f"{rating.sentence}."),
    )  # fmt: skip


def _moved(now: float, before: float) -> tuple[str, str]:
    """How many more or fewer, before and behind the noun."""
    share = now / before - 1.0 if before else float(now > 0)
    if abs(share) < 0.005:
        return "as many", " as before"
    if share >= 1:
        return (f"{1 + share:.2g} times as many" if before else "the first"), ""
    return f"{abs(100 * share):.0f}\N{NO-BREAK SPACE}% {'more' if share > 0 else 'fewer'}", ""


def stars(effect: Effect) -> Exhibit:
    """The public star rating month by month."""
    case = effect.scenario
    ends = [float(effect.headlines[name] or 0.0) for name in ("stars_at_end", "stars_without_plan")]
    if np.isnan(ends).any():
        return Exhibit("Nobody posts a review", source=source_line(case), appendix=True)
    now, before = (case.write.text(f"{end:.1f}") for end in ends)
    said = f"The star rating ends at {now}" + (f" instead of {before}" if now != before else "")
    subtitle = "Average of the reviews still read, 1 to 5 stars"
    chart = _lines(effect, "stars", (now, before), subtitle=subtitle, limits=(1.0, 5.0))
    return _drawn(effect, said, chart, f"Lines over {months(case)}. {said}.", data=effect.run.monthly[["stars"]],
                  appendix=True)  # fmt: skip


def segments(effect: Effect) -> Exhibit:
    """What happens to each segment, as a table."""
    case, table, write = effect.scenario, effect.by_segment, effect.scenario.write

    def money(name: str) -> list[str]:
        return [write.money(value, 3, sign=name != "revenue", currency=False) for value in table[name]]

    shown = {"Revenue": money("revenue"), "Customers at the end": [write.count(one) for one in table["customers"]]}
    if case.plan:
        extra = [write.count(one, min(range_place(one, 0, 0), 0), sign=True) for one in table["extra_customers"]]
        shown |= {"Extra revenue": money("extra_revenue"), "Extra contribution": money("extra_contribution"),
                  "Extra customers": extra}  # fmt: skip
    said = f"By segment, over {months(case)}{unit(case)}; contribution before the plan’s costs"
    data = pd.DataFrame(shown, index=table.index.rename("Segment"))
    return Exhibit(said, data=data, source=source_line(case), appendix=True)
