"""One list of slides, and the show and the deck made of it, read back with python-pptx: what is told, native
charts with the exhibits' numbers, notes, texts, templates."""

import copy
import html
import io
import itertools
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace

import exhibited
import numpy as np
import pandas as pd
import pytest
from exhibited import NAME, code, exhibits, notebook, output, shown, text
from PIL import Image

from wom.errors import InputError, WomError
from wom.exhibits.drawing import Label, _marks, _wide
from wom.exhibits.exhibit import Exhibit
from wom.exhibits.tables import Grid
from wom.report import deck as decks
from wom.report.deck import deck
from wom.report.slides import column_shares, plan, slides
from wom.report.story import story

pptx = pytest.importorskip("pptx", reason="needs the extra wom[deck]")
Pt = pptx.util.Pt
SOFFICE = shutil.which("soffice")
KINDS = {
    "line": "AREA_STACKED", "columns": "COLUMN_CLUSTERED", "bars": "BAR_CLUSTERED",
    "stacked_bars": "BAR_STACKED", "waterfall": "BAR_STACKED", "ranges": "BAR_STACKED",
}  # fmt: skip
PICTURE, GROUP = 13, 6
"""Kinds of shapes."""
HELPERS = ("Base", " ", "above", "below")
"""Series that nobody sees, or that colour the area between two lines."""


@pytest.fixture(scope="module")
def told(whole):
    """The slides of a notebook with everything."""
    return plan(story(whole), whole)


@pytest.fixture(scope="module")
def file(whole, tmp_path_factory):
    """Its deck."""
    path = tmp_path_factory.mktemp("deck") / "deck.pptx"
    deck(whole, path)
    return path


@pytest.fixture(scope="module")
def opened(file):
    """The deck as python-pptx reads it."""
    return pptx.Presentation(str(file))


@pytest.fixture(scope="module")
def pairs(opened, told):
    """Each slide of the deck with the slide that it shows."""
    return list(zip(opened.slides, told, strict=True))


@pytest.fixture(scope="module")
def charts(pairs):
    """Native charts by the kind of their description."""
    return {
        slide.exhibit.chart.kind: next(shape.chart for shape in page.shapes if shape.has_chart)
        for page, slide in pairs if slide.kind == "chart" and slide.exhibit.chart.kind in KINDS
    }  # fmt: skip


def told_by(tmp_path, *cells):
    file = notebook(tmp_path / "made_by_hand.ipynb", *cells)
    return plan(story(file), file)


def numbers(chart):
    """Values by the names of the series, in all plots."""
    return {one.name: list(one.values) for plot in chart.plots for one in plot.series}


def texts(page):
    """Paragraphs of boxes, and cells of tables."""
    frames = [shape.text_frame for shape in page.shapes if shape.has_text_frame]
    tables = (shape.table for shape in page.shapes if shape.has_table)
    frames += [cell.text_frame for table in tables for row in table.rows for cell in row.cells]
    return [paragraph.text for frame in frames for paragraph in frame.paragraphs]


def described(shape):
    return shape._element.xpath(".//p:cNvPr/@descr")


def colours(page, name):
    """Of the shapes in a group."""
    (group,) = [shape for shape in page.shapes if shape.name == name]
    places, marks = ({(one.left, one.top) for one in group.shapes}, {one.shape_id for one in group.shapes})
    assert len(places) == len(marks) == len(group.shapes)
    return [str(one.fill.fore_color.rgb) for one in group.shapes]


def within(page, opened):
    """Whether everything stands on its slide."""
    return all(min(shape.left, shape.top) >= 0 and shape.left + shape.width <= opened.slide_width + 1
               and shape.top + shape.height <= opened.slide_height + 1 for shape in page.shapes)  # fmt: skip


# --- what is told ------------------------------------------------------------------------------------------------


def test_one_thought_each_in_the_notebooks_order_the_decision_before_the_appendix(told):
    own = ["hero", "text", "table", "picture"]  # what has formulas is only to be read
    kinds = ["cover", "hero", *["chart"] * 8, *own, "decision", "divider", "chart"]
    assert [slide.kind for slide in told] == kinds
    made = exhibits()
    first = [made[name].sentence for name in ("decision", "line", "waterfall", "dots", "ranges", "bars", "people")]
    assert [slide.title for slide in told[1:8]] == first
    cover, divider = told[0], told[-2]
    said = ("Train the front line", "Harbour & Co., department store", "28 November 2026")
    assert (cover.title, cover.subtitle, cover.day) == said
    cases = np.array(made["dots"].chart.series[0].data)
    assert [cover.circles.count(role) for role in ("worse", "better")] == [(cases < 0).sum(), (cases >= 0).sum()]
    assert divider.subtitle == "Where the difference comes from"
    assert told[-1].title == made["stacked_bars"].sentence  # what somebody may ask for, behind the divider


@pytest.mark.parametrize(("name", "rows", "light"), [("ranges", [8, 25, 0], 0), ("people", [0] * 4, 14),
                                                     ("columns", [], 0)])  # fmt: skip
def test_a_cover_draws_a_row_for_each_plan_or_customers(name, rows, light, tmp_path):
    chances = pd.DataFrame({"chance_of_loss": [0.31, 1.0, 0.0]}) if name == "ranges" else None
    made = replace(exhibits()[name], data=chances)
    circles = told_by(tmp_path, text("# A plan"), code(shown(made)))[0].circles
    assert [circles[start : start + 25].count("worse") for start in range(0, len(circles), 25)] == rows
    assert circles.count("better_light") == light


def test_prose_is_for_the_speaker(told):
    slide = next(slide for slide in told if slide.title == exhibits()["line"].sentence)
    order = [slide.title, "Both lines start on the same day", "Said beside line.", "To say with line.",
             "On the slide: What is seen", "Where it comes from: wom, scenario"]  # fmt: skip
    places = [slide.speech.index(words) for words in order]
    assert places == sorted(places)
    assert "Net, in today’s money: −USD 65,000 (90 % range −91,000 to −34,000)." in told[1].speech
    assert "Begin with the order." in told[1].speech


def test_cells_decide_by_tag(tmp_path):
    found = told_by(
        tmp_path,
        text("# A plan\n\nIt pays."),
        text("## Why\n\nBecause of *this*."),
        code(shown(exhibits()["columns"])),
        text("Said alone, $5 and *$\\frac{x^2}{y}$*.", "slide"),
        text("- one\n- two", "skip-slide"),
        text("# Part two\n\nMore."),
        text("1. one\n2. two\n   - deeper"),
        text("$$\\frac{a}{b}$$\n\n- where $a$ is one\n- and $b$ is two"),
        code(output({"text/markdown": "Afterwards."})),
    )
    assert [slide.kind for slide in found] == ["cover", "chart", "text", "divider", "text"]
    assert "Because of this." in found[1].notes
    assert found[2].blocks[0].text == "Said alone, $5 and \\frac{x^2}{y}."
    assert [(block.number, block.depth) for block in found[4].blocks] == [(1, 0), (2, 0), (0, 1)]
    assert {"where a is one\nand b is two", "Afterwards."} <= set(found[4].notes)
    with pytest.raises(InputError, match=r"made_by_hand\.ipynb: nothing in it makes a slide: no chart, table"):
        told_by(tmp_path, text("# Mine\n\nOnly words."))


def test_long_tables_are_split_the_rest_is_said_and_no_word_is_broken(tmp_path):
    frame = pd.DataFrame({"Figure": [f"row {number}" for number in range(80)]} | dict.fromkeys("abcdef", 1.0))
    found = told_by(tmp_path, code(shown(Exhibit("Many rows", data=frame))))[1:]
    assert [slide.title for slide in found] == ["Many rows (1 of 2)", "Many rows (2 of 2)"]
    held = sum(len(slide.table.rows) for slide in found)
    said = f"{80 - held} more rows and 1 more column are in the report."
    assert all((slide.foot, len(slide.table.columns)) == (said, 6) for slide in found)
    wordy = Grid((), ("Name", "Words"), (False, False), (((), ("incomprehensibilities", "a " * 400)),))
    first, second = column_shares(wordy)
    assert second > first >= len("incomprehensibilities") / 118  # letters in a line of the whole width


def test_the_show_has_all_that_is_told(whole, told):
    source = slides(whole)
    assert len(re.findall(r"<script>(.*?)</script>", source, re.DOTALL)[0]) < 4000  # it stays tiny
    words = html.unescape(source)
    assert re.findall(r"<(h[1-6]) tabindex", words) == ["h1", *["h2"] * (len(told) - 1)]
    for slide in told:
        assert all(part in words for part in slide.speech.split("\n\n"))
        assert slide.kind != "chart" or f'aria-label="{slide.alt}"' in words
    assert slides(whole) == source


# --- what a deck holds -------------------------------------------------------------------------------------------


def test_slides_are_sixteen_to_nine_with_the_titles_notes_and_drawing_that_are_told(opened, pairs):
    assert opened.slide_width / opened.slide_height == pytest.approx(16 / 9, rel=1e-3)  # whole units
    for page, slide in pairs:
        assert page.shapes.title.text_frame.text == slide.title
        assert page.notes_slide.notes_text_frame.text == slide.speech
    assert any(NAME in page.shapes.title.text_frame.text for page, _ in pairs)  # as it was written
    cover, circles = pairs[0][0], pairs[0][1].circles
    found = colours(cover, "Circles")
    assert [found.count(one) for one in ("FF9D6B", "63C3EC")] == [circles.count("worse"), circles.count("better")]
    assert "28 November 2026" in texts(cover)


def test_charts_are_native_of_their_kind_and_described(pairs, charts):
    assert {kind: chart.chart_type.name for kind, chart in charts.items()} == KINDS
    for page, slide in pairs:
        if slide.kind == "chart":
            assert not any(shape.shape_type == PICTURE for shape in page.shapes)
            assert [slide.alt] in [described(shape) for shape in page.shapes]


@pytest.mark.parametrize("kind", ["columns", "bars", "stacked_bars", "line"])
def test_what_stands_on_nought_holds_the_exhibits_numbers(charts, kind):
    found = {name: values for name, values in numbers(charts[kind]).items() if name not in HELPERS}
    assert found == {one.name: list(one.data) for one in exhibits()[kind].chart.series}


def test_the_area_between_two_lines_is_what_parts_them(charts):
    found, (first, second) = numbers(charts["line"]), (one.data for one in exhibits()["line"].chart.series)
    assert found["Base"] == list(map(min, first, second))
    assert found["above"] == [a - b for a, b in zip(first, second, strict=True)]
    areas, lines = charts["line"].plots
    assert [str(name) for name in areas.categories] == [str(month) for month in range(37)]
    assert [one.name for one in areas.series] == ["Base", "above"]  # nowhere below: no such series
    assert len(list(lines.series)) == 2
    assert str(areas.series[1].format.fill.fore_color.rgb) == "CFE4EE"  # the pale colour of a gain
    below = {one.name: one.data for one in decks._between([1.0, None, 3.0], [2.0, 1.0, 3.0])}
    assert below == {"Base": (1.0, None, 3.0), "below": (1.0, None, 0.0)}


def ends(found, place):
    """Where a floating bar begins and ends: its base and what is stacked on it, above nought and below."""
    base = found.get("Base", [0.0] * 99)[place]
    rest = [values[place] for name, values in found.items() if name not in HELPERS]
    up, down = sum(max(value, 0.0) for value in rest), sum(min(value, 0.0) for value in rest)
    if base > 0 or (base == 0 and not down):
        return base, base + up
    return (base + down, base) if not up else (down, up)


def test_floating_bars_begin_and_end_where_the_exhibit_says(charts):
    wanted = exhibits()["waterfall"].chart.series[0].data
    found, levels = numbers(charts["waterfall"]), np.cumsum([0.0, *wanted[:-1]])
    for place, span in enumerate(itertools.pairwise(levels)):
        assert ends(found, place) == pytest.approx(sorted(span), abs=1e-6)  # a millionth for sums of doubles
    assert ends(found, len(wanted) - 1) == pytest.approx((wanted[-1], 0.0))
    low, middle, high = (one.data for one in exhibits()["ranges"].chart.series)
    found = numbers(charts["ranges"])
    for place in range(3):
        assert ends(found, place) == pytest.approx((low[place], high[place]))
        inner = sum(abs(values[place]) for name, values in found.items() if name.startswith("low to middle"))
        assert inner == pytest.approx(middle[place] - low[place])


@pytest.mark.parametrize(("title", "name", "tones", "said"), [
    ("Of 100 new", "People", {"00658F": 6, "4F96B8": 15, "BDC4CB": 82}, ["5", "came because they were told"]),
    ("80 of 100", "Squares", {"7B8997": 80, "DCE2E7": 112, "00658F": 8}, ["80", "believed it", "8"]),
    ("In 99 of 100", "Dots", {"B23C00": 98, "00658F": 2}, ["costs more than it earns", "pays"]),
])  # fmt: skip
def test_a_hundred_people_squares_or_dots_are_shapes_that_can_be_coloured_anew(pairs, title, name, tones, said):
    page = next(page for page, slide in pairs if slide.title.startswith(title))
    found = colours(page, name)  # with one more of each group of people, beside its name
    assert {colour: found.count(colour) for colour in tones} == tones
    beside = [shape.text_frame.text for shape in page.shapes if shape.name in ("Count", "Group")]
    assert beside[: len(said)] == said


def test_colours_and_texts_at_ends_follow_the_number(charts, pairs):
    changes = {one.name: one for one in charts["waterfall"].plots[0].series}
    for name, place, colour in (("change", 0, "00658F"), ("change, below 0", 6, "B23C00")):
        assert str(changes[name].points[place].format.fill.fore_color.rgb) == colour
    said = [changes[" "].points[place].data_label.text_frame.text for place in range(7)]
    assert (said[1], said[6]) == ("+9,000", "−66,000")
    ends = numbers(charts["waterfall"])[" "]
    assert max(ends[5:]) < 0 < min(ends[:5])  # where their bars end, that which crosses nought among them
    assert charts["bars"].plots[0].series[0].points[0].data_label.text_frame.text == "130 without"
    page = next(page for page, slide in pairs if slide.title.startswith("Revenue ends"))
    names = [shape for shape in page.shapes if shape.name == "End"]
    assert [shape.text_frame.text for shape in names] == ["286,000\nwith the training", "without it"]
    assert len({shape.left for shape in names}) == 1  # aligned
    # who edits a chart finds its numbers in the sheet behind it
    package = zipfile.ZipFile(io.BytesIO(charts["columns"].part.chart_workbook.xlsx_part.blob))
    sheet = package.read("xl/worksheets/sheet1.xml").decode()
    assert all(f"<v>{value}</v>" in sheet for value in (1200000, 1400000, 1300000))


def test_tables_decisions_pictures_and_sources_are_there(pairs, tmp_path):
    pages = {slide.kind: page for page, slide in pairs}
    (frame,) = [shape for shape in pages["table"].shapes if shape.has_table]
    rows = [[cell.text_frame.text for cell in row.cells] for row in frame.table.rows]
    assert rows[0] == ["Figure", "Value", "Grade"]
    assert rows[2:] == [["=HYPERLINK(1)", "1,234.50", "b"], [NAME, "−3.00", "c"]]
    assert described(frame) == [f"Table: What it rests on: {NAME}"]
    assert {"−USD 65,000", "+USD 141,000", "+148"} <= set(texts(pairs[1][0]))
    assert {"How sure", "It loses in 99 of 100 cases.", "−USD 65,000"} <= set(texts(pages["decision"]))
    assert any(said.startswith("Source: wom, scenario") for said in texts(pages["decision"]))
    alone = notebook(tmp_path / "n.ipynb", text("# Mine"), code(shown(Exhibit("Nothing is left to say"))))
    deck(alone, tmp_path / "deck.pptx")
    assert texts(pptx.Presentation(str(tmp_path / "deck.pptx")).slides[1])[0] == "Nothing is left to say"
    (shape,) = [shape for shape in pages["picture"].shapes if shape.shape_type == PICTURE]
    assert described(shape) == ["A line rises and falls."]


def test_everything_stands_on_its_slide_and_no_placeholder_is_empty(file, opened, pairs):
    for page, slide in pairs:
        assert within(page, opened), slide.title
        assert all(shape.text_frame.text for shape in page.placeholders if shape.has_text_frame)
        framed = [shape for shape in page.shapes if shape.has_text_frame]
        runs = [run for shape in framed for paragraph in shape.text_frame.paragraphs for run in paragraph.runs]
        assert all(run.font.size is None or run.font.size.pt >= 12 for run in runs)
    audit = pytest.importorskip("openxml_audit", reason="checks files of Office against their schemas")
    assert audit.validate_pptx(file).errors == []


@pytest.mark.parametrize("template", ["house", "firm"])
def test_names_that_are_hard_to_place_stay_in_their_room(template, tmp_path):
    hard = exhibited.hard(tmp_path / "n.ipynb")
    deck(hard, tmp_path / "deck.pptx", firm(tmp_path) if template == "firm" else None)
    opened = pptx.Presentation(str(tmp_path / "deck.pptx"))
    assert opened.slides[0].shapes.title.text_frame.text == exhibited.HARD["Train the front line"]
    for page, slide in zip(opened.slides, plan(story(hard), hard), strict=True):
        assert within(page, opened), slide.title
        title = page.shapes.title
        (line,) = title.text_frame.paragraphs
        size = line.runs[0].font.size or (
            Pt(44) if template == "firm" else Pt(54 if slide.kind == "cover" else 32)
        )
        lines = -(-len(slide.title) * 0.54 * size // title.width)  # letters of Arial, on the safe side
        assert lines * 1.14 * size <= title.height, slide.title
        names = [shape for shape in page.shapes if shape.name in ("End", "Group", "Count", "Subtitle")]
        for one, other in itertools.combinations(names, 2):
            across = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
            along = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
            assert across <= Pt(8) or along <= Pt(8), (one.text_frame.text, other.text_frame.text)
        if slide.kind == "decision":  # rows of a table grow with what stands in them
            (table,) = [shape.table for shape in page.shapes if shape.has_table]
            assert next(cell.text_frame.text for cell in table.rows[0].cells) == exhibited.LONG
        if slide.exhibit and slide.exhibit.chart:
            assert exhibited.faults(slide.exhibit.chart, 600) == []
        if slide.exhibit and slide.exhibit.chart and slide.exhibit.chart.kind == "bars":
            marks = _marks(slide.exhibit.chart, 600)  # a long word ends where bars begin
            names = [mark for mark in marks.all if isinstance(mark, Label) and mark.x == 0]
            assert all(_wide(name.text) <= marks.across(0.0) for name in names)


def test_whatever_is_no_text_has_an_alternative_text(opened):
    for page in opened.slides:
        for shape in page.shapes:
            if shape.shape_type in (PICTURE, GROUP) or shape.has_chart or shape.has_table:
                assert described(shape)[0], (page.shapes.title.text_frame.text, shape.name)


# --- templates, files, what is missing ---------------------------------------------------------------------------


def firm(folder, *without):
    """A firm's own template: PowerPoint's usual layouts, or some of them, and a slide that it came with."""
    theirs = pptx.Presentation()
    for layout in list(theirs.slide_layouts):
        if layout.name in without:
            theirs.slide_layouts.remove(layout)
    (title, place) = [one for one in theirs.slide_layouts[0].placeholders if one.placeholder_format.idx < 2]
    picture = copy.deepcopy(place._element)  # before the place for the subtitle
    picture.nvSpPr.nvPr.ph.set("type", "pic")
    picture.nvSpPr.nvPr.ph.set("idx", "20")
    title._element.addnext(picture)
    theirs.slides.add_slide(theirs.slide_layouts[0]).shapes.title.text = "A sample"
    theirs.save(str(folder / "firm.pptx"))
    return folder / "firm.pptx"


def test_a_firms_layouts_are_used_by_their_usual_names(whole, told, tmp_path):
    deck(whole, tmp_path / "deck.pptx", firm(tmp_path))
    opened = pptx.Presentation(str(tmp_path / "deck.pptx"))
    names = {page.slide_layout.name for page in opened.slides}
    assert names == {"Title Slide", "Title and Content", "Section Header"}
    for page, slide in zip(opened.slides, told, strict=True):  # without the sample
        assert within(page, opened), slide.title
        said = "\n".join(texts(page))
        assert slide.kind == "divider" or slide.foot in said
        if slide.kind == "hero":  # without a layout of its own it is text
            assert all(figure.value in said for figure in slide.exhibit.figures)
        if slide.kind == "decision":
            assert all(ask in said and say in said for ask, say in slide.exhibit.answers)


def test_what_is_no_template_is_refused_with_what_it_lacks(whole, tmp_path):
    firm(tmp_path, "Section Header", "Title and Content")
    (tmp_path / "text.pptx").write_text("no presentation")
    lacks = r"firm\.pptx: lacks the layouts 'Divider' \(or 'Section Header'\), 'Message'"
    for name, problem in (("firm", lacks), ("missing", r"missing\.pptx: "), ("text", "is no presentation")):
        with pytest.raises(InputError, match=problem):
            deck(whole, tmp_path / "deck.pptx", tmp_path / f"{name}.pptx")
    assert not (tmp_path / "deck.pptx").exists()


def test_what_is_missing_or_cannot_be_written_is_said(whole, monkeypatch, tmp_path):
    deck(whole, tmp_path / "deck.pptx")
    assert [path.name for path in tmp_path.iterdir()] == ["deck.pptx"]  # nothing half-written
    (tmp_path / "blocked").write_text("a file")
    with pytest.raises(WomError, match="cannot be written"):
        deck(whole, tmp_path / "blocked" / "deck.pptx")
    monkeypatch.setattr(decks, "installed", lambda: False)
    with pytest.raises(WomError, match=r'pip install "wom\[deck\]"'):
        deck(whole, tmp_path / "deck.pptx")


@pytest.mark.skipif(SOFFICE is None, reason="needs Debian's package libreoffice-impress")
@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="needs Debian's package poppler-utils")
def test_libreoffice_shows_every_slide(file, pairs, tmp_path):
    """One page for a slide, with its title; none of them blank, and nothing but white along the edges."""
    home = f"-env:UserInstallation={(tmp_path / 'office').as_uri()}"
    call = [SOFFICE, home, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(file)]
    subprocess.run(call, check=True, capture_output=True, timeout=170)
    made = str(tmp_path / "deck.pdf")
    said = subprocess.run(["pdftotext", "-layout", made, "-"], capture_output=True, text=True, check=True).stdout
    subprocess.run(["pdftoppm", "-r", "36", "-gray", made, str(tmp_path / "page")], check=True)
    pictures = sorted(tmp_path.glob("page-*.pgm"))
    for (_, slide), words, picture in zip(pairs, said.split("\f")[:-1], pictures, strict=True):
        assert " ".join(slide.title.split()[:3]) in " ".join(words.split()), slide.title
        with Image.open(picture) as drawn:
            grey = np.asarray(drawn, dtype=int)
        assert (grey < 200).mean() > 0.004, slide.title  # a title alone inks more than half a percent
        if slide.kind not in ("cover", "divider"):  # these are all colour
            high, wide = grey.shape
            edges = [grey[: high // 60], grey[-high // 60 :], grey[:, : wide // 40], grey[:, -wide // 60 :]]
            assert min(edge.min() for edge in edges) > 200, slide.title
