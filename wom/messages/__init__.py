"""Results in sentences: one message per chart with its number, and what to know before using a result."""

from .cautions import cautions
from .effects import alternatives, around, basis, headline, segments, sentences, subject
from .parts import COLUMNS, lever
from .plans import allocation, compared, interaction, plans, plans_headline, spending
from .standing import standing
from .uncertainty import choices
from .worth import (
    mechanisms,
    money_table,
    plausible,
)

__all__ = [
    "COLUMNS",
    "allocation",
    "alternatives",
    "around",
    "basis",
    "cautions",
    "choices",
    "compared",
    "headline",
    "interaction",
    "lever",
    "mechanisms",
    "money_table",
    "plans",
    "plans_headline",
    "plausible",
    "segments",
    "sentences",
    "spending",
    "standing",
    "subject",
]
