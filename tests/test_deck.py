"""Decks read back with python-pptx: native charts with the exhibits' numbers, notes, texts, templates."""

import io
import shutil
import subprocess
import sys
import zipfile

import exhibited
import numpy as np
import pytest
from exhibited import NAME, code, exhibits, notebook, output, text
from PIL import Image

from wom.errors import InputError, WomError
from wom.report import deck as decks
from wom.report.deck import deck
from wom.report.slides import plan
from wom.report.story import story

pptx = pytest.importorskip("pptx", reason="needs the extra wom[deck]")
SOFFICE = shutil.which("soffice")
KINDS = {
    "line": "LINE", "columns": "COLUMN_CLUSTERED", "bars": "BAR_CLUSTERED", "stacked_columns": "COLUMN_STACKED",
    "stacked_bars": "BAR_STACKED", "waterfall": "BAR_STACKED", "ranges": "BAR_STACKED", "dots": "XY_SCATTER",
}  # fmt: skip
PICTURE = 13
"""A shape's kind."""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A deck with a slide of every kind."""
    folder = tmp_path_factory.mktemp("deck")
    deck(exhibited.whole(folder / "notebook.ipynb"), folder / "deck.pptx")
    return folder / "deck.pptx"


@pytest.fixture(scope="module")
def pairs(file):
    """Each slide of the deck with the slide of the plan that it shows."""
    told = plan(story(file.with_name("notebook.ipynb")), file)
    return list(zip(pptx.Presentation(str(file)).slides, told, strict=True))


@pytest.fixture(scope="module")
def charts(pairs):
    """Native charts by the kind of their description."""
    return {
        slide.exhibit.chart.kind: next(shape.chart for shape in page.shapes if shape.has_chart)
        for page, slide in pairs if slide.kind == "chart" and slide.exhibit.chart.kind != "people"
    }  # fmt: skip


def numbers(chart):
    """Values by the names of the series."""
    return {
        one.name: [np.nan if value is None else float(value) for value in one.values]
        for one in chart.plots[0].series
    }


# --- what a deck holds -------------------------------------------------------------------------------------------


def test_slides_are_sixteen_to_nine_with_the_plans_titles_and_notes(file, pairs):
    opened = pptx.Presentation(str(file))
    assert opened.slide_width / opened.slide_height == pytest.approx(16 / 9, rel=1e-3)  # whole units
    for page, slide in pairs:
        assert page.shapes.title.text_frame.text == slide.title
        assert page.notes_slide.notes_text_frame.text == slide.speech
    assert any(NAME in page.shapes.title.text_frame.text for page, _ in pairs)  # as it was written


def test_charts_are_native_of_their_kind_and_described(pairs, charts):
    assert {kind: chart.chart_type.name for kind, chart in charts.items()} == KINDS
    for page, slide in pairs:
        if slide.kind == "chart":
            assert not any(shape.shape_type == PICTURE for shape in page.shapes)
            described = [shape._element.xpath(".//p:cNvPr/@descr") for shape in page.shapes]
            assert [slide.alt] in described


def test_what_stands_on_nought_holds_the_exhibits_numbers(charts):
    for kind in ("columns", "stacked_columns", "bars", "stacked_bars"):
        wanted = exhibits()[kind].chart
        assert numbers(charts[kind]) == {one.name: list(one.data) for one in wanted.series}
    line = exhibits()["line"].chart
    assert numbers(charts["line"]) == {one.name: list(one.data) for one in line.series}
    assert [str(name) for name in charts["line"].plots[0].categories] == [str(month) for month in range(37)]


def ends(found, place):
    """Where a floating bar begins and ends: its base and what is stacked on it, above nought and below."""
    base = found.get("Base", [0.0] * 99)[place]
    rest = [values[place] for name, values in found.items() if name != "Base"]
    up, down = sum(max(value, 0.0) for value in rest), sum(min(value, 0.0) for value in rest)
    if base > 0 or (base == 0 and not down):
        return base, base + up
    return (base + down, base) if not up else (down, up)


def test_floating_bars_begin_and_end_where_the_exhibit_says(charts):
    wanted = exhibits()["waterfall"].chart.series[0].data
    found = numbers(charts["waterfall"])
    level = 0.0
    for place, value in enumerate(wanted[:-1]):
        # a millionth for sums of doubles
        assert ends(found, place) == pytest.approx(
            (min(level, level + value), max(level, level + value)), abs=1e-6
        )
        level += value
    assert ends(found, len(wanted) - 1) == pytest.approx((wanted[-1], 0.0))
    low, middle, high = (one.data for one in exhibits()["ranges"].chart.series)
    found = numbers(charts["ranges"])
    for place in range(3):
        assert ends(found, place) == pytest.approx((low[place], high[place]))
        inner = sum(abs(values[place]) for name, values in found.items() if name.startswith("low to middle"))
        assert inner == pytest.approx(middle[place] - low[place])


def test_a_hundred_dots_lie_on_the_side_where_their_case_lies(charts):
    cases = np.array(exhibits()["dots"].chart.series[0].data)
    *sides, line = charts["dots"].plots[0].series
    better, worse = sorted(sides, key=lambda one: one.name != "pays")
    assert (len(list(worse.values)), len(list(better.values))) == ((cases < 0).sum(), (cases >= 0).sum())
    assert len(list(sides[0].values)) >= len(list(sides[-1].values))  # or LibreOffice leaves points out
    assert set(line.iter_values()) == {0.0, max(line.iter_values())}


def test_a_hundred_people_are_shapes_that_can_be_coloured_anew(pairs):
    page = next(page for page, slide in pairs if slide.title.startswith("Of 100 new customers"))
    (group,) = [shape for shape in page.shapes if shape.name == "People"]
    colours = [str(person.fill.fore_color.rgb) for person in group.shapes]
    assert [colours.count(one) for one in ("00658F", "4F96B8", "BDC4CB")] == [5, 14, 81]
    said = [shape.text_frame.text for shape in page.shapes if shape.name in ("Count", "Group")]
    assert said[:2] == ["5", "came because they were told"]


def test_the_sheet_behind_a_chart_has_the_same_numbers(charts):
    """Who edits the chart finds them there."""
    package = zipfile.ZipFile(io.BytesIO(charts["columns"].part.chart_workbook.xlsx_part.blob))
    sheet = package.read("xl/worksheets/sheet1.xml").decode()
    assert all(f"<v>{value}</v>" in sheet for value in (1200000, 1400000, 1300000))


def test_colours_and_labels_follow_the_number(charts):
    def colour(point):
        return str(point.format.fill.fore_color.rgb)

    above = next(one for one in charts["waterfall"].plots[0].series if one.name == "change")
    assert colour(above.points[0]) == "00658F"
    below = next(one for one in charts["waterfall"].plots[0].series if one.name == "change, below 0")
    assert colour(below.points[6]) == "B23C00"
    assert "They spend more   +9,000" in list(charts["waterfall"].plots[0].categories)
    end = charts["line"].plots[0].series[0].points[36].data_label.text_frame.text
    assert end == "286,000\nwith the training"


def test_tables_are_tables_with_names_as_they_were_written(pairs):
    (page, slide), = [pair for pair in pairs if pair[1].kind == "table"]  # fmt: skip
    (frame,) = [shape for shape in page.shapes if shape.has_table]
    rows = [[cell.text_frame.text for cell in row.cells] for row in frame.table.rows]
    assert rows[0] == ["Figure", "Value", "Grade"]
    assert rows[2:] == [["=HYPERLINK(1)", "1,234.50", "b"], [NAME, "−3.00", "c"]]
    assert frame._element.xpath(".//p:cNvPr/@descr") == [slide.alt]


def test_decisions_formulas_pictures_and_sources_are_there(pairs):
    texts = {
        slide.kind: [shape.text_frame.text for shape in page.shapes if shape.has_text_frame]
        for page, slide in pairs
    }
    assert {"−USD 65,000", "+USD 141,000", "+148"} <= set(pairs_text(pairs[1][0]))
    assert {"How sure", "It loses in 99 of 100 cases.", "−USD 65,000"} <= set(texts["decision"])
    assert any(said.startswith("Source: wom, scenario") for said in texts["decision"])
    for kind, start in (("formula", "Formula: V ="), ("picture", "A line rises and falls.")):
        page = next(page for page, slide in pairs if slide.kind == kind)
        (shape,) = [shape for shape in page.shapes if shape.shape_type == PICTURE]
        assert shape._element.xpath(".//p:cNvPr/@descr")[0].startswith(start)
    page = next(page for page, slide in pairs if slide.kind == "formula")
    assert any("Retention is largest" in said for said in pairs_text(page))


def pairs_text(page):
    return [shape.text_frame.text for shape in page.shapes if shape.has_text_frame]


def test_everything_stands_on_its_slide_and_no_placeholder_is_empty(file, pairs):
    opened = pptx.Presentation(str(file))
    for page, slide in pairs:
        for shape in page.shapes:
            assert shape.left >= 0, slide.title
            assert shape.left + shape.width <= opened.slide_width + 1, (slide.title, shape.name)
            assert shape.top + shape.height <= opened.slide_height + 1, (slide.title, shape.name)
        assert all(shape.text_frame.text for shape in page.placeholders if shape.has_text_frame)
        for source in (shape for shape in page.shapes if shape.name == "Source"):
            above = [shape for shape in page.shapes if shape.name in ("Note", "Value", "Answer", "Table", "Chart")]
            assert all(shape.top + shape.height <= source.top + 1 for shape in above), slide.title
        for shape in page.shapes:
            for paragraph in shape.text_frame.paragraphs if shape.has_text_frame else ():
                assert all(run.font.size is None or run.font.size.pt >= 12 for run in paragraph.runs), shape.name


def test_the_files_follow_the_formats_schema(file):
    audit = pytest.importorskip("openxml_audit", reason="checks files of Office against their schemas")
    assert audit.validate_pptx(file).errors == []


def test_what_mathtext_cannot_draw_stands_there_as_it_was_written(tmp_path):
    made = notebook(
        tmp_path / "n.ipynb", text("# A plan"), text("## Odd\n\n$$\\overbrace{a}$$\n\nwhere $a$ is one.")
    )
    deck(made, tmp_path / "deck.pptx")
    page = pptx.Presentation(str(tmp_path / "deck.pptx")).slides[1]
    assert "\\overbrace{a}" in pairs_text(page)


# --- templates ---------------------------------------------------------------------------------------------------


def firm(folder, change=None, size=None):
    """A firm's own template: PowerPoint's usual layouts, with a slide that it came with."""
    theirs = pptx.Presentation()
    if size:
        theirs.slide_width, theirs.slide_height = size
    theirs.slides.add_slide(theirs.slide_layouts[0]).shapes.title.text = "A sample"
    if change:
        change(theirs)
    theirs.save(str(folder / "firm.pptx"))
    return folder / "firm.pptx"


def test_a_firms_layouts_are_used_by_their_usual_names(file, tmp_path):
    deck(file.with_name("notebook.ipynb"), tmp_path / "deck.pptx", firm(tmp_path))
    opened = pptx.Presentation(str(tmp_path / "deck.pptx"))
    assert {page.slide_layout.name for page in opened.slides} == {
        "Title Slide",
        "Title and Content",
        "Section Header",
    }
    assert len(opened.slides) == len(pptx.Presentation(str(file)).slides)  # without the sample
    for page in opened.slides:
        for shape in page.shapes:
            assert shape.left + shape.width <= opened.slide_width + 1, shape.name
            assert shape.top + shape.height <= opened.slide_height + 1, shape.name


def test_a_template_without_the_layouts_is_refused_with_their_names(file, tmp_path):
    def without(*names):
        def change(theirs):
            for layout in list(theirs.slide_layouts):
                if layout.name in names:
                    theirs.slide_layouts.remove(layout)
            for entry in list(theirs.slides._sldIdLst):
                theirs.slides._sldIdLst.remove(entry)

        return change

    def titled(theirs):
        for entry in list(theirs.slides._sldIdLst):
            theirs.part.drop_rel(entry.rId)
            theirs.slides._sldIdLst.remove(entry)
        without("Section Header", "Title and Content")(theirs)

    with pytest.raises(
        InputError, match=r"firm\.pptx: lacks the layouts 'Divider' \(or 'Section Header'\), 'Message'"
    ):
        deck(file.with_name("notebook.ipynb"), tmp_path / "deck.pptx", firm(tmp_path, titled))
    with pytest.raises(InputError, match=r"missing\.pptx: "):
        decks.Template(tmp_path / "missing.pptx")
    (tmp_path / "text.pptx").write_text("no presentation")
    with pytest.raises(InputError, match=r"text\.pptx: is no presentation"):
        decks.Template(tmp_path / "text.pptx")
    assert not (tmp_path / "deck.pptx").exists()


# --- files, what is missing --------------------------------------------------------------------------------------


def test_the_same_notebook_gives_the_same_bytes(file, tmp_path):
    deck(file.with_name("notebook.ipynb"), tmp_path / "again.pptx")
    assert (tmp_path / "again.pptx").read_bytes() == file.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["again.pptx"]  # nothing half-written


def test_without_the_package_the_message_says_how_to_install_it(file, monkeypatch, tmp_path):
    for name in [name for name in sys.modules if name.split(".")[0] == "pptx"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pptx", None)
    with pytest.raises(WomError, match=r'pip install "wom\[deck\]"'):
        deck(file.with_name("notebook.ipynb"), tmp_path / "deck.pptx")
    assert not decks.installed()


def test_what_cannot_be_made_or_written_is_said(file, tmp_path):
    with pytest.raises(InputError, match="nothing in it makes a slide"):
        deck(notebook(tmp_path / "n.ipynb", code(output({"text/plain": "3"}))), tmp_path / "deck.pptx")
    (tmp_path / "blocked").write_text("a file")
    with pytest.raises(WomError, match="cannot be written"):
        deck(file.with_name("notebook.ipynb"), tmp_path / "blocked" / "deck.pptx")


# --- seen --------------------------------------------------------------------------------------------------------


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
    texts = said.split("\f")[:-1]
    for (_, slide), shown, picture in zip(pairs, texts, pictures, strict=True):
        assert " ".join(slide.title.split()[:3]) in " ".join(shown.split()), slide.title
        with Image.open(picture) as drawn:
            grey = np.asarray(drawn, dtype=int)
        assert (grey < 200).mean() > 0.004, slide.title  # a title alone inks more than half a percent
        if slide.kind not in ("cover", "divider"):  # these are all colour
            high, wide = grey.shape
            edge = np.concatenate([grey[: high // 60].ravel(), grey[-high // 60 :].ravel(),
                                   grey[:, : wide // 40].ravel(),
                                   grey[:, -wide // 60 :].ravel()])  # fmt: skip
            assert edge.min() > 200, slide.title
