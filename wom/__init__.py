"""What good service is worth and what bad service costs.

>>> import wom
>>> plan = wom.load("retailer/front-line-training")
>>> run, today = wom.simulate(plan), wom.simulate(plan.without_plan())
>>> run.revenue > today.revenue
True
"""

from . import anchoring, assumptions, evidence, levers, reach, word_of_mouth
from .effect import Effect, effect
from .errors import InputError, WomError
from .levers import lever
from .run import Run, simulate
from .scenario import Scenario, load

__version__ = "0.1.0"

__all__ = [
    "Effect",
    "InputError",
    "Run",
    "Scenario",
    "WomError",
    "anchoring",
    "assumptions",
    "effect",
    "evidence",
    "lever",
    "levers",
    "load",
    "reach",
    "simulate",
    "word_of_mouth",
]
