"""Sliders for the levers of a business in JupyterLab: one picture, its numbers, reset, and saving as a scenario.

Needs ipywidgets (`pip install 'wom[lab]'`); without it, a table says what each lever does.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from .._run import Run, run
from ..analysis.sweep import LEVERS, lever
from ..anchoring import Start, start
from ..errors import InputError
from ..parameters import QUANTITIES, central
from ..scenario import Scenario, build, opens
from ..words import money, number, percent, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INSTALL = "pip install 'wom[lab]'"
DOTS = 96
"""Per inch: small enough for a picture in the time of a key press."""


@dataclass(frozen=True)
class Board:
    """A business anchored once, whose levers can be moved any number of times."""

    scenario: Scenario

    @cached_property
    def business(self) -> Scenario:
        """The business; the plan is left out."""
        return self.scenario.without_plan()

    @cached_property
    def begin(self) -> Start:
        """Hidden values and state."""
        return start(self.business)

    @cached_property
    def baseline(self) -> Run:
        """Today's course."""
        return run(self.begin)

    @cached_property
    def today(self) -> Mapping[str, float]:
        """Today's value of each lever, the customers' average where segments differ."""
        entries = self.scenario.entries()
        customers = np.array([central(entry.value) for entry in entries["market.customers"]])
        weights = customers if customers.sum() > 0 else np.ones(len(customers))
        found = {}
        for key in LEVERS:
            values = np.array([central(entry.value) for entry in entries[key]])
            found[key] = float(np.average(np.broadcast_to(values, weights.shape), weights=weights))
        return found

    def moved(self, values: Mapping[str, float]) -> Run:
        """The course with levers at other values from month 0 on, in every segment.

        Raises:
            InputError: good and bad share over 1 together.
        """
        return run(self.begin, self.business.what_if(values).inputs().schedule)

    def money(self, values: Mapping[str, float]) -> dict[str, float]:
        """Change of revenue over the horizon and of its worth today, currency."""
        after = self.moved(values)
        return {
            "revenue": float(after.revenue),
            "extra_revenue": float(after.revenue - self.baseline.revenue),
            "extra_worth": after.npv - self.baseline.npv,
        }

    def plan(self, values: Mapping[str, float]) -> Scenario:
        """The moved levers as the plan of a scenario, from month 0 on."""
        changes = {key: {"to": float(value)} for key, value in values.items()}
        data = self.scenario.data | {"plan": [{"initiative": "Levers moved", "changes": changes}]}
        return build(data | {"title": f"{self.scenario.title}: levers moved"})


def save(scenario: Scenario, file: str | Path) -> Path:
    """Write a scenario as a YAML file that loads to the same scenario.

    Args:
        scenario: any.
        file: where; what is there already stays, and is refused.

    Raises:
        InputError: the file exists or cannot be written.
    """
    path = Path(file)
    path = path if path.suffix else path.with_suffix(".yaml")
    text = yaml.safe_dump(scenario.data, sort_keys=False, allow_unicode=True)
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError as error:
        raise InputError("is there already; choose another name", file=str(path)) from error
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", file=str(path)) from error
    return path


@opens
def explore(scenario: Scenario) -> Any:
    """Sliders for the levers of a business, or a table of what they do where ipywidgets is missing.

    Args:
        scenario: from `wom.load`; its plan is left out.

    Returns:
        A widget to stand last in a cell, or a DataFrame.

    Raises:
        InputError: today's figures contradict each other.

    Example:
        >>> import wom
        >>> shown = explore(wom.load("retailer/today"))
    """
    try:
        import ipywidgets
    except ImportError:
        print(f"Sliders need ipywidgets: {INSTALL}. Until then, what each lever does from end to end:")
        return ends(scenario)
    return _Panel(Board(scenario), ipywidgets).box


def ends(scenario: Scenario) -> Any:
    """What each lever does to revenue and its worth, from one end of its span to the other, as a table."""
    import pandas as pd

    rows = {key: lever(scenario, key, span)[["revenue", "npv"]].diff().iloc[-1] for key, span in LEVERS.items()}
    table = pd.DataFrame(rows).T.rename_axis("lever")
    table.insert(0, "from", [span[0] for span in LEVERS.values()])
    table.insert(1, "to", [span[1] for span in LEVERS.values()])
    return table


class _Panel:
    """Widgets around a board; the figure is made once and only its second line moves."""

    def __init__(self, board: Board, widgets: Any) -> None:
        self.board = board
        self.axes, self.line, self.title = _drawn(board)
        self.image = widgets.Image(format="png", layout={"max_width": "100%"})
        self.said = widgets.HTML()
        self.sliders = {key: self._slider(widgets, key, span) for key, span in LEVERS.items()}
        reset = widgets.Button(description="Back to today", icon="undo")
        reset.on_click(lambda _: self._reset())
        self.name = widgets.Text(value="my-plan.yaml", description="File", layout={"width": "16rem"})
        keep = widgets.Button(description="Save as scenario", icon="save")
        keep.on_click(lambda _: self._save())
        self.kept = widgets.HTML()
        left = widgets.VBox(
            [*self.sliders.values(), widgets.HBox([reset]), widgets.HBox([self.name, keep]), self.kept]
        )
        self.box = widgets.HBox([left, widgets.VBox([self.said, self.image])], layout={"flex_flow": "row wrap"})
        self._draw()

    def _slider(self, widgets: Any, key: str, span: tuple[float, float]) -> Any:
        share = QUANTITIES[key].unit == "share"
        slider = widgets.FloatSlider(
            value=min(max(self.board.today[key], span[0]), span[1]),
            min=span[0],
            max=span[1],
            step=_step(span[1] - span[0]),
            description=key.replace("_", " ").replace(".", ": "),
            readout_format=".0%" if share else ".1f",
            style={"description_width": "15rem"},
            layout={"width": "31rem"},
        )
        slider.observe(lambda _: self._draw(), "value")
        return slider

    def _moved(self) -> dict[str, float]:
        start = self.board.today
        near = {key: (LEVERS[key][1] - LEVERS[key][0]) / 400 for key in LEVERS}
        values = {key: float(slider.value) for key, slider in self.sliders.items()}
        return {key: value for key, value in values.items() if abs(value - start[key]) > near[key]}

    def _draw(self) -> None:
        case = self.board.scenario
        try:
            after = self.board.moved(self._moved())
        except InputError as error:
            self.said.value = f"<b>{error.problem}</b>"
            return
        change = float(after.revenue - self.board.baseline.revenue)
        worth = after.npv - self.board.baseline.npv
        revenue = float(self.board.baseline.revenue)
        share = f" ({signed(percent(change / revenue))})" if revenue else ""
        self.said.value = (
            f"<b style='font-size:1.3rem'>{signed(money(change, case.currency))} revenue"
            f"{share}</b> in {case.horizon_months} months; contribution "
            f"<b>{signed(money(worth, case.currency))}</b> in today's money, before any cost of the change"
        )
        monthly = after.totals["revenue"][:, 0]
        self.line.set_ydata(monthly)
        low, high = self.limits
        self.axes.set_ylim(min(low, monthly.min()), max(high, monthly.max()))
        self.title.set_text(f"{number(monthly[-1])} a month in the end, {number(self.last)} as today")
        picture = io.BytesIO()
        figure: Any = self.axes.figure
        figure.savefig(picture, format="png", dpi=DOTS)
        self.image.value = picture.getvalue()

    @cached_property
    def limits(self) -> tuple[float, float]:
        """Of the value axis, so that it jumps only when it must."""
        course = self.board.baseline.totals["revenue"][:, 0]
        room = 0.08 * float(course.max())
        return float(course.min()) - room, float(course.max()) + room

    @cached_property
    def last(self) -> float:
        """Revenue of the last month as today."""
        return float(self.board.baseline.totals["revenue"][-1, 0])

    def _reset(self) -> None:
        for key, slider in self.sliders.items():
            slider.value = self.board.today[key]

    def _save(self) -> None:
        try:
            path = save(self.board.plan(self._moved()), self.name.value)
        except InputError as error:
            self.kept.value = f"Not saved: {error}"
            return
        self.kept.value = f"Saved. Make its report with <code>wom run {path}</code>"


def _step(span: float) -> float:
    """A round step, so that today's round values are on the slider: fifty to a hundred for its length."""
    size = span / 50
    power = 10.0 ** np.floor(np.log10(size))
    return float(max(digit * power for digit in (1.0, 2.0, 2.5, 5.0) if digit * power <= size * (1 + 1e-9)))


def _drawn(board: Board) -> tuple[Axes, Any, Any]:
    """The axes with today's line and the one that moves, and the text that says where it ends."""
    from .style import ACCENT, FAINT, INK, MUTED, axes, month_axis, value_axis

    course = board.baseline.totals["revenue"][:, 0]
    ax = axes(7.0, 3.8)
    ax.plot(course, color=MUTED, linewidth=1.8)
    (line,) = ax.plot(course, color=ACCENT, linewidth=2.4)
    title = ax.set_title("As today", loc="left", fontsize=12, fontweight="bold", color=INK)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.spines["bottom"].set_color(FAINT)
    ax.tick_params(colors=MUTED, length=0)
    value_axis(ax, zero=False)
    month_axis(ax, len(course))
    figure: Any = ax.figure
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # laid out once: the picture then takes half the time
    return ax, line, title
