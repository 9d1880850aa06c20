"""Fixtures and the settings of random testing."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import exhibited
import pytest
from builders import business
from hypothesis import HealthCheck, settings

import wom
from wom.anchoring import Start, start
from wom.scenario import WIDTHS

# No deadline: a busy machine is no failure. In CI the same examples every time: a failure there is the commit's.
# HYPOTHESIS_PROFILE=thorough looks for rarer faults, for an hour.
settings.register_profile("local", deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True, print_blob=True)
settings.register_profile("thorough", settings.get_profile("local"), max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "local"))


SLOWEST = ("test_frozen", "test_batch", "test_schedules", "test_unattended", "test_data_kinds", "test_data_files",
           "test_calibrate", "test_explorer", "test_live")  # fmt: skip
"""Files that take longest and begin first: processes share the files, and none should be left alone with one."""


def pytest_collection_modifyitems(items):
    place = {name: count for count, name in enumerate(SLOWEST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(place)))


def pytest_addoption(parser):
    parser.addoption("--freeze", action="store_true", help="write tests/data/frozen anew, see test_frozen.py")


DATA = Path(__file__).parent / "data"
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def first_edition() -> wom.Scenario:
    """The worked example of the model's first edition: nothing of the second."""
    return wom.load(DATA / "first-edition.yaml")


@pytest.fixture(scope="session")
def worked_example() -> Start:
    """The worked example of the model's second edition, anchored."""
    return start(wom.load(DATA / "worked-example.yaml"))


@pytest.fixture(scope="session")
def shop() -> wom.Scenario:
    """A business in one piece, observed referral share, three years, no plan."""
    return wom.load(business())


@pytest.fixture(scope="session")
def mall() -> wom.Scenario:
    """A business of two segments that differ."""
    return wom.load(business(segments=SEGMENTS))


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """JupyterLab with settings of its own on a free port of this machine, and its copy of the notebooks."""
    tmp_path = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    settings = tmp_path / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false", "checkForUpdates": false}')
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    places = {
        "JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime",
        "IPYTHONDIR": "ipython", "JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    }  # fmt: skip
    env = {**os.environ, **{name: str(tmp_path / place) for name, place in places.items()}}
    log = (tmp_path / "lab.log").open("w")
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", f"--port={port}",
         "--ip=127.0.0.1", "--ServerApp.port_retries=0", "--IdentityProvider.token=t", "--expose-app-in-browser",
         "--LabApp.extension_manager=readonly", f"--notebook-dir={tmp_path / 'notebooks'}"],
        env=env, stdout=log, stderr=log,
    )  # fmt: skip
    for _ in range(120):
        assert server.poll() is None, (tmp_path / "lab.log").read_text()[-2000:]
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/status?token=t", timeout=1) as answer:
                json.load(answer)
                break
        except OSError:
            time.sleep(0.5)
    yield f"http://127.0.0.1:{port}", tmp_path / "notebooks"
    server.terminate()
    server.wait(timeout=30)
    log.close()


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """An executed notebook with an exhibit of every kind, for page, brief, slides and deck."""
    return exhibited.whole(tmp_path_factory.mktemp("whole") / "notebook.ipynb")


@pytest.fixture(scope="session")
def moving(tmp_path_factory):
    """An executed notebook with sliders."""
    return exhibited.moving(tmp_path_factory.mktemp("moving") / "notebook.ipynb")


SEGMENTS = {
    "regulars": {
        "market.size": 60_000,
        "market.customers": 3_500,
        "market.new_customers_per_month": 100,
        "experience.bad_share": 0.03,
    },
    "late shoppers": {
        "market.size": 40_000,
        "market.customers": 1_500,
        "market.new_customers_per_month": 50,
        "experience.bad_share": 0.14,
        "retention.retention_rate": 0.955,
        "economics.spend_per_customer": 80,
    },
}


@pytest.fixture(scope="module")
def counted():
    """Own figures without a range count as exact: for tests about the ranges that are given."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(WIDTHS, "stated", 0.0)
        yield
