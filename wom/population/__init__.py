"""The rules of the model person by person: well mixed or on a network.

`wom.simulate` computes expected numbers. Here everyone in the market is one person with a segment and one of the
seven states, and chance decides: what a customer experiences, who tells whom, what a prospect heard last, who
comes, who leaves. Well mixed its mean is the engine's; on a network audiences overlap, and word of mouth reaches
fewer people.

>>> import wom, wom.population as population
>>> run = population.simulate(wom.load("retailer/today"), scale=0.1, horizon=12)
>>> bool((run.monthly[["customers", "prospects", "avoiders"]].sum(axis=1) == run.people).all())
True
"""

from ._run import PopulationRun, follow, overlap, simulate
from .networks import Network, barabasi_albert, edge_list, watts_strogatz
from .people import Habits

__all__ = [
    "Habits",
    "Network",
    "PopulationRun",
    "barabasi_albert",
    "edge_list",
    "follow",
    "overlap",
    "simulate",
    "watts_strogatz",
]
