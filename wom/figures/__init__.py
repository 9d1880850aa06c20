"""Charts of results: each takes a result and axes, draws one message, and returns the axes. Nothing is computed.

Leave `ax` out for axes of a new figure in the house style; show it with `wom.reporting.show`.
"""

from .common import source_line, waterfall
from .effects import arrivals, customers, difference, net, revenue, stars, told
from .parts import reach
from .value import LEVEL, MECHANISMS, aftermath, iceberg, mechanisms, perception, worth

__all__ = [
    "LEVEL",
    "MECHANISMS",
    "aftermath",
    "arrivals",
    "customers",
    "difference",
    "iceberg",
    "mechanisms",
    "net",
    "perception",
    "reach",
    "revenue",
    "source_line",
    "stars",
    "told",
    "waterfall",
    "worth",
]
