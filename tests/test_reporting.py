"""A notebook in, a report out: what is refused, what is kept, and what the page is like."""

from __future__ import annotations

import base64
import csv
import datetime
import itertools
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

from reports import as_if_run
from wom import exhibits
from wom import report as reports
from wom.errors import InputError, WomError
from wom.exhibits import tables
from wom.exhibits.exhibit import EXHIBIT, Exhibit
from wom.report import record, summary
from wom.report import run as running
from wom.report.notebook import verify

PARAMETERS = """\
scenario: str = "retailer/today"  # which business
horizon_months: int = 36
rate: float = 0.1
draft: bool = False
tags: list[str] = []
options: dict = {}
limit: float | None = None
since: "date" = "2026-01-31"
"""

CHART = """\
import matplotlib.pyplot as plt, numpy as np, pandas as pd
from wom import exhibits
month = np.arange(horizon_months)
data = pd.DataFrame({"With the plan": 250_000 + 1_900 * month - 16_000 * (month > 8) * np.exp(-(month - 9) / 4),
                     "Without": 250_000 + 650 * month}, index=pd.Index(month, name="month"))
plt.rcParams.update({"font.family": "sans-serif", "font.size": 11, "text.color": "#1f2933"})
figure, ax = plt.subplots(figsize=(10, 4.8), layout="constrained")
for name, colour in zip(data, ["#0b6e99", "#6b7785"]):
    ax.plot(month, data[name] / 1000, color=colour, lw=2.5)
    ax.annotate(f" {name}", (month[-1], data[name].iloc[-1] / 1000), color=colour, va="center", weight="bold")
ax.spines[:].set_visible(False); ax.grid(axis="y", color="#e3e8ec"); ax.set_axisbelow(True)
ax.tick_params(length=0, colors="#6b7785"); ax.margins(x=0.02)
ax.set_title("The plan lifts revenue by a fifth within three years", loc="left", weight="bold", size=14)
ax.set_xlabel("month", color="#6b7785")
ax.yaxis.set_major_formatter(lambda v, _: f"${v:,.0f}k")
exhibits.show(figure, alt="Two lines over 36 months: revenue with the plan to 316,000, without it to 273,000.",
               data=data, source="simulation of this scenario", sentence="The plan lifts revenue by a fifth.")
"""


def notebook(path: Path, *sources: str, parameters: str | None = PARAMETERS, metadata: dict | None = None) -> Path:
    """A notebook of code cells; a source that begins with #md is Markdown."""
    cells = []
    if parameters is not None:
        cells.append(nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}))
    for source in sources:
        new = nbformat.v4.new_markdown_cell if source.startswith("#md") else nbformat.v4.new_code_cell
        cells.append(new(source.removeprefix("#md").strip()))
    kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata or {"kernelspec": kernelspec}), path)
    return path


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A notebook that is only ever read."""
    return notebook(tmp_path_factory.mktemp("sample") / "sample.ipynb", "1 + 1")


SHOWN = [
    """#md # What better service is worth
A better-trained front line keeps more customers and turns complaints into recommendations. This page says how
much of it reaches the till, and when.""",
    """from wom import exhibits
exhibits.headline([("More revenue", "+$1.24m", "over 36 months, 5% more than without the plan"),
                    ("Paid back after", "14 months", "of costs of $130,000"),
                    ("Chance of a loss", "8%", "in 2,000 draws of the uncertain inputs")])""",
    """#md ## What happens to revenue
Revenue grows steadily, and the complaint in month 10 costs *less than one month's gain*. A seat costs between
$5 and $6 a month; the retailer pays $40,000 once.""",
    CHART,
    """#md ## Where the difference comes from
The growth rate of revenue is $g = \\frac{R_T}{R_0} - 1$, and each month's value is discounted:

$$V = \\sum_{t=0}^{T-1} \\frac{c_t}{(1 + r)^{t/12}}, \\qquad r = \\text{rate a year}$$

- **Retention** is the largest part.
- Word of mouth follows with `delay`; see [the evidence](https://example.org/evidence).

> Half of the effect arrives after the first year.""",
    """frame = pd.DataFrame({"Net present value": [412000.4, 186500.0, -58200.2], "Share": [0.763, 0.345, -0.108],
                          "Payback": [11.0, 19.0, float("nan")]},
                         index=pd.Index(["Retention", "Good word of mouth", "Avoidance"], name="Mechanism"))
exhibits.table(frame, "Retention carries the plan", {"Net present value": "${:,.0f}", "Share": "{:.0%}",
                                                      "Payback": "{:.0f} months"})""",
    """frame.round(2)  # what a cell returns must not vanish""",
    """exhibits.publish("headline", {"npv": np.float64(1240000.5), "payback": float("nan"), "worst": -np.inf})
exhibits.publish("mechanisms", frame)
exhibits.publish("kernel", __import__("sys").executable)""",
    """#md #### A detail
Levels are put in order.""",
    """print("printed", horizon_months, type(rate).__name__, scenario)""",
    """import warnings; warnings.warn("noise on stderr")""",
]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> reports.Report:
    """One good run, in a place with a space, an accent and braces, past a false kernel."""
    base = tmp_path_factory.mktemp("good") / "Quartalsbericht é {x}"
    base.mkdir()
    path = notebook(base / "the report.ipynb", *SHOWN, metadata={"kernelspec": {"name": "r", "display_name": "R"}})
    false = base / "jupyter" / "kernels" / "python3"
    false.mkdir(parents=True)
    spec = {"argv": ["/bin/false", "{connection_file}"], "display_name": "false", "language": "python"}
    (false / "kernel.json").write_text(json.dumps(spec))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(base / "jupyter"))
        patch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
        chosen = {"horizon_months": 36, "rate": 1, "scenario": 'a "b" \\ $c'}
        return reports.run_report(path, chosen, base / "out put", inputs=[path])


@pytest.fixture(scope="module")
def page(report: reports.Report) -> str:
    return report.html.read_text(encoding="utf-8")


@pytest.mark.notebook
class TestGoodRun:
    def test_files(self, report: reports.Report) -> None:
        names = {path.name for path in report.path.iterdir()}
        assert names == {"notebook.ipynb", "report.html", "results.json", "mechanisms.csv", "manifest.json"}
        assert re.fullmatch(r"\d{8}T\d{6}Z", report.run_id)
        assert report.html.parent == report.notebook.parent == report.path
        assert {path.name for path in report.path.parent.iterdir()} == {report.run_id, "latest", ".lock"}

    def test_latest_is_a_relative_link(self, report: reports.Report) -> None:
        assert (report.path.parent / "latest").readlink() == Path(report.run_id)

    def test_the_kernel_is_this_python_whatever_jupyter_path_says(self, report: reports.Report) -> None:
        assert report.results["kernel"] == sys.executable

    def test_results_are_strict_json_in_the_order_given(self, report: reports.Report) -> None:
        def refuse(constant: str) -> None:
            raise AssertionError(constant)

        text = (report.path / "results.json").read_text(encoding="utf-8")
        stored = json.loads(text, parse_constant=refuse)
        assert stored == report.results
        assert list(stored["headline"].items()) == [("npv", 1240000.5), ("payback", None), ("worst", None)]
        assert stored["mechanisms"]["data"][2] == [-58200.2, -0.108, None]

    def test_tables_are_csv(self, report: reports.Report) -> None:
        rows = list(csv.reader(report.tables["mechanisms"].read_text(encoding="utf-8").splitlines()))
        assert rows[0] == ["Mechanism", "Net present value", "Share", "Payback"]
        assert rows[3] == ["Avoidance", "-58200.2", "-0.108", ""]

    def test_manifest(self, report: reports.Report) -> None:
        told = json.loads((report.path / "manifest.json").read_text(encoding="utf-8"))
        assert (told["status"], told["error"], told["run_id"]) == ("done", None, report.run_id)
        assert told["parameters"] == {"horizon_months": 36, "rate": 1.0, "scenario": 'a "b" \\ $c'}
        assert told["versions"]["python"].startswith(f"{sys.version_info[0]}.{sys.version_info[1]}.")
        assert told["notebook_sha256"] == record.sha256(report.path.parents[1] / "the report.ipynb")
        assert (told["seed"], told["finished"] > told["started"]) == (None, True)
        assert set(told["outputs"]) == {"mechanisms.csv", "notebook.ipynb", "report.html", "results.json"}
        assert told["outputs"]["report.html"] == record.sha256(report.html)
        assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in told["inputs"].values())
        assert datetime.datetime.fromisoformat(told["started"]).utcoffset() == datetime.timedelta(0)

    def test_notebook_keeps_no_path_of_the_working_directory(self, report: reports.Report) -> None:
        assert ".partial" not in report.notebook.read_text(encoding="utf-8")
        nbformat.validate(nbformat.read(report.notebook, as_version=4))

    def test_what_is_shown_is_in_the_notebook(self, report: reports.Report) -> None:
        cells = nbformat.read(report.notebook, as_version=4).cells
        outputs = [out for cell in cells for out in cell.get("outputs", []) if "image/png" in out.get("data", {})]
        (bundle,) = outputs
        shown = Exhibit.of(bundle.data[EXHIBIT])
        assert shown.sentence == "The plan lifts revenue by a fifth."
        assert bundle.metadata["image/png"]["width"] == 960
        png = base64.b64decode(bundle.data["image/png"])
        assert int.from_bytes(png[16:20]) == 1920  # twice the shown width


class Page(HTMLParser):
    """Tags, attributes and headings of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def of(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


@pytest.mark.notebook
class TestPage:
    def test_one_h1_and_levels_in_order(self, page: str) -> None:
        levels = [int(tag[1]) for tag, _ in Page(page).tags if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
        assert "<title>What better service is worth</title>" in page

    def test_images_have_alt_and_are_embedded_once(self, page: str) -> None:
        (image,) = Page(page).of("img")
        assert str(image["alt"]).startswith("Two lines over 36 months")
        assert str(image["src"]).startswith("data:image/png;base64,")
        assert image["width"] == "960"

    def test_tables_say_what_their_headers_head(self, page: str) -> None:
        found = Page(page)
        assert len(found.of("table")) == 3  # shown, returned by a cell, the numbers of the chart in the appendix
        assert {attributes.get("scope") for attributes in found.of("th")} == {"row", "col"}
        assert "<caption>Retention carries the plan</caption>" in page
        assert "−<span>$</span>58,200" in page
        assert "11 months" in page

    def test_code_and_raw_results_do_not_show(self, page: str) -> None:
        for hidden in ("publish(", "import ", "vnd.wom", "noise on stderr", "1240000.5"):
            assert hidden not in page
        assert "printed 36 float" in page

    def test_parameters_and_run_show(self, page: str, report: reports.Report) -> None:
        assert "horizon months: 36" in page
        assert "scenario: a &#34;b&#34; \\ $c" in page
        assert f'<span class="run">{report.run_id}</span>' in page

    def test_headline_is_the_first_screen(self, page: str) -> None:
        assert re.search(r"<dt>More revenue</dt><dd class=\"n *\">\+\$1.24m</dd>", page.split("<section")[0])


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.mark.browser
@pytest.mark.notebook
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_in_a_browser_without_network(report: reports.Report, tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    trouble: list[str] = []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=flags.split())
        for width, height in ((1280, 900), (390, 844)):
            tab = browser.new_page(viewport={"width": width, "height": height})
            tab.on("console", lambda message: trouble.append(message.text))
            tab.on("pageerror", lambda error: trouble.append(str(error)))
            tab.on("request", lambda request: trouble.append(request.url) if _remote(request.url) else None)
            tab.route(_remote, lambda route: route.abort())
            tab.goto(report.html.as_uri())
            picture = tab.locator("figure img").first
            assert picture.evaluate("image => image.complete && image.naturalWidth") == 1920
            assert tab.evaluate("document.documentElement.scrollWidth") == width  # nothing sticks out sideways
            assert tab.locator("math").first.bounding_box()["height"] > 10
            tab.keyboard.press("Tab")
            assert tab.evaluate("document.activeElement.className") == "skip"
            tab.locator("summary").focus()
            tab.keyboard.press("Enter")
            assert tab.locator("details table").is_visible()
            tab.screenshot(path=tmp_path / f"{width}.png", full_page=True)
        browser.close()
    assert trouble == []


def _remote(url: str) -> bool:
    return not url.startswith(("file:", "data:"))


FAILURES = {
    "raises": ("raise ValueError('no such\\n plan')", 4, "ValueError: no such plan"),
    "exits": ("raise SystemExit(0)", 4, "SystemExit: 0 (a notebook must run to its end)"),
    "dies": ("import os; os.kill(os.getpid(), 9)", 4, "died"),
    "hangs": ("import time; time.sleep(99)", 4, "took longer than 2 seconds"),
    "no alt": (
        "import base64; from IPython.display import display; display({'image/png': 'AAAA'}, raw=True)",
        4,
        "use exhibits.show(…, alt='…')",
    ),
    "remote": (
        "from IPython.display import HTML; HTML('<img alt=x src=\"https://example.org/a.png\">')",
        4,
        "outside the report",
    ),
    "formula": ("#md $\\nonsense$", 3, "unknown command \\nonsense"),
    "twice": (
        "from wom.exhibits import publish; publish('a', 1); publish('a', 2)",
        None,
        "publishes a twice",
    ),
}


@pytest.mark.notebook
@pytest.mark.parametrize("kind", FAILURES)
def test_failed_run_is_kept_apart(kind: str, tmp_path: Path) -> None:
    source, cell, reason = FAILURES[kind]
    path = notebook(tmp_path / "n.ipynb", "1", source, "2")
    out = tmp_path / "out"
    out.mkdir()
    (out / "latest").symlink_to("before")
    with pytest.raises(reports.ReportError) as caught:
        reports.run_report(
            path, {"horizon_months": 3}, out, timeout_per_cell=2 if kind == "hangs" else 60, run_id="r"
        )
    assert caught.value.exit_code == 1
    assert caught.value.cell == cell
    assert reason in str(caught.value)
    assert caught.value.notebook == out / "failed-r" / "notebook.ipynb"
    assert str(caught.value.notebook) in str(caught.value)
    assert {path.name for path in out.iterdir()} == {"failed-r", "latest", ".lock"}
    assert (out / "latest").readlink() == Path("before")
    assert {path.name for path in (out / "failed-r").iterdir()} == {"notebook.ipynb", "manifest.json", "run.log"}
    told = json.loads((out / "failed-r" / "manifest.json").read_text(encoding="utf-8"))
    assert told["status"] == "failed"
    assert reason in told["error"]
    assert set(told["outputs"]) == {"notebook.ipynb", "run.log"}


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ({"execution_count": None, "outputs": []}, "did not run"),
        ({"execution_count": 1, "outputs": [], "metadata": {"papermill": {"status": "pending"}}}, "did not run"),
        (
            {
                "execution_count": 1,
                "outputs": [{"output_type": "error", "ename": "E", "evalue": "x", "traceback": []}],
            },
            "E: x",
        ),
    ],
)
def test_unfinished_notebook_is_refused_whatever_its_metadata_say(
    cell: dict, problem: str, tmp_path: Path
) -> None:
    content = {
        "cells": [{"cell_type": "code", "source": ["1"], "metadata": {}} | cell],
        "metadata": {"papermill": {"exception": None}},
    }
    (tmp_path / "n.ipynb").write_text(json.dumps(content))
    with pytest.raises(reports.ReportError, match=problem):
        verify(tmp_path / "n.ipynb")


class TestParameters:
    def test_unknown_name(self, sample: Path) -> None:
        with pytest.raises(InputError, match=r"horizon_month: .*did you mean horizon_months") as caught:
            reports.execute(sample, {"horizon_month": 3}, sample.parent)
        assert caught.value.exit_code == 2
        assert not (sample.parent / "notebook.ipynb").exists()

    @pytest.mark.parametrize("count", [0, 2])
    def test_exactly_one_tagged_cell(self, count: int, tmp_path: Path) -> None:
        path = notebook(tmp_path / "n.ipynb", "1", parameters=None)
        content = nbformat.read(path, as_version=4)
        tagged = [nbformat.v4.new_code_cell("a: int = 1", metadata={"tags": ["parameters"]}) for _ in range(count)]
        content.cells += tagged
        nbformat.write(content, path)
        with pytest.raises(InputError, match=f"exactly one code cell tagged `parameters`, has {count}"):
            reports.run_report(path, {}, tmp_path / "out")
        assert not (tmp_path / "out").exists()

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("horizon_months", "36"),
            ("horizon_months", True),
            ("horizon_months", 36.0),
            ("horizon_months", None),
            ("rate", math.nan),
            ("rate", math.inf),
            ("rate", 10**400),
            ("rate", True),
            ("limit", math.nan),
            ("scenario", 7),
            ("draft", 1),
            ("tags", "a"),
            ("tags", [1]),
            ("options", {"a": [math.nan]}),
            ("options", {1: 2}),
            ("options", {"a": object()}),
        ],
    )
    def test_mistyped(self, name: str, value: object, sample: Path) -> None:
        with pytest.raises(InputError, match=rf"sample.ipynb: {name}: must be"):
            reports.check(sample, {name: value})

    @pytest.mark.parametrize(
        ("name", "value", "becomes"),
        [
            ("horizon_months", np.int64(12), 12),
            ("rate", 1, 1.0),
            ("rate", np.float64(0.5), 0.5),
            ("scenario", Path("a") / "b.yaml", str(Path("a") / "b.yaml")),
            ("scenario", datetime.date(2026, 1, 31), "2026-01-31"),
            ("draft", np.True_, True),
            ("tags", ("a", "b"), ["a", "b"]),
            ("options", {"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}),
            ("limit", None, None),
        ],
    )
    def test_good(self, name: str, value: object, becomes: object, sample: Path) -> None:
        checked = reports.check(sample, {name: value})[name]
        assert (checked, type(checked)) == (becomes, type(becomes))

    @pytest.mark.parametrize(
        ("name", "text", "value"),
        [
            ("scenario", "007", "007"),
            ("scenario", "null", "null"),
            ("horizon_months", "12", 12),
            ("rate", "1e-3", 0.001),
            ("rate", "2", 2.0),
            ("draft", "true", True),
            ("limit", "none", None),
            ("limit", "2.5", 2.5),
            ("tags", '["a"]', ["a"]),
            ("since", "2026-01-31", "2026-01-31"),
        ],
    )
    def test_text_is_read_by_the_annotation(self, name: str, text: str, value: object, sample: Path) -> None:
        parsed = reports.parse(sample, {name: text})[name]
        assert (parsed, type(parsed)) == (value, type(value))

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("horizon_months", "abc"),
            ("horizon_months", "1_000"),
            ("horizon_months", "1e3"),
            ("rate", "nan"),
            ("rate", "1e999"),
            ("draft", "yes"),
            ("tags", "a,b"),
            ("tags", "[.nan]"),
            ("options", "[1]"),
            ("scenari", "x"),
            ("since", "31.1.2026"),
            ("since", "2026-02-30"),
        ],
    )
    def test_text_that_does_not_fit(self, name: str, text: str, sample: Path) -> None:
        with pytest.raises(InputError, match=r"sample\.ipynb"):
            reports.parse(sample, {name: text})

    @pytest.mark.parametrize("content", ["", "{}", "[1]", '{"nbformat": 3, "worksheets": []}'])
    def test_no_notebook(self, content: str, tmp_path: Path) -> None:
        (tmp_path / "n.ipynb").write_text(content)
        with pytest.raises(InputError, match=r"n.ipynb: is no notebook"):
            reports.declared(tmp_path / "n.ipynb")

    def test_find(self, sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert reports.find(sample) == sample
        monkeypatch.setattr("wom.report.notebook.shipped", lambda: {"scenario_report": sample})
        assert reports.find("scenario_report") == sample
        with pytest.raises(InputError, match=r"scenario_reprot: .*did you mean scenario_report"):
            reports.find("scenario_reprot")
        with pytest.raises(InputError, match="no such notebook"):
            reports.find(sample.with_name("other.ipynb"))


class TestPlaces:
    """The parts of a run around the notebook, with the kernel left out."""

    @pytest.fixture(autouse=True)
    def without_kernel(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def execute(path: Path, parameters: dict, work: Path, timeout: int | None, **_: object) -> Path:
            return as_if_run(path, work / "notebook.ipynb")

        monkeypatch.setattr(running, "execute", execute)

    def test_clash_of_names(self, sample: Path, tmp_path: Path) -> None:
        (tmp_path / "failed-r-2").mkdir()
        names = [reports.run_report(sample, {}, tmp_path, run_id="r").run_id for _ in range(3)]
        assert names == ["r", "r-3", "r-4"]
        assert (tmp_path / "latest").readlink() == Path("r-4")

    @pytest.mark.parametrize("run_id", ["../r", ".r", "latest", "failed-r", "a/b", "a b", "é"])
    def test_name_that_is_none(self, run_id: str, sample: Path, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="run_id"):
            reports.run_report(sample, {}, tmp_path / "out", run_id=run_id)
        assert not (tmp_path / "out").exists()

    def test_without_symbolic_links(self, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object, **__: object) -> None:
            raise OSError("no links here")

        monkeypatch.setattr(Path, "symlink_to", refuse)
        run = reports.run_report(sample, {}, tmp_path)
        assert (tmp_path / "latest.txt").read_text() == run.run_id + "\n"

    def test_output_is_a_file(self, sample: Path) -> None:
        for output in (sample, sample / "below"):
            with pytest.raises(WomError, match=re.escape(str(sample))):
                reports.run_report(sample, {}, output)

    def test_disk_full(self, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(running, "write_results", full)
        with pytest.raises(WomError, match=f"{re.escape(str(tmp_path))}: cannot be written: No space left"):
            reports.run_report(sample, {}, tmp_path, run_id="r")
        assert {path.name for path in tmp_path.iterdir()} == {".lock", "failed-r"}
        assert "No space left" in (tmp_path / "failed-r" / "manifest.json").read_text()

    def test_missing_input(self, sample: Path, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"gone.yaml: cannot be read"):
            reports.run_report(sample, {}, tmp_path / "out", inputs=[tmp_path / "gone.yaml"])
        assert not (tmp_path / "out").exists()

    def test_notebook_without_heading_is_named_after_its_file(self, sample: Path, tmp_path: Path) -> None:
        text = reports.run_report(sample, {}, tmp_path).html.read_text(encoding="utf-8")
        assert text.count("<h1>Notebook</h1>") == 1

    def test_git_is_not_needed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "")
        assert record.checkout() is None


@pytest.mark.notebook
def test_runs_side_by_side_do_not_meet(tmp_path: Path) -> None:
    source = "from wom.exhibits import publish; publish('months', horizon_months)"
    path = notebook(tmp_path / "n.ipynb", "import time; time.sleep(0.3)", source)
    with ThreadPoolExecutor(2) as pool:
        places = [tmp_path / name for name in ("a", "b")]
        jobs = [
            pool.submit(reports.run_report, path, {"horizon_months": months}, place)
            for months, place in zip((3, 4), places, strict=True)
        ]
        runs = [job.result() for job in jobs]
    assert [run.results["months"] for run in runs] == [3, 4]
    assert len({run.path for run in runs}) == 2


@pytest.mark.notebook
@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
def test_interrupted_run_leaves_nothing(tmp_path: Path) -> None:
    here = tmp_path / "pid"
    source = f"import os, pathlib, time; pathlib.Path({str(here)!r}).write_text(str(os.getpid())); time.sleep(99)"
    path = notebook(tmp_path / "n.ipynb", source)
    code = "import sys; from pathlib import Path; from wom import report as reports\n"
    code += "reports.run_report(Path(sys.argv[1]), {}, Path(sys.argv[2]))"
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(path), str(tmp_path / "out")], stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 30
    while not (here.exists() and here.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=30)
    assert process.returncode != 0
    assert "KeyboardInterrupt" in complaint
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".lock"]
    with pytest.raises(ProcessLookupError):
        os.kill(int(here.read_text()), 0)


def test_in_a_notebook_nothing_heavy_is_imported() -> None:
    code = "import sys; from wom import exhibits; exhibits.show; exhibits.publish\n"
    code += "print(sorted({'papermill', 'nbconvert', 'nbformat', 'matplotlib', 'jsonschema'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


class TestDisplay:
    def test_chart_needs_alt(self) -> None:
        with pytest.raises(InputError, match="alt"):
            exhibits.show(None, alt=" ")  # type: ignore[arg-type]

    def test_no_figure(self) -> None:
        with pytest.raises(InputError, match="must be a matplotlib figure"):
            exhibits.show("plot.png", alt="A line")  # type: ignore[arg-type]

    def test_axes_do_as_well(self, capsys: pytest.CaptureFixture[str]) -> None:
        from matplotlib.figure import Figure

        exhibits.show(Figure().subfigures(1, 2)[0].add_subplot(), alt="Nothing")
        assert capsys.readouterr().out == "Nothing\n"

    @pytest.mark.parametrize("name", ["a/b", "A", "..", "results", "manifest", "1a", "a" * 101])
    def test_name_of_result(self, name: str) -> None:
        with pytest.raises(InputError, match="result"):
            exhibits.publish(name, 1)

    def test_value_that_json_cannot_hold(self) -> None:
        with pytest.raises(InputError, match="object cannot be stored"):
            exhibits.publish("a", {"x": object()})

    def test_format_of_no_column(self) -> None:
        with pytest.raises(InputError, match=r"formats.npw: .*did you mean npv"):
            exhibits.table(pd.DataFrame({"npv": [1]}), formats={"npw": "{}"})

    def test_format_that_does_not_fit(self) -> None:
        with pytest.raises(InputError, match=r"formats.npv: does not fit"):
            exhibits.table(pd.DataFrame({"npv": [1.5]}), formats={"npv": "{:d}"})

    def test_html_is_escaped(self) -> None:
        text = tables.as_html(tables.grid(pd.DataFrame({"<b>": ["<script>"]})), 'a "<i>"')
        assert "<script>" not in text
        assert "<b>" not in text
        assert "<i>" not in text

    def test_table_with_levels(self) -> None:
        index = pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["segment", None])
        columns = pd.MultiIndex.from_tuples([("plan", "npv"), ("plan", "when")])
        dates = pd.to_datetime(["2026-01-01", None])
        frame = pd.DataFrame(list(zip([1.25, np.inf], dates, strict=True)), index=index, columns=columns)
        text = tables.as_html(tables.grid(frame))
        assert text.count('scope="row"') == 4
        assert "2026-01-01" in text
        assert "nan" not in text.lower()
        stored = json.loads(tables.json_text(tables.plain(frame)))
        assert tables.csv_text(stored).splitlines()[1:] == ["a,1,1.25,2026-01-01T00:00:00", "b,2,,"]

    @pytest.mark.parametrize(
        ("value", "text"),
        [(-0.4, "0"), (-1234.6, "−1,235"), (math.nan, "–"), (None, "–"), (pd.NA, "–"), (np.int64(5), "5")],
    )
    def test_numbers(self, value: object, text: str) -> None:
        assert tables.number(value, "{:,.0f}") == text


def test_parameters_in_what_moved_are_words_without_whole_paths() -> None:
    before = {"input_hash": 1, "parameters": {"others": []}}
    after = {"input_hash": 2, "parameters": {"others": ["/home/ann/shop/refunds.yaml"]}}
    assert summary.compare(before, after, {}, {})["input"] == ["others 1 not given → shop/refunds.yaml"]
