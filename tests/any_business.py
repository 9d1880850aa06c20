"""Scenario files from the whole of what the schema allows, for tests and for `make bench`."""

import math
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

import wom
from wom.parameters import LEAST, MOST, QUANTITIES, Quantity

TOGETHER = ("market.referral_share", "word_of_mouth.audience_share")
"""A business gives one of the two."""


def number(quantity: Quantity, rng: np.random.Generator) -> float:
    """A number within the bounds: at one, near one, or of any size."""
    low = quantity.above if quantity.at_least is None else quantity.at_least
    high = quantity.below if quantity.at_most is None else quantity.at_most
    assert low is not None
    size = math.exp(rng.uniform(math.log(LEAST), math.log(MOST)))
    if high is None:
        found = float(rng.choice([low, low + size, low + math.exp(rng.normal(0.0, 3.0)), MOST]))
    else:
        near = min(size, 0.5) * (high - low)
        found = float(rng.choice([low, high, low + near, high - near, rng.uniform(low, high)]))
    return (
        found if quantity.admits(found) and (not found or LEAST <= abs(found) <= MOST) else number(quantity, rng)
    )


def believable(key: str, value: float, rng: np.random.Generator) -> float:
    """A sample's figure times or divided by some, within the bounds."""
    moved = value * math.exp(rng.normal(0.0, 0.7))
    return moved if QUANTITIES[key].admits(moved) else value


def scenario(base: wom.Scenario, rng: np.random.Generator) -> dict[str, Any]:
    """A file: a sample's figures, some moved a little, some replaced by anything allowed, and a plan."""
    today: dict[str, dict[str, float]] = {}
    chosen = rng.choice(TOGETHER)
    wild = rng.choice([0.0, 0.02, 0.1, 0.5])
    for key, (entry, *_) in {**base.entries(), chosen: base.entries().get(chosen, (None,))}.items():
        quantity = QUANTITIES[key]
        if quantity.plan_only or (key in TOGETHER and key != chosen):
            continue
        middle = 0.1 if entry is None else float(getattr(entry.value, "central", entry.value))
        section, name = key.split(".")
        any_size = rng.random() < wild
        today.setdefault(section, {})[name] = number(quantity, rng) if any_size else believable(key, middle, rng)
    changed = [key for key, quantity in QUANTITIES.items() if not quantity.fixed]
    key = str(rng.choice(changed))
    change = {"to": number(QUANTITIES[key], rng)} if rng.random() < 0.5 else {"multiply": float(rng.uniform(0, 2))}
    start = int(rng.integers(0, 8))
    plan: list[dict[str, Any]] = [
        {"initiative": "any", "start_month": start, "ramp_months": int(rng.integers(1, 6)),
         "changes": {key: change}, "cost": {"once": float(rng.uniform(0, 1e6))}},
        {"event": "any", "month": int(rng.integers(0, 8)), "bad_experience_share": float(rng.random())},
    ]  # fmt: skip
    return {"today": today, "plan": plan[: int(rng.integers(0, 3))], "horizon_months": int(rng.integers(1, 25))}


def outcome(data: Mapping[str, Any]) -> str:
    """`run`, `refused`, or what is wrong: a warning, a traceback, no number, or people fewer than none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            run = wom.simulate(wom.load(data))
    except wom.InputError:
        return "refused"
    except Exception as error:  # whatever it is, a reader of a report must not meet it
        return f"{type(error).__name__}: {error}"
    for name, column in run.flows.items():
        if name != "stars" and not np.isfinite(column).all():
            return f"{name} is {column.min():g} to {column.max():g}"
        least = -ROUNDING * np.abs(run.flows["prospects"] + run.flows["customers"]).max()
        if name in PEOPLE and (column < least).any():
            return f"{name} is {column.min():g}"
    return "run" if math.isfinite(run.npv) else f"npv is {run.npv:g}"


PEOPLE = ("customers", "content", "delighted", "disappointed", "prospects", "favourable", "wary", "avoiders",
          "new_customers", "lost_customers")  # fmt: skip

ROUNDING = 1e-12
"""Of the market; sums of shares round."""
