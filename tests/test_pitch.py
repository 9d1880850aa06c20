"""The pitch: a deck with native charts, a slide show, and the workshop's eight numbers, from real runs."""

import json
import re
import shutil
import subprocess
import sys

import pytest

import wom
from wom import reporting

pptx = pytest.importorskip("pptx", reason="needs the extra wom[deck]")

CHROMIUM = shutil.which("chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip

pytestmark = pytest.mark.notebook


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    place = tmp_path_factory.mktemp("reports")
    return reporting.run_report(reporting.find("scenario_report"), {"scenario": "retailer/make-it-right"}, place)


@pytest.fixture(scope="module")
def deck(report):
    command = [sys.executable, "-m", "wom", "deck", str(report.path), "--output", str(report.path / "mine.pptx")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return pptx.Presentation(str(report.path / "mine.pptx"))


def charts(deck):
    return [shape for slide in deck.slides for shape in slide.shapes if shape.has_chart]


def test_the_deck_is_wide_and_its_charts_are_native_with_the_reports_numbers(deck, report):
    assert deck.slide_width / deck.slide_height == pytest.approx(16 / 9, rel=1e-4)  # EMU are whole numbers
    found = charts(deck)
    assert len(found) >= 8
    run = wom.simulate(wom.load(report.results["scenario"]))
    series = [list(one.values) for shape in found for one in shape.chart.plots[0].series]
    wanted = run.monthly["revenue"].tolist()
    assert any(len(one) == len(wanted) and one == pytest.approx(wanted, rel=1e-9) for one in series)


def test_every_slide_says_what_it_shows(deck):
    for number, slide in enumerate(deck.slides, start=1):
        assert slide.shapes.title is not None, number
        assert slide.shapes.title.text_frame.text.strip(), number
        assert slide.notes_slide.notes_text_frame.text.strip(), number
    for shape in charts(deck):
        assert len(shape._element.nvGraphicFramePr.cNvPr.get("descr", "")) > 20


def test_a_folder_without_a_report_is_refused_in_plain_words(tmp_path):
    command = [sys.executable, "-m", "wom", "deck", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (1, 2)
    assert done.stderr.startswith("wom: ")
    assert "Traceback" not in done.stderr


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's package chromium")
def test_the_slide_show_opens_without_a_network_and_moves_by_keys(report):
    from playwright.sync_api import sync_playwright

    from wom.reporting import slides

    file = slides.slides(report.path, report.path / "show.html")
    assert not re.search(r'(?:src|href)="(?!data:|#)', file.read_text(encoding="utf-8"))
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        said, asked = [], []
        page.on("console", lambda message: said.append(message.text))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(file.as_uri())
        first = page.screenshot()
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(600)
        assert page.screenshot() != first
        assert said == []
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        browser.close()


def test_the_workshop_takes_eight_numbers_and_tells_a_story(tmp_path):
    given = {"customers": 800, "bad_share": 0.08}
    done = reporting.run_report(reporting.find("workshop"), given, tmp_path)
    story = json.loads((done.path / "results.json").read_text(encoding="utf-8"))
    assert story
    assert "Traceback" not in done.html.read_text(encoding="utf-8")


def test_wrong_numbers_are_answered_in_plain_words(tmp_path):
    from wom import workshop

    with pytest.raises(wom.InputError) as refused:
        workshop.scenario(
            customers=800, new_customers=10, spend=50, margin=0.4, retention=0.98, good_share=0.7, bad_share=0.6,
            referral_share=0.2,
        )  # fmt: skip
    assert "Traceback" not in str(refused.value)
    assert len(str(refused.value)) < 400
