"""A notebook in, a report out: what is refused, what is kept, and what is in it."""

import base64
import csv
import datetime
import json
import math
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

from reports import notebook, told_of
from wom import exhibits
from wom import report as reports
from wom.errors import InputError
from wom.exhibits import tables
from wom.exhibits.exhibit import EXHIBIT, Exhibit
from wom.report import store
from wom.report.notebook import verify

PARAMETERS = """\
scenario: str = "retailer/today"  # which business
horizon_months: int = 36
rate: float = 0.1
draft: bool = False
tags: list[str] = []
options: dict = {}
limit: float | None = None
since: "date" = "2026-01-31"
"""
SHOWN = [
    "#md # What better service is worth\nThis page says how much reaches the till: between $5 and $6.",
    """from wom import exhibits
revenue = exhibits.Figure("More revenue", "+$1.24m", "over 36 months, 5% more than without the plan")
exhibits.Exhibit("", figures=(revenue,))""",
    "#md ## What happens\nThe growth rate is $g = \\frac{R_T}{R_0} - 1$.",
    """import matplotlib.pyplot as plt, numpy as np, pandas as pd
figure, ax = plt.subplots(figsize=(10, 4.8), layout="constrained")
ax.plot([1, 2, 3])
exhibits.show(figure, alt="A line rises.", data=pd.DataFrame({"a": [1, 2, 3]}), sentence="It doubles.")""",
    """frame = pd.DataFrame({"Net present value": [412000.4, 186500.0, -58200.2], "Share": [0.763, 0.345, -0.108],
                          "Payback": [11.0, 19.0, float("nan")]},
                         index=pd.Index(["Retention", "Good word of mouth", "Avoidance"], name="Mechanism"))
exhibits.Exhibit("Retention carries the plan", data=frame, formats={
    "Net present value": "${:,.0f}", "Share": "{:.0%}", "Payback": "{:.0f} months"})""",
    "frame.round(2)  # what a cell returns must not vanish",
    """exhibits.publish("headline", {"npv": np.float64(1240000.5), "payback": float("nan"), "worst": -np.inf})
exhibits.publish("mechanisms", frame)
exhibits.publish("kernel", __import__("sys").executable)""",
    """print("printed", horizon_months, type(rate).__name__, scenario)""",
    """import warnings; warnings.warn("noise on stderr")""",
]


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """A notebook that is only ever read."""
    return notebook(tmp_path_factory.mktemp("sample") / "sample.ipynb", "1 + 1", parameters=PARAMETERS)


# --- a run -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """One good run, in a place with a space, an accent and braces, past a false kernel."""
    base = tmp_path_factory.mktemp("good") / "Quartalsbericht é {x}"
    base.mkdir()
    path = notebook(base / "the report.ipynb", *SHOWN, parameters=PARAMETERS, kernel="r")
    false = base / "jupyter" / "kernels" / "python3"
    false.mkdir(parents=True)
    spec = {"argv": ["/bin/false", "{connection_file}"], "display_name": "false", "language": "python"}
    (false / "kernel.json").write_text(json.dumps(spec))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(base / "jupyter"))
        patch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
        chosen = {"horizon_months": 36, "rate": 1, "scenario": 'a "b" \\ $c'}
        return reports.run_report(path, chosen, base / "out put", inputs=[path])


@pytest.mark.notebook
class TestGoodRun:
    def test_files(self, report):
        names = {path.name for path in report.path.iterdir()}
        assert names == {"notebook.ipynb", "report.html", "results.json", "mechanisms.csv", "manifest.json"}
        assert re.fullmatch(r"\d{8}T\d{6}Z", report.run_id)
        assert {path.name for path in report.path.parent.iterdir()} == {report.run_id, "latest", ".lock"}
        assert (report.path.parent / "latest").readlink() == Path(report.run_id)
        assert set(told_of(report.path)["outputs"]) == names - {"manifest.json"}
        assert told_of(report.path)["parameters"]["rate"] == 1.0
        assert report.results["kernel"] == sys.executable  # this Python, whatever JUPYTER_PATH says

    def test_results_are_strict_json_in_the_order_given_and_tables_csv(self, report):
        text = (report.path / "results.json").read_text(encoding="utf-8")
        stored = json.loads(text, parse_constant=pytest.fail)
        assert stored == report.results
        assert list(stored["headline"].items()) == [("npv", 1240000.5), ("payback", None), ("worst", None)]
        assert stored["mechanisms"]["data"][2] == [-58200.2, -0.108, None]
        rows = list(csv.reader(report.tables["mechanisms"].read_text(encoding="utf-8").splitlines()))
        assert rows[0] == ["Mechanism", "Net present value", "Share", "Payback"]
        assert rows[3] == ["Avoidance", "-58200.2", "-0.108", ""]

    def test_what_is_shown_is_in_notebook_and_page_but_for_code_and_raw_results(self, report):
        assert ".partial" not in report.notebook.read_text(encoding="utf-8")  # nor any path of ours
        executed = nbformat.read(report.notebook, as_version=4)
        nbformat.validate(executed)
        outputs = [out for cell in executed.cells for out in cell.get("outputs", [])]
        (bundle,) = [out for out in outputs if "image/png" in out.get("data", {})]
        assert Exhibit.of(bundle.data[EXHIBIT]).sentence == "It doubles."
        assert bundle.metadata["image/png"]["width"] == 960
        png = base64.b64decode(bundle.data["image/png"])
        assert int.from_bytes(png[16:20]) == 1920  # twice the shown width

        page = report.html.read_text(encoding="utf-8")
        for shown in (
            "<title>What better service is worth</title>", "<caption>Retention carries the plan</caption>",
            "<math", "−<span>$</span>58,200", "11 months", "printed 36 float", "horizon months: 36", "+$1.24m",
            "scenario: a &#34;b&#34; \\ $c", f'<span class="run">{report.run_id}</span>',
        ):  # fmt: skip
            assert shown in page
        for hidden in ("publish(", "import ", "vnd.wom", "noise on stderr", "1240000.5"):
            assert hidden not in page


@pytest.mark.notebook
@pytest.mark.parametrize(("source", "cell", "reason"), [
    ("raise ValueError('no such\\n plan')", 4, "ValueError: no such plan"),
    ("raise SystemExit(0)", 4, "SystemExit: 0 (a notebook must run to its end)"),
    ("import os; os.kill(os.getpid(), 9)", 4, "the Python process of the notebook died"),
    ("from wom.exhibits import publish; publish('a', 1); publish('a', 2)", None, "publishes a twice"),
], ids=["raises", "exits", "dies", "twice"])  # fmt: skip
def test_failed_run_is_kept_apart(source, cell, reason, tmp_path):
    path = notebook(tmp_path / "n.ipynb", "1", source, "2")
    out = tmp_path / "out"
    out.mkdir()
    (out / "latest").symlink_to("before")
    with pytest.raises(reports.ReportError) as caught:
        reports.run_report(path, {"horizon_months": 3}, out)
    (kept,) = store.runs(out, failed=True)
    assert kept.name.startswith("failed-")
    assert (caught.value.exit_code, caught.value.cell) == (1, cell)
    assert reason in str(caught.value)
    assert str(kept / "notebook.ipynb") in str(caught.value)
    assert {path.name for path in out.iterdir()} == {kept.name, "latest", ".lock"}
    assert (out / "latest").readlink() == Path("before")
    told = told_of(kept)
    assert told["status"] == "failed"
    assert reason in told["error"]
    assert {path.name for path in kept.iterdir()} == {*told["outputs"], "manifest.json"}
    assert "notebook.ipynb" in told["outputs"]


@pytest.mark.parametrize(("cell", "problem"), [
    ({"execution_count": None, "outputs": []}, "did not run"),
    ({"execution_count": 1, "outputs": [], "metadata": {"papermill": {"status": "pending"}}}, "did not run"),
    ({"execution_count": 1, "outputs": [{"output_type": "error", "ename": "E", "evalue": "x"}]}, "E: x"),
])  # fmt: skip
def test_unfinished_notebook_is_refused_whatever_its_metadata_say(cell, problem, tmp_path):
    cells = [{"cell_type": "code", "source": ["1"], "metadata": {}} | cell]
    content = {"cells": cells, "metadata": {"papermill": {"exception": None}}}
    (tmp_path / "n.ipynb").write_text(json.dumps(content))
    with pytest.raises(reports.ReportError, match=problem):
        verify(tmp_path / "n.ipynb")


def test_no_run_without_its_inputs(sample, tmp_path):
    with pytest.raises(InputError, match=r"gone\.yaml: cannot be read"):
        reports.run_report(sample, {}, tmp_path / "out", inputs=[Path("gone.yaml")])
    assert not (tmp_path / "out").exists()


def test_git_is_not_needed(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert store.checkout() is None


# --- parameters --------------------------------------------------------------------------------------------------


def test_an_unknown_parameter_is_refused_before_anything_runs(sample):
    with pytest.raises(InputError, match=r"horizon_month: .*did you mean horizon_months") as caught:
        reports.execute(sample, {"horizon_month": 3}, sample.parent)
    assert caught.value.exit_code == 2
    assert not (sample.parent / "notebook.ipynb").exists()


@pytest.mark.parametrize(("content", "problem"), [
    *((content, "is no notebook") for content in ("", "{}", "[1]", '{"nbformat": 3, "worksheets": []}')),
    *((count, f"exactly one code cell tagged `parameters`, has {count}") for count in (0, 2)),
])  # fmt: skip
def test_what_is_no_notebook_for_a_report(content, problem, tmp_path):
    path = tmp_path / "n.ipynb"
    if isinstance(content, str):
        path.write_text(content)
    else:
        notebook(path, "1", tagged=content)
    with pytest.raises(InputError, match=rf"n\.ipynb: .*{problem}"):
        reports.declared(path)


@pytest.mark.parametrize(("read", "name", "value", "becomes"), [
    (reports.check, "horizon_months", np.int64(12), 12), (reports.check, "rate", 1, 1.0),
    (reports.check, "rate", np.float64(0.5), 0.5), (reports.check, "draft", np.True_, True),
    (reports.check, "scenario", Path("a") / "b.yaml", str(Path("a") / "b.yaml")),
    (reports.check, "scenario", datetime.date(2026, 1, 31), "2026-01-31"),
    (reports.check, "tags", ("a", "b"), ["a", "b"]), (reports.check, "limit", None, None),
    (reports.check, "options", {"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}),
    (reports.parse, "scenario", "007", "007"), (reports.parse, "scenario", "null", "null"),
    (reports.parse, "horizon_months", "12", 12), (reports.parse, "limit", "2.5", 2.5),
    (reports.parse, "rate", "1e-3", 0.001), (reports.parse, "rate", "2", 2.0),
    (reports.parse, "draft", "true", True), (reports.parse, "limit", "none", None),
    (reports.parse, "tags", '["a"]', ["a"]), (reports.parse, "since", "2026-01-31", "2026-01-31"),
])  # fmt: skip
def test_values_and_text_are_read_by_the_annotation(read, name, value, becomes, sample):
    found = read(sample, {name: value})[name]
    assert (found, type(found)) == (becomes, type(becomes))


@pytest.mark.parametrize(("read", "name", "values"), [
    (reports.check, "horizon_months", ["36", True, 36.0, None]),
    (reports.check, "rate", [math.nan, math.inf, 10**400, True]), (reports.check, "limit", [math.nan]),
    (reports.check, "scenario", [7]), (reports.check, "draft", [1]), (reports.check, "tags", ["a", [1]]),
    (reports.check, "options", [{"a": [math.nan]}, {1: 2}, {"a": object()}]),
    (reports.parse, "horizon_months", ["abc", "1_000", "1e3"]), (reports.parse, "rate", ["nan", "1e999"]),
    (reports.parse, "draft", ["yes"]), (reports.parse, "tags", ["a,b", "[.nan]"]),
    (reports.parse, "options", ["[1]"]), (reports.parse, "since", ["31.1.2026", "2026-02-30"]),
])  # fmt: skip
def test_values_and_text_that_do_not_fit_are_refused_by_name(read, name, values, sample):
    for value in values:
        with pytest.raises(InputError, match=rf"sample\.ipynb: {name}: must be"):
            read(sample, {name: value})


@pytest.mark.parametrize(("kind", "value", "problem"), [
    ("Optional[int]", None, None), ("dict[str, int]", {"a": 1}, None), ("list[list[float]]", [[1.0]], None),
    ("dict[str, int]", {"a": "x"}, "must be"), ("set", [1], "annotated"), ("__import__('os')", 1, "annotated"),
])  # fmt: skip
def test_annotations(kind, value, problem, tmp_path):
    path = notebook(tmp_path / "n.ipynb", parameters=f"a: {kind} = 1")
    if problem is None:
        assert reports.check(path, {"a": value}) == {"a": value}
    else:
        with pytest.raises(InputError, match=problem):
            reports.check(path, {"a": value})


def test_a_notebook_is_found_by_its_path_or_its_name(sample, monkeypatch):
    assert reports.find(sample) == sample
    monkeypatch.setattr("wom.report.notebook.shipped", lambda: {"scenario_report": sample})
    assert reports.find("scenario_report") == sample
    with pytest.raises(InputError, match=r"scenario_reprot: .*did you mean scenario_report"):
        reports.find("scenario_reprot")
    with pytest.raises(InputError, match="no such notebook"):
        reports.find(sample.with_name("other.ipynb"))


# --- what notebooks show and publish -----------------------------------------------------------------------------


def test_in_a_notebook_nothing_heavy_is_imported():
    code = "import sys; from wom import exhibits; exhibits.show; exhibits.publish\n"
    code += "print(sorted({'papermill', 'nbconvert', 'nbformat', 'matplotlib', 'jsonschema'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(("wrong", "said"), [
    *((lambda name=name: exhibits.publish(name, 1), "result")
      for name in ("a/b", "A", "..", "results", "manifest", "1a", "a" * 101)),
    (lambda: exhibits.publish("a", {"x": object()}), "object cannot be stored"),
    (lambda: Exhibit("", data=pd.DataFrame({"npv": [1]}), formats={"npw": "{}"}), r"npw: .*did you mean npv"),
    (lambda: Exhibit("", data=pd.DataFrame({"npv": [1.5]}), formats={"npv": "{:d}"}), r"npv: does not fit"),
])  # fmt: skip
def test_what_cannot_be_stored_or_shown(wrong, said):
    with pytest.raises(InputError, match=said):
        wrong()


def test_a_small_number_is_not_nought_a_sign_stands_once_and_a_moment_is_no_count_of_nanoseconds():
    assert [cells for _, cells in tables.grid(pd.DataFrame({"x": [0.0004]})).rows] == [("0.000400",)]
    assert [tables.number(value, "{:+,.1f}") for value in (5.0, -5.0)] == ["+5.0", "−5.0"]
    day = np.array(["2026-01-31", "NaT"], dtype="datetime64[ns]")
    assert tables.plain([day, day[0]]) == [["2026-01-31T00:00:00", None], "2026-01-31T00:00:00"]


def test_axes_do_as_well(capsys):
    from matplotlib.figure import Figure

    exhibits.show(Figure().subfigures(1, 2)[0].add_subplot(), alt="Nothing")
    assert capsys.readouterr().out == "Nothing\n"


def test_table_with_levels():
    index = pd.MultiIndex.from_tuples([("a", 1), ("<b>", 2)], names=["segment", None])
    columns = pd.MultiIndex.from_tuples([("plan", "npv"), ("plan", "when")])
    dates = pd.to_datetime(["2026-01-01", None])
    frame = pd.DataFrame(list(zip([1.25, np.inf], dates, strict=True)), index=index, columns=columns)
    text = tables.as_html(tables.grid(frame), 'a "<i>"')
    assert text.count('scope="row"') == 4
    assert "2026-01-01" in text
    for wrong in ("nan", "<b>", "<i>"):
        assert wrong not in text.lower()
    stored = json.loads(tables.json_text(tables.plain(frame)))
    assert tables.csv_text(stored).splitlines()[1:] == ["a,1,1.25,2026-01-01T00:00:00", "<b>,2,,"]
    numbers = {-0.4: "0", -1234.6: "−1,235", math.nan: "–", None: "–", pd.NA: "–", np.int64(5): "5"}
    assert [tables.number(value, "{:,.0f}") for value in numbers] == list(numbers.values())
