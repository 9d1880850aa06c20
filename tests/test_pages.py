"""The report page and the brief from an executed notebook: what they say, where, on any screen, and that nothing
in them is fetched, runs, or is taken for markup."""

import hashlib
import html
import itertools
import json
import re
import shutil
import subprocess
from base64 import b64encode
from html.parser import HTMLParser
from pathlib import Path

import exhibited
import pandas as pd
import pytest
from exhibited import NAME, code, exhibits, notebook, output, shown, text

from wom.errors import InputError, WomError
from wom.exhibits.tables import csv_text, split
from wom.report import markup, pdf
from wom.report.brief import brief
from wom.report.page import page
from wom.report.story import ReportError, executed_notebook, story

CHROMIUM = shutil.which("chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's package chromium")
ESCAPED = html.escape(NAME)


class Parts(HTMLParser):
    """Tags with their attributes, the words in each heading, scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.headings, self.scripts, self._open = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data):
        if "script" in self._open:
            self.scripts[-1] += data
        elif self._open and re.fullmatch("h[1-6]", self._open[-1]):
            self.headings[-1] = (self.headings[-1][0], self.headings[-1][1] + data)

    def of(self, *names):
        return [attributes for tag, attributes in self.tags if tag in names]


def read(source: str) -> str:
    """The words of a page as they are read."""
    source = re.sub("</?span>", "", source)  # around a dollar, lest it begin a formula
    without = re.sub(r"<(style|script|svg)\b.*?</\1>", " ", source, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", without)).split())


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A notebook with everything."""
    return exhibited.whole(tmp_path_factory.mktemp("whole") / "notebook.ipynb")


@pytest.fixture(scope="module")
def made(whole):
    """Its page."""
    return page(whole, run_id="20261128T101112Z")


def of(tmp_path, *cells):
    return page(notebook(tmp_path / "small.ipynb", *cells))


# --- one file ----------------------------------------------------------------------------------------------------


def test_it_is_one_file_that_reaches_nowhere(made, whole):
    for one in (made, brief(whole)):
        parts = Parts(one)
        for _, attributes in parts.tags:
            for name in ("src", "href", "srcset", "data", "action", "poster"):
                assert re.match("#|data:image/|$", attributes.get(name) or "")
        assert not re.search(r"@import|url\(", one)
        # the addresses in it: the text behind a link, and names of formats that nothing fetches
        assert set(re.findall(r"https?://[^\s)\"'`<]*", one)) <= {
            "https://example.org/evidence",
            "http://www.w3.org/2000/svg",
        }
        assert one.count("default-src 'none'") == 1
    (script,) = Parts(made).scripts
    assert f"'sha256-{b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" in made
    assert not Parts(brief(whole)).scripts
    assert len(made) < 500_000  # what may be mailed


def test_headings_are_in_order_the_decision_first(made):
    levels = [level for level, _ in Parts(made).headings]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert Parts(made).headings[0] == (1, "Do not train the front line at this price")
    assert "<title>Do not train the front line at this price</title>" in made


def test_the_first_screen_is_the_decision(made):
    first = read(made.split("<section")[0])
    figures = ["Net, in today’s money", "−USD 65,000", "90 % range −91,000 to −34,000", "Revenue in 36 months"]
    answers = ["How sure", "It loses in 99 of 100 cases.", "Up to which price it pays", "USD 45,000 in all."]
    order = ["Do not train", "In 36 months the training would", *figures, *answers, exhibited.SOURCE]
    places = [first.index(words) for words in order]
    assert places == sorted(places)
    # a loss is in the colour of a loss
    assert re.search(r'class="n worse">−USD 65,000', made)
    assert re.search(r'class="n better">\+USD 141,000', made)


def test_a_section_has_its_text_beside_its_figures_and_its_source_once(made):
    section = next(one for one in made.split("<section") if "<h2>Where the difference comes from" in one)
    say, show = re.search(r'class="say">(.*?)<div class="show">(.*)', section, re.DOTALL).groups()
    assert "add up to the net <strong>exactly</strong>" in say
    assert "Said beside waterfall." in say
    assert exhibits()["waterfall"].sentence in show
    hear = next(one for one in made.split("<section") if "<h2>What people hear" in one)
    assert hear.count("Source: ") == 1
    assert hear.count('<div class="say">') == 2  # text behind a figure begins a row of its own


def test_each_chart_is_drawn_for_two_screens_described_and_tabulated(made):
    charts = [one for one in exhibits().values() if one.kind == "chart"]
    assert (
        made.count('<div class="chart wide" role="img"')
        == made.count('<div class="chart phone" role="img"')
        == len(charts)
    )
    for one in charts:
        assert made.count(f'aria-label="{html.escape(one.alt)}"') == 2
        assert one.sentence in read(made)
    assert made.count("The numbers of this chart") == len(charts)
    line = made.split("<h3>Revenue ends")[1].split("</figure>")[0]
    assert line.count("<tr>") == 1 + 37
    assert ">286,000</td>" in line
    assert "<text" in line  # it can be found and copied


def test_the_appendix_is_folded_and_holds_what_says_so(made):
    body, appendix = made.split('<section class="appendix">')
    for words in ("All assumptions", "A bad visit costs USD 30", "No competitor reacts. ".strip()):
        assert words in read(appendix)
    assert "Figure 39" in appendix
    assert "Figure 39" not in body
    assert re.search(
        r"<details><summary><h2>Appendix: where the difference comes from, my own work, known limits", appendix
    )


def test_names_are_text_everywhere(made, whole):
    for one in (made, brief(whole)):
        assert "<b>x" not in one
        assert ESCAPED in re.sub("</?span>", "", one)
    words = read(made)
    assert f"What it rests on: {NAME}" in words
    assert f"The segment {NAME} is small." in words
    # text that code made is Markdown, but what is HTML or an address in it never works
    assert "&lt;b&gt;x&lt;/b&gt;" in made.split("Made by code")[1]


def test_ones_own_work_is_there_as_it_was_made(made):
    parts, words = Parts(made), read(made)
    assert len(parts.of("math")) == 3
    assert "\\frac" not in re.sub('aria-label="[^"]*"', "", made)
    assert "a seat costs $5 to $6 a month" in words
    assert "see the evidence (https://example.org/evidence)" in words
    (image,) = parts.of("img")
    assert (image["alt"], image["width"]) == ("A line rises and falls.", "400")
    assert {attributes.get("scope") for attributes in parts.of("th")} == {"row", "col"}
    assert "printed <3>" in words  # colours of a console are none
    for hidden in ("a warning", "vnd.wom"):
        assert hidden not in words


def test_page_says_what_ran_and_when(made):
    assert "28 November 2026" in read(made)
    assert '<span class="run">20261128T101112Z</span>' in made
    assert "scenario: retailer/training" in read(made)


def test_parameters_are_words_without_whole_paths():
    from wom.report.page import _said

    assert _said(["/home/ann/shop/refunds.yaml", "retailer/today"]) == "shop/refunds.yaml, retailer/today"
    assert _said({"experience.bad_share": 0.04, "title": "Spring"}) == "experience.bad_share 0.04, title Spring"


def test_a_notebook_without_a_decision_begins_with_its_title(tmp_path):
    made = of(tmp_path, text("# Mine\n\nA *lead*."), text("Alone."), code(shown(exhibits()["columns"])))
    assert Parts(made).headings[0] == (1, "Mine")
    assert "<p>A <em>lead</em>.</p>" in made.split("<section")[0]
    assert Parts(of(tmp_path, code(output({"text/plain": "3"})))).headings == [(1, "Small")]


def test_titles_that_code_writes_are_titles_too(tmp_path):
    told = story(
        notebook(tmp_path / "n.ipynb", code(output({"text/markdown": "# Plan of <b>Ann</b>\n\nIt pays."})))
    )
    assert (told.title, told.lead.plain) == ("Plan of <b>Ann</b>", "It pays.")


def test_cells_that_are_not_for_readers_are_left_out(tmp_path):
    tags = ("parameters", "injected-parameters", "hide-output", "remove-cell")
    made = of(
        tmp_path,
        text("# Mine"),
        text("Seen."),
        *(code(output({"text/plain": f"no {tag}"}), tags=[tag]) for tag in tags),
    )
    assert "Seen." in made
    assert not re.search("no (parameters|injected|hide|remove)", made)


# --- what is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        (code(output({"image/png": "AAAA"})), r"no alternative text; use exhibits\.show"),
        (code(output({"text/html": '<img alt="x" src="https://example.org/a.png">'})), "outside the report"),
        (code(output({"text/html": "<script>alert(1)</script>"})), "not possible"),
        (text("$\\nonsense$"), r"unknown command \\nonsense"),
        (text('<a href="javascript:alert(1)">x</a>'), "outside the report"),
        (code(output({"application/vnd.wom.exhibit+json": {"sentence": "x", "chart": {"kind": "pie"}}})), "chart"),
        ({**code(), "execution_count": None}, "did not run"),
    ],
)  # fmt: skip
def test_what_no_page_can_show_is_refused_with_its_cell(cell, problem, tmp_path):
    with pytest.raises(ReportError, match=problem) as caught:
        of(tmp_path, text("# Mine"), cell)
    assert caught.value.cell is not None


@pytest.mark.parametrize("piece", [
    '<script src="https://example.org/a.js"></script>', '<img alt="a" src="beside.png">',
    '<img src="data:image/png;base64,AA">', "<style>@import 'a.css'</style>",
    '<p style="background: url(//example.org/a)">x</p>', '<a href="//example.org">x</a>', '<p onclick="x()">x</p>',
    '<svg><use xlink:href="https://example.org/a#b"/></svg>',
])  # fmt: skip
def test_what_reaches_outside_or_runs(piece):
    with pytest.raises(ValueError, match=r"report|alternative text"):
        markup.checked(piece)


@pytest.mark.parametrize("piece", ['<a href="#a">x</a>', '<a href="a.csv">x</a>', "<p>https://example.org</p>"])
def test_what_does_not(piece):
    assert markup.checked(piece) == piece


def test_what_is_no_notebook_is_said(tmp_path):
    with pytest.raises(InputError, match="no such report"):
        executed_notebook(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"no notebook\.ipynb in it"):
        executed_notebook(tmp_path)
    (tmp_path / "notebook.ipynb").write_text("no JSON")
    with pytest.raises(InputError, match="is no notebook"):
        page(executed_notebook(tmp_path))


# --- Markdown ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", [
    "$5 and $6", "from $5 to $10,000 a year", "it costs US$5 or 6 US$", "$5 a month is 60 a year in US$",
    "between $40k and $50k", "`$x$` and ``a $y$ `b` $z$``", "```\n$x$\n```", "\\$x\\$", "a lone $", "$ x $",
])  # fmt: skip
def test_money_is_no_formula(source):
    assert markup.formulas_of(source)[1] == []


@pytest.mark.parametrize(("source", "count"), [
    ("$x$", 1), ("the $n$th of $0.5 x$, $5$, $2^{10}$", 4), ("costs $5 and grows by $g$", 1),
    ("$$a\n=\\begin{cases}1 & x\\\\ 2 & y\\end{cases}$$", 1), ("$a_1*b_2*c$ and *this*", 1),
    ("$2\\text{ per month}$", 1), ("$R_\\text{WOM}$-$R_0$", 2),
])  # fmt: skip
def test_formulas_are_mathml(source, count):
    (found,) = markup.passages(source)
    assert found.html.count("<math ") == count
    assert "\ue000" not in found.html + found.plain


@pytest.mark.parametrize("latex", ["\\frac{1}", "\\unheard x", "\\left( x"])
def test_a_formula_that_cannot_be_drawn_is_said(latex):
    with pytest.raises(ValueError, match="formula"):
        markup.mathml(latex)


def test_markdown_is_read_once_for_pages_and_for_slides():
    first, second = markup.passages(
        "# A *plan*\n\nText `code`.\n\n## Steps\n\n1. **one**\n2. two\n   - deeper\n\n#### Odd"
    )
    assert (first.level, first.heading, first.plain) == (1, "A plan", "Text code.")
    assert [(block.kind, block.text, block.number, block.depth) for block in second.blocks] == [
        ("item", "one", 1, 0), ("item", "two", 2, 0), ("item", "deeper", 0, 1), ("text", "Odd", 0, 0),
    ]  # fmt: skip
    assert "<h3>Odd</h3>" in second.html  # no level is left out


# --- the living part ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def moving(tmp_path_factory):
    """A notebook with sliders."""
    import wom
    from wom.exhibits import live

    effect = wom.effect(wom.load("retailer/make-it-right"))
    file = tmp_path_factory.mktemp("live") / "notebook.ipynb"
    return notebook(
        file, text("# Refunds"), code(shown(live.sliders(effect))), text("## Why"), code(shown(exhibits()["line"]))
    )


def test_sliders_are_hidden_until_their_script_runs_and_left_out_on_request(moving):
    made, still = page(moving), page(moving, live=False)
    assert '<div class="try" id="try" hidden>' in made
    assert 'id="wom-state"' in made
    assert made.count("<script>") == 1
    for trace in ('id="wom-state"', 'id="try"', "experience"):  # anchored figures of the firm
        assert trace not in still
    assert len(made) < 500_000


@pytest.mark.browser
@needs_chromium
def test_sliders_run_under_the_pages_policy_from_disk(moving, chromium, tmp_path):
    file = tmp_path / "report.html"
    file.write_text(page(moving), encoding="utf-8")
    tab, trouble = opened(chromium, file, 1280)
    assert tab.evaluate("document.querySelector('#try').hidden") is False
    before = tab.locator("#big").text_content()
    tab.locator("input[type=range]").first.focus()
    tab.keyboard.press("End")
    tab.wait_for_function(f"document.querySelector('#big').textContent != {json.dumps(before)}")
    assert trouble == []
    tab.close()


# --- in a browser ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chromium():
    driver = pytest.importorskip("playwright.sync_api")
    with driver.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def opened(browser, file, width, **options):
    tab = browser.new_page(viewport={"width": width, "height": 844}, **options)
    trouble = []
    tab.on("console", lambda message: trouble.append(message.text))
    tab.on("pageerror", lambda error: trouble.append(str(error)))
    tab.on(
        "request",
        lambda request: trouble.append(request.url) if not request.url.startswith(("file:", "data:")) else None,
    )
    tab.goto(file.as_uri())
    return tab, trouble


@pytest.fixture(scope="module")
def files(whole, made, tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    (folder / "report.html").write_text(made, encoding="utf-8")
    (folder / "brief.html").write_text(brief(whole), encoding="utf-8")
    return [folder / "report.html", folder / "brief.html"]


_OUTSIDE = """() => [...document.querySelectorAll('svg text, p, h1, h2, h3, h4, dt, dd, caption')]
    .filter(one => one.getClientRects().length && !one.closest('.scroll, .wom-table'))
    .map(one => [one.textContent.slice(0, 60), one.getBoundingClientRect()])
    .filter(([, box]) => box.right > document.documentElement.clientWidth + .5 || box.left < -.5)
    .map(([said]) => said)"""


@pytest.mark.browser
@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_reaches_past_the_screen(files, chromium, width, scheme):
    for file in files:
        tab, trouble = opened(chromium, file, width, color_scheme=scheme)
        assert tab.evaluate("document.documentElement.scrollWidth") == width
        assert tab.evaluate(_OUTSIDE) == []
        shown_, hidden = (".phone", ".wide") if width < 700 else (".wide", ".phone")
        assert tab.locator(f"{shown_}.chart").first.is_visible()
        assert not tab.locator(f"{hidden}.chart").first.is_visible()
        smallest = """() => Math.min(...[...document.querySelectorAll('svg text')]
            .filter(text => text.getClientRects().length).map(text => {
                const svg = text.closest('svg');
                return parseFloat(getComputedStyle(text).fontSize) * svg.clientWidth / svg.viewBox.baseVal.width;
            }))"""
        assert tab.evaluate(smallest) >= 10  # pixels; a drawing for 340 shrinks a little on 320
        background = tab.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (background in ("rgb(16, 23, 29)", "rgb(25, 35, 43)")) == (scheme == "dark")
        assert trouble == []
        tab.close()


@pytest.mark.browser
@needs_chromium
def test_axe_finds_no_serious_fault(files, chromium):
    axe = pytest.importorskip("axe_playwright_python", reason="brings axe-core; in the dev group")
    script = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    found = []
    for scheme in ("light", "dark"):
        context = chromium.new_context(bypass_csp=True, color_scheme=scheme)
        tab = context.new_page()
        for file in files:
            tab.goto(file.as_uri())
            tab.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            tab.evaluate(script)
            for width in (1280, 390):
                tab.set_viewport_size({"width": width, "height": 800})
                done = tab.evaluate("axe.run(document, {resultTypes: ['violations']})")
                found += [
                    (file.name, width, scheme, fault["id"], fault["nodes"][0]["html"][:200])
                    for fault in done["violations"]
                    if fault["impact"] in ("serious", "critical") or fault["id"] == "heading-order"
                ]
        context.close()
    assert found == []


@pytest.mark.browser
@needs_chromium
def test_by_keyboard_and_without_scripts(files, chromium):
    context = chromium.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(files[0].as_uri())
    tab.keyboard.press("Tab")
    assert tab.locator(".skip").bounding_box()["x"] > 0  # seen once it has the focus
    tab.locator("figure summary").first.focus()
    tab.keyboard.press("Enter")
    assert tab.locator("figure details table").first.is_visible()
    assert tab.locator(".wide svg").first.is_visible()
    context.close()


def printed(file, folder):
    made = folder / "page.pdf"
    pdf.pdf(file, made)
    said = subprocess.run(
        ["pdftotext", "-layout", str(made), "-"], capture_output=True, text=True, check=True
    ).stdout
    return said.split("\f")[:-1]


@pytest.mark.browser
@needs_chromium
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs Debian's package poppler-utils")
def test_on_paper_the_brief_is_one_page_and_the_report_has_its_appendix(files, tmp_path):
    report, one = (printed(file, tmp_path) for file in files)
    assert len(one) == 1
    for words in ("Let staff refund up to USD 50", "Go ahead", "Not now", "Signature", "Stop below 41"):
        assert words in one[0]
    said = " ".join(" ".join(report).split())
    assert "All assumptions" in said
    assert "Figure 39" in said
    assert "The numbers of this chart" not in said
    assert [path.name for path in tmp_path.iterdir()] == ["page.pdf"]  # nothing half-written


def test_without_a_browser_there_is_no_pdf_and_one_clear_line(monkeypatch, tmp_path):
    monkeypatch.setattr(pdf.shutil, "which", lambda name: None)
    with pytest.raises(WomError, match="PDF left out: there is no Chromium or Chrome here; ") as caught:
        pdf.pdf(tmp_path / "page.html", tmp_path / "page.pdf")
    assert "\n" not in str(caught.value)


def test_a_browser_that_prints_nothing_is_named(monkeypatch, tmp_path):
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\necho 'no display' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(pdf, "browser", lambda: str(program))
    with pytest.raises(WomError, match="chromium printed nothing: no display"):
        pdf.pdf(tmp_path / "page.html", tmp_path / "out.pdf")
    assert not (tmp_path / "out.pdf").exists()


# --- the brief ---------------------------------------------------------------------------------------------------


def test_a_brief_says_what_is_to_be_signed(whole, tmp_path):
    said = read(brief(whole))
    order = [
        "Let staff refund",
        "In 36 months",
        "−USD 65,000",
        "Why",
        "Twice as many are put right.",
        "What could go wrong",
        "What it takes",
        "What to measure, and when to stop",
        "Go ahead",
        "Signature",
        "Source: ",
    ]
    places = [said.index(words) for words in order]
    assert places == sorted(places)
    assert brief(whole).count("<li>") == 7  # where there is but one line, it is no list
    assert brief(notebook(tmp_path / "none.ipynb", text("# Mine"))) is None


# --- tables ------------------------------------------------------------------------------------------


def test_cells_of_csv_are_harmless_in_a_spreadsheet_and_numbers_stay_numbers():
    frame = pd.DataFrame({"=name": ["=1+1", "@x", "+49 30", "-x", "-5", "ok"], "net": [-3.5, 1, 2, 3, 4, 5]})
    lines = csv_text(split(frame)).splitlines()
    assert lines == ["'=name,net", "'=1+1,-3.5", "'@x,1.0", "'+49 30,2.0", "'-x,3.0", "-5,4.0", "ok,5.0"]
