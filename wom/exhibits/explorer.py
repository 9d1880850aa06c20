"""Sliders for the levers of a case in JupyterLab: one picture, its numbers, reset, and saving as a scenario.

Needs ipywidgets (`pip install 'wom[lab]'`); without it, a table says what each lever does.
"""

from __future__ import annotations

import io
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from .._run import Run, simulate
from ..errors import InputError
from ..scenario import Scenario, build, opens
from ..words import NARROW, number, percent, signed
from .chart import MONTHS, Chart, series
from .exhibit import escape
from .lever import Lever, initiatives, levers, moved

INSTALL = "pip install 'wom[lab]'"
WIDE, DOTS = 560, 96
"""Pixels of the picture beside the sliders, and its dots per inch: few enough for the time of a key press."""


@dataclass(frozen=True)
class Board:
    """A case whose levers can be moved any number of times, against the same business as it is, without a plan."""

    scenario: Scenario

    @cached_property
    def levers(self) -> tuple[Lever, ...]:
        """Those that move this case most, the same as on its page."""
        return levers(self.scenario)

    def runs(self, values: Mapping[str, float]) -> tuple[Run, Run]:
        """The case with levers at other values, and the business as it is, over as many months.

        Raises:
            InputError: values that cannot be, such as good and bad share over 1 together.
        """
        case = moved(self.scenario, self.levers, values)
        today = self.scenario.without_plan().replace({"horizon_months": case.horizon_months})
        return simulate(case), simulate(today)

    def plan(self, values: Mapping[str, float]) -> Scenario:
        """The moved levers as a scenario: its plan revised, or a plan of what was moved, from month 0 on.

        Raises:
            InputError: nothing is moved and there is no plan, so that nothing would be saved.
        """
        case = moved(self.scenario, self.levers, values)
        title = {"title": f"{self.scenario.title}: levers moved"}
        if initiatives(self.scenario):
            return build(case.data | title)
        changes = {key: change for key, change in case.data.get("what_if", {}).items() if key in values}
        if not changes:
            raise InputError("move a lever first: there is nothing to save yet")
        item = {"initiative": "Levers moved", "changes": changes}
        data = self.scenario.data | title | {"horizon_months": case.horizon_months}
        return build(data | {"plan": [*data.get("plan", []), item]})

    def written(self, lever: Lever, value: float) -> str:
        """A lever's value in full: 4.5 % where it is 4.5 %."""
        write = self.scenario.write
        if lever.unit == "multiplier":
            change = round(100 * (value - 1), 9)
            return (
                "as now" if change == 0 else write.text(signed(f"{change:.6g}".replace("-", "−"))) + NARROW + "%"
            )
        if lever.unit.startswith("currency"):
            return write.text(number(value, 6), currency=True)
        if lever.key == "start_month":
            return self.scenario.calendar.label(int(value))
        text = write.percent(value, 6) if lever.unit.startswith("share") else write.number(value, 6)
        return f"{text} months" if lever.unit == "months" else text


def save(scenario: Scenario, file: str | Path) -> Path:
    """Write a scenario as a YAML file that loads to the same scenario, and say where.

    Args:
        scenario: any.
        file: where; what is there already stays, and is refused.

    Raises:
        InputError: the file exists or cannot be written.
    """
    path = Path(file)
    path = (path if path.suffix else path.with_suffix(".yaml")).resolve()
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
    """Sliders for the levers that move a case most, or a table of what they do where ipywidgets is missing.

    Args:
        scenario: from `wom.load`, with a plan or without.

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


def ends(scenario: Scenario) -> pd.DataFrame:
    """What each lever does to revenue and its worth, from one end of its span to the other, as a table."""
    board, rows = Board(scenario), {}
    for lever in board.levers:
        try:
            first, last = (board.runs({lever.key: end})[0] for end in (lever.low, lever.high))
        except InputError:  # an end that other figures do not allow
            continue
        rows[lever.key] = [lever.low, lever.high, last.revenue - first.revenue, last.npv - first.npv]
    return pd.DataFrame(rows, ["from", "to", "revenue", "npv"]).T.rename_axis("lever")


class _Panel:
    """Widgets around a board."""

    def __init__(self, board: Board, widgets: Any) -> None:
        self.board, self.quiet = board, False
        self.image = widgets.Image(format="png", layout={"width": f"{WIDE}px"})
        self.said = widgets.HTML(layout={"max_width": f"{WIDE}px"})
        self.sliders = {lever.key: self._slider(widgets, lever) for lever in board.levers}
        reset = widgets.Button(description="Back to where it stood", icon="undo", layout={"width": "auto"})
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

    def _slider(self, widgets: Any, lever: Lever) -> Any:
        slider = widgets.SelectionSlider(
            options=[(self.board.written(lever, place), place) for place in lever.places],
            value=lever.value,
            description=lever.words,
            style={"description_width": "14rem"},
            layout={"width": "29rem"},
        )
        slider.observe(lambda _: self._draw(), "value")
        return slider

    def _values(self) -> dict[str, float]:
        at = {lever: float(self.sliders[lever.key].value) for lever in self.board.levers}
        return {lever.key: value for lever, value in at.items() if value != lever.value}

    def _draw(self) -> None:
        if self.quiet:
            return
        try:
            after, today = self.board.runs(self._values())
        except InputError as error:
            self.said.value = f"<b>{escape(error.problem)}</b>"
            return
        case, change = self.board.scenario, float(after.revenue - today.revenue)
        share = f" ({signed(percent(change / today.revenue))})" if today.revenue and change else ""
        cost = "after the plan's cost" if initiatives(case) else "before any cost of the change"
        more, worth = (case.write.money(value, 3, sign=True) for value in (change, after.npv - today.npv))
        head = f"{more} revenue{share}" if change else "Revenue as it is"
        self.said.value = (
            f"<b style='font-size:1.3rem'>{escape(head)}</b> in {len(today.months)} months "
            f"against the business as it is; <b>{escape(worth)}</b> in today's money, {cost}"
        )
        picture = io.BytesIO()
        self._figure(after, today).savefig(picture, format="png", dpi=DOTS)
        self.image.value = picture.getvalue()

    def _figure(self, after: Run, today: Run) -> Any:
        """Revenue by month: as it is, and with the levers moved."""
        from .drawing import draw

        case = self.board.scenario
        lines = (
            series("with the plan" if initiatives(case) else "as moved", after.totals["revenue"][:, 0]),
            series("as it is", today.totals["revenue"][:, 0], "neutral"),
        )
        subtitle = f"Revenue a month{', ' + case.currency if case.currency else ''}"
        months = tuple(map(float, range(len(today.months))))
        chart = Chart(
            "line", months, lines, subtitle, MONTHS, zero=False, between=True, number_format=case.number_format
        )
        return draw(chart, width=WIDE)

    def _reset(self) -> None:
        self.quiet = True
        for lever in self.board.levers:
            self.sliders[lever.key].value = lever.value
        self.quiet = False
        self._draw()

    def _save(self) -> None:
        try:
            path = save(self.board.plan(self._values()), self.name.value)
        except InputError as error:
            self.kept.value = f"Not saved: {escape(str(error))}"
            return
        self.kept.value = f"Saved. Make its report with <code>wom run {escape(shlex.quote(str(path)))}</code>"
