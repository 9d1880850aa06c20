"""What good service is worth and what bad service costs.

>>> import wom
>>> plan = wom.load("retailer/front-line-training")
>>> run, today = wom.simulate(plan), wom.simulate(plan.without_plan())
>>> run.revenue > today.revenue
True
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .errors import InputError as InputError
from .errors import WomError as WomError

if TYPE_CHECKING:  # for editors and type checkers
    from . import anchoring as anchoring
    from . import assumptions as assumptions
    from . import evidence as evidence
    from . import reach as reach
    from ._effect import Effect as Effect
    from ._effect import Spread as Spread
    from ._effect import effect as effect
    from ._effect import interactions as interactions
    from ._effect import mechanisms as mechanisms
    from ._effect import spread as spread
    from ._run import Interval as Interval
    from ._run import Run as Run
    from ._run import simulate as simulate
    from .analysis import budget as budget
    from .analysis import plausibility as plausibility
    from .analysis import questions as questions
    from .analysis import sweep as sweep
    from .analysis.compare import compare as compare
    from .analysis.nps import earned_growth as earned_growth
    from .analysis.nps import nps as nps
    from .analysis.sensitivity import Failure as Failure
    from .analysis.sensitivity import Sensitivity as Sensitivity
    from .analysis.sensitivity import failure as failure
    from .analysis.sensitivity import sensitivity as sensitivity
    from .analysis.sweep import lever as lever
    from .calibration.backtest import backtest as backtest
    from .calibration.calibrate import calibrate as calibrate
    from .exhibits.live import explore as explore
    from .scenario import Scenario as Scenario
    from .scenario import load as load
    from .worth import customer_worth as customer_worth
    from .worth import experience_worth as experience_worth
    from .worth import reproduction_number as reproduction_number
    from .worth import service_worth as service_worth
    from .worth import worth_intervals as worth_intervals

__version__ = "0.2.0"

_HOMES = {
    name: home
    for home, names in {
        ".": ("anchoring", "assumptions", "evidence", "reach"),
        ".analysis": ("budget", "plausibility", "questions", "sweep"),
        ".errors": ("InputError", "WomError"),
        ".scenario": ("Scenario", "load"),
        "._run": ("Interval", "Run", "simulate"),
        "._effect": ("Effect", "Spread", "effect", "interactions", "mechanisms", "spread"),
        ".worth": (
            "customer_worth",
            "experience_worth",
            "service_worth",
            "worth_intervals",
            "reproduction_number",
        ),
        ".analysis.compare": ("compare",),
        ".analysis.nps": ("earned_growth", "nps"),
        ".analysis.sensitivity": ("Failure", "Sensitivity", "failure", "sensitivity"),
        ".analysis.sweep": ("lever",),
        ".calibration.backtest": ("backtest",),
        ".calibration.calibrate": ("calibrate",),
        ".exhibits.live": ("explore",),
    }.items()
    for name in names
}
"""Modules, functions and classes that users open and call, by where they lie."""

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    """A name is imported when it is first asked for (PEP 562), so that a command pays only for what it uses."""
    if (home := _HOMES.get(name)) is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if home in (".", ".analysis"):
        found: Any = import_module(f"{home.rstrip('.')}.{name}", __name__)
    else:
        found = getattr(import_module(home, __name__), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """What is promised, and nothing else: so TAB shows it."""
    return list(__all__)
