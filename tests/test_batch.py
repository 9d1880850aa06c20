"""Many reports: none lost, none twice, none that knows of another, wherever they are made."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

import wom
from reports import PUBLISH, alive, gone, names, notebook, pids, server_pid, start, tells_pids, told_of, wait_for
from wom import cli
from wom.errors import WomError
from wom.exhibits.exhibit import RESULT
from wom.report import batch, lists, processes, store
from wom.report import notebook as notebooks
from wom.report.batch import run_batch
from wom.report.run import Outcome, Task, perform

pytestmark = [
    pytest.mark.notebook,
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes as Linux shows them"),
]

CHROMIUM = shutil.which("chromium")
REFUSED = Outcome("broken", "refused", 2, "bad <input>")
BRANCHES = """\
name,experience.bad_share,market.customers
Köln / Süd,0.04,4000
Bonn,0.07,
Trier,0.90,4500
Aachen,0.05,5200
"""


@contextmanager
def two():
    with batch.executor(2) as pool:
        yield pool


def tasks(path: Path, output: Path, count: int, **options) -> list[Task]:
    """So many reports of one small notebook, each worth its number."""
    return [
        Task(f"r{number}", path, {"changes": {"worth": number, "title": f"Report {number}"}},
             output / f"r{number}", tries=2, **options)
        for number in range(count)
    ]  # fmt: skip


@pytest.fixture
def small(tmp_path):
    return notebook(tmp_path / "small.ipynb", PUBLISH)


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """A batch of three reports and one that could not begin: the notebook, the directory, what came of it."""
    folder = tmp_path_factory.mktemp("three")
    path = notebook(folder / "small.ipynb", PUBLISH)
    return path, folder / "out", run_batch([*tasks(path, folder / "out", 3), REFUSED], folder / "out", two)


@pytest.fixture
def at_once(monkeypatch):
    """Reports in this process whose notebook gives its changes without a kernel."""

    def execute(path: Path, parameters: dict, work: Path, *_: object, **__: object) -> Path:
        told = {"name": "numbers", "kind": "value", "value": {"npv": 1.0} | parameters.get("changes", {})}
        output = nbformat.v4.new_output("display_data", {RESULT: told})
        cell = nbformat.v4.new_code_cell("1", execution_count=1, outputs=[output])
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), work / "notebook.ipynb")
        return work / "notebook.ipynb"

    monkeypatch.setattr("wom.report.run.execute", execute)
    monkeypatch.setattr(batch, "attempt", perform)


def whole(output: Path) -> dict[str, int]:
    """How many whole runs there are of each report."""
    return {path.name: len(store.runs(path)) for path in sorted(output.iterdir()) if path.is_dir()}


class TestBatch:
    def test_ranks_and_names(self, three):
        _, output, done = three
        assert [outcome.status for outcome in done.outcomes] == ["done"] * 3 + ["refused"]
        assert whole(output) == {"r0": 1, "r1": 1, "r2": 1}
        text = done.page.read_text(encoding="utf-8")
        assert re.findall(r'href="(r\d)/', text)[:3] == ["r2", "r1", "r0"]
        for place in re.findall(r'href="(r[^"]+)"', text):
            assert (output / place).is_file()
        assert "bad &lt;input&gt;" in text
        told = told_of(output, "batch.json")
        assert (told["status"], told["error"]) == ("failed", "without a report: broken")
        assert told["ranked_by"] == "npv"
        assert [item["run"].split("/")[0] for item in told["items"][:3]] == ["r0", "r1", "r2"]
        lines = (output / "ranking.csv").read_text().splitlines()
        assert lines[1].startswith("1,r2,2.0,")

    def test_what_is_there_is_not_made_again(self, three, tmp_path, capsys):
        path, made, _ = three
        output = Path(shutil.copytree(made, tmp_path / "out", symlinks=True))
        again = run_batch(tasks(path, output, 3), output, _Refusing)
        assert [outcome.status for outcome in again.outcomes] == ["same"] * 3
        capsys.readouterr()
        (store.latest(output / "r0") / "report.html").unlink()  # what has lost a file is made again
        third = run_batch(tasks(path, output, 3), output, two)
        assert [outcome.status for outcome in third.outcomes] == ["done", "same", "same"]
        said = capsys.readouterr().err.splitlines()
        assert said[:2] == ["1 of 3  r1: there already", "2 of 3  r2: there already"]
        assert re.fullmatch(r"3 of 3  r0: done in [0-9.]+ s", said[2])
        other = notebook(tmp_path / "other.ipynb", PUBLISH + "# new")
        assert store.key(other, {}) != store.key(path, {})  # and so is all, with another notebook

    def test_a_bad_one_does_not_stop_the_rest(self, tmp_path):
        failing = PUBLISH + "if changes['worth'] == 1: raise ValueError('no such branch')\n"
        failing += "import os\nif changes['worth'] == 2: os.kill(int(os.environ['JPY_PARENT_PID']), 9)"
        path = notebook(tmp_path / "n.ipynb", failing)
        output = tmp_path / "out"
        done = run_batch(tasks(path, output, 4), output, two)
        assert [outcome.status for outcome in done.outcomes] == ["done", "failed", "failed", "done"]
        assert whole(output) == {"r0": 1, "r1": 0, "r2": 0, "r3": 1}
        assert "no such branch" in done.bad[0].message
        assert len(store.runs(output / "r2", failed=True)) == 2  # killed, tried once more, killed
        assert "2 without a report" in done.page.read_text(encoding="utf-8")

    def test_a_batch_that_is_killed_goes_on_where_it_was(self, tmp_path):
        output, shop = tmp_path / "out", tmp_path / "branches.csv"
        shop.write_text("name,experience.bad_share\nb0,0.02\nb1,0.03\nb2,0.04\nb3,0.05\n")
        source = f"import pathlib, time\ngo = pathlib.Path({str(tmp_path / 'go')!r})\n"
        source += "while changes['experience.bad_share'] > 0.035 and not go.exists(): time.sleep(0.05)"
        path = notebook(tmp_path / "n.ipynb", source, PUBLISH)
        command = ["batch", "retailer/today", "--csv", str(shop), "--notebook", str(path), "--output", str(output)]
        process = start(*command)
        wait_for(lambda: (output / "b1" / "latest").is_symlink() and (output / "b0" / "latest").is_symlink())
        process.kill()
        process.communicate()
        wait_for(lambda: not any(store.held(output / name) for name in ("b2", "b3")))
        before = {name: store.latest(output / name) for name in ("b0", "b1")}
        assert told_of(output, "batch.json")["status"] == "running"
        (tmp_path / "go").touch()
        process = start(*command)
        out, said = process.communicate(timeout=60)
        assert process.returncode == 0, said
        assert out.startswith("2 made, 2 there already")
        assert whole(output) == {"b0": 1, "b1": 1, "b2": 1, "b3": 1}
        assert before == {name: store.latest(output / name) for name in before}
        assert not list(output.glob("*/.partial-*"))

    def test_stopped(self, tmp_path):
        """Ctrl-C: no process is left, and no half of a report."""
        path = notebook(tmp_path / "n.ipynb", tells_pids(tmp_path / "pids"))
        output = tmp_path / "out"
        (tmp_path / "b.csv").write_text("name\na\nb\nc\n")
        command = ["batch", "retailer/today", "--csv", str(tmp_path / "b.csv"), "--notebook", str(path)]
        process = start(*command, "--output", str(output))
        processes = pids(tmp_path / "pids")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
        assert process.returncode == 130
        assert said.strip().endswith("wom: stopped")
        for pid in processes:
            gone(pid)
        assert not list(output.glob("*/.partial-*"))
        assert told_of(output, "batch.json")["status"] == "stopped"


class _Refusing(Executor):
    """An executor that is not to be asked."""

    def submit(self, *_: object, **__: object) -> Future:
        raise AssertionError("nothing was to be made")


class TestIsolation:
    def test_whatever_the_main_module_is(self):
        """As in a program that embeds Python: it need not be a module that was imported."""
        text = (
            "import sys, types; main = sys.modules['__main__'] = types.SimpleNamespace()\n"
            "from wom.report import processes\n"
            "processes.start()\n"
            "assert processes.call(abs, -3) == 3\n"
            "assert sys.modules['__main__'] is main\n"
        )
        subprocess.run([sys.executable, "-c", text], check=True)

    def test_no_report_sees_another(self, tmp_path):
        """What a notebook does to its process is gone with it; each begins as if it were the first, and neither
        the server nor this process grows. A batch of 200 is in benchmarks/batch.py."""
        spoil = """\
import builtins, locale, os, random, sys, warnings
import matplotlib, numpy as np, pandas as pd
seen = {"size": matplotlib.rcParams["font.size"], "backend": matplotlib.rcParams["backend"],
        "environment": os.environ.get("LEAK"), "module": "leak" in sys.modules, "folder": os.getcwd(),
        "builtin": hasattr(builtins, "leak"), "rows": pd.get_option("display.max_rows"),
        "name": "leak" in globals(), "numpy": hasattr(np, "leak"), "path": "leak" in sys.path,
        "warnings": len(warnings.filters), "precision": np.get_printoptions()["precision"],
        "wom": hasattr(__import__("wom"), "leak")}
draws = [random.random(), float(np.random.random())]
matplotlib.rcParams["font.size"] = 99; os.environ["LEAK"] = "1"; sys.modules["leak"] = sys
builtins.leak = leak = 1
pd.set_option("display.max_rows", 7); np.leak = 1; sys.path.append("leak"); os.chdir("/"); np.random.seed(1)
random.seed(1); warnings.simplefilter("always"); np.set_printoptions(precision=1); __import__("wom").leak = 1
matplotlib.use("svg")
"""
        show = "from wom.exhibits import publish\npublish('seen', seen)\npublish('draws', {'values': draws})"
        path = notebook(tmp_path / "n.ipynb", spoil, show)
        output = tmp_path / "out"
        run_batch(tasks(path, output / "first", 1), output / "first", two)
        before = [_held(pid) for pid in (server_pid(), os.getpid())]
        done = run_batch(tasks(path, output, 5), output, two)
        assert not done.bad, done.bad
        for pid, (memory, opened) in zip((server_pid(), os.getpid()), before, strict=True):
            now, open_now = _held(pid)
            assert open_now == opened
            assert now - memory < 2_000  # kB, for five reports; one that kept anything would keep its 90 MB
        found = [json.loads((outcome.run / "results.json").read_text()) for outcome in done.outcomes]
        assert all(each["seen"] == found[0]["seen"] for each in found)
        first = found[0]["seen"]
        assert (first["size"], first["environment"]) == (10.0, None)
        assert not any(first[name] for name in ("name", "numpy", "path", "wom", "module", "builtin"))
        assert first["folder"] == str(Path.cwd())
        assert "inline" in first["backend"]
        draws = {tuple(each["draws"]["values"]) for each in found}
        assert len(draws) == 5  # unseeded numbers are not those of the server, again and again

    def test_a_notebook_finds_the_same_as_in_a_new_python(self, tmp_path, monkeypatch):
        """Charts drawn with pyplot show, and what a fork could change is as in a kernel of its own."""
        source = """\
import matplotlib.pyplot as plt, os, signal, subprocess, sys, threading
child = subprocess.run([sys.executable, "-c", "raise SystemExit(3)"])
plt.plot([1, 2]); plt.show()
from wom.exhibits import publish
import wom
publish("state", {"argv": sys.argv[0][-20:], "main": __name__, "threads": threading.active_count(),
                  "term": str(signal.getsignal(signal.SIGTERM)), "child": str(signal.getsignal(signal.SIGCHLD)),
                  "interrupt": str(signal.getsignal(signal.SIGINT)), "leader": os.getpid() == os.getpgid(0),
                  "code": child.returncode, "npv": wom.simulate(wom.load(scenario)).npv,
                  "input": sys.stdin is None, "file": len(os.listdir("/proc/self/fd")) < 100})
"""
        path = notebook(tmp_path / "n.ipynb", source)
        forked = processes.call(_executed, path, tmp_path / "a", kernel=True)
        monkeypatch.setenv("WOM_FORK", "no")
        fresh = processes.call(_executed, path, tmp_path / "b")
        assert forked["pictures"] == fresh["pictures"] == 1
        forked["state"].pop("argv"), fresh["state"].pop("argv")
        assert forked == fresh


def _executed(path: Path, folder: Path) -> dict:
    folder.mkdir()
    executed = notebooks.execute(path, {}, folder)
    cells = json.loads(executed.read_text())["cells"]
    pictures = sum("image/png" in out.get("data", {}) for cell in cells for out in cell.get("outputs", []))
    return {"pictures": pictures, "state": notebooks.published(executed)[0]["state"]}


def _held(pid: int) -> tuple[int, int]:
    """Resident memory of a process in kB, and how many files it has open."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text)[1]), len(list(Path(f"/proc/{pid}/fd").iterdir()))


def test_progress_says_how_long_the_others_will_take(capsys):
    batch.told(4, time.monotonic() - 30.0)(Outcome("Bonn", "done", 0, seconds=30.0))
    assert capsys.readouterr().err == "1 of 4  Bonn: done in 30.0 s, 2 min left\n"  # 3 times 30 s


class TestCommand:
    def test_csv(self, tmp_path, capsys, monkeypatch):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "our branches.csv").write_text(BRANCHES, encoding="utf-8-sig")
        path = notebook(tmp_path / "n.ipynb", PUBLISH.replace("1)", "1)) + (changes.get('market.customers', 0)"))
        arguments = ["batch", "retailer/make-it-right", "--csv", "our branches.csv", "--notebook", str(path)]
        assert cli.main([*arguments, "--on-failure", f"cp -t {tmp_path}"]) == 1
        said = capsys.readouterr()
        assert "1 of 4 went wrong" in said.err
        assert re.search("Trier: .*good_share 0.25 and bad_share 0.9 are over 1 together", said.err)
        output = tmp_path / "reports" / "our-branches"
        assert names(output) == {"Köln-Süd", "Bonn", "Aachen", "batch.json", "index.html", "ranking.csv"}
        assert "Open reports/our-branches/index.html" in said.out
        assert json.loads((tmp_path / "batch.json").read_text())["status"] == "failed"
        report = store.read(store.latest(output / "Köln-Süd"))
        assert report["summary"]["title"] == "Köln / Süd"
        assert report["parameters"]["changes"] == {
            "experience.bad_share": 0.04, "market.customers": 4000, "title": "Köln / Süd",
        }  # fmt: skip
        index = (tmp_path / "reports" / "index.html").read_text(encoding="utf-8")
        assert 'href="our-branches/index.html"' in index
        assert cli.main(["status", "--max-age", "1h"]) == 1  # one is missing
        fixed = BRANCHES.replace("0.90", "0.06")
        (tmp_path / "our branches.csv").write_text(fixed, encoding="utf-8-sig")
        capsys.readouterr()
        assert cli.main([*arguments, "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert [item["status"] for item in told["items"]] == ["same", "same", "done", "same"]
        assert Path(told["files"]["index.html"]).is_file()
        assert cli.main(["status", "--reports", "reports", "--max-age", "1h"]) == 0
        assert cli.main(["status", "x", "--reports", "reports"]) == 2

    def test_files_and_a_grid_with_a_report_each(self, tmp_path, small, at_once):
        common_part = ["--notebook", str(small), "--output", str(tmp_path / "out")]
        files = ["retailer/today", "supplier/today"]
        assert cli.main(["batch", *files, str(tmp_path / "gone.yaml"), *common_part]) == 2  # a slip, said at once
        assert not (tmp_path / "out").exists()
        assert cli.main(["batch", *files, *common_part, "--set", "horizon_months=12"]) == 0
        assert whole(tmp_path / "out") == {"retailer-today": 1, "supplier-today": 1}
        arguments = ["batch", "retailer/today", "--grid", "experience.bad_share=2%,4%", "--each"]
        assert cli.main([*arguments, *common_part[:2], "--output", str(tmp_path / "grid")]) == 0
        assert whole(tmp_path / "grid") == {"bad-share-2": 1, "bad-share-4": 1}

    def test_grid_is_one_report(self, tmp_path, capsys):
        """A sweep is arrays in the engine: each number is what a run by itself would give."""
        arguments = ["batch", "retailer/make-it-right", "--grid", "experience.bad_share=0.02:0.10:5",
                     "--grid", "market.referral_share=0.1,0.9", "--output", str(tmp_path / "out")]  # fmt: skip
        assert cli.main(arguments) == 1
        said = capsys.readouterr()
        assert "5 of 10 went wrong" in said.err
        assert said.err.count("cannot be reached") == 1  # one reason, said once for all that have it
        run = store.latest(tmp_path / "out")
        found = json.loads((run / "results.json").read_text())
        assert len(found["points"]["index"]) == 5
        case = wom.load("retailer/make-it-right")
        for name, row in zip(found["points"]["index"], found["points"]["data"], strict=True):
            point = dict(zip(found["points"]["columns"], row, strict=True))
            business = case.replace({"market.referral_share": point["market.referral_share"]})
            alone = wom.effect(business.what_if({"experience.bad_share": point["experience.bad_share"]})).headlines
            assert point["net"] == pytest.approx(alone["net"], rel=1e-9), name
        assert f"Open {run / 'ranking.html'}" in said.out
        assert cli.main([*arguments, "--json"]) == 1  # there already: what went wrong is said again
        told = json.loads(capsys.readouterr().out)
        assert (len(told["points"]), len(told["refused"]), told["ranked_by"]) == (5, 5, "against_today")
        assert len(store.runs(tmp_path / "out")) == 1

    @pytest.mark.parametrize(
        ("arguments", "part"),
        [
            (["--grid", "experience.bad_shar=0.1"], "did you mean experience.bad_share?"),
            (["--grid", "experience.bad_share"], "KEY=a,b,c"),
            (["--grid", "experience.bad_share=1,,2"], "empty value"),
            (["--grid", "experience.bad_share=0:1:1"], "count of 2 or more"),
            (
                ["--grid", "horizon_months=1:999:999", "--grid", "experience.bad_share=0:1:101"],
                "at most 100,000",
            ),
            (["--grid", "horizon_months=1,2", "--grid", "horizon_months=3"], "a key twice"),
            (["--grid", "horizon_months=1,2", "--csv", "x.csv"], "not both"),
            (["--grid", "horizon_months=1,2", "--notebook", "explore"], "add --each"),
            (["--csv", "gone.csv"], "gone.csv: cannot be read"),
        ],
    )
    def test_slips(self, arguments, part, tmp_path, monkeypatch, capsys):
        monkeypatch.chdir(tmp_path)
        assert cli.main(["batch", "retailer/today", *arguments]) == 2
        assert part in capsys.readouterr().err
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("text", "part"),
        [
            ("", "needs a column `name`"),
            ("experience.bad_share\n0.1\n", "needs a column `name`"),
            ("name,experience.bad_shar\na,0.1\n", "did you mean experience.bad_share?"),
            ("name,region\na,x\n", "the column 'region' is unknown. Columns are `name`, `scenario`"),
            ("name,horizon_months\na,1\na,2\n", "'a' stands twice"),
            ("name,horizon_months\na,1,5\n", "line 2 has 3 cells"),
            ("name,horizon_months\n,1\n", "line 2 has no name"),
            ("name\n", "has no rows"),
            ("name,today.horizon_months,horizon_months\na,1,2\n", "stands twice"),
        ],
    )
    def test_csv_files_that_are_none(self, text, part, tmp_path, capsys):
        (tmp_path / "b.csv").write_text(text)
        assert cli.main(["batch", "retailer/today", "--csv", str(tmp_path / "b.csv")]) == 2
        assert part in capsys.readouterr().err

    def test_names_of_directories(self, tmp_path):
        given = ["Bonn", "bonn", "../etc", "latest", "failed-1", "a/b", "a-b", "", "x" * 300, "x" * 299 + "y",
                 "Ålesund", "<b>", "=1+1", "\u202eright to left", "名" * 200]  # fmt: skip
        taken: dict[str, str] = {}
        for name in given:
            place = store.named(tmp_path, name, name, taken)
            assert place.parent == tmp_path
            taken[place.name.lower()] = name
            place.mkdir()  # which every file system takes
        found = list(taken)
        assert found[0] == "bonn"
        assert found[2:6] == ["etc", "r-latest", "r-failed-1", "a-b"]
        assert len(found) == len(given)
        assert not any(name.startswith(".") for name in found)


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's package chromium")
def test_pages_find_and_sort_in_a_browser_without_a_network(three):
    from playwright.sync_api import sync_playwright

    page_file = three[2].page
    flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    said, asked = [], []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=flags.split())
        page = browser.new_page(viewport={"width": 390, "height": 800})
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(page_file.as_uri())
        rows = "[...document.querySelectorAll('tbody tr:not([hidden]) th')]"
        visible = f"{rows}.map(cell => cell.innerText.split('\\n')[0])"
        assert page.evaluate(visible) == ["r2", "r1", "r0", "broken"]
        page.fill("#find", "REPORT 1")
        assert page.evaluate(visible) == ["r1"]
        assert page.inner_text("output") == "1 of 4"
        page.fill("#find", "")
        page.click("th:nth-child(3) button")
        page.click("th:nth-child(3) button")
        assert page.evaluate(visible) == ["r0", "r1", "r2", "broken"]
        assert page.get_attribute("th:nth-child(3)", "aria-sort") == "ascending"
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        browser.close()
    assert said == []
    assert [url for url in asked if not url.startswith("file:")] == []


class TestDask:
    """A real scheduler and two real workers on this machine, all of them killed with SIGKILL sooner or later."""

    @pytest.fixture
    def cluster(self, tmp_path):
        pytest.importorskip("distributed")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        log = (tmp_path / "dask.log").open("w")
        port = address.rpartition(":")[2]
        dask = [sys.executable, "-m", "dask"]
        options = {"stdout": log, "stderr": log, "cwd": tmp_path, "start_new_session": True}
        common_part = ["--host", "127.0.0.1", "--no-dashboard"]
        processes = [subprocess.Popen([*dask, "scheduler", *common_part, "--port", port], **options)]
        worker = [*dask, "worker", address, *common_part, "--no-nanny", "--nthreads", "1", "--local-directory"]
        processes += [subprocess.Popen([*worker, str(tmp_path / f"w{number}")], **options) for number in range(2)]
        yield address, processes
        for process in processes:
            process.kill()
            process.wait()
        log.close()

    def test_a_worker_is_killed_in_the_middle(self, cluster, tmp_path):
        address, (_, first, second) = cluster
        place, output = tmp_path / "where", tmp_path / "out"
        for folder in (place, output):
            folder.mkdir()
        source = tells_pids(place).replace("sleep(60)", "sleep(0.5)")
        source = source.replace("\nplace.with", "\nplace = place / str(changes['worth'])\nplace.with", 1)
        path = notebook(tmp_path / "n.ipynb", source, PUBLISH)
        killed = []

        def kill_one(_: Outcome) -> None:
            killed.append(None)
            if len(killed) == 1:
                first.kill()

        many, begin = tasks(path, output, 4, wait=60.0), lambda: batch.executor(1, address, output)
        done = run_batch(many, output, begin, progress=kill_one)
        assert first.wait() == -signal.SIGKILL
        assert second.poll() is None
        assert not done.bad
        assert whole(output) == {"r0": 1, "r1": 1, "r2": 1, "r3": 1}  # every one, exactly once
        assert not list(output.glob("*/.partial-*"))
        for file in place.iterdir():
            for pid in map(int, file.read_text().split()):
                assert not alive(pid)  # what the killed worker had started ended with it

    def test_no_scheduler_and_no_dask(self, monkeypatch):
        pytest.importorskip("distributed")
        monkeypatch.setattr(batch, "_CONNECT_SECONDS", 0.5)
        for address in ("tcp://127.0.0.1:9", "nonsense://x"):
            with pytest.raises(WomError, match=f"no Dask scheduler answers at {re.escape(address)}"), \
                    batch.executor(1, address):  # fmt: skip
                pass
        monkeypatch.setitem(sys.modules, "distributed", None)
        with pytest.raises(WomError, match=re.escape("pip install 'wom[dask]'")), \
                batch.executor(1, "tcp://127.0.0.1:9"):  # fmt: skip
            pass

    def test_another_version_is_refused_by_name_before_any_work(self):
        def run(function, output):
            code, versions, sees = function(output)
            return {"w1": (code, versions | {"numpy": "1.0"}, sees)}

        client = SimpleNamespace(wait_for_workers=lambda *_, **__: None, run=run)
        with pytest.raises(WomError, match=r"worker w1 has numpy 1\.0, this machine .*: results would differ"):
            batch._check_workers(client, "tcp://x", None)

    def test_a_scheduler_that_goes_away_is_said(self, monkeypatch):
        client = SimpleNamespace(status="running")
        watch = batch.watch(client, "tcp://x")
        watch()
        client.status = "connecting"
        watch()  # it may come back
        monkeypatch.setattr(batch, "_GONE_SECONDS", 0.0)
        with pytest.raises(WomError, match="the Dask scheduler at tcp://x is gone; reports that are there stay"):
            watch()


def test_a_list_of_many_holds_all_and_shows_a_hundred(tmp_path):
    """Titles are text in it, also where rows lie as data."""
    evil = "<!--<script>alert(1)</script>"
    outcomes = [Outcome(f"{evil}{number}", "done", 0, "", tmp_path / "r", {"figures": {"npv": number}})
                for number in range(1000)]  # fmt: skip
    page = lists.ranking("Many", *lists.rank(outcomes), tmp_path)
    assert page.split("<tbody>")[1].split("</tbody>")[0].count("<tr>") == 100
    assert evil not in page
    (data,) = re.findall(r'<script type="application/json" id="rows">(.*?)</script>', page, re.DOTALL)
    assert len(json.loads(data)) == 1000
    assert page.count("<script") == 2
    (tmp_path / "a" / "r").mkdir(parents=True)
    about = {"status": "done", "run_id": "r", "finished": "2026-01-01", "summary": {"title": evil}}
    store.write(tmp_path / "a" / "r", about)
    lists.refresh(tmp_path)
    for name in ("index.html", "a/history.html"):
        assert evil not in (tmp_path / name).read_text(encoding="utf-8")
        assert "&lt;!--&lt;script&gt;" in (tmp_path / name).read_text(encoding="utf-8")
