"""What good service is worth and what bad service costs.

>>> import wom
>>> plan = wom.load("retailer/front-line-training")
>>> run, today = wom.simulate(plan), wom.simulate(plan.without_plan())
>>> run.revenue > today.revenue
True
"""

from . import anchoring, assumptions, evidence, levers, planning, plausibility, reach, views, word_of_mouth
from .effect import Effect, effect
from .errors import InputError, WomError
from .levers import lever
from .mechanisms import interactions, mechanisms
from .planning import compare
from .run import Run, simulate
from .scenario import Scenario, load
from .worth import customer_worth, experience_worth, reproduction_number

__version__ = "0.1.0"

__all__ = [
    "Effect",
    "InputError",
    "Run",
    "Scenario",
    "WomError",
    "anchoring",
    "assumptions",
    "compare",
    "customer_worth",
    "effect",
    "evidence",
    "experience_worth",
    "interactions",
    "lever",
    "levers",
    "load",
    "mechanisms",
    "planning",
    "plausibility",
    "reach",
    "reproduction_number",
    "simulate",
    "views",
    "word_of_mouth",
]
