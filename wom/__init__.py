"""What good service is worth and what bad service costs.

>>> import wom
>>> plan = wom.load("retailer/front-line-training")
>>> run, today = wom.simulate(plan), wom.simulate(plan.without_plan())
>>> run.revenue > today.revenue
True
"""

from typing import TYPE_CHECKING

from .errors import InputError as InputError
from .errors import WomError as WomError
from .errors import door

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

_FROM = {
    "": "anchoring assumptions evidence reach",
    "analysis": "budget plausibility questions sweep",
    "errors": "InputError WomError",
    "scenario": "Scenario load",
    "_run": "Interval Run simulate",
    "_effect": "Effect Spread effect interactions mechanisms spread",
    "worth": "customer_worth experience_worth reproduction_number service_worth worth_intervals",
    "analysis.compare": "compare",
    "analysis.nps": "earned_growth nps",
    "analysis.sensitivity": "Failure Sensitivity failure sensitivity",
    "analysis.sweep": "lever",
    "calibration.backtest": "backtest",
    "calibration.calibrate": "calibrate",
    "exhibits.live": "explore",
}
"""Modules, functions and classes that users open and call, by where they lie."""
__getattr__, __dir__ = door(__name__, _FROM)
__all__ = __dir__()
