"""What a run leaves besides its page: deck, slide show and PDFs, none of which may cost anybody the report."""

import time

import pytest

import reports
from reports import PUBLISH, as_if_run, names, notebook, told_of
from wom import report as reporting
from wom.cli import main
from wom.errors import InputError
from wom.report import deck, parts
from wom.report.parts import Wanted

pptx = pytest.importorskip("pptx", reason="needs the extra wom[deck]")

STORY = "#md # A plan\n\nIt pays.\n\n## Why\n\n- one\n- two"
WHOLE = {"notebook.ipynb", "report.html", "results.json", "manifest.json"}
DECK = Wanted(deck=True)


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A notebook with a story, and runs of it in this process, without a kernel of their own."""
    reports.at_once(monkeypatch)
    return notebook(tmp_path / "small.ipynb", STORY, PUBLISH)


def run(path, output, wanted=DECK, **options):
    """A run, and its manifest."""
    found = reporting.run_report(path, {}, output, wanted=wanted, **options)
    return found, told_of(found.path)


@pytest.mark.browser
@pytest.mark.skipif(parts.browser() is None, reason="needs Debian's package chromium")
def test_what_is_wanted_is_beside_the_page_and_in_the_manifest(small, tmp_path):
    found, record = run(small, tmp_path / "out", Wanted(deck=True, pdf=True))
    made = WHOLE | {"deck.pptx", "slides.html", "slides.pdf", "report.pdf"}
    assert names(found.path) == set(record["outputs"]) | {"manifest.json"} == made
    assert record["left_out"] == []
    assert record["wanted"] == {
        "deck": True, "template_sha256": None, "pdf": True, "brief": False, "live": True, "notebook": True,
    }  # fmt: skip


@pytest.mark.parametrize("fault", [RuntimeError("odd"), OSError("odd"), InputError("odd")], ids=repr)
def test_a_fault_of_the_deck_never_loses_the_report(fault, small, tmp_path, monkeypatch):
    def fail(*_):
        raise fault

    monkeypatch.setattr(deck, "deck", fail)
    found, record = run(small, tmp_path / "out")
    assert names(found.path) == WHOLE | {"slides.html"}
    (line,) = record["left_out"]
    assert line.startswith("Deck left out: ")
    assert line.endswith("odd")


def test_a_notebook_without_anything_for_a_slide_is_said_in_one_line(tmp_path):
    as_if_run(notebook(tmp_path / "bare.ipynb", PUBLISH), tmp_path / "notebook.ipynb")
    text = "notebook.ipynb: nothing in it makes a slide: no chart, table, headline figures or list"
    assert parts.extras(tmp_path, DECK) == ([], [f"Slides and deck left out: {text}"])


def test_what_is_not_installed_is_said_with_what_installs_it(small, tmp_path, monkeypatch):
    monkeypatch.setattr(deck, "installed", lambda: False)
    monkeypatch.setattr(parts, "browser", lambda: None)
    found, record = run(small, tmp_path / "out", Wanted(deck=True, pdf=True))
    assert names(found.path) == WHOLE | {"slides.html"}
    text = f"Deck left out: python-pptx is not installed; install it with: {deck.INSTALL}"
    assert record["left_out"] == [text, parts.LEFT_OUT]


def test_no_time_left_leaves_the_rest_out(small, tmp_path):
    found, _ = run(small, tmp_path / "out", Wanted())
    files, left_out = parts.extras(found.path, Wanted(deck=True, pdf=True), time.monotonic() - 1)
    assert files == []
    assert all(line.endswith("left out: there was no time left for it") or line == parts.LEFT_OUT
               for line in left_out)  # fmt: skip
    assert left_out


def test_a_run_that_comes_in_another_way_is_made_again(small, tmp_path):
    out = tmp_path / "out"
    first, record = run(small, out, Wanted())
    assert (names(first.path), record.get("left_out")) == (WHOLE, None)  # nothing that was not wanted
    second, _ = run(small, out, again=False)
    assert second.path != first.path
    third, _ = run(small, out, again=False)
    assert third.path == second.path  # all is there
    fourth, _ = run(small, out, Wanted(), again=False)
    assert fourth.path == second.path  # and more than was asked for
    (second.path / "deck.pptx").unlink()
    fifth, _ = run(small, out, again=False)
    assert fifth.path != second.path


def test_the_command_says_what_to_open(small, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["run", "retailer/today", "--notebook", str(small), "--output", str(out)]) == 0
    assert 'slides.html">Slides</a>' in (out / "index.html").read_text(encoding="utf-8")
    opened = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Open ")]
    assert opened == [f"Open {out / 'latest' / name}" for name in ("report.html", "slides.html", "deck.pptx")]
    assert main(["run", "retailer/today", "--notebook", str(small), "--output", str(out), "--no-deck"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"Open {out / 'latest' / 'report.html'}"


def test_a_firms_template_is_used_and_a_wrong_one_is_said_before_anything_runs(small, tmp_path, capsys):
    call = ["run", "retailer/today", "--notebook", str(small), "--output", str(tmp_path / "out")]
    firm = tmp_path / "firm.pptx"
    assert main([*call, "--template", str(firm)]) == 2
    assert capsys.readouterr().err.startswith(f"wom: {firm}: ")
    assert not (tmp_path / "out").exists()
    theirs = pptx.Presentation()
    theirs.save(str(firm))
    assert main([*call, "--template", str(firm)]) == 0
    latest = tmp_path / "out" / "latest"
    made = pptx.Presentation(str(latest / "deck.pptx"))
    assert made.slide_width == theirs.slide_width  # 4:3, as python-pptx's own template is
    assert told_of(latest)["wanted"]["template_sha256"]


def test_a_batch_makes_decks_only_when_asked(small, tmp_path, capsys):
    call = ["batch", "retailer/today", "--notebook", str(small), "--output", str(tmp_path / "out")]
    assert main(call) == 0
    (plain,) = (tmp_path / "out").glob("*/2*")
    assert "deck.pptx" not in names(plain)
    assert main([*call, "--deck"]) == 0
    assert "1 made" in capsys.readouterr().out  # again, because it comes in another way
    assert {"deck.pptx", "slides.html"} <= names(plain.parent / "latest")
