"""What good service is worth and what bad service costs.

>>> import wom
>>> plan = wom.load("retailer/front-line-training")
>>> run, today = wom.simulate(plan), wom.simulate(plan.without_plan())
>>> run.revenue > today.revenue
True
"""

from typing import TYPE_CHECKING, Any

from . import stopped as _stopped  # noqa: F401  (before all that takes long to import)

# isort: split
from . import (
    anchoring,
    assumptions,
    evidence,
    explorer,
    levers,
    planning,
    plausibility,
    reach,
    views,
    word_of_mouth,
)
from .course import Interval
from .effect import Effect, effect
from .errors import InputError, WomError
from .failure import Failure, failure
from .levers import lever
from .mechanisms import interactions, mechanisms
from .portfolio import compare
from .run import Draws, Run, simulate
from .scenario import Scenario, load
from .sensitivity import Sensitivity, sensitivity
from .spread import Spread, spread, worth_intervals
from .worth import customer_worth, experience_worth, reproduction_number

if TYPE_CHECKING:
    from .calibration.backtest import backtest
    from .calibration.calibrate import calibrate

__version__ = "0.1.0"

__all__ = [
    "Draws",
    "Effect",
    "Failure",
    "InputError",
    "Interval",
    "Run",
    "Scenario",
    "Sensitivity",
    "Spread",
    "WomError",
    "anchoring",
    "assumptions",
    "backtest",
    "calibrate",
    "compare",
    "customer_worth",
    "effect",
    "evidence",
    "experience_worth",
    "explorer",
    "failure",
    "interactions",
    "lever",
    "levers",
    "load",
    "mechanisms",
    "planning",
    "plausibility",
    "reach",
    "reproduction_number",
    "sensitivity",
    "simulate",
    "spread",
    "views",
    "word_of_mouth",
    "worth_intervals",
]


def __getattr__(name: str) -> Any:
    """What reads tables is loaded when it is first asked for, so that `import wom` stays quick."""
    if name in ("backtest", "calibrate"):
        from importlib import import_module

        return getattr(import_module(f".calibration.{name}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """All names, those that are loaded later too, so that TAB finds them."""
    return sorted({*globals(), *__all__})
