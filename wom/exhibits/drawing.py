"""Charts drawn by matplotlib from their description: for notebooks, pages and slides alike."""

from __future__ import annotations

from matplotlib.figure import Figure

from .chart import Chart


def draw(chart: Chart, *, width: float = 696, phone: bool = False, title: str = "", source: str = "") -> Figure:
    """A chart as a figure of so many CSS pixels, with its title and source where none stand around it.

    Raises:
        NotImplementedError: to be drawn.
    """
    figure = Figure(figsize=(width / 96, width / 160))
    figure.suptitle(title, parse_math=False)
    axes = figure.subplots()
    for series in chart.series:
        axes.plot([value for value in series.data if value is not None])
    return figure


def svg(chart: Chart, *, width: float = 696, phone: bool = False) -> str:
    """A chart as SVG with real text and the page's colours as variables, no wider than its column."""
    raise NotImplementedError
