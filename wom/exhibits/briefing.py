"""One page that a manager signs."""

from __future__ import annotations

import numpy as np

from .._effect import Effect, Spread
from ..parameters import central
from ..words import number
from . import plan
from .basis import initiatives, name, value_of, words
from .exhibit import Brief
from .sureness import cases


def brief(effect: Effect, spread: Spread) -> Brief:
    """One page that a manager signs: order, numbers, cases, why, what can go wrong, when to stop."""
    case, of, sure = effect.scenario, effect.given_events, spread.given_events
    write, calendar, items, net = case.write, case.calendar, initiatives(case), of.headlines["net"] or 0.0
    first, dots = plan.decision(effect, spread), cases(sure)
    told, parts = dict(first.answers), plan._breakdown(of).drop("cost")
    changed = _changes(of) if told else []  # of a plan that changes nothing in time there is no why
    why = []
    for key, *ends in changed[:1]:
        was, becomes = (value_of(key, end, case) for end in ends)
        why = [f"{words(key)}: {becomes} instead of {was.removesuffix(' times')}."]
    sign = 1 if parts.sum() >= 0 else -1
    why += [plan._share_of(of, sign)] if (parts * sign > 0).any() else []
    why += [f"{plan.told(of).sentence}."] if case.plan and told else []
    asked = ["Up to which price it pays"] * (net < 0) + ["What would change it"]
    wrong = [told[ask] for ask in asked if ask in told]
    if not items:
        outcome = "net" if case.plan else "npv"
        shown = write.ranged(float(of.headlines[outcome] or 0.0), *sure.interval(outcome)[::2])
        wrong = [f"It may come to {shown.low}, or to {shown.high}: 1 case in 20 is beyond each."]

    takes = []
    for item in items:
        sums = [
            write.text(number(central(value), 4), currency=True) + when
            for value, when in ((item.cost.once, " at the start"), (item.cost.per_month, " a month"))
            if central(value)
        ]
        full = calendar.said(item.start_month + item.ramp_months - 1)
        ramp = f"; full effect from {full} on" if item.ramp_months > 1 else ""
        begins = calendar.said(item.start_month) if item.start_month or calendar.first is not None else "today"
        takes.append(f"{item.initiative}: {' and '.join(sums) or 'no cost is given'}, from {begins}{ramp}.")

    stop = []
    if changed and (net >= 0 or plan.late(of)):
        stop = [f"Every month: {', '.join([name(key) for key, _, _ in changed][:3])}."]
        key, before, after = changed[0]
        if (needed := plan.part_needed(of)) > plan.HARDLY:
            month = max(item.start_month + item.ramp_months - 1 for item in items)
            ready = calendar.said(month) if calendar.first else f"{month + 1} month{'s' if month else ''}"
            turns = value_of(key, before + needed * (after - before), case)
            side = "below" if after > before else "above"
            stop.append(f"After {ready}, with {name(key)} still {side} {turns}: stop and look again. With no more "
                        "than that the plan would lose money.")  # fmt: skip
    blocks = {
        "Why": why,
        "What could go wrong" if net >= 0 or not items else "What would change it": wrong,
        "What it takes": takes,
        f"What to measure{', and when to stop' if len(stop) > 1 else ''}": stop,
    }
    answers = tuple((ask, "\n".join(lines)) for ask, lines in blocks.items() if lines)
    return Brief(first.sentence, dots.chart, alt=dots.alt, source=dots.source, figures=first.figures,
                 text=(*first.text, f"{dots.sentence}."), answers=answers)  # fmt: skip


def _changes(effect: Effect) -> list[tuple[str, float, float]]:
    """What a plan changes but costs: key, before and after, where these are the same in all its segments."""
    found = []
    steps = [step.key for phase in effect.run.inputs.schedule.phases for step in phase.steps]
    for key in dict.fromkeys(key for key in steps if not key.startswith("economics.cost_per")):
        before, after = plan._course_of(effect, key)
        moved = np.abs(after - before) > 1e-12
        if moved.any() and np.ptp(before[moved]) < 1e-9 and np.ptp(after[moved]) < 1e-9:
            found.append((key, float(before[moved][0]), float(after[moved][0])))
    return found
