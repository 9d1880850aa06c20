"""The slide show from exhibits: its plan, and in a real browser keys, notes, room and print."""

import hashlib
import html
import re
import shutil
import subprocess
from base64 import b64encode
from pathlib import Path

import exhibited
import pandas as pd
import pytest
from exhibited import NAME, code, exhibits, notebook, output, shown, text

from wom.errors import InputError
from wom.exhibits.exhibit import Exhibit
from wom.exhibits.tables import Grid
from wom.report import pdf
from wom.report.slides import column_shares, plan, slides
from wom.report.story import story

CHROMIUM = shutil.which("chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's package chromium")


@pytest.fixture(scope="module")
def show(tmp_path_factory):
    """A show with a slide of every kind."""
    folder = tmp_path_factory.mktemp("show")
    file = folder / "slides.html"
    file.write_text(slides(exhibited.whole(folder / "notebook.ipynb")), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def told(show):
    return plan(story(show.with_name("notebook.ipynb")), show)


def told_by(tmp_path, *cells):
    file = notebook(tmp_path / "made_by_hand.ipynb", *cells)
    return plan(story(file), file)


# --- what is told ------------------------------------------------------------------------------------------------


def test_one_thought_each_in_the_notebooks_order_the_decision_before_the_appendix(told):
    kinds = [slide.kind for slide in told]
    charts = ["chart"] * 8
    own = ["hero", "text", "table", "formula", "picture"]
    assert kinds == ["cover", "hero", *charts, *own, "decision", "divider", "chart"]
    made = exhibits()
    first = [made[name].sentence for name in ("decision", "line", "waterfall", "dots", "ranges", "bars", "people")]
    assert [slide.title for slide in told[1:8]] == first
    assert (told[0].title, told[0].subtitle, told[0].source) == (
        "Train the front line", "Harbour & Co., department store", "28 November 2026",
    )  # fmt: skip
    assert told[-1].title == made["stacked_bars"].sentence  # what somebody may ask for, behind the divider


def test_prose_is_for_the_speaker(told):
    slide = next(slide for slide in told if slide.title == exhibits()["line"].sentence)
    order = [slide.title, "Both lines start on the same day", "Said beside line.", "To say with line.",
             "On the slide: What is seen", "Where it comes from: wom, scenario"]  # fmt: skip
    places = [slide.speech.index(words) for words in order]
    assert places == sorted(places)
    hero = told[1].speech
    assert "Net, in today’s money: −USD 65,000 (90 % range −91,000 to −34,000)." in hero
    assert "Begin with the order." in hero


def test_cells_decide_by_tag(tmp_path):
    found = told_by(
        tmp_path,
        text("# A plan\n\nIt pays."),
        text("## Why\n\nBecause of *this*."),
        code(shown(exhibits()["columns"])),
        text("Said alone, $5 and $x^2$.", "slide"),
        text("- one\n- two", "skip-slide"),
        text("# Part two\n\nMore."),
        text("1. one\n2. two\n   - deeper"),
        text("$$\\frac{a}{b}$$\n\nwhere $a$ is one."),
        code(output({"text/markdown": "Afterwards."})),
    )
    assert [slide.kind for slide in found] == ["cover", "chart", "text", "divider", "text", "formula"]
    assert "Because of this." in found[1].notes
    assert found[2].blocks[0].text == "Said alone, $5 and x2."
    assert [(block.number, block.depth) for block in found[4].blocks] == [(1, 0), (2, 0), (0, 1)]
    assert (found[5].latex, found[5].blocks[0].text) == ("\\frac{a}{b}", "where a is one.")
    assert "Afterwards." in found[5].notes


def test_nothing_for_a_slide_is_said(tmp_path):
    with pytest.raises(InputError, match=r"small\.ipynb: nothing in it makes a slide: no chart, table"):
        slides(notebook(tmp_path / "small.ipynb", text("# Mine\n\nOnly words.")))


def test_long_tables_are_split_the_rest_is_said_and_no_word_is_broken(tmp_path):
    frame = pd.DataFrame({"Figure": [f"row {number}" for number in range(80)], "Value": range(80)})
    found = told_by(tmp_path, code(shown(Exhibit("Many rows", data=frame))))
    assert [slide.title for slide in found[1:]] == ["Many rows (1 of 2)", "Many rows (2 of 2)"]
    held = sum(len(slide.table.rows) for slide in found[1:])
    assert all(slide.subtitle == f"{80 - held} more rows are in the report." for slide in found[1:])
    wordy = Grid((), ("Name", "Words"), (False, False), (((), ("incomprehensibilities", "a " * 400)),))
    first, second = column_shares(wordy)
    assert first * 118 >= len("incomprehensibilities")  # letters in a line of the whole width
    assert second > first


# --- the file ----------------------------------------------------------------------------------------------------


def test_it_is_one_file_that_reaches_nowhere_and_names_are_text(show):
    page = show.read_text(encoding="utf-8")
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org)", page)
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert b64encode(hashlib.sha256(script.encode()).digest()).decode() in page  # the only one that may run
    assert len(script) < 4000  # it stays tiny
    assert page.count("default-src 'none'") == 1
    assert html.escape(NAME) in page
    assert "<b>x" not in page


def test_every_slide_has_a_heading_what_to_say_and_every_chart_what_it_shows(show, told):
    page = html.unescape(show.read_text(encoding="utf-8"))
    headings = re.findall(r"<(h[1-6]) tabindex", page)
    assert headings == ["h1", *["h2"] * (len(told) - 1)]
    for slide in told:
        for part in slide.speech.split("\n\n"):
            assert part in page
        if slide.kind == "chart":
            assert f'aria-label="{slide.alt}"' in page


def test_the_same_notebook_gives_the_same_show(show):
    assert slides(show.with_name("notebook.ipynb")) == show.read_text(encoding="utf-8")


# --- in a browser ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chromium():
    driver = pytest.importorskip("playwright.sync_api")
    with driver.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def opened(request, chromium, show):
    """A show in a window of its own; afterwards nothing was asked of a network and no error was said."""
    wide, high = getattr(request, "param", (1280, 720))
    context = chromium.new_context(viewport={"width": wide, "height": high}, has_touch=True)
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
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
    assert opened.locator(".said").text_content().startswith(f"Slide {last} of {last}: A bad visit")
    opened.keyboard.press("Control+ArrowLeft")  # the browser's own keys stay the browser's
    assert now(opened) == [last]


@pytest.mark.browser
@needs_chromium
def test_buttons_addresses_and_swipes_move_too(opened):
    opened.locator("#on").focus()
    assert opened.evaluate("getComputedStyle(document.querySelector('nav')).opacity") == "1"
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
    for start, end, place in ((600, 300, 6), (300, 600, 5), (300, 310, 5)):  # the last is too short to be meant
        opened.evaluate(swipe, [start, end])
        assert now(opened) == [place]


@pytest.mark.browser
@needs_chromium
def test_notes_are_shown_on_request(opened):
    notes = opened.locator("#slide-2 .notes")
    opened.keyboard.press("ArrowRight")
    assert not notes.is_visible()
    opened.keyboard.press("n")
    assert notes.is_visible()
    assert opened.locator("#notes").get_attribute("aria-pressed") == "true"


_FAULTS = """number => {
  const slide = document.querySelector(`#slide-${number}`), show = slide.querySelector('.show');
  const box = slide.getBoundingClientRect(), unit = slide.clientWidth / 1600, found = [];
  if (slide.scrollHeight > slide.clientHeight + 1) found.push('the slide overflows');
  if (show && show.scrollHeight > show.clientHeight + 1) found.push('what it shows overflows');
  for (const part of slide.querySelectorAll('p, li, td, th, dd, dt, h1, h2, svg text')) {
    if (!part.textContent.trim() || part.closest('.notes')) continue;
    const place = part.getBoundingClientRect(), svg = part.closest('svg');
    const outside = place.right > box.right + 1 || place.left < box.left - 1 || place.bottom > box.bottom + 1;
    if (outside) found.push('outside: ' + part.textContent);
    const all = svg && svg.viewBox.baseVal;
    const shrunk = svg ? Math.min(svg.clientWidth / all.width, svg.clientHeight / all.height) : 1;
    const size = parseFloat(getComputedStyle(part).fontSize) * shrunk / unit;
    if (size < 19.5) found.push(`${size} is small: ${part.textContent}`);
  }
  return found;
}"""


@pytest.mark.browser
@needs_chromium
@pytest.mark.parametrize("opened", [(1280, 720), (1024, 768)], indirect=True)  # sixteen to nine, four to three
def test_nothing_overflows_and_all_can_be_read_at_the_back(opened):
    for number in range(1, opened.locator(".slide").count() + 1):
        assert opened.evaluate(_FAULTS, number) == [], number
        opened.keyboard.press("ArrowRight")


@pytest.mark.browser
@needs_chromium
def test_without_scripts_all_slides_stand_below_each_other_and_motion_is_a_wish(show, chromium, told):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(show.as_uri())
    assert page.locator(".slide:visible").count() == len(told)
    context.close()
    for wish, moves in (("reduce", "none"), ("no-preference", "appear")):
        context = chromium.new_context(reduced_motion=wish)
        page = context.new_page()
        page.goto(show.as_uri())
        assert page.evaluate("getComputedStyle(document.querySelector('.now')).animationName") == moves
        context.close()


@pytest.mark.browser
@needs_chromium
def test_axe_finds_no_serious_fault(show, chromium):
    axe = pytest.importorskip("axe_playwright_python", reason="brings axe-core; in the dev group")
    script = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    found = []
    for scheme in ("light", "dark"):
        context = chromium.new_context(bypass_csp=True, reduced_motion="reduce", color_scheme=scheme)
        page = context.new_page()
        page.goto(show.as_uri())
        page.evaluate(script)
        for state in ("", "document.body.classList.remove('one'); document.body.classList.add('noted')"):
            page.evaluate(state)
            done = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            found += [(scheme, fault["id"], fault["nodes"][0]["html"][:200]) for fault in done["violations"]
                      if fault["impact"] in ("serious", "critical") or fault["id"] == "heading-order"]  # fmt: skip
        context.close()
    assert found == []


@pytest.mark.browser
@needs_chromium
def test_it_prints_one_slide_a_page(show, told, tmp_path):
    pdf.pdf(show, tmp_path / "slides.pdf")
    if tool := shutil.which("pdfinfo"):
        about = subprocess.run(
            [tool, str(tmp_path / "slides.pdf")], capture_output=True, text=True, check=True
        ).stdout
        assert re.search(r"Pages:\s+(\d+)", about)[1] == str(len(told))
        assert "960 x 540 pts" in about
        assert re.search(r"Tagged:\s+yes", about)  # readable aloud
    if tool := shutil.which("pdftotext"):
        call = [tool, str(tmp_path / "slides.pdf"), "-"]
        said = subprocess.run(call, capture_output=True, text=True, check=True).stdout
        for page, slide in zip(said.split("\f"), told, strict=False):
            assert slide.title.split(" ")[0] in page  # the first page, too, which fades in on a screen
