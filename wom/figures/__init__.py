"""Charts of results: each takes a result and axes, draws one message, and returns the axes. Nothing is computed.

Leave `ax` out for axes of a new figure in the house style; show it with `wom.reporting.show`.
"""

from .common import source_line, waterfall
from .effects import arrivals, customers, difference, net, revenue, stars, told
from .parts import lever, reach
from .sureness import by_grade, distribution, fan, luck, regret, tornado
from .value import LEVEL, MECHANISMS, mechanisms, worth

__all__ = [
    "LEVEL",
    "MECHANISMS",
    "arrivals",
    "by_grade",
    "customers",
    "difference",
    "distribution",
    "fan",
    "lever",
    "luck",
    "mechanisms",
    "net",
    "reach",
    "regret",
    "revenue",
    "source_line",
    "stars",
    "told",
    "tornado",
    "waterfall",
    "worth",
]
