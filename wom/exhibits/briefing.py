"""One page that a manager signs."""

from __future__ import annotations

import numpy as np

from .._effect import Effect, Spread
from ..parameters import Key, central
from ..words import number
from .basis import name, value_of, words
from .exhibit import Brief
from .lever import initiatives
from .plan import (
    HARDLY,
    _breakdown,
    _course_of,
    _money,
    _share_of,
    decided,
    decision,
    late,
    part_needed,
    told,
)  # fmt: skip
from .sureness import cases


def brief(effect: Effect, spread: Spread) -> Brief:
    """One page that a manager signs: order, numbers, cases, why, what can go wrong, when to stop."""
    case, of, sure = effect.scenario, decided(effect), decided(spread)
    first, dots = decision(effect, spread), cases(sure)
    changed, parts, takes = _changes(of), _breakdown(of).drop("cost"), []
    why = [f"{words(key)}: {value_of(key, after, case)} instead of {value_of(key, before, case)}."
           for key, before, after in changed][:1]  # fmt: skip
    sign = 1 if parts.sum() >= 0 else -1
    why += [_share_of(of, sign)] if (parts * sign > 0).any() else []
    why += [f"{told(of).sentence}."] if case.plan else []
    for item in initiatives(case):
        sums = [
            case.write.text(number(central(value), 4), currency=True) + when
            for value, when in ((item.cost.once, " at the start"), (item.cost.per_month, " a month"))
            if central(value)
        ]
        full = case.calendar.said(item.start_month + item.ramp_months - 1)
        ramp = f"; full effect from {full} on" if item.ramp_months > 1 else ""
        dated = item.start_month or case.calendar.first is not None
        begins = case.calendar.said(item.start_month) if dated else "today"
        takes.append(f"{item.initiative}: {' and '.join(sums) or 'no cost is given'}, from {begins}{ramp}.")
    pays = not initiatives(case) or _money(of, sure)[4] >= 0
    stop = _stop(of, changed) if pays or late(of) else []
    blocks = {
        "Why": why,
        "What could go wrong" if pays else "What would change it": _wrong(of, sure),
        "What it takes": takes,
        f"What to measure{', and when to stop' if len(stop) > 1 else ''}": stop,
    }
    answers = tuple((ask, "\n".join(lines[:3])) for ask, lines in blocks.items() if lines)
    return Brief(first.sentence, dots.chart, alt=dots.alt, source=dots.source, figures=first.figures,
                 text=(*first.text, f"{dots.sentence}."), answers=answers)  # fmt: skip


def _changes(effect: Effect) -> list[tuple[str, float, float]]:
    """What a plan changes but costs: key, before and after, where these are the same in all its segments."""
    found = []
    steps = [step.key for phase in effect.run.inputs.schedule.phases for step in phase.steps]
    for key in dict.fromkeys(key for key in steps if not key.startswith("economics.cost_per")):
        before, after = _course_of(effect, key)
        moved = np.abs(after - before) > 1e-12
        if moved.any() and np.ptp(before[moved]) < 1e-9 and np.ptp(after[moved]) < 1e-9:
            found.append((key, float(before[moved][0]), float(after[moved][0])))
    return found


def _wrong(effect: Effect, spread: Spread) -> list[str]:
    """Each with the figure at which the decision turns."""
    case, write = effect.scenario, effect.scenario.write
    if not initiatives(case):
        low, _, high = spread.interval("net" if case.plan else "npv")
        return [f"It may come to {write.money(low)}, or to {write.money(high)}: 1 case in 20 is beyond each."]
    earned, cost, worth, paid, net = _money(effect, spread)
    lines = []
    if worth > 0 and not paid:
        lines.append(f"It costs more than {earned} in all: then it no longer pays.")
    elif worth > 0 and net >= 0:
        lines.append(f"It costs more than planned: above {earned} in all, instead of {cost}, it no longer pays.")
    elif worth > 0:
        lines.append(f"A price below {earned} in all, instead of {cost}.")
    if net >= 0 and (needed := part_needed(effect)) > HARDLY:
        lines.append(f"Less of the effect comes: below {write.percent(needed)} of it the plan loses.")
    for key, value, above in _turns(spread)[:1]:
        if (found := Key.find(key)) is not None:
            side = "above" if above else "below"
            lines.append(f"{words(key)}: {side} {value_of(found.parameter, value, case)} it loses on average.")
    return lines


def _stop(effect: Effect, changed: list[tuple[str, float, float]]) -> list[str]:
    """What to watch every month, and at which value to stop."""
    case = effect.scenario
    if not changed:
        return []
    lines = [f"Every month: {', '.join([name(key) for key, _, _ in changed][:3])}."]
    if (needed := part_needed(effect)) > HARDLY:
        key, before, after = changed[0]
        full = max(item.start_month + item.ramp_months - 1 for item in initiatives(case))
        ready = case.calendar.said(full) if case.calendar.first else f"{full + 1} month{'s' if full else ''}"
        turns = value_of(key, before + needed * (after - before), case)
        lines.append(
            f"After {ready}, with {name(key)} still {'below' if after > before else 'above'} {turns}: stop and "
            "look again. With no more than that the plan would lose money."
        )
    return lines


def _turns(spread: Spread) -> list[tuple[str, float, bool]]:
    """Figures at which the mean net of the draws changes its sign once: key, value, whether it loses above."""
    drawn, net = spread.run.sample, spread.outcomes["net"].to_numpy()
    found = []
    for item, row in zip(drawn.parameters, drawn.scores, strict=True) if drawn else ():
        values = item.at(row)
        if np.ptp(values) == 0 or item.key.startswith("plan."):
            continue
        parts = np.array_split(np.argsort(values, kind="stable"), 10)
        middles, means = (np.array([of[part].mean() for part in parts]) for of in (values, net))
        turn = np.flatnonzero(np.diff(np.sign(means)))
        if len(turn) == 1:
            at = turn[0]
            place = slice(at, at + 2)
            value = middles[at] - means[at] * np.diff(middles[place]).item() / np.diff(means[place]).item()
            found.append((float(np.ptp(means)), item.key, float(value), bool(means[at] > 0)))
    return [(key, value, above) for _, key, value, above in sorted(found, reverse=True)]
