"""What people of a population did, written down by the recorder that made the sample's tables."""

import importlib.util
from pathlib import Path

from wom import population

SAMPLE = Path(__file__).parents[1] / "data" / "sample" / "retailer"

_spec = importlib.util.spec_from_file_location("make_tables", SAMPLE / "make_tables.py")
make_tables = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(make_tables)
Recorder = make_tables.Recorder


def recorded(scenario, **more):
    """A run of a population and what was written down of it."""
    shop = Recorder()
    return population.simulate(scenario, watch=shop.note, **more), shop
