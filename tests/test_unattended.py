"""Reports that run by themselves: whatever happens to a run, nothing half-written is where a reader looks."""

from __future__ import annotations

import datetime
import fcntl
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import reports
import wom
from reports import PUBLISH, alive, gone, names, notebook, pids, server_pid, start, tells_pids, told_of
from wom import cli, files
from wom import report as reporting
from wom.errors import InputError, WomError
from wom.report import processes, store, summary
from wom.report.run import Task, attempt, perform

pytestmark = [
    pytest.mark.notebook,
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes as Linux shows them"),
]

EVIDENCE = {"manifest.json", "notebook.ipynb", "run.log"}
HOLD = "import ctypes; ctypes.PyDLL(None).sleep(99)"
"""Does not let go of the interpreter, and costs nobody a processor."""


@pytest.fixture
def shop(tmp_path):
    """A copy of the retailer's files, to be changed."""
    shutil.copytree(wom.files.samples()["retailer/today"].parent, tmp_path / "shop")
    return tmp_path / "shop"


@pytest.fixture
def small(tmp_path):
    """A notebook that takes no time."""
    return notebook(tmp_path / "small.ipynb", PUBLISH)


def task(path: Path, output: Path, **options) -> Task:
    return Task("small", path, options.pop("parameters", {}), output, **options)


def begin(path: Path, output: Path, *more: str, **options) -> subprocess.Popen:
    """The command, with a notebook, as a process."""
    return start("run", "retailer/today", "--notebook", str(path), "--output", str(output), *more, **options)


def fake(run: Path, **about) -> Path:
    """A whole run's directory, as far as lists look into it."""
    run.mkdir(parents=True)
    finished = datetime.datetime.now(datetime.UTC).isoformat()
    store.write(run, {"status": "done", "run_id": run.name, "finished": finished, "summary": {}} | about)
    return run


@pytest.fixture
def without_kernel(monkeypatch):
    """Runs in this process whose notebook only gets copied, and fails if it is called bad."""
    reports.at_once(monkeypatch)


class TestKilled:
    """With SIGKILL, which nobody can prepare for. Random moments while page, deck, PDF and lists are written
    are in benchmarks/kills.py."""

    def test_runner(self, tmp_path, small, monkeypatch):
        """The command itself: its kernel ends with it, the lock is free, and the next run keeps what it left."""
        output = tmp_path / "out"
        process = begin(notebook(tmp_path / "slow.ipynb", tells_pids(tmp_path / "pids")), output)
        running = pids(tmp_path / "pids")
        process.kill()
        process.communicate()
        for pid in running:
            gone(pid)
        assert names(output) == set()  # nothing where a reader looks
        assert list(output.glob(".partial-*"))
        assert store.held(output) == ""
        reports.at_once(monkeypatch)
        done = perform(task(small, output))
        assert done.good
        (killed,) = store.runs(output, failed=True)
        assert names(killed) == EVIDENCE
        assert "was killed" in told_of(killed)["error"]
        assert not list(output.glob(".partial-*"))
        assert (output / "latest").readlink() == Path(done.run.name)

    def test_fork_server(self):
        """What it has forked ends with it, and the next report starts another, which outlives the thread."""
        processes.call(os.getpid)
        os.kill(server_pid(), signal.SIGKILL)
        first = threading.Thread(target=processes.call, args=(os.getpid,))
        first.start()
        first.join()
        time.sleep(0.2)
        assert alive(server_pid())
        assert processes.call(abs, -3) == 3


def test_stopped(tmp_path):
    """By SIGTERM from systemd, timeout or a batch system: nothing is left, and no process."""
    output = tmp_path / "out"
    process = begin(notebook(tmp_path / "slow.ipynb", tells_pids(tmp_path / "pids")), output)
    running = pids(tmp_path / "pids")
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=120)
    assert (process.returncode, said) == (143, "wom: stopped\n")
    for pid in running:
        gone(pid)
    assert [path.name for path in output.iterdir()] == [".lock"]


class TestTimeLimit:
    def test_a_cell_that_does_not_end_ends_with_all_that_it_has_started(self, tmp_path):
        place = tmp_path / "pids"
        source = "import signal, subprocess\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        source += "child = subprocess.Popen(['sleep', '99'])\n"
        source += tells_pids(place).replace("os.getpid()", "child.pid").replace("time.sleep(60)", HOLD)
        path = notebook(tmp_path / "n.ipynb", source)
        for limit in (4.0, 16.0, 64.0):  # a busy machine may not come so far in a few seconds
            outcome = attempt(task(path, tmp_path / "out", time_limit=limit))
            assert outcome.status == "failed"
            if place.exists():
                break
        assert "its time was over" in outcome.message
        assert names(outcome.run) == EVIDENCE
        gone(pids(place)[0])

    def test_a_runner_that_hangs_is_killed(self, tmp_path, small, monkeypatch):
        """The second line: whatever the report's own process does, the caller goes on."""
        monkeypatch.setattr("wom.report.run._GRACE", 1.0)
        outcome = attempt(task(small, tmp_path / "out", time_limit=0.5, parameters={"changes": {"a": _Hanging()}}))
        assert "did not end within 1.5 seconds and was killed" in outcome.message

    def test_a_kernel_that_does_not_answer_after_its_last_cell(self, tmp_path):
        """All results are there: they count, and the kernel is killed."""
        place = tmp_path / "pid"
        here = f"import os, pathlib, threading; pathlib.Path({str(place)!r}).write_text(str(os.getpid()))\n"
        hang = f"{here}def hold():\n    {HOLD}\nthreading.Timer(0.2, hold).start()"
        outcome = attempt(task(notebook(tmp_path / "n.ipynb", PUBLISH, hang), tmp_path / "out"))
        assert outcome.good, outcome.message
        gone(int(place.read_text()))


class _Hanging(dict):
    """A value that cannot be unpickled within a lifetime: a fault in the runner's own process."""

    def __reduce__(self):
        return time.sleep, (99,)


class TestDisk:
    def test_files_that_cannot_grow(self, tmp_path):
        """The system refuses to write on, at any file of the run."""
        big = notebook(tmp_path / "big.ipynb", PUBLISH, "print('x' * 200_000)")
        output = tmp_path / "out"
        small = resource.RLIMIT_FSIZE, (60_000, 60_000)
        process = begin(big, output, preexec_fn=lambda: resource.setrlimit(*small))
        _, said = process.communicate(timeout=200)
        assert process.returncode == 1
        assert "cannot be written: File too large; free it or choose another output directory" in said
        assert "Traceback" not in said
        assert store.runs(output) == []
        assert not list(output.glob(".partial-*"))
        for failed in store.runs(output, failed=True):
            assert "File too large" in told_of(failed)["error"]

    def test_data_that_changes_meanwhile(self, tmp_path, shop, small, monkeypatch):
        """Nobody could say which version the results come from: they are refused."""
        data = shop / "today.yaml"
        reports.at_once(monkeypatch, lambda _: {"characters": data.write_text("title: New")})
        outcome = perform(task(small, tmp_path / "out", parameters={"scenario": str(data)}))
        assert f"{data} changed while the report was made: run it again" in outcome.message
        assert names(tmp_path / "out") == {outcome.run.name}


class TestPlaces:
    def test_two_at_the_same_second(self, tmp_path, small, capsys):
        """The second one is told who is at work, exits with 75, and touches nothing."""
        output = tmp_path / "out"
        output.mkdir()
        with store.locked(output):
            assert cli.main(["run", "retailer/today", "--notebook", str(small), "--output", str(output)]) == 75
        assert f"another run is at work here (process {os.getpid()}, since" in capsys.readouterr().err
        assert [path.name for path in output.iterdir()] == [".lock"]

    def test_ten_in_one_second(self, tmp_path, small, without_kernel, monkeypatch):
        """-2, -3 … tell them apart, and nothing that stands there is touched."""
        moment = datetime.datetime(2026, 1, 31, 5, 15, tzinfo=datetime.UTC)
        monkeypatch.setattr(store, "now", lambda: moment)
        (tmp_path / "out" / "failed-20260131T051500Z-2").mkdir(parents=True)
        runs = [reporting.run_report(small, {}, tmp_path / "out").run_id for _ in range(10)]
        assert runs == [f"20260131T051500Z{number}" for number in ("", *range(-3, -12, -1))]
        assert store.latest(tmp_path / "out").name == (tmp_path / "out" / "latest").readlink().name == runs[-1]

    def test_links(self, tmp_path, small, without_kernel):
        """A link is never a run, never followed when something is removed, and never written through unawares."""
        outside = tmp_path / "precious"
        outside.mkdir()
        (outside / "manifest.json").write_text('{"status": "done", "run_id": "x", "finished": "2020"}')
        output = tmp_path / "out"
        output.mkdir()
        for name in (".partial-x", "20200101T000000Z", "failed-20200101T000000Z"):
            (output / name).symlink_to(outside)
        done = [reporting.run_report(small, {}, output, keep=1) for _ in range(3)]
        assert names(outside) == {"manifest.json"}
        assert names(output) == {"20200101T000000Z", "failed-20200101T000000Z", "latest", done[-1].run_id}
        assert store.runs(output) == [done[-1].path]
        assert not (output / ".partial-x").is_symlink()
        (tmp_path / "disk").mkdir()
        (tmp_path / "to-disk").symlink_to("disk")
        assert reporting.run_report(small, {}, tmp_path / "to-disk").html.is_file()

    def test_what_cannot_be_an_output(self, tmp_path, small):
        (tmp_path / "nowhere-link").symlink_to("nowhere")
        (tmp_path / "locked").mkdir()
        (tmp_path / "locked" / ".lock").symlink_to(tmp_path / "precious")
        for output, said in {
            tmp_path / "nowhere-link": "is a link to nowhere; remove it or choose another",
            tmp_path / "locked": "is a link; remove it",
            small: "is a file",
            small / "below": "a file stands in its path",
            Path("/proc/nowhere"): "cannot be written: .*; free it or choose another output directory",
        }.items():
            with pytest.raises(WomError, match=said):
                reporting.run_report(small, {}, output)
        assert not (tmp_path / "precious").exists()

    def test_latest_is_a_directory_of_somebody(self, tmp_path, small, without_kernel):
        """Then, and where links are not possible, a file says which it is."""
        (tmp_path / "out" / "latest").mkdir(parents=True)
        (tmp_path / "out" / "latest" / "report.html").write_text("old")
        run = reporting.run_report(small, {}, tmp_path / "out")
        assert (tmp_path / "out" / "latest.txt").read_text() == f"{run.run_id}\n"
        assert (tmp_path / "out" / "latest" / "report.html").read_text() == "old"
        assert store.latest(tmp_path / "out") == run.path

    def test_keep_counts_whole_and_failed_runs_apart(self, tmp_path, small, without_kernel):
        output = tmp_path / "out"
        bad = notebook(tmp_path / "bad.ipynb", "1 / 0")
        (output / "notes").mkdir(parents=True)  # somebody's own
        made = []
        for _ in range(3):
            made.append(reporting.run_report(small, {}, output, keep=2).run_id)
            with pytest.raises(reporting.ReportError):
                reporting.run_report(bad, {}, output, keep=2)
            made.append(store.runs(output, failed=True)[-1].name)
        assert names(output) == {*made[2:], "latest", "notes"}

    def test_a_clock_that_is_set_back(self, tmp_path, small, without_kernel, monkeypatch):
        """What is latest is what was made last, whatever its name says."""
        first = reporting.run_report(small, {}, tmp_path / "out")
        yesterday = store.now() - datetime.timedelta(days=1)
        monkeypatch.setattr(store, "now", lambda: yesterday)
        second = reporting.run_report(small, {}, tmp_path / "out")
        assert second.run_id < first.run_id
        assert store.latest(tmp_path / "out") == second.path
        assert store.jobs(tmp_path / "out")[0].done[-1]["run_id"] == second.run_id
        assert f"{yesterday:%Y%m%dT%H%M%SZ}" == second.run_id  # in UTC: no change to summer time puts it elsewhere


def test_manifest_says_everything(tmp_path, shop, without_kernel, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    path = notebook(tmp_path / "n.ipynb", PUBLISH)
    file = str(shop / "make-it-right.yaml")
    given = ["-p", "horizon_months=12", "--seed", "3", "-p", "since=2026-02-01", "--set", "title=Test"]
    assert cli.main(["run", file, "--notebook", str(path), *given]) == 0
    (run,) = store.runs(tmp_path / "reports" / "shop-make-it-right-n")
    told = told_of(run)
    assert told["parameters"] == {
        "scenario": file, "changes": {"title": "Test"}, "horizon_months": 12, "since": "2026-02-01", "seed": 3,
    }  # fmt: skip
    assert (told["status"], told["error"], told["seed"], told["run_id"]) == ("done", None, 3, run.name)
    assert told["inputs"] == {
        str(shop / name): store.sha256(shop / name) for name in ("make-it-right.yaml", "today.yaml")
    }
    assert told["notebook_sha256"] == store.sha256(path)
    assert set(told["outputs"]) == {"notebook.ipynb", "report.html", "results.json"}
    assert {"python", "wom", "numpy", "papermill"} <= set(told["versions"])
    for moment in ("started", "finished"):
        assert datetime.datetime.fromisoformat(told[moment]).utcoffset() == datetime.timedelta(0)
    assert "Open reports/shop-make-it-right-n/latest/report.html" in capsys.readouterr().out
    (tmp_path / "data.csv").write_text("1")  # a parameter that names a file is an input
    told = told_of(reporting.run_report(path, {"scenario": "data.csv"}, tmp_path / "out").path)
    assert (told["inputs"], told["seed"]) == ({"data.csv": store.sha256(tmp_path / "data.csv")}, 7)


class TestSecrets:
    def test_are_no_parameters(self):
        address = "postgresql://me:hunter2@host/db"
        for parameters in ({"password": "x"}, {"changes": {"api_key": "x"}}, {"scenario": address}):
            with pytest.raises(InputError, match="keep secrets in environment variables"):
                store.refuse_secrets(parameters)
        fine = {"scenario": "https://host/a:b", "changes": {"word_of_mouth.reach_good": 3}, "keyword": "x"}
        store.refuse_secrets(fine)

    def test_leave_no_trace(self, tmp_path, monkeypatch):
        """A notebook may use one, even print it: no file of the run holds it, done or failed."""
        monkeypatch.setenv("SHOP_API_TOKEN", 'quite "secret" 42')
        monkeypatch.setenv("PGPASSWORD", "hunter2hunter2")
        says = "import os; token = os.environ['SHOP_API_TOKEN']; print(token, os.environ['PGPASSWORD'])"
        publish = "import pandas as pd\npublish('note', {'text': f'<{token}>'})\n"
        publish += "publish('table', pd.DataFrame({'who': [token]}))"
        title = "from IPython.display import Markdown\n"
        title += "Markdown(f'# A plan of {token}\\n\\n## Why\\n\\n- one\\n- two')"
        good = notebook(tmp_path / "good.ipynb", PUBLISH, says, publish, title)
        bad = notebook(tmp_path / "bad.ipynb", says, "raise ValueError(f'refused {token}')")
        wanted = reporting.Wanted(deck=True)
        outcomes = [attempt(task(path, tmp_path / path.stem, wanted=wanted)) for path in (good, bad)]
        assert [outcome.status for outcome in outcomes] == ["done", "failed"]
        for path in tmp_path.rglob("*"):
            if path.is_file() and path.parent != tmp_path:
                unpacked = tmp_path / "unpacked"
                text = path.read_text(encoding="utf-8", errors="replace")
                if path.suffix == ".pptx":
                    shutil.unpack_archive(path, unpacked, "zip")
                    text = "".join(part.read_text(errors="replace") for part in unpacked.rglob("*.xml"))
                    assert "[secret]" in text
                    shutil.rmtree(unpacked)
                assert "hunter2" not in text, path
                assert not re.search(r'quite .{0,6}"secret', text), path
        assert "[secret]" in outcomes[1].message
        assert told_of(outcomes[0].run, "results.json")["note"] == {"text": "<[secret]>"}
        assert told_of(outcomes[0].run)["hidden"] == ["notebook.ipynb"]

    def test_texts_alone_are_searched(self, monkeypatch):
        monkeypatch.setenv("SHOP_TOKEN", "customers")
        monkeypatch.setenv("TILL_PASSWORD", "12345678")
        monkeypatch.setenv("PWD", "/home/somebody")  # where one works is no secret
        given = {"customers": {"note": "of customers", "npv": 912345678.5, "columns": ["customers"]},
                 "text": ["912345678 and 12345678", "/home/somebody"]}  # fmt: skip
        assert store.hide_in(given) == {
            "customers": {"note": "of [secret]", "npv": 912345678.5, "columns": ["customers"]},
            "text": ["912345678 and [secret]", "/home/somebody"],
        }


class TestFailure:
    def test_command_gets_the_manifest(self, tmp_path, shop, without_kernel, capfd):
        bad = notebook(tmp_path / "bad.ipynb", "1 / 0")
        tell = tmp_path / "tell it.sh"
        tell.write_text(f'#!/bin/sh\ncp "$2" "{tmp_path}/told.json"\necho "$1"\n')
        tell.chmod(0o755)
        output = tmp_path / "out"
        arguments = ["run", str(shop / "today.yaml"), "--notebook", str(bad), "--output", str(output)]
        assert cli.main([*arguments, "--on-failure", f"'{tell}' now"]) == 1
        told, said = told_of(tmp_path, "told.json"), capfd.readouterr()
        assert told["status"] == "failed"
        assert "now" in said.out
        for text in (told["error"], said.err, (output / "index.html").read_text()):
            assert "ZeroDivisionError" in text
        assert {name.split("-")[0] for name in names(output)} == {"failed", "history.html", "index.html"}
        (shop / "today.yaml").unlink()  # a schedule whose file is gone must be heard of
        assert cli.main([*arguments, "--on-failure", f"cp -t {tmp_path}"]) == 2
        assert "no such file" in told_of(tmp_path)["error"]

    @pytest.mark.parametrize("command", ["/no/such/command", "false", "'"])
    def test_command_that_fails_is_said(self, command, capsys):
        cli.tell(cli.parser().parse_args(["run", "x", "--on-failure", command]), 1)
        assert "--on-failure" in capsys.readouterr().err


def test_status_fails_when_nothing_fresh_is_there(tmp_path, capsys):
    arguments = ["status", str(tmp_path / "reports"), "--max-age", "26h"]
    assert cli.main(arguments) == 1  # the job that never ran
    assert "no run yet" in capsys.readouterr().out
    run = fake(tmp_path / "reports" / "shop" / "r")
    assert cli.main(arguments) == 0
    assert cli.main(["status", str(tmp_path / "reports" / "shop"), "--max-age", "26h"]) == 0
    assert "shop: fine" in capsys.readouterr().out
    old = told_of(run)
    fake(tmp_path / "reports" / "shop" / "failed-s", status="failed", error="ZeroDivisionError", run_id="s")
    assert cli.main(arguments) == 0  # fresh enough all the same
    assert "last attempt failed" in capsys.readouterr().out
    for hours, code in ((25, 0), (27, 1), (-2, 1)):  # a time to come is no fresh one
        moment = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=hours)
        store.write(run, old | {"finished": moment.isoformat()})
        assert cli.main([*arguments, "--json"]) == code
        assert bool(json.loads(capsys.readouterr().out)[0]["problem"]) == bool(code)
    for text in ("26", "h", "-3h", "1w", "0m"):
        with pytest.raises(SystemExit):
            cli.main(["status", f"--max-age={text}"])
        assert "must be a time such as" in capsys.readouterr().err


def published(case: wom.Scenario) -> dict:
    """What a report of a scenario hands over."""
    return {"scenario": case.data, "numbers": dict(wom.effect(case).headlines)}


class TestWhatMoved:
    def test_index_says_whether_the_input_moved_it(self, tmp_path, shop, small, monkeypatch):
        monkeypatch.chdir(tmp_path)
        file = shop / "make-it-right.yaml"
        reports.at_once(monkeypatch, lambda _: published(wom.load(file)))
        run = ["run", str(file), "--notebook", str(small), "--no-deck"]
        assert cli.main(run) == 0
        file.write_text(file.read_text().replace("once: 4000", "once: 6000"))
        assert cli.main(run) == 0
        page = (tmp_path / "reports" / "index.html").read_text()
        assert "the input changed: plan.0.cost.once 4000 → 6000. The model is the same" in page
        assert re.search("−USD\xa01,9[0-9]{2} since the run before", page)  # spent in month 1, so a little less
        assert page.split("<tbody>")[1].split("</tbody>")[0].count("<tr>") == 1
        assert not re.search(r'(?:src|href)="(?:https?:)?//', page)

    def test_or_the_model(self):
        before = {"run_id": "a", "input_hash": "1", "model_hash": "1", "summary": {"figures": {"npv": 10.0}},
                  "versions": {"wom": "0.1.0"}, "notebook_sha256": "x"}  # fmt: skip
        after = before | {"model_hash": "2", "summary": {"figures": {"npv": 12.0}}, "versions": {"wom": "0.2.0"}}
        found = summary.compare(before, after, {}, {})
        assert (found["moved"], found["model"]) == ("model", ["wom 0.1.0 → 0.2.0"])
        assert found["figures"]["npv"] == {"before": 10.0, "after": 12.0}
        assert summary.compare(before, before, {}, {})["moved"] == "nothing"
        assert "The input is the same" in summary.why(found)

    def test_or_both_of_them(self):
        before = {"run_id": "a", "input_hash": "1", "model_hash": "1"}
        results = [{"scenario": {"today": {"experience": {"bad_share": share}}}} for share in (0.06, 0.05)]
        found = summary.compare(before, {"input_hash": "2", "model_hash": "2", "code_sha256": "b"}, *results)
        assert (found["moved"], found["input"]) == ("both", ["experience.bad_share 0.06 → 0.05"])
        assert "and the model as well (the code of wom)" in summary.why(found)

    def test_parameters_are_words_without_whole_paths(self):
        before = {"input_hash": 1, "parameters": {"others": []}}
        after = {"input_hash": 2, "parameters": {"others": ["/home/ann/shop/refunds.yaml"]}}
        assert summary.compare(before, after, {}, {})["input"] == ["others 1 not given → shop/refunds.yaml"]


class TestOwnProcess:
    def test_environment_and_folder_are_the_callers(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("ONLY_HERE", "1")
        assert processes.call(os.getcwd) == str(tmp_path)
        assert processes.call(os.getenv, "ONLY_HERE") == "1"
        assert processes.call(os.getpid) != processes.call(os.getpid)
        assert len(list(Path(f"/proc/{server_pid()}/task").iterdir())) == 1  # one thread, when it forks

    def test_how_it_ends_is_answered(self):
        for wrong in ((divmod, 1, 0), (len, [_Unreadable()])):
            with pytest.raises(processes.CallError, match="ZeroDivisionError"):
                processes.call(*wrong)
        with pytest.raises(processes.EndedError, match="killed, or memory ran out"):
            processes.call(os.kill, 0, signal.SIGKILL)
        with pytest.raises(processes.CallError, match=r"0.5 seconds"):
            processes.call(time.sleep, 60, seconds=0.5)

    def test_the_process_that_waits_to_be_the_kernel_ends_with_its_caller(self):
        gone(processes.call(_waiting, kernel=True))


class _Unreadable:
    """A value that the other side cannot make sense of."""

    def __reduce__(self):
        return divmod, (1, 0)


def _waiting() -> int:
    return processes.spare[0].pid


def test_temporary_directories_of_other_machines_and_containers_stay(tmp_path):
    """Those written on another machine that shares the disk, and those that a hidden process has locked."""
    left = files.Temporary("wom-", tmp_path)
    os.close(left._lock)  # its process was killed
    elsewhere, container = (shutil.copytree(left.path, tmp_path / f"wom-{name}") for name in ("away", "hidden"))
    mark, _ = (elsewhere / ".wom-owner").read_text().splitlines()
    (elsewhere / ".wom-owner").write_text(f"{mark}\nanother")
    with (container / ".wom-owner").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        files.clear(tmp_path, "wom-")
        assert sorted(tmp_path.iterdir()) == [elsewhere, container]
    files.clear(tmp_path, "wom-")
    assert list(tmp_path.iterdir()) == [elsewhere]


@pytest.mark.skipif(not processes.forks(), reason="no server")
def test_a_server_that_hangs_does_not_outlive_its_caller():
    """As in a tight limit of memory, where linear algebra tries for ever."""
    hangs = "import os, reports; from wom.report import processes; processes.start(); "
    hangs += "print(pid := reports.server_pid()); os.kill(pid, 19)"
    told = subprocess.run([sys.executable, "-c", hangs], cwd=Path(__file__).parent, capture_output=True, text=True,
                          timeout=120)  # fmt: skip
    gone(int(told.stdout))
