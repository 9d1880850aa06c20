"""Decks read back with python-pptx: native charts with the notebook's numbers, notes, alternative texts, room."""

import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image, ImageFont
from told import GIVEN, report

import wom
from wom import figures, reach, reporting
from wom.errors import InputError, WomError
from wom.exhibits import charts, style
from wom.exhibits.charts import Chart, Series
from wom.report import parts
from wom.report.parts import Wanted
from wom.reporting import deck_tables, make_template, packages
from wom.reporting import pdf as printer
from wom.reporting.chart_frame import frame
from wom.reporting.deck import deck
from wom.reporting.display import CHART
from wom.reporting.measure import font_file
from wom.reporting.reading import blocks
from wom.reporting.slide import executed_notebook, speech
from wom.reporting.stacks import layers
from wom.reporting.story import story
from wom.reporting.tables import Grid

pptx = pytest.importorskip("pptx", reason="needs the extra wom[deck]")
XL_CHART_TYPE, Emu, Inches = pptx.enum.chart.XL_CHART_TYPE, pptx.util.Emu, pptx.util.Inches
SOFFICE = shutil.which("soffice")
POINT = 12700
KINDS = {
    "line": XL_CHART_TYPE.LINE, "columns": XL_CHART_TYPE.COLUMN_CLUSTERED, "bars": XL_CHART_TYPE.BAR_CLUSTERED,
    "stacked_columns": XL_CHART_TYPE.COLUMN_STACKED, "stacked_bars": XL_CHART_TYPE.BAR_STACKED,
    "floating_bars": XL_CHART_TYPE.BAR_STACKED,
}  # fmt: skip
LEAST_BODY, LEAST_TABLE, LEAST_SOURCE = 18, 14, 12
"""Points, to be read at the back of a room; long tables are for reading, not for projecting."""

pytestmark = pytest.mark.notebook


@pytest.fixture(scope="module", params=GIVEN)
def made(request):
    """The deck that a run of each notebook left, the slides it was told from, and the executed notebook."""
    notebook = executed_notebook(report(request.param))
    return pptx.Presentation(str(notebook.with_name("deck.pptx"))), story(notebook), notebook


def expanded(deck_, told):
    """Each slide of a deck with the slide of the story that it shows: a long one takes several."""
    pages = iter(deck_.slides)
    for slide in told:
        page = next(pages)
        yield page, slide
        more = re.search(r" \(1\xa0of\xa0(\d)\)$", page.shapes.title.text_frame.text)
        for _ in range(int(more[1]) - 1 if more else 0):
            yield next(pages), slide
    assert next(pages, None) is None


def chart_of(page):
    return next((shape.chart for shape in page.shapes if shape.has_chart), None)


# --- what a deck holds -------------------------------------------------------------------------------------------


def test_slides_are_sixteen_to_nine_and_in_the_notebooks_order(made):
    deck_, told, _ = made
    assert deck_.slide_width / deck_.slide_height == pytest.approx(16 / 9, rel=1e-3)  # whole points
    pairs = list(expanded(deck_, told))
    for page, slide in pairs:
        title = page.shapes.title.text_frame.text.replace("\xa0", " ")
        said = re.sub(r" \(\d of \d\)$", "", title).removesuffix("…")
        assert slide.title.replace("\xa0", " ").startswith(said)  # cut at the end of a clause where too long


def test_charts_are_native_and_hold_the_notebooks_numbers(made):
    deck_, told, notebook = made
    shown = [
        output["data"][CHART]
        for cell in json.loads(notebook.read_text())["cells"]
        for output in cell.get("outputs", [])
        if CHART in output.get("data", {})
    ]
    pages = [(page, slide) for page, slide in expanded(deck_, told) if slide.kind == "chart"]
    assert len(pages) == len(shown) >= 1
    assert not any(shape.shape_type == 13 for page, _ in pages for shape in page.shapes)  # 13: a picture
    for (page, slide), stored in zip(pages, shown, strict=True):
        chart, wanted = chart_of(page), Chart.of(stored["chart"])
        assert wanted == slide.chart
        assert chart.chart_type == KINDS[wanted.kind]
        assert [str(name) for name in chart.plots[0].categories] == [str(name) for name in wanted.categories]
        assert_same(chart, wanted)
        assert not chart.has_title


def test_a_chart_draws_what_the_model_computes():
    notebook = executed_notebook(report("scenario_report"))
    case = wom.load(GIVEN["scenario_report"]["scenario"])
    pages = pptx.Presentation(str(notebook.with_name("deck.pptx"))).slides
    drawn_ = [list(one.values) for page in pages if chart_of(page) for one in chart_of(page).plots[0].series]
    for plan in (case, case.without_plan()):
        assert wom.simulate(plan).monthly["revenue"].tolist() in drawn_  # to the last digit


def assert_same(chart, wanted):
    """A native chart draws what its description says; floating bars are put together again from their stack."""
    native = {
        one.name: np.array([np.nan if value is None else float(value) for value in one.values])  # noqa: PD011
        for one in chart.plots[0].series
    }
    if wanted.kind != "floating_bars":
        assert list(native) == [one.name for one in wanted.series]
        for one in wanted.series:
            data = np.array([np.nan if value is None else value for value in one.data])
            assert np.array_equal(native[one.name], data, equal_nan=True)
        return
    base = native.get("Base", np.zeros(len(wanted.categories)))
    reached = {False: np.maximum(base, 0.0), True: np.minimum(base, 0.0)}
    ends: dict[int, list[set[float]]] = {}
    for layer in layers(wanted):
        if layer.source < 0:
            continue
        before, size = reached[layer.below], native[layer.name]
        reached[layer.below] = before + np.nan_to_num(size)
        here = ends.setdefault(layer.source, [set() for _ in wanted.categories])
        for place in np.flatnonzero(~np.isnan(size)):
            here[place] |= {before[place], reached[layer.below][place]}
    for number, one in enumerate(wanted.series):
        for place, (start, end) in enumerate(zip(one.starts, one.data, strict=True)):
            found = ends.get(number, [set()] * len(wanted.categories))[place]
            if end is None:
                assert not found
            else:  # a millionth for sums of doubles
                assert (min(found), max(found)) == pytest.approx((min(start, end), max(start, end)), abs=1e-6)


def test_the_worksheet_behind_a_chart_has_the_same_numbers(made):
    """Who edits the chart finds them there."""
    deck_, told, _ = made
    for page, slide in expanded(deck_, told):
        if slide.kind == "chart":
            package = zipfile.ZipFile(io.BytesIO(chart_of(page).part.chart_workbook.xlsx_part.blob))
            sheet = package.read("xl/worksheets/sheet1.xml").decode()
            cells = {float(value) for value in re.findall(r"<c r=\"[B-Z]\d+\"[^>]*><v>([-\d.eE+]+)</v>", sheet)}
            drawn_ = {value for layer in layers(slide.chart) for value in layer.data if value is not None}
            assert all(any(np.isclose(value, cell, rtol=1e-12) for cell in cells) for value in drawn_)


def test_every_slide_has_notes_and_every_picture_a_text_for_who_cannot_see_it(made):
    deck_, told, _ = made
    for page, slide in expanded(deck_, told):
        said = page.notes_slide.notes_text_frame.text
        assert said == speech(slide)
        assert slide.title.split(" ")[0] in said
        for shape in page.shapes:
            if shape.has_chart or shape.has_table:
                text = shape._element.nvGraphicFramePr.cNvPr.get("descr")
                assert len(text) > 10
            if shape.has_chart:
                assert f"On the slide: {text}" in said
                assert "Where it comes from: " in said
            if shape.shape_type == 13:
                assert len(shape._element.nvPicPr.cNvPr.get("descr")) > 10


def test_charts_have_their_source_below_and_every_slide_its_number(made):
    deck_, told, _ = made
    for number, (page, slide) in enumerate(expanded(deck_, told), start=1):
        texts = {shape.name: shape.text_frame.text for shape in page.shapes if shape.has_text_frame}
        if slide.kind in ("chart", "table", "figures"):
            assert any(text.startswith("Source: ") for text in texts.values()), slide.title
        fields = page.shapes._spTree.findall(f".//{pptx.oxml.ns.qn('a:fld')}")
        assert [field.get("type") for field in fields] == (["slidenum"] if number > 1 else [])


def test_no_placeholder_is_left_empty_and_all_come_from_the_template(made):
    deck_, *_ = made
    names = {layout.name for layout in deck_.slide_layouts}
    assert names == set(make_template.LAYOUTS)
    for page in deck_.slides:
        for shape in page.placeholders:
            assert shape.has_chart or shape.has_table or hasattr(shape, "image") or shape.text_frame.text
            if shape.has_text_frame:
                assert shape._element.spPr.find(pptx.oxml.ns.qn("a:xfrm")) is None  # where the layout says


def test_tables_are_tables(made):
    deck_, told, _ = made
    found = {}
    for page, slide in expanded(deck_, told):
        if slide.kind == "table":
            (frame,) = [shape for shape in page.shapes if shape.has_table]
            rows = [[cell.text_frame.text.replace("\xa0", " ") for cell in row.cells] for row in frame.table.rows]
            assert rows[0] == [*slide.table.stubs, *slide.table.columns]  # no column had to go
            found.setdefault(slide.title, [slide, []])[1].extend(rows[1:])
    assert found
    for slide, rows in found.values():
        wanted = [[text.replace("\xa0", " ") for text in (*labels, *cells)] for labels, cells in slide.table.rows]
        assert rows == wanted[: len(rows)]
        assert len(rows) >= min(len(wanted), 8)  # on two slides at most; the rest is in the report


# --- room and type -----------------------------------------------------------------------------------------------


def lines(text, font, size, room):
    """Lines of a paragraph, counted with the letters of the font's own file."""
    count, used = 1, 0.0
    for word in re.split(r"[ \n]+", text):
        long = font.getlength(word) * size / 100
        gap = font.getlength(" ") * size / 100 if used else 0.0
        if used and used + gap + long > room + 0.01:
            count, used, gap = count + 1, 0.0, 0.0
        used += gap + long
        assert used <= room + 0.01, f"a word is too long: {word}"
    return count


def sizes(shape, layout):
    """Size of each paragraph, its own or the layout's."""
    boxes = {box.idx: box for box in make_template.LAYOUTS[layout.name]}
    box = boxes.get(shape.placeholder_format.idx) if shape.is_placeholder else None
    for paragraph in shape.text_frame.paragraphs:
        own = [run.font.size.pt for run in paragraph.runs if run.font.size]
        yield paragraph, max(own) if own else box.size, box.bold if box else False


def test_nothing_overflows_its_placeholder_and_all_can_be_read_at_the_back(made):
    deck_, *_ = made
    fonts = {bold: ImageFont.truetype(font_file(bold), 100) for bold in (False, True)}
    for page in deck_.slides:
        for shape in page.shapes:
            assert shape.left >= 0
            assert shape.left + shape.width <= deck_.slide_width
            assert shape.top + shape.height <= deck_.slide_height
            if not shape.has_text_frame or not shape.text_frame.text or "fld" in str(shape._element.xml):
                continue
            high = 0.0
            for paragraph, size, bold in sizes(shape, page.slide_layout):
                bold = bold or any(run.font.bold for run in paragraph.runs)
                indent = int((paragraph._p.pPr.get("marL") if paragraph._p.pPr is not None else None) or 0) / POINT
                count = lines(paragraph.text, fonts[bold], size, shape.width / POINT - indent)
                before = paragraph.space_before.pt if paragraph.space_before else 0.0
                high += 1.2 * size * count + before
                part = shape.name in ("Source", "Part")
                small = shape.name == "Subtitle" or shape.name.startswith("Note")
                least = LEAST_SOURCE if part else LEAST_TABLE if small else LEAST_BODY
                assert size >= least, (shape.name, paragraph.text)
            assert high <= shape.height / POINT + 0.5, (shape.name, shape.text_frame.text)


def test_tables_end_above_the_foot_and_their_cells_hold_their_text(made):
    deck_, told, _ = made
    fonts = {bold: ImageFont.truetype(font_file(bold), 100) for bold in (False, True)}
    for page, slide in expanded(deck_, told):
        if slide.kind != "table":
            continue
        (frame,) = [shape for shape in page.shapes if shape.has_table]
        bottom = frame.top + sum(row.height for row in frame.table.rows)
        assert bottom <= Inches(6.66)
        assert (
            sum(column.width for column in frame.table.columns)
            <= frame.part.package.presentation_part.presentation.slide_width
        )
        for number, row in enumerate(frame.table.rows):
            for cell, column in zip(row.cells, frame.table.columns, strict=True):
                (run,) = cell.text_frame.paragraphs[0].runs or [None]
                if run is None:
                    continue
                room = (column.width - cell.margin_left - cell.margin_right) / POINT
                count = lines(run.text, fonts[number == 0], run.font.size.pt, room)
                margins = (cell.margin_top + cell.margin_bottom) / POINT
                assert count * 1.2 * run.font.size.pt + margins <= row.height / POINT + 0.5
                assert run.font.size.pt >= LEAST_TABLE


def test_the_files_follow_the_formats_schema(made, tmp_path):
    audit = pytest.importorskip("openxml_audit", reason="checks files of Office against their schemas")
    deck_, *_ = made
    file = tmp_path / "deck.pptx"
    deck_.save(str(file))
    result = audit.validate_pptx(file)
    assert result.errors == []


# --- charts and their descriptions -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def effect():
    return wom.effect(wom.load("retailer/make-it-right"))


def drawn(ax):
    """Every number that the axes draw: ends of lines' points, heights and lengths of bars."""
    found = [np.asarray(line.get_ydata(), float) for line in ax.get_lines()]
    bars = [(bar.get_width(), bar.get_height(), bar.get_x(), bar.get_y()) for bar in ax.patches]
    return found, np.array(bars)


def test_pictures_and_descriptions_say_the_same_numbers(effect):
    for name in ("revenue", "stars", "told", "net"):
        ax = getattr(figures, name)(effect)
        curves, bars = drawn(ax)
        for one in charts.kept(ax.figure).series:
            data = np.array(one.data)
            heights = bars[:, 1] if len(bars) else np.array([])
            as_bars = any(np.allclose(heights[i : i + len(data)], data) for i in range(0, len(heights), len(data)))
            assert as_bars or any(len(curve) == len(data) and np.allclose(curve, data) for curve in curves), name


def test_stacked_columns_have_the_pictures_heights(effect):
    ax = figures.difference(effect)
    _, bars = drawn(ax)
    first, second = charts.kept(ax.figure).series
    assert np.allclose(bars[:, 1], [*first.data, *second.data])
    table = effect.run.monthly
    chart = charts.kept(figures.arrivals(effect.run).figure)
    total = np.array([one.data for one in chart.series[:3]]).sum(axis=0)
    assert np.allclose(total, table["new_customers"])
    assert np.allclose(chart.series[3].data, -table["deterred_customers"])


def test_waterfalls_have_the_pictures_ends(effect):
    ax = figures.mechanisms(wom.mechanisms(effect.scenario), effect.scenario, "A title")
    _, bars = drawn(ax)
    chart = charts.kept(ax.figure)
    ends = {
        (min(p), max(p)) for one in chart.series for p in zip(one.starts, one.data, strict=True) if None not in p
    }
    pictured = {(min(x, x + w), max(x, x + w)) for w, _, x, _ in bars}
    assert np.allclose(sorted(ends), sorted(pictured))
    steps = charts.kept(figures.customers(effect).figure)
    assert steps.series[0].data[-1] == effect.customer_steps.iloc[-1]


def test_the_messages_are_the_pictures(effect):
    for ax in (
        figures.revenue(effect),
        figures.told(effect),
        figures.customers(effect),
        figures.arrivals(effect.run),
    ):
        chart = charts.kept(ax.figure)
        assert chart.title == ax.get_title(loc="left").replace("\n", " ")
        assert chart.subtitle in [text.get_text().replace("\n", " ") for text in ax.texts]
        assert chart.source.startswith("Make it right on the spot.")


def test_people_told_are_the_distribution():
    good, bad = reach.from_mean_and_share(9, 0.33), reach.from_mean_and_share(16, 0.54)
    chart = charts.kept(figures.reach(good, bad).figure)
    assert sum(chart.series[0].data) == pytest.approx(100)
    assert chart.series[1].data[0] == pytest.approx(100 * bad.told_nobody)


def test_a_figure_without_a_description_is_drawn_from_its_data(capsys):
    figure = Figure()
    figure.subplots().plot([1, 2])
    table = pd.DataFrame({"net": [1000.0, 2000.0], "share": [0.1, 0.2]}, index=["a", "b"])
    assert charts.guess(table).kind == "bars"  # the second column is of another size
    assert charts.guess(pd.DataFrame({"net": range(30)})).kind == "line"
    assert charts.guess(pd.DataFrame({"name": ["x"]})) is None
    reporting.show(figure, alt="A line.", data=table)
    assert capsys.readouterr().out == "A line.\n"


@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        ((1.0, -3.0, -2.0), (4.0, -1.0, 5.0)),
        ((0.0, 0.0, 0.0), (0.0, -1.0, 1.0)),
        ((2.0, -1.0, 3.0), (5.0, 6.0, 1.0)),
    ],
)
def test_floating_bars_stand_where_they_should_on_both_sides_of_nought(starts, ends):
    chart = Chart("floating_bars", ("a", "b", "c"), (Series("x", ends, starts=starts),))
    for place in range(3):
        low, high = min(starts[place], ends[place]), max(starts[place], ends[place])
        reached = {True: 0.0, False: 0.0}
        edges = []
        for layer in layers(chart):
            size = layer.data[place]
            if size is None:
                continue
            side = size < 0 or (layer.source < 0 and size == 0 and high < 0)
            before = reached[side]
            reached[side] += size
            if layer.source >= 0:
                edges += [before, reached[side]]
        assert (min(edges), max(edges)) == pytest.approx((low, high))


def test_many_bars_have_smaller_names_that_do_not_overlap():
    many = Chart(
        "bars", tuple(f"a long name {n}" for n in range(24)), (Series("x", tuple(map(float, range(24)))),)
    )
    laid = frame(many, 852, 317, 18)
    assert laid.size * 1.2 <= laid.plot[3] / 24
    few = Chart("bars", ("a", "b"), (Series("x", (1.0, 2.0)),))
    assert frame(few, 852, 317, 18).size == 18


# --- templates ---------------------------------------------------------------------------------------------------


def firm(tmp_path, change=None, *, wide=True):
    """A firm's template: python-pptx's own, changed."""
    theirs = pptx.Presentation()
    if wide:
        theirs.slide_width = Inches(13.333)
    if change:
        change(theirs)
    file = tmp_path / "firm.pptx"
    theirs.save(str(file))
    return file


def rename(theirs):
    for number, layout in enumerate(theirs.slide_layouts):
        layout.name = f"Folie {number}"


def keep_plain(theirs):
    for layout in list(theirs.slide_layouts):
        if layout.name not in ("Title Slide", "Title Only"):
            theirs.slide_layouts.remove(layout)


def with_slides(theirs):
    theirs.slides.add_slide(theirs.slide_layouts[0])


@pytest.mark.parametrize(
    "change", [None, rename, keep_plain, with_slides], ids=["usual", "renamed", "plain", "samples"]
)
@pytest.mark.parametrize("wide", [True, False])
def test_a_firms_template_takes_everything(change, wide, tmp_path):
    notebook = executed_notebook(report("workshop"))
    file = deck(notebook, tmp_path / "deck.pptx", firm(tmp_path, change, wide=wide))
    theirs, told = pptx.Presentation(str(file)), story(notebook)
    assert theirs.slide_width == (Inches(13.333) if wide else Emu(9144000))
    for page, slide in expanded(theirs, told):
        kinds = {"chart": "has_chart", "table": "has_table"}
        if slide.kind not in ("cover", "part"):
            title = page.shapes.title
            assert all(shape.top >= title.top for shape in page.placeholders if shape.has_text_frame)
        if slide.kind in kinds:
            (frame,) = [shape for shape in page.shapes if getattr(shape, kinds[slide.kind])]
            assert frame.top + frame.height <= theirs.slide_height
            assert frame.left + frame.width <= theirs.slide_width
        text = " ".join(shape.text_frame.text for shape in page.shapes if shape.has_text_frame).replace(
            "\xa0", " "
        )
        if slide.kind == "figures":
            assert all(value.replace("\xa0", " ") in text for _, value, _ in slide.figures)
        if slide.kind == "chart":
            assert slide.subtitle[:30] in text
            assert "Source: " in text
        assert not any(shape.has_text_frame and not shape.text_frame.text for shape in page.placeholders)
        assert not any(shape.element.ph.get("orient") == "vert" for shape in page.placeholders)  # runs downwards


def test_charts_take_the_firms_colours(tmp_path):
    file = deck(report("workshop"), tmp_path / "deck.pptx", firm(tmp_path))
    page = next(page for page in pptx.Presentation(str(file)).slides if chart_of(page))
    colours = set(re.findall(r'schemeClr val="(\w+)"', chart_of(page)._chartSpace.xml))
    assert "accent1" in colours
    assert "srgbClr" not in chart_of(page)._chartSpace.xml


def test_a_template_that_cannot_be_used_is_refused_in_words(tmp_path):
    notebook = report("workshop")
    (tmp_path / "text.pptx").write_text("no presentation")
    with pytest.raises(InputError, match=r"text\.pptx: is no presentation"):
        deck(notebook, tmp_path / "deck.pptx", tmp_path / "text.pptx")
    with pytest.raises(InputError, match=r"missing\.pptx: "):
        deck(notebook, tmp_path / "deck.pptx", tmp_path / "missing.pptx")

    def untitled(theirs):
        for layout in list(theirs.slide_layouts):
            if layout.name != "Blank":
                theirs.slide_layouts.remove(layout)

    with pytest.raises(InputError, match=r"no layout with a placeholder for the title; its layouts: Blank"):
        deck(notebook, tmp_path / "deck.pptx", firm(tmp_path, untitled))
    assert not (tmp_path / "deck.pptx").exists()


def test_the_template_is_what_its_script_makes(tmp_path):
    made = pptx.Presentation(str(make_template.make(tmp_path / "deck.pptx")))
    kept = pptx.Presentation(str(make_template.TEMPLATE))

    def described(one):
        return {
            layout.name: [
                (shape.name, shape.placeholder_format.type, shape.left, shape.top, shape.width, shape.height)
                for shape in layout.placeholders
            ]
            for layout in one.slide_layouts
        }

    assert described(made) == described(kept)
    theme = zipfile.ZipFile(make_template.TEMPLATE).read("ppt/theme/theme1.xml").decode()
    for colour in (style.ACCENT, style.WARM, style.INK, style.ACCENT_LIGHT, style.WARM_LIGHT):
        assert colour[1:] in theme  # the house's colours, defined once
    assert f'typeface="{style.TYPE[0]}"' in theme


# --- files, command, what is missing -----------------------------------------------------------------------------


def test_the_same_notebook_gives_the_same_bytes(tmp_path):
    first, second = (deck(report("workshop"), tmp_path / f"{name}.pptx") for name in "ab")
    assert first.read_bytes() == second.read_bytes()


def test_without_the_package_the_message_says_how_to_install_it(monkeypatch, tmp_path):
    for name in [name for name in sys.modules if name.split(".")[0] == "pptx"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pptx", None)
    with pytest.raises(WomError, match=r'pip install "wom\[deck\]"'):
        deck(report("workshop"), tmp_path / "deck.pptx")
    assert not packages.installed()
    copy = shutil.copytree(report("workshop"), tmp_path / "run")
    files, left_out = parts.extras(copy, Wanted(deck=True))
    assert [file.name for file in files] == ["slides.html"]
    assert left_out == [parts.DECK_LEFT_OUT]
    assert parts.DECK_LEFT_OUT.endswith('install it with: pip install "wom[deck]"')


def test_a_report_is_presented_beside_itself_and_in_its_manifest(tmp_path, monkeypatch):
    monkeypatch.setattr(printer, "browser", lambda: None)
    run = shutil.copytree(report("workshop"), tmp_path / "run")
    (run / "deck.pptx").unlink()
    said = parts.present(run)
    assert said == [f"Open {run / 'deck.pptx'}", f"Open {run / 'slides.html'}", printer.LEFT_OUT]
    outputs = json.loads((run / "manifest.json").read_text())["outputs"]
    assert {"deck.pptx", "slides.html", "report.html"} <= set(outputs)
    assert not [path for path in run.iterdir() if path.name.startswith(".")]  # nothing half-written

    elsewhere = tmp_path / "mine" / "talk.pptx"
    told = [f"Open {elsewhere}", f"Open {elsewhere.with_suffix('.html')}"]
    assert parts.present(run / "notebook.ipynb", elsewhere) == told
    assert sorted(path.name for path in elsewhere.parent.iterdir()) == ["talk.html", "talk.pptx"]


def test_what_is_no_report_is_refused(tmp_path):
    with pytest.raises(InputError, match="no such report"):
        deck(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"no notebook\.ipynb in it"):
        deck(tmp_path)
    (tmp_path / "notebook.ipynb").write_text('{"cells": []}')
    with pytest.raises(InputError, match="nothing in it makes a slide"):
        deck(tmp_path)
    (tmp_path / "notebook.ipynb").write_text("no JSON")
    with pytest.raises(InputError, match="is no notebook"):
        deck(tmp_path)
    folder = shutil.copytree(report("workshop"), tmp_path / "run")
    (tmp_path / "blocked").write_text("a file")
    with pytest.raises(WomError, match="cannot be written"):
        deck(folder, tmp_path / "blocked" / "deck.pptx")


def test_the_command_answers_in_words_and_not_with_a_traceback(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "wom", "deck", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == (
        f"wom: {tmp_path}: no notebook.ipynb in it; give the directory of a run, or its notebook\n"
    )


def test_latest_is_found_with_and_without_links(tmp_path):
    run = shutil.copytree(report("workshop"), tmp_path / "one")
    (tmp_path / "latest.txt").write_text("one\n")
    assert executed_notebook(tmp_path / "latest") == run / "notebook.ipynb"
    (tmp_path / "latest").symlink_to("one", target_is_directory=True)
    assert executed_notebook(tmp_path).parent == tmp_path / "latest"


def test_a_notebook_in_the_working_directory_will_do(tmp_path, monkeypatch):
    """As somebody has it who ran it in JupyterLab."""
    shutil.copy(report("workshop") / "notebook.ipynb", tmp_path / "room.ipynb")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(printer, "browser", lambda: None)
    assert parts.present(Path("room.ipynb")) == ["Open deck.pptx", "Open slides.html", printer.LEFT_OUT]
    (tmp_path / "room.ipynb").rename(tmp_path / "notebook.ipynb")
    assert executed_notebook(Path()) == Path("notebook.ipynb")


# --- from a notebook to a story ----------------------------------------------------------------------------------


def cell(source, *outputs, kind="code", tags=()):
    found = {"cell_type": kind, "metadata": {"tags": list(tags)}, "source": source}
    return found | ({"outputs": list(outputs), "execution_count": 1} if kind == "code" else {})


def output(**data):
    return {
        "output_type": "display_data",
        "metadata": {},
        "data": {k.replace("_", "/"): v for k, v in data.items()},
    }


def told_by(tmp_path, *cells):
    file = tmp_path / "made_by_hand.ipynb"
    file.write_text(json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return story(file)


def test_cells_decide_by_tag_and_prose_goes_into_notes(tmp_path):
    found = told_by(
        tmp_path,
        cell("# A plan\n\nIt pays.", kind="markdown"),
        cell("## Why\n\nBecause of *this*.", kind="markdown"),
        cell("x", output(text_html="<table><tbody><tr><th>a</th><td>1</td></tr></tbody></table>")),
        cell("Said alone, $5 and $x^2$.", kind="markdown", tags=["slide"]),
        cell("- one\n- two", kind="markdown", tags=["skip-slide"]),
        cell("# Part two\n\nMore.", kind="markdown"),
        cell("- one\n- two", kind="markdown"),
        cell("$$\\frac{a}{b}$$\n\nwhere $a$ is one.", kind="markdown"),
    )
    assert [slide.kind for slide in found] == ["cover", "table", "text", "part", "text", "formula"]
    assert "Because of this." in found[1].notes
    assert found[2].body[0].text == "Said alone, $5 and x2."
    assert found[5].latex == "\\frac{a}{b}"
    assert found[5].body[0].text == "where a is one."


def test_formulas_are_pictures_with_a_text(tmp_path):
    told_by(
        tmp_path,
        cell("# A plan", kind="markdown"),
        cell(
            "## Growth\n\n$$\\delta^+ = \\kappa \\left[\\ln\\frac{.4 + \\Delta}{.6 - \\Delta}\\right]$$",
            kind="markdown",
        ),
        cell("## Odd\n\n$$\\overbrace{a}$$\n\nwhere $a$ is one.", kind="markdown"),
    )
    file = deck(tmp_path / "made_by_hand.ipynb", tmp_path / "deck.pptx")
    pages = pptx.Presentation(str(file)).slides
    (picture,) = [shape for shape in pages[1].shapes if shape.shape_type == 13 or shape.name == "Formula"]
    assert picture._element.nvPicPr.cNvPr.get("descr").startswith("Formula: \\delta^+")
    assert picture.width / picture.height == pytest.approx(
        picture.image.size[0] / picture.image.size[1], rel=0.02
    )  # not cut and not stretched; whole units
    assert not [shape for shape in pages[2].shapes if shape.name == "Formula"]  # mathtext has no \overbrace


def test_tables_of_pandas_are_read_too():
    frame = pd.DataFrame({"net": [1.5, 2.0], "plan": ["a", "b"]}, index=pd.Index(["x", "y"], name="row"))
    (block,) = blocks(frame.to_html())
    assert block.table.columns == ("net", "plan")
    assert block.table.numeric == (True, False)
    assert block.table.rows == ((("x",), ("1.5", "a")), (("y",), ("2.0", "b")))


def test_no_word_of_a_wide_table_is_broken_and_columns_without_room_are_said():
    many = tuple(f"column{number}" for number in range(14))
    table = Grid(("plan",), many, (True,) * 14, ((("a plan",), ("EUR 3.24 million",) * 14),))
    laid = deck_tables.lay_out(table, deck_tables.Place(0, 0, 852, 317))
    assert 0 < laid.columns_left_out < 14
    assert len(laid.widths) == 15 - laid.columns_left_out
    assert deck_tables.left_out(laid) == f"{laid.columns_left_out} more columns are in the report."
    font = ImageFont.truetype(font_file(True), 100)
    for wide, name in zip(laid.widths, ("plan", *many), strict=False):
        assert font.getlength(name) * laid.size / 100 <= wide


def test_long_tables_are_split_and_the_rest_is_said():
    rows = tuple(((f"row {number}",), ("1",)) for number in range(80))
    laid = deck_tables.lay_out(Grid(("a",), ("b",), (True,), rows), deck_tables.Place(0, 0, 800, 300))
    assert len(laid.slides) == deck_tables.MOST_SLIDES
    assert sum(map(len, laid.slides)) + laid.left_out == 80
    assert deck_tables.left_out(laid).endswith("more rows are in the report.")


# --- seen --------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(SOFFICE is None, reason="needs Debian's package libreoffice-impress")
@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="needs Debian's package poppler-utils")
def test_libreoffice_shows_every_slide_of_every_deck(tmp_path):
    """One page for a slide, with its title; none of them blank, and nothing but white along the edges."""
    for name in GIVEN:
        shutil.copy(report(name) / "deck.pptx", tmp_path / f"{name}.pptx")
    home = f"-env:UserInstallation={(tmp_path / 'office').as_uri()}"
    files = [str(tmp_path / f"{name}.pptx") for name in GIVEN]
    call = [SOFFICE, home, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), *files]
    subprocess.run(call, check=True, capture_output=True, timeout=200)
    for name in GIVEN:
        pdf = str(tmp_path / f"{name}.pdf")
        pages = list(pptx.Presentation(str(tmp_path / f"{name}.pptx")).slides)
        text = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True)
        texts = text.stdout.split("\f")[:-1]
        subprocess.run(["pdftoppm", "-r", "36", "-gray", pdf, str(tmp_path / name)], check=True)
        pictures = sorted(tmp_path.glob(f"{name}-*.pgm"))
        assert len(texts) == len(pictures) == len(pages)
        for number, (page, shown, picture) in enumerate(zip(pages, texts, pictures, strict=True)):
            first = page.shapes.title.text_frame.text.replace("\xa0", " ").split(" ")[:3]
            assert " ".join(first) in " ".join(shown.split()), (name, number)
            with Image.open(picture) as drawn_:
                grey = np.asarray(drawn_, dtype=int)
            inked = (grey < 200).mean()
            assert inked > 0.004, (name, number)  # a title alone inks more than half a percent
            if number:  # the cover is all colour
                high, wide = grey.shape
                edge = np.concatenate([grey[: high // 60].ravel(), grey[-high // 60 :].ravel(),
                                       grey[:, : wide // 40].ravel(), grey[:, -wide // 60 :].ravel()])  # fmt: skip
                assert edge.min() > 200, (name, number)
