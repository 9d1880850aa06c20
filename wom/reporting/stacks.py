"""Series as a native chart takes them: floating bars become stacked ones on an invisible base."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..exhibits.charts import Chart, Number, Role, Series


@dataclass(frozen=True)
class Layer:
    """One series of a stack.

    Args:
        name: as in the worksheet behind the chart.
        data: one per category.
        role: its colour, None for what only carries others.
        roles: by category, where they differ.
        source: the place of the series it is a part of, −1 for the base.
        below: whether it is the part below nought.
        whole: by category, whether the bar is all in this layer.
    """

    name: str
    data: tuple[Number, ...]
    role: Role | None
    roles: tuple[Role, ...]
    source: int
    below: bool
    whole: tuple[bool, ...]


def layers(chart: Chart) -> list[Layer]:
    """The series that show a chart, from the axis outwards; a floating bar that crosses nought is in two of them.

    Example:
        >>> from wom.exhibits.charts import steps
        >>> found = layers(steps(["Before", "Loss", "After"], [10.0, -4.0, 6.0], [0, 2]))
        >>> [(layer.name, layer.data) for layer in found]
        [('Base', (0.0, 6.0, 0.0)), ('Total', (10.0, None, 6.0)), ('Fall', (None, 4.0, None))]
    """
    count = len(chart.categories)
    if chart.kind != "floating_bars":
        whole = (True,) * count
        return [
            Layer(one.name, one.data, one.role, one.roles, place, below=False, whole=whole)
            for place, one in enumerate(chart.series)
        ]
    spans = [[_span(one, place) for place in range(count)] for one in chart.series]
    bases = []
    for place in range(count):
        here = [row[place] for row in spans]
        drawn = [span for span in here if span]
        low, high = min((span[0] for span in drawn), default=0.0), max((span[1] for span in drawn), default=0.0)
        bases.append(low if low > 0 else high if high < 0 else 0.0)
    above = [_layer(chart.series[place], place, row, below=False) for place, row in enumerate(spans)]
    under = [_layer(chart.series[place], place, row, below=True) for place, row in enumerate(spans)][::-1]
    parts = [layer for layer in (*above, *under) if any(value is not None for value in layer.data)]
    names = [part.name for part in parts]
    renamed = [
        replace(part, name=f"{part.name} (below 0)") if part.below and names.count(part.name) > 1 else part
        for part in parts
    ]
    base = Layer("Base", tuple(bases), None, (), -1, below=False, whole=(False,) * count)
    return [base, *renamed] if any(bases) else renamed


def _span(one: Series, place: int) -> tuple[float, float] | None:
    """Lower and upper end of a bar, None where there is none."""
    start, end = one.starts[place], one.data[place]
    return None if start is None or end is None else (min(start, end), max(start, end))


def _layer(one: Series, source: int, spans: list[tuple[float, float] | None], *, below: bool) -> Layer:
    data: list[Number] = []
    whole = []
    for span in spans:
        low, high = span or (0.0, 0.0)
        crosses = low < 0 < high
        size = min(high, 0.0) - min(low, 0.0) if below else max(high, 0.0) - max(low, 0.0)
        mine = span is not None and (crosses or (high <= 0 and low < 0 if below else low >= 0))
        data.append((-size if below else size) if mine else None)
        whole.append(mine and not crosses)
    return Layer(one.name, tuple(data), one.role, one.roles, source, below, tuple(whole))
