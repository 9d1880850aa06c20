"""What tables hold and what was found in them as people read it: no settings, no idle digits."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from ..calibration.estimate import Estimate
from ..parameters import Key
from ..words import MINUS, number, whole
from .standing import month


def read(rows: int, rejected: int) -> str:
    """How much was read, in a title's length.

    Example:
        >>> read(55256, 0), read(1000, 20)
        ('55,256 rows were read, and none had to be rejected', '1,000 rows were read, and 20 of them rejected')
    """
    said = f"{whole(rows)} rows were read, and"
    return f"{said} {whole(rejected)} of them rejected" if rejected else f"{said} none had to be rejected"


def tables(sentences: Sequence[str]) -> str:
    """What tables hold, as a Markdown list: months in words, and no word about settings of a file.

    Args:
        sentences: of `wom.data.check`.

    Example:
        >>> print(tables(["customers: 9 rows read, all used.", "Months observed: 2023-01 to 2024-12, 24 months."]))
        - Customers: 9 rows read, all used.
        - Months observed: Jan 2023 to Dec 2024, 24 months.
    """
    plainly = [_MONTH.sub(lambda found: month(found[0]), _SETTING.sub("", text)) for text in sentences]
    return "\n".join(f"- {text[:1].upper()}{text[1:]}" for text in plainly)


_MONTH = re.compile(r"\b\d{4}-(?:0[1-9]|1[0-2])\b(?!-)")
_SETTING = re.compile(r"; \w+\.duplicates: remove takes them out| \((?:from|to) is not set\)")


def written(one: Estimate) -> tuple[str, str, str]:
    """Low end, middle and high end of a figure, with no digit that its interval leaves open; shares in percent.

    All three have the same decimals. No end is rounded to nought or to one, where "no effect" lies, as long as one
    digit more tells it from them.

    Example:
        >>> written(Estimate("word_of_mouth.reach_bad", 17.128, 21.045, 26.466, "Asked.", 400))
        ('17', '21', '26')
        >>> written(Estimate("word_of_mouth.reach_bad", 17.128, 21.045, 50.73, "Asked.", 400))
        ('17', '21', '51')
        >>> print(*written(Estimate("experience.bad_share", 0.05867, 0.06109, 0.06357, "Logged.", 400)), sep=", ")
        5.9 %, 6.1 %, 6.4 %
        >>> written(Estimate("retention.delighted_hazard_ratio", 0.58, 0.757, 0.978, "Seen.", 40))
        ('0.58', '0.76', '0.98')
    """
    share = is_share(one.key)
    scale = 100.0 if share else 1.0
    values = [scale * value for value in (one.low, one.central, one.high)]
    if one.high <= one.low:
        texts = [number(value, 4) if value < _PEOPLE else whole(value) for value in values]
    else:
        place = math.floor(math.log10((values[2] - values[0]) / _DIGITS))
        neutral = (0.0, scale)
        place -= any(round(end, -place) in neutral and end not in neutral for end in (values[0], values[2]))
        place -= len({round(value, -place) for value in values}) < len(values)  # the middle is no end
        texts = [f"{round(value, -place):,.{max(-place, 0)}f}".replace("-", MINUS) for value in values]
    first, middle, last = (f"{text} %" if share else text for text in texts)
    return first, middle, last


_DIGITS = 3.0
"""Least steps of the last digit that an interval is wide."""
_PEOPLE = 1000.0
"""From here on a counted figure is a whole number."""


def is_share(key: str) -> bool:
    """Whether a figure is a share, which people read in percent.

    Example:
        >>> is_share("experience.bad_share"), is_share("experience.contacts_per_month")
        (True, False)
    """
    found = Key.find(key)
    return found is not None and found.quantity.unit.startswith(("share", "probability"))
