"""How numbers stand on a chart: round ticks on its axis, values as text or as a spreadsheet's number format."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..exhibits.charts import Chart
from ..words import LARGE, MINUS, amounts, signed

MOST = 5
"""Steps of a value axis."""
_LARGE = 20_000.0
"""Beside which the hundreds are no news."""
_NOTHING = 0.5


def ticks(chart: Chart) -> list[float]:
    """Round numbers that hold everything drawn; the first and the last of them are the ends of the value axis.

    Example:
        >>> from wom.exhibits.charts import Series
        >>> ticks(Chart("columns", ("a", "b"), (Series("Net", (-3.0, 9.0)),)))
        [-5.0, 0.0, 5.0, 10.0]
    """
    low, high = chart.limits or _reach(chart)
    if low == high:
        low, high = min(low, 0.0), max(high, 0.0) or 1.0
    size = 10.0 ** math.floor(math.log10((high - low) / MOST))
    first, last, step = 0, MOST + 1, 0.0
    for part in (1.0, 2.0, 2.5, 5.0, 10.0, 20.0):
        step = size * part
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first <= MOST:
            break
    return [round(place * step, 12) for place in range(first, last + 1)]


def _reach(chart: Chart) -> tuple[float, float]:
    """The least and the largest that is drawn."""
    values = [part for one in chart.series for part in (*one.data, *one.starts) if part is not None]
    if chart.kind.startswith("stacked"):
        table = np.nan_to_num(chart.frame().to_numpy(dtype=float))
        values = [*np.where(table > 0, table, 0).sum(axis=1), *np.where(table < 0, table, 0).sum(axis=1)]
    if chart.zero or not values:
        values.append(0.0)
    return float(min(values)), float(max(values))


def axis_texts(places: list[float]) -> list[str]:
    """Ticks as text, in millions where they are that large.

    Example:
        >>> axis_texts([-5.0, 0.0, 5.0]), axis_texts([0.0, 2.5e6])
        (['−5', '0', '5'], ['0', '2.5 million'])
    """
    return [_written(place, max(map(abs, places))) for place in places]


def _written(value: float, largest: float) -> str:
    power, word = _large(largest)
    text = f"{abs(value) / 10**power:,.6f}".rstrip("0").rstrip(".")
    return (MINUS if value < 0 else "") + text + (f" {word}" if word and value else "")


def _large(largest: float) -> tuple[int, str]:
    """The power of ten in which numbers up to the largest are written, and its word."""
    return next(((power, word) for power, word in LARGE if largest >= 10**power), (0, ""))


def in_thousands(values: Sequence[float]) -> bool:
    """Whether values are so large that digits below the thousand say nothing, and still differ without them.

    Values in whole tens were rounded already, as the title beside them says them.

    Example:
        >>> in_thousands([286_410.0, 278_267.0]), in_thousands([250_417.0, 250_391.0]), in_thousands([5_722.0])
        (True, False, False)
        >>> in_thousands([45_000.0, -110_200.0, -65_200.0])
        False
    """
    if all(value % 10 == 0 for value in values):
        return False
    known = [value for value in set(values) if abs(value) >= 500]
    rounded = {round(value / 1000) for value in known}
    return _LARGE <= max(map(abs, values), default=0.0) < 1e6 and len(rounded) == len(known)


def value_texts(values: list[float], form: str) -> list[str]:
    """Values as they stand at bars, rounded alike.

    Example:
        >>> value_texts([1234.5, -20.0], "change"), value_texts([40.4, 3.1], "plain")
        (['+1,234', '−20'], ['40', '3'])
        >>> value_texts([-110_205.0, 24_497.0, 347.0], "change")
        ['−110,000', '+24,000', 'under 500']
    """
    if form == "plain":
        whole = max(map(abs, values)) >= 10
        return [f"{value:,.{0 if whole else 1}f}".replace("-", MINUS) for value in values]
    if in_thousands(values):
        signs = [MINUS if value < 0 else "+" if form == "change" else "" for value in values]
        return [
            f"{sign}{round(abs(value) / 1000)},000"
            if abs(value) >= 500
            else "0"
            if abs(value) < _NOTHING
            else "under 500"
            for sign, value in zip(signs, values, strict=True)
        ]
    texts = amounts(values, digits=4 if max(map(abs, values)) >= 1000 else 3)
    return [signed(text) for text in texts] if form == "change" else texts


def bar_texts(chart: Chart) -> list[str]:
    """What stands at the end of each lying bar.

    Example:
        >>> from wom.exhibits.charts import steps
        >>> bar_texts(steps(["Before", "Loss", "After"], [10.0, -4.0, 6.0], [0, 2]))
        ['10.0', '−4.0', '6.0']
    """
    if chart.labels:
        return list(chart.labels)
    sizes = [
        [_size(one.data, one.starts, place) for place in range(len(chart.categories))] for one in chart.series
    ]
    known = bar_sizes(chart)
    texts = []
    for column in zip(*sizes, strict=True):
        pairs = zip(column, (one.form or chart.form for one in chart.series), strict=True)
        written = [value_texts([value, *known], form)[0] for value, form in pairs if value is not None]
        texts.append(max(written, key=len, default=""))
    return texts


def bar_sizes(chart: Chart) -> list[float]:
    """How long each bar is, with the sign of its direction.

    Example:
        >>> from wom.exhibits.charts import steps
        >>> bar_sizes(steps(["Before", "Loss", "After"], [10.0, -4.0, 6.0], [0, 2]))
        [10.0, 6.0, -4.0]
    """
    found = (_size(one.data, one.starts, place) for one in chart.series for place in range(len(chart.categories)))
    return [value for value in found if value is not None]


def _size(ends: Sequence[float | None], starts: Sequence[float | None], place: int) -> float | None:
    end = ends[place]
    return end if end is None or not starts else end - (starts[place] or 0.0)


def number_format(values: list[float], form: str, value: float = 0.0) -> str:
    """The format that makes a spreadsheet write a value like the others, however it is edited later.

    Example:
        >>> number_format([1234.5], "amount"), number_format([0.25, 4.5], "plain")
        ('#,##0;−#,##0', '#,##0.0;−#,##0.0')
        >>> number_format([-2.5e6], "change")
        '+#,##0.000,," million";−#,##0.000,," million";0'
    """
    largest = max(map(abs, values), default=0.0)
    if form != "plain" and in_thousands(values):
        return thousands("+" if form == "change" else "", MINUS, value)
    power, word = _large(largest)
    if power:  # four digits, as `amounts` writes them
        decimals = max(3 - math.floor(math.log10(largest / 10**power)), 0)
        body = f'#,##0{"." if decimals else ""}{"0" * decimals}{"," * (power // 3)}" {word}"'
    elif form == "plain":
        body = "#,##0" if largest >= 10 else "#,##0.0"
    else:
        body = (
            "#,##0" if largest >= 100 else "#,##0.0" if largest >= 10 else "#,##0.00" if largest >= 1 else "0.000"
        )
    return f"+{body};{MINUS}{body};0" if form == "change" else f"{body};{MINUS}{body}"


def thousands(above: str, below: str, value: float = 0.0) -> str:
    """The format that rounds to thousands, with a sign in front of what is above and of what is below nought.

    Args:
        above, below: the signs.
        value: what is to be written now; a small one is said to be small, because formats cannot say more.

    Example:
        >>> thousands("", "−"), thousands("", "−", 78.3)[-12:]
        ('[>=500]#,##0,",000";[<=-500]−#,##0,",000";"0"', ';"under 500"')
    """
    small = "0" if abs(value) < _NOTHING or abs(value) >= 500 else "under 500"
    return f'[>=500]{above}#,##0,",000";[<=-500]{below}#,##0,",000";"{small}"'


def axis_format(places: list[float]) -> str:
    """The format of a value axis with these ticks.

    Example:
        >>> axis_format([0.0, 5e6]), axis_format([0.0, 0.5, 1.0])
        ('0,,\" million\";−0,,\" million\";0', '#,##0.0;−#,##0.0')
    """
    largest = max(map(abs, places))
    power, word = _large(largest)
    decimals = max((len(f"{place / 10**power:.6f}".rstrip("0").partition(".")[2]) for place in places), default=0)
    dot = "." + "0" * decimals if decimals else ""
    if power:
        body = f'0{dot}{"," * (power // 3)}" {word}"'
        return f"{body};{MINUS}{body};0"
    return f"#,##0{dot};{MINUS}#,##0{dot}"
