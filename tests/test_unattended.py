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

import wom
from reports import (
    PUBLISH,
    alive,
    as_if_run,
    gone,
    names,
    notebook,
    pids,
    root_user,
    server_pid,
    tells_pids,
    wait_for,
)
from wom import cli, files
from wom import report as reporting
from wom.errors import InputError, WomError
from wom.report import kernel, processes, record, store, summary
from wom.report.run import Task, attempt

pytestmark = [
    pytest.mark.notebook,
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes as Linux shows them"),
]

WOM = [sys.executable, "-m", "wom"]


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


def told_of(run: Path) -> dict:
    return json.loads((run / "manifest.json").read_text(encoding="utf-8"))


def fake(run: Path, **about) -> Path:
    """A whole run's directory, as far as lists look into it."""
    run.mkdir(parents=True)
    finished = datetime.datetime.now(datetime.UTC).isoformat()
    record.write(run, {"status": "done", "run_id": run.name, "finished": finished, "summary": {}} | about)
    return run


@pytest.fixture
def without_kernel(monkeypatch):
    """Runs whose notebook only gets copied, and fails if it is called bad."""

    def execute(path: Path, parameters: dict, work: Path, timeout: int | None, **_: object) -> Path:
        if path.stem == "bad":
            raise reporting.ReportError("it failed")
        return as_if_run(path, work / "notebook.ipynb")

    monkeypatch.setattr("wom.report.run.execute", execute)


def start(*arguments: str, **options) -> subprocess.Popen:
    """The command line as a process of its own."""
    return subprocess.Popen(
        [*WOM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


class TestKilled:
    """With SIGKILL, which nobody can prepare for."""

    def test_runner(self, tmp_path, shop):
        """The command itself: its kernel ends with it, the lock is free, and the next run keeps what it left."""
        slow = notebook(tmp_path / "slow.ipynb", tells_pids(tmp_path / "pids"))
        output = tmp_path / "out"
        process = start("run", str(shop / "today.yaml"), "--notebook", str(slow), "--output", str(output))
        kernel_process, runner = pids(tmp_path / "pids")
        process.kill()
        process.communicate()
        gone(kernel_process)
        gone(runner)
        assert names(output) == set()  # nothing where a reader looks
        assert list(output.glob(".partial-*"))
        assert store.held(output) == ""
        done = attempt(task(notebook(tmp_path / "fine.ipynb", PUBLISH), output))
        assert done.good
        (killed,) = store.runs(output, failed=True)
        assert names(killed) == {"manifest.json", "notebook.ipynb", "run.log"}
        assert "was killed" in told_of(killed)["error"]
        assert told_of(killed)["parameters"]["scenario"] == str(shop / "today.yaml")
        assert not list(output.glob(".partial-*"))
        assert (output / "latest").readlink() == Path(done.run.name)

    def test_kernel(self, tmp_path):
        path = notebook(tmp_path / "n.ipynb", "1", "import os; os.kill(os.getpid(), 9)", "2")
        outcome = attempt(task(path, tmp_path / "out"))
        assert (outcome.status, outcome.exit_code) == ("failed", 1)
        assert "the Python process of the notebook died" in outcome.message
        assert names(outcome.run) == {"manifest.json", "notebook.ipynb", "run.log"}
        assert names(tmp_path / "out") == {outcome.run.name}

    def test_worker(self, tmp_path):
        """The process that makes one report: its kernel ends, the caller keeps what it left, with the reason."""
        kill = "import os; os.kill(int(os.environ['JPY_PARENT_PID']), 9)"
        path = notebook(tmp_path / "n.ipynb", kill, tells_pids(tmp_path / "pids"))
        outcome = attempt(task(path, tmp_path / "out"))
        assert outcome.status == "failed"
        assert "killed, or memory ran out" in outcome.message
        assert told_of(outcome.run)["status"] == "failed"
        assert outcome.message == told_of(outcome.run)["error"]
        assert not (tmp_path / "out" / "latest").exists()

    def test_fork_server(self, tmp_path, small):
        """What it has forked ends with it, and the next report starts another."""
        path = notebook(tmp_path / "n.ipynb", "import os; os.kill(os.getppid(), 0)", PUBLISH)
        assert attempt(task(path, tmp_path / "a")).good
        os.kill(server_pid(), signal.SIGKILL)
        assert attempt(task(path, tmp_path / "b")).good


class TestStopped:
    """By Ctrl-C, or by SIGTERM from systemd, timeout or a batch system: nothing is left, and no process."""

    @pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
    def test_run(self, number, code, tmp_path, shop):
        slow = notebook(tmp_path / "slow.ipynb", tells_pids(tmp_path / "pids"))
        output = tmp_path / "out"
        process = start("run", str(shop / "today.yaml"), "--notebook", str(slow), "--output", str(output))
        processes = pids(tmp_path / "pids")
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
        assert (process.returncode, said) == (code, "wom: stopped\n")
        for pid in processes:
            gone(pid)
        assert [path.name for path in output.iterdir()] == [".lock"]


class TestTimeLimit:
    @pytest.mark.parametrize(
        "cell",
        [
            "import time; time.sleep(99)",
            "10 ** 10 ** 9",  # does not let go of the interpreter
            "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(99)",
        ],
    )
    def test_a_cell_that_does_not_end(self, cell, tmp_path):
        path = notebook(tmp_path / "n.ipynb", cell)
        begun = time.monotonic()
        outcome = attempt(task(path, tmp_path / "out", time_limit=1.2))
        assert time.monotonic() - begun < 20
        assert outcome.status == "failed"
        assert "its time was over" in outcome.message
        assert names(outcome.run) == {"manifest.json", "notebook.ipynb", "run.log"}

    def test_what_a_cell_has_started_ends_too(self, tmp_path):
        place = tmp_path / "child"
        source = (
            f"import subprocess, pathlib\nchild = subprocess.Popen(['sleep', '99'])\npathlib.Path({str(place)!r})"
        )
        path = notebook(tmp_path / "n.ipynb", f"{source}.write_text(str(child.pid))\nchild.wait()")
        assert not attempt(task(path, tmp_path / "out", time_limit=12)).good
        gone(int(place.read_text()))

    def test_a_runner_that_hangs_is_killed(self, tmp_path, small, monkeypatch):
        """The second line: whatever the report's own process does, the caller goes on."""
        monkeypatch.setattr("wom.report.run._GRACE", 1.0)
        outcome = attempt(task(small, tmp_path / "out", time_limit=0.5, parameters={"changes": {"a": _Hanging()}}))
        assert "did not end within 1.5 seconds and was killed" in outcome.message

    def test_a_kernel_that_does_not_end_after_its_last_cell(self, tmp_path):
        """All results are there: they count, and the kernel is killed."""
        hang = "import os, pathlib, threading, time\nthreading.Thread(target=time.sleep, args=(99,)).start()\n"
        here = f"pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid()))"
        outcome = attempt(task(notebook(tmp_path / "n.ipynb", PUBLISH, hang + here), tmp_path / "out"))
        assert outcome.good, outcome.message
        gone(int((tmp_path / "pid").read_text()))

    def test_a_kernel_that_does_not_answer_after_its_last_cell(self, tmp_path, monkeypatch):
        monkeypatch.setattr(kernel, "_LAST_WORDS", 1.0)
        hang = "import threading\nthreading.Timer(0.2, lambda: 10 ** 10 ** 9).start()"
        begun = time.monotonic()
        run = reporting.run_report(notebook(tmp_path / "n.ipynb", PUBLISH, hang), {}, tmp_path / "out")
        assert run.results["title"] == "Small"
        assert time.monotonic() - begun < 30


class _Hanging(dict):
    """A value that cannot be unpickled within a lifetime: stands for a fault in the runner's own process."""

    def __reduce__(self):
        return time.sleep, (99,)


class _Unreadable:
    """A value that the other side cannot make sense of."""

    def __reduce__(self):
        return divmod, (1, 0)


def _full(folder: Path, size: str) -> bool:
    """A real disk of that size; only where this process may mount one."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    return root_user() and subprocess.run(command, capture_output=True, check=False).returncode == 0


class TestDisk:
    @pytest.mark.parametrize("size", [400, 6_000, 60_000])
    def test_files_that_cannot_grow(self, size, tmp_path, shop):
        """The system refuses to write on, at any file of the run."""
        big = notebook(tmp_path / "big.ipynb", PUBLISH, "print('x' * 200_000)")
        output = tmp_path / "out"
        process = start(
            "run", str(shop / "today.yaml"), "--notebook", str(big), "--output", str(output),
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
        )  # fmt: skip
        _, said = process.communicate(timeout=60)
        assert process.returncode == 1
        assert "cannot be written: File too large; free it or choose another output directory" in said
        assert "Traceback" not in said
        assert not (output / "latest").exists()
        assert store.runs(output) == []
        assert not list(output.glob(".partial-*"))
        for failed in store.runs(output, failed=True):
            assert "File too large" in told_of(failed)["error"]

    def test_disk_full(self, tmp_path):
        disk = tmp_path / "disk"
        if not _full(disk, "128k"):
            pytest.skip("needs the right to mount a small disk")
        try:
            big = notebook(tmp_path / "big.ipynb", PUBLISH, "print('x' * 400_000)")
            outcome = attempt(task(big, disk / "out"))
            assert outcome.status == "failed"
            assert "No space left on device; free it or choose another output directory" in outcome.message
            assert store.runs(disk / "out") == []
            assert not list((disk / "out").glob(".partial-*"))
            fine = notebook(tmp_path / "fine.ipynb", PUBLISH)
            assert attempt(task(fine, disk / "out")).good  # what failed has given the space back
        finally:
            subprocess.run(["umount", str(disk)], check=True)

    def test_read_only_directory(self, tmp_path, shop):
        output = tmp_path / "out"
        output.mkdir()
        output.chmod(0o555)
        obeys = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if root_user() else []
        if obeys and not shutil.which("setpriv"):
            pytest.skip("nothing is forbidden to root, and setpriv is not there to change that")
        command = [*obeys, *WOM, "run", str(shop / "today.yaml"), "--output", str(output)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 1, done.stderr
        said = f"{output}/.lock: cannot be written: Permission denied; free it or choose another output directory"
        assert said in done.stderr
        assert list(output.iterdir()) == []

    def test_data_that_changes_meanwhile(self, tmp_path, shop):
        """Nobody could say which version the results come from: they are refused."""
        data = shop / "today.yaml"
        source = (
            f"import pathlib; place = pathlib.Path({str(data)!r}); place.write_text(place.read_text() + '# new')"
        )
        path = notebook(tmp_path / "n.ipynb", PUBLISH, source)
        output = tmp_path / "out"
        outcome = attempt(task(path, output, parameters={"scenario": str(data)}))
        assert outcome.status == "failed"
        assert f"{data} changed while the report was made: run it again" in outcome.message
        assert names(output) == {outcome.run.name}


class TestPlaces:
    def test_two_at_the_same_second(self, tmp_path, shop):
        """The second one is told who is at work, exits with 75, and touches nothing."""
        slow = notebook(tmp_path / "slow.ipynb", tells_pids(tmp_path / "pids"))
        output = tmp_path / "out"
        arguments = ["run", str(shop / "today.yaml"), "--notebook", str(slow), "--output", str(output)]
        first, second = start(*arguments), start(*arguments)
        wait_for(lambda: first.poll() is not None or second.poll() is not None)
        ended, going = (first, second) if first.poll() is not None else (second, first)
        _, said = ended.communicate()
        assert ended.returncode == 75
        assert "another run is at work here (process " in said
        assert len(list(output.glob(".partial-*"))) == 1
        going.terminate()
        going.communicate(timeout=30)

    def test_one_after_the_other_in_a_second(self, tmp_path, small, without_kernel):
        runs = [reporting.run_report(small, {}, tmp_path / "out", run_id="r").run_id for _ in range(2)]
        assert runs == ["r", "r-2"]

    def test_links(self, tmp_path, small, without_kernel):
        """A link is never a run, never followed when something is removed, and never written through unawares."""
        outside = tmp_path / "precious"
        outside.mkdir()
        (outside / "manifest.json").write_text('{"status": "done", "run_id": "x", "finished": "2020"}')
        output = tmp_path / "out"
        output.mkdir()
        for name in (".partial-x", "20200101T000000Z", "failed-20200101T000000Z"):
            (output / name).symlink_to(outside)
        done = [reporting.run_report(small, {}, output, keep=1, run_id=name) for name in ("a", "b", "c")]
        assert names(outside) == {"manifest.json"}
        assert names(output) == {"20200101T000000Z", "failed-20200101T000000Z", "latest", "c"}
        assert store.runs(output) == [done[-1].path]
        assert not (output / ".partial-x").is_symlink()

    def test_link_to_nowhere(self, tmp_path, small):
        (tmp_path / "out").symlink_to("nowhere")
        with pytest.raises(WomError, match="out: is a link to nowhere; remove it or choose another"):
            reporting.run_report(small, {}, tmp_path / "out")

    def test_link_to_a_directory(self, tmp_path, small, without_kernel):
        (tmp_path / "disk").mkdir()
        (tmp_path / "out").symlink_to("disk")
        assert reporting.run_report(small, {}, tmp_path / "out", run_id="r").html.is_file()
        assert names(tmp_path / "disk") == {"r", "latest"}

    def test_lock_that_is_a_link(self, tmp_path, small):
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / ".lock").symlink_to(tmp_path / "precious")
        with pytest.raises(WomError, match="is a link; remove it"):
            reporting.run_report(small, {}, tmp_path / "out")
        assert not (tmp_path / "precious").exists()

    def test_latest_is_a_directory_of_somebody(self, tmp_path, small, without_kernel):
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
        for number in range(3):
            reporting.run_report(small, {}, output, run_id=f"good-{number}", keep=2)
            with pytest.raises(reporting.ReportError):
                reporting.run_report(bad, {}, output, run_id=f"bad-{number}", keep=2)
        assert names(output) == {"good-1", "good-2", "failed-bad-1", "failed-bad-2", "latest", "notes"}

    def test_time_does_not_matter_to_what_is_latest(self, tmp_path, small, without_kernel):
        """Identifiers are in UTC, so that no change of the clock puts a run before an older one."""
        run = reporting.run_report(small, {}, tmp_path / "out")
        begun = datetime.datetime.strptime(run.run_id, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.UTC)
        assert abs((datetime.datetime.now(datetime.UTC) - begun).total_seconds()) < 60


class TestManifest:
    def test_says_everything(self, tmp_path, shop, monkeypatch, capsys):
        monkeypatch.chdir(tmp_path)
        path = notebook(tmp_path / "n.ipynb", PUBLISH)
        (tmp_path / "sales.csv").write_text("a,b\n1,2\n")
        arguments = ["--notebook", str(path), "-p", "horizon_months=12", "--seed", "3", "-p", "since=2026-02-01"]
        file = str(shop / "make-it-right.yaml")
        assert cli.main(["run", file, *arguments, "--set", "title=Test"]) == 0
        (run,) = store.runs(tmp_path / "reports" / "shop-make-it-right-n")
        told = told_of(run)
        assert told["parameters"] == {
            "scenario": file, "changes": {"title": "Test"}, "horizon_months": 12, "since": "2026-02-01", "seed": 3,
        }  # fmt: skip
        assert (told["status"], told["error"], told["seed"], told["run_id"]) == ("done", None, 3, run.name)
        assert told["inputs"] == {
            str(shop / name): record.sha256(shop / name) for name in ("make-it-right.yaml", "today.yaml")
        }
        assert told["notebook_sha256"] == record.sha256(path)
        assert set(told["outputs"]) == {"notebook.ipynb", "report.html", "results.json"}
        assert {"python", "wom", "numpy", "papermill"} <= set(told["versions"])
        assert 0 < told["seconds"] < 60
        assert re.fullmatch("[0-9a-f]{64}", told["code_sha256"])
        for moment in ("started", "finished"):
            assert datetime.datetime.fromisoformat(told[moment]).utcoffset() == datetime.timedelta(0)
        assert "Open reports/shop-make-it-right-n/latest/report.html" in capsys.readouterr().out

    def test_a_parameter_that_names_a_file_is_an_input(self, tmp_path, small, without_kernel):
        data = tmp_path / "data.csv"
        data.write_text("1")
        run = reporting.run_report(small, {"scenario": str(data)}, tmp_path / "out")
        assert told_of(run.path)["inputs"] == {str(data): record.sha256(data)}

    def test_seed_is_the_notebooks_own_where_none_is_given(self, tmp_path, small, without_kernel):
        assert told_of(reporting.run_report(small, {}, tmp_path / "out").path)["seed"] == 7

    @pytest.mark.parametrize(
        ("given", "part"),
        [
            ("horizon_months=soon", "must be int"),
            ("since=31.1.2026", "must be a date such as 2026-01-31"),
            ("horizn=3", "did you mean horizon_months?"),
            ("horizon_months", "NAME=VALUE"),
            ("api_token=abc", "no such parameter"),
        ],
    )
    def test_parameters_are_read_by_annotation(self, given, part, tmp_path, small, capsys):
        arguments = [
            "run",
            "retailer/today",
            "--notebook",
            str(small),
            "-p",
            given,
            "--output",
            str(tmp_path / "o"),
        ]
        assert cli.main(arguments) == 2
        assert part in capsys.readouterr().err
        assert not (tmp_path / "o").exists()


class TestSecrets:
    @pytest.mark.parametrize(
        "parameters",
        [
            {"password": "x"},
            {"db_password": "x"},
            {"changes": {"api_key": "x"}},
            {"scenario": "postgresql://me:hunter2@host/db"},
        ],
    )
    def test_are_no_parameters(self, parameters):
        with pytest.raises(InputError, match="keep secrets in environment variables"):
            record.refuse_secrets(parameters)

    def test_ordinary_parameters_pass(self):
        record.refuse_secrets(
            {"scenario": "https://host/a:b", "changes": {"word_of_mouth.reach_good": 3}, "keyword": "x"}
        )

    def test_leave_no_trace(self, tmp_path, monkeypatch):
        """A notebook may use one, even print it: no file of the run holds it, done or failed."""
        monkeypatch.setenv("SHOP_API_TOKEN", 'quite "secret" 42')
        monkeypatch.setenv("PGPASSWORD", "hunter2hunter2")
        says = "import os; token = os.environ['SHOP_API_TOKEN']; print(token, os.environ['PGPASSWORD'])"
        publish = "publish('note', {'text': f'<{token}>'})"
        good = notebook(tmp_path / "good.ipynb", PUBLISH, says, publish)
        bad = notebook(tmp_path / "bad.ipynb", says, "raise ValueError(f'refused {token}')")
        outcomes = [attempt(task(path, tmp_path / path.stem)) for path in (good, bad)]
        assert [outcome.status for outcome in outcomes] == ["done", "failed"]
        for path in tmp_path.rglob("*"):
            if path.is_file() and path.parent != tmp_path:
                text = path.read_text(encoding="utf-8", errors="replace")
                assert "hunter2" not in text, path
                assert not re.search(r'quite .{0,6}"secret', text), path
        assert "[secret]" in outcomes[1].message
        shown = json.loads((outcomes[0].run / "results.json").read_text())
        assert shown["note"] == {"text": "<[secret]>"}

    def test_where_one_works_is_no_secret(self, monkeypatch):
        monkeypatch.setenv("PWD", "/home/somebody")
        assert "/home/somebody" not in record.secrets()


class TestFailure:
    def test_command_gets_the_manifest(self, tmp_path, shop, capfd):
        bad = notebook(tmp_path / "bad.ipynb", "1 / 0")
        tell = tmp_path / "tell it.sh"
        tell.write_text(f'#!/bin/sh\ncp "$2" "{tmp_path}/told.json"\necho "$1"\n')
        tell.chmod(0o755)
        arguments = ["run", str(shop / "today.yaml"), "--notebook", str(bad), "--output", str(tmp_path / "out")]
        assert cli.main([*arguments, "--on-failure", f"'{tell}' now"]) == 1
        told = json.loads((tmp_path / "told.json").read_text())
        assert told["status"] == "failed"
        assert "ZeroDivisionError" in told["error"]
        assert "now" in capfd.readouterr().out

    def test_command_is_called_for_bad_input_too(self, tmp_path, shop, capsys):
        """A schedule whose file is gone must be heard of."""
        arguments = ["run", str(shop / "gone.yaml"), "--output", str(tmp_path / "out")]
        assert cli.main(arguments) == 2
        assert not (tmp_path / "out").exists()
        tell = f"cp -t {tmp_path}"
        assert cli.main([*arguments, "--on-failure", tell]) == 2
        assert "no such file" in json.loads((tmp_path / "manifest.json").read_text())["error"]
        assert len(store.runs(tmp_path / "out", failed=True)) == 1
        assert "no such file" in capsys.readouterr().err

    @pytest.mark.parametrize("command", ["/no/such/command", "false", "'"])
    def test_command_that_fails_is_said(self, command, tmp_path, capsys):
        cli.tell(command, None, "it failed")
        assert "--on-failure" in capsys.readouterr().err


class TestStatus:
    def test_fails_when_nothing_fresh_is_there(self, tmp_path, capsys):
        arguments = ["status", str(tmp_path / "reports"), "--max-age", "26h"]
        assert cli.main(arguments) == 1  # the job that never ran
        assert "no run yet" in capsys.readouterr().out
        run = fake(tmp_path / "reports" / "shop" / "r")
        assert cli.main(arguments) == 0
        assert cli.main(["status", str(tmp_path / "reports" / "shop"), "--max-age", "26h"]) == 0
        assert "shop: fine" in capsys.readouterr().out
        old = told_of(run)
        for hours, code in ((25, 0), (27, 1), (-2, 1)):  # a time to come is no fresh one
            moment = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=hours)
            record.write(run, old | {"finished": moment.isoformat()})
            assert cli.main(arguments) == code
        assert cli.main(["status", str(tmp_path / "reports")]) == 1

    def test_tells_of_the_last_failure(self, tmp_path, capsys):
        output = tmp_path / "reports" / "shop"
        fake(output / "r")
        fake(output / "failed-s", status="failed", error="ZeroDivisionError", run_id="s")
        assert cli.main(["status", str(tmp_path / "reports"), "--max-age", "1h"]) == 0  # fresh enough all the same
        assert "last attempt failed" in capsys.readouterr().out

    @pytest.mark.parametrize("text", ["26", "h", "-3h", "1w", "0m"])
    def test_spans_of_time(self, text, capsys):
        with pytest.raises(SystemExit) as stopped:
            cli.main(["status", f"--max-age={text}"])
        assert stopped.value.code == 2
        assert "must be a time such as" in capsys.readouterr().err


def rows(page: str) -> int:
    """How many rows a list shows."""
    return page.split("<tbody>")[1].split("</tbody>")[0].count("<tr>")


class TestIndex:
    def test_says_whether_the_input_moved_it(self, tmp_path, shop, capsys, monkeypatch):
        monkeypatch.chdir(tmp_path)
        path = notebook(tmp_path / "n.ipynb", SCENARIO)
        file = shop / "make-it-right.yaml"
        run = ["run", str(file), "--notebook", str(path)]
        assert cli.main(run) == 0
        file.write_text(file.read_text().replace("once: 4000", "once: 6000"))
        assert cli.main(run) == 0
        page = (tmp_path / "reports" / "index.html").read_text()
        assert "the input changed: plan.0.cost.once 4000 → 6000. The model is the same" in page
        assert re.search("−USD\xa01,9[0-9]{2} since the run before", page)  # spent in month 1, so a little less
        assert rows(page) == 1
        assert not re.search(r'(?:src|href)="(?:https?:)?//', page)

    def test_says_whether_the_model_moved_it(self):
        before = {"run_id": "a", "input_hash": "1", "model_hash": "1", "summary": {"figures": {"npv": 10.0}},
                  "versions": {"wom": "0.1.0"}, "notebook_sha256": "x"}  # fmt: skip
        after = before | {"model_hash": "2", "summary": {"figures": {"npv": 12.0}}, "versions": {"wom": "0.2.0"}}
        found = summary.compare(before, after, {}, {})
        assert (found["moved"], found["model"]) == ("model", ["wom 0.1.0 → 0.2.0"])
        assert found["figures"]["npv"] == {"before": 10.0, "after": 12.0, "by_input": 0.0, "by_model": 2.0}
        assert summary.compare(before, before, {}, {})["moved"] == "nothing"
        assert "The input is the same" in summary.why(found, "USD")

    def test_parts_what_input_and_model_moved_together(self):
        """The last input is computed again with the model of now: the two parts add up to the change."""
        case = wom.load("retailer/make-it-right")
        worse = case.replace({"experience.bad_share": 0.05})
        old, new = (wom.effect(each).headlines["net"] for each in (case, worse))
        before = {"run_id": "a", "input_hash": "1", "model_hash": "1",
                  "summary": {"figures": {"net": old - 1000.0}}}  # fmt: skip
        after = {"input_hash": "2", "model_hash": "2", "summary": {"figures": {"net": new}}}
        results = [{"scenario": each.data, "numbers": dict(wom.effect(each).headlines)} for each in (case, worse)]
        found = summary.compare(before, after, *results)
        moved = found["figures"]["net"]
        assert found["moved"] == "both"
        assert moved["by_model"] == pytest.approx(1000.0)
        assert moved["by_input"] == pytest.approx(new - old)
        assert "experience.bad_share 0.06 → 0.05" in found["input"]
        assert "by the input" in summary.why(found, "USD")

    def test_cannot_tell_what_is_no_scenarios_own_figure(self):
        before = {"run_id": "a", "input_hash": "1", "model_hash": "1", "summary": {"figures": {"score": 1.0}}}
        after = {"input_hash": "2", "model_hash": "2", "summary": {"figures": {"score": 2.0}}}
        found = summary.compare(before, after, {}, {})
        assert found["figures"]["score"]["by_input"] is None
        assert "cannot be told" in summary.why(found, "")

    def test_two_write_it_at_once(self, tmp_path, small):
        reports = tmp_path / "reports"
        for name in "ab":
            fake(reports / name / "r")
        code = "import sys; from pathlib import Path; from wom.report.lists import refresh\n"
        code += "[refresh(Path(sys.argv[1])) for _ in range(15)]"
        processes = [subprocess.Popen([sys.executable, "-c", code, str(reports)]) for _ in range(2)]
        pages = set()
        while any(process.poll() is None for process in processes):
            if (reports / "index.html").exists():
                pages.add(rows((reports / "index.html").read_text()))
        assert [process.returncode for process in processes] == [0, 0]
        assert pages <= {2}


SCENARIO = """\
import wom
from wom.exhibits import publish
case = wom.load(scenario).replace(changes)
effect = wom.effect(case)
publish("title", case.title)
publish("numbers", effect.headlines)
publish("scenario", case.data)
"""


class TestOwnProcess:
    def test_environment_and_folder_are_the_callers(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("ONLY_HERE", "1")
        assert processes.call(os.getcwd) == str(tmp_path)
        assert processes.call(os.getenv, "ONLY_HERE") == "1"

    def test_it_is_another_one_each_time(self):
        pids_seen = {processes.call(os.getpid) for _ in range(3)}
        assert len(pids_seen) == 3
        assert os.getpid() not in pids_seen
        for pid in pids_seen:
            gone(pid)

    def test_faults_come_back_as_text(self):
        with pytest.raises(processes.FaultError, match="ZeroDivisionError"):
            processes.call(divmod, 1, 0)

    def test_server_outlives_the_thread_that_needed_it_first(self):
        server = server_pid()
        os.kill(server, signal.SIGKILL)
        first = threading.Thread(target=processes.call, args=(os.getpid,))
        first.start()
        first.join()
        time.sleep(0.2)
        assert alive(server_pid())
        assert processes.call(divmod, 7, 2) == (3, 1)

    def test_what_cannot_be_read_there_is_a_fault_and_no_kill(self):
        with pytest.raises(processes.FaultError, match="ZeroDivisionError"):
            processes.call(len, [_Unreadable()])

    def test_killed(self):
        with pytest.raises(processes.EndedError, match="killed, or memory ran out"):
            processes.call(os.kill, 0, signal.SIGKILL)

    def test_too_long(self):
        begun = time.monotonic()
        with pytest.raises(processes.TooLongError, match=r"0.5 seconds"):
            processes.call(time.sleep, 60, seconds=0.5)
        assert time.monotonic() - begun < 10

    def test_without_a_fork_server(self, tmp_path, small, monkeypatch):
        """As on other systems than Linux: slower, the same."""
        monkeypatch.setenv("WOM_FORK", "no")
        outcome = attempt(task(small, tmp_path / "out", parameters={"horizon_months": 5}))
        assert outcome.good, outcome.message
        assert outcome.summary["figures"]["months"] == 5
        with pytest.raises(processes.EndedError):
            processes.call(os.kill, 0, signal.SIGKILL)

    def test_server_has_one_thread_when_it_forks(self):
        processes.call(os.getpid)
        assert len(list(Path(f"/proc/{server_pid()}/task").iterdir())) == 1

    def test_a_process_that_is_not_needed_as_kernel_ends_and_so_does_one_without_a_caller(self):
        waiting = processes.call(_kernel_pid, helpers={processes.KERNEL: ()})
        assert waiting != os.getpid()
        gone(waiting)

    def test_nothing_outlives_a_caller_that_is_killed(self, tmp_path):
        place = tmp_path / "pids"
        code = "import sys, pathlib, test_unattended as t; from wom.report import processes\n"
        code += "processes.call(t._tell_and_wait, pathlib.Path(sys.argv[1]), helpers={processes.KERNEL: ()})"
        caller = subprocess.Popen([sys.executable, "-c", code, str(place)], cwd=Path(__file__).parent)
        waiting, runner = pids(place)
        caller.kill()
        caller.wait()
        gone(waiting)
        gone(runner)


def _kernel_pid() -> int:
    return processes.spare[processes.KERNEL].pid


def _tell_and_wait(place: Path) -> None:
    place.with_suffix(".new").write_text(f"{_kernel_pid()} {os.getpid()}")
    place.with_suffix(".new").replace(place)
    time.sleep(60)


class TestTemporaryDirectories:
    def test_only_what_carries_our_mark_and_no_lock_is_removed(self, tmp_path):
        """Others' directories of such a name stay, and so does a living one of another container."""
        killed = "import os, sys, pathlib; from wom.files import Temporary\n"
        killed += "print(Temporary('wom-', pathlib.Path(sys.argv[1])).path, flush=True); os._exit(1)"
        command = [sys.executable, "-c", killed, str(tmp_path)]
        left = Path(subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip())
        theirs = [tmp_path / name for name in ("wom-2024-reports", "wom-4194303-x", "wom-data-1-x")]
        for place in theirs:
            place.mkdir()
            os.utime(place, (0, 0))
        elsewhere = tmp_path / "wom-elsewhere"  # written on another machine that shares this disk
        shutil.copytree(left, elsewhere)
        mark = (elsewhere / ".wom-owner").read_text().splitlines()
        (elsewhere / ".wom-owner").write_text("\n".join([mark[0], "another", *mark[2:]]))
        container = tmp_path / "wom-container"  # its process cannot be seen from here, but has the lock
        shutil.copytree(left, container)
        with (container / ".wom-owner").open() as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            mine = files.Temporary("wom-", tmp_path)
            files.clear(tmp_path, "wom-")
            assert not left.exists()
            assert all(place.is_dir() for place in (*theirs, elsewhere, container, mine.path))
        mine.close()
        assert not mine.path.exists()
        files.clear(tmp_path, "wom-")
        assert not container.exists()
