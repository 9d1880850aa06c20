"""Tables of one's own: described in `data.yaml`, checked, and added up where they lie."""

from ._check import Check
from .description import Description
from .tables import Tables, load

__all__ = ["Check", "Description", "Tables", "load"]
