"""What good service is worth and what bad service costs.

>>> import wom
>>> plan = wom.load("retailer/front-line-training")
>>> run, today = wom.simulate(plan), wom.simulate(plan.without_plan())
>>> run.revenue > today.revenue
True
"""

from . import anchoring, evidence, word_of_mouth
from .errors import InputError, WomError
from .run import Run, simulate
from .scenario import Scenario, load

__version__ = "0.1.0"

__all__ = [
    "InputError",
    "Run",
    "Scenario",
    "WomError",
    "anchoring",
    "evidence",
    "load",
    "simulate",
    "word_of_mouth",
]
