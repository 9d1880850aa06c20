"""The slide show in a real browser without a network: keys, notes, print, and who cannot see or hold a mouse."""

import hashlib
import json
import re
import shutil
import subprocess
from base64 import b64encode
from html.parser import HTMLParser
from pathlib import Path

import pytest
from told import GIVEN, report

import wom
from wom import figures
from wom.errors import WomError
from wom.exhibits import charts, style
from wom.reporting import pdf as printer
from wom.reporting.chart_frame import frame
from wom.reporting.measure import width
from wom.reporting.slide import executed_notebook, speech
from wom.reporting.slides import slides
from wom.reporting.story import story
from wom.reporting.svg_chart import svg

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
TEMPLATES = Path(wom.reporting.__file__).with_name("templates") / "slides"

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's package chromium")


@pytest.fixture(scope="module")
def show():
    """The slide show that a run of the workshop left."""
    return report("workshop") / "slides.html"


@pytest.fixture(scope="module")
def told():
    return story(executed_notebook(report("workshop")))


# --- the file ----------------------------------------------------------------------------------------------------


class Parts(HTMLParser):
    """Addresses, headings and scripts of a page."""

    def __init__(self):
        super().__init__()
        self.addresses, self.headings, self.scripts, self._in = [], [], [], ""

    def handle_starttag(self, tag, attrs):
        self.addresses += [value for name, value in attrs if name in ("src", "href", "data", "action", "srcset")]
        self.headings += [tag] if re.fullmatch("h[1-6]", tag) else []
        self._in = tag

    def handle_endtag(self, tag):
        self._in = ""

    def handle_data(self, data):
        if self._in == "script":
            self.scripts.append(data)


@pytest.mark.notebook
@pytest.mark.parametrize("name", GIVEN)
def test_it_is_one_file_that_reaches_nowhere(name):
    page = (report(name) / "slides.html").read_text(encoding="utf-8")
    parts = Parts()
    parts.feed(page)
    assert all(address.startswith("data:") for address in parts.addresses)
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org)", page)
    (script,) = parts.scripts
    assert b64encode(hashlib.sha256(script.encode()).digest()).decode() in page  # the only one that may run
    assert len(script) < 4000  # it stays tiny
    assert page.count("default-src 'none'") == 1


@pytest.mark.notebook
def test_headings_are_in_order_and_one_for_each_slide(show, told):
    parts = Parts()
    parts.feed(show.read_text(encoding="utf-8"))
    assert parts.headings[0] == "h1"
    assert set(parts.headings[1:]) == {"h2"}
    assert len(parts.headings) == len(told)


@pytest.mark.notebook
def test_every_slide_has_what_to_say_and_every_chart_what_it_shows(show, told):
    import html

    page = html.unescape(show.read_text(encoding="utf-8")).replace("\xa0", " ")
    for slide in told:
        for part in speech(slide).split("\n\n"):
            assert part.replace("\xa0", " ") in page
        if slide.chart:
            assert f'aria-label="{slide.alt}"'.replace("\xa0", " ") in page


def test_the_same_notebook_gives_the_same_bytes(show, tmp_path):
    again = slides(report("workshop"), tmp_path / "again.html")
    assert again.read_bytes() == show.read_bytes()


def test_what_cannot_be_written_is_said(tmp_path):
    (tmp_path / "blocked").write_text("a file")
    with pytest.raises(WomError, match="cannot be written"):
        slides(report("workshop"), tmp_path / "blocked" / "slides.html")


# --- colours and type --------------------------------------------------------------------------------------------


def contrast(one, other="#ffffff"):
    """Of WCAG 2, from 1 to 21."""

    def light(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    first, second = sorted((light(one), light(other)), reverse=True)
    return (first + 0.05) / (second + 0.05)


@pytest.mark.parametrize("name", ["INK", "QUIET", "MUTED", "ACCENT", "WARM"])
def test_text_on_white_and_white_on_the_cover_are_read_easily(name):
    assert contrast(getattr(style, name)) >= 4.5  # AA for text of any size
    assert contrast("#ffffff", style.ACCENT) >= 4.5


def test_text_of_a_chart_is_never_in_a_light_colour():
    light = {style.PALETTE[role] for role in ("accent_light", "warm_light", "faint")}
    effect = wom.effect(wom.load("retailer/make-it-right"))
    for ax in (figures.told(effect), figures.difference(effect), figures.arrivals(effect.run)):
        drawn = svg(charts.kept(ax.figure), "A chart.")
        assert not light & set(re.findall(r'<text [^>]*fill="(#\w+)"', drawn))
    assert set(style.PALETTE) == set(charts.Role.__args__)


def test_labels_at_ends_of_lines_do_not_overlap_and_stay_inside():
    effect = wom.effect(wom.load("retailer/front-line-training"))
    for ax in (figures.told(effect), figures.net(effect), figures.revenue(effect)):
        chart = charts.kept(ax.figure)
        laid = frame(chart, 852, 317, 18)
        left, top, wide, high = laid.plot
        places = []
        for label in laid.labels:
            one = chart.series[label.layer]
            at = top + high * (laid.high - one.data[-1]) / (laid.high - laid.low) + label.down
            places.append(at)
            assert left + wide + 10 + width(one.name, 18, bold=True) <= 852
            assert -1 <= at <= 317
        gaps = [second - first for first, second in zip(sorted(places), sorted(places)[1:], strict=False)]
        assert all(gap >= 2 * 18 for gap in gaps)  # two lines each


def test_values_on_columns_stand_below_the_legend():
    series = (charts.series("good", [40.0, 10.0]), charts.series("bad", [20.0, 8.0], "warm"))
    laid = frame(charts.Chart("columns", ("nobody", "one"), series), 852, 317, 18)
    assert laid.high == 40.0  # the first column is as high as the plot
    assert laid.plot[1] >= 2 * 1.2 * 18  # a line for the legend, one for the value


# --- in a browser ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def opened(request, chromium):
    """A show in a window of its own; afterwards nothing was asked of a network and no error was said."""
    show = report(getattr(request, "param", "workshop")) / "slides.html"
    context = chromium.new_context(viewport={"width": 1280, "height": 720}, has_touch=True)
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.route(re.compile("^(?!file:|data:)"), lambda route: route.abort())
    page.goto(show.as_uri())
    yield page
    assert said == []
    assert all(url.startswith(("file:", "data:")) for url in asked)
    context.close()


def now(page):
    """Numbers of the slides that are seen."""
    return [int(name.removeprefix("slide-")) for name in page.evaluate(
        "[...document.querySelectorAll('.slide')].filter(slide => slide.offsetHeight > 0).map(slide => slide.id)"
    )]  # fmt: skip


@pytest.mark.browser
@pytest.mark.notebook
@needs_chromium
def test_keys_move_one_slide_at_a_time(opened, told):
    last = len(told)
    assert now(opened) == [1]
    for key, place in (
        ("ArrowRight", 2), ("PageDown", 3), ("Space", 4), ("ArrowDown", 5), ("ArrowLeft", 4), ("PageUp", 3),
        ("ArrowUp", 2), ("Shift+Space", 1), ("ArrowLeft", 1), ("End", last), ("ArrowRight", last), ("Home", 1),
    ):  # fmt: skip
        opened.keyboard.press(key)
        assert now(opened) == [place], key
    opened.keyboard.press("End")
    assert opened.evaluate("location.hash") == f"#{last}"
    said = opened.locator(".said").text_content()
    assert said.startswith(f"Slide {last} of {last}: It rests on")
    opened.keyboard.press("Control+ArrowLeft")  # the browser's own keys stay the browser's
    assert now(opened) == [last]


@pytest.mark.browser
@pytest.mark.notebook
@needs_chromium
def test_buttons_addresses_and_swipes_move_too(opened, show):
    opened.keyboard.press("Tab")
    opened.keyboard.press("Tab")
    focused = opened.evaluate("document.activeElement.id")
    outline = opened.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert focused in ("notes", "on")
    assert outline == "solid"  # focus is seen
    assert (
        opened.evaluate("getComputedStyle(document.querySelector('nav')).opacity") == "1"
    )  # and so is the button
    opened.locator("#on").focus()
    opened.keyboard.press("Space")
    assert now(opened) == [2]
    opened.evaluate("location.hash = '#5'")
    opened.wait_for_function("document.querySelector('#slide-5').classList.contains('now')")
    swipe = """([from, to]) => {
      for (const [kind, x] of [['touchstart', from], ['touchend', to]]) {
        const touch = new Touch({identifier: 1, target: document.body, clientX: x, clientY: 300});
        document.body.dispatchEvent(new TouchEvent(kind, {changedTouches: [touch], bubbles: true}));
      }
    }"""
    opened.evaluate(swipe, [600, 300])
    assert now(opened) == [6]
    opened.evaluate(swipe, [300, 600])
    assert now(opened) == [5]
    opened.evaluate(swipe, [300, 310])  # too short to be meant
    assert now(opened) == [5]


@pytest.mark.browser
@pytest.mark.notebook
@needs_chromium
def test_notes_are_shown_on_request(opened):
    notes = opened.locator("#slide-2 .notes")
    opened.keyboard.press("ArrowRight")
    assert not notes.is_visible()
    opened.keyboard.press("n")
    assert notes.is_visible()
    assert opened.locator("#notes").get_attribute("aria-pressed") == "true"
    opened.keyboard.press("n")
    assert not notes.is_visible()


@pytest.mark.browser
@pytest.mark.notebook
@needs_chromium
@pytest.mark.parametrize("opened", GIVEN, indirect=True)
def test_nothing_on_a_slide_overflows_overlaps_or_is_too_small(opened):
    for number in range(1, opened.locator(".slide").count() + 1):
        title = opened.locator(f"#slide-{number} :is(h1, h2)").text_content()
        size = opened.evaluate(
            """number => {
              const slide = document.querySelector(`#slide-${number}`);
              const shown = slide.querySelector('.show');
              const unit = slide.clientWidth / 960;
              const texts = [...slide.querySelectorAll('svg text')].map(text => {
                const box = text.getBoundingClientRect(), all = text.closest('svg').getBoundingClientRect();
                const place = [box.x - all.x, box.y - all.y, box.width, box.height];
                return [text.textContent, ...place, all.width, all.height];
              });
              const small = [...slide.querySelectorAll('p,li,td,th,dd,dt,h1,h2,text')]
                .filter(part => part.textContent && !part.closest('.notes'))
                .map(part => parseFloat(getComputedStyle(part).fontSize) / (part.closest('svg') ? 1 : unit));
              return {
                over: slide.scrollHeight - slide.clientHeight, across: slide.scrollWidth - slide.clientWidth,
                shown: shown ? shown.scrollHeight - shown.clientHeight : 0, texts, small: Math.min(...small),
              };
            }""",
            number,
        )
        assert size["over"] <= 1, title  # a pixel for rounding
        assert size["across"] <= 1, title
        assert size["shown"] <= 1, title
        assert size["small"] >= 11.9, title
        boxes = size["texts"]
        for text, x, y, wide, high, room, tall in boxes:
            assert x >= -2, text
            assert x + wide <= room + 2, text
            assert y >= -4, text  # the box of a letter is higher than the letter
            assert y + high <= tall + 4, text
        for first, (one, x1, y1, w1, h1, *_) in enumerate(boxes):
            for two, x2, y2, w2, h2, *_ in boxes[first + 1 :]:
                across = min(x1 + w1, x2 + w2) - max(x1, x2)
                along = min(y1 + h1, y2 + h2) - max(y1, y2)
                assert across < 2 or along < 0.3 * min(h1, h2), (one, two)
        opened.keyboard.press("ArrowRight")


@pytest.mark.browser
@pytest.mark.notebook
@needs_chromium
def test_who_wants_less_motion_gets_none(show, chromium):
    for wish, moves in (("reduce", "none"), ("no-preference", "appear")):
        context = chromium.new_context(reduced_motion=wish)
        page = context.new_page()
        page.goto(show.as_uri())
        assert page.evaluate("getComputedStyle(document.querySelector('.now')).animationName") == moves
        context.close()


@pytest.mark.browser
@pytest.mark.notebook
@needs_chromium
def test_without_scripts_all_slides_stand_below_each_other(show, chromium, told):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(show.as_uri())
    assert page.locator(".slide:visible").count() == len(told)
    context.close()


_ALL = "document.body.classList.remove('one'); document.body.classList.add('noted')"


@pytest.mark.browser
@pytest.mark.notebook
@needs_chromium
@pytest.mark.parametrize("name", GIVEN)
def test_axe_finds_no_serious_fault_in_report_and_slides(name, chromium):
    """Contrast, names, order of headings and the like: as shown, and all slides at once with their notes."""
    axe = pytest.importorskip("axe_playwright_python", reason="brings axe-core; in the dev group")
    script = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    context = chromium.new_context(bypass_csp=True, reduced_motion="reduce")
    page = context.new_page()
    page.route(re.compile("^(?!file:|data:)"), lambda route: route.abort())
    asked, said, found = [], [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    for file in ("report.html", "slides.html"):
        page.goto((report(name) / file).as_uri())
        page.evaluate(script)
        for wide, state in ((1280, ""), (390, _ALL)):  # and on a phone
            page.set_viewport_size({"width": wide, "height": 800})
            page.evaluate(state)
            done = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            found += [
                (file, wide, fault["id"], fault["impact"], fault["nodes"][0]["html"][:200])
                for fault in done["violations"]
                if fault["impact"] in ("serious", "critical") or fault["id"] == "heading-order"
            ]
    assert found == []
    assert said == []
    assert all(url.startswith(("file:", "data:")) for url in asked)
    context.close()


# --- on paper ----------------------------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.notebook
@needs_chromium
def test_it_prints_one_slide_per_page(show, told, tmp_path):
    made = printer.pdf(show, tmp_path / "slides.pdf")
    assert made.read_bytes().startswith(b"%PDF")
    if tool := shutil.which("pdfinfo"):
        about = subprocess.run([tool, str(made)], capture_output=True, text=True, check=True).stdout
        assert re.search(r"Pages:\s+(\d+)", about)[1] == str(len(told))
        assert "960 x 540 pts" in about
        assert re.search(r"Tagged:\s+yes", about)  # readable aloud
    if tool := shutil.which("pdftotext"):
        text = subprocess.run([tool, str(made), "-"], capture_output=True, text=True, check=True).stdout
        for page, slide in zip(text.split("\f"), told, strict=False):
            assert slide.title.split(" ")[0] in page  # the first page, too, which fades in on a screen


@pytest.mark.browser
@pytest.mark.notebook
@needs_chromium
def test_the_report_prints_with_its_formulas_and_without_its_folded_tables(tmp_path):
    made = printer.pdf(report("scenario_report") / "report.html", tmp_path / "report.pdf")
    if tool := shutil.which("pdftotext"):
        text = subprocess.run([tool, str(made), "-"], capture_output=True, text=True, check=True).stdout
        assert "What the model does not know" in text
        assert "\\frac" not in text
    assert [path.name for path in tmp_path.iterdir()] == ["report.pdf"]  # nothing half-written


def test_without_a_browser_there_is_no_pdf_and_one_clear_line(monkeypatch, show):
    monkeypatch.setattr(printer.shutil, "which", lambda name: None)
    assert printer.browser() is None
    assert printer.pdf(show) is None
    assert printer.LEFT_OUT.startswith("PDF left out: there is no Chromium or Chrome here; ")
    assert "\n" not in printer.LEFT_OUT


def test_a_browser_that_prints_nothing_is_named(monkeypatch, show, tmp_path):
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\necho 'no display' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(printer, "browser", lambda: str(program))
    with pytest.raises(WomError, match="chromium printed nothing: no display"):
        printer.pdf(show, tmp_path / "out.pdf")
    assert not (tmp_path / "out.pdf").exists()


# --- parts -------------------------------------------------------------------------------------------------------


def test_lists_formulas_and_tables_keep_their_kind(tmp_path):
    cells = [
        ("# A plan", []), ("## Steps\n\n1. **First**\n2. second\n\nand more", []),
        ("## How\n\n$$\\frac{a}{b}$$\n\nwhere $a$ is one.", []),
        ("## Two\n\n- x\n  - y", []),
    ]  # fmt: skip
    notebook = tmp_path / "made.ipynb"
    notebook.write_text(json.dumps({"cells": [
        {"cell_type": "markdown", "metadata": {}, "source": text} for text, _ in cells
    ], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))  # fmt: skip
    page = slides(notebook).read_text(encoding="utf-8")
    assert '<ol start="1"><li><strong>First</strong></li><li>second</li></ol><p>and more</p>' in page
    assert '<math display="block"><mrow><mfrac>' in page
    assert 'role="img"' in page
    assert "<em>a</em>" in page
