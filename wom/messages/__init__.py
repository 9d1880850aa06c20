"""Results in sentences: one message per chart with its number, and what to know before using a result."""

from .cautions import cautions
from .effects import alternatives, around, basis, headline, segments, sentences, subject
from .standing import standing
from .worth import (
    aftermath,
    customer,
    experience,
    mechanisms,
    money_table,
    others_found,
    plausible,
    recovery,
    served,
    service,
    service_table,
    serving,
    sureness,
    whom_to_serve,
    worth_headline,
)

__all__ = [
    "aftermath",
    "alternatives",
    "around",
    "basis",
    "cautions",
    "customer",
    "experience",
    "headline",
    "mechanisms",
    "money_table",
    "others_found",
    "plausible",
    "recovery",
    "segments",
    "sentences",
    "served",
    "service",
    "service_table",
    "serving",
    "standing",
    "subject",
    "sureness",
    "whom_to_serve",
    "worth_headline",
]
