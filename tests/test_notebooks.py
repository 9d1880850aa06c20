"""The shipped notebooks, run for real: by plain papermill, by the runner, and read in a browser offline."""

import json
import re
import shutil
from collections import Counter
from pathlib import Path

import nbformat
import papermill
import pytest
import told

import wom
from wom import anchoring
from wom import report as reports

ROOT = Path(wom.__file__).parents[1]
NOTEBOOKS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
SECTIONS = ["What happens to revenue", "Where it comes from", "How sure", "Who comes, and why", "What people hear"]

pytestmark = pytest.mark.notebook


@pytest.fixture(scope="module", params=["supplier/call-back", "supplier/missed-season", "retailer/today"])
def report(request, tmp_path_factory):
    if request.param == told.GIVEN["scenario_report"]["scenario"]:
        return told.run("scenario_report")
    notebook = reports.find("scenario_report")
    return reports.run_report(notebook, {"scenario": request.param}, tmp_path_factory.mktemp("reports"))


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebooks_run_with_plain_papermill_from_any_folder(name):
    done = nbformat.read(told.plain(name), 4)
    assert all(cell.metadata.papermill.status == "completed" for cell in done.cells if cell.cell_type == "code")


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("uncertainty", {"scenario": "retailer/today", "draws": 100, "precision": 64}),
        ("uncertainty", {"scenario": "supplier/missed-season", "draws": 100, "precision": 64}),
        ("compare_plans", {"scenario": "retailer/viral-complaint", "others": []}),
        ("customer_worth", {"scenario": "supplier/today", "horizon_months": 12}),
    ],
)
def test_notebooks_have_an_answer_without_a_plan_a_cost_or_another_plan(name, given, tmp_path):
    done = reports.run_report(reports.find(name), given, tmp_path)
    page = done.html.read_text(encoding="utf-8")
    assert "nan" not in re.sub("<[^>]*>", " ", page).split()
    assert done.results["headline"]["data"]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_papermill_describes_every_parameter(name):
    found = papermill.inspect_notebook(str(ROOT / "notebooks" / f"{name}.ipynb"))
    first = {"workshop": "customers", "calibrate": "data", "evidence": "draws", "calculators": "draws"}
    assert first.get(name, "scenario") in found
    for parameter in found.values():
        assert parameter["help"], parameter
        assert parameter["inferred_type_name"] != "None", parameter


def test_the_report_answers_in_order(report):
    page = report.html.read_text(encoding="utf-8")
    headings = [re.sub("<.*?>", "", heading) for heading in re.findall(r"<h2[^>]*>(.*?)</h2>", page, re.DOTALL)]
    plan = report.results["scenario"].get("plan")
    assert headings[0].startswith("Try it")
    assert headings[1:-1] == SECTIONS
    assert headings[-1].startswith("Appendix")
    text = re.sub("<[^>]*>", "", page)
    assert ("Both lines start" in text) == bool(plan)
    assert len(re.findall("<h1", page)) == 1
    assert report.results["order"] in text
    assert len(re.findall("<svg", page)) >= (8 if plan else 5)
    assert not re.search(r'(?:src|href)="(?!data:|#)', page)


def test_the_report_shows_every_assumed_figure_by_itself(report):
    case = wom.load(report.results["scenario"])
    page = report.html.read_text(encoding="utf-8")
    for figure in wom.assumptions.readable(case, "assumed").index:
        assert figure.replace("'", "&#x27;") in page or figure in page, figure
    for limit in wom.assumptions.LIMITS:
        assert limit[:40].replace("'", "&#39;") in page or limit[:40] in page


def test_files_hold_the_numbers_of_the_run(report):
    case = wom.load(report.results["scenario"])
    run = wom.simulate(case)
    assert report.results["numbers"]["npv"] == pytest.approx(run.npv, rel=1e-12)
    monthly = report.tables["monthly"].read_text().splitlines()
    assert len(monthly) == case.horizon_months + 1
    assert float(monthly[1].split(",")[1]) == pytest.approx(run.monthly["revenue"].iloc[0], rel=1e-12)
    assert set(report.tables) >= {"monthly", "monthly_without_plan", "difference", "by_segment", "assumptions"}
    manifest = json.loads((report.path / "manifest.json").read_text())
    assert manifest["status"] == "done"
    assert nbformat.read(report.notebook, 4).cells


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's package chromium")
@pytest.mark.parametrize("width", [1280, 390])
def test_the_report_opens_in_a_browser_without_a_network(report, width):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": width, "height": 900})
        said, asked = [], []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(report.html.as_uri())
        assert said == []
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 100)")
        assert page.locator("math").count() >= 2
        # nothing but what scrolls by itself is wider than the window
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        browser.close()


def test_a_scenario_report_anchors_once_and_runs_what_it_needs_once(monkeypatch):
    counted = Counter[str]()

    def counting(name):
        real = getattr(anchoring, name)

        def count(*args, **more):
            counted[name] += 1
            return real(*args, **more)

        monkeypatch.setattr(anchoring, name, count)

    counting("hidden_values")
    counting("moments")
    cells = nbformat.read(reports.find("scenario_report"), as_version=4).cells
    there: dict[str, object] = {}
    for cell in cells:
        if cell.cell_type == "code":
            exec(cell.source, there)
    assert counted["hidden_values"] == 2  # the business, and its draws
    # The plan and none, expected and in draws; both under each set of mechanisms; month 0 alone, twice; those of
    # the sliders; and where the decision turns, for the first screen and for the brief, variants side by side.
    assert counted["moments"] <= 16
