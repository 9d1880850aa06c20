"""The report page and the brief from an executed notebook: what they say and where, and that nothing in them is
fetched, runs, or is taken for markup."""

import hashlib
import html
import itertools
import re
from base64 import b64encode

import exhibited
import lxml.html
import pandas as pd
import pytest
from exhibited import NAME, code, exhibits, notebook, output, shown, text

from wom.errors import InputError, WomError
from wom.exhibits.tables import csv_text, split
from wom.report import parts
from wom.report.page import brief, in_words, page
from wom.report.slides import slides
from wom.report.story import ReportError, checked, executed_notebook, mathml, passages, story


def tags(source, *names):
    """Elements of a page, of these names or all of them."""
    every = (one for one in lxml.html.document_fromstring(source).iter() if isinstance(one.tag, str))
    return [one for one in every if not names or one.tag in names]


def headings(source):
    return [(int(one.tag[1]), one.text_content()) for one in tags(source, "h1", "h2", "h3", "h4", "h5", "h6")]


def read(source):
    """The words of a page as they are read."""
    source = re.sub("</?span>", "", source)  # around a dollar, lest it begin a formula
    without = re.sub(r"<(style|script|svg)\b.*?</\1>", " ", source, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", without)).split())


def in_order(words, source):
    """Whether each of the words stands there, one behind the other."""
    places = [source.index(one) for one in words]
    return places == sorted(places)


@pytest.fixture(scope="module")
def made(whole):
    """The page of a notebook with everything."""
    return page(whole, run_id="20261128T101112Z")


@pytest.fixture(scope="module")
def signed(whole):
    """Its brief."""
    return brief(whole)


def of(tmp_path, *cells):
    return page(notebook(tmp_path / "small.ipynb", *cells))


# --- one file ----------------------------------------------------------------------------------------------------


def test_each_is_one_file_that_reaches_nowhere_and_names_are_text(made, signed, whole):
    for one, scripts in ((made, 1), (signed, 0), (slides(whole), 1)):
        for tag in tags(one):
            for name in ("src", "href", "srcset", "data", "action", "poster"):
                assert re.match("#|data:image/|$", tag.get(name) or "")
        assert not re.search(r"@import|url\(", one)
        # the addresses in it: the text behind a link, and names of formats that nothing fetches
        for address in re.findall(r"https?://[^\s)\"'`<]*", one):
            assert address == "https://example.org/evidence" or address.startswith("http://www.w3.org/")
        assert one.count("default-src 'none'") == 1
        found = [script.text for script in tags(one, "script")]
        assert len(found) == scripts
        for script in found:  # the only one that may run
            assert f"'sha256-{b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" in one
        assert "<b>x" not in one
        assert html.escape(NAME) in re.sub("</?span>", "", one)
        assert len(one) < 500_000  # what may be mailed
    for words in (f"What it rests on: {NAME}", f"The segment {NAME} is small."):
        assert words in read(made)
    # text that code made is Markdown, but what is HTML or an address in it never works
    assert "&lt;b&gt;x&lt;/b&gt;" in made.split("Made by code")[1]


def test_headings_are_in_order_and_the_first_screen_is_the_decision(made):
    levels = [level for level, _ in headings(made)]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert headings(made)[0] == (1, "Do not train the front line at this price")
    assert "<title>Do not train the front line at this price</title>" in made
    figures = ["Net, in today’s money", "−USD 65,000", "90 % range −91,000 to −34,000", "Revenue in 36 months"]
    answers = ["How sure", "It loses in 99 of 100 cases.", "Up to which price it pays", "USD 45,000 in all."]
    words = ["Do not train", "In 36 months the training would", *figures, *answers, exhibited.SOURCE]
    assert in_order(words, read(made.split("<section")[0]))
    assert re.search(r'class="n worse">−USD 65,000', made)  # a loss is in the colour of a loss
    assert re.search(r'class="n better">\+USD 141,000', made)


def test_a_section_has_its_text_beside_its_figures_and_its_source_once(made):
    section = next(one for one in made.split("<section") if "<h2>Where the difference comes from" in one)
    say, show = re.search(r'class="say">(.*?)<div class="show">(.*)', section, re.DOTALL).groups()
    assert in_order(["add up to the net <strong>exactly</strong>", "Said beside waterfall."], say)
    assert exhibits()["waterfall"].sentence in show
    hear = next(one for one in made.split("<section") if "<h2>What people hear" in one)
    assert hear.count("Source: ") == 1
    assert hear.count('<div class="say">') == 2  # text behind a figure begins a row of its own


def test_each_chart_is_drawn_for_two_screens_described_and_tabulated(made):
    charts = [one for one in exhibits().values() if one.kind == "chart"]
    for screen in ("wide", "phone"):
        assert made.count(f'<div class="chart {screen}" role="img"') == len(charts)
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
    for words in ("All assumptions", "A bad visit costs USD 30", "No competitor reacts.", "Figure 39"):
        assert words in read(appendix)
    assert "Figure 39" not in body
    title = "Appendix: where the difference comes from, my own work, known limits"
    assert re.search(rf"<details><summary><h2>{title}", appendix)


def test_ones_own_work_is_there_as_it_was_made(made):
    words = read(made)
    assert len(tags(made, "math")) == 3
    assert "\\frac" not in re.sub('aria-label="[^"]*"', "", made)
    assert in_order(["a seat costs $5 to $6 a month", "see the evidence (https://example.org/evidence)",
                     "printed <3>"], words)  # fmt: skip
    (image,) = tags(made, "img")
    assert (image.get("alt"), image.get("width")) == ("A line rises and falls.", "400")
    assert {one.get("scope") for one in tags(made, "th")} == {"row", "col"}
    assert not any(hidden in words for hidden in ("a warning", "vnd.wom"))
    # what ran, and when
    assert "28 November 2026" in words
    assert '<span class="run">20261128T101112Z</span>' in made
    assert "scenario: retailer/training" in words
    assert in_words(["/home/ann/shop/refunds.yaml", "retailer/today"]) == "shop/refunds.yaml, retailer/today"
    assert in_words({"experience.bad_share": 0.04, "title": "Spring"}) == "experience.bad_share 0.04, title Spring"


def test_titles_come_from_text_from_code_or_from_the_files_name(tmp_path):
    one = of(tmp_path, text("# Mine\n\nA *lead*."), text("Alone."), code(shown(exhibits()["columns"])))
    assert headings(one)[0] == (1, "Mine")
    assert "<p>A <em>lead</em>.</p>" in one.split("<section")[0]
    assert headings(of(tmp_path, code(output({"text/plain": "3"})))) == [(1, "Small")]
    told = story(
        notebook(tmp_path / "n.ipynb", code(output({"text/markdown": "# Plan of <b>Ann</b>\n\nIt pays."})))
    )
    assert (told.title, told.lead.plain) == ("Plan of <b>Ann</b>", "It pays.")


def test_cells_that_are_not_for_readers_are_left_out(tmp_path):
    hidden = [code(output({"text/plain": f"no {tag}"}), tags=[tag])
              for tag in ("parameters", "injected-parameters", "hide-output", "remove-cell")]  # fmt: skip
    one = of(tmp_path, text("# Mine"), text("Seen."), *hidden)
    assert "Seen." in one
    assert not re.search("no (parameters|injected|hide|remove)", one)


def test_sliders_are_hidden_until_their_script_runs_and_left_out_on_request(moving):
    with_, without = page(moving), page(moving, live=False)
    assert '<div class="try" id="try" hidden>' in with_
    assert with_.count("<script>") == 1
    assert len(with_) < 500_000
    for trace in ('id="wom-state"', 'id="try"', "experience"):  # anchored figures of the firm
        assert trace in with_
        assert trace not in without


def test_a_brief_says_what_is_to_be_signed(signed, tmp_path):
    lines = ["Let staff refund", "In 36 months", "−USD 65,000", "Why", "Twice as many are put right.",
             "What could go wrong", "What it takes", "What to measure, and when to stop", "Go ahead", "Signature",
             "Source: "]  # fmt: skip
    assert in_order(lines, read(signed))
    assert signed.count("<li>") == 7  # where there is but one line, it is no list
    assert brief(notebook(tmp_path / "none.ipynb", text("# Mine"))) is None


# --- what is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cell", "problem"), [
    (code(output({"image/png": "AAAA"})), r"no alternative text; use exhibits\.show"),
    (code(output({"text/html": "<script>alert(1)</script>"})), "not possible"),
    (text("$\\nonsense$"), r"unknown command \\nonsense"),
    (text('<a href="javascript:alert(1)">x</a>'), "outside the report"),
    (code(output({"application/vnd.wom.exhibit+json": {"sentence": "x", "chart": {"kind": "pie"}}})), "chart"),
    ({**code(), "execution_count": None}, "did not run"),
])  # fmt: skip
def test_what_no_page_can_show_is_refused_with_its_cell(cell, problem, tmp_path):
    with pytest.raises(ReportError, match=problem) as caught:
        of(tmp_path, text("# Mine"), cell)
    assert caught.value.cell is not None


def test_what_reaches_outside_or_runs_is_refused_and_nothing_else():
    for piece in (
        '<script src="https://example.org/a.js"></script>', '<img alt="a" src="beside.png">',
        '<img alt="x" src="https://example.org/a.png">', '<img src="data:image/png;base64,AA">',
        "<style>@import 'a.css'</style>", '<p style="background: url(//example.org/a)">x</p>',
        '<a href="//example.org">x</a>', '<p onclick="x()">x</p>',
        '<svg><use xlink:href="https://example.org/a#b"/></svg>',
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"report|alternative text"):
            checked(piece)
    for piece in ('<a href="#a">x</a>', '<a href="a.csv">x</a>', "<p>https://example.org</p>"):
        assert checked(piece) == piece


def test_what_is_no_notebook_is_said(tmp_path):
    for place, problem in ((tmp_path / "nowhere", "no such report"), (tmp_path, r"no notebook\.ipynb in it")):
        with pytest.raises(InputError, match=problem):
            executed_notebook(place)
    (tmp_path / "notebook.ipynb").write_text("no JSON")
    with pytest.raises(InputError, match="is no notebook"):
        page(executed_notebook(tmp_path))


def test_a_browser_that_prints_nothing_is_said(monkeypatch, tmp_path):
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\necho 'no display' >&2\nexit 1\n")
    program.chmod(0o755)
    for found, problem in ((None, "^PDF left out: there is no Chromium or Chrome here; .*$"),
                           (str(program), "chromium printed nothing: no display")):  # fmt: skip
        monkeypatch.setattr(parts, "browser", lambda found=found: found)
        with pytest.raises(WomError, match=problem):
            parts.pdf(tmp_path / "page.html", tmp_path / "out.pdf")
    assert not (tmp_path / "out.pdf").exists()


# --- Markdown and tables -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("source", "count"), [
    ("$5 and $6", 0), ("from $5 to $10,000 a year", 0), ("it costs US$5 or 6 US$", 0),
    ("$5 a month is 60 a year in US$", 0), ("between $40k and $50k", 0), ("`$x$` and ``a $y$ `b` $z$``", 0),
    ("```\n$x$\n```", 0), ("\\$x\\$", 0), ("a lone $", 0), ("$ x $", 0),
    ("$x$", 1), ("the $n$th of $0.5 x$, $5$, $2^{10}$", 4), ("costs $5 and grows by $g$", 1),
    ("$$a\n=\\begin{cases}1 & x\\\\ 2 & y\\end{cases}$$", 1), ("$a_1*b_2*c$ and *this*", 1),
    ("$2\\text{ per month}$", 1), ("$R_\\text{WOM}$-$R_0$", 2), ("so\n$$\na\n=\nb\n$$\nholds", 1), ("- $$y$$", 1),
])  # fmt: skip
def test_formulas_are_mathml_and_sums_of_money_are_none(source, count):
    (found,) = passages(source)
    assert found.html.count("<math ") == count


@pytest.mark.parametrize("latex", ["\\frac{1}", "\\unheard x", "\\left( x"])
def test_a_formula_that_cannot_be_drawn_is_said(latex):
    with pytest.raises(ValueError, match="formula"):
        mathml(latex)


def test_markdown_is_read_once_for_pages_and_for_slides():
    first, second = passages(
        "# A *plan*\n\nText `code`.\n\n## Steps\n\n1. **one**\n2. two\n   - deeper\n\n#### Odd"
    )
    assert (first.level, first.heading, first.plain) == (1, "A plan", "Text code.")
    assert [(block.kind, block.text, block.number, block.depth) for block in second.blocks] == [
        ("item", "one", 1, 0), ("item", "two", 2, 0), ("item", "deeper", 0, 1), ("text", "Odd", 0, 0),
    ]  # fmt: skip
    assert "<h3>Odd</h3>" in second.html  # no level is left out


def test_cells_of_csv_are_harmless_in_a_spreadsheet_and_numbers_stay_numbers():
    frame = pd.DataFrame({"=name": ["=1+1", "@x", "+49 30", "-x", "-5", "ok"], "net": [-3.5, 1, 2, 3, 4, 5]})
    lines = csv_text(split(frame)).splitlines()
    assert lines == ["'=name,net", "'=1+1,-3.5", "'@x,1.0", "'+49 30,2.0", "'-x,3.0", "-5,4.0", "ok,5.0"]
