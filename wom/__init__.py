"""What good service is worth and what bad service costs.

>>> import wom
>>> plan = wom.load("retailer/front-line-training")
>>> run, today = wom.simulate(plan), wom.simulate(plan.without_plan())
>>> run.revenue > today.revenue
True
"""

from typing import TYPE_CHECKING, Any

from . import errors as _errors  # noqa: F401  (answers Ctrl-C before all that takes long to import)

# isort: split
from . import anchoring, assumptions, evidence, reach
from ._effect import Effect, Spread, effect, spread
from ._mechanisms import interactions, mechanisms
from ._run import Interval, Run, simulate
from .analysis import budget, plausibility, questions, sweep
from .analysis.compare import compare
from .analysis.failure import Failure, failure
from .analysis.nps import earned_growth, nps
from .analysis.sensitivity import Sensitivity, sensitivity
from .analysis.sweep import lever
from .errors import InputError, WomError
from .scenario import Scenario, load
from .worth import customer_worth, experience_worth, reproduction_number, service_worth, worth_intervals

if TYPE_CHECKING:
    from .calibration.backtest import backtest
    from .calibration.calibrate import calibrate
    from .exhibits.live import explore

__version__ = "0.2.0"

__all__ = [
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
    "budget",
    "calibrate",
    "compare",
    "customer_worth",
    "earned_growth",
    "effect",
    "evidence",
    "experience_worth",
    "explore",
    "failure",
    "interactions",
    "lever",
    "load",
    "mechanisms",
    "nps",
    "plausibility",
    "questions",
    "reach",
    "reproduction_number",
    "sensitivity",
    "service_worth",
    "simulate",
    "spread",
    "sweep",
    "worth_intervals",
]

_LATER = {
    "backtest": ".calibration.backtest",
    "calibrate": ".calibration.calibrate",
    "explore": ".exhibits.live",
}


def __getattr__(name: str) -> Any:
    """What reads tables or draws is loaded when it is first asked for, so that `import wom` stays quick."""
    if name in _LATER:
        from importlib import import_module

        return getattr(import_module(_LATER[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """What is promised, that which is loaded later too, and nothing else: so TAB shows it."""
    return sorted(__all__)
