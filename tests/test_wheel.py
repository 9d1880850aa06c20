"""From the wheel alone, in an empty folder: what `pip install wom` gives, and with all extras a report."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import wom
from benchmarks.wheel import LINES, NEW, PYTHONS, built, found
from reports import told_of

SECTIONS = ["What happens to revenue", "Where it comes from", "How sure", "Who comes, and why", "What people hear"]

WITHOUT_EXTRAS = """\
import sys, importlib.util as util
heavy = {"papermill", "nbconvert", "nbformat", "nbclient", "jupyter_client", "jupyterlab", "ipykernel", "IPython",
         "latex2mathml", "duckdb", "ibis", "pptx", "distributed", "openpyxl", "ipywidgets", "jsonschema"}
class Missing:
    def find_spec(self, name, *_):
        if name.split(".")[0] in heavy:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
there = util.find_spec
util.find_spec = lambda name, *more: None if name in heavy else there(name, *more)
"""
END = """
from wom import cli
codes = [cli.main(sys.argv[1:]), cli.main(["check", "shop/today.yaml"]), cli.main(["run", "shop/today.yaml"])]
print(wom.__file__, *codes)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The wheel as it lies in site-packages, and an environment in which Python finds it before any checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    zipfile.ZipFile(built(folder / "built")).extractall(folder / "site")
    return folder / "site", {**os.environ, "PYTHONPATH": str(folder / "site")}


def python(version: str) -> str:
    """A Python of that version in which the packages of the light core are installed."""
    code = "import matplotlib, numpy, pandas, pydantic, scipy, yaml"
    place = found(version)
    if not place or subprocess.run([place, "-c", code], capture_output=True, check=False).returncode:
        pytest.skip(f"no Python {version} with NumPy and the others of the light core; make bench installs them")
    return place


@pytest.mark.parametrize("version", PYTHONS)
def test_the_light_core_needs_no_package_of_the_extras(version, installed, tmp_path):
    """`pip install wom` is enough for ten lines, `wom new` and `wom check`; a report says what it lacks."""
    site, env = installed
    command = [python(version), "-c", WITHOUT_EXTRAS + LINES + END, *NEW]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=env)
    assert done.stdout.splitlines()[-1:] == [f"{site / 'wom' / '__init__.py'} 0 0 1"], done.stderr
    assert "not installed here: pip install 'wom[notebooks]'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.notebook
def test_a_report_of_a_sample_from_a_folder_of_ones_own(installed, tmp_path):
    """As a person would: in a folder with spaces and accents in its name. It answers in order, and its files hold
    the numbers of Python."""
    place = tmp_path / "Müller & Söhne"
    place.mkdir()
    command = [sys.executable, "-m", "wom", "run", "supplier/call-back", "--set", "horizon_months=12"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False, env=installed[1])
    assert (done.returncode, done.stderr) == (0, "")
    case = wom.load("supplier/call-back").replace({"horizon_months": 12})
    lines = done.stdout.splitlines()
    assert lines[0] == case.title
    assert len([line for line in lines if line.startswith("  ")]) == 3
    opened = [place / line.removeprefix("Open ") for line in lines if line.startswith("Open ")]
    assert [path.name for path in opened] == ["report.html", "brief.html", "slides.html", "deck.pptx"]
    run, effect = opened[0].parent, wom.effect(case)
    results, told = told_of(run, "results.json"), told_of(run)
    for name in ("net", "npv"):  # the same computation, through JSON
        assert results["numbers"][name] == pytest.approx(effect.headlines[name], rel=1e-12)
    assert results["scenario"] == case.data
    assert told["status"] == "done"
    assert {Path(name).name for name in told["inputs"]} >= {"call-back.yaml", "today.yaml"}
    monthly = (run / "monthly.csv").read_text().splitlines()
    assert len(monthly) == case.horizon_months + 1
    assert float(monthly[1].split(",")[1]) == pytest.approx(effect.run.monthly["revenue"].iloc[0], rel=1e-12)
    tables = {"monthly", "monthly_without_plan", "difference", "by_segment", "assumptions"}
    assert {path.stem for path in run.glob("*.csv")} >= tables
    page = opened[0].read_text(encoding="utf-8")
    headings = [re.sub("<.*?>", "", heading) for heading in re.findall(r"<h2[^>]*>(.*?)</h2>", page, re.DOTALL)]
    assert headings[0].startswith("Try it")
    assert headings[1:-1] == SECTIONS
    assert headings[-1].startswith("Appendix")
    assert results["order"] in re.sub("<[^>]*>", "", page)
    for text in (*wom.assumptions.readable(case, "assumed").index, *wom.assumptions.limits(case)):
        assert any(text.replace("'", quote) in page for quote in ("'", "&#x27;", "&#39;")), text
