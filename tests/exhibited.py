"""An executed notebook with an exhibit of every kind and somebody's own work, made without running anything."""

import base64
import io
import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Drawing

from wom.exhibits.chart import MONTHS, Chart, series
from wom.exhibits.exhibit import EXHIBIT, Brief, Exhibit, Figure

SOURCE = "wom, scenario retailer/front-line-training, every figure at its middle value"
NAME = "“$5 *c* A_b” <b>x</b> ![a](b) [y](z) $x$"
"""A name in which everything would be markup somewhere."""


@cache
def exhibits():
    """An exhibit of every kind, by name."""
    months = range(37)
    worth = (24500.0, 9100.0, 6800.0, 3400.0, 900.0, -110200.0, -65500.0)
    cases = np.sort(np.random.default_rng(1).normal(-65000, 40000, 100))
    charts = {
        "line": Chart(
            "line",
            tuple(months),
            (
                series(
                    "with the training", [250e3 + 1000.0 * m for m in months], end="286,000\nwith the training"
                ),
                series("without it", [250e3 + 770.0 * m for m in months], "muted"),
            ),
            subtitle="Revenue per month, USD",
            axis=MONTHS,
            zero=False,
            between=True,
            marks=((3, "training starts"),),
        ),
        "waterfall": Chart(
            "waterfall",
            (
                "Customers stay longer",
                "They spend more",
                "Better star rating",
                "Less bad word of mouth",
                "More good word of mouth",
                "Cost of the training",
                "Net",
            ),
            (series("change", worth),),
            subtitle="Change over 36 months, USD",
            form="change",
            totals=(6,),
        ),
        "dots": Chart(
            "dots",
            tuple(range(1, 101)),
            (series("net", cases),),
            subtitle="Net; each dot is 1 of 100 cases",
            form="change",
            reference=0.0,
            sides=("costs more than it earns", "pays"),
        ),
        "ranges": Chart(
            "ranges",
            ("Make it right", "Train the front line", NAME),
            (
                series("low", (4500, -91100, -10)),
                series("middle", (33900, -65200, 2000)),
                series("high", (70100, -34000, 9000)),
            ),
            subtitle="Net over 36 months, USD",
            form="change",
            reference=0.0,
        ),
        "people": Chart(
            "people",
            ("came because they were told", "would have come anyway", "came by themselves"),
            (series("people", (5, 14, 81), roles=("better", "better_light", "faint")),),
            subtitle="Of 100 new customers",
        ),
        "squares": Chart(
            "squares",
            ("believed it", "had customers who agreed"),
            (series("of 100 firms", (80, 8), roles=("neutral", "better")),),
            subtitle="Each square is one of 100 firms",
        ),
        "columns": Chart(
            "columns", ("2024", "2025", "2026"), (series("revenue", (1.2e6, 1.4e6, 1.3e6), "neutral"),)
        ),
        "stacked_columns": Chart(
            "stacked_columns",
            ("2024", "2025", "2026"),
            (series("old", (8, 7, 6), "neutral"), series("new", (2, 4, 5), "better")),
        ),
        "bars": Chart(
            "bars",
            ("Bad stories", "Good stories"),
            (series("without", (130, 387), "neutral"), series("with", (79, 386), roles=("worse", "better"))),
        ),
        "stacked_bars": Chart(
            "stacked_bars",
            ("A bad visit",),
            (series("that customer", (21,), "worse"), series("who hear of it", (9,), "worse_light")),
        ),
    }
    sentences = {
        "line": "Revenue ends 2.9 % higher: USD 286,000 a month instead of 278,000",
        "waterfall": "It earns mostly by keeping customers, and not enough to pay for itself",
        "dots": "In 99 of 100 cases the training costs more than it earns",
        "ranges": "Making it right pays. Training does not, at this price",
        "people": "Of 100 new customers 19 were recommended. 5 came because of it",
        "squares": "80 of 100 firms believed it; customers agreed of 8",
        "columns": "Revenue fell in 2026",
        "stacked_columns": "Eleven thousand customers, almost half of them new",
        "bars": "Bad stories reach 40 % fewer people; good ones as many as before",
        "stacked_bars": "A bad visit costs USD 30",
    }
    found = {
        name: Exhibit(
            sentences[name],
            chart,
            alt=f"What is seen: {sentences[name]}.",
            source=SOURCE,
            text=(f"Said beside {name}.",),
            notes=f"To say with {name}.",
            appendix=name == "stacked_bars",
        )
        for name, chart in charts.items()
    }
    figures = (
        Figure("Net, in today’s money", "−USD 65,000", "90 % range −91,000 to −34,000", -1, (-91e3, -65e3, -34e3)),
        Figure("Revenue in 36 months", "+USD 141,000", "90 % range 61,000 to 236,000", 1, (61e3, 141e3, 236e3)),
        Figure("Customers at the end", "+148", "5,722 instead of 5,574", 1),
    )
    answers = (
        ("How sure", "It loses in 99 of 100 cases."),
        ("Up to which price it pays", "USD 45,000 in all."),
        ("What would change it", "A lower price."),
        ("What to find out next", "Nothing. Ask for a smaller offer."),
    )
    rows = {
        "Figure": ["Bad contacts", "=HYPERLINK(1)", NAME],
        "Value": [0.06, 1234.5, -3.0],
        "Grade": ["a", "b", "c"],
    }
    many = pd.DataFrame({"Figure": [f"Figure {number}" for number in range(40)], "Value": np.arange(40.0)})
    lead = "In 36 months the training would earn USD 45,000 and cost USD 110,000."
    return found | {
        "decision": Exhibit(
            "Do not train the front line at this price",
            text=(lead,),
            figures=figures,
            answers=answers,
            source=SOURCE,
            notes="Begin with the order.",
        ),
        "table": Exhibit(
            f"What it rests on: {NAME}", data=pd.DataFrame(rows), formats={"Value": "{:,.2f}"}, source="A survey"
        ),
        "many": Exhibit("All assumptions", data=many, appendix=True, source="wom"),
        "text": Exhibit("Two cautions", text=(f"The segment {NAME} is small.", "No competitor reacts.")),
        "big": Exhibit(
            "One bad visit costs what 4.5 good ones bring in",
            figures=(
                Figure("One bad visit", "−USD 30", "90 % range 13 to 49", -1),
                Figure("Good visits to make up for it", "4.5"),
            ),
            source="wom",
        ),
        "brief": Brief(
            "Let staff refund up to USD 50",
            charts["dots"],
            alt="A hundred dots.",
            text=(lead,),
            figures=figures,
            source=SOURCE,
            answers=(
                ("Why", "Twice as many are put right.\nCustomers stay longer.\nFewer bad stories."),
                ("What could go wrong", "It costs more than planned.\nLess of the effect comes."),
                ("What it takes", f"USD 4,000 at the start for {NAME}."),
                ("What to measure, and when to stop", "Every month: bad contacts.\nStop below 41 %."),
            ),
        ),
    }


def shown(value):
    """A cell's output for what shows itself; the picture for viewers is not drawn, as pages do not use it."""
    if isinstance(value, Exhibit) and value.kind == "chart" and not isinstance(value, Brief):
        return output({EXHIBIT: value.plain(), "text/plain": repr(value)})
    found = value._repr_mimebundle_()
    return output(*(found if isinstance(found, tuple) else (found, {})))


def output(data, about=None):
    return {"output_type": "display_data", "data": data, "metadata": about or {}}


def code(*outputs, tags=()):
    return {
        "cell_type": "code",
        "metadata": {"tags": list(tags)},
        "source": "x",
        "outputs": list(outputs),
        "execution_count": 1,
    }


def text(source, *tags):
    return {"cell_type": "markdown", "metadata": {"tags": list(tags)}, "source": source}


def notebook(path: Path, *cells) -> Path:
    """An executed notebook of these cells."""
    about = {"papermill": {"parameters": {"scenario": "retailer/training"}, "start_time": "2026-11-28T10:11:12.1"}}
    path.write_text(json.dumps({"cells": list(cells), "metadata": about, "nbformat": 4, "nbformat_minor": 5}))
    return path


def picture():
    """A figure of somebody's own."""
    drawing, file = Drawing(figsize=(4, 2)), io.BytesIO()
    drawing.subplots().plot([1, 3, 2])
    drawing.savefig(file, format="png")
    return output(
        {"image/png": base64.b64encode(file.getvalue()).decode(), "text/plain": "a figure"},
        {"image/png": {"alt": "A line rises and falls.", "width": 400}},
    )


def whole(path: Path) -> Path:
    """A notebook with an exhibit of every kind, and with what somebody made without any."""
    made = exhibits()
    frame = pd.DataFrame({"net": [1.5, 2.0], "plan": ["a", "b"]}, index=pd.Index(["x", "y"], name="row"))
    return notebook(
        path,
        text("# Train the front line\n\nHarbour & Co., department store"),
        code(shown(made["decision"])),
        text("## What happens to revenue\n\nBoth lines start on the same day; only the training differs."),
        code(shown(made["line"])),
        text("## Where the difference comes from\n\nThe lines add up to the net **exactly**."),
        code(shown(made["waterfall"])),
        code(shown(made["stacked_bars"])),
        text("## How sure"),
        code(shown(made["dots"])),
        code(shown(made["ranges"])),
        text("## What people hear\n\nFewer bad contacts leave fewer bad stories."),
        code(shown(made["bars"])),
        text("Most who hear would have come anyway."),
        code(shown(made["people"])),
        code(shown(made["squares"])),
        code(shown(made["columns"])),
        code(shown(made["stacked_columns"])),
        code(shown(made["big"])),
        code(shown(made["text"])),
        code(shown(made["table"])),
        text(
            "## My own work\n\nThe growth rate is $g = \\frac{R_T}{R_0} - 1$; a seat costs $5 to $6 a month.\n\n"
            "$$V = \\sum_{t=0}^{T-1} \\frac{c_t}{(1 + r)^{t/12}}$$\n\n- **Retention** is largest\n"
            "- Word of mouth follows, see [the evidence](https://example.org/evidence)"
        ),
        code(
            picture(),
            output({"text/html": frame.to_html(), "text/plain": "frame"}),
            {"output_type": "stream", "name": "stdout", "text": "printed \x1b[31m<3>\x1b[0m\n"},
            {"output_type": "stream", "name": "stderr", "text": "a warning\n"},
            output({"text/latex": "$x^2$", "text/plain": "x"}),
            output({"text/markdown": f"Made by code: {NAME.replace('$x$', '')}", "text/plain": "m"}),
        ),
        text("#### A detail\n\nLevels are put in order."),
        code(shown(made["many"])),
        text("## Known limits\n\nNo competitor reacts.", "appendix"),
        code(shown(made["brief"])),
    )


LONG = "Answer every complaint within the hour, call back on the next morning, and ask again a week later"
RIGHT_TO_LEFT = "\u062e\u062f\u0645\u0629 (24/7) \u05e9\u05d9\u05e8\u05d5\u05ea"
LONG_NAMES = (
    "Customers stay longer", "with the training", "training starts", "Customers at the end",
    "came because they were told", "It pays in", "Bad contacts", "How sure",
)  # fmt: skip
HARD = dict.fromkeys(LONG_NAMES, LONG) | {
    "Train the front line": RIGHT_TO_LEFT,
    "A bad visit": "Donaudampfschifffahrtsgesellschaft",
    "Bad stories": "Donaudampfschifffahrtsgesellschaftskapitaen",
}
"""Names that are long, without a space, or run from right to left."""


def hard(path: Path) -> Path:
    """The same notebook with names that are hard to place."""
    content = whole(path).read_text(encoding="utf-8")
    for name, other in HARD.items():
        content = content.replace(name, json.dumps(other)[1:-1])
    path.write_text(content, encoding="utf-8")
    return path


def moving(path: Path) -> Path:
    """A notebook with sliders."""
    import wom
    from wom.exhibits import live

    effect = wom.effect(wom.load("retailer/make-it-right"))
    cells = [text("# Refunds"), code(shown(live.sliders(effect))), text("## Why"), code(shown(exhibits()["line"]))]
    return notebook(path, *cells)
