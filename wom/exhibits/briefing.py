"""One page that a manager signs."""

from __future__ import annotations

import numpy as np

from .._effect import Effect, Spread
from ..parameters import QUANTITIES, Key, central
from ..scenario import Scenario
from ..words import number
from .basis import _lower, words
from .exhibit import Brief
from .plan import (
    _breakdown,
    _course_of,
    _ends,
    _initiatives,
    _money,
    _share_of,
    decided,
    decision,
    part_needed,
    told,
)  # fmt: skip
from .sureness import cases


def brief(effect: Effect, spread: Spread) -> Brief:
    """One page that a manager signs: order, numbers, cases, why, what can go wrong, when to stop."""
    of, sure = decided(effect), decided(spread)
    first, dots = decision(effect, spread), cases(sure)
    blocks = {
        "Why": _why(of),
        "What could go wrong": _wrong(of, sure),
        "What it takes": _takes(effect.scenario),
        "What to measure, and when to stop": _stop(of),
    }
    return Brief(
        first.sentence, dots.chart, alt=dots.alt, source=dots.source, text=(*first.text, f"{dots.sentence}."),
        figures=first.figures,
        answers=tuple((ask, "\n".join(lines[:3])) for ask, lines in blocks.items() if lines),
    )  # fmt: skip


def _why(effect: Effect) -> list[str]:
    case = effect.scenario
    changed = [f"{words(key)}: {_value(case, key, after)} instead of {_value(case, key, before)}."
               for key, before, after in _changes(effect) if not key.startswith("economics.cost_per")]  # fmt: skip
    parts = _breakdown(effect).drop("cost")
    sign = 1 if parts.sum() >= 0 else -1
    side = parts[parts * sign > 0]
    most = [_share_of(effect, sign)] if len(side) else []
    heard = told(effect)
    return [*changed[:1], *most, *([f"{heard.sentence}."] if case.plan else [])]


def _wrong(effect: Effect, spread: Spread) -> list[str]:
    """Each with the figure at which the decision turns."""
    case = effect.scenario
    earned, cost, worth, price, net = _money(effect, spread)
    if not _initiatives(case):
        low, high = _ends(spread, "net" if case.plan else "npv")
        return [
            f"It may come to {case.write.money(low)}, or to {case.write.money(high)}: 1 case in 20 is beyond each."
        ]
    lines = [f"It costs more than {earned} in all: then it no longer pays."] if worth > 0 and not price else []
    if price and worth > 0:
        lines.append(
            f"It costs more than planned: above {earned} in all, instead of {cost}, it no longer pays." if net >= 0
            else f"The price stays above {earned}: at middle values it then loses."
        )  # fmt: skip
    if net >= 0 and (needed := part_needed(effect)):
        lines.append(f"Less of the effect comes: below {case.write.percent(needed)} of it the plan loses.")
    for key, value, above in _turns(spread)[:1]:
        if (found := Key.find(key)) is not None:
            side = "above" if above else "below"
            lines.append(f"{words(key)}: {side} {_value(case, found.parameter, value)} it loses on average.")
    return lines


def _takes(case: Scenario) -> list[str]:
    lines, calendar = [], case.calendar
    for item in _initiatives(case):
        once, monthly = (getattr(item.cost, name) for name in ("once", "per_month"))
        sums = [
            case.write.text(number(central(value), 4), currency=True) + when
            for value, when in ((once, " at the start"), (monthly, " a month"))
            if central(value)
        ]
        begins = calendar.said(item.start_month)
        ramp = f"; full effect {item.ramp_months} months later" if item.ramp_months > 1 else ""
        lines.append(f"{item.initiative}: {' and '.join(sums) or 'no cost is given'}, from {begins}{ramp}.")
    return lines


def _stop(effect: Effect) -> list[str]:
    case, changed = effect.scenario, _changes(effect)
    if not changed:
        return []
    names = list(dict.fromkeys(_lower(words(key)) for key, _, _ in changed))
    lines = [f"Every month: {', '.join(names[:3])}."]
    needed = part_needed(effect)
    ready = max(item.start_month + item.ramp_months for item in _initiatives(case))
    turning = next(((key, before + needed * (after - before), after > before) for key, before, after in changed
                    if not key.startswith("economics.cost_per")), None)  # fmt: skip
    if needed and turning:
        key, value, more = turning
        lines.append(
            f"After {case.calendar.said(ready)}, with {_lower(words(key))} {'below' if more else 'above'} "
            f"{_value(case, key, value)}: stop and look again; so little does not pay for the plan."
        )  # fmt: skip
    return lines


def _value(write_of: Scenario, key: str, value: float) -> str:
    """A parameter's value: shares in percent, money with its currency."""
    unit_of, write = QUANTITIES[key].unit, write_of.write
    if unit_of.startswith(("share", "probability")):
        return write.percent(value)
    if unit_of.startswith("currency"):
        return write.money(value, 3)
    return write.number(value) + (" times" if unit_of == "ratio" else "")


def _changes(effect: Effect) -> list[tuple[str, float, float]]:
    """What a plan changes: key, before and after, where it is the same in all segments that it is for."""
    found = []
    for key in dict.fromkeys(step.key for phase in effect.run.inputs.schedule.phases for step in phase.steps):
        before, after = _course_of(effect, key)
        moved = np.abs(after - before) > 1e-12
        if moved.any() and np.ptp(before[moved]) < 1e-9 and np.ptp(after[moved]) < 1e-9:
            found.append((key, float(before[moved][0]), float(after[moved][0])))
    return found


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
