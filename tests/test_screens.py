"""Page, brief and slide show in a real browser: room on any screen, light and dark, keys, hands, paper, and for
readers who do not see."""

import contextlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import exhibited
import living
import pytest

from wom.report import lists, parts
from wom.report.page import brief, page
from wom.report.run import Outcome
from wom.report.slides import plan, slides
from wom.report.story import story

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(living.CHROMIUM is None, reason="needs Debian's package chromium"),
]


@pytest.fixture(scope="module")
def files(whole, moving, tmp_path_factory):
    """Report, brief, slide show, a page with sliders and a list of a batch, by name."""
    folder = tmp_path_factory.mktemp("files")
    made = {"report": page(whole), "brief": brief(whole), "slides": slides(whole), "moving": page(moving)}
    about = [{"title": f"Report {place}", "figures": {"npv": place}} for place in range(3)]
    outcomes = [Outcome(f"r{place}", "done", 0, "", folder, one) for place, one in enumerate(about)]
    ranked, by = lists.rank([Outcome("broken", "refused", 2, "bad <input>"), *outcomes])
    made["list"] = lists.ranking("A batch", ranked, by, folder)
    hard = exhibited.hard(folder / "hard.ipynb")
    made |= {"hard report": page(hard), "hard brief": brief(hard)}
    for name, source in made.items():
        (folder / f"{name}.html").write_text(source, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in made}


@pytest.fixture(scope="module")
def told(whole):
    return plan(story(whole), whole)


@pytest.fixture(scope="module", autouse=True)
def chromium():
    with living.browsing():
        yield


@pytest.fixture
def opened():
    """Open files in windows of their own."""
    with contextlib.ExitStack() as stack:
        yield lambda file, width=1280, height=720, **options: stack.enter_context(
            living.window(file, width, height, **options)
        )


# --- page and brief ----------------------------------------------------------------------------------------------


_OUTSIDE = """() => [...document.querySelectorAll('svg text, p, h1, h2, h3, h4, dt, dd, caption')]
    .filter(one => one.getClientRects().length && !one.closest('.scroll, .wom-table'))
    .map(one => [one.textContent.slice(0, 60), one.getBoundingClientRect()])
    .filter(([, box]) => box.right > document.documentElement.clientWidth + .5 || box.left < -.5)
    .map(([said]) => said)"""
_SMALLEST = """() => Math.min(...[...document.querySelectorAll('svg text')]
    .filter(text => text.getClientRects().length).map(text => {
        const svg = text.closest('svg');
        return parseFloat(getComputedStyle(text).fontSize) * svg.clientWidth / svg.viewBox.baseVal.width;
    }))"""


@pytest.mark.parametrize(("name", "scheme"), [
    ("report", "light"), ("brief", "dark"), ("hard report", "dark"), ("hard brief", "light"),
])  # fmt: skip
def test_nothing_reaches_past_the_screen(files, opened, name, scheme):
    tab = opened(files[name], color_scheme=scheme)
    for width in (1280, 390, 320):
        tab.set_viewport_size({"width": width, "height": 844})
        assert tab.evaluate("document.documentElement.scrollWidth") == width
        assert tab.evaluate(_OUTSIDE) == []
        shown, hidden = (".phone", ".wide") if width < 700 else (".wide", ".phone")
        assert tab.locator(f"{shown}.chart").first.is_visible()
        assert not tab.locator(f"{hidden}.chart").first.is_visible()
        assert tab.evaluate(_SMALLEST) >= 10  # pixels; a drawing for 340 shrinks a little on 320
    background = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (background in ("rgb(16, 23, 29)", "rgb(25, 35, 43)")) == (scheme == "dark")


@pytest.mark.parametrize("name", ["report", "brief", "slides", "list"])
def test_axe_finds_no_serious_fault(files, opened, name):
    axe = pytest.importorskip("axe_playwright_python", reason="brings axe-core; in the dev group")
    script = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    tab, found = opened(files[name], bypass_csp=True, reduced_motion="reduce"), []
    tab.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    tab.evaluate("document.body.classList.remove('one'); document.body.classList.add('noted')")  # slides and notes
    tab.evaluate(script)
    for scheme, width in (("light", 1280), ("dark", 390)):
        tab.emulate_media(color_scheme=scheme)
        tab.set_viewport_size({"width": width, "height": 800})
        faults = tab.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        bad = [one for one in faults if one["impact"] in ("serious", "critical") or one["id"] == "heading-order"]
        found += [(scheme, width, one["id"], one["nodes"][0]["html"][:200]) for one in bad]
    assert found == []


def test_by_keyboard_and_without_scripts(files, opened, told):
    tab = opened(files["report"], java_script_enabled=False)
    tab.keyboard.press("Tab")
    assert tab.locator(".skip").bounding_box()["x"] > 0  # seen once it has the focus
    tab.locator("figure summary").first.focus()
    tab.keyboard.press("Enter")
    assert tab.locator("figure details table").first.is_visible()
    assert tab.locator(".wide svg").first.is_visible()
    show = opened(files["slides"], java_script_enabled=False)
    assert show.locator(".slide:visible").count() == len(told)  # below each other


def test_sliders_run_under_the_pages_policy_from_disk(files, opened):
    tab = opened(files["moving"])
    assert tab.evaluate("document.querySelector('#try').hidden") is False
    before = tab.locator("#big").text_content()
    tab.locator("input[type=range]").first.focus()
    tab.keyboard.press("End")
    tab.wait_for_function(f"document.querySelector('#big').textContent != {json.dumps(before)}")


def test_a_list_is_searched_and_sorted(files, opened):
    tab = opened(files["list"], 390)
    visible = (
        "[...document.querySelectorAll('tbody tr:not([hidden]) th')].map(cell => cell.innerText.split('\\n')[0])"
    )
    assert tab.evaluate(visible) == ["r2", "r1", "r0", "broken"]
    tab.fill("#find", "REPORT 1")
    assert tab.evaluate(visible) == ["r1"]
    assert tab.inner_text("output") == "1 of 4"
    tab.fill("#find", "")
    tab.click("th:nth-child(3) button")
    tab.click("th:nth-child(3) button")
    assert tab.evaluate(visible) == ["r0", "r1", "r2", "broken"]
    assert tab.get_attribute("th:nth-child(3)", "aria-sort") == "ascending"
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390


# --- the slide show ----------------------------------------------------------------------------------------------


def now(tab):
    """Numbers of the slides that are seen."""
    seen = "[...document.querySelectorAll('.slide')].filter(one => one.offsetHeight > 0).map(one => one.id)"
    return [int(name.removeprefix("slide-")) for name in tab.evaluate(seen)]


_SWIPE = """([from, to]) => {
  for (const [kind, x] of [['touchstart', from], ['touchend', to]]) {
    const touch = new Touch({identifier: 1, target: document.body, clientX: x, clientY: 300});
    document.body.dispatchEvent(new TouchEvent(kind, {changedTouches: [touch], bubbles: true}));
  }
}"""


def test_keys_buttons_addresses_and_swipes_move_one_slide_at_a_time(files, opened, told):
    tab, last = opened(files["slides"], has_touch=True), len(told)
    assert now(tab) == [1]
    for key, place in (
        ("ArrowRight", 2), ("PageDown", 3), ("Space", 4), ("ArrowDown", 5), ("ArrowLeft", 4), ("PageUp", 3),
        ("ArrowUp", 2), ("Shift+Space", 1), ("ArrowLeft", 1), ("End", last), ("ArrowRight", last),
        ("Control+ArrowLeft", last),  # the browser's own keys stay the browser's
    ):  # fmt: skip
        tab.keyboard.press(key)
        assert now(tab) == [place], key
    assert tab.evaluate("location.hash") == f"#{last}"
    assert tab.locator(".said").text_content().startswith(f"Slide {last} of {last}: A bad visit")
    tab.keyboard.press("Home")
    tab.locator("#on").focus()
    assert tab.evaluate("getComputedStyle(document.querySelector('nav')).opacity") == "1"
    tab.keyboard.press("Space")
    assert now(tab) == [2]
    notes = tab.locator("#slide-2 .notes")
    assert not notes.is_visible()
    tab.keyboard.press("n")
    assert notes.is_visible()
    assert tab.locator("#notes").get_attribute("aria-pressed") == "true"
    tab.evaluate("location.hash = '#5'")
    tab.wait_for_function("document.querySelector('#slide-5').classList.contains('now')")
    for start, end, place in ((600, 300, 6), (300, 600, 5), (300, 310, 5)):  # the last is too short to be meant
        tab.evaluate(_SWIPE, [start, end])
        assert now(tab) == [place]
    for wish, moves in (("no-preference", "appear"), ("reduce", "none")):
        tab.emulate_media(reduced_motion=wish)
        assert tab.evaluate("getComputedStyle(document.querySelector('.now')).animationName") == moves


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


@pytest.mark.parametrize("size", [(1920, 1080), (1024, 768)])  # sixteen to nine, four to three
def test_nothing_overflows_and_all_can_be_read_at_the_back(files, opened, told, size):
    tab = opened(files["slides"], *size)
    for number in range(1, len(told) + 1):
        assert tab.evaluate(_FAULTS, number) == [], number
        tab.keyboard.press("ArrowRight")


# --- on paper ----------------------------------------------------------------------------------------------------


def printed(file, folder):
    """The words of each page on paper, and what is said of the file."""
    made = folder / "page.pdf"
    parts.pdf(file, made)
    assert [path.name for path in folder.iterdir()] == ["page.pdf"]  # nothing half-written
    calls = ["pdftotext", "-layout", str(made), "-"], ["pdfinfo", str(made)]
    words, about = (subprocess.run(call, capture_output=True, text=True, check=True).stdout for call in calls)
    return words.split("\f")[:-1], about


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs Debian's package poppler-utils")
def test_on_paper_the_brief_is_one_page_the_show_a_slide_each_and_the_report_has_its_appendix(
    files, told, tmp_path
):
    (one,), _ = printed(files["brief"], tmp_path)
    for words in ("Let staff refund up to USD 50", "Go ahead", "Not now", "Signature", "Stop below 41"):
        assert words in one
    report = " ".join(" ".join(printed(files["report"], tmp_path)[0]).split())
    assert "All assumptions" in report
    assert "Figure 39" in report
    assert "The numbers of this chart" not in report
    shown, about = printed(files["slides"], tmp_path)
    assert "960 x 540 pts" in about
    assert re.search(r"Tagged:\s+yes", about)  # readable aloud
    for words, slide in zip(shown, told, strict=True):
        assert slide.title.split(" ")[0] in words  # the first page, too, which fades in on a screen
