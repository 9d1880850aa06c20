"""An executed notebook with an exhibit of every kind and somebody's own work, made without running anything."""

import base64
import io
import itertools
import json
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Drawing

from wom.exhibits import drawing
from wom.exhibits.chart import MONTHS, Chart, series
from wom.exhibits.exhibit import EXHIBIT, Brief, Exhibit, Figure

SOURCE = "wom, scenario retailer/front-line-training, every figure at its middle value"
NAME = "“$5 *c* A_b” <b>x</b> ![a](b) [y](z) $x$"
"""A name in which everything would be markup somewhere."""


_WORTH = {
    "Customers stay longer": 24500.0, "They spend more": 9100.0, "Better star rating": 6800.0,
    "Less bad word of mouth": 3400.0, "More good word of mouth": 900.0, "Cost of the training": -110200.0,
    "Net": -65500.0,
}  # fmt: skip
_LINES = (
    series("with the training", [250e3 + 1000.0 * m for m in range(37)], end="286,000\nwith the training"),
    series("without it", [250e3 + 770.0 * m for m in range(37)], "muted"),
)
_ENDS = {"low": (4500, -91100, -10), "middle": (33900, -65200, 2000), "high": (70100, -34000, 9000)}
_CASES = np.sort(np.random.default_rng(1).normal(-65000, 40000, 100))
_PEOPLE = ("came because they were told", "would have come anyway", "came by themselves")
_OF_100 = series("people", (5, 14, 81), roles=("better", "better_light", "faint"))
_FIRMS = series("of 100 firms", (80, 8), roles=("neutral", "better"))
_HEARD = series("with", (79, 386), roles=("worse", "better"))
_YEARS = ("2024", "2025", "2026")
CHARTS = {
    "Revenue ends 2.9 % higher: USD 286,000 a month instead of 278,000": Chart(
        "line", tuple(range(37)), _LINES, "Revenue per month, USD", MONTHS, zero=False, between=True,
        marks=((3, "training starts"),)
    ),
    "It earns mostly by keeping customers, and not enough to pay for itself": Chart(
        "waterfall", tuple(_WORTH), (series("change", _WORTH.values()),), "Change over 36 months, USD",
        form="change", totals=(6,)
    ),
    "In 99 of 100 cases the training costs more than it earns": Chart(
        "dots", tuple(range(1, 101)), (series("net", _CASES),), "Net; each dot is 1 of 100 cases", form="change",
        reference=0.0, sides=("costs more than it earns", "pays")
    ),
    "Making it right pays. Training does not, at this price": Chart(
        "ranges", ("Make it right", "Train the front line", NAME), tuple(map(series, _ENDS, _ENDS.values())),
        "Net over 36 months, USD", form="change", reference=0.0
    ),
    "Of 100 new customers 19 were recommended. 5 came because of it": Chart(
        "people", _PEOPLE, (_OF_100,), "Of 100 new customers"
    ),
    "80 of 100 firms believed it; customers agreed of 8": Chart(
        "squares", ("believed it", "had customers who agreed"), (_FIRMS,), "Each square is one of 100 firms"
    ),
    "Revenue fell in 2026": Chart("columns", _YEARS, (series("revenue", (1.2e6, 1.4e6, 1.3e6), "neutral"),)),
    "Bad stories reach 40 % fewer people; good ones as many as before": Chart(
        "bars", ("Bad stories", "Good stories"), (series("without", (130, 387), "neutral"), _HEARD)
    ),
    "A bad visit costs USD 30": Chart(
        "stacked_bars", ("A bad visit",),
        (series("that customer", (21,), "worse"), series("who hear of it", (9,), "worse_light"))
    ),
}  # fmt: skip
"""One of each kind, by its sentence."""


@cache
def exhibits():
    """An exhibit of every kind, by name."""
    found = {
        chart.kind: Exhibit(said, chart, alt=f"What is seen: {said}.", source=SOURCE,
                            text=(f"Said beside {chart.kind}.",), notes=f"To say with {chart.kind}.",
                            appendix=chart.kind == "stacked_bars")
        for said, chart in CHARTS.items()
    }  # fmt: skip
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
    asked = (
        ("Why", "Twice as many are put right.\nCustomers stay longer.\nFewer bad stories."),
        ("What could go wrong", "It costs more than planned.\nLess of the effect comes."),
        ("What it takes", f"USD 4,000 at the start for {NAME}."),
        ("What to measure, and when to stop", "Every month: bad contacts.\nStop below 41 %."),
    )
    visit = (
        Figure("One bad visit", "−USD 30", "90 % range 13 to 49", -1),
        Figure("Good visits to make up for it", "4.5"),
    )
    rows = {
        "Figure": ["Bad contacts", "=HYPERLINK(1)", NAME],
        "Value": [0.06, 1234.5, -3.0],
        "Grade": ["a", "b", "c"],
    }
    many = pd.DataFrame({"Figure": [f"Figure {number}" for number in range(40)], "Value": np.arange(40.0)})
    lead = ("In 36 months the training would earn USD 45,000 and cost USD 110,000.",)
    order, cautions = (
        "Do not train the front line at this price",
        (f"The segment {NAME} is small.", "No competitor reacts."),
    )
    rests = Exhibit(
        f"What it rests on: {NAME}", data=pd.DataFrame(rows), formats={"Value": "{:,.2f}"}, source="A survey"
    )
    brief = Brief("Let staff refund up to USD 50", found["dots"].chart, alt="A hundred dots.", text=lead,
                  figures=figures, source=SOURCE, answers=asked)  # fmt: skip
    return found | {
        "decision": Exhibit(
            order, text=lead, figures=figures, answers=answers, source=SOURCE, notes="Begin with the order."
        ),
        "table": rests,
        "many": Exhibit("All assumptions", data=many, appendix=True, source="wom"),
        "text": Exhibit("Two cautions", text=cautions),
        "big": Exhibit("One bad visit costs what 4.5 good ones bring in", figures=visit, source="wom"),
        "brief": brief,
    }


class Tags(HTMLParser):
    """Tags and attributes of a page, and what is read."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.text = [], set(), ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.text += data


def shown(value):
    """A cell's output for what shows itself; the picture for viewers is not drawn, as pages do not use it."""
    if isinstance(value, Exhibit) and value.kind == "chart" and not isinstance(value, Brief):
        return output({EXHIBIT: value.plain(), "text/plain": repr(value)})
    found = value._repr_mimebundle_()
    return output(*(found if isinstance(found, tuple) else (found, {})))


def output(data, about=None):
    return {"output_type": "display_data", "data": data, "metadata": about or {}}


def code(*outputs, tags=()):
    cell = {"cell_type": "code", "metadata": {"tags": list(tags)}, "source": "x", "execution_count": 1}
    return cell | {"outputs": list(outputs)}


def text(source, *tags):
    return {"cell_type": "markdown", "metadata": {"tags": list(tags)}, "source": source}


def notebook(path: Path, *cells) -> Path:
    """An executed notebook of these cells."""
    about = {"papermill": {"parameters": {"scenario": "retailer/training"}, "start_time": "2026-11-28T10:11:12.1"}}
    path.write_text(json.dumps({"cells": list(cells), "metadata": about, "nbformat": 4, "nbformat_minor": 5}))
    return path


_STORY = (
    ("# Train the front line\n\nHarbour & Co., department store", "decision"),
    ("## What happens to revenue\n\nBoth lines start on the same day; only the training differs.", "line"),
    ("## Where the difference comes from\n\nThe lines add up to the net **exactly**.", "waterfall stacked_bars"),
    ("## How sure", "dots ranges"),
    ("## What people hear\n\nFewer bad contacts leave fewer bad stories.", "bars"),
    ("Most who hear would have come anyway.", "people squares columns big text table"),
)
_OWN = """## My own work

The growth rate is $g = \\frac{R_T}{R_0} - 1$; a seat costs $5 to $6 a month.

$$V = \\sum_{t=0}^{T-1} \\frac{c_t}{(1 + r)^{t/12}}$$

- **Retention** is largest
- Word of mouth follows, see [the evidence](https://example.org/evidence)"""


def whole(path: Path) -> Path:
    """A notebook with an exhibit of every kind, and with what somebody made without any."""
    made, cells = exhibits(), []
    for said, names in _STORY:
        cells += [text(said), *(code(shown(made[name])) for name in names.split())]
    drawing, file = Drawing(figsize=(4, 2)), io.BytesIO()
    drawing.subplots().plot([1, 3, 2])
    drawing.savefig(file, format="png")
    picture = {"image/png": base64.b64encode(file.getvalue()).decode(), "text/plain": "a figure"}
    frame = pd.DataFrame({"net": [1.5, 2.0], "plan": ["a", "b"]}, index=pd.Index(["x", "y"], name="row"))
    own = code(
        output(picture, {"image/png": {"alt": "A line rises and falls.", "width": 400}}),
        output({"text/html": frame.to_html(), "text/plain": "frame"}),
        {"output_type": "stream", "name": "stdout", "text": "printed \x1b[31m<3>\x1b[0m\n"},
        {"output_type": "stream", "name": "stderr", "text": "a warning\n"},
        output({"text/latex": "$x^2$", "text/plain": "x"}),
        output({"text/markdown": f"Made by code: {NAME.replace('$x$', '')}", "text/plain": "m"}),
    )
    cells += [text(_OWN), own, text("#### A detail\n\nLevels are put in order."), code(shown(made["many"]))]
    limits = text("## Known limits\n\nNo competitor reacts.", "appendix")
    return notebook(path, *cells, limits, code(shown(made["brief"])))


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


def faults(chart, width):
    """Texts of a drawing that are cut off or lie on one another."""
    marks, found, said = drawing._marks(chart, width), [], []
    for one in marks.all:
        if isinstance(one, drawing.Label) and one.text:
            wide = drawing._wide(one.text, one.size, one.bold)
            left = one.x - {"left": 0.0, "center": wide / 2, "right": wide}[one.side]
            found.append((one.text, left, one.y - 0.75 * one.size, left + wide, one.y + 0.2 * one.size))
    for text, x0, y0, x1, y1 in found:
        if x0 < -1 or x1 > width + 1 or y0 < -1 or y1 > marks.height + 1:  # a pixel for rounding
            said.append(f"clipped: {text}")
    for (one, *first), (two, *second) in itertools.combinations(found, 2):
        across, along = (min(first[i + 2], second[i + 2]) - max(first[i], second[i]) for i in (0, 1))
        if across >= 2 and along >= 2:  # two pixels: boxes are larger than letters
            said.append(f"overlap: {one} / {two}")
    return said


def sound(shown):
    """Legible on page and phone, whole after JSON, and without a number that is none."""
    for name, one in shown.items():
        assert not re.search(r"\b(nan|inf|None)\b", repr(one)), name
        assert Exhibit.of(json.loads(json.dumps(one.plain()))).sentence == one.sentence
        for width in (696, 354) if one.chart else ():
            assert faults(one.chart, width) == [], (name, width)
