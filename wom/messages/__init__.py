"""Results in sentences: one message per chart with its number, and what to know before using a result."""

from .cautions import cautions
from .effects import alternatives, around, basis, headline, segments, sentences, subject
from .parts import COLUMNS, lever
from .plans import allocation, compared, interaction, plans, plans_headline, spending
from .standing import standing
from .uncertainty import choices
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
    "COLUMNS",
    "aftermath",
    "allocation",
    "alternatives",
    "around",
    "basis",
    "cautions",
    "choices",
    "compared",
    "customer",
    "experience",
    "headline",
    "interaction",
    "lever",
    "mechanisms",
    "money_table",
    "others_found",
    "plans",
    "plans_headline",
    "plausible",
    "recovery",
    "segments",
    "sentences",
    "served",
    "service",
    "service_table",
    "serving",
    "spending",
    "standing",
    "subject",
    "sureness",
    "whom_to_serve",
    "worth_headline",
]
