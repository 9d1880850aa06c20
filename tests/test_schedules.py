"""What is shipped to start reports: it parses, it names what exists, and a real cron daemon runs it."""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

import wom
from reports import wait_for
from wom import cli, report

ROOT = Path(wom.__file__).parents[1]
SCHEDULES = ROOT / "schedules"
SCRIPT = Path(sys.executable).with_name("wom")
WORD = re.compile(r"\.venv/bin/wom ([^\n]*)")


def commands(text: str) -> list[list[str]]:
    """Every call of wom in a file, as arguments; what a shell would do around it is left out."""
    found = []
    for line in WORD.findall(text):
        words = shlex.split(re.split(r"\s(?:\|\||&&|;|\d?>)", line)[0].replace("%I", "retailer/today"))
        found.append(words)
    return found


def cron_lines() -> list[str]:
    lines = (SCHEDULES / "crontab").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if re.match(r"[0-9*]", line)]


FILES = sorted(path for path in SCHEDULES.iterdir() if path.name != "README.md")


def text_of(path: Path) -> str:
    """A file's text; strings of Python joined as Python joins them."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return text
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.keyword)]
    return "\n".join(ast.literal_eval(node.value) for node in calls if node.arg == "bash_command")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_command_is_one_that_wom_takes(path):
    found = commands(text_of(path))
    assert found or path.name in ("wom-report@.timer", "wom-failed@.service")
    for words in found:
        options = cli.parser().parse_args(words)
        if words[0] in ("run", "batch"):
            files = [options.file] if words[0] == "run" else options.files
            for file in files:
                wom.load(ROOT / file if file.endswith(".yaml") else file)
            given = dict(pair.split("=", 1) for pair in options.parameters)
            assert report.parse(report.find(options.notebook), given) is not None


def test_readme_names_only_options_that_exist(capsys):
    text = (SCHEDULES / "README.md").read_text(encoding="utf-8")
    for command in ("run", "batch", "status"):
        with pytest.raises(SystemExit):
            cli.main([command, "--help"])
    helps = capsys.readouterr().out
    ours = set(re.findall(r"`[^`]*?(--[a-z][a-z-]+)", text)) - {"--help-notebook", "--nthreads"}
    assert ours
    for option in ours:
        assert option in helps, option
    for path in FILES:
        shown = path.name if not path.name.startswith("wom-") else "wom-"
        assert shown in text, path.name


def test_crontab():
    """Five fields and a command; each leaves its folder's name to the shell, and says nothing when all is well."""
    assert len(cron_lines()) == 2
    for line in cron_lines():
        assert re.match(r"([0-9*/,-]+ +){5}", line)
        assert not re.search(r"(?<!\\)%", line)
        assert ">/dev/null" in line


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs Debian's package systemd")
def test_systemd_units_are_sound(tmp_path):
    """As systemd itself sees them, with the checkout where they look for it."""
    home = tmp_path / "home"
    (home / "wom" / ".venv" / "bin").mkdir(parents=True)
    (home / "wom" / ".venv" / "bin" / "wom").symlink_to(shutil.which("true"))
    units = home / ".config" / "systemd" / "user"
    units.mkdir(parents=True)
    for path in SCHEDULES.glob("wom-*"):
        shutil.copy(path, units)
    name = subprocess.run(
        ["systemd-escape", "data/sample/retailer/make-it-right.yaml"], capture_output=True, text=True, check=True
    ).stdout.strip()
    instances = [f"wom-report@{name}.service", f"wom-report@{name}.timer", f"wom-failed@{name}.service"]
    done = subprocess.run(
        ["systemd-analyze", "--user", "--recursive-errors=no", "verify", *instances],
        capture_output=True, text=True, check=False, cwd=units,
        env={**os.environ, "HOME": str(home), "XDG_RUNTIME_DIR": str(tmp_path), "SYSTEMD_UNIT_PATH": f"{units}:"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "wom" not in done.stderr, done.stderr
    assert "OnCalendar=*-*-* 05:15" in (SCHEDULES / "wom-report@.timer").read_text()


def test_github_workflow():
    content = yaml.safe_load((SCHEDULES / "github-actions.yml").read_text(encoding="utf-8"))
    triggers = content[True]  # YAML 1.1 reads `on` as true; GitHub does not
    assert re.fullmatch(r"[0-9*]+( [0-9*]+){4}", triggers["schedule"][0]["cron"])
    (job,) = content["jobs"].values()
    assert job["timeout-minutes"]
    targets = (ROOT / "Makefile").read_text(encoding="utf-8")
    for step in job["steps"]:
        assert set(step) & {"uses", "run"}
        assert all(f"{target}:" in targets for target in re.findall(r"^make (\S+)", step.get("run", "")))
        assert (ROOT / step.get("with", {}).get("cache-dependency-path", "Makefile")).is_file()


def test_airflow_dag():
    """It parses, imports nothing but Airflow, and makes tasks with names of their own."""
    nodes = list(ast.walk(ast.parse((SCHEDULES / "airflow_dag.py").read_text(encoding="utf-8"))))
    imported = {node.module for node in nodes if isinstance(node, ast.ImportFrom)} - {"__future__"}
    assert all(name.startswith("airflow") for name in imported)
    given = [node for node in nodes if isinstance(node, ast.keyword) and node.arg == "task_id"]
    assert sorted(ast.literal_eval(node.value) for node in given) == ["branches", "fresh", "report"]


def cron_missing() -> str:
    if shutil.which("cron") is None or shutil.which("crontab") is None:
        return "needs Debian's package cron"
    if os.geteuid() != 0:
        return "only root may start a cron daemon"
    running = subprocess.run(["pgrep", "-x", "cron"], capture_output=True, check=False).returncode == 0
    return "a cron daemon runs here already" if running else ""


@pytest.mark.notebook
@pytest.mark.skipif(sys.platform != "linux" or bool(cron_missing()), reason=cron_missing() or "needs Linux")
def test_a_real_cron_daemon_makes_the_report(tmp_path):
    """The shipped lines, at every minute instead of once a night, in a folder with a space and an accent."""
    home = tmp_path / "Käthe Müller"
    checkout = home / "wom"
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "wom").symlink_to(SCRIPT)
    plan = checkout / "data" / "sample" / "retailer" / "make-it-right.yaml"
    plan.parent.mkdir(parents=True)
    plan.write_text("extends: retailer/make-it-right\nhorizon_months: 6\n")
    lines = [re.sub(r"^[0-9*]+ [0-9*]+", "* *", line) for line in cron_lines()]
    lines[1] = lines[1].replace(">/dev/null", '>>"$HOME/status.txt" 2>&1')
    text = [f'HOME="{home}"', 'MAILTO=""', f"PYTHONPATH={ROOT}", *lines, ""]
    before = subprocess.run(["crontab", "-l"], capture_output=True, text=True, check=False)
    subprocess.run(["crontab", "-"], input="\n".join(text), text=True, check=True)
    daemon = subprocess.Popen(["cron", "-f"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    output = checkout / "reports" / "retailer-make-it-right"
    try:
        wait_for((output / "latest" / "report.html").is_file, 600.0)
    finally:
        daemon.terminate()
        daemon.wait()
        if before.returncode == 0:
            subprocess.run(["crontab", "-"], input=before.stdout, text=True, check=True)
        else:
            subprocess.run(["crontab", "-r"], check=True)
    time.sleep(1)
    assert (checkout / "reports" / "index.html").is_file()
    assert "no run yet" in (home / "status.txt").read_text() or "fine" in (home / "status.txt").read_text()
    assert cli.main(["status", str(checkout / "reports"), "--max-age", "1h"]) == 0
