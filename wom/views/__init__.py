"""The questions that started the subject, each answered by a small frozen result with its units."""

from .events import Aftermath, bad_apple, day_without_customers
from .iceberg import expected_complaints, iceberg
from .perception import PerceptionGap, perception_gap
from .recovery import service_recovery
from .segments import whom_to_serve

__all__ = [
    "Aftermath",
    "PerceptionGap",
    "bad_apple",
    "day_without_customers",
    "expected_complaints",
    "iceberg",
    "perception_gap",
    "service_recovery",
    "whom_to_serve",
]
